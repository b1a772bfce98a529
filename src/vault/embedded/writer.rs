//! The one thread that writes.

use std::sync::Arc;
use std::sync::Weak;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::base::Live;
use crate::net::FileIdentity;
use crate::net::Turn;
use crate::vault::Error;
use crate::vault::Put;
use crate::vault::Stored;

use super::fault::guarded;
use super::store;
use super::store::Store;
use super::tables::Tables;

/// Puts that share one flush, unless one job has more by itself.
const PUTS_PER_FLUSH: usize = 512;

/// Opens the store, at start and after a failure: then it must be the file that was open before.
pub(super) type Opener = Box<dyn Fn(Option<FileIdentity>) -> Result<Store, Error> + Send>;

/// The store that readers use, or why there is none.
pub(super) enum Slot {
    Open(Arc<Store>),
    /// A write failed, and opening anew did as well.
    Closed(Error),
}

/// When the writer last flushed something to disk.
pub(super) struct Pulse(Live<Option<Instant>>);

impl Default for Pulse {
    fn default() -> Self {
        Self(Live::new(None))
    }
}

impl Pulse {
    /// Whether the last flush is no older than this.
    pub(super) fn is_within(&self, age: Duration) -> bool {
        self.0.snapshot().is_some_and(|flushed| flushed.elapsed() <= age)
    }
}

type Answer<T> = oneshot::Sender<Result<T, Error>>;

/// What the writer is asked to do.
pub(super) enum Job {
    /// The turn ends with the job, however that ends.
    Put {
        batch: Vec<Put>,
        turn: Turn,
        answer: Answer<Vec<Stored>>,
    },
    Claim {
        name: String,
        value: Vec<u8>,
        answer: Answer<Vec<u8>>,
    },
    Replace {
        name: String,
        value: Vec<u8>,
        answer: Answer<()>,
    },
    Change(Change),
    Check {
        answer: Answer<()>,
    },
    Reopen {
        answer: Answer<()>,
    },
}

/// A change of people, in a transaction or after an error instead of one.
type Change = Box<dyn FnOnce(Result<&mut Tables<'_>, Error>) -> Delivery + Send>;

/// Tells whoever asked, once it is known whether the group was flushed.
type Delivery = Box<dyn FnOnce(Result<(), Error>)>;

impl Job {
    /// Gives a job that changes people. It does nothing when whoever asked has gone.
    pub(super) fn change<T: Send + 'static>(
        answer: Answer<T>,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Self {
        Self::Change(Box::new(move |tables| {
            if answer.is_closed() {
                return Box::new(|_flushed| {});
            }
            delivery(answer, tables.and_then(work))
        }))
    }

    fn puts(&self) -> usize {
        match self {
            Self::Put { batch, .. } => batch.len(),
            Self::Claim { .. } | Self::Replace { .. } | Self::Change(_) | Self::Check { .. } => 1,
            Self::Reopen { .. } => 0,
        }
    }

    fn run(self, tables: &mut Tables<'_>) -> Delivery {
        match self {
            // Whoever asked has gone: the records are not needed.
            Self::Put { answer, .. } if answer.is_closed() => Box::new(|_flushed| {}),
            Self::Put { batch, turn, answer } => {
                let result = batch.iter().map(|put| tables.put(put)).collect();
                Box::new(move |flushed: Result<(), Error>| {
                    drop(turn);
                    tell(answer, flushed.and(result));
                })
            }
            Self::Claim { name, value, answer } => delivery(answer, tables.claim(&name, &value)),
            Self::Replace { name, value, answer } => {
                delivery(answer, tables.replace(&name, &value))
            }
            Self::Change(change) => change(Ok(tables)),
            Self::Check { answer } => delivery(answer, tables.replace(".canary", b"")),
            Self::Reopen { answer } => delivery(answer, Ok(())),
        }
    }

    fn refuse(self, error: Error) {
        match self {
            Self::Put { answer, .. } => tell(answer, Err(error)),
            Self::Claim { answer, .. } => tell(answer, Err(error)),
            Self::Change(change) => change(Err(error))(Ok(())),
            Self::Replace { answer, .. } | Self::Check { answer } | Self::Reopen { answer } => {
                tell(answer, Err(error));
            }
        }
    }
}

fn delivery<T: 'static>(answer: Answer<T>, result: Result<T, Error>) -> Delivery {
    Box::new(move |flushed| tell(answer, flushed.and(result)))
}

