//! The pseudorandom function: HMAC with SHA-256.

use std::fmt;

use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha2::Sha256;

/// HMAC-SHA-256 ([RFC 2104], [FIPS 180-4]) under one key, with the key's two blocks hashed ahead.
///
/// Makes token bodies, check characters, store keys, subject handles and tags. Wiped on drop.
pub struct Prf(Hmac<Sha256>);

impl Prf {
    /// Takes the key in; [RFC 2104, section 3] allows any length, ours have 32 bytes.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length: RFC 2104, section 3")]
    pub fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("every length is allowed"))
    }

    /// The function of all parts, one after the other without separators.
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// The first 16 bytes of [`Prf::tag`] ([RFC 2104, section 5] allows half the output).
    pub fn short_tag(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut short = [0; 16];
        for (place, byte) in short.iter_mut().zip(self.tag(parts)) {
            *place = byte;
        }
        short
    }
}

impl fmt::Debug for Prf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Prf(…)")
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    fn tag(key: &[u8], parts: &[&[u8]]) -> String {
        HEXLOWER.encode(&Prf::new(key).tag(parts))
    }

    #[test]
    fn rfc_4231_4_2_short_key() {
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(tag(&[0x0b; 20], &[b"Hi There"]), expected);
        assert_eq!(tag(&[0x0b; 20], &[b"Hi", b"", b" There"]), expected);
    }

    #[test]
    fn rfc_4231_4_3_key_shorter_than_the_output() {
        assert_eq!(
            tag(b"Jefe", &[b"what do ya want for nothing?"]),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn rfc_4231_4_4_combined_length_over_a_block() {
        assert_eq!(
            tag(&[0xaa; 20], &[&[0xdd; 50]]),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        );
    }

    #[test]
    fn rfc_4231_4_5_counting_key() {
        let key: Vec<u8> = (0x01..=0x19).collect();
        assert_eq!(
            tag(&key, &[&[0xcd; 50]]),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        );
    }

    #[test]
    fn rfc_4231_4_6_truncated() {
        let tag = Prf::new(&[0x0c; 20]).short_tag(&[b"Test With Truncation"]);
        assert_eq!(HEXLOWER.encode(&tag), "a3b6167473100ee06e0c796c2955552b");
    }

    #[test]
    fn rfc_4231_4_7_key_longer_than_a_block() {
        assert_eq!(
            tag(&[0xaa; 131], &[b"Test Using Larger Than Block-Size Key - Hash Key First"]),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn rfc_4231_4_8_key_and_data_longer_than_a_block() {
        let data = b"This is a test using a larger than block-size key and a larger than \
                     block-size data. The key needs to be hashed before being used by the HMAC algorithm.";
        assert_eq!(
            tag(&[0xaa; 131], &[data]),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        );
    }
}
