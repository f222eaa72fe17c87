//! `verify` finds every change: one byte in every column of every table, and entries dropped, swapped, doubled, added,
//! cut off. On both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{COUNTER, Counter, Kit, entry, halle, magdeburg};
use serde_json::json;
use wegfrei_journal::schema::{BLOB, ENTRY, HEAD, TABLES, TILE};
use wegfrei_journal::tree::leaf_hash;
use wegfrei_journal::{Commit, Expect, KeyId, NewBlob, Report, VerifyOptions, canonical, key_of, verify};
use wegfrei_store::{Table, Value};

/// A few hundred entries over two authorities, with everything a journal can hold.
async fn filled(kit: &Kit) {
    for authority in [magdeburg(), halle()] {
        for n in 0..12u32 {
            let id = KeyId::parse(&format!("case/{n}")).unwrap();
            let (key, sealing) = kit.journal.new_key(authority, id.clone()).unwrap();
            let stream = format!("case/{n}");
            let sealed = sealing
                .seal(format!("{stream}#form"), &json!({"name": "Erika"}))
                .unwrap()
                .into_bytes();
            let paper = sealing
                .seal_raw(format!("{stream}#papers/1"), &[7; 99])
                .unwrap()
                .into_bytes();
            let mut first = entry(&stream, Expect::Version(0), json!({"n": n}));
            first.sealed = Some(sealed);
            let blobs = vec![NewBlob {
                id: format!("paper-{n}"),
                bytes: paper,
            }];
            kit.journal
                .commit(Commit {
                    keys: vec![key],
                    blobs,
                    ..Commit::one(authority, first)
                })
                .await
                .unwrap();
            if n == 5 {
                let note = entry(&stream, Expect::Version(1), json!({}));
                let erase = Commit {
                    destroy: vec![id],
                    dropped: vec![format!("paper-{n}")],
                    ..Commit::one(authority, note)
                };
                kit.journal.commit(erase).await.unwrap();
            }
        }
        for n in 0..10 {
            kit.add(authority, &format!("c{}", n % 4), n + 1).await;
        }
        let many = (0..250)
            .map(|n| entry(&format!("many/{}", n % 60), Expect::Any, json!({"n": n})))
            .collect();
        kit.journal.commit(Commit::many(authority, many)).await.unwrap();
    }
}

async fn look(kit: &Kit, options: &VerifyOptions) -> Report {
    verify(&kit.store, &kit.keys, &[&Counter], options).await.unwrap()
}

async fn check_clean(kit: &Kit) {
    let report = look(kit, &VerifyOptions::default()).await;
    assert!(report.is_clean(), "{:#?}", report.findings);
    assert!(report.entries > 500);
}

async fn rows(kit: &Kit, table: &Table) -> Vec<Vec<Value>> {
    let mut tx = kit.store.snapshot().await.unwrap();
    tx.scan(table, None, 100_000)
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.into_values())
        .collect()
}

async fn replace(kit: &Kit, table: &Table, old: &[Vec<Value>], new: &[Vec<Value>]) {
    let mut tx = kit.store.begin().await.unwrap();
    let keys: Vec<Vec<Value>> = old.iter().map(|row| key_of(table, row)).collect();
    tx.delete_many(table, &keys).await.unwrap();
    tx.insert_many(table, new).await.unwrap();
    tx.commit().await.unwrap();
}

/// The value with one byte changed: at the beginning, in the middle or at the end.
fn altered(value: &Value, at: usize) -> Value {
    let place = |length: usize| [0, length / 2, length - 1][at];
    match value {
        Value::Null => Value::Blob(vec![1, 0, 1, b'k']),
        // Far enough not to meet a neighbour's unique key.
        Value::Int(number) => Value::Int(number + [1 << 10, 1 << 13, 1 << 9][at]),
        Value::Blob(bytes) => {
            let mut bytes = bytes.clone();
            let place = place(bytes.len());
            bytes[place] ^= 1;
            Value::Blob(bytes)
        }
        Value::Text(text) => {
            let mut bytes = text.clone().into_bytes();
            // Of a character of several bytes only the last can change and still be text.
            let place = (place(bytes.len())..bytes.len())
                .find(|place| bytes[*place].is_ascii())
                .unwrap();
            // Not a digit into another: that could be a neighbour's key.
            bytes[place] ^= 0x40;
            Value::Text(String::from_utf8(bytes).unwrap())
        }
    }
}

