//! A case as its events tell it. Folding is the only way to a state; what is personal in it is
//! only the random id of a person.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use wegfrei_journal::{Actor, KeyId};
use wegfrei_model::{CaseId, Date, NoticeId, PaperId, PersonId, TaskId, Timestamp};
use wegfrei_process::Work;

use crate::contested::{Objection, Reopened, Replaced};
use crate::error::CaseError;
use crate::event::{About, BlobRef, Event, VerdictKind};
use crate::helping::Helping;
use crate::moving::MovedFrom;
use crate::outgoing::Outgoing;

/// `aufgabe.ergebnis` when a time limit ended the task.
pub const MISSED: &str = "versaeumt";
/// Name of the legal deadline for objecting to a notice.
pub const OBJECTION: &str = "rechtsbehelfsfrist";
/// Name of the legal deadline for suing after the decision on an objection.
pub const SUIT: &str = "klagefrist";
/// Name of the deadline for answering a request.
pub const COOPERATION: &str = "mitwirkungsfrist";
/// Name of the time of a reminder before that deadline ends.
pub const REMINDER: &str = "erinnerung";

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Being filled in.
    Draft,
    /// Thrown away; nothing can be read any more.
    Discarded,
    /// Sent; the process runs.
    Running,
    /// The process has ended.
    Closed,
    /// The retention period is over; nothing can be read any more.
    Erased,
}

impl Phase {
    /// The code in the `case_file` table.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Phase::Draft => "draft",
            Phase::Discarded => "discarded",
            Phase::Running => "running",
            Phase::Closed => "closed",
            Phase::Erased => "erased",
        }
    }
}

/// An uploaded paper.
#[derive(Clone, Debug, PartialEq)]
pub struct Paper {
    /// Media type found in the bytes.
    pub media_type: String,
    /// Bytes before sealing.
    pub size: u64,
    /// Where the sealed bytes are.
    pub blob: BlobRef,
    /// When it came.
    pub added_at: Timestamp,
    /// Stream version of the entry with the sealed file name.
    pub entry: u64,
    /// Taken back before sending.
    pub removed: bool,
    /// It came after the deadline of a request.
    pub late: bool,
}

/// Work for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The task.
    pub id: TaskId,
    /// BPMN element.
    pub element: String,
    /// What is to be done.
    pub name: String,
    /// Role of the model's lane.
    pub role: String,
    /// What kind of work it is.
    pub work: Work,
    /// The process's token that waits there.
    pub token: Option<u64>,
    /// Since when.
    pub opened_at: Timestamp,
    /// Personnel key of who holds it, or held it when it was finished; `None` for nobody.
    pub assigned_to: Option<String>,
    /// Who finished it, when and how.
    pub done: Option<(Actor, Timestamp, VerdictKind)>,
    /// When it was called off.
    pub cancelled_at: Option<Timestamp>,
}

impl Task {
    /// Whether it still waits for somebody.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.done.is_none() && self.cancelled_at.is_none()
    }
}

/// What has become of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestStand {
    /// An answer is waited for.
    Open,
    /// The applicant, or who helps them, has answered.
    Answered,
    /// Nothing waits for it any more, without an answer of the applicant: the desk has noted what came otherwise or why it goes on, or the
    /// application was withdrawn.
    Ended {
        /// Since when.
        at: Timestamp,
    },
    /// Its period is over without an answer.
    Missed,
    /// It was called off with the decision that was being made anew.
    CalledOff {
        /// When.
        at: Timestamp,
    },
}

impl RequestStand {
    /// The code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            RequestStand::Open => "open",
            RequestStand::Answered => "answered",
            RequestStand::Ended { .. } => "ended",
            RequestStand::Missed => "missed",
            RequestStand::CalledOff { .. } => "called-off",
        }
    }
}

/// What the applicant was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What has become of it.
    pub stand: RequestStand,
    /// Last day for the answer, as the running deadline has it.
    pub due: Date,
    /// The last day the caseworker named. So many days after asking are given at least, counted from the day the letter counts as
    /// notified.
    pub named: Date,
    /// Until when the desk has extended the period: it ends no earlier, whenever the letter left the house.
    pub extended: Option<Date>,
    /// When it was asked.
    pub at: Timestamp,
    /// Stream version of the entry with the sealed text.
    pub entry: u64,
}

