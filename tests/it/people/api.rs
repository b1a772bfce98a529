//! The API: who sees what, revisions, holds, exports, the commands over it.

use serde_json::json;

use super::site::api;
use super::site::json;
use super::site::site;
use super::site::word;
use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::gateway::Store;

#[test]
fn a_field_is_seen_as_far_as_policies_let_its_class_be_seen() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let (officers, desks) = (site.key("officer", &["officers"]), site.key("desk", &["desk"]));
    let support = site.key("support", &["support"]);
    let gateway = site.serve();
    let mut officer = api(&gateway, &officers);
    let mut desk = api(&gateway, &desks);
    let made = officer
        .post("/v1/subjects", r#"{"email":"ann@example.com","phone":"+4915112345678","vip":true}"#);
    assert_eq!((made.status, made.field("etag")), (201, Some("\"1\"")));
    let path = format!("/v1/subjects/{}", word(&made, "subject"));
    assert_eq!(made.field("location"), Some(path.as_str()));

    let seen = json(&officer.get(&path));
    assert_eq!(seen, json!({ "email": "ann@example.com", "phone": "+4915112345678", "vip": true }));
    let seen = json(&desk.get(&path));
    assert_eq!((&seen["email"], &seen["vip"]), (&json!("a***@example.com"), &json!(true)));
    let phone = seen["phone"].as_str().unwrap();
    assert!(phone.starts_with("ck1ph") && phone.len() == 29, "{phone}");

    // The token is the one of proxied traffic, and it resolves there.
    let mut support = gateway.caller(&support);
    support.post("/api/users", r#"{"id":"7","phones":["+4915112345678"]}"#);
    let received = String::from_utf8(application.received()).unwrap();
    assert!(received.contains(phone), "{received}");
    assert_eq!(desk.ask("DELETE", &path, b"").status, 403);
    assert_eq!(desk.get(&format!("{path}/export")).status, 403);
    assert_eq!(Caller::anonymous(gateway.people.unwrap()).get(&path).status, 401);
}

#[test]
fn a_change_needs_the_revision_and_of_two_one_wins() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let officers = site.key("officer", &["officers"]);
    let gateway = site.serve();
    let mut officer = api(&gateway, &officers);
    let made = officer.post("/v1/subjects", r#"{"login":"ann"}"#);
    let path = format!("/v1/subjects/{}", word(&made, "subject"));
    assert_eq!(officer.ask("PATCH", &path, br#"{"a":1}"#).code(), "no-revision");
    let change = |tag: &str, body: &str| {
        let mut caller = api(&gateway, &officers).with("if-match", tag);
        caller.ask("PATCH", &path, body.as_bytes())
    };
    let first = change("\"1\"", r#"{"a":1}"#);
    assert_eq!((first.status, first.field("etag")), (204, Some("\"2\"")));
    assert_eq!(change("\"1\"", r#"{"b":22}"#).code(), "revision");
    assert_eq!(change("*", r#"{"c":333}"#).status, 204);
    assert_eq!(json(&officer.get(&path)), json!({ "login": "ann", "a": 1, "c": 333 }));
}

#[test]
fn a_hold_stands_against_removal_until_it_ends() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let officers = site.key("officer", &["officers"]);
    let gateway = site.serve();
    let mut officer = api(&gateway, &officers);
    let made = officer.post("/v1/subjects", r#"{"login":"ann"}"#);
    let path = format!("/v1/subjects/{}", word(&made, "subject"));
    let hold = format!("{path}/hold");
    assert_eq!(officer.get(&hold).code(), "no-document");
    let body = r#"{"reason":"invoice","law":"HGB 257","until":"2099-01-01T00:00:00Z"}"#;
    assert_eq!(officer.put(&hold, body).status, 204);
    assert_eq!(json(&officer.get(&hold))["law"], json!("HGB 257"));
    assert_eq!(officer.ask("DELETE", &path, b"").code(), "state");
    let removal = r#"{"at":"2026-12-31T00:00:00Z"}"#;
    assert_eq!(officer.put(&format!("{path}/expiration"), removal).code(), "state");
    assert_eq!(officer.get(&path).status, 200);
    assert_eq!(officer.ask("DELETE", &hold, b"").status, 204);
    assert_eq!(officer.ask("DELETE", &path, b"").status, 200);
}

/// Commands ask the gateway that has the vault.
#[test]
fn commands_find_export_hold_and_erase() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let officers = site.key("officer", &["officers"]);
    let gateway = site.serve();
    let url = format!("http://{}", gateway.people.unwrap());
    site.write("officer.key", &officers);
    let key = site.path("officer.key");
    let run = |words: &[&str]| {
        let common = ["--json", "subject", "--url", &url, "--key-file", key.to_str().unwrap()];
        site.run(&[&common[..], words].concat())
    };
    assert_eq!(run(&["find", "email", "ann@example.com"]).code, 1);
    let mut officer = api(&gateway, &officers);
    let made = officer.post("/v1/subjects", r#"{"email":"ann@example.com","note":"x"}"#);
    let token = word(&made, "subject");

    let found = run(&["find", "email", "Ann@Example.com"]);
    assert_eq!((found.code, found.json()), (0, json!({ "subjects": [token] })));
    let exported = run(&["export", &token]).json();
    assert_eq!(exported["profile"], json!({ "email": "ann@example.com", "note": "x" }));
    assert_eq!(exported["records"], json!({ "email": ["ann@example.com"] }));
    let until = ["--reason", "invoice", "--law", "HGB 257", "--until", "2099-01-01T00:00:00Z"];
    assert_eq!(run(&[&["hold", &token][..], &until].concat()).code, 0);
    assert_eq!(run(&["erase", &token, "--yes"]).code, 1);
    assert_eq!(run(&["hold", &token, "--end"]).code, 0);
    let erased = run(&["erase", &token, "--yes"]);
    assert_eq!((erased.code, &erased.json()["records"]), (0, &json!(1)));
    assert_eq!(run(&["find", "email", "ann@example.com"]).code, 1);
    assert_eq!(run(&["export", &token]).code, 1);
    let wrong = site.run(&["subject", "--url", &url, "find", "email", "x"]);
    assert_eq!(wrong.code, 3, "{wrong:?}");
}
