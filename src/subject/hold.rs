//! Holds: a law that keeps a person's data from removal, until a day.

use serde::Deserialize;
use serde::Serialize;

use crate::authz::HoldingAction;
use crate::base::HoldingKind;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::subject::Asker;
use crate::subject::Error;
use crate::subject::People;
use crate::subject::frame::Act;
use crate::subject::frame::Authority;
use crate::subject::frame::Did;
use crate::subject::loaded::Draft;
use crate::subject::loaded::Loaded;
use crate::subject::loaded::Place;

/// Where the hold of a person lies; there is one at most.
pub(super) const PLACE: Place<'static> = Place { kind: HoldingKind::Hold, name: "" };

/// Why, and until when, nothing of a person may be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// What it is for, in the words of whoever set it.
    pub reason: String,
    /// The law that asks for it, such as `HGB § 257`.
    pub law: String,
    /// From when on it holds no more.
    pub until: Timestamp,
}

impl People {
    /// Sets the hold of a person, in the place of the one before.
    pub async fn hold(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
        hold: &Hold,
    ) -> Result<(), Error> {
        let generation = self.generation();
        let act = Act::new(HoldingAction::Administer, PLACE, person);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let loaded = self.load(announced, person, self.named(&[PLACE])).await?;
            let mut draft = Draft::default();
            draft.put(self, PLACE, hold, None)?;
            self.save(announced, &loaded, draft).await?;
            Ok(Did::of(()))
        })
        .await
    }

    /// Ends the hold of a person.
    pub async fn release_hold(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
    ) -> Result<(), Error> {
        let generation = self.generation();
        let act = Act::new(HoldingAction::Administer, PLACE, person);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let loaded = self.load(announced, person, self.named(&[PLACE])).await?;
            of(self, &loaded)?.ok_or(Error::NoDocument)?;
            let mut draft = Draft::default();
            draft.remove(self, PLACE);
            self.save(announced, &loaded, draft).await?;
            Ok(Did::of(()))
        })
        .await
    }

    /// Returns the hold of a person, if one holds now.
    pub async fn held(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
    ) -> Result<Option<Hold>, Error> {
        let generation = self.generation();
        let act = Act::new(HoldingAction::Read, PLACE, person);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let loaded = self.load(announced, person, self.named(&[PLACE])).await?;
            of(self, &loaded).map(Did::of)
        })
        .await
    }
}

/// Returns the hold that holds now.
pub(super) fn of(people: &People, loaded: &Loaded) -> Result<Option<Hold>, Error> {
    let hold = loaded.document::<Hold>(people, PLACE)?;
    Ok(hold.filter(|hold| hold.until > people.clock.now()))
}

/// Refuses what a hold forbids.
pub(super) fn refuse(people: &People, loaded: &Loaded) -> Result<(), Error> {
    if of(people, loaded)?.is_some() { Err(Error::State("hold")) } else { Ok(()) }
}
