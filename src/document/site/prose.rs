//! Texts for people, and what of URLs and strings may be in them.

use memchr::memmem;

use crate::document::html::Part;
use crate::document::html::Url;
use crate::document::html::Why;
use crate::document::percent;
use crate::document::percent::Plus;
use crate::document::site::Before;
use crate::document::site::Doubts;
use crate::document::site::Site;

/// Says in what a token stands that follows these bytes of a text. `host` is the one of the application:
/// tokens in URLs of others stay.
pub(super) fn of(before: Before<'_>, host: &[u8]) -> Site {
    match link(before, host) {
        Link::Is(Ok(part)) => in_url(before, part),
        Link::Is(Err(why)) => Site::keep(why),
        Link::Maybe => Site::plain(Doubts::TEXT | Doubts::LINK | quotes(before)),
        Link::No => Site::plain(Doubts::TEXT | quotes(before)),
    }
}

/// Says what part of a URL a token in a string of a script is in, and what else it may be in there.
pub(in crate::document) fn in_string(
    before: Before<'_>,
    host: &[u8],
) -> Result<(Option<Part>, Doubts), Why> {
    match link(before, host) {
        Link::Is(part) => Ok((Some(part?), in_piece(before))),
        Link::Maybe => Ok((None, Doubts::LINK | quotes(before))),
        Link::No => Ok((None, quotes(before))),
    }
}

/// Says what a token in a text or attribute of a page may be in; the bytes are spelled as in the page.
/// What people read there and nobody follows is no URL before it looks like a whole one.
pub(in crate::document) fn in_page(before: Before<'_>) -> Doubts {
    let word = word(before);
    let is_link = has_parameter(word.bytes) || memmem::find(word.bytes, b"://").is_some();
    let doubts = quotes(before);
    if is_link { doubts | Doubts::LINK } else { doubts }
}

/// States a place in this part of a URL in a text. What is written there is harmless in strings and tags
/// around it, too.
pub(in crate::document) fn in_url(before: Before<'_>, part: Part) -> Site {
    Site { url: Some(part), ..Site::plain(in_piece(before)) }
}

/// Says what a token in a parameter or segment of a URL may be in there, when something stands before it:
/// applications hand on JSON and texts so.
pub(in crate::document) fn in_piece(before: Before<'_>) -> Doubts {
    let piece = before.behind(|byte| byte.is_ascii_whitespace() || b"=&?;/#:".contains(&byte));
    if piece.is_nothing() {
        return Doubts::NONE;
    }
    let mut read = Vec::with_capacity(piece.bytes.len());
    let done = percent::each(piece.bytes, Plus::Space, |_, byte| read.push(byte));
    let since = if piece.is_whole && done.is_ok() { read.len() } else { usize::MAX };
    let doubts = Doubts::TEXT | quotes(Before::new(&read, since));
    if since == usize::MAX || read.iter().any(|byte| b"&%#=?/<".contains(byte)) {
        doubts | Doubts::LINK | Doubts::TAG
    } else {
        doubts
    }
}

/// Whether something is a URL.
enum Link {
    No,
    /// Or a form, or a path of a file.
    Maybe,
    /// It is, and this part of it.
    Is(Result<Part, Why>),
}

fn link(before: Before<'_>, host: &[u8]) -> Link {
    let word = word(before);
    if !word.is_whole {
        return Link::Maybe;
    }
    let scheme = memmem::find(word.bytes, b"://").map(|end| {
        let name = word.bytes.get(..end).unwrap_or_default();
        name.iter().rposition(|byte| !byte.is_ascii_alphanumeric()).map_or(0, |at| at + 1)
    });
    match scheme {
        // A URL inside something else.
        Some(1..) => return Link::Is(Err(Why::Nested)),
        None if !has_parameter(word.bytes) && !word.bytes.starts_with(b"mailto:") => {
            let maybe = word.bytes.iter().any(|byte| b"/=?&%#\\".contains(byte));
            return if maybe { Link::Maybe } else { Link::No };
        }
        Some(0) | None => {}
    }
    let url = word.bytes.iter().fold(Url::Start, |url, byte| url.push(*byte, host));
    Link::Is(url.part())
}

