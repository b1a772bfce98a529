//! The head of a message as parts: query, path, header fields, cookies, and URLs of this application
//! in `Referer` and `Destination`.

use bytes::Bytes;
use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::Uri;
use http::header;
use http::header::Entry;
use http::uri::PathAndQuery;

use crate::document::Format;
use crate::document::Headers;
use crate::engine::Exchange;
use crate::engine::Side;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::engine::leg::Treatment;
use crate::engine::read::Content;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::read::Slot;
use crate::engine::read::UrlPart;
use crate::engine::read::document::Document;
use crate::engine::read::document::Reading;
use crate::engine::read::page::Page;
use crate::engine::unselected;
use crate::net::take_off;
use crate::rules::FIXED_FIELDS;
use crate::rules::PlaceRules;
use crate::rules::Route;
use crate::rules::RuleSet;

/// Names the target of COPY and MOVE ([RFC 4918, section 10.3]).
const DESTINATION: HeaderName = HeaderName::from_static("destination");

/// Reads the head of a request: the parts for which the route has rules.
pub(in crate::engine) fn of_request<'a>(
    leg: &Leg<'a>,
    uri: &Uri,
    headers: &HeaderMap,
) -> Vec<Part<'a>> {
    let mut parts = read(leg.route(), Side::Request, Some(uri), headers);
    if leg.treatment == Treatment::Protect {
        parts.extend(urls(leg.exchange, headers));
    }
    if unselected::is_searched(leg) {
        parts.extend(tokens(leg, uri, headers));
    }
    parts
}

/// Reads the head of a response: the parts for which the route has rules.
pub(in crate::engine) fn of_response<'a>(leg: &Leg<'a>, headers: &HeaderMap) -> Vec<Part<'a>> {
    let mut parts = read(leg.route(), Side::Response, None, headers);
    let location = Page::of_location(leg, headers);
    parts.extend(location.map(|page| Part::new(Slot::Location, Content::Page(page))));
    parts
}

/// Reads those places of a head that have rules.
fn read<'a>(route: &'a Route, side: Side, uri: Option<&Uri>, headers: &HeaderMap) -> Vec<Part<'a>> {
    let phase = route.phase(side);
    let mut parts = Vec::new();
    if let (Some(uri), Some(rules)) = (uri, &phase.path) {
        parts.push(
            path(route, rules, uri.path(), Slot::Path)
                .unwrap_or_else(|error| Part::unread(Slot::Path, PartOutcome::Refused(error))),
        );
    }
    if let (Some(text), Some(rules)) = (uri.and_then(Uri::query), &phase.query) {
        parts.push(query(route, rules, text, Slot::Query));
    }
    parts.extend(phase.header.as_ref().map(|rules| fields(route, rules, headers)));
    if let Some(rules) = &phase.cookie {
        let (name, format) = match side {
            Side::Request => (header::COOKIE, Format::Cookie),
            Side::Response => (header::SET_COOKIE, Format::SetCookie),
        };
        // Each line is a part.
        let lines = headers.get_all(name).iter().map(HeaderValue::as_bytes).enumerate();
        parts.extend(lines.map(|(line, value)| {
            let value = Bytes::copy_from_slice(value);
            part(route, rules, Slot::Cookie(line), Reading::Document(format), value)
        }));
    }
    parts
}

