//! Each bound is filled, and what is over it changes nothing.

use std::fmt::Debug;

use cloakroom::base::Timestamp;
use cloakroom::vault::Error;
use cloakroom::vault::subjects::CAUSE_BYTES;
use cloakroom::vault::subjects::Changes;
use cloakroom::vault::subjects::DOCUMENT_BYTES;
use cloakroom::vault::subjects::DOCUMENTS;
use cloakroom::vault::subjects::Document;
use cloakroom::vault::subjects::ENTRY_BYTES;
use cloakroom::vault::subjects::Erasure;
use cloakroom::vault::subjects::ITEMS;
use cloakroom::vault::subjects::LATEST;
use cloakroom::vault::subjects::MEMBERS;
use cloakroom::vault::subjects::Member;
use cloakroom::vault::subjects::Pass;
use cloakroom::vault::subjects::State;
use cloakroom::vault::subjects::SubjectEntry;
use cloakroom::vault::subjects::Wanted;
use uuid::Uuid;

use super::support::at;
use super::support::document;
use super::support::entering;
use super::support::entry;
use super::support::item;
use super::support::name;
use super::support::person;
use super::support::read;
use super::support::session;
use super::support::setting;
use super::support::value;
use super::support::work;
use crate::vault_contract::backends::Backend;

/// Says that a call was refused by a bound whose error names it.
fn refused<T: Debug>(answer: Result<T, Error>, bound: &str) {
    let error = answer.unwrap_err();
    assert!(matches!(error, Error::Limit { .. }), "{error:?}");
    assert!(error.to_string().contains(bound), "{error}");
}

pub(super) async fn items(backend: &dyn Backend) {
    let vault = backend.vault();
    let numbers: Vec<u64> = (0..=u64::try_from(ITEMS).unwrap()).collect();
    let (most, all) = (&numbers[..ITEMS], &numbers[..]);
    let items = |numbers: &[u64]| numbers.iter().map(|number| item(1, *number)).collect();
    refused(vault.bind(person(1), entry(1), items(all), at(1)).await, "4096 records");
    assert_eq!(read(vault.as_ref(), 1).await, None);
    vault.bind(person(1), entry(1), items(most), at(1)).await.unwrap();
    assert_eq!(vault.of_subject(person(1)).await.unwrap().len(), ITEMS);
    refused(vault.plan(person(1), work(1, all)).await, "4096 pieces");
    refused(vault.unbind(person(1), work(1, all), Pass::Last).await, "4096 pieces");
    vault.plan(person(1), work(1, most)).await.unwrap();
    vault.plan(person(1), work(1, &[90_000])).await.unwrap();
    let mut listed = vault.worklist(person(1)).await.unwrap();
    listed.sort_unstable();
    listed.dedup();
    assert_eq!(listed.len(), ITEMS);
    vault
        .kill(person(1), 1, u64::try_from(ITEMS).unwrap(), super::support::tombstone(9))
        .await
        .unwrap();
    vault.unbind(person(1), listed, Pass::Last).await.unwrap();
    assert_eq!(vault.worklist(person(1)).await.unwrap().len(), 1);
}

pub(super) async fn document_bytes(backend: &dyn Backend) {
    let vault = backend.vault();
    vault.write(person(1), 0, entering(1)).await.unwrap();
    let full = Document { bytes: vec![0xfe; DOCUMENT_BYTES], until: None };
    let over = Document { bytes: vec![0xfe; DOCUMENT_BYTES + 1], until: None };
    refused(vault.write(person(1), 1, setting(&[(1, over)])).await, "66560 bytes");
    vault.write(person(1), 1, setting(&[(1, full.clone())])).await.unwrap();
    assert_eq!(read(vault.as_ref(), 1).await.unwrap().documents[&name(1)], full);
}

pub(super) async fn documents(backend: &dyn Backend) {
    let vault = backend.vault();
    let count = u64::try_from(DOCUMENTS).unwrap();
    vault.write(person(1), 0, entering(1)).await.unwrap();
    let half: Vec<_> = (0..count / 2).map(|number| (number, document("a"))).collect();
    let rest: Vec<_> = (count / 2..count).map(|number| (number, session("b", at(50)))).collect();
    assert_eq!(vault.write(person(1), 1, setting(&half)).await, Ok(2));
    assert_eq!(vault.write(person(1), 2, setting(&rest)).await, Ok(3));
    for one in [document("c"), session("c", at(60))] {
        refused(vault.write(person(1), 3, setting(&[(count, one)])).await, "256 documents");
    }
    let too_many: Vec<_> = (0..=count).map(|number| (number, document("c"))).collect();
    refused(vault.write(person(1), 3, setting(&too_many)).await, "256 documents");
    let names = (0..=count).map(name).collect();
    refused(vault.read(person(1), Wanted::Named(names), at(2)).await, "256 documents");
    assert_eq!(read(vault.as_ref(), 1).await.unwrap().documents.len(), DOCUMENTS);
    // In the place of others there is room, and of those that expired.
    let mut exchange = setting(&[(0, session("d", at(50))), (count, document("d"))]);
    exchange.documents.insert(name(1), None);
    assert_eq!(vault.write(person(1), 3, exchange).await, Ok(4));
    let later = Changes { now: at(50), ..setting(&[(count + 1, document("e"))]) };
    assert_eq!(vault.write(person(1), 4, later).await, Ok(5));
}

pub(super) async fn members(backend: &dyn Backend) {
    let vault = backend.vault();
    let count = u64::try_from(MEMBERS).unwrap();
    for number in 0..count {
        vault.claim_value(value(1), Member::Record(person(number)), at(1)).await.unwrap();
    }
    refused(
        vault.claim_value(value(1), Member::Record(person(count)), at(1)).await,
        "1024 members",
    );
    refused(vault.claim_value(value(1), Member::Unique(person(0)), at(1)).await, "1024 members");
    vault.claim_value(value(1), Member::Record(person(7)), at(2)).await.unwrap();
    assert_eq!(vault.values(value(1)).await.unwrap().len(), MEMBERS);
}

pub(super) async fn entries_causes_and_times(backend: &dyn Backend) {
    let vault = backend.vault();
    let full = SubjectEntry { sealed: vec![9; ENTRY_BYTES], ..entry(1) };
    let over = SubjectEntry { sealed: vec![9; ENTRY_BYTES + 1], ..entry(1) };
    let dead = SubjectEntry { state: State::Erased, ..entry(1) };
    refused(vault.bind(person(1), over, Vec::new(), at(1)).await, "1024 bytes");
    refused(vault.bind(person(1), dead, Vec::new(), at(1)).await, "tombstone");
    vault.bind(person(1), full, Vec::new(), LATEST).await.unwrap();
    let after = Timestamp(LATEST.0 + 1);
    refused(vault.bind(person(1), entry(1), Vec::new(), after).await, "2255");
    refused(vault.set_due(person(1), after).await, "2255");
    vault.set_due(person(1), LATEST).await.unwrap();
    let line = |bytes: usize| Erasure {
        id: Uuid::nil(),
        handle: person(1),
        at: at(1),
        cause: vec![1; bytes],
    };
    refused(vault.erasure_append(line(CAUSE_BYTES + 1)).await, "256 bytes");
    vault.erasure_append(line(CAUSE_BYTES)).await.unwrap();
    assert_eq!(vault.erasures_since(None).await.unwrap().len(), 1);
}
