//! The one way to people: allowed, announced, done, told.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::time::timeout;

use crate::audit;
use crate::audit::Announced;
use crate::audit::Code;
use crate::audit::Count;
use crate::audit::Ending;
use crate::audit::Exchange;
use crate::audit::Item;
use crate::audit::Name;
use crate::audit::Outcome;
use crate::audit::PersonAct;
use crate::audit::PersonIntent;
use crate::audit::Policy;
use crate::audit::Reference;
use crate::audit::Verb;
use crate::authn::Identity;
use crate::authz::Holding;
use crate::authz::HoldingAction;
use crate::authz::HoldingPermit;
use crate::authz::HoldingQuestion;
use crate::base::RequestId;
use crate::base::SubjectHandle;
use crate::engine::Generation;
use crate::subject::Error;
use crate::subject::People;
use crate::subject::hold;
use crate::subject::loaded::Place;
use crate::vault;
use crate::vault::Waiting;

/// Who asks for something about people, and by which request.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// The caller, as `authn` found out.
    pub identity: &'a Identity,
    /// The name of the request in log and journal.
    pub request_id: RequestId,
    /// The method of the request.
    pub method: &'a str,
    /// Where the caller connects from.
    pub source: IpAddr,
}

/// Why something may be done.
#[derive(Debug, Clone, Copy)]
pub(super) enum Authority<'a> {
    /// Policies allow it to this caller.
    Policies(&'a Asker<'a>),
    /// Whoever asks has a link that nobody can guess, made for this one thing.
    Link(&'a Asker<'a>),
    /// Its time has come.
    Due,
}

impl<'a> Authority<'a> {
    fn asker(self) -> Option<&'a Asker<'a>> {
        match self {
            Self::Policies(asker) | Self::Link(asker) => Some(asker),
            Self::Due => None,
        }
    }

    /// The word in field `cause` of the events.
    fn cause(self) -> Code {
        Code(match self {
            Self::Policies(_) => "asked",
            Self::Link(_) => "link",
            Self::Due => "due",
        })
    }
}

/// What is about to be done, before policies are asked.
#[derive(Debug)]
pub(super) struct Act<'a> {
    /// What policies are asked about.
    pub(super) action: HoldingAction,
    /// What it is done with.
    pub(super) place: Place<'a>,
    /// Whose; none for a person who is not there yet, and for lists.
    pub(super) person: Option<SubjectHandle>,
    /// Values that will be shown with it.
    pub(super) items: Vec<Item>,
}

impl<'a> Act<'a> {
    /// Gives an act that shows no value with a class.
    pub(super) fn new(
        action: HoldingAction,
        place: Place<'a>,
        person: impl Into<Option<SubjectHandle>>,
    ) -> Self {
        Self { action, place, person: person.into(), items: Vec::new() }
    }

    /// Says which values are shown with it.
    pub(super) fn showing(self, items: Vec<Item>) -> Self {
        Self { items, ..self }
    }
}

/// What policies may ask about a person beside who it is: known only once the vault was read.
#[derive(Debug, Default)]
pub(super) struct HoldingState {
    /// Whether a hold keeps the person's data.
    pub(super) on_hold: bool,
    /// The lawful bases that the person said yes to.
    pub(super) consents: Vec<Arc<str>>,
}

/// What was done, and how much of it.
#[derive(Debug)]
pub(super) struct Did<T> {
    /// What the caller gets.
    pub(super) answer: T,
    /// Told with the outcome.
    pub(super) counts: Vec<Count>,
}

impl<T> Did<T> {
    /// Gives what was done without a count.
    pub(super) fn of(answer: T) -> Self {
        Self { answer, counts: Vec::new() }
    }

    /// Gives what was done, counted.
    pub(super) fn counted(answer: T, what: &'static str, number: usize) -> Self {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        Self { answer, counts: vec![Count { what: Code(what), number }] }
    }
}

impl People {
    /// Does something with what is kept about a person.
    ///
    /// Asks the policies, unless something else is the authority, puts the intent on disk, lets `work` touch
    /// the vault, and tells the outcome. After a refusal of policies or journal `work` is not called. An error
    /// of `work` that leaves open whether something was done ends as `unknown`.
    pub(super) async fn perform<T>(
        &self,
        authority: Authority<'_>,
        generation: &Generation,
        act: Act<'_>,
        work: impl AsyncFnOnce(&Announced) -> Result<Did<T>, Error>,
    ) -> Result<T, Error> {
        let permit = match authority {
            Authority::Policies(asker) => {
                Some(self.permit(asker, generation, &act, &HoldingState::default())?)
            }
            Authority::Link(_) | Authority::Due => None,
        };
        let asked = Act::new(act.action, act.place, act.person);
        let intent = self.intent(authority, generation, act, permit.as_ref());
        let announced = self.recorded(self.journal.announce(intent)).await?;
        let done = async {
            if let (Authority::Policies(asker), Some(person)) = (authority, asked.person)
                && generation.policies.reads_holding_state()
            {
                // What policies ask about is known only now.
                let state = self.holding_state(&announced, person).await?;
                let _permit = self.permit(asker, generation, &asked, &state)?;
            }
            work(&announced).await
        };
        match done.await {
            Ok(Did { answer, counts }) => {
                announced.ended(Ending { outcome: Outcome::Done, reason: None, counts });
                Ok(answer)
            }
            Err(error) => {
                let outcome =
                    if error.leaves_doubt() { Outcome::Unknown } else { Outcome::Refused };
                let reason = Some(error.code());
                announced.ended(Ending { outcome, reason, counts: Vec::new() });
                Err(error)
            }
        }
    }

