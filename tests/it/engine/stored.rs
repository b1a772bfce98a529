//! Stored before sent: when the vault does not take a value, nothing is forwarded and the caller
//! may try again; when it heals, the gateway does, without a restart.

use std::time::Duration;

use crate::harness::application::Application;
use crate::harness::chaos::Chaos;
use crate::harness::chaos::Mode;
use crate::harness::client::Answer;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;
use crate::harness::users::User;

/// So short that tests do not wait long, so long that a busy machine keeps it.
const SHORT: &str = "limits: { timeouts: { vault: 1s, connect: 1s } }";

struct World {
    application: Application,
    site: Site,
    gateway: Gateway,
    support: String,
    next: usize,
}

impl World {
    fn on_redis() -> Self {
        Self::of(|application| Site::new(Store::Redis(Redis::start(Kind::Plain)), application))
    }

    fn of(site: impl FnOnce(&Application) -> Site) -> Self {
        let application = Application::start();
        let site = site(&application).with(SHORT);
        let support = site.key("helpdesk", &["support"]);
        let gateway = site.serve();
        let mut world = Self { application, site, gateway, support, next: 1 };
        world.heals();
        world
    }

    fn redis(&mut self) -> &mut Redis {
        match &mut self.site.store {
            Store::Redis(redis) => redis,
            Store::Embedded => panic!("no redis here"),
        }
    }

    fn post_new(&mut self) -> (User, Answer) {
        let user = User::new(self.next);
        self.next += 1;
        let answer = self.gateway.anonymous().post("/api/users", &user.body());
        (user, answer)
    }

    /// New values and searches are refused, and nothing reaches the application, however often.
    #[track_caller]
    fn refuses(&mut self) {
        let before = self.application.received();
        for _ in 0..3 {
            let (user, answer) = self.post_new();
            unavailable(&answer);
            let email = user.email.replace('+', "%2B");
            unavailable(&self.gateway.anonymous().get(&format!("/api/users?email={email}")));
        }
        assert!(self.application.received() == before, "something was forwarded");
    }

    /// New values become tokens and come back.
    #[track_caller]
    fn heals(&mut self) {
        let user = until("the gateway serves again", || {
            let (user, answer) = self.post_new();
            (answer.status == 201).then_some(user)
        });
        let shown = self.gateway.caller(&self.support).get(&format!("/api/users/{}", user.id));
        assert_eq!(shown.text(), user.body());
    }

    /// What a reader of known records gets.
    fn read(&self) -> Answer {
        self.gateway.caller(&self.support).get("/api/users")
    }
}

#[track_caller]
fn unavailable(answer: &Answer) {
    assert_eq!((answer.status, answer.code()), (503, "vault-unavailable".to_owned()));
    let seconds: u32 = answer.field("retry-after").expect("Retry-After").parse().unwrap();
    assert!((1..=60).contains(&seconds));
    assert_eq!(answer.field("content-type"), Some("application/problem+json"));
}

#[test]
fn stores_before_it_sends() {
    let mut world = World::on_redis();
    world.redis().kill();
    world.refuses();
    unavailable(&world.read());
    world.redis().start_again();
    world.heals();
}

#[test]
fn a_stopped_vault_forwards_nothing_and_heals() {
    let mut world = World::on_redis();
    world.redis().signal("STOP");
    world.refuses();
    unavailable(&world.read());
    world.redis().signal("CONT");
    world.heals();
}

