//! In which languages a token stands, from outside in, and what of them is not known.
//!
//! A text may hold another language than its media type says: JSON, a URL, markup, a quoted string. A
//! [`Site`] says in which of them a token stands as far as that is certain, so that a value is written
//! through all of them, and in which it might stand ([`Doubts`]): there only values go that are spelled
//! alike in all of them, and others stay tokens.
//!
//! Not for: pages of HTML, which `html` follows; the ways of writing of whole fields (`Codec`).
//!
//! # Invariants
//!
//! - What is written reads back as the value in every language that the place may be in, and changes
//!   nothing around it: `html::sites::a_value_reads_back_through_all_languages_of_its_place`.
//! - What stands behind a token never decides, so that a text may stream: only the bytes before it do, of
//!   a word, a line or a string at most [`WINDOW`].

mod doubts;
mod found;
mod header;
mod json;
mod prose;
mod reader;

pub use doubts::Doubts;
pub(crate) use found::tokens_in;
pub(in crate::document) use json::Json;
pub(in crate::document) use json::read_escapes;
pub(in crate::document) use prose::in_page;
pub(in crate::document) use prose::in_piece;
pub(in crate::document) use prose::in_string;
pub(in crate::document) use prose::in_url;
pub(in crate::document) use reader::Reader;
pub(in crate::document) use reader::string;

use crate::document::html::Context;
use crate::document::html::Part;
use crate::document::html::Why;
use crate::document::text::At;

/// Bytes before a token that are looked at.
pub(in crate::document) const WINDOW: usize = 1024;

/// The languages in which a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// The outermost: what the place is in the page or text.
    pub context: Context,
    /// Whether it is in a string of JSON there.
    pub is_string: bool,
    /// The part of a URL that it is in there.
    pub url: Option<Part>,
    /// What else it may be in there.
    pub doubts: Doubts,
}

impl Site {
    /// States a place in this language alone.
    pub const fn of(context: Context) -> Self {
        Self { context, is_string: false, url: None, doubts: Doubts::NONE }
    }

    pub(in crate::document) const fn keep(why: Why) -> Self {
        Self::of(Context::Keep(why))
    }

    /// Returns where a token with this spelling stands here: one whose sign no language of the place reads
    /// stays.
    pub(in crate::document) fn fitting(self, at: At) -> Self {
        let fits = match at {
            At::Plain => true,
            At::Percent => self.url.is_some(),
            At::Escape => self.is_string,
            At::Reference | At::Twice | At::Other => false,
        };
        if fits { self } else { Self::keep(Why::Ambiguous) }
    }

    /// States a place in a text that may be in other languages, too.
    const fn plain(doubts: Doubts) -> Self {
        Self { doubts, ..Self::of(Context::Plain) }
    }
}

/// What stands before a token in its text, as far as it is looked at.
#[derive(Debug, Clone, Copy)]
pub(in crate::document) struct Before<'b> {
    bytes: &'b [u8],
    /// Whether nothing stands before it.
    is_whole: bool,
}

impl<'b> Before<'b> {
    /// Takes the bytes of a text before a token; the text began so many bytes ago.
    pub(in crate::document) fn new(bytes: &'b [u8], since: usize) -> Self {
        let kept = since.min(bytes.len()).min(WINDOW - 1);
        let bytes = bytes.get(bytes.len() - kept..).unwrap_or_default();
        Self { bytes, is_whole: kept == since }
    }

    /// Returns what stands behind the last byte of this kind.
    fn behind(self, ends: impl Fn(u8) -> bool) -> Self {
        match self.bytes.iter().rposition(|byte| ends(*byte)) {
            Some(at) => {
                Self { bytes: self.bytes.get(at + 1..).unwrap_or_default(), is_whole: true }
            }
            None => self,
        }
    }

    pub(in crate::document) fn is_nothing(self) -> bool {
        self.bytes.is_empty() && self.is_whole
    }

    pub(in crate::document) fn bytes(self) -> &'b [u8] {
        self.bytes
    }

    pub(in crate::document) fn is_whole(self) -> bool {
        self.is_whole
    }
}
