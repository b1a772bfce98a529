//! One request at a time on a kept connection.

use anyhow::Context as _;
use cloakroom::net::message::Expected;
use cloakroom::net::message::Message;
use cloakroom::net::message::MessageReader;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// A connection to a proxy.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    reader: MessageReader,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| address.to_owned())?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, reader: MessageReader::default() })
    }

    /// Sends the bytes of a request and reads the whole answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Message> {
        self.stream.write_all(request).await?;
        let answer = self.reader.read_async(&mut self.stream, Expected::Answer).await?;
        answer.context("connection closed before an answer")
    }
}
