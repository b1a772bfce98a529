//! Every reason to refuse, and which problem the sender is told: one exhaustive match.

use crate::authn::Refused;
use crate::coding;
use crate::document::Refusal;
use crate::engine::Place;
use crate::net::BodyError;
use crate::net::Problem;
use crate::proxy::framing::Fault;
use crate::proxy::problems;
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
    /// A value that a rule took out stands in another place of the request, too.
    #[error("leak in {}", .0.as_str())]
    Leak(Place),
    /// No rule selected anything, and the route refuses that.
    #[error("no rule selected anything")]
    Unmatched,
    /// A field that a rule requires is not in this place.
    #[error("a required field is not in the {}", .0.as_str())]
    RequiredField(Place),
    /// The caller has brought too many values that the vault does not know.
    #[error("too many new values")]
    NewValues,
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
    /// The upstream's answer could not be protected; the code of the problem that kept us from it.
    #[error("answer not protected: {0}")]
    AnswerDropped(&'static str),
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Self::Framing(fault)
    }
}

impl Rejection {
    /// What the sender is told.
    pub fn problem(self) -> Problem {
        match self {
            Self::Framing(fault) => framing(fault),
            Self::RequestBody(error) => request_body(error),
            Self::ResponseBody(error) => response_body(error),
            Self::AmbiguousPath => problems::PATH_AMBIGUOUS,
            Self::Rerouting => problems::REROUTING_FIELD,
            Self::Identity(refused) => treatment::identity(refused),
            Self::Document(place, refusal) => treatment::document(place, refusal),
            Self::ResponseUninspectable(_) => problems::RESPONSE_UNINSPECTABLE,
            Self::AnswerDropped(_) => problems::ANSWER_DROPPED,
            Self::MediaType => problems::MEDIA_TYPE_UNSUPPORTED,
            Self::ContentCoding(reason) => treatment::coding(reason),
            Self::TokenSubmitted => problems::TOKEN_NOT_ACCEPTED,
            Self::MaskSubmitted => problems::MASK_NOT_ACCEPTED,
            Self::Leak(place) => treatment::leak(place),
            Self::Unmatched => problems::UNMATCHED,
            Self::RequiredField(place) => treatment::required_field(place),
            Self::NewValues => problems::NEW_VALUES,
            Self::VaultBusy => problems::VAULT_BUSY,
            Self::Vault => problems::VAULT_UNAVAILABLE,
            Self::Journal => problems::AUDIT_UNAVAILABLE,
            Self::Record => problems::RECORD_DAMAGED,
            Self::Uninspected => problems::INTERNAL,
            Self::Expectation => problems::UNKNOWN_EXPECTATION,
            Self::Misdirected => problems::MISDIRECTED_REQUEST,
            Self::Loop => problems::LOOP_DETECTED,
            Self::NoRoute => problems::NO_ROUTE,
            Self::UpgradeDenied => problems::UPGRADE_NOT_ALLOWED,
            Self::UpstreamUnreachable => problems::UPSTREAM_UNREACHABLE,
            Self::UpstreamUntrusted => problems::UPSTREAM_UNTRUSTED,
            Self::UpstreamBroken => problems::UPSTREAM_BROKEN,
            Self::UpstreamMalformed => problems::UPSTREAM_MALFORMED,
            Self::UpstreamTimeout => problems::UPSTREAM_TIMEOUT,
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
            | Self::Unmatched
            | Self::RequiredField(_)
            | Self::NewValues
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
            | Self::ResponseBody(_)
            | Self::AnswerDropped(_) => false,
        }
    }
}

fn request_body(error: BodyError) -> Problem {
    match error {
        BodyError::Malformed => problems::BODY_MALFORMED,
        BodyError::Incomplete => problems::BODY_INCOMPLETE,
        BodyError::Idle | BodyError::Slow => problems::BODY_TIMEOUT,
        BodyError::TooLarge => problems::BODY_TOO_LARGE,
        BodyError::Exhausted => problems::BUSY,
        BodyError::ShareExhausted => problems::TOO_MANY_BODIES,
    }
}

fn response_body(error: BodyError) -> Problem {
    match error {
        BodyError::Malformed => problems::UPSTREAM_MALFORMED,
        BodyError::Incomplete => problems::UPSTREAM_BROKEN,
        BodyError::Idle | BodyError::Slow => problems::UPSTREAM_TIMEOUT,
        BodyError::TooLarge => problems::RESPONSE_TOO_LARGE,
        BodyError::Exhausted | BodyError::ShareExhausted => problems::ANSWER_DROPPED,
    }
}

/// A fault in the bytes of a request. What is wrong is said, what was sent is not repeated.
fn framing(fault: Fault) -> Problem {
    match fault {
        Fault::RequestLine => problems::REQUEST_LINE,
        Fault::Version => problems::HTTP_VERSION,
        Fault::Method => problems::METHOD_NOT_ALLOWED,
        Fault::Target => problems::TARGET,
        Fault::TargetCharacter => problems::TARGET_CHARACTER,
        Fault::TargetTooLong => problems::TARGET_TOO_LONG,
        Fault::LineEnding => problems::LINE_ENDING,
        Fault::FieldName => problems::FIELD_NAME,
        Fault::FieldValue => problems::FIELD_VALUE,
        Fault::Folding => problems::FIELD_FOLDING,
        Fault::Lookalike => problems::FIELD_LOOKALIKE,
        Fault::HeaderTooLarge => problems::HEADER_TOO_LARGE,
        Fault::TooManyFields => problems::TOO_MANY_FIELDS,
        Fault::HeaderTimeout => problems::HEADER_TIMEOUT,
        Fault::HostMissing => problems::HOST_MISSING,
        Fault::HostRepeated => problems::HOST_REPEATED,
        Fault::HostInvalid => problems::HOST_INVALID,
        Fault::HostMismatch => problems::HOST_MISMATCH,
        Fault::LengthInvalid => problems::LENGTH_INVALID,
        Fault::LengthRepeated => problems::LENGTH_REPEATED,
        Fault::BothFramings => problems::BOTH_FRAMINGS,
        Fault::CodingInvalid => problems::CODING_INVALID,
        Fault::CodingVersion => problems::CODING_VERSION,
        Fault::ChunkSize => problems::CHUNK_SIZE,
        Fault::ChunkEnd => problems::CHUNK_END,
        Fault::Trailer => problems::TRAILER,
    }
}
