//! Ending a task: what each kind of work may come to, who may do it, and what follows.

use jiff::ToSpan;
use serde_json::{Map, Value};
use wegfrei_identity::{Action, Purpose, Resource, Role};
use wegfrei_journal::{Access, AccessError, Actor};
use wegfrei_model::deadline::working_day_from;
use wegfrei_model::{AuthorityId, CaseId, Date, TaskId};
use wegfrei_packages::{AmendError, Days, Package};
use wegfrei_process::{Input, Kind as Element, State, Work};

use crate::advance::{Opened, RequestRecord, Runner};
use crate::contents::{correct, process_of, token_of};
use crate::error::CaseError;
use crate::event::{Event, VerdictKind, What};
use crate::file::{Act, Loaded, Plan, Planned, commit};
use crate::outgoing::message;
use crate::redecide::{carried_out_how, is_objection, still_granted, to_carry_out};
use crate::state::{CaseState, Phase, RequestStand, Task};
use crate::view::{AtTask, Verdict};
use crate::worklist::Colleague;
use crate::{Cases, context};

/// Longest text of a person, in characters.
pub(crate) const MOST_TEXT: usize = 4000;
/// A request names at most so many papers,
const MOST_WANTED: usize = 20;
/// each in at most so many characters.
const MOST_WANTED_NAME: usize = 200;
/// A request gives at least so many days,
const LEAST_DAYS: i64 = 7;
/// and at most so many.
pub(crate) const MOST_DAYS: i64 = 90;

/// What a verdict leaves sealed in the journal.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct VerdictRecord {
    pub reason: String,
    #[serde(default)]
    pub corrections: Map<String, Value>,
    /// Corrected answers of the form (RFC 7396); what they make of the decision's inputs is among the corrections.
    #[serde(default)]
    pub answers: Map<String, Value>,
}

/// A verdict that was found acceptable.
#[derive(Debug)]
pub(crate) struct Weighed {
    pub kind: VerdictKind,
    pub record: VerdictRecord,
    /// What the applicant is asked for, and the last day for the answer.
    pub request: Option<(RequestRecord, Date)>,
}

/// What a verdict would lead to: nothing of it is written yet.
pub(crate) struct Tried {
    pub plan: Plan,
    /// Letters that go out: template and data.
    pub letters: Vec<(String, Value)>,
    /// The main letter's data by the state after the step, where there is a decision.
    pub notice: Option<Value>,
}

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("task", error)
}

pub(crate) fn refuse<T>(text: impl Into<String>) -> Result<T, CaseError> {
    Err(CaseError::Verdict(text.into()))
}

/// Whether the package's process lets the applicant answer: else nothing can be asked.
pub(crate) fn can_request(package: &Package) -> bool {
    let elements = package.process().elements();
    elements
        .iter()
        .any(|element| matches!(element.kind, Element::UserTask { work: Work::Supply, .. }))
}

/// Whether there is a proposal to confirm: a decision that was contested with success is none.
pub(crate) fn can_confirm(state: &CaseState) -> bool {
    let decided = state.decision_entry.unwrap_or_default();
    state.reopened.as_ref().is_none_or(|reopened| decided > reopened.entry)
}

/// Whether a reason alone is enough to decide: an objection has succeeded, and what was wrong may have been the by-law, its value or how
/// the law was read, and no fact of the case. Then the same facts are reckoned anew.
pub(crate) fn can_recompute(state: &CaseState) -> bool {
    let reopened = state.reopened.as_ref();
    reopened.is_some_and(|reopened| reopened.objection.is_some())
}

