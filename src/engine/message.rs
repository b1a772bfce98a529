//! One leg of an exchange: which places of a message are inspected.

use bytes::Bytes;
use http::HeaderMap;
use http::Request;
use http::Response;
use http::StatusCode;
use http::header;

use crate::coding;
use crate::coding::Chain;
use crate::engine::Cleared;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::Intent;
use crate::engine::assemble;
use crate::engine::content;
use crate::engine::content::BodyHandling;
use crate::engine::content::Opened;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::engine::head;
use crate::engine::part::Part;
use crate::engine::part::Slot;
use crate::engine::plan::select_all;
use crate::engine::protect::Protected;
use crate::engine::protect::admit;
use crate::engine::protect::protect;
use crate::engine::reveal::reveal;
use crate::engine::sentinel;
use crate::engine::sentinel::Leak;
use crate::engine::sentinel::Watch;
use crate::engine::validators;
use crate::net::Body;
use crate::net::Held;
use crate::net::take_off;
use crate::rules::Phase;
use crate::rules::Route;
use crate::rules::Sentinel;
pub use crate::rules::Side;
pub use crate::rules::Treatment;
use crate::token::Class;

impl Side {
    pub(super) fn phase(self, route: &Route) -> &Phase {
        match self {
            Self::Request => &route.request,
            Self::Response => &route.response,
        }
    }
}

/// A request that may go to the upstream, and the proof of what it shows.
#[derive(Debug)]
pub struct TreatedRequest {
    /// The request.
    pub message: Cleared<Request<Body>>,
    /// What the journal has announced; none when it shows nothing.
    pub intent: Option<Intent>,
}

/// A response that may go to the client, and the proof of what it shows.
#[derive(Debug)]
pub struct TreatedResponse {
    /// The response.
    pub message: Cleared<Response<Body>>,
    /// What the journal has announced; none when it shows nothing.
    pub intents: Vec<Intent>,
}

/// Lets a message pass that no rule concerns. The only way around inspection: it takes the route, or
/// the absence of one, and gives the message back when there is anything to inspect on either leg.
pub fn untouched<M>(route: Option<&Route>, message: M) -> Result<Cleared<M>, M> {
    let ruled = route.is_some_and(|route| !route.request.is_empty() || !route.response.is_empty());
    if ruled { Err(message) } else { Ok(Cleared::by_engine(message)) }
}

impl Engine {
    /// Treats a request on a route with rules. Its body must have been read whole when
    /// [`Side::handling`] says so. An error means: forward nothing.
    pub async fn request(
        &self,
        exchange: &Exchange<'_>,
        request: Request<Body>,
    ) -> Result<TreatedRequest, Error> {
        self.asked(exchange, request, None).await
    }

    /// Treats a request; what its head shows goes into the `watch` of a form that follows it.
    pub(super) async fn asked(
        &self,
        exchange: &Exchange<'_>,
        request: Request<Body>,
        watch: Option<&mut Watch>,
    ) -> Result<TreatedRequest, Error> {
        let (asked, leaks) = self.treat(exchange, request, watch).await?;
        self.leaked(exchange, leaks.iter().map(|leak| (leak.class, leak.place)))?;
        Ok(asked)
    }

