//! Bodies that are not UTF-8: reading them as text, and putting values back in their bytes.
//!
//! [`Charset::settle`] decides how a body is read, [`Charset::decode`] gives it as UTF-8 with a way
//! back, and a [`Rewrite`] replaces spans of that text in the original bytes. The encodings and
//! their names are those of the WHATWG Encoding standard, so `iso-8859-1` is windows-1252, as
//! browsers read it. What pages and XML declare themselves is found by `declared`. Not for: headers.
//!
//! Doubt closes:
//!
//! - Undeclared is UTF-8, and bytes that are not are refused.
//! - Labels that the standard does not name are refused, UTF-7 among them.
//! - ISO-2022-JP is refused: its escape sequences change what the bytes behind them mean, so no
//!   span stands for itself; it has let markup through filters. The `replacement` labels
//!   (ISO-2022-KR, HZ and others) are refused for the same reason.
//! - A byte order mark that speaks against the declaration is refused. So is UTF-16 that says its
//!   order neither by label nor by mark: RFC 2781, section 4.3 and the WHATWG read it differently.
//!
//! A byte order mark is part of the text; the formats decide what it means to them.
//!
//! # Invariants
//!
//! - Without edits the bytes come back, whatever spelling they use: `no_edits_are_the_identity`.
//! - Bytes outside the replaced spans stay: `edits_touch_only_their_spans`.
//! - What was written reads as the value: `what_is_written_reads_as_the_value`.
//! - No state passes from one character to the next, so a stream can be cut at
//!   [`Charset::whole`] and every piece decoded for itself: `a_stream_can_be_cut_at_whole_characters`.

mod walk;
mod rewrite;
mod declared;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use encoding_rs::DecoderResult;
use encoding_rs::Encoding;
use encoding_rs::ISO_2022_JP;
use encoding_rs::REPLACEMENT;
use encoding_rs::UTF_8;
use encoding_rs::UTF_16LE;

use crate::document::Reason;
use crate::document::Refusal;
use crate::document::codec;

pub use declared::charset_of_page;
pub use declared::charset_of_xml;
pub use declared::page_says_nothing;
pub use rewrite::{Rewrite, Unmappable};

use walk::Family;

/// A character set in which every character stands for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Charset(&'static Encoding);

impl Default for Charset {
    fn default() -> Self {
        Self::UTF8
    }
}

impl Charset {
    /// What a body is in when nothing is declared.
    pub const UTF8: Self = Self(UTF_8);

    /// Decides how a body is read: by the declared label, in any case, and the first three bytes.
    ///
    /// Refuses labels that are unknown or not supported, and a byte order mark against the label.
    pub fn settle(label: Option<&[u8]>, head: &[u8]) -> Result<Self, Refusal> {
        let Some(label) = label else { return Ok(Self::UTF8) };
        let refuse = |reason| Err(Refusal::new(reason, 0));
        let Some(named) = Encoding::for_label(label) else { return refuse(Reason::UnknownCharset) };
        if named == ISO_2022_JP || named == REPLACEMENT {
            return refuse(Reason::UnsupportedCharset);
        }
        let marked = Encoding::for_bom(head).map(|(encoding, _length)| encoding);
        let open = named == UTF_16LE && !label.trim_ascii().eq_ignore_ascii_case(b"utf-16le");
        match marked {
            Some(marked) if open && marked != UTF_8 => Ok(Self(marked)),
            Some(marked) if marked != named => refuse(Reason::AmbiguousCharset),
            None if open => refuse(Reason::AmbiguousCharset),
            Some(_) | None => Ok(Self(named)),
        }
    }

    /// Gives the name that the standard uses.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Whether bytes below 128 that are no part of another character mean what they mean in ASCII.
    /// Where it does not hold (UTF-16), a reader that ignores the declaration sees another document.
    pub fn extends_ascii(self) -> bool {
        self.0.is_ascii_compatible()
    }

    /// Whether a text can be written so that it reads back as itself.
    pub fn says(self, text: &str) -> bool {
        self.0 == UTF_8 || rewrite::says(self.0, text)
    }

