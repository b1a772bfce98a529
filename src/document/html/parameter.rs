//! Where in a parameter of a query a place is, and whether the parameter holds a URL itself.
//!
//! Applications hand on where to go back to: `?next=%2Fpeople%2F%3Fq%3D…`. Such a text is decoded twice,
//! once with the query around it and once when somebody follows it. A value written for one reading would
//! break in the other, and no rule reads that deep: it would reach the application in clear. So tokens stay
//! there, and go through as they are.

/// What has been read of a query since its last ampersand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::document) struct Parameter {
    seen: Seen,
    /// Whether it is the value that is being read.
    value: bool,
    nested: bool,
}

/// What the bytes just read may be the beginning of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    Percent,
    Half(u8),
    /// An ampersand: a separator, or the beginning of a character reference.
    Ampersand,
    Sign,
    /// A number behind it, and its base.
    Reference(u32, u32),
}

impl Parameter {
    /// Nothing has been read yet.
    pub(super) const START: Self = Self { seen: Seen::Nothing, value: false, nested: false };

    /// Whether a number sign would belong to a character reference, and not begin a fragment.
    pub(super) fn may_refer(self) -> bool {
        self.seen == Seen::Ampersand
    }

    /// Whether the place is in a URL or a query inside the parameter.
    pub(super) fn nested(self) -> bool {
        self.nested
    }

    /// Takes one byte, in attribute spelling.
    pub(super) fn push(self, byte: u8) -> Self {
        match (self.seen, byte) {
            (Seen::Ampersand, b'#') => self.saw(Seen::Sign),
            (Seen::Sign, b'x' | b'X') => self.saw(Seen::Reference(0, 16)),
            (Seen::Sign, byte) => self.saw(Seen::Reference(0, 10)).push(byte),
            // The ampersand, spelled as a number.
            (Seen::Reference(38, _), b';') => Self::START,
            (Seen::Reference(number, base), byte) => self.number(number, base, byte),
            (Seen::Ampersand, byte) => Self::START.plain(byte),
            (Seen::Percent, b'2' | b'3') => self.saw(Seen::Half(byte)),
            // `%2F`, `%3D`, `%3F`.
            (Seen::Half(b'2'), b'F' | b'f') | (Seen::Half(b'3'), b'D' | b'd' | b'F' | b'f') => {
                Self { seen: Seen::Nothing, nested: true, ..self }
            }
            (Seen::Nothing | Seen::Percent | Seen::Half(_), byte) => self.plain(byte),
        }
    }

    fn number(self, number: u32, base: u32, byte: u8) -> Self {
        match char::from(byte).to_digit(base) {
            Some(digit) => {
                let number = number.saturating_mul(base).saturating_add(digit);
                self.saw(Seen::Reference(number, base))
            }
            // Another character: it could be a sign of a URL, so it counts as one.
            None => Self { seen: Seen::Nothing, nested: true, ..self },
        }
    }

    fn saw(self, seen: Seen) -> Self {
        Self { seen, ..self }
    }

    fn plain(self, byte: u8) -> Self {
        let calm = self.saw(Seen::Nothing);
        match byte {
            b'&' => self.saw(Seen::Ampersand),
            b'%' => self.saw(Seen::Percent),
            b'=' if !self.value => Self { value: true, ..calm },
            b'=' | b'?' | b'/' if self.value => Self { nested: true, ..calm },
            _ => calm,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(before: &str) -> bool {
        before.bytes().fold(Parameter::START, Parameter::push).nested()
    }

    #[test]
    fn a_url_inside_a_parameter_is_seen_however_it_is_spelled() {
        for before in [
            "next=/people/",
            "next=%2Fpeople%2f",
            "next=people%3Fq%3d",
            "a=1&next=?q=",
            "q=a&amp;filters=q%3D",
            "a&#038;next=%2F",
            "a&#x26;b=c=",
            "a=b&#61;",
            "a%3D",
            "a=%%2F",
        ] {
            assert!(nested(before), "{before}");
        }
    }

    #[test]
    fn the_next_parameter_is_another_one() {
        for before in [
            "q=",
            "q=a%20b%2C%22",
            "/people/",
            "next=/a?b=&q=",
            "next=%2F&amp;q=",
            "next=%2F&#38;q=",
            "next=%2F&#038;q=",
            "next=%2F&#x26;q=",
            "%",
        ] {
            assert!(!nested(before), "{before}");
        }
    }
}
