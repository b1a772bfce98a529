//! The words an event may hold: names, codes, counts and keyed references. None can carry a value.

use std::fmt;

use crate::base::DataClass;
use crate::crypto::merkle::Hash;
use crate::crypto::merkle::Tree;
use crate::crypto::merkle::leaf_hash;

/// References that are listed one by one in an item of an event; the others are counted and hashed
/// there, and of an intent they stand in lines of their own before it.
pub const LISTED_REFERENCES: usize = 32;

/// References in one of the lines before an intent.
const LINE_REFERENCES: usize = 512;

/// Longest [`Name`], in bytes.
const NAME_BYTES: usize = 128;

/// Why something happened: a word of the program, such as `no_permit`. It is `'static`, so it cannot
/// come from a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code(pub &'static str);

/// The name of something that operators write: a policy, a file, a version.
///
/// At most 128 characters of `A-Z a-z 0-9 . _ : / @ -`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Box<str>);

impl Name {
    /// Gives the name with every other character replaced by `_`, and cut at 128.
    pub fn clean(text: &str) -> Self {
        let allowed =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '/' | '@' | '-');
        let clean = text.chars().take(NAME_BYTES).map(|c| if allowed(c) { c } else { '_' });
        Self(clean.collect::<String>().into())
    }

    /// Returns the name as it stands in the journal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A token as an auditor may see it: 16 bytes of an HMAC under the audit reference key, made by the
/// tokenizer. Not the token, and nothing without the key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference(pub [u8; 16]);

impl Reference {
    /// Reads 32 lower-case hexadecimal digits, as a line has them.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// What was done, or asked, with the values of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The original was given.
    Reveal,
    /// The mask was given.
    Mask,
    /// A token that the client sent was let through.
    Submit,
    /// A value became a token.
    Tokenize,
    /// The token stayed a token.
    Keep,
}

impl Mode {
    /// The word in the event.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reveal => "reveal",
            Self::Mask => "mask",
            Self::Submit => "submit",
            Self::Tokenize => "tokenize",
            Self::Keep => "keep",
        }
    }
}

/// The method of a request: one of those that are registered, or that it was another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Verb(&'static str);

impl Verb {
    /// Gives the word for a request method ([RFC 9110, section 9]); `other` for one not listed here.
    pub fn of(method: &str) -> Self {
        let known =
            ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
        Self(known.into_iter().find(|&word| word == method).unwrap_or("other"))
    }

    /// The word in the event.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

/// The values of one class in one event: how many, what was done, and which, as references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub(super) class: DataClass,
    pub(super) mode: Mode,
    pub(super) count: u64,
    pub(super) references: References,
}

/// A set of references: the first 32 in byte order, the rest, and for larger sets the Merkle root
/// over all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct References {
    pub(super) listed: Vec<Reference>,
    pub(super) rest: Vec<Reference>,
    pub(super) root: Option<Hash>,
}

impl Item {
    /// Gives `count` values of a class, and the references of their tokens. These become a set; it
    /// is smaller than `count` when a token occurs twice.
    pub fn new(class: DataClass, mode: Mode, count: u64, mut references: Vec<Reference>) -> Self {
        references.sort_unstable();
        references.dedup();
        let root = (references.len() > LISTED_REFERENCES).then(|| {
            let mut tree = Tree::default();
            for reference in &references {
                tree.push(leaf_hash(&reference.0));
            }
            tree.root()
        });
        let rest = references.split_off(references.len().min(LISTED_REFERENCES));
        let references = References { listed: references, rest, root };
        Self { class, mode, count, references }
    }

    /// Returns the references that an event does not list, as items that list them, in order.
    pub(super) fn unlisted(&self) -> impl Iterator<Item = Self> {
        self.references.rest.chunks(LINE_REFERENCES).map(|listed| Self {
            class: self.class.clone(),
            mode: self.mode,
            count: u64::try_from(listed.len()).unwrap_or(u64::MAX),
            references: References { listed: listed.to_vec(), ..References::default() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_thirty_two_references_and_proves_the_rest() {
        let class = DataClass::new("email").unwrap();
        let all: Vec<Reference> = (0..40_u8).rev().map(|n| Reference([n; 16])).collect();
        let item = Item::new(class.clone(), Mode::Reveal, 99, all.clone());
        assert_eq!((item.references.listed.len(), item.references.rest.len()), (32, 8));
        assert_eq!(item.references.listed[0], Reference([0; 16]));
        let mut shuffled = all.clone();
        shuffled.rotate_left(7);
        shuffled.extend(all);
        assert_eq!(Item::new(class.clone(), Mode::Reveal, 99, shuffled), item);
        let few = Item::new(class, Mode::Mask, 1, vec![Reference([1; 16])]);
        assert_eq!((few.references.rest.len(), few.references.root), (0, None));
    }

    #[test]
    fn words_from_outside_cannot_break_out() {
        assert_eq!(Name::clean("a\"b\n{alice@example.com}").as_str(), "a_b__alice@example.com_");
        assert_eq!(Name::clean(&"x".repeat(500)).as_str().len(), 128);
        assert_eq!(Verb::of("GET").as_str(), "GET");
        assert_eq!(Verb::of("get alice@example.com").as_str(), "other");
    }
}