impl Request {
    /// Whether it was called off: as if it had not been made.
    #[must_use]
    pub fn is_called_off(&self) -> bool {
        matches!(self.stand, RequestStand::CalledOff { .. })
    }
}

/// A notice in the mailbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The notice.
    pub id: NoticeId,
    /// Template in the package.
    pub template: String,
    /// Code of the check page.
    pub code: String,
    /// Whether demonstration figures are in it.
    pub demonstration: bool,
    /// A letter on the way, not a decision.
    pub letter: bool,
    /// It must be served with a certificate of delivery (Zustellung): never by message alone.
    pub serve: bool,
    /// When it went to the mailbox.
    pub issued_at: Timestamp,
    /// Stream version of the entry with the sealed letter data.
    pub entry: u64,
    /// The PDF, once it exists.
    pub pdf: Option<Pdf>,
    /// When the resident first opened it.
    pub read_at: Option<Timestamp>,
}

/// A rendered PDF.
#[derive(Clone, Debug, PartialEq)]
pub struct Pdf {
    /// SHA-256 of the PDF, hex.
    pub sha256: String,
    /// Pages.
    pub pages: u64,
    /// Where the sealed bytes are.
    pub blob: BlobRef,
    /// When it was made.
    pub rendered_at: Timestamp,
    /// Stream version of the entry that proves it.
    pub entry: u64,
}

/// A legal deadline of the case.
#[derive(Clone, Debug, PartialEq)]
pub struct Deadline {
    /// BPMN element waiting for it.
    pub element: String,
    /// Legal name.
    pub name: String,
    /// First instant after it.
    pub due: Timestamp,
    /// Stream version of the entry that set it.
    pub entry: u64,
    /// Whether it is over.
    pub passed: bool,
    /// Whether it is no longer waited for.
    pub cancelled: bool,
    /// It goes on under another element since the case was moved to another version.
    pub renamed: bool,
}

impl Deadline {
    /// Whether it is still waited for.
    #[must_use]
    pub fn runs(&self) -> bool {
        !self.passed && !self.cancelled
    }
}

/// A case folded from its stream.
#[derive(Clone, Debug)]
pub struct CaseState {
    /// The case.
    pub id: CaseId,
    /// Whose it is.
    pub person: PersonId,
    /// Service id.
    pub service: String,
    /// Package version: the one it was sent with, or was moved to since.
    pub version: String,
    /// Where it stood before it was moved, as long as that can be taken back.
    pub moved: Option<MovedFrom>,
    /// Data key of everything sealed in it.
    pub key: KeyId,
    /// Where it stands.
    pub phase: Phase,
    /// What letters quote; from sending on.
    pub reference: Option<String>,
    /// First event.
    pub created_at: Timestamp,
    /// Last event.
    pub updated_at: Timestamp,
    /// When it was sent.
    pub submitted_at: Option<Timestamp>,
    /// When the process ended.
    pub closed_at: Option<Timestamp>,
    /// The BPMN end event's name.
    pub outcome: Option<String>,
    /// Stream version of the newest entry with sealed form data (draft or application).
    pub form_entry: u64,
    /// Stream version of the newest decision.
    pub decision_entry: Option<u64>,
    /// Whether the newest decision needed no human.
    pub automatic: Option<bool>,
    /// Papers by id.
    pub papers: BTreeMap<PaperId, Paper>,
    /// Tasks in the order they came.
    pub tasks: Vec<Task>,
    /// Notices in the order they came.
    pub notices: Vec<Notice>,
    /// Deadlines in the order they came.
    pub deadlines: Vec<Deadline>,
    /// The earlier case it is about.
    pub about: Option<About>,
    /// What the applicant was asked for, in order.
    pub requests: Vec<Request>,
    /// When and in which entries answers came that nothing waited for any more, and whether they were late.
    pub further_answers: Vec<(Timestamp, u64, bool)>,
    /// Who wrote notes, when and in which entries.
    pub notes: Vec<(Actor, Timestamp, u64)>,
    /// Stream versions of the entries with sealed verdicts, with the task.
    pub verdicts: Vec<(TaskId, u64)>,
    /// Objections to its notices.
    pub objections: Vec<Objection>,
    /// The decision is being made anew.
    pub reopened: Option<Reopened>,
    /// Notices that were replaced, in order.
    pub replaced: Vec<Replaced>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
    /// What came of the task that ended last: `aufgabe.ergebnis`.
    pub result: Option<&'static str>,
    /// What leaves the house: contact, dispatch, payments.
    pub outgoing: Outgoing,
    /// Who helps the resident, and the code for the next one.
    pub helping: Helping,
    /// The process engine's state, as stored.
    pub process: Option<Value>,
    /// Names of the process elements that wait.
    pub waiting: Vec<String>,
    /// Ids of the process elements that were reached, in order.
    pub passed: Vec<String>,
    /// Stream version after the last event.
    pub stream_version: u64,
}

