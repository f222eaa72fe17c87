//! A move, folded from its stream.

use std::collections::BTreeMap;

use wegfrei_journal::{Actor, Entry};
use wegfrei_model::{CaseId, Timestamp};

use super::event::{MoveEvent, Stayed};
use super::{BATCH, damaged};
use crate::error::CaseError;

/// What is being done with a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Moving,
    Moved,
    TakingBack,
    TakenBack,
}

impl Phase {
    const ALL: [Phase; 4] = [Phase::Moving, Phase::Moved, Phase::TakingBack, Phase::TakenBack];

    pub fn code(self) -> &'static str {
        match self {
            Phase::Moving => "moving",
            Phase::Moved => "moved",
            Phase::TakingBack => "taking-back",
            Phase::TakenBack => "taken-back",
        }
    }

    pub fn of_code(code: &str) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| phase.code() == code)
    }
}

/// A move.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub number: u64,
    /// Entries in its stream.
    pub version: u64,
    pub phase: Phase,
    pub started_at: Timestamp,
    pub started_by: Actor,
    pub service: String,
    pub from: String,
    pub to: String,
    /// SHA-256 of the package it moves to.
    pub package: String,
    pub by_hand: BTreeMap<String, String>,
    /// Cases that ran when it was started.
    pub cases: u64,
    /// Cases that were moved, in their order.
    pub moved: Vec<CaseId>,
    /// Cases that stayed, and why.
    pub stayed: Vec<Stayed>,
    /// The last case that was looked at.
    pub after: Option<CaseId>,
    /// Cases of the next batch: twice as many as went at once last, so that a busy office is not looked at in vain.
    pub pace: usize,
    /// Who takes it back.
    pub taken_back_by: Option<Actor>,
    /// Moved cases that were looked at to be taken back.
    pub looked_back: usize,
    /// Cases that were not taken back, and why.
    pub kept: Vec<Stayed>,
}

/// Cases in all groups.
fn count(groups: &[Stayed]) -> u64 {
    groups.iter().map(|group| group.cases.len() as u64).sum()
}

/// The size of the batch after one of this size.
fn pace(cases: u64) -> usize {
    usize::try_from(cases)
        .unwrap_or(BATCH)
        .saturating_mul(2)
        .clamp(1, BATCH)
}

/// Puts groups of the same reason together.
fn gather(groups: &mut Vec<Stayed>, more: Vec<Stayed>) {
    for new in more {
        match groups.iter_mut().find(|known| known.why == new.why) {
            Some(known) => known.cases.extend(new.cases),
            None => groups.push(new),
        }
    }
}

impl Run {
    /// Folds a whole stream; `None` when it is empty.
    pub fn fold(number: u64, entries: &[Entry]) -> Result<Option<Run>, CaseError> {
        let mut run = None;
        for entry in entries {
            let (at, event) = MoveEvent::read(entry)?;
            run = Some(Run::apply(run, number, at, &entry.actor, event)?);
        }
        Ok(run)
    }

    pub fn apply(
        run: Option<Run>,
        number: u64,
        at: Timestamp,
        actor: &Actor,
        event: MoveEvent,
    ) -> Result<Run, CaseError> {
        let mut run = match (run, event) {
            (
                None,
                MoveEvent::Started {
                    service,
                    from,
                    to,
                    package,
                    by_hand,
                    cases,
                },
            ) => {
                return Ok(Run {
                    number,
                    version: 1,
                    phase: Phase::Moving,
                    started_at: at,
                    started_by: actor.clone(),
                    service,
                    from,
                    to,
                    package,
                    by_hand,
                    cases,
                    moved: Vec::new(),
                    stayed: Vec::new(),
                    after: None,
                    pace: BATCH,
                    taken_back_by: None,
                    looked_back: 0,
                    kept: Vec::new(),
                });
            }
            (Some(run), event) => run.then(actor, event)?,
            (None, _) => return Err(damaged("a move without its beginning")),
        };
        run.version += 1;
        Ok(run)
    }

    fn then(mut self, actor: &Actor, event: MoveEvent) -> Result<Run, CaseError> {
        match (self.phase, event) {
            (Phase::Moving, MoveEvent::Batch { moved, stayed, after }) => {
                self.pace = pace(moved.len() as u64 + count(&stayed));
                self.moved.extend(moved);
                gather(&mut self.stayed, stayed);
                self.after = Some(after);
            }
            (Phase::Moving, MoveEvent::Done {}) => self.phase = Phase::Moved,
            (Phase::Moving | Phase::Moved, MoveEvent::TakingBack {}) => {
                self.phase = Phase::TakingBack;
                self.pace = BATCH;
                self.taken_back_by = Some(actor.clone());
            }
            (Phase::TakingBack, MoveEvent::Returned { cases, stayed }) => {
                self.pace = pace(cases);
                self.looked_back += usize::try_from(cases).map_err(damaged)?;
                gather(&mut self.kept, stayed);
            }
            (Phase::TakingBack, MoveEvent::TakenBack {}) => self.phase = Phase::TakenBack,
            _ => return Err(damaged("a move in an impossible order")),
        }
        Ok(self)
    }

    /// How many cases stayed.
    pub fn stayed(&self) -> u64 {
        count(&self.stayed)
    }

    /// How many of the moved cases are where they were.
    pub fn taken_back(&self) -> u64 {
        (self.looked_back as u64).saturating_sub(count(&self.kept))
    }
}
