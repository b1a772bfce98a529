//! A small legacy application with a store of its own: it keeps what it is sent, finds it by a
//! field, and remembers every byte that reached it.

use std::collections::BTreeMap;
use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;

use cloakroom::net::message::Expected;
use cloakroom::net::message::MessageReader;
use serde_json::Value;

/// The application; it ends when dropped.
///
/// `POST /api/users` stores the body under its `id`, `PUT /api/users/ID` replaces it, `GET` gives
/// one, all, or those with `?email=…`; any other `POST` is answered with its own body. `GET /whoami`
/// names whose session the cookie `session` is, or is a 401.
pub(crate) struct Application {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    received: Mutex<Vec<u8>>,
    requests: Mutex<usize>,
    records: Mutex<BTreeMap<String, String>>,
    sessions: Mutex<BTreeMap<String, String>>,
    /// Whether nobody can be told who is logged in.
    broken: AtomicBool,
    held: Mutex<Held>,
    changed: Condvar,
    over: AtomicBool,
}

/// Whether requests wait before they are answered, and how many do.
#[derive(Default)]
struct Held {
    on: bool,
    waiting: usize,
}

impl Application {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let state = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if state.over.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&state);
                thread::spawn(move || state.serve(&stream));
            }
        });
        Self { address, shared }
    }

    /// Every byte that arrived, on all connections.
    pub(crate) fn received(&self) -> Vec<u8> {
        self.shared.received.lock().unwrap().clone()
    }

    /// How many requests arrived.
    pub(crate) fn requests(&self) -> usize {
        *self.shared.requests.lock().unwrap()
    }

    /// What is stored under an id.
    pub(crate) fn record(&self, id: &str) -> Option<String> {
        self.shared.records.lock().unwrap().get(id).cloned()
    }

    /// All that is stored.
    pub(crate) fn records(&self) -> Vec<String> {
        self.shared.records.lock().unwrap().values().cloned().collect()
    }

    /// Puts a record into the store behind the gateway's back.
    pub(crate) fn plant(&self, id: &str, text: &str) {
        self.shared.records.lock().unwrap().insert(id.to_owned(), text.to_owned());
    }

    /// Logs a user in under this session, or whoever had it out.
    pub(crate) fn session(&self, session: &str, user: Option<&str>) {
        let mut sessions = self.shared.sessions.lock().unwrap();
        match user {
            Some(user) => drop(sessions.insert(session.to_owned(), user.to_owned())),
            None => drop(sessions.remove(session)),
        }
    }

    /// Lets `/whoami` fail from now on, or work again.
    pub(crate) fn sessions_are_broken(&self, broken: bool) {
        self.shared.broken.store(broken, Ordering::SeqCst);
    }

    /// Lets requests wait from now on, after they have arrived.
    pub(crate) fn hold(&self) {
        self.shared.held.lock().unwrap().on = true;
    }

    /// Waits until so many requests wait.
    pub(crate) fn wait_for_held(&self, count: usize) {
        let held = self.shared.held.lock().unwrap();
        drop(self.shared.changed.wait_while(held, |held| held.waiting < count).unwrap());
    }

    /// Answers all that wait, and those to come.
    pub(crate) fn release(&self) {
        self.shared.held.lock().unwrap().on = false;
        self.shared.changed.notify_all();
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.release();
        self.shared.over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address)); // wakes the listener
    }
}

/// A request: method, path, query, session, body.
struct Request {
    session: String,
    method: String,
    path: String,
    query: String,
    body: Vec<u8>,
}

impl Shared {
    fn serve(&self, stream: &TcpStream) {
        let mut reader = MessageReader::default();
        while let Some(request) = self.request(&mut reader, stream) {
            self.wait_when_held();
            let (status, body) = self.answer(&request);
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let mut stream = stream;
            if stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).is_err() {
                break;
            }
        }
        drop(stream.shutdown(Shutdown::Both));
    }

    fn request(&self, reader: &mut MessageReader, mut stream: &TcpStream) -> Option<Request> {
        let message = loop {
            if let Some(message) = reader.next(Expected::Request).unwrap() {
                break message;
            }
            let mut piece = [0; 16 * 1024];
            let count = stream.read(&mut piece).ok().filter(|&count| count > 0)?;
            reader.push(&piece[..count]);
            self.received.lock().unwrap().extend_from_slice(&piece[..count]);
        };
        let cookies = message.field("cookie").map_or("", |line| line.to_str().unwrap());
        let session = cookies.split("; ").find_map(|pair| pair.strip_prefix("session="));
        let session = session.unwrap_or("").to_owned();
        let mut words = message.start.split(' ');
        let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        *self.requests.lock().unwrap() += 1;
        Some(Request { session, method, path, query, body: message.body })
    }

    fn wait_when_held(&self) {
        let mut held = self.held.lock().unwrap();
        if held.on {
            held.waiting += 1;
            self.changed.notify_all();
            held = self.changed.wait_while(held, |held| held.on).unwrap();
            held.waiting -= 1;
        }
    }

    fn answer(&self, request: &Request) -> (&'static str, String) {
        let body = || String::from_utf8(request.body.clone()).unwrap();
        let id = request.path.strip_prefix("/api/users/");
        match (request.method.as_str(), id) {
            ("POST", None) if request.path == "/api/users" => {
                let id = field(&body(), "id").unwrap();
                self.records.lock().unwrap().insert(id, body());
                ("201 Created", body())
            }
            ("PUT", Some(id)) => {
                self.records.lock().unwrap().insert(id.to_owned(), body());
                ("200 OK", body())
            }
            ("GET", Some(id)) => match self.records.lock().unwrap().get(id) {
                Some(record) => ("200 OK", record.clone()),
                None => ("404 Not Found", String::from("{}")),
            },
            ("GET", None) if request.path == "/whoami" => self.whoami(&request.session),
            ("GET", None) => {
                let wanted = request.query.split('&').find_map(|pair| pair.strip_prefix("email="));
                let wanted = wanted.map(percent_decoded);
                let records = self.records.lock().unwrap();
                let found = records
                    .values()
                    .filter(|record| wanted.is_none() || field(record, "email") == wanted);
                ("200 OK", format!("[{}]", found.cloned().collect::<Vec<_>>().join(",\n")))
            }
            _ => ("200 OK", body()),
        }
    }
}

impl Shared {
    fn whoami(&self, session: &str) -> (&'static str, String) {
        if self.broken.load(Ordering::SeqCst) {
            return ("500 Internal Server Error", String::from("{}"));
        }
        match self.sessions.lock().unwrap().get(session) {
            Some(user) => ("200 OK", format!(r#"{{"user":{{"id":"{user}"}}}}"#)),
            None => ("401 Unauthorized", String::from("{}")),
        }
    }
}

fn field(record: &str, name: &str) -> Option<String> {
    let record: Value = serde_json::from_str(record).unwrap();
    record[name].as_str().map(str::to_owned)
}

/// A value of a query or form.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let pair = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(out).unwrap()
}
