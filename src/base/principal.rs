//! Who is calling.

use std::collections::BTreeMap;
use std::sync::Arc;

/// What sort of caller a [`Principal`] is; the entity type in policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// A person, by a token that an identity provider signed, or by what forward-auth tells.
    User,
    /// A program, by a key of ours.
    Service,
    /// Somebody about whom nothing is known.
    Anonymous,
}

/// How the caller proved who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthMethod {
    /// No credential was sent.
    None,
    /// A key made by `cloakroom keys api add`.
    ApiKey,
    /// A JSON Web Token ([RFC 7519]).
    Jwt,
    /// The application, or a proxy for single sign-on, was asked.
    ForwardAuth,
}

impl AuthMethod {
    /// The name in audit events and log lines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ApiKey => "api_key",
            Self::Jwt => "jwt",
            Self::ForwardAuth => "forward_auth",
        }
    }
}

/// A claim about a principal that policies may read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Claim {
    /// A claim that is a text.
    Text(Arc<str>),
    /// A claim that is a whole number.
    Number(i64),
    /// A claim that is true or false.
    Flag(bool),
    /// A claim that is a list of texts.
    List(Arc<[Arc<str>]>),
}

/// Somebody whom `authn` has recognised, or nobody. Only `authn` calls [`Principal::assertion`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal {
    kind: PrincipalKind,
    id: Arc<str>,
    groups: Arc<[Arc<str>]>,
    claims: Arc<BTreeMap<Arc<str>, Claim>>,
    method: AuthMethod,
}

impl Principal {
    /// Gives the caller of whom no credential tells anything.
    pub fn anonymous() -> Self {
        Self {
            kind: PrincipalKind::Anonymous,
            id: Arc::from("anonymous"),
            groups: Arc::from([]),
            claims: Arc::default(),
            method: AuthMethod::None,
        }
    }

    /// States that a credential was checked and names this caller. Reserved to `authn`.
    pub fn assertion(
        method: AuthMethod,
        kind: PrincipalKind,
        id: &str,
        mut groups: Vec<Arc<str>>,
        claims: BTreeMap<Arc<str>, Claim>,
    ) -> Self {
        groups.sort_unstable();
        groups.dedup();
        Self { kind, id: Arc::from(id), groups: groups.into(), claims: Arc::new(claims), method }
    }

    /// What sort of caller.
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// The name: of an API key, the `sub` of a JWT, or what forward-auth told. May be personal data: never in a metric.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The groups, sorted, each once.
    pub fn groups(&self) -> &[Arc<str>] {
        &self.groups
    }

    /// What else the credential says.
    pub fn claims(&self) -> &BTreeMap<Arc<str>, Claim> {
        &self.claims
    }

    /// How the caller proved it.
    pub fn method(&self) -> AuthMethod {
        self.method
    }

    /// Whether any credential was accepted.
    pub fn is_authenticated(&self) -> bool {
        self.kind != PrincipalKind::Anonymous
    }
}
