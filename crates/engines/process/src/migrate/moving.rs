//! Finding a place in the new model for everything that waits.

use super::{BY_HAND, Migration, Obstacle, UNTIL_LEFT, obstacle, task};
use crate::effect::Effect;
use crate::model::{Element, Event, Kind, Looping, Process};
use crate::state::{Pending, Scope, State, Token, WaitingTimer};
use crate::timer::{Cycle, TimerSpec};

/// One case on its way.
pub(super) struct Moving<'m, 'p> {
    pub(super) plan: &'m Migration<'p>,
    pub(super) before: &'m State,
    pub(super) after: State,
    pub(super) effects: Vec<Effect>,
    pub(super) notes: Vec<String>,
    pub(super) obstacles: Vec<Obstacle>,
}

impl<'p> Moving<'_, 'p> {
    pub(super) fn place_all(&mut self) {
        if self.before.finished {
            let reason = "Der Vorgang ist zu Ende.".to_owned();
            self.refuse("", reason, "Er bleibt bei seiner Fassung.");
            return;
        }
        for scope in self.before.scopes.values() {
            self.scope(scope);
        }
        // What may begin in a scope depends on what lies in it.
        for scope in self.before.scopes.values() {
            self.timers_of(scope);
        }
        for token in self.before.tokens.values() {
            self.token(token);
        }
        let [old, new] = [self.plan.old, self.plan.new].map(|model| inside(model, Some(0)));
        self.timers(0, &old, new);
        self.undoable();
    }

    fn refuse(&mut self, element: &str, reason: String, help: &str) {
        self.obstacles.push(obstacle(element, reason, help));
    }

    /// Where something goes: to an element of the same kind, in what its surroundings have become.
    fn target(&mut self, id: &str, parent: u64, repeated: bool) -> Option<&'p Element> {
        let old = self.plan.old.element(id)?;
        let name = &old.name;
        let Some(new) = self.plan.target(id) else {
            self.refuse(id, format!("`{id}` ({name}) gibt es im neuen Modell nicht."), BY_HAND);
            return None;
        };
        if !same_kind(&old.kind, &new.kind) {
            let reason = match (&old.kind, &new.kind) {
                (Kind::UserTask { work: before, .. }, Kind::UserTask { work: after, .. }) => format!(
                    "`{id}` ({name}) ist im neuen Modell eine andere Arbeit: {} statt {}.",
                    after.code(),
                    before.code()
                ),
                (before, after) => format!(
                    "`{id}` ({name}) ist im neuen Modell etwas anderes: {} statt {}.",
                    after.word(),
                    before.word()
                ),
            };
            self.refuse(id, reason, BY_HAND);
            return None;
        }
        if repeated && !same_loop(old.looping.as_ref(), new.looping.as_ref()) {
            let reason = format!("`{id}` ({name}) wird im neuen Modell anders wiederholt als im alten.");
            self.refuse(id, reason, UNTIL_LEFT);
            return None;
        }
        let around = match self.after.scopes.get(&parent) {
            Some(scope) if scope.rounds.is_some() => self.plan.new.element(&scope.element).map(|e| e.container),
            // What undoes lies where it can be done, which may be in a subprocess that is over.
            Some(scope) if scope.compensating => undoes(new).then_some(new.container),
            Some(scope) => self.plan.new.element(&scope.element).and_then(|e| e.inner),
            None if parent == 0 => Some(0),
            // What it lies in cannot move, which was said already.
            None => return None,
        };
        if around != Some(new.container) {
            let reason = format!("`{id}` ({name}) liegt im neuen Modell in einem anderen Teilprozess.");
            self.refuse(id, reason, UNTIL_LEFT);
            return None;
        }
        Some(new)
    }

    fn scope(&mut self, scope: &Scope) {
        let repeated = !scope.compensating && scope.iteration.is_none();
        let Some(new) = self.target(&scope.element, scope.parent, repeated) else {
            return;
        };
        let moved = Scope {
            element: new.id.clone(),
            ..scope.clone()
        };
        self.after.children.insert((scope.parent, scope.id));
        self.after.scopes.insert(scope.id, moved);
    }

    fn timers_of(&mut self, scope: &Scope) {
        let plan = self.plan;
        let moved = self.after.scopes.get(&scope.id);
        let Some(new) = moved.and_then(|moved| plan.new.element(&moved.element)) else {
            return;
        };
        let events = |model: &Process, element: &Element| {
            let inner = element.inner.filter(|_| scope.rounds.is_none() && !scope.compensating);
            let mut found = inside(model, inner);
            if scope.iteration.is_none() && !scope.compensating {
                found.extend(&element.boundary);
            }
            found
        };
        let old = plan.old.element(&scope.element);
        let old = old.map(|old| events(plan.old, old)).unwrap_or_default();
        self.timers(scope.id, &old, events(plan.new, new));
    }

    fn token(&mut self, token: &Token) {
        let plan = self.plan;
        let Some(new) = self.target(&token.element, token.scope, token.iteration.is_none()) else {
            return;
        };
        let via = match &token.via {
            Some(via) => match plan.flow(via, new) {
                Some(flow) => Some(flow),
                None => {
                    let id = &token.element;
                    let reason = format!(
                        "In `{id}` wartet eine Marke, die über `{via}` kam; diesen Weg gibt es im neuen Modell nicht."
                    );
                    self.refuse(id, reason, BY_HAND);
                    return;
                }
            },
            None => None,
        };
        let moved = Token {
            element: new.id.clone(),
            via,
            ..token.clone()
        };
        self.after.children.insert((token.scope, token.id));
        self.after.tokens.insert(token.id, moved);
        if let (Some(old), Kind::UserTask { role, .. }) = (plan.old.element(&token.element), &new.kind) {
            let same = matches!(&old.kind, Kind::UserTask { role: before, .. } if before == role);
            if !same || new.id != token.element {
                self.effects.push(Effect::CancelTask {
                    element: token.element.clone(),
                    token: token.id,
                });
                self.effects.extend(task(new, token.id));
                let to = if same {
                    String::new()
                } else {
                    format!(", jetzt bei der Rolle `{role}`")
                };
                self.notes
                    .push(format!("Die Aufgabe „{}“ wird neu gestellt{to}.", new.name));
            }
        }
        let events = |model: &Process, element: &Element| {
            let mut found = Vec::new();
            if token.iteration.is_none() {
                found.extend(&element.boundary);
            }
            match &element.kind {
                Kind::Catch { .. } => found.extend(model.at(&element.id)),
                Kind::EventBased => {
                    let behind = element.outgoing.iter().filter_map(|flow| model.flows.get(*flow));
                    found.extend(behind.map(|flow| flow.to));
                }
                _ => {}
            }
            found
        };
        let old = plan.old.element(&token.element);
        let old = old.map(|old| events(plan.old, old)).unwrap_or_default();
        self.timers(token.id, &old, events(plan.new, new));
    }

    /// What runs goes on where the new model still has it; what it has not ends; what is new there begins. The events that could wait
    /// there in the old model (`did`) and that can in the new one (`may`).
    fn timers(&mut self, id: u64, did: &[usize], may: Vec<usize>) {
        let plan = self.plan;
        // Nothing begins beside an event subprocess that interrupts.
        let open = plan.new.open_event_subprocesses(&self.after, id);
        let may = may.into_iter().filter_map(|at| Some((at, plan.new.elements.get(at)?)));
        let may = may
            .filter(|(at, new)| !matches!(new.kind, Kind::Start { .. }) || open.iter().any(|(start, _)| start == at));
        let may: Vec<&Element> = may.map(|(_, new)| new).collect();
        // A timer that hung there runs already, or has fired.
        let did = did.iter().filter_map(|at| plan.old.elements.get(*at));
        let did = did.filter(|old| old.kind.timer().is_some());
        let did: Vec<&str> = did.filter_map(|old| Some(plan.target(&old.id)?.id.as_str())).collect();
        let mut left = Vec::new();
        for timer in self.before.timers.get(&id).into_iter().flatten() {
            let old = plan.old.element(&timer.element);
            let new = plan.target(&timer.element);
            let new = new.filter(|new| may.iter().any(|may| may.id == new.id));
            let (Some(old), Some((new, spec))) = (old, new.and_then(|new| Some((new, new.kind.timer()?)))) else {
                self.cancel(timer);
                let name = old.map_or(timer.element.as_str(), |old| old.name.as_str());
                self.notes.push(format!("Die Frist „{name}“ fällt weg."));
                continue;
            };
            if new.id != timer.element {
                // The caller keeps timers by their id. A date is the same however often it is reckoned; a duration is not.
                if matches!(spec, TimerSpec::Duration(_) | TimerSpec::Cycle(_)) {
                    let reason = format!(
                        "Die laufende Frist `{}` heißt im neuen Modell `{}` und würde von vorn beginnen.",
                        timer.element, new.id
                    );
                    self.refuse(&timer.element, reason, "Im neuen Modell die Id der Frist beibehalten.");
                    continue;
                }
                self.cancel(timer);
                self.effects.push(Effect::Timer {
                    element: new.id.clone(),
                    token: id,
                    spec: spec.clone(),
                });
            } else if old.kind.timer() != Some(spec) {
                let name = &new.name;
                self.notes.push(format!(
                    "Die Frist „{name}“ ist im neuen Modell anders bestimmt; die laufende gilt weiter."
                ));
            }
            left.push(WaitingTimer {
                element: new.id.clone(),
                ..timer.clone()
            });
        }
        for new in may {
            let Some(spec) = new.kind.timer() else { continue };
            if did.contains(&new.id.as_str()) {
                continue;
            }
            let rest = match spec {
                TimerSpec::Cycle(text) => Cycle::parse(text)
                    .and_then(|cycle| cycle.rest())
                    .map(|rest| rest.text()),
                _ => None,
            };
            left.push(WaitingTimer {
                element: new.id.clone(),
                token: id,
                rest,
            });
            self.effects.push(Effect::Timer {
                element: new.id.clone(),
                token: id,
                spec: spec.clone(),
            });
            self.notes.push(format!("Die Frist „{}“ beginnt jetzt.", new.name));
        }
        if !left.is_empty() {
            self.after.timers.insert(id, left);
        }
    }

    fn cancel(&mut self, timer: &WaitingTimer) {
        self.effects.push(Effect::CancelTimer {
            element: timer.element.clone(),
            token: timer.token,
        });
    }

    /// What was done can be undone in the new model too, or the case stays.
    fn undoable(&mut self) {
        let plan = self.plan;
        for done in self.before.done.values() {
            let id = &done.element;
            match plan.target(id).filter(|new| new.compensable) {
                Some(new) => {
                    let mut moved = done.clone();
                    moved.element = new.id.clone();
                    self.after.done.insert(moved.at, moved);
                }
                None => {
                    let reason =
                        format!("`{id}` ist erledigt und ließe sich im neuen Modell nicht mehr rückgängig machen.");
                    self.refuse(id, reason, BY_HAND);
                }
            }
        }
        for (key, pending) in &self.before.pending {
            let handler = &pending.handler;
            match plan.target(handler).filter(|new| undoes(new)) {
                Some(new) => {
                    let moved = Pending {
                        handler: new.id.clone(),
                        undoes: pending.undoes,
                    };
                    self.after.pending.insert(*key, moved);
                }
                None => {
                    let reason = format!("`{handler}` soll gerade etwas rückgängig machen und fehlt im neuen Modell.");
                    self.refuse(handler, reason, BY_HAND);
                }
            }
        }
    }
}

