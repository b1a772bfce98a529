//! Interim answers (1xx) of an application on their way to its client: [RFC 9110, section 15.2].
//!
//! hyper's client passes over them, and its server cannot send them: they are read where heads are noted
//! ([`crate::proxy::heads`]), and the guard writes them between what hyper writes. They hold what no
//! rule has treated: on a leg that protects their fields end here, and on one that reveals only `Link`
//! goes on, with its tokens.

use std::future::poll_fn;
use std::task::Poll;
use std::task::Waker;

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::Request;
use http::StatusCode;
use http::Version;
use http::header;

use crate::net::Hop;
use crate::net::forward_response;
use crate::proxy::watch::Watch;
use crate::rules::Direction;
use crate::rules::Route;

/// Which fields of an interim answer go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fields {
    All,
    Link,
    None,
}

impl Fields {
    fn of(route: Option<&Route>) -> Self {
        match route.filter(|route| !route.response.is_empty()).map(|route| route.direction) {
            None => Self::All,
            Some(Direction::Ingress) => Self::Link,
            Some(Direction::Egress) => Self::None,
        }
    }

    fn passes(self, name: &HeaderName) -> bool {
        // An interim answer has no body ([RFC 9110, section 8.6]).
        let frames = *name == header::CONTENT_LENGTH || *name == header::TRANSFER_ENCODING;
        match self {
            Self::All => !frames,
            Self::Link => *name == header::LINK,
            Self::None => false,
        }
    }
}

/// Whom to tell of the interim answers to one request.
#[derive(Debug)]
pub(super) struct Interim {
    watch: Watch,
    /// Of the task of the client's connection, which writes them.
    waker: Waker,
    number: u64,
    fields: Fields,
}

impl Interim {
    /// Has them passed on to the request's client, who must speak HTTP/1.1. Call it in the task of the
    /// client's connection.
    pub(super) async fn of<B>(
        request: &Request<B>,
        watch: &Watch,
        number: u64,
        route: Option<&Route>,
    ) -> Option<Self> {
        if request.version() != Version::HTTP_11 {
            return None;
        }
        let waker = poll_fn(|context| Poll::Ready(context.waker().clone())).await;
        Some(Self { watch: watch.clone(), waker, number, fields: Fields::of(route) })
    }

    /// Passes one on. One that cannot be read is left out: hyper refuses it.
    pub(super) fn pass_on(&self, head: &[u8]) {
        let mut fields = vec![httparse::EMPTY_HEADER; head.len() / 3];
        let mut answer = httparse::Response::new(&mut fields);
        let read = answer.parse(head).ok().and_then(|_| read(&answer));
        if let Some((status, headers)) = read
            && self.watch.inform(self.number, &written(status, &headers, self.fields))
        {
            self.waker.wake_by_ref();
        }
    }
}

fn read(answer: &httparse::Response<'_, '_>) -> Option<(StatusCode, HeaderMap)> {
    let status = StatusCode::from_u16(answer.code?).ok()?;
    let mut headers = HeaderMap::new();
    for field in answer.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_bytes(field.value).ok()?);
    }
    Some((status, headers))
}

/// The bytes of an interim answer.
fn written(status: StatusCode, headers: &HeaderMap, fields: Fields) -> Vec<u8> {
    let reason = status.canonical_reason().unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", status.as_str()).into_bytes();
    for (name, value) in &forward_response(headers.clone(), Hop::Http) {
        if fields.passes(name) {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                head.extend_from_slice(part);
            }
        }
    }
    head.extend_from_slice(b"\r\n");
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_rule_has_treated_goes_on_only_where_none_would() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("link", "</a.css>; rel=preload"),
            ("x-mail", "a@b.example"),
            ("content-length", "3"),
            ("connection", "x-hop"),
            ("x-hop", "1"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        let told = |fields| String::from_utf8(written(StatusCode::EARLY_HINTS, &headers, fields));
        let first = "HTTP/1.1 103 Early Hints\r\n";
        let link = "link: </a.css>; rel=preload\r\n";
        let all = format!("{first}{link}x-mail: a@b.example\r\n\r\n");
        assert_eq!(told(Fields::All).unwrap(), all);
        assert_eq!(told(Fields::Link).unwrap(), format!("{first}{link}\r\n"));
        assert_eq!(told(Fields::None).unwrap(), format!("{first}\r\n"));
    }
}
