//! Erasing people.

use cloakroom::vault::Error;
use cloakroom::vault::subjects::Claim;
use cloakroom::vault::subjects::Member;
use cloakroom::vault::subjects::Pass;
use cloakroom::vault::subjects::Placed;
use cloakroom::vault::subjects::State;
use cloakroom::vault::subjects::Wanted;
use cloakroom::vault::subjects::Work;

use super::support::at;
use super::support::document;
use super::support::entering;
use super::support::entry;
use super::support::erase;
use super::support::id;
use super::support::index;
use super::support::item;
use super::support::owners;
use super::support::person;
use super::support::put;
use super::support::put_all;
use super::support::read;
use super::support::session;
use super::support::setting;
use super::support::stored;
use super::support::texts;
use super::support::tombstone;
use super::support::value;
use super::support::work;
use crate::vault_contract::backends::Backend;

pub(super) async fn nothing_is_left_but_a_tombstone(backend: &dyn Backend) {
    let (vault, other) = (backend.vault(), backend.vault());
    for number in [1, 2] {
        vault.bind(person(number), entry(1), vec![item(number, 5)], at(1)).await.unwrap();
        let kept = setting(&[(1, document("a")), (2, session("b", at(50)))]);
        vault.write(person(number), 1, kept).await.unwrap();
    }
    vault.plan(person(1), work(1, &[5])).await.unwrap();
    vault.kill(person(1), 2, 1, tombstone(9)).await.unwrap();
    let gone = read(other.as_ref(), 1).await.unwrap();
    assert_eq!((gone.entry.state, gone.entry.revision, gone.entry.born), (State::Erased, 3, at(9)));
    assert_eq!(gone.entry.sealed, tombstone(9).erasure.as_bytes());
    assert_eq!((gone.index_size, gone.documents.len()), (0, 0));
    assert!(index(other.as_ref(), 1).await.is_empty());
    assert_eq!(other.worklist(person(1)).await, Ok(work(1, &[5])));
    // Done again, it has been done.
    other.kill(person(1), 2, 1, tombstone(9)).await.unwrap();
    assert_eq!(read(other.as_ref(), 1).await, Some(gone));
    let neighbour = read(other.as_ref(), 2).await.unwrap();
    assert_eq!(texts(&neighbour).len(), 2);
    assert_eq!((neighbour.entry, neighbour.index_size), (stored(1, 2), 1));
}

pub(super) async fn another_revision_or_size_is_a_conflict(backend: &dyn Backend) {
    let vault = backend.vault();
    vault.bind(person(1), entry(1), vec![item(1, 5)], at(1)).await.unwrap();
    vault.write(person(1), 1, setting(&[(1, document("a"))])).await.unwrap();
    for (revision, size) in [(1, 1), (3, 1), (0, 1), (2, 0), (2, 2)] {
        let killed = vault.kill(person(1), revision, size, tombstone(9)).await;
        assert_eq!(killed, Err(Error::Conflict), "{revision} {size}");
    }
    assert_eq!(texts(&read(vault.as_ref(), 1).await.unwrap()).len(), 1);
    assert_eq!(index(vault.as_ref(), 1).await, [5]);
    // Who has never been entered has revision 0.
    assert_eq!(vault.kill(person(2), 1, 0, tombstone(9)).await, Err(Error::Conflict));
    vault.kill(person(2), 0, 0, tombstone(9)).await.unwrap();
    assert_eq!(read(vault.as_ref(), 2).await.unwrap().entry.state, State::Erased);
}

pub(super) async fn what_began_before_is_refused(backend: &dyn Backend) {
    let vault = backend.vault();
    vault.bind(person(1), entry(1), vec![item(1, 5)], at(1)).await.unwrap();
    erase(vault.as_ref(), 1, 9).await;
    vault.unbind(person(1), work(1, &[5]), Pass::Last).await.unwrap();
    for seconds in [8, 9] {
        let bound = vault.bind(person(1), entry(1), vec![item(1, 6)], at(seconds)).await;
        assert_eq!(bound, Err(Error::Erased));
    }
    assert_eq!(vault.worklist(person(1)).await, Ok(work(1, &[6])));
    for revision in [0, 1, 2] {
        let written = vault.write(person(1), revision, entering(1)).await;
        assert_eq!(written, Err(Error::Erased));
    }
    assert_eq!(read(vault.as_ref(), 1).await.unwrap().entry.state, State::Erased);
    assert!(index(vault.as_ref(), 1).await.is_empty());
}

