//! Where the sealed originals behind tokens are kept.

pub mod config;
