//! The life of a request, on a route with rules or without. Under rules it is treated by the engine, whole or
//! piece by piece, and only then passed on; without, `passthrough` passes it.

use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;

use http::HeaderMap;
use http::Method;
use http::Request;
use http::Response;
use http::header;
use hyper::body::Body as _;

use crate::audit;
use crate::audit::Code;
use crate::audit::Event;
use crate::audit::Verb;
use crate::authn::Identity;
use crate::base::Principal;
use crate::engine;
use crate::engine::AnswerBody;
use crate::engine::BodyHandling;
use crate::engine::Generation;
use crate::engine::RequestFacts;
use crate::engine::Side;
use crate::engine::ToClient;
use crate::engine::Treated;
use crate::engine::Treatment;
use crate::net::Body;
use crate::net::BodyError;
use crate::net::Collecting;
use crate::net::Held;
use crate::net::Hop;
use crate::net::Incoming;
use crate::net::collect;
use crate::net::take_off;
use crate::net::validators;
use crate::proxy::Proxy;
use crate::proxy::Rejection;
use crate::proxy::connection::Client;
use crate::proxy::exchange_record::ExchangeRecord;
use crate::proxy::flow;
use crate::proxy::inbound;
use crate::proxy::interim::Interim;
use crate::proxy::outbound;
use crate::proxy::passthrough;
use crate::proxy::passthrough::Destination;
use crate::proxy::rerouting;
use crate::proxy::upgrade;
use crate::proxy::upload;
use crate::proxy::upstream::Upstream;
use crate::rules::Lookup;
use crate::rules::Route;
use crate::rules::Ruled;