impl Cases {
    /// Ends the open task of a case; `version` is the one the page was built from. Which verdicts are possible follows from the
    /// task's [`Work`]. The applicant's own answer does not ask for the version: papers they uploaded meanwhile changed it.
    ///
    /// # Errors
    /// [`CaseError::Stale`] when somebody else was first; [`CaseError::Verdict`] when the verdict does not fit the task, lacks
    /// something, or four eyes are wanted and these are the same two; [`CaseError::Refused`] for a role the step is not for;
    /// [`CaseError::Held`] when it is a colleague's.
    pub async fn complete_task(&self, at: &AtTask, version: u64, verdict: Verdict) -> Result<(), CaseError> {
        let (authority, case) = (at.authority, at.case);
        if let (Actor::Person(person), Verdict::Supply { text }) = (&at.actor, &verdict) {
            return self.supply(*person, authority, case, text).await.map(drop);
        }
        let loaded = self.load(authority, case).await?;
        let access = self.task_access(at, &loaded.state).await?;
        if loaded.state.stream_version != version {
            return Err(CaseError::Stale);
        }
        carried_out_how(&loaded.state, &verdict)?;
        let carried_out = to_carry_out(&loaded.state).is_some() && matches!(verdict, Verdict::Confirm { .. });
        let tried = self.try_verdict(at, &loaded, &access, verdict).await?;
        let anew = |planned: &Planned| matches!(planned.event, Event::DecisionReopened { .. });
        // What the first case is told in the same commit: so it is not being decided anew meanwhile.
        let told = match loaded.state.about {
            Some(about) if carried_out => Some((about.case, Event::ObjectionCarriedOut { case })),
            Some(about) if tried.plan.events.iter().any(anew) => Some((about.case, Event::ObjectionReopened { case })),
            _ => None,
        };
        let act = Act {
            actor: &at.actor,
            purpose: step(at, &loaded.state).1.german(),
            at: self.now(),
        };
        let (mut whole, _) = commit(authority, case, Some(&loaded.state), &act, tried.plan)?;
        if let Some((first, event)) = told {
            self.tell_first(authority, (case, first), &act, event, &mut whole)
                .await?;
        }
        self.inner.journal.commit(whole).await?;
        Ok(())
    }

    /// Whether ending the open task is this person's; a refusal is recorded.
    ///
    /// # Errors
    /// As [`Cases::complete_task`], when it is not.
    pub async fn may_end(&self, at: &AtTask) -> Result<(), CaseError> {
        let loaded = self.load(at.authority, at.case).await?;
        self.task_access(at, &loaded.state).await?;
        self.task_for(at, &loaded.state).map(drop)
    }

    /// The access a member of staff works on a task with: asked of the policy before anything about the task is said.
    pub(crate) async fn task_access(
        &self,
        at: &AtTask,
        state: &CaseState,
    ) -> Result<std::sync::Arc<Access>, CaseError> {
        let open = state.tasks.iter().find(|task| task.id == at.task && task.is_open());
        self.access_unless_held(&at.actor, at.authority, state, open, step(at, state))
            .await
    }

