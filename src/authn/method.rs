//! One configured method to recognise a caller: its files, and what it finds in a request.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use http::HeaderName;
use http::HeaderValue;

use super::Fetch;
use super::KeySet;
use super::PURPOSE_HEADER;
use super::Refreshed;
use super::Refused;
use super::api_key::ApiKeys;
use super::config::Carrier;
use super::config::JwksSource;
use super::config::JwtConfig;
use super::config::Method as Configured;
use super::forward_auth;
use super::forward_auth::ForwardAuth;
use super::head::Head;
use super::jwks::Keys;
use super::jwks::Source;
use super::jwt::Jwt;
use super::jwt::Place;
use crate::base::Diagnostic;
use crate::base::Live;
use crate::base::Principal;
use crate::base::Purpose;
use crate::base::Timestamp;
use crate::net::Others;
use crate::net::others_may;

/// Headers that no credential of ours travels in: they mean something else.
const RESERVED: [&str; 9] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "te",
    "transfer-encoding",
    PURPOSE_HEADER,
];

/// What a method found in a request.
pub(super) enum Found {
    /// No credential for this method.
    Nothing,
    /// A credential that another method may know better.
    Foreign(Refused),
    /// A caller, and the purpose that the credential names.
    Caller(Principal, Option<Purpose>),
}

/// A method, ready to be used.
#[derive(Debug)]
pub(super) enum Method {
    ApiKeys { file: PathBuf, header: HeaderName, keys: Live<ApiKeys> },
    Jwt(Box<Jwt>),
    ForwardAuth(Box<ForwardAuth>),
}

/// What a file holds now.
pub(super) enum Fresh {
    ApiKeys(ApiKeys),
    KeySet(KeySet),
}

impl Method {
    pub(super) fn load(
        place: &str,
        method: &Configured,
        fetch: &Fetch,
    ) -> Result<Self, Vec<Diagnostic>> {
        match method {
            Configured::ApiKeys { file, header } => {
                let header = header_name(place, header).map_err(|mistake| vec![mistake]);
                let keys = read_api_keys(file);
                match (header, keys) {
                    (Ok(header), Ok(keys)) => {
                        Ok(Self::ApiKeys { file: file.clone(), header, keys: Live::new(keys) })
                    }
                    (header, keys) => {
                        Err(header.err().into_iter().chain(keys.err()).flatten().collect())
                    }
                }
            }
            Configured::Jwt(config) => Ok(Self::Jwt(Box::new(jwt(place, config, fetch)?))),
            Configured::ForwardAuth(config) => {
                Ok(Self::ForwardAuth(Box::new(forward_auth::load(place, config, fetch)?)))
            }
        }
    }

    pub(super) async fn find(&self, head: Head<'_>, now: Timestamp) -> Result<Found, Refused> {
        match self {
            Self::Jwt(jwt) => jwt.find(head, now).await,
            Self::ForwardAuth(asked) => asked.find(head, now).await,
            Self::ApiKeys { header, keys, .. } => {
                let Some(value) = head.field(header)? else { return Ok(Found::Nothing) };
                match keys.snapshot().check(value.as_bytes(), now)? {
                    Some(principal) => Ok(Found::Caller(principal, None)),
                    None => Ok(Found::Foreign(Refused::ApiKeyUnknown)),
                }
            }
        }
    }

    /// Gives the caller who holds an API key; none when this method knows no such key.
    pub(super) fn key(
        &self,
        key: &HeaderValue,
        now: Timestamp,
    ) -> Result<Option<Principal>, Refused> {
        match self {
            Self::ApiKeys { keys, .. } => keys.snapshot().check(key.as_bytes(), now),
            Self::Jwt(_) | Self::ForwardAuth(_) => Ok(None),
        }
    }

    /// The header that belongs to us alone.
    pub(super) fn header(&self) -> Option<&HeaderName> {
        match self {
            Self::ApiKeys { header, .. } => Some(header),
            Self::Jwt(_) | Self::ForwardAuth(_) => None,
        }
    }

