//! DMN types: built-in ones and item definitions.

use crate::test::Tests;
use crate::value::{Layout, Value};
use crate::values::display;
use dsntk_feel::{FeelType, Name};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Most members an item definition may unfold to.
pub(crate) const MAX_SIZE: usize = 5_000;
/// Most names the parser of the FEEL library may look for at each word, because of one type.
pub(crate) const MAX_TRIED: usize = 10_000;

/// A type of the model.
pub(crate) struct Type {
    pub base: Base,
    pub allowed: Option<Allowed>,
    /// The same for the FEEL library.
    pub feel: FeelType,
    /// Number of members it unfolds to.
    pub size: usize,
    /// Number of names the parser of the FEEL library looks for at each word: those of members twice as often with each level.
    pub tried: usize,
    /// Of no other type; from 1.
    pub id: u64,
}

/// Shape of a type.
pub(crate) enum Base {
    Any,
    Boolean,
    Number,
    String,
    Date,
    Time,
    DateTime,
    DaysDuration,
    MonthsDuration,
    /// Members in the order declared, and where they stand in a value.
    Context(Vec<(Name, Arc<Type>)>, Layout),
    List(Arc<Type>),
}

/// A type of a model for those who use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// No type is declared.
    Any,
    /// True or false.
    Boolean,
    /// A number.
    Number,
    /// A text; times and durations are one in JSON.
    Text,
    /// A day.
    Date,
    /// A list of these.
    List(Box<Shape>),
    /// Named members in the order declared; each may be null.
    Context(Vec<(String, Shape)>),
}

#[derive(Clone)]
/// The allowed values of an item definition.
pub(crate) struct Allowed {
    pub tests: Arc<Tests>,
    /// As written, for messages.
    pub text: String,
    /// DMN 1.5 typeConstraint applies to a list as a whole, allowedValues to each of its items.
    pub items: bool,
}

impl Allowed {
    /// Whether `value` (or each of its items) is one of the allowed values. Null must be listed to be allowed.
    pub fn admits(&self, value: &Value) -> bool {
        match value {
            Value::List(items) if self.items => items.iter().all(|item| self.tests.matches_alone(item)),
            other => self.tests.matches_alone(other),
        }
    }
}

impl Type {
    pub fn shape(&self) -> Shape {
        match &self.base {
            Base::Any => Shape::Any,
            Base::Boolean => Shape::Boolean,
            Base::Number => Shape::Number,
            Base::Date => Shape::Date,
            Base::String | Base::Time | Base::DateTime | Base::DaysDuration | Base::MonthsDuration => Shape::Text,
            Base::List(item) => Shape::List(Box::new(item.shape())),
            Base::Context(members, _) => {
                let member = |(name, ty): &(Name, Arc<Type>)| (name.to_string(), ty.shape());
                Shape::Context(members.iter().map(member).collect())
            }
        }
    }

    pub fn any() -> Arc<Type> {
        Arc::new(Type::of(Base::Any))
    }

    pub fn of(base: Base) -> Type {
        let (size, tried) = match &base {
            Base::List(item) => (item.size.saturating_add(1), item.tried.saturating_add(1)),
            Base::Context(members, _) => members.iter().fold((1_usize, 1_usize), |(size, tried), (_, member)| {
                let twice = member.tried.saturating_mul(2) - 1;
                (size.saturating_add(member.size), tried.saturating_add(twice))
            }),
            _ => (1, 1),
        };
        let feel = match &base {
            Base::Any => FeelType::Any,
            Base::Boolean => FeelType::Boolean,
            Base::Number => FeelType::Number,
            Base::String => FeelType::String,
            Base::Date => FeelType::Date,
            Base::Time => FeelType::Time,
            Base::DateTime => FeelType::DateTime,
            Base::DaysDuration => FeelType::DaysAndTimeDuration,
            Base::MonthsDuration => FeelType::YearsAndMonthsDuration,
            Base::List(item) => FeelType::List(Box::new(item.feel.clone())),
            // It is refused.
            Base::Context(..) if size > MAX_SIZE || tried > MAX_TRIED => FeelType::Any,
            Base::Context(members, _) => {
                let members = members.iter();
                let members = members.map(|(name, member)| (name.clone(), member.feel.clone()));
                FeelType::Context(members.collect())
            }
        };
        static LAST: AtomicU64 = AtomicU64::new(0);
        Type {
            base,
            allowed: None,
            feel,
            size,
            tried,
            id: LAST.fetch_add(1, Relaxed) + 1,
        }
    }