async fn one_byte_anywhere(kit: &Kit) {
    filled(kit).await;
    check_clean(kit).await;
    let mut changes = 0;
    for table in TABLES.iter().copied().chain([&COUNTER]) {
        let all = rows(kit, table).await;
        assert!(!all.is_empty(), "{} is filled", table.name);
        for (column, name) in table.columns.iter().enumerate() {
            for at in 0..3 {
                let original = &all[[0, all.len() / 2, all.len() - 1][at]];
                let mut changed = original.clone();
                changed[column] = altered(&original[column], at);
                replace(
                    kit,
                    table,
                    std::slice::from_ref(original),
                    std::slice::from_ref(&changed),
                )
                .await;
                let report = look(kit, &VerifyOptions::default()).await;
                let context = format!("{}.{name} ({at}) on {}", table.name, kit.store.engine());
                let first = report.first().unwrap_or_else(|| panic!("{context} was not found"));
                match table.name {
                    "journal_entry" => {
                        let Value::Int(seq) = original[1] else { panic!("seq") };
                        assert_eq!(first.seq, Some(seq as u64), "{context}: {:#?}", report.findings);
                        assert_eq!(Value::from(first.authority.as_str()), original[0], "{context}");
                    }
                    "journal_tile" => assert!(first.place.starts_with("tile"), "{context}: {first}"),
                    "journal_head" => assert!(first.place.starts_with("journal"), "{context}: {first}"),
                    other => assert!(first.place.starts_with(other), "{context}: {first}"),
                }
                replace(
                    kit,
                    table,
                    std::slice::from_ref(&changed),
                    std::slice::from_ref(original),
                )
                .await;
                changes += 1;
            }
        }
        check_clean(kit).await;
    }
    assert_eq!(changes, 3 * (11 + 4 + 5 + 3 + 3 + 4));
}

#[tokio::test]
async fn one_byte_anywhere_sqlite() {
    one_byte_anywhere(&Kit::new(wegfrei_store::testing::Database::sqlite()).await).await;
}

#[tokio::test]
async fn one_byte_anywhere_postgres() {
    one_byte_anywhere(&Kit::new(wegfrei_store::testing::Database::postgres().await).await).await;
}

#[tokio::test]
async fn every_row_that_is_dropped_is_missed() {
    for kit in Kit::both().await {
        filled(&kit).await;
        for table in TABLES.iter().copied().chain([&COUNTER]) {
            let all = rows(&kit, table).await;
            for row in [&all[0], &all[all.len() / 2], &all[all.len() - 1]] {
                replace(&kit, table, std::slice::from_ref(row), &[]).await;
                let report = look(&kit, &VerifyOptions::default()).await;
                assert!(!report.is_clean(), "a row of {} is gone", table.name);
                if let ("journal_entry", Value::Int(seq)) = (table.name, &row[1]) {
                    assert_eq!(report.first().unwrap().seq, Some(*seq as u64), "{:#?}", report.findings);
                }
                replace(&kit, table, &[], std::slice::from_ref(row)).await;
            }
        }
        check_clean(&kit).await;
    }
}

