//! How the value of an attribute, or the text of an element, begins.

/// Bytes that are kept: as many as `https://` has.
const KEPT: usize = 8;

/// The first bytes behind white space, in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Opening {
    bytes: [u8; KEPT],
    length: usize,
}

impl Opening {
    /// Nothing has been read yet.
    pub(super) const EMPTY: Self = Self { bytes: [0; KEPT], length: 0 };

    /// Takes one byte; those that come behind the kept ones make no difference.
    pub(super) fn push(&mut self, byte: u8) {
        if self.length == 0 && byte.is_ascii_whitespace() {
            return;
        }
        if let Some(slot) = self.bytes.get_mut(self.length) {
            *slot = byte.to_ascii_lowercase();
            self.length += 1;
        }
    }

    /// Whether further bytes make no difference.
    pub(super) fn settled(&self) -> bool {
        self.length == KEPT
    }

    /// Whether there was nothing but white space.
    pub(super) fn empty(&self) -> bool {
        self.length == 0
    }

    /// Whether it begins like JSON or code.
    pub(super) fn of_code(&self) -> bool {
        matches!(self.read().first(), Some(b'{' | b'['))
    }

    /// Whether it begins like a URL: a path, a query, or a whole one.
    pub(super) fn of_url(&self) -> bool {
        let read = self.read();
        matches!(read.first(), Some(b'/' | b'?'))
            || read.starts_with(b"http://")
            || read.starts_with(b"https://")
    }

    fn read(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}
