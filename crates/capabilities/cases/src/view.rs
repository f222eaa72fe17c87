//! What doors show. Plain data; whatever is personal in it came through an `Access` that is recorded.

mod objection;

use serde::Serialize;
use serde_json::Value;
use wegfrei_decisions::Explanation;
use wegfrei_identity::Purpose;
use wegfrei_journal::{Actor, ProofBundle};
use wegfrei_model::{AuthorityId, CaseId, Date, Month, NoticeId, PaperId, TaskId, Timestamp};
use wegfrei_packages::{AnswerChange, Origin};
use wegfrei_process::Work;

use crate::advance::DecisionRecord;
use crate::event::{Relation, VerdictKind};
use crate::help::HelperView;
use crate::outgoing::payments::stays_stopped;
use crate::outgoing::{LetterKind, Outgoing, PaymentLine};
use crate::state::RequestStand;
use crate::worklist::Colleague;

pub use objection::{Contested, ObjectionStand, ObjectionView, Suit, TakeBack};

/// Where a case stands, for plain words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Not sent yet.
    Draft,
    /// A caseworker has to look.
    InReview,
    /// The applicant was asked for something and has to answer.
    PapersWanted,
    /// The notice is in the mailbox; the period for objection runs.
    Decided,
    /// An objection to the notice is not decided yet, or has succeeded and the new notice has not come.
    Contested,
    /// The period for objection is over.
    Final,
    /// The applicant withdrew it.
    Withdrawn,
    /// Ended otherwise.
    Closed,
}

impl Status {
    /// The code, as in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::InReview => "in-review",
            Status::PapersWanted => "papers-wanted",
            Status::Decided => "decided",
            Status::Contested => "contested",
            Status::Final => "final",
            Status::Withdrawn => "withdrawn",
            Status::Closed => "closed",
        }
    }
}

/// One line of "Mein Bereich".
#[derive(Clone, Debug, Serialize)]
pub struct CaseSummary {
    /// The competent authority.
    pub authority: AuthorityId,
    /// The case; for a draft, the draft.
    pub case: CaseId,
    /// Service id.
    pub service: String,
    /// What letters quote; `None` for a draft.
    pub reference: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// Names of the process elements that wait, in the package's own words.
    pub waiting: Vec<String>,
    /// Last change.
    pub updated_at: Timestamp,
    /// When it was sent.
    pub submitted_at: Option<Timestamp>,
    /// First instant after the running legal deadline, if one runs.
    pub due: Option<Timestamp>,
    /// The earlier case it is about, for example the one whose notice an objection contests: its service, and what its letters quote.
    pub about: Option<(String, String)>,
}

/// One notice in the mailbox.
#[derive(Clone, Debug, Serialize)]
pub struct NoticeSummary {
    /// The authority that decided.
    pub authority: AuthorityId,
    /// The case it belongs to.
    pub case: CaseId,
    /// The notice.
    pub notice: NoticeId,
    /// Service id.
    pub service: String,
    /// What letters quote.
    pub reference: String,
    /// Which letter of the package: `bescheid`, or an enclosure such as `bescheid-leicht`.
    pub template: String,
    /// What it is, whatever its package calls its letters today.
    pub kind: LetterKind,
    /// When it came.
    pub issued_at: Timestamp,
    /// Whether the PDF can be opened yet; otherwise it is being made.
    pub ready: bool,
    /// When it was first opened.
    pub read_at: Option<Timestamp>,
    /// Code of the check page.
    pub code: String,
    /// When a later notice took its place: it counts no more.
    pub replaced_at: Option<Timestamp>,
}

/// A draft as its owner sees it.
#[derive(Clone, Debug)]
pub struct DraftView {
    /// The draft; becomes the case.
    pub case: CaseId,
    /// The authority it is for.
    pub authority: AuthorityId,
    /// Service id.
    pub service: String,
    /// The form data so far.
    pub data: Value,
    /// Uploaded papers.
    pub papers: Vec<PaperView>,
    /// Version of the answers: pass it back when saving, so that a stale tab is noticed. What else happens to the draft (help
    /// offered or taken, a paper) leaves it as it is.
    pub version: u64,
    /// Already sent (a second tab or the back button): show the receipt.
    pub submitted: Option<SubmitReceipt>,
}

/// A paper.
#[derive(Clone, Debug, Serialize)]
pub struct PaperView {
    /// The paper.
    pub paper: PaperId,
    /// The name its owner gave it.
    pub file_name: String,
    /// Media type found in the bytes.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// When it came.
    pub added_at: Timestamp,
    /// It came after the deadline of a request.
    pub late: bool,
}

