//! What doors show of an objection, at its own case and at the one whose notice it contests.

use serde::Serialize;
use wegfrei_model::{CaseId, NoticeId, Timestamp};

/// Where an objection stands, seen from the case whose notice is contested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectionStand {
    /// Not decided yet.
    Open,
    /// It has succeeded, and the new notice has not come.
    Granted {
        /// Only in part.
        in_part: bool,
    },
    /// It has succeeded, and that is carried out.
    CarriedOut {
        /// Only in part.
        in_part: bool,
        /// The notice that replaced the contested one; `None` when it was changed in another way.
        by: Option<NoticeId>,
    },
    /// It has not succeeded.
    Refused,
    /// The person withdrew it.
    Withdrawn,
}

impl ObjectionStand {
    /// The code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ObjectionStand::Open => "open",
            ObjectionStand::Granted { .. } => "granted",
            ObjectionStand::CarriedOut { .. } => "carried-out",
            ObjectionStand::Refused => "refused",
            ObjectionStand::Withdrawn => "withdrawn",
        }
    }

    /// Whether something was refused that one can sue about (§ 74 VwGO).
    #[must_use]
    pub fn is_refused(self) -> bool {
        match self {
            ObjectionStand::Refused => true,
            ObjectionStand::Granted { in_part } | ObjectionStand::CarriedOut { in_part, .. } => in_part,
            ObjectionStand::Open | ObjectionStand::Withdrawn => false,
        }
    }
}

/// An objection to a notice. Names no contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectionView {
    /// The notice.
    pub notice: NoticeId,
    /// The objection's case.
    pub case: CaseId,
    /// What letters about it quote.
    pub reference: String,
    /// When it arrived.
    pub filed_at: Timestamp,
    /// Where it stands.
    pub stand: ObjectionStand,
    /// When it was decided on.
    pub decided_at: Option<Timestamp>,
    /// The time for suing, while it runs or has not begun.
    pub sue: Option<Suit>,
    /// The court one can sue before, by the authority's adoption; only where something was refused.
    pub court: Option<String>,
    /// When its case ended.
    pub closed_at: Option<Timestamp>,
}

/// The time for suing (§ 74 Abs. 1 VwGO).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Suit {
    /// First instant that is too late; `None` while the decision has not been served.
    pub until: Option<Timestamp>,
}

/// What can be taken back, with a reason, while it is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TakeBack {
    /// Deciding anew: the notice stands as before, and what the objection has won waits again to be carried out.
    Redecision,
    /// That the objection has succeeded: it is decided on again.
    Grant,
}

/// Who decided what an objection is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contested {
    /// The first case.
    pub case: CaseId,
    /// The member of staff who decided there, by name; `None` when no person did.
    pub by: Option<String>,
    /// That is the one who looks now.
    pub by_reader: bool,
    /// There is somebody else who could decide.
    pub others: bool,
}
