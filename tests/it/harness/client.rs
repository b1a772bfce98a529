//! A client that sends exactly the bytes it is given.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code: what goes wrong shall panic here"
)]

use std::net::SocketAddr;
use std::sync::Arc;

use cloakroom::net::message::Expected;
use cloakroom::net::message::Message;
use cloakroom::net::message::MessageReader;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

trait Both: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Both for T {}

pub(crate) struct Client {
    stream: Box<dyn Both>,
    reader: MessageReader,
}

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl From<Message> for Answer {
    /// Trailers are added to the body, each as a line without its end.
    fn from(message: Message) -> Self {
        let status = message.status().unwrap();
        let head = String::from_utf8(message.head_bytes().to_vec()).unwrap();
        let trailers = message.trailers.iter().filter(|byte| !b"\r\n".contains(byte));
        let body = message.body.iter().chain(trailers).copied().collect();
        Self { status, head, body }
    }
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The code of a problem.
    pub(crate) fn code(&self) -> String {
        let value: serde_json::Value = serde_json::from_slice(&self.body).expect("a problem");
        value["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: Box::new(stream), reader: MessageReader::default() }
    }

    pub(crate) async fn tls(
        address: SocketAddr,
        name: &str,
        config: Arc<ClientConfig>,
    ) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let stream = TlsConnector::from(config).connect(name, stream).await?;
        Ok(Self { stream: Box::new(stream), reader: MessageReader::default() })
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    pub(crate) async fn finish_sending(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Reads what is there, once; gives how much, which is nothing at the end.
    async fn more(&mut self) -> usize {
        let mut piece = Vec::with_capacity(64 * 1024);
        let count = self.stream.read_buf(&mut piece).await.unwrap_or(0);
        self.reader.push(&piece);
        count
    }

    /// Reads one answer to a GET or the like; `None` when the connection has ended.
    pub(crate) async fn answer(&mut self) -> Option<Answer> {
        self.answer_to("GET").await
    }

    pub(crate) async fn answer_to(&mut self, method: &str) -> Option<Answer> {
        let is_head = method == "HEAD";
        let expected = if is_head { Expected::AnswerToHead } else { Expected::Answer };
        loop {
            if let Some(message) = self.reader.next(expected).unwrap() {
                return Some(message.into());
            }
            if self.more().await == 0 {
                return self.reader.end().ok().flatten().map(Answer::from);
            }
        }
    }

    /// Everything until the connection ends.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        while self.more().await > 0 {}
        self.reader.take_rest()
    }

    /// Reads what is there, once; gives how much, or none at the end.
    pub(crate) async fn some(&mut self) -> Option<usize> {
        self.reader.take_rest();
        let count = self.more().await;
        (count > 0).then_some(count)
    }

    /// Reads exactly so many bytes.
    pub(crate) async fn take(&mut self, count: usize) -> Vec<u8> {
        let mut held = self.reader.take_rest();
        while held.len() < count {
            assert_ne!(self.more().await, 0, "the connection has ended");
            held.extend(self.reader.take_rest());
        }
        self.reader.push(&held.split_off(count));
        held
    }
}

/// Sends one request on a connection of its own.
pub(crate) async fn ask(address: SocketAddr, request: impl AsRef<[u8]>) -> Answer {
    let mut client = Client::connect(address).await;
    client.send(request).await;
    client.answer().await.expect("an answer")
}
