//! The journal on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Counter, Kit, entry, halle, magdeburg, start};
use serde_json::json;
use wegfrei_journal::tree::{Hash, verify_consistency, verify_inclusion};
use wegfrei_journal::{
    AccessError, Checkpoint, Commit, CommitError, Expect, KeyId, NewBlob, OpenError, Report, VerifyOptions,
    access_stream, rebuild, verify,
};
use wegfrei_model::{CaseId, Timestamp};
use wegfrei_store::jobs::{self, NewJob};
use wegfrei_store::testing::{self, Database};

async fn check_clean(kit: &Kit) -> Report {
    let report = verify(&kit.store, &kit.keys, &[&Counter], &VerifyOptions::default())
        .await
        .unwrap();
    assert!(report.is_clean(), "{:#?}", report.findings);
    report
}

#[tokio::test]
async fn a_commit_is_in_the_signed_tree_when_it_returns() {
    for kit in Kit::both().await {
        assert_eq!(kit.journal.checkpoint(magdeburg()).await.unwrap(), None);
        for n in 0..5 {
            assert_eq!(kit.add(magdeburg(), "a", 10).await, n);
            let key = kit.keys.get(magdeburg()).unwrap();
            let note = kit.journal.checkpoint(magdeburg()).await.unwrap().unwrap();
            let checkpoint = Checkpoint::open(&note, key.verifier()).unwrap();
            assert_eq!(checkpoint.size, n + 1);
            let bundle = kit.journal.proof(magdeburg(), n).await.unwrap();
            assert_eq!(bundle.check(key.verifier()).unwrap(), checkpoint);
            let entries = kit.journal.entries(magdeburg(), n, 10).await.unwrap();
            assert_eq!(entries[0].leaf_hash().to_string(), bundle.leaf);
            assert!(bundle.check(kit.keys.get(halle()).unwrap().verifier()).is_none());
        }
        let entries = kit.journal.stream(&magdeburg(), "counter/a").await.unwrap();
        assert_eq!(
            entries.iter().map(|entry| entry.version).collect::<Vec<_>>(),
            [1, 2, 3, 4, 5]
        );
        assert_eq!(check_clean(&kit).await.entries, 5);
    }
}

#[tokio::test]
async fn many_writers_share_batches_and_conflicts_are_refused_alone() {
    for kit in Kit::both().await {
        let kit = Arc::new(kit);
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let kit = kit.clone();
                tokio::spawn(async move {
                    let authority = if writer % 2 == 0 { magdeburg() } else { halle() };
                    let mut refused = 0;
                    for n in 0..20 {
                        kit.add(authority, &format!("own-{writer}"), n).await;
                        // Everybody wants the same stream: one wins, the others are told.
                        let shared = kit.counting(authority, "shared", 1).await;
                        match kit.journal.commit(shared).await {
                            Ok(_) => {}
                            Err(CommitError::Conflict { .. }) => refused += 1,
                            Err(error) => panic!("{error}"),
                        }
                    }
                    refused
                })
            })
            .collect();
        let mut refused = 0;
        for writer in writers {
            refused += writer.await.unwrap();
        }
        let report = check_clean(&kit).await;
        assert_eq!(report.entries, 16 * 40 - refused);
        assert_eq!(report.authorities, 2);
    }
}

