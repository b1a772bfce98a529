//! Erasure: from the moment that the entry is a tombstone, nothing of the person opens, on no gateway.
//!
//! ```text
//! line in both erasure journals -> worklist -> tombstone -> tags, values and ids go -> once more later
//! ```
//!
//! A crash behind the first arrow does not end it: whoever finds the line, or the time at which it is due,
//! goes on. A record that other people share loses this person's tag and stays theirs.

use uuid::Uuid;

use crate::audit::Announced;
use crate::audit::Code;
use crate::audit::Count;
use crate::authz::HoldingAction;
use crate::base::HoldingKind;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::engine::Generation;
use crate::subject::Asker;
use crate::subject::Error;
use crate::subject::People;
use crate::subject::expiration;
use crate::subject::fields;
use crate::subject::frame::Act;
use crate::subject::frame::Authority;
use crate::subject::frame::Did;
use crate::subject::hold;
use crate::subject::loaded::Loaded;
use crate::subject::loaded::TOKEN;
use crate::subject::profile;
use crate::subject::session;
use crate::subject::values::is_identifier;
use crate::vault::subjects::Erasure;
use crate::vault::subjects::ITEMS;
use crate::vault::subjects::Item;
use crate::vault::subjects::Pass;
use crate::vault::subjects::Tombstone;
use crate::vault::subjects::Wanted;
use crate::vault::subjects::Work;

/// How often a person may change under an erasure before it gives up for now.
const ATTEMPTS: usize = 16;

/// What an erasure took away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Which erasure it was.
    pub id: Uuid,
    /// When it was decided.
    pub at: Timestamp,
    /// Records from which the person's tag went.
    pub records: usize,
    /// Documents that went.
    pub documents: usize,
}

impl Erased {
    fn nothing(line: &Erasure) -> Self {
        Self { id: line.id, at: line.at, records: 0, documents: 0 }
    }

    fn counts(&self) -> Vec<Count> {
        let count = |what, number: usize| Count {
            what: Code(what),
            number: u64::try_from(number).unwrap_or(u64::MAX),
        };
        vec![count("records", self.records), count("documents", self.documents)]
    }
}

impl People {
    /// Erases a person. When it answers, nothing of the person opens any more.
    ///
    /// Refuses while a hold forbids it. After [`Error::Vault`] it may be under way: it goes on by itself when
    /// the vault answers again.
    pub async fn erase(&self, asker: &Asker<'_>, person: SubjectHandle) -> Result<Erased, Error> {
        let generation = self.generation();
        let authority = Authority::Policies(asker);
        self.erase_by(authority, &generation, person, |_| Ok(())).await
    }

    /// Erases a person for another reason than that somebody asks; `may` looks at the person first.
    pub(super) async fn erase_by(
        &self,
        authority: Authority<'_>,
        generation: &Generation,
        person: SubjectHandle,
        may: impl Fn(&expiration::State) -> Result<(), Error>,
    ) -> Result<Erased, Error> {
        let act = Act::new(HoldingAction::Erase, profile::PLACE, person);
        self.perform(authority, generation, act, async |announced| {
            for _ in 0..ATTEMPTS {
                let loaded = self.load(announced, person, Wanted::All).await?;
                hold::refuse(self, &loaded)?;
                may(&expiration::of(self, &loaded)?)?;
                // Whoever keeps the data, or holds it, makes another revision, and the line is void.
                let line = line(person, self.clock.now(), loaded.revision);
                drop(loaded);
                self.erasures.append(&line).await?;
                self.within(self.vault.erasure_append(line.clone())).await?;
                match self.forget(announced, generation, &line).await {
                    Ok(erased) => return Ok(Did { answer: erased, counts: erased.counts() }),
                    Err(Error::Conflict) => {}
                    Err(error) => return Err(error),
                }
            }
            Err(Error::Conflict)
        })
        .await
    }

