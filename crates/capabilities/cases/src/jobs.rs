//! Work that follows: making PDFs, and deadlines that pass.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::task::JoinSet;
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Actor, NewBlob};
use wegfrei_model::{AuthorityId, CaseId, NoticeId};
use wegfrei_store::jobs::{self, Claim, Job};

use crate::deadline::{DeadlinePayload, OBJECTION_CLOSED, OBJECTION_DECIDED, OBJECTION_GRANTED, ObjectionPayload};
use crate::error::CaseError;
use crate::event::{BlobRef, Event};
use crate::file::{Act, Plan, commit};
use crate::moving::{MOVE, MovePayload};
use crate::outgoing::payments::{SUPERSEDED, SupersededPayload};
use crate::outgoing::print_run::{PRINT, PrintPayload};
use crate::outgoing::{MESSAGE, MessagePayload};
use crate::papers::sha256;
use crate::redecide::CARRIED_OUT;
use crate::retention::{RETENTION, RetentionPayload};
use crate::{Cases, context};

/// Job: make a notice's PDF.
pub(crate) const RENDER: &str = "notice.render";
/// Job: a deadline passes.
pub(crate) const DEADLINE: &str = "deadline";

/// A claimed job is this worker's for so long; PDFs take milliseconds, a slow disk seconds.
const LEASE: Duration = Duration::from_secs(60);
/// A lease this old, in microseconds, is renewed before the work begins: a letter may take twenty seconds.
const AGING: i64 = 20_000_000;
/// After so many failures a job waits for a person: with doubling pauses that is most of a day.
pub(crate) const ATTEMPTS: u32 = 20;
/// A worker that finds nothing asks again after so long, for jobs of other processes.
const IDLE: Duration = Duration::from_secs(30);
/// A worker whose database fails asks again after so long.
const PAUSE: Duration = Duration::from_secs(2);
/// Jobs claimed at once.
const BATCH: u32 = 16;

#[derive(Deserialize)]
struct RenderPayload {
    case: CaseId,
    notice: NoticeId,
}

