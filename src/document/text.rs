//! Tokens in running text: where one could be, and which bytes it covers.
//!
//! A token is found by its look (`ck` and so on: 29 letters and digits, and none next to them);
//! whether it is one of ours says the function that is handed in, which alone knows keys and
//! domains. An e-mail token is found with its domain, however the `@` is spelled.

use memchr::memchr2_iter;

/// Characters of a token.
const LENGTH: usize = 29;
/// Longest domain that is looked at behind a token (RFC 1035, section 2.3.4).
const DOMAIN: usize = 255;
/// Bytes behind a token that its context may depend on: a closing quote, as long as `&quot;`.
const BEHIND: usize = 6;
/// Bytes before a place that its context may depend on: an escape as long as `&quot;`.
pub(super) const BEFORE: usize = 8;

/// How the `@` of an e-mail token is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// As itself, or there is none.
    Plain,
    /// `%40`.
    Percent,
    /// `%2540`: in a URL inside another one.
    Twice,
    /// A character reference of HTML.
    Reference,
    /// An escape of JSON or JavaScript.
    Escape,
}

/// All spellings that are understood.
const SPELLINGS: [(&[u8], At); 10] = [
    (b"@", At::Plain),
    (b"%40", At::Percent),
    (b"%2540", At::Twice),
    (b"&#64;", At::Reference),
    (b"&#064;", At::Reference),
    (b"&#x40;", At::Reference),
    (b"&#X40;", At::Reference),
    (b"&commat;", At::Reference),
    (b"\\u0040", At::Escape),
    (b"\\x40", At::Escape),
];

/// What stands in a buffer.
#[derive(Debug)]
pub(super) enum Found<T> {
    /// No token up to the end.
    Nothing,
    /// Something begins here that only the next bytes can decide.
    Undecided(usize),
    /// A token.
    Token(Token<T>),
}

/// A token in a buffer.
#[derive(Debug)]
pub(super) struct Token<T> {
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
    /// How its `@` is written.
    pub(super) at: At,
    /// What the finder made of it.
    pub(super) ours: T,
}

/// What became of one candidate.
enum Verdict<T> {
    No,
    Undecided,
    Yes(Token<T>),
}

/// Finds the first token that starts at `from` or behind it. `whole` says that nothing follows the
/// buffer. What comes before `from` is looked at, too: it is the left neighbour.
pub(super) fn next<T>(
    buffer: &[u8],
    from: usize,
    whole: bool,
    recognise: &impl Fn(&str) -> Option<T>,
) -> Found<T> {
    let rest = buffer.get(from..).unwrap_or_default();
    for hit in memchr2_iter(b'k', b'K', rest) {
        let Some(start) = (from + hit).checked_sub(1).filter(|&start| start >= from) else {
            continue;
        };
        match judge(buffer, start, whole, recognise) {
            Verdict::No => {}
            Verdict::Undecided => return Found::Undecided(start),
            Verdict::Yes(token) => return Found::Token(token),
        }
    }
    match rest.last() {
        Some(b'c' | b'C') if !whole => Found::Undecided(buffer.len() - 1),
        _ => Found::Nothing,
    }
}

/// Decides whether a token starts at a place.
fn judge<T>(
    buffer: &[u8],
    start: usize,
    whole: bool,
    recognise: &impl Fn(&str) -> Option<T>,
) -> Verdict<T> {
    let (before, rest) = buffer.split_at_checked(start).unwrap_or_default();
    let look = rest.get(..LENGTH).unwrap_or(rest);
    let ours = look.first().is_some_and(|byte| byte.eq_ignore_ascii_case(&b'c'))
        && look.iter().all(u8::is_ascii_alphanumeric)
        && begins(before);
    if !ours {
        return Verdict::No;
    }
    let short = rest.len() < LENGTH + DOMAIN + BEFORE + BEHIND && !whole;
    let Some(after) = rest.get(LENGTH..) else {
        return if whole { Verdict::No } else { Verdict::Undecided };
    };
    match after.first() {
        Some(byte) if byte.is_ascii_alphanumeric() => return Verdict::No,
        None if short => return Verdict::Undecided,
        Some(_) | None => {}
    }
    let tail = match tail(after, short) {
        Tail::Undecided => return Verdict::Undecided,
        Tail::None => None,
        Tail::Domain { at, start, end } => Some((at, start, end)),
    };
    let length = LENGTH + tail.map_or(0, |(_, _, end)| end);
    if rest.len() < length + BEHIND && !whole {
        return Verdict::Undecided;
    }
    // A local part that goes on to the left is not a token with a domain.
    let glued = before.last().is_some_and(|byte| b".+_-".contains(byte));
    if tail.is_some() && glued {
        return Verdict::No;
    }
    let Some(text) = spelled(look, tail.and_then(|(_, from, to)| after.get(from..to))) else {
        return Verdict::No;
    };
    let at = tail.map_or(At::Plain, |(at, _, _)| at);
    match recognise(&text) {
        Some(ours) => Verdict::Yes(Token { start, end: start + length, at, ours }),
        None => Verdict::No,
    }
}

