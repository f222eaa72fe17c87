//! Migrations: each once, in order, all or nothing.

use std::collections::{HashMap, HashSet};

use sqlx::AssertSqlSafe;
use sqlx::SqlSafeStr as _;

use crate::engine::Mode;
use crate::{Engine, Store, StoreError, Tx, Value, jobs};

/// One step of the schema. Never change one that has been released: add the next.
///
/// `sql` is one text for both engines: statements with `;` between them, column types `TEXT`, `BIGINT` and `BLOB`.
/// The store translates exactly two things: PostgreSQL calls `BLOB` `BYTEA`, and on SQLite every `CREATE TABLE (…)` becomes a
/// `STRICT` table with `INTEGER` for `BIGINT` (in `ALTER TABLE` too), so that both engines refuse a value of the wrong type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its name for ever: the owner, a dash, a number, as in `journal-0001`.
    pub id: &'static str,
    /// The statements.
    pub sql: &'static str,
}

/// The text itself is kept, not a hash: what ran can be read, and any change is seen.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS migrations (\
                      id TEXT NOT NULL, place BIGINT NOT NULL, statements TEXT NOT NULL, PRIMARY KEY (id))";

/// Any number, the same in every Wegfrei process.
const LOCK: i64 = 0x0057_4547_4652_4549;

pub(crate) async fn run(store: &Store, migrations: &[Migration]) -> Result<(), StoreError> {
    let wanted = all(migrations)?;
    // SQLite: the one writer. PostgreSQL: the lock; what another process did before is visible after it.
    let mut tx = store.begin_mode(Mode::Migrate).await?;
    if store.engine() == Engine::Postgres {
        tx.execute("SELECT pg_advisory_xact_lock($1)", &[LOCK.into()]).await?;
    }
    tx.script(AssertSqlSafe(translate(CREATE, store.engine())).into_sql_str())
        .await?;
    let applied = applied(&mut tx).await?;
    let open = compare(&wanted, &applied)?;
    for (place, migration) in (applied.len()..).zip(open) {
        let text = AssertSqlSafe(translate(migration.sql, store.engine())).into_sql_str();
        tx.script(text).await.map_err(|error| match error {
            StoreError::Other(problem) | StoreError::Conflict { what: problem } => StoreError::Migration {
                id: migration.id.to_owned(),
                problem,
            },
            other => other,
        })?;
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        tx.execute(
            "INSERT INTO migrations (id, place, statements) VALUES ($1, $2, $3)",
            &[migration.id.into(), place.into(), migration.sql.into()],
        )
        .await?;
        tracing::info!(id = migration.id, "migrated");
    }
    tx.commit().await
}

