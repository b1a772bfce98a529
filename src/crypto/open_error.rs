//! Why something sealed was not opened.

/// Why a record, an entry or a document was not opened. Any of these is a security event: what we
/// sealed opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Shorter than the shortest of its kind, or not a whole number of blocks.
    #[error("a sealed text of {bytes} bytes has an impossible length")]
    Length {
        /// Length of what was to be opened.
        bytes: usize,
    },
    /// Written by another version of the format.
    #[error("version {version} of a sealed text is not known")]
    Version {
        /// The version: the first byte.
        version: u8,
    },
    /// Sealed by an algorithm that this version does not have.
    #[error("algorithm {algorithm} of a sealed record is not known")]
    Algorithm {
        /// The algorithm: the record's second byte.
        algorithm: u8,
    },
    /// A flag is set whose meaning is not known.
    #[error("flags {flags:#04x} of a sealed record are not known")]
    Flags {
        /// The flags: the record's seventh byte.
        flags: u8,
    },
    /// The keyring does not hold the key.
    #[error("key {id} of a sealed text is not in the keyring")]
    NoKey {
        /// The id in clear in front of the sealed text.
        id: u32,
    },
    /// Changed, moved from another place, class, person or tenant, or sealed under another key.
    #[error("a sealed text is not authentic")]
    Unauthentic,
    /// Authentic, yet not in the form that sealing writes.
    #[error("the content of a sealed text is malformed")]
    Malformed,
}
