//! Moving running cases to another version of a model: which can move and how, which cannot and why.
//!
//! A case moves when everything that waits in it has a place of the same kind in the new model, in the same surroundings, and
//! when it can still come to an end from there. Elements correspond by their id, or as the author says by hand. What the law makes
//! run goes on: a period that is running is not set anew.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::effect::Effect;
use crate::explore::ends;
use crate::model::{Element, Event, Kind, Looping, Process};
use crate::state::{Scope, State, Token, WaitingTimer};
use crate::timer::{Cycle, TimerSpec};

/// A way from one version of a model to another.
#[derive(Debug)]
pub struct Migration<'p> {
    old: &'p Process,
    new: &'p Process,
    by_hand: BTreeMap<String, String>,
}

/// A case that can move: where it stands then, and what the caller has to do for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Where it stood.
    pub before: State,
    /// Where it stands.
    pub after: State,
    /// What the caller has to do, in this order.
    pub effects: Vec<Effect>,
    /// What changes for people, in German sentences.
    pub notes: Vec<String>,
}

/// Why a case cannot move.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Obstacle {
    /// Id of the element of the old model (of the new one, where only that is meant).
    pub element: String,
    /// What is in the way; a German sentence.
    pub reason: String,
    /// How it could move after all.
    pub help: String,
}

impl std::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.reason, self.help)
    }
}

fn obstacle(element: &str, reason: String, help: &str) -> Obstacle {
    Obstacle {
        element: element.to_owned(),
        reason,
        help: help.to_owned(),
    }
}

const BY_HAND: &str = "Von Hand angeben, welchem Element des neuen Modells es entspricht, oder den Vorgang bei seiner Fassung lassen.";

impl<'p> Migration<'p> {
    /// Prepares to move cases from `old` to `new`. `by_hand` says which element or flow of the new model stands for one of the old,
    /// by id, where the ids differ; an entry that names what does not exist is refused.
    pub fn plan(
        old: &'p Process,
        new: &'p Process,
        by_hand: &BTreeMap<String, String>,
    ) -> Result<Migration<'p>, Vec<Obstacle>> {
        let known = |process: &Process, id: &str| {
            process.element(id).is_some() || process.flows().iter().any(|flow| flow.id == id)
        };
        let mut wrong = Vec::new();
        for (from, to) in by_hand {
            for (process, id, which) in [(old, from, "alten"), (new, to, "neuen")] {
                if !known(process, id) {
                    let reason = format!("Die Zuordnung `{from}` → `{to}` nennt `{id}`, das es im {which} Modell nicht gibt.");
                    wrong.push(obstacle(from, reason, "Die Id eines Elements oder Flusses angeben."));
                }
            }
        }
        if wrong.is_empty() {
            Ok(Migration {
                old,
                new,
                by_hand: by_hand.clone(),
            })
        } else {
            Err(wrong)
        }
    }

    /// Whether and how one case moves. Nothing happens: whoever moves it stores [`Move::after`] and does the effects.
    pub fn check(&self, state: &State) -> Result<Move, Vec<Obstacle>> {
        let mut case = Moving {
            plan: self,
            before: state,
            after: State {
                finished: state.finished,
                steps: state.steps,
                next_token: state.next_token,
                ..State::default()
            },
            effects: Vec::new(),
            notes: Vec::new(),
            obstacles: Vec::new(),
        };
        case.place_all();
        let Moving {
            after,
            effects,
            notes,
            mut obstacles,
            ..
        } = case;
        let mut notes = notes;
        if obstacles.is_empty() {
            match ends(self.new, &after) {
                Some(true) => {}
                Some(false) => {
                    let here = self.new.place(&after).first().map(|e| e.id.clone()).unwrap_or_default();
                    let reason = format!("Bei `{here}` käme der Vorgang im neuen Modell nie zu einem Ende.");
                    let help = "Den Vorgang bei seiner Fassung lassen, oder warten, bis er diese Stelle verlassen hat.";
                    obstacles.push(obstacle(&here, reason, help));
                }
                None => notes.push(
                    "Ob der Vorgang von dort immer zu einem Ende kommt, ließ sich nicht vollständig prüfen.".to_owned(),
                ),
            }
        }
        if obstacles.is_empty() {
            Ok(Move {
                before: state.clone(),
                after,
                effects,
                notes,
            })
        } else {
            obstacles.sort();
            obstacles.dedup();
            Err(obstacles)
        }
    }

    /// Looks at many cases; each keeps its key.
    pub fn dry_run<'s, K>(
        &self,
        cases: impl IntoIterator<Item = (K, &'s State)>,
    ) -> Vec<(K, Result<Move, Vec<Obstacle>>)> {
        cases.into_iter().map(|(key, state)| (key, self.check(state))).collect()
    }

    /// Takes a move back: gives what the caller has to do, and [`Move::before`] holds again. Only as long as nothing else has
    /// happened to the case.
    pub fn take_back(&self, moved: &Move, now: &State) -> Result<Vec<Effect>, Obstacle> {
        if *now != moved.after {
            let reason = "Seit dem Umzug ist im Vorgang etwas geschehen.".to_owned();
            return Err(obstacle("", reason, "Den Vorgang mit einem neuen Umzug zurückbringen."));
        }
        let opposite = |effect: &Effect| match effect {
            Effect::Task { element, token, .. } => Some(Effect::CancelTask {
                element: element.clone(),
                token: *token,
            }),
            Effect::CancelTask { element, token } => task(self.old.element(element)?, *token),
            Effect::Timer { element, token, .. } => Some(Effect::CancelTimer {
                element: element.clone(),
                token: *token,
            }),
            Effect::CancelTimer { element, token } => {
                let timers = moved.before.timers.get(token)?;
                let timer = timers.iter().find(|timer| timer.element == *element)?;
                let spec = running(self.old.element(element)?.kind.timer()?, timer);
                Some(Effect::Timer {
                    element: element.clone(),
                    token: *token,
                    spec,
                })
            }
            _ => None,
        };
        Ok(moved.effects.iter().rev().filter_map(opposite).collect())
    }

    /// The element of the new model that stands for one of the old.
    fn target(&self, id: &str) -> Option<&'p Element> {
        let id = self.by_hand.get(id).map_or(id, String::as_str);
        self.new.element(id)
    }

    /// The flow of the new model that stands for one of the old: by hand, by id, or by its two ends.
    fn flow(&self, id: &str, gateway: &Element) -> Option<String> {
        let named = self.by_hand.get(id).map_or(id, String::as_str);
        let into = |at: &&usize| self.new.flows.get(**at);
        let mut found = gateway.incoming.iter().filter_map(|at| into(&at));
        if let Some(flow) = found.clone().find(|flow| flow.id == named) {
            return Some(flow.id.clone());
        }
        let old = self.old.flows.iter().find(|flow| flow.id == id)?;
        let source = self.target(&old.source)?;
        let flow = found.find(|flow| flow.source == source.id)?;
        Some(flow.id.clone())
    }

    /// Whether an element of the new model stands for one the old model had already.
    fn was_there(&self, new: &str) -> bool {
        let by_hand = self.by_hand.values().any(|to| to == new);
        by_hand || (self.old.element(new).is_some() && !self.by_hand.contains_key(new))
    }
}

