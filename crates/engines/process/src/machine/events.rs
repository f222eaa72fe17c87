//! Events: what waits for them, what they end, and where they lead.

use super::Run;
use crate::effect::{Effect, StepError};
use crate::model::{Container, Event, Kind, Process};
use crate::state::State;

impl Process {
    fn container_of(&self, state: &State, scope: u64) -> Option<&Container> {
        if scope == 0 {
            return self.containers.first();
        }
        let found = state
            .scopes
            .get(&scope)
            .filter(|s| s.rounds.is_none() && !s.compensating)?;
        self.containers.get(self.element(&found.element)?.inner?)
    }

    /// Start events of the event subprocesses that can still begin in a scope: none once an interrupting one has.
    pub(crate) fn open_event_subprocesses(&self, state: &State, scope: u64) -> Vec<(usize, &Event)> {
        let starts = self
            .container_of(state, scope)
            .map(|c| c.event_starts.as_slice())
            .unwrap_or_default();
        if starts.is_empty() || state.finished {
            return Vec::new();
        }
        let event = |at: &usize| match self.elements.get(*at).map(|e| &e.kind) {
            Some(Kind::Start { event, interrupting }) => Some((*at, event, *interrupting)),
            _ => None,
        };
        let starts: Vec<(usize, &Event, bool)> = starts.iter().filter_map(event).collect();
        let runs = |start: usize| {
            let owner = self
                .elements
                .get(start)
                .and_then(|e| self.containers.get(e.container))
                .and_then(|c| c.owner);
            let name = owner.and_then(|at| self.elements.get(at)).map(|e| e.id.as_str());
            let mut inside = state.inside(scope).filter_map(|id| state.scopes.get(&id));
            inside.any(|child| Some(child.element.as_str()) == name)
        };
        if starts.iter().any(|(at, _, interrupting)| *interrupting && runs(*at)) {
            return Vec::new();
        }
        starts.into_iter().map(|(at, event, _)| (at, event)).collect()
    }

    /// The events at the edge of a token or scope. Those of a repeated activity hang on the repetition, not on its instances.
    pub(crate) fn edge(&self, state: &State, id: u64) -> impl Iterator<Item = (usize, &Event)> {
        let repeated = state.scopes.get(&id).is_some_and(|scope| scope.rounds.is_some());
        let compensating = state.scopes.get(&id).is_some_and(|scope| scope.compensating);
        let found = state
            .instance(id)
            .filter(|(_, _, iteration)| (repeated || iteration.is_none()) && !compensating);
        let element = found.and_then(|(element, _, _)| self.element(element));
        let edge = element.map(|element| element.boundary.as_slice()).unwrap_or_default();
        edge.iter()
            .filter_map(|at| match self.elements.get(*at).map(|e| &e.kind) {
                Some(Kind::Boundary { event, .. }) => Some((*at, event)),
                _ => None,
            })
    }

    /// What a token or scope waits for from outside.
    pub(crate) fn waits_for(&self, state: &State, id: u64) -> Vec<(usize, &Event)> {
        let mut found = Vec::new();
        if let Some(token) = state.tokens.get(&id)
            && let Some(at) = self.at(&token.element)
        {
            found.extend(self.own_events(at));
        }
        if state.scopes.contains_key(&id) {
            found.extend(self.open_event_subprocesses(state, id));
        }
        found.extend(self.edge(state, id));
        let outside = |event: &Event| {
            matches!(
                event,
                Event::None | Event::Message { .. } | Event::Timer { .. } | Event::Signal { .. }
            )
        };
        found.retain(|(_, event)| outside(event));
        found
    }

