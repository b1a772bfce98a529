//! The rule language.

pub mod yaml;
pub mod file;
mod path;
mod pattern;
mod index;
