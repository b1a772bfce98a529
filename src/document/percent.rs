//! Percent encoding of forms and queries: the reading is strict, the writing minimal in choice.

use crate::document::Charset;
use crate::document::Reason;
use crate::document::Refusal;

/// What a plus stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plus {
    /// A space, in forms and queries.
    Space,
    /// Itself, in paths and cookies.
    Plus,
}

/// Reads a name or a value: `%XX` is a byte, `+` is a space, the whole is in a character set.
///
/// Refuses a percent sign without two hexadecimal digits and bytes that the character set does not
/// have; the offset of the second counts decoded bytes.
pub(super) fn decode(raw: &[u8], charset: Charset, out: &mut String) -> Result<(), Refusal> {
    decode_with(raw, Plus::Space, charset, out)
}

/// Reads a segment of a path or a cookie: as [`decode`], but `+` is a plus, and all is UTF-8.
pub(super) fn decode_path(raw: &[u8], out: &mut String) -> Result<(), Refusal> {
    decode_with(raw, Plus::Plus, Charset::UTF8, out)
}

fn decode_with(raw: &[u8], plus: Plus, charset: Charset, out: &mut String) -> Result<(), Refusal> {
    out.clear();
    if !raw.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return charset.read(raw, out);
    }
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(raw.len()));
    each(raw, plus, |_, byte| bytes.push(byte))?;
    charset.read(&bytes, out)
}

/// The number of bytes [`decode`] would give.
pub(super) fn decoded_len(raw: &[u8]) -> Result<usize, Refusal> {
    let mut length = 0_usize;
    each(raw, Plus::Space, |_, _| length += 1)?;
    Ok(length)
}

/// Gives every decoded byte to `take`, with the offset where it is written.
pub(super) fn each(raw: &[u8], plus: Plus, mut take: impl FnMut(usize, u8)) -> Result<(), Refusal> {
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        let at = raw.len() - rest.len();
        rest = after;
        match byte {
            b'+' if plus == Plus::Space => take(at, b' '),
            b'%' => {
                let broken = Refusal::new(Reason::InvalidPercentEscape, at);
                let ([high, low], after) = after.split_first_chunk::<2>().ok_or(broken)?;
                take(at, (digit(*high).ok_or(broken)? << 4) | digit(*low).ok_or(broken)?);
                rest = after;
            }
            byte => take(at, byte),
        }
    }
    Ok(())
}

/// The worth of a hexadecimal digit.
fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Writes a text in UTF-8; everything but letters, digits and `-._~` as `%XX`, a space too.
pub(super) fn encode(text: &str, out: &mut Vec<u8>) {
    encode_bytes(text.as_bytes(), unreserved, out);
}

/// Writes a text in a character set, in the same way.
pub(super) fn encode_in(charset: Charset, text: &str, out: &mut Vec<u8>) {
    if charset == Charset::UTF8 {
        return encode(text, out);
    }
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(text.len()));
    charset.write(text, &mut bytes);
    encode_bytes(&bytes, unreserved, out);
}

/// RFC 3986, section 2.3.
fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Writes a segment of a path: as [`encode`], but one of dots alone, which would be a step in the
/// folders (RFC 3986, section 5.2.4), gets its dots as `%2E`.
pub(super) fn encode_segment(text: &str, out: &mut Vec<u8>) {
    if matches!(text, "." | "..") {
        encode_where(text, |_| false, out);
    } else {
        encode(text, out);
    }
}

/// Writes a text; the bytes that may not stay as `%XX`.
pub(super) fn encode_where(text: &str, stays: impl Fn(u8) -> bool, out: &mut Vec<u8>) {
    encode_bytes(text.as_bytes(), stays, out);
}

fn encode_bytes(bytes: &[u8], stays: impl Fn(u8) -> bool, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        if stays(byte) {
            out.push(byte);
            continue;
        }
        let digits = [byte >> 4, byte & 15].map(|half| DIGITS.get(usize::from(half)));
        out.push(b'%');
        out.extend(digits.into_iter().flatten());
    }
}
