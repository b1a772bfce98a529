//! People to test with.

use std::collections::BTreeMap;
use std::sync::Arc;

use cloakroom::base::ClassCode;
use cloakroom::base::DocumentName;
use cloakroom::base::OpaqueId;
use cloakroom::base::StoreKey;
use cloakroom::base::SubjectHandle;
use cloakroom::base::SubjectTag;
use cloakroom::base::Timestamp;
use cloakroom::net::Caller;
use cloakroom::vault::Binding;
use cloakroom::vault::Error;
use cloakroom::vault::Owner;
use cloakroom::vault::Put;
use cloakroom::vault::Vault;
use cloakroom::vault::subjects::Changes;
use cloakroom::vault::subjects::Document;
use cloakroom::vault::subjects::Item;
use cloakroom::vault::subjects::Person;
use cloakroom::vault::subjects::State;
use cloakroom::vault::subjects::SubjectEntry;
use cloakroom::vault::subjects::Tombstone;
use cloakroom::vault::subjects::Wanted;
use cloakroom::vault::subjects::Work;
use uuid::Uuid;

/// So many seconds after a moment in 2033, which no store lets expire by its own clock.
pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp(2_000_000_000_000_000 + seconds * 1_000_000)
}

pub(super) fn sixteen(number: u64) -> [u8; 16] {
    let mut bytes = [0x7d; 16];
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    bytes
}

pub(super) fn person(number: u64) -> SubjectHandle {
    SubjectHandle(sixteen(number))
}

pub(super) fn value(number: u64) -> StoreKey {
    StoreKey(sixteen(number))
}

pub(super) fn id(number: u64) -> OpaqueId {
    OpaqueId(sixteen(number))
}

pub(super) fn name(number: u64) -> DocumentName {
    DocumentName(sixteen(number))
}

/// A live entry, with bytes that Lua or a text protocol could trip over.
pub(super) fn entry(sealed: u8) -> SubjectEntry {
    SubjectEntry {
        key_version: 0x0d0a_00ff,
        state: State::Live,
        revision: 99,
        born: at(1),
        sealed: vec![sealed, 0, b'\r', b'\n', b'{', b'}', 255],
    }
}

/// The entry as it is stored.
pub(super) fn stored(sealed: u8, revision: u64) -> SubjectEntry {
    SubjectEntry { revision, ..entry(sealed) }
}

/// A record of a person; the tag differs from record to record and from person to person.
pub(super) fn item(owner: u64, number: u64) -> Item {
    let class = ClassCode::new(if number.is_multiple_of(2) { "em" } else { "ph" }).unwrap();
    Item { key: value(number), class, tag: SubjectTag(sixteen(number << 32 | owner)) }
}

pub(super) fn work(owner: u64, numbers: &[u64]) -> Vec<Work> {
    numbers.iter().map(|number| Work::Record(item(owner, *number))).collect()
}

/// A put for a person, by an exchange that began then.
pub(super) fn put(owner: u64, number: u64, since: Timestamp) -> Put {
    let Item { key, class, tag } = item(owner, number);
    let entry = Some(Arc::new(SubjectEntry { born: since, ..entry(1) }));
    let owner = Some(Owner { handle: person(owner), class, since, entry });
    Put { key, record: number.to_be_bytes().to_vec(), subject: Binding { owner, tag } }
}

pub(super) async fn put_all(vault: &dyn Vault, puts: Vec<Put>) -> Result<(), Error> {
    vault.put(Caller::GATEWAY, puts).await.map(drop)
}

pub(super) fn document(text: &str) -> Document {
    Document { bytes: text.as_bytes().to_vec(), until: None }
}

pub(super) fn session(text: &str, until: Timestamp) -> Document {
    Document { bytes: text.as_bytes().to_vec(), until: Some(until) }
}

/// Changes that set these documents, at second 2.
pub(super) fn setting(documents: &[(u64, Document)]) -> Changes {
    let documents =
        documents.iter().map(|(number, document)| (name(*number), Some(document.clone())));
    Changes { entry: None, documents: documents.collect(), now: at(2) }
}

/// Changes that enter a person.
pub(super) fn entering(sealed: u8) -> Changes {
    Changes { entry: Some(entry(sealed)), documents: BTreeMap::new(), now: at(2) }
}

pub(super) async fn read(vault: &dyn Vault, number: u64) -> Option<Person> {
    vault.read(person(number), Wanted::All, at(2)).await.unwrap()
}

/// Texts of the documents of a person, by number.
pub(super) fn texts(person: &Person) -> BTreeMap<u64, String> {
    let number = |name: &DocumentName| u64::from_be_bytes(*name.0.last_chunk().unwrap());
    let documents = person.documents.iter();
    documents
        .map(|(name, document)| (number(name), String::from_utf8(document.bytes.clone()).unwrap()))
        .collect()
}

/// The numbers of the records in the index of a person.
pub(super) async fn index(vault: &dyn Vault, number: u64) -> Vec<u64> {
    let records = vault.of_subject(person(number)).await.unwrap();
    let mut numbers: Vec<u64> = records
        .iter()
        .map(|(key, class)| {
            let number = u64::from_be_bytes(*key.0.last_chunk().unwrap());
            assert_eq!(*class, item(0, number).class);
            number
        })
        .collect();
    numbers.sort_unstable();
    numbers
}

/// Whose tags are on a record, of people below 10; nothing when there is no record.
pub(super) async fn owners(vault: &dyn Vault, number: u64) -> Vec<u64> {
    let entry = vault.fetch(vec![value(number)]).await.unwrap().remove(0);
    let tags = entry.map(|entry| entry.tags).unwrap_or_default();
    (0..10).filter(|owner| tags.contains(&item(*owner, number).tag)).collect()
}

pub(super) fn tombstone(seconds: u64) -> Tombstone {
    Tombstone { at: at(seconds), erasure: Uuid::from_u128(77) }
}

/// Plans the work and kills a person as they are.
pub(super) async fn erase(vault: &dyn Vault, number: u64, seconds: u64) {
    let numbers = index(vault, number).await;
    vault.plan(person(number), work(number, &numbers)).await.unwrap();
    let read = vault.read(person(number), Wanted::Entry, at(2)).await.unwrap();
    let revision = read.map_or(0, |person| person.entry.revision);
    let size = u64::try_from(numbers.len()).unwrap();
    vault.kill(person(number), revision, size, tombstone(seconds)).await.unwrap();
}
