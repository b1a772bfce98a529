//! What the program says when it cannot start: the place, the reason and what to do, each once.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use crate::harness::application::Application;
use crate::harness::gateway::Ran;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::users::User;

const SEGMENT: &str = "audit/00000000000000000000.jsonl";

fn site() -> Site {
    Site::new(Store::Embedded, &Application::start())
}

/// Serves a configuration in which this stands in the place of that.
fn serve(site: &Site, this: &str, that: &str) -> Ran {
    serve_as(site, this, that, "serve")
}

fn serve_as(site: &Site, this: &str, that: &str, command: &str) -> Ran {
    let text = fs::read_to_string(site.path("cloakroom.yaml")).unwrap();
    assert!(text.contains(this), "{text}");
    site.write("broken.yaml", &text.replacen(this, that, 1));
    site.run_on("broken.yaml", &[command])
}

/// It could not start, names the place once, and says nothing twice.
#[track_caller]
fn names_once(ran: &Ran, place: &str) {
    assert_eq!(ran.code, 3, "{ran:?}");
    let error = ran.err.lines().find(|line| line.starts_with("error: ")).unwrap_or(&ran.err);
    assert_eq!(error.matches(place).count(), 1, "{place} in {error}");
    let parts: Vec<&str> = error.split(": ").filter(|part| part.len() > 6).collect();
    for (number, part) in parts.iter().enumerate() {
        assert!(!parts[number + 1..].contains(part), "twice `{part}` in {error}");
    }
}

#[test]
fn an_address_that_is_taken_is_named() {
    let (site, taken) = (site(), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = taken.local_addr().unwrap().to_string();
    names_once(&serve(&site, "listen: 127.0.0.1:0", &format!("listen: {address}")), &address);
    let admin = format!("admin: {{ listen: {address}");
    names_once(&serve(&site, "admin: { listen: 127.0.0.1:0", &admin), &address);
}

#[test]
fn an_access_log_that_cannot_be_written_is_named() {
    let site = site();
    let log = site.path("nowhere/access.log").display().to_string();
    let ran = serve(&site, "access_log: stdout", "access_log: { path: nowhere/access.log }");
    names_once(&ran, &log);
    let ran = site.run_on("broken.yaml", &["check"]);
    assert!(ran.code == 1 && ran.err.contains(&log), "{ran:?}");
}

#[test]
fn a_redis_that_is_not_there_is_named_without_its_password() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("redis: {{ url: \"redis://user:s3cret@{closed}\" }}");
    let site = site();
    for command in ["serve", "check"] {
        let ran = serve_as(&site, "embedded: { path: vault }", &url, command);
        assert!(ran.err.contains(&format!("{closed}: redis: Connection refused")), "{ran:?}");
        assert!(!ran.err.contains("s3cret"), "{ran:?}");
    }
}

