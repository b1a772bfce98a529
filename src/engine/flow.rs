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

use crate::coding;
use crate::coding::Decoder;
use crate::coding::Progress;
use crate::document::Bounds;
use crate::document::Field;
use crate::document::Format;
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
use crate::net::Body;
use crate::net::BodyError;
use crate::rules::PlaceRules;
use crate::rules::TextRules;
use crate::token::Class;
use crate::token::Token;
use crate::token::Tokenizer;

/// What one piece of a coded body may expand to: so many times its length, and a bit. The ratio of the
/// whole is bounded too, but a long beginning that does not expand would buy room for a piece that does.
const EXPANSION: usize = 100;
const SLACK: usize = 1024 * 1024;

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

/// What a piece of a streaming body became.
#[derive(Debug)]
pub struct Piece {
    /// The bytes for the client.
    pub bytes: Cleared<Bytes>,
    /// What the journal has announced for them.
    pub intent: Option<Intent>,
    /// Why tokens in it stay that rules would have shown.
    pub unrevealed: Option<&'static str>,
}

/// A body on its way.
#[derive(Debug)]
pub struct Flow {
    decoder: Option<Decoder>,
    reader: Option<Reader>,
    declared: Option<String>,
}

#[derive(Debug)]
enum Reader {
    /// The first bytes of the page will say how it is to be read.
    Undeclared(html::Language),
    Text(Box<Scanner>, html::Charset),
    Records(Box<Records>, Format),
    /// Nothing is looked for any more.
    Through,
}

impl Flow {
    /// Starts a body. Refuses codings that we do not read.
    pub fn start(
        streaming: Streaming,
        headers: &HeaderMap,
        (host, record_bytes): (&str, usize),
    ) -> Result<Self, Error> {
        let chain = content::codings(headers)?;
        let decoder =
            (!chain.is_identity()).then(|| Decoder::new(&chain, &coding::Budget::new(u64::MAX)));
        let reader = match streaming {
            Streaming::Text(options) => {
                Reader::Text(Box::new(Scanner::new(options, host)), options.charset)
            }
            Streaming::Undeclared(language) => Reader::Undeclared(language),
            Streaming::Records(format) => Records::new(format, record_bytes.min(RECORD))
                .map(|records| Reader::Records(Box::new(records), format))
                .ok_or(Error::MediaType)?,
        };
        Ok(Self { decoder, reader: Some(reader), declared: None })
    }

    /// The character set that the page declares itself. The head of the answer must say so too:
    /// values were written for it.
    pub fn declared(&self) -> Option<&str> {
        self.declared.as_deref()
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
        flow: &mut Flow,
        mut chunk: Chunk,
    ) -> Result<Piece, Error> {
        chunk.bytes = decoded(flow, chunk.bytes, chunk.last)?;
        match flow.reader.take() {
            None | Some(Reader::Through) => {
                flow.reader = Some(Reader::Through);
                let bytes = Cleared::by_engine(chunk.bytes);
                Ok(Piece { bytes, intent: None, unrevealed: None })
            }
            Some(Reader::Undeclared(language)) => {
                let Some((label, charset)) = content::declared_in(&chunk.bytes) else {
                    self.metrics.unrevealed("charset");
                    flow.reader = Some(Reader::Through);
                    let bytes = Cleared::by_engine(chunk.bytes);
                    return Ok(Piece { bytes, intent: None, unrevealed: Some("charset") });
                };
                flow.declared = Some(label);
                let scanner =
                    Box::new(Scanner::new(html::Options { charset, language }, exchange.host));
                self.text(exchange, flow, (scanner, charset), &chunk).await
            }
            Some(Reader::Text(scanner, charset)) => {
                self.text(exchange, flow, (scanner, charset), &chunk).await
            }
            Some(Reader::Records(records, format)) => {
                self.records(exchange, flow, (records, format), &chunk).await
            }
        }
    }

    /// What is to be done when a piece cannot be revealed: its tokens stay, or it is an error.
    fn excused<T>(
        &self,
        exchange: &Exchange<'_>,
        first: bool,
        done: Result<Option<T>, Error>,
    ) -> Result<(Option<T>, Option<&'static str>), Error> {
        match done {
            Ok(shown) => Ok((shown, None)),
            Err(error) if !first || leaves_tokens(&error, exchange.method) => {
                self.metrics.unrevealed(error.code());
                Ok((None, Some(error.code())))
            }
            Err(error) => Err(error),
        }
    }

