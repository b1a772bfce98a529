//! What the upstream is told about the client, and what the access line tells the operator.

use std::io::Read;
use std::sync::Arc;

use cloakroom::base::SystemClock;
use cloakroom::proxy::AccessLog;

use crate::harness::client::ask;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;

const SPOOFED: &str = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nForwarded: for=192.0.2.9\r\n\r\n";

#[test]
fn a_stranger_cannot_say_who_it_is() {
    on_one_core(async {
        let upstream = Upstream::always(ok("x")).await;
        let gate = Setup::to(upstream.address).open();
        ask(gate.address, SPOOFED).await;
        let seen = upstream.seen();
        assert!(!seen.contains("192.0.2.9") && !seen.contains("evil"), "{seen}");
        assert!(seen.contains("x-forwarded-for: 127.0.0.1\r\n"), "{seen}");
    });
}

#[test]
fn a_trusted_proxy_can() {
    on_one_core(async {
        let upstream = Upstream::always(ok("x")).await;
        let mut setup = Setup::to(upstream.address);
        setup.forwarding.trusted = vec!["127.0.0.0/8".parse().unwrap()];
        let gate = setup.open();
        ask(gate.address, SPOOFED).await;
        let seen = upstream.seen();
        assert!(seen.contains("x-forwarded-for: 192.0.2.9, 127.0.0.1\r\n"), "{seen}");
        assert!(seen.contains("x-forwarded-proto: https\r\n"), "{seen}");
        assert!(seen.contains("forwarded: for=192.0.2.9, for=127.0.0.1;proto=http\r\n"), "{seen}");
    });
}

#[test]
fn the_access_line_tells_what_happened_and_not_what_was_in_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let out = file.reopen().unwrap();
    let (access, writer) = AccessLog::start(out, Arc::new(SystemClock)).unwrap();
    on_one_core(async move {
        let upstream = Upstream::always(ok("canary-body")).await;
        let mut setup = Setup::to(upstream.address);
        setup.access = access;
        let gate = setup.open();
        ask(gate.address, "POST /canary/p?canary=query HTTP/1.1\r\nHost: a\r\nX-Canary: canary-field\r\nContent-Length: 6\r\n\r\ncanary").await;
        ask(gate.address, "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n").await;
        ask(gate.address, "GET / HTTP/1.1\r\nHost: canary-host!\r\n\r\n").await;
        gate.stop();
        gate.ended().await;
    });
    writer.join().unwrap();
    let mut text = String::new();
    file.reopen().unwrap().read_to_string(&mut text).unwrap();
    assert!(!text.contains("canary"), "{text}");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<(&str, u64)> = lines
        .iter()
        .map(|l| (l["path"].as_str().unwrap(), l["status"].as_u64().unwrap()))
        .collect();
    assert_eq!(told, [("/*/*", 200), ("/nowhere", 404), ("-", 400)]);
    assert_eq!((&lines[0]["bytes_in"], &lines[0]["bytes_out"]), (&6.into(), &11.into()));
    assert_eq!(lines[0]["upstream"], "app");
    assert_eq!(lines[1]["problem"], "no-route");
    assert_eq!(lines[2]["problem"], "host-invalid");
}
