//! The database file: its tables, and what is done to them.
//!
//! - `records`: store key → entry, in the layout of `vault/entry.rs`.
//! - `subjects`: subject handle ‖ store key → nothing. One row for each pair, so that a put costs
//!   the same however many records a subject has.
//! - `meta`: registry name → value.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use redb::Database;
use redb::Durability;
use redb::ReadableDatabase;
use redb::ReadableTable;
use redb::StorageBackend;
use redb::Table;
use redb::TableDefinition;
use redb::WriteTransaction;
use redb::backends::FileBackend;

use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::net::FileIdentity;
use crate::vault::Entry;
use crate::vault::Error;
use crate::vault::Put;
use crate::vault::Stored;
use crate::vault::entry::FORMAT;

use super::fault;
use super::fault::guarded;
use super::fault::of_store;
use super::place::Place;
use super::place::moved;

const RECORDS: TableDefinition<'_, [u8; 16], &[u8]> = TableDefinition::new("records");
const SUBJECTS: TableDefinition<'_, [u8; 32], ()> = TableDefinition::new("subjects");
const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");

const FILE: &str = "vault.redb";
/// Pages that redb keeps in memory. The page cache of the operating system stands behind it.
const CACHE_BYTES: usize = 128 * 1024 * 1024;

/// An open database file.
pub(super) struct Store {
    /// Always there until the store is dropped.
    database: Option<Database>,
    pub(super) place: Place,
}

impl Store {
    /// Opens the file of a folder; makes both when they are not there, unless a file is known: then it
    /// must be this one. A disk that failed may be gone, and a new vault in its place would be empty.
    pub(super) fn in_folder(folder: &Path, known: Option<FileIdentity>) -> Result<Self, Error> {
        let path = folder.join(FILE);
        if known.is_some() && !path.exists() {
            return Err(moved(&path));
        }
        let refused = |error| fault::of_path(folder, &error);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(refused)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|error| fault::of_path(&path, &error))?;
        let place = Place::of(&path, &file).map_err(|error| fault::of_path(&path, &error))?;
        if known.is_some_and(|known| known != place.identity) {
            return Err(moved(&path));
        }
        // The name of a new file is part of what must survive a crash.
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(refused)?;
        let backend = FileBackend::new(file).map_err(|error| fault::of_opening(&path, error))?;
        Self::on(backend, &path, place)
    }

    /// Whether the file of a folder is there, or may be: a folder that cannot be read is for opening to
    /// complain of.
    pub(super) fn is_in_folder(folder: &Path) -> bool {
        folder.join(FILE).try_exists().unwrap_or(true)
    }

    /// Opens a database on these bytes; `path` is for messages.
    pub(super) fn on(
        backend: impl StorageBackend,
        path: &Path,
        place: Place,
    ) -> Result<Self, Error> {
        guarded(|| {
            let database = Database::builder()
                .set_cache_size(CACHE_BYTES)
                // Reads the whole file once and verifies the checksum of every page. Without it an
                // altered file is trusted, and redb can abort the process in the middle of work:
                // it panics, and then panics again while it cleans up (seen, redb 4.6.0).
                .set_check_integrity_on_open(true)
                .create_with_backend(backend)
                .map_err(|error| fault::of_opening(path, error))?;
            let store = Self { database: Some(database), place };
            store.prepare()?;
            store.place.settle()?;
            Ok(store)
        })
    }

    /// Makes the tables of a new file, and looks at the format of an old one.
    fn prepare(&self) -> Result<(), Error> {
        let transaction = self.begin()?;
        let mut tables = Tables::open(&transaction)?;
        let format = tables.claim(".format", FORMAT)?;
        let changed = tables.changed;
        drop(tables);
        finish(transaction, changed)?;
        if format != FORMAT {
            return Err(Error::misconfigured(
                "the database file has another record layout",
                "it was written by another version of cloakroom; use that one",
            ));
        }
        Ok(())
    }

    pub(super) fn fetch(&self, keys: &[StoreKey]) -> Result<Vec<Option<Entry>>, Error> {
        guarded(|| {
            let transaction = self.database()?.begin_read().map_err(of_store)?;
            let records = transaction.open_table(RECORDS).map_err(of_store)?;
            keys.iter().map(|key| entry(&records, key)).collect()
        })
    }

    pub(super) fn claimed(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        guarded(|| {
            let transaction = self.database()?.begin_read().map_err(of_store)?;
            let meta = transaction.open_table(META).map_err(of_store)?;
            let known = meta.get(name).map_err(of_store)?;
            Ok(known.map(|known| known.value().to_vec()))
        })
    }

    /// Answers for a batch of which everything is known already, tags included; else `None`.
    ///
    /// A tag and its index row are written in one transaction, so the tag speaks for both.
    pub(super) fn settled(&self, batch: &[Put]) -> Result<Option<Vec<Stored>>, Error> {
        guarded(|| {
            let transaction = self.database()?.begin_read().map_err(of_store)?;
            let records = transaction.open_table(RECORDS).map_err(of_store)?;
            let known = |put: &Put| {
                let entry = entry(&records, &put.key)?;
                let entry = entry.filter(|entry| entry.tags.contains(&put.subject.tag));
                Ok(entry.map(|entry| Stored { entry, created: false }))
            };
            batch.iter().map(known).collect()
        })
    }

    pub(super) fn of_subject(&self, handle: SubjectHandle) -> Result<Vec<StoreKey>, Error> {
        guarded(|| {
            let transaction = self.database()?.begin_read().map_err(of_store)?;
            let subjects = transaction.open_table(SUBJECTS).map_err(of_store)?;
            let first = row(handle, StoreKey([0; 16]));
            let last = row(handle, StoreKey([0xff; 16]));
            let rows = subjects.range(first..=last).map_err(of_store)?;
            rows.map(|pair| {
                let (row, ()) =
                    pair.map(|(row, nothing)| (row.value(), nothing.value())).map_err(of_store)?;
                let [_, key] = row.as_chunks::<16>().0 else {
                    return Err(Error::corrupt("an index row is not 32 bytes"));
                };
                Ok(StoreKey(*key))
            })
            .collect()
        })
    }

    fn database(&self) -> Result<&Database, Error> {
        self.database.as_ref().ok_or_else(|| Error::unavailable("the database is closed"))
    }

    /// Starts a transaction whose commit is one flush that survives a crash of the machine.
    pub(super) fn begin(&self) -> Result<WriteTransaction, Error> {
        let mut transaction = self.database()?.begin_write().map_err(of_store)?;
        transaction.set_durability(Durability::Immediate).map_err(of_store)?;
        transaction.set_quick_repair(true);
        Ok(transaction)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // After a panic inside redb its locks are poisoned, and closing panics once more. The file
        // is released all the same.
        let database = self.database.take();
        drop(guarded(|| {
            drop(database);
            Ok(())
        }));
    }
}

