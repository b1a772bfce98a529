//! Whatever is done to the files of a journal, `verify` names the first place that is wrong.

use std::path::Path;
use std::sync::OnceLock;

use cloakroom::audit::Error;
use cloakroom::audit::Fault;
use cloakroom::audit::Journal;
use cloakroom::audit::Reason;
use cloakroom::audit::verify;
use proptest::prelude::*;
use tempfile::TempDir;

use super::support::*;

const FIRST: &str = "00000000000000000000.jsonl";
const SECOND: &str = "00000000000000000010.jsonl";

/// A journal of 17 events in two segments, the first of 10.
fn small() -> &'static TempDir {
    static SMALL: OnceLock<TempDir> = OnceLock::new();
    SMALL.get_or_init(|| made(10, 17))
}

/// A journal of 600 events in three segments of 250, with two full tiles.
fn large() -> &'static TempDir {
    static LARGE: OnceLock<TempDir> = OnceLock::new();
    LARGE.get_or_init(|| made(250, 600))
}

fn made(segment_events: u64, events: u64) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(write(folder.path(), segment_events, events));
    assert_eq!(check(folder.path()).unwrap().signed, events);
    folder
}

/// Gives what is found after a file was changed like this in a copy of the journal.
fn after(journal: &TempDir, file: &str, change: impl FnOnce(&mut Vec<u8>)) -> Option<Fault> {
    let copied = tempfile::tempdir().unwrap();
    copy(journal.path(), copied.path());
    let path = copied.path().join(file);
    let mut content = std::fs::read(&path).unwrap();
    change(&mut content);
    std::fs::write(&path, content).unwrap();
    let found = check(copied.path()).err();
    // What does not verify does not open either, where the journal reads it again: the last segment.
    if let Some(fault) = &found
        && fault.file == SECOND
    {
        let opened = Journal::open(&config(copied.path(), 10), &seed(), clock());
        assert!(
            matches!(opened, Err(Error::Damaged { fault: same, .. }) if same == *fault),
            "{fault}"
        );
    }
    found
}

fn lines_of(content: &[u8]) -> Vec<Vec<u8>> {
    content.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap()
}

/// Does something to the lines of a file, and gives the fault.
fn with_lines(journal: &TempDir, file: &str, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Fault {
    let changed = after(journal, file, |content| {
        let mut lines = lines_of(content);
        change(&mut lines);
        *content = lines.concat();
    });
    changed.unwrap()
}

#[test]
fn every_line_that_is_removed_is_named() {
    for (file, lines) in [(FIRST, 10), (SECOND, 7)] {
        for at in 0..lines {
            let fault = with_lines(small(), file, |lines| drop(lines.remove(at)));
            assert_eq!((fault.file.as_str(), fault.line), (file, number(at + 1)), "{fault}");
            assert!(matches!(fault.reason, Reason::Removed { .. } | Reason::Truncated { .. }));
        }
    }
}

#[test]
fn every_two_lines_that_are_swapped_are_named() {
    for (file, lines) in [(FIRST, 10), (SECOND, 7)] {
        for at in 0..lines - 1 {
            let fault = with_lines(small(), file, |lines| lines.swap(at, at + 1));
            assert_eq!((fault.file.as_str(), fault.line), (file, number(at + 1)), "{fault}");
            assert!(matches!(fault.reason, Reason::Reordered { .. }), "{fault}");
        }
    }
}

#[test]
fn every_line_that_is_repeated_is_named() {
    for (file, lines) in [(FIRST, 10), (SECOND, 7)] {
        for at in 0..lines {
            let fault = with_lines(small(), file, |lines| lines.insert(at, lines[at].clone()));
            assert_eq!((fault.file.as_str(), fault.line), (file, number(at + 2)), "{fault}");
            assert!(matches!(fault.reason, Reason::Inserted { .. }), "{fault}");
        }
    }
}

#[test]
fn every_length_that_a_file_is_cut_to_is_found() {
    for file in [FIRST, SECOND] {
        let whole = std::fs::read(small().path().join(file)).unwrap();
        for length in (0..whole.len()).step_by(13) {
            let fault = after(small(), file, |content| content.truncate(length)).unwrap();
            let expected = lines_of(&whole[..=length]).len();
            assert_eq!((fault.file.as_str(), fault.line), (file, number(expected)), "{fault}");
        }
    }
}

#[test]
fn every_byte_of_a_line_counts() {
    let whole = std::fs::read(small().path().join(SECOND)).unwrap();
    // A whole line and its newline; other bytes, of all files, are drawn below.
    let ends: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').collect();
    let line = 2;
    for at in ends[0] + 1..=ends[1] {
        let fault = after(small(), SECOND, |content| content[at] ^= 1).unwrap();
        assert_eq!((fault.file.as_str(), fault.line), (SECOND, line), "byte {at}: {fault}");
    }
}

#[test]
fn every_file_that_is_removed_is_missed() {
    for file in [
        FIRST,
        SECOND,
        "00000000000000000000.checkpoints",
        "00000000000000000010.checkpoints",
        "checkpoint",
    ] {
        let copied = tempfile::tempdir().unwrap();
        copy(small().path(), copied.path());
        std::fs::remove_file(copied.path().join(file)).unwrap();
        let fault = check(copied.path()).unwrap_err();
        assert!(!fault.to_string().is_empty(), "{file}");
    }
}

#[test]
fn finds_the_changed_line_among_many_by_its_tile() {
    for event in [0_usize, 100, 249, 250, 255, 256, 300, 511, 512, 599] {
        let (segment, at) = (event / 250 * 250, event % 250);
        let file = format!("{segment:020}.jsonl");
        let fault = with_lines(large(), &file, |lines| {
            let text = String::from_utf8(lines[at].clone()).unwrap();
            lines[at] = text.replace("\"allowed\"", "\"refused\"").into_bytes();
        });
        assert_eq!((fault.file, fault.line), (file, number(at + 1)));
        assert_eq!(fault.seq, Some(number(event)));
        assert_eq!(fault.reason, Reason::Changed { tile: number(event / 256) });
    }
}

#[test]
fn finds_the_range_when_the_tiles_are_gone_too() {
    let copied = tempfile::tempdir().unwrap();
    copy(small().path(), copied.path());
    std::fs::remove_dir_all(copied.path().join("tile")).unwrap();
    let path = copied.path().join(SECOND);
    let text = std::fs::read_to_string(&path).unwrap().replacen("\"r12\"", "\"r99\"", 1);
    std::fs::write(path, text).unwrap();
    let fault = check(copied.path()).unwrap_err();
    assert_eq!(fault.file, SECOND);
    let Reason::ChangedBetween { from, to } = fault.reason else { panic!("{fault}") };
    assert!(from <= 12 && 12 <= to, "{fault}");
}

#[test]
fn a_changed_or_missing_tile_is_named_and_not_the_line() {
    for file in ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"] {
        let fault = after(large(), file, |content| content[40] ^= 1).unwrap();
        assert_eq!((fault.file.as_str(), fault.reason), (file, Reason::TileChanged));
        let fault = after(large(), file, |content| content.truncate(63)).unwrap();
        assert_eq!((fault.file.as_str(), fault.reason), (file, Reason::TileChanged));
    }
    let copied = tempfile::tempdir().unwrap();
    copy(large().path(), copied.path());
    std::fs::remove_file(copied.path().join("tile/0/001")).unwrap();
    let fault = check(copied.path()).unwrap_err();
    assert_eq!((fault.file.as_str(), fault.reason), ("tile/0/001", Reason::TileMissing));
}

