//! Making a keyring.

use std::fs;
use std::fs::DirBuilder;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use aws_lc_rs::rand;
use data_encoding::HEXLOWER;

use crate::base::Clock;
use crate::base::Sensitive;
use crate::base::SystemClock;
use crate::crypto::Keyring;

/// Why no keyring was made.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// There is one already, or something else of that name.
    #[error("{} exists; a keyring is never overwritten, because its tokens could not be resolved any more", path.display())]
    Exists {
        /// The keyring file that was to be made.
        path: PathBuf,
    },
    /// The folder or the file could not be written.
    #[error("cannot write keyring {}", path.display())]
    Write {
        /// The keyring file that was to be made.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system gave no random bytes.
    #[error("the system's random source failed")]
    Random,
}

/// Makes a keyring file that only its owner can read, and gives the keyring's fingerprint. Makes
/// missing folders; refuses to overwrite. When it returns, the file is on disk.
pub fn init(path: &Path) -> Result<String, InitError> {
    let keyring = random_keyring()?;
    if path.symlink_metadata().is_ok() {
        return Err(InitError::Exists { path: path.to_owned() });
    }
    write_new(path, &keyring.to_json())?;
    Ok(keyring.fingerprint())
}

fn random_keyring() -> Result<Keyring, InitError> {
    let mut failed = false;
    let keyring = Keyring::generate(&mut |bytes| failed |= rand::fill(bytes).is_err());
    if failed { Err(InitError::Random) } else { Ok(keyring.dated(SystemClock.now())) }
}

/// Writes a file that did not exist, whole or not at all: under another name first, to disk, then
/// linked to its name. Unlike a rename, a link never replaces what another process made meanwhile.
fn write_new(path: &Path, text: &Sensitive<String>) -> Result<(), InitError> {
    let failed = |source| InitError::Write { path: path.to_owned(), source };
    let (folder, temporary) = places(path).map_err(failed)?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;

    let written = write_synced(&temporary, text).map_err(failed);
    let linked = written.and_then(|()| {
        fs::hard_link(&temporary, path).map_err(|error| {
            let exists = error.kind() == io::ErrorKind::AlreadyExists;
            if exists { InitError::Exists { path: path.to_owned() } } else { failed(error) }
        })
    });
    let removed = fs::remove_file(&temporary).map_err(failed);
    linked.and(removed)?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

/// The folder of a file, and a name in it that nobody else has.
fn places(path: &Path) -> io::Result<(&Path, PathBuf)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    let mut suffix = [0; 8];
    rand::fill(&mut suffix).map_err(io::Error::other)?;
    let temporary = folder.join(format!(".{name}.{}", HEXLOWER.encode(&suffix)));
    Ok((folder, temporary))
}

fn write_synced(path: &Path, text: &Sensitive<String>) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.expose().as_bytes())?;
    file.sync_all()
}
