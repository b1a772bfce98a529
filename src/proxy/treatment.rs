//! What the sender is told of refusals by identity and engine; the table goes on here.

use http::StatusCode;

use crate::authn::Refused;
use crate::document::Reason;
use crate::document::Refusal;
use crate::engine::Error;
use crate::engine::Place;
use crate::net::At;
use crate::net::Problem;
use crate::proxy::Rejection;
use crate::proxy::rejection::BAD_REQUEST;
use crate::proxy::rejection::problem;

/// A credential that was not accepted. One text per status: which part of it was wrong is for the
/// journal, not for whoever tries.
pub(super) fn identity(refused: Refused) -> Problem {
    if refused.is_temporary() {
        return unavailable(
            "identity-unavailable",
            "Credentials cannot be checked at present",
            "The keys of the identity provider are out of reach. Try again.",
        );
    }
    if refused.is_malformed_request() {
        return problem(
            BAD_REQUEST,
            "credential-malformed",
            "The credential cannot be read",
            "Send one credential, once, in the form that the gateway's operator has given.",
        );
    }
    problem(
        StatusCode::UNAUTHORIZED,
        "credential-refused",
        "The credential is not accepted",
        "Get a new one, or send none to be nobody.",
    )
}

/// A document that two readers could read differently, or that is too much.
pub(super) fn document(place: Place, refusal: Refusal) -> Problem {
    let at = At { place: place.as_str(), reason: refusal.reason.code(), offset: refusal.offset };
    let told = match refusal.reason {
        Reason::TooLarge | Reason::TooManyFields | Reason::ValueTooLong => problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "document-too-large",
            "The document is more than the gateway inspects",
            "Send less at once; the limits are in the gateway's configuration.",
        ),
        Reason::UnknownCharset | Reason::UnsupportedCharset => problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "charset-unsupported",
            "The character set is not one that the gateway reads",
            "Send UTF-8.",
        ),
        Reason::Empty
        | Reason::ByteOrderMark
        | Reason::InvalidUtf8
        | Reason::UnexpectedEnd
        | Reason::UnexpectedByte
        | Reason::TrailingData
        | Reason::InvalidNumber
        | Reason::ControlCharacter
        | Reason::InvalidEscape
        | Reason::LoneSurrogate
        | Reason::DuplicateKey
        | Reason::NulInKey
        | Reason::TooDeep
        | Reason::NumberTooLong
        | Reason::ContainerSelected
        | Reason::InvalidPercentEscape
        | Reason::AmbiguousName
        | Reason::AmbiguousSeparator
        | Reason::AmbiguousCharset
        | Reason::InvalidInCharset
        | Reason::NotInCharset
        | Reason::MissingName
        | Reason::InvalidPart
        | Reason::AmbiguousBoundary
        | Reason::AmbiguousFile
        | Reason::AmbiguousQuote
        | Reason::RaggedRow
        | Reason::Doctype
        | Reason::ProcessingInstruction
        | Reason::UnknownEntity
        | Reason::InvalidCharacter
        | Reason::DuplicateAttribute
        | Reason::MismatchedTag
        | Reason::NotNested
        | Reason::TooCostly => problem(
            BAD_REQUEST,
            "document-refused",
            "The document is not well-formed, or can be read in two ways",
            "The reason names the rule, the offset the byte.",
        ),
    };
    Problem { place: Some(at), ..told }
}

/// Something behind us is away; it may come back.
pub(super) fn unavailable(
    code: &'static str,
    title: &'static str,
    detail: &'static str,
) -> Problem {
    let told = problem(StatusCode::SERVICE_UNAVAILABLE, code, title, detail);
    Problem { retry_after: Some(2), ..told }
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        match error {
            Error::Document { place, refusal } => Self::Document(place, refusal),
            Error::MediaType => Self::MediaType,
            Error::ContentCoding => Self::ContentCoding,
            Error::TokenSubmitted { .. } => Self::TokenSubmitted,
            Error::Vault(_) => Self::Vault,
            Error::Record => Self::Record,
            Error::Journal(_) => Self::Journal,
            Error::TooLarge => Self::ResponseUninspectable("too_large"),
            Error::NotCollected | Error::Overlap | Error::Assembly => Self::Uninspected,
        }
    }
}

impl Rejection {
    /// The rejection for an error in the response leg: what is wrong there is the application's doing.
    pub(super) fn of_response(error: Error) -> Self {
        if let Error::Document { .. } | Error::MediaType | Error::ContentCoding = error {
            return Self::ResponseUninspectable(error.code());
        }
        Self::from(error)
    }
}
