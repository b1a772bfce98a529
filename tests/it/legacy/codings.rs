//! Content codings on both legs.

use cloakroom::coding;
use cloakroom::coding::Chain;
use cloakroom::coding::Coding;

use super::world::EMAIL;
use super::world::World;

fn chain(codings: &[Coding]) -> Chain {
    Chain::new(codings).unwrap()
}

fn plain(chain: &Chain, body: &[u8]) -> String {
    let budget = coding::Budget::new(1 << 20);
    String::from_utf8(coding::decode(chain, body, &budget).unwrap()).unwrap()
}

#[test]
fn a_coded_request_reaches_the_application_in_the_same_codings() {
    let world = World::new();
    let token = world.token("email", EMAIL);
    let body = format!(r#"{{"email":"{EMAIL}","x":1.50}}"#);
    for codings in [
        &[Coding::Gzip][..],
        &[Coding::Deflate],
        &[Coding::Brotli],
        &[Coding::Zstd],
        &[Coding::Gzip, Coding::Brotli],
    ] {
        let chain = chain(codings);
        let coded = coding::encode(&chain, body.as_bytes()).unwrap();
        let fields = format!("content-type: application/json\r\ncontent-encoding: {chain}\r\n");
        let answer = world.send(("POST", "/documents"), &fields, &coded, &world.support);
        assert_eq!(answer.status, 204, "{chain}: {}", answer.text());
        let last = world.application.last();
        assert!(last.head.contains(&format!("content-encoding: {chain}\r\n")), "{}", last.head);
        assert_eq!(plain(&chain, &last.body), format!(r#"{{"email":"{token}","x":1.50}}"#));
    }
}

#[test]
fn a_coded_request_without_hits_passes_to_the_byte() {
    let world = World::new();
    let chain = chain(&[Coding::Gzip]);
    let coded = coding::encode(&chain, b"{\"other\":1}").unwrap();
    let fields = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    assert_eq!(world.send(("POST", "/documents"), fields, &coded, &world.support).status, 204);
    assert_eq!(world.application.last().body, coded);
}

#[test]
fn a_coded_answer_is_revealed_and_goes_out_as_it_is() {
    let world = World::new();
    let token = world.token("email", EMAIL);
    for (media, shown) in [
        (
            "application/json",
            (format!(r#"{{"email":"{token}"}}"#), format!(r#"{{"email":"{EMAIL}"}}"#)),
        ),
        ("text/html; charset=utf-8", (format!("<p>{token}</p>"), format!("<p>{EMAIL}</p>"))),
        (
            "application/x-ndjson",
            (format!("{{\"email\":\"{token}\"}}\n"), format!("{{\"email\":\"{EMAIL}\"}}\n")),
        ),
    ] {
        for codings in [&[Coding::Gzip][..], &[Coding::Zstd], &[Coding::Brotli, Coding::Gzip]] {
            let chain = chain(codings);
            let coded = coding::encode(&chain, shown.0.as_bytes()).unwrap();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: {media}\r\ncontent-encoding: {chain}\r\netag: \"1\"\r\n"
            );
            world.application.gives(&head, &coded);
            let answer = world.get(&world.support);
            assert_eq!((answer.status, answer.text()), (200, shown.1.clone()), "{media} {chain}");
            assert_eq!(answer.field("content-encoding"), None);
            assert_eq!(answer.field("etag"), Some("\"1-cloakroom\""));
            assert!(!world.application.last().head.contains("accept-encoding: gzip"));
        }
    }
}

#[test]
fn a_bomb_and_a_broken_stream_are_refused_or_keep_their_tokens() {
    let world = World::new();
    let zeros = format!("{{\"email\":\"{}\"}}", "0".repeat(40 << 20));
    let bomb = coding::encode(&chain(&[Coding::Gzip]), zeros.as_bytes()).unwrap();
    let fields = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    let before = world.application.requests();
    let answer = world.send(("POST", "/documents"), fields, &bomb, &world.support);
    assert_eq!((answer.status, answer.code()), (413, "document-too-large".to_owned()));
    let cut = coding::encode(&chain(&[Coding::Gzip]), b"{\"email\":\"a@b.example\"}").unwrap();
    let answer = world.send(("POST", "/documents"), fields, &cut[..cut.len() - 4], &world.support);
    assert_eq!((answer.status, answer.code()), (400, "content-coding-refused".to_owned()));
    assert_eq!(world.application.requests(), before);

    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n";
    world.application.gives(head, &cut[..cut.len() - 4]);
    let answer = world.get(&world.support);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.field("cloakroom-unrevealed"), Some("coding_truncated"));
    assert_eq!(answer.body, &cut[..cut.len() - 4]);

    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-encoding: gzip\r\n";
    world.application.gives(head, b"<p>no gzip at all</p>");
    let answer = world.get(&world.support);
    assert_eq!((answer.status, answer.text()), (200, "<p>no gzip at all</p>".to_owned()));
    assert_eq!(answer.field("cloakroom-unrevealed"), Some("coding_corrupt"));
    assert_eq!(answer.field("content-encoding"), Some("gzip"));
}
