//! The laws. Each takes any backend.

use std::sync::Barrier;

use cloakroom::base::ClassCode;
use cloakroom::base::Principal;
use cloakroom::base::StoreKey;
use cloakroom::base::SubjectHandle;
use cloakroom::base::SubjectTag;
use cloakroom::base::Timestamp;
use cloakroom::net::Caller;
use cloakroom::vault::Binding;
use cloakroom::vault::Durability;
use cloakroom::vault::Entry;
use cloakroom::vault::Error;
use cloakroom::vault::Owner;
use cloakroom::vault::Put;
use cloakroom::vault::Vault;

use super::backends::Backend;

/// Puts in the name of the gateway, of which the entries alone are looked at.
pub(super) trait Puts {
    async fn puts(&self, batch: Vec<Put>) -> Result<Vec<Entry>, Error>;
}

impl<V: Vault + ?Sized> Puts for V {
    async fn puts(&self, batch: Vec<Put>) -> Result<Vec<Entry>, Error> {
        let stored = self.put(Caller::GATEWAY, batch).await?;
        Ok(stored.into_iter().map(|stored| stored.entry).collect())
    }
}

/// A key for a number; neighbours lie far apart, as with keyed hashes.
pub(super) fn key(number: u64) -> StoreKey {
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&spread.to_be_bytes());
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    StoreKey(bytes)
}

pub(super) fn tag(number: u8) -> SubjectTag {
    SubjectTag([number; 16])
}

/// A put for a known subject; its record differs from writer to writer.
pub(super) fn put(number: u64, writer: u8) -> Put {
    let record = format!("record {number} of writer {writer}").into_bytes();
    let owner = Owner {
        handle: SubjectHandle([writer; 16]),
        class: email(),
        since: Timestamp(1),
        entry: None,
    };
    let subject = Binding { owner: Some(owner), tag: tag(writer) };
    Put { key: key(number), record, subject }
}

/// The class of all records here.
pub(super) fn email() -> ClassCode {
    ClassCode::new("em").unwrap()
}

/// The keys in the index of a subject; all of one class.
pub(super) async fn index(vault: &dyn Vault, subject: u8) -> Vec<StoreKey> {
    let records = vault.of_subject(SubjectHandle([subject; 16])).await.unwrap();
    let keys = records.into_iter().map(|(key, class)| {
        assert_eq!(class, email());
        key
    });
    keys.collect()
}

fn entry(put: &Put, tags: &[u8]) -> Entry {
    Entry { record: put.record.clone(), tags: tags.iter().copied().map(tag).collect() }
}

pub(super) async fn first_put_wins(backend: &dyn Backend) {
    let vault = backend.vault();
    let mine = vault.puts(vec![put(1, 1)]).await.unwrap();
    assert_eq!(mine, [entry(&put(1, 1), &[1])]);
    let late = vault.puts(vec![put(1, 2)]).await.unwrap();
    assert_eq!(late[0].record, put(1, 1).record);
}

pub(super) async fn later_put_adds_its_tag_and_keeps_the_record(backend: &dyn Backend) {
    let vault = backend.vault();
    vault.puts(vec![put(1, 1)]).await.unwrap();
    let late = backend.vault().puts(vec![put(1, 2)]).await.unwrap();
    assert_eq!(late, [entry(&put(1, 1), &[1, 2])]);
    vault.puts(vec![put(1, 3)]).await.unwrap();
    let stored = vault.fetch(vec![key(1)]).await.unwrap();
    assert_eq!(stored, [Some(entry(&put(1, 1), &[1, 2, 3]))]);
}

pub(super) async fn the_same_put_twice_changes_nothing(backend: &dyn Backend) {
    let vault = backend.vault();
    let batch = vec![put(1, 1), put(2, 1)];
    let first = vault.puts(batch.clone()).await.unwrap();
    assert_eq!(vault.puts(batch.clone()).await.unwrap(), first);
    vault.puts(vec![put(1, 2)]).await.unwrap();
    let again = vault.puts(batch).await.unwrap();
    assert_eq!(again, [entry(&put(1, 1), &[1, 2]), entry(&put(2, 1), &[1])]);
}

pub(super) async fn duplicates_inside_a_batch_count_in_order(backend: &dyn Backend) {
    let batch = vec![put(1, 1), put(1, 2), put(2, 3), put(1, 1)];
    let answers = backend.vault().puts(batch).await.unwrap();
    let first = put(1, 1);
    let expected = [
        entry(&first, &[1]),
        entry(&first, &[1, 2]),
        entry(&put(2, 3), &[3]),
        entry(&first, &[1, 2]),
    ];
    assert_eq!(answers, expected);
}

