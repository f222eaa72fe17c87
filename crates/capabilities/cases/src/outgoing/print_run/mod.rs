//! Print runs: everything that waits in the outbox, in a few files for a printer; and the day of posting of all of it at once. The work
//! is done by jobs, one file after the other, so that memory stays flat and a restart goes on where it was.

mod event;
mod made;
mod noted;
mod seen;
mod state;
pub(crate) mod table;

use serde::Deserialize;
use serde_json::json;
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Actor, Commit, CommitError, Expect, KeyId, NewEntry, diff};
use wegfrei_model::{AuthorityId, Date, Timestamp};
use wegfrei_store::Value as Sql;
use wegfrei_store::jobs::{self, Claim, NewJob};

use super::outbox::{NO_OUTBOX, each};
use crate::Cases;
use crate::error::CaseError;
use crate::jobs::ATTEMPTS;

use event::RunEvent;
use state::Run;

pub use event::LeftOver;
pub use seen::{PrintFileView, PrintRunLine, PrintRunView, PrintedLeftOver};
pub use state::PrintStanding;
pub use table::PrintRunProjection;

/// Job: the next step of a print run.
pub(crate) const PRINT: &str = "print";

/// Most documents of one run; what is left waits for the next.
pub const MOST_PRINTED: u64 = 10_000;

/// A file holds at most so many sheets, or one envelope: what a printer takes at once, and what memory holds.
pub const MOST_SHEETS: u64 = 300;

/// Files are kept for so many days after the last thing that happened to their run.
const KEPT_DAYS: u64 = 14;

/// What the job of a print run names.
#[derive(Deserialize)]
pub(crate) struct PrintPayload {
    run: u64,
}

/// The stream of a run.
fn name(run: u64) -> String {
    format!("print-run/{run}")
}

/// The data key and the stored bytes of one file, from 1.
fn file_name(run: u64, file: usize) -> String {
    format!("print-run/{run}/{file}")
}

fn file_key(run: u64, file: usize) -> Result<KeyId, CaseError> {
    KeyId::parse(&file_name(run, file)).map_err(damaged)
}

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("print run", error)
}

/// The first moment at which a run's files need not be kept any more.
fn kept_until(changed_at: Timestamp) -> Timestamp {
    changed_at.saturating_add(std::time::Duration::from_secs(KEPT_DAYS * 24 * 3600))
}

/// The job of the step after this version of a run.
fn step_job(authority: AuthorityId, run: &Run) -> NewJob {
    NewJob {
        authority: authority.to_string(),
        id: format!("{PRINT}/{}/{}", run.number, run.version),
        kind: PRINT.to_owned(),
        payload: json!({ "run": run.number }).to_string(),
        run_after: 0,
        max_attempts: ATTEMPTS,
    }
}

/// Envelopes that wait and are in no print file that still counts, after one of them and made by a moment; of one service, or of all.
pub(super) const UNPRINTED: &str = concat!(
    "SELECT d.since, d.case_id, COUNT(*) AS documents FROM dispatch d \
     WHERE d.authority = $1 AND d.state = 'to-post' AND (d.since > $2 OR (d.since = $2 AND d.case_id > $3)) AND d.since <= $4 \
     AND ($5 = '' OR d.service = $5) AND NOT EXISTS (SELECT 1 FROM print_envelope p WHERE p.authority = d.authority \
     AND p.case_id = d.case_id AND p.since = d.since AND p.state IN ",
    table::held!(),
    ") GROUP BY d.since, d.case_id ORDER BY d.since, d.case_id LIMIT $6"
);

/// An envelope that waits: when it was issued, its case, its documents.
type Waiting = (i64, String, u64);

