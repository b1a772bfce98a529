//! The control plane: admin listener, reload, and periodic checks. It has its own thread and
//! runtime, so that health answers under load.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::time::MissedTickBehavior;

use crate::admin;
use crate::audit::Event;
use crate::audit::VaultState;
use crate::gateway::Asking;
use crate::gateway::Error;
use crate::gateway::Shared;
use crate::gateway::agree;
use crate::gateway::anchor;
use crate::gateway::reload;
use crate::net::BoundServer;
use crate::net::Stop;
use crate::net::Stopping;
use crate::vault;
use crate::vault::Vault;

/// Between two checks of the journal, and of a vault that did not answer.
const ROUND: Duration = Duration::from_secs(2);
/// Rounds between two checks of a vault that answered: each writes and reads a record.
const HEALTHY_ROUNDS: u32 = 2;
/// Between two checks whether key sets of identity providers are due.
const KEY_SETS: Duration = Duration::from_mins(1);

type Started = (JoinHandle<()>, Option<SocketAddr>, Stop);

/// Checks what must be well before anybody is served, then starts the thread.
pub(super) fn start(shared: &Arc<Shared>) -> Result<Started, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("control-plane")
        .enable_all()
        .build()
        .map_err(Error::Thread)?;
    let vault = {
        let _inside = runtime.enter();
        shared.vaults.ungated()?
    };
    runtime.block_on(check_at_start(shared, vault.as_ref()))?;
    let (bound, address) = listen(&runtime, shared)?.unzip();
    let (stop, stopping) = Stop::new();
    let (shared, name) = (Arc::clone(shared), String::from("control-plane"));
    let thread = std::thread::Builder::new().name(name);
    let run = move || runtime.block_on(run(shared, vault, bound, stopping));
    Ok((thread.spawn(run).map_err(Error::Thread)?, address, stop))
}

/// Vault, keyring and rules must agree; keys of identity providers should be there.
async fn check_at_start(shared: &Shared, vault: &dyn Vault) -> Result<(), Error> {
    let health = vault.check().await?;
    for warning in &health.warnings {
        tracing::warn!("vault: {warning}");
    }
    let rules = &shared.live.snapshot().rules;
    agree(vault, Asking::ToRemember, &shared.keyring, rules).await?;
    anchor::check_at_start(shared, vault).await?;
    shared.readiness.found("vault", Ok(health.store));
    shared.readiness.found("rules", Ok(String::from("generation 1")));
    check_journal(shared);
    refresh(shared).await;
    Ok(())
}

fn listen(runtime: &Runtime, shared: &Shared) -> Result<Option<(BoundServer, SocketAddr)>, Error> {
    let Some(listen) = &shared.config.admin else { return Ok(None) };
    let failed = |reason| Error::Listen { address: listen.address, reason };
    let listener = runtime.block_on(TcpListener::bind(listen.address)).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    // The certificate of this listener is the last of all (`Config::certificates`).
    let tls = listen.tls.as_ref().and(shared.certificates.last());
    let tls = tls.map(|certificate| Arc::clone(&certificate.live));
    let bound = BoundServer::new("admin", listener, tls, &shared.config.limits, admin::CONNECTIONS);
    Ok(Some((bound, address)))
}

async fn run(
    shared: Arc<Shared>,
    vault: Arc<dyn Vault>,
    bound: Option<BoundServer>,
    mut stopping: Stopping,
) {
    let serve = async {
        match bound {
            Some(bound) => admin::serve(bound, admin_state(&shared)).await,
            None => std::future::pending().await,
        }
    };
    let gated = shared.vaults.gate.before(Arc::clone(&vault));
    let mut kept = None;
    tokio::select! {
        () = stopping.wait() => {}
        () = serve => {}
        () = check_periodically(&shared, vault.as_ref(), &mut kept) => {}
        () = refresh_key_sets(&shared) => {}
        () = reload::watch(&shared, gated.as_ref()) => {}
    }
    anchor::keep(&shared, vault.as_ref(), &mut kept).await;
}

