//! The main job on one machine: an application that never heard of us, the gateway before it, and a
//! page that shows side by side what the user sees, what the application stored, and what the
//! journal says.
//!
//! The gateway is the real one with the embedded vault; its files lie in a folder where they can be
//! read and changed while it runs. `shop` imports nothing of ours.

pub mod shop;
mod http;
mod page;
mod once;
mod setup;

use std::io;
use std::path::PathBuf;

use crate::base::Diagnostic;
use crate::gateway;
use crate::keys;

pub use once::OnceReport;
pub use setup::Demo;
pub use setup::Ports;

/// Why the demo does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or a socket cannot be used.
    #[error("{what}: {reason}")]
    Io {
        /// The file, or what was to be done with the socket.
        what: String,
        /// What the system said.
        reason: io::Error,
    },
    /// The demo's own files are refused: a fault of this program.
    #[error("the demo's files have {} mistakes", .0.len())]
    Files(Vec<Diagnostic>),
    /// The keyring cannot be made.
    #[error(transparent)]
    Keys(#[from] keys::InitError),
    /// The API key of a caller cannot be made.
    #[error(transparent)]
    ApiKeys(#[from] crate::authn::FileError),
    /// The gateway does not start.
    #[error(transparent)]
    Gateway(#[from] gateway::Error),
    /// The folder holds something else.
    #[error("{} is not empty; name another folder", .0.display())]
    NotEmpty(PathBuf),
}

impl Error {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |reason| Self::Io { what, reason }
    }
}
