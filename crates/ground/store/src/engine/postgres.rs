//! PostgreSQL: a pool, time limits on every session, and a check at the start that texts sort as on SQLite.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlStr;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{
    PgArgumentBuffer, PgArguments, PgBindIterExt as _, PgConnectOptions, PgPoolOptions, PgRow, PgTypeInfo,
};
use sqlx::{
    Arguments as _, Column as _, ConnectOptions as _, Encode, PgConnection, PgPool, Postgres, Row as _, Transaction,
    Type, TypeInfo as _, ValueRef as _,
};

use crate::engine::storable;
use crate::{Row, StoreError, StoreOptions, Value};

/// The type of a column, as far as the portable subset knows types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnType {
    Int,
    Text,
    Blob,
}

pub(crate) async fn open(url: &str, options: &StoreOptions) -> Result<PgPool, StoreError> {
    let parsed = PgConnectOptions::from_str(url).map_err(|_| {
        StoreError::Config("the database address does not read postgres://user:password@host:port/database".to_owned())
    })?;
    let place = match parsed.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", parsed.get_host(), parsed.get_port()),
    };
    let connect = parsed
        .application_name("wegfrei")
        .statement_cache_capacity(256)
        .options([
            ("statement_timeout", millis(options.statement_timeout)),
            ("lock_timeout", millis(options.lock_timeout)),
            ("idle_in_transaction_session_timeout", millis(options.statement_timeout)),
            ("synchronous_commit", "on".to_owned()),
        ])
        .disable_statement_logging();
    let attempts = options.connect_attempts.max(1);
    let mut attempt = 1;
    // One connection by itself first: the pool would hide why it gets none.
    while let Err(error) = connect.connect().await.map_err(StoreError::from) {
        match error {
            StoreError::Unavailable(why) if attempt >= attempts => {
                return Err(StoreError::Unavailable(format!(
                    "PostgreSQL at {place}: {why}; is the server running?"
                )));
            }
            StoreError::Unavailable(why) => {
                tracing::warn!(%place, %why, attempt, attempts, "PostgreSQL does not answer yet");
            }
            other => return Err(other),
        }
        attempt += 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let pool = PgPoolOptions::new()
        .max_connections(options.connections.max(1))
        .acquire_timeout(options.lock_timeout)
        .test_before_acquire(false)
        .connect_lazy_with(connect);
    check_server(&pool).await?;
    Ok(pool)
}

/// Begins a transaction. The pool does not ask a connection whether it still lives, which would cost a round trip each time;
/// a dead one (the server was restarted) is replaced by the next.
pub(crate) async fn begin(
    pool: &PgPool,
    statement: &'static str,
) -> Result<Transaction<'static, Postgres>, StoreError> {
    let mut others = pool.size();
    loop {
        match pool.begin_with(statement).await {
            Err(error) if others > 0 && is_dead(&error) => others -= 1,
            begun => return begun.map_err(|error| out_of_time(pool, error)),
        }
    }
}

/// One reading statement; as [`begin`], a dead connection is replaced.
pub(crate) async fn read(pool: &PgPool, sql: SqlStr, values: &[Value]) -> Result<Vec<Row>, StoreError> {
    let mut others = pool.size();
    loop {
        let mut connection = pool.acquire().await.map_err(|error| out_of_time(pool, error))?;
        let found = sqlx::query_with(sql.clone(), arguments(values)?)
            .fetch_all(&mut *connection)
            .await;
        match found {
            Err(error) if others > 0 && is_dead(&error) => {
                connection.close_on_drop();
                others -= 1;
            }
            found => return rows_of(&found?),
        }
    }
}

fn is_dead(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

/// A pool that ran out of time either had no connection free or could not make one.
fn out_of_time(pool: &PgPool, error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::PoolTimedOut if pool.size() < pool.options().get_max_connections() => {
            StoreError::Unavailable("PostgreSQL does not answer".to_owned())
        }
        error => error.into(),
    }
}

fn millis(limit: Duration) -> String {
    limit.as_millis().max(1).to_string()
}

async fn check_server(pool: &PgPool) -> Result<(), StoreError> {
    let sql = "SELECT CAST(current_setting('server_version_num') AS BIGINT) AS version, \
               CAST(pg_encoding_to_char(encoding) AS TEXT) AS encoding, CAST(datcollate AS TEXT) AS collation, \
               CAST(datlocprovider AS TEXT) AS provider, current_setting('fsync') AS fsync, \
               CAST(datname AS TEXT) AS name FROM pg_database WHERE datname = current_database()";
    let rows = fetch(&mut *pool.acquire().await?, sqlx::SqlSafeStr::into_sql_str(sql), &[]).await;
    // `datlocprovider` came with PostgreSQL 15.
    let row = match rows {
        Ok(rows) => rows.into_iter().next(),
        Err(StoreError::Other(_)) => None,
        Err(error) => return Err(error),
    };
    let Some(row) = row else {
        return Err(StoreError::Config(
            "this PostgreSQL server is too old; version 15 or later is needed".to_owned(),
        ));
    };
    let by_bytes =
        matches!(row.text("collation")?, "C" | "POSIX" | "C.UTF-8" | "C.utf8") && row.text("provider")? == "c";
    if row.text("encoding")? != "UTF8" || !by_bytes {
        let name = row.text("name")?;
        return Err(StoreError::Config(format!(
            "database {name} must compare texts by their bytes, as SQLite does; create it with: \
             CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'"
        )));
    }
    if row.text("fsync")? != "on" {
        tracing::warn!("PostgreSQL runs with fsync = off: a power cut loses acknowledged data");
    }
    Ok(())
}

