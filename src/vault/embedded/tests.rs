//! The embedded vault on a disk that fails on demand.

use std::fs::OpenOptions;
use std::io;
use std::path::PathBuf;
use std::sync::Condvar;
use std::sync::Mutex;

use redb::StorageBackend;
use redb::backends::FileBackend;
use tempfile::TempDir;

use super::place::Place;
use super::*;
use crate::base::ClassCode;
use crate::base::SubjectHandle;
use crate::base::SubjectTag;
use crate::base::Timestamp;
use crate::net::Caller;
use crate::vault::Binding;
use crate::vault::Owner;
use crate::vault::Subjects;

/// What the disk does from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Writes and growth fail like this.
    Writes(io::ErrorKind),
    /// The disk is full: what lies in the first bytes may be written, nothing behind them.
    Beyond(u64),
    /// Only flushes fail like this.
    Flushes(io::ErrorKind),
    /// Writes panic, as a broken invariant of the database would.
    Panics,
    /// Flushes do not return.
    Stuck,
}

#[derive(Debug, Default)]
struct Switch {
    fault: Mutex<Option<Fault>>,
    changed: Condvar,
}

#[derive(Debug)]
struct Disk {
    file: FileBackend,
    switch: Arc<Switch>,
}

impl Disk {
    fn fault(&self) -> Option<Fault> {
        *self.switch.fault.lock().unwrap()
    }

    fn wait(&self) {
        let fault = self.switch.fault.lock().unwrap();
        let stuck = |fault: &mut Option<Fault>| *fault == Some(Fault::Stuck);
        drop(self.switch.changed.wait_while(fault, stuck).unwrap());
    }

    fn write_fault(&self, end: u64) -> io::Result<()> {
        match self.fault() {
            Some(Fault::Writes(kind)) => Err(kind.into()),
            Some(Fault::Beyond(room)) if end > room => Err(io::ErrorKind::StorageFull.into()),
            Some(Fault::Panics) => panic!("a broken invariant"),
            None | Some(Fault::Beyond(_) | Fault::Flushes(_) | Fault::Stuck) => Ok(()),
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.write_fault(len)?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        match self.fault() {
            Some(Fault::Flushes(kind)) => return Err(kind.into()),
            Some(Fault::Stuck) => self.wait(),
            None | Some(Fault::Writes(_) | Fault::Beyond(_) | Fault::Panics) => {}
        }
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.write_fault(offset + u64::try_from(data.len()).unwrap_or(u64::MAX))?;
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }
}

struct Bench {
    vault: EmbeddedVault,
    switch: Arc<Switch>,
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self::patient_for(Duration::from_secs(20))
    }

    fn patient_for(deadline: Duration) -> Self {
        let folder = TempDir::new().unwrap();
        let path: PathBuf = folder.path().join("vault.redb");
        let switch = Arc::<Switch>::default();
        let shared = Arc::clone(&switch);
        let opener = Box::new(move |_known| {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            let file = options.open(&path).unwrap();
            let place = Place::of(&path, &file).unwrap();
            let file = FileBackend::new(file).unwrap();
            Store::on(Disk { file, switch: Arc::clone(&shared) }, &path, place)
        });
        let vault = EmbeddedVault::start(opener, deadline).unwrap();
        Self { vault, switch, folder }
    }

    fn set(&self, fault: Option<Fault>) {
        *self.switch.fault.lock().unwrap() = fault;
        self.switch.changed.notify_all();
    }

    async fn put(&self, numbers: std::ops::Range<u8>) -> Result<Vec<Entry>, Error> {
        puts(&self.vault, numbers.map(put).collect()).await
    }

    async fn holds(&self, number: u8) -> bool {
        self.vault.fetch(vec![StoreKey([number; 16])]).await.unwrap() != [None]
    }
}

async fn puts(vault: &EmbeddedVault, batch: Vec<Put>) -> Result<Vec<Entry>, Error> {
    let stored = vault.put(Caller::GATEWAY, batch).await?;
    Ok(stored.into_iter().map(|stored| stored.entry).collect())
}

fn put(number: u8) -> Put {
    let owner = Owner {
        handle: SubjectHandle([7; 16]),
        class: ClassCode::new("em").unwrap(),
        since: Timestamp(1),
        entry: None,
    };
    let subject = Binding { owner: Some(owner), tag: SubjectTag([number; 16]) };
    Put { key: StoreKey([number; 16]), record: vec![number; 50], subject }
}

