//! Conditions of table cells and allowed values: simple ones compared natively, all others by the FEEL library.

use crate::env::Env;
use dsntk_feel::values::Value;
use dsntk_feel::{Evaluator, FeelScope, IntervalType, Name};
use dsntk_feel_evaluator::evaluate_equals;
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
    Condition(Evaluator),
    /// Any other expression; gives what the input is tested against, as the list of one element.
    Against(Evaluator),
}

/// Name of the input value inside a cell (DMN 1.5, 7.3.3).
pub(crate) const INPUT: &str = "?";

/// Name under which an evaluated test is handed to [`membership`]; no FEEL name can look like it.
const TESTED: &str = "? in";

/// Evaluates `? in <tested>` over a scope that binds both, with the semantics of the FEEL library.
fn membership() -> &'static Evaluator {
    static IN: std::sync::OnceLock<Evaluator> = std::sync::OnceLock::new();
    IN.get_or_init(|| {
        let name = |text: &str| Box::new(dsntk_feel_parser::AstNode::Name(Name::from(text)));
        dsntk_feel_evaluator::prepare(&dsntk_feel_parser::AstNode::In(name(INPUT), name(TESTED)))
    })
}

impl Tests {
    /// Whether the cell matches. The error is that of a failed expression in the cell.
    pub fn matches(&self, value: &Value, env: &Env) -> Result<bool, String> {
        match self {
            Tests::Any => Ok(true),
            Tests::Some(tests) => any(tests, value, &|| env.scope()),
            Tests::None(tests) => any(tests, value, &|| env.scope()).map(|found| !found),
        }
    }

    /// The same without a scope, for allowed values, which name no variables. A failing test does not match.
    pub fn matches_alone(&self, value: &Value) -> bool {
        let scope = std::cell::OnceCell::new();
        let scope = || scope.get_or_init(FeelScope::default);
        match self {
            Tests::Any => true,
            Tests::Some(tests) => tests.iter().any(|test| test.matches(value, &scope).unwrap_or(false)),
            Tests::None(tests) => !tests.iter().any(|test| test.matches(value, &scope).unwrap_or(false)),
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

    /// Whether the FEEL library is needed.
    pub fn needs_scope(&self) -> bool {
        match self {
            Tests::Any => false,
            Tests::Some(tests) | Tests::None(tests) => tests
                .iter()
                .any(|test| matches!(test, Test::Condition(_) | Test::Against(_))),
        }
    }
}

fn any<'s>(tests: &[Test], value: &Value, scope: &dyn Fn() -> &'s FeelScope) -> Result<bool, String> {
    for test in tests {
        if test.matches(value, scope)? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Test {
    fn matches<'s>(&self, value: &Value, scope: &dyn Fn() -> &'s FeelScope) -> Result<bool, String> {
        Ok(match self {
            Test::Equal(expected) => evaluate_equals(value, expected),
            Test::Less(bound) => compare(value, bound).is_some_and(Ordering::is_lt),
            Test::LessOrEqual(bound) => compare(value, bound).is_some_and(Ordering::is_le),
            Test::Greater(bound) => compare(value, bound).is_some_and(Ordering::is_gt),
            Test::GreaterOrEqual(bound) => compare(value, bound).is_some_and(Ordering::is_ge),
            Test::Between {
                start,
                start_closed,
                end,
                end_closed,
            } => {
                let after = compare(value, start).is_some_and(|o| if *start_closed { o.is_ge() } else { o.is_gt() });
                let before = compare(value, end).is_some_and(|o| if *end_closed { o.is_le() } else { o.is_lt() });
                after && before
            }
            Test::Condition(condition) => with_input(scope(), value, |scope| match condition(scope) {
                // A comparison with null is null; that is an error only when the input has a value.
                Value::Null(Some(message)) if !value.is_null() => Err(message),
                result => Ok(result.is_true()),
            })?,
            Test::Against(expected) => with_input(scope(), value, |scope| {
                let expected = expected(scope);
                if let Value::ExpressionList(items) = &expected
                    && let Some(Value::Null(Some(message))) = items.first()
                {
                    return Err(message.clone());
                }
                scope.set_value(&Name::from(TESTED), expected);
                Ok(membership()(scope).is_true())
            })?,
        })
    }
}

fn with_input<T>(scope: &FeelScope, value: &Value, evaluate: impl FnOnce(&FeelScope) -> T) -> T {
    let mut frame = dsntk_feel::context::FeelContext::default();
    frame.set_entry(&Name::from(INPUT), value.clone());
    scope.push(frame);
    let result = evaluate(scope);
    scope.pop();
    result
}

/// Order of two values of the same ordered type; none for others, as in FEEL.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(right),
        (Value::String(left), Value::String(right)) => left.partial_cmp(right),
        (Value::Date(left), Value::Date(right)) => left.partial_cmp(right),
        (Value::Time(left), Value::Time(right)) => left.partial_cmp(right),
        (Value::DateTime(left), Value::DateTime(right)) => left.partial_cmp(right),
        (Value::DaysAndTimeDuration(left), Value::DaysAndTimeDuration(right)) => left.partial_cmp(right),
        (Value::YearsAndMonthsDuration(left), Value::YearsAndMonthsDuration(right)) => left.partial_cmp(right),
        _ => None,
    }
}

/// Whether values of this kind are ordered, so that a comparison can be native.
pub(crate) fn ordered(value: &Value) -> bool {
    compare(value, value) == Some(Ordering::Equal)
}

/// A range with two known ends as a native test.
pub(crate) fn between(start: Value, start_type: IntervalType, end: Value, end_type: IntervalType) -> Option<Test> {
    if start_type.undefined() || end_type.undefined() || compare(&start, &end).is_none() {
        return None;
    }
    Some(Test::Between {
        start,
        start_closed: start_type.closed(),
        end,
        end_closed: end_type.closed(),
    })
}
