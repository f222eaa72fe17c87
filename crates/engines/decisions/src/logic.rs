//! Boxed expressions other than tables, and business knowledge models.

use crate::env::Env;
use crate::error::DecisionError;
use crate::explanation::{HitPolicy, InputValue, Kind, Rule, Step};
use crate::feel::Expr;
use crate::shown::{Shown, Text, Texts};
use crate::table::Table;
use crate::trace;
use crate::types::Type;
use crate::value::{Layout, Value};
use dsntk_feel::closure::Closure;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as LibraryValue;
use dsntk_feel::{Evaluator, FeelScope, FeelType, FunctionBody, Name};
use std::sync::Arc;

/// What gives a decision its value.
pub(crate) enum Logic {
    Literal {
        text: String,
        expression: Expr,
    },
    Table(Table),
    Context {
        entries: Vec<Entry>,
        layout: Layout,
        result: Option<Box<Logic>>,
    },
    Invocation {
        function: Arc<Function>,
        /// Position of the parameter, and what it is bound to.
        bindings: Vec<(usize, Logic)>,
    },
    List(Vec<Logic>),
    Relation {
        columns: Vec<Name>,
        layout: Layout,
        rows: Vec<Vec<Logic>>,
    },
    Conditional {
        condition: Box<Logic>,
        yes: Box<Logic>,
        no: Box<Logic>,
    },
}

/// Entry of a boxed context.
pub(crate) struct Entry {
    pub name: Name,
    pub ty: Arc<Type>,
    pub logic: Logic,
}

/// A business knowledge model.
pub(crate) struct Function {
    pub name: Text,
    pub label: Option<Text>,
    pub parameters: Vec<(Name, Arc<Type>)>,
    pub result: Arc<Type>,
    pub body: Logic,
    pub uses: Texts,
}

/// What a step tells besides its value.
pub(crate) struct Details {
    pub kind: Kind,
    pub hit_policy: Option<HitPolicy>,
    pub inputs: Vec<InputValue>,
    pub rules: Vec<Rule>,
    pub unmatched: usize,
    pub default_output: bool,
}

impl Details {
    pub fn new(kind: Kind) -> Details {
        Details {
            kind,
            hit_policy: None,
            inputs: vec![],
            rules: vec![],
            unmatched: 0,
            default_output: false,
        }
    }

    /// Checks the value for failures inside it and records the step; the value as it shows.
    pub fn record(
        self,
        name: &Text,
        label: Option<&Text>,
        value: &Value,
        uses: &Texts,
    ) -> Result<Shown, DecisionError> {
        let value = Shown::new(value).map_err(|message| DecisionError::Type {
            decision: name.to_string(),
            message: format!("no usable result: {message}"),
        })?;
        trace::push(Step {
            name: name.clone(),
            label: label.cloned(),
            kind: self.kind,
            hit_policy: self.hit_policy,
            inputs: self.inputs,
            rules: self.rules,
            unmatched: self.unmatched,
            default_output: self.default_output,
            value: value.clone(),
            uses: uses.clone(),
        })?;
        Ok(value)
    }
}

pub(crate) fn failed_expression(decision: &str, expression: &str, message: String) -> DecisionError {
    DecisionError::Expression {
        decision: decision.to_owned(),
        expression: expression.to_owned(),
        message,
    }
}

/// Evaluates an expression of decision `name`; failures of functions it called come first.
pub(crate) fn run(expression: &Expr, env: &mut Env, name: &str, text: &str) -> Result<Value, DecisionError> {
    let result = expression.evaluate(env);
    if expression.needs_library()
        && let Some(error) = trace::failure()
    {
        return Err(error);
    }
    result.map_err(|message| failed_expression(name, text, message))
}

