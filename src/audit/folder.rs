//! The journal's folder: which file is where, and how files are made.

use std::ffi::OsStr;
use std::fs::DirBuilder;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use crate::crypto::merkle::Hash;
use crate::crypto::merkle::TILE_WIDTH;
use crate::crypto::merkle::Tile;
use crate::crypto::merkle::tile_path;

/// The newest checkpoint, where tlog-tiles wants it.
pub(super) const LATEST: &str = "checkpoint";

/// A journal's folder. Names in it are given relative to it, as faults show them.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes the folder, open to its owner alone, unless it is there.
    pub(super) fn create(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0)
    }

    /// Takes the lock that a second writer would want too. It ends with the file.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let file = private().write(true).create(true).truncate(false).open(self.path("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// The first index of every segment, in order.
    pub(super) fn segments(&self) -> io::Result<Vec<u64>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.0)? {
            let name = entry?.file_name();
            let first = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
            let digits = first.filter(|first| {
                first.len() == 20 && first.bytes().all(|byte| byte.is_ascii_digit())
            });
            found.extend(digits.and_then(|first| first.parse::<u64>().ok()));
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Opens a file to append to, and makes it when it is not there.
    pub(super) fn append_to(&self, name: &str) -> io::Result<File> {
        private().read(true).append(true).create(true).open(self.path(name))
    }

    /// Puts a file in place whole: under another name, made durable, renamed. Makes folders inside of the
    /// journal's, and never that one again: whoever moved it away puts it back.
    pub(super) fn put(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let path = self.path(name);
        let mut inside = self.0.clone();
        for part in Path::new(name).parent().into_iter().flat_map(Path::components) {
            inside.push(part);
            match DirBuilder::new().mode(0o700).create(&inside) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => made?,
            }
        }
        let beside = path.with_added_extension("tmp");
        let mut file = private().write(true).create(true).truncate(true).open(&beside)?;
        file.write_all(content)?;
        file.sync_data()?;
        std::fs::rename(&beside, &path)
    }

    /// Makes the names in a folder durable.
    pub(super) fn sync(&self, name: &str) -> io::Result<()> {
        File::open(self.path(name))?.sync_all()
    }

    /// Writes a tile; a full one makes the partial ones of its place superfluous.
    pub(super) fn put_tile(&self, tile: &Tile) -> io::Result<()> {
        self.put(&tile.path(), &tile.bytes())?;
        if tile.hashes.len() == TILE_WIDTH {
            let partial = self.path(&partial_folder(tile.level, tile.index));
            return absent(std::fs::remove_dir_all(partial)).map(drop);
        }
        Ok(())
    }

    /// Reads a tile of this width. `Ok(None)` when there is none; an error of kind `InvalidData`
    /// when it is not a tile of this width.
    pub(super) fn tile(
        &self,
        level: u8,
        index: u64,
        width: usize,
    ) -> io::Result<Option<Vec<Hash>>> {
        let path = self.path(&tile_path(level, index, width));
        let Some(content) = absent(std::fs::read(path))? else { return Ok(None) };
        let hashes = Tile::hashes(&content).filter(|hashes| hashes.len() == width);
        hashes.map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// The widths of the partial tiles at a place, ascending.
    pub(super) fn partial_widths(&self, level: u8, index: u64) -> io::Result<Vec<usize>> {
        let listed = absent(std::fs::read_dir(self.path(&partial_folder(level, index))))?;
        let mut widths = Vec::new();
        for entry in listed.into_iter().flatten() {
            // The full tile has replaced them while they were listed.
            let Some(entry) = absent(entry)? else { break };
            let name = entry.file_name();
            widths.extend(OsStr::to_str(&name).and_then(|name| name.parse::<usize>().ok()));
        }
        widths.sort_unstable();
        Ok(widths)
    }

    /// Whether there is a file of this name.
    pub(super) fn exists(&self, name: &str) -> io::Result<bool> {
        self.path(name).try_exists()
    }
}

/// Name of the segment that starts with this event.
pub(super) fn segment(first: u64) -> String {
    format!("{first:020}.jsonl")
}

/// Name of the checkpoints that were signed while this segment was written.
pub(super) fn history(first: u64) -> String {
    format!("{first:020}.checkpoints")
}

fn partial_folder(level: u8, index: u64) -> String {
    format!("{}.p", tile_path(level, index, TILE_WIDTH))
}

/// Turns "not there" into `None`.
pub(super) fn absent<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}
