//! What is swapped whole: rules, policies, identities, and the tokenizers of the rules' tenants.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::authn::Authenticator;
use crate::authz::PolicySet;
use crate::base::TenantId;
use crate::rules::RuleSet;
use crate::token::Tokenizer;

/// One generation of everything that decides. An exchange takes one and keeps it for both legs.
pub struct Generation {
    /// Counts up with every swap, from 1.
    pub number: u64,
    /// Which fields are personal data.
    pub rules: RuleSet,
    /// Who may see them.
    pub policies: PolicySet,
    /// Who is calling.
    pub authenticator: Authenticator,
    tokenizers: HashMap<TenantId, Arc<Tokenizer>>,
}

impl Generation {
    /// Gives a generation; `tokenizers` holds one for each tenant of the rules.
    pub fn new(
        number: u64,
        rules: RuleSet,
        policies: PolicySet,
        authenticator: Authenticator,
        tokenizers: HashMap<TenantId, Arc<Tokenizer>>,
    ) -> Self {
        Self { number, rules, policies, authenticator, tokenizers }
    }

    /// The tokenizer of a tenant of the rules.
    pub fn tokenizer(&self, tenant: &TenantId) -> Option<&Tokenizer> {
        self.tokenizers.get(tenant).map(Arc::as_ref)
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Generation").field("number", &self.number).finish_non_exhaustive()
    }
}
