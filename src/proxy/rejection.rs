//! Every reason to refuse, and what the sender is told: one exhaustive match.
//!
//! The codes are the headings of `docs/errors.md`. Nothing here comes from the request.

use http::StatusCode;

use crate::net::BodyError;
use crate::net::Problem;
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

const BAD_REQUEST: StatusCode = StatusCode::BAD_REQUEST;
const BAD_GATEWAY: StatusCode = StatusCode::BAD_GATEWAY;

const fn problem(
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: &'static str,
) -> Problem {
    Problem { code, status, title, detail, retry_after: None, allow: None }
}

impl Rejection {
    /// What the sender is told.
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

/// A fault in the bytes of a request. What is wrong is said, what was sent is not repeated.
fn framing(fault: Fault) -> Problem {
    let large = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    let (status, code, title, detail) = match fault {
        Fault::RequestLine => (
            BAD_REQUEST,
            "request-line",
            "The request line is malformed",
            "It must be method, target and HTTP/1.1 with one space between them.",
        ),
        Fault::Version => (
            StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            "http-version",
            "HTTP version not supported",
            "Use HTTP/1.1.",
        ),
        Fault::Method => (
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "CONNECT and TRACE are not served",
            "Use another method.",
        ),
        Fault::Target => (
            BAD_REQUEST,
            "target",
            "The request target is malformed",
            "It must be a path, an http URL, or * with OPTIONS.",
        ),
        Fault::TargetCharacter => (
            BAD_REQUEST,
            "target-character",
            "The request target holds a character that it cannot have",
            "Percent-encode it.",
        ),
        Fault::TargetTooLong => (
            StatusCode::URI_TOO_LONG,
            "target-too-long",
            "The request target is too long",
            "The limit is limits.target_bytes.",
        ),
        Fault::LineEnding => (
            BAD_REQUEST,
            "line-ending",
            "A line does not end in CR LF",
            "End every line of the head with CR LF, and use CR nowhere else.",
        ),
        Fault::FieldName => (
            BAD_REQUEST,
            "field-name",
            "A header field's name is malformed",
            "A name is a token with the colon directly behind it.",
        ),
        Fault::FieldValue => {
            (BAD_REQUEST, "field-value", "A header field holds a control character", "Take it out.")
        }
        Fault::Folding => (
            BAD_REQUEST,
            "field-folding",
            "A header field is folded",
            "Write each field on one line.",
        ),
        Fault::Lookalike => (
            BAD_REQUEST,
            "field-lookalike",
            "A header field's name can be mistaken for another",
            "Write it with dashes or leave it out.",
        ),
        Fault::HeaderTooLarge => (
            large,
            "header-too-large",
            "The header section is too large",
            "The limit is limits.header_bytes.",
        ),
        Fault::TooManyFields => (
            large,
            "too-many-fields",
            "The header section has too many fields",
            "The limit is limits.header_fields.",
        ),
        Fault::HeaderTimeout => (
            StatusCode::REQUEST_TIMEOUT,
            "header-timeout",
            "The header section did not arrive in time",
            "Send it without pauses.",
        ),
        Fault::HostMissing => {
            (BAD_REQUEST, "host-missing", "The request has no Host", "Send exactly one Host field.")
        }
        Fault::HostRepeated => (
            BAD_REQUEST,
            "host-repeated",
            "The request has several Host fields",
            "Send exactly one.",
        ),
        Fault::HostInvalid => (
            BAD_REQUEST,
            "host-invalid",
            "The Host is malformed",
            "It must be a name or an address, with a port or without.",
        ),
        Fault::HostMismatch => (
            BAD_REQUEST,
            "host-mismatch",
            "Request target and Host name different hosts",
            "Make them equal.",
        ),
        Fault::LengthInvalid => (
            BAD_REQUEST,
            "length-invalid",
            "Content-Length is not a plain number",
            "Send decimal digits without a leading zero.",
        ),
        Fault::LengthRepeated => (
            BAD_REQUEST,
            "length-repeated",
            "The request has several Content-Length fields",
            "Send exactly one.",
        ),
        Fault::BothFramings => (
            BAD_REQUEST,
            "both-framings",
            "The request has Content-Length and Transfer-Encoding",
            "Send one of them.",
        ),
        Fault::CodingInvalid => (
            BAD_REQUEST,
            "coding-invalid",
            "Transfer-Encoding is not exactly one chunked",
            "Send one field with the value chunked.",
        ),
        Fault::CodingVersion => (
            BAD_REQUEST,
            "coding-version",
            "HTTP/1.0 has no Transfer-Encoding",
            "Use HTTP/1.1, or Content-Length.",
        ),
        Fault::ChunkSize => (
            BAD_REQUEST,
            "chunk-size",
            "A chunk's size or extension is malformed",
            "See RFC 9112, section 7.1.",
        ),
        Fault::ChunkEnd => (
            BAD_REQUEST,
            "chunk-end",
            "A chunk does not end where its size says",
            "See RFC 9112, section 7.1.",
        ),
        Fault::Trailer => (
            BAD_REQUEST,
            "trailer",
            "A trailer field is malformed or not allowed",
            "See RFC 9110, section 6.5.1.",
        ),
    };
    let allow = (fault == Fault::Method).then_some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    Problem { allow, ..problem(status, code, title, detail) }
}
