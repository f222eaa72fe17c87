//! Changes of the state. Each notes what was there before, so that a call that fails halfway can take all of it back.

use std::collections::BTreeSet;

use super::Run;
use crate::effect::Effect;
use crate::model::{Element, Kind};
use crate::state::{Done, Pending, Scope, Token, WaitingTimer};
use crate::timer::{Cycle, TimerSpec};

/// What was there before a change.
pub(super) enum Before {
    Token(u64, Option<Token>),
    Scope(u64, Option<Scope>),
    Timers(u64, Option<Vec<WaitingTimer>>),
    Done(u64, Option<Done>),
    Pending((u64, u64), Option<Pending>),
}

impl Run<'_, '_> {
    pub(super) fn number(&mut self) -> u64 {
        let number = self.next_token.max(1);
        self.next_token = number.saturating_add(1);
        number
    }

    pub(super) fn token(&mut self, element: &Element, via: Option<String>, scope: u64, iteration: Option<u32>) -> u64 {
        let id = self.number();
        let token = Token {
            id,
            element: element.id.clone(),
            via,
            scope,
            iteration,
        };
        self.put_token(id, Some(token));
        id
    }

    pub(super) fn open(&mut self, element: &Element, parent: u64, iteration: Option<u32>) -> u64 {
        let id = self.number();
        let scope = Scope {
            id,
            element: element.id.clone(),
            parent,
            iteration,
            rounds: None,
            compensating: false,
            undoes: 0,
        };
        self.put_scope(id, Some(scope));
        self.touched.insert(id);
        id
    }

    pub(super) fn arm_timer(&mut self, element: &Element, token: u64, spec: &TimerSpec) {
        let cycle = match spec {
            TimerSpec::Cycle(text) => Cycle::parse(text),
            _ => None,
        };
        let rest = cycle.and_then(|cycle| cycle.rest()).map(|rest| rest.text());
        let mut timers = self.state.timers.get(&token).cloned().unwrap_or_default();
        timers.push(WaitingTimer {
            element: element.id.clone(),
            token,
            rest,
        });
        self.put_timers(token, timers);
        self.effects.push(Effect::Timer {
            element: element.id.clone(),
            token,
            spec: spec.clone(),
        });
    }

    pub(super) fn cancel_timers(&mut self, token: u64) {
        let Some(timers) = self.state.timers.get(&token) else {
            return;
        };
        for timer in timers {
            self.effects.push(Effect::CancelTimer {
                element: timer.element.clone(),
                token,
            });
        }
        self.put_timers(token, Vec::new());
    }

    /// Ends tokens and scopes with all that lies in them: first the tasks are called off, then the timers.
    pub(super) fn kill(&mut self, ids: &[u64]) {
        let mut all = BTreeSet::new();
        let mut open: Vec<u64> = ids.to_vec();
        while let Some(id) = open.pop() {
            open.extend(self.state.inside(id));
            all.insert(id);
        }
        for id in &all {
            let Some(token) = self.state.tokens.get(id) else {
                continue;
            };
            let element = token.element.clone();
            let kind = self.process.element(&element).map(|e| &e.kind);
            if matches!(kind, Some(Kind::UserTask { .. })) {
                self.effects.push(Effect::CancelTask { element, token: *id });
            }
            self.put_token(*id, None);
        }
        for id in all {
            self.cancel_timers(id);
            if self.state.scopes.contains_key(&id) {
                let forget: Vec<u64> = self
                    .state
                    .done
                    .values()
                    .filter(|done| done.scope == id)
                    .map(|done| done.at)
                    .collect();
                forget.into_iter().for_each(|at| self.put_done(at, None));
                let pending: Vec<(u64, u64)> = self
                    .state
                    .pending
                    .range((id, 0)..=(id, u64::MAX))
                    .map(|(key, _)| *key)
                    .collect();
                pending.into_iter().for_each(|key| self.put_pending(key, None));
                self.put_scope(id, None);
            }
        }
    }

    pub(super) fn put_token(&mut self, id: u64, token: Option<Token>) {
        let before = match token {
            Some(token) => {
                self.moved.insert(token.scope);
                self.state.children.insert((token.scope, id));
                self.state.tokens.insert(id, token)
            }
            None => self.state.tokens.remove(&id),
        };
        if let Some(before) = &before
            && !self.state.tokens.contains_key(&id)
        {
            self.moved.insert(before.scope);
            self.touched.insert(before.scope);
            self.state.children.remove(&(before.scope, id));
        }
        self.before.push(Before::Token(id, before));
    }

    pub(super) fn put_scope(&mut self, id: u64, scope: Option<Scope>) {
        let before = match scope {
            Some(scope) => {
                self.moved.insert(scope.parent);
                self.state.children.insert((scope.parent, id));
                self.state.scopes.insert(id, scope)
            }
            None => self.state.scopes.remove(&id),
        };
        if let Some(before) = &before
            && !self.state.scopes.contains_key(&id)
        {
            self.moved.insert(before.parent);
            self.touched.insert(before.parent);
            self.state.children.remove(&(before.parent, id));
        }
        self.before.push(Before::Scope(id, before));
    }

    pub(super) fn put_timers(&mut self, token: u64, timers: Vec<WaitingTimer>) {
        let before = if timers.is_empty() {
            self.state.timers.remove(&token)
        } else {
            self.state.timers.insert(token, timers)
        };
        self.before.push(Before::Timers(token, before));
    }

    pub(super) fn put_done(&mut self, at: u64, done: Option<Done>) {
        let before = match done {
            Some(done) => self.state.done.insert(at, done),
            None => self.state.done.remove(&at),
        };
        self.before.push(Before::Done(at, before));
    }

    pub(super) fn put_pending(&mut self, key: (u64, u64), handler: Option<Pending>) {
        let before = match handler {
            Some(handler) => self.state.pending.insert(key, handler),
            None => self.state.pending.remove(&key),
        };
        self.before.push(Before::Pending(key, before));
    }

    pub(super) fn put_finished(&mut self) {
        self.state.finished = true;
    }

    /// Makes the state as it was before the call.
    pub(super) fn take_back(&mut self) {
        self.state.finished = false;
        while let Some(before) = self.before.pop() {
            let state = &mut *self.state;
            match before {
                Before::Token(id, before) => {
                    if let Some(now) = state.tokens.remove(&id) {
                        state.children.remove(&(now.scope, id));
                    }
                    if let Some(before) = before {
                        state.children.insert((before.scope, id));
                        state.tokens.insert(id, before);
                    }
                }
                Before::Scope(id, before) => {
                    if let Some(now) = state.scopes.remove(&id) {
                        state.children.remove(&(now.parent, id));
                    }
                    if let Some(before) = before {
                        state.children.insert((before.parent, id));
                        state.scopes.insert(id, before);
                    }
                }
                Before::Timers(token, before) => {
                    state.timers.remove(&token);
                    state.timers.extend(before.map(|before| (token, before)));
                }
                Before::Done(at, before) => {
                    state.done.remove(&at);
                    state.done.extend(before.map(|before| (at, before)));
                }
                Before::Pending(key, before) => {
                    state.pending.remove(&key);
                    state.pending.extend(before.map(|before| (key, before)));
                }
            }
        }
    }
}
