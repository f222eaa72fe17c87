//! A journal on a fresh store, a projection, and a policy, as a capability would bring them.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use serde_json::json;
use wegfrei_journal::{
    AccessRequest, Actor, Commit, Decision, Entry, Expect, Journal, JournalOptions, KeyId, Keys, NewEntry, Policy,
    ProjectedRow, Projection, ProjectionError, RowWrite, diff,
};
use wegfrei_model::ambient::{Ambient, FixedClock, Random};
use wegfrei_model::{AuthorityId, PersonId, Timestamp};
use wegfrei_store::testing::Database;
use wegfrei_store::{Migration, Store, Table};

pub const COUNTER: Table = Table {
    name: "counter",
    key: &["authority", "stream"],
    columns: &["authority", "stream", "total", "last"],
};

pub fn magdeburg() -> AuthorityId {
    AuthorityId::parse("15003000").unwrap()
}

pub fn halle() -> AuthorityId {
    AuthorityId::parse("15002000").unwrap()
}

pub fn migrations() -> Vec<Migration> {
    let mut all = wegfrei_journal::migrations();
    all.push(Migration {
        id: "counter-0001",
        sql: "CREATE TABLE counter (authority TEXT NOT NULL, stream TEXT NOT NULL, total BIGINT NOT NULL, \
              last TEXT NOT NULL, PRIMARY KEY (authority, stream))",
    });
    all
}

/// Sums `add` of each stream `counter/…`.
pub struct Counter;

impl Projection for Counter {
    fn tables(&self) -> &'static [&'static Table] {
        &[&COUNTER]
    }

    fn streams(&self) -> &'static str {
        "counter/"
    }

    fn rows(
        &self,
        authority: AuthorityId,
        stream: &str,
        entries: &[Entry],
    ) -> Result<Vec<ProjectedRow>, ProjectionError> {
        let mut total = 0;
        for entry in entries {
            total += entry.facts()["add"]
                .as_i64()
                .ok_or_else(|| ProjectionError::of(entry, "no number"))?;
        }
        let Some(last) = entries.last() else {
            return Ok(Vec::new());
        };
        // A counter at zero has no row.
        let row = || {
            (
                &COUNTER,
                vec![
                    authority.as_str().into(),
                    stream.into(),
                    total.into(),
                    last.kind.as_str().into(),
                ],
            )
        };
        Ok(if total == 0 { Vec::new() } else { vec![row()] })
    }
}

/// Permits everybody whose purpose is not "Neugier".
pub struct NoCuriosity;

impl Policy for NoCuriosity {
    fn decide(&self, request: &AccessRequest) -> Decision {
        let policy = "no-curiosity".to_owned();
        match request.purpose.as_str() {
            "Neugier" => Decision::Refuse {
                policy,
                reason: "Neugier ist kein Zweck.".to_owned(),
            },
            _ => Decision::Permit { policy },
        }
    }
}

/// Random enough for tests that run processes side by side, different in every instance.
pub struct TestRandom(std::sync::Mutex<u64>);

impl Random for TestRandom {
    fn fill(&self, buffer: &mut [u8]) {
        use std::hash::{BuildHasher as _, RandomState};
        let mut state = self.0.lock().unwrap();
        for chunk in buffer.chunks_mut(8) {
            *state += 1;
            let bytes = RandomState::new().hash_one(*state).to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

pub fn ambient() -> (Ambient, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::new(Timestamp::parse("2026-05-04T08:00:00Z").unwrap()));
    (
        Ambient {
            clock: clock.clone(),
            random: Arc::new(TestRandom(Default::default())),
        },
        clock,
    )
}

pub struct Kit {
    pub journal: Journal,
    pub store: Store,
    pub keys: Keys,
    pub ambient: Ambient,
    pub clock: Arc<FixedClock>,
    pub database: Database,
}

impl Kit {
    pub async fn new(database: Database) -> Kit {
        let store = database.open().await;
        store.migrate(&migrations()).await.unwrap();
        let keys = Keys::open(database.folder().join("keys")).unwrap();
        let (ambient, clock) = ambient();
        for authority in [magdeburg(), halle()] {
            keys.create(authority, &*ambient.random).unwrap();
        }
        let journal = start(&store, &keys, &ambient);
        Kit {
            journal,
            store,
            keys,
            ambient,
            clock,
            database,
        }
    }

    /// One of each engine.
    pub async fn both() -> Vec<Kit> {
        vec![
            Kit::new(Database::sqlite()).await,
            Kit::new(Database::postgres().await).await,
        ]
    }

    /// Adds to a counter as a live command does: load, decide, write entry and changed rows.
    pub async fn add(&self, authority: AuthorityId, name: &str, add: i64) -> u64 {
        let commit = self.counting(authority, name, add).await;
        self.journal.commit(commit).await.unwrap().seqs[0]
    }

    pub async fn counting(&self, authority: AuthorityId, name: &str, add: i64) -> Commit {
        let stream = format!("counter/{name}");
        let entries = self.journal.stream(&authority, &stream).await.unwrap();
        let new = entry(&stream, Expect::Version(entries.len() as u64), json!({"add": add}));
        let before = Counter.rows(authority, &stream, &entries).unwrap();
        let mut after = entries.clone();
        after.push(Entry {
            authority,
            seq: 0,
            time: Timestamp::EPOCH,
            stream: stream.clone(),
            version: entries.len() as u64 + 1,
            kind: new.kind.to_owned(),
            actor: new.actor.clone(),
            purpose: new.purpose.clone(),
            facts: new.facts.to_string(),
            sealed: None,
            salt: [0; 16],
        });
        let rows: Vec<RowWrite> = diff(&before, &Counter.rows(authority, &stream, &after).unwrap());
        Commit {
            rows,
            ..Commit::one(authority, new)
        }
    }

    pub fn person(&self) -> PersonId {
        self.ambient.new_id()
    }

    pub fn request(&self, key: &KeyId, purpose: &str) -> AccessRequest {
        AccessRequest {
            authority: magdeburg(),
            actor: Actor::staff("s4711", magdeburg()),
            purpose: purpose.to_owned(),
            subject: Some(self.person()),
            key: key.clone(),
            parts: vec!["form".to_owned()],
            circumstances: json!({"service": "hundesteuer"}),
        }
    }
}

pub fn start(store: &Store, keys: &Keys, ambient: &Ambient) -> Journal {
    Journal::start(
        store.clone(),
        keys.clone(),
        ambient.clone(),
        Arc::new(NoCuriosity),
        JournalOptions::default(),
    )
}

pub fn entry(stream: &str, expect: Expect, facts: serde_json::Value) -> NewEntry {
    NewEntry {
        stream: stream.to_owned(),
        expect,
        kind: "counter.added",
        actor: Actor::system("test"),
        purpose: "Probe".to_owned(),
        facts,
        sealed: None,
    }
}
