//! Writing a value so that its place stays what it is: one table for HTML, its URLs and
//! scripts.

use crate::document;

/// The character set of the bytes that are written into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Charset {
    /// The page is in UTF-8.
    Utf8,
    /// Nobody knows which, but it extends ASCII: other characters are written as references.
    Ascii,
    /// One that extends ASCII (ISO 8859, Windows 125x, `Shift_JIS`, GBK): likewise.
    Legacy(document::Charset),
}

impl Charset {
    /// How to write into a document of this character set; nothing for UTF-16, whose pages keep their
    /// tokens.
    pub fn of(charset: document::Charset) -> Option<Self> {
        if charset == document::Charset::UTF8 {
            return Some(Self::Utf8);
        }
        charset.extends_ascii().then_some(Self::Legacy(charset))
    }

    /// The character set, where a byte below 128 may be a part of another character.
    pub(super) fn of_several_bytes(self) -> Option<document::Charset> {
        match self {
            Self::Utf8 | Self::Ascii => None,
            Self::Legacy(charset) => Some(charset).filter(|charset| !charset.single_byte()),
        }
    }
}

/// How a letter is written that a place cannot hold as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Escape {
    /// Text and quoted attributes of HTML: `& < > " '` and the carriage return as references.
    Html,
    /// Unquoted attributes of HTML: everything but ASCII letters and digits as references.
    Unquoted,
    /// A part of a URL: everything but the unreserved characters of RFC 3986, section 2.3 as `%XX`.
    Url,
    /// The address of a `mailto:` URL (RFC 6068): the same, but the last `@` stays.
    Mailbox,
    /// The number of a `tel:` URL (RFC 3966): digits, `+` and `-.()` stay, a space becomes `-`,
    /// which like it only separates.
    Phone,
    /// Inside a string of JSON or JavaScript: everything but ASCII letters and digits as `\uXXXX`,
    /// so that it is also safe inside markup.
    Script,
    /// Inside a string of JSON: quotes, backslashes, controls, and what means something to markup around
    /// it as `\uXXXX`.
    Json,
}

impl Escape {
    /// Writes a value. It must be [`writable`].
    pub fn write(self, value: &str, charset: Charset, out: &mut Vec<u8>) {
        let mailbox = value.rfind('@').filter(|_| self == Self::Mailbox);
        for (place, character) in value.char_indices() {
            let plain = match self {
                Self::Html => !matches!(character, '&' | '<' | '>' | '"' | '\'' | '\r'),
                Self::Json => {
                    !character.is_control() && !"\"\\<>&'\u{2028}\u{2029}".contains(character)
                }
                Self::Unquoted | Self::Script => character.is_ascii_alphanumeric(),
                Self::Url => unreserved(character),
                Self::Mailbox => unreserved(character) || mailbox == Some(place),
                Self::Phone => {
                    character.is_ascii_alphanumeric()
                        || matches!(character, '+' | '-' | '.' | '(' | ')')
                }
            };
            if plain && (character.is_ascii() || charset == Charset::Utf8) {
                let mut buffer = [0; 4];
                out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            } else {
                self.escape(character, out);
            }
        }
    }

    fn escape(self, character: char, out: &mut Vec<u8>) {
        match self {
            Self::Html | Self::Unquoted => {
                reference(character, out);
            }
            Self::Phone if character == ' ' => out.push(b'-'),
            Self::Url | Self::Mailbox | Self::Phone => {
                let mut buffer = [0; 4];
                for byte in character.encode_utf8(&mut buffer).bytes() {
                    out.push(b'%');
                    hex(u32::from(byte), 2, b"0123456789ABCDEF", out);
                }
            }
            Self::Script | Self::Json => {
                let mut buffer = [0; 2];
                for unit in character.encode_utf16(&mut buffer) {
                    out.extend_from_slice(b"\\u");
                    hex(u32::from(*unit), 4, b"0123456789abcdef", out);
                }
            }
        }
    }
}

