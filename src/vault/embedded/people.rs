//! People in the database file: the tables, and what one transaction does to them.
//!
//! - `entries`: handle → the row of `subjects/row.rs`.
//! - `subjects`: handle ‖ store key → class code; `sizes`: handle → how many of these there are.
//! - `documents`: handle ‖ name → a document with its time.
//! - `work`: handle ‖ work → nothing.
//! - `values`: store key of a value's token → its members, packed. `ids`: id → where it leads.
//! - `expiries`: time ‖ kind ‖ key of a row → nothing; what expired is removed by later transactions.
//! - `due`: shard ‖ time ‖ handle → nothing; `due_times`: handle → time.
//! - `erasures`: number → a line.

use redb::ReadableTable;
use redb::Table;
use redb::TableDefinition;
use redb::WriteTransaction;

use crate::base::OpaqueId;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Error;
use crate::vault::subjects::Bound;
use crate::vault::subjects::Claim;
use crate::vault::subjects::Erasure;
use crate::vault::subjects::Holder;
use crate::vault::subjects::Item;
use crate::vault::subjects::Member;
use crate::vault::subjects::Placed;
use crate::vault::subjects::Row;
use crate::vault::subjects::SubjectEntry;
use crate::vault::subjects::Work;
use crate::vault::subjects::claim;
use crate::vault::subjects::release;

use super::fault::Outcome;

pub(super) const ENTRIES: TableDefinition<'_, [u8; 16], &[u8]> = TableDefinition::new("entries");
pub(super) const SUBJECTS: TableDefinition<'_, [u8; 32], [u8; 2]> =
    TableDefinition::new("subjects");
pub(super) const SIZES: TableDefinition<'_, [u8; 16], u64> = TableDefinition::new("sizes");
pub(super) const DOCUMENTS: TableDefinition<'_, [u8; 32], &[u8]> =
    TableDefinition::new("documents");
pub(super) const WORK: TableDefinition<'_, &[u8], ()> = TableDefinition::new("work");
pub(super) const VALUES: TableDefinition<'_, [u8; 16], &[u8]> = TableDefinition::new("values");
pub(super) const IDS: TableDefinition<'_, [u8; 16], &[u8]> = TableDefinition::new("ids");
const EXPIRIES: TableDefinition<'_, &[u8], ()> = TableDefinition::new("expiries");
const DUE: TableDefinition<'_, [u8; 25], ()> = TableDefinition::new("due");
const DUE_TIMES: TableDefinition<'_, [u8; 16], u64> = TableDefinition::new("due_times");
pub(super) const ERASURES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("erasures");

/// The tables inside one write transaction.
pub(super) struct People<'a> {
    pub(super) entries: Table<'a, [u8; 16], &'static [u8]>,
    pub(super) subjects: Table<'a, [u8; 32], [u8; 2]>,
    pub(super) sizes: Table<'a, [u8; 16], u64>,
    pub(super) documents: Table<'a, [u8; 32], &'static [u8]>,
    pub(super) work: Table<'a, &'static [u8], ()>,
    values: Table<'a, [u8; 16], &'static [u8]>,
    ids: Table<'a, [u8; 16], &'static [u8]>,
    pub(super) expiries: Table<'a, &'static [u8], ()>,
    pub(super) due: Table<'a, [u8; 25], ()>,
    pub(super) due_times: Table<'a, [u8; 16], u64>,
    erasures: Table<'a, u64, &'static [u8]>,
    /// Whether anything was written that needs a flush.
    pub(super) changed: bool,
}

/// Handle and a further 16 bytes, as the key of a row.
pub(super) fn pair(handle: SubjectHandle, second: [u8; 16]) -> [u8; 32] {
    let mut key = [0; 32];
    let (front, back) = key.split_at_mut(16);
    front.copy_from_slice(&handle.0);
    back.copy_from_slice(&second);
    key
}

/// First and last key of the rows of a person.
pub(super) fn rows_of(handle: SubjectHandle) -> std::ops::RangeInclusive<[u8; 32]> {
    pair(handle, [0; 16])..=pair(handle, [0xff; 16])
}

/// The row of a person, if there is one.
pub(super) fn row(
    entries: &impl ReadableTable<[u8; 16], &'static [u8]>,
    handle: SubjectHandle,
) -> Outcome<Option<Row>> {
    let bytes = entries.get(handle.0)?;
    Ok(bytes.map(|bytes| Row::decode(bytes.value())).transpose()?)
}

/// The members of a value.
pub(super) fn holders(
    values: &impl ReadableTable<[u8; 16], &'static [u8]>,
    value: StoreKey,
) -> Outcome<Vec<Holder>> {
    let bytes = values.get(value.0)?;
    Ok(bytes.map_or(Ok(Vec::new()), |bytes| Holder::unpack(bytes.value()))?)
}

/// Where an id leads, expired or not.
pub(super) fn placed(
    ids: &impl ReadableTable<[u8; 16], &'static [u8]>,
    id: OpaqueId,
) -> Outcome<Option<Placed>> {
    let bytes = ids.get(id.0)?;
    Ok(bytes.map(|bytes| Placed::decode(bytes.value())).transpose()?)
}

pub(super) fn work_key(handle: SubjectHandle, work: &Work) -> Vec<u8> {
    [handle.0.as_slice(), &work.encode()].concat()
}