/// Finds the tokens in those places of the head of a request that no rule reads. Of a `Referer` with such a
/// token nobody misses anything.
fn tokens<'a>(leg: &Leg<'a>, uri: &Uri, headers: &HeaderMap) -> impl Iterator<Item = Part<'a>> {
    let phase = leg.phase();
    let is_read = |name: &HeaderName| match *name {
        header::COOKIE => phase.cookie.is_some(),
        _ => phase.header.is_some() || !may_change(name),
    };
    let query = uri.query().filter(|_| phase.query.is_none()).map(str::as_bytes);
    let fields = headers.iter().filter(|(name, _)| !is_read(name));
    let fields = fields.map(|(_, value)| value.as_bytes());
    let referer = headers.get_all(header::REFERER).iter().map(HeaderValue::as_bytes);
    let find =
        |pieces: &mut dyn Iterator<Item = &[u8]>| leg.exchange.tokenizer.find_spelled(pieces);
    [
        (Slot::Header, find(&mut query.into_iter().chain(fields))),
        (Slot::Url(header::REFERER, UrlPart::Query), find(&mut referer.into_iter())),
    ]
    .into_iter()
    .filter(|(_, tokens)| !tokens.is_empty())
    .map(|(slot, tokens)| Part::new(slot, Content::Tokens(tokens)))
}

fn part<'a>(
    route: &'a Route,
    rules: &'a PlaceRules,
    slot: Slot,
    reading: Reading,
    source: Bytes,
) -> Part<'a> {
    let place = slot.place();
    Part::document(slot, Document::plain(place, reading, source, rules, &route.options))
}

fn path<'a>(
    route: &'a Route,
    rules: &'a PlaceRules,
    path: &str,
    slot: Slot,
) -> Result<Part<'a>, Error> {
    let named = route.segments.named(path).map_err(|_ambiguous| Error::AmbiguousPath)?;
    Ok(part(route, rules, slot, Reading::Path(named), Bytes::copy_from_slice(path.as_bytes())))
}

fn query<'a>(route: &'a Route, rules: &'a PlaceRules, query: &str, slot: Slot) -> Part<'a> {
    part(
        route,
        rules,
        slot,
        Reading::Document(Format::Query),
        Bytes::copy_from_slice(query.as_bytes()),
    )
}

fn fields<'a>(route: &'a Route, rules: &'a PlaceRules, headers: &HeaderMap) -> Part<'a> {
    let mut lines = Headers::default();
    for (name, value) in headers.iter().filter(|(name, _)| may_change(name)) {
        lines.push(name.as_str(), value.as_bytes());
    }
    let source = Bytes::copy_from_slice(lines.source());
    part(route, rules, Slot::Header, Reading::Header(lines), source)
}

fn may_change(name: &HeaderName) -> bool {
    !FIXED_FIELDS.contains(&name.as_str())
}

/// Reads the URLs of this application in `Referer` and `Destination`. One that nobody can read is a
/// refused part.
fn urls<'a>(exchange: &'a Exchange, headers: &HeaderMap) -> Vec<Part<'a>> {
    let method = exchange.method.as_str();
    let moves = matches!(method, "COPY" | "MOVE").then_some((DESTINATION, method));
    let mut parts = Vec::new();
    for (name, method) in moves.into_iter().chain([(header::REFERER, "GET")]) {
        parts.extend(of_url(exchange, headers, &name, method).unwrap_or_else(|error| {
            let slot = Slot::Url(name, UrlPart::Path);
            vec![Part::unread(slot, PartOutcome::Refused(error))]
        }));
    }
    parts
}

/// Reads a field whose value is a URL of this application. An error says that nobody can tell what in
/// it is personal data.
fn of_url<'a>(
    exchange: &'a Exchange,
    headers: &HeaderMap,
    name: &HeaderName,
    method: &str,
) -> Result<Vec<Part<'a>>, Error> {
    let found = own_route(&exchange.generation.rules, headers, name, method)?;
    let Some((url, route)) = found else { return Ok(Vec::new()) };
    if route.direction != exchange.route.direction {
        return Ok(Vec::new());
    }
    let slot = |part| Slot::Url(name.clone(), part);
    let mut parts = Vec::new();
    if let Some(rules) = &route.request.path {
        parts.push(path(route, rules, url.path, slot(UrlPart::Path))?);
    }
    if let (Some(text), Some(rules)) = (url.query, &route.request.query) {
        parts.push(query(route, rules, text, slot(UrlPart::Query)));
    }
    if !parts.is_empty() && route.tenant != exchange.route.tenant {
        return Err(Error::AmbiguousPath);
    }
    Ok(parts)
}

