//! Leaf hashes as they were stored: with them a single line is checked without those around it.

use std::io;

use crate::audit::fault::Fault;
use crate::audit::fault::Reason;
use crate::audit::folder::Folder;
use crate::crypto::merkle::Hash;
use crate::crypto::merkle::TILE_WIDTH;
use crate::crypto::merkle::tile_path;

/// The stored leaf hashes of 256 events, or of fewer at the end of the journal.
#[derive(Default)]
pub(super) struct Leaves {
    index: Option<u64>,
    /// Name of the tile that they are from.
    pub(super) name: String,
    hashes: Vec<Hash>,
}

impl Leaves {
    /// Returns the stored hash of an event's line; none when no tile has it.
    pub(super) fn leaf(&mut self, folder: &Folder, seq: u64) -> Result<Option<Hash>, Fault> {
        let (index, at) = (seq / 256, usize::try_from(seq % 256).unwrap_or(usize::MAX));
        if self.index != Some(index) || at >= self.hashes.len() {
            *self = Self::load(folder, index)?;
        }
        Ok(self.hashes.get(at).copied())
    }

    /// Whether the tile at hand is the one that has this event, if any has.
    pub(super) fn covers(&self, seq: u64) -> bool {
        self.index == Some(seq / 256)
    }

    /// Returns the hash of an event out of the tile at hand.
    pub(super) fn at_hand(&self, seq: u64) -> Option<Hash> {
        self.hashes.get(usize::try_from(seq % 256).unwrap_or(usize::MAX)).copied()
    }

    /// Reads the full tile of this number, or its widest partial one.
    pub(super) fn load(folder: &Folder, index: u64) -> Result<Self, Fault> {
        let name = tile_path(0, index, TILE_WIDTH);
        if let Some(hashes) = stored_tile(folder, 0, index, TILE_WIDTH)? {
            return Ok(Self { index: Some(index), name, hashes });
        }
        let widths = folder.partial_widths(0, index);
        let widths = widths.map_err(|error| Fault::unreadable(&name, &error))?;
        let Some(&widest) = widths.last() else {
            return Ok(Self { index: Some(index), ..Self::default() });
        };
        let hashes = stored_tile(folder, 0, index, widest)?.unwrap_or_default();
        Ok(Self { index: Some(index), name: tile_path(0, index, widest), hashes })
    }
}

/// Reads a tile; a fault when it is not one of this width.
pub(super) fn stored_tile(
    folder: &Folder,
    level: u8,
    index: u64,
    width: usize,
) -> Result<Option<Vec<Hash>>, Fault> {
    folder.tile(level, index, width).map_err(|error| {
        let name = tile_path(level, index, width);
        if error.kind() == io::ErrorKind::InvalidData {
            return Fault::file(&name, Reason::TileChanged);
        }
        Fault::unreadable(&name, &error)
    })
}
