//! What legacy applications speak beside JSON: codings, character sets, files, streams, forms that
//! come back as they were shown.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod codings;
mod charsets;
mod editing;
mod files;
mod memory;
mod outages;
mod sentinel;
mod streams;
mod world;
