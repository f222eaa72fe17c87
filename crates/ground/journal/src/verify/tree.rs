//! Tiles, roots and signatures; and who is to blame: the entry, the tile or the head.

use wegfrei_store::{StoreError, Tx, Value};

use super::entries::leaf_of;
use super::{Run, next_page, number};
use crate::schema;
use crate::tiles::{TilePath, WIDTH};
use crate::tree::{Frontier, Hash, empty_root, sha256};

impl Run {
    /// Compares every stored tile with the one computed from the entries.
    pub(super) async fn tiles(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut after = None;
        let mut frontier = Frontier::default();
        let mut current = String::new();
        while let Some(rows) = next_page(tx, &schema::TILE, &mut after, 200).await? {
            for row in rows {
                let authority = row.text("authority")?;
                let hashes = row.blob("hashes")?;
                let (level, index) = (u8::try_from(row.int("level")?).unwrap_or(u8::MAX), number(&row, "idx")?);
                let Some(tree) = self.trees.get_mut(authority) else {
                    let place = format!("tile {level}/{index}");
                    self.find(authority, None, place, "a tile of an authority without entries");
                    continue;
                };
                if authority != current {
                    current = authority.to_owned();
                    frontier = Frontier::default();
                }
                if level == 0 && frontier.size() == index.saturating_mul(WIDTH) {
                    for leaf in hashes.chunks_exact(32).filter_map(Hash::from_slice) {
                        frontier.push(leaf, |_, _| {});
                        if tree
                            .signed
                            .as_ref()
                            .is_some_and(|signed| signed.size == frontier.size())
                        {
                            tree.stored_root = Some(frontier.root());
                        }
                    }
                }
                if tree.computed.remove(&(level, index)) != Some(sha256(&[hashes])) {
                    tree.bad_tiles.push((level, index, Some(hashes.to_vec())));
                }
            }
        }
        for tree in self.trees.values_mut() {
            let left: Vec<_> = tree.computed.keys().copied().collect();
            tree.bad_tiles
                .extend(left.into_iter().map(|(level, index)| (level, index, None)));
        }
        Ok(())
    }

    pub(super) async fn blame(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let authorities: Vec<String> = self.trees.keys().cloned().collect();
        for authority in authorities {
            self.blame_one(tx, &authority).await?;
        }
        Ok(())
    }

    async fn blame_one(&mut self, tx: &mut Tx, authority: &str) -> Result<(), StoreError> {
        let Some(tree) = self.trees.get_mut(authority) else {
            return Ok(());
        };
        let bad_tiles = std::mem::take(&mut tree.bad_tiles);
        let (size, roots) = (tree.size, std::mem::take(&mut tree.roots));
        let root_at = |size: u64| {
            if size == 0 {
                Some(empty_root())
            } else {
                roots.get(&size).copied()
            }
        };
        let signed = tree.signed.clone();
        let earlier = std::mem::take(&mut tree.earlier);
        let genuine = signed
            .as_ref()
            .is_some_and(|signed| root_at(signed.size) == Some(signed.root));
        let tiles_genuine = signed
            .as_ref()
            .is_some_and(|signed| tree.stored_root == Some(signed.root));
        let (last_time, head_time, has_keys) = (tree.last_time, tree.head_time, tree.keys.is_some());
        let already = !tree.missing.is_empty();

        let mut blamed = already;
        if !genuine {
            // Entries whose hash is not the one in the stored tile.
            for (_, index, hashes) in bad_tiles.iter().filter(|(level, _, _)| *level == 0) {
                let Some(hashes) = hashes else { continue };
                let altered = altered(tx, authority, *index, hashes).await?;
                for seq in altered {
                    let what = match tiles_genuine {
                        true => "the entry is not the one in the signed tree",
                        false => "the entry and its tile do not fit together, and neither has the signed root",
                    };
                    self.find(authority, Some(seq), "journal_entry", what);
                    blamed = true;
                }
            }
        }
        // When the tiles have the signed root, what differs from them are the entries and what was computed from them.
        if !tiles_genuine || genuine {
            for (level, index, hashes) in &bad_tiles {
                let width = hashes
                    .as_ref()
                    .map_or(256, |hashes| u16::try_from(hashes.len() / 32).unwrap_or(256));
                let place = TilePath {
                    level: *level,
                    index: *index,
                    width,
                }
                .to_string();
                let what = match hashes {
                    Some(_) => "the tile is not the one computed from the entries",
                    None => "the tile is missing",
                };
                self.find(authority, None, place, what);
                // A higher tile that was not rewritten tells where entry and tile were both rewritten.
                if !blamed && *level > 0 && !genuine {
                    let first = index.saturating_mul(WIDTH.saturating_pow(u32::from(*level) + 1));
                    let what = "this or one of the entries after it was rewritten together with its tile";
                    self.find(authority, Some(first), "journal_entry", what);
                    blamed = true;
                }
            }
        }
        match &signed {
            None if has_keys && head_time.is_none() && size > 0 => {
                self.find(
                    authority,
                    None,
                    "journal_head",
                    "there is no signed checkpoint over the entries",
                );
            }
            None => {}
            Some(signed) => {
                if size > signed.size {
                    self.find(
                        authority,
                        Some(signed.size),
                        "journal_entry",
                        "the entry is not in the signed tree",
                    );
                } else if size < signed.size {
                    self.find(authority, Some(size), "journal_entry", "the entry is missing");
                } else if !genuine && !blamed {
                    self.find(
                        authority,
                        None,
                        "journal_head",
                        "the entries do not have the signed root",
                    );
                }
                if size == signed.size && last_time != head_time {
                    self.find(
                        authority,
                        None,
                        "journal_head",
                        "the time is not that of the last entry",
                    );
                }
            }
        }
        for checkpoint in earlier {
            if root_at(checkpoint.size) != Some(checkpoint.root) {
                let what = match checkpoint.size > size {
                    true => format!("{} entries were signed earlier, {size} are there", checkpoint.size),
                    false => format!("the first {} entries are not those signed earlier", checkpoint.size),
                };
                let seq = (checkpoint.size > size).then_some(size);
                self.find(authority, seq, "earlier checkpoint", what);
            }
        }
        Ok(())
    }
}

/// The numbers of the entries under a level-0 tile whose hash is not in it.
async fn altered(tx: &mut Tx, authority: &str, index: u64, hashes: &[u8]) -> Result<Vec<u64>, StoreError> {
    let first = index.saturating_mul(WIDTH);
    let mut after = Some(vec![
        Value::from(authority),
        Value::Int(i64::try_from(first).unwrap_or(i64::MAX) - 1),
    ]);
    let rows = next_page(tx, &schema::ENTRY, &mut after, 256)
        .await?
        .unwrap_or_default();
    let mut buffer = Vec::new();
    let mut altered = Vec::new();
    for row in rows {
        let seq = number(&row, "seq")?;
        let Some(place) = seq
            .checked_sub(first)
            .filter(|place| row.text("authority").is_ok_and(|text| text == authority) && *place < WIDTH)
        else {
            break;
        };
        let place = usize::try_from(place).unwrap_or(0) * 32;
        // Entries beyond the tile are beyond the signed tree; that is reported of the first of them.
        if let Some(stored) = hashes.get(place..place + 32)
            && stored != leaf_of(&row, &mut buffer)?.0
        {
            altered.push(seq);
        }
    }
    Ok(altered)
}
