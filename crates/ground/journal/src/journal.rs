//! The handle: commit, make keys, ask for access.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use wegfrei_model::AuthorityId;
use wegfrei_model::ambient::Ambient;
use wegfrei_store::Store;
use zeroize::Zeroizing;

use crate::access::{Access, AccessError, AccessRequest, Decision, Policy};
use crate::batch::{Pending, Prepared, prepare};
use crate::commit::{Commit, CommitError, Receipt};
use crate::entry::{Expect, NewEntry};
use crate::keys::{AuthorityKeys, Keys};
use crate::projection::EntryRows;
use crate::read::read_key;
use crate::sealed::{DataKey, KeyId, NewKey, SealingKey};
use crate::sequencer::Sequencer;

/// Settings of a journal; [`Default`] is right for production.
#[derive(Clone, Debug)]
pub struct JournalOptions {
    /// At most about so many entries in one transaction (a commit is never split). Default 4096.
    pub batch_entries: usize,
    /// At most about so many bytes of facts, sealed parts and papers in one transaction. Default 16 MiB.
    pub batch_bytes: usize,
    /// So many commits may wait; further callers wait for room. Default 8192.
    pub queue: usize,
    /// How long an [`Access`] opens anything. Default 5 minutes.
    pub access_lifetime: Duration,
}

impl Default for JournalOptions {
    fn default() -> Self {
        JournalOptions {
            batch_entries: 4096,
            batch_bytes: 16 << 20,
            queue: 8192,
            access_lifetime: Duration::from_secs(300),
        }
    }
}

