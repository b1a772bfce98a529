//! `keys`: the keyring, and the keys of callers.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::harness::application::Application;
use crate::harness::gateway::Site;
use crate::harness::gateway::Store;

fn site() -> Site {
    Site::new(Store::Embedded, &Application::start())
}

#[test]
fn init_makes_a_private_keyring_and_never_overwrites_one() {
    let site = site();
    let before = fs::read(site.path("keyring.json")).unwrap();
    let again = site.run(&["keys", "init"]);
    assert_eq!(again.code, 3, "{again:?}");
    assert!(again.err.contains("never overwritten"), "{again:?}");
    assert_eq!(fs::read(site.path("keyring.json")).unwrap(), before);
    assert_eq!(
        fs::metadata(site.path("keyring.json")).unwrap().permissions().mode() & 0o777,
        0o600
    );

    fs::remove_file(site.path("keyring.json")).unwrap();
    let made = site.run(&["--json", "keys", "init"]);
    made.succeeds();
    let (made, shown) = (made.json(), site.run(&["--json", "keys", "show"]).json());
    assert_eq!(made["fingerprint"], shown["fingerprint"]);
    assert!(shown["audit_key"].as_str().unwrap().starts_with("cloakroom/default/"));
    // Neither prints a key.
    let keyring = fs::read_to_string(site.path("keyring.json")).unwrap();
    let secrets = keyring.split('"').filter(|word| word.len() > 40);
    for secret in secrets {
        assert!(!made.to_string().contains(secret) && !shown.to_string().contains(secret));
    }
}

#[test]
fn a_keyring_that_others_can_read_is_refused() {
    let site = site();
    let open = fs::Permissions::from_mode(0o640);
    fs::set_permissions(site.path("keyring.json"), open).unwrap();
    for words in [&["keys", "show"][..], &["serve"], &["audit", "verify"]] {
        let ran = site.run(words);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.err.contains("keyring.json"), "{ran:?}");
    }
}

#[test]
fn api_add_prints_the_key_alone_and_keeps_its_hash_only() {
    let site = site();
    let ran = site.run(&["keys", "api", "add", "crm", "--group", "support", "--expires", "90d"]);
    ran.succeeds();
    assert_eq!(ran.err, "");
    let key = ran.out.strip_suffix('\n').unwrap();
    assert!(key.starts_with("ckk_") && !key.contains(char::is_whitespace), "{ran:?}");
    let file = fs::read_to_string(site.path("api-keys.yaml")).unwrap();
    assert!(file.contains("name: crm") && file.contains("sha256:"));
    assert!(!file.contains(&key[17..]));

    let again = site.run(&["keys", "api", "add", "crm"]);
    assert_eq!((again.code, again.out.as_str()), (3, ""), "{again:?}");
    let json = site.run(&["--json", "keys", "api", "add", "desk"]).json();
    assert!(json["key"].as_str().unwrap().starts_with("ckk_"));
    let list = site.run(&["keys", "api", "list"]);
    assert!(list.out.contains("crm") && list.out.contains("support") && list.out.contains("desk"));
    assert!(!list.out.contains("ckk_"));
    let list = site.run(&["--json", "keys", "api", "list"]).json();
    assert_eq!((list.as_array().unwrap().len(), &list[0]["name"]), (2, &"crm".into()));

    site.run(&["keys", "api", "remove", "crm"]).succeeds();
    assert_eq!(site.run(&["keys", "api", "remove", "crm"]).code, 3);
    assert!(!fs::read_to_string(site.path("api-keys.yaml")).unwrap().contains("crm"));
}

#[test]
fn times_that_are_none_are_refused_as_usage() {
    let site = site();
    for time in ["soon", "0d", "-1d", "99999999y", "9999999999999h"] {
        let ran = site.run(&["keys", "api", "add", "crm", &format!("--expires={time}")]);
        assert_eq!(ran.code, 2, "{time}: {ran:?}");
    }
}