fn tell<T>(answer: Answer<T>, result: Result<T, Error>) {
    // Whoever asked may have gone: its deadline passed, or its client did.
    drop(answer.send(result));
}

struct Writer {
    store: Option<Arc<Store>>,
    /// The last store, to see when its readers are done: only then may the file be opened again.
    last: Weak<Store>,
    identity: FileIdentity,
    slot: Arc<Live<Slot>>,
    jobs: mpsc::Receiver<Job>,
    opener: Opener,
    pulse: Arc<Pulse>,
}

/// Starts the thread; it ends when all senders of `jobs` are gone.
pub(super) fn spawn(
    store: Arc<Store>,
    slot: Arc<Live<Slot>>,
    jobs: mpsc::Receiver<Job>,
    opener: Opener,
    pulse: Arc<Pulse>,
) -> Result<JoinHandle<()>, Error> {
    let (last, identity) = (Arc::downgrade(&store), store.place.identity);
    let writer = Writer { store: Some(store), last, identity, slot, jobs, opener, pulse };
    thread::Builder::new()
        .name("vault-writer".to_owned())
        .spawn(move || writer.run())
        .map_err(|error| Error::unavailable(format!("no thread for the writer: {error}")))
}

impl Writer {
    fn run(mut self) {
        while let Some(first) = self.jobs.blocking_recv() {
            let mut puts = first.puts();
            let mut group = vec![first];
            while puts < PUTS_PER_FLUSH
                && let Ok(next) = self.jobs.try_recv()
            {
                puts = puts.saturating_add(next.puts());
                group.push(next);
            }
            self.serve(group);
        }
    }

    fn serve(&mut self, group: Vec<Job>) {
        let store = match self.store() {
            Ok(store) => store,
            Err(error) => {
                return group.into_iter().for_each(|job| job.refuse(error.clone()));
            }
        };
        let mut waiting = group.into_iter();
        let mut deliveries: Vec<Delivery> = Vec::new();
        store.place.unsettle();
        let flushed = guarded(|| {
            let transaction = store.begin()?;
            let mut tables = Tables::open(&transaction)?;
            deliveries.extend(waiting.by_ref().map(|job| job.run(&mut tables)));
            let (changed, failed) = (tables.is_changed(), tables.failed.clone());
            drop(tables);
            failed.map_or(Ok(()), Err)?;
            store::finish(transaction, changed)?;
            if changed {
                self.pulse.0.replace(Some(Instant::now()));
            }
            Ok(())
        });
        if let Err(error) = &flushed {
            self.close(error);
        }
        // Looked at after the flush: only then is it known where the flush went.
        let flushed = flushed.and_then(|()| store.place.settle());
        drop(store);
        for delivery in deliveries {
            delivery(flushed.clone());
        }
        for job in waiting {
            job.refuse(flushed.clone().err().unwrap_or(Error::Timeout));
        }
    }

    fn store(&mut self) -> Result<Arc<Store>, Error> {
        if let Some(store) = &self.store {
            return store.place.check().map(|()| Arc::clone(store));
        }
        if self.last.strong_count() > 0 {
            return Err(Error::unavailable("the database is being closed after a failed write"));
        }
        let store = match (self.opener)(Some(self.identity)) {
            Ok(store) => Arc::new(store),
            Err(error) => {
                self.slot.replace(Slot::Closed(error.clone()));
                return Err(error);
            }
        };
        self.last = Arc::downgrade(&store);
        self.store = Some(Arc::clone(&store));
        self.slot.replace(Slot::Open(Arc::clone(&store)));
        Ok(store)
    }

    /// Gives the store up after a failed write. The next job opens it anew: redb refuses all
    /// further work on a database that failed once, as the state on disk is then unknown.
    fn close(&mut self, error: &Error) {
        self.store = None;
        self.slot.replace(Slot::Closed(error.clone()));
    }
}
