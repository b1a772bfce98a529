//! Everything takes one way: allowed, on record, done, told.

use serde_json::Value;

use super::site::bunker;
use super::site::site;
use super::site::word;
use crate::harness::application::Application;
use crate::harness::gateway::Store;

#[test]
fn each_act_is_on_record_before_and_after_and_holds_no_value() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let mut gateway = site.serve();
    let mut caller = bunker(&gateway);
    let profile = r#"{"email":"canary-ann@example.com","login":"canary-login"}"#;
    let token = word(&caller.post("/v1/user", profile), "token");
    caller.get("/v1/user/email/canary-ann@example.com");
    caller.get("/v1/user/login/canary-nobody");
    caller.ask("DELETE", &format!("/v1/user/token/{token}"), b"");
    let places = site.everything(&gateway, &application);
    for (place, bytes) in &places {
        for canary in ["canary-", token.as_str()] {
            let found = memchr::memmem::find(bytes, canary.as_bytes());
            assert_eq!(found, None, "{canary} in {place}");
        }
    }
    gateway.stop();

    let journal = site.journal();
    let acts: Vec<&Value> =
        journal.iter().filter(|line| line["event"] == "person.intent").collect();
    let ends: Vec<&Value> =
        journal.iter().filter(|line| line["event"] == "person.outcome").collect();
    assert_eq!(acts.len(), ends.len());
    for (act, end) in acts.iter().zip(&ends) {
        assert_eq!(act["seq"], end["intent"]);
    }
    let told = |line: &Value| {
        let word = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        (word("action"), word("kind"), word("outcome"))
    };
    let told: Vec<_> = ends.iter().map(|line| told(line)).collect();
    let is = |action: &str, outcome: &str| (action.into(), "profile".into(), outcome.into());
    assert!(told.contains(&is("write", "done")));
    assert!(told.contains(&is("read", "refused")), "{told:?}");
    assert!(told.contains(&is("erase", "done")));
    // One person: what was done with it is found by one reference.
    let subject = &acts[0]["subject"];
    assert!(subject.is_string());
    assert!(ends.iter().any(|line| line["action"] == "erase" && line["subject"] == *subject));
}

/// A journal that takes no events: nothing is read, nothing is done.
#[test]
fn no_journal_no_answer() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let gateway = site.serve();
    let mut caller = bunker(&gateway);
    let token = word(&caller.post("/v1/user", r#"{"login":"ann"}"#), "token");
    gateway.limit_files("1");
    let path = format!("/v1/user/token/{token}");
    for (method, body) in [("GET", ""), ("PUT", r#"{"a":1}"#), ("DELETE", "")] {
        let answer = caller.ask(method, &path, body.as_bytes());
        assert_eq!(answer.status, 503, "{method}: {answer:?}");
    }
    gateway.limit_files("unlimited");
    let found = loop {
        let found = caller.get(&path);
        if found.status == 200 {
            break found;
        }
        assert_eq!(found.status, 503);
    };
    assert!(found.text().contains(r#""login":"ann""#), "{found:?}");
}
