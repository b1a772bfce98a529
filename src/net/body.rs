//! Bodies: streamed with an idle deadline.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use http_body_util::BodyExt;
use hyper::body::Body as HttpBody;
use hyper::body::Frame;
use hyper::body::SizeHint;

use crate::net::Held;
use crate::net::pace::Pace;

pub use hyper::body::Incoming;

/// Pieces shorter than this are copied: a quarter of the largest buffer that they may keep alive.
const SHORT: usize = 16 * 1024;

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
    /// The client, or the principal, holds as much memory for bodies as one may.
    #[error("no memory left for bodies of this caller")]
    ShareExhausted,
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
    /// The message has no body.
    #[default]
    Empty,
    /// All of it is in memory.
    Full(Bytes),
    /// None, but the header section states a length: an answer of status 304 ([RFC 9110, section
    /// 8.6]). Without this hyper takes `Content-Length` off.
    Claimed(u64),
    /// It comes piece by piece.
    Stream(Box<Streamed>),
}

/// Where the pieces of a streamed body come from.
enum Source {
    /// They come from a connection, whose pace is watched.
    Wire(Incoming, Pace),
    /// We make them. Ended once the last piece was given.
    Made { pieces: Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>>>>, ended: bool },
}

/// The streaming variant of [`Body`].
pub struct Streamed {
    source: Source,
    pub(super) early: VecDeque<Frame<Bytes>>,
    pub(super) bytes: u64,
    /// Nothing comes any more: the end was seen, or trailer fields, which are the end.
    over: bool,
    trailers: Trailers,
    on_end: Option<Box<dyn FnOnce(Ended)>>,
}

/// What becomes of the fields behind a body.
enum Trailers {
    Pass,
    /// They end here; this is told of the first.
    Drop(Option<Box<dyn FnOnce()>>),
}

impl Body {
    /// Streams what comes from a connection. Fails with [`BodyError::Idle`] when in `idle` of waiting
    /// for it less comes than `rate` bytes a second (0: not a byte); a slow receiver is not held against
    /// the sender.
    pub fn streamed(source: Incoming, idle: Duration, rate: usize) -> Self {
        if source.is_end_stream() {
            return Self::Empty;
        }
        Self::Stream(Box::new(Streamed::new(Source::Wire(source, Pace::new(idle, rate)))))
    }

    /// Counts memory for the body until nobody has its bytes any more, and as much as it has bytes. Of
    /// a body that streams nothing is held but what its source counts.
    #[must_use]
    pub fn counted(self, held: Option<Held>) -> Self {
        match (self, held) {
            (Self::Full(bytes), Some(held)) => {
                let length = bytes.len();
                Self::Full(held.covering(length).with(bytes))
            }
            (body, _) => body,
        }
    }

    /// Streams pieces that we make. Who makes them watches the time.
    pub fn made(pieces: impl Stream<Item = Result<Bytes, BodyError>> + 'static) -> Self {
        let source = Source::Made { pieces: Box::pin(pieces), ended: false };
        Self::Stream(Box::new(Streamed::new(source)))
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

    /// Lets no trailer fields pass from now on ([RFC 9110, section 6.5.1] allows it); `told` is called
    /// when there are some.
    pub fn drop_trailers(&mut self, told: impl FnOnce() + 'static) {
        if let Self::Stream(stream) = self {
            stream.trailers = Trailers::Drop(Some(Box::new(told)));
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

    /// Says that nobody waits for the next piece at present, after it was looked for and was not there: the
    /// time until it is looked for again is not held against the sender.
    pub fn pause(&mut self) {
        if let Self::Stream(stream) = self
            && let Source::Wire(_, pace) = &mut stream.source
        {
            pace.pause();
        }
    }

    /// Takes the bytes out of a body that is in memory; none of one that streams.
    pub fn take_bytes(&mut self) -> Option<Bytes> {
        match self {
            Self::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                *self = Self::Empty;
                Some(bytes)
            }
            Self::Empty | Self::Claimed(_) => Some(Bytes::new()),
            Self::Stream(_) => None,
        }
    }

    /// Puts back what was taken out, or other bytes in their place.
    #[must_use]
    pub fn with_bytes(self, bytes: Option<Bytes>) -> Self {
        match (self, bytes) {
            (Self::Empty, Some(bytes)) => Self::from(bytes),
            (body, _) => body,
        }
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

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() { Self::Empty } else { Self::Full(bytes) }
    }
}

impl Streamed {
    fn new(source: Source) -> Self {
        let (early, trailers) = (VecDeque::new(), Trailers::Pass);
        Self { source, early, bytes: 0, over: false, trailers, on_end: None }
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

    pub(super) fn poll_source(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            let item = std::task::ready!(self.poll_frame_of_source(context));
            self.over |= match &item {
                None => true,
                Some(Ok(frame)) => frame.is_trailers(),
                Some(Err(_)) => false,
            };
            let (Trailers::Drop(told), Some(Ok(frame))) = (&mut self.trailers, &item) else {
                return Poll::Ready(item);
            };
            if !frame.is_trailers() {
                return Poll::Ready(item);
            }
            if let Some(told) = told.take() {
                told();
            }
        }
    }

    fn poll_frame_of_source(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let (source, pace) = match &mut self.source {
            Source::Wire(source, pace) => (source, pace),
            Source::Made { pieces, ended } => {
                let item = std::task::ready!(pieces.as_mut().poll_next(context));
                *ended |= !matches!(item, Some(Ok(_)));
                return Poll::Ready(item.map(|item| item.map(Frame::data)));
            }
        };
        match Pin::new(source).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                pace.moved(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(copied_if_short(frame))))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(BodyError::of(&error)))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => pace.poll_wait(context).map(|()| Some(Err(BodyError::Idle))),
        }
    }

    fn end(&mut self, outcome: Result<(), Option<BodyError>>) {
        if let Some(told) = self.on_end.take() {
            told(Ended { bytes: self.bytes, outcome });
        }
    }

    fn is_over(&self) -> bool {
        let ended = match &self.source {
            Source::Wire(source, _) => source.is_end_stream(),
            Source::Made { ended, .. } => *ended,
        };
        self.early.is_empty() && (ended || self.over)
    }
}

/// A piece keeps the whole buffer that it was read into. A short one gets memory of its own, or packets of
/// one byte would hold some kilobytes each, wherever they wait.
fn copied_if_short(frame: Frame<Bytes>) -> Frame<Bytes> {
    frame.map_data(|data| if data.len() < SHORT { Bytes::copy_from_slice(&data) } else { data })
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
                    Source::Wire(source, _) => source.size_hint().exact(),
                    Source::Made { .. } => None,
                };
                let whole = rest.and_then(|rest| rest.checked_add(u64::try_from(early).ok()?));
                whole.map_or_else(SizeHint::default, SizeHint::with_exact)
            }
        }
    }
}