impl Cases {
    /// Works on jobs until the future is dropped. Run one or more of these beside the server; they share the work by leases.
    pub async fn work(&self) {
        loop {
            match self.work_once().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => {
                    // Jobs that are due stay due, so waiting for one would be asking again at once.
                    tracing::warn!(%error, "jobs cannot be read; trying again");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            }
            let waited = jobs::wait(&self.inner.store, self.now().as_micros(), IDLE).await;
            if waited.is_err() {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Works on the jobs that are due now; returns how many there were.
    ///
    /// # Errors
    /// When the database cannot be read. A job that fails is tried again later and is no error here.
    pub async fn work_once(&self) -> Result<usize, CaseError> {
        let asked = self.now().as_micros();
        let claimed = jobs::claim(&self.inner.store, asked, LEASE, BATCH).await?;
        let count = claimed.len();
        // Messages wait for a mail server, at worst for as long as a lease: side by side, and nothing else waits for them.
        let (messages, others): (Vec<Job>, Vec<Job>) = claimed.into_iter().partition(|job| job.kind == MESSAGE);
        let mut sending = JoinSet::new();
        for job in messages {
            let cases = self.clone();
            sending.spawn(async move { cases.attempt(&job).await });
        }
        for job in &others {
            // The jobs of one claim wait for each other: slow letters before it must not cost a job its lease.
            let now = self.now().as_micros();
            if now.saturating_sub(asked) > AGING && !jobs::renew(&self.inner.store, &job.claim, now, LEASE).await? {
                continue;
            }
            self.attempt(job).await?;
        }
        while let Some(sent) = sending.join_next().await {
            sent.map_err(|error| CaseError::damaged("job", error))??;
        }
        Ok(count)
    }

    /// Works on one job; a failure is noted with the job, and only a database that cannot note it is an error.
    async fn attempt(&self, job: &Job) -> Result<(), CaseError> {
        if let Err(error) = self.run(job).await {
            tracing::warn!(job = %job.kind, attempt = job.claim.attempt, %error, "job failed");
            let reason = match &error {
                // Texts of packages may quote data; the variant is enough for the operator's list.
                CaseError::Package(_) => "package".to_owned(),
                other => other.to_string(),
            };
            jobs::fail(&self.inner.store, &job.claim, self.now().as_micros(), &reason).await?;
        }
        Ok(())
    }

    /// Ends a job that has nothing left to do.
    pub(crate) async fn drop_job(&self, done: Claim) -> Result<(), CaseError> {
        let mut tx = self.inner.store.begin().await?;
        // A claim that is no longer held is somebody else's job now.
        jobs::complete(&mut tx, &[done]).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn run(&self, job: &Job) -> Result<(), CaseError> {
        let damaged = |error: &dyn std::fmt::Display| CaseError::damaged("job", error);
        let authority = AuthorityId::parse(&job.claim.authority).map_err(|error| damaged(&error))?;
        let done = job.claim.clone();
        match job.kind.as_str() {
            RENDER => {
                let payload: RenderPayload = serde_json::from_str(&job.payload).map_err(|error| damaged(&error))?;
                self.render(authority, payload.case, payload.notice, done).await
            }
            DEADLINE => {
                let payload: DeadlinePayload = serde_json::from_str(&job.payload).map_err(|error| damaged(&error))?;
                self.deadline(authority, &payload, done).await
            }
            OBJECTION_CLOSED => {
                let payload: ObjectionPayload = serde_json::from_str(&job.payload).map_err(|error| damaged(&error))?;
                self.objection_closed(authority, &payload, done).await
            }
            OBJECTION_DECIDED | OBJECTION_GRANTED => {
                let payload: ObjectionPayload = serde_json::from_str(&job.payload).map_err(|error| damaged(&error))?;
                self.objection_decided(authority, &payload, done).await
            }
            CARRIED_OUT => {
                let payload: ObjectionPayload = serde_json::from_str(&job.payload).map_err(|error| damaged(&error))?;
                self.carried_out(authority, &payload, done).await
            }
            MESSAGE => {
                let payload: MessagePayload = serde_json::from_str(&job.payload).map_err(|error| damaged(&error))?;
                self.tell(authority, &payload, done).await
            }
            SUPERSEDED => {
                let payload: SupersededPayload = serde_json::from_str(&job.payload).map_err(|error| damaged(&error))?;
                self.supersede(authority, &payload, done).await
            }
            PRINT => {
                let payload: PrintPayload = serde_json::from_str(&job.payload).map_err(|error| damaged(&error))?;
                self.print(authority, &payload, done).await
            }
            MOVE => {
                let payload: MovePayload = serde_json::from_str(&job.payload).map_err(|error| damaged(&error))?;
                self.move_on(authority, &payload, done).await
            }
            RETENTION => {
                let payload: RetentionPayload = serde_json::from_str(&job.payload).map_err(|error| damaged(&error))?;
                self.end_keeping(authority, &payload, done).await
            }
            other => Err(CaseError::Damaged(format!("unknown job `{other}`"))),
        }
    }

    async fn render(
        &self,
        authority: AuthorityId,
        case: CaseId,
        notice: NoticeId,
        done: Claim,
    ) -> Result<(), CaseError> {
        let loaded = self.load(authority, case).await?;
        let state = &loaded.state;
        let known = state
            .notice(&notice)
            .ok_or_else(|| CaseError::story("job for an unknown notice"))?;
        let actor = Actor::system("notices");
        let access = self
            .access(&actor, authority, state, Action::RenderNotice, Purpose::NoticeRendering)
            .await?;
        let letter = loaded
            .sealed(known.entry)?
            .typed::<Value>(context(case, &format!("letter/{notice}")));
        let data = letter
            .open(&access)
            .map_err(|error| CaseError::damaged("letter", error))?;
        let (package, _) = self.package_of(authority, state)?;
        let pdf = self
            .typeset(
                Some(notice),
                authority,
                package,
                &known.template,
                data,
                known.issued_at.date(),
            )
            .await?;
        let sealing = self.inner.journal.sealing_key(authority, &state.key).await?;
        let stored = sealing
            .seal_raw(context(case, &format!("pdf/{notice}")), &pdf.bytes)
            .map_err(|error| CaseError::damaged("pdf", error))?
            .into_bytes();
        let id = format!("pdf/{notice}");
        let blobs = vec![BlobRef {
            id: id.clone(),
            sha256: sha256(stored.as_bytes()),
        }];
        let pages = u64::try_from(pdf.pages).unwrap_or(u64::MAX);
        let mut plan = Plan {
            blobs: vec![NewBlob { id, bytes: stored }],
            done_jobs: vec![done],
            ..Plan::default()
        };
        plan.push(Event::NoticeRendered {
            notice,
            pdf_sha256: sha256(&pdf.bytes),
            pages,
            blobs,
        });
        plan.jobs.extend(self.message_for(authority, state, known));
        let act = Act {
            actor: &actor,
            purpose: Purpose::NoticeRendering.german(),
            at: self.now(),
        };
        let (commit, _) = commit(authority, case, Some(state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }
}
