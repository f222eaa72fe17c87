//! Deciding anew after an objection has succeeded (§ 72 VwGO): the first case goes back to its review, and its new notice replaces the
//! contested one.

use wegfrei_identity::{Action, Purpose, Resource};
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId};
use wegfrei_process::{Input, Work};
use wegfrei_store::jobs::Claim;

use crate::Cases;
use crate::advance::Opened;
use crate::contents::process_of;
use crate::deadline::ObjectionPayload;
use crate::error::CaseError;
use crate::event::{Event, VerdictKind};
use crate::file::{Act, Plan, commit};
use crate::state::{CaseState, Objection, Phase, Task};
use crate::task::{VerdictRecord, Weighed, completed};

/// Job: a new decision has carried out what an objection was granted.
pub(crate) const CARRIED_OUT: &str = "objection.carried-out";

/// What the objection's file says about it.
const CARRIED_OUT_WORDS: &str = "Der erste Bescheid ist durch einen neuen Bescheid ersetzt.";

/// The task of an objection that waits for the first decision to be changed: work after its own decision went out.
fn to_do(objection: &CaseState) -> Option<&Task> {
    let mut tasks = objection.tasks.iter();
    tasks
        .find(|task| task.is_open() && task.work == Work::Review)
        .filter(|_| objection.phase == Phase::Running && objection.is_decided())
}

impl Cases {
    /// Begins to decide a case anew because an objection to its notice has succeeded: it goes back to the review its process marks, and
    /// the task is the asking person's. From there everything is as in a first decision: corrections, preview, four eyes.
    ///
    /// # Errors
    /// [`CaseError::Refused`] (recorded) for anybody but a caseworker of the authority; [`CaseError::Stale`] when it was begun already;
    /// [`CaseError::Verdict`] when no objection waits for it, or the service's process does not know it.
    pub async fn redecide(
        &self,
        actor: &Actor,
        purpose: Purpose,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<(), CaseError> {
        let loaded = self.load(authority, case).await?;
        let state = &loaded.state;
        self.access(actor, authority, state, Action::Decide, purpose).await?;
        if state.reopened.is_some() {
            return Err(CaseError::Stale);
        }
        let Some(objection) = self.to_carry_out(authority, state).await? else {
            return Err(CaseError::Verdict(
                "Hier ist nichts neu zu entscheiden: Kein Widerspruch wartet darauf, dass der Bescheid geändert wird."
                    .to_owned(),
            ));
        };
        let process = process_of(state)?;
        let sealing = self.inner.journal.sealing_key(authority, &state.key).await?;
        let offer = self.package_of(authority, state)?;
        let mut plan = Plan::default();
        plan.push(Event::DecisionReopened {
            objection: objection.case,
            notice: objection.notice,
        });
        let mut runner = self.runner(authority, offer, &sealing, state, Opened::default(), "task");
        runner.step(&process, &Input::Reenter, &mut plan)?;
        if let (Some((task, ..)), Actor::Staff { id, .. }) = (runner.tasks.last(), actor) {
            plan.push(Event::TaskAssigned {
                task: *task,
                to: Some(id.clone()),
            });
        }
        let act = Act {
            actor,
            purpose: purpose.german(),
            at: self.now(),
        };
        let (commit, _) = commit(authority, case, Some(state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }

    /// Whether [`Cases::redecide`] is possible, and this person's.
    pub(crate) async fn redecidable(
        &self,
        actor: &Actor,
        purpose: Purpose,
        authority: AuthorityId,
        state: &CaseState,
    ) -> Result<bool, CaseError> {
        let resource = Resource::Case {
            authority,
            subject: state.person,
            submitted: state.submitted_at.is_some(),
            service: state.service.clone(),
            helpers: Vec::new(),
            held: false,
        };
        let ruling = self
            .inner
            .policies
            .decide(actor, Action::Decide, &resource, Some(purpose.code()));
        Ok(ruling.permits() && self.to_carry_out(authority, state).await?.is_some())
    }

    /// The objection whose success is still to be carried out here.
    async fn to_carry_out<'s>(
        &self,
        authority: AuthorityId,
        state: &'s CaseState,
    ) -> Result<Option<&'s Objection>, CaseError> {
        let granted = |known: &&Objection| {
            known.granted.is_some() && known.closed_at.is_none() && !state.has_carried_out(known.case)
        };
        let Some(known) = state.objections.iter().find(granted) else {
            return Ok(None);
        };
        let (package, _) = self.package_of(authority, state)?;
        if state.phase != Phase::Running || state.reopened.is_some() || package.process().reentry().is_none() {
            return Ok(None);
        }
        let objection = self.load(authority, known.case).await?;
        Ok(to_do(&objection.state).map(|_| known))
    }

    /// The new decision went out: the objection's task is done.
    pub(crate) async fn carried_out(
        &self,
        authority: AuthorityId,
        payload: &ObjectionPayload,
        done: Claim,
    ) -> Result<(), CaseError> {
        let loaded = self.load(authority, payload.objection).await?;
        let state = &loaded.state;
        let Some(task) = to_do(state) else {
            // Somebody has ended it by hand.
            return self.drop_job(done).await;
        };
        let weighed = Weighed {
            kind: VerdictKind::Confirmed,
            record: VerdictRecord {
                reason: CARRIED_OUT_WORDS.to_owned(),
                ..VerdictRecord::default()
            },
            request: None,
        };
        let sealing = self.inner.journal.sealing_key(authority, &state.key).await?;
        let mut plan = Plan {
            done_jobs: vec![done],
            ..Plan::default()
        };
        self.push_verdict(&mut plan, state.id, task.id, &weighed, &sealing)?;
        let process = process_of(state)?;
        let input = completed(task, &process)?;
        let result = Some(weighed.kind.result());
        let opened = self
            .opened_by_platform("process", authority, &loaded, (&process, &input), result)
            .await?;
        let offer = self.package_of(authority, state)?;
        let mut runner = self.runner(authority, offer, &sealing, state, opened, "task");
        runner.result = result;
        runner.tasks.retain(|(known, ..)| *known != task.id);
        runner.step(&process, &input, &mut plan)?;
        let act = Act {
            actor: &Actor::system("process"),
            purpose: Purpose::ProcessStep.german(),
            at: self.now(),
        };
        let (commit, _) = commit(authority, state.id, Some(state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }
}