impl Logic {
    /// Evaluates the logic of the decision called `name`.
    pub fn evaluate(&self, name: &str, env: &mut Env) -> Result<(Value, Details), DecisionError> {
        Ok(match self {
            Logic::Literal { text, expression } => (run(expression, env, name, text)?, Details::new(Kind::Literal)),
            Logic::Table(table) => table.evaluate(name, env)?,
            Logic::Context {
                entries,
                layout,
                result,
            } => {
                let begin = env.len();
                let outcome = context(name, entries, result.as_deref(), env);
                let bound = env.close(begin);
                (
                    outcome?.unwrap_or_else(|| layout.context(bound)),
                    Details::new(Kind::Context),
                )
            }
            Logic::Invocation { function, bindings } => {
                let mut arguments = vec![Value::Null; function.parameters.len()];
                for (parameter, logic) in bindings {
                    if let (Some(argument), Some((own, _))) =
                        (arguments.get_mut(*parameter), function.parameters.get(*parameter))
                    {
                        *argument = logic.part(name, own.as_str(), env)?;
                    }
                }
                (function.call(arguments)?, Details::new(Kind::Invocation))
            }
            Logic::List(items) => {
                let items = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| item.part(name, &(index + 1).to_string(), env));
                (
                    Value::list(items.collect::<Result<Vec<_>, _>>()?),
                    Details::new(Kind::List),
                )
            }
            Logic::Relation { columns, layout, rows } => {
                let mut values = Vec::with_capacity(rows.len());
                for row in rows {
                    let cells = columns.iter().zip(row);
                    let cells = cells.map(|(column, cell)| cell.part(name, column.as_str(), env));
                    values.push(layout.context(cells.collect::<Result<Vec<_>, _>>()?));
                }
                (Value::list(values), Details::new(Kind::Relation))
            }
            Logic::Conditional { condition, yes, no } => {
                let branch = match condition.part(name, "if", env)? {
                    Value::Boolean(true) => yes.part(name, "then", env)?,
                    Value::Boolean(false) | Value::Null => no.part(name, "else", env)?,
                    _ => {
                        return Err(DecisionError::Type {
                            decision: name.to_owned(),
                            message: "the condition of if is not a boolean".to_owned(),
                        });
                    }
                };
                (branch, Details::new(Kind::Conditional))
            }
        })
    }

    /// Evaluates a part of a boxed expression; a table there is a step of its own.
    fn part(&self, name: &str, part: &str, env: &mut Env) -> Result<Value, DecisionError> {
        if let Logic::Literal { text, expression } = self {
            return run(expression, env, name, text);
        }
        let name = Text::from(format!("{name}.{part}"));
        let (value, details) = self.evaluate(&name, env)?;
        if details.kind == Kind::Table {
            details.record(&name, None, &value, &Texts::default())?;
        }
        Ok(value)
    }
}

fn context(
    name: &str,
    entries: &[Entry],
    result: Option<&Logic>,
    env: &mut Env,
) -> Result<Option<Value>, DecisionError> {
    for entry in entries {
        let value = entry.logic.part(name, entry.name.as_str(), env)?;
        let value = entry.ty.coerce(value).map_err(|message| DecisionError::Type {
            decision: name.to_owned(),
            message: format!("entry `{}`: {message}", entry.name),
        })?;
        env.push(value);
    }
    result.map(|result| result.part(name, "result", env)).transpose()
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

    /// The function as the FEEL library calls it: arguments in the innermost context of the scope.
    pub fn as_value(self: &Arc<Self>) -> LibraryValue {
        let function = Arc::clone(self);
        let evaluator: Evaluator = Box::new(move |scope: &FeelScope| {
            if trace::failed() {
                return LibraryValue::Null(Some("not evaluated after an earlier failure".to_owned()));
            }
            let mut arguments = scope.peek().unwrap_or_default();
            let arguments = function.parameters.iter().map(|(name, _)| {
                let argument = arguments.remove_entry(name);
                argument.map_or(Value::Null, Value::from_library)
            });
            match function.call(arguments.collect()) {
                Ok(value) => value.to_library(),
                Err(error) => {
                    let message = error.to_string();
                    trace::fail(error);
                    LibraryValue::Null(Some(message))
                }
            }
        });
        let parameters = self
            .parameters
            .iter()
            .map(|(name, _)| (name.clone(), FeelType::Any))
            .collect();
        let body = FunctionBody::LiteralExpression(Arc::new(evaluator));
        LibraryValue::FunctionDefinition(
            parameters,
            body,
            false,
            Closure::default(),
            FeelContext::default(),
            FeelType::Any,
        )
    }
}
