//! What goes in comes out, texts sort by bytes, and errors name no value.

use wegfrei_store::{Row, StoreError, Value};

use crate::{check_both, insert, name_of, thing};

#[tokio::test]
async fn every_value_comes_back_as_it_went_in() {
    let texts = [
        "",
        " ",
        "Größe",
        "ﬀ e\u{301} é",
        "Ĵ̌ m̂ ŗ̥̄",
        "🐕",
        "a\r\n\tb'\"\\$1?;--",
        "\u{FEFF}x\u{10FFFF}",
    ];
    let ints = [i64::MIN, -1, 0, 1, 14, i64::MAX];
    let blobs = [vec![], vec![0], (0..=255).collect(), vec![0xff; 3_000_000]];
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for text in texts {
        rows.push(vec!["a".into(), 0i64.into(), text.into(), Value::Null, Value::Null]);
    }
    for int in ints {
        rows.push(vec!["b".into(), 0i64.into(), Value::Null, Value::Null, int.into()]);
    }
    for blob in blobs {
        rows.push(vec!["c".into(), 0i64.into(), Value::Null, blob.into(), Value::Null]);
    }
    for (id, row) in (0i64..).zip(&mut rows) {
        row[1] = id.into();
    }
    check_both(async |store| {
        insert(&store, &rows).await;
        let found = store.fetch("SELECT * FROM things ORDER BY id", &[]).await.unwrap();
        let found: Vec<Vec<Value>> = found.into_iter().map(Row::into_values).collect();
        assert!(found == rows, "a value changed on the way");
        // The same one by one, as single parameters and in a condition.
        for row in &rows {
            let sql = "SELECT CAST($3 AS TEXT) AS note, CAST($5 AS BIGINT) AS size FROM things \
                       WHERE authority = $1 AND id = $2 AND (data = $4 OR $4 IS NULL)";
            // PostgreSQL must know the type of $4; a NULL takes the column's.
            let found = store.fetch(sql, row).await.unwrap();
            assert_eq!(found.len(), 1);
            assert!(found[0].get("note").unwrap() == &row[2] && found[0].get("size").unwrap() == &row[4]);
        }
    })
    .await;
}

#[tokio::test]
async fn texts_sort_and_compare_by_their_bytes() {
    let sorted = [
        "", "A", "Z", "a", "a b", "ab", "e\u{301}", "z", "ß", "ä", "é", "ﬀ", "🐕",
    ];
    check_both(async |store| {
        let rows: Vec<Vec<Value>> = (0i64..)
            .zip(sorted.iter().rev())
            .map(|(id, note)| thing(id, note))
            .collect();
        insert(&store, &rows).await;
        let found = store.fetch("SELECT note FROM things ORDER BY note", &[]).await.unwrap();
        let found: Vec<&str> = found.iter().map(|row| row.text("note").unwrap()).collect();
        assert_eq!(found, sorted);
        let after = store
            .fetch("SELECT note FROM things WHERE note > $1", &["z".into()])
            .await
            .unwrap();
        assert_eq!(after.len(), 5);
    })
    .await;
}

