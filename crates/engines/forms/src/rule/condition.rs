//! Conditions: terms joined by `UND` and `ODER`, brackets, quantities.

use super::clause::MAY;
use super::refer::Joined;
use super::scan::Scanner;
use super::value::Type;
use super::{Condition, Duration, Expression, Op, Stop};

/// Deepest nesting of brackets.
const MAX_DEPTH: usize = 20;

/// What a predicate speaks of.
#[derive(Debug, Clone)]
pub(super) enum Left {
    /// A field or a group.
    Element(usize),
    /// Something reckoned.
    Value(Expression),
    /// How old the person born on this day is.
    Age(Expression),
}

/// How many of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quantity {
    pub least: usize,
    /// `usize::MAX`: all there are.
    pub most: usize,
    /// All of them, however many.
    pub all: bool,
}

impl Quantity {
    pub const ANY: Quantity = Quantity {
        least: 1,
        most: usize::MAX,
        all: false,
    };
    pub const ALL: Quantity = Quantity {
        least: 0,
        most: usize::MAX,
        all: true,
    };
    pub const NONE: Quantity = Quantity {
        least: 0,
        most: 0,
        all: false,
    };
    pub const ONE: Quantity = Quantity {
        least: 1,
        most: 1,
        all: false,
    };

    pub fn of(self, parts: Vec<Condition>) -> Condition {
        if self.all {
            return Condition::all(parts);
        }
        if self == Quantity::ANY {
            return Condition::any(parts);
        }
        Condition::Count {
            parts,
            least: self.least,
            most: self.most,
        }
    }
}

/// One way to read a term.
type Reading<S> = fn(&mut S) -> Result<Condition, Stop>;

