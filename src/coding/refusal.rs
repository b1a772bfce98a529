//! Why a coded body is not accepted, and at which coding.

use std::fmt;

use crate::coding::Coding;

/// What is wrong. The list is closed: [`Reason::code`] is part of the public answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A name in `Content-Encoding` that is none of ours, or no name at all.
    UnknownCoding,
    /// More codings in a chain than [`crate::coding::LAYERS`].
    TooManyCodings,
    /// Bytes that the format does not allow, or a checksum that is wrong.
    Corrupt,
    /// The stream ends before it is complete.
    Truncated,
    /// Something follows the end of the stream that is no further member of it.
    TrailingData,
    /// More members or frames than 65 536.
    TooManyMembers,
    /// The stream needs a dictionary that is not in it.
    Dictionary,
    /// The stream needs a larger window than decoders of HTTP must have.
    WindowTooLarge,
    /// More bytes than the budget.
    TooLarge,
    /// More bytes than the budget for so few received.
    ExpandsTooMuch,
    /// The codec got no memory.
    NoMemory,
}

impl Reason {
    /// Gives the word that stands in problem documents, logs and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownCoding => "unknown_coding",
            Self::TooManyCodings => "too_many_codings",
            Self::Corrupt => "coding_corrupt",
            Self::Truncated => "coding_truncated",
            Self::TrailingData => "coding_trailing_data",
            Self::TooManyMembers => "coding_too_many_members",
            Self::Dictionary => "coding_dictionary",
            Self::WindowTooLarge => "coding_window_too_large",
            Self::TooLarge => "coding_too_large",
            Self::ExpandsTooMuch => "coding_expands_too_much",
            Self::NoMemory => "coding_no_memory",
        }
    }
}

/// A refused body or header field: the reason, and the coding where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub struct Refusal {
    /// What is wrong there, by its name in problems.
    pub reason: Reason,
    /// The layer that found it; none when it is the header field.
    pub coding: Option<Coding>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.coding {
            Some(coding) => write!(formatter, "{} in {}", self.reason.code(), coding.name()),
            None => formatter.write_str(self.reason.code()),
        }
    }
}