/// The journals of all authorities in one store. Cheap to clone.
#[derive(Clone)]
pub struct Journal {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub store: Store,
    pub keys: Keys,
    ambient: Ambient,
    policy: Arc<dyn Policy>,
    options: JournalOptions,
    entry_rows: Arc<OnceLock<Arc<dyn EntryRows>>>,
    sender: Mutex<Option<mpsc::Sender<Pending>>>,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Journal {
    /// Starts the sequencer task on the current tokio runtime. The store must be migrated with [`crate::migrations`].
    /// Several processes may share a PostgreSQL store; an authority is fastest when one process writes it.
    pub fn start(
        store: Store,
        keys: Keys,
        ambient: Ambient,
        policy: Arc<dyn Policy>,
        options: JournalOptions,
    ) -> Journal {
        let (sender, receiver) = mpsc::channel(options.queue.max(1));
        let entry_rows = Arc::new(OnceLock::new());
        let sequencer = Sequencer::new(
            store.clone(),
            keys.clone(),
            ambient.clone(),
            options.clone(),
            Arc::clone(&entry_rows),
        );
        let task = tokio::spawn(sequencer.run(receiver));
        let (sender, task) = (Mutex::new(Some(sender)), tokio::sync::Mutex::new(Some(task)));
        Journal {
            inner: Arc::new(Inner {
                store,
                keys,
                ambient,
                policy,
                options,
                entry_rows,
                sender,
                task,
            }),
        }
    }

    /// From now on each entry of the given streams brings its rows with it. For the crate that owns the table, before its first entry;
    /// a second call changes nothing.
    pub fn with_entry_rows(&self, rows: Arc<dyn EntryRows>) {
        // The first one stays: there is one table of accesses.
        let _ = self.inner.entry_rows.set(rows);
    }

    /// Takes no more commits, writes those waiting, and ends the sequencer.
    pub async fn close(&self) {
        drop(self.inner.sender.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(task) = self.inner.task.lock().await.take() {
            // A task that ended by itself has nothing left to do.
            let _ = task.await;
        }
    }

    /// The store the journal writes to, for reading projections.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The authorities' keys.
    pub fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    /// Writes a commit. Returns once it is durable and in the signed tree; dropping the future does not take it back.
    ///
    /// # Errors
    /// [`CommitError`]; nothing is acknowledged then.
    pub async fn commit(&self, commit: Commit) -> Result<Receipt, CommitError> {
        let prepared = prepare(commit, &*self.inner.ambient.random)?;
        self.submit(prepared).await
    }

    async fn submit(&self, commit: Prepared) -> Result<Receipt, CommitError> {
        let sender = self.inner.sender.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (answer, answered) = oneshot::channel();
        sender
            .ok_or(CommitError::Closed)?
            .send(Pending { commit, answer })
            .await
            .map_err(|_| CommitError::Closed)?;
        answered.await.map_err(|_| CommitError::Closed)?
    }

    /// Makes a data key: put the [`NewKey`] into the commit that first uses it, seal with the [`SealingKey`].
    ///
    /// # Errors
    /// [`CommitError::Key`] when the authority has no key file.
    pub fn new_key(&self, authority: AuthorityId, id: KeyId) -> Result<(NewKey, SealingKey), CommitError> {
        let random = self.inner.ambient.random.clone();
        let keys = self.authority_keys(authority)?;
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(&mut *bytes);
        let unusable = || CommitError::Invalid(format!("no data key could be made for {id}"));
        let wrapped = keys.wrap(&id, &bytes, &*random).ok_or_else(unusable)?;
        let key = DataKey::from_bytes(&bytes).ok_or_else(unusable)?;
        Ok((
            NewKey {
                authority,
                id: id.clone(),
                wrapped,
            },
            SealingKey::new(key, authority, id, random),
        ))
    }

    /// The sealing half of a key that exists: for adding sealed data without reading any, so without a record.
    ///
    /// # Errors
    /// [`AccessError::NoSuchKey`], [`AccessError::Destroyed`], [`AccessError::Damaged`], or the store does not answer.
    pub async fn sealing_key(&self, authority: AuthorityId, id: &KeyId) -> Result<SealingKey, AccessError> {
        let key = self.data_key(authority, id).await?;
        Ok(SealingKey::new(
            key,
            authority,
            id.clone(),
            self.inner.ambient.random.clone(),
        ))
    }

    /// Asks the policy, writes `access.granted` (or `access.refused`) to stream `access/<key>` durably, and only then
    /// gives the access.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn access(&self, request: AccessRequest) -> Result<Access, AccessError> {
        // What is not there or is erased is not an access. The key itself is read after the record: it may have been
        // destroyed in between.
        drop(self.data_key(request.authority, &request.key).await?);
        let decision = self.inner.policy.decide(&request);
        let commit = Commit::one(request.authority, record(&request, &decision));
        let seq = self.commit(commit).await?.seqs.first().copied().unwrap_or_default();
        self.grant(request, decision, seq).await
    }

    /// As [`Journal::access`] for several keys of one authority, recorded in one commit: all records become durable
    /// together, each request is decided for itself.
    ///
    /// # Errors
    /// [`CommitError`] when the records could not be written; refusals are in the answers, in the order of the requests.
    pub async fn access_many(
        &self,
        requests: Vec<AccessRequest>,
    ) -> Result<Vec<Result<Access, AccessError>>, CommitError> {
        let Some(authority) = requests.first().map(|request| request.authority) else {
            return Ok(Vec::new());
        };
        if requests.iter().any(|request| request.authority != authority) {
            return Err(CommitError::Invalid("one access_many is for one authority".to_owned()));
        }
        let mut asked = Vec::with_capacity(requests.len());
        let mut entries = Vec::with_capacity(requests.len());
        for request in requests {
            asked.push(match self.data_key(authority, &request.key).await {
                Ok(_) => {
                    let decision = self.inner.policy.decide(&request);
                    entries.push(record(&request, &decision));
                    Ok((request, decision))
                }
                Err(error) => Err(error),
            });
        }
        let seqs = match entries.is_empty() {
            true => Vec::new(),
            false => self.commit(Commit::many(authority, entries)).await?.seqs,
        };
        let mut seqs = seqs.into_iter();
        let mut answers = Vec::with_capacity(asked.len());
        for asked in asked {
            answers.push(match asked {
                Ok((request, decision)) => self.grant(request, decision, seqs.next().unwrap_or_default()).await,
                Err(error) => Err(error),
            });
        }
        Ok(answers)
    }

    async fn grant(&self, request: AccessRequest, decision: Decision, seq: u64) -> Result<Access, AccessError> {
        match decision {
            Decision::Refuse { reason, .. } => Err(AccessError::Refused { reason, seq }),
            Decision::Permit { .. } => {
                let key = self.data_key(request.authority, &request.key).await?;
                let until = self
                    .inner
                    .ambient
                    .now()
                    .saturating_add(self.inner.options.access_lifetime);
                Ok(Access::new(key, request, seq, until, self.inner.ambient.clock.clone()))
            }
        }
    }

    fn authority_keys(&self, authority: AuthorityId) -> Result<Arc<AuthorityKeys>, CommitError> {
        self.inner
            .keys
            .get(authority)
            .map_err(|error| CommitError::Key(Arc::new(error)))
    }

    async fn data_key(&self, authority: AuthorityId, id: &KeyId) -> Result<DataKey, AccessError> {
        let keys = self.authority_keys(authority)?;
        let stored = read_key(&self.inner.store, authority, id)
            .await
            .map_err(|error| CommitError::Store(Arc::new(error)))?;
        let wrapped = stored.ok_or_else(|| AccessError::NoSuchKey(id.clone()))?;
        let wrapped = wrapped.ok_or_else(|| AccessError::Destroyed(id.clone()))?;
        keys.unwrap(id, &wrapped)
            .ok_or_else(|| AccessError::Damaged(id.clone()))
    }
}

/// The stream that holds the record of every access to a data key: `access/<key>`.
pub fn access_stream(key: &KeyId) -> String {
    format!("access/{key}")
}

fn record(request: &AccessRequest, decision: &Decision) -> NewEntry {
    let mut facts = json!({
        "key": request.key.as_str(),
        "subject": request.subject,
        "parts": request.parts,
        "circumstances": request.circumstances,
    });
    let kind = match decision {
        Decision::Permit { policy } => {
            facts["policy"] = policy.as_str().into();
            "access.granted"
        }
        Decision::Refuse { policy, reason } => {
            facts["policy"] = policy.as_str().into();
            facts["reason"] = reason.as_str().into();
            "access.refused"
        }
    };
    NewEntry {
        stream: access_stream(&request.key),
        expect: Expect::Any,
        kind,
        actor: request.actor.clone(),
        purpose: request.purpose.clone(),
        facts,
        sealed: None,
    }
}
