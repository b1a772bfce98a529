//! Sending a request to an upstream: choose a connection, connect, and the rules of trying again.
//!
//! | What happened | Sent again? |
//! |---|---|
//! | a pooled connection was closed before a byte was written | yes, any method, on a new connection |
//! | the connection ended before the answer began, method idempotent, body at hand | yes |
//! | the same, other methods or a streamed body | no: the upstream may have acted on it |
//! | no answer in time | no |
//!
//! Once at most.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use http::HeaderName;
use http::HeaderValue;
use http::Method;
use http::Request;
use http::Response;
use http::Uri;
use hyper::body::Body as _;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use crate::base::Diagnostic;
use crate::base::Limits;
use crate::base::Timestamp;
use crate::base::UpstreamId;
use crate::engine::Cleared;
use crate::engine::ForwardBody;
use crate::engine::ToUpstream;
use crate::net::Body;
use crate::net::BodyError;
use crate::net::Drain;
use crate::net::FieldNames;
use crate::net::Incoming;
use crate::net::ReadFirst;
use crate::net::Stream;
use crate::net::WriteDeadline;
use crate::net::config::HeaderCase;
use crate::net::config::Scheme;
use crate::net::config::Upstream as Config;
use crate::net::tls;
use crate::net::tune;
use crate::proxy::Rejection;
use crate::proxy::heads::Noted;
use crate::proxy::heads::Notes;
use crate::proxy::pool::Connection;
use crate::proxy::pool::Pool;

/// How long bytes may stay unacknowledged before an upstream counts as gone.
const USER_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(20);

/// An upstream whose files have been read; made once, given to every core.
#[derive(Debug, Clone)]
pub struct Prepared {
    config: Config,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

impl Prepared {
    /// Reads the files of an upstream: authorities, client certificate and key.
    pub fn new(
        config: &Config,
        now: Timestamp,
    ) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        if config.scheme == Scheme::Http {
            return Ok((Self { config: config.clone(), tls: None }, Vec::new()));
        }
        let name = ServerName::try_from(bare(&config.host).to_owned()).map_err(|_| {
            vec![Diagnostic::error(config.id.as_str(), "not a name that a certificate can have")]
        })?;
        let identity = config.client_certificate.as_ref();
        let identity = identity.map(|(certificate, key)| (certificate.as_path(), key.as_path()));
        let (client, warnings) = tls::client_config(config.ca.as_deref(), identity, now)?;
        Ok((Self { config: config.clone(), tls: Some((client, name)) }, warnings))
    }
}

/// The host without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// All upstreams, with one core's connections to them.
pub struct Upstreams(HashMap<UpstreamId, Upstream>);

impl fmt::Debug for Upstreams {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl Upstreams {
    /// Makes one core's set.
    pub fn new(prepared: &[Prepared], limits: &Limits, header_case: HeaderCase) -> Self {
        let upstreams = prepared.iter().map(|prepared| {
            let pool = Pool::new(limits.pool_idle_connections, limits.timeouts.pool_idle);
            let upstream = Upstream {
                prepared: prepared.clone(),
                limits: limits.clone(),
                header_case,
                pool,
                connections: Drain::default(),
            };
            (prepared.config.id.clone(), upstream)
        });
        Self(upstreams.collect())
    }

    pub(super) fn get(&self, id: &UpstreamId) -> Option<&Upstream> {
        self.0.get(id)
    }

