//! What each rule met, and messages in which no rule met anything: exact counts by route and rule.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::engine::leg::Leg;
use crate::engine::observe::Observer;
use crate::engine::read::Part;
use crate::engine::select::Selection;
use crate::telemetry::metrics::LegMetrics;

/// Counts what rules select. Of one message, however many chunks it comes in, each rule counts once.
#[derive(Debug, Default)]
pub(in crate::engine) struct Coverage {
    is_counted: bool,
    rules: BTreeSet<usize>,
}

impl Observer for Coverage {
    fn selected(&mut self, leg: &Leg<'_>, _parts: &[Part<'_>], selection: &Selection<'_>) {
        let Some(counters) = counters(leg) else { return };
        if !self.is_counted {
            self.is_counted = true;
            counters.messages.inc();
        }
        let mut values: BTreeMap<usize, u64> = BTreeMap::new();
        for hit in &selection.hits {
            *values.entry(hit.rule.number).or_default() += 1;
        }
        for (number, count) in values {
            let Some(rule) = counters.rule(number) else { continue };
            rule.values.inc_by(count);
            if self.rules.insert(number) {
                rule.hits.inc();
            }
        }
    }

    fn unmatched(&mut self, leg: &Leg<'_>) {
        if let Some(counters) = counters(leg) {
            counters.unmatched.inc();
        }
    }

    fn kept(&mut self, leg: &Leg<'_>, reason: &'static str) {
        if let Some(counters) = counters(leg) {
            counters.kept(reason);
        }
    }
}

/// Returns the counters of a route's leg; none of a route that the generation does not have.
fn counters<'l>(leg: &Leg<'l>) -> Option<&'l LegMetrics> {
    leg.exchange.generation.leg(&leg.exchange.route.id, leg.side)
}