#[tokio::test]
async fn proofs_hold_across_tiles() {
    let kit = Kit::new(Database::sqlite()).await;
    let mut roots = vec![(0, Hash::default())];
    for round in 0..6u64 {
        let entries = (0..130)
            .map(|n| entry(&format!("s/{round}/{n}"), Expect::Version(0), json!({})))
            .collect();
        kit.journal.commit(Commit::many(magdeburg(), entries)).await.unwrap();
        let note = kit.journal.checkpoint(magdeburg()).await.unwrap().unwrap();
        let checkpoint = Checkpoint::open(&note, kit.keys.get(magdeburg()).unwrap().verifier()).unwrap();
        roots.push((checkpoint.size, checkpoint.root));
    }
    let (size, root) = *roots.last().unwrap();
    assert_eq!(size, 780);
    for (old, older) in &roots[1..] {
        let proof = kit.journal.consistency(magdeburg(), *old, size).await.unwrap();
        assert!(verify_consistency(*old, older, size, &root, &proof));
        let leaf = kit.journal.entries(magdeburg(), old - 1, 1).await.unwrap()[0].leaf_hash();
        let proof = kit.journal.inclusion(magdeburg(), old - 1, *old).await.unwrap();
        assert!(
            verify_inclusion(&leaf, old - 1, *old, &proof, older),
            "in an earlier tree"
        );
    }
    let tile = |index, width| kit.journal.tile(magdeburg(), 0, index, width);
    assert_eq!(tile(2, 256).await.unwrap().unwrap().len(), 8192);
    assert_eq!(tile(3, 12).await.unwrap().unwrap().len(), 12 * 32);
    assert_eq!(tile(3, 13).await.unwrap(), None);
    assert_eq!(tile(4, 1).await.unwrap(), None);
    assert!(kit.journal.inclusion(magdeburg(), 780, 780).await.is_err());
    assert!(kit.journal.inclusion(magdeburg(), 0, 781).await.is_err());
    assert!(kit.journal.consistency(magdeburg(), 1, u64::MAX).await.is_err());
    check_clean(&kit).await;
}

#[tokio::test]
async fn personal_data_opens_only_with_a_recorded_access_and_not_after_erasure() {
    for kit in Kit::both().await {
        let case: CaseId = kit.ambient.new_id();
        let key_id = KeyId::case(case);
        let (key, sealing) = kit.journal.new_key(magdeburg(), key_id.clone()).unwrap();
        let context = format!("case/{case}#form");
        let sealed = sealing
            .seal(&context, &"Erika Mustermann".to_owned())
            .unwrap()
            .into_bytes();
        let paper = sealing
            .seal_raw(format!("case/{case}#papers/1"), b"%PDF")
            .unwrap()
            .into_bytes();
        let mut first = entry("case/1", Expect::Version(0), json!({}));
        first.sealed = Some(sealed.clone());
        let blob = NewBlob {
            id: "p1".to_owned(),
            bytes: paper,
        };
        let commit = Commit {
            keys: vec![key],
            blobs: vec![blob],
            ..Commit::one(magdeburg(), first)
        };
        kit.journal.commit(commit).await.unwrap();

        let access = kit.journal.access(kit.request(&key_id, "Antrag prüfen")).await.unwrap();
        let record = &kit.journal.stream(&magdeburg(), &access_stream(&key_id)).await.unwrap()[0];
        assert_eq!((record.seq, record.kind.as_str()), (access.seq(), "access.granted"));
        assert_eq!(record.facts()["parts"], json!(["form"]));
        let stored = kit
            .journal
            .entries(magdeburg(), 0, 1)
            .await
            .unwrap()
            .remove(0)
            .sealed
            .unwrap();
        let form = stored.clone().typed::<String>(&context);
        assert_eq!(form.open(&access).unwrap(), "Erika Mustermann");
        assert_eq!(
            stored.clone().typed::<String>("other#form").open(&access).unwrap_err(),
            OpenError::Forged
        );
        assert_eq!(
            stored.clone().typed::<u64>(&context).open(&access).unwrap_err(),
            OpenError::Unreadable
        );
        assert_eq!(
            stored.clone().raw(&context).open(&access).unwrap_err(),
            OpenError::Forged
        );

        // The record names the form; the papers stay closed until a record names them.
        let paper = kit
            .journal
            .blob(magdeburg(), "p1")
            .await
            .unwrap()
            .unwrap()
            .raw(format!("case/{case}#papers/1"));
        assert_eq!(
            paper.open(&access).unwrap_err(),
            OpenError::NotNamed("papers/1".to_owned())
        );
        let mut both = kit.request(&key_id, "Antrag prüfen");
        both.parts.push("papers".to_owned());
        let answers = kit
            .journal
            .access_many(vec![both, kit.request(&key_id, "Neugier")])
            .await
            .unwrap();
        assert_eq!(paper.open(answers[0].as_ref().unwrap()).unwrap(), b"%PDF");
        assert!(matches!(&answers[1], Err(AccessError::Refused { .. })));
        match kit.journal.access(kit.request(&key_id, "Neugier")).await {
            Err(AccessError::Refused { reason, seq }) => {
                assert_eq!(reason, "Neugier ist kein Zweck.");
                assert_eq!(
                    kit.journal.entries(magdeburg(), seq, 1).await.unwrap()[0].kind,
                    "access.refused"
                );
            }
            other => panic!("{other:?}"),
        }
        let nothing = KeyId::parse("case/none").unwrap();
        assert!(matches!(
            kit.journal.access(kit.request(&nothing, "x")).await,
            Err(AccessError::NoSuchKey(_))
        ));

        // An access is over after five minutes.
        kit.clock.advance(Duration::from_secs(301));
        assert_eq!(form.open(&access).unwrap_err(), OpenError::Expired);

        let report = check_clean(&kit).await;
        let note = entry("case/1", Expect::Version(1), json!({}));
        let erase = Commit {
            destroy: vec![key_id.clone()],
            ..Commit::one(magdeburg(), note)
        };
        let receipt = kit.journal.commit(erase).await.unwrap();
        assert_eq!(receipt.seqs.len(), 2, "the destruction is an entry");
        assert!(matches!(
            kit.journal.access(kit.request(&key_id, "x")).await,
            Err(AccessError::Destroyed(_))
        ));
        assert!(kit.journal.sealing_key(magdeburg(), &key_id).await.is_err());
        assert_eq!(check_clean(&kit).await.entries, report.entries + 2);
    }
}

