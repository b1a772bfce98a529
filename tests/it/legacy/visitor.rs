//! A browser before a gateway before the register, and somebody on the internet who waits for a visit.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::io::BufReader;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::Mutex;

use serde_json::Value;
use serde_json::json;

use super::register::Register;
use super::showing;
use crate::harness::browser::Browser;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;

const RULES: &str = r"
classes:
  name: { mask: initial, in: contact }
  email: { shape: email, mask: email, in: contact }
routes:
  - id: people
    match: { path: /people/** }
    body_format: [form, multipart, html, text]
    request: { body: { $.name: name, $.email: email } }
    response: { text: [name, email] }
  - id: lists
    match: { path: /lists/** }
    response: { text: [name, email] }
  - id: scripts
    match: { path: /scripts/** }
    scripts: json
    response: { text: [name, email] }
";

/// In every document before all else: what a payload calls tells three times that it was called.
const WATCH: &str = "
window.fired = [];
window.fire = () => {
  fired.push('script');
  document.title = 'fired';
  new Image().src = 'http://evil.example/fired';
};
window.alert = window.confirm = window.prompt = window.fire;
";

/// Posts people as forms of both kinds, and answers with the statuses of those that were refused.
const POST: &str = "
const [people, done] = arguments;
const post = async ([number, name, email, upload]) => {
  const body = upload ? new FormData() : new URLSearchParams();
  Object.entries({ number, name, email, town: 'Zürich' }).forEach(([key, value]) => body.set(key, value));
  const answer = await fetch('/people', { method: 'POST', body, redirect: 'manual' });
  return answer.type === 'opaqueredirect' ? [] : [[name, answer.status]];
};
Promise.all(people.map(post)).then(refused => done(refused.flat()));
";

/// Somebody's machine on the internet, which keeps that somebody came, and the first line that was said.
pub(super) struct Evil {
    address: SocketAddr,
    visits: Arc<Mutex<Vec<String>>>,
}

impl Evil {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let visits = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&visits);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                kept.lock().unwrap().push(String::from("connected"));
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || {
                    let mut line = Vec::new();
                    drop(BufReader::new(stream).read_until(b'\n', &mut line));
                    kept.lock().unwrap().push(String::from_utf8_lossy(&line).into_owned());
                });
            }
        });
        Self { address, visits }
    }

    pub(super) fn visits(&self) -> Vec<String> {
        self.visits.lock().unwrap().clone()
    }
}

/// What a browser shows of a page.
pub(super) struct Shows {
    pub(super) fired: Vec<String>,
    pub(super) outline: String,
    pub(super) title: String,
    pub(super) sights: Vec<Sight>,
}

/// What a browser shows in one place.
pub(super) struct Sight {
    pub(super) number: usize,
    pub(super) field: String,
    pub(super) place: String,
    pub(super) text: Value,
}

/// The gateway before the register, and a browser before the gateway.
pub(super) struct World {
    pub(super) evil: Evil,
    pub(super) register: Register,
    pub(super) site: Site,
    pub(super) gateway: Gateway,
    pub(super) browser: Browser,
}

impl World {
    pub(super) fn new() -> Self {
        let (evil, register) = (Evil::start(), Register::start());
        let site = Site::before(Store::Embedded, register.address);
        site.write("rules/rules.yaml", RULES);
        let gateway = site.serve();
        let browser = Browser::knowing("evil.example", evil.address);
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": WATCH }));
        Self { evil, register, site, gateway, browser }
    }

    /// The browser calls as this user from now on.
    pub(super) fn be(&self, user: &str, groups: &[&str]) {
        let bearer = format!("Bearer {}", self.site.provider.token(user, groups));
        let headers = json!({ "headers": { "Authorization": bearer } });
        self.browser.devtools("Network.enable", &json!({}));
        self.browser.devtools("Network.setExtraHTTPHeaders", &headers);
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.gateway.address)
    }

    /// Has the browser post these texts as names and addresses, every second one as a multipart
    /// form; gives what the fields then held, by number.
    pub(super) fn post(&self, from: usize, texts: &[String]) -> BTreeMap<usize, String> {
        let upload = |number: usize| number % 2 == 1;
        let people = texts.iter().zip(from..);
        let forms: Vec<_> = people
            .clone()
            .map(|(text, number)| json!([number, text, text, upload(number)]))
            .collect();
        self.submit(&forms);
        // The standard has browsers write all line ends of a multipart form as CRLF.
        let held = |text: &String, number| {
            if upload(number) { with_crlf(text) } else { text.clone() }
        };
        people.map(|(text, number)| (number, held(text, number))).collect()
    }

    /// Has the browser register one person.
    pub(super) fn register(&self, number: usize, name: &str, email: &str) {
        self.submit(&[json!([number, name, email, false])]);
    }

    fn submit(&self, forms: &[Value]) {
        self.browser.open(&self.url("/"));
        let refused = self.browser.eventually(POST, &json!([forms]));
        assert_eq!(refused, json!([]));
    }

    /// Opens a page, provokes it, and reads it.
    pub(super) fn look(&self, path: &str) -> Shows {
        let fired = self.browser.executed(&self.url(path));
        let read = self.browser.at_once(&showing::reading());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let row = |row: &Value| {
            let number = usize::try_from(row[0].as_u64().unwrap()).unwrap();
            Sight { number, field: text(&row[1]), place: text(&row[2]), text: row[3].clone() }
        };
        let sights = read[2].as_array().unwrap().iter().map(row).collect();
        Shows { fired, outline: text(&read[0]), title: text(&read[1]), sights }
    }
}

fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}
