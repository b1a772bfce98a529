//! Opening a journal, also after the process was killed: finds the durable end and checks that what
//! is there is what was signed.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;

use crate::audit::checkpoints::Checkpoints;
use crate::audit::config::Config;
use crate::audit::error::Error;
use crate::audit::fault::Fault;
use crate::audit::fault::Reason;
use crate::audit::folder::Folder;
use crate::audit::folder::LATEST;
use crate::audit::folder::absent;
use crate::audit::folder::history;
use crate::audit::folder::segment;
use crate::audit::store::Store;
use crate::audit::store::Tape;
use crate::audit::tiles::Tiles;
use crate::audit::verify::follows;
use crate::audit::verify::latest;
use crate::audit::walk::Gaps;
use crate::audit::walk::Grown;
use crate::audit::walk::Known;
use crate::audit::walk::Tail;
use crate::audit::walk::Walk;
use crate::base::Sensitive;
use crate::crypto::merkle::Tiler;
use crate::crypto::merkle::Tree;
use crate::crypto::note::Checkpoint;
use crate::crypto::note::Signer;
use crate::crypto::note::Verifier;

/// What was at the end of the journal and was never acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Torn {
    pub(super) lines: u64,
    pub(super) checkpoints: u64,
}

impl Store {
    /// Opens the journal in the configured folder, or starts one.
    pub(super) fn open(config: &Config, signer: Signer) -> Result<(Self, Torn), Error> {
        let folder = Folder::at(&config.path);
        let failed = |error| Error::Unusable(config.path.clone(), error);
        let damaged = |fault| Error::Damaged { folder: config.path.clone(), fault };
        folder.create().map_err(failed)?;
        let lock = folder.lock().map_err(failed)?;
        let lock = lock.ok_or_else(|| Error::Locked(config.path.clone()))?;
        let segments = folder.segments().map_err(failed)?;
        let verifier = signer.verifier();
        let newest = latest(&folder, verifier).map_err(damaged)?;
        let (first, found) = match segments.as_slice() {
            [] if newest.is_some() => {
                let reason = Reason::SegmentMissing { expected: 0 };
                return Err(damaged(Fault::file(&segment(0), reason)));
            }
            [] => (0, Found::default()),
            [.., first] => {
                let read = read(&folder, verifier, &segments, newest, Gaps::Fill);
                (*first, read.map_err(damaged)?)
            }
        };
        let tail = found.tail;
        set_aside(&folder, &segment(first), tail.line_bytes, tail.torn_line_bytes)
            .and_then(|()| {
                set_aside(&folder, &history(first), tail.history_bytes, tail.torn_history_bytes)
            })
            .map_err(failed)?;
        let lines = Tape::open(&folder, &segment(first), tail.line_bytes).map_err(failed)?;
        let checkpoints =
            Tape::open(&folder, &history(first), tail.history_bytes).map_err(failed)?;
        // The tiles that the newest checkpoint needs, should somebody have removed them.
        if found.signed == found.tree.size() {
            fill(&folder, &found.tiler).map_err(failed)?;
        }
        folder.sync("").map_err(failed)?;
        let store = Self {
            folder,
            signer,
            segment_events: config.segment_events.max(1),
            first,
            lines,
            history: checkpoints,
            tree: found.tree,
            tiler: found.tiler,
            signed: found.signed,
            tiles: Vec::new(),
            touched: BTreeSet::new(),
            unpublished: None,
            published: None,
            _lock: lock,
        };
        Ok((store, Torn { lines: tail.torn_line_bytes, checkpoints: tail.torn_history_bytes }))
    }
}

/// Says whether a gateway would go on from the journal in a folder, and writes nothing. A folder that is
/// not there, or is empty, is a journal that has not begun.
pub fn opens(config: &Config, seed: &Sensitive<[u8; 32]>) -> Result<(), Error> {
    let signer = Signer::new(&config.origin, seed);
    let signer = signer.map_err(|_| Error::Origin(config.origin.clone()))?;
    let folder = Folder::at(&config.path);
    let unusable = |error| Error::Unusable(config.path.clone(), error);
    // Before the segments: a gateway may be writing, and what is signed now is in those that are there then.
    let newest = latest(&folder, signer.verifier());
    let Some(segments) = absent(folder.segments()).map_err(unusable)? else { return Ok(()) };
    let found = newest.and_then(|newest| {
        if segments.is_empty() && newest.is_some() {
            return Err(Fault::file(&segment(0), Reason::SegmentMissing { expected: 0 }));
        }
        read(&folder, signer.verifier(), &segments, newest, Gaps::Pass)
    });
    let damaged = |fault| Error::Damaged { folder: config.path.clone(), fault };
    found.map(drop).map_err(damaged)
}

