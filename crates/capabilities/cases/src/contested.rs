//! Objections to a case's notices, what came of them, and decisions that are made anew. The part of a case's state that knows about it,
//! folded like the rest.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wegfrei_model::{CaseId, NoticeId, TaskId, Timestamp};

use crate::error::CaseError;
use crate::event::Event;
use crate::state::{CaseState, Notice, Step};

/// What came of an objection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectionResult {
    /// Abhilfe (§ 72 VwGO).
    Granted,
    /// Teilabhilfe; refused otherwise.
    GrantedInPart,
    /// Zurückweisung (§ 73 VwGO).
    Refused,
}

impl ObjectionResult {
    /// By a decision's own word for it (`ergebnis`); `None` for other decisions.
    pub(crate) fn of(decision: &str) -> Option<Self> {
        match decision {
            "abhilfe" => Some(Self::Granted),
            "teilabhilfe" => Some(Self::GrantedInPart),
            "zurueckweisung" => Some(Self::Refused),
            _ => None,
        }
    }

    /// It has succeeded, only in part or not.
    pub(crate) fn granted(in_part: bool) -> Self {
        if in_part { Self::GrantedInPart } else { Self::Granted }
    }

    /// It has succeeded, also in part.
    #[must_use]
    pub fn is_granted(self) -> bool {
        self != Self::Refused
    }

    /// It was refused, also in part: that can be sued against (§ 74 VwGO).
    #[must_use]
    pub fn is_refused(self) -> bool {
        self != Self::Granted
    }
}

/// An objection to a notice of this case.
#[derive(Clone, Debug, PartialEq)]
pub struct Objection {
    /// The notice.
    pub notice: NoticeId,
    /// The objection's case.
    pub case: CaseId,
    /// When it arrived.
    pub filed_at: Timestamp,
    /// When its case ended.
    pub closed_at: Option<Timestamp>,
    /// It ended because it was withdrawn: that is no waiver, one may object again.
    pub withdrawn: bool,
    /// What came of it, and when that was decided; of several decisions the newest.
    pub result: Option<(ObjectionResult, Timestamp)>,
    /// What it has won was carried out in another way than by a new decision here.
    pub by_hand: bool,
}

impl Objection {
    /// It has succeeded, also in part.
    #[must_use]
    pub fn is_granted(&self) -> bool {
        self.result.is_some_and(|(result, _)| result.is_granted())
    }
}

/// A decision that is being made anew.
#[derive(Clone, Debug, PartialEq)]
pub struct Reopened {
    /// The case of the objection that has succeeded; `None` in an objection's own case.
    pub objection: Option<CaseId>,
    /// The notice that will be replaced.
    pub notice: NoticeId,
    /// Stream version of the entry.
    pub entry: u64,
    /// Since when.
    pub at: Timestamp,
    /// How the case stood, should it be called off.
    pub before: Before,
}

/// How a case stood before its decision was reopened, or it was moved to another version.
#[derive(Clone, Debug, PartialEq)]
pub struct Before {
    /// The process engine's state.
    pub process: Option<Value>,
    /// Names of the process elements that waited.
    pub waiting: Vec<String>,
    result: Option<&'static str>,
    decision: (Option<u64>, Option<bool>),
    /// Tasks that were open.
    pub tasks: Vec<TaskId>,
    /// Stream versions of the deadlines that ran.
    pub deadlines: Vec<u64>,
}

/// A notice that took the place of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The case of the objection that has succeeded; `None` in an objection's own case.
    pub objection: Option<CaseId>,
    /// The notice that no longer counts.
    pub old: NoticeId,
    /// The one that does.
    pub new: NoticeId,
}

impl CaseState {
    pub(crate) fn take_objection(&mut self, step: &Step<'_>) -> Result<(), CaseError> {
        match step.event {
            Event::ObjectionFiled { notice, case } => {
                self.in_phase(crate::state::Phase::Running)?;
                self.objections.push(Objection {
                    notice: *notice,
                    case: *case,
                    filed_at: step.at,
                    closed_at: None,
                    withdrawn: false,
                    result: None,
                    by_hand: false,
                });
            }
            Event::ObjectionClosed { case, withdrawn } => {
                let filed = self.filed(*case)?;
                (filed.closed_at, filed.withdrawn) = (Some(step.at), *withdrawn);
            }
            Event::ObjectionGranted { case, in_part } => {
                self.filed(*case)?.result = Some((ObjectionResult::granted(*in_part), step.at));
            }
            Event::ObjectionRefused { case } => {
                self.filed(*case)?.result = Some((ObjectionResult::Refused, step.at));
            }
            Event::ObjectionCarriedOut { case } => self.filed(*case)?.by_hand = true,
            Event::ObjectionReopened { case } => self.filed(*case)?.result = None,
            Event::DecisionReopened { objection, notice } => {
                self.in_phase(crate::state::Phase::Running)?;
                if self.reopened.is_some() || self.notice(notice).is_none() {
                    return Err(CaseError::story("a decision was reopened twice, or was none"));
                }
                self.reopened = Some(Reopened {
                    objection: *objection,
                    notice: *notice,
                    entry: step.version,
                    at: step.at,
                    before: self.before(),
                });
            }
            Event::DecisionRestored { notice } => {
                let reopened = self.reopened.take().filter(|reopened| reopened.notice == *notice);
                self.restore(
                    reopened.ok_or_else(|| CaseError::story("a decision was restored that was not reopened"))?,
                );
            }
            _ => return Err(CaseError::story("not an event of an objection")),
        }
        Ok(())
    }

