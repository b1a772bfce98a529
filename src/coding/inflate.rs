//! DEFLATE data (RFC 1951), which `gzip` and `deflate` share.

use flate2::Decompress;
use flate2::FlushDecompress;
use flate2::Status;

use crate::coding::Reason;

/// What one run of a codec did.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Step {
    /// Bytes of the input it took.
    pub taken: usize,
    /// Bytes of output it gave.
    pub given: usize,
}

/// A stream of DEFLATE data, bare or in the frame of RFC 1950.
#[derive(Debug)]
pub(super) struct Inflate {
    codec: Decompress,
    done: bool,
}

/// What stands around DEFLATE data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// DEFLATE data without head and trailer.
    Bare,
    /// Header and Adler-32 of RFC 1950.
    Zlib,
}

impl Inflate {
    /// Starts at the beginning of a stream.
    pub(super) fn new(frame: Frame) -> Self {
        Self { codec: Decompress::new(frame == Frame::Zlib), done: false }
    }

    /// Starts again, bare.
    pub(super) fn restart(&mut self) {
        self.codec.reset(false);
        self.done = false;
    }

    /// Whether the stream is complete.
    pub(super) fn done(&self) -> bool {
        self.done
    }

    /// Decodes until the input is taken, the output is full, or the stream is complete.
    pub(super) fn run(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Reason> {
        let mut step = Step::default();
        while !self.done {
            let (before_in, before_out) = (self.codec.total_in(), self.codec.total_out());
            let rest = input.get(step.taken..).unwrap_or_default();
            let room = out.get_mut(step.given..).unwrap_or_default();
            let full = room.is_empty();
            let status = self
                .codec
                .decompress(rest, room, FlushDecompress::None)
                .map_err(|_error| Reason::Corrupt)?;
            let taken = usize::try_from(self.codec.total_in() - before_in).unwrap_or(usize::MAX);
            let given = usize::try_from(self.codec.total_out() - before_out).unwrap_or(usize::MAX);
            step.taken += taken;
            step.given += given;
            self.done = status == Status::StreamEnd;
            if full || (taken == 0 && given == 0) {
                break;
            }
        }
        Ok(step)
    }
}
