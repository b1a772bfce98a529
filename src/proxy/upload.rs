//! A request whose body is too long to be read whole, protected while it passes.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::stream;
use http::Request;

use crate::engine;
use crate::engine::Cleared;
use crate::engine::Exchange;
use crate::engine::ToUpstream;
use crate::engine::Upload;
use crate::net::Body;
use crate::net::BodyError;
use crate::proxy::Proxy;
use crate::proxy::Rejection;
use crate::proxy::exchange::RouteContext;
use crate::proxy::flow::Pieces;
use crate::proxy::heads::Notes;
use crate::proxy::upstream::Answer;

/// Sends it and waits for the head of the answer. What is refused in the middle breaks the connection to
/// the application off, and is told to the client.
pub(super) async fn send(
    proxy: &Rc<Proxy>,
    context: RouteContext<'_>,
    exchange: &Exchange,
    request: Request<Body>,
    notes: Notes,
) -> Result<Answer, Rejection> {
    let limits = &proxy.limits;
    let (head, body) = request.into_parts();
    let mut upload = Upload::start(exchange.route(), &head.headers, limits.body_bytes)
        .ok_or(Rejection::RequestBody(BodyError::TooLarge))?;
    let head = Request::from_parts(head, ());
    let head = proxy.engine.head_of_upload(exchange, head, &mut upload).await?;
    let why = Rc::new(Cell::new(None));
    let running = Running {
        proxy: Rc::clone(proxy),
        exchange: exchange.clone(),
        upload,
        source: Pieces::new(body),
        why: Rc::clone(&why),
        ended: false,
    };
    let pieces = stream::unfold(running, |mut running| async move {
        let item = running.next().await?;
        Some((item, running))
    });
    let sent = context.upstream.send(engine::uploading(head, pieces), notes).await;
    sent.map_err(|rejection| why.take().unwrap_or(rejection))
}

/// A body while it is sent.
struct Running {
    proxy: Rc<Proxy>,
    exchange: Exchange,
    upload: Upload,
    source: Pieces,
    /// Why it was broken off.
    why: Rc<Cell<Option<Rejection>>>,
    ended: bool,
}

impl Running {
    async fn next(&mut self) -> Option<Result<Cleared<ToUpstream, Bytes>, BodyError>> {
        while !self.ended {
            match self.piece().await {
                Ok(piece) if piece.message().is_empty() => {}
                Ok(piece) => return Some(Ok(piece)),
                Err(rejection) => {
                    self.ended = true;
                    self.why.set(Some(rejection));
                    return Some(Err(BodyError::Incomplete));
                }
            }
        }
        None
    }

    async fn piece(&mut self) -> Result<Cleared<ToUpstream, Bytes>, Rejection> {
        let (bytes, last) = self.source.read().await.map_err(Rejection::RequestBody)?;
        self.ended = last;
        let treated =
            self.proxy.engine.upload(&self.exchange, &mut self.upload, &bytes, last).await;
        Ok(treated?)
    }
}