/// What the sender gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SubmitReceipt {
    /// The case.
    pub case: CaseId,
    /// The competent authority.
    pub authority: AuthorityId,
    /// What letters quote.
    pub reference: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// Where it stands right after sending.
    pub status: Status,
}

/// One record of "who saw what of mine".
#[derive(Clone, Debug, Serialize)]
pub struct AccessRecord {
    /// When.
    pub time: Timestamp,
    /// Whose journal proves it.
    pub authority: AuthorityId,
    /// Position in that journal.
    pub seq: u64,
    /// Who: a function in words ("Sachbearbeitung", "Sie selbst", "Automatischer Schritt"), not a name.
    pub who: String,
    /// Purpose code, for example `case-work`.
    pub purpose: String,
    /// What was opened, for example `form`.
    pub parts: Vec<String>,
    /// False when it was refused.
    pub granted: bool,
    /// The case.
    pub case: CaseId,
    /// What letters quote.
    pub reference: Option<String>,
}

/// One page of a list.
#[derive(Clone, Debug, Serialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Pass this to get the next page; `None` on the last.
    pub next: Option<String>,
    /// Pass this to get the page before; `None` on the first, and in lists that only go on.
    pub previous: Option<String>,
}

/// A case at the desk, opened under a recorded purpose.
#[derive(Clone, Debug)]
pub struct CaseView {
    /// The case.
    pub case: CaseId,
    /// The competent authority.
    pub authority: AuthorityId,
    /// Service id.
    pub service: String,
    /// What letters quote.
    pub reference: String,
    /// Where it stands.
    pub status: Status,
    /// When it was sent.
    pub submitted_at: Timestamp,
    /// The form data as sent.
    pub application: Value,
    /// Papers.
    pub papers: Vec<PaperView>,
    /// The newest decision, if one was computed.
    pub decision: Option<DecisionView>,
    /// The task that is open, if one is.
    pub task: Option<TaskView>,
    /// Tasks that are done, oldest first.
    pub done: Vec<DoneTask>,
    /// Notices.
    pub notices: Vec<NoticeSummary>,
    /// Everything that happened, oldest first.
    pub timeline: Vec<TimelineItem>,
    /// Version of the package it works with: the one it was sent with, or was moved to; the package itself: `Cases::package_for`.
    pub package_version: String,
    /// What was corrected: submitted and corrected value; without what `answer_changes` says.
    pub changes: Vec<Change>,
    /// The form data with all corrections of answers.
    pub amended: Value,
    /// Answers of the form that were corrected, row by row, against the form data as sent.
    pub answer_changes: Vec<AnswerChange>,
    /// Of a follow-up application: what it says otherwise than the form data it began with, as it was sent the last time. Papers, which
    /// are uploaded anew, are not compared. `None`: it is none.
    pub since_earlier: Option<Vec<AnswerChange>>,
    /// What the applicant was asked for, oldest first.
    pub requests: Vec<RequestView>,
    /// Answers that came when nothing waited for them any more, oldest first.
    pub further_answers: Vec<FurtherAnswer>,
    /// Notes of the desk, oldest first; never shown to the applicant.
    pub notes: Vec<NoteView>,
    /// Deadlines that run, soonest first.
    pub deadlines: Vec<DeadlineView>,
    /// Objections to its notices.
    pub objections: Vec<ObjectionView>,
    /// Cases this one is about, and cases about this one.
    pub related: Vec<RelatedCase>,
    /// Who helps the applicant.
    pub helpers: Vec<HelperView>,
    /// Months that were or will be paid, oldest first; amounts stand in the decision.
    pub payments: Vec<PaymentLine>,
    /// An objection has succeeded and the reader can decide anew ([`crate::Cases::redecide`]).
    pub redecide: bool,
    /// The notice that will be replaced: the decision is being made anew.
    pub replaces: Option<NoticeId>,
    /// What the reader can take back ([`crate::Cases::take_back`]).
    pub take_back: Option<TakeBack>,
    /// Of an objection: who decided what it is about.
    pub contested: Option<Contested>,
    /// The process's outcome in its own words, once it has ended.
    pub outcome: Option<String>,
    /// Ids of the process elements that were reached, in order.
    pub passed: Vec<String>,
    /// Stream version: pass it back with a verdict, so that a stale tab is noticed.
    pub version: u64,
}

/// A corrected fact.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Name of package.toml's `[inputs]`.
    pub name: String,
    /// As submitted.
    pub submitted: Value,
    /// As corrected.
    pub corrected: Value,
}

