//! The profile of a person: a JSON object, some of whose fields have a class.
//!
//! A field with a class is stored as a record of the person, like a value of proxied traffic, so its token is
//! the same. Who reads the profile sees such a field as far as policies let them see its class on the
//! resource `people/<class>`: the value, its mask, or its token.

use serde_json::Value;

use crate::authz::HoldingAction;
use crate::base::HoldingKind;
use crate::base::Sensitive;
use crate::base::SubjectHandle;
use crate::engine::Generation;
use crate::net::Caller;
use crate::rules;
use crate::subject::Asker;
use crate::subject::Edit;
use crate::subject::Error;
use crate::subject::People;
use crate::subject::Unacceptable;
use crate::subject::fields;
use crate::subject::fields::RecordOwner;
use crate::subject::frame::Act;
use crate::subject::frame::Authority;
use crate::subject::frame::Did;
use crate::subject::limits;
use crate::subject::loaded::Draft;
use crate::subject::loaded::Loaded;
use crate::subject::loaded::Place;
use crate::subject::loaded::random;
use crate::token::PersonToken;
use crate::vault::Put;

/// Where the profile lies.
pub(super) const PLACE: Place<'static> = Place { kind: HoldingKind::Profile, name: "" };

/// A person who was made.
#[derive(Debug)]
pub struct Created {
    /// By which the person is named from now on.
    pub token: PersonToken,
    /// The first revision.
    pub revision: u64,
}

/// What a caller sees of a person.
#[derive(Debug)]
pub struct Profile {
    /// By which the person is named.
    pub token: PersonToken,
    /// The JSON object; fields with a class as far as the caller may see them.
    pub data: Sensitive<String>,
    /// What a change compares.
    pub revision: u64,
}

impl People {
    /// Makes a person with a profile. Refuses one without an identifier, and one whose identifier another
    /// person has.
    pub async fn create(&self, asker: &Asker<'_>, profile: &Value) -> Result<Created, Error> {
        let generation = self.generation();
        let rules = self.rules(&generation)?;
        let json = checked(profile).map_err(Error::Unacceptable)?;
        let fields = fields::of_document(rules, json.expose()).map_err(Error::Unacceptable)?;
        let identifiers = self.identifiers(&generation, rules, &fields);
        if identifiers.is_empty() {
            return Err(Error::Unacceptable(Unacceptable::NoIdentifier));
        }
        let tokenizer = generation.tokenizer(&self.tenant).ok_or(Error::NoPerson)?;
        let token = tokenizer.person(random()?);
        let handle = tokenizer.handle(token.as_str());
        let act = Act::new(HoldingAction::Write, PLACE, handle);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let claimed = self.claim(announced, &generation, handle, &identifiers).await;
            let entered = async {
                claimed?;
                // The entry first: records are bound to it.
                let subject = self.new_subject(token.as_str())?;
                let mut draft = Draft::default();
                draft.put_json(self, PLACE, &json, None)?;
                let revision = self.enter(announced, handle, &subject, draft).await?;
                Ok::<_, Error>((revision, subject.born))
            };
            let (revision, since) = match entered.await {
                Ok(entered) => entered,
                // In doubt the person may be there, and has the values.
                Err(error) if error.leaves_doubt() => return Err(error),
                Err(error) => {
                    self.release(handle, &identifiers, self.clock.now()).await;
                    return Err(error);
                }
            };
            let owner = RecordOwner { person: handle, name: token.as_str(), since };
            self.store(asker, self.records(&generation, rules, owner, &fields)).await?;
            Ok(Did::of(Created { token, revision }))
        })
        .await
    }

    /// Returns the profile of a person as this caller may see it; an empty object for a person who is known
    /// from proxied traffic only.
    pub async fn profile(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
    ) -> Result<Profile, Error> {
        let generation = self.generation();
        let sight = self.sight(asker, &generation, person)?;
        let act = Act::new(HoldingAction::Read, PLACE, person).showing(sight.items());
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let (loaded, token) = self.load_named(announced, &generation, person, &[PLACE]).await?;
            let data = self.show(&sight, of(self, &loaded)?.expose())?;
            Ok(Did::of(Profile { token, data, revision: loaded.revision }))
        })
        .await
    }

    /// Changes a profile. Refuses an edit of another revision than the present one. Returns the new one.
    ///
    /// A new identifier is claimed before the profile has it, one that goes is released after.
    pub async fn change(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
        edit: &Edit,
    ) -> Result<u64, Error> {
        let generation = self.generation();
        let rules = self.rules(&generation)?;
        let act = Act::new(HoldingAction::Write, PLACE, person);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let begun = self.clock.now();
            let loaded = self.load(announced, person, self.named(&[PLACE])).await?;
            loaded.expect(edit.expected)?;
            let old = of(self, &loaded)?;
            let new = edit.change.apply(&old).map_err(Error::Unacceptable)?;
            if !new.expose().starts_with('{') {
                return Err(Error::Unacceptable(Unacceptable::NotAnObject));
            }
            let before = fields::of_document(rules, old.expose()).unwrap_or_default();
            let before = self.identifiers(&generation, rules, &before);
            let fields = fields::of_document(rules, new.expose()).map_err(Error::Unacceptable)?;
            let after = self.identifiers(&generation, rules, &fields);
            let (mut fresh, mut gone) = (after.clone(), before.clone());
            fresh.retain(|value| !before.contains(value));
            gone.retain(|value| !after.contains(value));
            // What is claimed and then not saved, another change of the same person may have saved: it is
            // free after a minute if nobody has.
            self.claim(announced, &generation, person, &fresh).await?;
            self.store(asker, self.records(&generation, rules, loaded.brings(), &fields)).await?;
            let mut draft = Draft::default();
            draft.put_json(self, PLACE, &new, None)?;
            let revision = self.save(announced, &loaded, draft).await?;
            self.release(person, &gone, begun).await;
            Ok(Did::of(revision))
        })
        .await
    }

    /// Stores records of a person.
    pub(super) async fn store(&self, asker: &Asker<'_>, records: Vec<Put>) -> Result<(), Error> {
        if records.is_empty() {
            return Ok(());
        }
        let caller = Caller::of(asker.identity.principal(), asker.source);
        self.within(self.vault.put(caller, records)).await.map(drop)
    }

    /// Returns what rule files say of people; without it there are none here.
    pub(super) fn rules<'g>(&self, generation: &'g Generation) -> Result<&'g rules::People, Error> {
        generation.rules.people(&self.tenant).ok_or(Error::State("no rule file speaks of people"))
    }
}

/// Returns the profile of a person in clear; an empty object without one.
pub(super) fn of(people: &People, loaded: &Loaded) -> Result<Sensitive<String>, Error> {
    let profile = loaded.json(people, PLACE)?;
    Ok(profile.unwrap_or_else(|| Sensitive::new(String::from("{}"))))
}

/// Checks a whole profile, and gives its text.
fn checked(profile: &Value) -> Result<Sensitive<String>, Unacceptable> {
    if !profile.is_object() {
        return Err(Unacceptable::NotAnObject);
    }
    limits::checked(profile)
}
