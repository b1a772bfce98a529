//! Spellings of a text in other languages than the one it is found in: written in all of them, to look for
//! it, and undone, to look into them. Not for: writing into a document, which is what a [`Codec`] is for.

use memchr::memchr3;
use memchr::memmem;

use crate::base::Kind;
use crate::base::Sensitive;
use crate::document::Charset;
use crate::document::Codec;

/// Returns a value as it is and as other places write it, in UTF-8 or in this character set: each spelling
/// once.
pub fn spellings(value: &str, charset: Charset) -> Vec<Sensitive<Vec<u8>>> {
    let mut all: Vec<Sensitive<Vec<u8>>> = vec![Sensitive::new(value.as_bytes().to_vec())];
    let mut add = |spelling: Vec<u8>| {
        if !all.iter().any(|known| *known.expose() == spelling) {
            all.push(Sensitive::new(spelling));
        }
    };
    for upper in [true, false] {
        add(percent(value, upper, b"%20"));
        add(percent(value, upper, b"+"));
        // What browsers leave as it is in a query, and encodeURI everywhere.
        add(escaped(
            value,
            |letter| letter.is_ascii() && letter != ' ',
            |letter, out| {
                push_percent(letter, upper, out);
            },
        ));
    }
    add(json(value, false));
    add(json(value, true));
    add(html(value));
    if charset != Charset::UTF8 && !value.is_ascii() && charset.says(value) {
        let written = |codec: Codec| {
            let mut out = Vec::with_capacity(value.len() * 3);
            codec.encode(value, Kind::Text, &mut out);
            out
        };
        let form = written(Codec::Form(charset));
        add(written(Codec::Part(charset)));
        // A space is written in two ways.
        add(String::from_utf8_lossy(&form).replace("%20", "+").into_bytes());
        add(form);
    }
    for shift in 0..3 {
        let coded = base64(value.as_bytes(), shift);
        add(coded
            .iter()
            .map(|byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                byte => *byte,
            })
            .collect());
        add(coded);
    }
    all
}

fn escaped(
    value: &str,
    plain: impl Fn(char) -> bool,
    escape: impl Fn(char, &mut Vec<u8>),
) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() * 2);
    for letter in value.chars() {
        if plain(letter) {
            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            escape(letter, &mut out);
        }
    }
    out
}

fn push_percent(letter: char, upper: bool, out: &mut Vec<u8>) {
    for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
        let code = if upper { format!("%{byte:02X}") } else { format!("%{byte:02x}") };
        out.extend_from_slice(code.as_bytes());
    }
}

fn percent(value: &str, upper: bool, space: &[u8]) -> Vec<u8> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~".contains(letter);
    escaped(value, plain, |letter, out| match letter {
        ' ' => out.extend_from_slice(space),
        letter => push_percent(letter, upper, out),
    })
}

fn json(value: &str, ascii: bool) -> Vec<u8> {
    let plain = |letter: char| {
        letter >= ' '
            && !matches!(letter, '"' | '\\')
            && (!ascii || (letter.is_ascii() && letter != '/'))
    };
    escaped(value, plain, |letter, out| match letter {
        '"' | '\\' | '/' => out.extend_from_slice(format!("\\{letter}").as_bytes()),
        '\n' => out.extend_from_slice(b"\\n"),
        letter => {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
        }
    })
}

fn html(value: &str) -> Vec<u8> {
    escaped(
        value,
        |letter| !matches!(letter, '&' | '<' | '>' | '"' | '\''),
        |letter, out| {
            out.extend_from_slice(match letter {
                '&' => b"&amp;",
                '<' => b"&lt;",
                '>' => b"&gt;",
                '"' => b"&quot;",
                _ => b"&#39;",
            });
        },
    )
}

/// Returns the middle of a value in base64 when so many bytes stand before it: what does not depend on them,
/// nor on what stands behind.
pub fn base64(value: &[u8], shift: usize) -> Vec<u8> {
    let mut padded = vec![0; shift];
    padded.extend_from_slice(value);
    let whole = padded.len() / 3 * 3;
    let coded = data_encoding::BASE64.encode(padded.get(..whole).unwrap_or_default());
    let first = [0, 2, 3].get(shift).copied().unwrap_or_default();
    coded.as_bytes().get(first..).unwrap_or_default().to_vec()
}

