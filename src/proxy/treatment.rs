//! What the sender is told of refusals by identity and engine.

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
use crate::proxy::problems;
use crate::vault;

/// A credential that was not accepted. One text per status: which part of it was wrong is for the
/// journal, not for whoever tries.
pub(super) fn identity(refused: Refused) -> Problem {
    if refused.is_temporary() {
        return problems::IDENTITY_UNAVAILABLE;
    }
    if refused.is_malformed_request() {
        return problems::CREDENTIAL_MALFORMED;
    }
    problems::CREDENTIAL_REFUSED
}

/// A document that two readers could read differently, or that is too much.
pub(super) fn document(place: Place, refusal: Refusal) -> Problem {
    let at = At { place: place.as_str(), reason: refusal.reason.code(), offset: refusal.offset };
    let told = match refusal.reason {
        Reason::TooLarge | Reason::TooManyNodes | Reason::TooManyFields | Reason::ValueTooLong => {
            problems::DOCUMENT_TOO_LARGE
        }
        Reason::UnknownCharset | Reason::UnsupportedCharset => problems::CHARSET_UNSUPPORTED,
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
        | Reason::MissingColumn
        | Reason::RaggedRow
        | Reason::Doctype
        | Reason::ProcessingInstruction
        | Reason::UnknownEntity
        | Reason::InvalidCharacter
        | Reason::DuplicateAttribute
        | Reason::MismatchedTag
        | Reason::NotNested
        | Reason::TooCostly => problems::DOCUMENT_REFUSED,
    };
    Problem { place: Some(at), ..told }
}

/// A value that a rule took out of one place and that stands in another one, where no rule protects it.
pub(super) fn leak(place: Place) -> Problem {
    let at = At { place: place.as_str(), reason: "value_elsewhere", offset: 0 };
    Problem { place: Some(at), ..problems::LEAK_DETECTED }
}

/// A field that a rule requires and that is not there.
pub(super) fn required_field(place: Place) -> Problem {
    let at = At { place: place.as_str(), reason: "required_field", offset: 0 };
    Problem { place: Some(at), ..problems::REQUIRED_FIELD }
}

/// A content coding that is unknown, broken, or hides more than its budget.
pub(super) fn coding(reason: coding::Reason) -> Problem {
    use coding::Reason;
    let told = match reason {
        Reason::UnknownCoding | Reason::TooManyCodings => problems::CONTENT_CODING_UNSUPPORTED,
        Reason::TooLarge | Reason::ExpandsTooMuch | Reason::TooManyMembers => {
            problems::DOCUMENT_TOO_LARGE
        }
        Reason::NoMemory => problems::BUSY,
        Reason::Corrupt
        | Reason::Truncated
        | Reason::TrailingData
        | Reason::Dictionary
        | Reason::WindowTooLarge => problems::CONTENT_CODING_REFUSED,
    };
    Problem {
        place: Some(At { place: Place::Body.as_str(), reason: reason.code(), offset: 0 }),
        ..told
    }
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
            Error::Unmatched => Self::Unmatched,
            Error::RequiredField { place } => Self::RequiredField(place),
            Error::TokenSubmitted { .. } => Self::TokenSubmitted,
            Error::NewValues { .. } => Self::NewValues,
            Error::Vault(vault::Error::Busy) => Self::VaultBusy,
            Error::Vault(_) => Self::Vault,
            Error::Record => Self::Record,
            Error::Journal(_) => Self::Journal,
            Error::TooLarge => Self::ResponseBody(BodyError::TooLarge),
            Error::Busy => Self::RequestBody(BodyError::Exhausted),
            Error::ShareExhausted => Self::RequestBody(BodyError::ShareExhausted),
            Error::NotCollected | Error::Overlap | Error::Assembly => Self::Uninspected,
        }
    }
}

impl Rejection {
    /// The rejection for an error in the response leg: what is wrong there is the application's doing.
    pub fn of_response(error: Error) -> Self {
        match error {
            Error::Document { .. }
            | Error::MediaType
            | Error::ContentCoding(_)
            | Error::AmbiguousPath
            | Error::Partial
            | Error::TokenSubmitted { .. }
            | Error::MaskSubmitted { .. }
            | Error::Leak { .. }
            | Error::Unmatched
            | Error::RequiredField { .. }
            | Error::NewValues { .. } => Self::ResponseUninspectable(error.code()),
            Error::Busy | Error::ShareExhausted => Self::ResponseBody(BodyError::Exhausted),
            Error::Vault(_)
            | Error::Record
            | Error::Journal(_)
            | Error::TooLarge
            | Error::NotCollected
            | Error::Overlap
            | Error::Assembly => Self::from(error),
        }
    }

    /// Returns the rejection for an answer that had to be protected: the application has acted, so what
    /// vault or journal did not do is no 503, after which clients send a request again.
    #[must_use]
    pub fn of_protected_answer(self) -> Self {
        let is_ours = matches!(self, Self::Vault | Self::VaultBusy | Self::Record | Self::Journal);
        if is_ours { Self::AnswerDropped(self.problem().code) } else { self }
    }
}
