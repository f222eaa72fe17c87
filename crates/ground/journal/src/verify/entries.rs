//! The entries: numbers, hashes, versions, times, and what their facts name.

use std::collections::{BTreeSet, HashMap};

use wegfrei_store::{Row, StoreError, Tx};

use super::{Run, next_page, number};
use crate::batch::{KEY_DESTROYED, dropped_blobs, named_blobs};
use crate::canonical::{Leaf, encode};
use crate::keys::Keys;
use crate::schema;
use crate::sealed::SealedBytes;
use crate::tiles::TileEdge;
use crate::tree::{Hash, leaf_hash, sha256};

/// Running state of the authority whose entries are being read.
#[derive(Default)]
struct Reading {
    authority: String,
    edge: TileEdge,
    wanted: BTreeSet<u64>,
    streams: HashMap<String, u64>,
    last_time: Option<i64>,
}

/// The leaf hash of a stored entry, over exactly the stored columns.
pub(super) fn leaf_of(row: &Row, buffer: &mut Vec<u8>) -> Result<Hash, StoreError> {
    buffer.clear();
    let leaf = Leaf {
        authority: row.text("authority")?,
        seq: number(row, "seq")?,
        time: row.int("time")?,
        stream: row.text("stream")?,
        version: number(row, "version")?,
        kind: row.text("kind")?,
        actor: row.text("actor")?,
        purpose: row.text("purpose")?,
        facts: row.text("facts")?,
        sealed: row.opt_blob("sealed")?,
        salt: row.blob("salt")?,
    };
    encode(buffer, &leaf);
    Ok(leaf_hash(buffer))
}

impl Run {
    pub(super) async fn entries(&mut self, tx: &mut Tx, keys: &Keys) -> Result<(), StoreError> {
        let mut reading = Reading::default();
        let (mut after, mut buffer) = (None, Vec::new());
        while let Some(rows) = next_page(tx, &schema::ENTRY, &mut after, 1000).await? {
            for row in rows {
                let authority = row.text("authority")?;
                if authority != reading.authority {
                    self.end_of(std::mem::take(&mut reading));
                    let tree = self.tree(authority, keys);
                    let signed = tree
                        .signed
                        .iter()
                        .chain(&tree.earlier)
                        .map(|checkpoint| checkpoint.size);
                    reading.wanted = signed.collect();
                    reading.authority = authority.to_owned();
                }
                let leaf = leaf_of(&row, &mut buffer)?;
                self.entry(&mut reading, &row, leaf)?;
            }
        }
        self.end_of(reading);
        Ok(())
    }

    fn entry(&mut self, reading: &mut Reading, row: &Row, leaf: Hash) -> Result<(), StoreError> {
        let authority = reading.authority.clone();
        let seq = number(row, "seq")?;
        if row.int("seq")? < 0 || seq.saturating_sub(reading.edge.size()) > 10_000_000 {
            self.find(&authority, Some(seq), "journal_entry", "the number cannot be");
            return Ok(());
        }
        while reading.edge.size() < seq {
            let missing = reading.edge.size();
            self.find(&authority, Some(missing), "journal_entry", "the entry is missing");
            if let Some(tree) = self.trees.get_mut(&authority) {
                tree.missing.insert(missing);
            }
            self.push(reading, Hash::default());
        }
        self.push(reading, leaf);
        self.report.entries += 1;
        let time = row.int("time")?;
        if reading.last_time.is_some_and(|last| time < last) {
            self.find(
                &authority,
                Some(seq),
                "journal_entry",
                "the time is before that of the entry before it",
            );
        }
        reading.last_time = Some(time);
        let version = reading.streams.entry(row.text("stream")?.to_owned()).or_default();
        *version += 1;
        if number(row, "version")? != *version {
            *version = number(row, "version")?;
            self.find(
                &authority,
                Some(seq),
                "journal_entry",
                "the version does not follow the stream's last one",
            );
        }
        self.named(&authority, seq, row)
    }

    /// What the entry says about keys and papers.
    fn named(&mut self, authority: &str, seq: u64, row: &Row) -> Result<(), StoreError> {
        let Ok(facts) = serde_json::from_str::<serde_json::Value>(row.text("facts")?) else {
            self.find(authority, Some(seq), "journal_entry", "the facts are not JSON");
            return Ok(());
        };
        let place = |id: &str| (authority.to_owned(), id.to_owned());
        for (id, sha256) in named_blobs(&facts) {
            self.named_blobs.insert(place(&id), sha256);
        }
        for id in dropped_blobs(&facts) {
            if self.named_blobs.remove(&place(id)).is_none() {
                let problem = "it drops a paper no entry before it names";
                self.find(authority, Some(seq), "journal_entry", problem);
            }
            self.dropped_blobs.insert(place(id));
        }
        let keys = facts.get("keys").and_then(serde_json::Value::as_array);
        for key in keys.into_iter().flatten().filter_map(serde_json::Value::as_str) {
            self.named_keys.insert(place(key));
        }
        if row.text("kind")? == KEY_DESTROYED
            && let Some(key) = facts.get("destroyed").and_then(serde_json::Value::as_str)
        {
            self.destroyed_keys.insert(place(key));
        }
        if let Some(bytes) = row.opt_blob("sealed")? {
            match SealedBytes::from_bytes(bytes.to_vec()) {
                Err(_) => self.find(authority, Some(seq), "journal_entry", "the sealed part is not sealed"),
                Ok(sealed) if !self.named_keys.contains(&place(sealed.key_id().as_str())) => {
                    self.find(
                        authority,
                        Some(seq),
                        "journal_entry",
                        "it is sealed under a key no entry has named",
                    );
                }
                Ok(_) => {}
            }
        }
        Ok(())
    }

    fn push(&mut self, reading: &mut Reading, leaf: Hash) {
        reading.edge.push(leaf);
        let size = reading.edge.size();
        let Some(tree) = self.trees.get_mut(&reading.authority) else {
            return;
        };
        if reading.wanted.contains(&size) {
            tree.roots.insert(size, reading.edge.root());
        }
        if size.is_multiple_of(crate::tiles::WIDTH) {
            collect(tree, &mut reading.edge);
        }
    }

    fn end_of(&mut self, mut reading: Reading) {
        if let Some(tree) = self.trees.get_mut(&reading.authority) {
            collect(tree, &mut reading.edge);
            tree.size = reading.edge.size();
            tree.last_time = reading.last_time;
        }
    }
}

fn collect(tree: &mut super::Tree, edge: &mut TileEdge) {
    for tile in edge.take_changed() {
        tree.computed.insert((tile.level, tile.index), sha256(&[&tile.hashes]));
    }
}
