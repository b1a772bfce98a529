//! The configured ways, in their order.

use std::path::Path;

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::Method;

use super::Fetch;
use super::Refreshed;
use super::Refused;
use super::config::Carrier;
use super::config::Config;
use super::config::Way as Configured;
use super::head::Head;
use super::way::Found;
use super::way::Way;
use crate::base::Diagnostic;
use crate::base::Principal;
use crate::base::Purpose;
use crate::base::Timestamp;

/// The header in which an authenticated caller says for what purpose it asks; never forwarded.
pub const PURPOSE_HEADER: &str = "cloakroom-purpose";

/// A recognised caller, or nobody, and for what purpose it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub principal: Principal,
    /// For what: as the token says, or else as the caller says. Nobody has no purpose.
    pub purpose: Option<Purpose>,
}

/// Recognises callers.
#[derive(Debug)]
pub struct Authenticator {
    ways: Vec<Way>,
    /// What is put before the names of each way; API keys are another kind of caller.
    prefixes: Vec<Option<String>>,
    strips: Vec<HeaderName>,
    challenges: Vec<HeaderValue>,
}

impl Authenticator {
    /// Reads the files of every way. Key sets at URLs are not fetched yet: call
    /// [`Authenticator::refresh`], now and then every minute or so.
    ///
    /// Refuses with all mistakes at once: a file that cannot be read or parsed, an algorithm that
    /// cannot be pinned, a header that is taken, two issuers whose users could be mixed up.
    pub fn load(config: &Config, fetch: &Fetch) -> Result<Self, Vec<Diagnostic>> {
        let mut mistakes = apart(config);
        mistakes.extend(shared(config));
        let mut ways = Vec::new();
        for (place, way) in config.ways.iter().enumerate() {
            match Way::load(&format!("identity[{place}]"), way, fetch) {
                Ok(way) => ways.push(way),
                Err(more) => mistakes.extend(more),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let mut strips = vec![HeaderName::from_static(PURPOSE_HEADER)];
        for way in &ways {
            if let Some(header) = way.header()
                && !strips.contains(header)
            {
                strips.push(header.clone());
            }
        }
        let mut challenges: Vec<HeaderValue> = Vec::new();
        for challenge in ways.iter().filter_map(Way::challenge) {
            if !challenges.contains(&challenge) {
                challenges.push(challenge);
            }
        }
        let prefixes = config.ways.iter().map(|way| prefix(way).map(str::to_owned)).collect();
        Ok(Self { ways, prefixes, strips, challenges })
    }

    /// Gives the caller, or the anonymous one when there is no credential.
    ///
    /// Refuses a credential that no way accepts. Waits only for the keys of an issuer, and not long.
    pub async fn identify(
        &self,
        method: &Method,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Identity, Refused> {
        let mut foreign = None;
        for (place, way) in self.ways.iter().enumerate() {
            match way.find(Head { method, headers }, now).await? {
                Found::Caller(principal, _) if self.is_anothers(place, &principal) => {
                    return Err(Refused::NameOfAnother);
                }
                Found::Caller(principal, claimed) => {
                    let purpose = purpose(headers, claimed)?;
                    return Ok(Identity { principal, purpose });
                }
                Found::Foreign(reason) if !way.ignores_foreign() => {
                    foreign = foreign.or(Some(reason));
                }
                Found::Nothing | Found::Foreign(_) => (),
            }
        }
        match foreign {
            Some(reason) => Err(reason),
            None => Ok(Identity { principal: Principal::anonymous(), purpose: None }),
        }
    }

    /// Whether a way names somebody as another way would: where people choose their names themselves,
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

    /// What a 401 says of the ways to be recognised: one `WWW-Authenticate` field for each kind
    /// ([RFC 9110, section 11.6.1]). The same for every caller and reason.
    pub fn challenges(&self) -> &[HeaderValue] {
        &self.challenges
    }

    /// The files to watch.
    pub fn files(&self) -> Vec<&Path> {
        self.ways.iter().filter_map(Way::file).collect()
    }

    /// Reads all files again. Changes nothing when one of them has a mistake.
    pub fn reload(&self) -> Result<(), Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        let mut fresh = Vec::new();
        for way in &self.ways {
            match way.read() {
                Ok(content) => fresh.push((way, content)),
                Err(more) => mistakes.extend(more),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        for (way, content) in fresh {
            way.replace(content);
        }
        Ok(())
    }

    /// Fetches the key sets that are due, one after the other; each fetch is bounded.
    pub async fn refresh(&self, now: Timestamp) -> Vec<Refreshed> {
        let mut done = Vec::new();
        for way in &self.ways {
            done.extend(way.refresh(now).await);
        }
        done
    }

    /// Whether every way has what it needs to recognise its callers.
    pub fn is_ready(&self, now: Timestamp) -> bool {
        self.ways.iter().all(|way| way.is_ready(now))
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

/// What a way puts before names.
fn prefix(way: &Configured) -> Option<&str> {
    match way {
        Configured::Jwt(jwt) => Some(&jwt.prefix),
        Configured::ForwardAuth(asked) => Some(&asked.prefix),
        Configured::ApiKeys { .. } => None,
    }
}

/// Finds issuers, and places that are asked, whose users would have the same names in policies.
fn apart(config: &Config) -> Vec<Diagnostic> {
    let sources: Vec<(&String, &str)> = config
        .ways
        .iter()
        .filter_map(|way| match way {
            Configured::Jwt(jwt) => Some((&jwt.issuer, prefix(way)?)),
            Configured::ForwardAuth(asked) => Some((&asked.url, prefix(way)?)),
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

/// Finds headers that are taken off as an API key's, and that another way reads.
fn shared(config: &Config) -> Vec<Diagnostic> {
    let read_by = |way: &Configured| match way {
        Configured::ApiKeys { .. } => Vec::new(),
        Configured::ForwardAuth(asked) => asked.headers.clone(),
        Configured::Jwt(jwt) => match &jwt.from {
            Carrier::Header(name) => vec![name.clone()],
            Carrier::Bearer | Carrier::Cookie(_) => Vec::new(),
        },
    };
    let is_key = |name: &String| {
        config.ways.iter().any(|way| match way {
            Configured::ApiKeys { header, .. } => header.eq_ignore_ascii_case(name),
            Configured::Jwt(_) | Configured::ForwardAuth(_) => false,
        })
    };
    let mistake = |name: String| {
        let message = "this header carries API keys, which go to nobody else";
        Diagnostic::error("identity", message).showing(&name).hinting("give each its own header")
    };
    config.ways.iter().flat_map(read_by).filter(is_key).map(mistake).collect()
}
