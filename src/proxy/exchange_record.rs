//! What is kept of an exchange while it runs, and written down at its end.

use std::cell::Cell;
use std::cell::OnceCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::Request;
use http::Response;
use http::StatusCode;
use http::Version;
use http::header;
use hyper::body::Body as _;
use tokio::time::Instant;

use crate::audit::Answer;
use crate::audit::Verb;
use crate::base::RequestId;
use crate::base::UpstreamId;
use crate::engine::AnswerBody;
use crate::engine::Generation;
use crate::engine::Intent;
use crate::net::Body;
use crate::net::BodyError;
use crate::net::Ended;
use crate::net::FieldNames;
use crate::net::Incoming;
use crate::net::client_address;
use crate::proxy::Proxy;
use crate::proxy::Record;
use crate::proxy::Rejection;
use crate::proxy::connection::Client;
use crate::proxy::heads::Notes;
use crate::proxy::interim::Interim;
use crate::proxy::upstream::Upstream;
use crate::rules::Route;
use crate::telemetry::metrics::RouteMetrics;

/// What is written down of a request; the line is written when its answer has ended, or when nobody
/// wants it any more.
pub(super) struct ExchangeRecord {
    number: u64,
    notes: Notes,
    proxy: Rc<Proxy>,
    client: Rc<Client>,
    began: Instant,
    received: Rc<Received>,
    record: Option<Record>,
    route: Option<RouteMetrics>,
    intent: Option<Intent>,
    /// What the request shows the upstream, and how many bytes it has.
    forwarding: Option<(Intent, u64)>,
    ended: Option<Ended>,
    /// Whether it is known where the request goes.
    is_routed: bool,
    /// Whether the upstream has answered: what is refused from then on is the answer.
    is_answered: bool,
}

/// How much of the request's body has come.
#[derive(Debug, Default)]
struct Received {
    bytes: Cell<u64>,
    whole: Cell<bool>,
}

/// nginx's number for a client that has gone; there is no answer that could have a better one.
const CLIENT_GONE: u16 = 499;

impl ExchangeRecord {
    pub(super) fn begin(
        proxy: &Rc<Proxy>,
        client: &Rc<Client>,
        request: &Request<Incoming>,
    ) -> Self {
        let record = Record {
            time: proxy.access.now(),
            request_id: OnceCell::new(),
            client: client_address(&client.peer, request.headers(), &proxy.forwarding),
            method: Verb::of(request.method().as_str()).as_str(),
            segments: request.uri().path().bytes().filter(|&byte| byte == b'/').count(),
            pattern: None,
            route: None,
            upstream: None,
            status: CLIENT_GONE,
            problem: None,
            bytes: (0, 0),
            durations: Default::default(),
            complete: false,
        };
        let (number, names) = client.watch.begin();
        Self {
            number,
            notes: Notes { names, interim: None },
            proxy: Rc::clone(proxy),
            client: Rc::clone(client),
            began: Instant::now(),
            received: Rc::new(Received {
                bytes: Cell::new(0),
                whole: Cell::new(request.body().is_end_stream()),
            }),
            record: Some(record),
            route: None,
            intent: None,
            forwarding: None,
            ended: None,
            is_routed: false,
            is_answered: false,
        }
    }

    /// The number of the request on its connection.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Notes whom to tell of interim answers.
    pub(super) fn informs(&mut self, interim: Option<Interim>) {
        self.notes.interim = interim;
    }

    /// Takes what goes to the upstream beside the request.
    pub(super) fn take_notes(&mut self) -> Notes {
        std::mem::take(&mut self.notes)
    }

    /// Returns the id of the exchange; it stays the same to its end.
    pub(super) fn request_id(&self) -> RequestId {
        self.record.as_ref().map_or_else(RequestId::new, Record::request_id)
    }

    /// Returns the client's address, behind trusted proxies that which they tell.
    pub(super) fn client(&self) -> IpAddr {
        let peer = self.client.peer.address();
        self.record.as_ref().map_or(peer, |record| record.client)
    }

