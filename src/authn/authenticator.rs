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
use super::config::JwtConfig;
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
        Ok(Self { ways, strips, challenges })
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
        for way in &self.ways {
            match way.find(Head { method, headers }, now).await? {
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

/// Finds issuers whose users would have the same names in policies.
fn apart(config: &Config) -> Vec<Diagnostic> {
    let jwts: Vec<_> = config
        .ways
        .iter()
        .filter_map(|way| match way {
            Configured::Jwt(jwt) => Some(jwt),
            Configured::ApiKeys { .. } => None,
        })
        .collect();
    let mut mistakes = Vec::new();
    for (place, one) in jwts.iter().enumerate() {
        let earlier = jwts.iter().take(place);
        let mixed = |other: &&&JwtConfig| other.issuer != one.issuer && other.prefix == one.prefix;
        if earlier.clone().any(|other| mixed(&other)) {
            let message = "two issuers with the same prefix: their users could not be told apart";
            let hint = "give one of them a `prefix`, such as `partner:`";
            mistakes
                .push(Diagnostic::error("identity", message).showing(&one.issuer).hinting(hint));
        }
    }
    mistakes
}

/// Finds headers that carry a token and are taken off as an API key's.
fn shared(config: &Config) -> Vec<Diagnostic> {
    let keys: Vec<_> = config
        .ways
        .iter()
        .filter_map(|way| match way {
            Configured::ApiKeys { header, .. } => Some(header),
            Configured::Jwt(_) => None,
        })
        .collect();
    let mut mistakes = Vec::new();
    for way in &config.ways {
        let Configured::Jwt(jwt) = way else { continue };
        if let Carrier::Header(name) = &jwt.from
            && keys.iter().any(|key| key.eq_ignore_ascii_case(name))
        {
            let message = "a token and an API key in the same header";
            let hint = "an API key is taken off before forwarding; give each its own";
            mistakes.push(Diagnostic::error("identity", message).showing(name).hinting(hint));
        }
    }
    mistakes
}
