//! Spellings of a text in other languages than the one it is found in, undone: percent-encoding, escapes of
//! JSON and JavaScript, character references, markup. Not for: reading a selected field, which is what a
//! [`Codec`](crate::document::Codec) is for.

use encoding_rs::WINDOWS_1252;
use memchr::memchr3;
use memchr::memmem;
use unicode_normalization::UnicodeNormalization;

/// Bytes that are read at once.
const AT_ONCE: usize = 64 * 1024;

/// Bytes that are read with those before and those behind them: what is searched for, in escapes of escapes.
const OVERLAP: usize = 2 * 1024;

/// How often a text is read as one in escapes.
pub(super) const TIMES: usize = 3;

/// So near a mark of markup ends, or of a forum (`[b]`), to count as one.
const MARKUP: usize = 2 * 1024;
const FORUM: usize = 16;

/// The longest name of a character reference that counts.
const NAME: usize = 32;

/// Named references (HTML, section 13.5) to the characters that texts are escaped for, and to the sign of an
/// address.
const NAMED: [(&[u8], char); 6] = [
    (b"amp;", '&'),
    (b"lt;", '<'),
    (b"gt;", '>'),
    (b"quot;", '"'),
    (b"apos;", '\''),
    (b"commat;", '@'),
];

/// Gives a text as it stands and as readers make it, to be searched: without the marks of XML, and with the
/// escapes of URLs, JSON and HTML undone, three times at most. Long texts come in pieces that overlap by
/// 2 KiB, so a reading takes 64 KiB at most; the whole is given once more when it has marks of XML.
pub fn each_reading(text: &[u8], mut search: impl FnMut(&[u8])) {
    // A comment inside a word may be longer than what is read at once.
    if let Some(text) = joined(text) {
        search(&text);
    }
    let mut rest = text;
    loop {
        let now = rest.get(..AT_ONCE).unwrap_or(rest);
        search(now);
        let mut read = unescaped(now);
        for _ in 0..TIMES {
            let Some(text) = read else { break };
            search(&text);
            if let Some(text) = joined(&text) {
                search(&text);
            }
            read = unescaped(&text);
        }
        if rest.len() <= AT_ONCE {
            break;
        }
        rest = rest.get(AT_ONCE - OVERLAP..).unwrap_or_default();
    }
}

/// Joins a text as readers of XML do: without the marks of CDATA sections, comments and instructions; none
/// when it has none of them.
fn joined(text: &[u8]) -> Option<Vec<u8>> {
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

/// Undoes the escapes of URLs, JSON and HTML once, in one pass; none when there are none. What they stand for
/// is written in UTF-8, a byte that is percent-encoded as itself.
pub(super) fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut rest, mut is_changed) = (Vec::new(), text, false);
    while let Some(at) = memchr3(b'%', b'\\', b'&', rest) {
        // No escape is shorter than what it stands for.
        out.reserve(rest.len());
        let (plain, escape) = rest.split_at_checked(at)?;
        out.extend_from_slice(plain);
        let undone = undo(escape, &mut out);
        is_changed |= undone.is_some();
        let length = undone.unwrap_or_else(|| {
            out.extend(escape.first());
            1
        });
        rest = escape.get(length..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    is_changed.then_some(out)
}

/// Writes what the escape stands for that a text begins with, and returns the length of the escape; none when
/// the text begins with none.
fn undo(text: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let (letter, length) = match text {
        [b'%', digits @ ..] => {
            out.push(u8::try_from(number(digits.get(..2)?, 16)?).ok()?);
            return Some(3);
        }
        [b'&', behind @ ..] => {
            let Reference { letter, length } = reference(behind)?;
            (letter, 1 + length)
        }
        [b'\\', kind, behind @ ..] => {
            let Some(read) = backslash(*kind, behind) else {
                out.push(*kind);
                return Some(2);
            };
            read
        }
        _ => return None,
    };
    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    Some(length)
}

/// Reads an escape of JSON or JavaScript of this kind: the character that it stands for, and its length; none when
/// the backslash leaves its character as it is.
fn backslash(kind: u8, behind: &[u8]) -> Option<(char, usize)> {
    match kind {
        b'b' => Some(('\u{8}', 2)),
        b'f' => Some(('\u{c}', 2)),
        b'n' => Some(('\n', 2)),
        b'r' => Some(('\r', 2)),
        b't' => Some(('\t', 2)),
        b'x' => Some((char::from_u32(number(behind.get(..2)?, 16)?)?, 4)),
        b'u' => {
            // A second unit counts behind the first half of a pair alone (RFC 8259, section 7).
            let second = behind.get(4..).and_then(|rest| rest.strip_prefix(b"\\u")).and_then(unit);
            let letter = char::decode_utf16([unit(behind)?].into_iter().chain(second)).next()?;
            let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
            Some((letter, 6 * letter.len_utf16()))
        }
        _ => None,
    }
}

/// Reads four hexadecimal digits as a unit of UTF-16.
fn unit(digits: &[u8]) -> Option<u16> {
    number(digits.get(..4)?, 16).and_then(|number| u16::try_from(number).ok())
}

/// Reads digits, and nothing else, as a number; one that is too large becomes the largest.
fn number(digits: &[u8], radix: u32) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, byte| {
        let digit = char::from(*byte).to_digit(radix)?;
        Some(number.saturating_mul(radix).saturating_add(digit))
    })
}

