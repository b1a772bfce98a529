//! Names of header fields in the letter case that they came in.
//!
//! hyper writes names in lower case. It can keep their case, in a second map beside each header section, but
//! that costs as much as reading and writing the section does. Here names are one text, noted as the raw
//! bytes pass, and put back into the raw bytes of the head that hyper writes: only letter case ever changes.

/// The names of one header section, or of several that follow each other, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldNames {
    /// Each name behind its length, and a length of nothing where a section ends. A name of more bytes
    /// than a length can say is not noted.
    text: Vec<u8>,
}

/// A length, in two bytes.
type Length = u16;
const LENGTH: usize = size_of::<Length>();

/// Room for the names of a usual section.
const USUAL: usize = 128;

impl FieldNames {
    /// Returns the names in the head that these bytes begin with, and where it ends; none while its end is
    /// not there. Empty lines before the first line are passed over ([RFC 9112, section 2.2]).
    pub fn of_head(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut names = Self::default();
        let (mut start, mut begun) = (0, false);
        loop {
            let rest = bytes.get(start..)?;
            let line = rest.get(..memchr::memchr(b'\n', rest)?)?;
            start += line.len() + 1;
            match line {
                [] | [b'\r'] if begun => return Some((names, start)),
                [] | [b'\r'] => {}
                _ if !begun => begun = true,
                _ => {
                    if let Some(colon) = line.iter().position(|&byte| byte == b':') {
                        names.note(line.get(..colon)?);
                    }
                }
            }
        }
    }

    /// Adds a name to the section that is being read.
    pub fn note(&mut self, name: &[u8]) {
        if let Ok(length) = Length::try_from(name.len()) {
            if self.text.capacity() == 0 {
                self.text.reserve(USUAL);
            }
            self.text.extend_from_slice(&length.to_le_bytes());
            self.text.extend_from_slice(name);
        }
    }

    /// Ends the section that is being read.
    pub fn end_section(&mut self) {
        self.text.extend_from_slice(&[0; LENGTH]);
    }

    /// Takes all names from another and adds them.
    pub fn append(&mut self, other: &mut Self) {
        if self.text.is_empty() {
            std::mem::swap(&mut self.text, &mut other.text);
        } else {
            self.text.append(&mut other.text);
        }
    }

    /// Takes the names of the first section off.
    #[must_use]
    pub fn take_section(&mut self) -> Self {
        let mut end = 0;
        while let Some(length) = length_at(&self.text, end) {
            end += LENGTH + length;
            if length == 0 {
                break;
            }
        }
        if end >= self.text.len() {
            return std::mem::take(self);
        }
        let text = self.text.drain(..end).collect();
        Self { text }
    }

    /// Returns whether a name has a letter that hyper would write in another case.
    pub fn has_capitals(&self) -> bool {
        let mut at = 0;
        while let Some(length) = length_at(&self.text, at) {
            let name = self.text.get(at + LENGTH..at + LENGTH + length).unwrap_or_default();
            if name.iter().any(u8::is_ascii_uppercase) {
                return true;
            }
            at += LENGTH + length;
        }
        false
    }

    /// Gives the names in a head, in lower case, the case of these, in place. Names that are none of these,
    /// and bytes that belong to no head, stay as they are. Of names that stand more than once the first gets
    /// the case of the first, and so on.
    ///
    /// Interim answers in front of the head are passed over: hyper writes `100 Continue` itself.
    pub fn restore(&self, bytes: &mut [u8]) {
        let mut rest = bytes;
        while is_interim(rest) {
            let end = memchr::memmem::find(rest, b"\r\n\r\n").map_or(rest.len(), |end| end + 4);
            rest = rest.split_at_mut(end).1;
        }
        let mut known = Known { text: &self.text, at: 0, index: 0, used: 0 };
        while let Some(feed) = memchr::memchr(b'\n', rest) {
            rest = rest.split_at_mut(feed + 1).1;
            if matches!(rest.first(), None | Some(b'\r' | b'\n')) {
                return;
            }
            known.restore(rest);
        }
    }
}

fn is_interim(bytes: &[u8]) -> bool {
    bytes.starts_with(b"HTTP/1.1 1") && !bytes.starts_with(b"HTTP/1.1 101")
}

fn length_at(text: &[u8], at: usize) -> Option<usize> {
    text.get(at..)?.first_chunk().map(|&length| usize::from(Length::from_le_bytes(length)))
}

/// Names, of which each is given out once.
struct Known<'a> {
    text: &'a [u8],
    /// Where the name stands that is expected next, and its place among all.
    at: usize,
    index: u32,
    /// Those of the first 128 that were given out.
    used: u128,
}

impl Known<'_> {
    /// Gives the name at the beginning of a line the case of the first name that is the same and was not
    /// given out yet. Most often that is the one behind the one before.
    fn restore(&mut self, line: &mut [u8]) {
        if self.restore_at(self.at, self.index, line) {
            return;
        }
        let (mut at, mut index) = (0, 0);
        while let Some(length) = length_at(self.text, at) {
            if self.restore_at(at, index, line) {
                return;
            }
            at += LENGTH + length;
            index += 1;
        }
    }

    fn restore_at(&mut self, at: usize, index: u32, line: &mut [u8]) -> bool {
        let Some(length) = length_at(self.text, at) else { return false };
        let end = at + LENGTH + length;
        let bit = 1_u128.checked_shl(index).unwrap_or(0);
        if self.used & bit != 0 || line.get(length) != Some(&b':') {
            return false;
        }
        let names = (line.get_mut(..length), self.text.get(at + LENGTH..end));
        let (Some(name), Some(spelt)) = names else { return false };
        if !is_in_lower_case(name, spelt) {
            return false;
        }
        name.copy_from_slice(spelt);
        self.used |= bit;
        (self.at, self.index) = (end, index + 1);
        true
    }
}

