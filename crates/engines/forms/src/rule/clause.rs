//! Clauses: what is shown, hidden, required, filled in, demanded.

use serde_json::Value;

use super::condition::{Left, Quantity};
use super::refer::Joined;
use super::scan::Scanner;
use super::{Action, Condition, Expression, Stop};
use crate::form::Kind;

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
const SHOWN: [&str; 8] = [
    "angezeigt",
    "eingeblendet",
    "sichtbar",
    "aktiviert",
    "aktiv",
    "dargestellt",
    "eingefügt",
    "freigeschaltet",
];
const HIDDEN: [&str; 7] = [
    "ausgeblendet",
    "unsichtbar",
    "deaktiviert",
    "inaktiv",
    "verborgen",
    "gesperrt",
    "versteckt",
];
const FILLED: [&str; 10] = [
    "befüllt",
    "ausgefüllt",
    "gefüllt",
    "angegeben",
    "eingetragen",
    "beantwortet",
    "hochgeladen",
    "beigefügt",
    "vorhanden",
    "erfasst",
];
const BE: [&str; 4] = ["sein", "werden", "bleiben", "worden"];
/// Said of a permission that is written where something must hold.
pub(super) const MAY: &str = "`darf` allows; write `muss`, `darf nur` or `darf nicht`";

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

/// What a clause says of its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Shown,
    Hidden,
    Filled,
    Empty,
    Required,
    Optional,
}

/// A state and what is said before it is named.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each is a word that stands there or not")]
struct Said {
    state: State,
    negated: bool,
    only: bool,
    require: bool,
    together: bool,
}

