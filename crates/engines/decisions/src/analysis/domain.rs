//! What an input column can hold, cut into regions none of whose cells tells two values apart.
//!
//! Cells compare with literals only, so between two neighbouring literals all values are alike. One value of each region is
//! asked of each cell by the code that takes decisions; what it answers holds for the whole region.

use super::{GapKind, Why};
use crate::number::Number;
use crate::test::{Test, Tests};
use crate::types::{Base, Type};
use crate::value::Value;
use crate::values::feel;
use dsntk_feel::values::Value as Library;
use dsntk_feel::{Evaluator, FeelNumber, FeelScope, Name};
use dsntk_feel_evaluator::prepare;
use dsntk_feel_parser::AstNode;
use std::cmp::Ordering;
use std::sync::OnceLock;

/// Kinds of values a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    Number,
    String,
    Date,
    Time,
    DateTime,
    Days,
    Months,
}

impl Kind {
    fn of(value: &Value) -> Option<Kind> {
        Some(match value {
            Value::Boolean(_) => Kind::Boolean,
            Value::Number(_) => Kind::Number,
            Value::String(_) => Kind::String,
            Value::Date(_) => Kind::Date,
            Value::Other(other) => match other.as_ref() {
                Library::Time(_) => Kind::Time,
                Library::DateTime(_) => Kind::DateTime,
                Library::DaysAndTimeDuration(_) => Kind::Days,
                Library::YearsAndMonthsDuration(_) => Kind::Months,
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Name of the type in FEEL.
    fn name(self) -> &'static str {
        match self {
            Kind::Boolean => "boolean",
            Kind::Number => "number",
            Kind::String => "string",
            Kind::Date => "date",
            Kind::Time => "time",
            Kind::DateTime => "date and time",
            Kind::Days => "days and time duration",
            Kind::Months => "years and months duration",
        }
    }

    fn of_type(ty: &Type) -> Option<Kind> {
        Some(match ty.base {
            Base::Boolean => Kind::Boolean,
            Base::Number => Kind::Number,
            Base::String => Kind::String,
            Base::Date => Kind::Date,
            Base::Time => Kind::Time,
            Base::DateTime => Kind::DateTime,
            Base::DaysDuration => Kind::Days,
            Base::MonthsDuration => Kind::Months,
            Base::Any | Base::Context(..) | Base::List(_) => return None,
        })
    }
}

/// Values no cell tells apart.
#[derive(Clone)]
pub(super) struct Atom {
    /// One of them; null for the missing value.
    pub value: Value,
    place: Place,
}

#[derive(Clone, PartialEq)]
enum Place {
    /// Exactly the value.
    Point,
    /// Between two bounds of the column, by their numbers; none where there is no end.
    Between(Option<usize>, Option<usize>),
    /// Every text nobody names.
    Else,
    /// Every value of another kind than this one.
    Other(Kind),
    Missing,
    /// Everything: the column is not looked at.
    All,
}

/// The regions of a column.
pub(super) struct Domain {
    pub atoms: Vec<Atom>,
    bounds: Vec<Value>,
    /// Why cells of this column cannot be analysed, where that is so.
    pub fault: Option<Why>,
}

/// The literals a cell compares with; none when it does something else too.
fn literals(tests: &Tests) -> Option<Vec<&Value>> {
    let tests = match tests {
        Tests::Any => return Some(vec![]),
        Tests::Some(tests) | Tests::None(tests) => tests,
    };
    let mut found = Vec::new();
    for test in tests {
        match test {
            Test::Equal(value)
            | Test::Less(value)
            | Test::LessOrEqual(value)
            | Test::Greater(value)
            | Test::GreaterOrEqual(value) => found.push(value),
            Test::Between { start, end, .. } => found.extend([start, end]),
            Test::Condition(_) | Test::Against(_) => return None,
        }
    }
    Some(found)
}

fn orders(tests: &Tests) -> bool {
    match tests {
        Tests::Any => false,
        Tests::Some(tests) | Tests::None(tests) => tests.iter().any(|test| !matches!(test, Test::Equal(_))),
    }
}

/// Whether a cell compares with nothing but literals.
pub(super) fn exact(tests: &Tests) -> bool {
    literals(tests).is_some()
}

/// Whether a cell compares with something that values of another kind cannot be compared with: anything but null.
pub(super) fn fails_otherwise(tests: &Tests) -> bool {
    match literals(tests) {
        Some(values) => !values.iter().all(|value| value.is_null()),
        // What it says of them is not known.
        None => false,
    }
}

impl Domain {
    /// A column about which nothing can be said.
    pub fn opaque(why: Why) -> Domain {
        Domain {
            atoms: vec![Atom {
                value: Value::Null,
                place: Place::All,
            }],
            bounds: vec![],
            fault: Some(why),
        }
    }

    /// The regions of a column with these cells. `types` are those its expression certainly has, in each table or, if it is `open`, in
    /// some; `allowed` is what each of so many tables takes; what no type and no table admits is left out. `boolean` tells that the
    /// expression is a condition.
    pub fn new(
        cells: &[&Tests],
        (types, open): (&[&Type], bool),
        (tables, allowed): (usize, &[(usize, &Tests)]),
        boolean: bool,
    ) -> Domain {
        let by_type = types.iter().filter_map(|ty| ty.allowed.as_ref());
        let by_type: Vec<&Tests> = by_type.map(|allowed| allowed.tests.as_ref()).collect();
        let limits = || by_type.iter().chain(allowed.iter().map(|(_, tests)| tests)).copied();
        let all = || cells.iter().copied().chain(limits());
        let values: Vec<&Value> = all().filter_map(literals).flatten().collect();
        let mut declared = types.iter().filter_map(|ty| Kind::of_type(ty));
        let mut kind = declared.next();
        let mut fault = None;
        if declared.any(|other| Some(other) != kind) {
            fault = Some(Why::SeveralKinds);
        }
        kind = kind.or(boolean.then_some(Kind::Boolean));
        if kind.is_none() {
            let mut kinds = values.iter().filter_map(|value| Kind::of(value));
            kind = kinds.next();
            if kinds.any(|other| Some(other) != kind) {
                fault = Some(Why::SeveralKinds);
            }
        }
        if types
            .iter()
            .any(|ty| matches!(ty.base, Base::Context(..) | Base::List(_)))
        {
            fault = Some(Why::Composite);
        }
        if !limits().all(exact) {
            fault = Some(Why::AllowedNotLiteral);
        }
        if let Some(why) = fault {
            return Domain::opaque(why);
        }
        let mut domain = Domain {
            atoms: vec![],
            bounds: vec![],
            fault: None,
        };
        let mut add = |value: Value, place: Place| domain.atoms.push(Atom { value, place });
        let Some(kind) = kind else {
            if values.is_empty() {
                add(Value::Null, Place::All);
            } else {
                // What is compared with null only.
                add(Value::Number(Number::Whole(1)), Place::Between(None, None));
                add(Value::Null, Place::Missing);
            }
            return domain;
        };
        let mut bounds: Vec<Value> = values
            .into_iter()
            .filter(|value| Kind::of(value) == Some(kind))
            .cloned()
            .collect();
        let ordered = |first: &Value| bounds.iter().all(|bound| bound.compare(first).is_some());
        if kind != Kind::Boolean && !bounds.first().is_none_or(ordered) {
            return Domain::opaque(Why::NotOrdered);
        }
        bounds.sort_by(|one, other| one.compare(other).unwrap_or(Ordering::Equal));
        bounds.dedup_by(|one, other| one.compare(other) == Some(Ordering::Equal) && kind != Kind::Boolean);
        domain.bounds = bounds;
        domain.cut(kind, all().any(orders));
        let mut add = |value: Value, place: Place| domain.atoms.push(Atom { value, place });
        if open || types.iter().any(|ty| matches!(ty.base, Base::Any)) {
            let other = match kind {
                Kind::Number => Value::text("etwas"),
                _ => Value::Number(Number::Whole(1)),
            };
            add(other, Place::Other(kind));
        }
        add(Value::Null, Place::Missing);
        // Each version of a table is asked what its own types and columns admit.
        let typed = by_type.len() == types.len() && !types.is_empty() && !open;
        domain.atoms.retain(|atom| {
            let mut admitted = (0..tables).map(|table| {
                let own = allowed.iter().filter(|(of, _)| *of == table);
                own.map(|(_, tests)| tests)
                    .all(|tests| tests.matches_alone(&atom.value))
            });
            let fits = !typed || by_type.iter().any(|tests| tests.matches_alone(&atom.value));
            fits && admitted.any(|admits| admits)
        });
        domain
    }

    fn cut(&mut self, kind: Kind, ordered: bool) {
        let mut add = |value: Option<Value>, place: Place| {
            self.atoms.extend(value.map(|value| Atom { value, place }));
        };
        match kind {
            Kind::Boolean => {
                for value in [true, false] {
                    add(Some(Value::Boolean(value)), Place::Point);
                }
                return;
            }
            Kind::String if !ordered => {
                for bound in &self.bounds {
                    add(Some(bound.clone()), Place::Point);
                }
                let mut other = "etwas anderes".to_owned();
                while self.bounds.iter().any(|bound| bound.same(&Value::text(&other))) {
                    other.push('…');
                }
                add(Some(Value::text(&other)), Place::Else);
                return;
            }
            _ => {}
        }
        let (Some(first), Some(last)) = (self.bounds.first(), self.bounds.last()) else {
            add(some(kind), Place::Between(None, None));
            return;
        };
        add(below(kind, first), Place::Between(None, Some(0)));
        for (index, bound) in self.bounds.iter().enumerate() {
            add(Some(bound.clone()), Place::Point);
            if let Some(next) = self.bounds.get(index + 1) {
                add(between(kind, bound, next), Place::Between(Some(index), Some(index + 1)));
            }
        }
        add(above(kind, last), Place::Between(Some(self.bounds.len() - 1), None));
    }

    /// What kind of values a region holds.
    pub fn kind(&self, atom: usize) -> GapKind {
        let number = |index: usize| match self.bounds.get(index) {
            Some(Value::Number(Number::Whole(number))) => Some(*number),
            _ => None,
        };
        match self.atoms.get(atom).map(|atom| &atom.place) {
            Some(Place::Missing) => GapKind::Missing,
            Some(Place::Other(_)) => GapKind::OtherKind,
            Some(Place::Between(Some(low), Some(high))) => match (number(*low), number(*high)) {
                (Some(low), Some(high)) if low.checked_add(1) == Some(high) => GapKind::Fractions,
                _ => GapKind::Values,
            },
            _ => GapKind::Values,
        }
    }

    /// Whether these are all regions. Values of another kind, which cannot be compared, are no part of what cells are about.
    pub fn is_whole(&self, atoms: &[usize]) -> bool {
        let compared = |atom: &&Atom| !atom.is_of_other_kind();
        let found = atoms.iter().filter_map(|&atom| self.atoms.get(atom));
        found.filter(compared).count() == self.atoms.iter().filter(compared).count()
    }

    /// The regions as FEEL would write them: `< 5, [10..12)`; `-` when it is all of them.
    pub fn describe(&self, atoms: &[usize]) -> String {
        if self.is_whole(atoms) {
            return "-".to_owned();
        }
        let mut parts = Vec::new();
        let mut index = 0;
        let has_else = self.atoms.iter().any(|atom| atom.place == Place::Else);
        while let Some(&first) = atoms.get(index) {
            let mut last = first;
            while atoms.get(index + 1) == Some(&(last + 1)) && !has_else && self.joins(last, last + 1) {
                index += 1;
                last += 1;
            }
            index += 1;
            parts.push(self.range(first, last));
        }
        parts.join(", ")
    }

    /// Whether nothing that can be held lies between two neighbouring atoms.
    fn joins(&self, one: usize, other: usize) -> bool {
        let ordered = |index: usize| {
            self.atoms.get(index).is_some_and(|atom| match atom.place {
                Place::Point => !matches!(atom.value, Value::Boolean(_)) && self.bound(&atom.value).is_some(),
                Place::Between(..) => true,
                _ => false,
            })
        };
        ordered(one) && ordered(other) && self.end(one) == self.begin(other)
    }

    fn bound(&self, value: &Value) -> Option<usize> {
        let order = |bound: &Value| bound.compare(value).unwrap_or(Ordering::Less);
        self.bounds.binary_search_by(order).ok()
    }

    /// Where an atom begins, in steps: bounds are the odd ones, what lies between them the even ones.
    fn begin(&self, atom: usize) -> Option<usize> {
        let atom = self.atoms.get(atom)?;
        Some(match atom.place {
            Place::Between(start, _) => start.map_or(0, |start| 2 * start + 2),
            _ => 2 * self.bound(&atom.value)? + 1,
        })
    }

    fn end(&self, atom: usize) -> Option<usize> {
        Some(self.begin(atom)? + 1)
    }

    fn range(&self, first: usize, last: usize) -> String {
        let text = |index: usize| self.bounds.get(index).map(feel).unwrap_or_default();
        let (Some(start), Some(end)) = (self.atoms.get(first), self.atoms.get(last)) else {
            return String::new();
        };
        match (&start.place, &end.place) {
            (Place::Missing, _) => "null".to_owned(),
            (Place::All, _) => "-".to_owned(),
            (Place::Other(kind), _) => format!("not(null, ? instance of {})", kind.name()),
            (Place::Else, _) => {
                let named: Vec<String> = self.bounds.iter().map(feel).collect();
                if named.is_empty() {
                    "-".to_owned()
                } else {
                    format!("not({})", named.join(", "))
                }
            }
            (Place::Point, Place::Point) if first == last => feel(&start.value),
            _ => {
                let (low, low_closed) = match start.place {
                    Place::Between(low, _) => (low, false),
                    _ => (self.bound(&start.value), true),
                };
                let (high, high_closed) = match end.place {
                    Place::Between(_, high) => (high, false),
                    _ => (self.bound(&end.value), true),
                };
                match (low, high) {
                    (None, None) => "not(null)".to_owned(),
                    (Some(low), None) => format!("{} {}", if low_closed { ">=" } else { ">" }, text(low)),
                    (None, Some(high)) => format!("{} {}", if high_closed { "<=" } else { "<" }, text(high)),
                    (Some(low), Some(high)) => format!(
                        "{}{}..{}{}",
                        if low_closed { '[' } else { '(' },
                        text(low),
                        text(high),
                        if high_closed { ']' } else { ')' }
                    ),
                }
            }
        }
    }
}

impl Atom {
    /// Whether this stands for the missing value.
    pub fn is_missing(&self) -> bool {
        self.place == Place::Missing
    }

    /// Whether this stands for the values of another kind.
    pub fn is_of_other_kind(&self) -> bool {
        matches!(self.place, Place::Other(_))
    }

    /// The value as a person reads it in an example; none where anything will do.
    pub fn example(&self) -> Option<&Value> {
        (self.place != Place::All).then_some(&self.value)
    }
}

/// Any value of the kind.
fn some(kind: Kind) -> Option<Value> {
    let text = |text: &str| Some(Value::text(text));
    match kind {
        Kind::Boolean => Some(Value::Boolean(true)),
        Kind::Number => Some(Value::Number(Number::Whole(1))),
        Kind::String => text("etwas"),
        Kind::Date => at("2026-01-01"),
        Kind::Time => at("12:00:00"),
        Kind::DateTime => at("2026-01-01T12:00:00"),
        Kind::Days => at("P1D"),
        Kind::Months => at("P1M"),
    }
}

fn at(text: &str) -> Option<Value> {
    let value = prepare(&AstNode::At(text.to_owned()))(&FeelScope::default());
    Some(Value::from_library(value)).filter(|value| !value.is_null())
}

/// Steps by which values of a kind are moved to find a neighbour, coarse ones first, the last one the least there is.
fn steps(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Date => &["P1D"],
        Kind::Months => &["P1M"],
        Kind::Time => &["PT1H", "PT1S", "PT0.000000001S"],
        Kind::DateTime | Kind::Days => &["P1D", "PT1S", "PT0.000000001S"],
        Kind::Boolean | Kind::Number | Kind::String => &[],
    }
}

fn moved(value: &Value, step: &str, forward: bool) -> Option<Value> {
    static MOVES: OnceLock<[Evaluator; 2]> = OnceLock::new();
    let name = |text: &str| Box::new(AstNode::Name(Name::from(text)));
    let [add, sub] = MOVES.get_or_init(|| {
        [
            prepare(&AstNode::Add(name("value"), name("step"))),
            prepare(&AstNode::Sub(name("value"), name("step"))),
        ]
    });
    let scope = FeelScope::default();
    scope.set_value(&Name::from("value"), value.to_library());
    scope.set_value(&Name::from("step"), at(step)?.to_library());
    let moved = Value::from_library(if forward { add(&scope) } else { sub(&scope) });
    // Times of day begin again at midnight.
    let order = moved.compare(value)?;
    (order.is_gt() == forward && order.is_ne()).then_some(moved)
}

fn below(kind: Kind, bound: &Value) -> Option<Value> {
    match (kind, bound) {
        (Kind::Number, Value::Number(number)) => Some(Value::Number(whole_below(number)?)),
        (Kind::String, Value::String(text)) => (!text.is_empty()).then(|| Value::text("")),
        _ => steps(kind).iter().find_map(|step| moved(bound, step, false)),
    }
}

fn above(kind: Kind, bound: &Value) -> Option<Value> {
    match (kind, bound) {
        (Kind::Number, Value::Number(number)) => Some(Value::Number(&number.floor()? + &Number::Whole(1))),
        (Kind::String, Value::String(text)) => Some(Value::text(&format!("{text}\0"))),
        _ => steps(kind).iter().find_map(|step| moved(bound, step, true)),
    }
}

fn whole_below(number: &Number) -> Option<Number> {
    let floor = number.floor()?;
    Some(if floor < *number {
        floor
    } else {
        &floor - &Number::Whole(1)
    })
}

fn between(kind: Kind, low: &Value, high: &Value) -> Option<Value> {
    let inside = |value: Value| (value.compare(high) == Some(Ordering::Less)).then_some(value);
    match (kind, low, high) {
        (Kind::Number, Value::Number(start), Value::Number(end)) => {
            let next = &start.floor()? + &Number::Whole(1);
            let middle = || &(start + end) * &Number::decimal(FeelNumber::new(5, 1));
            inside(Value::Number(next)).or_else(|| inside(Value::Number(middle())))
        }
        (Kind::String, Value::String(_), _) => inside(above(kind, low)?),
        _ => steps(kind)
            .iter()
            .filter_map(|step| moved(low, step, true))
            .find_map(inside),
    }
}
