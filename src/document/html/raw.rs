//! Text that ends at its own end tag: RCDATA, RAWTEXT and script data [HTML, sections 13.2.5.2 to
//! 13.2.5.4 and 13.2.5.9 to 13.2.5.31].

use crate::document::html::name::Name;

/// How far something that could end the text has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Raw {
    /// Text.
    Text,
    /// `<`.
    Less,
    /// `</`.
    EndOpen,
    /// `</` and letters.
    EndName,
    /// Script: `<!`.
    EscapeStart,
    /// Script: `<!-`.
    EscapeStartDash,
    /// Script, behind `<!--`.
    Escaped,
    /// The same, behind `-`.
    EscapedDash,
    /// The same, behind `--`.
    EscapedDashes,
    /// The same, behind `<`.
    EscapedLess,
    /// The same, behind `</`.
    EscapedEndOpen,
    /// The same, behind `</` and letters.
    EscapedEndName,
    /// The same, behind `<` and letters.
    DoubleStart,
    /// Script, behind `<!--` and `<script`.
    Double,
    /// The same, behind `-`.
    DoubleDash,
    /// The same, behind `--`.
    DoubleDashes,
    /// The same, behind `<`.
    DoubleLess,
    /// The same, behind `</` and letters.
    DoubleEnd,
}

/// What a byte does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    /// It is taken.
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
        matches!(self, Self::Text | Self::Escaped | Self::Double)
    }

    /// Takes one byte of the text of an element. `seen` holds the letters behind `<` or `</`.
    pub(super) fn push(self, byte: u8, element: &Name, seen: &mut Name) -> Move {
        let letter = byte.is_ascii_alphabetic();
        match self {
            Self::Text => Move::To(if byte == b'<' { Self::Less } else { self }),
            Self::Less => match byte {
                b'/' => Move::To(Self::EndOpen),
                b'!' if element.whole() == b"script" => Move::To(Self::EscapeStart),
                _ => Move::Again(Self::Text),
            },
            Self::EndOpen if letter => begin(seen, Self::EndName),
            Self::EndOpen => Move::Again(Self::Text),
            Self::EndName => named(byte, element, seen, (self, Self::Text)),
            Self::EscapeStart | Self::EscapeStartDash => match byte {
                b'-' if self == Self::EscapeStart => Move::To(Self::EscapeStartDash),
                b'-' => Move::To(Self::EscapedDashes),
                _ => Move::Again(Self::Text),
            },
            Self::Escaped | Self::EscapedDash | Self::EscapedDashes => match byte {
                b'<' => Move::To(Self::EscapedLess),
                b'>' if self == Self::EscapedDashes => Move::To(Self::Text),
                b'-' if self == Self::Escaped => Move::To(Self::EscapedDash),
                b'-' => Move::To(Self::EscapedDashes),
                _ => Move::To(Self::Escaped),
            },
            Self::EscapedLess if byte == b'/' => Move::To(Self::EscapedEndOpen),
            Self::EscapedLess if letter => begin(seen, Self::DoubleStart),
            Self::EscapedEndOpen if letter => begin(seen, Self::EscapedEndName),
            Self::EscapedLess | Self::EscapedEndOpen => Move::Again(Self::Escaped),
            Self::EscapedEndName => named(byte, element, seen, (self, Self::Escaped)),
            Self::DoubleStart => word(byte, seen, (self, Self::Double, Self::Escaped)),
            Self::Double | Self::DoubleDash | Self::DoubleDashes => match byte {
                b'<' => Move::To(Self::DoubleLess),
                b'>' if self == Self::DoubleDashes => Move::To(Self::Text),
                b'-' if self == Self::Double => Move::To(Self::DoubleDash),
                b'-' => Move::To(Self::DoubleDashes),
                _ => Move::To(Self::Double),
            },
            Self::DoubleLess if byte == b'/' => {
                *seen = Name::EMPTY;
                Move::To(Self::DoubleEnd)
            }
            Self::DoubleLess => Move::Again(Self::Double),
            Self::DoubleEnd => word(byte, seen, (self, Self::Escaped, Self::Double)),
        }
    }
}

/// Starts to collect letters with the byte at hand.
fn begin(seen: &mut Name, state: Raw) -> Move {
    *seen = Name::EMPTY;
    Move::Again(state)
}

/// The letters behind `</`: the end tag of the element, or text.
fn named(byte: u8, element: &Name, seen: &mut Name, (stay, back): (Raw, Raw)) -> Move {
    if byte.is_ascii_alphabetic() {
        seen.push(byte);
        return Move::To(stay);
    }
    if ends_name(byte) && seen.whole() == element.whole() { Move::Leave } else { Move::Again(back) }
}

/// The letters behind `<` in an escaped script: the word `script` changes what ends it.
fn word(byte: u8, seen: &mut Name, (stay, yes, no): (Raw, Raw, Raw)) -> Move {
    if byte.is_ascii_alphabetic() {
        seen.push(byte);
        return Move::To(stay);
    }
    if !ends_name(byte) {
        // Back to where the `<` came from: `no` when it opened, `no` when it closed.
        return Move::Again(no);
    }
    Move::To(if seen.whole() == b"script" { yes } else { no })
}
