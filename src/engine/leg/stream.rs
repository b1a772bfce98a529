//! A response that is revealed while it streams: pages and texts piece by piece, records one by one.
//!
//! Each piece takes the same steps as a whole message, the first together with the head. When a step
//! fails in the middle, the tokens of the rest stay: the head of the answer is gone, and an answer with
//! tokens is whole. What is held back is bounded by one piece and the longest record.

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
use crate::engine::ToClient;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::engine::leg::Side;
use crate::engine::leg::StreamPiece;
use crate::engine::leg::Treated;
use crate::engine::leg::Treatment;
use crate::engine::observe::DataPath;
use crate::engine::read::Streaming;
use crate::engine::read::body;
use crate::net::Body;
use crate::net::BodyError;
use crate::net::Budget;
use crate::net::unpack;
use crate::net::unpack::Memory;
use crate::net::unpack::Unpacker;

/// The longest record of a stream, in bytes; a longer one ends the revealing.
const RECORD: usize = 1024 * 1024;

/// A piece of a streaming body, as it came.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The bytes, with their codings.
    pub bytes: Bytes,
    /// Whether nothing follows it.
    pub last: bool,
}

/// How a response that streams begins.
#[derive(Debug)]
pub struct StreamStart {
    /// The body as far as it has not come; it may have ended with its first piece.
    pub stream: StreamReveal,
    /// The head as the client gets it.
    pub head: Cleared<ToClient, response::Parts>,
    /// The first piece of the body.
    pub first: Treated<ToClient, Bytes>,
}

impl StreamStart {
    /// Puts a body that has ended with its first piece behind its head.
    pub fn whole(self) -> Treated<ToClient, Response<Body>> {
        let head = self.head.into_message();
        self.first.map(|bytes| Response::from_parts(head, Body::Full(bytes)))
    }
}

/// Puts the pieces of a stream behind its head.
pub fn streaming(
    head: Cleared<ToClient, response::Parts>,
    pieces: impl Stream<Item = Result<Cleared<ToClient, Bytes>, BodyError>> + 'static,
) -> Cleared<ToClient, Response<Body>> {
    let body = Body::made(pieces.map(|piece| piece.map(Cleared::into_message)));
    Cleared::by_engine(Response::from_parts(head.into_message(), body))
}

/// A body on its way.
#[derive(Debug)]
pub struct StreamReveal {
    unpacker: Option<Unpacker>,
    pub(super) reader: Reader,
    /// The character set that the page declares itself, or that its route's rules name. The head of the
    /// answer must say so too: values were written for it.
    pub(super) declared: Option<String>,
    pub(super) memory: Memory,
    observer: DataPath,
}

/// How a body that streams is read from its next piece on.
#[derive(Debug)]
pub(super) enum Reader {
    /// The first bytes of the page will say how it is to be read.
    Undeclared(html::Language),
    Text(Box<Scanner>, html::Options),
    Records(Box<Records>),
    /// Nothing is looked for any more.
    Through,
    /// All of it goes on as it came, for this reason.
    Unread(&'static str),
}

impl StreamReveal {
    /// Starts a body whose records may have so many bytes; what it holds counts against `budget`. Refuses
    /// codings that we do not read, and the answers of a route that protects them: what cannot be read in
    /// a stream goes on as it is.
    pub fn start(
        exchange: &Exchange,
        streaming: Streaming,
        headers: &HeaderMap,
        record_bytes: usize,
        budget: &Budget,
    ) -> Result<Self, Error> {
        if Side::Response.treatment(exchange.route.direction) == Treatment::Protect {
            return Err(Error::NotCollected);
        }
        let unpacker = Unpacker::new(&body::codings(headers)?);
        let mut declared = None;
        let text = |options| Reader::Text(Box::new(Scanner::new(options, &exchange.host)), options);
        let reader = match streaming {
            Streaming::Text(options) => text(options),
            Streaming::Known(options, label) => {
                declared = Some(label.to_owned());
                text(options)
            }
            Streaming::Undeclared(language) => Reader::Undeclared(language),
            Streaming::Records(format) => Records::new(format, record_bytes.min(RECORD))
                .map(|records| Reader::Records(Box::new(records)))
                .ok_or(Error::MediaType)?,
        };
        let (memory, observer) = (Memory::of(budget), DataPath::default());
        Ok(Self { unpacker, reader, declared, memory, observer })
    }

