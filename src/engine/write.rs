//! What is on record becomes bytes: each part is written again with what takes the places of its
//! occurrences. Everything else is copied.

use std::iter::Peekable;

use bytes::Bytes;

use crate::base::Kind;
use crate::document::Field;
use crate::document::Splice;
use crate::document::html;
use crate::engine::error::Error;
use crate::engine::read::Content;
use crate::engine::read::Document;
use crate::engine::read::Page;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::record::Released;
use crate::engine::select::InlineText;
use crate::engine::select::Occurrence;
use crate::engine::select::Position;
use crate::engine::select::Replacement;
use crate::engine::select::Selection;

/// Writes all parts, each with what takes the places of its occurrences. Values come from what is
/// released.
pub(super) fn write(parts: &mut [Part<'_>], released: Option<&Released>) -> Result<(), Error> {
    for part in parts {
        (part.bytes, part.is_changed) = match std::mem::replace(&mut part.content, Content::Unread)
        {
            Content::Unread | Content::Tokens(_) => (None, false),
            Content::Document(document) => {
                let changed = match part.outcome {
                    PartOutcome::Treated => fields(&document, &part.selection, released)?,
                    PartOutcome::Kept(_) | PartOutcome::Refused(_) => None,
                };
                let is_changed = changed.is_some();
                (Some(changed.unwrap_or(document.source)), is_changed)
            }
            Content::Page(page) => {
                let mut occurrences = part.selection.occurrences.iter();
                let is_changed = occurrences.any(|each| each.written(released).is_some());
                (Some(tokens(page, &part.selection, released)), is_changed)
            }
        };
    }
    Ok(())
}

impl Occurrence<'_> {
    /// Returns what is written in its place, and whether it is a text or a number; none where it stays.
    fn written<'x>(&'x self, released: Option<&'x Released>) -> Option<(&'x str, Kind)> {
        match self.replacement.as_ref()? {
            Replacement::Text(text) => Some((text, Kind::Text)),
            Replacement::Shown(key) => released?.shown(key),
        }
    }
}

/// Writes the fields of a document; none when nothing changes.
fn fields(
    document: &Document<'_>,
    selection: &Selection<'_>,
    released: Option<&Released>,
) -> Result<Option<Bytes>, Error> {
    let occurrences = &selection.occurrences;
    let changes = occurrences.iter().filter(|each| each.written(released).is_some()).count();
    if changes == 0 {
        return Ok(None);
    }
    document.edited(changes.saturating_mul(64), |writer| {
        let mut rest = occurrences.iter().peekable();
        while let Some(each) = rest.next() {
            match each.position {
                Position::Field(Field { span, codec, .. }) => {
                    let Some((new, kind)) = each.written(released) else { continue };
                    let raw = span.of(&document.source);
                    writer.replace(span, codec, |out| codec.encode_over(raw, new, kind, out))?;
                }
                Position::Inside { text, .. } => {
                    let inline = selection.texts.get(text).ok_or(Error::Assembly)?;
                    let new = text_with(inline, each, &mut rest, released)?;
                    if let Some(new) = new.filter(|new| document.can_say(new, inline.field.codec)) {
                        let Field { span, codec, .. } = inline.field;
                        let raw = span.of(&document.source);
                        writer.replace(span, codec, |out| {
                            codec.encode_over(raw, &new, Kind::Text, out);
                        })?;
                    }
                }
                Position::Somewhere => {}
                Position::Page { .. } => return Err(Error::Assembly),
            }
        }
        Ok(())
    })
}

/// Writes one text with the values of all tokens in it that are seen; none when there are none.
fn text_with<'n, 'a: 'n>(
    inline: &InlineText,
    first: &'n Occurrence<'a>,
    rest: &mut Peekable<impl Iterator<Item = &'n Occurrence<'a>>>,
    released: Option<&Released>,
) -> Result<Option<zeroize::Zeroizing<String>>, Error> {
    let text_of = |each: &Occurrence<'_>| match each.position {
        Position::Inside { text, .. } => Some(text),
        Position::Field(_) | Position::Page { .. } | Position::Somewhere => None,
    };
    let mut splice = Splice::new(inline.value.expose().as_bytes(), 0);
    let mut is_changed = false;
    let mut next = Some(first);
    while let Some(each) = next {
        if let Position::Inside { at, site, options, .. } = each.position
            && let Some((new, _)) = each.written(released)
        {
            let mut written = zeroize::Zeroizing::new(Vec::with_capacity(new.len()));
            // One that this place cannot hold is not among those on record.
            html::write(site, new, options, &mut written).map_err(|_| Error::Assembly)?;
            is_changed |= splice.replace(at, |out| out.extend_from_slice(&written));
        }
        next = rest.next_if(|next| text_of(next) == text_of(first));
    }
    let whole = String::from_utf8(splice.finish()).map_err(|_| Error::Assembly)?;
    let whole = zeroize::Zeroizing::new(whole);
    Ok(is_changed.then_some(whole))
}

/// Writes a page with the values of the tokens that are seen.
fn tokens(page: Page<'_>, selection: &Selection<'_>, released: Option<&Released>) -> Bytes {
    let mut rest = selection.occurrences.iter().peekable();
    let mut numbers = 0_usize..;
    Bytes::from(page.revealed(|| {
        let number = numbers.next();
        let is_next = |each: &&Occurrence<'_>| match each.position {
            Position::Page { token, .. } => Some(token) == number,
            Position::Field(_) | Position::Inside { .. } | Position::Somewhere => false,
        };
        Some(rest.next_if(is_next)?.written(released)?.0)
    }))
}
