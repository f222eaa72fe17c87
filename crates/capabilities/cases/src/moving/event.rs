//! What can happen to a move. Facts hold ids of cases and of elements, and sentences about elements; never names of people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wegfrei_journal::Entry;
use wegfrei_model::{CaseId, Timestamp};
use wegfrei_process::Obstacle;

use super::damaged;
use crate::error::CaseError;

/// Cases that stay for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stayed {
    #[serde(flatten)]
    pub why: Obstacle,
    pub cases: Vec<CaseId>,
}

/// What happened to a move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "facts")]
pub(super) enum MoveEvent {
    /// Somebody began to move the running cases of a version, so many of them, to another one (with its package's SHA-256).
    #[serde(rename = "move.started")]
    Started {
        service: String,
        from: String,
        to: String,
        package: String,
        by_hand: BTreeMap<String, String>,
        cases: u64,
    },
    /// A batch is done, up to the case `after`.
    #[serde(rename = "move.batch")]
    Batch {
        moved: Vec<CaseId>,
        stayed: Vec<Stayed>,
        after: CaseId,
    },
    /// There is no case left.
    #[serde(rename = "move.done")]
    Done {},
    /// Somebody takes it back.
    #[serde(rename = "move.taking-back")]
    TakingBack {},
    /// The next of the moved cases, so many, are where they were, but for these.
    #[serde(rename = "move.returned")]
    Returned { cases: u64, stayed: Vec<Stayed> },
    /// It is taken back.
    #[serde(rename = "move.taken-back")]
    TakenBack {},
}

impl MoveEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            MoveEvent::Started { .. } => "move.started",
            MoveEvent::Batch { .. } => "move.batch",
            MoveEvent::Done {} => "move.done",
            MoveEvent::TakingBack {} => "move.taking-back",
            MoveEvent::Returned { .. } => "move.returned",
            MoveEvent::TakenBack {} => "move.taken-back",
        }
    }

    /// The facts of the entry, with the time it happened.
    pub fn facts(&self, at: Timestamp) -> Result<Value, CaseError> {
        let mut whole = serde_json::to_value(self).map_err(damaged)?;
        let mut facts = whole.get_mut("facts").map(Value::take).unwrap_or_default();
        let object = facts
            .as_object_mut()
            .ok_or_else(|| damaged("facts that are no object"))?;
        object.insert("at".to_owned(), at.as_micros().into());
        Ok(facts)
    }

    /// What an entry says.
    pub fn read(entry: &Entry) -> Result<(Timestamp, Self), CaseError> {
        let facts = entry.facts();
        let at = facts.get("at").and_then(Value::as_i64).unwrap_or_default();
        let at = Timestamp::from_micros(at).map_err(damaged)?;
        let event = serde_json::json!({ "kind": entry.kind, "facts": facts });
        Ok((at, serde_json::from_value(event).map_err(damaged)?))
    }
}