    /// Whether another piece can be had before anything more is read. It is asked for with an empty
    /// one.
    pub fn has_more(&self) -> bool {
        self.unpacker.as_ref().is_some_and(Unpacker::has_more)
    }

    /// Lets all of it go on as it came, for this reason.
    pub(super) fn leave(&mut self, error: &Error) {
        (self.unpacker, self.reader) = (None, Reader::Unread(error.code()));
    }

    /// Returns whether so much comes out of the first piece that nobody else on a core shall wait for it.
    /// Without a coding, a piece is what one read gives.
    fn starts_long(&self, piece: &Piece, bounds: &coding::Budget) -> bool {
        self.unpacker
            .as_ref()
            .is_some_and(|unpacker| unpack::is_long(unpacker.chain(), &piece.bytes, bounds))
    }

    /// How many bytes wait for what comes behind them.
    pub(super) fn tail(&self) -> usize {
        match &self.reader {
            Reader::Records(records) => records.held(),
            Reader::Undeclared(_) | Reader::Text(..) | Reader::Through | Reader::Unread(_) => 0,
        }
    }

    /// Takes the codings off a piece.
    pub(super) fn unpack(&mut self, piece: &mut Piece, first: bool) -> Result<(), Error> {
        let tail = self.tail();
        let Some(unpacker) = &mut self.unpacker else { return Ok(()) };
        unpacker.feed(std::mem::take(&mut piece.bytes), piece.last);
        (piece.bytes, piece.last) = unpacker.next(first, tail, &mut self.memory)?;
        Ok(())
    }
}

impl Engine {
    /// Treats the head and the first piece of a response.
    ///
    /// An error means that vault or journal fail and the request can be made again.
    pub async fn stream_start(
        &self,
        exchange: &Exchange,
        mut stream: StreamReveal,
        head: response::Parts,
        piece: Piece,
    ) -> Result<StreamStart, Error> {
        let is_long =
            stream.starts_long(&piece, Leg::new(self, exchange, Side::Response).expansion());
        let turn = self.turn(exchange, is_long).await.unwrap_or_else(|busy| {
            stream.leave(&busy);
            None
        });
        let start = self.in_turn(turn, exchange, async move |engine, exchange| {
            let (head, first) =
                engine.treat_piece(exchange, &mut stream, Some(head), piece).await?;
            Ok(StreamStart { stream, head: head.ok_or(Error::Assembly)?, first })
        });
        start.await
    }

    /// Reveals the next piece of a body. An error ends the body: its coding is broken.
    pub async fn reveal_piece(
        &self,
        exchange: &Exchange,
        stream: &mut StreamReveal,
        piece: Piece,
    ) -> Result<Treated<ToClient, Bytes>, Error> {
        let (_, treated) = self.treat_piece(exchange, stream, None, piece).await?;
        Ok(treated)
    }

    /// Takes a piece through the engine, the first with the head.
    async fn treat_piece(
        &self,
        exchange: &Exchange,
        stream: &mut StreamReveal,
        head: Option<response::Parts>,
        piece: Piece,
    ) -> Result<(Option<Cleared<ToClient, response::Parts>>, Treated<ToClient, Bytes>), Error> {
        let leg = Leg::new(self, exchange, Side::Response);
        let mut observer = std::mem::take(&mut stream.observer);
        let done = leg.run(StreamPiece::new(stream, head, piece), &mut observer).await;
        stream.observer = observer;
        done
    }
}
