//! What happened, provably.

pub mod config;
