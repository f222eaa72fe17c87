//! What fails inside an expression. FEEL goes on with null there, and what stands around may swallow it: `if` takes its `else`, a
//! filter drops the item, `count` counts it. Here it is an error, however deep it happened.
//!
//! Native evaluation leaves all that fails to the library. In expressions of the library [`crate::ast::meter`] puts calls of the
//! functions below around whatever can fail; they tell this module, which leaves the expression there, by unwinding: its value would not
//! count. What does not fail goes on its way.
//!
//! The conformance suite asks for the values FEEL goes on with; see [`crate::Decisions::lenient`].

use crate::trace;
use crate::value::Value as Own;
use dsntk_feel::values::Value;
use dsntk_feel::{Evaluator, FeelScope, Name};
use dsntk_feel_evaluator::prepare;
use dsntk_feel_parser::AstNode;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;

thread_local! {
    /// Whether failures inside expressions are passed over.
    static LENIENT: Cell<bool> = const { Cell::new(false) };
    static WATCH: RefCell<Watch> = RefCell::default();
}

/// One evaluation of an expression.
#[derive(Default)]
struct Watch {
    /// What failed first.
    failure: Option<String>,
    /// [`watched`] waits for it.
    awaited: bool,
    filters: Vec<Filter>,
    /// How many of them ask their condition beside all items.
    beside: usize,
    /// Left sides of `and` and `or` whose right sides are being evaluated.
    left: Vec<Value>,
}

/// A filter whose condition is asked: of each item, and once more beside all of them, where a number would be an index.
struct Filter {
    /// Items that are left.
    items: usize,
    beside: bool,
}

/// Whether failures inside the expressions of the decision that begins are passed over.
pub(crate) fn start(lenient: bool) {
    LENIENT.set(lenient);
    WATCH.take();
}

pub(crate) fn lenient() -> bool {
    LENIENT.get()
}

/// What an expression is left with when something in it failed.
struct Left;

/// Evaluates an expression; the error is what failed first in it.
pub(crate) fn watched<T>(evaluate: impl FnOnce() -> T) -> Result<T, String> {
    let outer = WATCH.replace(Watch {
        awaited: true,
        ..Watch::default()
    });
    let nested = trace::nested();
    let value = catch_unwind(AssertUnwindSafe(evaluate));
    let failure = WATCH.replace(outer).failure;
    match (value, failure) {
        (Ok(value), None) => Ok(value),
        (Ok(_), Some(message)) => Err(message),
        (Err(payload), Some(message)) if payload.is::<Left>() => {
            trace::back_to(nested);
            Err(message)
        }
        // A bound was reached, or the library broke.
        (Err(payload), _) => resume_unwind(payload),
    }
}

/// Whether names are read that only items have, so that nothing that fails means anything.
pub(crate) fn beside() -> bool {
    WATCH.with_borrow(|watch| watch.beside > 0)
}

/// Whether something has failed already in the expression.
pub(crate) fn failed() -> bool {
    WATCH.with_borrow(|watch| watch.failure.is_some())
}

/// Something failed. Does not return where somebody waits for it.
pub(crate) fn fail(message: impl FnOnce() -> String) {
    let left = WATCH.with_borrow_mut(|watch| {
        let counts = !lenient() && watch.beside == 0 && watch.failure.is_none();
        if counts {
            watch.failure = Some(message());
        }
        counts && watch.awaited
    });
    if left {
        // Not a panic: nothing is printed, and `watched` knows what it was.
        resume_unwind(Box::new(Left));
    }
}

/// A value that is no failure, and none of whose items is one.
pub(crate) fn sound(value: Value) -> Value {
    let failed = |value: &Value| matches!(value, Value::Null(Some(_)));
    match &value {
        Value::Null(Some(message)) => fail(|| words(message)),
        Value::List(items) => {
            if let Some(Value::Null(Some(message))) = items.iter().find(|item| failed(item)) {
                fail(|| words(message));
            }
        }
        _ => {}
    }
    value
}

/// A value that is not null, of what is called `what`.
pub(crate) fn some(value: Value, what: &str) -> Value {
    if let Value::Null(None) = value {
        fail(|| format!("{what} gives null, because it is given null or what it is not defined for"));
    }
    sound(value)
}

/// What a loop goes through.
pub(crate) fn each(value: Value) -> Value {
    if let Value::Null(None) = value {
        fail(|| "there is nothing to go through: it is null".to_owned());
    }
    value
}

