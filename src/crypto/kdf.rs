//! Key derivation: HKDF-Expand with SHA-256, and the one table of labels.

use hkdf::Hkdf;
use sha2::Sha256;

use crate::base::Sensitive;

/// A root key: 32 uniformly random bytes, from which working keys are derived.
pub type Root = Sensitive<[u8; 32]>;

/// What a derived key is for. Two purposes never share a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// Bodies of tokens: root TK, arguments tenant and class.
    TokenPrf,
    /// Check characters of tokens: root TK, argument tenant.
    TokenCheck,
    /// Store keys: root IX, argument tenant.
    StoreKey,
    /// Sealed records: root DK, arguments tenant, class and key id.
    RecordDek,
    /// Tags that bind a record to a subject: root IX, argument tenant.
    SubjectRef,
    /// Pseudonyms of subjects in the vault's index: root IX, argument tenant.
    SubjectHandle,
    /// Check bits of tokens that are spelled as UUIDs: root IX, argument tenant.
    UuidCheck,
    /// Tokens of announced removals: root IX, argument tenant.
    ExpirationToken,
    /// Sealed entries of subjects, which hold their keys: root SK, argument tenant.
    SubjectKey,
    /// Sealed documents of subjects: root HMAC(DK, subject key), argument tenant.
    SubjectDocument,
    /// Sealed sessions of nobody known: root HMAC(DK, session id), argument tenant.
    UnboundSession,
    /// What identifies a keyring without telling anything of it: root IX, no argument.
    Fingerprint,
}

impl Label {
    /// All labels, in the order of the variants.
    pub const ALL: [Self; 12] = [
        Self::TokenPrf,
        Self::TokenCheck,
        Self::StoreKey,
        Self::RecordDek,
        Self::SubjectRef,
        Self::SubjectHandle,
        Self::UuidCheck,
        Self::ExpirationToken,
        Self::SubjectKey,
        Self::SubjectDocument,
        Self::UnboundSession,
        Self::Fingerprint,
    ];

    /// The label's text inside HKDF's `info`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TokenPrf => "token-prf",
            Self::TokenCheck => "token-check",
            Self::StoreKey => "store-key",
            Self::RecordDek => "record-dek",
            Self::SubjectRef => "subject-ref",
            Self::SubjectHandle => "subject-handle",
            Self::UuidCheck => "uuid-check",
            Self::ExpirationToken => "expiration-token",
            Self::SubjectKey => "subject-key",
            Self::SubjectDocument => "subject-document",
            Self::UnboundSession => "unbound-session",
            Self::Fingerprint => "keyring-fingerprint",
        }
    }
}

/// The domain of all labels, and the version of this derivation.
const DOMAIN: &[u8] = b"cloakroom/v1";

/// Derives the key for one purpose: HKDF-Expand ([RFC 5869, section 2.3]) with
/// `info = LP("cloakroom/v1") ‖ LP(label) ‖ LP(argument)…`.
///
/// HKDF-Extract is left out because a root is uniformly random already ([RFC 5869, section 3.3]).
pub fn derive<const N: usize>(
    root: &Root,
    label: Label,
    arguments: &[&[u8]],
) -> Sensitive<[u8; N]> {
    let mut info = length_prefixed(DOMAIN);
    info.extend(length_prefixed(label.as_str().as_bytes()));
    for argument in arguments {
        info.extend(length_prefixed(argument));
    }
    expand(root, &info)
}

/// HKDF-Expand with SHA-256 ([RFC 5869, section 2.3]) to at most 255 blocks of 32 bytes.
pub fn expand<const N: usize>(root: &Root, info: &[u8]) -> Sensitive<[u8; N]> {
    const { assert!(N <= 255 * 32, "RFC 5869, section 2.3: L <= 255*HashLen") };
    let mut key = Sensitive::new([0; N]);
    #[expect(
        clippy::expect_used,
        reason = "a root has HashLen bytes and N is bounded above: RFC 5869, section 2.3"
    )]
    Hkdf::<Sha256>::from_prk(root.expose())
        .and_then(|hkdf| {
            let expanded = hkdf.expand(info, key.expose_mut());
            expanded.map_err(|_| hkdf::InvalidPrkLength)
        })
        .expect("lengths are right by type");
    key
}

/// `LP(x)`: the length in four bytes, big endian, then the bytes. A sequence of these reads back
/// in one way only, so no two lists of arguments give the same `info`.
pub fn length_prefixed(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut prefixed = Vec::with_capacity(bytes.len() + 4);
    prefixed.extend(length.to_be_bytes());
    prefixed.extend(bytes);
    prefixed
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use data_encoding::HEXLOWER;
    use proptest::prelude::*;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    fn root(text: &str) -> Root {
        Sensitive::new(hex(text).try_into().unwrap())
    }

    #[test]
    fn rfc_5869_a_1_basic() {
        let prk = root("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
        let okm = expand::<42>(&prk, &hex("f0f1f2f3f4f5f6f7f8f9"));
        assert_eq!(
            HEXLOWER.encode(okm.expose()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        );
    }

    #[test]
    fn rfc_5869_a_2_longer_inputs() {
        let prk = root("06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244");
        let info: Vec<u8> = (0xb0..=0xff).collect();
        let okm = expand::<82>(&prk, &info);
        assert_eq!(
            HEXLOWER.encode(okm.expose()),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c\
             59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71\
             cc30c58179ec3e87c14c01d5c1f3434f1d87"
        );
    }

    #[test]
    fn rfc_5869_a_3_no_info() {
        let prk = root("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
        let okm = expand::<42>(&prk, b"");
        assert_eq!(
            HEXLOWER.encode(okm.expose()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        );
    }

    #[test]
    fn labels_are_distinct() {
        let texts: HashSet<&str> = Label::ALL.iter().map(|label| label.as_str()).collect();
        assert_eq!(texts.len(), Label::ALL.len());
    }

    proptest! {
        #[test]
        fn other_arguments_give_another_key(
            one in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..4), 0..4),
            two in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..4), 0..4),
        ) {
            let key = |arguments: &[Vec<u8>]| {
                let arguments: Vec<&[u8]> = arguments.iter().map(Vec::as_slice).collect();
                *derive::<32>(&Sensitive::new([7; 32]), Label::TokenPrf, &arguments).expose()
            };
            prop_assert_eq!(key(&one) == key(&two), one == two);
        }
    }
}
