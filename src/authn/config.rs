//! The methods by which callers may prove who they are.

use std::path::PathBuf;
use std::time::Duration;

/// The methods, tried in this order.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Methods of recognising callers.
    pub methods: Vec<Method>,
}

/// One method of recognising a caller.
#[derive(Debug, Clone)]
pub enum Method {
    /// Keys of ours, stored as hashes.
    ApiKeys {
        /// The file that `cloakroom keys api add` writes.
        file: PathBuf,
        /// Header that carries the key, lower case. Default `cloakroom-key`.
        header: String,
    },
    /// Tokens that an identity provider signs.
    Jwt(JwtConfig),
    /// Asking the application, or a proxy for single sign-on.
    ForwardAuth(ForwardAuthConfig),
}

/// What a JSON Web Token must look like.
#[derive(Debug, Clone)]
pub struct JwtConfig {
    /// What the `iss` claim must be, to the byte.
    pub issuer: String,
    /// What the `aud` claim must be, or hold.
    pub audience: String,
    /// Where the keys of the issuer are read from.
    pub jwks: JwksSource,
    /// Claim that lists groups. A name that starts with `/` is a JSON Pointer ([RFC 6901]).
    pub groups_claim: Option<String>,
    /// Claim that names the purpose.
    pub purpose_claim: Option<String>,
    /// Claims that policies may read.
    pub claims: Vec<String>,
    /// Accepted signature algorithms, such as `RS256`; never empty, never HMAC.
    pub algorithms: Vec<String>,
    /// Clock difference that is forgiven. Default 30 s.
    pub leeway: Duration,
    /// Put before the names of this issuer's users and groups, such as `partner:`. Two issuers need
    /// different prefixes: `sub` is unique within one issuer only ([RFC 7519, section 4.1.2]).
    pub prefix: String,
    /// Deadline of one fetch of the keys from a URL. Default 5 s.
    pub fetch_timeout: Duration,
    /// What a token that is no JWT, or another issuer's, means.
    pub foreign: Foreign,
    /// Where the token stands. Default `Authorization: Bearer`.
    pub from: Carrier,
}

/// Where in a request a token stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Carrier {
    /// `Authorization: Bearer` ([RFC 6750, section 2.1]).
    #[default]
    Bearer,
    /// The whole value of this header field.
    Header(String),
    /// The value of this cookie.
    Cookie(String),
}

impl JwtConfig {
    /// Gives the settings for an issuer with everything else at its default.
    pub fn new(issuer: &str, audience: &str, jwks: JwksSource) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            jwks,
            groups_claim: None,
            purpose_claim: None,
            claims: Vec::new(),
            algorithms: DEFAULT_ALGORITHMS.map(str::to_owned).to_vec(),
            leeway: Duration::from_secs(30),
            prefix: String::new(),
            fetch_timeout: Duration::from_secs(5),
            foreign: Foreign::Refuse,
            from: Carrier::Bearer,
        }
    }
}

/// Signature algorithms that are accepted when the configuration names none ([RFC 7518, section 3.1]
/// and [RFC 8037, section 3.1]).
pub const DEFAULT_ALGORITHMS: [&str; 3] = ["RS256", "ES256", "EdDSA"];

/// The header that carries an API key unless the configuration names another.
pub const DEFAULT_KEY_HEADER: &str = "cloakroom-key";

/// What a token that is no JWT, or that names another issuer, means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Foreign {
    /// A wrong credential: the request is refused.
    #[default]
    Refuse,
    /// The application's own affair: to us the caller is anonymous, and the token goes on.
    Ignore,
}

/// Where a JSON Web Key Set ([RFC 7517]) is read from.
#[derive(Debug, Clone)]
pub enum JwksSource {
    /// A file, which is read again when it changes.
    File(PathBuf),
    /// An `https` URL, or `http` on loopback.
    Url(String),
}

/// Whom to ask who a caller is, and what to make of the answer.
#[derive(Debug, Clone)]
pub struct ForwardAuthConfig {
    /// An `https` URL, or `http` on loopback.
    pub url: String,
    /// `Host` of the question, when it is not that of the URL.
    pub host: Option<String>,
    /// File of the authorities to trust, PEM. Default: the operating system's.
    pub ca: Option<PathBuf>,
    /// Cookies that are sent on. Letter case counts.
    pub cookies: Vec<String>,
    /// Headers that are sent on.
    pub headers: Vec<String>,
    /// Where in the answer the user's name stands.
    pub user: ValueSource,
    /// Where in the answer the groups stand.
    pub groups: Option<ValueSource>,
    /// Statuses that mean: not logged in. Default 401 and 403.
    pub nobody: Vec<u16>,
    /// How long an answer is remembered. Default 10 s.
    pub cache: Duration,
    /// Deadline of a question. Default 2 s.
    pub timeout: Duration,
    /// Put before the names of users and groups.
    pub prefix: String,
}

/// Where in an answer something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueSource {
    /// In this header field.
    Header(String),
    /// In the JSON body, at this JSON Pointer ([RFC 6901]).
    Json(String),
}

impl ForwardAuthConfig {
    /// Gives the settings for a URL with everything else at its default; what to send on is for the
    /// caller to add.
    pub fn new(url: &str, user: ValueSource) -> Self {
        Self {
            url: url.to_owned(),
            host: None,
            ca: None,
            cookies: Vec::new(),
            headers: Vec::new(),
            user,
            groups: None,
            nobody: NOBODY.to_vec(),
            cache: Duration::from_secs(10),
            timeout: Duration::from_secs(2),
            prefix: String::new(),
        }
    }
}

/// Statuses that mean "not logged in" when the configuration names none ([RFC 9110, section 15.5]).
pub const NOBODY: [u16; 2] = [401, 403];