    /// Treats a request; gives it with the values that stand where no rule protects them.
    pub(super) async fn treat<'a>(
        &self,
        exchange: &Exchange<'a>,
        request: Request<Body>,
        watch: Option<&mut Watch>,
    ) -> Result<(TreatedRequest, Vec<Leak<'a>>), Error> {
        let (mut head, mut body) = request.into_parts();
        let route = exchange.route;
        let treating = Side::Request.treatment(route.direction);
        let mut urls = Vec::new();
        if treating == Treatment::Protect {
            self.urls(exchange, &mut head.headers, &mut urls)?;
        }
        // After a `Referer` may have been taken off: the lines of these parts are counted.
        let mut parts = head::of_request(exchange, &head.uri, &head.headers)?;
        parts.extend(urls);
        let opened = self.body_part(Side::Request, route, (&head.headers, &body), &mut parts)?;
        let mut intent = None;
        let mut protected = None;
        let changed = match treating {
            Treatment::Protect => {
                let done = protect(self, exchange, &parts).await?;
                protected.insert(done).parts.clone()
            }
            Treatment::Reveal => match reveal(self, exchange, &parts).await? {
                Some(revealed) => {
                    intent = Some(Intent::new(self, exchange, revealed.receipt));
                    revealed.parts
                }
                None => Vec::new(),
            },
        };
        let mut read = None;
        for (part, bytes) in parts.iter().zip(changed) {
            if part.slot == Slot::Body {
                read = Some(bytes.clone().unwrap_or_else(|| part.source.clone()));
            }
            let Some(bytes) = bytes else { continue };
            if part.slot == Slot::Body {
                let bytes = coded(&opened.chain, bytes)?;
                assemble::body_changed(&mut head.headers, bytes.len());
                body = Body::Full(bytes);
            } else {
                head::put(&part.slot, &bytes, &mut head.uri, &mut head.headers)?;
            }
        }
        let found =
            protected.as_ref().map(|done| leaks(route, done, (&head, read.as_ref()), watch));
        validators::known_tags(&mut head.headers);
        if !route.response.is_empty() {
            assemble::ask_for_the_whole(&mut head.headers, exchange.method);
        }
        let message = Cleared::by_engine(Request::from_parts(head, body));
        Ok((TreatedRequest { message, intent }, found.unwrap_or_default()))
    }

    /// Notes leaks, and refuses the request where the route says so.
    pub(super) fn leaked<'x>(
        &self,
        exchange: &Exchange<'_>,
        leaks: impl Iterator<Item = (&'x Class, Place)>,
    ) -> Result<(), Error> {
        let mut first = None;
        for (class, place) in leaks {
            self.note_leak(exchange, class, place);
            first.get_or_insert((class, place));
        }
        refuse_leak(exchange.route, first)
    }

    /// Adds the URLs of this application in `Referer` and `Destination`. A `Referer` that cannot be
    /// inspected, or that holds a token which the caller may not submit, goes: it is only a hint.
    pub(super) fn urls<'a>(
        &self,
        exchange: &Exchange<'a>,
        headers: &mut HeaderMap,
        parts: &mut Vec<Part<'a>>,
    ) -> Result<(), Error> {
        if matches!(exchange.method.as_str(), "COPY" | "MOVE") {
            let method = exchange.method.as_str();
            parts.extend(head::of_url(exchange, headers, (&head::DESTINATION, method))?);
        }
        match head::of_url(exchange, headers, (&header::REFERER, "GET")) {
            Ok(found) if self.may_pass(exchange, &found) => parts.extend(found),
            Ok(_) | Err(_) => take_off(headers, &[header::REFERER]),
        }
        Ok(())
    }

    fn may_pass(&self, exchange: &Exchange<'_>, parts: &[Part<'_>]) -> bool {
        select_all(parts, &self.bounds).is_ok_and(|selection| {
            selection.fields.iter().all(|field| {
                let token = exchange.tokenizer.recognise(field.value.expose());
                token.is_none_or(|token| admit(self, exchange, field.class, &token).is_ok())
            })
        })
    }

    /// Treats a response on a route with rules. Its body must have been read whole when
    /// [`Side::handling`] says so and it has one.
    ///
    /// Where it would reveal and cannot read the message, the tokens stay and the answer says so;
    /// where it would protect and cannot, that is an error: send nothing of it.
    pub async fn response(
        &self,
        exchange: &Exchange<'_>,
        response: Response<Body>,
    ) -> Result<TreatedResponse, Error> {
        let (mut head, mut body) = response.into_parts();
        let route = exchange.route;
        let mut parts = head::of_response(route, &head.headers);
        let treating = Side::Response.treatment(route.direction);
        if head.status == StatusCode::PARTIAL_CONTENT && route.response.body.is_some() {
            return self.unreadable(exchange, Error::Partial, Response::from_parts(head, body));
        }
        let read = self.body_part(Side::Response, route, (&head.headers, &body), &mut parts);
        let mut intents = Vec::new();
        let opened = match read {
            Ok(opened) => opened,
            Err(error) => {
                return self.unreadable(exchange, error, Response::from_parts(head, body));
            }
        };
        let changed = match treating {
            Treatment::Protect => protect(self, exchange, &parts).await?.parts,
            Treatment::Reveal => match reveal(self, exchange, &parts).await {
                Ok(None) => Vec::new(),
                Ok(Some(revealed)) => {
                    intents.push(Intent::new(self, exchange, revealed.receipt));
                    revealed.parts
                }
                Err(error) if leaves_tokens(&error, exchange.method) => {
                    return self.unreadable(exchange, error, Response::from_parts(head, body));
                }
                Err(error) => return Err(error),
            },
        };
        for (part, bytes) in parts.iter().zip(changed) {
            if let Some(bytes) = bytes {
                put_answer(&part.slot, bytes, &mut head.headers, &mut body)?;
            }
        }
        body = tied(body, opened.held);
        if treating == Treatment::Reveal {
            match self.location(exchange, &mut head.headers).await {
                Ok(intent) => intents.extend(intent),
                Err(error) if leaves_tokens(&error, exchange.method) => {
                    self.note_unrevealed(exchange, error.code());
                    assemble::say_unrevealed(&mut head.headers, error.code());
                }
                Err(error) => return Err(error),
            }
        }
        if !intents.is_empty() {
            assemble::keep_private(&mut head.headers);
        }
        if *exchange.method == http::Method::HEAD || head.status == StatusCode::NOT_MODIFIED {
            if !tells_of_the_same(exchange, &head) {
                assemble::forget_length(&mut head.headers);
            }
            body = Body::Empty;
        }
        Ok(TreatedResponse {
            message: Cleared::by_engine(Response::from_parts(head, body)),
            intents,
        })
    }

    /// Passes a response on whose tokens stay because it is too large to be read whole.
    pub fn unrevealed(
        &self,
        exchange: &Exchange<'_>,
        response: Response<Body>,
        reason: &'static str,
    ) -> Result<TreatedResponse, Error> {
        let (mut head, body) = response.into_parts();
        match Side::Response.treatment(exchange.route.direction) {
            Treatment::Protect => Err(Error::TooLarge),
            Treatment::Reveal => {
                self.note_unrevealed(exchange, reason);
                assemble::say_unrevealed(&mut head.headers, reason);
                let message = Cleared::by_engine(Response::from_parts(head, body));
                Ok(TreatedResponse { message, intents: Vec::new() })
            }
        }
    }

    fn unreadable(
        &self,
        exchange: &Exchange<'_>,
        error: Error,
        response: Response<Body>,
    ) -> Result<TreatedResponse, Error> {
        match Side::Response.treatment(exchange.route.direction) {
            Treatment::Protect => Err(error),
            Treatment::Reveal => self.unrevealed(exchange, response, error.code()),
        }
    }

    /// Adds the body when rules inspect it and there is one; answers what was taken off it.
    fn body_part<'a>(
        &self,
        leg: Side,
        route: &'a Route,
        (headers, body): (&HeaderMap, &Body),
        parts: &mut Vec<Part<'a>>,
    ) -> Result<Opened, Error> {
        let Some(rules) = &leg.phase(route).body else { return Ok(Opened::default()) };
        let source = match body {
            Body::Empty | Body::Claimed(_) => return Ok(Opened::default()),
            Body::Full(bytes) if bytes.is_empty() => return Ok(Opened::default()),
            Body::Full(bytes) => bytes,
            Body::Stream(_) => return Err(Error::NotCollected),
        };
        let budgets = (&self.budget, &self.memory);
        let (part, opened) = content::open(leg, route, rules, (headers, source), budgets)?;
        parts.push(part);
        Ok(opened)
    }
}

