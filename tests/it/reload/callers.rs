//! Keys of callers, and of the identity provider.

use crate::harness::application::Application;
use crate::harness::gateway::Gateway;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;
use crate::harness::gateway::until;
use crate::harness::users::Provider;

fn status(gateway: &Gateway, key: &str) -> u16 {
    gateway.caller(key).get("/api/users").status
}

#[test]
fn keys_of_callers_are_taken_and_taken_away_while_running() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let gateway = site.serve();
    // At once after the start, when the gateway may just have read the file.
    let key = site.key("crm", &["support"]);
    until("the key is known", || (status(&gateway, &key) == 200).then_some(()));
    let other = site.key("desk", &["support"]);
    until("the other key is known", || (status(&gateway, &other) == 200).then_some(()));
    site.run(&["keys", "api", "remove", "crm"]).succeeds();
    until("the key is refused", || (status(&gateway, &key) == 401).then_some(()));
    assert_eq!(status(&gateway, &other), 200);
}

#[test]
fn a_bad_file_of_keys_is_refused_and_the_old_keys_stay() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let key = site.key("crm", &["support"]);
    let good = std::fs::read_to_string(site.path("api-keys.yaml")).unwrap();
    let gateway = site.serve();
    // Somebody has put a key where its hash belongs: the message does not repeat it.
    site.write(
        "api-keys.yaml",
        &good.replace("sha256:", "sha1:").replace("name: crm", &format!("name: {key}\n  x: 1")),
    );
    let page = gateway.until_ready_says("the file is refused", |_, found| {
        !found["refused_files"].as_object().unwrap().is_empty()
    });
    let told = page["refused_files"].to_string();
    assert!(told.contains("api-keys.yaml") && !told.contains(&key), "{told}");
    until("the log tells it", || gateway.log().contains("refused").then_some(()));
    assert!(!gateway.log().contains(&key));
    assert_eq!(status(&gateway, &key), 200);
    site.write("api-keys.yaml", &good);
    gateway.until_ready_says("the good file is back", |_, found| {
        found["refused_files"].as_object().unwrap().is_empty()
    });
}

#[test]
fn a_new_key_set_of_the_provider_replaces_the_old_one() {
    let application = Application::start();
    let site = Site::new(Store::Embedded, &application);
    let gateway = site.serve();
    let old = site.provider.token("ada", &["support"]);
    assert_eq!(gateway.person(&old).get("/api/users").status, 200);
    let next = Provider::new();
    site.write("jwks.json", &next.key_set());
    let new = next.token("ada", &["support"]);
    until("the new key set", || {
        (gateway.person(&new).get("/api/users").status == 200).then_some(())
    });
    assert_eq!(gateway.person(&old).get("/api/users").status, 401);
}
