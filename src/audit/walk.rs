//! Going through segments line by line, with the tree growing along: what `verify` does, and what the
//! journal does with its last segment when it is opened. Memory is bounded by one line and one tile.

use std::io;

use crate::audit::checkpoints::Checkpoints;
use crate::audit::fault::Fault;
use crate::audit::fault::Reason;
use crate::audit::folder::Folder;
use crate::audit::folder::segment;
use crate::audit::head::Head;
use crate::audit::head::Times;
use crate::audit::leaves::Leaves;
use crate::audit::leaves::stored_tile;
use crate::audit::lines::Lines;
use crate::crypto::merkle::Hash;
use crate::crypto::merkle::TILE_WIDTH;
use crate::crypto::merkle::Tile;
use crate::crypto::merkle::Tiler;
use crate::crypto::merkle::Tree;
use crate::crypto::merkle::leaf_hash;
use crate::crypto::merkle::tile_path;
use crate::crypto::note::Checkpoint;
use crate::crypto::note::Verifier;

/// What to do about a tile that is not there. One that is there and wrong is a fault always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gaps {
    /// The walk ends with a fault.
    Refuse,
    /// It is written: the process ended between the lines and the tile.
    Fill,
    /// Nothing: whoever opens the journal will write it.
    Pass,
}

/// What is behind the last whole line and the last whole checkpoint of a segment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tail {
    /// Bytes of whole lines.
    pub(super) line_bytes: u64,
    /// Bytes of an unfinished line.
    pub(super) torn_line_bytes: u64,
    /// Bytes of whole checkpoints.
    pub(super) history_bytes: u64,
    /// Bytes of an unfinished checkpoint.
    pub(super) torn_history_bytes: u64,
    /// How many lines end with a line feed.
    pub(super) lines: u64,
}

/// The state between two lines.
pub(super) struct Walk<'a> {
    folder: &'a Folder,
    verifier: &'a Verifier,
    gaps: Gaps,
    pub(super) tree: Tree,
    pub(super) tiler: Tiler,
    pub(super) signed: u64,
    pub(super) checkpoints: u64,
    pub(super) times: Times,
    /// Checkpoints from elsewhere that must come by, the smallest last.
    expected: Vec<Known>,
    stored: Leaves,
    /// The first line that is not what the tile of this name says.
    suspect: Option<Suspect>,
}

/// A line and a tile that contradict each other.
struct Suspect {
    line: Fault,
    tile: String,
}

/// A checkpoint that is known from another place than the history.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) file: String,
    pub(super) checkpoint: Checkpoint,
}

/// A tree over the events so far, and the tiles of it that are not full yet.
#[derive(Default)]
pub(super) struct Grown {
    pub(super) tree: Tree,
    pub(super) tiler: Tiler,
}

impl<'a> Walk<'a> {
    /// Starts where this tree ends.
    pub(super) fn start(
        folder: &'a Folder,
        verifier: &'a Verifier,
        gaps: Gaps,
        Grown { tree, tiler }: Grown,
    ) -> Self {
        Self {
            folder,
            verifier,
            gaps,
            signed: tree.size(),
            tree,
            tiler,
            checkpoints: 0,
            times: Times::default(),
            expected: Vec::new(),
            stored: Leaves::default(),
            suspect: None,
        }
    }

    /// Demands that these checkpoints come by: the folder's newest, those that the auditor kept.
    pub(super) fn expect(&mut self, mut known: Vec<Known>) {
        known.retain(|known| known.checkpoint.size > self.tree.size());
        known.sort_by_key(|known| std::cmp::Reverse(known.checkpoint.size));
        self.expected = known;
    }

