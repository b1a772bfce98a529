//! Every deadline fires. Asserted by what the client is told, never by a clock.

use std::time::Duration;

use cloakroom::base::Timeouts;

use crate::harness::client::Client;
use crate::harness::gate::Gate;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::upstream::Step;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;
use crate::harness::upstream::send;

const SHORT: Duration = Duration::from_millis(40);
const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// All other deadlines stay long: what fires is the one that was set.
fn gate(upstream: &Upstream, set: impl FnOnce(&mut Timeouts)) -> Gate {
    let mut setup = Setup::to(upstream.address);
    set(&mut setup.limits.timeouts);
    setup.open()
}

#[test]
fn a_head_that_does_not_end_is_a_408() {
    on_one_core(async {
        let upstream = Upstream::always(ok("x")).await;
        let gate = gate(&upstream, |t| t.header = SHORT);
        let mut client = Client::connect(gate.address).await;
        client.send("GET / HTTP/1.1\r\nHost:").await;
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (408, "header-timeout"));
        assert_eq!(client.rest().await, b"");
    });
}

#[test]
fn a_connection_that_never_says_a_word_is_closed_and_so_is_one_that_falls_silent() {
    on_one_core(async {
        let upstream = Upstream::always(ok("x")).await;
        let silent = gate(&upstream, |t| t.header = SHORT);
        assert_eq!(Client::connect(silent.address).await.rest().await, b"");

        let idle = gate(&upstream, |t| t.keep_alive = SHORT);
        let mut client = Client::connect(idle.address).await;
        client.send(GET).await;
        assert_eq!(client.answer().await.unwrap().text(), "x");
        assert_eq!(client.rest().await, b"");
    });
}

#[test]
fn the_keep_alive_deadline_does_not_run_during_an_exchange() {
    on_one_core(async {
        let upstream = Upstream::scripted(vec![vec![Step::WaitForGo, ok("late")]]).await;
        let gate = gate(&upstream, |t| t.keep_alive = Duration::from_millis(1));
        let mut client = Client::connect(gate.address).await;
        client.send(GET).await;
        upstream.wait_for("via").await;
        // Meanwhile the deadline passes for others, several times.
        for _ in 0..3 {
            let mut other = Client::connect(gate.address).await;
            other.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n").await;
            assert_eq!(other.answer().await.unwrap().code(), "no-route");
            assert_eq!(other.rest().await, b"");
        }
        upstream.go();
        assert_eq!(client.answer().await.unwrap().text(), "late");
    });
}

#[test]
fn a_body_that_stalls_is_a_408_and_reaches_nobody() {
    on_one_core(async {
        let upstream = Upstream::always(ok("x")).await;
        let gate = gate(&upstream, |t| t.body_idle = SHORT);
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
        let mut client = Client::connect(gate.address).await;
        client.send(head).await;
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (408, "body-timeout"));
        assert_eq!(upstream.connections(), 0);

        let mut client = Client::connect(gate.address).await;
        client.send(format!("{head}he")).await;
        assert_eq!(client.answer().await.unwrap().code(), "body-timeout");
        assert_eq!(upstream.requests(), 0);
    });
}

#[test]
fn an_upstream_that_does_not_answer_is_a_504() {
    on_one_core(async {
        let upstream = Upstream::always(Step::Stall).await;
        let gate = gate(&upstream, |t| t.response = SHORT);
        let mut client = Client::connect(gate.address).await;
        client.send(GET).await;
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (504, "upstream-timeout"));
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").await;
        assert_eq!(client.answer().await.unwrap().code(), "upstream-timeout");
        assert_eq!(upstream.requests(), 2);
    });
}

#[test]
fn an_answer_that_stalls_ends_the_clients_connection() {
    on_one_core(async {
        let begun = send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        let upstream = Upstream::scripted(vec![vec![begun, Step::Stall]]).await;
        let gate = gate(&upstream, |t| t.response_idle = SHORT);
        let mut client = Client::connect(gate.address).await;
        client.send(GET).await;
        assert_eq!(client.answer().await, None);
    });
}

#[test]
fn a_client_that_does_not_read_loses_its_connection() {
    on_one_core(async {
        let upstream = Upstream::always(Step::Big(50_000_000)).await;
        let mut setup = Setup::to(upstream.address);
        setup.limits.timeouts.write_stall = SHORT;
        setup.limits.timeouts.drain = Duration::from_secs(50);
        let gate = setup.open();
        let mut client = Client::connect(gate.address).await;
        client.send(GET).await;
        upstream.wait_for("via").await;
        gate.stop();
        // Drain ends because the connection ends, and nobody had to cut it.
        assert_eq!(gate.ended().await, 0);
        assert!(client.rest().await.len() < 50_000_000);
    });
}

#[test]
fn an_upstream_without_a_handshake_is_out_of_reach() {
    on_one_core(async {
        // A listener whose backlog is full neither accepts nor refuses; TLS to a silent peer is the
        // same and needs no tricks.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut setup = Setup::to(silent.local_addr().unwrap());
        setup.upstream.scheme = cloakroom::net::config::Scheme::Https;
        setup.limits.timeouts.connect = SHORT;
        let gate = setup.open();
        let mut client = Client::connect(gate.address).await;
        client.send(GET).await;
        assert_eq!(client.answer().await.unwrap().code(), "upstream-unreachable");
    });
}

#[test]
fn an_idle_upstream_connection_gets_old() {
    on_one_core(async {
        let upstream = Upstream::always(ok("x")).await;
        let gate = gate(&upstream, |t| t.pool_idle = Duration::from_nanos(1));
        for _ in 0..2 {
            let mut client = Client::connect(gate.address).await;
            client.send(GET).await;
            assert_eq!(client.answer().await.unwrap().text(), "x");
        }
        assert_eq!(upstream.connections(), 2);
    });
}
