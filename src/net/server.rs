//! A server for what is not the data path: a socket, clear or with TLS, and its connections.
//!
//! Whoever connects and says nothing must not keep others out: each connection has deadlines, and when
//! there are too many, the oldest of the client that has most ends for the newest.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::Request;
use http::Response;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::base::Limits;
use crate::base::Live;
use crate::net::Listener;
use crate::net::Stream;
use crate::net::WriteDeadline;
use crate::net::client_of;

/// The buffer of a connection, which bounds the head of a request.
const BUFFER: usize = 16 * 1024;

type Connection = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What answers the requests of a server. It reads no more of a body than it wants to hold.
pub trait Answers: Clone + Send + Sync + 'static {
    /// Answers one request of a client at this address.
    fn answer(
        &self,
        request: Request<Incoming>,
        client: IpAddr,
    ) -> impl Future<Output = Response<Full<Bytes>>> + Send;
}

/// A connection that is open. Dropping `ends` ends it.
#[derive(Debug)]
struct Open {
    client: IpAddr,
    ends: oneshot::Sender<Infallible>,
}

/// Ends the oldest connection of the client that has most.
fn make_room(open: &mut VecDeque<Open>) {
    let count = |client: IpAddr| open.iter().filter(|each| each.client == client).count();
    // Of equals `max_by_key` takes the last, so the list is read from the newest on.
    let oldest = open.iter().enumerate().rev().max_by_key(|(_, each)| count(each.client));
    if let Some((place, _)) = oldest {
        drop(open.remove(place));
    }
}

/// The socket, with the certificate that it shows now.
#[derive(Debug)]
pub struct BoundServer {
    name: &'static str,
    socket: Listener,
    tls: Option<Arc<Live<Arc<ServerConfig>>>>,
    limits: Limits,
    connections: usize,
}

impl BoundServer {
    /// Gives a server on a bound socket, with so many connections at one time. With `tls` it shows the
    /// certificate that is in there when a client comes. The deadlines are those of clients. The name is for
    /// the log.
    pub fn new(
        name: &'static str,
        socket: TcpListener,
        tls: Option<Arc<Live<Arc<ServerConfig>>>>,
        limits: &Limits,
        connections: usize,
    ) -> Self {
        Self { name, socket: Listener::from(socket), tls, limits: limits.clone(), connections }
    }

    /// Returns how many connections it takes at one time.
    pub fn connections(&self) -> usize {
        self.connections
    }

    /// Serves until it is dropped. `counted` is told how many connections there are.
    pub async fn serve(self, answers: impl Answers, counted: impl Fn(usize)) {
        let mut running: FuturesUnordered<Connection> = FuturesUnordered::new();
        let mut open: VecDeque<Open> = VecDeque::new();
        let mut crowded = false;
        loop {
            tokio::select! {
                Some(()) = running.next() => open.retain(|each| !each.ends.is_closed()),
                (socket, address) = self.socket.accept() => {
                    if open.len() >= self.connections {
                        make_room(&mut open);
                        if !crowded {
                            let name = self.name;
                            tracing::warn!("all {name} connections are in use: the oldest of who has most ends");
                        }
                        crowded = true;
                    }
                    let (ends, ended) = oneshot::channel();
                    let client = client_of(address.ip());
                    open.push_back(Open { client, ends });
                    running.push(self.connection(socket, client, answers.clone(), ended));
                }
            }
            crowded &= open.len() > self.connections / 2;
            counted(open.len());
        }
    }

    fn connection(
        &self,
        socket: TcpStream,
        client: IpAddr,
        answers: impl Answers,
        ended: oneshot::Receiver<Infallible>,
    ) -> Connection {
        let tls = self.tls.as_ref().map(|live| Arc::clone(live.snapshot().as_ref()));
        let (timeouts, rate) = (self.limits.timeouts.clone(), self.limits.least_rate);
        let served = async move {
            let Some(stream) = Stream::accept(socket, tls, timeouts.handshake).await else {
                return;
            };
            let stream = WriteDeadline::new(stream, timeouts.write_stall, rate);
            let service = service_fn(move |request| {
                let answers = answers.clone();
                async move { Ok::<_, Infallible>(answers.answer(request, client).await) }
            });
            // It is also the deadline between two requests.
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(timeouts.header)
                .max_buf_size(BUFFER)
                .serve_connection(TokioIo::new(stream), service);
            // How it ends is the client's affair.
            let _ended = connection.await.is_ok();
        };
        // A fault of one connection ends that connection.
        let served = AssertUnwindSafe(served).catch_unwind();
        Box::pin(async move {
            tokio::select! {
                _ended = served => {}
                _replaced = ended => {}
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_most_gives_way_and_its_oldest_first() {
        let mut open = VecDeque::new();
        let mut ended = Vec::new();
        for client in ["192.0.2.7", "192.0.2.1", "192.0.2.1", "192.0.2.2"] {
            let (ends, receiver) = oneshot::channel();
            open.push_back(Open { client: client.parse().unwrap(), ends });
            ended.push(receiver);
        }
        let mut order = Vec::new();
        while !open.is_empty() {
            make_room(&mut open);
            for (number, receiver) in ended.iter_mut().enumerate() {
                let is_closed = receiver.try_recv() == Err(oneshot::error::TryRecvError::Closed);
                if is_closed && !order.contains(&number) {
                    order.push(number);
                }
            }
        }
        assert_eq!(order, [1, 0, 2, 3]);
    }
}
