//! The tables of the database file, and what one transaction does to them.
//!
//! - `records`: store key → entry, in the layout of `vault/entry.rs`.
//! - `meta`: registry name → value.
//! - those of `people.rs`.

use redb::ReadableTable;
use redb::Table;
use redb::TableDefinition;
use redb::WriteTransaction;

use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Entry;
use crate::vault::Error;
use crate::vault::Put;
use crate::vault::Stored;
use crate::vault::subjects::Item;
use crate::vault::subjects::Pass;
use crate::vault::subjects::Work;
use crate::vault::subjects::both;

use super::fault::Failure;
use super::fault::Outcome;
use super::fault::of_store;
use super::people;
use super::people::People;
use super::people::pair;
use super::people::work_key;

pub(super) const RECORDS: TableDefinition<'_, [u8; 16], &[u8]> = TableDefinition::new("records");
pub(super) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");

/// The tables inside one write transaction.
pub(super) struct Tables<'a> {
    records: Table<'a, [u8; 16], &'static [u8]>,
    meta: Table<'a, &'static str, &'static [u8]>,
    people: People<'a>,
    changed: bool,
    /// The first error of the database: nothing of this transaction may be flushed after it. An
    /// entry that does not decode is not one; it spoils its own batch only.
    pub(super) failed: Option<Error>,
}

/// The entry under a key, if there is one.
pub(super) fn entry(
    records: &impl ReadableTable<[u8; 16], &'static [u8]>,
    key: &StoreKey,
) -> Outcome<Option<Entry>> {
    let bytes = records.get(key.0)?;
    Ok(bytes.map(|bytes| Entry::decode(bytes.value())).transpose()?)
}

impl<'a> Tables<'a> {
    pub(super) fn open(transaction: &'a WriteTransaction) -> Result<Self, Error> {
        Ok(Self {
            records: transaction.open_table(RECORDS).map_err(of_store)?,
            meta: transaction.open_table(META).map_err(of_store)?,
            people: People::open(transaction).map_err(of_store)?,
            changed: false,
            failed: None,
        })
    }

    /// Says whether anything was written that needs a flush.
    pub(super) fn is_changed(&self) -> bool {
        self.changed || self.people.changed
    }

    pub(super) fn put(&mut self, put: &Put) -> Result<Stored, Error> {
        let stored = self.try_put(put);
        self.noted(stored)
    }

    /// Makes one change of people, and remembers a failure of the database.
    pub(super) fn change<T>(
        &mut self,
        work: impl FnOnce(&mut People<'a>) -> Outcome<T>,
    ) -> Result<T, Error> {
        let changed = work(&mut self.people);
        self.noted(changed)
    }

    pub(super) fn claim(&mut self, name: &str, value: &[u8]) -> Result<Vec<u8>, Error> {
        let claimed = self.try_claim(name, value);
        self.noted(claimed)
    }

    /// Writes a value whatever is there, so that there is something to flush.
    pub(super) fn replace(&mut self, name: &str, value: &[u8]) -> Result<(), Error> {
        self.changed = true;
        let written = self.meta.insert(name, value).map(drop).map_err(Failure::from);
        self.noted(written)
    }

    pub(super) fn unbind(
        &mut self,
        handle: SubjectHandle,
        work: &[Work],
        pass: Pass,
    ) -> Result<(), Error> {
        let done = self.try_unbind(handle, work, pass);
        self.noted(done)
    }

    fn try_put(&mut self, put: &Put) -> Outcome<Stored> {
        let known = entry(&self.records, &put.key)?;
        if let Some((owner, item)) = put.owned() {
            self.people.bind(owner.handle, owner.entry.as_deref(), &[item], owner.since)?;
        }
        let (stored, is_new) = match known {
            Some(mut entry) => {
                let is_new = entry.bind(put.subject.tag);
                (Stored { entry, created: false }, is_new)
            }
            None => (Stored { entry: Entry::first(put), created: true }, true),
        };
        if is_new {
            self.changed = true;
            self.records.insert(put.key.0, stored.entry.encode().as_slice())?;
        }
        Ok(stored)
    }

    fn try_claim(&mut self, name: &str, value: &[u8]) -> Outcome<Vec<u8>> {
        let known = self.meta.get(name)?.map(|known| known.value().to_vec());
        if let Some(known) = known {
            return Ok(known);
        }
        self.changed = true;
        self.meta.insert(name, value)?;
        Ok(value.to_vec())
    }

    fn try_unbind(&mut self, handle: SubjectHandle, work: &[Work], pass: Pass) -> Outcome<()> {
        let row = people::row(&self.people.entries, handle)?;
        let Some(erased) = row.and_then(|row| row.erased) else { return Ok(()) };
        for work in work {
            let row = work_key(handle, work);
            if self.people.work.get(row.as_slice())?.is_none() {
                continue;
            }
            if pass == Pass::Last {
                self.changed = true;
                self.people.work.remove(row.as_slice())?;
            }
            self.do_work(handle, work, erased)?;
        }
        Ok(())
    }

    fn do_work(&mut self, handle: SubjectHandle, work: &Work, erased: Timestamp) -> Outcome<()> {
        match *work {
            Work::Record(Item { key, tag, .. }) => {
                if self.people.subjects.get(pair(handle, key.0))?.is_none()
                    && let Some(mut entry) = entry(&self.records, &key)?
                    && entry.release(tag)
                {
                    self.changed = true;
                    if entry.tags.is_empty() {
                        self.records.remove(key.0)?;
                    } else {
                        self.records.insert(key.0, entry.encode().as_slice())?;
                    }
                }
            }
            Work::Value(value) => {
                for member in both(handle) {
                    self.people.release_value(value, member, erased)?;
                }
            }
            Work::Id(id) => self.people.withdraw(id, handle)?,
        }
        Ok(())
    }

    fn noted<T>(&mut self, outcome: Outcome<T>) -> Result<T, Error> {
        outcome.map_err(|failure| {
            if let Failure::Database(error) = &failure {
                self.failed.get_or_insert_with(|| error.clone());
            }
            Error::from(failure)
        })
    }
}
