//! The data path. Read `exchange.rs` first: the life of a request, one line per step.
//!
//! For everything between a client's connection and an upstream's. Not for what a token is, nor for
//! who may see what: that is `engine` and below.
//!
//! # Invariants
//!
//! - A request whose framing is in doubt is answered with a problem and never reaches an upstream
//!   (`tests/it/proxy/framing.rs`).
//! - Without rules nothing changes but what belongs to one connection: same target, same body, same
//!   fields in the same order (`tests/it/proxy/transparent.rs`).
//! - A request whose bytes may have reached an upstream is sent again only if its method is
//!   idempotent, and only once (`tests/it/proxy/retry.rs`).
//! - No field leads the application to another route's path or method (`tests/it/proxy/rerouting.rs`).
//! - An interim answer stands between whole answers (`tests/it/proxy/interim.rs`).
//! - Bytes behind a request for an upgrade reach the upstream only after its 101
//!   (`tests/it/proxy/upgrades.rs`).
//! - Drain loses no exchange within its grace time (`tests/it/proxy/drain.rs`).

mod exchange;
mod passthrough;
mod flow;
mod upload;
mod exchange_record;
mod worker;
mod connection;
mod guard;
mod watch;
mod framing;
mod inbound;
mod rerouting;
mod outbound;
mod upstream;
mod heads;
mod pool;
mod upgrade;
mod interim;
mod rejection;
mod treatment;
mod problems;
mod preview;
mod access_log;

use std::fmt;
use std::sync::Arc;

use crate::authn::Authenticator;
use crate::base::Clock;
use crate::base::Limits;
use crate::base::Live;
use crate::base::UpstreamId;
use crate::engine::Engine;
use crate::engine::Generation;
use crate::net::Admission;
use crate::net::Budget;
use crate::net::Drain;
use crate::net::config::Forwarding;
use crate::net::config::HeaderCase;
use crate::telemetry::Metrics;

pub use access_log::AccessLog;
pub use access_log::Record;
pub use framing::Fault;
#[cfg(fuzzing)]
pub use framing::passes;
pub use preview::preview;
pub use preview::preview_head;
pub use rejection::Rejection;
pub use upstream::Prepared;
pub use upstream::Upstreams;
pub use worker::BoundListener;
pub use worker::run;

/// What one core needs to serve: its own upstream connections and tasks, and its handles of what
/// all cores share.
pub struct Proxy {
    /// Every bound and deadline.
    pub limits: Limits,
    /// Whose forwarding fields are believed.
    pub forwarding: Forwarding,
    /// How names of header fields are written.
    pub header_case: HeaderCase,
    /// Connections at once; shared.
    pub admission: Admission,
    /// Memory for bodies; shared.
    pub budget: Budget,
    /// The applications behind us; this core's connections to them.
    pub upstreams: Upstreams,
    /// Where requests go that no route takes; a problem when there is none.
    pub default_upstream: Option<UpstreamId>,
    /// Rules and policies; replaced whole while requests run.
    pub live: Arc<Live<Generation>>,
    /// Recognises callers by their credentials.
    pub authenticator: Arc<Authenticator>,
    /// Protects and reveals by the rules.
    pub engine: Engine,
    /// The clock of all cores.
    pub clock: Arc<dyn Clock>,
    /// Counters of the process, shared by all cores.
    pub metrics: Arc<Metrics>,
    /// The access line; shared.
    pub access: AccessLog,
    /// This core's tasks that drain waits for.
    pub drain: Drain,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Proxy").field("upstreams", &self.upstreams).finish_non_exhaustive()
    }
}
