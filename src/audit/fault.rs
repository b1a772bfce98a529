//! What can be wrong with a journal, and where.

use std::io;

use serde::Serialize;

/// The first thing that is wrong: file, line, and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}{reason}", place(.file, *.line))]
pub struct Fault {
    /// File, relative to the journal's folder; empty for the folder itself.
    pub file: String,
    /// Line from 1; 0 when it concerns the whole file.
    pub line: u64,
    /// Number of the event that was expected there, when it is about an event.
    pub seq: Option<u64>,
    /// What is wrong there.
    pub reason: Reason,
}

fn place(file: &str, line: u64) -> String {
    match (file, line) {
        ("", _) => String::new(),
        (file, 0) => format!("{file}: "),
        (file, line) => format!("{file}:{line}: "),
    }
}

/// What is wrong. The wording is for people; programs take the name of the variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum Reason {
    /// The public key is not one, or not of the form `name+hash+base64`.
    #[error("the public key is not of the form name+hash+base64")]
    PublicKey,
    /// The file cannot be read.
    #[error("cannot be read: {}", .kind.0)]
    Unreadable {
        /// What the system says.
        kind: IoKind,
    },
    /// There is no segment in the folder.
    #[error("holds no segment")]
    Empty,
    /// The line is not an event.
    #[error("changed: the line is not an event")]
    NotAnEvent,
    /// The line is not the one that was hashed when it was written.
    #[error("changed: the line is not the one whose hash is in {}", tile_name(*.tile))]
    Changed {
        /// Number of the level-0 tile that holds its hash.
        tile: u64,
    },
    /// One of the lines between two checkpoints changed, and no tile tells which.
    #[error("changed: one of the events {from} to {to} is not the one that was signed")]
    ChangedBetween {
        /// First event after the last good checkpoint.
        from: u64,
        /// Last event of the failing checkpoint.
        to: u64,
    },
    /// Events are missing before this line.
    #[error("removed: event {expected} is missing, here is {found}")]
    Removed {
        /// Event that belongs here.
        expected: u64,
        /// Event that is here.
        found: u64,
    },
    /// The line is too early, the one that belongs here follows.
    #[error("reordered: event {found} stands before event {expected}")]
    Reordered {
        /// Event that belongs here.
        expected: u64,
        /// Event that is here.
        found: u64,
    },
    /// The line's number was there before.
    #[error("inserted: event {found} was there before, here belongs {expected}")]
    Inserted {
        /// Event that belongs here.
        expected: u64,
        /// Event that is here.
        found: u64,
    },
    /// The journal ends before an event that is proven to have been written.
    #[error("truncated: {proven} events were written, {found} are there")]
    Truncated {
        /// Number of events that a checkpoint or tile proves.
        proven: u64,
        /// Number of events found.
        found: u64,
    },
    /// The segment that should start here is not there, or another starts too early.
    #[error("removed: a segment that starts with event {expected} is missing")]
    SegmentMissing {
        /// First event of the missing segment.
        expected: u64,
    },
    /// The event is not there, or no checkpoint covers it yet.
    #[error("the newest checkpoint covers {signed} events, numbered from 0")]
    NotSigned {
        /// How many events it covers.
        signed: u64,
    },
    /// The checkpoint is not a signed note of this log.
    #[error("the checkpoint is not a signed checkpoint of this log")]
    CheckpointForm,
    /// The checkpoint's signature is wrong, or of another key.
    #[error("the checkpoint is not signed by this key")]
    CheckpointSignature,
    /// The checkpoint does not come after the one before it.
    #[error("the checkpoint over {size} events is out of order")]
    CheckpointOrder {
        /// How many events that checkpoint covers.
        size: u64,
    },
    /// A checkpoint is known to have been signed, and is not there.
    #[error("removed: the checkpoint over {size} events is missing")]
    CheckpointMissing {
        /// How many events that checkpoint covers.
        size: u64,
    },
    /// A checkpoint that was kept elsewhere is signed, and is not one of this journal.
    #[error("the events are not those of this checkpoint over {size} events")]
    Foreign {
        /// How many events that checkpoint covers.
        size: u64,
    },
    /// The tile is missing.
    #[error("removed: the tile is missing")]
    TileMissing,
    /// The tile does not hold the hashes of the signed events.
    #[error("changed: the tile does not hold the hashes of the signed events")]
    TileChanged,
}

fn tile_name(index: u64) -> String {
    crate::crypto::merkle::tile_path(0, index, crate::crypto::merkle::TILE_WIDTH)
}

/// A kind of I/O error, as its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IoKind(pub io::ErrorKind);

impl Serialize for IoKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Fault {
    /// Gives a fault of a whole file.
    pub(super) fn file(file: &str, reason: Reason) -> Self {
        Self { file: file.to_owned(), line: 0, seq: None, reason }
    }

    /// Gives a fault of a line; `seq` is the event that belongs there.
    pub(super) fn line(file: &str, line: u64, seq: Option<u64>, reason: Reason) -> Self {
        Self { file: file.to_owned(), line, seq, reason }
    }

    /// Says that a file could not be read.
    pub(super) fn unreadable(file: &str, error: &io::Error) -> Self {
        Self::file(file, Reason::Unreadable { kind: IoKind(error.kind()) })
    }
}
