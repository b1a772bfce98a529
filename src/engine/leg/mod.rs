//! One half of an exchange, and its one way through the engine.
//!
//! ```text
//! message -> read -> select -> decide -> record -> write -> message
//!            parts   occurrences  decisions, records,  bytes
//!                                 permits    receipt   of parts
//! ```
//!
//! Whole messages, pieces of a stream, parts of an upload: what differs is the [`Source`] that yields
//! the parts and takes them back. Nothing else does.

mod request;
mod answer;
mod stream;
mod piece;
mod upload;

use crate::coding;
use crate::engine::Cleared;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::decide::decide;
use crate::engine::error::Error;
use crate::engine::intent::Intent;
use crate::engine::missed;
use crate::engine::observe::Observer;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::read::Unreadable;
use crate::engine::record::record;
use crate::engine::select::select;
use crate::engine::write::write;
use crate::net::Turn;
use crate::net::Undone;
use crate::rules::Phase;
use crate::rules::Route;
pub use crate::rules::Side;
pub use crate::rules::Treatment;
use crate::token::Subject;

pub(super) use answer::WholeAnswer;
pub(super) use piece::StreamPiece;
pub use request::Untouched;
pub(super) use request::WholeRequest;
pub use request::untouched;
pub use stream::Piece;
pub use stream::StreamReveal;
pub use stream::StreamStart;
pub use stream::streaming;
pub use upload::Upload;
pub use upload::uploading;

/// A message, or a piece of one, that may go on, and the proof of what it shows.
#[derive(Debug)]
pub struct Treated<To, M> {
    /// What the other side gets.
    pub message: Cleared<To, M>,
    /// What the journal has announced; none when it shows nothing.
    pub intent: Option<Intent>,
}

impl<To, M> Treated<To, M> {
    /// Puts the message into another form.
    fn map<N>(self, change: impl FnOnce(M) -> N) -> Treated<To, N> {
        Treated { message: self.message.map(change), intent: self.intent }
    }
}

/// A message on its way: it yields its parts once, and takes them back.
pub(super) trait Source<'a> {
    /// What the message is after its steps.
    type Message;

    /// Yields the parts that rules look at. An error concerns the whole message.
    fn read(&mut self, leg: &Leg<'a>) -> Result<Vec<Part<'a>>, Error>;

    /// Whether all of the message is here, body included.
    fn is_whole(&self) -> bool {
        false
    }

    /// Whether the client has some of the answer already.
    fn has_begun(&self) -> bool {
        false
    }

    /// Takes the parts back, in the order in which they were read, and gives the message.
    fn write(
        self,
        leg: &Leg<'a>,
        parts: Vec<Part<'a>>,
        intent: Option<Intent>,
        observer: &mut dyn Observer,
    ) -> Result<Self::Message, Error>;
}

/// One half of an exchange under treatment: who asks, under which rules, and what is done to it.
#[derive(Clone, Copy)]
pub(crate) struct Leg<'a> {
    pub(super) engine: &'a Engine,
    pub(super) exchange: &'a Exchange,
    pub(super) side: Side,
    pub(super) treatment: Treatment,
}

impl<'a> Leg<'a> {
    pub(super) fn new(engine: &'a Engine, exchange: &'a Exchange, side: Side) -> Self {
        let treatment = side.treatment(exchange.route.direction);
        Self { engine, exchange, side, treatment }
    }

