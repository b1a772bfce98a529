//! Long messages are treated apart: nobody on a core waits for them, callers take turns, and who gets
//! none still has an answer.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
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

/// Of each caller one is treated and one waits. The vault may take its time: it is stopped meanwhile.
const FEW: &str = "limits: { long_messages: 2, long_messages_waiting: 4, timeouts: { long_message: 50s, \
                   vault: 50s, connect: 50s, response: 50s } }";
const JSON: &str = "content-type: application/json\r\n";
const USED: &str = "cloakroom_bound_used{bound=\"long_messages\"}";
const WAITING: &str = "cloakroom_bound_used{bound=\"long_messages_waiting\"}";

fn body(email: &str) -> String {
    format!("{{\"email\":\"{email}\",\"x\":\"{}\"}}", "x".repeat(70_000))
}

fn zipped(body: &str) -> Vec<u8> {
    let coded = cloakroom::coding::encode(&Chain::new(&[Coding::Gzip]).unwrap(), body.as_bytes());
    let coded = coded.unwrap();
    assert!(coded.len() < 4096);
    coded
}

fn post(world: &World, number: usize, key: &str) -> Answer {
    let body = body(&format!("{number}@canary.example"));
    world.send(("POST", "/documents"), JSON, body.as_bytes(), key)
}

fn signal(world: &World, signal: &str) {
    let Store::Redis(redis) = &world.site.store else { panic!("redis") };
    redis.signal(signal);
}

fn on_redis(limits: &str) -> World {
    World::on(Store::Redis(Redis::start(Kind::Plain)), limits)
}

/// Asks three times while the vault does not answer; gives the answer without a turn, and the others.
fn thrice(world: &World, ask: impl Fn(usize) -> Answer + Sync) -> (Answer, Vec<Answer>) {
    signal(world, "STOP");
    thread::scope(|scope| {
        let ask = &ask;
        let first = scope.spawn(move || ask(1));
        until("the first has its turn", || (world.metric(USED) == 1).then_some(()));
        let second = scope.spawn(move || ask(2));
        until("the second waits", || (world.metric(WAITING) == 1).then_some(()));
        let third = ask(3);
        signal(world, "CONT");
        (third, [first, second].map(|asked| asked.join().unwrap()).into())
    })
}

#[test]
fn a_request_without_a_turn_is_refused_and_others_have_theirs() {
    let world = on_redis(FEW);
    let (third, others) = thrice(&world, |number| {
        if number == 3 {
            // Meanwhile somebody else has a turn, whose body is long behind its coding.
            let coded = zipped(&body("clerk@canary.example"));
            let fields = format!("{JSON}content-encoding: gzip\r\n");
            return thread::scope(|scope| {
                let clerk = scope
                    .spawn(|| world.send(("POST", "/documents"), &fields, &coded, &world.clerk));
                until("another has a turn", || (world.metric(USED) == 2).then_some(()));
                let third = post(&world, 3, &world.support);
                signal(&world, "CONT");
                assert_eq!(clerk.join().unwrap().status, 204);
                third
            });
        }
        post(&world, number, &world.support)
    });
    assert_eq!((third.status, third.code()), (503, "busy".to_owned()));
    assert!(others.iter().all(|answer| answer.status == 204));
    assert_eq!((world.metric(USED), world.metric(WAITING)), (0, 0));
    assert_eq!(world.metric("cloakroom_bound_limit{bound=\"long_messages\"}"), 2);
    assert_eq!(world.application.requests(), 3);
}

#[test]
fn an_answer_without_a_turn_keeps_its_tokens() {
    let world = on_redis(FEW);
    let token = world.token("email", EMAIL);
    let json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    world.application.gives(json, body(&token).as_bytes());
    let (third, others) = thrice(&world, |_| world.get(&world.support));
    assert_eq!(third.field("cloakroom-unrevealed"), Some("busy"));
    assert!((third.status, third.text()) == (200, body(&token)));
    assert!(others.iter().all(|answer| answer.text() == body(EMAIL)));
    assert_eq!((world.metric(USED), world.metric(WAITING)), (0, 0));
}

#[test]
fn a_page_that_expands_is_treated_apart_or_keeps_its_tokens() {
    let world = on_redis(FEW);
    let token = world.token("email", EMAIL);
    let page = |email: &str| format!("<p>{email}</p><pre>{}</pre>", "x".repeat(200_000));
    let coded = zipped(&page(&token));
    let html =
        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-encoding: gzip\r\n";
    world.application.gives(html, &coded);
    let (third, others) = thrice(&world, |_| world.get(&world.support));
    assert_eq!(third.field("cloakroom-unrevealed"), Some("busy"));
    assert_eq!(third.field("content-encoding"), Some("gzip"));
    assert_eq!(third.body, coded);
    assert!(others.iter().all(|answer| answer.text() == page(EMAIL)));
}

#[test]
fn who_waits_too_long_for_a_turn_is_refused() {
    let limits = FEW.replace("long_message: 50s", "long_message: 50ms");
    let world = on_redis(&limits);
    signal(&world, "STOP");
    thread::scope(|scope| {
        let first = scope.spawn(|| post(&world, 1, &world.support));
        until("the first has its turn", || (world.metric(USED) == 1).then_some(()));
        let second = post(&world, 2, &world.support);
        assert_eq!((second.status, second.code()), (503, "busy".to_owned()));
        signal(&world, "CONT");
        assert_eq!(first.join().unwrap().status, 204);
    });
}

#[test]
fn who_goes_away_gives_the_turn_back() {
    let world = on_redis(FEW);
    signal(&world, "STOP");
    let body = body(EMAIL);
    let mut gone = TcpStream::connect(world.gateway.address).unwrap();
    let head = format!(
        "POST /documents HTTP/1.1\r\nhost: shop.example\r\ncloakroom-key: {}\r\n{JSON}content-length: {}\r\n\r\n",
        world.support,
        body.len()
    );
    gone.write_all(&[head.as_bytes(), body.as_bytes()].concat()).unwrap();
    until("it has its turn", || (world.metric(USED) == 1).then_some(()));
    drop(gone);
    until("the turn is back", || (world.metric(USED) == 0).then_some(()));
    signal(&world, "CONT");
    assert_eq!(post(&world, 1, &world.support).status, 204);
    assert_eq!(world.application.requests(), 1);
}

#[test]
fn nobody_waits_while_long_messages_are_treated() {
    let world = World::new();
    // Enough to keep every core busy for seconds in an unoptimised build.
    let pairs: Vec<String> = (0..60_000).map(|number| format!("a{number}=b")).collect();
    let form = pairs.join("&");
    let fields = "content-type: application/x-www-form-urlencoded\r\n";
    let open = AtomicUsize::new(6);
    let answered = thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let answer =
                    world.send(("POST", "/documents"), fields, form.as_bytes(), &world.support);
                assert_eq!(answer.status, 204);
                open.fetch_sub(1, Ordering::AcqRel);
            });
        }
        until("all are there", || (world.metric(USED) > 1).then_some(()));
        let mut answered = 0;
        while open.load(Ordering::Acquire) > 0 {
            let short = b"{\"email\":\"ada@canary.example\"}";
            let answer = world.send(("POST", "/documents"), JSON, short, &world.clerk);
            assert_eq!(answer.status, 204);
            answered += 1;
        }
        answered
    });
    assert!(answered >= 20, "{answered}");
}
