//! What redb and the file system report, as vault errors.

#![expect(clippy::wildcard_enum_match_arm, reason = "errors of redb and std, which grow")]

use std::io;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::Path;

use crate::vault::Error;

/// Why a change was not made.
pub(super) enum Failure {
    /// The database failed: nothing of the transaction may be flushed.
    Database(Error),
    /// The change is refused and has left nothing half done; others in the transaction go on.
    Refused(Error),
}

/// What a change comes to.
pub(super) type Outcome<T> = Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<redb::StorageError> for Failure {
    fn from(error: redb::StorageError) -> Self {
        Self::Database(of_store(error))
    }
}

impl From<redb::TableError> for Failure {
    fn from(error: redb::TableError) -> Self {
        Self::Database(of_store(error))
    }
}

impl From<redb::TransactionError> for Failure {
    fn from(error: redb::TransactionError) -> Self {
        Self::Database(of_store(error))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Database(error) | Failure::Refused(error) => error,
        }
    }
}

/// Runs work on the database; a panic of it becomes an error.
///
/// redb checks what it reads, but documents that a file altered behind its back may make it panic.
/// That must not take the thread down, nor pass for an answer.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::corrupt("the database file contradicts itself")))
}

/// An error of redb in the middle of work.
pub(super) fn of_store(error: impl Into<redb::Error>) -> Error {
    match error.into() {
        redb::Error::Io(error) => of_io(&error),
        redb::Error::Corrupted(_)
        | redb::Error::TableTypeMismatch { .. }
        | redb::Error::TypeDefinitionChanged { .. }
        | redb::Error::TableIsMultimap(_)
        | redb::Error::TableDoesNotExist(_) => Error::corrupt("the database file is damaged"),
        redb::Error::PreviousIo => Error::unavailable("an earlier write to the database failed"),
        redb::Error::DatabaseClosed => Error::unavailable("the database is closed"),
        other => Error::unavailable(format!("database: {other}")),
    }
}

/// An error of redb while it opens the file.
pub(super) fn of_opening(path: &Path, error: redb::DatabaseError) -> Error {
    match error {
        redb::DatabaseError::DatabaseAlreadyOpen => Error::misconfigured(
            format!("another process has {} open", path.display()),
            "an embedded vault serves one gateway; give each its own folder, or use redis for many",
        ),
        redb::DatabaseError::UpgradeRequired(version) => Error::misconfigured(
            format!("{} has database format {version}", path.display()),
            "it was written by another version of cloakroom; use that one",
        ),
        redb::DatabaseError::RepairAborted => Error::corrupt("the repair was stopped"),
        other => of_store(other),
    }
}

/// An error of the file system while we prepare folder and file.
pub(super) fn of_path(path: &Path, error: &io::Error) -> Error {
    let seen = of_io(error);
    if error.kind() == io::ErrorKind::StorageFull {
        return seen;
    }
    Error::misconfigured(
        format!("{}: {error}", path.display()),
        "the folder must be one that the gateway's user may create and write",
    )
}

fn of_io(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            Error::Full { what: error.kind().to_string() }
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            Error::ReadOnly { what: error.kind().to_string() }
        }
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            Error::corrupt("the file is not a vault")
        }
        kind => Error::unavailable(format!("disk: {kind}")),
    }
}
