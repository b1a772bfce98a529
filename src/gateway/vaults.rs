//! The vault of each core: one that all share, or one connection for each.

use std::fmt;
use std::sync::Arc;

use crate::base::Timeouts;
use crate::vault;
use crate::vault::Gate;
use crate::vault::Vault;
use crate::vault::config::Config;
use crate::vault::config::RedisConfig;

/// Gives every core its vault, all behind one gate.
#[derive(Clone)]
pub struct Vaults {
    backend: Backend,
    pub(super) gate: Gate,
}

#[derive(Clone)]
enum Backend {
    /// All cores use this one.
    Shared(Arc<dyn Vault>),
    /// Each core makes its own connection.
    Redis(Box<RedisConfig>, Box<Timeouts>),
}

impl Vaults {
    /// Opens what the configuration names. Redis is reached with the first call to it.
    pub fn open(config: &Config, timeouts: &Timeouts) -> Result<Self, vault::Error> {
        match config {
            Config::Embedded { path } => {
                Ok(Self::shared(Arc::new(vault::embedded::open(path, timeouts.vault)?)))
            }
            Config::Redis(redis) => {
                let backend = Backend::Redis(Box::new(redis.clone()), Box::new(timeouts.clone()));
                Ok(Self { backend, gate: Gate::default() })
            }
        }
    }

    /// Gives all cores this vault.
    pub fn shared(vault: Arc<dyn Vault>) -> Self {
        Self { backend: Backend::Shared(vault), gate: Gate::default() }
    }

    /// Gives the vault for one core. Call it inside the core's runtime.
    pub fn for_core(&self) -> Result<Arc<dyn Vault>, vault::Error> {
        Ok(self.gate.before(self.ungated()?))
    }

    /// Gives the vault for whoever looks after the gate.
    pub(crate) fn ungated(&self) -> Result<Arc<dyn Vault>, vault::Error> {
        match &self.backend {
            Backend::Shared(vault) => Ok(Arc::clone(vault)),
            Backend::Redis(config, timeouts) => {
                Ok(Arc::new(vault::redis::connect(config, timeouts)?))
            }
        }
    }
}

impl fmt::Debug for Vaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.backend {
            Backend::Shared(_) => "Vaults(shared)",
            Backend::Redis(..) => "Vaults(redis)",
        })
    }
}
