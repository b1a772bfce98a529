//! `deflate`: the zlib format of RFC 1950, as RFC 9110, section 8.4.1.2 says.
//!
//! That section notes that some send bare DEFLATE data instead. It is read, because a reader that
//! understands it understands the same as we do, and one that does not refuses it; it is never
//! written. The two cannot be confused: when the low half of the first byte is 8 the stream is
//! zlib or refused. A bare stream could start so only with a stored block whose filling bits are
//! not zero, which no encoder writes.

use flate2::Compress;
use flate2::Compression;
use flate2::FlushCompress;
use flate2::Status;

use crate::coding::Reason;
use crate::coding::encoder::Op;
use crate::coding::inflate::Frame;
use crate::coding::inflate::Inflate;
use crate::coding::inflate::Step;

/// Cheap: a generated page came to 23 % of its size.
pub(super) const LEVEL: u32 = 1;

/// The method of RFC 1950, section 2.2.
const DEFLATE: u8 = 8;
/// The flag for a preset dictionary.
const FDICT: u8 = 0x20;

/// Reads a stream in either form.
#[derive(Debug, Default)]
pub(super) struct Decode {
    first: Option<u8>,
    stream: Option<Inflate>,
}

impl Decode {
    pub(super) fn run(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Reason> {
        if let Some(stream) = &mut self.stream {
            if stream.done() && !input.is_empty() {
                return Err(Reason::TrailingData);
            }
            let step = stream.run(input, out)?;
            if stream.done() && step.taken < input.len() {
                return Err(Reason::TrailingData);
            }
            return Ok(step);
        }
        let Some((&byte, rest)) = input.split_first() else { return Ok(Step::default()) };
        let Some(first) = self.first else {
            self.first = Some(byte);
            let step = self.run(rest, out)?;
            return Ok(Step { taken: step.taken + 1, ..step });
        };
        // Both bytes are known: the decoder gets them now, and gives nothing for them alone.
        let mut stream = Inflate::new(frame(first, byte)?);
        let head = stream.run(&[first, byte], out)?;
        let done = stream.done();
        self.stream = Some(stream);
        if head.taken < 2 || (done && !rest.is_empty()) {
            return Err(Reason::TrailingData);
        }
        let room = out.get_mut(head.given..).unwrap_or_default();
        let step = self.run(rest, room)?;
        Ok(Step { taken: step.taken + 1, given: step.given + head.given })
    }

    pub(super) fn ended(&self) -> bool {
        self.stream.as_ref().is_some_and(Inflate::done)
    }
}

/// Says what the first two bytes begin: RFC 1950, section 2.2.
fn frame(first: u8, second: u8) -> Result<Frame, Reason> {
    if first & 0x0f != DEFLATE {
        return Ok(Frame::Bare);
    }
    if first >> 4 > 7 || !u16::from_be_bytes([first, second]).is_multiple_of(31) {
        return Err(Reason::Corrupt);
    }
    if second & FDICT != 0 {
        return Err(Reason::Dictionary);
    }
    Ok(Frame::Zlib)
}

/// Writes DEFLATE data, in the frame of RFC 1950 or bare.
#[derive(Debug)]
pub(super) struct Encode(Compress);

impl Encode {
    pub(super) fn new(frame: Frame) -> Self {
        Self(Compress::new(Compression::new(LEVEL), frame == Frame::Zlib))
    }

    pub(super) fn run(&mut self, input: &[u8], op: Op, out: &mut Vec<u8>) -> Result<(), Reason> {
        let flush = match op {
            Op::Process => FlushCompress::None,
            Op::Flush => FlushCompress::Sync,
            Op::Finish => FlushCompress::Finish,
        };
        let mut rest = input;
        loop {
            out.reserve(64 + rest.len() / 4);
            let before = self.0.total_in();
            let status =
                self.0.compress_vec(rest, out, flush).map_err(|_error| Reason::NoMemory)?;
            let taken = usize::try_from(self.0.total_in() - before).unwrap_or(usize::MAX);
            rest = rest.get(taken..).unwrap_or_default();
            let complete = match op {
                Op::Process => rest.is_empty(),
                Op::Flush => rest.is_empty() && out.len() < out.capacity(),
                Op::Finish => status == Status::StreamEnd,
            };
            if complete {
                return Ok(());
            }
        }
    }
}
