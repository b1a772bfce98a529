//! What all bodies together may take: what codings expand to, and what waits of a stream, counts too.

use std::thread;

use cloakroom::coding::Chain;
use cloakroom::coding::Coding;

use super::world::EMAIL;
use super::world::World;
use crate::harness::client::Answer;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;

/// Room for three bodies of ten mebibytes. The vault may take its time: it is stopped meanwhile.
const NARROW: &str = "limits: { buffered_bytes: 40MiB, request_expansion: 2000, timeouts: { vault: 50s, connect: 50s, response: 50s } }";
const LONG: usize = 10 << 20;

fn zipped(body: &str) -> Vec<u8> {
    cloakroom::coding::encode(&Chain::new(&[Coding::Gzip]).unwrap(), body.as_bytes()).unwrap()
}

fn stopped(signal: &str, world: &World) {
    let Store::Redis(redis) = &world.site.store else { panic!("redis") };
    redis.signal(signal);
}

/// Asks six times at once; the vault does not answer before some have been answered without it.
fn six(world: &World, ask: impl Fn(usize) -> Answer + Sync, refused: &str) -> Vec<Answer> {
    stopped("STOP", world);
    thread::scope(|scope| {
        let asked: Vec<_> = (0..6)
            .map(|number| {
                scope.spawn({
                    let ask = &ask;
                    move || ask(number)
                })
            })
            .collect();
        until("three find no room", || (world.metric(refused) >= 3).then_some(()));
        stopped("CONT", world);
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    })
}

#[test]
fn what_requests_expand_to_counts_against_the_memory_of_all() {
    let world = World::on(Store::Redis(Redis::start(Kind::Plain)), NARROW);
    let fields = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    let ask = |number: usize| {
        let body = zipped(&format!(
            "{{\"email\":\"{number}@canary.example\",\"x\":\"{}\"}}",
            " ".repeat(LONG)
        ));
        assert!(body.len() < LONG / 10);
        world.send(("POST", "/documents"), fields, &body, &world.support)
    };
    let answers = six(&world, ask, "cloakroom_refusals_total{reason=\"too-many-bodies\"}");
    let taken = answers.iter().filter(|answer| answer.status == 204).count();
    // They are one caller's, who has a share of the memory of all.
    let busy = answers.iter().filter(|answer| answer.status == 429);
    assert!(busy.clone().all(|answer| answer.code() == "too-many-bodies"));
    assert!(busy.clone().all(|answer| answer.field("retry-after").is_some()));
    // While one is decoded its buffer doubles, so two at the same time may be in each other's way.
    assert!((1..=3).contains(&taken), "{taken}");
    assert_eq!(taken + busy.count(), 6);
    // All of it was given back.
    assert!((0..4).all(|number| ask(number).status == 204));
}

#[test]
fn what_answers_expand_to_counts_and_their_tokens_stay() {
    let world = World::on(Store::Redis(Redis::start(Kind::Plain)), NARROW);
    let token = world.token("email", EMAIL);
    let body = |email: &str| format!("{{\"email\":\"{email}\",\"x\":\"{}\"}}", " ".repeat(LONG));
    let coded = zipped(&body(&token));
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n";
    world.application.gives(head, &coded);
    let busy = "cloakroom_unrevealed_total{reason=\"busy\"}";
    let answers = six(&world, |_| world.get(&world.support), busy);
    let (kept, shown): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.field("cloakroom-unrevealed").is_some());
    assert!((1..=3).contains(&shown.len()), "{}", shown.len());
    assert!(kept.iter().all(|answer| answer.field("cloakroom-unrevealed") == Some("busy")));
    assert!(kept.iter().all(|answer| answer.body == coded));
    assert!(shown.iter().all(|answer| answer.text() == body(EMAIL)));
    assert!((0..4).all(|_| world.get(&world.support).text() == body(EMAIL)));
    assert_eq!(world.metric(busy), u64::try_from(kept.len()).unwrap());
}

#[test]
fn long_records_that_wait_for_their_end_count_against_the_memory_of_all() {
    let world = World::with("limits: { body_bytes: 2MiB, buffered_bytes: 2MiB }");
    let token = world.token("email", EMAIL);
    let half = format!("{{\"email\":\"{token}\",\"x\":\"{}", " ".repeat(900_000));
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n";
    let short = "{\"n\":1}\n";
    let busy = "cloakroom_unrevealed_total{reason=\"busy\"}";
    thread::scope(|scope| {
        let begun: Vec<_> = (0..5)
            .map(|_| {
                let before = world.application.requests();
                let give = world.application.gives_as_told(head);
                let client = scope.spawn(|| world.get(&world.support));
                until("it is asked", || (world.application.requests() > before).then_some(()));
                give.send(short.as_bytes().to_vec()).unwrap();
                give.send(half.clone().into_bytes()).unwrap();
                (give, client)
            })
            .collect();
        until("three find no room", || (world.metric(busy) >= 3).then_some(()));
        let mut revealed = 0;
        for (give, client) in begun {
            give.send(format!("\"}}\n{{\"email\":\"{token}\"}}\n").into_bytes()).unwrap();
            drop(give);
            let whole = format!("{short}{half}\"}}\n{{\"email\":\"{token}\"}}\n");
            let shown = client.join().unwrap().text();
            if shown == whole.replace(&token, EMAIL) {
                revealed += 1;
            } else {
                assert!(shown == whole);
            }
        }
        assert!(revealed <= 2, "{revealed}");
        assert_eq!(revealed + world.metric(busy), 5);
    });
    // All of it was given back.
    world.application.gives(head, format!("{half}\"}}\n").as_bytes());
    assert!(world.get(&world.support).text().contains(EMAIL));
}

