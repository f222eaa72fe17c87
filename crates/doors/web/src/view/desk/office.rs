//! Around the cases: the printed file, absence, records, operation, post.

use super::super::case::Event;
use super::super::form::{Answers, Choice};
use super::super::{Fact, Paging};
use super::case::{ChangeLine, DeadlineLine, DoneItem, Exchange, NoteLine, Proposal};

/// `GET /amt/vorgang/{authority}/{case}/akte`: the whole file on paper.
#[derive(Clone, Debug)]
pub struct FileView {
    /// Back to the case.
    pub back: String,
    /// Authority.
    pub authority: String,
    /// Reference number.
    pub reference: String,
    /// Service.
    pub service: String,
    /// Cover: status, received, printed by and when, purpose.
    pub cover: Vec<Fact>,
    /// Answers.
    pub groups: Vec<Answers>,
    /// Papers: name, size and day.
    pub papers: Vec<Fact>,
    /// What a follow-up application says otherwise than the earlier one.
    pub since_earlier: Option<Vec<ChangeLine>>,
    /// What was corrected.
    pub changes: Vec<ChangeLine>,
    /// The decision with all its reasons.
    pub proposal: Option<Proposal>,
    /// Heading of it: a proposal or the decision.
    pub proposal_title: &'static str,
    /// Requests and answers.
    pub exchanges: Vec<Exchange>,
    /// Finished tasks.
    pub done: Vec<DoneItem>,
    /// Deadlines that run.
    pub deadlines: Vec<DeadlineLine>,
    /// Notes.
    pub notes: Vec<NoteLine>,
    /// Everything that happened.
    pub events: Vec<Event>,
}

/// An absence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsenceLine {
    /// Who is absent.
    pub who: String,
    /// From and to, readable.
    pub days: String,
    /// Deputy.
    pub deputy: String,
    /// It runs now.
    pub now: bool,
    /// `staff/absence`, where the reader may end it.
    pub end: Option<String>,
}

/// How much one colleague has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadLine {
    /// Who; nobody has a line too.
    pub who: String,
    /// Link to their tasks.
    pub href: String,
    /// Open tasks.
    pub open: String,
    /// Of them due soon.
    pub soon: String,
    /// Of them overdue.
    pub overdue: String,
    /// Absent now: deputy in words.
    pub absent: String,
}

/// `GET /amt/abwesenheit`
#[derive(Clone, Debug, Default)]
pub struct AbsenceView {
    /// For whom; one choice for those who speak only for themselves.
    pub staff: Vec<Choice>,
    /// Deputies.
    pub deputies: Vec<Choice>,
    /// First day as typed.
    pub from: [String; 3],
    /// Last day as typed.
    pub to: [String; 3],
    /// What is wrong.
    pub error: Option<String>,
    /// What was done.
    pub message: Option<String>,
    /// Absences that run or are to come.
    pub absences: Vec<AbsenceLine>,
    /// The team's load, for team leads.
    pub load: Vec<LoadLine>,
}

/// A record of access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordLine {
    /// When, readable.
    pub time: String,
    /// Machine-readable.
    pub at: String,
    /// Who.
    pub who: String,
    /// What for.
    pub purpose: String,
    /// What was opened.
    pub what: String,
    /// Reference number; empty for drafts.
    pub reference: String,
    /// The person's random id; empty when there is none.
    pub person: String,
    /// Position in the journal.
    pub seq: String,
    /// It was refused.
    pub refused: bool,
}

/// `GET /amt/protokoll`
#[derive(Clone, Debug, Default)]
pub struct RecordsView {
    /// Authority.
    pub authority: String,
    /// Reference as asked.
    pub reference: String,
    /// Person's id as asked.
    pub person: String,
    /// Staff to choose from.
    pub staff: Vec<Choice>,
    /// From, ISO.
    pub from: String,
    /// To, ISO.
    pub to: String,
    /// Something is narrowed.
    pub active: bool,
    /// What does not fit.
    pub error: Option<String>,
    /// Records.
    pub items: Vec<RecordLine>,
    /// Which part.
    pub paging: Paging,
}

/// Jobs of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueLine {
    /// Kind.
    pub kind: String,
    /// To be done now.
    pub due: String,
    /// For later.
    pub later: String,
    /// Failed too often.
    pub dead: String,
    /// Since when the oldest waits.
    pub oldest: String,
}

/// A dead job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLine {
    /// What was to be done, for which authority.
    pub title: String,
    /// Names it: `authority/id`.
    pub id: String,
    /// How often it was tried, and why it failed.
    pub reason: String,
}

/// One PDF to print.
#[derive(Clone, Debug)]
pub struct OutboxFile {
    /// Where it is.
    pub href: String,
    /// What it is.
    pub name: String,
}

/// An envelope that waits to be posted, or was.
#[derive(Clone, Debug)]
pub struct OutboxLine {
    /// The main letter in it.
    pub id: String,
    /// What it is: a notice, a request, a reminder.
    pub kind: String,
    /// How it goes out.
    pub way: String,
    /// Everything in it, the main letter first.
    pub files: Vec<OutboxFile>,
    /// The first day that may be noted, for the date box.
    pub first: String,
    /// The last one: today.
    pub last: String,
    /// What the day is.
    pub label: String,
    /// What the button does.
    pub button: String,
    /// The day noted, readable; empty while it waits.
    pub posted: String,
    /// What it quotes.
    pub reference: String,
    /// The service's name.
    pub service: String,
    /// Day it was made.
    pub since: String,
    /// When it was made, to the minute, and its check code: letters of one case are told apart by it.
    pub made: String,
    /// The print run that holds it: its page, and in words.
    pub run: Option<(String, String)>,
}

/// `GET /amt/postausgang`
#[derive(Clone, Debug, Default)]
pub struct OutboxView {
    /// What waits, oldest first.
    pub letters: Vec<OutboxLine>,
    /// What was posted lately and may be taken back, newest first.
    pub posted: Vec<OutboxLine>,
    /// Said once after an action.
    pub message: Option<String>,
    /// Print runs; only on the first page.
    pub print: Option<super::PrintRunsView>,
    /// Further pages.
    pub paging: Paging,
}

/// `GET /amt/betrieb`
#[derive(Clone, Debug, Default)]
pub struct OperationView {
    /// Whether all is well, and what is not.
    pub verdict: (bool, String),
    /// Engine, size, entries.
    pub figures: Vec<Fact>,
    /// Entries by authority.
    pub journals: Vec<Fact>,
    /// Jobs by kind.
    pub queues: Vec<QueueLine>,
    /// Dead jobs.
    pub dead: Vec<DeadLine>,
    /// What was done.
    pub message: Option<String>,
}
