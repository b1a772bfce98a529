//! Calls of an erasure and of others, in every order that chance finds.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use cloakroom::vault::Error;
use cloakroom::vault::Vault;
use cloakroom::vault::subjects::Pass;
use cloakroom::vault::subjects::Wanted;
use cloakroom::vault::subjects::Work;
use proptest::prelude::*;
use proptest::test_runner::Config;
use proptest::test_runner::TestRunner;

use super::support::at;
use super::support::document;
use super::support::entry;
use super::support::index;
use super::support::item;
use super::support::owners;
use super::support::person;
use super::support::put;
use super::support::put_all;
use super::support::setting;
use super::support::texts;
use super::support::tombstone;
use super::support::work;
use crate::vault_contract::backends::Backend;

const BEFORE: u64 = 5;
const ERASED: u64 = 10;
const AFTER: u64 = 20;
const RECORDS: u64 = 3;

/// One call; records are numbered from 0.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A put for the person, by an exchange that began at this second.
    Put(u64, u64),
    Bind(u64, u64),
    /// A put for somebody else.
    PutOfOther(u64),
    /// Reads the person, to write later.
    Read,
    Write,
    /// The next call of the erasure.
    Erase,
}

/// What the erasure does next.
#[derive(Debug, Clone)]
enum Next {
    Look,
    Plan { revision: u64, numbers: Vec<u64> },
    Kill { revision: u64, numbers: Vec<u64> },
    First { numbers: Vec<u64> },
    List,
    Last { work: Vec<Work> },
    Done,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let since = prop_oneof![Just(BEFORE), Just(AFTER)];
    let step = prop_oneof![
        4 => (0..RECORDS, since.clone()).prop_map(|(record, since)| Step::Put(record, since)),
        2 => (0..RECORDS, since).prop_map(|(record, since)| Step::Bind(record, since)),
        1 => (0..RECORDS).prop_map(Step::PutOfOther),
        1 => Just(Step::Read),
        2 => Just(Step::Write),
        5 => Just(Step::Erase),
    ];
    proptest::collection::vec(step, 1..24)
}

/// One person of one case, and what must be there of them.
struct Case<'v> {
    vault: &'v dyn Vault,
    who: u64,
    next: Next,
    revision: u64,
    is_killed: bool,
    /// Records in the index, and those of them that were put.
    bound: BTreeSet<u64>,
    put: BTreeSet<u64>,
    of_other: BTreeSet<u64>,
    documents: usize,
}

