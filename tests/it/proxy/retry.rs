//! Which requests are sent again, and which never.

use crate::harness::client::Client;
use crate::harness::client::ask;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::upstream::Step;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";

#[test]
fn one_connection_serves_one_client_after_the_other() {
    on_one_core(async {
        let upstream = Upstream::always(ok("fine")).await;
        let gate = Setup::to(upstream.address).open();
        for _ in 0..5 {
            assert_eq!(ask(gate.address, POST).await.text(), "fine");
            assert_eq!(ask(gate.address, GET).await.text(), "fine");
        }
        assert_eq!(upstream.connections(), 1);
        assert_eq!(upstream.requests(), 10);
    });
}

#[test]
fn a_connection_whose_answer_nobody_read_to_the_end_is_not_used_again() {
    on_one_core(async {
        let upstream =
            Upstream::scripted(vec![vec![Step::Big(30_000_000)], vec![ok("fine")]]).await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send(GET).await;
        client.take(1000).await;
        drop(client);
        assert_eq!(ask(gate.address, GET).await.text(), "fine");
        assert_eq!(upstream.connections(), 2);
    });
}

/// The first answer makes the connection one of the pool; what follows happens to the second request.
async fn second(steps: Vec<Step>, request: &str) -> (u16, usize) {
    let upstream = Upstream::scripted(vec![vec![ok("first")], steps, vec![ok("again")]]).await;
    let gate = Setup::to(upstream.address).open();
    assert_eq!(ask(gate.address, GET).await.text(), "first");
    let answer = ask(gate.address, request).await;
    if answer.status != 200 {
        assert_eq!(answer.code(), "upstream-broken");
    }
    (answer.status, upstream.requests())
}

#[test]
fn an_idempotent_request_is_sent_once_more_when_the_connection_ends_before_the_answer() {
    on_one_core(async {
        assert_eq!(second(vec![Step::Close], GET).await, (200, 3));
        assert_eq!(second(vec![Step::Reset], GET).await, (200, 3));
        assert_eq!(
            second(vec![Step::Reset], "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n").await,
            (200, 3)
        );
    });
}

#[test]
fn a_new_connection_that_is_reset_counts_like_an_old_one() {
    on_one_core(async {
        let upstream = Upstream::scripted(vec![vec![Step::Reset], vec![ok("again")]]).await;
        let gate = Setup::to(upstream.address).open();
        assert_eq!(ask(gate.address, GET).await.text(), "again");
        let upstream = Upstream::scripted(vec![vec![Step::Reset], vec![ok("again")]]).await;
        let gate = Setup::to(upstream.address).open();
        assert_eq!(ask(gate.address, POST).await.code(), "upstream-broken");
    });
}

#[test]
fn a_post_whose_bytes_were_written_is_never_sent_again() {
    on_one_core(async {
        assert_eq!(second(vec![Step::Close], POST).await, (502, 2));
        assert_eq!(second(vec![Step::Reset], POST).await, (502, 2));
        let bare = "POST / HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(second(vec![Step::Reset], bare).await, (502, 2));
    });
}

#[test]
fn an_upstream_that_always_resets_is_asked_twice_and_not_for_ever() {
    on_one_core(async {
        let upstream = Upstream::scripted(vec![vec![ok("first")], vec![Step::Reset]]).await;
        let gate = Setup::to(upstream.address).open();
        ask(gate.address, GET).await;
        assert_eq!(ask(gate.address, GET).await.code(), "upstream-broken");
        assert_eq!(upstream.requests(), 3);
    });
}

#[test]
fn a_post_on_a_connection_that_was_closed_while_idle_goes_out_on_a_new_one() {
    on_one_core(async {
        let upstream =
            Upstream::scripted(vec![vec![ok("first"), Step::Close], vec![ok("second")]]).await;
        let gate = Setup::to(upstream.address).open();
        for _ in 0..20 {
            assert_eq!(ask(gate.address, POST).await.status, 200);
        }
    });
}
