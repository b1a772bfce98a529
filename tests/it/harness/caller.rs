//! A client of the gateway that waits for each answer, for tests without a runtime.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::time::Duration;

use super::client::Answer;

/// A caller with its credential; it keeps its connection while the gateway does.
pub(crate) struct Caller {
    address: SocketAddr,
    fields: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Caller {
    /// A caller without a credential.
    pub(crate) fn anonymous(address: SocketAddr) -> Self {
        Self { address, fields: String::new(), stream: None }
    }

    /// Sends this header field with every request.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.extend([name, ": ", value, "\r\n"]);
        self
    }

    /// Calls with an API key.
    pub(crate) fn with_key(self, key: &str) -> Self {
        self.with("cloakroom-key", key)
    }

    pub(crate) fn get(&mut self, target: &str) -> Answer {
        self.ask("GET", target, b"")
    }

    pub(crate) fn post(&mut self, target: &str, body: &str) -> Answer {
        self.ask("POST", target, body.as_bytes())
    }

    pub(crate) fn put(&mut self, target: &str, body: &str) -> Answer {
        self.ask("PUT", target, body.as_bytes())
    }

    /// Sends a request, with a JSON body unless it is empty.
    pub(crate) fn ask(&mut self, method: &str, target: &str, body: &[u8]) -> Answer {
        let answer = self.try_ask(method, target, body);
        answer.unwrap_or_else(|error| panic!("{method} {target}: {error}"))
    }

    /// As [`Self::ask`], for gateways that may go away.
    pub(crate) fn try_ask(
        &mut self,
        method: &str,
        target: &str,
        body: &[u8],
    ) -> std::io::Result<Answer> {
        let mut request =
            format!("{method} {target} HTTP/1.1\r\nhost: shop.example\r\n{}", self.fields);
        if !body.is_empty() {
            request.push_str("content-type: application/json\r\n");
            let length = body.len().to_string();
            request.extend(["content-length: ", &length, "\r\n"]);
        }
        let request = [request.as_bytes(), b"\r\n", body].concat();
        self.exchange(&request)
    }

    /// Sends these bytes and reads one answer.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> std::io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address)?,
        };
        stream.get_mut().write_all(request)?;
        let answer = read_answer(&mut stream)?;
        let closes = answer.field("connection").is_some_and(|value| value.contains("close"));
        self.stream = (!closes).then_some(stream);
        Ok(answer)
    }
}

fn connect(address: SocketAddr) -> std::io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    // No test may hang: what should have come has come long before this ends.
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    Ok(BufReader::new(stream))
}

fn read_answer(stream: &mut BufReader<TcpStream>) -> std::io::Result<Answer> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or(std::io::ErrorKind::InvalidData)?;
    let mut answer = Answer { status, head, body: Vec::new() };
    if answer.field("transfer-encoding").is_some() {
        answer.body = chunked(stream)?;
    } else if let Some(length) = answer.field("content-length") {
        let length = length.parse().map_err(|_| std::io::ErrorKind::InvalidData)?;
        answer.body = vec![0; length];
        stream.read_exact(&mut answer.body)?;
    }
    Ok(answer)
}

/// Reads a chunked body without trailers; one that breaks off is an error.
pub(super) fn chunked(stream: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16);
        let size = size.map_err(|_| std::io::ErrorKind::InvalidData)?;
        let mut chunk = vec![0; size + 2];
        stream.read_exact(&mut chunk)?;
        if size == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&chunk[..size]);
    }
}
