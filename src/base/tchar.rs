//! Tokens of HTTP: names of methods, fields and parameters.

/// Whether a byte may stand in a token: `tchar` of [RFC 9110, section 5.6.2].
pub const fn is_tchar(byte: u8) -> bool {
    matches!(
        byte,
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9'
            | b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_'
            | b'`' | b'|' | b'~'
    )
}

/// Whether a text is a token: not empty, and nothing but [`is_tchar`].
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_tchar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_controls_and_other_letters_are_in_no_token() {
        assert!(is_token("!#$%&'*+-.^_`|~09azAZ"));
        for text in ["", " ", "a b", "a\t", "\u{e4}", "a\u{7f}"] {
            assert!(!is_token(text), "{text:?}");
        }
        assert!("\"(),/:;<=>?@[\\]{}".bytes().all(|byte| !is_tchar(byte)));
    }
}
