//! Against the published tree, and against the recursive definition written out.

use std::convert::Infallible;

use data_encoding::HEXLOWER;
use proptest::prelude::*;

use super::*;

/// `MTH` exactly as [RFC 6962, section 2.1] writes it.
fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        more => {
            let k = more.len().next_power_of_two() / 2;
            node_hash(&mth(&more[..k]), &mth(&more[k..]))
        }
    }
}

/// `PATH(m, D[n])` exactly as section 2.1.1 writes it.
fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (mut below, sibling) = if m < k {
        (path(m, &leaves[..k]), mth(&leaves[k..]))
    } else {
        (path(m - k, &leaves[k..]), mth(&leaves[..k]))
    };
    below.push(sibling);
    below
}

/// `SUBPROOF(m, D[n], b)` exactly as section 2.1.2 writes it.
fn subproof(m: usize, leaves: &[Hash], complete: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if complete { Vec::new() } else { vec![mth(leaves)] };
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (mut below, sibling) = if m <= k {
        (subproof(m, &leaves[..k], complete), mth(&leaves[k..]))
    } else {
        (subproof(m - k, &leaves[k..], false), mth(&leaves[..k]))
    };
    below.push(sibling);
    below
}

fn numbered(count: usize) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(n.to_string().as_bytes())).collect()
}

fn fetch_from(leaves: &[Hash]) -> impl FnMut(u32, u64) -> Result<Hash, Infallible> + '_ {
    |level, index| {
        let (start, width) = (usize::try_from(index).unwrap() << level, 1_usize << level);
        Ok(mth(&leaves[start..start + width]))
    }
}

/// The eight entries of the reference tree of the Certificate Transparency implementations.
fn reference_entries() -> Vec<Vec<u8>> {
    let texts = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    texts.iter().map(|text| HEXLOWER.decode(text.as_bytes()).unwrap()).collect()
}

#[test]
fn gives_the_heads_of_the_reference_tree() {
    let heads = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut tree = Tree::default();
    assert_eq!(HEXLOWER.encode(&tree.root()), heads[0]);
    for (entry, head) in reference_entries().iter().zip(&heads[1..]) {
        tree.push(leaf_hash(entry));
        assert_eq!(HEXLOWER.encode(&tree.root()), *head, "{} leaves", tree.size());
    }
}

#[test]
fn heads_are_those_of_the_definition() {
    let leaves = numbered(600);
    let mut tree = Tree::default();
    for size in 0..=leaves.len() {
        if size < 70 || size % 97 == 0 {
            assert_eq!(tree.root(), mth(&leaves[..size]), "{size} leaves");
        }
        if let Some(next) = leaves.get(size) {
            tree.push(*next);
        }
    }
}

#[test]
fn every_small_proof_is_that_of_the_definition() {
    let leaves = numbered(33);
    for size in 0..=33_usize {
        let here = &leaves[..size];
        let root = mth(here);
        let wide = u64::try_from(size).unwrap();
        for index in 0..size {
            let at = u64::try_from(index).unwrap();
            let proof = inclusion(at, wide, &mut fetch_from(here)).unwrap();
            assert_eq!(proof, path(index, here), "leaf {index} of {size}");
            assert!(verify_inclusion(&here[index], at, wide, &proof, &root));
        }
        for old in 0..=size {
            let (from, old_root) = (u64::try_from(old).unwrap(), mth(&here[..old]));
            let proof = consistency(from, wide, &mut fetch_from(here)).unwrap();
            let expected = if old == 0 { Vec::new() } else { subproof(old, here, true) };
            assert_eq!(proof, expected, "{old} to {size}");
            assert!(verify_consistency((from, &old_root), (wide, &root), &proof), "{old} {size}");
        }
    }
}

