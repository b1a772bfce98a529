//! What two parsers might read in two ways is refused, and the upstream hears nothing of it.

#![expect(
    clippy::string_slice,
    clippy::panic,
    reason = "test code: what goes wrong shall panic here"
)]

use crate::harness::client::Client;
use crate::harness::client::ask;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::upstream::Step;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;

/// Sends the bytes in one piece, and again cut in two everywhere it hurts; expects this answer, the
/// end of the connection, and silence at the upstream.
async fn refused(bytes: &str, status: u16, code: &str) {
    let upstream = Upstream::always(ok("reached")).await;
    let gate = Setup::to(upstream.address).open();
    let cuts = [bytes.len(), bytes.find("\r\n").unwrap_or(0) + 1, bytes.len().saturating_sub(2)];
    for cut in cuts {
        let mut client = Client::connect(gate.address).await;
        client.send(&bytes[..cut]).await;
        tokio::task::yield_now().await;
        client.send(&bytes[cut..]).await;
        let answer = client.answer().await.unwrap_or_else(|| panic!("no answer to {bytes:?}"));
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{bytes:?}");
        assert_eq!(answer.field("connection"), Some("close"), "{bytes:?}");
        assert_eq!(answer.field("content-type"), Some("application/problem+json"));
        assert_eq!(client.rest().await, b"", "{bytes:?}");
    }
    assert_eq!(upstream.seen(), "", "{bytes:?}");
    assert_eq!(upstream.connections(), 0, "{bytes:?}");
}

fn with(fields: &str, body: &str) -> String {
    format!("POST /a HTTP/1.1\r\nHost: a.example\r\n{fields}\r\n{body}")
}