pub(super) async fn what_begins_after_is_somebody_new(backend: &dyn Backend) {
    let vault = backend.vault();
    vault.bind(person(1), entry(1), vec![item(1, 5)], at(1)).await.unwrap();
    erase(vault.as_ref(), 1, 9).await;
    vault.bind(person(1), entry(2), vec![item(1, 5), item(1, 6)], at(10)).await.unwrap();
    let new = read(vault.as_ref(), 1).await.unwrap();
    assert_eq!((new.entry, new.index_size), (stored(2, 3), 2));
    assert_eq!(vault.worklist(person(1)).await, Ok(Vec::new()));
    // What is of before the erasure stays so, also now that somebody is there.
    let bound = vault.bind(person(1), entry(1), vec![item(1, 6), item(1, 7)], at(9)).await;
    assert_eq!(bound, Err(Error::Erased));
    assert_eq!(index(vault.as_ref(), 1).await, [5, 6]);
    assert_eq!(vault.worklist(person(1)).await, Ok(work(1, &[7])));
    assert_eq!(vault.write(person(1), 2, setting(&[])).await, Err(Error::Conflict));
    assert_eq!(vault.write(person(1), 3, setting(&[])).await, Ok(4));
}

pub(super) async fn a_put_that_comes_too_late_leaves_nothing(backend: &dyn Backend) {
    let vault = backend.vault();
    put_all(vault.as_ref(), vec![put(1, 5, at(1)), put(2, 5, at(1))]).await.unwrap();
    assert_eq!(read(vault.as_ref(), 1).await.unwrap().entry, stored(1, 1));
    erase(vault.as_ref(), 1, 9).await;
    vault.unbind(person(1), work(1, &[5]), Pass::Last).await.unwrap();
    let late = vec![put(1, 5, at(9)), put(1, 6, at(9))];
    assert_eq!(put_all(vault.as_ref(), late.clone()).await, Err(Error::Erased));
    assert_eq!(put_all(vault.as_ref(), late).await, Err(Error::Erased));
    assert_eq!(
        (owners(vault.as_ref(), 5).await, owners(vault.as_ref(), 6).await),
        (vec![2], vec![])
    );
    assert!(index(vault.as_ref(), 1).await.is_empty());
    put_all(vault.as_ref(), vec![put(1, 6, at(10))]).await.unwrap();
    put_all(vault.as_ref(), vec![put(1, 6, at(10))]).await.unwrap();
    assert_eq!(put_all(vault.as_ref(), vec![put(1, 6, at(9))]).await, Err(Error::Erased));
    assert_eq!(
        (owners(vault.as_ref(), 6).await, index(vault.as_ref(), 1).await),
        (vec![1], vec![6])
    );
    let new = read(vault.as_ref(), 1).await.unwrap().entry;
    assert_eq!((new.state, new.revision, new.born), (State::Live, 3, at(10)));
}

pub(super) async fn others_keep_their_tags(backend: &dyn Backend) {
    let vault = backend.vault();
    let puts = [(1, 5), (2, 5), (3, 5), (1, 6), (2, 7), (1, 8)];
    let puts = puts.map(|(owner, number)| put(owner, number, at(1)));
    put_all(vault.as_ref(), puts.to_vec()).await.unwrap();
    erase(vault.as_ref(), 1, 9).await;
    // With another's tag, with another's record, and with what is not on the worklist.
    vault.plan(person(1), work(1, &[7])).await.unwrap();
    let done = [work(1, &[5, 6, 7]), work(2, &[5, 7])].concat();
    vault.unbind(person(1), done.clone(), Pass::First).await.unwrap();
    let found = async || {
        let mut found = Vec::new();
        for number in 5..9 {
            found.push(owners(vault.as_ref(), number).await);
        }
        found
    };
    assert_eq!(found().await, [vec![2, 3], vec![], vec![2], vec![1]]);
    assert_eq!(vault.fetch(vec![value(6)]).await, Ok(vec![None]));
    assert_eq!(vault.worklist(person(1)).await.unwrap().len(), 4);
    vault.unbind(person(1), done.clone(), Pass::Last).await.unwrap();
    assert_eq!(vault.worklist(person(1)).await, Ok(work(1, &[8])));
    vault.unbind(person(1), done, Pass::Last).await.unwrap();
    assert_eq!(found().await, [vec![2, 3], vec![], vec![2], vec![1]]);
    vault.unbind(person(1), work(1, &[8]), Pass::Last).await.unwrap();
    assert_eq!(vault.fetch(vec![value(8)]).await, Ok(vec![None]));
    assert_eq!(index(vault.as_ref(), 2).await, [5, 7]);
}