/// Ends a transaction: flushes what changed, or forgets that it began.
pub(super) fn finish(transaction: WriteTransaction, changed: bool) -> Result<(), Error> {
    if changed {
        transaction.commit().map_err(of_store)
    } else {
        transaction.abort().map_err(of_store)
    }
}

/// The tables inside one write transaction.
pub(super) struct Tables<'a> {
    records: Table<'a, [u8; 16], &'static [u8]>,
    subjects: Table<'a, [u8; 32], ()>,
    meta: Table<'a, &'static str, &'static [u8]>,
    /// Whether anything was written that needs a flush.
    pub(super) changed: bool,
    /// The first error of the database: nothing of this transaction may be flushed after it. An
    /// entry that does not decode is not one; it spoils its own batch only.
    pub(super) failed: Option<Error>,
}

impl<'a> Tables<'a> {
    pub(super) fn open(transaction: &'a WriteTransaction) -> Result<Self, Error> {
        Ok(Self {
            records: transaction.open_table(RECORDS).map_err(of_store)?,
            subjects: transaction.open_table(SUBJECTS).map_err(of_store)?,
            meta: transaction.open_table(META).map_err(of_store)?,
            changed: false,
            failed: None,
        })
    }

    pub(super) fn put(&mut self, put: &Put) -> Result<Stored, Error> {
        let known = bytes(&self.records, &put.key);
        let known = self.noted(known)?;
        let stored = match known.as_deref().map(Entry::decode).transpose()? {
            Some(mut entry) => {
                let bound = entry.bind(put.subject.tag);
                let known = Stored { entry, created: false };
                if !bound {
                    return Ok(known);
                }
                known
            }
            None => Stored { entry: Entry::first(put), created: true },
        };
        let written = self.write(put, &stored.entry);
        self.noted(written)?;
        Ok(stored)
    }

    fn write(&mut self, put: &Put, entry: &Entry) -> Result<(), Error> {
        self.changed = true;
        if let Some(handle) = put.subject.handle {
            self.subjects.insert(row(handle, put.key), ()).map_err(of_store)?;
        }
        self.records.insert(put.key.0, entry.encode().as_slice()).map_err(of_store)?;
        Ok(())
    }

    pub(super) fn claim(&mut self, name: &str, value: &[u8]) -> Result<Vec<u8>, Error> {
        let claimed = self.claim_in_meta(name, value);
        self.noted(claimed)
    }

    fn claim_in_meta(&mut self, name: &str, value: &[u8]) -> Result<Vec<u8>, Error> {
        let known = self.meta.get(name).map_err(of_store)?.map(|known| known.value().to_vec());
        if let Some(known) = known {
            return Ok(known);
        }
        self.changed = true;
        self.meta.insert(name, value).map_err(of_store)?;
        Ok(value.to_vec())
    }

    /// Writes a value whatever is there, so that there is something to flush.
    pub(super) fn replace(&mut self, name: &str, value: &[u8]) -> Result<(), Error> {
        self.changed = true;
        let written = self.meta.insert(name, value).map(drop).map_err(of_store);
        self.noted(written)
    }

    fn noted<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result {
            self.failed.get_or_insert_with(|| error.clone());
        }
        result
    }
}

fn entry(
    records: &impl ReadableTable<[u8; 16], &'static [u8]>,
    key: &StoreKey,
) -> Result<Option<Entry>, Error> {
    let bytes = records.get(key.0).map_err(of_store)?;
    bytes.map(|bytes| Entry::decode(bytes.value())).transpose()
}

fn bytes(
    records: &impl ReadableTable<[u8; 16], &'static [u8]>,
    key: &StoreKey,
) -> Result<Option<Vec<u8>>, Error> {
    Ok(records.get(key.0).map_err(of_store)?.map(|bytes| bytes.value().to_vec()))
}

fn row(handle: SubjectHandle, key: StoreKey) -> [u8; 32] {
    let mut row = [0; 32];
    let (front, back) = row.split_at_mut(16);
    front.copy_from_slice(&handle.0);
    back.copy_from_slice(&key.0);
    row
}
