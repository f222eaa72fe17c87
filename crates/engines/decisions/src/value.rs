//! FEEL values as this crate holds them: cheap to copy, shared where they are large.
//!
//! The FEEL library copies whole lists and contexts at every step. Here they stand behind an [`Arc`]; numbers, dates and
//! the rarer kinds stay those of the library, so that arithmetic and comparison are its own.

use crate::cost;
use crate::number::Number;
use dsntk_feel::Name;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as Library;
use dsntk_feel_temporal::FeelDate;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// A FEEL value.
#[derive(Clone)]
pub(crate) enum Value {
    Null,
    /// The null of a failed expression, with what the library says about it; without words when it failed natively.
    Failed(Option<Arc<str>>),
    Boolean(bool),
    Number(Number),
    String(Arc<str>),
    Date(FeelDate),
    List(Arc<[Value]>),
    Context(Arc<Record>),
    /// Times, durations, ranges, functions.
    Other(Arc<Library>),
}

/// What the library must look at, because native evaluation does not know or cannot explain it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unusual;

/// A context: values in the order of its shape.
pub(crate) struct Record {
    shape: Arc<Shape>,
    values: Box<[Value]>,
    /// Id of the type this was last found to conform to. A record passes from decision to decision and never changes.
    pub conforms: AtomicU64,
    /// How many units it weighs (see [`crate::cost`]) and, in the lower [`HEIGHT`] bits, how deep its values nest, once that was counted.
    counted: AtomicUsize,
}

const HEIGHT: u32 = 8;

/// The names of a context, each once, in the order they were written first.
pub(crate) struct Shape {
    /// Of no other shape; from 1.
    id: u64,
    names: Box<[Arc<str>]>,
    /// The places of the names in their alphabetical order.
    sorted: Box<[usize]>,
}

impl Shape {
    fn new(names: &[&str]) -> Shape {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let mut sorted: Box<[usize]> = (0..names.len()).collect();
        sorted.sort_unstable_by_key(|place| names.get(*place));
        Shape {
            id: LAST.fetch_add(1, Relaxed) + 1,
            names: names.iter().map(|name| Arc::from(*name)).collect(),
            sorted,
        }
    }

    fn name(&self, place: usize) -> &str {
        self.names.get(place).map_or("", AsRef::as_ref)
    }
}

/// A shape, and where in it each member stands that someone wrote.
pub(crate) struct Layout {
    shape: Arc<Shape>,
    /// None when each stands at its own place, because no name was written twice.
    places: Option<Box<[usize]>>,
    members: Box<[Member]>,
}

impl Layout {
    /// Of two members with one name the later counts.
    pub fn new<'n>(written: impl Iterator<Item = &'n str>) -> Layout {
        let written: Vec<&str> = written.collect();
        let mut names: Vec<&str> = Vec::with_capacity(written.len());
        let mut places = Vec::with_capacity(written.len());
        let mut known = HashMap::with_capacity(written.len());
        for name in &written {
            places.push(*known.entry(*name).or_insert_with(|| {
                names.push(name);
                names.len() - 1
            }));
        }
        Layout {
            places: (names.len() < written.len()).then(|| places.into_boxed_slice()),
            members: written.iter().map(|name| Member::new(name)).collect(),
            shape: Arc::new(Shape::new(&names)),
        }
    }

    /// The context with these members, in the order written.
    pub fn context(&self, members: impl IntoIterator<Item = Value>) -> Value {
        let values = match &self.places {
            None => members.into_iter().collect(),
            Some(places) => {
                let mut values = vec![Value::Null; self.shape.names.len()].into_boxed_slice();
                for (&place, member) in places.iter().zip(members) {
                    if let Some(value) = values.get_mut(place) {
                        *value = member;
                    }
                }
                values
            }
        };
        Value::Context(Arc::new(Record {
            shape: Arc::clone(&self.shape),
            values,
            conforms: AtomicU64::new(0),
            counted: AtomicUsize::new(0),
        }))
    }

    /// The member written as number `index`, of any context; quick when the context has this shape.
    pub fn member<'r>(&self, index: usize, record: &'r Record) -> Option<&'r Value> {
        if Arc::ptr_eq(&self.shape, &record.shape) {
            let place = self.places.as_ref().map_or(Some(&index), |places| places.get(index));
            return record.values.get(*place?);
        }
        self.members.get(index)?.of(record)
    }
}

/// A member asked of one context after another. It remembers where it stands in the shape it met last, which changes the time
/// it takes, never what is found.
pub(crate) struct Member {
    name: Arc<str>,
    /// Id of that shape, and in the lower [`PLACE`] bits the place, all set when the shape has no such member.
    last: AtomicU64,
}

