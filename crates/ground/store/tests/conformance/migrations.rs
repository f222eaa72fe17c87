//! Each once, in order, all or nothing, by however many processes at once.

use wegfrei_store::{Migration, testing};

use crate::{SCHEMA, name_of};

const fn step(id: &'static str, sql: &'static str) -> Migration {
    Migration { id, sql }
}

const ONE: Migration = step(
    "a-0001",
    "CREATE TABLE a (id BIGINT NOT NULL, PRIMARY KEY (id)); INSERT INTO a VALUES (1)",
);
const TWO: Migration = step("a-0002", "INSERT INTO a VALUES (2); INSERT INTO a VALUES (3)");
const OTHER: Migration = step(
    "b-0001",
    "CREATE TABLE b (id BIGINT NOT NULL, data BLOB, PRIMARY KEY (id))",
);

#[tokio::test]
async fn each_runs_once_and_new_ones_may_come_in_between() {
    for store in testing::stores().await {
        let check = async |list: &[Migration], rows: i64| {
            assert!(!store.is_migrated(list).await.unwrap());
            for _ in 0..2 {
                store.migrate(list).await.unwrap();
                assert!(store.is_migrated(list).await.unwrap());
            }
            let found = store.fetch("SELECT COUNT(*) AS n FROM a", &[]).await.unwrap();
            assert_eq!(found[0].int("n").unwrap(), rows);
        };
        check(&[ONE], 1).await;
        check(&[ONE, OTHER], 1).await;
        check(&[ONE, TWO, OTHER], 3).await;
    }
}

#[tokio::test]
async fn a_list_that_does_not_fit_the_database_changes_nothing() {
    let changed = step(
        "a-0001",
        "CREATE TABLE a (id BIGINT NOT NULL, PRIMARY KEY (id)); INSERT INTO a VALUES (9)",
    );
    let broken = step(
        "c-0001",
        "CREATE TABLE c (id BIGINT NOT NULL, PRIMARY KEY (id)); CREATE TABLE oh no",
    );
    let taken = step("c-0001", "INSERT INTO a VALUES (1)");
    let cases: &[(&[Migration], &str, &str)] = &[
        (&[changed, TWO, OTHER], "a-0001", "another text"),
        (&[OTHER], "a-0001", "newer"),
        (&[ONE, ONE], "a-0001", "twice"),
        (&[ONE, TWO, broken], "c-0001", "syntax"),
        (&[ONE, TWO, taken], "c-0001", ""),
    ];
    for store in testing::stores().await {
        store.migrate(&[ONE]).await.unwrap();
        for (list, id, text) in cases {
            let error = store.migrate(list).await.unwrap_err();
            assert_eq!(name_of(&error), "Migration", "{error}");
            assert!(
                error.to_string().contains(id) && error.to_string().contains(text),
                "{error}"
            );
            let found = store.fetch("SELECT COUNT(*) AS n FROM a", &[]).await.unwrap();
            assert_eq!(found[0].int("n").unwrap(), 1, "{id}: half a migration was written");
            assert!(store.fetch("SELECT * FROM c", &[]).await.is_err());
            assert!(store.is_migrated(&[ONE]).await.unwrap());
        }
    }
}

#[tokio::test]
async fn processes_that_start_together_migrate_once() {
    for database in testing::databases().await {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let url = database.url().to_owned();
            tasks.spawn(async move {
                let store = wegfrei_store::Store::open(&url, &testing::options()).await?;
                store.migrate(&[ONE, TWO, OTHER]).await
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap().unwrap();
        }
        let found = database
            .open()
            .await
            .fetch("SELECT COUNT(*) AS n FROM a", &[])
            .await
            .unwrap();
        assert_eq!(found[0].int("n").unwrap(), 3);
    }
}

/// What the translation makes of the portable types holds on SQLite too, which by itself stores anything anywhere.
#[tokio::test]
async fn both_engines_refuse_a_value_of_the_wrong_type() {
    for store in testing::stores().await {
        store.migrate(SCHEMA).await.unwrap();
        for sql in [
            "INSERT INTO things (authority, id) VALUES ('a', 'one')",
            "INSERT INTO things (authority, id, size) VALUES ('a', 1, 'large')",
        ] {
            let error = store.execute(sql, &[]).await.unwrap_err();
            assert!(matches!(name_of(&error), "Constraint"), "{error:?}");
        }
    }
}
