//! Functions: business knowledge models, boxed functions, and the bounds of all calls.

use crate::cost;
use crate::env::Env;
use crate::error::DecisionError;
use crate::logic::Logic;
use crate::shown::{Text, Texts};
use crate::trace;
use crate::types::Type;
use crate::value::Value;
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
        if trace::failed() {
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
                trace::fail(error);
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

/// Name of the only parameter of the functions below.
const GIVEN: &str = "? given";

fn given(scope: &FeelScope) -> LibraryValue {
    let mut arguments = scope.peek().unwrap_or_default();
    let given = arguments.remove_entry(&Name::from(GIVEN));
    given.unwrap_or(LibraryValue::Null(None))
}

/// Begins a call of a function literal (see [`crate::ast`]) with the list of its size and its arguments; false when there are too many calls.
pub(crate) fn enter() -> LibraryValue {
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
pub(crate) fn leave() -> LibraryValue {
    native(vec![Name::from(GIVEN)], |scope| {
        trace::leave();
        passed_on(given(scope))
    })
}

/// Pays for a value that was made of others.
pub(crate) fn pay() -> LibraryValue {
    native(vec![Name::from(GIVEN)], |scope| {
        let given = given(scope);
        // How deep it is shows where it is passed on.
        cost::pass_library(&given).unwrap_or_default();
        given
    })
}

/// Pays for one turn of a loop, given what it gave and its size. The library copies what all earlier turns gave at each turn.
pub(crate) fn turn() -> LibraryValue {
    native(vec![Name::from(GIVEN)], |scope| {
        let (LibraryValue::List(mut parts), earlier) = (given(scope), scope.get_value(&Name::from("partial"))) else {
            return LibraryValue::Null(None);
        };
        cost::spend_library(number(parts.get(1)));
        if let Some(earlier) = earlier {
            cost::pass_library(&earlier).unwrap_or_default();
        }
        passed_on(parts.swap_remove(0))
    })
}

/// Lets only a short text pass, which will be repeated.
pub(crate) fn short() -> LibraryValue {
    native(vec![Name::from(GIVEN)], |scope| {
        let given = given(scope);
        if let LibraryValue::String(text) = &given {
            cost::repeat(text.len());
        }
        given
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