impl<'a> People<'a> {
    pub(super) fn open(transaction: &'a WriteTransaction) -> Result<Self, redb::TableError> {
        Ok(Self {
            entries: transaction.open_table(ENTRIES)?,
            subjects: transaction.open_table(SUBJECTS)?,
            sizes: transaction.open_table(SIZES)?,
            documents: transaction.open_table(DOCUMENTS)?,
            work: transaction.open_table(WORK)?,
            values: transaction.open_table(VALUES)?,
            ids: transaction.open_table(IDS)?,
            expiries: transaction.open_table(EXPIRIES)?,
            due: transaction.open_table(DUE)?,
            due_times: transaction.open_table(DUE_TIMES)?,
            erasures: transaction.open_table(ERASURES)?,
            changed: false,
        })
    }

    pub(super) fn bind(
        &mut self,
        handle: SubjectHandle,
        entry: Option<&SubjectEntry>,
        items: &[Item],
        since: Timestamp,
    ) -> Outcome<()> {
        match Row::bound(row(&self.entries, handle)?.as_ref(), entry, since) {
            Bound::Stale => {
                for item in items {
                    self.plan_stale(handle, *item)?;
                }
                return Err(Error::Erased.into());
            }
            Bound::Kept => {}
            Bound::Entered(row) => self.store(handle, &row)?,
        }
        for item in items {
            self.note(handle, *item)?;
        }
        Ok(())
    }

    /// Puts a record that comes too late onto the worklist, unless it was bound again by right.
    fn plan_stale(&mut self, handle: SubjectHandle, item: Item) -> Outcome<()> {
        if self.subjects.get(pair(handle, item.key.0))?.is_none() {
            self.plan(handle, &[Work::Record(item)])?;
        }
        Ok(())
    }

    fn note(&mut self, handle: SubjectHandle, item: Item) -> Outcome<()> {
        let key = pair(handle, item.key.0);
        if self.subjects.get(key)?.is_some() {
            // Also when it is on the worklist: then an erasure is about to begin.
            return Ok(());
        }
        self.changed = true;
        let work = work_key(handle, &Work::Record(item));
        self.work.remove(work.as_slice())?;
        self.subjects.insert(key, item.class.bytes())?;
        let size = self.index_size(handle)?;
        self.sizes.insert(handle.0, size.saturating_add(1))?;
        Ok(())
    }

    pub(super) fn index_size(&self, handle: SubjectHandle) -> Outcome<u64> {
        Ok(self.sizes.get(handle.0)?.map_or(0, |size| size.value()))
    }

    pub(super) fn store(&mut self, handle: SubjectHandle, row: &Row) -> Outcome<()> {
        self.changed = true;
        self.entries.insert(handle.0, row.encode().as_slice())?;
        Ok(())
    }

    pub(super) fn plan(&mut self, handle: SubjectHandle, work: &[Work]) -> Outcome<()> {
        for work in work {
            let known = self.work.insert(work_key(handle, work).as_slice(), ())?;
            self.changed |= known.is_none();
        }
        Ok(())
    }

    pub(super) fn claim_value(
        &mut self,
        value: StoreKey,
        member: Member,
        now: Timestamp,
    ) -> Outcome<Claim> {
        let mut holders = holders(&self.values, value)?;
        let answer = claim(&mut holders, member, now)?;
        if answer == Claim::Granted {
            self.changed = true;
            self.values.insert(value.0, Holder::pack(&holders).as_slice())?;
        }
        Ok(answer)
    }

    pub(super) fn release_value(
        &mut self,
        value: StoreKey,
        member: Member,
        until: Timestamp,
    ) -> Outcome<()> {
        let mut holders = holders(&self.values, value)?;
        if !release(&mut holders, member, until) {
            return Ok(());
        }
        self.changed = true;
        if holders.is_empty() {
            self.values.remove(value.0)?;
        } else {
            self.values.insert(value.0, Holder::pack(&holders).as_slice())?;
        }
        Ok(())
    }

    pub(super) fn place(&mut self, id: OpaqueId, new: Placed, now: Timestamp) -> Outcome<()> {
        self.sweep(now)?;
        let new = new.placed_over(placed(&self.ids, id)?);
        self.changed = true;
        self.ids.insert(id.0, new.encode().as_slice())?;
        self.expires(new.until, b'i', &id.0)
    }

    pub(super) fn take(&mut self, id: OpaqueId, now: Timestamp) -> Outcome<Option<SubjectHandle>> {
        let Some(mut placed) = placed(&self.ids, id)?.filter(|placed| now < placed.until) else {
            return Ok(None);
        };
        let before = placed;
        if !placed.take() {
            return Ok(None);
        }
        if placed != before {
            self.changed = true;
            self.ids.insert(id.0, placed.encode().as_slice())?;
        }
        Ok(Some(placed.handle))
    }

    pub(super) fn withdraw(&mut self, id: OpaqueId, handle: SubjectHandle) -> Outcome<()> {
        if placed(&self.ids, id)?.is_some_and(|placed| placed.handle == handle) {
            self.changed = true;
            self.ids.remove(id.0)?;
        }
        Ok(())
    }

    pub(super) fn erasure_append(&mut self, erasure: &Erasure) -> Outcome<()> {
        let last = self.erasures.last()?.map_or(0, |(number, _)| number.value());
        self.changed = true;
        self.erasures.insert(last.saturating_add(1), erasure.encode().as_slice())?;
        Ok(())
    }

    pub(super) fn remove_id(&mut self, id: [u8; 16]) -> Outcome<()> {
        self.ids.remove(id)?;
        Ok(())
    }

    pub(super) fn id_expires(&self, id: [u8; 16]) -> Outcome<Option<Timestamp>> {
        Ok(placed(&self.ids, OpaqueId(id))?.map(|placed| placed.until))
    }
}
