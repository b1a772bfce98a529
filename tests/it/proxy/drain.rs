//! Shutdown loses nothing.

use std::time::Duration;

use crate::harness::client::Client;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::upstream::Step;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn an_exchange_that_runs_is_finished_and_its_connection_closed() {
    on_one_core(async {
        let upstream = Upstream::scripted(vec![vec![Step::WaitForGo, ok("late")]]).await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send(GET).await;
        upstream.wait_for("via").await;
        gate.stop();
        tokio::task::yield_now().await;
        upstream.go();
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.text().as_str(), answer.field("connection")), ("late", Some("close")));
        assert_eq!(client.rest().await, b"");
        assert_eq!(gate.ended().await, 0);
    });
}

#[test]
fn idle_connections_end_at_once() {
    on_one_core(async {
        let upstream = Upstream::always(ok("x")).await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send(GET).await;
        client.answer().await.unwrap();
        gate.stop();
        assert_eq!(client.rest().await, b"");
        assert_eq!(gate.ended().await, 0);
    });
}

#[test]
fn connections_that_wait_in_the_backlog_are_served() {
    on_one_core(async {
        let upstream = Upstream::always(ok("x")).await;
        let gate = Setup::to(upstream.address).open();
        tokio::task::yield_now().await;
        let mut clients = Vec::new();
        for _ in 0..20 {
            clients.push(Client::connect(gate.address).await);
        }
        gate.stop();
        for client in &mut clients {
            client.send(GET).await;
            assert_eq!(client.answer().await.unwrap().text(), "x");
        }
        assert_eq!(gate.ended().await, 0);
    });
}

#[test]
fn a_head_that_has_begun_may_end() {
    on_one_core(async {
        let upstream = Upstream::always(ok("x")).await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send(GET).await;
        client.answer().await.unwrap();
        client.send("GET / HTTP/1.1\r\n").await;
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        gate.stop();
        tokio::task::yield_now().await;
        client.send("Host: a\r\n\r\n").await;
        assert_eq!(client.answer().await.unwrap().text(), "x");
        assert_eq!(client.rest().await, b"");
        assert_eq!(gate.ended().await, 0);
    });
}

#[test]
fn what_does_not_end_is_cut_at_the_deadline() {
    on_one_core(async {
        let upstream = Upstream::always(Step::Stall).await;
        let mut setup = Setup::to(upstream.address);
        setup.limits.timeouts.drain = Duration::from_millis(40);
        let gate = setup.open();
        let mut client = Client::connect(gate.address).await;
        client.send(GET).await;
        upstream.wait_for("via").await;
        gate.stop();
        assert_eq!(gate.ended().await, 1);
        assert_eq!(client.answer().await, None);
    });
}