/// Whether the first name is the second in lower case; both have the same length.
fn is_in_lower_case(name: &[u8], spelt: &[u8]) -> bool {
    let same = |name: &[u8; 8], spelt: &[u8; 8]| {
        u64::from_le_bytes(*name) == lower(u64::from_le_bytes(*spelt))
    };
    match (name.last_chunk(), spelt.last_chunk()) {
        // The last eight bytes may be looked at twice: that is cheaper than byte by byte.
        (Some(end_of_name), Some(end_of_spelt)) => {
            let mut chunks = name.as_chunks().0.iter().zip(spelt.as_chunks().0);
            same(end_of_name, end_of_spelt) && chunks.all(|(name, spelt)| same(name, spelt))
        }
        _ => name.iter().zip(spelt).all(|(name, spelt)| *name == spelt.to_ascii_lowercase()),
    }
}

/// Eight bytes in lower case: sums that stay inside their byte find capitals by its highest bit.
fn lower(bytes: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let low = bytes & (0x7f * EACH);
    let from_a = low.wrapping_add((0x80 - 0x41) * EACH);
    let behind_z = low.wrapping_add((0x7f - 0x5a) * EACH);
    let capital = (from_a ^ behind_z) & !bytes & (0x80 * EACH);
    bytes | (capital >> 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn named(names: &[&str]) -> FieldNames {
        let mut known = FieldNames::default();
        for name in names {
            known.note(name.as_bytes());
        }
        known.end_section();
        known
    }

    fn restored(names: &[&str], head: &str) -> String {
        let mut bytes = head.as_bytes().to_vec();
        named(names).restore(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn names_get_their_case_back_and_nothing_else_changes() {
        let names = ["Host", "X-A", "connection", "x-a", "X-Gone", "ETag"];
        let head = "GET / HTTP/1.1\r\nhost: etag: a\r\nx-a: 1\r\nx-a: 2\r\nvia: etag\r\netag: b\r\n\r\nhost: x\r\n";
        let spelt = "GET / HTTP/1.1\r\nHost: etag: a\r\nX-A: 1\r\nx-a: 2\r\nvia: etag\r\nETag: b\r\n\r\nhost: x\r\n";
        assert_eq!(restored(&names, head), spelt);
    }

    #[test]
    fn interim_answers_before_the_head_stay_as_they_are() {
        let head = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\netag: a\r\n\r\n";
        let spelt = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nETag: a\r\n\r\n";
        assert_eq!(restored(&["ETag"], head), spelt);
        let switched = "HTTP/1.1 101 Switching Protocols\r\nupgrade: a\r\n\r\nupgrade: b\r\n";
        assert_eq!(restored(&["Upgrade"], switched), switched.replacen("up", "Up", 1));
    }

    #[test]
    fn sections_are_given_out_one_by_one() {
        let mut names = FieldNames::default();
        let (mut more, _) = FieldNames::of_head(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        more.end_section();
        more.note(b"ETag");
        names.append(&mut more);
        more.note(b"Via");
        names.append(&mut more);
        names.end_section();
        assert_eq!(names.take_section(), named(&["Host"]));
        assert_eq!(names.take_section(), named(&["ETag", "Via"]));
        assert_eq!(names.take_section(), FieldNames::default());
    }

    #[test]
    fn a_name_without_end_is_left_in_lower_case() {
        let long = "A".repeat(70_000);
        let head = format!("GET / HTTP/1.1\r\n{}: x\r\netag: y\r\n\r\n", long.to_lowercase());
        assert_eq!(restored(&[&long, "ETag"], &head), head.replace("etag", "ETag"));
        assert!(!named(&["a", "b-c"]).has_capitals() && named(&["a", "b-C"]).has_capitals());
    }

    #[test]
    fn every_byte_gets_its_lower_case_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                let mut bytes = *b"aZ@[`{\xc1\x7f";
                bytes[place] = byte;
                let expected = u64::from_le_bytes(bytes.map(|byte| byte.to_ascii_lowercase()));
                assert_eq!(lower(u64::from_le_bytes(bytes)), expected, "{bytes:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn only_the_case_of_letters_changes(
            names in proptest::collection::vec("[A-Za-z-]{1,5}", 0..6),
            bytes in proptest::collection::vec(prop::sample::select(b"HTTP/1. 10aAbB:-\r\n".to_vec()), 0..80),
        ) {
            let known = named(&names.iter().map(String::as_str).collect::<Vec<_>>());
            let mut restored = bytes.clone();
            known.restore(&mut restored);
            prop_assert!(restored.eq_ignore_ascii_case(&bytes));
            prop_assert_eq!(restored.len(), bytes.len());
        }

        #[test]
        fn a_head_in_lower_case_gets_all_names_back(names in proptest::collection::vec("[A-Za-z-]{1,20}", 1..120)) {
            let head = ["GET / HTTP/1.1\r\n", &names.join(": x\r\n"), ": x\r\n\r\n"].concat();
            let mut bytes = head.to_ascii_lowercase().into_bytes();
            bytes.splice(..14, *b"GET / HTTP/1.1");
            let (known, end) = FieldNames::of_head(head.as_bytes()).unwrap();
            prop_assert_eq!(end, head.len());
            known.restore(&mut bytes);
            prop_assert_eq!(String::from_utf8(bytes).unwrap(), head);
        }
    }
}
