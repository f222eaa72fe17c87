//! What the sequencer asks the database: tree edges and stream versions it does not know.

use std::fmt::Write as _;
use std::sync::LazyLock;

use wegfrei_model::AuthorityId;
use wegfrei_store::{Store, StoreError, Tx, Value};

use crate::batch::{Head, number};
use crate::checkpoint::Checkpoint;
use crate::commit::CommitError;
use crate::keys::Keys;
use crate::tiles::TileEdge;
use crate::tree::empty_root;

/// Questions in one statement; a rest is filled up with empty names.
const SLOTS: usize = 32;

/// Each slot is one index look-up, however long the stream is.
static VERSIONS: LazyLock<String> = LazyLock::new(|| {
    slots(|slot, sql| {
        let (authority, stream) = (slot * 2 + 1, slot * 2 + 2);
        write!(
            sql,
            "(SELECT version FROM journal_entry WHERE authority = ${authority} AND stream = ${stream} \
             ORDER BY version DESC LIMIT 1) AS v{slot}"
        )
    })
});

static SIZES: LazyLock<String> = LazyLock::new(|| {
    slots(|slot, sql| {
        write!(
            sql,
            "(SELECT size FROM journal_head WHERE authority = ${}) AS v{slot}",
            slot + 1
        )
    })
});

fn slots(write_slot: impl Fn(usize, &mut String) -> std::fmt::Result) -> String {
    let mut sql = String::from("SELECT ");
    for slot in 0..SLOTS {
        if slot > 0 {
            sql.push_str(", ");
        }
        // Writing to a String does not fail.
        let _ = write_slot(slot, &mut sql);
    }
    sql
}

/// The number of entries in each of these streams.
pub(crate) async fn versions(store: &Store, streams: &[(AuthorityId, String)]) -> Result<Vec<u64>, StoreError> {
    let mut versions = Vec::with_capacity(streams.len());
    for chunk in streams.chunks(SLOTS) {
        if let [(authority, stream)] = chunk {
            let sql = "SELECT version FROM journal_entry WHERE authority = $1 AND stream = $2 \
                       ORDER BY version DESC LIMIT 1";
            let rows = store
                .fetch(sql, &[authority.as_str().into(), stream.as_str().into()])
                .await?;
            versions.push(rows.first().map_or(Ok(0), |row| row.int("version").map(unsigned))?);
            continue;
        }
        let mut values = Vec::with_capacity(SLOTS * 2);
        for slot in 0..SLOTS {
            let (authority, stream) = chunk.get(slot).map_or(("", ""), |(a, s)| (a.as_str(), s.as_str()));
            values.extend([Value::from(authority), Value::from(stream)]);
        }
        let rows = store.fetch(VERSIONS.as_str(), &values).await?;
        let found = rows.first().map_or(&[][..], |row| row.values());
        versions.extend(found.iter().take(chunk.len()).map(|value| match value {
            Value::Int(version) => unsigned(*version),
            _ => 0,
        }));
    }
    Ok(versions)
}

/// Whether the trees in the database still have these sizes.
pub(crate) async fn sizes_are(tx: &mut Tx, expected: &[(AuthorityId, u64)]) -> Result<bool, StoreError> {
    for chunk in expected.chunks(SLOTS) {
        let mut values: Vec<Value> = chunk.iter().map(|(authority, _)| authority.as_str().into()).collect();
        let rows = if let [_] = chunk {
            tx.fetch("SELECT size FROM journal_head WHERE authority = $1", &values)
                .await?
        } else {
            values.resize(SLOTS, "".into());
            tx.fetch(SIZES.as_str(), &values).await?
        };
        let found = rows.first().map_or(&[][..], |row| row.values());
        let same = chunk.iter().enumerate().all(|(slot, (_, size))| match found.get(slot) {
            Some(Value::Int(found)) => unsigned(*found) == *size,
            _ => *size == 0,
        });
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the entry with this salt stands at this place.
pub(crate) async fn is_written(
    store: &Store,
    authority: AuthorityId,
    seq: u64,
    salt: [u8; 16],
) -> Result<bool, StoreError> {
    let sql = "SELECT salt FROM journal_entry WHERE authority = $1 AND seq = $2";
    let rows = store.fetch(sql, &[authority.as_str().into(), number(seq)]).await?;
    rows.first().map_or(Ok(false), |row| Ok(row.blob("salt")? == salt))
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// The right edge of an authority's tree, from one unchanging state of the database.
pub(crate) async fn head(store: &Store, keys: &Keys, authority: AuthorityId) -> Result<Head, CommitError> {
    let keys = keys.get(authority).map_err(|error| CommitError::Key(error.into()))?;
    let failed = |error: StoreError| CommitError::Store(error.into());
    let damaged = |what: &str| CommitError::Damaged {
        authority: authority.to_string(),
        what: what.to_owned(),
    };
    let mut tx = store.snapshot().await.map_err(failed)?;
    let sql = "SELECT size, root, time, checkpoint FROM journal_head WHERE authority = $1";
    let rows = tx.fetch(sql, &[authority.as_str().into()]).await.map_err(failed)?;
    let Some(row) = rows.first() else {
        return Ok(Head {
            edge: TileEdge::default(),
            time: i64::MIN,
            keys,
        });
    };
    let size = u64::try_from(row.int("size").map_err(failed)?).map_err(|_| damaged("the size is negative"))?;
    let mut tiles = Vec::new();
    for path in TileEdge::needed(size) {
        let sql = "SELECT hashes FROM journal_tile WHERE authority = $1 AND level = $2 AND idx = $3";
        let values = [
            authority.as_str().into(),
            i64::from(path.level).into(),
            number(path.index),
        ];
        let rows = tx.fetch(sql, &values).await.map_err(failed)?;
        let row = rows.first().ok_or_else(|| damaged(&format!("{path} is missing")))?;
        tiles.push((path, row.blob("hashes").map_err(failed)?.to_vec()));
    }
    let mut tiles = tiles.into_iter().rev();
    let edge = TileEdge::resume(size, |path| {
        tiles.next().filter(|tile| tile.0 == path).map(|tile| tile.1)
    })
    .ok_or_else(|| damaged("a tile has the wrong width"))?;
    // Never sign on top of a tree that was not signed: tampering must not be covered by the next checkpoint.
    let root = edge.root();
    let signed = Checkpoint::open(row.text("checkpoint").map_err(failed)?, keys.verifier())
        .ok_or_else(|| damaged("the checkpoint is not signed with the authority's key"))?;
    if signed.size != size || signed.root != root || (size == 0 && root != empty_root()) {
        return Err(damaged("the tiles do not have the signed root"));
    }
    Ok(Head {
        edge,
        time: row.int("time").map_err(failed)?,
        keys,
    })
}
