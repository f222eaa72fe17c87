//! How a store is opened.

use std::fmt;
use std::time::Duration;

/// The database engine behind a [`crate::Store`]. For reports and operators; SQL never depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// One file on this machine.
    Sqlite,
    /// A PostgreSQL server (14 or later).
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        })
    }
}

/// Settings of a store; [`Default`] is right for production on one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// Connections for reading (SQLite) or for everything (PostgreSQL). At least 1; default 8.
    pub connections: u32,
    /// How long a statement or transaction may wait for another's lock, or for a free connection, before it is
    /// [`crate::StoreError::Busy`]. Default 10 s.
    pub lock_timeout: Duration,
    /// How long one statement may run before PostgreSQL cancels it ([`crate::StoreError::Busy`]). Default 60 s.
    pub statement_timeout: Duration,
    /// How often [`crate::Store::open`] tries to reach a PostgreSQL server, one second apart, before it gives up:
    /// server and database often start together. At least 1; default 10.
    pub connect_attempts: u32,
}

impl Default for StoreOptions {
    fn default() -> Self {
        StoreOptions {
            connections: 8,
            lock_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(60),
            connect_attempts: 10,
        }
    }
}
