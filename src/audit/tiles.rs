//! Hashes of subtrees out of stored tiles: for going on after a restart, and for proofs.

use crate::audit::fault::Fault;
use crate::audit::fault::Reason;
use crate::audit::folder::Folder;
use crate::audit::walk::Grown;
use crate::crypto::merkle::Hash;
use crate::crypto::merkle::TILE_WIDTH;
use crate::crypto::merkle::Tile;
use crate::crypto::merkle::Tiler;
use crate::crypto::merkle::Tree;
use crate::crypto::merkle::subtree;
use crate::crypto::merkle::tile_path;

/// The stored tiles of the tree of this size.
pub(super) struct Tiles<'a> {
    folder: &'a Folder,
    size: u64,
}

impl<'a> Tiles<'a> {
    pub(super) fn of(folder: &'a Folder, size: u64) -> Self {
        Self { folder, size }
    }

    /// The hash of the perfect subtree `index` of this level; a fault when a tile is missing.
    pub(super) fn node(&self, level: u32, index: u64) -> Result<Hash, Fault> {
        let height = level % 8;
        let tile_level = u8::try_from(level / 8).unwrap_or(u8::MAX);
        let entry = index << height;
        let tile = self.tile(tile_level, entry / 256)?;
        let first = usize::try_from(entry % 256).unwrap_or(usize::MAX);
        tile.inner(first, height).ok_or_else(|| Fault::file(&tile.path(), Reason::TileMissing))
    }

    /// Where a writer goes on that has written `size` events: not checked against any checkpoint.
    pub(super) fn resume(&self) -> Result<Grown, Fault> {
        let missing = || Fault::file("tile", Reason::TileMissing);
        let mut rows = Vec::new();
        for level in (0..8_u8).take(Tiler::levels(self.size)) {
            let width = Tiler::width(self.size, u32::from(level));
            if width == 0 {
                rows.push(Vec::new());
                continue;
            }
            let mut tile = self.tile(level, self.size >> (8 * (u32::from(level) + 1)))?;
            tile.hashes.truncate(width);
            rows.push(tile.hashes);
        }
        let mut peaks = Vec::new();
        let mut start = 0;
        for bit in (0..u64::BITS).rev().filter(|bit| self.size >> bit & 1 == 1) {
            let end = start + (1 << bit);
            peaks.push(subtree(start, end, &mut |level, index| self.node(level, index))?);
            start = end;
        }
        let tree = Tree::from_peaks(self.size, peaks).ok_or_else(missing)?;
        Ok(Grown { tree, tiler: Tiler::from_rows(self.size, rows).ok_or_else(missing)? })
    }

    /// A tile of this tree: the full one, or the partial one of this size.
    fn tile(&self, level: u8, index: u64) -> Result<Tile, Fault> {
        let entries = self.size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        let width = usize::try_from(entries.saturating_sub(index * 256).min(256)).unwrap_or(0);
        let read = |width| {
            self.folder.tile(level, index, width).map_err(|error| {
                let name = tile_path(level, index, width);
                if error.kind() == std::io::ErrorKind::InvalidData {
                    return Fault::file(&name, Reason::TileChanged);
                }
                Fault::unreadable(&name, &error)
            })
        };
        let found = match read(width)? {
            Some(hashes) => Some(hashes),
            // The full tile replaced it.
            None => read(TILE_WIDTH)?,
        };
        let missing = || Fault::file(&tile_path(level, index, width), Reason::TileMissing);
        let mut hashes = found.ok_or_else(missing)?;
        hashes.truncate(width);
        Ok(Tile { level, index, hashes })
    }
}
