//! Bodies that are revealed while they stream: pages and texts chunk by chunk, records one by one.
//!
//! Each piece goes through the same steps as a whole message: find, decide, fetch, put on record,
//! and only then write. When a step fails in the middle, the tokens of the rest stay: the head of the
//! answer is gone, and an answer with tokens is whole. What is held back is bounded by one piece and
//! the longest record.

use bytes::Bytes;
use futures_util::Stream;
use futures_util::StreamExt;
use http::HeaderMap;
use http::Response;
use http::response;
use std::sync::Arc;

use crate::document::Bounds;
use crate::document::Field;
use crate::document::Format;
use crate::document::Options;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::Records;
use crate::document::html;
use crate::document::html::Batch;
use crate::document::html::Scanner;
use crate::engine::Cleared;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::Intent;
use crate::engine::assemble;
use crate::engine::content;
use crate::engine::content::Streaming;
use crate::engine::error::Error;
use crate::engine::message::leaves_tokens;
use crate::engine::part::Part;
use crate::engine::part::Reading;
use crate::engine::part::Slot;
use crate::engine::reveal;
use crate::engine::reveal::Released;
use crate::engine::reveal::Shown;
use crate::engine::reveal::Spot;
use crate::engine::unpack::Memory;
use crate::engine::unpack::Unpacker;
use crate::net::Body;
use crate::net::BodyError;
use crate::net::Budget;
use crate::rules::PlaceRules;
use crate::rules::TextRules;
use crate::token::Class;
use crate::token::Token;
use crate::token::Tokenizer;

/// The longest record of a stream; a longer one ends the revealing.
const RECORD: usize = 1024 * 1024;

/// A piece of a streaming body, as it came.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// The bytes.
    pub bytes: Bytes,
    /// Nothing of the body went to the client yet.
    pub first: bool,
    /// Nothing follows.
    pub last: bool,
}

/// How long, and how much: the bounds of a flow.
#[derive(Debug, Clone, Copy)]
pub struct StreamLimits<'a> {
    /// The longest record.
    pub record_bytes: usize,
    /// The memory of all bodies.
    pub budget: &'a Budget,
}

/// What a piece of a streaming body became.
#[derive(Debug)]
pub struct TreatedChunk {
    /// The bytes for the client.
    pub bytes: Cleared<Bytes>,
    /// What the journal has announced for them.
    pub intent: Option<Intent>,
    /// Why tokens in it stay that rules would have shown.
    pub unrevealed: Option<&'static str>,
}

/// A body on its way.
#[derive(Debug)]
pub struct StreamReveal {
    unpacker: Option<Unpacker>,
    reader: Option<Reader>,
    declared: Option<String>,
    memory: Memory,
    /// Why tokens stayed, as far as it was noted.
    noted: Vec<&'static str>,
}

#[derive(Debug)]
enum Reader {
    /// The first bytes of the page will say how it is to be read.
    Undeclared(html::Language),
    Text(Box<Scanner>, html::Options),
    Records(Box<Records>, Format),
    /// Nothing is looked for any more.
    Through,
}

