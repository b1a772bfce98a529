//! What happened, provably.
//!
//! An append-only [`Journal`] of [`Event`]s: one JSON line each, the lines under a Merkle tree, its
//! heads signed. [`Journal::append`] answers with a [`Receipt`] when the line is durable; nothing is
//! revealed without one. [`verify()`] checks a journal with nothing but its folder and the public key.
//! The format is `docs/audit-format.md`. Not here: who may do what (`authz`), and the program's log
//! (`telemetry`), which is for operators and proves nothing.
//!
//! # Invariants
//!
//! - A [`Receipt`] is made after the line is durable, never before
//!   (`tests/it/audit/crash.rs`: `what_was_acknowledged_survives_kill_9`).
//! - When the disk refuses, nobody gets a receipt, no half line stays, and the journal goes on by
//!   itself once there is room (`a_full_disk_stops_receipts_and_heals`).
//! - An event cannot hold a value or a token (`words`: there is no type for one;
//!   `tests/it/audit/content.rs`).
//! - Every changed, removed, repeated, reordered or missing line below the last checkpoint is found and
//!   named (`tests/it/audit/tamper.rs`).
//! - What is kept about a person is touched after the intent is durable ([`Announced`]), and each
//!   intent has an outcome, also when the process is killed (`tests/it/audit/people.rs`).
//! - A note that is dropped is counted in the next line
//!   (`tests/it/audit/journal.rs`: `notes_that_find_no_room_are_counted`).

pub mod config;
mod words;
mod event;
mod person;
mod erasure;
mod line;
mod journal;
mod queue;
mod unended;
mod writer;
mod store;
mod open;
mod folder;
mod tiles;
mod verify;
mod walk;
mod leaves;
mod lines;
mod checkpoints;
mod head;
mod prove;
mod anchor;
mod index;
mod looks;
mod fault;
mod error;

pub use anchor::{Discontinued, continues};
pub use erasure::{BadReceipt, Commitment, Counted, Erasure, ErasureReceipt, Held, Kept, Law};
pub use error::Error;
pub use event::{Answer, Event, Exchange, Keys, Loaded, Policy, VaultState};
pub use fault::{Fault, IoKind, Reason};
pub use head::Warning;
pub use journal::{Journal, Receipt};
pub use looks::{Look, LookClass, Looker, Looks};
pub use open::opens;
pub use person::{Announced, Count, Ending, Outcome, PersonAct, PersonIntent};
pub use prove::{Proof, check_proof, prove};
pub use queue::Health;
pub use verify::{Verified, verify};
pub use words::{Code, Item, LISTED_REFERENCES, Mode, Name, Reference, Verb};