/// Whether it can be a handler: it undoes what was done.
fn undoes(element: &Element) -> bool {
    element.compensates || matches!(element.kind, Kind::SubProcess { event: true, .. })
}

/// Start events of the event subprocesses in a container.
fn inside(model: &Process, container: Option<usize>) -> Vec<usize> {
    let found = container.and_then(|container| model.containers.get(container));
    found.map(|found| found.event_starts.clone()).unwrap_or_default()
}

/// Whether what waits at the one can wait at the other.
pub(super) fn same_kind(old: &Kind, new: &Kind) -> bool {
    let event = |a: &Event, b: &Event| std::mem::discriminant(a) == std::mem::discriminant(b);
    match (old, new) {
        (Kind::UserTask { work: a, .. }, Kind::UserTask { work: b, .. }) => a == b,
        (Kind::Catch { event: a }, Kind::Catch { event: b })
        | (Kind::Throw { event: a }, Kind::Throw { event: b })
        | (Kind::End { event: a }, Kind::End { event: b }) => event(a, b),
        _ => std::mem::discriminant(old) == std::mem::discriminant(new),
    }
}

pub(super) fn same_loop(old: Option<&Looping>, new: Option<&Looping>) -> bool {
    match (old, new) {
        (None, None) | (Some(Looping::While { .. }), Some(Looping::While { .. })) => true,
        (Some(Looping::Multi { sequential: a, .. }), Some(Looping::Multi { sequential: b, .. })) => a == b,
        _ => false,
    }
}
