//! A client of the gateway that waits for each answer, for tests without a runtime.

use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::time::Duration;

use cloakroom::net::message::Expected;
use cloakroom::net::message::MessageReader;

use super::client::Answer;

/// A caller with its credential; it keeps its connection while the gateway does.
pub(crate) struct Caller {
    address: SocketAddr,
    host: &'static str,
    fields: String,
    stream: Option<(TcpStream, MessageReader)>,
}

impl Caller {
    /// A caller without a credential.
    pub(crate) fn anonymous(address: SocketAddr) -> Self {
        Self { address, host: "shop.example", fields: String::new(), stream: None }
    }

    /// An operator at the admin listener.
    pub(crate) fn operator(address: SocketAddr) -> Self {
        Self { host: "localhost", ..Self::anonymous(address) }
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
            format!("{method} {target} HTTP/1.1\r\nhost: {}\r\n{}", self.host, self.fields);
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
        let (mut stream, mut reader) = match self.stream.take() {
            Some(connection) => connection,
            None => (connect(self.address)?, MessageReader::default()),
        };
        stream.write_all(request)?;
        let is_head = request.starts_with(b"HEAD ");
        let expected = if is_head { Expected::AnswerToHead } else { Expected::Answer };
        let answer = reader.read(&mut stream, expected)?;
        let answer = Answer::from(answer.ok_or(std::io::ErrorKind::UnexpectedEof)?);
        let closes = answer.field("connection").is_some_and(|value| value.contains("close"));
        self.stream = (!closes).then_some((stream, reader));
        Ok(answer)
    }
}

fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    // No test may hang: what should have come has come long before this ends.
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    Ok(stream)
}
