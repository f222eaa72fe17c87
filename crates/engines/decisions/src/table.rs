//! Decision tables: which rules match, what the hit policy makes of them, and why.

use crate::cost;
use crate::env::Env;
use crate::error::DecisionError;
use crate::explanation::{HitPolicy, InputValue, Kind, OutputValue, Rule};
use crate::feel::Expr;
use crate::logic::{Details, failed_expression, run};
use crate::number::Number;
use crate::shown::{Shown, Text, Texts};
use crate::test::Tests;
use crate::text::Template;
use crate::trace;
use crate::types::{Allowed, Type};
use crate::value::{Layout, Value};
use crate::values::display;
use std::cmp::Ordering;
use std::sync::Arc;

/// A decision table with every cell ready to evaluate.
pub(crate) struct Table {
    pub policy: HitPolicy,
    pub inputs: Vec<Input>,
    pub outputs: Vec<Output>,
    /// Of the context several outputs make.
    pub layout: Layout,
    pub rules: Vec<Row>,
    /// Line of the file.
    pub line: u32,
}

/// An input column.
pub(crate) struct Input {
    pub text: Text,
    pub expression: Expr,
    /// The type it certainly has, because inputs and decisions are held to theirs. The `typeRef` of a column is not: models carry wrong
    /// ones (modellers write `string` by themselves), and what does not fit matches no cell.
    pub ty: Option<Arc<Type>>,
    pub allowed: Option<Allowed>,
}

/// An output column.
pub(crate) struct Output {
    pub name: Text,
    pub ty: Arc<Type>,
    pub allowed: Option<Allowed>,
    /// Output values in order of priority, highest first.
    pub order: Vec<Value>,
    pub default: Option<(String, Expr)>,
}

/// A rule.
pub(crate) struct Row {
    pub id: Text,
    pub conditions: Vec<Tests>,
    /// Units for looking whether they hold: one for each cell and one for each of its tests.
    pub cost: usize,
    /// The conditions as written.
    pub written: Texts,
    pub outputs: Vec<(String, Expr)>,
    pub legal_basis: Option<Template>,
    pub reason: Option<Template>,
    pub leicht: Option<Template>,
    /// Line of the file.
    pub line: u32,
}

struct Hit {
    row: usize,
    outputs: Vec<Value>,
}

/// What rules with known outputs come to.
pub(crate) enum Verdict {
    Value(Value),
    /// The default output, which is computed.
    Default,
    Error(String),
}

impl Table {
    /// Evaluates the table called `name`.
    pub fn evaluate(&self, name: &str, env: &mut Env) -> Result<(Value, Details), DecisionError> {
        let values = self.input_values(name, env)?;
        let mut hits: Vec<Hit> = Vec::new();
        for (row, rule) in self.rules.iter().enumerate() {
            cost::spend(rule.cost);
            let matched = rule.matches(name, &values, env);
            if matches!(matched, Ok(false)) {
                continue;
            }
            if let Some(error) = trace::failure() {
                return Err(error);
            }
            matched?;
            if self.policy == HitPolicy::Unique
                && let Some(first) = hits.first()
            {
                return Err(self.conflict(name, first.row, row));
            }
            hits.push(Hit {
                row,
                outputs: self.outputs(name, rule, env)?,
            });
            if self.policy == HitPolicy::First {
                break;
            }
        }
        // A function that failed makes no cell match; what went wrong is told all the same.
        if let Some(error) = trace::failure() {
            return Err(error);
        }
        let mut details = Details::new(Kind::Table);
        details.hit_policy = Some(self.policy);
        details.unmatched = self.rules.len() - hits.len();
        let value = match self.result(name, &mut hits, &values)? {
            Some(value) => value,
            None => {
                details.default_output = true;
                self.default_value(name, env)?
            }
        };
        details.rules = self.explain(name, &hits, env)?;
        details.inputs = self
            .inputs
            .iter()
            .zip(&values)
            .map(|(input, value)| {
                let value = Shown::new(value).map_err(|message| failed_expression(name, &input.text, message))?;
                Ok(InputValue {
                    expression: input.text.clone(),
                    value,
                })
            })
            .collect::<Result<_, DecisionError>>()?;
        Ok((value, details))
    }

