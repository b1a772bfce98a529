//! Sessions of web applications: JSON documents that end by themselves, an hour after they were written at
//! the latest.
//!
//! Whoever has the id of a session, a UUID that the application's client brings, finds it; the vault has a
//! keyed hash of the id only. A session whose content names a person is a document of that person, listed
//! and erased with the others. Another is sealed under a key from its id, so the vault alone never opens it.
//!
//! What nobody owns lies in one of 65,536 entries, called buckets, chosen by two bytes of the hash. An entry of
//! its own for each session would be simpler, but entries do not expire: every visitor would leave one
//! behind. The key in the entry of a bucket opens nothing. A bucket has the bound of a person, 256 documents
//! at a time, so there is room for some ten million sessions.
//!
//! A session that changes its owner is written at the new one, then its id leads there, then the old
//! document goes. After a crash between these steps the old one is there until it ends, and the person's
//! list may show it until then.
//!
//! Nothing of a session outlives it: unlike those of profiles, fields with a class are not stored as
//! records. Who may not see such a field sees its token, which resolves only if the value is known from
//! elsewhere.

use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use crate::audit::Announced;
use crate::authz::HoldingAction;
use crate::base::HoldingKind;
use crate::base::OpaqueId;
use crate::base::Sensitive;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::crypto::SubjectDocuments;
use crate::engine::Generation;
use crate::subject::Asker;
use crate::subject::Error;
use crate::subject::Identifier;
use crate::subject::People;
use crate::subject::frame::Act;
use crate::subject::frame::Authority;
use crate::subject::frame::Did;
use crate::subject::limits;
use crate::subject::loaded::Draft;
use crate::subject::loaded::Loaded;
use crate::subject::loaded::Place;
use crate::vault::subjects::Placed;
use crate::vault::subjects::Wanted;

/// How long a session lasts at most after it was written.
const LONGEST: Duration = Duration::from_hours(1);

/// How often a session is written while others change what it lies in.
const ATTEMPTS: usize = 32;

/// Sessions, whatever their ids: an id is told neither to policies nor to the journal.
const ANY: Place<'static> = Place { kind: HoldingKind::Session, name: "" };

/// The name in the entry of a bucket; nobody is found by it.
const BUCKET: &str = "sessions of nobody known";

/// A session, as its reader may see it.
#[derive(Debug)]
pub struct Session {
    /// The UUID by which it is found.
    pub id: Sensitive<String>,
    /// When it was written.
    pub at: Timestamp,
    /// The JSON text; fields with a class as far as the reader may see them.
    pub json: Sensitive<String>,
}

/// The id of a session, in the forms in which it is needed.
struct Id {
    bytes: Sensitive<[u8; 16]>,
    /// The name of the document, and what answers tell.
    text: Sensitive<String>,
    /// By which the vault finds it.
    opaque: OpaqueId,
}

/// In whose entry a session lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Location {
    Person(SubjectHandle),
    Bucket(SubjectHandle),
}

impl Id {
    fn place(&self) -> Place<'_> {
        Place { kind: HoldingKind::Session, name: self.text.expose().as_str() }
    }
}

impl Location {
    fn handle(self) -> SubjectHandle {
        match self {
            Self::Person(handle) | Self::Bucket(handle) => handle,
        }
    }

    fn person(self) -> Option<SubjectHandle> {
        match self {
            Self::Person(handle) => Some(handle),
            Self::Bucket(_) => None,
        }
    }
}

