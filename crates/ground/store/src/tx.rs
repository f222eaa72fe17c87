//! One transaction.

use std::sync::Arc;

use sqlx::AssertSqlSafe;
use sqlx::{SqlSafeStr as _, SqlStr};

use crate::bulk::{self, Op, Table};
use crate::engine::Conn;
use crate::store::Inner;
use crate::{Row, StoreError, Value};

/// A transaction: everything in it is written by [`Tx::commit`], or nothing is. Dropping it rolls back.
///
/// On SQLite a writing transaction holds the one writing connection: a task must not begin a second one before it ends
/// the first.
pub struct Tx {
    store: Arc<Inner>,
    pub(crate) conn: Conn,
    failed: bool,
    wakes: bool,
}

impl Tx {
    pub(crate) fn new(store: Arc<Inner>, conn: Conn) -> Tx {
        Tx {
            store,
            conn,
            failed: false,
            wakes: false,
        }
    }

    /// Runs one statement and says how many rows it changed.
    pub async fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, StoreError> {
        let done = self.conn.execute(sql.into_sql_str(), values).await;
        self.note(done)
    }

    /// Runs one statement and gives its rows.
    pub async fn fetch(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.fetch_sql(sql.into_sql_str(), values).await
    }

    /// Inserts rows, replacing the one with the same key where there is one; of several given rows with the same key
    /// the last stays. Values stand in the order of `table.columns`.
    pub async fn put_many(&mut self, table: &Table, rows: &[Vec<Value>]) -> Result<(), StoreError> {
        self.bulk(table, Op::Put, rows).await.map(drop)
    }

    /// Inserts rows; [`StoreError::Conflict`] when a key is there already. Values stand in the order of
    /// `table.columns`.
    pub async fn insert_many(&mut self, table: &Table, rows: &[Vec<Value>]) -> Result<(), StoreError> {
        self.bulk(table, Op::Insert, rows).await.map(drop)
    }

    /// Deletes the rows with these keys and says how many there were. Values stand in the order of `table.key`.
    pub async fn delete_many(&mut self, table: &Table, keys: &[Vec<Value>]) -> Result<u64, StoreError> {
        self.bulk(table, Op::Delete, keys).await.map(|(deleted, _)| deleted)
    }

    /// As [`Tx::delete_many`], and gives the keys that were there.
    pub async fn take_many(&mut self, table: &Table, keys: &[Vec<Value>]) -> Result<Vec<Row>, StoreError> {
        self.bulk(table, Op::Take, keys).await.map(|(_, taken)| taken)
    }

    /// One page of a table in key order: at most `limit` rows whose key comes after `after` (from the start: `None`).
    pub async fn scan(&mut self, table: &Table, after: Option<&[Value]>, limit: u32) -> Result<Vec<Row>, StoreError> {
        let sql = AssertSqlSafe(bulk::scan_text(table, after.is_none())).into_sql_str();
        let mut values = after.unwrap_or_default().to_vec();
        values.push(limit.into());
        self.fetch_sql(sql, &values).await
    }

    /// Writes everything, durably, then wakes whoever waits for jobs. After a failed statement it is
    /// [`StoreError::Failed`] and nothing is written.
    pub async fn commit(self) -> Result<(), StoreError> {
        if self.failed {
            // The rollback's own failure changes nothing: without COMMIT nothing is written.
            let _ = self.conn.rollback().await;
            return Err(StoreError::Failed);
        }
        self.conn.commit().await?;
        if self.wakes {
            self.store.wake.notify_waiters();
        }
        Ok(())
    }

    /// Ends the transaction and waits until nothing of it is left. Dropping does the same without waiting.
    pub async fn rollback(self) -> Result<(), StoreError> {
        self.conn.rollback().await
    }

    pub(crate) fn wake_after_commit(&mut self) {
        self.wakes = true;
    }

    pub(crate) async fn script(&mut self, sql: SqlStr) -> Result<(), StoreError> {
        let done = self.conn.script(sql).await;
        self.note(done)
    }

    async fn fetch_sql(&mut self, sql: SqlStr, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let found = self.conn.fetch(sql, values).await;
        self.note(found)
    }

    async fn bulk(&mut self, table: &Table, op: Op, rows: &[Vec<Value>]) -> Result<(u64, Vec<Row>), StoreError> {
        let done = bulk::run(&self.store.statements, &mut self.conn, table, op, rows).await;
        self.note(done)
    }

    fn note<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        self.failed |= result.is_err();
        result
    }
}

#[cfg(test)]
mod tests {
    /// Transactions and their futures move between the runtime's threads.
    #[test]
    fn can_be_sent() {
        fn check<T: Send>(_: fn() -> T) {}
        check::<super::Tx>(|| unreachable!());
        async fn work(store: crate::Store) {
            if let Ok(mut tx) = store.begin().await {
                let _ = tx
                    .put_many(
                        &crate::Table {
                            name: "",
                            key: &[],
                            columns: &[],
                        },
                        &[],
                    )
                    .await;
                let _ = tx.fetch("", &[]).await;
                let _ = tx.commit().await;
            }
        }
        fn sent<F: Future + Send>(_: impl Fn(crate::Store) -> F) {}
        sent(work);
    }
}
