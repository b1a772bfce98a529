//! Many at once, each with a connection and a thread of its own.

use std::sync::Arc;
use std::sync::Barrier;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use cloakroom::vault::Error;
use cloakroom::vault::Vault;
use cloakroom::vault::subjects::Pass;
use cloakroom::vault::subjects::Placed;
use cloakroom::vault::subjects::State;
use cloakroom::vault::subjects::SubjectEntry;
use cloakroom::vault::subjects::Wanted;

use super::support::at;
use super::support::document;
use super::support::entering;
use super::support::entry;
use super::support::id;
use super::support::index;
use super::support::item;
use super::support::owners;
use super::support::person;
use super::support::put;
use super::support::put_all;
use super::support::read;
use super::support::setting;
use super::support::texts;
use super::support::tombstone;
use super::support::work;
use crate::vault_contract::backends::Backend;

/// Runs what is given on so many threads at once.
fn at_once(backend: &dyn Backend, threads: u64, work: impl AsyncFn(u64, Arc<dyn Vault>) + Sync) {
    let barrier = Barrier::new(usize::try_from(threads).unwrap());
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (barrier, work) = (&barrier, &work);
            scope.spawn(move || {
                let runtime =
                    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let vault = backend.vault();
                    // The connection is dialled before all begin.
                    vault.claimed("begin").await.unwrap();
                    barrier.wait();
                    work(thread, vault).await;
                });
            });
        }
    });
}

pub(super) async fn no_update_is_lost(backend: &dyn Backend) {
    const THREADS: u64 = 4;
    const EACH: u64 = 25;
    let vault = backend.vault();
    vault.write(person(1), 0, entering(1)).await.unwrap();
    vault.write(person(1), 1, setting(&[(1, document("0"))])).await.unwrap();
    at_once(backend, THREADS, async |_, vault| {
        let mut counted = 0;
        while counted < EACH {
            let seen = read(vault.as_ref(), 1).await.unwrap();
            let count: u64 = texts(&seen)[&1].parse().unwrap();
            let next = setting(&[(1, document(&(count + 1).to_string()))]);
            match vault.write(person(1), seen.entry.revision, next).await {
                Ok(revision) => {
                    assert_eq!(revision, seen.entry.revision + 1);
                    counted += 1;
                }
                Err(error) => assert_eq!(error, Error::Conflict),
            }
        }
    });
    let seen = read(vault.as_ref(), 1).await.unwrap();
    assert_eq!(texts(&seen)[&1], (THREADS * EACH).to_string());
    assert_eq!(seen.entry.revision, 2 + THREADS * EACH);
}

