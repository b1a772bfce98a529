//! Bodies: streamed with an idle deadline, or collected within size, time and the memory of all.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use bytes::BytesMut;
use futures_util::Stream;
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::Body as HttpBody;
use hyper::body::Frame;
use hyper::body::SizeHint;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::time::Sleep;

pub use hyper::body::Incoming;

/// Why a body did not arrive whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Chunk sizes, chunk ends or trailers break [RFC 9112, section 7.1].
    #[error("the body's framing is broken")]
    Malformed,
    /// The connection ended before the body did.
    #[error("the body ended too early")]
    Incomplete,
    /// No byte came for too long.
    #[error("the body stalled")]
    Idle,
    /// It did not end in time.
    #[error("the body took too long")]
    Slow,
    /// It is longer than allowed.
    #[error("the body is too large")]
    TooLarge,
    /// All memory set aside for bodies is in use.
    #[error("no memory left for bodies")]
    Exhausted,
}

impl BodyError {
    fn of(error: &hyper::Error) -> Self {
        let source = std::error::Error::source(error).and_then(|s| s.downcast_ref::<io::Error>());
        match source.map(io::Error::kind) {
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => Self::Malformed,
            Some(io::ErrorKind::TimedOut) => Self::Idle,
            Some(_) | None => Self::Incomplete,
        }
    }
}

/// What becomes of a streamed body: told once, to [`Body::on_end`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Data bytes that went through.
    pub bytes: u64,
    /// `Ok` when the body reached its end; `None` inside when nobody wanted the rest.
    pub outcome: Result<(), Option<BodyError>>,
}

/// A body on its way through.
#[derive(Debug, Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// All of it.
    Full(Bytes),
    /// None, but the header section states a length: an answer of status 304 ([RFC 9110, section
    /// 8.6]). Without this hyper takes `Content-Length` off.
    Claimed(u64),
    /// Piece by piece.
    Stream(Box<Streamed>),
}

/// Where the pieces of a streamed body come from.
enum Source {
    /// From a connection.
    Wire(Incoming),
    /// From ourselves. Ended once it has given its last piece.
    Made { pieces: Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>>>>, ended: bool },
}

/// The streaming variant of [`Body`].
pub struct Streamed {
    source: Source,
    early: VecDeque<Frame<Bytes>>,
    idle: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    bytes: u64,
    on_end: Option<Box<dyn FnOnce(Ended)>>,
}

impl Body {
    /// Streams what comes from a connection. Fails with [`BodyError::Idle`] when no byte comes for
    /// `idle` while somebody waits for it; a slow receiver is not held against the sender.
    pub fn streamed(source: Incoming, idle: Duration) -> Self {
        if source.is_end_stream() {
            return Self::Empty;
        }
        Self::Stream(Box::new(Streamed::new(Source::Wire(source), idle)))
    }

    /// Streams pieces that we make. Who makes them watches the time.
    pub fn made(pieces: impl Stream<Item = Result<Bytes, BodyError>> + 'static) -> Self {
        let source = Source::Made { pieces: Box::pin(pieces), ended: false };
        Self::Stream(Box::new(Streamed::new(source, Duration::MAX)))
    }

