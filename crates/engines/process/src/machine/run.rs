//! One call in progress.

use std::collections::{BTreeSet, VecDeque};

use super::change::Before;
use super::{Moved, TOKEN_LIMIT};
use crate::answer::{Answers, NoAnswer, Source, Spot};
use crate::effect::{Effect, Input, StepError};
use crate::model::{Element, Event, Kind, Process};
use crate::state::{Done, State, Token};
use crate::timer::TimerSpec;

/// A token on its way.
pub(super) struct Arrival {
    pub(super) element: usize,
    /// The flow it comes by.
    pub(super) via: Option<usize>,
    pub(super) scope: u64,
    /// It is an instance of a repeated activity; the scope is the repetition.
    pub(super) round: Option<u32>,
}

/// One call in progress. Every change of the state goes through `put_…`, which notes what was there before: a call that fails
/// halfway takes all of it back.
pub(crate) struct Run<'a, 's> {
    pub(super) process: &'a Process,
    pub(super) state: &'s mut State,
    pub(super) answers: Answers<'a>,
    pub(super) effects: Vec<Effect>,
    pub(super) queue: VecDeque<Arrival>,
    /// Scopes that something has left: they may be over. Inner ones have larger numbers and are looked at first.
    pub(super) touched: BTreeSet<u64>,
    /// Scopes in which something moved: an inclusive gateway in them may no longer have anything to wait for.
    pub(super) moved: BTreeSet<u64>,
    entered: u32,
    enter_limit: u32,
    pub(super) next_token: u64,
    pub(super) before: Vec<Before>,
}

impl<'a, 's> Run<'a, 's> {
    pub(crate) fn new(process: &'a Process, state: &'s mut State, source: Source<'a>, enter_limit: u32) -> Self {
        Run {
            process,
            next_token: state.next_token,
            state,
            answers: Answers::new(source),
            effects: Vec::new(),
            queue: VecDeque::new(),
            touched: BTreeSet::new(),
            moved: BTreeSet::new(),
            entered: 0,
            enter_limit,
            before: Vec::new(),
        }
    }

    /// A token stands at the start event.
    pub(super) fn begin(&mut self, start: usize) {
        self.arm_inside(0, 0);
        self.arrive(start, None, 0);
    }

    pub(super) fn input(&mut self, input: &Input) -> Result<(), StepError> {
        match input {
            Input::Complete { element, token } => self.complete(element, *token),
            Input::Fail { element, token, code } => self.fail(element, *token, code),
            Input::TimerFired { element, token } => self.fire(element, *token),
            Input::Message { name, token } => self.message(name, *token),
            Input::Signal { name } => self.broadcast(name),
            Input::Reenter => self.reenter(),
            Input::Stop => {
                self.clear();
                Ok(())
            }
        }
    }

    /// Lets everything move until it waits.
    pub(super) fn finish(mut self) -> Result<Moved, StepError> {
        match self.settle() {
            Ok(()) => {
                self.state.steps = self.state.steps.saturating_add(1);
                self.state.next_token = self.next_token;
                Ok(Moved {
                    effects: self.effects,
                    answers: self.answers.given,
                    asked: self.answers.asked.into_iter().collect(),
                })
            }
            Err(error) => {
                self.take_back();
                Err(error)
            }
        }
    }

