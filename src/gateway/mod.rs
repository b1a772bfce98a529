//! The composition root: builds every part from the configuration, runs them, and stops them.
//!
//! One thread per core (`core-N`) serves, each with its own runtime, sockets, upstream connections and vault
//! connection; half as many, two at least (`long-N`), treat long messages. `control-plane` is admin listener,
//! reload and periodic checks; `audit`, `vault-writer` and `access-log` write. Nothing below knows how the
//! parts are put together.
//!
//! # Invariants
//!
//! - A gateway that starts has checked its vault, keyring and rules against each other
//!   (`it::cli::refuses_a_vault_of_another_keyring`).
//! - A bad new file never replaces a good old one (`it::reload`).
//! - Stopping waits for open exchanges, within the drain time (`it::proxy::drain`).

mod case_runner;
mod control_plane;
mod anchor;
mod core;
mod error;
pub(crate) mod explain;
mod fetch;
mod generations;
mod people;
mod pool;
mod process;
mod readiness;
mod reload;
mod signals;
mod vaults;

use std::fmt;
use std::fs::OpenOptions;
use std::fs::Permissions;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::thread::JoinHandle;

use rustls::ServerConfig;

use crate::audit::Code;
use crate::audit::Event;
use crate::audit::Journal;
use crate::authn::Authenticator;
use crate::base::Clock;
use crate::base::Diagnostic;
use crate::base::Live;
use crate::base::SystemClock;
use crate::base::Timestamp;
use crate::config;
use crate::config::Config;
use crate::crypto::Keyring;
use crate::engine::Generation;
use crate::engine::SeenTokens;
use crate::gateway::case_runner::templates;
use crate::gateway::case_runner::templates::Template;
use crate::gateway::core::Socket;
use crate::gateway::reload::Seen;
use crate::keys;
use crate::net;
use crate::net::Admission;
use crate::net::Budget;
use crate::net::Stop;
use crate::net::ThreadPool;
use crate::net::config::ServerTls;
use crate::proxy::AccessLog;
use crate::proxy::Prepared;
use crate::telemetry;
use crate::telemetry::Metrics;
use crate::vault::NewValues;
use crate::vault::Put;

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub use anchor::accept;
pub use case_runner::Caller;
pub use case_runner::CaseReport;
#[cfg(fuzzing)]
pub use case_runner::case_mistakes;
pub use case_runner::run_cases;
pub use error::Error;
pub use fetch::over_https as fetching;
pub use process::keep_memory_private;
pub use readiness::Readiness;
pub use signals::Signals;
pub use vaults::Vaults;

pub(crate) use anchor::broken as broken_anchor;
pub(crate) use generations::Asking;
pub(crate) use generations::agree;
pub(crate) use generations::read as read_generation;

/// What all cores share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) keyring: Keyring,
    pub(crate) live: Arc<Live<Generation>>,
    /// The files that may change, as they were before they were read for the first time.
    pub(crate) seen: Seen,
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) vaults: Vaults,
    pub(crate) journal: Journal,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) readiness: Arc<Readiness>,
    pub(crate) admission: Admission,
    pub(crate) budget: Budget,
    pub(crate) access: AccessLog,
    pub(crate) seen_tokens: Arc<SeenTokens>,
    pub(crate) new_values: NewValues,
}

/// The TLS files of a listener, and what was made of them.
pub(crate) struct Certificate {
    pub(crate) files: ServerTls,
    pub(crate) live: Arc<Live<Arc<ServerConfig>>>,
}

/// A gateway that serves. [`Running::stop`] ends it in order.
pub struct Running {
    /// Addresses of the listeners, in the order of the configuration, with the ports they got.
    pub listen: Vec<SocketAddr>,
    /// Address of the admin listener.
    pub admin: Option<SocketAddr>,
    shared: Arc<Shared>,
    stop: Stop,
    cores: Vec<JoinHandle<usize>>,
    pool: Vec<JoinHandle<()>>,
    control_plane: JoinHandle<()>,
    control_plane_stop: Stop,
    people: Option<people::Started>,
    access_writer: Option<JoinHandle<()>>,
}

/// Builds a gateway on `cores` threads and runs it. Gives it with the warnings about its files.
///
/// When it returns, every listener takes connections, and vault, keyring and rules agree.
pub fn start(config: Config, cores: usize) -> Result<(Running, Vec<Diagnostic>), Error> {
    let vaults = Vaults::open(&config.vault, &config.limits.timeouts)?;
    start_on(config, cores, vaults, Arc::new(SystemClock))
}