    /// Closes connections that nobody has used for long.
    pub(super) fn sweep(&self) {
        self.0.values().for_each(|upstream| upstream.pool.sweep());
    }
}

/// One upstream, with one core's connections to it.
pub(super) struct Upstream {
    prepared: Prepared,
    limits: Limits,
    header_case: HeaderCase,
    pool: Rc<Pool>,
    /// Drives the connections. Never waited for: an exchange waits for its own answer.
    connections: Drain,
}

/// An answer whose head has come. The connection goes back to the pool when its body has ended.
pub(super) struct Answer {
    pub(super) response: Response<Incoming>,
    /// The names of its fields as they came.
    pub(super) names: FieldNames,
    pub(super) lease: Lease,
}

/// The right to put a connection back.
pub(super) struct Lease {
    pool: Rc<Pool>,
    connection: Connection,
}

impl Lease {
    /// The response has been read to its end: the next exchange may use the connection.
    pub(super) fn give_back(self) {
        self.pool.give_back(self.connection);
    }
}

struct Failure {
    rejection: Rejection,
    /// The request, when not a byte of it was written.
    unsent: Option<Box<Request<ForwardBody>>>,
    /// Whether the connection ended before the answer began.
    reset: bool,
    /// What went with the request, and its head as it was written.
    notes: Notes,
    head: Vec<u8>,
}

impl Upstream {
    /// Sends a request that the engine has cleared, and waits for the head of the answer.
    pub(super) async fn send(
        &self,
        request: Cleared<ToUpstream, Request<Body>>,
        notes: Notes,
    ) -> Result<Answer, Rejection> {
        let request = request.into_forward();
        let connection = match self.pool.take() {
            Some(pooled) => pooled,
            None => self.connect().await?,
        };
        let spare = Spare::of(&request);
        let failure = match self.exchange(connection, request, notes).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        let again = match failure.unsent {
            Some(request) => Some(*request),
            None if failure.reset => spare.and_then(|spare| spare.request(&failure.head)),
            None => None,
        };
        let request = again.ok_or(failure.rejection)?;
        let connection = self.connect().await?;
        let answer = self.exchange(connection, request, failure.notes).await;
        answer.map_err(|failure| failure.rejection)
    }

    async fn exchange(
        &self,
        mut connection: Connection,
        mut request: Request<ForwardBody>,
        notes: Notes,
    ) -> Result<Answer, Failure> {
        connection.heads.begin(notes);
        let watched = watch_body(request.body_mut());
        let (sent, client_fault) = watched.unzip();
        let response = connection.sender.try_send_request(request);
        let overdue = async {
            if let Some(sent) = sent {
                // An error means that the body is gone: nothing more will be sent.
                let _all_sent = sent.await.is_ok();
            }
            let timer = &mut connection.timer;
            timer.as_mut().reset(Instant::now() + self.limits.timeouts.response);
            timer.await;
        };
        let outcome = tokio::select! {
            biased;
            outcome = response => outcome,
            () = overdue => return Err(Failure::of(Rejection::UpstreamTimeout)),
        };
        match outcome {
            Ok(response) => {
                let names = connection.heads.take_answer();
                let lease = Lease { pool: Rc::clone(&self.pool), connection };
                Ok(Answer { response, names, lease })
            }
            Err(mut error) => {
                let unsent = error.take_message().map(Box::new);
                if let Some(fault) = client_fault.and_then(|fault| fault.get()) {
                    return Err(Failure::of(Rejection::RequestBody(fault)));
                }
                let rejection = rejection_of(error.error());
                let reset = rejection == Rejection::UpstreamBroken;
                let (notes, head) = connection.heads.take_request();
                Err(Failure { rejection, unsent, reset, notes, head })
            }
        }
    }

    async fn connect(&self) -> Result<Connection, Rejection> {
        let connecting = self.open();
        let outcome = tokio::time::timeout(self.limits.timeouts.connect, connecting).await;
        let stream = outcome.map_err(|_| Rejection::UpstreamUnreachable)??;
        let stream = WriteDeadline::new(stream, self.limits.timeouts.write_stall, 0);
        let (limits, stream) = (&self.limits, ReadFirst::new(stream));
        let (noted, heads) = Noted::new(stream, limits.header_bytes, self.header_case);
        let io = TokioIo::new(noted);
        let mut builder = http1::Builder::new();
        builder.max_buf_size((2 * self.limits.header_bytes).max(64 * 1024));
        builder.max_header_size(self.limits.header_bytes);
        if self.limits.header_fields != 100 {
            builder.max_headers(self.limits.header_fields);
        }
        let (sender, connection) =
            builder.handshake(io).await.map_err(|_| Rejection::UpstreamUnreachable)?;
        self.connections.spawn(async move {
            // Its end, good or bad, is told to whoever waits for an answer on it.
            let _ended = connection.with_upgrades().await.is_ok();
        });
        Ok(Connection::new(sender, heads))
    }

