//! The files under the writer: durable lines, tiles, checkpoints, segments.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use crate::audit::folder::Folder;
use crate::audit::folder::LATEST;
use crate::audit::folder::absent;
use crate::audit::folder::history;
use crate::audit::folder::segment;
use crate::crypto::merkle::Hash;
use crate::crypto::merkle::Tile;
use crate::crypto::merkle::Tiler;
use crate::crypto::merkle::Tree;
use crate::crypto::note::Checkpoint;
use crate::crypto::note::Signer;
use crate::net::FileIdentity;

/// A file that only grows, and of which we know how much is durable.
pub(super) struct Tape {
    path: PathBuf,
    file: File,
    identity: FileIdentity,
    durable: u64,
    /// Something may lie behind the durable end.
    dirty: bool,
}

impl Tape {
    /// Opens or makes the file, of which this much is durable already; what lies behind is cut off
    /// before the next append.
    pub(super) fn open(folder: &Folder, name: &str, durable: u64) -> io::Result<Self> {
        let file = folder.append_to(name)?;
        let identity = FileIdentity::from(&file.metadata()?);
        Ok(Self { path: folder.path(name), file, identity, durable, dirty: true })
    }

    /// Appends and waits until it is durable. After an error nothing was appended: what may lie
    /// behind the durable end is cut off now, or before the next append. Refuses a file that somebody
    /// moved, removed, replaced or cut since: what would be written to it is in no journal.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.cut()?;
        self.dirty = true;
        let end = self.durable + u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_data());
        match written.map_err(|error| self.failed(&error)).and_then(|()| self.ends_at(end)) {
            Ok(()) => {
                self.dirty = false;
                self.durable = end;
                Ok(())
            }
            Err(error) => {
                drop(self.cut());
                Err(error)
            }
        }
    }

    /// Cuts off what lies behind the durable end. Refuses a file that ends before it: growing it again
    /// would put zeros in the place of events.
    fn cut(&mut self) -> io::Result<()> {
        let length = self.length()?;
        if length < self.durable {
            return Err(self.altered(length, self.durable));
        }
        if self.dirty || length > self.durable {
            let cut = self.file.set_len(self.durable).and_then(|()| self.file.sync_data());
            cut.map_err(|error| self.failed(&error))?;
            self.dirty = false;
        }
        Ok(())
    }

    fn ends_at(&self, end: u64) -> io::Result<()> {
        let length = self.length()?;
        if length == end { Ok(()) } else { Err(self.altered(length, end)) }
    }

    /// Returns the file's length. Refuses one that is not at its path any more.
    fn length(&self) -> io::Result<u64> {
        match absent(std::fs::metadata(&self.path)).map_err(|error| self.failed(&error))? {
            Some(there) if self.identity == FileIdentity::from(&there) => Ok(there.len()),
            Some(_) | None => {
                let text = format!(
                    "{} was moved, removed or replaced while the gateway ran; put the journal's folder \
                     back as it was, or restart the gateway and run `cloakroom check`",
                    self.path.display()
                );
                Err(io::Error::new(io::ErrorKind::NotFound, text))
            }
        }
    }

    fn altered(&self, found: u64, written: u64) -> io::Error {
        let text = format!(
            "{} has {found} bytes, {written} were written: somebody changed it while the gateway ran; stop \
             the gateway, put the file back from a copy, and run `cloakroom audit verify`",
            self.path.display()
        );
        io::Error::new(io::ErrorKind::InvalidData, text)
    }

    fn failed(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {}", self.path.display(), error.kind()))
    }
}

