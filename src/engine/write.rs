//! What is on record becomes bytes: each part is written again with what takes the places of its
//! occurrences. Everything else is copied.

use std::iter::Peekable;
use std::rc::Rc;

use bytes::Bytes;
use zeroize::Zeroizing;

use crate::base::Kind;
use crate::base::Span;
use crate::document::Codec;
use crate::document::Field;
use crate::document::Refusal;
use crate::document::Rewrite;
use crate::document::Site;
use crate::document::Splice;
use crate::document::html;
use crate::engine::error::Error;
use crate::engine::read::Content;
use crate::engine::read::Document;
use crate::engine::read::Page;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::read::unmappable;
use crate::engine::record::Released;
use crate::engine::select::InlineText;
use crate::engine::select::Occurrence;
use crate::engine::select::Position;
use crate::engine::select::Replacement;

/// Writes all parts, each with what takes the places of its occurrences. Values come from what is
/// released.
pub(super) fn write(parts: &mut [Part<'_>], released: Option<&Released>) -> Result<(), Error> {
    for part in parts {
        let occurrences = &part.selection.occurrences;
        (part.bytes, part.is_changed) = match std::mem::replace(&mut part.content, Content::Unread)
        {
            Content::Unread | Content::Tokens(_) => (None, false),
            Content::Document(document) => {
                let changed = match part.outcome {
                    PartOutcome::Treated => fields(&document, occurrences, released)?,
                    PartOutcome::Kept(_) | PartOutcome::Refused(_) => None,
                };
                let is_changed = changed.is_some();
                (Some(changed.unwrap_or(document.source)), is_changed)
            }
            Content::Page(page) => {
                let is_changed = occurrences.iter().any(|each| each.written(released).is_some());
                (Some(tokens(page, occurrences, released)), is_changed)
            }
        };
    }
    Ok(())
}

impl Occurrence<'_> {
    /// Returns what is written in its place, and whether it is a text or a number; none where it stays.
    fn written<'x>(&'x self, released: Option<&'x Released>) -> Option<(&'x str, Kind)> {
        match self.replacement.as_ref()? {
            Replacement::Spelled(value) => Some((value, Kind::Text)),
            Replacement::Shown(key) => released?.shown(key),
        }
    }
}

impl Position {
    /// Returns whether a value can be written here, in a part that was read so, and stays a value.
    pub(super) fn holds(&self, content: &Content<'_>, value: &str) -> bool {
        match (self, content) {
            (Self::Field(field), Content::Document(document)) => {
                document.can_say(value, field.codec)
            }
            (Self::Inside { text, site, options, .. }, Content::Document(document)) => {
                let written = in_site(*site, value, *options);
                written.is_some_and(|written| {
                    let written = std::str::from_utf8(&written);
                    written.is_ok_and(|written| document.can_say(written, text.field.codec))
                })
            }
            (Self::Page { site, options, .. }, _) => in_site(*site, value, *options).is_some(),
            (Self::Field(_) | Self::Inside { .. } | Self::Somewhere, _) => false,
        }
    }
}

/// Writes a value as its site has it, in the character set of the text; none where that cannot hold it.
fn in_site(site: Site, value: &str, options: html::Options) -> Option<Zeroizing<Vec<u8>>> {
    let mut written = Zeroizing::new(Vec::with_capacity(value.len()));
    html::write(site, value, options, &mut written).ok()?;
    Some(written)
}

