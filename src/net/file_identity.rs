//! Which file an open file is: its name may come to mean another one, or none, while it is written.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// A file on this machine, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileIdentity {
    device: u64,
    inode: u64,
}

impl From<&Metadata> for FileIdentity {
    fn from(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}
