//! Keeping house: the admin listener, reload, and checks that come round. Its own thread and
//! runtime, so that health answers under load.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::time::MissedTickBehavior;

use crate::admin;
use crate::admin::Door;
use crate::audit::Event;
use crate::audit::VaultState;
use crate::gateway::Asking;
use crate::gateway::Error;
use crate::gateway::Shared;
use crate::gateway::agree;
use crate::gateway::reload;
use crate::net::Stop;
use crate::net::Stopping;
use crate::vault;
use crate::vault::Vault;

/// Between two looks at the journal, and at a vault that did not answer.
const ROUND: Duration = Duration::from_secs(2);
/// Rounds between two looks at a vault that answered: each writes and reads something.
const WELL_ROUNDS: u32 = 2;
/// Between two looks at whether key sets of identity providers are due.
const KEY_SETS: Duration = Duration::from_mins(1);

type Started = (JoinHandle<()>, Option<SocketAddr>, Stop);

/// Checks what must be well before anybody is served, then starts the thread.
pub(super) fn start(shared: &Arc<Shared>) -> Result<Started, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("house")
        .enable_all()
        .build()
        .map_err(Error::Thread)?;
    let vault = {
        let _inside = runtime.enter();
        shared.vaults.for_core()?
    };
    runtime.block_on(begin(shared, vault.as_ref()))?;
    let (door, address) = listen(&runtime, shared)?.unzip();
    let (stop, stopping) = Stop::new();
    let (shared, name) = (Arc::clone(shared), String::from("house"));
    let thread = std::thread::Builder::new().name(name);
    let keep = move || runtime.block_on(keep(shared, vault, door, stopping));
    Ok((thread.spawn(keep).map_err(Error::Thread)?, address, stop))
}

/// Vault, keyring and rules must agree; keys of identity providers should be there.
async fn begin(shared: &Shared, vault: &dyn Vault) -> Result<(), Error> {
    let health = vault.check().await?;
    for warning in &health.warnings {
        tracing::warn!("vault: {warning}");
    }
    let rules = &shared.live.snapshot().rules;
    agree(vault, Asking::ToRemember, &shared.keyring, rules).await?;
    shared.readiness.found("vault", Ok(health.store));
    shared.readiness.found("rules", Ok(String::from("generation 1")));
    look_at_journal(shared);
    refresh(shared).await;
    Ok(())
}

fn listen(runtime: &Runtime, shared: &Shared) -> Result<Option<(Door, SocketAddr)>, Error> {
    let Some(listen) = &shared.config.admin else { return Ok(None) };
    let failed = |source| Error::Listen { address: listen.address, source };
    let listener = runtime.block_on(TcpListener::bind(listen.address)).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    // The certificate of this listener is the last of all (`Config::certificates`).
    let tls = listen.tls.as_ref().and(shared.certificates.last());
    let tls = tls.map(|certificate| Arc::clone(&certificate.live));
    let door = Door::new(listener, tls, shared.config.limits.timeouts.handshake);
    Ok(Some((door, address)))
}

async fn keep(
    shared: Arc<Shared>,
    vault: Arc<dyn Vault>,
    door: Option<Door>,
    mut stopping: Stopping,
) {
    let serve = async {
        match door {
            Some(door) => admin::serve(door, admin_state(&shared)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = stopping.wait() => {}
        () = serve => {}
        () = rounds(&shared, vault.as_ref()) => {}
        () = key_sets(&shared) => {}
        () = reload::watch(&shared, vault.as_ref()) => {}
    }
}

fn admin_state(shared: &Arc<Shared>) -> admin::State {
    let readiness = Arc::clone(&shared.readiness);
    admin::State {
        ready: Arc::new(move || readiness.told()),
        metrics: Arc::clone(&shared.metrics),
        config: Arc::new(shared.config.shown()),
    }
}

async fn rounds(shared: &Shared, vault: &dyn Vault) {
    let mut round = tokio::time::interval(ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut well = 0_u32;
    loop {
        round.tick().await;
        look_at_journal(shared);
        if well > 0 {
            well -= 1;
            continue;
        }
        let checked = vault.check().await;
        let state = state_of(checked.as_ref().err());
        let result = checked.map(|health| health.store).map_err(|error| error.to_string());
        match &result {
            Ok(_store) => well = WELL_ROUNDS,
            Err(error) => tracing::warn!("vault: {error}"),
        }
        if shared.readiness.found("vault", result) {
            shared.journal.note(Event::vault(state, None));
        }
    }
}

fn state_of(error: Option<&vault::Error>) -> VaultState {
    match error {
        None => VaultState::Ready,
        Some(vault::Error::Timeout) => VaultState::Slow,
        Some(vault::Error::Full { .. }) => VaultState::Full,
        Some(vault::Error::ReadOnly { .. }) => VaultState::ReadOnly,
        Some(
            vault::Error::Unavailable { .. }
            | vault::Error::Misconfigured { .. }
            | vault::Error::Corrupt { .. },
        ) => VaultState::Down,
    }
}

fn look_at_journal(shared: &Shared) {
    let health = shared.journal.health();
    let result = match health.writing {
        None => Ok(format!("{} events, {} signed", health.events, health.signed)),
        Some(kind) => Err(format!("cannot write: {kind}")),
    };
    shared.readiness.found("audit", result);
    shared.readiness.found("keys", Ok(shared.keyring.fingerprint()));
}

async fn key_sets(shared: &Shared) {
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
