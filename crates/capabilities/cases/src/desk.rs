//! The desk: what caseworkers see and decide. A list names no contents; contents open only with a recorded purpose.

use serde_json::{Map, Value};
use wegfrei_identity::{Action, Purpose, Resource};
use wegfrei_journal::{Access, Actor, Entry};
use wegfrei_model::{AuthorityId, CaseId, NoticeId};
use wegfrei_packages::Package;
use wegfrei_process::Work;

use crate::advance::DecisionRecord;
use crate::error::CaseError;
use crate::event::Event;
use crate::file::Loaded;
use crate::follow_up::since_earlier;
use crate::outgoing::{PaymentLine, PaymentStanding, PaymentState};
use crate::request::further_answers;
use crate::state::{CaseState, Deadline, Task};
use crate::task::{VerdictRecord, can_confirm, can_recompute, can_request};
use crate::view::{
    AtTask, CaseView, Change, DeadlineView, DecisionView, DoneTask, TaskView, TimelineItem, TimelineLetter,
    TimelineMove,
};
use crate::{Cases, context, tables};

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("desk", error)
}

impl Cases {
    /// The purposes a member of staff may open this case for, so that nobody is asked who is refused anyway: of whom there is
    /// none, the attempt is recorded as one for the usual purpose.
    ///
    /// # Errors
    /// [`CaseError::Refused`] outside one's competence.
    pub async fn desk_purposes(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<Vec<Purpose>, CaseError> {
        let loaded = self.load(authority, case).await?;
        let state = &loaded.state;
        let resource = Resource::Case {
            helpers: Vec::new(),
            held: false,
            authority,
            subject: state.person,
            submitted: state.submitted_at.is_some(),
            service: state.service.clone(),
        };
        let permits = |purpose: &Purpose| {
            let ruling = self
                .inner
                .policies
                .decide(actor, Action::OpenCase, &resource, Some(purpose.code()));
            ruling.permits()
        };
        let possible: Vec<Purpose> = Purpose::DESK.into_iter().filter(permits).collect();
        if possible.is_empty() {
            self.access(actor, authority, state, Action::OpenCase, Purpose::CaseWork)
                .await?;
        }
        Ok(possible)
    }

    /// Opens a case at the desk. The opening is recorded with person and purpose before anything is shown; a refusal too.
    ///
    /// # Errors
    /// [`CaseError::Refused`] outside one's competence.
    pub async fn open_case(
        &self,
        actor: &Actor,
        purpose: Purpose,
        authority: AuthorityId,
        case: CaseId,
    ) -> Result<CaseView, CaseError> {
        let loaded = self.load(authority, case).await?;
        let state = &loaded.state;
        // What stands in tables holds nothing personal; it is read while the record is being written.
        let (access, notices, related, redecide, contested, objections) = tokio::join!(
            self.access(actor, authority, state, Action::OpenCase, purpose),
            self.notices_of(authority, case),
            self.linked(authority, state),
            self.redecidable(actor, purpose, authority, state),
            self.contested(actor, authority, state),
            self.objection_views(authority, state),
        );
        // First of all: who is refused is refused and recorded, whatever else went wrong.
        let access = access?;
        let (notices, related, redecide, contested) = (notices?, related?, redecide?, contested?);
        let objections = objections?;
        let (package, _) = self.package_of(authority, state)?;
        let opened = self.opened(&loaded, &access, package)?;
        let held = match state.open_task() {
            Some(task) => self.held_by_other(actor, authority, task).await?.is_some(),
            None => false,
        };
        let task = state.open_task().map(|task| TaskView {
            task: task.id,
            name: task.name.clone(),
            opened_at: task.opened_at,
            work: task.work,
            can_request: task.work == Work::Review && can_request(package),
            can_confirm: can_confirm(state),
            can_recompute: task.work == Work::Review && can_recompute(state),
            hindrance: self.hindrance(actor, purpose, state, task),
            holder: task.assigned_to.as_deref().map(|id| self.colleague(authority, id)),
            held,
            correctable: package
                .correctable()
                .iter()
                .map(|name| (name.clone(), opened.facts.get(name).cloned().unwrap_or(Value::Null)))
                .collect(),
        });
        // What corrected answers say row by row is not said a second time as a whole.
        let by_answers = {
            let amended = package.facts(&opened.amended, state.received_on());
            move |name: &str, value: &Value| package.is_made_of_answers(name) && amended.get(name) == Some(value)
        };
        let mut deadlines: Vec<DeadlineView> = state
            .deadlines
            .iter()
            .filter(|deadline| tables::counts(state, deadline))
            .map(deadline_view)
            .collect();
        deadlines.sort_by_key(|deadline| deadline.due);
        let done = self.done_tasks(&loaded, &access, package, &opened.application)?;
        Ok(CaseView {
            case,
            authority,
            service: state.service.clone(),
            reference: state.reference.clone().unwrap_or_default(),
            status: tables::status(state),
            submitted_at: state.submitted_at.unwrap_or(state.created_at),
            changes: changes(&package.facts(&opened.application, state.received_on()), &opened.facts)
                .into_iter()
                .filter(|change| !by_answers(&change.name, &change.corrected))
                .collect(),
            answer_changes: package.answer_changes(&opened.application, &opened.amended),
            since_earlier: since_earlier(&loaded, &access, package, &opened.application)?,
            amended: opened.amended,
            application: opened.application,
            papers: self.paper_views(&loaded, &access)?,
            decision: opened
                .decision
                .map(|record| DecisionView::of(record, state.automatic.unwrap_or(false), &state.outgoing)),
            task,
            done,
            notices,
            timeline: self.timeline(&loaded),
            package_version: state.version.clone(),
            requests: self.request_views(&loaded, &access)?,
            further_answers: further_answers(&loaded, &access)?,
            notes: self.note_views(&loaded, &access)?,
            deadlines,
            objections,
            related,
            helpers: self.helper_views(&loaded, &access)?,
            payments: payment_lines(state),
            redecide,
            replaces: state.reopened.as_ref().map(|reopened| reopened.notice),
            take_back: self.takes_back(actor, purpose, authority, state),
            contested,
            outcome: state.outcome.clone(),
            passed: state.passed.clone(),
            version: state.stream_version,
        })
    }

    /// Why this person cannot end the open task, as [`Cases::complete_task`] would say it.
    fn hindrance(&self, actor: &Actor, purpose: Purpose, state: &CaseState, task: &Task) -> Option<String> {
        let at = AtTask {
            actor: actor.clone(),
            purpose,
            authority: self.official(actor).ok()?.authority,
            case: state.id,
            task: task.id,
        };
        match self.task_for(&at, state) {
            Err(CaseError::Verdict(why) | CaseError::Refused(why)) => Some(why),
            _ => None,
        }
    }

    pub(crate) fn decision_record(
        &self,
        loaded: &Loaded,
        access: &Access,
    ) -> Result<Option<DecisionRecord>, CaseError> {
        let Some(version) = loaded.state.decision_entry else {
            return Ok(None);
        };
        let sealed = loaded
            .sealed(version)?
            .typed::<DecisionRecord>(context(loaded.state.id, "decision"));
        sealed.open(access).map(Some).map_err(damaged)
    }

    fn done_tasks(
        &self,
        loaded: &Loaded,
        access: &Access,
        package: &Package,
        application: &Value,
    ) -> Result<Vec<DoneTask>, CaseError> {
        let mut done = Vec::new();
        let mut before = application.clone();
        for entry in loaded.entries.iter().filter(|entry| entry.kind == "task.completed") {
            let (at, event) = Event::read(entry)?;
            let Event::TaskCompleted { task, verdict } = event else {
                continue;
            };
            let sealed = loaded
                .sealed(entry.version)?
                .typed::<VerdictRecord>(context(loaded.state.id, "verdict"));
            let mut record = sealed.open(access).map_err(damaged)?;
            let mut answers = Vec::new();
            if !record.answers.is_empty() {
                let after = Package::overlay(&before, &Value::Object(record.answers));
                answers = package.answer_changes(&before, &after);
                record.corrections.retain(|name, _| !package.is_made_of_answers(name));
                // What was called off with a new decision counts no more.
                if loaded.state.verdicts.iter().any(|(known, _)| *known == task) {
                    before = after;
                }
            }
            let name = loaded
                .state
                .tasks
                .iter()
                .find(|known| known.id == task)
                .map(|known| known.name.clone());
            done.push(DoneTask {
                name: name.unwrap_or_default(),
                by: self.who_on(&loaded.state, &entry.actor),
                by_reader: entry.actor == *access.actor(),
                by_staff: matches!(entry.actor, Actor::Staff { .. }),
                at,
                verdict,
                reason: record.reason,
                corrections: Value::Object(record.corrections),
                answers,
            });
        }
        Ok(done)
    }

    fn timeline(&self, loaded: &Loaded) -> Vec<TimelineItem> {
        let submitted = loaded
            .entries
            .iter()
            .position(|entry| entry.kind == "case.submitted")
            .unwrap_or_default();
        let shown = loaded
            .entries
            .iter()
            .skip(submitted)
            .filter(|entry| entry.kind != "process.advanced");
        shown
            .filter_map(|entry| {
                let event = Event::read(entry).ok().map(|(_, event)| event);
                let deadline = match &event {
                    // A period that was set anew when its letter left the house began once.
                    Some(Event::DeadlineSet { .. }) => Some(began(&loaded.state, entry.version)?),
                    Some(Event::DeadlinePassed { element }) => latest(&loaded.state, element),
                    // It goes on under another name.
                    Some(Event::DeadlineCancelled { renamed: true, .. }) => return None,
                    // What never began is not called off either.
                    Some(Event::DeadlineCancelled { element, .. }) => {
                        let known = latest(&loaded.state, element);
                        Some(known.filter(|known| loaded.state.has_begun(known))?)
                    }
                    _ => None,
                };
                Some(TimelineItem {
                    time: entry.time,
                    kind: entry.kind.clone(),
                    who: self.who_on(&loaded.state, &entry.actor),
                    to: self.assigned_in(entry),
                    letters: letters_of(&loaded.state, event.as_ref()),
                    deadline: deadline.map(deadline_view),
                    moved: match event {
                        Some(Event::Moved { run, version, .. } | Event::MovedBack { run, version }) => {
                            Some(TimelineMove { number: run, version })
                        }
                        _ => None,
                    },
                    seq: entry.seq,
                })
            })
            .collect()
    }

    /// To whom an entry gave a task.
    fn assigned_in(&self, entry: &Entry) -> Option<String> {
        match Event::read(entry) {
            Ok((_, Event::TaskAssigned { to: Some(to), .. })) => Some(self.colleague(entry.authority, &to).name),
            _ => None,
        }
    }
}

fn deadline_view(deadline: &Deadline) -> DeadlineView {
    DeadlineView {
        element: deadline.element.clone(),
        name: deadline.name.clone(),
        due: deadline.due,
    }
}

/// The period that an entry set going; `None` when a later entry did, or it never began.
fn began(state: &CaseState, entry: u64) -> Option<&Deadline> {
    let set = state.deadlines.iter().find(|known| known.entry == entry)?;
    (set.passed || state.has_begun(set)).then_some(set)
}

/// The newest period that an element of the process waited for.
fn latest<'s>(state: &'s CaseState, element: &str) -> Option<&'s Deadline> {
    state.deadlines.iter().rev().find(|known| known.element == element)
}

