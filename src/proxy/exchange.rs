//! The life of a request.

use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;

use http::HeaderValue;
use http::Method;
use http::Request;
use http::Response;
use http::StatusCode;
use http::Version;
use http::header;
use http::request;
use hyper::body::Body as _;
use hyper::upgrade::OnUpgrade;
use tokio::time::Instant;

use crate::base::RequestId;
use crate::net::Body;
use crate::net::Ended;
use crate::net::Hop;
use crate::net::Incoming;
use crate::net::client_address;
use crate::proxy::Asked;
use crate::proxy::Destination;
use crate::proxy::Proxy;
use crate::proxy::Record;
use crate::proxy::Rejection;
use crate::proxy::Tunnels;
use crate::proxy::connection::Client;
use crate::proxy::inbound;
use crate::proxy::outbound;
use crate::proxy::upgrade;

/// Serves one request. Never fails: a rejection is an answer.
pub(super) async fn serve(
    proxy: Rc<Proxy>,
    client: Rc<Client>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let mut exchange = Exchange::begin(&proxy, &client, &request);
    let mut response = match run(&proxy, &client, &mut exchange, request).await {
        Ok(response) => response,
        Err(rejection) => exchange.refuse(rejection),
    };
    exchange.answered(response.status());
    response.body_mut().on_end(move |ended| exchange.end(ended));
    Ok(response)
}

async fn run(
    proxy: &Rc<Proxy>,
    client: &Rc<Client>,
    exchange: &mut Exchange,
    request: Request<Incoming>,
) -> Result<Response<Body>, Rejection> {
    let (head, body) = request.into_parts();
    inbound::check(client, exchange.number, &head)?;
    let destination = exchange.goes_to((proxy.lookup)(&asked(&head))?);
    let upstream = proxy.upstreams.get(&destination.upstream).ok_or(Rejection::NoRoute)?;

    let body = first_piece(proxy, body).await.map_err(Rejection::RequestBody)?;
    let mut request = Request::from_parts(head, body);
    let tunnel = tunnel_wanted(&destination, &mut request)?;
    let hop = if tunnel.is_some() { Hop::Upgrade } else { Hop::Http };

    let (head, mut body) = request.into_parts();
    exchange.count_received(&mut body);
    let answer = upstream.send(outbound::request(head, body, &client.peer, hop)).await?;
    let (answer, tunnel) = open_tunnel(proxy, client, answer, tunnel);
    outbound::response(answer, &proxy.limits, tunnel)
}

/// What the route is looked up by.
fn asked(head: &request::Parts) -> Asked<'_> {
    Asked {
        host: inbound::host(&head.headers),
        method: head.method.as_str(),
        path: head.uri.path(),
    }
}

/// Waits for the first piece of the body: a client that sends none, or a broken one, does not
/// occupy a connection to the upstream. This is also what makes hyper send `100 Continue`.
async fn first_piece(proxy: &Proxy, body: Incoming) -> Result<Body, crate::net::BodyError> {
    let mut body = Body::streamed(body, proxy.limits.timeouts.body_idle);
    body.wait_for_first_piece().await?;
    Ok(body)
}

fn tunnel_wanted(
    destination: &Destination,
    request: &mut Request<Body>,
) -> Result<Option<OnUpgrade>, Rejection> {
    let body = std::mem::take(request.body_mut());
    let wanted = upgrade::asked(request, &body);
    *request.body_mut() = body;
    match (wanted, destination.tunnels) {
        (Some(_), Tunnels::Denied) => Err(Rejection::UpgradeDenied),
        (wanted, _) => Ok(wanted),
    }
}

/// After the upstream's 101, and only then, the connection becomes a tunnel.
fn open_tunnel(
    proxy: &Rc<Proxy>,
    client: &Rc<Client>,
    mut answer: crate::proxy::upstream::Answer,
    wanted: Option<OnUpgrade>,
) -> (crate::proxy::upstream::Answer, Hop) {
    let agreed = answer.response.status() == StatusCode::SWITCHING_PROTOCOLS;
    let Some(theirs) = wanted.filter(|_| agreed) else { return (answer, Hop::Http) };
    let ours = hyper::upgrade::on(&mut answer.response);
    let (idle, client) = (proxy.limits.timeouts.keep_alive, Rc::clone(client));
    client.watch.grant_upgrade();
    proxy.drain.spawn(async move {
        upgrade::tunnel(theirs, ours, idle).await;
        drop(client); // the connection counts until here
    });
    (answer, Hop::Upgrade)
}

