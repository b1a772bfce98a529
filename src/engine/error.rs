//! Why the engine refuses a leg.

use crate::base::DataClass;
use crate::document::Refusal;
use crate::net::BodyError;
use crate::net::unpack::UnpackError;

/// The place of a message that an error concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The content of the message.
    Body,
    /// The query of the request target.
    Query,
    /// The path of the request target.
    Path,
    /// The header section.
    Header,
    /// `Cookie` or `Set-Cookie`.
    Cookie,
}

impl Place {
    /// The name in problems and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Query => "query",
            Self::Path => "path",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

/// Why nothing is forwarded, or nothing revealed. Says where and why, never what the data was.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The document at a place breaks a rule of its format or a bound.
    #[error("{} refused: {} at byte {}", .place.as_str(), .refusal.reason.code(), .refusal.offset)]
    Document {
        /// The place of the message that it concerns.
        place: Place,
        /// Why, and at which byte.
        refusal: Refusal,
    },
    /// The media type is not one that the route inspects.
    #[error("media type is not inspected on this route")]
    MediaType,
    /// The body's content coding is unknown, broken, or gives more than its budget.
    #[error("content coding: {0}")]
    ContentCoding(#[from] crate::coding::Refusal),
    /// The path does not show which of its segments are which.
    #[error("the path is ambiguous")]
    AmbiguousPath,
    /// A part of a body where the whole is needed: an answer of status 206.
    #[error("only a part of the body")]
    Partial,
    /// A client sent a token where it may only send values.
    #[error("a token of class {class} was submitted without permission")]
    TokenSubmitted {
        /// The class of the rule.
        class: DataClass,
    },
    /// A client sent a mask that stands for no one value that it was shown.
    #[error("a mask of class {class} was submitted")]
    MaskSubmitted {
        /// The class of the rule.
        class: DataClass,
    },
    /// A value that a rule took out (for a token, a mask or `[redacted]`) stands in another place, too.
    #[error("a value of class {class} stands in the {} too", .place.as_str())]
    Leak {
        /// The class of the value.
        class: DataClass,
        /// Where it was found.
        place: Place,
    },
    /// The message has places that rules read, no rule selected anything, and the route refuses that.
    #[error("no rule selected anything")]
    Unmatched,
    /// A rule that must select something selected nothing in a place that is there.
    #[error("a required field is not in the {}", .place.as_str())]
    RequiredField {
        /// The place of the message that it concerns.
        place: Place,
    },
    /// The caller has brought too many values of a class that the vault does not know yet.
    #[error("too many new values of class {class}")]
    NewValues {
        /// The class of the values.
        class: DataClass,
    },
    /// The vault did not do what was asked.
    #[error("vault: {0}")]
    Vault(#[from] crate::vault::Error),
    /// A stored record does not open, or is another value's.
    #[error("a stored record is not what it should be")]
    Record,
    /// The journal did not take the event.
    #[error("journal: {0}")]
    Journal(#[from] crate::audit::Error),
    /// A message is longer than what is read whole.
    #[error("message is too large to be inspected")]
    TooLarge,
    /// All memory set aside for bodies is in use.
    #[error("no memory left for bodies")]
    Busy,
    /// The client, or the principal, holds as much memory for bodies as one may.
    #[error("no memory left for bodies of this caller")]
    ShareExhausted,
    /// A body that rules inspect was not read whole before.
    #[error("body was not read whole")]
    NotCollected,
    /// Two selected spans overlap, so one of them would have stayed as it was.
    #[error("selected spans overlap")]
    Overlap,
    /// The changed parts do not make a message.
    #[error("message could not be put together")]
    Assembly,
}

impl From<UnpackError> for Error {
    fn from(error: UnpackError) -> Self {
        match error {
            UnpackError::Coding(refusal) => Self::ContentCoding(refusal),
            UnpackError::Memory(exhausted) => Self::no_memory(exhausted),
        }
    }
}

impl Error {
    /// Returns the error of a message for whose reading there is no memory: of all, or of this caller.
    pub(super) fn no_memory(exhausted: BodyError) -> Self {
        if exhausted == BodyError::ShareExhausted { Self::ShareExhausted } else { Self::Busy }
    }

    /// The word in metrics, events and headers.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Document { refusal, .. } => refusal.reason.code(),
            Self::MediaType => "media_type",
            Self::ContentCoding(refusal) => refusal.reason.code(),
            Self::AmbiguousPath => "path_ambiguous",
            Self::Partial => "partial",
            Self::TokenSubmitted { .. } => "token_submitted",
            Self::MaskSubmitted { .. } => "mask_submitted",
            Self::Leak { .. } => "leak",
            Self::Unmatched => "unmatched",
            Self::RequiredField { .. } => "required_field",
            Self::NewValues { .. } => "new_values",
            Self::Vault(crate::vault::Error::Busy) => "vault_busy",
            Self::Vault(_) => "vault",
            Self::Record => "record",
            Self::Journal(_) => "journal",
            Self::TooLarge => "too_large",
            Self::Busy | Self::ShareExhausted => "busy",
            Self::NotCollected | Self::Overlap | Self::Assembly => "internal",
        }
    }
}
