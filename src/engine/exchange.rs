//! One exchange as the engine sees it: which rules, and who asks.

use std::net::IpAddr;
use std::sync::Arc;

use http::Method;

use crate::audit;
use crate::audit::Reference;
use crate::audit::Verb;
use crate::authn::Identity;
use crate::base::Principal;
use crate::base::PrincipalKind;
use crate::base::Purpose;
use crate::base::RequestId;
use crate::engine::Generation;
use crate::net::Budget;
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
/// fn around<'a>(exchange: Exchange<'a>, principal: &'a cloakroom::base::Principal) -> Exchange<'a> {
///     Exchange { principal, ..exchange }
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// Rules, policies and keys of this exchange; the same on both legs.
    pub(super) generation: &'a Arc<Generation>,
    /// The route that matched.
    pub(super) route: &'a Arc<Route>,
    /// The tokenizer of the route's tenant.
    pub(super) tokenizer: &'a Tokenizer,
    /// Who asks, as `authn` found out.
    pub(super) principal: &'a Principal,
    /// What the data is asked for.
    pub(super) purpose: Option<&'a Purpose>,
    /// Where the caller connects from.
    pub(super) source: IpAddr,
    /// The host that the request names, with its port; empty when it cannot be told.
    pub(super) host: &'a str,
    /// The method of the request, on both legs.
    pub(super) method: &'a Method,
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

impl<'a> Exchange<'a> {
    /// Gives the exchange of a request with these rules; none without a tokenizer for the tenant of its
    /// route, which every generation has.
    pub fn new(
        generation: &'a Arc<Generation>,
        ruled: &'a Ruled,
        identity: &'a Identity,
        request: RequestFacts<'a>,
    ) -> Option<Self> {
        Self::on_route(generation, ruled.route(), identity, request)
    }

    fn on_route(
        generation: &'a Arc<Generation>,
        route: &'a Arc<Route>,
        identity: &'a Identity,
        request: RequestFacts<'a>,
    ) -> Option<Self> {
        let RequestFacts { source, host, method, request_id } = request;
        Some(Self {
            generation,
            route,
            tokenizer: generation.tokenizer(&route.tenant)?,
            principal: identity.principal(),
            purpose: identity.purpose(),
            source,
            host,
            method,
            request_id,
        })
    }

    /// Returns rules, policies and keys of the exchange.
    pub fn generation(&self) -> &'a Generation {
        self.generation
    }

    /// Returns the route that matched.
    pub fn route(&self) -> &'a Route {
        self.route
    }

    /// Returns the memory for the bodies of the exchange: in the shares of its client and its principal.
    pub fn memory(&self, all: &Budget) -> Budget {
        all.share_of(self.source, self.principal)
    }

    /// Returns the exchange in the journal's words. A user's name that looks like an address gets a keyed
    /// reference beside it: identity providers use those as `sub`, and the journal holds no clear value.
    /// Names of API keys are ours.
    pub fn audited(&self) -> audit::Exchange {
        let id = self.principal.id();
        let is_address = self.principal.kind() == PrincipalKind::User && id.contains('@');
        audit::Exchange {
            request_id: self.request_id,
            principal: self.principal.clone(),
            alias: is_address.then(|| Reference(self.tokenizer.alias(id))),
            source: self.source,
            method: Verb::of(self.method.as_str()),
            route: Some(self.route.id.clone()),
            tenant: Some(self.route.tenant.clone()),
            upstream: self.route.upstream.clone(),
            purpose: self.purpose.cloned(),
        }
    }

    /// Keeps it for as long as an answer streams, or for another thread.
    pub fn owned(&self) -> OwnedExchange {
        OwnedExchange {
            generation: Arc::clone(self.generation),
            route: Arc::clone(self.route),
            principal: self.principal.clone(),
            purpose: self.purpose.cloned(),
            source: self.source,
            host: self.host.to_owned(),
            method: self.method.clone(),
            request_id: self.request_id,
        }
    }
}

/// An [`Exchange`] that borrows nothing.
#[derive(Debug)]
pub struct OwnedExchange {
    generation: Arc<Generation>,
    route: Arc<Route>,
    principal: Principal,
    purpose: Option<Purpose>,
    source: IpAddr,
    host: String,
    method: Method,
    request_id: RequestId,
}

impl OwnedExchange {
    /// Returns the exchange; none without a tokenizer for its tenant, which every generation has.
    pub fn exchange(&self) -> Option<Exchange<'_>> {
        Some(Exchange {
            generation: &self.generation,
            route: &self.route,
            tokenizer: self.generation.tokenizer(&self.route.tenant)?,
            principal: &self.principal,
            purpose: self.purpose.as_ref(),
            source: self.source,
            host: &self.host,
            method: &self.method,
            request_id: self.request_id,
        })
    }
}

/// An exchange that is explained and never takes place, on a route with rules or without. Nothing is cleared
/// for it.
#[derive(Debug, Clone, Copy)]
pub struct ExplainedExchange<'a>(pub(super) Exchange<'a>);

impl<'a> ExplainedExchange<'a> {
    /// Gives the exchange; none without a tokenizer for the tenant of the route.
    pub fn new(
        generation: &'a Arc<Generation>,
        route: &'a Arc<Route>,
        identity: &'a Identity,
        request: RequestFacts<'a>,
    ) -> Option<Self> {
        Exchange::on_route(generation, route, identity, request).map(Self)
    }

    /// Returns the route that is explained.
    pub fn route(&self) -> &'a Route {
        self.0.route
    }
}
