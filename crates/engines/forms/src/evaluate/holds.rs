//! Whether a condition holds in one occurrence of what its elements share.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;

use jiff::civil::Date;
use serde_json::Value;
use wegfrei_model::{Iban, IdNr};

use crate::form::Check;
use crate::rule::{Condition, Expression, Op, Stored};
use crate::sheet::Sheet;
use crate::{check, input, walk};

/// The answers a statement looks at.
pub(super) struct View<'v> {
    pub sheet: &'v Sheet<'v>,
    pub hidden: &'v [bool],
    pub range: &'v Range<usize>,
    /// The place of the group the range lies in.
    pub within: Option<usize>,
    /// Of this element only the answer at this place.
    pub only: Option<(usize, usize)>,
    pub today: Option<Date>,
}

/// A value of an expression.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Given<'v> {
    Text(&'v str),
    Number(f64),
    Bool(bool),
    Date(Date),
    /// A day and the time on it, as stored.
    Moment(Date, &'v str),
}

impl<'v> View<'v> {
    /// The places of an element that are visible, with their answers that are not empty.
    fn answered(&self, element: usize) -> impl Iterator<Item = (usize, &'v Value)> {
        let places = match &self.only {
            Some((one, place)) if *one == element => std::slice::from_ref(place),
            _ => self.sheet.within(element, self.range),
        };
        places
            .iter()
            .copied()
            .filter(|place| !self.is_hidden(*place))
            .filter_map(|place| Some((place, self.sheet.places.get(place)?.value?)))
            .filter(|(_, value)| !walk::is_empty(Some(value)))
    }

    fn answers(&self, element: usize) -> impl Iterator<Item = &'v Value> {
        self.answered(element).map(|(_, value)| value)
    }

    pub fn is_hidden(&self, place: usize) -> bool {
        self.hidden.get(place).is_none_or(|hidden| *hidden)
    }

    fn is_empty(&self, element: usize) -> bool {
        self.answers(element).next().is_none()
    }

    pub fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Always => true,
            Condition::All(parts) => parts.iter().all(|part| self.holds(part)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Condition::Not(part) => !self.holds(part),
            Condition::Empty(element) => self.is_empty(*element),
            Condition::Count { parts, least, most } => {
                let count = parts.iter().filter(|part| self.holds(part)).count();
                (*least..=*most).contains(&count)
            }
            // `<>` is the opposite of `=`: an empty field is not equal to anything.
            Condition::Compare {
                left,
                op: Op::NotEqual,
                right,
            } => !self.compares(left, Op::Equal, right),
            Condition::Compare { left, op, right } => self.compares(left, *op, right),
            Condition::Matches { element, pattern } => self.each(*element, |value| {
                value.as_str().is_some_and(|text| pattern.is_match(text))
            }),
            Condition::Contains { element, part } => self
                .answers(*element)
                .any(|value| value.as_str().is_some_and(|text| text.contains(part.as_str()))),
            Condition::Calendar { day, month, year } => self.date_of(*day, *month, *year, false).is_some(),
            Condition::Unique(element) => {
                let mut seen = HashSet::new();
                self.answers(*element).all(|value| seen.insert(value.to_string()))
            }
            Condition::Each { element, part } => {
                let mut places = self.answered(*element).map(|(place, _)| place).peekable();
                let holds = |place| {
                    let only = Some((*element, place));
                    View { only, ..*self }.holds(part)
                };
                places.peek().is_some() && places.all(holds)
            }
            Condition::Genuine { element, check } => self.each(*element, |value| {
                let text = value.as_str().unwrap_or_default();
                match check {
                    Check::Iban => Iban::parse(text).is_ok(),
                    Check::IdNr => IdNr::parse(text).is_ok(),
                }
            }),
        }
    }

    /// There is an answer, and each is so.
    fn each(&self, element: usize, is: impl Fn(&Value) -> bool) -> bool {
        let mut answers = self.answers(element).peekable();
        answers.peek().is_some() && answers.all(is)
    }

    fn compares(&self, left: &Expression, op: Op, right: &Expression) -> bool {
        let right = self.values(right);
        let fits = |left: &Given| {
            let mut right = right.iter();
            right.any(|right| ordered(*left, *right).is_some_and(|order| op.fits(order)))
        };
        self.values(left).iter().any(fits)
    }

    fn values<'a>(&'a self, expression: &'a Expression) -> Vec<Given<'a>> {
        match expression {
            Expression::Answer { element, kind } => self
                .answers(*element)
                .filter_map(|value| match (value, kind) {
                    (Value::String(text), Stored::Day) => check::stored_date(text).map(Given::Date),
                    (Value::String(text), Stored::Moment) => {
                        check::stored_datetime(text).map(|(day, time)| Given::Moment(day, time))
                    }
                    (Value::String(text), _) => Some(Given::Text(text)),
                    (Value::Bool(yes), _) => Some(Given::Bool(*yes)),
                    (Value::Number(cents), Stored::Cents) => cents.as_f64().map(|cents| Given::Number(cents / 100.0)),
                    (Value::Number(number), _) => number.as_f64().map(Given::Number),
                    _ => None,
                })
                .collect(),
            Expression::Code(element) => {
                let number = |value: &Value| match value {
                    Value::String(text) => input::number_of(text),
                    other => other.as_f64(),
                };
                self.answers(*element).filter_map(number).map(Given::Number).collect()
            }
            Expression::Parts { day, month, year } => self
                .date_of(*day, *month, *year, true)
                .map(Given::Date)
                .into_iter()
                .collect(),
            Expression::Text(text) => vec![Given::Text(text)],
            Expression::Number(number) => vec![Given::Number(*number)],
            Expression::Bool(yes) => vec![Given::Bool(*yes)],
            Expression::Date(day) => vec![Given::Date(*day)],
            Expression::Today => self.today.map(Given::Date).into_iter().collect(),
            Expression::Shift(of, span) => {
                let days = self.values(of).into_iter().filter_map(dated);
                days.filter_map(|day| span.after(day)).map(Given::Date).collect()
            }
            Expression::Sum(parts) => {
                let mut sum = None;
                for (factor, part) in parts {
                    for number in self.values(part).into_iter().filter_map(number) {
                        sum = Some(sum.unwrap_or(0.0) + factor * number);
                    }
                }
                sum.map(Given::Number).into_iter().collect()
            }
            Expression::Product(left, right) => {
                let one = |side| self.values(side).into_iter().find_map(number);
                one(left)
                    .zip(one(right))
                    .map(|(left, right)| Given::Number(left * right))
                    .into_iter()
                    .collect()
            }
            Expression::Occurrences(element) => vec![Given::Number(self.answers(*element).count() as f64)],
            Expression::Length(element) => self
                .answers(*element)
                .filter_map(Value::as_str)
                .map(|text| Given::Number(text.chars().count() as f64))
                .collect(),
            Expression::Year(of) => {
                let days = self.values(of).into_iter().filter_map(dated);
                days.map(|day| Given::Number(f64::from(day.year()))).collect()
            }
        }
    }

    /// A day from three fields. With `last`, what is missing counts as the last day possible.
    fn date_of(&self, day: usize, month: usize, year: usize, last: bool) -> Option<Date> {
        let part = |element: usize| {
            let value = self.answers(element).next()?;
            match value {
                Value::String(text) => text.trim().parse::<i16>().ok(),
                other => other.as_i64().and_then(|number| i16::try_from(number).ok()),
            }
        };
        let year = part(year)?;
        let small = |element| part(element).and_then(|number| i8::try_from(number).ok());
        let month = small(month).or(last.then_some(12))?;
        let first = Date::new(year, month, 1).ok()?;
        let day = small(day).or(last.then(|| first.days_in_month()))?;
        Date::new(year, month, day).ok()
    }
}

fn number(value: Given) -> Option<f64> {
    match value {
        Given::Number(number) => Some(number),
        _ => None,
    }
}

fn dated(value: Given) -> Option<Date> {
    match value {
        Given::Date(day) | Given::Moment(day, _) => Some(day),
        _ => None,
    }
}

/// Amounts and sums are compared to the millionth: sums of decimal fractions are never exact.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round()
}

fn ordered(left: Given, right: Given) -> Option<Ordering> {
    match (left, right) {
        (Given::Number(left), Given::Number(right)) => rounded(left).partial_cmp(&rounded(right)),
        (Given::Bool(left), Given::Bool(right)) => Some(left.cmp(&right)),
        (Given::Text(left), Given::Text(right)) => Some(left.cmp(right)),
        (Given::Moment(day, time), Given::Moment(other, hour)) => Some((day, time).cmp(&(other, hour))),
        // A point in time and a day are compared by their days.
        _ => Some(dated(left)?.cmp(&dated(right)?)),
    }
}