pub(super) async fn answers_stand_in_the_order_of_the_batch(backend: &dyn Backend) {
    let vault = backend.vault();
    let order = [5, 3, 9, 1, 7];
    let answers = vault.puts(order.map(|number| put(number, 1)).to_vec()).await.unwrap();
    assert_eq!(answers, order.map(|number| entry(&put(number, 1), &[1])));
    let asked = vec![key(9), key(2), key(5), key(9)];
    let (nine, five) = (entry(&put(9, 1), &[1]), entry(&put(5, 1), &[1]));
    let fetched = vault.fetch(asked).await.unwrap();
    assert_eq!(fetched, [Some(nine.clone()), None, Some(five), Some(nine)]);
}

pub(super) async fn unknown_is_none(backend: &dyn Backend) {
    let vault = backend.vault();
    assert_eq!(vault.fetch(vec![key(1)]).await.unwrap(), [None]);
    assert_eq!(index(vault.as_ref(), 1).await, []);
}

pub(super) async fn an_empty_batch_has_an_empty_answer(backend: &dyn Backend) {
    let vault = backend.vault();
    assert_eq!(vault.puts(Vec::new()).await.unwrap(), []);
    assert_eq!(vault.fetch(Vec::new()).await.unwrap(), []);
}

pub(super) async fn ten_thousand_entries_are_one_batch(backend: &dyn Backend) {
    let vault = backend.vault();
    let batch: Vec<Put> = (0..10_000).map(|number| put(number, 1)).collect();
    let expected: Vec<Entry> = batch.iter().map(|put| entry(put, &[1])).collect();
    assert_eq!(vault.puts(batch.clone()).await.unwrap(), expected);
    assert_eq!(vault.puts(batch).await.unwrap(), expected);
    let fetched = vault.fetch((0..10_000).map(key).collect()).await.unwrap();
    assert_eq!(fetched, expected.into_iter().map(Some).collect::<Vec<_>>());
    assert_eq!(index(vault.as_ref(), 1).await.len(), 10_000);
}

pub(super) async fn a_put_says_what_it_created(backend: &dyn Backend) {
    let vault = backend.vault();
    let created = async |batch: Vec<Put>| -> Vec<bool> {
        let stored = vault.put(Caller::GATEWAY, batch).await.unwrap();
        stored.into_iter().map(|stored| stored.created).collect()
    };
    assert_eq!(
        created(vec![put(1, 1), put(2, 1), put(1, 1), put(1, 2)]).await,
        [true, true, false, false]
    );
    assert_eq!(created(vec![put(2, 1), put(2, 3), put(3, 1)]).await, [false, false, true]);
    assert_eq!(created((0..300).map(|number| put(number, 1)).collect()).await, {
        let mut all = vec![true; 300];
        all[1..4].fill(false);
        all
    });
}

pub(super) async fn a_long_batch_holds_up_nobody_else(backend: &dyn Backend) {
    const LONG: u64 = 20_000;
    let vault = backend.vault();
    let stranger = Caller::of(&Principal::anonymous(), [192, 0, 2, 1].into());
    let long = vault.put(Caller::GATEWAY, (0..LONG).map(|number| put(number, 1)).collect());
    let short = async {
        let mut answered = 0_u32;
        for first in (LONG..).step_by(3) {
            let few = (first..first + 3).map(|number| put(number, 2)).collect();
            vault.put(stranger, few).await.unwrap();
            vault.check().await.unwrap();
            answered += 1;
            if vault.fetch(vec![key(LONG - 1)]).await.unwrap() != [None] {
                break;
            }
        }
        answered
    };
    let (stored, answered) = tokio::join!(long, short);
    assert_eq!(stored.unwrap().len(), 20_000);
    let health = vault.check().await.unwrap();
    assert!(answered > 10 || health.durability == Durability::Process, "{answered}");
}

pub(super) async fn records_may_be_empty_or_large(backend: &dyn Backend) {
    let vault = backend.vault();
    let mut batch = vec![put(1, 1), put(2, 1), put(3, 1)];
    batch[0].record = Vec::new();
    batch[1].record = vec![0xff; 1024 * 1024];
    batch[2].record = (0..=255).collect();
    let expected: Vec<Entry> = batch.iter().map(|put| entry(put, &[1])).collect();
    assert_eq!(vault.puts(batch.clone()).await.unwrap(), expected);
    vault.puts(vec![put(1, 2), put(2, 2), put(3, 2)]).await.unwrap();
    let fetched = vault.fetch(vec![key(1), key(2), key(3)]).await.unwrap();
    let expected: Vec<_> = batch.iter().map(|put| Some(entry(put, &[1, 2]))).collect();
    assert_eq!(fetched, expected);
}

