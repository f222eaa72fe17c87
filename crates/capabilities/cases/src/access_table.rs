//! Who saw what, as a table: one row for each entry of the `access/…` streams, so that a person's and an auditor's questions are one
//! indexed look-up. Names no contents; what is personal is only the random id of a person.

use std::sync::Arc;

use serde_json::Value as Json;
use wegfrei_journal::canonical::Leaf;
use wegfrei_journal::{Entry, EntryRows, Journal, ProjectedRow, Projection, ProjectionError};
use wegfrei_model::AuthorityId;
use wegfrei_store::{Migration, Table, Value};

/// One row a record of access, granted or refused.
pub static ACCESS_RECORD: Table = Table {
    name: "access_record",
    key: &["authority", "seq"],
    columns: &[
        "authority",
        "seq",
        "time",
        // Whose data; none for what belongs to nobody alone, such as a payment file.
        "person",
        // The case, when the key is a case's.
        "case_id",
        // The payment run, when the key is that of its file: it concerns everybody the run pays.
        "run_id",
        // The print file, as `<run>/<file>`, when the key is its: it concerns everybody whose letter is in it.
        "print_file",
        // The whole actor as the journal writes it: `person:…`, `staff:<id>@<authority>`, `system:…`.
        "actor",
        // `person`, `staff` or `system`.
        "actor_kind",
        // What a member of staff was at that time, and the personnel key.
        "role",
        "staff",
        "action",
        // Code of [`wegfrei_identity::Purpose`].
        "purpose",
        // What was opened, by kind: `form decision` (documents without their ids).
        "parts",
        "granted",
    ],
};

static TABLES: [&Table; 1] = [&ACCESS_RECORD];

pub(crate) const MIGRATION: Migration = Migration {
    id: "cases-access-0001",
    sql: "CREATE TABLE access_record (
        authority TEXT NOT NULL, seq BIGINT NOT NULL, time BIGINT NOT NULL, person TEXT, case_id TEXT,
        actor TEXT NOT NULL, actor_kind TEXT NOT NULL, role TEXT, staff TEXT, action TEXT NOT NULL, purpose TEXT NOT NULL,
        parts TEXT NOT NULL, granted BIGINT NOT NULL, PRIMARY KEY (authority, seq));
        CREATE INDEX access_record_person ON access_record (person, time, authority, seq);
        CREATE INDEX access_record_case ON access_record (authority, case_id, seq);
        CREATE INDEX access_record_time ON access_record (authority, time, seq);
        CREATE INDEX access_record_staff ON access_record (authority, staff, time, seq)",
};

pub(crate) const RUNS: Migration = Migration {
    id: "cases-access-0002",
    sql: "ALTER TABLE access_record ADD COLUMN run_id TEXT;
        CREATE INDEX access_record_run ON access_record (authority, run_id, seq) WHERE run_id IS NOT NULL",
};

pub(crate) const PRINTED: Migration = Migration {
    id: "cases-access-0003",
    sql: "ALTER TABLE access_record ADD COLUMN print_file TEXT;
        CREATE INDEX access_record_print ON access_record (authority, print_file, seq) WHERE print_file IS NOT NULL",
};

/// The projection of `access/…` streams; written with each entry, computed again by `wegfrei verify`.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccessProjection;

const STREAMS: &str = "access/";

/// From here on the journal writes the rows itself.
pub(crate) fn register(journal: &Journal) {
    journal.with_entry_rows(Arc::new(AccessProjection));
}

impl EntryRows for AccessProjection {
    fn streams(&self) -> &'static str {
        STREAMS
    }

    fn rows(&self, entry: &Leaf<'_>) -> Vec<ProjectedRow> {
        let granted = match entry.kind {
            "access.granted" => true,
            "access.refused" => false,
            _ => return Vec::new(),
        };
        vec![(&ACCESS_RECORD, row(entry, granted))]
    }
}

impl Projection for AccessProjection {
    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn streams(&self) -> &'static str {
        STREAMS
    }

    // 2: the payment run. 3: the print file.
    fn revision(&self) -> i64 {
        3
    }

    fn rows(
        &self,
        _authority: AuthorityId,
        _stream: &str,
        entries: &[Entry],
    ) -> Result<Vec<ProjectedRow>, ProjectionError> {
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            let actor = entry.actor.to_string();
            let leaf = Leaf {
                authority: entry.authority.as_str(),
                seq: entry.seq,
                time: entry.time.as_micros(),
                stream: &entry.stream,
                version: entry.version,
                kind: &entry.kind,
                actor: &actor,
                purpose: &entry.purpose,
                facts: &entry.facts,
                sealed: None,
                salt: &entry.salt,
            };
            rows.extend(EntryRows::rows(self, &leaf));
        }
        Ok(rows)
    }
}

fn optional(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

fn row(entry: &Leaf<'_>, granted: bool) -> Vec<Value> {
    // Facts that are no JSON would be a finding of `verify` elsewhere; here they name nothing.
    let facts: Json = serde_json::from_str(entry.facts).unwrap_or_default();
    let circumstance = |name: &str| facts.get("circumstances").and_then(|all| all.get(name)?.as_str());
    let (kind, rest) = entry.actor.split_once(':').unwrap_or((entry.actor, ""));
    let staff = (kind == "staff").then(|| rest.rsplit_once('@').map_or(rest, |(id, _)| id));
    let key = entry.stream.strip_prefix(STREAMS).unwrap_or_default();
    let mut parts: Vec<&str> = Vec::new();
    let named = facts.get("parts").and_then(Json::as_array);
    for part in named.into_iter().flatten().filter_map(Json::as_str) {
        let kind = part.split('/').next().unwrap_or_default();
        if !parts.contains(&kind) {
            parts.push(kind);
        }
    }
    vec![
        Value::Text(entry.authority.to_owned()),
        Value::Int(i64::try_from(entry.seq).unwrap_or(i64::MAX)),
        Value::Int(entry.time),
        optional(facts.get("subject").and_then(Json::as_str)),
        optional(key.strip_prefix("case/")),
        optional(key.strip_prefix("payment-run/")),
        optional(key.strip_prefix("print-run/")),
        Value::Text(entry.actor.to_owned()),
        Value::Text(kind.to_owned()),
        optional(circumstance("role")),
        optional(staff),
        Value::Text(circumstance("action").unwrap_or_default().to_owned()),
        Value::Text(circumstance("purpose").unwrap_or_default().to_owned()),
        Value::Text(parts.join(" ")),
        Value::Int(i64::from(granted)),
    ]
}
