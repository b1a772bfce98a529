//! Putting codings on, chunk by chunk.

use crate::coding::Chain;
use crate::coding::Coding;
use crate::coding::Reason;
use crate::coding::Refusal;
use crate::coding::brotli;
use crate::coding::deflate;
use crate::coding::gzip;
use crate::coding::inflate::Frame;
use crate::coding::zstd;

/// What an encoder is to do with what it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    /// Give what is ready.
    Process,
    /// Give all that was pushed, so that a reader can read it.
    Flush,
    /// The stream ends behind these bytes.
    Finish,
}

/// Puts the codings of a chain on a stream.
///
/// The same pushes and flushes give the same bytes.
#[derive(Debug)]
pub struct Encoder {
    layers: Vec<(Coding, Layer)>,
}

#[derive(Debug)]
enum Layer {
    Gzip(gzip::Encode),
    Deflate(deflate::Encode),
    Brotli(brotli::Encode),
    Zstd(zstd::Encode),
}

impl Encoder {
    /// Starts a stream. Refuses only when a codec gets no memory.
    pub fn new(chain: &Chain) -> Result<Self, Refusal> {
        Self::sized(chain, None)
    }

    /// Starts a stream for a body of this length, when it is known. No other may follow then.
    pub(super) fn sized(chain: &Chain, mut length: Option<u64>) -> Result<Self, Refusal> {
        let layers = chain.codings().iter().map(|&coding| {
            let layer = Layer::new(coding, length.take()); // the next gets coded bytes
            let layer = layer.map_err(|reason| Refusal { reason, coding: Some(coding) })?;
            Ok((coding, layer))
        });
        Ok(Self { layers: layers.collect::<Result<_, _>>()? })
    }

    /// Takes a chunk, and appends what is ready.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        self.run(chunk, Op::Process, out)
    }

    /// Appends all that was pushed, so that the reader can have it now. It costs a few bytes.
    pub fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        self.run(&[], Op::Flush, out)
    }

    /// Ends the stream, and appends its end.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        self.run(&[], Op::Finish, out)
    }

    fn run(&mut self, chunk: &[u8], op: Op, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let Some(((last, top), lower)) = self.layers.split_last_mut() else {
            out.extend_from_slice(chunk);
            return Ok(());
        };
        let mut between = None;
        for (coding, layer) in lower {
            let mut coded = Vec::new();
            let source = between.as_deref().unwrap_or(chunk);
            layer.run(source, op, &mut coded).map_err(|reason| at(*coding, reason))?;
            between = Some(coded);
        }
        let source = between.as_deref().unwrap_or(chunk);
        top.run(source, op, out).map_err(|reason| at(*last, reason))
    }
}

fn at(coding: Coding, reason: Reason) -> Refusal {
    Refusal { reason, coding: Some(coding) }
}

impl Layer {
    fn new(coding: Coding, length: Option<u64>) -> Result<Self, Reason> {
        Ok(match coding {
            Coding::Gzip => Self::Gzip(gzip::Encode::new()),
            Coding::Deflate => Self::Deflate(deflate::Encode::new(Frame::Zlib)),
            Coding::Brotli => Self::Brotli(brotli::Encode::new()),
            Coding::Zstd => Self::Zstd(zstd::Encode::new(length)?),
        })
    }

    fn run(&mut self, input: &[u8], op: Op, out: &mut Vec<u8>) -> Result<(), Reason> {
        match self {
            Self::Gzip(layer) => layer.run(input, op, out),
            Self::Deflate(layer) => layer.run(input, op, out),
            Self::Brotli(layer) => layer.run(input, op, out),
            Self::Zstd(layer) => layer.run(input, op, out),
        }
    }
}
