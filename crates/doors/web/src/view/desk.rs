//! The desk: worklist, case and task of a member of staff.

use super::case::Event;
use super::form::{Answers, ErrorLink, Field};
use super::{Fact, Paging, Tone};

/// A filter of the worklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Link.
    pub href: String,
    /// Name.
    pub name: String,
    /// Shown now.
    pub current: bool,
}

/// A line of the worklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// Path of the case.
    pub href: String,
    /// Reference number.
    pub reference: String,
    /// Service.
    pub service: String,
    /// What has to be done.
    pub task: String,
    /// Received, readable.
    pub received: String,
    /// Machine-readable.
    pub received_at: String,
    /// State.
    pub tone: Tone,
    /// State in words.
    pub status: String,
}

/// `GET /amt`
#[derive(Clone, Debug)]
pub struct WorklistView {
    /// Authority.
    pub authority: String,
    /// Filters.
    pub filters: Vec<Filter>,
    /// Cases.
    pub items: Vec<WorkItem>,
    /// Which part of the list.
    pub paging: Paging,
}

/// A purpose a case may be opened for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// Code that is recorded.
    pub code: String,
    /// Words.
    pub label: String,
}

/// The question before a case is opened.
#[derive(Clone, Debug)]
pub struct PurposeView {
    /// Path of the case.
    pub href: String,
    /// Reference number; empty when not known before opening.
    pub reference: String,
    /// What may be chosen; the first is the usual one.
    pub purposes: Vec<Purpose>,
    /// Nothing was chosen.
    pub missing: bool,
}

/// A paper of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperLink {
    /// Path.
    pub href: String,
    /// File name.
    pub name: String,
    /// Size and type, readable.
    pub detail: String,
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
}

/// What the rules propose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Result in one sentence or short facts.
    pub facts: Vec<Fact>,
    /// Why, step by step.
    pub reasons: Vec<Reason>,
}

/// `GET /amt/vorgaenge/{id}`
#[derive(Clone, Debug)]
pub struct DeskCaseView {
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
    /// The open task, when there is one.
    pub task: Option<OpenTask>,
    /// Tasks already done.
    pub done: Vec<DoneItem>,
    /// Answers.
    pub groups: Vec<Answers>,
    /// Papers.
    pub papers: Vec<PaperLink>,
    /// What the rules propose.
    pub proposal: Option<Proposal>,
    /// Oldest first.
    pub events: Vec<Event>,
}

/// The task waiting for this person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTask {
    /// Path of the task's page.
    pub href: String,
    /// What is asked.
    pub title: String,
    /// Since when, readable.
    pub since: String,
}

/// A task somebody finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneItem {
    /// What was done, by whom, when.
    pub title: String,
    /// Confirmed or corrected, reason, corrections.
    pub facts: Vec<Fact>,
}

/// `GET /amt/aufgaben/{task}`
#[derive(Clone, Debug)]
pub struct TaskView {
    /// Where the form is sent.
    pub action: String,
    /// Back to the case.
    pub back: String,
    /// Reference number.
    pub reference: String,
    /// What is asked.
    pub title: String,
    /// What the rules propose.
    pub proposal: Option<Proposal>,
    /// What may be corrected, filled with what stands now.
    pub fields: Vec<Field>,
    /// The reason as typed.
    pub reason: String,
    /// What is wrong with the reason.
    pub reason_error: Option<String>,
    /// Version of the case; a stale one is refused (409).
    pub version: u64,
    /// What is wrong.
    pub errors: Vec<ErrorLink>,
}

/// After a task was answered.
#[derive(Clone, Debug)]
pub struct DoneView {
    /// Case path.
    pub case: String,
    /// Reference number.
    pub reference: String,
    /// The proposal was changed.
    pub corrected: bool,
}

/// 403: outside one's competence. The attempt is in the journal.
#[derive(Clone, Debug)]
pub struct RefusedView {
    /// Why, one sentence.
    pub why: String,
    /// When it was recorded, readable.
    pub recorded: String,
}
