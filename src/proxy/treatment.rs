//! What the sender is told of refusals by identity and engine; the table goes on here.

use http::StatusCode;

use crate::authn::Refused;
use crate::coding;
use crate::document::Reason;
use crate::document::Refusal;
use crate::engine::Error;
use crate::engine::Place;
use crate::net::At;
use crate::net::BodyError;
use crate::net::Problem;
use crate::proxy::Rejection;
use crate::proxy::rejection::BAD_REQUEST;
use crate::proxy::rejection::busy;
use crate::proxy::rejection::problem;
use crate::vault;

/// A credential that was not accepted. One text per status: which part of it was wrong is for the
/// journal, not for whoever tries.
pub(super) fn identity(refused: Refused) -> Problem {
    if refused.is_temporary() {
        return unavailable(
            "identity-unavailable",
            "Credentials cannot be checked at present",
            "Whoever knows the callers is out of reach, or gives no clear answer. Try again.",
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
        Reason::TooLarge | Reason::TooManyFields | Reason::ValueTooLong => too_large(),
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

/// More than is inspected, as it is or when its coding is taken off.
fn too_large() -> Problem {
    problem(
        StatusCode::PAYLOAD_TOO_LARGE,
        "document-too-large",
        "The document is more than the gateway inspects",
        "Send less at once; the limits are in the gateway's configuration.",
    )
}

/// A value that is protected in one place and stands in another one, where no rule protects it.
pub(super) fn leak(place: Place) -> Problem {
    let at = At { place: place.as_str(), reason: "value_elsewhere", offset: 0 };
    let told = problem(
        StatusCode::UNPROCESSABLE_ENTITY,
        "leak-detected",
        "A protected value stands in a place that is not protected, too",
        "Operator: add a rule for that place, or take `sentinel: enforce` out of the route.",
    );
    Problem { place: Some(at), ..told }
}

/// A content coding that is unknown, broken, or hides more than its budget.
pub(super) fn coding(reason: coding::Reason) -> Problem {
    use coding::Reason;
    let told = match reason {
        Reason::UnknownCoding | Reason::TooManyCodings => problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content-coding-unsupported",
            "The content coding is not one that the gateway decodes",
            "Send the body as it is, or in gzip, deflate, br or zstd.",
        ),
        Reason::TooLarge | Reason::ExpandsTooMuch | Reason::TooManyMembers => too_large(),
        Reason::NoMemory => busy(),
        Reason::Corrupt
        | Reason::Truncated
        | Reason::TrailingData
        | Reason::Dictionary
        | Reason::WindowTooLarge => problem(
            BAD_REQUEST,
            "content-coding-refused",
            "The body is not what its content coding says",
            "The reason names what is wrong with it.",
        ),
    };
    Problem {
        place: Some(At { place: Place::Body.as_str(), reason: reason.code(), offset: 0 }),
        ..told
    }
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
        let code = error.code();
        match error {
            Error::Document { place, refusal } => Self::Document(place, refusal),
            Error::MediaType => Self::MediaType,
            Error::ContentCoding(refusal) => Self::ContentCoding(refusal.reason),
            Error::AmbiguousPath => Self::AmbiguousPath,
            Error::Partial => Self::ResponseUninspectable(code),
            Error::MaskSubmitted { .. } => Self::MaskSubmitted,
            Error::Leak { place, .. } => Self::Leak(place),
            Error::TokenSubmitted { .. } => Self::TokenSubmitted,
            Error::NewValues { retry_after, .. } => {
                Self::NewValues(u16::try_from(retry_after.as_secs()).unwrap_or(u16::MAX))
            }
            Error::Vault(vault::Error::Busy) => Self::VaultBusy,
            Error::Vault(_) => Self::Vault,
            Error::Record => Self::Record,
            Error::Journal(_) => Self::Journal,
            Error::TooLarge => Self::ResponseBody(BodyError::TooLarge),
            Error::Busy => Self::RequestBody(BodyError::Exhausted),
            Error::NotCollected | Error::Overlap | Error::Assembly => Self::Uninspected,
        }
    }
}

impl Rejection {
    /// The rejection for an error in the response leg: what is wrong there is the application's doing.
    pub fn of_response(error: Error) -> Self {
        if let Error::Document { .. } | Error::MediaType | Error::ContentCoding(_) = error {
            return Self::ResponseUninspectable(error.code());
        }
        if let Error::Busy = error {
            return Self::ResponseBody(BodyError::Exhausted);
        }
        Self::from(error)
    }
}
