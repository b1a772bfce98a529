//! Percent encoding of forms and queries: the reading is strict, the writing minimal in choice.

use crate::document::Reason;
use crate::document::Refusal;
use crate::document::codec;

/// Reads a name or a value: `%XX` is a byte, `+` is a space, the whole is UTF-8.
///
/// Refuses a percent sign without two hexadecimal digits and bytes that are not UTF-8; the offset
/// of the second counts decoded bytes.
pub(super) fn decode(raw: &[u8], out: &mut String) -> Result<(), Refusal> {
    out.clear();
    if !raw.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        out.push_str(codec::utf8(raw)?);
        return Ok(());
    }
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(raw.len()));
    each(raw, |byte| bytes.push(byte))?;
    out.push_str(codec::utf8(&bytes)?);
    Ok(())
}

/// The number of bytes [`decode`] would give.
pub(super) fn decoded_len(raw: &[u8]) -> Result<usize, Refusal> {
    let mut length = 0_usize;
    each(raw, |_| length += 1)?;
    Ok(length)
}

/// Gives every decoded byte to `take`.
fn each(raw: &[u8], mut take: impl FnMut(u8)) -> Result<(), Refusal> {
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => take(b' '),
            b'%' => {
                let at = raw.len() - after.len() - 1;
                let broken = Refusal::new(Reason::InvalidPercentEscape, at);
                let ([high, low], after) = after.split_first_chunk::<2>().ok_or(broken)?;
                take((digit(*high).ok_or(broken)? << 4) | digit(*low).ok_or(broken)?);
                rest = after;
            }
            byte => take(byte),
        }
    }
    Ok(())
}

/// The worth of a hexadecimal digit.
fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Writes a text; everything but letters, digits and `-._~` as `%XX`, a space too.
pub(super) fn encode(text: &str, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte);
            continue;
        }
        let digits = [byte >> 4, byte & 15].map(|half| DIGITS.get(usize::from(half)));
        out.push(b'%');
        out.extend(digits.into_iter().flatten());
    }
}
