//! Why something about a person was not done.

use crate::audit;
use crate::audit::Code;
use crate::authz::Denied;
use crate::base::DataClass;
use crate::crypto::OpenError;
use crate::vault;

/// Why something about a person was not done. The texts name reasons, never data: no identifier, no value,
/// no token.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No policy allows it, or one forbids it.
    #[error("not allowed by any policy")]
    Denied(Denied),
    /// There is no such person, or there is no longer one.
    #[error("there is no such person")]
    NoPerson,
    /// The person has no such document.
    #[error("there is no such document")]
    NoDocument,
    /// Several people have the value that was to name one.
    #[error("several people have this value")]
    Ambiguous,
    /// Another person has this value already, and no two may have it.
    #[error("another person has this value of class {0}")]
    Taken(DataClass),
    /// Somebody else changed the person meanwhile, or the revision that was given is not the present one.
    #[error("the person has another revision by now")]
    Conflict,
    /// A state that forbids it, such as a hold.
    #[error("the state of the person forbids it: {0}")]
    State(&'static str),
    /// What was sent cannot be kept.
    #[error("{0}")]
    Unacceptable(Unacceptable),
    /// More than a bound allows.
    #[error("over a bound: {0}")]
    Limit(&'static str),
    /// The system gives no random bytes.
    #[error("the random source of the system failed")]
    Random,
    /// The journal does not take events; nothing was done.
    #[error("the journal does not answer: {0}")]
    Journal(#[from] audit::Error),
    /// The erasure journal on this gateway's disk does not take lines; nothing was erased.
    #[error("the erasure journal cannot be written: {0}")]
    ErasureJournal(std::io::ErrorKind),
    /// The vault does not answer.
    #[error(transparent)]
    Vault(vault::Error),
    /// What the vault holds does not open: it was tampered with, or a key is missing.
    #[error("what the vault holds of the person does not open")]
    Sealed(#[from] OpenError),
}

/// What is wrong with what was sent, with the place where that helps. All words are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unacceptable {
    /// A profile is a JSON object.
    #[error("a profile must be a JSON object")]
    NotAnObject,
    /// More than 64 KiB of JSON.
    #[error("a document has at most 65536 bytes")]
    TooLong,
    /// Nested deeper than 32 levels.
    #[error("a document has at most 32 levels")]
    TooDeep,
    /// More than 1,000 members in all.
    #[error("a document has at most 1000 members")]
    TooMany,
    /// A text or a name that holds U+0000.
    #[error("a text holds U+0000")]
    Nul,
    /// JSON that the rules' selectors cannot read in one way only.
    #[error("the document cannot be read in one way only")]
    Unreadable,
    /// A profile without any identifier could not be found again.
    #[error("a profile needs at least one identifier")]
    NoIdentifier,
    /// A patch that does not apply.
    #[error("the patch does not apply")]
    Patch,
}

impl From<vault::Error> for Error {
    fn from(error: vault::Error) -> Self {
        match error {
            vault::Error::Conflict => Self::Conflict,
            vault::Error::Erased => Self::NoPerson,
            vault::Error::Limit { what } => Self::Limit(what),
            other @ (vault::Error::Unavailable { .. }
            | vault::Error::Timeout
            | vault::Error::Busy
            | vault::Error::Full { .. }
            | vault::Error::ReadOnly { .. }
            | vault::Error::Misconfigured { .. }
            | vault::Error::Corrupt { .. }) => Self::Vault(other),
        }
    }
}

impl Error {
    /// The word in field `reason` of the event that tells the outcome.
    pub(super) fn code(&self) -> Code {
        Code(match self {
            Self::Denied(_) => "no_permit",
            Self::NoPerson => "no_person",
            Self::NoDocument => "no_document",
            Self::Ambiguous => "ambiguous",
            Self::Taken(_) => "taken",
            Self::Conflict => "conflict",
            Self::State(_) => "state",
            Self::Unacceptable(_) => "unacceptable",
            Self::Limit(_) => "limit",
            Self::Random => "random",
            Self::Journal(_) => "journal",
            Self::ErasureJournal(_) => "erasure_journal",
            Self::Vault(_) => "vault",
            Self::Sealed(_) => "sealed",
        })
    }

    /// Whether something of it may have been done all the same.
    pub(super) fn leaves_doubt(&self) -> bool {
        matches!(self, Self::Vault(vault::Error::Timeout | vault::Error::Unavailable { .. }))
    }
}
