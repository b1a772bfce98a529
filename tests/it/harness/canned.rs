//! An application that gives the answer that it is told to give, and keeps the last request.

use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

use cloakroom::net::message::Expected;
use cloakroom::net::message::Message;
use cloakroom::net::message::MessageReader;

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl From<Message> for Received {
    fn from(message: Message) -> Self {
        let head = String::from_utf8_lossy(message.head_bytes()).into_owned();
        Self { head, body: message.body }
    }
}

/// An answer: its head without lengths, what its body begins with, a piece of body, and how often the
/// piece is sent.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) head: String,
    pub(crate) first: Vec<u8>,
    pub(crate) piece: Vec<u8>,
    pub(crate) times: usize,
}

/// An answer whose body comes piece by piece, when the test says so.
struct Told {
    head: String,
    pieces: mpsc::Receiver<Vec<u8>>,
}

#[derive(Default)]
struct State {
    given: Mutex<Option<Given>>,
    told: Mutex<Option<Told>>,
    last: Mutex<Received>,
    written: AtomicUsize,
    requests: Mutex<usize>,
}

/// The application; it serves until the test ends.
pub(crate) struct Canned {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
}

impl Canned {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.serve(&stream));
            }
        });
        Self { address, state }
    }

    /// Answers with this head (status line and fields, each with CRLF) and body from now on.
    pub(crate) fn gives(&self, head: &str, body: &[u8]) {
        self.gives_often(head, body, 1);
    }

    /// Answers with this piece of a body so many times.
    pub(crate) fn gives_often(&self, head: &str, piece: &[u8], times: usize) {
        self.gives_behind(head, b"", piece, times);
    }

    /// Answers with a body that begins with something else.
    pub(crate) fn gives_behind(&self, head: &str, first: &[u8], piece: &[u8], times: usize) {
        let (first, piece) = (first.to_vec(), piece.to_vec());
        let given = Given { head: head.to_owned(), first, piece, times };
        *self.state.given.lock().unwrap() = Some(given);
    }

    /// How many pieces of bodies it could hand over so far.
    pub(crate) fn written(&self) -> usize {
        self.state.written.load(Ordering::SeqCst)
    }

    /// Answers the next request with this head and, chunk by chunk, with what it is handed here; the
    /// body ends when the other side is dropped.
    pub(crate) fn gives_as_told(&self, head: &str) -> mpsc::Sender<Vec<u8>> {
        let (sender, pieces) = mpsc::channel();
        *self.state.told.lock().unwrap() = Some(Told { head: head.to_owned(), pieces });
        sender
    }

    /// The last request.
    pub(crate) fn last(&self) -> Received {
        self.state.last.lock().unwrap().clone()
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> usize {
        *self.state.requests.lock().unwrap()
    }
}

impl State {
    fn serve(&self, stream: &TcpStream) {
        let (mut reader, mut from) = (MessageReader::default(), stream);
        while let Ok(Some(request)) = reader.read(&mut from, Expected::Request) {
            let received = Received::from(request);
            let head_only = received.head.starts_with("HEAD ");
            *self.last.lock().unwrap() = received;
            *self.requests.lock().unwrap() += 1;
            let told = self.told.lock().unwrap().take();
            if let Some(told) = told {
                if answer_as_told(stream, &told).is_err() {
                    return;
                }
                continue;
            }
            let given = self.given.lock().unwrap().clone();
            let given = given.unwrap_or(Given {
                head: String::from("HTTP/1.1 204 No Content\r\n"),
                first: Vec::new(),
                piece: Vec::new(),
                times: 0,
            });
            if answer(stream, &given, (head_only, &self.written)).is_err() {
                return;
            }
        }
    }
}

fn answer(
    mut stream: &TcpStream,
    given: &Given,
    (head_only, written): (bool, &AtomicUsize),
) -> std::io::Result<()> {
    let length = given.first.len() + given.piece.len() * given.times;
    let length = if given.head.contains(" 204 ") {
        String::new()
    } else {
        format!("content-length: {length}\r\n")
    };
    stream.write_all(format!("{}{length}\r\n", given.head).as_bytes())?;
    if head_only {
        return Ok(());
    }
    stream.write_all(&given.first)?;
    for _ in 0..given.times {
        stream.write_all(&given.piece)?;
        written.fetch_add(1, Ordering::SeqCst);
    }
    Ok(())
}

fn answer_as_told(mut stream: &TcpStream, told: &Told) -> std::io::Result<()> {
    stream.write_all(format!("{}transfer-encoding: chunked\r\n\r\n", told.head).as_bytes())?;
    for piece in &told.pieces {
        let length = format!("{:x}\r\n", piece.len());
        stream.write_all(&[length.as_bytes(), &piece, b"\r\n"].concat())?;
    }
    stream.write_all(b"0\r\n\r\n")
}
