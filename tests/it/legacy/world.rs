//! A gateway in front of an application that answers as it is told.

use crate::harness::canned::Canned;
use crate::harness::client::Answer;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;

pub(super) const EMAIL: &str = "ada@canary.example";

pub(super) const RULES: &str = r#"
classes:
  email: { shape: email, mask: email, in: contact }
  name: { mask: initial, in: contact }
  phone: { mask: last2, in: contact }
  date: { mask: year, in: contact }
routes:
  - id: documents
    match: { path: /documents/** }
    body_format: [json, form, multipart, xml, csv, ndjson, json-seq, sse, text, html]
    request: { body: { $..email: email, $..name: name, $..phone: phone, $..born: date } }
    response: { body: { $..email: email, $..name: name, $..phone: phone, $..born: date }, text: [email, name, phone, date] }
  - id: strict
    match: { path: /strict }
    body_format: [json, multipart]
    sentinel: enforce
    request: { body: { $..email: email, $..name: name }, query: { $.email: email } }
  - id: unwatched
    match: { path: /unwatched }
    body_format: [json, multipart]
    sentinel: off
    request: { body: { $..email: email } }
  - id: out
    match: { path: /out }
    direction: egress
    request: { body: { $.name: name } }
  - id: elsewhere
    match: { path: /elsewhere }
    request: { body: { $..email: email }, query: { $.email: email } }
    response: { body: { $..email: email } }
  - id: files
    match: { path: /files }
    body_format: multipart
    files: { people: csv }
    request: { body: { $.email: email, "$.people[*].email": email, "$.users[1].email": email } }
"#;

pub(super) struct World {
    pub(super) application: Canned,
    pub(super) site: Site,
    pub(super) gateway: Gateway,
    pub(super) support: String,
    pub(super) clerk: String,
    pub(super) nobody: String,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with("")
    }

    pub(super) fn with(lines: &str) -> Self {
        Self::on(Store::Embedded, lines)
    }

    /// The same on another store.
    pub(super) fn on(store: Store, lines: &str) -> Self {
        let application = Canned::start();
        let site = Site::before(store, application.address).with(lines);
        site.write("rules/rules.yaml", RULES);
        let support = site.key("helpdesk", &["support"]);
        let clerk = site.key("clerk", &["clerks"]);
        let nobody = site.key("nobody", &[]);
        let gateway = site.serve();
        Self { application, site, gateway, support, clerk, nobody }
    }

    /// Sends a request with this body as a caller; gives the answer.
    pub(super) fn send(
        &self,
        (method, target): (&str, &str),
        fields: &str,
        body: &[u8],
        key: &str,
    ) -> Answer {
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: shop.example\r\ncloakroom-key: {key}\r\n{fields}\
             content-length: {}\r\n\r\n",
            body.len()
        );
        let request = [head.as_bytes(), body].concat();
        self.gateway.anonymous().exchange(&request).unwrap()
    }

    /// The token that the application gets for a value in a JSON field.
    pub(super) fn token(&self, field: &str, value: &str) -> String {
        let body = serde_json::json!({ field: value }).to_string();
        let answer = self.send(
            ("POST", "/documents"),
            "content-type: application/json\r\n",
            body.as_bytes(),
            &self.support,
        );
        assert!(answer.status < 300, "{}", answer.text());
        let stored: serde_json::Value =
            serde_json::from_slice(&self.application.last().body).unwrap();
        stored[field].as_str().unwrap().to_owned()
    }

    pub(super) fn get(&self, key: &str) -> Answer {
        self.send(("GET", "/documents/1"), "", b"", key)
    }

    /// The value of a metric.
    pub(super) fn metric(&self, sample: &str) -> u64 {
        let page = self.gateway.page("/metrics").text();
        let line = page.lines().find(|line| line.starts_with(sample));
        line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
    }
}
