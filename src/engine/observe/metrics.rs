//! What is counted.

use crate::audit::Mode;
use crate::engine::error::Place;
use crate::engine::leg::Leg;
use crate::engine::observe::Observer;
use crate::engine::record::Tally;
use crate::telemetry::metrics::ClassMetrics;
use crate::telemetry::metrics::Counter;
use crate::token::Class;

/// Counts what happens, by class and reason.
#[derive(Debug, Default)]
pub(in crate::engine) struct Counters;

impl Observer for Counters {
    fn stored(&mut self, leg: &Leg<'_>, tallies: &[Tally<'_>]) {
        count(leg, tallies, |_, counters| &counters.tokenized);
    }

    fn withheld(&mut self, leg: &Leg<'_>, hidden: &[Tally<'_>], lost: &[Tally<'_>]) {
        count(leg, hidden, |_, counters| &counters.withheld);
        count(leg, lost, |_, counters| &counters.missing);
    }

    fn revealed(&mut self, leg: &Leg<'_>, tallies: &[Tally<'_>]) {
        count(leg, tallies, |mode, counters| match mode {
            Mode::Mask => &counters.masked,
            Mode::Tokenize | Mode::Reveal | Mode::Keep | Mode::Submit => &counters.revealed,
        });
    }

    fn kept(&mut self, leg: &Leg<'_>, reason: &'static str) {
        leg.engine.metrics.unrevealed(reason);
    }

    fn leaked(&mut self, leg: &Leg<'_>, class: &Class, _place: Place) {
        if let Some(counters) = leg.exchange.generation.class(class.code) {
            counters.leaks.inc();
        }
    }
}

fn count(leg: &Leg<'_>, tallies: &[Tally<'_>], counter: impl Fn(Mode, &ClassMetrics) -> &Counter) {
    for tally in tallies {
        if let Some(counters) = leg.exchange.generation.class(tally.class.code) {
            counter(tally.mode, counters).inc_by(tally.count);
        }
    }
}
