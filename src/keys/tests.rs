//! The keyring file, on a real disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

use super::config::Config;
use super::init::InitError;
use super::init::init;
use super::load::LoadError;
use super::load::load;

fn load_from(path: &Path) -> Result<String, LoadError> {
    load(&Config::File(path.to_owned())).map(|keyring| keyring.fingerprint())
}

#[test]
fn what_init_makes_load_reads() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("data/keys/keyring.json");
    let fingerprint = init(&path).unwrap();
    assert_eq!(load_from(&path).unwrap(), fingerprint);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    assert_ne!(init(&folder.path().join("other.json")).unwrap(), fingerprint);
}

#[test]
fn never_overwrites_a_keyring() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("keyring.json");
    let fingerprint = init(&path).unwrap();
    assert!(matches!(init(&path), Err(InitError::Exists { path: named }) if named == path));
    assert_eq!(load_from(&path).unwrap(), fingerprint);
    let dangling = folder.path().join("link.json");
    symlink(folder.path().join("nowhere"), &dangling).unwrap();
    assert!(matches!(init(&dangling), Err(InitError::Exists { .. })));
}

#[test]
fn one_of_many_inits_at_once_wins() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("keyring.json");
    let made: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| init(&path))).collect();
        threads.into_iter().filter_map(|thread| thread.join().unwrap().ok()).collect()
    });
    assert_eq!(made, [load_from(&path).unwrap()]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_failed_init_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let below_a_file = folder.path().join("file/keyring.json");
    let error = init(&below_a_file).unwrap_err();
    assert!(matches!(&error, InitError::Write { path, .. } if *path == below_a_file));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn refuses_a_keyring_that_others_may_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("keyring.json");
    init(&path).unwrap();
    for mode in [0o660, 0o604, 0o602, 0o666, 0o644, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = load_from(&path).unwrap_err();
        assert!(matches!(error, LoadError::Permissions { mode: told, .. } if told == mode));
        assert!(error.to_string().contains(&path.display().to_string()));
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        load_from(&path).unwrap();
    }
}

#[test]
fn errors_hold_no_key() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("keyring.json");
    init(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let start = text.find("\"key\": \"").unwrap() + 8;
    let key = text.get(start..start + 64).unwrap();
    for broken in [
        text.replace(key, &format!("{key}00")),
        text.replace(&format!("\"{key}\""), &format!("[\"{key}\"]")),
        text.replace("\"key\"", &format!("\"{key}\"")),
        text.replace("\"active\"", &format!("\"{key}\"")),
        text.replace("\"version\": 1", &format!("\"version\": \"{key}\"")),
    ] {
        fs::write(&path, &broken).unwrap();
        let error = anyhow::Error::from(load_from(&path).unwrap_err());
        let told = format!("{error:#} {error:?}");
        assert!(!told.contains(key.get(..8).unwrap()), "{told}");
        assert!(told.contains(&path.display().to_string()));
        assert!(told.contains("line"), "{told}");
    }
}

#[test]
fn what_is_not_a_file_is_not_read() {
    let folder = TempDir::new().unwrap();
    assert!(matches!(load_from(folder.path()), Err(LoadError::Read { .. })));
    assert!(matches!(load_from(&folder.path().join("none")), Err(LoadError::Absent { .. })));
    let large = folder.path().join("large");
    fs::write(&large, vec![b' '; (1 << 20) + 1]).unwrap();
    fs::set_permissions(&large, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(load_from(&large), Err(LoadError::Size { .. })));
}
