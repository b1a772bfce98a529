//! `br`: Brotli, RFC 7932.
//!
//! A stream has one end and no checksum. Its window is 16 MiB at most (section 9.1), and the
//! decoder takes only as much of that as the stream fills. The large window of later encoders is
//! not part of the coding.

use std::fmt;
use std::io::Write;

use brotli::BrotliDecompressStream;
use brotli::BrotliResult;
use brotli::BrotliState;
use brotli::CompressorWriter;
use brotli::HeapAlloc;
use brotli::HuffmanCode;

use crate::coding::Reason;
use crate::coding::encoder::Op;
use crate::coding::inflate::Step;

/// Cheap: a generated page came to 15 % of its size, where gzip's level 1 makes 23 %.
const QUALITY: u32 = 1;
/// 256 KiB, enough for most pages.
const WINDOW_BITS: u32 = 18;
/// The first seven bits of a stream with a large window; RFC 7932, section 9.1 has no such code.
const LARGE_WINDOW: u8 = 0x11;

type State = BrotliState<HeapAlloc<u8>, HeapAlloc<u32>, HeapAlloc<HuffmanCode>>;

/// Decodes one stream.
pub(super) struct Decode {
    state: Box<State>,
    begun: bool,
    done: bool,
}

impl Default for Decode {
    fn default() -> Self {
        let state = State::new_strict(
            HeapAlloc::new(0),
            HeapAlloc::new(0),
            HeapAlloc::new(HuffmanCode::default()),
        );
        Self { state: Box::new(state), begun: false, done: false }
    }
}

impl fmt::Debug for Decode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Decode").field("done", &self.done).finish_non_exhaustive()
    }
}

impl Decode {
    pub(super) fn run(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Reason> {
        if self.done {
            return if input.is_empty() { Ok(Step::default()) } else { Err(Reason::TrailingData) };
        }
        if let (false, Some(first)) = (self.begun, input.first()) {
            if first & 0x7f == LARGE_WINDOW {
                return Err(Reason::WindowTooLarge);
            }
            self.begun = true;
        }
        let mut step = Step::default();
        let (mut left, mut room, mut total) = (input.len(), out.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut step.taken,
            input,
            &mut room,
            &mut step.given,
            out,
            &mut total,
            &mut self.state,
        );
        match result {
            BrotliResult::ResultSuccess => {
                self.done = true;
                if left == 0 { Ok(step) } else { Err(Reason::TrailingData) }
            }
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => Ok(step),
            BrotliResult::ResultFailure => Err(Reason::Corrupt),
        }
    }

    pub(super) fn ended(&self) -> bool {
        self.done
    }
}

/// Encodes a body as one stream.
pub(super) struct Encode(Option<Box<CompressorWriter<Vec<u8>>>>);

impl fmt::Debug for Encode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Encode")
    }
}

impl Encode {
    pub(super) fn new() -> Self {
        let writer = CompressorWriter::new(Vec::new(), 16 * 1024, QUALITY, WINDOW_BITS);
        Self(Some(Box::new(writer)))
    }

    pub(super) fn run(&mut self, input: &[u8], op: Op, out: &mut Vec<u8>) -> Result<(), Reason> {
        let Some(writer) = &mut self.0 else { return Ok(()) };
        writer.write_all(input).map_err(|_error| Reason::NoMemory)?;
        match op {
            Op::Process => {}
            Op::Flush => writer.flush().map_err(|_error| Reason::NoMemory)?,
            Op::Finish => {
                if let Some(writer) = self.0.take() {
                    out.append(&mut writer.into_inner());
                }
                return Ok(());
            }
        }
        out.append(writer.get_mut());
        Ok(())
    }
}
