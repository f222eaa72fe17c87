//! Numbers, days and spans: sums, counts, `HEUTE - 18 Jahre`, `6 Monate nach F…`.

use super::scan::Scanner;
use super::value::{Type, date_of};
use super::{Duration, Expression, Stop};
use crate::input;

/// Deepest nesting of brackets.
const MAX_DEPTH: usize = 20;
/// Most spans or factors in a row: each lies around the one before.
const MAX_ROW: usize = 20;
/// Words for the day of evaluation, behind their article.
const TODAY: [&str; 16] = [
    "heute",
    "heutigem datum",
    "heutigen datum",
    "heutigen datums",
    "heutige datum",
    "heutigen tag",
    "heutigen tages",
    "aktuellem datum",
    "aktuellen datum",
    "aktuelle datum",
    "aktuellen tag",
    "aktuellen tages",
    "tagesdatum",
    "systemdatum",
    "tag der antragstellung",
    "zeitpunkt der antragstellung",
];

impl Scanner<'_> {
    /// A number or a day made of answers and literals.
    pub fn arithmetic(&mut self) -> Result<Expression, Stop> {
        self.sum(0)
    }

    /// A single number or day, without signs of reckoning behind it.
    pub fn factor_alone(&mut self) -> Result<Expression, Stop> {
        self.factor(0)
    }

    fn sum(&mut self, depth: usize) -> Result<Expression, Stop> {
        let start = self.at;
        let mut first = self.product(depth)?;
        let mut parts: Vec<(f64, Expression)> = vec![];
        let mut shifts = 0;
        loop {
            let sign = if self.take_sign("+") || self.take(&["plus", "zuzüglich"]) {
                1.0
            } else if self.take_sign("−")
                || self.take_sign("-")
                || self.take_sign("–")
                || self.take(&["minus", "abzüglich"])
            {
                -1.0
            } else {
                break;
            };
            if self.type_of(&first) == Type::Date {
                let Some(span) = self.maybe(Scanner::duration) else {
                    return self.stop("expected a number of TAGE, MONATE or JAHRE");
                };
                let span = if sign < 0.0 { span.negated() } else { span };
                shifts += 1;
                if shifts > MAX_ROW {
                    return self.stop("too many spans of time in a row");
                }
                first = Expression::Shift(Box::new(first), span);
            } else {
                parts.push((sign, self.product(depth)?));
            }
        }
        if parts.is_empty() {
            return Ok(first);
        }
        parts.insert(0, (1.0, first));
        self.numbers_only(start, &parts)?;
        Ok(Expression::Sum(parts))
    }

    fn numbers_only(&mut self, start: usize, parts: &[(f64, Expression)]) -> Result<(), Stop> {
        if parts.iter().all(|(_, part)| self.type_of(part) == Type::Number) {
            Ok(())
        } else {
            self.stop_at(start, "only numbers can be added")
        }
    }

    fn product(&mut self, depth: usize) -> Result<Expression, Stop> {
        let start = self.at;
        let mut left = self.factor(depth)?;
        let mut factors = 1;
        while self.take_sign("*") || self.take_sign("×") || self.take_sign("·") || self.take(&["mal"]) {
            let right = self.factor(depth)?;
            factors += 1;
            if factors > MAX_ROW {
                return self.stop("too many factors in a row");
            }
            if self.type_of(&left) != Type::Number || self.type_of(&right) != Type::Number {
                return self.stop_at(start, "only numbers can be multiplied");
            }
            left = Expression::Product(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn factor(&mut self, depth: usize) -> Result<Expression, Stop> {
        if depth > MAX_DEPTH {
            return self.stop("too many brackets");
        }
        if !self.names_element() && self.take_sign("(") {
            let inside = self.sum(depth + 1)?;
            return if self.take_sign(")") {
                Ok(inside)
            } else {
                self.stop("expected `)`")
            };
        }
        if let Some(span) = self.maybe(|scanner| {
            let span = scanner.duration()?;
            if scanner.take(&["nach", "hinter"]) {
                Ok(span)
            } else if scanner.take(&["vor"]) {
                Ok(span.negated())
            } else {
                scanner.stop("expected `vor` or `nach`")
            }
        }) {
            let of = self.factor(depth + 1)?;
            return if self.type_of(&of) == Type::Date {
                Ok(Expression::Shift(Box::new(of), span))
            } else {
                self.stop("expected a day")
            };
        }
        if let Some(found) = self.maybe(Scanner::derived) {
            return Ok(found);
        }
        let articles = ["dem", "das", "der", "den", "des", "am", "zum"];
        let at = self.at;
        self.skip(&articles);
        if self.take_phrase(&TODAY) {
            let _ = self.take_phrase(&["des antrags", "des antragstellers"]);
            return Ok(Expression::Today);
        }
        self.at = at;
        if self.names_element() {
            let element = self.element()?;
            return self.answer(element);
        }
        self.skip(&articles);
        self.literal_number_or_day()
    }

    fn literal_number_or_day(&mut self) -> Result<Expression, Stop> {
        let start = self.at;
        if let Some(text) = self.quoted().map(str::trim) {
            let money = || input::cents_of(text).map(|cents| cents as f64 / 100.0);
            if let Some(day) = date_of(text) {
                return Ok(Expression::Date(day));
            }
            if let Some(number) = input::number_of(text).or_else(money) {
                return Ok(Expression::Number(number));
            }
            if matches!(text.to_lowercase().as_str(), "heute") {
                return Ok(Expression::Today);
            }
            return self.stop_at(start, format!("`{text}` is neither a number nor a day"));
        }
        let negative = self.take_sign("-") || self.take_sign("−");
        let Some(written) = self.digits() else {
            self.at = start;
            let word = self.bare().unwrap_or_default();
            self.at = start;
            if !negative && let Some(day) = date_of(word) {
                self.at += word.len();
                return Ok(Expression::Date(day));
            }
            let reason = if word.is_empty() {
                "expected a value".to_owned()
            } else {
                format!("`{word}` is not a value")
            };
            return self.stop(reason);
        };
        let dense = self.rest();
        // `2020-12-31`, `31.12.2020`, `3. April 2026`
        if !negative {
            self.at = start;
            if let Some(day) = self.maybe(|scanner| {
                let word = scanner.bare().unwrap_or_default();
                match date_of(word) {
                    Some(day) => Ok(day),
                    None => scanner.no(),
                }
            }) {
                return Ok(Expression::Date(day));
            }
            self.at = self.text.len() - dense.len();
        }
        let Some(number) = input::number_of(written) else {
            return self.stop_at(start, format!("`{written}` is not a number"));
        };
        let _ =
            self.take(&["euro", "eur", "prozent", "stück", "personen"]) || self.take_sign("€") || self.take_sign("%");
        Ok(Expression::Number(if negative { -number } else { number }))
    }

    /// `18 Jahre`, `eines Jahres`, `6 Monate und 3 Tage`.
    pub fn duration(&mut self) -> Result<Duration, Stop> {
        let mut whole = Duration::default();
        let Some(count) = self.count() else { return self.no() };
        let count = i64::try_from(count).unwrap_or(i64::MAX).min(100_000);
        let _ = self.take(&["volle", "vollen", "ganze", "vollendete"]);
        if self.take(&["jahr", "jahre", "jahren", "jahres"]) {
            whole.months += count * 12;
        } else if self.take(&["monat", "monate", "monaten", "monats"]) {
            whole.months += count;
        } else if self.take(&["woche", "wochen"]) {
            whole.days += count * 7;
        } else if self.take(&["tag", "tage", "tagen", "tages", "kalendertage", "kalendertagen"]) {
            whole.days += count;
        } else {
            return self.stop("expected TAGE, MONATE or JAHRE");
        }
        let more = self.maybe(|scanner| {
            scanner.expect(&["und"])?;
            scanner.duration()
        });
        if let Some(more) = more {
            whole.months += more.months;
            whole.days += more.days;
        }
        Ok(whole)
    }

    /// Sum, difference, number of occurrences, length, year.
    pub fn derived(&mut self) -> Result<Expression, Stop> {
        self.skip(&["die", "der", "das", "dem", "den", "des"]);
        let of = [
            "der", "des", "von", "aus", "in", "den", "dem", "im", "beiden", "zwischen", "werte", "werten",
        ];
        let start = self.at;
        if self.take(&["summe", "gesamtsumme"]) {
            self.skip(&of);
            let (elements, _) = self.elements()?;
            let parts: Vec<(f64, Expression)> = elements
                .into_iter()
                .map(|element| Ok((1.0, self.answer(element)?)))
                .collect::<Result<_, Stop>>()?;
            self.numbers_only(start, &parts)?;
            return Ok(Expression::Sum(parts));
        }
        if self.take(&["differenz"]) {
            self.skip(&of);
            let (elements, _) = self.elements()?;
            let [left, right] = elements.as_slice() else {
                return self.stop("a difference has two sides");
            };
            let parts = vec![(1.0, self.answer(*left)?), (-1.0, self.answer(*right)?)];
            self.numbers_only(start, &parts)?;
            return Ok(Expression::Sum(parts));
        }
        if self.take(&["produkt"]) {
            self.skip(&of);
            let (elements, _) = self.elements()?;
            let [left, right] = elements.as_slice() else {
                return self.stop("a product has two sides");
            };
            let (left, right) = (self.answer(*left)?, self.answer(*right)?);
            self.numbers_only(start, &[(1.0, left.clone()), (1.0, right.clone())])?;
            return Ok(Expression::Product(Box::new(left), Box::new(right)));
        }
        if self.take(&["anzahl", "zahl"]) {
            self.skip(&[
                "der",
                "des",
                "von",
                "aus",
                "in",
                "im",
                "ausgefüllten",
                "befüllten",
                "angelegten",
                "erfassten",
            ]);
            self.skip(&[
                "einträge",
                "einträgen",
                "wiederholungen",
                "instanzen",
                "vorkommen",
                "datensätze",
                "angaben",
            ]);
            self.skip(&[
                "der",
                "des",
                "von",
                "aus",
                "in",
                "im",
                "zu",
                "für",
                "ausgefüllten",
                "befüllten",
            ]);
            let element = self.element()?;
            let repeats = self.plan.get(element).is_some_and(|element| element.repeats);
            return if repeats {
                Ok(Expression::Occurrences(element))
            } else {
                self.stop("only what repeats can be counted")
            };
        }
        if self.take(&["länge", "zeichenlänge", "stellenanzahl"]) {
            self.skip(&of);
            let element = self.element()?;
            return self.length(element);
        }
        if self.take(&["jahr", "jahreszahl", "kalenderjahr"]) {
            self.skip(&of);
            let day = self.factor(MAX_DEPTH / 2)?;
            return if self.type_of(&day) == Type::Date {
                Ok(Expression::Year(Box::new(day)))
            } else {
                self.stop("expected a day")
            };
        }
        self.no()
    }

    pub fn length(&mut self, element: usize) -> Result<Expression, Stop> {
        let text = self.answer(element)?;
        if self.type_of(&text) == Type::Text {
            Ok(Expression::Length(element))
        } else {
            self.stop("only texts have a length")
        }
    }
}