    /// What a token at the element waits for.
    fn own_events(&self, at: usize) -> Vec<(usize, &Event)> {
        let Some(element) = self.elements.get(at) else {
            return Vec::new();
        };
        match &element.kind {
            Kind::Catch { event } => vec![(at, event)],
            Kind::ReceiveTask { .. } => element.receives.iter().map(|event| (at, event)).collect(),
            Kind::UserTask { .. } | Kind::ServiceTask { .. } | Kind::DecisionTask { .. } => vec![(at, &Event::None)],
            Kind::EventBased => {
                let behind = element.outgoing.iter().filter_map(|flow| self.flows.get(*flow));
                behind.flat_map(|flow| self.own_events_of_wait(flow.to)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn own_events_of_wait(&self, at: usize) -> Option<(usize, &Event)> {
        let element = self.elements.get(at)?;
        match &element.kind {
            Kind::Catch { event } => Some((at, event)),
            Kind::ReceiveTask { .. } => Some((at, element.receives.as_ref()?)),
            _ => None,
        }
    }
}

/// Whether an event catches the error (or escalation) with this code, and whether it names it.
fn catches(event: &Event, code: &str, error: bool) -> Option<bool> {
    match (event, error) {
        (Event::Error { code: known }, true) | (Event::Escalation { code: known }, false) => match known {
            Some(known) => (known == code).then_some(true),
            None => Some(false),
        },
        _ => None,
    }
}

/// The event that catches the code: rather one that names it than one that takes every code.
fn catching<'p>(events: impl Iterator<Item = (usize, &'p Event)>, code: &str, error: bool) -> Option<usize> {
    let mut all = None;
    for (at, event) in events {
        match catches(event, code, error) {
            Some(true) => return Some(at),
            Some(false) => all = all.or(Some(at)),
            None => {}
        }
    }
    all
}

impl Run<'_, '_> {
    /// Arms the timers of event subprocesses in a scope.
    pub(super) fn arm_inside(&mut self, scope: u64, container: usize) {
        let starts = self
            .process
            .containers
            .get(container)
            .map(|c| c.event_starts.as_slice());
        for start in starts.unwrap_or_default() {
            self.arm_if_timer(*start, scope);
        }
    }

    /// Arms the timers at the edge; those of a repeated activity are armed once, on the repetition.
    pub(super) fn arm_edge(&mut self, at: usize, id: u64, iteration: Option<u32>) {
        if iteration.is_none() {
            let edge = self.process.elements.get(at).map(|e| e.boundary.as_slice());
            for boundary in edge.unwrap_or_default() {
                self.arm_if_timer(*boundary, id);
            }
        }
    }

    /// Arms the timers behind an event-based gateway.
    pub(super) fn arm_behind(&mut self, at: usize, token: u64) {
        let element = self.process.elements.get(at);
        for flow in element.map(|e| e.outgoing.as_slice()).unwrap_or_default() {
            if let Some(flow) = self.process.flows.get(*flow) {
                self.arm_if_timer(flow.to, token);
            }
        }
    }

    pub(super) fn arm_if_timer(&mut self, at: usize, token: u64) {
        let process = self.process;
        if let Some(element) = process.elements.get(at)
            && let Some(spec) = element.kind.timer()
        {
            self.arm_timer(element, token, spec);
        }
    }

    /// Whether the timer could still happen where it hangs.
    pub(super) fn is_open(&self, at: usize, token: u64) -> bool {
        match self.process.elements.get(at).map(|e| &e.kind) {
            Some(Kind::Boundary { .. }) => self.process.edge(self.state, token).any(|(edge, _)| edge == at),
            Some(Kind::Start { .. }) => {
                let open = self.process.open_event_subprocesses(self.state, token);
                open.iter().any(|(start, _)| *start == at)
            }
            _ => false,
        }
    }

    /// An event has come to the token or scope that waits for it.
    pub(super) fn happen(&mut self, at: usize, id: u64) -> Result<(), StepError> {
        let element = self.element(at)?;
        match &element.kind {
            Kind::Boundary { interrupting, .. } => self.at_edge(at, id, *interrupting),
            Kind::Start { interrupting, .. } => self.begin_event_subprocess(at, id, *interrupting),
            _ => {
                let Some(token) = self.state.tokens.get(&id).cloned() else {
                    return Ok(());
                };
                self.put_token(id, None);
                self.cancel_timers(id);
                if token.element != element.id {
                    // It was one of several behind an event-based gateway.
                    self.entered(element);
                }
                match element.kind {
                    Kind::ReceiveTask { .. } => self.done(at, id, token.scope, token.iteration),
                    _ => self.leave(at, token.scope, None),
                }
            }
        }
    }

    fn at_edge(&mut self, at: usize, id: u64, interrupting: bool) -> Result<(), StepError> {
        let Some((_, scope, _)) = self.state.instance(id) else {
            return Ok(());
        };
        self.entered(self.element(at)?);
        if interrupting {
            self.kill(&[id]);
        }
        self.leave(at, scope, None)
    }

    fn begin_event_subprocess(&mut self, start: usize, scope: u64, interrupting: bool) -> Result<(), StepError> {
        let container = self.element(start)?.container;
        let owner = self.process.containers.get(container).and_then(|c| c.owner);
        let Some(owner) = owner else {
            return Ok(());
        };
        let owner = self.element(owner)?;
        if interrupting {
            let inside: Vec<u64> = self.state.inside(scope).collect();
            self.kill(&inside);
            self.queue.retain(|arrival| arrival.scope != scope);
            // Nothing else can begin in it any more.
            let timers = self.state.timers.get(&scope).cloned().unwrap_or_default();
            let (ended, left): (Vec<_>, Vec<_>) = timers.into_iter().partition(|timer| {
                let kind = self.process.element(&timer.element).map(|e| &e.kind);
                matches!(kind, Some(Kind::Start { .. }))
            });
            for timer in ended {
                self.effects.push(Effect::CancelTimer {
                    element: timer.element,
                    token: scope,
                });
            }
            self.put_timers(scope, left);
        }
        self.entered(owner);
        let inner = self.open(owner, scope, None);
        self.arm_inside(inner, container);
        self.arrive(start, None, inner);
        Ok(())
    }

    /// A message goes to what has waited for it longest; what lies in something comes before what it lies in.
    pub(super) fn message(&mut self, name: &str, only: Option<u64>) -> Result<(), StepError> {
        let wanted = |found: &[(usize, &Event)]| {
            let mut found = found.iter();
            found
                .find(|(_, event)| matches!(event, Event::Message { name: known } if known == name))
                .map(|(at, _)| *at)
        };
        let root = wanted(&self.process.open_event_subprocesses(self.state, 0)).map(|at| (at, 0));
        let look = |id: u64| wanted(&self.process.waits_for(self.state, id)).map(|at| (at, id));
        let found = match only {
            Some(0) => root,
            Some(id) => look(id),
            None => self.longest_waiting(name, look).or(root),
        };
        let (at, id) = found.ok_or_else(|| StepError::NotAwaited {
            message: name.to_owned(),
        })?;
        self.happen(at, id)
    }

    /// The oldest token or scope that waits for a message, or the oldest in that scope that does.
    fn longest_waiting(&self, name: &str, look: impl Fn(u64) -> Option<(usize, u64)>) -> Option<(usize, u64)> {
        // Most messages are for tokens only, and there may be thousands of scopes.
        let of_scopes = self.process.elements.iter().any(|element| {
            let begins = matches!(element.kind, Kind::Start { .. } | Kind::Boundary { .. });
            begins && matches!(element.kind.event(), Some(Event::Message { name: known }) if known == name)
        });
        let mut found: Option<(usize, u64)> = None;
        loop {
            let inside = |id: &u64| found.is_none_or(|(_, around)| self.lies_in(*id, around));
            let token = self.state.tokens.keys().copied().filter(inside).find_map(&look);
            let before = token.map_or(u64::MAX, |(_, id)| id);
            let older = self.state.scopes.range(..before).filter(|_| of_scopes);
            let scope = older.map(|(id, _)| *id).filter(inside).find_map(&look);
            if scope.is_none() {
                return token.or(found);
            }
            found = scope;
        }
    }

    fn lies_in(&self, id: u64, around: u64) -> bool {
        let parent = |id: u64| self.state.instance(id).map(|(_, parent, _)| parent);
        std::iter::successors(parent(id), |id| parent(*id)).any(|id| id == around)
    }

    /// A signal goes to everything that waits for it now.
    pub(super) fn broadcast(&mut self, name: &str) -> Result<(), StepError> {
        let waits = |found: Vec<(usize, &Event)>, id: u64| {
            let heard = found
                .into_iter()
                .filter(|(_, event)| matches!(event, Event::Signal { name: known } if known == name));
            heard.map(move |(at, _)| (at, id)).collect::<Vec<_>>()
        };
        let ids: Vec<u64> = self
            .state
            .tokens
            .keys()
            .chain(self.state.scopes.keys())
            .copied()
            .collect();
        let mut hears = Vec::new();
        for id in ids {
            hears.extend(waits(self.process.waits_for(self.state, id), id));
        }
        hears.extend(waits(self.process.open_event_subprocesses(self.state, 0), 0));
        for (at, id) in hears {
            // What one of them has ended hears nothing any more.
            let lives = match self.process.elements.get(at).map(|e| &e.kind) {
                Some(Kind::Start { .. } | Kind::Boundary { .. }) => self.is_open(at, id),
                _ => self.state.tokens.contains_key(&id),
            };
            if lives {
                self.happen(at, id)?;
            }
        }
        Ok(())
    }

    /// Looks for what catches an error or escalation, from the edge of `id` outwards. An error ends what it is caught at.
    pub(super) fn raise(&mut self, id: u64, code: &str, error: bool) -> Result<bool, StepError> {
        if let Some(at) = catching(self.process.edge(self.state, id), code, error) {
            self.happen(at, id)?;
            return Ok(true);
        }
        match self.state.instance(id) {
            Some((_, parent, _)) => self.raise_in(parent, Some(id), code, error),
            None => Ok(false),
        }
    }

    /// As [`Run::raise`], from within a scope. What `from` is itself does not catch what it raises.
    pub(super) fn raise_in(
        &mut self,
        scope: u64,
        from: Option<u64>,
        code: &str,
        error: bool,
    ) -> Result<bool, StepError> {
        let (mut scope, mut from) = (scope, from);
        loop {
            let own = from
                .and_then(|id| self.state.scopes.get(&id))
                .map(|s| s.element.clone());
            let open = self.process.open_event_subprocesses(self.state, scope);
            let others = open.into_iter().filter(|(at, _)| {
                let container = self.process.elements.get(*at).map(|e| e.container);
                let owner = container
                    .and_then(|c| self.process.containers.get(c))
                    .and_then(|c| c.owner);
                owner.and_then(|at| self.process.elements.get(at)).map(|e| &e.id) != own.as_ref()
            });
            if let Some(at) = catching(others, code, error) {
                self.happen(at, scope)?;
                return Ok(true);
            }
            let Some(around) = self.state.scopes.get(&scope) else {
                return Ok(false);
            };
            let parent = around.parent;
            if let Some(at) = catching(self.process.edge(self.state, scope), code, error) {
                self.happen(at, scope)?;
                return Ok(true);
            }
            (scope, from) = (parent, Some(scope));
        }
    }

    pub(super) fn throw(&mut self, at: usize, event: &Event, scope: u64) -> Result<(), StepError> {
        if let Event::Compensation { activity } = event {
            return self.compensate(at, scope, activity.as_deref());
        }
        // It goes on before the event is heard: whatever ends its scope ends it too.
        self.leave(at, scope, None)?;
        self.bring_about(at, event, scope)
    }

    pub(super) fn end(&mut self, at: usize, event: &Event, scope: u64) -> Result<(), StepError> {
        self.effects.push(Effect::Ended {
            element: self.element(at)?.id.clone(),
        });
        self.touched.insert(scope);
        match event {
            Event::Terminate if scope == 0 => {
                self.clear();
                Ok(())
            }
            Event::Terminate => {
                self.empty(scope);
                Ok(())
            }
            Event::Compensation { activity } => self.compensate(at, scope, activity.as_deref()),
            Event::Cancel => {
                let transaction = self.transaction(scope);
                self.empty(transaction);
                self.compensate(at, transaction, None)
            }
            other => self.bring_about(at, other, scope),
        }
    }

    /// Ends everything in a scope, but not the scope.
    fn empty(&mut self, scope: u64) {
        let inside: Vec<u64> = self.state.inside(scope).collect();
        self.kill(&inside);
        self.queue.retain(|arrival| arrival.scope != scope);
        self.touched.insert(scope);
    }

    /// The transaction around a scope.
    fn transaction(&self, scope: u64) -> u64 {
        let mut at = scope;
        while let Some(around) = self.state.scopes.get(&at) {
            let kind = self.process.element(&around.element).map(|e| &e.kind);
            if around.rounds.is_none() && matches!(kind, Some(Kind::SubProcess { transaction: true, .. })) {
                return at;
            }
            at = around.parent;
        }
        scope
    }

    fn bring_about(&mut self, at: usize, event: &Event, scope: u64) -> Result<(), StepError> {
        let element = self.element(at)?.id.clone();
        match event {
            Event::Message { name } => {
                self.effects.push(Effect::Send {
                    element,
                    message: name.clone(),
                });
                Ok(())
            }
            Event::Signal { name } => {
                self.effects.push(Effect::Signalled {
                    element,
                    signal: name.clone(),
                });
                self.broadcast(name)
            }
            Event::Escalation { code } => {
                let code = code.clone().unwrap_or_default();
                self.raise_in(scope, None, &code, false).map(|_| ())
            }
            Event::Error { code } => {
                let code = code.clone().unwrap_or_default();
                if !self.raise_in(scope, None, &code, true)? {
                    // Nobody catches it: the whole process ends with it.
                    self.clear();
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
