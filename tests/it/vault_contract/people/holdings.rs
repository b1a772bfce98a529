//! Entering, reading and changing people.

use std::collections::BTreeMap;

use cloakroom::vault::Error;
use cloakroom::vault::subjects::Changes;
use cloakroom::vault::subjects::Wanted;

use super::support::at;
use super::support::document;
use super::support::entering;
use super::support::entry;
use super::support::index;
use super::support::item;
use super::support::name;
use super::support::person;
use super::support::read;
use super::support::session;
use super::support::setting;
use super::support::stored;
use super::support::texts;
use crate::vault_contract::backends::Backend;

pub(super) async fn binding_enters_a_person_once(backend: &dyn Backend) {
    let (vault, other) = (backend.vault(), backend.vault());
    vault.bind(person(1), entry(1), vec![item(1, 5), item(1, 6)], at(3)).await.unwrap();
    other.bind(person(1), entry(2), vec![item(1, 6), item(1, 7)], at(1)).await.unwrap();
    other.bind(person(2), entry(3), Vec::new(), at(1)).await.unwrap();
    let first = read(vault.as_ref(), 1).await.unwrap();
    assert_eq!((first.entry, first.index_size), (stored(1, 1), 3));
    assert_eq!(index(vault.as_ref(), 1).await, [5, 6, 7]);
    let second = read(vault.as_ref(), 2).await.unwrap();
    assert_eq!((second.entry, second.index_size), (stored(3, 1), 0));
    assert!(index(vault.as_ref(), 2).await.is_empty());
}

pub(super) async fn a_write_changes_all_or_nothing(backend: &dyn Backend) {
    let (vault, other) = (backend.vault(), backend.vault());
    vault.bind(person(1), entry(1), Vec::new(), at(1)).await.unwrap();
    let both = setting(&[(1, document("a")), (2, document("b"))]);
    assert_eq!(vault.write(person(1), 1, both.clone()).await, Ok(2));
    let late = setting(&[(1, document("late")), (3, document("late"))]);
    assert_eq!(other.write(person(1), 1, late).await, Err(Error::Conflict));
    let seen = read(other.as_ref(), 1).await.unwrap();
    assert_eq!(seen.entry, stored(1, 2));
    assert_eq!(texts(&seen), BTreeMap::from([(1, "a".to_owned()), (2, "b".to_owned())]));

    let mut changes = setting(&[(2, document("")), (4, document("d"))]);
    changes.documents.insert(name(1), None);
    changes.documents.insert(name(9), None);
    changes.entry = Some(entry(8));
    assert_eq!(other.write(person(1), 2, changes).await, Ok(3));
    let seen = read(vault.as_ref(), 1).await.unwrap();
    assert_eq!(seen.entry, stored(8, 3));
    assert_eq!(texts(&seen), BTreeMap::from([(2, String::new()), (4, "d".to_owned())]));
}

pub(super) async fn revision_zero_enters_who_is_not_there(backend: &dyn Backend) {
    let (vault, other) = (backend.vault(), backend.vault());
    let nobody = setting(&[(1, document("a"))]);
    for revision in [0, 1, 7] {
        assert_eq!(vault.write(person(1), revision, nobody.clone()).await, Err(Error::Conflict));
    }
    assert_eq!(vault.write(person(1), 1, entering(1)).await, Err(Error::Conflict));
    assert_eq!(read(vault.as_ref(), 1).await, None);
    assert_eq!(vault.write(person(1), 0, entering(1)).await, Ok(1));
    assert_eq!(other.write(person(1), 0, entering(2)).await, Err(Error::Conflict));
    assert_eq!(read(other.as_ref(), 1).await.unwrap().entry, stored(1, 1));
}

pub(super) async fn what_is_asked_for_is_read(backend: &dyn Backend) {
    let vault = backend.vault();
    vault.write(person(1), 0, entering(1)).await.unwrap();
    let three = [(1, document("a")), (2, session("b", at(50))), (3, document("c"))];
    vault.write(person(1), 1, setting(&three)).await.unwrap();
    let asked = async |wanted| vault.read(person(1), wanted, at(2)).await.unwrap().unwrap();
    assert_eq!(asked(Wanted::Entry).await.documents, BTreeMap::new());
    let some = asked(Wanted::Named(vec![name(3), name(2), name(8), name(3)])).await;
    assert_eq!(texts(&some), BTreeMap::from([(2, "b".to_owned()), (3, "c".to_owned())]));
    let all = asked(Wanted::All).await;
    let documents = three.map(|(number, document)| (name(number), document));
    assert_eq!(all.documents, BTreeMap::from(documents));
    assert_eq!(some.entry, all.entry);
}

pub(super) async fn expired_documents_are_absent(backend: &dyn Backend) {
    let vault = backend.vault();
    vault.write(person(1), 0, entering(1)).await.unwrap();
    let sessions = [(1, document("a")), (2, session("b", at(50))), (3, session("c", at(60)))];
    vault.write(person(1), 1, setting(&sessions)).await.unwrap();
    let there = async |seconds, wanted| {
        let read = vault.read(person(1), wanted, at(seconds)).await.unwrap().unwrap();
        texts(&read).into_keys().collect::<Vec<_>>()
    };
    let named = || Wanted::Named(vec![name(1), name(2), name(3)]);
    for (seconds, expected) in [(49, vec![1, 2, 3]), (50, vec![1, 3]), (60, vec![1])] {
        assert_eq!(there(seconds, Wanted::All).await, expected, "{seconds}");
        assert_eq!(there(seconds, named()).await, expected, "{seconds}");
    }
    // What expires can stay after all, and what stays can get an end.
    let changed = setting(&[(1, session("a", at(55))), (2, document("b"))]);
    vault.write(person(1), 2, Changes { now: at(49), ..changed }).await.unwrap();
    assert_eq!(there(54, Wanted::All).await, [1, 2, 3]);
    assert_eq!(there(59, Wanted::All).await, [2, 3]);
    // A write sweeps what expired, and nothing else.
    vault.write(person(1), 3, Changes { now: at(70), ..setting(&[]) }).await.unwrap();
    assert_eq!(there(2, Wanted::All).await, [2]);
    // The store's own clock counts as well: this end is past for everybody.
    let past = cloakroom::base::Timestamp(1_000_000);
    vault.write(person(1), 4, setting(&[(5, session("e", past))])).await.unwrap();
    assert_eq!(there(2, Wanted::All).await, [2]);
}

pub(super) async fn nobody_is_none(backend: &dyn Backend) {
    let vault = backend.vault();
    assert_eq!(vault.read(person(1), Wanted::All, at(1)).await, Ok(None));
    assert_eq!(vault.of_subject(person(1)).await, Ok(Vec::new()));
    assert_eq!(vault.worklist(person(1)).await, Ok(Vec::new()));
}
