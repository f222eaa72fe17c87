//! Fresh databases on both engines, for the tests of every crate above (feature `testing`).
//!
//! ```no_run
//! # async fn example() {
//! for store in wegfrei_store::testing::stores().await {
//!     store.migrate(&[]).await.unwrap();
//!     // … the same test on SQLite and on PostgreSQL
//! }
//! # }
//! ```
//!
//! SQLite's file lies in a temporary folder; PostgreSQL's schema on the server named by `WEGFREI_TEST_PG`, or on one
//! that is started on demand and shared by all tests of this checkout. Without PostgreSQL the test fails and says how to
//! install it; nothing is skipped. These functions panic when they cannot give what they promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cluster;

use std::path::Path;

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, postgres::PgConnectOptions};
use tempfile::TempDir;

use crate::engine::{Conn, Mode, Pools};
use crate::{Engine, Store, StoreOptions};

/// A fresh, empty database. It is deleted when this is dropped, or when the last [`Store`] of [`Database::into_store`] is.
pub struct Database {
    url: String,
    engine: Engine,
    folder: TempDir,
    server: Option<(String, String)>,
}

impl Database {
    /// A new SQLite file.
    pub fn sqlite() -> Database {
        let folder = folder();
        let url = format!("sqlite:{}", folder.path().join("wegfrei.db").display());
        Database {
            url,
            engine: Engine::Sqlite,
            folder,
            server: None,
        }
    }

    /// A new PostgreSQL schema in the test server's database, named by the address's `search_path`: as good as a database
    /// of its own, and a hundred times cheaper to make and delete.
    pub async fn postgres() -> Database {
        // Starting a server takes a second and waits for a file lock: not on the runtime's own thread.
        let server = tokio::task::spawn_blocking(server).await.unwrap();
        let folder = folder();
        let schema = folder.path().file_name().unwrap().to_str().unwrap().to_lowercase();
        administer(&server, &format!("CREATE SCHEMA {schema}")).await;
        let joint = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{joint}options=-csearch_path%3D{schema}");
        Database {
            url,
            engine: Engine::Postgres,
            folder,
            server: Some((server, schema)),
        }
    }

    /// The engine.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Its address, for [`Store::open`] or another process.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A folder of its own that lives as long as the database (SQLite's file lies in it).
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Opens it; may be called again, for a second process's view.
    pub async fn open(&self) -> Store {
        Store::open(&self.url, &options()).await.unwrap()
    }

    /// Opens it and lets the store keep it alive.
    pub async fn into_store(self) -> Store {
        let store = self.open().await;
        let _ = store.inner.keep.set(Box::new(self));
        store
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((server, schema)) = self.server.take() else {
            return;
        };
        // A destructor cannot wait on a runtime it may be part of. A schema that is still in use stays: the server is
        // deleted as a whole.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let sql = format!("SET lock_timeout = 50; DROP SCHEMA IF EXISTS {schema} CASCADE");
            let _ = runtime.block_on(try_administer(&server, &sql));
        });
        let _ = dropping.join();
    }
}

/// One fresh database of each engine.
pub async fn databases() -> Vec<Database> {
    vec![Database::sqlite(), Database::postgres().await]
}

/// One fresh, empty, unmigrated store of each engine. Its database is deleted with the last clone of the store.
pub async fn stores() -> Vec<Store> {
    let mut stores = Vec::new();
    for database in databases().await {
        stores.push(database.into_store().await);
    }
    stores
}

/// One store of SQLite, for tests in which the engine cannot matter.
pub async fn sqlite() -> Store {
    Database::sqlite().into_store().await
}

/// Few connections and short waits, so that a test that blocks itself fails soon.
pub fn options() -> StoreOptions {
    StoreOptions {
        connections: 4,
        connect_attempts: 1,
        ..StoreOptions::default()
    }
}

/// Breaks the connection of an open transaction as a server that dies does (PostgreSQL; on SQLite there is none to break
/// and nothing happens).
pub async fn cut_connection(store: &Store, tx: &mut crate::Tx) {
    let Pools::Postgres(pool) = &store.inner.pools else {
        return;
    };
    let rows = tx.fetch("SELECT pg_backend_pid() AS pid", &[]).await.unwrap();
    let pid = rows.first().unwrap().int("pid").unwrap();
    let sql = format!("SELECT pg_terminate_backend({pid}, 5000)");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
}

/// Lets the disk be full as soon as the store grows by another few pages; `free` makes room again. SQLite: a limit on the
/// file. PostgreSQL: a server whose disk is full answers `53100` to the statement that needs room, so `table` answers it.
pub async fn fill_disk(store: &Store, table: &str, free: bool) {
    let mut tx = store.begin_mode(Mode::Migrate).await.unwrap();
    match &mut tx.conn {
        Conn::Sqlite(connection) => {
            let pages = if free { "4294967294" } else { "1" };
            // Less than there are now means: as many as there are now.
            let sql = format!("PRAGMA max_page_count = {pages}");
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut **connection)
                .await
                .unwrap();
        }
        Conn::Postgres(connection) => {
            let sql = if free {
                "DROP FUNCTION disk_full CASCADE".to_owned()
            } else {
                format!(
                    "CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS \
                     $$BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END$$; \
                     CREATE TRIGGER disk_full AFTER INSERT ON {table} EXECUTE FUNCTION disk_full()"
                )
            };
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut **connection)
                .await
                .unwrap();
        }
    }
    tx.commit().await.unwrap();
}

fn folder() -> TempDir {
    tempfile::Builder::new()
        .prefix("wegfrei_")
        .rand_bytes(12)
        .tempdir()
        .unwrap()
}

fn server() -> String {
    if let Ok(url) = std::env::var(cluster::VARIABLE) {
        return url;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap();
    cluster::Cluster::of(workspace)
        .start()
        .unwrap_or_else(|problem| panic!("{problem}"))
}

async fn administer(server: &str, sql: &str) {
    try_administer(server, sql).await.unwrap();
}

async fn try_administer(server: &str, sql: &str) -> Result<(), sqlx::Error> {
    let options: PgConnectOptions = server.parse()?;
    let mut connection = options.disable_statement_logging().connect().await?;
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut connection)
        .await?;
    connection.close().await
}
