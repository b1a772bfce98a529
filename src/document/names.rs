//! Names of members: how two of them are compared, and a hash that outsiders cannot aim at.

use std::hash::BuildHasher;
use std::hash::RandomState;

/// When the name of a member counts as the name in a rule.
///
/// It also decides which names of one object are duplicates: two that a lenient reader would take
/// for the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum KeyMatch {
    /// Equal code points, as RFC 9535, section 2.3.1.2 says.
    #[default]
    Exact,
    /// Equal after simple case mapping of every character, so `EMAIL` is `email`: what Go's
    /// `encoding/json`, .NET's web defaults and Java's `equalsIgnoreCase` accept between them.
    Fold,
    /// Like `Fold`, and `_` and `-` do not count, so `e_mail` is `email`.
    Smart,
}

impl KeyMatch {
    /// Gives the form of a name in which equal names are equal bytes.
    #[inline]
    pub(crate) fn normal<'a>(self, name: &'a str, buffer: &'a mut String) -> &'a str {
        if self == Self::Exact { name } else { self.changed(name, buffer) }
    }

    fn changed<'a>(self, name: &'a str, buffer: &'a mut String) -> &'a str {
        if self.leaves(name) {
            return name;
        }
        buffer.clear();
        buffer.extend(name.chars().filter(|&letter| self.keeps(letter)).map(fold));
        buffer
    }

    /// Whether a name is in its normal form already; the common case, told without writing.
    fn leaves(self, name: &str) -> bool {
        match self {
            Self::Exact => true,
            Self::Fold => name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()),
            Self::Smart => name.bytes().all(|byte| {
                byte.is_ascii() && !byte.is_ascii_uppercase() && byte != b'_' && byte != b'-'
            }),
        }
    }

    fn keeps(self, letter: char) -> bool {
        match self {
            Self::Exact | Self::Fold => true,
            Self::Smart => letter != '_' && letter != '-',
        }
    }
}

/// Whether two names differ by letter case at most.
pub(crate) fn same_letters(one: &str, other: &str) -> bool {
    one.chars().map(fold).eq(other.chars().map(fold))
}

/// Maps a character to one representative of all that differ from it by case.
///
/// Upper case first, then lower case: that joins the Kelvin sign with `k` and the long s with `s`.
/// A mapping to several characters is not a simple one and is left out, but for the dotted
/// capital I, which readers on the Java platform take for `i`.
fn fold(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    let mut upper = letter.to_uppercase();
    let upper = match (upper.next(), upper.next()) {
        (Some(single), None) => single,
        _ => letter,
    };
    upper.to_lowercase().next().unwrap_or(upper)
}

/// A member's name in its normal form, with its hash.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name<'a> {
    /// Decoded, in the normal form of the program's [`KeyMatch`].
    pub(crate) text: &'a str,
    /// By the program's [`Seed`].
    pub(crate) hash: u64,
}

/// How the names of a document are compared with those of a program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Naming {
    pub(crate) key_match: KeyMatch,
    pub(crate) seed: Seed,
}

/// The secret of one program's hashes: drawn at random, so that nobody can send names that collide.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seed {
    start: u64,
    factor: u64,
}

impl Seed {
    pub(crate) fn random() -> Self {
        let state = RandomState::new();
        Self { start: state.hash_one(0_u8), factor: state.hash_one(1_u8) | 1 }
    }

    /// Hashes a name. Multiply and fold: 64 bits, good for tables and for telling names apart;
    /// whoever needs certainty compares the names too.
    #[inline]
    pub(crate) fn name(self, text: &str) -> Name<'_> {
        let bytes = text.as_bytes();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut hash = self.start ^ length.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let last = match (bytes.last_chunk::<8>(), bytes.first_chunk::<4>(), bytes) {
            (Some(last), ..) => {
                // All words but the last, which may overlap the one before.
                let before = bytes.get(..bytes.len() - 1).unwrap_or_default();
                for chunk in before.as_chunks::<8>().0 {
                    hash = mix(hash ^ u64::from_le_bytes(*chunk), self.factor);
                }
                u64::from_le_bytes(*last)
            }
            (None, Some(first), _) => {
                let last = bytes.last_chunk::<4>().unwrap_or(first);
                u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
            }
            (None, None, [first, .., last]) => {
                let middle = bytes.get(1).unwrap_or(first);
                u64::from(*first) << 16 | u64::from(*middle) << 8 | u64::from(*last)
            }
            (None, None, [only]) => u64::from(*only),
            (None, None, []) => 0,
        };
        Name { text, hash: mix(hash ^ last, self.factor) }
    }
}

/// Folds the 128-bit product of two words into one word.
#[inline]
fn mix(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    let low = u64::try_from(product & u128::from(u64::MAX)).unwrap_or(0);
    let high = u64::try_from(product >> 64).unwrap_or(0);
    low ^ high
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(way: KeyMatch, left: &str, right: &str) -> bool {
        way.normal(left, &mut String::new()) == way.normal(right, &mut String::new())
    }

    #[test]
    fn exact_names_differ_by_case() {
        assert!(!same(KeyMatch::Exact, "email", "Email"));
        assert!(same(KeyMatch::Exact, "email", "email"));
    }

    #[test]
    fn fold_joins_what_lenient_readers_join() {
        for other in ["EMAIL", "eMail", "ema\u{0130}l", "ema\u{0131}l"] {
            assert!(same(KeyMatch::Fold, "email", other), "{other}");
        }
        assert!(same(KeyMatch::Fold, "ssn", "\u{017f}\u{017f}n"));
        assert!(same(KeyMatch::Fold, "key", "\u{212a}ey"));
        assert!(same(KeyMatch::Fold, "\u{df}", "\u{1e9e}"));
        assert!(!same(KeyMatch::Fold, "e_mail", "email"));
    }

    #[test]
    fn smart_also_drops_hyphen_and_underscore() {
        assert!(same(KeyMatch::Smart, "first_name", "firstName"));
        assert!(same(KeyMatch::Smart, "first-name", "FIRSTNAME"));
        assert!(!same(KeyMatch::Smart, "first name", "firstname"));
    }

    #[test]
    fn folding_twice_is_folding_once() {
        for letter in '\0'..=char::MAX {
            assert_eq!(fold(fold(letter)), fold(letter), "{}", u32::from(letter));
        }
    }

    #[test]
    fn equal_names_have_equal_hashes_and_others_do_not() {
        let seed = Seed::random();
        let names: Vec<String> = (0..5000).map(|n| "a".repeat(n % 70) + &n.to_string()).collect();
        let hashes: std::collections::HashSet<u64> =
            names.iter().map(|name| seed.name(name).hash).collect();
        assert_eq!(hashes.len(), 5000);
        assert_eq!(seed.name("email").hash, seed.name("email").hash);
    }
}
