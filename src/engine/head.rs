//! The head of a message as parts: query, path, header fields, cookies, and URLs of this application
//! in `Referer` and `Destination`.

use bytes::Bytes;
use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::Uri;
use http::header;
use http::header::Entry;

use crate::document::Format;
use crate::document::Headers;
use crate::engine::Exchange;
use crate::engine::Side;
use crate::engine::assemble;
use crate::engine::error::Error;
use crate::engine::part::Part;
use crate::engine::part::Reading;
use crate::engine::part::Slot;
use crate::engine::part::UrlPart;
use crate::net::take_off;
use crate::rules::FIXED_FIELDS;
use crate::rules::Phase;
use crate::rules::PlaceRules;
use crate::rules::Route;
use crate::rules::RuleSet;

/// Names the target of COPY and MOVE ([RFC 4918, section 10.3]).
pub(super) const DESTINATION: HeaderName = HeaderName::from_static("destination");

/// The parts of a request's head for which the route has rules.
pub(super) fn of_request<'a>(
    exchange: &Exchange<'a>,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Vec<Part<'a>>, Error> {
    let (route, phase) = (exchange.route, &exchange.route.request);
    let mut parts = Vec::with_capacity(3);
    parts.extend(path(route, uri.path(), Slot::Path)?);
    parts.extend(uri.query().and_then(|text| query(route, text, Slot::Query)));
    parts.extend(phase.header.as_ref().map(|rules| fields((rules, route), headers)));
    parts.extend(cookies(route, phase, headers, (&header::COOKIE, Format::Cookie)));
    Ok(parts)
}

/// The parts of a head for which the route has no rules: for people who want to see what passes.
pub(super) fn without_rules<'a>(
    (route, leg): (&'a Route, Side),
    nothing: &'a PlaceRules,
    uri: Option<&Uri>,
    headers: &HeaderMap,
) -> Vec<Part<'a>> {
    let (phase, by) = (leg.phase(route), (nothing, route));
    let mut parts = Vec::new();
    if phase.path.is_none()
        && let Some(uri) = uri
        && let Ok(named) = route.segments.named(uri.path())
    {
        let source = Bytes::copy_from_slice(uri.path().as_bytes());
        parts.push(part(Slot::Path, Reading::Path(named), source, by));
    }
    if phase.query.is_none()
        && let Some(text) = uri.and_then(Uri::query)
    {
        let source = Bytes::copy_from_slice(text.as_bytes());
        parts.push(part(Slot::Query, Reading::Document(Format::Query), source, by));
    }
    if phase.header.is_none() {
        parts.push(fields(by, headers));
    }
    if phase.cookie.is_none() {
        let place = match leg {
            Side::Request => (&header::COOKIE, Format::Cookie),
            Side::Response => (&header::SET_COOKIE, Format::SetCookie),
        };
        parts.extend(cookie_lines(by, headers, place));
    }
    parts
}

/// The parts of a response's head for which the route has rules.
pub(super) fn of_response<'a>(route: &'a Route, headers: &HeaderMap) -> Vec<Part<'a>> {
    let phase = &route.response;
    let rules = phase.header.as_ref();
    let mut parts: Vec<Part<'a>> =
        rules.map(|rules| fields((rules, route), headers)).into_iter().collect();
    parts.extend(cookies(route, phase, headers, (&header::SET_COOKIE, Format::SetCookie)));
    parts
}

fn part<'a>(
    slot: Slot,
    reading: Reading,
    source: Bytes,
    (rules, route): (&'a PlaceRules, &'a Route),
) -> Part<'a> {
    Part { slot, reading, source, coded: None, charset: None, rules, options: &route.options }
}

fn path<'a>(route: &'a Route, path: &str, slot: Slot) -> Result<Option<Part<'a>>, Error> {
    let Some(rules) = &route.request.path else { return Ok(None) };
    let named = route.segments.named(path).map_err(|_ambiguous| Error::AmbiguousPath)?;
    let source = Bytes::copy_from_slice(path.as_bytes());
    Ok(Some(part(slot, Reading::Path(named), source, (rules, route))))
}

fn query<'a>(route: &'a Route, query: &str, slot: Slot) -> Option<Part<'a>> {
    let rules = route.request.query.as_ref()?;
    let source = Bytes::copy_from_slice(query.as_bytes());
    Some(part(slot, Reading::Document(Format::Query), source, (rules, route)))
}

fn fields<'a>(by: (&'a PlaceRules, &'a Route), headers: &HeaderMap) -> Part<'a> {
    let mut lines = Headers::default();
    for (name, value) in headers.iter().filter(|(name, _)| may_change(name)) {
        // Applications behind CGI or WSGI cannot tell `_` from `-` in a name.
        lines.push(&name.as_str().replace('_', "-"), value.as_bytes());
    }
    let source = Bytes::copy_from_slice(lines.source());
    part(Slot::Header, Reading::Header(lines), source, by)
}

fn may_change(name: &HeaderName) -> bool {
    !FIXED_FIELDS.contains(&name.as_str())
}

