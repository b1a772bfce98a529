//! Tokens in pages: where they stand, and how a value is written there. A plain text is read in the
//! same way, as a page without markup.
//!
//! A [`Scanner`] follows a page chunk by chunk and gives it back in [`Batch`]es, each with its
//! tokens and their [`Context`]. Finding and writing are two steps, because between them somebody
//! looks up values, asks for permission and puts the reveal on record. [`write()`] then writes a
//! value so that its place stays what it is, or says why the token must stay.
//!
//! Not for: what a token is (a function is handed in), which class may be revealed, character sets
//! (pages in UTF-16 are not read; the caller makes sure that the answer declares the one it names in
//! [`Options`]), fragments that a script puts into a place of its choice.
//!
//! # Invariants
//!
//! - A page without tokens comes out as it went in, whatever its bytes:
//!   `a_page_without_tokens_is_untouched`.
//! - How the page is cut makes no difference: `cutting_a_page_changes_nothing`.
//! - No value changes the structure of a page: `no_value_changes_the_structure`, and in a real
//!   browser `nothing_executes_in_a_browser`.
//! - Where browsers could differ, or this tokenizer is not sure, the token stays:
//!   `tests/it/html/contexts.rs`.
//! - Nothing panics and memory is bounded: `memory_stays_bounded`.
//!
//! Written from the HTML Standard (13.2.5, 13.2.6); why not on top of another parser:
//! `docs/decisions/0021-contexts-of-a-page.md`.

mod context;
mod escape;
mod page;
mod shadow;
mod machine;
mod tree;
mod raw;
mod comment;
mod attribute;
mod url;
mod parameter;
mod script;
mod name;

pub(in crate::document) use machine::Machine;
pub(in crate::document) use url::Url;

pub use context::{Context, Part, Quote, Why};
pub use escape::{Charset, Escape, writable};
pub use page::{Batch, Language, Options, PlacedToken, Scanner, Scripts, write};
