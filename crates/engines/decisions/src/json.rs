//! JSON to FEEL and back. Numbers pass as decimals, never through binary floating point arithmetic.

use crate::error::DecisionError;
use crate::number::Number;
use crate::test::{Test, Tests};
use crate::types::{Base, Type};
use crate::value::{Layout, Value};
use dsntk_feel::FeelNumber;
use dsntk_feel::values::Value as Library;
use dsntk_feel_temporal::FeelDate;
use serde::ser::{Error, Serialize, SerializeMap, Serializer};
use serde_json::Value as Json;
use std::fmt;
use std::sync::LazyLock;

/// Deepest nesting of an input; the same bound as that of JSON parsers.
const MAX_DEPTH: usize = 128;

/// Converts an input to the FEEL value its declared type asks for. Members a context type does not declare are left
/// out, missing ones are null.
pub(crate) fn from_json(json: &Json, ty: &Type, name: &str) -> Result<Value, DecisionError> {
    typed(json, ty, Place::Input(name), 0)
}

/// Where a value stands in the input; written out only when something is wrong with it.
#[derive(Clone, Copy)]
enum Place<'p> {
    Input(&'p str),
    Member(&'p Place<'p>, &'p str),
    Item(&'p Place<'p>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Input(name) => f.write_str(name),
            Place::Member(of, name) => write!(f, "{of}.{name}"),
            Place::Item(of, index) => write!(f, "{of}[{}]", index + 1),
        }
    }
}

fn refuse<T>(place: Place<'_>, message: impl Into<String>) -> Result<T, DecisionError> {
    Err(DecisionError::Input {
        path: place.to_string(),
        message: message.into(),
    })
}

fn typed(json: &Json, ty: &Type, place: Place<'_>, depth: usize) -> Result<Value, DecisionError> {
    if depth > MAX_DEPTH {
        return refuse(place, "nested too deeply");
    }
    let value = match (&ty.base, json) {
        (_, Json::Null) => Value::Null,
        (Base::Any, _) => untyped(json, place, depth)?,
        (Base::Boolean, Json::Bool(value)) => Value::Boolean(*value),
        (Base::Number, Json::Number(number)) => Value::Number(number_of(number, place)?),
        (Base::String, Json::String(text)) => {
            match ty.allowed.as_ref().and_then(|allowed| listed(&allowed.tests, text)) {
                Some(value) => return Ok(value),
                None => Value::text(text),
            }
        }
        (Base::Date, Json::String(text)) => match plain_date(text) {
            Some(date) => Value::Date(date),
            None => temporal(
                Library::try_from_xsd_date(text),
                text,
                "a date such as 2026-03-01",
                place,
            )?,
        },
        (Base::Time, Json::String(text)) => {
            temporal(Library::try_from_xsd_time(text), text, "a time such as 08:30:00", place)?
        }
        (Base::DateTime, Json::String(text)) => temporal(
            Library::try_from_xsd_date_time(text),
            text,
            "a date and time such as 2026-03-01T08:30:00",
            place,
        )?,
        (Base::DaysDuration | Base::MonthsDuration, Json::String(text)) => {
            let value = temporal(
                Library::try_from_xsd_duration(text),
                text,
                "a duration such as P3M or P14D",
                place,
            )?;
            match (&ty.base, &value) {
                (Base::DaysDuration, Value::Other(other)) if matches!(**other, Library::DaysAndTimeDuration(_)) => {
                    value
                }
                (Base::MonthsDuration, Value::Other(other))
                    if matches!(**other, Library::YearsAndMonthsDuration(_)) =>
                {
                    value
                }
                _ => return refuse(place, format!("`{text}` is the other kind of duration; expected {ty}")),
            }
        }
        (Base::Context(members, layout), Json::Object(object)) => {
            let mut values = Vec::with_capacity(members.len());
            // Objects are mostly written in the order of their type.
            let mut written = object.iter();
            for (name, member) in members {
                let found = match written.next() {
                    Some((key, value)) if key == name.as_str() => Some(value),
                    _ => object.get(name.as_str()),
                };
                let value = typed(
                    found.unwrap_or(&Json::Null),
                    member,
                    Place::Member(&place, name.as_str()),
                    depth + 1,
                )?;
                values.push(value);
            }
            layout.context(values)
        }
        (Base::List(item), Json::Array(items)) => {
            let mut values = Vec::with_capacity(items.len());
            for (index, json) in items.iter().enumerate() {
                values.push(typed(json, item, Place::Item(&place, index), depth + 1)?);
            }
            Value::list(values)
        }
        _ => return refuse(place, format!("expected {ty}, found {}", kind(json))),
    };
    if let Some(allowed) = &ty.allowed
        && !allowed.admits(&value)
    {
        let found = crate::values::display(&value);
        return refuse(place, format!("{found} is not allowed; allowed: {}", allowed.text));
    }
    Ok(value)
}

/// The allowed value that is this text, without a copy of it.
fn listed(tests: &Tests, text: &str) -> Option<Value> {
    let Tests::Some(tests) = tests else { return None };
    tests.iter().find_map(|test| match test {
        Test::Equal(value @ Value::String(allowed)) if **allowed == *text => Some(value.clone()),
        _ => None,
    })
}