/// Old records there, the refused one not answered, and all is well once the disk is.
async fn refuses_and_heals(fault: Fault, expected: fn(&Error) -> bool) {
    let bench = Bench::new();
    bench.put(0..100).await.unwrap();

    bench.set(Some(fault));
    for _ in 0..3 {
        let error = bench.put(100..120).await.unwrap_err();
        assert!(expected(&error), "{fault:?}: {error:?}");
        assert!(bench.vault.check().await.is_err());
    }

    bench.set(None);
    assert!(bench.holds(50).await);
    bench.put(100..120).await.unwrap();
    bench.vault.check().await.unwrap();
    assert!(bench.holds(110).await);
    let index = bench.vault.of_subject(SubjectHandle([7; 16])).await.unwrap();
    let class = ClassCode::new("em").unwrap();
    assert_eq!(index, (0..120).map(|number| (StoreKey([number; 16]), class)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_full_disk_refuses_and_heals() {
    let full = |error: &Error| matches!(error, Error::Full { .. });
    refuses_and_heals(Fault::Writes(io::ErrorKind::StorageFull), full).await;
    refuses_and_heals(Fault::Flushes(io::ErrorKind::StorageFull), full).await;
    refuses_and_heals(Fault::Writes(io::ErrorKind::QuotaExceeded), full).await;
}

#[tokio::test]
async fn a_read_only_disk_refuses_and_heals() {
    let read_only = |error: &Error| matches!(error, Error::ReadOnly { .. });
    refuses_and_heals(Fault::Writes(io::ErrorKind::ReadOnlyFilesystem), read_only).await;
}

#[tokio::test]
async fn a_failing_disk_refuses_and_heals() {
    let unavailable = |error: &Error| matches!(error, Error::Unavailable { .. });
    refuses_and_heals(Fault::Writes(io::ErrorKind::Other), unavailable).await;
    refuses_and_heals(Fault::Flushes(io::ErrorKind::Other), unavailable).await;
}

#[tokio::test]
async fn a_panic_of_the_database_refuses_and_heals() {
    let corrupt = |error: &Error| matches!(error, Error::Corrupt { .. });
    refuses_and_heals(Fault::Panics, corrupt).await;
}

#[tokio::test]
async fn a_failed_flush_fails_for_everybody_in_it() {
    let bench = Bench::new();
    bench.put(0..1).await.unwrap();
    // The first job keeps the writer busy; the others gather behind it, into one flush.
    bench.set(Some(Fault::Flushes(io::ErrorKind::Other)));
    let answers = futures_util::future::join_all((1..60).map(|n| bench.put(n..n + 1))).await;
    assert!(answers.iter().all(Result::is_err));
    bench.set(None);
    // Any of them may be stored, as after any error; but nobody was told so.
    bench.put(1..60).await.unwrap();
}

#[tokio::test]
async fn known_records_are_answered_while_the_disk_is_full() {
    let bench = Bench::new();
    let first = bench.put(0..10).await.unwrap();
    bench.set(Some(Fault::Writes(io::ErrorKind::StorageFull)));
    assert_eq!(bench.put(0..10).await.unwrap(), first);
    assert!(bench.holds(5).await);
}

#[tokio::test]
async fn reads_go_on_while_the_file_cannot_grow() {
    let bench = Bench::new();
    bench.put(0..10).await.unwrap();
    let size = bench.folder.path().join("vault.redb").metadata().unwrap().len();
    bench.set(Some(Fault::Beyond(size)));
    let mut large = put(10);
    large.record = vec![1; 16 * 1024 * 1024];
    for _ in 0..2 {
        let answer = puts(&bench.vault, vec![large.clone()]).await;
        assert!(matches!(answer, Err(Error::Full { .. })), "{answer:?}");
        assert!(bench.holds(5).await);
    }
    bench.set(None);
    puts(&bench.vault, vec![large]).await.unwrap();
}

#[tokio::test]
async fn known_records_cost_no_flush() {
    let bench = Bench::new();
    bench.put(0..10).await.unwrap();
    bench.set(Some(Fault::Flushes(io::ErrorKind::Other)));
    bench.put(0..10).await.unwrap();
    assert_eq!(bench.vault.claim(".format", b"x").await.unwrap(), b"2");
    assert!(bench.put(9..11).await.is_err());
}

#[tokio::test]
async fn a_stuck_disk_times_out_and_heals() {
    let bench = Bench::patient_for(Duration::from_millis(100));
    bench.set(Some(Fault::Stuck));
    assert_eq!(bench.put(0..1).await, Err(Error::Timeout));
    bench.set(None);
    while bench.put(0..1).await == Err(Error::Timeout) {}
    assert!(bench.holds(0).await);
}

#[tokio::test]
async fn another_layout_is_refused() {
    let folder = TempDir::new().unwrap();
    let store = Store::in_folder(folder.path(), None).unwrap();
    let transaction = store.begin().unwrap();
    let meta: redb::TableDefinition<'_, &str, &[u8]> = redb::TableDefinition::new("meta");
    transaction.open_table(meta).unwrap().insert(".format", b"1".as_slice()).unwrap();
    transaction.commit().unwrap();
    drop(store);
    let answer = open(folder.path(), Duration::from_secs(1)).map(drop);
    assert!(matches!(answer, Err(Error::Misconfigured { .. })));
}