/// The journal on disk. One writer owns it; the lock says so to other processes.
pub(super) struct Store {
    pub(super) folder: Folder,
    pub(super) signer: Signer,
    pub(super) segment_events: u64,
    pub(super) first: u64,
    pub(super) lines: Tape,
    pub(super) history: Tape,
    pub(super) tree: Tree,
    pub(super) tiler: Tiler,
    pub(super) signed: u64,
    /// Tiles that are full and not yet in place.
    pub(super) tiles: Vec<Tile>,
    /// Folders of tiles with names that are not durable yet.
    pub(super) touched: BTreeSet<String>,
    /// The newest checkpoint, while its copy is not in place.
    pub(super) unpublished: Option<String>,
    /// The newest checkpoint since its copy is in place, until the writer hands it on.
    pub(super) published: Option<Arc<str>>,
    /// Held for as long as the store lives.
    pub(super) _lock: File,
}

impl Store {
    /// Number of the next event.
    pub(super) fn next(&self) -> u64 {
        self.tree.size()
    }

    /// Events that the last checkpoint covers.
    pub(super) fn signed(&self) -> u64 {
        self.signed
    }

    /// Events that still fit into the segment at hand.
    pub(super) fn room(&self) -> u64 {
        (self.first + self.segment_events).saturating_sub(self.next())
    }

    /// Appends whole lines, and waits until they are durable. All or none.
    pub(super) fn append(&mut self, lines: &[u8], leaves: &[Hash]) -> io::Result<()> {
        self.lines.append(lines)?;
        for leaf in leaves {
            self.tree.push(*leaf);
            self.tiler.push(*leaf, &mut self.tiles);
        }
        Ok(())
    }

    /// Puts full tiles in place, durably.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        while let Some(tile) = self.tiles.first() {
            self.folder.put_tile(tile)?;
            touch(&mut self.touched, &tile.path());
            self.tiles.remove(0);
        }
        Ok(())
    }

    /// Makes the names of tiles durable.
    fn sync_tiles(&mut self) -> io::Result<()> {
        while let Some(name) = self.touched.last() {
            // A folder of partial tiles goes when the full one is there.
            absent(self.folder.sync(name))?;
            self.touched.pop_last();
        }
        self.folder.sync("")
    }

    /// Signs the tree as it is. Tiles first, then the history, then the newest: a checkpoint never
    /// stands without what it covers.
    pub(super) fn sign(&mut self) -> io::Result<()> {
        // Nothing is made anew in the place of a folder that was moved.
        self.lines.length()?;
        self.settle()?;
        if self.signed == self.next() {
            return self.publish();
        }
        for tile in self.tiler.partial() {
            self.folder.put_tile(&tile)?;
            touch(&mut self.touched, &tile.path());
        }
        let checkpoint = Checkpoint { size: self.next(), root: self.tree.root() };
        let note = checkpoint.sign(&self.signer).map_err(io::Error::other)?;
        self.history.append(note.as_bytes())?;
        self.signed = checkpoint.size;
        self.unpublished = Some(note);
        self.publish()
    }

    fn publish(&mut self) -> io::Result<()> {
        if let Some(note) = &self.unpublished {
            self.folder.put(LATEST, note.as_bytes())?;
            self.published = self.unpublished.take().map(Arc::from);
        }
        Ok(())
    }

    /// Starts the next segment. Can be called again after it failed.
    pub(super) fn rotate(&mut self) -> io::Result<()> {
        self.sign()?;
        self.sync_tiles()?;
        // What was set aside when a full segment was opened: nothing is appended to it any more.
        self.lines.cut()?;
        self.history.cut()?;
        let first = self.next();
        let lines = Tape::open(&self.folder, &segment(first), 0)?;
        let history = Tape::open(&self.folder, &history(first), 0)?;
        self.folder.sync("")?;
        (self.first, self.lines, self.history) = (first, lines, history);
        Ok(())
    }

    /// Signs, and makes everything durable.
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.sign()?;
        self.sync_tiles()
    }
}

/// Remembers the folders above a file, up to the journal's own.
fn touch(touched: &mut BTreeSet<String>, name: &str) {
    let mut rest = name;
    while let Some((folder, _)) = rest.rsplit_once('/') {
        if !touched.insert(folder.to_owned()) {
            return;
        }
        rest = folder;
    }
}
