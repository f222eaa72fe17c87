//! A case, opened for a purpose.

use super::super::case::Event;
use super::super::form::Answers;
use super::super::{Fact, Tone};
use super::list::Due;
use super::payments::CasePayments;
use super::process::Picture;

/// A paper of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperLink {
    /// Shows it beside the application.
    pub show: String,
    /// Saves it.
    pub save: String,
    /// File name.
    pub name: String,
    /// Size, day, readable.
    pub detail: String,
    /// Shown now.
    pub current: bool,
    /// It came after its time.
    pub late: bool,
    /// It came in time after the latest request, or unasked after the application: what that is called.
    pub came: Option<&'static str>,
}

/// The paper or letter that is shown beside the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Address of the bytes, for showing.
    pub src: String,
    /// Address for saving.
    pub save: String,
    /// Name.
    pub name: String,
    /// A picture; otherwise a PDF.
    pub image: bool,
    /// Why it cannot be shown, and what to do instead.
    pub hindrance: Option<String>,
}

/// One rule of an explanation, with the ones it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What was decided here, for example `Jahresbetrag`.
    pub name: String,
    /// Result, readable.
    pub result: String,
    /// Which rule fired, in words; empty when it is a calculation.
    pub rule: String,
    /// Legal basis.
    pub basis: String,
    /// Inputs of this step.
    pub inputs: Vec<Fact>,
    /// The result when it is too long for the heading.
    pub details: Vec<Fact>,
    /// What of it is zero, empty, no, or a list nobody has words for.
    pub rest: Vec<Fact>,
    /// The steps it rests on.
    pub parts: Vec<Reason>,
    /// Names of steps it rests on that stand elsewhere in the tree.
    pub also: Vec<String>,
}

/// What the rules propose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Result in one sentence or short facts.
    pub facts: Vec<Fact>,
    /// Lists of the result, for example how it was calculated.
    pub tables: Vec<Grid>,
    /// Why: the decision, and below it what it rests on.
    pub reasons: Vec<Reason>,
}

/// A list of a result as a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// What it is.
    pub title: String,
    /// Headings; true: amounts stand below.
    pub columns: Vec<(String, bool)>,
    /// Cells, as many a row as there are headings.
    pub rows: Vec<Vec<String>>,
}

impl Grid {
    /// The cells of a row, each with its heading and whether it is an amount.
    pub fn cells<'g>(&'g self, row: &'g [String]) -> impl Iterator<Item = (&'g str, &'g str, bool)> {
        let columns = self.columns.iter().zip(row);
        columns.map(|((heading, amount), cell)| (heading.as_str(), cell.as_str(), *amount))
    }
}

/// The task that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTask {
    /// Path of the task's page; `None` when it is not the reader's to do.
    pub href: Option<String>,
    /// A colleague holds it: who, and what the reader can do.
    pub held: Option<String>,
    /// Why it is not the reader's to do otherwise.
    pub hindrance: String,
    /// The applicant is asked for something.
    pub waits: Option<&'static str>,
    /// Why a colleague has given it back: who, and the words.
    pub returned: Option<(String, String)>,
    /// What is asked.
    pub title: String,
    /// Since when, readable.
    pub since: String,
    /// What to press.
    pub button: String,
}

/// A task somebody finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneItem {
    /// What was done, by whom, when.
    pub title: String,
    /// What came of it, reason, corrections.
    pub facts: Vec<Fact>,
}

/// A deadline that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadlineLine {
    /// What ends.
    pub name: String,
    /// When.
    pub due: Due,
}

/// A fact as submitted and as corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLine {
    /// The question.
    pub name: String,
    /// As submitted.
    pub submitted: String,
    /// As it counts now.
    pub corrected: String,
}

impl ChangeLine {
    /// Whether both are amounts of money (or one is missing), to stand below each other.
    #[must_use]
    pub fn amounts(&self) -> bool {
        let amount = |text: &str| text.ends_with('€');
        let fits = |text: &str| amount(text) || text == "–";
        fits(&self.submitted) && fits(&self.corrected) && (amount(&self.submitted) || amount(&self.corrected))
    }
}

/// Something the applicant was asked, or answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Heading: asked or answered, when.
    pub title: String,
    /// Text, a paragraph each.
    pub lines: Vec<String>,
    /// Papers wanted.
    pub papers: Vec<String>,
    /// Until when, and whether it is still open.
    pub note: String,
}

/// A note of the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteLine {
    /// Who and when.
    pub title: String,
    /// Text, a paragraph each.
    pub lines: Vec<String>,
}

/// A link to something that belongs to the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// Address.
    pub href: String,
    /// What it is.
    pub name: String,
    /// More, for example how it belongs to the case.
    pub detail: String,
}

/// The notice that will be replaced by the decision that is being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaces {
    /// Which one, a sentence or two.
    pub words: String,
    /// Its letter beside the application.
    pub href: String,
}

/// Something begun that can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeBackForm {
    /// Where the form is sent.
    pub action: String,
    /// What.
    pub title: &'static str,
    /// What that means.
    pub lead: &'static str,
    /// What is wrong with the reason.
    pub error: Option<String>,
    /// The reason as typed.
    pub typed: String,
}

/// `GET /amt/vorgang/{authority}/{case}`
#[derive(Clone, Debug)]
pub struct DeskCaseView {
    /// Path of the case; others begin with it.
    pub base: String,
    /// Reference number.
    pub reference: String,
    /// Service.
    pub service: String,
    /// State.
    pub tone: Tone,
    /// State in words.
    pub status: String,
    /// The purpose recorded for this opening.
    pub purpose: String,
    /// When the application came, readable.
    pub received: String,
    /// What was done last.
    pub message: Option<String>,
    /// What is wrong with the note that was sent, and its text.
    pub note_error: Option<(String, String)>,
    /// The open task, when there is one.
    pub task: Option<OpenTask>,
    /// An objection has succeeded and the reader can decide anew.
    pub redecide: bool,
    /// What will be replaced.
    pub replaces: Option<Replaces>,
    /// What can be taken back.
    pub take_back: Option<TakeBackForm>,
    /// It is an objection itself.
    pub objection: bool,
    /// Of an objection: who decided what it is about; true: it should be somebody else now.
    pub first_decided: Option<(bool, String)>,
    /// Deadlines that run.
    pub deadlines: Vec<DeadlineLine>,
    /// Answers.
    pub groups: Vec<Answers>,
    /// Papers.
    pub papers: Vec<PaperLink>,
    /// The paper shown.
    pub shown: Option<Shown>,
    /// What the rules propose, or what was decided.
    pub proposal: Option<Proposal>,
    /// Which of both it is.
    pub proposal_title: &'static str,
    /// Where the process stands.
    pub picture: Option<Picture>,
    /// What a follow-up application says otherwise than the earlier one.
    pub since_earlier: Option<Vec<ChangeLine>>,
    /// What was corrected.
    pub changes: Vec<ChangeLine>,
    /// Requests and answers, oldest first.
    pub exchanges: Vec<Exchange>,
    /// Letters that went out.
    pub notices: Vec<Linked>,
    /// Objections.
    pub objections: Vec<Linked>,
    /// Cases that belong to it.
    pub related: Vec<Linked>,
    /// Who helps the applicant, since when.
    pub helpers: Vec<String>,
    /// Payments, and the form that stops them.
    pub payments: CasePayments,
    /// Notes, oldest first.
    pub notes: Vec<NoteLine>,
    /// Tasks already done.
    pub done: Vec<DoneItem>,
    /// Oldest first.
    pub events: Vec<Event>,
}
