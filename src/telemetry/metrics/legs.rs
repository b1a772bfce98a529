//! What came of the messages of each leg, and of each rule: exact counts, whose labels come from rules
//! alone.

use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::labels::RouteLeg;
use super::labels::RouteLegReason;
use super::labels::RuleLabel;
use crate::base::RouteId;

/// The families of counters of all legs and rules.
#[derive(Debug, Default)]
pub(super) struct Legs {
    pub(super) messages: Family<RouteLeg, Counter>,
    pub(super) unmatched: Family<RouteLeg, Counter>,
    pub(super) refused: Family<RouteLegReason, Counter>,
    pub(super) kept: Family<RouteLegReason, Counter>,
    pub(super) hits: Family<RuleLabel, Counter>,
    pub(super) values: Family<RuleLabel, Counter>,
}

/// Handles of one leg of one route.
#[derive(Debug)]
pub struct LegMetrics {
    /// Counts messages of a leg that has rules.
    pub messages: Counter,
    /// Counts messages in which no rule selected anything, although one of its places was there.
    pub unmatched: Counter,
    kept: Family<RouteLegReason, Counter>,
    leg: RouteLeg,
    rules: Vec<RuleMetrics>,
}

/// Handles of one rule.
#[derive(Debug)]
pub struct RuleMetrics {
    /// Counts messages in which the rule selected something.
    pub hits: Counter,
    /// Counts values that the rule selected.
    pub values: Counter,
}

impl Legs {
    /// Returns the handles of a leg, `request` or `response`, whose rules stand at these places, in the
    /// order of their numbers. Every counter is there from then on, at zero.
    pub(super) fn leg(&self, route: &RouteId, leg: &'static str, rules: &[String]) -> LegMetrics {
        let leg = RouteLeg { route: Arc::from(route.as_str()), leg };
        let rule = |place: &String| {
            let label = RuleLabel {
                route: Arc::clone(&leg.route),
                leg: leg.leg,
                rule: Arc::from(place.as_str()),
            };
            RuleMetrics {
                hits: self.hits.get_or_create_owned(&label),
                values: self.values.get_or_create_owned(&label),
            }
        };
        LegMetrics {
            messages: self.messages.get_or_create_owned(&leg),
            unmatched: self.unmatched.get_or_create_owned(&leg),
            kept: self.kept.clone(),
            rules: rules.iter().map(rule).collect(),
            leg,
        }
    }
}

impl LegMetrics {
    /// Counts a message that was passed on with its tokens. The reason is a text of the program.
    pub fn kept(&self, reason: &'static str) {
        let RouteLeg { route, leg } = self.leg.clone();
        self.kept.get_or_create(&RouteLegReason { route, leg, reason }).inc();
    }

    /// Returns the handles of the rule of this number; none when the leg has fewer rules.
    pub fn rule(&self, number: usize) -> Option<&RuleMetrics> {
        self.rules.get(number)
    }
}
