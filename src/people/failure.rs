//! Why a request of people's listeners was refused.

use crate::net::Problem;
use crate::people::problems;
use crate::subject::Error;
use crate::subject::Unacceptable;
use crate::vault;

/// Why a request was refused. Holds nothing of it.
#[derive(Debug)]
pub(super) enum Failure {
    /// No path of this listener.
    NoPath,
    /// Other methods only; these.
    Method(String),
    /// A credential that nobody accepts.
    Credential,
    /// No credential where one is needed.
    Anonymous,
    /// The body is not what the route takes.
    Body(BodyFault),
    /// A mode of naming people that the rules do not have.
    Mode,
    /// What should be a token of ours, or a UUID, is none.
    Identifier,
    /// A time that cannot be read, or is out of bounds.
    Time,
    /// Without `If-Match` nothing is changed.
    NoRevision,
    /// Something of Databunker that is not here.
    Gone,
    /// What `subject` says.
    Subject(Error),
}

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyFault {
    TooLarge,
    Slow,
    Broken,
    MediaType,
    NotJson,
    /// A member that the route does not know, or one of another type.
    Member,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Subject(error)
    }
}

impl Failure {
    /// Returns the word for logs.
    pub(super) fn code(&self) -> &'static str {
        self.problem().code
    }

    /// Returns the problem that the sender is told.
    pub(super) fn problem(&self) -> Problem {
        match self {
            Self::NoPath => problems::NO_PATH,
            Self::Method(_) => problems::METHOD,
            Self::Credential => problems::CREDENTIAL,
            Self::Anonymous => problems::ANONYMOUS,
            Self::Body(fault) => match fault {
                BodyFault::TooLarge => problems::BODY_TOO_LARGE,
                BodyFault::Slow => problems::BODY_SLOW,
                BodyFault::Broken => problems::BODY_BROKEN,
                BodyFault::MediaType => problems::MEDIA_TYPE,
                BodyFault::NotJson => problems::NOT_JSON,
                BodyFault::Member => problems::MEMBER,
            },
            Self::Mode => problems::MODE,
            Self::Identifier => problems::IDENTIFIER,
            Self::Time => problems::TIME,
            Self::NoRevision => problems::NO_REVISION,
            Self::Gone => problems::GONE,
            Self::Subject(error) => of_subject(error),
        }
    }
}

fn of_subject(error: &Error) -> Problem {
    match error {
        Error::Denied(_) => problems::DENIED,
        Error::NoPerson => problems::NO_PERSON,
        Error::NoDocument => problems::NO_DOCUMENT,
        Error::Ambiguous => problems::AMBIGUOUS,
        Error::Taken(_) => problems::TAKEN,
        Error::Conflict => problems::REVISION,
        Error::State(_) => problems::STATE,
        Error::Unacceptable(Unacceptable::TooLong) => problems::BODY_TOO_LARGE,
        Error::Unacceptable(_) => problems::UNACCEPTABLE,
        Error::Limit(_) => problems::LIMIT,
        Error::Vault(vault::Error::Busy) => problems::BUSY,
        Error::Journal(_) | Error::ErasureJournal(_) => problems::JOURNAL,
        Error::Vault(_) | Error::Sealed(_) | Error::Random => problems::VAULT,
    }
}
