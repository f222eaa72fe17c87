//! Tokens and how they move.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::effect::{Effect, Input, StepError};
use crate::model::{Kind, Process, TimerSpec};

/// How many elements one call may enter before it counts as an endless loop.
const ENTER_LIMIT: u32 = 1_000;
/// How many tokens one state may hold.
const TOKEN_LIMIT: usize = 200;

/// Where a case stands. Small and serialisable; it holds no variables and no personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Tokens that wait.
    pub tokens: Vec<Token>,
    /// Timers the caller keeps for us.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timers: Vec<WaitingTimer>,
    /// Whether the process is over.
    pub finished: bool,
    /// Calls made so far, [`Process::start`] included.
    pub steps: u64,
    /// Number of the next token.
    pub next_token: u64,
}

/// A token that waits at an element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Number, unique in the case.
    pub id: u64,
    /// Id of the element.
    pub element: String,
    /// At a joining parallel gateway: the flow it came by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
}

/// A timer that was asked for and has neither fired nor been cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingTimer {
    /// Id of the timer event.
    pub element: String,
    /// The token that waits there, or at the task whose boundary it is.
    pub token: u64,
}

impl Process {
    /// Starts a case: a token leaves the start event and moves until every token waits.
    ///
    /// `vars` is a JSON object; conditions read it, the engine keeps nothing of it.
    pub fn start(&self, vars: &Value) -> Result<(State, Vec<Effect>), StepError> {
        let mut run = Run::new(
            self,
            vars,
            State {
                next_token: 1,
                ..State::default()
            },
        );
        run.queue.push_back((self.start, None));
        run.finish()
    }

    /// Takes one input. On an error nothing happened and the old state stays valid.
    pub fn step(&self, state: &State, input: &Input, vars: &Value) -> Result<(State, Vec<Effect>), StepError> {
        if state.finished {
            return Err(StepError::Finished);
        }
        for token in &state.tokens {
            if self.element(&token.element).is_none() {
                return Err(StepError::OtherProcess {
                    element: token.element.clone(),
                });
            }
        }
        let mut run = Run::new(self, vars, state.clone());
        match input {
            Input::Complete { element, token } => run.complete(element, *token)?,
            Input::TimerFired { element, token } => run.fire(element, *token)?,
            Input::Reenter => run.reenter()?,
            Input::Stop => run.clear(),
        }
        run.finish()
    }
}

/// One call in progress.
struct Run<'a> {
    process: &'a Process,
    vars: &'a Value,
    state: State,
    effects: Vec<Effect>,
    queue: VecDeque<(usize, Option<usize>)>,
    entered: u32,
}

impl<'a> Run<'a> {
    fn new(process: &'a Process, vars: &'a Value, mut state: State) -> Self {
        state.steps = state.steps.saturating_add(1);
        Run {
            process,
            vars,
            state,
            effects: Vec::new(),
            queue: VecDeque::new(),
            entered: 0,
        }
    }

    fn finish(mut self) -> Result<(State, Vec<Effect>), StepError> {
        while let Some((element, via)) = self.queue.pop_front() {
            self.enter(element, via)?;
        }
        if self.state.tokens.is_empty() {
            self.state.finished = true;
        } else if self.state.tokens.iter().all(|t| t.via.is_some()) {
            let element = self.state.tokens.first().map(|t| t.element.clone()).unwrap_or_default();
            return Err(StepError::Deadlock { element });
        }
        Ok((self.state, self.effects))
    }

    fn not_waiting(element: &str, token: u64) -> StepError {
        StepError::NotWaiting {
            element: element.to_owned(),
            token,
        }
    }

