//! Many rows at once, and whole tables in pages.

use wegfrei_store::{Table, Value};

use crate::{PARTS, THINGS, check_both, insert, thing, things};

#[tokio::test]
async fn any_number_of_rows_is_inserted_replaced_and_deleted() {
    check_both(async |store| {
        for count in [0i64, 1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 84, 129, 1000] {
            let rows: Vec<Vec<Value>> = (0..count).map(|id| thing(id, &format!("note {id}"))).collect();
            insert(&store, &rows).await;
            let found = things(&store).await;
            assert_eq!(found.len() as i64, count);
            assert!(found.iter().all(|(id, note)| *note == format!("note {id}")));

            // Replace the second half and add as many again.
            let rows: Vec<Vec<Value>> = (count / 2..2 * count)
                .map(|id| thing(id, &format!("new {id}")))
                .collect();
            let mut tx = store.begin().await.unwrap();
            tx.put_many(&THINGS, &rows).await.unwrap();
            tx.commit().await.unwrap();
            let found = things(&store).await;
            assert_eq!(found.len() as i64, 2 * count);
            for (id, note) in found {
                assert_eq!(note, format!("{} {id}", if id < count / 2 { "note" } else { "new" }));
            }

            // Delete all, and some that are not there.
            let keys: Vec<Vec<Value>> = (-5..2 * count).map(|id| vec!["a".into(), id.into()]).collect();
            let mut tx = store.begin().await.unwrap();
            assert_eq!(tx.delete_many(&THINGS, &keys).await.unwrap() as i64, 2 * count);
            tx.commit().await.unwrap();
            assert_eq!(things(&store).await, []);
        }
    })
    .await;
}

#[tokio::test]
async fn of_rows_with_the_same_key_the_last_stays() {
    check_both(async |store| {
        let mut tx = store.begin().await.unwrap();
        let rows = [
            thing(1, "first"),
            thing(2, "other"),
            thing(1, "second"),
            thing(1, "third"),
        ];
        tx.put_many(&THINGS, &rows).await.unwrap();
        // A table that is all key: putting a row twice is no conflict.
        let part: Vec<Value> = vec!["a".into(), 1i64.into(), 7i64.into()];
        tx.put_many(&PARTS, &[part.clone(), part.clone()]).await.unwrap();
        tx.put_many(&PARTS, &[part]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(things(&store).await, [(1, "third".to_owned()), (2, "other".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn taking_rows_says_which_were_there() {
    check_both(async |store| {
        insert(
            &store,
            &(0..100).map(|id| thing(id, &format!("{id}"))).collect::<Vec<_>>(),
        )
        .await;
        let mut tx = store.begin().await.unwrap();
        let keys: Vec<Vec<Value>> = (90..200).map(|id: i64| vec!["a".into(), id.into()]).collect();
        let mut taken: Vec<i64> = tx
            .take_many(&THINGS, &keys)
            .await
            .unwrap()
            .iter()
            .map(|row| row.int("id").unwrap())
            .collect();
        taken.sort_unstable();
        assert_eq!(taken, (90..100).collect::<Vec<i64>>());
        tx.commit().await.unwrap();
        assert_eq!(things(&store).await.len(), 90);
    })
    .await;
}

#[tokio::test]
async fn a_scan_gives_every_row_once_in_key_order() {
    check_both(async |store| {
        let mut rows: Vec<Vec<Value>> = Vec::new();
        for authority in ["a", "ab", "ä"] {
            for id in [i64::MIN, -3, 0, 1, 2, i64::MAX] {
                let note = format!("{authority}{id}");
                rows.push(vec![authority.into(), id.into(), note.into(), Value::Null, Value::Null]);
            }
        }
        let mut shuffled = rows.clone();
        shuffled.sort_by_key(|row| format!("{:?}", row.len()) + if row[1] < Value::Int(1) { "b" } else { "a" });
        insert(&store, &shuffled).await;
        for page_size in [1, 4, 18, 100] {
            let mut tx = store.snapshot().await.unwrap();
            let mut found: Vec<Vec<Value>> = Vec::new();
            loop {
                let after = found.last().map(|row| row[..2].to_vec());
                let page = tx.scan(&THINGS, after.as_deref(), page_size).await.unwrap();
                if page.is_empty() {
                    break;
                }
                assert!(page.len() <= page_size as usize);
                found.extend(page.into_iter().map(wegfrei_store::Row::into_values));
            }
            assert!(found == rows, "page size {page_size}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_table_that_does_not_fit_is_an_error() {
    let check = async |table: Table, text: &str| {
        check_both(async |store| {
            let mut tx = store.begin().await.unwrap();
            let rows = [vec![Value::Int(1); table.columns.len()]];
            let error = tx.insert_many(&table, &rows).await.unwrap_err();
            assert!(error.to_string().contains(text), "{error}");
        })
        .await;
    };
    check(
        Table {
            name: "nosuch",
            key: &["a"],
            columns: &["a"],
        },
        "no such",
    )
    .await;
    check(
        Table {
            name: "parts",
            key: &["part"],
            columns: &["part", "nosuch"],
        },
        "nosuch",
    )
    .await;
}