/// One event with what its entry adds to it.
pub struct Step<'a> {
    /// Stream version of the entry, from 1.
    pub version: u64,
    /// Command time.
    pub at: Timestamp,
    /// Who did it.
    pub actor: &'a Actor,
    /// Data key of the sealed part, if there is one.
    pub key: Option<&'a KeyId>,
    /// What happened.
    pub event: &'a Event,
}

impl CaseState {
    /// Folds one event onto `state`.
    ///
    /// # Errors
    /// [`CaseError::Damaged`] when the events do not tell a possible story (for example a notice rendered that was never issued).
    pub fn apply(state: Option<Self>, id: CaseId, step: &Step<'_>) -> Result<Self, CaseError> {
        let mut case = match (state, step.event) {
            (Some(case), _) => case,
            (
                None,
                Event::DraftSaved {
                    person,
                    service,
                    version,
                    ..
                }
                | Event::Submitted {
                    person,
                    service,
                    version,
                    ..
                },
            ) => {
                let key = step
                    .key
                    .cloned()
                    .ok_or_else(|| CaseError::story("first event without a key"))?;
                Self::empty(id, *person, service.clone(), version.clone(), key, step.at)
            }
            (None, other) => return Err(CaseError::story(&format!("{} before the case exists", other.kind()))),
        };
        if matches!(case.phase, Phase::Discarded | Phase::Erased) {
            return Err(CaseError::story("event after everything was erased"));
        }
        case.updated_at = step.at;
        case.stream_version = step.version;
        case.take(step)?;
        Ok(case)
    }

    fn empty(id: CaseId, person: PersonId, service: String, version: String, key: KeyId, at: Timestamp) -> Self {
        Self {
            id,
            person,
            service,
            version,
            moved: None,
            key,
            phase: Phase::Draft,
            reference: None,
            created_at: at,
            updated_at: at,
            submitted_at: None,
            closed_at: None,
            outcome: None,
            form_entry: 0,
            decision_entry: None,
            automatic: None,
            papers: BTreeMap::new(),
            tasks: Vec::new(),
            notices: Vec::new(),
            deadlines: Vec::new(),
            about: None,
            requests: Vec::new(),
            further_answers: Vec::new(),
            notes: Vec::new(),
            verdicts: Vec::new(),
            objections: Vec::new(),
            reopened: None,
            replaced: Vec::new(),
            withdrawn_at: None,
            result: None,
            outgoing: Outgoing::default(),
            helping: Helping::default(),
            process: None,
            waiting: Vec::new(),
            passed: Vec::new(),
            stream_version: 0,
        }
    }

