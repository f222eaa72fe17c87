//! The open database.

#[cfg(feature = "testing")]
use std::any::Any;
use std::fmt;
use std::sync::Arc;
#[cfg(feature = "testing")]
use std::sync::OnceLock;

use sqlx::SqlSafeStr as _;
use tokio::sync::Notify;

use crate::bulk::Statements;
use crate::engine::{Mode, Pools};
use crate::{Engine, Migration, Row, StoreError, StoreOptions, Tx, Value, migrate};

/// An open database. Cheap to clone; all clones share its connections.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) pools: Pools,
    pub(crate) statements: Statements,
    pub(crate) wake: Notify,
    /// What must live as long as the store: a test's temporary folder.
    #[cfg(feature = "testing")]
    pub(crate) keep: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl Store {
    /// Opens `sqlite:PATH` (created when missing; its folder must exist) or `postgres://user:password@host:port/name`.
    ///
    /// # Errors
    /// [`StoreError::Config`] for a wrong address or a database whose settings do not do, [`StoreError::Unavailable`]
    /// when it cannot be reached after `options.connect_attempts`.
    pub async fn open(url: &str, options: &StoreOptions) -> Result<Store, StoreError> {
        let pools = Pools::open(url, options).await?;
        let inner = Inner {
            pools,
            statements: Statements::default(),
            wake: Notify::new(),
            #[cfg(feature = "testing")]
            keep: OnceLock::new(),
        };
        Ok(Store { inner: Arc::new(inner) })
    }

    /// The engine behind this store.
    pub fn engine(&self) -> Engine {
        self.inner.pools.engine()
    }

    /// Brings the database to the state the program expects: runs each migration that has not run yet, in the order
    /// given, all in one transaction. The store's own (for jobs) come first by themselves. Give the whole list at once:
    /// a migration in the database that is not in the list means the database is newer than the program.
    ///
    /// # Errors
    /// [`StoreError::Migration`] when a migration that has run has another text now, when the database is newer, when
    /// an id appears twice, or when a migration fails. Nothing is changed then.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<(), StoreError> {
        migrate::run(self, migrations).await
    }

    /// Whether [`Store::migrate`] would change nothing; for a server that must not migrate by itself.
    pub async fn is_migrated(&self, migrations: &[Migration]) -> Result<bool, StoreError> {
        migrate::is_complete(self, migrations).await
    }

    /// Runs one reading statement outside any transaction.
    pub async fn fetch(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.inner.pools.fetch(sql.into_sql_str(), values).await
    }

    /// Runs one writing statement as a transaction of its own, durable when this returns, and says how many rows it
    /// changed.
    pub async fn execute(&self, sql: &'static str, values: &[Value]) -> Result<u64, StoreError> {
        let mut tx = self.begin_mode(Mode::Single).await?;
        let changed = tx.execute(sql, values).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Begins a transaction that reads and writes as if it were alone. SQLite runs one at a time; PostgreSQL runs them
    /// side by side and answers [`StoreError::Busy`] to one of two that got in each other's way.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        self.begin_mode(Mode::Write).await
    }

    /// Begins a transaction that sees one unchanging state and cannot write; it has no time limit.
    pub async fn snapshot(&self) -> Result<Tx, StoreError> {
        self.begin_mode(Mode::Snapshot).await
    }

    /// How many bytes the database takes on disk (SQLite: without its write-ahead log).
    pub async fn size(&self) -> Result<u64, StoreError> {
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()",
            Engine::Postgres => "SELECT pg_database_size(current_database()) AS bytes",
        };
        let rows = self.fetch(sql, &[]).await?;
        let bytes = rows.first().map_or(Ok(0), |row| row.int("bytes"))?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }

    /// Closes all connections, waiting for those in use. Later calls are [`StoreError::Unavailable`].
    pub async fn close(&self) {
        self.inner.pools.close().await;
    }

    pub(crate) async fn begin_mode(&self, mode: Mode) -> Result<Tx, StoreError> {
        Ok(Tx::new(Arc::clone(&self.inner), self.inner.pools.begin(mode).await?))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.engine())
    }
}
