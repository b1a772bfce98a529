//! A person who was read from the vault and opened, and what is changed of it.

use std::collections::BTreeMap;

use aws_lc_rs::rand;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::audit::Announced;
use crate::base::DocumentName;
use crate::base::HoldingKind;
use crate::base::Sensitive;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::crypto::Document;
use crate::crypto::LiveSubject;
use crate::crypto::OpenError;
use crate::crypto::SealedDocument;
use crate::crypto::SubjectDocuments;
use crate::engine::Generation;
use crate::keys;
use crate::subject::Error;
use crate::subject::People;
use crate::subject::fields::RecordOwner;
use crate::token::PersonToken;
use crate::vault;
use crate::vault::subjects::Changes;
use crate::vault::subjects::LATEST;
use crate::vault::subjects::Placed;
use crate::vault::subjects::State;
use crate::vault::subjects::SubjectEntry;
use crate::vault::subjects::Wanted;

/// Where the token lies of a person who has another name.
pub(super) const TOKEN: Place<'static> = Place { kind: HoldingKind::Profile, name: "token" };

/// How often a token is made that somebody else made meanwhile.
const TOKEN_ATTEMPTS: usize = 4;

/// A person as it is in this moment. Kept for one call: its key opens what an erasure takes away.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) handle: SubjectHandle,
    /// The key and the name.
    pub(super) subject: LiveSubject,
    /// What a change compares.
    pub(super) revision: u64,
    /// How many records are in the index of the person.
    pub(super) index_size: u64,
    documents: BTreeMap<DocumentName, vault::subjects::Document>,
}

/// The documents that a call changes, sealed with the revision that the change makes.
#[derive(Debug, Default)]
pub(super) struct Draft {
    documents: BTreeMap<DocumentName, Option<Drafted>>,
}

#[derive(Debug)]
struct Drafted {
    json: Sensitive<String>,
    until: Option<Timestamp>,
}

/// What stands in front of a document, on a line of its own: names of documents are keyed in the vault, so
/// each tells what it is.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    kind: String,
    name: String,
    at: u64,
}

/// A document of a person, opened.
#[derive(Debug)]
pub(super) struct Opened {
    /// What it is, as policies call it.
    pub(super) kind: String,
    /// The name within the kind.
    pub(super) name: String,
    /// When it was written.
    pub(super) at: Timestamp,
    /// When it ends by itself.
    pub(super) until: Option<Timestamp>,
    /// The JSON text as it was put.
    pub(super) json: Sensitive<String>,
}

impl Draft {
    /// Puts a document in the place of the one of this kind and name. `until` says when it ends by itself.
    pub(super) fn put(
        &mut self,
        people: &People,
        place: Place<'_>,
        content: &impl Serialize,
        until: Option<Timestamp>,
    ) -> Result<(), Error> {
        let content = serde_json::to_string(content).map_err(|_| OpenError::Malformed)?;
        self.put_json(people, place, &Sensitive::new(content), until)
    }

    /// Puts a JSON text, which stays as it is byte for byte.
    pub(super) fn put_json(
        &mut self,
        people: &People,
        place: Place<'_>,
        json: &Sensitive<String>,
        until: Option<Timestamp>,
    ) -> Result<(), Error> {
        let Place { kind, name } = place;
        let at = people.clock.now().0;
        let head = Head { kind: kind.as_str().to_owned(), name: name.to_owned(), at };
        let head = serde_json::to_string(&head).map_err(|_| OpenError::Malformed)?;
        let both = Sensitive::new([head.as_str(), json.expose()].join("\n"));
        let drafted = Drafted { json: both, until };
        self.documents.insert(people.holdings.document_name(kind, name), Some(drafted));
        Ok(())
    }

    /// Removes the document of this kind and name.
    pub(super) fn remove(&mut self, people: &People, place: Place<'_>) {
        self.documents.insert(people.holdings.document_name(place.kind, place.name), None);
    }
}

/// Where a document of a person lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'n> {
    /// The kind of holding it is.
    pub(super) kind: HoldingKind,
    /// The name within the kind; empty where there is one only.
    pub(super) name: &'n str,
}

