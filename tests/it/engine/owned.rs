//! A vault that stops being ours while the gateway runs: nothing more is stored in it, or read.

use redis::Value;

use crate::harness::application::Application;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;
use crate::harness::users::User;

const FINGERPRINT: &str = "ck:m:keyring";

fn redis(site: &Site) -> &Redis {
    match &site.store {
        Store::Redis(redis) => redis,
        Store::Embedded => panic!("no redis here"),
    }
}

fn stops(gateway: &Gateway, application: &Application, why: &str) {
    gateway.until_ready_says(why, |status, found| {
        status == 503 && found["checks"].to_string().contains(why)
    });
    let before = application.received();
    for number in 100..103 {
        let answer = gateway.anonymous().post("/api/users", &User::new(number).body());
        assert_eq!((answer.status, answer.code()), (503, String::from("vault-unavailable")));
    }
    assert!(application.received() == before, "something was forwarded");
}

#[test]
fn an_emptied_vault_and_one_of_another_keyring_stop_the_gateway_until_it_is_its_own_again() {
    let application = Application::start();
    let site = Site::new(Store::Redis(Redis::start(Kind::Plain)), &application);
    let gateway = site.serve();
    assert_eq!(gateway.anonymous().post("/api/users", &User::new(1).body()).status, 201);
    let server = redis(&site);
    let Value::BulkString(ours) = server.admin(&["GET", FINGERPRINT]).unwrap() else {
        panic!("no fingerprint");
    };
    // The journal's checkpoint is kept while the gateway runs.
    until("the journal is anchored", || {
        let keys = server.admin(&["KEYS", "ck:m:journal/*"]).unwrap();
        (keys != Value::Array(Vec::new())).then_some(())
    });

    server.admin(&["FLUSHALL"]).unwrap();
    stops(&gateway, &application, "has been emptied");
    // Rules that are read again do not take the empty vault either.
    site.write("rules/rules.yaml", &format!("{}\n# changed\n", crate::harness::gateway::RULES));

    // A gateway with another keyring takes it.
    let other = Site::new(Store::Embedded, &application).redis_by(server.port());
    let others = other.serve();
    assert_eq!(others.anonymous().post("/api/users", &User::new(2).body()).status, 201);
    stops(&gateway, &application, "belongs to the keyring with fingerprint");
    let keys = server.admin(&["DBSIZE"]).unwrap();
    stops(&gateway, &application, "belongs to the keyring with fingerprint");
    assert_eq!(server.admin(&["DBSIZE"]).unwrap(), keys);
    drop(others);

    // As if the backup had been restored.
    server.admin(&["SET", FINGERPRINT, str::from_utf8(&ours).unwrap()]).unwrap();
    gateway.until_ready_says("the vault is its own again", |status, _| status == 200);
    let stored = until("it stores again", || {
        let answer = gateway.anonymous().post("/api/users", &User::new(3).body());
        (answer.status == 201).then_some(answer)
    });
    assert_eq!(stored.status, 201);
    let journal = site.journal();
    let states: Vec<_> = journal
        .iter()
        .filter(|event| event["event"] == "vault.state")
        .map(|event| event["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["down", "ready"]);
}

#[test]
fn a_vault_file_that_is_removed_stops_the_gateway_before_anything_is_forwarded() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let gateway = site.serve();
    assert_eq!(gateway.anonymous().post("/api/users", &User::new(1).body()).status, 201);
    let before = application.received();
    std::fs::remove_file(site.path("vault/vault.redb")).unwrap();
    // At once, for a known value as for a new one.
    for number in [1, 2, 1] {
        let answer = gateway.anonymous().post("/api/users", &User::new(number).body());
        assert_eq!((answer.status, answer.code()), (503, String::from("vault-unavailable")));
    }
    assert!(application.received() == before, "something was forwarded");
    stops(&gateway, &application, "vault.redb was moved, removed or replaced");
    assert!(!site.path("vault/vault.redb").exists(), "an empty vault was made in its place");
}
