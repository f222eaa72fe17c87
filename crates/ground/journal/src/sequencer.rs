//! The one task that gives entries their place: it gathers waiting commits into one transaction, on either engine.
//!
//! While one batch is being written, the next is already checked, hashed and appended to the trees in memory. A caller is
//! answered only after its batch is durable, also when the answer is a refusal that an earlier commit caused. When a
//! write fails, memory is thrown away and read again from the database.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::mem::take;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use wegfrei_model::AuthorityId;
use wegfrei_model::ambient::Ambient;
use wegfrei_store::jobs::{self, Claim};
use wegfrei_store::{Store, StoreError};

use crate::batch::{Batch, Fit, Pending, State, Write};
use crate::commit::CommitError;
use crate::entry::Expect;
use crate::journal::JournalOptions;
use crate::keys::Keys;
use crate::projection::EntryRows;
use crate::{load, schema};

/// How often a batch is tried again when another process was faster.
const ATTEMPTS_TOGETHER: u32 = 4;
/// How often a single commit is.
const ATTEMPTS_ALONE: u32 = 12;
/// How often a broken commit is looked for in the database before its callers are told.
const DOUBT_ATTEMPTS: u32 = 5;

pub(crate) struct Sequencer {
    store: Store,
    keys: Keys,
    ambient: Ambient,
    options: JournalOptions,
    entry_rows: Arc<OnceLock<Arc<dyn EntryRows>>>,
    state: State,
    /// Commits of the batch being built that expect more than is known; looked at anew once all is written.
    behind: Vec<Pending>,
}

/// Whether a stream that was never seen may be taken for a new one when the caller says so; the database's unique index
/// has the last word.
#[derive(Clone, Copy, PartialEq)]
enum Trust {
    Callers,
    Nobody,
}

enum WriteError {
    Store(StoreError),
    /// These jobs are no longer held.
    Lost(Vec<Claim>),
}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> Self {
        WriteError::Store(error)
    }
}

struct InFlight {
    batch: Batch,
    writing: JoinHandle<Result<(), WriteError>>,
}

impl Sequencer {
    pub(crate) fn new(
        store: Store,
        keys: Keys,
        ambient: Ambient,
        options: JournalOptions,
        entry_rows: Arc<OnceLock<Arc<dyn EntryRows>>>,
    ) -> Sequencer {
        Sequencer {
            store,
            keys,
            ambient,
            options,
            entry_rows,
            state: State::default(),
            behind: Vec::new(),
        }
    }

    pub(crate) async fn run(mut self, mut receiver: mpsc::Receiver<Pending>) {
        let mut next = Batch::default();
        let mut in_flight: Option<InFlight> = None;
        let mut waiting = Vec::new();
        let limit = self.options.batch_entries.max(1);
        loop {
            let room = limit.saturating_sub(next.len());
            let room = if next.bytes < self.options.batch_bytes { room } else { 0 };
            if let Some(mut flight) = in_flight.take() {
                tokio::select! {
                    biased;
                    result = &mut flight.writing => self.settle(flight.batch, result, &mut next).await,
                    received = receiver.recv_many(&mut waiting, room), if room > 0 => {
                        if received == 0 {
                            // Closed: finish what is under way.
                            let result = (&mut flight.writing).await;
                            self.settle(flight.batch, Ok(result.unwrap_or_else(crashed)), &mut next).await;
                        } else {
                            self.add(&mut next, take(&mut waiting), Trust::Callers).await;
                            in_flight = Some(flight);
                        }
                    }
                }
            } else if !self.behind.is_empty() {
                let (behind, rebuild) = (take(&mut self.behind), take(&mut next).into_pending());
                self.carefully(behind).await;
                self.add(&mut next, rebuild, Trust::Callers).await;
            } else if next.members.is_empty() {
                if receiver.recv_many(&mut waiting, limit).await == 0 {
                    return;
                } else {
                    self.add(&mut next, take(&mut waiting), Trust::Callers).await;
                }
            }
            if in_flight.is_none() && !next.members.is_empty() {
                in_flight = self.launch(take(&mut next));
            }
        }
    }

    /// Starts writing a batch; one without entries (refusals only) is answered at once, for all it rests on is written.
    fn launch(&mut self, mut batch: Batch) -> Option<InFlight> {
        if batch.len() == 0 {
            batch.answer();
            return None;
        }
        let write = batch.finish(&mut self.state);
        let store = self.store.clone();
        Some(InFlight {
            batch,
            writing: tokio::spawn(async move { write_out(&store, &write).await }),
        })
    }

