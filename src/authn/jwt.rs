//! JSON Web Tokens ([RFC 7519]) as Bearer tokens ([RFC 6750]), in a header or in a cookie, checked as
//! [RFC 8725] asks.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use http::HeaderName;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use jsonwebtoken::Algorithm;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::Digest as _;
use sha2::Sha256;

use super::Refused;
use super::claims::Object;
use super::claims::Validity;
use super::claims::Verified;
use super::config::Foreign;
use super::config::JwtConfig;
use super::head::Head;
use super::jwks::Keys;
use super::key_set;
use super::method::Found;
use crate::base::Timestamp;

/// Longest token that is looked at.
const TOKEN: usize = 16 * 1024;
/// What a token may say it is. An ID or access token has one of these or none; a logout token, a
/// security event or a `DPoP` proof says something else, though the same key signs it.
const TYPES: [&str; 4] = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"];
/// Bytes that remembered tokens of one issuer may take, about.
const REMEMBERED: u64 = 8 * 1024 * 1024;

/// The tokens of one issuer for one audience.
pub(super) struct Jwt {
    pub(super) config: JwtConfig,
    pub(super) keys: Keys,
    from: Place,
    algorithms: Vec<(String, Algorithm)>,
    /// Tokens whose signature was right, by their SHA-256: checking one costs as much as forwarding a
    /// request. Their times are checked again at every use.
    remembered: Cache<[u8; 32], Remembered, ByBytes>,
}

/// Where a token stands.
#[derive(Debug)]
pub(super) enum Place {
    Bearer,
    Header(HeaderName),
    Cookie(String),
}

#[derive(Clone)]
struct Remembered {
    generation: u64,
    verified: Verified,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<[u8; 32], Remembered> for ByBytes {
    fn weight(&self, _: &[u8; 32], remembered: &Remembered) -> u64 {
        u64::try_from(512 + remembered.verified.bytes).unwrap_or(u64::MAX)
    }
}

/// The three parts of a token ([RFC 7515, section 3.1]).
struct Parts<'a> {
    header: Object,
    claims: Object,
    signed: &'a [u8],
    signature: &'a str,
}

impl Jwt {
    /// Gives the method; refuses an algorithm that is unknown, HMAC or `none`, by its place in the list.
    pub(super) fn new(config: JwtConfig, keys: Keys, from: Place) -> Result<Self, usize> {
        let mut algorithms = Vec::new();
        for (place, name) in config.algorithms.iter().enumerate() {
            let algorithm = key_set::algorithm(name).ok_or(place)?;
            algorithms.push((name.clone(), algorithm));
        }
        let remembered = Cache::with_weighter(4096, REMEMBERED, ByBytes);
        Ok(Self { config, keys, from, algorithms, remembered })
    }

    /// Whether a token that is nobody's is the application's own affair.
    pub(super) fn ignores_foreign(&self) -> bool {
        self.config.foreign == Foreign::Ignore
    }

    /// Where tokens are looked for.
    pub(super) fn place(&self) -> &Place {
        &self.from
    }

    /// Looks for a token of this issuer.
    ///
    /// A cookie whose time is over is no credential: the browser sends it without anybody's wish, and a
    /// refusal would keep the person from the page where they could log in.
    pub(super) async fn find(&self, head: Head<'_>, now: Timestamp) -> Result<Found, Refused> {
        let Some(token) = self.token(head)? else { return Ok(Found::Nothing) };
        match (self.check(token, now).await, &self.from) {
            (Err(Refused::TokenExpired), Place::Cookie(_)) => Ok(Found::Nothing),
            (found, Place::Cookie(_) | Place::Header(_) | Place::Bearer) => found,
        }
    }