pub(crate) async fn is_complete(store: &Store, migrations: &[Migration]) -> Result<bool, StoreError> {
    let wanted = all(migrations)?;
    let mut tx = store.snapshot().await?;
    let found = applied(&mut tx).await;
    tx.rollback().await?;
    let applied = match found {
        Ok(applied) => applied,
        // No such table: nothing has ever run.
        Err(StoreError::Other(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    Ok(compare(&wanted, &applied)?.is_empty())
}

fn all(migrations: &[Migration]) -> Result<Vec<Migration>, StoreError> {
    let wanted: Vec<Migration> = jobs::MIGRATIONS.iter().chain(migrations).copied().collect();
    let mut seen = HashSet::new();
    match wanted.iter().find(|migration| !seen.insert(migration.id)) {
        Some(twice) => Err(refused(twice.id, "appears twice in this program's list")),
        None => Ok(wanted),
    }
}

async fn applied(tx: &mut Tx) -> Result<HashMap<String, String>, StoreError> {
    let rows = tx
        .fetch("SELECT id, statements FROM migrations ORDER BY place", &[] as &[Value])
        .await?;
    rows.iter()
        .map(|row| Ok((row.text("id")?.to_owned(), row.text("statements")?.to_owned())))
        .collect()
}

fn compare(wanted: &[Migration], applied: &HashMap<String, String>) -> Result<Vec<Migration>, StoreError> {
    let known: HashSet<&str> = wanted.iter().map(|migration| migration.id).collect();
    let mut unknown: Vec<&String> = applied.keys().filter(|id| !known.contains(id.as_str())).collect();
    unknown.sort();
    if let Some(id) = unknown.first() {
        return Err(refused(
            id,
            "is in the database but not in this program: the database is newer; start the newer program",
        ));
    }
    let mut open = Vec::new();
    for migration in wanted {
        match applied.get(migration.id) {
            None => open.push(*migration),
            Some(text) if text == migration.sql => {}
            Some(_) => {
                return Err(refused(
                    migration.id,
                    "has run with another text; never change a migration that has run, add the next one",
                ));
            }
        }
    }
    Ok(open)
}

fn refused(id: &str, problem: &str) -> StoreError {
    StoreError::Migration {
        id: id.to_owned(),
        problem: problem.to_owned(),
    }
}

/// Rewrites type names outside strings and comments, and ends SQLite's `CREATE TABLE (…)` with `STRICT`.
fn translate(sql: &str, engine: Engine) -> String {
    let mut out = String::with_capacity(sql.len() + 64);
    let mut rest = sql;
    let mut statement = Statement::default();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            first if first.is_ascii_alphabetic() || first == '_' => rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        let closes_table = statement.closes_table(token);
        out.push_str(match (engine, token.to_ascii_uppercase().as_str()) {
            (Engine::Postgres, "BLOB") => "BYTEA",
            (Engine::Sqlite, "BIGINT") if statement.shapes_table() => "INTEGER",
            _ => token,
        });
        if closes_table && engine == Engine::Sqlite {
            out.push_str(" STRICT");
        }
    }
    out
}

/// Where the translation stands within a statement.
#[derive(Default)]
struct Statement {
    words: [String; 2],
    depth: usize,
}

impl Statement {
    /// `ALTER TABLE … ADD COLUMN` names a type too; the table is `STRICT`.
    fn shapes_table(&self) -> bool {
        matches!(self.words[0].as_str(), "CREATE" | "ALTER") && self.words[1] == "TABLE"
    }

    fn creates_table(&self) -> bool {
        self.words[0] == "CREATE" && self.words[1] == "TABLE"
    }

    /// Takes the next token; true when it is the last `)` of a `CREATE TABLE`.
    fn closes_table(&mut self, token: &str) -> bool {
        match token {
            ";" => *self = Statement::default(),
            "(" => self.depth += 1,
            ")" => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0 && self.creates_table();
            }
            _ if token.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                if let Some(free) = self.words.iter_mut().find(|word| word.is_empty()) {
                    *free = token.to_ascii_uppercase();
                }
            }
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn translates_types_and_nothing_else() {
        let check = |sql: &str, sqlite: &str, postgres: &str| {
            assert_eq!(translate(sql, Engine::Sqlite), sqlite);
            assert_eq!(translate(sql, Engine::Postgres), postgres);
        };
        check(
            "CREATE TABLE a (x BLOB NOT NULL, n BIGINT CHECK (n > 0)); -- BLOB, äöü\nCREATE INDEX b ON a (n);",
            "CREATE TABLE a (x BLOB NOT NULL, n INTEGER CHECK (n > 0)) STRICT; -- BLOB, äöü\nCREATE INDEX b ON a (n);",
            "CREATE TABLE a (x BYTEA NOT NULL, n BIGINT CHECK (n > 0)); -- BLOB, äöü\nCREATE INDEX b ON a (n);",
        );
        check(
            "INSERT INTO a VALUES ('BLOB; it''s', CAST(1 AS BIGINT)); create table c (n bigint)",
            "INSERT INTO a VALUES ('BLOB; it''s', CAST(1 AS BIGINT)); create table c (n INTEGER) STRICT",
            "INSERT INTO a VALUES ('BLOB; it''s', CAST(1 AS BIGINT)); create table c (n bigint)",
        );
        check(
            "ALTER TABLE a ADD COLUMN n BIGINT NOT NULL DEFAULT 0; SELECT CAST(1 AS BIGINT)",
            "ALTER TABLE a ADD COLUMN n INTEGER NOT NULL DEFAULT 0; SELECT CAST(1 AS BIGINT)",
            "ALTER TABLE a ADD COLUMN n BIGINT NOT NULL DEFAULT 0; SELECT CAST(1 AS BIGINT)",
        );
        check("SELECT 'unclosed", "SELECT 'unclosed", "SELECT 'unclosed");
    }
}
