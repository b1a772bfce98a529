//! One-way forms: what a caller sees who may see a part.

/// What is shown in place of what is hidden. Fixed, so that a mask does not tell a length.
const HIDDEN: &str = "***";

/// What a mask leaves of a value.
///
/// It never shows more than half of the characters of the part it shows something of: a shorter
/// value is hidden whole, and so is one that is not of the kind the mask is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mask {
    /// The first character of each word: `Alice Doe` is `A*** D***`.
    Initial,
    /// The last so many letters and digits, 1 to 9: `4111 1111 1111 1234` is `***1234`.
    Last(u8),
    /// The first character and the domain of an address: `a***@example.com`.
    Email,
    /// The domain of an address: `***@example.com`.
    Domain,
    /// The year of a date: `1984`.
    Year,
    /// Shows nothing of the value: `***`.
    Redact,
}

impl Mask {
    /// Gives the mask of this name in rule files (`last1` to `last9`); none for another name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "initial" => Some(Self::Initial),
            "email" => Some(Self::Email),
            "domain" => Some(Self::Domain),
            "year" => Some(Self::Year),
            "redact" => Some(Self::Redact),
            _ => match name.strip_prefix("last")?.as_bytes() {
                [digit @ b'1'..=b'9'] => Some(Self::Last(digit - b'0')),
                _ => None,
            },
        }
    }

    /// Whether a text is one that this mask could have given. A year alone is not told from a value
    /// that is a year.
    pub fn gives(&self, text: &str) -> bool {
        if text == HIDDEN {
            return true;
        }
        let one_letter = |text: &str| text.chars().count() <= 1;
        match self {
            Self::Initial => {
                text.split(' ').all(|word| word.strip_suffix(HIDDEN).is_some_and(one_letter))
            }
            Self::Last(count) => text.strip_prefix(HIDDEN).is_some_and(|shown| {
                shown.chars().count() == usize::from(*count)
                    && shown.chars().all(char::is_alphanumeric)
            }),
            // From the right: the first character may be an asterisk itself, no domain has one.
            Self::Email | Self::Domain => text
                .rsplit_once(HIDDEN)
                .is_some_and(|(first, domain)| one_letter(first) && domain.starts_with('@')),
            Self::Year | Self::Redact => false,
        }
    }

    /// Returns the value with all masked but what the mask shows.
    pub fn apply(&self, value: &str) -> String {
        let shown = match self {
            Self::Initial => initials(value),
            Self::Last(count) => last(value, usize::from(*count)),
            Self::Email => address(value).map(|(local, domain)| {
                let first = first_of(local).map(String::from).unwrap_or_default();
                format!("{first}{HIDDEN}@{domain}")
            }),
            Self::Domain => address(value).map(|(_, domain)| format!("{HIDDEN}@{domain}")),
            Self::Year => year(value),
            Self::Redact => None,
        };
        shown.unwrap_or_else(|| HIDDEN.to_owned())
    }
}

/// The first character, when there is at least one more to hide.
fn first_of(word: &str) -> Option<char> {
    let mut characters = word.chars();
    let first = characters.next()?;
    characters.next().map(|_| first)
}

