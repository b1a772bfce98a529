//! One piece of a stream as a source of parts.

use bytes::Bytes;
use http::HeaderMap;
use http::HeaderValue;
use http::header;
use http::response;

use crate::base::Span;
use crate::document::Field;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::Records;
use crate::document::html;
use crate::document::html::Scanner;
use crate::engine::Cleared;
use crate::engine::ToClient;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::engine::intent::Intent;
use crate::engine::leg::Leg;
use crate::engine::leg::Source;
use crate::engine::leg::Treated;
use crate::engine::leg::Treatment;
use crate::engine::leg::answer::put_head;
use crate::engine::leg::answer::remember;
use crate::engine::leg::answer::say_unrevealed;
use crate::engine::leg::stream::Piece;
use crate::engine::leg::stream::Reader;
use crate::engine::leg::stream::StreamReveal;
use crate::engine::observe::Observer;
use crate::engine::read::Content;
use crate::engine::read::Document;
use crate::engine::read::Page;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::read::Reading;
use crate::engine::read::Slot;
use crate::engine::read::found_in;
use crate::engine::read::head;
use crate::net::changed;
use crate::net::take_off;

/// One piece of a stream, the first with the head.
pub(in crate::engine) struct StreamPiece<'s> {
    stream: &'s mut StreamReveal,
    head: Option<response::Parts>,
    piece: Piece,
    /// What follows the part as it came.
    behind: Bytes,
    /// Why some of its tokens stay.
    reasons: Vec<&'static str>,
    /// Whether it is as it came, with its codings.
    is_unread: bool,
}

impl<'s> StreamPiece<'s> {
    pub(in crate::engine) fn new(
        stream: &'s mut StreamReveal,
        head: Option<response::Parts>,
        piece: Piece,
    ) -> Self {
        let (behind, reasons) = (Bytes::new(), Vec::new());
        Self { stream, head, piece, behind, reasons, is_unread: false }
    }

    /// Reads the piece as a part.
    fn part<'a>(&mut self, leg: &Leg<'a>) -> Result<Part<'a>, Error> {
        match std::mem::replace(&mut self.stream.reader, Reader::Through) {
            Reader::Through => Ok(self.pass(None)),
            Reader::Unread(reason) => {
                self.is_unread = true;
                Ok(self.pass(Some(reason)))
            }
            Reader::Undeclared(language) => {
                let Piece { bytes, last } = &self.piece;
                let Some((label, charset)) = found_in(bytes, *last, leg.route()) else {
                    return Ok(self.pass(Some("charset")));
                };
                self.stream.declared = Some(label);
                let urls = leg.route().options.charset();
                let options = html::Options { charset, urls, language };
                let scanner = Box::new(Scanner::new(options, &leg.exchange.host));
                self.text(leg, scanner, options)
            }
            Reader::Text(scanner, options) => self.text(leg, scanner, options),
            Reader::Records(records) => self.records(leg, records),
        }
    }

    /// Lets all of it pass as it came.
    fn pass(&mut self, reason: Option<&'static str>) -> Part<'static> {
        self.behind = self.piece.bytes.clone();
        self.reasons.extend(reason);
        Part::unread(Slot::Body, PartOutcome::Treated)
    }

    fn text<'a>(
        &mut self,
        leg: &Leg<'a>,
        mut scanner: Box<Scanner>,
        options: html::Options,
    ) -> Result<Part<'a>, Error> {
        let rules = leg.phase().text.as_ref().ok_or(Error::Assembly)?;
        let recognise = |text: &str| leg.exchange.tokenizer.recognise(text);
        let mut batches = Vec::with_capacity(2);
        batches.push(scanner.feed(&self.piece.bytes, recognise));
        if self.piece.last {
            batches.push(scanner.finish(recognise));
        } else {
            self.stream.reader = Reader::Text(scanner, options);
        }
        Ok(Part::new(Slot::Body, Content::Page(Page { batches, options, rules })))
    }

    fn records<'a>(&mut self, leg: &Leg<'a>, mut records: Box<Records>) -> Result<Part<'a>, Error> {
        let rules = leg.phase().body.as_ref().ok_or(Error::Assembly)?;
        let Piece { bytes, last } = &self.piece;
        if self.stream.memory.count(records.held().saturating_add(bytes.len())).is_err() {
            // What waits has no room to wait: it goes on with its tokens, and what follows as well.
            let part = self.pass(Some("busy"));
            self.behind = Bytes::from([&records.into_rest(), &self.behind[..]].concat());
            return Ok(part);
        }
        records.feed(bytes);
        if *last {
            records.end();
        }
        let (bounds, options) = (&leg.engine.bounds, &leg.route().options);
        let (program, readings) = (&rules.program, Readings::Standard);
        let context = ReadContext { program, bounds, options, readings };
        let (mut source, mut fields, mut is_kept) = (Vec::new(), Vec::new(), false);
        let is_broken = loop {
            let record = match records.next_record() {
                Ok(Some(record)) => record,
                Ok(None) => break false,
                Err(_) => break true,
            };
            match records.select(&record, context) {
                Ok(found) => {
                    let by = u32::try_from(source.len()).unwrap_or(u32::MAX);
                    let moved = |field: Field| {
                        let start = field.span.start().checked_add(by)?;
                        let span = Span::new(start, field.span.end().checked_add(by)?)?;
                        Some(Field { span, ..field })
                    };
                    fields.extend(found.into_iter().filter_map(moved));
                }
                // It stays as it is.
                Err(_) => is_kept = true,
            }
            source.extend_from_slice(&record);
        };
        self.reasons.extend(is_kept.then_some("record"));
        self.reasons.extend(is_broken.then_some("too_large"));
        if is_broken {
            // The record is too long, and nothing behind it can be found.
            self.behind = Bytes::from(records.into_rest());
        } else {
            self.stream.reader = Reader::Records(records);
        }
        let (reading, source) = (Reading::Read(fields), Bytes::from(source));
        let document = Document::plain(Place::Body, reading, source, rules, options);
        Ok(Part::document(Slot::Body, document))
    }
}

impl<'a> Source<'a> for StreamPiece<'_> {
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
        parts.push(self.part(leg)?);
        Ok(parts)
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
