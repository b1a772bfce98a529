//! A client's connection with the scanner in it: what hyper reads has been checked.
//!
//! A head that is refused never reaches hyper. In its place hyper gets a harmless one, so that the
//! refusal takes the way of every other answer (a problem, an access line, an orderly close), and
//! [`crate::proxy::watch::Watch::refusal`] tells the service which request that is. After a fault nothing is read any more.
//!
//! The guard also keeps the two deadlines of a waiting connection, because only it can tell them
//! apart: between two requests, and inside a head.

use std::future::Future;
use std::io;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::task::ready;
use std::time::Duration;

use bytes::Buf;
use bytes::BytesMut;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::time::Instant;
use tokio::time::Sleep;

use crate::base::Limits;
use crate::net::FieldNames;
use crate::net::HeadWriter;
use crate::net::config::HeaderCase;
use crate::proxy::framing::Bounds;
use crate::proxy::framing::Fault;
use crate::proxy::framing::Scan;
use crate::proxy::framing::Scanner;
use crate::proxy::framing::Stop;
use crate::proxy::watch::Upgrade;
use crate::proxy::watch::Watch;

/// What hyper reads instead of a head that is refused. Its answer closes the connection.
const STAND_IN: &[u8] = b"GET / HTTP/1.1\r\nHost: refused\r\nConnection: close\r\n\r\n";

/// After an answer that closes the connection under a client that still sends, so much of it is
/// read and thrown away, and for so long: closing at once would reset the connection, and the reset
/// would destroy the answer before the client has read it ([RFC 9112, section 9.6]).
const LINGER_BYTES: usize = 1024 * 1024;
const LINGER_TIME: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    /// An exchange runs, or a body comes: others keep the time.
    Not,
    Idle,
    InHead,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopped {
    At(Stop),
    /// Nothing is read any more.
    Dead,
}

/// A connection whose bytes pass the scanner before anybody reads them.
#[derive(Debug)]
pub(super) struct Guard<S> {
    inner: S,
    scanner: Scanner,
    /// Bytes read and not handed on. The first `ready` of them may be.
    held: BytesMut,
    ready: usize,
    stopped: Option<Stopped>,
    watch: Watch,
    header: Duration,
    keep_alive: Duration,
    waiting: Waiting,
    timer: Pin<Box<Sleep>>,
    closing: LingeringClose,
    /// hyper has handed over whole answers, and nothing of the next.
    between_answers: bool,
    /// What is being written between answers.
    interim: BytesMut,
    header_case: HeaderCase,
    writer: HeadWriter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LingeringClose {
    NotYet,
    Left(usize),
}

impl<S> Guard<S> {
    /// Sets a guard before a connection.
    pub(super) fn new(inner: S, limits: &Limits, header_case: HeaderCase) -> (Self, Watch) {
        let watch = Watch::default();
        let guard = Self {
            inner,
            scanner: Scanner::new(Bounds::from(limits)),
            held: BytesMut::new(),
            ready: 0,
            stopped: None,
            watch: watch.clone(),
            header: limits.timeouts.header,
            keep_alive: limits.timeouts.keep_alive,
            waiting: Waiting::Not,
            timer: Box::pin(tokio::time::sleep(limits.timeouts.header)),
            closing: LingeringClose::NotYet,
            between_answers: true,
            interim: BytesMut::new(),
            header_case,
            writer: HeadWriter::default(),
        };
        (guard, watch)
    }

    /// Takes note of what the scanner said.
    fn apply(&mut self, scan: Scan) {
        self.stopped = scan.stop.map(Stopped::At);
        let mut shared = self.watch.lock();
        shared.heads = self.scanner.heads();
        shared.partial = !self.held.is_empty() && self.scanner.is_between_messages();
        if scan.stop == Some(Stop::Upgrade) {
            shared.upgrade = Upgrade::Asked;
        }
        if let Some(Stop::Body(fault)) = scan.stop {
            shared.broken = Some((shared.heads, fault));
        }
        match self.header_case {
            HeaderCase::Keep => shared.names.append(self.scanner.names()),
            HeaderCase::Lower => *self.scanner.names() = FieldNames::default(),
        }
    }

    fn rescan(&mut self) {
        let scan = self.scanner.scan(&self.held);
        self.ready = scan.pass;
        self.apply(scan);
        let mut shared = self.watch.lock();
        shared.partial &= self.held.len() > self.ready;
    }

    fn hand_out(&mut self, buffer: &mut ReadBuf<'_>) {
        let count = self.ready.min(buffer.remaining());
        buffer.put_slice(self.held.get(..count).unwrap_or_default());
        self.held.advance(count);
        self.ready -= count;
    }

    /// Gives `None` when reading goes on.
    fn stopped_reading(
        &mut self,
        stopped: Stopped,
        context: &mut Context<'_>,
    ) -> Option<Poll<io::Result<()>>> {
        match stopped {
            Stopped::Dead => Some(Poll::Pending),
            Stopped::At(Stop::Body(_)) => {
                self.stopped = Some(Stopped::Dead);
                Some(Poll::Ready(Err(io::ErrorKind::InvalidData.into())))
            }
            Stopped::At(Stop::Head(fault)) => {
                self.refuse(fault);
                None
            }
            Stopped::At(Stop::Upgrade) => {
                let mut shared = self.watch.lock();
                match shared.upgrade {
                    Upgrade::None | Upgrade::Asked => {
                        shared.waker = Some(context.waker().clone());
                        return Some(Poll::Pending);
                    }
                    Upgrade::Denied => self.scanner.stay(),
                    Upgrade::Granted => self.scanner.tunnel(),
                }
                shared.upgrade = Upgrade::None;
                drop(shared);
                self.rescan();
                None
            }
        }
    }