    fn input_values(&self, name: &str, env: &mut Env) -> Result<Vec<Value>, DecisionError> {
        let mut values = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            let value = run(&input.expression, env, name, &input.text)?;
            if let Some(allowed) = &input.allowed
                && !allowed.admits(&value)
            {
                return Err(DecisionError::Type {
                    decision: name.to_owned(),
                    message: format!(
                        "the input `{}` is {}; allowed: {}",
                        input.text,
                        display(&value),
                        allowed.text
                    ),
                });
            }
            values.push(value);
        }
        Ok(values)
    }

    fn outputs(&self, name: &str, rule: &Row, env: &mut Env) -> Result<Vec<Value>, DecisionError> {
        let mut values = Vec::with_capacity(rule.outputs.len());
        for (output, (text, expression)) in self.outputs.iter().zip(&rule.outputs) {
            values.push(output.evaluate(name, text, expression, env)?);
        }
        Ok(values)
    }

    /// Applies the hit policy; sorts `hits` so that those that give the result come first. None asks for the default.
    fn result(&self, name: &str, hits: &mut [Hit], inputs: &[Value]) -> Result<Option<Value>, DecisionError> {
        use HitPolicy as P;
        let has_default = self.outputs.iter().any(|output| output.default.is_some());
        if hits.is_empty() {
            return match self.policy {
                _ if has_default => Ok(None),
                P::Collect | P::RuleOrder | P::OutputOrder => Ok(Some(Value::list([]))),
                P::CollectCount => Ok(Some(Value::Number(0_usize.into()))),
                _ => Err(self.no_rule(name, inputs)),
            };
        }
        if matches!(self.policy, P::Priority | P::OutputOrder) {
            hits.sort_by(|left, right| self.priority(left, right));
        }
        let single = |index: usize| hits.get(index).map_or(Value::Null, |hit| self.compose(&hit.outputs));
        let aggregate = |what: Option<Value>| {
            what.ok_or_else(|| DecisionError::Type {
                decision: name.to_owned(),
                message: "the outputs cannot be aggregated: a sum is one of numbers, a minimum or maximum one of numbers or of texts"
                    .to_owned(),
            })
        };
        Ok(Some(match self.policy {
            P::Unique | P::First | P::Priority => single(0),
            P::Any => {
                if let Some(other) = hits.iter().find(|hit| !identical(&hits[0], hit)) {
                    return Err(self.conflict(name, hits[0].row, other.row));
                }
                single(0)
            }
            P::Collect | P::RuleOrder | P::OutputOrder => Value::list((0..hits.len()).map(single)),
            P::CollectCount => Value::Number(hits.len().into()),
            P::CollectSum => aggregate(sum(hits))?,
            P::CollectMin => aggregate(extreme(hits, Ordering::Less))?,
            P::CollectMax => aggregate(extreme(hits, Ordering::Greater))?,
        }))
    }

    /// What the hit policy makes of the matching rules, by their rows and outputs; of a UNIQUE table at most one.
    pub fn verdict(&self, hits: Vec<(usize, Vec<Value>)>) -> Verdict {
        let mut found = Vec::with_capacity(hits.len());
        for (row, outputs) in hits {
            let pairs = self.outputs.iter().zip(outputs);
            match pairs.map(|(output, value)| output.admit(value)).collect() {
                Ok(outputs) => found.push(Hit { row, outputs }),
                Err(message) => return Verdict::Error(message),
            }
        }
        match self.result("", &mut found, &[]) {
            Ok(Some(value)) => Verdict::Value(value),
            Ok(None) => {
                let constants = self.outputs.iter().map(|output| match &output.default {
                    Some((_, Expr::Constant(value))) => Some(output.admit(value.clone())),
                    _ => None,
                });
                match constants.collect::<Option<Result<Vec<_>, _>>>() {
                    Some(Ok(values)) => Verdict::Value(self.compose(&values)),
                    Some(Err(message)) => Verdict::Error(message),
                    None => Verdict::Default,
                }
            }
            Err(DecisionError::NoRule { .. }) => Verdict::Error("no rule matches".to_owned()),
            Err(error) => Verdict::Error(error.to_string()),
        }
    }

    fn priority(&self, left: &Hit, right: &Hit) -> Ordering {
        for (index, output) in self.outputs.iter().enumerate() {
            let rank = |hit: &Hit| {
                let value = hit.outputs.get(index);
                output
                    .order
                    .iter()
                    .position(|candidate| value.is_some_and(|value| candidate.identical(value)))
                    .unwrap_or(usize::MAX)
            };
            let order = rank(left).cmp(&rank(right));
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }

    fn compose(&self, outputs: &[Value]) -> Value {
        if let [single] = outputs {
            return single.clone();
        }
        self.layout.context(outputs.iter().cloned())
    }

    fn default_value(&self, name: &str, env: &mut Env) -> Result<Value, DecisionError> {
        let mut values = Vec::with_capacity(self.outputs.len());
        for output in &self.outputs {
            // All outputs have one, or none (checked at load).
            if let Some((text, expression)) = &output.default {
                values.push(output.evaluate(name, text, expression, env)?);
            }
        }
        Ok(self.compose(&values))
    }

    fn explain(&self, name: &str, hits: &[Hit], env: &mut Env) -> Result<Vec<Rule>, DecisionError> {
        let applied = match self.policy {
            HitPolicy::Unique | HitPolicy::First | HitPolicy::Priority => 1,
            _ => hits.len(),
        };
        let mut rules = Vec::with_capacity(hits.len());
        for (index, hit) in hits.iter().enumerate() {
            let row = &self.rules[hit.row];
            let mut outputs = Vec::with_capacity(hit.outputs.len());
            for ((output, value), (text, _)) in self.outputs.iter().zip(&hit.outputs).zip(&row.outputs) {
                let value = Shown::new(value).map_err(|message| failed_expression(name, text, message))?;
                outputs.push(OutputValue {
                    name: output.name.clone(),
                    value,
                });
            }
            let fill = |template: &Option<Template>| template.as_ref().map(|template| template.fill(&hit.outputs, env));
            rules.push(Rule {
                index: hit.row + 1,
                id: row.id.clone(),
                applied: index < applied,
                conditions: row.written.clone(),
                outputs,
                legal_basis: fill(&row.legal_basis),
                reason: fill(&row.reason),
                leicht: fill(&row.leicht),
            });
        }
        Ok(rules)
    }

    /// What two rules are that match although the hit policy forbids it.
    pub fn conflict(&self, name: &str, first: usize, second: usize) -> DecisionError {
        let describe = |row: usize| match self.rules.get(row).map(|rule| rule.id.as_str()) {
            None | Some("") => format!("{}", row + 1),
            Some(id) => format!("{} ({id})", row + 1),
        };
        let policy = if self.policy == HitPolicy::Any { "ANY" } else { "UNIQUE" };
        DecisionError::Conflict {
            decision: name.to_owned(),
            first: describe(first),
            second: describe(second),
            policy,
        }
    }

    fn no_rule(&self, name: &str, values: &[Value]) -> DecisionError {
        let inputs: Vec<String> = self
            .inputs
            .iter()
            .zip(values)
            .map(|(input, value)| format!("{} = {}", input.text, display(value)))
            .collect();
        DecisionError::NoRule {
            decision: name.to_owned(),
            inputs: inputs.join(", "),
        }
    }
}

