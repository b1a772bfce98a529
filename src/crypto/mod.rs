//! Algorithms, and keys in memory.
//!
//! What a token is made from, and how a record, an entry of a subject and a document are sealed: key derivation (HKDF-Expand), a
//! pseudorandom function (HMAC-SHA-256), deterministic sealing (AES-256-SIV), and the [`Keyring`]
//! they start from. Pure: randomness is handed in, files are the business of `keys`, and what a
//! value *means* (its class, its canonical form, its spelling) is the business of `token`.
//!
//! # Invariants
//!
//! - Every key in use is derived by one function from one table of labels
//!   (`labels_are_distinct`), for one tenant and one purpose.
//! - AES-SIV runs in place and with 64-byte keys only (`sealing_is_in_place_only`): between two
//!   buffers, aes-siv 0.8 hands out text that it has not verified
//!   (`the_defect_that_forbids_two_buffers_is_still_there`).
//! - A record opens for its own tenant, class, store key and header, or not at all
//!   (`a_flipped_bit_never_opens`). So does an entry of a subject for its own tenant and handle, and
//!   a document for its own tenant, subject, name and revision (`people::seal`).
//! - Without a subject's key, which its entry holds, none of its documents opens: a tombstone has
//!   none (`people::seal::without_the_key_of_a_subject_nothing_opens`).
//! - Key material is wiped on drop, down to the key schedules (`tests/it/crypto/wiping.rs`).
//! - The bytes of tokens and records never change (`the_known_answer_holds`), nor those of entries
//!   and documents (`people::known_answers`).

mod kdf;
mod prf;
mod siv;
mod open_error;
mod padding;
mod record;
mod entry;
mod document;
mod keyring;
mod keyring_file;
mod tenant;
mod holdings;
#[cfg(test)]
mod tests;

pub use document::{Document, SealedDocument};
pub use entry::{LiveSubject, SealedSubject, SubjectKey};
pub use holdings::{HoldingKeys, SubjectDocuments};
pub use kdf::{Label, Root, derive, expand, length_prefixed};
pub use keyring::{AuditKeys, KeyState, Keyring, NORM_VERSION};
pub use keyring_file::KeyringError;
pub use open_error::OpenError;
pub use prf::Prf;
pub use record::{RecordContext, RecordKey, Sealed};
pub use siv::SivKey;
pub use tenant::{ClassKeys, TenantKeys};

pub mod merkle;
pub mod note;
