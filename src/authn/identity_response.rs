//! What the other side of forward-auth tells of a caller, as a principal.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::Response;
use serde_json::Value;

use super::claims::is_name;
use crate::base::AuthMethod;
use crate::base::Principal;
use crate::base::PrincipalKind;
use crate::base::strict_json;

/// Most groups of one caller.
const GROUPS: usize = 256;

/// Where in an answer something stands.
#[derive(Debug)]
pub(super) enum ValueSource {
    Header(HeaderName),
    /// A JSON Pointer ([RFC 6901]) into the body.
    Json(String),
}

/// Where in an answer user and groups stand.
#[derive(Debug)]
pub(super) struct IdentityMapping {
    pub(super) user: ValueSource,
    pub(super) groups: Option<ValueSource>,
    pub(super) prefix: String,
}

/// Who it is, by an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum IdentityResponse {
    Somebody(Principal),
    Nobody,
    /// The answer names nobody in a form that is understood: a refusal.
    Unclear,
}

impl IdentityMapping {
    /// Reads an answer. A user is one name of 1 to 256 bytes without control characters; `null` in its
    /// place is nobody. Whatever else stands there is unclear.
    pub(super) fn read(&self, answer: &Response<Vec<u8>>) -> IdentityResponse {
        let reads_json = |pick: &ValueSource| matches!(pick, ValueSource::Json(_));
        let body = if reads_json(&self.user) || self.groups.as_ref().is_some_and(reads_json) {
            let Some(body) = strict_json(answer.body()) else { return IdentityResponse::Unclear };
            body
        } else {
            Value::Null
        };
        let user = match &self.user {
            ValueSource::Header(name) => one(answer.headers(), name),
            ValueSource::Json(pointer) => match body.pointer(pointer) {
                Some(Value::Null) => return IdentityResponse::Nobody,
                found => found.and_then(spelled),
            },
        };
        let Some(user) = user.filter(|user| is_name(user)) else {
            return IdentityResponse::Unclear;
        };
        let Some(groups) = self.groups(answer.headers(), &body) else {
            return IdentityResponse::Unclear;
        };
        let prefixed = |name: &String| Arc::from(format!("{}{name}", self.prefix));
        let groups = groups.iter().map(prefixed).collect();
        let (method, kind) = (AuthMethod::ForwardAuth, PrincipalKind::User);
        let id = format!("{}{user}", self.prefix);
        IdentityResponse::Somebody(Principal::assertion(method, kind, &id, groups, BTreeMap::new()))
    }

    /// The groups; none when one of them is no name. An answer that has nothing there names no groups.
    fn groups(&self, headers: &HeaderMap, body: &Value) -> Option<Vec<String>> {
        let groups: Vec<String> = match &self.groups {
            None => Vec::new(),
            Some(ValueSource::Header(name)) if headers.get(name).is_none() => Vec::new(),
            Some(ValueSource::Header(name)) => {
                let line = one(headers, name)?;
                let names = line.split(',').map(str::trim).filter(|name| !name.is_empty());
                names.map(str::to_owned).collect()
            }
            Some(ValueSource::Json(pointer)) => match body.pointer(pointer) {
                None | Some(Value::Null) => Vec::new(),
                Some(Value::Array(several)) => {
                    several.iter().map(spelled).collect::<Option<_>>()?
                }
                Some(one) => vec![spelled(one)?],
            },
        };
        let sound = groups.len() <= GROUPS && groups.iter().all(|group| is_name(group));
        sound.then_some(groups)
    }
}

/// The text of a header that is there once.
fn one(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter().map(HeaderValue::as_bytes);
    let (first, second) = (values.next()?, values.next());
    let text = std::str::from_utf8(first).ok().filter(|_| second.is_none())?;
    Some(text.trim_matches([' ', '\t']).to_owned())
}

/// A name as JSON spells it: a text, or a whole number as many applications number their users.
fn spelled(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_u64() => Some(number.to_string()),
        Value::Number(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}
