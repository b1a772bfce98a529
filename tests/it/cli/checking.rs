//! `check` and `test`, and what all commands share.

use std::fs;

use crate::harness::application::Application;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::run;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;

const CASE: &str = "# A name becomes a token.\n--- client sends\nPOST /api/users HTTP/1.1\ncontent-type: application/json\n\n\
                    {\"id\":\"1\",\"name\":\"Ada\"}\n--- upstream sees\nPOST /api/users HTTP/1.1\n\n\
                    {\"id\":\"1\",\"name\":\"{{token:name:Ada}}\"}\n";

#[test]
fn unknown_words_are_a_matter_of_usage() {
    for words in [&["paint"][..], &[], &["serve", "--fast"], &["keys"], &["audit", "prove"]] {
        let ran = run(words);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.out.is_empty() && ran.err.contains("Usage"), "{ran:?}");
    }
    for words in [&["--help"][..], &["--version"], &["help", "keys"]] {
        let ran = run(words);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    }
}

#[test]
fn a_configuration_that_is_not_there_could_not_run() {
    for words in
        [&["serve"][..], &["test"], &["keys", "init"], &["keys", "show"], &["audit", "verify"]]
    {
        let plain = run(&[&["--config", "/nowhere/cloakroom.yaml"], words].concat());
        assert_eq!(plain.code, 3, "{plain:?}");
        assert!(plain.err.contains("/nowhere/cloakroom.yaml"), "{plain:?}");
        let json = run(&[&["--json", "--config", "/nowhere/cloakroom.yaml"], words].concat());
        assert_eq!((json.code, json.err.as_str()), (3, ""), "{json:?}");
        assert!(json.json()["error"].as_str().unwrap().contains("/nowhere/cloakroom.yaml"));
    }
    assert_eq!(run(&["--config", "/nowhere/cloakroom.yaml", "check"]).code, 1);
}

#[test]
fn check_has_nothing_to_say_against_a_good_set() {
    for store in [Store::Embedded, Store::Redis(Redis::start(Kind::Plain))] {
        let application = Application::start();
        let site = Site::new(store, &application);
        site.write("rules/name.case", CASE);
        let ran = site.run(&["check"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let json = site.run(&["--json", "check"]);
        assert_eq!((json.code, &json.json()["errors"]), (0, &serde_json::json!(0)));
        let json = json.json();
        let notes: Vec<_> = json["found"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|each| each["severity"] == "note")
            .collect();
        assert_eq!((notes.len(), &notes[0]["text"]), (1, &"users".into()), "{notes:?}");
        let hint = notes[0]["hint"].as_str().unwrap();
        assert!(hint.contains("`body_format: [json, form]`"), "{hint}");
        assert!(site.run(&["check", "--files-only"]).code == 0);
    }
}

#[test]
fn check_tells_all_mistakes_at_once_with_their_places() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let rules = fs::read_to_string(site.path("rules/rules.yaml")).unwrap();
    site.write(
        "rules/rules.yaml",
        &rules
            .replace("$.email: email", "$.email: emial")
            .replace("subject: $.id", "subjetc: $.id"),
    );
    site.write(
        "rules/policies.cedar",
        "permit (principal, action == Action::\"revael\", resource);",
    );
    site.write("api-keys.yaml", "- name: 7\n");
    let ran = site.run(&["--json", "check"]);
    assert_eq!(ran.code, 1);
    let found = ran.json();
    let found = found["found"].as_array().unwrap();
    let errors: Vec<_> = found.iter().filter(|each| each["severity"] == "error").collect();
    for (file, text) in [("rules.yaml", "emial"), ("rules.yaml", "subjetc"), ("api-keys.yaml", "")]
    {
        let told = errors.iter().any(|each| {
            each["file"].as_str().unwrap().ends_with(file)
                && each["line"].as_u64().unwrap() > 0
                && each.to_string().contains(text)
        });
        assert!(told, "{file} {text}: {errors:#?}");
    }
    let plain = site.run(&["check"]);
    assert!(plain.err.contains("rules.yaml:") && plain.err.contains("api-keys.yaml:"), "{plain:?}");

    site.write("rules/rules.yaml", &rules);
    let ran = site.run(&["check"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("policies.cedar:1:") && ran.err.contains("revael"), "{ran:?}");
}

#[test]
fn check_tells_mistakes_of_the_configuration_itself() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application)
        .with("limits: { body_bytes: 3MB, bodies: 3 }\nlisten: 127.0.0.1:0");
    let ran = site.run(&["check"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for text in ["3MB", "bodies", "listen"] {
        assert!(ran.err.contains(text), "{text}: {ran:?}");
    }
    let ran = site.run(&["serve"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("3MB") && ran.err.contains("bodies"), "{ran:?}");
}

#[test]
fn check_tells_what_is_out_of_reach_as_a_warning() {
    let site = {
        let application = Application::start();
        Site::new(Store::Embedded, &application)
    };
    // The listener of the application ends with it; until then the port is taken.
    let ran = crate::harness::gateway::until("nobody listens", || {
        let ran = site.run(&["check"]);
        ran.err.contains("does not accept connections").then_some(ran)
    });
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn check_looks_for_the_keyring() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    fs::remove_file(site.path("keyring.json")).unwrap();
    let ran = site.run(&["check"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("keyring.json") && ran.err.contains("keys init"), "{ran:?}");
}

#[test]
fn check_and_test_run_the_cases() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    site.write("rules/name.case", CASE);
    let ran = site.run(&["test"]);
    ran.succeeds();
    assert!(ran.out.contains("A name becomes a token.") && ran.out.contains("1 passed, 0 failed"));

    site.write("rules/wrong.case", &CASE.replace("{{token:name:Ada}}", "Ada"));
    let ran = site.run(&["test"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("FAIL") && ran.err.contains("wrong.case:2"), "{ran:?}");
    let json = site.run(&["--json", "test"]).json();
    assert_eq!((&json["passed"], &json["failed"]), (&1.into(), &1.into()));
    assert_eq!(site.run(&["check"]).code, 1);
    let one = site.path("rules/name.case");
    site.run(&["test", one.to_str().unwrap()]).succeeds();
    assert_eq!(site.run(&["test", "/nowhere.case"]).code, 3);
    // Neither leaves anything in the vault or the journal of the configuration.
    assert!(!site.path("audit").exists());
}

#[test]
fn check_leaves_no_mark_on_the_vault() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    site.run(&["check"]).succeeds();
    assert!(!site.path("vault").exists());

    // Who checks with another keyring first does not bind the vault to it.
    let site = Site::new(Store::Redis(Redis::start(Kind::Plain)), &application);
    site.run(&["check"]).succeeds();
    fs::remove_file(site.path("keyring.json")).unwrap();
    site.run(&["keys", "init"]).succeeds();
    assert!(site.serve().stop().success());
    site.run(&["check"]).succeeds();
}

#[test]
fn a_file_of_api_keys_that_others_could_change_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    site.key("helpdesk", &["support"]);
    for (mode, code) in [(0o600, 0), (0o440, 0), (0o644, 0), (0o664, 1), (0o602, 1)] {
        let file = site.path("api-keys.yaml");
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let ran = site.run(&["check", "--files-only"]);
        assert_eq!(ran.code, code, "{mode:o} {ran:?}");
        assert_eq!(ran.err.contains("others could change it"), code == 1, "{ran:?}");
    }
}
