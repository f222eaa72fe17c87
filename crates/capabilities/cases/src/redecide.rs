//! Deciding anew after an objection has succeeded (§ 72 VwGO): the first case goes back to its review, and its new notice replaces the
//! contested one.

use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Actor, Commit, SealingKey};
use wegfrei_model::{AuthorityId, CaseId};
use wegfrei_process::{Input, State, Work};
use wegfrei_store::jobs::Claim;

use crate::advance::{Opened, Replaces};
use crate::contents::process_of;
use crate::contested::{Objection, ObjectionResult};
use crate::deadline::{self, ObjectionPayload};
use crate::error::CaseError;
use crate::event::{Event, Relation, VerdictKind, What};
use crate::file::{Act, Plan, commit};
use crate::outgoing::{message, period};
use crate::state::{CaseState, OBJECTION, Phase, SUIT, Task};
use crate::task::{VerdictRecord, Weighed, completed, refuse, short_enough};
use crate::view::{TakeBack, Verdict};
use crate::{Cases, context};

/// Job: a new decision has carried out what an objection was granted.
pub(crate) const CARRIED_OUT: &str = "objection.carried-out";

/// Why nothing is done about an objection meanwhile.
const BEING_REDECIDED: &str = "Der erste Bescheid wird gerade neu entschieden; der neue Bescheid erledigt auch diesen Widerspruch. Soll es \
     anders geschehen, nehmen Sie im ersten Vorgang zuerst „Neu entscheiden“ zurück.";

/// What the objection's file says about it.
const CARRIED_OUT_WORDS: &str = "Der erste Bescheid ist durch einen neuen Bescheid ersetzt.";

/// What an objection has won is carried out by deciding anew in the first case, which ends this task by itself. Whoever ends it by hand
/// says how else it was done: otherwise one click would leave the person with the old notice.
pub(crate) fn carried_out_how(state: &CaseState, verdict: &Verdict) -> Result<(), CaseError> {
    match verdict {
        Verdict::Confirm { reason } if to_carry_out(state).is_some() && reason.trim().is_empty() => refuse(
            "Der erste Bescheid ist noch nicht geändert. Öffnen Sie den ersten Vorgang und wählen Sie „Neu entscheiden“; dann ist auch diese \
             Aufgabe erledigt. Nur wenn Sie ihn auf anderem Weg geändert haben, schreiben Sie hier, wie.",
        ),
        _ => Ok(()),
    }
}

/// What was granted is made less by taking it back, with a reason, and in no other way. How much a success in part gives, nobody can tell:
/// one that takes the place of a success may be less.
pub(crate) fn still_granted(result: Option<ObjectionResult>) -> Result<(), CaseError> {
    if result == Some(ObjectionResult::Granted) {
        return Ok(());
    }
    refuse(
        "Dem Widerspruch ist abgeholfen, und das wird gerade umgesetzt. Soll er weniger Erfolg haben, auch nur zum Teil, nehmen Sie zuerst \
         die Abhilfe zurück und sagen Sie, warum; dann wird über den Widerspruch neu entschieden. Prüfen Sie, ob Sie das dürfen (§§ 48 bis \
         50 VwVfG, § 45 SGB X).",
    )
}

pub(crate) fn is_objection(state: &CaseState) -> bool {
    state.about.is_some_and(|about| about.relation == Relation::Objection)
}

/// The task of an objection that waits for the first decision to be changed: work after its own decision went out.
pub(crate) fn to_carry_out(objection: &CaseState) -> Option<&Task> {
    let mut tasks = objection.tasks.iter();
    let open = tasks.find(|task| task.is_open() && task.work == Work::Review)?;
    let decided = objection.phase == Phase::Running && objection.is_decided() && objection.reopened.is_none();
    (is_objection(objection) && decided).then_some(open)
}

