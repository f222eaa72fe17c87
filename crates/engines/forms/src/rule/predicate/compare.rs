//! Comparisons: signs and words, chains of values, values alone.

use super::super::condition::Left;
use super::super::scan::Scanner;
use super::super::value::Type;
use super::super::{Condition, Duration, Expression, Op, Stop};
use super::{EMPTY, FILLED};
use crate::form::Kind;

/// Participles and verbs behind a value.
const BEHIND: [&str; 30] = [
    "ausgewählt",
    "gewählt",
    "belegt",
    "beantwortet",
    "gesetzt",
    "angegeben",
    "eingetragen",
    "befüllt",
    "ausgefüllt",
    "angekreuzt",
    "hat",
    "haben",
    "besitzt",
    "besitzen",
    "aufweist",
    "aufweisen",
    "trägt",
    "tragen",
    "lautet",
    "lauten",
    "beträgt",
    "betragen",
    "entspricht",
    "entsprechen",
    "enthält",
    "vorliegt",
    "vorliegen",
    "steht",
    "markiert",
    "annimmt",
];

/// What a comparison in words is one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rule) enum Compared {
    /// How much there is of something.
    Amount,
    /// Which value it is, or which day.
    Value,
    Age,
}

impl Scanner<'_> {
    /// A comparison in words.
    pub fn comparative(&mut self) -> Option<(Op, Compared)> {
        use Compared::{Age, Amount, Value};
        const PHRASES: [(&str, Op, Compared); 43] = [
            ("größer oder gleich", Op::GreaterEqual, Amount),
            ("größer als oder gleich", Op::GreaterEqual, Amount),
            ("größer gleich", Op::GreaterEqual, Amount),
            ("größer / gleich", Op::GreaterEqual, Amount),
            ("kleiner oder gleich", Op::LessEqual, Amount),
            ("kleiner als oder gleich", Op::LessEqual, Amount),
            ("kleiner gleich", Op::LessEqual, Amount),
            ("kleiner / gleich", Op::LessEqual, Amount),
            ("größer als", Op::Greater, Amount),
            ("grösser als", Op::Greater, Amount),
            ("größer", Op::Greater, Amount),
            ("höher als", Op::Greater, Amount),
            ("mehr als", Op::Greater, Amount),
            ("länger als", Op::Greater, Amount),
            ("später als", Op::Greater, Value),
            ("älter als", Op::Greater, Age),
            ("kleiner als", Op::Less, Amount),
            ("kleiner", Op::Less, Amount),
            ("geringer als", Op::Less, Amount),
            ("niedriger als", Op::Less, Amount),
            ("weniger als", Op::Less, Amount),
            ("kürzer als", Op::Less, Amount),
            ("früher als", Op::Less, Value),
            ("jünger als", Op::Less, Age),
            ("unter", Op::Less, Amount),
            ("über", Op::Greater, Amount),
            ("mindestens", Op::GreaterEqual, Amount),
            ("wenigstens", Op::GreaterEqual, Amount),
            ("minimal", Op::GreaterEqual, Amount),
            ("höchstens", Op::LessEqual, Amount),
            ("maximal", Op::LessEqual, Amount),
            ("spätestens", Op::LessEqual, Value),
            ("frühestens", Op::GreaterEqual, Value),
            ("ungleich", Op::NotEqual, Value),
            ("abweichend von", Op::NotEqual, Value),
            ("verschieden von", Op::NotEqual, Value),
            ("identisch mit", Op::Equal, Value),
            ("identisch zu", Op::Equal, Value),
            ("genau", Op::Equal, Value),
            ("exakt", Op::Equal, Value),
            ("gleich", Op::Equal, Value),
            ("entspricht", Op::Equal, Value),
            ("lautet", Op::Equal, Value),
        ];
        let (_, op, of) = PHRASES.into_iter().find(|(phrase, ..)| self.take_phrase(&[phrase]))?;
        Some((op, of))
    }

    /// A sign, values, and perhaps more signs with values: `= 1 oder 2`, `> 5 und < 10`, `<> 1 UND <> 2`.
    pub(super) fn chain(&mut self, left: &Left, op: Op, negated: bool) -> Result<Condition, Stop> {
        let first = self.compared(left, op)?;
        if negated {
            let at = self.at;
            let _ = self.take_sign(",");
            let and = self.take(&["und", "sowie"]);
            let next = self.at;
            if and && self.op().is_some() {
                let reason = "`nicht` before `und` leaves open what it denies; use brackets";
                return self.stop_after(next, self.text.len(), reason);
            }
            self.at = at;
        }
        let mut parts = vec![first];
        let mut by_or = None;
        while let Some((part, or)) = self.maybe(|scanner| {
            let _ = scanner.take_sign(",");
            let or = scanner.take(&["oder"]);
            if !or {
                scanner.expect(&["und", "bis", "sowie"])?;
            }
            let Some(op) = scanner.op() else {
                return scanner.stop("expected a sign of comparison");
            };
            let part = scanner.compared(left, op)?;
            Ok((part, or))
        }) {
            if by_or.is_some_and(|by_or| by_or != or) {
                return self.stop("`und` and `oder` without brackets");
            }
            by_or = Some(or);
            parts.push(part);
        }
        self.behind();
        Ok(if by_or == Some(true) {
            Condition::any(parts)
        } else {
            Condition::all(parts)
        })
    }

    fn compared(&mut self, left: &Left, op: Op) -> Result<Condition, Stop> {
        let ordering = !matches!(op, Op::Equal | Op::NotEqual);
        self.blank();
        let start = self.at;
        if let Left::Element(element) = left
            && !ordering
            && let Some(filled) = self.nothing_or_something()
        {
            return Ok(Condition::Empty(*element).negated((op == Op::NotEqual) != filled));
        }
        let value = if ordering {
            self.ordered_left(left)?
        } else {
            self.left_value(left)?
        };
        // `< 18 Jahre` of a day is an age.
        if self.type_of(&value) == Type::Date
            && let Some(span) = self.maybe(|scanner| {
                let span = scanner.duration()?;
                if scanner.sees(&["nach", "vor"]) {
                    scanner.no()
                } else {
                    Ok(span)
                }
            })
        {
            let old = self.take(&["alt"]);
            let person = matches!(left, Left::Age(_));
            if !ordering && !person && !old && !self.is_birth(&value) {
                return self.stop("an age is compared with < or >");
            }
            self.skip(&["zurück", "her"]);
            return if person {
                Ok(self.aged(&value, op, span, true))
            } else {
                self.age_said(start, &value, op, span, old)
            };
        }
        if let Left::Age(day) = left {
            let Some(years) = self.count() else {
                return self.stop("expected a number of years");
            };
            self.skip(&["jahre", "jahren", "alt"]);
            let months = i64::try_from(years).unwrap_or(0) * 12;
            return Ok(self.aged(day, op, Duration { months, days: 0 }, true));
        }
        if let Expression::Answer { element, .. } = &value
            && matches!(op, Op::Equal | Op::NotEqual)
            && let Some(others) = self.maybe(|scanner| scanner.all_others(*element))
        {
            return Ok(others.negated(op == Op::NotEqual));
        }
        let bracket = !self.names_element() && self.take_sign("(");
        let mut values = vec![self.value(&value)?];
        while let Some(next) = self.maybe(|scanner| {
            let comma = scanner.take_sign(",") || scanner.take_sign("/");
            let or = scanner.take(&["oder", "bzw"]);
            let _ = or && scanner.take_sign(".");
            let and = !or && op == Op::NotEqual && scanner.take(&["und"]);
            if !(comma || or || and) || scanner.names_element() || ordering {
                return scanner.stop("expected `ODER`");
            }
            scanner.skip(&["der", "den", "dem", "wert", "option", "auswahl"]);
            let plain = scanner.sees_sign(&['"', '\'', '„', '‚', '“', '»'])
                || scanner.rest().trim_start().starts_with(|c: char| c.is_ascii_digit());
            let known = match value {
                Expression::Answer { element, .. } => scanner.field(element).is_some_and(|field| {
                    matches!(&field.kind, Kind::Select { options, .. } if !options.is_empty())
                        || matches!(field.kind, Kind::Bool)
                }),
                _ => false,
            };
            if !(plain || known || bracket) {
                return scanner.stop("expected a value");
            }
            scanner.value(&value)
        }) {
            values.push(next);
        }
        if bracket && !self.take_sign(")") {
            return self.stop("expected `)`");
        }
        self.skip(&[
            "zeichen", "stellen", "jahre", "jahren", "tage", "tagen", "monate", "monaten", "stunden",
        ]);
        if let Expression::Answer { element, .. } = &value {
            let named = values.iter().filter_map(|value| match value {
                Expression::Text(code) => Some((*element, code.clone())),
                _ => None,
            });
            self.options_named.extend(named);
        }
        let parts = values
            .into_iter()
            .map(|right| Condition::Compare {
                left: value.clone(),
                op,
                right,
            })
            .collect();
        Ok(if op == Op::NotEqual {
            Condition::all(parts)
        } else {
            Condition::any(parts)
        })
    }

    /// `= leer`, `<> ""`, `= befüllt`: whether there is something.
    fn nothing_or_something(&mut self) -> Option<bool> {
        let at = self.at;
        let filled = self.take(&FILLED);
        let empty = !filled && (self.take(&EMPTY) || self.quoted().is_some_and(|text| text.trim().is_empty()));
        if !filled && !empty {
            self.at = at;
        }
        (filled || empty).then_some(filled)
    }

    /// `alle anderen Ausprägungen der Codeliste`: any option but those named before in this rule.
    fn all_others(&mut self, element: usize) -> Result<Condition, Stop> {
        let start = self.at;
        self.skip(&["eine", "einer", "einen", "der"]);
        self.skip(&["alle", "allen", "jede", "jeder"]);
        if !self.take(&["anderen", "andere", "anderer", "übrigen", "sonstigen", "restlichen"]) {
            return self.stop_at(start, "expected a value");
        }
        let _ = self.take(&["möglichen", "mögliche"]);
        self.expect(&[
            "ausprägungen",
            "ausprägung",
            "werte",
            "werten",
            "wert",
            "optionen",
            "option",
            "einträge",
            "codes",
            "auswahlen",
        ])?;
        let _ = self.take_phrase(&["der codeliste", "der liste", "der auswahlliste", "der werteliste"]);
        let named: Vec<String> = self
            .options_named
            .iter()
            .filter(|(at, _)| *at == element)
            .map(|(_, code)| code.clone())
            .collect();
        if named.is_empty() {
            return self.stop("no value was named before");
        }
        let left = self.answer(element)?;
        let mut parts = vec![Condition::Empty(element).not()];
        parts.extend(named.into_iter().map(|code| Condition::Compare {
            left: left.clone(),
            op: Op::NotEqual,
            right: Expression::Text(code),
        }));
        Ok(Condition::All(parts))
    }

    /// Participles and verbs behind a value.
    fn behind(&mut self) {
        self.skip(&["als", "auswahl", "antwort"]);
        while self.take(&BEHIND) {}
        self.trailing();
        while self.take(&BEHIND) {}
        self.trailing();
    }

    /// `überschreitet 100`, `beträgt mehr als 5`.
    pub(super) fn related(&mut self, left: &Left, negated: bool) -> Result<Condition, Stop> {
        let op = if self.take(&["überschreitet", "übersteigt"]) {
            Op::Greater
        } else if self.take(&["unterschreitet"]) {
            Op::Less
        } else if self.take(&["beträgt", "ergibt"]) {
            self.comparative().map_or(Op::Equal, |(op, _)| op)
        } else {
            return self.stop("expected a verb");
        };
        self.chain(left, op, negated)
    }

    /// A value and what is said behind it: `"Ja" belegt ist`, `001 nicht ausgewählt`, `100 nicht überschreiten`.
    pub(super) fn plain_value(&mut self, left: &Left) -> Result<Condition, Stop> {
        let at = self.at;
        if let Left::Element(element) = left
            && let Some(Kind::Text { .. } | Kind::Select { .. } | Kind::Time) =
                self.field(*element).map(|field| &field.kind)
            && !self.sees_value(*element)
        {
            return self.stop("expected a comparison such as =, <>, < or `nicht leer`");
        }
        let mut condition = self.compared(left, Op::Equal)?;
        let mut negated = false;
        loop {
            if self.take(&["nicht"]) {
                negated = !negated;
            } else if self.take(&["überschreitet", "überschreiten", "übersteigt", "übersteigen"]) {
                self.at_again(at, |scanner| scanner.compared(left, Op::Greater), &mut condition)?;
            } else if self.take(&["unterschreitet", "unterschreiten"]) {
                self.at_again(at, |scanner| scanner.compared(left, Op::Less), &mut condition)?;
            } else if !self.take(&BEHIND) {
                break;
            }
        }
        self.trailing();
        Ok(condition.negated(negated))
    }

    /// Reads the value once more, for a verb that came behind it.
    fn at_again(
        &mut self,
        at: usize,
        read: impl FnOnce(&mut Self) -> Result<Condition, Stop>,
        condition: &mut Condition,
    ) -> Result<(), Stop> {
        let end = self.at;
        *condition = self.again(at, read)?;
        self.at = end;
        Ok(())
    }
}
