//! Answers of any length, revealed while they pass.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use super::world::EMAIL;
use super::world::World;
use crate::harness::gateway::until;

/// Peak memory of a process in kilobytes.
fn peak(id: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Reads a chunked answer piece by piece; counts bytes and appearances of a text.
fn count(world: &World, needle: &str) -> (u64, u64) {
    count_in(&mut begun(world), needle, |_| {})
}

/// An answer whose head was read.
fn begun(world: &World) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(world.gateway.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(2))).unwrap();
    let key = &world.support;
    write!(stream, "GET /documents/1 HTTP/1.1\r\nhost: a\r\ncloakroom-key: {key}\r\n\r\n").unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
    }
    reader
}

/// Counts bytes and appearances of a text; `meanwhile` is told how many bytes have been read.
fn count_in(
    mut reader: &mut BufReader<TcpStream>,
    needle: &str,
    mut meanwhile: impl FnMut(u64),
) -> (u64, u64) {
    let mut line = String::new();
    let (mut bytes, mut found, mut rest) = (0, 0, Vec::new());
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let length = u64::from_str_radix(line.trim(), 16).unwrap();
        if length == 0 {
            return (bytes, found);
        }
        (&mut reader).take(length).read_to_end(&mut rest).unwrap();
        reader.read_line(&mut line).unwrap();
        bytes += length;
        meanwhile(bytes);
        found += u64::try_from(memchr::memmem::find_iter(&rest, needle).count()).unwrap();
        let keep =
            memchr::memmem::rfind(&rest, needle.as_bytes()).map_or(0, |at| at + needle.len());
        let keep = keep.max(rest.len().saturating_sub(needle.len()));
        rest.drain(..keep);
    }
}

#[test]
fn a_hundred_mebibytes_are_revealed_in_bounded_memory() {
    let world = World::new();
    let token = world.token("email", EMAIL);
    let filler = "x".repeat(65_536 - 200);
    for (media, first, piece) in [
        ("application/x-ndjson", "", format!("{{\"email\":\"{token}\",\"x\":\"{filler}\"}}\n")),
        ("text/csv", "id,email,note\n", format!("7,{token},\"{filler}, y\"\n")),
        ("text/html; charset=utf-8", "", format!("<p>{token}</p><i>{filler}</i>")),
        ("text/plain; charset=utf-8", "", format!("{token} {filler} ")),
    ] {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {media}\r\n");
        let times = (100 << 20) / piece.len();
        world.application.gives_behind(&head, first.as_bytes(), piece.as_bytes(), times);
        let before = peak(&world.gateway.id());
        let (bytes, found) = count(&world, EMAIL);
        let shorter = u64::try_from((token.len() - EMAIL.len()) * times).unwrap();
        let whole = u64::try_from(first.len() + piece.len() * times).unwrap();
        assert_eq!(bytes, whole - shorter, "{media}");
        assert_eq!(found, u64::try_from(times).unwrap(), "{media}");
        let more = peak(&world.gateway.id()).saturating_sub(before);
        assert!(more < 16 * 1024, "{media}: {more} KiB more");
    }
}

#[test]
fn a_client_that_reads_slowly_slows_the_application_down() {
    let world = World::new();
    let token = world.token("email", EMAIL);
    for (media, piece) in [
        ("application/x-ndjson", format!("{{\"email\":\"{token}\",\"x\":\"{:65300}\"}}\n", "")),
        ("text/html; charset=utf-8", format!("<p>{token}</p><i>{:65300}</i>", "")),
    ] {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {media}\r\n");
        let times = (96 << 20) / piece.len();
        let (before, written) = (peak(&world.gateway.id()), world.application.written());
        world.application.gives_often(&head, piece.as_bytes(), times);
        let mut client = begun(&world);
        // Whatever is between them is in the sockets of the system, which hold some megabytes each.
        let ahead = |read: u64| {
            let given = (world.application.written() - written) * piece.len();
            u64::try_from(given).unwrap().saturating_sub(read)
        };
        // Nobody reads: the application has to stop, long before its answer is out.
        let (mut last, mut same) = (0, 0);
        until("the application waits", || {
            let now = world.application.written();
            same = if now == last && now > written { same + 1 } else { 0 };
            last = now;
            (same > 60).then_some(())
        });
        assert!(ahead(0) < 64 << 20, "{media}: {} bytes ahead", ahead(0));
        let mut next = 0;
        let (bytes, found) = count_in(&mut client, EMAIL, |read| {
            if read >= next {
                assert!(ahead(read) < 64 << 20, "{media}: {} bytes ahead", ahead(read));
                next = read + (4 << 20);
            }
        });
        let shorter = u64::try_from((token.len() - EMAIL.len()) * times).unwrap();
        assert_eq!(bytes, u64::try_from(piece.len() * times).unwrap() - shorter, "{media}");
        assert_eq!(found, u64::try_from(times).unwrap(), "{media}");
        let more = peak(&world.gateway.id()).saturating_sub(before);
        assert!(more < 16 * 1024, "{media}: {more} KiB more");
    }
}