/// What is begun at a case and can still be taken back.
fn undertaken(state: &CaseState) -> Option<TakeBack> {
    let redecided =
        state.phase == Phase::Running && state.reopened.as_ref().is_some_and(|known| known.objection.is_some());
    if redecided {
        return Some(TakeBack::Redecision);
    }
    to_carry_out(state).map(|_| TakeBack::Grant)
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
            objection: Some(objection.case),
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

    /// An objection that has succeeded is decided on otherwise while that is carried out, and gets no less by it ([`still_granted`]): the
    /// decision that will be replaced. Not while the first case is decided anew: there it would be carried out as it was.
    pub(crate) async fn decided_otherwise(
        &self,
        authority: AuthorityId,
        state: &CaseState,
        corrects: bool,
    ) -> Result<Option<Replaces>, CaseError> {
        let carrying_out = state.about.filter(|_| corrects && to_carry_out(state).is_some());
        let Some(about) = carrying_out else {
            return Ok(None);
        };
        let first = self.load(authority, about.case).await?.state;
        if first.has_carried_out(state.id) || first.is_reopened_by(state.id) {
            return refuse(BEING_REDECIDED);
        }
        Ok(state.main_letters().last().map(|notice| Replaces::of(notice, None)))
    }

    /// Takes back what is not carried out yet, and says why in a note of the file. Deciding anew: what waited before waits again, the notice
    /// stands, what the person was asked for meanwhile is called off, and what the objection has won is still to be carried out. That an
    /// objection has succeeded: it goes back to its review.
    ///
    /// # Errors
    /// [`CaseError::Refused`] (recorded) for anybody but a caseworker of the authority; [`CaseError::Held`] (recorded) when the task is a
    /// colleague's;
    /// [`CaseError::Verdict`] without a reason, or while the first case is decided anew; [`CaseError::Stale`] when nothing can be taken back
    /// (any more).
    pub async fn take_back(
        &self,
        actor: &Actor,
        purpose: Purpose,
        authority: AuthorityId,
        case: CaseId,
        reason: &str,
    ) -> Result<(), CaseError> {
        let loaded = self.load(authority, case).await?;
        let state = &loaded.state;
        let step = (Action::Decide, purpose);
        self.access_unless_held(actor, authority, state, state.open_task(), step)
            .await?;
        let back = undertaken(state).ok_or(CaseError::Stale)?;
        short_enough(reason, "Die Begründung")?;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(CaseError::Verdict(
                "Bitte sagen Sie, warum Sie das zurücknehmen.".to_owned(),
            ));
        }
        let what = match back {
            TakeBack::Redecision => "„Neu entscheiden“ zurückgenommen",
            TakeBack::Grant => "Abhilfe zurückgenommen, über den Widerspruch wird neu entschieden",
        };
        let sealing = self.inner.journal.sealing_key(authority, &state.key).await?;
        let note = sealing
            .seal(context(case, "note"), &format!("{what}: {reason}"))
            .map_err(|error| CaseError::damaged("note", error))?;
        let mut plan = Plan::default();
        plan.push_sealed(Event::NoteAdded {}, note.into_bytes());
        let act = Act {
            actor,
            purpose: purpose.german(),
            at: self.now(),
        };
        let whole = match back {
            TakeBack::Redecision => {
                self.plan_restore(authority, state, &mut plan)?;
                commit(authority, case, Some(state), &act, plan)?.0
            }
            TakeBack::Grant => self.ungranted(authority, state, &sealing, &act, plan).await?,
        };
        self.inner.journal.commit(whole).await?;
        Ok(())
    }

    /// The case as it stood before its decision was reopened. Two things have happened outside meanwhile: the person was asked for
    /// something, which is called off and told to them; and the old letter has left the house, so that its period runs from there.
    fn plan_restore(&self, authority: AuthorityId, state: &CaseState, plan: &mut Plan) -> Result<(), CaseError> {
        let reopened = state.reopened.as_ref().ok_or(CaseError::Stale)?;
        if state.open_supply().is_some() && !state.requests.is_empty() {
            plan.push(Event::RequestCalledOff {});
            plan.jobs
                .extend(message::alone(authority, state, What::CalledOff, self.now()));
        }
        for task in state.tasks.iter().filter(|task| task.is_open()) {
            plan.push(Event::TaskCancelled {
                task: task.id,
                moved: false,
            });
        }
        for deadline in state.deadlines.iter().filter(|deadline| deadline.runs()) {
            let element = deadline.element.clone();
            plan.push(Event::DeadlineCancelled {
                element,
                renamed: false,
            });
        }
        plan.push(Event::DecisionRestored {
            notice: reopened.notice,
        });
        let before = reopened.before.process.clone();
        let before = before.ok_or_else(|| CaseError::story("a decision was reopened before there was a process"))?;
        let mut process: State =
            serde_json::from_value(before).map_err(|error| CaseError::damaged("process state", error))?;
        // Numbers of tokens are used once: jobs and tasks are known by them.
        let now = process_of(state)?;
        (process.next_token, process.steps) = (now.next_token, now.steps);
        let (package, _) = self.package_of(authority, state)?;
        let begun = period::begun_since(state, package, reopened.at)?;
        for timer in process.timers() {
            let mut ran = state
                .deadlines
                .iter()
                .filter(|known| reopened.before.deadlines.contains(&known.entry));
            let Some(deadline) = ran.find(|known| known.element == timer.element) else {
                continue;
            };
            let begun = begun.filter(|_| matches!(deadline.name.as_str(), OBJECTION | SUIT));
            let due = begun.unwrap_or(deadline.due);
            if due != deadline.due {
                plan.push(Event::DeadlineSet {
                    element: deadline.element.clone(),
                    name: deadline.name.clone(),
                    due,
                });
            }
            let comes = deadline::comes(&deadline.name, due);
            let again = format!("/restored/{}", state.stream_version);
            plan.jobs.push(deadline::job(
                authority,
                state.id,
                &timer.element,
                timer.token,
                comes,
                &again,
            ));
        }
        let stored = serde_json::to_value(&process).map_err(|error| CaseError::damaged("process state", error))?;
        plan.push(Event::Advanced {
            state: stored,
            waiting: reopened.before.waiting.clone(),
            passed: Vec::new(),
        });
        Ok(())
    }

    /// The objection back at its review, and its first case told in the same commit.
    async fn ungranted(
        &self,
        authority: AuthorityId,
        state: &CaseState,
        sealing: &SealingKey,
        act: &Act<'_>,
        mut plan: Plan,
    ) -> Result<Commit, CaseError> {
        let about = state.about.ok_or(CaseError::Stale)?;
        let notice = state
            .main_letters()
            .last()
            .map(|notice| notice.id)
            .ok_or(CaseError::Stale)?;
        plan.push(Event::DecisionReopened {
            objection: None,
            notice,
        });
        let offer = self.package_of(authority, state)?;
        let mut runner = self.runner(authority, offer, sealing, state, Opened::default(), "task");
        runner.step(&process_of(state)?, &Input::Reenter, &mut plan)?;
        let (mut both, _) = commit(authority, state.id, Some(state), act, plan)?;
        let event = Event::ObjectionReopened { case: state.id };
        self.tell_first(authority, (state.id, about.case), act, event, &mut both)
            .await?;
        Ok(both)
    }

    /// Says something about an objection at the case it is about, in the same commit: one of the two loses if both go on at once.
    ///
    /// # Errors
    /// [`CaseError::Verdict`] while that case is decided anew because of it; [`CaseError::Stale`] when what it has won was carried out.
    pub(crate) async fn tell_first(
        &self,
        authority: AuthorityId,
        (objection, first): (CaseId, CaseId),
        act: &Act<'_>,
        event: Event,
        whole: &mut Commit,
    ) -> Result<(), CaseError> {
        let state = self.load(authority, first).await?.state;
        if state.is_reopened_by(objection) {
            return refuse(BEING_REDECIDED);
        }
        // Somebody was faster; the objection's own task ends in this moment.
        if state.has_carried_out(objection) {
            return Err(CaseError::Stale);
        }
        let mut told = Plan::default();
        told.push(event);
        let (told, _) = commit(authority, first, Some(&state), act, told)?;
        whole.entries.extend(told.entries);
        whole.rows.extend(told.rows);
        Ok(())
    }

    /// What of [`Cases::take_back`] is possible, and this person's.
    pub(crate) fn takes_back(
        &self,
        actor: &Actor,
        purpose: Purpose,
        authority: AuthorityId,
        state: &CaseState,
    ) -> Option<TakeBack> {
        undertaken(state).filter(|_| self.permits_free(actor, authority, state, (Action::Decide, purpose)))
    }

    /// Whether [`Cases::redecide`] is possible, and this person's.
    pub(crate) async fn redecidable(
        &self,
        actor: &Actor,
        purpose: Purpose,
        authority: AuthorityId,
        state: &CaseState,
    ) -> Result<bool, CaseError> {
        let may = self.permits_free(actor, authority, state, (Action::Decide, purpose));
        Ok(may && self.to_carry_out(authority, state).await?.is_some())
    }

    /// The objection whose success is still to be carried out here.
    async fn to_carry_out<'s>(
        &self,
        authority: AuthorityId,
        state: &'s CaseState,
    ) -> Result<Option<&'s Objection>, CaseError> {
        let granted =
            |known: &&Objection| known.is_granted() && known.closed_at.is_none() && !state.has_carried_out(known.case);
        let Some(known) = state.objections.iter().find(granted) else {
            return Ok(None);
        };
        let (package, _) = self.package_of(authority, state)?;
        if state.phase != Phase::Running || state.reopened.is_some() || package.process().reentry().is_none() {
            return Ok(None);
        }
        let objection = self.load(authority, known.case).await?;
        Ok(to_carry_out(&objection.state).map(|_| known))
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
        let Some(task) = to_carry_out(state) else {
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
