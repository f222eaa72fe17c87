//! A case as its person sees it.

use super::desk::Picture;
use super::form::Answers;
use super::portal::{CaseItem, NoticeItem};
use super::{Fact, Tone};

/// Something that happened to a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, readable.
    pub time: String,
    /// Machine-readable time.
    pub at: String,
    /// What.
    pub what: String,
    /// Who did it; empty when the platform did.
    pub who: String,
    /// More about it; may be empty.
    pub detail: String,
}

/// Where a step of the list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is over.
    Done,
    /// It runs.
    Now,
    /// It has not begun.
    Later,
}

impl Progress {
    /// Weight of its badge.
    #[must_use]
    pub fn tone(self) -> Tone {
        match self {
            Progress::Done => Tone::Good,
            Progress::Now => Tone::Warn,
            Progress::Later => Tone::Info,
        }
    }
}

/// One step of a case's way, in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it is.
    pub progress: Progress,
    /// What it is.
    pub title: String,
    /// When, readable; may be empty.
    pub date: String,
}

/// Something the person can do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionLink {
    /// Where it goes.
    pub href: String,
    /// What it does.
    pub label: String,
    /// One sentence about it.
    pub hint: String,
    /// The one that is expected of the person.
    pub primary: bool,
    /// Name for tests.
    pub test: &'static str,
}

/// Another case that belongs to this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedItem {
    /// Its page.
    pub href: String,
    /// Why it belongs here, and its service.
    pub title: String,
    /// Reference and status.
    pub detail: String,
}

/// An objection to a notice of the case, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectionItem {
    /// What is, a sentence or two each.
    pub lines: Vec<String>,
    /// Page of the objection.
    pub href: String,
    /// What the link to it says.
    pub link: String,
    /// It says what comes next, in the place of what the status says.
    pub instead: bool,
}

/// `GET /mein-bereich/vorgang/{authority}/{case}`
#[derive(Clone, Debug)]
pub struct CaseView {
    /// Status and names.
    pub case: CaseItem,
    /// Who is next, one sentence.
    pub turn: String,
    /// It is the person who is next.
    pub yours: bool,
    /// Said once after an action.
    pub message: Option<String>,
    /// What was, is and will be.
    pub steps: Vec<Step>,
    /// Of an objection: until when, and before which court, one can sue.
    pub suing: Option<String>,
    /// Objections to its notices, oldest first.
    pub objections: Vec<ObjectionItem>,
    /// Deadlines that run.
    pub deadlines: Vec<Fact>,
    /// What the person can do.
    pub actions: Vec<ActionLink>,
    /// Cases that belong to it.
    pub related: Vec<RelatedItem>,
    /// What was sent; empty until asked for, because opening it is recorded.
    pub groups: Vec<Answers>,
    /// Notices of this case.
    pub notices: Vec<NoticeItem>,
    /// Where the process stands, while it runs.
    pub picture: Option<Picture>,
}

impl CaseView {
    /// There is something to do besides what is expected.
    #[must_use]
    pub fn has_more_actions(&self) -> bool {
        self.actions.iter().any(|action| !action.primary)
    }
}