/// A character reference of HTML.
pub(super) struct Reference {
    pub(super) letter: char,
    /// Its bytes behind the `&`.
    pub(super) length: usize,
}

/// Reads the character reference behind an `&` as browsers do (HTML, section 13.2.5.72 to 13.2.5.80): a number
/// with any zeros in front and with or without the semicolon, or one of a few names; none when there is none.
pub(super) fn reference(behind: &[u8]) -> Option<Reference> {
    let Some(numeric) = behind.strip_prefix(b"#") else {
        let (name, letter) = NAMED.iter().find(|(name, _)| behind.starts_with(name))?;
        return Some(Reference { letter: *letter, length: name.len() });
    };
    let (digits, radix) = match numeric {
        [b'x' | b'X', digits @ ..] => (digits, 16),
        _ => (numeric, 10),
    };
    let count = digits.iter().take_while(|byte| char::from(**byte).is_digit(radix)).count();
    let (digits, rest) = digits.split_at_checked(count).filter(|(digits, _)| !digits.is_empty())?;
    let code = number(digits, radix)?;
    let letter = match u8::try_from(code) {
        Ok(byte @ 0x80..=0x9f) => WINDOWS_1252.decode(&[byte]).0.chars().next(),
        _ => char::from_u32(code).filter(|letter| *letter != '\0'),
    };
    let rest = rest.strip_prefix(b";").unwrap_or(rest);
    let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
    Some(Reference { letter, length: behind.len() - rest.len() })
}

/// A text with nothing but its ASCII letters and digits, and without what applications take out of texts:
/// markup, marks of forums, controls, blanks, escapes. Letters of other widths are the ASCII ones (NFKC,
/// UAX #15), and character references what they stand for.
pub fn squeezed(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let text = if text.is_ascii() { text } else { text.nfkc().collect::<String>().into() };
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let mut ends = memchr::memchr_iter(b'>', rest).map(|at| text.len() - at - 1).peekable();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'<' => {
                // Each end is passed once, however many marks begin before it.
                while ends.next_if(|&behind| behind >= after.len()).is_some() {}
                let near = ends.peek().filter(|&&behind| after.len() - behind <= MARKUP);
                rest = near.and_then(|&behind| after.get(after.len() - behind..)).unwrap_or(after);
            }
            b'[' => rest = behind(after, b']', FORUM).unwrap_or(after),
            b'&' => {
                // Its sign may be written as a reference itself.
                while let Some(behind) = rest.strip_prefix(b"amp;") {
                    rest = behind;
                }
                let length = match reference(rest) {
                    Some(Reference { letter, length }) => {
                        out.extend(u8::try_from(letter).ok().filter(u8::is_ascii_alphanumeric));
                        length
                    }
                    None => name(rest),
                };
                rest = rest.get(length..).unwrap_or_default();
            }
            letter if letter.is_ascii_alphanumeric() => out.push(letter),
            _ => {}
        }
    }
    out
}

/// Returns the length of a name of HTML that ends here with a semicolon: letters, and two digits at most.
fn name(text: &[u8]) -> usize {
    let letters = text.iter().take(NAME).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let digits = text.iter().skip(letters).take(2).take_while(|byte| byte.is_ascii_digit()).count();
    if text.get(letters + digits) == Some(&b';') { letters + digits } else { 0 }
}

/// What follows the first of these bytes, if it is near.
fn behind(text: &[u8], end: u8, near: usize) -> Option<&[u8]> {
    let at = memchr::memchr(end, text.get(..near).unwrap_or(text))?;
    text.get(at + 1..)
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
            ("\\u0063k\\x31\\/\\n\\u00e9\\ud83d\\ude00\\ud83d!", "ck1/\né😀\u{fffd}!"),
            ("&#99;k&#x31;&commat;&#107", "ck1@k"),
            ("%25%5c%&amp;%+1\\u+041", "%\\%&%+1u+041"),
            ("Zo%c3%ab &#235; &#0000000000000235;", "Zoë ë ë"),
        ] {
            let out = unescaped(text.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), read, "{text}");
        }
        for text in ["plain", "a=1&b=2%", "&copy;&#;&#x;", "\\"] {
            assert_eq!(unescaped(text.as_bytes()), None, "{text}");
        }
    }
}