    /// A task, call or decision is done: its token moves on, its time limits end.
    fn complete(&mut self, element: &str, token: u64) -> Result<(), StepError> {
        let process = self.process;
        let place = self
            .state
            .tokens
            .iter()
            .position(|t| t.id == token && t.element == element);
        let (Some(place), Some(found)) = (place, process.element(element)) else {
            return Err(Self::not_waiting(element, token));
        };
        if !matches!(
            found.kind,
            Kind::UserTask { .. } | Kind::ServiceTask { .. } | Kind::DecisionTask { .. }
        ) {
            return Err(Self::not_waiting(element, token));
        }
        self.state.tokens.remove(place);
        self.cancel_timers(token);
        self.leave(&found.outgoing);
        Ok(())
    }

    /// A timer fired: a catch event moves on; a boundary timer leaves its task, which ends when it interrupts.
    fn fire(&mut self, element: &str, token: u64) -> Result<(), StepError> {
        let process = self.process;
        let place = self
            .state
            .timers
            .iter()
            .position(|t| t.token == token && t.element == element);
        let (Some(place), Some(found)) = (place, process.element(element)) else {
            return Err(Self::not_waiting(element, token));
        };
        self.state.timers.remove(place);
        match &found.kind {
            Kind::Timer { .. } => self.state.tokens.retain(|t| t.id != token),
            Kind::BoundaryTimer { task, interrupting, .. } => {
                self.effects.push(Effect::Entered {
                    element: element.to_owned(),
                });
                if *interrupting {
                    self.state.tokens.retain(|t| t.id != token);
                    self.effects.push(Effect::CancelTask {
                        element: task.clone(),
                        token,
                    });
                    self.cancel_timers(token);
                }
            }
            _ => {
                return Err(StepError::OtherProcess {
                    element: element.to_owned(),
                });
            }
        }
        self.leave(&found.outgoing);
        Ok(())
    }

    /// Calls off what waits and enters the element that is marked for it.
    fn reenter(&mut self) -> Result<(), StepError> {
        let marked = self.process.elements.iter().position(|element| element.reentry);
        let place = marked.ok_or(StepError::NoReentry)?;
        self.clear();
        self.queue.push_back((place, None));
        Ok(())
    }

    /// Ends everything that waits.
    fn clear(&mut self) {
        self.queue.clear();
        for token in std::mem::take(&mut self.state.tokens) {
            if matches!(
                self.process.element(&token.element).map(|e| &e.kind),
                Some(Kind::UserTask { .. })
            ) {
                self.effects.push(Effect::CancelTask {
                    element: token.element,
                    token: token.id,
                });
            }
        }
        for timer in std::mem::take(&mut self.state.timers) {
            self.effects.push(Effect::CancelTimer {
                element: timer.element,
                token: timer.token,
            });
        }
    }

    fn cancel_timers(&mut self, token: u64) {
        let effects = &mut self.effects;
        self.state.timers.retain(|timer| {
            if timer.token == token {
                effects.push(Effect::CancelTimer {
                    element: timer.element.clone(),
                    token,
                });
            }
            timer.token != token
        });
    }

    fn leave(&mut self, outgoing: &[usize]) {
        for flow in outgoing {
            if let Some(found) = self.process.flows.get(*flow) {
                self.queue.push_back((found.to, Some(*flow)));
            }
        }
    }

    fn token(&mut self, element: &str, via: Option<String>) -> u64 {
        let id = self.state.next_token;
        self.state.next_token = id.saturating_add(1);
        self.state.tokens.push(Token {
            id,
            element: element.to_owned(),
            via,
        });
        id
    }

    fn timer(&mut self, element: &str, token: u64, spec: &TimerSpec) {
        self.state.timers.push(WaitingTimer {
            element: element.to_owned(),
            token,
        });
        self.effects.push(Effect::Timer {
            element: element.to_owned(),
            token,
            spec: spec.clone(),
        });
    }

