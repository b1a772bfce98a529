//! The journal as the rest of the program sees it: append, note, health, close.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use data_encoding::HEXLOWER;
use tokio::sync::oneshot;

use crate::audit::config::Config;
use crate::audit::error::Error;
use crate::audit::event::Event;
use crate::audit::folder::Folder;
use crate::audit::index::Index;
use crate::audit::queue::Health;
use crate::audit::queue::Queue;
use crate::audit::queue::SignedLine;
use crate::audit::queue::Waiter;
use crate::audit::store::Store;
use crate::audit::unended;
use crate::audit::writer::Writer;
use crate::base::Clock;
use crate::base::Sensitive;
use crate::base::Timestamp;
use crate::crypto::note::Signer;
use crate::telemetry::metrics::Counter;

/// Proof that an event is on record: its line was durable before this was made. Only
/// [`Journal::append`] gives one.
///
/// ```compile_fail
/// let receipt = cloakroom::audit::Receipt { seq: 7 };
/// ```
#[derive(Debug)]
#[must_use = "whoever asked for durability waits for it"]
pub struct Receipt {
    seq: u64,
}

impl Receipt {
    /// The journal's writer makes one per durable event, and nobody else.
    pub(super) fn of(seq: u64) -> Self {
        Self { seq }
    }

    /// Number of the event in the journal, from 0.
    pub fn seq(&self) -> u64 {
        self.seq
    }
}

/// A handle on the journal; clones share one writer.
#[derive(Clone)]
pub struct Journal(Arc<Inner>);

struct Inner {
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    public_key: String,
    folder: Arc<Path>,
    discontinued: AtomicBool,
    index: Arc<Index>,
    /// Signs receipts of erasures; the writer has its own for checkpoints.
    signer: Signer,
}

impl Journal {
    /// Opens the journal, or starts one, and its writer.
    ///
    /// An end that was never acknowledged, as a killed process leaves it, is moved to `torn/` and an
    /// event says so. Refuses a journal that another process writes, and one that is not what was
    /// signed: [`Error::Damaged`] names file and line, and nothing is written.
    pub fn open(
        config: &Config,
        seed: &Sensitive<[u8; 32]>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let signer = Signer::new(&config.origin, seed);
        let signer = signer.map_err(|_| Error::Origin(config.origin.clone()))?;
        let public_key = signer.verifier().to_string();
        let boot_id = boot_id()?;
        let receipts = Signer::new(&config.origin, seed);
        let receipts = receipts.map_err(|_| Error::Origin(config.origin.clone()))?;
        let (store, torn) = Store::open(config, signer)?;
        let queue = Arc::new(Queue::new(clock));
        queue.report(|health| {
            health.events = store.next();
            health.signed = store.signed();
        });
        let damaged = |fault| Error::Damaged { folder: config.path.clone(), fault };
        let mut first =
            unended::outcomes(&Folder::at(&config.path), store.next()).map_err(damaged)?;
        if torn.lines + torn.checkpoints > 0 {
            first.insert(0, Event::repaired(torn.lines, torn.checkpoints));
        }
        let node = config.origin.rsplit('/').next().unwrap_or_default().to_owned();
        let signed_at = Timestamp(0);
        let queued = Arc::clone(&queue);
        let mut writer = Writer {
            store,
            queue: queued,
            boot_id,
            node,
            lost: 0,
            failing: false,
            signed_at,
            unsigned: Vec::new(),
        };
        writer.begin(first);
        let thread = std::thread::Builder::new().name("audit".to_owned());
        let thread = thread.spawn(move || writer.run()).map_err(Error::Thread)?;
        let folder = Arc::from(config.path.as_path());
        let (thread, discontinued) = (Mutex::new(Some(thread)), AtomicBool::new(false));
        let index = Arc::new(Index::new(Folder::at(&config.path), seed));
        Ok(Self(Arc::new(Inner {
            queue,
            thread,
            public_key,
            folder,
            discontinued,
            index,
            signer: receipts,
        })))
    }

    /// Puts an event on record. Answers when it is durable; an error means that it is not, though it
    /// may still show up after a crash: the journal tells rather too much than too little.
    ///
    /// A call that is dropped while it waits does not take the event back.
    pub async fn append(&self, event: Event) -> Result<Receipt, Error> {
        if self.is_discontinued() {
            return Err(Error::Discontinued);
        }
        let (answer, answered) = oneshot::channel();
        self.0.queue.push(event, Waiter::Append(answer))?;
        answered.await.unwrap_or(Err(Error::Closed))
    }

    /// Puts an event on record, and answers when a checkpoint covers it: with one over all that were
    /// written at that moment, so a few milliseconds later than [`Self::append`].
    pub(super) async fn append_signed(&self, event: Event) -> Result<SignedLine, Error> {
        if self.is_discontinued() {
            return Err(Error::Discontinued);
        }
        let (answer, answered) = oneshot::channel();
        self.0.queue.push(event, Waiter::Signed(answer))?;
        answered.await.unwrap_or(Err(Error::Closed))
    }

    /// Puts an event in line and does not wait. When it cannot be queued or written, it is counted,
    /// and the next event on record carries the number in its field `lost`.
    pub fn note(&self, event: Event) {
        drop(self.0.queue.push(event, Waiter::Note));
    }

    /// As [`Self::note`], for an event that anybody on the network can cause before a rule is known to
    /// concern them: ten a second are put in line, the others are counted as lost.
    pub fn note_of_stranger(&self, event: Event) {
        if self.0.queue.admits_stranger() {
            self.note(event);
        }
    }

    /// Counts events that become durable, and those that did since the journal was opened. Call it once.
    pub fn count_with(&self, counter: Counter) {
        self.0.queue.count_with(counter);
    }

    /// Gives no receipts from now on, so that nothing is revealed: events that were on record are
    /// missing ([`crate::audit::continues`]). Notes are written as before.
    pub fn discontinue(&self) {
        self.0.discontinued.store(true, Ordering::Relaxed);
    }

    /// Whether it gives no receipts because events are missing.
    pub fn is_discontinued(&self) -> bool {
        self.0.discontinued.load(Ordering::Relaxed)
    }

    /// The newest checkpoint that this process has signed, as the signed note that it is.
    pub fn checkpoint(&self) -> Option<Arc<str>> {
        self.0.queue.checkpoint()
    }

    /// The key that signs receipts of erasures.
    pub(super) fn signer(&self) -> &Signer {
        &self.0.signer
    }

    /// The index of references that goes with it.
    pub(super) fn index(&self) -> &Arc<Index> {
        &self.0.index
    }

    /// Says how the journal is.
    pub fn health(&self) -> Health {
        self.0.queue.health()
    }

    /// The key that verifies this journal, `name+hash+base64`.
    pub fn public_key(&self) -> &str {
        &self.0.public_key
    }

    /// The folder it is written to.
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Writes what waits, signs, and ends the writer. Other handles get [`Error::Closed`] from now
    /// on. Blocks until the disk has it.
    pub fn close(self) {
        self.0.finish();
    }
}

impl Inner {
    fn finish(&self) {
        self.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic of the writer was told to everybody who waited.
            drop(thread.join());
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.finish();
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Journal({})", self.0.folder.display())
    }
}

/// A random name for the time between two starts.
fn boot_id() -> Result<String, Error> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| Error::Thread(std::io::Error::other("no random bytes")))?;
    Ok(HEXLOWER.encode(&bytes))
}
