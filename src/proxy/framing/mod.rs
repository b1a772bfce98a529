//! Where a request begins and ends: the raw bytes, before hyper sees them.
//!
//! Two programs that disagree on that read different requests from the same bytes; that is request
//! smuggling. hyper is one careful program, but it repairs some things in silence (of two framings it
//! drops one, of two lengths it keeps one, a bare line feed ends a line), and the service behind it
//! cannot tell any more. So every byte of a client passes this scanner first, and a message that
//! another program could read in another way is refused: [RFC 9112], read strictly.
//!
//! A pure state machine: bytes in, how many of them may go on out. A line that is not complete is
//! withheld and shown again with more behind it, so hyper is never shown part of a head that is
//! refused later.
//!
//! # Invariants
//!
//! - How the bytes are cut into pieces changes nothing (`framing::tests`, a property).
//! - What passes is one message after the other in the strict grammar; what follows a fault never
//!   passes (`tests/it/proxy/framing.rs`).

mod fault;
mod head;
mod line;
mod chunks;
#[cfg(any(test, fuzzing))]
mod pieces;
#[cfg(test)]
mod tests;

pub use fault::Fault;
#[cfg(fuzzing)]
pub use pieces::passes;

use crate::base::Limits;
use crate::net::FieldNames;
use crate::proxy::framing::chunks::chunk_size;
use crate::proxy::framing::chunks::trailer;
use crate::proxy::framing::head::Head;
use crate::proxy::framing::line::next_line;

/// The longest line with a chunk size, its extensions included.
const CHUNK_LINE: usize = 1024;

/// What stops the scanner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// A head that is refused; nothing of it passed.
    Head(Fault),
    /// A body that breaks; what came before the fault passed.
    Body(Fault),
    /// A head that asks for another protocol passed. What follows is HTTP or not: the answer tells.
    Upgrade,
}

/// What the scanner says of the bytes it was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scan {
    /// So many of them may go on. The others are shown again, unless it stopped on a fault.
    pub(super) pass: usize,
    /// Why no more may; none when it only needs more bytes.
    pub(super) stop: Option<Stop>,
}

/// The most that a head may have: bytes of its target and of its header section, and fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) target_bytes: usize,
    pub(super) header_bytes: usize,
    pub(super) header_fields: usize,
}

impl From<&Limits> for Bounds {
    fn from(limits: &Limits) -> Self {
        Self {
            target_bytes: limits.target_bytes,
            header_bytes: limits.header_bytes,
            header_fields: limits.header_fields,
        }
    }
}

#[derive(Debug)]
enum State {
    Head(Box<Head>),
    Length(u64),
    ChunkSize,
    ChunkData(u64),
    ChunkEnd,
    Trailers { bytes: usize, fields: usize },
    Held,
    Tunnel,
}

/// Follows one client's connection from message to message.
#[derive(Debug)]
pub(super) struct Scanner {
    bounds: Bounds,
    state: State,
    heads: u64,
    /// Of the heads, as far as they have been read, since they were last taken.
    names: FieldNames,
}

/// What one step did.
enum Step {
    /// It went on to this offset.
    To(usize),
    /// It needs more bytes; those before this offset may pass.
    More(usize),
    Stop(usize, Stop),
}

impl Scanner {
    pub(super) fn new(bounds: Bounds) -> Self {
        let state = State::Head(Box::default());
        Self { bounds, state, heads: 0, names: FieldNames::default() }
    }

    /// Heads that have passed.
    pub(super) fn heads(&self) -> u64 {
        self.heads
    }

    /// The names of the fields that were read since they were last taken.
    pub(super) fn names(&mut self) -> &mut FieldNames {
        &mut self.names
    }

    /// Whether the next byte begins a message, or belongs to a head.
    pub(super) fn is_between_messages(&self) -> bool {
        matches!(self.state, State::Head(_))
    }

    /// After [`Stop::Upgrade`]: it stays HTTP.
    pub(super) fn stay(&mut self) {
        self.state = State::Head(Box::default());
    }

    /// After [`Stop::Upgrade`]: it is another protocol from here on.
    pub(super) fn tunnel(&mut self) {
        self.state = State::Tunnel;
    }