    /// A built-in type by the names DMN 1.2 to 1.5 and common modellers write.
    pub fn built_in(name: &str) -> Option<Type> {
        let base = match name.strip_prefix("feel:").unwrap_or(name) {
            "Any" | "any" => Base::Any,
            "boolean" => Base::Boolean,
            "number" | "integer" | "long" | "double" => Base::Number,
            "string" => Base::String,
            "date" => Base::Date,
            "time" => Base::Time,
            "dateTime" | "date and time" => Base::DateTime,
            "dayTimeDuration" | "days and time duration" => Base::DaysDuration,
            "yearMonthDuration" | "years and months duration" => Base::MonthsDuration,
            _ => return None,
        };
        Some(Type::of(base))
    }

    /// Makes `value` conform to this type as DMN 10.3.2.9.4 says, or tells why it does not.
    pub fn coerce(&self, value: Value) -> Result<Value, String> {
        if matches!(self.base, Base::Any) && self.allowed.is_none() {
            return Ok(value);
        }
        let value = if self.conforms(&value) {
            value
        } else {
            self.converted(value)
        };
        if let Value::Failed(_) = value {
            return Err(format!("expected {self}"));
        }
        if let Some(allowed) = &self.allowed
            && !allowed.admits(&value)
        {
            return Err(format!("{} is not allowed; allowed: {}", display(&value), allowed.text));
        }
        Ok(value)
    }
}

impl Type {
    /// A context with these members.
    pub fn context(members: Vec<(Name, Arc<Type>)>) -> Type {
        let layout = Layout::new(members.iter().map(|(name, _)| name.as_str()));
        Type::of(Base::Context(members, layout))
    }

    /// Whether the library would call `value` conformant.
    fn conforms(&self, value: &Value) -> bool {
        let plainly = matches!(
            (value, &self.base),
            (Value::Null | Value::Failed(_), _)
                | (Value::Boolean(_), Base::Boolean)
                | (Value::Number(_), Base::Number)
                | (Value::String(_), Base::String)
                | (Value::Date(_), Base::Date)
        );
        plainly || matches!(self.feel, FeelType::Any) || self.conforms_inside(value)
    }

    fn conforms_inside(&self, value: &Value) -> bool {
        match (value, &self.base) {
            (Value::List(items), Base::List(ty)) => items.iter().all(|item| ty.conforms(item)),
            (Value::Context(record), Base::Context(members, layout)) => {
                if record.conforms.load(Relaxed) == self.id {
                    return true;
                }
                let conforms = members.iter().enumerate().all(|(index, (_, ty))| {
                    let member = layout.member(index, record);
                    member.is_some_and(|member| ty.conforms(member))
                });
                if conforms {
                    record.conforms.store(self.id, Relaxed);
                }
                conforms
            }
            (Value::Other(value), _) => value.is_conformant(&self.feel),
            _ => false,
        }
    }

    /// To or from a list of one, the only conversions there are.
    fn converted(&self, value: Value) -> Value {
        match value {
            Value::Other(value) => Value::from_library(value.coerced(&self.feel)),
            Value::List(items) => match items.as_ref() {
                [single] if self.conforms(single) => single.clone(),
                _ => Value::Failed(None),
            },
            value => match &self.base {
                Base::List(ty) if ty.conforms(&value) => Value::list([value]),
                _ => Value::Failed(None),
            },
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.base {
            Base::Any => write!(f, "any value"),
            Base::Boolean => write!(f, "a boolean"),
            Base::Number => write!(f, "a number"),
            Base::String => write!(f, "a string"),
            Base::Date => write!(f, "a date"),
            Base::Time => write!(f, "a time"),
            Base::DateTime => write!(f, "a date and time"),
            Base::DaysDuration => write!(f, "a duration in days and hours"),
            Base::MonthsDuration => write!(f, "a duration in years and months"),
            Base::Context(members, _) => {
                let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
                write!(f, "an object with {}", names.join(", "))
            }
            Base::List(item) => write!(f, "a list of {item}"),
        }
    }
}
