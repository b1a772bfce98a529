//! The listeners of people, and what happens to people when its time has come. They have their own thread
//! and runtime, never the cores of the data path.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::time::MissedTickBehavior;

use crate::base::TenantId;
use crate::config::people::Demo;
use crate::config::people::People as Settings;
use crate::config::people::Serves;
use crate::gateway::Certificate;
use crate::gateway::Error;
use crate::gateway::Shared;
use crate::net::BoundServer;
use crate::net::Stop;
use crate::net::Stopping;
use crate::people::CONNECTIONS;
use crate::people::Face;
use crate::people::Removal;
use crate::people::Site;
use crate::subject::People;
use crate::subject::PeopleParts;
use crate::subject::Sweeper;

/// Between two looks at what is due.
const ROUND: Duration = Duration::from_mins(1);

/// The thread of people, and where its listeners are.
pub(super) struct Started {
    pub(super) addresses: Vec<SocketAddr>,
    thread: JoinHandle<()>,
    stop: Stop,
}

impl Started {
    /// Ends the thread, and waits for that.
    pub(super) fn end(self) {
        self.stop.now();
        let ended = self.thread.join().is_ok();
        debug_assert!(ended, "the thread of people panicked");
    }
}

/// Binds the listeners of people and starts their thread; nothing where the configuration has none.
///
/// What was erased and came back with a restored vault is forgotten before this returns: call it before the
/// data path serves.
pub(super) fn start(shared: &Arc<Shared>) -> Result<Option<Started>, Error> {
    let Some(settings) = &shared.config.people else { return Ok(None) };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("people")
        .enable_all()
        .build()
        .map_err(Error::Thread)?;
    let people = {
        let _inside = runtime.enter();
        Arc::new(people(shared)?)
    };
    let recovered =
        runtime.block_on(people.recover()).map_err(|error| Error::People(error.to_string()))?;
    if recovered.continued > 0 {
        tracing::warn!(
            people = recovered.continued,
            "erased again: the vault had them from before"
        );
    }
    let mut servers = Vec::new();
    let mut addresses = Vec::new();
    let in_front = shared.config.listen.iter().filter(|listen| listen.tls.is_some()).count();
    let mut certificates = shared.certificates.iter().skip(in_front);
    for listen in &settings.listen {
        let address = listen.listen.address;
        let certificate = listen.listen.tls.as_ref().and_then(|_| certificates.next());
        let (server, bound) = bind(&runtime, shared, address, certificate)?;
        addresses.push(bound);
        servers.push((server, site(shared, settings, &people, &listen.serves)));
    }
    let (stop, stopping) = Stop::new();
    let run = move || runtime.block_on(run(people, servers, stopping));
    let thread = std::thread::Builder::new().name(String::from("people"));
    let thread = thread.spawn(run).map_err(Error::Thread)?;
    Ok(Some(Started { addresses, thread, stop }))
}

fn people(shared: &Shared) -> Result<People, Error> {
    let generation = shared.live.snapshot();
    let tenant = generation.rules.all_people().first().map(|people| people.tenant.clone());
    let timeouts = &shared.config.limits.timeouts;
    let path = erasure_journal(shared);
    let parts = PeopleParts {
        tenant: tenant.unwrap_or_else(TenantId::default_tenant),
        vault: shared.vaults.for_core()?,
        journal: shared.journal.clone(),
        live: Arc::clone(&shared.live),
        keyring: &shared.keyring,
        clock: Arc::clone(&shared.clock),
        erasure_journal: &path,
        vault_wait: timeouts.vault,
        audit_wait: timeouts.audit,
    };
    People::new(parts).map_err(|source| Error::ErasureJournal { path: path.clone(), source })
}

/// The erasure journal lies beside the journal, not in it, and not with the vault: a backup of the vault
/// must not bring an older one back.
fn erasure_journal(shared: &Shared) -> PathBuf {
    shared.config.audit.path.with_extension("erasures")
}

fn bind(
    runtime: &Runtime,
    shared: &Shared,
    address: SocketAddr,
    certificate: Option<&Certificate>,
) -> Result<(BoundServer, SocketAddr), Error> {
    let failed = |reason| Error::Listen { address, reason };
    let socket = runtime.block_on(TcpListener::bind(address)).map_err(failed)?;
    let bound = socket.local_addr().map_err(failed)?;
    let tls = certificate.map(|certificate| Arc::clone(&certificate.live));
    Ok((BoundServer::new("people", socket, tls, &shared.config.limits, CONNECTIONS), bound))
}

fn site(shared: &Shared, settings: &Settings, people: &Arc<People>, serves: &[Serves]) -> Site {
    let faces = serves.iter().filter_map(|serves| match serves {
        Serves::Portal => Some(Face::Portal),
        Serves::Api => Some(Face::Api),
        Serves::Databunker => Some(Face::Databunker),
        Serves::Console => None,
    });
    Site {
        people: Arc::clone(people),
        authenticator: Arc::clone(&shared.authenticator),
        clock: Arc::clone(&shared.clock),
        url: Arc::from(settings.url.as_str()),
        serves: faces.collect(),
        demo_key: settings.demo == Demo::Key,
        removal: Removal { notice: settings.notice, longest: settings.longest },
        body_wait: shared.config.limits.timeouts.body,
    }
}

async fn run(people: Arc<People>, servers: Vec<(BoundServer, Site)>, mut stopping: Stopping) {
    let serving = servers.into_iter().map(|(server, site)| server.serve(site, |_count| {}));
    tokio::select! {
        () = stopping.wait() => {}
        _ended = futures_util::future::join_all(serving) => {}
        () = sweep(&people) => {}
    }
}

/// Looks each minute at what is due, for ever.
async fn sweep(people: &People) {
    let mut round = tokio::time::interval(ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sweeper = Sweeper::default();
    loop {
        round.tick().await;
        let swept = AssertUnwindSafe(people.sweep(&mut sweeper)).catch_unwind().await;
        let Ok(swept) = swept else { continue };
        match swept {
            Ok(swept) if swept.removed + swept.continued > 0 => {
                let (removed, continued) = (swept.removed, swept.continued);
                tracing::info!(removed, continued, "people whose removal was due");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "what is due for people is looked at again in a minute");
            }
        }
    }
}
