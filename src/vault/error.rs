//! What can go wrong with a vault, as far as the caller can tell it apart.

use crate::net::NoTurn;

/// Why a vault did not answer. The texts name places and reasons, never records, keys, URLs or
/// passwords.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not reachable, starting up, or broken; may pass.
    #[error("vault unavailable: {what}")]
    Unavailable {
        /// The state or the answer that was met, without data.
        what: String,
    },
    /// No answer within the deadline; what was asked for may still happen.
    #[error("vault did not answer in time")]
    Timeout,
    /// Too many records of this caller, or of all, wait to be stored. The store may be well.
    #[error("vault busy: too much waits to be stored")]
    Busy,
    /// No room for another record.
    #[error("vault full: {what}")]
    Full {
        /// The place that has no room: disk, quota, memory.
        what: String,
    },
    /// Reads may work, writes do not.
    #[error("vault takes no writes: {what}")]
    ReadOnly {
        /// The state or the answer that was met, without data.
        what: String,
    },
    /// A person has to change a setting; does not pass by waiting.
    #[error("vault misconfigured: {problem} ({hint})")]
    Misconfigured {
        /// The setting or the state that must not be.
        problem: String,
        /// The change that an operator can make.
        hint: &'static str,
    },
    /// Somebody changed the subject since it was read, or this was done before.
    #[error("vault conflict: the subject has another revision")]
    Conflict,
    /// The subject was erased, at or after the time that the call comes from.
    #[error("vault refuses: the subject was erased")]
    Erased,
    /// More than the vault takes of one subject or in one call.
    #[error("vault limit: {what}")]
    Limit {
        /// The bound that was met.
        what: &'static str,
    },
    /// The store answered with something that cannot be.
    #[error("vault corrupt: {what}")]
    Corrupt {
        /// The state or the answer that was met, without data.
        what: String,
    },
}

impl From<NoTurn> for Error {
    fn from(_: NoTurn) -> Self {
        Self::Busy
    }
}

impl Error {
    pub(super) fn unavailable(what: impl Into<String>) -> Self {
        Self::Unavailable { what: what.into() }
    }

    pub(super) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }

    pub(super) fn misconfigured(problem: impl Into<String>, hint: &'static str) -> Self {
        Self::Misconfigured { problem: problem.into(), hint }
    }
}