fn initials(value: &str) -> Option<String> {
    let words = value.split_whitespace().map(|word| {
        let first = first_of(word).filter(|first| first.is_alphabetic());
        first.map(String::from).unwrap_or_default() + HIDDEN
    });
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn last(value: &str, count: usize) -> Option<String> {
    let characters: Vec<char> = value.chars().filter(|c| c.is_alphanumeric()).collect();
    let hidden = characters.len().checked_sub(count).filter(|&hidden| hidden >= count)?;
    let shown: String = characters.iter().skip(hidden).collect();
    Some(format!("{HIDDEN}{shown}"))
}

/// The parts of an address; none when what follows the last `@` does not look like a domain.
fn address(value: &str) -> Option<(&str, &str)> {
    let (local, domain) = value.trim().rsplit_once('@')?;
    let plausible = (1..=253).contains(&domain.len())
        && domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.'))
        && !local.is_empty()
        && !local.contains(char::is_whitespace);
    plausible.then_some((local, domain))
}

/// The year, when the value has the form of a date: one group of four digits that is a year of our
/// times, and other digits for day or month.
fn year(value: &str) -> Option<String> {
    let is_date = value.len() <= 40
        && value.bytes().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'/' | b'.' | b',' | b':' | b'+')
        });
    if !is_date {
        return None;
    }
    let mut groups: Vec<&str> =
        value.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let is_year = |group: &&str| group.len() == 4 && ("1800".."2200").contains(group);
    let first = groups.iter().position(is_year)?;
    let year = groups.remove(first);
    let rest_is_day_or_time = !groups.is_empty() && !groups.iter().any(is_year);
    rest_is_day_or_time.then(|| year.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn masked(name: &str, value: &str) -> String {
        Mask::parse(name).unwrap().apply(value)
    }

    #[test]
    fn masks_show_what_they_say() {
        for (name, value, expected) in [
            ("initial", "Alice Doe", "A*** D***"),
            ("initial", "Éva 王小明", "É*** 王***"),
            ("last4", "4111 1111 1111 1234", "***1234"),
            ("last2", "+1 415 555 01 00", "***00"),
            ("email", "alice@example.com", "a***@example.com"),
            ("email", "jürgen@bücher.example", "j***@bücher.example"),
            ("domain", "alice@example.com", "***@example.com"),
            ("year", "1984-05-12", "1984"),
            ("year", "12.05.1984", "1984"),
            ("year", "12 May 1984", "1984"),
            ("year", "1984-05-12T10:20:30Z", "1984"),
            ("redact", "anything", "***"),
        ] {
            assert_eq!(masked(name, value), expected, "{name} of {value}");
        }
    }

    #[test]
    fn short_and_strange_values_are_hidden_whole() {
        for (name, value, expected) in [
            ("initial", "", "***"),
            ("initial", "A 王", "*** ***"),
            ("initial", "1984", "***"),
            ("last4", "1234567", "***"),
            ("last4", "", "***"),
            ("last2", "1-2-3", "***"),
            ("email", "a@example.com", "***@example.com"),
            ("email", "alice", "***"),
            ("email", "my secret@home and more", "***"),
            ("domain", "@example.com", "***"),
            ("domain", "a@b@", "***"),
            ("year", "1984", "***"),
            ("year", "12345678", "***"),
            ("year", "1984 2001", "***"),
            ("year", "0512-05-12", "***"),
            ("year", "١٩٨٤-٠٥-١٢", "***"),
        ] {
            assert_eq!(masked(name, value), expected, "{name} of {value}");
        }
    }

    #[test]
    fn a_mask_whose_first_character_is_an_asterisk_is_known_as_one() {
        for (value, expected) in
            [("*b@example.com", "****@example.com"), ("**@example.com", "****@example.com")]
        {
            assert_eq!(masked("email", value), expected);
            assert!(Mask::Email.gives(expected), "{value}");
        }
    }

    #[test]
    fn unknown_masks_are_refused() {
        for name in ["", "last", "last0", "last10", "Last4", "last٤", "none"] {
            assert_eq!(Mask::parse(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_mask_shows_at_most_half(word in "[\\p{L}\\p{N}]{0,12}", count in 1..=9_u8) {
            let length = word.chars().count();
            for mask in [Mask::Initial, Mask::Last(count), Mask::Redact] {
                let masked = mask.apply(&word);
                let shown = masked.chars().filter(|c| *c != '*').count();
                prop_assert!(shown * 2 <= length, "{word} {mask:?} {masked}");
            }
            let address = Mask::Email.apply(&format!("{word}@example.com"));
            let shown = address.split('@').next().unwrap().chars().filter(|c| *c != '*').count();
            prop_assert!(shown * 2 <= length);
        }

        #[test]
        fn a_mask_is_known_as_one(value in "\\PC{0,24}", count in 1..=9_u8) {
            for mask in
                [Mask::Initial, Mask::Last(count), Mask::Email, Mask::Domain, Mask::Redact]
            {
                let masked = mask.apply(&value);
                prop_assert!(mask.gives(&masked), "{mask:?} {masked}");
            }
        }

        #[test]
        fn no_text_breaks_a_mask(value in any::<String>(), count in 1..=9_u8) {
            for mask in
                [Mask::Initial, Mask::Last(count), Mask::Email, Mask::Domain, Mask::Year, Mask::Redact]
            {
                prop_assert!(!mask.apply(&value).is_empty());
            }
        }
    }
}
