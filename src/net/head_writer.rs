//! Writing heads with the names of their fields as they came.

use std::io;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use tokio::io::AsyncWrite;

use crate::net::FieldNames;

/// Slices that are written at once: the head and what follows it.
const SLICES: usize = 16;

/// Stands between hyper and a connection, and writes a copy of the next head in its place, with names
/// restored. It must see all writes, of a hyper that queues bodies: then every write shows all that is not
/// written yet, heads in the first slice and bodies in the others, and a head begins where the bytes end
/// that were shown before.
#[derive(Debug, Default)]
pub struct HeadWriter {
    /// Names for the next head, or those of the last one.
    names: FieldNames,
    /// Whether the next bytes that were not shown yet are a head.
    expects_head: bool,
    /// Bytes that hyper has shown and that were not written.
    unwritten: usize,
    /// The last head, as it is written instead of the first slice; this much of it has been written.
    head: Vec<u8>,
    written: usize,
}

impl HeadWriter {
    /// Says that hyper is given a message to write, and with which names.
    pub fn begin(&mut self, names: FieldNames) {
        self.names = names;
        self.expects_head = true;
    }

    /// Takes the names of the last message, and its head: without a byte while hyper has not shown it.
    pub fn take_last(&mut self) -> (FieldNames, Vec<u8>) {
        let head = if self.expects_head { Vec::new() } else { self.head.clone() };
        (std::mem::take(&mut self.names), head)
    }

    /// Writes what hyper shows.
    pub fn poll_write(
        &mut self,
        inner: Pin<&mut impl AsyncWrite>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let shown: usize = slices.iter().map(|slice| slice.len()).sum();
        let first = slices.first().map_or(&[][..], |slice| slice);
        let left = self.head.len() - self.written;
        if self.expects_head || (left > 0 && first.len() > left) {
            self.copy_first(first);
        }
        let head = self.head.get(self.written..).unwrap_or_default();
        let outcome = if head.is_empty() {
            inner.poll_write_vectored(context, slices)
        } else {
            let mut restored = [IoSlice::new(&[]); SLICES];
            let parts = std::iter::once(head).chain(slices.iter().skip(1).map(|slice| &**slice));
            restored.iter_mut().zip(parts).for_each(|(to, part)| *to = IoSlice::new(part));
            let count = slices.len().min(SLICES);
            inner.poll_write_vectored(context, restored.get(..count).unwrap_or_default())
        };
        let taken = if let Poll::Ready(Ok(taken)) = outcome { taken } else { 0 };
        self.unwritten = shown.saturating_sub(taken);
        self.written += taken.min(self.head.len() - self.written);
        outcome
    }

    /// Copies the first slice behind what is left of the copy before. It ends with the head, if one is
    /// expected.
    fn copy_first(&mut self, first: &[u8]) {
        self.head.drain(..self.written);
        self.written = 0;
        self.head.extend_from_slice(first.get(self.head.len()..).unwrap_or_default());
        if std::mem::take(&mut self.expects_head)
            && let Some(head) = self.head.get_mut(self.unwritten..)
        {
            self.names.restore(head);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Takes as many bytes at a time as it is told, and none where it is told 0.
    #[derive(Default)]
    struct Socket {
        takes: Vec<usize>,
        written: Vec<u8>,
    }

    impl AsyncWrite for Socket {
        fn poll_write(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.poll_write_vectored(context, &[IoSlice::new(bytes)])
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let this = self.get_mut();
            let all: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
            let count = this.takes.pop().unwrap_or(usize::MAX).min(all.len());
            this.written.extend_from_slice(&all[..count]);
            if count == 0 { Poll::Pending } else { Poll::Ready(Ok(count)) }
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// Buffers of hyper, and how it writes them.
    #[derive(Default)]
    struct Buffers {
        heads: Vec<u8>,
        bodies: Vec<Vec<u8>>,
    }

    impl Buffers {
        fn write(&mut self, writer: &mut HeadWriter, socket: &mut Socket) -> bool {
            let heads = std::iter::once(&self.heads).filter(|heads| !heads.is_empty());
            let slices: Vec<_> = heads.chain(&self.bodies).map(|b| IoSlice::new(b)).collect();
            let mut context = Context::from_waker(std::task::Waker::noop());
            let outcome = writer.poll_write(Pin::new(socket), &mut context, &slices);
            let Poll::Ready(Ok(mut count)) = outcome else { return false };
            for buffer in std::iter::once(&mut self.heads).chain(&mut self.bodies) {
                let taken = count.min(buffer.len());
                buffer.drain(..taken);
                count -= taken;
            }
            self.bodies.retain(|body| !body.is_empty());
            true
        }
    }

    proptest! {
        #[test]
        fn every_head_is_restored_and_no_body_however_they_are_written(
            messages in prop::collection::vec((any::<bool>(), 0..3_usize, any::<bool>()), 1..6),
            takes in prop::collection::vec(0..40_usize, 0..60),
        ) {
            let (mut writer, mut buffers) = (HeadWriter::default(), Buffers::default());
            let (mut socket, mut expected) = (Socket { takes, ..Socket::default() }, Vec::new());
            for (continues, bodies, restores) in messages {
                while !buffers.bodies.is_empty() {
                    buffers.write(&mut writer, &mut socket);
                }
                if continues {
                    buffers.heads.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
                    expected.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
                    buffers.write(&mut writer, &mut socket);
                }
                let head = b"HTTP/1.1 200 OK\r\netag: a\r\n\r\n";
                buffers.heads.extend_from_slice(head);
                expected.extend_from_slice(head);
                if restores {
                    let mut names = FieldNames::default();
                    names.note(b"ETag");
                    writer.begin(names);
                    let at = expected.len() - head.len() + 17;
                    expected[at..at + 4].copy_from_slice(b"ETag");
                }
                for _ in 0..bodies {
                    buffers.bodies.push(b"\r\netag: b\r\n".to_vec());
                    expected.extend_from_slice(b"\r\netag: b\r\n");
                }
                buffers.write(&mut writer, &mut socket);
            }
            while !buffers.heads.is_empty() || !buffers.bodies.is_empty() {
                buffers.write(&mut writer, &mut socket);
            }
            prop_assert_eq!(String::from_utf8(socket.written), String::from_utf8(expected));
        }
    }
}
