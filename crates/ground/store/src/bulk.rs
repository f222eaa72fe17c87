//! Many rows in few statements.
//!
//! SQLite gets multi-row `VALUES` in a few fixed sizes, so that each statement is prepared once; PostgreSQL gets one
//! statement with an array per column, whatever the number of rows.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::AssertSqlSafe;
use sqlx::SqlSafeStr as _;

use crate::engine::postgres::ColumnType;
use crate::engine::{Conn, postgres, sqlite};
use crate::{Row, StoreError, Value};

/// A table as bulk statements and scans see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The columns of its primary key, in the key's order.
    pub key: &'static [&'static str],
    /// All columns, the key's among them, in the order of the values given.
    pub columns: &'static [&'static str],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    Put,
    Insert,
    Delete,
    /// Delete and return the keys of the deleted rows.
    Take,
}

impl Op {
    fn columns(self, table: &Table) -> &'static [&'static str] {
        match self {
            Op::Put | Op::Insert => table.columns,
            Op::Delete | Op::Take => table.key,
        }
    }
}

/// Rows per statement on SQLite, largest first.
const CHUNKS: [usize; 4] = [64, 16, 4, 1];
/// SQLite's own limit is 32,766 parameters a statement; beyond this, larger statements gain nothing.
const MAX_PARAMETERS: usize = 2048;

type Types = Arc<[ColumnType]>;

/// Statement texts and PostgreSQL's column types, made once.
#[derive(Default)]
pub(crate) struct Statements {
    texts: Mutex<HashMap<(Table, Op, usize), Arc<str>>>,
    types: Mutex<HashMap<(Table, Op), Types>>,
}

impl Statements {
    fn text(&self, table: &Table, op: Op, rows: usize, make: impl FnOnce() -> String) -> Arc<str> {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(texts.entry((*table, op, rows)).or_insert_with(|| make().into()))
    }
}

pub(crate) async fn run(
    statements: &Statements,
    conn: &mut Conn,
    table: &Table,
    op: Op,
    rows: &[Vec<Value>],
) -> Result<(u64, Vec<Row>), StoreError> {
    let width = op.columns(table).len();
    if rows.iter().any(|row| row.len() != width) {
        return Err(StoreError::Value(
            "a row has more or fewer values than its table has columns",
        ));
    }
    match conn {
        Conn::Sqlite(tx) => run_sqlite(statements, tx, table, op, rows).await,
        Conn::Postgres(tx) => run_postgres(statements, tx, table, op, rows).await,
    }
}

async fn run_sqlite(
    statements: &Statements,
    connection: &mut sqlx::SqliteConnection,
    table: &Table,
    op: Op,
    mut rows: &[Vec<Value>],
) -> Result<(u64, Vec<Row>), StoreError> {
    let width = op.columns(table).len().max(1);
    let mut changed = 0;
    let mut returned = Vec::new();
    for size in CHUNKS
        .into_iter()
        .filter(|size| *size == 1 || size * width <= MAX_PARAMETERS)
    {
        while rows.len() >= size {
            let (chunk, rest) = rows.split_at(size);
            rows = rest;
            let sql = statements.text(table, op, size, || sqlite_text(table, op, size));
            let sql = AssertSqlSafe(sql).into_sql_str();
            if op == Op::Take {
                let values: Vec<Value> = chunk.iter().flatten().cloned().collect();
                returned.extend(sqlite::fetch(connection, sql, &values).await?);
            } else {
                changed += sqlite::execute(connection, sql, chunk.iter().flatten()).await?;
            }
        }
    }
    Ok((changed, returned))
}

async fn run_postgres(
    statements: &Statements,
    connection: &mut sqlx::PgConnection,
    table: &Table,
    op: Op,
    rows: &[Vec<Value>],
) -> Result<(u64, Vec<Row>), StoreError> {
    let rows: Vec<&[Value]> = if op == Op::Put {
        last_of_each(table, rows)
    } else {
        rows.iter().map(Vec::as_slice).collect()
    };
    if rows.is_empty() {
        return Ok((0, Vec::new()));
    }
    let known = {
        let types = statements.types.lock().unwrap_or_else(PoisonError::into_inner);
        types.get(&(*table, op)).cloned()
    };
    let types = match known {
        Some(types) => types,
        None => {
            let found: Types = postgres::column_types(connection, table.name, op.columns(table))
                .await?
                .into();
            let mut types = statements.types.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(types.entry((*table, op)).or_insert(found))
        }
    };
    let sql = statements.text(table, op, 0, || postgres_text(table, op, &types));
    let sql = AssertSqlSafe(sql).into_sql_str();
    let arguments = postgres::arrays(&types, &rows)?;
    if op == Op::Take {
        Ok((0, postgres::fetch_with(connection, sql, arguments).await?))
    } else {
        Ok((postgres::execute_with(connection, sql, arguments).await?, Vec::new()))
    }
}

