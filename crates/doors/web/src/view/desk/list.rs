//! The worklist and what is done with many tasks at once.

use super::super::Tone;
use super::super::form::Choice;

/// A view of the worklist, as a tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    /// Link.
    pub href: String,
    /// Name.
    pub name: String,
    /// How many lines it has; `1000+` when nobody counts further.
    pub count: String,
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
    /// Last day for it.
    pub due: Option<Due>,
    /// It ends then at the earliest.
    pub earliest: bool,
    /// Who holds it; empty when nobody does.
    pub holder: String,
    /// Nobody holds it, and somebody should.
    pub free: bool,
    /// For which absent colleague the reader does it; empty when it is not so.
    pub deputy_for: String,
    /// State.
    pub tone: Tone,
    /// State in words.
    pub status: String,
    /// Names the task in forms; `None` where there is nothing to take, give back or hand over.
    pub pick: Option<String>,
    /// The reader may hand it over.
    pub assignable: bool,
    /// The reader may take it.
    pub take: bool,
    /// Why it is not theirs to do; empty where it may be.
    pub not_mine: String,
    /// The reader may give it back.
    pub give_back: bool,
}

/// A last day and how near it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The day, readable.
    pub day: String,
    /// Machine-readable.
    pub at: String,
    /// Days left in words.
    pub left: String,
    /// How near.
    pub tone: Tone,
}

/// What narrows the list, as it stands in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    /// Code of the view.
    pub view: String,
    /// Beginning of a reference number.
    pub reference: String,
    /// Services to choose from.
    pub services: Vec<Choice>,
    /// Holders to choose from; empty where the view has none.
    pub holders: Vec<Choice>,
    /// Orders to choose from; fewer than two are not shown.
    pub orders: Vec<Choice>,
    /// Received from, ISO.
    pub from: String,
    /// Received to, ISO.
    pub to: String,
    /// The view can be narrowed to a period.
    pub period: bool,
    /// Something is narrowed.
    pub active: bool,
    /// What does not fit.
    pub error: Option<String>,
}

/// `GET /amt`
#[derive(Clone, Debug)]
pub struct WorklistView {
    /// Authority.
    pub authority: String,
    /// The views.
    pub tabs: Vec<Tab>,
    /// Search and filters.
    pub narrow: Narrow,
    /// Cases.
    pub items: Vec<WorkItem>,
    /// Colleagues a task can be handed to; the first is "nobody: give back".
    pub colleagues: Vec<Choice>,
    /// This list, to come back to.
    pub here: String,
    /// What was done last.
    pub message: Option<String>,
    /// Why the list is empty, in words for this view.
    pub empty: String,
    /// The reference searched for is among all cases: how often, and the link to that list.
    pub elsewhere: Option<(String, String)>,
    /// Link to the part before this one.
    pub previous: Option<String>,
    /// Link to the part after this one.
    pub next: Option<String>,
}

impl WorklistView {
    /// Whether something of this list can be assigned.
    #[must_use]
    pub fn assignable(&self) -> bool {
        self.items.iter().any(|item| item.assignable)
    }
}

/// What became of a hand-over of which something failed.
#[derive(Clone, Debug)]
pub struct HandedView {
    /// To whom, in words.
    pub to: String,
    /// How many went.
    pub done: usize,
    /// Reference or place of each that did not, and why.
    pub failed: Vec<(String, String)>,
    /// Back to the list.
    pub back: String,
}
