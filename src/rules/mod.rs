//! The rule language.

pub mod yaml;
pub mod file;
