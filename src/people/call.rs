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
use crate::base::Kind;
use crate::base::RequestId;
use crate::base::strict_json;
use crate::document::Charset;
use crate::document::Codec;
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
        if row.operation.asks_policies() && !identity.principal().is_authenticated() {
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

    /// Returns the revision that `If-Match` names; none for `*`. Refuses a request without the field, several,
    /// and what is no entity tag of ours ([RFC 9110, section 13.1.1]).
    pub(super) fn if_match(&self) -> Result<Option<u64>, Failure> {
        let mut fields = self.headers.get_all(header::IF_MATCH).iter();
        let field = fields.next().ok_or(Failure::NoRevision)?;
        let text = field.to_str().unwrap_or_default().trim();
        let revision = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let revision = revision.and_then(|digits| digits.parse().ok());
        match (text, revision, fields.next()) {
            ("*", _, None) => Ok(None),
            (_, Some(revision), None) => Ok(Some(revision)),
            (_, _, _) => Err(Failure::NoRevision),
        }
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
    let (headers, now) = (&parts.headers, site.clock.now());
    let bunker = match face {
        Face::Databunker => headers.get(BUNKER_TOKEN).cloned(),
        Face::Api | Face::Portal => None,
    };
    if site.demo_key && bunker.as_ref().is_some_and(|key| key.as_bytes() == DEMO.as_bytes()) {
        return Ok(Identity::demo());
    }
    let identified = match bunker.or_else(|| bearer_key(headers)) {
        Some(key) => site.authenticator.identify_key(&key, headers, now),
        None => site.authenticator.identify(&parts.method, headers, now).await,
    };
    identified.map_err(|_refused| Failure::Credential)
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
        if members.insert(unescaped(name)?, Value::String(unescaped(value)?)).is_some() {
            return Err(fault());
        }
    }
    Ok(Value::Object(members))
}

fn unescaped(text: &str) -> Result<String, Failure> {
    let text = Codec::Form(Charset::UTF8).decode(text.as_bytes(), Kind::Text);
    text.map(|text| text.expose().clone()).map_err(|_| Failure::Body(BodyFault::NotJson))
}
