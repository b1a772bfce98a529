//! Who is calling.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a helper of tests fails as a test does"
)]

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature;
use aws_lc_rs::signature::EcdsaKeyPair;
use aws_lc_rs::signature::Ed25519KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use aws_lc_rs::signature::RsaKeyPair;
use cloakroom::authn::ApiKeyFile;
use cloakroom::authn::Authenticator;
use cloakroom::authn::Fetch;
use cloakroom::authn::FetchError;
use cloakroom::authn::Identity;
use cloakroom::authn::Refused;
use cloakroom::authn::config::Config;
use cloakroom::authn::config::JwksSource;
use cloakroom::authn::config::JwtConfig;
use cloakroom::authn::config::Method;
use cloakroom::base::Timestamp;
use data_encoding::BASE64URL_NOPAD;
use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use serde_json::Value;
use serde_json::json;

mod api_keys;
mod jwt;
mod rotation;
mod purpose;
mod order;
mod carried;
mod forward_auth;
mod canaries;
mod documented;

/// 2026-11-22T20:15:30Z.
const NOW: Timestamp = Timestamp(1_795_378_530_000_000);
const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "shop";

fn later(seconds: u64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1_000_000)
}

/// A key of an identity provider.
enum Signer {
    Rsa(Box<RsaKeyPair>),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Signer {
    fn rsa() -> Self {
        Self::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    fn ec() -> Self {
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        Self::Ec(EcdsaKeyPair::generate(algorithm).unwrap())
    }

    fn ed() -> Self {
        Self::Ed(Ed25519KeyPair::generate().unwrap())
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::Ec(_) => "ES256",
            Self::Ed(_) => "EdDSA",
        }
    }

    fn public(&self) -> Vec<u8> {
        match self {
            Self::Rsa(key) => key.public_key().as_ref().to_vec(),
            Self::Ec(key) => key.public_key().as_ref().to_vec(),
            Self::Ed(key) => key.public_key().as_ref().to_vec(),
        }
    }

    /// The public key as a JWK.
    fn jwk(&self, id: &str) -> Value {
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let public = self.public();
        match self {
            Self::Rsa(_) => {
                let (n, e) = rsa_numbers(&public);
                json!({"kty": "RSA", "kid": id, "use": "sig", "n": text(n), "e": text(e)})
            }
            Self::Ec(_) => json!({"kty": "EC", "kid": id, "crv": "P-256",
                "x": text(&public[1..33]), "y": text(&public[33..])}),
            Self::Ed(_) => json!({"kty": "OKP", "kid": id, "crv": "Ed25519", "x": text(&public)}),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                let padding = &signature::RSA_PKCS1_SHA256;
                key.sign(padding, &random, message, &mut signature).unwrap();
                signature
            }
            Self::Ec(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed(key) => key.sign(message).as_ref().to_vec(),
        }
    }

    /// A token with these claims, signed with this key under this id.
    fn token(&self, id: &str, claims: &Value) -> String {
        self.token_with(&json!({"alg": self.algorithm(), "typ": "JWT", "kid": id}), claims)
    }

    fn token_with(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let signature = BASE64URL_NOPAD.encode(&self.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let text = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!("{}.{}", text(header), text(claims))
}

/// Reads modulus and exponent from a DER `RSAPublicKey` (RFC 8017, appendix A.1.1).
fn rsa_numbers(der: &[u8]) -> (&[u8], &[u8]) {
    fn element(der: &[u8]) -> (&[u8], &[u8]) {
        let (length, start) = match der[1] {
            0x81 => (usize::from(der[2]), 3),
            0x82 => (usize::from(der[2]) << 8 | usize::from(der[3]), 4),
            short => (usize::from(short), 2),
        };
        der[start..].split_at(length)
    }
    let (sequence, _) = element(der);
    let (n, rest) = element(sequence);
    let (e, _) = element(rest);
    (n.strip_prefix(&[0]).unwrap_or(n), e)
}

/// Claims that are right.
fn claims() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "sam", "exp": NOW.seconds() + 600,
        "groups": ["support"]})
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims.as_object_mut().unwrap().insert(name.to_owned(), value);
    claims
}

fn key_set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

fn jwt_config(jwks: JwksSource) -> JwtConfig {
    JwtConfig { groups_claim: Some("groups".to_owned()), ..JwtConfig::new(ISSUER, AUDIENCE, jwks) }
}

fn no_fetch() -> Fetch {
    Arc::new(|_| Box::pin(async { Err(FetchError::Unreachable) }))
}

fn load(methods: Vec<Method>) -> Authenticator {
    Authenticator::load(&Config { methods }, &no_fetch()).unwrap()
}

/// An authenticator that trusts one signer under the id `k1`, from a file in a folder of its own.
struct World {
    folder: tempfile::TempDir,
    signer: Signer,
}

impl World {
    fn new(signer: Signer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = Self { folder, signer };
        std::fs::write(world.jwks(), key_set(&[world.signer.jwk("k1")])).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn jwks(&self) -> PathBuf {
        self.path("jwks.json")
    }

    fn config(&self) -> JwtConfig {
        jwt_config(JwksSource::File(self.jwks()))
    }

    fn authenticator(&self) -> Authenticator {
        load(vec![Method::Jwt(self.config())])
    }

    fn token(&self, claims: &Value) -> String {
        self.signer.token("k1", claims)
    }
}

fn headers(fields: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn bearer(token: &str) -> HeaderMap {
    headers(&[("authorization", &format!("Bearer {token}"))])
}

async fn ask(authenticator: &Authenticator, token: &str) -> Result<Identity, Refused> {
    authenticator.identify(&http::Method::GET, &bearer(token), NOW).await
}

/// Makes an API key in a file; gives its text.
fn api_key(file: &Path, name: &str, group: &str) -> String {
    let made = ApiKeyFile::at(file).add(name, &[group.to_owned()], None, NOW).unwrap();
    made.text.expose().clone()
}

fn api_keys(file: &Path) -> Method {
    Method::ApiKeys { file: file.to_owned(), header: "cloakroom-key".to_owned() }
}
