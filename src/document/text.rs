//! Tokens in running text: where one could be, and which bytes it covers.
//!
//! A token is found by its look (`ck` and so on: 29 letters and digits, and none next to them);
//! whether it is one of ours says the function that is handed in, which alone knows keys and
//! domains. An e-mail token is found with its domain, however the `@` is spelled; letters may be numeric
//! references of HTML.

use memchr::memchr3_iter;

use crate::document::spelling::Reference;
use crate::document::spelling::reference;

/// Characters of a token.
const LENGTH: usize = 29;
/// Longest domain that is looked at behind a token (RFC 1035, section 2.3.4).
const DOMAIN: usize = 255;
/// Longest spelling of an `@` behind which a domain is looked for, whatever it is.
const SIGN: usize = 10;
/// Bytes behind a token that its context may depend on: a closing quote, as long as `&quot;`.
const BEHIND: usize = 6;

/// How a token is written: its letters, and the `@` of an e-mail token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// As itself, or there is none.
    Plain,
    Percent,
    /// `%2540`: in a URL inside another one.
    Twice,
    /// A character reference of HTML.
    Reference,
    /// An escape of JSON or JavaScript.
    Escape,
    /// In no way that is understood here (`=40` of quoted-printable, `%u0040`), but the domain stands behind.
    Other,
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
    Token(Token<T>),
}

