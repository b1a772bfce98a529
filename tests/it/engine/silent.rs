//! Silent: whatever goes wrong with a message, nothing of it is told anywhere but to its sender.

use crate::harness::application::Application;
use crate::harness::canary::Canaries;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;
use crate::harness::users::User;

const SECRET: &str = "canary-4711-of-this-test";

/// Requests that are refused, each for another reason, with a secret wherever one fits.
fn hostile(key: &str) -> Vec<Vec<u8>> {
    let json = |body: &str| {
        format!(
            "POST /api/users HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let get = |target: &str, more: &str| format!("GET {target} HTTP/1.1\r\nhost: a\r\n{more}\r\n");
    let typed = format!(
        "POST /api/users HTTP/1.1\r\nhost: a\r\ncontent-type: x/{SECRET}\r\ncontent-length: 24\r\n\r\n{SECRET}"
    );
    let requests = [
        json(&format!("{{\"email\":\"{SECRET}\"")),
        json(&format!("{{\"email\":\"{SECRET}\",\"email\":\"{SECRET}\"}}")),
        json(&format!("{{\"{SECRET}\":1,\"{SECRET}\":2}}")),
        json(&format!("{{\"n\":{SECRET}}}")),
        json(&format!("{{\"email\":\"{SECRET}\\ud800\"}}")),
        json(&format!("{}\"{SECRET}\"{}", "[".repeat(200), "]".repeat(200))),
        json(&format!("{{\"notes\":\"{SECRET}{}\"}}", "x".repeat(70_000))),
        typed,
        get(&format!("/api/users?email={SECRET};email=x"), ""),
        get(&format!("/api/users?email={SECRET}%zz"), ""),
        get(&format!("/api/users/{SECRET}/..%2f.."), ""),
        get(&format!("/api/users/..%2f{SECRET}/../../x"), ""),
        get("/api/users", &format!("cloakroom-key: {SECRET}\r\n")),
        get("/api/users", &format!("cloakroom-key: ckk_aaaaaaaaaaaa_{SECRET}\r\n")),
        get("/api/users", &format!("authorization: Bearer {SECRET}\r\n")),
        get("/api/users", &format!("authorization: Bearer a.{SECRET}.c\r\n")),
        get(
            "/api/users",
            &format!("cloakroom-key: {key}\r\ncloakroom-purpose: {SECRET} {SECRET}\r\n"),
        ),
        get("/api/users", &format!("connection: upgrade\r\nupgrade: {SECRET}\r\n")),
        get("/api/users", &format!("expect: {SECRET}\r\n")),
        get("/api/users", &format!("content-length: 3\r\ncontent-length: {SECRET}\r\n")),
        get("/api/users", &format!("x {SECRET}: 1\r\n")),
        format!("{SECRET} /api/users HTTP/9.9\r\n\r\n"),
    ];
    requests.map(String::into_bytes).to_vec()
}

fn refused(gateway: &Gateway, key: &str) {
    for request in hostile(key) {
        let answer = gateway.anonymous().exchange(&request).unwrap();
        let shown = String::from_utf8_lossy(&request).chars().take(200).collect::<String>();
        let refused = matches!(answer.status, 400..500 | 505);
        assert!(refused, "{} to {shown}", answer.status);
        let told = format!("{}{}", answer.head, answer.text());
        assert!(!told.contains(SECRET), "{told}");
    }
}

#[test]
fn a_refused_message_is_told_to_nobody() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let key = site.key("helpdesk", &["support"]);
    let gateway = site.serve();
    refused(&gateway, &key);
    assert_eq!(application.requests(), 0);
    Canaries::of([SECRET]).absent_from(&site.everything(&gateway, &application));
    assert!(!site.journal().is_empty());
}

#[test]
fn a_message_that_meets_a_broken_vault_is_told_to_nobody() {
    let application = Application::start();
    let mut site = Site::new(Store::Redis(Redis::start(Kind::Plain)), &application);
    let support = site.key("helpdesk", &["support"]);
    let gateway = site.serve();
    let users: Vec<User> = (0..20).map(User::new).collect();
    for user in &users {
        assert_eq!(gateway.anonymous().post("/api/users", &user.body()).status, 201);
    }
    let Store::Redis(redis) = &mut site.store else { panic!("redis") };
    // A server that refuses with its own words, then records that are not what they were, then none.
    redis.admin(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    assert_eq!(gateway.anonymous().post("/api/users", &User::new(30).body()).status, 503);
    redis.admin(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
    let mut connection = redis.admin_connection().unwrap();
    let keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg("ck:r:*").query(&mut connection).unwrap();
    for key in &keys {
        let mut record: Vec<u8> = redis::cmd("GET").arg(key).query(&mut connection).unwrap();
        record[12] ^= 1;
        let () = redis::cmd("SET").arg(key).arg(record).query(&mut connection).unwrap();
    }
    let mut desk = gateway.caller(&support);
    let damaged = desk.get("/api/users/u00001");
    assert_eq!((damaged.status, damaged.code()), (500, "record-damaged".to_owned()));
    let posted = gateway.anonymous().post("/api/users", &users[1].body());
    assert_eq!((posted.status, posted.code()), (500, "record-damaged".to_owned()));
    redis.kill();
    assert_eq!(desk.get("/api/users").status, 503);
    redis.start_again();
    let more = User::new(30);
    let secrets = users.iter().chain([&more]).flat_map(User::secrets);
    Canaries::of(secrets).absent_from(&site.everything(&gateway, &application));
}
