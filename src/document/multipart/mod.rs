//! Multipart forms: `multipart/form-data` (RFC 7578, on RFC 2046, section 5.1).
//!
//! A part is a member by the `name` of its `Content-Disposition`; its body is the value, as it is,
//! without any encoding. As in urlencoded forms every occurrence of a name counts, and
//! `user[email]` and `email[]` are emitted in every way that is common; browsers write `"` in a name
//! as `%22`, so a name is also emitted percent-decoded.
//!
//! - A part with its own `Content-Type` of JSON, or of XML where the route reads XML
//!   ([`Options::xml_parts`](crate::document::Options)), is that document below its name: `$.user.email`.
//! - A part with a `filename` is a file. [`Options::files`](crate::document::Options) says how files of
//!   that name are read. Others pass, whatever is in them, but to protect: one whose name some reader takes for
//!   a selected field is refused, and one that says it is such a document, and that rules reach into, is read.
//! - Everything else is text: in the character set that the part says, or the form
//!   ([`Options::charset`](crate::document::Options)), UTF-8 if nobody says anything.
//!
//! Refused, because readers differ: a boundary that is not on a line of its own, text before the
//! first part or behind the last, lines that do not end in CRLF, a repeated or missing
//! `Content-Disposition`, `name*`, a repeated parameter, a backslash in a name, a transfer
//! encoding, a character set that is not read at a selected place, a `_charset_` field against the
//! rest, and a part that is a file to
//! some readers only (`filename*` alone, or an empty `filename` in front of content) at one.

mod boundary;
mod disposition;
mod part;
mod stream;

pub use boundary::Boundary;
pub use stream::{FormPiece, Parts};

use crate::document::ReadContext;
use crate::document::Refusal;
use crate::document::flat;
use crate::document::flat::Emitter;
use crate::document::visitor::Visitor;

/// Reads a form and emits its events.
pub(super) fn scan<S: Visitor>(
    source: &[u8],
    boundary: &Boundary,
    context: ReadContext<'_>,
    visitor: &mut S,
) -> Result<(), Refusal> {
    flat::fits(source)?;
    let parts = boundary.split(source)?;
    let mut emitter = Emitter::new(context, visitor);
    emitter.open(0)?;
    for span in parts {
        part::read(source, span, context, &mut emitter)?;
    }
    emitter.close(source.len());
    Ok(())
}

/// The number of parts that are passed over; none of a form that is broken.
pub(super) fn passed(source: &[u8], boundary: &Boundary, context: ReadContext<'_>) -> usize {
    let parts = boundary.split(source).unwrap_or_default();
    parts.into_iter().filter(|part| part::is_passed(part.of(source), context)).count()
}