    /// The access for a step that is the holder's of this task alone: what a colleague holds is refused, and the record says that.
    pub(crate) async fn access_unless_held(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        state: &CaseState,
        task: Option<&Task>,
        (action, purpose): (Action, Purpose),
    ) -> Result<std::sync::Arc<Access>, CaseError> {
        let holder = match task {
            Some(task) => self.held_by_other(actor, authority, task).await?,
            None => None,
        };
        let Some(holder) = holder else {
            return self.access(actor, authority, state, action, purpose).await;
        };
        // Never an access that was opened before the colleague had it.
        let mut request = self.access_request(actor, authority, state, action, purpose);
        if let Some(circumstances) = request.circumstances.as_object_mut() {
            circumstances.insert("held".to_owned(), true.into());
        }
        match self.inner.journal.access(request).await {
            Ok(access) => Ok(std::sync::Arc::new(access)),
            // Who may not do it anyway is told that, and no name.
            Err(AccessError::Refused { .. }) if self.permits_free(actor, authority, state, (action, purpose)) => {
                Err(CaseError::Held(holder))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the step would be this person's if nobody held the task.
    pub(crate) fn permits_free(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        state: &CaseState,
        (action, purpose): (Action, Purpose),
    ) -> bool {
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
            .decide(actor, action, &resource, Some(purpose.code()));
        ruling.permits()
    }

    /// Who holds a task, when it is neither the actor nor an absent colleague whose deputy they are.
    pub(crate) async fn held_by_other(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        task: &Task,
    ) -> Result<Option<Colleague>, CaseError> {
        let (Some(holder), Actor::Staff { id, .. }) = (&task.assigned_to, actor) else {
            return Ok(None);
        };
        if holder == id || self.deputised(authority, id).await?.contains(holder) {
            return Ok(None);
        }
        Ok(Some(self.colleague(authority, holder)))
    }

    /// The open task, if it is this person's to do.
    pub(crate) fn task_for<'c>(&self, at: &AtTask, state: &'c CaseState) -> Result<&'c Task, CaseError> {
        let open = state.tasks.iter().find(|task| task.id == at.task && task.is_open());
        let open = open.filter(|_| state.phase == Phase::Running).ok_or(CaseError::Stale)?;
        if !self.holds_role(&at.actor, open) {
            return Err(CaseError::Refused(
                "Dieser Schritt gehört nicht zu den Aufgaben Ihrer Rolle.".to_owned(),
            ));
        }
        if open.work == Work::Release && state.reviewer() == Some(&at.actor) {
            return refuse(
                "Vier Augen: Sie haben diesen Vorgang selbst geprüft. Freigeben oder zurückgeben muss eine andere Person.",
            );
        }
        Ok(open)
    }

    /// The lane's role; a release is also the team lead's, and what the applicant is asked for a caseworker can take in their stead.
    fn holds_role(&self, actor: &Actor, task: &Task) -> bool {
        let Actor::Staff { id, authority } = actor else {
            return false;
        };
        let Some(member) = self.inner.policies.directory().staff_member(*authority, id) else {
            return false;
        };
        let has = |role: Role| member.roles.contains(&role);
        match task.role.as_str() {
            _ if task.work == Work::Supply => has(Role::Caseworker),
            "sachbearbeitung" => has(Role::Caseworker) || (task.work == Work::Release && has(Role::TeamLead)),
            "teamleitung" => has(Role::TeamLead),
            _ => false,
        }
    }

    /// Works a verdict out to where everything waits again, without writing anything.
    pub(crate) async fn try_verdict(
        &self,
        at: &AtTask,
        loaded: &Loaded,
        access: &Access,
        verdict: Verdict,
    ) -> Result<Tried, CaseError> {
        let state = &loaded.state;
        let open = self.task_for(at, state)?;
        let (package, adoption) = self.package_of(at.authority, state)?;
        let now = self.now();
        if matches!(verdict, Verdict::Confirm { .. }) && !can_confirm(state) {
            return refuse(if is_objection(state) {
                "Hier wird neu entschieden. Bitte wählen Sie, was gilt, und begründen Sie es."
            } else {
                "Der Widerspruch hatte Erfolg, also bleibt es nicht bei dem alten Bescheid. Bitte ändern Sie die Angaben, auf denen er \
                 beruht, oder lassen Sie mit denselben Angaben neu berechnen, und begründen Sie es."
            });
        }
        let corrects = matches!(verdict, Verdict::Correct { .. });
        let otherwise = self.decided_otherwise(at.authority, state, corrects).await?;
        let mut weighed = weigh(verdict, open.work, (package, can_recompute(state)), now.date())?;
        right_kind(package, &weighed.record.corrections)?;
        self.printed(&weighed)?;
        let mut opened = self.opened(loaded, access, package)?;
        let (action, purpose) = step(at, state);
        opened.paid = self.paid(at.authority, loaded, (&at.actor, action, purpose)).await?;
        let days = Days {
            received: state.received_on(),
            today: now.date(),
        };
        let unprintable = self.unprintable(&Value::Object(weighed.record.answers.clone()));
        if !unprintable.is_empty() {
            return Err(CaseError::Invalid(unprintable));
        }
        answered(package, &opened, days, &mut weighed.record)?;
        correct(&mut opened, &weighed);
        if matches!(weighed.kind, VerdictKind::Confirmed | VerdictKind::Corrected) {
            chosen(package, &opened.facts)?;
            asked_before(package, &opened.facts, state)?;
        }
        let process = process_of(state)?;
        let input = completed(open, &process)?;
        let sealing = self.inner.journal.sealing_key(at.authority, &state.key).await?;
        let mut plan = Plan::default();
        if let Some(replaces) = &otherwise {
            plan.push(Event::DecisionReopened {
                objection: None,
                notice: replaces.notice,
            });
        }
        self.push_verdict(&mut plan, state.id, at.task, &weighed, &sealing)?;
        let mut runner = self.runner(at.authority, (package, adoption), &sealing, state, opened, "task");
        let replacing = otherwise.is_some();
        runner.replaces = otherwise.or(runner.replaces);
        runner.automatic = false;
        runner.result = Some(weighed.kind.result());
        runner.tasks.retain(|(known, _, _)| *known != at.task);
        if let Some((_, due)) = &weighed.request {
            runner.request = Some((now.date(), *due));
        }
        runner.step(&process, &input, &mut plan)?;
        if replacing {
            still_granted(runner.objection_result())?;
        }
        if weighed.kind == VerdictKind::Returned {
            self.give_back(at.authority, state, &runner, &mut plan);
        }
        if weighed.kind == VerdictKind::Requested && runner.letters.is_empty() {
            plan.jobs
                .extend(message::alone(at.authority, state, What::Request, now));
        }
        let notice = match &runner.opened.decision {
            Some(_) => Some(runner.letter(PREVIEW_CODE)?),
            None => None,
        };
        Ok(Tried {
            plan,
            letters: std::mem::take(&mut runner.letters),
            notice,
        })
    }

    /// What comes back goes to who checked it, where they still work here.
    fn give_back(&self, authority: AuthorityId, state: &CaseState, runner: &Runner<'_>, plan: &mut Plan) {
        let (Some((task, ..)), Some(Actor::Staff { id, .. })) = (runner.tasks.last(), state.reviewer()) else {
            return;
        };
        if self.inner.policies.directory().staff_member(authority, id).is_some() {
            plan.push(Event::TaskAssigned {
                task: *task,
                to: Some(id.clone()),
            });
        }
    }

    /// What the applicant will read on paper must be printable.
    fn printed(&self, weighed: &Weighed) -> Result<(), CaseError> {
        self.printable(&weighed.record.reason, "Die Begründung")?;
        for text in weighed.record.corrections.values().filter_map(Value::as_str) {
            self.printable(text, "Die Korrektur")?;
        }
        let Some((request, _)) = &weighed.request else {
            return Ok(());
        };
        self.printable(&request.text, "Der Text")?;
        request
            .papers
            .iter()
            .try_for_each(|paper| self.printable(paper, "Die Liste der Unterlagen"))
    }

    pub(crate) fn push_verdict(
        &self,
        plan: &mut Plan,
        case: CaseId,
        task: TaskId,
        weighed: &Weighed,
        sealing: &wegfrei_journal::SealingKey,
    ) -> Result<(), CaseError> {
        let sealed = sealing
            .seal(context(case, "verdict"), &weighed.record)
            .map_err(damaged)?;
        let verdict = weighed.kind;
        plan.push_sealed(Event::TaskCompleted { task, verdict }, sealed.into_bytes());
        if let Some((request, due)) = &weighed.request {
            let sealed = sealing.seal(context(case, "request"), request).map_err(damaged)?;
            plan.push_sealed(Event::PapersRequested { task, due: *due }, sealed.into_bytes());
        }
        Ok(())
    }
}

/// What a step on a task is to the policy, and the purpose it is recorded under: the one the person chose; releasing has only one.
fn step(at: &AtTask, state: &CaseState) -> (Action, Purpose) {
    let work = state.tasks.iter().find(|known| known.id == at.task);
    match work.map(|task| task.work) {
        Some(Work::Release) => (Action::Release, Purpose::CaseWork),
        Some(Work::Review | Work::Supply) | None => (Action::Decide, at.purpose),
    }
}

const NOTHING_CHANGED: &str =
    "Sie haben nichts geändert. Bitte ändern Sie eine Angabe oder bestätigen Sie den Vorschlag.";

/// A code that is none: no notice has it.
const PREVIEW_CODE: &str = "0000-0000-0000-0000";

/// The input that ends a task.
pub(crate) fn completed(task: &Task, process: &State) -> Result<Input, CaseError> {
    Ok(Input::Complete {
        element: task.element.clone(),
        token: token_of(task, process)?,
    })
}

/// Checks a text of a person.
pub(crate) fn short_enough(text: &str, what: &str) -> Result<(), CaseError> {
    if text.chars().count() > MOST_TEXT {
        return refuse(format!(
            "{what} ist zu lang. Bitte kürzen Sie auf höchstens {MOST_TEXT} Zeichen."
        ));
    }
    Ok(())
}

/// Checks a verdict: it must fit the work, a correction needs a reason and may touch only what the package allows (nothing at all only
/// where a reason alone is enough), a request must say what is wanted until when.
fn weigh(
    verdict: Verdict,
    work: Work,
    (package, reason_is_enough): (&Package, bool),
    today: Date,
) -> Result<Weighed, CaseError> {
    let none = Map::new;
    let (kind, reason, corrections, answers) = match (work, verdict) {
        (Work::Review, Verdict::Confirm { reason }) => (VerdictKind::Confirmed, reason, none(), none()),
        (
            Work::Review,
            Verdict::Correct {
                reason,
                corrections,
                answers,
            },
        ) => (VerdictKind::Corrected, reason, corrections, answers),
        (Work::Review, Verdict::RequestPapers { text, papers, due }) => {
            if !can_request(package) {
                return refuse("Bei dieser Leistung kann hier nichts nachgefordert werden.");
            }
            let request = Some(wanted(&text, papers, due, today)?);
            return Ok(Weighed {
                kind: VerdictKind::Requested,
                record: VerdictRecord::default(),
                request,
            });
        }
        (Work::Release, Verdict::Release { reason }) => (VerdictKind::Released, reason, none(), none()),
        (Work::Release, Verdict::Return { reason }) => {
            if reason.trim().is_empty() {
                return refuse("Bitte sagen Sie, warum Sie den Vorgang zurückgeben.");
            }
            (VerdictKind::Returned, reason, none(), none())
        }
        // By post, over the counter, or not needed any more: the desk says which.
        (Work::Supply, Verdict::Supply { text }) => {
            if text.trim().is_empty() {
                return refuse("Bitte schreiben Sie, was eingegangen ist, oder warum Sie nicht länger warten.");
            }
            (VerdictKind::Supplied, text, none(), none())
        }
        _ => return refuse("Das passt nicht zu diesem Schritt. Bitte laden Sie den Vorgang neu."),
    };
    short_enough(&reason, "Die Begründung")?;
    if kind == VerdictKind::Corrected {
        if reason.trim().is_empty() {
            return refuse("Bitte begründen Sie die Korrektur.");
        }
        if !(reason_is_enough && corrections.is_empty() && answers.is_empty()) {
            allowed(&corrections, &answers, package)?;
        }
    }
    Ok(Weighed {
        kind,
        record: VerdictRecord {
            reason: reason.trim().to_owned(),
            corrections,
            answers,
        },
        request: None,
    })
}

/// Corrections must change something, and only what the package allows.
fn allowed(corrections: &Map<String, Value>, answers: &Map<String, Value>, package: &Package) -> Result<(), CaseError> {
    if corrections.is_empty() && answers.is_empty() {
        return refuse(NOTHING_CHANGED);
    }
    for name in corrections.keys() {
        if !package.correctable().contains(name) {
            return refuse(format!("Die Angabe „{name}“ kann hier nicht geändert werden."));
        }
        // Only through the form's answers do the form's rules hold for it.
        if package.is_made_of_answers(name) {
            return refuse(format!(
                "Die Angabe „{name}“ besteht aus mehreren Antworten des Formulars. Bitte berichtigen Sie diese Antworten."
            ));
        }
    }
    Ok(())
}

/// Checks corrected answers by the form's rules, and adds what they make of the decision's inputs to the corrections.
pub(crate) fn answered(
    package: &Package,
    opened: &Opened,
    days: Days,
    record: &mut VerdictRecord,
) -> Result<(), CaseError> {
    if record.answers.is_empty() {
        return Ok(());
    }
    let amended = package
        .amend(&opened.amended, &record.answers, days)
        .map_err(|error| match error {
            AmendError::Foreign(path) => {
                CaseError::Verdict(format!("Die Antwort „{path}“ kann hier nicht geändert werden."))
            }
            AmendError::Problems(problems) => CaseError::Invalid(problems),
        })?;
    if record.corrections.is_empty() && amended.application == opened.amended {
        return refuse(NOTHING_CHANGED);
    }
    record.corrections.extend(amended.facts);
    Ok(())
}

/// What only a person can choose must be chosen before anything is decided.
pub(crate) fn chosen(package: &Package, facts: &Value) -> Result<(), CaseError> {
    match package.unchosen(facts) {
        Some(label) => refuse(format!(
            "Bitte wählen Sie bei „{label}“ aus, was gilt. Vorher kann nicht entschieden werden."
        )),
        None => Ok(()),
    }
}

/// Whoever is refused for not having answered must have been asked in writing, with a period, and must have let it pass (§ 66 Abs. 3
/// SGB I). Only the newest request counts: an earlier one was followed by a new period. What the person answered, or the desk ended, was
/// not let pass, whatever was missing in it: then they are asked once more.
fn asked_before(package: &Package, facts: &Value, state: &CaseState) -> Result<(), CaseError> {
    let mut counts = state.requests.iter().rev().filter(|request| !request.is_called_off());
    let missed = counts
        .next()
        .is_some_and(|request| request.stand == RequestStand::Missed);
    match package.needs_request(facts) {
        Some(label) if !missed => refuse(format!(
            "„{label}“ geht erst, wenn Sie schriftlich nachgefragt haben und die Frist dafür ohne Antwort abgelaufen ist (§ 66 Abs. 3 SGB I). \
             Kam etwas, das nicht reicht, fragen Sie bitte noch einmal nach."
        )),
        _ => Ok(()),
    }
}

/// Corrections that are tried before a reason is written.
pub(crate) fn tried(
    package: &Package,
    corrections: &Map<String, Value>,
    answers: &Map<String, Value>,
) -> Result<(), CaseError> {
    allowed(corrections, answers, package)?;
    right_kind(package, corrections)
}

fn wanted(text: &str, papers: Vec<String>, due: Date, today: Date) -> Result<(RequestRecord, Date), CaseError> {
    let text = text.trim();
    if text.is_empty() {
        return refuse("Bitte schreiben Sie, was Sie von der antragstellenden Person brauchen.");
    }
    short_enough(text, "Der Text")?;
    let papers: Vec<String> = papers
        .iter()
        .map(|paper| paper.trim())
        .filter(|paper| !paper.is_empty())
        .map(str::to_owned)
        .collect();
    if papers.len() > MOST_WANTED || papers.iter().any(|paper| paper.chars().count() > MOST_WANTED_NAME) {
        return refuse(format!(
            "Bitte nennen Sie höchstens {MOST_WANTED} Unterlagen, jede mit höchstens {MOST_WANTED_NAME} Zeichen."
        ));
    }
    let day = |days: i64| today.checked_add(days.days()).map_err(damaged);
    if due < day(LEAST_DAYS)? || due > day(MOST_DAYS)? {
        return refuse(format!(
            "Die Frist muss mindestens {LEAST_DAYS} und höchstens {MOST_DAYS} Tage in der Zukunft enden."
        ));
    }
    // A period that would end on a Saturday, Sunday or holiday ends with the next working day (§ 26 Abs. 3 SGB X, § 31 Abs. 3
    // VwVfG, § 108 Abs. 3 AO); the letter names the day that counts.
    let due = working_day_from(due).ok_or_else(|| damaged("the calendar ends"))?;
    let text = text.to_owned();
    Ok((RequestRecord { text, papers }, due))
}

/// A corrected value must be of the kind its input holds, whatever door it came through: decisions rely on it.
fn right_kind(package: &Package, corrections: &Map<String, Value>) -> Result<(), CaseError> {
    let mut corrections = corrections.iter();
    corrections.try_for_each(|(name, value)| package.check_correction(name, value).map_err(CaseError::Verdict))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn corrections_touch_only_what_they_may() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../packages");
        let catalogue = wegfrei_packages::Catalogue::from_folder(folder).unwrap();
        let check = |service: &str, names: &[&str], expected: Result<(), &str>| {
            let corrections = names.iter().map(|name| ((*name).to_owned(), json!(true))).collect();
            let allowed = allowed(&corrections, &Map::new(), catalogue.package(service).unwrap());
            match (allowed, expected) {
                (Ok(()), Ok(())) => {}
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
                (result, expected) => panic!("{result:?} instead of {expected:?}"),
            }
        };
        check("hundesteuer", &["gefaehrlich"], Ok(()));
        check("hundesteuer", &[], Err("nichts geändert"));
        check("hundesteuer", &["gefaehrlich", "satz"], Err("satz"));
        check("wohngeld", &["mitglieder"], Err("mehreren Antworten des Formulars"));
    }