    /// Waits for the next piece of data. Trailers are passed over.
    pub async fn next_piece(&mut self) -> Option<Result<Bytes, BodyError>> {
        loop {
            match self.frame().await? {
                Ok(frame) => match frame.into_data() {
                    Ok(bytes) => return Some(Ok(bytes)),
                    Err(_trailers) => {}
                },
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Calls the function when the body has ended, broken, or was dropped. At once if there is none.
    pub fn on_end(&mut self, told: impl FnOnce(Ended) + 'static) {
        match self {
            Self::Stream(stream) => stream.add_listener(told),
            Self::Full(bytes) => {
                told(Ended { bytes: u64::try_from(bytes.len()).unwrap_or(0), outcome: Ok(()) });
            }
            Self::Empty | Self::Claimed(_) => told(Ended { bytes: 0, outcome: Ok(()) }),
        }
    }

    /// Waits until the first piece is there, so that a body that is broken from the start is
    /// noticed before anybody else hears of the message.
    pub async fn wait_for_first_piece(&mut self) -> Result<(), BodyError> {
        let Self::Stream(stream) = self else { return Ok(()) };
        let first = std::future::poll_fn(|context| stream.poll_source(context)).await;
        match first {
            Some(Ok(frame)) => stream.early.push_back(frame),
            Some(Err(error)) => return Err(error),
            None => *self = Self::Empty,
        }
        Ok(())
    }

    /// Whether the body can be sent a second time: it is not streamed.
    pub fn is_replayable(&self) -> bool {
        !matches!(self, Self::Stream(_))
    }

    /// Gives a second copy; none of a streamed body.
    pub fn replay(&self) -> Option<Self> {
        match self {
            Self::Empty => Some(Self::Empty),
            Self::Full(bytes) => Some(Self::Full(bytes.clone())),
            Self::Claimed(length) => Some(Self::Claimed(*length)),
            Self::Stream(_) => None,
        }
    }
}

impl Streamed {
    fn new(source: Source, idle: Duration) -> Self {
        Self { source, early: VecDeque::new(), idle, timer: None, bytes: 0, on_end: None }
    }

    fn add_listener(&mut self, told: impl FnOnce(Ended) + 'static) {
        self.on_end = Some(match self.on_end.take() {
            None => Box::new(told),
            Some(earlier) => Box::new(move |ended| {
                earlier(ended);
                told(ended);
            }),
        });
    }

    fn poll_source(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let source = match &mut self.source {
            Source::Wire(source) => source,
            Source::Made { pieces, ended } => {
                let item = std::task::ready!(pieces.as_mut().poll_next(context));
                *ended |= !matches!(item, Some(Ok(_)));
                return Poll::Ready(item.map(|item| item.map(Frame::data)));
            }
        };
        if let Poll::Ready(item) = Pin::new(source).poll_frame(context) {
            self.timer = None;
            return Poll::Ready(item.map(|item| item.map_err(|error| BodyError::of(&error))));
        }
        let idle = self.idle;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(idle)));
        if timer.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(BodyError::Idle)));
        }
        Poll::Pending
    }

    fn end(&mut self, outcome: Result<(), Option<BodyError>>) {
        if let Some(told) = self.on_end.take() {
            told(Ended { bytes: self.bytes, outcome });
        }
    }

    fn is_over(&self) -> bool {
        let ended = match &self.source {
            Source::Wire(source) => source.is_end_stream(),
            Source::Made { ended, .. } => *ended,
        };
        self.early.is_empty() && ended
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        let outcome = if self.is_over() { Ok(()) } else { Err(None) };
        self.end(outcome);
    }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Streamed").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let stream = match this {
            Self::Empty | Self::Claimed(_) => return Poll::Ready(None),
            Self::Full(bytes) => {
                let all = std::mem::take(bytes);
                *this = Self::Empty;
                return Poll::Ready((!all.is_empty()).then_some(Ok(Frame::data(all))));
            }
            Self::Stream(stream) => stream,
        };
        let item = match stream.early.pop_front() {
            Some(frame) => Some(Ok(frame)),
            None => std::task::ready!(stream.poll_source(context)),
        };
        match &item {
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                stream.bytes += u64::try_from(length).unwrap_or(0);
                if stream.is_over() {
                    stream.end(Ok(()));
                }
            }
            Some(Err(error)) => stream.end(Err(Some(*error))),
            None => stream.end(Ok(())),
        }
        Poll::Ready(item)
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Full(bytes) => bytes.is_empty(),
            Self::Claimed(_) => false,
            Self::Stream(stream) => stream.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Full(bytes) => SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(0)),
            Self::Claimed(length) => SizeHint::with_exact(*length),
            Self::Stream(stream) => {
                let early: usize =
                    stream.early.iter().filter_map(|f| f.data_ref().map(Bytes::len)).sum();
                let rest = match &stream.source {
                    Source::Wire(source) => source.size_hint().exact(),
                    Source::Made { .. } => None,
                };
                let whole = rest.and_then(|rest| rest.checked_add(u64::try_from(early).ok()?));
                whole.map_or_else(SizeHint::default, SizeHint::with_exact)
            }
        }
    }
}

/// The memory of all bodies that are held at once, shared by all cores.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Semaphore>);

impl Budget {
    /// Sets aside this many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// Bytes that are free now.
    pub fn free(&self) -> usize {
        self.0.available_permits()
    }

    fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, BodyError> {
        let bytes = u32::try_from(bytes).map_err(|_| BodyError::Exhausted)?;
        Arc::clone(&self.0).try_acquire_many_owned(bytes).map_err(|_| BodyError::Exhausted)
    }
}

/// A body that arrived whole. Its memory counts against the [`Budget`] until this is dropped.
#[derive(Debug)]
pub struct Collected {
    bytes: Bytes,
    trailers: Option<HeaderMap>,
    _held: OwnedSemaphorePermit,
}

impl Collected {
    /// The bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The trailer fields, if any were sent.
    pub fn trailers(&self) -> Option<&HeaderMap> {
        self.trailers.as_ref()
    }
}