#[tokio::test]
async fn a_deleted_paper_that_came_back_is_found() {
    for kit in Kit::both().await {
        filled(&kit).await;
        let kept = rows(&kit, &BLOB).await;
        let deleted = |row: &Vec<Value>| row[1] == Value::from("paper-5");
        assert!(!kept.iter().any(deleted) && kept.len() == 22);
        let mut again = kept[0].clone();
        again[1] = "paper-5".into();
        replace(&kit, &BLOB, &[], std::slice::from_ref(&again)).await;
        let report = look(&kit, &VerifyOptions::default()).await;
        let first = report.first().unwrap().to_string();
        assert!(
            first.contains("journal_blob paper-5") && first.contains("deleted"),
            "{first}"
        );
        replace(&kit, &BLOB, &[again], &[]).await;
        check_clean(&kit).await;

        let never = entry("case/0", Expect::Any, json!({}));
        let commit = Commit {
            dropped: vec!["never-there".to_owned()],
            ..Commit::one(magdeburg(), never)
        };
        kit.journal.commit(commit).await.unwrap();
        let report = look(&kit, &VerifyOptions::default()).await;
        assert!(
            report.first().unwrap().to_string().contains("drops a paper"),
            "{report:#?}"
        );
    }
}

#[tokio::test]
async fn entries_swapped_doubled_added_and_cut_off() {
    for kit in Kit::both().await {
        filled(&kit).await;
        let all = rows(&kit, &ENTRY).await;
        let own: Vec<Vec<Value>> = all
            .into_iter()
            .filter(|row| row[0] == Value::from(magdeburg().as_str()))
            .collect();
        let size = own.len() as i64;
        let check = async |old: &[Vec<Value>], new: &[Vec<Value>], seq: u64, what: &str| {
            replace(&kit, &ENTRY, old, new).await;
            let report = look(&kit, &VerifyOptions::default()).await;
            let first = report.first().unwrap_or_else(|| panic!("{what} was not found"));
            assert_eq!(
                (first.authority.as_str(), first.seq),
                ("15003000", Some(seq)),
                "{what}: {first}"
            );
            replace(&kit, &ENTRY, new, old).await;
        };
        let at = |row: &Vec<Value>, seq: i64, version: Option<i64>| {
            let mut row = row.clone();
            row[1] = Value::Int(seq);
            if let Some(version) = version {
                row[4] = Value::Int(version);
            }
            row
        };
        let pair = [own[40].clone(), own[90].clone()];
        check(&pair, &[at(&own[40], 90, None), at(&own[90], 40, None)], 40, "a swap").await;
        check(&[], &[at(&own[70], size, Some(999))], size as u64, "a double").await;
        let mut forged = at(&own[70], size, Some(1));
        forged[3] = "new/stream".into();
        check(&[], &[forged], size as u64, "an addition").await;
        check(&own[own.len() - 3..], &[], size as u64 - 3, "a tail cut off").await;
        check(&own[..1], &[], 0, "a head cut off").await;
        // In the middle: all later ones move down.
        let mut moved: Vec<Vec<Value>> = own[100..].iter().map(|row| at(row, 0, None)).collect();
        for (n, row) in moved.iter_mut().enumerate() {
            row[1] = Value::Int(99 + n as i64);
        }
        check(&own[99..], &moved, 99, "one taken out without a gap").await;
        check_clean(&kit).await;
    }
}

#[tokio::test]
async fn an_entry_rewritten_together_with_its_tile() {
    let kit = Kit::new(wegfrei_store::testing::Database::sqlite()).await;
    filled(&kit).await;
    let entries = kit.journal.entries(magdeburg(), 0, 1000).await.unwrap();
    let tiles = rows(&kit, &TILE).await;
    let stored = rows(&kit, &ENTRY).await;
    for seq in [3usize, 270] {
        let mut entry = entries[seq].clone();
        entry.purpose.push('x');
        let leaf = leaf_hash(&entry.canonical());
        assert_eq!(canonical::decode(&entry.canonical()).unwrap().seq, seq as u64);
        let row = |row: &&Vec<Value>| row[0] == Value::from("15003000") && row[1] == Value::Int(seq as i64);
        let old_row = stored.iter().find(row).unwrap();
        let mut new_row = old_row.clone();
        new_row[7] = entry.purpose.as_str().into();
        let tile = |row: &&Vec<Value>| {
            row[0] == Value::from("15003000") && row[1] == Value::Int(0) && row[2] == Value::Int(seq as i64 / 256)
        };
        let old_tile = tiles.iter().find(tile).unwrap();
        let mut new_tile = old_tile.clone();
        let Value::Blob(bytes) = &mut new_tile[3] else {
            panic!("tile")
        };
        bytes[seq % 256 * 32..][..32].copy_from_slice(&leaf.0);
        replace(
            &kit,
            &ENTRY,
            std::slice::from_ref(old_row),
            std::slice::from_ref(&new_row),
        )
        .await;
        replace(
            &kit,
            &TILE,
            std::slice::from_ref(old_tile),
            std::slice::from_ref(&new_tile),
        )
        .await;
        let report = look(&kit, &VerifyOptions::default()).await;
        assert!(!report.is_clean(), "entry {seq} and its tile");
        replace(
            &kit,
            &ENTRY,
            std::slice::from_ref(&new_row),
            std::slice::from_ref(old_row),
        )
        .await;
        replace(
            &kit,
            &TILE,
            std::slice::from_ref(&new_tile),
            std::slice::from_ref(old_tile),
        )
        .await;
    }
    check_clean(&kit).await;
}

