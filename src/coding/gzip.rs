//! `gzip`: the file format of RFC 1952.
//!
//! All members are read, as section 2.2 says, and their checksums and lengths compared. Behind
//! the last there may be nothing, zeros neither. Names and comments of members are passed over.

use flate2::Crc;

use crate::coding::Reason;
use crate::coding::budget::MEMBERS;
use crate::coding::deflate;
use crate::coding::encoder::Op;
use crate::coding::inflate::Frame;
use crate::coding::inflate::Inflate;
use crate::coding::inflate::Step;

const HEADER_CRC: u8 = 0x02;
const EXTRA: u8 = 0x04;
const NAME: u8 = 0x08;
const COMMENT: u8 = 0x10;
/// Bits that must be zero, and an error if not: RFC 1952, section 2.3.1.2.
const RESERVED: u8 = 0xe0;

/// Decodes one member after the other.
#[derive(Debug)]
pub(super) struct Decode {
    part: Part,
    flags: u8,
    header: Crc,
    data: Inflate,
    sum: Crc,
    members: u32,
}

/// Where in a member the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The ten bytes that are always there; how many were read.
    Fixed(u8),
    /// Length of the extra field; the bytes read so far and how many.
    ExtraLength(u16, u8),
    /// The extra field; how many bytes are left.
    Extra(u16),
    /// A name, ended by zero.
    Name,
    /// A comment, ended by zero.
    Comment,
    /// Checksum of the header; the bytes read so far and how many.
    HeaderCrc(u16, u8),
    /// The DEFLATE data, RFC 1951.
    Data,
    /// Checksum and length; the bytes read so far and how many.
    Trailer(u64, u8),
}

impl Default for Decode {
    fn default() -> Self {
        Self {
            part: Part::Fixed(0),
            flags: 0,
            header: Crc::new(),
            data: Inflate::new(Frame::Bare),
            sum: Crc::new(),
            members: 0,
        }
    }
}