pub(super) async fn values_and_ids_are_released(backend: &dyn Backend) {
    let vault = backend.vault();
    vault.bind(person(1), entry(1), Vec::new(), at(1)).await.unwrap();
    for member in [Member::Unique(person(1)), Member::Record(person(1)), Member::Record(person(2))]
    {
        vault.claim_value(value(1), member, at(2)).await.unwrap();
    }
    vault.claim_value(value(2), Member::Unique(person(1)), at(2)).await.unwrap();
    for (number, owner) in [(1, 1), (2, 2)] {
        let placed = Placed { handle: person(owner), until: at(50), uses: None };
        vault.place(id(number), placed, at(1)).await.unwrap();
    }
    let all = vec![Work::Value(value(1)), Work::Value(value(2)), Work::Id(id(1)), Work::Id(id(2))];
    vault.plan(person(1), all.clone()).await.unwrap();
    vault.kill(person(1), 1, 0, tombstone(9)).await.unwrap();
    // Claimed again after the erasure.
    let again = vault.claim_value(value(2), Member::Unique(person(1)), at(10)).await;
    assert_eq!(again, Ok(Claim::Granted));
    for _ in 0..2 {
        vault.unbind(person(1), all.clone(), Pass::Last).await.unwrap();
        let members = vault.values(value(1)).await.unwrap();
        let members: Vec<Member> = members.into_iter().map(|holder| holder.member).collect();
        assert_eq!(members, [Member::Record(person(2))]);
        assert_eq!(vault.values(value(2)).await.unwrap().len(), 1);
        assert_eq!(vault.locate(id(1), at(2)).await, Ok(None));
        assert!(vault.locate(id(2), at(2)).await.unwrap().is_some());
    }
    assert_eq!(vault.worklist(person(1)).await, Ok(Vec::new()));
}

pub(super) async fn what_was_bound_again_stays(backend: &dyn Backend) {
    let vault = backend.vault();
    put_all(vault.as_ref(), vec![put(1, 5, at(1)), put(1, 6, at(1))]).await.unwrap();
    erase(vault.as_ref(), 1, 9).await;
    vault.unbind(person(1), work(1, &[5, 6]), Pass::First).await.unwrap();
    put_all(vault.as_ref(), vec![put(1, 5, at(10))]).await.unwrap();
    vault.unbind(person(1), work(1, &[5, 6]), Pass::Last).await.unwrap();
    assert_eq!(
        (owners(vault.as_ref(), 5).await, owners(vault.as_ref(), 6).await),
        (vec![1], vec![])
    );
    // The next erasure is about to begin, and what the first one left is done once more.
    vault.plan(person(1), work(1, &[5])).await.unwrap();
    vault.unbind(person(1), work(1, &[5]), Pass::First).await.unwrap();
    assert_eq!(owners(vault.as_ref(), 5).await, [1]);
    put_all(vault.as_ref(), vec![put(1, 5, at(11))]).await.unwrap();
    assert_eq!(vault.worklist(person(1)).await, Ok(work(1, &[5])));
    let now = vault.read(person(1), Wanted::Entry, at(2)).await.unwrap().unwrap();
    vault.kill(person(1), now.entry.revision, 1, tombstone(20)).await.unwrap();
    vault.unbind(person(1), work(1, &[5]), Pass::Last).await.unwrap();
    assert_eq!(vault.fetch(vec![value(5)]).await, Ok(vec![None]));
}

pub(super) async fn work_of_who_was_never_erased_is_not_done(backend: &dyn Backend) {
    let vault = backend.vault();
    put_all(vault.as_ref(), vec![put(1, 5, at(1))]).await.unwrap();
    vault.claim_value(value(1), Member::Unique(person(1)), at(2)).await.unwrap();
    let all = [work(1, &[5]), vec![Work::Value(value(1))]].concat();
    vault.plan(person(1), all.clone()).await.unwrap();
    vault.unbind(person(1), all.clone(), Pass::Last).await.unwrap();
    assert_eq!(owners(vault.as_ref(), 5).await, [1]);
    assert_eq!(vault.values(value(1)).await.unwrap().len(), 1);
    assert_eq!(vault.worklist(person(1)).await.unwrap().len(), 2);
}