    /// Makes a person forgotten for whom there is a line already. Does nothing for who was born after it, and
    /// answers [`Error::Conflict`] for who was changed since the line was written.
    pub(super) async fn forget(
        &self,
        announced: &Announced,
        generation: &Generation,
        line: &Erasure,
    ) -> Result<Erased, Error> {
        for _ in 0..ATTEMPTS {
            let loaded = match self.load(announced, line.handle, Wanted::All).await {
                Ok(loaded) if loaded.subject.born > line.at => return Ok(Erased::nothing(line)),
                Ok(loaded) => loaded,
                Err(Error::NoPerson) => {
                    self.finish(line.handle).await?;
                    return Ok(Erased::nothing(line));
                }
                Err(error) => return Err(error),
            };
            if loaded.revision > revision_of(line) {
                return Err(Error::Conflict);
            }
            let work = self.work(generation, &loaded).await?;
            for some in work.chunks(ITEMS) {
                self.within(self.vault.plan(line.handle, some.to_vec())).await?;
            }
            // Before the tombstone, so that whoever is killed behind it is gone on with.
            let later = self.clock.now().after(self.vault_wait);
            self.within(self.vault.set_due(line.handle, later)).await?;
            let tombstone = Tombstone { at: line.at, erasure: line.id };
            let (revision, size) = (loaded.revision, loaded.index_size);
            match self.within(self.vault.kill(line.handle, revision, size, tombstone)).await {
                Ok(()) => {
                    for some in work.chunks(ITEMS) {
                        let call = self.vault.unbind(line.handle, some.to_vec(), Pass::First);
                        self.within(call).await?;
                    }
                    let is_record = |work: &&Work| matches!(work, Work::Record(_));
                    let records = work.iter().filter(is_record).count();
                    return Ok(Erased {
                        records,
                        documents: loaded.count(),
                        ..Erased::nothing(line)
                    });
                }
                Err(Error::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        // Records came each time.
        Err(Error::Conflict)
    }

    /// Finds what has to go once the person is dead: tags of records, values, ids.
    async fn work(&self, generation: &Generation, loaded: &Loaded) -> Result<Vec<Work>, Error> {
        let tokenizer = generation.tokenizer(&self.tenant).ok_or(Error::NoPerson)?;
        let rules = self.rules(generation)?;
        let name = loaded.subject.name.expose().as_str();
        let mut work = Vec::new();
        for (key, class) in self.within(self.vault.of_subject(loaded.handle)).await? {
            let tag = tokenizer.tag(&key, name);
            work.push(Work::Record(Item { key, class, tag }));
            if is_identifier(rules, class) {
                // The place of a value in the index is that of its record.
                work.push(Work::Value(key));
            }
        }
        if let Some(token) = loaded.document::<String>(self, TOKEN)? {
            work.push(Work::Id(self.holdings.opaque_id(HoldingKind::Profile, token.as_bytes())));
        }
        let profile = profile::of(self, loaded)?;
        let fields = fields::of_document(rules, profile.expose()).unwrap_or_default();
        let identifiers = self.identifiers(generation, rules, &fields).into_iter();
        work.extend(identifiers.map(|value| Work::Value(value.key)));
        let state = expiration::of(self, loaded)?;
        if state.flow > 0 {
            let token = self.holdings.expiration_token(&loaded.handle, state.flow);
            let id = self.holdings.opaque_id(HoldingKind::Expiration, token.expose());
            work.push(Work::Id(id));
        }
        work.extend(session::ids(self, loaded)?.into_iter().map(Work::Id));
        Ok(work)
    }

    /// Finishes the erasure of a person who is dead: what is on the worklist is done once more, for puts that
    /// were under way the first time.
    pub(super) async fn finish(&self, person: SubjectHandle) -> Result<(), Error> {
        loop {
            let work = self.within(self.vault.worklist(person)).await?;
            if work.is_empty() {
                return Ok(());
            }
            self.within(self.vault.unbind(person, work, Pass::Last)).await?;
        }
    }
}

/// Writes a line for a person of this revision.
fn line(handle: SubjectHandle, at: Timestamp, revision: u64) -> Erasure {
    Erasure { id: Uuid::now_v7(), handle, at, cause: revision.to_be_bytes().to_vec() }
}

/// Returns the revision of the person whom a line was written for. A restored backup has an older one.
pub(super) fn revision_of(line: &Erasure) -> u64 {
    line.cause.as_slice().try_into().map_or(0, u64::from_be_bytes)
}
