//! Entries: by what a subject exists in the vault, byte for byte.
//!
//! ```text
//! head      = format(0x01) ‖ version(u32, big endian) ‖ state ‖ revision(u64, big endian) ‖ time(u64, big endian)
//! entry     = head ‖ AES-256-SIV(k_entry of the version, [0x01, tenant, handle, time], subject key ‖ LP(name))
//! tombstone = head
//! ```
//!
//! The time is microseconds since 1970: of a live subject when it was born, of a tombstone when it was
//! erased. A tombstone has version 0 and no key, so nothing of the subject opens any more.
//!
//! State and revision are in clear and not authenticated: the store compares and sets them, and whoever
//! may write there can put an older entry back as well. Length and state must agree.

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
/// Format, version, state, revision, time.
const HEAD_BYTES: usize = 22;
/// Length of a subject key.
const KEY_BYTES: usize = 32;
/// Vector, key, and the length of a name.
const SEALED_BYTES: usize = TAG_BYTES + KEY_BYTES + 4;
/// The state byte of a subject that exists.
const LIVE: u8 = 1;
/// The state byte of one that was erased.
const TOMBSTONE: u8 = 2;

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
    /// Counts its changes.
    pub revision: u64,
    /// When its entry was made.
    pub born: Timestamp,
}

/// What is left of a subject that was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tombstone {
    /// The revision of the erasure.
    pub revision: u64,
    /// When it was erased.
    pub erased: Timestamp,
}

/// An entry taken apart, not yet opened.
#[derive(Debug, Clone, Copy)]
pub enum SubjectEntry<'a> {
    /// Of a subject that exists.
    Live(SealedEntry<'a>),
    /// Of one that was erased: there is nothing to open.
    Tombstone(Tombstone),
}

/// The sealed entry of a subject that exists.
#[derive(Debug, Clone, Copy)]
pub struct SealedEntry<'a> {
    version: u32,
    revision: u64,
    born: Timestamp,
    tag: [u8; TAG_BYTES],
    text: &'a [u8],
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

impl Tombstone {
    /// Returns the entry that takes the place of an erased subject's.
    pub fn to_bytes(self) -> Vec<u8> {
        head(0, TOMBSTONE, self.revision, self.erased).to_vec()
    }
}

impl<'a> SubjectEntry<'a> {
    /// Takes an entry apart; refuses a format, a state or a length that it does not know.
    pub fn parse(entry: &'a [u8]) -> Result<Self, OpenError> {
        let length = OpenError::Length { bytes: entry.len() };
        let (head, sealed) = entry.split_first_chunk::<HEAD_BYTES>().ok_or(length)?;
        let &[format, v0, v1, v2, v3, state, r0, r1, r2, r3, r4, r5, r6, r7, time @ ..] = head;
        if format != FORMAT {
            return Err(OpenError::Version { version: format });
        }
        let version = u32::from_be_bytes([v0, v1, v2, v3]);
        let revision = u64::from_be_bytes([r0, r1, r2, r3, r4, r5, r6, r7]);
        let time = Timestamp(u64::from_be_bytes(time));
        match (state, sealed.split_first_chunk::<TAG_BYTES>()) {
            (LIVE, Some((&tag, text))) if sealed.len() >= SEALED_BYTES => {
                Ok(Self::Live(SealedEntry { version, revision, born: time, tag, text }))
            }
            (TOMBSTONE, None) if sealed.is_empty() && version == 0 => {
                Ok(Self::Tombstone(Tombstone { revision, erased: time }))
            }
            (state, _) => Err(OpenError::State { state }),
        }
    }
}

impl SealedEntry<'_> {
    /// The version of the subject root that it is sealed under.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Opens it with the key of its version; refuses what is not authentic for this subject.
    pub(super) fn open(
        &self,
        key: &SivKey,
        context: EntryContext<'_>,
    ) -> Result<LiveSubject, OpenError> {
        let born = self.born.0.to_be_bytes();
        let mut text = siv::open(key, context.associated_data(&born), self.tag, self.text)?;
        let (subject, rest) = text.split_first_chunk::<KEY_BYTES>().ok_or(OpenError::Malformed)?;
        let subject = SubjectKey(Sensitive::new(*subject));
        let (length, name) = rest.split_first_chunk::<4>().ok_or(OpenError::Malformed)?;
        if usize::try_from(u32::from_be_bytes(*length)) != Ok(name.len()) {
            return Err(OpenError::Malformed);
        }
        text.drain(..KEY_BYTES + 4);
        // Draining moves the name to the front; what stood behind it is wiped with the buffer.
        let name = padding::text_of(text)?;
        Ok(LiveSubject { key: subject, name, revision: self.revision, born: self.born })
    }
}

impl LiveSubject {
    /// Returns its entry, sealed under the key of a version of the subject root. The same arguments give
    /// the same bytes.
    pub(super) fn seal(&self, version: u32, key: &SivKey, context: EntryContext<'_>) -> Vec<u8> {
        let born = self.born.0.to_be_bytes();
        let head = head(version, LIVE, self.revision, self.born);
        let name = self.name.expose().as_bytes();
        let mut draft = siv::Draft::new(&head, KEY_BYTES + 4 + name.len());
        draft.text().extend(self.key.bytes());
        let mut prefixed = length_prefixed(name);
        draft.text().extend(&prefixed);
        prefixed.zeroize();
        draft.seal(key, context.associated_data(&born))
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

fn head(version: u32, state: u8, revision: u64, time: Timestamp) -> [u8; HEAD_BYTES] {
    let [v0, v1, v2, v3] = version.to_be_bytes();
    let [r0, r1, r2, r3, r4, r5, r6, r7] = revision.to_be_bytes();
    let [t0, t1, t2, t3, t4, t5, t6, t7] = time.0.to_be_bytes();
    [FORMAT, v0, v1, v2, v3, state, r0, r1, r2, r3, r4, r5, r6, r7, t0, t1, t2, t3, t4, t5, t6, t7]
}
