//! Algorithms, and keys in memory.

pub mod merkle;
pub mod note;