/// The state at the end of the last whole line.
#[derive(Default)]
struct Found {
    tree: Tree,
    tiler: Tiler,
    signed: u64,
    tail: Tail,
}

/// Reads the last segment, on top of the tree that the earlier ones left in tiles.
fn read(
    folder: &Folder,
    verifier: &Verifier,
    segments: &[u64],
    newest: Option<Checkpoint>,
    gaps: Gaps,
) -> Result<Found, Fault> {
    let [earlier @ .., first] = segments else { return Ok(Found::default()) };
    let start = match earlier {
        [] => {
            let empty = Walk::start(folder, verifier, gaps, Grown::default());
            follows(&empty, *first)?;
            Grown::default()
        }
        [.., previous] => resume(folder, verifier, *previous, *first)
            .or_else(|_| rebuild(folder, verifier, earlier, *first, gaps))?,
    };
    let mut walk = Walk::start(folder, verifier, gaps, start);
    walk.expect(
        newest
            .map(|checkpoint| Known { file: LATEST.to_owned(), checkpoint })
            .into_iter()
            .collect(),
    );
    let tail = walk.segment(true)?;
    walk.finish()?;
    Ok(Found { signed: walk.signed, tree: walk.tree, tiler: walk.tiler, tail })
}

/// Takes the tree at the start of a segment from the tiles, if it is the one that was signed then.
fn resume(folder: &Folder, verifier: &Verifier, previous: u64, first: u64) -> Result<Grown, Fault> {
    let mut checkpoints = Checkpoints::open(folder, verifier, previous)?;
    let mut last = None;
    while let Some(checkpoint) = checkpoints.peek() {
        last = Some(checkpoint);
        checkpoints.advance()?;
    }
    let Some(last) = last.filter(|last| last.size == first) else {
        return Err(Fault::file(checkpoints.name(), Reason::CheckpointMissing { size: first }));
    };
    let grown = Tiles::of(folder, first).resume()?;
    if grown.tree.root() != last.root {
        return Err(Fault::file("tile", Reason::TileChanged));
    }
    Ok(grown)
}

/// Reads all earlier segments again, and fills in tiles that are not there.
fn rebuild(
    folder: &Folder,
    verifier: &Verifier,
    earlier: &[u64],
    first: u64,
    gaps: Gaps,
) -> Result<Grown, Fault> {
    let mut walk = Walk::start(folder, verifier, gaps, Grown::default());
    for &segment in earlier {
        follows(&walk, segment)?;
        walk.segment(false)?;
    }
    follows(&walk, first)?;
    walk.finish()?;
    if walk.signed != first {
        let name = history(earlier.last().copied().unwrap_or_default());
        return Err(Fault::file(&name, Reason::CheckpointMissing { size: first }));
    }
    Ok(Grown { tree: walk.tree, tiler: walk.tiler })
}

/// Writes the unfinished tiles that are not there.
fn fill(folder: &Folder, tiler: &Tiler) -> std::io::Result<()> {
    for tile in tiler.partial() {
        if !folder.exists(&tile.path())? {
            folder.put_tile(&tile)?;
        }
    }
    Ok(())
}

/// Keeps a copy of what lies behind the last whole line before it is cut off.
fn set_aside(folder: &Folder, name: &str, from: u64, bytes: u64) -> std::io::Result<()> {
    if bytes == 0 {
        return Ok(());
    }
    let mut file = File::open(folder.path(name))?;
    file.seek(SeekFrom::Start(from))?;
    let mut torn = Vec::new();
    file.take(bytes.min(MOST_TORN_BYTES)).read_to_end(&mut torn)?;
    folder.put(&format!("torn/{name}.{from}"), &torn)
}

/// What is kept of an unfinished end: more than a group of lines is not written at once.
const MOST_TORN_BYTES: u64 = 64 * 1024 * 1024;