/// The member called `name`, of each item where `of` is a list.
pub(crate) fn member(of: Value, name: &str) -> Value {
    let key = Name::from(name);
    let lacks = |item: &Value| match item {
        Value::Null(None) => true,
        Value::Context(context) => context.get_entry(&key).is_none(),
        _ => false,
    };
    match &of {
        Value::Null(None) => fail(|| format!("null has no `{name}`")),
        Value::Context(context) => {
            return match context.get_entry(&key) {
                Some(value) => sound(value.clone()),
                None => sound(Value::Null(Some(format!("there is no `{name}` in {}", shown(&of))))),
            };
        }
        Value::List(items) if items.iter().any(lacks) => fail(|| format!("an item of the list has no `{name}`")),
        _ => {}
    }
    let scope = FeelScope::default();
    scope.set_value(&Name::from(LEFT), of);
    let path = AstNode::Path(Box::new(AstNode::Name(Name::from(LEFT))), Box::new(AstNode::Name(key)));
    sound(prepare(&path)(&scope))
}

/// A truth value: true, false, or null where it is not known. Of a list, each item.
pub(crate) fn truth(value: Value, what: &str) -> Value {
    let known = |value: &Value| matches!(value, Value::Boolean(_) | Value::Null(_));
    let strange = match &value {
        Value::List(items) => items.iter().find(|item| !known(item)),
        single => (!known(single)).then_some(single),
    };
    if let Some(strange) = strange {
        fail(|| format!("{what} is {}, not a boolean", shown(strange)));
    }
    value
}

/// What `max` is given: it passes over nulls.
pub(crate) fn items(value: Value) -> Value {
    let null = |value: &Value| matches!(value, Value::Null(None));
    if matches!(&value, Value::List(items) if items.iter().any(null)) || null(&value) {
        fail(|| "max() is given null".to_owned());
    }
    value
}

/// Opens a filter over `list`.
pub(crate) fn open(list: Value) -> Value {
    let items = match &list {
        Value::List(items) => items.len(),
        // A single value is asked once, beside nothing.
        _ => usize::MAX,
    };
    WATCH.with_borrow_mut(|watch| watch.filters.push(Filter { items, beside: false }));
    list
}

/// Closes it; what it gave must be sound.
pub(crate) fn close(value: Value) -> Value {
    WATCH.with_borrow_mut(|watch| watch.filters.pop());
    sound(value)
}

/// Whether the condition is asked of an item.
pub(crate) fn inside() -> bool {
    WATCH.with_borrow_mut(|watch| {
        let Some(filter) = watch.filters.last_mut() else {
            return true;
        };
        let inside = filter.items > 0;
        filter.items = filter.items.saturating_sub(1);
        inside
    })
}

/// Begins to ask a condition that may be an index.
pub(crate) fn ask() {
    let beside = !inside();
    WATCH.with_borrow_mut(|watch| {
        if let Some(filter) = watch.filters.last_mut() {
            filter.beside = beside;
            watch.beside += usize::from(beside);
        }
    });
}

/// It was asked.
pub(crate) fn asked() {
    WATCH.with_borrow_mut(|watch| {
        if let Some(filter) = watch.filters.last_mut()
            && std::mem::take(&mut filter.beside)
        {
            watch.beside = watch.beside.saturating_sub(1);
        }
    });
}

/// Whether the left side of `and` (where false decides) or `or` (where true does) decides; otherwise it waits for the right side.
pub(crate) fn decides(left: Value, deciding: bool) -> bool {
    if matches!(left, Value::Boolean(value) if value == deciding) {
        return true;
    }
    let left = truth(left, "one side of `and` or `or`");
    WATCH.with_borrow_mut(|watch| watch.left.push(left));
    false
}

