//! Deadlines that pass, and the end of an objection that lets one pass.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, Timestamp};
use wegfrei_process::{Input, Kind, Process};
use wegfrei_store::jobs::{Claim, NewJob, complete, enqueue};

use crate::contents::process_of;
use crate::contested::ObjectionResult;
use crate::error::CaseError;
use crate::event::{Event, What};
use crate::file::{Act, Plan, commit};
use crate::outgoing::message;
use crate::state::{COOPERATION, MISSED, OBJECTION, Phase, REMINDER};
use crate::{Cases, jobs};

/// Job: the case of an objection has ended.
pub(crate) const OBJECTION_CLOSED: &str = "objection.closed";
/// Job: an objection was decided on.
pub(crate) const OBJECTION_DECIDED: &str = "objection.decided";
/// The same job as versions wrote it that told of success only.
pub(crate) const OBJECTION_GRANTED: &str = "objection.granted";

/// A legal deadline's job comes so long after its end: what arrived in the last second is still being written then, and must find the
/// case waiting.
const GRACE: Duration = Duration::from_secs(10 * 60);

#[derive(Deserialize)]
pub(crate) struct DeadlinePayload {
    pub case: CaseId,
    pub element: String,
    /// The token that waits; jobs of earlier versions did not name it.
    #[serde(default)]
    pub token: Option<u64>,
}

#[derive(Deserialize)]
pub(crate) struct ObjectionPayload {
    /// The case whose notice was contested.
    pub case: CaseId,
    /// The objection's case.
    pub objection: CaseId,
    /// What came of it.
    #[serde(default)]
    pub result: Option<ObjectionResult>,
    /// What jobs of the kind [`OBJECTION_GRANTED`] say instead: it has succeeded, only in part or not.
    #[serde(default)]
    pub in_part: Option<bool>,
    /// How many decisions on the objection this one has replaced.
    #[serde(default)]
    pub replaced: usize,
}

impl ObjectionPayload {
    fn result(&self) -> Option<ObjectionResult> {
        self.result.or(self.in_part.map(ObjectionResult::granted))
    }
}

/// When the job of a deadline that ends at `due` comes.
pub(crate) fn comes(name: &str, due: Timestamp) -> Timestamp {
    if matches!(name, OBJECTION | COOPERATION) {
        due.saturating_add(GRACE)
    } else {
        due
    }
}

/// The job of a deadline. The token tells it from the same element's earlier rounds; `again` from an earlier job of the same token.
pub(crate) fn job(
    authority: AuthorityId,
    case: CaseId,
    element: &str,
    token: u64,
    run_after: Timestamp,
    again: &str,
) -> NewJob {
    NewJob {
        authority: authority.to_string(),
        id: format!("{}/{case}/{element}/{token}{again}", jobs::DEADLINE),
        kind: jobs::DEADLINE.to_owned(),
        payload: json!({ "case": case, "element": element, "token": token }).to_string(),
        run_after: run_after.as_micros(),
        max_attempts: jobs::ATTEMPTS,
    }
}

/// Whether the timer ends the task it hangs on.
fn interrupts(process: &Process, element: &str) -> bool {
    let kind = process.element(element).map(|element| &element.kind);
    matches!(kind, Some(Kind::Boundary { interrupting: true, .. }))
}

