//! Functions: business knowledge models, boxed functions, and the bounds of all calls.

use crate::ast;
use crate::builtin::{MAX_INTERVAL, near};
use crate::cost;
use crate::env::Env;
use crate::error::DecisionError;
use crate::logic::Logic;
use crate::priced;
use crate::shown::{Text, Texts};
use crate::trace;
use crate::types::Type;
use crate::value::Value;
use crate::values::display;
use crate::watch::{self, Comparison};
use dsntk_feel::closure::Closure;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as LibraryValue;
use dsntk_feel::{Evaluator, FeelScope, FeelType, FunctionBody, Name};
use std::sync::Arc;

/// A business knowledge model.
pub(crate) struct Function {
    pub name: Text,
    pub label: Option<Text>,
    pub parameters: Vec<(Name, Arc<Type>)>,
    pub result: Arc<Type>,
    pub body: Logic,
    pub uses: Texts,
}

/// A boxed function.
pub(crate) struct Lambda {
    pub parameters: Vec<(Name, Arc<Type>)>,
    pub body: Logic,
}

impl Lambda {
    /// The function over the values it was defined among.
    pub fn as_value(self: &Arc<Self>, env: &Env) -> Value {
        let (lambda, around) = (Arc::clone(self), env.clone());
        let body = move |arguments: Vec<Value>| {
            let mut env = around.clone();
            for ((name, ty), argument) in lambda.parameters.iter().zip(arguments) {
                env.push(ty.coerce(argument).map_err(|message| DecisionError::Type {
                    decision: "function".to_owned(),
                    message: format!("parameter `{name}`: {message}"),
                })?);
            }
            lambda.body.part("function", "body", &mut env)
        };
        let names = self.parameters.iter().map(|(name, _)| name.clone()).collect();
        Value::Other(Arc::new(callable(names, body)))
    }
}

/// A function the FEEL library can call. What goes wrong inside is kept for the decision (see [`trace`]).
fn callable(
    parameters: Vec<Name>,
    body: impl Fn(Vec<Value>) -> Result<Value, DecisionError> + Send + Sync + 'static,
) -> LibraryValue {
    let names = parameters.clone();
    native(parameters, move |scope| {
        if trace::failed() || watch::failed() {
            return LibraryValue::Null(Some("not evaluated after an earlier failure".to_owned()));
        }
        // The arguments stand in the innermost context of the scope.
        let mut arguments = scope.peek().unwrap_or_default();
        let arguments = names.iter().map(|name| {
            let argument = arguments.remove_entry(name);
            argument.map_or(Value::Null, Value::from_library)
        });
        let arguments: Vec<Value> = arguments.collect();
        let result = trace::enter().and_then(|()| {
            let passed = arguments.iter().try_for_each(cost::pass).map_err(too_deep);
            let result = passed.and_then(|()| body(arguments));
            trace::leave();
            result
        });
        let result = result.and_then(|value| cost::pass(&value).map(|()| value).map_err(too_deep));
        match result {
            Ok(value) => value.to_library(),
            Err(error) => {
                let message = error.to_string();
                if !watch::beside() {
                    trace::fail(error);
                }
                LibraryValue::Null(Some(message))
            }
        }
    })
}

fn too_deep(message: String) -> DecisionError {
    DecisionError::Type {
        decision: "function".to_owned(),
        message,
    }
}

