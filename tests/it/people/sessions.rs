//! Sessions of web applications, as Databunker's session store calls for them.

use serde_json::Value;
use serde_json::json;

use super::site::api;
use super::site::bunker;
use super::site::json;
use super::site::redis;
use super::site::site;
use super::site::word;
use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::client::Answer;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;

const ONE: &str = "/v1/session/0a1b2c3d-0000-4000-8000-000000000001";
const TWO: &str = "/v1/session/0a1b2c3d-0000-4000-8000-000000000002";
const ANNS: &str = r#"{"cookie":{"path":"/"},"login":"ann","views":1}"#;

/// A session of a person and one of nobody known are there after a restart, byte for byte what was sent,
/// until somebody ends them.
#[test]
fn a_session_survives_a_restart_until_it_is_ended() {
    for store in [Store::Embedded, redis()] {
        let application = Application::start();
        let site = site(store, &application);
        let mut gateway = site.serve();
        let mut caller = bunker(&gateway);
        caller.post("/v1/user", r#"{"login":"ann"}"#);
        let nobodys = r#"{"expiration":"10h","login":"nobody-known","list":[1,{"a":null}]}"#;
        for (path, body) in [(ONE, ANNS), (TWO, nobodys)] {
            assert_eq!(
                json(&caller.post(path, body)),
                json!({ "status": "ok", "session": id(path) })
            );
        }

        gateway.stop();
        let gateway = site.serve();
        let mut caller = bunker(&gateway);
        for (path, body) in [(ONE, ANNS), (TWO, nobodys)] {
            let found = json(&caller.get(path));
            assert_eq!((&found["status"], &found["session"]), (&json!("ok"), &json!(id(path))));
            assert_eq!(found["data"], serde_json::from_str::<Value>(body).unwrap());
            assert!(found["when"].as_u64().unwrap() > 1_700_000_000, "{found}");
        }
        let listed = json(&caller.get("/v1/sessions/login/ann"));
        assert_eq!((&listed["total"], &listed["rows"][0]["session"]), (&json!(1), &json!(id(ONE))));
        assert_eq!(listed["rows"][0]["data"]["views"], json!(1));

        for path in [ONE, TWO] {
            let ended = caller.ask("DELETE", path, b"");
            assert_eq!(json(&ended), json!({ "status": "ok", "result": "done" }));
            assert_not_found(&caller.get(path));
        }
        assert_eq!(json(&caller.get("/v1/sessions/login/ann"))["total"], json!(0));
        // A store ends fresh ids, too, when somebody logs in.
        assert_eq!(caller.ask("DELETE", TWO, b"").status, 200);
    }
}

#[test]
fn a_session_ends_by_itself_and_each_write_sets_its_end_anew() {
    for store in [Store::Embedded, redis()] {
        let application = Application::start();
        let site = site(store, &application);
        let gateway = site.serve();
        let mut caller = bunker(&gateway);
        caller.post("/v1/user", r#"{"login":"ann"}"#);
        let short = [(ONE, r#"{"login":"ann","expiration":"1"}"#), (TWO, r#"{"expiration":1}"#)];
        for (path, body) in short {
            caller.post(path, body);
        }
        // Written to end at once.
        assert_eq!(caller.post(ONE, r#"{"login":"ann","expiration":"0"}"#).status, 200);
        assert_not_found(&caller.get(ONE));
        caller.post(ONE, short[0].1);
        let third = "/v1/session/0a1b2c3d-0000-4000-8000-000000000003";
        caller.post(third, r#"{"expiration":"1s"}"#);
        caller.post(third, r#"{"expiration":"1h"}"#);
        for path in [ONE, TWO] {
            let gone = until("the session has ended", || {
                let answer = caller.get(path);
                (answer.status != 200).then_some(answer)
            });
            assert_not_found(&gone);
        }
        assert_eq!(json(&caller.get("/v1/sessions/login/ann"))["rows"], json!([]));
        assert_eq!(caller.get(third).status, 200);
    }
}

/// Who logs in or out of a session: it is listed for whom its last content names.
#[test]
fn a_session_follows_whom_its_content_names() {
    for store in [Store::Embedded, redis()] {
        let application = Application::start();
        let site = site(store, &application);
        let gateway = site.serve();
        let mut caller = bunker(&gateway);
        let ann =
            r#"{"login":"ann","email":"ann@example.com","phone":"+4915112345678","custom":"K-7"}"#;
        let token = word(&caller.post("/v1/user", ann), "token");
        caller.post("/v1/user", r#"{"login":"bob"}"#);
        let listed = |who: &str| {
            json(&bunker(&gateway).get(&format!("/v1/sessions/login/{who}")))["total"].clone()
        };
        for named in [
            ANNS.to_owned(),
            format!(r#"{{"token":"{token}"}}"#),
            r#"{"email":"ANN@example.com"}"#.into(),
            r#"{"phone":"+4915112345678"}"#.into(),
            r#"{"custom":"K-7"}"#.into(),
        ] {
            caller.post(ONE, "{}");
            assert_eq!((listed("ann"), listed("bob")), (json!(0), json!(0)));
            caller.post(ONE, &named);
            assert_eq!((listed("ann"), listed("bob")), (json!(1), json!(0)), "{named}");
            let data: Value = serde_json::from_str(&named).unwrap();
            assert_eq!(json(&caller.get(ONE))["data"], data);
        }
        caller.post(ONE, r#"{"login":"bob"}"#);
        assert_eq!((listed("ann"), listed("bob")), (json!(0), json!(1)));
    }
}

#[test]
fn who_is_erased_has_no_session_left() {
    for store in [Store::Embedded, redis()] {
        let application = Application::start();
        let site = site(store, &application);
        let officers = site.key("officer", &["officers"]);
        let gateway = site.serve();
        let mut caller = bunker(&gateway);
        let token = word(&caller.post("/v1/user", r#"{"login":"ann"}"#), "token");
        caller.post("/v1/user", r#"{"login":"bob"}"#);
        caller.post(ONE, r#"{"login":"ann","expiration":"10h"}"#);
        caller.post(TWO, r#"{"login":"bob"}"#);
        let exported = api(&gateway, &officers).get(&format!("/v1/subjects/{token}/export"));
        let told = &json(&exported)["sessions"];
        assert_eq!(told.as_array().unwrap().len(), 1);
        let time = |name: &str| told[0][name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let lasts = time("until").duration_since(time("written")).as_secs();
        assert!((3_590..=3_600).contains(&lasts), "an hour at most: {lasts}");
        assert!(!exported.text().contains(id(ONE)), "an id opens the session: {}", exported.text());

        assert!(placed_ids(&site.store).is_none_or(|count| count == 2));
        caller.ask("DELETE", "/v1/user/login/ann", b"");
        assert!(placed_ids(&site.store).is_none_or(|count| count == 1));
        assert_not_found(&caller.get(ONE));
        assert_not_found(&caller.get("/v1/sessions/login/ann"));
        assert_eq!(caller.get(TWO).status, 200);
        // Its id is free for whoever comes.
        assert_eq!(caller.post(ONE, ANNS).status, 200);
        assert_eq!(json(&caller.get(ONE))["data"]["views"], json!(1));
    }
}

#[test]
fn what_is_wrong_is_refused_and_foreign_ids_are_not_found() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let desks = site.key("desk", &["desk"]);
    let gateway = site.serve();
    let mut caller = bunker(&gateway);
    caller.post(ONE, ANNS);
    assert_not_found(&caller.get(TWO));
    assert_not_found(&caller.get("/v1/sessions/login/ann"));
    let sized = |bytes: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - r#"{"a":""}"#.len()));
    for (method, path, body, status) in [
        ("POST", TWO, sized(65_536), 200),
        ("POST", TWO, sized(65_537), 413),
        ("POST", ONE, r#"{"expiration":"soon"}"#.into(), 422),
        ("POST", ONE, r#"{"expiration":true}"#.into(), 422),
        ("POST", ONE, r#"{"a":1,"a":2}"#.into(), 400),
        ("POST", "/v1/session/ann", "{}".into(), 400),
        ("GET", "/v1/sessions/height/1", String::new(), 400),
        ("PUT", ONE, "{}".into(), 405),
    ] {
        let answer = caller.ask(method, path, body.as_bytes());
        assert_eq!(answer.status, status, "{method} {path} {body:.60}: {answer:?}");
    }
    assert_eq!(json(&caller.get(ONE))["data"]["views"], json!(1));
    // A permit for profiles is none for sessions, whether there is one or not.
    let mut desk = Caller::anonymous(gateway.people.unwrap()).with("x-bunker-token", &desks);
    let unknown = "/v1/session/0a1b2c3d-0000-4000-8000-000000000009";
    for path in [ONE, unknown] {
        assert_eq!(desk.get(path).status, 403);
        assert_eq!(desk.ask("DELETE", path, b"").status, 403);
        assert_eq!(desk.post(path, "{}").status, 403);
    }
    assert_eq!(Caller::anonymous(gateway.people.unwrap()).get(ONE).status, 401);
}

/// Each read is on record, for the person if there is one; ids and contents lie nowhere in clear.
#[test]
fn each_read_is_on_record_and_no_id_lies_anywhere() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let mut gateway = site.serve();
    let mut caller = bunker(&gateway);
    caller.post("/v1/user", r#"{"login":"ann"}"#);
    caller.post(ONE, r#"{"login":"ann","note":"canary-ann"}"#);
    caller.post(TWO, r#"{"note":"canary-nobody"}"#);
    caller.get(ONE);
    caller.get(TWO);
    for (place, bytes) in &site.everything(&gateway, &application) {
        for canary in ["canary-", id(ONE), id(TWO)] {
            let found = memchr::memmem::find(bytes, canary.as_bytes());
            assert_eq!(found, None, "{canary} in {place}");
        }
    }
    gateway.stop();
    let journal = site.journal();
    let reads = journal.iter().filter(|line| {
        line["event"] == "person.intent" && line["kind"] == "session" && line["action"] == "read"
    });
    let named: Vec<bool> = reads.map(|line| line["subject"].is_string()).collect();
    assert_eq!(named, [true, false]);
}

/// Many at once for one person: none is lost.
#[test]
fn sessions_written_at_once_are_all_kept() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let gateway = site.serve();
    bunker(&gateway).post("/v1/user", r#"{"login":"ann"}"#);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let mut caller = bunker(&gateway);
            scope.spawn(move || {
                let path = format!("/v1/session/0a1b2c3d-0000-4000-8000-0000000001{number:02}");
                assert_eq!(caller.post(&path, ANNS).status, 200);
            });
        }
    });
    assert_eq!(json(&bunker(&gateway).get("/v1/sessions/login/ann"))["total"], json!(8));
}

/// A person has room for 256 documents, the profile among them. What is over is refused, and the rest stays.
#[test]
fn one_session_too_many_is_refused() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let gateway = site.serve();
    let mut caller = bunker(&gateway);
    caller.post("/v1/user", r#"{"login":"ann"}"#);
    let path = |number: usize| format!("/v1/session/0a1b2c3d-0000-4000-8000-{number:012}");
    for number in 0..255 {
        assert_eq!(caller.post(&path(number), ANNS).status, 200, "{number}");
    }
    assert_eq!(caller.post(&path(255), ANNS).status, 422);
    assert_not_found(&caller.get(&path(255)));
    assert_eq!(json(&caller.get("/v1/sessions/login/ann"))["total"], json!(255));
    // One that is there may be written on, and its end makes room.
    assert_eq!(caller.post(&path(0), ANNS).status, 200);
    caller.ask("DELETE", &path(0), b"");
    assert_eq!(caller.post(&path(255), ANNS).status, 200);
}

/// Counts the ids that lead somewhere, in the store that can be asked beside the gateway.
fn placed_ids(store: &Store) -> Option<usize> {
    let Store::Redis(redis) = store else { return None };
    let found = redis.admin(&["KEYS", "ck:i:*"]).unwrap();
    let keys: Vec<Vec<u8>> = redis::from_redis_value(found).unwrap();
    Some(keys.len())
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

#[track_caller]
fn assert_not_found(answer: &Answer) {
    let told = (answer.status, json(answer));
    assert_eq!(told, (404, json!({ "status": "error", "message": "not found" })));
}
