//! AES-256 in synthetic initialisation vector mode ([RFC 5297]), in place only.
//!
//! [`encrypt`] and [`decrypt`] are the only functions of this program that call aes-siv. Both work inside
//! one buffer: version 0.8.0 of the crate, asked to decrypt from one buffer into another, leaves the
//! plaintext in the output even when the check fails.

use aes_siv::KeyInit;
use aes_siv::Tag;
use aes_siv::siv::Aes256Siv;

use zeroize::Zeroizing;

use crate::base::Sensitive;

use super::open_error::OpenError;

/// Two AES-256 keys, the one for S2V first ([RFC 5297, section 2.2]).
pub type SivKey = Sensitive<[u8; 64]>;

/// Length of the synthetic initialisation vector, which is also the proof of authenticity.
pub(super) const TAG_BYTES: usize = 16;

/// A header in clear and a text that is not encrypted yet, in the buffer that both are stored in.
///
/// The buffer has its final size from the start, so that no reallocation leaves a copy of the text behind.
pub(super) struct Draft {
    bytes: Zeroizing<Vec<u8>>,
    /// Where the text begins: behind the header and the room for the vector.
    start: usize,
}

impl Draft {
    /// Begins with a header, and room for the vector and `text_bytes`.
    pub(super) fn new(header: &[u8], text_bytes: usize) -> Self {
        let start = header.len() + TAG_BYTES;
        let mut bytes = Zeroizing::new(Vec::with_capacity(start + text_bytes));
        bytes.extend(header);
        bytes.extend([0; TAG_BYTES]);
        Self { bytes, start }
    }

    /// The buffer, to which the text is added.
    pub(super) fn text(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Encrypts the text, and returns header, vector and ciphertext.
    pub(super) fn seal<const H: usize>(mut self, key: &SivKey, headers: [&[u8]; H]) -> Vec<u8> {
        let (head, text) = self.bytes.split_at_mut(self.start);
        let tag = encrypt(key, headers, text);
        if let Some(room) = head.last_chunk_mut::<TAG_BYTES>() {
            *room = tag;
        }
        std::mem::take(&mut self.bytes)
    }
}

/// Returns the text of a vector and its ciphertext; refuses what does not fit key and headers.
pub(super) fn open<const H: usize>(
    key: &SivKey,
    headers: [&[u8]; H],
    tag: [u8; TAG_BYTES],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut text = Zeroizing::new(sealed.to_vec());
    decrypt(key, headers, tag, &mut text).map_err(|Unauthentic| OpenError::Unauthentic)?;
    Ok(text)
}

/// Encrypts where the text lies, and gives the synthetic initialisation vector.
#[expect(
    clippy::expect_used,
    reason = "S2V refuses only 127 and more headers: RFC 5297, section 7"
)]
pub(super) fn encrypt<const H: usize>(
    key: &SivKey,
    headers: [&[u8]; H],
    text: &mut [u8],
) -> [u8; TAG_BYTES] {
    const { assert!(H <= 126, "RFC 5297, section 7") };
    let tag = Aes256Siv::new(key.expose().into()).encrypt_inout_detached(headers, text.into());
    tag.expect("the number of headers is bounded by type").into()
}

/// Decrypts where the text lies. When the vector does not fit key, headers and text it refuses, and
/// the buffer then holds the ciphertext again.
pub(super) fn decrypt<const H: usize>(
    key: &SivKey,
    headers: [&[u8]; H],
    tag: [u8; TAG_BYTES],
    text: &mut [u8],
) -> Result<(), Unauthentic> {
    const { assert!(H <= 126, "RFC 5297, section 7") };
    Aes256Siv::new(key.expose().into())
        .decrypt_inout_detached(headers, text.into(), &Tag::from(tag))
        .map_err(|_| Unauthentic)
}

/// The text was not encrypted under this key with these headers, or was changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unauthentic;
