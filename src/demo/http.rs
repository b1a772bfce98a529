//! The demo's own small client: one request, one connection.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use http::Method;
use http::Request;
use http_body_util::BodyExt;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::base::Sensitive;

/// A request of the demo.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) key: Option<&'a Sensitive<String>>,
    pub(super) json: Option<String>,
}

/// Sends it, and gives status and body.
pub(super) async fn call(address: SocketAddr, call: Call<'_>) -> io::Result<(u16, String)> {
    let stream = TcpStream::connect(address).await?;
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(io::Error::other)?;
    let mut request =
        Request::builder().method(call.method).uri(call.path).header("host", address.to_string());
    if let Some(key) = call.key {
        request = request.header("cloakroom-key", key.expose());
    }
    if call.json.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = Full::new(Bytes::from(call.json.unwrap_or_default()));
    let request = request.body(body).map_err(io::Error::other)?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(io::Error::other)?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(io::Error::other)?;
        Ok((status, String::from_utf8_lossy(&body.to_bytes()).into_owned()))
    };
    tokio::pin!(connection);
    tokio::select! {
        answer = exchange => answer,
        _ended = &mut connection => Err(io::Error::other("connection ended before its answer")),
    }
}
