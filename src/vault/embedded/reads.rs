//! What is read from the database file, each time in one view of the last transaction.

use crate::base::ClassCode;
use crate::base::DocumentName;
use crate::base::OpaqueId;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::vault::Entry;
use crate::vault::Error;
use crate::vault::Put;
use crate::vault::Stored;
use crate::vault::subjects::Bound;
use crate::vault::subjects::Document;
use crate::vault::subjects::Erasure;
use crate::vault::subjects::Holder;
use crate::vault::subjects::ITEMS;
use crate::vault::subjects::JournalPlace;
use crate::vault::subjects::Person;
use crate::vault::subjects::Placed;
use crate::vault::subjects::Row;
use crate::vault::subjects::SCANNED_AT_ONCE;
use crate::vault::subjects::ScanPlace;
use crate::vault::subjects::Scanned;
use crate::vault::subjects::SubjectEntry;
use crate::vault::subjects::Wanted;
use crate::vault::subjects::Work;

use super::fault::Outcome;
use super::fault::guarded;
use super::people;
use super::people::pair;
use super::people::rows_of;
use super::store::Store;
use super::tables;
use super::tables::META;
use super::tables::RECORDS;

impl Store {
    pub(super) fn fetch(&self, keys: &[StoreKey]) -> Result<Vec<Option<Entry>>, Error> {
        self.read(|view| {
            let records = view.open_table(RECORDS)?;
            keys.iter().map(|key| tables::entry(&records, key)).collect()
        })
    }

    pub(super) fn claimed(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.read(|view| {
            let known = view.open_table(META)?.get(name)?;
            Ok(known.map(|known| known.value().to_vec()))
        })
    }

    /// Answers for a batch of which everything is known already, tags and index included; else `None`.
    pub(super) fn settled(&self, batch: &[Put]) -> Result<Option<Vec<Stored>>, Error> {
        self.read(|view| {
            let records = view.open_table(RECORDS)?;
            let (entries, subjects) =
                (view.open_table(people::ENTRIES)?, view.open_table(people::SUBJECTS)?);
            let is_bound = |put: &Put| -> Outcome<bool> {
                let Some((owner, item)) = put.owned() else { return Ok(true) };
                let row = people::row(&entries, owner.handle)?;
                let bound = Row::bound(row.as_ref(), owner.entry.as_deref(), owner.since);
                Ok(bound == Bound::Kept && subjects.get(pair(owner.handle, item.key.0))?.is_some())
            };
            let known = |put: &Put| {
                let entry = tables::entry(&records, &put.key)?;
                let entry = entry.filter(|entry| entry.tags.contains(&put.subject.tag));
                let entry = if is_bound(put)? { entry } else { None };
                Ok(entry.map(|entry| Stored { entry, created: false }))
            };
            batch.iter().map(known).collect()
        })
    }

    pub(super) fn of_subject(
        &self,
        handle: SubjectHandle,
    ) -> Result<Vec<(StoreKey, ClassCode)>, Error> {
        self.read(|view| {
            let subjects = view.open_table(people::SUBJECTS)?;
            let rows = subjects.range(rows_of(handle))?;
            rows.map(|row| {
                let (row, class) = row?;
                let broken = || Error::corrupt("an index row has no key or no class");
                let (row, class) = (row.value(), class.value());
                let key = row.last_chunk().copied().map(StoreKey).ok_or_else(broken)?;
                let class = std::str::from_utf8(&class).ok().and_then(ClassCode::new);
                Ok((key, class.ok_or_else(broken)?))
            })
            .collect()
        })
    }

    pub(super) fn person(
        &self,
        handle: SubjectHandle,
        wanted: &Wanted,
        now: Timestamp,
    ) -> Result<Option<Person>, Error> {
        self.read(|view| {
            let entries = view.open_table(people::ENTRIES)?;
            let Some(row) = people::row(&entries, handle)? else { return Ok(None) };
            let size = view.open_table(people::SIZES)?.get(handle.0)?;
            let mut person = Person {
                entry: row.entry,
                index_size: size.map_or(0, |size| size.value()),
                documents: std::collections::BTreeMap::new(),
            };
            if *wanted == Wanted::Entry {
                return Ok(Some(person));
            }
            for row in view.open_table(people::DOCUMENTS)?.range(rows_of(handle))? {
                let (key, document) = row?;
                let key = key.value();
                let name = key.last_chunk().copied().map(DocumentName);
                let Some(name) = name.filter(|name| wanted.has(name)) else { continue };
                let document = Document::decode(document.value())?;
                if document.is_there(now) {
                    person.documents.insert(name, document);
                }
            }
            Ok(Some(person))
        })
    }

    pub(super) fn values(&self, value: StoreKey) -> Result<Vec<Holder>, Error> {
        self.read(|view| people::holders(&view.open_table(people::VALUES)?, value))
    }

    pub(super) fn locate(&self, id: OpaqueId, now: Timestamp) -> Result<Option<Placed>, Error> {
        self.read(|view| {
            let placed = people::placed(&view.open_table(people::IDS)?, id)?;
            Ok(placed.filter(|placed| now < placed.until))
        })
    }

    pub(super) fn worklist(&self, handle: SubjectHandle) -> Result<Vec<Work>, Error> {
        self.read(|view| {
            let work = view.open_table(people::WORK)?;
            let rows = work.range(handle.0.as_slice()..)?.take(ITEMS);
            let mut found = Vec::new();
            for row in rows {
                let (row, _) = row?;
                let Some(work) = row.value().strip_prefix(&handle.0) else { break };
                found.push(Work::decode(work)?);
            }
            Ok(found)
        })
    }

    pub(super) fn scan(&self, from: Option<ScanPlace>) -> Result<Scanned, Error> {
        self.read(|view| {
            let entries = view.open_table(people::ENTRIES)?;
            let first = from.map_or([0; 16], |from| from.0.to_be_bytes());
            let mut people: Vec<(SubjectHandle, SubjectEntry)> = Vec::new();
            for row in entries.range(first..)? {
                let (handle, row) = row?;
                let handle = handle.value();
                if people.len() == SCANNED_AT_ONCE {
                    let next = Some(ScanPlace(u128::from_be_bytes(handle)));
                    return Ok(Scanned { people, next });
                }
                people.push((SubjectHandle(handle), Row::decode(row.value())?.entry));
            }
            Ok(Scanned { people, next: None })
        })
    }

    pub(super) fn erasures_since(
        &self,
        from: Option<JournalPlace>,
    ) -> Result<Vec<(JournalPlace, Erasure)>, Error> {
        self.read(|view| {
            let erasures = view.open_table(people::ERASURES)?;
            let after = from.map_or(0, |place| u64::try_from(place.0).unwrap_or(u64::MAX));
            let rows = erasures.range(after.saturating_add(1)..)?.take(SCANNED_AT_ONCE);
            rows.map(|row| {
                let (number, line) = row?;
                let place = JournalPlace(u128::from(number.value()));
                Ok((place, Erasure::decode(line.value())?))
            })
            .collect()
        })
    }

    fn read<T>(&self, work: impl FnOnce(&redb::ReadTransaction) -> Outcome<T>) -> Result<T, Error> {
        guarded(|| work(&self.view()?).map_err(Error::from))
    }
}
