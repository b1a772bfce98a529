//! Tokens that stand in a request where no rule selects them, in the spellings that readers undo.
//!
//! Whoever plants a stranger's token in a comment, a hidden field or a cookie reads what it stands for where
//! the application shows it. So a request that changes something is looked through, and such a token passes
//! as it would in a selected field (`decide`).
//!
//! Not for: paths, which name what there is; files in forms, bodies that no rule reads, base64.

use std::collections::HashSet;

use memchr::memchr3;
use memchr::memmem;

use crate::engine::leg::Leg;
use crate::engine::leg::Side;
use crate::engine::leg::Treatment;
use crate::token::Token;
use crate::token::Tokenizer;

/// Bytes that are looked through at once.
const AT_ONCE: usize = 64 * 1024;

/// Bytes that are looked through with those before and those behind them: a token in escapes of escapes.
const OVERLAP: usize = 2 * 1024;

/// How often a text is read as one in escapes.
const TIMES: usize = 3;

/// Whether a message is looked through.
pub(super) fn is_searched(leg: &Leg<'_>) -> bool {
    leg.side == Side::Request
        && leg.treatment == Treatment::Protect
        && !leg.exchange.method.is_safe()
}

/// Finds the different tokens in some pieces of a message.
pub(super) fn tokens_in<'b>(
    tokenizer: &Tokenizer,
    pieces: impl Iterator<Item = &'b [u8]>,
) -> Vec<Token> {
    let mut known = HashSet::new();
    let mut found = Vec::new();
    let mut search = |text: &[u8]| {
        let tokens = tokenizer.find(text).into_iter().map(|(_, token)| token);
        found.extend(tokens.filter(|token| known.insert(token.as_str().to_owned())));
    };
    for piece in pieces {
        // A comment inside a token may be longer than what is looked through at once.
        if let Some(text) = joined(piece) {
            search(&text);
        }
        let mut rest = piece;
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
            match rest.get(AT_ONCE..) {
                None | Some([]) => break,
                Some(_) => rest = rest.get(AT_ONCE - OVERLAP..).unwrap_or_default(),
            }
        }
    }
    found
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

/// Takes the escapes of URLs, JSON and HTML off; none when there are none.
fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
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
    use crate::base::Kind;
    use crate::base::TenantId;
    use crate::crypto::Keyring;

    #[test]
    fn a_token_that_marks_of_xml_cut_is_found_once() {
        let keyring = Keyring::generate(&mut |bytes| bytes.fill(7));
        let tokenizer = Tokenizer::new(&keyring, &TenantId::default_tenant(), "mail.example");
        let class = crate::token::builtin("email").unwrap();
        let token = tokenizer.derive(&class, "a@b.example", Kind::Text, 0).token;
        let (front, back) = token.as_str().split_at(9);
        let long = "x".repeat(AT_ONCE + OVERLAP);
        for between in ["<!---->", "<?x?>", &format!("<!-- {long} -->")] {
            let text = format!("<a><b>{front}{between}{back}</b>{}</a>", token.as_str());
            assert_eq!(tokens_in(&tokenizer, [text.as_bytes()].into_iter()), [token], "{between}");
        }
        for text in [
            format!("<b><![CDATA[{front}]]>{back}</b>"),
            format!("{{\"x\":\"\\u003cb>{front}<!-- -->{back}</b>\"}}"),
            format!("x=%3Cb%3E{front}%3C!----%3E{back}"),
        ] {
            assert_eq!(tokens_in(&tokenizer, [text.as_bytes()].into_iter()), [token], "{text}");
        }
    }

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