/// PostgreSQL refuses to update a row twice in one statement; SQLite's last write wins. So: the last row of each key.
fn last_of_each<'r>(table: &Table, rows: &'r [Vec<Value>]) -> Vec<&'r [Value]> {
    let places: Vec<usize> = table
        .key
        .iter()
        .filter_map(|key| table.columns.iter().position(|column| column == key))
        .collect();
    let mut seen: HashSet<Vec<&Value>> = HashSet::with_capacity(rows.len());
    let mut last: Vec<&[Value]> = Vec::with_capacity(rows.len());
    for row in rows.iter().rev() {
        if seen.insert(places.iter().filter_map(|at| row.get(*at)).collect()) {
            last.push(row);
        }
    }
    last.reverse();
    last
}

fn upsert(sql: &mut String, table: &Table) {
    let others: Vec<String> = table
        .columns
        .iter()
        .filter(|column| !table.key.contains(column))
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    let _ = write!(sql, " ON CONFLICT ({}) DO ", table.key.join(", "));
    if others.is_empty() {
        sql.push_str("NOTHING");
    } else {
        let _ = write!(sql, "UPDATE SET {}", others.join(", "));
    }
}

/// Parameters are anonymous `?`: SQLite looks named ones up one by one.
fn sqlite_text(table: &Table, op: Op, rows: usize) -> String {
    let columns = op.columns(table);
    let row = format!("({})", vec!["?"; columns.len()].join(","));
    let values = vec![row.as_str(); rows].join(",");
    let listed = columns.join(", ");
    let name = table.name;
    match op {
        Op::Insert => format!("INSERT INTO {name} ({listed}) VALUES {values}"),
        Op::Put => {
            let mut sql = format!("INSERT INTO {name} ({listed}) VALUES {values}");
            upsert(&mut sql, table);
            sql
        }
        Op::Delete => format!("DELETE FROM {name} WHERE ({listed}) IN (VALUES {values})"),
        Op::Take => format!("DELETE FROM {name} WHERE ({listed}) IN (VALUES {values}) RETURNING {listed}"),
    }
}

fn postgres_text(table: &Table, op: Op, types: &[ColumnType]) -> String {
    let columns = op.columns(table);
    let arrays: Vec<String> = types
        .iter()
        .enumerate()
        .map(|(at, kind)| {
            let kind = match kind {
                ColumnType::Int => "BIGINT",
                ColumnType::Text => "TEXT",
                ColumnType::Blob => "BYTEA",
            };
            format!("CAST(${} AS {kind}[])", at + 1)
        })
        .collect();
    let given = format!("unnest({})", arrays.join(", "));
    let listed = columns.join(", ");
    let name = table.name;
    match op {
        Op::Insert => format!("INSERT INTO {name} ({listed}) SELECT * FROM {given}"),
        Op::Put => {
            let mut sql = format!("INSERT INTO {name} ({listed}) SELECT * FROM {given}");
            upsert(&mut sql, table);
            sql
        }
        Op::Delete | Op::Take => {
            let same: Vec<String> = columns
                .iter()
                .map(|column| format!("{name}.{column} = given.{column}"))
                .collect();
            let mut sql = format!(
                "DELETE FROM {name} USING {given} AS given({listed}) WHERE {}",
                same.join(" AND ")
            );
            if op == Op::Take {
                let deleted: Vec<String> = columns.iter().map(|column| format!("{name}.{column}")).collect();
                let _ = write!(sql, " RETURNING {}", deleted.join(", "));
            }
            sql
        }
    }
}

/// The text of one page of a scan: with a start key, the rows after it.
pub(crate) fn scan_text(table: &Table, from_start: bool) -> String {
    let key = table.key.join(", ");
    let after = if from_start {
        String::new()
    } else {
        let given: Vec<String> = (1..=table.key.len()).map(|at| format!("${at}")).collect();
        format!(" WHERE ({key}) > ({})", given.join(", "))
    };
    let limit = if from_start { 1 } else { table.key.len() + 1 };
    format!(
        "SELECT {} FROM {}{after} ORDER BY {key} LIMIT ${limit}",
        table.columns.join(", "),
        table.name
    )
}