/// The whole, with the right side.
pub(crate) fn joined(right: Value, deciding: bool) -> Value {
    let left = WATCH.with_borrow_mut(|watch| watch.left.pop());
    let right = truth(right, "one side of `and` or `or`");
    match (left, right) {
        (_, Value::Boolean(right)) if right == deciding => Value::Boolean(deciding),
        (Some(Value::Boolean(_)), Value::Boolean(_)) => Value::Boolean(!deciding),
        _ => Value::Null(None),
    }
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

/// Names for the two sides; no FEEL name can look like them.
const LEFT: &str = "? left";
const RIGHT: &str = "? right";

impl Comparison {
    const ALL: [Comparison; 7] = [
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
        Comparison::In,
    ];

    /// As it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Equal => "=",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
            Comparison::In => "in",
        }
    }

    /// The one that is written so.
    pub fn read(sign: &str) -> Option<Comparison> {
        Comparison::ALL.into_iter().find(|comparison| comparison.sign() == sign)
    }

    /// What the library makes of two values.
    pub fn library(self, left: &Value, right: &Value) -> Value {
        static EVALUATORS: OnceLock<Vec<Evaluator>> = OnceLock::new();
        let evaluators = EVALUATORS.get_or_init(|| {
            let [left, right] = [LEFT, RIGHT].map(|name| AstNode::Name(Name::from(name)));
            let node = |comparison| {
                let (left, right) = (Box::new(left.clone()), Box::new(right.clone()));
                match comparison {
                    Comparison::Equal => AstNode::Eq(left, right),
                    Comparison::NotEqual => AstNode::Nq(left, right),
                    Comparison::Less => AstNode::Lt(left, right),
                    Comparison::LessOrEqual => AstNode::Le(left, right),
                    Comparison::Greater => AstNode::Gt(left, right),
                    Comparison::GreaterOrEqual => AstNode::Ge(left, right),
                    Comparison::In => AstNode::In(left, right),
                }
            };
            Comparison::ALL.map(|comparison| prepare(&node(comparison))).into()
        });
        let scope = FeelScope::default();
        scope.set_value(&Name::from(LEFT), left.clone());
        scope.set_value(&Name::from(RIGHT), right.clone());
        evaluators
            .get(self as usize)
            .map_or(Value::Null(None), |evaluator| evaluator(&scope))
    }

    /// What it gives. Null equals null and nothing else (DMN 1.5, 10.3.2.13), on either side.
    pub fn of(self, left: &Value, right: &Value) -> Value {
        let value = match self {
            Comparison::Equal | Comparison::NotEqual => match equal(left, right) {
                Some(equal) => Value::Boolean(equal == (self == Comparison::Equal)),
                None => self.library(left, right),
            },
            _ => self.library(left, right),
        };
        let failure = match (self, &value) {
            (Comparison::In, Value::Boolean(true)) => None,
            (Comparison::In, _) => untestable(left, right),
            (_, Value::Null(_)) => Some(incomparable(left, self.sign(), right)),
            _ => None,
        };
        match failure {
            Some(message) => fail(|| message),
            None => drop(sound(value.clone())),
        }
        value
    }
}

/// Whether two values are equal; none when they are not of one type.
pub(crate) fn equal(left: &Value, right: &Value) -> Option<bool> {
    let null = |value: &Value| matches!(value, Value::Null(_));
    if null(left) != null(right) {
        return Some(false);
    }
    match Comparison::Equal.library(left, right) {
        Value::Boolean(equal) => Some(equal),
        // Null may stand inside, where the library compares it with null only.
        _ => Own::from_library(left.clone())
            .equals(&Own::from_library(right.clone()))
            .ok()
            .flatten(),
    }
}

fn incomparable(left: &Value, sign: &str, right: &Value) -> String {
    format!("cannot compare: {} {sign} {}", shown(left), shown(right))
}

/// A value in a message.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(79) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Why `value` cannot be tested against `tests`, the value of a list of tests. None when it can, or one holds before.
pub(crate) fn untestable(value: &Value, tests: &Value) -> Option<String> {
    let tests = match (value, tests) {
        // Lists are looked for in lists, item by item.
        (Value::List(_), Value::List(_) | Value::ExpressionList(_)) => return None,
        (_, Value::List(tests) | Value::ExpressionList(tests) | Value::NegatedCommaList(tests)) => tests.as_slice(),
        (_, single) => std::slice::from_ref(single),
    };
    for test in tests {
        let outcome = match test {
            Value::List(_) => match untestable(value, test) {
                None => Some(Comparison::In.library(value, test)),
                message => return message,
            },
            Value::Range(..)
            | Value::UnaryLess(_)
            | Value::UnaryLessOrEqual(_)
            | Value::UnaryGreater(_)
            | Value::UnaryGreaterOrEqual(_) => Some(Comparison::In.library(value, test)),
            Value::UnaryEqual(of) => equal(value, of).map(Value::Boolean),
            Value::UnaryNotEqual(of) => equal(value, of).map(|equal| Value::Boolean(!equal)),
            Value::Irrelevant => return None,
            single => equal(value, single).map(Value::Boolean),
        };
        match outcome {
            // Several `!=` hold together or not at all.
            Some(Value::Boolean(true)) if !matches!(test, Value::UnaryNotEqual(_)) => return None,
            Some(Value::Boolean(_)) => {}
            _ => return Some(incomparable(value, "in", test)),
        }
    }
    None
}

/// What the library says, in words.
pub(crate) fn words(message: &str) -> String {
    if message.starts_with("eval_") {
        "cannot compare: one side is null, or they are not of one type".to_owned()
    } else if message.contains(' ') {
        message.to_owned()
    } else {
        format!("{message}() is not defined for what it is given")
    }
}
