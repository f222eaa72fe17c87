//! The answers that count.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::data::Data;
use crate::form::Form;
use crate::sheet::{Plan, Sheet};
use crate::walk;

/// A field or group of a form, by [`Form::element`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElementRef(usize);

/// An occurrence of a field or group in [`Answers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence(usize);

/// The answers that count, where they lie: all but hidden and empty ones and unknown keys.
pub struct Answers<'a> {
    plan: &'a Plan,
    sheet: Sheet<'a>,
    counts: Vec<bool>,
}

impl Form {
    /// The field or group at a path without indices.
    pub fn element(&self, path: &str) -> Option<ElementRef> {
        self.plan.find(path).map(ElementRef)
    }

    /// The answers that count. What rules show or hide by the day of evaluation is kept as it was answered.
    pub fn answers<'a>(&'a self, data: &'a Data) -> Answers<'a> {
        let sheet = Sheet::new(&self.plan, data);
        let hidden = self.settle(&sheet, None);
        let mut counts = vec![false; sheet.places.len()];
        // From the end: a group counts when something inside does.
        for (at, place) in sheet.places.iter().enumerate().rev() {
            let answer = self
                .plan
                .get(place.element)
                .is_some_and(|element| !element.group && !element.note);
            let filled = answer
                && !sheet.is_fixed(at)
                && !hidden.get(at).is_some_and(|hidden| *hidden)
                && !walk::is_empty(place.value);
            if let Some(own) = counts.get_mut(at) {
                *own |= filled;
                if *own && let Some(above) = place.above.and_then(|above| counts.get_mut(above)) {
                    *above = true;
                }
            }
        }
        // A fixed value counts beside other answers of its group, not by itself.
        for (at, place) in sheet.places.iter().enumerate() {
            let beside = place
                .above
                .is_none_or(|above| counts.get(above).is_some_and(|counts| *counts));
            let shown = !hidden.get(at).is_some_and(|hidden| *hidden);
            if sheet.is_fixed(at)
                && let Some(own) = counts.get_mut(at)
            {
                *own = beside && shown;
            }
        }
        Answers {
            plan: &self.plan,
            sheet,
            counts,
        }
    }

    /// The answers that count: values of hidden fields, empty values and unknown keys are dropped.
    pub fn prune(&self, data: &Data) -> Data {
        let answers = self.answers(data);
        Value::Object(answers.object(0..answers.sheet.places.len()))
    }
}

impl Answers<'_> {
    /// The occurrences of an element that count: inside `around` when the element lies there, else from the top. On the way, of
    /// what repeats the first counts.
    pub fn all(&self, element: ElementRef, around: Option<Occurrence>) -> impl Iterator<Item = Occurrence> {
        let range = self.range(element, around).unwrap_or_default();
        self.counting(element, range)
    }

    /// The answer of a field, by the rules of [`Answers::all`]; a list when it repeats.
    pub fn value(&self, field: ElementRef, around: Option<Occurrence>) -> Option<Value> {
        let range = self.range(field, around)?;
        let mut places = self.counting(field, range).filter_map(|at| self.sheet.places.get(at.0));
        let first = places.next()?;
        let planned = self.plan.get(field.0)?;
        let value = planned.stored(first.value?);
        if !first.listed {
            return Some(value);
        }
        let more = places.filter_map(|place| place.value.map(|value| planned.stored(value)));
        Some(Value::Array(std::iter::once(value).chain(more).collect()))
    }

    fn counting(&self, element: ElementRef, range: Range<usize>) -> impl Iterator<Item = Occurrence> {
        let places = self.sheet.within(element.0, &range).iter();
        let counting = places.filter(|at| self.counts.get(**at).is_some_and(|counts| *counts));
        counting.map(|at| Occurrence(*at))
    }

    /// The places an element may lie at.
    fn range(&self, element: ElementRef, around: Option<Occurrence>) -> Option<Range<usize>> {
        let Some(group) = self.plan.get(element.0)?.above else {
            return Some(0..self.sheet.places.len());
        };
        let known = around.filter(|at| self.sheet.places.get(at.0).is_some_and(|place| place.element == group));
        let within = match known {
            Some(at) => at,
            None => self
                .counting(ElementRef(group), self.range(ElementRef(group), around)?)
                .next()?,
        };
        Some(self.sheet.inside(within.0))
    }

    /// What counts among the places `range`, as JSON.
    fn object(&self, range: Range<usize>) -> Map<String, Value> {
        let mut object = Map::new();
        let mut at = range.start;
        while let Some(place) = self.sheet.places.get(at).filter(|_| at < range.end) {
            let counts = self.counts.get(at).is_some_and(|counts| *counts);
            if let Some(element) = self.plan.get(place.element).filter(|_| counts) {
                let value = if element.group {
                    Value::Object(self.object(at + 1..place.end))
                } else {
                    place.value.map(|value| element.stored(value)).unwrap_or_default()
                };
                match object.get_mut(&element.id) {
                    Some(Value::Array(list)) if place.listed => list.push(value),
                    _ if place.listed => drop(object.insert(element.id.clone(), Value::Array(vec![value]))),
                    _ => drop(object.insert(element.id.clone(), value)),
                }
            }
            at = place.end;
        }
        object
    }
}
