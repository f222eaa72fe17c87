//! What one case needs to stand again where it stood before it was moved.

use std::collections::BTreeSet;

use wegfrei_model::{AuthorityId, Timestamp};
use wegfrei_process::{Obstacle, State};

use super::MovedFrom;
use super::way::stays;
use crate::Cases;
use crate::contents::process_of;
use crate::deadline;
use crate::error::CaseError;
use crate::event::Event;
use crate::file::Plan;
use crate::state::{COOPERATION, CaseState, Deadline, OBJECTION, Phase, SUIT};

/// Periods of the law whose end depends on when a letter leaves the house.
const LEGAL: [&str; 3] = [OBJECTION, SUIT, COOPERATION];

impl Cases {
    /// What taking one case back writes; else why it stays where it was moved to.
    pub(super) fn way_back(
        &self,
        authority: AuthorityId,
        state: &CaseState,
        run: u64,
    ) -> Result<Result<Plan, Obstacle>, CaseError> {
        let kept = |reason: &str| Ok(Err(stays(reason, "Er bleibt bei der neuen Fassung.")));
        let Some(moved) = state.moved.as_ref().filter(|moved| moved.run == run) else {
            return kept("Der Vorgang wurde danach noch einmal umgestellt.");
        };
        if state.phase != Phase::Running {
            return kept("Der Vorgang ist inzwischen abgeschlossen.");
        }
        if !moved.stands(state) {
            return kept("Seit der Umstellung ist im Vorgang etwas geschehen.");
        }
        if self.sent_with(&state.service, &moved.version).is_err() {
            return kept("Die alte Fassung liegt nicht mehr im Paketordner.");
        }
        let (before, after) = (moved.process()?, process_of(state)?);
        if dropped(state, moved).any(|deadline| LEGAL.contains(&deadline.name.as_str())) && left_since(state, moved) {
            return kept(
                "Seit der Umstellung ist ein Brief hinausgegangen, von dem eine Frist der alten Fassung abhängt.",
            );
        }
        let ran = timers(&before);
        let runs = timers(&after);
        let mut plan = Plan::default();
        for task in state.tasks.iter().filter(|task| task.is_open()) {
            if !moved.before.tasks.contains(&task.id) {
                plan.push(Event::TaskCancelled {
                    task: task.id,
                    moved: true,
                });
            }
        }
        // Of a period that had another name in the old version, the end it has now.
        let mut ends: Vec<(String, String, Timestamp)> = Vec::new();
        for deadline in set_since(state, moved) {
            if ran.iter().any(|(element, _)| *element == deadline.element) {
                continue;
            }
            let mut old = state
                .deadlines
                .iter()
                .filter(|known| known.renamed && known.name == deadline.name);
            let old = old.find(|known| moved.before.deadlines.contains(&known.entry));
            if let Some(old) = old.filter(|old| old.due != deadline.due) {
                ends.push((old.element.clone(), old.name.clone(), deadline.due));
            }
            plan.push(Event::DeadlineCancelled {
                element: deadline.element.clone(),
                renamed: old.is_some(),
            });
        }
        plan.push(Event::MovedBack {
            run,
            version: moved.version.clone(),
        });
        for (element, token) in ran.difference(&runs) {
            let mut known = state.deadlines.iter().filter(|known| known.element == *element);
            let Some(known) = known.find(|known| moved.before.deadlines.contains(&known.entry)) else {
                continue;
            };
            let end = ends.iter().find(|(of, ..)| of == element);
            let due = end.map_or(known.due, |(.., due)| *due);
            let again = format!("/restored/{}", state.stream_version);
            let comes = deadline::comes(&known.name, due);
            plan.jobs
                .push(deadline::job(authority, state.id, element, *token, comes, &again));
        }
        for (element, name, due) in ends {
            plan.push(Event::DeadlineSet { element, name, due });
        }
        Ok(Ok(plan))
    }
}

/// Deadlines that ran before a move and are not waited for in the new version.
fn dropped<'s>(state: &'s CaseState, moved: &'s MovedFrom) -> impl Iterator<Item = &'s Deadline> {
    let deadlines = state.deadlines.iter();
    deadlines.filter(|known| known.cancelled && !known.renamed && moved.before.deadlines.contains(&known.entry))
}

/// Deadlines that were set by a move, or since, and run.
fn set_since<'s>(state: &'s CaseState, moved: &'s MovedFrom) -> impl Iterator<Item = &'s Deadline> {
    let deadlines = state.deadlines.iter();
    deadlines.filter(|known| known.runs() && known.entry > moved.entry)
}

/// Whether a letter has left the house since.
fn left_since(state: &CaseState, moved: &MovedFrom) -> bool {
    state.outgoing.dispatched.values().any(|gone| gone.at >= moved.at)
}

/// Timers that wait, by element and token.
fn timers(process: &State) -> BTreeSet<(String, u64)> {
    let timers = process.timers();
    timers.map(|timer| (timer.element.clone(), timer.token)).collect()
}
