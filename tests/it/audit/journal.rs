//! The journal in ordinary life: appending, rotating, reopening, refusing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use cloakroom::audit::Code;
use cloakroom::audit::Error;
use cloakroom::audit::Event;
use cloakroom::audit::Journal;
use cloakroom::audit::Reason;
use cloakroom::audit::Warning;
use cloakroom::audit::check_proof;
use cloakroom::audit::prove;
use cloakroom::audit::verify;
use cloakroom::base::Sensitive;
use cloakroom::base::Timestamp;
use futures_util::future::join_all;

use super::support::*;

#[tokio::test]
async fn concurrent_appends_each_get_their_own_place() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path(), 100, &clock());
    let waiting = (0..1000).map(|number| journal.append(reveal(&format!("r{number}"))));
    let mut places = Vec::new();
    for (answer, number) in join_all(waiting).await.into_iter().zip(0..) {
        places.push((answer.unwrap().seq(), number));
    }
    journal.close();
    places.sort_unstable();
    assert!(places.iter().map(|(seq, _)| *seq).eq(0..1000));
    let found = check(folder.path()).unwrap();
    assert_eq!((found.events, found.signed, found.not_yet_signed), (1000, 1000, 0));
    assert_eq!((found.segments, found.boots, found.warnings.len()), (10, 1, 0));
    for (seq, number) in places {
        let segment = folder.path().join(format!("{:020}.jsonl", seq / 100 * 100));
        let text = fs::read_to_string(segment).unwrap();
        let line = text.lines().nth(usize::try_from(seq % 100).unwrap()).unwrap();
        assert!(line.contains(&format!("\"route\":\"r{number}\"")), "{line}");
    }
}

#[tokio::test]
async fn verifies_at_any_moment_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let journal = open(folder.path(), 50, &clock);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let looks = scope.spawn(|| {
            let (mut looks, mut seen) = (0, 0);
            while !done.load(Ordering::SeqCst) {
                match check(folder.path()) {
                    Ok(found) => assert!(found.events >= seen, "went back from {seen}"),
                    Err(fault) => panic!("look {looks} after {seen}: {fault}"),
                }
                seen = check(folder.path()).unwrap().events;
                looks += 1;
            }
            looks
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let writes = scope.spawn(move || {
            for number in 0..600_u64 {
                clock.set(Timestamp(START + number * 1_100_000));
                let _receipt = runtime.block_on(journal.append(reveal("r"))).unwrap();
            }
            journal.close();
        });
        let written = writes.join();
        done.store(true, Ordering::SeqCst);
        assert!(looks.join().unwrap() > 5);
        written.unwrap();
    });
    assert_eq!(check(folder.path()).unwrap().signed, 600);
}

#[tokio::test]
async fn goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut events = 0;
    // Across a full tile (256), a full segment (150), and with nothing new at all.
    for more in [1, 148, 1, 0, 120, 300, 2, 0, 450] {
        let journal = open(folder.path(), 150, &clock());
        assert_eq!(journal.health().events, events);
        let waiting = (0..more).map(|_| journal.append(reveal("r")));
        assert!(join_all(waiting).await.iter().all(Result::is_ok));
        events += more;
        journal.close();
        let found = check(folder.path()).unwrap();
        assert_eq!((found.events, found.not_yet_signed), (events, 0));
    }
    for index in [0, 149, 150, 255, 256, 700, events - 1] {
        let proof = prove(folder.path(), &public_key(), index).unwrap();
        assert_eq!(check_proof(&proof, &public_key()), Some(index));
        let mut other = proof.clone();
        other.line = other.line.replace("\"r\"", "\"s\"");
        assert_eq!(check_proof(&other, &public_key()), None);
        let mut other = proof;
        other.text = other.text.replace(&format!("index {index}"), "index 7");
        assert_eq!(check_proof(&other, &public_key()), None);
    }
    assert!(prove(folder.path(), &public_key(), events).is_err());
}

#[tokio::test]
async fn needs_no_tiles_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 150, 600).await;
    fs::remove_dir_all(folder.path().join("tile")).unwrap();
    assert_eq!(check(folder.path()).unwrap_err().reason, Reason::TileMissing);
    open(folder.path(), 150, &clock()).close();
    assert_eq!(check(folder.path()).unwrap().events, 600);
    prove(folder.path(), &public_key(), 599).unwrap();
    let journal = open(folder.path(), 150, &clock());
    let receipt = journal.append(reveal("r")).await.unwrap();
    journal.close();
    let proof = prove(folder.path(), &public_key(), receipt.seq()).unwrap();
    assert_eq!(check_proof(&proof, &public_key()), Some(600));
}

#[tokio::test]
async fn keeps_others_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/audit");
    let journal = open(&path, 10, &clock());
    let second = Journal::open(&config(&path, 10), &seed(), clock());
    assert!(matches!(second, Err(Error::Locked(_))));
    let _receipt = journal.append(reveal("r")).await.unwrap();
    journal.close();
    for file in files(&path) {
        let mode = fs::metadata(path.join(&file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    for inner in ["", "tile", "tile/0"] {
        let mode = fs::metadata(path.join(inner)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{inner}");
    }
    open(&path, 10, &clock()).close();
}

#[tokio::test]
async fn a_closed_journal_takes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path(), 10, &clock());
    let other = journal.clone();
    journal.close();
    assert!(matches!(other.append(reveal("r")).await, Err(Error::Closed)));
    assert!(!other.health().is_writing());
}

#[tokio::test]
async fn notes_are_written_in_order_before_what_follows() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path(), 100, &clock());
    (0..20).for_each(|_| journal.note(Event::stop(Code("test"))));
    assert_eq!(journal.append(reveal("r")).await.unwrap().seq(), 20);
    drop(journal);
    assert_eq!(check(folder.path()).unwrap().signed, 21);
}