impl People {
    /// Keeps a session under its id, in the place of what it held, until this time or for an hour at most.
    ///
    /// It belongs to the person whom a member of the content names as a mode of Databunker would: `token`, or
    /// a field whose class is an identifier. What names nobody known, or several people, makes it nobody's.
    pub async fn keep_session(
        &self,
        asker: &Asker<'_>,
        id: &Uuid,
        content: &Value,
        until: Option<Timestamp>,
    ) -> Result<(), Error> {
        let generation = self.generation();
        let json = limits::checked(content).map_err(Error::Unacceptable)?;
        let id = self.session_id(id);
        let owner = self.owner_in(asker, &generation, content).await?;
        let location = owner.map_or_else(|| self.bucket(&id), Location::Person);
        let act = Act::new(HoldingAction::Write, ANY, owner);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let now = self.clock.now();
            let latest = now.after(LONGEST);
            let until = until.unwrap_or(latest).min(latest);
            let before = self.locate_session(&id).await?;
            self.write_session(announced, location, &id, Some((&json, until))).await?;
            let placed = Placed { handle: location.handle(), until, uses: None };
            self.within(self.vault.place(id.opaque, placed, now)).await?;
            if let Some(before) = before.filter(|before| *before != location) {
                self.remove_session(announced, before, &id).await?;
            }
            Ok(Did::of(()))
        })
        .await
    }

    /// Returns a session. One that has ended is none.
    pub async fn session(&self, asker: &Asker<'_>, id: &Uuid) -> Result<Session, Error> {
        let generation = self.generation();
        let id = self.session_id(id);
        let location = self.locate_session(&id).await?;
        let owner = location.unwrap_or_else(|| self.bucket(&id)).handle();
        let sight = self.sight(asker, &generation, owner)?;
        let person = location.and_then(Location::person);
        let act = Act::new(HoldingAction::Read, ANY, person).showing(sight.items());
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let location = location.ok_or(Error::NoDocument)?;
            let wanted = self.named(&[id.place()]);
            let loaded = self.load(announced, location.handle(), wanted).await?;
            let keys = self.session_keys(location, &loaded, &id);
            let opened = loaded.opened(self, id.place(), &keys)?.ok_or(Error::NoDocument)?;
            let json = self.show(&sight, opened.json.expose())?;
            Ok(Did::of(Session { id: Sensitive::new(opened.name), at: opened.at, json }))
        })
        .await
    }

    /// Ends a session. One that is not there has ended: a store of sessions asks for it with fresh ids, too.
    pub async fn end_session(&self, asker: &Asker<'_>, id: &Uuid) -> Result<(), Error> {
        let generation = self.generation();
        let id = self.session_id(id);
        let location = self.locate_session(&id).await?;
        let person = location.and_then(Location::person);
        let act = Act::new(HoldingAction::Write, ANY, person);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let Some(location) = location else { return Ok(Did::of(())) };
            self.remove_session(announced, location, &id).await?;
            self.within(self.vault.withdraw(id.opaque, location.handle())).await.map(Did::of)
        })
        .await
    }

    /// Returns the sessions of a person, the earliest written first.
    pub async fn sessions(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
    ) -> Result<Vec<Session>, Error> {
        let generation = self.generation();
        let sight = self.sight(asker, &generation, person)?;
        let act = Act::new(HoldingAction::Read, ANY, person).showing(sight.items());
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let loaded = self.load(announced, person, Wanted::All).await?;
            let mut sessions = Vec::new();
            for opened in loaded.all(self) {
                let opened = opened?;
                if opened.kind == HoldingKind::Session.as_str() {
                    let json = self.show(&sight, opened.json.expose())?;
                    let id = Sensitive::new(opened.name);
                    sessions.push(Session { id, at: opened.at, json });
                }
            }
            sessions.sort_by_key(|session| session.at);
            let count = sessions.len();
            Ok(Did::counted(sessions, "sessions", count))
        })
        .await
    }

    /// Finds the person whom the content of a session names; on record when it names somebody at all.
    async fn owner_in(
        &self,
        asker: &Asker<'_>,
        generation: &Generation,
        content: &Value,
    ) -> Result<Option<SubjectHandle>, Error> {
        let members = content.as_object().into_iter().flatten();
        let named: Vec<Identifier> =
            members.filter_map(|(mode, value)| self.by_mode(mode, value.as_str()?)).collect();
        if named.is_empty() {
            return Ok(None);
        }
        let act = Act::new(HoldingAction::Write, ANY, None);
        self.perform(Authority::Policies(asker), generation, act, async |announced| {
            self.first_of(announced, generation, &named).await.map(Did::of)
        })
        .await
    }

    /// Writes the document of a session, or removes it, where it lies.
    async fn write_session(
        &self,
        announced: &Announced,
        location: Location,
        id: &Id,
        content: Option<(&Sensitive<String>, Timestamp)>,
    ) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let loaded = match self.load(announced, location.handle(), Wanted::Entry).await {
                Err(Error::NoPerson) if location.person().is_none() => {
                    self.enter_bucket(announced, location.handle()).await?;
                    continue;
                }
                loaded => loaded?,
            };
            let mut draft = Draft::default();
            match content {
                Some((json, until)) => draft.put_json(self, id.place(), json, Some(until))?,
                None => draft.remove(self, id.place()),
            }
            let keys = self.session_keys(location, &loaded, id);
            match self.save_under(announced, &loaded, draft, &keys).await {
                // Somebody else changed another document there.
                Err(Error::Conflict) => {}
                saved => return saved.map(drop),
            }
        }
        Err(Error::Conflict)
    }

    /// Removes the document of a session. Where its owner was erased nothing is left to remove.
    async fn remove_session(
        &self,
        announced: &Announced,
        location: Location,
        id: &Id,
    ) -> Result<(), Error> {
        match self.write_session(announced, location, id, None).await {
            Err(Error::NoPerson) => Ok(()),
            removed => removed,
        }
    }

    async fn enter_bucket(
        &self,
        announced: &Announced,
        handle: SubjectHandle,
    ) -> Result<(), Error> {
        let subject = self.new_subject(BUCKET)?;
        match self.enter(announced, handle, &subject, Draft::default()).await {
            Ok(_) | Err(Error::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn session_id(&self, id: &Uuid) -> Id {
        Id {
            bytes: Sensitive::new(*id.as_bytes()),
            text: Sensitive::new(id.to_string()),
            opaque: self.holdings.opaque_id(HoldingKind::Session, id.as_bytes()),
        }
    }

    /// Returns where a session lies that is nobody's. Two bytes are no id, so no session has this place.
    fn bucket(&self, id: &Id) -> Location {
        let [first, second, ..] = id.opaque.0;
        let bucket = self.holdings.opaque_id(HoldingKind::Session, &[first, second]);
        Location::Bucket(SubjectHandle(bucket.0))
    }

    /// Returns where the id of a session leads.
    async fn locate_session(&self, id: &Id) -> Result<Option<Location>, Error> {
        let placed = self.within(self.vault.locate(id.opaque, self.clock.now())).await?;
        let bucket = self.bucket(id);
        Ok(placed.map(|placed| {
            if placed.handle == bucket.handle() { bucket } else { Location::Person(placed.handle) }
        }))
    }

    fn session_keys<'a>(
        &'a self,
        location: Location,
        loaded: &'a Loaded,
        id: &'a Id,
    ) -> SubjectDocuments<'a> {
        match location {
            Location::Person(_) => loaded.own_documents(self),
            Location::Bucket(_) => self.holdings.unbound_session(&id.bytes),
        }
    }
}

/// Returns the ids that lead to a person's sessions, all documents of whom were read.
pub(super) fn ids(people: &People, loaded: &Loaded) -> Result<Vec<OpaqueId>, Error> {
    let mut ids = Vec::new();
    for opened in loaded.all(people) {
        let opened = opened?;
        if opened.kind == HoldingKind::Session.as_str() {
            let id = Uuid::try_parse(&opened.name).ok();
            ids.extend(id.map(|id| people.session_id(&id).opaque));
        }
    }
    Ok(ids)
}
