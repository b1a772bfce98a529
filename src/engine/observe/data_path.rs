//! The observer of the data path: what the journal is told beside the event of a reveal, which
//! [`record`](crate::engine::record) makes, and what is counted by class, reason, route and rule.

use std::collections::BTreeSet;

use crate::audit;
use crate::audit::Code;
use crate::audit::Event;
use crate::audit::Item;
use crate::audit::Mode;
use crate::engine::error::Place;
use crate::engine::leg::Leg;
use crate::engine::observe::Observer;
use crate::engine::read::Part;
use crate::engine::record::Tally;
use crate::telemetry::metrics::ClassMetrics;
use crate::telemetry::metrics::Counter;
use crate::telemetry::metrics::LegMetrics;
use crate::token::Class;

/// Notes and counts what happens. Of one message, however many pieces it comes in, each reason for keeping
/// tokens is noted once, and each rule counts once.
#[derive(Debug, Default)]
pub(in crate::engine) struct DataPath {
    reasons: Vec<&'static str>,
    is_counted: bool,
    rules: BTreeSet<usize>,
}

impl Observer for DataPath {
    fn selected(&mut self, leg: &Leg<'_>, parts: &[Part<'_>]) {
        let Some(counters) = of_leg(leg) else { return };
        if !self.is_counted {
            self.is_counted = true;
            counters.messages.inc();
        }
        for selected in parts.iter().flat_map(|part| &part.selection.selected) {
            let Some(rule) = counters.rule(selected.rule.number) else { continue };
            rule.values.inc();
            if self.rules.insert(selected.rule.number) {
                rule.hits.inc();
            }
        }
    }

    fn unmatched(&mut self, leg: &Leg<'_>) {
        if let Some(counters) = of_leg(leg) {
            counters.unmatched.inc();
        }
    }

    fn stored(&mut self, leg: &Leg<'_>, tallies: &[Tally<'_>]) {
        count(leg, tallies, |_, counters| &counters.tokenized);
        note(leg, tallies, Event::tokenize);
    }

    fn withheld(&mut self, leg: &Leg<'_>, hidden: &[Tally<'_>], lost: &[Tally<'_>]) {
        count(leg, hidden, |_, counters| &counters.withheld);
        count(leg, lost, |_, counters| &counters.missing);
        note(leg, hidden, |exchange, items| Event::deny(exchange, items, Code("not_shown")));
        note(leg, lost, |exchange, items| Event::deny(exchange, items, Code("record-missing")));
    }

    fn revealed(&mut self, leg: &Leg<'_>, tallies: &[Tally<'_>]) {
        count(leg, tallies, |mode, counters| match mode {
            Mode::Mask => &counters.masked,
            Mode::Tokenize | Mode::Reveal | Mode::Keep | Mode::Submit => &counters.revealed,
        });
    }

    fn kept(&mut self, leg: &Leg<'_>, reason: &'static str) {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
            let event = Event::unrevealed(&leg.exchange.audited(), Code(reason));
            leg.engine.journal.note(event);
        }
        leg.engine.metrics.unrevealed(reason);
        if let Some(counters) = of_leg(leg) {
            counters.kept(reason);
        }
    }

    fn leaked(&mut self, leg: &Leg<'_>, class: &Class, place: Place) {
        let item = Item::new(class.name.clone(), Mode::Tokenize, 1, Vec::new());
        let event = Event::leak(&leg.exchange.audited(), vec![item], Code(place.as_str()));
        leg.engine.journal.note(event);
        if let Some(counters) = leg.exchange.generation.class(class.code) {
            counters.leaks.inc();
        }
    }
}

/// Notes what happened to some occurrences; nothing when there are none.
fn note(
    leg: &Leg<'_>,
    tallies: &[Tally<'_>],
    event: impl FnOnce(&audit::Exchange, Vec<Item>) -> Event,
) {
    if !tallies.is_empty() {
        let items = tallies.iter().map(Tally::item).collect();
        leg.engine.journal.note(event(&leg.exchange.audited(), items));
    }
}

fn count(leg: &Leg<'_>, tallies: &[Tally<'_>], counter: impl Fn(Mode, &ClassMetrics) -> &Counter) {
    for tally in tallies {
        if let Some(counters) = leg.exchange.generation.class(tally.class.code) {
            counter(tally.mode, counters).inc_by(tally.count);
        }
    }
}

/// Returns the counters of a route's leg; none of a route that the generation does not have.
fn of_leg<'l>(leg: &Leg<'l>) -> Option<&'l LegMetrics> {
    leg.exchange.generation.leg(&leg.exchange.route.id, leg.side)
}
