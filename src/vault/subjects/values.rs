//! Who has a value.

use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Error;

use super::MEMBERS;
use super::bounds::too_many_members;

const PACKED_BYTES: usize = 25;

/// What a person has of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// The value identifies the person in a profile: nobody else has it so.
    Unique(SubjectHandle),
    /// The value stands in a record of the person; others may have it, too.
    Record(SubjectHandle),
}

/// A member of a value, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// Who has the value, and how.
    pub member: Member,
    /// When it was last claimed.
    pub since: Timestamp,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The member has the value now, or had it before.
    Granted,
    /// Somebody else has the value as unique.
    Held(Holder),
}

impl Member {
    /// Returns whose it is.
    pub fn handle(self) -> SubjectHandle {
        match self {
            Self::Unique(handle) | Self::Record(handle) => handle,
        }
    }

    /// Gives the kind, `u` or `r`, and the handle.
    pub(in crate::vault) fn packed(self) -> [u8; 17] {
        let mut bytes = [match self {
            Self::Unique(_) => b'u',
            Self::Record(_) => b'r',
        }; 17];
        if let Some((_, handle)) = bytes.split_first_mut() {
            handle.copy_from_slice(&self.handle().0);
        }
        bytes
    }
}

impl Holder {
    /// Gives all members of a value in one text: 17 bytes of the member, 8 of the time, each.
    pub(in crate::vault) fn pack(holders: &[Self]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(holders.len() * PACKED_BYTES);
        for holder in holders {
            bytes.extend_from_slice(&holder.member.packed());
            bytes.extend_from_slice(&holder.since.0.to_be_bytes());
        }
        bytes
    }

    /// Reads what [`Self::pack`] gave; refuses anything else.
    pub(in crate::vault) fn unpack(bytes: &[u8]) -> Result<Vec<Self>, Error> {
        let broken = || Error::corrupt("the members of a value are not 25 bytes each");
        let (members, left_over) = bytes.as_chunks::<PACKED_BYTES>();
        if !left_over.is_empty() {
            return Err(broken());
        }
        members.iter().map(|bytes| Self::parse(bytes).ok_or_else(broken)).collect()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[kind], rest) = bytes.split_first_chunk()?;
        let (handle, since) = rest.split_first_chunk()?;
        let (since, []) = since.split_first_chunk()? else { return None };
        let handle = SubjectHandle(*handle);
        let member = match kind {
            b'u' => Member::Unique(handle),
            b'r' => Member::Record(handle),
            _ => return None,
        };
        Some(Self { member, since: Timestamp(u64::from_be_bytes(*since)) })
    }
}

/// Adds a member to those of a value, or makes their claim younger.
pub(in crate::vault) fn claim(
    holders: &mut Vec<Holder>,
    member: Member,
    now: Timestamp,
) -> Result<Claim, Error> {
    if let Some(known) = holders.iter_mut().find(|holder| holder.member == member) {
        known.since = known.since.max(now);
        return Ok(Claim::Granted);
    }
    let is_unique = |member: Member| matches!(member, Member::Unique(_));
    let other = holders.iter().find(|holder| is_unique(holder.member));
    if let Some(other) = other.filter(|_| is_unique(member)) {
        return Ok(Claim::Held(*other));
    }
    if holders.len() >= MEMBERS {
        return Err(too_many_members());
    }
    holders.push(Holder { member, since: now });
    Ok(Claim::Granted)
}

/// Takes a member whose claim is no younger than this from those of a value; says whether it was there.
pub(in crate::vault) fn release(
    holders: &mut Vec<Holder>,
    member: Member,
    until: Timestamp,
) -> bool {
    let before = holders.len();
    holders.retain(|holder| holder.member != member || holder.since > until);
    holders.len() < before
}
