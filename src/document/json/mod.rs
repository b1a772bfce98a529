//! JSON (RFC 8259), read strictly and in one pass.
//!
//! Strict means: what two readers could understand in two ways is refused, also where the standard
//! only warns. Nothing is built in memory, nothing recurses, and the time is linear in the bytes.
//! Not for: values as a tree (`serde_json`, for our own files), or repairing what is broken.

mod string;
mod number;
mod keys;
mod scan;

pub(super) use number::lexeme as number;
pub(super) use scan::scan;
pub(super) use string::{decode, encode, units};