    /// The token, unless it came along with a request of another site.
    fn token<'a>(&self, head: Head<'a>) -> Result<Option<&'a [u8]>, Refused> {
        match &self.from {
            // No browser sends this of its own accord.
            Place::Bearer => Ok(head.field(&AUTHORIZATION)?.and_then(bearer)),
            Place::Header(_) | Place::Cookie(_) if head.is_of_another_site() => Ok(None),
            Place::Header(name) => Ok(head.field(name)?.map(|value| value.as_bytes().trim_ascii())),
            Place::Cookie(name) => Ok(head.cookie(name)?.map(unquoted)),
        }
    }

    async fn check(&self, token: &[u8], now: Timestamp) -> Result<Found, Refused> {
        let hash: [u8; 32] = Sha256::digest(token).into();
        if let Some(known) = self.remembered.get(&hash)
            && Some(known.generation) == self.keys.generation(now)
        {
            known.verified.validity.check(now)?;
            return Ok(Found::Caller(known.verified.principal, known.verified.purpose));
        }
        let Some(parts) = Parts::split(token) else {
            return Ok(Found::Foreign(Refused::TokenMalformed));
        };
        if parts.claims.text("iss") != Some(self.config.issuer.as_str()) {
            return Ok(Found::Foreign(Refused::TokenIssuer));
        }
        if matches!(self.from, Place::Cookie(_)) {
            // Before the signature: the keys of old cookies may be gone.
            Validity::of(&parts.claims, self.config.leeway)?.check(now)?;
        }
        let generation = self.check_signature(&parts, now).await?;
        let verified = Verified::read(&parts.claims, &self.config, token.len())?;
        verified.validity.check(now)?;
        let (principal, purpose) = (verified.principal.clone(), verified.purpose.clone());
        self.remembered.insert(hash, Remembered { generation, verified });
        Ok(Found::Caller(principal, purpose))
    }

    async fn check_signature(&self, parts: &Parts<'_>, now: Timestamp) -> Result<u64, Refused> {
        let header = &parts.header;
        let name = header.text("alg").ok_or(Refused::TokenAlgorithm)?;
        let known = self.algorithms.iter().find(|(known, _)| known == name);
        let (_, algorithm) = known.ok_or(Refused::TokenAlgorithm)?;
        if header.get("crit").is_some() {
            return Err(Refused::TokenCritical);
        }
        if let Some(kind) = header.get("typ") {
            let kind = kind.as_str().ok_or(Refused::TokenType)?.to_ascii_lowercase();
            if !TYPES.contains(&kind.as_str()) {
                return Err(Refused::TokenType);
            }
        }
        let id = header.get("kid").map(|id| id.as_str().ok_or(Refused::TokenKeyUnknown));
        let (key, generation) = self.keys.find(id.transpose()?, *algorithm, now).await?;
        let right = jsonwebtoken::crypto::verify(parts.signature, parts.signed, &key, *algorithm);
        if right.unwrap_or(false) { Ok(generation) } else { Err(Refused::TokenSignature) }
    }
}

impl fmt::Debug for Jwt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Jwt({}, {:?})", self.config.issuer, self.keys)
    }
}

impl<'a> Parts<'a> {
    fn split(token: &'a [u8]) -> Option<Self> {
        if token.len() > TOKEN {
            return None;
        }
        let text = std::str::from_utf8(token).ok()?;
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| {
            BASE64URL_NOPAD.decode(part.as_bytes()).ok().and_then(|json| Object::parse(&json))
        };
        let (header, claims) = (object(header)?, object(claims)?);
        Some(Self { header, claims, signed: signed.as_bytes(), signature })
    }
}

/// Gives the Bearer token. Another scheme is the application's affair.
fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let value = value.as_bytes().trim_ascii();
    let (scheme, rest) = match value.iter().position(|&byte| byte == b' ') {
        Some(space) => value.split_at_checked(space)?,
        None => (value, &[][..]),
    };
    scheme.eq_ignore_ascii_case(b"bearer").then(|| rest.trim_ascii())
}

/// Takes the pair of quotes off that a cookie's value may have ([RFC 6265, section 4.1.1]).
fn unquoted(value: &[u8]) -> &[u8] {
    let inner = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    inner.unwrap_or(value)
}
