//! The grammar of a token: prefix, generation, class, body, keyed check.
//!
//! ```text
//! token = "ck" generation(1) class(2) body(20) check(4)
//! ```

use std::fmt;

use subtle::ConstantTimeEq;

use crate::base::ALPHABET;
use crate::base::ClassCode;
use crate::crypto::Prf;

/// Length of a token.
pub(super) const TOKEN_BYTES: usize = 29;
/// Length of what the check is over.
const CHECKED_BYTES: usize = 25;
/// What every token starts with.
pub(super) const PREFIX: [u8; 2] = *b"ck";

/// A token of this tenant: 29 lower-case characters whose keyed check is right.
///
/// Only [`Tokenizer`](crate::token::Tokenizer) makes one. It is a capability: `Debug` says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token {
    text: [u8; TOKEN_BYTES],
    code: ClassCode,
    generation: u8,
}

/// A text with the form of a token, whose check nobody has looked at.
#[derive(Clone, Copy)]
pub(super) struct Candidate(Token);

impl Token {
    /// Puts a token together. `body` gives its top 100 bits; the generation is below 32.
    pub(super) fn assemble(generation: u8, code: ClassCode, body: [u8; 16], check: &Prf) -> Self {
        let [c, k] = PREFIX;
        let [first, second] = code.bytes();
        let front = [c, k, character(u32::from(generation)), first, second];
        let body = u128::from_be_bytes(body);
        let body = (1..=20).map(|place| five_bits(body, 128 - 5 * place));

        let mut text = [b'0'; TOKEN_BYTES];
        for (place, byte) in text.iter_mut().zip(front.into_iter().chain(body)) {
            *place = byte;
        }
        let characters = check_characters(&text, check);
        for (place, byte) in text.iter_mut().skip(CHECKED_BYTES).zip(characters) {
            *place = byte;
        }
        Self { text, code, generation }
    }

    /// The class that it stands for.
    pub fn code(&self) -> ClassCode {
        self.code
    }

    /// The generation of the token root it was made with, 0 to 31.
    pub fn generation(&self) -> u8 {
        self.generation
    }

    /// The 29 characters.
    #[expect(
        clippy::expect_used,
        reason = "every character is of the token alphabet, which is ASCII"
    )]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).expect("ASCII")
    }

    /// The 29 characters.
    pub fn as_bytes(&self) -> &[u8; TOKEN_BYTES] {
        &self.text
    }
}

impl Candidate {
    /// Reads 29 characters in any letter case; none when they have not the form of a token.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let mut text: [u8; TOKEN_BYTES] = text.try_into().ok()?;
        // In order and before anything is changed: most texts end here, at their first characters.
        if !text.iter().all(|byte| value(byte.to_ascii_lowercase()).is_some()) {
            return None;
        }
        text.make_ascii_lowercase();
        let (prefix, rest) = text.split_first_chunk::<2>()?;
        if *prefix != PREFIX {
            return None;
        }
        let &[generation, first, second, ..] = rest else { return None };
        let code = u16::from(value(first)?) << 5 | u16::from(value(second)?);
        let (code, generation) = (ClassCode::from_number(code)?, value(generation)?);
        Some(Self(Token { text, code, generation }))
    }

    /// The generation whose check decides.
    pub(super) fn generation(&self) -> u8 {
        self.0.generation
    }

    /// Gives the token when its check is right, in the same time whether it is or not.
    pub(super) fn verify(self, check: &Prf) -> Option<Token> {
        let expected = check_characters(&self.0.text, check);
        let found = self.0.text.last_chunk::<4>()?;
        bool::from(expected.ct_eq(found)).then_some(self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// The top 20 bits of the keyed function of the first 25 characters.
fn check_characters(text: &[u8; TOKEN_BYTES], check: &Prf) -> [u8; 4] {
    let (checked, _) = text.split_at(CHECKED_BYTES);
    let [a, b, c, ..] = check.short_tag(&[checked]);
    let bits = u128::from(u32::from_be_bytes([0, a, b, c]));
    [19, 14, 9, 4].map(|low| five_bits(bits, low))
}

/// The character for the five bits from `low` upwards.
fn five_bits(bits: u128, low: u32) -> u8 {
    let digit = usize::try_from(bits >> low & 31).unwrap_or(0);
    ALPHABET.get(digit).copied().unwrap_or(b'0')
}

/// The character for a digit below 32.
fn character(digit: u32) -> u8 {
    five_bits(u128::from(digit), 0)
}

/// The digit of a lower-case character; a table after compilation, where [`crate::base::digit`] searches.
fn value(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'h' => Some(byte - b'a' + 10),
        b'j' | b'k' => Some(byte - b'j' + 18),
        b'm' | b'n' => Some(byte - b'm' + 20),
        b'p'..=b't' => Some(byte - b'p' + 22),
        b'v'..=b'z' => Some(byte - b'v' + 27),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digit;

    #[test]
    fn the_table_is_the_alphabet() {
        for byte in 0..=255u8 {
            let lower = !byte.is_ascii_uppercase();
            assert_eq!(value(byte), digit(byte).filter(|_| lower), "{byte}");
        }
    }

    #[test]
    fn generation_and_class_are_read_back() {
        let check = Prf::new(b"check");
        for number in 0..1024 {
            let code = ClassCode::from_number(number).unwrap();
            let generation = u8::try_from(number % 32).unwrap();
            let token = Token::assemble(generation, code, [0xa5; 16], &check);
            let read = Candidate::read(token.as_bytes()).unwrap().verify(&check).unwrap();
            assert_eq!((read.code(), read.generation()), (code, generation));
            assert!(read == token);
        }
    }

    #[test]
    fn debug_says_nothing() {
        let code = ClassCode::from_number(1).unwrap();
        let token = Token::assemble(1, code, [0; 16], &Prf::new(b"check"));
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
