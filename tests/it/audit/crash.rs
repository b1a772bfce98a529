//! A process that is killed, and a disk that is full: real ones, in a child process.

use std::collections::HashMap;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::process::Child;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;

use cloakroom::audit::Journal;
use cloakroom::base::SystemClock;
use futures_util::future::join_all;

use super::support::*;

const FOLDER: &str = "CLOAKROOM_TEST_AUDIT_FOLDER";
const SEGMENT: &str = "CLOAKROOM_TEST_AUDIT_SEGMENT";

/// The child's part: writes events until it is killed, and tells each answer. Started by the tests
/// below with a folder in its environment; without one there is nobody to write for.
#[test]
fn the_child_writes_events_until_it_is_killed() {
    let variables: HashMap<_, _> = std::env::vars_os().collect();
    let text = |name: &str| variables.get(std::ffi::OsStr::new(name)).map(|v| v.to_str().unwrap());
    let (Some(folder), Some(segment)) = (text(FOLDER), text(SEGMENT)) else { return };
    let config = config(Path::new(folder), segment.parse().unwrap());
    let journal = Journal::open(&config, &seed(), Arc::new(SystemClock)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nopen").unwrap();
    for round in 0_u64.. {
        let names: Vec<String> =
            (0..8).map(|n| format!("p{}-{round}-{n}", std::process::id())).collect();
        let waiting = names.iter().map(|name| journal.append(reveal(name)));
        for (answer, name) in runtime.block_on(join_all(waiting)).into_iter().zip(&names) {
            match answer {
                Ok(receipt) => writeln!(out, "ack {} {name}", receipt.seq()).unwrap(),
                Err(error) => {
                    writeln!(out, "no {} {error}", journal.health().is_writing()).unwrap();
                }
            }
        }
        out.flush().unwrap();
    }
}

/// Starts the child behind this shell preamble.
fn start(folder: &Path, segment: u64, before: &str) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(format!("{before} exec \"$0\" \"$@\""))
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "audit::crash::the_child_writes_events_until_it_is_killed",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .env(SEGMENT, segment.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

/// Kills it as `kill -9` does, and gives what it still had said.
fn kill(mut child: Child, out: BufReader<ChildStdout>) -> Vec<String> {
    child.kill().unwrap();
    child.wait().unwrap();
    out.lines().map_while(Result::ok).collect()
}

fn acknowledged(line: &str) -> Option<(u64, String)> {
    let (seq, name) = line.strip_prefix("ack ")?.split_once(' ')?;
    Some((seq.parse().ok()?, name.to_owned()))
}

/// All lines of the journal, by number.
fn events(folder: &Path) -> HashMap<u64, String> {
    let segments =
        files(folder).into_iter().filter(|file| file.extension().is_some_and(|e| e == "jsonl"));
    let texts = segments.map(|file| std::fs::read(folder.join(file)).unwrap());
    let mut found = HashMap::new();
    for line in texts.flat_map(|text| {
        String::from_utf8(text).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    }) {
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(&line) {
            found.insert(value["seq"].as_u64().unwrap(), line);
        }
    }
    found
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut promised = Vec::new();
    for (round, patience) in [1_usize, 40, 300, 7, 1000, 123].into_iter().enumerate() {
        let (child, mut out) = start(folder.path(), 300, "");
        let mut told = Vec::new();
        while told.len() < patience {
            let mut line = String::new();
            assert!(
                out.read_line(&mut line).unwrap() > 0,
                "the child ended by itself in round {round}"
            );
            told.extend(acknowledged(line.trim()));
        }
        told.extend(kill(child, out).iter().filter_map(|line| acknowledged(line)));
        promised.extend(told);
        // As it lies there, and without any repair.
        let found = check(folder.path()).unwrap();
        assert_eq!(found.boots, u64::try_from(round).unwrap() + 1);
        let written = events(folder.path());
        for (seq, name) in &promised {
            assert!(written[seq].contains(&format!("\"route\":\"{name}\"")), "{seq}: {name}");
        }
    }
    open(folder.path(), 300, &clock()).close();
    assert_eq!(check(folder.path()).unwrap().not_yet_signed, 0);
}

#[tokio::test]
async fn an_unfinished_end_is_set_aside_and_told() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 100, 5).await;
    let append = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(bytes).unwrap();
    };
    append("00000000000000000000.jsonl", b"{\"v\":1,\"seq\":5,\"time\":\"20");
    append("00000000000000000000.checkpoints", b"cloakroom/test/one\n9");
    let found = check(folder.path()).unwrap();
    assert_eq!((found.events, found.warnings.len()), (5, 2));
    open(folder.path(), 100, &clock()).close();
    let found = check(folder.path()).unwrap();
    assert_eq!((found.events, found.signed, found.warnings.len()), (6, 6, 0));
    let told = &events(folder.path())[&5];
    assert!(told.contains("\"event\":\"journal.repaired\""), "{told}");
    assert!(told.contains("\"torn_line_bytes\":25,\"torn_checkpoint_bytes\":20"), "{told}");
    let torn: Vec<_> = files(&folder.path().join("torn"));
    assert_eq!(torn.len(), 2);
}

#[tokio::test]
async fn an_unfinished_end_of_a_full_segment_is_cut_before_the_next_begins() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 3, 3).await;
    let path = folder.path().join("00000000000000000000.jsonl");
    let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"{\"v\":1,\"seq\":3").unwrap();
    open(folder.path(), 3, &clock()).close();
    let found = check(folder.path()).unwrap();
    assert_eq!((found.events, found.segments, found.warnings.len()), (4, 2, 0));
}

/// The limit on file size is what a process without rights can be given; to the journal it is a disk
/// that has no more room: a write of a part, then an error.
#[test]
fn a_full_disk_stops_receipts_and_heals() {
    let folder = tempfile::tempdir().unwrap();
    let (child, mut out) = start(folder.path(), 100_000, "trap '' XFSZ; ulimit -S -f 60;");
    let mut next = |wanted: &str| {
        let mut told = Vec::new();
        loop {
            let mut line = String::new();
            assert!(out.read_line(&mut line).unwrap() > 0, "the child ended by itself");
            told.extend(acknowledged(line.trim()));
            if line.starts_with(wanted) {
                return told;
            }
        }
    };
    // Not the first refusal: where eight events do not fit, one may, and the journal is well again.
    let mut promised = next("no false");
    // The child goes on trying; no half line stays behind, whatever the moment.
    let whole = check(folder.path()).unwrap();
    assert!(whole.events > 0);
    let limit = Command::new("prlimit")
        .args(["--pid", &child.id().to_string(), "--fsize=unlimited"])
        .status()
        .unwrap();
    assert!(limit.success());
    let mut healed = Vec::new();
    while healed.len() < 100 {
        healed.extend(next("ack "));
    }
    promised.extend(healed);
    promised.extend(kill(child, out).iter().filter_map(|line| acknowledged(line)));
    let found = check(folder.path()).unwrap();
    assert!(found.events > whole.events);
    let written = events(folder.path());
    for (seq, name) in &promised {
        assert!(written[seq].contains(&format!("\"route\":\"{name}\"")), "{seq}: {name}");
    }
    assert!(written.values().any(|line| line.contains("\"event\":\"journal.recovered\"")));
}
