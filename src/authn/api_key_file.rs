//! The file of API keys, as `cloakroom keys api` changes it.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use super::api_key;
use super::api_key::ApiKeys;
use super::api_key::Record;
use crate::base::Diagnostic;
use crate::base::Sensitive;
use crate::base::Timestamp;

const HEADING: &str =
    "# API keys of cloakroom: hashes, no keys. `cloakroom keys api` rewrites this file.\n";

/// Why the file was not changed. Never holds a part of a key.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Reading or writing it went wrong.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file that was to be read.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Somebody else is changing it at this moment.
    #[error("{} is being changed by another command", path.display())]
    Busy {
        /// The file that was to be read.
        path: PathBuf,
    },
    /// It is not a list of keys.
    #[error("{} mistakes in the file", .0.len())]
    Content(Vec<Diagnostic>),
    /// There is a key of this name.
    #[error("there is a key with this name; remove it first, or take another name")]
    NameTaken,
    /// There is no key of this name.
    #[error("there is no key with this name")]
    NameUnknown,
    /// Not a possible name.
    #[error("a name is 1 to 64 characters of `A-Z a-z 0-9 . _ -`")]
    Name,
    /// Not a possible group.
    #[error("a group is 1 to 256 characters without control characters")]
    Group,
    /// The time of expiry cannot be written.
    #[error("the time of expiry is out of range")]
    Expiry,
    /// The system has no randomness.
    #[error("no randomness")]
    Random,
}

/// A key that was just made. Its text is shown once and kept nowhere.
#[derive(Debug)]
pub struct Added {
    /// The text of the key, to be shown once.
    pub text: Sensitive<String>,
    /// The part of it that names it, and may be shown.
    pub id: String,
}

/// A key in the file, as far as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Listed {
    /// Name of the service that uses the key.
    pub name: String,
    /// The groups it is in.
    pub groups: Vec<String>,
    /// The part of the key that names it.
    pub id: String,
    /// When the key was made.
    pub created: String,
    /// From when on it is refused.
    pub expires: Option<String>,
}

/// The file of API keys at one path.
#[derive(Debug, Clone)]
pub struct ApiKeyFile(PathBuf);

impl ApiKeyFile {
    /// Gives the file at this path; it need not exist yet.
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Returns where the file is, or will be.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes a key and writes it down. Refuses a name that is taken.
    pub fn add(
        &self,
        name: &str,
        groups: &[String],
        lifetime: Option<Duration>,
        now: Timestamp,
    ) -> Result<Added, FileError> {
        if !api_key::is_name(name) {
            return Err(FileError::Name);
        }
        if !groups.iter().all(|group| api_key::is_group(group)) {
            return Err(FileError::Group);
        }
        let created = written(Some(now.seconds()))?;
        let expires = match lifetime {
            None => None,
            Some(lifetime) => Some(written(now.seconds().checked_add(lifetime.as_secs()))?),
        };
        let _lock = self.lock()?;
        let mut records = self.records()?;
        if records.iter().any(|record| record.name == name) {
            return Err(FileError::NameTaken);
        }
        let key = api_key::generate().ok_or(FileError::Random)?;
        let (name, groups) = (name.to_owned(), groups.to_vec());
        let id = key.id.clone();
        records.push(Record { name, groups, id, hash: key.hash, created, expires });
        self.write(&records)?;
        Ok(Added { text: key.text, id: key.id })
    }

    /// Gives the keys in the order of the file.
    pub fn list(&self) -> Result<Vec<Listed>, FileError> {
        let shown = |record: Record| Listed {
            name: record.name,
            groups: record.groups,
            id: record.id,
            created: record.created,
            expires: record.expires,
        };
        Ok(self.records()?.into_iter().map(shown).collect())
    }

    /// Takes a key out. Refuses a name that is not there.
    pub fn remove(&self, name: &str) -> Result<(), FileError> {
        let _lock = self.lock()?;
        let mut records = self.records()?;
        let before = records.len();
        records.retain(|record| record.name != name);
        if records.len() == before {
            return Err(FileError::NameUnknown);
        }
        self.write(&records)
    }

    fn records(&self) -> Result<Vec<Record>, FileError> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(self.io(source)),
        };
        let name = self.0.display().to_string();
        ApiKeys::parse(&name, &text).map_err(FileError::Content)?;
        let records = api_key::records(&name, &text).map_err(FileError::Content)?;
        Ok(records.into_iter().map(|record| record.value).collect())
    }

    /// Keeps other commands away until the result is dropped. The lock is on the folder, because the
    /// file is replaced and a lock on it would stay with the old one.
    fn lock(&self) -> Result<File, FileError> {
        let folder = File::open(self.folder()).map_err(|source| self.io(source))?;
        match folder.try_lock() {
            Ok(()) => Ok(folder),
            Err(fs::TryLockError::WouldBlock) => Err(FileError::Busy { path: self.0.clone() }),
            Err(fs::TryLockError::Error(source)) => Err(self.io(source)),
        }
    }

    fn folder(&self) -> &Path {
        match self.0.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        }
    }

    /// Replaces the file whole: a reader sees the old one or the new one, also after a power cut.
    fn write(&self, records: &[Record]) -> Result<(), FileError> {
        let list = serde_saphyr::to_string(&records)
            .map_err(|error| self.io(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        let mut new = self.0.clone().into_os_string();
        new.push(".new");
        let new = PathBuf::from(new);
        self.replace(&new, &format!("{HEADING}{list}")).map_err(|source| {
            // What is left of a failed attempt is of no use; the first error is what matters.
            fs::remove_file(&new).unwrap_or_default();
            self.io(source)
        })
    }

    fn replace(&self, new: &Path, text: &str) -> io::Result<()> {
        match fs::remove_file(new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => (),
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(new, &self.0)?;
        File::open(self.folder())?.sync_all()
    }

    fn io(&self, source: io::Error) -> FileError {
        FileError::Io { path: self.0.clone(), source }
    }
}

fn written(seconds: Option<u64>) -> Result<String, FileError> {
    let seconds = seconds.and_then(|seconds| i64::try_from(seconds).ok());
    let moment = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    Ok(moment.ok_or(FileError::Expiry)?.to_string())
}
