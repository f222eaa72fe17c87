//! The seam: the only place that knows which engine runs a statement. `Pools` opens connections, `Conn` is one
//! transaction, and each engine's module binds values and reads rows.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use sqlx::SqlStr;
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::{Engine, Row, StoreError, StoreOptions, Value};

/// The open database.
pub(crate) enum Pools {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Reads and writes, as if alone.
    Write,
    /// Reads one unchanging state.
    Snapshot,
    /// One writing statement that is atomic by itself. PostgreSQL: `READ COMMITTED`, so it waits for a row instead of
    /// failing.
    Single,
    /// Migrations: as `Single`, without time limits.
    Migrate,
}

/// One transaction. Dropping it rolls back.
pub(crate) enum Conn {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Pools {
    pub(crate) async fn open(url: &str, options: &StoreOptions) -> Result<Pools, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            sqlite::open(path, options).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            postgres::open(url, options).await.map(Pools::Postgres)
        } else {
            Err(StoreError::Config(
                "a database address starts with sqlite: (then the path of a file) or postgres://".to_owned(),
            ))
        }
    }

    pub(crate) fn engine(&self) -> Engine {
        match self {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    pub(crate) async fn begin(&self, mode: Mode) -> Result<Conn, StoreError> {
        match self {
            Pools::Sqlite { writer, readers } => {
                let begun = match mode {
                    Mode::Snapshot => readers.begin_with("BEGIN").await,
                    Mode::Write | Mode::Single | Mode::Migrate => sqlite::begin(writer).await,
                };
                Ok(Conn::Sqlite(begun?))
            }
            Pools::Postgres(pool) => {
                let statement = match mode {
                    Mode::Write => "BEGIN ISOLATION LEVEL SERIALIZABLE",
                    Mode::Snapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                    Mode::Single | Mode::Migrate => "BEGIN ISOLATION LEVEL READ COMMITTED",
                };
                let mut tx = postgres::begin(pool, statement).await?;
                if matches!(mode, Mode::Snapshot | Mode::Migrate) {
                    postgres::lift_limits(&mut tx).await?;
                }
                Ok(Conn::Postgres(tx))
            }
        }
    }

    /// One reading statement outside a transaction.
    pub(crate) async fn fetch(&self, sql: SqlStr, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        match self {
            Pools::Sqlite { readers, .. } => sqlite::fetch(&mut *readers.acquire().await?, sql, values).await,
            Pools::Postgres(pool) => postgres::read(pool, sql, values).await,
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

impl Conn {
    pub(crate) async fn execute(&mut self, sql: SqlStr, values: &[Value]) -> Result<u64, StoreError> {
        match self {
            Conn::Sqlite(tx) => sqlite::execute(tx, sql, values.iter()).await,
            Conn::Postgres(tx) => postgres::execute(tx, sql, values).await,
        }
    }

    pub(crate) async fn fetch(&mut self, sql: SqlStr, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        match self {
            Conn::Sqlite(tx) => sqlite::fetch(tx, sql, values).await,
            Conn::Postgres(tx) => postgres::fetch(tx, sql, values).await,
        }
    }

    /// Several statements without parameters, for migrations.
    pub(crate) async fn script(&mut self, sql: SqlStr) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(tx) => sqlx::raw_sql(sql).execute(&mut **tx).await.map(drop)?,
            Conn::Postgres(tx) => sqlx::raw_sql(sql).execute(&mut **tx).await.map(drop)?,
        }
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let done = match self {
            Conn::Sqlite(tx) => tx.commit().await,
            Conn::Postgres(tx) => tx.commit().await,
        };
        done.map_err(|error| match StoreError::from(error) {
            StoreError::Unavailable(why) => StoreError::InDoubt(why),
            other => other,
        })
    }

    pub(crate) async fn rollback(self) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(tx) => tx.rollback().await?,
            Conn::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}

/// A text both engines can hold: PostgreSQL has no NUL character.
pub(crate) fn storable(text: &str) -> Result<&str, StoreError> {
    if text.as_bytes().contains(&0) {
        Err(StoreError::Value("a text holds a NUL character"))
    } else {
        Ok(text)
    }
}
