//! An exchange that no rule concerns: passed on byte for byte, and a tunnel if both sides want one.

use std::rc::Rc;

use http::Request;
use http::Response;
use http::StatusCode;
use hyper::upgrade::OnUpgrade;

use crate::engine;
use crate::engine::AnswerBody;
use crate::engine::Untouched;
use crate::net::Hop;
use crate::net::Incoming;
use crate::proxy::Proxy;
use crate::proxy::Rejection;
use crate::proxy::connection::Client;
use crate::proxy::exchange_record::ExchangeRecord;
use crate::proxy::outbound;
use crate::proxy::upgrade;
use crate::proxy::upstream::Answer;
use crate::proxy::upstream::Upstream;
use crate::rules::Unruled;

/// Where a request goes that no rule concerns.
pub(super) struct Destination<'a> {
    pub(super) unruled: Unruled,
    pub(super) upstream: &'a Upstream,
}

/// Passes a request on that no rule concerns, and its answer, byte for byte.
pub(super) async fn run(
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
