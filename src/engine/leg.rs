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

use http::Method;

use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::decide::decide;
use crate::engine::error::Error;
use crate::engine::missed;
use crate::engine::observe::Observer;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::read::Unreadable;
use crate::engine::record::record;
use crate::engine::select::select;
use crate::engine::source::Source;
use crate::engine::write::write;
use crate::rules::Phase;
use crate::rules::Route;
pub use crate::rules::Side;
pub use crate::rules::Treatment;
use crate::token::Subject;

/// One half of an exchange under treatment: who asks, under which rules, and what is done to it.
#[derive(Clone, Copy)]
pub(crate) struct Leg<'a> {
    pub(super) engine: &'a Engine,
    pub(super) exchange: &'a Exchange<'a>,
    pub(super) side: Side,
    pub(super) treatment: Treatment,
}

impl<'a> Leg<'a> {
    pub(super) fn new(engine: &'a Engine, exchange: &'a Exchange<'a>, side: Side) -> Self {
        let treatment = side.treatment(exchange.route.direction);
        Self { engine, exchange, side, treatment }
    }

    /// Returns the route whose rules hold.
    pub(super) fn route(&self) -> &'a Route {
        self.exchange.route
    }

    /// Returns the rules of this side.
    pub(super) fn phase(&self) -> &'a Phase {
        self.exchange.route.phase(self.side)
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
                keep(&mut parts, &error);
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
        let may_keep = match error {
            Error::Vault(_) | Error::Journal(_) | Error::Record => true,
            Error::Document { .. }
            | Error::MediaType
            | Error::ContentCoding(_)
            | Error::Partial
            | Error::Busy
            | Error::ShareExhausted
            | Error::TokenSubmitted { .. }
            | Error::MaskSubmitted { .. }
            | Error::Leak { .. }
            | Error::NewValues { .. }
            | Error::AmbiguousPath
            | Error::Unmatched
            | Error::RequiredField { .. }
            | Error::TooLarge
            | Error::NotCollected
            | Error::Overlap
            | Error::Assembly => false,
        };
        let is_answer = self.side == Side::Response && self.treatment == Treatment::Reveal;
        is_answer && (has_begun || (may_keep && !Method::is_safe(self.exchange.method)))
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

/// Refuses the message for its first refused part. A part that is only a hint goes instead.
fn refuse(parts: &mut [Part<'_>]) -> Result<(), Error> {
    let Some(part) = parts.iter_mut().find(|part| part.is_refused()) else { return Ok(()) };
    match std::mem::replace(&mut part.outcome, PartOutcome::Treated) {
        PartOutcome::Refused(error) => Err(error),
        PartOutcome::Treated | PartOutcome::Kept(_) => Ok(()),
    }
}

/// Keeps the tokens of all parts.
fn keep(parts: &mut [Part<'_>], error: &Error) {
    for part in parts {
        part.outcome = PartOutcome::Kept(Unreadable::from(error));
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
