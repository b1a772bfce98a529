//! Announced removals: a person is told, and keeps or removes; else it happens.
//!
//! ```text
//! none -> waits -> retained | cancelled | erased
//! ```
//!
//! Whoever has the token of a removal may keep or remove: it is a keyed function of the person and of the
//! number of the flow, so it can be told again and none is stored. Starting again makes another flow, and
//! the links of the one before are dead.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use uuid::Uuid;

use crate::audit::Announced;
use crate::authz::HoldingAction;
use crate::base::HoldingKind;
use crate::base::Sensitive;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::subject::Asker;
use crate::subject::Error;
use crate::subject::People;
use crate::subject::erase::Erased;
use crate::subject::frame::Act;
use crate::subject::frame::Authority;
use crate::subject::frame::Did;
use crate::subject::frame::HoldingState;
use crate::subject::hold;
use crate::subject::loaded::Draft;
use crate::subject::loaded::Loaded;
use crate::subject::loaded::Place;
use crate::subject::loaded::random;
use crate::vault::subjects::Placed;

/// Where the announced removal of a person lies.
pub(super) const PLACE: Place<'static> = Place { kind: HoldingKind::Expiration, name: "" };

/// How long the links of a removal tell its end.
const LINKS_AFTER: Duration = Duration::from_hours(30 * 24);

/// The state of a person's removal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Counts the removals that were announced for the person, from a random number on; 0 when none was.
    pub flow: u64,
    /// What became of the last one.
    pub status: Status,
    /// When it happens unless somebody keeps the data.
    pub at: Timestamp,
}

/// What became of an announced removal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// None was announced.
    #[default]
    None,
    /// It happens when its time comes.
    Wait,
    /// The person keeps the data.
    Retained,
    /// The company called it off.
    Cancelled,
}

/// A removal that was announced.
#[derive(Debug)]
pub struct Announcement {
    /// Opens the pages on which the person keeps or removes.
    pub token: Sensitive<String>,
    /// When the data goes unless somebody keeps it.
    pub at: Timestamp,
}

