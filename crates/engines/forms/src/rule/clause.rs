//! Clauses: what is shown, hidden, required, filled in, demanded.

mod demanded;
mod state;

use super::condition::Quantity;
use super::refer::Joined;
use super::scan::Scanner;
use super::{Action, Condition, Stop};
pub(super) use demanded::{MAY, MUST_NOT};

const REQUIRED: [&str; 10] = [
    "pflicht",
    "pflichtfeld",
    "pflichtfelder",
    "pflichtfeldern",
    "pflichtfeldgruppe",
    "pflichtfeldgruppen",
    "pflichtangabe",
    "pflichtangaben",
    "pflichtgruppe",
    "pflichteingabe",
];
/// Words that limit what is said to what they stand before.
const ONLY: [&str; 3] = ["nur", "ausschließlich", "lediglich"];
/// Said of what is not shown as a required or an optional field.
const SHOWN_OR_REQUIRED: &str = "it is not clear whether it is not shown or only not required; write one of the two";
const BE: [&str; 4] = ["sein", "werden", "bleiben", "worden"];

/// Said of a Land that stands in one of several clauses.
pub(super) const ONE_LAND: &str =
    "it is not clear for which of them the Land is meant; write it before all of them, or write two sentences";

/// What a clause speaks of.
#[derive(Debug, Clone)]
struct Subject {
    elements: Vec<usize>,
    quantity: Option<Quantity>,
}

/// The verb of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Must,
    Shall,
    May,
    Can,
    Be,
}