/// What the applicant was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestView {
    /// What the caseworker wrote.
    pub text: String,
    /// The papers wanted.
    pub papers: Vec<String>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Last day for the answer.
    #[serde(serialize_with = "as_text")]
    pub due: Date,
    /// The day the letter names as the earliest one; `due` is later when the letter left the house late.
    #[serde(serialize_with = "as_text")]
    pub named: Date,
    /// First instant after it.
    pub until: Timestamp,
    /// Whether the period runs: the request has left the house. Until then `due` is its earliest end.
    pub begun: bool,
    /// Whether an answer is still waited for and would be in time.
    pub open: bool,
    /// What has become of it.
    pub stand: RequestStand,
}

/// An answer that came when nothing waited for it any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FurtherAnswer {
    /// When.
    pub at: Timestamp,
    /// What the applicant wrote.
    pub text: String,
    /// It came after the deadline of the request.
    pub late: bool,
}

/// A note of the desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoteView {
    /// When.
    pub at: Timestamp,
    /// Who, in words.
    pub by: String,
    /// The text.
    pub text: String,
}

/// A running deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeadlineView {
    /// BPMN element that waits for it.
    pub element: String,
    /// Legal name or duration.
    pub name: String,
    /// First instant after it.
    pub due: Timestamp,
}

/// A case linked by `about`; of the same authority and person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RelatedCase {
    /// The other case.
    pub case: CaseId,
    /// Its service.
    pub service: String,
    /// What letters quote; `None` for a draft.
    pub reference: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// Why they are linked.
    pub relation: Relation,
    /// Whether the other case is the earlier one.
    pub earlier: bool,
}

fn as_text<S: serde::Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

/// What an applicant may do with a case now; no contents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MyActions {
    /// Answer a request and upload papers: the task that is open.
    pub supply: Option<TaskId>,
    /// Nothing waits for an answer to a request (any more), or its deadline has passed; a message and papers are still taken to the file:
    /// after a request, and unasked while the desk checks.
    pub supply_further: bool,
    /// Something was asked for.
    pub asked: bool,
    /// When what was asked for last was called off.
    pub called_off: Option<Timestamp>,
    /// Withdraw.
    pub withdraw: bool,
    /// Object to a notice, and the first instant that is too late.
    pub object: Vec<(NoticeId, Option<Timestamp>)>,
    /// The period for the answer runs; not while the request has not left the house.
    pub supply_begun: bool,
    /// Notices to which an objection came too late by now, and the first instant that was too late.
    pub missed: Vec<(NoticeId, Timestamp)>,
    /// The person's objections to its notices, oldest first.
    pub objections: Vec<ObjectionView>,
    /// Sue before the administrative court against the decision on this objection.
    pub sue: Option<Suit>,
    /// That court, where one can sue.
    pub court: Option<String>,
    /// Ids of the process elements that were reached, in order.
    pub passed: Vec<String>,
    /// The decision on this objection was taken back and is made anew.
    pub decided_anew: bool,
    /// Begin a follow-up application.
    pub follow_up: bool,
}

/// A computed decision.
#[derive(Clone, Debug, Serialize)]
pub struct DecisionView {
    /// The decision's result.
    pub value: Value,
    /// Rule by rule, with legal bases.
    pub explanation: Explanation,
    /// The three inputs it was computed from.
    pub inputs: Value,
    /// By which package, in which version; with it and the inputs it is decided again. `None` where early versions did not keep it.
    pub package: Option<Origin>,
    /// Whether no human had to look.
    pub automatic: bool,
    /// From this month on nothing is paid of what it grants: a person, or a follow-up, has stopped it.
    pub stopped: Option<Month>,
}

impl DecisionView {
    pub(crate) fn of(record: DecisionRecord, automatic: bool, outgoing: &Outgoing) -> Self {
        let value: Value = record.value.into();
        Self {
            stopped: stays_stopped(outgoing, &value),
            value,
            explanation: record.explanation,
            inputs: record.inputs,
            package: record.package,
            automatic,
        }
    }
}

/// The open task.
#[derive(Clone, Debug, Serialize)]
pub struct TaskView {
    /// The task.
    pub task: TaskId,
    /// What is to be done.
    pub name: String,
    /// Since when.
    pub opened_at: Timestamp,
    /// What kind of work it is: which verdicts are possible.
    pub work: Work,
    /// Whether the applicant can be asked for papers here.
    pub can_request: bool,
    /// Whether the decision as it stands can be confirmed: not while one that was contested with success is made anew.
    pub can_confirm: bool,
    /// Whether a correction may name a reason and change nothing: the decision is made anew after an objection, and reckoned from the same
    /// facts by what holds now.
    pub can_recompute: bool,
    /// Why who asks cannot end it: another role's, or four eyes are wanted and these are the same two.
    pub hindrance: Option<String>,
    /// Who holds it; pass the key back when assigning it, so that a stale tab is noticed.
    pub holder: Option<Colleague>,
    /// A colleague holds it, and the reader is not their deputy today: the reader ends it only after it was handed over.
    pub held: bool,
    /// Names (of package.toml's `[inputs]`) a caseworker may correct, with today's value.
    pub correctable: Vec<(String, Value)>,
}

