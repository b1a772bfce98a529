//! Databunker's paths, with the requests that its clients send.

use serde_json::json;

use super::site::bunker;
use super::site::json;
use super::site::redis;
use super::site::site;
use super::site::word;
use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::gateway::Store;

/// The calls of the article, as printed, on both vaults.
#[test]
fn the_printed_calls_work() {
    for store in [Store::Embedded, redis()] {
        let application = Application::start();
        let site = site(store, &application);
        let gateway = site.serve();
        let mut caller = bunker(&gateway);
        let made = caller.post("/v1/user", r#"{"email":"user@email.com","login":"user"}"#);
        assert_eq!((made.status, word(&made, "status")), (200, String::from("ok")));

        // As a form by its type: what curl -d sends.
        let body = r#"{"expiration":"1"}"#;
        let request = format!(
            "POST /v1/exp/start/email/user@email.com HTTP/1.1\r\nhost: databunker-server\r\n\
             x-bunker-token: DEMO\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let started = caller.exchange(request.as_bytes()).unwrap();
        let token = word(&started, "exptoken");
        let status = caller.get("/v1/exp/status/email/user@email.com");
        assert_eq!((word(&status, "expstatus"), word(&status, "exptoken")), ("wait".into(), token));

        let cancelled = caller.ask("DEMO", "/v1/exp/cancel/email/user@email.com", b"");
        assert_eq!(json(&cancelled), json!({ "status": "ok" }));
        let status = caller.get("/v1/exp/status/email/user@email.com");
        assert_eq!(
            (word(&status, "expstatus"), word(&status, "exptoken")),
            (String::new(), String::new())
        );
    }
}

#[test]
fn a_user_is_made_found_in_every_way_changed_and_removed() {
    for store in [Store::Embedded, redis()] {
        let application = Application::start();
        let site = site(store, &application);
        let gateway = site.serve();
        let mut caller = bunker(&gateway);
        let profile = r#"{"email":"Ann@Example.com","phone":"+4915112345678","login":"ann","custom":"K-7","x":[1,{"y":null}]}"#;
        let token = word(&caller.post("/v1/user/", profile), "token");
        for place in [
            format!("token/{token}"),
            "email/ann@example.com".into(),
            "email/ANN%40example.com".into(),
            "phone/+4915112345678".into(),
            "login/ann".into(),
            "custom/K-7".into(),
        ] {
            let found = json(&caller.get(&format!("/v1/user/{place}")));
            let data: serde_json::Value = serde_json::from_str(profile).unwrap();
            assert_eq!(found, json!({ "status": "ok", "token": token, "data": data }), "{place}");
        }

        let merged = caller.put("/v1/user/login/ann", r#"{"login":"anna","x":null}"#);
        assert_eq!(word(&merged, "token"), token);
        let patch = br#"[{"op":"add","path":"/name","value":"Ann"}]"#;
        assert_eq!(caller.ask("PUT", "/v1/user/login/anna", patch).status, 200);
        let data = &json(&caller.get("/v1/user/login/anna"))["data"];
        assert_eq!((&data["name"], &data["x"]), (&json!("Ann"), &serde_json::Value::Null));
        assert_eq!(caller.get("/v1/user/login/ann").status, 404);

        let done = caller.ask("DELETE", "/v1/user/email/ann@example.com", b"");
        assert_eq!(json(&done), json!({ "status": "ok", "result": "done" }));
        for place in [format!("token/{token}"), "login/anna".into(), "email/ann@example.com".into()]
        {
            let gone = caller.get(&format!("/v1/user/{place}"));
            assert_eq!((gone.status, word(&gone, "message")), (404, "not found".into()), "{place}");
        }
        let told = caller.get(&format!("/v1/exp/status/token/{token}"));
        assert_eq!(word(&told, "expstatus"), "expired");
    }
}

#[test]
fn documents_of_applications_are_kept_each_under_its_name() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let mut gateway = site.serve();
    let mut caller = bunker(&gateway);
    let token = word(&caller.post("/v1/user", r#"{"login":"ann"}"#), "token");
    let shop = format!("/v1/userapp/token/{token}/shop");
    assert_eq!(word(&caller.post(&shop, r#"{"cart":[1,2]}"#), "token"), token);
    caller.post(&format!("/v1/userapp/token/{token}/mail"), r#"{"list":true}"#);
    caller.put(&shop, r#"{"seen":1}"#);

    gateway.stop();
    let gateway = site.serve();
    let mut caller = bunker(&gateway);
    let found = json(&caller.get(&shop));
    assert_eq!(found["data"], json!({ "cart": [1, 2], "seen": 1 }));
    let apps = json(&caller.get(&format!("/v1/userapp/token/{token}")));
    assert_eq!(apps["apps"], json!(["mail", "shop"]));
    assert_eq!(caller.ask("DELETE", &shop, b"").status, 200);
    assert_eq!(caller.get(&shop).status, 404);
}

#[test]
fn what_is_wrong_has_the_status_of_http_and_a_message() {
    let application = Application::start();
    let site = site(Store::Embedded, &application);
    let gateway = site.serve();
    let mut caller = bunker(&gateway);
    caller.post("/v1/user", r#"{"email":"a@example.com"}"#);
    let long = format!(r#"{{"login":"{}"}}"#, "x".repeat(65_536));
    let deep = format!(r#"{{"login":"d","x":{}1{}}}"#, "[".repeat(40), "]".repeat(40));
    for (method, target, body, status, message) in [
        ("POST", "/v1/user", r#"{"email":"A@Example.com"}"#, 409, "duplicate index: email"),
        ("POST", "/v1/user", r#"{"a":1,"a":2}"#, 400, "The body is not JSON"),
        ("POST", "/v1/user", r#"{"name":"nobody"}"#, 422, "The document cannot be kept"),
        ("POST", "/v1/user", "[]", 422, "The document cannot be kept"),
        ("POST", "/v1/user", &long, 413, "The body is too large"),
        ("POST", "/v1/user", &deep, 422, "The document cannot be kept"),
        ("GET", "/v1/user/height/1", "", 400, "No such way to name a person"),
        ("GET", "/v1/user/token/not-one", "", 400, "No such way to name a person"),
        ("GET", "/v1/user/email/b@example.com", "", 404, "not found"),
        (
            "PUT",
            "/v1/user/email/a@example.com",
            r#"[{"op":"remove","path":"/z"}]"#,
            422,
            "The document cannot be kept",
        ),
        ("PUT", "/v1/user/email/a@example.com", r#"{"email":null}"#, 200, ""),
        ("PATCH", "/v1/user/email/a@example.com", "{}", 405, "The path has other methods"),
        ("POST", "/v1/exp/start/login/x", r#"{"expiration":"soon"}"#, 404, "not found"),
        ("GET", "/v1/sys/configuration", "", 410, "This product does it in another way"),
    ] {
        let answer = caller.ask(method, target, body.as_bytes());
        assert_eq!(answer.status, status, "{method} {target} {body:.60}: {answer:?}");
        if status != 200 {
            let told = json(&answer);
            assert_eq!((&told["status"], &told["message"]), (&json!("error"), &json!(message)));
        }
    }
    let mut stranger = Caller::anonymous(gateway.people.unwrap());
    assert_eq!(stranger.get("/v1/user/email/a@example.com").status, 401);
    let mut wrong = Caller::anonymous(gateway.people.unwrap()).with("x-bunker-token", "ckk_no");
    assert_eq!(wrong.get("/v1/user/email/a@example.com").status, 401);
    assert_eq!(stranger.get("/status").text(), "OK");
}