    /// The challenge of this method. `Bearer` is that of [RFC 6750, section 3]; API keys, and tokens
    /// elsewhere, have a scheme of ours, which names what they travel in.
    pub(super) fn challenge(&self) -> Option<HeaderValue> {
        match self {
            Self::ApiKeys { header, .. } => ours("Key", "header", header.as_str()),
            Self::Jwt(jwt) => match jwt.place() {
                Place::Bearer => Some(HeaderValue::from_static("Bearer realm=\"cloakroom\"")),
                Place::Header(name) => ours("Token", "header", name.as_str()),
                Place::Cookie(name) => ours("Token", "cookie", name),
            },
            // How to log in there is the application's affair.
            Self::ForwardAuth(_) => None,
        }
    }

    pub(super) async fn refresh(&self, now: Timestamp) -> Option<Refreshed> {
        match self {
            Self::ApiKeys { .. } | Self::ForwardAuth(_) => None,
            Self::Jwt(jwt) => jwt.keys.refresh(now).await,
        }
    }

    pub(super) fn is_ready(&self, now: Timestamp) -> bool {
        match self {
            Self::ApiKeys { .. } | Self::ForwardAuth(_) => true,
            Self::Jwt(jwt) => jwt.keys.generation(now).is_some(),
        }
    }

    pub(super) fn ignores_foreign(&self) -> bool {
        match self {
            Self::ApiKeys { .. } | Self::ForwardAuth(_) => false,
            Self::Jwt(jwt) => jwt.ignores_foreign(),
        }
    }

    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::ApiKeys { file, .. } => Some(file),
            Self::Jwt(jwt) => match &jwt.keys.source {
                Source::File(file) => Some(file),
                Source::Url(..) => None,
            },
            Self::ForwardAuth(_) => None,
        }
    }

    pub(super) fn read(&self) -> Result<Option<Fresh>, Vec<Diagnostic>> {
        match self {
            Self::ApiKeys { file, .. } => Ok(Some(Fresh::ApiKeys(read_api_keys(file)?))),
            Self::Jwt(jwt) => match &jwt.keys.source {
                Source::File(file) => Ok(Some(Fresh::KeySet(read_key_set(file)?))),
                Source::Url(..) => Ok(None),
            },
            Self::ForwardAuth(_) => Ok(None),
        }
    }

    pub(super) fn replace(&self, content: Option<Fresh>) {
        match (self, content) {
            (Self::ApiKeys { keys, .. }, Some(Fresh::ApiKeys(new))) => keys.replace(new),
            (Self::Jwt(jwt), Some(Fresh::KeySet(new))) => jwt.keys.replace(new, None),
            (Self::ApiKeys { .. } | Self::Jwt(_) | Self::ForwardAuth(_), _) => (),
        }
    }
}

/// A challenge in a scheme of ours. Names of headers and cookies are visible ASCII without quotes, so
/// this is a value.
fn ours(scheme: &str, kind: &str, name: &str) -> Option<HeaderValue> {
    let text = format!("Cloakroom-{scheme} realm=\"cloakroom\", {kind}=\"{name}\"");
    HeaderValue::from_str(&text).ok()
}

fn header_name(place: &str, name: &str) -> Result<HeaderName, Diagnostic> {
    let hint = "the header is taken off before forwarding; take one of its own";
    free_header(place, name, "an API key cannot travel in this header", hint)
}

/// The name of a header that has no other use.
pub(super) fn free_header(
    place: &str,
    name: &str,
    taken: &str,
    hint: &str,
) -> Result<HeaderName, Diagnostic> {
    let mistake = |message: &str| Diagnostic::error(place, message).showing(name);
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        return Err(mistake(taken).hinting(hint));
    }
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| mistake("not a name of a header"))
}