fn admin_state(shared: &Arc<Shared>) -> admin::State {
    let readiness = Arc::clone(&shared.readiness);
    admin::State {
        ready: Arc::new(move || readiness.told()),
        metrics: Arc::clone(&shared.metrics),
        config: Arc::new(shared.config.shown()),
        hosts: shared.config.admin_hosts.clone().into(),
    }
}

async fn check_periodically(shared: &Shared, vault: &dyn Vault, kept: &mut Option<Arc<str>>) {
    let mut round = tokio::time::interval(ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut skip = 0_u32;
    loop {
        round.tick().await;
        check_journal(shared);
        let owned = check_owner(shared, vault).await;
        if owned.is_ok() {
            anchor::keep(shared, vault, kept).await;
            if skip > 0 {
                skip -= 1;
                continue;
            }
        }
        let checked = match owned {
            Ok(()) => vault.check().await,
            Err(error) => Err(error),
        };
        let state = state_of(checked.as_ref().err());
        let result = checked.map(|health| health.store).map_err(|error| error.to_string());
        match &result {
            Ok(_store) => skip = HEALTHY_ROUNDS,
            Err(error) => tracing::warn!("{error}"),
        }
        if shared.readiness.found("vault", result) {
            shared.journal.note(Event::vault(state, None));
        }
    }
}

/// Looks whether the vault is still the one of our keyring, and closes it to all cores when it is not:
/// somebody has emptied it, or put another in its place. It opens again when the vault is ours again.
async fn check_owner(shared: &Shared, vault: &dyn Vault) -> Result<(), vault::Error> {
    let ours = shared.keyring.fingerprint();
    let theirs = vault.claimed("keyring").await?;
    if theirs.as_deref() == Some(ours.as_bytes()) {
        shared.vaults.gate.open();
        return Ok(());
    }
    let problem = theirs.map_or_else(
        || String::from("it has been emptied, and is no longer ours"),
        |theirs| {
            let theirs = String::from_utf8_lossy(&theirs).into_owned();
            format!("it belongs to the keyring with fingerprint {theirs} now, ours is {ours}")
        },
    );
    let hint = "restore the vault from a backup; restart the gateway to begin with an empty one";
    let error = vault::Error::Misconfigured { problem, hint };
    shared.vaults.gate.close(error.clone());
    Err(error)
}

fn state_of(error: Option<&vault::Error>) -> VaultState {
    match error {
        None => VaultState::Ready,
        Some(vault::Error::Timeout | vault::Error::Busy) => VaultState::Slow,
        Some(vault::Error::Full { .. }) => VaultState::Full,
        Some(vault::Error::ReadOnly { .. }) => VaultState::ReadOnly,
        Some(
            vault::Error::Unavailable { .. }
            | vault::Error::Misconfigured { .. }
            | vault::Error::Corrupt { .. }
            | vault::Error::Conflict
            | vault::Error::Erased
            | vault::Error::Limit { .. },
        ) => VaultState::Down,
    }
}

fn check_journal(shared: &Shared) {
    let health = shared.journal.health();
    let result = match (health.writing, health.signing) {
        (Some(why), _) => Err(format!("cannot write: {why}")),
        (None, Some(why)) => Err(format!("cannot sign: {why}")),
        (None, None) => Ok(format!("{} events, {} signed", health.events, health.signed)),
    };
    let why = result.clone().err();
    if shared.readiness.found("audit", result)
        && let Some(why) = why
    {
        tracing::error!("audit journal: {why}");
    }
    shared.readiness.found("keys", Ok(shared.keyring.fingerprint()));
}

async fn refresh_key_sets(shared: &Shared) {
    let mut round = tokio::time::interval(KEY_SETS);
    loop {
        round.tick().await;
        refresh(shared).await;
    }
}

async fn refresh(shared: &Shared) {
    for refreshed in shared.authenticator.refresh(shared.clock.now()).await {
        if let Err(error) = refreshed.result {
            tracing::warn!(url = refreshed.url, %error, "key set is not refreshed");
        }
    }
    let ready = shared.authenticator.is_ready(shared.clock.now());
    let state = if ready { Ok(String::from("ready")) } else { Err(String::from("no key set")) };
    shared.readiness.found("identity", state);
}
