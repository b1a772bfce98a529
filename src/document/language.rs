//! Bodies that begin like another language than the one they are declared in.

use crate::document::Readings;
use crate::document::Reason;
use crate::document::Refusal;

/// Refuses a form or a CSV document that begins like JSON, XML or a multipart form: many programs
/// read a body as what they expect, whatever its media type says. Where only the standard counts
/// nothing is refused.
pub(super) fn is_not_another(source: &[u8], readings: Readings) -> Result<(), Refusal> {
    let start = blanks(source);
    let another = match source.get(start..).unwrap_or_default() {
        // JSON, and the comments that lenient readers let stand in front of it.
        [b'{' | b'<' | b'#', ..] | [b'/', b'/' | b'*', ..] | [b'-', b'-', ..] => true,
        // A name in brackets is none, up to what stands in a list of JSON alone.
        [b'[', rest @ ..] => {
            let end = |byte: &u8| b"]=&,{[\"'/#".contains(byte);
            rest.iter().find(|byte| end(byte)).is_some_and(|byte| !b"]=&".contains(byte))
        }
        _ => false,
    };
    if another && readings == Readings::All {
        return Err(Refusal::new(Reason::UnexpectedByte, start));
    }
    Ok(())
}

/// The length of what some reader passes over in front of a document: white space and control characters of
/// Unicode and of 8-bit character sets, byte order marks of UTF-8 and UTF-16.
fn blanks(source: &[u8]) -> usize {
    let mut at = 0;
    for chunk in source.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if !letter.is_whitespace() && !letter.is_control() && letter != '\u{feff}' {
                return at;
            }
            at += letter.len_utf8();
        }
        if !chunk.invalid().iter().all(|byte| matches!(byte, 0x80..=0xa0 | 0xfe | 0xff)) {
            return at;
        }
        at += chunk.invalid().len();
    }
    at
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
            "\u{2003}\u{3000}\u{85}\u{1f}\0{}",
            "\u{feff}\u{feff}\u{feff}[[1]]",
            "[1,{}]",
            "[null,{}]",
            "[true,{}]",
            "[-1,{}]",
            "[0 ,{}]",
            "[1\n/**/,{}]",
        ] {
            assert!(is_not_another(body.as_bytes(), Readings::All).is_err(), "{body}");
            assert!(is_not_another(body.as_bytes(), Readings::Standard).is_ok(), "{body}");
        }
    }

    #[test]
    fn blanks_of_other_character_sets_are_passed_over() {
        for body in [&b"\xa0{}"[..], b"\x85\x80{}", b"\xff\xfe{\0}\0", b"\xfe\xff\0{\0}"] {
            assert!(is_not_another(body, Readings::All).is_err(), "{body:?}");
        }
        assert!(is_not_another(b"\xe9=1", Readings::All).is_ok());
    }

    #[test]
    fn forms_and_tables_pass() {
        for body in [
            "",
            "email=a",
            "[email]=a",
            "[0][email]=a,b",
            "[a=b,c",
            "-a=b",
            "/=a",
            "id,email\r\n1,a\r\n",
            "\u{feff}id",
            "\u{a0}id",
            "\r\n\t",
        ] {
            assert!(is_not_another(body.as_bytes(), Readings::All).is_ok(), "{body}");
        }
    }
}
