//! What pages say, in every language.
//!
//! Each table is an enum; an entry has a text in every language, or it does not compile. `{}` is where a
//! count, a date or a name stands. A text that counts has two forms, parted by `|`: for one, and for
//! all other counts.
//!
//! # Invariants
//!
//! - All languages of an entry have the same forms and places (its tests).

mod shared;
mod portal;
mod console;
mod link;
mod labels;

use std::borrow::Cow;

use super::Language;

pub(super) use console::Staff;
pub(super) use labels::class_name;
pub(super) use link::Link;
pub(super) use portal::Portal;
pub(super) use shared::{Errors, Shared};

/// A text in every language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phrase {
    en: &'static str,
    de: &'static str,
}

/// An entry of a table.
pub(super) trait Text: Copy {
    /// Returns the entry in all languages.
    fn phrase(self) -> Phrase;
}

impl<T: Text> Text for &T {
    fn phrase(self) -> Phrase {
        (*self).phrase()
    }
}

impl Phrase {
    /// Returns the text in a language, as the table has it.
    pub(super) fn in_language(self, language: Language) -> Cow<'static, str> {
        match language {
            Language::English => Cow::Borrowed(self.en),
            Language::German => Cow::Borrowed(self.de),
            Language::Pseudo => Cow::Owned(longer(self.en)),
        }
    }

    /// Returns the text with something in its place.
    pub(super) fn with(self, language: Language, place: &str) -> String {
        self.in_language(language).replacen("{}", place, 1)
    }

    /// Returns the form for a count, with the count in its place.
    pub(super) fn counted(self, language: Language, count: u64) -> String {
        let text = self.in_language(language);
        let (one, many) = text.split_once('|').unwrap_or((&text, &text));
        let form = if count == 1 { one } else { many };
        form.replacen("{}", &super::format::number(language, count), 1)
    }
}

/// English with every vowel doubled under an accent, and padded to 40 % more.
fn longer(text: &str) -> String {
    let one = |text: &str| {
        let mut long = String::with_capacity(text.len() * 2);
        for letter in text.chars() {
            let accented = match letter {
                'a' => "áá",
                'e' => "éé",
                'i' => "íí",
                'o' => "óó",
                'u' => "úú",
                other => {
                    long.push(other);
                    continue;
                }
            };
            long.push_str(accented);
        }
        let wanted = (text.chars().count() * 14).div_ceil(10);
        let missing = wanted.saturating_sub(long.chars().count());
        long.extend(std::iter::repeat_n('~', missing));
        long
    };
    text.split('|').map(one).collect::<Vec<_>>().join("|")
}

/// Writes a table: an enum, and its texts in all languages.
macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($entry:ident { en: $en:literal, de: $de:literal })+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::pages) enum $name {
            $($entry),+
        }

        impl crate::pages::text::Text for $name {
            fn phrase(self) -> crate::pages::text::Phrase {
                match self {
                    $(Self::$entry => crate::pages::text::Phrase { en: $en, de: $de }),+
                }
            }
        }

        #[cfg(test)]
        impl $name {
            /// All entries, with their names.
            pub(in crate::pages) const ALL: &[(&str, Self)] = &[$((stringify!($entry), Self::$entry)),+];
        }
    };
}
use texts;

#[cfg(test)]
mod tests;
