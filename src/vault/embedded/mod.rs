//! A vault in a file of this machine, by redb: nothing else to run, one gateway.
//!
//! One thread writes. It takes what waits, up to 512 puts, into one transaction with one flush to
//! disk, and answers after it; while it flushes, the next group gathers, so nobody waits for
//! company when the vault is idle. Long batches come in chunks, which take turns with others'
//! (`net/turns.rs`). Reads, and puts of what is known already, happen on the calling
//! thread: that takes microseconds while the file is in the page cache, less than a trip to another
//! thread (docs/operations/embedded.md). A page that has to come from the disk blocks its caller.
//!
//! # Invariants
//!
//! - What was answered is on disk (`vault_contract::crash::embedded_loses_nothing_when_killed`).
//! - When a flush failed, nobody whose records were in it gets an answer but an error; the file is
//!   then closed and opened anew, so that the vault heals when the disk does
//!   (`embedded::tests`).
//! - A file that was altered while it was closed is refused, or the alteration is in no use
//!   (`vault_contract::files::an_altered_file_is_refused_or_as_good_as_it_was`).
//! - A file that is removed, replaced or cut while it is open answers nothing more, and is not closed:
//!   what is in it can still be saved (`vault_contract::files::a_file_that_goes_away_answers_nothing`).
//! - A second process is refused (`vault_contract::files::a_second_process_is_refused`).

mod fault;
mod place;
mod store;
mod tables;
mod people;
mod holdings;
mod reads;
mod subjects;
mod writer;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::oneshot;

use crate::base::Live;
use crate::base::StoreKey;
use crate::net::Caller;
use crate::net::Turns;

use self::store::Store;
use self::writer::Job;
use self::writer::Pulse;
use self::writer::Slot;
use super::CHUNK;
use super::Durability;
use super::Entry;
use super::Error;
use super::Health;
use super::Put;
use super::ROOM;
use super::Stored;
use super::Vault;
use super::Waiting;

/// Jobs that may wait for the writer; who comes later waits for a place, up to the deadline.
const WAITING_JOBS: usize = 1024;
/// Keys read before other tasks of this thread run.
const KEYS_AT_ONCE: usize = 1024;
/// For how long a flush shows that the disk takes writes.
const FRESH: Duration = Duration::from_secs(1);

/// A vault in a file. Dropping it waits for what is being written, then releases the file.
pub struct EmbeddedVault {
    slot: Arc<Live<Slot>>,
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    turns: Turns,
    pulse: Arc<Pulse>,
    deadline: Duration,
}

/// Opens the vault of a folder, or makes one: the folder with mode 0700, the file with 0600.
///
/// Reads the whole file once, to verify its checksums. Refuses a file that another process has open,
/// that is not a vault or is damaged, or that we may not write.
/// `deadline` bounds each wait of the vault, see [`crate::base::Timeouts::vault`].
pub fn open(folder: &Path, deadline: Duration) -> Result<EmbeddedVault, Error> {
    let folder: PathBuf = folder.to_owned();
    EmbeddedVault::start(Box::new(move |known| Store::in_folder(&folder, known)), deadline)
}

/// Whether a folder holds a vault. Makes nothing.
pub fn exists(folder: &Path) -> bool {
    Store::is_in_folder(folder)
}

impl EmbeddedVault {
    fn start(opener: writer::Opener, deadline: Duration) -> Result<Self, Error> {
        let store = Arc::new(opener(None)?);
        let slot = Arc::new(Live::new(Slot::Open(Arc::clone(&store))));
        let (jobs, waiting) = mpsc::channel(WAITING_JOBS);
        let pulse = Arc::<Pulse>::default();
        let (seen, beating) = (Arc::clone(&slot), Arc::clone(&pulse));
        let writer = Some(writer::spawn(store, seen, waiting, opener, beating)?);
        let turns = Turns::new(ROOM, deadline);
        Ok(Self { slot, jobs: Some(jobs), writer, turns, pulse, deadline })
    }

    /// The open store, whose file is still where it was opened.
    fn store(&self) -> Result<Arc<Store>, Error> {
        match &*self.slot.snapshot() {
            Slot::Open(store) => store.place.check().map(|()| Arc::clone(store)),
            Slot::Closed(error) => Err(error.clone()),
        }
    }

    /// The open store; when it is closed, asks the writer to try once more.
    async fn reopened_store(&self) -> Result<Arc<Store>, Error> {
        if let Ok(store) = self.store() {
            return Ok(store);
        }
        self.ask(|answer| Job::Reopen { answer }).await?;
        self.store()
    }

    async fn ask<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Job,
    ) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        let job = job(answer);
        let asked = async {
            let stopped = || Error::unavailable("the writer has stopped");
            let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
            jobs.send(job).await.map_err(|_| stopped())?;
            answered.await.map_err(|_| stopped())?
        };
        tokio::time::timeout(self.deadline, asked).await.map_err(|_| Error::Timeout)?
    }
}

impl Vault for EmbeddedVault {
    fn put(&self, caller: Caller, batch: Vec<Put>) -> Waiting<'_, Vec<Stored>> {
        Box::pin(async move {
            let mut stored = Vec::with_capacity(batch.len());
            let mut rest = batch.into_iter();
            loop {
                let chunk: Vec<Put> = rest.by_ref().take(CHUNK).collect();
                if chunk.is_empty() {
                    return Ok(stored);
                }
                let known = self.store().and_then(|store| store.settled(&chunk));
                if let Ok(Some(known)) = known {
                    stored.extend(known);
                } else {
                    // Also after an error: the writer knows how to open the store anew.
                    let turn = self.turns.take(caller, chunk.len()).await?;
                    stored
                        .extend(self.ask(|answer| Job::Put { batch: chunk, turn, answer }).await?);
                }
                if rest.len() > 0 {
                    tokio::task::yield_now().await;
                }
            }
        })
    }

    fn fetch(&self, keys: Vec<StoreKey>) -> Waiting<'_, Vec<Option<Entry>>> {
        Box::pin(async move {
            let mut entries = Vec::with_capacity(keys.len());
            for part in keys.chunks(KEYS_AT_ONCE) {
                entries.extend(self.reopened_store().await?.fetch(part)?);
                if part.len() == KEYS_AT_ONCE {
                    tokio::task::yield_now().await;
                }
            }
            Ok(entries)
        })
    }

    fn claim<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Waiting<'a, Vec<u8>> {
        let (name, value) = (name.to_owned(), value.to_vec());
        Box::pin(self.ask(|answer| Job::Claim { name, value, answer }))
    }

    fn claimed<'a>(&'a self, name: &'a str) -> Waiting<'a, Option<Vec<u8>>> {
        Box::pin(async move { self.reopened_store().await?.claimed(name) })
    }

    fn replace<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Waiting<'a, ()> {
        let (name, value) = (name.to_owned(), value.to_vec());
        Box::pin(self.ask(|answer| Job::Replace { name, value, answer }))
    }

    fn check(&self) -> Waiting<'_, Health> {
        Box::pin(async move {
            if self.store().is_err() || !self.pulse.is_within(FRESH) {
                self.ask(|answer| Job::Check { answer }).await?;
            }
            Ok(Health {
                store: "redb 4".to_owned(),
                durability: Durability::Disk,
                warnings: Vec::new(),
            })
        })
    }
}

impl Drop for EmbeddedVault {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(writer) = self.writer.take() {
            // It catches panics itself; a failed join has nothing to add.
            drop(writer.join());
        }
    }
}
