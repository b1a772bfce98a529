//! The entry by which a person exists in the vault, and how it changes.
//!
//! ```text
//! offset  bytes  what
//! 0       1      1, the layout
//! 1       4      version of the subject root that sealed the entry, unsigned, big endian
//! 5       1      state: 1 live, 2 erased
//! 6       8      revision, unsigned, big endian
//! 14      8      microseconds since 1970 when the person was entered, or erased
//! 22             the sealed key and name, opaque to the vault; of a tombstone the erasure's id
//! ```
//!
//! A backend stores 8 bytes in front of it: when the person was last erased, 0 for never. They stay
//! when the person comes back, so that what began before the erasure is still told from what came
//! after it. `redis/people/scripts` reads and writes the same bytes inside the server.

use crate::base::ClassCode;
use crate::base::StoreKey;
use crate::base::SubjectTag;
use crate::base::Timestamp;
use crate::crypto::SealedSubject;
use crate::vault::Error;

use super::erasure::Tombstone;

const LAYOUT: u8 = 1;
const HEADER_BYTES: usize = 22;

/// By what a person exists in the vault: a sealed key and name, and what the vault itself reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectEntry {
    /// The version of the subject root that sealed it.
    pub key_version: u32,
    /// Whether the person is there.
    pub state: State,
    /// How often the person was changed. The vault counts: what a caller writes here is not looked at.
    pub revision: u64,
    /// When the person was entered; of an erased one, when that was.
    pub born: Timestamp,
    /// What the vault does not read.
    pub sealed: Vec<u8>,
}

/// Whether a person is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The key and the documents are there.
    Live,
    /// All is gone; the entry is a tombstone.
    Erased,
}

/// A record that belongs to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// Where the record lies.
    pub key: StoreKey,
    /// Its class, without which it does not open.
    pub class: ClassCode,
    /// The person's tag on the record.
    pub tag: SubjectTag,
}

impl Item {
    /// Gives key, class code and tag: 16, 2 and 16 bytes. The first 18 are a member of the index.
    pub(in crate::vault) fn encode(&self) -> [u8; 34] {
        let mut bytes = [0; 34];
        let parts = [self.key.0.as_slice(), &self.class.bytes(), &self.tag.0].concat();
        bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
        bytes
    }

    /// Reads what [`Self::encode`] gave; nothing else.
    pub(in crate::vault) fn decode(bytes: &[u8]) -> Option<Self> {
        let (member, tag) = bytes.split_first_chunk()?;
        let (key, class) = Self::indexed(member)?;
        Some(Self { key, class, tag: SubjectTag(tag.try_into().ok()?) })
    }

    /// Reads a member of an index: a key and a class code.
    pub(in crate::vault) fn indexed(member: &[u8; 18]) -> Option<(StoreKey, ClassCode)> {
        let (key, class) = member.split_first_chunk()?;
        let class = ClassCode::new(std::str::from_utf8(class).ok()?)?;
        Some((StoreKey(*key), class))
    }
}

impl SubjectEntry {
    /// Gives the entry of a person who is entered at this time.
    pub fn entered(sealed: SealedSubject, born: Timestamp) -> Self {
        let SealedSubject { version, bytes } = sealed;
        Self { key_version: version, state: State::Live, revision: 1, born, sealed: bytes }
    }

    /// Gives the bytes of the layout above.
    pub(in crate::vault) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + self.sealed.len());
        bytes.push(LAYOUT);
        bytes.extend_from_slice(&self.key_version.to_be_bytes());
        bytes.push(match self.state {
            State::Live => 1,
            State::Erased => 2,
        });
        bytes.extend_from_slice(&self.revision.to_be_bytes());
        bytes.extend_from_slice(&self.born.0.to_be_bytes());
        bytes.extend_from_slice(&self.sealed);
        bytes
    }

    /// Reads the layout above; refuses anything else.
    pub(in crate::vault) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Self::parse(bytes).ok_or_else(|| Error::corrupt("a subject's entry is not in layout 1"))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[layout], rest) = bytes.split_first_chunk()?;
        let (version, rest) = rest.split_first_chunk()?;
        let (&[state], rest) = rest.split_first_chunk()?;
        let (revision, rest) = rest.split_first_chunk()?;
        let (born, sealed) = rest.split_first_chunk()?;
        let state = match state {
            1 => State::Live,
            2 => State::Erased,
            _ => return None,
        };
        (layout == LAYOUT).then(|| Self {
            key_version: u32::from_be_bytes(*version),
            state,
            revision: u64::from_be_bytes(*revision),
            born: Timestamp(u64::from_be_bytes(*born)),
            sealed: sealed.to_vec(),
        })
    }
}