pub(super) async fn taking_never_gives_one_more(backend: &dyn Backend) {
    const USES: u64 = 60;
    let placed =
        Placed { handle: person(1), until: at(50), uses: Some(u32::try_from(USES).unwrap()) };
    backend.vault().place(id(1), placed, at(1)).await.unwrap();
    let taken = AtomicU64::new(0);
    at_once(backend, 4, async |_, vault| {
        for turn in 0..30_u64 {
            if turn.is_multiple_of(7) {
                vault.place(id(1), placed, at(1)).await.unwrap();
            }
            if vault.take(id(1), at(2)).await.unwrap().is_some() {
                taken.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    assert_eq!(taken.load(Ordering::SeqCst), USES);
}

/// The times of one round.
#[derive(Clone, Copy)]
struct Round {
    before: u64,
    erased: u64,
    after: u64,
    /// The first of [`RECORDS`] records.
    first: u64,
}

const RECORDS: u64 = 12;
/// Between the records of before and those of after.
const AFTER: u64 = 500;

impl Round {
    fn new(number: u64) -> Self {
        let start = 100 * number;
        Self { before: start + 5, erased: start + 10, after: start + 20, first: 1000 * number }
    }

    fn records(self) -> std::ops::Range<u64> {
        self.first..self.first + RECORDS
    }

    /// Puts for two people what an exchange of before the erasure brings.
    async fn put_late(self, vault: &dyn Vault) {
        for number in self.records() {
            let puts = vec![put(1, number, at(self.before)), put(2, number, at(self.before))];
            let answer = put_all(vault, puts).await;
            assert!(matches!(answer, Ok(()) | Err(Error::Erased)), "{answer:?}");
        }
    }

    /// Binds and writes; what it writes, it writes for the person of before.
    async fn write_late(self, vault: &dyn Vault) {
        for number in self.records() {
            let entry = SubjectEntry { born: at(self.before), ..entry(1) };
            let bound = vault.bind(person(1), entry, vec![item(1, number)], at(self.before)).await;
            assert!(matches!(bound, Ok(()) | Err(Error::Erased)), "{bound:?}");
            let seen = vault.read(person(1), Wanted::Entry, at(2)).await.unwrap();
            let Some(seen) = seen.filter(|seen| seen.entry.born < at(self.erased)) else {
                continue;
            };
            let secret = setting(&[(number, document("before"))]);
            let written = vault.write(person(1), seen.entry.revision, secret).await;
            let is_known = matches!(written, Ok(_) | Err(Error::Conflict | Error::Erased));
            assert!(is_known, "{written:?}");
        }
    }

    /// Puts for somebody else all the time, and for the person once they are erased.
    async fn put_after(self, vault: &dyn Vault, is_erased: &AtomicBool) -> Vec<u64> {
        let mut answered = Vec::new();
        for number in self.records() {
            let comes_back = is_erased.load(Ordering::SeqCst);
            put_all(vault, vec![put(3, number, at(self.after))]).await.unwrap();
            if comes_back {
                let both = [number, number + AFTER].map(|number| put(1, number, at(self.after)));
                put_all(vault, both.to_vec()).await.unwrap();
                answered.extend([number, number + AFTER]);
            }
        }
        answered
    }
}

/// Writers that began before an erasure go on while it runs, and some begin after it. In the end nothing
/// of before is there, and all that came after it and was answered is.
pub(super) async fn an_erasure_wins_over_whoever_writes(backend: &dyn Backend) {
    let vault = backend.vault();
    for number in 1..=12 {
        let round = Round::new(number);
        let (is_erased, new) = (AtomicBool::new(false), Mutex::new(Vec::new()));
        at_once(backend, 4, async |thread, vault| match thread {
            0 => round.put_late(vault.as_ref()).await,
            1 => round.write_late(vault.as_ref()).await,
            2 => {
                run_erasure(vault.as_ref(), round.erased).await;
                is_erased.store(true, Ordering::SeqCst);
            }
            _ => {
                let answered = round.put_after(vault.as_ref(), &is_erased).await;
                *new.lock().unwrap() = answered;
            }
        });
        // The second time, when all puts of before are done.
        finish_erasure(vault.as_ref()).await;
        let mut new = new.into_inner().unwrap();
        new.sort_unstable();
        let seen = read(vault.as_ref(), 1).await.unwrap();
        assert_eq!(texts(&seen).len(), 0, "round {number}");
        assert_eq!(index(vault.as_ref(), 1).await, new, "round {number}");
        assert_eq!(seen.entry.state == State::Live, !new.is_empty(), "round {number}");
        for record in round.records().flat_map(|record| [record, record + AFTER]) {
            let tags = owners(vault.as_ref(), record).await;
            assert_eq!(
                tags.contains(&1),
                new.contains(&record),
                "round {number}: {record} {tags:?}"
            );
            assert!(tags.contains(&3) || record >= round.first + AFTER, "{record} {tags:?}");
        }
    }
}

/// Kills person 1 as an erasure does, however often others are faster; then does the work once.
async fn run_erasure(vault: &dyn Vault, seconds: u64) {
    loop {
        let seen = vault.read(person(1), Wanted::Entry, at(2)).await.unwrap();
        let numbers = index(vault, 1).await;
        vault.plan(person(1), work(1, &numbers)).await.unwrap();
        let revision = seen.map_or(0, |seen| seen.entry.revision);
        let size = u64::try_from(numbers.len()).unwrap();
        match vault.kill(person(1), revision, size, tombstone(seconds)).await {
            Ok(()) => {
                return vault.unbind(person(1), work(1, &numbers), Pass::First).await.unwrap();
            }
            Err(error) => assert_eq!(error, Error::Conflict),
        }
    }
}

pub(super) async fn finish_erasure(vault: &dyn Vault) {
    loop {
        let work = vault.worklist(person(1)).await.unwrap();
        if work.is_empty() {
            return;
        }
        vault.unbind(person(1), work, Pass::Last).await.unwrap();
    }
}
