//! `audit`: the journal, checked without the gateway.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::harness::application::Application;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::users::User;

/// A journal with some reveals in it, and its first segment.
fn journal() -> (Site, PathBuf, usize) {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let support = site.key("helpdesk", &["support"]);
    let mut gateway = site.serve();
    let mut desk = gateway.caller(&support);
    for number in 0..5 {
        assert_eq!(desk.post("/api/users", &User::new(number).body()).status, 201);
    }
    assert!(gateway.stop().success());
    let segment = site.path("audit/00000000000000000000.jsonl");
    let lines = fs::read_to_string(&segment).unwrap().lines().count();
    assert!(lines >= 12, "{lines}");
    (site, segment, lines)
}

fn with_lines<'a>(text: &'a str, change: impl FnOnce(&mut Vec<&'a str>)) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    change(&mut lines);
    lines.join("\n") + "\n"
}

#[test]
fn verify_finds_a_whole_journal_whole_with_the_public_key_alone() {
    let (site, _segment, lines) = journal();
    let ran = site.run(&["audit", "verify"]);
    ran.succeeds();
    assert!(ran.out.contains(&format!("{lines} events, {lines} of them signed")), "{ran:?}");
    let json = site.run(&["--json", "audit", "verify"]).json();
    assert_eq!(json["events"], lines);

    let shown = site.run(&["--json", "keys", "show"]).json();
    let key = shown["audit_key"].as_str().unwrap();
    let path = site.path("audit");
    let words = ["audit", "verify", "--path", path.to_str().unwrap(), "--key", key];
    let offline = crate::harness::gateway::run(&words);
    offline.succeeds();
    fs::remove_file(site.path("keyring.json")).unwrap();
    assert_eq!(site.run(&["audit", "verify"]).code, 3);
    site.run(&["audit", "verify", "--key", key]).succeeds();
}

#[test]
fn verify_names_a_changed_removed_or_reordered_line() {
    let (site, segment, lines) = journal();
    let text = fs::read_to_string(&segment).unwrap();
    let reveal = text.lines().position(|line| line.contains("reveal.intent")).unwrap();
    let named = |number: usize, changed: &str| {
        fs::write(&segment, changed).unwrap();
        let ran = site.run(&["audit", "verify"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        let place = format!("00000000000000000000.jsonl:{number}:");
        assert!(ran.out.contains(&place), "{place} {ran:?}");
        let json = site.run(&["--json", "audit", "verify"]);
        assert_eq!(json.code, 1);
        assert!(json.json()["fault"].as_str().unwrap().contains(&place));
    };
    let line = text.lines().nth(reveal).unwrap();
    let changed = line.replace("helpdesk", "somebody");
    named(reveal + 1, &text.replacen(line, &changed, 1));
    named(reveal + 1, &text.replacen(&format!("{line}\n"), "", 1));
    named(3, &with_lines(&text, |lines| lines.swap(2, 3)));
    named(5, &with_lines(&text, |lines| lines.insert(4, line)));
    fs::write(&segment, with_lines(&text, |lines| lines.truncate(4))).unwrap();
    assert_eq!(site.run(&["audit", "verify"]).code, 1);
    // A gateway does not go on from such a journal.
    let ran = site.run(&["serve"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("journal") || ran.err.contains("audit"), "{ran:?}");
    fs::write(&segment, &text).unwrap();
    site.run(&["audit", "verify"]).succeeds();
    assert_eq!(lines, text.lines().count());
}

#[test]
fn prove_gives_a_line_and_its_proof() {
    let (site, segment, lines) = journal();
    let text = fs::read_to_string(&segment).unwrap();
    let ran = site.run(&["--json", "audit", "prove", "--event", "2"]);
    ran.succeeds();
    assert_eq!(ran.json()["line"].as_str().unwrap().trim_end(), text.lines().nth(2).unwrap());
    let line: Value = serde_json::from_str(text.lines().nth(2).unwrap()).unwrap();
    assert_eq!(line["seq"], 2);
    let none = site.run(&["audit", "prove", "--event", &lines.to_string()]);
    assert_eq!(none.code, 1, "{none:?}");
}

#[test]
fn a_checkpoint_kept_elsewhere_must_be_part_of_the_journal() {
    let (site, _segment, _lines) = journal();
    let kept = site.path("kept");
    fs::copy(site.path("audit/checkpoint"), &kept).unwrap();
    site.run(&["audit", "verify", "--trust", kept.to_str().unwrap()]).succeeds();
    let (other, ..) = journal();
    let ran = other.run(&["audit", "verify", "--trust", kept.to_str().unwrap()]);
    assert_eq!(ran.code, 1, "{ran:?}");
}

#[test]
fn a_journal_keeps_the_name_it_was_begun_with() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let plain = fs::read_to_string(site.path("cloakroom.yaml")).unwrap();
    // As an earlier version, or another host, began it.
    let begun = plain.replace("audit: { path: audit }", "audit: { path: audit, origin: a/b/c }");
    site.write("cloakroom.yaml", &begun);
    assert!(site.serve().stop().success());
    site.write("cloakroom.yaml", &plain);
    assert!(site.serve().stop().success());
    site.run(&["audit", "verify"]).succeeds();
    assert!(fs::read_to_string(site.path("audit/checkpoint")).unwrap().starts_with("a/b/c\n"));

    // A new one has the name of its host.
    fs::rename(site.path("audit"), site.path("old")).unwrap();
    assert!(site.serve().stop().success());
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let host = host.trim().replace(|c: char| !(c.is_ascii_alphanumeric() || c == '.'), "-");
    let checkpoint = fs::read_to_string(site.path("audit/checkpoint")).unwrap();
    assert_eq!(checkpoint.lines().next(), Some(format!("cloakroom/default/{host}").as_str()));
    // Two names are a mistake, and told.
    site.write("cloakroom.yaml", &begun);
    for command in ["serve", "check"] {
        let ran = site.run(&[command]);
        assert!(
            ran.code != 0 && ran.err.contains("the `audit.origin` that it was begun"),
            "{ran:?}"
        );
    }
}