/// The timer as it runs now: of one that repeats, what is left of it.
fn running(spec: &TimerSpec, timer: &WaitingTimer) -> TimerSpec {
    let TimerSpec::Cycle(_) = spec else {
        return spec.clone();
    };
    let rest = timer.rest.as_deref().and_then(Cycle::parse);
    let cycle = match (rest, Cycle::parse(spec.text())) {
        (Some(rest), _) => Cycle {
            times: rest.times.map(|times| times.saturating_add(1)),
            ..rest
        },
        (None, Some(all)) => Cycle {
            times: Some(1),
            first: None,
            ..all
        },
        (None, None) => return spec.clone(),
    };
    TimerSpec::Cycle(cycle.text())
}

fn task(element: &Element, token: u64) -> Option<Effect> {
    let Kind::UserTask { role, work } = &element.kind else {
        return None;
    };
    Some(Effect::Task {
        element: element.id.clone(),
        token,
        name: element.name.clone(),
        role: role.clone(),
        work: *work,
    })
}

/// One case on its way.
struct Moving<'m, 'p> {
    plan: &'m Migration<'p>,
    before: &'m State,
    after: State,
    effects: Vec<Effect>,
    notes: Vec<String>,
    obstacles: Vec<Obstacle>,
}

impl<'p> Moving<'_, 'p> {
    fn place_all(&mut self) {
        if self.before.finished {
            let reason = "Der Vorgang ist zu Ende.".to_owned();
            self.refuse("", reason, "Er bleibt bei seiner Fassung.");
            return;
        }
        for scope in self.before.scopes.values() {
            self.scope(scope);
        }
        for token in self.before.tokens.values() {
            self.token(token);
        }
        let main = self.plan.new.containers.first();
        self.timers(0, main.map(|main| main.event_starts.clone()).unwrap_or_default());
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
            self.refuse(id, reason, "Den Vorgang bei seiner Fassung lassen, bis er diese Stelle verlassen hat.");
            return None;
        }
        let around = match self.after.scopes.get(&parent) {
            Some(scope) if scope.rounds.is_some() => self.plan.new.element(&scope.element).map(|e| e.container),
            Some(scope) if scope.compensating => self.plan.new.element(&scope.element).map(|e| e.container),
            Some(scope) => self.plan.new.element(&scope.element).and_then(|e| e.inner),
            None if parent == 0 => Some(0),
            // What it lies in cannot move, which was said already.
            None => return None,
        };
        if around != Some(new.container) {
            let reason = format!("`{id}` ({name}) liegt im neuen Modell in einem anderen Teilprozess.");
            self.refuse(id, reason, "Den Vorgang bei seiner Fassung lassen, bis er diese Stelle verlassen hat.");
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
        let inner = new.inner.filter(|_| scope.rounds.is_none() && !scope.compensating);
        let inner = inner.and_then(|inner| self.plan.new.containers.get(inner));
        let mut may = inner.map(|inner| inner.event_starts.clone()).unwrap_or_default();
        if scope.iteration.is_none() && !scope.compensating {
            may.extend(&new.boundary);
        }
        self.timers(scope.id, may);
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
                    let reason = format!("In `{id}` wartet eine Marke, die über `{via}` kam; diesen Weg gibt es im neuen Modell nicht.");
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
                let to = if same { String::new() } else { format!(", jetzt bei der Rolle `{role}`") };
                self.notes.push(format!("Die Aufgabe „{}“ wird neu gestellt{to}.", new.name));
            }
        }
        let mut may = Vec::new();
        if token.iteration.is_none() {
            may.extend(&new.boundary);
        }
        match &new.kind {
            Kind::Catch { .. } => may.extend(plan.new.at(&new.id)),
            Kind::EventBased => {
                let behind = new.outgoing.iter().filter_map(|flow| plan.new.flows.get(*flow));
                may.extend(behind.map(|flow| flow.to));
            }
            _ => {}
        }
        self.timers(token.id, may);
    }

    /// What runs goes on where the new model still has it; what it has not ends; what is new in it begins. `may`: the events that
    /// can wait there in the new model.
    fn timers(&mut self, id: u64, may: Vec<usize>) {
        let plan = self.plan;
        let may: Vec<&Element> = may.into_iter().filter_map(|at| plan.new.elements.get(at)).collect();
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
                self.notes.push(format!("Die Frist „{name}“ ist im neuen Modell anders bestimmt; die laufende gilt weiter."));
            }
            left.push(WaitingTimer {
                element: new.id.clone(),
                ..timer.clone()
            });
        }
        for new in may {
            let Some(spec) = new.kind.timer() else { continue };
            if plan.was_there(&new.id) {
                continue;
            }
            let rest = match spec {
                TimerSpec::Cycle(text) => Cycle::parse(text).and_then(|cycle| cycle.rest()).map(|rest| rest.text()),
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
                    let reason = format!("`{id}` ist erledigt und ließe sich im neuen Modell nicht mehr rückgängig machen.");
                    self.refuse(id, reason, BY_HAND);
                }
            }
        }
        for (key, handler) in &self.before.pending {
            match plan.target(handler).filter(|new| new.compensates || matches!(new.kind, Kind::SubProcess { event: true, .. })) {
                Some(new) => drop(self.after.pending.insert(*key, new.id.clone())),
                None => {
                    let reason = format!("`{handler}` soll gerade etwas rückgängig machen und fehlt im neuen Modell.");
                    self.refuse(handler, reason, BY_HAND);
                }
            }
        }
    }
}

/// Whether what waits at the one can wait at the other.
fn same_kind(old: &Kind, new: &Kind) -> bool {
    let event = |a: &Event, b: &Event| std::mem::discriminant(a) == std::mem::discriminant(b);
    match (old, new) {
        (Kind::UserTask { work: a, .. }, Kind::UserTask { work: b, .. }) => a == b,
        (Kind::Catch { event: a }, Kind::Catch { event: b })
        | (Kind::Throw { event: a }, Kind::Throw { event: b })
        | (Kind::End { event: a }, Kind::End { event: b }) => event(a, b),
        _ => std::mem::discriminant(old) == std::mem::discriminant(new),
    }
}

fn same_loop(old: Option<&Looping>, new: Option<&Looping>) -> bool {
    match (old, new) {
        (None, None) | (Some(Looping::While { .. }), Some(Looping::While { .. })) => true,
        (Some(Looping::Multi { sequential: a, .. }), Some(Looping::Multi { sequential: b, .. })) => a == b,
        _ => false,
    }
}
