//! Tokens that stand in a request where no rule selects them, in the spellings that readers undo.
//!
//! Whoever plants a stranger's token in a comment, a hidden field or a cookie reads what it stands for where
//! the application shows it. So a request that changes something is looked through, and such a token passes
//! as it would in a selected field (`decide`).
//!
//! Not for: paths, which name what there is; files in forms, bodies that no rule reads, base64.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use crate::document::joined;
use crate::document::unescaped;
use crate::engine::leg::Leg;
use crate::engine::leg::Side;
use crate::engine::leg::Treatment;
use crate::token::Token;
use crate::token::Tokenizer;

/// Bytes that are looked through at once.
const AT_ONCE: usize = 64 * 1024;

/// Bytes that are looked through with those before and those behind them: a token in escapes of escapes.
const OVERLAP: usize = 2 * 1024;

/// So near a mark of markup ends, or of a forum (`[b]`), to count as one.
const MARKUP: usize = 2 * 1024;
const FORUM: usize = 16;

/// The longest name of a character reference that counts.
const NAME: usize = 32;

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
        let whole = tokenizer.find(text).into_iter().map(|(_, token)| token);
        let tokens = whole.chain(tokenizer.find_anywhere(&squeezed(text)));
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

/// A text with nothing but its ASCII letters and digits, and without what applications take out of texts:
/// markup, marks of forums, controls, blanks, escapes. Letters of other widths are the ASCII ones (NFKC,
/// UAX #15), and character references what they stand for.
fn squeezed(text: &[u8]) -> Vec<u8> {
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
                let (letter, behind) = reference(after);
                out.extend(letter);
                rest = behind;
            }
            letter if letter.is_ascii_alphanumeric() => out.push(letter),
            _ => {}
        }
    }
    out
}

/// What follows the first of these bytes, if it is near.
fn behind(text: &[u8], end: u8, near: usize) -> Option<&[u8]> {
    let at = memchr::memchr(end, text.get(..near).unwrap_or(text))?;
    text.get(at + 1..)
}

/// Reads a character reference behind its `&`, which may be written as one itself: the ASCII letter or digit that
/// it stands for, and what follows. Zeros in front of a number may be many.
fn reference(mut text: &[u8]) -> (Option<u8>, &[u8]) {
    while let Some(rest) = text.strip_prefix(b"amp;") {
        text = rest;
    }
    let Some(number) = text.strip_prefix(b"#") else {
        let name = text.iter().take(NAME).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let behind = text.get(name..).and_then(|rest| rest.strip_prefix(b";"));
        return (None, behind.unwrap_or(text));
    };
    let (number, radix) = match number {
        [b'x' | b'X', rest @ ..] => (rest, 16),
        _ => (number, 10),
    };
    let digits = number.iter().take_while(|&&byte| char::from(byte).is_digit(radix)).count();
    let (number, rest) = number.split_at_checked(digits).unwrap_or_default();
    let code = std::str::from_utf8(number).ok().and_then(|it| u8::from_str_radix(it, radix).ok());
    (code.filter(u8::is_ascii_alphanumeric), rest.strip_prefix(b";").unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Kind;
    use crate::base::TenantId;
    use crate::crypto::Keyring;

    /// A tokenizer with one of its tokens.
    fn one_token() -> (Tokenizer, Token) {
        let keyring = Keyring::generate(&mut |bytes| bytes.fill(7));
        let tokenizer = Tokenizer::new(&keyring, &TenantId::default_tenant(), "mail.example");
        let class = crate::token::builtin("email").unwrap();
        let token = tokenizer.derive(&class, "a@b.example", Kind::Text, 0).token;
        (tokenizer, token)
    }

    #[test]
    fn a_token_that_marks_of_xml_cut_is_found_once() {
        let (tokenizer, token) = one_token();
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
    fn a_token_that_its_receiver_makes_whole_is_found() {
        let (tokenizer, token) = one_token();
        let (front, back) = token.as_str().split_at(11);
        for between in [
            "<b></b>",
            "<br/>",
            "<a title='x y'>",
            " ",
            "\\n",
            "\\u0000",
            "\\u0008",
            "%00",
            "%f1",
            "\u{200b}",
            "\u{ad}",
            "\u{feff}",
            "**",
            "[b][/b]",
            "-",
            "&#8203;",
            "&amp;#8203;",
            "\u{0}",
        ] {
            let text = format!("{{\"note\":\"see{front}{between}{back}s\"}}");
            assert_eq!(
                tokens_in(&tokenizer, [text.as_bytes()].into_iter()),
                [token],
                "{between:?}"
            );
        }
        let wide: String = token
            .as_str()
            .chars()
            .map(|it| char::from_u32(u32::from(it) - 0x21 + 0xff01).unwrap())
            .collect();
        let tail = token.as_str().strip_prefix('c').unwrap();
        for text in [
            wide,
            format!("{}@evil.example", token.as_str()),
            format!("&#0000000000000000000099;{tail}"),
            format!("&amp;#99;{tail}"),
            format!("&#x0000000000063;{tail}"),
        ] {
            assert_eq!(tokens_in(&tokenizer, [text.as_bytes()].into_iter()), [token], "{text}");
        }
        let other = token.as_str().replace(|letter: char| letter.is_ascii_digit(), "z");
        assert_eq!(tokens_in(&tokenizer, [other.as_bytes()].into_iter()), []);
    }
}
