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

#[cfg(test)]
mod tests {
    use wegfrei_journal::{Actor, KeyId};
    use wegfrei_model::{CaseId, PersonId, TaskId};
    use wegfrei_process::Work;

    use super::*;
    use crate::event::VerdictKind;

    fn id<T>(last: u8, parse: impl Fn(&str) -> T) -> T {
        parse(&format!("0190b3c0-0000-7000-8000-0000000000{last:02}"))
    }

    fn told(events: &[Event]) -> CaseState {
        let case = id(1, |text| CaseId::parse(text).unwrap());
        let (actor, key) = (Actor::system("process"), KeyId::case(case));
        let mut state = None;
        for (version, event) in (1..).zip(events) {
            let step = Step {
                version,
                at: Timestamp::EPOCH,
                actor: &actor,
                key: Some(&key),
                event,
            };
            state = Some(CaseState::apply(state, case, &step).unwrap());
        }
        state.unwrap()
    }

    #[test]
    fn a_task_that_is_put_otherwise_was_missed_by_nobody() {
        let person = id(2, |text| PersonId::parse(text).unwrap());
        let (first, second) = (
            id(3, |text| TaskId::parse(text).unwrap()),
            id(4, |text| TaskId::parse(text).unwrap()),
        );
        let opened = |task| Event::TaskOpened {
            task,
            element: "Pruefen".to_owned(),
            name: "Prüfen".to_owned(),
            role: "sachbearbeitung".to_owned(),
            work: Work::Review,
            token: Some(1),
        };
        let (service, version) = ("hundesteuer".to_owned(), "1.0.0".to_owned());
        let mut events = vec![
            Event::DraftSaved {
                person,
                service: service.clone(),
                version: version.clone(),
                about: None,
            },
            Event::Submitted {
                person,
                service,
                version,
                package: String::new(),
                reference: String::new(),
                papers: Vec::new(),
            },
            opened(first),
            Event::TaskCompleted {
                task: first,
                verdict: VerdictKind::Returned,
            },
            opened(second),
            Event::Moved {
                run: 1,
                version: "1.1.0".to_owned(),
                package: String::new(),
                state: Value::Null,
                waiting: Vec::new(),
            },
        ];
        let cancelled = |moved| Event::TaskCancelled { task: second, moved };
        events.push(cancelled(true));
        let moved = told(&events);
        assert_eq!(
            (moved.result, moved.version.as_str()),
            (Some("zurueckgegeben"), "1.1.0")
        );
        assert!(moved.open_task().is_none());
        events.push(Event::MovedBack {
            run: 1,
            version: "1.0.0".to_owned(),
        });
        let back = told(&events);
        assert_eq!((back.result, back.version.as_str()), (Some("zurueckgegeben"), "1.0.0"));
        assert_eq!(back.open_task().map(|task| task.id), Some(second));
        events.push(cancelled(false));
        assert_eq!(told(&events).result, Some("versaeumt"));
    }
}
