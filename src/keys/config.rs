//! Where the keyring is.

use std::path::PathBuf;

/// Source of the keyring.
#[derive(Debug, Clone)]
pub enum Config {
    /// A file made by `cloakroom keys init`, readable by its owner alone.
    File(PathBuf),
}