/// What is written down of a request; the line is written when its answer has ended, or when nobody
/// wants it any more.
struct Exchange {
    number: u64,
    proxy: Rc<Proxy>,
    client: Rc<Client>,
    began: Instant,
    received: Rc<Received>,
    record: Option<Record>,
}

/// How much of the request's body has come.
#[derive(Debug, Default)]
struct Received {
    bytes: Cell<u64>,
    whole: Cell<bool>,
}

/// nginx's number for a client that has gone; there is no answer that could have a better one.
const CLIENT_GONE: u16 = 499;

fn unknown_method() -> Method {
    Method::from_bytes(b"-").unwrap_or_default()
}

impl Exchange {
    fn begin(proxy: &Rc<Proxy>, client: &Rc<Client>, request: &Request<Incoming>) -> Self {
        let record = Record {
            time: proxy.access.now(),
            request_id: RequestId::new(),
            client: client_address(&client.peer, request.headers(), &proxy.forwarding),
            method: request.method().clone(),
            target: request.uri().clone(),
            pattern: None,
            route: None,
            upstream: None,
            status: CLIENT_GONE,
            problem: None,
            bytes: (0, 0),
            durations: Default::default(),
            complete: false,
        };
        Self {
            number: client.watch.begin(),
            proxy: Rc::clone(proxy),
            client: Rc::clone(client),
            began: Instant::now(),
            received: Rc::new(Received {
                bytes: Cell::new(0),
                whole: Cell::new(request.body().is_end_stream()),
            }),
            record: Some(record),
        }
    }

    fn goes_to(&mut self, destination: Destination) -> Destination {
        if let Some(record) = &mut self.record {
            record.route.clone_from(&destination.route);
            record.pattern.clone_from(&destination.pattern);
            record.upstream = Some(destination.upstream.clone());
        }
        destination
    }

    fn count_received(&self, body: &mut Body) {
        let received = Rc::clone(&self.received);
        body.on_end(move |ended| {
            received.bytes.set(ended.bytes);
            received.whole.set(ended.outcome.is_ok());
        });
    }

    /// Makes the answer to a request that is refused. When its body broke, the scanner knows best why.
    fn refuse(&mut self, rejection: Rejection) -> Response<Body> {
        let seen = self.client.watch.refusal(self.number).map(Rejection::Framing);
        let broken = matches!(rejection, Rejection::RequestBody(_));
        let rejection = seen.filter(|_| broken).unwrap_or(rejection);
        let problem = rejection.problem();
        let Some(record) = &mut self.record else { return Response::default() };
        record.problem = Some(problem.code);
        if matches!(rejection, Rejection::Framing(_)) && record.upstream.is_none() {
            // What hyper was shown is the guard's stand-in: say nothing rather than that.
            record.method = unknown_method();
            record.pattern = Some(Arc::from("-"));
        }
        let mut response = problem.answer(record.request_id).map(Body::Full);
        *response.version_mut() = Version::HTTP_11;
        // A body that nobody will read any more would be taken for the next request.
        if rejection.ends_connection() || !self.received.whole.get() {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        response
    }

    fn answered(&mut self, status: StatusCode) {
        if let Some(record) = &mut self.record {
            record.status = status.as_u16();
            record.durations.0 = self.began.elapsed();
        }
    }

    fn end(mut self, ended: Ended) {
        if let Some(record) = &mut self.record {
            record.bytes.1 = ended.bytes;
            record.complete = ended.outcome.is_ok();
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.client.watch.end();
        if let Some(mut record) = self.record.take() {
            record.bytes.0 = self.received.bytes.get();
            record.durations.1 = self.began.elapsed();
            self.proxy.access.write(record);
        }
    }
}
