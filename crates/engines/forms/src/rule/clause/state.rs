//! What becomes of the subject of a clause: shown, hidden, filled, empty, required.

use super::super::condition::Quantity;
use super::super::scan::Scanner;
use super::super::{Action, Stop};
use super::{BE, MUST_NOT, ONE_LAND, ONLY, SHOWN_OR_REQUIRED, Subject, Verb};

/// Said of what need not be so.
const NOT_NEEDED: &str = "`nicht zwingend` leaves it open; write `darf nicht`, or leave it out";

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

/// A word that takes several elements together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// `beide`: each of the two, unless `nicht` stands before.
    Both,
    /// `nicht beide`.
    NotBoth,
    /// `gleichzeitig`.
    AtOnce,
    /// `nicht gleichzeitig`.
    NotAtOnce,
}

/// A state and what is said before it is named.
#[derive(Debug, Clone, Copy)]
struct Said {
    state: State,
    negated: bool,
    only: bool,
    require: bool,
    /// `nicht zwingend`.
    open: bool,
    joint: Option<Joint>,
}

impl Scanner<'_> {
    pub(super) fn states(&mut self, subject: &Subject, verb: Verb, actions: &mut Vec<Action>) -> Result<(), Stop> {
        self.one_state(subject, verb, actions)?;
        let lands = self.lands.clone();
        loop {
            let before = actions.len();
            let mut start = self.at;
            let more = self.maybe(|scanner| {
                scanner.expect(&["und", "sowie"])?;
                scanner.blank();
                start = scanner.at;
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
                    return scanner.one_state(&other, verb, actions);
                }
                scanner.one_state(subject, verb, actions)
            });
            if more.is_none() {
                actions.truncate(before);
                return Ok(());
            }
            if self.lands != lands {
                return self.stop_after(start, self.text.len(), ONE_LAND);
            }
        }
    }

    fn one_state(&mut self, subject: &Subject, verb: Verb, actions: &mut Vec<Action>) -> Result<(), Stop> {
        let start = self.at;
        if let [element] = subject.elements.as_slice() {
            let element = *element;
            if let Some(action) = self.maybe(|scanner| scanner.given(element, verb)) {
                actions.push(action);
                return Ok(());
            }
        }
        let Some(said) = self.maybe(Scanner::said_state) else {
            return self.demanded(subject, verb, actions);
        };
        let Said {
            state,
            negated,
            only,
            require,
            open,
            joint,
        } = said;
        self.skip(&BE);
        let elements = &subject.elements;
        if let Some(quantity) = subject.quantity {
            if verb == Verb::Must && quantity.forbids() {
                return self.stop_after(start, self.at + 1, MUST_NOT);
            }
            return match asked_of_some(said, verb, quantity, elements.len()) {
                Some(quantity) if quantity.all => {
                    actions.extend(elements.iter().map(|element| Action::Require(*element)));
                    Ok(())
                }
                Some(quantity) => {
                    self.countable(quantity, elements, start)?;
                    actions.push(self.demand_filled(elements, quantity));
                    Ok(())
                }
                None => self.stop_after(start, self.at + 1, "it is not clear how many"),
            };
        }
        match joint {
            None => {}
            Some(Joint::Both) if elements.len() == 2 => {}
            Some(joint) => {
                let whole = if matches!(joint, Joint::NotBoth) {
                    elements.len() == 2
                } else {
                    elements.len() > 1
                };
                return match not_together(said, verb, elements.len()).filter(|_| whole) {
                    Some(quantity) => {
                        actions.push(self.demand_filled(elements, quantity));
                        Ok(())
                    }
                    None => self.stop_after(start, self.at + 1, "it is not clear how many of them"),
                };
            }
        }
        let made: fn(usize) -> Action = match (state, negated, verb) {
            (State::Filled | State::Required, true, Verb::Must | Verb::Shall | Verb::Be) if open => Action::Optional,
            _ if open => return self.stop_after(start, self.at + 1, NOT_NEEDED),
            (State::Shown, false, _) | (State::Hidden, true, Verb::May | Verb::Shall | Verb::Be) => Action::Show,
            // `muss nicht angezeigt werden` leaves it open.
            (State::Shown, true, Verb::Must) => {
                return self.stop_after(start, self.at + 1, MUST_NOT);
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
            (State::Optional | State::Empty, true, Verb::Must) => return self.stop_after(start, self.at + 1, MUST_NOT),
            (State::Required, false, _) | (State::Optional, true, _) => Action::Require,
            (State::Required, true, _) | (State::Optional, false, _) => Action::Optional,
            _ => return self.stop_after(start, self.at + 1, "it is not clear what must be"),
        };
        for element in elements {
            let action = made(*element);
            if require && !matches!(action, Action::Show(_)) {
                return self.stop_after(start, self.at + 1, SHOWN_OR_REQUIRED);
            }
            if only {
                self.limits.extend(action.where_not());
            }
            if require {
                actions.push(Action::Require(*element));
            }
            // What may be filled in only then is shown only then, but need not be filled in.
            actions.push(action);
        }
        Ok(())
    }

    /// A state, and what stands between the verb and it.
    fn said_state(&mut self) -> Result<Said, Stop> {
        let (mut negated, mut only, mut require, mut open, mut joint) = (false, false, false, false, None);
        loop {
            let at = self.at;
            if self.take(&["nicht", "kein", "keine", "keinen"]) {
                negated = !negated;
            } else if self.take(&ONLY) {
                if negated {
                    return self.stop_after(at, self.text.len(), "`nicht nur` leaves open what else");
                }
                only = true;
                // `nur in Bayern` limits the Länder; `in Bayern nur, wenn` does not.
                if self.lands.is_none()
                    && let Some(lands) = self.maybe(Scanner::for_lands)
                {
                    self.lands = Some(lands);
                    self.only_lands = true;
                }
            } else if joint.is_none() && self.take(&["beide"]) {
                joint = Some(if negated { Joint::NotBoth } else { Joint::Both });
            } else if joint.is_none() && self.take(&["gleichzeitig", "zugleich", "zusammen", "gemeinsam"]) {
                joint = Some(if negated { Joint::NotAtOnce } else { Joint::AtOnce });
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
            ]) || self.take(&["also", "mit", "ein", "eine", "einem", "einer"])
                || (!negated && self.take(&["immer", "stets", "jeweils", "bereits", "schon"]))
                || (!negated && self.refer_back())
            {
            } else if self.take(&["zwingend", "unbedingt"]) {
                open |= negated;
            } else {
                break;
            }
        }
        Ok(Said {
            state: self.state_word()?,
            negated,
            only,
            require,
            open,
            joint,
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

/// How many of several must be filled, when that is said; `all` of them one by one.
fn asked_of_some(said: Said, verb: Verb, quantity: Quantity, count: usize) -> Option<Quantity> {
    let not_all = matches!(said.joint, Some(Joint::NotBoth | Joint::NotAtOnce)) && quantity.all;
    if not_all {
        return not_together(said, verb, count);
    }
    if said.joint.is_some() {
        return None;
    }
    let binds = matches!(verb, Verb::Must | Verb::Shall | Verb::Be);
    match (said.state, said.negated) {
        _ if said.only => None,
        (State::Filled, false) if binds => Some(quantity),
        (State::Empty, true) if matches!(verb, Verb::Shall | Verb::Be) => Some(quantity),
        (State::Filled, false) if verb == Verb::May && (quantity.least == 0 || quantity.most == 1) && !quantity.all => {
            Some(Quantity { least: 0, ..quantity })
        }
        _ => None,
    }
}

/// How many may be filled of what is not so together: not all of them, or not none.
fn not_together(said: Said, verb: Verb, count: usize) -> Option<Quantity> {
    let joint = matches!(said.joint, Some(Joint::NotBoth | Joint::NotAtOnce));
    if !joint || !said.negated || said.only || verb == Verb::Must {
        return None;
    }
    match said.state {
        State::Filled => Some(Quantity::at_most(count.saturating_sub(1))),
        State::Empty => Some(Quantity::ANY),
        State::Shown | State::Hidden | State::Required | State::Optional => None,
    }
}
