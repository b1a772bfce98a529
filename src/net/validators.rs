//! Entity tags of answers that are not as the application sent them.
//!
//! The application's tag names a representation with tokens. The one with originals gets a tag of its
//! own, made of the other by a suffix, as servers do that compress (RFC 9110, section 8.8.3.3). When
//! a client sends it back to guard a write (`If-Match`), the suffix comes off, and the application
//! compares what it knows.

use http::HeaderMap;
use http::HeaderValue;
use http::Method;
use http::header;
use http::header::Entry;

use crate::net::take_off;

/// What tags of changed answers end with, inside the quotation marks.
const SUFFIX: &[u8] = b"-cloakroom";

/// Gives a changed answer a tag of its own. What is no single entity tag goes.
pub(super) fn mark(headers: &mut HeaderMap) {
    let mut tags = headers.get_all(header::ETAG).iter();
    let marked = match (tags.next(), tags.next()) {
        (Some(tag), None) => marked(tag.as_bytes()),
        (Some(_) | None, _) => None,
    };
    match marked {
        Some(tag) => {
            headers.insert(header::ETAG, tag);
        }
        None => take_off(headers, &[header::ETAG]),
    }
}

fn marked(tag: &[u8]) -> Option<HeaderValue> {
    let opaque = tag.strip_prefix(b"W/").unwrap_or(tag);
    let inside = opaque.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let front = tag.strip_suffix(b"\"").filter(|_| !inside.contains(&b'"'))?;
    HeaderValue::from_bytes(&[front, SUFFIX, b"\""].concat()).ok()
}

/// Asks the upstream for a whole body that we can read: it would compare validators of bodies that this
/// client never saw, or cut a body in the middle of a token. What asks for less goes where it only saves a
/// transfer (RFC 9110, section 13.1): of methods that change something `If-None-Match` is a guard.
pub fn ask_for_the_whole(headers: &mut HeaderMap, method: &Method) {
    if let Entry::Occupied(mut accepted) = headers.entry(header::ACCEPT_ENCODING) {
        accepted.insert(HeaderValue::from_static("identity"));
    }
    take_off(headers, &[header::RANGE, header::IF_RANGE, header::IF_MODIFIED_SINCE]);
    if matches!(*method, Method::GET | Method::HEAD) {
        take_off(headers, &[header::IF_NONE_MATCH]);
    }
}

/// Gives a request the tags that the application knows; one without rules, too, which may guard a write
/// by the tag of an answer that had some.
pub fn known_tags(headers: &mut HeaderMap) {
    for name in [header::IF_MATCH, header::IF_NONE_MATCH] {
        // An entry makes room for a field that is not there.
        if !headers.contains_key(&name) {
            continue;
        }
        let Entry::Occupied(mut lines) = headers.entry(name) else { continue };
        for value in lines.iter_mut() {
            if let Some(known) = unmarked(value.as_bytes()) {
                *value = known;
            }
        }
    }
}

/// A list of tags without suffixes; none when it has none.
fn unmarked(tags: &[u8]) -> Option<HeaderValue> {
    let end = [SUFFIX, b"\""].concat();
    let mut out = Vec::with_capacity(tags.len());
    let mut rest = tags;
    while let Some(at) = memchr::memmem::find(rest, &end) {
        out.extend_from_slice(rest.get(..at)?);
        rest = rest.get(at + SUFFIX.len()..)?;
    }
    if out.is_empty() {
        return None;
    }
    out.extend_from_slice(rest);
    HeaderValue::from_bytes(&out).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn etag(values: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::ETAG, HeaderValue::from_static(value));
        }
        mark(&mut headers);
        headers.get(header::ETAG).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_tag_gets_a_suffix_and_what_is_none_goes() {
        assert_eq!(etag(&["\"a\""]).as_deref(), Some("\"a-cloakroom\""));
        assert_eq!(etag(&["W/\"\""]).as_deref(), Some("W/\"-cloakroom\""));
        for values in
            [&[][..], &["a"], &["\""], &["\"a\", \"b\""], &["\"a\"", "\"b\""], &["w/\"a\""]]
        {
            assert_eq!(etag(values), None, "{values:?}");
        }
    }

    #[test]
    fn a_guard_comes_back_as_the_application_knows_it() {
        let sent = |method, name: HeaderName, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(&name, HeaderValue::from_static(value));
            headers.append(header::RANGE, HeaderValue::from_static("bytes=0-1"));
            known_tags(&mut headers);
            ask_for_the_whole(&mut headers, &method);
            assert_eq!(headers.get(header::RANGE), None);
            headers.get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let list = "\"a-cloakroom\", W/\"b-cloakroom\",\"c\"";
        let known = Some("\"a\", W/\"b\",\"c\"".to_owned());
        assert_eq!(sent(Method::PUT, header::IF_MATCH, list), known);
        assert_eq!(sent(Method::PUT, header::IF_NONE_MATCH, list), known);
        assert_eq!(sent(Method::PUT, header::IF_NONE_MATCH, "*").as_deref(), Some("*"));
        assert_eq!(sent(Method::GET, header::IF_MATCH, "\"-cloakroom\"").as_deref(), Some("\"\""));
        assert_eq!(sent(Method::GET, header::IF_NONE_MATCH, list), None);
        assert_eq!(sent(Method::PUT, header::IF_MATCH, "\"x\"").as_deref(), Some("\"x\""));
    }
}
