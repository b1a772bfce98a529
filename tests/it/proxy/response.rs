//! Answers of an upstream that is broken, or hostile.

#![expect(clippy::unwrap_used, reason = "test code: what goes wrong shall panic here")]

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;

use crate::harness::client::Client;
use crate::harness::client::ask;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::upstream::Step;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;
use crate::harness::upstream::send;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn an_answer_with_two_readings_becomes_a_502_and_its_connection_is_not_used_again() {
    on_one_core(async {
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nabc",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
            "I am not HTTP\r\n\r\n",
        ] {
            let upstream = Upstream::scripted(vec![vec![send(answer)], vec![ok("next")]]).await;
            let gate = Setup::to(upstream.address).open();
            let mut client = Client::connect(gate.address).await;
            client.send(GET).await;
            let problem = client.answer().await.unwrap();
            assert_eq!(
                (problem.status, problem.code().as_str()),
                (502, "upstream-malformed"),
                "{answer:?}"
            );
            client.send(GET).await;
            assert_eq!(client.answer().await.unwrap().text(), "next", "{answer:?}");
            assert_eq!(upstream.connections(), 2, "{answer:?}");
        }
    });
}

#[test]
fn bytes_behind_an_answer_are_never_the_next_answer() {
    on_one_core(async {
        let two = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
        let upstream = Upstream::scripted(vec![vec![send(two)], vec![ok("next")]]).await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send(GET).await;
        assert_eq!(client.answer().await.unwrap().text(), "abc");
        client.send(GET).await;
        assert_eq!(client.answer().await.unwrap().text(), "next");
        assert_eq!(upstream.connections(), 2);
    });
}

#[test]
fn an_answer_that_breaks_off_ends_the_clients_connection() {
    on_one_core(async {
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nx\r\n",
        ] {
            let upstream = Upstream::scripted(vec![vec![send(answer), Step::Close]]).await;
            let gate = Setup::to(upstream.address).open();
            let mut client = Client::connect(gate.address).await;
            client.send(GET).await;
            assert_eq!(client.answer().await, None, "{answer:?}");
        }
    });
}

#[test]
fn an_answer_that_ends_with_its_connection_is_whole() {
    on_one_core(async {
        let answer = "HTTP/1.0 200 OK\r\nServer: old\r\n\r\nabc";
        let upstream = Upstream::scripted(vec![vec![send(answer), Step::Close]]).await;
        let gate = Setup::to(upstream.address).open();
        let answer = ask(gate.address, GET).await;
        assert_eq!(answer.text(), "abc");
        assert!(answer.head.starts_with("HTTP/1.1 200 OK\r\nserver: old\r\n"), "{}", answer.head);
    });
}

#[test]
fn an_upstream_that_is_not_there_is_a_502_with_a_hint_to_come_back() {
    on_one_core(async {
        let upstream = Upstream::always(ok("x")).await;
        let address = upstream.address;
        drop(upstream);
        tokio::task::yield_now().await;
        let answer = ask(Setup::to(address).open().address, GET).await;
        assert_eq!((answer.status, answer.code().as_str()), (502, "upstream-unreachable"));
        assert_eq!(answer.field("retry-after"), Some("1"));
    });
}

/// Reads the head of a request, answers, and closes with the body unread: the kernel resets the connection.
async fn answers_and_closes(listener: tokio::net::TcpListener) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let answer = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\n\r\ntoo long";
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

#[test]
fn an_answer_that_came_before_the_request_was_written_is_passed_on() {
    on_one_core(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gate = Setup::to(listener.local_addr().unwrap()).open();
        let body = "x".repeat(300_000);
        let length = body.len();
        let request =
            format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}");
        let application = answers_and_closes(listener);
        let client = async {
            for attempt in 0..60 {
                let answer = ask(gate.address, &request).await;
                assert_eq!((answer.status, answer.text().as_str()), (413, "too long"), "{attempt}");
            }
        };
        tokio::select! {
            () = client => {}
            () = application => {}
        }
    });
}
