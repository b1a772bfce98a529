//! Every metric: its name, its labels, and the handle by which it is counted.
//!
//! Handles of routes and classes are resolved when a generation of rules is loaded, so that a request
//! counts without a look-up. What is rare (refusals, errors, reloads) is looked up when it happens.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::text;
pub use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
pub use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Metric as Registrable;
use prometheus_client::registry::Registry;

use crate::base::DataClass;
use crate::base::RouteId;

mod table;
mod labels;
mod handles;
mod legs;

use handles::RouteHandles;
use handles::STATUSES;
pub use handles::{ClassMetrics, Connections, Latency, RouteMetrics};
use labels::Answer;
use labels::Bound;
use labels::Class;
use labels::Generation;
use labels::LegLabel;
use labels::Operation;
use labels::Reason;
use labels::Route;
use labels::RouteStatus;
use labels::SideLabel;
use labels::SideOutcome;
use labels::WhatLabel;
use labels::WhatOutcome;
use legs::Legs;
pub use legs::{LegMetrics, RuleMetrics};
pub use table::{Metric, TABLE};

/// The media type of [`Metrics::encode`] ([OpenMetrics 1.0, section "Protocol Negotiation"]).
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Timed<L> = Family<L, Histogram, fn() -> Histogram>;

/// All metrics of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<RouteStatus, Counter>,
    durations: Timed<Route>,
    tokenized: Family<Class, Counter>,
    created: Family<Class, Counter>,
    revealed: Family<Class, Counter>,
    masked: Family<Class, Counter>,
    withheld: Family<Class, Counter>,
    missing: Family<Class, Counter>,
    leaks: Family<Class, Counter>,
    refusals: Family<Reason, Counter>,
    unrevealed: Family<Reason, Counter>,
    trailers: Family<LegLabel, Counter>,
    legs: Legs,
    vault_errors: Family<Reason, Counter>,
    audit_errors: Family<Reason, Counter>,
    reloads: Family<WhatOutcome, Counter>,
    reloaded: Family<WhatLabel, Gauge<f64, AtomicU64>>,
    generation: Family<Generation, Gauge>,
    bounds: Family<Bound, Gauge>,
    bound_limits: Family<Bound, Gauge>,
    /// Vault round trips that store.
    pub vault_put: Latency,
    /// Vault round trips that look up.
    pub vault_fetch: Latency,
    /// Audit events that are durable.
    pub audit_events: Counter,
    /// How long a durable audit event took.
    pub audit: Latency,
    /// Decisions that were remembered.
    pub decisions_remembered: Counter,
    /// Decisions that the policies made.
    pub decisions_made: Counter,
    /// Counts connections of clients.
    pub clients: Connections,
    /// Counts connections to upstreams.
    pub upstreams: Connections,
    /// Panics, each of which ended a connection.
    pub panics: Counter,
}

/// What can be loaded anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reload {
    /// Rule files and policies.
    Rules,
    /// API keys and key sets of issuers.
    Identity,
    /// Certificates of the listeners.
    Certificates,
}

impl Reload {
    fn as_str(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Identity => "identity",
            Self::Certificates => "certificates",
        }
    }
}

/// 100 µs to 26 s, each bucket twice the one before.
fn durations() -> Histogram {
    let buckets = std::iter::successors(Some(0.0001), |bound| Some(bound * 2.0));
    Histogram::new(buckets.take(19))
}

/// A registry that takes names and help from [`TABLE`], in its order.
struct Listing<'a> {
    registry: Registry,
    rest: std::slice::Iter<'a, Metric>,
}

