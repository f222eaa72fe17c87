//! Tokens and how they move.

mod change;
mod events;
mod gateway;
mod repeat;
mod run;
mod undo;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::{Answer, Source, Spot, Variables};
use crate::effect::{Effect, Input, StepError};
use crate::model::{Event, Kind, Process};
use crate::state::State;

pub(crate) use run::Run;

/// How many elements one call may enter before it counts as an endless loop.
pub(crate) const ENTER_LIMIT: u32 = 100_000;
/// How many tokens and scopes one state may hold.
const TOKEN_LIMIT: usize = 20_000;
/// How many instances one repetition may have.
pub(crate) const ROUND_LIMIT: u32 = 10_000;

/// What one step has done.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// What the caller has to do next, in this order.
    pub effects: Vec<Effect>,
    /// What the case's variables were asked, and the answers, in order.
    pub answers: Vec<Answer>,
    /// Names of the variables that were asked for, sorted: whoever only wants to know whether a step needs contents of the case can
    /// make it without them and look here.
    pub asked: Vec<String>,
}

/// One step of a case's history: enough to make it again without the variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// What came in.
    pub input: Began,
    /// What expressions gave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
}

/// How a recorded step began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Began {
    /// The case began, at the named start event or at the one without a trigger.
    Started(Option<String>),
    /// An input was taken.
    Took(Input),
}

/// Something outside that a case waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    /// Id of the element that waits: a task, or the event that would be taken.
    pub element: String,
    /// The token or scope it belongs to; 0 is the process.
    pub token: u64,
    /// The event; `Event::None` is the completion of work.
    pub event: Event,
}

impl Process {
    /// Starts a case: a token leaves the start event and moves until every token waits.
    ///
    /// `vars` is a JSON object; expressions read it, the engine keeps nothing of it. A process without a start event of no trigger
    /// begins at its first one.
    pub fn start(&self, vars: &Value) -> Result<(State, Vec<Effect>), StepError> {
        let mut state = State::default();
        let moved = self.begin(&mut state, None, Source::Live(vars))?;
        Ok((state, moved.effects))
    }

    /// Starts a case at the start event with this id: a message, a signal or a time has come.
    pub fn start_at(&self, event: &str, vars: &Value) -> Result<(State, Moved), StepError> {
        let mut state = State::default();
        let moved = self.begin(&mut state, Some(event), Source::Live(vars))?;
        Ok((state, moved))
    }

    /// Takes one input. On an error nothing happened and the old state stays valid.
    pub fn step(&self, state: &State, input: &Input, vars: &Value) -> Result<(State, Vec<Effect>), StepError> {
        self.owns(state)?;
        let mut next = state.clone();
        let moved = self.advance(&mut next, input, vars)?;
        Ok((next, moved.effects))
    }

    /// As [`Process::step`], in the state itself, which is not copied: for many steps in a row. On an error the state is unchanged.
    /// That the state belongs to this process is the caller's to know ([`Process::owns`]).
    pub fn advance(&self, state: &mut State, input: &Input, vars: &Value) -> Result<Moved, StepError> {
        self.take(state, input, Source::Live(vars), ENTER_LIMIT)
    }

    /// Whether every element the state names is one of this process.
    pub fn owns(&self, state: &State) -> Result<(), StepError> {
        let names = state.tokens().map(|token| &token.element);
        let names = names.chain(state.scopes().map(|scope| &scope.element));
        let names = names.chain(state.timers().map(|timer| &timer.element));
        let names = names.chain(state.pending.values().map(|pending| &pending.handler));
        for element in names.chain(state.done().map(|done| &done.element)) {
            if self.at(element).is_none() {
                return Err(StepError::OtherProcess {
                    element: element.clone(),
                });
            }
        }
        Ok(())
    }

    /// Makes a whole history again, from its inputs and answers alone; gives the state it ends in.
    pub fn replay(&self, history: &[Recorded]) -> Result<State, StepError> {
        let mut state = State::default();
        for (step, recorded) in history.iter().enumerate() {
            let source = Source::Recorded(recorded.answers.iter());
            let made = match &recorded.input {
                Began::Started(event) => self.begin(&mut state, event.as_deref(), source),
                Began::Took(input) => self.take(&mut state, input, source, ENTER_LIMIT),
            };
            made.map_err(|error| match error {
                StepError::History { .. } => StepError::History { step },
                other => other,
            })?;
        }
        Ok(state)
    }

