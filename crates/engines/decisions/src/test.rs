//! Conditions of table cells and allowed values: simple ones compared natively, all others by the FEEL library.

use crate::cost;
use crate::env::Env;
use crate::feel::Expr;
use crate::library::Library;
use crate::priced;
use crate::value::{Unusual, Value};
use crate::values::display;
use crate::watch::{self, Comparison};
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as LibraryValue;
use dsntk_feel::{IntervalType, Name};
use std::cmp::Ordering;

/// A cell: matches when one of its tests does, or none when negated.
pub(crate) enum Tests {
    /// `-`
    Any,
    /// `a, b, [1..5]`
    Some(Vec<Test>),
    /// `not(a, b)`
    None(Vec<Test>),
}

/// One test of a cell.
pub(crate) enum Test {
    Equal(Value),
    Less(Value),
    LessOrEqual(Value),
    Greater(Value),
    GreaterOrEqual(Value),
    Between {
        start: Value,
        start_closed: bool,
        end: Value,
        end_closed: bool,
    },
    /// An expression that mentions `?` and must be true.
    Condition(Expr),
    /// Any other expression; gives what the input is tested against, as the list of one element.
    Against(Library),
}

/// Name of the input value inside a cell (DMN 1.5, 7.3.3).
pub(crate) const INPUT: &str = "?";

impl Tests {
    /// Whether the cell matches. The error is that of a failed expression in the cell.
    pub fn matches(&self, value: &Value, env: &mut Env) -> Result<bool, String> {
        match self {
            Tests::Any => Ok(true),
            Tests::Some(tests) => any(tests, value, env),
            Tests::None(tests) => any(tests, value, env).map(|found| !found),
        }
    }

    /// The same for allowed values, which name no variables. A failing test does not match.
    pub fn matches_alone(&self, value: &Value) -> bool {
        let mut alone = Env::new(0);
        let mut matches = |test: &Test| test.matches(value, &mut alone).unwrap_or(false);
        match self {
            Tests::Any => true,
            Tests::Some(tests) => tests.iter().any(&mut matches),
            Tests::None(tests) => !tests.iter().any(&mut matches),
        }
    }

    /// How many tests the cell has.
    pub fn len(&self) -> usize {
        match self {
            Tests::Any => 0,
            Tests::Some(tests) | Tests::None(tests) => tests.len(),
        }
    }

    /// The listed values, when the cell is a plain list of values.
    pub fn values(&self) -> Option<Vec<&Value>> {
        match self {
            Tests::Some(tests) => tests
                .iter()
                .map(|test| {
                    if let Test::Equal(value) = test {
                        Some(value)
                    } else {
                        None
                    }
                })
                .collect(),
            _ => None,
        }
    }

    /// Whether all tests compare with literals.
    pub fn literal(&self) -> bool {
        match self {
            Tests::Any => true,
            Tests::Some(tests) | Tests::None(tests) => !tests
                .iter()
                .any(|test| matches!(test, Test::Condition(_) | Test::Against(_))),
        }
    }
}

fn any(tests: &[Test], value: &Value, env: &mut Env) -> Result<bool, String> {
    for test in tests {
        if test.matches(value, env)? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Test {
    /// Null as input matches null and fails with nothing else.
    fn matches(&self, value: &Value, env: &mut Env) -> Result<bool, String> {
        Ok(match self {
            Test::Equal(expected) => equal(value, expected)?,
            Test::Less(bound) => order(value, "<", bound)?.is_some_and(Ordering::is_lt),
            Test::LessOrEqual(bound) => order(value, "<=", bound)?.is_some_and(Ordering::is_le),
            Test::Greater(bound) => order(value, ">", bound)?.is_some_and(Ordering::is_gt),
            Test::GreaterOrEqual(bound) => order(value, ">=", bound)?.is_some_and(Ordering::is_ge),
            Test::Between {
                start,
                start_closed,
                end,
                end_closed,
            } => {
                let after = order(value, if *start_closed { ">=" } else { ">" }, start)?
                    .is_some_and(|o| if *start_closed { o.is_ge() } else { o.is_gt() });
                let before = order(value, if *end_closed { "<=" } else { "<" }, end)?
                    .is_some_and(|o| if *end_closed { o.is_le() } else { o.is_lt() });
                after && before
            }
            Test::Condition(condition) => match with_input(env, value, |env| condition.evaluate(env)) {
                Ok(Value::Boolean(matches)) => matches,
                Ok(other) if tolerant(value) || other.is_null() => false,
                Ok(other) => return Err(format!("is {}, not a boolean", display(&other))),
                Err(message) if !value.is_null() => return Err(message),
                Err(_) => false,
            },
            Test::Against(expected) => with_input(env, value, |env| watch::watched(|| against(expected, value, env)))??,
        })
    }
}

/// Whether a comparison with the value may fail.
fn tolerant(value: &Value) -> bool {
    value.is_null() || watch::lenient()
}

fn equal(value: &Value, expected: &Value) -> Result<bool, String> {
    let equal = match value.equals(expected) {
        Ok(equal) => equal,
        Err(Unusual) => watch::equal(&value.to_library(), &expected.to_library()),
    };
    match equal {
        None if !tolerant(value) => Err(incomparable(value, "=", expected)),
        equal => Ok(equal == Some(true)),
    }
}

fn order(value: &Value, sign: &str, bound: &Value) -> Result<Option<Ordering>, String> {
    match value.compare(bound) {
        None if !tolerant(value) => Err(incomparable(value, sign, bound)),
        order => Ok(order),
    }
}

fn incomparable(value: &Value, sign: &str, with: &Value) -> String {
    format!("cannot compare: {} {sign} {}", display(value), display(with))
}

fn against(expected: &Library, value: &Value, env: &Env) -> Result<bool, String> {
    cost::pass(value)?;
    let library = value.to_library();
    expected.scoped(env, |scope| {
        let mut frame = FeelContext::default();
        frame.set_entry(&Name::from(INPUT), library.clone());
        scope.push(frame);
        let expected = expected.raw(scope);
        if let LibraryValue::ExpressionList(items) = &expected
            && let Some(LibraryValue::Null(Some(message))) = items.first()
        {
            return Err(message.clone());
        }
        priced::pay_in(&library, &expected);
        if !tolerant(value)
            && let Some(message) = watch::untestable(&library, &expected)
        {
            return Err(message);
        }
        Ok(Comparison::In.library(&library, &expected).is_true())
    })
}

fn with_input<T>(env: &mut Env, value: &Value, evaluate: impl FnOnce(&mut Env) -> T) -> T {
    let begin = env.len();
    env.push(value.clone());
    let result = evaluate(env);
    env.close(begin);
    result
}

/// Whether values of this kind are ordered, so that a comparison can be native.
pub(crate) fn ordered(value: &Value) -> bool {
    value.compare(value) == Some(Ordering::Equal)
}

/// A range with two known ends as a native test.
pub(crate) fn between(start: Value, start_type: IntervalType, end: Value, end_type: IntervalType) -> Option<Test> {
    if start_type.undefined() || end_type.undefined() || start.compare(&end).is_none() {
        return None;
    }
    Some(Test::Between {
        start,
        start_closed: start_type.closed(),
        end,
        end_closed: end_type.closed(),
    })
}
