//! The roots that everything is derived from.

use std::fmt;
use std::sync::Arc;

use data_encoding::HEXLOWER;

use crate::base::Sensitive;
use crate::base::Timestamp;

use super::kdf::Label;
use super::kdf::Root;
use super::kdf::derive;
use super::keyring_file;
use super::keyring_file::KeyringError;

/// Version of the canonical forms of values (`token`). Keyrings of another version are refused:
/// under other forms the same value would get another token.
pub const NORM_VERSION: u32 = 1;

/// All roots of a deployment; see `docs/crypto.md` for what each is for. Cheap to clone.
///
/// Always has one active token root, one active record root and one active subject root, and no
/// two roots are the same.
#[derive(Clone)]
pub struct Keyring(Arc<Roots>);

/// The roots, as they are also written to the file.
pub(super) struct Roots {
    /// TK: tokens and their check characters; the id is the generation, 0 to 31.
    pub(super) token: Versions,
    /// IX: store keys, subject handles and tags. One for ever.
    pub(super) index: Dated,
    /// DK: sealed records; the id is in the record.
    pub(super) record: Versions,
    /// SK: seals entries of subjects, and with them the subjects' keys; the version is in the entry.
    pub(super) subject: Versions,
    /// AK, first half: the seed of the Ed25519 key that signs audit checkpoints.
    pub(super) audit_signing: Dated,
    /// AK, second half: references to tokens in audit events.
    pub(super) audit_reference: Dated,
    /// BK, the root of the keys that encrypt backups.
    pub(super) backup: Dated,
}

/// A root and the moment it was made.
#[derive(Clone)]
pub(super) struct Dated {
    pub(super) created: Timestamp,
    pub(super) root: Root,
}

/// A root among others of its purpose.
#[derive(Clone)]
pub(super) struct Version {
    pub(super) id: u32,
    pub(super) state: KeyState,
    pub(super) dated: Dated,
}

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// New tokens and records are made with it, and old ones read.
    Active,
    /// Old tokens and records are read with it, none is made.
    DecryptOnly,
}

/// Roots of one purpose: one active, any number that only read.
#[derive(Clone)]
pub(super) struct Versions {
    pub(super) active: Version,
    pub(super) others: Vec<Version>,
}

/// The keys that `audit` needs.
#[derive(Debug, Clone)]
pub struct AuditKeys {
    /// Seed of the Ed25519 key that signs checkpoints ([RFC 8032, section 5.1.5]).
    pub signing_seed: Sensitive<[u8; 32]>,
    /// HMAC-SHA-256 key of references in events.
    pub reference: Sensitive<[u8; 32]>,
}

impl Keyring {
    /// Makes a new keyring from a source of random bytes; its roots date from 1970 until
    /// [`Keyring::dated`] says better.
    pub fn generate(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut dated = || {
            let mut root = Sensitive::new([0; 32]);
            fill(root.expose_mut());
            Dated { created: Timestamp(0), root }
        };
        let first = |dated| Versions {
            active: Version { id: 1, state: KeyState::Active, dated },
            others: Vec::new(),
        };
        Self(Arc::new(Roots {
            token: first(dated()),
            index: dated(),
            record: first(dated()),
            subject: first(dated()),
            audit_signing: dated(),
            audit_reference: dated(),
            backup: dated(),
        }))
    }

    /// Says when all its roots were made.
    #[must_use]
    pub fn dated(&self, created: Timestamp) -> Self {
        let dated = |dated: &Dated| Dated { created, root: dated.root.clone() };
        let version =
            |version: &Version| Version { dated: dated(&version.dated), ..version.clone() };
        let versions = |versions: &Versions| Versions {
            active: version(&versions.active),
            others: versions.others.iter().map(version).collect(),
        };
        Self(Arc::new(Roots {
            token: versions(&self.0.token),
            index: dated(&self.0.index),
            record: versions(&self.0.record),
            subject: versions(&self.0.subject),
            audit_signing: dated(&self.0.audit_signing),
            audit_reference: dated(&self.0.audit_reference),
            backup: dated(&self.0.backup),
        }))
    }

    /// Reads the file form; refuses what `docs/crypto.md` does not describe, wholly.
    pub fn parse(json: &str) -> Result<Self, KeyringError> {
        keyring_file::read(json).map(|roots| Self(Arc::new(roots)))
    }

    /// Writes the file form.
    pub fn to_json(&self) -> Sensitive<String> {
        keyring_file::write(&self.0)
    }

    /// 32 characters that identify the keyring and tell nothing of its keys.
    ///
    /// Derived from the index root alone, which is never replaced: adding and retiring token and
    /// record keys does not change it, so a vault that remembers it keeps recognising its keyring.
    pub fn fingerprint(&self) -> String {
        let fingerprint = derive::<16>(self.index_root(), Label::Fingerprint, &[]);
        HEXLOWER.encode(fingerprint.expose())
    }

    /// The keys that `audit` needs.
    pub fn audit(&self) -> AuditKeys {
        AuditKeys {
            signing_seed: self.0.audit_signing.root.clone(),
            reference: self.0.audit_reference.root.clone(),
        }
    }

    /// The generation that new tokens are made in, 0 to 31.
    pub fn generation(&self) -> u8 {
        u8::try_from(self.0.token.active.id).unwrap_or(0)
    }

    /// The token root of a generation; none when the keyring lacks it.
    pub fn token_root(&self, generation: u8) -> Option<&Root> {
        let id = u32::from(generation);
        self.0.token.iter().find(|version| version.id == id).map(|version| &version.dated.root)
    }

    /// The token root of [`Keyring::generation`].
    pub fn active_token_root(&self) -> &Root {
        &self.0.token.active.dated.root
    }

    /// Returns the root of the keys of store indexes.
    pub fn index_root(&self) -> &Root {
        &self.0.index.root
    }

    /// The record root under which things are sealed now, with its id.
    pub fn active_record_root(&self) -> (u32, &Root) {
        (self.0.record.active.id, &self.0.record.active.dated.root)
    }

    /// The record roots with their ids, the active one first.
    pub fn record_roots(&self) -> impl Iterator<Item = (u32, &Root)> {
        self.0.record.iter().map(|version| (version.id, &version.dated.root))
    }

    /// The subject roots with their versions, the active one first.
    pub fn subject_roots(&self) -> impl Iterator<Item = (u32, &Root)> {
        self.0.subject.iter().map(|version| (version.id, &version.dated.root))
    }
}

impl Versions {
    /// All of them, the active one first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Version> {
        std::iter::once(&self.active).chain(&self.others)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Keyring({})", self.fingerprint())
    }
}
