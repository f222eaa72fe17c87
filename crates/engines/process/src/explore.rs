//! Soundness: all ways through a process are walked, with every answer of every condition and every event in every order, also those
//! of a case that goes back (`wegfrei:reentry`), until no new state is found or the bound is hit (W. van der Aalst, "Soundness of
//! workflow nets", 2011).

use std::collections::{HashMap, HashSet, VecDeque};

use crate::answer::{Choices, Source};
use crate::effect::{Effect, Input, StepError};
use crate::machine::Moved;
use crate::marking::{Markings, done, key};
use crate::model::{Event, Kind, Process};
use crate::state::State;

/// Most states that are visited.
const STATE_LIMIT: usize = 3_000;
/// Most work, in tokens copied and elements entered.
const WORK_LIMIT: usize = 400_000;
/// States with more in them are not gone on from.
const SIZE_LIMIT: usize = 24;
/// Most elements entered in one step.
const ENTER_LIMIT: u32 = 500;

/// What exploring has shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Soundness {
    /// How many different states were visited.
    pub states: usize,
    /// Whether these are all states there are, but for more of what can pile up without an end. If not, the bound was hit: what was
    /// found holds, but more may be wrong.
    pub complete: bool,
    /// Gateways at which everything stands still on some way.
    stuck: Vec<String>,
    /// As `stuck`, but only after a case has gone back (`wegfrei:reentry`).
    stuck_again: Vec<String>,
    /// Where cases can be that will never end.
    endless: Vec<String>,
    /// Elements that nothing ever reaches.
    dead: Vec<String>,
}

impl Soundness {
    /// Each element with what is wrong and how to mend it.
    pub(crate) fn reasons(&self, process: &Process) -> Vec<(String, String, &'static str)> {
        let mut found = Vec::new();
        for id in &self.stuck {
            let kind = process.element(id).map_or("Gateway", |element| element.kind.word());
            let message = format!(
                "`{id}` ({kind}) wartet auf einem Weg vergeblich: Es kommt nie über alle Wege eine Marke an, auf die es wartet."
            );
            let help = "Was sich hier trifft, muss sich vorher an einem parallelGateway getrennt haben; was ein \
                        exclusiveGateway trennt, führt ein exclusiveGateway zusammen.";
            found.push((id.clone(), message, help));
        }
        for id in &self.stuck_again {
            let kind = process.element(id).map_or("Gateway", |element| element.kind.word());
            let back = process.reentry().map_or("", |element| element.id.as_str());
            let message = format!(
                "`{id}` ({kind}) wartet vergeblich, wenn nach einer Abhilfe bei `{back}` neu entschieden wird: Dann ist nur dort eine \
                 Marke unterwegs, auf den anderen Wegen keine."
            );
            let help = "wegfrei:reentry an eine Prüfung setzen, die nicht zwischen zwei parallelGateway liegt.";
            found.push((id.clone(), message, help));
        }
        for id in &self.endless {
            let message = format!("Ein Vorgang, der bei `{id}` steht, kommt nie zu einem Ende.");
            found.push((
                id.clone(),
                message,
                "Einen Weg anlegen, auf dem alle Marken ein Ende erreichen.",
            ));
        }
        for id in &self.dead {
            let message = format!("`{id}` wird auf keinem Weg je erreicht.");
            found.push((
                id.clone(),
                message,
                "Die Wege davor berichtigen oder das Element löschen.",
            ));
        }
        found
    }
}

/// The states seen so far, and the ways between them.
struct Walk {
    known: HashMap<String, usize>,
    states: Vec<State>,
    before: Vec<Vec<usize>>,
    open: VecDeque<usize>,
    entered: HashSet<String>,
    /// What was there more often than is told apart.
    piled: HashSet<String>,
    stuck: Vec<String>,
    work: usize,
    cut: bool,
}

impl Walk {
    fn found(&mut self, from: Option<usize>, state: State, moved: &Moved) {
        for effect in &moved.effects {
            if let Effect::Entered { element } = effect
                && !self.entered.contains(element)
            {
                self.entered.insert(element.clone());
            }
        }
        let key = key(&state, &mut self.piled);
        let at = match self.known.get(&key) {
            // Of what is alike less is left: from here it can get still less, from the one that was found first only to here.
            Some(at) if self.states.get(*at).is_some_and(|known| size(&state) < size(known)) => {
                if let Some(known) = self.states.get_mut(*at) {
                    *known = state;
                }
                self.open.push_back(*at);
                *at
            }
            Some(at) => *at,
            None => {
                let at = self.states.len();
                if at >= STATE_LIMIT {
                    self.cut = true;
                    return;
                }
                self.known.insert(key, at);
                self.states.push(state);
                self.before.push(Vec::new());
                self.open.push_back(at);
                at
            }
        };
        if let (Some(from), Some(before)) = (from, self.before.get_mut(at)) {
            before.push(from);
        }
    }

