//! One exchange as the engine sees it: which rules, and who asks.

use std::net::IpAddr;
use std::sync::Arc;

use http::Method;

use crate::audit;
use crate::audit::Reference;
use crate::audit::Verb;
use crate::authn::Identity;
use crate::base::Principal;
use crate::base::Purpose;
use crate::base::RequestId;
use crate::engine::Generation;
use crate::net::Budget;
use crate::net::Caller;
use crate::rules::Route;
use crate::rules::Ruled;
use crate::token::Tokenizer;

/// One exchange as the engine sees it: which rules, and who asks.
///
/// The rules are those that the look-up found, and the caller is who `authn` says. Neither can be exchanged
/// for another:
///
/// ```compile_fail
/// use cloakroom::engine::Exchange;
/// fn around(exchange: Exchange, principal: cloakroom::base::Principal) -> Exchange {
///     Exchange { principal, ..exchange }
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Rules, policies and keys of this exchange; the same on both legs.
    pub(super) generation: Arc<Generation>,
    /// The route that matched.
    pub(super) route: Arc<Route>,
    /// The tokenizer of the route's tenant.
    pub(super) tokenizer: Arc<Tokenizer>,
    /// Who asks, as `authn` found out.
    pub(super) principal: Principal,
    /// What the data is asked for.
    pub(super) purpose: Option<Purpose>,
    /// Where the caller connects from.
    pub(super) source: IpAddr,
    /// The host that the request names, with its port; empty when it cannot be told.
    pub(super) host: String,
    /// The method of the request, on both legs.
    pub(super) method: Method,
    /// The name of the exchange in log and journal.
    pub(super) request_id: RequestId,
}

/// What is known of a request beside its rules and its caller.
#[derive(Debug, Clone, Copy)]
pub struct RequestFacts<'a> {
    /// Where the caller connects from.
    pub source: IpAddr,
    /// The host that the request names, with its port; empty when it cannot be told.
    pub host: &'a str,
    /// The method of the request.
    pub method: &'a Method,
    /// The name of the exchange in log and journal.
    pub request_id: RequestId,
}

impl Exchange {
    /// Gives the exchange of a request with these rules; none without a tokenizer for the tenant of its
    /// route, which every generation has.
    pub fn new(
        generation: &Arc<Generation>,
        ruled: &Ruled,
        identity: &Identity,
        request: RequestFacts<'_>,
    ) -> Option<Self> {
        Self::on_route(generation, ruled.route(), identity, request)
    }

    fn on_route(
        generation: &Arc<Generation>,
        route: &Arc<Route>,
        identity: &Identity,
        request: RequestFacts<'_>,
    ) -> Option<Self> {
        let RequestFacts { source, host, method, request_id } = request;
        Some(Self {
            generation: Arc::clone(generation),
            route: Arc::clone(route),
            tokenizer: Arc::clone(generation.tokenizers.get(&route.tenant)?),
            principal: identity.principal().clone(),
            purpose: identity.purpose().cloned(),
            source,
            host: host.to_owned(),
            method: method.clone(),
            request_id,
        })
    }

    /// Returns rules, policies and keys of the exchange.
    pub fn generation(&self) -> &Generation {
        &self.generation
    }

    /// Returns the route that matched.
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// Returns who takes turns: at the vault, and at the threads for long messages.
    pub(super) fn caller(&self) -> Caller {
        Caller::of(&self.principal, self.source)
    }

    /// Returns the memory for the bodies of the exchange: in the shares of its client and its principal.
    pub fn memory(&self, all: &Budget) -> Budget {
        all.share_of(self.source, &self.principal)
    }

    /// Returns the exchange in the journal's words.
    pub fn audited(&self) -> audit::Exchange {
        audit::Exchange {
            request_id: self.request_id,
            principal: self.principal.clone(),
            alias: self.tokenizer.alias_of(&self.principal).map(Reference),
            source: self.source,
            method: Verb::of(self.method.as_str()),
            route: Some(self.route.id.clone()),
            tenant: Some(self.route.tenant.clone()),
            upstream: self.route.upstream.clone(),
            purpose: self.purpose.clone(),
        }
    }
}

/// An exchange that is explained and never takes place, on a route with rules or without. Nothing is cleared
/// for it.
#[derive(Debug, Clone)]
pub struct ExplainedExchange(pub(super) Exchange);

impl ExplainedExchange {
    /// Gives the exchange; none without a tokenizer for the tenant of the route.
    pub fn new(
        generation: &Arc<Generation>,
        route: &Arc<Route>,
        identity: &Identity,
        request: RequestFacts<'_>,
    ) -> Option<Self> {
        Exchange::on_route(generation, route, identity, request).map(Self)
    }

    /// Returns the route that is explained.
    pub fn route(&self) -> &Route {
        &self.0.route
    }
}
