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
use crate::engine::leg::Treatment;
use crate::engine::observe::DataPath;
use crate::engine::observe::Observer;
use crate::engine::pool::ThreadPool;
use crate::engine::read::BodyHandling;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::read::Slot;
use crate::engine::read::body;
use crate::engine::read::head;
use crate::engine::source::Source;
use crate::engine::source::Treated;
use crate::net::Body;
use crate::net::Held;
use crate::net::changed;
use crate::net::take_off;
use crate::rules::Direction;

impl Engine {
    /// Treats a response on a route with rules. Its body must have been read whole when
    /// [`Side::body_handling`] says so and it has one.
    ///
    /// Where it would reveal and cannot read a part, the tokens of that part stay and the answer says
    /// so; where it would protect and cannot, that is an error: send nothing of it.
    pub async fn response(
        &self,
        exchange: &Exchange<'_>,
        response: Response<Body>,
    ) -> Result<Treated<ToClient, Response<Body>>, Error> {
        let leg = Leg::new(self, exchange, Side::Response);
        let is_long = |_: &&ThreadPool| body::is_long(&leg, response.headers(), response.body());
        let Some(pool) = self.pool.as_ref().filter(is_long) else {
            return leg.run(WholeResponse::new(response, None), &mut DataPath::default()).await;
        };
        let turn = match pool.turn(exchange).await {
            Ok(turn) => turn,
            Err(busy) if leg.treatment == Treatment::Protect => return Err(busy),
            Err(busy) => return self.response_keeping(exchange, response, busy.code()).await,
        };
        let response = response.map(Body::into_bytes);
        let treated = pool.run(turn, exchange, async move |engine, exchange| {
            let leg = Leg::new(engine, exchange, Side::Response);
            let source = WholeResponse::new(response.map(Body::from), None);
            let treated = leg.run(source, &mut DataPath::default()).await?;
            Ok(treated.map(|response| response.map(Body::into_bytes)))
        });
        treated.await?.map(|treated| treated.map(|response| response.map(Body::from)))
    }

    /// Treats the head of a response whose body keeps its tokens, for this reason.
    pub async fn response_keeping(
        &self,
        exchange: &Exchange<'_>,
        response: Response<Body>,
        reason: &'static str,
    ) -> Result<Treated<ToClient, Response<Body>>, Error> {
        let leg = Leg::new(self, exchange, Side::Response);
        if leg.treatment == Treatment::Protect {
            return Err(Error::TooLarge);
        }
        leg.run(WholeResponse::new(response, Some(reason)), &mut DataPath::default()).await
    }
}

/// A response whose body, if rules inspect it, is in memory.
pub(in crate::engine) struct WholeResponse {
    head: response::Parts,
    body: Body,
    held: Option<Held>,
    /// Why nobody reads its body.
    kept: Option<&'static str>,
}

impl WholeResponse {
    pub(in crate::engine) fn new(response: Response<Body>, kept: Option<&'static str>) -> Self {
        let (head, body) = response.into_parts();
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

impl<'a> Source<'a> for WholeResponse {
    type Message = Treated<ToClient, Response<Body>>;

    fn read(&mut self, leg: &Leg<'a>) -> Result<Vec<Part<'a>>, Error> {
        let mut parts = head::of_response(leg, &self.head.headers);
        if let Some(reason) = self.kept {
            parts.push(body::kept(reason));
        } else if self.head.status == StatusCode::PARTIAL_CONTENT && leg.phase().body.is_some() {
            parts.push(Part::unread(Slot::Body, leg.outcome_of(Error::Partial)));
        } else if let Some((part, unpacked)) = body::part(leg, &self.head.headers, &self.body)? {
            self.held = unpacked.held;
            parts.push(part);
        }
        Ok(parts)
    }

    fn is_whole(&self) -> bool {
        let status = self.head.status;
        self.kept.is_none() && (status.is_success() || status.is_informational())
    }

    fn has_begun(&self) -> bool {
        false
    }

    fn write(
        mut self,
        leg: &Leg<'a>,
        parts: Vec<Part<'a>>,
        intent: Option<Intent>,
        _observer: &mut dyn Observer,
    ) -> Result<Self::Message, Error> {
        put_head(&parts, &mut self.head)?;
        let (headers, method) = (&mut self.head.headers, leg.exchange.method);
        for part in parts.iter().filter(|part| part.slot == Slot::Body && part.is_changed) {
            let Some(bytes) = &part.bytes else { continue };
            take_off(headers, &[header::CONTENT_ENCODING]);
            changed::body(headers, Some(bytes.len()));
            self.body = Body::Full(bytes.clone());
        }
        let raw = match &self.body {
            Body::Full(bytes) => Some(bytes),
            Body::Empty | Body::Claimed(_) | Body::Stream(_) => None,
        };
        // Without its codings, where it was read.
        let read = parts.iter().find(|part| part.slot == Slot::Body);
        let body = read.and_then(|part| part.bytes.as_ref()).or(raw);
        remember(leg, body.into_iter().map(Bytes::as_ref));
        remember(leg, headers.values().map(HeaderValue::as_bytes));
        if intent.is_some() {
            changed::keep_private(headers, &leg.engine.credentials);
        }
        let status = self.head.status;
        if *method == Method::HEAD || status == StatusCode::NOT_MODIFIED {
            if !tells_of_the_same(leg, &self.head) {
                changed::body(&mut self.head.headers, None);
            }
            self.body = Body::Empty;
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
    *leg.exchange.method == Method::HEAD
        && headers.contains_key(header::CONTENT_TYPE)
        && matches!(
            leg.side.body_handling(leg.route(), headers, status),
            BodyHandling::Passthrough | BodyHandling::KeepTokens(_)
        )
}
