//! Fields behind a body: they pass where no rule inspects the message, and end where one does.

#![expect(clippy::unwrap_used, reason = "test code: what goes wrong shall panic here")]

use crate::harness::client::ask;
use crate::harness::gate::Gate;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;
use crate::harness::upstream::send;

const RULES: &str = r#"
classes: { email: {} }
routes:
  - id: body
    match: { path: /body }
    body_format: [json, multipart, ndjson, html]
    request: { body: { $.email: email } }
    response: { body: { $..email: email }, text: [email] }
  - id: header
    match: { path: /header }
    request: { header: { "$['x-user']": email } }
    response: { header: { "$['x-user']": email } }
  - id: asks
    match: { path: /asks }
    request: { query: { $.email: email } }
  - id: shows
    match: { path: /shows }
    response: { cookie: { $.user: email } }
  - id: out
    match: { path: /out }
    direction: egress
    request: { body: { $.email: email } }
    response: { body: { $.email: email } }
"#;

const TRAILERS: &str = "0\r\ndigest: sha-256=x\r\nx-user: ada@canary.example\r\n\r\n";

fn post(path: &str, media: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nTE: trailers, gzip\r\nConnection: TE\r\nTransfer-Encoding: chunked\r\nTrailer: digest, x-user\r\ncontent-type: {media}\r\n\r\n{:x}\r\n{body}\r\n{TRAILERS}",
        body.len()
    )
}

fn answer(media: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: digest, x-user\r\ncontent-type: {media}\r\n\r\n{:x}\r\n{body}\r\n{TRAILERS}",
        body.len()
    )
}

fn dropped(gate: &Gate, leg: &str) -> u64 {
    let page = gate.metrics.encode().unwrap();
    let sample = format!("cloakroom_trailers_dropped_total{{leg=\"{leg}\"}} ");
    let line = page.lines().find_map(|line| line.strip_prefix(&sample));
    line.map_or(0, |number| number.parse().unwrap())
}

fn has_trailers(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("digest: sha-256") || text.contains("x-user: ada")
}

#[test]
fn those_of_requests_end_where_rules_inspect_requests() {
    on_one_core(async {
        let upstream = Upstream::always(ok("fine")).await;
        let gate = Setup { rules: Some(RULES), ..Setup::to(upstream.address) }.open();
        let json = "application/json";
        let long = format!(
            "--b\r\nContent-Disposition: form-data; name=\"v\"; filename=\"v\"\r\n\r\n{}\r\n--b--\r\n",
            "x".repeat(17 << 20)
        );
        let form = "multipart/form-data; boundary=b";
        let mut expected = 0;
        for (path, media, body, passes) in [
            // Changed, untouched, empty, and passed on part by part.
            ("/body", json, r#"{"email":"ada@canary.example"}"#, false),
            ("/body", json, r#"{"name":"ada"}"#, false),
            ("/body", form, long.as_str(), false),
            // No rule reads the body, but one reads the head.
            ("/header", "image/png", "abc", false),
            ("/asks?email=x", "image/png", "abc", false),
            ("/out", json, r#"{"name":"ada"}"#, false),
            // Nobody looks.
            ("/shows", "image/png", "abc", true),
            ("/other", "image/png", "abc", true),
        ] {
            let before = upstream.seen().len();
            let status = ask(gate.address, post(path, media, body)).await.status;
            // What comes back there cannot be read, and must be protected.
            assert_eq!(status, if path == "/out" { 502 } else { 200 }, "{path}");
            let seen = upstream.seen().split_off(before);
            let head = seen.split("\r\n\r\n").next().unwrap();
            assert_eq!(has_trailers(&seen), passes, "{path}");
            assert_eq!(head.contains("\r\ntrailer: digest, x-user"), passes, "{path}: {head}");
            expected += u64::from(!passes);
            assert_eq!(dropped(&gate, "request"), expected, "{path}");
            // Who will not get any is not said to want them.
            let wants = head.contains("\r\nte: trailers") && head.contains("\r\nconnection: te");
            let any = head.contains("\r\nte:") || head.contains("\r\nconnection:");
            let shows = !matches!(path, "/other" | "/asks?email=x");
            assert_eq!((wants, any), (!shows, !shows), "{path}: {head}");
        }
        assert_eq!(dropped(&gate, "response"), 0);
    });
}

#[test]
fn those_of_answers_end_where_rules_inspect_answers() {
    on_one_core(async {
        let cases = [
            // Read whole, streamed, kept as they are, passed on.
            ("/body", "application/json", r#"{"a":1}"#, false),
            ("/body", "application/x-ndjson", "{\"a\":1}\n", false),
            ("/body", "text/html; charset=utf-8", "<p>x</p>", false),
            ("/body", "text/html; charset=utf-7", "<p>x</p>", false),
            ("/body", "image/png", "abc", false),
            ("/header", "image/png", "abc", false),
            ("/shows", "text/plain", "abc", false),
            ("/out", "application/json", r#"{"email":"ada@canary.example"}"#, false),
            ("/asks", "image/png", "abc", true),
            ("/other", "image/png", "abc", true),
        ];
        let scripts = cases.iter().map(|(_, media, body, _)| vec![send(&answer(media, body))]);
        let upstream = Upstream::scripted(scripts.collect()).await;
        let gate = Setup { rules: Some(RULES), ..Setup::to(upstream.address) }.open();
        let mut expected = 0;
        for (path, media, body, passes) in cases {
            let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n");
            let got = ask(gate.address, request).await;
            assert_eq!(got.status, 200, "{path} {media}");
            assert_eq!(has_trailers(&got.text()), passes, "{path} {media}: {}", got.text());
            assert_eq!(got.field("trailer").is_some(), passes, "{path} {media}: {}", got.head);
            expected += u64::from(!passes);
            assert_eq!(dropped(&gate, "response"), expected, "{path} {media}");
            if path != "/out" {
                assert!(got.text().starts_with(body), "{path} {media}: {}", got.text());
            }
            assert!(path != "/out" || !got.text().contains("ada"), "{}", got.text());
        }
        // A connection whose answer was cut of its trailers serves the next one.
        assert_eq!(upstream.connections(), 1);
    });
}
