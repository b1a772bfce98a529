//! A response that is revealed while it streams: pages and texts chunk by chunk, records one by one.
//!
//! Each chunk takes the same steps as a whole message, the first together with the head. When a step
//! fails in the middle, the tokens of the rest stay: the head of the answer is gone, and an answer with
//! tokens is whole. What is held back is bounded by one chunk and the longest record.

mod chunk;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::StreamExt;
use http::HeaderMap;
use http::Response;
use http::response;

use crate::coding;
use crate::document::Records;
use crate::document::html;
use crate::document::html::Scanner;
use crate::engine::Cleared;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::engine::intent::Intent;
use crate::engine::leg::Leg;
use crate::engine::leg::Side;
use crate::engine::observe::DataPath;
use crate::engine::pool::Pool;
use crate::engine::read::Document;
use crate::engine::read::Page;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::read::Reading;
use crate::engine::read::Slot;
use crate::engine::read::Streaming;
use crate::engine::read::body;
use crate::engine::read::found_in;
use crate::engine::read::records::take_records;
use crate::engine::read::unpack;
use crate::engine::read::unpack::Memory;
use crate::engine::read::unpack::Unpacker;
use crate::engine::source::response::TreatedResponse;
use crate::net::Body;
use crate::net::BodyError;
use crate::net::Budget;

pub(in crate::engine) use chunk::StreamSource;
use chunk::TreatedStream;

/// The longest record of a stream, in bytes; a longer one ends the revealing.
const RECORD: usize = 1024 * 1024;

/// A piece of a streaming body, as it came.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// The bytes, with their codings.
    pub bytes: Bytes,
    /// Whether nothing follows it.
    pub last: bool,
}

/// How long, and how much: the bounds of a stream.
#[derive(Debug, Clone, Copy)]
pub struct StreamLimits<'a> {
    /// The longest record, in bytes.
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
}

/// How a response that streams begins.
#[derive(Debug)]
pub enum StreamStart {
    /// It ended with its first chunk.
    Ended(TreatedResponse),
    /// More chunks follow; [`streaming`] puts them behind the head.
    Begun {
        /// The head as the client gets it.
        head: Cleared<response::Parts>,
        /// The first chunk of the body.
        first: TreatedChunk,
    },
    /// Nothing of its body can be read, so nothing in it can be revealed.
    Unread(UnreadBody),
}

/// A response whose body goes on as it came.
#[derive(Debug)]
pub struct UnreadBody {
    head: response::Parts,
    intent: Option<Intent>,
}

impl UnreadBody {
    /// Puts the body behind its head.
    pub fn with(self, body: Body) -> TreatedResponse {
        let message = Cleared::by_engine(Response::from_parts(self.head, body));
        TreatedResponse { message, intent: self.intent }
    }
}

/// Puts the chunks of a stream behind its head.
pub fn streaming(
    head: Cleared<response::Parts>,
    chunks: impl Stream<Item = Result<Cleared<Bytes>, BodyError>> + 'static,
) -> Cleared<Response<Body>> {
    let body = Body::made(chunks.map(|chunk| chunk.map(Cleared::into_message)));
    Cleared::by_engine(Response::from_parts(head.into_message(), body))
}

/// A body on its way.
#[derive(Debug)]
pub struct StreamReveal {
    unpacker: Option<Unpacker>,
    reader: Reader,
    /// The character set that the page declares itself, or that its route's rules name. The head of the
    /// answer must say so too: values were written for it.
    declared: Option<String>,
    memory: Memory,
    /// Why its body is not read.
    unread: Option<Error>,
    observer: DataPath,
}

#[derive(Debug)]
enum Reader {
    /// The first bytes of the page will say how it is to be read.
    Undeclared(html::Language),
    Text(Box<Scanner>, html::Options),
    Records(Box<Records>),
    /// Nothing is looked for any more.
    Through,
}

