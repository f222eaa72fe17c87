//! FEEL values as this crate holds them: cheap to copy, shared where they are large.
//!
//! The FEEL library copies whole lists and contexts at every step. Here they stand behind an [`Arc`]; numbers, dates and
//! the rarer kinds stay those of the library, so that arithmetic and comparison are its own.

use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as Library;
use dsntk_feel::{FeelNumber, Name};
use dsntk_feel_temporal::FeelDate;
use std::cmp::Ordering;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A FEEL value.
#[derive(Clone)]
pub(crate) enum Value {
    Null,
    /// The null of a failed expression, with what the library says about it; without words when it failed natively.
    Failed(Option<Arc<str>>),
    Boolean(bool),
    Number(FeelNumber),
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

/// A context: values in the order of the names of its shape.
pub(crate) struct Record {
    shape: Arc<Shape>,
    values: Box<[Value]>,
}

/// The names of a context, sorted, each once.
pub(crate) struct Shape(Box<[Arc<str>]>);

/// A shape, and where in it each member stands that someone wrote in another order.
pub(crate) struct Layout {
    shape: Arc<Shape>,
    places: Box<[usize]>,
    members: Box<[Member]>,
}

impl Layout {
    /// Of two members with one name the later counts.
    pub fn new<'n>(written: impl Iterator<Item = &'n str>) -> Layout {
        let written: Vec<&str> = written.collect();
        let mut names: Vec<&str> = written.clone();
        names.sort_unstable();
        names.dedup();
        let places = written
            .iter()
            .map(|name| names.binary_search(name).unwrap_or_default())
            .collect();
        Layout {
            places,
            members: written.iter().map(|name| Member::new(name)).collect(),
            shape: Arc::new(Shape(names.into_iter().map(Arc::from).collect())),
        }
    }

    /// The context with these members, in the order written.
    pub fn context(&self, members: impl IntoIterator<Item = Value>) -> Value {
        let mut values = vec![Value::Null; self.shape.0.len()].into_boxed_slice();
        for (&place, member) in self.places.iter().zip(members) {
            if let Some(value) = values.get_mut(place) {
                *value = member;
            }
        }
        Value::Context(Arc::new(Record {
            shape: Arc::clone(&self.shape),
            values,
        }))
    }

    /// The member written as number `index`, of any context; quick when the context has this shape.
    pub fn member<'r>(&self, index: usize, record: &'r Record) -> Option<&'r Value> {
        if Arc::ptr_eq(&self.shape, &record.shape) {
            return record.values.get(*self.places.get(index)?);
        }
        self.members.get(index)?.of(record)
    }
}

/// A member asked of one context after another; it is looked for where it was found last. That changes the time it takes,
/// never what is found.
pub(crate) struct Member {
    name: Arc<str>,
    last: AtomicUsize,
}

impl Member {
    pub fn new(name: &str) -> Member {
        Member {
            name: Arc::from(name),
            last: AtomicUsize::new(0),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The member of this context.
    pub fn of<'r>(&self, record: &'r Record) -> Option<&'r Value> {
        let last = self.last.load(Relaxed);
        if record.shape.0.get(last).is_some_and(|name| **name == *self.name) {
            return record.values.get(last);
        }
        let index = record.find(&self.name)?;
        self.last.store(index, Relaxed);
        record.values.get(index)
    }
}

impl Record {
    fn find(&self, name: &str) -> Option<usize> {
        self.shape.0.binary_search_by(|own| own.as_ref().cmp(name)).ok()
    }

    /// The member called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(self.find(name)?)
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// All members, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.shape.0.iter().map(AsRef::as_ref).zip(self.values.iter())
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
            Library::Number(number) => Value::Number(number),
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
            Value::Number(number) => Library::Number(*number),
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
            (Value::Other(left), Value::Other(right)) => return temporal_equals(left, right).ok_or(Unusual),
            (Value::Other(value), right) if temporal(value) => right.is_null().then_some(false),
            (_, Value::Other(value)) if temporal(value) => None,
            (Value::Other(_), _) | (_, Value::Other(_)) => return Err(Unusual),
            // The library tells nulls of failed coercions from others.
            (Value::Failed(Some(_)), _) | (_, Value::Failed(Some(_))) => return Err(Unusual),
            // FEEL compares something with null, but null only with null.
            (Value::Null | Value::Failed(_), right) => right.is_null().then_some(true),
            (_, Value::Null | Value::Failed(_)) => Some(false),
            (Value::Boolean(left), Value::Boolean(right)) => Some(left == right),
            (Value::Number(left), Value::Number(right)) => Some(left == right),
            (Value::String(left), Value::String(right)) => Some(left == right),
            (Value::Date(left), Value::Date(right)) => Some(left == right),
            (Value::List(left), Value::List(right)) => {
                if left.len() != right.len() {
                    return Ok(Some(false));
                }
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
            Err(Unusual) => dsntk_feel_evaluator::evaluate_equals(&self.to_library(), &other.to_library()),
        }
    }

    /// Whether both are the same value of the same kind, null included.
    pub fn identical(&self, other: &Value) -> bool {
        self.to_library() == other.to_library()
    }

    /// Order of two values of the same ordered type; none for others, as in FEEL.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Number(left), Value::Number(right)) => left.partial_cmp(right),
            (Value::String(left), Value::String(right)) => left.partial_cmp(right),
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