#[test]
fn an_access_log_that_everybody_could_read_is_made_private() {
    let site = site();
    site.write("access.log", "");
    fs::set_permissions(site.path("access.log"), fs::Permissions::from_mode(0o644)).unwrap();
    let text = fs::read_to_string(site.path("cloakroom.yaml")).unwrap();
    site.write(
        "cloakroom.yaml",
        &text.replace("access_log: stdout", "access_log: { path: access.log }"),
    );
    let mut gateway = site.serve();
    assert_eq!(fs::metadata(site.path("access.log")).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(gateway.log().contains("had mode 0644 and has 0640 now"), "{}", gateway.log());
    // A method that nobody registered is written by whoever sends it.
    let methods = ["GET", "ALICE-EXAMPLE.COM"];
    for method in methods {
        drop(gateway.anonymous().try_ask(method, "/api/users", b""));
    }
    assert!(gateway.stop().success());
    let lines = fs::read_to_string(site.path("access.log")).unwrap();
    assert!(lines.contains("\"method\":\"other\"") && !lines.contains("ALICE"), "{lines}");
}

#[test]
fn a_keyring_that_is_not_there_or_not_private_is_named() {
    let site = site();
    let keyring = site.path("keyring.json");
    let name = keyring.display().to_string();
    fs::set_permissions(&keyring, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = site.run(&["serve"]);
    assert!(ran.code == 3 && ran.err.contains(&format!("`chmod 600 {name}`")), "{ran:?}");
    let ran = site.run(&["check"]);
    assert!(ran.err.contains("chmod 600") && !ran.err.contains("keys init"), "{ran:?}");
    fs::remove_file(&keyring).unwrap();
    names_once(&site.run(&["serve"]), &name);
    let ran = site.run(&["check"]);
    assert!(ran.err.contains("there is no keyring") && ran.err.contains("keys init"), "{ran:?}");
}

#[test]
fn a_vault_or_a_journal_in_the_place_of_a_file_is_named() {
    let site = site();
    fs::remove_dir_all(site.path("vault")).unwrap_or_default();
    site.write("vault", "a file");
    names_once(&site.run(&["serve"]), &site.path("vault").display().to_string());
    fs::remove_file(site.path("vault")).unwrap();
    site.write("audit", "a file");
    names_once(&site.run(&["serve"]), &site.path("audit").display().to_string());
}

#[test]
fn a_damaged_journal_is_named_with_its_line_and_what_to_do() {
    let (application, mut site) = (Application::start(), None);
    let site = site.insert(Site::new(Store::Embedded, &application));
    let mut gateway = site.serve();
    for number in 0..3 {
        assert_eq!(gateway.anonymous().post("/api/users", &User::new(number).body()).status, 201);
    }
    assert!(gateway.stop().success());
    site.run(&["check"]);
    let text = fs::read_to_string(site.path(SEGMENT)).unwrap();
    let line = text.lines().nth(1).unwrap();
    fs::write(site.path(SEGMENT), text.replacen(line, &line.replace("POST", "PUT_"), 1)).unwrap();

    let folder = site.path("audit").display().to_string();
    let accept = ["audit", "accept", "--reason", "ticket 4711"];
    names_once(&site.run(&["serve"]), &folder);
    names_once(&site.run(&accept), &folder);
    let check = site.run(&["check"]);
    assert_eq!(check.code, 1, "{check:?}");
    for ran in [site.run(&["serve"]), site.run(&accept), check] {
        let place = "00000000000000000000.jsonl:2:";
        assert!(ran.err.contains(place) && ran.err.contains("move the folder away"), "{ran:?}");
    }

    // As it says: moved away, and accepted.
    fs::rename(site.path("audit"), site.path("evidence")).unwrap();
    for nothing in ["", "  \t"] {
        let ran = site.run(&["audit", "accept", "--reason", nothing]);
        assert!(ran.code == 2 && ran.err.contains("say why"), "{ran:?}");
    }
    let accepted = site.run(&accept);
    accepted.succeeds();
    assert!(accepted.out.contains("accepted"), "{accepted:?}");
    assert!(site.serve().stop().success());
}

#[test]
fn wrong_uses_name_what_they_are_about() {
    let site = site();
    for (words, code, wanted) in [
        (&["audit", "verify"][..], 3, "audit: no journal"),
        (&["audit", "prove", "--event", "1"], 3, "audit: no journal"),
        (&["audit", "verify", "--path", "rules", "--key", "x"], 3, "--key is no public key"),
        (&["audit", "accept", "--reason", "x"], 3, "vault: there is no vault yet"),
        (&["keys", "api", "remove", "nobody"], 3, "api-keys.yaml: there is no key with this name"),
        (&["keys", "api", "list"], 0, "no keys in "),
        (&["test"], 0, "no cases in "),
        (&["explain", "/dev/null"], 3, "/dev/null: there is nothing in it"),
        (&["explain", "nowhere"], 3, "cannot read nowhere: No such file"),
    ] {
        let ran = site.run(words);
        assert_eq!(ran.code, code, "{words:?} {ran:?}");
        assert!(ran.err.contains(wanted) || ran.out.contains(wanted), "{words:?} {ran:?}");
    }
    assert!(!site.path("audit").exists() && !site.path("vault").exists());
    let rules = site.path("rules").display().to_string();
    let ran = site.run(&["demo", "--data", &rules]);
    assert!(ran.code == 3 && ran.err.contains("is not empty"), "{ran:?}");
    assert!(!site.path("rules/shop").exists(), "something was made in it");
}
