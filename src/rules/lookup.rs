//! What the rules say to a request: inspect it, or let it be.

use std::sync::Arc;

use crate::rules::Route;

/// Whether any rule concerns a request.
#[derive(Debug)]
pub enum Lookup {
    /// The route has rules, for one of its legs at least.
    Ruled(Arc<Route>),
    /// No rule concerns it.
    Unruled(Unruled),
}

impl Lookup {
    /// Returns the route of the request; none where no entry matches.
    pub fn route(&self) -> Option<&Arc<Route>> {
        match self {
            Self::Ruled(route) => Some(route),
            Self::Unruled(unruled) => unruled.route.as_ref(),
        }
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
