//! The journal's last checkpoint, kept in the vault, so that a journal cannot lose events unnoticed.
//!
//! A journal proves that nothing in it was changed; that it is whole it cannot prove by itself. Whoever
//! empties its folder begins a new one that verifies. So the vault, which such a person would have to
//! change as well, keeps the last checkpoint, and a gateway whose journal does not contain it reveals
//! nothing until somebody accepts that.

use std::sync::Arc;

use sha2::Digest;
use sha2::Sha256;

use crate::audit;
use crate::audit::Discontinued;
use crate::audit::Event;
use crate::audit::Journal;
use crate::base::Clock;
use crate::base::SystemClock;
use crate::config::Config;
use crate::gateway::Error;
use crate::gateway::Shared;
use crate::gateway::Vaults;
use crate::keys;
use crate::vault;
use crate::vault::Vault;
use crate::vault::config::Config as VaultConfig;

/// The name of the checkpoint in the vault. An embedded vault has one gateway and one journal,
/// whatever that is called; in Redis each journal has its own.
fn name(config: &Config) -> String {
    match config.vault {
        VaultConfig::Embedded { .. } => String::from("journal"),
        VaultConfig::Redis(_) => format!("journal/{}", config.audit.origin),
    }
}

/// Says why the journal does not continue the one whose checkpoint the vault keeps; none when it does,
/// or the vault keeps none.
pub(crate) async fn broken(
    vault: &dyn Vault,
    config: &Config,
    public_key: &str,
) -> Result<Option<String>, vault::Error> {
    let Some(note) = vault.claimed(&name(config)).await? else { return Ok(None) };
    let continues = audit::continues(&config.audit.path, public_key, &note);
    Ok(continues.err().map(|reason| {
        format!(
            "the audit journal is not the one that the vault knows: {reason}; nothing is revealed \
             until the journal is put back, or `cloakroom audit accept` is run while the gateway \
             is stopped"
        )
    }))
}

/// Looks at the journal before the first event is written: one that does not continue gives no receipts.
pub(super) async fn check_at_start(shared: &Shared, vault: &dyn Vault) -> Result<(), Error> {
    let broken = broken(vault, &shared.config, shared.journal.public_key()).await?;
    if let Some(text) = &broken {
        tracing::error!("{text}");
        shared.journal.discontinue();
    }
    let continues = broken.map_or_else(|| Ok(String::from("the journal continues")), Err);
    shared.readiness.found("anchor", continues);
    Ok(())
}

/// Keeps the newest checkpoint in the vault when it is another than before.
pub(super) async fn keep(shared: &Shared, vault: &dyn Vault, kept: &mut Option<Arc<str>>) {
    if shared.journal.is_discontinued() {
        return;
    }
    let newest = shared.journal.checkpoint();
    let Some(newest) = newest.filter(|newest| Some(newest) != kept.as_ref()) else { return };
    match vault.replace(&name(&shared.config), newest.as_bytes()).await {
        Ok(()) => *kept = Some(newest),
        Err(error) => tracing::warn!("the journal's checkpoint is not kept in the vault: {error}"),
    }
}

/// Accepts that the journal does not continue the one that the vault knows. Its event says so and why;
/// its checkpoint takes the other's place. Gives what was accepted; none when there was nothing to accept.
///
/// Refuses a journal that a gateway is writing.
pub fn accept(config: &Config, why: &str) -> Result<Option<Discontinued>, Error> {
    let keyring = keys::load(&config.keys)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let journal = Journal::open(&config.audit, &keyring.audit().signing_seed, clock)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Error::Thread)?.block_on(async {
        let vault = Vaults::open(&config.vault, &config.limits.timeouts)?.ungated()?;
        let name = name(config);
        let Some(note) = vault.claimed(&name).await? else { return Ok(None) };
        let continues = audit::continues(&config.audit.path, journal.public_key(), &note);
        let Err(reason) = continues else { return Ok(None) };
        let _receipt = journal.append(Event::accepted(Sha256::digest(&note).into(), why)).await?;
        journal.clone().close();
        let newest = journal.checkpoint().ok_or(audit::Error::Closed)?;
        vault.replace(&name, newest.as_bytes()).await?;
        Ok(Some(reason))
    })
}
