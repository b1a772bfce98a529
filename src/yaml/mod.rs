//! YAML files that people write, read with the position of every word.
//!
//! serde stops at its first mistake; an operator wants all of them. So a file becomes a tree of
//! nodes first, and [`read()`] deserialises that tree again and again: each mistake is written down, the
//! smallest node that holds it is taken out, and the rest is tried once more until it fits. Types
//! stay plain serde types (`deny_unknown_fields`), and their JSON Schema comes from the same derive.
//!
//! Anchors, aliases, merge keys, tags and second documents are refused: what a reviewer reads in a
//! diff must be what the file says. That also leaves nothing a YAML bomb could be made of.
//!
//! # Invariants
//!
//! - Every mistake has a line and a column (`rules::diagnostics`, `config::diagnostics`).
//! - The tree is at most [`node::DEPTH`] deep and has at most [`node::NODES`] nodes, whatever the file says.

mod node;
mod de;
mod read;
mod wrap;
mod suggest;

pub use read::read;
pub use suggest::closest;
pub use wrap::{At, OneOrMany, Short, Table};

#[cfg(test)]
mod tests;
