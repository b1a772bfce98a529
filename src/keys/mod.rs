//! Where key material comes from.

pub mod config;
