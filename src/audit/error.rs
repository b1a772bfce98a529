//! Why an event is not on record, or the journal does not open.

use std::io;
use std::path::PathBuf;

use crate::audit::fault::Fault;
use crate::audit::fault::Reason;

/// Why an event is not on record, or the journal does not open.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configured origin cannot name a key.
    #[error("audit origin `{0}` is empty, or has a space or a plus sign")]
    Origin(String),
    /// Another process writes this journal.
    #[error("audit journal {} is in use by another process: stop the gateway first", .0.display())]
    Locked(PathBuf),
    /// The folder cannot be made, read or written.
    #[error("audit journal {}", .0.display())]
    Unusable(PathBuf, #[source] io::Error),
    /// What is there is not what was signed. Nothing is written to it.
    #[error(
        "audit journal {} is damaged: {fault}; {}, or move the folder away as evidence and run `cloakroom \
         audit accept --reason WHY`, which begins a new journal",
        folder.display(), remedy(fault)
    )]
    Damaged {
        /// The journal's folder, which is left as it is.
        folder: PathBuf,
        /// The first thing that is wrong.
        fault: Fault,
    },
    /// The thread that writes could not be started.
    #[error("audit writer does not start")]
    Thread(#[source] io::Error),
    /// The event could not be made durable.
    #[error("audit event is not durable: {0}")]
    NotDurable(io::ErrorKind),
    /// Events that were on record are missing: nothing is revealed until somebody accepts that.
    #[error("audit journal is not the one that was signed before")]
    Discontinued,
    /// Too many events wait already.
    #[error("audit queue is full")]
    Full,
    /// The journal is closed.
    #[error("audit journal is closed")]
    Closed,
}

impl Error {
    /// Returns the word in metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotDurable(io::ErrorKind::TimedOut) => "timeout",
            Self::NotDurable(_) => "not_durable",
            Self::Discontinued => "discontinued",
            Self::Full => "full",
            Self::Closed => "closed",
            Self::Origin(_)
            | Self::Locked(_)
            | Self::Unusable(..)
            | Self::Damaged { .. }
            | Self::Thread(_) => "not_open",
        }
    }
}

fn remedy(fault: &Fault) -> &'static str {
    if matches!(fault.reason, Reason::CheckpointSignature | Reason::CheckpointForm) {
        "use the keyring and the `audit.origin` that it was begun with"
    } else {
        "put the file back from a copy"
    }
}
