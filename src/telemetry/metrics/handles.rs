//! What a request counts with.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::labels::RouteLegReason;

/// Durations of one thing.
#[derive(Debug, Clone)]
pub struct Latency(pub(super) Histogram);

impl Latency {
    /// Counts one event of this duration.
    pub fn observe(&self, duration: Duration) {
        self.0.observe(duration.as_secs_f64());
    }
}

/// Connections of one side.
#[derive(Debug, Clone)]
pub struct Connections {
    /// Connections that are open now.
    pub open: Gauge,
    /// Connections that were opened.
    pub opened: Counter,
    /// Refused because there were too many, or failed before their first byte.
    pub refused: Counter,
}

/// Handles of one route. Whoever takes them for an exchange shares them: one count of owners, that all
/// cores change, instead of one for each handle.
#[derive(Debug, Clone)]
pub struct RouteMetrics(pub(super) Arc<RouteHandles>);

#[derive(Debug)]
pub(super) struct RouteHandles {
    pub(super) route: Arc<str>,
    pub(super) refused: Family<RouteLegReason, Counter>,
    pub(super) statuses: [Counter; 6],
    pub(super) durations: Histogram,
}

impl RouteMetrics {
    /// Counts an answered request.
    pub fn answered(&self, status: u16, duration: Duration) {
        let place = usize::from(status / 100).checked_sub(1).filter(|&place| place < 5);
        if let Some(counter) = self.0.statuses.get(place.unwrap_or(5)) {
            counter.inc();
        }
        self.0.durations.observe(duration.as_secs_f64());
    }

    /// Counts a message that was refused. The leg is `request` or `response`, the reason the code of a
    /// problem: both are texts of the program.
    pub fn refused(&self, leg: &'static str, reason: &'static str) {
        let route = Arc::clone(&self.0.route);
        self.0.refused.get_or_create(&RouteLegReason { route, leg, reason }).inc();
    }
}

/// The values of the label `status`; the last is for what no standard knows.
pub(super) const STATUSES: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "other"];

/// Handles of one class of data.
#[derive(Debug, Clone)]
pub struct ClassMetrics {
    /// Values replaced by tokens.
    pub tokenized: Counter,
    /// Of those, values that were new to the vault.
    pub created: Counter,
    /// Tokens replaced by originals.
    pub revealed: Counter,
    /// Tokens replaced by masks.
    pub masked: Counter,
    /// Tokens left as they are for want of a permit.
    pub withheld: Counter,
    /// Tokens with a right check that the vault has no record of.
    pub missing: Counter,
    /// Requests in which a value stood in an unprotected place, too.
    pub leaks: Counter,
}
