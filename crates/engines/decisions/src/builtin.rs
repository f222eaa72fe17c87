//! FEEL functions evaluated natively, for the arguments they are ordinarily called with.

use crate::ast;
use crate::cost;
use crate::number::Number;
use crate::value::{Unusual, Value};
use dsntk_feel::FeelNumber;
use dsntk_feel::values::Value as Library;
use dsntk_feel_temporal::{FeelDate, FeelDaysAndTimeDuration, FeelYearsAndMonthsDuration};
use std::sync::{Arc, OnceLock};

/// Widest interval a loop may count through: numbers, and days.
pub(crate) const MAX_INTERVAL: usize = 1_000;
/// Most digits of the numbers a loop counts through. Numbers have 34; beyond them adding one changes nothing, and counting never
/// ends.
const MAX_DIGITS: i32 = 33;

/// A built-in function of FEEL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Builtin {
    Abs,
    All,
    Append,
    Concatenate,
    Contains,
    Count,
    Date,
    DistinctValues,
    Duration,
    Flatten,
    Floor,
    GetValue,
    ListContains,
    LowerCase,
    Max,
    Min,
    Modulo,
    /// The end of an interval a loop counts through.
    Near,
    Not,
    Round,
    String,
    Substring,
    Sum,
}

impl Builtin {
    /// The function of this name; none when only the library has it.
    pub fn of(name: &str) -> Option<Builtin> {
        Some(match name {
            "abs" => Builtin::Abs,
            "all" => Builtin::All,
            "append" => Builtin::Append,
            "concatenate" => Builtin::Concatenate,
            "contains" => Builtin::Contains,
            "count" => Builtin::Count,
            "date" => Builtin::Date,
            "distinct values" => Builtin::DistinctValues,
            "duration" => Builtin::Duration,
            "flatten" => Builtin::Flatten,
            "floor" => Builtin::Floor,
            "get value" => Builtin::GetValue,
            "list contains" => Builtin::ListContains,
            "lower case" => Builtin::LowerCase,
            "max" => Builtin::Max,
            "min" => Builtin::Min,
            "modulo" => Builtin::Modulo,
            ast::NEAR => Builtin::Near,
            "not" => Builtin::Not,
            "round down" | "round half down" | "round half up" | "round up" => Builtin::Round,
            "string" => Builtin::String,
            "substring" => Builtin::Substring,
            "sum" => Builtin::Sum,
            _ => return None,
        })
    }

    /// Whether the result can be nothing but true, false or null.
    pub fn is_condition(self) -> bool {
        matches!(
            self,
            Builtin::All | Builtin::Contains | Builtin::ListContains | Builtin::Not
        )
    }

    /// The result, as the library gives it.
    pub fn call(self, arguments: &[Value]) -> Result<Value, Unusual> {
        for argument in arguments {
            match argument {
                Value::List(items) => cost::spend(items.len()),
                Value::String(text) => cost::spend_text(text.len()),
                _ => {}
            }
        }
        Ok(match (self, arguments) {
            (Builtin::Abs, [Value::Number(number)]) => Value::Number(number.abs()),
            (Builtin::All, [Value::List(items)]) => all(items)?,
            (Builtin::Append, [Value::List(items), more @ ..]) if !more.is_empty() => {
                cost::made(Value::list(items.iter().chain(more).cloned()))
            }
            (Builtin::Concatenate, lists) if !lists.is_empty() => {
                let mut items = Vec::new();
                for list in lists {
                    let Value::List(list) = list else { return Err(Unusual) };
                    items.extend(list.iter().cloned());
                }
                cost::made(Value::list(items))
            }
            (Builtin::Contains, [Value::String(text), Value::String(part)]) => Value::Boolean(text.contains(&**part)),
            (Builtin::Count, [Value::List(items)]) => Value::Number(items.len().into()),
            (Builtin::Date, [Value::Number(year), Value::Number(month), Value::Number(day)]) => {
                Value::Date(FeelDate::try_from((year.feel(), month.feel(), day.feel())).map_err(|_| Unusual)?)
            }
            (Builtin::DistinctValues, [Value::List(items)]) => {
                let mut distinct: Vec<Value> = Vec::new();
                for item in items.iter() {
                    cost::spend(distinct.len());
                    if !distinct.iter().any(|found| found.same(item)) {
                        distinct.push(item.clone());
                    }
                }
                Value::list(distinct)
            }
            (Builtin::Duration, [Value::String(text)]) => {
                let months = FeelYearsAndMonthsDuration::try_from(&**text).map(Library::YearsAndMonthsDuration);
                let days = || FeelDaysAndTimeDuration::try_from(&**text).map(Library::DaysAndTimeDuration);
                Value::Other(Arc::new(months.or_else(|_| days()).map_err(|_| Unusual)?))
            }
            (Builtin::Flatten, [Value::List(items)]) => {
                let mut flat = Vec::new();
                flatten(items, &mut flat);
                cost::made(Value::list(flat))
            }
            (Builtin::Floor, [Value::Number(number)]) => Value::Number(number.floor().ok_or(Unusual)?),
            (Builtin::GetValue, [Value::Context(record), Value::String(name)]) => {
                record.get(name.trim()).cloned().unwrap_or(Value::Null)
            }
            (Builtin::ListContains, [Value::List(items), element]) => {
                Value::Boolean(items.iter().any(|item| item.same(element)))
            }
            (Builtin::LowerCase, [Value::String(text)]) => Value::text(&text.to_lowercase()),
            (Builtin::Max, [Value::List(items)]) => extreme(items, true)?,
            (Builtin::Max, items) => extreme(items, true)?,
            (Builtin::Min, [Value::List(items)]) => extreme(items, false)?,
            (Builtin::Min, items) => extreme(items, false)?,
            (Builtin::Modulo, [Value::Number(dividend), Value::Number(divisor)]) if !divisor.is_zero() => {
                if let Some((_, remainder)) = dividend.divided(divisor) {
                    return Ok(Value::Number(remainder));
                }
                let quotient = (dividend / divisor).floor().ok_or(Unusual)?;
                Value::Number(dividend - &(divisor * &quotient))
            }
            (Builtin::Near, [start, end]) if near(start, end) => end.clone(),
            (Builtin::Not, [Value::Boolean(value)]) => Value::Boolean(!value),
            // The library knows fewer digits than FEEL has (DMN 1.5, 10.3.4.5); so many change nothing.
            (Builtin::Round, [Value::Number(number), Value::Number(digits)])
                if digits.whole().is_some_and(|digits| (6145..=6176).contains(&digits)) && !number.is_tiny() =>
            {
                Value::Number(number.clone())
            }
            (Builtin::String, [Value::Date(date)]) => Value::text(&date.to_string()),
            (Builtin::String, [Value::Number(number)]) => Value::text(&number.to_string()),
            (Builtin::String, [Value::String(text)]) => Value::String(text.clone()),
            (Builtin::Substring, [Value::String(text), Value::Number(start), Value::Number(length)]) => {
                substring(text, start, length).ok_or(Unusual)?
            }
            (Builtin::Sum, [Value::List(items)]) => sum(items)?,
            (Builtin::Sum, items) => sum(items)?,
            _ => return Err(Unusual),
        })
    }
}

