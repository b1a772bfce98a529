//! Interim answers (1xx) reach the client, between whole answers.

#![expect(clippy::unwrap_used, reason = "test code: what goes wrong shall panic here")]

use crate::harness::client::Client;
use crate::harness::gate::Gate;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::upstream::Step;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::ok;
use crate::harness::upstream::send;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HINTS: &str =
    "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-Mail: a@b.example\r\n\r\n";

async fn statuses(client: &mut Client, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    while statuses.len() < count {
        statuses.push(client.answer().await.unwrap().status);
    }
    statuses
}

#[test]
fn they_come_at_once_and_before_the_answer() {
    on_one_core(async {
        let upstream = Upstream::scripted(vec![
            vec![
                send("HTTP/1.1 100 Continue\r\n\r\n"),
                send("HTTP/1.1 102 Processing\r\n\r\n"),
                send(HINTS),
                Step::WaitForGo,
                ok("late"),
            ],
            vec![send(&format!("{HINTS}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"))],
        ])
        .await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send(GET).await;
        assert_eq!(statuses(&mut client, 2).await, [100, 102]);
        let hints = client.answer().await.unwrap();
        assert_eq!((hints.status, hints.field("link")), (103, Some("</a.css>; rel=preload")));
        assert_eq!(hints.field("x-mail"), Some("a@b.example"));
        upstream.go();
        assert_eq!(client.answer().await.unwrap().text(), "late");
        // Both in one piece, and two requests in one piece.
        client.send(format!("{GET}{GET}")).await;
        assert_eq!(statuses(&mut client, 4).await, [103, 200, 103, 200]);
    });
}

#[test]
fn one_never_stands_inside_the_answer_before_it() {
    on_one_core(async {
        let length = 9_000_000;
        let hints_and_answer = format!("{HINTS}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        let upstream =
            Upstream::scripted(vec![vec![Step::Big(length)], vec![send(&hints_and_answer)]]).await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send(format!("{GET}{GET}")).await;
        let big = client.answer().await.unwrap();
        let right = |(place, byte): (usize, &u8)| *byte == crate::harness::upstream::pattern(place);
        assert_eq!(big.body.len(), length);
        assert!(big.body.iter().enumerate().all(right));
        assert_eq!(statuses(&mut client, 2).await, [103, 200]);
    });
}

#[test]
fn http_1_0_has_none() {
    on_one_core(async {
        let answer = format!("{HINTS}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        let upstream = Upstream::always(send(&answer)).await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send(GET.replace("1.1", "1.0")).await;
        assert_eq!(client.answer().await.unwrap().status, 200);
    });
}

#[test]
fn too_many_for_a_client_that_does_not_read_are_left_out() {
    on_one_core(async {
        let many = HINTS.repeat(2000);
        let answer = format!("{many}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        let upstream = Upstream::always(send(&answer)).await;
        let gate = Setup::to(upstream.address).open();
        let mut client = Client::connect(gate.address).await;
        client.send(GET).await;
        let mut told = 0;
        while client.answer().await.unwrap().status == 103 {
            told += 1;
        }
        assert!((1..2000).contains(&told), "{told}");
    });
}

#[test]
fn where_rules_treat_answers_their_fields_end() {
    on_one_core(async {
        for (direction, link) in [("ingress", Some("</a.css>; rel=preload")), ("egress", None)] {
            let upstream = Upstream::scripted(vec![vec![send(HINTS), ok("x")]]).await;
            let rules = format!(
                "classes: {{ email: {{}} }}\nroutes: [{{ id: r, direction: {direction}, match: {{ path: /** }}, response: {{ header: {{ \"$['x-mail']\": email }} }} }}]\n"
            );
            let mut setup = Setup::to(upstream.address);
            setup.rules = Some(rules.leak());
            let gate: Gate = setup.open();
            let mut client = Client::connect(gate.address).await;
            client.send(GET).await;
            let hints = client.answer().await.unwrap();
            assert_eq!((hints.status, hints.field("link")), (103, link), "{direction}");
            assert_eq!(hints.field("x-mail"), None);
            assert_eq!(client.answer().await.unwrap().status, 200);
        }
    });
}