/// The functions [`ast::meter`] puts into expressions, by name.
pub(crate) fn metering(name: &str) -> Option<LibraryValue> {
    Some(match name {
        ast::ENTER => enter(),
        ast::LEAVE => leave(),
        ast::PAY => pay(),
        ast::TURN => turn(true),
        ast::TEST => turn(false),
        ast::JOINED => with_one(joined),
        ast::COMBINED => with_one(|domains| {
            cost::spend(combinations(&domains));
            LibraryValue::Boolean(true)
        }),
        ast::NEAR => with_two(|start, end| {
            let (from, to) = (Value::from_library(start), Value::from_library(end.clone()));
            if near(&from, &to) {
                return end;
            }
            LibraryValue::Null(Some(format!(
                "a loop counts through at most {MAX_INTERVAL} numbers or days, not from {} to {}",
                display(&from),
                display(&to)
            )))
        }),
        ast::SOUND => with_one(watch::sound),
        ast::SOME => with_two(|value, what| watch::some(value, &text(&what))),
        ast::EACH => with_one(watch::each),
        ast::MEMBER => with_two(|of, name| watch::member(of, &text(&name))),
        ast::TRUTH => with_two(|value, what| watch::truth(value, &text(&what))),
        ast::ITEMS => with_one(watch::items),
        ast::OPEN => with_one(watch::open),
        ast::CLOSE => with_one(watch::close),
        ast::INSIDE => with_one(|_| LibraryValue::Boolean(watch::inside())),
        _ if name == ast::ASK[0] => with_one(|given| {
            watch::ask();
            given
        }),
        _ if name == ast::ASK[1] => with_two(|_, value| {
            watch::asked();
            value
        }),
        _ if name == ast::AND[0] => with_one(|left| LibraryValue::Boolean(watch::decides(left, false))),
        _ if name == ast::AND[1] => with_one(|right| watch::joined(right, false)),
        _ if name == ast::OR[0] => with_one(|left| LibraryValue::Boolean(watch::decides(left, true))),
        _ if name == ast::OR[1] => with_one(|right| watch::joined(right, true)),
        _ if let Some(function) = priced::function(name) => with_one(move |given| match given {
            LibraryValue::List(arguments) => priced::evaluate(function, arguments),
            _ => LibraryValue::Null(None),
        }),
        _ => {
            let comparison = Comparison::read(name.strip_prefix(ast::COMPARE)?)?;
            with_two(move |left, right| {
                if comparison == Comparison::In {
                    priced::pay_in(&left, &right);
                }
                comparison.of(&left, &right)
            })
        }
    })
}

fn text(value: &LibraryValue) -> String {
    match value {
        LibraryValue::String(text) => text.clone(),
        _ => String::new(),
    }
}

/// Names of the parameters of the functions below.
const GIVEN: &str = "? given";
const SECOND: &str = "? second";

fn given(scope: &FeelScope) -> LibraryValue {
    argument(scope, GIVEN)
}

fn argument(scope: &FeelScope, name: &str) -> LibraryValue {
    // It stands in the innermost context.
    scope.get_value(&Name::from(name)).unwrap_or(LibraryValue::Null(None))
}

fn with_one(body: impl Fn(LibraryValue) -> LibraryValue + Send + Sync + 'static) -> LibraryValue {
    native(vec![Name::from(GIVEN)], move |scope| body(given(scope)))
}

fn with_two(body: impl Fn(LibraryValue, LibraryValue) -> LibraryValue + Send + Sync + 'static) -> LibraryValue {
    native(vec![Name::from(GIVEN), Name::from(SECOND)], move |scope| {
        body(given(scope), argument(scope, SECOND))
    })
}

/// Begins a call of a function literal (see [`crate::ast`]) with the list of its size and its arguments; false when there are too many calls.
fn enter() -> LibraryValue {
    native(vec![Name::from(GIVEN)], |scope| {
        let begun = trace::enter().and_then(|()| {
            let passed = match given(scope) {
                LibraryValue::List(arguments) => {
                    cost::spend_library(number(arguments.first()));
                    arguments.iter().try_for_each(cost::pass_library)
                }
                _ => Ok(()),
            };
            passed.map_err(|message| {
                trace::leave();
                too_deep(message)
            })
        });
        LibraryValue::Boolean(begun.map_err(trace::fail).is_ok())
    })
}

/// Ends the call and gives what the function gave.
fn leave() -> LibraryValue {
    native(vec![Name::from(GIVEN)], |scope| {
        trace::leave();
        passed_on(given(scope))
    })
}

/// Pays for a value that was made of others.
fn pay() -> LibraryValue {
    native(vec![Name::from(GIVEN)], |scope| {
        let given = given(scope);
        // How deep it is shows where it is passed on.
        cost::pass_library(&given).unwrap_or_default();
        given
    })
}

