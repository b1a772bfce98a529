//! The scanner: from bytes to events, one pass, one stack, no recursion.

use crate::base::Span;
use crate::document::Bounds;
use crate::document::Codec;
use crate::document::KeyMatch;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::codec;
use crate::document::json::keys::Keys;
use crate::document::json::keys::Open;
use crate::document::json::number;
use crate::document::json::string;
use crate::document::names::Naming;
use crate::document::names::Seed;
use crate::document::visitor::Leaf;
use crate::document::visitor::Scalar;
use crate::document::visitor::Shape;
use crate::document::visitor::Visitor;
use crate::document::visitor::span;

/// Reads a whole document and emits its events.
pub(in crate::document) fn scan<S: Visitor>(
    source: &[u8],
    naming: Naming,
    bounds: &Bounds,
    visitor: &mut S,
) -> Result<(), Refusal> {
    if source.is_empty() {
        return Err(Refusal::new(Reason::Empty, 0));
    }
    if u32::try_from(source.len()).is_err() {
        return Err(Refusal::new(Reason::TooLarge, usize::MAX));
    }
    let marks: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe"];
    if marks.iter().any(|mark| source.starts_with(mark)) {
        return Err(Refusal::new(Reason::ByteOrderMark, 0));
    }
    let scanner = Scanner {
        text: codec::utf8(source)?,
        bytes: source,
        at: 0,
        frames: Vec::with_capacity(bounds.depth.min(32)),
        keys: Keys::default(),
        decoded: String::new(),
        folded: String::new(),
        key_match: naming.key_match,
        seed: naming.seed,
        bounds,
        visitor,
    };
    scanner.run()
}

/// An open container.
enum Frame {
    /// An object, and its names so far.
    Object(Open),
    /// An array, and the position of the element being read.
    Array(u32),
}

struct Scanner<'a, S> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    frames: Vec<Frame>,
    keys: Keys,
    decoded: String,
    folded: String,
    key_match: KeyMatch,
    seed: Seed,
    bounds: &'a Bounds,
    visitor: &'a mut S,
}