impl Cases {
    /// Starts a print run over everything that waits in the asking person's outbox and is in no other run, at most 10,000 documents. Its
    /// files, of at most so many sheets (from 1 to [`MOST_SHEETS`]), are made by jobs; each letter is opened under a record of its own
    /// (purpose `dispatch`). Returns the run's number.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for roles that post nothing; [`CaseError::Input`] when nothing waits, or another run is in the making.
    pub async fn start_print_run(&self, actor: &Actor, sheets: u64) -> Result<u64, CaseError> {
        let authority = self.office_for(actor, Action::Post, NO_OUTBOX)?;
        let sql = "SELECT run, state FROM print_run WHERE authority = $1 ORDER BY run DESC LIMIT 1";
        let last = self.inner.store.fetch(sql, &[Sql::Text(authority.to_string())]).await?;
        let mut number = 1;
        if let Some(row) = last.first() {
            // Two runs that choose at the same time would choose the same letters.
            if row.text("state")? == PrintStanding::Making.code() {
                return Err(busy());
            }
            number = u64::try_from(row.int("run")?).map_err(damaged)? + 1;
        }
        let services = self.official(actor)?.services.clone();
        let waiting = self
            .unprinted(authority, &services, (i64::MIN, ""), self.now(), MOST_PRINTED)
            .await?;
        let documents: u64 = waiting.iter().map(|(.., documents)| documents).sum();
        if documents == 0 {
            return Err(CaseError::Input(
                "Zurzeit wartet kein Brief, der nicht schon in einem Drucklauf ist.".to_owned(),
            ));
        }
        let event = RunEvent::Started {
            services,
            documents: documents.min(MOST_PRINTED),
            sheets: sheets.clamp(1, MOST_SHEETS),
        };
        let at = self.now();
        let run = Run::apply(None, number, at, actor, event.clone())?;
        let mut commit = Commit::one(authority, entry(None, number, at, actor, &event)?);
        commit.rows = diff(&[], &table::rows(authority.as_str(), &run));
        commit.jobs = vec![
            step_job(authority, &run),
            crate::retention::print_job(authority, number, kept_until(at)),
        ];
        match self.inner.journal.commit(commit).await {
            Ok(_) => Ok(number),
            Err(CommitError::Conflict { .. }) => Err(busy()),
            Err(other) => Err(other.into()),
        }
    }

    /// Notes for all envelopes of a run that they were given to the post on a day, as [`Cases::mark_posted`] does for one; by a job. What
    /// has gone out meanwhile, need not go any more, or is served with a certificate is left out, and the run says so.
    ///
    /// # Errors
    /// [`CaseError::Input`] for a day in the future or before the run; [`CaseError::Stale`] when it is posted already, still in the making,
    /// or over; [`CaseError::Refused`] outside one's competence.
    pub async fn post_print_run(&self, actor: &Actor, number: u64, on: Date) -> Result<(), CaseError> {
        let (authority, run) = self.own_run(actor, number).await?;
        if on > self.now().date() {
            return Err(CaseError::Input(
                "Der Tag der Aufgabe zur Post liegt in der Zukunft.".to_owned(),
            ));
        }
        if on < run.started_at.date() {
            return Err(CaseError::Input(format!(
                "Der Drucklauf ist erst am {} entstanden. Bitte geben Sie einen späteren Tag an.",
                wegfrei_model::time::german_date(run.started_at.date())
            )));
        }
        if run.standing != PrintStanding::Made || run.files.is_empty() {
            return Err(CaseError::Stale);
        }
        self.then(authority, actor, run, RunEvent::Posting { on }).await
    }

    /// Takes the day of posting of a run back, as [`Cases::recall_posted`] does for one envelope; by a job. What cannot be taken back any
    /// more stays noted, and the run says so.
    ///
    /// # Errors
    /// [`CaseError::Stale`] when the run is not posted; [`CaseError::Refused`] outside one's competence.
    pub async fn recall_print_run(&self, actor: &Actor, number: u64) -> Result<(), CaseError> {
        let (authority, run) = self.own_run(actor, number).await?;
        if run.standing != PrintStanding::Posted {
            return Err(CaseError::Stale);
        }
        self.then(authority, actor, run, RunEvent::Recalling {}).await
    }

