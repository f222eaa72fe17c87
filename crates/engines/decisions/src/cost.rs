//! What a decision may cost. Loops stand in loops, filters in filters, lists and texts double from one name to the next: a model of a
//! few lines could keep a server busy for days. So work is paid for, in units of about one value looked at, and a decision that has
//! spent all it had ends.
//!
//! It ends by unwinding to [`within`]: the FEEL library calls back from the middle of its loops and can be stopped in no other way,
//! and native evaluation would otherwise hand to it what was too much already.

use crate::json::MAX_NESTED;
use crate::value::Value;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as Library;
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Most units of one decision; about half a second where the fuzzers used them up. Real ones take some thousand.
const MAX_WORK: usize = 10_000_000;
/// Most values that one value may consist of when it is made. A result in JSON is bounded by the same number.
pub(crate) const MAX_VALUES: usize = 1_000_000;
/// Longest text, in bytes.
const MAX_TEXT: usize = 1 << 20;
/// Bytes of a text that cost a unit.
const TEXT: usize = 32;
/// Longest text, in bytes, that may stand for each place where `replace` or `string join` puts it.
const MAX_REPEATED: usize = 100;
/// Units for each node of an expression the FEEL library evaluates: it copies what native evaluation shares.
const NODE: usize = 4;

thread_local! {
    /// Units that are left; none outside of a decision.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    /// Units for reading all names of the expression the library evaluates at the moment: it copies their values.
    static NAMES: Cell<usize> = const { Cell::new(0) };
}

/// What was too much; carried by the unwinding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    /// More than all units.
    #[error("takes too much work; look for loops in loops, filters in filters and functions that call each other")]
    Work,
    /// One value of more than [`MAX_VALUES`].
    #[error("makes a list or context of more than {MAX_VALUES} values")]
    Values,
    /// One text of more than [`MAX_TEXT`].
    #[error("makes a text of more than {MAX_TEXT} bytes")]
    Text,
    /// A text of more than [`MAX_REPEATED`], where it is put in again and again.
    #[error("repeats a text of more than {MAX_REPEATED} bytes by `replace` or `string join`")]
    Repeated,
}

/// Why some work has no result.
pub(crate) enum Stopped {
    /// It cost too much.
    Spent(TooMuch),
    /// The FEEL library panicked.
    Broken,
}

/// Does the work of one decision.
pub(crate) fn within<T>(work: impl FnOnce() -> T) -> Result<T, Stopped> {
    LEFT.set(Some(MAX_WORK));
    NAMES.set(0);
    let result = catch_unwind(AssertUnwindSafe(work));
    LEFT.set(None);
    result.map_err(|payload: Box<dyn Any + Send>| match payload.downcast_ref() {
        Some(what) => Stopped::Spent(*what),
        None => Stopped::Broken,
    })
}

/// Pays so many units. Does not return when they are not there.
pub(crate) fn spend(units: usize) {
    let Some(left) = LEFT.get() else { return };
    match left.checked_sub(units) {
        Some(left) => LEFT.set(Some(left)),
        None => stop(TooMuch::Work),
    }
}

fn stop(what: TooMuch) {
    if LEFT.get().is_some() {
        // Not a panic: nothing is printed, and `within` knows what it was.
        resume_unwind(Box::new(what));
    }
}

/// Pays for a text that is made.
pub(crate) fn spend_text(bytes: usize) {
    if bytes > MAX_TEXT {
        stop(TooMuch::Text);
    }
    spend(1 + bytes / TEXT);
}

/// Lets only a short text be repeated.
pub(crate) fn repeat(bytes: usize) {
    if bytes > MAX_REPEATED {
        stop(TooMuch::Repeated);
    }
}

/// Pays for evaluating an expression of so many nodes by the library.
pub(crate) fn spend_library(nodes: usize) {
    spend(nodes.saturating_mul(NODE).saturating_add(NAMES.get()));
}