/// A document that is written again: in UTF-8, or in the character set that it came in.
enum Output<'a> {
    Plain(Splice<'a>),
    Coded(Rewrite<'a>),
}

impl Output<'_> {
    /// Puts something in the place of a span; spans come in ascending order.
    fn replace(
        &mut self,
        span: Span,
        codec: Codec,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<bool, Refusal> {
        match self {
            Self::Plain(splice) => Ok(splice.replace(span, write)),
            Self::Coded(rewrite) => rewrite.replace(span, unmappable(codec), write),
        }
    }
}

/// Writes the fields of a document; none when nothing changes.
fn fields(
    document: &Document<'_>,
    occurrences: &[Occurrence<'_>],
    released: Option<&Released>,
) -> Result<Option<Bytes>, Error> {
    let changes = occurrences.iter().filter(|each| each.written(released).is_some()).count();
    if changes == 0 {
        return Ok(None);
    }
    let (transcript, growth) = (document.transcript()?, changes.saturating_mul(64));
    let mut output = match &transcript {
        None => Output::Plain(Splice::new(&document.source, growth)),
        Some(transcript) => Output::Coded(transcript.rewrite(growth)),
    };
    let mut is_changed = false;
    let mut rest = occurrences.iter().peekable();
    while let Some(each) = rest.next() {
        let whole;
        let (field, value, kind) = match &each.position {
            Position::Field(field) => {
                let Some((value, kind)) = each.written(released) else { continue };
                (field, value, kind)
            }
            Position::Inside { text, .. } => {
                let written = text_with(text, each, &mut rest, released)?;
                let Some(written) =
                    written.filter(|written| document.can_say(written, text.field.codec))
                else {
                    continue;
                };
                whole = written;
                (&text.field, whole.as_str(), Kind::Text)
            }
            Position::Somewhere => continue,
            Position::Page { .. } => return Err(Error::Assembly),
        };
        let &Field { span, codec, .. } = field;
        let raw = span.of(&document.source);
        let placed = output
            .replace(span, codec, |out| codec.encode_over(raw, value, kind, out))
            .map_err(|refusal| document.refused(refusal))?;
        if !placed {
            return Err(Error::Overlap);
        }
        is_changed = true;
    }
    Ok(is_changed.then(|| {
        Bytes::from(match output {
            Output::Plain(splice) => splice.finish(),
            Output::Coded(rewrite) => rewrite.finish(),
        })
    }))
}

/// Writes one text with the values of all tokens in it that are seen; none when there are none.
fn text_with<'n, 'a: 'n>(
    text: &Rc<InlineText>,
    first: &'n Occurrence<'a>,
    rest: &mut Peekable<impl Iterator<Item = &'n Occurrence<'a>>>,
    released: Option<&Released>,
) -> Result<Option<Zeroizing<String>>, Error> {
    let is_inside = |each: &&Occurrence<'_>| match &each.position {
        Position::Inside { text: other, .. } => Rc::ptr_eq(text, other),
        Position::Field(_) | Position::Page { .. } | Position::Somewhere => false,
    };
    let mut splice = Splice::new(text.value.expose().as_bytes(), 0);
    let mut is_changed = false;
    let mut next = Some(first);
    while let Some(each) = next {
        if let Position::Inside { at, site, options, .. } = each.position
            && let Some((value, _)) = each.written(released)
        {
            // One that this place cannot hold is not among those on record.
            let written = in_site(site, value, options).ok_or(Error::Assembly)?;
            is_changed |= splice.replace(at, |out| out.extend_from_slice(&written));
        }
        next = rest.next_if(is_inside);
    }
    let whole = String::from_utf8(splice.finish()).map_err(|_| Error::Assembly)?;
    let whole = Zeroizing::new(whole);
    Ok(is_changed.then_some(whole))
}

/// Writes a page with the values of the tokens that are seen.
fn tokens(page: Page<'_>, occurrences: &[Occurrence<'_>], released: Option<&Released>) -> Bytes {
    let mut rest = occurrences.iter().peekable();
    let mut numbers = 0_usize..;
    let mut value = || {
        let number = numbers.next();
        let is_next = |each: &&Occurrence<'_>| match each.position {
            Position::Page { token, .. } => Some(token) == number,
            Position::Field(_) | Position::Inside { .. } | Position::Somewhere => false,
        };
        Some(rest.next_if(is_next)?.written(released)?.0)
    };
    let mut batches = page.batches.into_iter().map(|batch| batch.reveal(|_| value(), |_, _| {}));
    let mut whole = batches.next().unwrap_or_default();
    for batch in batches {
        whole.extend_from_slice(&batch);
    }
    Bytes::from(whole)
}