/// Looks whether a value that was taken out stands in another place of the request.
fn leaks<'a>(
    route: &Route,
    protected: &Protected<'a>,
    (head, body): (&http::request::Parts, Option<&Bytes>),
    follows: Option<&mut Watch>,
) -> Vec<Leak<'a>> {
    if route.sentinel == Sentinel::Off {
        return Vec::new();
    }
    let originals = protected.originals();
    if originals.is_empty() && follows.is_none() {
        return Vec::new();
    }
    let query = head.uri.query().unwrap_or_default();
    let mut places =
        vec![(Place::Path, head.uri.path().as_bytes()), (Place::Query, query.as_bytes())];
    places.extend(head.headers.iter().map(|(name, value)| {
        let place = if *name == header::COOKIE { Place::Cookie } else { Place::Header };
        (place, value.as_bytes())
    }));
    places.extend(body.map(|body| (Place::Body, body.as_ref())));
    if let Some(watch) = follows {
        watch.passes(&originals, &places);
    }
    sentinel::search(&originals, &places, route.options.charset())
}

/// Refuses a request for its first leak where the route says so.
pub(super) fn refuse_leak(route: &Route, first: Option<(&Class, Place)>) -> Result<(), Error> {
    match first.filter(|_| route.sentinel == Sentinel::Enforce) {
        Some((class, place)) => Err(Error::Leak { class: class.name.clone(), place }),
        None => Ok(()),
    }
}

