//! Expressions the FEEL library evaluates: what native evaluation leaves to it.

use crate::ast;
use crate::cost;
use crate::env::Env;
use crate::feel::{Entry, Names};
use crate::function;
use crate::value::Value;
use crate::watch;
use dsntk_feel::values::Value as LibraryValue;
use dsntk_feel::{Evaluator, FeelScope, Name};
use dsntk_feel_evaluator::prepare;
use dsntk_feel_parser::AstNode;

/// An expression as the FEEL library evaluates it.
pub(crate) struct Library {
    evaluator: Evaluator,
    /// The names it mentions.
    names: Vec<Mentioned>,
    /// How many nodes it has.
    pub nodes: usize,
}

struct Mentioned {
    name: Name,
    source: Source,
    times: usize,
}

enum Source {
    Slot(usize),
    Function(LibraryValue),
}

impl Library {
    /// `node` with what its names stand for.
    pub fn new(node: &AstNode, names: &Names) -> Library {
        let mut node = node.clone();
        let nodes = ast::size(&mut node);
        ast::meter(&mut node, &|name| names.get(name).is_some());
        let mentioned = ast::names(&mut node).into_iter();
        let mentioned = mentioned.filter_map(|(name, times)| {
            let source = match (function::metering(name.as_str()), names.get(&name)) {
                (Some(function), _) => Source::Function(function),
                (_, Some(Entry::Value { slot, .. })) => Source::Slot(*slot),
                (_, Some(Entry::Function(function))) => Source::Function(function.clone()),
                (_, None) => Source::Function(LibraryValue::FeelType(names.ty(&name)?.clone())),
            };
            Some(Mentioned { name, source, times })
        });
        Library {
            names: mentioned.collect(),
            evaluator: prepare(&node),
            nodes,
        }
    }

    /// Does what is to be done in a scope with the names the expression mentions.
    pub fn scoped<T>(&self, env: &Env, evaluate: impl FnOnce(&FeelScope) -> T) -> T {
        let scope = FeelScope::default();
        let mut reading = 0_usize;
        for Mentioned { name, source, times } in &self.names {
            let value = match source {
                Source::Slot(slot) => env.get(*slot).map(|value| {
                    reading = reading.saturating_add(cost::weight(value).saturating_mul(*times));
                    value.to_library()
                }),
                Source::Function(function) => Some(function.clone()),
            };
            if let Some(value) = value {
                scope.set_value(name, value);
            }
        }
        cost::reading(reading, || {
            cost::spend_library(self.nodes);
            evaluate(&scope)
        })
    }

    /// The value in the terms of the library.
    pub fn raw(&self, scope: &FeelScope) -> LibraryValue {
        (self.evaluator)(scope)
    }

    /// Whether the library comes to the same value and nothing fails on the way; asked by tests and the fuzzer.
    pub fn agrees(&self, value: &Value, env: &Env) -> bool {
        let own = value.to_library();
        let library = watch::watched(|| self.scoped(env, |scope| self.raw(scope)));
        // Also the digits after the point, which equal numbers may show differently.
        let agrees = library
            .as_ref()
            .is_ok_and(|library| own == *library && written(&own) == written(library));
        if !agrees {
            eprintln!("native: {own}; library: {library:?}");
        }
        agrees
    }

    /// Value of the expression, or what failed in it.
    pub fn evaluate(&self, env: &Env) -> Result<Value, String> {
        match watch::watched(|| self.scoped(env, |scope| self.raw(scope)))? {
            LibraryValue::Null(Some(message)) => Err(watch::words(&message)),
            value => Ok(Value::from_library(value)),
        }
    }
}

/// How the library writes it, but for a number that is zero: that of `0e6` is `0000000` there, that of `0/6.6` is `0.000`.
fn written(value: &LibraryValue) -> String {
    let parts: Vec<String> = match value {
        LibraryValue::Number(number) if number.is_zero() => return "0".to_owned(),
        LibraryValue::List(items) => items.iter().map(written).collect(),
        LibraryValue::Context(context) => {
            let members = context.iter();
            members
                .map(|(name, member)| format!("{name}: {}", written(member)))
                .collect()
        }
        other => return other.to_string(),
    };
    format!("[{}]", parts.join(", "))
}
