//! A small server-rendered legacy application: a register of people. Its pages show what it stores
//! in every place where pages have names, and its forms post it back.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;

use cloakroom::coding;
use cloakroom::coding::Chain;
use cloakroom::coding::Coding;
use cloakroom::net::message::Expected;
use cloakroom::net::message::MessageReader;

use super::showing;
use super::showing::Style;
use crate::harness::application::percent_decoded;
use crate::harness::canned::Received;

/// What is kept of a person. The town is nobody's secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) town: String,
}

/// The application; it serves until the test ends.
///
/// - `POST /people` stores a person under the `number` of the form, `POST /people/N` again;
/// - `GET /people/N` and `GET /people/N/upload` are forms to edit one, urlencoded and multipart;
/// - `GET /lists/STYLE/FROM/COUNT` and `/scripts/…` show so many people from that number on.
pub(super) struct Register {
    pub(super) address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    people: Mutex<BTreeMap<usize, Person>>,
    received: Mutex<Vec<u8>>,
    posts: Mutex<usize>,
}

impl Register {
    pub(super) fn start() -> Self {
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

    /// All that is stored.
    pub(super) fn people(&self) -> BTreeMap<usize, Person> {
        self.state.people.lock().unwrap().clone()
    }

    /// Every byte that arrived.
    pub(super) fn received(&self) -> Vec<u8> {
        self.state.received.lock().unwrap().clone()
    }

    /// How many forms arrived.
    pub(super) fn posts(&self) -> usize {
        *self.state.posts.lock().unwrap()
    }

    /// Puts a person into the store behind the gateway's back.
    pub(super) fn plant(&self, number: usize, person: Person) {
        self.state.people.lock().unwrap().insert(number, person);
    }
}

/// A head without lengths, and a body.
struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn page(text: &str) -> Self {
        let head = String::from("HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\n");
        Self { head, body: text.as_bytes().to_vec() }
    }
}

impl State {
    fn serve(&self, mut stream: &TcpStream) {
        let (mut reader, mut from) = (MessageReader::default(), stream);
        while let Ok(Some(request)) = reader.read(&mut from, Expected::Request) {
            let request = Received::from(request);
            let mut received = self.received.lock().unwrap();
            received.extend_from_slice(request.head.as_bytes());
            received.extend_from_slice(&request.body);
            drop(received);
            let Answer { head, body } = self.answer(&request);
            let head = format!("{head}content-length: {}\r\n\r\n", body.len());
            if stream.write_all(&[head.as_bytes(), &body].concat()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, request: &Received) -> Answer {
        let mut words = request.head.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let parts: Vec<&str> = target.trim_matches('/').split('/').collect();
        match (method, parts.as_slice()) {
            ("POST", ["people", ..]) => self.store(request),
            ("GET", ["people", number]) => self.form(number, "application/x-www-form-urlencoded"),
            ("GET", ["people", number, "upload"]) => self.form(number, "multipart/form-data"),
            ("GET", ["lists" | "scripts", style, from, count]) => self.list(style, from, count),
            _ => Answer::page(""),
        }
    }

    fn store(&self, request: &Received) -> Answer {
        let fields = fields(request);
        let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let number = field("number");
        let person = Person { name: field("name"), email: field("email"), town: field("town") };
        self.people.lock().unwrap().insert(number.parse().unwrap(), person);
        *self.posts.lock().unwrap() += 1;
        let head = format!("HTTP/1.1 303 See Other\r\nlocation: /people/{number}\r\n");
        Answer { head, body: Vec::new() }
    }

    /// A form to edit a person; the name is in an area, as a long text would be.
    fn form(&self, number: &str, encoding: &str) -> Answer {
        let people = self.people.lock().unwrap();
        let person = number.parse().ok().and_then(|number: usize| people.get(&number));
        let Some(Person { name, email, town }) = person.map(Person::escaped) else {
            return Answer::page("nobody");
        };
        Answer::page(&format!(
            "<!doctype html><title>{name}</title><h1>{name}</h1>\
             <form method=post action=/people/{number} enctype={encoding}>\
             <input type=hidden name=number value={number}><textarea name=name>{name}</textarea>\
             <input name=email value=\"{email}\"><input name=town value=\"{town}\">\
             <button>Save</button></form>"
        ))
    }

    fn list(&self, style: &str, from: &str, count: &str) -> Answer {
        let style = Style::named(style);
        let (from, count): (usize, usize) = (from.parse().unwrap(), count.parse().unwrap());
        let people = self.people.lock().unwrap();
        let mut page = showing::head(style, people.get(&from));
        for (number, person) in people.range(from..).take(count) {
            let field = showing::field(style, *number);
            page.push_str(&showing::places(style, *number, field, person.field(field)));
        }
        drop(people);
        match style {
            Style::Plain | Style::Escaped => Answer::page(&page),
            Style::Old => {
                // Every character of the application's own is in the set; a byte each.
                let body = page.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
                let chain = Chain::new(&[Coding::Gzip]).unwrap();
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=windows-1252\r\n\
                            content-encoding: gzip\r\n";
                let body: Vec<u8> = body;
                Answer { head: head.to_owned(), body: coding::encode(&chain, &body).unwrap() }
            }
        }
    }
}

impl Person {
    /// What the field `name` holds, or else `email`.
    pub(super) fn field(&self, field: &str) -> &str {
        if field == "name" { &self.name } else { &self.email }
    }

    /// The same, as the application writes text into its forms.
    fn escaped(&self) -> Self {
        let escape = |text: &String| showing::html(text);
        Self { name: escape(&self.name), email: escape(&self.email), town: escape(&self.town) }
    }
}

/// The fields of a form, urlencoded or multipart.
fn fields(request: &Received) -> BTreeMap<String, String> {
    let body = String::from_utf8(request.body.clone()).unwrap();
    let Some((_, boundary)) = request.head.split_once("boundary=") else {
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        return pairs.map(|(name, value)| (name.to_owned(), percent_decoded(value))).collect();
    };
    let boundary = format!("--{}", boundary.lines().next().unwrap());
    let part = |part: &str| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let name = head.split("name=\"").nth(1)?.split('"').next()?;
        Some((name.to_owned(), value.strip_suffix("\r\n")?.to_owned()))
    };
    body.split(&boundary).filter_map(part).collect()
}
