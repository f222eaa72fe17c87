//! What can happen to a case. An event's facts never name personal data; that part of an entry is sealed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wegfrei_journal::Entry;
use wegfrei_model::{CaseId, Date, Month, NoticeId, PaperId, PaymentRunId, PersonId, TaskId, Timestamp};
use wegfrei_process::Work;

use crate::error::CaseError;

/// A stored blob, named so that `wegfrei verify` can compare its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobRef {
    /// Key in the blob table.
    pub id: String,
    /// SHA-256 of the stored (sealed) bytes, lower-case hex.
    pub sha256: String,
}

/// Which print run has noted a posting, and by which entry of its stream: what it notes again after a restart, and what it takes back,
/// is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintNote {
    /// Number of the run.
    pub run: u64,
    /// Version of the entry that says it was posted.
    pub entry: u64,
}

/// Why payments are stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// A person said so, or the grant or the case has ended.
    #[default]
    Asked,
    /// A follow-up case pays from there on, or ends the grant. What is owed for earlier months is still paid.
    FollowUp,
    /// The decision that planned them was replaced: no month stays stopped, the next decision plans anew.
    Replaced,
}

impl StopReason {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
    fn is_asked(&self) -> bool {
        *self == StopReason::Asked
    }
}

/// Why a case refers to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// Weiterleistung: the grant shall go on.
    Renewal,
    /// Änderung: something has changed.
    Change,
    /// Widerspruch against a notice.
    Objection,
}

impl Relation {
    /// The code in tables and facts.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Relation::Renewal => "renewal",
            Relation::Change => "change",
            Relation::Objection => "objection",
        }
    }

    /// The relation of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Relation::Renewal, Relation::Change, Relation::Objection]
            .into_iter()
            .find(|relation| relation.code() == code)
    }
}

/// The earlier case a case is about: of the same authority and the same person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The earlier case.
    pub case: CaseId,
    /// Why.
    pub relation: Relation,
}

/// What came of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerdictKind {
    /// As proposed.
    Confirmed,
    /// With corrected facts; the decision was computed again.
    Corrected,
    /// The applicant was asked for something.
    Requested,
    /// A second person released it.
    Released,
    /// A second person sent it back.
    Returned,
    /// The applicant answered; by a member of staff, that the desk waits no longer: it came otherwise, or is not needed any more.
    Supplied,
}

impl VerdictKind {
    /// The value of `aufgabe.ergebnis` in a process's conditions.
    #[must_use]
    pub fn result(self) -> &'static str {
        match self {
            VerdictKind::Confirmed => "bestaetigt",
            VerdictKind::Corrected => "berichtigt",
            VerdictKind::Requested => "nachgefordert",
            VerdictKind::Released => "freigegeben",
            VerdictKind::Returned => "zurueckgegeben",
            VerdictKind::Supplied => "nachgereicht",
        }
    }
}

/// A way to reach a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A message by e-mail that something lies in the mailbox.
    Email,
    /// The letter itself, on paper.
    Letter,
}

impl Channel {
    /// The code in tables and facts.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Channel::Email => "email",
            Channel::Letter => "letter",
        }
    }
}

/// What a message tells of. The message itself does not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Notices lie in the mailbox.
    Notice,
    /// The authority asks for papers.
    Request,
    /// A deadline comes near.
    Reminder,
    /// A request was called off.
    #[serde(rename = "called-off")]
    CalledOff,
}

/// Why a message did not go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Failure {
    /// The mail server refused it for good.
    Refused,
    /// Nobody took it through all attempts.
    Unreachable,
}

