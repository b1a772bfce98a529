//! A response that is revealed while it streams: read a piece, have it revealed, hand it on.
//!
//! Nothing is read from the application before the client has taken the piece before, so one piece
//! is in memory at a time. The first piece is treated before the head goes out: until then a failure
//! can still be told with a status.

use std::rc::Rc;

use bytes::Bytes;
use bytes::BytesMut;
use futures_util::FutureExt;
use futures_util::stream;
use http::Response;
use tokio::time::Instant;

use crate::audit::Answer;
use crate::engine;
use crate::engine::Cleared;
use crate::engine::Exchange;
use crate::engine::Intent;
use crate::engine::Piece;
use crate::engine::StreamReveal;
use crate::engine::StreamStart;
use crate::engine::Streaming;
use crate::engine::ToClient;
use crate::engine::Treated;
use crate::net::Body;
use crate::net::BodyError;
use crate::proxy::Proxy;
use crate::proxy::Rejection;
use crate::proxy::exchange_record::ExchangeRecord;
use crate::proxy::exchange_record::micros;

/// Pieces that are there already are treated together, up to this many bytes: each costs a round trip
/// to the vault and an event that must be durable.
const TOGETHER: usize = 64 * 1024;

/// Treats a response whose body streams.
pub(super) async fn run(
    proxy: &Rc<Proxy>,
    record: &ExchangeRecord,
    exchange: &Exchange,
    streaming: Streaming,
    response: Response<Body>,
) -> Result<Treated<ToClient, Response<Body>>, Rejection> {
    let engine = &proxy.engine;
    let memory = exchange.memory(&proxy.budget);
    let (headers, record_bytes) = (response.headers(), proxy.limits.body_bytes);
    let reveal = match StreamReveal::start(exchange, streaming, headers, record_bytes, &memory) {
        Ok(reveal) => reveal,
        Err(error) => {
            let treated = engine.answer(exchange, response, Some(error.code())).await;
            return treated.map_err(Rejection::of_response);
        }
    };
    let (head, body) = response.into_parts();
    let status = head.status.as_u16();
    let mut source = Pieces::new(body);
    let (bytes, last) = source.read().await.map_err(Rejection::ResponseBody)?;
    let start = engine.stream_start(exchange, reveal, head, Piece { bytes, last }).await;
    let start = start.map_err(Rejection::of_response)?;
    if last && !start.stream.has_more() {
        return Ok(start.whole());
    }
    let StreamStart { stream: reveal, head, first } = start;
    let began = Instant::now().checked_sub(record.elapsed()).unwrap_or_else(Instant::now);
    let running = Running {
        proxy: Rc::clone(proxy),
        exchange: exchange.clone(),
        reveal,
        source,
        last,
        ready: Some(first),
        handed: None,
        status,
        began,
        ended: false,
    };
    let pieces = stream::unfold(running, |mut running| async move {
        let item = running.next().await?;
        Some((item, running))
    });
    Ok(Treated { message: engine::streaming(head, pieces), intent: None })
}

/// A body in pieces worth treating.
pub(super) struct Pieces {
    body: Body,
    failed: Option<BodyError>,
}

impl Pieces {
    pub(super) fn new(body: Body) -> Self {
        Self { body, failed: None }
    }

    /// Waits for the next bytes, and takes what is there already; says whether they are the last.
    pub(super) async fn read(&mut self) -> Result<(Bytes, bool), BodyError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let Some(first) = self.body.next_piece().await else { return Ok((Bytes::new(), true)) };
        let first = first?;
        let mut more = BytesMut::new();
        while first.len() + more.len() < TOGETHER {
            match self.body.next_piece().now_or_never() {
                None => {
                    self.body.pause();
                    break;
                }
                Some(None) => return Ok((joined(first, &more), true)),
                Some(Some(Ok(bytes))) => more.extend_from_slice(&bytes),
                Some(Some(Err(error))) => {
                    self.failed = Some(error);
                    return Ok((joined(first, &more), false));
                }
            }
        }
        let last = hyper::body::Body::is_end_stream(&self.body);
        Ok((joined(first, &more), last))
    }
}

fn joined(first: Bytes, more: &BytesMut) -> Bytes {
    if more.is_empty() {
        return first;
    }
    let mut all = BytesMut::with_capacity(first.len() + more.len());
    all.extend_from_slice(&first);
    all.extend_from_slice(more);
    all.freeze()
}

/// A body while it streams.
struct Running {
    proxy: Rc<Proxy>,
    exchange: Exchange,
    reveal: StreamReveal,
    source: Pieces,
    /// The source is at its end.
    last: bool,
    /// Treated, and not yet handed on.
    ready: Option<Treated<ToClient, Bytes>>,
    /// Handed on, and not yet known to be taken.
    handed: Option<(Intent, u64)>,
    status: u16,
    began: Instant,
    ended: bool,
}

impl Running {
    /// The next bytes for the client. Being asked means that those before were taken.
    async fn next(&mut self) -> Option<Result<Cleared<ToClient, Bytes>, BodyError>> {
        self.taken(false);
        loop {
            if let Some(Treated { message, intent }) = self.ready.take() {
                let length = u64::try_from(message.message().len()).unwrap_or(u64::MAX);
                self.handed = intent.map(|intent| (intent, length));
                if length > 0 {
                    return Some(Ok(message));
                }
                self.taken(false);
            }
            if self.ended {
                return None;
            }
            match self.treat().await {
                Ok(piece) => self.ready = Some(piece),
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }

    /// Reads and treats the next piece. What was decoded wrongly ends the body as broken.
    async fn treat(&mut self) -> Result<Treated<ToClient, Bytes>, BodyError> {
        let mut bytes = Bytes::new();
        if !self.reveal.has_more() {
            (bytes, self.last) = self.source.read().await?;
        }
        let piece = Piece { bytes, last: self.last };
        let treated = self.proxy.engine.reveal_piece(&self.exchange, &mut self.reveal, piece).await;
        self.ended = self.last && !self.reveal.has_more();
        treated.map_err(|_broken| BodyError::Malformed)
    }

    fn taken(&mut self, aborted: bool) {
        let Some((intent, bytes)) = self.handed.take() else { return };
        let latency_us = micros(self.began.elapsed());
        intent.ended(Answer { status: self.status, bytes, aborted, latency_us });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(Treated { intent, message }) = self.ready.take() {
            drop(message);
            self.handed = self.handed.take().or(intent.map(|intent| (intent, 0)));
        }
        self.taken(!self.ended);
    }
}
