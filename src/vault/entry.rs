//! What is stored under a key, and its bytes.
//!
//! ```text
//! offset  bytes  what
//! 0       4      length n of the record, unsigned, big endian
//! 4       n      the sealed record, opaque to the vault
//! 4 + n   16·k   k subject tags in the order they came, no two equal
//! ```
//!
//! The length stands in front so that a tag is added by appending, without reading the record's
//! own format; `redis/scripts.rs` does so inside the server.

use std::sync::Arc;

use crate::base::ClassCode;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::base::SubjectTag;
use crate::base::Timestamp;

use super::Error;
use super::subjects::Item;
use super::subjects::SubjectEntry;

/// The version of all layouts of a vault, the value of the registry name `.format`. Since 2 the index of
/// a subject has the class of each record.
pub(super) const FORMAT: &[u8] = b"2";

/// One record to be stored.
#[derive(Debug, Clone)]
pub struct Put {
    /// The key under which it is stored.
    pub key: StoreKey,
    /// The sealed record.
    pub record: Vec<u8>,
    /// The subject to whom it belongs, known or not.
    pub subject: Binding,
}

/// The subject a record belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The subject in the index. `None` for the pseudo-subject of records whose subject is not
    /// known: its index would list every such record and serve nothing.
    pub owner: Option<Owner>,
    /// The proof kept with the record.
    pub tag: SubjectTag,
}

/// A known subject to whom a record is bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The subject, as the index knows it.
    pub handle: SubjectHandle,
    /// The class of the record.
    pub class: ClassCode,
    /// When the exchange began that the record comes from.
    pub since: Timestamp,
    /// By what the subject is entered if nobody is there; `None` enters nobody.
    pub entry: Option<Arc<SubjectEntry>>,
}

/// What is stored under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The sealed record of the first put.
    pub record: Vec<u8>,
    /// The tags of all puts, each once, in the order they came.
    pub tags: Vec<SubjectTag>,
}

/// What a put left under its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What is stored now.
    pub entry: Entry,
    /// Whether the put made it: nothing was stored there before. A put that is repeated because the
    /// way to the store broke finds what its first try made, and then this is false.
    pub created: bool,
}

impl Put {
    /// Returns the owner, and the record as one of theirs.
    pub(super) fn owned(&self) -> Option<(&Owner, Item)> {
        let owner = self.subject.owner.as_ref()?;
        Some((owner, Item { key: self.key, class: owner.class, tag: self.subject.tag }))
    }
}

impl Entry {
    /// Gives the entry of a first put.
    pub(super) fn first(put: &Put) -> Self {
        Self { record: put.record.clone(), tags: vec![put.subject.tag] }
    }

    /// Adds a tag; says whether it was new.
    pub(super) fn bind(&mut self, tag: SubjectTag) -> bool {
        let new = !self.tags.contains(&tag);
        if new {
            self.tags.push(tag);
        }
        new
    }

    /// Takes a tag away; says whether it was there.
    pub(super) fn release(&mut self, tag: SubjectTag) -> bool {
        let before = self.tags.len();
        self.tags.retain(|known| *known != tag);
        self.tags.len() < before
    }

    /// Writes the layout above.
    pub(super) fn encode(&self) -> Vec<u8> {
        // A record is bounded by `Limits::value_bytes`. Were it ever over 4 GiB, the length would
        // not fit the bytes that follow, and `decode` refuses it.
        let length = u32::try_from(self.record.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(4 + self.record.len() + 16 * self.tags.len());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&self.record);
        for tag in &self.tags {
            bytes.extend_from_slice(&tag.0);
        }
        bytes
    }

    /// Reads the layout above; refuses anything else.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let broken = || Error::corrupt("an entry is not in layout 1");
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(broken)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| broken())?;
        let (record, tags) = rest.split_at_checked(length).ok_or_else(broken)?;
        let (tags, left_over) = tags.as_chunks::<16>();
        if !left_over.is_empty() {
            return Err(broken());
        }
        Ok(Self { record: record.to_vec(), tags: tags.iter().copied().map(SubjectTag).collect() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn has_the_documented_bytes() {
        let entry = Entry { record: b"abc".to_vec(), tags: vec![SubjectTag([7; 16])] };
        let mut expected = vec![0, 0, 0, 3, b'a', b'b', b'c'];
        expected.extend([7; 16]);
        assert_eq!(entry.encode(), expected);
    }

    #[test]
    fn refuses_every_truncation_that_cuts_a_part() {
        let entry = Entry { record: vec![1; 20], tags: vec![SubjectTag([2; 16])] };
        let bytes = entry.encode();
        for length in 0..bytes.len() {
            let whole_without_tag = length == 24;
            assert_eq!(Entry::decode(&bytes[..length]).is_ok(), whole_without_tag, "{length}");
        }
    }

    proptest! {
        #[test]
        fn decode_undoes_encode(record: Vec<u8>, tags: Vec<[u8; 16]>) {
            let entry = Entry { record, tags: tags.into_iter().map(SubjectTag).collect() };
            prop_assert_eq!(Entry::decode(&entry.encode()), Ok(entry));
        }

        #[test]
        fn what_decodes_encodes_to_the_same_bytes(bytes: Vec<u8>) {
            if let Ok(entry) = Entry::decode(&bytes) {
                prop_assert_eq!(entry.encode(), bytes);
            }
        }
    }
}
