//! The journal's tables. The authority is first in every key, so the schema shards by it.

use wegfrei_store::{Migration, Table};

/// Entries; every column is in the leaf hash.
pub static ENTRY: Table = Table {
    name: "journal_entry",
    key: &["authority", "seq"],
    columns: &[
        "authority",
        "seq",
        "time",
        "stream",
        "version",
        "kind",
        "actor",
        "purpose",
        "facts",
        "sealed",
        "salt",
    ],
};
/// Tiles of the tree; a partial tile is replaced as it grows.
pub static TILE: Table = Table {
    name: "journal_tile",
    key: &["authority", "level", "idx"],
    columns: &["authority", "level", "idx", "hashes"],
};
/// The latest state of each tree.
pub static HEAD: Table = Table {
    name: "journal_head",
    key: &["authority"],
    columns: &["authority", "size", "root", "time", "checkpoint"],
};
/// Wrapped data keys; `wrapped` is `NULL` once destroyed.
pub static KEY: Table = Table {
    name: "journal_key",
    key: &["authority", "id"],
    columns: &["authority", "id", "wrapped"],
};
/// Sealed papers.
pub static BLOB: Table = Table {
    name: "journal_blob",
    key: &["authority", "id"],
    columns: &["authority", "id", "bytes"],
};

/// How the tables of each projection were computed last.
pub static PROJECTION: Table = Table {
    name: "journal_projection",
    key: &["streams"],
    columns: &["streams", "revision"],
};

/// All tables of the journal with an authority's data.
pub static TABLES: &[&Table] = &[&ENTRY, &TILE, &HEAD, &KEY, &BLOB];

/// What `store.migrate` needs before a journal can be started.
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration {
            id: "journal-0001",
            sql: "CREATE TABLE journal_entry (
                authority TEXT NOT NULL,
                seq BIGINT NOT NULL,
                time BIGINT NOT NULL,
                stream TEXT NOT NULL,
                version BIGINT NOT NULL,
                kind TEXT NOT NULL,
                actor TEXT NOT NULL,
                purpose TEXT NOT NULL,
                facts TEXT NOT NULL,
                sealed BLOB,
                salt BLOB NOT NULL,
                PRIMARY KEY (authority, seq));
              CREATE UNIQUE INDEX journal_entry_stream ON journal_entry (authority, stream, version);
              CREATE TABLE journal_tile (
                authority TEXT NOT NULL,
                level BIGINT NOT NULL,
                idx BIGINT NOT NULL,
                hashes BLOB NOT NULL,
                PRIMARY KEY (authority, level, idx));
              CREATE TABLE journal_head (
                authority TEXT NOT NULL PRIMARY KEY,
                size BIGINT NOT NULL,
                root BLOB NOT NULL,
                time BIGINT NOT NULL,
                checkpoint TEXT NOT NULL);
              CREATE TABLE journal_key (
                authority TEXT NOT NULL,
                id TEXT NOT NULL,
                wrapped BLOB,
                PRIMARY KEY (authority, id));
              CREATE TABLE journal_blob (
                authority TEXT NOT NULL,
                id TEXT NOT NULL,
                bytes BLOB NOT NULL,
                PRIMARY KEY (authority, id));",
        },
        Migration {
            id: "journal-0002",
            // The records of access by time and by actor: indexes over the entries themselves, so there is no copy that could differ.
            // journal_projection: how the tables of each projection were computed last (`bring_up`).
            sql: "CREATE INDEX journal_access_time ON journal_entry (authority, time, seq)
                WHERE kind IN ('access.granted', 'access.refused');
              CREATE INDEX journal_access_actor ON journal_entry (authority, actor, time, seq)
                WHERE kind IN ('access.granted', 'access.refused');
              CREATE TABLE journal_projection (
                streams TEXT NOT NULL,
                revision BIGINT NOT NULL,
                PRIMARY KEY (streams))",
        },
        Migration {
            id: "journal-0003",
            // Records of access are read from a table of the capability above (`EntryRows`); one way to list them is enough.
            sql: "DROP INDEX journal_access_time; DROP INDEX journal_access_actor",
        },
    ]
}
