//! A journal that lost events reveals nothing: the vault keeps its last checkpoint.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::application::Application;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;
use crate::harness::users::User;

/// One user is stored, and shown to support.
struct World {
    site: Site,
    support: String,
    user: User,
    _application: Application,
}

impl World {
    fn new(store: Store) -> Self {
        let application = Application::start();
        let site = Site::new(store, &application);
        let (support, user) = (site.key("helpdesk", &["support"]), User::new(1));
        let mut gateway = site.serve();
        assert_eq!(gateway.anonymous().post("/api/users", &user.body()).status, 201);
        let world = Self { site, support, user, _application: application };
        world.reveals(&gateway);
        assert!(gateway.stop().success());
        world
    }

    fn target(&self) -> String {
        format!("/api/users/{}", self.user.id)
    }

    #[track_caller]
    fn reveals(&self, gateway: &Gateway) {
        let shown = gateway.caller(&self.support).get(&self.target());
        assert_eq!((shown.status, shown.text()), (200, self.user.body()));
        gateway.until_ready_says("the journal continues", |status, _| status == 200);
    }

    /// It says so everywhere, reveals nothing, and still protects.
    #[track_caller]
    fn reveals_nothing(&self, gateway: &Gateway) {
        let refused = gateway.caller(&self.support).get(&self.target());
        assert_eq!((refused.status, refused.code()), (503, String::from("audit-unavailable")));
        let page = gateway.page("/metrics").text();
        let counted = "cloakroom_audit_errors_total{reason=\"discontinued\"} ";
        assert!(page.contains(counted) && !page.contains("not_durable"), "{page}");
        gateway.until_ready_says("the journal is another", |status, found| {
            let checks = found["checks"].as_array().unwrap();
            let anchor = checks.iter().find(|check| check["name"] == "anchor").unwrap();
            let detail = anchor["detail"].as_str().unwrap();
            status == 503 && anchor["ok"] == false && detail.contains("cloakroom audit accept")
        });
        assert!(gateway.log().contains("not the one that the vault knows"), "{}", gateway.log());
        let next = User::new(2);
        assert_eq!(gateway.anonymous().post("/api/users", &next.body()).status, 201);
    }

    fn events(&self, name: &str) -> Vec<Value> {
        self.site.journal().into_iter().filter(|event| event["event"] == name).collect()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let beside = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &beside);
        } else {
            fs::copy(&path, &beside).unwrap();
        }
    }
}

/// The attack: the folder is emptied, so that a reveal is in no journal.
fn an_emptied_journal(store: Store) {
    let world = World::new(store);
    fs::remove_dir_all(world.site.path("audit")).unwrap();
    let check = world.site.run(&["check"]);
    assert_eq!(check.code, 1, "{check:?}");
    assert!(check.err.contains("not the one that the vault knows"), "{check:?}");

    // Also at the second start, when there is a journal that verifies.
    for _ in 0..2 {
        let mut gateway = world.site.serve();
        world.reveals_nothing(&gateway);
        assert!(gateway.stop().success());
        world.site.run(&["audit", "verify"]).succeeds();
    }
    assert_eq!(world.events("reveal.intent"), Vec::<Value>::new());

    // Not while it is written.
    let mut gateway = world.site.serve();
    let accept = ["audit", "accept", "--reason", "disk lost, see ticket 4711"];
    assert_ne!(world.site.run(&accept).code, 0);
    assert!(gateway.stop().success());
    world.site.run(&accept).succeeds();
    let accepted = world.events("journal.accepted");
    assert_eq!(accepted.len(), 1);
    assert_eq!(accepted[0]["why"], "disk_lost__see_ticket_4711");
    assert_eq!(accepted[0]["checkpoint_sha256"].as_str().unwrap().len(), 64);
    let again = world.site.run(&[&["--json"], &accept[..]].concat());
    assert_eq!(again.json()["accepted"], false, "{again:?}");
    world.site.run(&["check"]);
    let gateway = world.site.serve();
    world.reveals(&gateway);
}

#[test]
fn an_emptied_journal_reveals_nothing_until_it_is_accepted() {
    an_emptied_journal(Store::Embedded);
}

#[test]
fn an_emptied_journal_on_redis_reveals_nothing_until_it_is_accepted() {
    an_emptied_journal(Store::Redis(Redis::start(Kind::Plain)));
}

#[test]
fn an_older_copy_of_the_journal_reveals_nothing_and_the_newer_one_does() {
    let world = World::new(Store::Embedded);
    let (audit, older, newer) =
        (world.site.path("audit"), world.site.path("older"), world.site.path("newer"));
    copy(&audit, &older);
    let mut gateway = world.site.serve();
    world.reveals(&gateway);
    assert!(gateway.stop().success());
    fs::rename(&audit, &newer).unwrap();

    copy(&older, &audit);
    let mut gateway = world.site.serve();
    world.reveals_nothing(&gateway);
    assert!(gateway.stop().success());

    fs::remove_dir_all(&audit).unwrap();
    fs::rename(&newer, &audit).unwrap();
    world.reveals(&world.site.serve());
}

#[test]
fn a_gateway_that_was_killed_goes_on() {
    let world = World::new(Store::Embedded);
    let mut gateway = world.site.serve();
    world.reveals(&gateway);
    gateway.kill();
    let mut gateway = world.site.serve();
    world.reveals(&gateway);
    gateway.kill();
    fs::remove_dir_all(world.site.path("audit")).unwrap();
    world.reveals_nothing(&world.site.serve());
}
