//! What legacy applications speak beside JSON: codings, character sets, files, streams, forms that
//! come back as they were shown.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod browser;
mod codings;
mod charsets;
mod declared;
mod editing;
mod files;
mod long;
mod memory;
mod outages;
mod sentinel;
mod streams;
mod register;
mod showing;
mod visitor;
mod world;
