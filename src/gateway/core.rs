//! One core: a thread, a runtime of its own, its sockets, its connections.

use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;

use rustls::ServerConfig;
use tokio::task::LocalSet;

use crate::base::Live;
use crate::engine::Engine;
use crate::engine::EngineParts;
use crate::gateway::Error;
use crate::gateway::Shared;
use crate::net::Drain;
use crate::net::Listener;
use crate::net::Stopping;
use crate::net::ThreadPool;
use crate::proxy;
use crate::proxy::BoundListener;
use crate::proxy::Prepared;
use crate::proxy::Proxy;
use crate::proxy::Upstreams;

/// A listener's socket for one core, before the core runs.
pub(super) struct Socket {
    pub(super) socket: TcpListener,
    pub(super) tls: Option<Arc<Live<Arc<ServerConfig>>>>,
}

/// What a core is made of, beside what all share.
struct Plan {
    sockets: Vec<Socket>,
    upstreams: Vec<Prepared>,
    pool: ThreadPool<Engine>,
    stopping: Stopping,
}

/// What all cores get alike.
pub(super) struct Shares {
    pub(super) upstreams: Vec<Prepared>,
    pub(super) pool: ThreadPool<Engine>,
    pub(super) stopping: Stopping,
}

/// Starts a core for each of these sets of sockets.
pub(super) fn start_all(
    shared: &Arc<Shared>,
    per_core: Vec<Vec<Socket>>,
    alike: &Shares,
) -> Result<Vec<JoinHandle<usize>>, Error> {
    let start_one = |(number, sockets)| {
        let (upstreams, pool) = (alike.upstreams.clone(), alike.pool.clone());
        let plan = Plan { sockets, upstreams, pool, stopping: alike.stopping.clone() };
        start(number, Arc::clone(shared), plan)
    };
    per_core.into_iter().enumerate().map(start_one).collect()
}

/// Starts a core. The thread gives how many connections it had to cut at the end.
fn start(number: usize, shared: Arc<Shared>, plan: Plan) -> Result<JoinHandle<usize>, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Thread)?;
    let thread = std::thread::Builder::new().name(format!("core-{number}"));
    let serve = move || {
        let local = LocalSet::new();
        local.block_on(&runtime, async {
            let stopping = plan.stopping.clone();
            match prepare(&shared, plan) {
                Ok((listeners, proxy)) => proxy::run(listeners, proxy, stopping).await,
                Err(error) => {
                    tracing::error!(%error, "core does not start");
                    0
                }
            }
        })
    };
    thread.spawn(serve).map_err(Error::Thread)
}

/// Makes the engine of one thread, which hands long messages to the pool if there is one. Call it inside
/// the thread's runtime.
pub(super) fn engine(shared: &Shared, pool: Option<ThreadPool<Engine>>) -> Result<Engine, Error> {
    Ok(Engine::new(EngineParts {
        vault: shared.vaults.for_core()?,
        journal: shared.journal.clone(),
        metrics: Arc::clone(&shared.metrics),
        clock: Arc::clone(&shared.clock),
        limits: &shared.config.limits,
        memory: shared.budget.clone(),
        seen: Arc::clone(&shared.seen_tokens),
        new_values: shared.new_values.clone(),
        pool,
        credentials: shared.authenticator.strips(),
    }))
}

fn prepare(
    shared: &Arc<Shared>,
    Plan { sockets, upstreams, pool, .. }: Plan,
) -> Result<(Vec<BoundListener>, Rc<Proxy>), Error> {
    let limits = &shared.config.limits;
    let engine = engine(shared, Some(pool))?;
    let proxy = Proxy {
        limits: limits.clone(),
        forwarding: shared.config.forwarding.clone(),
        admission: shared.admission.clone(),
        budget: shared.budget.clone(),
        upstreams: Upstreams::new(&upstreams, limits, shared.config.header_case),
        header_case: shared.config.header_case,
        default_upstream: shared.config.default_upstream.clone(),
        live: Arc::clone(&shared.live),
        authenticator: Arc::clone(&shared.authenticator),
        engine,
        clock: Arc::clone(&shared.clock),
        metrics: Arc::clone(&shared.metrics),
        access: shared.access.clone(),
        drain: Drain::default(),
    };
    let listeners = sockets.into_iter().map(bound).collect::<io::Result<Vec<_>>>();
    Ok((listeners.map_err(Error::Thread)?, Rc::new(proxy)))
}

fn bound(socket: Socket) -> io::Result<BoundListener> {
    Ok(BoundListener { listener: Listener::new(socket.socket)?, tls: socket.tls })
}
