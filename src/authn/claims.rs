//! What a verified token says, as a principal.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Map;
use serde_json::Value;

use super::Refused;
use super::config::JwtConfig;
use crate::base::AuthMethod;
use crate::base::Claim;
use crate::base::Principal;
use crate::base::PrincipalKind;
use crate::base::Purpose;
use crate::base::Timestamp;
use crate::base::strict_json;

/// A JSON object in which each name is there once ([RFC 7519, section 4] lets us refuse others).
#[derive(Debug, Default)]
pub(super) struct Object(Map<String, Value>);

impl Object {
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        match strict_json(json)? {
            Value::Object(members) => Some(Self(members)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => None,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// Finds a claim by its name, or by a JSON Pointer ([RFC 6901]) when the name starts with `/`.
    fn find(&self, name: &str) -> Option<&Value> {
        let Some(pointer) = name.strip_prefix('/') else { return self.get(name) };
        let (first, rest) = match pointer.find('/') {
            Some(slash) => pointer.split_at_checked(slash)?,
            None => (pointer, ""),
        };
        let first = first.replace("~1", "/").replace("~0", "~");
        self.get(&first)?.pointer(rest).filter(|value| !value.is_null())
    }
}

/// From when to when a token is good, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Validity {
    not_before: u64,
    expires: u64,
    leeway: u64,
}

impl Validity {
    /// Reads `exp` and `nbf`. Refuses a token without an end: it could never be taken back.
    pub(super) fn of(claims: &Object, leeway: Duration) -> Result<Self, Refused> {
        let expires = claims.get("exp").ok_or(Refused::TokenExpired)?;
        let expires = date(expires).ok_or(Refused::TokenExpired)?;
        let not_before = match claims.get("nbf") {
            None => 0,
            Some(value) => date(value).ok_or(Refused::TokenNotYetValid)?,
        };
        Ok(Self { not_before, expires, leeway: leeway.as_secs() })
    }

    pub(super) fn check(self, now: Timestamp) -> Result<(), Refused> {
        let now = now.seconds();
        if now >= self.expires.saturating_add(self.leeway) {
            return Err(Refused::TokenExpired);
        }
        if now.saturating_add(self.leeway) < self.not_before {
            return Err(Refused::TokenNotYetValid);
        }
        Ok(())
    }
}

/// Reads a `NumericDate`: whole or broken seconds since 1970 ([RFC 7519, section 2]).
fn date(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| Some(Duration::try_from_secs_f64(value.as_f64()?).ok()?.as_secs()))
}

/// A caller whom a token names.
#[derive(Debug, Clone)]
pub(super) struct Verified {
    pub(super) principal: Principal,
    pub(super) purpose: Option<Purpose>,
    pub(super) validity: Validity,
    /// What it holds on to, about.
    pub(super) bytes: usize,
}

impl Verified {
    /// Reads the claims of a token whose signature and issuer are right.
    pub(super) fn read(claims: &Object, config: &JwtConfig, bytes: usize) -> Result<Self, Refused> {
        let audience = claims.get("aud").ok_or(Refused::TokenAudience)?;
        if !names(audience, &config.audience) {
            return Err(Refused::TokenAudience);
        }
        let validity = Validity::of(claims, config.leeway)?;
        let subject = claims.text("sub").filter(|sub| is_name(sub));
        let subject = subject.ok_or(Refused::TokenSubject)?;
        let purpose = match find(claims, config.purpose_claim.as_deref()) {
            None => None,
            Some(value) => {
                let purpose = value.as_str().and_then(Purpose::new);
                Some(purpose.ok_or(Refused::TokenClaim)?)
            }
        };
        let id = format!("{}{subject}", config.prefix);
        let (method, kind) = (AuthMethod::Jwt, PrincipalKind::User);
        let groups = groups(claims, config)?;
        let principal = Principal::assertion(method, kind, &id, groups, readable(claims, config)?);
        Ok(Self { principal, purpose, validity, bytes })
    }
}

fn find<'a>(claims: &'a Object, name: Option<&str>) -> Option<&'a Value> {
    name.and_then(|name| claims.find(name))
}

/// Whether `aud`, a text or a list of texts, names this audience ([RFC 7519, section 4.1.3]).
fn names(audience: &Value, wanted: &str) -> bool {
    match audience {
        Value::String(one) => one == wanted,
        Value::Array(several) => several.iter().any(|one| one.as_str() == Some(wanted)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

/// Whether this can be the name of a user or a group.
pub(super) fn is_name(name: &str) -> bool {
    (1..=256).contains(&name.len()) && !name.chars().any(char::is_control)
}

/// Reads the groups: a list of texts, or one text. A claim of another form is a refusal, for a policy
/// that forbids something to a group must not miss it.
fn groups(claims: &Object, config: &JwtConfig) -> Result<Vec<Arc<str>>, Refused> {
    let Some(value) = find(claims, config.groups_claim.as_deref()) else { return Ok(Vec::new()) };
    let prefixed = |group: &str| Arc::from(format!("{}{group}", config.prefix));
    match value {
        Value::String(one) => Ok(vec![prefixed(one)]),
        Value::Array(several) => {
            let group = |value: &Value| value.as_str().map(prefixed).ok_or(Refused::TokenClaim);
            several.iter().map(group).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            Err(Refused::TokenClaim)
        }
    }
}

fn readable(claims: &Object, config: &JwtConfig) -> Result<BTreeMap<Arc<str>, Claim>, Refused> {
    let mut readable = BTreeMap::new();
    for name in &config.claims {
        if let Some(value) = claims.find(name) {
            readable.insert(Arc::from(name.as_str()), claim(name, value)?);
        }
    }
    Ok(readable)
}

fn claim(name: &str, value: &Value) -> Result<Claim, Refused> {
    match value {
        // A list in one text, its parts apart by spaces ([RFC 9068, section 2.2.3]).
        Value::String(text) if name == "scope" => Ok(Claim::List(
            text.split(' ').filter(|part| !part.is_empty()).map(Arc::from).collect(),
        )),
        Value::String(text) => Ok(Claim::Text(Arc::from(text.as_str()))),
        Value::Number(number) => number.as_i64().map(Claim::Number).ok_or(Refused::TokenClaim),
        Value::Bool(flag) => Ok(Claim::Flag(*flag)),
        Value::Array(values) => {
            let text = |value: &Value| value.as_str().map(Arc::from).ok_or(Refused::TokenClaim);
            let texts: Result<Vec<Arc<str>>, _> = values.iter().map(text).collect();
            Ok(Claim::List(texts?.into()))
        }
        Value::Object(_) | Value::Null => Err(Refused::TokenClaim),
    }
}
