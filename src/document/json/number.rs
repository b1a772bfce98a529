//! Numbers of RFC 8259, section 6, as they are spelled.

use crate::document::Reason;
use crate::document::Refusal;

/// Finds the end of the number that starts at `at`, and counts its digits, exponent included.
pub(super) fn scan(bytes: &[u8], at: usize) -> Result<(usize, usize), Refusal> {
    let start = if bytes.get(at) == Some(&b'-') { at + 1 } else { at };
    let mut end = digits(bytes, start)?;
    if bytes.get(start) == Some(&b'0') && end > start + 1 {
        return Err(Refusal::new(Reason::InvalidNumber, start));
    }
    let mut count = end - start;
    if bytes.get(end) == Some(&b'.') {
        let start = end + 1;
        end = digits(bytes, start)?;
        count += end - start;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
        let start = end + 1 + usize::from(signed);
        end = digits(bytes, start)?;
        count += end - start;
    }
    Ok((end, count))
}

/// Finds the end of at least one digit.
fn digits(bytes: &[u8], start: usize) -> Result<usize, Refusal> {
    let mut end = start;
    while bytes.get(end).is_some_and(u8::is_ascii_digit) {
        end += 1;
    }
    if end > start {
        return Ok(end);
    }
    let reason = if end == bytes.len() { Reason::UnexpectedEnd } else { Reason::InvalidNumber };
    Err(Refusal::new(reason, end))
}

/// Gives the text of bytes that are one number and nothing else.
pub(in crate::document) fn lexeme(raw: &[u8]) -> Result<&str, Refusal> {
    let (end, _) = scan(raw, 0)?;
    if end != raw.len() {
        return Err(Refusal::new(Reason::TrailingData, end));
    }
    crate::document::codec::utf8(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_grammar_allows() {
        for text in ["0", "-0", "10", "1.5", "-0.0", "1e5", "1E+05", "1.25e-10", "9007199254740993"]
        {
            assert_eq!(lexeme(text.as_bytes()), Ok(text));
        }
    }

    #[test]
    fn refuses_what_it_does_not() {
        for text in
            ["", "-", "+1", "01", "-01", ".5", "1.", "1.e5", "1e", "1e+", "0x1", "1_0", "1 "]
        {
            assert!(lexeme(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn counts_digits_of_all_parts() {
        assert_eq!(scan(b"-12.345e+67,", 0), Ok((11, 7)));
    }
}