/// Pays for one turn of a loop, given what it gave and its size. Of a `for` the library copies what all earlier turns gave at each turn,
/// `partial`.
fn turn(partial: bool) -> LibraryValue {
    native(vec![Name::from(GIVEN)], move |scope| {
        let LibraryValue::List(mut parts) = given(scope) else {
            return LibraryValue::Null(None);
        };
        cost::spend_library(number(parts.get(1)));
        if partial && let Some(earlier) = scope.get_value(&Name::from("partial")) {
            cost::pass_library(&earlier).unwrap_or_default();
        }
        passed_on(parts.swap_remove(0))
    })
}

/// What a loop in a loop gives, as one list.
fn joined(lists: LibraryValue) -> LibraryValue {
    let LibraryValue::List(lists) = lists else {
        return lists;
    };
    let mut all = Vec::new();
    for list in lists {
        match list {
            LibraryValue::List(items) => all.extend(items),
            failed => return failed,
        }
    }
    LibraryValue::List(all)
}

/// How many combinations a loop goes through (see [`ast::meter`]), given for each variable how deep in which list its values stand. An
/// interval, which has no list, is bounded by itself.
fn combinations(domains: &LibraryValue) -> usize {
    fn longest(value: &LibraryValue, depth: usize) -> usize {
        match (value, depth) {
            (LibraryValue::List(items), 0) => items.len(),
            (LibraryValue::List(items), _) => items.iter().map(|item| longest(item, depth - 1)).max().unwrap_or(0),
            _ => 1,
        }
    }
    let LibraryValue::List(domains) = domains else { return 0 };
    domains.iter().fold(1_usize, |product, domain| match domain {
        LibraryValue::List(parts) => {
            let values = parts.get(1).map_or(1, |list| longest(list, number(parts.first())));
            product.saturating_mul(values.max(1))
        }
        _ => product,
    })
}

fn number(value: Option<&LibraryValue>) -> usize {
    match value {
        Some(LibraryValue::Number(number)) => usize::try_from(*number).unwrap_or(usize::MAX),
        _ => 0,
    }
}

fn passed_on(value: LibraryValue) -> LibraryValue {
    match cost::pass_library(&value) {
        Ok(()) => value,
        Err(message) => {
            trace::fail(too_deep(message.clone()));
            LibraryValue::Null(Some(message))
        }
    }
}

fn native(parameters: Vec<Name>, body: impl Fn(&FeelScope) -> LibraryValue + Send + Sync + 'static) -> LibraryValue {
    let evaluator: Evaluator = Box::new(body);
    LibraryValue::FunctionDefinition(
        parameters.into_iter().map(|name| (name, FeelType::Any)).collect(),
        FunctionBody::LiteralExpression(Arc::new(evaluator)),
        false,
        Closure::default(),
        FeelContext::default(),
        FeelType::Any,
    )
}

impl Function {
    /// Calls the function with one argument for each parameter and records the step.
    pub fn call(&self, arguments: Vec<Value>) -> Result<Value, DecisionError> {
        let mut env = Env::new(0);
        for ((name, ty), argument) in self.parameters.iter().zip(arguments) {
            env.push(ty.coerce(argument).map_err(|message| DecisionError::Type {
                decision: self.name.to_string(),
                message: format!("parameter `{name}`: {message}"),
            })?);
        }
        let (value, details) = self.body.evaluate(&self.name, &mut env)?;
        let value = self.result.coerce(value).map_err(|message| DecisionError::Type {
            decision: self.name.to_string(),
            message: format!("result: {message}"),
        })?;
        details.record(&self.name, self.label.as_ref(), &value, &self.uses)?;
        Ok(value)
    }

    /// The function as the FEEL library calls it.
    pub fn as_value(self: &Arc<Self>) -> LibraryValue {
        let function = Arc::clone(self);
        let names = self.parameters.iter().map(|(name, _)| name.clone()).collect();
        callable(names, move |arguments| function.call(arguments))
    }
}
