//! What must hold of answers, what they start with, and what is said when they are wrong.

use serde_json::Value;

use super::super::condition::{Left, Quantity};
use super::super::scan::Scanner;
use super::super::value::Type;
use super::super::{Action, Condition, Expression, Stop};
use super::{BE, ONLY, Subject, Verb};
use crate::form::Kind;
use crate::walk::Element;

/// Said of a permission that is written where something must hold.
pub(in crate::rule) const MAY: &str = "`darf` allows; write `muss`, `darf nur` or `darf nicht`";

/// Said of what need not be so.
pub(in crate::rule) const MUST_NOT: &str = "`muss nicht` leaves it open; write `darf nicht`";

impl Scanner<'_> {
    /// Anything else said of the subject must hold: `größer als 0 sein`, `nicht in der Zukunft liegen`.
    pub(super) fn demanded(&mut self, subject: &Subject, verb: Verb, actions: &mut Vec<Action>) -> Result<(), Stop> {
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
        // `keines der Felder darf …`, `höchstens eines …` forbid too.
        let few = subject.quantity.is_some_and(Quantity::forbids);
        if verb == Verb::Must && (few || self.denies(start, self.at)) {
            return self.stop_after(start, self.at + 1, MUST_NOT);
        }
        // Nothing is demanded of a value that is there, and what is not there is asked for in other words.
        let state = |part: &Condition| match part {
            Condition::Not(part) => matches!(part.as_ref(), Condition::Empty(_)),
            part => matches!(part, Condition::Empty(_)),
        };
        if parts.iter().any(state) {
            return self.stop_after(
                start,
                self.at + 1,
                "it is not clear whether a value is asked for; write `befüllt` or `leer`",
            );
        }
        if !self.at_boundary() {
            return self.stop("expected the end of the sentence");
        }
        if !binding && !few {
            return self.stop_after(start, self.at + 1, MAY);
        }
        match subject.quantity.filter(|quantity| !quantity.all) {
            Some(quantity) => {
                self.countable(quantity, &subject.elements, start)?;
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
        if verb != Verb::May {
            return Ok((self.predicate(left)?, true));
        }
        let start = self.at;
        // `nur einmal vorkommen` and `nur Ziffern enthalten` are said in one.
        let whole = self.maybe(|scanner| scanner.predicate(left));
        let condition = match whole {
            Some(condition) => condition,
            None => {
                self.skip(&ONLY);
                self.predicate(left)?
            }
        };
        Ok((condition, self.forbids(start, self.at)))
    }

    /// Whether the words between the two places, said of what may be, say what may not be: `nicht`, `nur`, `höchstens`.
    pub(in crate::rule) fn forbids(&mut self, from: usize, to: usize) -> bool {
        const MOST: [&str; 4] = ["höchstens", "maximal", "spätestens", "frühestens"];
        let or_equal = self.says(&["kleiner", "<"], from, to) && self.says(&["gleich", "="], from, to);
        or_equal
            || self.denies(from, to)
            || self.says(&ONLY, from, to)
            || self.says(&MOST, from, to)
            || self.says(&["<=", "=<", "≤"], from, to)
    }

    /// `Die Summe der Felder F1 und F2 muss F3 entsprechen`, `der Zeitraum zwischen F1 und F2 darf nicht länger als 2 Jahre sein`.
    pub(super) fn reckoned_demand(&mut self) -> Result<Action, Stop> {
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
                let said = self.at;
                let (condition, binds) = self.bound_by(verb, &Left::Value(value))?;
                if verb == Verb::Must && self.denies(said, self.at) {
                    return self.stop_after(said, self.at + 1, MUST_NOT);
                }
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
    /// What must be so is more than what is proposed, and what may be so is less.
    pub(super) fn given(&mut self, element: usize, verb: Verb) -> Result<Action, Stop> {
        if matches!(verb, Verb::May | Verb::Can) {
            return self.stop("expected what must be");
        }
        let with = self.take(&["mit", "auf"]);
        let chosen = self.take_phrase(&["die auswahl", "die option", "der wert", "den wert"]);
        if !with && !chosen {
            return self.stop("expected `mit` and a value");
        }
        self.skip(&[
            "dem", "den", "der", "die", "das", "wert", "auswahl", "option", "inhalt", "code",
        ]);
        let left = self.answer(element)?;
        if self.type_of(&left) == Type::Text && !self.sees_value(element) {
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
                "belegt",
                "befüllt",
            ]);
        } else if verb == Verb::Must || !self.take(&["befüllt", "belegt"]) {
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
    pub(super) fn error(&mut self, condition: &Condition) -> Result<Action, Stop> {
        let start = self.at;
        let told = self.take(&["melde"]);
        let _ = self.take(&["zeige", "gib", "erscheint", "wird", "ist", "erzeuge", "soll", "muss"]);
        self.skip(&[
            "die",
            "der",
            "den",
            "ein",
            "eine",
            "einen",
            "folgende",
            "folgender",
            "folgenden",
            "als",
        ]);
        let hint = self.take(&["hinweis", "warnung", "information"]);
        let error = told || self.take(&["fehler", "fehlermeldung", "meldung", "fehlertext"]);
        let _ = self.take_sign(":");
        let Some(message) = self.quoted().map(str::trim).filter(|message| !message.is_empty()) else {
            return self.stop_at(start, "expected an action");
        };
        if hint || !error {
            let reason = if hint {
                "only an error can be told, which stops the application; write `Fehlermeldung`, or make it a field that is shown"
            } else {
                "this may be a message or an element; write `zeige die Fehlermeldung` or the id"
            };
            return self.stop_after(start, self.text.len(), reason);
        }
        let called = |element: &Element| [element.name, element.title].contains(&message);
        if self.elements.iter().any(called) {
            return self.stop_after(
                start,
                self.at + 1,
                "an element is called so; write its id, or another message",
            );
        }
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
            message: whole(message),
        })
    }

    /// `muss die Validität des sich ergebenden Kalenderdatums sichergestellt werden`: day, month and year of the condition.
    pub(super) fn calendar(&mut self, condition: &Condition) -> Result<Action, Stop> {
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

/// A message as people read it: a sentence that ends.
fn whole(message: &str) -> String {
    let end = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{message}{end}")
}