impl Cases {
    /// A deadline's time has come.
    pub(crate) async fn deadline(
        &self,
        authority: AuthorityId,
        payload: &DeadlinePayload,
        done: Claim,
    ) -> Result<(), CaseError> {
        let DeadlinePayload { case, element, token } = payload;
        let loaded = self.load(authority, *case).await?;
        let state = &loaded.state;
        let process = process_of(state)?;
        let waiting = process
            .timers()
            .find(|timer| timer.element == *element && token.is_none_or(|token| token == timer.token));
        let Some(timer) = waiting.filter(|_| state.phase == Phase::Running) else {
            return self.drop_job(done).await;
        };
        let legal = state
            .deadlines
            .iter()
            .find(|deadline| deadline.runs() && deadline.element == *element);
        if legal.is_some_and(|deadline| deadline.name == OBJECTION) && state.is_contested() {
            // The notice is contested: the end of the objection's case sets this going again.
            return self.drop_job(done).await;
        }
        if let Some(deadline) = legal.filter(|deadline| deadline.due > self.now()) {
            // Set anew with a later end, which has a job of its own; or the clock went back, and this was the only one.
            let again = format!("/{}", self.now().as_micros());
            let due = comes(&deadline.name, deadline.due);
            let mut tx = self.inner.store.begin().await?;
            enqueue(&mut tx, &[job(authority, *case, element, timer.token, due, &again)]).await?;
            complete(&mut tx, &[done]).await?;
            tx.commit().await?;
            return Ok(());
        }
        let (package, adoption) = self.package_of(authority, state)?;
        if legal.is_some_and(|deadline| !state.has_begun(deadline)) {
            // Nobody was told of the letter yet, so no period it sets may end. Telling sets it anew and brings its own job.
            return self.drop_job(done).await;
        }
        let input = Input::TimerFired {
            element: element.clone(),
            token: timer.token,
        };
        let result = if interrupts(package.process(), element) {
            Some(MISSED)
        } else {
            state.result
        };
        let opened = self
            .opened_by_platform("deadlines", authority, &loaded, (&process, &input), result)
            .await?;
        let sealing = self.inner.journal.sealing_key(authority, &state.key).await?;
        let mut plan = Plan {
            done_jobs: vec![done],
            ..Plan::default()
        };
        plan.push(Event::DeadlinePassed {
            element: element.clone(),
        });
        let mut runner = self.runner(authority, (package, adoption), &sealing, state, opened, "deadline");
        runner.result = result;
        runner.passed = legal.map(|deadline| (element.clone(), deadline.due));
        runner.step(&process, &input, &mut plan)?;
        if legal.is_some_and(|deadline| deadline.name == REMINDER) && runner.letters.is_empty() {
            plan.jobs
                .extend(message::alone(authority, state, What::Reminder, self.now()));
        }
        let actor = Actor::system("deadlines");
        let act = Act {
            actor: &actor,
            purpose: Purpose::ProcessStep.german(),
            at: self.now(),
        };
        let (commit, _) = commit(authority, *case, Some(state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }

    /// An objection was decided on: the case it contested says what came of it. Its decision and payments stay as they are; after a success
    /// until a person changes them: the objection's case stays open with that task.
    pub(crate) async fn objection_decided(
        &self,
        authority: AuthorityId,
        payload: &ObjectionPayload,
        done: Claim,
    ) -> Result<(), CaseError> {
        let loaded = self.load(authority, payload.case).await?;
        let state = &loaded.state;
        let known = state.objections.iter().find(|known| known.case == payload.objection);
        let told = known.is_none_or(|known| known.result.map(|(result, _)| result) == payload.result());
        // The decision was taken back before it was told, or another one has taken its place.
        let objection = self.load(authority, payload.objection).await?.state;
        let counts = objection.reopened.is_none() && objection.replaced.len() == payload.replaced;
        let Some(result) = payload.result().filter(|_| !told && counts) else {
            return self.drop_job(done).await;
        };
        let case = payload.objection;
        let mut plan = Plan {
            done_jobs: vec![done],
            ..Plan::default()
        };
        plan.push(match result {
            ObjectionResult::Refused => Event::ObjectionRefused { case },
            granted => Event::ObjectionGranted {
                case,
                in_part: granted.is_refused(),
            },
        });
        let actor = Actor::system("deadlines");
        let act = Act {
            actor: &actor,
            purpose: Purpose::ProcessStep.german(),
            at: self.now(),
        };
        let (commit, _) = commit(authority, payload.case, Some(state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }

    /// The case of an objection has ended: the case it contested goes on, and its deadline may pass.
    pub(crate) async fn objection_closed(
        &self,
        authority: AuthorityId,
        payload: &ObjectionPayload,
        done: Claim,
    ) -> Result<(), CaseError> {
        let loaded = self.load(authority, payload.case).await?;
        let state = &loaded.state;
        let open = state
            .objections
            .iter()
            .any(|o| o.case == payload.objection && o.closed_at.is_none());
        if !open {
            return self.drop_job(done).await;
        }
        let process = process_of(state)?;
        let mut plan = Plan {
            done_jobs: vec![done],
            ..Plan::default()
        };
        let objection = self.load(authority, payload.objection).await?.state;
        plan.push(Event::ObjectionClosed {
            case: payload.objection,
            withdrawn: objection.withdrawn_at.is_some(),
        });
        let waits = state
            .deadlines
            .iter()
            .filter(|deadline| deadline.runs() && deadline.name == OBJECTION);
        for deadline in waits {
            let timer = process.timers().find(|timer| timer.element == deadline.element);
            if let Some(timer) = timer {
                let again = format!("/{}", payload.objection);
                let due = comes(&deadline.name, deadline.due).max(self.now());
                plan.jobs.push(job(
                    authority,
                    payload.case,
                    &deadline.element,
                    timer.token,
                    due,
                    &again,
                ));
            }
        }
        let actor = Actor::system("deadlines");
        let act = Act {
            actor: &actor,
            purpose: Purpose::ProcessStep.german(),
            at: self.now(),
        };
        let (commit, _) = commit(authority, payload.case, Some(state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }
}
