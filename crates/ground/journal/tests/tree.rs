//! Trees, proofs and tiles against RFC 6962's definitions, its published vectors, and the crate `tlog_tiles`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use tlog_tiles::HashReader;
use wegfrei_journal::tiles::{Tile, TileEdge, TilePath, hash_in_tile};
use wegfrei_journal::tree::{
    Frontier, Hash, Node, Span, consistency_spans, empty_root, inclusion_spans, leaf_hash, root_of, sha256,
    verify_consistency, verify_inclusion,
};

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

/// `tlog_tiles`' own store of hashes.
struct Oracle(Vec<tlog_tiles::Hash>);

impl HashReader for Oracle {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes
            .iter()
            .map(|index| self.0[usize::try_from(*index).unwrap()])
            .collect())
    }
}

fn oracle(leaves: &[Hash]) -> Oracle {
    let mut oracle = Oracle(Vec::new());
    for (n, leaf) in leaves.iter().enumerate() {
        let more = tlog_tiles::stored_hashes_for_record_hash(n as u64, tlog_tiles::Hash(leaf.0), &oracle).unwrap();
        oracle.0.extend(more);
    }
    oracle
}

fn hash_of(leaves: &[Hash], span: Span) -> Hash {
    let node = |node: Node| {
        let (lo, width) = ((node.index << node.height) as usize, 1usize << node.height);
        Some(root_of(&leaves[lo..lo + width]))
    };
    span.hash(node).unwrap()
}

fn theirs(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect()
}

