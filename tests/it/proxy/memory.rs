//! What bodies take is what counts, whatever their senders declare and however they cut them; and nobody
//! takes what others need.

#![expect(clippy::unwrap_used, reason = "test code: what goes wrong shall panic here")]

use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::client::Answer;
use crate::harness::client::Client;
use crate::harness::client::ask;
use crate::harness::gate::Gate;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::upstream::Step;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;
use crate::harness::upstream::send;

const RULES: &str = "classes: { email: {} }\nroutes:\n  - id: users\n    match: { path: /users }\n    request: { body: { $.email: email } }\n    response: { body: { $.email: email } }\n";

/// A request with this much of a body of this length, from a client behind a proxy that is trusted.
fn post(client: &str, length: usize, body: &str) -> String {
    format!(
        "POST /users HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {client}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn behind_a_proxy(upstream: &Upstream) -> Setup {
    let mut setup = Setup::to(upstream.address);
    setup.rules = Some(RULES);
    setup.forwarding.trusted.push("127.0.0.0/8".parse().unwrap());
    setup
}

/// Begins a request and waits until all of it that was sent has been read and counts.
async fn begin(gate: &Gate, request: String, used: i64) -> Client {
    let mut client = Client::connect(gate.address).await;
    client.send(request).await;
    while gate.buffered() < used {
        tokio::task::yield_now().await;
    }
    client
}

#[test]
fn claims_of_long_bodies_reserve_nothing() {
    on_one_core(async {
        let upstream = Upstream::always(ok("{}")).await;
        let gate = behind_a_proxy(&upstream).open();
        let mut claims = Vec::new();
        for number in 1..=33 {
            claims.push(begin(&gate, post("192.0.2.1", 16 << 20, "{"), 1 + number * 100).await);
        }
        assert!(gate.buffered() <= 33 * 4096, "{}", gate.buffered());
        let other = ask(gate.address, post("192.0.2.2", 2, "{}")).await;
        assert_eq!((other.status, other.text().as_str()), (200, "{}"));
    });
}

#[test]
fn one_client_cannot_take_the_memory_of_all() {
    on_one_core(async {
        let upstream = Upstream::always(ok("{}")).await;
        let mut setup = behind_a_proxy(&upstream);
        setup.limits.buffered_bytes = 300_000;
        setup.limits.buffered_bytes_per_client = 100_000;
        let gate = setup.open();
        let most = " ".repeat(90_000);
        let _held = begin(&gate, post("192.0.2.1", 90_001, &most), 90_000).await;

        let refused = ask(gate.address, post("192.0.2.1", 90_001, &most)).await;
        assert_eq!((refused.status, refused.code().as_str()), (429, "too-many-bodies"));
        assert_eq!(refused.field("retry-after"), Some("1"));

        let other = ask(gate.address, post("192.0.2.2", 90_002, &format!("{most}{{}}"))).await;
        assert_eq!((other.status, other.text().as_str()), (200, "{}"));
    });
}

#[test]
fn what_all_hold_together_has_a_bound_and_is_given_back() {
    on_one_core(async {
        let upstream = Upstream::always(ok("{}")).await;
        let mut setup = behind_a_proxy(&upstream);
        setup.limits.buffered_bytes = 100_000;
        let gate = setup.open();
        let most = " ".repeat(90_000);
        let held = begin(&gate, post("192.0.2.1", 90_001, &most), 90_000).await;
        let busy = ask(gate.address, post("192.0.2.2", 90_001, &most)).await;
        assert_eq!((busy.status, busy.code().as_str()), (503, "busy"));
        drop(held);
        while gate.buffered() > 0 {
            tokio::task::yield_now().await;
        }
        let text = format!("{most}{{}}");
        assert_eq!(ask(gate.address, post("192.0.2.2", 90_002, &text)).await.status, 200);
    });
}

#[test]
fn an_answer_that_finds_no_memory_keeps_its_tokens_and_says_so() {
    on_one_core(async {
        let text = format!("{{\"email\":\"x\",\"y\":\"{}\"}}", " ".repeat(5000));
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        );
        let upstream = Upstream::always(send(&answer)).await;
        for (all, per_client) in [(1000, 1000), (100_000, 1000)] {
            let mut setup = behind_a_proxy(&upstream);
            setup.limits.buffered_bytes = all;
            setup.limits.buffered_bytes_per_client = per_client;
            let gate = setup.open();
            for method in ["GET", "DELETE", "POST", "PUT"] {
                let request = format!("{method} /users HTTP/1.1\r\nHost: a\r\n\r\n");
                let answer: Answer = ask(gate.address, request).await;
                assert_eq!(answer.status, 200, "{method} {}", answer.text());
                assert_eq!(answer.field("cloakroom-unrevealed"), Some("busy"), "{method}");
                assert_eq!(answer.text(), text);
            }
            assert_eq!(gate.buffered(), 0);
        }
        assert_eq!(upstream.requests(), 8);
    });
}