impl StreamReveal {
    /// Starts a body. Refuses codings that we do not read.
    pub fn start(
        streaming: Streaming,
        headers: &HeaderMap,
        host: &str,
        limits: StreamLimits<'_>,
    ) -> Result<Self, Error> {
        let unpacker = Unpacker::new(&body::codings(headers)?);
        let mut declared = None;
        let text = |options| Reader::Text(Box::new(Scanner::new(options, host)), options);
        let reader = match streaming {
            Streaming::Text(options) => text(options),
            Streaming::Known(options, label) => {
                declared = Some(label.to_owned());
                text(options)
            }
            Streaming::Undeclared(language) => Reader::Undeclared(language),
            Streaming::Records(format) => Records::new(format, limits.record_bytes.min(RECORD))
                .map(|records| Reader::Records(Box::new(records)))
                .ok_or(Error::MediaType)?,
        };
        let (memory, observer) = (Memory::of(limits.budget), DataPath::default());
        Ok(Self { unpacker, reader, declared, memory, unread: None, observer })
    }

    /// Whether another chunk can be had before anything more is read. It is asked for with an empty
    /// one.
    pub fn has_more(&self) -> bool {
        self.unpacker.as_ref().is_some_and(Unpacker::has_more)
    }

    /// Takes the first chunk, with the head.
    pub(in crate::engine) fn first(
        &mut self,
        head: response::Parts,
        chunk: Chunk,
    ) -> StreamSource<'_> {
        StreamSource::new(self, Some(head), chunk)
    }

    /// Returns a stream in which nothing is looked for.
    fn through(budget: &Budget) -> Self {
        Self {
            unpacker: None,
            reader: Reader::Through,
            declared: None,
            memory: Memory::of(budget),
            unread: None,
            observer: DataPath::default(),
        }
    }

    /// Returns whether so much comes out of the first chunk that nobody else on a core shall wait for it.
    /// Without a coding, a chunk is what one read gives.
    fn starts_long(&self, chunk: &Chunk, bounds: &coding::Budget) -> bool {
        self.unpacker
            .as_ref()
            .is_some_and(|unpacker| unpack::is_long(unpacker.chain(), &chunk.bytes, bounds))
    }

    /// How many bytes wait for what comes behind them.
    fn tail(&self) -> usize {
        match &self.reader {
            Reader::Records(records) => records.held(),
            Reader::Undeclared(_) | Reader::Text(..) | Reader::Through => 0,
        }
    }

    /// Takes the codings off a chunk.
    fn unpack(&mut self, chunk: &mut Chunk, first: bool) -> Result<(), Error> {
        let tail = self.tail();
        let Some(unpacker) = &mut self.unpacker else { return Ok(()) };
        unpacker.feed(std::mem::take(&mut chunk.bytes), chunk.last);
        (chunk.bytes, chunk.last) = unpacker.next(first, tail, &mut self.memory)?;
        Ok(())
    }

    /// Reads a chunk as a part.
    fn read<'a>(&mut self, leg: &Leg<'a>, chunk: &Chunk) -> Result<Read<'a>, Error> {
        match std::mem::replace(&mut self.reader, Reader::Through) {
            Reader::Through => Ok(Read::passing(chunk.bytes.clone(), None)),
            Reader::Undeclared(language) => {
                let Some((label, charset)) = found_in(&chunk.bytes, chunk.last, leg.route()) else {
                    return Ok(Read::passing(chunk.bytes.clone(), Some("charset")));
                };
                self.declared = Some(label);
                let urls = leg.route().options.charset();
                let options = html::Options { charset, urls, language };
                let scanner = Box::new(Scanner::new(options, leg.exchange.host));
                self.text(leg, scanner, options, chunk)
            }
            Reader::Text(scanner, options) => self.text(leg, scanner, options, chunk),
            Reader::Records(records) => self.records(leg, records, chunk),
        }
    }

    fn text<'a>(
        &mut self,
        leg: &Leg<'a>,
        mut scanner: Box<Scanner>,
        options: html::Options,
        chunk: &Chunk,
    ) -> Result<Read<'a>, Error> {
        let rules = leg.phase().text.as_ref().ok_or(Error::Assembly)?;
        let recognise = |text: &str| leg.exchange.tokenizer.recognise(text);
        let mut batches = Vec::with_capacity(2);
        batches.push(scanner.feed(&chunk.bytes, recognise));
        if chunk.last {
            batches.push(scanner.finish(recognise));
        } else {
            self.reader = Reader::Text(scanner, options);
        }
        Ok(Read::part(Part::page(Slot::Body, Page { batches, options, rules })))
    }

    fn records<'a>(
        &mut self,
        leg: &Leg<'a>,
        mut records: Box<Records>,
        chunk: &Chunk,
    ) -> Result<Read<'a>, Error> {
        let rules = leg.phase().body.as_ref().ok_or(Error::Assembly)?;
        if self.memory.count(records.held().saturating_add(chunk.bytes.len())).is_err() {
            // What waits has no room to wait: it goes on with its tokens, and what follows as well.
            let bytes = Bytes::from([&records.into_rest(), &chunk.bytes[..]].concat());
            return Ok(Read::passing(bytes, Some("busy")));
        }
        records.feed(&chunk.bytes);
        if chunk.last {
            records.end();
        }
        let taken = take_records(leg, &mut records, rules);
        let mut rest = Vec::new();
        if taken.is_broken {
            rest = records.into_rest();
        } else {
            self.reader = Reader::Records(records);
        }
        let reading = Reading::Read(taken.fields);
        let source = Bytes::from(taken.bytes);
        let options = &leg.route().options;
        let document = Document::plain(Place::Body, reading, source, rules, options);
        let mut reasons = Vec::new();
        reasons.extend((taken.refused > 0).then_some("record"));
        reasons.extend(taken.is_broken.then_some("too_large"));
        let part = Part::document(Slot::Body, document);
        Ok(Read { part, behind: Bytes::from(rest), reasons })
    }
}

