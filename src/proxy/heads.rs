//! The heads that pass on a connection to an upstream, as raw bytes: hyper writes names in lower case and
//! reads them so.

use std::io;
use std::io::IoSlice;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;
use std::task::ready;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;

use crate::net::FieldNames;
use crate::net::HeadWriter;
use crate::net::config::HeaderCase;
use crate::proxy::interim::Interim;

/// What goes with a request beside its message.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// The names of its fields as they came.
    pub(super) names: FieldNames,
    /// Whom to tell of interim answers.
    pub(super) interim: Option<Interim>,
}

/// The heads of one connection, for whoever sends requests on it. hyper wants its connection to be `Send`,
/// hence the lock; one thread uses it.
#[derive(Debug, Clone)]
pub(super) struct Heads(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    writer: HeadWriter,
    answer: Answer,
    interim: Option<Interim>,
    header_case: HeaderCase,
}

/// The head of the answer that comes.
#[derive(Debug, Default)]
enum Answer {
    /// None is expected, or it was read.
    #[default]
    No,
    /// It has not come whole: these are its bytes so far.
    Part(Vec<u8>),
    /// These are its names.
    Names(FieldNames),
}

impl Heads {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a request will be written, and an answer read.
    pub(super) fn begin(&self, notes: Notes) {
        let mut state = self.lock();
        state.writer.begin(notes.names);
        state.interim = notes.interim;
        state.answer = Answer::Part(Vec::new());
    }

    /// Takes back what went with the request, and its head if that was written.
    pub(super) fn take_request(&self) -> (Notes, Vec<u8>) {
        let mut state = self.lock();
        let (names, head) = state.writer.take_last();
        (Notes { names, interim: state.interim.take() }, head)
    }

    /// Takes the names of the answer.
    pub(super) fn take_answer(&self) -> FieldNames {
        let mut state = self.lock();
        state.interim = None;
        match std::mem::take(&mut state.answer) {
            Answer::Names(names) if state.header_case == HeaderCase::Keep => names,
            Answer::Names(_) | Answer::No | Answer::Part(_) => FieldNames::default(),
        }
    }
}

impl Answer {
    /// Looks at bytes that were read. `most` bounds what is kept of a head that has not come whole: hyper
    /// refuses a longer one.
    fn read(&mut self, bytes: &[u8], most: usize, interim: Option<&Interim>) {
        let Self::Part(part) = self else { return };
        let mut whole = std::mem::take(part);
        let mut rest = if whole.is_empty() {
            bytes
        } else {
            whole.extend_from_slice(bytes);
            &whole
        };
        while let Some((names, end)) = FieldNames::of_head(rest) {
            let (head, next) = rest.split_at(end);
            if !is_interim(head) {
                *self = Self::Names(names);
                return;
            }
            if let Some(interim) = interim {
                interim.pass_on(head);
            }
            rest = next;
        }
        *self = if rest.len() <= most { Self::Part(rest.to_vec()) } else { Self::No };
    }
}

/// Whether another head follows this one: [RFC 9110, section 15.2]. After 101 no other does.
fn is_interim(head: &[u8]) -> bool {
    let status = head.trim_ascii_start().get(9..12).unwrap_or_default();
    status.starts_with(b"1") && status != b"101"
}

/// A connection whose heads are noted, and written with the names that they should have.
#[derive(Debug)]
pub(super) struct Noted<S> {
    inner: S,
    heads: Heads,
    most: usize,
}

impl<S> Noted<S> {
    /// Wraps a connection. Heads of answers are `most` bytes long.
    pub(super) fn new(inner: S, most: usize, header_case: HeaderCase) -> (Self, Heads) {
        let heads = Heads(Arc::new(Mutex::new(State { header_case, ..State::default() })));
        (Self { inner, heads: heads.clone(), most }, heads)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Noted<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(context, buffer))?;
        let fresh = buffer.filled().get(before..).unwrap_or_default();
        let mut state = this.heads.lock();
        let State { answer, interim, .. } = &mut *state;
        answer.read(fresh, this.most, interim.as_ref());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Noted<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.heads.lock().writer.poll_write(Pin::new(&mut this.inner), context, slices)
    }

    /// Always: then hyper queues bodies, as the writer of heads needs.
    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Answer {
        let mut answer = Answer::Part(Vec::new());
        for piece in pieces {
            answer.read(piece, 1000, None);
        }
        answer
    }

    #[test]
    fn the_names_of_the_last_head_count_however_it_comes() {
        let bytes = b"\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\nETag: a\r\nX-A: b\r\n\r\nBody: x\r\n\r\n";
        let head = b"HTTP/1.1 200 OK\r\nETag: a\r\nX-A: b\r\n\r\n";
        let (head, _) = FieldNames::of_head(head).unwrap();
        for cut in 0..bytes.len() {
            let (one, two) = bytes.split_at(cut);
            assert!(matches!(read(&[one, two]), Answer::Names(names) if names == head), "{cut}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert!(matches!(read(&single), Answer::Names(names) if names == head));
    }

    #[test]
    fn a_head_without_end_is_not_kept() {
        assert!(matches!(read(&[b"HTTP/1.1 200 OK\r\n", &[b'a'; 1000]]), Answer::No));
        assert!(matches!(read(&[b"HTTP/1.1 200 OK\r\n", &[b'a'; 900]]), Answer::Part(_)));
    }
}