#[test]
fn a_full_vault_forwards_nothing_new_and_still_gives_what_it_has() {
    let mut world = World::on_redis();
    world.redis().admin(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    world.refuses();
    world.redis().admin(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
    world.heals();
}

#[test]
fn a_read_only_vault_forwards_nothing_and_heals() {
    let mut world = World::on_redis();
    let nowhere = crate::harness::redis::free_port().to_string();
    world.redis().admin(&["REPLICAOF", "127.0.0.1", &nowhere]).unwrap();
    world.refuses();
    world.redis().admin(&["REPLICAOF", "NO", "ONE"]).unwrap();
    world.heals();
}

#[test]
fn a_vault_behind_a_black_hole_forwards_nothing_and_heals() {
    let redis = Redis::start(Kind::Plain);
    let chaos = Chaos::before(redis.port());
    let port = chaos.port();
    let mut world =
        World::of(|application| Site::new(Store::Redis(redis), application).redis_by(port));
    for mode in
        [Mode::Swallow, Mode::Refuse, Mode::CutAfter(3), Mode::Delay(Duration::from_mins(1))]
    {
        chaos.set(mode);
        world.refuses();
        unavailable(&world.read());
        chaos.set(Mode::Pass);
        chaos.cut();
        world.heals();
    }
}

#[test]
fn a_full_disk_forwards_nothing_and_heals() {
    let mut world = World::of(|application| Site::new(Store::Embedded, application));
    let vault = world.site.stored().into_iter().find(|(name, _)| name.contains("/vault/"));
    let (_, bytes) = vault.expect("a vault file");
    world.gateway.limit_files(&bytes.len().to_string());
    // What fits into the file's free pages is stored; sooner or later the file would have to grow.
    let refused = until("the disk is full", || {
        let before = world.application.requests();
        let (user, answer) = world.post_new();
        let stored = world.application.record(&user.id).is_some();
        assert_eq!(stored, answer.status == 201);
        assert_eq!(stored, world.application.requests() > before);
        (answer.status != 201).then_some(answer)
    });
    unavailable(&refused);
    world.gateway.limit_files("unlimited");
    world.heals();
}

#[test]
fn a_message_that_changed_something_is_not_called_failed_when_its_answer_cannot_be_revealed() {
    let mut world = World::on_redis();
    let user = User::new(1);
    world.application.hold();
    let (address, support) = (world.gateway.address, world.support.clone());
    let body = user.body();
    let asked = std::thread::spawn(move || {
        crate::harness::caller::Caller::anonymous(address)
            .with_key(&support)
            .put("/api/users/u00001", &body)
    });
    world.application.wait_for_held(1);
    world.redis().kill();
    world.application.release();
    let answer = asked.join().unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.field("cloakroom-unrevealed"), Some("vault"));
    assert_eq!(answer.text(), world.application.record("u00001").unwrap());
}

#[test]
fn a_token_without_its_record_is_counted_and_on_record() {
    let mut world = World::on_redis();
    let (user, answer) = world.post_new();
    assert_eq!(answer.status, 201);
    let mut connection = world.redis().admin_connection().unwrap();
    let keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg("ck:r:*").query(&mut connection).unwrap();
    let () = redis::cmd("DEL").arg(keys).query(&mut connection).unwrap();

    // The page is what the application has; that is no error, but it is not silent either.
    let target = format!("/api/users/{}", user.id);
    let denials = |world: &World| {
        let journal = world.site.journal().into_iter();
        journal.filter(|event| event["event"] == "deny").collect::<Vec<_>>()
    };
    // What is not waited for comes in order: once the refusal is there, so is all before it.
    assert_eq!(world.gateway.anonymous().post("/api/users", "{").status, 400);
    until("the refusal", || {
        world.site.journal().last().filter(|last| last["event"] == "refuse").map(drop)
    });
    let before = denials(&world).len();
    let held = world.application.record(&user.id).unwrap();
    assert_eq!(world.gateway.caller(&world.support).get(&target).text(), held);
    // Whoever may see nothing has nothing looked up: the record is not known to be missing.
    assert_eq!(world.gateway.anonymous().get(&target).text(), held);
    let lost: Vec<_> = until("both are on record", || {
        let denied = denials(&world).split_off(before);
        (denied.len() == 2).then_some(denied)
    });
    let reasons: Vec<_> = lost.iter().map(|event| &event["reason"]).collect();
    assert_eq!(reasons, ["record-missing", "not_shown"]);
    let email = |event: &serde_json::Value| {
        let mut items = event["items"].as_array().unwrap().iter();
        items.find(|item| item["class"] == "email").cloned().unwrap()
    };
    assert_eq!(email(&lost[0])["refs"].as_array().unwrap().len(), 1);
    let metrics = world.gateway.page("/metrics").text();
    let line = "cloakroom_records_missing_total{class=\"email\"} 1\n";
    assert!(metrics.contains(line), "{metrics}");
}
