//! The pages of portal and console: with any content they are well-formed, hold nothing that executes, and
//! people can use them.
//!
//! The pages are filled with samples (`samples`): with nothing, as usual, and with what attackers and
//! misfortune write.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod samples;
mod templates;
mod structure;
mod heads;
mod site;
mod browser;
mod keyboard;
