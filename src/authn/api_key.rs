//! API keys: their text, the list of their hashes, and the check of one.
//!
//! A key is `ckk_<id>_<secret>`: 12 characters that name it, and 52 that carry 256 random bits, both
//! in the lower-case base 32 of [RFC 4648, section 6]. The list keeps SHA-256 of the whole text. A
//! slow hash would protect a secret that can be guessed; 256 random bits cannot be, so a fast hash
//! gives nothing away, and costs a request less than a microsecond.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SecureRandom as _;
use aws_lc_rs::rand::SystemRandom;
use data_encoding::BASE32_NOPAD;
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest as _;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::Refused;
use crate::base::AuthMethod;
use crate::base::Diagnostic;
use crate::base::Principal;
use crate::base::PrincipalKind;
use crate::base::Sensitive;
use crate::base::SourceFile;
use crate::base::Timestamp;
use crate::yaml;
use crate::yaml::At;

/// What every key starts with, so that people and secret scanners know it.
pub const PREFIX: &str = "ckk_";
const ID: usize = 12;
const SECRET: usize = 52;
const HASH: &str = "sha256:";

/// One key in the file, as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Who uses it: the name of the `Service` in policies.
    pub name: String,
    /// The groups it is in.
    #[serde(default)]
    pub groups: Vec<String>,
    /// The part of the key that names it.
    pub id: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub hash: String,
    /// When the key was made.
    pub created: String,
    /// From when on it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// A key that was just made: its text is shown once and not kept.
pub(super) struct NewKey {
    pub(super) id: String,
    pub(super) text: Sensitive<String>,
    pub(super) hash: String,
}

/// Makes a key; gives `None` only when the system has no randomness.
pub(super) fn generate() -> Option<NewKey> {
    let mut bytes = Sensitive::new([0_u8; 40]);
    SystemRandom::new().fill(bytes.expose_mut()).ok()?;
    let (id, secret) = bytes.expose().split_at_checked(8)?;
    let id: String = BASE32_NOPAD.encode(id).to_ascii_lowercase().chars().take(ID).collect();
    let mut secret = BASE32_NOPAD.encode(secret);
    secret.make_ascii_lowercase();
    let text = Sensitive::new(format!("{PREFIX}{id}_{secret}"));
    drop(Sensitive::new(secret));
    let hash = format!("{HASH}{}", HEXLOWER.encode(&digest(text.expose().as_bytes())));
    Some(NewKey { id, text, hash })
}

fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// The keys of one file.
#[derive(Default)]
pub struct ApiKeys(HashMap<Box<[u8]>, Known>);

struct Known {
    hash: [u8; 32],
    expires: Option<Timestamp>,
    principal: Principal,
}

impl ApiKeys {
    /// Reads the list. Refuses a file with any mistake in it: one bad entry must not quietly lock one
    /// caller out. No message shows a text of the file, for somebody may have put a key there.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut keys = Self::default();
        let mut mistakes = Vec::new();
        let mut names = BTreeSet::new();
        for record in records(file, text)? {
            let At { value: record, line, column, .. } = record;
            let wrong = |message: &str| Diagnostic::error(file, message).at(line, column);
            if !names.insert(record.name.clone()) {
                mistakes.push(wrong("a second key with this name"));
            }
            match Known::of(&record) {
                Ok(known) => {
                    let id = record.id.into_bytes().into_boxed_slice();
                    if keys.0.insert(id, known).is_some() {
                        mistakes.push(wrong("a second key with this id"));
                    }
                }
                Err(message) => mistakes.push(wrong(message)),
            }
        }
        if mistakes.is_empty() { Ok(keys) } else { Err(mistakes) }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the caller who holds this key; `None` when no key has its id.
    ///
    /// Hashes and compares in every case, and compares in constant time, so that the time tells
    /// neither which ids exist nor how much of a hash was right.
    pub(super) fn check(&self, text: &[u8], now: Timestamp) -> Result<Option<Principal>, Refused> {
        let id = id_of(text).ok_or(Refused::ApiKeyMalformed)?;
        let known = self.0.get(id);
        let stored = known.map_or([0; 32], |known| known.hash);
        let same = bool::from(digest(text).ct_eq(&stored));
        match known {
            None => Ok(None),
            Some(_) if !same => Err(Refused::ApiKeyUnknown),
            Some(known) if known.expires.is_some_and(|end| now >= end) => {
                Err(Refused::ApiKeyExpired)
            }
            Some(known) => Ok(Some(known.principal.clone())),
        }
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ApiKeys({})", self.len())
    }
}

