//! What a vault in memory has of people. Everything here is called under one lock.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::base::ClassCode;
use crate::base::DocumentName;
use crate::base::OpaqueId;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Error;
use crate::vault::subjects::Bound;
use crate::vault::subjects::Changes;
use crate::vault::subjects::Claim;
use crate::vault::subjects::DOCUMENTS;
use crate::vault::subjects::Document;
use crate::vault::subjects::Erasure;
use crate::vault::subjects::Holder;
use crate::vault::subjects::Item;
use crate::vault::subjects::Member;
use crate::vault::subjects::Person;
use crate::vault::subjects::Placed;
use crate::vault::subjects::Row;
use crate::vault::subjects::SubjectEntry;
use crate::vault::subjects::Tombstone;
use crate::vault::subjects::Wanted;
use crate::vault::subjects::Work;
use crate::vault::subjects::claim;
use crate::vault::subjects::release;
use crate::vault::subjects::too_many_documents;

#[derive(Debug, Default)]
pub(super) struct People {
    pub(super) known: BTreeMap<SubjectHandle, Known>,
    pub(super) values: BTreeMap<StoreKey, Vec<Holder>>,
    pub(super) ids: BTreeMap<OpaqueId, Placed>,
    pub(super) due: BTreeMap<SubjectHandle, Timestamp>,
    pub(super) erasures: Vec<Erasure>,
}

/// What is known of one person.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) row: Option<Row>,
    pub(super) index: BTreeMap<StoreKey, ClassCode>,
    documents: BTreeMap<DocumentName, Document>,
    pub(super) work: BTreeSet<Work>,
}

impl People {
    pub(super) fn bind(
        &mut self,
        handle: SubjectHandle,
        entry: Option<&SubjectEntry>,
        items: &[Item],
        since: Timestamp,
    ) -> Result<(), Error> {
        let known = self.known.entry(handle).or_default();
        let bound = Row::bound(known.row.as_ref(), entry, since);
        for item in items {
            let work = Work::Record(*item);
            if known.index.contains_key(&item.key) {
                continue;
            }
            if bound == Bound::Stale {
                known.work.insert(work);
            } else {
                known.work.remove(&work);
                known.index.insert(item.key, item.class);
            }
        }
        match bound {
            Bound::Stale => return Err(Error::Erased),
            Bound::Kept => {}
            Bound::Entered(row) => known.row = Some(row),
        }
        Ok(())
    }

    pub(super) fn read(
        &self,
        handle: SubjectHandle,
        wanted: &Wanted,
        now: Timestamp,
    ) -> Option<Person> {
        let known = self.known.get(&handle)?;
        let documents = known.documents.iter();
        let documents =
            documents.filter(|(name, document)| wanted.has(name) && document.is_there(now));
        Some(Person {
            entry: known.row.as_ref()?.entry.clone(),
            index_size: u64::try_from(known.index.len()).unwrap_or(u64::MAX),
            documents: documents.map(|(name, document)| (*name, document.clone())).collect(),
        })
    }

    pub(super) fn write(
        &mut self,
        handle: SubjectHandle,
        revision: u64,
        changes: Changes,
    ) -> Result<u64, Error> {
        let known = self.known.entry(handle).or_default();
        let row = Row::written(known.row.as_ref(), revision, changes.entry.as_ref())?;
        let mut documents = known.documents.clone();
        documents.retain(|_, document| document.is_there(changes.now));
        for (name, document) in changes.documents {
            match document {
                Some(document) => drop(documents.insert(name, document)),
                None => drop(documents.remove(&name)),
            }
        }
        if documents.len() > DOCUMENTS {
            return Err(too_many_documents());
        }
        let revision = row.entry.revision;
        (known.row, known.documents) = (Some(row), documents);
        Ok(revision)
    }

    pub(super) fn kill(
        &mut self,
        handle: SubjectHandle,
        revision: u64,
        index_size: u64,
        tombstone: &Tombstone,
    ) -> Result<(), Error> {
        let known = self.known.entry(handle).or_default();
        let Some(row) = Row::killed(known.row.as_ref(), revision, tombstone)? else {
            return Ok(());
        };
        if u64::try_from(known.index.len()) != Ok(index_size) {
            return Err(Error::Conflict);
        }
        let work = std::mem::take(&mut known.work);
        *known = Known { row: Some(row), work, ..Known::default() };
        Ok(())
    }

    pub(super) fn claim_value(
        &mut self,
        value: StoreKey,
        member: Member,
        now: Timestamp,
    ) -> Result<Claim, Error> {
        claim(self.values.entry(value).or_default(), member, now)
    }

    pub(super) fn release_value(&mut self, value: StoreKey, member: Member, until: Timestamp) {
        let Some(holders) = self.values.get_mut(&value) else { return };
        release(holders, member, until);
        if holders.is_empty() {
            self.values.remove(&value);
        }
    }

    pub(super) fn place(&mut self, id: OpaqueId, placed: Placed, now: Timestamp) {
        self.ids.retain(|_, known| now < known.until);
        let stored = self.ids.get(&id).copied();
        self.ids.insert(id, placed.placed_over(stored));
    }

    pub(super) fn locate(&self, id: OpaqueId, now: Timestamp) -> Option<Placed> {
        self.ids.get(&id).copied().filter(|placed| now < placed.until)
    }

    pub(super) fn take(&mut self, id: OpaqueId, now: Timestamp) -> Option<SubjectHandle> {
        let placed = self.ids.get_mut(&id).filter(|placed| now < placed.until)?;
        placed.take().then_some(placed.handle)
    }

    pub(super) fn withdraw(&mut self, id: OpaqueId, handle: SubjectHandle) {
        if self.ids.get(&id).is_some_and(|placed| placed.handle == handle) {
            self.ids.remove(&id);
        }
    }
}