/// Whether the `Referer` of a request without rules may hold personal data: it names a URL of this
/// application whose own route has rules for path or query, or one that cannot be read in one way.
fn hides_values(rules: &RuleSet, headers: &HeaderMap) -> bool {
    let found = own_route(rules, headers, &header::REFERER, "GET");
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
    name: &HeaderName,
    method: &str,
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

/// Puts a changed part of a head back: of a request's, which has a target, or of a response's.
pub(in crate::engine) fn put(
    slot: &Slot,
    bytes: &[u8],
    uri: Option<&mut Uri>,
    headers: &mut HeaderMap,
) -> Result<(), Error> {
    let text = || std::str::from_utf8(bytes).map_err(|_| Error::Assembly);
    match (slot, uri) {
        (Slot::Path, Some(uri)) => {
            let query = uri.query().map(ToOwned::to_owned);
            put_target(uri, text()?, query.as_deref())
        }
        (Slot::Query, Some(uri)) => {
            let path = uri.path().to_owned();
            put_target(uri, &path, Some(text()?))
        }
        (Slot::Header, _) => put_fields(headers, bytes),
        (Slot::Cookie(line), Some(_)) => put_line(headers, &header::COOKIE, *line, bytes),
        (Slot::Cookie(line), None) => put_line(headers, &header::SET_COOKIE, *line, bytes),
        (Slot::Location, None) => {
            let target = HeaderValue::from_bytes(bytes).map_err(|_| Error::Assembly)?;
            headers.insert(header::LOCATION, target);
            Ok(())
        }
        (Slot::Url(name, part), Some(_)) => put_url(headers, name, *part, text()?),
        (Slot::Body, _)
        | (Slot::Location, Some(_))
        | (Slot::Path | Slot::Query | Slot::Url(..), None) => Err(Error::Assembly),
    }
}

/// Puts another path and query into a request target.
fn put_target(uri: &mut Uri, path: &str, query: Option<&str>) -> Result<(), Error> {
    let target = match query {
        Some(query) => PathAndQuery::try_from(format!("{path}?{query}")),
        None => PathAndQuery::try_from(path),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target.map_err(|_| Error::Assembly)?);
    *uri = Uri::from_parts(parts).map_err(|_| Error::Assembly)?;
    Ok(())
}

/// Puts the changed fields of a header section back, each where it was.
fn put_fields(headers: &mut HeaderMap, bytes: &[u8]) -> Result<(), Error> {
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
fn put_line(
    headers: &mut HeaderMap,
    name: &HeaderName,
    line: usize,
    bytes: &[u8],
) -> Result<(), Error> {
    let Entry::Occupied(mut lines) = headers.entry(name) else { return Err(Error::Assembly) };
    let value = lines.iter_mut().nth(line).ok_or(Error::Assembly)?;
    *value = HeaderValue::from_bytes(bytes).map_err(|_| Error::Assembly)?;
    Ok(())
}

fn put_url(
    headers: &mut HeaderMap,
    name: &HeaderName,
    part: UrlPart,
    new: &str,
) -> Result<(), Error> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Error::Assembly)?;
    let url = Url::parse(value).ok_or(Error::Assembly)?;
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
        put(&slot, new.as_bytes(), Some(&mut Uri::default()), &mut headers).unwrap();
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
    fn a_target_changes_and_its_authority_stays() {
        let mut uri = Uri::from_static("http://shop.example/a%20b/c?x=1");
        put_target(&mut uri, "/a%20b/c", Some("x=2&y")).unwrap();
        assert_eq!(uri, "http://shop.example/a%20b/c?x=2&y");
        put_target(&mut uri, "/d", None).unwrap();
        assert_eq!(uri, "http://shop.example/d");
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
        put_line(&mut headers, &HeaderName::from_static("a"), 1, b"y").unwrap();
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
