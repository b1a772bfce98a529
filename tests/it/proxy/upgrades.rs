//! Connections that become another protocol.

use std::time::Duration;

use crate::harness::client::Client;
use crate::harness::client::ask;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::upstream::Step;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;
use crate::harness::upstream::send;

const ASK: &str = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n";
const RULES: &str = "classes: { email: {} }\nroutes: [{ id: chat, match: { path: /** }, request: { query: { $.email: email } } }]\n";
const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: y\r\n\r\n";

async fn mirror() -> Upstream {
    Upstream::scripted(vec![vec![Step::WaitForGo, send(SWITCH), Step::Mirror]]).await
}

#[test]
fn after_the_101_bytes_pass_both_ways_as_they_are() {
    on_one_core(async {
        let upstream = mirror().await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        upstream.go();
        client.send(ASK).await;
        let answer = client.answer().await.unwrap();
        assert_eq!(answer.status, 101);
        assert_eq!(answer.field("upgrade"), Some("websocket"));
        assert_eq!(answer.field("sec-websocket-accept"), Some("y"));
        assert_eq!(answer.field("connection"), Some("upgrade"));
        let frame = [0x82, 0x03, 0x00, 0x0d, 0x0a];
        client.send(frame).await;
        assert_eq!(client.take(5).await, frame);
        client.finish_sending().await;
        assert_eq!(client.rest().await, b"");
    });
}

#[test]
fn early_bytes_wait_for_the_101() {
    on_one_core(async {
        let upstream = mirror().await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send(format!("{ASK}GET /admin HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        upstream.wait_for("via").await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(!upstream.seen().contains("/admin"), "{}", upstream.seen());
        upstream.go();
        assert_eq!(client.answer().await.unwrap().status, 101);
        assert_eq!(client.take(12).await, b"GET /admin H");
    });
}

#[test]
fn without_a_101_it_stays_http_and_what_follows_is_a_request() {
    on_one_core(async {
        let upstream = Upstream::scripted(vec![vec![ok("no")], vec![ok("next")]]).await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send(format!("{ASK}GET /next HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        assert_eq!(client.answer().await.unwrap().text(), "no");
        assert_eq!(client.answer().await.unwrap().text(), "next");
        client.send(format!("{ASK}GET /bad HTTP/1.1\r\n\r\n")).await;
        assert_eq!(client.answer().await.unwrap().text(), "next");
        assert_eq!(client.answer().await.unwrap().code(), "host-missing");
    });
}

#[test]
fn a_route_with_rules_refuses() {
    on_one_core(async {
        let upstream = mirror().await;
        let mut setup = Setup::to(upstream.address);
        setup.rules = Some(RULES);
        let gate = setup.open();
        let answer = ask(gate.address, ASK).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "upgrade-not-allowed"));
        assert_eq!(upstream.connections(), 0);
    });
}

#[test]
fn http2_in_clear_is_not_passed_on() {
    on_one_core(async {
        let upstream = Upstream::always(ok("plain")).await;
        let gate = Setup::to(upstream.address).open();
        let h2c = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
        assert_eq!(ask(gate.address, h2c).await.text(), "plain");
        let seen = upstream.seen();
        assert!(!seen.contains("upgrade") && !seen.contains("http2-settings"), "{seen}");
    });
}

#[test]
fn a_tunnel_in_which_nothing_moves_ends() {
    on_one_core(async {
        let upstream = mirror().await;
        upstream.go();
        let mut setup = Setup::to(upstream.address);
        setup.limits.timeouts.keep_alive = Duration::from_millis(40);
        let gate = setup.open();
        let mut client = Client::connect(gate.address).await;
        client.send(ASK).await;
        assert_eq!(client.answer().await.unwrap().status, 101);
        assert_eq!(client.rest().await, b"");
    });
}

#[test]
fn drain_cuts_a_tunnel_at_its_deadline() {
    on_one_core(async {
        let upstream = mirror().await;
        upstream.go();
        let mut setup = Setup::to(upstream.address);
        setup.limits.timeouts.drain = Duration::from_millis(40);
        let gate = setup.open();
        let mut client = Client::connect(gate.address).await;
        client.send(ASK).await;
        assert_eq!(client.answer().await.unwrap().status, 101);
        gate.stop();
        assert_eq!(gate.ended().await, 1);
        assert_eq!(client.rest().await, b"");
    });
}

/// The guard reads such a body, so the connection can never become a tunnel.
#[test]
fn with_an_empty_chunked_body_it_stays_http() {
    on_one_core(async {
        let answers = vec![vec![ok("no")], vec![send(SWITCH), Step::Mirror]];
        let upstream = Upstream::scripted(answers).await;
        let gate = Setup::to(upstream.address).open();
        let chunked = ASK.replace("Host: a", "Host: a\r\nTransfer-Encoding: chunked") + "0\r\n\r\n";
        let answer = ask(gate.address, &chunked).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "no"));
        assert!(!upstream.seen().contains("upgrade"), "{}", upstream.seen());
        // One that agrees nevertheless is not followed.
        let answer = ask(gate.address, &chunked).await;
        assert_eq!((answer.status, answer.code().as_str()), (502, "upstream-malformed"));
    });
}
