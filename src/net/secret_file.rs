//! Who else may get at a file that holds a secret: one rule for keyring, private keys and API keys.
//!
//! A file of ours has no permission bit for anybody but its owner. One exception: a file of root may
//! be readable for its group when we are not root. Only so can a service be handed a secret that it
//! does not own (Kubernetes mounts a Secret for an `fsGroup` with mode 0440).

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;
/// Those of them that let somebody change the file.
const WRITE: u32 = 0o022;
/// The one bit that a file of root may have for another user's group.
const GROUP_READ: u32 = 0o040;

/// What people may do with a file who are neither its owner nor handed it by root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Nothing: it is as private as it must be.
    Nothing,
    /// Read it, or something harmless that it should not allow either.
    Read,
    /// Read it, and change what stands in it.
    Change,
}

/// Judges a file by its permissions, its owner, and the user we run as.
pub fn others_may(file: &Metadata) -> Others {
    judge(file.mode(), file.uid(), own_user())
}

fn judge(mode: u32, owner: u32, us: Option<u32>) -> Others {
    let handed_by_root = owner == 0 && us.is_some_and(|us| us != 0);
    let allowed = if handed_by_root { GROUP_READ } else { 0 };
    match mode & OTHERS & !allowed {
        0 => Others::Nothing,
        bits if bits & WRITE == 0 => Others::Read,
        _ => Others::Change,
    }
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
        assert_eq!(judge(0o100_600, 1000, Some(1000)), Others::Nothing);
        assert_eq!(judge(0o400, 0, Some(0)), Others::Nothing);
        assert_eq!(judge(0o440, 0, Some(65532)), Others::Nothing);
        assert_eq!(judge(0o640, 0, Some(65532)), Others::Nothing);
        assert_eq!(judge(0o640, 0, Some(0)), Others::Read);
        assert_eq!(judge(0o640, 0, None), Others::Read);
        assert_eq!(judge(0o640, 1000, Some(1000)), Others::Read);
        assert_eq!(judge(0o644, 0, Some(65532)), Others::Read);
        assert_eq!(judge(0o601, 1000, Some(1000)), Others::Read);
        assert_eq!(judge(0o660, 0, Some(65532)), Others::Change);
        assert_eq!(judge(0o602, 1000, Some(1000)), Others::Change);
    }
}
