//! One suite for both engines: what the store promises, checked on SQLite and on PostgreSQL by the same code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod bulk;
mod faults;
mod jobs;
mod migrations;
mod transactions;
mod values;

use wegfrei_store::{Migration, Store, StoreError, Table, Value, testing};

/// The tables of the tests.
const SCHEMA: &[Migration] = &[Migration {
    id: "test-0001",
    sql: "CREATE TABLE things (authority TEXT NOT NULL, id BIGINT NOT NULL, note TEXT, data BLOB, \
          size BIGINT CHECK (size <> 13), PRIMARY KEY (authority, id)); \
          CREATE UNIQUE INDEX things_note ON things (authority, note); \
          CREATE TABLE parts (thing_authority TEXT NOT NULL, thing BIGINT NOT NULL, part BIGINT NOT NULL, \
          PRIMARY KEY (thing_authority, thing, part), \
          FOREIGN KEY (thing_authority, thing) REFERENCES things (authority, id))",
}];

const THINGS: Table = Table {
    name: "things",
    key: &["authority", "id"],
    columns: &["authority", "id", "note", "data", "size"],
};

const PARTS: Table = Table {
    name: "parts",
    key: &["thing_authority", "thing", "part"],
    columns: &["thing_authority", "thing", "part"],
};

/// Runs a test on a fresh store of each engine.
async fn check_both(test: impl AsyncFn(Store)) {
    for store in testing::stores().await {
        eprintln!("on {}", store.engine());
        store.migrate(SCHEMA).await.unwrap();
        test(store).await;
    }
}

fn thing(id: i64, note: &str) -> Vec<Value> {
    vec!["a".into(), id.into(), note.into(), Value::Null, Value::Null]
}

async fn insert(store: &Store, rows: &[Vec<Value>]) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_many(&THINGS, rows).await.unwrap();
    tx.commit().await.unwrap();
}

/// The ids and notes there are, in key order.
async fn things(store: &Store) -> Vec<(i64, String)> {
    let rows = store
        .fetch("SELECT id, note FROM things ORDER BY authority, id", &[])
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            (
                row.int("id").unwrap(),
                row.opt_text("note").unwrap().unwrap_or("NULL").to_owned(),
            )
        })
        .collect()
}

/// The name of the error's variant.
fn name_of(error: &StoreError) -> &'static str {
    match error {
        StoreError::Conflict { .. } => "Conflict",
        StoreError::Constraint { .. } => "Constraint",
        StoreError::Busy(_) => "Busy",
        StoreError::Unavailable(_) => "Unavailable",
        StoreError::InDoubt(_) => "InDoubt",
        StoreError::Full => "Full",
        StoreError::Corrupt(_) => "Corrupt",
        StoreError::Migration { .. } => "Migration",
        StoreError::Config(_) => "Config",
        StoreError::Value(_) => "Value",
        StoreError::Row { .. } => "Row",
        StoreError::Failed => "Failed",
        StoreError::Other(_) => "Other",
    }
}