impl Known {
    fn of(record: &Record) -> Result<Self, &'static str> {
        if !is_name(&record.name) {
            return Err("`name` must be 1 to 64 characters of `A-Z a-z 0-9 . _ -`");
        }
        if !record.groups.iter().all(|group| is_group(group)) {
            return Err("a group must be 1 to 256 characters without control characters");
        }
        if record.id.len() != ID || !record.id.bytes().all(is_base32) {
            return Err(
                "`id` must be the 12 characters between `ckk_` and the next `_` of the key",
            );
        }
        let digits = record.hash.strip_prefix(HASH).map(str::as_bytes).unwrap_or_default();
        let hash = HEXLOWER.decode(digits).ok().and_then(|hash| hash.try_into().ok());
        let hash = hash.ok_or("`hash` must be `sha256:` and 64 hexadecimal digits")?;
        moment(&record.created).ok_or("`created` must be a time such as 2026-01-31T00:00:00Z")?;
        let expires = match &record.expires {
            None => None,
            Some(text) => {
                Some(moment(text).ok_or("`expires` must be a time such as 2026-01-31T00:00:00Z")?)
            }
        };
        let groups = record.groups.iter().map(|group| Arc::from(group.as_str())).collect();
        let (method, kind) = (AuthMethod::ApiKey, PrincipalKind::Service);
        let principal = Principal::assertion(method, kind, &record.name, groups, BTreeMap::new());
        Ok(Self { hash, expires, principal })
    }
}

/// Reads the entries as they are written, each with its place. Gives every mistake, without the text
/// that it stands in: somebody may have put a key there.
pub(super) fn records(file: &str, text: &str) -> Result<Vec<At<Record>>, Vec<Diagnostic>> {
    let says_something = |line: &str| !line.is_empty() && !line.starts_with('#');
    if !text.lines().map(str::trim).any(says_something) {
        return Ok(Vec::new());
    }
    let source = SourceFile { name: Arc::from(file), text: Arc::from(text) };
    let (records, mistakes) = yaml::read::<Vec<At<Record>>>(&source);
    let hint = "`cloakroom keys api add NAME --group GROUP` writes this file";
    let silent = |mistake: Diagnostic| mistake.showing("").hinting(hint);
    match records {
        Some(records) if mistakes.is_empty() => Ok(records),
        Some(_) | None => Err(mistakes.into_iter().map(silent).collect()),
    }
}

/// Whether this can name a key.
pub(super) fn is_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}

/// Whether this can be a group.
pub(super) fn is_group(group: &str) -> bool {
    (1..=256).contains(&group.len()) && !group.chars().any(char::is_control)
}

fn is_base32(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'2'..=b'7')
}

/// Gives the id inside a key; `None` when the text is not of a key's form.
fn id_of(text: &[u8]) -> Option<&[u8]> {
    let (id, rest) = text.strip_prefix(PREFIX.as_bytes())?.split_at_checked(ID)?;
    let secret = rest.strip_prefix(b"_")?;
    let well_formed =
        secret.len() == SECRET && id.iter().chain(secret).all(|&byte| is_base32(byte));
    well_formed.then_some(id)
}

fn moment(text: &str) -> Option<Timestamp> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp(u64::try_from(moment.as_microsecond()).ok()?))
}