/// Rolls the small journal back to 12 events, with everything that says otherwise.
fn rolled_back(folder: &Path) -> String {
    copy(small().path(), folder);
    let newest = std::fs::read_to_string(folder.join("checkpoint")).unwrap();
    let lines = lines_of(&std::fs::read(folder.join(SECOND)).unwrap());
    std::fs::write(folder.join(SECOND), lines[..2].concat()).unwrap();
    let history = folder.join("00000000000000000010.checkpoints");
    let notes = lines_of(&std::fs::read(&history).unwrap());
    let keep = notes.chunks(5).take_while(|note| {
        let size: u64 = std::str::from_utf8(&note[1]).unwrap().trim().parse().unwrap();
        size <= 12
    });
    let kept: Vec<Vec<u8>> = keep.flatten().cloned().collect();
    std::fs::write(history, kept.concat()).unwrap();
    std::fs::write(folder.join("checkpoint"), kept[kept.len() - 5..].concat()).unwrap();
    newest
}

#[test]
fn a_whole_end_that_is_gone_shows_in_the_tiles() {
    let copied = tempfile::tempdir().unwrap();
    rolled_back(copied.path());
    let fault = check(copied.path()).unwrap_err();
    assert_eq!(fault.reason, Reason::Truncated { proven: 17, found: 12 });
}

#[test]
fn a_journal_that_is_rolled_back_whole_needs_a_checkpoint_from_elsewhere() {
    let copied = tempfile::tempdir().unwrap();
    let newest = rolled_back(copied.path());
    let partial = copied.path().join("tile/0/000.p");
    for width in 13..=17 {
        let tile = partial.join(width.to_string());
        if tile.exists() {
            std::fs::remove_file(tile).unwrap();
        }
    }
    assert_eq!(check(copied.path()).unwrap().events, 12);
    let trusted = [newest.clone()];
    let fault = verify(copied.path(), &public_key(), &trusted).unwrap_err();
    assert_eq!(fault.reason, Reason::Truncated { proven: 17, found: 12 });
    assert!(verify(small().path(), &public_key(), &trusted).is_ok());
    let other = verify(large().path(), &public_key(), &trusted).unwrap_err();
    assert_eq!(other.reason, Reason::Foreign { size: 17 });
    let forged = [newest.replace("17", "16")];
    let other = verify(small().path(), &public_key(), &forged).unwrap_err();
    assert_eq!(other.reason, Reason::CheckpointSignature);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_byte_of_any_file_can_be_changed(pick in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), flip in 1_u8..=255) {
        let files = files(small().path());
        let files: Vec<&str> =
            files.iter().filter_map(|file| file.to_str()).filter(|file| *file != "lock").collect();
        let file = pick.get(&files);
        let fault = after(small(), file, |content| {
            let at = at.index(content.len());
            content[at] ^= flip;
        });
        prop_assert!(fault.is_some(), "{} is not found", file);
        let fault = fault.unwrap();
        if [FIRST, SECOND].contains(file) {
            prop_assert_eq!(&fault.file.as_str(), file);
        }
    }
}