    /// Looks at the bytes withheld so far with the new ones behind them.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> Scan {
        let mut at = 0;
        while at < bytes.len() {
            match self.step(bytes, at) {
                Step::To(next) => at = next,
                Step::More(pass) => return Scan { pass, stop: None },
                Step::Stop(pass, stop) => return Scan { pass, stop: Some(stop) },
            }
        }
        Scan { pass: at, stop: None }
    }

    fn step(&mut self, bytes: &[u8], at: usize) -> Step {
        match &mut self.state {
            State::Head(_) => self.head(bytes, at),
            State::Length(left) => {
                let (next, rest) = skip(bytes, at, *left);
                self.state = if rest == 0 { between() } else { State::Length(rest) };
                Step::To(next)
            }
            State::ChunkData(left) => {
                let (next, rest) = skip(bytes, at, *left);
                self.state = if rest == 0 { State::ChunkEnd } else { State::ChunkData(rest) };
                Step::To(next)
            }
            State::ChunkSize | State::ChunkEnd | State::Trailers { .. } => {
                self.body_line(bytes, at).unwrap_or_else(|fault| Step::Stop(at, Stop::Body(fault)))
            }
            State::Held => Step::Stop(at, Stop::Upgrade),
            State::Tunnel => Step::To(bytes.len()),
        }
    }

    fn head(&mut self, bytes: &[u8], at: usize) -> Step {
        let State::Head(head) = &mut self.state else { return Step::More(at) };
        let shown = bytes.get(at..).unwrap_or_default();
        match head.read(shown, self.bounds, &mut self.names) {
            Ok(None) => Step::More(at),
            Err(fault) => Step::Stop(at, Stop::Head(fault)),
            Ok(Some(length)) => {
                self.heads += 1;
                match head.body() {
                    None => **head = Head::default(),
                    Some(State::Held) => {
                        self.state = State::Held;
                        return Step::Stop(at + length, Stop::Upgrade);
                    }
                    Some(body) => self.state = body,
                }
                Step::To(at + length)
            }
        }
    }

    fn body_line(&mut self, bytes: &[u8], at: usize) -> Result<Step, Fault> {
        let shown = bytes.get(at..).unwrap_or_default();
        let (most, too_long) = match self.state {
            State::Trailers { bytes, .. } => {
                (self.bounds.header_bytes.saturating_sub(bytes), Fault::Trailer)
            }
            State::ChunkEnd => (CHUNK_LINE, Fault::ChunkEnd),
            State::ChunkSize
            | State::Head(_)
            | State::Length(_)
            | State::ChunkData(_)
            | State::Held
            | State::Tunnel => (CHUNK_LINE, Fault::ChunkSize),
        };
        let Some((line, length)) = next_line(shown, 0, most, too_long)? else {
            return Ok(Step::More(at));
        };
        self.state = match self.state {
            State::ChunkEnd if line.is_empty() => State::ChunkSize,
            State::ChunkEnd => return Err(Fault::ChunkEnd),
            State::Trailers { .. } if line.is_empty() => between(),
            State::Trailers { bytes, fields } => {
                let (bytes, fields) = (bytes + length, fields + 1);
                if fields > self.bounds.header_fields {
                    return Err(Fault::Trailer);
                }
                trailer(line)?;
                State::Trailers { bytes, fields }
            }
            State::ChunkSize => match chunk_size(line)? {
                0 => State::Trailers { bytes: 0, fields: 0 },
                size => State::ChunkData(size),
            },
            // `step` calls this for the lines of a chunked body only.
            State::Head(_)
            | State::Length(_)
            | State::ChunkData(_)
            | State::Held
            | State::Tunnel => return Err(Fault::ChunkSize),
        };
        Ok(Step::To(at + length))
    }
}

fn between() -> State {
    State::Head(Box::default())
}

/// Goes over at most `left` bytes: where that ends, and how many are still to come.
fn skip(bytes: &[u8], at: usize, left: u64) -> (usize, u64) {
    let there = bytes.len() - at;
    match usize::try_from(left) {
        Ok(left) if left <= there => (at + left, 0),
        _ => (bytes.len(), left.saturating_sub(u64::try_from(there).unwrap_or(u64::MAX))),
    }
}