/// Builds a gateway on a vault that is open already.
pub fn start_on(
    mut config: Config,
    cores: usize,
    vaults: Vaults,
    clock: Arc<SystemClock>,
) -> Result<(Running, Vec<Diagnostic>), Error> {
    let pooled = config.limits.pool_idle_connections * config.upstreams.len() * cores;
    process::fit_connections(&mut config.limits, pooled);
    let keyring = keys::load(&config.keys)?;
    let seen = Seen::now(&config);
    let metrics = Arc::new(Metrics::new());
    let fetch = fetching(&config.identity, clock.now())?;
    let authenticator = Authenticator::load(&config.identity, &fetch);
    let read = generations::read(&config, &keyring, &metrics, 1);
    let (authenticator, (generation, mut warnings)) = both(authenticator, read)?;
    metrics.generation(&generation.rules.hash(), &generation.policies.hash());
    let (certificates, upstreams) = tls_files(&config, clock.now(), &mut warnings)?;
    let (access, access_writer) = access_log(&config, &clock)?;
    let journal_clock: Arc<dyn Clock> = Arc::<SystemClock>::clone(&clock);
    let journal = Journal::open(&config.audit, &keyring.audit().signing_seed, journal_clock)?;
    journal.count_with(metrics.audit_events.clone());
    let sockets = bind(&config, &certificates, cores)?;
    let listen = sockets.addresses;
    let shared = Arc::new(Shared {
        admission: Admission::new(config.limits.connections, config.limits.connections_per_client)
            .shown_in(metrics.bound("connections", config.limits.connections)),
        budget: Budget::of(&config.limits)
            .shown_in(metrics.bound("buffered_bytes", config.limits.buffered_bytes)),
        new_values: NewValues::new(config.limits.new_values),
        live: Arc::new(Live::new(generation)),
        seen,
        authenticator: Arc::new(authenticator),
        readiness: Arc::default(),
        config,
        keyring,
        certificates,
        vaults,
        journal,
        metrics,
        clock,
        access,
        seen_tokens: Arc::default(),
    });
    let (control_plane, admin, control_plane_stop) = control_plane::start(&shared)?;
    let people = people::start(&shared)?;
    let (stop, stopping) = Stop::new();
    let (pool, jobs) = ThreadPool::new(&shared.config.limits, &shared.metrics);
    let long = pool::start(cores, &shared, &jobs)?;
    let plan = core::Shares { upstreams, pool, stopping };
    let threads = core::start_all(&shared, sockets.per_core, &plan)?;
    shared.journal.note(Event::start(VERSION, &shared.keyring.fingerprint()));
    let running = Running {
        listen,
        admin,
        people,
        shared,
        stop,
        cores: threads,
        pool: long,
        control_plane,
        control_plane_stop,
        access_writer,
    };
    Ok((running, warnings))
}

impl Running {
    /// The journal's public key, with which `cloakroom audit verify` checks it.
    pub fn audit_key(&self) -> &str {
        self.shared.journal.public_key()
    }

    /// Returns the addresses of the listeners of people, in the order of the configuration.
    pub fn people(&self) -> &[SocketAddr] {
        self.people.as_ref().map_or(&[], |people| &people.addresses)
    }

    /// Logs panics from now on without the data they may hold, and counts them. For the process.
    pub fn watch_panics(&self) {
        telemetry::init::panics(&self.shared.metrics.panics);
    }

    /// Whether all is well, as `/readyz` tells it.
    pub fn is_ready(&self) -> bool {
        self.shared.readiness.told().ready
    }

    /// The token of a value on the first tenant's routes, as the rules in use spell it, and the
    /// record that it stands for. None when they have no such class. For cases, which
    /// name tokens by their values.
    pub(crate) fn token(&self, template: Template<'_>) -> Option<(String, Put)> {
        templates::token(&self.shared.live.snapshot(), template)
    }

