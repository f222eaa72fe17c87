//! Boxed expressions other than tables, and business knowledge models.

use crate::cost;
use crate::env::Env;
use crate::error::DecisionError;
use crate::explanation::{HitPolicy, InputValue, Kind, Rule, Step};
use crate::feel::Expr;
use crate::finding::Finding;
use crate::function::{Function, Lambda};
use crate::load::Decision;
use crate::shown::{Shown, Text, Texts};
use crate::table::Table;
use crate::trace;
use crate::types::Type;
use crate::value::{Layout, Value};
use crate::values::display;
use crate::watch;
use dsntk_feel::Name;
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
    /// `for`, `some`, `every` and filters; each item stands in the next slot.
    Iteration {
        kind: Iteration,
        list: Box<Logic>,
        body: Box<Logic>,
    },
    Lambda(Arc<Lambda>),
    Service {
        /// Slots of the model.
        slots: usize,
        /// Where the arguments stand in them.
        places: Vec<usize>,
        steps: Vec<Arc<Decision>>,
        layout: Layout,
        outputs: Vec<usize>,
    },
    /// What has a mistake, in a model that was read in part.
    Broken(Finding),
}

/// What a boxed iteration makes of its items.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Iteration {
    For,
    Some,
    Every,
    Filter,
}

/// Entry of a boxed context.
pub(crate) struct Entry {
    pub name: Name,
    pub ty: Arc<Type>,
    pub logic: Logic,
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
                    outcome?.unwrap_or_else(|| cost::made(layout.context(bound))),
                    Details::new(Kind::Context),
                )
            }
            Logic::Invocation { function, bindings } => {
                let mut arguments = vec![Value::Null; function.parameters.len()];
                for (parameter, logic) in bindings {
                    if let (Some(argument), Some((own, _))) =
                        (arguments.get_mut(*parameter), function.parameters.get(*parameter))
                    {
                        let value = logic.part(name, own.as_str(), env)?;
                        *argument = logic.passes(value).map_err(|message| DecisionError::Type {
                            decision: name.to_owned(),
                            message: format!("parameter `{own}`: {message}"),
                        })?;
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
                    cost::made(Value::list(items.collect::<Result<Vec<_>, _>>()?)),
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
                (cost::made(Value::list(values)), Details::new(Kind::Relation))
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
            Logic::Iteration { kind, list, body } => (
                iteration(name, *kind, list, body, env)?,
                Details::new(match kind {
                    Iteration::Filter => Kind::Filter,
                    _ => Kind::Iteration,
                }),
            ),
            Logic::Lambda(lambda) => (lambda.as_value(env), Details::new(Kind::Function)),
            Logic::Service {
                slots,
                places,
                steps,
                layout,
                outputs,
            } => {
                let mut inside = Env::new(*slots);
                for (argument, &place) in places.iter().enumerate() {
                    inside.set(place, env.get(argument).cloned().unwrap_or(Value::Null));
                }
                for decision in steps {
                    decision.evaluate(&mut inside)?;
                }
                let mut values: Vec<Value> = outputs
                    .iter()
                    .map(|&slot| inside.get(slot).cloned().unwrap_or(Value::Null))
                    .collect();
                let value = match values.len() {
                    1 => values.remove(0),
                    _ => cost::made(layout.context(values)),
                };
                (value, Details::new(Kind::Service))
            }
            Logic::Broken(finding) => {
                return Err(DecisionError::Refused {
                    decision: name.to_owned(),
                    finding: finding.clone(),
                });
            }
        })
    }

    /// The value of this logic, paid for, when it is not too deep to be passed on.
    fn passes(&self, value: Value) -> Result<Value, String> {
        if !matches!(
            self,
            Logic::Literal {
                expression: Expr::Path(_) | Expr::Constant(_),
                ..
            }
        ) {
            cost::pass(&value)?;
        }
        Ok(value)
    }

    /// Evaluates a part of a boxed expression; a table there is a step of its own.
    pub fn part(&self, name: &str, part: &str, env: &mut Env) -> Result<Value, DecisionError> {
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
        let value = entry.logic.passes(value).and_then(|value| entry.ty.coerce(value));
        let value = value.map_err(|message| DecisionError::Type {
            decision: name.to_owned(),
            message: format!("entry `{}`: {message}", entry.name),
        })?;
        env.push(value);
    }
    result.map(|result| result.part(name, "result", env)).transpose()
}

fn iteration(name: &str, kind: Iteration, list: &Logic, body: &Logic, env: &mut Env) -> Result<Value, DecisionError> {
    let items = match list.part(name, "in", env)? {
        Value::List(items) => items,
        Value::Null if !watch::lenient() => {
            return Err(DecisionError::Type {
                decision: name.to_owned(),
                message: "there is nothing to go through: `in` is null".to_owned(),
            });
        }
        single => Arc::from([single]),
    };
    let part = match kind {
        Iteration::For => "return",
        Iteration::Some | Iteration::Every => "satisfies",
        Iteration::Filter => "match",
    };
    let mut results = Vec::with_capacity(items.len());
    let begin = env.len();
    for item in items.iter() {
        cost::spend(1);
        env.push(item.clone());
        let result = body.part(name, part, env);
        env.close(begin);
        let result = result?;
        if kind != Iteration::For && !matches!(result, Value::Boolean(_) | Value::Null) {
            return Err(DecisionError::Type {
                decision: name.to_owned(),
                message: format!("`{part}` is {}, not a boolean", display(&result)),
            });
        }
        match (kind, &result) {
            (Iteration::For, _) => results.push(result),
            (Iteration::Filter, Value::Boolean(true)) => results.push(item.clone()),
            (Iteration::Some, Value::Boolean(true)) => return Ok(Value::Boolean(true)),
            (Iteration::Every, Value::Boolean(false)) => return Ok(Value::Boolean(false)),
            (Iteration::Some | Iteration::Every, Value::Null) => results.push(Value::Null),
            _ => {}
        }
    }
    Ok(match kind {
        Iteration::For => cost::made(Value::list(results)),
        Iteration::Filter => Value::list(results),
        // An unknown among the items leaves the answer unknown.
        Iteration::Some | Iteration::Every if !results.is_empty() => Value::Null,
        Iteration::Some => Value::Boolean(false),
        Iteration::Every => Value::Boolean(true),
    })
}

impl Decision {
    /// Evaluates the decision over the values in `env`, puts its value there and records the step.
    pub fn evaluate(&self, env: &mut Env) -> Result<Shown, DecisionError> {
        let (value, details) = self.logic.evaluate(&self.key, env)?;
        let value = self.ty.coerce(value).map_err(|message| DecisionError::Type {
            decision: self.key.to_string(),
            message: format!("result: {message}"),
        })?;
        let shown = details.record(&self.key, self.label.as_ref(), &value, &self.uses)?;
        env.set(self.slot, value);
        Ok(shown)
    }
}