/// What stands in one word with the token.
fn word(before: Before<'_>) -> Before<'_> {
    before.behind(|byte| byte.is_ascii_whitespace() || b"\"'`<>()[]{}|,".contains(&byte))
}

/// Whether the last parameter of a query has a name.
fn has_parameter(word: &[u8]) -> bool {
    let Some(at) = word.iter().rposition(|byte| matches!(byte, b'?' | b'&')) else { return false };
    let name = word.get(at + 1..).unwrap_or_default();
    word.contains(&b'?') && name.iter().position(|byte| *byte == b'=').is_some_and(|at| at > 0)
}

/// The strings that may have begun on the line before a token. No language but those with backticks lets
/// a string run over a line, and no value with a backtick is written.
fn quotes(before: Before<'_>) -> Doubts {
    let line = before.behind(|byte| matches!(byte, b'\n' | b'\r'));
    let text = line.bytes;
    let any = |spellings: &[&[u8]]| {
        !line.is_whole || spellings.iter().any(|each| memmem::find(text, each).is_some())
    };
    let double = any(&[b"\"", b"`", b"&quot", b"&#34", b"&#x22", b"&QUOT"]);
    // An apostrophe inside a word begins nothing.
    let opens = text.iter().enumerate().any(|(at, byte)| {
        let last = at.checked_sub(1).and_then(|last| text.get(last));
        *byte == b'\'' && !last.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80)
    });
    let single = opens || any(&[b"`", b"&#39", b"&#x27", b"&apos"]);
    match (double, single) {
        (true, true) => Doubts::DOUBLE | Doubts::SINGLE,
        (true, false) => Doubts::DOUBLE,
        (false, true) => Doubts::SINGLE,
        (false, false) => Doubts::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(before: &str) -> Site {
        of(Before::new(before.as_bytes(), before.len()), b"shop.example")
    }

    #[test]
    fn a_url_is_known_by_its_scheme_or_a_parameter() {
        for (before, part) in [
            ("/users?email=", Part::Query),
            ("see /u?a=1&email=", Part::Query),
            ("users?email=", Part::Query),
            ("(https://shop.example/u/", Part::Path),
            ("<https://shop.example/u?x=1#", Part::Path),
            ("mailto:", Part::Mailbox),
        ] {
            assert_eq!(site(before).url, Some(part), "{before}");
        }
        for before in [
            "https://evil.example/?a=",
            "https://",
            "/u?next=%2Fa%3Fb%3D",
            "x=https://shop.example/?a=",
        ] {
            assert!(
                matches!(site(before).context, crate::document::html::Context::Keep(_)),
                "{before}"
            );
        }
    }

    #[test]
    fn what_may_be_a_url_takes_what_a_url_spells_alike() {
        for before in ["/users/", "email=", "a=1&email=", "#", &"x".repeat(2000)] {
            let site = site(before);
            assert_eq!(site.url, None, "{before}");
            assert!(!site.doubts.allow("a+b@x") && site.doubts.allow("ab@x"), "{before}");
        }
        assert!(site("Tel. ").doubts.allow("+49 (0) 1/2") && site("Is it?").doubts.allow("ab"));
    }

    #[test]
    fn quotes_of_the_same_line_count() {
        for (before, value, passes) in [
            ("{\"a\":\"", "a\"b", false),
            ("x = '", "O'Hara", false),
            ("x = `a ", "O'Hara", false),
            ("don't ask ", "O'Hara", true),
            ("\"a\"\n", "a\"b", true),
            ("say \"", "O'Hara", true),
        ] {
            assert_eq!(site(before).doubts.allow(value), passes, "{before} {value}");
        }
    }
}
