//! Literals, and tests that compare with nothing else.

use crate::ast::Fault;
use crate::number::Number;
use crate::test::{self, Test};
use crate::value::Value;
use dsntk_feel::FeelScope;
use dsntk_feel::values::Value as LibraryValue;
use dsntk_feel_evaluator::prepare;
use dsntk_feel_parser::AstNode;

/// Value of a literal; none when the node is not one. Invalid literals such as `@"2026-02-30"` are faults.
pub(crate) fn literal(node: &AstNode) -> Result<Option<Value>, Fault> {
    if !is_literal(node) {
        return Ok(None);
    }
    match prepare(node)(&FeelScope::default()) {
        LibraryValue::Null(message) if !matches!(node, AstNode::Null) => Err(Fault {
            message: format!("invalid value: {}", message.as_deref().unwrap_or("out of range")),
            help: "dates look like date(\"2026-03-01\")".to_owned(),
        }),
        // `6.6e5` and `660000` are written alike, but what is reckoned with them is not: the exponent must stay.
        LibraryValue::Number(number) if has_exponent(node) => Ok(Some(Value::Number(Number::decimal(number)))),
        value => Ok(Some(Value::from_library(value))),
    }
}

fn has_exponent(node: &AstNode) -> bool {
    match node {
        AstNode::Neg(inner) => has_exponent(inner),
        AstNode::Numeric(.., exponent) => !exponent.is_empty(),
        _ => false,
    }
}

fn is_literal(node: &AstNode) -> bool {
    match node {
        AstNode::At(_) | AstNode::Boolean(_) | AstNode::Null | AstNode::Numeric(..) | AstNode::String(_) => true,
        AstNode::Neg(inner) => matches!(inner.as_ref(), AstNode::Numeric(..)),
        AstNode::FunctionInvocation(target, arguments) => match (target.as_ref(), arguments.as_ref()) {
            (AstNode::Name(name), AstNode::PositionalParameters(items)) => {
                matches!(name.as_str(), "date" | "time" | "date and time" | "duration")
                    && matches!(items.as_slice(), [AstNode::String(_)])
            }
            _ => false,
        },
        _ => false,
    }
}

/// A test that compares with literals; none when the node is another one.
pub(crate) fn native(node: &AstNode) -> Result<Option<Test>, Fault> {
    let bound = |inner: &AstNode| Ok(literal(inner)?.filter(test::ordered));
    Ok(match node {
        AstNode::UnaryLt(inner) => bound(inner)?.map(Test::Less),
        AstNode::UnaryLe(inner) => bound(inner)?.map(Test::LessOrEqual),
        AstNode::UnaryGt(inner) => bound(inner)?.map(Test::Greater),
        AstNode::UnaryGe(inner) => bound(inner)?.map(Test::GreaterOrEqual),
        AstNode::UnaryEq(inner) => literal(inner)?.map(Test::Equal),
        AstNode::Range(start, end) => match (start.as_ref(), end.as_ref()) {
            (AstNode::IntervalStart(start, start_type), AstNode::IntervalEnd(end, end_type)) => {
                match (literal(start)?, literal(end)?) {
                    (Some(start), Some(end)) => test::between(start, *start_type, end, *end_type),
                    _ => None,
                }
            }
            _ => None,
        },
        other => literal(other)?.map(Test::Equal),
    })
}
