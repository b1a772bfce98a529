//! Where key material comes from: the keyring file, and the system's randomness.
//!
//! Reads and makes the file, and the keys of people; what is in them is the business of `crypto`. API keys
//! of callers are `authn`'s, certificates are `net`'s.
//!
//! # Invariants
//!
//! - A keyring that others could read is not used (`refuses_a_keyring_that_others_may_read`).
//! - A keyring is never overwritten: losing one loses every original (`never_overwrites_a_keyring`).
//! - What `init` has reported is on disk, whole, under its name; whatever interrupts it leaves
//!   either the whole keyring or none (`a_failed_init_leaves_nothing`).
//! - Errors name the file and never repeat its content (`errors_hold_no_key`).

pub mod config;

mod load;
mod init;
mod subject;
#[cfg(test)]
mod tests;

pub use init::{InitError, init};
pub use load::{LoadError, load};
pub use subject::subject;
