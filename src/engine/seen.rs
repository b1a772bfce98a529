//! What was shown to whom, so that posting it back unchanged changes nothing.
//!
//! A caller who was shown a token or a mask may send it back on the same route, in a field of the same
//! class: it stands for the value that it stood for when it was shown. Kept in memory for an hour, as keyed hashes of
//! caller, class and text; the hash's key is made anew with every process. No value is in here.
//!
//! Passing a token on gives its sender nothing: no reference is added to its record.

use std::fmt;
use std::net::IpAddr;

use quick_cache::sync::Cache;
use sha2::Digest;
use sha2::Sha256;

use crate::base::ClassCode;
use crate::base::PrincipalKind;
use crate::base::TenantId;
use crate::base::Timestamp;
use crate::engine::Exchange;
use crate::token::Token;

/// How many texts are remembered, each for its route and for all; then those go that were not asked for.
const ENTRIES: usize = 2 * 100_000;

/// Of one message so many tokens and masks are remembered.
pub(super) const REMEMBERED: usize = 4096;

/// Bytes of a body that are looked through for tokens that stay.
const LOOKED_AT: usize = 1024 * 1024;

/// For how long, in microseconds: an hour.
const KEPT: u64 = 3600 * 1_000_000;

/// What a text stood for when it was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookup {
    /// One value, whose token this is.
    One(Token),
    /// Several values: nobody can tell which.
    Several,
}

/// A token or a mask, and the class of what it stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'t> {
    pub(super) code: ClassCode,
    pub(super) text: &'t str,
}

/// Where something was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// On the route of this exchange.
    Here,
    /// On any route of the tenant.
    Anywhere,
}

/// What was shown. Shared by all cores of a process.
pub struct SeenTokens {
    key: [u8; 32],
    shown: Cache<[u8; 16], (Lookup, Timestamp)>,
}

impl Default for SeenTokens {
    fn default() -> Self {
        let mut key = [0; 32];
        // Without a key the hashes could be guessed from a dump of memory, which holds more anyway.
        let _random = aws_lc_rs::rand::fill(&mut key);
        Self { key, shown: Cache::new(ENTRIES) }
    }
}

impl fmt::Debug for SeenTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SeenTokens(…)")
    }
}

impl SeenTokens {
    /// Remembers that a caller was shown this text in the place of the token's value.
    pub(super) fn add(&self, exchange: &Exchange<'_>, text: &str, token: Token, now: Timestamp) {
        for scope in [Scope::Here, Scope::Anywhere] {
            let name = self.name(exchange, Shown { code: token.code(), text }, scope);
            let meaning = match self.at(&name, now) {
                Some(Lookup::One(known)) if known == token => Lookup::One(token),
                Some(_) => Lookup::Several,
                None => Lookup::One(token),
            };
            self.shown.insert(name, (meaning, now));
        }
    }

    /// What a text stood for when this caller was shown it.
    pub(super) fn find(
        &self,
        exchange: &Exchange<'_>,
        shown: Shown<'_>,
        scope: Scope,
        now: Timestamp,
    ) -> Option<Lookup> {
        self.at(&self.name(exchange, shown, scope), now)
    }

    /// Remembers the tokens that stand in bytes which go to a caller as they are: they were shown,
    /// for whatever reason they stayed. Looks at the first MiB.
    pub(super) fn add_all(&self, exchange: &Exchange<'_>, bytes: &[u8], now: Timestamp) {
        let beginning = bytes.get(..LOOKED_AT).unwrap_or(bytes);
        for (_, token) in exchange.tokenizer.find(beginning).into_iter().take(REMEMBERED) {
            self.add(exchange, token.as_str(), token, now);
        }
    }

    fn at(&self, name: &[u8; 16], now: Timestamp) -> Option<Lookup> {
        let (meaning, since) = self.shown.get(name)?;
        (now.0.saturating_sub(since.0) <= KEPT).then_some(meaning)
    }

    fn name(&self, exchange: &Exchange<'_>, shown: Shown<'_>, scope: Scope) -> [u8; 16] {
        let mut hasher = Sha256::new();
        let mut add = |part: &[u8]| {
            hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part);
        };
        let tenant: &TenantId = &exchange.route.tenant;
        let principal = exchange.principal;
        add(&self.key);
        add(tenant.as_str().as_bytes());
        // Another route may show what this one hides: a token that was seen here opens nothing there.
        let route = exchange.route.id.as_str();
        add(if scope == Scope::Here { route.as_bytes() } else { b"" });
        match principal.kind() {
            PrincipalKind::Anonymous => match exchange.source {
                IpAddr::V4(address) => add(&address.octets()),
                IpAddr::V6(address) => add(&address.octets()),
            },
            PrincipalKind::User => {
                add(b"user");
                add(principal.id().as_bytes());
            }
            PrincipalKind::Service => {
                add(b"service");
                add(principal.id().as_bytes());
            }
        }
        add(&shown.code.bytes());
        add(shown.text.as_bytes());
        let hash: [u8; 32] = hasher.finalize().into();
        let mut name = [0; 16];
        name.copy_from_slice(hash.get(..16).unwrap_or(&[0; 16]));
        name
    }
}
