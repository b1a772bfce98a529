//! Why the gateway does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::audit;
use crate::base::ClassCode;
use crate::base::DataClass;
use crate::base::Diagnostic;
use crate::keys;
use crate::vault;

/// Why the gateway does not start, or does not take new files.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Files have mistakes; all of them.
    #[error("{} mistakes in configuration, rules or policies", .0.iter().filter(|each| each.is_error()).count())]
    Mistakes(Vec<Diagnostic>),
    /// The keyring cannot be read, or is none.
    #[error(transparent)]
    Keys(#[from] keys::LoadError),
    /// The vault cannot be reached or opened, or refuses.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// The journal cannot be opened or written.
    #[error(transparent)]
    Journal(#[from] audit::Error),
    /// What was erased could not be forgotten again before anybody is served.
    #[error("people cannot be served: {0}")]
    People(String),
    /// The erasure journal cannot be opened.
    #[error("cannot open the erasure journal {}: {source}", path.display())]
    ErasureJournal {
        /// The file beside the journal.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The vault was filled under another keyring: its tokens would not be ours.
    #[error("the vault belongs to the keyring with fingerprint {vault}, this one is {keyring}")]
    ForeignVault {
        /// Fingerprint that the vault remembers.
        vault: String,
        /// Fingerprint of the configured keyring.
        keyring: String,
    },
    /// The vault knows the code, or the class, otherwise: tokens would change their meaning.
    #[error("class `{class}` has code `{code}`, but the vault has registered {registered}")]
    ClassCode {
        /// The class of the rules.
        class: DataClass,
        /// The code that the rules give it.
        code: ClassCode,
        /// What the vault has, as `code` of `class`.
        registered: String,
    },
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address of the configuration.
        address: SocketAddr,
        /// What the system said.
        reason: io::Error,
    },
    /// No thread or no runtime.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// The access log cannot be written.
    #[error("cannot write the access log {}: {reason}", path.display())]
    AccessLog {
        /// The file of the configuration.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A message that is to be explained is none. Nothing of it is shown.
    #[error("{what}, line {line}: {reason}")]
    Message {
        /// `request` or `answer`.
        what: &'static str,
        /// Line of the file, from 1.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// What a case or `explain` needs around the gateway could not be set up.
    #[error("set-up: {0}")]
    Setup(io::Error),
}
