//! What the journal is told beside the event of a reveal, which [`record`](crate::engine::record) makes.

use crate::audit::Code;
use crate::audit::Event;
use crate::audit::Item;
use crate::audit::Mode;
use crate::audit::Reference;
use crate::audit::Verb;
use crate::base::PrincipalKind;
use crate::engine::Exchange;
use crate::engine::error::Place;
use crate::engine::leg::Leg;
use crate::engine::observe::Observer;
use crate::engine::record::Tally;
use crate::token::Class;

/// Notes what happens. Of one message each reason for keeping tokens is noted once.
#[derive(Debug, Default)]
pub(in crate::engine) struct JournalNotes {
    reasons: Vec<&'static str>,
}

impl Observer for JournalNotes {
    fn stored(&mut self, leg: &Leg<'_>, tallies: &[Tally<'_>]) {
        if !tallies.is_empty() {
            note(leg, |exchange| Event::tokenize(exchange, items(tallies)));
        }
    }

    fn withheld(&mut self, leg: &Leg<'_>, hidden: &[Tally<'_>], lost: &[Tally<'_>]) {
        for (tallies, why) in [(hidden, "not_shown"), (lost, "record-missing")] {
            if !tallies.is_empty() {
                note(leg, |exchange| Event::deny(exchange, items(tallies), Code(why)));
            }
        }
    }

    fn kept(&mut self, leg: &Leg<'_>, reason: &'static str) {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
            note(leg, |exchange| Event::unrevealed(exchange, Code(reason)));
        }
    }

    fn leaked(&mut self, leg: &Leg<'_>, class: &Class, place: Place) {
        let item = Item::new(class.name.clone(), Mode::Tokenize, 1, Vec::new());
        note(leg, |exchange| Event::leak(exchange, vec![item], Code(place.as_str())));
    }
}

fn note(leg: &Leg<'_>, event: impl FnOnce(&crate::audit::Exchange) -> Event) {
    leg.engine.journal.note(event(&leg.exchange.audited()));
}

fn items(tallies: &[Tally<'_>]) -> Vec<Item> {
    tallies.iter().map(Tally::item).collect()
}

impl Exchange<'_> {
    /// Makes a keyed reference in place of a user's name that looks like an address: identity providers
    /// use those as `sub`, and the journal holds no clear value. Names of API keys are ours.
    fn alias(&self) -> Option<Reference> {
        let is_address =
            self.principal.kind() == PrincipalKind::User && self.principal.id().contains('@');
        is_address.then(|| Reference(self.tokenizer.alias(self.principal.id())))
    }

    /// Returns the exchange in the journal's words.
    pub fn audited(&self) -> crate::audit::Exchange {
        crate::audit::Exchange {
            request_id: self.request_id,
            principal: self.principal.clone(),
            alias: self.alias(),
            source: self.source,
            method: Verb::of(self.method.as_str()),
            route: Some(self.route.id.clone()),
            tenant: Some(self.route.tenant.clone()),
            upstream: self.route.upstream.clone(),
            purpose: self.purpose.cloned(),
        }
    }
}
