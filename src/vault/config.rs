//! Which vault, and where.

use std::path::PathBuf;

use crate::base::Sensitive;

/// Where the sealed originals are kept.
#[derive(Debug, Clone)]
pub enum Config {
    /// On local disk: one gateway, nothing else to run.
    Embedded {
        /// Folder of the database file.
        path: PathBuf,
    },
    /// In Redis or Valkey 7.0 or newer: any number of gateways.
    Redis(RedisConfig),
}

/// How to reach Redis.
#[derive(Debug, Clone)]
pub struct RedisConfig {
    /// `redis://` or `rediss://` URL; may carry a password, hence sensitive.
    pub url: Sensitive<String>,
    /// File that holds the password, when the URL does not.
    pub password_file: Option<PathBuf>,
    /// PEM file of the authorities to trust for `rediss://`; the system's when absent.
    pub ca: Option<PathBuf>,
    /// PEM files of certificate and key that we show to the server.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
}
