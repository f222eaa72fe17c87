//! What a decision may cost. Loops stand in loops, filters in filters, lists and texts double from one name to the next: a model of a
//! few lines could keep a server busy for days. So work is paid for, in units of about one value looked at, and a decision that has
//! spent all it had ends.
//!
//! It ends by unwinding to [`within`]: the FEEL library calls back from the middle of its loops and can be stopped in no other way,
//! and native evaluation would otherwise hand to it what was too much already.

use crate::json::{MAX_NESTED, unshowable};
use crate::value::Value;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as Library;
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Most units of one decision; about half a second where the fuzzers used them up. Real ones take some thousand.
const MAX_WORK: usize = 10_000_000;
/// Most values that one value may consist of when it is made; [`TEXT`] bytes of a text count as one. A result in JSON is bounded by the
/// same number.
pub(crate) const MAX_VALUES: usize = 1_000_000;
/// Most values of all that one explanation shows, twice a large result.
const MAX_SHOWN: usize = 2 * MAX_VALUES;
/// Longest text, in bytes.
const MAX_TEXT: usize = 1 << 20;
/// Bytes of a text that cost a unit.
const TEXT: usize = 32;
/// Longest text, in bytes, that `replace` may make before it is known how often it puts one in.
const MAX_REPLACED: usize = 16 << 20;
/// Units for each node of an expression the FEEL library evaluates: it copies what native evaluation shares.
const NODE: usize = 4;

thread_local! {
    /// Units that are left; none outside of a decision.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    /// Units for reading all names of the expression the library evaluates at the moment: it copies their values.
    static NAMES: Cell<usize> = const { Cell::new(0) };
    /// Values the explanation shows so far.
    static SHOWN: Cell<usize> = const { Cell::new(0) };
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
    /// An explanation of more than [`MAX_SHOWN`].
    #[error("has an explanation of more than {MAX_SHOWN} values")]
    Explanation,
    /// One text of more than [`MAX_TEXT`].
    #[error("makes a text of more than {MAX_TEXT} bytes")]
    Text,
    /// A text that may have more than [`MAX_REPLACED`], because it is put in again and again.
    #[error("repeats a text by `replace`, so that more than {MAX_REPLACED} bytes may come of it")]
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
    SHOWN.set(0);
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

/// Pays for evaluating an expression of so many nodes by the library.
pub(crate) fn spend_library(nodes: usize) {
    spend(nodes.saturating_mul(NODE).saturating_add(NAMES.get()));
}

/// While the library evaluates an expression whose names cost so much to read.
pub(crate) fn reading<T>(names: usize, evaluate: impl FnOnce() -> T) -> T {
    /// Also where the expression is left because something failed.
    struct Outer(usize);
    impl Drop for Outer {
        fn drop(&mut self) {
            NAMES.set(self.0);
        }
    }
    let _outer = Outer(NAMES.replace(names));
    evaluate()
}

/// Pays for all a value consists of, unfolded; the error says that it nests too deeply to be passed on.
pub(crate) fn pass(value: &Value) -> Result<(), String> {
    let mut count = Count::default();
    let found = count.value(value, MAX_NESTED);
    passed(&count, found)
}

/// The same for a value of the library.
pub(crate) fn pass_library(value: &Library) -> Result<(), String> {
    let mut count = Count::default();
    let found = count.library(value, MAX_NESTED);
    passed(&count, found)
}

fn passed(count: &Count, found: Result<usize, Unfit>) -> Result<(), String> {
    if let Err(Unfit::Much(what)) = found {
        stop(what);
    }
    spend(count.units);
    if count.deep { Err(too_deep()) } else { Ok(()) }
}

/// Pays for a value that stands in the explanation, which is bounded as a whole; the error says why JSON cannot hold it.
pub(crate) fn show(value: &Value) -> Result<(), String> {
    let mut count = Count {
        shown: true,
        ..Count::default()
    };
    let found = count.value(value, MAX_NESTED);
    spend(count.units);
    match found {
        Ok(_) if count.deep => return Err(too_deep()),
        Ok(_) => {}
        Err(Unfit::Much(_)) => return Err(format!("it consists of more than {MAX_VALUES} values")),
        Err(Unfit::NoJson(message)) => return Err(message),
    }
    let shown = SHOWN.get().saturating_add(count.units);
    SHOWN.set(shown);
    if shown > MAX_SHOWN {
        stop(TooMuch::Explanation);
    }
    Ok(())
}

/// Pays for the text that `replace` makes, at most so many bytes.
pub(crate) fn spend_replaced(bytes: usize) {
    if bytes > MAX_REPLACED {
        stop(TooMuch::Repeated);
    }
    spend(bytes / TEXT);
}

/// Pays for comparing so many bytes of texts.
pub(crate) fn spend_compared(bytes: usize) {
    if bytes >= TEXT {
        spend(bytes / TEXT);
    }
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
    if let Err(Unfit::Much(what)) = count.value(value, MAX_NESTED) {
        stop(what);
    }
    count.units
}

/// What values of the library weigh together.
pub(crate) fn weight_library(values: &[Library]) -> usize {
    let mut count = Count::default();
    let mut counted = values.iter().map(|value| count.library(value, MAX_NESTED));
    if let Some(Err(Unfit::Much(what))) = counted.find(Result::is_err) {
        stop(what);
    }
    count.units
}

/// Why the rest of a value is not counted.
enum Unfit {
    Much(TooMuch),
    NoJson(String),
}

/// Counts what a value consists of, in units. Each of its functions gives how many lists and contexts stand around one another in it.
#[derive(Default)]
struct Count {
    units: usize,
    /// Something nests too deeply; what it holds is not counted, but all beside it.
    deep: bool,
    /// It must fit into JSON. Texts of any length do: what is shown was read or made already.
    shown: bool,
}

impl Count {
    fn add(&mut self, units: usize) -> Result<usize, Unfit> {
        self.units += units;
        if self.units > MAX_VALUES {
            return Err(Unfit::Much(TooMuch::Values));
        }
        Ok(0)
    }

    fn text(&mut self, bytes: usize) -> Result<usize, Unfit> {
        if bytes > MAX_TEXT && !self.shown {
            return Err(Unfit::Much(TooMuch::Text));
        }
        self.add(1 + bytes / TEXT)
    }

    fn value(&mut self, value: &Value, levels: usize) -> Result<usize, Unfit> {
        match value {
            Value::String(text) => return self.text(text.len()),
            Value::List(items) => return self.members(items, levels),
            Value::Context(record) => {
                if let Some((units, height)) = record.counted() {
                    self.deep |= height > levels;
                    self.add(units)?;
                    return Ok(height);
                }
                let before = self.units;
                let height = self.members(record.values(), levels)?;
                if self.shown && !self.deep {
                    record.count(self.units - before, height);
                }
                return Ok(height);
            }
            _ => {}
        }
        if self.shown {
            unshowable(value).map_or(Ok(()), |message| Err(Unfit::NoJson(message)))?;
        }
        match value {
            Value::Other(other) => self.library(other, levels),
            _ => self.add(1),
        }
    }

    fn members(&mut self, members: &[Value], levels: usize) -> Result<usize, Unfit> {
        self.add(1)?;
        let Some(levels) = levels.checked_sub(1) else {
            self.deep = true;
            return Ok(1);
        };
        let mut highest = 0;
        for member in members {
            highest = highest.max(self.value(member, levels)?);
        }
        Ok(highest + 1)
    }

    fn library(&mut self, value: &Library, levels: usize) -> Result<usize, Unfit> {
        match value {
            Library::String(text) => self.text(text.len()),
            Library::List(items) => self.library_members(items.iter(), levels),
            Library::Context(context) => self.context(context, levels),
            // A function holds the values it was made among.
            Library::FunctionDefinition(.., around, _) => self.context(around, levels),
            _ => self.add(1),
        }
    }

    fn context(&mut self, context: &FeelContext, levels: usize) -> Result<usize, Unfit> {
        self.library_members(context.iter().map(|(_, member)| member), levels)
    }

    fn library_members<'v>(
        &mut self,
        members: impl Iterator<Item = &'v Library>,
        levels: usize,
    ) -> Result<usize, Unfit> {
        self.add(1)?;
        let Some(levels) = levels.checked_sub(1) else {
            self.deep = true;
            return Ok(1);
        };
        let mut highest = 0;
        for member in members {
            highest = highest.max(self.library(member, levels)?);
        }
        Ok(highest + 1)
    }
}

