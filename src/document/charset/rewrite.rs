//! Replacing spans of the text in the bytes.

use encoding_rs::Encoding;
use encoding_rs::UTF_8;
use encoding_rs::UTF_16BE;
use encoding_rs::UTF_16LE;

use crate::base::Sensitive;
use crate::base::Span;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::Splice;
use crate::document::charset::Transcript;
use crate::document::charset::walk::Cursor;
use crate::document::charset::walk::Family;

/// What to do with a character that the character set does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmappable {
    /// Leave the span as it is, and say so.
    Refuse,
    /// Write `&#…;`. Only for the text and the attribute values of HTML and XML, where it means
    /// the character: not in scripts, CDATA or comments.
    Reference,
    /// Write `\uXXXX`, for every character outside ASCII: JSON is read as UTF-8 by many whatever it
    /// declares, and an escape reads alike in both. Only inside strings of JSON.
    Escape,
}

/// A copy of the bytes of a [`Transcript`] in which spans of its text are replaced.
///
/// Spans come in ascending order and do not overlap. Without edits the copy is the source.
#[derive(Debug)]
pub struct Rewrite<'a> {
    encoding: &'static Encoding,
    /// None when text and bytes are the same.
    cursor: Option<Cursor<'a>>,
    splice: Splice<'a>,
}

impl<'a> Rewrite<'a> {
    pub(super) fn new(transcript: &'a Transcript<'_>, growth: usize) -> Self {
        let encoding = transcript.charset.0;
        let cursor = (!transcript.verbatim())
            .then(|| Cursor::new(Family::of(encoding), transcript.source, &transcript.text));
        Self { encoding, cursor, splice: Splice::new(transcript.source, growth) }
    }

    /// Writes something else, in UTF-8, in the place of a span of the text. Answers whether it
    /// did: not when the span overlaps the one before, lies outside, or ends inside of what the
    /// bytes spell as one.
    ///
    /// Refuses, and leaves the span as it is, when what was written cannot be said in the
    /// character set: the offset then counts in the text.
    pub fn replace(
        &mut self,
        span: Span,
        unmappable: Unmappable,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<bool, Refusal> {
        let Some(place) = self.place(span) else { return Ok(false) };
        if self.encoding == UTF_8 {
            return Ok(self.splice.replace(place, write));
        }
        let mut text = Sensitive::new(Vec::new());
        write(text.expose_mut());
        let mut bytes = Sensitive::new(Vec::with_capacity(text.expose().len()));
        let said = std::str::from_utf8(text.expose())
            .is_ok_and(|text| encode(self.encoding, text, unmappable, bytes.expose_mut()));
        if !said {
            let offset = usize::try_from(span.start()).unwrap_or(usize::MAX);
            return Err(Refusal::new(Reason::NotInCharset, offset));
        }
        Ok(self.splice.replace(place, |out| out.extend_from_slice(bytes.expose())))
    }

    /// Copies what is left and gives the result.
    pub fn finish(self) -> Vec<u8> {
        self.splice.finish()
    }

    /// Finds the bytes of a span. The cursor stays at its start, so that a span whose value was
    /// refused can be tried again.
    fn place(&mut self, span: Span) -> Option<Span> {
        let Some(cursor) = &mut self.cursor else { return Some(span) };
        let start = cursor.seek(usize::try_from(span.start()).ok()?)?;
        let mut ahead = *cursor;
        let end = ahead.seek(usize::try_from(span.end()).ok()?)?;
        Span::new(u32::try_from(start).ok()?, u32::try_from(end).ok()?)
    }
}

/// Writes text in an encoding. Answers whether all of it could be said.
///
/// What the encoding would read back as something else is not said: encoders of Japanese write a
/// yen sign as a backslash.
fn encode(encoding: &'static Encoding, text: &str, other: Unmappable, out: &mut Vec<u8>) -> bool {
    if encoding == UTF_16LE || encoding == UTF_16BE {
        let order = if encoding == UTF_16LE { u16::to_le_bytes } else { u16::to_be_bytes };
        out.extend(text.encode_utf16().flat_map(order));
        return true;
    }
    if (other != Unmappable::Escape || text.is_ascii()) && say(encoding, text, out) {
        return true;
    }
    for character in text.chars() {
        let kept = other != Unmappable::Escape || character.is_ascii();
        if kept && say(encoding, character.encode_utf8(&mut [0; 4]), out) {
            continue;
        }
        match other {
            Unmappable::Refuse => return false,
            Unmappable::Reference => {
                out.extend_from_slice(format!("&#{};", u32::from(character)).as_bytes());
            }
            Unmappable::Escape => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            }
        }
    }
    true
}

/// Writes a text with a question mark for each character that cannot be said.
pub(super) fn write(encoding: &'static Encoding, text: &str, out: &mut Vec<u8>) {
    if say(encoding, text, out) {
        return;
    }
    for character in text.chars() {
        if !say(encoding, character.encode_utf8(&mut [0; 4]), out) {
            out.push(b'?');
        }
    }
}

/// Whether all of a text can be said.
pub(super) fn says(encoding: &'static Encoding, text: &str) -> bool {
    let mut out = Sensitive::new(Vec::with_capacity(text.len()));
    encode(encoding, text, Unmappable::Refuse, out.expose_mut())
}

/// Writes text if it reads back as itself.
fn say(encoding: &'static Encoding, text: &str, out: &mut Vec<u8>) -> bool {
    let (bytes, _encoding, unmappable) = encoding.encode(text);
    let same = !unmappable
        && encoding
            .decode_without_bom_handling_and_without_replacement(&bytes)
            .is_some_and(|read| read == text);
    if same {
        out.extend_from_slice(&bytes);
    }
    same
}
