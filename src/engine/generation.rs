//! What is swapped whole: rules and policies, with what is made ready for them once.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::authz::Action;
use crate::authz::PolicySet;
use crate::base::ClassCode;
use crate::base::DataClass;
use crate::base::Principal;
use crate::base::RouteId;
use crate::base::TenantId;
use crate::crypto::HoldingKeys;
use crate::rules::RuleSet;
use crate::rules::Side;
use crate::telemetry::Metrics;
use crate::telemetry::metrics::ClassMetrics;
use crate::telemetry::metrics::LegMetrics;
use crate::telemetry::metrics::RouteMetrics;
use crate::token::Tokenizer;

/// One generation of everything that decides. An exchange takes one and keeps it for both legs.
pub struct Generation {
    /// Counts up with every swap, from 1.
    pub number: u64,
    /// Which fields are personal data.
    pub rules: RuleSet,
    /// The policies that say who may see them.
    pub policies: PolicySet,
    pub(super) tokenizers: HashMap<TenantId, Arc<Tokenizer>>,
    classes: HashMap<ClassCode, ClassMetrics>,
    routes: HashMap<RouteId, RouteMetrics>,
    legs: HashMap<RouteId, [LegMetrics; 2]>,
    /// The keys by which people are entered, for each tenant of whom rule files say what is kept about people.
    holdings: HashMap<TenantId, Arc<HoldingKeys>>,
}

impl Generation {
    /// Gives a generation; `tokenizers` holds one for each tenant of the rules.
    pub fn new(
        number: u64,
        rules: RuleSet,
        policies: PolicySet,
        tokenizers: HashMap<TenantId, Arc<Tokenizer>>,
        metrics: &Metrics,
    ) -> Self {
        let classes =
            rules.classes().iter().map(|each| (each.class.code, metrics.class(&each.class.name)));
        let classes = classes.collect();
        let routes = rules.routes().iter().map(|each| (each.id.clone(), metrics.route(&each.id)));
        let routes = routes.collect();
        let legs = rules.routes().iter().map(|route| {
            let legs = [Side::Request, Side::Response].map(|side| {
                let rules = route.phase(side).rules();
                let places: Vec<String> = rules.iter().map(|rule| rule.at.to_string()).collect();
                metrics.leg(&route.id, side.as_str(), &places)
            });
            (route.id.clone(), legs)
        });
        let legs = legs.collect();
        let holdings = HashMap::new();
        Self { number, rules, policies, tokenizers, classes, routes, legs, holdings }
    }

    /// Enters people of these tenants when their first values come.
    #[must_use]
    pub fn entering(mut self, holdings: HashMap<TenantId, Arc<HoldingKeys>>) -> Self {
        self.holdings = holdings;
        self
    }

    /// Returns the keys by which people of a tenant are entered; none when rule files do not speak of them.
    pub(super) fn holdings(&self, tenant: &TenantId) -> Option<&HoldingKeys> {
        self.holdings.get(tenant).map(Arc::as_ref)
    }

    /// The tokenizer of a tenant of the rules.
    pub fn tokenizer(&self, tenant: &TenantId) -> Option<&Tokenizer> {
        self.tokenizers.get(tenant).map(Arc::as_ref)
    }

    /// The counters of a class of the rules.
    pub(super) fn class(&self, code: ClassCode) -> Option<&ClassMetrics> {
        self.classes.get(&code)
    }

    /// The counters of a route of the rules.
    pub fn route(&self, id: &RouteId) -> Option<&RouteMetrics> {
        self.routes.get(id)
    }

    /// Returns the counters of a leg of a route of the rules.
    pub fn leg(&self, id: &RouteId, side: Side) -> Option<&LegMetrics> {
        let [request, response] = self.legs.get(id)?;
        Some(match side {
            Side::Request => request,
            Side::Response => response,
        })
    }

    /// Returns whether any route of this tenant could show this caller a class in one of these ways, at
    /// any time, from any place and for any purpose. A token that somebody plants where it is read
    /// again gains nothing when the answer is no.
    pub fn could_show(
        &self,
        tenant: &TenantId,
        principal: &Principal,
        class: &DataClass,
        actions: &[Action],
    ) -> bool {
        let routes = self.rules.reveals(tenant, class);
        self.policies.could_show(principal, class, routes, actions)
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Generation").field("number", &self.number).finish_non_exhaustive()
    }
}
