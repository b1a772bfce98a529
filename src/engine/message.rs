//! One leg of an exchange: which places of a message are inspected.

use bytes::Bytes;
use http::HeaderMap;
use http::Request;
use http::Response;
use http::StatusCode;
use http::header;

use crate::document::Format;
use crate::engine::Cleared;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::Intent;
use crate::engine::assemble;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::engine::plan::Part;
use crate::engine::protect::protect;
use crate::engine::reveal::reveal;
use crate::net::Body;
use crate::rules::Direction;
use crate::rules::Phase;
use crate::rules::Route;

/// One half of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Leg {
    /// From the client to the upstream.
    Request,
    /// From the upstream to the client.
    Response,
}

/// What a leg does to what its rules select.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Treating {
    /// Values become tokens.
    Protect,
    /// Tokens become values.
    Reveal,
}

impl Leg {
    /// What this leg does on a route of this direction.
    pub fn treating(self, direction: Direction) -> Treating {
        match (self, direction) {
            (Self::Request, Direction::Ingress) | (Self::Response, Direction::Egress) => {
                Treating::Protect
            }
            (Self::Request, Direction::Egress) | (Self::Response, Direction::Ingress) => {
                Treating::Reveal
            }
        }
    }

    fn phase(self, route: &Route) -> &Phase {
        match self {
            Self::Request => &route.request,
            Self::Response => &route.response,
        }
    }

    /// Whether rules inspect the body of this leg, so that it must be read whole.
    pub fn reads_body(self, route: &Route) -> bool {
        self.phase(route).body.is_some()
    }

    /// Whether this leg may show originals.
    pub fn reveals(self, route: &Route) -> bool {
        self.treating(route.direction) == Treating::Reveal && !self.phase(route).is_empty()
    }
}

/// A request that may go to the upstream, and the proof of what it shows.
#[derive(Debug)]
pub struct Asked {
    /// The request.
    pub message: Cleared<Request<Body>>,
    /// What the journal has announced; none when it shows nothing.
    pub intent: Option<Intent>,
}

/// A response that may go to the client, and the proof of what it shows.
#[derive(Debug)]
pub struct Answered {
    /// The response.
    pub message: Cleared<Response<Body>>,
    /// What the journal has announced; none when it shows nothing.
    pub intent: Option<Intent>,
}

/// Lets a message pass that no rule concerns. The only way around inspection: it takes the route, or
/// the absence of one, and gives the message back when there is anything to inspect on either leg.
pub fn untouched<M>(route: Option<&Route>, message: M) -> Result<Cleared<M>, M> {
    let ruled = route.is_some_and(|route| !route.request.is_empty() || !route.response.is_empty());
    if ruled { Err(message) } else { Ok(Cleared::by_engine(message)) }
}

impl Engine {
    /// Treats a request on a route with rules. Its body must have been read whole when
    /// [`Leg::reads_body`] says so. An error means: forward nothing.
    pub async fn request(
        &self,
        exchange: &Exchange<'_>,
        request: Request<Body>,
    ) -> Result<Asked, Error> {
        let (mut head, mut body) = request.into_parts();
        let phase = &exchange.route.request;
        let mut parts = Vec::with_capacity(2);
        if let (Some(rules), Some(query)) = (&phase.query, head.uri.query()) {
            let source = Bytes::copy_from_slice(query.as_bytes());
            parts.push(Part { place: Place::Query, format: Format::Query, source, rules });
        }
        body_part(exchange.route, phase, &head.headers, &body, &mut parts)?;
        let mut intent = None;
        let changed = match Leg::Request.treating(exchange.route.direction) {
            Treating::Protect => protect(self, exchange, &parts).await?,
            Treating::Reveal => match reveal(self, exchange, &parts).await? {
                Some(revealed) => {
                    intent = Some(Intent::new(self, exchange, revealed.receipt));
                    revealed.parts
                }
                None => Vec::new(),
            },
        };
        for (part, bytes) in parts.iter().zip(changed) {
            match (part.place, bytes) {
                (_, None) => {}
                (Place::Query, Some(query)) => assemble::put_query(&mut head.uri, &query)?,
                (Place::Body, Some(bytes)) => {
                    assemble::body_changed(&mut head.headers, bytes.len());
                    body = Body::Full(bytes);
                }
            }
        }
        if Leg::Response.reveals(exchange.route) || Leg::Response.reads_body(exchange.route) {
            assemble::ask_for_the_whole(&mut head.headers);
        }
        Ok(Asked { message: Cleared::by_engine(Request::from_parts(head, body)), intent })
    }

