//! `zstd`: Zstandard, RFC 8878.
//!
//! Frames follow each other, as section 3 says, skippable ones between them. We read the header of
//! each frame ourselves first, so that what it asks for is refused before the codec allocates it.

use std::fmt;

use zstd::stream::raw;
use zstd::stream::raw::DParameter;
use zstd::stream::raw::InBuffer;
use zstd::stream::raw::Operation;
use zstd::stream::raw::OutBuffer;

use crate::coding::Reason;
use crate::coding::budget::MEMBERS;
use crate::coding::encoder::Op;
use crate::coding::inflate::Step;

/// Cheap: a generated page came to 13 % of its size, where gzip's level 1 makes 23 %.
const LEVEL: i32 = 1;
/// The window that decoders of HTTP must have, and encoders may use: RFC 9659, section 3.
const WINDOW: u64 = 8 * 1024 * 1024;
const WINDOW_LOG: u32 = 23;

const FRAME: u32 = 0xfd2f_b528;
/// The low four bits are free: RFC 8878, section 3.1.2.
const SKIPPABLE: u32 = 0x184d_2a50;

/// Decodes one frame after the other.
#[derive(Default)]
pub(super) struct Decode {
    codec: Option<raw::Decoder<'static>>,
    part: Part,
    header: Vec<u8>,
    frames: u32,
}

/// Where the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Part {
    /// In a frame header, or before one.
    #[default]
    Header,
    /// In the blocks of a frame.
    Blocks,
    /// In a skippable frame; how many bytes are left.
    Skip(u32),
}

/// What a frame header asks for.
enum Announced {
    /// More of its bytes.
    Need,
    /// A frame that we can read.
    Frame,
    /// A frame of no content; how many bytes.
    Skip(u32),
}

impl fmt::Debug for Decode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Decode").field("part", &self.part).finish_non_exhaustive()
    }
}

impl Decode {
    pub(super) fn run(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Reason> {
        let mut step = Step::default();
        loop {
            let rest = input.get(step.taken..).unwrap_or_default();
            match self.part {
                Part::Header if rest.is_empty() => return Ok(step),
                Part::Header => step.taken += self.read_header(rest)?,
                Part::Skip(0) => self.next_frame()?,
                Part::Skip(_) if rest.is_empty() => return Ok(step),
                Part::Skip(left) => {
                    let skipped = rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    step.taken += skipped;
                    self.part =
                        Part::Skip(left.saturating_sub(u32::try_from(skipped).unwrap_or(0)));
                }
                Part::Blocks => {
                    let room = out.get_mut(step.given..).unwrap_or_default();
                    if rest.is_empty() && room.is_empty() {
                        return Ok(step);
                    }
                    let (blocks, left) = self.feed(rest, room)?;
                    step.taken += blocks.taken;
                    step.given += blocks.given;
                    if left == 0 {
                        self.next_frame()?;
                    } else if blocks.taken == rest.len() || step.given == out.len() {
                        return Ok(step);
                    }
                }
            }
        }
    }

    pub(super) fn ended(&self) -> bool {
        self.part == Part::Header && self.header.is_empty() && self.frames > 0
    }

    fn next_frame(&mut self) -> Result<(), Reason> {
        self.frames += 1;
        self.part = Part::Header;
        if self.frames > MEMBERS { Err(Reason::TooManyMembers) } else { Ok(()) }
    }

    /// Reads header bytes; with the last one, begins the frame.
    fn read_header(&mut self, input: &[u8]) -> Result<usize, Reason> {
        let mut taken = 0;
        for byte in input {
            self.header.push(*byte);
            taken += 1;
            match announced(&self.header).map_err(|reason| self.behind(reason))? {
                Announced::Need => {}
                Announced::Skip(length) => {
                    self.header.clear();
                    self.part = Part::Skip(length);
                    return Ok(taken);
                }
                Announced::Frame => {
                    let header = std::mem::take(&mut self.header);
                    let (step, _left) = self.feed(&header, &mut [])?;
                    if step.taken < header.len() {
                        return Err(Reason::Corrupt);
                    }
                    self.header = header;
                    self.header.clear();
                    self.part = Part::Blocks;
                    return Ok(taken);
                }
            }
        }
        Ok(taken)
    }

    /// What is no frame behind a frame is something else than a broken frame.
    fn behind(&self, reason: Reason) -> Reason {
        if self.frames > 0 && self.header.len() <= 4 { Reason::TrailingData } else { reason }
    }

    /// Lets the codec work; 0 left means that the frame is complete.
    fn feed(&mut self, input: &[u8], out: &mut [u8]) -> Result<(Step, usize), Reason> {
        let codec = match &mut self.codec {
            Some(codec) => codec,
            None => self.codec.insert(open()?),
        };
        let mut source = InBuffer::around(input);
        let mut target = OutBuffer::around(out);
        let left = codec.run(&mut source, &mut target).map_err(|_error| Reason::Corrupt)?;
        Ok((Step { taken: source.pos(), given: target.pos() }, left))
    }
}

fn open() -> Result<raw::Decoder<'static>, Reason> {
    let mut codec = raw::Decoder::new().map_err(|_error| Reason::NoMemory)?;
    let window = DParameter::WindowLogMax(WINDOW_LOG);
    codec.set_parameter(window).map_err(|_error| Reason::NoMemory)?;
    Ok(codec)
}

