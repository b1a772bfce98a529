//! Lines and fields: [RFC 9112, sections 2.2 and 5].

use crate::base::is_tchar;
use crate::proxy::framing::Fault;

/// Finds the first line: without its CR LF, and with the length of both. Bytes before `searched` are
/// known to hold no line feed. `None` when the line is not complete.
///
/// A line of more bytes than this is that fault, and no other: also when its end has not come, so
/// that it does not matter how the bytes are cut.
pub(super) fn next_line(
    bytes: &[u8],
    searched: usize,
    most: usize,
    too_long: Fault,
) -> Result<Option<(&[u8], usize)>, Fault> {
    let unsearched = bytes.get(searched..).unwrap_or_default();
    let feed = memchr::memchr(b'\n', unsearched).map(|feed| searched + feed);
    if feed.map_or(bytes.len(), |feed| feed + 1) > most {
        return Err(too_long);
    }
    let Some(feed) = feed else { return Ok(None) };
    let line = bytes.get(..feed).and_then(|line| line.strip_suffix(b"\r"));
    let line = line.ok_or(Fault::LineEnding)?;
    if memchr::memchr(b'\r', line).is_some() {
        return Err(Fault::LineEnding);
    }
    Ok(Some((line, feed + 1)))
}

/// Splits a field line into name and value, without the white space around the value.
pub(super) fn field(line: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    if matches!(line.first(), Some(b' ' | b'\t')) {
        return Err(Fault::Folding);
    }
    let colon = memchr::memchr(b':', line).ok_or(Fault::FieldName)?;
    let (name, value) = line.split_at(colon);
    if name.is_empty() || !name.iter().copied().all(is_tchar) {
        return Err(Fault::FieldName);
    }
    let value = value.get(1..).unwrap_or_default();
    // All bytes, without a way out in between: that goes sixteen at a time.
    if value.iter().fold(false, |found, &byte| found | is_control(byte)) {
        return Err(Fault::FieldValue);
    }
    Ok((name, trim(value)))
}

fn is_control(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7f
}

/// Takes spaces and tabs off both ends; other white space is a control character.
pub(super) fn trim(value: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !blank(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}
