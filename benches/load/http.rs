//! HTTP/1.1 as far as the load needs it: one request at a time on a kept connection, bodies with a
//! length. Less work than any proxy does, so that the client is not what is measured.

use anyhow::Context as _;
use memchr::memmem;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// An answer; the body lies in the connection's buffer.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

/// A connection to a proxy.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| address.to_owned())?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends the bytes of a request and reads the whole answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.buffer.clear();
        self.stream.write_all(request).await?;
        let head = loop {
            if let Some(head) = Head::of_answer(&self.buffer)? {
                break head;
            }
            self.read_more().await?;
        };
        while self.buffer.len() < head.end + head.length {
            self.read_more().await?;
        }
        let (message, extra) = self.buffer.split_at(head.end + head.length);
        anyhow::ensure!(extra.is_empty(), "bytes after the answer");
        let (_, body) = message.split_at(head.end);
        Ok(Answer { status: head.status, body })
    }

    async fn read_more(&mut self) -> anyhow::Result<()> {
        let count = self.stream.read_buf(&mut self.buffer).await?;
        anyhow::ensure!(count > 0, "connection closed in the middle of an answer");
        Ok(())
    }
}

/// What the head of a message says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    /// Of an answer; 0 for a request.
    pub(crate) status: u16,
    /// Where the body starts.
    pub(crate) end: usize,
    /// Bytes of the body.
    pub(crate) length: usize,
}

impl Head {
    /// Reads the head of an answer; `None` while it is not all there.
    fn of_answer(message: &[u8]) -> anyhow::Result<Option<Self>> {
        let Some(head) = Self::of_request(message)? else { return Ok(None) };
        let status = message.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
        let status = status.and_then(|digits| digits.parse().ok()).context("no status")?;
        Ok(Some(Self { status, ..head }))
    }

    /// Reads the head of a request; `None` while it is not all there.
    pub(crate) fn of_request(message: &[u8]) -> anyhow::Result<Option<Self>> {
        let Some(blank) = memmem::find(message, b"\r\n\r\n") else { return Ok(None) };
        let (head, _) = message.split_at(blank);
        let mut length = 0;
        for line in head.split(|&byte| byte == b'\n').skip(1) {
            let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
            let (name, value) = line.split_at(colon);
            let value = std::str::from_utf8(value).unwrap_or_default();
            let value = value.trim_start_matches(':').trim();
            if name.eq_ignore_ascii_case(b"content-length") {
                length = value.parse().context("content-length")?;
            }
            let chunked = name.eq_ignore_ascii_case(b"transfer-encoding");
            anyhow::ensure!(!chunked, "transfer-encoding where a length was sent");
        }
        Ok(Some(Self { status: 0, end: blank + 4, length }))
    }
}