/// Whether a loop may count from one to the other, up or down.
pub(crate) fn near(start: &Value, end: &Value) -> bool {
    match (start, end) {
        (Value::Number(start), Value::Number(end)) => {
            static BOUND: OnceLock<Number> = OnceLock::new();
            let bound = BOUND.get_or_init(|| Number::decimal(FeelNumber::new(1, -MAX_DIGITS)));
            let countable = |number: &Number| &number.abs() < bound;
            countable(start) && countable(end) && (start - end).abs() <= Number::from(MAX_INTERVAL)
        }
        (Value::Date(start), Value::Date(end)) => {
            let (first, last) = if start <= end { (start, end) } else { (end, start) };
            let farthest = first.add_days(MAX_INTERVAL as u64);
            farthest.is_none_or(|farthest| *last <= farthest)
        }
        _ => false,
    }
}

fn all(items: &[Value]) -> Result<Value, Unusual> {
    let booleans = items.iter().all(|item| matches!(item, Value::Boolean(_) | Value::Null));
    if !booleans {
        return Err(Unusual);
    }
    let undecided = items.iter().find(|item| !matches!(item, Value::Boolean(true)));
    Ok(undecided.cloned().unwrap_or(Value::Boolean(true)))
}

fn flatten(items: &[Value], flat: &mut Vec<Value>) {
    for item in items {
        match item {
            Value::List(inner) => {
                cost::spend(inner.len());
                flatten(inner, flat);
            }
            other => flat.push(other.clone()),
        }
    }
}

/// Greatest or least of numbers.
fn extreme(items: &[Value], greatest: bool) -> Result<Value, Unusual> {
    let Some((Value::Number(first), rest)) = items.split_first() else {
        return Err(Unusual);
    };
    let mut found = first;
    for item in rest {
        match item {
            Value::Number(number) => {
                if if greatest { number > found } else { number < found } {
                    found = number;
                }
            }
            _ => return Err(Unusual),
        }
    }
    Ok(Value::Number(found.clone()))
}

fn sum(items: &[Value]) -> Result<Value, Unusual> {
    let Some((Value::Number(first), rest)) = items.split_first() else {
        return Err(Unusual);
    };
    let mut total = first.clone();
    for item in rest {
        let Value::Number(number) = item else {
            return Err(Unusual);
        };
        total = &total + number;
    }
    Ok(Value::Number(total))
}

/// Counted in characters from 1; none unless all of it lies inside the text.
fn substring(text: &str, start: &Number, length: &Number) -> Option<Value> {
    let skip = usize::try_from(start.truncated()?).ok()?.checked_sub(1)?;
    let take = usize::try_from(length.truncated()?).ok().filter(|take| *take > 0)?;
    let characters = text.chars().count();
    if skip.checked_add(take)? > characters {
        return None;
    }
    let found: String = text.chars().skip(skip).take(take).collect();
    Some(Value::text(&found))
}
