//! The settings of what people and those who look after their data are served: portal, console, API.
//!
//! [`People`] is what [`mod@file`] comes to mean. Not for: which fields are kept about people (`rules`), who may
//! see them (`authz`), serving them.
//!
//! # Invariants
//!
//! - A listener that other machines reach has TLS (`config::people::only_this_machine_is_served_without_tls`).
//! - `DEMO` is a key only where every listener is on loopback (`config::people::demo_is_a_key_on_loopback_only`).

pub mod file;
mod resolve;
mod shown;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::net::config::Listen;

pub use file::AfterErase;
pub use file::Login;
pub use file::SeenBy;
pub use file::Serves;
pub(super) use resolve::resolve;
pub(super) use shown::shown;

/// How people, and those who look after their data, are served.
#[derive(Debug, Clone)]
pub struct People {
    /// What links to these pages begin with: scheme, host and port, no slash at the end.
    pub url: String,
    /// Whether `DEMO` is a key with every right.
    pub demo: Demo,
    /// Where they connect; never empty.
    pub listen: Vec<PeopleListen>,
    /// How messages reach people; none when nothing is sent.
    pub smtp: Option<Smtp>,
    /// Bounds of callers by their groups; who is in none of them has [`Brakes::default`].
    pub brakes: BTreeMap<String, Brakes>,
    /// Other gateways with journals of their own, as scheme, host and port.
    pub peers: Vec<String>,
    /// After which time without a sign of life removal is announced; none when never.
    pub inactive: Option<Duration>,
    /// The longest time until an announced removal.
    pub longest: Duration,
    /// The shortest time until an announced removal; never over `longest`.
    pub notice: Duration,
    /// Who may sign in to the portal.
    pub login: Login,
    /// What a value stands for that comes again after its person was erased.
    pub after_erase: AfterErase,
    /// How people are told who looked.
    pub seen_by: SeenBy,
}

impl People {
    /// Returns where the first listener is that serves the API, for commands on this machine.
    pub fn api_url(&self) -> Option<String> {
        let listen = &self.listen.iter().find(|each| each.serves.contains(&Serves::Api))?.listen;
        let scheme = if listen.tls.is_some() { "https" } else { "http" };
        let (ip, port) = (listen.address.ip(), listen.address.port());
        let host = if ip.is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { ip };
        Some(format!("{scheme}://{}", SocketAddr::new(host, port)))
    }
}

/// Whether `DEMO` is a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demo {
    /// It is, on listeners that this machine alone reaches.
    Key,
    /// It is a wrong key like any other.
    NoKey,
}

/// A listener for people, and what it serves.
#[derive(Debug, Clone)]
pub struct PeopleListen {
    /// Its address and TLS.
    pub listen: Listen,
    /// What is served there; never empty, nothing twice.
    pub serves: Vec<Serves>,
}

/// A mail server that takes our messages.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Host name or address, as in the URL.
    pub host: String,
    /// The TCP port; never 0.
    pub port: u16,
    /// How the connection is kept from others.
    pub security: SmtpSecurity,
    /// The sender of messages: one address on one line.
    pub from: String,
    /// The name by which we sign in, and the file with the password.
    pub login: Option<SmtpLogin>,
}

/// How a connection to a mail server is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// It is not; the server is on this machine.
    Clear,
    /// By `STARTTLS` ([RFC 3207]); without it nothing is sent.
    StartTls,
    /// By TLS from the start ([RFC 8314, section 3.3]).
    Tls,
}

/// How we sign in to a mail server.
#[derive(Debug, Clone)]
pub struct SmtpLogin {
    /// The name that the server knows us by.
    pub user: String,
    /// File that holds the password.
    pub password_file: PathBuf,
}

/// How many people a caller may read and erase. A caller in several groups has the lowest of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brakes {
    /// People read in a minute; none when there is no bound.
    pub reads_per_minute: Option<u64>,
    /// People erased in an hour.
    pub erasures_per_hour: u64,
}

impl Default for Brakes {
    fn default() -> Self {
        Self { reads_per_minute: None, erasures_per_hour: 50 }
    }
}