#[test]
fn an_answer_counts_until_its_client_has_it() {
    on_one_core(async {
        let length = 14 << 20;
        let text = format!("{{\"y\":\"{}\"}}", " ".repeat(length));
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        );
        let upstream = Upstream::always(send(&answer)).await;
        let mut setup = behind_a_proxy(&upstream);
        setup.limits.buffered_bytes = 20 << 20;
        let gate = setup.open();
        let mut slow = Client::connect(gate.address).await;
        slow.send("GET /users HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(!slow.take(1000).await.is_empty());
        let used = usize::try_from(gate.buffered()).unwrap();
        assert!((length..length + 10_000).contains(&used), "{used}");

        let other = ask(gate.address, "GET /users HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(other.field("cloakroom-unrevealed"), Some("busy"));

        drop(slow.take(length - 1000).await);
        while gate.buffered() > 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_body_that_trickles_is_a_408() {
    on_one_core(async {
        let upstream = Upstream::always(ok("{}")).await;
        for path in ["/users", "/open"] {
            let mut setup = behind_a_proxy(&upstream);
            setup.limits.timeouts.body_idle = Duration::from_millis(50);
            setup.limits.least_rate = 100_000_000;
            let gate = setup.open();
            let mut client = Client::connect(gate.address).await;
            client.send(post("192.0.2.1", 1 << 20, "{").replace("/users", path)).await;
            // A byte each time: never a pause of 50 ms, and never 5 MB in 50 ms.
            let answer = loop {
                client.send(" ").await;
                let pause = Duration::from_millis(5);
                if let Ok(answer) = tokio::time::timeout(pause, client.answer()).await {
                    break answer.unwrap();
                }
            };
            assert_eq!((answer.status, answer.code().as_str()), (408, "body-timeout"), "{path}");
        }
    });
}

#[test]
fn a_client_that_reads_too_slowly_loses_its_connection() {
    on_one_core(async {
        let upstream = Upstream::always(Step::Big(50_000_000)).await;
        let mut setup = behind_a_proxy(&upstream);
        setup.limits.timeouts.write_stall = Duration::from_millis(50);
        setup.limits.least_rate = usize::MAX;
        let gate = setup.open();
        let mut client = Client::connect(gate.address).await;
        client.send("GET /open HTTP/1.1\r\nHost: a\r\n\r\n").await;
        // Something is read all the time, but not enough.
        assert!(client.some().await.is_some());
        while gate.metrics.clients.open.get() > 0 {
            assert!(client.some().await.is_some());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

/// The bytes of memory that a process has.
fn resident(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse::<usize>().unwrap() * 1024
}

/// A hundred connections send bodies one byte a packet. Every packet used to keep a buffer of eight kilobytes.
#[test]
fn packets_of_one_byte_take_no_more_than_they_are() {
    const CONNECTIONS: usize = 100;
    const PACKETS: usize = 600;
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let gateway = site.serve();
    Caller::anonymous(gateway.address).post("/api/users", "{\"id\":\"1\"}");
    let before = resident(gateway.process());
    let mut connections: Vec<TcpStream> = (0..CONNECTIONS)
        .map(|_| {
            let mut stream = TcpStream::connect(gateway.address).unwrap();
            stream.set_nodelay(true).unwrap();
            stream.write_all(b"POST /api/users HTTP/1.1\r\nhost: shop.example\r\ncontent-type: application/json\r\ncontent-length: 20010\r\n\r\n").unwrap();
            stream
        })
        .collect();
    for _ in 0..PACKETS {
        for connection in &mut connections {
            connection.write_all(b" ").unwrap();
        }
    }
    let grown = resident(gateway.process()).saturating_sub(before);
    assert!(grown < CONNECTIONS * 32 * 1024 + (16 << 20), "{grown}");
    let mut last = connections.pop().unwrap();
    let rest = format!("{{\"id\":\"2\"{}}}", " ".repeat(20_010 - PACKETS - 10));
    last.write_all(rest.as_bytes()).unwrap();
    last.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let mut status = [0; 12];
    last.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 201");
}
