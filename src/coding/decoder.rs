//! Taking codings off, chunk by chunk, within a budget.

use crate::coding::Budget;
use crate::coding::Chain;
use crate::coding::Coding;
use crate::coding::Reason;
use crate::coding::Refusal;
use crate::coding::brotli;
use crate::coding::budget::GRAIN;
use crate::coding::deflate;
use crate::coding::gzip;
use crate::coding::inflate::Step;
use crate::coding::zstd;

/// Most bytes that one step gives.
const PIECE: usize = 32 * 1024;

/// Takes the codings of a chain off a stream.
///
/// Output and verdict do not depend on how the stream is split. What was given before a refusal is
/// to be thrown away. After a refusal the decoder is of no more use.
#[derive(Debug)]
pub struct Decoder {
    /// In the order they are taken off.
    layers: Vec<Layer>,
    budget: Budget,
    received: u64,
}

/// What a step of a decoder came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "there may be more to take out"]
pub enum Progress {
    /// It gave something, and may have more: step again.
    More,
    /// It took all of the input and gave all that this makes.
    Hungry,
}

#[derive(Debug)]
struct Layer {
    coding: Option<Coding>,
    codec: Codec,
    /// What the layer below gave and this one has not taken.
    pending: Vec<u8>,
    taken: usize,
    given: u64,
    /// The last run filled its room, so there may be more without further input.
    full: bool,
}

#[derive(Debug)]
enum Codec {
    Identity,
    Gzip(gzip::Decode),
    Deflate(deflate::Decode),
    Brotli(brotli::Decode),
    Zstd(zstd::Decode),
}

impl Decoder {
    /// Returns a decoder for a body with these codings, within this budget.
    pub fn new(chain: &Chain, budget: &Budget) -> Self {
        let mut layers: Vec<_> =
            chain.codings().iter().rev().map(|&coding| Layer::new(Some(coding))).collect();
        if layers.is_empty() {
            layers.push(Layer::new(None));
        }
        Self { layers, budget: *budget, received: 0 }
    }

    /// Takes a chunk and appends all that it makes: as much as the budget allows, for one chunk
    /// too. Where memory matters more than calls, use [`Decoder::step`].
    pub fn push(&mut self, mut chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        while self.step(&mut chunk, out)? == Progress::More {}
        Ok(())
    }

    /// Takes from the front of a chunk and appends at most 32 KiB. The chunk is done with when the
    /// answer is [`Progress::Hungry`].
    ///
    /// Refuses broken streams and what goes over the budget.
    pub fn step(&mut self, chunk: &mut &[u8], out: &mut Vec<u8>) -> Result<Progress, Refusal> {
        let last = self.layers.len().saturating_sub(1);
        let mut at = last;
        loop {
            if self.run(at, chunk, out)? > 0 {
                if at == last {
                    return Ok(Progress::More);
                }
                at += 1;
            } else if at > 0 {
                at -= 1;
            } else if chunk.is_empty() {
                return Ok(Progress::Hungry);
            }
        }
    }

    /// Ends the stream. Refuses when it is not complete, or not all of it was taken out.
    pub fn finish(self) -> Result<(), Refusal> {
        for layer in &self.layers {
            let rest = layer.full || layer.taken < layer.pending.len();
            if rest || !layer.codec.ended() {
                return Err(Refusal { reason: Reason::Truncated, coding: layer.coding });
            }
        }
        Ok(())
    }

