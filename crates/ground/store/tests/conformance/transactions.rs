//! All or nothing, one after another, and readers that are not disturbed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wegfrei_store::{Engine, StoreError, testing};

use crate::{THINGS, check_both, insert, name_of, thing, things};

#[tokio::test]
async fn only_a_commit_writes() {
    check_both(async |store| {
        for end in ["drop", "rollback", "commit"] {
            let mut tx = store.begin().await.unwrap();
            tx.insert_many(&THINGS, &[thing(1, "one"), thing(2, "two")])
                .await
                .unwrap();
            assert_eq!(
                tx.execute("UPDATE things SET note = $1 WHERE id = 2", &["zwei".into()])
                    .await
                    .unwrap(),
                1
            );
            // Its own writes are seen inside and nowhere else.
            let inside = tx.fetch("SELECT note FROM things WHERE id = 2", &[]).await.unwrap();
            assert_eq!(inside[0].text("note").unwrap(), "zwei");
            assert_eq!(things(&store).await, []);
            match end {
                "drop" => drop(tx),
                "rollback" => tx.rollback().await.unwrap(),
                _ => tx.commit().await.unwrap(),
            }
            let want = if end == "commit" { 2 } else { 0 };
            assert_eq!(things(&store).await.len(), want, "{end}");
        }
        assert_eq!(
            store
                .execute("DELETE FROM things WHERE id = $1", &[1i64.into()])
                .await
                .unwrap(),
            1
        );
        assert_eq!(things(&store).await, [(2, "zwei".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn a_snapshot_sees_one_state_and_cannot_write() {
    check_both(async |store| {
        insert(&store, &[thing(1, "one")]).await;
        let mut snapshot = store.snapshot().await.unwrap();
        let count = "SELECT COUNT(*) AS n FROM things";
        assert_eq!(snapshot.fetch(count, &[]).await.unwrap()[0].int("n").unwrap(), 1);
        insert(&store, &[thing(2, "two")]).await;
        assert_eq!(snapshot.fetch(count, &[]).await.unwrap()[0].int("n").unwrap(), 1);
        assert!(snapshot.insert_many(&THINGS, &[thing(3, "three")]).await.is_err());
        drop(snapshot);
        assert_eq!(store.fetch(count, &[]).await.unwrap()[0].int("n").unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_plain_read_cannot_write_on_sqlite_and_readers_do_not_wait_for_the_writer() {
    let store = testing::sqlite().await;
    store.migrate(crate::SCHEMA).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.insert_many(&THINGS, &[thing(1, "one")]).await.unwrap();
    assert_eq!(things(&store).await, []);
    assert!(store.fetch("DELETE FROM things", &[]).await.is_err());
    tx.commit().await.unwrap();
    assert_eq!(things(&store).await.len(), 1);
}

/// Two transactions that each read what the other writes: one after another, one of them would have seen the other's
/// write. A store that lets both through has lost an update.
#[tokio::test]
async fn transactions_behave_as_if_one_after_another() {
    check_both(async |store| {
        insert(&store, &[thing(1, "0")]).await;
        let lost = Arc::new(AtomicBool::new(false));
        let add = async |store: wegfrei_store::Store| -> Result<(), StoreError> {
            let mut tx = store.begin().await?;
            let rows = tx.fetch("SELECT note FROM things WHERE id = 1", &[]).await?;
            let sum: i64 = rows[0].text("note")?.parse().unwrap();
            tokio::task::yield_now().await;
            tx.put_many(&THINGS, &[thing(1, &(sum + 1).to_string())]).await?;
            tx.commit().await
        };
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (store, lost) = (store.clone(), Arc::clone(&lost));
            tasks.spawn(async move {
                for _ in 0..25 {
                    loop {
                        match add(store.clone()).await {
                            Ok(()) => break,
                            Err(error) if error.is_transient() => tokio::task::yield_now().await,
                            Err(error) => {
                                eprintln!("{error}");
                                lost.store(true, Ordering::SeqCst);
                                return;
                            }
                        }
                    }
                }
            });
        }
        tasks.join_all().await;
        assert!(!lost.load(Ordering::SeqCst));
        assert_eq!(things(&store).await, [(1, "100".to_owned())]);
    })
    .await;
}

/// Write skew: each of two transactions reads both rows and clears the other one. Serially, one row survives.
#[tokio::test]
async fn two_that_read_what_the_other_writes_do_not_both_commit() {
    let database = testing::Database::postgres().await;
    let store = database.open().await;
    store.migrate(crate::SCHEMA).await.unwrap();
    insert(&store, &[thing(1, "on1"), thing(2, "on2")]).await;
    let (mut first, mut second) = (store.begin().await.unwrap(), store.begin().await.unwrap());
    let on = "SELECT id FROM things WHERE note LIKE 'on%'";
    assert_eq!(first.fetch(on, &[]).await.unwrap().len(), 2);
    assert_eq!(second.fetch(on, &[]).await.unwrap().len(), 2);
    first
        .execute("UPDATE things SET note = 'off1' WHERE id = 1", &[])
        .await
        .unwrap();
    let second_wrote = second
        .execute("UPDATE things SET note = 'off2' WHERE id = 2", &[])
        .await;
    first.commit().await.unwrap();
    let error = match second_wrote {
        Ok(_) => second.commit().await.unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(name_of(&error), "Busy", "{error}");
}

#[tokio::test]
async fn whoever_waits_too_long_for_a_lock_is_told_to_try_again() {
    for database in testing::databases().await {
        let store = database.open().await;
        store.migrate(crate::SCHEMA).await.unwrap();
        insert(&store, &[thing(1, "one")]).await;
        // Another process, as seen by the database.
        let options = wegfrei_store::StoreOptions {
            lock_timeout: std::time::Duration::from_millis(50),
            ..testing::options()
        };
        let other = wegfrei_store::Store::open(database.url(), &options).await.unwrap();
        let mut holder = store.begin().await.unwrap();
        holder.execute("UPDATE things SET note = 'held'", &[]).await.unwrap();
        let error = other.execute("UPDATE things SET note = 'mine'", &[]).await.unwrap_err();
        assert_eq!(name_of(&error), "Busy", "{error}");
        assert!(error.is_transient());
        holder.commit().await.unwrap();
        other.execute("UPDATE things SET note = 'mine'", &[]).await.unwrap();
        assert_eq!(things(&store).await, [(1, "mine".to_owned())]);
    }
}

#[tokio::test]
async fn a_closed_store_is_unavailable() {
    check_both(async |store| {
        store.close().await;
        for error in [store.begin().await.err(), store.fetch("SELECT 1", &[]).await.err()] {
            assert_eq!(name_of(&error.unwrap()), "Unavailable");
        }
    })
    .await;
}

/// What durability rests on.
#[tokio::test]
async fn sqlite_writes_through_to_the_disk() {
    let store = testing::sqlite().await;
    assert_eq!(store.engine(), Engine::Sqlite);
    let mut tx = store.begin().await.unwrap();
    let mut pragma = async |sql: &'static str| tx.fetch(sql, &[]).await.unwrap()[0].values()[0].clone();
    assert!(pragma("PRAGMA journal_mode").await == "wal".into());
    assert!(pragma("PRAGMA synchronous").await == 2i64.into());
    assert!(pragma("PRAGMA foreign_keys").await == 1i64.into());
}