#[test]
fn refuses_hosts_that_are_missing_repeated_or_no_hosts() {
    on_one_core(async {
        refused("GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", 400, "host-missing").await;
        refused("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "host-repeated").await;
        refused("GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n", 400, "host-repeated").await;
        for host in ["", "u@a", "a/b", "a b", "a:x", "a,b", "[::1"] {
            let bytes = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
            refused(&bytes, 400, "host-invalid").await;
        }
        refused("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "host-mismatch").await;
    });
}

#[test]
fn refuses_targets_and_methods_that_a_gateway_does_not_serve() {
    on_one_core(async {
        refused("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target").await;
        refused("GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target").await;
        refused("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target-character").await;
        refused("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 405, "method-not-allowed").await;
        refused("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405, "method-not-allowed").await;
        refused("GET /\r\n\r\n", 400, "request-line").await;
        refused("GET / http/1.1\r\nHost: a\r\n\r\n", 400, "request-line").await;
        refused("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, "http-version").await;
    });
}

#[test]
fn refuses_lengths_and_codings_that_leave_a_doubt() {
    on_one_core(async {
        for (fields, code) in [
            ("Content-Length: 5\r\nContent-Length: 5\r\n", "length-repeated"),
            ("Content-Length: 5\r\nContent-Length: 6\r\n", "length-repeated"),
            ("Content-Length: 5, 5\r\n", "length-invalid"),
            ("Content-Length: +5\r\n", "length-invalid"),
            ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "both-framings"),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "both-framings"),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "coding-invalid"),
            ("Transfer-Encoding: gzip, chunked\r\n", "coding-invalid"),
            ("Transfer-Encoding: xchunked\r\n", "coding-invalid"),
            ("Transfer-Encoding: identity\r\n", "coding-invalid"),
            ("Transfer-Encoding : chunked\r\n", "field-name"),
            ("Transfer_Encoding: chunked\r\n", "field-lookalike"),
            ("X: y\r\n Transfer-Encoding: chunked\r\n", "field-folding"),
            ("X: y\nTransfer-Encoding: chunked\r\n", "line-ending"),
            ("X: y\rTransfer-Encoding: chunked\r\n", "line-ending"),
            ("X: a\0b\r\n", "field-value"),
            ("Transfer-Encoding: \x0bchunked\r\n", "field-value"),
        ] {
            refused(&with(fields, "5\r\nhello\r\n0\r\n\r\n"), 400, code).await;
        }
        let old = "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        refused(old, 400, "coding-version").await;
    });
}

#[test]
fn refuses_broken_chunks_before_the_upstream_is_contacted() {
    on_one_core(async {
        for (body, code) in [
            ("x\r\n", "chunk-size"),
            ("5 \r\nhello\r\n0\r\n\r\n", "chunk-size"),
            ("0x5\r\nhello\r\n0\r\n\r\n", "chunk-size"),
            ("5;\r\nhello\r\n0\r\n\r\n", "chunk-size"),
            ("10000000000000005\r\nhello\r\n0\r\n\r\n", "chunk-size"),
            ("ffffffffffffffff\r\nhello\r\n0\r\n\r\n", "chunk-size"),
            ("5\nhello\r\n0\r\n\r\n", "line-ending"),
        ] {
            refused(&with("Transfer-Encoding: chunked\r\n", body), 400, code).await;
        }
    });
}

#[test]
fn what_breaks_later_in_a_body_is_the_clients_fault_and_never_becomes_a_whole_request() {
    on_one_core(async {
        for (body, code) in [
            ("5\r\nhello\r\nx\r\n", "chunk-size"),
            ("5\r\nhelloX0\r\n\r\n", "chunk-end"),
            ("5\r\nhelloworld\r\n0\r\n\r\n", "chunk-end"),
            ("5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n", "trailer"),
        ] {
            let upstream = Upstream::always(ok("reached")).await;
            let gate = Setup::to(upstream.address).open();
            let (early, late) = body.split_at(8);
            let mut client = Client::connect(gate.address).await;
            client.send(with("Transfer-Encoding: chunked\r\n", early)).await;
            tokio::task::yield_now().await;
            client.send(late).await;
            if !late.ends_with("\r\n") {
                client.finish_sending().await;
            }
            let answer = client.answer().await.unwrap();
            assert_eq!((answer.status, answer.code().as_str()), (400, code), "{body:?}");
            assert_eq!(client.rest().await, b"");
            assert_eq!(upstream.requests(), 0, "{body:?}: {}", upstream.seen());
        }
    });
}

#[test]
fn nothing_behind_a_refused_request_is_read_as_another() {
    on_one_core(async {
        let smuggled = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";
        for front in [
            with("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            with("Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n", "0\r\n\r\n"),
            with("Transfer-Encoding: chunked\r\n", "0;\r\n\r\n"),
            "GET / HTTP/1.1\nHost: a\n\n".to_owned(),
        ] {
            let upstream = Upstream::always(ok("reached")).await;
            let gate = Setup::to(upstream.address).open();
            let mut client = Client::connect(gate.address).await;
            client.send(format!("{front}{smuggled}")).await;
            assert_eq!(client.answer().await.unwrap().status, 400, "{front:?}");
            assert_eq!(client.rest().await, b"");
            assert_eq!(upstream.seen(), "");
        }
    });
}

#[test]
fn a_pipeline_is_served_up_to_the_request_that_is_refused() {
    on_one_core(async {
        let upstream = Upstream::always(ok("fine")).await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        let good = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
        let posted = "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        client.send(format!("{good}{posted}GET /3 HTTP/1.1\r\n\r\n{good}")).await;
        assert_eq!(client.answer().await.unwrap().text(), "fine");
        assert_eq!(client.answer().await.unwrap().text(), "fine");
        assert_eq!(client.answer().await.unwrap().code(), "host-missing");
        assert_eq!(client.rest().await, b"");
        assert_eq!(upstream.requests(), 2);
    });
}

#[test]
fn a_client_that_still_sends_gets_to_read_its_refusal() {
    on_one_core(async {
        let upstream = Upstream::always(ok("reached")).await;
        let gate = Setup::to(upstream.address).open();
        let body = "x".repeat(300_000);
        let answer = ask(gate.address, with("Content-Length: x\r\n", &body)).await;
        assert_eq!(answer.code(), "length-invalid");
        assert_eq!(upstream.connections(), 0);
    });
}

#[test]
fn an_expectation_is_answered_or_refused() {
    on_one_core(async {
        let upstream = Upstream::always(Step::Echo).await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send(with("Content-Length: 5\r\nExpect: 100-continue\r\n", "")).await;
        assert_eq!(client.answer().await.unwrap().status, 100);
        assert_eq!(upstream.connections(), 0);
        client.send("hello").await;
        let answer = client.answer().await.unwrap();
        assert!(answer.text().ends_with("\r\n\r\nhello"));
        assert!(!answer.text().contains("expect"), "{}", answer.text());

        let refused = ask(gate.address, with("Content-Length: 5\r\nExpect: 200-ok\r\n", "")).await;
        assert_eq!((refused.status, refused.code().as_str()), (417, "unknown-expectation"));

        let early = "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
        let answer = ask(gate.address, early).await;
        assert_eq!(
            (answer.code().as_str(), answer.field("connection")),
            ("no-route", Some("close"))
        );
    });
}

#[test]
fn a_request_that_goes_in_circles_is_stopped() {
    on_one_core(async {
        let upstream = Upstream::always(ok("reached")).await;
        let gate = Setup::to(upstream.address).open();
        let via = "Via: 1.1 cloakroom, 1.1 cloakroom\r\nVia: 1.1 cloakroom\r\n";
        let answer = ask(gate.address, format!("GET / HTTP/1.1\r\nHost: a\r\n{via}\r\n")).await;
        assert_eq!((answer.status, answer.code().as_str()), (508, "loop-detected"));
        assert_eq!(upstream.connections(), 0);
    });
}
