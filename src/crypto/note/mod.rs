//! Signed notes and checkpoints: a text, and who vouches for it.
//!
//! A note is a text followed by signature lines ([C2SP signed-note]); a checkpoint is a note whose
//! text is a log's name, size and head ([C2SP tlog-checkpoint]). Of the signature types there is one
//! here, Ed25519 ([RFC 8032]). What the text means, and where it is kept, is the caller's business.
//!
//! # Invariants
//!
//! - A text is handed out only after a signature of the asked key was verified
//!   (`tests::hands_out_no_text_without_a_good_signature`).
//! - What is parsed has one spelling: a note that parses is the note that would be written
//!   (`tests::a_checkpoint_has_one_spelling`).

mod key;
mod checkpoint;
#[cfg(test)]
mod tests;

pub use checkpoint::{Checkpoint, checkpoint_length};
pub use key::{Error, Signer, Verifier, open, sign};
