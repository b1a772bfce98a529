//! What is on record becomes bytes: each part is written again with what takes the places of its
//! occurrences. Everything else is copied.

use std::iter::Peekable;

use bytes::Bytes;

use crate::base::Kind;
use crate::document::Splice;
use crate::document::html;
use crate::engine::error::Error;
use crate::engine::read::Content;
use crate::engine::read::Document;
use crate::engine::read::Page;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::read::Slot;
use crate::engine::record::Recorded;
use crate::engine::select::InlineText;
use crate::engine::select::Occurrence;
use crate::engine::select::Selection;
use crate::engine::select::Site;

/// A part as it is now.
pub(super) struct Written {
    pub(super) slot: Slot,
    pub(super) outcome: PartOutcome,
    /// The bytes; none of a part that nobody could read.
    pub(super) bytes: Option<Bytes>,
    /// Whether anything in it was replaced.
    pub(super) is_changed: bool,
}

/// Writes all parts, each with what takes the places of its occurrences.
pub(super) fn write(
    parts: Vec<Part<'_>>,
    selection: &Selection<'_>,
    recorded: &Recorded,
) -> Result<Vec<Written>, Error> {
    let mut rest = selection.occurrences.iter().enumerate().peekable();
    let mut written = Vec::with_capacity(parts.len());
    for (index, part) in parts.into_iter().enumerate() {
        let mut here = Vec::new();
        while let Some((number, occurrence)) = rest.next_if(|(_, next)| next.part == index) {
            here.push(Numbered { number, occurrence });
        }
        let Part { slot, content, outcome } = part;
        let (bytes, is_changed) = match content {
            Content::Unread | Content::Tokens(_) => (None, false),
            Content::Document(document) => {
                let changed = match outcome {
                    PartOutcome::Treated => fields(&document, &here, selection, recorded)?,
                    PartOutcome::Kept(_) | PartOutcome::Refused(_) => None,
                };
                let is_changed = changed.is_some();
                (Some(changed.unwrap_or(document.source)), is_changed)
            }
            Content::Page(page) => {
                let is_changed =
                    here.iter().any(|each| recorded.replacement(each.number).is_some());
                (Some(tokens(page, &here, recorded)), is_changed)
            }
        };
        written.push(Written { slot, outcome, bytes, is_changed });
    }
    Ok(written)
}

/// An occurrence, and its number among all of the message.
#[derive(Clone, Copy)]
struct Numbered<'s, 'a> {
    number: usize,
    occurrence: &'s Occurrence<'a>,
}

/// Writes the fields of a document; none when nothing changes.
fn fields(
    document: &Document<'_>,
    here: &[Numbered<'_, '_>],
    selection: &Selection<'_>,
    recorded: &Recorded,
) -> Result<Option<Bytes>, Error> {
    let changes = here.iter().filter(|each| recorded.replacement(each.number).is_some()).count();
    if changes == 0 {
        return Ok(None);
    }
    document.edited(changes.saturating_mul(64), |writer| {
        let mut rest = here.iter().copied().peekable();
        while let Some(each) = rest.next() {
            match each.occurrence.site {
                Site::Field { span, codec, .. } => {
                    let Some(new) = recorded.replacement(each.number) else { continue };
                    let raw = span.of(&document.source);
                    writer.replace(span, codec, |out| {
                        codec.encode_over(raw, new.text, new.kind, out);
                    })?;
                }
                Site::Inside { text, .. } => {
                    let inline = selection.texts.get(text).ok_or(Error::Assembly)?;
                    let new = text_with(inline, each, &mut rest, recorded)?;
                    if let Some(new) = new.filter(|new| document.can_say(new, inline.codec)) {
                        let InlineText { span, codec, .. } = *inline;
                        let raw = span.of(&document.source);
                        writer.replace(span, codec, |out| {
                            codec.encode_over(raw, &new, Kind::Text, out);
                        })?;
                    }
                }
                Site::Somewhere => {}
                Site::Page { .. } => return Err(Error::Assembly),
            }
        }
        Ok(())
    })
}

/// Writes one text with the values of all tokens in it that are seen; none when there are none.
fn text_with<'n, 'a: 'n>(
    inline: &InlineText,
    first: Numbered<'n, 'a>,
    rest: &mut Peekable<impl Iterator<Item = Numbered<'n, 'a>>>,
    recorded: &Recorded,
) -> Result<Option<zeroize::Zeroizing<String>>, Error> {
    let place = |each: &Numbered<'_, '_>| match each.occurrence.site {
        Site::Inside { text, at, site, options } => Some((text, at, site, options)),
        Site::Field { .. } | Site::Page { .. } | Site::Somewhere => None,
    };
    let text = place(&first).map(|(text, ..)| text);
    let mut splice = Splice::new(inline.value.expose().as_bytes(), 0);
    let mut is_changed = false;
    let mut next = Some(first);
    while let Some(each) = next {
        if let (Some((_, at, site, options)), Some(new)) =
            (place(&each), recorded.replacement(each.number))
        {
            let mut written = zeroize::Zeroizing::new(Vec::with_capacity(new.text.len()));
            // One that this place cannot hold is not among those on record.
            html::write(site, new.text, options, &mut written).map_err(|_| Error::Assembly)?;
            is_changed |= splice.replace(at, |out| out.extend_from_slice(&written));
        }
        next = rest.next_if(|next| place(next).map(|(text, ..)| text) == text);
    }
    let whole = String::from_utf8(splice.finish()).map_err(|_| Error::Assembly)?;
    let whole = zeroize::Zeroizing::new(whole);
    Ok(is_changed.then_some(whole))
}

/// Writes a page with the values of the tokens that are seen.
fn tokens(page: Page<'_>, here: &[Numbered<'_, '_>], recorded: &Recorded) -> Bytes {
    let mut rest = here.iter().peekable();
    let mut hit = 0;
    Bytes::from(page.revealed(|| {
        let number = hit;
        hit += 1;
        let at_hit = |each: &&Numbered<'_, '_>| match each.occurrence.site {
            Site::Page { hit, .. } => hit == number,
            Site::Field { .. } | Site::Inside { .. } | Site::Somewhere => false,
        };
        let each = rest.next_if(at_hit)?;
        Some(recorded.replacement(each.number)?.text)
    }))
}