    /// As the beginning of a case, while all ways are explored.
    pub(crate) fn begin_explored(
        &self,
        state: &mut State,
        event: &str,
        source: Source,
        enter_limit: u32,
    ) -> Result<Moved, StepError> {
        self.begin_within(state, Some(event), source, enter_limit)
    }

    pub(crate) fn begin(&self, state: &mut State, event: Option<&str>, source: Source) -> Result<Moved, StepError> {
        self.begin_within(state, event, source, ENTER_LIMIT)
    }

    fn begin_within(
        &self,
        state: &mut State,
        event: Option<&str>,
        source: Source,
        enter_limit: u32,
    ) -> Result<Moved, StepError> {
        *state = State {
            next_token: 1,
            ..State::default()
        };
        let starts = self
            .containers
            .first()
            .map(|main| main.starts.as_slice())
            .unwrap_or_default();
        let plain = |at: &&usize| {
            matches!(
                self.elements.get(**at).map(|e| &e.kind),
                Some(Kind::Start { event: Event::None, .. })
            )
        };
        let start = match event {
            Some(id) => self.at(id).filter(|at| starts.contains(at)),
            None => starts.iter().find(plain).or(starts.first()).copied(),
        };
        let start = start.ok_or_else(|| StepError::NotWaiting {
            element: event.unwrap_or_default().to_owned(),
            token: 0,
        })?;
        let mut run = Run::new(self, state, source, enter_limit);
        run.begin(start);
        run.finish()
    }

    pub(crate) fn take(
        &self,
        state: &mut State,
        input: &Input,
        source: Source,
        enter_limit: u32,
    ) -> Result<Moved, StepError> {
        if state.finished {
            return Err(StepError::Finished);
        }
        let mut run = Run::new(self, state, source, enter_limit);
        match run.input(input) {
            Ok(()) => run.finish(),
            Err(error) => {
                run.take_back();
                Err(error)
            }
        }
    }

    /// What repetitions bring to a token: the number of its instance and the item of the list, by name. `vars` as for a step. An item
    /// that the list has no longer is left out.
    pub fn loop_variables(&self, state: &State, token: u64, vars: &Value) -> Map<String, Value> {
        let mut names = vec![crate::LOOP_COUNTER];
        names.extend(self.elements.iter().filter_map(|e| e.looping.as_ref()?.item()));
        names.sort_unstable();
        names.dedup();
        let Some((_, scope, iteration)) = state.instance(token) else {
            return Map::new();
        };
        // Without the case's own variables, so that only what repetitions bring is found.
        let none = Value::Null;
        let (brought, all) = [&none, vars].map(|vars| Variables::new(self, state, vars, None)).into();
        let spot = Spot::new(scope, iteration);
        let found = names
            .into_iter()
            .filter(|name| !matches!(brought.get(spot, name), Ok(None)));
        found
            .filter_map(|name| Some((name.to_owned(), all.get(spot, name).ok()??.into_owned())))
            .collect()
    }

    /// All a case waits for, in the order it came to wait: what tells a caller which messages to listen for, and an author why
    /// nothing happens.
    pub fn awaited(&self, state: &State) -> Vec<Awaited> {
        let mut found = Vec::new();
        let mut add = |at: usize, token: u64, event: &Event| {
            if let Some(element) = self.elements.get(at) {
                let timer = matches!(event, Event::Timer { .. });
                let armed = || {
                    state
                        .timers
                        .get(&token)
                        .is_some_and(|t| t.iter().any(|t| t.element == element.id))
                };
                if !timer || armed() {
                    found.push(Awaited {
                        element: element.id.clone(),
                        token,
                        event: event.clone(),
                    });
                }
            }
        };
        for (at, start) in self.open_event_subprocesses(state, 0) {
            add(at, 0, start);
        }
        let ids = state.tokens.keys().chain(state.scopes.keys());
        let mut ids: Vec<u64> = ids.copied().collect();
        ids.sort_unstable();
        for id in ids {
            for (at, event) in self.waits_for(state, id) {
                add(at, id, event);
            }
        }
        found
    }
}