/// The token as its finder wants to see it.
fn spelled(core: &[u8], domain: Option<&[u8]>) -> Option<String> {
    let mut text = std::str::from_utf8(core).ok()?.to_owned();
    if let Some(domain) = domain {
        text.push('@');
        text.push_str(std::str::from_utf8(domain).ok()?);
    }
    Some(text)
}

/// Whether a token may start behind these bytes: not inside a word, but behind an escape.
fn begins(before: &[u8]) -> bool {
    let escaped = match before {
        [.., b'\\', b'u', a, b, c, d] if [a, b, c, d].into_iter().all(|byte| hex(*byte)) => true,
        [.., b'%', a, b] | [.., b'\\', b'x', a, b] => hex(*a) && hex(*b),
        [.., b'\\', letter] => b"bfnrtv".contains(letter),
        _ => false,
    };
    escaped || before.last().is_none_or(|byte| !byte.is_ascii_alphanumeric())
}

fn hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

/// What follows the 29 characters.
enum Tail {
    None,
    Undecided,
    Domain { at: At, start: usize, end: usize },
}

/// Reads an `@` and a domain. `more` says that further bytes may come.
fn tail(after: &[u8], more: bool) -> Tail {
    let spelling = SPELLINGS.iter().find(|(spelling, _)| after.starts_with(spelling));
    let Some((spelling, at)) = spelling else {
        let begun = SPELLINGS.iter().any(|(spelling, _)| spelling.starts_with(after));
        return if more && begun { Tail::Undecided } else { Tail::None };
    };
    let rest = after.get(spelling.len()..).unwrap_or_default();
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let run = rest.iter().take(DOMAIN).take_while(|byte| inside(byte)).count();
    if run == rest.len() && more && run < DOMAIN {
        return Tail::Undecided;
    }
    let domain = rest.get(..run).unwrap_or_default();
    let kept = domain.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1);
    match kept {
        0 => Tail::None,
        kept => Tail::Domain { at: *at, start: spelling.len(), end: spelling.len() + kept },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORE: &str = "ck1em8jc6thja36bdbfsqf67f7k8e";

    fn found(text: &str) -> Option<(&str, At)> {
        let recognise = |token: &str| {
            let lower = token.to_ascii_lowercase();
            (lower == CORE || lower == format!("{CORE}@token.example.com")).then_some(())
        };
        match next(text.as_bytes(), 0, true, &recognise) {
            Found::Token(token) => text.get(token.start..token.end).map(|found| (found, token.at)),
            Found::Nothing | Found::Undecided(_) => None,
        }
    }

    #[test]
    fn a_token_stands_alone() {
        assert_eq!(found(&format!("x {CORE}.")), Some((CORE, At::Plain)));
        let upper = CORE.to_ascii_uppercase();
        assert_eq!(found(&upper), Some((upper.as_str(), At::Plain)));
        for text in
            [format!("x{CORE}"), format!("{CORE}0"), format!("%2{CORE}"), CORE.replacen('c', "", 1)]
        {
            assert_eq!(found(&text), None, "{text}");
        }
    }

    #[test]
    fn a_token_may_follow_an_escape() {
        for before in ["%20", "\\n", "\\u0020", "\\x20", "_", "-", "&#39;", "/"] {
            assert!(found(&format!("{before}{CORE}")).is_some(), "{before}");
        }
    }

    #[test]
    fn the_domain_belongs_to_the_token_however_its_sign_is_spelled() {
        for (sign, at) in SPELLINGS {
            let sign = std::str::from_utf8(sign).unwrap();
            let token = format!("{CORE}{sign}token.example.com");
            assert_eq!(found(&format!("<{token}. And")), Some((token.as_str(), at)));
        }
    }

    #[test]
    fn another_domain_or_a_longer_local_part_is_no_token() {
        for text in ["@x.org", "@token.example.com.evil.org", "@token.example.community"] {
            assert_eq!(found(&format!("{CORE}{text}")), None, "{text}");
        }
        assert_eq!(found(&format!("a.{CORE}@token.example.com")), None);
        assert_eq!(found(&format!("{CORE}@ home")), Some((CORE, At::Plain)));
    }
}
