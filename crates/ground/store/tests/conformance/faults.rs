//! What breaks leaves nothing half written, says what it was, and works again afterwards.

use wegfrei_store::{Engine, Value, testing};

use crate::{THINGS, check_both, insert, name_of, thing, things};

#[tokio::test]
async fn a_connection_lost_in_a_transaction_writes_nothing() {
    for when in ["before a statement", "before commit"] {
        let store = testing::Database::postgres().await.into_store().await;
        store.migrate(crate::SCHEMA).await.unwrap();
        insert(&store, &[thing(1, "one")]).await;
        let mut tx = store.begin().await.unwrap();
        tx.insert_many(&THINGS, &[thing(2, "two")]).await.unwrap();
        testing::cut_connection(&store, &mut tx).await;
        let error = if when == "before commit" {
            tx.commit().await.unwrap_err()
        } else {
            let error = tx.insert_many(&THINGS, &[thing(3, "three")]).await.unwrap_err();
            assert_eq!(name_of(&tx.commit().await.unwrap_err()), "Failed");
            error
        };
        let want = if when == "before commit" {
            "InDoubt"
        } else {
            "Unavailable"
        };
        assert_eq!(name_of(&error), want, "{when}: {error}");
        // The pool has noticed: the next transaction works.
        assert_eq!(things(&store).await, [(1, "one".to_owned())]);
        insert(&store, &[thing(4, "four")]).await;
        assert_eq!(things(&store).await.len(), 2);
    }
}

/// All idle connections cut at once, as when the server restarts: the next statement works.
#[tokio::test]
async fn a_restarted_server_is_found_again() {
    let store = testing::Database::postgres().await.into_store().await;
    store.migrate(crate::SCHEMA).await.unwrap();
    for read_first in [true, false] {
        let mut open = Vec::new();
        for _ in 0..3 {
            open.push(store.begin().await.unwrap());
        }
        for tx in &mut open {
            testing::cut_connection(&store, tx).await;
        }
        drop(open);
        if !read_first {
            insert(&store, &[thing(1, "one")]).await;
        }
        for _ in 0..6 {
            assert_eq!(things(&store).await.len(), usize::from(!read_first));
        }
    }
}

#[tokio::test]
async fn a_full_disk_writes_nothing_and_recovers() {
    check_both(async |store| {
        insert(&store, &[thing(1, "one")]).await;
        testing::fill_disk(&store, "things", false).await;
        let large: Vec<Vec<Value>> = (10..60)
            .map(|id: i64| {
                vec![
                    "a".into(),
                    id.into(),
                    format!("{id}").into(),
                    vec![7u8; 9000].into(),
                    Value::Null,
                ]
            })
            .collect();
        for _ in 0..2 {
            let mut tx = store.begin().await.unwrap();
            tx.execute("UPDATE things SET note = 'changed'", &[]).await.unwrap();
            let error = tx.insert_many(&THINGS, &large).await.unwrap_err();
            assert_eq!(name_of(&error), "Full", "{error}");
            assert_eq!(name_of(&tx.commit().await.unwrap_err()), "Failed");
            assert_eq!(things(&store).await, [(1, "one".to_owned())]);
        }
        testing::fill_disk(&store, "things", true).await;
        insert(&store, &large).await;
        assert_eq!(things(&store).await.len(), 51);
    })
    .await;
}

/// Bytes in a `TEXT` that are no UTF-8, as after tampering with the file: an error, not a panic, and no value shown.
#[tokio::test]
async fn an_unreadable_text_is_corrupt() {
    let store = testing::sqlite().await;
    assert_eq!(store.engine(), Engine::Sqlite);
    store.migrate(crate::SCHEMA).await.unwrap();
    insert(&store, &[thing(1, "one")]).await;
    store
        .execute("UPDATE things SET note = CAST(X'45726B6161FF' AS TEXT)", &[])
        .await
        .unwrap();
    let error = store.fetch("SELECT note FROM things", &[]).await.unwrap_err();
    assert_eq!(name_of(&error), "Corrupt", "{error}");
    assert!(!error.to_string().contains("Erk"), "{error}");
}

/// A file cut short: reading what is gone is Corrupt, never a panic.
#[tokio::test]
async fn a_damaged_file_is_corrupt() {
    let database = testing::Database::sqlite();
    let store = database.open().await;
    store.migrate(crate::SCHEMA).await.unwrap();
    insert(
        &store,
        &(0..2000).map(|id| thing(id, &format!("note {id}"))).collect::<Vec<_>>(),
    )
    .await;
    store.close().await;
    let path = database.url().strip_prefix("sqlite:").unwrap().to_owned();
    let mut bytes = std::fs::read(&path).unwrap();
    for byte in bytes.iter_mut().skip(4096) {
        *byte = 0xA5;
    }
    std::fs::write(&path, bytes).unwrap();
    // Already opening may see it.
    let seen = match wegfrei_store::Store::open(database.url(), &testing::options()).await {
        Ok(store) => store
            .fetch("SELECT COUNT(note) AS n FROM things", &[])
            .await
            .unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(name_of(&seen), "Corrupt", "{seen}");
}
