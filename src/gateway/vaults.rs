//! The vault of each core: one that all share, or one connection for each.

use std::fmt;
use std::sync::Arc;

use crate::base::Timeouts;
use crate::vault;
use crate::vault::Vault;
use crate::vault::config::Config;
use crate::vault::config::RedisConfig;

/// Gives every core its vault.
#[derive(Clone)]
pub enum Vaults {
    /// All cores use this one.
    One(Arc<dyn Vault>),
    /// Each core makes its own connection.
    Redis(Box<RedisConfig>, Timeouts),
}

impl Vaults {
    /// Opens what the configuration names. Redis is reached with the first call to it.
    pub fn open(config: &Config, timeouts: &Timeouts) -> Result<Self, vault::Error> {
        match config {
            Config::Embedded { path } => {
                Ok(Self::One(Arc::new(vault::embedded::open(path, timeouts.vault)?)))
            }
            Config::Redis(redis) => Ok(Self::Redis(Box::new(redis.clone()), timeouts.clone())),
        }
    }

    /// Gives the vault for one core. Call it inside the core's runtime.
    pub fn for_core(&self) -> Result<Arc<dyn Vault>, vault::Error> {
        match self {
            Self::One(vault) => Ok(Arc::clone(vault)),
            Self::Redis(config, timeouts) => Ok(Arc::new(vault::redis::connect(config, timeouts)?)),
        }
    }
}

impl fmt::Debug for Vaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::One(_) => "Vaults::One",
            Self::Redis(..) => "Vaults::Redis",
        })
    }
}
