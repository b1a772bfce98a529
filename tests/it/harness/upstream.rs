//! An application that does what a test tells it, and remembers every byte it was sent.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "test code: what goes wrong shall panic here"
)]

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;

use cloakroom::net::message::Expected;
use cloakroom::net::message::MessageReader;
use rustls::ServerConfig;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// What it does with the n-th request of its life, when the whole request has come. The steps after
/// a `Step::Close` are not reached.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Answers 200 with the request's own bytes as the body, chunked if the request was.
    Echo,
    /// Sends this many bytes of body, after a head with their length.
    Big(usize),
    /// Never answers, keeps the connection.
    Stall,
    /// Ends the connection.
    Close,
    /// Ends the connection with a reset.
    Reset,
    /// Waits until `Upstream::go` was called.
    WaitForGo,
    /// From here on: sends back what comes, whatever it is.
    Mirror,
}

pub(crate) fn send(text: &str) -> Step {
    Step::Send(text.as_bytes().to_vec())
}

/// A plain answer with this body.
pub(crate) fn ok(body: &str) -> Step {
    send(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
    go: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct State {
    /// Every connection's bytes.
    seen: Mutex<Vec<Vec<u8>>>,
    requests: Mutex<usize>,
    scripts: Mutex<Vec<Vec<Step>>>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Upstream {
    /// Answers the first request by the first script, and so on; all others by the last.
    pub(crate) async fn scripted(scripts: Vec<Vec<Step>>) -> Self {
        Self::start(scripts, None).await
    }

    pub(crate) async fn always(step: Step) -> Self {
        Self::scripted(vec![vec![step]]).await
    }

    pub(crate) async fn start(scripts: Vec<Vec<Step>>, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State { scripts: Mutex::new(scripts), ..State::default() });
        let (go, gone) = watch::channel(false);
        let shared = Arc::clone(&state);
        let task = tokio::task::spawn_local(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (state, tls, gone) = (Arc::clone(&shared), tls.clone(), gone.clone());
                tokio::task::spawn_local(async move {
                    let number = {
                        let mut seen = state.seen.lock().unwrap();
                        seen.push(Vec::new());
                        seen.len() - 1
                    };
                    let _ended = match tls {
                        None => {
                            let socket = socket2::SockRef::from(&stream).try_clone().ok();
                            serve(stream, socket, &state, number, gone).await
                        }
                        Some(config) => match TlsAcceptor::from(config).accept(stream).await {
                            Ok(stream) => serve(stream, None, &state, number, gone).await,
                            Err(error) => Err(error),
                        },
                    };
                });
            }
        });
        Self { address, state, go, task }
    }

    pub(crate) fn go(&self) {
        self.go.send_replace(true);
    }

    /// All bytes it was sent, connection after connection.
    pub(crate) fn seen(&self) -> String {
        let seen = self.state.seen.lock().unwrap();
        seen.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.seen.lock().unwrap().len()
    }

    pub(crate) fn requests(&self) -> usize {
        *self.state.requests.lock().unwrap()
    }

    /// Waits until it has seen this text.
    pub(crate) async fn wait_for(&self, text: &str) {
        while !self.seen().contains(text) {
            tokio::task::yield_now().await;
        }
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    socket: Option<socket2::Socket>,
    state: &State,
    number: usize,
    mut gone: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut reader = MessageReader::default();
    loop {
        let request = loop {
            if let Some(message) = reader.next(Expected::Request)? {
                break message.raw;
            }
            if read(&mut stream, &mut reader, state, number).await? == 0 {
                return Ok(());
            }
        };
        let script = {
            let mut requests = state.requests.lock().unwrap();
            let scripts = state.scripts.lock().unwrap();
            let script = scripts[(*requests).min(scripts.len() - 1)].clone();
            *requests += 1;
            script
        };
        for step in script {
            match step {
                Step::Send(bytes) => stream.write_all(&bytes).await?,
                Step::Echo => {
                    let head =
                        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", request.len());
                    stream.write_all(head.as_bytes()).await?;
                    stream.write_all(&request).await?;
                }
                Step::Big(length) => {
                    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
                    stream.write_all(head.as_bytes()).await?;
                    for start in (0..length).step_by(65536) {
                        let end = (start + 65536).min(length);
                        let piece: Vec<u8> = (start..end).map(pattern).collect();
                        stream.write_all(&piece).await?;
                    }
                }
                Step::Stall => std::future::pending().await,
                Step::Close => {
                    stream.shutdown().await?;
                    return Ok(());
                }
                Step::Reset => {
                    let socket = socket.as_ref().unwrap();
                    socket.set_linger(Some(std::time::Duration::ZERO))?;
                    return Ok(());
                }
                Step::WaitForGo => {
                    gone.wait_for(|&go| go).await.map_err(io::Error::other)?;
                }
                Step::Mirror => loop {
                    stream.write_all(&reader.take_rest()).await?;
                    if read(&mut stream, &mut reader, state, number).await? == 0 {
                        return Ok(());
                    }
                },
            }
            stream.flush().await?;
        }
    }
}

/// What stands at this place of a big body.
pub(crate) fn pattern(position: usize) -> u8 {
    u8::try_from(position % 251).unwrap()
}

async fn read<S: AsyncRead + Unpin>(
    stream: &mut S,
    reader: &mut MessageReader,
    state: &State,
    number: usize,
) -> io::Result<usize> {
    let mut piece = Vec::with_capacity(64 * 1024);
    let count = stream.read_buf(&mut piece).await?;
    reader.push(&piece);
    state.seen.lock().unwrap()[number].extend_from_slice(&piece);
    Ok(count)
}