#[tokio::test]
async fn notes_that_find_no_room_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path(), 100_000, &clock());
    let sent: u64 = 60_000;
    (0..sent).for_each(|_| journal.note(Event::stop(Code("test"))));
    let _receipt = journal.append(reveal("r")).await.unwrap();
    let dropped = journal.health().lost;
    journal.close();
    let found = check(folder.path()).unwrap();
    assert!(dropped > 0, "the queue never filled");
    assert_eq!(found.lost, dropped);
    let own = u64::from(found.events + dropped > sent + 1);
    assert_eq!(found.events + dropped, sent + 1 + own);
    assert!(matches!(found.warnings.first(), Some(Warning::Lost { .. })));
}

const FIRST: &str = "00000000000000000000.jsonl";

/// A journal with one event, whose file then meets with something: no receipt, and the health names it.
async fn stops_receipts(folder: &Path, happens: impl FnOnce(&Path)) -> Journal {
    let journal = open(folder, 100, &clock());
    let _receipt = journal.append(reveal("r")).await.unwrap();
    let file = folder.join(FIRST);
    happens(&file);
    for _ in 0..3 {
        assert!(matches!(journal.append(reveal("r")).await, Err(Error::NotDurable(_))));
        let health = journal.health();
        let why = health.writing.clone().unwrap();
        assert!(!health.is_writing() && why.contains(file.to_str().unwrap()), "{why}");
    }
    journal
}

#[tokio::test]
async fn a_segment_that_is_removed_stops_receipts() {
    let folder = tempfile::tempdir().unwrap();
    stops_receipts(folder.path(), |file| fs::remove_file(file).unwrap()).await.close();
}

#[tokio::test]
async fn a_segment_that_is_replaced_by_its_copy_stops_receipts() {
    let folder = tempfile::tempdir().unwrap();
    let journal = stops_receipts(folder.path(), |file| {
        let copy = file.with_extension("copy");
        fs::copy(file, &copy).unwrap();
        fs::rename(copy, file).unwrap();
    });
    journal.await.close();
    assert_eq!(check(folder.path()).unwrap().events, 1);
}

#[tokio::test]
async fn a_segment_that_is_cut_stops_receipts_and_is_never_filled_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FIRST);
    let journal = stops_receipts(folder.path(), |file| {
        let open = fs::OpenOptions::new().write(true).open(file).unwrap();
        open.set_len(10).unwrap();
    });
    journal.await.close();
    assert_eq!(fs::metadata(file).unwrap().len(), 10);
}

#[tokio::test]
async fn a_folder_that_is_moved_stops_receipts_until_it_is_put_back() {
    let parent = tempfile::tempdir().unwrap();
    let (folder, away) = (parent.path().join("audit"), parent.path().join("away"));
    let journal = stops_receipts(&folder, |_| fs::rename(&folder, &away).unwrap()).await;
    assert!(!folder.exists(), "something was made in its place");
    fs::rename(&away, &folder).unwrap();
    let _receipt = journal.append(reveal("r")).await.unwrap();
    assert!(journal.health().is_writing());
    journal.close();
    check(&folder).unwrap();
}

#[tokio::test]
async fn a_clock_that_goes_back_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let journal = open(folder.path(), 100, &clock);
    let _receipt = journal.append(reveal("r")).await.unwrap();
    clock.set(Timestamp(START - 1));
    let _receipt = journal.append(reveal("r")).await.unwrap();
    journal.close();
    let found = check(folder.path()).unwrap();
    assert!(matches!(found.warnings[..], [Warning::TimeBackwards { line: 2, .. }]));
}

#[tokio::test]
async fn does_not_go_on_with_another_key_or_name() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 100, 3).await;
    let before = fs::read(folder.path().join("checkpoint")).unwrap();
    let other = Journal::open(&config(folder.path(), 100), &Sensitive::new([8; 32]), clock());
    assert!(matches!(other, Err(Error::Damaged { fault, .. }) if fault.file == "checkpoint"));
    let mut renamed = config(folder.path(), 100);
    renamed.origin = "cloakroom/test/two".to_owned();
    assert!(matches!(Journal::open(&renamed, &seed(), clock()), Err(Error::Damaged { .. })));
    renamed.origin = "not a name".to_owned();
    assert!(matches!(Journal::open(&renamed, &seed(), clock()), Err(Error::Origin(_))));
    assert_eq!(fs::read(folder.path().join("checkpoint")).unwrap(), before);
    let strange = verify(folder.path(), "nonsense", &[]).unwrap_err();
    assert_eq!(strange.reason, Reason::PublicKey);
}

#[tokio::test]
async fn is_shared_by_threads() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path(), 64, &clock());
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let journal = journal.clone();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(async {
                    for _ in 0..50 {
                        let _receipt = journal.append(reveal("r")).await.unwrap();
                    }
                });
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(Arc::new(journal.clone()).health().events, 200);
    journal.close();
    assert_eq!(check(folder.path()).unwrap().signed, 200);
}
