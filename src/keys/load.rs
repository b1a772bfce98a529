//! Reading the keyring.

use std::fs::File;
use std::io;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use crate::base::Sensitive;
use crate::crypto::Keyring;
use crate::crypto::KeyringError;
use crate::net::Others;
use crate::net::others_may;

use super::config::Config;

/// No keyring is larger; each key takes some 200 bytes.
const MOST_BYTES: u64 = 1 << 20;

/// Why a keyring was not used. Never holds a byte of its content.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Nothing has this name.
    #[error("there is no keyring {}: `cloakroom keys init` makes one", path.display())]
    Absent {
        /// The keyring file that was to be read.
        path: PathBuf,
    },
    /// Not a file, or not readable.
    #[error("cannot read keyring {}", path.display())]
    Read {
        /// The keyring file that was to be read.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody else may read or change it.
    #[error(
        "keyring {0} has mode {mode:04o}, others could read or change it: `chmod 600 {0}`",
        path.display()
    )]
    Permissions {
        /// The keyring file that was to be read.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Larger than any keyring.
    #[error("keyring {} is larger than {MOST_BYTES} bytes", path.display())]
    Size {
        /// The keyring file that was to be read.
        path: PathBuf,
    },
    /// The file is read, but is no keyring.
    #[error("keyring {} is not usable", path.display())]
    Format {
        /// The keyring file that was to be read.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyringError,
    },
}

/// Gives the keyring of a configuration; refuses one that is not private or not well formed.
pub fn load(config: &Config) -> Result<Keyring, LoadError> {
    match config {
        Config::File(path) => load_file(path),
    }
}

fn load_file(path: &Path) -> Result<Keyring, LoadError> {
    let read = |source| LoadError::Read { path: path.to_owned(), source };
    // All questions go to the open file: the name may point elsewhere a moment later.
    let mut file = File::open(path).map_err(|error| {
        let is_absent = error.kind() == io::ErrorKind::NotFound;
        if is_absent { LoadError::Absent { path: path.to_owned() } } else { read(error) }
    })?;
    let metadata = file.metadata().map_err(read)?;
    if !metadata.is_file() {
        return Err(read(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")));
    }
    if others_may(&metadata) != Others::Nothing {
        let mode = metadata.mode() & 0o7777;
        return Err(LoadError::Permissions { path: path.to_owned(), mode });
    }
    if metadata.len() > MOST_BYTES {
        return Err(LoadError::Size { path: path.to_owned() });
    }

    // Room for the whole file at once: growing would leave keys behind in freed memory.
    let room = usize::try_from(metadata.len()).unwrap_or(0) + 1;
    let mut text = Sensitive::new(String::with_capacity(room));
    (&mut file).take(MOST_BYTES).read_to_string(text.expose_mut()).map_err(read)?;
    Keyring::parse(text.expose())
        .map_err(|source| LoadError::Format { path: path.to_owned(), source })
}