    fn take(&mut self, step: &Step<'_>) -> Result<(), CaseError> {
        match step.event {
            Event::DraftSaved { version, about, .. } => {
                self.in_phase(Phase::Draft)?;
                self.about = self.about.or(*about);
                self.version.clone_from(version);
                self.form_entry = step.version;
            }
            Event::DraftDiscarded {} => {
                self.in_phase(Phase::Draft)?;
                self.phase = Phase::Discarded;
            }
            Event::PaperAdded {
                paper,
                media_type,
                size,
                blobs,
                late,
            } => {
                let blob = one(blobs)?;
                self.papers.insert(
                    *paper,
                    Paper {
                        media_type: media_type.clone(),
                        size: *size,
                        blob,
                        added_at: step.at,
                        entry: step.version,
                        removed: false,
                        late: *late,
                    },
                );
            }
            Event::PaperRemoved { paper } => {
                // After sending only what belongs to an answer that is not given yet.
                if self.open_supply().is_none() {
                    self.in_phase(Phase::Draft)?;
                }
                self.papers
                    .get_mut(paper)
                    .ok_or_else(|| CaseError::story("unknown paper removed"))?
                    .removed = true;
            }
            Event::Submitted { version, reference, .. } => {
                self.in_phase(Phase::Draft)?;
                self.phase = Phase::Running;
                self.version.clone_from(version);
                self.reference = Some(reference.clone());
                self.submitted_at = Some(step.at);
                self.form_entry = step.version;
            }
            Event::DecisionMade { automatic, .. } => {
                self.in_phase(Phase::Running)?;
                self.decision_entry = Some(step.version);
                self.automatic = Some(*automatic);
            }
            Event::TaskOpened {
                task,
                element,
                name,
                role,
                work,
                token,
            } => {
                self.in_phase(Phase::Running)?;
                self.tasks.push(Task {
                    id: *task,
                    element: element.clone(),
                    name: name.clone(),
                    role: role.clone(),
                    work: *work,
                    token: *token,
                    opened_at: step.at,
                    assigned_to: None,
                    done: None,
                    cancelled_at: None,
                });
            }
            Event::TaskCompleted { task, verdict } => {
                self.open_mut(task)?.done = Some((step.actor.clone(), step.at, *verdict));
                self.verdicts.push((*task, step.version));
                self.result = Some(verdict.result());
                if *verdict == VerdictKind::Supplied {
                    self.request_stands(match step.actor {
                        Actor::Person(_) => RequestStand::Answered,
                        _ => RequestStand::Ended { at: step.at },
                    });
                }
            }
            Event::TaskCancelled { task, moved } => {
                let called_off = self.open_mut(task)?;
                called_off.cancelled_at = Some(step.at);
                let awaited = called_off.work == Work::Supply;
                if !moved {
                    self.result = Some(MISSED);
                    let open = self
                        .requests
                        .last()
                        .is_some_and(|newest| newest.stand == RequestStand::Open);
                    if awaited && open {
                        self.request_stands(RequestStand::Ended { at: step.at });
                    }
                }
            }
            Event::PapersRequested { due, .. } => {
                self.in_phase(Phase::Running)?;
                self.requests.push(Request {
                    stand: RequestStand::Open,
                    due: *due,
                    named: *due,
                    extended: None,
                    at: step.at,
                    entry: step.version,
                });
            }
            Event::RequestExtended { until } => {
                let newest = self.requests.last_mut();
                newest
                    .ok_or_else(|| CaseError::story("more time for a request that was not made"))?
                    .extended = Some(*until);
            }
            Event::RequestCalledOff {} => self.request_stands(RequestStand::CalledOff { at: step.at }),
            Event::AnsweredLate {} | Event::AnsweredFurther {} => {
                self.in_phase(Phase::Running)?;
                let late = matches!(step.event, Event::AnsweredLate {});
                self.further_answers.push((step.at, step.version, late));
            }
            Event::Withdrawn {} => {
                self.in_phase(Phase::Running)?;
                self.withdrawn_at = Some(step.at);
            }
            Event::ObjectionFiled { .. }
            | Event::ObjectionClosed { .. }
            | Event::ObjectionGranted { .. }
            | Event::ObjectionRefused { .. }
            | Event::ObjectionCarriedOut { .. }
            | Event::ObjectionReopened { .. }
            | Event::DecisionReopened { .. }
            | Event::DecisionRestored { .. } => self.take_objection(step)?,
            Event::NoteAdded {} => self.notes.push((step.actor.clone(), step.at, step.version)),
            Event::TaskAssigned { task, to } => {
                self.open_mut(task)?.assigned_to.clone_from(to);
            }
            Event::Advanced { state, waiting, passed } => {
                self.process = Some(state.clone());
                self.waiting.clone_from(waiting);
                self.passed.extend_from_slice(passed);
            }
            Event::Moved { .. } | Event::MovedBack { .. } => self.take_move(step)?,
            Event::NoticeIssued {
                notice,
                template,
                code,
                demonstration,
                letter,
                serve,
                replaces,
            } => {
                if let Some(old) = replaces {
                    self.replace(*old, *notice)?;
                }
                self.notices.push(Notice {
                    id: *notice,
                    template: template.clone(),
                    code: code.clone(),
                    demonstration: *demonstration,
                    letter: *letter,
                    serve: *serve,
                    issued_at: step.at,
                    entry: step.version,
                    pdf: None,
                    read_at: None,
                });
            }
            Event::NoticeRendered {
                notice,
                pdf_sha256,
                pages,
                blobs,
            } => {
                let blob = one(blobs)?;
                self.notice_mut(notice)?.pdf = Some(Pdf {
                    sha256: pdf_sha256.clone(),
                    pages: *pages,
                    blob,
                    rendered_at: step.at,
                    entry: step.version,
                });
            }
            Event::NoticeRead { notice } => {
                self.notice_mut(notice)?.read_at.get_or_insert(step.at);
            }
            Event::DeadlineSet { element, name, due } => {
                if let Some(request) = self.requests.last_mut().filter(|_| name == COOPERATION) {
                    request.due = due.saturating_sub(std::time::Duration::from_micros(1)).date();
                }
                // Set again while it runs, it is the same deadline with a new end: a letter left the house later than it was made.
                self.deadlines
                    .retain(|known| known.element != *element || !known.runs());
                self.deadlines.push(Deadline {
                    element: element.clone(),
                    name: name.clone(),
                    due: *due,
                    entry: step.version,
                    passed: false,
                    cancelled: false,
                    renamed: false,
                });
            }
            Event::Erased {} => {
                self.in_phase(Phase::Closed)?;
                self.phase = Phase::Erased;
            }
            Event::ContactSet { .. }
            | Event::MessageSent { .. }
            | Event::MessageFailed { .. }
            | Event::LetterPosted { .. }
            | Event::LetterServed { .. }
            | Event::LetterRecalled { .. }
            | Event::PaymentsPlanned { .. }
            | Event::PaymentsStopped { .. }
            | Event::PaymentsExported { .. } => self.outgoing.take(step)?,
            Event::HelpOffered { .. }
            | Event::HelpAccepted { .. }
            | Event::HelpEnded { .. }
            | Event::HelpTakenBack {} => self.helping.take(step)?,
            Event::DeadlinePassed { element } => {
                let over = self.running_mut(element)?;
                over.passed = true;
                if over.name == COOPERATION {
                    self.request_stands(RequestStand::Missed);
                }
            }
            Event::DeadlineCancelled { element, renamed } => {
                let running = self.running_mut(element)?;
                (running.cancelled, running.renamed) = (true, *renamed);
            }
            Event::Closed { outcome } => {
                self.in_phase(Phase::Running)?;
                self.phase = Phase::Closed;
                self.closed_at = Some(step.at);
                self.outcome = Some(outcome.clone());
            }
        }
        Ok(())
    }