    async fn text(
        &self,
        exchange: &Exchange<'_>,
        flow: &mut Flow,
        (mut scanner, charset): (Box<Scanner>, html::Charset),
        chunk: &Chunk,
    ) -> Result<Piece, Error> {
        let Some(rules) = &exchange.route.response.text else { return Err(Error::Assembly) };
        let recognise = |text: &str| candidate(exchange.tokenizer, rules, text);
        let mut batches = Vec::with_capacity(2);
        batches.push(scanner.feed(&chunk.bytes, recognise));
        if chunk.last {
            batches.push(scanner.finish(recognise));
        } else {
            flow.reader = Some(Reader::Text(scanner, charset));
        }
        let shown = shown_in(exchange.tokenizer, rules, &batches, charset);
        let done = reveal::show(self, exchange, &shown).await;
        let (released, unrevealed) = self.excused(exchange, chunk.first, done)?;
        let out = written(batches, &shown, released.as_ref());
        let intent = released.map(|shown| Intent::new(self, exchange, shown.receipt));
        Ok(Piece { bytes: Cleared::by_engine(Bytes::from(out)), intent, unrevealed })
    }

    async fn records(
        &self,
        exchange: &Exchange<'_>,
        flow: &mut Flow,
        (mut records, format): (Box<Records>, Format),
        chunk: &Chunk,
    ) -> Result<Piece, Error> {
        let Some(rules) = &exchange.route.response.body else { return Err(Error::Assembly) };
        records.feed(&chunk.bytes);
        if chunk.last {
            records.end();
        }
        let read = take_records(&mut records, rules, &self.bounds);
        let refused = (read.refused > 0).then_some("record");
        if let Some(reason) = refused {
            self.metrics.unrevealed(reason);
        }
        let mut rest = Vec::new();
        if read.broken {
            rest = records.into_rest();
            self.metrics.unrevealed("too_large");
            flow.reader = Some(Reader::Through);
        } else {
            flow.reader = Some(Reader::Records(records, format));
        }
        let part = Part {
            slot: Slot::Body,
            reading: Reading::Read(read.fields),
            source: Bytes::from(read.bytes),
            coded: None,
            rules,
            options: &exchange.route.options,
        };
        let parts = [part];
        let done = reveal::reveal(self, exchange, &parts).await;
        let (revealed, unrevealed) = self.excused(exchange, chunk.first, done)?;
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
        Ok(Piece { bytes: Cleared::by_engine(bytes), intent, unrevealed: unrevealed.or(refused) })
    }

    /// Reveals tokens in `Location`, the one URL that browsers follow by themselves.
    pub(super) async fn location(
        &self,
        exchange: &Exchange<'_>,
        headers: &mut HeaderMap,
    ) -> Result<Option<Intent>, Error> {
        let Some(rules) = &exchange.route.response.text else { return Ok(None) };
        let recognise = |text: &str| candidate(exchange.tokenizer, rules, text);
        let Some(batches) = location_tokens(exchange.host, headers, recognise) else {
            return Ok(None);
        };
        let shown = shown_in(exchange.tokenizer, rules, &batches, html::Charset::Ascii);
        let Some(released) = reveal::show(self, exchange, &shown).await? else { return Ok(None) };
        let page = written(batches, &shown, Some(&released));
        let (front, back) = LINK;
        let value = page.get(front.len()..page.len().saturating_sub(back.len()));
        assemble::put_location(headers, value.unwrap_or_default())?;
        Ok(Some(Intent::new(self, exchange, released.receipt)))
    }
}

/// A page that holds a link to the target of a redirect.
const LINK: (&str, &str) = ("<a href=\"", "\">");

/// Finds tokens in `Location`, with the places that they would have in a link.
pub(super) fn location_tokens(
    host: &str,
    headers: &HeaderMap,
    recognise: impl Fn(&str) -> Option<Token> + Copy,
) -> Option<Vec<Batch<Token>>> {
    let value = headers.get(http::header::LOCATION)?;
    if value.as_bytes().iter().any(|byte| b"\"<>&'".contains(byte)) {
        // Needs an escape in a page, which a header does not have.
        return None;
    }
    let (front, back) = LINK;
    let page = [front.as_bytes(), value.as_bytes(), back.as_bytes()].concat();
    let language = html::Language::Html(html::Scripts::Keep);
    let options = html::Options { charset: html::Charset::Ascii, language };
    let mut scanner = Scanner::new(options, host);
    Some(vec![scanner.feed(&page, recognise), scanner.finish(recognise)])
}