/// Reads a body to its end. Refuses one longer than `limit` (at once, if it says so itself), one
/// that is not there after `total`, and any for which the budget has no room.
pub async fn collect(
    body: Body,
    limit: usize,
    total: Duration,
    budget: &Budget,
) -> Result<Collected, BodyError> {
    let stated = body.size_hint().lower();
    let stated = usize::try_from(stated).map_err(|_| BodyError::TooLarge)?;
    if stated > limit {
        return Err(BodyError::TooLarge);
    }
    let held = budget.take(stated)?;
    let all = read_all(body, limit, held, budget);
    tokio::time::timeout(total, all).await.map_err(|_| BodyError::Slow)?
}

/// Reads a body to its end like [`collect`]; one that is longer than `limit` is given back as if
/// nothing had been read, to go on as a stream.
pub async fn collect_or_give_back(
    body: Body,
    limit: usize,
    total: Duration,
    budget: &Budget,
) -> Result<Result<Collected, Body>, BodyError> {
    let stated = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if stated > limit {
        return Ok(Err(body));
    }
    let mut stream = match body {
        Body::Stream(stream) => stream,
        whole @ (Body::Empty | Body::Full(_) | Body::Claimed(_)) => {
            return collect(whole, limit, total, budget).await.map(Ok);
        }
    };
    let mut held = budget.take(stated)?;
    let mut length = 0;
    let mut read = VecDeque::new();
    let reading = async {
        loop {
            let early = stream.early.pop_front().map(Ok);
            let next = match early {
                Some(frame) => Some(frame),
                None => std::future::poll_fn(|context| stream.poll_source(context)).await,
            };
            let Some(frame) = next else { return Ok(true) };
            let frame = frame?;
            length += frame.data_ref().map_or(0, Bytes::len);
            read.push_back(frame);
            if length > limit {
                return Ok(false);
            }
            if let Some(missing) = length.checked_sub(held.num_permits()).filter(|&more| more > 0) {
                held.merge(budget.take(missing)?);
            }
        }
    };
    let ended = tokio::time::timeout(total, reading).await.map_err(|_| BodyError::Slow)??;
    if !ended {
        read.append(&mut stream.early);
        stream.early = read;
        return Ok(Err(Body::Stream(stream)));
    }
    stream.bytes = u64::try_from(length).unwrap_or(u64::MAX);
    let mut all = BytesMut::with_capacity(if read.len() > 1 { length } else { 0 });
    let mut only = Bytes::new();
    let single = read.len() == 1;
    for data in read.into_iter().filter_map(|frame| frame.into_data().ok()) {
        if single {
            only = data;
        } else {
            all.extend_from_slice(&data);
        }
    }
    let bytes = if single { only } else { all.freeze() };
    Ok(Ok(Collected { bytes, trailers: None, _held: held }))
}

async fn read_all(
    mut body: Body,
    limit: usize,
    mut held: OwnedSemaphorePermit,
    budget: &Budget,
) -> Result<Collected, BodyError> {
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    let mut trailers = None;
    while let Some(frame) = body.frame().await {
        let data = match frame?.into_data() {
            Ok(data) => data,
            Err(other) => {
                trailers = other.into_trailers().ok();
                continue;
            }
        };
        let length = first.len() + all.len() + data.len();
        if length > limit {
            return Err(BodyError::TooLarge);
        }
        if let Some(missing) = length.checked_sub(held.num_permits()).filter(|&more| more > 0) {
            held.merge(budget.take(missing)?);
        }
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            if all.is_empty() {
                all.reserve(held.num_permits());
                all.extend_from_slice(&std::mem::take(&mut first));
            }
            all.extend_from_slice(&data);
        }
    }
    let bytes = if all.is_empty() { first } else { all.freeze() };
    Ok(Collected { bytes, trailers, _held: held })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn collects_within_the_limit_and_gives_the_memory_back() {
        let budget = Budget::new(100);
        let body = Body::Full(Bytes::from_static(b"0123456789"));
        let collected = collect(body, 10, MINUTE, &budget).await.unwrap();
        assert_eq!(collected.bytes().as_ref(), b"0123456789");
        assert_eq!(budget.free(), 90);
        drop(collected);
        assert_eq!(budget.free(), 100);
    }

    #[tokio::test]
    async fn refuses_what_is_too_large_or_finds_no_memory() {
        let budget = Budget::new(8);
        let body = || Body::Full(Bytes::from_static(b"0123456789"));
        assert_eq!(collect(body(), 9, MINUTE, &budget).await.unwrap_err(), BodyError::TooLarge);
        assert_eq!(collect(body(), 10, MINUTE, &budget).await.unwrap_err(), BodyError::Exhausted);
        assert_eq!(budget.free(), 8);
    }
}