    /// Returns the route whose rules hold.
    pub(super) fn route(&self) -> &'a Route {
        &self.exchange.route
    }

    /// Returns the rules of this side.
    pub(super) fn phase(&self) -> &'a Phase {
        self.exchange.route.phase(self.side)
    }

    /// Returns what a coded body may expand to.
    pub(super) fn expansion(&self) -> &'a coding::Budget {
        let [request, answer] = &self.engine.expansion;
        match self.side {
            Side::Request => request,
            Side::Response => answer,
        }
    }

    /// Takes a message through the five steps. An error means: nothing of it goes on.
    ///
    /// Each part has its own outcome. In an answer that reveals, what cannot be read keeps its tokens and
    /// the other parts are treated; elsewhere one refused part refuses the message.
    pub(super) async fn run<S: Source<'a>>(
        &self,
        mut source: S,
        observer: &mut dyn Observer,
    ) -> Result<S::Message, Error> {
        let mut parts = source.read(self)?;
        let person = select(self, &mut parts);
        observer.selected(self, &parts);
        if source.is_whole() {
            missed::check(self, &parts, observer)?;
        }
        let classes = decide(self, &mut parts);
        observer.decided(self, &parts, &classes);
        refuse(&mut parts)?;
        let subject =
            person.as_ref().map_or(Subject::Unbound, |person| Subject::Person(person.expose()));
        let released = match record(self, &mut parts, subject, &classes, observer).await {
            Ok(released) => released,
            Err(error) if self.keeps_tokens(&error, source.has_begun()) => {
                for part in &mut parts {
                    part.outcome = PartOutcome::Kept(Unreadable::from(&error));
                }
                None
            }
            Err(error) => return Err(error),
        };
        refuse(&mut parts)?;
        write(&mut parts, released.as_ref())?;
        tell_kept(self, &parts, observer);
        let intent = released.map(|released| released.into_intent(self));
        source.write(self, parts, intent, observer)
    }

    /// Whether an answer goes out with its tokens as they are when revealing failed: a request that only
    /// reads is refused, and can be made again; one that has changed something must not look as if it
    /// had not, and an answer that has begun is finished.
    fn keeps_tokens(&self, error: &Error, has_begun: bool) -> bool {
        let may_keep = matches!(error, Error::Vault(_) | Error::Journal(_) | Error::Record);
        let is_answer = self.side == Side::Response && self.treatment == Treatment::Reveal;
        is_answer && (has_begun || (may_keep && !self.exchange.method.is_safe()))
    }

    /// Settles what becomes of a part that cannot be treated.
    pub(super) fn outcome_of(&self, error: Error) -> PartOutcome {
        match (self.side, self.treatment) {
            (Side::Response, Treatment::Reveal) => PartOutcome::Kept(Unreadable::from(&error)),
            (Side::Request, Treatment::Reveal) | (_, Treatment::Protect) => {
                PartOutcome::Refused(error)
            }
        }
    }
}

impl Engine {
    /// Waits for the turn of a message that takes long, where there are threads for such. Fails with
    /// [`Error::Busy`] when it does not come.
    async fn turn(&self, exchange: &Exchange, is_long: bool) -> Result<Option<Turn>, Error> {
        let Some(pool) = self.pool.as_ref().filter(|_| is_long) else { return Ok(None) };
        let turn = pool.turn(exchange.caller()).await;
        turn.map(Some).map_err(|_no_turn| Error::Busy)
    }

    /// Does this here, or on a thread for long messages, if it has a turn there.
    async fn in_turn<T: Send + 'static>(
        &self,
        turn: Option<Turn>,
        exchange: &Exchange,
        leg: impl AsyncFnOnce(&Self, &Exchange) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (Some(pool), Some(turn)) = (&self.pool, turn) else {
            return leg(self, exchange).await;
        };
        let exchange = exchange.clone();
        let done = pool.run(turn, async move |engine: &Self| leg(engine, &exchange).await);
        done.await.map_err(|undone| match undone {
            Undone::NoThread => Error::Busy,
            Undone::Panicked => Error::Assembly,
        })?
    }
}

/// Refuses the message for its first refused part. A part that is only a hint goes instead.
fn refuse(parts: &mut [Part<'_>]) -> Result<(), Error> {
    let Some(part) = parts.iter_mut().find(|part| part.is_refused()) else { return Ok(()) };
    match std::mem::replace(&mut part.outcome, PartOutcome::Treated) {
        PartOutcome::Refused(error) => Err(error),
        PartOutcome::Treated | PartOutcome::Kept(_) => Ok(()),
    }
}

/// Tells why parts keep their tokens, each reason once.
fn tell_kept(leg: &Leg<'_>, parts: &[Part<'_>], observer: &mut dyn Observer) {
    let mut reasons: Vec<&'static str> = Vec::new();
    for part in parts {
        if let PartOutcome::Kept(why) = &part.outcome
            && !reasons.contains(&why.reason)
        {
            reasons.push(why.reason);
            observer.kept(leg, why.reason);
        }
    }
}