fn cookies<'a>(
    route: &'a Route,
    phase: &'a Phase,
    headers: &HeaderMap,
    (name, format): (&HeaderName, Format),
) -> Vec<Part<'a>> {
    let Some(rules) = &phase.cookie else { return Vec::new() };
    cookie_lines((rules, route), headers, (name, format))
}

fn cookie_lines<'a>(
    by: (&'a PlaceRules, &'a Route),
    headers: &HeaderMap,
    (name, format): (&HeaderName, Format),
) -> Vec<Part<'a>> {
    let lines = headers.get_all(name).iter().enumerate();
    let line = |(line, value): (usize, &HeaderValue)| {
        let source = Bytes::copy_from_slice(value.as_bytes());
        part(Slot::Cookie(line), Reading::Document(format), source, by)
    };
    lines.map(line).collect()
}

/// The parts of a field whose value is a URL of this application. An error says that nobody can tell
/// what in it is personal data.
pub(super) fn of_url<'a>(
    exchange: &Exchange<'a>,
    headers: &HeaderMap,
    (name, method): (&HeaderName, &str),
) -> Result<Vec<Part<'a>>, Error> {
    let found = own_route(&exchange.generation.rules, headers, (name, method))?;
    let Some((url, route)) = found else { return Ok(Vec::new()) };
    if route.direction != exchange.route.direction {
        return Ok(Vec::new());
    }
    let slot = |part| Slot::Url(name.clone(), part);
    let mut parts = Vec::new();
    parts.extend(path(route, url.path, slot(UrlPart::Path))?);
    parts.extend(url.query.and_then(|text| query(route, text, slot(UrlPart::Query))));
    if !parts.is_empty() && route.tenant != exchange.route.tenant {
        return Err(Error::AmbiguousPath);
    }
    Ok(parts)
}

/// Whether the `Referer` of a request without rules may hold personal data: it names a URL of this
/// application whose own route has rules for path or query, or one that cannot be read in one way.
fn hides_values(rules: &RuleSet, headers: &HeaderMap) -> bool {
    let found = own_route(rules, headers, (&header::REFERER, "GET"));
    found.map_or(true, |found| {
        found.is_some_and(|(url, Route { request, .. })| {
            request.path.is_some() || (request.query.is_some() && url.query.is_some())
        })
    })
}

/// The URL of this application in a field, and the route that it leads to; none when there is no such
/// field, or it leads elsewhere. An error says that nobody can tell.
fn own_route<'h, 'r>(
    rules: &'r RuleSet,
    headers: &'h HeaderMap,
    (name, method): (&HeaderName, &str),
) -> Result<Option<(Url<'h>, &'r Route)>, Error> {
    let mut lines = headers.get_all(name).iter();
    let Some(value) = lines.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|_| lines.next().is_none());
    let url = text.and_then(Url::parse).ok_or(Error::AmbiguousPath)?;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !url.is_of(host) {
        return Ok(None);
    }
    let route = rules.find(host, method, url.path).map_err(|_| Error::AmbiguousPath)?;
    Ok(route.map(|route| (url, route.as_ref())))
}

/// Takes off a `Referer` that may hold personal data, of a request that passes without rules.
pub fn guard_referer(rules: &RuleSet, headers: &mut HeaderMap) {
    if hides_values(rules, headers) {
        take_off(headers, &[header::REFERER]);
    }
}

/// A URL in its pieces: `scheme://authority` or nothing, path, query.
struct Url<'t> {
    front: &'t str,
    authority: Option<&'t str>,
    path: &'t str,
    query: Option<&'t str>,
}

impl<'t> Url<'t> {
    /// Whether it leads to this host, on whatever port: a name may be written with the usual port or
    /// without, and with a dot at its end.
    fn is_of(&self, host: &str) -> bool {
        self.authority.is_none_or(|authority| {
            let authority = authority.rsplit('@').next().unwrap_or(authority);
            name_of(authority).eq_ignore_ascii_case(name_of(host))
        })
    }

    fn parse(text: &'t str) -> Option<Self> {
        if text.contains(['#', '\\']) || text.contains(char::is_whitespace) {
            return None;
        }
        let (target, query) = match text.split_once('?') {
            Some((target, query)) => (target, Some(query)),
            None => (text, None),
        };
        if target.starts_with('/') && !target.starts_with("//") {
            return Some(Self { front: "", authority: None, path: target, query });
        }
        let (scheme, rest) = target.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return None;
        }
        let authority = rest.split('/').next()?;
        let (front, path) = target.split_at_checked(scheme.len() + 3 + authority.len())?;
        let path = if path.is_empty() { "/" } else { path };
        Some(Self { front, authority: Some(authority), path, query })
    }
}

/// A host without its port and the dot at its end.
fn name_of(authority: &str) -> &str {
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name,
        Some(_) | None => authority,
    };
    name.strip_suffix('.').unwrap_or(name)
}

