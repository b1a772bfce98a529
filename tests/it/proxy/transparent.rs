//! Without rules: the same bytes as the direct way, both ways.

#![expect(
    clippy::format_collect,
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "test code: what goes wrong shall panic here"
)]

use proptest::prelude::*;

use crate::harness::client::Client;
use crate::harness::client::ask;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::upstream::Step;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;
use crate::harness::upstream::pattern;
use crate::harness::upstream::send;

/// What the gateway adds to every request, and what a client's `a` stands for.
const ADDED: &str = "x-forwarded-for: 127.0.0.1\r\nx-forwarded-proto: http\r\nx-forwarded-host: a\r\nvia: 1.1 cloakroom\r\n";

/// Field names that do not belong to the connection, in lower case as hyper writes them.
fn field() -> impl Strategy<Value = (String, String)> {
    let name = prop_oneof![
        Just("accept".to_owned()),
        Just("cookie".to_owned()),
        Just("content-type".to_owned()),
        Just("authorization".to_owned()),
        "x-[a-z]{1,8}".prop_filter("not ours", |name| !name.starts_with("x-forwarded")),
    ];
    (name, "[!-~]([ -~]{0,20}[!-~])?")
}

#[derive(Debug, Clone)]
enum Framing {
    None,
    Length,
    Chunks,
}

fn framing() -> impl Strategy<Value = Framing> {
    prop_oneof![Just(Framing::None), Just(Framing::Length), Just(Framing::Chunks)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn target_fields_and_body_arrive_as_they_were_sent(
        method in prop_oneof![Just("GET"), Just("POST"), Just("PUT"), Just("DELETE"), Just("REPORT")],
        target in "/[!$-;=?-Z_a-z~|{}]{0,40}",
        fields in prop::collection::btree_map("x-[a-z]{1,8}", "[!-~]([ -~]{0,20}[!-~])?", 0..8),
        more in prop::collection::vec(field(), 0..4),
        place in 0..4_usize,
        framing in framing(),
        body in prop::collection::vec("[ -~]{1,200}", 1..5),
    ) {
        prop_assume!(!fields.keys().any(|name| name.starts_with("x-forwarded") || name == "x-real-ip"));
        // Fields of one name stand together in what goes on; so they do here.
        let mut lines: Vec<String> = fields.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        for (name, value) in more {
            if !lines.iter().any(|line| line.starts_with(&format!("{name}:"))) {
                lines.push(format!("{name}: {value}\r\n"));
            }
        }
        lines.insert(place.min(lines.len()), "host: a\r\n".to_owned());
        let whole = body.concat();
        let (framed, sent) = match framing {
            Framing::None => (String::new(), String::new()),
            Framing::Length => (format!("content-length: {}\r\n", whole.len()), whole.clone()),
            Framing::Chunks => {
                let chunks: String = body.iter().map(|c| format!("{:x}\r\n{c}\r\n", c.len())).collect();
                ("transfer-encoding: chunked\r\n".to_owned(), format!("{chunks}0\r\n\r\n"))
            }
        };
        lines.insert(lines.len() / 2, framed);
        let head = format!("{method} {target} HTTP/1.1\r\n{}", lines.concat());
        on_one_core(async move {
            let upstream = Upstream::always(ok("fine")).await;
            let gate = Setup::to(upstream.address).open();
            let answer = ask(gate.address, format!("{head}\r\n{sent}")).await;
            assert_eq!(answer.text(), "fine");
            let seen = upstream.seen();
            let (seen_head, seen_body) = seen.split_once("\r\n\r\n").unwrap();
            assert_eq!(format!("{seen_head}\r\n"), format!("{head}{ADDED}"));
            match framing {
                Framing::None => assert_eq!(seen_body, ""),
                Framing::Length => assert_eq!(seen_body, whole),
                Framing::Chunks => assert_eq!(unchunked(seen_body), whole),
            }
        });
    }

    #[test]
    fn an_answers_status_fields_and_body_arrive_as_they_were_sent(
        status in prop_oneof![Just("200 OK"), Just("201 Made It"), Just("404 Not Found"), Just("503 Busy"), Just("299 Odd")],
        fields in prop::collection::btree_map("x-[a-z]{1,8}", "[!-~]([ -~]{0,20}[!-~])?", 0..8),
        body in "[ -~]{0,300}",
    ) {
        let lines: String = fields.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let head = format!("HTTP/1.1 {status}\r\ndate: then\r\nset-cookie: a\r\nset-cookie: b\r\n{lines}content-length: {}\r\n", body.len());
        on_one_core(async move {
            let upstream = Upstream::always(send(&format!("{head}\r\n{body}"))).await;
            let gate = Setup::to(upstream.address).open();
            let answer = ask(gate.address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
            assert_eq!(answer.head, format!("{head}\r\n"));
            assert_eq!(answer.text(), body);
        });
    }
}

/// The data of a chunked body.
fn unchunked(mut text: &str) -> String {
    let mut data = String::new();
    loop {
        let (size, rest) = text.split_once("\r\n").unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return data;
        }
        data.push_str(&rest[..size]);
        text = &rest[size + 2..];
    }
}

#[test]
fn a_big_answer_arrives_whole_while_its_reader_is_slow() {
    on_one_core(async {
        let length = 20_000_000;
        let upstream = Upstream::always(Step::Big(length)).await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let answer = client.answer().await.unwrap();
        assert_eq!(answer.body.len(), length);
        assert!(answer.body.iter().enumerate().all(|(place, &byte)| byte == pattern(place)));
    });
}

#[test]
fn a_big_request_arrives_whole() {
    on_one_core(async {
        let upstream = Upstream::always(ok("fine")).await;
        let gate = Setup::to(upstream.address).open();
        let body = "x".repeat(5_000_000);
        let head = format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len());
        assert_eq!(ask(gate.address, format!("{head}{body}")).await.text(), "fine");
        assert!(upstream.seen().ends_with(&body));
    });
}