pub(super) async fn concurrent_putters_agree(backend: &dyn Backend) {
    const WRITERS: u8 = 8;
    const KEYS: u64 = 200;
    let start = Barrier::new(WRITERS.into());
    let answers: Vec<Vec<Entry>> = std::thread::scope(|scope| {
        let writers: Vec<_> = (1..=WRITERS)
            .map(|writer| {
                let start = &start;
                scope.spawn(move || {
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(async {
                        let vault = backend.vault();
                        start.wait();
                        let mut answers = Vec::new();
                        for first in (0..KEYS).step_by(10) {
                            let batch = (first..first + 10).map(|number| put(number, writer));
                            answers.extend(vault.puts(batch.collect()).await.unwrap());
                        }
                        answers
                    })
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    let stored = backend.vault().fetch((0..KEYS).map(key).collect()).await.unwrap();
    for (number, stored) in stored.into_iter().enumerate() {
        let mut stored = stored.unwrap();
        for answer in &answers {
            assert_eq!(answer[number].record, stored.record);
        }
        stored.tags.sort();
        assert_eq!(stored.tags, (1..=WRITERS).map(tag).collect::<Vec<_>>());
    }
}

pub(super) async fn index_lists_the_keys_of_a_subject(backend: &dyn Backend) {
    let vault = backend.vault();
    vault.puts(vec![put(1, 1), put(2, 1), put(3, 2), put(1, 2), put(1, 1)]).await.unwrap();
    vault.puts(vec![put(4, 1)]).await.unwrap();
    let mut ones = vec![key(1), key(2), key(4)];
    let mut twos = vec![key(3), key(1)];
    ones.sort();
    twos.sort();
    assert_eq!(index(vault.as_ref(), 1).await, ones);
    assert_eq!(index(vault.as_ref(), 2).await, twos);
    // A neighbour in the order of handles has nothing of it.
    assert_eq!(index(vault.as_ref(), 3).await, []);
}

pub(super) async fn the_unknown_subject_has_no_index(backend: &dyn Backend) {
    let vault = backend.vault();
    let mut unbound = put(1, 1);
    unbound.subject.owner = None;
    let answer = vault.puts(vec![unbound.clone(), put(1, 2)]).await.unwrap();
    assert_eq!(answer, [entry(&unbound, &[1]), entry(&unbound, &[1, 2])]);
    assert_eq!(index(vault.as_ref(), 1).await, []);
    assert_eq!(index(vault.as_ref(), 2).await, [key(1)]);
}

pub(super) async fn first_claim_wins(backend: &dyn Backend) {
    let (mine, other) = (backend.vault(), backend.vault());
    assert_eq!(mine.claim("keyring", b"first").await.unwrap(), b"first");
    assert_eq!(other.claim("keyring", b"second").await.unwrap(), b"first");
    assert_eq!(other.claim("class/em", b"").await.unwrap(), b"");
    assert_eq!(mine.claim("class/em", b"email").await.unwrap(), b"");
}

pub(super) async fn the_last_replacement_stays(backend: &dyn Backend) {
    let (mine, other) = (backend.vault(), backend.vault());
    mine.replace("journal", b"first").await.unwrap();
    other.replace("journal", b"second, and longer").await.unwrap();
    assert_eq!(mine.claimed("journal").await.unwrap().unwrap(), b"second, and longer");
    mine.replace("journal", b"").await.unwrap();
    assert_eq!(other.claimed("journal").await.unwrap().unwrap(), b"");
    assert_eq!(other.claim("journal", b"third").await.unwrap(), b"");
    assert_eq!(mine.claimed("journal/other").await.unwrap(), None);
}

pub(super) async fn asking_for_a_claim_makes_none(backend: &dyn Backend) {
    let (mine, other) = (backend.vault(), backend.vault());
    assert_eq!(mine.claimed("keyring").await.unwrap(), None);
    assert_eq!(other.claim("keyring", b"first").await.unwrap(), b"first");
    assert_eq!(mine.claimed("keyring").await.unwrap().unwrap(), b"first");
    other.claim("empty", b"").await.unwrap();
    assert_eq!(mine.claimed("empty").await.unwrap().unwrap(), b"");
}

pub(super) async fn a_check_finds_it_healthy(backend: &dyn Backend) {
    let vault = backend.vault();
    for _ in 0..2 {
        let health = vault.check().await.unwrap();
        if health.durability == Durability::Disk {
            assert_eq!(health.warnings, Vec::<String>::new());
        } else {
            assert_eq!(health.store, "memory");
        }
    }
}

pub(super) async fn survives_reopen(backend: &mut dyn Backend) {
    let vault = backend.vault();
    vault.puts(vec![put(1, 1), put(2, 1)]).await.unwrap();
    vault.puts(vec![put(1, 2)]).await.unwrap();
    vault.claim("keyring", b"first").await.unwrap();
    vault.replace("journal", b"old").await.unwrap();
    vault.replace("journal", b"new").await.unwrap();
    drop(vault);

    backend.reopen();

    let vault = backend.vault();
    let stored = vault.fetch(vec![key(1), key(2), key(3)]).await.unwrap();
    let (one, two) = (entry(&put(1, 1), &[1, 2]), entry(&put(2, 1), &[1]));
    assert_eq!(stored, [Some(one), Some(two), None]);
    assert_eq!(vault.claim("keyring", b"second").await.unwrap(), b"first");
    assert_eq!(vault.claimed("journal").await.unwrap().unwrap(), b"new");
    assert_eq!(index(vault.as_ref(), 2).await, [key(1)]);
}
