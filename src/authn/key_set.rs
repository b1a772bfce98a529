//! Sets of public keys ([RFC 7517]), and the choice of one for a token.

use jsonwebtoken::Algorithm;
use jsonwebtoken::AlgorithmFamily;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::AlgorithmParameters;
use jsonwebtoken::jwk::EllipticCurve;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::jwk::KeyOperations;
use jsonwebtoken::jwk::PublicKeyUse;
use serde_json::Value;

/// Why a text is not a key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not a JSON object with the member `keys`.
    #[error("not a JSON Web Key Set")]
    Syntax,
    /// It holds no key for signatures that we can check.
    #[error("no key that checks signatures of a supported algorithm")]
    Empty,
    /// It holds a private or secret key, which then is no longer one.
    #[error("it holds a private key")]
    Private,
}

/// Keys of one set, all public, all for signatures.
#[derive(Debug, Default)]
pub struct KeySet(Vec<Key>);

#[derive(Debug, Clone)]
struct Key {
    id: Option<String>,
    /// The only algorithm the key is for, when the set says so.
    only: Option<String>,
    curve: Option<EllipticCurve>,
    public: DecodingKey,
}

impl KeySet {
    /// Reads a set ([RFC 7517, section 5]). Passes over keys that are for something else or of an
    /// unknown kind, as that section asks; refuses a set that has no other, and one with a private key.
    pub fn parse(json: &[u8]) -> Result<Self, KeySetError> {
        let set: Value = serde_json::from_slice(json).map_err(|_| KeySetError::Syntax)?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or(KeySetError::Syntax)?;
        if keys.iter().any(|key| key.get("d").is_some() || key.get("k").is_some()) {
            return Err(KeySetError::Private);
        }
        let usable: Vec<_> = keys.iter().filter_map(Key::read).collect();
        if usable.is_empty() { Err(KeySetError::Empty) } else { Ok(Self(usable)) }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the key with this id for this algorithm. A token without an id gets the only key that
    /// fits it; where several fit, none is tried.
    pub(super) fn choose(&self, id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let named = |key: &&Key| id.is_none() || key.id.as_deref() == id;
        let mut fitting = self.0.iter().filter(named).filter(|key| key.fits(algorithm));
        let first = fitting.next()?;
        if id.is_none() && fitting.next().is_some() {
            return None;
        }
        Some(first.public.clone())
    }
}

impl Key {
    fn read(key: &Value) -> Option<Self> {
        let only = key.get("alg").and_then(Value::as_str).map(str::to_owned);
        let jwk: Jwk = serde_json::from_value(key.clone()).ok()?;
        let for_signatures = match &jwk.common.public_key_use {
            None | Some(PublicKeyUse::Signature) => true,
            Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_)) => false,
        };
        let operations = jwk.common.key_operations.as_ref();
        let verifies = operations.is_none_or(|list| list.contains(&KeyOperations::Verify));
        let curve = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => None,
            AlgorithmParameters::EllipticCurve(key) => Some(key.curve.clone()),
            AlgorithmParameters::OctetKeyPair(key) => Some(key.curve.clone()),
            AlgorithmParameters::OctetKey(_) | AlgorithmParameters::Other(_) | _ => return None,
        };
        let id = jwk.common.key_id.clone();
        let public = DecodingKey::from_jwk(&jwk).ok()?;
        (for_signatures && verifies).then_some(Self { id, only, curve, public })
    }

    /// Whether the key may check a signature of this algorithm ([RFC 8725, section 3.1]).
    fn fits(&self, algorithm: Algorithm) -> bool {
        let family = match algorithm.family() {
            AlgorithmFamily::Rsa => self.public.family() == AlgorithmFamily::Rsa,
            AlgorithmFamily::Ec => {
                let p256 = algorithm == Algorithm::ES256;
                let curve = if p256 { EllipticCurve::P256 } else { EllipticCurve::P384 };
                self.public.family() == AlgorithmFamily::Ec && self.curve == Some(curve)
            }
            AlgorithmFamily::Ed => {
                let ed25519 = self.curve == Some(EllipticCurve::Ed25519);
                self.public.family() == AlgorithmFamily::Ed && ed25519
            }
            AlgorithmFamily::Hmac => false,
        };
        let name = name(algorithm);
        family && name.is_some() && self.only.as_deref().is_none_or(|only| Some(only) == name)
    }
}

/// Every algorithm that may be configured, under its name ([RFC 7518, section 3.1] and [RFC 8037]).
const ALGORITHMS: [(&str, Algorithm); 9] = [
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];

/// Gives the algorithm of this name; none for HMAC, `none` and what is unknown.
pub(super) fn algorithm(name: &str) -> Option<Algorithm> {
    ALGORITHMS.iter().find(|(known, _)| *known == name).map(|(_, algorithm)| *algorithm)
}

fn name(algorithm: Algorithm) -> Option<&'static str> {
    ALGORITHMS.iter().find(|(_, known)| *known == algorithm).map(|(name, _)| *name)
}
