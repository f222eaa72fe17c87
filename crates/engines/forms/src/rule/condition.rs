//! Conditions: terms joined by `UND` and `ODER`, brackets, quantities.

mod quantity;

use super::clause::{MAY, MUST_NOT};
use super::refer::Joined;
use super::scan::Scanner;
use super::value::Type;
use super::{Condition, Duration, Expression, Op, Stop};
pub(super) use quantity::Quantity;

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

/// What a day of birth is called; that of a certificate of birth is none.
fn names_birth(name: &str) -> bool {
    let name = name.to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    let ends = ["geburtsdatum", "geburtsdatums", "geburtstag", "geboren"];
    words.iter().any(|word| ends.iter().any(|end| word.ends_with(end)))
        || words
            .windows(3)
            .any(|words| matches!(words, ["tag" | "datum", "der", "geburt"]))
}

/// What may go on to be compared: of several nobody could say which.
fn only_one(elements: &[usize]) -> Option<usize> {
    match elements {
        [element] => Some(*element),
        _ => None,
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
        self.last = only_one(&elements);
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
        let must = self.take(&["muss"]);
        self.skip(&["ist", "beträgt"]);
        let start = self.at;
        let _ = may && self.take(&["nur"]);
        let mut negated = self.take(&["nicht"]);
        let Some(op) = self.comparative().map(|(op, _)| op).or_else(|| self.op()) else {
            return self.stop("expected a comparison such as `länger als`");
        };
        let span = self.duration()?;
        negated ^= self.take(&["nicht"]);
        self.skip(&["betragen", "beträgt", "liegen", "liegt", "auseinanderliegen"]);
        self.trailing();
        if must && negated {
            return self.stop_after(start, self.at + 1, MUST_NOT);
        }
        let end = Expression::Shift(Box::new(from), span);
        let condition = Condition::Compare {
            left: to,
            op,
            right: end,
        }
        .negated(negated);
        if may && !self.forbids(start, self.at) {
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
        let number = self.type_of(&value) == Type::Number && !matches!(value, Expression::Answer { .. });
        if !number && !matches!(value, Expression::Shift(..)) {
            return self.stop_at(start, "expected something reckoned");
        }
        if matches!(value, Expression::Number(_)) {
            // `0 < F1`: the literal stands on the left.
            let Some(op) = self.op() else {
                return self.stop("expected a sign of comparison");
            };
            let right = self.arithmetic()?;
            if self.type_of(&right) != Type::Number {
                return self.stop_after(start, self.text.len(), "the two sides are not of one kind");
            }
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
        let said = self.maybe(Scanner::quantity);
        let start = self.at;
        let (elements, joined) = self.subject(said.is_some())?;
        let quantity = said.unwrap_or(match joined {
            Joined::And => Quantity::ALL,
            Joined::Or => Quantity::ANY,
        });
        if said.is_some() {
            self.countable(quantity, &elements, start)?;
        }
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
            parts.push(match said {
                Some(quantity) if quantity.all => self.of_each(part),
                _ => part,
            });
        }
        self.last = only_one(&elements);
        self.they = elements;
        Ok(quantity.of(parts))
    }

    /// `= 005`, `nicht leer`: what was compared before goes on. A value alone does not: behind `nicht` or `>` nobody could say
    /// what becomes of it.
    fn going_on(&mut self) -> Result<Condition, Stop> {
        let Some(last) = self.last else {
            return self.stop("expected the id of a field or a group");
        };
        self.named.push(last);
        self.predicate_going_on(&Left::Element(last))
    }

    /// The elements a condition speaks of, with what may stand before them: `die Auswahl in`, `der Wert des`.
    pub fn subject(&mut self, quantified: bool) -> Result<(Vec<usize>, Joined), Stop> {
        if let Some(fields) = self.maybe(|scanner| scanner.fields_of_group(quantified)) {
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

    /// How old, compared. The age of a person is told in completed years; that of anything else is the time since its day.
    pub fn aged(&self, day: &Expression, op: Op, span: Duration, person: bool) -> Condition {
        let born = |op: Op, span: Duration| Condition::Compare {
            left: day.clone(),
            op,
            right: Expression::Shift(Box::new(Expression::Today), span.negated()),
        };
        if !person || span.days != 0 || span.months % 12 != 0 {
            return born(op.mirrored(), span);
        }
        let next = Duration {
            months: span.months + 12,
            days: 0,
        };
        let (younger, no_older) = (born(Op::Greater, span), born(Op::Greater, next));
        match op {
            Op::Less => younger,
            Op::LessEqual => no_older,
            Op::GreaterEqual => born(Op::LessEqual, span),
            Op::Greater => born(Op::LessEqual, next),
            Op::Equal | Op::NotEqual => {
                Condition::All(vec![born(Op::LessEqual, span), no_older]).negated(op == Op::NotEqual)
            }
        }
    }

    /// How old, compared, by a word or sign that stands at `start`. Of a person it must be clear whether the year that has begun counts;
    /// whoever is said to be so old is one.
    pub fn age_said(
        &mut self,
        start: usize,
        day: &Expression,
        op: Op,
        span: Duration,
        old: bool,
    ) -> Result<Condition, Stop> {
        let person = old || self.is_birth(day);
        let years = span.months / 12;
        let begun = op == Op::Greater || (op == Op::LessEqual && !old);
        if person && begun && span.days == 0 && span.months % 12 == 0 {
            let reason = format!(
                "it is not clear whether the year that has begun counts; write `mindestens {years} Jahre alt` (`hat das {years}. Lebensjahr \
                 vollendet`) or `mindestens {} Jahre alt`",
                years + 1
            );
            return self.stop_after(start, self.text.len(), reason);
        }
        Ok(self.aged(day, op, span, person))
    }

    /// The day is one of birth, by what it is called.
    pub fn is_birth(&self, day: &Expression) -> bool {
        let mut elements = vec![];
        day.elements(&mut elements);
        let above = |element: &usize| self.plan.get(*element).and_then(|element| element.above);
        let groups: Vec<usize> = elements.iter().filter_map(above).collect();
        let named = |element: &usize| {
            let element = self.elements.get(*element);
            element.is_some_and(|element| [element.name, element.title].into_iter().any(names_birth))
        };
        let parts = matches!(day, Expression::Parts { .. });
        elements.iter().any(named) || (parts && groups.iter().any(named))
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
