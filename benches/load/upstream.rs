//! The application behind the proxies, in this process: keeps what is posted under `/users/`, gives
//! it back on GET, and answers `/plain/` with the same 1 KiB. Watches for clear values.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use cloakroom::net::message::Expected;
use cloakroom::net::message::Message;
use cloakroom::net::message::MessageReader;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use memchr::memmem;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

use crate::scenario;

/// A running upstream; it ends with this process.
#[derive(Debug)]
pub(crate) struct Upstream {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    stored: Mutex<HashMap<String, Vec<u8>>>,
    clear: AtomicU64,
}

impl Upstream {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = Arc::clone(&state);
        std::thread::Builder::new()
            .name("upstream".to_owned())
            .spawn(move || runtime.block_on(accept(listener, &shared)))?;
        Ok(Self { address, state })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was last posted to this target.
    pub(crate) fn stored(&self, target: &str) -> Option<Vec<u8>> {
        let stored = self.state.stored.lock().unwrap_or_else(PoisonError::into_inner);
        stored.get(target).cloned()
    }

    /// How many posts to `/users/` held a value that should have been a token.
    pub(crate) fn clear_seen(&self) -> u64 {
        self.state.clear.load(Ordering::Relaxed)
    }
}

async fn accept(listener: std::net::TcpListener, state: &State) -> anyhow::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut connections = FuturesUnordered::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => connections.push(converse(accepted?.0, state)),
            Some(_ended) = connections.next(), if !connections.is_empty() => {}
        }
    }
}

async fn converse(mut stream: TcpStream, state: &State) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = MessageReader::default();
    let mut answer = Vec::with_capacity(4 * 1024);
    while let Some(request) = reader.read_async(&mut stream, Expected::Request).await? {
        answer.clear();
        state.answer(request, &mut answer);
        stream.write_all(&answer).await?;
    }
    Ok(())
}

impl State {
    fn answer(&self, request: Message, out: &mut Vec<u8>) {
        let mut words = request.start.split(' ');
        let method = words.next().unwrap_or_default();
        let target = words.next().unwrap_or_default();
        if target.starts_with("/plain/") {
            return write(out, scenario::PLAIN.as_bytes());
        }
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        if method == "POST" {
            if memmem::find(&request.body, scenario::CLEAR.as_bytes()).is_some() {
                self.clear.fetch_add(1, Ordering::Relaxed);
            }
            stored.insert(target.to_owned(), request.body);
            return out.extend_from_slice(b"HTTP/1.1 204 No Content\r\n\r\n");
        }
        match stored.get(target) {
            Some(body) => write(out, body),
            None => out.extend_from_slice(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"),
        }
    }
}

fn write(out: &mut Vec<u8>, body: &[u8]) {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ";
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(body.len().to_string().as_bytes());
    out.extend_from_slice(b"\r\n\r\n");
    out.extend_from_slice(body);
}
