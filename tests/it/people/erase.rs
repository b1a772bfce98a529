//! Erasure: nothing of the person opens any more, on no gateway, from no restored backup; and what others
//! share stays theirs.

use std::fs;

use serde_json::json;

use super::site::api;
use super::site::bunker;
use super::site::json;
use super::site::redis;
use super::site::site;
use super::site::word;
use crate::harness::application::Application;
use crate::harness::gateway::Store;

/// A customer of the application who is erased by the officer; another shares the address.
#[test]
fn proxied_traffic_and_the_api_meet() {
    for store in [Store::Embedded, redis()] {
        let application = Application::start();
        let site = site(store, &application);
        let (support, officers) =
            (site.key("support", &["support"]), site.key("officer", &["officers"]));
        let gateway = site.serve();
        let mut support = gateway.caller(&support);
        let body =
            |id: &str| format!(r#"{{"id":"{id}","email":"family@example.com","name":"N {id}"}}"#);
        for id in ["1", "2"] {
            support.post("/api/users", &body(id));
        }
        let mut officer = api(&gateway, &officers);
        let found = officer.post("/v1/lookup", r#"{"value":"1"}"#);
        let token = json(&found)["subjects"][0].as_str().unwrap().to_owned();
        let shared =
            officer.post("/v1/lookup", r#"{"class":"email","value":"Family@example.com"}"#);
        assert_eq!(json(&shared)["subjects"].as_array().unwrap().len(), 2);

        let exported = json(&officer.get(&format!("/v1/subjects/{token}/export")));
        assert_eq!(exported["records"]["name"], json!(["N 1"]));
        let erased = officer.ask("DELETE", &format!("/v1/subjects/{token}"), b"");
        assert_eq!((erased.status, &json(&erased)["records"]), (200, &json!(2)));

        // The name was theirs alone: its token means nobody. The address is still the other's.
        let one = json(&support.get("/api/users/1"));
        assert!(one["name"].as_str().unwrap().starts_with("ck1nm"), "{one}");
        assert_eq!(one["email"], json!("family@example.com"));
        let two = json(&support.get("/api/users/2"));
        assert_eq!((&two["name"], &two["email"]), (&json!("N 2"), &json!("family@example.com")));
        let shared =
            officer.post("/v1/lookup", r#"{"class":"email","value":"family@example.com"}"#);
        assert_eq!(json(&shared)["subjects"].as_array().unwrap().len(), 1);
        assert_eq!(officer.get(&format!("/v1/subjects/{token}/export")).code(), "no-person");
    }
}

/// The vault of yesterday is put back: who was erased since is forgotten before anybody is served.
#[test]
fn a_restored_backup_forgets() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let mut gateway = site.serve();
    let mut caller = bunker(&gateway);
    let token =
        word(&caller.post("/v1/user", r#"{"login":"ann","email":"a@example.com"}"#), "token");
    let kept = word(&caller.post("/v1/user", r#"{"login":"bob"}"#), "token");
    gateway.stop();
    let backup = site.path("backup");
    copy(&site.path("vault"), &backup);

    let mut gateway = site.serve();
    assert_eq!(bunker(&gateway).ask("DELETE", &format!("/v1/user/token/{token}"), b"").status, 200);
    gateway.stop();
    copy(&backup, &site.path("vault"));

    let gateway = site.serve();
    let mut caller = bunker(&gateway);
    for place in [format!("token/{token}"), "login/ann".into(), "email/a@example.com".into()] {
        assert_eq!(caller.get(&format!("/v1/user/{place}")).status, 404, "{place}");
    }
    assert_eq!(caller.get(&format!("/v1/user/token/{kept}")).status, 200);
    assert!(gateway.log().contains("erased again"), "{}", gateway.log());
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

/// Who comes back is nobody known: another token, and nothing of before.
#[test]
fn who_comes_back_is_nobody_known() {
    let application = Application::start();
    let site = site(redis(), &application);
    let gateway = site.serve();
    let mut caller = bunker(&gateway);
    let before = word(&caller.post("/v1/user", r#"{"login":"ann","note":"old"}"#), "token");
    caller.ask("DELETE", "/v1/user/login/ann", b"");
    let after = word(&caller.post("/v1/user", r#"{"login":"ann"}"#), "token");
    assert_ne!(before, after);
    assert_eq!(json(&caller.get("/v1/user/login/ann"))["data"], json!({ "login": "ann" }));
    assert_eq!(caller.get(&format!("/v1/user/token/{before}")).status, 404);
}
