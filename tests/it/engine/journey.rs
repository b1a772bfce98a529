//! The main job, at the size of the acceptance test: a thousand people, posted, listed, searched,
//! changed, on both vaults.

use std::thread;

use crate::harness::application::Application;
use crate::harness::canary::Canaries;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;
use crate::harness::users::User;

const USERS: usize = 1000;
/// Callers at the same time.
const CALLERS: usize = 4;

#[test]
fn a_thousand_users_stay_hidden_on_the_embedded_vault() {
    a_thousand_users_stay_hidden(Store::Embedded);
}

#[test]
fn a_thousand_users_stay_hidden_on_redis() {
    a_thousand_users_stay_hidden(Store::Redis(Redis::start(Kind::Plain)));
}

fn a_thousand_users_stay_hidden(store: Store) {
    let application = Application::start();
    let site = Site::new(store, &application);
    let support = site.key("helpdesk", &["support"]);
    let gateway = site.serve();
    let users: Vec<User> = (0..USERS).map(User::new).collect();

    thread::scope(|scope| {
        for part in users.chunks(USERS / CALLERS) {
            scope.spawn(|| live_through(part, &gateway, &support));
        }
    });
    lists_all(&users, &gateway, &support);
    gives_tokens_to_others(&application, &gateway);

    let changed: Vec<User> = users.iter().map(User::changed).collect();
    let secrets = users.iter().chain(&changed).flat_map(User::secrets);
    Canaries::of(secrets).absent_from(&site.everything(&gateway, &application));
    assert_eq!(application.requests(), USERS * 5 + 2);
    site.run(&["audit", "verify"]).succeeds();
}

/// Each user is posted, read, searched, changed and searched again, by a caller who may see them.
fn live_through(users: &[User], gateway: &Gateway, support: &str) {
    let mut desk = gateway.caller(support);
    for user in users {
        let posted = desk.post("/api/users", &user.body());
        assert_eq!((posted.status, posted.text()), (201, user.body()));
        let target = format!("/api/users/{}", user.id);
        assert_eq!(desk.get(&target).text(), user.body());
        // Another spelling of the same address finds the same person.
        let search = format!("/api/users?email={}", user.email.to_uppercase().replace('+', "%2B"));
        assert_eq!(desk.get(&search).text(), format!("[{}]", user.body()));
        let changed = user.changed().body();
        let put = desk.put(&target, &changed);
        assert_eq!((put.status, put.text()), (200, changed.clone()));
        assert_eq!(desk.get(&search).text(), format!("[{changed}]"));
    }
}

fn lists_all(users: &[User], gateway: &Gateway, support: &str) {
    let bodies: Vec<String> = users.iter().map(|user| user.changed().body()).collect();
    let listed = gateway.caller(support).get("/api/users");
    assert!(listed.body == format!("[{}]", bodies.join(",\n")).into_bytes(), "another list");
    assert_eq!(listed.field("cache-control"), Some("private, no-store"));
}

/// Whoever is nobody gets what the application holds, byte for byte.
fn gives_tokens_to_others(application: &Application, gateway: &Gateway) {
    let held = format!("[{}]", application.records().join(",\n"));
    assert!(gateway.anonymous().get("/api/users").body == held.into_bytes(), "another list");
}
