//! Every reason to refuse, and what the sender is told: one exhaustive match.
//!
//! The codes are the headings of `docs/errors.md`. Nothing here comes from the request.

use http::StatusCode;

use crate::net::BodyError;
use crate::net::Problem;
use crate::proxy::faults::framing;
use crate::proxy::framing::Fault;

/// Why an exchange was refused, or failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The request's framing is not beyond doubt.
    #[error("framing: {0:?}")]
    Framing(Fault),
    /// The request's body did not arrive whole.
    #[error("request body: {0}")]
    RequestBody(BodyError),
    /// An `Expect` other than `100-continue`.
    #[error("unknown expectation")]
    Expectation,
    /// The TLS handshake named another host.
    #[error("server name and host differ")]
    Misdirected,
    /// The request went through this gateway several times already.
    #[error("loop")]
    Loop,
    /// No route takes this host, method and path.
    #[error("no route")]
    NoRoute,
    /// The route does not allow another protocol.
    #[error("upgrade on a route with rules")]
    UpgradeDenied,
    /// No connection to the upstream.
    #[error("upstream out of reach")]
    UpstreamUnreachable,
    /// The upstream's certificate was refused.
    #[error("upstream certificate refused")]
    UpstreamUntrusted,
    /// The upstream ended the connection before it answered.
    #[error("upstream ended the connection")]
    UpstreamBroken,
    /// The upstream's answer cannot be read in one way only.
    #[error("upstream answer malformed")]
    UpstreamMalformed,
    /// The upstream did not answer in time.
    #[error("upstream too slow")]
    UpstreamTimeout,
    /// The upstream's body did not arrive whole.
    #[error("response body: {0}")]
    ResponseBody(BodyError),
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Self::Framing(fault)
    }
}

pub(super) const BAD_REQUEST: StatusCode = StatusCode::BAD_REQUEST;
const BAD_GATEWAY: StatusCode = StatusCode::BAD_GATEWAY;

pub(super) const fn problem(
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: &'static str,
) -> Problem {
    Problem { code, status, title, detail, retry_after: None, allow: None }
}

impl Rejection {
    /// What the sender is told.
    #[expect(clippy::too_many_lines, reason = "a table: one entry for each rejection")]
    pub fn problem(self) -> Problem {
        match self {
            Self::Framing(fault) => framing(fault),
            Self::RequestBody(error) => request_body(error),
            Self::ResponseBody(error) => response_body(error),
            Self::Expectation => problem(
                StatusCode::EXPECTATION_FAILED,
                "unknown-expectation",
                "Unknown expectation",
                "Send no Expect field, or one with the value 100-continue.",
            ),
            Self::Misdirected => problem(
                StatusCode::MISDIRECTED_REQUEST,
                "misdirected-request",
                "Host and TLS server name differ",
                "Open a connection of its own for each host.",
            ),
            Self::Loop => problem(
                StatusCode::LOOP_DETECTED,
                "loop-detected",
                "The request came through this gateway before",
                "The upstream of the route leads back to the gateway; correct its address.",
            ),
            Self::NoRoute => problem(
                StatusCode::NOT_FOUND,
                "no-route",
                "No route takes this request",
                "Check host, method and path against the routes in the rule files.",
            ),
            Self::UpgradeDenied => problem(
                StatusCode::FORBIDDEN,
                "upgrade-not-allowed",
                "This route does not change protocol",
                "The route has rules, and what goes through a tunnel cannot be inspected.",
            ),
            Self::UpstreamUnreachable => Problem {
                retry_after: Some(1),
                ..problem(
                    BAD_GATEWAY,
                    "upstream-unreachable",
                    "No connection to the application",
                    "Try again; if it lasts, check that the upstream runs and its address is right.",
                )
            },
            Self::UpstreamUntrusted => problem(
                BAD_GATEWAY,
                "upstream-untrusted",
                "The application's certificate is not trusted",
                "Check the upstream's certificate, its name, and the authorities it is checked against.",
            ),
            Self::UpstreamBroken => problem(
                BAD_GATEWAY,
                "upstream-broken",
                "The application ended the connection",
                "Whether it has acted on the request is not known.",
            ),
            Self::UpstreamMalformed => problem(
                BAD_GATEWAY,
                "upstream-malformed",
                "The application's answer is malformed",
                "The answer breaks HTTP/1.1; see the gateway's log.",
            ),
            Self::UpstreamTimeout => problem(
                StatusCode::GATEWAY_TIMEOUT,
                "upstream-timeout",
                "The application did not answer in time",
                "Whether it has acted on the request is not known.",
            ),
        }
    }

    /// Whether the rest of the client's connection can still be trusted to begin with a request.
    pub fn ends_connection(self) -> bool {
        match self {
            Self::Framing(_) | Self::RequestBody(_) | Self::Expectation => true,
            Self::Misdirected
            | Self::Loop
            | Self::NoRoute
            | Self::UpgradeDenied
            | Self::UpstreamUnreachable
            | Self::UpstreamUntrusted
            | Self::UpstreamBroken
            | Self::UpstreamMalformed
            | Self::UpstreamTimeout
            | Self::ResponseBody(_) => false,
        }
    }
}

fn request_body(error: BodyError) -> Problem {
    match error {
        BodyError::Malformed => problem(
            BAD_REQUEST,
            "body-malformed",
            "The body's framing is broken",
            "Chunk sizes, chunk ends and trailers must follow RFC 9112, section 7.1.",
        ),
        BodyError::Incomplete => problem(
            BAD_REQUEST,
            "body-incomplete",
            "The body ended too early",
            "Send as many bytes as Content-Length says, or the last chunk.",
        ),
        BodyError::Idle | BodyError::Slow => problem(
            StatusCode::REQUEST_TIMEOUT,
            "body-timeout",
            "The body did not arrive in time",
            "Send the body without long pauses.",
        ),
        BodyError::TooLarge => problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
            "The body is too large to inspect",
            "The limit is limits.body_bytes.",
        ),
        BodyError::Exhausted => busy(),
    }
}

fn response_body(error: BodyError) -> Problem {
    match error {
        BodyError::Malformed => Rejection::UpstreamMalformed.problem(),
        BodyError::Incomplete => Rejection::UpstreamBroken.problem(),
        BodyError::Idle | BodyError::Slow => Rejection::UpstreamTimeout.problem(),
        BodyError::TooLarge => problem(
            BAD_GATEWAY,
            "response-too-large",
            "The application's answer is too large to inspect",
            "The limit is limits.body_bytes; ask for less at once.",
        ),
        BodyError::Exhausted => busy(),
    }
}

fn busy() -> Problem {
    Problem {
        retry_after: Some(1),
        ..problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "The gateway holds too many bodies",
            "Try again; the limit is limits.buffered_bytes.",
        )
    }
}
