//! How much the vault takes of one person and in one call. What is over is refused before anything is
//! changed, by an error that names the bound.

use crate::base::Timestamp;
use crate::vault::Error;

use super::Changes;
use super::Erasure;
use super::Item;
use super::Placed;
use super::State;
use super::SubjectEntry;
use super::Wanted;
use super::Work;

/// Records of one `bind`; work of one `plan` or `unbind`, or in one answer of `worklist`.
pub const ITEMS: usize = 4096;
/// Bytes of a sealed document: 64 KiB, and 1 KiB for header, seal and padding.
pub const DOCUMENT_BYTES: usize = 65 * 1024;
/// Documents of one person, with those that expire.
pub const DOCUMENTS: usize = 256;
/// Bytes of what is sealed in an entry.
pub const ENTRY_BYTES: usize = 1024;
/// Members of one value.
pub const MEMBERS: usize = 1024;
/// Bytes of the cause in a line of the erasure journal.
pub const CAUSE_BYTES: usize = 256;
/// People in one answer of `due`.
pub const DUE_AT_ONCE: usize = 256;
/// About how many people, or lines of the erasure journal, are in one answer.
pub const SCANNED_AT_ONCE: usize = 256;
/// Shards of the due times.
pub const SHARDS: u8 = 64;
/// The latest time that may be given, in the year 2255: beyond it Redis counts no single microseconds.
pub const LATEST: Timestamp = Timestamp((1 << 53) - 1);

pub(in crate::vault) fn checked_items(items: &[Item]) -> Result<(), Error> {
    within(items.len(), ITEMS, "more than 4096 records in one call")
}

pub(in crate::vault) fn checked_work(work: &[Work]) -> Result<(), Error> {
    within(work.len(), ITEMS, "more than 4096 pieces of work in one call")
}

pub(in crate::vault) fn checked_time(at: Timestamp) -> Result<(), Error> {
    if at <= LATEST { Ok(()) } else { Err(Error::Limit { what: "a time after the year 2255" }) }
}

/// Refuses what is no live entry within its bound.
pub(in crate::vault) fn checked_entry(entry: &SubjectEntry) -> Result<(), Error> {
    if entry.state != State::Live {
        return Err(Error::Limit { what: "a tombstone where a live entry belongs" });
    }
    checked_time(entry.born)?;
    within(entry.sealed.len(), ENTRY_BYTES, "more than 1024 bytes in a subject's entry")
}

pub(in crate::vault) fn checked_placed(placed: &Placed, now: Timestamp) -> Result<(), Error> {
    checked_time(placed.until).and(checked_time(now))
}

pub(in crate::vault) fn checked_changes(changes: &Changes) -> Result<(), Error> {
    changes.entry.as_ref().map_or(Ok(()), checked_entry)?;
    checked_time(changes.now)?;
    within(changes.documents.len(), DOCUMENTS, "more than 256 documents in one write")?;
    changes.documents.values().flatten().try_for_each(|document| {
        document.until.map_or(Ok(()), checked_time)?;
        within(document.bytes.len(), DOCUMENT_BYTES, "more than 66560 bytes in a document")
    })
}

pub(in crate::vault) fn checked_wanted(wanted: &Wanted) -> Result<(), Error> {
    match wanted {
        Wanted::Entry | Wanted::All => Ok(()),
        Wanted::Named(names) => {
            within(names.len(), DOCUMENTS, "more than 256 documents in one read")
        }
    }
}

pub(in crate::vault) fn checked_erasure(erasure: &Erasure) -> Result<(), Error> {
    checked_time(erasure.at)?;
    within(erasure.cause.len(), CAUSE_BYTES, "more than 256 bytes in the cause of an erasure")
}

pub(in crate::vault) fn too_many_documents() -> Error {
    Error::Limit { what: "more than 256 documents of one subject" }
}

pub(in crate::vault) fn too_many_members() -> Error {
    Error::Limit { what: "more than 1024 members of one value" }
}

fn within(count: usize, most: usize, what: &'static str) -> Result<(), Error> {
    if count <= most { Ok(()) } else { Err(Error::Limit { what }) }
}
