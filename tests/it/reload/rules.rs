//! Rules and policies.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::harness::application::Application;
use crate::harness::caller::Caller;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::POLICIES;
use crate::harness::gateway::RULES;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;

/// Also the nickname is personal data.
fn with_nick() -> String {
    let more = RULES.replace("$.company: company }", "$.company: company, $.nick: name }");
    assert_ne!(more, RULES);
    more
}

const BODY: &str = r#"{"id":"r","name":"Ada","nick":"Countess"}"#;

fn generation(page: &Value) -> &str {
    let checks = page["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == "rules").unwrap()["detail"].as_str().unwrap()
}

/// Whether the application gets nicknames as tokens.
fn hides_nicks(gateway: &Gateway, application: &Application) -> bool {
    assert_eq!(gateway.anonymous().post("/api/users", BODY).status, 201);
    !application.record("r").unwrap().contains("Countess")
}

#[test]
fn new_rules_are_taken_while_running() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let gateway = site.serve();
    assert!(!hides_nicks(&gateway, &application));
    site.write("rules/rules.yaml", &with_nick());
    until("the new rules", || hides_nicks(&gateway, &application).then_some(()));
    // Files that come and go count like files that change.
    fs::remove_file(site.path("rules/rules.yaml")).unwrap();
    site.write("rules/other-name.yaml", RULES);
    until("the old rules", || (!hides_nicks(&gateway, &application)).then_some(()));
    let events: Vec<Value> = site.journal();
    assert!(events.iter().any(|event| event["event"].as_str().unwrap().contains("rules")));
}

#[test]
fn a_hangup_is_a_hint_and_not_the_end() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let mut gateway = site.serve();
    gateway.signal("HUP");
    assert!(!hides_nicks(&gateway, &application));
    site.write("rules/rules.yaml", &with_nick());
    gateway.signal("HUP");
    until("the new rules", || hides_nicks(&gateway, &application).then_some(()));
    assert!(gateway.stop().success());
}

#[test]
fn new_policies_are_taken_while_running() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let support = site.key("helpdesk", &["support"]);
    let gateway = site.serve();
    let mut desk = gateway.caller(&support);
    assert_eq!(desk.post("/api/users", BODY).text(), BODY);
    site.write("rules/policies.cedar", "@id(\"nobody\") forbid (principal, action, resource);");
    until("nothing is shown", || (!desk.get("/api/users/r").text().contains("Ada")).then_some(()));
    site.write("rules/policies.cedar", POLICIES);
    until("all is shown", || desk.get("/api/users/r").text().contains("Ada").then_some(()));
}

#[test]
fn a_bad_set_is_refused_whole_and_told_and_the_old_one_stays() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let support = site.key("helpdesk", &["support"]);
    let gateway = site.serve();
    let mut desk = gateway.caller(&support);
    let bad_policy =
        format!("{POLICIES}\npermit (principal, action == Action::\"paint\", resource);");
    let bad = [
        ("rules/rules.yaml", with_nick().replace("$.nick: name", "$.nick: nmae")),
        ("rules/rules.yaml", String::from("routes: [")),
        ("rules/policies.cedar", bad_policy),
        ("rules/more.yml", String::from("classes: {}")),
    ];
    for (file, text) in &bad {
        let before = gateway.log().len();
        site.write(file, text);
        let page = gateway.until_ready_says("the files are refused", |_, found| {
            !found["refused_files"].as_object().unwrap().is_empty()
        });
        // The mistakes are told with their place, and the gateway is ready all the same.
        let told = page["refused_files"].to_string();
        assert!(told.contains(file.rsplit('/').next().unwrap()), "{told}");
        assert_eq!(page["ready"], true);
        until("the log tells it", || gateway.log()[before..].contains("refused").then_some(()));
        assert_eq!(desk.post("/api/users", BODY).text(), BODY);
        let held = application.record("r").unwrap();
        assert!(held.contains("Countess") && !held.contains("Ada"), "{held}");

        match *file {
            "rules/rules.yaml" => site.write(file, RULES),
            "rules/policies.cedar" => site.write(file, POLICIES),
            other => fs::remove_file(site.path(other)).unwrap(),
        }
        gateway.until_ready_says("the good files are back", |_, found| {
            found["refused_files"].as_object().unwrap().is_empty()
        });
    }
    let page = String::from_utf8(gateway.page("/metrics").body).unwrap();
    let refused = page.lines().find(|line| {
        line.starts_with("cloakroom_reloads_total")
            && line.contains("rules")
            && line.contains("refused")
    });
    assert_eq!(refused.unwrap().rsplit(' ').next(), Some("4"), "{refused:?}");
}

