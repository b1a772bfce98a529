//! One piece of a stream as a source of parts.

use bytes::Bytes;
use http::HeaderMap;
use http::HeaderValue;
use http::header;
use http::response;

use crate::engine::Cleared;
use crate::engine::ToClient;
use crate::engine::error::Error;
use crate::engine::intent::Intent;
use crate::engine::leg::Leg;
use crate::engine::leg::Treatment;
use crate::engine::observe::Observer;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::read::Slot;
use crate::engine::read::head;
use crate::engine::source::Source;
use crate::engine::source::Treated;
use crate::engine::source::response::put_head;
use crate::engine::source::response::remember;
use crate::engine::source::response::say_unrevealed;
use crate::engine::source::stream::Piece;
use crate::engine::source::stream::StreamReveal;
use crate::net::changed;
use crate::net::take_off;

/// One piece of a stream, the first with the head.
pub(in crate::engine) struct StreamSource<'s> {
    stream: &'s mut StreamReveal,
    head: Option<response::Parts>,
    piece: Piece,
    behind: Bytes,
    reasons: Vec<&'static str>,
    is_unread: bool,
}

impl<'s> StreamSource<'s> {
    pub(in crate::engine) fn new(
        stream: &'s mut StreamReveal,
        head: Option<response::Parts>,
        piece: Piece,
    ) -> Self {
        let (behind, reasons) = (Bytes::new(), Vec::new());
        Self { stream, head, piece, behind, reasons, is_unread: false }
    }
}

impl<'a> Source<'a> for StreamSource<'_> {
    type Message = (Option<Cleared<ToClient, response::Parts>>, Treated<ToClient, Bytes>);

    fn read(&mut self, leg: &Leg<'a>) -> Result<Vec<Part<'a>>, Error> {
        if leg.treatment == Treatment::Protect {
            // Begun for another exchange.
            return Err(Error::NotCollected);
        }
        let is_first = self.head.is_some();
        let mut parts = match &self.head {
            Some(head) => head::of_response(leg, &head.headers),
            None => Vec::new(),
        };
        let came = self.piece.clone();
        match self.stream.unpack(&mut self.piece, is_first) {
            Ok(()) => {}
            Err(error @ (Error::ContentCoding(_) | Error::Busy | Error::ShareExhausted))
                if is_first =>
            {
                self.stream.leave(&error);
                self.piece = came;
            }
            Err(error) => return Err(error),
        }
        let read = self.stream.read(leg, &self.piece)?;
        (self.behind, self.reasons, self.is_unread) = (read.behind, read.reasons, read.is_unread);
        parts.push(read.part);
        Ok(parts)
    }

    fn is_whole(&self) -> bool {
        false
    }

    fn has_begun(&self) -> bool {
        self.head.is_none()
    }

    fn write(
        mut self,
        leg: &Leg<'a>,
        parts: Vec<Part<'a>>,
        intent: Option<Intent>,
        observer: &mut dyn Observer,
    ) -> Result<Self::Message, Error> {
        for reason in &self.reasons {
            observer.kept(leg, reason);
        }
        let mut kept = self.reasons.first().copied();
        let (mut out, mut is_changed) = (Bytes::new(), false);
        for part in &parts {
            if let PartOutcome::Kept(why) = &part.outcome {
                kept = kept.or(Some(why.reason));
            }
            if part.slot == Slot::Body {
                out = part.bytes.clone().unwrap_or_default();
                is_changed = part.is_changed;
            }
        }
        let out = match (out.is_empty(), self.behind.is_empty()) {
            (_, true) => out,
            (true, false) => self.behind,
            (false, false) => Bytes::from([&out[..], &self.behind].concat()),
        };
        remember(leg, std::iter::once(out.as_ref()));
        let tail = self.stream.tail();
        let bytes = self.stream.memory.hand_out(out, tail);
        let has_ended = self.piece.last && !self.stream.has_more();
        if let Some(head) = &mut self.head {
            put_head(&parts, head)?;
            remember(leg, head.headers.values().map(HeaderValue::as_bytes));
            let headers = &mut head.headers;
            if let Some(reason) = kept {
                say_unrevealed(headers, reason);
            }
            let is_coded = headers.contains_key(header::CONTENT_ENCODING);
            // What ended with its first piece is as it came when nothing was shown and no coding was
            // taken off.
            let is_new = !self.is_unread && (!has_ended || is_coded || is_changed);
            if is_new {
                let length = has_ended.then_some(bytes.len());
                describe(headers, length, self.stream.declared.as_deref());
            }
            if is_new || intent.is_some() {
                changed::keep_private(headers, &leg.engine.credentials);
            }
        }
        let piece = Treated { message: Cleared::by_engine(bytes), intent };
        Ok((self.head.map(Cleared::by_engine), piece))
    }
}

/// Lengths, validators and codings of the bytes that the application sent are not those of the answer.
fn describe(headers: &mut HeaderMap, length: Option<usize>, declared: Option<&str>) {
    take_off(headers, &[header::CONTENT_ENCODING]);
    changed::body(headers, length);
    changed::no_guessing(headers);
    if let Some(label) = declared {
        changed::declare_charset(headers, label);
    }
}
