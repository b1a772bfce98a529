//! Sealed records: what the vault keeps, byte for byte.
//!
//! ```text
//! header  = version(0x01) ‖ algorithm(0x01 = AES-256-SIV) ‖ key id(u32, big endian) ‖ flags
//! text    = value ‖ 0x80 ‖ 0x00…, up to a multiple of 16
//! record  = header ‖ AES-256-SIV(key, [header, tenant, class(u16, big endian), store key], text)
//! ```
//!
//! Deterministic: sealing the same value again gives the same bytes, so that writers may race,
//! retry and replay.

use zeroize::Zeroize;
use zeroize::Zeroizing;

use crate::base::ClassCode;
use crate::base::Kind;
use crate::base::Sensitive;
use crate::base::StoreKey;
use crate::base::TenantId;

use super::siv;
use super::siv::SivKey;
use super::siv::TAG_BYTES;

/// The only version of the format.
const VERSION: u8 = 1;
/// AES-256-SIV ([RFC 5297]).
const AES_256_SIV: u8 = 1;
/// The value is the lexeme of a JSON number (`docs/decisions/0002-number-records.md`).
const FLAG_NUMBER: u8 = 1 << 4;
/// Version, algorithm, key id, flags.
const HEADER_BYTES: usize = 7;
/// Values are padded to a multiple of this, so that a record tells little of its value's length.
const BLOCK: usize = 16;
/// Ends the value; what follows it is zero ([ISO/IEC 9797-1], padding method 2).
const PAD: u8 = 0x80;

/// A key for records of one tenant and class, with the id that records name it by.
#[derive(Debug)]
pub struct RecordKey {
    /// The id, in clear in every record sealed under the key.
    pub id: u32,
    /// The AES-SIV key of the record's class and tenant.
    pub key: SivKey,
}

/// What a record is bound to besides its key; it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct RecordContext<'a> {
    /// The tenant whose value it is.
    pub tenant: &'a TenantId,
    /// The class of the value.
    pub class: ClassCode,
    /// The key under which the vault stores it.
    pub store_key: &'a StoreKey,
}

/// Why a record was not opened. Any of these is a security event: a record that we wrote opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Shorter than the shortest record, or not a whole number of blocks.
    #[error("record of {bytes} bytes has an impossible length")]
    Length {
        /// Length of the record.
        bytes: usize,
    },
    /// Written by another version of the format.
    #[error("record version {version} is not known")]
    Version {
        /// The version: the record's first byte.
        version: u8,
    },
    /// Sealed by an algorithm that this version does not have.
    #[error("record algorithm {algorithm} is not known")]
    Algorithm {
        /// The algorithm: the record's second byte.
        algorithm: u8,
    },
    /// A flag is set whose meaning is not known.
    #[error("record flags {flags:#04x} are not known")]
    Flags {
        /// The flags: the record's seventh byte.
        flags: u8,
    },
    /// The keyring does not hold the key.
    #[error("record key {id} is not in the keyring")]
    NoKey {
        /// The id in the record.
        id: u32,
    },
    /// Changed, moved from another place, class or tenant, or sealed under another key.
    #[error("record is not authentic")]
    Unauthentic,
    /// Authentic, yet not in the form that `seal` writes.
    #[error("record content is malformed")]
    Malformed,
}

/// A record taken apart, not yet opened.
#[derive(Debug, Clone, Copy)]
pub struct Sealed<'a> {
    header: [u8; HEADER_BYTES],
    id: u32,
    kind: Kind,
    tag: [u8; TAG_BYTES],
    text: &'a [u8],
}

