//! The configured methods, in their order.

use std::collections::BTreeMap;
use std::path::Path;

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;

use super::Fetch;
use super::Refreshed;
use super::Refused;
use super::config::Carrier;
use super::config::Config;
use super::config::Method as Configured;
use super::head::Head;
use super::method::Found;
use super::method::Method;
use crate::base::AuthMethod;
use crate::base::Diagnostic;
use crate::base::Principal;
use crate::base::PrincipalKind;
use crate::base::Purpose;
use crate::base::Timestamp;

/// The header in which an authenticated caller says for what purpose it asks; never forwarded.
pub const PURPOSE_HEADER: &str = "cloakroom-purpose";

/// The name of the key `DEMO` in policies. A colon stands in no name of a key that we make.
pub const DEMO: &str = "people:demo";

/// A recognised caller, or nobody, and for what purpose it asks. Nobody else can make one of a caller:
///
/// ```compile_fail
/// fn around(principal: cloakroom::base::Principal) -> cloakroom::authn::Identity {
///     cloakroom::authn::Identity { principal, purpose: None }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    principal: Principal,
    purpose: Option<Purpose>,
}

impl Identity {
    /// Gives the identity of a caller of whom no credential tells anything.
    pub fn anonymous() -> Self {
        Self { principal: Principal::anonymous(), purpose: None }
    }

    /// Gives the identity of whoever has the key that Databunker's documentation uses; only where the
    /// configuration makes it a key. No other key has this name.
    pub fn demo() -> Self {
        let (method, kind) = (AuthMethod::ApiKey, PrincipalKind::Service);
        let principal = Principal::assertion(method, kind, DEMO, Vec::new(), BTreeMap::new());
        Self { principal, purpose: None }
    }

    /// Returns who calls; the anonymous principal when there is no credential.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Returns for what: as the token says, or else as the caller says. Nobody has no purpose.
    pub fn purpose(&self) -> Option<&Purpose> {
        self.purpose.as_ref()
    }
}

/// Recognises callers by the configured methods, in their order.
#[derive(Debug)]
pub struct Authenticator {
    methods: Vec<Method>,
    /// What is put before the names of each method; API keys are another kind of caller.
    prefixes: Vec<Option<String>>,
    strips: Vec<HeaderName>,
    challenges: Vec<HeaderValue>,
}

