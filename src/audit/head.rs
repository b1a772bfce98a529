//! What the journal reads of its own lines: number, time, boot, and what was signed before.

use std::fmt;

use std::borrow::Cow;

use serde::Deserialize;
use serde::Serialize;

/// Warnings that are kept; more are counted.
const WARNINGS: usize = 100;

/// The fields of a line that verification looks at.
#[derive(Debug, Deserialize)]
pub(super) struct Head<'a> {
    v: u8,
    pub(super) seq: u64,
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    boot_id: Cow<'a, str>,
    #[serde(borrow, rename = "event")]
    _event: Cow<'a, str>,
    pub(super) signed: u64,
    #[serde(default)]
    lost: u64,
}

impl<'a> Head<'a> {
    /// Reads a line without its newline; `None` when it is not an event of version 1.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        let head: Self = serde_json::from_slice(line).ok()?;
        let bare = line.starts_with(b"{") && line.ends_with(b"}");
        (bare && head.v == 1 && head.signed <= head.seq).then_some(head)
    }
}

/// Something to look at that does not make the journal false.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum Warning {
    /// The clock of this boot went back.
    TimeBackwards {
        /// Name of the segment's file.
        file: String,
        /// Line in it, from 1.
        line: u64,
    },
    /// Events were dropped before this one, because they came faster than they could be written.
    Lost {
        /// Name of the segment's file.
        file: String,
        /// Line in it, from 1.
        line: u64,
        /// How many events were dropped.
        events: u64,
    },
    /// The last line is unfinished: the process ended while writing it. It was never acknowledged.
    UnfinishedLine {
        /// Name of the segment's file.
        file: String,
        /// Length of what is unfinished, in bytes.
        bytes: u64,
    },
    /// The last checkpoint is unfinished.
    UnfinishedCheckpoint {
        /// Name of the checkpoint's file.
        file: String,
        /// Length of what is unfinished, in bytes.
        bytes: u64,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimeBackwards { file, line } => {
                write!(formatter, "{file}:{line}: the clock went back")
            }
            Self::Lost { file, line, events } => {
                write!(formatter, "{file}:{line}: {events} events before this one were dropped")
            }
            Self::UnfinishedLine { file, bytes } => {
                write!(formatter, "{file}: the last line is unfinished ({bytes} bytes)")
            }
            Self::UnfinishedCheckpoint { file, bytes } => {
                write!(formatter, "{file}: the last checkpoint is unfinished ({bytes} bytes)")
            }
        }
    }
}

/// Times and boots along the walk.
#[derive(Debug, Default)]
pub(super) struct Times {
    pub(super) first: Option<String>,
    pub(super) last: String,
    boot: String,
    pub(super) boots: u64,
    pub(super) lost: u64,
    pub(super) warnings: Vec<Warning>,
    pub(super) more_warnings: u64,
}

impl Times {
    /// Takes the head of one line in.
    pub(super) fn take(&mut self, head: &Head<'_>, file: &str, line: u64) {
        if self.boot != head.boot_id {
            self.boot = head.boot_id.clone().into_owned();
            self.boots += 1;
        } else if *head.time < *self.last {
            self.warn(Warning::TimeBackwards { file: file.to_owned(), line });
        }
        if head.lost > 0 {
            self.lost += head.lost;
            self.warn(Warning::Lost { file: file.to_owned(), line, events: head.lost });
        }
        if self.first.is_none() {
            self.first = Some(head.time.clone().into_owned());
        }
        self.last.clear();
        self.last.push_str(&head.time);
    }

    /// Keeps a warning, or counts it.
    pub(super) fn warn(&mut self, warning: Warning) {
        if self.warnings.len() < WARNINGS {
            self.warnings.push(warning);
        } else {
            self.more_warnings += 1;
        }
    }
}
