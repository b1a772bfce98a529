//! Entries: by what a subject exists in the vault; the part that the vault does not read.
//!
//! ```text
//! sealed = AES-256-SIV(k_entry of the version, [0x01, tenant, handle, born], subject key ‖ LP(name))
//! ```
//!
//! In front of it the vault keeps in clear what it counts and compares: version, state, revision, time
//! (`vault::subjects`). The time is microseconds since 1970, when the subject was born. Of an erased subject
//! there is no sealed part, so nothing of it opens any more.
//!
//! State and revision are not authenticated: the store compares and sets them, and whoever may write there
//! can put an older entry back as well.

use zeroize::Zeroize;

use crate::base::Sensitive;
use crate::base::SubjectHandle;
use crate::base::TenantId;
use crate::base::Timestamp;

use super::kdf::length_prefixed;
use super::open_error::OpenError;
use super::padding;
use super::siv;
use super::siv::SivKey;
use super::siv::TAG_BYTES;

/// The only version of the format.
const FORMAT: u8 = 1;
/// Length of a subject key.
const KEY_BYTES: usize = 32;
/// Vector, key, and the length of a name.
const SEALED_BYTES: usize = TAG_BYTES + KEY_BYTES + 4;

/// The key of one subject, 32 random bytes; without it none of the subject's documents opens.
///
/// It is not cloned and not kept across requests, so that an erasure holds at once.
#[derive(Debug)]
pub struct SubjectKey(Sensitive<[u8; KEY_BYTES]>);

/// A subject that exists.
#[derive(Debug)]
pub struct LiveSubject {
    /// Opens and seals its documents.
    pub key: SubjectKey,
    /// By which the application or a person token names it.
    pub name: Sensitive<String>,
    /// When its entry was made.
    pub born: Timestamp,
}

/// The sealed part of an entry, with the version of the subject root that it is sealed under. The vault
/// writes the rest in clear in front of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSubject {
    /// The version of the subject root.
    pub version: u32,
    /// The synthetic vector, then the encrypted text.
    pub bytes: Vec<u8>,
}

/// Whose entry it is; it opens for nobody else.
#[derive(Debug, Clone, Copy)]
pub(super) struct EntryContext<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) handle: &'a SubjectHandle,
}

impl SubjectKey {
    /// Takes a key from a source of random bytes.
    pub fn generate(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut key = Sensitive::new([0; KEY_BYTES]);
        fill(key.expose_mut());
        Self(key)
    }

    /// The 32 bytes, for derivations inside `crypto`.
    pub(super) fn bytes(&self) -> &[u8; KEY_BYTES] {
        self.0.expose()
    }
}

impl LiveSubject {
    /// Opens the sealed part of an entry with the key of its version; refuses what is not authentic for this
    /// subject, born at this time.
    pub(super) fn open(
        sealed: &[u8],
        born: Timestamp,
        key: &SivKey,
        context: EntryContext<'_>,
    ) -> Result<Self, OpenError> {
        let length = OpenError::Length { bytes: sealed.len() };
        if sealed.len() < SEALED_BYTES {
            return Err(length);
        }
        let (&tag, text) = sealed.split_first_chunk::<TAG_BYTES>().ok_or(length)?;
        let mut text = siv::open(key, context.associated_data(&born.0.to_be_bytes()), tag, text)?;
        let (subject, rest) = text.split_first_chunk::<KEY_BYTES>().ok_or(OpenError::Malformed)?;
        let subject = SubjectKey(Sensitive::new(*subject));
        let (length, name) = rest.split_first_chunk::<4>().ok_or(OpenError::Malformed)?;
        if usize::try_from(u32::from_be_bytes(*length)) != Ok(name.len()) {
            return Err(OpenError::Malformed);
        }
        text.drain(..KEY_BYTES + 4);
        // Draining moves the name to the front; what stood behind it is wiped with the buffer.
        let name = padding::text_of(text)?;
        Ok(Self { key: subject, name, born })
    }

    /// Returns the sealed part of its entry, under the key of a version of the subject root. The same
    /// arguments give the same bytes.
    pub(super) fn seal(&self, key: &SivKey, context: EntryContext<'_>) -> Vec<u8> {
        let name = self.name.expose().as_bytes();
        let mut draft = siv::Draft::new(&[], KEY_BYTES + 4 + name.len());
        draft.text().extend(self.key.bytes());
        let mut prefixed = length_prefixed(name);
        draft.text().extend(&prefixed);
        prefixed.zeroize();
        draft.seal(key, context.associated_data(&self.born.0.to_be_bytes()))
    }
}

impl<'a> EntryContext<'a> {
    /// Always four parts ([RFC 5297, section 2.4]); `born` is big endian.
    fn associated_data<'p>(&self, born: &'p [u8; 8]) -> [&'p [u8]; 4]
    where
        'a: 'p,
    {
        [&[FORMAT], self.tenant.as_str().as_bytes(), &self.handle.0, born]
    }
}
