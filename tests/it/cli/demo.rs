//! `demo`, as a newcomer runs it.

use std::io::BufRead;
use std::io::BufReader;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::caller::Caller;
use crate::harness::gateway::run;
use crate::harness::gateway::until;

/// A demo that is killed when the test fails.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_signal_stops_the_demos_gateway_in_order() {
    for signal in ["TERM", "INT"] {
        let folder = TempDir::new().unwrap();
        let data = folder.path().to_str().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_cloakroom"))
            .args(["--json", "demo", "--data", data])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut demo = Demo(child);
        let mut told = String::new();
        BufReader::new(demo.0.stdout.take().unwrap()).read_line(&mut told).unwrap();
        let told: Value = serde_json::from_str(&told).unwrap();
        let gateway = told["gateway"].as_str().unwrap().parse().unwrap();
        let mut caller = Caller::anonymous(gateway).with_key(told["key"].as_str().unwrap());
        let body = r#"{"name":"Bob Brown","email":"bob@example.com","phone":"+44 20 7946 0000"}"#;
        assert_eq!(caller.post("/api/customers", body).status, 201);
        assert!(caller.get("/api/customers").text().contains("bob@example.com"));

        let id = demo.0.id().to_string();
        assert!(
            Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success()
        );
        let status = until("the demo has ended", || demo.0.try_wait().unwrap());
        assert_eq!(status.code(), Some(0));
        let segment = folder.path().join("data/audit/00000000000000000000.jsonl");
        let journal = std::fs::read_to_string(segment).unwrap();
        let last: Value = serde_json::from_str(journal.lines().last().unwrap()).unwrap();
        assert_eq!(last["event"], "stop");
        let config = folder.path().join("cloakroom.yaml");
        run(&["--config", config.to_str().unwrap(), "audit", "verify"]).succeeds();
    }
}

/// Runs `demo --once` without a folder of its own, with its temporary files here.
fn once(temporary: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloakroom"));
    command.args(["demo", "--once"]).env("TMPDIR", temporary.path()).stdin(Stdio::null());
    command
}

fn names(folder: &TempDir) -> Vec<std::ffi::OsString> {
    std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect()
}

#[test]
fn nothing_of_a_demo_without_a_folder_stays() {
    let temporary = TempDir::new().unwrap();
    let done = once(&temporary).output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert_eq!(names(&temporary), Vec::<std::ffi::OsString>::new());

    // Also when it is stopped in the middle.
    let child = once(&temporary).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut demo = Demo(child);
    until("it has begun", || (!names(&temporary).is_empty()).then_some(()));
    let id = demo.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    until("it has ended", || demo.0.try_wait().unwrap());
    assert_eq!(names(&temporary), Vec::<std::ffi::OsString>::new());
}
