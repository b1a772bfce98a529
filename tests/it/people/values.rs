//! Who is found by which value, and who may have one.

use std::thread;

use super::site::bunker;
use super::site::redis;
use super::site::site;
use super::site::word;
use crate::harness::application::Application;
use crate::harness::gateway::Store;

/// Of many who claim one address at once, on two connections each, one gets it.
#[test]
fn one_of_many_wins() {
    for store in [Store::Embedded, redis()] {
        let application = Application::start();
        let site = site(store, &application);
        let gateway = site.serve();
        let create = |number: usize| {
            let mut caller = bunker(&gateway);
            let login = format!(r#"{{"email":"one@example.com","login":"user-{number}"}}"#);
            caller.post("/v1/user", &login).status
        };
        let create = &create;
        let statuses: Vec<u16> = thread::scope(|scope| {
            let threads: Vec<_> =
                (0..16).map(|number| scope.spawn(move || create(number))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 15, "{statuses:?}");
        // Who was refused keeps none of the other values: they are free.
        let mut caller = bunker(&gateway);
        let free = (0..16).filter(|number| {
            caller.post("/v1/user", &format!(r#"{{"login":"user-{number}"}}"#)).status == 200
        });
        assert_eq!(free.count(), 15);
    }
}

#[test]
fn a_value_moves_when_its_person_lets_it_go() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let gateway = site.serve();
    let mut caller = bunker(&gateway);
    let ann = word(&caller.post("/v1/user", r#"{"login":"ann","email":"a@example.com"}"#), "token");
    let bob = word(&caller.post("/v1/user", r#"{"login":"bob"}"#), "token");
    let take = r#"{"email":"A@example.com"}"#;
    assert_eq!(caller.put("/v1/user/login/bob", take).status, 409);
    assert_eq!(word(&caller.get("/v1/user/email/a@example.com"), "token"), ann);
    assert_eq!(caller.put("/v1/user/login/ann", r#"{"email":"b@example.com"}"#).status, 200);
    assert_eq!(caller.put("/v1/user/login/bob", take).status, 200);
    assert_eq!(word(&caller.get("/v1/user/email/a@example.com"), "token"), bob);
    assert_eq!(word(&caller.get("/v1/user/email/b@example.com"), "token"), ann);
}
