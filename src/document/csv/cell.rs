//! Cells: where they end, reading and writing them.

use crate::document::Reason;
use crate::document::Refusal;
use crate::document::codec;

/// The length of the cell a text starts with, quotes included. Behind it stands a separator or a
/// line end, or something that may not be there.
///
/// Refuses a quotation mark or a single CR in a cell without quotes, quotes that do not end, and
/// U+0000, where some readers cut.
pub(super) fn length(rest: &[u8], separator: u8) -> Result<usize, Refusal> {
    let length = if rest.first() == Some(&b'"') {
        quoted(rest)?
    } else {
        let special = |byte: &u8| matches!(byte, b'\n' | b'\r' | b'"') || *byte == separator;
        rest.iter().position(special).unwrap_or(rest.len())
    };
    let cell = rest.get(..length).unwrap_or_default();
    if let Some(at) = memchr::memchr(0, cell) {
        return Err(Refusal::new(Reason::ControlCharacter, at));
    }
    match rest.get(length..) {
        Some([b'"', ..]) => Err(Refusal::new(Reason::AmbiguousQuote, length)),
        Some([b'\r', after @ ..]) if after.first() != Some(&b'\n') => {
            Err(Refusal::new(Reason::UnexpectedByte, length))
        }
        _ => Ok(length),
    }
}

/// The length of a cell in quotes.
fn quoted(rest: &[u8]) -> Result<usize, Refusal> {
    let mut at = 1;
    loop {
        let inside = rest.get(at..).unwrap_or_default();
        let Some(quote) = memchr::memchr(b'"', inside) else {
            return Err(Refusal::new(Reason::UnexpectedEnd, rest.len()));
        };
        at += quote + 1;
        if rest.get(at) != Some(&b'"') {
            return Ok(at);
        }
        at += 1;
    }
}

/// Finds what some readers take for the end of a line and RFC 4180 does not, `str.splitlines` of Python for
/// one: a single CR, U+000B, U+000C, U+001C to U+001E, U+0085, U+2028 and U+2029.
pub(super) fn line_break(text: &str) -> Option<usize> {
    let is_break = |at: usize, letter: char| match letter {
        '\r' => text.get(at + 1..).is_none_or(|rest| !rest.starts_with('\n')),
        '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}' => true,
        _ => false,
    };
    text.char_indices().find(|(at, letter)| is_break(*at, *letter)).map(|(at, _)| at)
}

/// Reads a cell with its quotes, if it has any.
pub(in crate::document) fn decode(raw: &[u8], out: &mut String) -> Result<(), Refusal> {
    let text = codec::utf8(raw)?;
    let Some(inner) = text.strip_prefix('"') else {
        if let Some(at) = text.find(['"', '\r', '\n']) {
            return Err(Refusal::new(Reason::AmbiguousQuote, at));
        }
        out.push_str(text);
        return Ok(());
    };
    let length = quoted(raw)?;
    if length != raw.len() {
        return Err(Refusal::new(Reason::AmbiguousQuote, length));
    }
    let inner = inner.get(..length.saturating_sub(2)).unwrap_or_default();
    for (number, piece) in inner.split("\"\"").enumerate() {
        if number > 0 {
            out.push('"');
        }
        out.push_str(piece);
    }
    Ok(())
}

/// Writes a cell; in quotes if any dialect needs them, if it is empty or has blanks at its ends, or if
/// its first letter would be the byte order mark of a document that starts with it.
pub(in crate::document) fn encode(text: &str, out: &mut Vec<u8>) {
    let special = |letter: char| letter.is_control() || "\",;|\u{2028}\u{2029}".contains(letter);
    let blank = text.starts_with([' ', '\u{feff}']) || text.ends_with(' ');
    if !text.is_empty() && !blank && !text.contains(special) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\"\""),
            0 => out.push(b' '),
            byte => out.push(byte),
        }
    }
    out.push(b'"');
}

/// Writes a cell, with an apostrophe before what a spreadsheet would run.
pub(in crate::document) fn encode_guarded(text: &str, out: &mut Vec<u8>) {
    if is_formula(text) {
        encode(&zeroize::Zeroizing::new(format!("'{text}")), out);
    } else {
        encode(text, out);
    }
}

/// Whether a spreadsheet would take a text for a formula: the characters that OWASP lists under
/// "CSV Injection", and their full-width forms.
pub(in crate::document) fn is_formula(text: &str) -> bool {
    let starts = [
        '=', '+', '-', '@', '\t', '\r', '\n', '\0', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ];
    text.starts_with(starts)
}

/// Whether a cell can hold a text.
pub(in crate::document) fn holds(text: &str) -> bool {
    !text.contains('\0')
}
