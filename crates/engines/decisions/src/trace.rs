//! Steps of the decision being taken on this thread.
//!
//! The FEEL library calls business knowledge models through plain closures, which can carry neither steps nor errors
//! back. This record stands beside it; it is emptied when a decision begins and read when it ends.

use crate::error::DecisionError;
use crate::explanation::Step;
use std::cell::RefCell;

/// Most steps of one decision; more means that business knowledge models call each other without sense.
const MAX_STEPS: usize = 10_000;

#[derive(Default)]
struct Trace {
    steps: Vec<Step>,
    failure: Option<DecisionError>,
}

thread_local! {
    static TRACE: RefCell<Trace> = RefCell::default();
}

/// Forgets what an earlier decision left; about so many steps are to come.
pub(crate) fn start(steps: usize) {
    TRACE.with_borrow_mut(|trace| {
        *trace = Trace {
            steps: Vec::with_capacity(steps),
            failure: None,
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
