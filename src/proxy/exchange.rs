//! The life of a request.

use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;

use http::Method;
use http::Request;
use http::Response;
use http::StatusCode;
use hyper::upgrade::OnUpgrade;

use crate::audit;
use crate::audit::Code;
use crate::audit::Event;
use crate::audit::Verb;
use crate::base::Principal;
use crate::engine;
use crate::engine::AnswerBody;
use crate::engine::Generation;
use crate::engine::Untouched;
use crate::net::Hop;
use crate::net::Incoming;
use crate::proxy::Proxy;
use crate::proxy::Rejection;
use crate::proxy::connection::Client;
use crate::proxy::exchange_record::ExchangeRecord;
use crate::proxy::inbound;
use crate::proxy::inspect;
use crate::proxy::inspect::RouteContext;
use crate::proxy::interim::Interim;
use crate::proxy::outbound;
use crate::proxy::rerouting;
use crate::proxy::upgrade;
use crate::proxy::upstream::Answer;
use crate::proxy::upstream::Upstream;
use crate::rules::Lookup;
use crate::rules::Route;
use crate::rules::Unruled;

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
            engine::known_tags(request.headers_mut());
            let destination = Destination { unruled, upstream };
            stream(proxy, client, record, destination, request).await
        }
        Lookup::Ruled(ruled) => {
            let context = RouteContext { client, generation: &generation, ruled: &ruled, upstream };
            inspect::run(proxy, record, context, request).await
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

/// Where a request goes that no rule concerns.
struct Destination<'a> {
    unruled: Unruled,
    upstream: &'a Upstream,
}

/// Passes a request on that no rule concerns, and its answer, byte for byte.
async fn stream(
    proxy: &Rc<Proxy>,
    client: &Rc<Client>,
    record: &mut ExchangeRecord,
    destination: Destination<'_>,
    mut request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Rejection> {
    let Destination { unruled, upstream } = destination;
    let tunnel = upgrade::asked(&mut request, &client.watch, record.number());
    let hop = if tunnel.is_some() { Hop::Upgrade } else { Hop::Http };
    let (head, body) = request.into_parts();
    let body = record.first_piece(body).await.map_err(Rejection::RequestBody)?;
    let request = outbound::request(head, body, &client.peer, hop, proxy.authenticator.strips());
    let (request, untouched) = engine::untouched(unruled, request);
    let mut answer = upstream.send(request, record.take_notes()).await?;
    client.watch.spell(std::mem::take(&mut answer.names));
    let (answer, hop) = open_tunnel(proxy, client, &untouched, answer, tunnel);
    let response = outbound::response(answer, &proxy.limits, hop)?;
    Ok(untouched.answer(response).into_answer(None))
}

/// After the upstream's 101, and only then, the connection becomes a tunnel.
fn open_tunnel(
    proxy: &Rc<Proxy>,
    client: &Rc<Client>,
    untouched: &Untouched,
    mut answer: Answer,
    wanted: Option<OnUpgrade>,
) -> (Answer, Hop) {
    let agreed = answer.response.status() == StatusCode::SWITCHING_PROTOCOLS;
    let Some(theirs) = wanted.filter(|_| agreed) else { return (answer, Hop::Http) };
    let ours = hyper::upgrade::on(&mut answer.response);
    let (idle, client) = (proxy.limits.timeouts.keep_alive, Rc::clone(client));
    client.watch.grant_upgrade(untouched);
    let tunnel = upgrade::tunnel(untouched, theirs, ours, idle);
    proxy.drain.spawn(async move {
        tunnel.await;
        drop(client); // the connection counts until here
    });
    (answer, Hop::Upgrade)
}
