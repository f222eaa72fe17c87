//! Moving running cases to another version of a model: which can move and how, which cannot and why.
//!
//! A case moves when everything that waits in it has a place of the same kind in the new model, in the same surroundings, when cases
//! of the new model can stand like that, so that nothing is done twice or left out, and when it can come to an end from there whatever
//! happens. Elements correspond by their id, or as the author says by hand. What the law makes run goes on: a period that is running
//! is not set anew.

mod alike;
mod moving;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::effect::{Effect, StepError};
use crate::explore::{Outlook, outlook};
use crate::marking::Foreign;
use crate::model::{Element, Kind, Process};
use crate::state::{State, WaitingTimer};
use moving::Moving;

/// A way from one version of a model to another.
#[derive(Debug)]
pub struct Migration<'p> {
    old: &'p Process,
    new: &'p Process,
    by_hand: BTreeMap<String, String>,
    /// Tokens move in both models alike.
    alike: bool,
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

/// What it takes to put a case back where it stood before a move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Back {
    /// What the caller has to do, in this order, as after a step.
    pub effects: Vec<Effect>,
    /// Timers that the move ended and that run again. Their time is not reckoned anew: the caller kept when they were due, by their
    /// element and token, and lets them be due then; one whose time has passed meanwhile fires at once.
    pub restored: Vec<WaitingTimer>,
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

impl Obstacle {
    /// Whether naming an element of the new model by hand ([`Migration::fitting`]) could take it out of the way.
    pub fn by_hand(&self) -> bool {
        self.help == BY_HAND
    }
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

const UNTIL_LEFT: &str = "Den Vorgang bei seiner Fassung lassen, bis er diese Stelle verlassen hat.";
const BY_HAND: &str =
    "Von Hand angeben, welchem Element des neuen Modells es entspricht, oder den Vorgang bei seiner Fassung lassen.";

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
                    let reason =
                        format!("Die Zuordnung `{from}` → `{to}` nennt `{id}`, das es im {which} Modell nicht gibt.");
                    wrong.push(obstacle(from, reason, "Die Id eines Elements oder Flusses angeben."));
                }
            }
        }
        if wrong.is_empty() {
            let mut plan = Migration {
                old,
                new,
                by_hand: by_hand.clone(),
                alike: false,
            };
            plan.alike = plan.moves_alike();
            Ok(plan)
        } else {
            Err(wrong)
        }
    }

    /// Whether and how one case moves. Nothing happens: whoever moves it stores [`Move::after`] and does the effects.
    pub fn check(&self, state: &State) -> Result<Move, Vec<Obstacle>> {
        if let Err(StepError::OtherProcess { element }) = self.old.owns(state) {
            let reason = format!("Der Vorgang steht bei `{element}`, das es in der alten Fassung nicht gibt.");
            let help = "Die Fassung angeben, mit der der Vorgang läuft.";
            return Err(vec![obstacle(&element, reason, help)]);
        }
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
            match outlook(self.new, &after) {
                Outlook::Ends => {}
                Outlook::Endless(there) => {
                    let reason = format!("Bei `{there}` käme der Vorgang im neuen Modell nie zu einem Ende.");
                    obstacles.push(obstacle(&there, reason, UNTIL_LEFT));
                }
                Outlook::Stuck(gateway) => {
                    let kind = self
                        .new
                        .element(&gateway)
                        .map_or("Gateway", |element| element.kind.word());
                    let reason = format!(
                        "Der Vorgang könnte im neuen Modell stehen bleiben: `{gateway}` ({kind}) würde auf einem Weg vergeblich warten."
                    );
                    obstacles.push(obstacle(&gateway, reason, UNTIL_LEFT));
                }
                Outlook::Unknown => notes.push(
                    "Ob der Vorgang von dort immer zu einem Ende kommt, ließ sich nicht vollständig prüfen.".to_owned(),
                ),
            }
        }
        if obstacles.is_empty() && !self.alike {
            obstacles.extend(self.new.markings.foreign(&after).map(|foreign| self.foreign(&foreign)));
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

    /// Says that cases of the new model do not stand like that.
    fn foreign(&self, foreign: &Foreign) -> Obstacle {
        let (part, timer) = match foreign {
            Foreign::Tokens(part) => (part, None),
            Foreign::Timer(part, timer) => (part, Some(timer)),
        };
        let held = self.new.elements().iter().filter(|e| part.elements.contains(&e.id));
        let names: Vec<String> = held.map(|e| format!("`{}` ({})", e.id, e.name)).collect();
        let mut standing = names.join(" und ");
        if let Some(timer) = timer {
            standing.push_str(&format!(" mit der laufenden Frist `{timer}`"));
        }
        let here = part.elements.first().map(String::as_str).unwrap_or_default();
        let reason = if self.new.soundness().complete {
            format!(
                "Im neuen Modell steht nie ein Vorgang so, wie dieser stünde, nämlich bei {standing}: Schritte würden doppelt getan oder \
                 ausgelassen."
            )
        } else {
            format!(
                "Ob im neuen Modell je ein Vorgang so steht, wie dieser stünde, nämlich bei {standing}, ließ sich nicht prüfen: Es hat \
                 mehr Zustände, als angesehen werden."
            )
        };
        obstacle(here, reason, UNTIL_LEFT)
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
    pub fn take_back(&self, moved: &Move, now: &State) -> Result<Back, Obstacle> {
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
            _ => None,
        };
        let ended = |timer: &&WaitingTimer| {
            let cancels = |effect: &Effect| matches!(effect, Effect::CancelTimer { element, token } if *element == timer.element && *token == timer.token);
            moved.effects.iter().any(cancels)
        };
        Ok(Back {
            effects: moved.effects.iter().rev().filter_map(opposite).collect(),
            restored: moved.before.timers().filter(ended).cloned().collect(),
        })
    }

    /// Elements of the new model that can be named by hand for one of the old: of the same kind, in the order of the file.
    pub fn fitting(&self, id: &str) -> Vec<&'p Element> {
        let Some(old) = self.old.element(id) else {
            return Vec::new();
        };
        let mut fitting: Vec<&Element> = self.new.elements().iter().collect();
        fitting.retain(|new| moving::same_kind(&old.kind, &new.kind));
        fitting
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
