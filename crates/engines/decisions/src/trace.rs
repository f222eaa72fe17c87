//! Steps of the decision being taken on this thread.
//!
//! The FEEL library calls business knowledge models through plain closures, which can carry neither steps nor errors
//! back. This record stands beside it; it is emptied when a decision begins and read when it ends.

use crate::error::DecisionError;
use crate::explanation::Step;
use std::cell::RefCell;

/// Most steps of one decision; more means that business knowledge models call each other without sense.
const MAX_STEPS: usize = 10_000;
/// Most calls of functions in one decision, and most of them inside each other.
const MAX_CALLS: usize = 10_000;
const MAX_NESTED: usize = 100;
/// Most stack, in bytes, that calls inside each other may take; that of a thread is 2 MiB.
const MAX_STACK: usize = 512 << 10;

#[derive(Default)]
struct Trace {
    steps: Vec<Step>,
    failure: Option<DecisionError>,
    calls: usize,
    nested: usize,
    /// Where the stack stood when the decision began.
    stack: usize,
}

thread_local! {
    static TRACE: RefCell<Trace> = RefCell::default();
}

/// Forgets what an earlier decision left; about so many steps are to come.
pub(crate) fn start(steps: usize) {
    TRACE.with_borrow_mut(|trace| {
        *trace = Trace {
            steps: Vec::with_capacity(steps),
            stack: stack(),
            ..Trace::default()
        }
    });
}

/// Adds a step.
pub(crate) fn push(step: Step) -> Result<(), DecisionError> {
    TRACE.with_borrow_mut(|trace| {
        if trace.steps.len() >= MAX_STEPS {
            return Err(DecisionError::Type {
                decision: step.name.to_string(),
                message: format!("more than {MAX_STEPS} steps; business knowledge models call each other too often"),
            });
        }
        trace.steps.push(step);
        Ok(())
    })
}

/// About where the stack stands.
fn stack() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(&here).addr()
}

/// Begins the call of a function. Functions are values that can be handed to themselves, so that calls need bounds.
pub(crate) fn enter() -> Result<(), DecisionError> {
    TRACE.with_borrow_mut(|trace| {
        trace.calls += 1;
        let deep = trace.nested >= MAX_NESTED || trace.stack.abs_diff(stack()) > MAX_STACK;
        if deep || trace.calls > MAX_CALLS {
            return Err(DecisionError::Type {
                decision: "function".to_owned(),
                message: "functions call each other too often, or without end".to_owned(),
            });
        }
        trace.nested += 1;
        Ok(())
    })
}

/// Ends the call of a function.
pub(crate) fn leave() {
    TRACE.with_borrow_mut(|trace| trace.nested = trace.nested.saturating_sub(1));
}

/// How many calls stand within each other.
pub(crate) fn nested() -> usize {
    TRACE.with_borrow(|trace| trace.nested)
}

/// Calls were left without ending: so many are around.
pub(crate) fn back_to(nested: usize) {
    TRACE.with_borrow_mut(|trace| trace.nested = nested);
}

/// Remembers the first failure inside a function called by the FEEL library.
pub(crate) fn fail(error: DecisionError) {
    TRACE.with_borrow_mut(|trace| {
        trace.failure.get_or_insert(error);
    });
}

/// Whether a function has failed already.
pub(crate) fn failed() -> bool {
    TRACE.with_borrow(|trace| trace.failure.is_some())
}

/// The failure, if any, taken.
pub(crate) fn failure() -> Option<DecisionError> {
    TRACE.with_borrow_mut(|trace| trace.failure.take())
}

/// All steps, taken.
pub(crate) fn finish() -> Vec<Step> {
    TRACE.with_borrow_mut(|trace| std::mem::take(&mut trace.steps))
}
