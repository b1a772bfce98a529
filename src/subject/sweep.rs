//! What happens to people when its time has come, and what an earlier process did not finish.
//!
//! All gateways sweep; each shard of the due times is leased to one of them at a time. The erasure journals
//! are read from the start when a gateway starts, and what is new in them each round: by that a vault that
//! was restored from a backup forgets again.

use std::time::Duration;

use crate::authz::HoldingAction;
use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::subject::Error;
use crate::subject::People;
use crate::subject::erase;
use crate::subject::expiration;
use crate::subject::expiration::Status;
use crate::subject::frame::Act;
use crate::subject::frame::Authority;
use crate::subject::frame::Did;
use crate::subject::profile;
use crate::vault::subjects::Erasure;
use crate::vault::subjects::JournalPlace;
use crate::vault::subjects::SHARDS;
use crate::vault::subjects::State;
use crate::vault::subjects::Wanted;

/// How long one gateway has what is due for itself.
const LEASE: Duration = Duration::from_secs(30);

/// When a removal that a hold stops is looked at again.
const HELD: Duration = Duration::from_hours(24);

/// What one round of the sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// People whose removal was due, and happened.
    pub removed: usize,
    /// Erasures of others, or of an earlier process, that were gone on with.
    pub continued: usize,
    /// People for whom it has to be tried again.
    pub failed: usize,
}

/// How far the erasure journal of the vault has been read.
#[derive(Debug, Default)]
pub struct Sweeper {
    read: Option<JournalPlace>,
}

impl People {
    /// Goes on with the erasures of this gateway's own journal: before anybody is served, so that what was
    /// restored is forgotten first.
    pub async fn recover(&self) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        for line in self.erasures.lines().await? {
            self.again_or_told(&line, &mut swept).await?;
        }
        self.replay(&mut Sweeper::default(), &mut swept).await?;
        Ok(swept)
    }

    /// Does what is due by now, once.
    pub async fn sweep(&self, sweeper: &mut Sweeper) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        self.replay(sweeper, &mut swept).await?;
        for shard in 0..SHARDS {
            loop {
                let now = self.clock.now();
                let lease = now.after(LEASE);
                let due = self.within(self.vault.due(shard, now, lease)).await?;
                if due.is_empty() {
                    break;
                }
                for each in due {
                    match self.act_on(each.handle, lease).await {
                        Ok(Acted::Removed) => swept.removed += 1,
                        Ok(Acted::Continued) => swept.continued += 1,
                        Ok(Acted::Nothing | Acted::Later(_)) => {}
                        Err(error) => {
                            tracing::warn!(%error, "what is due for a person is tried again");
                            swept.failed += 1;
                        }
                    }
                }
            }
        }
        Ok(swept)
    }

    /// Reads the erasure journal of the vault on, and makes forgotten again who is there.
    async fn replay(&self, sweeper: &mut Sweeper, swept: &mut Swept) -> Result<(), Error> {
        loop {
            let lines = self.within(self.vault.erasures_since(sweeper.read)).await?;
            let Some((last, _)) = lines.last() else { return Ok(()) };
            let last = *last;
            for (_, line) in &lines {
                self.again_or_told(line, swept).await?;
            }
            sweeper.read = Some(last);
        }
    }

    /// Goes on with a line. What concerns one person alone is told and does not stop the others.
    async fn again_or_told(&self, line: &Erasure, swept: &mut Swept) -> Result<(), Error> {
        match self.again(line, swept).await {
            Err(error @ (Error::Vault(_) | Error::Journal(_))) => Err(error),
            Err(error) => {
                tracing::error!(erasure = %line.id, %error, "an erasure cannot be gone on with");
                swept.failed += 1;
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Makes a person forgotten whose erasure is on a journal, if the vault has the person as before it.
    async fn again(&self, line: &Erasure, swept: &mut Swept) -> Result<(), Error> {
        let read = self.vault.read(line.handle, Wanted::Entry, self.clock.now());
        let stands = self.within(read).await?.is_some_and(|person| {
            // Changed since: the line was void, and what was acknowledged after it holds.
            let is_of_line = person.entry.revision <= erase::revision_of(line);
            person.entry.state == State::Live && person.entry.born <= line.at && is_of_line
        });
        if !stands {
            return Ok(());
        }
        let generation = self.generation();
        let act = Act::new(HoldingAction::Erase, profile::PLACE, line.handle);
        self.perform(Authority::Due, &generation, act, async |announced| {
            self.forget(announced, &generation, line).await.map(Did::of)
        })
        .await?;
        swept.continued += 1;
        Ok(())
    }

    async fn act_on(&self, person: SubjectHandle, lease: Timestamp) -> Result<Acted, Error> {
        let read = self.vault.read(person, Wanted::Entry, self.clock.now());
        let state = self.within(read).await?.map(|person| person.entry.state);
        let acted = match state {
            None => Acted::Nothing,
            Some(State::Erased) => {
                self.finish(person).await?;
                Acted::Continued
            }
            Some(State::Live) => self.remove_if_due(person).await?,
        };
        match acted {
            Acted::Later(at) => self.within(self.vault.set_due(person, at)).await?,
            Acted::Removed => {}
            Acted::Continued | Acted::Nothing => {
                self.within(self.vault.clear_due(person, lease)).await?;
            }
        }
        Ok(acted)
    }

    /// Finds when the removal of a person is due that is not due yet.
    async fn next_due(&self, person: SubjectHandle) -> Result<Acted, Error> {
        let generation = self.generation();
        let act = Act::new(HoldingAction::Read, expiration::PLACE, person);
        self.perform(Authority::Due, &generation, act, async |announced| {
            let wanted = self.named(&[expiration::PLACE]);
            let state = expiration::of(self, &self.load(announced, person, wanted).await?)?;
            Ok(Did::of(match state.status {
                Status::Wait => Acted::Later(state.at),
                Status::None | Status::Retained | Status::Cancelled => Acted::Nothing,
            }))
        })
        .await
    }

    /// Removes a person whose announced removal is due. One that a hold stops is left as it waits.
    async fn remove_if_due(&self, person: SubjectHandle) -> Result<Acted, Error> {
        let generation = self.generation();
        let now = self.clock.now();
        let may = |state: &expiration::State| match state.status {
            Status::Wait if state.at <= now => Ok(()),
            Status::Wait | Status::None | Status::Retained | Status::Cancelled => {
                Err(Error::State("not_due"))
            }
        };
        match self.erase_by(Authority::Due, &generation, person, may).await {
            Ok(_erased) => Ok(Acted::Removed),
            Err(Error::NoPerson) => Ok(Acted::Nothing),
            Err(Error::State("not_due")) => self.next_due(person).await,
            // Under a hold it waits.
            Err(Error::State(_)) => Ok(Acted::Later(now.after(HELD))),
            Err(error) => Err(error),
        }
    }
}

/// What became of a person for whom something was due.
enum Acted {
    Removed,
    Continued,
    Nothing,
    /// It is due at this time.
    Later(Timestamp),
}
