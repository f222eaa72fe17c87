//! What can be asked of the worklist. Only what an index answers is offered; the rest is refused in words.

use serde::Serialize;
use wegfrei_model::{CaseId, Date, TaskId, Timestamp};

use crate::error::CaseError;
use crate::view::Status;

/// A view of the worklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorklistView {
    /// Open tasks the asking person holds, and those of absent colleagues whose deputy they are.
    Mine,
    /// Every open task of the office, within one's services.
    #[default]
    Team,
    /// Due within seven days.
    DueSoon,
    /// The time is over.
    Overdue,
    /// Waiting for the applicant.
    Waiting,
    /// Finished by the asking person.
    DoneByMe,
    /// Every sent case, whatever its state.
    All,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorklistOrder {
    /// Received longest ago first (`DoneByMe`: finished longest ago).
    Oldest,
    /// Received last first (`DoneByMe`: finished last).
    Newest,
    /// What is due first.
    Due,
}

impl WorklistOrder {
    /// Every order.
    pub const ALL: [WorklistOrder; 3] = [WorklistOrder::Oldest, WorklistOrder::Newest, WorklistOrder::Due];

    /// The code, as in JSON and addresses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            WorklistOrder::Oldest => "oldest",
            WorklistOrder::Newest => "newest",
            WorklistOrder::Due => "due",
        }
    }

    /// The order of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.code() == code)
    }
}

impl WorklistView {
    /// Every view, in the order a desk shows them.
    pub const ALL: [WorklistView; 7] = [
        WorklistView::Mine,
        WorklistView::Team,
        WorklistView::DueSoon,
        WorklistView::Overdue,
        WorklistView::Waiting,
        WorklistView::DoneByMe,
        WorklistView::All,
    ];

    /// The code, as in JSON and addresses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            WorklistView::Mine => "mine",
            WorklistView::Team => "team",
            WorklistView::DueSoon => "due-soon",
            WorklistView::Overdue => "overdue",
            WorklistView::Waiting => "waiting",
            WorklistView::DoneByMe => "done-by-me",
            WorklistView::All => "all",
        }
    }

    /// The view of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.code() == code)
    }

    /// The orders offered, the usual one first.
    #[must_use]
    pub fn orders(self) -> &'static [WorklistOrder] {
        use WorklistOrder::{Due, Newest, Oldest};
        match self {
            WorklistView::Mine | WorklistView::Team | WorklistView::Waiting => &[Oldest, Due, Newest],
            WorklistView::DueSoon | WorklistView::Overdue => &[Due],
            WorklistView::DoneByMe | WorklistView::All => &[Newest, Oldest],
        }
    }

    /// Whether the list can be narrowed to one holder.
    #[must_use]
    pub fn by_holder(self) -> bool {
        matches!(
            self,
            WorklistView::Team | WorklistView::DueSoon | WorklistView::Overdue | WorklistView::Waiting
        )
    }

    /// Whether the list, in this order, can be narrowed to a period of receipt.
    #[must_use]
    pub fn by_received(self, order: WorklistOrder) -> bool {
        order != WorklistOrder::Due && self != WorklistView::DoneByMe
    }
}

/// Who holds a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// Nobody yet.
    Nobody,
    /// The colleague with this personnel key.
    Staff(String),
}

/// What to list.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct WorklistQuery {
    /// Which view.
    pub view: WorklistView,
    /// Only this service.
    pub service: Option<String>,
    /// Only references that begin with this, at least three characters of it; confusable letters and the hyphen do not matter.
    /// Names, addresses and answers cannot be searched: they are sealed and in no index.
    pub reference: Option<String>,
    /// Received on this day or later.
    pub received_from: Option<Date>,
    /// Received on this day or earlier.
    pub received_to: Option<Date>,
    /// Only tasks this one holds.
    pub holder: Option<Holder>,
    /// The order; the view's usual one where none is named.
    pub order: Option<WorklistOrder>,
}

impl From<WorklistView> for WorklistQuery {
    fn from(view: WorklistView) -> Self {
        WorklistQuery {
            view,
            ..WorklistQuery::default()
        }
    }
}

impl WorklistQuery {
    /// The order to list in.
    ///
    /// # Errors
    /// [`CaseError::Verdict`] names the filter or order that this view does not offer.
    pub(crate) fn checked(&self) -> Result<WorklistOrder, CaseError> {
        let refuse = |text: &str| Err(CaseError::Verdict(text.to_owned()));
        let usual = self.view.orders().first().copied().unwrap_or(WorklistOrder::Oldest);
        let order = self.order.unwrap_or(usual);
        if !self.view.orders().contains(&order) {
            return refuse("Diese Ansicht kann so nicht sortiert werden. Bitte wählen Sie eine andere Sortierung.");
        }
        if self.holder.is_some() && !self.view.by_holder() {
            return refuse("Diese Ansicht kann nicht nach Zuständigen gefiltert werden.");
        }
        let dated = self.received_from.is_some() || self.received_to.is_some();
        if dated && !self.view.by_received(order) {
            return refuse(
                "Der Zeitraum des Eingangs lässt sich hier nicht mit dieser Ansicht oder Sortierung verbinden. Bitte sortieren Sie \
                 nach Eingang.",
            );
        }
        if let (Some(from), Some(to)) = (self.received_from, self.received_to)
            && from > to
        {
            return refuse("Der Zeitraum endet, bevor er beginnt. Bitte prüfen Sie die beiden Tage.");
        }
        Ok(order)
    }
}

/// A colleague, as colleagues see them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Colleague {
    /// Personnel key.
    pub id: String,
    /// Name from the directory; the key where the directory does not know them any more.
    pub name: String,
}

/// One line of the worklist; names no contents.
#[derive(Clone, Debug, Serialize)]
pub struct WorkItem {
    /// The case.
    pub case: CaseId,
    /// The task; `None` in the list of all cases.
    pub task: Option<TaskId>,
    /// What letters quote.
    pub reference: String,
    /// Service id.
    pub service: String,
    /// What is to be done, or what the case waits for.
    pub name: String,
    /// Name of the legal deadline the case waits for, where it waits for nobody; `due` is then its end, and `None` before it has begun.
    pub awaits: Option<String>,
    /// Kind of work (`pruefung`, `freigabe`, `nachreichung`); `None` in the list of all cases.
    pub work: Option<String>,
    /// Since when it waits; when it was finished (`DoneByMe`) or sent (`All`).
    pub since: Timestamp,
    /// When the application came.
    pub received_at: Timestamp,
    /// First instant after the time for it; of a case that waits for nobody, the running legal deadline.
    pub due: Option<Timestamp>,
    /// Whether the period that `due` ends has begun; else it ends then at the earliest.
    pub begun: bool,
    /// Somebody of the office has something to do.
    pub open: bool,
    /// The asking person may take the task, or hand it over.
    pub assignable: bool,
    /// Where the case stands.
    pub status: Status,
    /// Who holds the task.
    pub holder: Option<Colleague>,
    /// A release of what the asking person checked: another person's to do.
    pub reviewed_myself: bool,
    /// Held by an absent colleague whose deputy the asking person is: "in Vertretung für …".
    pub deputising: bool,
}

/// How many lines a view has, exact up to [`Count::MOST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The number, or the bound.
    pub n: u64,
    /// There are more than that.
    pub more: bool,
}

impl Count {
    /// Counting further would cost more than the number says.
    pub const MOST: u64 = 1000;
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.n, if self.more { "+" } else { "" })
    }
}
