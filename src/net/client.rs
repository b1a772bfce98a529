//! One small HTTP client, with bounds. For key sets, forward-auth, commands and the like, not for the
//! data path.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::HeaderValue;
use http::Request;
use http::Response;
use http::StatusCode;
use http::Uri;
use http::header;
use http_body_util::BodyExt;
use http_body_util::Collected;
use http_body_util::Full;
use http_body_util::Limited;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::net::Stream;

/// Why a [`Fetch`] gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address is not `https`, or `http` on this machine.
    #[error("only https, or http on this machine, can be fetched")]
    Address,
    /// No connection, or TLS refused the other side.
    #[error("no connection")]
    Connect,
    /// It did not answer as HTTP/1.1 should.
    #[error("broken answer")]
    Protocol,
    /// It answered, but not with 200.
    #[error("answered with status {0}")]
    Status(u16),
    /// The body is longer than the limit of this fetch.
    #[error("the answer is too large")]
    TooLarge,
    /// The answer was not there within the deadline.
    #[error("no answer in time")]
    Timeout,
}

/// Fetches documents over HTTPS, or over HTTP from this machine alone: keys that decide who is
/// believed must not come over a line that somebody else can write on. Redirects are not followed.
#[derive(Debug, Clone)]
pub struct Fetch {
    tls: Arc<ClientConfig>,
    limit: usize,
    timeout: Duration,
}

impl Fetch {
    /// Sets whom to trust, how much to read, and how long to wait for all of it.
    pub fn new(tls: Arc<ClientConfig>, limit: usize, timeout: Duration) -> Self {
        Self { tls, limit, timeout }
    }

    /// Gets the document at this address.
    pub async fn get(&self, url: &Uri) -> Result<Bytes, FetchError> {
        let answer = self.ask(url, HeaderMap::new(), self.limit).await?;
        if answer.status() != StatusCode::OK {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        Ok(answer.into_body())
    }

    /// Gives the answer whatever its status, to a GET with these fields besides ours, which they may
    /// replace. A body is read when the status is one of success, and up to the limit.
    pub async fn ask(
        &self,
        url: &Uri,
        fields: HeaderMap,
        limit: usize,
    ) -> Result<Response<Bytes>, FetchError> {
        let request = request(url, fields)?;
        self.within(url, request, limit, StatusCode::is_success).await
    }

    /// Gives the answer to a request with a target of its own, body included whatever its status, up to the
    /// limit. The fields that say where it goes are ours.
    pub async fn call(
        &self,
        url: &Uri,
        asked: Request<Bytes>,
        limit: usize,
    ) -> Result<Response<Bytes>, FetchError> {
        let (parts, body) = asked.into_parts();
        let mut request = request(url, parts.headers)?;
        *request.method_mut() = parts.method;
        *request.uri_mut() = parts.uri;
        *request.body_mut() = Full::new(body);
        self.within(url, request, limit, |_| true).await
    }

    async fn within(
        &self,
        url: &Uri,
        request: Request<Full<Bytes>>,
        limit: usize,
        is_read: impl Fn(&StatusCode) -> bool,
    ) -> Result<Response<Bytes>, FetchError> {
        let all = self.exchange(url, request, limit, is_read);
        tokio::time::timeout(self.timeout, all).await.map_err(|_| FetchError::Timeout)?
    }

    async fn exchange(
        &self,
        url: &Uri,
        request: Request<Full<Bytes>>,
        limit: usize,
        is_read: impl Fn(&StatusCode) -> bool,
    ) -> Result<Response<Bytes>, FetchError> {
        let stream = self.connect(url).await?;
        let handshake = http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|_| FetchError::Protocol)?;
        let answer = async {
            let response = sender.send_request(request).await.map_err(|_| FetchError::Protocol)?;
            let (head, body) = response.into_parts();
            if !is_read(&head.status) {
                return Ok(Response::from_parts(head, Bytes::new()));
            }
            let body = Limited::new(body, limit).collect().await;
            let whole = |body: Collected<Bytes>| Response::from_parts(head, body.to_bytes());
            body.map(whole).map_err(|error| {
                if error.is::<http_body_util::LengthLimitError>() {
                    FetchError::TooLarge
                } else {
                    FetchError::Protocol
                }
            })
        };
        // The connection lives exactly as long as its one exchange. It may end first, with the
        // answer complete: then the answer is still read.
        let driven = async {
            let _ended = connection.await.is_ok();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            answer = answer => answer,
            () = driven => Err(FetchError::Protocol),
        }
    }

    async fn connect(&self, url: &Uri) -> Result<Stream, FetchError> {
        let host = url.host().ok_or(FetchError::Address)?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let tls = match url.scheme_str() {
            Some("https") => true,
            Some("http") if is_this_machine(bare) => false,
            Some(_) | None => return Err(FetchError::Address),
        };
        let port = url.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let stream = TcpStream::connect((bare, port)).await.map_err(|_| FetchError::Connect)?;
        if !tls {
            return Ok(Stream::Plain(stream));
        }
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| FetchError::Address)?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = connector.connect(name, stream).await.map_err(|_| FetchError::Connect)?;
        Ok(Stream::Tls(Box::new(stream.into())))
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn request(url: &Uri, fields: HeaderMap) -> Result<Request<Full<Bytes>>, FetchError> {
    let target = url.path_and_query().map_or("/", |target| target.as_str());
    let authority = url.authority().ok_or(FetchError::Address)?;
    let host = HeaderValue::from_str(authority.as_str()).map_err(|_| FetchError::Address)?;
    if authority.as_str().contains('@') {
        return Err(FetchError::Address);
    }
    let mut request =
        Request::get(target).body(Full::default()).map_err(|_| FetchError::Address)?;
    let headers = request.headers_mut();
    headers.insert(header::HOST, host);
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.extend(fields);
    Ok(request)
}
