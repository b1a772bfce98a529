//! One core: it accepts, serves, and at the end waits for what it serves.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::TcpStream;

use crate::base::Live;
use crate::net::Listener;
use crate::net::Stopping;
use crate::proxy::Proxy;
use crate::proxy::connection;

/// A listener's socket on this core, with the certificate that it shows now.
#[derive(Debug)]
pub struct BoundListener {
    /// This core's socket of the listener.
    pub listener: Listener,
    /// TLS; a reload replaces the configuration, for connections from then on.
    pub tls: Option<Arc<Live<Arc<ServerConfig>>>>,
}

/// Runs one core until it is told to stop: then it takes what waits in the backlog, closes its
/// sockets, and waits for its connections, for `limits.timeouts.drain` at most. Gives how many
/// connections it had to cut.
///
/// Call it inside a `LocalSet` on a runtime of one thread.
pub async fn run(listeners: Vec<BoundListener>, proxy: Rc<Proxy>, mut stopping: Stopping) -> usize {
    // Tasks of their own: a `LocalSet` polls the future that runs it with every tick.
    for listener in listeners {
        proxy.drain.spawn(attend(listener, Rc::clone(&proxy), stopping.clone()));
    }
    proxy.drain.spawn(sweep(Rc::clone(&proxy), stopping.clone()));
    stopping.wait().await;
    proxy.drain.finish(proxy.limits.timeouts.drain).await
}

async fn attend(listener: BoundListener, proxy: Rc<Proxy>, mut stopping: Stopping) {
    loop {
        tokio::select! {
            biased;
            () = stopping.wait() => break,
            accepted = listener.listener.accept() => on_accept(&listener, &proxy, accepted, &stopping),
        }
    }
    while let Some(accepted) = listener.listener.accept_pending().await {
        on_accept(&listener, &proxy, accepted, &stopping);
    }
}

fn on_accept(
    listener: &BoundListener,
    proxy: &Rc<Proxy>,
    accepted: (TcpStream, SocketAddr),
    stopping: &Stopping,
) {
    // Over the limit: closing at once is the cheapest answer there is.
    let address = accepted.1.ip();
    let admitted = if proxy.forwarding.trusts(address.to_canonical()) {
        proxy.admission.admit_proxy()
    } else {
        proxy.admission.admit(address)
    };
    let Some(admitted) = admitted else {
        proxy.metrics.clients.refused.inc();
        return;
    };
    proxy.metrics.clients.opened.inc();
    let tls = listener.tls.as_ref().map(|live| Arc::clone(live.snapshot().as_ref()));
    let (served_by, stopping) = (Rc::clone(proxy), stopping.clone());
    proxy.drain.spawn(async move {
        let open = served_by.metrics.clients.open.clone();
        open.inc();
        connection::serve(served_by, accepted, admitted, tls, stopping).await;
        open.dec();
    });
}

/// Closes upstream connections that nobody uses.
async fn sweep(proxy: Rc<Proxy>, mut stopping: Stopping) {
    let pause = (proxy.limits.timeouts.pool_idle / 2).max(Duration::from_millis(10));
    while tokio::time::timeout(pause, stopping.wait()).await.is_err() {
        proxy.upstreams.sweep();
    }
}