    fn filed(&mut self, case: CaseId) -> Result<&mut Objection, CaseError> {
        let known = self.objections.iter_mut().find(|known| known.case == case);
        known.ok_or_else(|| CaseError::story("something came of an objection that was not filed"))
    }

    pub(crate) fn before(&self) -> Before {
        let open = self.tasks.iter().filter(|task| task.is_open());
        let running = self.deadlines.iter().filter(|deadline| deadline.runs());
        Before {
            process: self.process.clone(),
            waiting: self.waiting.clone(),
            result: self.result,
            decision: (self.decision_entry, self.automatic),
            tasks: open.map(|task| task.id).collect(),
            deadlines: running.map(|deadline| deadline.entry).collect(),
        }
    }

    /// As if it had not been reopened: what waited waits again, and what was corrected meanwhile counts no more.
    fn restore(&mut self, reopened: Reopened) {
        let Reopened { entry, before, .. } = reopened;
        self.wait_again(&before);
        self.verdicts.retain(|(_, version)| *version < entry);
        (self.decision_entry, self.automatic) = before.decision;
        self.result = before.result;
    }

    /// What waited before waits again.
    pub(crate) fn wait_again(&mut self, before: &Before) {
        for task in self.tasks.iter_mut().filter(|task| before.tasks.contains(&task.id)) {
            task.cancelled_at = None;
        }
        let ran = |entry: u64| before.deadlines.contains(&entry);
        for deadline in self.deadlines.iter_mut().filter(|deadline| ran(deadline.entry)) {
            (deadline.cancelled, deadline.renamed) = (false, false);
        }
    }

    pub(crate) fn replace(&mut self, old: NoticeId, new: NoticeId) -> Result<(), CaseError> {
        let reopened = self.reopened.take().filter(|reopened| reopened.notice == old);
        let reopened = reopened.ok_or_else(|| CaseError::story("a notice was replaced that was not reopened"))?;
        self.replaced.push(Replaced {
            objection: reopened.objection,
            old,
            new,
        });
        Ok(())
    }

    /// Whether the case of an objection to one of its notices has not ended: nothing becomes final meanwhile.
    #[must_use]
    pub fn is_contested(&self) -> bool {
        self.objections.iter().any(|objection| objection.closed_at.is_none())
    }

    /// Whether the period for objecting to the newest decision means nothing any more: somebody has objected to it. One that took the place
    /// of a contested decision has a period of its own, also while the time for suing about the first objection runs.
    #[must_use]
    pub fn is_objected_to(&self) -> bool {
        self.main_letters().any(|notice| self.has_objection(notice.id))
    }

    /// Whether somebody has objected to this notice and not withdrawn that.
    #[must_use]
    pub fn has_objection(&self, notice: NoticeId) -> bool {
        let mut objections = self.objections.iter();
        objections.any(|known| known.notice == notice && !known.withdrawn)
    }

    /// Whether the decision on this objection was taken back and is made anew.
    #[must_use]
    pub fn is_decided_anew(&self) -> bool {
        self.reopened
            .as_ref()
            .is_some_and(|reopened| reopened.objection.is_none())
    }

    /// Whether somebody has still to do something about an objection: to decide on it, or to carry out what it has won.
    #[must_use]
    pub fn is_disputed(&self) -> bool {
        let waits = |known: &Objection| match known.result {
            None => true,
            Some((result, _)) => result.is_granted() && !self.has_carried_out(known.case),
        };
        let mut open = self.objections.iter().filter(|known| known.closed_at.is_none());
        open.any(waits)
    }

    /// Whether the decision is being made anew because of this objection.
    #[must_use]
    pub fn is_reopened_by(&self, objection: CaseId) -> bool {
        let reopened = self.reopened.as_ref();
        reopened.is_some_and(|reopened| reopened.objection == Some(objection))
    }

    /// The notice by which an objection's success has been carried out here.
    #[must_use]
    pub fn carried_out_by(&self, objection: CaseId) -> Option<NoticeId> {
        let mut replaced = self.replaced.iter();
        replaced
            .find(|known| known.objection == Some(objection))
            .map(|known| known.new)
    }

    /// Whether an objection's success has been carried out, by a new decision here or otherwise.
    #[must_use]
    pub fn has_carried_out(&self, objection: CaseId) -> bool {
        let by_hand = |known: &Objection| known.case == objection && known.by_hand;
        self.carried_out_by(objection).is_some() || self.objections.iter().any(by_hand)
    }

    /// The notice that took the place of this one, or of the one it was sent with.
    #[must_use]
    pub fn replaced_by(&self, notice: &Notice) -> Option<&Notice> {
        let known = self.replaced.iter().find(|known| {
            let (Some(old), Some(new)) = (self.notice(&known.old), self.notice(&known.new)) else {
                return false;
            };
            let issue = old.issued_at == notice.issued_at && (old.entry..new.entry).contains(&notice.entry);
            issue && !notice.letter
        })?;
        self.notice(&known.new)
    }
}