impl Scanner<'_> {
    /// Clauses joined by `und` or a comma.
    pub fn clauses(&mut self, condition: &Condition) -> Result<Vec<Action>, Stop> {
        let mut actions = vec![];
        let lands = self.lands.clone();
        self.clause(condition, &mut actions)?;
        loop {
            let before = actions.len();
            self.blank();
            let mut start = self.at;
            let more = self.maybe(|scanner| {
                let comma = scanner.take_sign(",");
                let and = scanner.take(&["und", "sowie"]);
                if !comma && !and {
                    return scanner.stop("expected `und`");
                }
                if scanner.sees(&[
                    "wenn",
                    "falls",
                    "sofern",
                    "sonst",
                    "ansonsten",
                    "andernfalls",
                    "bei",
                    "für",
                ]) {
                    return scanner.no();
                }
                scanner.blank();
                start = scanner.at;
                scanner.clause(condition, &mut actions)
            });
            if more.is_none() {
                actions.truncate(before);
                break;
            }
            if self.lands != lands {
                return self.stop_after(start, self.text.len(), ONE_LAND);
            }
        }
        Ok(fixed(actions))
    }

    fn clause(&mut self, condition: &Condition, actions: &mut Vec<Action>) -> Result<(), Stop> {
        while self.refer_back() || self.take(&["zwingend"]) {}
        if let Some(action) = self.maybe(|scanner| scanner.error(condition)) {
            actions.push(action);
            return Ok(());
        }
        if let Some(action) = self.maybe(|scanner| scanner.calendar(condition)) {
            actions.push(action);
            return Ok(());
        }
        if let Some(action) = self.maybe(Scanner::reckoned_demand) {
            actions.push(action);
            return Ok(());
        }
        if self.sees(&[
            "aktiviere",
            "deaktiviere",
            "zeige",
            "zeigen",
            "blende",
            "mache",
            "setze",
            "befülle",
            "fülle",
            "verberge",
            "verstecke",
            "erscheint",
            "erscheinen",
            "entfällt",
            "entfallen",
            "belege",
            "öffne",
            "aktivieren",
        ]) {
            return self.imperative(actions);
        }
        let start = self.at;
        self.declarative(actions).map_err(|stop| {
            if stop.at > start {
                return stop;
            }
            let reason = "expected an action such as `aktiviere`, `deaktiviere` or `muss … befüllt sein`";
            match self.stop_after::<()>(stop.at, stop.at + 1, reason) {
                Err(stop) => stop,
                Ok(()) => stop,
            }
        })
    }

    fn imperative(&mut self, actions: &mut Vec<Action>) -> Result<(), Stop> {
        let start = self.at;
        let word = self.word_ahead().to_lowercase();
        self.at += self.word_ahead().len();
        let mut require = self.as_required()?;
        if matches!(word.as_str(), "befülle" | "fülle" | "belege" | "setze") {
            let (elements, _) = self.elements_or_they()?;
            if let [element] = elements.as_slice() {
                let element = *element;
                if let Some(action) = self.maybe(|scanner| scanner.given(element, Verb::Shall)) {
                    actions.push(action);
                    return Ok(());
                }
            }
            self.expect(&["auf", "als"])?;
            let states = self.required_word()?;
            actions.extend(elements.into_iter().map(|element| {
                if states {
                    Action::Require(element)
                } else {
                    Action::Optional(element)
                }
            }));
            return Ok(());
        }
        if word == "mache" {
            let (elements, _) = self.elements_or_they()?;
            self.skip(&["zu", "zum", "zur", "als", "einer", "einem", "ein", "eine"]);
            let required = self.required_word()?;
            actions.extend(elements.into_iter().map(|element| {
                if required {
                    Action::Require(element)
                } else {
                    Action::Optional(element)
                }
            }));
            return Ok(());
        }
        let negated = self.take(&["nicht"]);
        let (elements, joined) = if negated && self.sees(&["an", "ein", "aus"]) {
            (self.they_or_own()?, Joined::And)
        } else {
            self.elements_or_they()?
        };
        if joined == Joined::Or {
            return self.stop("`oder` leaves open which of them");
        }
        let mut negated = negated;
        require |= self.as_required()?;
        negated ^= self.take(&["nicht"]);
        let mut optional = false;
        if word == "zeige" || word == "zeigen" || word == "blende" {
            let _ = self.take(&["weiterhin"]);
            require |= self.as_required()?;
            optional = self
                .maybe(|scanner| {
                    scanner.expect(&["als"])?;
                    scanner.skip(&["ein", "eine"]);
                    scanner.optional_word()
                })
                .is_some();
        }
        let mut show = match word.as_str() {
            "deaktiviere" | "verberge" | "verstecke" | "entfällt" | "entfallen" => false,
            "blende" => {
                if self.take(&["aus"]) {
                    false
                } else if self.take(&["ein"]) {
                    true
                } else {
                    return self.stop("expected `aus` or `ein`");
                }
            }
            _ => true,
        };
        if matches!(word.as_str(), "zeige" | "zeigen") {
            let _ = self.take(&["an"]);
        }
        show ^= negated;
        require |= self.as_required()?;
        if !show && (require || optional) {
            return self.stop_after(start, self.at + 1, SHOWN_OR_REQUIRED);
        }
        for element in elements {
            actions.push(if show {
                Action::Show(element)
            } else {
                Action::Hide(element)
            });
            if require {
                actions.push(Action::Require(element));
            }
            if optional {
                actions.push(Action::Optional(element));
            }
        }
        Ok(())
    }

    fn as_required(&mut self) -> Result<bool, Stop> {
        if !self.sees(&["als"]) {
            return Ok(false);
        }
        let found = self.maybe(|scanner| {
            scanner.expect(&["als"])?;
            scanner.skip(&["ein", "eine"]);
            scanner.expect(&REQUIRED)
        });
        Ok(found.is_some())
    }

    /// `Pflichtfeld`, `optionales Feld`: whether it is required.
    fn required_word(&mut self) -> Result<bool, Stop> {
        if self.take(&REQUIRED)
            || self.take(&[
                "verpflichtend",
                "verpflichtenden",
                "erforderlich",
                "verbindlich",
                "obligatorisch",
            ])
        {
            let _ = self.take(&["angabe", "feld", "felder"]);
            return Ok(true);
        }
        self.optional_word().map(|()| false)
    }

    fn optional_word(&mut self) -> Result<(), Stop> {
        self.expect(&[
            "optional",
            "optionales",
            "optionale",
            "optionalen",
            "freiwillig",
            "freiwillige",
            "freiwilliges",
        ])?;
        let _ = self.take(&[
            "feld",
            "felder",
            "datenfeld",
            "angabe",
            "angaben",
            "gruppe",
            "feldgruppe",
        ]);
        Ok(())
    }

    fn declarative(&mut self, actions: &mut Vec<Action>) -> Result<(), Stop> {
        // `es`, before the subject that follows.
        let start = self.at;
        let _ = self.take(&["es"]);
        let either = self.take(&["entweder"]);
        let mut subject = None;
        if !self.sees_verb() {
            self.at = start;
            subject = Some(self.subject_of_clause()?);
        }
        let verb = self.verb()?;
        let behind_verb = self.at;
        let only = subject.is_none() && self.take(&["nur"]);
        if subject.is_none() {
            subject = self.maybe(Scanner::subject_of_clause);
            if either {
                let Some(subject) = subject.as_mut().filter(|subject| subject.elements.len() > 1) else {
                    return self.stop("`entweder` needs two elements");
                };
                subject.quantity = Some(Quantity::ONE);
            }
            if only && let Some(subject) = &mut subject {
                // `darf nur F… befüllt sein` says something of all others.
                if verb != Verb::May || subject.quantity != Some(Quantity::ANY) {
                    return self.stop_after(behind_verb, self.at + 1, "it is not clear what `nur` limits");
                }
                subject.quantity = Some(Quantity::at_most(1));
            }
        }
        let subject = match subject {
            Some(subject) => subject,
            None => Subject {
                elements: {
                    self.at = behind_verb;
                    self.maybe(|scanner| scanner.they_or_own())
                        .map_or_else(|| self.they_or_own(), Ok)?
                },
                quantity: None,
            },
        };
        self.named.extend(&subject.elements);
        self.they.clone_from(&subject.elements);
        self.states(&subject, verb, actions)
    }

    fn they_or_own(&mut self) -> Result<Vec<usize>, Stop> {
        if !self.they.is_empty() {
            return Ok(self.they.clone());
        }
        match self.plan.find(self.scope) {
            Some(own) => Ok(vec![own]),
            None => self.stop("expected the id of a field or a group"),
        }
    }

    fn sees_verb(&mut self) -> bool {
        self.sees(&[
            "muss", "müssen", "darf", "dürfen", "soll", "sollen", "sollte", "sollten", "kann", "können", "ist", "sind",
            "wird", "werden", "hat", "haben", "bleibt", "bleiben",
        ])
    }

    fn verb(&mut self) -> Result<Verb, Stop> {
        if self.take(&["muss", "müssen"]) {
            Ok(Verb::Must)
        } else if self.take(&["soll", "sollen", "sollte", "sollten", "hat", "haben"]) {
            Ok(Verb::Shall)
        } else if self.take(&["darf", "dürfen"]) {
            Ok(Verb::May)
        } else if self.take(&["kann", "können"]) {
            Ok(Verb::Can)
        } else if self.take(&["ist", "sind", "wird", "werden", "bleibt", "bleiben"]) {
            Ok(Verb::Be)
        } else {
            self.stop("expected an action such as `aktiviere`, `deaktiviere` or `muss … befüllt sein`")
        }
    }

    fn subject_of_clause(&mut self) -> Result<Subject, Stop> {
        let quantity = self.maybe(Scanner::quantity);
        let either = self.take(&["entweder"]);
        let (elements, joined) = self.subject(quantity.is_some())?;
        let quantity = quantity.or(match joined {
            _ if either => Some(Quantity::ONE),
            Joined::Or => Some(Quantity::ANY),
            Joined::And => None,
        });
        if either && elements.len() < 2 {
            return self.stop("`entweder` needs two elements");
        }
        Ok(Subject { elements, quantity })
    }
}

/// A value that is filled in and hidden in one breath is fixed: it counts as answered without being shown.
fn fixed(actions: Vec<Action>) -> Vec<Action> {
    let hidden: Vec<usize> = actions
        .iter()
        .filter_map(|action| match action {
            Action::Hide(element) => Some(*element),
            _ => None,
        })
        .collect();
    let given: Vec<usize> = actions
        .iter()
        .filter_map(|action| match action {
            Action::Prefill { element, .. } => Some(*element),
            _ => None,
        })
        .collect();
    actions
        .into_iter()
        .filter(|action| !matches!(action, Action::Hide(element) if given.contains(element)))
        .map(|action| match action {
            Action::Prefill { element, value } if hidden.contains(&element) => Action::Fix { element, value },
            other => other,
        })
        .collect()
}
