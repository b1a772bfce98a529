//! A whole request.

use bytes::Bytes;
use http::Request;
use http::Response;
use http::header;
use http::request;

use crate::coding;
use crate::coding::Chain;
use crate::engine::Cleared;
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::ToClient;
use crate::engine::ToUpstream;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::engine::intent::Intent;
use crate::engine::leg::Leg;
use crate::engine::leg::Side;
use crate::engine::leg::Source;
use crate::engine::leg::Treated;
use crate::engine::observe::DataPath;
use crate::engine::observe::Observer;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::read::Slot;
use crate::engine::read::body;
use crate::engine::read::head;
use crate::engine::unselected::Watch;
use crate::net::Body;
use crate::net::Held;
use crate::net::changed;
use crate::net::take_off;
use crate::net::validators;
use crate::rules::Unruled;

/// Lets a request pass that no rule concerns, and gives the proof by which its answer passes. The only way
/// around inspection: it takes the word of the rules that they have nothing to inspect on either leg, and
/// takes it once:
///
/// ```compile_fail
/// use cloakroom::net::Body;
/// use http::Request;
/// fn twice(unruled: cloakroom::rules::Unruled, one: Request<Body>, other: Request<Body>) {
///     let _one = cloakroom::engine::untouched(unruled, one);
///     let _other = cloakroom::engine::untouched(unruled, other);
/// }
/// ```
pub fn untouched(
    unruled: Unruled,
    request: Request<Body>,
) -> (Cleared<ToUpstream, Request<Body>>, Untouched) {
    (Cleared::by_engine(request), Untouched { _unruled: unruled })
}

/// Proof that no rule concerns an exchange whose request has passed; only [`untouched`] makes one. A tunnel
/// asks for it, and the one answer of the exchange uses it up.
#[derive(Debug)]
pub struct Untouched {
    _unruled: Unruled,
}

impl Untouched {
    /// Lets the answer pass.
    pub fn answer(self, response: Response<Body>) -> Cleared<ToClient, Response<Body>> {
        Cleared::by_engine(response)
    }
}

impl Engine {
    /// Treats a request on a route with rules. Its body must have been read whole when rules inspect it.
    /// An error means: forward nothing.
    pub async fn request(
        &self,
        exchange: &Exchange,
        request: Request<Body>,
    ) -> Result<Treated<ToUpstream, Request<Body>>, Error> {
        let (head, mut body) = request.into_parts();
        let bytes = body.take_bytes();
        let leg = Leg::new(self, exchange, Side::Request);
        let turn = self.turn(exchange, body::is_long(&leg, &head.headers, bytes.as_ref())).await?;
        let source = WholeRequest::new(head, bytes, None);
        let treated = self.in_turn(turn, exchange, async move |engine, exchange| {
            let leg = Leg::new(engine, exchange, Side::Request);
            leg.run(source, &mut DataPath::default()).await
        });
        Ok(treated.await?.map(|request| request.map(|bytes| body.with_bytes(bytes))))
    }
}

/// A request with its body, if that is in memory.
pub(in crate::engine) struct WholeRequest<'w> {
    head: request::Parts,
    body: Option<Bytes>,
    chain: Chain,
    /// The memory of what codings expanded to, as long as the request is here.
    held: Option<Held>,
    /// What the sentinel knows of the form that follows this head.
    watch: Option<&'w mut Watch>,
}

impl<'w> WholeRequest<'w> {
    pub(in crate::engine) fn new(
        head: request::Parts,
        body: Option<Bytes>,
        watch: Option<&'w mut Watch>,
    ) -> Self {
        Self { head, body, chain: Chain::default(), held: None, watch }
    }

    /// Puts a part back where it was.
    fn put(&mut self, slot: &Slot, bytes: &Bytes) -> Result<(), Error> {
        if *slot != Slot::Body {
            return head::put(slot, bytes, Some(&mut self.head.uri), &mut self.head.headers);
        }
        let coded = if self.chain.is_identity() {
            bytes.clone()
        } else {
            Bytes::from(coding::encode(&self.chain, bytes)?)
        };
        changed::body(&mut self.head.headers, Some(coded.len()));
        self.body = Some(coded);
        Ok(())
    }
}

impl<'a> Source<'a> for WholeRequest<'_> {
    type Message = Treated<ToUpstream, Request<Option<Bytes>>>;

    fn read(&mut self, leg: &Leg<'a>) -> Result<Vec<Part<'a>>, Error> {
        let headers = &self.head.headers;
        let mut parts = head::of_request(leg, &self.head.uri, headers);
        if let Some((part, unpacked)) = body::part(leg, headers, self.body.as_ref())? {
            (self.chain, self.held) = (unpacked.chain, unpacked.held);
            parts.push(part);
        }
        Ok(parts)
    }

    fn is_whole(&self) -> bool {
        self.watch.is_none()
    }

    fn write(
        mut self,
        leg: &Leg<'a>,
        parts: Vec<Part<'a>>,
        intent: Option<Intent>,
        observer: &mut dyn Observer,
    ) -> Result<Self::Message, Error> {
        let mut body = None;
        let mut refused = false;
        for part in &parts {
            refused |= matches!(part.outcome, PartOutcome::Refused(_));
            let Some(bytes) = &part.bytes else { continue };
            if part.is_changed {
                self.put(&part.slot, bytes)?;
            }
            if part.slot == Slot::Body {
                body = Some(bytes);
            }
        }
        if refused {
            take_off(&mut self.head.headers, &[header::REFERER]);
        }
        let request::Parts { uri, headers, .. } = &self.head;
        let query = uri.query().unwrap_or_default();
        let mut places =
            vec![(Place::Path, uri.path().as_bytes()), (Place::Query, query.as_bytes())];
        places.extend(headers.iter().map(|(name, value)| {
            let place = if *name == header::COOKIE { Place::Cookie } else { Place::Header };
            (place, value.as_bytes())
        }));
        places.extend(body.map(|body| (Place::Body, body.as_ref())));
        let mut alone = Watch::new(leg.route().options.charset());
        let watch = self.watch.map_or(&mut alone, |watch| watch);
        watch.check(leg, &parts, &places, observer)?;
        let headers = &mut self.head.headers;
        validators::known_tags(headers);
        if !leg.route().response.is_empty() {
            validators::ask_for_the_whole(headers, &leg.exchange.method);
        }
        drop(self.held);
        let message = Cleared::by_engine(Request::from_parts(self.head, self.body));
        Ok(Treated { message, intent })
    }
}
