//! Languages that a place may be in, and the values that are spelled alike in all of them.

use std::ops::BitOr;

/// What a place may be in, beside the language that it is known to be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Doubts(u8);

impl Doubts {
    /// Leaves nothing in doubt.
    pub const NONE: Self = Self(0);
    /// Any text: lines that mean something, templates, markup whose first tag comes later.
    pub(super) const TEXT: Self = Self(1);
    /// The inside of a tag, a comment, a script.
    pub(super) const TAG: Self = Self(1 << 1);
    /// A string in double quotes.
    pub(super) const DOUBLE: Self = Self(1 << 2);
    /// A string in single quotes.
    pub(super) const SINGLE: Self = Self(1 << 3);
    pub(super) const LINK: Self = Self(1 << 4);
    /// A header field with lists and parameters.
    pub(super) const FIELD: Self = Self(1 << 5);
    /// The value of a parameter of one, without quotes.
    pub(super) const PARAMETER: Self = Self(1 << 6);
    /// A quoted string of one ([RFC 9110, section 5.6.4]), which file names make less than it is
    /// ([RFC 6266, appendix D]).
    pub(super) const QUOTED: Self = Self(1 << 7);

    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether a value is spelled alike in all of them, and ends none.
    pub fn allow(self, value: &str) -> bool {
        let lacks = |signs: &str| !value.contains(|letter| signs.contains(letter));
        let lines = !value.contains(char::is_control);
        let all = |fits: fn(char) -> bool| value.chars().all(fits);
        let tests = [
            (Self::TEXT, lines && lacks("`") && !begins_markup(value)),
            (Self::TAG, all(|letter| letter.is_alphanumeric() || "@.-_+".contains(letter))),
            (Self::DOUBLE, lines && lacks("\"\\`")),
            (Self::SINGLE, lines && lacks("'\\`")),
            (Self::LINK, lacks("%&#+;=?/\\") && !value.bytes().all(|byte| byte == b'.')),
            (Self::FIELD, lines && lacks("\",;\\")),
            (
                Self::PARAMETER,
                all(|letter| letter.is_ascii_alphanumeric() || "@.-_~".contains(letter)),
            ),
            (Self::QUOTED, all(|letter| matches!(letter, ' '..='~')) && lacks("\"\\%")),
        ];
        tests.into_iter().all(|(doubt, passes)| passes || !self.has(doubt))
    }
}

impl BitOr for Doubts {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Whether a value has what begins a tag or a reference of HTML, or could with what stands behind it. An
/// ampersand with one letter begins none: `R&D`.
fn begins_markup(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        let behind = bytes.get(at + 1..).unwrap_or_default();
        match (byte, behind) {
            (b'<' | b'&', []) | (b'&', [b'#', ..]) => true,
            (b'<', [next, ..]) => next.is_ascii_alphabetic() || b"/!?".contains(next),
            (b'&', [one, two, ..]) => one.is_ascii_alphabetic() && two.is_ascii_alphanumeric(),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubt_lets_pass_what_its_language_spells_alike() {
        for (doubt, passes, stays) in [
            (Doubts::TEXT, "Zoë \"Z\" O'Hara, R&D + 3 < 4", "a\nb"),
            (Doubts::TEXT, "a & b", "<b>"),
            (Doubts::TEXT, "H&M", "a &lt; b"),
            (Doubts::TAG, "a1+b@x.example", "a b"),
            (Doubts::DOUBLE, "O'Hara", "a\"b"),
            (Doubts::SINGLE, "\"a\"", "a\\"),
            (Doubts::LINK, "Zoë M", "a+b@x"),
            (Doubts::LINK, ".a", ".."),
            (Doubts::FIELD, "Zoë M", "a; b"),
            (Doubts::PARAMETER, "a@x.example", "a b"),
            (Doubts::QUOTED, "a; b", "é"),
        ] {
            assert!(doubt.allow(passes), "{passes}");
            assert!(!doubt.allow(stays), "{stays}");
            assert!(Doubts::NONE.allow(stays));
        }
    }
}
