//! What is kept about a person.

use std::collections::BTreeMap;

use crate::base::DocumentName;
use crate::base::Timestamp;
use crate::vault::Error;

use super::SubjectEntry;

/// A sealed document of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The sealed bytes, at most [`super::DOCUMENT_BYTES`].
    pub bytes: Vec<u8>,
    /// From when on it is not there any more. `None` for what stays: sessions and shares have an end.
    pub until: Option<Timestamp>,
}

impl Document {
    /// Says whether it is there at this time.
    pub(in crate::vault) fn is_there(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Gives the time, 8 bytes that are all ones for none, and the sealed bytes.
    pub(in crate::vault) fn encode(&self) -> Vec<u8> {
        let until = self.until.map_or(u64::MAX, |until| until.0);
        [until.to_be_bytes().as_slice(), &self.bytes].concat()
    }

    /// Reads what [`Self::encode`] gave; refuses anything else.
    pub(in crate::vault) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let broken = || Error::corrupt("a document has no time");
        let (until, bytes) = bytes.split_first_chunk().ok_or_else(broken)?;
        let until = match u64::from_be_bytes(*until) {
            u64::MAX => None,
            until => Some(Timestamp(until)),
        };
        Ok(Self { bytes: bytes.to_vec(), until })
    }
}

impl Wanted {
    /// Says whether a document of this name is asked for.
    pub(in crate::vault) fn has(&self, name: &DocumentName) -> bool {
        match self {
            Self::Entry => false,
            Self::Named(names) => names.contains(name),
            Self::All => true,
        }
    }
}

/// Which documents are read together with an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The entry, and no document.
    Entry,
    /// Those of these names, at most [`super::DOCUMENTS`]; what is not there is left out.
    Named(Vec<DocumentName>),
    /// All documents that have not expired.
    All,
}

/// A person as the vault has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The entry, or the tombstone of an erased person.
    pub entry: SubjectEntry,
    /// The records in the index of the person; what [`super::Subjects::kill`] compares.
    pub index_size: u64,
    /// The documents that were asked for and have not expired.
    pub documents: BTreeMap<DocumentName, Document>,
}

/// What a write changes; all of it or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The entry in the place of the stored one; `None` keeps that one.
    pub entry: Option<SubjectEntry>,
    /// What takes the place of each named document; `None` removes it. Others stay.
    pub documents: BTreeMap<DocumentName, Option<Document>>,
    /// The present: what expired by then no longer counts.
    pub now: Timestamp,
}
