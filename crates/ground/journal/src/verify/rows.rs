//! Keys, papers and projections; and writing projections anew.

use std::collections::BTreeMap;

use wegfrei_model::AuthorityId;
use wegfrei_store::{Store, StoreError, Table, Tx, Value};

use super::{Run, next_page};
use crate::batch::{hex, number};
use crate::entry::Entry;
use crate::projection::{ProjectedRow, Projection, key_of};
use crate::read::{ReadError, entry};
use crate::schema;
use crate::sealed::KeyId;
use crate::tree::{Hash, sha256};

impl Run {
    pub(super) async fn keys(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let (mut after, table) = (None, &schema::KEY);
        while let Some(rows) = next_page(tx, table, &mut after, 1000).await? {
            for row in rows {
                let (authority, id) = (row.text("authority")?, row.text("id")?);
                let place = (authority.to_owned(), id.to_owned());
                let named = self.named_keys.remove(&place);
                let destroyed = self.destroyed_keys.contains(&place);
                let keys = self.trees.get(authority).and_then(|tree| tree.keys.as_ref());
                let problem = match (row.opt_blob("wrapped")?, destroyed) {
                    (None, false) => Some("the key is gone, but no entry says it was destroyed"),
                    (Some(_), true) => Some("the key is there, but an entry says it was destroyed"),
                    (Some(_), false) if !named => Some("no entry names the key"),
                    (Some(wrapped), false) => {
                        let opened = KeyId::parse(id).ok().and_then(|id| keys?.unwrap(&id, wrapped));
                        opened
                            .is_none()
                            .then_some("the wrapped key is not what the authority wrapped")
                    }
                    (None, true) => None,
                };
                if let Some(what) = problem {
                    self.find(authority, None, format!("journal_key {id}"), what);
                }
            }
        }
        for (authority, id) in std::mem::take(&mut self.named_keys) {
            self.find(&authority, None, format!("journal_key {id}"), "the key is missing");
        }
        Ok(())
    }

    pub(super) async fn blobs(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut after = None;
        // Few at a time: each may have many megabytes.
        while let Some(rows) = next_page(tx, &schema::BLOB, &mut after, 4).await? {
            for row in rows {
                let (authority, id) = (row.text("authority")?, row.text("id")?);
                let place = (authority.to_owned(), id.to_owned());
                let problem = match self.named_blobs.remove(&place) {
                    None if self.dropped_blobs.contains(&place) => {
                        "the paper is there, but an entry says it was deleted"
                    }
                    None => "no entry names the paper",
                    Some(named) if named != hex(&sha256(&[row.blob("bytes")?])) => "the paper was altered",
                    Some(_) => continue,
                };
                self.find(authority, None, format!("journal_blob {id}"), problem);
            }
        }
        for (authority, id) in std::mem::take(&mut self.named_blobs).into_keys() {
            self.find(&authority, None, format!("journal_blob {id}"), "the paper is missing");
        }
        Ok(())
    }

    /// Compares a projection's tables with the rows computed from the entries.
    pub(super) async fn projection(&mut self, tx: &mut Tx, projection: &dyn Projection) -> Result<(), StoreError> {
        let mut expected: BTreeMap<(&'static str, Vec<Value>), Hash> = BTreeMap::new();
        let authorities: Vec<String> = self.trees.keys().cloned().collect();
        for authority in &authorities {
            let Ok(id) = AuthorityId::parse(authority) else {
                continue;
            };
            let mut twice = Vec::new();
            let bad = each_stream(tx, id, projection, |rows| {
                for (table, values) in rows {
                    let key = key_of(table, &values);
                    if key.first() != Some(&Value::from(authority.as_str())) {
                        twice.push((table.name, "a row does not begin with its authority"));
                    } else if expected.insert((table.name, key), digest(&values)).is_some() {
                        twice.push((table.name, "two streams have the same row"));
                    }
                }
            })
            .await?;
            for (seq, what) in bad {
                self.find(authority, seq, "projection", what);
            }
            for (table, what) in twice {
                self.find(authority, None, table, what);
            }
        }
        for table in projection.tables() {
            let mut after = None;
            while let Some(rows) = next_page(tx, table, &mut after, 1000).await? {
                for row in rows {
                    let values = row.values();
                    let key = key_of(table, values);
                    let problem = match expected.remove(&(table.name, key.clone())) {
                        None => "no entry accounts for the row",
                        Some(computed) if computed != digest(values) => {
                            "the row is not the one computed from the entries"
                        }
                        Some(_) => continue,
                    };
                    self.row(table, &key, problem);
                }
            }
        }
        for (name, key) in expected.into_keys() {
            if let Some(table) = projection.tables().iter().find(|table| table.name == name) {
                self.row(table, &key, "the row is missing");
            }
        }
        Ok(())
    }

    fn row(&mut self, table: &Table, key: &[Value], what: &str) {
        let shown = key.iter().map(show).collect::<Vec<_>>();
        let (authority, rest) = shown
            .split_first()
            .map_or(("?", &[][..]), |(first, rest)| (first.as_str(), rest));
        self.find(authority, None, format!("{} {}", table.name, rest.join(", ")), what);
    }
}

/// Keys are ids, never personal data.
fn show(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}

fn digest(values: &[Value]) -> Hash {
    let mut bytes = Vec::new();
    for value in values {
        let (tag, content): (u8, &[u8]) = match value {
            Value::Null => (0, &[]),
            Value::Int(number) => (1, &number.to_be_bytes()),
            Value::Text(text) => (2, text.as_bytes()),
            Value::Blob(blob) => (3, blob),
        };
        bytes.push(tag);
        bytes.extend_from_slice(&(content.len() as u64).to_be_bytes());
        bytes.extend_from_slice(content);
    }
    sha256(&[&bytes])
}

const STREAMS: &str = "SELECT authority, seq, time, stream, version, kind, actor, purpose, facts, sealed, salt \
     FROM journal_entry WHERE authority = $1 AND stream >= $2 AND stream < $3 \
     AND (stream > $4 OR (stream = $4 AND version > $5)) ORDER BY stream, version LIMIT 1000";

/// Gives the projection's rows stream by stream; returns what could not be projected.
async fn each_stream(
    tx: &mut Tx,
    authority: AuthorityId,
    projection: &dyn Projection,
    mut rows_of: impl FnMut(Vec<ProjectedRow>),
) -> Result<Vec<(Option<u64>, String)>, StoreError> {
    let prefix = projection.streams();
    let mut bad = Vec::new();
    let mut finish = |entries: &[Entry], bad: &mut Vec<(Option<u64>, String)>| {
        let Some(first) = entries.first() else { return };
        match projection.rows(authority, &first.stream, entries) {
            Ok(rows) => rows_of(rows),
            Err(error) => bad.push((Some(error.seq), error.to_string())),
        }
    };
    let mut entries: Vec<Entry> = Vec::new();
    let (mut stream, mut version) = (String::new(), 0);
    loop {
        let values = [
            authority.as_str().into(),
            prefix.into(),
            after_prefix(prefix).into(),
            stream.as_str().into(),
            number(version),
        ];
        let page = tx.fetch(STREAMS, &values).await?;
        if page.is_empty() {
            break;
        }
        for row in &page {
            stream = row.text("stream")?.to_owned();
            version = u64::try_from(row.int("version")?).unwrap_or(0);
            match entry(authority, row) {
                Ok(entry) => {
                    if entries.first().is_some_and(|first| first.stream != entry.stream) {
                        finish(&entries, &mut bad);
                        entries.clear();
                    }
                    entries.push(entry);
                }
                Err(ReadError::Store(error)) => return Err(error),
                Err(error) => bad.push((u64::try_from(row.int("seq")?).ok(), error.to_string())),
            }
        }
    }
    finish(&entries, &mut bad);
    Ok(bad)
}

/// The first text after all that begin with `prefix`.
fn after_prefix(prefix: &str) -> String {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = u32::from(last) + 1;
        if let Some(next) = char::from_u32(if next == 0xd800 { 0xe000 } else { next }) {
            chars.push(next);
            return chars.into_iter().collect();
        }
    }
    char::MAX.to_string()
}