    async fn open(&self) -> Result<Stream, Rejection> {
        let config = &self.prepared.config;
        let stream = TcpStream::connect((bare(&config.host), config.port)).await;
        let stream = stream.map_err(|_| Rejection::UpstreamUnreachable)?;
        tune(&stream, Some(USER_TIMEOUT)).map_err(|_| Rejection::UpstreamUnreachable)?;
        let Some((client, name)) = &self.prepared.tls else { return Ok(Stream::Plain(stream)) };
        let connector = TlsConnector::from(Arc::clone(client));
        let stream = connector.connect(name.clone(), stream).await;
        stream.map(|tls| Stream::Tls(Box::new(tls.into()))).map_err(|error| untrusted(&error))
    }
}

impl Failure {
    fn of(rejection: Rejection) -> Self {
        let (notes, head) = Default::default();
        Self { rejection, unsent: None, reset: false, notes, head }
    }
}

/// Tells when the request's body has gone out.
type Sent = oneshot::Receiver<()>;

/// What was wrong with the request's body, if it broke.
type Fault = Rc<Cell<Option<BodyError>>>;

/// Watches the request's body, if it has one.
fn watch_body(body: &mut ForwardBody) -> Option<(Sent, Fault)> {
    if body.is_end_stream() {
        return None;
    }
    let (sender, sent) = oneshot::channel();
    let fault = Fault::default();
    let told = Rc::clone(&fault);
    body.on_end(move |ended| {
        if let Err(Some(error)) = ended.outcome {
            told.set(Some(error));
        }
        // Nobody may be waiting any more.
        let _heard = sender.send(()).is_ok();
    });
    Some((sent, fault))
}

/// What a request is made of again beside its head as it was written, if it may be sent twice: [RFC 9110,
/// section 9.2.2]. A copy of its fields would cost every request as much as writing them does.
struct Spare {
    method: Method,
    uri: Uri,
    body: ForwardBody,
}

impl Spare {
    fn of(request: &Request<ForwardBody>) -> Option<Self> {
        let idempotent = matches!(
            *request.method(),
            Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE
        );
        if !idempotent {
            return None;
        }
        let body = request.body().replay()?;
        Some(Self { method: request.method().clone(), uri: request.uri().clone(), body })
    }

    fn request(self, head: &[u8]) -> Option<Request<ForwardBody>> {
        let fields = head.get(memchr::memchr(b'\n', head)? + 1..)?;
        // No field has less than three bytes.
        let mut parsed = vec![httparse::EMPTY_HEADER; fields.len() / 3];
        let (_, parsed) = httparse::parse_headers(fields, &mut parsed).ok()?.unwrap();
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.uri;
        for field in parsed {
            let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
            request.headers_mut().append(name, HeaderValue::from_bytes(field.value).ok()?);
        }
        Some(request)
    }
}

fn rejection_of(error: &hyper::Error) -> Rejection {
    let source = std::error::Error::source(error).and_then(|s| s.downcast_ref::<io::Error>());
    if error.is_parse() {
        Rejection::UpstreamMalformed
    } else if source.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
        Rejection::UpstreamTimeout
    } else {
        Rejection::UpstreamBroken
    }
}

fn untrusted(error: &io::Error) -> Rejection {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(rustls::Error::InvalidCertificate(_)) => Rejection::UpstreamUntrusted,
        Some(_) | None => Rejection::UpstreamUnreachable,
    }
}