#[test]
fn a_large_csv_is_revealed_row_by_row() {
    let world = World::new();
    let token = world.token("email", EMAIL);
    let row = format!("7,{token},\"{}\"\n", "y, ".repeat(20_000));
    let rows = row.repeat(4);
    let body = format!("id,email,note\n{}", rows.repeat(100));
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\n";
    world.application.gives(head, body.as_bytes());
    assert!(body.len() > 16 << 20);
    assert_eq!(count(&world, EMAIL).1, 400);
}

#[test]
fn json_that_is_too_large_keeps_its_tokens_and_says_so() {
    let world = World::with("limits: { body_bytes: 64KiB }");
    let token = world.token("email", EMAIL);
    let body = format!("{{\"email\":\"{token}\",\"x\":\"{}\"}}", "x".repeat(70_000));
    world
        .application
        .gives("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n", body.as_bytes());
    let answer = world.get(&world.support);
    assert_eq!(answer.field("cloakroom-unrevealed"), Some("too_large"));
    assert_eq!(answer.text(), body);
    assert_eq!(world.metric("cloakroom_unrevealed_total{reason=\"too_large\"}"), 1);
    assert_eq!(unrevealed(&world), ["too_large"]);
    let fields = "content-type: application/json\r\n";
    let refused = world.send(("POST", "/documents"), fields, body.as_bytes(), &world.support);
    assert_eq!(refused.status, 413);
}

/// Why answers kept their tokens, as the journal has it.
fn unrevealed(world: &World) -> Vec<String> {
    // What is awaited comes behind what was noted before.
    world.application.gives("HTTP/1.1 204 No Content\r\n", b"");
    world.send(("POST", "/documents"), "content-type: application/json\r\n", b"{", &world.support);
    let journal = until("the refusal behind them", || {
        let journal = world.site.journal();
        journal.last().is_some_and(|event| event["event"] == "refuse").then_some(journal)
    });
    let events = journal.iter().filter(|event| event["event"] == "unrevealed");
    let reason = |event: &serde_json::Value| {
        assert_eq!((&event["outcome"], &event["route"]), (&"done".into(), &"documents".into()));
        assert_eq!(event["principal"]["id"], "helpdesk");
        assert!(event["items"].is_null() && event["request_id"].is_string(), "{event}");
        event["reason"].as_str().unwrap().to_owned()
    };
    events.map(reason).collect()
}

#[test]
fn every_answer_that_keeps_its_tokens_says_so_in_header_metric_and_journal() {
    let world = World::with("limits: { body_bytes: 64KiB }");
    let token = world.token("email", EMAIL);
    let field = format!("{{\"email\":\"{token}\"}}");
    let long = format!("{{\"email\":\"{token}\",\"x\":\"{}\"}}\n", "x".repeat(70_000));
    let cases = [
        ("200 OK", "application/json", format!("{field}{field}"), "trailing_data"),
        ("200 OK", "application/octet-stream", field.clone(), "media_type"),
        ("200 OK", "text/html; charset=utf-7", field.clone(), "charset"),
        ("200 OK", "text/html", field.clone(), "charset"),
        ("206 Partial Content", "application/json", field.clone(), "partial"),
        ("200 OK", "application/json\r\ncontent-encoding: gzip", field.clone(), "coding_corrupt"),
        ("200 OK", "text/plain\r\ncontent-encoding: br", field.clone(), "coding_corrupt"),
        ("200 OK", "application/x-ndjson\r\ncontent-encoding: x", field.clone(), "unknown_coding"),
        ("200 OK", "application/x-ndjson", format!("{field}{field}\n{field}{field}\n"), "record"),
        ("200 OK", "application/x-ndjson", long.clone(), "too_large"),
        ("200 OK", "application/json", long.clone(), "too_large"),
    ];
    for (status, media, body, reason) in &cases {
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: {media}\r\n");
        world.application.gives(&head, body.as_bytes());
        let sample = format!("cloakroom_unrevealed_total{{reason=\"{reason}\"}}");
        let before = world.metric(&sample);
        let answer = world.get(&world.support);
        assert_eq!(answer.text(), *body, "{media}");
        // Of an answer that streams the head may be gone when it becomes clear.
        let gone = *reason == "too_large" && media.contains("ndjson");
        if !gone {
            assert_eq!(answer.field("cloakroom-unrevealed"), Some(*reason), "{media}");
        }
        assert_eq!(world.metric(&sample), before + 1, "{media}");
    }
    let wanted: Vec<&str> = cases.iter().map(|(.., reason)| *reason).collect();
    assert_eq!(unrevealed(&world), wanted);
}

