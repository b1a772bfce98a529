//! Tiles: the tree in files of 256 hashes ([C2SP tlog-tiles]).

use crate::crypto::merkle::tree::Hash;
use crate::crypto::merkle::tree::node_hash;

/// Hashes in a full tile: subtrees of height 8.
pub const TILE_WIDTH: usize = 256;

/// Up to 256 neighbouring hashes of one level; at level `l` each stands for `256^l` leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Level, 0 holds leaf hashes.
    pub level: u8,
    /// Number of the tile in its level, from 0.
    pub index: u64,
    /// The hashes: 256, or fewer in a partial tile.
    pub hashes: Vec<Hash>,
}

impl Tile {
    /// The path below the log's prefix, `tile/<L>/<N>[.p/<W>]`.
    pub fn path(&self) -> String {
        tile_path(self.level, self.index, self.hashes.len())
    }

    /// The content of the file: the hashes one after the other.
    pub fn bytes(&self) -> Vec<u8> {
        self.hashes.concat()
    }

    /// Reads the content of a file; refuses what is not 1 to 256 whole hashes.
    pub fn hashes(content: &[u8]) -> Option<Vec<Hash>> {
        let (hashes, rest) = content.as_chunks::<32>();
        let whole = rest.is_empty() && (1..=TILE_WIDTH).contains(&hashes.len());
        whole.then(|| hashes.to_vec())
    }

    /// The hash of the subtree that a full tile stands for. `None` for a partial one, which has none.
    pub fn root(&self) -> Option<Hash> {
        (self.hashes.len() == TILE_WIDTH).then(|| perfect_root(&self.hashes)).flatten()
    }

    /// The hash of the perfect subtree over the `2^height` hashes from `first` on; `None` when the
    /// tile does not hold them all.
    pub fn inner(&self, first: usize, height: u32) -> Option<Hash> {
        let width = 1_usize.checked_shl(height)?;
        perfect_root(self.hashes.get(first..first.checked_add(width)?)?)
    }
}

/// The hash over a power of two of neighbouring hashes.
fn perfect_root(hashes: &[Hash]) -> Option<Hash> {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        let (pairs, _) = row.as_chunks::<2>();
        row = pairs.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    row.first().copied()
}

/// The path of a tile of this width: the number in groups of three digits, all but the last with an
/// `x` before it, and `.p/<W>` when it is partial.
pub fn tile_path(level: u8, index: u64, width: usize) -> String {
    let mut number = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        number = format!("x{:03}/{number}", rest % 1000);
        rest /= 1000;
    }
    let suffix = if width < TILE_WIDTH { format!(".p/{width}") } else { String::new() };
    format!("tile/{level}/{number}{suffix}")
}

/// Fills tiles as leaves arrive: keeps the unfinished tile of every level, at most 255 hashes each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tiler {
    size: u64,
    rows: Vec<Vec<Hash>>,
}

impl Tiler {
    /// Gives the state at `size` leaves, with the unfinished tile of each level from 0 on; refuses
    /// rows of another length than `size` demands.
    pub fn from_rows(size: u64, rows: Vec<Vec<Hash>>) -> Option<Self> {
        let fits = rows.len() == Self::levels(size)
            && rows.iter().zip(0_u32..).all(|(row, level)| row.len() == Self::width(size, level));
        fits.then_some(Self { size, rows })
    }

    /// Number of levels that a tree of `size` leaves has tiles in.
    pub fn levels(size: u64) -> usize {
        usize::try_from((64 - size.leading_zeros()).div_ceil(8)).unwrap_or(0)
    }

    /// Number of hashes in the unfinished tile of a level, 0 to 255.
    pub fn width(size: u64, level: u32) -> usize {
        let entries = size.checked_shr(8 * level).unwrap_or(0);
        usize::try_from(entries % 256).unwrap_or(0)
    }

    /// Adds the hash of the next leaf and hands out each tile that it fills, lowest level first.
    pub fn push(&mut self, leaf: Hash, filled: &mut Vec<Tile>) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0..8_u8 {
            let row_number = usize::from(level);
            if self.rows.len() == row_number {
                self.rows.push(Vec::with_capacity(TILE_WIDTH));
            }
            let Some(row) = self.rows.get_mut(row_number) else { return };
            row.push(hash);
            if row.len() < TILE_WIDTH {
                return;
            }
            let index = (self.size >> (8 * (u32::from(level) + 1))) - 1;
            let tile = Tile { level, index, hashes: std::mem::take(row) };
            let Some(root) = tile.root() else { return };
            hash = root;
            filled.push(tile);
        }
    }

    /// The unfinished tiles that have at least one hash, lowest level first.
    pub fn partial(&self) -> Vec<Tile> {
        let rows = self.rows.iter().zip(0_u8..);
        rows.filter(|(row, _)| !row.is_empty())
            .map(|(row, level)| {
                let index = self.size.checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0);
                Tile { level, index, hashes: row.clone() }
            })
            .collect()
    }

    /// Returns how many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }
}
