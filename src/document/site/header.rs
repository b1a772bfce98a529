//! Tokens in the value of a header field: quoted strings, parameters, URLs.

use crate::base::Span;
use crate::document::html::Context;
use crate::document::html::Part;
use crate::document::html::Url;
use crate::document::html::Why;
use crate::document::site::Before;
use crate::document::site::Doubts;
use crate::document::site::Site;
use crate::document::site::prose;

/// Fields that are one URL ([RFC 9110, sections 8.7 and 10.2.2]).
const URLS: [&str; 3] = ["location", "content-location", "sourcemap"];

/// Says in what a token stands in the value of the field of this name, of an application of this host.
pub(crate) fn in_header(name: &str, value: &[u8], token: Span, host: &str) -> Site {
    let host = host.to_ascii_lowercase();
    let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    let before = value.get(..place(token.start())).unwrap_or_default();
    if before.is_empty() && place(token.end()) == value.len() {
        return Site::of(Context::Plain);
    }
    if URLS.contains(&name) {
        return in_url(before, host.as_bytes());
    }
    let quoted = is_quoted(before);
    // The target of a link ([RFC 8288, section 3.1]).
    if name == "link"
        && !quoted
        && let Some(target) = behind(before, b"<").filter(|text| !text.contains(&b'>'))
    {
        return in_url(target, host.as_bytes());
    }
    let parameter = behind(before, b";, \t").unwrap_or(before);
    if let Some(at) = memchr::memmem::find(parameter, b"*=").filter(|_| !quoted) {
        return extended(parameter.get(at + 2..).unwrap_or_default());
    }
    let site = prose::of(Before::new(before, before.len()), host.as_bytes());
    if site.url.is_some() {
        return site;
    }
    let doubts = match quoted {
        true => Doubts::QUOTED,
        false if parameter.contains(&b'=') => Doubts::FIELD | Doubts::PARAMETER,
        false => Doubts::FIELD,
    };
    Site { doubts: site.doubts | doubts, ..site }
}

fn in_url(before: &[u8], host: &[u8]) -> Site {
    match before.iter().fold(Url::Start, |url, byte| url.push(*byte, host)).part() {
        Ok(part) => prose::in_url(Before::new(before, before.len()), part),
        Err(why) => Site::keep(why),
    }
}

/// Returns what stands behind the last of these bytes.
fn behind<'b>(text: &'b [u8], ends: &[u8]) -> Option<&'b [u8]> {
    text.get(text.iter().rposition(|byte| ends.contains(byte))? + 1..)
}

/// Whether a quoted string has begun and not ended.
fn is_quoted(before: &[u8]) -> bool {
    let (mut inside, mut escaped) = (false, false);
    for byte in before {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            _ => {}
        }
    }
    inside
}

/// In the value of an extended parameter, `UTF-8'en'…` ([RFC 8187, section 3.2.1]): what a URL spells
/// without escapes it does, too.
fn extended(before: &[u8]) -> Site {
    let mut pieces = before.splitn(3, |byte| *byte == b'\'');
    let charset = pieces.next().unwrap_or_default();
    match (pieces.next(), pieces.next()) {
        (Some(_language), Some(_value)) if charset.eq_ignore_ascii_case(b"utf-8") => {
            Site { url: Some(Part::Path), ..Site::of(Context::Plain) }
        }
        _ => Site::keep(Why::Nested),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(name: &str, value: &str) -> Site {
        let at = u32::try_from(value.find('§').unwrap()).unwrap();
        let text = value.replace('§', "T");
        in_header(name, text.as_bytes(), Span::new(at, at + 1).unwrap(), "shop.example")
    }

    #[test]
    fn each_place_of_a_field_has_its_language() {
        for (name, value, part) in [
            ("link", "</u?email=§>; rel=next", Part::Query),
            ("link", "</a>; rel=x, </u/§>", Part::Path),
            ("location", "/u/§/x", Part::Path),
            ("refresh", "0; url=/u?email=§", Part::Query),
            ("content-disposition", "attachment; filename*=UTF-8''a%20§.pdf", Part::Path),
        ] {
            assert_eq!(site(name, value).url, Some(part), "{value}");
        }
        for (name, value, passes, stays) in [
            ("content-disposition", "attachment; filename=\"§.pdf\"", "a b;c", "a\"; x=\"b"),
            ("content-disposition", "attachment; filename=§.pdf", "a@b", "a b"),
            ("x-author", "by § and more", "Zoë O'Hara", "a, b"),
            ("link", "</u>; title=\"§\"", "a < b", "é"),
        ] {
            let doubts = site(name, value).doubts;
            assert!(doubts.allow(passes) && !doubts.allow(stays), "{value}");
        }
        for (name, value) in [
            ("link", "<https://evil.example/§>"),
            ("location", "§.example/x"),
            ("content-disposition", "attachment; filename*=iso-8859-1''§"),
        ] {
            assert!(matches!(site(name, value).context, Context::Keep(_)), "{value}");
        }
        assert_eq!(site("x-mail", "§"), Site::of(Context::Plain));
    }
}