#[test]
fn answers_without_a_body_keep_their_fields_and_the_connection() {
    on_one_core(async {
        let upstream = Upstream::scripted(vec![
            vec![send("HTTP/1.1 200 OK\r\ncontent-length: 1234\r\netag: x\r\ndate: d\r\n\r\n")],
            vec![send("HTTP/1.1 204 No Content\r\netag: x\r\ndate: d\r\n\r\n")],
            vec![send(
                "HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\netag: x\r\ndate: d\r\n\r\n",
            )],
            vec![ok("last")],
        ])
        .await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let head = client.answer_to("HEAD").await.unwrap();
        assert_eq!(
            head.head,
            "HTTP/1.1 200 OK\r\ncontent-length: 1234\r\netag: x\r\ndate: d\r\n\r\n"
        );
        client.send("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let none = client.answer().await.unwrap();
        assert_eq!(none.head, "HTTP/1.1 204 No Content\r\netag: x\r\ndate: d\r\n\r\n");
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let same = client.answer().await.unwrap();
        assert_eq!(
            same.head,
            "HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\netag: x\r\ndate: d\r\n\r\n"
        );
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(client.answer().await.unwrap().text(), "last");
        assert_eq!(upstream.connections(), 1);
    });
}

#[test]
fn declared_trailers_pass_both_ways() {
    on_one_core(async {
        let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: digest\r\n\r\n3\r\nabc\r\n0\r\ndigest: x\r\n\r\n";
        let upstream = Upstream::always(send(answer)).await;
        let gate = Setup::to(upstream.address).open();
        let request = "POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\nTrailer: checksum\r\n\r\n2\r\nhi\r\n0\r\nchecksum: y\r\n\r\n";
        assert_eq!(ask(gate.address, request).await.text(), "abcdigest: x");
        assert!(upstream.seen().ends_with("0\r\nchecksum: y\r\n\r\n"), "{}", upstream.seen());
    });
}

#[test]
fn an_old_client_gets_an_answer_that_ends_with_the_connection() {
    on_one_core(async {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        let upstream = Upstream::always(send(chunked)).await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n").await;
        let answer = client.answer().await.unwrap();
        assert!(answer.head.starts_with("HTTP/1.0 200"));
        assert_eq!(answer.field("transfer-encoding"), None);
        assert_eq!(answer.text(), "abc");
        assert_eq!(client.rest().await, b"");
    });
}

#[test]
fn a_client_that_wants_to_close_and_one_that_ends_its_side_both_get_their_answer() {
    on_one_core(async {
        let upstream = Upstream::always(ok("fine")).await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
        assert_eq!(client.answer().await.unwrap().field("connection"), Some("close"));
        assert_eq!(client.rest().await, b"");
        assert!(!upstream.seen().contains("connection"));

        let mut client = Client::connect(gate.address).await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        client.finish_sending().await;
        assert_eq!(client.answer().await.unwrap().text(), "fine");
    });
}

#[test]
fn a_chunked_body_passes_with_any_method_and_an_empty_one_is_no_body() {
    on_one_core(async {
        let upstream = Upstream::always(ok("fine")).await;
        let gate = Setup::to(upstream.address).open();
        let chunked = "GET /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        ask(gate.address, format!("{chunked}3\r\nabc\r\n0\r\n\r\n")).await;
        assert!(upstream.seen().ends_with("\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));
        ask(gate.address, format!("{chunked}0\r\n\r\n")).await;
        let seen = upstream.seen();
        let (_, last) = seen.rsplit_once("GET /1").unwrap();
        assert!(last.starts_with(" HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n"), "{last}");
    });
}