/// Saved by mistake, such a file would have let everything pass in clear.
#[test]
fn files_that_leave_no_rule_are_refused_and_fewer_rules_are_told() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let gateway = site.serve();
    let classes = RULES.split("routes:").next().unwrap();
    site.write("rules/rules.yaml", &format!("{classes}routes: []\n"));
    gateway.until_ready_says("the files are refused", |_, found| {
        found["refused_files"].to_string().contains("nothing would be protected")
    });
    assert_eq!(gateway.anonymous().post("/api/users", BODY).status, 201);
    assert!(!application.record("r").unwrap().contains("Ada"));
    site.write("rules/rules.yaml", &with_nick());
    until("the new rules", || hides_nicks(&gateway, &application).then_some(()));
    site.write("rules/rules.yaml", RULES);
    until("it is told", || gateway.log().contains("fewer rules than before").then_some(()));
}

#[test]
fn a_class_that_takes_anothers_code_is_refused_while_running() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let with = |class: &str| RULES.replace("  company: {}", &format!("  company: {{}}\n  {class}"));
    site.write("rules/rules.yaml", &with("badge: { code: \"0a\" }"));
    let gateway = site.serve();
    site.write("rules/rules.yaml", &with("medal: { code: \"0a\" }"));
    let page = gateway.until_ready_says("the files are refused", |_, found| {
        !found["refused_files"].as_object().unwrap().is_empty()
    });
    assert!(page.to_string().contains("medal"), "{page}");
}

#[test]
fn a_volume_of_kubernetes_is_followed_through_its_swaps() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let version = |name: &str, rules: &str| {
        let folder = site.path(&format!("rules/{name}"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("rules.yaml"), rules).unwrap();
        fs::write(folder.join("policies.cedar"), POLICIES).unwrap();
    };
    // As the kubelet does: a folder for each version, a link to it, and a rename over the link.
    let swap = |name: &str| {
        symlink(name, site.path("rules/..data_tmp")).unwrap();
        fs::rename(site.path("rules/..data_tmp"), site.path("rules/..data")).unwrap();
    };
    for file in ["rules.yaml", "policies.cedar"] {
        fs::remove_file(site.path(&format!("rules/{file}"))).unwrap();
        symlink(format!("..data/{file}"), site.path(&format!("rules/{file}"))).unwrap();
    }
    version("..v1", RULES);
    swap("..v1");
    let gateway = site.serve();
    assert!(!hides_nicks(&gateway, &application));
    for round in 2..5 {
        let (name, hides) = (format!("..v{round}"), round % 2 == 0);
        version(&name, &if hides { with_nick() } else { RULES.to_owned() });
        swap(&name);
        fs::remove_dir_all(site.path(&format!("rules/..v{}", round - 1))).unwrap();
        until("the new version", || (hides_nicks(&gateway, &application) == hides).then_some(()));
    }
}

#[test]
fn an_exchange_keeps_the_generation_it_began_with() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let support = site.key("helpdesk", &["support"]);
    let gateway = site.serve();
    application.hold();
    let (address, key) = (gateway.address, support.clone());
    let open = std::thread::spawn(move || {
        Caller::anonymous(address).with_key(&key).post("/api/users", BODY)
    });
    application.wait_for_held(1);
    let before = gateway.until_ready_says("anything", |_, _| true);
    site.write("rules/rules.yaml", &with_nick());
    site.write("rules/policies.cedar", "@id(\"nobody\") forbid (principal, action, resource);");
    gateway.until_ready_says("a new generation", |_, page| generation(page) != generation(&before));
    application.release();
    // Its answer is shown under the policies that its request was sent under.
    assert_eq!(open.join().unwrap().text(), BODY);
    until("the policy is in force", || {
        (!gateway.caller(&support).get("/api/users/r").text().contains("Ada")).then_some(())
    });
}
