//! Names of header fields keep their case both ways, also where rules change the message.

use cloakroom::net::config::HeaderCase;

use crate::harness::client::Client;
use crate::harness::client::ask;
use crate::harness::gate::Setup;
use crate::harness::gate::on_one_core;
use crate::harness::upstream::Upstream;
use crate::harness::upstream::send;

const RULES: &str = "classes: { email: {} }\nroutes:\n  - id: users\n    match: { path: /users }\n    request: { body: { $.email: email }, header: { \"$['x-mail']\": email } }\n    response: { body: { $.email: email } }\n";
const BODY: &str = "{\"email\":\"ann@example.com\"}";

/// What the application and the client see of one exchange.
async fn exchange(path: &str, kind: &str, body: &str, header_case: HeaderCase) -> (String, String) {
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nETag: \"a\"\r\ncontent-TYPE: {kind}\r\nX-REQUEST-id: 1\r\nset-Cookie: a=b\r\nSet-COOKIE: c=d\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let upstream = Upstream::always(send(&answer)).await;
    let mut setup = Setup::to(upstream.address);
    (setup.rules, setup.header_case) = (Some(RULES), header_case);
    let gate = setup.open();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHOST: a\r\nX-API-Key: k\r\nX-Mail: bob@example.com\r\ncontent-Type: application/json\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let answer = ask(gate.address, request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    (upstream.seen(), answer.head)
}

#[test]
fn names_go_on_as_they_came_with_rules_and_without() {
    on_one_core(async {
        let ndjson = format!("{BODY}\n{BODY}\n");
        for (path, kind, body) in [
            ("/open", "application/json", BODY),
            ("/users", "application/json", BODY),
            ("/users", "text/html", "<p>hi</p>"),
            ("/users", "application/x-ndjson", &ndjson),
        ] {
            let (seen, told) = exchange(path, kind, body, HeaderCase::Keep).await;
            for line in ["HOST: a", "X-API-Key: k", "content-Type: application/json"] {
                assert!(seen.contains(&format!("\r\n{line}\r\n")), "{path}: {seen}");
            }
            assert!(
                seen.contains("\r\nX-Mail: ") && seen.contains("\r\nContent-Length: "),
                "{seen}"
            );
            assert_eq!(seen.contains("bob@example.com"), path == "/open", "{seen}");
            for line in ["X-REQUEST-id: 1", "set-Cookie: a=b", "Set-COOKIE: c=d"] {
                assert!(told.contains(&format!("\r\n{line}\r\n")), "{path} {kind}: {told}");
            }
            assert!(told.contains("\r\ncontent-TYPE: "), "{told}");
        }
    });
}

#[test]
fn each_of_several_requests_in_one_piece_keeps_its_names_and_so_does_each_answer() {
    on_one_core(async {
        let hints = "HTTP/1.1 103 Early Hints\r\nLINK: a\r\n\r\n";
        let upstream = Upstream::scripted(vec![
            vec![send("HTTP/1.1 204 No Content\r\nETag: a\r\n\r\n")],
            vec![send(&format!(
                "{hints}HTTP/1.1 200 OK\r\neTAG: b\r\nContent-Length: 2\r\n\r\nhi"
            ))],
            vec![send(
                "HTTP/1.1 200 OK\r\netag: c\r\ncontent-LENGTH: 15\r\n\r\n\r\netag: d\r\n\r\n\r\n",
            )],
        ])
        .await;
        let mut setup = Setup::to(upstream.address);
        setup.header_case = HeaderCase::Keep;
        let gate = setup.open();
        let mut client = Client::connect(gate.address).await;
        client
            .send(
                "GET /1 HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\nx-ONE: 2\r\n\r\nPOST /3 HTTP/1.1\r\nHOST: a\r\nExpect: 100-continue\r\nX-one: 3\r\nContent-Length: 2\r\n\r\nhi",
            )
            .await;
        let mut heads = Vec::new();
        while heads.len() < 5 {
            heads.push(client.answer().await.unwrap());
        }
        let statuses: Vec<u16> = heads.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [204, 103, 200, 100, 200]);
        for (place, line) in
            [(0, "ETag: a"), (2, "eTAG: b"), (2, "Content-Length: 2"), (4, "etag: c")]
        {
            assert!(
                heads[place].head.contains(&format!("\r\n{line}\r\n")),
                "{}",
                heads[place].head
            );
        }
        assert!(heads[4].head.contains("\r\ncontent-LENGTH: 15\r\n"), "{}", heads[4].head);
        assert_eq!(heads[4].text(), "\r\netag: d\r\n\r\n\r\n");
        let seen = upstream.seen();
        for line in ["Host: a\r\nX-One: 1", "host: a\r\nx-ONE: 2", "HOST: a\r\nX-one: 3"] {
            assert!(seen.contains(&format!("\r\n{line}\r\n")), "{seen}");
        }
    });
}

#[test]
fn they_are_lower_case_where_the_configuration_says_so() {
    on_one_core(async {
        let (seen, told) = exchange("/users", "application/json", BODY, HeaderCase::Lower).await;
        assert!(seen.contains("\r\nx-api-key: k\r\n"), "{seen}");
        assert!(told.contains("\r\nx-request-id: 1\r\n"), "{told}");
    });
}