/// Empties the projection's tables and fills them again from the entries, in one transaction. Not while commands run.
///
/// # Errors
/// [`ReadError::Store`] when the database does not answer, [`ReadError::Damaged`] for an entry that cannot be projected;
/// nothing is changed then.
pub async fn rebuild(store: &Store, projection: &dyn Projection) -> Result<u64, ReadError> {
    let mut tx = store.begin().await?;
    let count = rebuild_in(&mut tx, projection).await?;
    tx.commit().await?;
    Ok(count)
}

/// Computes again the tables of those projections whose [`Projection::revision`] is not the one they were computed with; after
/// [`Store::migrate`], before commands run. Gives how many rows were written.
///
/// # Errors
/// As [`rebuild`]; projections already brought up stay so.
pub async fn bring_up(store: &Store, projections: &[&dyn Projection]) -> Result<u64, ReadError> {
    let mut count = 0;
    for projection in projections {
        let (streams, revision) = (projection.streams(), projection.revision());
        let sql = "SELECT revision FROM journal_projection WHERE streams = $1";
        let known = store.fetch(sql, &[streams.into()]).await?;
        let known = known.first().map(|row| row.int("revision")).transpose()?;
        if known == Some(revision) {
            continue;
        }
        let mut tx = store.begin().await?;
        count += rebuild_in(&mut tx, *projection).await?;
        tx.put_many(&schema::PROJECTION, &[vec![streams.into(), revision.into()]])
            .await?;
        tx.commit().await?;
        tracing::info!(streams, revision, "tables computed again");
    }
    Ok(count)
}

async fn rebuild_in(tx: &mut Tx, projection: &dyn Projection) -> Result<u64, ReadError> {
    for table in projection.tables() {
        loop {
            let rows = tx.scan(table, None, 1000).await?;
            if rows.is_empty() {
                break;
            }
            let keys: Vec<Vec<Value>> = rows.iter().map(|row| key_of(table, row.values())).collect();
            tx.delete_many(table, &keys).await?;
        }
    }
    let heads = tx
        .fetch("SELECT authority FROM journal_head ORDER BY authority", &[])
        .await?;
    let mut count = 0;
    for head in heads {
        let text = head.text("authority")?;
        let damaged = |what: String| ReadError::Damaged {
            authority: text.to_owned(),
            what,
        };
        let authority = AuthorityId::parse(text).map_err(|error| damaged(error.to_string()))?;
        let mut by_table: BTreeMap<&'static str, (&'static Table, Vec<Vec<Value>>)> = BTreeMap::new();
        let bad = each_stream(tx, authority, projection, |rows| {
            for (table, values) in rows {
                by_table
                    .entry(table.name)
                    .or_insert_with(|| (table, Vec::new()))
                    .1
                    .push(values);
            }
        })
        .await?;
        if let Some((_, what)) = bad.into_iter().next() {
            return Err(damaged(what));
        }
        for (table, rows) in by_table.into_values() {
            count += rows.len() as u64;
            tx.insert_many(table, &rows).await?;
        }
    }
    Ok(count)
}