fn too_deep() -> String {
    format!("lists or contexts nest more than {MAX_NESTED} levels deep")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Layout;

    fn spent(work: impl FnOnce()) -> usize {
        let left = within(|| {
            work();
            LEFT.get().unwrap_or_default()
        });
        MAX_WORK - left.unwrap_or_else(|_| panic!("it is too much"))
    }

    #[test]
    fn what_was_counted_costs_the_same_again() {
        let record = || {
            let text = Value::text(&"x".repeat(MAX_TEXT));
            Layout::new(["a", "b", "c"].into_iter()).context([text.clone(), text, Value::list([Value::Null])])
        };
        let price = spent(|| pass(&record()).unwrap());
        assert_eq!(price, 1 + 2 * (1 + MAX_TEXT / TEXT) + 2);
        let counted = record();
        assert_eq!(spent(|| show(&counted).unwrap()), price);
        assert_eq!(spent(|| pass(&counted).unwrap()), price);
        assert_eq!(spent(|| show(&counted).unwrap()), price);
        assert_eq!(spent(|| pass_library(&counted.to_library()).unwrap()), price);
    }

    #[test]
    fn what_nests_too_deeply_is_found_wherever_it_stands() {
        let nested = |levels: usize| (0..levels).fold(Value::Null, |inside, _| Value::list([inside]));
        let record = |inside: Value| Layout::new(["a"].into_iter()).context([inside]);
        for (levels, fits) in [(MAX_NESTED - 1, true), (MAX_NESTED, false)] {
            let value = record(nested(levels));
            assert_eq!(pass_library(&value.to_library()).is_ok(), fits);
            for _ in 0..2 {
                assert_eq!((pass(&value).is_ok(), show(&value).is_ok()), (fits, fits));
            }
        }
        let inside = record(nested(MAX_NESTED - 1));
        assert!(show(&inside).is_ok() && show(&record(inside)).is_err());
    }
}