/// The letters an event is about.
fn letters_of(state: &CaseState, event: Option<&Event>) -> Vec<TimelineLetter> {
    let named: &[NoticeId] = match event {
        Some(
            Event::NoticeIssued { notice, .. } | Event::NoticeRendered { notice, .. } | Event::NoticeRead { notice },
        ) => std::slice::from_ref(notice),
        Some(
            Event::MessageSent { notices, .. }
            | Event::MessageFailed { notices, .. }
            | Event::LetterPosted { notices, .. }
            | Event::LetterServed { notices, .. }
            | Event::LetterRecalled { notices },
        ) => notices,
        _ => &[],
    };
    let known = named.iter().filter_map(|id| state.notice(id));
    known
        .map(|notice| TimelineLetter {
            kind: state.letter_kind(notice),
            template: notice.template.clone(),
        })
        .collect()
}

fn payment_lines(state: &CaseState) -> Vec<PaymentLine> {
    let payments = state.outgoing.payments.iter();
    payments
        .map(|(month, payment)| PaymentLine {
            month: *month,
            standing: match payment.state {
                PaymentState::Planned => PaymentStanding::Planned,
                PaymentState::Exported(_) => PaymentStanding::Exported,
                PaymentState::Stopped => PaymentStanding::Stopped,
            },
        })
        .collect()
}

/// What differs between the facts as submitted and as they are now.
fn changes(submitted: &Value, now: &Value) -> Vec<Change> {
    let empty = Map::new();
    let now = now.as_object().unwrap_or(&empty).iter();
    now.map(|(name, corrected)| (name, submitted.get(name).unwrap_or(&Value::Null), corrected))
        .filter(|(_, submitted, corrected)| submitted != corrected)
        .map(|(name, submitted, corrected)| Change {
            name: name.clone(),
            submitted: submitted.clone(),
            corrected: corrected.clone(),
        })
        .collect()
}