impl Loaded {
    /// Says that records are this person's. They are of the life that was loaded: an erasure since then
    /// refuses them, whoever came back.
    pub(super) fn brings(&self) -> RecordOwner<'_> {
        let name = self.subject.name.expose();
        RecordOwner { person: self.handle, name, since: self.subject.born }
    }

    /// Refuses a change that was meant for another revision.
    pub(super) fn expect(&self, expected: Option<u64>) -> Result<(), Error> {
        let is_other = expected.is_some_and(|expected| expected != self.revision);
        if is_other { Err(Error::Conflict) } else { Ok(()) }
    }

    /// Returns what a document of the person holds; none when there is none, or when it was not asked for.
    pub(super) fn document<T: DeserializeOwned>(
        &self,
        people: &People,
        place: Place<'_>,
    ) -> Result<Option<T>, Error> {
        let Some(json) = self.json(people, place)? else { return Ok(None) };
        serde_json::from_str(json.expose()).map(Some).map_err(|_| OpenError::Malformed.into())
    }

    /// Returns the JSON text of a document, as it was put.
    pub(super) fn json(
        &self,
        people: &People,
        place: Place<'_>,
    ) -> Result<Option<Sensitive<String>>, Error> {
        let opened = self.opened(people, place, &self.own_documents(people))?;
        Ok(opened.map(|opened| opened.json))
    }

    /// Opens a document with these keys; none when there is none, or when it was not asked for.
    pub(super) fn opened(
        &self,
        people: &People,
        place: Place<'_>,
        keys: &SubjectDocuments<'_>,
    ) -> Result<Option<Opened>, Error> {
        let name = people.holdings.document_name(place.kind, place.name);
        let stored = self.documents.get(&name);
        stored.map(|stored| open(&name, stored, keys)).transpose()
    }

    /// Gives what seals and opens the person's own documents.
    pub(super) fn own_documents<'a>(&'a self, people: &'a People) -> SubjectDocuments<'a> {
        people.holdings.documents(&self.handle, &self.subject.key)
    }

    /// Returns how many documents were read.
    pub(super) fn count(&self) -> usize {
        self.documents.len()
    }

    /// Opens all documents that were read, one after the other.
    pub(super) fn all<'a>(
        &'a self,
        people: &'a People,
    ) -> impl Iterator<Item = Result<Opened, Error>> + 'a {
        let keys = self.own_documents(people);
        self.documents.iter().map(move |(name, stored)| open(name, stored, &keys))
    }
}

fn open(
    name: &DocumentName,
    stored: &vault::subjects::Document,
    keys: &SubjectDocuments<'_>,
) -> Result<Opened, Error> {
    let opened = keys.open(name, &SealedDocument::parse(&stored.bytes)?)?;
    let (head, json) = opened.json.expose().split_once('\n').ok_or(OpenError::Malformed)?;
    let head: Head = serde_json::from_str(head).map_err(|_| OpenError::Malformed)?;
    Ok(Opened {
        kind: head.kind,
        name: head.name,
        at: Timestamp(head.at),
        until: stored.until,
        json: Sensitive::new(json.to_owned()),
    })
}

/// Seals what was drafted, with the revision that it makes.
fn sealed_documents(
    keys: &SubjectDocuments<'_>,
    draft: Draft,
    revision: u64,
) -> BTreeMap<DocumentName, Option<vault::subjects::Document>> {
    let seal = |name: &DocumentName, drafted: Drafted| {
        let bytes = keys.seal(name, &Document { json: drafted.json, revision });
        vault::subjects::Document { bytes, until: drafted.until }
    };
    let documents = draft.documents.into_iter();
    documents.map(|(name, drafted)| (name, drafted.map(|drafted| seal(&name, drafted)))).collect()
}