    fn settle(&mut self) -> Result<(), StepError> {
        loop {
            if let Some(arrival) = self.queue.pop_front() {
                self.enter(&arrival)?;
            } else if let Some(scope) = self.touched.pop_last() {
                self.look_at(scope)?;
            } else if !self.open_inclusive_joins()? {
                break;
            }
        }
        if !self.answers.used_up() {
            return Err(StepError::History { step: 0 });
        }
        // Joins alone can do nothing any more, unless an event around them ends what they lie in.
        let stuck = !self.state.tokens.is_empty()
            && self.state.timers.is_empty()
            && self.state.tokens.values().all(|token| token.via.is_some())
            && self.process.awaited(self.state).is_empty();
        match self.state.tokens.values().next() {
            Some(token) if stuck => Err(StepError::Deadlock {
                element: token.element.clone(),
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn element(&self, at: usize) -> Result<&'a Element, StepError> {
        let process = self.process;
        let missing = || StepError::OtherProcess { element: String::new() };
        process.elements.get(at).ok_or_else(missing)
    }

    pub(super) fn place(&self, id: &str) -> Result<usize, StepError> {
        let missing = || StepError::OtherProcess { element: id.to_owned() };
        self.process.at(id).ok_or_else(missing)
    }

    fn not_waiting(element: &str, token: u64) -> StepError {
        StepError::NotWaiting {
            element: element.to_owned(),
            token,
        }
    }

    /// The token that waits for work at the element.
    fn working(&self, element: &str, token: u64) -> Result<(usize, Token), StepError> {
        let found = self.state.tokens.get(&token).filter(|found| found.element == element);
        let at = self.process.at(element);
        let works = at.and_then(|at| self.process.elements.get(at)).is_some_and(|element| {
            matches!(
                element.kind,
                Kind::UserTask { .. } | Kind::ServiceTask { .. } | Kind::DecisionTask { .. }
            )
        });
        match (at, found) {
            (Some(at), Some(found)) if works => Ok((at, found.clone())),
            _ => Err(Self::not_waiting(element, token)),
        }
    }

    /// A task, call or decision is done: its token moves on, the events at its edge end.
    fn complete(&mut self, element: &str, token: u64) -> Result<(), StepError> {
        let (at, found) = self.working(element, token)?;
        self.put_token(token, None);
        self.cancel_timers(token);
        self.done(at, token, found.scope, found.iteration)
    }

    /// A task, call or decision failed.
    fn fail(&mut self, element: &str, token: u64, code: &str) -> Result<(), StepError> {
        let (_, found) = self.working(element, token)?;
        if self.raise(token, code, true)? {
            return Ok(());
        }
        Err(StepError::Uncaught {
            element: found.element,
            code: code.to_owned(),
        })
    }

    /// A timer fired.
    fn fire(&mut self, element: &str, token: u64) -> Result<(), StepError> {
        let timers = self.state.timers.get(&token).cloned().unwrap_or_default();
        let Some(place) = timers.iter().position(|timer| timer.element == element) else {
            return Err(Self::not_waiting(element, token));
        };
        let at = self.place(element)?;
        // As with every other event: beside an event subprocess that interrupts nothing begins.
        if matches!(self.element(at)?.kind, Kind::Start { .. }) && !self.is_open(at, token) {
            return Err(Self::not_waiting(element, token));
        }
        let mut left = timers;
        let fired = left.remove(place);
        self.put_timers(token, left);
        self.happen(at, token)?;
        // What repeats waits again, if what it hangs on is still there.
        let rest = fired
            .rest
            .filter(|_| token == 0 || self.state.instance(token).is_some());
        if let Some(rest) = rest
            && self.is_open(at, token)
        {
            self.arm_timer(self.element(at)?, token, &TimerSpec::Cycle(rest));
        }
        Ok(())
    }

    /// Calls off what waits and enters the element that is marked for it.
    fn reenter(&mut self) -> Result<(), StepError> {
        let marked = self.process.elements.iter().position(|element| element.reentry);
        let place = marked.ok_or(StepError::NoReentry)?;
        self.clear();
        self.arm_inside(0, 0);
        self.arrive(place, None, 0);
        Ok(())
    }

    /// Ends everything that waits.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        let ids: Vec<u64> = self.state.inside(0).collect();
        self.kill(&ids);
        self.cancel_timers(0);
        self.touched.insert(0);
    }

    /// Something has left the scope: is it over?
    fn look_at(&mut self, scope: u64) -> Result<(), StepError> {
        if !self.state.is_empty(scope) {
            return Ok(());
        }
        if scope == 0 {
            self.cancel_timers(0);
            let done: Vec<u64> = self.state.done.keys().copied().collect();
            done.into_iter().for_each(|at| self.put_done(at, None));
            self.put_finished();
            return Ok(());
        }
        let Some(found) = self.state.scopes.get(&scope).cloned() else {
            return Ok(());
        };
        if found.compensating {
            return self.next_handler(&found);
        }
        let at = self.place(&found.element)?;
        self.put_scope(scope, None);
        self.cancel_timers(scope);
        if found.rounds.is_some() {
            // The last instance was killed with what it lay in, or none was to run.
            return self.leave(at, found.parent, found.iteration);
        }
        self.done(at, scope, found.parent, found.iteration)
    }

    /// An instance of an activity is done.
    pub(super) fn done(&mut self, at: usize, of: u64, scope: u64, iteration: Option<u32>) -> Result<(), StepError> {
        let element = self.element(at)?;
        if element.compensable {
            let number = self.number();
            // An instance of a repetition was done in what the repetition lies in.
            let repetition = self.state.scopes.get(&scope).filter(|found| found.rounds.is_some());
            let lay = repetition.map_or(scope, |found| found.parent);
            let done = Done {
                at: number,
                of,
                scope: lay,
                element: element.id.clone(),
            };
            self.put_done(number, Some(done));
        }
        match iteration {
            Some(number) if element.looping.is_some() => self.next_round(at, scope, number),
            _ => self.leave(at, scope, iteration),
        }
    }

    /// A token leaves an element by its ways out.
    pub(super) fn leave(&mut self, at: usize, scope: u64, iteration: Option<u32>) -> Result<(), StepError> {
        let element = self.element(at)?;
        let conditional = |flow: &usize| self.process.flows.get(*flow).is_some_and(|f| f.condition.is_some());
        if element.kind.is_activity() && element.outgoing.iter().any(conditional) {
            let chosen = self.choose_all(at, Spot::new(scope, iteration))?;
            self.go(&chosen, scope);
        } else {
            self.go(&element.outgoing, scope);
        }
        for link in &element.links {
            self.arrive(*link, None, scope);
        }
        self.touched.insert(scope);
        Ok(())
    }

    pub(super) fn go(&mut self, flows: &[usize], scope: u64) {
        for flow in flows {
            if let Some(found) = self.process.flows.get(*flow) {
                self.arrive(found.to, Some(*flow), scope);
            }
        }
    }

    pub(super) fn arrive(&mut self, element: usize, via: Option<usize>, scope: u64) {
        self.queue.push_back(Arrival {
            element,
            via,
            scope,
            round: None,
        });
    }

    pub(super) fn arrive_round(&mut self, element: usize, scope: u64, number: u32) {
        self.queue.push_back(Arrival {
            element,
            via: None,
            scope,
            round: Some(number),
        });
    }

    pub(super) fn entered(&mut self, element: &Element) {
        self.effects.push(Effect::Entered {
            element: element.id.clone(),
        });
    }

    fn enter(&mut self, arrival: &Arrival) -> Result<(), StepError> {
        let scope = arrival.scope;
        if scope != 0 && !self.state.scopes.contains_key(&scope) {
            // What it was on its way in has ended.
            return Ok(());
        }
        let element = self.element(arrival.element)?;
        self.entered += 1;
        let held = self.state.tokens.len() + self.state.scopes.len() + self.queue.len();
        if self.entered > self.enter_limit || held > TOKEN_LIMIT {
            return Err(StepError::Endless {
                element: element.id.clone(),
                limit: self.enter_limit,
            });
        }
        // What arrives may be all that was left of the scope; whatever it does not leave behind ends it.
        self.touched.insert(scope);
        self.moved.insert(scope);
        if arrival.round.is_some() {
            return self.act(arrival.element, scope, arrival.round);
        }
        if element.incoming.len() > 1 {
            match element.kind {
                Kind::Parallel => return self.join_all(arrival.element, arrival.via, scope),
                Kind::Inclusive => {
                    self.wait_at_join(element, arrival.via, scope);
                    return Ok(());
                }
                _ => {}
            }
        }
        self.entered(element);
        if element.looping.is_some() {
            return self.begin_rounds(arrival.element, scope);
        }
        self.act(arrival.element, scope, None)
    }

    /// Does what the element does; `iteration` of a repeated activity.
    pub(super) fn act(&mut self, at: usize, scope: u64, iteration: Option<u32>) -> Result<(), StepError> {
        let element = self.element(at)?;
        let id = &element.id;
        match &element.kind {
            Kind::Start { .. } | Kind::Parallel | Kind::Boundary { .. } => self.leave(at, scope, None),
            Kind::ManualTask => self.done(at, 0, scope, iteration),
            Kind::Catch { event } => match event {
                Event::None | Event::Link { .. } => self.leave(at, scope, None),
                _ => {
                    let token = self.token(element, None, scope, iteration);
                    self.arm_if_timer(at, token);
                    Ok(())
                }
            },
            Kind::Throw { event } => self.throw(at, event, scope),
            Kind::End { event } => self.end(at, event, scope),
            Kind::UserTask { role, work } => {
                let token = self.token(element, None, scope, iteration);
                self.effects.push(Effect::Task {
                    element: id.clone(),
                    token,
                    name: element.name.clone(),
                    role: role.clone(),
                    work: *work,
                });
                self.arm_edge(at, token, iteration);
                Ok(())
            }
            Kind::ServiceTask { operation } => {
                let token = self.token(element, None, scope, iteration);
                self.effects.push(Effect::Call {
                    element: id.clone(),
                    token,
                    operation: operation.clone(),
                });
                self.arm_edge(at, token, iteration);
                Ok(())
            }
            Kind::DecisionTask { decision } => {
                let token = self.token(element, None, scope, iteration);
                self.effects.push(Effect::Decide {
                    element: id.clone(),
                    token,
                    decision: decision.clone(),
                });
                self.arm_edge(at, token, iteration);
                Ok(())
            }
            Kind::ReceiveTask { .. } => {
                let token = self.token(element, None, scope, iteration);
                self.arm_edge(at, token, iteration);
                Ok(())
            }
            Kind::ScriptTask { result } => {
                self.script(element, result, scope, iteration)?;
                self.done(at, 0, scope, iteration)
            }
            Kind::SendTask { message } => {
                self.effects.push(Effect::Send {
                    element: id.clone(),
                    message: message.clone(),
                });
                self.done(at, 0, scope, iteration)
            }
            Kind::Exclusive => {
                let flow = self.choose(at, Spot::new(scope, iteration))?;
                self.go(&[flow], scope);
                Ok(())
            }
            Kind::Inclusive => {
                let flows = self.choose_all(at, Spot::new(scope, iteration))?;
                self.go(&flows, scope);
                Ok(())
            }
            Kind::EventBased => {
                let token = self.token(element, None, scope, iteration);
                self.arm_behind(at, token);
                Ok(())
            }
            Kind::SubProcess { .. } | Kind::CallActivity { .. } => {
                let inner = self.open(element, scope, iteration);
                self.arm_edge(at, inner, iteration);
                let container = element.inner.unwrap_or_default();
                self.arm_inside(inner, container);
                let starts = self.process.containers.get(container).map(|c| c.starts.as_slice());
                if let Some(start) = starts.and_then(|starts| starts.first()) {
                    self.arrive(*start, None, inner);
                }
                Ok(())
            }
        }
    }

    fn script(
        &mut self,
        element: &'a Element,
        result: &str,
        scope: u64,
        iteration: Option<u32>,
    ) -> Result<(), StepError> {
        let Some(script) = &element.script else {
            return Ok(());
        };
        let spot = Spot::new(scope, iteration);
        let value = self.answers.run(self.process, self.state, spot, script, result);
        let value = value.map_err(|why| self.no_value(element, why, "a value"))?;
        if let Some(value) = value {
            self.effects.push(Effect::Set {
                element: element.id.clone(),
                variable: result.to_owned(),
                value,
            });
        }
        Ok(())
    }

    pub(super) fn no_value(&self, element: &Element, why: NoAnswer, wanted: &'static str) -> StepError {
        match why {
            NoAnswer::Given(got) => StepError::Expression {
                element: element.id.clone(),
                got,
                wanted,
            },
            NoAnswer::NotRecorded => StepError::History { step: 0 },
        }
    }
}