    /// Stops: not ready any more, no new connections, open exchanges to their end (for the drain time
    /// at most), then the journal is signed and closed. Gives how many connections were cut.
    pub fn stop(self) -> usize {
        self.shared.readiness.drain();
        self.stop.now();
        let cut = self.cores.into_iter().map(|core| core.join().unwrap_or(0)).sum();
        let ended = self.pool.into_iter().all(|thread| thread.join().is_ok());
        debug_assert!(ended, "a thread for long messages panicked");
        if let Some(people) = self.people {
            people.end();
        }
        self.shared.journal.note(Event::stop(Code("told")));
        self.shared.journal.clone().close();
        // After the journal, whose last checkpoint it keeps in the vault.
        self.control_plane_stop.now();
        let joined = self.control_plane.join().is_ok();
        debug_assert!(joined, "the thread of the control plane panicked");
        drop(self.shared);
        if let Some(writer) = self.access_writer {
            let written = writer.join().is_ok();
            debug_assert!(written, "the access log's thread panicked");
        }
        cut
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Running").field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// Both results, or the mistakes of both.
fn both<A, B>(
    first: Result<A, Vec<Diagnostic>>,
    second: Result<B, Vec<Diagnostic>>,
) -> Result<(A, B), Error> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (first, second) => {
            let mut mistakes = first.err().unwrap_or_default();
            mistakes.extend(second.err().unwrap_or_default());
            Err(Error::Mistakes(mistakes))
        }
    }
}

/// Reads the TLS files of listeners and upstreams.
fn tls_files(
    config: &Config,
    now: Timestamp,
    warnings: &mut Vec<Diagnostic>,
) -> Result<(Vec<Certificate>, Vec<Prepared>), Error> {
    let mut mistakes = Vec::new();
    let mut certificates = Vec::new();
    for files in config.certificates() {
        match net::tls::server_config(files, now) {
            Ok((made, more)) => {
                warnings.extend(more);
                let live = Arc::new(Live::new(made));
                certificates.push(Certificate { files: files.clone(), live });
            }
            Err(more) => mistakes.extend(more),
        }
    }
    let mut upstreams = Vec::new();
    for upstream in &config.upstreams {
        match Prepared::new(upstream, now) {
            Ok((made, more)) => {
                warnings.extend(more);
                upstreams.push(made);
            }
            Err(more) => mistakes.extend(more),
        }
    }
    if mistakes.is_empty() { Ok((certificates, upstreams)) } else { Err(Error::Mistakes(mistakes)) }
}

/// All sockets of all listeners, one of each for every core.
struct Sockets {
    addresses: Vec<SocketAddr>,
    per_core: Vec<Vec<Socket>>,
}

fn bind(config: &Config, certificates: &[Certificate], cores: usize) -> Result<Sockets, Error> {
    let mut addresses = Vec::new();
    let mut per_core: Vec<Vec<Socket>> = (0..cores).map(|_| Vec::new()).collect();
    let mut certificates = certificates.iter();
    for listen in &config.listen {
        let failed = |reason| Error::Listen { address: listen.address, reason };
        let sockets = net::bind(listen.address, cores).map_err(failed)?;
        let tls = listen.tls.as_ref().and_then(|_| certificates.next());
        let tls = tls.map(|certificate| Arc::clone(&certificate.live));
        if let Some(first) = sockets.first() {
            addresses.push(first.local_addr().map_err(failed)?);
        }
        for (socket, core) in sockets.into_iter().zip(&mut per_core) {
            core.push(Socket { socket, tls: tls.clone() });
        }
    }
    Ok(Sockets { addresses, per_core })
}

fn access_log(
    config: &Config,
    clock: &Arc<SystemClock>,
) -> Result<(AccessLog, Option<JoinHandle<()>>), Error> {
    let path = match &config.access_log {
        config::AccessLog::Off => return Ok((AccessLog::off(Arc::clone(clock)), None)),
        config::AccessLog::Stdout => {
            let started = AccessLog::start(io::stdout(), Arc::clone(clock));
            return started.map(|(log, writer)| (log, Some(writer))).map_err(Error::Thread);
        }
        config::AccessLog::File(path) => path,
    };
    let refused = |reason| Error::AccessLog { path: path.clone(), reason };
    // It names callers' addresses: not for everybody on this machine, whoever made the file.
    let file = OpenOptions::new().create(true).append(true).mode(0o640).open(path);
    let file = file.map_err(refused)?;
    let found = file.metadata().map_err(refused)?;
    let (mode, kept) = (found.mode() & 0o777, found.mode() & 0o640);
    if found.is_file() && mode != kept {
        file.set_permissions(Permissions::from_mode(kept)).map_err(refused)?;
        tracing::warn!("{} had mode {mode:04o} and has {kept:04o} now", path.display());
    }
    let (log, writer) = AccessLog::start(file, Arc::clone(clock)).map_err(Error::Thread)?;
    Ok((log, Some(writer)))
}
