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

use super::config::Config;

/// No keyring is larger; each key takes some 200 bytes.
const MOST_BYTES: u64 = 1 << 20;
/// Permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;
/// The one bit that a file of root may have for another user's group.
const GROUP_READ: u32 = 0o040;

/// Why a keyring was not used. Never holds a byte of its content.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Not there, not a file, or not readable.
    #[error("cannot read keyring {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody else may read or change it.
    #[error(
        "keyring {} has mode {mode:04o}, others could read or change it; make it 0600",
        path.display()
    )]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Larger than any keyring.
    #[error("keyring {} is larger than {MOST_BYTES} bytes", path.display())]
    Size {
        /// The file.
        path: PathBuf,
    },
    /// Not a keyring.
    #[error("keyring {} is not usable", path.display())]
    Format {
        /// The file.
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
    let mut file = File::open(path).map_err(read)?;
    let metadata = file.metadata().map_err(read)?;
    if !metadata.is_file() {
        return Err(read(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")));
    }
    let mode = metadata.mode() & 0o7777;
    if !is_private(mode, metadata.uid(), own_user()) {
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

/// Whether a file is as private as it must be: nothing for anybody but its owner. A file of root may
/// be readable for a group when we are somebody else, as only that way a service can be handed a
/// secret it does not own (Kubernetes `fsGroup` does so).
fn is_private(mode: u32, owner: u32, us: Option<u32>) -> bool {
    let handed_by_root = owner == 0 && us.is_some_and(|us| us != 0);
    let allowed = if handed_by_root { GROUP_READ } else { 0 };
    mode & OTHERS & !allowed == 0
}

/// The user we run as; none where `/proc` does not tell.
fn own_user() -> Option<u32> {
    std::fs::metadata("/proc/self").ok().map(|process| process.uid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_of_root_may_be_shared_and_only_for_reading_by_a_group() {
        assert!(is_private(0o600, 1000, Some(1000)));
        assert!(is_private(0o400, 0, Some(0)));
        assert!(is_private(0o640, 0, Some(65532)));
        assert!(!is_private(0o640, 0, Some(0)));
        assert!(!is_private(0o640, 0, None));
        assert!(!is_private(0o640, 1000, Some(1000)));
        assert!(!is_private(0o660, 0, Some(65532)));
        assert!(!is_private(0o644, 0, Some(65532)));
    }
}
