//! What is due, the walk over all, and the erasure journal.

use std::collections::BTreeSet;

use cloakroom::base::SubjectHandle;
use cloakroom::vault::Vault;
use cloakroom::vault::subjects::DUE_AT_ONCE;
use cloakroom::vault::subjects::Due;
use cloakroom::vault::subjects::Erasure;
use cloakroom::vault::subjects::SHARDS;
use cloakroom::vault::subjects::SubjectEntry;
use cloakroom::vault::subjects::shard_of;
use uuid::Uuid;

use super::support::at;
use super::support::entry;
use super::support::erase;
use super::support::person;
use crate::vault_contract::backends::Backend;

/// A person in shard 5.
fn due(number: u8) -> SubjectHandle {
    let mut handle = person(u64::from(number));
    handle.0[0] = 5 + SHARDS;
    handle
}

async fn leased(vault: &dyn Vault, now: u64, lease: u64) -> Vec<SubjectHandle> {
    let due = vault.due(5, at(now), at(lease)).await.unwrap();
    due.into_iter().map(|due| due.handle).collect()
}

pub(super) async fn what_is_due_is_leased_once(backend: &dyn Backend) {
    let (vault, other) = (backend.vault(), backend.vault());
    assert_eq!(shard_of(due(1)), 5);
    for (number, seconds) in [(1, 30), (2, 20), (3, 90), (2, 25)] {
        vault.set_due(due(number), at(seconds)).await.unwrap();
    }
    assert_eq!(leased(other.as_ref(), 24, 60).await, []);
    let both = other.due(5, at(40), at(60)).await.unwrap();
    let expected = [Due { handle: due(2), at: at(25) }, Due { handle: due(1), at: at(30) }];
    assert_eq!(both, expected);
    assert_eq!(leased(vault.as_ref(), 59, 99).await, []);
    assert_eq!(vault.due(6, at(99), at(99)).await, Ok(Vec::new()));
    // Nobody finished it: it is due again when the lease ends.
    let mut again = leased(vault.as_ref(), 60, 80).await;
    again.sort_unstable();
    let mut all = vec![due(1), due(2)];
    all.sort_unstable();
    assert_eq!(again, all);
    let many: Vec<SubjectHandle> = (0..=255).map(due).collect();
    for handle in many.iter().chain([&SubjectHandle([5; 16])]) {
        vault.set_due(*handle, at(1)).await.unwrap();
    }
    assert_eq!(leased(vault.as_ref(), 2, 200).await.len(), DUE_AT_ONCE);
    assert_eq!(leased(vault.as_ref(), 2, 200).await.len(), 1);
}

pub(super) async fn a_lease_that_is_done_clears_nothing_newer(backend: &dyn Backend) {
    let vault = backend.vault();
    vault.set_due(due(1), at(10)).await.unwrap();
    vault.set_due(due(2), at(10)).await.unwrap();
    assert_eq!(leased(vault.as_ref(), 10, 40).await.len(), 2);
    vault.set_due(due(2), at(30)).await.unwrap();
    for number in [1, 2] {
        vault.clear_due(due(number), at(40)).await.unwrap();
    }
    assert_eq!(leased(vault.as_ref(), 99, 199).await, [due(2)]);
}

/// Everybody, and how many calls it took to meet them.
pub(super) async fn everybody(vault: &dyn Vault) -> (Vec<(SubjectHandle, SubjectEntry)>, u32) {
    let (mut people, mut calls, mut from) = (Vec::new(), 0, None);
    loop {
        let scanned = vault.scan(from).await.unwrap();
        people.extend(scanned.people);
        calls += 1;
        match scanned.next {
            None => return (people, calls),
            next => from = next,
        }
    }
}

pub(super) async fn everybody_is_met(backend: &dyn Backend) {
    const PEOPLE: u64 = 600;
    let vault = backend.vault();
    for number in 0..PEOPLE {
        vault.bind(person(number), entry(3), Vec::new(), at(1)).await.unwrap();
    }
    vault.set_due(person(3), at(5)).await.unwrap();
    vault.set_due(person(PEOPLE + 1), at(5)).await.unwrap();
    erase(vault.as_ref(), 4, 9).await;
    let (people, calls) = everybody(vault.as_ref()).await;
    for (handle, entry) in &people {
        assert_eq!(entry.key_version == 0, *handle == person(4));
    }
    let met: BTreeSet<SubjectHandle> = people.into_iter().map(|(handle, _)| handle).collect();
    assert!(calls > 2, "{calls}");
    assert_eq!(met, (0..PEOPLE).map(person).collect());
}

pub(super) async fn the_erasure_journal_keeps_its_order(backend: &dyn Backend) {
    let (vault, other) = (backend.vault(), backend.vault());
    let line = |number: u64| Erasure {
        id: Uuid::from_u128(u128::from(number)),
        handle: person(number),
        at: at(number),
        cause: vec![0, 255, 10],
    };
    assert_eq!(vault.erasures_since(None).await, Ok(Vec::new()));
    for number in 0..300 {
        vault.erasure_append(line(number)).await.unwrap();
    }
    let (mut read, mut from) = (Vec::new(), None);
    loop {
        let lines = other.erasures_since(from).await.unwrap();
        let Some((last, _)) = lines.last() else { break };
        from = Some(*last);
        read.extend(lines.into_iter().map(|(_, line)| line));
    }
    assert_eq!(read, (0..300).map(line).collect::<Vec<_>>());
    vault.erasure_append(line(300)).await.unwrap();
    let rest = other.erasures_since(from).await.unwrap();
    assert_eq!(rest.into_iter().map(|(_, line)| line).collect::<Vec<_>>(), [line(300)]);
}
