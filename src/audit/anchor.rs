//! Whether a journal is the one that was signed before, by a checkpoint that was kept elsewhere.

use std::fs;
use std::io;
use std::path::Path;

use memchr::memmem;

use crate::audit::folder::Folder;
use crate::audit::folder::absent;
use crate::audit::folder::history;
use crate::crypto::note::Checkpoint;
use crate::crypto::note::Verifier;

/// Why a journal is not the continuation of what was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Discontinued {
    /// The checkpoint is not of this journal's name and key.
    #[error("the last checkpoint was signed in another journal's name, or by another key")]
    Foreign,
    /// Events that were on record are missing.
    #[error("the last checkpoint covers {signed} events, and this journal does not contain it")]
    Older {
        /// Events that were signed.
        signed: u64,
    },
    /// The journal's checkpoints cannot be read.
    #[error("its checkpoints cannot be read: {0}")]
    Unreadable(io::ErrorKind),
}

/// Checks that the journal in a folder contains a checkpoint of its own that was kept elsewhere, as
/// the last one that was anchored. A folder that is not there contains none.
///
/// The checkpoint is looked for where it was written, in the history of its segment; whether lines and
/// tiles are those that it signs is for [`crate::audit::verify()`], and for whoever opens the journal.
pub fn continues(path: &Path, public_key: &str, note: &[u8]) -> Result<(), Discontinued> {
    let verifier = Verifier::parse(public_key).map_err(|_| Discontinued::Foreign)?;
    let text = str::from_utf8(note).map_err(|_| Discontinued::Foreign)?;
    let signed = Checkpoint::open(text, &verifier).map_err(|_| Discontinued::Foreign)?.size;
    let unreadable = |error: io::Error| Discontinued::Unreadable(error.kind());
    let folder = Folder::at(path);
    let segments = absent(folder.segments()).map_err(unreadable)?.unwrap_or_default();
    let Some(&first) = segments.iter().rev().find(|&&first| first < signed) else {
        return Err(Discontinued::Older { signed });
    };
    let kept = absent(fs::read(folder.path(&history(first)))).map_err(unreadable)?;
    match kept {
        Some(kept) if memmem::find(&kept, note).is_some() => Ok(()),
        Some(_) | None => Err(Discontinued::Older { signed }),
    }
}
