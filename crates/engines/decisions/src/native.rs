//! FEEL evaluated by this crate: the constructs real models are made of, compiled once to a tree with known slots.
//!
//! Native evaluation knows the ordinary course only. What it does not know how to do, and all that fails, ends in
//! [`Unusual`]; then the library evaluates the whole expression, with its words for what is wrong (see [`crate::watch`]).
//! Expressions have no effects, so doing it twice changes nothing.

use crate::builtin::{Builtin, MAX_INTERVAL};
use crate::cost;
use crate::env::Env;
use crate::number::Number;
use crate::value::{Layout, Member, Unusual, Value};
use dsntk_feel::values::Value as Library;
use std::cmp::Ordering;

/// A compiled expression.
pub(crate) enum Node {
    Constant(Value),
    Slot(usize),
    /// A name inside a filter: a member of the item in `slot`, when it has one of that name.
    OfItem {
        slot: usize,
        name: Member,
        outside: Box<Node>,
    },
    /// A name nothing stands for.
    Missing,
    Member(Box<Node>, Member),
    Arithmetic(Operator, Box<[Node; 2]>),
    Negative(Box<Node>),
    /// `<`, `<=`, `>`, `>=` by the orders that satisfy them.
    Compare(&'static [Ordering], Box<[Node; 2]>),
    Equal(Box<[Node; 2]>),
    NotEqual(Box<[Node; 2]>),
    And(Box<[Node; 2]>),
    Or(Box<[Node; 2]>),
    If(Box<[Node; 3]>),
    List(Vec<Node>),
    Context(Layout, Vec<Node>),
    Filter {
        list: Box<Node>,
        /// Asked of each item.
        condition: Box<Node>,
        /// The same beside all items, where it may be a number: then it is an index.
        index: Option<Box<Node>>,
        /// Units for asking it once.
        cost: usize,
    },
    For(Loop),
    Some(Loop),
    Every(Loop),
    Call(Builtin, Vec<Node>),
}

/// A loop.
pub(crate) struct Loop {
    pub domain: Domain,
    pub body: Box<Node>,
    /// Units for one turn.
    pub cost: usize,
}

/// What a loop goes through.
pub(crate) enum Domain {
    List(Box<Node>),
    Interval(Box<[Node; 2]>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Sub,
    Mul,
    Div,
}

impl Node {
    /// The value, as far as nothing fails.
    pub fn evaluate(&self, env: &mut Env) -> Result<Value, Unusual> {
        Ok(match self {
            Node::Constant(value) => value.clone(),
            Node::Slot(slot) => env.get(*slot).cloned().ok_or(Unusual)?,
            Node::Missing => return Err(Unusual),
            Node::OfItem { outside, .. } => match self.place(env) {
                Some(value) => value.clone(),
                None => outside.evaluate(env)?,
            },
            Node::Member(of, name) => match of.place(env) {
                Some(of) => member(of, name)?,
                None => member(&of.evaluate(env)?, name)?,
            },
            Node::Arithmetic(operator, operands) => {
                both(operands, env, |left, right| arithmetic(*operator, left, right))?
            }
            Node::Negative(of) => match of.evaluate(env)? {
                Value::Number(number) => Value::Number(-&number),
                _ => return Err(Unusual),
            },
            Node::Compare(orders, operands) => both(operands, env, |left, right| {
                let order = left.compare(right).ok_or(Unusual)?;
                Ok(Value::Boolean(orders.contains(&order)))
            })?,
            Node::Equal(operands) => Value::Boolean(both(operands, env, Value::equals)?.ok_or(Unusual)?),
            Node::NotEqual(operands) => Value::Boolean(!both(operands, env, Value::equals)?.ok_or(Unusual)?),
            Node::And(operands) => connect(operands, false, env)?,
            Node::Or(operands) => connect(operands, true, env)?,
            Node::If(parts) => {
                let [condition, yes, no] = parts.as_ref();
                match condition.evaluate(env)? {
                    Value::Boolean(true) => yes.evaluate(env)?,
                    Value::Boolean(false) | Value::Null => no.evaluate(env)?,
                    _ => return Err(Unusual),
                }
            }
            Node::List(items) => {
                let items = items.iter().map(|item| item.settled(env));
                cost::made(Value::list(items.collect::<Result<Vec<_>, _>>()?))
            }
            Node::Context(layout, entries) => {
                let begin = env.len();
                for entry in entries {
                    let value = entry.settled(env);
                    match value {
                        Ok(value) => env.push(value),
                        Err(unusual) => {
                            env.close(begin);
                            return Err(unusual);
                        }
                    }
                }
                cost::made(layout.context(env.close(begin)))
            }
            Node::Filter {
                list,
                condition,
                index,
                cost,
            } => filter(list, condition, index.as_deref(), *cost, env)?,
            Node::For(turns) => {
                let mut results = Vec::new();
                turns.each(env, |env| {
                    results.push(turns.body.settled(env)?);
                    Ok(true)
                })?;
                cost::made(Value::list(results))
            }
            Node::Some(turns) => quantify(turns, true, env)?,
            Node::Every(turns) => quantify(turns, false, env)?,
            Node::Call(builtin, arguments) => match arguments.as_slice() {
                [Node::Arithmetic(Operator::Div, operands)] if *builtin == Builtin::Floor => {
                    both(operands, env, |left, right| {
                        if let (Value::Number(left), Value::Number(right)) = (left, right)
                            && let Some((quotient, _)) = left.divided(right)
                        {
                            return Ok(Value::Number(quotient));
                        }
                        builtin.call(&[arithmetic(Operator::Div, left, right)?])
                    })?
                }
                [Node::Member(of, name)] if *builtin == Builtin::Sum => match of.place(env) {
                    Some(Value::List(items)) => sum_of(items, name)?,
                    _ => builtin.call(&[arguments[0].settled(env)?])?,
                },
                [one] => builtin.call(&[one.settled(env)?])?,
                [one, two] => builtin.call(&[one.settled(env)?, two.settled(env)?])?,
                arguments => {
                    let arguments = arguments.iter().map(|argument| argument.settled(env));
                    builtin.call(&arguments.collect::<Result<Vec<_>, _>>()?)?
                }
            },
        })
    }