/// Reads a frame header as far as it is there: RFC 8878, sections 3.1.1.1 and 3.1.2.
fn announced(header: &[u8]) -> Result<Announced, Reason> {
    let Some((magic, rest)) = header.split_first_chunk::<4>() else {
        let frame = FRAME.to_le_bytes().starts_with(header);
        let skippable = match header.split_first() {
            Some((first, more)) => first & 0xf0 == 0x50 && [0x2a, 0x4d, 0x18].starts_with(more),
            None => true,
        };
        return if frame || skippable { Ok(Announced::Need) } else { Err(Reason::Corrupt) };
    };
    let magic = u32::from_le_bytes(*magic);
    if magic & !0xf == SKIPPABLE {
        let length = rest.first_chunk::<4>();
        return Ok(
            length.map_or(Announced::Need, |length| Announced::Skip(u32::from_le_bytes(*length)))
        );
    }
    if magic != FRAME {
        return Err(Reason::Corrupt);
    }
    let Some((&descriptor, rest)) = rest.split_first() else { return Ok(Announced::Need) };
    if descriptor & 0x08 != 0 {
        return Err(Reason::Corrupt); // the reserved bit: section 3.1.1.1.1.4
    }
    let single = descriptor & 0x20 != 0;
    let window = usize::from(!single);
    let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 3)).copied().unwrap_or(0);
    let content = [usize::from(single), 2, 4, 8];
    let content = content.get(usize::from(descriptor >> 6)).copied().unwrap_or(0);
    if rest.len() < window + dictionary + content {
        return Ok(Announced::Need);
    }
    let (window, rest) = rest.split_at_checked(window).unwrap_or_default();
    let (dictionary, rest) = rest.split_at_checked(dictionary).unwrap_or_default();
    if little(dictionary) != 0 {
        return Err(Reason::Dictionary);
    }
    let size = match window.first() {
        Some(&byte) => window_size(byte),
        None => little(rest) + if rest.len() == 2 { 256 } else { 0 },
    };
    if size > WINDOW { Err(Reason::WindowTooLarge) } else { Ok(Announced::Frame) }
}

/// RFC 8878, section 3.1.1.1.2.
fn window_size(descriptor: u8) -> u64 {
    let base = 1_u64 << (10 + u32::from(descriptor >> 3));
    base + base / 8 * u64::from(descriptor & 7)
}

fn little(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Encodes a body as one frame.
pub(super) struct Encode(raw::Encoder<'static>);

impl fmt::Debug for Encode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Encode")
    }
}

impl Encode {
    /// Starts a frame. A length that is known makes the tables small for a small body.
    pub(super) fn new(length: Option<u64>) -> Result<Self, Reason> {
        let codec = raw::Encoder::new(LEVEL).and_then(|mut codec| {
            codec.set_pledged_src_size(length)?;
            Ok(codec)
        });
        codec.map(Self).map_err(|_error| Reason::NoMemory)
    }

    pub(super) fn run(&mut self, input: &[u8], op: Op, out: &mut Vec<u8>) -> Result<(), Reason> {
        let mut source = InBuffer::around(input);
        loop {
            out.reserve(64 + (input.len() - source.pos()) / 4);
            let at = out.len();
            let mut target = OutBuffer::around_pos(out, at);
            let left = if source.pos() < input.len() {
                self.0.run(&mut source, &mut target).map(|_hint| 1)
            } else {
                match op {
                    Op::Process => Ok(0),
                    Op::Flush => self.0.flush(&mut target),
                    Op::Finish => self.0.finish(&mut target, true),
                }
            };
            if left.map_err(|_error| Reason::NoMemory)? == 0 {
                return Ok(());
            }
        }
    }
}