/// One thing that happened. `kind()` is the entry's kind; the fields are its facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "facts")]
pub enum Event {
    /// A resident saved an unfinished application. Sealed: the form data.
    #[serde(rename = "draft.saved")]
    DraftSaved {
        /// Whose draft.
        person: PersonId,
        /// Service id.
        service: String,
        /// Package version the form belongs to.
        version: String,
        /// The earlier case it is about; in the first entry only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<About>,
    },
    /// The resident threw the draft away; its key is destroyed.
    #[serde(rename = "draft.discarded")]
    DraftDiscarded {},
    /// A paper was uploaded. Sealed: its file name.
    #[serde(rename = "paper.added")]
    PaperAdded {
        /// The paper.
        paper: PaperId,
        /// Media type found in the bytes, not the one claimed.
        media_type: String,
        /// Size in bytes before sealing.
        size: u64,
        /// The sealed bytes.
        blobs: Vec<BlobRef>,
        /// It came after the deadline of a request; entries of early versions say so also of what came when nothing waited for it any
        /// more.
        #[serde(default)]
        late: bool,
    },
    /// The resident took a paper back before sending.
    #[serde(rename = "paper.removed")]
    PaperRemoved {
        /// The paper.
        paper: PaperId,
    },
    /// The application was sent. Sealed: the form data as validated.
    #[serde(rename = "case.submitted")]
    Submitted {
        /// Who sent it.
        person: PersonId,
        /// Service id.
        service: String,
        /// Package version.
        version: String,
        /// SHA-256 of the package, hex: with it the decision can be computed again years later.
        package: String,
        /// What people quote in letters.
        reference: String,
        /// The papers that belong to it.
        papers: Vec<PaperId>,
    },
    /// A decision was computed. Sealed: inputs, value and explanation.
    #[serde(rename = "decision.made")]
    DecisionMade {
        /// The DMN decision's name.
        decision: String,
        /// Whether no human has to look (§ 155 Abs. 4 AO).
        automatic: bool,
        /// Who computed it: `submission` or `task`.
        stage: String,
    },
    /// A person has to look.
    #[serde(rename = "task.opened")]
    TaskOpened {
        /// The task.
        task: TaskId,
        /// BPMN element.
        element: String,
        /// What is to be done, from the model.
        name: String,
        /// Lane or role of the model.
        role: String,
        /// What kind of work it is.
        #[serde(default)]
        work: Work,
        /// The process's token that waits there.
        #[serde(default)]
        token: Option<u64>,
    },
    /// A person has looked, or the applicant has answered. Sealed: reason and corrections, or the answer.
    #[serde(rename = "task.completed")]
    TaskCompleted {
        /// The task.
        task: TaskId,
        /// What came of it.
        verdict: VerdictKind,
    },
    /// The task is no longer to be done: a time limit ended it, or the case ended.
    #[serde(rename = "task.cancelled")]
    TaskCancelled {
        /// The task.
        task: TaskId,
        /// The case was moved to another version, which puts the task otherwise: nobody has missed anything.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        moved: bool,
    },
    /// A caseworker asked the applicant for something (§ 60, 66 SGB I; § 26 VwVfG; § 90 AO). Sealed: text and papers wanted.
    #[serde(rename = "papers.requested")]
    PapersRequested {
        /// The review that asked.
        task: TaskId,
        /// Last day for the answer.
        due: Date,
    },
    /// The desk gave more time for the answer to the newest request. A fact of the request: its letter may be posted once more.
    #[serde(rename = "request.extended")]
    RequestExtended {
        /// Last day for the answer.
        until: Date,
    },
    /// The newest request was made while a decision was made anew, and that was called off: nothing is waited for any more.
    #[serde(rename = "request.called-off")]
    RequestCalledOff {},
    /// The applicant answered a request after its deadline. Sealed: the text.
    #[serde(rename = "answer.late")]
    AnsweredLate {},
    /// The applicant wrote within the time of a request when nothing waited for an answer any more. Sealed: the text.
    #[serde(rename = "answer.further")]
    AnsweredFurther {},
    /// The applicant withdrew the application.
    #[serde(rename = "case.withdrawn")]
    Withdrawn {},
    /// The person objected to a notice of this case; the objection is a case of its own.
    #[serde(rename = "objection.filed")]
    ObjectionFiled {
        /// The notice.
        notice: NoticeId,
        /// The objection's case.
        case: CaseId,
    },
    /// The case of an objection has ended.
    #[serde(rename = "objection.closed")]
    ObjectionClosed {
        /// The objection's case.
        case: CaseId,
        /// Because it was withdrawn.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        withdrawn: bool,
    },
    /// The objection has succeeded: its notice goes out, and the contested one is to be changed or set aside (§ 72 VwGO).
    #[serde(rename = "objection.granted")]
    ObjectionGranted {
        /// The objection's case.
        case: CaseId,
        /// Only in part.
        in_part: bool,
    },
    /// The objection was decided on and did not succeed at all (§ 73 VwGO).
    #[serde(rename = "objection.refused")]
    ObjectionRefused {
        /// The objection's case.
        case: CaseId,
    },
    /// What the objection has won was carried out in another way than by a new decision here.
    #[serde(rename = "objection.carried-out")]
    ObjectionCarriedOut {
        /// The objection's case.
        case: CaseId,
    },
    /// The decision on the objection was taken back: it is decided on again.
    #[serde(rename = "objection.reopened")]
    ObjectionReopened {
        /// The objection's case.
        case: CaseId,
    },
    /// The decision is made anew: after an objection to it has succeeded (the case goes back to its review, § 72 VwGO), or, in the case of
    /// an objection, because the authority decides on it otherwise.
    #[serde(rename = "decision.reopened")]
    DecisionReopened {
        /// The case of the objection that has succeeded; in an objection's own case `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        objection: Option<CaseId>,
        /// The notice that will be replaced.
        notice: NoticeId,
    },
    /// Deciding anew was called off before there was a new decision: everything is as it was before. Why, says a note.
    #[serde(rename = "decision.restored")]
    DecisionRestored {
        /// The notice that is not replaced.
        notice: NoticeId,
    },
    /// A note for the file, which the applicant is not shown. Sealed: the text.
    #[serde(rename = "note.added")]
    NoteAdded {},
    /// An open task has another holder. Only ids: names are in the staff directory.
    #[serde(rename = "task.assigned")]
    TaskAssigned {
        /// The task.
        task: TaskId,
        /// Personnel key of the new holder at the same authority; `None` when it was given back.
        to: Option<String>,
    },
    /// The process moved.
    #[serde(rename = "process.advanced")]
    Advanced {
        /// The engine's state.
        state: Value,
        /// Names of the elements that now wait.
        waiting: Vec<String>,
        /// Ids of the elements that were reached meanwhile, in order; entries of early versions lack them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        passed: Vec<String>,
    },
    /// The case goes on with another version of its package. What that changes for who works on it, the next events say.
    #[serde(rename = "process.moved")]
    Moved {
        /// Number of the move at this authority.
        run: u64,
        /// The version it goes on with,
        version: String,
        /// and that package's SHA-256, hex.
        package: String,
        /// The engine's state in that version's process.
        state: Value,
        /// Names of the elements that wait there.
        waiting: Vec<String>,
    },
    /// The move was taken back before anything else happened: the case stands where it stood before.
    #[serde(rename = "process.moved-back")]
    MovedBack {
        /// Number of the move.
        run: u64,
        /// The version it works with again.
        version: String,
    },
    /// A notice went to the resident's mailbox. Sealed: the letter's data.
    #[serde(rename = "notice.issued")]
    NoticeIssued {
        /// The notice.
        notice: NoticeId,
        /// Template in the package, without extension.
        template: String,
        /// What the check page is asked with.
        code: String,
        /// Whether demonstration figures are in it.
        demonstration: bool,
        /// A letter on the way (a request, a reminder), not a decision.
        #[serde(default)]
        letter: bool,
        /// It must be served with a certificate of delivery (Zustellung, § 73 Abs. 3 VwGO).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        serve: bool,
        /// The notice whose place it takes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<NoticeId>,
    },
    /// The notice's PDF exists. From here on its hash proves that it is genuine.
    #[serde(rename = "notice.rendered")]
    NoticeRendered {
        /// The notice.
        notice: NoticeId,
        /// SHA-256 of the PDF, hex.
        pdf_sha256: String,
        /// Number of pages.
        pages: u64,
        /// The sealed PDF.
        blobs: Vec<BlobRef>,
    },
    /// The resident opened the notice for the first time.
    #[serde(rename = "notice.read")]
    NoticeRead {
        /// The notice.
        notice: NoticeId,
    },
    /// The resident chose how to be told of news. Sealed: the choice with its address.
    #[serde(rename = "contact.set")]
    ContactSet {
        /// By which way.
        channel: Channel,
    },
    /// A message went out that something lies in the mailbox; its day counts for notification (§ 122a Abs. 4 AO, § 37 Abs. 2a SGB X).
    #[serde(rename = "message.sent")]
    MessageSent {
        /// What it told of.
        what: What,
        /// By which way.
        channel: Channel,
        /// The notices it told of.
        notices: Vec<NoticeId>,
    },
    /// A message could not be delivered; what it told of goes by letter.
    #[serde(rename = "message.failed")]
    MessageFailed {
        /// What it told of.
        what: What,
        /// By which way.
        channel: Channel,
        /// The notices it told of.
        notices: Vec<NoticeId>,
        /// Why.
        reason: Failure,
    },
    /// Printed notices were given to the post (§ 122 Abs. 2 AO, § 41 Abs. 2 VwVfG, § 37 Abs. 2 SGB X).
    #[serde(rename = "letter.posted")]
    LetterPosted {
        /// What was in the envelope.
        notices: Vec<NoticeId>,
        /// The day of posting.
        on: Date,
        /// The print run it was noted with; none for a letter alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        print: Option<PrintNote>,
    },
    /// Printed notices were served; the day is the one on the certificate of delivery (§ 3 VwZG, §§ 177 ff. ZPO).
    #[serde(rename = "letter.served")]
    LetterServed {
        /// What was in the envelope.
        notices: Vec<NoticeId>,
        /// The day of delivery.
        on: Date,
    },
    /// Posting or serving was noted by mistake: the letters are still in the house.
    #[serde(rename = "letter.recalled")]
    LetterRecalled {
        /// What did not leave the house.
        notices: Vec<NoticeId>,
    },
    /// Payments of a grant are planned, one a month without a gap. Sealed: holder, IBAN, and the amount of each month.
    #[serde(rename = "payments.planned")]
    PaymentsPlanned {
        /// How many months; none where only something is owed.
        count: u32,
        /// The first month.
        first: Month,
        /// The last month.
        last: Month,
        /// With this month is paid what is owed for months that a replaced decision has paid too little; after `last`, nothing but that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        back: Option<Month>,
    },
    /// What is planned from a month on and not yet exported is not paid.
    #[serde(rename = "payments.stopped")]
    PaymentsStopped {
        /// The first month that is not paid.
        from: Month,
        /// Why.
        #[serde(default, skip_serializing_if = "StopReason::is_asked")]
        why: StopReason,
    },
    /// Payments went into a file for the bank. Sealed: what goes out for which month; entries of early versions lack it.
    #[serde(rename = "payments.exported")]
    PaymentsExported {
        /// The payment run.
        run: PaymentRunId,
        /// The months it pays.
        months: Vec<Month>,
    },
    /// The resident made a code for somebody to help. Whoever enters it in time becomes a helper; an earlier code is void.
    #[serde(rename = "help.offered")]
    HelpOffered {
        /// What the code is recognised by: PBKDF2, hex.
        hash: String,
        /// First moment it is no longer good.
        until: Timestamp,
    },
    /// Somebody entered the code and helps from now on. Sealed: the name.
    #[serde(rename = "help.accepted")]
    HelpAccepted {
        /// Who helps.
        helper: PersonId,
    },
    /// Somebody helps no more: the resident, or they themselves, ended it.
    #[serde(rename = "help.ended")]
    HelpEnded {
        /// Who helped.
        helper: PersonId,
    },
    /// The resident took an unused code back.
    #[serde(rename = "help.taken-back")]
    HelpTakenBack {},
    /// The retention period is over: the case's key is destroyed, nobody can read its contents any more.
    #[serde(rename = "case.erased")]
    Erased {},
    /// A deadline runs.
    #[serde(rename = "deadline.set")]
    DeadlineSet {
        /// BPMN element that waits for it.
        element: String,
        /// Legal name, for example `rechtsbehelfsfrist`.
        name: String,
        /// First instant after the deadline, microseconds since 1970.
        due: Timestamp,
    },
    /// A deadline is over.
    #[serde(rename = "deadline.passed")]
    DeadlinePassed {
        /// BPMN element.
        element: String,
    },
    /// A deadline is no longer waited for.
    #[serde(rename = "deadline.cancelled")]
    DeadlineCancelled {
        /// BPMN element.
        element: String,
        /// The case was moved to another version, where it goes on as another element.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        renamed: bool,
    },
    /// The process ended.
    #[serde(rename = "case.closed")]
    Closed {
        /// The BPMN end event's name.
        outcome: String,
    },
}

