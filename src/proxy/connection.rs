//! One client's connection, from its first byte to its last.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use rustls::ServerConfig;
use tokio::net::TcpStream;

use crate::engine::AnswerBody;
use crate::net::Admitted;
use crate::net::Peer;
use crate::net::Stopping;
use crate::net::Stream;
use crate::net::WriteDeadline;
use crate::proxy::Proxy;
use crate::proxy::exchange;
use crate::proxy::guard::Guard;
use crate::proxy::watch::Watch;

/// At shutdown, how long a connection without a request yet may still send its first: it was
/// accepted, or waited in the backlog, before its client could know.
const FIRST_REQUEST: Duration = Duration::from_secs(1);

/// A client, as long as its connection or its tunnel lives.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) peer: Peer,
    pub(super) server_name: Option<String>,
    pub(super) watch: Watch,
    _admitted: Admitted,
}

/// Serves a connection that was admitted.
pub(super) async fn serve(
    proxy: Rc<Proxy>,
    accepted: (TcpStream, SocketAddr),
    admitted: Admitted,
    tls: Option<Arc<ServerConfig>>,
    stopping: Stopping,
) {
    let (stream, address) = accepted;
    let Some(stream) = Stream::accept(stream, tls, proxy.limits.timeouts.handshake).await else {
        return;
    };
    let peer = Peer::new(address.ip(), stream.is_tls(), &proxy.forwarding);
    let server_name = stream.server_name().map(str::to_owned);
    let limits = &proxy.limits;
    let stream = WriteDeadline::new(stream, limits.timeouts.write_stall, limits.least_rate);
    let (guard, watch) = Guard::new(stream, &proxy.limits, proxy.header_case);
    let client = Rc::new(Client { peer, server_name, watch: watch.clone(), _admitted: admitted });

    let builder = builder(&proxy);
    let service =
        service_fn(move |request| exchange::serve(Rc::clone(&proxy), Rc::clone(&client), request));
    let connection = builder.serve_connection(TokioIo::new(guard), service).with_upgrades();
    drive(connection, &watch, stopping).await;
}

/// What hyper checks again is set wider than the scanner's bounds, so that the scanner answers.
fn builder(proxy: &Proxy) -> http1::Builder {
    let limits = &proxy.limits;
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(None) // the guard keeps it, and answers 408
        .half_close(true) // a client may end its side once it has asked
        .max_buf_size((2 * limits.header_bytes).max(64 * 1024));
    if limits.header_fields > 100 {
        builder.max_headers(limits.header_fields);
    }
    builder
}

type Served<S> = http1::UpgradeableConnection<TokioIo<Guard<WriteDeadline<Stream>>>, S>;

/// Runs the connection; at shutdown it ends as soon as no request is on its way in or out.
async fn drive<S>(connection: Served<S>, watch: &Watch, mut stopping: Stopping)
where
    S: hyper::service::HttpService<hyper::body::Incoming, ResBody = AnswerBody>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    Served<S>: Future<Output = hyper::Result<()>>,
{
    let mut connection = std::pin::pin!(connection);
    // How a client's connection ends is the client's affair; exchanges have their own line.
    if stopping.unless_it_comes(connection.as_mut()).await.is_some() {
        return;
    }
    watch.drain();
    let mut patience = std::pin::pin!(tokio::time::sleep(FIRST_REQUEST));
    let mut told = false;
    std::future::poll_fn(|context| {
        if connection.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        if !told && (watch.may_close() || patience.as_mut().poll(context).is_ready()) {
            told = true;
            shut_down(connection.as_mut());
            return connection.as_mut().poll(context).map(|_ended| ());
        }
        Poll::Pending
    })
    .await;
}

fn shut_down<S>(connection: Pin<&mut Served<S>>)
where
    S: hyper::service::HttpService<hyper::body::Incoming, ResBody = AnswerBody>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    connection.graceful_shutdown();
}