/// The tokens of a text, in its order; all of them are of classes that the rules show.
fn shown_in<'a>(
    tokenizer: &Tokenizer,
    rules: &'a TextRules,
    batches: &[Batch<Token>],
    charset: html::Charset,
) -> Vec<Shown<'a>> {
    let shown = batches.iter().flat_map(Batch::hits).filter_map(|hit| {
        let class = class_of(rules, &hit.token)?;
        let spot = Spot::Text(hit.context, charset);
        Some(Shown { class, token: hit.token, key: tokenizer.key(&hit.token), spot })
    });
    shown.collect()
}

/// The text with the values that may be shown in the places of their tokens.
fn written(
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
fn candidate(tokenizer: &Tokenizer, rules: &TextRules, text: &str) -> Option<Token> {
    tokenizer.recognise(text).filter(|token| class_of(rules, token).is_some())
}

pub(super) fn class_of<'a>(rules: &'a TextRules, token: &Token) -> Option<&'a Class> {
    let class = rules.classes.iter().find(|class| class.code == token.code());
    class.map(Arc::as_ref)
}

/// Takes the codings off a piece.
fn decoded(flow: &mut Flow, chunk: Bytes, last: bool) -> Result<Bytes, Error> {
    let Some(mut decoder) = flow.decoder.take() else { return Ok(chunk) };
    let mut out = Vec::with_capacity(chunk.len().saturating_mul(3));
    let most = chunk.len().saturating_mul(EXPANSION).saturating_add(SLACK);
    let mut rest: &[u8] = &chunk;
    while decoder.step(&mut rest, &mut out)? != Progress::Hungry {
        if out.len() > most {
            let refusal = coding::Refusal { reason: coding::Reason::ExpandsTooMuch, coding: None };
            return Err(Error::ContentCoding(refusal));
        }
    }
    if last {
        decoder.finish()?;
    } else {
        flow.decoder = Some(decoder);
    }
    Ok(Bytes::from(out))
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
fn take_records(records: &mut Records, rules: &PlaceRules, bounds: &Bounds) -> Taken {
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
        match records.select(&record, &rules.program, bounds) {
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
    /// The character set that the page declares itself.
    pub declared: Option<String>,
}

/// Puts an answer together whose body streams. Lengths, validators and codings of the bytes that the
/// application sent are not those of the answer.
pub fn flowing(
    mut head: response::Parts,
    found: &Found,
    pieces: impl Stream<Item = Result<Cleared<Bytes>, BodyError>> + 'static,
) -> Cleared<Response<Body>> {
    changed(&mut head, found);
    let pieces = pieces.map(|piece| piece.map(Cleared::into_message));
    Cleared::by_engine(Response::from_parts(head, Body::made(pieces)))
}

/// Puts an answer together whose body ended with its first piece. It is as it came when nothing was
/// shown and no coding was taken off.
pub fn flowed(
    mut head: response::Parts,
    found: &Found,
    piece: Piece,
) -> (Cleared<Response<Body>>, Option<Intent>) {
    let Piece { bytes, intent, .. } = piece;
    let bytes = bytes.into_message();
    let coded = head.headers.contains_key(http::header::CONTENT_ENCODING);
    if !coded && intent.is_none() {
        if let Some(reason) = found.unrevealed {
            assemble::say_unrevealed(&mut head.headers, reason);
        }
    } else {
        changed(&mut head, found);
        assemble::body_changed(&mut head.headers, bytes.len());
    }
    (Cleared::by_engine(Response::from_parts(head, Body::Full(bytes))), intent)
}

fn changed(head: &mut response::Parts, found: &Found) {
    assemble::not_coded(&mut head.headers);
    assemble::forget_length(&mut head.headers);
    assemble::keep_private(&mut head.headers);
    assemble::no_guessing(&mut head.headers);
    if let Some(reason) = found.unrevealed {
        assemble::say_unrevealed(&mut head.headers, reason);
    }
    if let Some(label) = &found.declared {
        assemble::declare_charset(&mut head.headers, label);
    }
}
