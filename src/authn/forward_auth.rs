//! Forward-auth: the application, or a proxy for single sign-on, is asked who the caller is, with the
//! caller's own credentials.
//!
//! Only configured cookies and headers are sent on. What comes back is believed, what the caller sends
//! under the same names is not looked at. A caller who has none of the credentials is not asked about.
//! Nobody becomes anonymous because something fails: no answer, or an unclear one, is a refusal.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use http::header::COOKIE;
use http::header::HOST;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::Digest as _;
use sha2::Sha256;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Fetch;
use super::Refused;
use super::config;
use super::config::ForwardAuthConfig;
use super::fetch::FetchRequest;
use super::head::Head;
use super::identity_response::IdentityMapping;
use super::identity_response::IdentityResponse;
use super::identity_response::ValueSource;
use super::jwks::FetchError;
use super::method::Found;
use super::method::free_header;
use super::method::is_cookie_name;
use super::method::is_safe;
use crate::base::Diagnostic;
use crate::base::Live;
use crate::base::Principal;
use crate::base::Timestamp;
use crate::crypto::length_prefixed;

/// Longest answer that is read, in bytes.
const ANSWER_BYTES: usize = 64 * 1024;
/// Bytes that remembered callers of one method may take, about.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;
/// Different credentials that are asked about at once; more wait within the deadline.
const CONCURRENT_REQUESTS: usize = 64;
/// Different credentials that wait at once and share an answer among equals.
const IN_FLIGHT: usize = 4096;

/// One place that knows the callers.
pub(super) struct ForwardAuth {
    url: String,
    host: Option<HeaderValue>,
    ca: Option<PathBuf>,
    cookies: Vec<String>,
    headers: Vec<HeaderName>,
    mapping: IdentityMapping,
    /// Statuses that say: not logged in.
    nobody: Vec<u16>,
    cache_time: Duration,
    deadline: Duration,
    fetch: Fetch,
    cache: AnswerCache,
}

/// Callers that were recognised a short while ago, by a keyed hash of all credentials that were sent.
/// The key is made anew with every process.
struct AnswerCache {
    key: [u8; 32],
    answers: Cache<[u8; 32], CachedAnswer, ByBytes>,
    in_flight: Cache<[u8; 32], Arc<InFlight>>,
    slots: Semaphore,
}

impl Default for AnswerCache {
    fn default() -> Self {
        let mut key = [0; 32];
        // Without a key the hashes could be guessed from a dump of memory, which holds more anyway.
        let _random = aws_lc_rs::rand::fill(&mut key);
        Self {
            key,
            answers: Cache::with_weighter(4096, CACHE_BYTES, ByBytes),
            in_flight: Cache::new(IN_FLIGHT),
            slots: Semaphore::new(CONCURRENT_REQUESTS),
        }
    }
}