    pub(crate) fn in_phase(&self, phase: Phase) -> Result<(), CaseError> {
        if self.phase == phase {
            return Ok(());
        }
        Err(CaseError::story(&format!(
            "event of phase {} in phase {}",
            phase.code(),
            self.phase.code()
        )))
    }

    fn open_mut(&mut self, task: &TaskId) -> Result<&mut Task, CaseError> {
        self.tasks
            .iter_mut()
            .find(|known| known.id == *task && known.is_open())
            .ok_or_else(|| CaseError::story("a task that is not open ended"))
    }

    fn running_mut(&mut self, element: &str) -> Result<&mut Deadline, CaseError> {
        self.deadlines
            .iter_mut()
            .find(|known| known.element == element && known.runs())
            .ok_or_else(|| CaseError::story("a deadline ended that was not set"))
    }

    /// What has become of the newest request. A model may have the applicant's task without one.
    fn request_stands(&mut self, stand: RequestStand) {
        if let Some(newest) = self.requests.last_mut() {
            newest.stand = stand;
        }
    }

    fn notice_mut(&mut self, id: &NoticeId) -> Result<&mut Notice, CaseError> {
        self.notices
            .iter_mut()
            .find(|known| known.id == *id)
            .ok_or_else(|| CaseError::story("unknown notice"))
    }

