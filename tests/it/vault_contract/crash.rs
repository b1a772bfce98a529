//! What was answered is still there after the process that held it was killed in the middle.

use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;

use cloakroom::base::Timeouts;
use cloakroom::vault::Vault;
use cloakroom::vault::embedded;
use cloakroom::vault::redis::connect;
use futures_util::future::join_all;
use tempfile::TempDir;

use super::backends::Backend;
use super::backends::open;
use super::laws::Puts;
use super::laws::index;
use super::laws::key;
use super::laws::put;
use super::people;
use crate::harness::redis::Kind;
use crate::harness::redis::Redis;

/// What the child process is to do; without it the test named `child` has nothing to say.
const ROLE: &str = "CLOAKROOM_TEST_CHILD";
const WRITERS: u64 = 8;
/// Numbers that one writer of one round may use.
const ROOM: u64 = 1_000_000;

/// Puts batches of growing size until it fails or is killed; reports each answered batch.
async fn write(vault: &dyn Vault, first: u64, mut answered: impl FnMut(u64, u64)) {
    let mut next = first;
    loop {
        let count = 1 + next % 13;
        let batch = (next..next + count).map(|number| put(number, 1)).collect();
        if vault.puts(batch).await.is_err() {
            return;
        }
        answered(next, count);
        next += count;
    }
}

async fn assert_all_there(vault: &dyn Vault, answered: &[(u64, u64)]) {
    let numbers: Vec<u64> = answered.iter().flat_map(|&(first, n)| first..first + n).collect();
    let entries = vault.fetch(numbers.iter().copied().map(key).collect()).await.unwrap();
    for (number, entry) in numbers.iter().zip(entries) {
        let entry = entry.unwrap_or_else(|| panic!("record {number} was answered and is missing"));
        assert_eq!(entry.record, put(*number, 1).record);
    }
    let index = index(vault, 1).await;
    for number in numbers {
        assert!(index.binary_search(&key(number)).is_ok(), "{number} is not in the index");
    }
}

/// Starts this test binary again, in a role.
pub(super) fn spawn(role: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "vault_contract::crash::child", "--nocapture"])
        .env(ROLE, format!("{role} {}", folder.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Not a test by itself: the process that the tests here and in `files` start and kill.
#[tokio::test]
async fn child() {
    #[expect(clippy::disallowed_methods, reason = "how a test tells its child what to do")]
    let Ok(role) = std::env::var(ROLE) else { return };
    let (role, folder) = role.split_once(' ').unwrap();
    let folder = Path::new(folder);
    if role == "open" {
        let opened = embedded::open(&folder.join("vault"), Timeouts::default().vault);
        println!("\nopened {:?}", opened.map(drop));
        return;
    }
    let vault = open(folder);
    if let Some(round) = role.strip_prefix("people-") {
        let round: u64 = round.parse().unwrap();
        let writers = (0..WRITERS).map(|writer| {
            let first = (round * WRITERS + writer) * ROOM;
            let say = |number: u64, word: &str| println!("\npeople {number} {word}");
            people::crash::write_until_killed(&vault, first, say)
        });
        join_all(writers).await;
        return;
    }
    let round: u64 = role.parse().unwrap();
    let writers = (0..WRITERS).map(|writer| {
        let first = (round * WRITERS + writer) * ROOM;
        write(&vault, first, |first, count| println!("\nanswered {first} {count}"))
    });
    join_all(writers).await;
}

#[tokio::test]
async fn embedded_loses_nothing_when_killed() {
    let folder = TempDir::new().unwrap();
    let mut answered: Vec<(u64, u64)> = Vec::new();
    // How many answers to wait for: the moment of the kill is a different one in each round.
    for (round, answers) in [1, 400, 37, 250, 90, 8, 170, 333].into_iter().enumerate() {
        let mut child = spawn(&round.to_string(), folder.path());
        let mut seen = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            if let ["answered", first, count] = words[..] {
                // The last line may have been cut by the kill: then it was not reported.
                answered.push((first.parse().unwrap(), count.parse().unwrap()));
                seen += 1;
                if seen == answers {
                    child.kill().unwrap();
                }
            }
        }
        child.wait().unwrap();
        assert!(seen >= answers);
        let vault = open(folder.path());
        assert_all_there(&vault, &answered).await;
        vault.check().await.unwrap();
    }
}

#[tokio::test]
async fn embedded_loses_nothing_of_people_when_killed() {
    let folder = TempDir::new().unwrap();
    let mut answered: Vec<(u64, String)> = Vec::new();
    for (round, answers) in [150, 1, 420, 77, 263].into_iter().enumerate() {
        let mut child = spawn(&format!("people-{round}"), folder.path());
        let mut seen = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let ["people", number, word] = line.split(' ').collect::<Vec<_>>()[..] {
                answered.push((number.parse().unwrap(), word.to_owned()));
                seen += 1;
                if seen == answers {
                    child.kill().unwrap();
                }
            }
        }
        child.wait().unwrap();
        assert!(seen >= answers);
        people::crash::assert_answered(&open(folder.path()), &answered).await;
    }
}

#[tokio::test]
async fn redis_loses_nothing_of_people_when_killed() {
    // Also where nobody may be the user that reads the file again.
    for kind in [Kind::Plain, Kind::LeastPrivilege] {
        let mut server = Redis::start(kind);
        let mut answered: Vec<(u64, String)> = Vec::new();
        for (round, answers) in (0_u64..).zip([200, 3, 77]) {
            let (report, reports) = mpsc::channel();
            std::thread::scope(|scope| {
                for writer in 0..WRITERS {
                    let (report, config) = (report.clone(), server.config());
                    scope.spawn(move || {
                        let runtime = tokio::runtime::Builder::new_current_thread()
                            .enable_all()
                            .build()
                            .unwrap();
                        runtime.block_on(async {
                            let vault = connect(&config, &Timeouts::default()).unwrap();
                            let first = (round * WRITERS + writer) * ROOM;
                            let say = |number, word: &str| {
                                report.send((number, word.to_owned())).unwrap();
                            };
                            drop(people::crash::write_until_killed(&vault, first, say).await);
                        });
                    });
                }
                drop(report);
                answered.extend(reports.iter().take(answers));
                server.kill();
                answered.extend(reports.iter());
            });
            server.start_again();
            let vault = Backend::vault(&server);
            people::crash::assert_answered(vault.as_ref(), &answered).await;
        }
    }
}

#[tokio::test]
async fn redis_that_flushes_always_loses_nothing_when_killed() {
    let mut server = Redis::start(Kind::Plain);
    let mut answered: Vec<(u64, u64)> = Vec::new();
    for (round, answers) in (0_u64..).zip([150, 1, 400, 40]) {
        let (report, reports) = mpsc::channel();
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (report, config) = (report.clone(), server.config());
                scope.spawn(move || {
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(async {
                        let vault = connect(&config, &Timeouts::default()).unwrap();
                        let first = (round * WRITERS + writer) * ROOM;
                        write(&vault, first, |first, count| report.send((first, count)).unwrap())
                            .await;
                    });
                });
            }
            drop(report);
            answered.extend(reports.iter().take(answers));
            server.kill();
            answered.extend(reports.iter());
        });
        server.start_again();
        let vault = Backend::vault(&server);
        let vault = vault.as_ref();
        assert_all_there(vault, &answered).await;
        vault.check().await.unwrap();
    }
}