fn untyped(json: &Json, place: Place<'_>, depth: usize) -> Result<Value, DecisionError> {
    if depth > MAX_DEPTH {
        return refuse(place, "nested too deeply");
    }
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) => Value::Number(number_of(number, place)?),
        Json::String(text) => Value::text(text),
        Json::Array(items) => {
            let items = items.iter().map(|item| untyped(item, place, depth + 1));
            Value::list(items.collect::<Result<Vec<_>, _>>()?)
        }
        Json::Object(object) => {
            // No FEEL name looks like that; expressions call what the engine puts into them by such names.
            if let Some(key) = object.keys().find(|key| key.trim().starts_with('?')) {
                return refuse(place, format!("`{key}` is no name"));
            }
            let values = object.values().map(|value| untyped(value, place, depth + 1));
            let values = values.collect::<Result<Vec<_>, _>>()?;
            Layout::new(object.keys().map(|key| key.trim())).context(values)
        }
    })
}

fn number_of(number: &serde_json::Number, place: Place<'_>) -> Result<Number, DecisionError> {
    if let Some(integer) = number.as_i64() {
        return Ok(Number::Whole(integer));
    }
    match number.to_string().parse::<FeelNumber>() {
        Ok(value) => Ok(Number::decimal(value)),
        Err(_) => refuse(place, format!("{number} is not a number FEEL can hold")),
    }
}

fn temporal<E>(
    parsed: Result<Library, E>,
    text: &str,
    expected: &str,
    place: Place<'_>,
) -> Result<Value, DecisionError> {
    match parsed {
        Ok(value) => Ok(Value::from_library(value)),
        Err(_) => refuse(place, format!("`{text}` is not {expected}")),
    }
}

/// `2026-03-01`, as nearly all dates are written; the library reads the rest.
fn plain_date(text: &str) -> Option<FeelDate> {
    let digits = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse::<u16>().ok())?
    };
    let [year, month, day] = [text.get(0..4)?, text.get(5..7)?, text.get(8..)?];
    if text.len() != 10 || text.get(4..5) != Some("-") || text.get(7..8) != Some("-") || year.starts_with('0') {
        return None;
    }
    FeelDate::new(digits(year)?.into(), digits(month)?.into(), digits(day)?.into())
}

/// Whether the text is a date as FEEL and XML write it.
pub(crate) fn is_date(text: &str) -> bool {
    plain_date(text).is_some()
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// Converts a FEEL value to JSON.
///
/// Integral numbers become integers, others the nearest JSON number; dates, times and durations ISO 8601 strings.
/// A failed FEEL expression (null with a message) or a function inside the value is the error.
pub(crate) fn to_json(value: &Value) -> Result<Json, String> {
    Ok(match value {
        Value::Boolean(value) => Json::Bool(*value),
        Value::Number(number) => number_to_json(number)?,
        Value::String(text) => Json::String(text.to_string()),
        Value::Null => Json::Null,
        Value::Failed(message) => return Err(message.as_deref().unwrap_or("has no value").to_owned()),
        Value::Date(date) => Json::String(date.to_string()),
        Value::Other(other) => match other.as_ref() {
            Library::Time(_)
            | Library::DateTime(_)
            | Library::DaysAndTimeDuration(_)
            | Library::YearsAndMonthsDuration(_)
            | Library::Range(..) => Json::String(other.to_string()),
            Library::FunctionDefinition(parameters, ..) => {
                let names: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
                Json::String(format!("function({})", names.join(", ")))
            }
            other => return Err(format!("a {} is not a result", other.type_of())),
        },
        Value::List(items) => Json::Array(items.iter().map(to_json).collect::<Result<_, _>>()?),
        Value::Context(record) => {
            let mut object = serde_json::Map::with_capacity(record.len());
            for (name, value) in record.iter() {
                object.insert(
                    name.to_owned(),
                    to_json(value).map_err(|message| format!("{name}: {message}"))?,
                );
            }
            Json::Object(object)
        }
    })
}

/// Most lists and contexts around one another in what passes from one decision, entry or function to the next. Each could put its own
/// around it, and most of what is done with a value takes stack for each. An explanation stays readable for JSON parsers, which
/// take 128 with those around it.
pub(crate) const MAX_NESTED: usize = 100;

/// Why JSON cannot hold a value that is neither list nor context.
pub(crate) fn unshowable(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Boolean(_) | Value::String(_) | Value::Date(_) | Value::Number(Number::Whole(_)) => None,
        Value::Number(Number::Decimal(number)) if number.abs() < *LARGE => None,
        other => to_json(other).err(),
    }
}

/// A power of ten that fits into any kind of JSON number.
static LARGE: LazyLock<FeelNumber> = LazyLock::new(|| FeelNumber::new(1, -300));

/// The same JSON as [`to_json`], written at once.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Boolean(value) => serializer.serialize_bool(*value),
            Value::String(text) => serializer.serialize_str(text),
            Value::Null => serializer.serialize_unit(),
            Value::Date(date) => serializer.collect_str(date),
            Value::List(items) => serializer.collect_seq(items.iter()),
            Value::Context(record) => {
                let mut map = serializer.serialize_map(Some(record.len()))?;
                for (name, value) in record.iter() {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
            Value::Number(number) => number_to_json(number).map_err(Error::custom)?.serialize(serializer),
            Value::Failed(_) | Value::Other(_) => to_json(self).map_err(Error::custom)?.serialize(serializer),
        }
    }
}

fn number_to_json(number: &Number) -> Result<Json, String> {
    if let Some(whole) = number.whole() {
        return Ok(Json::from(whole));
    }
    let text = number.to_string();
    text.parse::<f64>()
        .ok()
        .and_then(serde_json::Number::from_f64)
        .map(Json::Number)
        .ok_or_else(|| format!("the number {text} does not fit into JSON"))
}