    /// Whether the value can be nothing but true, false or null.
    pub fn is_condition(&self) -> bool {
        match self {
            Node::Compare(..)
            | Node::Equal(_)
            | Node::NotEqual(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Some(..)
            | Node::Every(..) => true,
            Node::Call(builtin, _) => builtin.is_condition(),
            _ => false,
        }
    }

    /// The value, to be kept or passed on.
    pub fn settled(&self, env: &mut Env) -> Result<Value, Unusual> {
        match self.evaluate(env)? {
            Value::Failed(_) => Err(Unusual),
            value => Ok(value),
        }
    }

    /// The value where it stands, when it stands somewhere.
    fn place<'v>(&'v self, env: &'v Env) -> Option<&'v Value> {
        match self {
            Node::Constant(value) => Some(value),
            Node::Slot(slot) => env.get(*slot),
            Node::OfItem { slot, name, outside } => match env.get(*slot) {
                Some(Value::Context(record)) => name.of(record).or_else(|| outside.place(env)),
                _ => outside.place(env),
            },
            Node::Member(of, name) => match of.place(env)? {
                Value::Context(record) => name.of(record),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Both operands, where they stand if they stand somewhere.
fn both<T>(
    operands: &[Node; 2],
    env: &mut Env,
    then: impl FnOnce(&Value, &Value) -> Result<T, Unusual>,
) -> Result<T, Unusual> {
    let [left, right] = operands;
    if let Some(left) = left.place(env) {
        if let Some(right) = right.place(env) {
            return then(left, right);
        }
        let left = left.clone();
        return then(&left, &right.evaluate(env)?);
    }
    let left = left.evaluate(env)?;
    match right.place(env) {
        Some(right) => then(&left, right),
        None => then(&left, &right.evaluate(env)?),
    }
}

/// `and`, where false decides, or `or`, where true does.
fn connect(operands: &[Node; 2], decides: bool, env: &mut Env) -> Result<Value, Unusual> {
    let mut known = true;
    for operand in operands {
        match operand.evaluate(env)? {
            Value::Boolean(value) if value == decides => return Ok(Value::Boolean(decides)),
            Value::Boolean(_) => {}
            Value::Null => known = false,
            _ => return Err(Unusual),
        }
    }
    Ok(if known { Value::Boolean(!decides) } else { Value::Null })
}

fn member(of: &Value, name: &Member) -> Result<Value, Unusual> {
    Ok(match of {
        Value::Context(record) => name.of(record).cloned().ok_or(Unusual)?,
        Value::List(items) => {
            let members = items.iter().map(|item| match item {
                Value::Context(record) => name.of(record).cloned().ok_or(Unusual),
                _ => Err(Unusual),
            });
            cost::spend(items.len());
            Value::list(members.collect::<Result<Vec<_>, _>>()?)
        }
        Value::Date(date) => Value::Number(match name.name() {
            "year" => i64::from(date.year()).into(),
            "month" => i64::from(date.month()).into(),
            "day" => i64::from(date.day()).into(),
            _ => return Err(Unusual),
        }),
        _ => return Err(Unusual),
    })
}

/// Sum of one member of all items, without a list of them.
fn sum_of(items: &[Value], name: &Member) -> Result<Value, Unusual> {
    cost::spend(items.len());
    let mut total: Option<Number> = None;
    for item in items {
        let Value::Context(record) = item else {
            return Err(Unusual);
        };
        let Some(Value::Number(number)) = name.of(record) else {
            return Err(Unusual);
        };
        total = Some(total.map_or_else(|| number.clone(), |total| &total + number));
    }
    total.map(Value::Number).ok_or(Unusual)
}

fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Result<Value, Unusual> {
    Ok(match (operator, left, right) {
        (Operator::Add, Value::Number(left), Value::Number(right)) => Value::Number(left + right),
        (Operator::Sub, Value::Number(left), Value::Number(right)) => Value::Number(left - right),
        (Operator::Mul, Value::Number(left), Value::Number(right)) => Value::Number(left * right),
        (Operator::Div, Value::Number(left), Value::Number(right)) if !right.is_zero() => Value::Number(left / right),
        (Operator::Add, Value::String(left), Value::String(right)) => {
            cost::spend_text(left.len() + right.len());
            Value::text(&[&**left, &**right].concat())
        }
        (Operator::Add | Operator::Sub, Value::Date(date), Value::Other(duration)) => {
            let date = date.clone();
            let moved = match (operator, duration.as_ref()) {
                (Operator::Add, Library::DaysAndTimeDuration(duration)) => date + duration.clone(),
                (Operator::Add, Library::YearsAndMonthsDuration(duration)) => date + duration.clone(),
                (Operator::Sub, Library::DaysAndTimeDuration(duration)) => date - duration.clone(),
                (Operator::Sub, Library::YearsAndMonthsDuration(duration)) => date - duration.clone(),
                _ => None,
            };
            Value::Date(moved.ok_or(Unusual)?)
        }
        _ => return Err(Unusual),
    })
}

fn filter(list: &Node, condition: &Node, index: Option<&Node>, cost: usize, env: &mut Env) -> Result<Value, Unusual> {
    let Value::List(items) = list.evaluate(env)? else {
        return Err(Unusual);
    };
    let mut kept = Vec::new();
    let begin = env.len();
    for item in items.iter() {
        cost::spend(cost);
        env.push(item.clone());
        let verdict = condition.evaluate(env);
        env.close(begin);
        match verdict? {
            Value::Boolean(true) => kept.push(item.clone()),
            Value::Boolean(false) | Value::Number(_) | Value::Null => {}
            _ => return Err(Unusual),
        }
    }
    if let Some(index) = index
        && let Value::Number(number) = index.evaluate(env)?
    {
        let place = number.whole().and_then(|number| usize::try_from(number).ok());
        let item = place.and_then(|place| items.get(place.checked_sub(1)?));
        return item.cloned().ok_or(Unusual);
    }
    Ok(Value::list(kept))
}

/// `some` ends at the first true, `every` at the first false; what is neither makes both null.
fn quantify(turns: &Loop, decides: bool, env: &mut Env) -> Result<Value, Unusual> {
    let mut result = Value::Boolean(!decides);
    turns.each(env, |env| {
        match turns.body.evaluate(env)? {
            Value::Boolean(value) if value != decides => return Ok(true),
            Value::Boolean(_) => result = Value::Boolean(decides),
            Value::Null => result = Value::Null,
            _ => return Err(Unusual),
        }
        Ok(false)
    })?;
    Ok(result)
}

impl Loop {
    /// Binds each element in the next slot and calls `turn` until it answers false.
    fn each(&self, env: &mut Env, mut turn: impl FnMut(&mut Env) -> Result<bool, Unusual>) -> Result<(), Unusual> {
        let begin = env.len();
        let mut bind = |value: Value, env: &mut Env| {
            cost::spend(self.cost);
            env.push(value);
            let more = turn(env);
            env.close(begin);
            more
        };
        match &self.domain {
            Domain::List(list) => match list.settled(env)? {
                Value::Null => return Err(Unusual),
                Value::List(items) => {
                    for item in items.iter() {
                        if !bind(item.clone(), env)? {
                            break;
                        }
                    }
                }
                single => {
                    bind(single, env)?;
                }
            },
            Domain::Interval(bounds) => {
                let (Value::Number(start), Value::Number(end)) = (bounds[0].evaluate(env)?, bounds[1].evaluate(env)?)
                else {
                    return Err(Unusual);
                };
                let up = start <= end;
                let mut current = start;
                let mut turns = 0;
                while bind(Value::Number(current.clone()), env)? {
                    let next = if up {
                        &current + &Number::Whole(1)
                    } else {
                        &current - &Number::Whole(1)
                    };
                    if if up { next > end } else { next < end } {
                        break;
                    }
                    turns += 1;
                    // Beyond 34 digits a number is its own neighbour. What is too wide or too large was refused with the bounds.
                    if next == current || turns > MAX_INTERVAL {
                        return Err(Unusual);
                    }
                    current = next;
                }
            }
        }
        Ok(())
    }
}
