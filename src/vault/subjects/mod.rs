//! People in the vault: by which entry they exist, what is kept about them, who they are found by,
//! and how they are erased.
//!
//! The vault knows a person by a handle, a keyed pseudonym. What it keeps is sealed, save for the few
//! bytes in front of an entry that it counts and compares ([`SubjectEntry`]). It decides nothing about
//! people: `subject` does, and calls these operations.
//!
//! Read [`Subjects`] for the contract. [`row`] has the decisions that all backends share.
//!
//! # Invariants
//!
//! - What was sealed for a person before an erasure is not stored after it: `bind` and `put` refuse what
//!   began before, and `write` what was read before
//!   (`vault_contract::people::interleavings`,
//!   `vault_contract::people::races::an_erasure_wins_over_whoever_writes`).
//! - Of two that change the same revision one wins
//!   (`vault_contract::people::races::no_update_is_lost`).
//! - An erasure takes the tag of its person from a record, and no other
//!   (`vault_contract::people::erasure::others_keep_their_tags`).

mod bounds;
mod contract;
mod documents;
mod erasure;
mod ids;
mod row;
mod values;

pub use bounds::{
    CAUSE_BYTES, DOCUMENT_BYTES, DOCUMENTS, DUE_AT_ONCE, ENTRY_BYTES, ITEMS, LATEST, MEMBERS,
    SCANNED_AT_ONCE, SHARDS,
};
pub use contract::Subjects;
pub use documents::{Changes, Document, Person, Wanted};
pub use erasure::{Erasure, JournalPlace, Pass, Tombstone, Work};
pub use ids::{Due, Placed, ScanPlace, Scanned, shard_of};
pub use row::{Item, State, SubjectEntry};
pub use values::{Claim, Holder, Member};

pub(super) use bounds::{
    checked_changes, checked_entry, checked_erasure, checked_items, checked_placed, checked_time,
    checked_wanted, checked_work, too_many_documents, too_many_members,
};
pub(super) use erasure::both;
pub(super) use row::{Bound, Row};
pub(super) use values::{claim, release};