    /// Gives a run up that was not posted: its files' keys are destroyed at once, and its letters wait for another run.
    ///
    /// # Errors
    /// [`CaseError::Stale`] when it is posted or over; [`CaseError::Refused`] outside one's competence.
    pub async fn discard_print_run(&self, actor: &Actor, number: u64) -> Result<(), CaseError> {
        let (authority, run) = self.own_run(actor, number).await?;
        if !matches!(run.standing, PrintStanding::Making | PrintStanding::Made) {
            return Err(CaseError::Stale);
        }
        self.end_run(authority, actor, run, None).await
    }

    /// Lets the job of a run's next step, which has failed for good, run again.
    ///
    /// # Errors
    /// [`CaseError::Stale`] when it goes on by itself, or is over; [`CaseError::Refused`] outside one's competence.
    pub async fn retry_print_run(&self, actor: &Actor, number: u64) -> Result<(), CaseError> {
        let (authority, run) = self.own_run(actor, number).await?;
        let step = step_job(authority, &run).id;
        let mut tx = self.inner.store.begin().await?;
        let revived = jobs::revive(&mut tx, authority.as_str(), &step, self.now().as_micros()).await?;
        tx.commit().await?;
        if revived { Ok(()) } else { Err(CaseError::Stale) }
    }

    /// A run the asking person may work on: of their authority, and of their services.
    async fn own_run(&self, actor: &Actor, number: u64) -> Result<(AuthorityId, Run), CaseError> {
        let authority = self.office_for(actor, Action::Post, NO_OUTBOX)?;
        let run = self.print_run_of(authority, number).await?.ok_or(CaseError::NotFound)?;
        if self.is_theirs(actor, &run)? {
            Ok((authority, run))
        } else {
            Err(CaseError::Refused(
                "Dieser Drucklauf gehört nicht zu Ihren Aufgaben.".to_owned(),
            ))
        }
    }

    /// Who has a service scope works on runs that hold nothing else. What a run over all services will hold is not known while it is made.
    fn is_theirs(&self, actor: &Actor, run: &Run) -> Result<bool, CaseError> {
        let mine = &self.official(actor)?.services;
        let within =
            |services: &[String]| !services.is_empty() && services.iter().all(|service| mine.contains(service));
        let made = run.standing != PrintStanding::Making && !run.files.is_empty();
        let files = || run.files.iter().all(|file| within(&file.services));
        Ok(mine.is_empty() || within(&run.services) || (made && files()))
    }

    async fn print_run_of(&self, authority: AuthorityId, number: u64) -> Result<Option<Run>, CaseError> {
        let entries = self.inner.journal.stream(&authority, &name(number)).await?;
        Run::fold(number, &entries)
    }

    /// Envelopes that wait and are in no run, the oldest first, of so many documents or a little less.
    async fn unprinted(
        &self,
        authority: AuthorityId,
        services: &[String],
        (since, case): (i64, &str),
        until: Timestamp,
        documents: u64,
    ) -> Result<Vec<Waiting>, CaseError> {
        let mut waiting: Vec<Waiting> = Vec::new();
        for service in each(services) {
            let values = [
                Sql::Text(authority.to_string()),
                Sql::Int(since),
                Sql::Text(case.to_owned()),
                Sql::Int(until.as_micros()),
                Sql::Text(service),
                Sql::Int(i64::try_from(documents).unwrap_or(i64::MAX)),
            ];
            for row in self.inner.store.fetch(UNPRINTED, &values).await? {
                let documents = u64::try_from(row.int("documents")?).map_err(damaged)?;
                waiting.push((row.int("since")?, row.text("case_id")?.to_owned(), documents));
            }
        }
        waiting.sort();
        let mut left = documents;
        let fits = waiting.iter().take_while(|(.., documents)| {
            let fits = *documents <= left;
            left = left.saturating_sub(*documents);
            fits
        });
        let fits = fits.count();
        waiting.truncate(fits);
        Ok(waiting)
    }

    /// Writes one event of a run and the job of its next step.
    async fn then(&self, authority: AuthorityId, actor: &Actor, run: Run, event: RunEvent) -> Result<(), CaseError> {
        let (mut commit, after) = self.written(authority, actor, &run, vec![event])?;
        commit.jobs.push(step_job(authority, &after));
        self.inner.journal.commit(commit).await?;
        Ok(())
    }