#[test]
fn a_proof_holds_for_nothing_else() {
    let leaves = numbered(21);
    for size in 1..=21_u64 {
        let here = &leaves[..usize::try_from(size).unwrap()];
        let root = mth(here);
        for index in 0..size {
            let proof = inclusion(index, size, &mut fetch_from(here)).unwrap();
            let leaf = here[usize::try_from(index).unwrap()];
            for other in (0..size).filter(|&other| other != index) {
                assert!(!verify_inclusion(&leaf, other, size, &proof, &root));
            }
            let mut longer = proof.clone();
            longer.push([7; 32]);
            assert!(!verify_inclusion(&leaf, index, size, &longer, &root));
            for cut in 0..proof.len() {
                assert!(!verify_inclusion(&leaf, index, size, &proof[..cut], &root));
                let mut bent = proof.clone();
                bent[cut][0] ^= 1;
                assert!(!verify_inclusion(&leaf, index, size, &bent, &root));
            }
        }
        for old in 1..size {
            let old_root = mth(&here[..usize::try_from(old).unwrap()]);
            let proof = consistency(old, size, &mut fetch_from(here)).unwrap();
            assert!(!verify_consistency((old, &[0; 32]), (size, &root), &proof));
            assert!(!verify_consistency((old, &old_root), (size, &[0; 32]), &proof));
            for cut in 0..proof.len() {
                let mut bent = proof.clone();
                bent[cut][31] ^= 128;
                assert!(!verify_consistency((old, &old_root), (size, &root), &bent));
                assert!(!verify_consistency((old, &old_root), (size, &root), &proof[..cut]));
            }
        }
    }
}

#[test]
fn spells_tile_paths_as_the_specification_does() {
    assert_eq!(tile_path(0, 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(tile_path(0, 0, 256), "tile/0/000");
    assert_eq!(tile_path(2, 999, 1), "tile/2/999.p/1");
    assert_eq!(tile_path(1, 1000, 255), "tile/1/x001/000.p/255");
}

#[test]
fn cuts_seventy_thousand_leaves_into_the_tiles_of_the_specification() {
    let mut tiler = Tiler::default();
    let mut filled = Vec::new();
    for number in 0..70_000_u32 {
        tiler.push(leaf_hash(&number.to_be_bytes()), &mut filled);
    }
    let full = |level| filled.iter().filter(|tile| tile.level == level).count();
    assert_eq!((full(0), full(1), full(2)), (273, 1, 0));
    let partial: Vec<String> = tiler.partial().iter().map(Tile::path).collect();
    assert_eq!(partial, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
}

#[test]
fn a_tree_of_256_leaves_has_one_hash_at_level_one() {
    let mut tiler = Tiler::default();
    let mut filled = Vec::new();
    let leaves = numbered(256);
    for leaf in &leaves {
        tiler.push(*leaf, &mut filled);
    }
    assert_eq!(filled.len(), 1);
    assert_eq!(filled[0].root(), Some(mth(&leaves)));
    let partial = tiler.partial();
    assert_eq!(partial.len(), 1);
    assert_eq!(partial[0].path(), "tile/1/000.p/1");
    assert_eq!(partial[0].hashes, [mth(&leaves)]);
}

proptest! {
    #[test]
    fn tiles_hold_the_hashes_of_the_definition(size in 1_usize..1500) {
        let leaves = numbered(size);
        let mut tiler = Tiler::default();
        let mut tiles = Vec::new();
        for leaf in &leaves {
 tiler.push(*leaf, &mut tiles);
 }
        tiles.extend(tiler.partial());
        for tile in &tiles {
            for (hash, entry) in tile.hashes.iter().zip(0_u64..) {
                let width = 256_usize.pow(u32::from(tile.level));
                let first = usize::try_from(tile.index * 256 + entry).unwrap() * width;
                prop_assert_eq!(*hash, mth(&leaves[first..first + width]));
            }
            prop_assert_eq!(Tile::hashes(&tile.bytes()), Some(tile.hashes.clone()));
        }
        let rows = (0..Tiler::levels(tiler.size())).map(|level| {
            let partial = tiler.partial();
            let found = partial.iter().find(|tile| usize::from(tile.level) == level);
            found.map(|tile| tile.hashes.clone()).unwrap_or_default()
        });
        prop_assert_eq!(Tiler::from_rows(tiler.size(), rows.collect()), Some(tiler));
    }
}
