//! Entries that are durable and in the signed tree, per second, with many writers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use wegfrei_journal::{
    AccessRequest, Actor, Commit, Decision, Expect, Journal, JournalOptions, KeyId, Keys, NewEntry, Policy, RowWrite,
};
use wegfrei_model::ambient::Ambient;
use wegfrei_model::{AuthorityId, CaseId};
use wegfrei_store::jobs::NewJob;
use wegfrei_store::testing::Database;
use wegfrei_store::{Engine, Migration, Store, Table};

use crate::figure::{Figure, Goal, Reporter};
use crate::machine::{self, moment};
use crate::measure::{Client, floods};
use crate::{Effort, Result, house};

const AUTHORITIES: [&str; 4] = ["15003000", "15002000", "15001000", "15081000"];

static ROW: Table = Table {
    name: "bench_row",
    key: &["authority", "id", "part"],
    columns: &["authority", "id", "part", "person", "text"],
};

fn migrations() -> Vec<Migration> {
    let mut all = wegfrei_journal::migrations();
    all.push(Migration {
        id: "bench-0001",
        sql: "CREATE TABLE bench_row (authority TEXT NOT NULL, id TEXT NOT NULL, part BIGINT NOT NULL, \
              person TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (authority, id, part)); \
              CREATE INDEX bench_row_person ON bench_row (person)",
    });
    all
}

struct Everybody;

impl Policy for Everybody {
    fn decide(&self, _: &AccessRequest) -> Decision {
        Decision::Permit {
            policy: "bench".to_owned(),
        }
    }
}

/// A journal on a fresh database, with four authorities.
pub struct Journals {
    pub store: Store,
    pub keys: Keys,
    journal: Journal,
    ambient: Ambient,
    authorities: Vec<AuthorityId>,
}

impl Journals {
    pub async fn start(database: &Database) -> Result<Journals> {
        let store = house::open(database).await?;
        store.migrate(&migrations()).await?;
        let ambient = machine::ambient();
        let keys = Keys::open(database.folder().join("keys"))?;
        let mut authorities = Vec::new();
        for text in AUTHORITIES {
            let authority = AuthorityId::parse(text)?;
            keys.get_or_create(authority, &*ambient.random)?;
            authorities.push(authority);
        }
        let journal = Journal::start(
            store.clone(),
            keys.clone(),
            ambient.clone(),
            Arc::new(Everybody),
            JournalOptions::default(),
        );
        Ok(Journals {
            store,
            keys,
            journal,
            ambient,
            authorities,
        })
    }

    /// So many writers.
    pub fn writers(&self, count: usize, load: Load) -> Vec<Writer> {
        let authorities = self.authorities.iter().cycle().take(count);
        authorities
            .map(|authority| Writer {
                journal: self.journal.clone(),
                ambient: self.ambient.clone(),
                authority: *authority,
                load,
            })
            .collect()
    }

    pub async fn close(self) {
        self.journal.close().await;
        self.store.close().await;
    }
}

/// What one commit holds.
#[derive(Clone, Copy)]
pub enum Load {
    /// One entry of a new stream.
    One,
    /// What sending an application writes, by weight: five entries of a new stream, two of them with a sealed part, a
    /// data key, three rows, a job.
    Five,
}

/// One of many writers.
pub struct Writer {
    journal: Journal,
    ambient: Ambient,
    authority: AuthorityId,
    load: Load,
}

impl Writer {
    fn entry(&self, stream: &str, version: u64) -> NewEntry {
        NewEntry {
            stream: stream.to_owned(),
            expect: Expect::Version(version),
            kind: "bench.written",
            actor: Actor::system("bench"),
            purpose: "Eigene Angelegenheit".to_owned(),
            facts: json!({"service": "hundesteuer", "version": "1.0.0", "at": self.ambient.now().as_micros(),
                "waiting": ["Widerspruchsfrist"]}),
            sealed: None,
        }
    }

    fn commit(&self) -> Result<Commit> {
        let case = self.ambient.new_id::<CaseId>();
        let stream = format!("case/{case}");
        if let Load::One = self.load {
            return Ok(Commit::one(self.authority, self.entry(&stream, 0)));
        }
        let mut entries: Vec<NewEntry> = (0..5).map(|version| self.entry(&stream, version)).collect();
        let (key, sealing) = self.journal.new_key(self.authority, KeyId::case(case))?;
        for (entry, (part, size)) in entries.iter_mut().zip([("form", 600), ("decision", 4000)]) {
            let sealed = sealing.seal_raw(format!("{stream}#{part}"), &vec![b'x'; size])?;
            entry.sealed = Some(sealed.into_bytes());
        }
        let id = case.to_string();
        let row = |part: i64| RowWrite::Put {
            table: &ROW,
            values: vec![
                self.authority.as_str().into(),
                id.as_str().into(),
                part.into(),
                id.as_str().into(),
                "Hundesteuer, entschieden, Widerspruchsfrist".into(),
            ],
        };
        Ok(Commit {
            rows: (0..3).map(row).collect(),
            keys: vec![key],
            jobs: vec![NewJob {
                authority: self.authority.to_string(),
                id: id.clone(),
                kind: "bench".to_owned(),
                payload: json!({"case": id}).to_string(),
                run_after: 0,
                max_attempts: 20,
            }],
            ..Commit::many(self.authority, entries)
        })
    }
}

impl Client for Writer {
    async fn once(&mut self) -> Result<(u64, Duration)> {
        let commit = self.commit()?;
        let asked = moment();
        let receipt = self.journal.commit(commit).await?;
        Ok((receipt.seqs.len() as u64, asked.elapsed()))
    }
}

pub async fn run(report: &Reporter, effort: Effort) -> Result<()> {
    for database in house::databases().await {
        let engine = database.engine();
        if engine == Engine::Sqlite {
            let time = Duration::from_secs(effort.of(3, 1));
            let rate = machine::flushes_per_second(database.folder(), time)?;
            report.add(Figure::new(
                "journal",
                "4 KiB appended and flushed, one by one",
                "/s",
                vec![rate],
            ));
        }
        let goal = match engine {
            Engine::Sqlite => 30_000.0,
            Engine::Postgres => 15_000.0,
        };
        let journals = Journals::start(&database).await?;
        for (load, name, counts) in [
            (Load::One, "1 entry a commit", &[64, 512, 2048][..]),
            (Load::Five, "5 entries, key, rows, job a commit", &[64, 512]),
        ] {
            for &count in counts {
                let writers = journals.writers(count, load);
                let (warm_up, time) = (effort.of(1000, 300), effort.of(4000, 1000));
                let (rates, times, n) = floods(
                    writers,
                    effort.runs(),
                    Duration::from_millis(warm_up),
                    Duration::from_millis(time),
                )
                .await?;
                let figure = Figure::new("journal", format!("{name}, {count} writers"), "entries/s", rates);
                report.add(figure.on(engine).goal(Goal::AtLeast(goal)).of(n).times(&times));
            }
        }
        journals.close().await;
    }
    Ok(())
}