    /// The day the application came (§ 31 VwVfG); of a draft, the day it was begun.
    #[must_use]
    pub fn received_on(&self) -> Date {
        self.submitted_at.unwrap_or(self.created_at).date()
    }

    /// A notice of this case.
    #[must_use]
    pub fn notice(&self, id: &NoticeId) -> Option<&Notice> {
        self.notices.iter().find(|known| known.id == *id)
    }

    /// The task somebody has to do next.
    #[must_use]
    pub fn open_task(&self) -> Option<&Task> {
        self.tasks.iter().find(|task| task.is_open())
    }

    /// What came of a task, once it is done.
    #[must_use]
    pub fn came_to(&self, task: TaskId) -> Option<VerdictKind> {
        let done = self.tasks.iter().find(|known| known.id == task)?.done.as_ref();
        done.map(|(_, _, verdict)| *verdict)
    }

    /// The applicant's open task: something was asked for and is still waited for.
    #[must_use]
    pub fn open_supply(&self) -> Option<&Task> {
        self.tasks
            .iter()
            .find(|task| task.is_open() && task.work == Work::Supply)
    }

    /// Whether a decision went to the mailbox.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.notices.iter().any(|notice| !notice.letter)
    }

    /// Whether a person of the authority took part: then a notice is not automatic alone (§ 155 Abs. 4 AO, § 31a SGB X).
    #[must_use]
    pub fn was_reviewed(&self) -> bool {
        self.tasks
            .iter()
            .any(|task| task.work != Work::Supply && task.done.is_some())
    }

    /// Who completed the latest review that counts.
    #[must_use]
    pub fn reviewer(&self) -> Option<&Actor> {
        self.reviewer_before(u64::MAX)
    }

    /// Who completed the latest review that counts, of those before an entry: who made what was issued with it.
    #[must_use]
    pub fn reviewer_before(&self, entry: u64) -> Option<&Actor> {
        let counts = |task: &&Task| {
            let mut verdicts = self.verdicts.iter();
            verdicts.any(|(known, verdict)| *known == task.id && *verdict < entry)
        };
        let reviews = self
            .tasks
            .iter()
            .filter(|task| task.work == Work::Review)
            .filter(counts);
        // By their order: a clock may go back.
        reviews
            .filter_map(|task| task.done.as_ref())
            .next_back()
            .map(|(actor, _, _)| actor)
    }

    /// The deadline for objecting to a notice: the first that was set after it went out; of one that has another name in the process
    /// since a move, what it is there.
    #[must_use]
    pub fn objection_deadline(&self, notice: &Notice) -> Option<&Deadline> {
        self.deadlines
            .iter()
            .find(|deadline| deadline.name == OBJECTION && deadline.entry > notice.entry && !deadline.renamed)
    }

    /// Ids of the sealed papers and PDFs that are kept: what was taken back, discarded or erased is deleted with the entry that says so.
    pub(crate) fn blobs(&self) -> BTreeSet<&str> {
        if matches!(self.phase, Phase::Discarded | Phase::Erased) {
            return BTreeSet::new();
        }
        let papers = self.papers().map(|(_, paper)| &paper.blob);
        let letters = self
            .notices
            .iter()
            .filter_map(|notice| Some(&notice.pdf.as_ref()?.blob));
        papers.chain(letters).map(|blob| blob.id.as_str()).collect()
    }

    /// Papers that belong to the application.
    pub fn papers(&self) -> impl Iterator<Item = (&PaperId, &Paper)> {
        self.papers.iter().filter(|(_, paper)| !paper.removed)
    }
}

fn one(blobs: &[BlobRef]) -> Result<BlobRef, CaseError> {
    match blobs {
        [blob] => Ok(blob.clone()),
        _ => Err(CaseError::story("an entry must name exactly one blob")),
    }
}