impl StreamReveal {
    /// Starts a body. Refuses codings that we do not read.
    pub fn start(
        streaming: Streaming,
        headers: &HeaderMap,
        (host, room): (&str, StreamLimits<'_>),
    ) -> Result<Self, Error> {
        let unpacker = Unpacker::new(&content::codings(headers)?);
        let mut declared = None;
        let reader = match streaming {
            Streaming::Text(options) => {
                Reader::Text(Box::new(Scanner::new(options, host)), options)
            }
            Streaming::Known(options, label) => {
                declared = Some(label.to_owned());
                Reader::Text(Box::new(Scanner::new(options, host)), options)
            }
            Streaming::Undeclared(language) => Reader::Undeclared(language),
            Streaming::Records(format) => Records::new(format, room.record_bytes.min(RECORD))
                .map(|records| Reader::Records(Box::new(records), format))
                .ok_or(Error::MediaType)?,
        };
        let (reader, memory) = (Some(reader), Memory::of(room.budget));
        Ok(Self { unpacker, reader, declared, memory, noted: Vec::new() })
    }

    /// The character set that the page declares itself, or that its route's rules name. The head of the
    /// answer must say so too: values were written for it.
    pub fn declared(&self) -> Option<&str> {
        self.declared.as_deref()
    }

    /// Whether another piece can be had before anything more is read. It is asked for with an empty
    /// chunk.
    pub fn has_more(&self) -> bool {
        self.unpacker.as_ref().is_some_and(Unpacker::has_more)
    }

    /// How many bytes wait for what comes behind them.
    fn tail(&self) -> usize {
        match &self.reader {
            Some(Reader::Records(records, _)) => records.held(),
            Some(Reader::Undeclared(_) | Reader::Text(..) | Reader::Through) | None => 0,
        }
    }

    /// Takes the codings off a chunk.
    fn unpack(&mut self, chunk: &mut Chunk) -> Result<(), Error> {
        let tail = self.tail();
        let Some(unpacker) = &mut self.unpacker else { return Ok(()) };
        unpacker.feed(std::mem::take(&mut chunk.bytes), chunk.last);
        (chunk.bytes, chunk.last) = unpacker.next((chunk.first, tail), &mut self.memory)?;
        Ok(())
    }
}

impl Engine {
    /// Reveals the next piece of a body.
    ///
    /// An error ends the body: its coding is broken, or, with the first piece, vault or journal fail
    /// and the request can be made again.
    pub async fn piece(
        &self,
        exchange: &Exchange<'_>,
        flow: &mut StreamReveal,
        mut chunk: Chunk,
    ) -> Result<TreatedChunk, Error> {
        flow.unpack(&mut chunk)?;
        let mut piece = self.read(exchange, flow, &chunk).await?;
        drop(chunk);
        let tail = flow.tail();
        let bytes = flow.memory.hand_out(piece.bytes.into_message(), tail);
        piece.bytes = Cleared::by_engine(bytes);
        Ok(piece)
    }

    async fn read(
        &self,
        exchange: &Exchange<'_>,
        flow: &mut StreamReveal,
        chunk: &Chunk,
    ) -> Result<TreatedChunk, Error> {
        match flow.reader.take() {
            None | Some(Reader::Through) => {
                flow.reader = Some(Reader::Through);
                let bytes = Cleared::by_engine(chunk.bytes.clone());
                Ok(TreatedChunk { bytes, intent: None, unrevealed: None })
            }
            Some(Reader::Undeclared(language)) => {
                let found = content::found_in(&chunk.bytes, chunk.last, exchange.route);
                let Some((label, charset)) = found else {
                    self.stays(exchange, flow, "charset");
                    flow.reader = Some(Reader::Through);
                    let bytes = Cleared::by_engine(chunk.bytes.clone());
                    return Ok(TreatedChunk { bytes, intent: None, unrevealed: Some("charset") });
                };
                flow.declared = Some(label);
                let urls = exchange.route.options.charset();
                let options = html::Options { charset, urls, language };
                let scanner = Box::new(Scanner::new(options, exchange.host));
                self.text(exchange, flow, (scanner, options), chunk).await
            }
            Some(Reader::Text(scanner, options)) => {
                self.text(exchange, flow, (scanner, options), chunk).await
            }
            Some(Reader::Records(records, format)) => {
                self.records(exchange, flow, (records, format), chunk).await
            }
        }
    }

    /// Counts a piece whose tokens stay. Of an answer each reason is noted once.
    fn stays(&self, exchange: &Exchange<'_>, flow: &mut StreamReveal, reason: &'static str) {
        if flow.noted.contains(&reason) {
            self.metrics.unrevealed(reason);
        } else {
            flow.noted.push(reason);
            self.note_unrevealed(exchange, reason);
        }
    }

    /// What is to be done when a piece cannot be revealed: its tokens stay, or it is an error.
    fn excused<T>(
        &self,
        exchange: &Exchange<'_>,
        (flow, first): (&mut StreamReveal, bool),
        done: Result<Option<T>, Error>,
    ) -> Result<(Option<T>, Option<&'static str>), Error> {
        match done {
            Ok(shown) => Ok((shown, None)),
            Err(error) if !first || leaves_tokens(&error, exchange.method) => {
                self.stays(exchange, flow, error.code());
                Ok((None, Some(error.code())))
            }
            Err(error) => Err(error),
        }
    }

