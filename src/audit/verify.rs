//! Checking a journal with nothing but its folder and the public key.

use std::io;
use std::path::Path;

use data_encoding::HEXLOWER;
use serde::Serialize;

use crate::audit::fault::Fault;
use crate::audit::fault::Reason;
use crate::audit::folder::Folder;
use crate::audit::folder::LATEST;
use crate::audit::folder::absent;
use crate::audit::folder::history;
use crate::audit::folder::segment;
use crate::audit::head::Warning;
use crate::audit::walk::Gaps;
use crate::audit::walk::Grown;
use crate::audit::walk::Known;
use crate::audit::walk::Tail;
use crate::audit::walk::Walk;
use crate::crypto::note::Checkpoint;
use crate::crypto::note::Verifier;

/// How a fault names the checkpoints that were handed in.
const TRUSTED: &str = "trusted checkpoint";

/// What was found of a journal that is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Name of the log, which is the name of the key.
    pub origin: String,
    /// How many events the journal has.
    pub events: u64,
    /// Events that the last checkpoint covers.
    pub signed: u64,
    /// Whole lines after the last checkpoint: nothing vouches for them yet.
    pub not_yet_signed: u64,
    /// Tree head over all events, hexadecimal.
    pub root: String,
    /// Checkpoints, all of them good.
    pub checkpoints: u64,
    /// How many segment files there are.
    pub segments: u64,
    /// Starts of the gateway.
    pub boots: u64,
    /// Time of the first event; absent when there is none.
    pub first_time: Option<String>,
    /// Time of the last event.
    pub last_time: Option<String>,
    /// Events that the journal says it had to drop.
    pub lost: u64,
    /// What is no fault, but should be looked at.
    pub warnings: Vec<Warning>,
    /// Warnings beyond those that are listed.
    pub more_warnings: u64,
}

/// Verifies the journal in this folder: every line, every tile, every checkpoint, in order.
///
/// `public_key` is `name+hash+base64`. `trusted` are checkpoints that were kept elsewhere: the
/// journal must contain them. Returns the first thing that is wrong, with its file and line. Works
/// on a journal that is being written, as far as it was when the call began.
pub fn verify(path: &Path, public_key: &str, trusted: &[String]) -> Result<Verified, Fault> {
    let verifier =
        Verifier::parse(public_key.trim()).map_err(|_| Fault::file("", Reason::PublicKey))?;
    let folder = Folder::at(path);
    // First of all: a checkpoint that is read now has its lines, its tiles and its place in the
    // history already, however fast the journal grows.
    let newest = latest(&folder, &verifier)?;
    match walked(&folder, &verifier, newest, trusted) {
        Err(Missed::Begun(_)) => {}
        Err(Missed::Fault(fault)) => return Err(fault),
        Ok(found) => return Ok(found),
    }
    // The journal was begun after the look at its newest checkpoint. Now it has one, or has lost it.
    let newest = latest(&folder, &verifier)?;
    walked(&folder, &verifier, newest, trusted).map_err(|missed| match missed {
        Missed::Begun(size) => Fault::file(LATEST, Reason::CheckpointMissing { size }),
        Missed::Fault(fault) => fault,
    })
}

/// Why a walk gives no result.
#[derive(Debug, PartialEq, Eq)]
enum Missed {
    Fault(Fault),
    /// There was no newest checkpoint when it was looked for, but the history has several, the last over
    /// so many events.
    Begun(u64),
}

