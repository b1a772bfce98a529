//! Every reason to refuse, and what the sender is told: one exhaustive match.
//!
//! The codes are the headings of `docs/errors.md`. Nothing here comes from the request.

use http::StatusCode;

use crate::authn::Refused;
use crate::coding;
use crate::document::Refusal;
use crate::engine::Place;
use crate::net::BodyError;
use crate::net::Problem;
use crate::proxy::faults::framing;
use crate::proxy::framing::Fault;
use crate::proxy::treatment;

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
    /// A header field asks for another path or method than the request line.
    #[error("rerouting field")]
    Rerouting,
    /// The path can be read as another route's.
    #[error("ambiguous path")]
    AmbiguousPath,
    /// A credential was sent and not accepted.
    #[error("identity: {0:?}")]
    Identity(Refused),
    /// The document at a place breaks a rule of its format, or a bound.
    #[error("{} refused: {} at byte {}", .0.as_str(), .1.reason.code(), .1.offset)]
    Document(Place, Refusal),
    /// The document at a place of the application's message cannot be inspected.
    #[error("response refused: {0}")]
    ResponseUninspectable(&'static str),
    /// The media type is not one that the route inspects.
    #[error("media type")]
    MediaType,
    /// The content coding is unknown, broken, or hides too much.
    #[error("content coding: {}", .0.code())]
    ContentCoding(coding::Reason),
    /// A client sent a token where it may only send values.
    #[error("token submitted")]
    TokenSubmitted,
    /// A client sent a mask, and nobody can tell what it stands for.
    #[error("mask submitted")]
    MaskSubmitted,
    /// A value that became a token stands in another place of the request, too.
    #[error("leak in {}", .0.as_str())]
    Leak(Place),
    /// The caller has brought too many values that the vault does not know; more after so many seconds.
    #[error("too many new values")]
    NewValues(u16),
    /// Too many values of this caller, or of all, wait to be stored.
    #[error("vault busy")]
    VaultBusy,
    /// The vault does not do what is needed.
    #[error("vault unavailable")]
    Vault,
    /// A stored record is not what it should be.
    #[error("record damaged")]
    Record,
    /// The journal does not take events.
    #[error("journal unavailable")]
    Journal,
    /// A message on a route with rules was about to pass without inspection: a fault of ours.
    #[error("message not inspected")]
    Uninspected,
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
    Problem { code, status, title, detail, retry_after: None, allow: None, place: None }
}

impl Rejection {
    /// What the sender is told.
    #[expect(clippy::too_many_lines, reason = "a table: one entry for each rejection")]
    pub fn problem(self) -> Problem {
        match self {
            Self::Framing(fault) => framing(fault),
            Self::RequestBody(error) => request_body(error),
            Self::ResponseBody(error) => response_body(error),
            Self::AmbiguousPath => problem(
                BAD_REQUEST,
                "path-ambiguous",
                "The path can be read in two ways",
                "Send the path without dot segments, doubled slashes and encoded delimiters.",
            ),
            Self::Rerouting => problem(
                BAD_REQUEST,
                "rerouting-field",
                "A header field asks for another path or method",
                "Send the path and the method that are meant, without X-Original-URL and the like.",
            ),
            Self::Identity(refused) => treatment::identity(refused),
            Self::Document(place, refusal) => treatment::document(place, refusal),
            Self::ResponseUninspectable(_) => problem(
                BAD_GATEWAY,
                "response-uninspectable",
                "The application's answer cannot be inspected",
                "It may hold personal data that the rules of this route must replace.",
            ),
            Self::MediaType => problem(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media-type-unsupported",
                "This route does not take bodies of this type",
                "Send a body of a type that the route's rules can inspect, and say which.",
            ),
            Self::ContentCoding(reason) => treatment::coding(reason),
            Self::TokenSubmitted => problem(
                StatusCode::UNPROCESSABLE_ENTITY,
                "token-not-accepted",
                "A token stands where a value is expected",
                "Send the value itself; tokens are accepted from callers whom a policy lets submit them.",
            ),
            Self::MaskSubmitted => problem(
                StatusCode::CONFLICT,
                "mask-not-accepted",
                "A mask stands where a value is expected",
                "Leave the field as it was last shown to you, or send the whole value.",
            ),
            Self::Leak(place) => treatment::leak(place),
            Self::NewValues(seconds) => Problem {
                retry_after: Some(seconds),
                ..problem(
                    StatusCode::TOO_MANY_REQUESTS,
                    "new-values",
                    "Too many new values at once",
                    "Nothing was passed on. Send fewer in a minute, or have a service import them.",
                )
            },
            Self::VaultBusy => Problem {
                retry_after: Some(1),
                ..problem(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "vault-busy",
                    "Too many values wait to be stored",
                    "Nothing was passed on. Try again, with fewer values at once.",
                )
            },
            Self::Vault => treatment::unavailable(
                "vault-unavailable",
                "The vault does not answer",
                "Nothing was passed on. Try again; if it lasts, see /readyz of the gateway.",
            ),
            Self::Journal => treatment::unavailable(
                "audit-unavailable",
                "The audit journal takes no events",
                "Nothing is revealed that is not on record. Try again; see /readyz of the gateway.",
            ),
            Self::Record => problem(
                StatusCode::INTERNAL_SERVER_ERROR,
                "record-damaged",
                "A stored record is not what it should be",
                "The vault's content or the keyring was changed; see the gateway's log.",
            ),
            Self::Uninspected => problem(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "The gateway made a mistake",
                "Nothing was passed on; report it with the request id.",
            ),
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
            Self::AmbiguousPath
            | Self::Rerouting
            | Self::Identity(_)
            | Self::Document(..)
            | Self::ResponseUninspectable(_)
            | Self::MediaType
            | Self::ContentCoding(_)
            | Self::TokenSubmitted
            | Self::MaskSubmitted
            | Self::Leak(_)
            | Self::NewValues(_)
            | Self::VaultBusy
            | Self::Vault
            | Self::Record
            | Self::Journal
            | Self::Uninspected
            | Self::Misdirected
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
            "Send the body without long pauses, and not more slowly than limits.least_rate.",
        ),
        BodyError::TooLarge => problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
            "The body is too large to inspect",
            "The limit is limits.body_bytes.",
        ),
        BodyError::Exhausted => busy(),
        BodyError::ShareExhausted => Problem {
            retry_after: Some(1),
            ..problem(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-bodies",
                "The gateway holds too many bodies of this caller",
                "Send fewer at once; limits.buffered_bytes_per_client and _per_principal bound them.",
            )
        },
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
        BodyError::Exhausted | BodyError::ShareExhausted => problem(
            BAD_GATEWAY,
            "answer-dropped",
            "There was no memory for the application's answer",
            "The application has answered, so it may have acted: look before you try again.",
        ),
    }
}

pub(super) fn busy() -> Problem {
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
