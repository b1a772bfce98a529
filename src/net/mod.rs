//! Sockets and HTTP, with no idea of tokens.

pub mod config;
