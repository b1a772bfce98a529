//! A whole response, and what its head must say afterwards.

use bytes::Bytes;
use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::Method;
use http::Response;
use http::StatusCode;
use http::header;
use http::response;

use crate::engine::Cleared;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::ToClient;
use crate::engine::error::Error;
use crate::engine::intent::Intent;
use crate::engine::leg::Leg;
use crate::engine::leg::Side;
use crate::engine::leg::Source;
use crate::engine::leg::Treated;
use crate::engine::leg::Treatment;
use crate::engine::observe::DataPath;
use crate::engine::observe::Observer;
use crate::engine::read::BodyHandling;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::read::Slot;
use crate::engine::read::body;
use crate::engine::read::head;
use crate::net::Body;
use crate::net::Held;
use crate::net::changed;
use crate::net::take_off;
use crate::rules::Direction;

impl Engine {
    /// Treats an answer on a route with rules. Its body must have been read whole when
    /// [`Side::body_handling`] says so and it has one; `kept` says why nobody reads its body.
    ///
    /// Where it would reveal and cannot read a part, the tokens of that part stay and the answer says
    /// so; where it would protect and cannot, that is an error: send nothing of it.
    pub async fn answer(
        &self,
        exchange: &Exchange,
        response: Response<Body>,
        kept: Option<&'static str>,
    ) -> Result<Treated<ToClient, Response<Body>>, Error> {
        let leg = Leg::new(self, exchange, Side::Response);
        let protects = leg.treatment == Treatment::Protect;
        if protects && kept.is_some() {
            return Err(Error::TooLarge);
        }
        let (head, mut body) = response.into_parts();
        let bytes = body.take_bytes();
        if exchange.method == Method::HEAD || head.status == StatusCode::NOT_MODIFIED {
            body = Body::Empty;
        }
        let is_long = kept.is_none() && body::is_long(&leg, &head.headers, bytes.as_ref());
        let (turn, kept) = match self.turn(exchange, is_long).await {
            Ok(turn) => (turn, kept),
            Err(busy) if protects => return Err(busy),
            Err(busy) => (None, Some(busy.code())),
        };
        let source = WholeAnswer::new(head, bytes, kept);
        let treated = self.in_turn(turn, exchange, async move |engine, exchange| {
            let leg = Leg::new(engine, exchange, Side::Response);
            leg.run(source, &mut DataPath::default()).await
        });
        Ok(treated.await?.map(|response| response.map(|bytes| body.with_bytes(bytes))))
    }
}

/// An answer with its body, if that is in memory.
pub(in crate::engine) struct WholeAnswer {
    head: response::Parts,
    body: Option<Bytes>,
    held: Option<Held>,
    /// Why nobody reads its body.
    kept: Option<&'static str>,
}

impl WholeAnswer {
    pub(in crate::engine) fn new(
        head: response::Parts,
        body: Option<Bytes>,
        kept: Option<&'static str>,
    ) -> Self {
        Self { head, body, held: None, kept }
    }
}

/// Says on an answer why selected fields still hold tokens.
const UNREVEALED: HeaderName = HeaderName::from_static("cloakroom-unrevealed");

/// Says why selected fields still hold tokens.
pub(super) fn say_unrevealed(headers: &mut HeaderMap, reason: &'static str) {
    headers.insert(UNREVEALED, HeaderValue::from_static(reason));
}

/// Puts the parts of the head of a response back, and says why some keep their tokens.
pub(super) fn put_head(parts: &[Part<'_>], head: &mut response::Parts) -> Result<(), Error> {
    for part in parts {
        if let PartOutcome::Kept(why) = &part.outcome {
            say_unrevealed(&mut head.headers, why.reason);
        }
        if let Some(bytes) = part.bytes.as_ref().filter(|_| part.is_changed)
            && part.slot != Slot::Body
        {
            head::put(&part.slot, bytes, None, &mut head.headers)?;
        }
    }
    Ok(())
}

/// Remembers the tokens that an answer to a client goes out with: the caller was shown them (not on `egress`).
pub(super) fn remember<'b>(leg: &Leg<'_>, bytes: impl Iterator<Item = &'b [u8]>) {
    if leg.route().direction == Direction::Ingress {
        let now = leg.engine.clock.now();
        for bytes in bytes {
            leg.engine.seen.add_all(leg.exchange, bytes, now);
        }
    }
}

impl<'a> Source<'a> for WholeAnswer {
    type Message = Treated<ToClient, Response<Option<Bytes>>>;

    fn read(&mut self, leg: &Leg<'a>) -> Result<Vec<Part<'a>>, Error> {
        let mut parts = head::of_response(leg, &self.head.headers);
        if let Some(reason) = self.kept {
            parts.push(body::kept(reason));
        } else if self.head.status == StatusCode::PARTIAL_CONTENT && leg.phase().body.is_some() {
            parts.push(Part::unread(Slot::Body, leg.outcome_of(Error::Partial)));
        } else if let Some((part, unpacked)) =
            body::part(leg, &self.head.headers, self.body.as_ref())?
        {
            self.held = unpacked.held;
            parts.push(part);
        }
        Ok(parts)
    }

    fn is_whole(&self) -> bool {
        let status = self.head.status;
        self.kept.is_none() && (status.is_success() || status.is_informational())
    }

    fn write(
        mut self,
        leg: &Leg<'a>,
        parts: Vec<Part<'a>>,
        intent: Option<Intent>,
        _observer: &mut dyn Observer,
    ) -> Result<Self::Message, Error> {
        put_head(&parts, &mut self.head)?;
        let headers = &mut self.head.headers;
        let read = parts.into_iter().find(|part| part.slot == Slot::Body);
        if let Some(Part { bytes: Some(bytes), is_changed, .. }) = read {
            // Without its codings, where it was read.
            remember(leg, std::iter::once(bytes.as_ref()));
            if is_changed {
                take_off(headers, &[header::CONTENT_ENCODING]);
                changed::body(headers, Some(bytes.len()));
                self.body = Some(bytes);
            }
        } else {
            remember(leg, self.body.iter().map(Bytes::as_ref));
        }
        remember(leg, headers.values().map(HeaderValue::as_bytes));
        if intent.is_some() {
            changed::keep_private(headers, &leg.engine.credentials);
        }
        if leg.exchange.method == Method::HEAD || self.head.status == StatusCode::NOT_MODIFIED {
            if !tells_of_the_same(leg, &self.head) {
                changed::body(&mut self.head.headers, None);
            }
            self.body = None;
        }
        // Whoever sends the answer counts it from here on.
        drop(self.held);
        let message = Cleared::by_engine(Response::from_parts(self.head, self.body));
        Ok(Treated { message, intent })
    }
}

/// Whether an answer to `HEAD` tells of a body that `GET` would get as it is: one of a type that is not
/// read here. An answer that names no type may be of any.
fn tells_of_the_same(leg: &Leg<'_>, head: &response::Parts) -> bool {
    let (headers, status) = (&head.headers, Some(head.status));
    leg.exchange.method == Method::HEAD
        && headers.contains_key(header::CONTENT_TYPE)
        && matches!(
            leg.side.body_handling(leg.route(), headers, status),
            BodyHandling::Passthrough | BodyHandling::KeepTokens(_)
        )
}