    /// Asks the policies whether this may be done.
    pub(super) fn permit(
        &self,
        asker: &Asker<'_>,
        generation: &Generation,
        act: &Act<'_>,
        state: &HoldingState,
    ) -> Result<HoldingPermit, Error> {
        let principal = asker.identity.principal();
        let own = act.person.is_some_and(|person| self.is_own(asker, generation, person));
        let question = HoldingQuestion {
            principal,
            action: act.action,
            holding: Holding {
                kind: act.place.kind,
                name: act.place.name,
                own,
                on_hold: state.on_hold,
                consents: &state.consents,
            },
            purpose: asker.identity.purpose(),
            method: asker.method,
            source: asker.source,
            now: self.clock.now(),
        };
        generation.policies.authorize_holding(&question).map_err(Error::Denied)
    }

    /// Reads what policies may ask about a person; of nobody it is nothing.
    async fn holding_state(
        &self,
        announced: &Announced,
        person: SubjectHandle,
    ) -> Result<HoldingState, Error> {
        match self.load(announced, person, self.named(&[hold::PLACE])).await {
            Ok(loaded) => {
                let on_hold = hold::of(self, &loaded)?.is_some();
                Ok(HoldingState { on_hold, consents: Vec::new() })
            }
            Err(Error::NoPerson) => Ok(HoldingState::default()),
            Err(error) => Err(error),
        }
    }

    /// Whether the caller is this person.
    pub(super) fn is_own(
        &self,
        asker: &Asker<'_>,
        generation: &Generation,
        person: SubjectHandle,
    ) -> bool {
        let principal = asker.identity.principal();
        let tokenizer = generation.tokenizer(&self.tenant);
        principal.is_authenticated()
            && tokenizer.is_some_and(|tokenizer| tokenizer.handle(principal.id()) == person)
    }

    fn intent(
        &self,
        authority: Authority<'_>,
        generation: &Generation,
        act: Act<'_>,
        permit: Option<&HoldingPermit>,
    ) -> PersonIntent {
        let ids =
            |permit: &HoldingPermit| permit.policies().iter().map(|id| Name::clean(id)).collect();
        let hash = generation.policies.hash();
        PersonIntent {
            exchange: authority.asker().map(|asker| self.exchange(asker, generation)),
            act: PersonAct {
                subject: act.person.and_then(|person| {
                    let tokenizer = generation.tokenizer(&self.tenant)?;
                    Some(Reference(tokenizer.subject_reference(&person)))
                }),
                action: Code(act.action.as_str()),
                kind: Code(act.place.kind.as_str()),
                cause: authority.cause(),
                counts: Vec::new(),
            },
            items: act.items,
            policy: permit.map(|permit| Policy { hash, ids: ids(permit) }),
            rules: Some(generation.rules.hash()),
        }
    }

    pub(super) fn exchange(&self, asker: &Asker<'_>, generation: &Generation) -> Exchange {
        let principal = asker.identity.principal();
        let tokenizer = generation.tokenizer(&self.tenant);
        let alias = tokenizer.and_then(|tokenizer| tokenizer.alias_of(principal)).map(Reference);
        Exchange {
            request_id: asker.request_id,
            principal: principal.clone(),
            alias,
            source: asker.source,
            method: Verb::of(asker.method),
            route: None,
            tenant: Some(self.tenant.clone()),
            upstream: None,
            purpose: asker.identity.purpose().cloned(),
        }
    }

    /// Waits until an event is on record, as long as that may take.
    pub(super) async fn recorded<T>(
        &self,
        put: impl Future<Output = Result<T, audit::Error>>,
    ) -> Result<T, Error> {
        let late = |_elapsed| audit::Error::NotDurable(std::io::ErrorKind::TimedOut);
        Ok(timeout(self.audit_wait, put).await.map_err(late)??)
    }

    /// Waits for the vault, as long as it may take.
    pub(super) async fn within<T>(&self, call: Waiting<'_, T>) -> Result<T, Error> {
        Ok(timeout(self.vault_wait, call).await.map_err(|_elapsed| vault::Error::Timeout)??)
    }

    /// Returns rules and policies as they are now.
    pub(super) fn generation(&self) -> Arc<Generation> {
        self.live.snapshot()
    }
}