impl Case<'_> {
    /// The number of a record, which no other case has.
    fn record(&self, number: u64) -> u64 {
        self.who * 10 + number
    }

    fn answered(&self, since: u64, answer: &Result<(), Error>) -> bool {
        let expected = if self.is_killed && since <= ERASED { Err(Error::Erased) } else { Ok(()) };
        assert_eq!(*answer, expected);
        answer.is_ok()
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Put(number, since) => {
                let number = self.record(number);
                let mut new = put(self.who, number, at(since));
                // Tags are looked for below 10.
                new.subject.tag = item(1, number).tag;
                let answer = put_all(self.vault, vec![new]).await;
                if self.answered(since, &answer) {
                    self.bound.insert(number);
                    self.put.insert(number);
                }
            }
            Step::Bind(number, since) => {
                let number = self.record(number);
                let items = vec![item(1, number)];
                let answer = self.vault.bind(person(self.who), entry(1), items, at(since)).await;
                if self.answered(since, &answer) {
                    self.bound.insert(number);
                }
            }
            Step::PutOfOther(number) => {
                let number = self.record(number);
                put_all(self.vault, vec![put(2, number, at(BEFORE))]).await.unwrap();
                self.of_other.insert(number);
            }
            Step::Read => self.revision = self.look().await,
            Step::Write => self.write().await,
            Step::Erase => self.erase().await,
        }
    }

    async fn look(&self) -> u64 {
        let seen = self.vault.read(person(self.who), Wanted::Entry, at(2)).await.unwrap();
        seen.map_or(0, |seen| seen.entry.revision)
    }

    async fn write(&mut self) {
        let now = self.look().await;
        let changes = setting(&[(1, document("a"))]);
        let written = self.vault.write(person(self.who), self.revision, changes).await;
        match written {
            Ok(revision) => {
                assert_eq!((self.revision, revision), (now, now + 1));
                self.documents = 1;
            }
            Err(Error::Erased) => assert!(self.is_killed),
            Err(error) => {
                assert_eq!(error, Error::Conflict);
                assert!(self.revision != now || now == 0);
            }
        }
    }

    async fn erase(&mut self) {
        let (vault, who) = (self.vault, person(self.who));
        self.next = match std::mem::replace(&mut self.next, Next::Done) {
            Next::Look => {
                Next::Plan { revision: self.look().await, numbers: index(vault, self.who).await }
            }
            Next::Plan { revision, numbers } => {
                vault.plan(who, work(1, &numbers)).await.unwrap();
                Next::Kill { revision, numbers }
            }
            Next::Kill { revision, numbers } => {
                let size = u64::try_from(numbers.len()).unwrap();
                match vault.kill(who, revision, size, tombstone(ERASED)).await {
                    Ok(()) => {
                        self.is_killed = true;
                        self.documents = 0;
                        self.bound.clear();
                        self.put.clear();
                        Next::First { numbers }
                    }
                    Err(error) => {
                        assert_eq!(error, Error::Conflict);
                        Next::Look
                    }
                }
            }
            Next::First { numbers } => {
                vault.unbind(who, work(1, &numbers), Pass::First).await.unwrap();
                Next::List
            }
            Next::List => Next::Last { work: vault.worklist(who).await.unwrap() },
            Next::Last { work } => {
                vault.unbind(who, work, Pass::Last).await.unwrap();
                Next::Done
            }
            Next::Done => Next::Done,
        };
    }

    async fn is_as_it_must_be(&self) {
        let vault = self.vault;
        let seen = vault.read(person(self.who), Wanted::All, at(2)).await.unwrap();
        assert_eq!(seen.map_or(0, |seen| texts(&seen).len()), self.documents);
        let bound: Vec<u64> = self.bound.iter().copied().collect();
        assert_eq!(index(vault, self.who).await, bound);
        for number in (0..RECORDS).map(|number| self.record(number)) {
            let mut expected = Vec::new();
            expected.extend(self.put.contains(&number).then_some(1));
            expected.extend(self.of_other.contains(&number).then_some(2));
            let mut tags = owners(vault, number).await;
            // Between the kill and the end of the work the tag may still be there; nothing opens by it.
            // Who binds a record by right before that keeps the tag, whether they put it or not.
            let is_open = matches!(self.next, Next::First { .. } | Next::List | Next::Last { .. });
            if is_open || self.bound.contains(&number) {
                tags.retain(|tag| *tag != 1 || self.put.contains(&number));
            }
            assert_eq!(tags, expected, "{number}");
        }
    }
}

pub(super) fn nothing_comes_back(backend: &dyn Backend) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let vault = backend.vault();
    let numbers = AtomicU64::new(100);
    let mut runner = TestRunner::new(Config { cases: 48, ..Config::default() });
    let result = runner.run(&steps(), |steps| {
        runtime.block_on(async {
            let mut case = Case {
                vault: vault.as_ref(),
                who: numbers.fetch_add(1, Ordering::SeqCst),
                next: Next::Look,
                revision: 0,
                is_killed: false,
                bound: BTreeSet::new(),
                put: BTreeSet::new(),
                of_other: BTreeSet::new(),
                documents: 0,
            };
            for step in steps {
                case.take(step).await;
                case.is_as_it_must_be().await;
            }
            while !matches!(case.next, Next::Done) {
                case.take(Step::Erase).await;
            }
            case.is_as_it_must_be().await;
        });
        Ok(())
    });
    result.unwrap();
}