#[tokio::test]
async fn time_never_goes_back_and_versions_count_within_a_commit() {
    let kit = Kit::new(Database::sqlite()).await;
    kit.add(magdeburg(), "a", 1).await;
    kit.clock.set(Timestamp::EPOCH);
    let twice = vec![
        entry("t", Expect::Version(0), json!({})),
        entry("t", Expect::Version(1), json!({})),
        entry("t", Expect::Any, json!({})),
    ];
    let receipt = kit.journal.commit(Commit::many(magdeburg(), twice)).await.unwrap();
    assert_eq!(receipt.versions, [1, 2, 3]);
    let entries = kit.journal.entries(magdeburg(), 0, 10).await.unwrap();
    assert!(entries.windows(2).all(|pair| pair[0].time <= pair[1].time));
    check_clean(&kit).await;
}

#[tokio::test]
async fn conflicts_say_what_the_stream_holds() {
    for kit in Kit::both().await {
        let check = async |expect: u64, want: Result<u64, u64>| {
            let commit = Commit::one(magdeburg(), entry("s", Expect::Version(expect), json!({})));
            match (kit.journal.commit(commit).await, want) {
                (Ok(receipt), Ok(version)) => assert_eq!(receipt.versions, [version]),
                (Err(CommitError::Conflict { actual, expected, .. }), Err(want)) => {
                    assert_eq!((expected, actual), (expect, want));
                }
                (got, _) => panic!("{got:?}"),
            }
        };
        check(1, Err(0)).await;
        check(0, Ok(1)).await;
        check(0, Err(1)).await;
        check(1, Ok(2)).await;
        check(7, Err(2)).await;
        // A journal that has just started knows no stream and believes nobody.
        let second = start(&kit.store, &kit.keys, &kit.ambient);
        let new = || Commit::one(magdeburg(), entry("s", Expect::Version(0), json!({})));
        match second.commit(new()).await {
            Err(CommitError::Conflict { actual: 2, .. }) => {}
            other => panic!("{other:?}"),
        }
        check_clean(&kit).await;
    }
}

