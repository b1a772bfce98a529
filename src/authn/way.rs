//! One configured way to recognise a caller: its files, and what it finds in a request.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;

use super::Fetch;
use super::KeySet;
use super::PURPOSE_HEADER;
use super::Refreshed;
use super::Refused;
use super::api_key::ApiKeys;
use super::config::JwksSource;
use super::config::JwtConfig;
use super::config::Way as Configured;
use super::jwks::Keys;
use super::jwks::Source;
use super::jwt::Jwt;
use crate::base::Diagnostic;
use crate::base::Live;
use crate::base::Principal;
use crate::base::Purpose;
use crate::base::Timestamp;
use crate::net::Others;
use crate::net::others_may;

/// Headers that an API key cannot travel in: they mean something else, and would be taken off.
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

/// What a way found in a request.
pub(super) enum Found {
    /// No credential for this way.
    Nothing,
    /// A credential that another way may know better.
    Foreign(Refused),
    /// A caller, and the purpose that the credential names.
    Caller(Principal, Option<Purpose>),
}

/// A way, ready to be used.
#[derive(Debug)]
pub(super) enum Way {
    ApiKeys { file: PathBuf, header: HeaderName, keys: Live<ApiKeys> },
    Jwt(Box<Jwt>),
}

/// What a file holds now.
pub(super) enum Fresh {
    ApiKeys(ApiKeys),
    KeySet(KeySet),
}

impl Way {
    pub(super) fn load(
        place: &str,
        way: &Configured,
        fetch: &Fetch,
    ) -> Result<Self, Vec<Diagnostic>> {
        match way {
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
        }
    }

    pub(super) async fn find(&self, headers: &HeaderMap, now: Timestamp) -> Result<Found, Refused> {
        match self {
            Self::Jwt(jwt) => jwt.find(headers, now).await,
            Self::ApiKeys { header, keys, .. } => {
                let mut values = headers.get_all(header).iter();
                let Some(value) = values.next() else { return Ok(Found::Nothing) };
                if values.next().is_some() {
                    return Err(Refused::CredentialRepeated);
                }
                match keys.snapshot().check(value.as_bytes(), now)? {
                    Some(principal) => Ok(Found::Caller(principal, None)),
                    None => Ok(Found::Foreign(Refused::ApiKeyUnknown)),
                }
            }
        }
    }

    /// The header that belongs to us alone.
    pub(super) fn header(&self) -> Option<&HeaderName> {
        match self {
            Self::ApiKeys { header, .. } => Some(header),
            Self::Jwt(_) => None,
        }
    }

    /// The challenge of this way. `Bearer` is that of [RFC 6750, section 3]; API keys have a scheme
    /// of ours, which names the header they travel in.
    pub(super) fn challenge(&self) -> Option<HeaderValue> {
        match self {
            Self::ApiKeys { header, .. } => {
                let text = format!("Cloakroom-Key realm=\"cloakroom\", header=\"{header}\"");
                // A name of a header is visible ASCII, so this is a value.
                HeaderValue::from_str(&text).ok()
            }
            Self::Jwt(_) => Some(HeaderValue::from_static("Bearer realm=\"cloakroom\"")),
        }
    }

    pub(super) async fn refresh(&self, now: Timestamp) -> Option<Refreshed> {
        match self {
            Self::ApiKeys { .. } => None,
            Self::Jwt(jwt) => jwt.keys.refresh(now).await,
        }
    }

    pub(super) fn is_ready(&self, now: Timestamp) -> bool {
        match self {
            Self::ApiKeys { .. } => true,
            Self::Jwt(jwt) => jwt.keys.generation(now).is_some(),
        }
    }

    pub(super) fn ignores_foreign(&self) -> bool {
        match self {
            Self::ApiKeys { .. } => false,
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
        }
    }

    pub(super) fn read(&self) -> Result<Option<Fresh>, Vec<Diagnostic>> {
        match self {
            Self::ApiKeys { file, .. } => Ok(Some(Fresh::ApiKeys(read_api_keys(file)?))),
            Self::Jwt(jwt) => match &jwt.keys.source {
                Source::File(file) => Ok(Some(Fresh::KeySet(read_key_set(file)?))),
                Source::Url(..) => Ok(None),
            },
        }
    }

    pub(super) fn replace(&self, content: Option<Fresh>) {
        match (self, content) {
            (Self::ApiKeys { keys, .. }, Some(Fresh::ApiKeys(new))) => keys.replace(new),
            (Self::Jwt(jwt), Some(Fresh::KeySet(new))) => jwt.keys.replace(new, None),
            (Self::ApiKeys { .. } | Self::Jwt(_), _) => (),
        }
    }
}

fn header_name(place: &str, name: &str) -> Result<HeaderName, Diagnostic> {
    let mistake = |message: &str| Diagnostic::error(place, message).showing(name);
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        let hint = "the header is taken off before forwarding; take one of its own";
        return Err(mistake("an API key cannot travel in this header").hinting(hint));
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
        return Err(vec![Diagnostic::error(&name, "others could change it").hinting("chmod go-w")]);
    }
    ApiKeys::parse(&name, &text)
}

fn read_key_set(file: &Path) -> Result<KeySet, Vec<Diagnostic>> {
    let name = file.display().to_string();
    let json = fs::read(file).map_err(|error| vec![unreadable(&name, &error)])?;
    KeySet::parse(&json).map_err(|error| vec![Diagnostic::error(&name, error.to_string())])
}

fn unreadable(name: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(name, format!("cannot be read: {}", error.kind()))
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
    let jwt = keys.map(|keys| Jwt::new(config.clone(), keys));
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

/// Whether nobody on the way can put other keys in place of those at this URL.
fn is_safe(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => loopback,
        Some(_) | None => false,
    }
}
