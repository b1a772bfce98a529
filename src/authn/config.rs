//! The ways in which callers may prove who they are.

use std::path::PathBuf;
use std::time::Duration;

/// The ways, tried in this order.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Ways to recognise a caller.
    pub ways: Vec<Way>,
}

/// One way to recognise a caller.
#[derive(Debug, Clone)]
pub enum Way {
    /// Keys of ours, stored as hashes.
    ApiKeys {
        /// The file that `cloakroom keys api add` writes.
        file: PathBuf,
        /// Header that carries the key, lower case. Default `cloakroom-key`.
        header: String,
    },
    /// Tokens that an identity provider signs.
    Jwt(JwtConfig),
}

/// What a JSON Web Token must look like.
#[derive(Debug, Clone)]
pub struct JwtConfig {
    /// The `iss` claim.
    pub issuer: String,
    /// The `aud` claim.
    pub audience: String,
    /// Where the keys are.
    pub jwks: JwksSource,
    /// Claim that lists groups.
    pub groups_claim: Option<String>,
    /// Claim that names the purpose.
    pub purpose_claim: Option<String>,
    /// Claims that policies may read.
    pub claims: Vec<String>,
    /// Accepted signature algorithms, such as `RS256`; never empty, never HMAC.
    pub algorithms: Vec<String>,
    /// Clock difference that is forgiven. Default 30 s.
    pub leeway: Duration,
}

/// Where a JSON Web Key Set ([RFC 7517]) is read from.
#[derive(Debug, Clone)]
pub enum JwksSource {
    /// A file, watched.
    File(PathBuf),
    /// An `https` URL, or `http` on loopback.
    Url(String),
}