    /// Notes where the request goes: to its route's upstream, or to the default one.
    pub(super) fn goes_to<'a>(
        &mut self,
        proxy: &'a Proxy,
        generation: &Generation,
        route: Option<&Route>,
    ) -> Result<&'a Upstream, Rejection> {
        let named: Option<&UpstreamId> = route.and_then(|route| route.upstream.as_ref());
        let id = named.or(proxy.default_upstream.as_ref()).ok_or(Rejection::NoRoute)?;
        self.is_routed = true;
        // These belong to all cores: a count of their owners that every request changes is dear.
        if let Some(record) = self.record.as_mut().filter(|_| proxy.access.is_on()) {
            record.route = route.map(|route| route.id.clone());
            record.pattern = route.map(|route| Arc::clone(&route.pattern));
            record.upstream = Some(id.clone());
        }
        self.route = route.and_then(|route| generation.route(&route.id)).cloned();
        proxy.upstreams.get(id).ok_or(Rejection::NoRoute)
    }

    /// Counts the request's body as it is read.
    pub(super) fn streamed(&self, body: Incoming) -> Body {
        let limits = &self.proxy.limits;
        let mut body = Body::streamed(body, limits.timeouts.body_idle, limits.least_rate);
        self.count_received(&mut body);
        body
    }

    /// Waits for the first piece of the body: a client that sends none, or a broken one, does not
    /// occupy a connection to the upstream. This is also what makes hyper send `100 Continue`.
    pub(super) async fn first_piece(&self, body: Incoming) -> Result<Body, BodyError> {
        let mut body = self.streamed(body);
        body.wait_for_first_piece().await?;
        Ok(body)
    }

    /// How long the exchange has taken so far.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The answer shows what this intent announced; its outcome is told at the end.
    pub(super) fn shows(&mut self, intent: Option<Intent>) {
        self.intent = intent;
    }

    /// The request shows the upstream what this intent announced. Unless
    /// [`Self::forwarded`] says that the upstream has answered, the outcome is that it broke off.
    pub(super) fn forwards(&mut self, intent: Intent, body: &Body) {
        self.forwarding = Some((intent, body.size_hint().lower()));
    }

    /// The upstream has the request and answers with this status.
    pub(super) fn forwarded(&mut self, status: StatusCode) {
        self.is_answered = true;
        if let Some((intent, bytes)) = self.forwarding.take() {
            let latency_us = micros(self.began.elapsed());
            intent.ended(Answer { status: status.as_u16(), bytes, aborted: false, latency_us });
        }
    }

    fn count_received(&self, body: &mut Body) {
        let received = Rc::clone(&self.received);
        body.on_end(move |ended| {
            received.bytes.set(ended.bytes);
            received.whole.set(ended.outcome.is_ok());
        });
    }

    /// Makes the answer to a request that is refused. When its body broke, the scanner knows best why.
    pub(super) fn refuse(&mut self, rejection: Rejection) -> Response<AnswerBody> {
        let seen = self.client.watch.refusal(self.number).map(Rejection::Framing);
        let broken = matches!(rejection, Rejection::RequestBody(_));
        let rejection = seen.filter(|_| broken).unwrap_or(rejection);
        self.client.watch.spell(FieldNames::default());
        let problem = rejection.problem();
        let Some(record) = &mut self.record else {
            return AnswerBody::of_problem(&problem, RequestId::new());
        };
        record.problem = Some(problem.code);
        if matches!(rejection, Rejection::Framing(_)) && !self.is_routed {
            // What hyper was shown is the guard's stand-in: say nothing rather than that.
            record.method = "-";
            record.pattern = Some(Arc::from("-"));
        }
        if rejection == Rejection::AmbiguousPath {
            // It may be the path of a protected route: those are not shown.
            record.pattern = Some(Arc::from("-"));
        }
        let mut response = AnswerBody::of_problem(&problem, record.request_id());
        *response.version_mut() = Version::HTTP_11;
        if problem.status == StatusCode::UNAUTHORIZED {
            for challenge in self.proxy.authenticator.challenges() {
                response.headers_mut().append(header::WWW_AUTHENTICATE, challenge.clone());
            }
        }
        // A body that nobody will read any more would be taken for the next request.
        if rejection.ends_connection() || !self.received.whole.get() {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        response
    }

    pub(super) fn answered(&mut self, status: StatusCode) {
        if let Some(record) = &mut self.record {
            record.status = status.as_u16();
            if self.proxy.access.is_on() {
                record.durations.0 = self.began.elapsed();
            }
        }
    }

    pub(super) fn end(mut self, ended: Ended) {
        if let Some(record) = &mut self.record {
            record.bytes.1 = ended.bytes;
            record.complete = ended.outcome.is_ok();
        }
        self.ended = Some(ended);
    }
}

impl Drop for ExchangeRecord {
    fn drop(&mut self) {
        self.client.watch.end();
        let Some(mut record) = self.record.take() else { return };
        let is_timed = self.route.is_some()
            || self.intent.is_some()
            || self.forwarding.is_some()
            || self.proxy.access.is_on();
        let total = if is_timed { self.began.elapsed() } else { Duration::ZERO };
        record.bytes.0 = self.received.bytes.get();
        record.durations.1 = total;
        if let Some(route) = &self.route {
            route.answered(record.status, total);
        }
        if let Some(code) = record.problem {
            self.proxy.metrics.refused(code);
            if let Some(route) = &self.route {
                route.refused(if self.is_answered { "response" } else { "request" }, code);
            }
        }
        if let Some(intent) = self.intent.take() {
            let bytes = self.ended.map_or(0, |ended| ended.bytes);
            let aborted = self.ended.is_none_or(|ended| ended.outcome.is_err());
            intent.ended(Answer {
                status: record.status,
                bytes,
                aborted,
                latency_us: micros(total),
            });
        }
        if let Some((intent, bytes)) = self.forwarding.take() {
            let (status, latency_us) = (record.status, micros(total));
            intent.ended(Answer { status, bytes, aborted: true, latency_us });
        }
        self.proxy.access.write(record);
    }
}

/// Whole microseconds, as the journal counts time.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
