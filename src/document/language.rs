//! Bodies that begin like another language than the one they are declared in.

use crate::document::Readings;
use crate::document::Reason;
use crate::document::Refusal;

/// Refuses a form or a CSV document that begins like JSON, XML or a multipart form: many programs
/// read a body as what they expect, whatever its media type says. Where only the standard counts
/// nothing is refused.
pub(super) fn is_not_another(source: &[u8], readings: Readings) -> Result<(), Refusal> {
    let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
    let text = source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source);
    let text = text.get(text.iter().take_while(|byte| blank(byte)).count()..).unwrap_or_default();
    let another = match text {
        // JSON, and the comments that lenient readers let stand in front of it; a no-break space is one
        // more blank to them.
        [b'{' | b'<' | b'#' | 0xa0, ..]
        | [0xc2, 0xa0, ..]
        | [b'/', b'/' | b'*', ..]
        | [b'-', b'-', ..] => true,
        // A name in brackets is none.
        [b'[', rest @ ..] => {
            let next = rest.iter().find(|byte| !blank(byte));
            next.is_some_and(|byte| b"{[\"'/]".contains(byte))
        }
        _ => false,
    };
    if another && readings == Readings::All {
        return Err(Refusal::new(Reason::UnexpectedByte, source.len() - text.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_another_language_is_refused() {
        for body in [
            r#"{"email":"a"}"#,
            "\u{feff} \r\n{}",
            "[ {}]",
            "/**/{}",
            "//a\n{}",
            "#a\n{}",
            "<a/>",
            "--x\r\n",
            "\u{a0}{}",
        ] {
            assert!(is_not_another(body.as_bytes(), Readings::All).is_err(), "{body}");
            assert!(is_not_another(body.as_bytes(), Readings::Standard).is_ok(), "{body}");
        }
    }

    #[test]
    fn forms_and_tables_pass() {
        for body in ["", "email=a", "[email]=a", "-a=b", "/=a", "id,email\r\n1,a\r\n", "\u{feff}id"]
        {
            assert!(is_not_another(body.as_bytes(), Readings::All).is_ok(), "{body}");
        }
    }
}