    async fn text(
        &self,
        exchange: &Exchange<'_>,
        flow: &mut StreamReveal,
        (mut scanner, options): (Box<Scanner>, html::Options),
        chunk: &Chunk,
    ) -> Result<TreatedChunk, Error> {
        let Some(rules) = &exchange.route.response.text else { return Err(Error::Assembly) };
        let recognise = |text: &str| candidate(exchange.tokenizer, rules, text);
        let mut batches = Vec::with_capacity(2);
        batches.push(scanner.feed(&chunk.bytes, recognise));
        if chunk.last {
            batches.push(scanner.finish(recognise));
        } else {
            flow.reader = Some(Reader::Text(scanner, options));
        }
        let shown = shown_in(exchange.tokenizer, rules, &batches, options);
        let done = reveal::show(self, exchange, &shown).await;
        let (released, unrevealed) = self.excused(exchange, (flow, chunk.first), done)?;
        let out = written(batches, &shown, released.as_ref());
        let intent = released.map(|shown| Intent::new(self, exchange, shown.receipt));
        Ok(TreatedChunk { bytes: Cleared::by_engine(Bytes::from(out)), intent, unrevealed })
    }

    async fn records(
        &self,
        exchange: &Exchange<'_>,
        flow: &mut StreamReveal,
        (mut records, format): (Box<Records>, Format),
        chunk: &Chunk,
    ) -> Result<TreatedChunk, Error> {
        let Some(rules) = &exchange.route.response.body else { return Err(Error::Assembly) };
        if flow.memory.count(records.held().saturating_add(chunk.bytes.len())).is_err() {
            // What waits has no room to wait: it goes on with its tokens, and what follows as well.
            self.stays(exchange, flow, "busy");
            flow.reader = Some(Reader::Through);
            let bytes = Bytes::from([&records.into_rest(), &chunk.bytes[..]].concat());
            let bytes = Cleared::by_engine(bytes);
            return Ok(TreatedChunk { bytes, intent: None, unrevealed: Some("busy") });
        }
        records.feed(&chunk.bytes);
        if chunk.last {
            records.end();
        }
        let read = take_records(&mut records, rules, &exchange.route.options, &self.bounds);
        let refused = (read.refused > 0).then_some("record");
        if let Some(reason) = refused {
            self.stays(exchange, flow, reason);
        }
        let mut rest = Vec::new();
        if read.broken {
            rest = records.into_rest();
            self.stays(exchange, flow, "too_large");
            flow.reader = Some(Reader::Through);
        } else {
            flow.reader = Some(Reader::Records(records, format));
        }
        let part = Part {
            slot: Slot::Body,
            reading: Reading::Read(read.fields),
            source: Bytes::from(read.bytes),
            coded: None,
            charset: None,
            rules,
            options: &exchange.route.options,
        };
        let parts = [part];
        let done = reveal::reveal(self, exchange, &parts).await;
        let (revealed, unrevealed) = self.excused(exchange, (flow, chunk.first), done)?;
        let [Part { source, .. }] = parts;
        let (bytes, receipt) = match revealed {
            None => (source, None),
            Some(revealed) => {
                let bytes = revealed.parts.into_iter().next().flatten().unwrap_or(source);
                (bytes, Some(revealed.receipt))
            }
        };
        let bytes = if rest.is_empty() { bytes } else { Bytes::from([&bytes, &rest[..]].concat()) };
        let intent = receipt.map(|receipt| Intent::new(self, exchange, receipt));
        Ok(TreatedChunk {
            bytes: Cleared::by_engine(bytes),
            intent,
            unrevealed: unrevealed.or(refused),
        })
    }
}

/// The tokens of a text, in its order; all of them are of classes that the rules show.
pub(super) fn shown_in<'a>(
    tokenizer: &Tokenizer,
    rules: &'a TextRules,
    batches: &[Batch<Token>],
    options: html::Options,
) -> Vec<Shown<'a>> {
    let shown = batches.iter().flat_map(Batch::hits).filter_map(|hit| {
        let class = class_of(rules, &hit.token)?;
        let spot = Spot::Text(hit.context, options);
        Some(Shown { class, token: hit.token, key: tokenizer.key(&hit.token), spot })
    });
    shown.collect()
}