impl From<Fault> for Missed {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Verifies a journal of which the newest checkpoint was read before.
fn walked(
    folder: &Folder,
    verifier: &Verifier,
    newest: Option<Checkpoint>,
    trusted: &[String],
) -> Result<Verified, Missed> {
    let mut expected = Vec::new();
    expected.extend(newest.map(|checkpoint| Known { file: LATEST.to_owned(), checkpoint }));
    for (note, number) in trusted.iter().zip(1_u64..) {
        let opened = Checkpoint::open(note, verifier);
        let reason = Reason::CheckpointSignature;
        let checkpoint = opened.map_err(|_| Fault::line(TRUSTED, number, None, reason))?;
        expected.push(Known { file: TRUSTED.to_owned(), checkpoint });
    }
    let segments = folder.segments().map_err(|error| Fault::unreadable("", &error))?;
    let Some(&last) = segments.last() else { return Err(Fault::file("", Reason::Empty).into()) };

    let mut walk = Walk::start(folder, verifier, Gaps::Refuse, Grown::default());
    walk.expect(expected);
    let mut tail = Tail::default();
    for &first in &segments {
        follows(&walk, first)?;
        tail = walk.segment(first == last)?;
    }
    walk.finish()?;
    // It is written right after the first checkpoint, so only that one can be without it. But the look
    // was before the walk, and a journal may have begun between them.
    if newest.is_none() && walk.checkpoints > 1 {
        return Err(Missed::Begun(walk.signed));
    }
    at_rest(folder, &walk, last, &tail)?;
    warn_of_torn_ends(&mut walk, last, &tail);
    Ok(summary(walk, verifier, segments.len()))
}

/// Refuses a segment that does not start where the one before ended.
pub(super) fn follows(walk: &Walk<'_>, first: u64) -> Result<(), Fault> {
    let expected = walk.tree.size();
    if first == expected {
        return Ok(());
    }
    let reason = if first > expected {
        Reason::SegmentMissing { expected }
    } else {
        Reason::Inserted { expected, found: first }
    };
    Err(Fault::line(&segment(first.max(expected)), 0, Some(expected), reason))
}

/// Reads the newest checkpoint, if there is one.
pub(super) fn latest(folder: &Folder, verifier: &Verifier) -> Result<Option<Checkpoint>, Fault> {
    let read = absent(std::fs::read_to_string(folder.path(LATEST)));
    let read = read.map_err(|error| {
        if error.kind() == io::ErrorKind::InvalidData {
            return Fault::file(LATEST, Reason::CheckpointForm);
        }
        Fault::unreadable(LATEST, &error)
    });
    let Some(text) = read? else {
        return Ok(None);
    };
    let opened = Checkpoint::open(&text, verifier);
    opened.map(Some).map_err(|_| Fault::file(LATEST, Reason::CheckpointSignature))
}

/// Refuses lines that are gone from the end while a tile still has their hashes; says nothing about
/// a journal that grew meanwhile, because there the tiles are newer than the lines that were read.
fn at_rest(folder: &Folder, walk: &Walk<'_>, newest: u64, tail: &Tail) -> Result<(), Fault> {
    let name = segment(newest);
    let looked = (|| {
        let proven = walk.proven_by_tiles()?;
        let length = folder.path(&name).metadata()?.len();
        let grew = length > tail.line_bytes + tail.torn_line_bytes
            || folder.segments()?.last() != Some(&newest);
        Ok(if grew { 0 } else { proven })
    })();
    let proven = looked.map_err(|error: io::Error| Fault::unreadable(&name, &error))?;
    let found = walk.tree.size();
    if proven > found {
        let reason = Reason::Truncated { proven, found };
        return Err(Fault::line(&name, tail.lines + 1, Some(found), reason));
    }
    Ok(())
}

/// Warns of what a killed process left unfinished at the end of the newest segment.
fn warn_of_torn_ends(walk: &mut Walk<'_>, newest: u64, tail: &Tail) {
    if tail.torn_line_bytes > 0 {
        let (file, bytes) = (segment(newest), tail.torn_line_bytes);
        walk.times.warn(Warning::UnfinishedLine { file, bytes });
    }
    if tail.torn_history_bytes > 0 {
        let (file, bytes) = (history(newest), tail.torn_history_bytes);
        walk.times.warn(Warning::UnfinishedCheckpoint { file, bytes });
    }
}

fn summary(walk: Walk<'_>, verifier: &Verifier, segments: usize) -> Verified {
    let (events, times) = (walk.tree.size(), walk.times);
    Verified {
        origin: verifier.name().to_owned(),
        events,
        signed: walk.signed,
        not_yet_signed: events - walk.signed,
        root: HEXLOWER.encode(&walk.tree.root()),
        checkpoints: walk.checkpoints,
        segments: u64::try_from(segments).unwrap_or(u64::MAX),
        boots: times.boots,
        last_time: times.first.is_some().then_some(times.last),
        first_time: times.first,
        lost: times.lost,
        warnings: times.warnings,
        more_warnings: times.more_warnings,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::audit::Code;
    use crate::audit::Event;
    use crate::audit::Journal;
    use crate::audit::config::Config;
    use crate::base::FixedClock;
    use crate::base::Sensitive;
    use crate::base::Timestamp;

    /// A journal of three events and as many checkpoints.
    fn written(path: &Path) -> String {
        let config =
            Config { path: path.to_owned(), origin: "cloakroom/t/v".to_owned(), segment_events: 9 };
        for _ in 0..3 {
            let clock = Arc::new(FixedClock::at(Timestamp(1)));
            let journal = Journal::open(&config, &Sensitive::new([7; 32]), clock).unwrap();
            journal.note(Event::stop(Code("test")));
            journal.close();
        }
        let signer = crate::crypto::note::Signer::new("cloakroom/t/v", &Sensitive::new([7; 32]));
        signer.unwrap().verifier().to_string()
    }

    #[test]
    fn a_journal_that_begins_between_two_looks_is_looked_at_again() {
        let folder = tempfile::tempdir().unwrap();
        let key = written(folder.path());
        let verifier = Verifier::parse(&key).unwrap();
        // As if the writer had begun between the look for the newest checkpoint and the walk.
        let begun = walked(&Folder::at(folder.path()), &verifier, None, &[]);
        assert_eq!(begun, Err(Missed::Begun(3)));
        assert_eq!(verify(folder.path(), &key, &[]).unwrap().signed, 3);
        // Gone for good is another matter.
        std::fs::remove_file(folder.path().join(LATEST)).unwrap();
        let gone = verify(folder.path(), &key, &[]).unwrap_err();
        assert_eq!(
            (gone.file.as_str(), gone.reason),
            (LATEST, Reason::CheckpointMissing { size: 3 })
        );
    }
}