/// An entry as a backend stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::vault) struct Row {
    /// When the person was last erased.
    pub(in crate::vault) erased: Option<Timestamp>,
    pub(in crate::vault) entry: SubjectEntry,
}

/// What binding to a person comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::vault) enum Bound {
    /// What is to be bound began before the person was erased.
    Stale,
    /// The person is there, or nothing is to be entered.
    Kept,
    /// The person is entered now.
    Entered(Row),
}

impl Row {
    /// Says whether what began at this time began before the last erasure, or with it.
    pub(in crate::vault) fn is_stale(&self, since: Timestamp) -> bool {
        self.erased.is_some_and(|erased| since <= erased)
    }

    /// Decides what a `bind` with this entry makes of what is stored.
    pub(in crate::vault) fn bound(
        stored: Option<&Self>,
        entry: Option<&SubjectEntry>,
        since: Timestamp,
    ) -> Bound {
        if stored.is_some_and(|row| row.is_stale(since)) {
            return Bound::Stale;
        }
        let is_live = stored.is_some_and(|row| row.entry.state == State::Live);
        match entry {
            Some(entry) if !is_live => Bound::Entered(Self::next(stored, entry)),
            Some(_) | None => Bound::Kept,
        }
    }

    /// Decides what a `write` makes of what is stored.
    pub(in crate::vault) fn written(
        stored: Option<&Self>,
        revision: u64,
        entry: Option<&SubjectEntry>,
    ) -> Result<Self, Error> {
        if stored.is_some_and(|row| row.entry.state == State::Erased) {
            return Err(Error::Erased);
        }
        if Self::revision(stored) != revision {
            return Err(Error::Conflict);
        }
        let entry = entry.or_else(|| stored.map(|row| &row.entry)).ok_or(Error::Conflict)?;
        Ok(Self::next(stored, entry))
    }

    /// Decides what a `kill` makes of what is stored; `None` when it has been done.
    pub(in crate::vault) fn killed(
        stored: Option<&Self>,
        revision: u64,
        tombstone: &Tombstone,
    ) -> Result<Option<Self>, Error> {
        let mut row = Self::next(stored, &tombstone.entry());
        row.entry.revision = revision.saturating_add(1);
        row.erased = stored.and_then(|row| row.erased).max(Some(tombstone.at));
        if stored == Some(&row) {
            return Ok(None);
        }
        if Self::revision(stored) == revision { Ok(Some(row)) } else { Err(Error::Conflict) }
    }

    /// Returns the stored revision; 0 when nothing is stored.
    pub(in crate::vault) fn revision(stored: Option<&Self>) -> u64 {
        stored.map_or(0, |row| row.entry.revision)
    }

    /// Gives the bytes of the layout above.
    pub(in crate::vault) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.erased.map_or(0, |erased| erased.0).to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.entry.encode());
        bytes
    }

    /// Reads the layout above; refuses anything else.
    pub(in crate::vault) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let broken = || Error::corrupt("a subject's entry has no time of erasure");
        let (erased, entry) = bytes.split_first_chunk().ok_or_else(broken)?;
        let erased = u64::from_be_bytes(*erased);
        let erased = (erased > 0).then_some(Timestamp(erased));
        Ok(Self { erased, entry: SubjectEntry::decode(entry)? })
    }

    fn next(stored: Option<&Self>, entry: &SubjectEntry) -> Self {
        let revision = Self::revision(stored).saturating_add(1);
        let entry = SubjectEntry { revision, ..entry.clone() };
        Self { erased: stored.and_then(|row| row.erased), entry }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live() -> SubjectEntry {
        SubjectEntry {
            key_version: 3,
            state: State::Live,
            revision: 7,
            born: Timestamp(258),
            sealed: b"abc".to_vec(),
        }
    }

    #[test]
    fn has_the_documented_bytes() {
        let row = Row { erased: Some(Timestamp(5)), entry: live() };
        let mut expected = vec![0, 0, 0, 0, 0, 0, 0, 5];
        expected.extend([1, 0, 0, 0, 3, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 1, 2]);
        expected.extend(b"abc");
        assert_eq!(row.encode(), expected);
        assert_eq!(Row::decode(&expected), Ok(row));
    }

    #[test]
    fn refuses_other_layouts_unknown_states_and_every_truncation_of_the_header() {
        let bytes = live().encode();
        for length in 0..HEADER_BYTES {
            assert!(SubjectEntry::decode(&bytes[..length]).is_err(), "{length}");
        }
        for (at, byte) in [(0, 0), (0, 2), (5, 0), (5, 3), (5, 255)] {
            let mut other = bytes.clone();
            other[at] = byte;
            assert!(SubjectEntry::decode(&other).is_err(), "{at} {byte}");
        }
    }
}
