//! Classes of data, and the two characters by which a token names its class.

use std::fmt;
use std::sync::Arc;

/// The token alphabet: Crockford's base 32 in lower case, value by position.
pub const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Gives the value (0 to 31) of a character of [`ALPHABET`], upper or lower case.
///
/// Refuses everything else, also the look-alikes `i`, `l`, `o` and `u` that Crockford's decoder
/// would accept: a token has one spelling.
pub fn digit(character: u8) -> Option<u8> {
    let lower = character.to_ascii_lowercase();
    let position = ALPHABET.iter().position(|&known| known == lower)?;
    u8::try_from(position).ok()
}

/// A class of personal data, such as `email`: 1 to 32 characters of `a-z`, `0-9` and `-`, first a letter.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DataClass(Arc<str>);

impl DataClass {
    /// Gives the class of this name; refuses a name outside the form above.
    pub fn new(name: &str) -> Option<Self> {
        let mut bytes = name.bytes();
        let first = bytes.next()?;
        let well_formed = first.is_ascii_lowercase()
            && name.len() <= 32
            && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        well_formed.then(|| Self(Arc::from(name)))
    }

    /// The name, safe as a metric label, a Cedar identifier and a key of an audit event.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DataClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for DataClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The two characters of [`ALPHABET`] that stand for a class inside a token.
///
/// The same ten bits as a number are the class number of keys and associated data.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassCode([u8; 2]);

impl ClassCode {
    /// The code of tokens that stand for a person; no class of values may have it.
    pub const PERSON: Self = Self(*b"pn");

    /// Gives the code written like this; refuses characters outside [`ALPHABET`].
    pub fn new(text: &str) -> Option<Self> {
        let &[first, second] = text.as_bytes() else { return None };
        digit(first)?;
        digit(second)?;
        Some(Self([first.to_ascii_lowercase(), second.to_ascii_lowercase()]))
    }

    /// Gives the code with this number; refuses numbers over 1023.
    pub fn from_number(number: u16) -> Option<Self> {
        let first = ALPHABET.get(usize::from(number >> 5))?;
        let second = ALPHABET.get(usize::from(number & 31))?;
        Some(Self([*first, *second]))
    }

    /// The ten bits as a number, first character high.
    pub fn number(self) -> u16 {
        let [first, second] = self.0.map(|c| u16::from(digit(c).unwrap_or(0)));
        first << 5 | second
    }

    /// The two characters.
    pub fn bytes(self) -> [u8; 2] {
        self.0
    }
}

impl fmt::Display for ClassCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.0.map(char::from);
        write!(formatter, "{first}{second}")
    }
}

impl fmt::Debug for ClassCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_own_number() {
        for number in 0..1024 {
            let code = ClassCode::from_number(number).unwrap();
            assert_eq!(code.number(), number);
            assert_eq!(ClassCode::new(&code.to_string()), Some(code));
        }
        assert_eq!(ClassCode::from_number(1024), None);
    }

    #[test]
    fn refuses_names_that_could_mean_something_elsewhere() {
        for name in ["", "Email", "e_mail", "-a", "1a", "a b", "a\"", &"a".repeat(33)] {
            assert_eq!(DataClass::new(name), None, "{name:?}");
        }
        assert!(DataClass::new("e-mail2").is_some());
    }

    #[test]
    fn has_no_look_alikes() {
        for character in *b"iloILOuU-_ " {
            assert_eq!(digit(character), None);
        }
    }
}