fn read_api_keys(file: &Path) -> Result<ApiKeys, Vec<Diagnostic>> {
    let name = file.display().to_string();
    let read = fs::metadata(file).and_then(|found| Ok((found, fs::read_to_string(file)?)));
    let (metadata, text) = read.map_err(|error| {
        let hint = "`cloakroom keys api add NAME --group GROUP` makes it";
        vec![unreadable(&name, &error).hinting(hint)]
    })?;
    // It holds hashes of long random keys: to read it gains nobody anything. Who may change it may
    // let anybody in.
    if others_may(&metadata) == Others::Change {
        let hint = format!("`chmod go-w {name}`");
        return Err(vec![Diagnostic::error(&name, "others could change it").hinting(hint)]);
    }
    ApiKeys::parse(&name, &text)
}

fn read_key_set(file: &Path) -> Result<KeySet, Vec<Diagnostic>> {
    let name = file.display().to_string();
    let json = fs::read(file).map_err(|error| vec![unreadable(&name, &error)])?;
    KeySet::parse(&json).map_err(|error| vec![Diagnostic::error(&name, error.to_string())])
}

fn unreadable(name: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(name, format!("cannot be read: {error}"))
}

fn jwt(place: &str, config: &JwtConfig, fetch: &Fetch) -> Result<Jwt, Vec<Diagnostic>> {
    let mut mistakes = Vec::new();
    let mut wrong = |message: &str, shown: &str| {
        mistakes.push(Diagnostic::error(place, message).showing(shown));
    };
    if config.issuer.is_empty() || config.audience.is_empty() {
        wrong("issuer and audience must not be empty", "");
    }
    if config.algorithms.is_empty() {
        wrong("at least one algorithm must be accepted", "");
    }
    let keys = match &config.jwks {
        JwksSource::File(file) => match read_key_set(file) {
            Ok(keys) => Some(Keys::new(Source::File(file.clone()), config.fetch_timeout, keys)),
            Err(more) => {
                mistakes.extend(more);
                None
            }
        },
        JwksSource::Url(url) => {
            if !is_safe(url) {
                wrong("keys are fetched over https, or over http from this machine", url);
            }
            let source = Source::Url(url.clone(), Fetch::clone(fetch));
            Some(Keys::new(source, config.fetch_timeout, KeySet::default()))
        }
    };
    let from = match carrier(place, &config.from) {
        Ok(from) => Some(from),
        Err(mistake) => {
            mistakes.push(mistake);
            None
        }
    };
    let jwt = keys.zip(from).map(|(keys, from)| Jwt::new(config.clone(), keys, from));
    match jwt {
        Some(Ok(jwt)) if mistakes.is_empty() => return Ok(jwt),
        Some(Err(which)) => {
            let name = config.algorithms.get(which).map_or("", String::as_str);
            let hint = "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and EdDSA are";
            let message = "not an algorithm whose signatures prove who signed";
            mistakes.push(Diagnostic::error(place, message).showing(name).hinting(hint));
        }
        Some(Ok(_)) | None => (),
    }
    Err(mistakes)
}

fn carrier(place: &str, from: &Carrier) -> Result<Place, Diagnostic> {
    match from {
        Carrier::Bearer => Ok(Place::Bearer),
        Carrier::Header(name) => {
            let hint = "without `from`, tokens are read from `Authorization: Bearer`";
            free_header(place, name, "a token cannot travel in this header", hint)
                .map(Place::Header)
        }
        Carrier::Cookie(name) if is_cookie_name(name) => Ok(Place::Cookie(name.clone())),
        Carrier::Cookie(name) => {
            Err(Diagnostic::error(place, "not a name of a cookie").showing(name))
        }
    }
}

/// Whether a cookie can have this name: a token of [RFC 9110, section 5.6.2] ([RFC 6265, section
/// 4.1.1]).
pub(crate) fn is_cookie_name(name: &str) -> bool {
    let of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(of_token)
}

/// Whether nobody on the way can put something else in place of what is at this URL.
pub(super) fn is_safe(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else { return false };
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return false;
    }
    let host = uri.host().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => loopback,
        Some(_) | None => false,
    }
}
