//! Tokens of persons: UUIDs that stand for a subject.
//!
//! ```text
//! UUID of version 8 = class `pn` (10 bits) ‖ body (88 bits) ‖ keyed check (24 bits)
//! ```
//!
//! The 122 bits fill what [RFC 9562, section 5.8] leaves free, in the order of the bytes. The body is
//! random: who comes back after an erasure is nobody known. The check is the first 24 bits of a keyed
//! function of the UUID with zeros in their place.

use std::fmt;

use subtle::ConstantTimeEq;
use uuid::Builder;
use uuid::Uuid;

use crate::base::ClassCode;
use crate::crypto::Prf;

/// Length of its text, hyphens included.
const TEXT_BYTES: usize = 36;

/// A token of a person of this tenant: a UUID in lower case whose keyed check is right.
///
/// Only [`Tokenizer`](crate::token::Tokenizer) makes one. No class of a rule file has its code, and its form
/// is none of a [`Token`](crate::token::Token): neither is taken for the other. `Debug` says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PersonToken([u8; TEXT_BYTES]);

impl PersonToken {
    /// Puts a token together; of `random` the bits are used that class, version and check leave free.
    pub(super) fn assemble(random: [u8; 16], check: &Prf) -> Self {
        let [_, second, rest @ ..] = random;
        let [high, low] = (ClassCode::PERSON.number() << 6).to_be_bytes();
        let mut bytes = [0; 16];
        for (place, byte) in
            bytes.iter_mut().zip([high, low | second & 0x3f].into_iter().chain(rest))
        {
            *place = byte;
        }
        let mut bytes = Builder::from_custom_bytes(bytes).into_uuid().into_bytes();
        let expected = check_bytes(bytes, check);
        if let Some(place) = bytes.last_chunk_mut() {
            *place = expected;
        }
        Self::written(Uuid::from_bytes(bytes))
    }

    /// Reads a UUID with hyphens, in any letter case; none when it is no token of a person. Takes the
    /// same time whether the check is right or not.
    pub(super) fn read(text: &str, check: &Prf) -> Option<Self> {
        let uuid = Uuid::try_parse(text).ok().filter(|_| text.len() == TEXT_BYTES)?;
        let bytes = uuid.into_bytes();
        let class = u16::from_be_bytes(*bytes.first_chunk()?) >> 6;
        // Version and variant are those that the builder writes.
        if class != ClassCode::PERSON.number()
            || Builder::from_custom_bytes(bytes).into_uuid() != uuid
        {
            return None;
        }
        let expected = check_bytes(bytes, check);
        bool::from(expected.ct_eq(bytes.last_chunk::<3>()?)).then(|| Self::written(uuid))
    }

    /// The 36 characters, by which a person made by the API is named.
    #[expect(clippy::expect_used, reason = "a UUID is written in ASCII")]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("ASCII")
    }

    fn written(uuid: Uuid) -> Self {
        let mut text = [0; TEXT_BYTES];
        uuid.hyphenated().encode_lower(&mut text);
        Self(text)
    }
}

impl fmt::Debug for PersonToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PersonToken(…)")
    }
}

/// The check of a UUID, whatever stands in its place.
fn check_bytes(bytes: [u8; 16], check: &Prf) -> [u8; 3] {
    let (checked, _) = bytes.split_at(13);
    let [first, second, third, ..] = check.short_tag(&[checked, &[0; 3]]);
    [first, second, third]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::TenantId;
    use crate::crypto::Keyring;
    use crate::token::Tokenizer;
    use crate::token::builtin;
    use crate::token::builtin_names;

    fn tokenizer(tenant: &str) -> Tokenizer {
        let mut next = 0_u8;
        let keyring = Keyring::generate(&mut |bytes| {
            next += 1;
            bytes.fill(next);
        });
        Tokenizer::new(&keyring, &TenantId::new(tenant).unwrap(), "token.example.com")
    }

    #[test]
    fn no_class_of_values_has_its_code() {
        assert_eq!(ClassCode::PERSON, ClassCode::new("pn").unwrap());
        assert!(builtin_names().all(|name| builtin(name).unwrap().code != ClassCode::PERSON));
    }

    /// Bits 0 to 9 are the class, then version 8 and the variant where RFC 9562 has them.
    #[test]
    fn it_is_a_uuid_of_version_8() {
        let check = Prf::new(b"check");
        for random in [[0; 16], [0xff; 16]] {
            let uuid = Uuid::try_parse(PersonToken::assemble(random, &check).as_str()).unwrap();
            assert_eq!((uuid.get_version_num(), uuid.get_variant()), (8, uuid::Variant::RFC4122));
            let bytes = uuid.into_bytes();
            assert_eq!(u16::from_be_bytes([bytes[0], bytes[1]]) >> 6, 725);
            let tag = check.tag(&[&bytes[..13], &[0, 0, 0]]);
            assert_eq!(bytes[13..], tag[..3]);
        }
    }

    #[test]
    fn debug_says_nothing() {
        assert_eq!(format!("{:?}", tokenizer("acme").person([7; 16])), "PersonToken(…)");
    }

    proptest! {
        #[test]
        fn what_is_made_is_recognised_by_its_tenant_alone(random: [u8; 16]) {
            let token = tokenizer("acme").person(random);
            prop_assert_eq!(tokenizer("acme").recognise_person(token.as_str()), Some(token));
            let upper = token.as_str().to_ascii_uppercase();
            prop_assert_eq!(tokenizer("acme").recognise_person(&upper), Some(token));
            prop_assert_eq!(tokenizer("other").recognise_person(token.as_str()), None);
        }

        #[test]
        fn neither_kind_of_token_is_taken_for_the_other(random: [u8; 16], value in ".{0,40}") {
            let tokenizer = tokenizer("acme");
            let person = tokenizer.person(random);
            prop_assert_eq!(tokenizer.recognise(person.as_str()), None);
            prop_assert!(tokenizer.find(person.as_str().as_bytes()).is_empty());
            let class = builtin("username").unwrap();
            let derived = tokenizer.derive(&class, &value, crate::base::Kind::Text, 0);
            prop_assert_eq!(tokenizer.recognise_person(derived.token.as_str()), None);
            prop_assert_eq!(tokenizer.recognise_person(&value), None);
        }

        #[test]
        fn one_changed_digit_is_not_ours(random: [u8; 16], at in 0..36_usize, digit in "[0-9a-f]") {
            let tokenizer = tokenizer("acme");
            let mut text = tokenizer.person(random).as_str().to_owned();
            prop_assume!(text.get(at..=at) != Some(digit.as_str()));
            text.replace_range(at..=at, &digit);
            prop_assert_eq!(tokenizer.recognise_person(&text), None);
        }

        /// Any other UUID, and any other spelling of one, is somebody else's.
        #[test]
        fn other_uuids_are_not_ours(bytes: [u8; 16], random: [u8; 16]) {
            let tokenizer = tokenizer("acme");
            let other = Uuid::from_bytes(bytes).to_string();
            prop_assert_eq!(tokenizer.recognise_person(&other), None);
            let ours = tokenizer.person(random);
            let simple = ours.as_str().replace('-', "");
            for spelling in [simple, format!("{{{}}}", ours.as_str()), format!("urn:uuid:{}", ours.as_str())] {
                prop_assert_eq!(tokenizer.recognise_person(&spelling), None);
            }
        }
    }
}
