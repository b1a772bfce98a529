//! What becomes of single values: spellings, kinds, empty ones; and that equal ones stay equal.

use serde_json::Value;

use crate::harness::application::Application;
use crate::harness::application::percent_decoded;
use crate::harness::caller::Caller;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;
use crate::harness::users::User;

fn stored(application: &Application, id: &str) -> Value {
    serde_json::from_str(&application.record(id).unwrap()).unwrap()
}

#[test]
fn escapes_come_back_as_the_characters_they_stand_for() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let key = site.key("helpdesk", &["support"]);
    let gateway = site.serve_here();
    let mut desk = Caller::anonymous(gateway.address).with_key(&key);
    let body = r#"{"id":"e1","name":"\u005a\u006f\u00eb \ud83e\udd80","notes":"a\/b\u0000\u001f\n\"","note":"\u0041"}"#;
    let answer = desk.post("/api/users", body);
    let back: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(back, serde_json::from_str::<Value>(body).unwrap());
    // Spans that no rule selects keep their bytes.
    assert!(answer.text().ends_with(r#","note":"\u0041"}"#), "{}", answer.text());
    assert!(application.record("e1").unwrap().ends_with(r#","note":"\u0041"}"#));
    let held = stored(&application, "e1");
    assert_eq!(held["name"].as_str().unwrap().len(), 29);
    assert_eq!(held["notes"].as_str().unwrap().len(), 29);
}

#[test]
fn numbers_come_back_as_the_same_numbers() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let key = site.key("helpdesk", &["support"]);
    let gateway = site.serve_here();
    let mut desk = Caller::anonymous(gateway.address).with_key(&key);
    for number in ["4111111111111111", "-0.50E+02", "1e400", "123456789012345678901234567890", "0"]
    {
        let body = format!(r#"{{"id":"n1","card": {number} }}"#);
        assert_eq!(desk.post("/api/users", &body).text(), body);
        assert!(stored(&application, "n1")["card"].is_string(), "{number}");
        assert!(!application.record("n1").unwrap().contains(number) || number == "0");
        assert_eq!(desk.get("/api/users/n1").text(), body);
    }
    // The same digits as text are another value: what comes back is text again.
    for body in
        [r#"{"id":"n2","card":"4111111111111111"}"#, r#"{"id":"n2","card":4111111111111111}"#]
    {
        assert_eq!(desk.post("/api/users", body).text(), body);
    }
}

#[test]
fn empty_values_null_and_truth_values_stay_as_they_are() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let key = site.key("helpdesk", &["support"]);
    let gateway = site.serve_here();
    let mut desk = Caller::anonymous(gateway.address).with_key(&key);
    for body in [
        r#"{"id":"x","email":"","name":null,"phones":[],"card":false,"notes":true}"#,
        r#"{"id":"x","phones":["",null,true,{}]}"#,
        r#"{ "id" : "x" }"#,
        "{\"id\":\"x\"}\n\t ",
    ] {
        assert_eq!(desk.post("/api/users", body).text(), body);
        assert_eq!(application.record("x").unwrap(), body);
    }
}

#[test]
fn a_value_of_an_unexpected_form_is_protected_to_its_last_leaf() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let key = site.key("helpdesk", &["support"]);
    let gateway = site.serve_here();
    let mut desk = Caller::anonymous(gateway.address).with_key(&key);
    let body = r#"{"id":"l","email":["a1@leaf.example",{"x":{"y":["b2@leaf.example"]}}],"name":{"first":"Canary"}}"#;
    assert_eq!(desk.post("/api/users", body).text(), body);
    let held = application.record("l").unwrap();
    assert!(!held.contains("leaf.example") && !held.contains("Canary"), "{held}");
}

#[test]
fn unicode_and_long_values_come_back_byte_for_byte() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let key = site.key("helpdesk", &["support"]);
    let gateway = site.serve_here();
    let mut desk = Caller::anonymous(gateway.address).with_key(&key);
    let long = "ß\u{301}漢".repeat(9000);
    // Decomposed and composed letters are one name in its class, and each is its own text.
    for value in ["e\u{301}", "\u{202e}right to left", "\u{10ffff}\u{feff}", "\u{2028}", &long] {
        let body = format!(r#"{{"id":"u","notes":"{value}"}}"#);
        assert_eq!(desk.post("/api/users", &body).text(), body);
    }
}

#[test]
fn a_value_keeps_its_token_across_a_restart() {
    for store in [Store::Embedded, Store::Redis(Redis::start(Kind::Plain))] {
        let application = Application::start();
        let site = Site::new(store, &application);
        let key = site.key("helpdesk", &["support"]);
        let user = User::new(3);
        let mut held: Vec<String> = Vec::new();
        for _ in 0..2 {
            let mut gateway = site.serve();
            let mut desk = gateway.caller(&key);
            if let Some(before) = held.first() {
                application.plant(&user.id, before);
                assert_eq!(desk.get(&format!("/api/users/{}", user.id)).text(), user.body());
            }
            assert_eq!(desk.post("/api/users", &user.body()).status, 201);
            held.push(application.record(&user.id).unwrap());
            assert!(gateway.stop().success());
        }
        assert_eq!(held[0], held[1]);
    }
}

#[test]
fn two_gateways_on_one_redis_are_one() {
    let application = Application::start();
    let site = Site::new(Store::Redis(Redis::start(Kind::Plain)), &application);
    let key = site.key("helpdesk", &["support"]);
    site.configuration("second.yaml", "audit-2");
    let (first, second) = (site.serve(), site.serve_as("second.yaml"));
    for number in 0..20 {
        let user = User::new(number);
        let (one, other) = if number % 2 == 0 { (&first, &second) } else { (&second, &first) };
        assert_eq!(one.anonymous().post("/api/users", &user.body()).status, 201);
        let held = application.record(&user.id).unwrap();
        let target = format!("/api/users/{}", user.id);
        assert_eq!(other.caller(&key).get(&target).text(), user.body());
        assert_eq!(other.anonymous().post("/api/users", &user.body()).status, 201);
        assert_eq!(application.record(&user.id).unwrap(), held);
    }
}

#[test]
fn two_gateways_that_see_a_value_first_at_once_agree() {
    let application = Application::start();
    let site = Site::new(Store::Redis(Redis::start(Kind::Plain)), &application);
    let key = site.key("helpdesk", &["support"]);
    site.configuration("second.yaml", "audit-2");
    let (first, second) = (site.serve(), site.serve_as("second.yaml"));
    let mut desk = first.caller(&key);
    for number in 0..30 {
        // Two spellings of one address, so that the loser of the race has to take the winner's.
        let bodies = ["Race", "RACE"]
            .map(|name| format!(r#"{{"id":"{name}{number}","email":"{name}{number}@x.example"}}"#));
        std::thread::scope(|scope| {
            for (gateway, body) in [&first, &second].into_iter().zip(&bodies) {
                scope
                    .spawn(|| assert_eq!(gateway.anonymous().post("/api/users", body).status, 201));
            }
        });
        let [one, other] = ["Race", "RACE"]
            .map(|name| stored(&application, &format!("{name}{number}"))["email"].clone());
        assert_eq!(one, other);
        let shown = desk.get(&format!("/api/users/Race{number}")).text();
        assert!(
            shown.contains(&format!("Race{number}@")) || shown.contains(&format!("RACE{number}@"))
        );
    }
}

#[test]
fn the_value_of_a_search_field_is_never_stored() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let rules = std::fs::read_to_string(site.path("rules/rules.yaml")).unwrap();
    let search = "  - id: search\n    match: { path: /find }\n    request: { query: { $.email: { class: email, lookup: true } } }\n";
    site.write("rules/rules.yaml", &format!("{}\n{search}", rules.trim_end()));
    let support = site.key("helpdesk", &["support"]);
    let gateway = site.serve();
    let user = User::new(3);
    gateway.anonymous().get(&format!("/find?email={}", user.email.replace('+', "%2B")));
    let received = String::from_utf8(application.received()).unwrap();
    let (_, behind) = received.split_once("/find?email=").unwrap();
    let token = percent_decoded(behind.split_once(' ').unwrap().0);
    assert!(token.starts_with("ck1em"), "{token}");
    application.plant("s1", &format!(r#"{{"id":"s1","email":"{token}"}}"#));
    let shown = |gateway: &Gateway| gateway.caller(&support).get("/api/users/s1").text();
    assert!(shown(&gateway).contains(&token), "a search has stored its value");
    // Somebody stores the value: the token is the same, and now there is a record behind it.
    assert_eq!(gateway.anonymous().post("/api/users", &user.body()).status, 201);
    let text = shown(&gateway);
    assert!(
        text.contains(&user.email),
        "{text} holds {token}, not {}",
        application.record(&user.id).unwrap()
    );
}
