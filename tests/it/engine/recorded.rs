//! Recorded before revealed: without a durable event nobody sees anything, and when the journal
//! heals, the gateway does.

use std::fs;

use crate::harness::application::Application;
use crate::harness::client::Answer;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;
use crate::harness::users::User;

struct World {
    application: Application,
    site: Site,
    gateway: Gateway,
    support: String,
    user: User,
}

impl World {
    fn new() -> Self {
        let application = Application::start();
        let site = Site::new(Store::Embedded, &application);
        let support = site.key("helpdesk", &["support"]);
        let gateway = site.serve();
        let user = User::new(6);
        assert_eq!(gateway.anonymous().post("/api/users", &user.body()).status, 201);
        Self { application, site, gateway, support, user }
    }

    fn read(&self) -> Answer {
        self.gateway.caller(&self.support).get("/api/users/u00006")
    }

    /// Nothing is revealed any more, and the gateway says why and what to do.
    fn reveals_nothing(&self, why: &str) {
        for _ in 0..2 {
            let answer = self.read();
            assert_eq!((answer.status, answer.code()), (503, "audit-unavailable".to_owned()));
            assert!(!answer.text().contains(&self.user.name));
        }
        let segment = self.site.path("audit/00000000000000000000.jsonl").display().to_string();
        self.gateway.until_ready_says("the journal is not well", |status, found| {
            let found = found.to_string();
            status == 503 && found.contains(&segment) && found.contains(why)
        });
        until("the log says so", || {
            let log = self.gateway.log();
            (log.contains(&segment) && log.contains(why)).then_some(())
        });
    }

    /// How many bytes the journal's lines have.
    fn journal_bytes(&self) -> u64 {
        let segments = fs::read_dir(self.site.path("audit")).unwrap();
        let sizes = segments.map(|entry| entry.unwrap()).filter_map(|entry| {
            let lines = entry.path().extension().is_some_and(|end| end == "jsonl");
            lines.then(|| entry.metadata().unwrap().len())
        });
        sizes.max().unwrap()
    }
}

#[test]
fn reveals_nothing_when_the_journal_is_down() {
    let world = World::new();
    assert_eq!(world.read().text(), world.user.body());
    world.gateway.limit_files(&world.journal_bytes().to_string());
    for _ in 0..5 {
        let answer = world.read();
        assert_eq!((answer.status, answer.code()), (503, "audit-unavailable".to_owned()));
        assert!(answer.field("retry-after").is_some());
        assert!(!answer.text().contains(&world.user.name));
    }
    // Whoever sees tokens only needs no journal.
    let held = world.application.record("u00006").unwrap();
    assert_eq!(world.gateway.anonymous().get("/api/users/u00006").text(), held);
    world.gateway.until_ready_says("the journal is not well", |status, found| {
        status == 503 && found.to_string().contains("cannot write")
    });

    world.gateway.limit_files("unlimited");
    until("reveals again", || (world.read().status == 200).then_some(()));
    assert_eq!(world.read().text(), world.user.body());
    world.gateway.until_ready_says("all is well", |status, _| status == 200);
    world.site.run(&["audit", "verify"]).succeeds();
}

#[test]
fn reveals_nothing_when_the_journal_is_cut_while_it_is_written() {
    let world = World::new();
    assert_eq!(world.read().text(), world.user.body());
    let file = world.site.path("audit/00000000000000000000.jsonl");
    fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(1).unwrap();
    world.reveals_nothing("put the file back from a copy");
    assert_eq!(fs::metadata(&file).unwrap().len(), 1);
}

#[test]
fn reveals_nothing_when_the_journal_is_moved_and_goes_on_when_it_is_back() {
    let world = World::new();
    assert_eq!(world.read().text(), world.user.body());
    let (audit, away) = (world.site.path("audit"), world.site.path("away"));
    fs::rename(&audit, &away).unwrap();
    world.reveals_nothing("put the journal's folder back");
    assert!(!audit.exists(), "something was made in its place");
    fs::rename(&away, &audit).unwrap();
    until("reveals again", || (world.read().status == 200).then_some(()));
    world.gateway.until_ready_says("all is well", |status, _| status == 200);
    world.site.run(&["audit", "verify"]).succeeds();
}

#[test]
fn an_answer_to_a_change_keeps_its_tokens_when_the_journal_is_down() {
    let world = World::new();
    world.gateway.limit_files(&world.journal_bytes().to_string());
    // Known values need no room in the vault, so only the journal refuses.
    let answer = world.gateway.caller(&world.support).put("/api/users/u00006", &world.user.body());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.field("cloakroom-unrevealed"), Some("journal"));
    assert_eq!(answer.text(), world.application.record("u00006").unwrap());
}

#[test]
fn every_answer_that_shows_something_has_its_event_before_it() {
    let world = World::new();
    for round in 1..=20 {
        assert_eq!(world.read().text(), world.user.body());
        let journal = world.site.journal();
        let intents = journal.iter().filter(|event| event["event"] == "reveal.intent").count();
        assert_eq!(intents, round);
    }
}

#[test]
fn a_path_with_two_readings_is_on_record_or_counted() {
    let world = World::new();
    let tries = 60;
    for _ in 0..tries {
        let answer = world.gateway.anonymous().get("/api/users/..%2f../admin");
        assert_eq!((answer.status, answer.code()), (400, "path-ambiguous".to_owned()));
    }
    // What comes next says how many were not written.
    assert_eq!(world.gateway.anonymous().post("/api/users", "{").status, 400);
    let journal = until("the refusal after them", || {
        let journal = world.site.journal();
        journal.iter().any(|event| event["reason"] == "document-refused").then_some(journal)
    });
    let written: Vec<_> =
        journal.iter().filter(|event| event["reason"] == "path-ambiguous").collect();
    let lost: u64 = journal.iter().filter_map(|event| event["lost"].as_u64()).sum();
    assert!(written.len() >= 10, "{}", written.len());
    assert_eq!(u64::try_from(written.len()).unwrap() + lost, tries);
    let first = written[0];
    assert_eq!((&first["event"], &first["method"]), (&"refuse".into(), &"GET".into()));
    assert!(first["source"].is_string() && first["request_id"].is_string());
    assert!(!first.to_string().contains("admin"), "{first}");
}
