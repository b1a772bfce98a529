//! The composition root: builds every part from the configuration, runs them, and stops them.
//!
//! One thread per core serves, each with its own runtime, sockets, upstream connections and vault
//! connection. One more thread keeps house: admin listener, reload, periodic checks. Nothing below
//! knows how the parts are put together.
//!
//! # Invariants
//!
//! - A gateway that starts has checked its vault, keyring and rules against each other
//!   (`it::cli::refuses_a_vault_of_another_keyring`).
//! - A bad new file never replaces a good old one (`it::reload`).
//! - Stopping waits for open exchanges, within the drain time (`it::proxy::drain`).

mod core;
mod error;
mod generations;
mod house;
mod readiness;
mod rehearsal;
mod reload;
mod signals;
mod vaults;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::audit::Event;
use crate::audit::Journal;
use crate::base::Clock;
use crate::base::Live;
use crate::base::SystemClock;
use crate::config::Config;
use crate::crypto::Keyring;
use crate::engine::Generation;
use crate::keys;
use crate::net;
use crate::net::Admission;
use crate::net::Budget;
use crate::net::Stop;
use crate::net::Stopping;
use crate::proxy::AccessLog;
use crate::telemetry::Metrics;

pub use error::Error;
pub use readiness::Readiness;
pub use rehearsal::Case;
pub use rehearsal::Outcome;
pub use rehearsal::Rehearsal;
pub use signals::until_told;
pub use vaults::Vaults;

pub(crate) use generations::agree;
pub(crate) use generations::read as read_generation;

/// What all cores share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) keyring: Keyring,
    pub(crate) live: Live<Generation>,
    pub(crate) vaults: Vaults,
    pub(crate) journal: Journal,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) readiness: Readiness,
    pub(crate) admission: Admission,
    pub(crate) budget: Budget,
    pub(crate) access: AccessLog,
}

/// A gateway that serves. Dropping it stops it at once; [`Running::stop`] does so in order.
pub struct Running {
    /// Addresses of the listeners, in the order of the configuration, with the ports they got.
    pub listen: Vec<SocketAddr>,
    /// Address of the admin listener.
    pub admin: Option<SocketAddr>,
    shared: Arc<Shared>,
    stop: Stop,
    cores: Vec<JoinHandle<usize>>,
    house: JoinHandle<()>,
    house_stop: Stop,
}