#[tokio::test]
async fn a_commit_the_database_refuses_takes_no_other_with_it() {
    for kit in Kit::both().await {
        let (key, _) = kit.journal.new_key(magdeburg(), KeyId::parse("k").unwrap()).unwrap();
        let with_key = |name: &str| {
            let new = entry(name, Expect::Version(0), json!({}));
            Commit {
                keys: vec![key.clone()],
                ..Commit::one(magdeburg(), new)
            }
        };
        kit.journal.commit(with_key("a")).await.unwrap();
        let mut bad_row = kit.counting(magdeburg(), "bad", 1).await;
        if let wegfrei_journal::RowWrite::Put { values, .. } = &mut bad_row.rows[0] {
            values[2] = "not a number".into();
        }
        let good = |n: u32| Commit::one(halle(), entry(&format!("g/{n}"), Expect::Version(0), json!({})));
        let (a, b, c, d, e) = tokio::join!(
            kit.journal.commit(good(1)),
            kit.journal.commit(with_key("b")),
            kit.journal.commit(bad_row),
            kit.journal.commit(good(2)),
            kit.journal
                .commit(Commit::one(magdeburg(), entry("c", Expect::Version(0), json!({})))),
        );
        assert!(a.is_ok() && d.is_ok() && e.is_ok(), "{a:?} {d:?} {e:?}");
        assert!(matches!(b, Err(CommitError::Store(_))), "{b:?}");
        assert!(matches!(c, Err(CommitError::Store(_))), "{c:?}");
        assert_eq!(check_clean(&kit).await.entries, 4);
    }
}

#[tokio::test]
async fn wrong_commits_are_refused_before_anything_is_written() {
    let kit = Kit::new(Database::sqlite()).await;
    let check = async |change: &dyn Fn(&mut Commit)| {
        let mut commit = Commit::one(magdeburg(), entry("s", Expect::Any, json!({})));
        change(&mut commit);
        let result = kit.journal.commit(commit).await;
        assert!(matches!(result, Err(CommitError::Invalid(_))), "{result:?}");
    };
    check(&|commit| commit.entries.clear()).await;
    check(&|commit| commit.entries[0].stream.clear()).await;
    check(&|commit| commit.entries[0].stream = "a\0b".to_owned()).await;
    check(&|commit| commit.entries[0].facts = json!("text")).await;
    check(&|commit| commit.entries[0].purpose = "x".repeat(501)).await;
    check(&|commit| commit.entries[0].actor = wegfrei_journal::Actor::system("Erika M.")).await;
    check(&|commit| {
        let (key, _) = kit.journal.new_key(halle(), KeyId::parse("k").unwrap()).unwrap();
        commit.keys.push(key);
    })
    .await;
    check(&|commit| {
        let table = &wegfrei_journal::schema::HEAD;
        commit.rows.push(wegfrei_journal::RowWrite::Delete {
            table,
            key: vec!["15003000".into()],
        });
    })
    .await;
    let unknown = wegfrei_model::AuthorityId::parse("15001000").unwrap();
    let result = kit
        .journal
        .commit(Commit::one(unknown, entry("s", Expect::Any, json!({}))))
        .await;
    assert!(matches!(result, Err(CommitError::Key(_))), "{result:?}");
    assert_eq!(check_clean(&kit).await.entries, 0);
}

#[tokio::test]
async fn two_processes_write_the_same_authority() {
    for kit in Kit::both().await {
        let kit = Arc::new(kit);
        let other_store = kit.database.open().await;
        let other = start(&other_store, &kit.keys, &common::ambient().0);
        let run = |journal: wegfrei_journal::Journal, name: &'static str| {
            tokio::spawn(async move {
                for n in 0..30u64 {
                    let mut new = vec![entry(&format!("own/{name}"), Expect::Version(n), json!({}))];
                    new.push(entry("shared", Expect::Any, json!({})));
                    journal.commit(Commit::many(magdeburg(), new)).await.unwrap();
                }
            })
        };
        let (a, b) = (run(kit.journal.clone(), "a"), run(other, "b"));
        a.await.unwrap();
        b.await.unwrap();
        assert_eq!(check_clean(&kit).await.entries, 120);
        assert_eq!(kit.journal.stream(&magdeburg(), "shared").await.unwrap().len(), 60);
    }
}

#[tokio::test]
async fn what_another_process_wrote_is_no_conflict() {
    for kit in Kit::both().await {
        let other = start(&kit.store, &kit.keys, &common::ambient().0);
        kit.add(magdeburg(), "a", 1).await;
        let again = kit.counting(magdeburg(), "a", 1).await;
        other.commit(again).await.unwrap();
        // This journal still believes the stream holds one entry; its caller knows better.
        assert_eq!(kit.add(magdeburg(), "a", 1).await, 2);
        check_clean(&kit).await;
    }
}

