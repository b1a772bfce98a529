//! What the rules say to a request: inspect it, or let it be.

use std::sync::Arc;

use crate::rules::Route;

/// Whether any rule concerns a request.
#[derive(Debug)]
pub enum Lookup {
    /// The route has rules, for one of its legs at least.
    Ruled(Ruled),
    /// No rule concerns it.
    Unruled(Unruled),
}

impl Lookup {
    /// Returns the route of the request; none where no entry matches.
    pub fn route(&self) -> Option<&Arc<Route>> {
        match self {
            Self::Ruled(ruled) => Some(&ruled.route),
            Self::Unruled(unruled) => unruled.route.as_ref(),
        }
    }
}

/// Proof that these are the rules of a request. Only [`RuleSet::lookup`](crate::rules::RuleSet::lookup) makes one:
///
/// ```compile_fail
/// fn around(route: std::sync::Arc<cloakroom::rules::Route>) -> cloakroom::rules::Ruled {
///     cloakroom::rules::Ruled { route }
/// }
/// ```
#[derive(Debug)]
pub struct Ruled {
    route: Arc<Route>,
}

impl Ruled {
    pub(super) fn of(route: Arc<Route>) -> Self {
        Self { route }
    }

    /// Returns the route that matched; it has rules.
    pub fn route(&self) -> &Arc<Route> {
        &self.route
    }
}

/// Proof that no rule concerns a request. Only [`RuleSet::lookup`](crate::rules::RuleSet::lookup) makes one:
///
/// ```compile_fail
/// let around = cloakroom::rules::Unruled { route: None };
/// ```
#[derive(Debug)]
pub struct Unruled {
    route: Option<Arc<Route>>,
}

impl Unruled {
    pub(super) fn of(route: Option<Arc<Route>>) -> Self {
        Self { route }
    }
}