impl Listing<'_> {
    fn next<M: Registrable + Clone>(&mut self, metric: &M) {
        if let Some(row) = self.rest.next() {
            self.registry.register(row.name, row.help, metric.clone());
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Gives metrics that are all zero.
    pub fn new() -> Self {
        let vault = Timed::<Operation>::new_with_constructor(durations);
        let decisions = Family::<Answer, Counter>::default();
        let open = Family::<SideLabel, Gauge>::default();
        let connections = Family::<SideOutcome, Counter>::default();
        let side = |side| Connections {
            open: open.get_or_create_owned(&SideLabel { side }),
            opened: connections.get_or_create_owned(&SideOutcome { side, outcome: "opened" }),
            refused: connections.get_or_create_owned(&SideOutcome { side, outcome: "refused" }),
        };
        let timed = |operation| Latency(vault.get_or_create_owned(&Operation { operation }));
        let decided = |answer| decisions.get_or_create_owned(&Answer { answer });
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            durations: Timed::new_with_constructor(durations),
            tokenized: Family::default(),
            created: Family::default(),
            revealed: Family::default(),
            masked: Family::default(),
            withheld: Family::default(),
            missing: Family::default(),
            leaks: Family::default(),
            refusals: Family::default(),
            unrevealed: Family::default(),
            trailers: Family::default(),
            legs: Legs::default(),
            vault_errors: Family::default(),
            audit_errors: Family::default(),
            reloads: Family::default(),
            reloaded: Family::default(),
            generation: Family::default(),
            bounds: Family::default(),
            bound_limits: Family::default(),
            vault_put: timed("put"),
            vault_fetch: timed("fetch"),
            audit_events: Counter::default(),
            audit: Latency(durations()),
            decisions_remembered: decided("remembered"),
            decisions_made: decided("made"),
            clients: side("client"),
            upstreams: side("upstream"),
            panics: Counter::default(),
        };
        metrics.register(&vault, &decisions, &open, &connections);
        metrics
    }

    /// Registers every metric, in the order of [`TABLE`].
    fn register(
        &mut self,
        vault: &Timed<Operation>,
        decisions: &Family<Answer, Counter>,
        open: &Family<SideLabel, Gauge>,
        connections: &Family<SideOutcome, Counter>,
    ) {
        let mut list = Listing { registry: Registry::default(), rest: TABLE.iter() };
        list.next(&self.requests);
        list.next(&self.durations);
        list.next(&self.tokenized);
        list.next(&self.created);
        list.next(&self.revealed);
        list.next(&self.masked);
        list.next(&self.withheld);
        list.next(&self.missing);
        list.next(&self.leaks);
        list.next(&self.refusals);
        list.next(&self.unrevealed);
        list.next(&self.trailers);
        list.next(&self.legs.messages);
        list.next(&self.legs.unmatched);
        list.next(&self.legs.refused);
        list.next(&self.legs.kept);
        list.next(&self.legs.hits);
        list.next(&self.legs.values);
        list.next(vault);
        list.next(&self.vault_errors);
        list.next(&self.audit_events);
        list.next(&self.audit.0);
        list.next(&self.audit_errors);
        list.next(decisions);
        list.next(open);
        list.next(connections);
        list.next(&self.reloads);
        list.next(&self.reloaded);
        list.next(&self.generation);
        list.next(&self.bounds);
        list.next(&self.bound_limits);
        list.next(&self.panics);
        if let Some(row) = list.rest.next() {
            let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
            list.registry.register(row.name, row.help, build);
        }
        self.registry = list.registry;
    }

    /// Gives the handles of a route, to be kept with it.
    pub fn route(&self, route: &RouteId) -> RouteMetrics {
        let of = |status| RouteStatus { route: route.as_str().to_owned(), status };
        RouteMetrics(Arc::new(RouteHandles {
            route: Arc::from(route.as_str()),
            refused: self.legs.refused.clone(),
            statuses: STATUSES.map(|status| self.requests.get_or_create_owned(&of(status))),
            durations: self.durations.get_or_create_owned(&Route { route: route.to_string() }),
        }))
    }

    /// Returns the handles of a leg, to be kept with its route. The leg is `request` or `response`; its
    /// rules are named by their places in rule files, in the order of their numbers.
    pub fn leg(&self, route: &RouteId, leg: &'static str, rules: &[String]) -> LegMetrics {
        self.legs.leg(route, leg, rules)
    }

    /// Gives the handles of a class, to be kept with it.
    pub fn class(&self, class: &DataClass) -> ClassMetrics {
        let class = Class { class: class.to_string() };
        ClassMetrics {
            tokenized: self.tokenized.get_or_create_owned(&class),
            created: self.created.get_or_create_owned(&class),
            revealed: self.revealed.get_or_create_owned(&class),
            masked: self.masked.get_or_create_owned(&class),
            withheld: self.withheld.get_or_create_owned(&class),
            missing: self.missing.get_or_create_owned(&class),
            leaks: self.leaks.get_or_create_owned(&class),
        }
    }

    /// Counts a refusal. The reason is the code of a problem, a text of the program.
    pub fn refused(&self, reason: &'static str) {
        self.refusals.get_or_create(&Reason { reason }).inc();
    }

    /// Counts a response whose tokens stayed because it could not be treated.
    pub fn unrevealed(&self, reason: &'static str) {
        self.unrevealed.get_or_create(&Reason { reason }).inc();
    }

    /// Counts a message whose trailer fields ended here. The leg is `request` or `response`.
    pub fn trailers_dropped(&self, leg: &'static str) {
        self.trailers.get_or_create(&LegLabel { leg }).inc();
    }

    /// Counts a vault round trip that failed.
    pub fn vault_failed(&self, reason: &'static str) {
        self.vault_errors.get_or_create(&Reason { reason }).inc();
    }

    /// Counts an audit event that could not be written.
    pub fn audit_failed(&self, reason: &'static str) {
        self.audit_errors.get_or_create(&Reason { reason }).inc();
    }

    /// Counts a decision of the policies.
    pub fn decided(&self, remembered: bool) {
        if remembered {
            self.decisions_remembered.inc()
        } else {
            self.decisions_made.inc()
        };
    }

    /// Counts files that were read again and taken, at this time since 1970.
    pub fn reloaded(&self, what: Reload, since_1970: Duration) {
        let what = what.as_str();
        self.reloads.get_or_create(&WhatOutcome { what, outcome: "taken" }).inc();
        self.reloaded.get_or_create(&WhatLabel { what }).set(since_1970.as_secs_f64());
    }

    /// Counts files that were read again and have mistakes.
    pub fn reload_refused(&self, what: Reload) {
        let what = what.as_str();
        self.reloads.get_or_create(&WhatOutcome { what, outcome: "refused" }).inc();
    }

    /// Says which rules and policies are in use from now on, by their hashes.
    pub fn generation(&self, rules: &[u8; 32], policies: &[u8; 32]) {
        let hex = |hash: &[u8; 32]| data_encoding::HEXLOWER.encode(hash);
        self.generation.clear();
        let generation = Generation { rules: hex(rules), policies: hex(policies) };
        self.generation.get_or_create(&generation).set(1);
    }

    /// Says what the limit of a bound is, and gives the gauge of what counts against it now. The name is
    /// that of the setting in `limits`.
    pub fn bound(&self, bound: &'static str, limit: usize) -> Gauge {
        let bound = Bound { bound };
        self.bound_limits.get_or_create(&bound).set(i64::try_from(limit).unwrap_or(i64::MAX));
        self.bounds.get_or_create_owned(&bound)
    }

    /// Gives all metrics as OpenMetrics text ([`CONTENT_TYPE`]).
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Metrics(…)")
    }
}

#[cfg(test)]
mod tests;