    /// Goes through the segment that starts here. `last` says that nothing follows, so that an
    /// unfinished line at its end is no fault.
    pub(super) fn segment(&mut self, last: bool) -> Result<Tail, Fault> {
        let first = self.tree.size();
        let name = segment(first);
        // In this order: what a line says was signed before it is in the history that is read then.
        let mut lines = Lines::open(self.folder, &name)?;
        let mut checkpoints = Checkpoints::open(self.folder, self.verifier, first)?;
        let mut line = Vec::new();
        while lines.next(&mut line)? {
            self.line(&mut lines, &line)?;
            self.pass(&mut checkpoints, &lines)?;
        }
        // Of a journal that grows meanwhile the history may be ahead of the lines that were read.
        if let Some(beyond) = checkpoints.peek().filter(|_| !lines.grew(self.folder)) {
            return Err(self.truncated(&name, lines.number + 1, beyond.size));
        }
        let torn = lines.torn_bytes;
        let (history_bytes, torn_history_bytes) = checkpoints.lengths();
        if !last && torn > 0 {
            let seq = Some(self.tree.size());
            return Err(Fault::line(&name, lines.number + 1, seq, Reason::NotAnEvent));
        }
        if !last && torn_history_bytes > 0 {
            return Err(Fault::file(checkpoints.name(), Reason::CheckpointForm));
        }
        Ok(Tail {
            line_bytes: lines.whole_bytes,
            torn_line_bytes: torn,
            history_bytes,
            torn_history_bytes,
            lines: lines.number,
        })
    }

    /// Says what is wrong at the very end: tiles that are not right, checkpoints that did not come
    /// by, tiles that prove more events than there are.
    pub(super) fn finish(&mut self) -> Result<(), Fault> {
        let end = self.tree.size();
        if let Some(suspect) = self.suspect.take() {
            return Err(suspect.line);
        }
        if let Some(missing) = self.expected.last() {
            let size = missing.checkpoint.size;
            let reason = if size > end {
                Reason::Truncated { proven: size, found: end }
            } else {
                Reason::CheckpointMissing { size }
            };
            return Err(Fault::file(&missing.file, reason));
        }
        for tile in self.tiler.partial() {
            self.check_partial(&tile)?;
        }
        Ok(())
    }

    /// Number of events that the stored tile at the end proves; at most what is there, in a journal
    /// that is whole and at rest.
    pub(super) fn proven_by_tiles(&self) -> io::Result<u64> {
        let index = self.tree.size() / 256;
        let base = index * 256;
        if self.folder.exists(&tile_path(0, index, TILE_WIDTH))? {
            return Ok(base + 256);
        }
        let widest = self.folder.partial_widths(0, index)?.pop().unwrap_or(0);
        Ok(base + u64::try_from(widest).unwrap_or(0))
    }

    /// Takes one line in.
    fn line(&mut self, lines: &mut Lines, line: &[u8]) -> Result<(), Fault> {
        let seq = self.tree.size();
        let head = Head::parse(line).ok_or(Reason::NotAnEvent);
        let head = head.and_then(|head| match head.seq {
            found if found == seq => Ok(head),
            found if found < seq => Err(Reason::Inserted { expected: seq, found }),
            found if lines.followed_by(seq) => Err(Reason::Reordered { expected: seq, found }),
            found => Err(Reason::Removed { expected: seq, found }),
        });
        let head = head.map_err(|reason| self.blame(|| lines.fault(Some(seq), reason)))?;
        if head.signed > self.signed {
            let reason = Reason::CheckpointMissing { size: head.signed };
            return Err(self.blame(|| lines.fault(Some(seq), reason)));
        }
        self.times.take(&head, &lines.name, lines.number);
        let leaf = leaf_hash(line);
        self.compare(leaf, lines)?;
        self.tree.push(leaf);
        let mut filled = Vec::new();
        self.tiler.push(leaf, &mut filled);
        filled.iter().try_for_each(|tile| self.check_full(tile))
    }

    /// Compares a leaf with the stored one. A difference is a suspicion until the next checkpoint
    /// tells whether the line or the tile is wrong.
    fn compare(&mut self, leaf: Hash, lines: &Lines) -> Result<(), Fault> {
        let seq = self.tree.size();
        let index = seq / 256;
        // Read once: what is stored meanwhile is newer than the lines.
        if !self.stored.covers(seq) {
            self.stored = Leaves::load(self.folder, index)?;
        }
        let differs = self.stored.at_hand(seq).is_some_and(|stored| stored != leaf);
        if differs && self.suspect.is_none() {
            let line = lines.fault(Some(seq), Reason::Changed { tile: index });
            self.suspect = Some(Suspect { line, tile: self.stored.name.clone() });
        }
        Ok(())
    }