    fn enter(&mut self, index: usize, via: Option<usize>) -> Result<(), StepError> {
        let process = self.process;
        let Some(element) = process.elements.get(index) else {
            return Ok(());
        };
        let id = &element.id;
        self.entered += 1;
        if self.entered > ENTER_LIMIT || self.state.tokens.len() + self.queue.len() > TOKEN_LIMIT {
            return Err(StepError::Endless {
                element: id.clone(),
                limit: ENTER_LIMIT,
            });
        }
        if element.kind == Kind::Parallel && element.incoming.len() > 1 {
            return self.join(index, via);
        }
        self.effects.push(Effect::Entered { element: id.clone() });
        match &element.kind {
            Kind::Start | Kind::Parallel | Kind::BoundaryTimer { .. } => self.leave(&element.outgoing),
            Kind::End => self.effects.push(Effect::Ended { element: id.clone() }),
            Kind::Terminate => {
                self.effects.push(Effect::Ended { element: id.clone() });
                self.clear();
            }
            Kind::UserTask { role, work } => {
                let token = self.token(id, None);
                let (name, role) = (element.name.clone(), role.clone());
                self.effects.push(Effect::Task {
                    element: id.clone(),
                    token,
                    name,
                    role,
                    work: *work,
                });
                for boundary in &element.boundary {
                    let Some(boundary) = process.elements.get(*boundary) else {
                        continue;
                    };
                    if let Kind::BoundaryTimer { spec, .. } = &boundary.kind {
                        self.timer(&boundary.id, token, spec);
                    }
                }
            }
            Kind::ServiceTask { operation } => {
                let token = self.token(id, None);
                self.effects.push(Effect::Call {
                    element: id.clone(),
                    token,
                    operation: operation.clone(),
                });
            }
            Kind::DecisionTask { decision } => {
                let token = self.token(id, None);
                self.effects.push(Effect::Decide {
                    element: id.clone(),
                    token,
                    decision: decision.clone(),
                });
            }
            Kind::Timer { spec } => {
                let token = self.token(id, None);
                self.timer(id, token, spec);
            }
            Kind::Exclusive => {
                let flow = self.choose(index)?;
                self.leave(&[flow]);
            }
        }
        Ok(())
    }

    /// The first flow, in file order, whose condition holds; else the default.
    fn choose(&self, index: usize) -> Result<usize, StepError> {
        let Some(element) = self.process.elements.get(index) else {
            return Err(StepError::NoWay { element: String::new() });
        };
        if let [only] = element.outgoing.as_slice() {
            return Ok(*only);
        }
        for flow in &element.outgoing {
            let Some(found) = self.process.flows.get(*flow) else {
                continue;
            };
            let Some(condition) = found.condition.as_ref().filter(|_| element.default != Some(*flow)) else {
                continue;
            };
            match condition.holds(self.vars) {
                Ok(true) => return Ok(*flow),
                Ok(false) => {}
                Err(got) => {
                    return Err(StepError::Condition {
                        element: element.id.clone(),
                        flow: found.id.clone(),
                        got,
                    });
                }
            }
        }
        element.default.ok_or_else(|| StepError::NoWay {
            element: element.id.clone(),
        })
    }

    /// A joining parallel gateway fires once one token has come by every way in.
    fn join(&mut self, index: usize, via: Option<usize>) -> Result<(), StepError> {
        let process = self.process;
        let Some(element) = process.elements.get(index) else {
            return Ok(());
        };
        let name = |flow: usize| process.flows.get(flow).map(|f| f.id.clone()).unwrap_or_default();
        self.token(&element.id, Some(via.map(name).unwrap_or_default()));
        let mut taken = Vec::new();
        for flow in &element.incoming {
            let flow = name(*flow);
            let here = |t: &&Token| t.element == element.id && t.via.as_deref() == Some(flow.as_str());
            match self.state.tokens.iter().find(here) {
                Some(token) => taken.push(token.id),
                None => return Ok(()),
            }
        }
        self.state.tokens.retain(|t| !taken.contains(&t.id));
        self.effects.push(Effect::Entered {
            element: element.id.clone(),
        });
        self.leave(&element.outgoing);
        Ok(())
    }
}
