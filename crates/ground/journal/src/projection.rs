//! Tables for reading, as pure functions of the journal.

use std::collections::BTreeMap;

use wegfrei_model::AuthorityId;
use wegfrei_store::{Table, Value};

use crate::commit::RowWrite;
use crate::entry::Entry;

/// A row of a projection: its table and one value for each of the table's columns.
pub type ProjectedRow = (&'static Table, Vec<Value>);

/// An entry that a projection cannot read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {seq} ({kind}) cannot be projected: {what}")]
pub struct ProjectionError {
    /// Sequence number.
    pub seq: u64,
    /// Kind of the entry.
    pub kind: String,
    /// What is wrong with it; never personal data.
    pub what: String,
}

impl ProjectionError {
    /// The error for an entry.
    pub fn of(entry: &Entry, what: impl Into<String>) -> ProjectionError {
        ProjectionError {
            seq: entry.seq,
            kind: entry.kind.clone(),
            what: what.into(),
        }
    }
}

/// Turns one stream's entries into table rows. Pure: same entries, same rows; every row belongs to exactly one stream,
/// and the first column of every table's key is the authority.
pub trait Projection: Send + Sync {
    /// The tables it fills; no other projection fills them.
    fn tables(&self) -> &'static [&'static Table];

    /// It reads every stream that begins with this, for example `case/`.
    fn streams(&self) -> &'static str;

    /// To be raised whenever the same entries give other rows than before: a new column, another rule. [`crate::bring_up`] then
    /// computes the tables again.
    fn revision(&self) -> i64 {
        1
    }

    /// The rows of one stream, from all its entries in order.
    ///
    /// # Errors
    /// [`ProjectionError`] for an entry that no live command can have written.
    fn rows(
        &self,
        authority: AuthorityId,
        stream: &str,
        entries: &[Entry],
    ) -> Result<Vec<ProjectedRow>, ProjectionError>;
}

/// Rows that follow from one entry each, as [`Projection`]s do from a stream. For records that are written without reading their
/// stream first (who saw what): the journal computes them as it places the entry, when number and time are known, and writes them in
/// the same transaction. A [`Projection`] over the same streams lets `verify` compute them again.
pub trait EntryRows: Send + Sync {
    /// It reads every entry of streams that begin with this, for example `access/`.
    fn streams(&self) -> &'static str;

    /// The rows of one entry. Pure, and quick: the sequencer waits for it.
    fn rows(&self, entry: &crate::canonical::Leaf<'_>) -> Vec<ProjectedRow>;
}

/// The writes that turn `before` into `after`; for commands: rows of the stream's entries so far, and with the new ones.
pub fn diff(before: &[ProjectedRow], after: &[ProjectedRow]) -> Vec<RowWrite> {
    let old = by_key(before);
    let new = by_key(after);
    let gone = old.iter().filter(|(key, _)| !new.contains_key(*key));
    let mut writes: Vec<RowWrite> = gone
        .map(|((_, key), (table, _))| RowWrite::Delete {
            table,
            key: key.clone(),
        })
        .collect();
    let changed = new
        .iter()
        .filter(|(key, (_, values))| old.get(*key).is_none_or(|(_, before)| before != values));
    writes.extend(changed.map(|(_, (table, values))| RowWrite::Put {
        table,
        values: values.to_vec(),
    }));
    writes
}

type ByKey<'a> = BTreeMap<(&'static str, Vec<Value>), (&'static Table, &'a [Value])>;

fn by_key(rows: &[ProjectedRow]) -> ByKey<'_> {
    rows.iter()
        .map(|(table, values)| ((table.name, key_of(table, values)), (*table, &values[..])))
        .collect()
}

/// The key values of a row, in the order of `table.key`.
pub fn key_of(table: &Table, values: &[Value]) -> Vec<Value> {
    let position = |name: &&str| table.columns.iter().position(|column| column == name);
    table
        .key
        .iter()
        .filter_map(|name| values.get(position(name)?).cloned())
        .collect()
}