#[derive(Clone)]
struct CachedAnswer {
    principal: Principal,
    /// When the request was sent, not when the answer came.
    asked: Timestamp,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<[u8; 32], CachedAnswer> for ByBytes {
    fn weight(&self, _: &[u8; 32], known: &CachedAnswer) -> u64 {
        let groups = known.principal.groups().iter().map(|group| group.len() + 32);
        let bytes = 512 + known.principal.id().len() + groups.sum::<usize>();
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

/// `Ok(None)` is nobody.
type Outcome = Result<Option<Principal>, Refused>;

/// A request that is under way; whoever brings the same credentials meanwhile waits for its outcome.
struct InFlight {
    asking: Semaphore,
    outcome: Live<Option<Outcome>>,
}

/// What is sent on of a request, and the name that it is remembered by.
struct Credentials {
    fields: HeaderMap,
    name: [u8; 32],
    /// Whether a browser may have added it of its own accord.
    ambient: bool,
}

impl ForwardAuth {
    /// Asks who the caller is, unless they bring nothing to ask with.
    pub(super) async fn find(&self, head: Head<'_>, now: Timestamp) -> Result<Found, Refused> {
        let elsewhere = head.is_of_another_site();
        let credentials = match self.credentials(head) {
            Err(_) if elsewhere => return Ok(Found::Nothing),
            Err(refused) => return Err(refused),
            Ok(None) => return Ok(Found::Nothing),
            Ok(Some(found)) if elsewhere && found.ambient => return Ok(Found::Nothing),
            Ok(Some(found)) => found,
        };
        let principal = self.identity_of(credentials, now).await?;
        Ok(principal.map_or(Found::Nothing, |principal| Found::Caller(principal, None)))
    }

    /// The configured cookies and headers, each at most once; an empty one is none.
    fn credentials(&self, head: Head<'_>) -> Result<Option<Credentials>, Refused> {
        let (mut fields, mut line) = (HeaderMap::new(), Vec::new());
        let mut hash = Sha256::new_with_prefix(self.cache.key);
        let mut add = |kind: &[u8], name: &[u8], value: &[u8]| {
            hash.update(kind);
            hash.update(length_prefixed(name));
            hash.update(length_prefixed(value));
        };
        for name in &self.cookies {
            let Some(value) = head.cookie(name)?.filter(|value| !value.is_empty()) else {
                continue;
            };
            add(b"cookie", name.as_bytes(), value);
            let separator: &[u8] = if line.is_empty() { b"" } else { b"; " };
            line.extend([separator, name.as_bytes(), b"=", value].concat());
        }
        let mut ambient = !line.is_empty();
        if let Some(line) = HeaderValue::from_bytes(&line).ok().filter(|line| !line.is_empty()) {
            fields.insert(COOKIE, line);
        }
        for name in &self.headers {
            let Some(value) = head.field(name)?.filter(|value| !value.is_empty()) else { continue };
            add(b"header", name.as_str().as_bytes(), value.as_bytes());
            ambient |= name != AUTHORIZATION || !is_bearer(value);
            fields.insert(name.clone(), value.clone());
        }
        for value in fields.values_mut() {
            value.set_sensitive(true);
        }
        let name = hash.finalize().into();
        Ok((!fields.is_empty()).then_some(Credentials { fields, name, ambient }))
    }

    /// Gives what is known, or asks once for all who want to know the same meanwhile.
    async fn identity_of(&self, credentials: Credentials, now: Timestamp) -> Outcome {
        let Credentials { fields, name, .. } = credentials;
        if let Some(principal) = self.cached(&name, now) {
            return Ok(Some(principal));
        }
        let new = || Ok(Arc::new(InFlight { asking: Semaphore::new(1), outcome: Live::new(None) }));
        let in_flight = self.cache.in_flight.get_or_insert_with(&name, new);
        let in_flight = in_flight.unwrap_or_else(|never: std::convert::Infallible| match never {});
        let Ok(Ok(_asking)) = timeout(2 * self.deadline, in_flight.asking.acquire()).await else {
            return Err(Refused::ForwardAuthUnreachable);
        };
        // Whoever asked before has asked for us, too, unless their client went away.
        if let Some(outcome) = &*in_flight.outcome.snapshot() {
            return outcome.clone();
        }
        if let Some(principal) = self.cached(&name, now) {
            return Ok(Some(principal));
        }
        let outcome = self.ask(fields).await;
        if let Ok(Some(principal)) = &outcome {
            let known = CachedAnswer { principal: principal.clone(), asked: now };
            self.cache.answers.insert(name, known);
        }
        in_flight.outcome.replace(Some(outcome.clone()));
        self.cache.in_flight.remove(&name);
        outcome
    }

    fn cached(&self, name: &[u8; 32], now: Timestamp) -> Option<Principal> {
        let known = self.cache.answers.get(name)?;
        // A clock that was set back keeps nobody logged in.
        let age = Duration::from_micros(now.0.checked_sub(known.asked.0)?);
        (age < self.cache_time).then_some(known.principal)
    }

    async fn ask(&self, mut headers: HeaderMap) -> Outcome {
        if let Some(host) = &self.host {
            headers.insert(HOST, host.clone());
        }
        let (url, ca) = (self.url.clone(), self.ca.clone());
        let request = FetchRequest { url, headers, ca, limit: ANSWER_BYTES };
        let answered = async {
            let _slot = self.cache.slots.acquire().await.map_err(|_| FetchError::Unreachable)?;
            (self.fetch)(request).await
        };
        let answer = match timeout(self.deadline, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(FetchError::TooLarge)) => return Err(Refused::ForwardAuthAnswer),
            Ok(Err(_)) | Err(_) => return Err(Refused::ForwardAuthUnreachable),
        };
        if self.nobody.contains(&answer.status().as_u16()) {
            return Ok(None);
        }
        if !answer.status().is_success() {
            return Err(Refused::ForwardAuthStatus);
        }
        match self.mapping.read(&answer) {
            IdentityResponse::Somebody(principal) => Ok(Some(principal)),
            IdentityResponse::Nobody => Ok(None),
            IdentityResponse::Unclear => Err(Refused::ForwardAuthAnswer),
        }
    }
}

impl fmt::Debug for ForwardAuth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ForwardAuth({})", self.url)
    }
}

