//! The demo's own small client: one request, one connection.

use std::io;
use std::net::SocketAddr;

use crate::base::Sensitive;
use crate::net::message;
use crate::net::message::Expected;

/// A request of the demo: a GET, or a POST when it has a body.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) path: &'a str,
    pub(super) key: Option<&'a Sensitive<String>>,
    pub(super) json: Option<String>,
}

/// Sends it, and returns status and body of the answer.
pub(super) async fn call(address: SocketAddr, call: Call<'_>) -> io::Result<(u16, String)> {
    let key = call.key.map(|key| format!("cloakroom-key: {}\r\n", key.expose()));
    let (method, framed) = match &call.json {
        None => ("GET", String::new()),
        Some(json) => {
            let length = json.len();
            ("POST", format!("content-type: application/json\r\ncontent-length: {length}\r\n"))
        }
    };
    let request = format!(
        "{method} {} HTTP/1.1\r\nhost: {address}\r\n{}{framed}\r\n{}",
        call.path,
        key.unwrap_or_default(),
        call.json.unwrap_or_default(),
    );
    let exchange = move || message::exchange(address, request.as_bytes(), Expected::Answer);
    let answer = tokio::task::spawn_blocking(exchange).await??;
    let answer = answer.ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = answer.status().unwrap_or_default();
    Ok((status, String::from_utf8_lossy(&answer.body).into_owned()))
}
