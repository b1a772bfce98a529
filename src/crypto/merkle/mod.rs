//! Merkle trees over a growing list: RFC 6962 hashing, heads, proofs and tiles.
//!
//! This is the arithmetic of the audit journal, and nothing else: it takes hashes and gives hashes,
//! it knows neither files nor events nor signatures. The definitions are those of [RFC 6962, section
//! 2.1], repeated in [RFC 9162, section 2.1]; tiles are those of [C2SP tlog-tiles].
//!
//! # Invariants
//!
//! - A head, a proof and a tile are what the recursive definition of the RFC gives
//!   (`tests::heads_are_those_of_the_definition`, `tests::every_small_proof_is_that_of_the_definition`).
//! - A proof that was made for other leaves, sizes or places does not verify
//!   (`tests::a_proof_holds_for_nothing_else`).

mod tree;
mod proof;
mod tile;
#[cfg(test)]
mod tests;

pub use proof::{consistency, inclusion, root, subtree, verify_consistency, verify_inclusion};
pub use tile::{TILE_WIDTH, Tile, Tiler, tile_path};
pub use tree::{Hash, Tree, empty_root, leaf_hash, node_hash};
