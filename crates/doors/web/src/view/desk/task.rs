//! A task of the desk: check, correct, ask for papers, release.

use super::super::Fact;
use super::super::form::{Answers, ErrorLink, Field};
use super::case::{ChangeLine, Exchange, PaperLink, Proposal, Replaces};

/// A text block for a question to the applicant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextBlock {
    /// What the desk calls it.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Asking the applicant for papers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestForm {
    /// Text blocks of the service.
    pub blocks: Vec<TextBlock>,
    /// The text as typed.
    pub text: String,
    /// Papers as typed, one a line.
    pub papers: String,
    /// Last day: day, month, year as typed.
    pub due: [String; 3],
    /// Which day would count; empty when no day can be read.
    pub counts: String,
    /// What is wrong with the text.
    pub text_error: Option<String>,
    /// What is wrong with the day.
    pub due_error: Option<String>,
}

/// While the applicant is asked for something, as typed, with what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Awaited {
    /// What came otherwise, or why nothing more is awaited.
    pub came: String,
    /// What is wrong with it.
    pub came_error: Option<String>,
    /// Until when there is time now; `None` before the period has begun, when it cannot be extended.
    pub until: Option<String>,
    /// The new last day.
    pub due: [String; 3],
    /// What is wrong with it.
    pub due_error: Option<String>,
    /// Why.
    pub why: String,
    /// What is wrong with that.
    pub why_error: Option<String>,
}

impl Awaited {
    /// What is wrong, in the order of the page.
    pub fn wrong(&self) -> [&Option<String>; 3] {
        [&self.came_error, &self.due_error, &self.why_error]
    }
}

/// What a correction would lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// What would be corrected.
    pub changes: Vec<ChangeLine>,
    /// The result as it stands, and as it would be.
    pub results: Vec<ChangeLine>,
    /// Lines of its lists that differ, by list.
    pub steps: Vec<(String, Vec<ChangeLine>)>,
    /// The corrections, to be sent with the confirmation.
    pub carried: Vec<(String, String)>,
}

/// Somebody else was first, or the case changed meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overtaken {
    /// Who did what, when.
    pub what: String,
    /// What the reader had typed, to copy.
    pub typed: Vec<Fact>,
    /// The task is still open: the form below may be sent again.
    pub again: bool,
}

/// Answers of the form that belong to one input of the decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What they are about.
    pub title: String,
    /// Something in it is wrong, new or changed.
    pub open: bool,
    /// Questions and lists.
    pub parts: Vec<Part>,
}

/// A part of a section or of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A question.
    Question(Box<Field>),
    /// A list.
    Rows(Box<Rows>),
}

/// A list whose rows can be added and taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Element id.
    pub id: String,
    /// Heading.
    pub title: String,
    /// What is wrong with the list as a whole.
    pub error: Option<String>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What the button for one more sends; `None` when there are as many as may be.
    pub add: Option<String>,
    /// What that button says.
    pub add_words: String,
    /// Where the buttons send the form, so that the list is seen again.
    pub here: String,
}

/// A row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Element id.
    pub id: String,
    /// Title: `2. Mitglied des Haushalts: Paul Mustermann`.
    pub title: String,
    /// Shown unfolded.
    pub open: bool,
    /// Its questions and lists.
    pub parts: Vec<Part>,
    /// What the button that takes it out sends; `None` when it must stay.
    pub remove: Option<String>,
}

/// What can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answering {
    /// Confirm, correct or ask for papers.
    Review {
        /// What may be corrected, filled with what stands now.
        fields: Vec<Field>,
        /// Answers of the form that may be corrected, row by row.
        sections: Vec<Section>,
        /// Asking for papers, where the process knows it.
        request: Option<Box<RequestForm>>,
        /// A correction to be confirmed.
        preview: Option<Box<Preview>>,
    },
    /// Release or return.
    Release,
    /// The applicant is asked for something: what came otherwise, and more time.
    Awaited(Box<Awaited>),
    /// Nothing: it is not (any more) the reader's.
    Nothing,
}