/// The text with the values that may be shown in the places of their tokens.
pub(super) fn written(
    batches: Vec<Batch<Token>>,
    shown: &[Shown<'_>],
    released: Option<&Released>,
) -> Vec<u8> {
    let mut rest = shown.iter().enumerate();
    let mut value = |_: &html::Hit<Token>| {
        let (number, each) = rest.next()?;
        Some(released?.value(number, &each.key)?.value.expose().as_str())
    };
    let pieces = batches.into_iter().map(|batch| batch.reveal(&mut value, |_, _| {}));
    pieces.collect::<Vec<_>>().concat()
}

/// A token of a class that the rules show.
pub(super) fn candidate(tokenizer: &Tokenizer, rules: &TextRules, text: &str) -> Option<Token> {
    tokenizer.recognise(text).filter(|token| class_of(rules, token).is_some())
}

pub(super) fn class_of<'a>(rules: &'a TextRules, token: &Token) -> Option<&'a Class> {
    let class = rules.classes.iter().find(|class| class.code == token.code());
    class.map(Arc::as_ref)
}

/// Whole records, one after the other, with their fields.
struct Taken {
    bytes: Vec<u8>,
    fields: Vec<Field>,
    refused: usize,
    /// A record is too long, and nothing behind it can be found.
    broken: bool,
}

/// Takes all records that have arrived. One that is refused stays as it is.
fn take_records(
    records: &mut Records,
    rules: &PlaceRules,
    options: &Options,
    bounds: &Bounds,
) -> Taken {
    let readings = Readings::Standard;
    let context = ReadContext { program: &rules.program, bounds, options, readings };
    let mut taken = Taken { bytes: Vec::new(), fields: Vec::new(), refused: 0, broken: false };
    loop {
        let record = match records.next_record() {
            Ok(Some(record)) => record,
            Ok(None) => return taken,
            Err(_) => {
                taken.broken = true;
                return taken;
            }
        };
        match records.select(&record, context) {
            Ok(fields) => {
                let by = u32::try_from(taken.bytes.len()).unwrap_or(u32::MAX);
                let moved = fields.into_iter().filter_map(|field| {
                    let span = crate::base::Span::new(
                        field.span.start().checked_add(by)?,
                        field.span.end().checked_add(by)?,
                    )?;
                    Some(Field { span, ..field })
                });
                taken.fields.extend(moved);
            }
            Err(_) => taken.refused += 1,
        }
        taken.bytes.extend_from_slice(&record);
    }
}

/// What the first piece of a body says about its answer.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Why tokens stay that rules would have shown.
    pub unrevealed: Option<&'static str>,
    /// The character set that the page declares itself, or that its route's rules name.
    pub declared: Option<String>,
}

/// Puts an answer together whose body streams. Lengths, validators and codings of the bytes that the
/// application sent are not those of the answer.
pub fn flowing(
    mut head: response::Parts,
    found: &Found,
    pieces: impl Stream<Item = Result<Cleared<Bytes>, BodyError>> + 'static,
) -> Cleared<Response<Body>> {
    changed(&mut head, found, None);
    let pieces = pieces.map(|piece| piece.map(Cleared::into_message));
    Cleared::by_engine(Response::from_parts(head, Body::made(pieces)))
}

/// Puts an answer together whose body ended with its first piece. It is as it came when nothing was
/// shown and no coding was taken off.
pub fn flowed(
    mut head: response::Parts,
    found: &Found,
    piece: TreatedChunk,
) -> (Cleared<Response<Body>>, Option<Intent>) {
    let TreatedChunk { bytes, intent, .. } = piece;
    let bytes = bytes.into_message();
    let coded = head.headers.contains_key(http::header::CONTENT_ENCODING);
    if !coded && intent.is_none() {
        if let Some(reason) = found.unrevealed {
            assemble::say_unrevealed(&mut head.headers, reason);
        }
    } else {
        changed(&mut head, found, Some(bytes.len()));
    }
    (Cleared::by_engine(Response::from_parts(head, Body::Full(bytes))), intent)
}

fn changed(head: &mut response::Parts, found: &Found, length: Option<usize>) {
    assemble::not_coded(&mut head.headers);
    match length {
        Some(length) => assemble::body_changed(&mut head.headers, length),
        None => assemble::forget_length(&mut head.headers),
    }
    assemble::keep_private(&mut head.headers);
    assemble::no_guessing(&mut head.headers);
    if let Some(reason) = found.unrevealed {
        assemble::say_unrevealed(&mut head.headers, reason);
    }
    if let Some(label) = &found.declared {
        assemble::declare_charset(&mut head.headers, label);
    }
}
