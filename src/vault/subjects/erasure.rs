//! What an erasure leaves, and what it works off.

use uuid::Uuid;

use crate::base::OpaqueId;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Error;

use super::Item;
use super::Member;
use super::State;
use super::SubjectEntry;

/// What takes the place of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tombstone {
    /// When the person was erased. What began before, or at this time, is refused.
    pub at: Timestamp,
    /// Which erasure it was.
    pub erasure: Uuid,
}

/// Something that an erasure has to do once nothing of the person opens any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// Take the person's tag from a record, and the record with its last tag.
    Record(Item),
    /// Release a value, however the person has it.
    Value(StoreKey),
    /// Withdraw an id that leads to the person.
    Id(OpaqueId),
}

/// Which time an erasure does its work. Twice, so that puts under way at the first time are found at the
/// second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// The work stays on the worklist.
    First,
    /// What is done goes from the worklist. One vault deadline after the kill, at the earliest.
    Last,
}

/// A line of the erasure journal, by which a restored backup forgets again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Which erasure the line is of.
    pub id: Uuid,
    /// The person who is erased.
    pub handle: SubjectHandle,
    /// When it was decided.
    pub at: Timestamp,
    /// Why, opaque to the vault; at most [`super::CAUSE_BYTES`].
    pub cause: Vec<u8>,
}

/// A place in the erasure journal. Means nothing to another backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct JournalPlace(pub(in crate::vault) u128);

impl Tombstone {
    pub(in crate::vault) fn entry(&self) -> SubjectEntry {
        SubjectEntry {
            key_version: 0,
            state: State::Erased,
            revision: 0,
            born: self.at,
            sealed: self.erasure.as_bytes().to_vec(),
        }
    }
}

impl Work {
    /// Gives the bytes on a worklist: `r`, key, class code and tag; `v` or `i` and 16 bytes.
    pub(in crate::vault) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Record(item) => [b"r".as_slice(), &item.encode()].concat(),
            Self::Value(value) => [b"v".as_slice(), &value.0].concat(),
            Self::Id(id) => [b"i".as_slice(), &id.0].concat(),
        }
    }

    /// Reads what [`Self::encode`] gave; refuses anything else.
    pub(in crate::vault) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let id = |rest: &[u8]| <[u8; 16]>::try_from(rest).ok();
        let work = match bytes.split_first() {
            Some((b'r', rest)) => Item::decode(rest).map(Self::Record),
            Some((b'v', rest)) => id(rest).map(|value| Self::Value(StoreKey(value))),
            Some((b'i', rest)) => id(rest).map(|id| Self::Id(OpaqueId(id))),
            Some(_) | None => None,
        };
        work.ok_or_else(|| Error::corrupt("a worklist holds what is no work"))
    }
}

impl Erasure {
    /// Gives the bytes of a line: id, handle, time, cause.
    pub(in crate::vault) fn encode(&self) -> Vec<u8> {
        let head = [self.id.as_bytes().as_slice(), &self.handle.0, &self.at.0.to_be_bytes()];
        [head.concat(), self.cause.clone()].concat()
    }

    /// Reads what [`Self::encode`] gave; refuses anything else.
    pub(in crate::vault) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let parse = || {
            let (id, rest) = bytes.split_first_chunk()?;
            let (handle, rest) = rest.split_first_chunk()?;
            let (at, cause) = rest.split_first_chunk()?;
            Some(Self {
                id: Uuid::from_bytes(*id),
                handle: SubjectHandle(*handle),
                at: Timestamp(u64::from_be_bytes(*at)),
                cause: cause.to_vec(),
            })
        };
        parse().ok_or_else(|| Error::corrupt("a line of the erasure journal is too short"))
    }
}

/// Returns the members of a value that are this person, in both ways.
pub(in crate::vault) fn both(handle: SubjectHandle) -> [Member; 2] {
    [Member::Unique(handle), Member::Record(handle)]
}