#[tokio::test]
async fn a_full_disk_refuses_and_recovers() {
    for kit in Kit::both().await {
        kit.add(magdeburg(), "a", 1).await;
        testing::fill_disk(&kit.store, "journal_entry", false).await;
        let mut refused = None;
        for n in 0..200 {
            let big = entry(
                &format!("big/{n}"),
                Expect::Version(0),
                json!({"text": "x".repeat(5000)}),
            );
            if let Err(error) = kit.journal.commit(Commit::one(magdeburg(), big)).await {
                refused = Some(error);
                break;
            }
        }
        match refused {
            Some(CommitError::Store(error)) => assert!(error.to_string().contains("full"), "{error}"),
            other => panic!("{other:?}"),
        }
        check_clean(&kit).await;
        testing::fill_disk(&kit.store, "journal_entry", true).await;
        kit.add(magdeburg(), "a", 1).await;
        check_clean(&kit).await;
    }
}

#[tokio::test]
async fn jobs_ride_along_and_a_lost_job_refuses_its_commit_alone() {
    for kit in Kit::both().await {
        let job = |id: &str| NewJob {
            authority: "15003000".to_owned(),
            id: id.to_owned(),
            kind: "render".to_owned(),
            payload: "{}".to_owned(),
            run_after: 0,
            max_attempts: 3,
        };
        let new = |name: &str| Commit::one(magdeburg(), entry(name, Expect::Version(0), json!({})));
        kit.journal
            .commit(Commit {
                jobs: vec![job("j1"), job("j2")],
                ..new("a")
            })
            .await
            .unwrap();
        let claimed = jobs::claim(&kit.store, 1, Duration::from_secs(60), 10).await.unwrap();
        assert_eq!(claimed.len(), 2);
        let done = |at: usize| vec![claimed[at].claim.clone()];
        kit.journal
            .commit(Commit {
                done_jobs: done(0),
                ..new("b")
            })
            .await
            .unwrap();
        let (again, fine, other) = tokio::join!(
            kit.journal.commit(Commit {
                done_jobs: done(0),
                ..new("c")
            }),
            kit.journal.commit(Commit {
                done_jobs: done(1),
                ..new("d")
            }),
            kit.journal.commit(new("e")),
        );
        assert!(matches!(again, Err(CommitError::LostJob { .. })), "{again:?}");
        assert!(fine.is_ok() && other.is_ok(), "{fine:?} {other:?}");
        assert_eq!(jobs::next_due(&kit.store).await.unwrap(), None);
        assert_eq!(check_clean(&kit).await.entries, 4);
    }
}

#[tokio::test]
async fn a_projection_is_rebuilt_from_the_entries() {
    for kit in Kit::both().await {
        for n in 0..20 {
            kit.add(magdeburg(), &format!("c{}", n % 7), n).await;
        }
        kit.add(halle(), "c1", 5).await;
        kit.add(halle(), "gone", 5).await;
        kit.add(halle(), "gone", -5).await;
        kit.store
            .execute("UPDATE counter SET total = total + 1", &[])
            .await
            .unwrap();
        let report = verify(&kit.store, &kit.keys, &[&Counter], &VerifyOptions::default())
            .await
            .unwrap();
        assert_eq!(report.findings.len(), 8, "{:#?}", report.findings);
        assert_eq!(rebuild(&kit.store, &Counter).await.unwrap(), 8);
        check_clean(&kit).await;
    }
}

#[tokio::test]
async fn closing_writes_what_waits() {
    let kit = Arc::new(Kit::new(Database::sqlite()).await);
    let writers: Vec<_> = (0..50)
        .map(|n| {
            let kit = kit.clone();
            tokio::spawn(async move {
                kit.journal
                    .commit(Commit::one(halle(), entry(&format!("s/{n}"), Expect::Any, json!({}))))
                    .await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    kit.journal.close().await;
    let mut written = 0;
    for writer in writers {
        match writer.await.unwrap() {
            Ok(_) => written += 1,
            Err(CommitError::Closed) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(check_clean(&kit).await.entries, written);
}