    /// Treats a response on a route with rules. Its body must have been read whole when
    /// [`Leg::reads_body`] says so and it has one.
    ///
    /// Where it would reveal and cannot read the message, the tokens stay and the answer says so;
    /// where it would protect and cannot, that is an error: send nothing of it.
    pub async fn response(
        &self,
        exchange: &Exchange<'_>,
        response: Response<Body>,
    ) -> Result<Answered, Error> {
        let (mut head, mut body) = response.into_parts();
        let phase = &exchange.route.response;
        let treating = Leg::Response.treating(exchange.route.direction);
        let mut parts = Vec::with_capacity(1);
        let mut receipt = None;
        let changed = match body_part(exchange.route, phase, &head.headers, &body, &mut parts) {
            Err(error) => {
                return self.unreadable(exchange, error, Response::from_parts(head, body));
            }
            Ok(()) => match treating {
                Treating::Protect => protect(self, exchange, &parts).await?,
                Treating::Reveal => match reveal(self, exchange, &parts).await {
                    Ok(None) => Vec::new(),
                    Ok(Some(revealed)) => {
                        receipt = Some(revealed.receipt);
                        revealed.parts
                    }
                    Err(error) if leaves_tokens(&error, exchange.method) => {
                        return self.unreadable(exchange, error, Response::from_parts(head, body));
                    }
                    Err(error) => return Err(error),
                },
            },
        };
        if let Some(bytes) = changed.into_iter().next().flatten() {
            assemble::body_changed(&mut head.headers, bytes.len());
            body = Body::Full(bytes);
        }
        if receipt.is_some() {
            assemble::keep_private(&mut head.headers);
        }
        if *exchange.method == http::Method::HEAD || head.status == StatusCode::NOT_MODIFIED {
            assemble::forget_length(&mut head.headers);
            body = Body::Empty;
        }
        let intent = receipt.map(|receipt| Intent::new(self, exchange, receipt));
        Ok(Answered { message: Cleared::by_engine(Response::from_parts(head, body)), intent })
    }

    /// Passes a response on whose tokens stay because it is too large to be read whole.
    pub fn unrevealed(
        &self,
        exchange: &Exchange<'_>,
        response: Response<Body>,
        reason: &'static str,
    ) -> Result<Answered, Error> {
        let (mut head, body) = response.into_parts();
        match Leg::Response.treating(exchange.route.direction) {
            Treating::Protect => Err(Error::TooLarge),
            Treating::Reveal => {
                self.metrics.unrevealed(reason);
                assemble::say_unrevealed(&mut head.headers, reason);
                let message = Cleared::by_engine(Response::from_parts(head, body));
                Ok(Answered { message, intent: None })
            }
        }
    }

    fn unreadable(
        &self,
        exchange: &Exchange<'_>,
        error: Error,
        response: Response<Body>,
    ) -> Result<Answered, Error> {
        match Leg::Response.treating(exchange.route.direction) {
            Treating::Protect => Err(error),
            Treating::Reveal => self.unrevealed(exchange, response, error.code()),
        }
    }
}

/// Whether an answer goes out with its tokens as they are when revealing failed. What cannot be read
/// holds nothing that we could reveal. When vault or journal fail, a request that only reads is
/// refused, and can be made again; one that has changed something must not look as if it had not.
fn leaves_tokens(error: &Error, method: &http::Method) -> bool {
    match error {
        Error::Document { .. } | Error::MediaType | Error::ContentCoding => true,
        Error::Vault(_) | Error::Journal(_) | Error::Record => !method.is_safe(),
        Error::TokenSubmitted { .. }
        | Error::TooLarge
        | Error::NotCollected
        | Error::Overlap
        | Error::Assembly => false,
    }
}

/// Adds the body when rules inspect it and there is one.
fn body_part<'a>(
    route: &Route,
    phase: &'a Phase,
    headers: &HeaderMap,
    body: &Body,
    parts: &mut Vec<Part<'a>>,
) -> Result<(), Error> {
    let Some(rules) = &phase.body else { return Ok(()) };
    let source = match body {
        Body::Empty | Body::Claimed(_) => return Ok(()),
        Body::Full(bytes) if bytes.is_empty() => return Ok(()),
        Body::Full(bytes) => bytes.clone(),
        Body::Stream(_) => return Err(Error::NotCollected),
    };
    let format = body_format(route, headers)?;
    parts.push(Part { place: Place::Body, format, source, rules });
    Ok(())
}

/// The format of a body that must be read: one known media type, no content coding.
fn body_format(route: &Route, headers: &HeaderMap) -> Result<Format, Error> {
    let coded = |value: &http::HeaderValue| !value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(header::CONTENT_ENCODING).iter().any(coded) {
        return Err(Error::ContentCoding);
    }
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (types.next(), types.next()) else { return Err(Error::MediaType) };
    let format = value.to_str().ok().and_then(Format::from_media_type).ok_or(Error::MediaType)?;
    let allowed = route.body_formats.is_empty() || route.body_formats.contains(&format);
    if allowed { Ok(format) } else { Err(Error::MediaType) }
}