/// Serves one request. Never fails: a rejection is an answer.
pub(super) async fn serve(
    proxy: Rc<Proxy>,
    client: Rc<Client>,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Infallible> {
    let mut record = ExchangeRecord::begin(&proxy, &client, &request);
    let mut response = match run(&proxy, &client, &mut record, request).await {
        Ok(response) => response,
        Err(rejection) => record.refuse(rejection),
    };
    client.watch.answers(record.number());
    record.answered(response.status());
    response.body_mut().on_end(move |ended| record.end(ended));
    Ok(response)
}

async fn run(
    proxy: &Rc<Proxy>,
    client: &Rc<Client>,
    record: &mut ExchangeRecord,
    mut request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Rejection> {
    inbound::check(client, record.number(), &request)?;
    let generation = proxy.live.snapshot();
    let lookup = look_up(&generation, &request);
    let lookup = lookup.inspect_err(|rejection| {
        on_record(proxy, record, request.method(), None, *rejection);
    })?;
    let route = lookup.route().map(Arc::as_ref);
    let upstream = record.goes_to(proxy, &generation, route);
    let upstream = upstream.inspect_err(|rejection| {
        if let Lookup::Ruled(ruled) = &lookup {
            on_record(proxy, record, request.method(), Some(ruled.route()), *rejection);
        }
    })?;
    record.informs(Interim::of(&request, &client.watch, record.number(), route).await);
    match lookup {
        Lookup::Unruled(unruled) => {
            rerouting::check_unruled(&generation, &request).inspect_err(|rejection| {
                on_record(proxy, record, request.method(), None, *rejection);
            })?;
            engine::guard_referer(&generation.rules, request.headers_mut());
            validators::known_tags(request.headers_mut());
            let destination = Destination { unruled, upstream };
            passthrough::run(proxy, client, record, destination, request).await
        }
        Lookup::Ruled(ruled) => {
            let context = RouteContext { client, generation: &generation, ruled: &ruled, upstream };
            identify(proxy, record, context, request).await
        }
    }
}

/// Notes a refusal that may concern a route with rules, of a caller whom nobody has looked at.
fn on_record(
    proxy: &Proxy,
    record: &ExchangeRecord,
    method: &Method,
    route: Option<&Route>,
    rejection: Rejection,
) {
    let exchange = audit::Exchange {
        request_id: record.request_id(),
        principal: Principal::anonymous(),
        alias: None,
        source: record.client(),
        method: Verb::of(method.as_str()),
        route: route.map(|route| route.id.clone()),
        tenant: route.map(|route| route.tenant.clone()),
        upstream: route.and_then(|route| route.upstream.clone()),
        purpose: None,
    };
    let event = Event::refuse(&exchange, Code(rejection.problem().code));
    proxy.engine.journal().note_of_stranger(event);
}

/// Finds out what the rules say to a request. That they say nothing is an answer, a path with two readings
/// is not.
fn look_up(generation: &Generation, request: &Request<Incoming>) -> Result<Lookup, Rejection> {
    let host = inbound::host(request.headers());
    let found = generation.rules.lookup(host, request.method().as_str(), request.uri().path());
    found.map_err(|_ambiguous| Rejection::AmbiguousPath)
}

/// Who connects, and what the exchange runs under.
#[derive(Clone, Copy)]
pub(super) struct RouteContext<'a> {
    client: &'a Client,
    generation: &'a Arc<Generation>,
    ruled: &'a Ruled,
    pub(super) upstream: &'a Upstream,
}

/// Identifies the caller, and puts on record what is refused from there on.
async fn identify(
    proxy: &Rc<Proxy>,
    record: &mut ExchangeRecord,
    context: RouteContext<'_>,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Rejection> {
    let now = proxy.clock.now();
    let identified = proxy.authenticator.identify(request.method(), request.headers(), now).await;
    let facts = RequestFacts {
        source: record.client(),
        host: inbound::host(request.headers()),
        method: request.method(),
        request_id: record.request_id(),
    };
    let (identity, refused) = match identified {
        Ok(identity) => (identity, None),
        Err(refused) => (Identity::anonymous(), Some(refused)),
    };
    let exchange = engine::Exchange::new(context.generation, context.ruled, &identity, facts);
    let exchange = exchange.ok_or(Rejection::Uninspected)?;
    if let Some(refused) = refused {
        let event = Event::auth_failure(&exchange.audited(), Code(refused.code()));
        proxy.engine.journal().note(event);
        return Err(Rejection::Identity(refused));
    }
    let done = treat(proxy, record, context, &exchange, request).await;
    if let Err(rejection) = &done {
        let event = Event::refuse(&exchange.audited(), Code(rejection.problem().code));
        proxy.engine.journal().note(event);
    }
    done
}

async fn treat(
    proxy: &Rc<Proxy>,
    record: &mut ExchangeRecord,
    context: RouteContext<'_>,
    exchange: &engine::Exchange,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Rejection> {
    refuse_tunnels(&request)?;
    rerouting::check(&exchange.generation().rules, exchange.route(), &request)?;
    proxy.engine.vault_answers().await?;
    let (mut head, body) = request.into_parts();
    let mut body = record.streamed(body);
    if !exchange.route().request.is_empty() {
        drop_trailers(proxy, "request", &mut head.headers, &mut body);
    }
    if !exchange.route().response.is_empty() {
        // Nobody waits for trailers that will not go on ([RFC 9110, section 10.1.4]).
        take_off(&mut head.headers, &[header::TE]);
    }
    let strips = proxy.authenticator.strips();
    let forwarded = |body| outbound::request(head, body, &context.client.peer, Hop::Http, strips);
    let notes = record.take_notes();
    let mut answer = match request_body(proxy, exchange, body).await? {
        RequestBody::Whole(body, counted) => {
            let asked = proxy.engine.request(exchange, forwarded(body)).await?;
            let length = asked.message.message().body().size_hint().lower();
            let _counted =
                counted.map(|held| held.covering(length.try_into().unwrap_or(usize::MAX)));
            if let Some(intent) = asked.intent {
                record.forwards(intent, asked.message.message().body());
            }
            context.upstream.send(asked.message, notes).await?
        }
        RequestBody::TooLong(body) => {
            upload::send(proxy, context, exchange, forwarded(body), notes).await?
        }
    };
    record.forwarded(answer.response.status());
    context.client.watch.spell(std::mem::take(&mut answer.names));
    let mut response = outbound::response(answer, &proxy.limits, Hop::Http)?;
    if !exchange.route().response.is_empty() {
        let (mut head, mut body) = response.into_parts();
        drop_trailers(proxy, "response", &mut head.headers, &mut body);
        response = Response::from_parts(head, body);
    }

    let protects = Side::Response.treatment(exchange.route().direction) == Treatment::Protect;
    let answered = response_leg(proxy, record, exchange, response).await;
    let answered =
        if protects { answered.map_err(Rejection::of_protected_answer) } else { answered };
    let (answered, counted) = answered?;
    record.shows(answered.intent);
    Ok(answered.message.into_answer(counted))
}

/// A tunnel is a channel that nobody inspects.
fn refuse_tunnels(request: &Request<Incoming>) -> Result<(), Rejection> {
    if upgrade::is_asked(request) { Err(Rejection::UpgradeDenied) } else { Ok(()) }
}

/// Lets the fields behind a body end here, on a leg with rules: nobody has inspected them, and a digest
/// among them would be that of other bytes.
fn drop_trailers(proxy: &Proxy, leg: &'static str, headers: &mut HeaderMap, body: &mut Body) {
    let metrics = Arc::clone(&proxy.metrics);
    body.drop_trailers(move || metrics.trailers_dropped(leg));
    take_off(headers, &[header::TRAILER]);
}

/// The body of a request.
enum RequestBody {
    /// As the engine wants it, with the memory that it takes.
    Whole(Body, Option<Held>),
    /// Rules inspect it, and it is too long to be read whole.
    TooLong(Body),
}

/// The request's body: read whole when rules inspect it, else as it comes.
async fn request_body(
    proxy: &Proxy,
    exchange: &engine::Exchange,
    mut body: Body,
) -> Result<RequestBody, Rejection> {
    if exchange.route().request.body.is_none() {
        body.wait_for_first_piece().await.map_err(Rejection::RequestBody)?;
        return Ok(RequestBody::Whole(body, None));
    }
    let (limits, memory) = (&proxy.limits, exchange.memory(&proxy.budget));
    let read = collect(body, limits.body_bytes, limits.timeouts.body, &memory).await;
    match read.map_err(Rejection::RequestBody)? {
        Collecting::Whole(collected) => {
            Ok(RequestBody::Whole(Body::from(collected.bytes), Some(collected.held)))
        }
        Collecting::TooLong(body) => Ok(RequestBody::TooLong(body)),
        Collecting::NoRoom(_, error) => Err(Rejection::RequestBody(error)),
    }
}

/// The response, treated as its rules say: read whole, while it streams, or passed on. What was read whole
/// comes with the memory that counts until the client has it.
async fn response_leg(
    proxy: &Rc<Proxy>,
    record: &ExchangeRecord,
    exchange: &engine::Exchange,
    response: Response<Body>,
) -> Result<(Treated<ToClient, Response<Body>>, Option<Held>), Rejection> {
    let handling =
        Side::Response.body_handling(exchange.route(), response.headers(), Some(response.status()));
    let has_body = !matches!(response.body(), Body::Empty | Body::Claimed(_));
    let ReadResponse { response, kept, held } = match handling {
        BodyHandling::Stream(streaming) if has_body => {
            let answered = flow::run(proxy, record, exchange, streaming, response).await;
            return answered.map(|answered| (answered, None));
        }
        BodyHandling::Buffer if has_body => collected(proxy, exchange, response).await?,
        BodyHandling::KeepTokens(reason) if has_body => {
            ReadResponse { response, kept: Some(reason), held: None }
        }
        BodyHandling::Passthrough
        | BodyHandling::Stream(_)
        | BodyHandling::Buffer
        | BodyHandling::KeepTokens(_) => ReadResponse { response, kept: None, held: None },
    };
    let answered = proxy.engine.answer(exchange, response, kept).await;
    answered.map(|answered| (answered, held)).map_err(Rejection::of_response)
}

/// A response as the engine wants it.
struct ReadResponse {
    response: Response<Body>,
    /// Why nobody reads its body.
    kept: Option<&'static str>,
    /// The memory of what was read whole.
    held: Option<Held>,
}

/// Reads a response whole. One that is too large, or finds no memory, keeps its tokens: the
/// application has acted, and the client must not think that it has not.
async fn collected(
    proxy: &Proxy,
    exchange: &engine::Exchange,
    response: Response<Body>,
) -> Result<ReadResponse, Rejection> {
    let (limits, memory) = (&proxy.limits, exchange.memory(&proxy.budget));
    let (head, body) = response.into_parts();
    let read = collect(body, limits.body_bytes, limits.timeouts.body, &memory).await;
    let (body, reason, refused) = match read.map_err(Rejection::ResponseBody)? {
        Collecting::Whole(collected) => {
            let response = Response::from_parts(head, Body::Full(collected.bytes));
            return Ok(ReadResponse { response, kept: None, held: Some(collected.held) });
        }
        Collecting::TooLong(body) => (body, "too_large", BodyError::TooLarge),
        Collecting::NoRoom(body, error) => (body, "busy", error),
    };
    if Side::Response.treatment(exchange.route().direction) == Treatment::Protect {
        return Err(Rejection::ResponseBody(refused));
    }
    Ok(ReadResponse { response: Response::from_parts(head, body), kept: Some(reason), held: None })
}