impl Decode {
    pub(super) fn run(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Reason> {
        let mut step = Step::default();
        loop {
            let rest = input.get(step.taken..).unwrap_or_default();
            if self.part == Part::Data {
                let room = out.get_mut(step.given..).unwrap_or_default();
                let data = self.data.run(rest, room)?;
                self.sum.update(room.get(..data.given).unwrap_or_default());
                step.taken += data.taken;
                step.given += data.given;
                if !self.data.done() {
                    return Ok(step);
                }
                self.part = Part::Trailer(0, 0);
            } else if rest.is_empty() {
                return Ok(step);
            } else if matches!(self.part, Part::Trailer(..)) {
                step.taken += self.trailer(rest)?;
            } else {
                step.taken += self.header(rest)?;
            }
        }
    }

    pub(super) fn ended(&self) -> bool {
        self.part == Part::Fixed(0) && self.members > 0
    }

    /// Reads header bytes up to the data, and keeps their checksum.
    fn header(&mut self, input: &[u8]) -> Result<usize, Reason> {
        let (mut taken, mut summed) = (0, 0);
        for &byte in input {
            if !matches!(self.part, Part::HeaderCrc(..)) {
                summed = taken + 1;
            } else if matches!(self.part, Part::HeaderCrc(_, 0)) {
                self.header.update(input.get(..summed).unwrap_or_default());
                summed = 0;
            }
            taken += 1;
            self.part = self.head(byte)?;
            if self.part == Part::Data {
                self.data.restart();
                self.sum.reset();
                self.header.reset();
                return Ok(taken);
            }
        }
        self.header.update(input.get(..summed).unwrap_or_default());
        Ok(taken)
    }

    /// Reads one byte of a header: RFC 1952, section 2.3.
    fn head(&mut self, byte: u8) -> Result<Part, Reason> {
        Ok(match self.part {
            Part::Fixed(9) => self.after(Part::Fixed(9)),
            Part::Fixed(at) => {
                let fits = match at {
                    0 => byte == 0x1f,
                    1 => byte == 0x8b,
                    2 => byte == 8,
                    3 => byte & RESERVED == 0,
                    _ => true,
                };
                if !fits {
                    let behind = self.members > 0 && at < 2;
                    return Err(if behind { Reason::TrailingData } else { Reason::Corrupt });
                }
                if at == 3 {
                    self.flags = byte;
                }
                Part::Fixed(at + 1)
            }
            Part::ExtraLength(_, 0) => Part::ExtraLength(u16::from(byte), 1),
            Part::ExtraLength(low, _) => match low | u16::from(byte) << 8 {
                0 => self.after(Part::Extra(0)),
                length => Part::Extra(length),
            },
            Part::Extra(left) if left > 1 => Part::Extra(left - 1),
            Part::Extra(_) => self.after(Part::Extra(0)),
            Part::Name | Part::Comment if byte != 0 => self.part,
            Part::Name | Part::Comment => self.after(self.part),
            Part::HeaderCrc(_, 0) => Part::HeaderCrc(u16::from(byte), 1),
            Part::HeaderCrc(low, _) => {
                let named = u32::from(low | u16::from(byte) << 8);
                if self.header.sum() & 0xffff != named {
                    return Err(Reason::Corrupt);
                }
                Part::Data
            }
            Part::Data | Part::Trailer(..) => self.part,
        })
    }

    /// Gives the next optional part that the flags announce, or the data.
    fn after(&self, part: Part) -> Part {
        let order = [
            (EXTRA, Part::ExtraLength(0, 0)),
            (NAME, Part::Name),
            (COMMENT, Part::Comment),
            (HEADER_CRC, Part::HeaderCrc(0, 0)),
        ];
        let passed = match part {
            Part::Fixed(_) | Part::ExtraLength(..) => 0,
            Part::Extra(_) => 1,
            Part::Name => 2,
            Part::Comment => 3,
            Part::HeaderCrc(..) | Part::Data | Part::Trailer(..) => order.len(),
        };
        let next = order.into_iter().skip(passed).find(|(flag, _)| self.flags & flag != 0);
        next.map_or(Part::Data, |(_, part)| part)
    }

    /// Reads trailer bytes, and compares them at the last: RFC 1952, section 2.3.1.
    fn trailer(&mut self, input: &[u8]) -> Result<usize, Reason> {
        let mut taken = 0;
        for &byte in input {
            let Part::Trailer(read, at) = self.part else { break };
            let read = read | u64::from(byte) << (8 * u32::from(at));
            taken += 1;
            if at < 7 {
                self.part = Part::Trailer(read, at + 1);
                continue;
            }
            if read != u64::from(self.sum.amount()) << 32 | u64::from(self.sum.sum()) {
                return Err(Reason::Corrupt);
            }
            self.members += 1;
            self.part = Part::Fixed(0);
            if self.members > MEMBERS {
                return Err(Reason::TooManyMembers);
            }
        }
        Ok(taken)
    }
}

/// Writes one member, without name and time, so that equal bodies give equal bytes.
#[derive(Debug)]
pub(super) struct Encode {
    begun: bool,
    data: deflate::Encode,
    sum: Crc,
}

impl Encode {
    pub(super) fn new() -> Self {
        Self { begun: false, data: deflate::Encode::new(Frame::Bare), sum: Crc::new() }
    }

    pub(super) fn run(&mut self, input: &[u8], op: Op, out: &mut Vec<u8>) -> Result<(), Reason> {
        if !self.begun {
            // Fastest algorithm (4), unknown system (255): RFC 1952, section 2.3.1.
            out.extend_from_slice(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
            self.begun = true;
        }
        self.sum.update(input);
        self.data.run(input, op, out)?;
        if op == Op::Finish {
            out.extend_from_slice(&self.sum.sum().to_le_bytes());
            out.extend_from_slice(&self.sum.amount().to_le_bytes());
        }
        Ok(())
    }
}
