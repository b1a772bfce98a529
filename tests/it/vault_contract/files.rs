//! The embedded vault and its file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use cloakroom::base::Timeouts;
use cloakroom::vault::Error;
use cloakroom::vault::Vault;
use cloakroom::vault::embedded;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

use super::backends::open;
use super::crash;
use super::laws::Puts;
use super::laws::index;
use super::laws::key;
use super::laws::put;

fn opened(folder: &Path) -> Result<(), Error> {
    embedded::open(&folder.join("vault"), Timeouts::default().vault).map(drop)
}

#[tokio::test]
async fn folder_and_file_belong_to_us_alone() {
    let folder = TempDir::new().unwrap();
    let vault = open(folder.path());
    vault.puts(vec![put(1, 1)]).await.unwrap();
    let mode =
        |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("vault"), 0o700);
    assert_eq!(mode("vault/vault.redb"), 0o600);
}

#[test]
fn a_second_process_is_refused() {
    let folder = TempDir::new().unwrap();
    let vault = open(folder.path());
    let in_child = || {
        let output = crash::spawn("open", folder.path()).wait_with_output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let refused = in_child();
    assert!(refused.contains("opened Err(Misconfigured"), "{refused}");
    assert!(matches!(opened(folder.path()), Err(Error::Misconfigured { .. })));
    drop(vault);
    let free = in_child();
    assert!(free.contains("opened Ok"), "{free}");
}

#[test]
fn what_is_not_a_vault_is_refused() {
    for content in [b"garbage".to_vec(), vec![0; 100_000], b"SQLite format 3\0".repeat(1000)] {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("vault")).unwrap();
        let path = folder.path().join("vault/vault.redb");
        fs::write(&path, &content).unwrap();
        let answer = opened(folder.path());
        assert!(matches!(answer, Err(Error::Corrupt { .. })), "{answer:?}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[test]
fn a_path_that_cannot_be_is_refused() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("vault"), "a file").unwrap();
    assert!(matches!(opened(folder.path()), Err(Error::Misconfigured { .. })));
}

/// Flips bytes of a closed file, cuts it, and opens it.
#[test]
fn an_altered_file_is_refused_or_as_good_as_it_was() {
    let folder = TempDir::new().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let batch = (0..300).map(|number| put(number, 1)).collect();
        open(folder.path()).puts(batch).await.unwrap();
    });
    let path = folder.path().join("vault/vault.redb");
    let good = fs::read(&path).unwrap();
    let used = good.iter().rposition(|&byte| byte != 0).unwrap();
    let flips = prop::collection::vec((0..=used, 1_u8..=255), 1..8);
    let cut = prop::option::of(0..good.len());
    let config = ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() };
    let altered = TestRunner::new(config).run(&(flips, cut), |(flips, cut)| {
        let mut bytes = good.clone();
        for (at, mask) in flips {
            bytes[at] ^= mask;
        }
        bytes.truncate(cut.unwrap_or(bytes.len()));
        fs::write(&path, &bytes).unwrap();
        runtime.block_on(async {
            let Ok(vault) = embedded::open(&folder.path().join("vault"), Timeouts::default().vault)
            else {
                return;
            };
            // What was altered is not in use.
            let entries = vault.fetch((0..300).map(key).collect()).await.unwrap();
            for (number, entry) in (0..).zip(entries) {
                assert_eq!(entry.unwrap().record, put(number, 1).record);
            }
            vault.puts((200..400).map(|number| put(number, 2)).collect()).await.unwrap();
            assert_eq!(index(&vault, 1).await.len(), 300);
            vault.check().await.unwrap();
        });
        Ok(())
    });
    altered.unwrap();
}

/// What was answered is in the file at its place: when it is not there, nothing is answered, also not
/// what is known, and the file that is open is kept open.
#[tokio::test]
async fn a_file_that_goes_away_answers_nothing() {
    let cut = |path: &Path| {
        let bytes = fs::metadata(path).unwrap().len();
        fs::OpenOptions::new().write(true).open(path).unwrap().set_len(bytes / 2).unwrap();
    };
    let replace = |path: &Path| {
        fs::copy(path, path.with_extension("copy")).unwrap();
        fs::rename(path.with_extension("copy"), path).unwrap();
    };
    for way in ["removed", "replaced", "cut"] {
        let folder = TempDir::new().unwrap();
        let vault = open(folder.path());
        vault.puts(vec![put(1, 1)]).await.unwrap();
        let path = folder.path().join("vault/vault.redb");
        match way {
            "removed" => fs::remove_file(&path).unwrap(),
            "replaced" => replace(&path),
            _ => cut(&path),
        }
        for _ in 0..2 {
            let answers = [
                vault.puts(vec![put(2, 1)]).await.map(drop),
                vault.puts(vec![put(1, 1)]).await.map(drop),
                vault.fetch(vec![key(1)]).await.map(drop),
                vault.check().await.map(drop),
            ];
            for answer in answers {
                let Err(Error::Misconfigured { problem, .. }) = answer else {
                    panic!("{way}: {answer:?}");
                };
                assert!(problem.contains(path.to_str().unwrap()), "{problem}");
            }
        }
    }
}

#[tokio::test]
async fn a_folder_that_is_put_back_is_used_again() {
    let folder = TempDir::new().unwrap();
    let vault = open(folder.path());
    vault.puts(vec![put(1, 1)]).await.unwrap();
    let (place, away) = (folder.path().join("vault"), folder.path().join("away"));
    fs::rename(&place, &away).unwrap();
    vault.puts(vec![put(2, 1)]).await.unwrap_err();
    assert!(!place.exists(), "an empty vault was made in its place");
    fs::rename(&away, &place).unwrap();
    vault.puts(vec![put(2, 1)]).await.unwrap();
    assert_eq!(
        vault.fetch(vec![key(1)]).await.unwrap()[0].as_ref().unwrap().record,
        put(1, 1).record
    );
}