    /// Events of a run, with the rows that follow from them.
    fn written(
        &self,
        authority: AuthorityId,
        actor: &Actor,
        run: &Run,
        events: Vec<RunEvent>,
    ) -> Result<(Commit, Run), CaseError> {
        let at = self.now();
        let (mut after, mut entries) = (run.clone(), Vec::with_capacity(events.len()));
        for event in events {
            entries.push(entry(Some(&after), run.number, at, actor, &event)?);
            after = Run::apply(Some(after), run.number, at, actor, event)?;
        }
        let mut commit = Commit::many(authority, entries);
        let (before, now) = (
            table::rows(authority.as_str(), run),
            table::rows(authority.as_str(), &after),
        );
        commit.rows = diff(&before, &now);
        Ok((commit, after))
    }

    /// The next step of a run: one file made, noted or taken back.
    pub(crate) async fn print(
        &self,
        authority: AuthorityId,
        payload: &PrintPayload,
        done: Claim,
    ) -> Result<(), CaseError> {
        let run = self.print_run_of(authority, payload.run).await?;
        let run = run.ok_or_else(|| CaseError::story("a job for an unknown print run"))?;
        // A job of a step that was done before, by somebody whose lease had ended.
        if done.id != step_job(authority, &run).id {
            return self.drop_job(done).await;
        }
        match run.standing {
            PrintStanding::Making => self.make_file(authority, run, done).await,
            PrintStanding::Posting | PrintStanding::Recalling => self.note_file(authority, run, done).await,
            PrintStanding::Made | PrintStanding::Posted | PrintStanding::Erased => self.drop_job(done).await,
        }
    }

    /// Ends the keeping of a run's files, or finds that they are kept longer. A run that is stuck in the middle ends too: its keys are not
    /// kept for a job that nobody has looked at for two weeks.
    pub(crate) async fn end_print_run(
        &self,
        authority: AuthorityId,
        number: u64,
        done: Claim,
    ) -> Result<(), CaseError> {
        let run = self.print_run_of(authority, number).await?;
        let run = run.ok_or_else(|| CaseError::story("a job for an unknown print run"))?;
        if run.standing == PrintStanding::Erased {
            return self.drop_job(done).await;
        }
        let until = kept_until(run.changed_at);
        if until > self.now() {
            let mut tx = self.inner.store.begin().await?;
            jobs::enqueue(&mut tx, &[crate::retention::print_job(authority, number, until)]).await?;
            jobs::complete(&mut tx, &[done]).await?;
            tx.commit().await?;
            return Ok(());
        }
        self.end_run(authority, &Actor::system("retention"), run, Some(done))
            .await
    }

    async fn end_run(
        &self,
        authority: AuthorityId,
        actor: &Actor,
        run: Run,
        done: Option<Claim>,
    ) -> Result<(), CaseError> {
        let (mut commit, _) = self.written(authority, actor, &run, vec![RunEvent::Erased {}])?;
        if done.is_some() {
            for entry in &mut commit.entries {
                crate::retention::PURPOSE.clone_into(&mut entry.purpose);
            }
        }
        for file in 1..=run.files.len() {
            commit.destroy.push(file_key(run.number, file)?);
            commit.dropped.push(file_name(run.number, file));
        }
        commit.done_jobs.extend(done);
        self.inner.journal.commit(commit).await?;
        Ok(())
    }
}

fn entry(
    before: Option<&Run>,
    number: u64,
    at: Timestamp,
    actor: &Actor,
    event: &RunEvent,
) -> Result<NewEntry, CaseError> {
    Ok(NewEntry {
        stream: name(number),
        expect: Expect::Version(before.map_or(0, |run| run.version)),
        kind: event.kind(),
        actor: actor.clone(),
        purpose: Purpose::Dispatch.german().to_owned(),
        facts: event.facts(at)?,
        sealed: None,
    })
}

fn busy() -> CaseError {
    CaseError::Input(
        "Es entsteht gerade ein anderer Drucklauf. Bitte warten Sie, bis seine Dateien fertig sind.".to_owned(),
    )
}
