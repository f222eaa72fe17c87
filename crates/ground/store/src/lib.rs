//! SQLite and PostgreSQL behind one set of SQL.
//!
//! Callers write one SQL text with `$1…$n` and never learn which engine runs it. The store knows no meaning: no
//! journal, no case, no person. It promises:
//!
//! - **Durable**: when [`Tx::commit`] returns `Ok`, the data survives `kill -9` and power loss.
//! - **All or nothing**: a transaction that is dropped, fails, or loses its connection leaves nothing behind.
//! - **Serial**: transactions behave as if they ran one after another, on both engines (SQLite has one writer;
//!   PostgreSQL runs them `SERIALIZABLE` and answers [`StoreError::Busy`] where it cannot).
//! - **Silent**: no error message and no log line holds a value of a row.
//!
//! # The portable subset
//! Columns are `TEXT`, `BIGINT` or `BLOB` (written so in migrations; see [`Migration`]), a text never holds a NUL
//! character, booleans are 0 and 1, times are microseconds since 1970 UTC, sums are `CAST(SUM(x) AS BIGINT)`. Texts
//! compare and sort by their UTF-8 bytes. A parameter keeps one type per SQL text (or is `NULL`).

mod bulk;
mod engine;
mod error;
pub mod jobs;
mod migrate;
mod options;
mod store;
mod tx;
mod value;

#[cfg(feature = "testing")]
pub mod testing;

pub use bulk::Table;
pub use error::StoreError;
pub use migrate::Migration;
pub use options::{Engine, StoreOptions};
pub use store::Store;
pub use tx::Tx;
pub use value::{Row, Value};