/// Puts a changed part of the head back.
pub(super) fn put(
    slot: &Slot,
    bytes: &[u8],
    uri: &mut Uri,
    headers: &mut HeaderMap,
) -> Result<(), Error> {
    match slot {
        Slot::Body => Err(Error::Assembly),
        Slot::Query => assemble::put_query(uri, bytes),
        Slot::Path => assemble::put_path(uri, bytes),
        Slot::Header => put_fields(headers, bytes),
        Slot::Cookie(line) => put_line(headers, (&header::COOKIE, *line), bytes),
        Slot::Url(name, part) => put_url(headers, (name, *part), bytes),
    }
}

/// Puts the changed fields of a header section back, each where it was.
pub(super) fn put_fields(headers: &mut HeaderMap, bytes: &[u8]) -> Result<(), Error> {
    let mut lines = bytes.split(|&byte| byte == b'\n');
    for (_, value) in headers.iter_mut().filter(|(name, _)| may_change(name)) {
        let line = lines.next().ok_or(Error::Assembly)?;
        if line != value.as_bytes() {
            *value = HeaderValue::from_bytes(line).map_err(|_| Error::Assembly)?;
        }
    }
    // Behind the last line break there is nothing.
    let all = lines.next() == Some(b"".as_slice()) && lines.next().is_none();
    if all { Ok(()) } else { Err(Error::Assembly) }
}

/// Puts a changed line among those of one name back.
pub(super) fn put_line(
    headers: &mut HeaderMap,
    (name, line): (&HeaderName, usize),
    bytes: &[u8],
) -> Result<(), Error> {
    let Entry::Occupied(mut lines) = headers.entry(name) else { return Err(Error::Assembly) };
    let value = lines.iter_mut().nth(line).ok_or(Error::Assembly)?;
    *value = HeaderValue::from_bytes(bytes).map_err(|_| Error::Assembly)?;
    Ok(())
}

fn put_url(
    headers: &mut HeaderMap,
    (name, part): (&HeaderName, UrlPart),
    bytes: &[u8],
) -> Result<(), Error> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Error::Assembly)?;
    let url = Url::parse(value).ok_or(Error::Assembly)?;
    let new = std::str::from_utf8(bytes).map_err(|_| Error::Assembly)?;
    let (path, query) = match part {
        UrlPart::Path => (new, url.query),
        UrlPart::Query => (url.path, Some(new)),
    };
    let mark = if query.is_some() { "?" } else { "" };
    let text = format!("{}{path}{mark}{}", url.front, query.unwrap_or_default());
    let value = HeaderValue::try_from(text).map_err(|_| Error::Assembly)?;
    headers.insert(name, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(name: &'static str, value: &'static str, part: UrlPart, new: &str) -> String {
        let mut headers = HeaderMap::new();
        let name = HeaderName::from_static(name);
        headers.insert(&name, HeaderValue::from_static(value));
        let slot = Slot::Url(name.clone(), part);
        put(&slot, new.as_bytes(), &mut Uri::default(), &mut headers).unwrap();
        headers.get(name).unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn a_url_gets_another_query_or_path_and_keeps_the_rest() {
        let value = "https://a.example:8443/x/y?m=1";
        assert_eq!(
            changed("referer", value, UrlPart::Query, "m=2"),
            "https://a.example:8443/x/y?m=2"
        );
        assert_eq!(changed("referer", value, UrlPart::Path, "/z"), "https://a.example:8443/z?m=1");
        assert_eq!(changed("destination", "/x", UrlPart::Path, "/z"), "/z");
    }

    #[test]
    fn changed_fields_go_where_they_were() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("a", "1"), ("host", "h"), ("b", " 2"), ("a", "3")] {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        put_fields(&mut headers, b"x\n3\n 2\n").unwrap();
        let all: Vec<_> = headers.iter().map(|(n, v)| (n.as_str(), v.to_str().unwrap())).collect();
        assert_eq!(all, [("a", "x"), ("a", "3"), ("host", "h"), ("b", " 2")]);
        put_line(&mut headers, (&HeaderName::from_static("a"), 1), b"y").unwrap();
        assert_eq!(headers.get_all("a").iter().next_back().unwrap(), "y");
    }

    #[test]
    fn a_host_is_the_same_in_every_spelling() {
        let is_of = |url: &str, host| Url::parse(url).unwrap().is_of(host);
        for url in
            ["http://a.example/x", "https://A.Example:443/x", "http://u@a.example.:80/x", "/x"]
        {
            assert!(is_of(url, "a.example:8080"), "{url}");
        }
        assert!(is_of("http://[::1]:80/x", "[::1]:8080"));
        for url in ["http://b.a.example/x", "http://a.example@b.example/x", "http://[::2]/x"] {
            assert!(!is_of(url, "a.example"), "{url}");
        }
    }

    #[test]
    fn other_schemes_and_fragments_are_no_urls_of_ours() {
        for text in ["", "//a/b", "ftp://a/b", "a/b", "http://a/b#c", "http:/a"] {
            assert!(Url::parse(text).is_none(), "{text}");
        }
    }
}