/// A whole older state put in place is consistent; a checkpoint kept elsewhere shows what is missing.
#[tokio::test]
async fn an_older_state_is_seen_against_a_later_checkpoint() {
    for kit in Kit::both().await {
        filled(&kit).await;
        let tables: Vec<&Table> = TABLES.iter().copied().chain([&COUNTER]).collect();
        let mut before = Vec::new();
        for table in &tables {
            before.push(rows(&kit, table).await);
        }
        let size = kit.journal.entries(halle(), 0, 1000).await.unwrap().len() as u64;
        let first = kit.journal.checkpoint(halle()).await.unwrap().unwrap();
        kit.add(halle(), "c1", 100).await;
        let later = kit.journal.checkpoint(halle()).await.unwrap().unwrap();
        let options = |note: &str| VerifyOptions {
            earlier: vec![note.to_owned()],
        };
        for note in [&first, &later] {
            assert!(look(&kit, &options(note)).await.is_clean());
        }
        for (table, before) in tables.iter().zip(&before) {
            replace(&kit, table, &rows(&kit, table).await, before).await;
        }
        check_clean(&kit).await;
        assert!(look(&kit, &options(&first)).await.is_clean());
        let report = look(&kit, &options(&later)).await;
        assert_eq!(report.first().unwrap().seq, Some(size), "{:#?}", report.findings);
        let forged = later.replacen(&(size + 1).to_string(), &(size + 2).to_string(), 1);
        assert!(!look(&kit, &options(&forged)).await.is_clean());
        assert!(!look(&kit, &options("nonsense")).await.is_clean());
    }
}

/// The next checkpoint must not cover a tampered tree.
#[tokio::test]
async fn nothing_is_signed_on_top_of_a_tampered_tree() {
    for kit in Kit::both().await {
        filled(&kit).await;
        let heads = rows(&kit, &HEAD).await;
        let tiles = rows(&kit, &TILE).await;
        let own = |row: &&Vec<Value>| row[0] == Value::from("15003000");
        let tile = tiles.iter().filter(own).rfind(|row| row[1] == Value::Int(0)).unwrap();
        let head = heads.iter().find(own).unwrap();
        for (table, row, column) in [(&TILE, tile, 3), (&HEAD, head, 1), (&HEAD, head, 4)] {
            let mut changed = row.clone();
            changed[column] = altered(&row[column], 0);
            replace(&kit, table, std::slice::from_ref(row), std::slice::from_ref(&changed)).await;
            let fresh = common::start(&kit.store, &kit.keys, &kit.ambient);
            let new = |authority| Commit::one(authority, entry("s", Expect::Any, json!({})));
            let refused = fresh.commit(new(magdeburg())).await;
            assert!(
                matches!(refused, Err(wegfrei_journal::CommitError::Damaged { .. })),
                "{refused:?}"
            );
            assert!(fresh.commit(new(halle())).await.is_ok(), "others go on");
            replace(&kit, table, std::slice::from_ref(&changed), std::slice::from_ref(row)).await;
        }
        check_clean(&kit).await;
    }
}
