//! Inclusion and consistency proofs: making them from stored hashes, and checking them.
//!
//! Whoever makes a proof hands in `fetch(level, index)`, which gives the hash of the perfect subtree
//! over the leaves `index * 2^level .. (index + 1) * 2^level`.

use crate::crypto::merkle::tree::Hash;
use crate::crypto::merkle::tree::empty_root;
use crate::crypto::merkle::tree::node_hash;

/// The largest power of two smaller than `n`, as an exponent; for `n` of at least 2.
fn split(n: u64) -> u32 {
    (n - 1).max(1).ilog2()
}

/// Gives `MTH(D[start:end])` for a range that the recursion of [RFC 6962, section 2.1] meets: its
/// start is a multiple of every perfect subtree in it.
pub fn subtree<E>(
    start: u64,
    end: u64,
    fetch: &mut dyn FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let width = end.saturating_sub(start);
    if width == 0 {
        return Ok(empty_root());
    }
    if width.is_power_of_two() {
        let level = width.trailing_zeros();
        return fetch(level, start >> level);
    }
    let middle = start + (1 << split(width));
    let left = subtree(start, middle, fetch)?;
    let right = subtree(middle, end, fetch)?;
    Ok(node_hash(&left, &right))
}

/// Gives the head of the tree of the first `size` leaves.
pub fn root<E>(size: u64, fetch: &mut dyn FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    subtree(0, size, fetch)
}

/// Gives the inclusion proof of leaf `index` in the tree of `size` leaves, from the leaf upwards:
/// `PATH` of [RFC 6962, section 2.1.1]. It is empty when there is no such leaf.
pub fn inclusion<E>(
    index: u64,
    size: u64,
    fetch: &mut dyn FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut path = Vec::new();
    let (mut start, mut end) = (0, size);
    while index < size && end - start > 1 {
        let middle = start + (1 << split(end - start));
        if index < middle {
            path.push(subtree(middle, end, fetch)?);
            end = middle;
        } else {
            path.push(subtree(start, middle, fetch)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Gives the consistency proof between the trees of the first `old` and the first `new` leaves:
/// `PROOF` of [RFC 6962, section 2.1.2]. It is empty for `old` of 0, and for `old >= new`.
pub fn consistency<E>(
    old: u64,
    new: u64,
    fetch: &mut dyn FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut path = Vec::new();
    if old == 0 || old >= new {
        return Ok(path);
    }
    // The recursion of the RFC as a walk down: whether the subtree at hand is known to the
    // verifier whole (the `b` of the RFC) is the same as starting at leaf 0.
    let (mut start, mut end) = (0, new);
    while old != end {
        let middle = start + (1 << split(end - start));
        if old <= middle {
            path.push(subtree(middle, end, fetch)?);
            end = middle;
        } else {
            path.push(subtree(start, middle, fetch)?);
            start = middle;
        }
    }
    if start != 0 {
        path.push(subtree(start, end, fetch)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `proof` shows that `leaf` is number `index` of the `size` leaves under `root`
/// ([RFC 9162, section 2.1.3.2]).
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut position, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            hash = node_hash(sibling, &hash);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `old` is the beginning of the tree of `new`, each given by
/// its size and head ([RFC 9162, section 2.1.4.2]).
pub fn verify_consistency(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    if old_size == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    let (mut position, mut last) = (old_size - 1, new_size - 1);
    let shift = position.trailing_ones();
    position >>= shift;
    last >>= shift;
    let mut rest = proof.iter();
    let first = if position == 0 { Some(old_root) } else { rest.next() };
    let Some(first) = first else { return false };
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}