    /// Compares the checkpoints over exactly the events so far: that of the history, and those that
    /// are known from elsewhere, which must be in the history too.
    fn pass(&mut self, checkpoints: &mut Checkpoints<'_>, lines: &Lines) -> Result<(), Fault> {
        let size = self.tree.size();
        let signed = checkpoints.peek().filter(|next| next.size == size);
        let known = self.expected.iter().position(|known| known.checkpoint.size == size);
        if signed.is_none() && known.is_none() {
            return Ok(());
        }
        let root = self.tree.root();
        if signed.is_some_and(|checkpoint| checkpoint.root != root) {
            return Err(self.unsigned(size, lines));
        }
        while let Some(known) = self.expected.pop_if(|known| known.checkpoint.size == size) {
            if known.checkpoint.root != root {
                let reason = Reason::Foreign { size };
                return Err(self.blame(|| Fault::file(&known.file, reason)));
            }
            if signed.is_none() {
                return Err(Fault::file(checkpoints.name(), Reason::CheckpointMissing { size }));
            }
        }
        // The lines are those that were signed: a leaf that differs from its tile was changed there.
        if let Some(suspect) = self.suspect.take() {
            return Err(Fault::file(&suspect.tile, Reason::TileChanged));
        }
        self.signed = size;
        self.checkpoints += 1;
        checkpoints.advance()
    }

    /// The fault behind a checkpoint that is not the root over the lines.
    fn unsigned(&mut self, size: u64, lines: &Lines) -> Fault {
        let from = self.signed;
        let line = (lines.number + 1).saturating_sub(size - from);
        self.blame(|| {
            let reason = Reason::ChangedBetween { from, to: size.saturating_sub(1) };
            Fault::line(&lines.name, line.max(1), Some(from), reason)
        })
    }

    fn truncated(&mut self, name: &str, line: u64, proven: u64) -> Fault {
        let found = self.tree.size();
        let reason = Reason::Truncated { proven, found };
        self.blame(|| Fault::line(name, line, Some(found), reason))
    }

    /// Compares a tile that just became full with the stored one.
    fn check_full(&mut self, tile: &Tile) -> Result<(), Fault> {
        let name = tile.path();
        match stored_tile(self.folder, tile.level, tile.index, TILE_WIDTH)? {
            // Level 0 was compared leaf by leaf, which tells more.
            Some(stored) if tile.level == 0 || stored == tile.hashes => Ok(()),
            Some(_) if self.suspect.is_some() => Ok(()),
            Some(_) => Err(Fault::file(&name, Reason::TileChanged)),
            None if self.gaps == Gaps::Fill => {
                let written = self.folder.put_tile(tile);
                written.map_err(|error| Fault::unreadable(&name, &error))
            }
            None if self.gaps == Gaps::Pass => Ok(()),
            // Tiles are durable before a checkpoint over them is signed, not before.
            None if self.wants_tile(tile) => Err(Fault::file(&name, Reason::TileMissing)),
            None => Ok(()),
        }
    }

    /// The first thing that is wrong: a line before that its tile contradicts, or else this.
    fn blame(&mut self, otherwise: impl FnOnce() -> Fault) -> Fault {
        self.suspect.take().map_or_else(otherwise, |suspect| suspect.line)
    }

    /// Whether a checkpoint that is known of covers the tile.
    fn wants_tile(&self, tile: &Tile) -> bool {
        let end = (tile.index + 1) << (8 * (u32::from(tile.level) + 1));
        self.expected.first().is_some_and(|known| known.checkpoint.size >= end)
    }

    /// Compares the unfinished tile of a level with all partial ones that are stored.
    fn check_partial(&self, tile: &Tile) -> Result<(), Fault> {
        let folder_name = tile.path();
        let widths = self.folder.partial_widths(tile.level, tile.index);
        for width in widths.map_err(|error| Fault::unreadable(&folder_name, &error))? {
            let stored =
                stored_tile(self.folder, tile.level, tile.index, width)?.unwrap_or_default();
            if width <= tile.hashes.len() && !tile.hashes.starts_with(&stored) {
                let name = tile_path(tile.level, tile.index, width);
                return Err(Fault::file(&name, Reason::TileChanged));
            }
        }
        Ok(())
    }
}
