//! Server-sent events (WHATWG HTML, section 9.2) whose data is JSON.
//!
//! An event is the lines up to an empty one. The `data` lines of an event, joined by line breaks,
//! are its JSON text, which may so be spread over several lines; a literal of JSON has no line
//! break in it, so every field is inside one line, and what JSON writes in its place has none
//! either. What stands behind `event`, `id`, `retry` and in comments is not looked at; to protect, there is
//! nothing else.

use crate::base::Span;
use crate::document;
use crate::document::Field;
use crate::document::Format;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::codec;
use crate::document::visitor;

/// Finds the fields of one event; none in an event without data.
pub(super) fn select(event: &[u8], context: ReadContext<'_>) -> Result<Vec<Field>, Refusal> {
    let Some(data) = join(event)? else { return Ok(Vec::new()) };
    let moved =
        |error: Refusal| Refusal::new(error.reason, data.outside(error.offset).min(event.len()));
    let fields = document::select_with(Format::Json, &data.json, context).map_err(moved)?;
    Ok(fields.into_iter().map(|field| Field { span: data.span(field.span), ..field }).collect())
}

/// Puts the data of an event together; none in an event without data.
pub(super) fn join(event: &[u8]) -> Result<Option<Joined>, Refusal> {
    codec::utf8(event)?;
    let (mut json, mut places) = (zeroize::Zeroizing::new(Vec::new()), Vec::new());
    let mut any = false;
    let lines = Lines { source: event, at: 0 };
    for (start, line) in lines {
        let Some((start, data)) = data(start, line) else { continue };
        if any {
            json.push(b'\n');
        }
        any = true;
        places.push(Place { joined: json.len(), source: start });
        json.extend_from_slice(data);
    }
    Ok(any.then_some(Joined { json, places }))
}

/// The data of an event, in one piece.
pub(super) struct Joined {
    pub(super) json: zeroize::Zeroizing<Vec<u8>>,
    places: Vec<Place>,
}

impl Joined {
    /// Where in the event a byte of the data is.
    fn outside(&self, at: u32) -> usize {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let line = self.places.partition_point(|place| place.joined <= at).saturating_sub(1);
        let place = self.places.get(line).copied().unwrap_or(Place { joined: 0, source: 0 });
        place.source.saturating_add(at.saturating_sub(place.joined))
    }

    /// Where in the event a literal of the data is: inside one line.
    pub(super) fn span(&self, span: Span) -> Span {
        let start = self.outside(span.start());
        visitor::span(start, start + span.len())
    }
}

/// Where a line of joined data comes from.
#[derive(Clone, Copy)]
struct Place {
    joined: usize,
    source: usize,
}

/// The value of a `data` line, and where it is: one space behind the colon is no part of it.
fn data(start: usize, line: &[u8]) -> Option<(usize, &[u8])> {
    let line_start = if start == 0 && line.starts_with(MARK) { MARK.len() } else { 0 };
    let rest = line.get(line_start..)?.strip_prefix(b"data")?;
    let value = match rest {
        [] => rest,
        [b':', b' ', value @ ..] | [b':', value @ ..] => value,
        [_, ..] => return None,
    };
    Some((start + line.len() - value.len(), value))
}

/// A byte order mark, which may stand in front of a stream.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of a text, without their ends: CR LF, LF or CR.
pub(super) struct Lines<'a> {
    pub(super) source: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let rest = self.source.get(start..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        let ends = match rest.get(length..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            Some([]) | None => 0,
        };
        self.at = start + length + ends;
        Some((start, rest.get(..length).unwrap_or_default()))
    }
}

/// The length of the event a text starts with, its empty line included; none when it does not end
/// yet. `line` is where a line starts, `at` how far that line was looked at; both move on.
///
/// A CR at the very end of an empty line ends the event at once; should a LF follow, that is an
/// event of its own, with nothing in it.
pub(super) fn length(source: &[u8], line: &mut usize, at: &mut usize) -> Option<usize> {
    loop {
        let rest = source.get(*at..).unwrap_or_default();
        let Some(found) = memchr::memchr2(b'\r', b'\n', rest) else {
            *at = source.len();
            return None;
        };
        let end = *at + found;
        let behind = match source.get(end..) {
            Some([b'\r', b'\n', ..]) => end + 2,
            Some([b'\r']) if end > *line => {
                // It may be half of a line's end.
                *at = end;
                return None;
            }
            _ => end + 1,
        };
        if end == *line {
            return Some(behind);
        }
        (*line, *at) = (behind, behind);
    }
}

/// Refuses an event as such, not its JSON: one with U+0000; to protect one with a line that is no field, comment
/// or blank, because many programs read a body as what they expect, whatever its media type says.
pub(super) fn refuses(event: &[u8], readings: Readings) -> Option<Refusal> {
    let nul = memchr::memchr(0, event).map(|at| Refusal::new(Reason::ControlCharacter, at));
    let line = || {
        let mut lines = Lines { source: event, at: 0 };
        let odd = lines.find(|(start, line)| !is_known(*start, line));
        odd.map(|(start, _)| Refusal::new(Reason::UnexpectedByte, start))
    };
    match readings {
        Readings::All => nul.or_else(line),
        Readings::Standard => nul,
    }
}

/// Whether a line is blank, a comment or a field that the standard has.
fn is_known(start: usize, line: &[u8]) -> bool {
    let line = if start == 0 { line.strip_prefix(MARK).unwrap_or(line) } else { line };
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    matches!(name, b"" | b"event" | b"data" | b"id" | b"retry") || line.trim_ascii().is_empty()
}
