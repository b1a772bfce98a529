//! Where the sealed originals behind tokens are kept.
//!
//! A vault maps a store key to one sealed record and to the tags of the people it belongs to. It
//! never sees clear text, tokens or keys: `engine` seals before [`Vault::put`] and opens after
//! [`Vault::fetch`]. It does not retry for its caller, or cache.
//!
//! Read [`Vault`] and [`Subjects`] for the contract, then [`memory`] for the shortest implementation of it.
//! `entry` defines the one layout that all durable backends store.
//!
//! # Invariants
//!
//! - The first record of a store key stays, whoever comes later
//!   (`vault_contract::laws::first_put_wins`, `vault_contract::laws::concurrent_putters_agree`).
//! - Each put leaves its tag on the record and, for a known subject, the key in the subject's
//!   index (`vault_contract::laws::later_put_adds_its_tag_and_keeps_the_record`).
//! - What was answered survives a crash of ours or of the store, where the store is set up to keep
//!   it (`vault_contract::crash`).
//! - A long batch holds up nobody but its caller
//!   (`vault_contract::laws::a_long_batch_holds_up_nobody_else`).
//! - Doubt is an error: no answer means that nobody may rely on the record
//!   (`vault_contract::faults`, `embedded::tests`).

pub mod config;
mod error;
mod entry;
mod health;
mod gate;
mod new_values;
pub mod subjects;
pub mod memory;
pub mod embedded;
pub mod redis;

use std::future::Future;
use std::pin::Pin;

use crate::base::StoreKey;
use crate::net::Caller;
use crate::net::Room;

pub use entry::{Binding, Entry, Owner, Put, Stored};
pub use error::Error;
pub use gate::Gate;
pub use health::{Durability, Health};
pub use new_values::{Exceeded, NewValues, Reservation, Spender};
pub use subjects::Subjects;

/// Puts that travel together; each such chunk of a batch waits for its turn.
const CHUNK: usize = 128;

/// Puts on their way to a store at once, so that they share a flush: about 25 ms of the embedded vault's
/// writer. More chunks of one caller may wait than one service has open at once, by default.
const ROOM: Room =
    Room { under_way: 512, under_way_of_one: 256, waiting: 8192, waiting_of_one: 2048 };

/// An answer that has to be waited for.
pub type Waiting<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// A store of sealed records, and of the people they belong to.
///
/// All operations are idempotent: after an error the same call may be made again.
pub trait Vault: Subjects {
    /// Stores each record unless its key has one, adds its tag, and answers what is stored now: one
    /// entry per put, in the order of the batch, as if put one by one. Each is bound to its owner as
    /// [`Subjects::bind`] does.
    ///
    /// Answers [`Error::Erased`] when an owner was erased since the exchange began: nothing of this owner
    /// is then left of the batch.
    ///
    /// When it answers, the records are as durable as [`Health::durability`] says. After an error
    /// any part of the batch may be stored; none of it may be relied upon. Callers take turns: a
    /// long batch of one does not hold up those of others, and [`Error::Busy`] tells of too much
    /// work, not of a store that fails.
    fn put(&self, caller: Caller, batch: Vec<Put>) -> Waiting<'_, Vec<Stored>>;

    /// Answers what is stored under each key, in the order of the keys; `None` where nothing is.
    fn fetch(&self, keys: Vec<StoreKey>) -> Waiting<'_, Vec<Option<Entry>>>;

    /// Stores a value under a name unless the name has one, and answers the stored one.
    ///
    /// For what all gateways of a vault must agree on: keyring fingerprint, class codes. Names
    /// that start with a dot belong to the backends.
    fn claim<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Waiting<'a, Vec<u8>>;

    /// Answers what is stored under a name, `None` when nothing is, and stores nothing.
    fn claimed<'a>(&'a self, name: &'a str) -> Waiting<'a, Option<Vec<u8>>>;

    /// Stores a value under a name in the place of what is there: for what changes, such as the last
    /// checkpoint of a journal. The value is as durable as a record.
    fn replace<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Waiting<'a, ()>;

    /// Writes and reads something of its own, unless a write has just shown that the store works, and
    /// looks at the store's settings. Refuses a store that could lose records by its settings. Waits
    /// for nobody's turn.
    fn check(&self) -> Waiting<'_, Health>;
}
