//! Documents: what the vault keeps about a subject beside proxied records, byte for byte.
//!
//! ```text
//! header   = format(0x01) ‖ key id(u32, big endian) ‖ revision(u64, big endian)
//! text     = JSON ‖ 0x80 ‖ 0x00…, up to a multiple of 64
//! document = header ‖ AES-256-SIV(k_doc, [header, tenant, handle, name], text)
//! ```
//!
//! `k_doc` is derived from the record root of the key id and the key of the subject: both are needed. A
//! session of nobody known has the id that its holder brings in place of the subject's key.

use crate::base::DocumentName;
use crate::base::Sensitive;
use crate::base::TenantId;

use super::open_error::OpenError;
use super::padding;
use super::siv;
use super::siv::SivKey;
use super::siv::TAG_BYTES;

/// The only version of the format.
const FORMAT: u8 = 1;
/// Format, key id, revision.
const HEADER_BYTES: usize = 13;
/// Texts are padded to a multiple of this, so that a document tells little of its length.
const BLOCK: usize = 64;

/// What a document is bound to besides its key; it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub(super) struct DocumentContext<'a> {
    pub(super) tenant: &'a TenantId,
    /// The handle of the subject; of nobody's session its opaque id.
    pub(super) owner: &'a [u8; 16],
    pub(super) name: &'a DocumentName,
}

/// A document taken apart, not yet opened.
#[derive(Debug, Clone, Copy)]
pub struct SealedDocument<'a> {
    header: [u8; HEADER_BYTES],
    id: u32,
    revision: u64,
    tag: [u8; TAG_BYTES],
    text: &'a [u8],
}

/// A document in clear.
#[derive(Debug)]
pub struct Document {
    /// What it says, a JSON text ([RFC 8259]).
    pub json: Sensitive<String>,
    /// The revision of the subject with which it was written.
    pub revision: u64,
}

impl Document {
    /// Returns it sealed under the key of an id. The same arguments give the same bytes.
    pub(super) fn seal(&self, id: u32, key: &SivKey, context: DocumentContext<'_>) -> Vec<u8> {
        let header = header(id, self.revision);
        let json = self.json.expose();
        let mut draft = siv::Draft::new(&header, padding::padded_bytes(json, BLOCK));
        padding::append(draft.text(), json, BLOCK);
        draft.seal(key, context.associated_data(&header))
    }
}

impl<'a> SealedDocument<'a> {
    /// Takes a document apart; refuses a format or a length that it does not know.
    pub fn parse(document: &'a [u8]) -> Result<Self, OpenError> {
        let length = OpenError::Length { bytes: document.len() };
        let (&header, rest) = document.split_first_chunk::<HEADER_BYTES>().ok_or(length)?;
        let [format, i0, i1, i2, i3, revision @ ..] = header;
        if format != FORMAT {
            return Err(OpenError::Version { version: format });
        }
        let (&tag, text) = rest.split_first_chunk::<TAG_BYTES>().ok_or(length)?;
        if text.is_empty() || !text.len().is_multiple_of(BLOCK) {
            return Err(length);
        }
        let id = u32::from_be_bytes([i0, i1, i2, i3]);
        Ok(Self { header, id, revision: u64::from_be_bytes(revision), tag, text })
    }

    /// The id of the record root that it is sealed under.
    pub fn key_id(&self) -> u32 {
        self.id
    }

    /// Opens it with the key of its id; refuses what is not authentic in this context.
    pub(super) fn open(
        &self,
        key: &SivKey,
        context: DocumentContext<'_>,
    ) -> Result<Document, OpenError> {
        let data = context.associated_data(&self.header);
        let text = siv::open(key, data, self.tag, self.text)?;
        Ok(Document { json: padding::unpadded(text, BLOCK)?, revision: self.revision })
    }
}

impl<'a> DocumentContext<'a> {
    /// Always four parts ([RFC 5297, section 2.4]).
    fn associated_data<'p>(&self, header: &'p [u8; HEADER_BYTES]) -> [&'p [u8]; 4]
    where
        'a: 'p,
    {
        [header, self.tenant.as_str().as_bytes(), self.owner, &self.name.0]
    }
}

fn header(id: u32, revision: u64) -> [u8; HEADER_BYTES] {
    let [i0, i1, i2, i3] = id.to_be_bytes();
    let [r0, r1, r2, r3, r4, r5, r6, r7] = revision.to_be_bytes();
    [FORMAT, i0, i1, i2, i3, r0, r1, r2, r3, r4, r5, r6, r7]
}
