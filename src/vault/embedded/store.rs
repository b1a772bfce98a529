//! The database file: how it is opened, prepared and closed.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use redb::Database;
use redb::Durability;
use redb::ReadTransaction;
use redb::ReadableDatabase;
use redb::StorageBackend;
use redb::WriteTransaction;
use redb::backends::FileBackend;

use crate::net::FileIdentity;
use crate::vault::Error;
use crate::vault::entry::FORMAT;

use super::fault;
use super::fault::guarded;
use super::fault::of_store;
use super::place::Place;
use super::place::moved;
use super::tables::Tables;

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
        let changed = tables.is_changed();
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

    /// Starts a view of the last transaction that was flushed.
    pub(super) fn view(&self) -> Result<ReadTransaction, Error> {
        self.database()?.begin_read().map_err(of_store)
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