    async fn settle(
        &mut self,
        batch: Batch,
        result: Result<Result<(), WriteError>, tokio::task::JoinError>,
        next: &mut Batch,
    ) {
        let Err(error) = result.unwrap_or_else(crashed) else {
            batch.answer();
            return;
        };
        let rebuild = take(next).into_pending();
        self.state = State::default();
        self.failed(batch, error).await;
        self.add(next, rebuild, Trust::Callers).await;
    }

    /// What becomes of commits whose transaction failed: refused, or tried again with everything checked.
    async fn failed(&mut self, batch: Batch, error: WriteError) {
        match error {
            WriteError::Lost(lost) => self.carefully(refuse_lost(batch.into_pending(), &lost)).await,
            WriteError::Store(error @ StoreError::InDoubt(_)) => self.resolve_doubt(batch, error).await,
            WriteError::Store(error) if is_down(&error) => {
                tracing::warn!(%error, commits = batch.members.len(), "the database did not take a batch of commits");
                refuse(batch.into_pending(), &Arc::new(error));
            }
            WriteError::Store(_) => self.carefully(batch.into_pending()).await,
        }
    }

    /// Writes commits trusting nothing that was in memory. When one of several is not acceptable to the database, each
    /// is written alone, so that it is refused alone.
    async fn carefully(&mut self, mut pending: Vec<Pending>) {
        let mut attempt = 0;
        loop {
            self.state = State::default();
            let mut batch = Batch::default();
            self.add(&mut batch, pending, Trust::Nobody).await;
            if batch.len() == 0 {
                return batch.answer();
            }
            let write = batch.finish(&mut self.state);
            let error = match write_out(&self.store, &write).await {
                Ok(()) => return batch.answer(),
                Err(error) => error,
            };
            self.state = State::default();
            let error = match error {
                WriteError::Lost(lost) => {
                    pending = refuse_lost(batch.into_pending(), &lost);
                    continue;
                }
                WriteError::Store(error @ StoreError::InDoubt(_)) => return self.resolve_doubt(batch, error).await,
                WriteError::Store(error) => error,
            };
            pending = batch.into_pending();
            attempt += 1;
            // A conflict with another process goes away; a conflict of a commit with itself or its rows stays.
            let race = matches!(error, StoreError::Conflict { .. } | StoreError::Busy(_));
            if race
                && attempt
                    < if pending.len() > 1 {
                        ATTEMPTS_TOGETHER
                    } else {
                        ATTEMPTS_ALONE
                    }
            {
                let [jitter] = self.ambient.bytes();
                let pause = (2u64 << attempt.min(6)) + u64::from(jitter) / 8;
                tokio::time::sleep(Duration::from_millis(pause)).await;
            } else if is_down(&error) || pending.len() <= 1 {
                return refuse(pending, &Arc::new(error));
            } else {
                for one in pending {
                    Box::pin(self.carefully(vec![one])).await;
                }
                return;
            }
        }
    }

    /// The connection broke while the database confirmed. If the last entry is there, the whole batch is durable; if
    /// not, the server may still be writing, and the callers are told that nobody knows.
    async fn resolve_doubt(&mut self, batch: Batch, error: StoreError) {
        tracing::warn!(%error, commits = batch.members.len(), "the database did not confirm a batch of commits");
        for attempt in 0..DOUBT_ATTEMPTS {
            if let Some((authority, seq, salt)) = batch.last_place()
                && let Ok(true) = load::is_written(&self.store, authority, seq, salt).await
            {
                return batch.answer();
            }
            tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
        }
        refuse(batch.into_pending(), &Arc::new(error));
    }

    /// Checks commits against what the streams hold and appends them to the trees in memory.
    async fn add(&mut self, batch: &mut Batch, incoming: Vec<Pending>, trust: Trust) {
        if incoming.is_empty() {
            return;
        }
        let mut unusable = self.load_heads(&incoming).await;
        if let Err(error) = self.load_streams(&incoming, trust).await {
            return refuse(incoming, &Arc::new(error));
        }
        let now = self.ambient.now().as_micros();
        let rows = self.entry_rows.get().cloned();
        for pending in incoming {
            if let Some(error) = unusable.get_mut(&pending.commit.authority) {
                let _ = pending.answer.send(Err(error.clone()));
                continue;
            }
            match Batch::fit(&mut self.state, &pending.commit) {
                Fit::Yes => batch.add(&mut self.state, pending, now, rows.as_deref()),
                Fit::Behind(_) if trust == Trust::Callers => self.behind.push(pending),
                Fit::No(error) | Fit::Behind(error) => batch.members.push((pending, Err(error))),
            }
        }
    }

