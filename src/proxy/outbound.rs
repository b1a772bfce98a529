//! What goes on: the request to the upstream, and its answer to the client.

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::Request;
use http::Response;
use http::StatusCode;
use http::Uri;
use http::Version;
use http::header;
use http::request;
use http::uri::PathAndQuery;

use crate::base::Limits;
use crate::net::Body;
use crate::net::BodyIs;
use crate::net::Hop;
use crate::net::Incoming;
use crate::net::Peer;
use crate::net::forward_request;
use crate::net::forward_response;
use crate::net::take_off;
use crate::proxy::Rejection;
use crate::proxy::upstream::Answer;

/// Makes the request for the upstream: same method, same target (a URL becomes its path: [RFC 9112,
/// section 3.2.2]), same fields less those of the client's connection.
pub(super) fn request(
    mut head: request::Parts,
    body: Body,
    peer: &Peer,
    hop: Hop,
    strips: &[HeaderName],
) -> Request<Body> {
    take_off(&mut head.headers, strips);
    let is = if matches!(body, Body::Empty) { BodyIs::Empty } else { BodyIs::There };
    let mut request = Request::new(body);
    *request.uri_mut() = origin_form(head.uri);
    *request.method_mut() = head.method;
    *request.version_mut() = Version::HTTP_11;
    *request.headers_mut() = forward_request(head.headers, peer, hop, is);
    *request.extensions_mut() = head.extensions;
    request
}

fn origin_form(uri: Uri) -> Uri {
    if uri.authority().is_none() {
        return uri;
    }
    let target = uri.path_and_query().map_or("", PathAndQuery::as_str);
    let path = match target {
        rooted if rooted.starts_with('/') => rooted.to_owned(),
        rootless => format!("/{rootless}"),
    };
    PathAndQuery::try_from(path).map(Uri::from).unwrap_or(uri)
}

/// Checks that the answer can be read in one way only, and makes the answer for the client.
pub(super) fn response(
    answer: Answer,
    limits: &Limits,
    hop: Hop,
) -> Result<Response<Body>, Rejection> {
    let Answer { response, names: _, lease } = answer;
    check_framing(response.headers())?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS && hop == Hop::Http {
        return Err(Rejection::UpstreamMalformed);
    }
    let (mut head, incoming) = response.into_parts();
    let mut body = body_of(head.status, &head.headers, incoming, limits);
    body.on_end(move |ended| {
        if ended.outcome.is_ok() {
            lease.give_back();
        }
    });
    head.headers = forward_response(head.headers, hop);
    head.version = Version::HTTP_11;
    Ok(Response::from_parts(head, body))
}

fn body_of(status: StatusCode, headers: &HeaderMap, body: Incoming, limits: &Limits) -> Body {
    let body = Body::streamed(body, limits.timeouts.response_idle, 0);
    let stated = headers.get(header::CONTENT_LENGTH).and_then(length);
    match stated {
        Some(length) if status == StatusCode::NOT_MODIFIED && length > 0 => Body::Claimed(length),
        Some(_) | None => body,
    }
}

fn length(value: &HeaderValue) -> Option<u64> {
    let digits = value.to_str().ok()?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// An answer with two lengths, or a length and a coding, is an attack or a mistake: whoever stands
/// behind us might read another answer than we do ([RFC 9112, section 6.3]).
fn check_framing(headers: &HeaderMap) -> Result<(), Rejection> {
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let sound = match (lengths.next(), codings.next()) {
        (None, None) => true,
        (Some(value), None) => length(value).is_some() && lengths.next().is_none(),
        (None, Some(coding)) => {
            coding.as_bytes().eq_ignore_ascii_case(b"chunked") && codings.next().is_none()
        }
        (Some(_), Some(_)) => false,
    };
    if sound { Ok(()) } else { Err(Rejection::UpstreamMalformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_becomes_its_path() {
        let origin = |url: &str| origin_form(url.parse().unwrap()).to_string();
        assert_eq!(origin("http://a/b/../c?d=%7e"), "/b/../c?d=%7e");
        assert_eq!(origin("http://a"), "/");
        assert_eq!(origin("http://a?x"), "/?x");
        assert_eq!(origin("/b//c?"), "/b//c?");
        assert_eq!(origin("*"), "*");
    }

    #[test]
    fn an_answer_with_two_readings_is_refused() {
        let check = |lines: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, HeaderValue::from_static(value));
            }
            check_framing(&headers).is_ok()
        };
        assert!(check(&[]));
        assert!(check(&[("content-length", "3")]));
        assert!(check(&[("transfer-encoding", "chunked")]));
        assert!(!check(&[("content-length", "3"), ("content-length", "3")]));
        assert!(!check(&[("content-length", "3, 3")]));
        assert!(!check(&[("content-length", "+3")]));
        assert!(!check(&[("content-length", "3"), ("transfer-encoding", "chunked")]));
        assert!(!check(&[("transfer-encoding", "gzip, chunked")]));
        assert!(!check(&[("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")]));
    }
}