impl Event {
    /// The entry's kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Event::DraftSaved { .. } => "draft.saved",
            Event::DraftDiscarded {} => "draft.discarded",
            Event::PaperAdded { .. } => "paper.added",
            Event::PaperRemoved { .. } => "paper.removed",
            Event::Submitted { .. } => "case.submitted",
            Event::DecisionMade { .. } => "decision.made",
            Event::TaskOpened { .. } => "task.opened",
            Event::TaskCompleted { .. } => "task.completed",
            Event::TaskCancelled { .. } => "task.cancelled",
            Event::PapersRequested { .. } => "papers.requested",
            Event::RequestExtended { .. } => "request.extended",
            Event::RequestCalledOff {} => "request.called-off",
            Event::AnsweredLate {} => "answer.late",
            Event::AnsweredFurther {} => "answer.further",
            Event::Withdrawn {} => "case.withdrawn",
            Event::ObjectionFiled { .. } => "objection.filed",
            Event::ObjectionClosed { .. } => "objection.closed",
            Event::ObjectionGranted { .. } => "objection.granted",
            Event::ObjectionRefused { .. } => "objection.refused",
            Event::ObjectionCarriedOut { .. } => "objection.carried-out",
            Event::ObjectionReopened { .. } => "objection.reopened",
            Event::DecisionReopened { .. } => "decision.reopened",
            Event::DecisionRestored { .. } => "decision.restored",
            Event::NoteAdded {} => "note.added",
            Event::TaskAssigned { .. } => "task.assigned",
            Event::Advanced { .. } => "process.advanced",
            Event::Moved { .. } => "process.moved",
            Event::MovedBack { .. } => "process.moved-back",
            Event::NoticeIssued { .. } => "notice.issued",
            Event::NoticeRendered { .. } => "notice.rendered",
            Event::NoticeRead { .. } => "notice.read",
            Event::ContactSet { .. } => "contact.set",
            Event::MessageSent { .. } => "message.sent",
            Event::MessageFailed { .. } => "message.failed",
            Event::LetterPosted { .. } => "letter.posted",
            Event::LetterServed { .. } => "letter.served",
            Event::LetterRecalled { .. } => "letter.recalled",
            Event::PaymentsPlanned { .. } => "payments.planned",
            Event::PaymentsStopped { .. } => "payments.stopped",
            Event::PaymentsExported { .. } => "payments.exported",
            Event::HelpOffered { .. } => "help.offered",
            Event::HelpAccepted { .. } => "help.accepted",
            Event::HelpEnded { .. } => "help.ended",
            Event::HelpTakenBack {} => "help.taken-back",
            Event::Erased {} => "case.erased",
            Event::DeadlineSet { .. } => "deadline.set",
            Event::DeadlinePassed { .. } => "deadline.passed",
            Event::DeadlineCancelled { .. } => "deadline.cancelled",
            Event::Closed { .. } => "case.closed",
        }
    }

    /// Whether the process did it, not the person whose command set it going: the record names who really acted.
    #[must_use]
    pub fn is_by_process(&self) -> bool {
        matches!(
            self,
            Event::DecisionMade { .. }
                | Event::TaskOpened { .. }
                | Event::TaskCancelled { .. }
                | Event::ObjectionClosed { .. }
                | Event::ObjectionGranted { .. }
                | Event::ObjectionRefused { .. }
                | Event::Advanced { .. }
                | Event::NoticeIssued { .. }
                | Event::DeadlineSet { .. }
                | Event::DeadlineCancelled { .. }
                | Event::PaymentsPlanned { .. }
                | Event::Closed { .. }
        )
    }

    /// The facts for the entry, with the time of the command (`at`, microseconds): the journal's own time may be later.
    ///
    /// # Errors
    /// When a value cannot be written as JSON, which no event's can.
    pub fn facts(&self, at: Timestamp) -> Result<Value, CaseError> {
        let mut whole = serde_json::to_value(self).map_err(|error| CaseError::damaged("event", error))?;
        let mut facts = whole
            .get_mut("facts")
            .map(Value::take)
            .unwrap_or_else(|| Value::Object(Map::new()));
        if let Some(object) = facts.as_object_mut() {
            object.insert("at".to_owned(), at.as_micros().into());
        }
        Ok(facts)
    }

    /// Reads an entry back.
    ///
    /// # Errors
    /// [`CaseError::Damaged`] names the entry's kind when it is none of a case's or lacks a fact.
    pub fn read(entry: &Entry) -> Result<(Timestamp, Self), CaseError> {
        Self::parse(&entry.kind, &entry.facts)
    }

    /// As [`Event::read`], from an entry's parts.
    ///
    /// # Errors
    /// As [`Event::read`].
    pub fn parse(kind: &str, facts: &str) -> Result<(Timestamp, Self), CaseError> {
        let damaged = |error: serde_json::Error| CaseError::damaged(kind, error);
        let mut facts: Map<String, Value> = serde_json::from_str(facts).map_err(damaged)?;
        let at = facts.shift_remove("at").and_then(|at| at.as_i64());
        let at = at.and_then(|micros| Timestamp::from_micros(micros).ok());
        let at = at.ok_or_else(|| CaseError::story(&format!("{kind} without a time")))?;
        let mut whole = Map::new();
        whole.insert("kind".to_owned(), kind.into());
        whole.insert("facts".to_owned(), Value::Object(facts));
        let event = serde_json::from_value(Value::Object(whole)).map_err(damaged)?;
        Ok((at, event))
    }
}

/// The stream of a case.
#[must_use]
pub fn stream(case: &CaseId) -> String {
    format!("case/{case}")
}
