//! What can go wrong, sorted by what a caller can do about it.

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

/// Why the store did not do what it was asked. No message holds a value of a row or a password.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row with this key is there already (or another unique index forbids it). Nothing was written; read again and
    /// decide anew.
    #[error("a row with this key exists already ({what})")]
    Conflict {
        /// The constraint or the columns, without values.
        what: String,
    },
    /// A row breaks another rule of its table: a column must not be `NULL`, holds another type, fails a `CHECK`, or
    /// refers to a row that is not there. A mistake in the program.
    #[error("a row breaks a rule of its table: {what}")]
    Constraint {
        /// The rule, without values.
        what: String,
    },
    /// Another transaction was in the way, or a time limit passed. Nothing was written; the same transaction may be
    /// tried again.
    #[error("the database is busy: {0}; try again")]
    Busy(String),
    /// The database cannot be reached now. Nothing was written; try again later.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The connection broke during `COMMIT`: the transaction is either wholly written or not at all, and the caller
    /// must read to find out which.
    #[error("the connection broke during COMMIT, so the transaction may or may not be written: {0}")]
    InDoubt(String),
    /// The disk is full. Nothing was written; an operator must make room.
    #[error("the database's disk is full; free some space, then try again")]
    Full,
    /// The database holds what cannot be read. An operator must restore it from a backup.
    #[error("the database is damaged: {0}; check the disk and restore a backup")]
    Corrupt(String),
    /// The migrations of this program and those of the database do not fit together; nothing was changed.
    #[error("migration {id}: {problem}")]
    Migration {
        /// The migration.
        id: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The address or the server's settings do not do for a store.
    #[error("{0}")]
    Config(String),
    /// A value that cannot be stored on both engines.
    #[error("cannot store this value: {0}")]
    Value(&'static str),
    /// A row does not hold what was asked of it. A mistake in the program, or tampering.
    #[error("column {column}: {problem}")]
    Row {
        /// The column asked for.
        column: String,
        /// What is there instead.
        problem: &'static str,
    },
    /// A statement in this transaction failed earlier, so it cannot be committed. Nothing was written.
    #[error("a statement of this transaction failed, so nothing of it is written")]
    Failed,
    /// Anything else: mostly wrong SQL.
    #[error("the database refused the statement: {0}")]
    Other(String),
}

impl StoreError {
    /// Whether the same work may simply be tried again (after a pause): [`Self::Busy`] and [`Self::Unavailable`].
    pub fn is_transient(&self) -> bool {
        matches!(self, StoreError::Busy(_) | StoreError::Unavailable(_))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> StoreError {
        use sqlx::Error as E;
        match error {
            E::Database(error) => from_database(error.as_ref()),
            E::Io(error) => StoreError::Unavailable(error.to_string()),
            E::Tls(error) => StoreError::Unavailable(format!("TLS: {error}")),
            E::PoolTimedOut => StoreError::Busy("no connection became free in time".to_owned()),
            E::PoolClosed => StoreError::Unavailable("the store is closed".to_owned()),
            E::WorkerCrashed => StoreError::Unavailable("the database thread ended".to_owned()),
            E::BeginFailed => StoreError::Unavailable("the transaction could not be started".to_owned()),
            // The text of a decoding error can quote the value.
            E::ColumnDecode { index, .. } => StoreError::Corrupt(format!("column {index} holds unreadable data")),
            E::Decode(_) => StoreError::Corrupt("a column holds unreadable data".to_owned()),
            E::Encode(_) => StoreError::Value("it is too large"),
            E::Protocol(_) => StoreError::Unavailable("unexpected answer of the server".to_owned()),
            E::Configuration(_) => StoreError::Config("the database address is not valid".to_owned()),
            other => StoreError::Other(other.to_string()),
        }
    }
}

fn from_database(error: &dyn DatabaseError) -> StoreError {
    if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
        return from_postgres(error);
    }
    match error.try_downcast_ref::<SqliteError>() {
        Some(error) => from_sqlite(error),
        None => StoreError::Other("unknown driver".to_owned()),
    }
}

/// <https://www.postgresql.org/docs/15/errcodes-appendix.html>. Detail, hint and context may quote rows and are dropped;
/// the message is kept only for the classes where it cannot quote one.
fn from_postgres(error: &PgDatabaseError) -> StoreError {
    let code = error.code();
    let class = code.get(..2).unwrap_or_default();
    let message = match class {
        "08" | "25" | "28" | "3D" | "3F" | "40" | "42" | "53" | "55" | "57" | "58" | "XX" => error.message().to_owned(),
        _ => format!("SQLSTATE {code}"),
    };
    let place = || {
        let parts = [error.table(), error.column(), error.constraint()];
        let named: Vec<&str> = parts.into_iter().flatten().collect();
        format!("{} (SQLSTATE {code})", named.join(", "))
    };
    match (class, code) {
        (_, "23505") => StoreError::Conflict {
            what: error.constraint().unwrap_or_default().to_owned(),
        },
        ("23", _) => StoreError::Constraint { what: place() },
        (_, "53100") => StoreError::Full,
        (_, "55P03" | "57014") | ("40", _) => StoreError::Busy(message),
        ("08" | "53" | "57", _) | (_, "25006") => StoreError::Unavailable(message),
        (_, "XX001" | "XX002") => StoreError::Corrupt(message),
        ("28" | "3D", _) => StoreError::Config(message),
        ("22", _) => StoreError::Constraint { what: place() },
        _ => StoreError::Other(message),
    }
}

/// <https://www.sqlite.org/rescode.html>. SQLite's own messages name tables and columns, never values.
fn from_sqlite(error: &SqliteError) -> StoreError {
    const IOERR_SHMSIZE: i32 = 4874;
    let message = || DatabaseError::message(error).to_owned();
    let code: i32 = DatabaseError::code(error)
        .and_then(|code| code.parse().ok())
        .unwrap_or(1);
    match (code & 0xff, code) {
        (13, _) | (_, IOERR_SHMSIZE) => StoreError::Full,
        // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE, _ROWID
        (19, 1555 | 2067 | 2579) => StoreError::Conflict { what: message() },
        (19, _) => StoreError::Constraint { what: message() },
        (5 | 6 | 9, _) => StoreError::Busy(message()),
        (11 | 26, _) => StoreError::Corrupt(message()),
        (10 | 14, _) => StoreError::Unavailable(message()),
        (8, _) => StoreError::Other(format!("{}; the file or a snapshot is read-only", message())),
        (18, _) => StoreError::Value("it is too large"),
        _ => StoreError::Other(message()),
    }
}
