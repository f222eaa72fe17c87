//! Compensation: what was done is undone, newest first (BPMN 2.0, 13.5.5).

use super::Run;
use crate::effect::StepError;
use crate::model::{Event, Kind};
use crate::state::{Pending, Scope};

impl Run<'_, '_> {
    /// Begins to undo what was done in the scope; the event at `at` waits for that.
    pub(super) fn compensate(&mut self, at: usize, scope: u64, activity: Option<&str>) -> Result<(), StepError> {
        let element = self.element(at)?;
        let handlers = self.handlers(self.around(scope), activity);
        let id = self.open(element, scope, None);
        if let Some(mut found) = self.state.scopes.get(&id).cloned() {
            found.compensating = true;
            self.put_scope(id, Some(found));
        }
        for (order, handler) in handlers.into_iter().enumerate() {
            self.put_pending((id, order as u64), Some(handler));
        }
        Ok(())
    }

    /// The scope whose activities are undone: an event subprocess undoes what was done around it. One that is a handler lies in the
    /// compensation that runs it, and what was done around it is what the compensation undoes right now (BPMN 2.0, 10.6.7).
    fn around(&self, scope: u64) -> u64 {
        let mut at = scope;
        while let Some(found) = self.state.scopes.get(&at) {
            let kind = self.process.element(&found.element).map(|e| &e.kind);
            if found.compensating && found.undoes != 0 {
                return found.undoes;
            }
            if !found.compensating && !matches!(kind, Some(Kind::SubProcess { event: true, .. })) {
                break;
            }
            at = found.parent;
        }
        at
    }

    /// The handlers of what was done in a scope, newest first. Nothing is undone twice.
    fn handlers(&mut self, scope: u64, activity: Option<&str>) -> Vec<Pending> {
        let mut handlers = Vec::new();
        let newest = |run: &Self, scope: u64, activity: Option<&str>| {
            let done = run.state.done.values().filter(|done| done.scope == scope);
            let wanted = done.filter(|done| activity.is_none_or(|activity| done.element == activity));
            wanted
                .map(|done| (done.at, done.of, done.element.clone()))
                .collect::<Vec<_>>()
        };
        let mut open = newest(self, scope, activity);
        while let Some((at, of, element)) = open.pop() {
            self.put_done(at, None);
            let found = self.process.element(&element);
            let own = found
                .and_then(|found| found.handler)
                .and_then(|at| self.process.elements.get(at));
            match own {
                Some(handler) => handlers.push(Pending {
                    handler: handler.id.clone(),
                    undoes: of,
                }),
                // A subprocess without a handler of its own is undone by undoing what was done in it.
                None => open.extend(newest(self, of, None)),
            }
        }
        handlers
    }

    /// The next handler of a compensation; after the last one the event that began it goes on.
    pub(super) fn next_handler(&mut self, scope: &Scope) -> Result<(), StepError> {
        let next = self.state.pending.range((scope.id, 0)..=(scope.id, u64::MAX)).next();
        if let Some((key, handler)) = next.map(|(key, handler)| (*key, handler.clone())) {
            self.put_pending(key, None);
            let at = self.place(&handler.handler)?;
            let undoing = Scope {
                undoes: handler.undoes,
                ..scope.clone()
            };
            self.put_scope(scope.id, Some(undoing));
            self.arrive(at, None, scope.id);
            return Ok(());
        }
        self.put_scope(scope.id, None);
        let at = self.place(&scope.element)?;
        let element = self.element(at)?;
        match &element.kind {
            Kind::Throw { .. } => self.leave(at, scope.parent, None),
            Kind::End { event: Event::Cancel } => self.cancelled(scope.parent),
            _ => Ok(()),
        }
    }

    /// A transaction was called off and undone: its way goes on at the cancel event at its edge.
    fn cancelled(&mut self, transaction: u64) -> Result<(), StepError> {
        let Some(found) = self.state.scopes.get(&transaction) else {
            return Ok(());
        };
        // The event hangs on the repetition where the transaction is repeated.
        let id = if found.iteration.is_some() {
            found.parent
        } else {
            transaction
        };
        let edge = self
            .process
            .edge(self.state, id)
            .find(|(_, event)| **event == Event::Cancel);
        match edge.map(|(at, _)| at) {
            Some(at) => self.happen(at, id),
            None => Ok(()),
        }
    }
}