impl Authenticator {
    /// Reads the files of every method. Key sets at URLs are not fetched yet: call
    /// [`Authenticator::refresh`], now and then every minute or so.
    ///
    /// Refuses with all mistakes at once: a file that cannot be read or parsed, an algorithm that
    /// cannot be pinned, a header that is taken, two issuers whose users could be mixed up.
    pub fn load(config: &Config, fetch: &Fetch) -> Result<Self, Vec<Diagnostic>> {
        let mut mistakes = apart(config);
        mistakes.extend(shared(config));
        let mut methods = Vec::new();
        for (place, method) in config.methods.iter().enumerate() {
            match Method::load(&format!("identity[{place}]"), method, fetch) {
                Ok(method) => methods.push(method),
                Err(more) => mistakes.extend(more),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let mut strips = vec![HeaderName::from_static(PURPOSE_HEADER)];
        for method in &methods {
            if let Some(header) = method.header()
                && !strips.contains(header)
            {
                strips.push(header.clone());
            }
        }
        let mut challenges: Vec<HeaderValue> = Vec::new();
        for challenge in methods.iter().filter_map(Method::challenge) {
            if !challenges.contains(&challenge) {
                challenges.push(challenge);
            }
        }
        let prefixes =
            config.methods.iter().map(|method| prefix(method).map(str::to_owned)).collect();
        Ok(Self { methods, prefixes, strips, challenges })
    }

    /// Gives the caller, or the anonymous one when there is no credential.
    ///
    /// Refuses a credential that no method accepts. Waits only for the keys of an issuer, and not long.
    pub async fn identify(
        &self,
        request_method: &http::Method,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Identity, Refused> {
        let mut foreign = None;
        for (place, method) in self.methods.iter().enumerate() {
            match method.find(Head { method: request_method, headers }, now).await? {
                Found::Caller(principal, _) if self.is_anothers(place, &principal) => {
                    return Err(Refused::NameOfAnother);
                }
                Found::Caller(principal, claimed) => {
                    let purpose = purpose(headers, claimed)?;
                    return Ok(Identity { principal, purpose });
                }
                Found::Foreign(reason) if !method.ignores_foreign() => {
                    foreign = foreign.or(Some(reason));
                }
                Found::Nothing | Found::Foreign(_) => (),
            }
        }
        match foreign {
            Some(reason) => Err(reason),
            None => Ok(Identity::anonymous()),
        }
    }

    /// Gives the caller who holds an API key, wherever it was sent, with the purpose that the header fields
    /// name. Refuses what is no key of ours.
    pub fn identify_key(
        &self,
        key: &HeaderValue,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Identity, Refused> {
        for method in &self.methods {
            if let Some(principal) = method.key(key, now)? {
                return Ok(Identity { principal, purpose: purpose(headers, None)? });
            }
        }
        Err(Refused::ApiKeyUnknown)
    }

    /// Whether a method names somebody as another method would: where people choose their names themselves,
    /// one could be `partner:alice`.
    fn is_anothers(&self, place: usize, principal: &Principal) -> bool {
        let Some(own) = self.prefixes.get(place).and_then(Option::as_deref) else { return false };
        let others = self
            .prefixes
            .iter()
            .flatten()
            .filter(|other| other.len() > own.len() && other.starts_with(own));
        let names = || {
            let groups = principal.groups().iter().map(AsRef::as_ref);
            std::iter::once(principal.id()).chain(groups)
        };
        others.into_iter().any(|other| names().any(|name| name.starts_with(other.as_str())))
    }

    /// The headers to take off a request before it is forwarded, whoever sent it.
    pub fn strips(&self) -> &[HeaderName] {
        &self.strips
    }

    /// What a 401 says of the methods to be recognised: one `WWW-Authenticate` field for each kind
    /// ([RFC 9110, section 11.6.1]). The same for every caller and reason.
    pub fn challenges(&self) -> &[HeaderValue] {
        &self.challenges
    }

    /// Returns the files that a reload reads again.
    pub fn files(&self) -> Vec<&Path> {
        self.methods.iter().filter_map(Method::file).collect()
    }

    /// Reads all files again. Changes nothing when one of them has a mistake.
    pub fn reload(&self) -> Result<(), Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        let mut fresh = Vec::new();
        for method in &self.methods {
            match method.read() {
                Ok(content) => fresh.push((method, content)),
                Err(more) => mistakes.extend(more),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        for (method, content) in fresh {
            method.replace(content);
        }
        Ok(())
    }

    /// Fetches the key sets that are due, one after the other; each fetch is bounded.
    pub async fn refresh(&self, now: Timestamp) -> Vec<Refreshed> {
        let mut done = Vec::new();
        for method in &self.methods {
            done.extend(method.refresh(now).await);
        }
        done
    }

    /// Whether every method has what it needs to recognise its callers.
    pub fn is_ready(&self, now: Timestamp) -> bool {
        self.methods.iter().all(|method| method.is_ready(now))
    }
}

/// Finds the purpose of a caller who was recognised. What the issuer signed cannot be changed by the
/// caller; a header that says something else is a mistake that somebody should hear about.
fn purpose(headers: &HeaderMap, claimed: Option<Purpose>) -> Result<Option<Purpose>, Refused> {
    let mut values = headers.get_all(PURPOSE_HEADER).iter();
    let Some(value) = values.next() else { return Ok(claimed) };
    if values.next().is_some() {
        return Err(Refused::CredentialRepeated);
    }
    let said = value.to_str().ok().and_then(|text| Purpose::new(text.trim()));
    let said = said.ok_or(Refused::PurposeMalformed)?;
    match claimed {
        Some(claimed) if claimed != said => Err(Refused::PurposeConflict),
        Some(_) | None => Ok(Some(said)),
    }
}

/// What a method puts before names.
fn prefix(method: &Configured) -> Option<&str> {
    match method {
        Configured::Jwt(jwt) => Some(&jwt.prefix),
        Configured::ForwardAuth(asked) => Some(&asked.prefix),
        Configured::ApiKeys { .. } => None,
    }
}

/// Finds issuers, and places that are asked, whose users would have the same names in policies.
fn apart(config: &Config) -> Vec<Diagnostic> {
    let sources: Vec<(&String, &str)> = config
        .methods
        .iter()
        .filter_map(|method| match method {
            Configured::Jwt(jwt) => Some((&jwt.issuer, prefix(method)?)),
            Configured::ForwardAuth(asked) => Some((&asked.url, prefix(method)?)),
            Configured::ApiKeys { .. } => None,
        })
        .collect();
    let mut mistakes = Vec::new();
    for (place, (source, prefix)) in sources.iter().enumerate() {
        let mut earlier = sources.iter().take(place);
        if earlier.any(|(other, same)| other != source && same == prefix) {
            let message = "two issuers with the same prefix: their users could not be told apart";
            let hint = "give one of them a `prefix`, such as `partner:`";
            mistakes.push(Diagnostic::error("identity", message).showing(*source).hinting(hint));
        }
    }
    mistakes
}

/// Finds headers that are taken off as an API key's, and that another method reads.
fn shared(config: &Config) -> Vec<Diagnostic> {
    let read_by = |method: &Configured| match method {
        Configured::ApiKeys { .. } => Vec::new(),
        Configured::ForwardAuth(asked) => asked.headers.clone(),
        Configured::Jwt(jwt) => match &jwt.from {
            Carrier::Header(name) => vec![name.clone()],
            Carrier::Bearer | Carrier::Cookie(_) => Vec::new(),
        },
    };
    let is_key = |name: &String| {
        config.methods.iter().any(|method| match method {
            Configured::ApiKeys { header, .. } => header.eq_ignore_ascii_case(name),
            Configured::Jwt(_) | Configured::ForwardAuth(_) => false,
        })
    };
    let mistake = |name: String| {
        let message = "this header carries API keys, which go to nobody else";
        Diagnostic::error("identity", message).showing(&name).hinting("give each its own header")
    };
    config.methods.iter().flat_map(read_by).filter(is_key).map(mistake).collect()
}
