//! For operators: health, readiness, metrics, configuration. Own listener, own runtime.
//!
//! It answers without authentication, so it tells nothing that an operator's network should not
//! read: no secret, no data. Bind it to an address that only operators reach.
//!
//! | path | answers |
//! |---|---|
//! | `/livez` | 200 as long as the process runs |
//! | `/readyz` | 200 when vault, keys, audit and rules are well, else 503; JSON with each check |
//! | `/metrics` | OpenMetrics text |
//! | `/config` | the resolved configuration, secrets hidden; JSON |
//!
//! # Invariants
//!
//! - No secret stands in an answer (`it::admin::shows_no_secret`).
//! - Strangers' pages read nothing by a browser of this network (`admin::pages`).
//! - Connections that say nothing keep nobody out (`admin::pages`).
//! - With `admin.listen.tls` nothing is told in clear (`admin::tls`).

use std::fmt;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use http::Method;
use http::Request;
use http::Response;
use http::StatusCode;
use http::header;
use http_body_util::Full;
use hyper::body::Incoming;
use serde::Serialize;
use serde_json::Value;

use crate::net::Answers;
use crate::net::BoundServer;
use crate::telemetry::Metrics;
use crate::telemetry::metrics::CONTENT_TYPE as OPEN_METRICS;

/// Readiness as it is now: whether all is well, and each check.
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    /// Whether clients should be sent here.
    pub ready: bool,
    /// Each thing that was looked at; what was found last about files.
    #[serde(flatten)]
    pub found: Value,
}

/// What the pages are made from.
#[derive(Clone)]
pub struct State {
    /// Returns readiness as it is when asked.
    pub ready: Arc<dyn Fn() -> Ready + Send + Sync>,
    /// What `/metrics` encodes.
    pub metrics: Arc<Metrics>,
    /// The configuration with its secrets hidden.
    pub config: Arc<Value>,
    /// Names by which operators reach it, besides addresses and `localhost`.
    pub hosts: Arc<[String]>,
}

impl fmt::Debug for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("State(…)")
    }
}

/// Connections of operators at one time.
pub const CONNECTIONS: usize = 64;

impl Answers for State {
    async fn answer(&self, request: Request<Incoming>, _client: IpAddr) -> Response<Full<Bytes>> {
        answer(self, &request)
    }
}

/// Serves until it is dropped.
pub async fn serve(server: BoundServer, state: State) {
    let gauge = state.metrics.bound("admin_connections", server.connections());
    let counted = move |count: usize| {
        gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
    };
    server.serve(state, counted).await;
}

/// The answer to a request; its body, if any, is not read.
fn answer<B>(state: &State, request: &Request<B>) -> Response<Full<Bytes>> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(|host| is_ours(host, &state.hosts)) {
        let told = "the admin listener has no such name; add it to admin.hosts\n";
        return text(StatusCode::MISDIRECTED_REQUEST, told);
    }
    if *request.method() != Method::GET && *request.method() != Method::HEAD {
        let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n");
        answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return answer;
    }
    match request.uri().path() {
        "/livez" => text(StatusCode::OK, "alive\n"),
        "/readyz" => {
            let ready = (state.ready)();
            let status = if ready.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            json(status, &ready)
        }
        "/metrics" => match state.metrics.encode() {
            Ok(text) => page(StatusCode::OK, OPEN_METRICS, text),
            Err(_unwritable) => text(StatusCode::INTERNAL_SERVER_ERROR, ""),
        },
        "/config" => json(StatusCode::OK, state.config.as_ref()),
        _ => text(StatusCode::NOT_FOUND, "no such page\n"),
    }
}

/// Whether a `Host` is this listener. A page of a stranger can make a browser ask it only by a name that the
/// stranger owns (DNS rebinding), so addresses and `localhost` are fine, other names must be known.
fn is_ours(host: &str, known: &[String]) -> bool {
    let port = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let name = match host.rsplit_once(':') {
        Some((name, digits)) if port(digits) => name,
        Some(_) | None => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let name = name.strip_suffix('.').unwrap_or(name);
    bare.is_some_and(|bare| bare.parse::<Ipv6Addr>().is_ok())
        || name.parse::<Ipv4Addr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || known.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn json(status: StatusCode, value: &impl Serialize) -> Response<Full<Bytes>> {
    match serde_json::to_string(value) {
        Ok(text) => page(status, "application/json", text),
        Err(_unwritable) => text(StatusCode::INTERNAL_SERVER_ERROR, ""),
    }
}

fn text(status: StatusCode, told: &'static str) -> Response<Full<Bytes>> {
    page(status, "text/plain; charset=utf-8", told.to_owned())
}

fn page(status: StatusCode, kind: &'static str, told: String) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(told)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_localhost_and_known_names_are_ours() {
        let known = [String::from("ops.example")];
        for host in [
            "127.0.0.1",
            "10.1.2.3:8081",
            "[::1]:8081",
            "[2001:db8::1]",
            "localhost:80",
            "LOCALHOST",
            "ops.example",
            "Ops.Example.:8081",
        ] {
            assert!(is_ours(host, &known), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "[::1",
            "::1:x",
            "[evil]",
            "127.1",
            "0x7f000001",
            "ops.example.evil.example",
            "1.2.3.4@evil.example",
        ] {
            assert!(!is_ours(host, &known), "{host}");
        }
    }
}
