//! Pages in character sets of several bytes: which bytes are ASCII characters, and which belong to
//! others.
//!
//! In `Shift_JIS`, GBK, Big5 and their like a byte below 128 can be the second half of a character, so
//! it is no letter of a tag and no beginning of a token. A [`Shadow`] gives every page a copy of the
//! same length in which all bytes of such characters are 0x80. The tokenizer reads the copy, the
//! splice writes into the page.

use crate::document;

/// What stands in the copy for a byte that is no ASCII character.
const OTHER: u8 = 0x80;

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A page that is being copied.
#[derive(Debug)]
pub(super) struct Shadow {
    charset: document::Charset,
    /// The beginning of a character whose rest has not come: three bytes at most.
    pending: Vec<u8>,
    /// How much of a byte order mark of UTF-8 the page began with; none when it began otherwise. It
    /// wins over every declared character set [HTML, section 13.2.3.2].
    mark: Option<usize>,
    /// Bytes came that the character set does not have. From there on browsers differ in what belongs
    /// together, so nothing counts as ASCII any more.
    lost: bool,
}

impl Shadow {
    /// Starts at the beginning of a page.
    pub(super) fn new(charset: document::Charset) -> Self {
        Self { charset, pending: Vec::new(), mark: Some(0), lost: false }
    }

    /// Takes the next bytes; `whole` says that nothing follows. Appends whole characters to `page`, and
    /// as many bytes to `copy`.
    pub(super) fn take(
        &mut self,
        chunk: &[u8],
        whole: bool,
        page: &mut Vec<u8>,
        copy: &mut Vec<u8>,
    ) {
        self.look_for_mark(chunk);
        let mut bytes = std::mem::take(&mut self.pending);
        bytes.extend_from_slice(chunk);
        let end = if whole { bytes.len() } else { self.charset.whole(&bytes) };
        self.pending = bytes.split_off(end);
        let valid = if self.lost { 0 } else { self.charset.valid(&bytes) };
        let (sure, rest) = bytes.split_at_checked(valid).unwrap_or_default();
        self.charset.each(sure, |character| match character {
            [byte] if byte.is_ascii() => copy.push(*byte),
            character => copy.extend(character.iter().map(|_| OTHER)),
        });
        self.lost |= !rest.is_empty();
        copy.extend(rest.iter().map(|_| OTHER));
        page.append(&mut bytes);
    }

    fn look_for_mark(&mut self, chunk: &[u8]) {
        for byte in chunk {
            let Some(seen) = self.mark else { return };
            self.mark = (MARK.get(seen) == Some(byte)).then_some(seen + 1);
            if seen + 1 == MARK.len() {
                self.lost |= self.mark.take().is_some();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(label: &str, chunks: &[&[u8]]) -> (Vec<u8>, Vec<u8>) {
        let charset = document::Charset::settle(Some(label.as_bytes()), b"").unwrap();
        let (mut shadow, mut page, mut copy) = (Shadow::new(charset), Vec::new(), Vec::new());
        for chunk in chunks {
            shadow.take(chunk, false, &mut page, &mut copy);
        }
        shadow.take(b"", true, &mut page, &mut copy);
        (page, copy)
    }

    #[test]
    fn bytes_of_other_characters_are_no_ascii() {
        for (label, page, copy) in [
            ("shift_jis", &b"a\x83\x5cb\xb1c"[..], &b"a\x80\x80b\x80c"[..]),
            ("gb18030", b"<\x81\x30\x81\x30>\x81\x40", b"<\x80\x80\x80\x80>\x80\x80"),
            ("big5", b"k\xa4\x40k", b"k\x80\x80k"),
            ("euc-jp", b"k\x8f\xb0\xa1k", b"k\x80\x80\x80k"),
        ] {
            assert_eq!(copied(label, &[page]), (page.to_vec(), copy.to_vec()), "{label}");
            let bytes: Vec<&[u8]> = page.chunks(1).collect();
            assert_eq!(copied(label, &bytes), (page.to_vec(), copy.to_vec()), "{label}");
        }
    }

    #[test]
    fn nothing_counts_behind_a_mark_of_another_character_set() {
        for chunks in [&[&b"\xef\xbb\xbfabc"[..]][..], &[b"\xef", b"\xbb", b"\xbfabc"]] {
            assert!(copied("gbk", chunks).1.iter().all(|byte| *byte == OTHER));
        }
        assert_eq!(copied("gbk", &[b"a\xef\xbbb"]).1, b"a\x80\x80b");
    }

    #[test]
    fn nothing_counts_behind_bytes_that_are_no_character() {
        assert_eq!(copied("shift_jis", &[b"a\xffb", b"c"]).1, b"a\x80\x80\x80");
        assert_eq!(copied("shift_jis", &[b"a\x83<", b"c"]).1, b"a\x80\x80\x80");
        assert_eq!(copied("shift_jis", &[b"a\x83"]).1, b"a\x80");
    }
}
