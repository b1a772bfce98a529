//! The place of the open database file. An open file outlives its name: what is written to one that
//! somebody removed is gone when the gateway ends, and its tokens are at the application by then.

use std::fs;
use std::fs::File;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use crate::net::FileIdentity;
use crate::vault::Error;

const HINT: &str =
    "put the file back as it was, or stop the gateway and restore the vault from a backup";

/// Where a database file was opened, which file that was, and how long it must be.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    pub(super) identity: FileIdentity,
    /// Length after the last transaction; 0 while one may change it.
    bytes: AtomicU64,
}

impl Place {
    /// Remembers the file that was just opened there.
    pub(super) fn of(path: &Path, file: &File) -> io::Result<Self> {
        let identity = FileIdentity::from(&file.metadata()?);
        Ok(Self { path: path.to_owned(), identity, bytes: AtomicU64::new(0) })
    }

    /// Refuses when another file stands there now, or none, or when the file is shorter than the last
    /// transaction left it. One call of `stat`.
    pub(super) fn check(&self) -> Result<(), Error> {
        let before = self.bytes.load(Ordering::SeqCst);
        let length = self.length()?;
        // When a transaction has begun meanwhile, it may be what made the file shorter.
        if length < before && self.bytes.load(Ordering::SeqCst) == before {
            let problem = format!("{} was cut short while the gateway ran", self.path.display());
            return Err(Error::misconfigured(problem, HINT));
        }
        Ok(())
    }

    /// Says that the length may change until [`Self::settle`].
    pub(super) fn unsettle(&self) {
        self.bytes.store(0, Ordering::SeqCst);
    }

    /// Remembers the length after a transaction. Refuses as [`Self::check`] does.
    pub(super) fn settle(&self) -> Result<(), Error> {
        self.bytes.store(self.length()?, Ordering::SeqCst);
        Ok(())
    }

    fn length(&self) -> Result<u64, Error> {
        let found = fs::metadata(&self.path).ok();
        let ours = found.filter(|found| FileIdentity::from(found) == self.identity);
        ours.map(|ours| ours.len()).ok_or_else(|| moved(&self.path))
    }
}

/// Says that the file at this path is not the one that was open.
pub(super) fn moved(path: &Path) -> Error {
    let path = path.display();
    let problem = format!("{path} was moved, removed or replaced while the gateway ran");
    Error::misconfigured(problem, HINT)
}
