//! Who is calling.

pub mod config;