impl Output {
    /// Evaluates what a rule or the default gives for this output.
    fn evaluate(&self, name: &str, text: &str, expression: &Expr, env: &mut Env) -> Result<Value, DecisionError> {
        let value = run(expression, env, name, text)?;
        self.admit(value)
            .map_err(|message| failed_expression(name, text, message))
    }

    /// The value as this output holds it, or why it cannot.
    fn admit(&self, value: Value) -> Result<Value, String> {
        let value = self.ty.coerce(value)?;
        match &self.allowed {
            Some(allowed) if !allowed.admits(&value) => Err(format!(
                "{} is not an output value; output values: {}",
                display(&value),
                allowed.text
            )),
            _ => Ok(value),
        }
    }
}

/// The sum of what the rules give; none unless all are numbers.
fn sum(hits: &[Hit]) -> Option<Value> {
    let mut total: Option<Number> = None;
    for hit in hits {
        let Some(Value::Number(number)) = hit.outputs.first() else {
            return None;
        };
        total = Some(total.map_or_else(|| number.clone(), |total| &total + number));
    }
    total.map(Value::Number)
}

/// The first of the least or greatest that the rules give; none unless all are numbers, or all texts. Only `max` passes over nulls, as
/// in FEEL, and only after the first.
fn extreme(hits: &[Hit], wanted: Ordering) -> Option<Value> {
    let mut found: Option<&Value> = None;
    for value in hits.iter().filter_map(|hit| hit.outputs.first()) {
        found = match (found, value) {
            (None, Value::Number(_) | Value::String(_)) => Some(value),
            (Some(found), Value::Null) if wanted.is_gt() => Some(found),
            (Some(found), value) => match value.compare(found)? {
                order if order == wanted => Some(value),
                _ => Some(found),
            },
            (None, _) => return None,
        };
    }
    found.cloned()
}

fn identical(left: &Hit, right: &Hit) -> bool {
    let pairs = left.outputs.iter().zip(&right.outputs);
    left.outputs.len() == right.outputs.len() && pairs.into_iter().all(|(left, right)| left.identical(right))
}

impl Row {
    fn matches(&self, name: &str, values: &[Value], env: &mut Env) -> Result<bool, DecisionError> {
        for ((tests, value), text) in self.conditions.iter().zip(values).zip(self.written.iter()) {
            if !tests
                .matches(value, env)
                .map_err(|message| failed_expression(name, text, message))?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
