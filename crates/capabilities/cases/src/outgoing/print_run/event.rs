//! What can happen to a print run. Facts hold ids, counts and places in the file, never names.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wegfrei_journal::Entry;
use wegfrei_model::{CaseId, Date, NoticeId, Timestamp};

use super::damaged;
use crate::error::CaseError;

/// An envelope as it lies in a print file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Packed {
    pub case: CaseId,
    /// The main letter; it stands for the envelope.
    pub notice: NoticeId,
    /// When it was issued, in microseconds: with the case, what names an envelope.
    pub since: i64,
    pub documents: u64,
    pub sheets: u64,
    /// It must be served with a certificate of delivery.
    pub serve: bool,
}

/// Why an envelope of a run was not noted with the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOver {
    /// It had left the house before: the earlier day counts.
    Before,
    /// It need not be posted any more, or goes by another way now: it is to be taken out.
    Moot,
    /// It is served: its day is that on the certificate, noted when that is back.
    Certificate,
    /// It cannot be taken back any more: its period is over, or the person answered.
    Late,
    /// It could not be noted; it still waits in the outbox.
    Failed,
}

impl LeftOver {
    pub(super) const ALL: [LeftOver; 5] = [
        LeftOver::Before,
        LeftOver::Moot,
        LeftOver::Certificate,
        LeftOver::Late,
        LeftOver::Failed,
    ];
}

/// What happened to a print run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "facts")]
pub(super) enum RunEvent {
    /// Somebody started it: over these services (none: all), with so many documents that wait, and so many sheets in a file.
    #[serde(rename = "print.started")]
    Started {
        services: Vec<String>,
        documents: u64,
        sheets: u64,
    },
    /// A file is made. `after` is the last envelope that was looked at.
    #[serde(rename = "print.file")]
    File {
        services: Vec<String>,
        pages: u64,
        envelopes: Vec<Packed>,
        after: (i64, String),
    },
    /// Of what was looked at nothing waits any more.
    #[serde(rename = "print.passed")]
    Passed { after: (i64, String) },
    /// All files are made.
    #[serde(rename = "print.made")]
    Made {},
    /// Somebody says that all of it was given to the post on a day.
    #[serde(rename = "print.posting")]
    Posting { on: Date },
    /// Somebody takes that back.
    #[serde(rename = "print.recalling")]
    Recalling {},
    /// One file's envelopes are noted, or taken back, but for these.
    #[serde(rename = "print.noted")]
    Noted { left: Vec<(NoticeId, LeftOver)> },
    /// The files' keys are destroyed: kept long enough, or given up by somebody.
    #[serde(rename = "print.erased")]
    Erased {},
}

impl RunEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            RunEvent::Started { .. } => "print.started",
            RunEvent::File { .. } => "print.file",
            RunEvent::Passed { .. } => "print.passed",
            RunEvent::Made {} => "print.made",
            RunEvent::Posting { .. } => "print.posting",
            RunEvent::Recalling {} => "print.recalling",
            RunEvent::Noted { .. } => "print.noted",
            RunEvent::Erased {} => "print.erased",
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