#[test]
fn a_record_that_is_too_long_ends_the_revealing_and_no_byte_is_lost() {
    let world = World::with("limits: { body_bytes: 64KiB }");
    let token = world.token("email", EMAIL);
    let short = format!("{{\"email\":\"{token}\"}}\n");
    let long = format!("{{\"email\":\"{token}\",\"x\":\"{}\"}}\n", "x".repeat(70_000));
    let body = format!("{short}{long}{short}");
    world
        .application
        .gives("HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n", body.as_bytes());
    let answer = world.get(&world.support);
    let shown = answer.text();
    assert!(shown.ends_with(&format!("{long}{short}")));
    assert!(shown == body || shown == body.replacen(&token, EMAIL, 1));
}

#[test]
fn each_piece_of_a_stream_is_on_record_with_its_outcome() {
    let world = World::new();
    let token = world.token("email", EMAIL);
    let piece = format!("{{\"email\":\"{token}\",\"x\":\"{}\"}}\n", "x".repeat(60_000));
    world.application.gives_often(
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n",
        piece.as_bytes(),
        50,
    );
    assert_eq!(count(&world, EMAIL).1, 50);
    let World { mut gateway, site, .. } = world;
    gateway.stop();
    let journal = site.journal();
    let of = |event: &str| {
        journal.iter().filter(|line| line["event"] == event).cloned().collect::<Vec<_>>()
    };
    let (intents, outcomes) = (of("reveal.intent"), of("reveal.outcome"));
    let shown: u64 = intents.iter().map(|line| line["items"][0]["count"].as_u64().unwrap()).sum();
    assert_eq!(shown, 50);
    assert_eq!(intents.len(), outcomes.len());
    assert!(outcomes.iter().all(|line| line["outcome"] == "done"), "{outcomes:?}");
    site.run(&["audit", "verify"]).succeeds();
}

#[test]
fn head_and_errors_are_treated_like_others() {
    let world = World::new();
    let token = world.token("email", EMAIL);
    let page = format!("<p>{token}</p>");
    let head =
        "HTTP/1.1 404 Not Found\r\ncontent-type: text/html; charset=utf-8\r\ncontent-md5: x\r\n";
    world.application.gives(head, page.as_bytes());
    let answer = world.get(&world.support);
    assert_eq!((answer.status, answer.text()), (404, format!("<p>{EMAIL}</p>")));
    assert_eq!(answer.field("content-md5"), None);
    let mut stream = TcpStream::connect(world.gateway.address).unwrap();
    let key = &world.support;
    write!(
        stream,
        "HEAD /documents/1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncloakroom-key: {key}\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 404") && text.ends_with("\r\n\r\n"), "{text}");
    assert!(!text.contains("content-length:") && !text.contains("content-md5"), "{text}");
}

#[test]
fn a_bomb_behind_a_long_beginning_is_broken_off() {
    let world = World::new();
    let mut body: Vec<u8> = Vec::new();
    let mut seed = 7_u64;
    for _ in 0..(4 << 20) / 8 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        body.extend((seed ^ (seed >> 29)).to_le_bytes());
    }
    body.extend(std::iter::repeat_n(b' ', 400 << 20));
    let chain = cloakroom::coding::Chain::new(&[cloakroom::coding::Coding::Zstd]).unwrap();
    let coded = cloakroom::coding::encode(&chain, &body).unwrap();
    drop(body);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-encoding: zstd\r\n";
    world.application.gives(head, &coded);
    let before = peak(&world.gateway.id());
    let mut stream = TcpStream::connect(world.gateway.address).unwrap();
    let key = &world.support;
    write!(stream, "GET /documents/1 HTTP/1.1\r\nhost: a\r\ncloakroom-key: {key}\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    assert!(!answer.ends_with(b"\r\n0\r\n\r\n"));
    let more = peak(&world.gateway.id()).saturating_sub(before);
    assert!(more < 64 * 1024, "{more} KiB more");
}
