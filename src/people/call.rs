//! A request, read as far as every handler needs it.

use std::borrow::Cow;
use std::net::IpAddr;

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::header;
use http::request::Parts;
use http_body_util::BodyExt;
use http_body_util::LengthLimitError;
use http_body_util::Limited;
use hyper::body::Incoming;
use serde_json::Map;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::authn::Identity;
use crate::base::RequestId;
use crate::base::strict_json;
use crate::pages::Language;
use crate::people::Site;
use crate::people::failure::BodyFault;
use crate::people::failure::Failure;
use crate::people::table::Face;
use crate::people::table::Row;
use crate::subject::Asker;

/// The longest body: that of the longest document.
const BODY_BYTES: usize = 64 * 1024;

/// Where Databunker's clients send their key.
const BUNKER_TOKEN: HeaderName = HeaderName::from_static("x-bunker-token");

/// The key that Databunker's documentation uses.
const DEMO: &str = "DEMO";

/// A route that a request was found to mean, with the segments that its path captures.
pub(super) struct Target<'a> {
    pub(super) row: &'static Row,
    pub(super) captures: Vec<Cow<'a, str>>,
}

/// Which request it is, and from where it comes.
#[derive(Clone, Copy)]
pub(super) struct Peer {
    pub(super) id: RequestId,
    pub(super) client: IpAddr,
}

/// A request that may be served.
pub(super) struct Call<'a> {
    pub(super) site: &'a Site,
    pub(super) row: &'static Row,
    captures: Vec<Cow<'a, str>>,
    identity: Identity,
    id: RequestId,
    client: IpAddr,
    headers: &'a HeaderMap,
    method: &'a str,
    body: Zeroizing<Vec<u8>>,
}

impl<'a> Call<'a> {
    /// Recognises the caller and reads the body. A route that policies decide is for callers who are known.
    pub(super) async fn read(
        site: &'a Site,
        target: Target<'a>,
        peer: Peer,
        parts: &'a Parts,
        body: Incoming,
    ) -> Result<Self, Failure> {
        let Target { row, captures } = target;
        let Peer { id, client } = peer;
        let identity = match row.face {
            Face::Portal => Identity::anonymous(),
            Face::Api | Face::Databunker => identify(site, row.face, parts).await?,
        };
        if row.asked.is_some() && !identity.principal().is_authenticated() {
            return Err(Failure::Anonymous);
        }
        let limited = Limited::new(body, BODY_BYTES).collect();
        let read = tokio::time::timeout(site.body_wait, limited).await;
        let read = read.map_err(|_elapsed| Failure::Body(BodyFault::Slow))?;
        let read = read.map_err(|error| {
            let is_long = error.downcast_ref::<LengthLimitError>().is_some();
            Failure::Body(if is_long { BodyFault::TooLarge } else { BodyFault::Broken })
        })?;
        let body = Zeroizing::new(read.to_bytes().to_vec());
        let (headers, method) = (&parts.headers, parts.method.as_str());
        Ok(Self { site, row, captures, identity, id, client, headers, method, body })
    }