const PLACE: u32 = 16;
const NO_PLACE: usize = (1 << PLACE) - 1;

impl Member {
    pub fn new(name: &str) -> Member {
        Member {
            name: Arc::from(name),
            last: AtomicU64::new(0),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The member of this context.
    pub fn of<'r>(&self, record: &'r Record) -> Option<&'r Value> {
        let last = self.last.load(Relaxed);
        if last >> PLACE == record.shape.id {
            // A shape has fewer members than NO_PLACE, or it is not remembered.
            return record.values.get(last as usize & NO_PLACE);
        }
        let place = record.find(&self.name);
        if record.values.len() < NO_PLACE {
            let known = place.unwrap_or(NO_PLACE) as u64;
            self.last.store(record.shape.id << PLACE | known, Relaxed);
        }
        record.values.get(place?)
    }
}

impl Record {
    fn find(&self, name: &str) -> Option<usize> {
        let sorted = &self.shape.sorted;
        let at = sorted.binary_search_by(|place| self.shape.name(*place).cmp(name));
        sorted.get(at.ok()?).copied()
    }

    /// The member called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(self.find(name)?)
    }

    /// How many units it weighs and how many lists and contexts stand around one another in it, once they were counted and
    /// found to fit into JSON.
    pub fn counted(&self) -> Option<(usize, usize)> {
        match self.counted.load(Relaxed) {
            0 => None,
            known => Some((known >> HEIGHT, known & ((1 << HEIGHT) - 1))),
        }
    }

    /// Remembers what was counted.
    pub fn count(&self, units: usize, height: usize) {
        self.counted.store((units << HEIGHT) | height, Relaxed);
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// The values of all members, in no order that means something.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// All members, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        let places = self.shape.sorted.iter();
        places.filter_map(|place| Some((self.shape.name(*place), self.values.get(*place)?)))
    }
}

impl Value {
    /// A list.
    pub fn list(items: impl IntoIterator<Item = Value>) -> Value {
        Value::List(items.into_iter().collect())
    }

    /// A string.
    pub fn text(text: &str) -> Value {
        Value::String(Arc::from(text))
    }

