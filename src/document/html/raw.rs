//! Text that ends at its own end tag: RCDATA, RAWTEXT and script data [HTML, sections 13.2.5.2 to
//! 13.2.5.4 and 13.2.5.9 to 13.2.5.31].

use crate::document::html::name::Name;

/// How far something that could end the text has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Raw {
    Text,
    LessThanSign,
    EndTagOpen,
    EndTagName,
    EscapeStart,
    EscapeStartDash,
    /// Script, behind `<!--`.
    Escaped,
    /// The same, behind `-`.
    EscapedDash,
    /// The same, behind `--`.
    EscapedDashDash,
    /// The same, behind `<`.
    EscapedLessThanSign,
    /// The same, behind `</`.
    EscapedEndTagOpen,
    /// The same, behind `</` and letters.
    EscapedEndTagName,
    /// The same, behind `<` and letters.
    DoubleEscapeStart,
    /// Script, behind `<!--` and `<script`.
    DoubleEscaped,
    /// The same, behind `-`.
    DoubleEscapedDash,
    /// The same, behind `--`.
    DoubleEscapedDashDash,
    /// The same, behind `<`.
    DoubleEscapedLessThanSign,
    /// The same, behind `</` and letters.
    DoubleEscapeEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    To(Raw),
    /// It is to be looked at again in another state.
    Again(Raw),
    /// It is the first behind the name of the end tag.
    Leave,
}

/// Whether a byte ends a tag name.
pub(super) fn ends_name(byte: u8) -> bool {
    space(byte) || matches!(byte, b'/' | b'>')
}

/// White space between attributes; a carriage return becomes a line feed before anybody looks.
pub(super) fn space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

impl Raw {
    /// Whether a value written here stays text whatever its letters are.
    pub(super) fn settled(self) -> bool {
        matches!(self, Self::Text | Self::Escaped | Self::DoubleEscaped)
    }

    /// Takes one byte of the text of an element. `seen` holds the letters behind `<` or `</`.
    pub(super) fn push(self, byte: u8, element: &Name, seen: &mut Name) -> Move {
        let letter = byte.is_ascii_alphabetic();
        match self {
            Self::Text => Move::To(if byte == b'<' { Self::LessThanSign } else { self }),
            Self::LessThanSign => match byte {
                b'/' => Move::To(Self::EndTagOpen),
                b'!' if element.whole() == b"script" => Move::To(Self::EscapeStart),
                _ => Move::Again(Self::Text),
            },
            Self::EndTagOpen if letter => begin(seen, Self::EndTagName),
            Self::EndTagOpen => Move::Again(Self::Text),
            Self::EndTagName => self.named(byte, element, seen, Self::Text),
            Self::EscapeStart | Self::EscapeStartDash => match byte {
                b'-' if self == Self::EscapeStart => Move::To(Self::EscapeStartDash),
                b'-' => Move::To(Self::EscapedDashDash),
                _ => Move::Again(Self::Text),
            },
            Self::Escaped | Self::EscapedDash | Self::EscapedDashDash => match byte {
                b'<' => Move::To(Self::EscapedLessThanSign),
                b'>' if self == Self::EscapedDashDash => Move::To(Self::Text),
                b'-' if self == Self::Escaped => Move::To(Self::EscapedDash),
                b'-' => Move::To(Self::EscapedDashDash),
                _ => Move::To(Self::Escaped),
            },
            Self::EscapedLessThanSign if byte == b'/' => Move::To(Self::EscapedEndTagOpen),
            Self::EscapedLessThanSign if letter => begin(seen, Self::DoubleEscapeStart),
            Self::EscapedEndTagOpen if letter => begin(seen, Self::EscapedEndTagName),
            Self::EscapedLessThanSign | Self::EscapedEndTagOpen => Move::Again(Self::Escaped),
            Self::EscapedEndTagName => self.named(byte, element, seen, Self::Escaped),
            Self::DoubleEscapeStart => self.word(byte, seen, Self::DoubleEscaped, Self::Escaped),
            Self::DoubleEscaped | Self::DoubleEscapedDash | Self::DoubleEscapedDashDash => {
                match byte {
                    b'<' => Move::To(Self::DoubleEscapedLessThanSign),
                    b'>' if self == Self::DoubleEscapedDashDash => Move::To(Self::Text),
                    b'-' if self == Self::DoubleEscaped => Move::To(Self::DoubleEscapedDash),
                    b'-' => Move::To(Self::DoubleEscapedDashDash),
                    _ => Move::To(Self::DoubleEscaped),
                }
            }
            Self::DoubleEscapedLessThanSign if byte == b'/' => {
                *seen = Name::EMPTY;
                Move::To(Self::DoubleEscapeEnd)
            }
            Self::DoubleEscapedLessThanSign => Move::Again(Self::DoubleEscaped),
            Self::DoubleEscapeEnd => self.word(byte, seen, Self::Escaped, Self::DoubleEscaped),
        }
    }

    /// Takes a letter behind `</`, or what comes after them: the end tag of the element, or text, which
    /// goes on in the state `text`.
    fn named(self, byte: u8, element: &Name, seen: &mut Name, text: Self) -> Move {
        if byte.is_ascii_alphabetic() {
            seen.push(byte);
            return Move::To(self);
        }
        if ends_name(byte) && seen.whole() == element.whole() {
            Move::Leave
        } else {
            Move::Again(text)
        }
    }

    /// Takes a letter behind `<` in an escaped script, or what comes after them: the word `script`
    /// changes what ends it.
    fn word(self, byte: u8, seen: &mut Name, script: Self, other: Self) -> Move {
        if byte.is_ascii_alphabetic() {
            seen.push(byte);
            return Move::To(self);
        }
        if !ends_name(byte) {
            // Back to where the `<` came from, whether it opened or closed.
            return Move::Again(other);
        }
        Move::To(if seen.whole() == b"script" { script } else { other })
    }
}

/// Starts to collect letters with the byte at hand.
fn begin(seen: &mut Name, state: Raw) -> Move {
    *seen = Name::EMPTY;
    Move::Again(state)
}
