//! Every bound of the data path.

use crate::harness::client::Client;
use crate::harness::client::ask;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;
use crate::harness::upstream::send;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn targets_and_heads_have_bounds_and_what_fits_passes() {
    on_one_core(async {
        let upstream = Upstream::always(ok("fine")).await;
        let gate = Setup::to(upstream.address).open();
        let target =
            |length: usize| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(length - 1));
        assert_eq!(ask(gate.address, target(8 * 1024)).await.text(), "fine");
        let refused = ask(gate.address, target(8 * 1024 + 1)).await;
        assert_eq!((refused.status, refused.code().as_str()), (414, "target-too-long"));

        let head = |length: usize| {
            format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(length))
        };
        assert_eq!(ask(gate.address, head(32 * 1024 - 100)).await.text(), "fine");
        let refused = ask(gate.address, head(32 * 1024)).await;
        assert_eq!((refused.status, refused.code().as_str()), (431, "header-too-large"));

        let fields = |count: usize| {
            format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "x: y\r\n".repeat(count - 1))
        };
        assert_eq!(ask(gate.address, fields(100)).await.text(), "fine");
        let refused = ask(gate.address, fields(101)).await;
        assert_eq!((refused.status, refused.code().as_str()), (431, "too-many-fields"));
    });
}

#[test]
fn an_endless_head_is_cut_off_before_it_ends() {
    on_one_core(async {
        let upstream = Upstream::always(ok("fine")).await;
        let gate = Setup::to(upstream.address).open();
        for start in ["GET /", "GET / HTTP/1.1\r\nHost: a\r\nX: "] {
            let mut client = Client::connect(gate.address).await;
            client.send(format!("{start}{}", "x".repeat(40_000))).await;
            assert!(matches!(client.answer().await.unwrap().status, 414 | 431));
        }
        assert_eq!(upstream.connections(), 0);
    });
}

#[test]
fn a_head_of_the_upstream_has_bounds_too() {
    on_one_core(async {
        let answer = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(40_000));
        let upstream = Upstream::always(send(&answer)).await;
        let gate = Setup::to(upstream.address).open();
        assert_eq!(ask(gate.address, GET).await.code(), "upstream-malformed");
    });
}

#[test]
fn connections_over_the_limit_are_closed_and_room_is_made_again() {
    on_one_core(async {
        let upstream = Upstream::always(ok("fine")).await;
        let mut setup = Setup::to(upstream.address);
        setup.limits.connections_per_client = 1;
        let gate = setup.open();
        let mut first = Client::connect(gate.address).await;
        first.send(GET).await;
        assert_eq!(first.answer().await.unwrap().text(), "fine");
        assert_eq!(Client::connect(gate.address).await.rest().await, b"");
        drop(first);
        loop {
            let mut next = Client::connect(gate.address).await;
            next.send(GET).await;
            if next.answer().await.is_some() {
                break;
            }
        }
    });
}

/// A balancer has one address and many clients.
#[test]
fn a_trusted_proxy_is_not_one_client() {
    on_one_core(async {
        let upstream = Upstream::always(ok("fine")).await;
        let mut setup = Setup::to(upstream.address);
        setup.limits.connections_per_client = 1;
        setup.limits.connections = 3;
        setup.forwarding.trusted = vec!["127.0.0.1/32".parse().expect("a network")];
        let gate = setup.open();
        let mut open = Vec::new();
        for _ in 0..3 {
            let mut client = Client::connect(gate.address).await;
            client.send(GET).await;
            assert_eq!(client.answer().await.expect("an answer").text(), "fine");
            open.push(client);
        }
        assert_eq!(Client::connect(gate.address).await.rest().await, b"");
    });
}