    /// Loads the trees not yet in memory; gives the authorities that cannot be written to.
    async fn load_heads(&mut self, incoming: &[Pending]) -> HashMap<AuthorityId, CommitError> {
        let wanted: BTreeSet<AuthorityId> = incoming.iter().map(|pending| pending.commit.authority).collect();
        let mut unusable = HashMap::new();
        let mut down = None;
        for authority in wanted {
            if self.state.heads.contains_key(&authority) {
                continue;
            }
            // A database that is away is not asked once for every authority.
            let loaded = match &down {
                Some(error) => Err(CommitError::Store(Arc::clone(error))),
                None => load::head(&self.store, &self.keys, authority).await,
            };
            match loaded {
                Ok(head) => drop(self.state.heads.insert(authority, head)),
                Err(error) => {
                    if let CommitError::Store(error) = &error {
                        down = Some(Arc::clone(error));
                    }
                    unusable.insert(authority, error);
                }
            }
        }
        unusable
    }

    async fn load_streams(&mut self, incoming: &[Pending], trust: Trust) -> Result<(), StoreError> {
        let mut asked: HashSet<(AuthorityId, &str)> = HashSet::new();
        let mut unknown = Vec::new();
        for pending in incoming {
            let authority = pending.commit.authority;
            for entry in &pending.commit.entries {
                if !asked.insert((authority, &entry.stream))
                    || self.state.streams.get(authority, &entry.stream).is_some()
                {
                    continue;
                }
                if trust == Trust::Callers && entry.expect == Expect::Version(0) {
                    continue;
                }
                unknown.push((authority, entry.stream.clone()));
            }
        }
        let versions = load::versions(&self.store, &unknown).await?;
        for ((authority, stream), version) in unknown.iter().zip(versions) {
            self.state.streams.set(*authority, stream, version);
        }
        Ok(())
    }
}

/// Trying again at once does not help.
fn is_down(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Unavailable(_) | StoreError::Full | StoreError::Corrupt(_) | StoreError::Config(_)
    )
}

fn refuse(pending: Vec<Pending>, error: &Arc<StoreError>) {
    for pending in pending {
        // A caller that has gone away does not mind.
        let _ = pending.answer.send(Err(CommitError::Store(error.clone())));
    }
}

/// Refuses the commits that finish jobs they no longer hold; gives the others.
fn refuse_lost(pending: Vec<Pending>, lost: &[Claim]) -> Vec<Pending> {
    let (mine, others): (Vec<Pending>, Vec<Pending>) = pending
        .into_iter()
        .partition(|pending| pending.commit.done_jobs.iter().any(|job| lost.contains(job)));
    for pending in mine {
        let job = pending.commit.done_jobs.iter().find(|job| lost.contains(job));
        let id = job.map(|job| job.id.clone()).unwrap_or_default();
        let _ = pending.answer.send(Err(CommitError::LostJob { id }));
    }
    others
}

fn crashed(error: tokio::task::JoinError) -> Result<(), WriteError> {
    Err(WriteError::Store(StoreError::InDoubt(format!(
        "the writing task ended: {error}"
    ))))
}

/// One transaction. The entries' primary key refuses a place that another process has taken.
async fn write_out(store: &Store, write: &Write) -> Result<(), WriteError> {
    let mut tx = store.begin().await?;
    if !load::sizes_are(&mut tx, &write.before).await? {
        return Err(WriteError::Store(StoreError::Conflict {
            what: "journal_head: another process wrote".to_owned(),
        }));
    }
    if !write.done_jobs.is_empty() {
        let lost = jobs::complete(&mut tx, &write.done_jobs).await?;
        if !lost.is_empty() {
            return Err(WriteError::Lost(lost));
        }
    }
    tx.insert_many(&schema::ENTRY, &write.entries).await?;
    tx.put_many(&schema::TILE, &write.tiles).await?;
    tx.put_many(&schema::HEAD, &write.heads).await?;
    tx.insert_many(&schema::KEY, &write.keys).await?;
    tx.put_many(&schema::KEY, &write.destroyed).await?;
    tx.insert_many(&schema::BLOB, &write.blobs).await?;
    tx.delete_many(&schema::BLOB, &write.dropped).await?;
    for changes in &write.rows {
        tx.delete_many(changes.table, &changes.delete).await?;
        tx.put_many(changes.table, &changes.put).await?;
    }
    jobs::enqueue(&mut tx, &write.jobs).await?;
    tx.commit().await?;
    Ok(())
}
