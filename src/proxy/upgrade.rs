//! Connections that become another protocol: [RFC 9110, section 7.8].

use std::cell::Cell;
use std::io;
use std::time::Duration;

use http::Request;
use http::Version;
use http::header;
use hyper::upgrade::OnUpgrade;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::engine::Untouched;
use crate::net::lists;
use crate::proxy::watch::Watch;

/// Bytes moved at once, in each direction.
const PIECE: usize = 16 * 1024;

/// Takes the client's half, if the request asks for one other protocol and the guard holds back what
/// follows it: whether the bytes behind a head are another protocol is for the scanner alone to say.
/// HTTP/2 and TLS are not for a gateway to pass on: it would speak them itself, and what is within could
/// hide requests from it. Such a request, like one with a body, is served as HTTP/1.1.
pub(super) fn asked<B>(request: &mut Request<B>, watch: &Watch, number: u64) -> Option<OnUpgrade> {
    let asks = watch.holds_back(number) && is_asked(request);
    asks.then(|| hyper::upgrade::on(request))
}

/// Whether the header section asks for one other protocol that is not for us to speak.
pub(super) fn is_asked<B>(request: &Request<B>) -> bool {
    if request.version() != Version::HTTP_11 {
        return false;
    }
    let headers = request.headers();
    let mut lines = headers.get_all(header::UPGRADE).iter();
    let protocol = lines.next().filter(|_| lines.next().is_none()).and_then(|v| v.to_str().ok());
    let Some(protocol) = protocol else { return false };
    let connection = headers.get_all(header::CONNECTION).iter().any(|v| lists(v, "upgrade"));
    let name = protocol.split('/').next().unwrap_or_default();
    let plain = !protocol.contains(',') && !protocol.is_empty();
    let ours = ["h2c", "h2", "http", "tls"].iter().any(|known| name.eq_ignore_ascii_case(known));
    plain && connection && !ours
}

/// Carries bytes both ways, from the upstream's 101 on, until both sides have ended or nothing has
/// moved for `idle`.
pub(super) fn tunnel(
    _nobody_inspects_it: &Untouched,
    client: OnUpgrade,
    upstream: OnUpgrade,
    idle: Duration,
) -> impl Future<Output = ()> + use<> {
    async move {
        let (Ok(client), Ok(upstream)) = (client.await, upstream.await) else { return };
        let moved = Cell::new(Instant::now());
        tokio::select! {
            // A tunnel's end, good or bad, is its own affair: both protocols have seen it.
            _ended = both_ways(client, upstream, &moved) => {}
            () = nothing_moves(&moved, idle) => {}
        }
    }
}

async fn both_ways(client: Upgraded, upstream: Upgraded, moved: &Cell<Instant>) -> io::Result<()> {
    let (client_reads, client_writes) = tokio::io::split(TokioIo::new(client));
    let (upstream_reads, upstream_writes) = tokio::io::split(TokioIo::new(upstream));
    let there = one_way(client_reads, upstream_writes, moved);
    let back = one_way(upstream_reads, client_writes, moved);
    tokio::try_join!(there, back).map(|((), ())| ())
}

async fn one_way(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    moved: &Cell<Instant>,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let count = from.read(&mut piece).await?;
        moved.set(Instant::now());
        if count == 0 {
            return to.shutdown().await;
        }
        to.write_all(piece.get(..count).unwrap_or_default()).await?;
        to.flush().await?;
        moved.set(Instant::now());
    }
}

async fn nothing_moves(moved: &Cell<Instant>, idle: Duration) {
    loop {
        let end = moved.get() + idle;
        if end <= Instant::now() {
            return;
        }
        tokio::time::sleep_until(end).await;
    }
}
