//! Header sections on their way through: what belongs to one connection stays with it.
//!
//! Where a field is taken off, one pass into a new map: [`http::HeaderMap::remove`] puts the last field into
//! the gap, and promise 1 of the design is that fields keep their order. Fields of one name keep their order
//! too, but stand together where the first of them stood: the map holds them so, and
//! [RFC 9110, section 5.3] gives the order of different names no meaning.

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::header;

use crate::net::Peer;
use crate::net::VIA;
use crate::net::forwarded::Earlier;

/// Whether the connection becomes another protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hop {
    /// It stays HTTP: `Upgrade` is taken off.
    Http,
    /// An upgrade is asked for, or granted: `Upgrade` goes on, and `Connection` says so.
    Upgrade,
}

/// Whether a body follows the header section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyIs {
    /// A body follows the head.
    There,
    /// None follows. A `Transfer-Encoding` becomes `Content-Length: 0` where it stood.
    Empty,
}

/// What happens to one field.
enum Fate {
    Keep,
    Drop,
    For,
    Proto,
    Host,
    Forwarded,
}

/// Gives the header section for the upstream: without what belongs to the client's connection
/// ([RFC 9110, section 7.6.1]: every `Connection` line counts), with forwarding fields and `Via`.
///
/// `Content-Length`, or `Transfer-Encoding` of the one value `chunked`, stay: the framing was checked
/// before. `Host` and other fields that a client must not be able to take off stay although
/// `Connection` names them.
pub fn forward_request(mut from: HeaderMap, peer: &Peer, hop: Hop, body: BodyIs) -> HeaderMap {
    let listed = listed(&from);
    let stays = |name: &HeaderName| {
        *name != header::TRANSFER_ENCODING && matches!(request_fate(name, hop, &listed), Fate::Keep)
    };
    if hop == Hop::Http && from.keys().all(stays) {
        let host = from.get(header::HOST).cloned().unwrap_or(HeaderValue::from_static(""));
        peer.describe(&Earlier::default(), &host, &mut from);
        from.append(header::VIA, VIA);
        return from;
    }
    let mut to = HeaderMap::with_capacity(from.len() + 6);
    let mut earlier = Earlier::default();
    let mut host = HeaderValue::from_static("");
    let mut trailers = false;
    let mut current: Option<HeaderName> = None;
    for (name, value) in from {
        if name.is_some() {
            current = name;
        }
        let Some(name) = &current else { continue };
        if *name == header::HOST {
            host = value.clone();
        }
        if *name == header::TRANSFER_ENCODING && body == BodyIs::Empty {
            to.append(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
            continue;
        }
        if *name == header::TE {
            trailers |= lists(&value, "trailers");
            continue;
        }
        match request_fate(name, hop, &listed) {
            Fate::Keep => {
                to.append(name, value);
            }
            Fate::Drop => {}
            Fate::For => earlier.for_values.push(value),
            Fate::Proto => earlier.proto = Some(value),
            Fate::Host => earlier.host = Some(value),
            Fate::Forwarded => earlier.forwarded.push(value),
        }
    }
    connection(&mut to, hop, trailers);
    peer.describe(&earlier, &host, &mut to);
    to.append(header::VIA, VIA);
    to
}

/// Gives the header section for the client: without what belongs to the upstream's connection.
pub fn forward_response(from: HeaderMap, hop: Hop) -> HeaderMap {
    let listed = listed(&from);
    let stays = |name: &HeaderName| !is_hop_by_hop(name, hop) && !is_listed(name, &listed);
    if hop == Hop::Http && from.keys().all(stays) {
        return from;
    }
    let mut to = HeaderMap::with_capacity(from.len() + 2);
    let mut current: Option<HeaderName> = None;
    for (name, value) in from {
        if name.is_some() {
            current = name;
        }
        let Some(name) = &current else { continue };
        if stays(name) {
            to.append(name, value);
        }
    }
    connection(&mut to, hop, false);
    to
}

/// Removes fields and keeps the others in their order, which [`HeaderMap::remove`] does not.
pub fn take_off(headers: &mut HeaderMap, names: &[HeaderName]) {
    if !names.iter().any(|name| headers.contains_key(name)) {
        return;
    }
    let mut kept = HeaderMap::with_capacity(headers.len());
    let mut current = None;
    for (name, value) in std::mem::take(headers) {
        if name.is_some() {
            current = name;
        }
        if let Some(name) = current.as_ref().filter(|name| !names.contains(name)) {
            kept.append(name.clone(), value);
        }
    }
    *headers = kept;
}

fn connection(to: &mut HeaderMap, hop: Hop, trailers: bool) {
    let value = match (hop, trailers) {
        (Hop::Upgrade, true) => "upgrade, te",
        (Hop::Upgrade, false) => "upgrade",
        (Hop::Http, true) => "te",
        (Hop::Http, false) => return,
    };
    to.append(header::CONNECTION, HeaderValue::from_static(value));
    if trailers {
        to.append(header::TE, HeaderValue::from_static("trailers"));
    }
}

fn request_fate(name: &HeaderName, hop: Hop, listed: &[HeaderName]) -> Fate {
    match name.as_str() {
        "x-forwarded-for" => Fate::For,
        "x-forwarded-proto" => Fate::Proto,
        "x-forwarded-host" => Fate::Host,
        "forwarded" => Fate::Forwarded,
        // `Expect` was answered by us; HTTP/2 is not spoken on this connection.
        "expect" | "http2-settings" => Fate::Drop,
        _ if is_hop_by_hop(name, hop) || is_listed(name, listed) => Fate::Drop,
        _ => Fate::Keep,
    }
}

fn is_hop_by_hop(name: &HeaderName, hop: Hop) -> bool {
    match name.as_str() {
        "connection"
        | "keep-alive"
        | "proxy-connection"
        | "proxy-authenticate"
        | "proxy-authorization"
        | "te" => true,
        "upgrade" => hop == Hop::Http,
        _ => false,
    }
}

fn is_listed(name: &HeaderName, listed: &[HeaderName]) -> bool {
    !listed.is_empty() && listed.contains(name) && !is_protected(name)
}

/// Fields that `Connection` cannot take off: framing, addressing, credentials, and what tells the
/// upstream who asks. A client that could remove them would change what the request means.
fn is_protected(name: &HeaderName) -> bool {
    *name == header::HOST
        || *name == header::CONTENT_LENGTH
        || *name == header::TRANSFER_ENCODING
        || *name == header::TRAILER
        || *name == header::CONTENT_TYPE
        || *name == header::CONTENT_ENCODING
        || *name == header::AUTHORIZATION
        || *name == header::COOKIE
        || *name == header::SET_COOKIE
        || *name == header::CACHE_CONTROL
        || *name == header::VIA
        || *name == header::UPGRADE
        || name.as_str().starts_with("cloakroom-")
}

/// Names in the `Connection` lines, save those that are no fields.
fn listed(headers: &HeaderMap) -> Vec<HeaderName> {
    let lines = headers.get_all(header::CONNECTION).iter();
    let tokens = lines.flat_map(|line| line.as_bytes().split(|&byte| byte == b','));
    tokens.filter_map(field_name).collect()
}

fn field_name(token: &[u8]) -> Option<HeaderName> {
    let token = token.trim_ascii();
    let option = token.is_empty()
        || token.eq_ignore_ascii_case(b"close")
        || token.eq_ignore_ascii_case(b"keep-alive")
        || token.eq_ignore_ascii_case(b"upgrade")
        || token.eq_ignore_ascii_case(b"te");
    if option { None } else { HeaderName::from_bytes(token).ok() }
}

/// Whether a comma-separated list holds this word, in any case.
pub fn lists(value: &HeaderValue, word: &str) -> bool {
    let items = value.as_bytes().split(|&byte| byte == b',');
    items.map(<[u8]>::trim_ascii).any(|item| item.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::config::Forwarding;

    fn map(lines: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        map
    }

    fn names(map: &HeaderMap) -> Vec<&str> {
        map.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn forwarded(lines: &[(&str, &str)], hop: Hop) -> HeaderMap {
        let peer = Peer::new("203.0.113.5".parse().unwrap(), false, &Forwarding::default());
        forward_request(map(lines), &peer, hop, BodyIs::There)
    }

    #[test]
    fn keeps_the_order_of_what_it_keeps() {
        let to = forwarded(
            &[
                ("accept", "*/*"),
                ("connection", "keep-alive, x-mine"),
                ("host", "a"),
                ("x-mine", "1"),
                ("keep-alive", "5"),
                ("connection", "X-Other"),
                ("zeta", "1"),
                ("x-other", "1"),
                ("http2-settings", "AAM"),
                ("upgrade", "h2c"),
                ("alpha", "2"),
            ],
            Hop::Http,
        );
        let kept = ["accept", "host", "zeta", "alpha"];
        let added = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "via"];
        assert_eq!(names(&to), [&kept[..], &added[..]].concat());
    }

    #[test]
    fn connection_cannot_take_off_what_gives_the_request_its_meaning() {
        let to = forwarded(
            &[
                ("host", "a"),
                ("connection", "host, content-length, authorization, cookie, x-forwarded-for"),
                ("content-length", "3"),
                ("authorization", "Bearer x"),
                ("cookie", "a=b"),
            ],
            Hop::Http,
        );
        for name in ["host", "content-length", "authorization", "cookie", "x-forwarded-for"] {
            assert!(to.contains_key(name), "{name}");
        }
    }

    #[test]
    fn of_te_only_trailers_goes_on() {
        let to = forwarded(&[("host", "a"), ("te", "gzip;q=0.5, trailers")], Hop::Http);
        assert_eq!(to["te"], "trailers");
        assert_eq!(to["connection"], "te");
        assert!(!forwarded(&[("host", "a"), ("te", "gzip")], Hop::Http).contains_key("te"));
    }

    #[test]
    fn an_upgrade_goes_on_only_when_meant() {
        let asked = [("host", "a"), ("connection", "Upgrade"), ("upgrade", "websocket")];
        assert!(!forwarded(&asked, Hop::Http).contains_key("upgrade"));
        let to = forwarded(&asked, Hop::Upgrade);
        assert_eq!(
            (&to["upgrade"], &to["connection"]),
            (&"websocket".parse().unwrap(), &"upgrade".parse().unwrap())
        );
    }

    #[test]
    fn responses_lose_only_what_belongs_to_the_connection() {
        let from = map(&[
            ("server", "x"),
            ("connection", "close, x-hop"),
            ("x-hop", "1"),
            ("set-cookie", "a"),
            ("etag", "e"),
            ("set-cookie", "b"),
        ]);
        assert_eq!(
            names(&forward_response(from, Hop::Http)),
            ["server", "set-cookie", "set-cookie", "etag"]
        );
    }
}