    /// Null, for whatever reason.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null | Value::Failed(_))
    }

    /// From the library.
    pub fn from_library(value: Library) -> Value {
        match value {
            Library::Null(None) => Value::Null,
            Library::Null(Some(message)) => Value::Failed(Some(Arc::from(message))),
            Library::Boolean(value) => Value::Boolean(value),
            Library::Number(number) => Value::Number(number.into()),
            Library::String(text) => Value::String(Arc::from(text)),
            Library::Date(date) => Value::Date(date),
            Library::List(items) => Value::list(items.into_iter().map(Value::from_library)),
            Library::Context(context) => {
                let layout = Layout::new(context.keys().map(Name::as_str));
                layout.context(context.iter().map(|(_, value)| Value::from_library(value.clone())))
            }
            other => Value::Other(Arc::new(other)),
        }
    }

    /// For the library.
    pub fn to_library(&self) -> Library {
        match self {
            Value::Null => Library::Null(None),
            Value::Failed(message) => Library::Null(Some(message.as_deref().unwrap_or("has no value").to_owned())),
            Value::Boolean(value) => Library::Boolean(*value),
            Value::Number(number) => Library::Number(number.feel()),
            Value::String(text) => Library::String(text.to_string()),
            Value::Date(date) => Library::Date(date.clone()),
            Value::List(items) => Library::List(items.iter().map(Value::to_library).collect()),
            Value::Context(record) => {
                let mut context = FeelContext::default();
                for (name, value) in record.iter() {
                    context.set_entry(&Name::from(name), value.to_library());
                }
                Library::Context(context)
            }
            Value::Other(other) => Library::clone(other),
        }
    }

    /// Whether two values are equal as FEEL compares them; none when it would not compare them.
    pub fn equals(&self, other: &Value) -> Result<Option<bool>, Unusual> {
        Ok(match (self, other) {
            // The library tells nulls of failed coercions from others.
            (Value::Failed(_), _) | (_, Value::Failed(_)) => return Err(Unusual),
            (Value::Null, other) | (other, Value::Null) => Some(matches!(other, Value::Null)),
            (Value::Other(left), Value::Other(right)) => return temporal_equals(left, right).ok_or(Unusual),
            (Value::Other(value), _) | (_, Value::Other(value)) if temporal(value) => None,
            (Value::Other(_), _) | (_, Value::Other(_)) => return Err(Unusual),
            (Value::Boolean(left), Value::Boolean(right)) => Some(left == right),
            (Value::Number(left), Value::Number(right)) => Some(left == right),
            (Value::String(left), Value::String(right)) => Some(same_text(left, right)),
            (Value::Date(left), Value::Date(right)) => Some(left == right),
            (Value::List(left), Value::List(right)) => {
                if left.len() != right.len() {
                    return Ok(Some(false));
                }
                cost::spend(left.len());
                for (left, right) in left.iter().zip(right.iter()) {
                    if left.equals(right)? != Some(true) {
                        return Ok(Some(false));
                    }
                }
                Some(true)
            }
            (Value::Context(left), Value::Context(right)) => {
                if left.values.len() != right.values.len() {
                    return Ok(Some(false));
                }
                cost::spend(left.values.len());
                for (name, value) in left.iter() {
                    let Some(other) = right.get(name) else {
                        return Ok(Some(false));
                    };
                    match value.equals(other)? {
                        Some(true) => {}
                        unequal => return Ok(unequal),
                    }
                }
                Some(true)
            }
            _ => None,
        })
    }

    /// Whether both are certainly equal, as table cells compare.
    pub fn same(&self, other: &Value) -> bool {
        match self.equals(other) {
            Ok(result) => result == Some(true),
            Err(Unusual) => {
                cost::spend(cost::weight(self).saturating_add(cost::weight(other)));
                dsntk_feel_evaluator::evaluate_equals(&self.to_library(), &other.to_library())
            }
        }
    }

    /// Whether both are the same value of the same kind, null included.
    pub fn identical(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Failed(left), Value::Failed(right)) => left == right,
            (Value::Boolean(left), Value::Boolean(right)) => left == right,
            (Value::Number(left), Value::Number(right)) => left == right,
            (Value::String(left), Value::String(right)) => same_text(left, right),
            (Value::Date(left), Value::Date(right)) => left == right,
            (Value::List(left), Value::List(right)) => {
                cost::spend(left.len().min(right.len()));
                let mut pairs = left.iter().zip(right.iter());
                left.len() == right.len() && pairs.all(|(left, right)| left.identical(right))
            }
            (Value::Context(left), Value::Context(right)) => {
                cost::spend(left.len().min(right.len()));
                let mut pairs = left.iter().zip(right.iter());
                left.len() == right.len()
                    && pairs.all(|((name, left), (other, right))| name == other && left.identical(right))
            }
            (Value::Other(left), Value::Other(right)) => {
                cost::spend(cost::weight(self));
                left == right
            }
            _ => false,
        }
    }

    /// Order of two values of the same ordered type; none for others, as in FEEL.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Number(left), Value::Number(right)) => left.partial_cmp(right),
            (Value::String(left), Value::String(right)) => {
                cost::spend_compared(left.len().min(right.len()));
                left.partial_cmp(right)
            }
            (Value::Date(left), Value::Date(right)) => left.partial_cmp(right),
            (Value::Other(left), Value::Other(right)) => match (left.as_ref(), right.as_ref()) {
                (Library::Time(left), Library::Time(right)) => left.partial_cmp(right),
                (Library::DateTime(left), Library::DateTime(right)) => left.partial_cmp(right),
                (Library::DaysAndTimeDuration(left), Library::DaysAndTimeDuration(right)) => left.partial_cmp(right),
                (Library::YearsAndMonthsDuration(left), Library::YearsAndMonthsDuration(right)) => {
                    left.partial_cmp(right)
                }
                _ => None,
            },
            _ => None,
        }
    }
}

fn same_text(left: &str, right: &str) -> bool {
    if left.len() != right.len() {
        return false;
    }
    cost::spend_compared(left.len());
    left == right
}

fn temporal(value: &Library) -> bool {
    matches!(
        value,
        Library::Time(_) | Library::DateTime(_) | Library::DaysAndTimeDuration(_) | Library::YearsAndMonthsDuration(_)
    )
}

fn temporal_equals(left: &Library, right: &Library) -> Option<Option<bool>> {
    Some(match (left, right) {
        (Library::Time(left), Library::Time(right)) => Some(left == right),
        (Library::DateTime(left), Library::DateTime(right)) => Some(left == right),
        (Library::DaysAndTimeDuration(left), Library::DaysAndTimeDuration(right)) => Some(left == right),
        (Library::YearsAndMonthsDuration(left), Library::YearsAndMonthsDuration(right)) => Some(left == right),
        (left, right) if temporal(left) && temporal(right) => None,
        _ => return None,
    })
}