/// A token in a buffer.
#[derive(Debug)]
pub(super) struct Token<T> {
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
    for hit in memchr3_iter(b'k', b'K', b'&', rest) {
        let Some(start) = start(buffer, from + hit).filter(|&start| start >= from) else {
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

/// Where a token would start of which a `k`, or the first reference, is at this place.
fn start(buffer: &[u8], at: usize) -> Option<usize> {
    let (before, rest) = buffer.split_at_checked(at)?;
    let behind_c = before.last().is_some_and(|byte| byte.eq_ignore_ascii_case(&b'c'));
    match letter(rest) {
        Letter::Is { byte: b'k' | b'K', .. } | Letter::Cut if behind_c => Some(at - 1),
        Letter::Is { byte: b'c' | b'C', .. } | Letter::Cut => Some(at),
        Letter::Is { .. } | Letter::None => None,
    }
}

/// A letter, a digit, a dot or a hyphen, as itself or as a numeric reference of HTML: some applications
/// write addresses so, to hide them from programs that collect them.
enum Letter {
    Is {
        byte: u8,
        length: usize,
        at: At,
    },
    /// The next bytes may make it one.
    Cut,
    None,
}

/// Longest reference to a letter that is understood: `&#0107;`.
const REFERENCE: usize = 7;

fn letter(rest: &[u8]) -> Letter {
    let Some((&first, behind)) = rest.split_first() else { return Letter::Cut };
    if first != b'&' {
        let is = first.is_ascii_alphanumeric() || matches!(first, b'.' | b'-');
        return if is {
            Letter::Is { byte: first, length: 1, at: At::Plain }
        } else {
            Letter::None
        };
    }
    let window = behind.get(..REFERENCE - 1).unwrap_or(behind);
    if !window.contains(&b';') {
        let number = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'x' | b'X');
        let begun = match behind {
            [] => true,
            [b'#', digits @ ..] => digits.iter().all(number),
            _ => false,
        };
        return if begun && rest.len() < REFERENCE { Letter::Cut } else { Letter::None };
    }
    let Some(Reference { letter, length }) =
        reference(window).filter(|it| window.get(it.length - 1) == Some(&b';'))
    else {
        return Letter::None;
    };
    match u8::try_from(letter) {
        Ok(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') => {
            Letter::Is { byte, length: length + 1, at: At::Reference }
        }
        Ok(_) | Err(_) => Letter::None,
    }
}

/// Two spellings in one token: what both are; none when no reader takes off both.
fn both(one: At, other: At) -> Option<At> {
    match (one, other) {
        (At::Plain, at) | (at, At::Plain) => Some(at),
        (one, other) => (one == other).then_some(one),
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
    if !begins(before) {
        return Verdict::No;
    }
    let undecided = || if whole { Verdict::No } else { Verdict::Undecided };
    let (mut text, mut length, mut spelling) = (String::with_capacity(LENGTH), 0, At::Plain);
    while text.len() < LENGTH {
        match letter(rest.get(length..).unwrap_or_default()) {
            Letter::Is { byte, length: more, at } if byte.is_ascii_alphanumeric() => {
                text.push(char::from(byte));
                length += more;
                spelling = both(spelling, at).unwrap_or(spelling);
            }
            Letter::Cut => return undecided(),
            Letter::Is { .. } | Letter::None => return Verdict::No,
        }
    }
    let after = rest.get(length..).unwrap_or_default();
    match letter(after) {
        Letter::Is { byte, .. } if byte.is_ascii_alphanumeric() => return Verdict::No,
        Letter::Cut if !whole => return Verdict::Undecided,
        Letter::Is { .. } | Letter::Cut | Letter::None => {}
    }
    match tail(after, !whole) {
        Tail::Undecided => return Verdict::Undecided,
        Tail::None => {}
        // A local part that goes on to the left is not a token with a domain.
        Tail::Domain { .. } if before.last().is_some_and(|byte| b".+_-".contains(byte)) => {
            return Verdict::No;
        }
        Tail::Domain { at, domain, end } => {
            let Some(both) = both(spelling, at) else { return Verdict::No };
            spelling = both;
            length += end;
            text.push('@');
            text.push_str(&domain);
        }
    }
    if rest.len() < length + BEHIND && !whole {
        return Verdict::Undecided;
    }
    let Some(ours) = recognise(&text) else { return Verdict::No };
    if text.len() == LENGTH {
        match is_cut(&text, after, !whole, recognise) {
            Some(false) => {}
            Some(true) => spelling = At::Other,
            None => return Verdict::Undecided,
        }
    }
    Verdict::Yes(Token { start, end: start + length, at: spelling, ours })
}

/// Whether the domain of a token stands behind it after all, and the sign between them is one that nobody
/// here reads: a value in the place of the letters alone would have the domain behind it. None when only
/// the next bytes can decide.
fn is_cut<T>(
    letters: &str,
    after: &[u8],
    more: bool,
    recognise: &impl Fn(&str) -> Option<T>,
) -> Option<bool> {
    for at in 0..=SIGN {
        let Some(rest) = after.get(at..).filter(|rest| !rest.is_empty()) else {
            return (!more).then_some(false);
        };
        if rest.first().is_some_and(|byte| byte.is_ascii_whitespace() || b"<>\"'".contains(byte)) {
            return Some(false);
        }
        match domain(rest, more) {
            None => return None,
            Some(Domain { text, .. }) if text.is_empty() => {}
            Some(Domain { text, .. }) => {
                if recognise(&[letters, "@", &text].concat()).is_some() {
                    return Some(true);
                }
            }
        }
    }
    Some(false)
}

/// Whether a token may start behind these bytes: not inside a word, but behind an escape.
fn begins(before: &[u8]) -> bool {
    let escaped = match before {
        [.., b'\\', b'u', a, b, c, d] if [a, b, c, d].into_iter().all(|byte| hex(*byte)) => true,
        [.., b'%', a, b] | [.., b'\\', b'x', a, b] => hex(*a) && hex(*b),
        [.., b'\\', letter] => b"bfnrtv".contains(letter),
        _ => false,
    };
    escaped || !(ends_in_letter(before) || before.last().is_some_and(u8::is_ascii_alphanumeric))
}

/// Whether the last thing is a reference to a letter or a digit.
fn ends_in_letter(before: &[u8]) -> bool {
    let window = before.get(before.len().saturating_sub(REFERENCE)..).unwrap_or_default();
    let Some(at) = window.iter().rposition(|&byte| byte == b'&') else { return false };
    let reference = window.get(at..).unwrap_or_default();
    matches!(letter(reference), Letter::Is { byte, length, .. }
        if length == reference.len() && byte.is_ascii_alphanumeric())
}

fn hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

/// What follows the 29 characters.
enum Tail {
    None,
    Undecided,
    Domain { at: At, domain: String, end: usize },
}

/// Reads an `@` and a domain. `more` says that further bytes may come.
fn tail(after: &[u8], more: bool) -> Tail {
    let spelling = SPELLINGS.iter().find(|(spelling, _)| after.starts_with(spelling));
    let Some((spelling, at)) = spelling else {
        let begun = SPELLINGS.iter().any(|(spelling, _)| spelling.starts_with(after));
        return if more && begun { Tail::Undecided } else { Tail::None };
    };
    let Some(read) = domain(after.get(spelling.len()..).unwrap_or_default(), more) else {
        return Tail::Undecided;
    };
    match both(*at, read.at.unwrap_or(At::Other)).filter(|at| *at != At::Other) {
        Some(at) if !read.text.is_empty() => {
            Tail::Domain { at, domain: read.text, end: spelling.len() + read.end }
        }
        Some(_) | None => Tail::None,
    }
}

/// What a text starts with, as a domain.
struct Domain {
    text: String,
    /// How its letters are written; none when no reader takes off all of their spellings.
    at: Option<At>,
    end: usize,
}

/// Reads a domain up to its last letter; none when only the next bytes can decide.
fn domain(rest: &[u8], more: bool) -> Option<Domain> {
    let (mut at, mut length) = (Some(At::Plain), 0);
    let (mut text, mut kept, mut end) = (String::new(), 0, 0);
    while text.len() < DOMAIN {
        match letter(rest.get(length..).unwrap_or_default()) {
            Letter::Is { byte, length: long, at: spelled } => {
                text.push(char::from(byte));
                length += long;
                at = at.and_then(|at| both(at, spelled));
                if byte.is_ascii_alphanumeric() {
                    (kept, end) = (text.len(), length);
                }
            }
            Letter::Cut if more => return None,
            Letter::Cut | Letter::None => break,
        }
    }
    text.truncate(kept);
    Some(Domain { text, at, end })
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
    fn a_domain_behind_a_sign_that_is_not_read_makes_the_token_one_that_stays() {
        for sign in
            ["=40", "%u0040", "\\u{40}", "\\100", "&#64", "&#x00040;", "%252540", "(at)", "\\40 "]
        {
            let text = format!("<{CORE}{sign}token.example.com> x");
            let expected = if sign.ends_with(' ') { At::Plain } else { At::Other };
            assert_eq!(found(&text), Some((CORE, expected)), "{sign}");
        }
        for behind in
            [" token.example.com", "<b>token.example.com", ", x@token.example.com", "=40x.org"]
        {
            assert_eq!(found(&format!("{CORE}{behind}")), Some((CORE, At::Plain)), "{behind}");
        }
    }

    #[test]
    fn letters_may_be_references() {
        let mail = format!("{CORE}@token.example.com");
        let coded = |one: &dyn Fn(usize, char) -> String| -> String {
            mail.chars().enumerate().map(|(place, letter)| one(place, letter)).collect()
        };
        let decimal = |letter: char| format!("&#{};", u32::from(letter));
        for text in [
            coded(&|_, letter| decimal(letter)),
            coded(&|place, letter| if place % 2 == 0 { decimal(letter) } else { letter.into() }),
            coded(&|place, letter| if place % 2 == 1 { decimal(letter) } else { letter.into() }),
            coded(&|_, letter| format!("&#x{:X};", u32::from(letter))),
            coded(&|_, letter| format!("&#{:03};", u32::from(letter))),
            coded(&|place, letter| if place == 28 { decimal(letter) } else { letter.into() }),
        ] {
            let around = format!("<{text}. And");
            assert_eq!(found(&around), Some((text.as_str(), At::Reference)), "{text}");
            for word in ["x", "&#120;", "&#x78;"] {
                assert_eq!(found(&format!("{word}{text}")), None);
            }
            assert_eq!(found(&format!("{text}&#97;")), None);
        }
        // No reader takes off references and percent escapes at once.
        let text = format!("&#99;{}%40token.example.com", CORE.get(1..).unwrap());
        assert_eq!(found(&text), None);
        let longer = CORE.replace('1', "&#49;") + "&#120;";
        assert_eq!(found(&longer), None);
    }

    #[test]
    fn a_token_of_references_that_is_cut_waits() {
        let mail = format!("{CORE}@token.example.com ");
        let letters: Vec<String> =
            mail.chars().map(|letter| format!("&#{};", u32::from(letter))).collect();
        let text = letters.concat();
        let recognise = |_: &str| Some(());
        for end in 1..text.len() {
            let cut = text.as_bytes().get(..end).unwrap();
            assert!(matches!(next(cut, 0, false, &recognise), Found::Undecided(0)), "{end}");
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
