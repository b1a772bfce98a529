//! Vault or journal fail between two pieces of an answer that streams, and come back.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use super::world::EMAIL;
use super::world::World;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;

/// Deadlines that end an outage soon, and how long a piece may take that meets one: vault and journal
/// have a second each, the rest is patience with a busy machine.
const SOON: &str = "limits: { timeouts: { vault: 1s, audit: 1s, connect: 1s } }";
const AT_MOST: Duration = Duration::from_secs(15);

/// What streams: media type, and a piece around an address or its token.
type Kindred = (&'static str, fn(&str, &str) -> String);
const STREAMS: [Kindred; 2] = [
    ("application/x-ndjson", |number, email| format!("{{\"n\":{number},\"email\":\"{email}\"}}\n")),
    ("text/html; charset=utf-8", |number, email| format!("<p>{email}</p><b>{number}</b>\n")),
];

/// An answer that is read while it comes.
struct Reader {
    stream: BufReader<TcpStream>,
    head: String,
    body: String,
}

impl Reader {
    fn of(world: &World) -> Self {
        let stream = TcpStream::connect(world.gateway.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let mut reader =
            Self { stream: BufReader::new(stream), head: String::new(), body: String::new() };
        let key = &world.support;
        let request =
            format!("GET /documents/1 HTTP/1.1\r\nhost: a\r\ncloakroom-key: {key}\r\n\r\n");
        reader.stream.get_mut().write_all(request.as_bytes()).unwrap();
        reader
    }

    fn head(&mut self) {
        while !self.head.ends_with("\r\n\r\n") {
            assert!(self.stream.read_line(&mut self.head).unwrap() > 0, "{}", self.head);
        }
        assert!(self.head.starts_with("HTTP/1.1 200"), "{}", self.head);
    }

    /// Reads one chunk; false at the end of the body.
    fn chunk(&mut self) -> bool {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        let length = usize::from_str_radix(line.trim(), 16).unwrap();
        let mut bytes = vec![0; length + 2];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes.truncate(length);
        self.body.push_str(std::str::from_utf8(&bytes).unwrap());
        length > 0
    }

    fn until(&mut self, what: &str) {
        let began = Instant::now();
        while !self.body.ends_with(what) {
            assert!(self.chunk(), "ended early: {}", self.body);
        }
        assert!(began.elapsed() < AT_MOST, "{:?}", began.elapsed());
    }

    fn rest(mut self) -> String {
        while self.chunk() {}
        self.body
    }
}

/// Three pieces of a stream, the second during an outage: `fails` and `heals` make and end it. Gives
/// what the journal says of the answer.
fn survives(
    world: &mut World,
    (media, piece): Kindred,
    reason: &str,
    fails: impl FnOnce(&mut World),
    heals: impl FnOnce(&mut World),
) -> Vec<Value> {
    let token = world.token("email", EMAIL);
    let written = world.site.journal().len();
    let counted = format!("cloakroom_unrevealed_total{{reason=\"{reason}\"}}");
    let (before, revealed) =
        (world.metric(&counted), "cloakroom_fields_revealed_total{class=\"email\"}");
    let shown = world.metric(revealed);
    let give =
        world.application.gives_as_told(&format!("HTTP/1.1 200 OK\r\ncontent-type: {media}\r\n"));
    let mut client = Reader::of(world);
    give.send(piece("1", &token).into_bytes()).unwrap();
    client.head();
    client.until(&piece("1", EMAIL));
    assert!(!client.head.contains("cloakroom-unrevealed"), "{}", client.head);
    let outcomes = |world: &World| {
        let journal = world.site.journal();
        journal.iter().skip(written).filter(|line| line["event"] == "reveal.outcome").count()
    };
    until("the first piece is told to be taken", || (outcomes(world) == 1).then_some(()));

    fails(world);
    give.send(piece("2", &token).into_bytes()).unwrap();
    client.until(&piece("2", &token));
    assert_eq!(world.metric(&counted), before + 1, "{media}: {reason}");
    assert_eq!(world.metric(revealed), shown + 1, "{media}: {reason}");

    heals(world);
    give.send(piece("3", &token).into_bytes()).unwrap();
    client.until(&piece("3", EMAIL));
    drop(give);
    let whole = [piece("1", EMAIL), piece("2", &token), piece("3", EMAIL)].concat();
    assert_eq!(client.rest(), whole);
    assert_eq!(world.metric(&counted), before + 1);
    until("the third piece is told to be taken", || (outcomes(world) == 2).then_some(()));
    world.site.run(&["audit", "verify"]).succeeds();
    world.site.journal().split_off(written)
}

/// Two intents of one value, each with the outcome that it went out whole, and nothing shown between.
fn on_record(journal: &[Value]) {
    let of = |event: &str| journal.iter().filter(|line| line["event"] == event).collect::<Vec<_>>();
    let (intents, outcomes) = (of("reveal.intent"), of("reveal.outcome"));
    assert_eq!((intents.len(), outcomes.len()), (2, 2), "{journal:?}");
    for (intent, outcome) in intents.iter().zip(outcomes) {
        assert_eq!(intent["items"][0]["count"], 1);
        assert_eq!(outcome["intent"], intent["seq"]);
        assert_eq!((&outcome["outcome"], &outcome["status"]), (&"done".into(), &200.into()));
        assert!(outcome["bytes"].as_u64().unwrap() > 0);
    }
}

fn ready(world: &World) {
    world.gateway.until_ready_says("all is well", |status, _| status == 200);
}

fn redis(world: &mut World) -> &mut Redis {
    let Store::Redis(redis) = &mut world.site.store else { panic!("redis") };
    redis
}

#[test]
fn a_redis_that_hangs_between_two_pieces_leaves_tokens_in_one() {
    let mut world = World::on(Store::Redis(Redis::start(Kind::Plain)), SOON);
    for stream in STREAMS {
        let fails = |world: &mut World| redis(world).signal("STOP");
        let heals = |world: &mut World| {
            redis(world).signal("CONT");
            ready(world);
        };
        let journal = survives(&mut world, stream, "vault", fails, heals);
        on_record(&journal);
        let kept: Vec<_> = journal.iter().filter(|line| line["event"] == "unrevealed").collect();
        assert_eq!(kept.len(), 1, "{journal:?}");
        assert_eq!(kept[0]["reason"], "vault");
    }
}

#[test]
fn a_redis_that_is_killed_between_two_pieces_leaves_tokens_in_one() {
    let mut world = World::on(Store::Redis(Redis::start(Kind::Plain)), SOON);
    for stream in STREAMS {
        let fails = |world: &mut World| redis(world).kill();
        let heals = |world: &mut World| {
            redis(world).start_again();
            ready(world);
        };
        on_record(&survives(&mut world, stream, "vault", fails, heals));
    }
}

#[test]
fn an_embedded_vault_that_fails_between_two_pieces_leaves_tokens_in_one() {
    let mut world = World::with(SOON);
    for stream in STREAMS {
        let fails = |world: &mut World| {
            // A write that fails closes the file; another file in the folder's place keeps it closed.
            let folder = world.site.path("vault");
            world.gateway.limit_files("1");
            let body = format!("{{\"email\":\"{}@canary.example\"}}", world.application.requests());
            let fields = "content-type: application/json\r\n";
            let refused =
                world.send(("POST", "/documents"), fields, body.as_bytes(), &world.support);
            assert_eq!((refused.status, refused.code()), (503, "vault-unavailable".to_owned()));
            fs::rename(&folder, world.site.path("away")).unwrap();
            fs::write(&folder, b"").unwrap();
            world.gateway.limit_files("unlimited");
            world.gateway.until_ready_says("only the vault is down", |status, found| {
                status == 503 && !found.to_string().contains("cannot write")
            });
        };
        let heals = |world: &mut World| {
            let folder = world.site.path("vault");
            fs::remove_file(&folder).unwrap();
            fs::rename(world.site.path("away"), &folder).unwrap();
            ready(world);
        };
        on_record(&survives(&mut world, stream, "vault", fails, heals));
    }
}

#[test]
fn a_journal_that_fails_between_two_pieces_leaves_tokens_in_one() {
    let mut world = World::with(SOON);
    for stream in STREAMS {
        let fails = |world: &mut World| {
            let segments = fs::read_dir(world.site.path("audit")).unwrap();
            let lines = segments.map(|entry| entry.unwrap()).filter(|entry| {
                entry.path().extension().is_some_and(|extension| extension == "jsonl")
            });
            let bytes = lines.map(|entry| entry.metadata().unwrap().len()).max().unwrap();
            world.gateway.limit_files(&bytes.to_string());
        };
        let heals = |world: &mut World| {
            world.gateway.limit_files("unlimited");
            ready(world);
        };
        on_record(&survives(&mut world, stream, "journal", fails, heals));
    }
}

#[test]
fn a_client_that_goes_away_in_an_outage_leaves_no_outcome_open() {
    let mut world = World::on(Store::Redis(Redis::start(Kind::Plain)), SOON);
    let (media, piece) = STREAMS[0];
    let token = world.token("email", EMAIL);
    let give =
        world.application.gives_as_told(&format!("HTTP/1.1 200 OK\r\ncontent-type: {media}\r\n"));
    let mut client = Reader::of(&world);
    give.send(piece("1", &token).into_bytes()).unwrap();
    client.head();
    client.until(&piece("1", EMAIL));
    redis(&mut world).signal("STOP");
    give.send(piece("2", &token).into_bytes()).unwrap();
    drop(client);
    redis(&mut world).signal("CONT");
    drop(give);
    let World { mut gateway, site, .. } = world;
    gateway.stop();
    let journal = site.journal();
    let of = |event: &str| journal.iter().filter(|line| line["event"] == event).count();
    assert!(of("reveal.intent") > 0, "{journal:?}");
    assert_eq!(of("reveal.intent"), of("reveal.outcome"), "{journal:?}");
}
