//! All settings: `cloakroom.yaml`, and the folder of rules it names.
//!
//! [`Config`] is the list of the parts' own `Config` types, each of which its part defines; nobody below
//! imports this module, and nobody but [`load`] touches the file. Not for: what the rules mean
//! (`rules`), who may see what (`authz`), reading keys and certificates (their parts).
//!
//! Read [`mod@file`] for what can be written, then [`resolve`] for what it comes to mean.
//!
//! # Invariants
//!
//! - All mistakes of the file are told at once, each with its place (`config::diagnostics`).
//! - No secret stands in [`Config::shown`] (`config::shown_hides_the_password_of_redis`).
//! - The environment is not read: what is not in the file is the default.

pub mod units;
pub mod file;
mod resolve;
mod parts;
mod callers;
pub mod people;
mod check;
mod shown;
mod folder;
mod load;
mod reference;

use std::path::PathBuf;

use crate::audit;
use crate::authn;
use crate::base::Limits;
use crate::base::UpstreamId;
use crate::keys;
use crate::net;
use crate::telemetry;
use crate::vault;

pub use file::LogFormat;
pub use file::LogLevel;
pub use folder::Folder;
pub use load::LoadedRules;
pub use people::People;
pub use reference::json_schema;
pub use reference::reference;

/// Everything the gateway is told, resolved: paths absolute or relative to the working folder,
/// defaults filled in.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from.
    pub file: PathBuf,
    /// Where clients connect; never empty.
    pub listen: Vec<net::config::Listen>,
    /// The listener of metrics, health and configuration.
    pub admin: Option<net::config::Listen>,
    /// Names by which operators reach it, besides addresses and `localhost`.
    pub admin_hosts: Vec<String>,
    /// The applications behind us; never empty, names differ.
    pub upstreams: Vec<net::config::Upstream>,
    /// Upstream of requests that no route matches, and of routes that name none.
    pub default_upstream: Option<UpstreamId>,
    /// Folder of rules, policies and cases.
    pub rules: PathBuf,
    /// Where sealed originals are kept.
    pub vault: vault::config::Config,
    /// Where the keyring is.
    pub keys: keys::config::Config,
    /// Where the journal is.
    pub audit: audit::config::Config,
    /// How people are served; none when they are not.
    pub people: Option<People>,
    /// How callers are recognised.
    pub identity: authn::config::Config,
    /// Domain of e-mail shaped tokens, lower case.
    pub email_domain: EmailDomain,
    /// Whose forwarding headers are believed.
    pub forwarding: net::config::Forwarding,
    /// How names of header fields are written.
    pub header_case: net::config::HeaderCase,
    /// How log lines look, and how many there are.
    pub log: Log,
    /// Where the line per exchange goes.
    pub access_log: AccessLog,
    /// Bounds of the data path.
    pub limits: Limits,
}

/// The domain of e-mail shaped tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmailDomain {
    /// One that the operator named.
    Own(String),
    /// None was named: the example domain, which nobody's mail reaches.
    Example,
}

impl EmailDomain {
    /// Returns the domain, whoever chose it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Own(domain) => domain,
            Self::Example => crate::token::DEFAULT_EMAIL_DOMAIN,
        }
    }
}

/// What the program says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// How its lines look.
    pub format: LogFormat,
    /// How much of what happens is logged.
    pub level: LogLevel,
}

impl Log {
    /// The same for `telemetry`, which sets the log up.
    pub fn to_telemetry(self) -> telemetry::LogConfig {
        telemetry::LogConfig {
            format: match self.format {
                LogFormat::Json => telemetry::LogFormat::Json,
                LogFormat::Text => telemetry::LogFormat::Text,
            },
            level: match self.level {
                LogLevel::Error => telemetry::LogLevel::Error,
                LogLevel::Warn => telemetry::LogLevel::Warn,
                LogLevel::Info => telemetry::LogLevel::Info,
                LogLevel::Debug => telemetry::LogLevel::Debug,
            },
        }
    }
}

/// Where the line per exchange goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessLog {
    /// Access is logged nowhere.
    Off,
    /// To standard output.
    Stdout,
    /// To a file, at its end.
    File(PathBuf),
}