impl RecordKey {
    /// Returns the value as an encrypted record, bound to its context.
    pub fn seal(&self, context: RecordContext<'_>, value: &str, kind: Kind) -> Vec<u8> {
        let header = header(self.id, kind);
        let padded = (value.len() / BLOCK + 1) * BLOCK;
        let start = HEADER_BYTES + TAG_BYTES;

        // One buffer of the final size: no reallocation leaves a copy of the value behind.
        let mut record = Vec::with_capacity(start + padded);
        record.extend(header);
        record.extend([0; TAG_BYTES]);
        record.extend(value.as_bytes());
        record.push(PAD);
        record.resize(start + padded, 0);

        let (head, text) = record.split_at_mut(start);
        let class = context.class.number().to_be_bytes();
        let tag = siv::encrypt(&self.key, context.associated_data(&header, &class), text);
        for (place, byte) in head.iter_mut().skip(HEADER_BYTES).zip(tag) {
            *place = byte;
        }
        record
    }

    /// Opens a record that names this key; refuses one that is not authentic in this context.
    pub fn open(
        &self,
        context: RecordContext<'_>,
        sealed: Sealed<'_>,
    ) -> Result<(Sensitive<String>, Kind), OpenError> {
        if sealed.id != self.id {
            return Err(OpenError::NoKey { id: sealed.id });
        }
        let mut text = Zeroizing::new(sealed.text.to_vec());
        let class = context.class.number().to_be_bytes();
        let data = context.associated_data(&sealed.header, &class);
        siv::decrypt(&self.key, data, sealed.tag, &mut text)
            .map_err(|siv::Unauthentic| OpenError::Unauthentic)?;

        let length = unpadded(&text).ok_or(OpenError::Malformed)?;
        text.truncate(length);
        match String::from_utf8(std::mem::take(&mut *text)) {
            Ok(value) => Ok((Sensitive::new(value), sealed.kind)),
            Err(error) => {
                error.into_bytes().zeroize();
                Err(OpenError::Malformed)
            }
        }
    }
}

impl<'a> Sealed<'a> {
    /// Takes a record apart; refuses what this version of the format does not know.
    pub fn parse(record: &'a [u8]) -> Result<Self, OpenError> {
        let length = OpenError::Length { bytes: record.len() };
        let (&header, rest) = record.split_first_chunk::<HEADER_BYTES>().ok_or(length)?;
        let [version, algorithm, id @ .., flags] = header;
        if version != VERSION {
            return Err(OpenError::Version { version });
        }
        if algorithm != AES_256_SIV {
            return Err(OpenError::Algorithm { algorithm });
        }
        let kind = match flags {
            0 => Kind::Text,
            FLAG_NUMBER => Kind::Number,
            _ => return Err(OpenError::Flags { flags }),
        };
        let (&tag, text) = rest.split_first_chunk::<TAG_BYTES>().ok_or(length)?;
        if text.is_empty() || !text.len().is_multiple_of(BLOCK) {
            return Err(length);
        }
        Ok(Self { header, id: u32::from_be_bytes(id), kind, tag, text })
    }

    /// The id of the key that opens it.
    pub fn key_id(&self) -> u32 {
        self.id
    }
}

impl<'a> RecordContext<'a> {
    /// Returns the associated data: always four parts, an empty one is not the same as a missing one
    /// ([RFC 5297, section 2.4]). `class` is the number of the class, big endian.
    fn associated_data<'p>(
        &self,
        header: &'p [u8; HEADER_BYTES],
        class: &'p [u8; 2],
    ) -> [&'p [u8]; 4]
    where
        'a: 'p,
    {
        [header, self.tenant.as_str().as_bytes(), class, &self.store_key.0]
    }
}

fn header(id: u32, kind: Kind) -> [u8; HEADER_BYTES] {
    let [a, b, c, d] = id.to_be_bytes();
    let flags = match kind {
        Kind::Text => 0,
        Kind::Number => FLAG_NUMBER,
    };
    [VERSION, AES_256_SIV, a, b, c, d, flags]
}

/// Length of the value in front of its padding; none when the padding is not the shortest one.
fn unpadded(text: &[u8]) -> Option<usize> {
    let end = text.iter().rposition(|&byte| byte != 0)?;
    let shortest = text.len() - end <= BLOCK;
    (shortest && text.get(end) == Some(&PAD)).then_some(end)
}