impl People {
    /// Announces a removal at a time, in the place of one that was announced before. Refuses under a hold.
    pub async fn start_expiration(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
        at: Timestamp,
    ) -> Result<Announcement, Error> {
        let generation = self.generation();
        let act = Act::new(HoldingAction::Erase, PLACE, person);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let wanted = self.named(&[PLACE, hold::PLACE]);
            let loaded = self.load(announced, person, wanted).await?;
            hold::refuse(self, &loaded)?;
            let flow = match of(self, &loaded)?.flow {
                // Who comes back after an erasure has other links than before it.
                0 => u64::from(u32::from_be_bytes(random()?)).saturating_add(1),
                flow => flow.saturating_add(1),
            };
            let token = self.holdings.expiration_token(&person, flow);
            let until = at.after(LINKS_AFTER);
            let placed = Placed { handle: person, until, uses: None };
            // What lies elsewhere first: it is believed only when the person's own state agrees.
            let id = self.holdings.opaque_id(HoldingKind::Expiration, token.expose());
            self.within(self.vault.place(id, placed, self.clock.now())).await?;
            self.within(self.vault.set_due(person, at)).await?;
            self.set(announced, &loaded, &State { flow, status: Status::Wait, at }).await?;
            // Again, as somebody who started at the same time, and lost, has set another.
            self.within(self.vault.set_due(person, at)).await?;
            Ok(Did::of(Announcement { token: link(&token), at }))
        })
        .await
    }

    /// Returns the state of a person's removal, with the token while it waits, for whoever may remove.
    pub async fn expiration(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
    ) -> Result<(State, Option<Sensitive<String>>), Error> {
        let generation = self.generation();
        let act = Act::new(HoldingAction::Read, PLACE, person);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            let loaded = self.load(announced, person, self.named(&[PLACE])).await?;
            let state = of(self, &loaded)?;
            let may_remove = self.permit(
                asker,
                &generation,
                &Act::new(HoldingAction::Erase, PLACE, person),
                &HoldingState::default(),
            );
            let tells = state.status == Status::Wait && may_remove.is_ok();
            let token = tells.then(|| link(&self.holdings.expiration_token(&person, state.flow)));
            Ok(Did::of((state, token)))
        })
        .await
    }

    /// Calls an announced removal off. Refuses when none waits.
    pub async fn cancel_expiration(
        &self,
        asker: &Asker<'_>,
        person: SubjectHandle,
    ) -> Result<(), Error> {
        let generation = self.generation();
        let act = Act::new(HoldingAction::Erase, PLACE, person);
        self.perform(Authority::Policies(asker), &generation, act, async |announced| {
            self.end(announced, person, None, Status::Cancelled).await.map(Did::of)
        })
        .await
    }

    /// Looks where the link of a removal stands, for its page. Changes nothing.
    pub async fn expiration_by_link(
        &self,
        asker: &Asker<'_>,
        token: &Uuid,
    ) -> Result<State, Error> {
        let generation = self.generation();
        let person = self.of_link(token).await?;
        let act = Act::new(HoldingAction::Read, PLACE, person);
        self.perform(Authority::Link(asker), &generation, act, async |announced| {
            let loaded = self.load(announced, person, self.named(&[PLACE])).await?;
            let state = of(self, &loaded)?;
            self.check_link(person, &state, token)?;
            Ok(Did::of(state))
        })
        .await
    }

    /// Keeps the data of the person who has this link. Repeating it changes nothing.
    pub async fn retain_by_link(&self, asker: &Asker<'_>, token: &Uuid) -> Result<(), Error> {
        let generation = self.generation();
        let person = self.of_link(token).await?;
        let act = Act::new(HoldingAction::Erase, PLACE, person);
        self.perform(Authority::Link(asker), &generation, act, async |announced| {
            self.end(announced, person, Some(token), Status::Retained).await.map(Did::of)
        })
        .await
    }

    /// Removes the data of the person who has this link, at once.
    pub async fn remove_by_link(&self, asker: &Asker<'_>, token: &Uuid) -> Result<Erased, Error> {
        let generation = self.generation();
        let person = self.of_link(token).await?;
        let may = |state: &State| match state.status {
            Status::Wait => self.check_link(person, state, token),
            Status::None | Status::Retained | Status::Cancelled => Err(Error::State("ended")),
        };
        self.erase_by(Authority::Link(asker), &generation, person, may).await
    }

    /// Ends a flow that waits. With the same end again nothing changes; with another it is refused.
    async fn end(
        &self,
        announced: &Announced,
        person: SubjectHandle,
        token: Option<&Uuid>,
        status: Status,
    ) -> Result<(), Error> {
        let loaded = self.load(announced, person, self.named(&[PLACE])).await?;
        let state = of(self, &loaded)?;
        if let Some(token) = token {
            self.check_link(person, &state, token)?;
        }
        if state.status == status && token.is_some() {
            return Ok(());
        }
        if state.status != Status::Wait {
            return Err(Error::State("ended"));
        }
        self.set(announced, &loaded, &State { status, ..state.clone() }).await?;
        self.within(self.vault.clear_due(person, state.at)).await
    }

    async fn set(
        &self,
        announced: &Announced,
        loaded: &Loaded,
        state: &State,
    ) -> Result<(), Error> {
        let mut draft = Draft::default();
        draft.put(self, PLACE, state, None)?;
        self.save(announced, loaded, draft).await.map(drop)
    }

    async fn of_link(&self, token: &Uuid) -> Result<SubjectHandle, Error> {
        let id = self.holdings.opaque_id(HoldingKind::Expiration, token.as_bytes());
        let located = self.within(self.vault.locate(id, self.clock.now())).await?;
        located.map(|placed| placed.handle).ok_or(Error::NoPerson)
    }

    /// Refuses a link of an earlier flow.
    fn check_link(&self, person: SubjectHandle, state: &State, token: &Uuid) -> Result<(), Error> {
        let now = self.holdings.expiration_token(&person, state.flow);
        if now.expose() == token.as_bytes() { Ok(()) } else { Err(Error::NoPerson) }
    }
}

/// Returns the state of a person's removal.
pub(super) fn of(people: &People, loaded: &Loaded) -> Result<State, Error> {
    Ok(loaded.document::<State>(people, PLACE)?.unwrap_or_default())
}

/// Gives a token as links have it.
fn link(token: &Sensitive<[u8; 16]>) -> Sensitive<String> {
    Sensitive::new(Uuid::from_bytes(*token.expose()).to_string())
}
