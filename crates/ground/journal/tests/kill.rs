//! A process that is killed in the middle of anything: what it acknowledged is there, and the journal is whole.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use common::{Counter, Kit, entry, halle, magdeburg, start};
use serde_json::json;
use wegfrei_journal::{Commit, Expect, Keys, VerifyOptions, verify};
use wegfrei_store::{Store, testing};

/// Not a test: what the test below starts as another process. Writes for ever and prints what was acknowledged.
#[test]
#[ignore = "the process that the test below kills"]
fn writer() {
    let (Ok(url), Ok(folder)) = (std::env::var("WEGFREI_KILL_URL"), std::env::var("WEGFREI_KILL_KEYS")) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = Store::open(&url, &testing::options()).await.unwrap();
        let journal = start(&store, &Keys::open(folder).unwrap(), &common::ambient().0);
        let round = std::process::id();
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let journal = journal.clone();
                tokio::spawn(async move {
                    let authority = if writer % 2 == 0 { magdeburg() } else { halle() };
                    for n in 0.. {
                        let stream = format!("kill/{round}/{writer}/{n}");
                        let new = vec![entry(&stream, Expect::Version(0), json!({"n": n})); 3];
                        let new = new.into_iter().map(|mut new| {
                            new.expect = Expect::Any;
                            new
                        });
                        let receipt = journal.commit(Commit::many(authority, new.collect())).await.unwrap();
                        println!("ack {authority} {} {stream}", receipt.seqs[2]);
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill() {
    for kit in Kit::both().await {
        let mut acknowledged = BTreeMap::new();
        for round in 0..6usize {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "writer", "--ignored", "--nocapture"])
                .env("WEGFREI_KILL_URL", kit.database.url())
                .env("WEGFREI_KILL_KEYS", kit.keys.folder())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let wanted = 5 + round * 37;
            let mut seen = 0;
            for line in lines {
                let Ok(line) = line else { break };
                // The first line can stand behind the test harness's own words.
                let Some((_, ack)) = line.split_once("ack ") else {
                    continue;
                };
                let parts: Vec<String> = ack.split(' ').map(str::to_owned).collect();
                let [authority, seq, stream] = &parts[..] else { continue };
                acknowledged.insert((authority.clone(), seq.parse::<u64>().unwrap()), stream.clone());
                seen += 1;
                if seen == wanted {
                    // SIGKILL; what is still in the pipe was acknowledged too.
                    child.kill().unwrap();
                }
            }
            child.wait().unwrap();
            assert!(seen >= wanted, "the writer ended by itself after {seen}");
            let report = verify(&kit.store, &kit.keys, &[&Counter], &VerifyOptions::default())
                .await
                .unwrap();
            assert!(report.is_clean(), "round {round}: {:#?}", report.findings);
        }
        for ((authority, seq), stream) in acknowledged {
            let authority = wegfrei_model::AuthorityId::parse(&authority).unwrap();
            let entries = kit.journal.entries(authority, seq, 1).await.unwrap();
            assert_eq!((entries[0].seq, &entries[0].stream), (seq, &stream));
        }
        // The database goes on where it was.
        kit.add(magdeburg(), "after", 1).await;
    }
}
