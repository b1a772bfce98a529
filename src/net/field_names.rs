//! Names of header fields in the letter case that they came in.
//!
//! hyper writes names in lower case. It can keep their case, in a second map beside each header section, but
//! that costs as much as reading and writing the section does. Here names are one text, noted as the raw
//! bytes pass, and put back into the raw bytes of the head that hyper writes: only letter case ever changes.

/// The names of one header section, or of several that follow each other, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldNames {
    /// Each name with a colon behind it, and a line feed where a section ends: no name can have these.
    text: Vec<u8>,
}

/// Room for the names of a usual section.
const USUAL: usize = 128;

impl FieldNames {
    /// Returns the names in the head of a message, from its first line to the empty one.
    pub fn of_head(head: &[u8]) -> Self {
        let mut names = Self::default();
        for line in head.split(|&byte| byte == b'\n').skip(1) {
            if let Some(colon) = memchr::memchr(b':', line) {
                names.note(line.get(..colon).unwrap_or_default());
            }
        }
        names
    }

    /// Adds a name to the section that is being read.
    pub fn note(&mut self, name: &[u8]) {
        if self.text.capacity() == 0 {
            self.text.reserve(USUAL);
        }
        self.text.extend_from_slice(name);
        self.text.push(b':');
    }

    /// Ends the section that is being read.
    pub fn end_section(&mut self) {
        self.text.push(b'\n');
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
    pub fn take_section(&mut self) -> Self {
        let end = memchr::memchr(b'\n', &self.text).map_or(self.text.len(), |end| end + 1);
        if end == self.text.len() {
            return std::mem::take(self);
        }
        let text = self.text.drain(..end).collect();
        Self { text }
    }

    /// Returns whether a name has a letter that hyper would write in another case.
    pub fn has_capitals(&self) -> bool {
        self.text.iter().fold(false, |found, byte| found | byte.is_ascii_uppercase())
    }

    /// Gives the names in a head the case of these, in place. Names that are none of these, and bytes
    /// that belong to no head, stay as they are. Of names that stand more than once the first gets the
    /// case of the first, and so on.
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
            let Some(colon) = memchr::memchr2(b':', b'\n', rest) else { return };
            let (name, _) = rest.split_at_mut(colon);
            if matches!(name, [] | [b'\r']) {
                return;
            }
            if let Some(spelt) = known.take(name) {
                name.copy_from_slice(spelt);
            }
        }
    }
}

fn is_interim(bytes: &[u8]) -> bool {
    bytes.starts_with(b"HTTP/1.1 1") && !bytes.starts_with(b"HTTP/1.1 101")
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

impl<'a> Known<'a> {
    /// Returns the first name that is this but for its case and was not given out yet.
    fn take(&mut self, name: &[u8]) -> Option<&'a [u8]> {
        self.take_at(self.at, self.index, name).or_else(|| {
            let (mut at, mut index) = (0, 0);
            loop {
                if let Some(spelt) = self.take_at(at, index, name) {
                    return Some(spelt);
                }
                at += memchr::memchr(b':', self.text.get(at..)?)? + 1;
                index += 1;
            }
        })
    }

    fn take_at(&mut self, at: usize, index: u32, name: &[u8]) -> Option<&'a [u8]> {
        let spelt = self.text.get(at..at + name.len())?;
        let bit = 1_u128.checked_shl(index).unwrap_or(0);
        let ends = self.text.get(at + name.len()) == Some(&b':');
        if !ends || self.used & bit != 0 || !spelt.eq_ignore_ascii_case(name) {
            return None;
        }
        self.used |= bit;
        (self.at, self.index) = (at + name.len() + 1, index + 1);
        Some(spelt)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn restored(names: &str, head: &str) -> String {
        let mut bytes = head.as_bytes().to_vec();
        FieldNames { text: names.as_bytes().to_vec() }.restore(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn names_get_their_case_back_and_nothing_else_changes() {
        let names = "Host:X-A:connection:x-a:X-Gone:ETag:\n";
        let head = "GET / HTTP/1.1\r\nhost: etag: a\r\nx-a: 1\r\nx-a: 2\r\nvia: etag\r\netag: b\r\n\r\nhost: x\r\n";
        let spelt = "GET / HTTP/1.1\r\nHost: etag: a\r\nX-A: 1\r\nx-a: 2\r\nvia: etag\r\nETag: b\r\n\r\nhost: x\r\n";
        assert_eq!(restored(names, head), spelt);
    }

    #[test]
    fn interim_answers_before_the_head_stay_as_they_are() {
        let head = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\netag: a\r\n\r\n";
        let spelt = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nETag: a\r\n\r\n";
        assert_eq!(restored("ETag:\n", head), spelt);
        let switched = "HTTP/1.1 101 Switching Protocols\r\nupgrade: a\r\n\r\nupgrade: b\r\n";
        assert_eq!(restored("Upgrade:\n", switched), switched.replacen("up", "Up", 1));
    }

    #[test]
    fn sections_are_given_out_one_by_one() {
        let mut names = FieldNames::default();
        let mut more = FieldNames::of_head(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        more.end_section();
        more.note(b"ETag");
        names.append(&mut more);
        more.note(b"Via");
        names.append(&mut more);
        names.end_section();
        assert_eq!(names.take_section().text, b"Host:\n");
        assert_eq!(names.take_section().text, b"ETag:Via:\n");
        assert_eq!(names.take_section(), FieldNames::default());
    }

    proptest! {
        #[test]
        fn only_the_case_of_letters_changes(
            names in proptest::collection::vec("[A-Za-z-]{1,5}", 0..6),
            bytes in proptest::collection::vec(prop::sample::select(b"HTTP/1. 10aAbB:-\r\n".to_vec()), 0..80),
        ) {
            let mut known = FieldNames::default();
            names.iter().for_each(|name| known.note(name.as_bytes()));
            let mut restored = bytes.clone();
            known.restore(&mut restored);
            prop_assert!(restored.eq_ignore_ascii_case(&bytes));
        }

        #[test]
        fn a_head_in_lower_case_gets_all_names_back(names in proptest::collection::vec("[A-Za-z-]{1,5}", 0..140)) {
            let head: String = names.iter().map(|name| format!("{name}: x\r\n")).collect();
            let head = format!("GET / HTTP/1.1\r\n{head}\r\n");
            let mut bytes = head.to_ascii_lowercase().into_bytes();
            bytes.splice(..14, *b"GET / HTTP/1.1");
            FieldNames::of_head(head.as_bytes()).restore(&mut bytes);
            prop_assert_eq!(String::from_utf8(bytes).unwrap(), head);
        }
    }
}
