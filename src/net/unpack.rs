//! Taking content codings off, within the memory of all bodies.
//!
//! What a body expands to counts while it is held, and until whoever is sent it has it.

use bytes::Buf;
use bytes::Bytes;

use crate::coding;
use crate::coding::Chain;
use crate::coding::Decoder;
use crate::coding::Progress;
use crate::net::BodyError;
use crate::net::Budget;
use crate::net::Held;

/// What one piece of a coded body may expand to: so many times its length, and a bit. The ratio of the
/// whole is bounded too, but a long beginning that does not expand would buy room for a piece that does.
const EXPANSION: usize = 100;
const SLACK: usize = 1024 * 1024;

/// So much is taken out of a coding at once when a part of the answer has gone out already.
const AT_ONCE: usize = 256 * 1024;

/// What a body that streams, or reading a document, may hold without counting: about what one read brings.
pub const FREE: usize = 64 * 1024;

/// From here on treating a body takes so long that nobody else on a core shall wait for it: reading a
/// form of fields as short as can be takes 2 to 3 ms.
pub const LONG: usize = 32 * 1024;

/// Why the codings of a body are not taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// One is unknown, broken, or gives more than its budget.
    #[error("content coding: {0}")]
    Coding(#[from] coding::Refusal),
    /// There is no memory for what comes out.
    #[error("{0}")]
    Memory(#[from] BodyError),
}

/// Returns whether a body has [`LONG`] bytes or gives so many when its codings are taken off. One that is
/// broken is as long as it is up to there.
pub fn is_long(chain: &Chain, body: &[u8], bounds: &coding::Budget) -> bool {
    if body.len() >= LONG || chain.is_identity() {
        return body.len() >= LONG;
    }
    let mut decoder = Decoder::new(chain, bounds);
    let (mut out, mut rest) = (Vec::new(), body);
    while out.len() < LONG {
        match decoder.step(&mut rest, &mut out) {
            Ok(Progress::More) => {}
            Ok(Progress::Hungry) | Err(_) => return false,
        }
    }
    true
}

/// Takes all codings off a body, and the memory for what comes out.
pub fn whole(
    chain: &Chain,
    body: &[u8],
    bounds: &coding::Budget,
    memory: &Budget,
) -> Result<(Bytes, Held), UnpackError> {
    let mut held = memory.hold(0)?;
    let mut decoder = Decoder::new(chain, bounds);
    let (mut out, mut rest) = (Vec::new(), body);
    while decoder.step(&mut rest, &mut out)? == Progress::More {
        if out.capacity() > held.bytes() {
            held.resize(out.capacity())?;
        }
    }
    decoder.finish()?;
    out.shrink_to_fit();
    held.resize(out.len())?;
    Ok((Bytes::from(out), held))
}

/// The memory of a body that streams.
#[derive(Debug)]
pub struct Memory {
    budget: Budget,
    held: Option<Held>,
}

impl Memory {
    /// Counts against this budget.
    pub fn of(budget: &Budget) -> Self {
        Self { budget: budget.clone(), held: None }
    }

    /// Counts so many bytes from now on; a few are free.
    pub fn count(&mut self, bytes: usize) -> Result<(), BodyError> {
        match &mut self.held {
            None if bytes <= FREE => Ok(()),
            None => self.budget.hold(bytes).map(|held| self.held = Some(held)),
            Some(held) => held.resize(bytes),
        }
    }

    /// Hands bytes out. Of what counts `tail` stays; the rest counts until they are taken.
    pub fn hand_out(&mut self, bytes: Bytes, tail: usize) -> Bytes {
        let Some(mut out) = self.held.take() else { return bytes };
        if tail > FREE {
            self.held = out.split_off(tail.min(out.bytes()));
        }
        if bytes.is_empty() {
            return bytes;
        }
        // What goes out may be longer than what came: never more is asked for than there was.
        let less = out.resize(bytes.len().min(out.bytes()));
        if less.is_ok() { out.with(bytes) } else { bytes }
    }
}

/// A coded body that streams.
#[derive(Debug)]
pub struct Unpacker {
    chain: Chain,
    /// None behind the end.
    decoder: Option<Decoder>,
    /// What has come and was not taken yet.
    coded: Bytes,
    /// Nothing comes behind it.
    last: bool,
    /// What it may still expand to.
    room: usize,
    more: bool,
}

impl Unpacker {
    /// Starts a body; none when it has no coding.
    pub fn new(chain: &Chain) -> Option<Self> {
        let decoder = Decoder::new(chain, &coding::Budget::new(u64::MAX));
        let coded = Bytes::new();
        let (chain, decoder) = (chain.clone(), Some(decoder));
        let unpacker = Self { chain, decoder, coded, last: false, room: 0, more: false };
        (!unpacker.chain.is_identity()).then_some(unpacker)
    }

    /// Returns the codings that it takes off.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Takes the next piece in, unless there is more of the one before.
    pub fn feed(&mut self, piece: Bytes, last: bool) {
        if !self.more {
            self.room = piece.len().saturating_mul(EXPANSION).saturating_add(SLACK);
            (self.coded, self.last) = (piece, last);
        }
    }

    /// Gives what comes out, with `tail` bytes being held already, and whether it is the last of the
    /// body. The first of a body comes out whole or not at all; later, when there is no memory, a part
    /// of it, and [`Unpacker::has_more`] says so.
    pub fn next(
        &mut self,
        first: bool,
        tail: usize,
        memory: &mut Memory,
    ) -> Result<(Bytes, bool), UnpackError> {
        let Some(mut decoder) = self.decoder.take() else { return Ok((Bytes::new(), true)) };
        let (mut out, mut rest) = (Vec::new(), self.coded.as_ref());
        self.more = false;
        while decoder.step(&mut rest, &mut out)? == Progress::More {
            if out.len() > self.room {
                let reason = coding::Reason::ExpandsTooMuch;
                return Err(UnpackError::Coding(coding::Refusal { reason, coding: None }));
            }
            let counted = memory.count(tail.saturating_add(out.capacity()));
            if first {
                counted?;
            } else if counted.is_err() || out.len() >= AT_ONCE {
                self.more = true;
                break;
            }
        }
        let taken = self.coded.len() - rest.len();
        self.coded.advance(taken);
        self.room -= out.len().min(self.room);
        let last = self.last && !self.more;
        if last {
            decoder.finish()?;
        } else {
            self.decoder = Some(decoder);
        }
        Ok((Bytes::from(out), last))
    }

    /// Whether more comes out without another piece.
    pub fn has_more(&self) -> bool {
        self.more
    }
}