/// The eight inputs and roots of the test vectors that RFC 6962's implementations share.
#[test]
fn published_vectors() {
    let inputs: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let hex = |hash: Hash| hash.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(
        hex(empty_root()),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    let mut frontier = Frontier::default();
    for (input, root) in inputs.iter().zip(roots) {
        frontier.push(leaf_hash(input), |_, _| {});
        assert_eq!(hex(frontier.root()), root, "size {}", frontier.size());
    }
}

/// Every proof of every tree up to 70 leaves: made as `tlog_tiles` makes it, accepted by both, refused when altered.
#[test]
fn all_proofs_of_small_trees() {
    let all = leaves(70);
    let oracle = oracle(&all);
    let roots: Vec<Hash> = (0..=all.len()).map(|size| root_of(&all[..size])).collect();
    for size in 1..=all.len() as u64 {
        let root = roots[size as usize];
        for index in 0..size {
            let spans = inclusion_spans(index, size).unwrap();
            let proof: Vec<Hash> = spans.into_iter().map(|span| hash_of(&all, span)).collect();
            let expected = tlog_tiles::prove_record(size, index, &oracle).unwrap();
            assert_eq!(theirs(&proof), expected, "entry {index} of {size}");
            let leaf = all[index as usize];
            assert!(verify_inclusion(&leaf, index, size, &proof, &root));
            for (other, leaf) in all.iter().enumerate().take(size as usize) {
                assert_eq!(
                    verify_inclusion(leaf, index, size, &proof, &root),
                    other as u64 == index
                );
            }
            assert!(!verify_inclusion(&leaf, index, size, &proof, &roots[size as usize - 1]));
            let mut longer = proof.clone();
            longer.push(root);
            assert!(!verify_inclusion(&leaf, index, size, &longer, &root));
            assert!(proof.is_empty() || !verify_inclusion(&leaf, index, size, &proof[1..], &root));
        }
        for old in 0..=size {
            let spans = consistency_spans(old, size).unwrap();
            let proof: Vec<Hash> = spans.into_iter().map(|span| hash_of(&all, span)).collect();
            if old > 0 {
                assert_eq!(
                    theirs(&proof),
                    tlog_tiles::prove_tree(size, old, &oracle).unwrap(),
                    "{old} to {size}"
                );
            }
            let older = roots[old as usize];
            assert!(verify_consistency(old, &older, size, &root, &proof), "{old} to {size}");
            let wrong = Hash([7; 32]);
            assert!(!verify_consistency(old, &wrong, size, &root, &proof), "{old} to {size}");
            assert!(
                !verify_consistency(old, &older, size, &wrong, &proof) || old == 0,
                "{old} to {size}"
            );
            for at in 0..proof.len() {
                let mut altered = proof.clone();
                altered[at].0[0] ^= 1;
                assert!(
                    !verify_consistency(old, &older, size, &root, &altered),
                    "{old} to {size}, hash {at}"
                );
            }
        }
    }
    assert_eq!(inclusion_spans(5, 5), None);
    assert_eq!(consistency_spans(6, 5), None);
}

fn split_batches(sizes: &[u64]) -> (TileEdge, Vec<Tile>, Vec<Hash>) {
    let all = leaves(sizes.iter().sum());
    let (mut edge, mut stored, mut at) = (TileEdge::default(), std::collections::BTreeMap::new(), 0);
    for size in sizes {
        let before = at;
        for _ in 0..*size {
            edge.push(all[at as usize]);
            at += 1;
        }
        let changed = edge.take_changed();
        let mut expected: Vec<String> = tlog_tiles::Tile::new_tiles(8, before, at)
            .iter()
            .map(their_path)
            .collect();
        let mut paths: Vec<String> = changed.iter().map(|tile| tile.path().to_string()).collect();
        expected.sort();
        paths.sort();
        assert_eq!(paths, expected, "tiles from {before} to {at}");
        stored.extend(changed.into_iter().map(|tile| ((tile.level, tile.index), tile)));
    }
    (edge, stored.into_values().collect(), all)
}

/// `tlog_tiles` writes the height first, the standard does not.
fn their_path(tile: &tlog_tiles::Tile) -> String {
    tile.path().replacen("tile/8/", "tile/", 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Tiles written batch by batch are those of `tlog_tiles`, and a tree goes on from them alone.
    #[test]
    fn tiles_grow_as_the_oracle_says(sizes in proptest::collection::vec(1u64..400, 1..5), more in 1u64..300) {
        let (edge, tiles, all) = split_batches(&sizes);
        let oracle = oracle(&all);
        let size = all.len() as u64;
        prop_assert_eq!(theirs(&[edge.root()])[0], tlog_tiles::tree_hash(size, &oracle).unwrap());
        for tile in &tiles {
            let path = tile.path();
            let same = tlog_tiles::Tile::new(8, path.level, path.index, path.width.into(), false);
            prop_assert_eq!(&tile.hashes, &same.read_data(&oracle).unwrap());
        }
        let find = |path: TilePath| {
            let tile = tiles.iter().find(|tile| (tile.level, tile.index) == (path.level, path.index))?;
            tile.hashes.get(..usize::from(path.width) * 32).map(<[u8]>::to_vec)
        };
        let mut resumed = TileEdge::resume(size, find).unwrap();
        let mut straight = edge.clone();
        for n in 0..more {
            resumed.push(leaf_hash(&n.to_le_bytes()));
            straight.push(leaf_hash(&n.to_le_bytes()));
        }
        prop_assert_eq!(resumed.root(), straight.root());
        prop_assert_eq!(resumed.take_changed(), straight.take_changed());
        // A proof from tiles only.
        let index = more % size;
        let node = |node: Node| hash_in_tile(&find(TilePath::of(node, size)?)?, node);
        let proof: Vec<Hash> =
            inclusion_spans(index, size).unwrap().into_iter().map(|span| span.hash(node).unwrap()).collect();
        prop_assert!(verify_inclusion(&all[index as usize], index, size, &proof, &edge.root()));
    }

    #[test]
    fn paths_are_those_of_the_oracle(level in 0u8..8, index in 0u64..5_000_000_000, width in 1u16..=256) {
        let path = TilePath { level, index, width };
        let same = tlog_tiles::Tile::new(8, level, index, width.into(), false);
        prop_assert_eq!(path.to_string(), their_path(&same));
        prop_assert_eq!(TilePath::parse(&path.to_string()), Some(path));
    }

    #[test]
    fn any_path_is_refused_or_the_only_spelling(text in "tile/[0-9]{1,2}/(x[0-9]{2,3}/){0,3}[0-9]{2,4}(\\.p/[0-9]{1,3})?") {
        if let Some(path) = TilePath::parse(&text) {
            prop_assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn checking_survives_any_proof(index: u64, size: u64, proof in proptest::collection::vec(any::<[u8; 32]>(), 0..70)) {
        let proof: Vec<Hash> = proof.into_iter().map(Hash).collect();
        let other = sha256(&[b"x"]);
        prop_assert!(!verify_inclusion(&other, index, size, &proof, &Hash::default()));
        prop_assert!(index == size || !verify_consistency(index, &other, size, &Hash::default(), &proof));
        if size > 0 && index < size {
            prop_assert!(inclusion_spans(index, size).unwrap().len() <= 64);
        }
    }
}

#[test]
fn paths_by_hand() {
    let check = |text: &str, fine: bool| assert_eq!(TilePath::parse(text).is_some(), fine, "{text}");
    check("tile/0/000", true);
    check("tile/0/x001/234", true);
    check("tile/0/x001/234.p/1", true);
    check("tile/7/x123/x456/789.p/255", true);
    check("tile/8/000", false);
    check("tile/0/000.p/0", false);
    check("tile/0/000.p/256", false);
    check("tile/0/000.p/007", false);
    check("tile/0/x000/234", false);
    check("tile/0/1234", false);
    check("tile/0/0", false);
    check("tile/00/000", false);
    check("tile/0/../000", false);
    check("tile/0/x018/x446/x744/x073/x709/x551/616", false);
    check("", false);
}