/// While the library evaluates an expression whose names cost so much to read.
pub(crate) fn reading<T>(names: usize, evaluate: impl FnOnce() -> T) -> T {
    let outer = NAMES.replace(names);
    let result = evaluate();
    NAMES.set(outer);
    result
}

/// Pays for all a value consists of, unfolded; the error says that it nests too deeply to be passed on.
pub(crate) fn pass(value: &Value) -> Result<(), String> {
    let mut count = Count::default();
    let deep = count.value(value, MAX_NESTED);
    spend(count.units);
    deep
}

/// The same for a value of the library.
pub(crate) fn pass_library(value: &Library) -> Result<(), String> {
    let mut count = Count::default();
    let deep = count.library(value, MAX_NESTED);
    spend(count.units);
    deep
}

/// Pays for all a value consists of that was made of others. Two large ones among them can be the same.
pub(crate) fn made(value: Value) -> Value {
    let members = match &value {
        Value::List(items) => &**items,
        Value::Context(record) => record.values(),
        _ => &[],
    };
    let large = |member: &&Value| matches!(member, Value::List(_) | Value::Context(_));
    if members.iter().filter(large).nth(1).is_some() {
        // How deep it is shows where it is passed on.
        pass(&value).unwrap_or_default();
    } else {
        if members.len() > MAX_VALUES {
            stop(TooMuch::Values);
        }
        spend(members.len());
    }
    value
}

/// What a value weighs, in units.
pub(crate) fn weight(value: &Value) -> usize {
    let mut count = Count::default();
    count.value(value, MAX_NESTED).unwrap_or_default();
    count.units
}

#[derive(Default)]
struct Count {
    units: usize,
    values: usize,
}

impl Count {
    fn add(&mut self, values: usize, units: usize) {
        self.values += values;
        self.units += units;
        if self.values > MAX_VALUES {
            stop(TooMuch::Values);
        }
    }

    fn text(&mut self, bytes: usize) {
        if bytes > MAX_TEXT {
            stop(TooMuch::Text);
        }
        self.add(1, 1 + bytes / TEXT);
    }

    fn value(&mut self, value: &Value, levels: usize) -> Result<(), String> {
        match value {
            Value::String(text) => self.text(text.len()),
            Value::Other(other) => return self.library(other, levels),
            Value::List(items) => return self.members(items, levels),
            Value::Context(record) => match record.counted() {
                Some((values, height)) => {
                    self.add(values, values);
                    return if height <= levels { Ok(()) } else { Err(too_deep()) };
                }
                None => return self.members(record.values(), levels),
            },
            _ => self.add(1, 1),
        }
        Ok(())
    }

    fn members(&mut self, members: &[Value], levels: usize) -> Result<(), String> {
        self.add(1, 1);
        let levels = levels.checked_sub(1).ok_or_else(too_deep)?;
        members.iter().try_for_each(|member| self.value(member, levels))
    }

    fn library(&mut self, value: &Library, levels: usize) -> Result<(), String> {
        match value {
            Library::String(text) => self.text(text.len()),
            Library::List(items) => {
                self.add(1, 1);
                let levels = levels.checked_sub(1).ok_or_else(too_deep)?;
                return items.iter().try_for_each(|item| self.library(item, levels));
            }
            Library::Context(context) => return self.context(context, levels),
            // A function holds the values it was made among.
            Library::FunctionDefinition(.., around, _) => return self.context(around, levels),
            _ => self.add(1, 1),
        }
        Ok(())
    }

    fn context(&mut self, context: &FeelContext, levels: usize) -> Result<(), String> {
        self.add(1, 1);
        let levels = levels.checked_sub(1).ok_or_else(too_deep)?;
        context.iter().try_for_each(|(_, member)| self.library(member, levels))
    }
}

fn too_deep() -> String {
    format!("lists or contexts nest more than {MAX_NESTED} levels deep")
}
