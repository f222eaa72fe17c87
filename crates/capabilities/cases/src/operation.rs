//! How the machine is doing, for the operator: numbers, kinds and reasons; no personal data, no case.

use serde::Serialize;
use wegfrei_identity::Action;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, Timestamp};
use wegfrei_store::jobs::{self, DeadJob, Queue};

use crate::Cases;
use crate::error::CaseError;

/// Dead jobs shown.
const MOST_DEAD: u32 = 200;

/// The machine's figures.
#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    /// Database engine: `SQLite` or `PostgreSQL`.
    pub engine: String,
    /// Bytes the database takes on disk.
    pub database_bytes: u64,
    /// Each authority's journal and its entries.
    pub journals: Vec<(AuthorityId, u64)>,
    /// Jobs by kind.
    pub queues: Vec<QueueLine>,
    /// Jobs that failed too often and wait for somebody, at most 200.
    pub dead: Vec<DeadLine>,
}

/// Jobs of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct QueueLine {
    /// For example `notice.render`.
    pub kind: String,
    /// To be done now.
    pub due: u64,
    /// For later, or under way.
    pub later: u64,
    /// Failed too often.
    pub dead: u64,
    /// Since when the oldest one to be done now waits.
    pub oldest: Option<Timestamp>,
}

/// A dead job.
#[derive(Clone, Debug, Serialize)]
pub struct DeadLine {
    /// Whose.
    pub authority: String,
    /// Names it, for [`Cases::retry_job`].
    pub id: String,
    /// What was to be done.
    pub kind: String,
    /// How often it was tried.
    pub attempts: u64,
    /// Why it failed last.
    pub reason: String,
}

impl From<DeadJob> for DeadLine {
    fn from(job: DeadJob) -> Self {
        DeadLine {
            authority: job.authority,
            id: job.id,
            kind: job.kind,
            attempts: u64::try_from(job.attempts).unwrap_or_default(),
            reason: job.last_failure.unwrap_or_default(),
        }
    }
}

impl From<Queue> for QueueLine {
    fn from(queue: Queue) -> Self {
        let count = |n: i64| u64::try_from(n).unwrap_or_default();
        QueueLine {
            kind: queue.kind,
            due: count(queue.due),
            later: count(queue.later),
            dead: count(queue.dead),
            oldest: queue.oldest.and_then(|micros| Timestamp::from_micros(micros).ok()),
        }
    }
}

impl Cases {
    /// The machine's figures over all authorities: it is one machine.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for everybody but operators.
    pub async fn operation(&self, actor: &Actor) -> Result<Operation, CaseError> {
        let me = self.official(actor)?;
        self.may(actor, Action::ReadOperation, me.authority)?;
        let store = &self.inner.store;
        let heads = store
            .fetch("SELECT authority, size FROM journal_head ORDER BY authority", &[])
            .await?;
        let mut journals = Vec::with_capacity(heads.len());
        for head in &heads {
            journals.push((
                crate::mine::authority_of(head)?,
                u64::try_from(head.int("size")?).unwrap_or_default(),
            ));
        }
        let queues = jobs::queues(store, self.now().as_micros()).await?;
        let dead = jobs::all_dead(store, MOST_DEAD).await?;
        Ok(Operation {
            engine: store.engine().to_string(),
            database_bytes: store.size().await?,
            journals,
            queues: queues.into_iter().map(QueueLine::from).collect(),
            dead: dead.into_iter().map(DeadLine::from).collect(),
        })
    }

    /// Lets a dead job run again now, with as many attempts as it had.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for everybody but operators; [`CaseError::NotFound`] when there is no such dead job.
    pub async fn retry_job(&self, actor: &Actor, authority: AuthorityId, id: &str) -> Result<(), CaseError> {
        let me = self.official(actor)?;
        self.may(actor, Action::RetryJob, me.authority)?;
        let mut tx = self.inner.store.begin().await?;
        let known = jobs::revive(&mut tx, authority.as_str(), id, self.now().as_micros()).await?;
        tx.commit().await?;
        if known { Ok(()) } else { Err(CaseError::NotFound) }
    }
}