/// Puts a changed part of a response back.
fn put_answer(
    slot: &Slot,
    bytes: Bytes,
    headers: &mut HeaderMap,
    body: &mut Body,
) -> Result<(), Error> {
    match slot {
        Slot::Body => {
            assemble::not_coded(headers);
            assemble::body_changed(headers, bytes.len());
            *body = Body::Full(bytes);
            Ok(())
        }
        Slot::Header => head::put_fields(headers, &bytes),
        Slot::Cookie(line) => head::put_line(headers, (&header::SET_COOKIE, *line), &bytes),
        Slot::Query | Slot::Path | Slot::Url(..) => Err(Error::Assembly),
    }
}

/// Whether an answer to `HEAD` tells of a body that `GET` would get as it is: one of a type that is not
/// read here. An answer that names no type may be of any.
fn tells_of_the_same(exchange: &Exchange<'_>, head: &http::response::Parts) -> bool {
    let (headers, status) = (&head.headers, Some(head.status));
    *exchange.method == http::Method::HEAD
        && headers.contains_key(header::CONTENT_TYPE)
        && matches!(
            Side::Response.body_handling(exchange.route, headers, status),
            BodyHandling::Passthrough | BodyHandling::KeepTokens(_)
        )
}

/// Counts what was held for an answer until its client has it.
fn tied(body: Body, held: Option<Held>) -> Body {
    match (body, held) {
        (Body::Full(bytes), Some(mut held)) => {
            // More than was held it may be, but it cannot be refused any more.
            let fits = held.resize(bytes.len().min(held.bytes()));
            Body::Full(if fits.is_ok() { held.with(bytes) } else { bytes })
        }
        (body, _) => body,
    }
}

/// Puts the codings of a message on its new body.
fn coded(chain: &Chain, bytes: Bytes) -> Result<Bytes, Error> {
    if chain.is_identity() {
        return Ok(bytes);
    }
    Ok(Bytes::from(coding::encode(chain, &bytes)?))
}

/// Whether an answer goes out with its tokens as they are when revealing failed. What cannot be read
/// holds nothing that we could reveal. When vault or journal fail, a request that only reads is
/// refused, and can be made again; one that has changed something must not look as if it had not.
pub(super) fn leaves_tokens(error: &Error, method: &http::Method) -> bool {
    match error {
        Error::Document { .. }
        | Error::MediaType
        | Error::ContentCoding(_)
        | Error::Partial
        | Error::Busy => true,
        Error::Vault(_) | Error::Journal(_) | Error::Record => !method.is_safe(),
        Error::TokenSubmitted { .. }
        | Error::MaskSubmitted { .. }
        | Error::Leak { .. }
        | Error::NewValues { .. }
        | Error::AmbiguousPath
        | Error::TooLarge
        | Error::NotCollected
        | Error::Overlap
        | Error::Assembly => false,
    }
}
