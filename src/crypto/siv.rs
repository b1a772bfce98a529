//! AES-256 in synthetic initialisation vector mode ([RFC 5297]), in place only.
//!
//! The two functions here are the only ones of this program that call aes-siv. Both work inside one
//! buffer: version 0.8.0 of the crate, asked to decrypt from one buffer into another, leaves the
//! plaintext in the output even when the check fails.

use aes_siv::KeyInit;
use aes_siv::Tag;
use aes_siv::siv::Aes256Siv;

use crate::base::Sensitive;

/// Two AES-256 keys, the one for S2V first ([RFC 5297, section 2.2]).
pub type SivKey = Sensitive<[u8; 64]>;

/// Length of the synthetic initialisation vector, which is also the proof of authenticity.
pub(super) const TAG_BYTES: usize = 16;

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
