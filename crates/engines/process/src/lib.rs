//! BPMN 2.0 token machine: `(state, input) → (state, effects)`.
//!
//! Pure: no clock, no store, no HTTP. A [`Process`] is read from a BPMN file once; [`Process::start`] and
//! [`Process::step`] then say what happens next as [`Effect`]s. The caller carries the effects out and answers automatic
//! work ([`Effect::Decide`], [`Effect::Call`]) and human work ([`Effect::Task`]) alike with [`Input::Complete`]. The same
//! input always gives the same output, so a journal of inputs is enough to rebuild every state.
//!
//! What a file may use: none start and end events, terminate end events, user, service and business-rule tasks, exclusive
//! gateways (conditions in FEEL), parallel gateways, timer catch events and boundary timers on user tasks. Everything
//! else is refused by name, with the line: a model that opens in a modeller but would silently mean something else here
//! is worse than none.
//!
//! What BPMN leaves to the tool is said with attributes of the namespace [`NAMESPACE`], which modellers keep:
//! `decision` on a business-rule task, `operation` on a service task, `deadline` on a timer, `role` on a lane, `work` on a
//! user task ([`Work`]). A
//! `documentation` element with `textFormat="text/x-rechtsgrundlage"` carries an element's legal basis.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod check;
mod condition;
mod diagram;
mod effect;
mod finding;
mod kinds;
mod machine;
mod model;
mod read;

pub use diagram::{Diagram, Edge, Shape};
pub use effect::{Effect, Input, StepError};
pub use finding::Finding;
pub use machine::{State, Token, WaitingTimer};
pub use model::{Element, Flow, Kind, Lane, Process, TimerSpec, Work};

/// Namespace of the attributes BPMN has no place for.
pub const NAMESPACE: &str = "urn:wegfrei:bpmn:1";

/// Namespace of BPMN 2.0 models (OMG formal/2013-12-09).
pub const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";

/// The `textFormat` of a `documentation` element that holds a legal basis.
pub const LEGAL_BASIS: &str = "text/x-rechtsgrundlage";
