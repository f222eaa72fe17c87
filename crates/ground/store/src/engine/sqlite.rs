//! SQLite: one writing connection, a few reading ones, WAL, every commit on disk before it returns.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlStr;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{
    Arguments as _, Column as _, ConnectOptions as _, Row as _, Sqlite, SqliteConnection, Transaction, TypeInfo as _,
    ValueRef as _,
};

use crate::engine::{Pools, storable};
use crate::{Row, StoreError, StoreOptions, Value};

/// Pages (of 4 KiB) the write-ahead log may hold before a commit copies it into the file: 16 MiB.
const CHECKPOINT_PAGES: &str = "4000";

/// How often opening waits 20 ms for another process that opens the same new file.
const OPEN_ATTEMPTS: u32 = 100;

/// How often a broken writing connection is replaced before the caller hears of it.
const BEGIN_ATTEMPTS: u32 = 20;

pub(crate) async fn open(path: &str, options: &StoreOptions) -> Result<Pools, StoreError> {
    let file = Path::new(path);
    if path.is_empty() || path == ":memory:" || path.starts_with("//") {
        return Err(StoreError::Config(
            "write sqlite: and the path of a file, as in sqlite:data/wegfrei.db".to_owned(),
        ));
    }
    if let Some(folder) = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
    {
        return Err(StoreError::Config(format!(
            "the folder {} does not exist; create it first",
            folder.display()
        )));
    }
    only_for_its_owner(file)?;
    let base = SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(options.lock_timeout)
        .foreign_keys(true)
        .statement_cache_capacity(256)
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging();
    let writing = base
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("journal_size_limit", "67108864")
        .pragma("cache_size", "-32768");
    let reading = base.pragma("query_only", "ON").pragma("cache_size", "-4096");
    // No lifetime and no ping: a connection to a file does not age.
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(options.lock_timeout)
            .max_lifetime(None)
            .idle_timeout(None)
            .test_before_acquire(false)
    };
    let mut attempt = 1;
    let writer = loop {
        match pool()
            .max_connections(1)
            .connect_with(writing.clone())
            .await
            .map_err(|error| at(file, error))
        {
            Ok(writer) => break writer,
            // Turning a new file's write-ahead log on needs it alone, and SQLite does not wait for that by itself.
            Err(StoreError::Busy(_)) if attempt < OPEN_ATTEMPTS => attempt += 1,
            Err(error) => return Err(error),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let readers = pool()
        .max_connections(options.connections.max(1))
        .connect_lazy_with(reading);
    Ok(Pools::Sqlite { writer, readers })
}

/// Makes a missing file readable by its owner only; SQLite gives the write-ahead log the mode of the file beside it.
fn only_for_its_owner(file: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Unavailable(format!("{}: {error}", file.display()))),
    }
}

/// Begins the one writing transaction. When SQLite has ended the last one by itself (a full disk, for one), the driver,
/// whose ROLLBACK found none, still counts it, and that connection can never begin again: it is replaced. While the
/// disk fails others may break the new one first.
pub(crate) async fn begin(writer: &SqlitePool) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
    let mut attempt = 1;
    loop {
        match writer.begin_with("BEGIN IMMEDIATE").await {
            Err(sqlx::Error::InvalidSavePointStatement) if attempt < BEGIN_ATTEMPTS => {
                let _ = writer.acquire().await?.close().await;
                attempt += 1;
            }
            // Nothing was begun, so nothing was written.
            Err(sqlx::Error::InvalidSavePointStatement) => return Err(sqlx::Error::BeginFailed),
            begun => return begun,
        }
    }
}

fn at(file: &Path, error: sqlx::Error) -> StoreError {
    match StoreError::from(error) {
        StoreError::Unavailable(why) => StoreError::Unavailable(format!("{}: {why}", file.display())),
        StoreError::Corrupt(why) => StoreError::Corrupt(format!("{}: {why}", file.display())),
        other => other,
    }
}

fn arguments<'v>(values: impl Iterator<Item = &'v Value>) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.size_hint().0, 0);
    for value in values {
        let added = match value {
            Value::Null => arguments.add(None::<i64>),
            Value::Int(int) => arguments.add(*int),
            Value::Text(text) => arguments.add(storable(text)?.to_owned()),
            Value::Blob(blob) => arguments.add(blob.clone()),
        };
        added.map_err(|error| StoreError::from(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

pub(crate) async fn execute<'v>(
    connection: &mut SqliteConnection,
    sql: SqlStr,
    values: impl Iterator<Item = &'v Value>,
) -> Result<u64, StoreError> {
    Ok(sqlx::query_with(sql, arguments(values)?)
        .execute(connection)
        .await?
        .rows_affected())
}

pub(crate) async fn fetch(
    connection: &mut SqliteConnection,
    sql: SqlStr,
    values: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let found = sqlx::query_with(sql, arguments(values.iter())?)
        .fetch_all(connection)
        .await?;
    let Some(first) = found.first() else {
        return Ok(Vec::new());
    };
    let columns: Arc<[Box<str>]> = first.columns().iter().map(|column| column.name().into()).collect();
    found
        .iter()
        .map(|row| {
            Ok(Row {
                columns: Arc::clone(&columns),
                values: values_of(row, columns.len())?,
            })
        })
        .collect()
}

fn values_of(row: &SqliteRow, width: usize) -> Result<Vec<Value>, StoreError> {
    (0..width)
        .map(|at| {
            let raw = row.try_get_raw(at)?;
            if raw.is_null() {
                return Ok(Value::Null);
            }
            Ok(match raw.type_info().name() {
                "INTEGER" => Value::Int(row.try_get(at)?),
                "TEXT" => Value::Text(row.try_get(at)?),
                "BLOB" => Value::Blob(row.try_get(at)?),
                _ => {
                    return Err(StoreError::Other(format!(
                        "column {}: CAST it to BIGINT or TEXT",
                        at + 1
                    )));
                }
            })
        })
        .collect()
}
