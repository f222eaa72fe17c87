//! What becomes of the subject of a clause: shown, hidden, filled, empty, required.

use super::super::condition::Quantity;
use super::super::scan::Scanner;
use super::super::{Action, Stop};
use super::{BE, Subject, Verb};

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
    pub(super) fn states(
        &mut self,
        subject: &Subject,
        verb: Verb,
        only: bool,
        actions: &mut Vec<Action>,
    ) -> Result<(), Stop> {
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
}
