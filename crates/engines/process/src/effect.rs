//! What goes into the machine and what comes out of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::model::Work;
use crate::timer::TimerSpec;

/// What happened outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A task, call or decision is done.
    Complete {
        /// Id of the element.
        element: String,
        /// Its token, as the effect named it.
        token: u64,
    },
    /// Work went wrong in a way the model knows: an error event at its edge or around it catches the code.
    Fail {
        /// Id of the element.
        element: String,
        /// Its token, as the effect named it.
        token: u64,
        /// Code of the error.
        code: String,
    },
    /// A timer's time has come.
    TimerFired {
        /// Id of the timer event.
        element: String,
        /// Its token, as the effect named it.
        token: u64,
    },
    /// A message has come. It is given to what has waited for it longest; what lies in something comes before what it lies in.
    Message {
        /// Name of the message.
        name: String,
        /// Only to this token or scope.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<u64>,
    },
    /// A signal was heard. Everything that waits for it goes on; it is no error when nothing does.
    Signal {
        /// Name of the signal.
        name: String,
    },
    /// The case goes back to the element that the file marks for it (`wegfrei:reentry`): what waits is called off, that one is entered.
    Reenter,
    /// The case ends from outside, for example because the application is withdrawn.
    Stop,
}

/// What the caller has to do next, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A token reached the element; for the timeline.
    Entered {
        /// Id of the element.
        element: String,
    },
    /// Evaluate a decision, then [`Input::Complete`].
    Decide {
        /// Id of the element.
        element: String,
        /// Its token.
        token: u64,
        /// Name of the DMN decision.
        decision: String,
    },
    /// Run an operation, then [`Input::Complete`].
    Call {
        /// Id of the element.
        element: String,
        /// Its token.
        token: u64,
        /// Name of the operation.
        operation: String,
    },
    /// Give a task to a human, then [`Input::Complete`].
    Task {
        /// Id of the element.
        element: String,
        /// Its token.
        token: u64,
        /// What the worklist shows.
        name: String,
        /// Who may do it.
        role: String,
        /// What kind of work it is.
        #[serde(default)]
        work: Work,
    },
    /// The task is no longer to be done.
    CancelTask {
        /// Id of the element.
        element: String,
        /// Its token.
        token: u64,
    },
    /// Wait, then [`Input::TimerFired`].
    Timer {
        /// Id of the timer event.
        element: String,
        /// Its token.
        token: u64,
        /// When it fires.
        spec: TimerSpec,
    },
    /// The timer is no longer wanted.
    CancelTimer {
        /// Id of the timer event.
        element: String,
        /// Its token.
        token: u64,
    },
    /// A message is to be sent; nothing waits for that.
    Send {
        /// Id of the element.
        element: String,
        /// Name of the message.
        message: String,
    },
    /// A signal was given; inside the case it was heard already.
    Signalled {
        /// Id of the element.
        element: String,
        /// Name of the signal.
        signal: String,
    },
    /// A data object has a new value: keep it, and give it with the variables from now on. It may be personal data.
    Set {
        /// Id of the element.
        element: String,
        /// Name of the data object.
        variable: String,
        /// Its value.
        value: Value,
    },
    /// An end event was reached; the process is over when [`crate::State::finished`] is set.
    Ended {
        /// Id of the end event.
        element: String,
    },
}

/// Why a step was refused. The state is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StepError {
    /// The process is over.
    #[error("the process is finished: no further input is taken")]
    Finished,
    /// Nothing waits there, for example because the input came twice.
    #[error("no token {token} waits at `{element}`: the input is stale or was already taken")]
    NotWaiting {
        /// Id of the element named by the input.
        element: String,
        /// Token named by the input.
        token: u64,
    },
    /// The file marks no element for going back to.
    #[error("the process marks no element with `wegfrei:reentry`: there is nothing to go back to")]
    NoReentry,
    /// The state does not belong to this version of the process.
    #[error("the state names `{element}`, which this process has not: use the version the case was started with")]
    OtherProcess {
        /// Id the state names.
        element: String,
    },
    /// A condition did not yield true or false.
    #[error(
        "condition of flow `{flow}` at `{element}` gives {got}, not true or false: check that its variables are set"
    )]
    Condition {
        /// Id of the gateway.
        element: String,
        /// Id of the flow.
        flow: String,
        /// What it gave.
        got: String,
    },
    /// A script or repetition did not yield what it must.
    #[error("the expression of `{element}` gives {got}, not {wanted}: check that its variables are set")]
    Expression {
        /// Id of the element.
        element: String,
        /// What it gave.
        got: String,
        /// What it must give.
        wanted: &'static str,
    },
    /// Nothing waits for the message.
    #[error("nothing waits for the message `{message}`")]
    NotAwaited {
        /// Name of the message.
        message: String,
    },
    /// Work failed with an error that nothing in the model catches.
    #[error("`{element}` failed with `{code}`, which no error event of the process catches")]
    Uncaught {
        /// Id of the element.
        element: String,
        /// Code of the error.
        code: String,
    },
    /// A recorded history does not fit this process.
    #[error("the recorded history does not fit this process: step {step} asks for what was not recorded")]
    History {
        /// Number of the step, from 0.
        step: usize,
    },
    /// No condition holds and there is no default.
    #[error("no way out of gateway `{element}`: no condition holds and it has no default flow")]
    NoWay {
        /// Id of the gateway.
        element: String,
    },
    /// A loop without a wait in it, or too many parallel ways.
    #[error("more than {limit} elements or tokens in one step near `{element}`: the process loops without waiting")]
    Endless {
        /// The element reached last.
        element: String,
        /// The bound.
        limit: u32,
    },
    /// Only joins hold tokens, and none of them will ever be complete.
    #[error("deadlock at `{element}`: the joining gateway waits for a way that no token is on")]
    Deadlock {
        /// Id of a gateway that waits in vain.
        element: String,
    },
}