    #[test]
    fn requests_say_what_until_when() {
        fn check(text: &str, papers: &[&str], due: &str, expected: Result<&str, &str>) {
            let papers = papers.iter().map(|paper| (*paper).to_owned()).collect();
            match (wanted(text, papers, day(due), day("2026-03-18")), expected) {
                (Ok((_, due)), Ok(expected)) => assert_eq!(due, day(expected)),
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
                (result, expected) => panic!("{result:?} instead of {expected:?}"),
            }
        }
        check("Bitte.", &["Mietvertrag"], "2026-03-25", Ok("2026-03-25"));
        check("Bitte.", &[], "2026-03-24", Err("mindestens 7"));
        check("Bitte.", &[], "2026-06-16", Ok("2026-06-16"));
        check("Bitte.", &[], "2026-06-17", Err("höchstens 90"));
        check("Bitte.", &[], "1926-03-25", Err("mindestens 7"));
        check("Bitte.", &[], "2026-03-28", Ok("2026-03-30")); // a Saturday: Monday
        check("Bitte.", &[], "2026-04-03", Ok("2026-04-07")); // Good Friday: Tuesday
        check("Bitte.", &[], "2026-10-31", Err("höchstens 90"));
        check(" ", &[], "2026-03-25", Err("was Sie"));
        check(&"ü".repeat(4001), &[], "2026-03-25", Err("4000 Zeichen"));
        check(&"ü".repeat(4000), &[], "2026-03-25", Ok("2026-03-25"));
        check("Bitte.", &["a"; 21], "2026-03-25", Err("höchstens 20"));
        check("Bitte.", &[&"a".repeat(201)], "2026-03-25", Err("200 Zeichen"));
    }
}