    fn refuse(&mut self, fault: Fault) {
        self.held = BytesMut::from(STAND_IN);
        self.ready = STAND_IN.len();
        self.stopped = Some(Stopped::Dead);
        let mut shared = self.watch.lock();
        shared.heads += 1;
        shared.partial = false;
        shared.refused = Some((shared.heads, fault));
        shared.names.end_section();
    }

    /// Nothing came: how long may that be so?
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shared = self.watch.lock();
        let (busy, draining, fresh) =
            (shared.ended < shared.heads, shared.draining, shared.heads == 0);
        drop(shared);
        let waiting = if !self.scanner.is_between_messages() {
            Waiting::Not
        } else if !self.held.is_empty() {
            Waiting::InHead
        } else if busy {
            Waiting::Not
        } else {
            Waiting::Idle
        };
        if waiting == Waiting::Idle && draining && !fresh {
            return Poll::Ready(Ok(()));
        }
        if waiting != self.waiting {
            self.waiting = waiting;
            let time = match waiting {
                Waiting::Not => return Poll::Pending,
                Waiting::Idle if !fresh => self.keep_alive,
                Waiting::Idle | Waiting::InHead => self.header,
            };
            self.timer.as_mut().reset(Instant::now() + time);
        }
        if waiting == Waiting::Not {
            return Poll::Pending;
        }
        ready!(self.timer.as_mut().poll(context));
        if waiting == Waiting::InHead {
            self.stopped = Some(Stopped::At(Stop::Head(Fault::HeaderTimeout)));
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> Guard<S> {
    /// Reads once; gives `None` when hyper has to be told nothing yet.
    fn read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Option<Poll<io::Result<()>>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.inner).poll_read(context, buffer) {
            Poll::Pending => return Some(self.wait(context)),
            Poll::Ready(Err(error)) => return Some(Poll::Ready(Err(error))),
            Poll::Ready(Ok(())) => {}
        }
        let fresh = buffer.filled().get(before..).unwrap_or_default();
        if fresh.is_empty() {
            return Some(Poll::Ready(Ok(())));
        }
        if self.held.is_empty() {
            let scan = self.scanner.scan(fresh);
            self.held.extend_from_slice(fresh.get(scan.pass..).unwrap_or_default());
            buffer.set_filled(before + scan.pass);
            self.apply(scan);
        } else {
            self.held.extend_from_slice(fresh);
            buffer.set_filled(before);
            self.rescan();
        }
        if buffer.filled().len() > before {
            self.waiting = Waiting::Not;
            return Some(Poll::Ready(Ok(())));
        }
        None
    }

    /// Throws away what still comes, within bounds.
    fn drain_input(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; 8192];
        while let LingeringClose::Left(left) = self.closing
            && left > 0
        {
            if self.timer.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            let mut buffer = ReadBuf::new(&mut scratch);
            match ready!(Pin::new(&mut self.inner).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {
                    self.closing = LingeringClose::Left(left.saturating_sub(buffer.filled().len()));
                }
                Ok(()) | Err(_) => return Poll::Ready(()),
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.ready > 0 {
                this.waiting = Waiting::Not;
                this.hand_out(buffer);
                return Poll::Ready(Ok(()));
            }
            let outcome = match this.stopped {
                Some(stopped) => this.stopped_reading(stopped, context),
                None => this.read(context, buffer),
            };
            if let Some(outcome) = outcome {
                return outcome;
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> Guard<S> {
    /// Takes what the service has left to be written before hyper's next bytes: interim answers, where
    /// hyper is between two answers, and the names of the answer.
    fn take_over(&mut self) {
        let mut shared = self.watch.lock();
        if self.between_answers && self.interim.is_empty() && !shared.interim.is_empty() {
            self.interim = std::mem::take(&mut shared.interim);
        }
        if std::mem::take(&mut shared.answer_is_there) {
            self.writer.begin(std::mem::take(&mut shared.answer_names));
        }
    }

    /// Writes interim answers that were taken over.
    fn write_interim(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.interim.is_empty() {
            let written = ready!(Pin::new(&mut self.inner).poll_write(context, &self.interim))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.interim.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guard<S> {
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
        this.take_over();
        // Before an answer, and never inside one, go the interim ones.
        ready!(this.write_interim(context))?;
        this.between_answers = false;
        this.writer.poll_write(Pin::new(&mut this.inner), context, slices)
    }

    /// Always: then hyper queues bodies, as the writer of heads needs.
    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // hyper flushes when it has nothing left to write.
        this.between_answers = true;
        this.take_over();
        ready!(this.write_interim(context))?;
        Pin::new(&mut this.inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.closing == LingeringClose::NotYet {
            ready!(Pin::new(&mut this.inner).poll_shutdown(context))?;
            let unread = this.stopped.is_some()
                || !this.held.is_empty()
                || !this.scanner.is_between_messages();
            this.closing = LingeringClose::Left(if unread { LINGER_BYTES } else { 0 });
            this.timer.as_mut().reset(Instant::now() + LINGER_TIME);
        }
        this.drain_input(context).map(Ok)
    }
}
