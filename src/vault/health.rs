//! What a check of a vault found.

use std::fmt;

/// A vault that works, and what an operator should know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The store and its version, such as `redis 7.0.15`.
    pub store: String,
    /// What an answered put survives.
    pub durability: Durability,
    /// What works but should be changed; one sentence each.
    pub warnings: Vec<String>,
}

/// What a record survives once [`super::Vault::put`] has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing: it lives in this process.
    Process,
    /// A crash of the machine: it was flushed to disk before the answer.
    Disk,
    /// A crash of the store, and of the machine save for the last second or two.
    EverySecond,
    /// A crash of the store; when the machine keeps it is up to its operating system.
    OperatingSystem,
    /// At most an orderly shutdown of the store.
    None,
    /// The store does not tell.
    Unknown,
}

impl fmt::Display for Durability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Process => "process",
            Self::Disk => "disk",
            Self::EverySecond => "every-second",
            Self::OperatingSystem => "operating-system",
            Self::None => "none",
            Self::Unknown => "unknown",
        })
    }
}
