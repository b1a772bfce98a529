//! `/livez`, `/readyz`, `/config`.

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;
use crate::harness::redis::Kind;
use crate::harness::redis::PASSWORD;
use crate::harness::redis::Redis;

fn is_well(page: &Value, name: &str) -> bool {
    let checks = page["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name);
    check.unwrap_or_else(|| panic!("no check {name}: {page}"))["ok"] == true
}

fn ready(gateway: &Gateway) -> (u16, Value) {
    let page = gateway.page("/readyz");
    assert_eq!(page.field("content-type"), Some("application/json"));
    (page.status, serde_json::from_slice(&page.body).unwrap())
}

#[test]
fn is_ready_when_everything_is_well() {
    for store in [Store::Embedded, Store::Redis(Redis::start(Kind::Plain))] {
        let application = Application::start();
        let site = Site::new(store, &application);
        let gateway = site.serve();
        let (status, page) = ready(&gateway);
        assert_eq!((status, &page["ready"]), (200, &true.into()));
        for name in ["vault", "keys", "audit", "rules", "identity"] {
            assert!(is_well(&page, name), "{page}");
        }
        assert_eq!(gateway.page("/livez").status, 200);
        assert_eq!(gateway.page("/nothing").status, 404);
    }
}

#[test]
fn is_not_ready_without_its_vault_and_alive_all_the_same() {
    let application = Application::start();
    let mut site = Site::new(Store::Redis(Redis::start(Kind::Plain)), &application);
    let gateway = site.serve();
    for _ in 0..2 {
        let Store::Redis(redis) = &mut site.store else { panic!("redis") };
        redis.kill();
        let page = gateway.until_ready_says("it is not ready", |status, _| status == 503);
        assert!(!is_well(&page, "vault") && is_well(&page, "audit"), "{page}");
        assert_eq!(gateway.page("/livez").status, 200);
        redis.start_again();
        gateway.until_ready_says("it is ready again", |status, _| status == 200);
    }
    // Nobody waits for a note to be on disk.
    let is_state = |event: &&Value| event["event"] == "vault.state";
    until("four states are on record", || {
        (site.journal().iter().filter(is_state).count() >= 4).then_some(())
    });
}

#[test]
fn shows_no_secret() {
    let application = Application::start();
    let redis = Redis::start(Kind::LeastPrivilege);
    let port = redis.port();
    let site = Site::new(Store::Redis(redis), &application);
    let key = site.key("crm", &["support"]);
    let text = fs::read_to_string(site.path("cloakroom.yaml")).unwrap();
    let (from, to) = ("redis://127".to_owned(), format!("redis://cloakroom:{PASSWORD}@127"));
    site.write("cloakroom.yaml", &text.replace(&from, &to));
    let gateway = site.serve();
    let keyring = fs::read_to_string(site.path("keyring.json")).unwrap();
    let hashes = fs::read_to_string(site.path("api-keys.yaml")).unwrap();
    let hash = hashes.split("sha256:").nth(1).unwrap().lines().next().unwrap().to_owned();
    let mut secrets: Vec<&str> = keyring.split('"').filter(|word| word.len() > 40).collect();
    assert!(!secrets.is_empty());
    secrets.extend([PASSWORD, &key, &hash]);
    let mut places: Vec<(String, String)> = ["/config", "/readyz", "/metrics", "/livez"]
        .map(|page| (page.to_owned(), gateway.page(page).text()))
        .to_vec();
    places.push(("log".to_owned(), gateway.log()));
    for (place, text) in &places {
        for secret in &secrets {
            assert!(!text.contains(secret), "{place} shows a secret");
        }
    }
    let config: Value = serde_json::from_slice(&gateway.page("/config").body).unwrap();
    assert!(config["vault"]["redis"]["url"].as_str().unwrap().contains(&port.to_string()));
    assert_eq!(config["limits"]["depth"], 128);
    assert!(config["keys"]["file"].as_str().unwrap().ends_with("keyring.json"));
}

#[test]
fn strangers_names_are_not_answered() {
    let application = Application::start();
    let gateway = Site::new(Store::Embedded, &application).serve();
    let status = |host: &str| {
        let request = format!("GET /config HTTP/1.1\r\n{host}\r\n");
        Caller::operator(gateway.admin).exchange(request.as_bytes()).unwrap().status
    };
    assert_eq!(status(&format!("host: {}\r\n", gateway.admin)), 200);
    assert_eq!(status("host: localhost\r\n"), 200);
    assert_eq!(status("host: rebound.evil.example:8081\r\n"), 421);
    assert_eq!(status(""), 421);
    let posted = Caller::operator(gateway.admin).post("/config", "{}");
    assert_eq!((posted.status, posted.field("allow")), (405, Some("GET, HEAD")));
}

#[test]
fn connections_that_say_nothing_keep_nobody_out() {
    let application = Application::start();
    let gateway = Site::new(Store::Embedded, &application)
        .with("limits: { timeouts: { header: 200ms } }")
        .serve();
    let mut silent: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(gateway.admin).unwrap();
            stream.write_all(b"GET /config HTTP/1.1\r\nhost: ").unwrap();
            stream
        })
        .collect();
    assert_eq!(gateway.page("/livez").status, 200);
    // The deadline ends those that the newer ones have not replaced.
    for stream in &mut silent {
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let ended = stream.read(&mut [0; 100]);
        let gone = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionReset;
        assert!(ended.as_ref().is_ok() || ended.as_ref().is_err_and(gone), "{ended:?}");
    }
    let metrics = gateway.page("/metrics").text();
    assert!(metrics.contains("cloakroom_bound_limit{bound=\"admin_connections\"} 64"), "{metrics}");
}
