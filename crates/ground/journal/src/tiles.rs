//! C2SP tlog-tiles (<https://c2sp.org/tlog-tiles>): the tree cut into tiles of height 8, and their paths.

use std::fmt;

use crate::tree::{Frontier, Hash, Node};

/// Levels of the tree in one tile.
pub const HEIGHT: u32 = 8;
/// Hashes in a full tile.
pub const WIDTH: u64 = 1 << HEIGHT;

/// The place of a tile. `Display` and [`TilePath::parse`] use the path after the log's prefix:
/// `tile/0/x001/234` or, partial, `tile/0/x001/234.p/17`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    /// 0 holds leaf hashes; level L holds hashes of height 8·L. At most 7.
    pub level: u8,
    /// Position within the level.
    pub index: u64,
    /// Hashes in it: 1 to 256; 256 = full.
    pub width: u16,
}

impl TilePath {
    /// Reads a path such as `tile/0/x001/234.p/17`; `None` for anything else, also for a second spelling of one.
    pub fn parse(path: &str) -> Option<TilePath> {
        if path.len() > 60 {
            return None;
        }
        let rest = path.strip_prefix("tile/")?;
        let (level, rest) = rest.split_once('/')?;
        let (index_text, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, width.parse().ok()?),
            None => (rest, 256),
        };
        let index = index_text.split('/').try_fold(0u64, |sum, group| {
            let group: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
            (group < 1000).then_some(())?;
            sum.checked_mul(1000)?.checked_add(group)
        })?;
        let tile = TilePath {
            level: level.parse().ok()?,
            index,
            width,
        };
        (tile.level < 8 && (1..=256).contains(&width) && tile.to_string() == path).then_some(tile)
    }

    /// The tile that holds a node, as wide as a tree of `size` makes it. `None` when the tree does not contain the node.
    pub fn of(node: Node, size: u64) -> Option<TilePath> {
        if node.index.checked_add(1)? > size.checked_shr(node.height)? {
            return None;
        }
        let (level, within) = (node.height / HEIGHT, node.height % HEIGHT);
        let index = node.index >> (HEIGHT - within);
        let available = (size >> (level * HEIGHT)) - index * WIDTH;
        Some(TilePath {
            level: u8::try_from(level).ok()?,
            index,
            width: u16::try_from(available.min(WIDTH)).ok()?,
        })
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/", self.level)?;
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for (i, group) in groups.iter().enumerate().rev() {
            if i == 0 {
                write!(f, "{group:03}")?
            } else {
                write!(f, "x{group:03}/")?
            }
        }
        if u64::from(self.width) < WIDTH {
            write!(f, ".p/{}", self.width)
        } else {
            Ok(())
        }
    }
}

/// The hash of a perfect subtree, from the bytes of the tile that holds it (which may be wider than needed).
pub fn hash_in_tile(tile: &[u8], node: Node) -> Option<Hash> {
    let within = node.height % HEIGHT;
    let count = 1usize << within;
    let first = usize::try_from(node.index % (WIDTH >> within)).ok()? * count;
    let bytes = tile.get(first * 32..(first + count) * 32)?;
    let hashes: Vec<Hash> = bytes.chunks_exact(32).filter_map(Hash::from_slice).collect();
    Some(crate::tree::root_of(&hashes))
}

/// A tile to be stored: place and bytes, 32 a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Level, 0 to 7.
    pub level: u8,
    /// Position within the level.
    pub index: u64,
    /// 32 to 8192 bytes.
    pub hashes: Vec<u8>,
}

impl Tile {
    /// Its path.
    pub fn path(&self) -> TilePath {
        TilePath {
            level: self.level,
            index: self.index,
            width: u16::try_from(self.hashes.len() / 32).unwrap_or(256),
        }
    }
}

/// A growing tree with the rightmost tile of each level; hands out the tiles that changed.
#[derive(Clone, Debug, Default)]
pub struct TileEdge {
    frontier: Frontier,
    /// Rightmost, not yet full tile of each level.
    open: Vec<OpenTile>,
    /// Full tiles since the last `take_changed`.
    full: Vec<Tile>,
}

#[derive(Clone, Debug, Default)]
struct OpenTile {
    index: u64,
    hashes: Vec<u8>,
    changed: bool,
}

impl TileEdge {
    /// Which tiles must be read to continue a tree of `size`: the partial one of each level.
    pub fn needed(size: u64) -> Vec<TilePath> {
        (0u8..8)
            .filter_map(|level| {
                let count = size >> (u32::from(level) * HEIGHT);
                let width = u16::try_from(count % WIDTH).ok().filter(|width| *width > 0)?;
                Some(TilePath {
                    level,
                    index: count / WIDTH,
                    width,
                })
            })
            .collect()
    }

    /// Continues a tree of `size` from the tiles [`TileEdge::needed`] names. `None` when one is missing or has another
    /// width; the caller compares [`TileEdge::root`] with what was signed.
    pub fn resume(size: u64, mut tile: impl FnMut(TilePath) -> Option<Vec<u8>>) -> Option<TileEdge> {
        let mut edge = TileEdge::default();
        let mut roots = Vec::new();
        for level in (0u8..8).rev() {
            let count = size >> (u32::from(level) * HEIGHT);
            let (index, width) = (count / WIDTH, count % WIDTH);
            let hashes = match u16::try_from(width).ok()? {
                0 => Vec::new(),
                width => tile(TilePath { level, index, width })?,
            };
            if hashes.len() as u64 != width * 32 {
                return None;
            }
            let mut at = 0;
            for within in (0..HEIGHT).rev().filter(|bit| width >> bit & 1 == 1) {
                let node = Node {
                    height: within,
                    index: at >> within,
                };
                roots.push(hash_in_tile(&hashes, node)?);
                at += 1 << within;
            }
            edge.open.push(OpenTile {
                index,
                hashes,
                changed: false,
            });
        }
        edge.open.reverse();
        edge.frontier = Frontier::from_roots(size, roots)?;
        Some(edge)
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let TileEdge { frontier, open, full } = self;
        frontier.push(leaf, |height, hash| {
            if height % HEIGHT != 0 {
                return;
            }
            let level = (height / HEIGHT) as usize;
            if open.len() <= level {
                open.resize_with(level + 1, OpenTile::default);
            }
            let tile = &mut open[level];
            tile.hashes.extend_from_slice(&hash.0);
            tile.changed = true;
            if tile.hashes.len() as u64 == WIDTH * 32 {
                full.push(Tile {
                    level: u8::try_from(level).unwrap_or(u8::MAX),
                    index: tile.index,
                    hashes: std::mem::take(&mut tile.hashes),
                });
                tile.index += 1;
                tile.changed = false;
            }
        });
    }

    /// The tiles to write since the last call: full ones and, of each level, the changed partial one.
    pub fn take_changed(&mut self) -> Vec<Tile> {
        let mut tiles = std::mem::take(&mut self.full);
        for (level, tile) in self.open.iter_mut().enumerate() {
            if std::mem::take(&mut tile.changed) {
                let level = u8::try_from(level).unwrap_or(u8::MAX);
                tiles.push(Tile {
                    level,
                    index: tile.index,
                    hashes: tile.hashes.clone(),
                });
            }
        }
        tiles
    }
}