/// `GET /amt/vorgang/{authority}/{case}/aufgabe`
#[derive(Clone, Debug)]
pub struct TaskView {
    /// Where the forms are sent.
    pub action: String,
    /// Back to the case.
    pub back: String,
    /// Reference number.
    pub reference: String,
    /// What is asked.
    pub title: String,
    /// Of an objection: who decided what it is about; true: it should be somebody else now.
    pub first_decided: Option<(bool, String)>,
    /// What will be replaced.
    pub replaces: Option<Replaces>,
    /// What the rules propose; `None`: the decision is the reader's own.
    pub proposal: Option<Proposal>,
    /// All that can be changed is the desk's own to decide: nothing an applicant said is corrected.
    pub choice: bool,
    /// A reason alone is enough: the same facts are reckoned anew.
    pub recomputes: bool,
    /// Path of the first case, when the task is to carry out what an objection to it has won.
    pub carry: Option<String>,
    /// What a follow-up application says otherwise than the earlier one.
    pub since_earlier: Option<Vec<ChangeLine>>,
    /// What was corrected before.
    pub changes: Vec<ChangeLine>,
    /// What was applied for, to be checked against the papers.
    pub groups: Vec<Answers>,
    /// It is an objection, and no application.
    pub objection: bool,
    /// Papers; each is shown in a window of its own, so that nothing typed is lost.
    pub papers: Vec<PaperLink>,
    /// Requests and answers, oldest first.
    pub exchanges: Vec<Exchange>,
    /// Before a release: what has come since the check.
    pub since_check: Vec<String>,
    /// Why a colleague has given it back: who, and the words.
    pub returned: Option<(String, String)>,
    /// Papers the form asks for that did not come with the application.
    pub missing: Vec<String>,
    /// Confirming without saying that it was checked.
    pub unchecked: bool,
    /// What can be answered.
    pub answering: Answering,
    /// The reason as typed.
    pub reason: String,
    /// What is wrong with the reason.
    pub reason_error: Option<String>,
    /// Version of the case; a stale one is refused (409).
    pub version: u64,
    /// What is wrong.
    pub errors: Vec<ErrorLink>,
    /// Somebody was first.
    pub overtaken: Option<Overtaken>,
    /// A colleague holds the task: who, and what the reader can do.
    pub held: Option<String>,
}

impl TaskView {
    /// Checking: fields to correct, request, preview.
    #[must_use]
    pub fn review(&self) -> Option<(&Vec<Field>, Option<&RequestForm>, Option<&Preview>)> {
        match &self.answering {
            Answering::Review {
                fields,
                request,
                preview,
                ..
            } => Some((fields, request.as_deref(), preview.as_deref())),
            Answering::Release | Answering::Awaited(_) | Answering::Nothing => None,
        }
    }

    /// Something is decided here, and not only corrected.
    #[must_use]
    pub fn decides(&self) -> bool {
        self.choice || self.recomputes
    }

    /// Answers of the form that may be corrected, row by row.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        match &self.answering {
            Answering::Review { sections, .. } => sections,
            Answering::Release | Answering::Awaited(_) | Answering::Nothing => &[],
        }
    }

    /// What the applicant is asked for: what came otherwise, and more time.
    #[must_use]
    pub fn awaited(&self) -> Option<&Awaited> {
        match &self.answering {
            Answering::Awaited(awaited) => Some(awaited),
            _ => None,
        }
    }

    /// Whether it is the second pair of eyes.
    #[must_use]
    pub fn release(&self) -> bool {
        self.answering == Answering::Release
    }
}

/// After a task was answered.
#[derive(Clone, Debug)]
pub struct DoneView {
    /// Case path.
    pub case: String,
    /// Reference number.
    pub reference: String,
    /// What was done.
    pub what: &'static str,
    /// What happens next.
    pub next: String,
    /// A page where it goes on: address and words.
    pub link: Option<(&'static str, &'static str)>,
}