/// Makes the method; refuses with all mistakes of its configuration.
pub(super) fn load(
    place: &str,
    config: &ForwardAuthConfig,
    fetch: &Fetch,
) -> Result<ForwardAuth, Vec<Diagnostic>> {
    let mut mistakes = Vec::new();
    if !is_safe(&config.url) {
        let message = "callers are asked about over https, or over http on this machine";
        mistakes.push(Diagnostic::error(place, message));
    }
    if config.cookies.is_empty() && config.headers.is_empty() {
        let message = "no cookie and no header to ask with";
        mistakes.push(Diagnostic::error(place, message).hinting("name one in `cookies`"));
    }
    for name in config.cookies.iter().filter(|name| !is_cookie_name(name)) {
        mistakes.push(Diagnostic::error(place, "not a name of a cookie").showing(name));
    }
    let mut named = |name: &str| match sent_header(place, name) {
        Ok(name) => Some(name),
        Err(mistake) => {
            mistakes.push(mistake);
            None
        }
    };
    let headers = config.headers.iter().filter_map(|name| named(name)).collect();
    let mut pick = |pick: &config::ValueSource| match pick {
        config::ValueSource::Json(pointer) => Some(ValueSource::Json(pointer.clone())),
        config::ValueSource::Header(name) => named(name).map(ValueSource::Header),
    };
    let user = pick(&config.user);
    let groups = config.groups.as_ref().and_then(&mut pick);
    let host = config.host.as_ref().map(|host| HeaderValue::from_str(host));
    let Ok(host) = host.transpose() else {
        let mistake = Diagnostic::error(place, "not a host");
        mistakes.push(mistake.showing(config.host.as_deref().unwrap_or_default()));
        return Err(mistakes);
    };
    let Some(user) = user.filter(|_| mistakes.is_empty()) else { return Err(mistakes) };
    Ok(ForwardAuth {
        url: config.url.clone(),
        host,
        ca: config.ca.clone(),
        cookies: config.cookies.clone(),
        headers,
        mapping: IdentityMapping { user, groups, prefix: config.prefix.clone() },
        nobody: config.nobody.clone(),
        cache_time: config.cache,
        deadline: config.timeout,
        fetch: Fetch::clone(fetch),
        cache: AnswerCache::default(),
    })
}

/// A header whose value may be sent on or read: `Authorization`, and those without another use.
fn sent_header(place: &str, name: &str) -> Result<HeaderName, Diagnostic> {
    if name.eq_ignore_ascii_case(AUTHORIZATION.as_str()) {
        return Ok(AUTHORIZATION);
    }
    let hint = "cookies have a list of their own, `cookies`";
    free_header(place, name, "forward-auth cannot use this header", hint)
}

fn is_bearer(value: &HeaderValue) -> bool {
    let scheme = value.as_bytes().get(..7);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer "))
}
