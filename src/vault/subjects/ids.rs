//! Ids that lead to people, times at which something is due for them, and the walk over all.

use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Error;

use super::SHARDS;
use super::SubjectEntry;

/// Where an id leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The person to whom it leads.
    pub handle: SubjectHandle,
    /// From when on it leads nowhere.
    pub until: Timestamp,
    /// How often it may be taken; `None` for any number.
    pub uses: Option<u32>,
}

impl Placed {
    /// Takes one use; says whether there was one.
    pub(in crate::vault) fn take(&mut self) -> bool {
        let Some(uses) = &mut self.uses else { return true };
        let left = uses.checked_sub(1);
        *uses = left.unwrap_or(0);
        left.is_some()
    }

    /// Returns what stands for an id that is placed again: uses that were taken stay so.
    pub(in crate::vault) fn placed_over(self, stored: Option<Self>) -> Self {
        let is_same = |stored: &Self| (stored.handle, stored.until) == (self.handle, self.until);
        stored.filter(is_same).unwrap_or(self)
    }

    /// Gives handle, time and uses: 16, 8 and 8 bytes, the last all ones for any number.
    pub(in crate::vault) fn encode(&self) -> Vec<u8> {
        let uses = self.uses.map_or(u64::MAX, u64::from);
        [self.handle.0.as_slice(), &self.until.0.to_be_bytes(), &uses.to_be_bytes()].concat()
    }

    /// Reads what [`Self::encode`] gave; refuses anything else.
    pub(in crate::vault) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let parse = || {
            let (handle, rest) = bytes.split_first_chunk()?;
            let (until, uses) = rest.split_first_chunk()?;
            let uses = match u64::from_be_bytes(uses.try_into().ok()?) {
                u64::MAX => None,
                uses => Some(u32::try_from(uses).ok()?),
            };
            let until = Timestamp(u64::from_be_bytes(*until));
            Some(Self { handle: SubjectHandle(*handle), until, uses })
        };
        parse().ok_or_else(|| Error::corrupt("an id leads to what is no place"))
    }
}

/// A person for whom something is due, leased to whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// For whom something is due.
    pub handle: SubjectHandle,
    /// When it was due. After a lease that ran out, the end of that lease.
    pub at: Timestamp,
}

/// Some of all people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// The people, erased ones as well, each with the entry.
    pub people: Vec<(SubjectHandle, SubjectEntry)>,
    /// Where the next call goes on; `None` at the end.
    pub next: Option<ScanPlace>,
}

/// A place in the walk over all people. Means nothing to another backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanPlace(pub(in crate::vault) u128);

/// Returns the shard of the due times that a person is in, below [`SHARDS`].
pub fn shard_of(handle: SubjectHandle) -> u8 {
    let [first, ..] = handle.0;
    first % SHARDS
}
