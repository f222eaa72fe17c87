//! BPMN 2.0 token machine: `(state, input) → (state, effects)`.
//!
//! Pure: no clock, no store, no HTTP. A [`Process`] is read from a BPMN file once; [`Process::start`] and
//! [`Process::step`] then say what happens next as [`Effect`]s. The caller carries the effects out and answers automatic
//! work ([`Effect::Decide`], [`Effect::Call`]) and human work ([`Effect::Task`]) alike with [`Input::Complete`]. The same
//! input always gives the same output, so a journal of inputs is enough to rebuild every state.
//!
//! What a file may use is listed in docs/authoring.md: events of all kinds but conditional ones, all tasks of a kind, exclusive,
//! parallel, inclusive and event-based gateways, subprocesses (embedded, event, transaction), calls of processes of the same file,
//! loops and multi-instance activities, data objects, compensation. Everything else is refused by name, with the line: a model that
//! opens in a modeller but would silently mean something else here is worse than none. A model that can get stuck is refused too
//! ([`Soundness`]).
//!
//! What BPMN leaves to the tool is said with attributes of the namespace [`NAMESPACE`], which modellers keep:
//! `decision` on a business-rule task, `operation` on a service or send task, `deadline` on a timer, `role` on a lane, `work` on a
//! user task ([`Work`]), `result` on a script task, `collection` and `item` on a multi-instance. A `documentation` element with
//! `textFormat="text/x-rechtsgrundlage"` carries an element's legal basis.
//!
//! [`Document`] keeps a file as it is, element by element, whether or not it can be executed. [`Migration`] moves running cases to
//! another version of a model.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answer;
mod check;
mod definitions;
mod diagram;
mod document;
mod effect;
mod explore;
mod expression;
mod finding;
#[doc(hidden)]
pub mod fuzz;
#[cfg(test)]
#[path = "../../../../fuzz/kept.rs"]
mod kept;
mod kind;
mod kinds;
mod machine;
mod marking;
mod migrate;
mod model;
mod nodes;
mod reach;
mod read;
mod resolve;
mod state;
mod timer;

pub use answer::Answer;
pub use diagram::{Diagram, Edge, Label, Shape};
pub use document::{Document, Listed, Standing};
pub use effect::{Effect, Input, StepError};
pub use explore::Soundness;
pub use finding::Finding;
pub use machine::{Awaited, Began, Moved, Recorded};
pub use migrate::{Back, Migration, Move, Obstacle};
pub use model::{DataObject, Element, Event, Flow, Kind, Lane, Process, Work};
pub use state::{Done, Rounds, Scope, State, Token, WaitingTimer};
pub use timer::{Cycle, TimerSpec};

/// The number of an instance of a repeated activity, from 1, as its expressions know it.
pub(crate) const LOOP_COUNTER: &str = "loopCounter";

/// What expressions of a repetition know beside the case's variables.
pub(crate) const LOOP_NAMES: [&str; 4] = [
    LOOP_COUNTER,
    "numberOfInstances",
    "numberOfActiveInstances",
    "numberOfCompletedInstances",
];

/// Namespace of the attributes BPMN has no place for.
pub const NAMESPACE: &str = "urn:wegfrei:bpmn:1";

/// Namespace of BPMN 2.0 models (OMG formal/2013-12-09).
pub const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";

/// The `textFormat` of a `documentation` element that holds a legal basis.
pub const LEGAL_BASIS: &str = "text/x-rechtsgrundlage";