impl Scanner<'_> {
    /// Clauses joined by `und` or a comma.
    pub fn clauses(&mut self, condition: &Condition) -> Result<Vec<Action>, Stop> {
        let mut actions = vec![];
        self.clause(condition, &mut actions)?;
        loop {
            let before = actions.len();
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
                scanner.clause(condition, &mut actions)
            });
            if more.is_none() {
                actions.truncate(before);
                break;
            }
        }
        Ok(fixed(actions))
    }

    fn clause(&mut self, condition: &Condition, actions: &mut Vec<Action>) -> Result<(), Stop> {
        self.skip(&[
            "dann",
            "so",
            "auch",
            "zusätzlich",
            "außerdem",
            "ebenfalls",
            "zugleich",
            "gleichzeitig",
            "nur",
            "zwingend",
        ]);
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
        let word = self.word_ahead().to_lowercase();
        self.at += self.word_ahead().len();
        let mut require = self.as_required()?;
        if matches!(word.as_str(), "befülle" | "fülle" | "belege" | "setze") {
            let (elements, _) = self.elements_or_they()?;
            if let [element] = elements.as_slice() {
                let element = *element;
                if let Some(action) = self.maybe(|scanner| scanner.given(element)) {
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
        for element in elements {
            actions.push(if show {
                Action::Show(element)
            } else {
                Action::Hide(element)
            });
            if show && require {
                actions.push(Action::Require(element));
            }
            if show && optional {
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
        let mut only = self.take(&["nur"]);
        if subject.is_some() {
            (self.at, only) = (behind_verb, false);
        }
        if subject.is_none() {
            subject = self.maybe(Scanner::subject_of_clause);
            if either {
                let Some(subject) = subject.as_mut().filter(|subject| subject.elements.len() > 1) else {
                    return self.stop("`entweder` needs two elements");
                };
                subject.quantity = Some(Quantity::ONE);
            }
            if let Some(subject) = &mut subject
                && only
                && subject.quantity == Some(Quantity::ANY)
            {
                subject.quantity = Some(Quantity {
                    least: 0,
                    most: 1,
                    all: false,
                });
                only = false;
            }
        }
        let subject = match subject {
            Some(subject) => subject,
            None => Subject {
                elements: {
                    (self.at, only) = (behind_verb, false);
                    self.maybe(|scanner| scanner.they_or_own())
                        .map_or_else(|| self.they_or_own(), Ok)?
                },
                quantity: None,
            },
        };
        self.named.extend(&subject.elements);
        self.they.clone_from(&subject.elements);
        self.states(&subject, verb, only, actions)
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
        let (elements, joined) = self.subject()?;
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

    fn states(&mut self, subject: &Subject, verb: Verb, only: bool, actions: &mut Vec<Action>) -> Result<(), Stop> {
        self.one_state(subject, verb, only, actions)?;
        loop {
            let before = actions.len();
            let more = self.maybe(|scanner| {
                scanner.expect(&["und", "sowie"])?;
                if scanner.sees_verb() {
                    return scanner.no();
                }
                if scanner.names_element() {
                    // `ist F1 auszufüllen und F2 ein optionales Feld`: the verb stands once.
                    let other = scanner.subject_of_clause()?;
                    if scanner.sees_verb() {
                        return scanner.no();
                    }
                    scanner.they.clone_from(&other.elements);
                    return scanner.one_state(&other, verb, false, actions);
                }
                scanner.one_state(subject, verb, false, actions)
            });
            if more.is_none() {
                actions.truncate(before);
                return Ok(());
            }
        }
    }

    fn one_state(&mut self, subject: &Subject, verb: Verb, only: bool, actions: &mut Vec<Action>) -> Result<(), Stop> {
        let start = self.at;
        if let [element] = subject.elements.as_slice() {
            let element = *element;
            if let Some(action) = self.maybe(|scanner| scanner.given(element)) {
                actions.push(action);
                return Ok(());
            }
        }
        let Some(said) = self.maybe(|scanner| scanner.said_state(only)) else {
            return self.demanded(subject, verb, actions);
        };
        let Said {
            state,
            negated,
            only,
            require,
            together,
        } = said;
        self.skip(&BE);
        let elements = &subject.elements;
        if let Some(quantity) = subject.quantity {
            let filled = match state {
                State::Filled => !negated,
                State::Empty => negated,
                _ => return self.stop("only `befüllt` can be said of some of several"),
            };
            let quantity = match (filled, verb) {
                (true, Verb::Must | Verb::Shall | Verb::Be) if quantity.all => {
                    actions.extend(elements.iter().map(|element| Action::Require(*element)));
                    return Ok(());
                }
                (true, Verb::Must | Verb::Shall | Verb::Be) => quantity,
                (true, Verb::May) if only && quantity == Quantity::ANY => Quantity {
                    least: 0,
                    most: 1,
                    all: false,
                },
                (true, Verb::May) if quantity.least == 0 || quantity.most == 1 => Quantity { least: 0, ..quantity },
                (false, Verb::May) if quantity.all || together => Quantity {
                    least: 0,
                    most: elements.len().saturating_sub(1),
                    all: false,
                },
                _ => return self.stop_at(start, "it is not clear how many"),
            };
            let action = self.demand_filled(elements, quantity);
            actions.push(action);
            return Ok(());
        }
        if together && state == State::Filled && negated {
            let most = elements.len().saturating_sub(1);
            let action = self.demand_filled(
                elements,
                Quantity {
                    least: 0,
                    most,
                    all: false,
                },
            );
            actions.push(action);
            return Ok(());
        }
        let made: fn(usize) -> Action = match (state, negated, verb) {
            (State::Shown, false, _) | (State::Hidden, true, Verb::May | Verb::Shall | Verb::Be) => Action::Show,
            // `muss nicht angezeigt werden` leaves it open.
            (State::Shown, true, Verb::Must) => {
                return self.stop_after(start, self.at + 1, "`muss nicht` leaves it open; write `darf nicht`");
            }
            (State::Shown, true, _) | (State::Hidden, false, _) => Action::Hide,
            (State::Filled, false, Verb::Must | Verb::Shall | Verb::Be) => Action::Require,
            (State::Filled, false, Verb::May | Verb::Can) if only => Action::Show,
            (State::Filled, false, Verb::May | Verb::Can) => Action::Optional,
            (State::Filled, true, Verb::May | Verb::Shall | Verb::Be | Verb::Can) => Action::Hide,
            (State::Filled, true, Verb::Must) => Action::Optional,
            (State::Empty, true, Verb::May | Verb::Shall | Verb::Be) => Action::Require,
            (State::Empty, false, Verb::Must | Verb::Shall | Verb::Be) => Action::Hide,
            (State::Empty, false, Verb::May | Verb::Can) => Action::Optional,
            (State::Required, false, _) | (State::Optional, true, _) => Action::Require,
            (State::Required, true, _) | (State::Optional, false, _) => Action::Optional,
            _ => return self.stop_after(start, self.at + 1, "it is not clear what must be"),
        };
        for element in elements {
            let action = made(*element);
            if require && matches!(action, Action::Show(_)) {
                actions.push(Action::Require(*element));
            }
            // What may be filled in only then is shown only then, but need not be filled in.
            actions.push(action);
        }
        Ok(())
    }

    /// A state, and what stands between the verb and it.
    fn said_state(&mut self, mut only: bool) -> Result<Said, Stop> {
        let (mut negated, mut require, mut together) = (false, false, false);
        loop {
            if self.take(&["nicht", "kein", "keine", "keinen"]) {
                negated = !negated;
            } else if self.take(&["nur"]) {
                only = true;
            } else if self.take(&["gleichzeitig", "zusammen", "beide", "gemeinsam"]) {
                together = true;
            } else if self.as_required()? {
                require = true;
            } else if self.lands.is_none()
                && let Some(lands) = self.maybe(Scanner::for_lands)
            {
                self.lands = Some(lands);
            } else if self.take_phrase(&[
                "in der antragsstrecke",
                "im formular",
                "im antrag",
                "im onlineformular",
                "in dem formular",
                "zur eingabe",
            ]) || self.take(&[
                "zwingend",
                "immer",
                "stets",
                "auch",
                "ebenfalls",
                "jeweils",
                "zusätzlich",
                "dann",
                "also",
                "mit",
                "ein",
                "eine",
                "einem",
                "einer",
                "weiterhin",
            ]) {
            } else {
                break;
            }
        }
        Ok(Said {
            state: self.state_word()?,
            negated,
            only,
            require,
            together,
        })
    }

    fn state_word(&mut self) -> Result<State, Stop> {
        let to = self.take(&["zu"]);
        let infinitives: [(&[&str], State); 5] = [
            (&["befüllen", "füllen", "beantworten", "erfassen"], State::Filled),
            (&["anzeigen", "aktivieren", "zeigen"], State::Shown),
            (&["deaktivieren", "verbergen", "sperren", "verstecken"], State::Hidden),
            (&["machen"], State::Required),
            (&["lassen"], State::Empty),
        ];
        if to {
            let found = infinitives
                .into_iter()
                .take(3)
                .find(|(words, _)| self.take(words))
                .map(|(_, state)| state);
            return found.map_or_else(|| self.stop("expected a verb"), Ok);
        }
        let whole: [(&[&str], State); 4] = [
            (&["anzuzeigen", "einzublenden"], State::Shown),
            (&["auszublenden"], State::Hidden),
            (
                &["auszufüllen", "anzugeben", "einzutragen", "hochzuladen", "beizufügen"],
                State::Filled,
            ),
            (&["leer", "unbefüllt", "leergelassen"], State::Empty),
        ];
        if let Some((_, state)) = whole.into_iter().find(|(words, _)| self.take(words)) {
            return Ok(state);
        }
        if self.take(&SHOWN) {
            Ok(State::Shown)
        } else if self.take(&HIDDEN) {
            Ok(State::Hidden)
        } else if self.take(&FILLED) {
            Ok(State::Filled)
        } else {
            self.required_word()
                .map(|required| if required { State::Required } else { State::Optional })
        }
    }

    /// Anything else said of the subject must hold: `größer als 0 sein`, `nicht in der Zukunft liegen`.
    fn demanded(&mut self, subject: &Subject, verb: Verb, actions: &mut Vec<Action>) -> Result<(), Stop> {
        if verb == Verb::Can {
            return self.stop("expected what must be");
        }
        let start = self.at;
        let mut parts = vec![];
        let mut binding = true;
        for element in subject.elements.iter().copied() {
            self.last = Some(element);
            let part = self.again(start, |scanner| {
                let (condition, binds) = scanner.bound_by(verb, &Left::Element(element))?;
                binding &= binds;
                scanner.skip(&[
                    "sein",
                    "haben",
                    "liegen",
                    "werden",
                    "betragen",
                    "entsprechen",
                    "besitzen",
                    "aufweisen",
                    "lauten",
                    "vorkommen",
                ]);
                Ok(condition)
            })?;
            parts.push(part);
        }
        if !self.at_boundary() {
            return self.stop("expected the end of the sentence");
        }
        // `keines der Felder darf …`, `höchstens eines …` forbid too.
        let few = subject
            .quantity
            .is_some_and(|quantity| quantity.least == 0 && quantity.most < usize::MAX);
        if !binding && !few {
            return self.stop_after(start, self.at + 1, MAY);
        }
        match subject.quantity {
            Some(quantity) => {
                let action = self.demand_some(&subject.elements, quantity.of(parts));
                actions.push(action);
            }
            None => {
                for (element, part) in subject.elements.iter().zip(parts) {
                    let action = self.demand(&[*element], part);
                    actions.push(action);
                }
            }
        }
        Ok(())
    }

    /// What is said, and whether it must hold. What may be so need not be; only `darf nicht`, `darf nur`, `darf höchstens` bind.
    fn bound_by(&mut self, verb: Verb, left: &Left) -> Result<(Condition, bool), Stop> {
        const ONLY: [&str; 3] = ["nur", "ausschließlich", "lediglich"];
        if verb != Verb::May {
            return Ok((self.predicate(left)?, true));
        }
        let only = self.sees(&ONLY) || self.sees(&["höchstens", "maximal", "spätestens", "frühestens"]);
        // Of age is an age of at least so many years, but as it is said it forbids nothing.
        let of_age = self.sees(&["volljährig"]);
        // `nur einmal vorkommen` and `nur Ziffern enthalten` are said in one.
        let whole = self.maybe(|scanner| scanner.predicate(left));
        let condition = match whole {
            Some(condition) => condition,
            None => {
                self.skip(&ONLY);
                self.predicate(left)?
            }
        };
        let binds = only || (condition.forbids() && !of_age);
        Ok((condition, binds))
    }

    /// `Die Summe der Felder F1 und F2 muss F3 entsprechen`, `der Zeitraum zwischen F1 und F2 darf nicht länger als 2 Jahre sein`.
    fn reckoned_demand(&mut self) -> Result<Action, Stop> {
        let period = self.maybe(|scanner| {
            let condition = scanner.period()?;
            scanner.skip(&["sein", "betragen", "liegen", "umfassen"]);
            Ok(condition)
        });
        let condition = match period {
            Some(condition) => condition,
            None => {
                let verb = self.maybe(Scanner::verb);
                let start = self.at;
                let value = self.derived()?;
                let verb = match verb {
                    Some(verb) => verb,
                    None => self.verb()?,
                };
                if !matches!(verb, Verb::Must | Verb::Shall | Verb::May) {
                    return self.stop_at(start, "expected `muss` or `darf nicht`");
                }
                let (condition, binds) = self.bound_by(verb, &Left::Value(value))?;
                if !binds {
                    return self.stop_after(start, self.at + 1, MAY);
                }
                self.skip(&["sein", "betragen", "entsprechen", "ergeben", "liegen"]);
                condition
            }
        };
        if !self.at_boundary() {
            return self.stop("expected the end of the sentence");
        }
        let mut elements = vec![];
        condition.elements(&mut elements);
        Ok(self.demand(&elements, condition))
    }

    /// `mit 002 "geschäftlich" vorzubefüllen`, `die Auswahl 002 als Vorbefüllung gewählt sein`.
    fn given(&mut self, element: usize) -> Result<Action, Stop> {
        let with = self.take(&["mit", "auf"]);
        let chosen = self.take_phrase(&["die auswahl", "die option", "der wert", "den wert"]);
        if !with && !chosen {
            return self.stop("expected `mit` and a value");
        }
        self.skip(&[
            "dem", "den", "der", "die", "das", "wert", "auswahl", "option", "inhalt", "code",
        ]);
        let left = self.answer(element)?;
        if self.type_of(&left) == super::value::Type::Text && !self.sees_value(element) {
            return self.stop("expected a value");
        }
        let value = self.value(&left)?;
        let named = self.take(&["als"]);
        if named {
            self.expect(&["vorbefüllung", "vorbelegung", "vorauswahl", "vorgabe", "standardwert"])?;
            self.skip(&[
                "gewählt",
                "ausgewählt",
                "gesetzt",
                "eingetragen",
                "angezeigt",
                "vorgegeben",
            ]);
        } else {
            self.expect(&[
                "vorzubefüllen",
                "vorzubelegen",
                "vorbefüllt",
                "vorbelegt",
                "vorausgefüllt",
                "vorausgewählt",
                "vorauszufüllen",
                "vorauszuwählen",
                "vor",
                "befüllt",
                "belegt",
                "voreingestellt",
                "vorgegeben",
            ])?;
        }
        self.skip(&BE);
        let value = match (&value, self.field(element).map(|field| &field.kind)) {
            (Expression::Text(text), _) => Value::String(text.clone()),
            (Expression::Bool(yes), _) => Value::Bool(*yes),
            (Expression::Date(day), _) => Value::String(day.to_string()),
            (Expression::Number(number), Some(Kind::Currency { .. })) => Value::from((number * 100.0).round() as i64),
            (Expression::Number(number), Some(Kind::Integer { .. })) if number.fract() == 0.0 => {
                Value::from(*number as i64)
            }
            (Expression::Number(number), _) => Value::from(*number),
            _ => return self.stop("only a fixed value can be filled in"),
        };
        Ok(Action::Prefill { element, value })
    }

    /// `zeige die Fehlermeldung "…" an`.
    fn error(&mut self, condition: &Condition) -> Result<Action, Stop> {
        let start = self.at;
        let _ = self.take(&[
            "zeige",
            "gib",
            "melde",
            "erscheint",
            "wird",
            "ist",
            "erzeuge",
            "soll",
            "muss",
        ]);
        self.skip(&["die", "der", "ein", "eine", "einen", "folgende", "folgender", "als"]);
        let _ = self.take(&["fehler", "fehlermeldung", "meldung", "hinweis", "fehlertext", "warnung"]);
        let _ = self.take_sign(":");
        let Some(message) = self.quoted().map(str::trim).filter(|message| !message.is_empty()) else {
            return self.stop_at(start, "expected an action");
        };
        self.skip(&[
            "an",
            "aus",
            "angezeigt",
            "ausgegeben",
            "anzuzeigen",
            "auszugeben",
            "werden",
            "gemeldet",
            "erscheinen",
        ]);
        if !self.at_boundary() {
            return self.stop("expected the end of the message");
        }
        let mut elements = vec![];
        condition.elements(&mut elements);
        if elements.is_empty() {
            return self.stop("the condition names no field");
        }
        Ok(Action::Error {
            elements,
            message: message.to_owned(),
        })
    }

    /// `muss die Validität des sich ergebenden Kalenderdatums sichergestellt werden`: day, month and year of the condition.
    fn calendar(&mut self, condition: &Condition) -> Result<Action, Stop> {
        const WORDS: [&str; 40] = [
            "muss",
            "müssen",
            "ist",
            "die",
            "das",
            "der",
            "des",
            "validität",
            "gültigkeit",
            "korrektheit",
            "sich",
            "daraus",
            "ergebenden",
            "ergebende",
            "resultierenden",
            "resultierende",
            "kalenderdatum",
            "kalenderdatums",
            "datum",
            "datums",
            "sichergestellt",
            "geprüft",
            "werden",
            "ein",
            "gültiges",
            "valides",
            "existierendes",
            "korrektes",
            "bilden",
            "ergeben",
            "sein",
            "zusammen",
            "angaben",
            "diese",
            "sie",
            "zu",
            "prüfen",
            "gültig",
            "eingegebenen",
            "aus",
        ];
        let (mut valid, mut date) = (false, false);
        loop {
            let word = self.word_ahead().to_lowercase();
            if word.is_empty() || !WORDS.contains(&word.as_str()) {
                break;
            }
            valid |= [
                "validität",
                "gültigkeit",
                "korrektheit",
                "gültiges",
                "valides",
                "existierendes",
                "korrektes",
                "gültig",
            ]
            .contains(&word.as_str());
            date |= word.contains("datum");
            self.at += self.word_ahead().len();
        }
        if !valid || !date || !self.at_boundary() {
            return self.stop("expected what must be");
        }
        let mut elements = vec![];
        condition.elements(&mut elements);
        let elements: Vec<usize> = if elements.is_empty() {
            self.they.clone()
        } else {
            elements
        };
        let part = |start: &str| {
            elements.iter().copied().find(|element| {
                self.elements
                    .get(*element)
                    .is_some_and(|element| element.name.to_lowercase().starts_with(start))
            })
        };
        match (part("tag"), part("monat"), part("jahr")) {
            (Some(day), Some(month), Some(year)) => {
                Ok(self.demand(&[day, month, year], Condition::Calendar { day, month, year }))
            }
            _ => self.stop("day, month and year are not named"),
        }
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
