//! `serve`: starting, refusing to start, stopping.

use std::fs;
use std::net::TcpListener;
use std::net::TcpStream;

use serde_json::Value;

use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;
use crate::harness::users::User;

#[test]
fn a_signal_lets_open_exchanges_end_and_then_the_process() {
    for signal in ["TERM", "INT"] {
        let application = Application::start();
        let site = Site::new(Store::Embedded, &application);
        let mut gateway = site.serve();
        application.hold();
        let user = User::new(1);
        let (address, body) = (gateway.address, user.body());
        let open = std::thread::spawn(move || Caller::anonymous(address).post("/api/users", &body));
        application.wait_for_held(1);
        gateway.signal(signal);
        gateway.until_ready_says("it drains", |status, found| {
            status == 503 && found["draining"] == true
        });
        until("the sockets are closed", || TcpStream::connect(address).is_err().then_some(()));
        application.release();
        let answer = open.join().unwrap();
        assert_eq!((answer.status, answer.field("connection")), (201, Some("close")));
        assert_eq!(gateway.ended().code(), Some(0));
        site.run(&["audit", "verify"]).succeeds();
        let last = site.journal().pop().unwrap();
        assert_eq!(last["event"], "stop");
    }
}

#[test]
fn a_second_signal_ends_it_now() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let mut gateway = site.serve();
    application.hold();
    let (address, body) = (gateway.address, User::new(1).body());
    let open = std::thread::spawn(move || {
        Caller::anonymous(address).try_ask("POST", "/api/users", body.as_bytes())
    });
    application.wait_for_held(1);
    gateway.signal("TERM");
    gateway.until_ready_says("it drains", |_, found| found["draining"] == true);
    gateway.signal("TERM");
    assert_eq!(gateway.ended().code(), Some(0));
    assert!(open.join().unwrap().is_err());
}

#[test]
fn the_ready_line_names_the_ports_it_got() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let gateway = site.serve();
    assert_ne!(gateway.address.port(), 0);
    assert_eq!(gateway.anonymous().get("/api/users").text(), "[]");
    assert_eq!(gateway.page("/livez").status, 200);
}

#[test]
fn a_second_gateway_on_one_embedded_vault_is_refused() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    site.configuration("second.yaml", "audit-2");
    let gateway = site.serve();
    let ran = site.run_on("second.yaml", &["serve"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("another process") && ran.err.contains("redis"), "{ran:?}");
    assert_eq!(gateway.anonymous().post("/api/users", &User::new(1).body()).status, 201);
}

#[test]
fn a_second_gateway_on_one_journal_is_refused() {
    let application = Application::start();
    let site = Site::new(Store::Redis(Redis::start(Kind::Plain)), &application);
    let _gateway = site.serve();
    let ran = site.run(&["serve"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("audit") || ran.err.contains("journal"), "{ran:?}");
}

#[test]
fn refuses_a_vault_of_another_keyring() {
    for store in [Store::Embedded, Store::Redis(Redis::start(Kind::Plain))] {
        let application = Application::start();
        let site = Site::new(store, &application);
        assert!(site.serve().stop().success());
        let first = site.run(&["--json", "keys", "show"]).json();
        fs::rename(site.path("keyring.json"), site.path("keyring.old")).unwrap();
        site.run(&["keys", "init"]).succeeds();
        fs::remove_dir_all(site.path("audit")).unwrap();
        let second = site.run(&["--json", "keys", "show"]).json();
        let ran = site.run(&["serve"]);
        assert_eq!(ran.code, 3);
        for shown in [first, second] {
            assert!(ran.err.contains(shown["fingerprint"].as_str().unwrap()), "{ran:?}");
        }
        let ran = site.run(&["check"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        fs::remove_dir_all(site.path("audit")).unwrap();
        fs::rename(site.path("keyring.old"), site.path("keyring.json")).unwrap();
        assert!(site.serve().stop().success());
    }
}

#[test]
fn refuses_a_class_whose_code_was_another_classs() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let rules = fs::read_to_string(site.path("rules/rules.yaml")).unwrap();
    let with = |class: &str| rules.replace("  company: {}", &format!("  company: {{}}\n  {class}"));
    site.write("rules/rules.yaml", &with("badge: { code: \"0a\" }"));
    assert!(site.serve().stop().success());
    site.write("rules/rules.yaml", &with("medal: { code: \"0a\" }"));
    let ran = site.run(&["serve"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("medal") && ran.err.contains("badge"), "{ran:?}");
}

#[test]
fn a_vault_out_of_reach_is_told_at_the_start() {
    let mut redis = Redis::start(Kind::Plain);
    redis.kill();
    let site = Site::new(Store::Redis(redis), &Application::start());
    let ran = site.run(&["serve"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("vault") && ran.err.contains("redis"), "{ran:?}");
    assert!(!ran.out.contains("ready"));
}

#[test]
fn a_port_that_is_taken_is_told() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let text = fs::read_to_string(site.path("cloakroom.yaml")).unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    site.write("cloakroom.yaml", &text.replacen("127.0.0.1:0", &address, 1));
    let ran = site.run(&["serve"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains(&format!("cannot listen on {address}")), "{ran:?}");
}

#[test]
fn log_and_access_log_are_json_without_queries() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let mut gateway = site.serve();
    let target = "/api/users?email=log%40canary.example&x=canary-query";
    assert_eq!(gateway.anonymous().get(target).status, 200);
    assert!(gateway.stop().success());
    let text = until("the access line", || {
        let text = String::from_utf8(gateway.out()).unwrap();
        text.contains("\"method\"").then_some(text)
    });
    let line = text.lines().find(|line| line.contains("\"method\"")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!((&line["method"], &line["status"]), (&"GET".into(), &200.into()));
    assert_eq!((&line["route"], &line["path"]), (&"users".into(), &"/api/users/**".into()));
    assert!(!text.contains("canary") && !gateway.log().contains("canary"));
    for line in gateway.log().lines() {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_keeps_its_memory_and_its_logs_to_itself() {
    use std::os::unix::fs::PermissionsExt;
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let text = fs::read_to_string(site.path("cloakroom.yaml")).unwrap();
    let log = "access_log: { path: access.log }";
    site.write("cloakroom.yaml", &text.replacen("access_log: stdout", log, 1));
    let gateway = site.serve();
    let limits = fs::read_to_string(format!("/proc/{}/limits", gateway.process())).unwrap();
    let limit = |name: &str| -> Vec<&str> {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().take(2).collect()
    };
    assert_eq!(limit("Max core file size"), ["0", "0"]);
    let files = limit("Max open files");
    assert_eq!(files[0], files[1]);
    let mode = fs::metadata(site.path("access.log")).unwrap().permissions().mode();
    assert_eq!(mode & 0o027, 0, "{mode:o}");
    let said = String::from_utf8(gateway.err()).unwrap();
    assert!(said.contains("\"descriptors\":"), "{said}");
}
