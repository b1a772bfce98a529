//! Tokens that clients send: a token is not a key, and gains nothing by being sent.

use std::fs;

use serde_json::Value;

use crate::harness::application::Application;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;
use crate::harness::users::User;

struct World {
    application: Application,
    site: Site,
    gateway: Gateway,
    support: String,
    editor: String,
    intake: String,
}

impl World {
    fn new() -> Self {
        let application = Application::start();
        let site = Site::new(Store::Embedded, &application);
        let support = site.key("helpdesk", &["support"]);
        let editor = site.key("editor", &["editors"]);
        let intake = site.key("intake", &[]);
        let gateway = site.serve();
        Self { application, site, gateway, support, editor, intake }
    }

    /// Posts a user; gives what the application holds.
    fn victim(&self) -> Value {
        self.victim_of(5)
    }

    fn victim_of(&self, number: usize) -> Value {
        let user = User::new(number);
        let mut intake = self.gateway.caller(&self.intake);
        assert_eq!(intake.post("/api/users", &user.body()).status, 201);
        serde_json::from_str(&self.application.record(&user.id).unwrap()).unwrap()
    }
}

#[test]
fn a_token_that_comes_in_is_refused_without_a_permit_to_submit() {
    let world = World::new();
    let held = world.victim();
    let before = world.application.requests();
    let email = held["email"].as_str().unwrap();
    let tokens = [
        format!(r#"{{"id":"t","email":"{email}"}}"#),
        format!(r#"{{"id":"t","email":"{}"}}"#, email.to_uppercase()),
        format!(r#"{{"id":"t","email":"{}"}}"#, &email[..29]),
        format!(r#"{{"id":"t","email":"{}@elsewhere.example"}}"#, &email[..29]),
        format!(r#"{{"id":"t","name":{}}}"#, held["name"]),
        format!(r#"{{"id":"t","card":{}}}"#, held["card"]),
    ];
    for body in &tokens[..3] {
        for mut caller in [world.gateway.anonymous(), world.gateway.caller(&world.support)] {
            let answer = caller.post("/api/users", body);
            assert_eq!((answer.status, answer.code()), (422, "token-not-accepted".to_owned()));
            assert!(!answer.text().contains(&email[..29]));
        }
    }
    for body in &tokens[4..] {
        assert_eq!(world.gateway.anonymous().post("/api/users", body).status, 422);
    }
    let query = world.gateway.anonymous().get(&format!("/api/users?email={email}"));
    assert_eq!((query.status, query.code()), (422, "token-not-accepted".to_owned()));
    assert_eq!(world.application.requests(), before);
    let refused = "cloakroom_messages_refused_total{route=\"users\",leg=\"request\",reason=\"token-not-accepted\"} ";
    let metrics = world.gateway.page("/metrics").text();
    assert!(metrics.contains(refused), "{metrics}");
}

#[test]
fn a_token_at_another_domain_is_a_value_like_any_other() {
    let world = World::new();
    let held = world.victim();
    let token = &held["email"].as_str().unwrap()[..29];
    let body = format!(r#"{{"id":"d","email":"{token}@elsewhere.example"}}"#);
    let answer = world.gateway.anonymous().post("/api/users", &body);
    // Either way nothing is revealed by it: it is refused, or it becomes a token of itself.
    assert!(matches!(answer.status, 201 | 422), "{}", answer.status);
    if answer.status == 201 {
        assert!(!world.application.record("d").unwrap().contains(token));
    }
}

#[test]
fn an_editor_may_send_a_record_back_as_it_was() {
    let world = World::new();
    let held = world.victim();
    let record = world.application.record("u00005").unwrap();
    let answer = world.gateway.caller(&world.editor).put("/api/users/u00005", &record);
    assert_eq!((answer.status, answer.text()), (200, record.clone()));
    assert_eq!(world.application.record("u00005").unwrap(), record);
    let email = held["email"].as_str().unwrap();
    let found = world.gateway.caller(&world.editor).get(&format!("/api/users?email={email}"));
    assert_eq!(found.text(), format!("[{record}]"));
    assert_eq!(
        world.gateway.caller(&world.support).get("/api/users/u00005").text(),
        User::new(5).body()
    );
    // A token of another class that the editor was not shown does not pass even so.
    let other = world.victim_of(6);
    let swapped = format!(r#"{{"id":"s","name":{}}}"#, other["email"]);
    assert_eq!(world.gateway.caller(&world.editor).post("/api/users", &swapped).status, 422);
}

#[test]
fn planting_a_token_in_ones_own_record_reveals_nothing() {
    let world = World::new();
    let held = world.victim();
    // Mallory may even submit tokens, and sees everything that is bound to her.
    let token = world.site.provider.token("mallory", &["editors"]);
    let mut mallory = world.gateway.person(&token);
    let own = format!(
        r#"{{"id":"mallory","email":{},"name":"Mallory Canary","notes":{}}}"#,
        held["email"], held["notes"]
    );
    let answer = mallory.post("/api/users", &own);
    assert_eq!(answer.status, 201);
    for shown in [answer.text(), mallory.get("/api/users/mallory").text()] {
        let shown: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["name"], "Mallory Canary");
        assert_eq!((&shown["email"], &shown["notes"]), (&held["email"], &held["notes"]));
    }
    // In a field of the application's answer that no request rule covers, neither.
    world.application.plant("mallory", &format!(r#"{{"deep":{{"email":{}}}}}"#, held["email"]));
    assert!(mallory.get("/api/users/mallory").text().contains(held["email"].as_str().unwrap()));
}

#[test]
fn a_token_of_another_class_stays_a_token() {
    let world = World::new();
    let held = world.victim();
    // Support may see all classes; still a field shows only tokens of its own class.
    let mixed = format!(
        r#"{{"email":{},"name":{},"phones":[{}],"other":{}}}"#,
        held["name"], held["email"], held["card"], held["email"]
    );
    world.application.plant("mixed", &mixed);
    let answer = world.gateway.caller(&world.support).get("/api/users/mixed");
    assert_eq!((answer.status, answer.text()), (200, mixed));
}

#[test]
fn tokens_that_were_altered_or_never_made_stay_as_they_are() {
    let world = World::new();
    let held = world.victim();
    let token = held["name"].as_str().unwrap();
    let mut altered = Vec::new();
    for at in 0..token.len() {
        let mut letters = token.to_owned().into_bytes();
        letters[at] = if letters[at] == b'2' { b'3' } else { b'2' };
        altered.push(format!("\"{}\"", String::from_utf8(letters).unwrap()));
    }
    let record = format!("[{}]", altered.join(","));
    let record = format!(r#"{{"name":{record}}}"#);
    world.application.plant("altered", &record);
    let answer = world.gateway.caller(&world.support).get("/api/users/altered");
    assert_eq!((answer.status, answer.text()), (200, record));
}

#[test]
fn tenants_do_not_resolve_each_others_tokens() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let rules = fs::read_to_string(site.path("rules/rules.yaml")).unwrap();
    let other = rules[rules.find("  - id: users").unwrap()..]
        .replace("id: users", "id: partner")
        .replace("path: /api/users/**", "host: partner.example, path: /api/users/**")
        .replace("    subject:", "    tenant: partner\n    subject:");
    site.write("rules/rules.yaml", &format!("{rules}{other}"));
    let support = site.key("helpdesk", &["support"]);
    let gateway = site.serve();
    let user = User::new(9);
    assert_eq!(gateway.anonymous().post("/api/users", &user.body()).status, 201);
    let held = application.record(&user.id).unwrap();
    let ask = |method: &str, body: &str| {
        let request = format!(
            "{method} /api/users{} HTTP/1.1\r\nhost: partner.example\r\ncloakroom-key: {support}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            if method == "GET" { "/u00009" } else { "" },
            body.len(),
        );
        gateway.anonymous().exchange(request.as_bytes()).unwrap()
    };
    assert_eq!(ask("GET", "").text(), held);
    assert_eq!(ask("POST", &user.body()).text(), user.body());
    assert_ne!(application.record(&user.id).unwrap(), held);
    let seen = gateway.caller(&support).get("/api/users/u00009").text();
    assert!(!seen.contains(&user.name));
}

/// Whoever is shown tokens of others may send them back into a record of the same person; elsewhere the
/// message is refused, and nothing of it is kept.
#[test]
fn a_refused_message_leaves_nothing_in_the_vault() {
    let application = Application::start();
    let site = Site::new(Store::Redis(Redis::start(Kind::Plain)), &application);
    let Store::Redis(redis) = &site.store else { panic!("no Redis") };
    site.write(
        "rules/policies.cedar",
        r#"permit (principal, action == Action::"reveal", resource) when { context.purpose == "audit" };"#,
    );
    let intake = site.key("intake", &[]);
    let gateway = site.serve();
    let user = User::new(5);
    assert_eq!(gateway.caller(&intake).post("/api/users", &user.body()).status, 201);
    let mut mallory = gateway.person(&site.provider.token("mallory", &[]));
    let shown = mallory.get("/api/users/u00005").text();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let keys = || redis.admin(&["DBSIZE"]).unwrap();
    let (before, requests) = (keys(), application.requests());
    let planted = format!(r#"{{"id":"mallory","email":{},"name":"Never Stored"}}"#, shown["email"]);
    // The other value stands in a part of its own, with which nothing is wrong.
    let target = "/api/users/mallory?email=never@stored.example";
    let answer = mallory.put(target, &planted);
    assert_eq!((answer.status, answer.code()), (422, "token-not-accepted".to_owned()));
    assert_eq!((keys(), application.requests()), (before.clone(), requests));
    // The same name, and no token beside it, is stored.
    let own = r#"{"id":"mallory","name":"Never Stored"}"#;
    assert_eq!(mallory.post("/api/users", own).status, 201);
    assert_ne!(keys(), before);
}
