//! API keys and their file.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use cloakroom::authn::FileError;
use cloakroom::authn::api_key::ApiKeys;
use cloakroom::base::PrincipalKind;

use super::*;

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("api-keys.yaml");
    (folder, file)
}

async fn with_key(who: &Authenticator, key: &str, now: Timestamp) -> Result<Identity, Refused> {
    who.identify(&http::Method::GET, &headers(&[("Cloakroom-Key", key)]), now).await
}

#[tokio::test]
async fn a_key_names_its_service() {
    let (_folder, file) = file();
    let key = api_key(&file, "helpdesk", "support");
    let who = load(vec![api_keys(&file)]);
    let principal = with_key(&who, &key, NOW).await.unwrap().principal().clone();
    assert_eq!((principal.kind(), principal.id()), (PrincipalKind::Service, "helpdesk"));
    assert_eq!(principal.groups(), [Arc::from("support")]);
}

#[tokio::test]
async fn a_key_that_is_wrong_is_refused() {
    let (_folder, file) = file();
    let key = api_key(&file, "helpdesk", "support");
    let who = load(vec![api_keys(&file)]);
    let last = if key.ends_with('a') { "b" } else { "a" };
    let near = format!("{}{last}", &key[..key.len() - 1]);
    let elsewhere = format!("ckk_aaaaaaaaaaaa{}", &key[16..]);
    for (text, expected) in [
        (near.as_str(), Refused::ApiKeyUnknown),
        (&elsewhere, Refused::ApiKeyUnknown),
        (&key[1..], Refused::ApiKeyMalformed),
        (&key.to_uppercase(), Refused::ApiKeyMalformed),
        (&format!("{key}a"), Refused::ApiKeyMalformed),
        (&format!("{key},{key}"), Refused::ApiKeyMalformed),
        ("", Refused::ApiKeyMalformed),
    ] {
        assert_eq!(with_key(&who, text, NOW).await.err(), Some(expected));
    }
    let twice = headers(&[("cloakroom-key", &key), ("cloakroom-key", &key)]);
    assert_eq!(
        who.identify(&http::Method::GET, &twice, NOW).await.err(),
        Some(Refused::CredentialRepeated)
    );
}

#[tokio::test]
async fn a_key_expires() {
    let (_folder, file) = file();
    let lifetime = Some(Duration::from_mins(1));
    let made = ApiKeyFile::at(&file).add("backup", &[], lifetime, NOW).unwrap();
    let who = load(vec![api_keys(&file)]);
    assert!(with_key(&who, made.text.expose(), later(59)).await.is_ok());
    let refused = with_key(&who, made.text.expose(), later(60)).await.err();
    assert_eq!(refused, Some(Refused::ApiKeyExpired));
}

#[tokio::test]
async fn a_removed_key_is_refused_after_a_reload() {
    let (_folder, file) = file();
    let (old, kept) = (api_key(&file, "old", "a"), api_key(&file, "kept", "b"));
    let who = load(vec![api_keys(&file)]);
    ApiKeyFile::at(&file).remove("old").unwrap();
    assert!(with_key(&who, &old, NOW).await.is_ok());
    who.reload().unwrap();
    assert_eq!(with_key(&who, &old, NOW).await.err(), Some(Refused::ApiKeyUnknown));
    assert!(with_key(&who, &kept, NOW).await.is_ok());

    std::fs::write(&file, "- nonsense").unwrap();
    assert!(who.reload().is_err());
    assert!(with_key(&who, &kept, NOW).await.is_ok());
}

#[test]
fn a_key_is_long_random_and_recognisable() {
    let (_folder, file) = file();
    let (one, two) = (api_key(&file, "one", "g"), api_key(&file, "two", "g"));
    for key in [&one, &two] {
        assert!(key.starts_with("ckk_") && key.len() == 4 + 12 + 1 + 52, "{}", key.len());
    }
    assert_ne!(one[17..], two[17..]);
}

#[test]
fn the_file_is_the_owners_and_holds_no_key() {
    let (folder, file) = file();
    let key = api_key(&file, "helpdesk", "a \"b\": #c\\");
    api_key(&file, "backup", "- x");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(&key[17..]) && !text.contains(&key));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let listed = ApiKeyFile::at(&file).list().unwrap();
    assert_eq!(listed[0].groups, ["a \"b\": #c\\"]);
    assert_eq!((listed[0].name.as_str(), &listed[0].id), ("helpdesk", &key[4..16].to_owned()));
    assert_eq!(listed[0].created, "2026-11-22T20:15:30Z");
}

#[test]
fn names_are_unique_and_plain() {
    let (_folder, file) = file();
    let keys = ApiKeyFile::at(&file);
    api_key(&file, "helpdesk", "support");
    let before = std::fs::read(&file).unwrap();
    assert!(matches!(keys.add("helpdesk", &[], None, NOW), Err(FileError::NameTaken)));
    assert!(matches!(keys.add("two words", &[], None, NOW), Err(FileError::Name)));
    assert!(matches!(keys.add("x", &["a\nb".to_owned()], None, NOW), Err(FileError::Group)));
    assert!(matches!(keys.remove("nobody"), Err(FileError::NameUnknown)));
    let endless = Some(Duration::from_secs(u64::MAX));
    assert!(matches!(keys.add("x", &[], endless, NOW), Err(FileError::Expiry)));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn two_commands_do_not_change_the_file_at_once() {
    let (folder, file) = file();
    let other = std::fs::File::open(folder.path()).unwrap();
    other.lock().unwrap();
    let refused = ApiKeyFile::at(&file).add("x", &[], None, NOW);
    assert!(matches!(refused, Err(FileError::Busy { .. })), "{refused:?}");
    drop(other);
    assert!(ApiKeyFile::at(&file).add("x", &[], None, NOW).is_ok());
}

#[test]
fn mistakes_in_the_file_are_told_with_their_place_and_without_its_text() {
    let good = "  groups: []\n  id: abcdefghijkl\n  created: 2026-01-01T00:00:00Z\n";
    let hash = format!("  hash: sha256:{}\n", "0".repeat(64));
    let canary = "ckk_canarycanary";
    let entry = |name: &str, rest: &str| format!("- name: {name}\n{rest}");
    let cases = [
        (entry("a", &format!("{good}  hash: {canary}\n")), 1),
        (entry("a b", &format!("{good}{hash}")), 1),
        (entry("a", &format!("{good}{hash}  key: {canary}\n")), 6),
        (entry("a", &format!("{good}{hash}  expires: {canary}\n")), 1),
        (format!("{canary}\n"), 1),
        (format!("- {canary}\n"), 1),
        (entry("a", &format!("{good}{hash}")) + &entry("a", &format!("{good}{hash}")), 6),
    ];
    for (text, line) in cases {
        let found = ApiKeys::parse("api-keys.yaml", &text).unwrap_err();
        assert_eq!(found[0].line, line, "{text}\n{found:?}");
        assert!(!format!("{found:?}").contains(canary), "{found:?}");
    }
    for empty in ["", "# nothing yet\n", "[]\n"] {
        assert!(ApiKeys::parse("api-keys.yaml", empty).unwrap().is_empty());
    }
}