/// A finished task.
#[derive(Clone, Debug, Serialize)]
pub struct DoneTask {
    /// What was done.
    pub name: String,
    /// Who.
    pub by: String,
    /// Whether that was the reader.
    pub by_reader: bool,
    /// Whether that was a member of staff: what ends the applicant's task is then no answer of theirs.
    pub by_staff: bool,
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub verdict: VerdictKind,
    /// The reason given.
    pub reason: String,
    /// What was corrected: name → new value; without what `answers` says.
    pub corrections: Value,
    /// Answers of the form that were corrected, row by row.
    pub answers: Vec<AnswerChange>,
}

/// One line of the timeline.
#[derive(Clone, Debug, Serialize)]
pub struct TimelineItem {
    /// When.
    pub time: Timestamp,
    /// Entry kind, for example `case.submitted`; the door has words for it.
    pub kind: String,
    /// Who, in words.
    pub who: String,
    /// To whom a task went (`task.assigned`): the colleague's name; `None` when it was given back.
    pub to: Option<String>,
    /// The letters it is about.
    pub letters: Vec<TimelineLetter>,
    /// The period or time it is about.
    pub deadline: Option<DeadlineView>,
    /// The move it is about.
    pub moved: Option<TimelineMove>,
    /// Position in the authority's journal.
    pub seq: u64,
}

/// A move to another version of the package, or back, in the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimelineMove {
    /// Number of the move ([`crate::Cases::case_move`]).
    pub number: u64,
    /// The version the case works with from then on.
    pub version: String,
}

/// A letter in the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimelineLetter {
    /// What it is.
    pub kind: LetterKind,
    /// Which letter of the package.
    pub template: String,
}

/// A step of the desk: who works on which task, and what for.
#[derive(Clone, Debug)]
pub struct AtTask {
    /// Who.
    pub actor: Actor,
    /// The purpose that is recorded: work on the application, or a legal remedy.
    pub purpose: Purpose,
    /// The competent authority.
    pub authority: AuthorityId,
    /// The case.
    pub case: CaseId,
    /// The task.
    pub task: TaskId,
}

/// What a caseworker decides.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// As proposed; a reason is welcome, not required.
    Confirm {
        /// Free text, may be empty.
        reason: String,
    },
    /// With corrected inputs; the decision is computed again from them. Without any where [`TaskView::can_recompute`] says so.
    Correct {
        /// Free text, required.
        reason: String,
        /// Input name → corrected value; what is made of several answers of the form is corrected by `answers`.
        corrections: serde_json::Map<String, Value>,
        /// Answers of the form in the place of those sent, by element id, merged as RFC 7396 says; the form's rules hold.
        answers: serde_json::Map<String, Value>,
    },
    /// Ask the applicant for something.
    RequestPapers {
        /// What is asked, for the applicant to read; required.
        text: String,
        /// The papers wanted, one a line.
        papers: Vec<String>,
        /// Last day for the answer, 7 to 90 days ahead; a day without work moves on to the next working day.
        due: Date,
    },
    /// A second person releases what was reviewed.
    Release {
        /// Free text, may be empty.
        reason: String,
    },
    /// A second person sends it back.
    Return {
        /// Free text, required.
        reason: String,
    },
    /// The applicant answers a request; of the desk, it waits no longer, and says what came or why.
    Supply {
        /// Free text; of the applicant, may be empty.
        text: String,
    },
}

/// What the check page says.
#[derive(Clone, Debug, Serialize)]
pub enum Authenticity {
    /// Issued by this authority and unchanged; everything here is public.
    Genuine(Box<Genuine>),
    /// The code is right but the PDF is still being made: ask again.
    NotYet,
    /// No authority here issued it, or it was changed.
    Unknown,
}

/// The proof that a notice is genuine.
#[derive(Clone, Debug, Serialize)]
pub struct Genuine {
    /// Who issued it.
    pub authority: AuthorityId,
    /// Service id.
    pub service: String,
    /// When it went to the mailbox.
    pub issued_at: Timestamp,
    /// When a later notice took its place: it counts no more.
    pub replaced_at: Option<Timestamp>,
    /// SHA-256 of the PDF, hex: compare with the file in hand.
    pub pdf_sha256: String,
    /// Whether demonstration figures are in it.
    pub demonstration: bool,
    /// Size of the tree the proof is for.
    pub tree_size: u64,
    /// Root hash of that tree, base64.
    pub root: String,
    /// Proof and signed checkpoint: enough for anybody to check again (RFC 6962, C2SP).
    pub bundle: ProofBundle,
}
