//! A peer that has answered and closed: what it said wins over what it did not want to hear.

use std::io;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;

/// A connection that swallows what it cannot write any more, so that what has been sent to us is read
/// first; the error of the write is told where the bytes end.
///
/// An application may answer 413 and close while it is still being sent a body. The write then fails,
/// and hyper would give up before it has read the answer, though that is there.
#[derive(Debug)]
pub struct ReadFirst<S> {
    inner: S,
    failed: Option<io::ErrorKind>,
}

impl<S> ReadFirst<S> {
    /// Wraps a connection.
    pub fn new(inner: S) -> Self {
        Self { inner, failed: None }
    }

    /// Gives what the write came to; one to a peer that is gone counts as done.
    fn swallow<T>(&mut self, outcome: io::Result<T>, done: T) -> io::Result<T> {
        match outcome {
            Err(error) if is_gone(error.kind()) => {
                self.failed = Some(error.kind());
                Ok(done)
            }
            outcome => outcome,
        }
    }
}

fn is_gone(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NotConnected
    )
}

impl<S: AsyncRead + Unpin> AsyncRead for ReadFirst<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let outcome = std::task::ready!(Pin::new(&mut this.inner).poll_read(context, buffer));
        let ended = outcome.is_ok() && buffer.filled().len() == before;
        Poll::Ready(match this.failed {
            Some(kind) if ended => Err(kind.into()),
            Some(_) | None => outcome,
        })
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ReadFirst<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.failed.is_some() {
            return Poll::Ready(Ok(bytes.len()));
        }
        let outcome = Pin::new(&mut this.inner).poll_write(context, bytes);
        outcome.map(|outcome| this.swallow(outcome, bytes.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let all = slices.iter().map(|slice| slice.len()).sum();
        if this.failed.is_some() {
            return Poll::Ready(Ok(all));
        }
        let outcome = Pin::new(&mut this.inner).poll_write_vectored(context, slices);
        outcome.map(|outcome| this.swallow(outcome, all))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.failed.is_some() {
            return Poll::Ready(Ok(()));
        }
        let outcome = Pin::new(&mut this.inner).poll_flush(context);
        outcome.map(|outcome| this.swallow(outcome, ()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.failed.is_some() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut this.inner).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