/// Takes the time limits off this transaction: a verification or a migration may take hours.
pub(crate) async fn lift_limits(connection: &mut PgConnection) -> Result<(), StoreError> {
    let sql = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; \
               SET LOCAL idle_in_transaction_session_timeout = 0";
    sqlx::raw_sql(sql).execute(connection).await?;
    Ok(())
}

/// The types of a table's columns, in the order asked for.
pub(crate) async fn column_types(
    connection: &mut PgConnection,
    table: &str,
    columns: &[&'static str],
) -> Result<Vec<ColumnType>, StoreError> {
    let sql = "SELECT CAST(attname AS TEXT) AS name, CAST(atttypid AS BIGINT) AS type FROM pg_attribute \
               WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped";
    let rows = fetch(connection, sqlx::SqlSafeStr::into_sql_str(sql), &[table.into()]).await?;
    let mut types = Vec::with_capacity(columns.len());
    for column in columns {
        let mut found = None;
        for row in &rows {
            if row.text("name")? == *column {
                found = Some(row.int("type")?);
            }
        }
        types.push(match found {
            Some(20) => ColumnType::Int,
            Some(25) => ColumnType::Text,
            Some(17) => ColumnType::Blob,
            Some(_) => {
                return Err(StoreError::Other(format!(
                    "{table}.{column} is not BIGINT, TEXT or BLOB"
                )));
            }
            None => return Err(StoreError::Other(format!("no such column: {table}.{column}"))),
        });
    }
    Ok(types)
}

/// `NULL` of the type the statement wants there.
struct Untyped;

impl Type<Postgres> for Untyped {
    fn type_info() -> PgTypeInfo {
        // `unknown`: the server derives the type.
        PgTypeInfo::with_oid(Oid(705))
    }
}

impl Encode<'_, Postgres> for Untyped {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }

    fn size_hint(&self) -> usize {
        0
    }
}

fn encoding(error: BoxDynError) -> StoreError {
    StoreError::from(sqlx::Error::Encode(error))
}

fn arguments(values: &[Value]) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for value in values {
        let added = match value {
            Value::Null => arguments.add(Untyped),
            Value::Int(int) => arguments.add(*int),
            Value::Text(text) => arguments.add(storable(text)?),
            Value::Blob(blob) => arguments.add(blob.as_slice()),
        };
        added.map_err(encoding)?;
    }
    Ok(arguments)
}

/// Rows turned into one array per column, for `unnest`.
pub(crate) fn arrays(types: &[ColumnType], rows: &[&[Value]]) -> Result<PgArguments, StoreError> {
    for value in rows.iter().flat_map(|row| row.iter()) {
        if let Value::Text(text) = value {
            storable(text)?;
        }
    }
    const MISMATCH: StoreError = StoreError::Value("its type is not the column's");
    let column = |at: usize| rows.iter().map(move |row| row.get(at).unwrap_or(&Value::Null));
    let mut arguments = PgArguments::default();
    for (at, kind) in types.iter().enumerate() {
        let fits = column(at).all(|value| {
            matches!(
                (kind, value),
                (_, Value::Null)
                    | (ColumnType::Int, Value::Int(_))
                    | (ColumnType::Text, Value::Text(_))
                    | (ColumnType::Blob, Value::Blob(_))
            )
        });
        if !fits {
            return Err(MISMATCH);
        }
        let added = match kind {
            ColumnType::Int => arguments.add(
                column(at)
                    .map(|value| match value {
                        Value::Int(int) => Some(*int),
                        _ => None,
                    })
                    .bind_iter(),
            ),
            ColumnType::Text => arguments.add(
                column(at)
                    .map(|value| match value {
                        Value::Text(text) => Some(text.as_str()),
                        _ => None,
                    })
                    .bind_iter(),
            ),
            ColumnType::Blob => arguments.add(
                column(at)
                    .map(|value| match value {
                        Value::Blob(blob) => Some(blob.as_slice()),
                        _ => None,
                    })
                    .bind_iter(),
            ),
        };
        added.map_err(encoding)?;
    }
    Ok(arguments)
}

pub(crate) async fn execute(connection: &mut PgConnection, sql: SqlStr, values: &[Value]) -> Result<u64, StoreError> {
    execute_with(connection, sql, arguments(values)?).await
}

pub(crate) async fn execute_with(
    connection: &mut PgConnection,
    sql: SqlStr,
    arguments: PgArguments,
) -> Result<u64, StoreError> {
    Ok(sqlx::query_with(sql, arguments)
        .execute(connection)
        .await?
        .rows_affected())
}

pub(crate) async fn fetch(
    connection: &mut PgConnection,
    sql: SqlStr,
    values: &[Value],
) -> Result<Vec<Row>, StoreError> {
    fetch_with(connection, sql, arguments(values)?).await
}

pub(crate) async fn fetch_with(
    connection: &mut PgConnection,
    sql: SqlStr,
    arguments: PgArguments,
) -> Result<Vec<Row>, StoreError> {
    rows_of(&sqlx::query_with(sql, arguments).fetch_all(connection).await?)
}

fn rows_of(found: &[PgRow]) -> Result<Vec<Row>, StoreError> {
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

fn values_of(row: &PgRow, width: usize) -> Result<Vec<Value>, StoreError> {
    (0..width)
        .map(|at| {
            let raw = row.try_get_raw(at)?;
            if raw.is_null() {
                return Ok(Value::Null);
            }
            Ok(match raw.type_info().name() {
                "INT8" => Value::Int(row.try_get(at)?),
                "INT4" => Value::Int(row.try_get::<i32, _>(at)?.into()),
                "BOOL" => Value::Int(row.try_get::<bool, _>(at)?.into()),
                "TEXT" | "VARCHAR" | "UNKNOWN" => Value::Text(row.try_get(at)?),
                "BYTEA" => Value::Blob(row.try_get(at)?),
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