    /// Returns who asks, for the journal and policies.
    pub(super) fn asker(&self) -> Asker<'_> {
        Asker {
            identity: &self.identity,
            request_id: self.id,
            method: self.method,
            source: self.client,
        }
    }

    /// Returns a captured segment of the path; empty when the row has no such.
    pub(super) fn capture(&self, number: usize) -> &str {
        self.captures.get(number).map(AsRef::as_ref).unwrap_or_default()
    }

    /// Returns the revision that `If-Match` names; none for `*` and without the field. Refuses several, and
    /// what is no entity tag of ours ([RFC 9110, section 13.1.1]).
    pub(super) fn if_match(&self) -> Result<Option<u64>, Failure> {
        let mut fields = self.headers.get_all(header::IF_MATCH).iter();
        let Some(field) = fields.next() else { return Ok(None) };
        let text = field.to_str().unwrap_or_default().trim();
        let revision = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let revision = revision.and_then(|digits| digits.parse().ok());
        match (text, revision, fields.next()) {
            ("*", _, None) => Ok(None),
            (_, Some(revision), None) => Ok(Some(revision)),
            (_, _, _) => Err(Failure::NoRevision),
        }
    }

    /// Returns whether the field is there.
    pub(super) fn has_if_match(&self) -> bool {
        self.headers.contains_key(header::IF_MATCH)
    }

    /// Reads the body as JSON. Refuses another media type, and JSON with a name twice.
    pub(super) fn json(&self) -> Result<Value, Failure> {
        if !self.is_of(&[
            "application/json",
            "application/merge-patch+json",
            "application/json-patch+json",
        ]) {
            return Err(Failure::Body(BodyFault::MediaType));
        }
        strict_json(&self.body).ok_or(Failure::Body(BodyFault::NotJson))
    }

    /// Reads the body as Databunker's clients send it: JSON when it begins so, whatever its type says; else a
    /// form, as an object of texts. No body is an empty object.
    pub(super) fn lenient(&self) -> Result<Value, Failure> {
        let trimmed = self.body.trim_ascii_start();
        match trimmed.first() {
            None => Ok(Value::Object(Map::new())),
            Some(b'{' | b'[') => strict_json(&self.body).ok_or(Failure::Body(BodyFault::NotJson)),
            Some(_) if self.is_of(&["application/x-www-form-urlencoded"]) => form(trimmed),
            Some(_) => Err(Failure::Body(BodyFault::NotJson)),
        }
    }

    /// Returns whether the caller asks for a page.
    pub(super) fn wants_html(&self) -> bool {
        let mut fields = self.headers.get_all(header::ACCEPT).iter();
        fields.any(|field| field.to_str().is_ok_and(|text| text.contains("text/html")))
    }

    /// Returns the language of pages: the first of ours that the caller's browser names.
    pub(super) fn language(&self) -> Language {
        let field = self.headers.get(header::ACCEPT_LANGUAGE);
        Language::accepted(field.and_then(|field| field.to_str().ok()).unwrap_or_default())
    }

    fn is_of(&self, types: &[&str]) -> bool {
        let mut fields = self.headers.get_all(header::CONTENT_TYPE).iter();
        let (Some(field), None) = (fields.next(), fields.next()) else { return false };
        let text = field.to_str().unwrap_or_default();
        let essence = text.split(';').next().unwrap_or_default().trim();
        types.iter().any(|known| essence.eq_ignore_ascii_case(known))
    }
}

/// Recognises the caller. Databunker's field stands for the field of API keys.
async fn identify(site: &Site, face: Face, parts: &Parts) -> Result<Identity, Failure> {
    let (method, now) = (&parts.method, site.clock.now());
    let key = match face {
        Face::Databunker => parts.headers.get(BUNKER_TOKEN),
        Face::Api | Face::Portal => None,
    };
    let Some(key) = key else {
        let bearer = bearer_key(&parts.headers);
        return match bearer {
            Some(key) => site
                .authenticator
                .identify_key(&key, &parts.headers, now)
                .map_err(|_refused| Failure::Credential),
            None => site
                .authenticator
                .identify(method, &parts.headers, now)
                .await
                .map_err(|_refused| Failure::Credential),
        };
    };
    if site.demo_key && key.as_bytes() == DEMO.as_bytes() {
        return Ok(Identity::demo());
    }
    site.authenticator
        .identify_key(key, &parts.headers, now)
        .map_err(|_refused| Failure::Credential)
}

/// Returns the API key of `Authorization: Bearer ckk_…`; other bearers are tokens of issuers.
fn bearer_key(headers: &HeaderMap) -> Option<HeaderValue> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = text.split_once(' ')?;
    let is_key = scheme.eq_ignore_ascii_case("bearer") && key.trim().starts_with("ckk_");
    is_key.then(|| HeaderValue::from_str(key.trim()).ok()).flatten()
}

/// Reads a form as an object of texts. Refuses a name that is there twice, and what is no UTF-8.
fn form(body: &[u8]) -> Result<Value, Failure> {
    let fault = || Failure::Body(BodyFault::NotJson);
    let text = std::str::from_utf8(body).map_err(|_| fault())?;
    let mut members = Map::new();
    for pair in text.trim_end().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (unescaped(name), unescaped(value));
        let (name, value) = (name.ok_or_else(fault)?, value.ok_or_else(fault)?);
        if members.insert(name, Value::String(value)).is_some() {
            return Err(fault());
        }
    }
    Ok(Value::Object(members))
}

fn unescaped(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            bytes.push(u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
