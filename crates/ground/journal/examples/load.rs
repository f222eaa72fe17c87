//! How many entries a second become durable in the signed tree:
//! `cargo run --release -p wegfrei-journal --example load -- URL FOLDER [writers] [seconds] [entries a commit]`.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;
use wegfrei_journal::{
    AccessRequest, Actor, Commit, Decision, Expect, Journal, JournalOptions, Keys, NewEntry, Policy, VerifyOptions,
    migrations, verify,
};
use wegfrei_model::ambient::{Ambient, Clock, Random};
use wegfrei_model::{AuthorityId, Timestamp};
use wegfrei_store::{Store, StoreOptions};

struct Machine;

impl Clock for Machine {
    fn now(&self) -> Timestamp {
        let micros = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        Timestamp::from_micros(i64::try_from(micros).unwrap()).unwrap()
    }
}

impl Random for Machine {
    fn fill(&self, buffer: &mut [u8]) {
        aws_lc_rs::rand::fill(buffer).unwrap();
    }
}

struct Everybody;

impl Policy for Everybody {
    fn decide(&self, _: &AccessRequest) -> Decision {
        Decision::Permit {
            policy: "load".to_owned(),
        }
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let (url, folder) = (arguments.next().unwrap(), arguments.next().unwrap());
    let mut number = |default: u64| arguments.next().map_or(default, |text| text.parse().unwrap());
    let (writers, seconds, size) = (number(512), number(5), number(1));
    let store = Store::open(&url, &StoreOptions::default()).await.unwrap();
    store.migrate(&migrations()).await.unwrap();
    let keys = Keys::open(folder).unwrap();
    let machine = Arc::new(Machine);
    let ambient = Ambient {
        clock: machine.clone(),
        random: machine.clone(),
    };
    let authorities = ["15003000", "15002000", "15001000", "15081000"].map(|text| AuthorityId::parse(text).unwrap());
    for authority in authorities {
        keys.get_or_create(authority, &*machine).unwrap();
    }
    let journal = Journal::start(
        store.clone(),
        keys.clone(),
        ambient,
        Arc::new(Everybody),
        JournalOptions::default(),
    );
    let (count, worst) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicI64::new(0)));
    let begin = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let (journal, count, worst) = (journal.clone(), count.clone(), worst.clone());
            let authority = authorities[usize::try_from(writer).unwrap() % 4];
            tokio::spawn(async move {
                for n in 0.. {
                    if begin.elapsed() > Duration::from_secs(seconds) {
                        break;
                    }
                    let entries = (0..size).map(|e| NewEntry {
                        stream: format!("case/{:08x}-{writer:04}-{n:06}", begin.elapsed().as_nanos()),
                        expect: Expect::Version(e),
                        kind: "case.opened",
                        actor: Actor::system("load"),
                        purpose: "Hundesteuer anmelden".to_owned(),
                        facts: json!({"service": "hundesteuer", "n": n}),
                        sealed: None,
                    });
                    let mut entries: Vec<NewEntry> = entries.collect();
                    let stream = entries[0].stream.clone();
                    entries.iter_mut().for_each(|entry| entry.stream = stream.clone());
                    let asked = Instant::now();
                    journal.commit(Commit::many(authority, entries)).await.unwrap();
                    worst.fetch_max(i64::try_from(asked.elapsed().as_micros()).unwrap(), Ordering::Relaxed);
                    count.fetch_add(size, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let (entries, elapsed) = (count.load(Ordering::Relaxed), begin.elapsed().as_secs_f64());
    let begin = Instant::now();
    let report = verify(&store, &keys, &[], &VerifyOptions::default()).await.unwrap();
    assert!(report.is_clean());
    println!(
        "{}",
        json!({"entries": entries, "per_second": entries as f64 / elapsed, "worst_ms": worst.load(Ordering::Relaxed) / 1000,
               "verified_per_second": report.entries as f64 / begin.elapsed().as_secs_f64()})
    );
}
