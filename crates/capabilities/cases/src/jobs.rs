//! Work that follows: making PDFs, and deadlines that pass.

use std::sync::PoisonError;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Actor, NewBlob};
use wegfrei_model::text::Language;
use wegfrei_model::{AuthorityId, CaseId, NoticeId};
use wegfrei_notices::{Meta, Pdf};
use wegfrei_process::{Input, State};
use wegfrei_store::jobs::{self, Claim, Job};

use crate::advance::Runner;
use crate::error::CaseError;
use crate::event::{BlobRef, Event};
use crate::file::{Act, Plan, commit};
use crate::outgoing::{MESSAGE, MessagePayload, period};
use crate::papers::sha256;
use crate::retention::{RETENTION, RetentionPayload};
use crate::{Cases, context};

/// Job: make a notice's PDF.
pub(crate) const RENDER: &str = "notice.render";
/// Job: a deadline passes.
pub(crate) const DEADLINE: &str = "deadline";

/// A claimed job is this worker's for so long; PDFs take milliseconds, a slow disk seconds.
const LEASE: Duration = Duration::from_secs(60);
/// A letter takes a twentieth of a second; one that takes so long has no end. Below the lease, so that nobody else tries it meanwhile.
const RENDER_TIME: Duration = Duration::from_secs(20);
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

#[derive(Deserialize)]
struct DeadlinePayload {
    case: CaseId,
    element: String,
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
        let claimed = jobs::claim(&self.inner.store, self.now().as_micros(), LEASE, BATCH).await?;
        let count = claimed.len();
        // Messages wait for a mail server, at worst for as long as a lease: side by side, and nothing else waits for them.
        let (messages, others): (Vec<Job>, Vec<Job>) = claimed.into_iter().partition(|job| job.kind == MESSAGE);
        let mut sending = JoinSet::new();
        for job in messages {
            let cases = self.clone();
            sending.spawn(async move { cases.attempt(&job).await });
        }
        for job in &others {
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
                self.deadline(authority, payload.case, &payload.element, done).await
            }
            MESSAGE => {
                let payload: MessagePayload = serde_json::from_str(&job.payload).map_err(|error| damaged(&error))?;
                self.tell(authority, &payload, done).await
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
        let template = package
            .template(&known.template)
            .ok_or_else(|| CaseError::Package(format!("template `{}` is missing", known.template)))?
            .to_owned();
        let authority_name = self.inner.catalogue.authority(authority).map(|known| known.full_name());
        let meta = Meta {
            title: package.name().to_owned(),
            language: Language::De,
            author: authority_name.unwrap_or_default(),
            date: known.issued_at.date(),
        };
        let pdf = self.typeset(notice, template, data, meta).await?;
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

    /// Sets a letter in a thread of its own: Typst cannot be interrupted, and a letter without end must not stop the worker. Such a thread is
    /// left behind, once for each letter, and ends with the process.
    async fn typeset(&self, notice: NoticeId, template: String, data: Value, meta: Meta) -> Result<Pdf, CaseError> {
        let endless = || CaseError::Package(format!("the letter is not set after {} seconds", RENDER_TIME.as_secs()));
        let hung = |remember: bool| {
            let mut hung = self.inner.hung.lock().unwrap_or_else(PoisonError::into_inner);
            hung.contains(&notice) || (remember && hung.insert(notice))
        };
        if hung(false) {
            return Err(endless());
        }
        let (done, setting) = oneshot::channel();
        let typesetter = self.inner.typesetter.clone();
        std::thread::Builder::new()
            .name("typesetter".to_owned())
            // A receiver that has gone away does not mind.
            .spawn(move || drop(done.send(typesetter.render(&template, &data, &meta))))
            .map_err(|error| CaseError::Unavailable(error.to_string()))?;
        match tokio::time::timeout(RENDER_TIME, setting).await {
            Ok(Ok(set)) => set.map_err(|error| CaseError::Package(error.to_string())),
            Ok(Err(_)) => Err(CaseError::story("the typesetter ended without an answer")),
            Err(_) => {
                hung(true);
                Err(endless())
            }
        }
    }

    async fn deadline(
        &self,
        authority: AuthorityId,
        case: CaseId,
        element: &str,
        done: Claim,
    ) -> Result<(), CaseError> {
        let loaded = self.load(authority, case).await?;
        let state = &loaded.state;
        let running = state
            .deadlines
            .iter()
            .find(|known| known.element == element && !known.passed);
        let Some(running) = running.filter(|known| known.due <= self.now()) else {
            // Passed or cancelled already, or set anew with a later end, which has a job of its own.
            return self.drop_job(done).await;
        };
        let (package, adoption) = self.package_of(authority, state)?;
        if running.name == period::OBJECTION && !period::has_begun(state, package) {
            // Nobody was told of the notice yet, so no period against it may end. Telling sets it anew and brings its own job.
            return self.drop_job(done).await;
        }
        let actor = Actor::system("deadlines");
        let act = Act {
            actor: &actor,
            purpose: Purpose::ProcessStep.german(),
            at: self.now(),
        };
        let process: State = state
            .process
            .clone()
            .ok_or_else(|| CaseError::story("deadline without a process"))
            .and_then(|stored| serde_json::from_value(stored).map_err(|e| CaseError::damaged("process", e)))?;
        let Some(timer) = process.timers.iter().find(|timer| timer.element == element) else {
            return Err(CaseError::story("the process does not wait for this deadline"));
        };
        let sealing = self.inner.journal.sealing_key(authority, &state.key).await?;
        let reference = state.reference.clone().unwrap_or_default();
        let mut plan = Plan {
            done_jobs: vec![done],
            ..Plan::default()
        };
        plan.push(Event::DeadlinePassed {
            element: element.to_owned(),
        });
        let runner = Runner {
            catalogue: &self.inner.catalogue,
            package,
            adoption,
            ambient: &self.inner.ambient,
            sealing: &sealing,
            authority,
            case,
            reference: &reference,
            check_url: &self.inner.check_url,
            now: self.now(),
            stage: "deadline",
            // A deadline passes without anybody's data: a model that decides after one needs a task before it.
            application: &Value::Null,
            facts: Value::Null,
            correction: None,
            decision: None,
        };
        let input = Input::TimerFired {
            element: element.to_owned(),
            token: timer.token,
        };
        runner.step(&process, &input, &mut plan)?;
        let (commit, _) = commit(authority, case, Some(state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }
}