    /// Reads a short text to its end. Refuses bytes that the character set does not have.
    pub(super) fn read(self, bytes: &[u8], out: &mut String) -> Result<(), Refusal> {
        if self == Self::UTF8 {
            out.push_str(codec::utf8(bytes)?);
            return Ok(());
        }
        let Some(text) = self.0.decode_without_bom_handling_and_without_replacement(bytes) else {
            return Err(self.fault(bytes));
        };
        out.push_str(&text);
        if let Cow::Owned(text) = text {
            drop(zeroize::Zeroizing::new(text));
        }
        Ok(())
    }

    /// Writes a text; a question mark for what the character set cannot [say](Self::says).
    pub(super) fn write(self, text: &str, out: &mut Vec<u8>) {
        if self == Self::UTF8 {
            out.extend_from_slice(text.as_bytes());
        } else {
            rewrite::write(self.0, text, out);
        }
    }

    /// Whether a name has letters whose bytes a reader of bytes takes for brackets or a backslash.
    pub(super) fn hides_syntax(self, name: &str) -> bool {
        if self == Self::UTF8 || self.single_byte() || name.is_ascii() {
            return false;
        }
        let mut bytes = Vec::with_capacity(name.len());
        self.write(name, &mut bytes);
        let count = |bytes: &[u8]| bytes.iter().filter(|byte| b"[]\\".contains(byte)).count();
        count(&bytes) != count(name.as_bytes())
    }

    /// Whether every byte is one character, and those below 128 are the ones of ASCII.
    pub fn single_byte(self) -> bool {
        self.0.is_single_byte()
    }

    /// Gives the length of the front part that ends with a whole character. What is left over is
    /// shorter than one character, and is to be put before the next piece of the stream.
    pub fn whole(self, piece: &[u8]) -> usize {
        Family::of(self.0).whole(piece)
    }

    /// Gives the length of the front part that reads as text.
    pub(super) fn valid(self, bytes: &[u8]) -> usize {
        match self.0.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(_) => bytes.len(),
            None => usize::try_from(self.fault(bytes).offset).unwrap_or(0).min(bytes.len()),
        }
    }

    /// Gives the bytes of each character to `take`. The bytes must read as text.
    pub(super) fn each(self, bytes: &[u8], take: impl FnMut(&[u8])) {
        Family::of(self.0).each(bytes, take);
    }

    /// Reads bytes as text, the whole of it.
    ///
    /// Refuses bytes that the character set does not have, and lengths that four bytes cannot
    /// name. The text has at most three times the bytes of the source.
    pub fn decode(self, source: &[u8]) -> Result<Transcript<'_>, Refusal> {
        let Some(text) = self.0.decode_without_bom_handling_and_without_replacement(source) else {
            return Err(self.fault(source));
        };
        if u32::try_from(source.len().max(text.len())).is_err() {
            return Err(Refusal::new(Reason::TooLarge, source.len()));
        }
        Ok(Transcript { charset: self, source, text })
    }

    /// Says where bytes that do not decode are wrong.
    fn fault(self, source: &[u8]) -> Refusal {
        if let (true, Err(error)) = (self == Self::UTF8, std::str::from_utf8(source)) {
            return Refusal::new(Reason::InvalidUtf8, error.valid_up_to());
        }
        let mut decoder = self.0.new_decoder_without_bom_handling();
        let (mut read, mut scratch) = (0, [0; 4096]);
        loop {
            let rest = source.get(read..).unwrap_or_default();
            let (result, taken, _written) =
                decoder.decode_to_utf8_without_replacement(rest, &mut scratch, true);
            read += taken;
            match result {
                DecoderResult::OutputFull => {}
                DecoderResult::InputEmpty => break,
                DecoderResult::Malformed(length, behind) => {
                    read = read.saturating_sub(usize::from(length) + usize::from(behind));
                    break;
                }
            }
        }
        Refusal::new(Reason::InvalidInCharset, read)
    }
}

/// A body as text, with its bytes.
#[derive(Debug)]
pub struct Transcript<'a> {
    charset: Charset,
    source: &'a [u8],
    text: Cow<'a, str>,
}

impl Transcript<'_> {
    /// The text: what sources read, and what spans count in.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Starts a copy of the bytes that is expected to be this many bytes longer.
    pub fn rewrite(&self, growth: usize) -> Rewrite<'_> {
        Rewrite::new(self, growth)
    }

    /// Whether text and bytes are the same, so that no place has to be looked for.
    fn verbatim(&self) -> bool {
        matches!(self.text, Cow::Borrowed(_))
    }
}