impl<S: Visitor> Scanner<'_, S> {
    fn run(mut self) -> Result<(), Refusal> {
        self.blank();
        loop {
            let opened = self.value()?;
            if opened && self.first_child()? {
                continue;
            }
            loop {
                self.blank();
                if self.frames.is_empty() {
                    return self.end();
                }
                if self.next_child()? {
                    break;
                }
            }
        }
    }

    /// Passes the four characters of insignificant white space (RFC 8259, section 2).
    #[inline]
    fn blank(&mut self) {
        let mut at = self.at;
        while let Some(&byte) = self.bytes.get(at)
            && byte <= b' '
            && matches!(byte, b' ' | b'\n' | b'\t' | b'\r')
        {
            at += 1;
        }
        self.at = at;
    }

    /// Reads a scalar, or the bracket that opens a container; answers whether it opened one.
    #[inline]
    fn value(&mut self) -> Result<bool, Refusal> {
        match self.bytes.get(self.at) {
            Some(b'"') => {
                let start = self.at;
                self.at = string::scan(self.bytes, start + 1)?.end + 1;
                self.leaf(start, Scalar::Text)?;
            }
            Some(b'{') => {
                let open = self.keys.open();
                self.open(Frame::Object(open), Shape::Object)?;
                return Ok(true);
            }
            Some(b'[') => {
                self.open(Frame::Array(0), Shape::Array)?;
                return Ok(true);
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word(b"true", Scalar::True)?,
            Some(b'f') => self.word(b"false", Scalar::False)?,
            Some(b'n') => self.word(b"null", Scalar::Null)?,
            Some(_) => return Err(Refusal::new(Reason::UnexpectedByte, self.at)),
            None => return Err(Refusal::new(Reason::UnexpectedEnd, self.at)),
        }
        Ok(false)
    }

    fn open(&mut self, frame: Frame, shape: Shape) -> Result<(), Refusal> {
        if self.frames.len() >= self.bounds.depth {
            return Err(Refusal::new(Reason::TooDeep, self.at));
        }
        self.frames.push(frame);
        self.visitor.enter(shape, offset(self.at))?;
        self.at += 1;
        Ok(())
    }

    /// Stands behind an opening bracket: goes to the first child, or closes the empty container.
    fn first_child(&mut self) -> Result<bool, Refusal> {
        self.blank();
        match (self.frames.last(), self.bytes.get(self.at)) {
            (Some(Frame::Object(_)), Some(b'}')) | (Some(Frame::Array(_)), Some(b']')) => {
                self.close();
                Ok(false)
            }
            (Some(Frame::Object(_)), _) => self.member().map(|()| true),
            (Some(Frame::Array(_)), _) => {
                self.visitor.index(0);
                Ok(true)
            }
            (None, _) => Ok(false),
        }
    }

    /// Stands behind a value: goes to the next one, or closes the container.
    #[inline]
    fn next_child(&mut self) -> Result<bool, Refusal> {
        let next = self.bytes.get(self.at);
        match (self.frames.last_mut(), next) {
            (Some(Frame::Object(_)), Some(b',')) => {
                self.at += 1;
                self.blank();
                self.member().map(|()| true)
            }
            (Some(Frame::Array(position)), Some(b',')) => {
                *position = position.saturating_add(1);
                self.visitor.index(*position);
                self.at += 1;
                self.blank();
                Ok(true)
            }
            (Some(Frame::Object(_)), Some(b'}')) | (Some(Frame::Array(_)), Some(b']')) => {
                self.close();
                Ok(false)
            }
            (_, Some(_)) => Err(Refusal::new(Reason::UnexpectedByte, self.at)),
            (_, None) => Err(Refusal::new(Reason::UnexpectedEnd, self.at)),
        }
    }

    fn close(&mut self) {
        self.at += 1;
        if let Some(Frame::Object(open)) = self.frames.pop() {
            self.keys.close(open);
        }
        self.visitor.up(offset(self.at));
    }

    /// Reads a name and the colon behind it.
    #[inline]
    fn member(&mut self) -> Result<(), Refusal> {
        match self.bytes.get(self.at) {
            Some(b'"') => {}
            Some(_) => return Err(Refusal::new(Reason::UnexpectedByte, self.at)),
            None => return Err(Refusal::new(Reason::UnexpectedEnd, self.at)),
        }
        let start = self.at + 1;
        let token = string::scan(self.bytes, start)?;
        self.at = token.end + 1;
        self.name(start, token)?;
        self.blank();
        match self.bytes.get(self.at) {
            Some(b':') => self.at += 1,
            Some(_) => return Err(Refusal::new(Reason::UnexpectedByte, self.at)),
            None => return Err(Refusal::new(Reason::UnexpectedEnd, self.at)),
        }
        self.blank();
        Ok(())
    }

    /// Tells the visitor a name; refuses one that the object has already.
    #[inline]
    fn name(&mut self, start: usize, token: string::Token) -> Result<(), Refusal> {
        let mut text = self.text.get(start..token.end).unwrap_or_default();
        if token.escaped {
            self.decoded.clear();
            string::unescape(text.as_bytes(), &mut self.decoded)?;
            if self.decoded.contains('\0') {
                return Err(Refusal::new(Reason::NulInKey, start));
            }
            text = &self.decoded;
        }
        let name = self.seed.name(self.key_match.normal(text, &mut self.folded));
        let (all, way) = (self.text, self.key_match);
        let span = span(start, token.end);
        let Some(Frame::Object(open)) = self.frames.last_mut() else { return Ok(()) };
        if !self.keys.enter(open, name.hash, span, |other| equals(all, way, other, name.text)) {
            return Err(Refusal::new(Reason::DuplicateKey, start));
        }
        self.visitor.key(name);
        Ok(())
    }

    fn number(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        let (end, digits) = number::scan(self.bytes, start)?;
        if digits > self.bounds.number_digits {
            return Err(Refusal::new(Reason::NumberTooLong, start));
        }
        self.at = end;
        self.leaf(start, Scalar::Number)
    }

    fn word(&mut self, word: &[u8], scalar: Scalar) -> Result<(), Refusal> {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        if !rest.starts_with(word) {
            let good = rest.iter().zip(word).take_while(|(left, right)| left == right).count();
            let cut = good == rest.len();
            let reason = if cut { Reason::UnexpectedEnd } else { Reason::UnexpectedByte };
            return Err(Refusal::new(reason, start + good));
        }
        self.at = start + word.len();
        self.leaf(start, scalar)
    }

    #[inline]
    fn leaf(&mut self, start: usize, scalar: Scalar) -> Result<(), Refusal> {
        self.visitor.leaf(Leaf { span: span(start, self.at), codec: Codec::Json, scalar })
    }

    fn end(&self) -> Result<(), Refusal> {
        if self.at == self.bytes.len() {
            return Ok(());
        }
        Err(Refusal::new(Reason::TrailingData, self.at))
    }
}

/// Whether the name written at a place has this normal form.
#[cold]
fn equals(text: &str, key_match: KeyMatch, span: Span, normal: &str) -> bool {
    let (mut decoded, mut folded) = (String::new(), String::new());
    string::unescape(span.of(text.as_bytes()), &mut decoded).is_ok()
        && key_match.normal(&decoded, &mut folded) == normal
}

/// An offset in a source that is known to be shorter than 4 GiB.
#[inline]
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