/// Every refused write says why in the same way on both engines, names no value, and ends the transaction.
#[tokio::test]
async fn a_refused_row_says_why_and_shows_nothing_of_it() {
    const SECRET: &str = "Erika Mustermann";
    const PLAIN: &str = "INSERT INTO things (authority, id, note, data, size) VALUES ($1, $2, $3, $4, $5)";
    let row = |id: i64, size: Value| vec!["a".into(), id.into(), SECRET.into(), b"geheim".as_slice().into(), size];
    let part = |thing: i64| vec![SECRET.into(), thing.into(), 4711i64.into()];
    let cases: &[(&str, &'static str, Vec<Value>)] = &[
        ("Conflict", PLAIN, row(1, Value::Null)),
        ("Conflict", PLAIN, row(2, Value::Null)),
        ("Constraint", PLAIN, row(3, 13i64.into())),
        (
            "Constraint",
            "INSERT INTO things (authority, id, note) VALUES ($1, CAST(NULL AS BIGINT), $2)",
            vec!["a".into(), SECRET.into()],
        ),
        ("Constraint", "INSERT INTO parts VALUES ($1, $2, $3)", part(99)),
        ("Other", "INSERT INTO thing VALUES ($1)", vec![SECRET.into()]),
        ("Other", "INSERT INTO things (nosuch) VALUES ($1)", vec![SECRET.into()]),
        ("Other", "SELEKT $1", vec![SECRET.into()]),
        (
            "Value",
            PLAIN,
            vec![
                "a".into(),
                5i64.into(),
                "Erika\0Mustermann".into(),
                Value::Null,
                Value::Null,
            ],
        ),
    ];
    check_both(async |store| {
        insert(&store, &[row(1, Value::Null)]).await;
        for (want, sql, values) in cases {
            let mut tx = store.begin().await.unwrap();
            tx.execute("UPDATE things SET size = 77", &[]).await.unwrap();
            let error = tx.execute(sql, values).await.unwrap_err();
            assert_eq!(name_of(&error), *want, "{error}: {sql}");
            for shown in [error.to_string(), format!("{error:?}")] {
                for secret in ["Erika", "Mustermann", "geheim", "4711"] {
                    assert!(!shown.contains(secret), "{shown}");
                }
            }
            assert_eq!(name_of(&tx.commit().await.unwrap_err()), "Failed");
            let rows = store.fetch("SELECT size FROM things", &[]).await.unwrap();
            assert_eq!(rows[0].opt_int("size").unwrap(), None, "half a transaction was written");
        }
    })
    .await;
}

/// The same mistakes in bulk; on both engines a value must have its column's type.
#[tokio::test]
async fn a_refused_bulk_row_says_why() {
    let row = |id: Value, note: Value, data: Value| vec!["a".into(), id, note, data, Value::Null];
    let cases: Vec<(&[&str], Vec<Value>)> = vec![
        (&["Conflict"], row(1i64.into(), "x".into(), Value::Null)),
        (&["Constraint"], row(Value::Null, "x".into(), Value::Null)),
        (&["Constraint", "Value"], row("Erika".into(), "x".into(), Value::Null)),
        (&["Constraint", "Value"], row(2i64.into(), "x".into(), "Erika".into())),
        (&["Value"], row(2i64.into(), "x\0".into(), Value::Null)),
        (&["Value"], vec!["a".into()]),
    ];
    check_both(async |store| {
        insert(&store, &[thing(1, "one")]).await;
        for (want, bad) in &cases {
            let mut tx = store.begin().await.unwrap();
            let error = tx
                .insert_many(&crate::THINGS, &[thing(8, "eight"), bad.clone()])
                .await
                .unwrap_err();
            assert!(want.contains(&name_of(&error)), "{error:?}, not {want:?}");
            assert!(!format!("{error} {error:?}").contains("Erika"));
            drop(tx);
            assert_eq!(crate::things(&store).await, [(1, "one".to_owned())]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_address_says_what_to_write() {
    let check = async |url: &str, want: &str, text: &str| {
        let options = wegfrei_store::StoreOptions {
            connect_attempts: 2,
            ..wegfrei_store::testing::options()
        };
        let error = wegfrei_store::Store::open(url, &options).await.unwrap_err();
        assert_eq!(name_of(&error), want, "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    };
    check("wegfrei.db", "Config", "sqlite:").await;
    check("mysql://root:hunter2@localhost/x", "Config", "postgres://").await;
    check("sqlite::memory:", "Config", "path of a file").await;
    check("sqlite:/no/such/folder/x.db", "Config", "does not exist").await;
    check("postgres://u:hunter2@localhost:notaport/x", "Config", "postgres://user").await;
    check("postgres://u:hunter2@127.0.0.1:1/x", "Unavailable", "127.0.0.1:1").await;
    let folder = wegfrei_store::testing::Database::sqlite();
    std::fs::write(
        folder.folder().join("text.db"),
        "this is no database, whatever its name says",
    )
    .unwrap();
    check(
        &format!("sqlite:{}/text.db", folder.folder().display()),
        "Corrupt",
        "text.db",
    )
    .await;
}

#[tokio::test]
async fn a_column_of_another_type_must_be_cast() {
    check_both(async |store| {
        let cast = store
            .fetch("SELECT CAST(SUM(1) AS BIGINT) AS n, 'x' AS t, 1 = 1 AS yes", &[])
            .await
            .unwrap();
        assert_eq!(
            (
                cast[0].int("n").unwrap(),
                cast[0].text("t").unwrap(),
                cast[0].int("yes").unwrap()
            ),
            (1, "x", 1)
        );
        let error: StoreError = store.fetch("SELECT 0.5 AS half", &[]).await.unwrap_err();
        assert!(error.to_string().contains("CAST"), "{error}");
    })
    .await;
}
