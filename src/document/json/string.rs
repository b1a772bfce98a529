//! Strings of RFC 8259, section 7: finding their end, reading and writing their escapes.

use crate::document::Reason;
use crate::document::Refusal;
use crate::document::codec;

/// Where a string ends, and whether decoding would change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// Offset of the closing quote.
    pub(super) end: usize,
    /// Whether it holds an escape.
    pub(super) escaped: bool,
}

/// Finds the end of a string that starts behind the quote before `at`, and checks what is in it.
///
/// Refuses raw control characters, unknown escapes and half surrogate pairs. The bytes are UTF-8
/// already.
#[inline]
pub(super) fn scan(bytes: &[u8], at: usize) -> Result<Token, Refusal> {
    let end = plain(bytes, at);
    if bytes.get(end) == Some(&b'"') {
        return Ok(Token { end, escaped: false });
    }
    scan_on(bytes, end)
}

/// Goes on where a string does not end at the first special byte.
#[inline(never)]
fn scan_on(bytes: &[u8], mut at: usize) -> Result<Token, Refusal> {
    let mut escaped = false;
    loop {
        at = plain(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return Ok(Token { end: at, escaped }),
            Some(b'\\') => {
                escaped = true;
                at = escape(bytes, at)?.1;
            }
            Some(_) => return Err(Refusal::new(Reason::ControlCharacter, at)),
            None => return Err(Refusal::new(Reason::UnexpectedEnd, at)),
        }
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Marks in the high bit of each byte whether it is a quote, a backslash or a control character.
///
/// A borrow can mark bytes above a marked one by mistake, never below: the lowest mark is right.
const fn special(word: u64) -> u64 {
    let control = word.wrapping_sub(ONES.wrapping_mul(0x20)) & !word;
    let quote = word ^ ONES.wrapping_mul(0x22);
    let quote = quote.wrapping_sub(ONES) & !quote;
    let slash = word ^ ONES.wrapping_mul(0x5c);
    let slash = slash.wrapping_sub(ONES) & !slash;
    (control | quote | slash) & HIGHS
}

/// The first quote, backslash or control character at or after `at`; eight bytes at a time.
#[inline]
fn plain(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let found = special(u64::from_le_bytes(*chunk));
        if found != 0 {
            return at + usize::try_from(found.trailing_zeros() / 8).unwrap_or(0);
        }
        at += 8;
    }
    tail(bytes, at)
}

/// The same for the last few bytes.
#[cold]
fn tail(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at) {
        if byte < 0x20 || byte == b'"' || byte == b'\\' {
            break;
        }
        at += 1;
    }
    at
}

/// Reads the escape at `at`: the character it stands for, and the offset behind it.
fn escape(bytes: &[u8], at: usize) -> Result<(char, usize), Refusal> {
    let Some(&letter) = bytes.get(at + 1) else {
        return Err(Refusal::new(Reason::UnexpectedEnd, at + 1));
    };
    let meaning = match letter {
        b'"' | b'\\' | b'/' => char::from(letter),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(bytes, at),
        _ => return Err(Refusal::new(Reason::InvalidEscape, at)),
    };
    Ok((meaning, at + 2))
}

/// Reads `\uXXXX`, or two of them that are a surrogate pair.
fn unicode(bytes: &[u8], at: usize) -> Result<(char, usize), Refusal> {
    let lone = Refusal::new(Reason::LoneSurrogate, at);
    let first = unit(bytes, at)?;
    if let Some(letter) = char::from_u32(first) {
        return Ok((letter, at + 6));
    }
    if first >= 0xdc00 || bytes.get(at + 6) != Some(&b'\\') || bytes.get(at + 7) != Some(&b'u') {
        return Err(lone);
    }
    let second = unit(bytes, at + 6)?;
    if !(0xdc00..0xe000).contains(&second) {
        return Err(lone);
    }
    let letter = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    char::from_u32(letter).map(|letter| (letter, at + 12)).ok_or(lone)
}

/// Reads the four hexadecimal digits of the `\uXXXX` at `at`.
fn unit(bytes: &[u8], at: usize) -> Result<u32, Refusal> {
    let Some(digits) = bytes.get(at + 2..).and_then(|rest| rest.first_chunk::<4>()) else {
        return Err(Refusal::new(Reason::UnexpectedEnd, bytes.len()));
    };
    let mut code = 0;
    for &digit in digits {
        let digit = char::from(digit).to_digit(16);
        code = code * 16 + digit.ok_or(Refusal::new(Reason::InvalidEscape, at))?;
    }
    Ok(code)
}

/// Reads a whole string literal, quotes included.
pub(in crate::document) fn decode(raw: &[u8], out: &mut String) -> Result<(), Refusal> {
    codec::utf8(raw)?;
    if raw.first() != Some(&b'"') {
        return Err(Refusal::new(Reason::UnexpectedByte, 0));
    }
    let token = scan(raw, 1)?;
    if token.end + 1 != raw.len() {
        return Err(Refusal::new(Reason::TrailingData, token.end + 1));
    }
    out.clear();
    unescape(raw.get(1..token.end).unwrap_or_default(), out)
}

/// Reads what stands between the quotes.
pub(super) fn unescape(body: &[u8], out: &mut String) -> Result<(), Refusal> {
    let mut at = 0;
    while at < body.len() {
        let end = plain(body, at);
        out.push_str(codec::utf8(body.get(at..end).unwrap_or_default())?);
        at = end;
        match body.get(at) {
            None => break,
            Some(b'\\') => {
                let (letter, next) = escape(body, at)?;
                out.push(letter);
                at = next;
            }
            Some(_) => return Err(Refusal::new(Reason::UnexpectedByte, at)),
        }
    }
    Ok(())
}

/// Reads what stands between the quotes, and gives what every piece of it stands for, with the
/// offset of the piece; a byte that is not escaped is a piece of its own.
pub(in crate::document) fn units(
    body: &[u8],
    take: &mut dyn FnMut(usize, &[u8]),
) -> Result<(), Refusal> {
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        match byte {
            b'\\' => {
                let (letter, next) = escape(body, at)?;
                take(at, letter.encode_utf8(&mut [0; 4]).as_bytes());
                at = next;
            }
            b'"' | 0..0x20 => return Err(Refusal::new(Reason::UnexpectedByte, at)),
            byte => {
                take(at, std::slice::from_ref(byte));
                at += 1;
            }
        }
    }
    Ok(())
}

/// Writes a text as a string literal, with the escapes that the grammar demands and no others.
pub(in crate::document) fn encode(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    out.push(b'"');
    loop {
        let end = plain(bytes, at);
        out.extend_from_slice(bytes.get(at..end).unwrap_or_default());
        let Some(&byte) = bytes.get(end) else { break };
        at = end + 1;
        let short = match byte {
            b'"' | b'\\' => byte,
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            control => {
                out.extend_from_slice(format!("\\u{control:04x}").as_bytes());
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', short]);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_special_byte_at_every_distance() {
        for special in [b'"', b'\\', 0x00, 0x1f] {
            for distance in 0..40 {
                let mut bytes = vec![b'!'; distance];
                bytes.push(special);
                bytes.extend_from_slice(b"\x01\"\\ tail of the text");
                assert_eq!(plain(&bytes, 0), distance);
            }
        }
    }

    #[test]
    fn every_other_byte_is_plain() {
        for byte in (0x20..=0xff_u8).filter(|byte| !matches!(byte, b'"' | b'\\')) {
            assert_eq!(plain(&[byte; 19], 0), 19, "{byte}");
        }
    }
}