/// A chunk that was read.
struct Read<'a> {
    part: Part<'a>,
    /// What follows the part as it came.
    behind: Bytes,
    /// Why some of its tokens stay.
    reasons: Vec<&'static str>,
}

impl<'a> Read<'a> {
    fn part(part: Part<'a>) -> Self {
        Self { part, behind: Bytes::new(), reasons: Vec::new() }
    }

    /// Lets bytes pass as they came.
    fn passing(bytes: Bytes, reason: Option<&'static str>) -> Self {
        let part = Part::unread(Slot::Body, PartOutcome::Treated);
        Self { part, behind: bytes, reasons: reason.into_iter().collect() }
    }
}

impl Engine {
    /// Treats the head and the first chunk of a response.
    ///
    /// An error means that vault or journal fail and the request can be made again.
    pub async fn stream_start(
        &self,
        exchange: &Exchange<'_>,
        stream: &mut StreamReveal,
        head: response::Parts,
        chunk: Chunk,
    ) -> Result<StreamStart, Error> {
        let is_long = |_: &&Pool| stream.starts_long(&chunk, &self.expansion.answer);
        let Some(pool) = self.pool.as_ref().filter(is_long) else {
            return self.piece(exchange, stream, Some(head), chunk).await?.start();
        };
        let turn = match pool.turn(exchange).await {
            Ok(turn) => turn,
            Err(busy) => {
                stream.unread = Some(busy);
                return self.piece(exchange, stream, Some(head), chunk).await?.start();
            }
        };
        let nothing = StreamReveal::through(&self.memory);
        let mut taken = std::mem::replace(stream, nothing);
        let first = pool.run(turn, exchange.owned(), async move |engine, exchange| {
            let first = engine.piece(exchange, &mut taken, Some(head), chunk).await;
            (taken, first)
        });
        let (given_back, first) = first.await?;
        *stream = given_back;
        first?.start()
    }

    /// Reveals the next chunk of a body. An error ends the body: its coding is broken.
    pub async fn chunk(
        &self,
        exchange: &Exchange<'_>,
        stream: &mut StreamReveal,
        chunk: Chunk,
    ) -> Result<TreatedChunk, Error> {
        Ok(self.piece(exchange, stream, None, chunk).await?.chunk)
    }

    /// Takes a chunk through the engine, the first with the head.
    async fn piece(
        &self,
        exchange: &Exchange<'_>,
        stream: &mut StreamReveal,
        head: Option<response::Parts>,
        chunk: Chunk,
    ) -> Result<TreatedStream, Error> {
        let leg = Leg::new(self, exchange, Side::Response);
        let mut observer = std::mem::take(&mut stream.observer);
        let done = leg.run(StreamSource::new(stream, head, chunk), &mut observer).await;
        stream.observer = observer;
        done
    }
}
