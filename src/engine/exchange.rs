//! One exchange as the engine sees it: which rules, and who asks.

use std::net::IpAddr;
use std::sync::Arc;

use http::Method;

use crate::audit;
use crate::audit::Reference;
use crate::audit::Verb;
use crate::base::Principal;
use crate::base::PrincipalKind;
use crate::base::Purpose;
use crate::base::RequestId;
use crate::engine::Generation;
use crate::net::Budget;
use crate::rules::Route;
use crate::token::Tokenizer;

/// One exchange as the engine sees it: which rules, and who asks.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// Rules, policies and keys of this exchange; the same on both legs.
    pub generation: &'a Arc<Generation>,
    /// The route that matched.
    pub route: &'a Arc<Route>,
    /// The tokenizer of the route's tenant.
    pub tokenizer: &'a Tokenizer,
    /// Who asks, as `authn` found out.
    pub principal: &'a Principal,
    /// What the data is asked for.
    pub purpose: Option<&'a Purpose>,
    /// Where the caller connects from.
    pub source: IpAddr,
    /// The host that the request names, with its port; empty when it cannot be told.
    pub host: &'a str,
    /// The method of the request, on both legs.
    pub method: &'a Method,
    /// The name of the exchange in log and journal.
    pub request_id: RequestId,
}

impl Exchange<'_> {
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
