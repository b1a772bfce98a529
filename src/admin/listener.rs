//! The admin listener's socket, clear or with TLS.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rustls::ServerConfig;
use tokio::net::TcpListener;

use crate::base::Live;
use crate::net::Stream;

/// Handshakes at one time. While there are so many, the backlog waits.
const HANDSHAKES: usize = 64;

type Handshake = Pin<Box<dyn Future<Output = Option<(Stream, SocketAddr)>> + Send>>;

/// Takes connections; those of clients that are slow to shake hands keep nobody waiting.
pub struct BoundListener {
    socket: TcpListener,
    tls: Option<Arc<Live<Arc<ServerConfig>>>>,
    deadline: Duration,
    handshakes: FuturesUnordered<Handshake>,
}

impl BoundListener {
    /// Gives a listener on a bound socket; with `tls` it shows the certificate that is in there when a client comes.
    /// `deadline` bounds a handshake.
    pub fn new(
        socket: TcpListener,
        tls: Option<Arc<Live<Arc<ServerConfig>>>>,
        deadline: Duration,
    ) -> Self {
        Self { socket, tls, deadline, handshakes: FuturesUnordered::new() }
    }
}

impl std::fmt::Debug for BoundListener {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("BoundListener")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

impl Listener for BoundListener {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        loop {
            tokio::select! {
                Some(shaken) = self.handshakes.next() => {
                    if let Some(connection) = shaken {
                        return connection;
                    }
                }
                // The trait's own accept waits a while when the process is out of descriptors.
                (socket, address) = Listener::accept(&mut self.socket),
                    if self.handshakes.len() < HANDSHAKES =>
                {
                    let config = self.tls.as_ref().map(|live| Arc::clone(live.snapshot().as_ref()));
                    let deadline = self.deadline;
                    self.handshakes.push(Box::pin(async move {
                        Some((Stream::accept(socket, config, deadline).await?, address))
                    }));
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}
