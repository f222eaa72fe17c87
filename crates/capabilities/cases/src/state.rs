//! A case as its events tell it. Folding is the only way to a state; what is personal in it is
//! only the random id of a person.

use std::collections::BTreeMap;

use serde_json::Value;
use wegfrei_journal::{Actor, KeyId};
use wegfrei_model::{CaseId, NoticeId, PaperId, PersonId, TaskId, Timestamp};

use crate::error::CaseError;
use crate::event::{BlobRef, Event, VerdictKind};
use crate::outgoing::Outgoing;

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
    /// Since when.
    pub opened_at: Timestamp,
    /// Who finished it, when and how.
    pub done: Option<(Actor, Timestamp, VerdictKind)>,
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
    /// Whether it is over.
    pub passed: bool,
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
    /// Package version.
    pub version: String,
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
    /// What leaves the house: contact, dispatch, payments.
    pub outgoing: Outgoing,
    /// The process engine's state, as stored.
    pub process: Option<Value>,
    /// Names of the process elements that wait.
    pub waiting: Vec<String>,
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
            outgoing: Outgoing::default(),
            process: None,
            waiting: Vec::new(),
            stream_version: 0,
        }
    }

    fn take(&mut self, step: &Step<'_>) -> Result<(), CaseError> {
        match step.event {
            Event::DraftSaved { version, .. } => {
                self.in_phase(Phase::Draft)?;
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
                    },
                );
            }
            Event::PaperRemoved { paper } => {
                self.in_phase(Phase::Draft)?;
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
            } => {
                self.in_phase(Phase::Running)?;
                self.tasks.push(Task {
                    id: *task,
                    element: element.clone(),
                    name: name.clone(),
                    role: role.clone(),
                    opened_at: step.at,
                    done: None,
                });
            }
            Event::TaskCompleted { task, verdict } => {
                let open = self
                    .tasks
                    .iter_mut()
                    .find(|known| known.id == *task && known.done.is_none());
                open.ok_or_else(|| CaseError::story("a task that is not open was completed"))?
                    .done = Some((step.actor.clone(), step.at, *verdict));
            }
            Event::Advanced { state, waiting } => {
                self.process = Some(state.clone());
                self.waiting.clone_from(waiting);
            }
            Event::NoticeIssued {
                notice,
                template,
                code,
                demonstration,
            } => self.notices.push(Notice {
                id: *notice,
                template: template.clone(),
                code: code.clone(),
                demonstration: *demonstration,
                issued_at: step.at,
                entry: step.version,
                pdf: None,
                read_at: None,
            }),
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
                // Set again while it runs, it is the same deadline with a new end: a letter left the house later than it was made.
                self.deadlines.retain(|known| known.element != *element || known.passed);
                self.deadlines.push(Deadline {
                    element: element.clone(),
                    name: name.clone(),
                    due: *due,
                    passed: false,
                });
            }
            Event::DeadlinePassed { element } => {
                let running = self
                    .deadlines
                    .iter_mut()
                    .find(|known| known.element == *element && !known.passed);
                running
                    .ok_or_else(|| CaseError::story("a deadline passed that was not set"))?
                    .passed = true;
            }
            Event::Erased {} => {
                self.in_phase(Phase::Closed)?;
                self.phase = Phase::Erased;
            }
            Event::ContactSet { .. }
            | Event::MessageSent { .. }
            | Event::MessageFailed { .. }
            | Event::LetterPosted { .. }
            | Event::PaymentsPlanned { .. }
            | Event::PaymentsStopped { .. }
            | Event::PaymentsExported { .. } => self.outgoing.take(step)?,
            Event::Closed { outcome } => {
                self.in_phase(Phase::Running)?;
                self.phase = Phase::Closed;
                self.closed_at = Some(step.at);
                self.outcome = Some(outcome.clone());
            }
        }
        Ok(())
    }

    fn in_phase(&self, phase: Phase) -> Result<(), CaseError> {
        if self.phase == phase {
            return Ok(());
        }
        Err(CaseError::story(&format!(
            "event of phase {} in phase {}",
            phase.code(),
            self.phase.code()
        )))
    }

    fn notice_mut(&mut self, id: &NoticeId) -> Result<&mut Notice, CaseError> {
        self.notices
            .iter_mut()
            .find(|known| known.id == *id)
            .ok_or_else(|| CaseError::story("unknown notice"))
    }

    /// A notice of this case.
    #[must_use]
    pub fn notice(&self, id: &NoticeId) -> Option<&Notice> {
        self.notices.iter().find(|known| known.id == *id)
    }

    /// The task somebody has to do next.
    #[must_use]
    pub fn open_task(&self) -> Option<&Task> {
        self.tasks.iter().find(|task| task.done.is_none())
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
