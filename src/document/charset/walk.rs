//! Finding the bytes of a place in the text.
//!
//! The bytes are known to decode, so the first byte or two of a character say how long it is, and
//! text and bytes can be walked side by side. No map is kept.

use encoding_rs::BIG5;
use encoding_rs::EUC_JP;
use encoding_rs::EUC_KR;
use encoding_rs::Encoding;
use encoding_rs::GB18030;
use encoding_rs::GBK;
use encoding_rs::SHIFT_JIS;
use encoding_rs::UTF_8;
use encoding_rs::UTF_16BE;
use encoding_rs::UTF_16LE;

/// Bytes that are looked at together for one that is not ASCII.
const RUN: usize = 64;

/// How characters of an encoding are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Utf8,
    Single,
    /// Two bytes, four for a surrogate pair; whether the high byte comes first.
    Utf16 {
        big: bool,
    },
    /// Two bytes from 0x81: EUC-KR and Big5, which differ in what they mean.
    Double {
        big5: bool,
    },
    /// `Shift_JIS`, with its single bytes between the leads.
    ShiftJis,
    /// EUC-JP, with its third plane.
    EucJp,
    /// GBK and gb18030: a digit in second place makes four bytes.
    Gb,
}

impl Family {
    /// Gives the layout of an encoding of the standard.
    pub(super) fn of(encoding: &'static Encoding) -> Self {
        match encoding {
            _ if encoding == UTF_8 => Self::Utf8,
            _ if encoding == UTF_16LE => Self::Utf16 { big: false },
            _ if encoding == UTF_16BE => Self::Utf16 { big: true },
            _ if encoding == SHIFT_JIS => Self::ShiftJis,
            _ if encoding == EUC_JP => Self::EucJp,
            _ if encoding == EUC_KR => Self::Double { big5: false },
            _ if encoding == BIG5 => Self::Double { big5: true },
            _ if encoding == GBK || encoding == GB18030 => Self::Gb,
            _ => Self::Single,
        }
    }

    /// Bytes of the character at the front; as far as is known when it is cut.
    fn width(self, bytes: &[u8]) -> usize {
        let (first, second) = match bytes {
            [] => return 0,
            [first] => (*first, None),
            [first, second, ..] => (*first, Some(*second)),
        };
        match (self, first) {
            (Self::Utf8, 0xf0..) => 4,
            (Self::Utf16 { big }, _) => {
                let high = if big { Some(first) } else { second };
                if high.is_some_and(|high| (0xd8..=0xdb).contains(&high)) { 4 } else { 2 }
            }
            (Self::Utf8, 0xe0..) | (Self::EucJp, 0x8f) => 3,
            (Self::Utf8, 0xc0..)
            | (Self::EucJp, 0x8e | 0xa1..=0xfe)
            | (Self::ShiftJis, 0x81..=0x9f | 0xe0..=0xfc)
            | (Self::Double { .. }, 0x81..=0xfe) => 2,
            (Self::Gb, 0x81..=0xfe) => match second {
                Some(b'0'..=b'9') => 4,
                Some(_) | None => 2,
            },
            (
                Self::Single
                | Self::Utf8
                | Self::EucJp
                | Self::ShiftJis
                | Self::Double { .. }
                | Self::Gb,
                0..=0xff,
            ) => 1,
        }
    }

    /// Characters that the bytes at the front stand for: Big5 has four pairs that stand for a
    /// letter and a combining mark.
    fn characters(self, bytes: &[u8]) -> usize {
        match (self, bytes) {
            (Self::Double { big5: true }, [0x88, 0x62 | 0x64 | 0xa3 | 0xa5, ..]) => 2,
            _ => 1,
        }
    }

    /// Gives the bytes of each character to `take`; a cut one at the end, too.
    pub(super) fn each(self, bytes: &[u8], mut take: impl FnMut(&[u8])) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let width = self.width(rest).clamp(1, rest.len());
            let (character, behind) = rest.split_at_checked(width).unwrap_or_default();
            take(character);
            rest = behind;
        }
    }

    /// Length of the front part that ends with a whole character.
    pub(super) fn whole(self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let width = self.width(rest);
            if width > rest.len() {
                break;
            }
            at += width;
        }
        at
    }
}

/// One place, in bytes and in text; it only goes forward.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    family: Family,
    source: &'a [u8],
    text: &'a str,
    source_at: usize,
    text_at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(family: Family, source: &'a [u8], text: &'a str) -> Self {
        Self { family, source, text, source_at: 0, text_at: 0 }
    }

    /// Goes to a place of the text and gives the place of the bytes. None when it lies behind,
    /// outside, or within what the bytes spell as one.
    pub(super) fn seek(&mut self, text_at: usize) -> Option<usize> {
        while self.text_at < text_at {
            if !matches!(self.family, Family::Utf16 { .. }) && self.skip_ascii(text_at) {
                continue;
            }
            let rest = self.source.get(self.source_at..)?;
            let mut letters = self.text.get(self.text_at..)?.chars();
            let characters = self.family.characters(rest);
            for _ in 0..characters {
                self.text_at += letters.next()?.len_utf8();
            }
            self.source_at += self.family.width(rest);
        }
        (self.text_at == text_at && self.source_at <= self.source.len()).then_some(self.source_at)
    }

    /// Goes over letters of ASCII, up to a place of the text. Answers whether there were any. At the
    /// start of a character a byte below 128 is one, in all but UTF-16.
    fn skip_ascii(&mut self, text_at: usize) -> bool {
        let rest = self.source.get(self.source_at..).unwrap_or_default();
        let front = rest.get(..text_at - self.text_at).unwrap_or(rest);
        let calm = front.chunks(RUN).take_while(|run| run.is_ascii());
        let runs = calm.map(<[u8]>::len).sum::<usize>();
        let behind = front.get(runs..).unwrap_or_default();
        let count = runs + behind.iter().take_while(|byte| byte.is_ascii()).count();
        self.source_at += count;
        self.text_at += count;
        count > 0
    }
}