/// RFC 3986, section 2.3.
fn unreserved(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~')
}

/// A character reference.
fn reference(character: char, out: &mut Vec<u8>) {
    match character {
        '&' => out.extend_from_slice(b"&amp;"),
        '<' => out.extend_from_slice(b"&lt;"),
        '>' => out.extend_from_slice(b"&gt;"),
        '"' => out.extend_from_slice(b"&quot;"),
        character => {
            out.extend_from_slice(b"&#");
            out.extend_from_slice(u32::from(character).to_string().as_bytes());
            out.push(b';');
        }
    }
}

fn hex(number: u32, digits: u32, alphabet: &[u8; 16], out: &mut Vec<u8>) {
    for place in (0..digits).rev() {
        let digit = usize::try_from((number >> (4 * place)) & 15).unwrap_or_default();
        out.extend(alphabet.get(digit));
    }
}

/// Whether a value can be written into a page without changing what is around it, and read back as
/// it was.
///
/// Refuses control characters but tab, line feed and carriage return, because HTML has no way to
/// write them all; noncharacters; and bidirectional controls that the value opens and
/// does not close, or closes and did not open (Unicode UAX #9, section 3.3.2): they would turn
/// around the text beside it. The implicit marks LRM, RLM and ALM, and closed pairs, are fine.
pub fn writable(value: &str) -> bool {
    let mut open = Vec::new();
    for character in value.chars() {
        match character {
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' => open.push('\u{202c}'),
            '\u{2066}'..='\u{2068}' => open.push('\u{2069}'),
            '\u{202c}' | '\u{2069}' if open.pop() == Some(character) => {}
            '\u{202c}' | '\u{2069}' => return false,
            '\t' | '\n' | '\r' => {}
            character if character.is_control() => return false,
            '\u{fdd0}'..='\u{fdef}' => return false,
            character if u32::from(character) & 0xfffe == 0xfffe => return false,
            _ => {}
        }
    }
    open.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(escape: Escape, value: &str) -> String {
        let mut out = Vec::new();
        escape.write(value, Charset::Utf8, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_place_has_its_own_spelling() {
        let value = "Zoë <o'h@ra.ie>&\"\r";
        for (escape, expected) in [
            (Escape::Html, "Zoë &lt;o&#39;h@ra.ie&gt;&amp;&quot;&#13;"),
            (Escape::Url, "Zo%C3%AB%20%3Co%27h%40ra.ie%3E%26%22%0D"),
            (Escape::Mailbox, "Zo%C3%AB%20%3Co%27h@ra.ie%3E%26%22%0D"),
        ] {
            assert_eq!(written(escape, value), expected, "{escape:?}");
        }
        assert_eq!(written(Escape::Unquoted, "a b=ë"), "a&#32;b&#61;&#235;");
        assert_eq!(written(Escape::Script, "a'\u{2028}\u{1f600}"), "a\\u0027\\u2028\\ud83d\\ude00");
        assert_eq!(written(Escape::Phone, "+353 (1) 555-01.99;x"), "+353-(1)-555-01.99%3Bx");
    }

    #[test]
    fn other_character_sets_get_references() {
        let mut out = Vec::new();
        Escape::Html.write("ë€", Charset::Ascii, &mut out);
        assert_eq!(out, b"&#235;&#8364;");
    }

    #[test]
    fn what_would_disturb_its_surroundings_is_not_writable() {
        for value in [
            "\0",
            "a\u{8}",
            "\u{7f}",
            "\u{85}",
            "\u{202e}abc",
            "\u{2069}",
            "\u{2066}\u{202c}",
            "\u{ffff}",
            "\u{fdd0}",
            "\u{c}",
            "\u{1fffe}",
        ] {
            assert!(!writable(value), "{value:?}");
        }
        for value in ["", "a\tb\r\n", "\u{200f}עברית", "\u{2067}abc\u{2069}", "\u{feff}", "é"]
        {
            assert!(writable(value), "{value:?}");
        }
    }
}
