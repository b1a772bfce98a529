//! Names of tags and attributes, in bounded memory.

/// Characters that are kept of a name.
const KEPT: usize = 32;

/// A name in lower case. Of a long one the beginning is kept, and that it was long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    bytes: [u8; KEPT],
    length: usize,
    odd: bool,
}

impl Name {
    pub(super) const EMPTY: Self = Self { bytes: [0; KEPT], length: 0, odd: false };

    pub(super) fn push(&mut self, byte: u8) {
        self.extend(&[byte]);
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        let free = self.bytes.get_mut(self.length..).unwrap_or_default();
        for (slot, byte) in free.iter_mut().zip(bytes) {
            *slot = byte.to_ascii_lowercase();
        }
        self.length = self.length.saturating_add(bytes.len());
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        self.odd |= !bytes.iter().all(plain);
    }

    /// The name, or its beginning.
    pub(super) fn beginning(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&self.bytes)
    }

    /// The name; nothing when it is longer than any that matters.
    pub(super) fn whole(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Whether it is longer than what is kept.
    pub(super) fn long(&self) -> bool {
        self.length > KEPT
    }

    /// Whether it has other characters than ASCII letters, digits, `-` and `_`.
    pub(super) fn odd(&self) -> bool {
        self.odd
    }
}
