//! RFC 6962 § 2.1 Merkle trees: hashing, appending with only the right edge in memory, proofs made and checked. Pure.
//!
//! A proof hash covers a [`Span`] of leaves; a span falls apart into perfect subtrees ([`Node`]) that the stored tiles
//! hold. So making a proof is: which spans, which nodes, fetch their tiles, fold.

use std::fmt;

use aws_lc_rs::digest;

/// A SHA-256 hash of a leaf or a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// From 32 bytes; `None` for another length.
    pub fn from_slice(bytes: &[u8]) -> Option<Hash> {
        bytes.try_into().ok().map(Hash)
    }

    /// Reads base64 as checkpoints and proofs write it.
    pub fn from_base64(text: &str) -> Option<Hash> {
        use base64::Engine as _;
        let hash = Hash::from_slice(&base64::engine::general_purpose::STANDARD.decode(text).ok()?)?;
        (hash.to_string() == text).then_some(hash)
    }
}

/// Base64, as in checkpoints.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use base64::Engine as _;
        f.write_str(&base64::engine::general_purpose::STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// SHA-256.
pub fn sha256(parts: &[&[u8]]) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    Hash(out)
}

/// The root of the tree without leaves.
pub fn empty_root() -> Hash {
    sha256(&[])
}

/// The hash of a leaf: SHA-256(0x00 ‖ data).
pub fn leaf_hash(data: &[u8]) -> Hash {
    sha256(&[&[0], data])
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut block = [1; 65];
    block[1..33].copy_from_slice(&left.0);
    block[33..].copy_from_slice(&right.0);
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, &block).as_ref());
    Hash(out)
}

/// The root over leaf hashes, by the definition of RFC 6962 § 2.1.
pub fn root_of(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(1 << (usize::BITS - 1 - (many.len() - 1).leading_zeros()));
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// The right edge of a growing tree: the roots of its perfect subtrees, largest first. At most 64 hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// From the perfect subtrees' roots, largest first; `None` when their number does not fit `size`.
    pub fn from_roots(size: u64, roots: Vec<Hash>) -> Option<Frontier> {
        (roots.len() == size.count_ones() as usize).then_some(Frontier { size, roots })
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf. `complete(height, hash)` is called for the leaf (height 0) and for every perfect subtree it completes.
    pub fn push(&mut self, leaf: Hash, mut complete: impl FnMut(u32, Hash)) {
        let mut hash = leaf;
        complete(0, hash);
        for height in 1..=self.size.trailing_ones() {
            // One root is on the stack for each set bit of `size`, so the trailing ones are there.
            let Some(left) = self.roots.pop() else { break };
            hash = node_hash(&left, &hash);
            complete(height, hash);
        }
        self.roots.push(hash);
        self.size += 1;
    }

    /// The root of the whole tree.
    pub fn root(&self) -> Hash {
        fold(&self.roots).unwrap_or_else(empty_root)
    }
}

/// Joins perfect subtrees of falling size into the root over all of them.
fn fold(roots: &[Hash]) -> Option<Hash> {
    roots
        .iter()
        .rev()
        .copied()
        .reduce(|right, left| node_hash(&left, &right))
}

/// A perfect subtree: leaves `index << height` to `(index + 1) << height`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// 0 for a leaf.
    pub height: u32,
    /// Position among the nodes of this height.
    pub index: u64,
}

/// Leaves `lo..hi` as they occur in proofs: `lo` is a multiple of a power of two that is at least `hi - lo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// First leaf.
    pub lo: u64,
    /// Leaf after the last.
    pub hi: u64,
}

impl Span {
    /// The perfect subtrees it falls apart into, largest first.
    pub fn nodes(self) -> impl Iterator<Item = Node> {
        let mut at = self.lo;
        let length = self.hi - self.lo;
        (0..u64::BITS)
            .rev()
            .filter(move |bit| length >> bit & 1 == 1)
            .map(move |height| {
                let node = Node {
                    height,
                    index: at >> height,
                };
                at += 1 << height;
                node
            })
    }

    /// Its hash, from its nodes' hashes; `None` when one is missing.
    pub fn hash(self, mut node: impl FnMut(Node) -> Option<Hash>) -> Option<Hash> {
        let roots: Option<Vec<Hash>> = self.nodes().map(&mut node).collect();
        fold(&roots?)
    }
}

/// The spans of the inclusion proof (RFC 6962 § 2.1.1) of leaf `index` in a tree of `size`, lowest first. `None` unless
/// `index < size`.
pub fn inclusion_spans(index: u64, size: u64) -> Option<Vec<Span>> {
    if index >= size {
        return None;
    }
    let (mut lo, mut hi, mut spans) = (0, size, Vec::new());
    while hi - lo > 1 {
        let middle = lo + split(hi - lo);
        if index < middle {
            spans.push(Span { lo: middle, hi });
            hi = middle;
        } else {
            spans.push(Span { lo, hi: middle });
            lo = middle;
        }
    }
    spans.reverse();
    Some(spans)
}

/// The spans of the consistency proof (RFC 6962 § 2.1.2) from tree size `old` to `size`. Empty for `old == size` and
/// `old == 0`. `None` unless `old <= size`.
pub fn consistency_spans(old: u64, size: u64) -> Option<Vec<Span>> {
    if old > size {
        return None;
    }
    if old == 0 || old == size {
        return Some(Vec::new());
    }
    let (mut lo, mut hi, mut whole, mut spans) = (0, size, true, Vec::new());
    while old != hi {
        let middle = lo + split(hi - lo);
        if old <= middle {
            spans.push(Span { lo: middle, hi });
            hi = middle;
        } else {
            spans.push(Span { lo, hi: middle });
            lo = middle;
            whole = false;
        }
    }
    if !whole {
        spans.push(Span { lo, hi });
    }
    spans.reverse();
    Some(spans)
}

/// The largest power of two smaller than `length` (which is at least 2).
fn split(length: u64) -> u64 {
    1 << (u64::BITS - 1 - (length - 1).leading_zeros())
}

/// Checks an inclusion proof (RFC 9162 § 2.1.3.2).
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut f, mut s, mut hash) = (index, size - 1, *leaf);
    for step in proof {
        if s == 0 {
            return false;
        }
        if f & 1 == 1 || f == s {
            hash = node_hash(step, &hash);
            while f & 1 == 0 && f != 0 {
                f >>= 1;
                s >>= 1;
            }
        } else {
            hash = node_hash(&hash, step);
        }
        f >>= 1;
        s >>= 1;
    }
    s == 0 && hash == *root
}

/// Checks a consistency proof (RFC 9162 § 2.1.4.2). Every tree is consistent with the empty one.
pub fn verify_consistency(old: u64, old_root: &Hash, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if old > size {
        return false;
    }
    if old == size {
        return proof.is_empty() && old_root == root;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    let mut steps = proof.iter().copied();
    let first = if old.is_power_of_two() {
        Some(*old_root)
    } else {
        steps.next()
    };
    let Some(first) = first else { return false };
    let (mut f, mut s) = (old - 1, size - 1);
    let shift = f.trailing_ones();
    f >>= shift;
    s >>= shift;
    let (mut older, mut newer) = (first, first);
    for step in steps {
        if s == 0 {
            return false;
        }
        if f & 1 == 1 || f == s {
            older = node_hash(&step, &older);
            newer = node_hash(&step, &newer);
            while f & 1 == 0 && f != 0 {
                f >>= 1;
                s >>= 1;
            }
        } else {
            newer = node_hash(&newer, &step);
        }
        f >>= 1;
        s >>= 1;
    }
    s == 0 && older == *old_root && newer == *root
}
