//! What the header section of a message must say after its body was changed.

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::header;

use crate::net::lists;
use crate::net::take_off;
use crate::net::validators;

/// Fields that describe the bytes of a body ([RFC 9110, section 8.8], [RFC 9530], [RFC 1864]); they
/// are wrong once a body has changed. Entity tags are marked, not taken off: `validators`.
const DESCRIBES_BYTES: [HeaderName; 6] = [
    header::LAST_MODIFIED,
    header::ACCEPT_RANGES,
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
];

/// Words in the names of fields by which caches between us and the client are steered, whoever made
/// them: standards, vendors and servers ([RFC 9111], [RFC 9213], `X-Accel-Expires`, `Edge-Control`,
/// `Cloudflare-CDN-Cache-Control`, `Surrogate-Control`, `No-Vary-Search`). A field with one of them goes
/// with an answer that shows originals, however it is spelled; docs/decisions/0038.
const CACHE_WORDS: [&str; 17] = [
    "cache",
    "cdn",
    "edge",
    "surrogate",
    "accel",
    "expires",
    "age",
    "pragma",
    "ttl",
    "vary",
    "akamai",
    "fastly",
    "cloudflare",
    "cloudfront",
    "varnish",
    "litespeed",
    "warning",
];

/// Says in the media type what a page says in its head, or what is known of its route.
pub fn declare_charset(headers: &mut HeaderMap, label: &str) {
    let media = headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
    let essence = media.and_then(|media| media.split(';').next()).unwrap_or("text/html").trim_end();
    if let Ok(value) = HeaderValue::try_from(format!("{essence}; charset={label}")) {
        headers.insert(header::CONTENT_TYPE, value);
    }
}

/// Forbids browsers to guess another type than the one that values were written for.
pub fn no_guessing(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Says that the body has other bytes than the sender's: states their length, or none of a body that streams
/// or that nobody sees, and takes off what described the old ones.
pub fn body(headers: &mut HeaderMap, length: Option<usize>) {
    take_off(headers, &DESCRIBES_BYTES);
    validators::mark(headers);
    if let Some(length) = length {
        take_off(headers, &[header::TRANSFER_ENCODING]);
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    } else {
        take_off(headers, &[header::CONTENT_LENGTH]);
    }
}

/// Whether an answer forbids to change its content ([RFC 9110, section 7.7]).
pub fn forbids_transforming(headers: &HeaderMap) -> bool {
    headers.get_all(header::CACHE_CONTROL).iter().any(|value| lists(value, "no-transform"))
}

/// Keeps an answer that shows originals out of every cache ([RFC 9111, section 5.2.2]). `credentials` are
/// the fields by which callers are known, for `Vary`.
pub fn keep_private(headers: &mut HeaderMap, credentials: &HeaderValue) {
    let is_varying = headers.get_all(header::VARY).iter().cloned().collect::<Vec<_>>();
    let steering: Vec<HeaderName> =
        headers.keys().filter(|name| steers_caches(name.as_str())).cloned().collect();
    take_off(headers, &steering);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    for value in is_varying {
        headers.append(header::VARY, value);
    }
    headers.append(header::VARY, credentials.clone());
}

/// Whether one of the words of a field's name is known to steer caches.
fn steers_caches(name: &str) -> bool {
    let mut words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.any(|word| CACHE_WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_off_keeps_the_order_of_the_rest() {
        let mut headers = HeaderMap::new();
        for name in ["a", "etag", "b", "digest", "c", "last-modified", "b"] {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static("x"));
        }
        body(&mut headers, Some(7));
        let names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["a", "b", "c", "content-length"]);
        assert_eq!(headers.get_all("b").iter().count(), 2);
    }

    #[test]
    fn nothing_that_steers_caches_stays_on_an_answer_that_shows_originals() {
        let mut headers = HeaderMap::new();
        for name in [
            "x-accel-expires",
            "edge-control",
            "cloudflare-cdn-cache-control",
            "surrogate-control",
            "surrogate-key",
            "age",
            "expires",
            "pragma",
            "cdn-cache-control",
            "no-vary-search",
            "x-litespeed-cache-control",
            "fastly-ttl",
            "cache-tag",
            "x-vendor-cache-minutes",
        ] {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static("max-age=60"));
        }
        headers.append(header::VARY, HeaderValue::from_static("Accept"));
        headers.append(header::CONTENT_LANGUAGE, HeaderValue::from_static("de"));
        keep_private(&mut headers, &HeaderValue::from_static("authorization, cloakroom-key"));
        let left: Vec<_> =
            headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(
            left,
            [
                ("content-language", "de"),
                ("cache-control", "private, no-store"),
                ("vary", "Accept"),
                ("vary", "authorization, cloakroom-key"),
            ]
        );
    }

    #[test]
    fn a_directive_is_found_in_any_list() {
        let forbids = |value| {
            let headers =
                HeaderMap::from_iter([(header::CACHE_CONTROL, HeaderValue::from_static(value))]);
            forbids_transforming(&headers)
        };
        assert!(forbids("no-transform"));
        assert!(forbids("max-age=3, No-Transform ,private"));
        assert!(!forbids("private") && !forbids("no-transformer") && !forbids("x=no-transform"));
    }
}
