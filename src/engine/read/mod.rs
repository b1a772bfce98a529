//! A message as parts: head, body, media type, coding, character set.
//!
//! A part is one place with the rules for it. What cannot be read is a part, too, with the reason:
//! a body that nobody can read does not switch off the header beside it.

pub(super) mod body;
mod charset;
mod document;
pub(super) mod head;
mod page;

use bytes::Bytes;
use http::HeaderName;
use http::header;
use serde::Serialize;

use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::engine::select::Selection;
use crate::token::Token;

pub use body::BodyHandling;
pub use body::Streaming;
pub(super) use charset::found_in;
pub(crate) use document::Document;
pub(super) use document::Reading;
pub(super) use document::unmappable;
pub(crate) use page::Page;

/// One place of a message with the rules for it.
pub(crate) struct Part<'a> {
    pub(super) slot: Slot,
    pub(super) content: Content<'a>,
    pub(super) outcome: PartOutcome,
    /// What rules select in it; nothing before `select`.
    pub(super) selection: Selection<'a>,
    /// Its bytes as they go on, from `write`; none of a part that nobody could read.
    pub(super) bytes: Option<Bytes>,
    /// Whether anything in it was replaced.
    pub(super) is_changed: bool,
}

/// What a part was read as.
#[derive(Debug)]
pub(super) enum Content<'a> {
    /// Fields that rules select.
    Document(Document<'a>),
    /// A text in which tokens stand anywhere.
    Page(Page<'a>),
    /// Tokens in places that no rule reads.
    Tokens(Vec<Token>),
    /// It cannot be read, and the outcome says why; or it was written.
    Unread,
}

/// What became of a part.
#[derive(Debug)]
pub(super) enum PartOutcome {
    /// Everything that rules select was treated.
    Treated,
    /// Its tokens stay, for this reason.
    Kept(Unreadable),
    /// It must not go on.
    Refused(Error),
}

impl<'a> Part<'a> {
    pub(super) fn new(slot: Slot, content: Content<'a>) -> Self {
        let (outcome, selection) = (PartOutcome::Treated, Selection::default());
        Self { slot, content, outcome, selection, bytes: None, is_changed: false }
    }

    pub(super) fn document(slot: Slot, document: Document<'a>) -> Self {
        Self::new(slot, Content::Document(document))
    }

    pub(super) fn unread(slot: Slot, outcome: PartOutcome) -> Self {
        Self { outcome, ..Self::new(slot, Content::Unread) }
    }

    /// Whether the message must not go on because of this part: it is refused, and no mere hint.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self.outcome, PartOutcome::Refused(_)) && !self.slot.is_hint()
    }

    pub(super) fn is_treated(&self) -> bool {
        matches!(self.outcome, PartOutcome::Treated)
    }
}

/// Why a place cannot be read, and the byte where that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Unreadable {
    /// A word of `docs/errors.md`, or of `Cloakroom-Unrevealed`.
    pub reason: &'static str,
    /// The byte of the place, from 0; none when it concerns the whole.
    pub offset: Option<u32>,
}

impl Unreadable {
    /// States a reason that concerns the whole place.
    pub(super) fn whole(reason: &'static str) -> Self {
        Self { reason, offset: None }
    }
}

impl From<&Error> for Unreadable {
    fn from(error: &Error) -> Self {
        let Error::Document { refusal, .. } = error else { return Self::whole(error.code()) };
        Self { reason: error.code(), offset: Some(refusal.offset) }
    }
}

/// Where in the message a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slot {
    Body,
    Query,
    Path,
    Header,
    /// The line with this number among those of `Cookie`, or of `Set-Cookie` in a response.
    Cookie(usize),
    /// Path and query of a field that holds a URL of this application.
    Url(HeaderName, UrlPart),
    /// `Location`, the one URL that browsers follow by themselves.
    Location,
}

/// What of a URL a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UrlPart {
    Path,
    Query,
}

impl Slot {
    /// Returns the place in problems and events.
    pub(super) fn place(&self) -> Place {
        match self {
            Self::Body => Place::Body,
            Self::Query => Place::Query,
            Self::Path => Place::Path,
            Self::Header | Self::Url(..) | Self::Location => Place::Header,
            Self::Cookie(_) => Place::Cookie,
        }
    }

    /// Returns the name that people read.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Body | Self::Query | Self::Path | Self::Header | Self::Cookie(_) => {
                self.place().as_str()
            }
            Self::Location => "location",
            Self::Url(field, UrlPart::Path) if *field == header::REFERER => "referer path",
            Self::Url(field, UrlPart::Query) if *field == header::REFERER => "referer query",
            Self::Url(_, UrlPart::Path) => "destination path",
            Self::Url(_, UrlPart::Query) => "destination query",
        }
    }

    /// Whether the message says the same without it: a `Referer` that must not go on is taken off.
    pub(super) fn is_hint(&self) -> bool {
        matches!(self, Self::Url(field, _) if *field == header::REFERER)
    }
}
