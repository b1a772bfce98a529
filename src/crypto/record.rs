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

use crate::base::ClassCode;
use crate::base::Kind;
use crate::base::Sensitive;
use crate::base::StoreKey;
use crate::base::TenantId;

use super::open_error::OpenError;
use super::padding;
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
        let class = context.class.number().to_be_bytes();
        let mut draft = siv::Draft::new(&header, padding::padded_bytes(value, BLOCK));
        padding::append(draft.text(), value, BLOCK);
        draft.seal(&self.key, context.associated_data(&header, &class))
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
        let class = context.class.number().to_be_bytes();
        let data = context.associated_data(&sealed.header, &class);
        let text = siv::open(&self.key, data, sealed.tag, sealed.text)?;
        Ok((padding::unpadded(text, BLOCK)?, sealed.kind))
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