/// Joins a text as readers of XML do: without the marks of CDATA sections, comments and instructions; none
/// when it has none of them.
pub fn joined(text: &[u8]) -> Option<Vec<u8>> {
    let mut out: Option<Vec<u8>> = None;
    let mut rest = text;
    while let Some(at) =
        memmem::find_iter(rest, b"<").find(|at| matches!(rest.get(at + 1), Some(b'!' | b'?')))
    {
        let (before, mark) = rest.split_at_checked(at)?;
        let (front, end): (&[u8], &[u8]) = match mark {
            [b'<', b'!', b'-', b'-', ..] => (b"<!--", b"-->"),
            [b'<', b'?', ..] => (b"<?", b"?>"),
            [b'<', b'!', b'[', ..] => (b"<![CDATA[", b"]]>"),
            _ => (b"<!", b">"),
        };
        let inside = mark.get(front.len()..).unwrap_or_default();
        let length = memmem::find(inside, end).unwrap_or(inside.len());
        let out = out.get_or_insert_with(|| Vec::with_capacity(text.len()));
        out.extend_from_slice(before);
        if front == b"<![CDATA[" {
            out.extend_from_slice(inside.get(..length).unwrap_or_default());
        }
        rest = inside.get(length + end.len()..).unwrap_or_default();
    }
    out.map(|mut out| {
        out.extend_from_slice(rest);
        out
    })
}

/// Takes the escapes of URLs, JSON and HTML off; none when there are none.
pub fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut at = memchr3(b'%', b'\\', b'&', text)?;
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        let (plain, behind) = rest.split_at_checked(at)?;
        out.extend_from_slice(plain);
        let Escape { byte, length } = Escape::read(behind);
        out.push(byte);
        rest = behind.get(length..).unwrap_or_default();
        match memchr3(b'%', b'\\', b'&', rest) {
            Some(next) => at = next,
            None => break,
        }
    }
    out.extend_from_slice(rest);
    Some(out)
}

/// An escape, and what it stands for.
struct Escape {
    byte: u8,
    length: usize,
}

impl Escape {
    /// Reads what stands first in a text; a byte that begins no escape stands for itself.
    fn read(text: &[u8]) -> Self {
        let itself = Self { byte: text.first().copied().unwrap_or(b' '), length: 1 };
        let escape = match text {
            [b'\\', b'x', high, low, ..] => Self::number(&[*high, *low], 16, 4),
            [b'%', high, low, ..] => Self::number(&[*high, *low], 16, 3),
            [b'\\', b'u', a, b, c, d, ..] => Self::number(&[*a, *b, *c, *d], 16, 6),
            [b'\\', b'b' | b'f' | b'n' | b'r' | b't', ..] => Some(Self { byte: b' ', length: 2 }),
            [b'\\', byte, ..] => Some(Self { byte: *byte, length: 2 }),
            [b'&', b'#', b'x' | b'X', digits @ ..] => Self::reference(digits, 16, 3),
            [b'&', b'#', digits @ ..] => Self::reference(digits, 10, 2),
            _ if text.starts_with(b"&commat;") => Some(Self { byte: b'@', length: 8 }),
            _ => None,
        };
        escape.unwrap_or(itself)
    }

    /// A character outside ASCII becomes a byte that is none.
    fn number(digits: &[u8], radix: u32, length: usize) -> Option<Self> {
        let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?;
        let byte = u8::try_from(number).ok().filter(u8::is_ascii).unwrap_or(0x80);
        Some(Self { byte, length })
    }

    fn reference(text: &[u8], radix: u32, before: usize) -> Option<Self> {
        let window = text.get(..12).unwrap_or(text);
        let digits = window.iter().take_while(|byte| char::from(**byte).is_digit(radix)).count();
        let ends = usize::from(text.get(digits) == Some(&b';'));
        Self::number(text.get(..digits)?, radix, before + digits + ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_joined_as_readers_of_xml_join_it() {
        for (text, read) in [
            ("ck<![CDATA[1a]]>b", "ck1ab"),
            ("ck<!-- 1 > -->1<?x y?>a", "ck1a"),
            ("<![CDATA[a]]]]><![CDATA[>b", "a]]>b"),
            ("a<!--", "a"),
        ] {
            assert_eq!(joined(text.as_bytes()).as_deref(), Some(read.as_bytes()), "{text}");
        }
        assert_eq!(joined(b"<a>b < c</a>"), None);
    }

    #[test]
    fn escapes_are_taken_off() {
        for (text, read) in [
            ("%63k%31", "ck1"),
            ("\\u0063k\\x31\\/\\n\\u00e9", "ck1/ "),
            ("&#99;k&#x31;&commat;&#107", "ck1@k"),
            ("%25%5c%", "%\\%"),
            ("&amp;", "&amp;"),
        ] {
            let out = unescaped(text.as_bytes()).unwrap();
            let ascii: Vec<u8> = out.into_iter().filter(u8::is_ascii).collect();
            assert_eq!(String::from_utf8(ascii).unwrap(), read, "{text}");
        }
        assert_eq!(unescaped(b"plain"), None);
    }
}