#[test]
fn a_stream_that_expands_comes_out_in_portions() {
    let world = World::with("limits: { body_bytes: 3MiB, buffered_bytes: 3MiB }");
    let token = world.token("email", EMAIL);
    let first = format!("{{\"email\":\"{token}\"}}\n");
    let mut seed = 7_u64;
    let noise: String = (0..120_000)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'a' + u8::try_from((seed >> 40) % 26).unwrap())
        })
        .collect();
    // A long beginning, then much that expands from little, with a token in each line.
    let line = format!("{{\"email\":\"{token}\",\"x\":\"{:2000}\"}}\n", "");
    let body = format!("{first}{{\"x\":\"{noise}\"}}\n{}", line.repeat(3000));
    let coded = zipped(&body);
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-encoding: gzip\r\n";
    world.application.gives(head, &coded);
    assert!(world.get(&world.support).text() == body.replace(&token, EMAIL));
    assert_eq!(world.metric("cloakroom_unrevealed_total"), 0);
}

const JSON: &str = "content-type: application/json\r\n";
const OK_JSON: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

#[test]
fn a_document_of_too_many_nodes_is_refused_or_keeps_its_tokens() {
    let world = World::with("limits: { nodes: 100 }");
    let token = world.token("email", EMAIL);
    let body = |email: &str, rest: usize| {
        format!("{{\"email\":\"{email}\",\"x\":[1{}]}}", ",1".repeat(rest - 1))
    };
    let send = |rest| {
        let body = body(EMAIL, rest);
        world.send(("POST", "/documents"), JSON, body.as_bytes(), &world.support)
    };
    assert_eq!(send(97).status, 204);
    let answer = send(98);
    assert_eq!((answer.status, answer.code()), (413, "document-too-large".to_owned()));
    assert!(answer.text().contains("\"too_many_nodes\""), "{}", answer.text());
    world.application.gives(OK_JSON, body(&token, 97).as_bytes());
    assert_eq!(world.get(&world.support).text(), body(EMAIL, 97));
    world.application.gives(OK_JSON, body(&token, 98).as_bytes());
    let answer = world.get(&world.support);
    assert_eq!(answer.field("cloakroom-unrevealed"), Some("too_many_nodes"));
    assert_eq!(answer.text(), body(&token, 98));
}

#[test]
fn what_rules_select_counts_against_the_memory_of_all() {
    let world = World::with("limits: { body_bytes: 2MiB, buffered_bytes: 4MiB }");
    let token = world.token("email", EMAIL);
    let list = |email: &str, count| {
        format!("[{}]", vec![format!("{{\"email\":\"{email}\"}}"); count].join(","))
    };
    let send = |count| {
        world.send(("POST", "/documents"), JSON, list(EMAIL, count).as_bytes(), &world.support)
    };
    let answer = send(20_000);
    assert_eq!((answer.status, answer.code()), (429, "too-many-bodies".to_owned()));
    world.application.gives(OK_JSON, list(&token, 20_000).as_bytes());
    assert_eq!(world.get(&world.support).field("cloakroom-unrevealed"), Some("busy"));
    // All of it was given back.
    for _ in 0..3 {
        assert_eq!(send(2_000).status, 200);
        world.application.gives(OK_JSON, list(&token, 2_000).as_bytes());
        assert_eq!(world.get(&world.support).text(), list(EMAIL, 2_000));
    }
}

#[test]
fn what_reading_takes_counts_against_the_memory_of_all() {
    let world = World::with("limits: { body_bytes: 1MiB, buffered_bytes: 1MiB }");
    let token = world.token("email", EMAIL);
    let body = |email: &str, rest: usize| {
        format!("{{\"email\":\"{email}\",\"x\":[1{}]}}", ",1".repeat(rest))
    };
    let send = |rest| {
        let body = body(EMAIL, rest);
        world.send(("POST", "/documents"), JSON, body.as_bytes(), &world.support)
    };
    let answer = send(100_000);
    assert_eq!((answer.status, answer.code()), (429, "too-many-bodies".to_owned()));
    world.application.gives(OK_JSON, body(&token, 100_000).as_bytes());
    assert_eq!(world.get(&world.support).field("cloakroom-unrevealed"), Some("busy"));
    // All of it was given back.
    assert_eq!(send(10_000).status, 200);
    world.application.gives(OK_JSON, body(&token, 10_000).as_bytes());
    assert_eq!(world.get(&world.support).text(), body(EMAIL, 10_000));
}

#[test]
fn a_request_expands_less_than_an_answer() {
    let world = World::new();
    let token = world.token("email", EMAIL);
    let mut seed = 7_u64;
    let noise: String = (0..26_000)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'a' + u8::try_from(seed >> 60).unwrap())
        })
        .collect();
    let body = |email: &str| {
        format!("{{\"email\":\"{email}\",\"noise\":\"{noise}\"{}}}", " ".repeat(6 << 20))
    };
    let fields = format!("{JSON}content-encoding: gzip\r\n");
    let coded = zipped(&body(EMAIL));
    let answer = world.send(("POST", "/documents"), &fields, &coded, &world.support);
    assert_eq!((answer.status, answer.code()), (413, "document-too-large".to_owned()));
    assert!(answer.text().contains("\"coding_expands_too_much\""), "{}", answer.text());
    let coded = zipped(&body(&token));
    world.application.gives(&format!("{OK_JSON}content-encoding: gzip\r\n"), &coded);
    assert!(world.get(&world.support).text() == body(EMAIL));
}