    /// Runs one layer, into the next or out. Answers how many bytes it gave.
    ///
    /// The first layer takes the chunk in grains; it gets nothing new before the last grain is
    /// through all layers, because `step` comes down here only when those above are hungry.
    fn run(&mut self, at: usize, chunk: &mut &[u8], out: &mut Vec<u8>) -> Result<usize, Refusal> {
        let Some((layer, above)) = self.layers.get_mut(at..).and_then(<[_]>::split_first_mut)
        else {
            return Ok(0);
        };
        let offered = if at == 0 && !layer.full { chunk.len().min(left(self.received)) } else { 0 };
        let received = self.received.saturating_add(wide(offered));
        let allowed = self.budget.allows(received);
        let below = std::mem::take(&mut layer.pending);
        let input = if at == 0 {
            chunk.get(..offered).unwrap_or_default()
        } else {
            below.get(layer.taken..).unwrap_or_default()
        };
        let target = match above.first_mut() {
            Some(next) => next.refill(),
            None => out,
        };
        let step = layer.run(input, target, allowed).map_err(|reason| Refusal {
            reason: if reason == Reason::TooLarge { self.budget.reason(received) } else { reason },
            coding: layer.coding,
        })?;
        layer.pending = below;
        if at == 0 {
            *chunk = chunk.get(step.taken..).unwrap_or_default();
            self.received = self.received.saturating_add(wide(step.taken));
        } else {
            layer.taken += step.taken;
        }
        Ok(step.given)
    }
}

impl Layer {
    fn new(coding: Option<Coding>) -> Self {
        let codec = match coding {
            None => Codec::Identity,
            Some(Coding::Gzip) => Codec::Gzip(gzip::Decode::default()),
            Some(Coding::Deflate) => Codec::Deflate(deflate::Decode::default()),
            Some(Coding::Brotli) => Codec::Brotli(brotli::Decode::default()),
            Some(Coding::Zstd) => Codec::Zstd(zstd::Decode::default()),
        };
        Self { coding, codec, pending: Vec::new(), taken: 0, given: 0, full: false }
    }

    /// Gives the buffer for what comes next; all in it was taken.
    fn refill(&mut self) -> &mut Vec<u8> {
        self.pending.clear();
        self.taken = 0;
        &mut self.pending
    }

    /// Decodes a piece of what is there. One byte of room beyond what is allowed shows that there
    /// is more.
    fn run(&mut self, input: &[u8], out: &mut Vec<u8>, allowed: u64) -> Result<Step, Reason> {
        if input.is_empty() && !self.full {
            return Ok(Step::default());
        }
        let allowed = allowed.saturating_sub(self.given);
        let most = usize::try_from(allowed.saturating_add(1)).unwrap_or(usize::MAX);
        let likely = if self.full { PIECE } else { (8 * input.len()).clamp(1024, PIECE) };
        let room = most.min(likely);
        let start = out.len();
        if out.capacity() - start < room {
            out.reserve_exact(room.max(start.min(most)));
        }
        out.resize(start + room, 0);
        let step = self.codec.run(input, out.get_mut(start..).unwrap_or_default())?;
        out.truncate(start + step.given);
        self.full = step.given == room;
        self.given = self.given.saturating_add(wide(step.given));
        if wide(step.given) > allowed {
            return Err(Reason::TooLarge);
        }
        if !self.full && step.taken < input.len() {
            return Err(Reason::Corrupt); // a codec that stands still would keep us here for ever
        }
        Ok(step)
    }
}

impl Codec {
    /// Decodes until all input is taken and all that it makes is given, or the room is full.
    fn run(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Reason> {
        match self {
            Self::Identity => {
                let length = input.len().min(out.len());
                if let (Some(to), Some(from)) = (out.get_mut(..length), input.get(..length)) {
                    to.copy_from_slice(from);
                }
                Ok(Step { taken: length, given: length })
            }
            Self::Gzip(codec) => codec.run(input, out),
            Self::Deflate(codec) => codec.run(input, out),
            Self::Brotli(codec) => codec.run(input, out),
            Self::Zstd(codec) => codec.run(input, out),
        }
    }

    /// Whether the stream may end here.
    fn ended(&self) -> bool {
        match self {
            Self::Identity => true,
            Self::Gzip(codec) => codec.ended(),
            Self::Deflate(codec) => codec.ended(),
            Self::Brotli(codec) => codec.ended(),
            Self::Zstd(codec) => codec.ended(),
        }
    }
}

/// Bytes up to the end of the grain.
fn left(received: u64) -> usize {
    usize::try_from(received).map_or(GRAIN, |received| GRAIN - received % GRAIN)
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