    /// Makes one step with every combination of answers.
    fn all_ways(
        &mut self,
        from: Option<usize>,
        state: &State,
        step: impl Fn(&mut State, Source) -> Result<Moved, StepError>,
    ) {
        let mut choices = Choices::default();
        let (held, done) = size(state);
        loop {
            let mut next = state.clone();
            let made = step(&mut next, Source::Explored(&mut choices));
            self.work += 8
                + (held + done) * 2
                + made
                    .as_ref()
                    .map_or(ENTER_LIMIT as usize / 4, |moved| moved.effects.len());
            match made {
                Ok(moved) => self.found(from, next, &moved),
                Err(StepError::Deadlock { element }) => {
                    if !self.stuck.contains(&element) {
                        self.stuck.push(element);
                    }
                }
                // A way on which nothing waits; whether it ends is up to its conditions.
                Err(StepError::Endless { .. }) => self.cut = true,
                // Not every input fits every state: an error nobody catches.
                Err(_) => {}
            }
            if self.work > WORK_LIMIT {
                self.cut = true;
                return;
            }
            if !choices.next() {
                return;
            }
        }
    }
}

/// Walks all ways; gives them, and at how many gateways everything stands still on a way that begins at a start.
fn walked(process: &Process) -> (Walk, usize) {
    let mut walk = begun();
    let starts = process
        .containers
        .first()
        .map(|main| main.starts.clone())
        .unwrap_or_default();
    for start in starts {
        let Some(start) = process.elements.get(start) else {
            continue;
        };
        walk.all_ways(None, &State::default(), |state, source| {
            process.begin_explored(state, &start.id, source, ENTER_LIMIT)
        });
    }
    go_on(process, &mut walk);
    let first = walk.stuck.len();
    go_back(process, &mut walk);
    (walk, first)
}

/// Walks all ways and says what that has shown, and how cases can stand, as far as the bound lets it be seen.
pub(crate) fn explore(process: &Process) -> (Soundness, Markings) {
    let (mut walk, first) = walked(process);
    let stuck_again = walk.stuck.split_off(first);
    let complete = !walk.cut;
    let mut endless = Vec::new();
    let mut dead = Vec::new();
    // What lies behind a place where everything stands still is not reached because of it; that is said once.
    if complete && walk.stuck.is_empty() && stuck_again.is_empty() {
        endless.extend(lost(process, &walk));
        dead.extend(
            process
                .elements
                .iter()
                .filter(|e| may_be_dead(process, e, &walk))
                .map(|e| e.id.clone()),
        );
    }
    let soundness = Soundness {
        states: walk.states.len(),
        complete,
        stuck: walk.stuck,
        stuck_again,
        endless,
        dead,
    };
    (soundness, Markings::of(&walk.states, walk.piled))
}

/// What lies before a case.
pub(crate) enum Outlook {
    /// Whatever happens, it can come to an end.
    Ends,
    /// Once it stands at this element, it never ends.
    Endless(String),
    /// On some way everything stands still at this gateway.
    Stuck(String),
    /// The bound was hit before anything was found.
    Unknown,
}

/// What lies before a case in this state: wherever it can come from here, it must be able to end.
pub(crate) fn outlook(process: &Process, state: &State) -> Outlook {
    let mut walk = begun();
    let moved = Moved {
        effects: Vec::new(),
        answers: Vec::new(),
        asked: Vec::new(),
    };
    walk.found(None, state.clone(), &moved);
    go_on(process, &mut walk);
    let lost = if walk.cut { None } else { lost(process, &walk) };
    let here = process.place(state).first().map(|element| element.id.clone());
    match (lost, walk.stuck.into_iter().next()) {
        (Some(lost), stuck) if Some(&lost) == here.as_ref() || stuck.is_none() => Outlook::Endless(lost),
        (_, Some(stuck)) => Outlook::Stuck(stuck),
        _ if walk.cut => Outlook::Unknown,
        _ => Outlook::Ends,
    }
}

/// The first place from which a case cannot come to an end.
fn lost(process: &Process, walk: &Walk) -> Option<String> {
    let ends = can_end(walk);
    let mut states = walk.states.iter().zip(&ends);
    let (state, _) = states.find(|(_, ends)| !**ends)?;
    Some(process.place(state).first()?.id.clone())
}

