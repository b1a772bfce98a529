//! The links of an announced removal.

use super::site::bunker;
use super::site::site;
use super::site::word;
use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::gateway::Store;

#[test]
fn a_get_changes_nothing_and_a_button_acts_once() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let gateway = site.serve();
    let mut caller = bunker(&gateway);
    caller.post("/v1/user", r#"{"login":"ann"}"#);
    let start = r#"{"expiration":"1d"}"#;
    let first = word(&caller.post("/v1/exp/start/login/ann", start), "exptoken");
    let mut person = Caller::anonymous(gateway.people.unwrap()).with("accept", "text/html");
    for page in ["retain", "retail", "delete"] {
        for method in ["GET", "HEAD"] {
            let answer = person.ask(method, &format!("/v1/exp/{page}/{first}"), b"");
            assert_eq!(answer.status, 200, "{page}");
            assert!(
                answer.field("content-security-policy").unwrap().contains("default-src 'none'")
            );
        }
    }
    let status = caller.get("/v1/exp/status/login/ann");
    assert_eq!(
        (word(&status, "expstatus"), word(&status, "exptoken")),
        ("wait".into(), first.clone())
    );

    // Another removal: the links of the first are dead.
    let second = word(&caller.post("/v1/exp/start/login/ann", start), "exptoken");
    assert_ne!(first, second);
    assert_eq!(person.post(&format!("/v1/exp/delete/{first}"), "").status, 404);
    assert_eq!(person.post(&format!("/v1/exp/retain/{second}"), "").status, 200);
    assert_eq!(person.post(&format!("/v1/exp/retain/{second}"), "").status, 200);
    assert_eq!(person.post(&format!("/v1/exp/delete/{second}"), "").status, 409);
    assert_eq!(word(&caller.get("/v1/exp/status/login/ann"), "expstatus"), "retain");

    let third = word(&caller.post("/v1/exp/start/login/ann", start), "exptoken");
    let mut program = Caller::anonymous(gateway.people.unwrap());
    assert_eq!(program.post(&format!("/v1/exp/delete/{third}"), "").text(), "OK");
    assert_eq!(caller.get("/v1/user/login/ann").status, 404);
    assert_eq!(person.get(&format!("/v1/exp/delete/{third}")).status, 404);
}

#[test]
fn what_is_no_link_is_told_like_one_that_nobody_made() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let gateway = site.serve();
    let mut person = Caller::anonymous(gateway.people.unwrap());
    let bodies = ["x", "00000000-0000-8000-8000-000000000000", "%2e%2e"].map(|token| {
        let answer = person.get(&format!("/v1/exp/retain/{token}"));
        let text = answer.text();
        let told: Vec<String> = text.lines().take(2).map(str::to_owned).collect();
        (answer.status, told)
    });
    assert_eq!(bodies[0].0, 404);
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(bodies[1], bodies[2]);
}