impl Scanner<'_> {
    pub fn condition(&mut self) -> Result<Condition, Stop> {
        self.any(0)
    }

    fn any(&mut self, depth: usize) -> Result<Condition, Stop> {
        let mut parts = vec![self.all(depth)?];
        while let Some(part) = self.maybe(|scanner| {
            let _ = scanner.take_sign(",");
            let or = scanner.take_all(&["und", "/", "oder"]) || scanner.take(&["oder"]) || scanner.take_sign("||");
            if or {
                scanner.all(depth)
            } else {
                scanner.stop("expected `ODER`")
            }
        }) {
            parts.push(part);
        }
        Ok(Condition::any(parts))
    }

    fn all(&mut self, depth: usize) -> Result<Condition, Stop> {
        let mut parts = vec![self.term(depth)?];
        while let Some(part) = self.maybe(|scanner| {
            let _ = scanner.take_sign(",");
            let start = scanner.at;
            if scanner.take_all(&["und", "/"]) {
                return scanner.stop_at(start, "expected `UND`");
            }
            let and = scanner.take(&["und", "sowie"]) || scanner.take_sign("&&");
            if !and {
                return scanner.stop("expected `UND`");
            }
            let _ = scanner.take(&["wenn", "zugleich", "gleichzeitig"]);
            scanner.term(depth)
        }) {
            parts.push(part);
        }
        Ok(Condition::all(parts))
    }

    fn term(&mut self, depth: usize) -> Result<Condition, Stop> {
        if depth > MAX_DEPTH {
            return self.stop("too many brackets");
        }
        let negated = self.take_all(&["nicht", "("]);
        if negated {
            self.at -= 1;
        }
        let term = if !self.names_element() && (self.take_sign("(") || self.take_sign("[")) {
            let inside = self.any(depth + 1)?;
            if !(self.take_sign(")") || self.take_sign("]")) {
                return self.stop("expected `)`");
            }
            self.trailing();
            inside
        } else {
            self.plain_term(depth)?
        };
        Ok(term.negated(negated))
    }

    /// A term that is not in brackets.
    fn plain_term(&mut self, depth: usize) -> Result<Condition, Stop> {
        if self.take(&["entweder"]) {
            let mut parts = vec![self.all(depth + 1)?];
            while self.take(&["oder"]) {
                parts.push(self.all(depth + 1)?);
            }
            if parts.len() < 2 {
                return self.stop("`entweder` needs two conditions joined by `oder`");
            }
            return Ok(Quantity::ONE.of(parts));
        }
        let readings: [Reading<Self>; 5] = [
            Scanner::existence,
            Scanner::period,
            Scanner::reckoned,
            Scanner::several,
            Scanner::going_on,
        ];
        for read in readings {
            if let Some(condition) = self.maybe(read) {
                return Ok(condition);
            }
        }
        self.several()
    }

    /// `kein Eintrag in F…`, `ein Wert in F… angegeben ist`.
    fn existence(&mut self) -> Result<Condition, Stop> {
        let negated = self.take(&["kein", "keine", "keinen"]);
        if !negated && !self.take(&["ein", "eine", "einen"]) {
            return self.stop("expected a condition");
        }
        self.expect(&[
            "wert",
            "eintrag",
            "auswahl",
            "angabe",
            "eingabe",
            "antwort",
            "einträge",
            "angaben",
            "werte",
            "datei",
        ])?;
        self.expect(&["in", "im", "bei", "zu", "für", "unter"])?;
        let (elements, joined) = self.elements()?;
        self.skip(&[
            "vorgenommen",
            "vorhanden",
            "angegeben",
            "eingetragen",
            "gemacht",
            "getätigt",
            "erfolgt",
            "ausgewählt",
        ]);
        self.trailing();
        self.last = elements.last().copied();
        let filled: Vec<Condition> = elements
            .into_iter()
            .map(|element| Condition::Empty(element).not())
            .collect();
        let any = if joined == Joined::Or || negated {
            Condition::any(filled)
        } else {
            Condition::all(filled)
        };
        Ok(any.negated(negated))
    }

    /// `der Zeitraum zwischen F1 und F2 mehr als 5 Jahre beträgt`.
    pub fn period(&mut self) -> Result<Condition, Stop> {
        self.skip(&["der", "die"]);
        self.expect(&["zeitraum", "zeitspanne", "abstand", "dauer"])?;
        if !self.take(&["zwischen", "von", "vom"]) {
            return self.stop("expected `zwischen`");
        }
        let named_day = |scanner: &mut Self| {
            scanner.skip(&["dem", "den", "datum", "in", "im"]);
            scanner.single_day()
        };
        let from = named_day(self)?;
        self.expect(&["und", "bis"])?;
        self.skip(&["zum", "zu"]);
        let to = named_day(self)?;
        let may = self.take(&["darf"]);
        self.skip(&["ist", "muss", "beträgt"]);
        let start = self.at;
        let only = may && self.take(&["nur"]);
        let mut negated = self.take(&["nicht"]);
        let Some((op, _)) = self.comparative().or_else(|| self.op().map(|op| (op, false))) else {
            return self.stop("expected a comparison such as `länger als`");
        };
        let span = self.duration()?;
        negated ^= self.take(&["nicht"]);
        self.skip(&["betragen", "beträgt", "liegen", "liegt", "auseinanderliegen"]);
        self.trailing();
        let end = Expression::Shift(Box::new(from), span);
        let condition = Condition::Compare {
            left: to,
            op,
            right: end,
        }
        .negated(negated);
        if may && !only && !condition.forbids() {
            return self.stop_after(start, self.at + 1, MAY);
        }
        Ok(condition)
    }

    fn single_day(&mut self) -> Result<Expression, Stop> {
        let start = self.at;
        // Not the whole sum: `zwischen F1 und F2`.
        let day = self.factor_alone()?;
        if self.type_of(&day) == Type::Date {
            Ok(day)
        } else {
            self.stop_at(start, "expected a day")
        }
    }

    /// Sums, counts and ages: what is reckoned before it is compared.
    fn reckoned(&mut self) -> Result<Condition, Stop> {
        let start = self.at;
        self.skip(&["das"]);
        if self.take(&["alter"]) {
            self.skip(&[
                "der",
                "des",
                "person",
                "antragstellers",
                "antragstellenden",
                "aus",
                "in",
                "im",
                "von",
                "laut",
                "gemäß",
                "nach",
                "anhand",
                "(",
            ]);
            let day = self.single_day()?;
            let mut elements = vec![];
            day.elements(&mut elements);
            return self.predicate(&Left::Age(day));
        }
        self.at = start;
        let value = self.arithmetic()?;
        if matches!(value, Expression::Answer { .. } | Expression::Parts { .. }) || self.type_of(&value) != Type::Number
        {
            return self.stop_at(start, "expected something reckoned");
        }
        if matches!(value, Expression::Number(_)) {
            // `0 < F1`: the literal stands on the left.
            let Some(op) = self.op() else {
                return self.stop("expected a sign of comparison");
            };
            let right = self.arithmetic()?;
            return Ok(Condition::Compare {
                left: right,
                op: op.mirrored(),
                right: value,
            });
        }
        self.predicate(&Left::Value(value))
    }

    /// One element or several, with a quantity, and what is said of them.
    fn several(&mut self) -> Result<Condition, Stop> {
        let quantity = self.maybe(Scanner::quantity);
        let (elements, joined) = self.subject()?;
        let quantity = quantity.unwrap_or(match joined {
            Joined::And => Quantity::ALL,
            Joined::Or => Quantity::ANY,
        });
        let at = self.at;
        let mut parts = vec![];
        let mut end = at;
        for element in elements.iter().copied() {
            self.last = Some(element);
            let part = self.again(at, |scanner| scanner.predicate(&Left::Element(element)))?;
            if !parts.is_empty() && self.at != end {
                return self.stop("this means different things for the elements of the list");
            }
            end = self.at;
            parts.push(part);
        }
        self.they = elements;
        Ok(quantity.of(parts))
    }

    /// `= 005`, `nicht leer`: what was compared before goes on.
    fn going_on(&mut self) -> Result<Condition, Stop> {
        let Some(last) = self.last else {
            return self.stop("expected the id of a field or a group");
        };
        self.named.push(last);
        self.predicate(&Left::Element(last))
    }

    /// The elements a condition speaks of, with what may stand before them: `die Auswahl in`, `der Wert des`.
    pub fn subject(&mut self) -> Result<(Vec<usize>, Joined), Stop> {
        if let Some(fields) = self.maybe(Scanner::fields_of_group) {
            return Ok((fields, Joined::And));
        }
        if let Some(elements) = self.maybe(Scanner::elements) {
            return Ok(elements);
        }
        if let Some(elements) = self.maybe(|scanner| {
            scanner.skip(&[
                "der",
                "die",
                "das",
                "dem",
                "des",
                "den",
                "wert",
                "werte",
                "inhalt",
                "auswahl",
                "antwort",
                "eingabe",
                "eingabewert",
                "angabe",
                "datum",
                "eintrag",
                "frage",
                "angaben",
                "einträge",
                "eingaben",
                "antworten",
                "zu",
                "auf",
                "aus",
                "von",
                "vom",
                "für",
                "in",
                "im",
                "bei",
                "unter",
                "zur",
                "angegebene",
                "gewählte",
                "ausgewählte",
                "person",
            ]);
            scanner.elements()
        }) {
            return Ok(elements);
        }
        self.elements_or_they()
    }

    /// `Datenfeld der Datenfeldgruppe`, `Felder in der Gruppe G…`: the fields that lie in it.
    fn fields_of_group(&mut self) -> Result<Vec<usize>, Stop> {
        self.skip(&["die", "der", "den"]);
        self.expect(&[
            "datenfeld",
            "datenfelder",
            "datenfeldern",
            "feld",
            "felder",
            "feldern",
            "angabe",
            "angaben",
        ])?;
        self.skip(&["in", "aus", "von"]);
        self.expect(&["der", "dieser"])?;
        let at = self.at;
        self.expect(&["datenfeldgruppe", "feldgruppe", "gruppe", "datengruppe"])?;
        let group = if self.sees_id() {
            self.at = at;
            self.element()?
        } else {
            match self
                .plan
                .find(self.scope)
                .filter(|own| self.plan.get(*own).is_some_and(|own| own.group))
            {
                Some(own) => own,
                None => return self.stop("the rule does not stand in a group"),
            }
        };
        // `das Feld der Gruppe G…` names one field behind it.
        if self.names_element() {
            return self.stop("expected what is said");
        }
        let fields: Vec<usize> = self
            .plan
            .inside(group)
            .filter(|element| {
                self.plan
                    .get(*element)
                    .is_some_and(|planned| planned.above == Some(group) && !planned.group)
            })
            .filter(|element| {
                self.field(*element)
                    .is_some_and(|field| crate::walk::answers(&field.kind))
            })
            .collect();
        if fields.is_empty() {
            return self.stop("the group has no fields");
        }
        self.named.extend(&fields);
        Ok(fields)
    }

    /// `mindestens eines der`, `alle drei`, `keines der`, `weder`, …
    pub fn quantity(&mut self) -> Result<Quantity, Stop> {
        let many = |scanner: &mut Self| scanner.count();
        let found = if self.take(&["mindestens", "wenigstens", "minimal"]) {
            many(self).map(|least| Quantity {
                least,
                most: usize::MAX,
                all: false,
            })
        } else if self.take(&["höchstens", "maximal"]) || self.take_phrase(&["nicht mehr als"]) {
            many(self).map(|most| Quantity {
                least: 0,
                most,
                all: false,
            })
        } else if self.take_phrase(&["mehr als"]) {
            many(self).map(|count| Quantity {
                least: count + 1,
                most: usize::MAX,
                all: false,
            })
        } else if self.take(&["genau", "exakt"]) {
            many(self).map(|count| Quantity {
                least: count,
                most: count,
                all: false,
            })
        } else if self.take(&[
            "alle",
            "allen",
            "sämtliche",
            "sämtlichen",
            "beide",
            "beiden",
            "jedes",
            "jede",
            "jeder",
        ]) {
            let _ = many(self);
            Some(Quantity::ALL)
        } else if self.take(&["keines", "keins", "keiner", "keinem", "weder"]) {
            Some(Quantity::NONE)
        } else if self.take(&["eines", "eins", "einer", "eine", "ein", "irgendeines"])
            && self.sees(&["der", "von", "aus", "dieser"])
        {
            Some(Quantity::ANY)
        } else {
            None
        };
        let Some(found) = found else {
            return self.stop("expected a quantity");
        };
        self.skip(&[
            "von",
            "aus",
            "der",
            "den",
            "dieser",
            "beiden",
            "beide",
            "folgenden",
            "nachfolgenden",
        ]);
        Ok(found)
    }

    /// A day so many years, months, days before the day of evaluation: who was born then is that old.
    pub fn born(span: Duration) -> Expression {
        Expression::Shift(Box::new(Expression::Today), span.negated())
    }

    /// How old, compared.
    pub fn aged(day: &Expression, op: Op, span: Duration) -> Condition {
        Condition::Compare {
            left: day.clone(),
            op: op.mirrored(),
            right: Self::born(span),
        }
    }

    /// Verbs at the end of a subordinate clause, as long as nothing else of the clause follows.
    pub fn trailing(&mut self) {
        const VERBS: [&str; 24] = [
            "ist", "sind", "wird", "werden", "wurde", "wurden", "hat", "haben", "worden", "sein", "war", "waren",
            "liegt", "liegen", "vorliegt", "besteht", "steht", "beträgt", "lautet", "aufweist", "besitzt", "enthält",
            "trägt", "gewesen",
        ];
        loop {
            let at = self.at;
            if !self.take(&VERBS) {
                return;
            }
            let more = self.sees(&VERBS);
            if !more
                && !self.at_boundary()
                && !self.sees(&[
                    "zeige",
                    "aktiviere",
                    "deaktiviere",
                    "blende",
                    "muss",
                    "müssen",
                    "darf",
                    "dürfen",
                    "soll",
                    "sollen",
                    "mache",
                ])
            {
                self.at = at;
                return;
            }
        }
    }
}