fn begun() -> Walk {
    Walk {
        known: HashMap::new(),
        states: Vec::new(),
        before: Vec::new(),
        open: VecDeque::new(),
        entered: HashSet::new(),
        piled: HashSet::new(),
        stuck: Vec::new(),
        work: 0,
        cut: false,
    }
}

fn go_on(process: &Process, walk: &mut Walk) {
    let codes = codes(process);
    while let Some(at) = walk.open.pop_front() {
        let Some(state) = walk.states.get(at).cloned() else {
            continue;
        };
        if state.finished {
            continue;
        }
        let (held, done) = size(&state);
        if held + done > SIZE_LIMIT {
            walk.cut = true;
            continue;
        }
        for input in inputs(process, &state, &codes) {
            walk.all_ways(Some(at), &state, |state, source| {
                process.take(state, &input, source, ENTER_LIMIT)
            });
            if walk.cut && walk.work > WORK_LIMIT {
                return;
            }
        }
    }
}

/// Walks on from where cases go back to (`wegfrei:reentry`). Nobody may ever object, so that this is no way on from where a case goes
/// back: it must be able to end without. Only what was done and can be undone goes back with it.
fn go_back(process: &Process, walk: &mut Walk) {
    if process.reentry().is_none() {
        return;
    }
    let mut known = HashSet::new();
    let mut at = 0;
    while let Some(state) = walk.states.get(at).filter(|_| walk.work <= WORK_LIMIT) {
        at += 1;
        let mut undoable = String::new();
        done(state, 0, &mut undoable);
        if !state.finished && known.insert(undoable) {
            let state = state.clone();
            walk.all_ways(None, &state, |state, source| {
                process.take(state, &Input::Reenter, source, ENTER_LIMIT)
            });
            go_on(process, walk);
        }
    }
}

/// How much a state holds: tokens and scopes, and what was done.
fn size(state: &State) -> (usize, usize) {
    (state.tokens.len() + state.scopes.len(), state.done.len())
}

/// Codes of errors that something in the process catches.
fn codes(process: &Process) -> Vec<String> {
    let mut codes: Vec<String> = process
        .elements
        .iter()
        .filter(|element| matches!(element.kind, Kind::Boundary { .. } | Kind::Start { .. }))
        .filter_map(|element| match element.kind.event() {
            Some(Event::Error { code }) => Some(code.clone().unwrap_or_else(|| "*".to_owned())),
            _ => None,
        })
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

/// All that can come in from outside.
fn inputs(process: &Process, state: &State, codes: &[String]) -> Vec<Input> {
    let mut inputs = Vec::new();
    for awaited in process.awaited(state) {
        let (element, token) = (awaited.element, awaited.token);
        match awaited.event {
            Event::Timer { .. } => inputs.push(Input::TimerFired { element, token }),
            Event::Message { name } => inputs.push(Input::Message {
                name,
                token: Some(token),
            }),
            Event::Signal { name } => {
                let input = Input::Signal { name };
                if !inputs.contains(&input) {
                    inputs.push(input);
                }
            }
            _ => {
                inputs.extend(codes.iter().map(|code| Input::Fail {
                    element: element.clone(),
                    token,
                    code: code.clone(),
                }));
                inputs.push(Input::Complete { element, token });
            }
        }
    }
    inputs
}

/// Which states lead to the end.
fn can_end(walk: &Walk) -> Vec<bool> {
    let mut ends = vec![false; walk.states.len()];
    let finished = walk.states.iter().enumerate().filter(|(_, state)| state.finished);
    let mut open: Vec<usize> = finished.map(|(at, _)| at).collect();
    while let Some(at) = open.pop() {
        match ends.get_mut(at) {
            Some(mark) if !*mark => *mark = true,
            _ => continue,
        }
        open.extend(walk.before.get(at).into_iter().flatten());
    }
    ends
}

/// An element that was never entered. What only an error, an escalation or a compensation leads to may wait for one that only the
/// caller knows.
fn may_be_dead(process: &Process, element: &crate::model::Element, walk: &Walk) -> bool {
    let exceptional = |element: &crate::model::Element| {
        element.compensates
            || matches!(element.kind, Kind::SubProcess { event: true, .. })
            || matches!(
                &element.kind,
                Kind::Boundary {
                    event: Event::Compensation { .. },
                    ..
                }
            )
    };
    let mut around = Some(element);
    while let Some(found) = around {
        if exceptional(found) {
            return false;
        }
        around = found.parent.as_ref().and_then(|parent| process.element(parent));
    }
    !walk.entered.contains(&element.id)
}
