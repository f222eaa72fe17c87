//! The part of a case's state that knows that it was moved, folded like the rest.

use serde_json::Value;
use wegfrei_model::Timestamp;
use wegfrei_process::State;

use super::damaged;
use crate::contested::Before;
use crate::error::CaseError;
use crate::event::Event;
use crate::state::{CaseState, Phase, Step};

/// Where a case stood before it was moved.
#[derive(Clone, Debug, PartialEq)]
pub struct MovedFrom {
    /// Number of the move.
    pub run: u64,
    /// Stream version of the entry.
    pub entry: u64,
    /// When.
    pub at: Timestamp,
    /// The version it worked with.
    pub version: String,
    /// How it stood.
    pub before: Before,
    /// The engine's state it got.
    after: Value,
}

impl MovedFrom {
    /// Whether the case still stands where the move has put it.
    pub(crate) fn stands(&self, state: &CaseState) -> bool {
        state.reopened.is_none() && state.process.as_ref() == Some(&self.after)
    }

    /// Where its process stood.
    pub(crate) fn process(&self) -> Result<State, CaseError> {
        let stored = self.before.process.clone();
        serde_json::from_value(stored.unwrap_or_default()).map_err(damaged)
    }
}

impl CaseState {
    pub(crate) fn take_move(&mut self, step: &Step<'_>) -> Result<(), CaseError> {
        self.in_phase(Phase::Running)?;
        match step.event {
            Event::Moved {
                run,
                version,
                state,
                waiting,
                ..
            } => {
                self.moved = Some(MovedFrom {
                    run: *run,
                    entry: step.version,
                    at: step.at,
                    version: self.version.clone(),
                    before: self.before(),
                    after: state.clone(),
                });
                self.version.clone_from(version);
                self.process = Some(state.clone());
                self.waiting.clone_from(waiting);
            }
            Event::MovedBack { run, .. } => {
                let moved = self.moved.take().filter(|moved| moved.run == *run);
                let moved = moved.ok_or_else(|| CaseError::story("a case was moved back that was not moved"))?;
                self.wait_again(&moved.before);
                self.version = moved.version;
                self.process = moved.before.process;
                self.waiting = moved.before.waiting;
            }
            _ => return Err(CaseError::story("not an event of a move")),
        }
        Ok(())
    }
}