impl People {
    /// Reads a person with the documents that are wanted. An erased person is none.
    pub(super) async fn load(
        &self,
        _announced: &Announced,
        handle: SubjectHandle,
        wanted: Wanted,
    ) -> Result<Loaded, Error> {
        let read = self.within(self.vault.read(handle, wanted, self.clock.now())).await?;
        let person = read.ok_or(Error::NoPerson)?;
        if person.entry.state != State::Live {
            return Err(Error::NoPerson);
        }
        let entry = person.entry;
        let subject =
            self.holdings.open_entry(&handle, entry.key_version, entry.born, &entry.sealed)?;
        Ok(Loaded {
            handle,
            subject,
            revision: entry.revision,
            index_size: person.index_size,
            documents: person.documents,
        })
    }

    /// Writes what was drafted, if the person is as it was loaded. Returns the new revision.
    pub(super) async fn save(
        &self,
        announced: &Announced,
        loaded: &Loaded,
        draft: Draft,
    ) -> Result<u64, Error> {
        self.save_under(announced, loaded, draft, &loaded.own_documents(self)).await
    }

    /// Writes what was drafted, sealed with these keys.
    pub(super) async fn save_under(
        &self,
        _announced: &Announced,
        loaded: &Loaded,
        draft: Draft,
        keys: &SubjectDocuments<'_>,
    ) -> Result<u64, Error> {
        let next = loaded.revision.checked_add(1).ok_or(Error::Limit("revisions of a person"))?;
        let documents = sealed_documents(keys, draft, next);
        let changes = Changes { entry: None, documents, now: self.clock.now() };
        self.within(self.vault.write(loaded.handle, loaded.revision, changes)).await
    }

    /// Enters a person who is not there yet, with documents.
    pub(super) async fn enter(
        &self,
        _announced: &Announced,
        handle: SubjectHandle,
        subject: &LiveSubject,
        draft: Draft,
    ) -> Result<u64, Error> {
        let sealed = self.holdings.seal_entry(&handle, subject);
        let entry = SubjectEntry::entered(sealed, subject.born);
        let keys = self.holdings.documents(&handle, &subject.key);
        let documents = sealed_documents(&keys, draft, 1);
        let changes = Changes { entry: Some(entry), documents, now: self.clock.now() };
        self.within(self.vault.write(handle, 0, changes)).await
    }

    /// Makes the key of a person who is about to be entered.
    pub(super) fn new_subject(&self, name: &str) -> Result<LiveSubject, Error> {
        keys::subject(name, self.clock.now()).ok_or(Error::Random)
    }

    /// Reads a person with the token by which others name it, which is made at the first time.
    pub(super) async fn load_named(
        &self,
        announced: &Announced,
        generation: &Generation,
        person: SubjectHandle,
        wanted: &[Place<'_>],
    ) -> Result<(Loaded, PersonToken), Error> {
        let tokenizer = generation.tokenizer(&self.tenant).ok_or(Error::NoPerson)?;
        let all: Vec<Place<'_>> = wanted.iter().copied().chain([TOKEN]).collect();
        for _ in 0..TOKEN_ATTEMPTS {
            let loaded = self.load(announced, person, self.named(&all)).await?;
            if let Some(token) = tokenizer.recognise_person(loaded.subject.name.expose()) {
                return Ok((loaded, token));
            }
            let stored = loaded.document::<String>(self, TOKEN)?;
            if let Some(token) = stored.and_then(|text| tokenizer.recognise_person(&text)) {
                return Ok((loaded, token));
            }
            let token = tokenizer.person(random()?);
            let id = self.holdings.opaque_id(HoldingKind::Profile, token.as_str().as_bytes());
            let placed = Placed { handle: person, until: LATEST, uses: None };
            self.within(self.vault.place(id, placed, self.clock.now())).await?;
            let mut draft = Draft::default();
            draft.put(self, TOKEN, &token.as_str(), None)?;
            match self.save(announced, &loaded, draft).await {
                // Read again: this, or what somebody else made meanwhile, is the token.
                Ok(_) | Err(Error::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::Conflict)
    }

    /// Gives the wanted documents by kind and name.
    pub(super) fn named(&self, wanted: &[Place<'_>]) -> Wanted {
        let name = |place: &Place<'_>| self.holdings.document_name(place.kind, place.name);
        let names = wanted.iter().map(name);
        Wanted::Named(names.collect())
    }
}

/// Returns random bytes of the system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Error::Random)?;
    Ok(bytes)
}
