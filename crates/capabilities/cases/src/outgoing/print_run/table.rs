//! Print runs as rows: runs, their files, and which envelope is in which file. No names, no contents.

use wegfrei_journal::{Entry, ProjectedRow, Projection, ProjectionError};
use wegfrei_model::AuthorityId;
use wegfrei_store::{Migration, Table, Value as Sql};

use super::state::Run;

/// States of an envelope in which a print run holds it: no other run takes it, and the outbox names its run.
macro_rules! held {
    () => {
        "('printed', 'certificate', 'failed')"
    };
}
pub(crate) use held;

/// One row a run.
pub static PRINT_RUN: Table = Table {
    name: "print_run",
    key: &["authority", "run"],
    columns: &[
        "authority",
        "run",
        "state",
        "started_at",
        "started_by",
        "documents",
        "printed",
        "services",
    ],
};

/// One row an envelope in a file.
pub static PRINT_ENVELOPE: Table = Table {
    name: "print_envelope",
    key: &["authority", "run", "number"],
    columns: &[
        "authority",
        "run",
        // Running number within the run.
        "number",
        // `<run>/<file>`: the tail of the file's key.
        "file",
        "case_id",
        "since",
        "notice_id",
        // What became of it; `freed` when its run ended and nobody had said that it was posted.
        "state",
    ],
};

pub(crate) const MIGRATION: Migration = Migration {
    id: "cases-print-0001",
    sql: "CREATE TABLE print_run (
        authority TEXT NOT NULL, run BIGINT NOT NULL, state TEXT NOT NULL, started_at BIGINT NOT NULL, started_by TEXT NOT NULL,
        documents BIGINT NOT NULL, printed BIGINT NOT NULL, services TEXT NOT NULL, PRIMARY KEY (authority, run));
        CREATE TABLE print_envelope (
        authority TEXT NOT NULL, run BIGINT NOT NULL, number BIGINT NOT NULL, file TEXT NOT NULL, case_id TEXT NOT NULL,
        since BIGINT NOT NULL, notice_id TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (authority, run, number));
        CREATE INDEX print_envelope_case ON print_envelope (authority, case_id, since)",
};

/// The row of a run alone: lists and the next run's number.
fn head(authority: &str, run: &Run) -> ProjectedRow {
    let int = |number: u64| Sql::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let values = vec![
        Sql::Text(authority.to_owned()),
        int(run.number),
        Sql::Text(run.standing.code().to_owned()),
        Sql::Int(run.started_at.as_micros()),
        Sql::Text(run.started_by.to_string()),
        int(run.documents),
        int(run.printed()),
        Sql::Text(run.services.join(" ")),
    ];
    (&PRINT_RUN, values)
}

/// All rows of a run.
pub(super) fn rows(authority: &str, run: &Run) -> Vec<ProjectedRow> {
    let mut rows = vec![head(authority, run)];
    let mut number = 0_i64;
    for (index, file) in run.files.iter().enumerate() {
        for (packed, fate) in &file.envelopes {
            number += 1;
            let values = vec![
                Sql::Text(authority.to_owned()),
                Sql::Int(i64::try_from(run.number).unwrap_or(i64::MAX)),
                Sql::Int(number),
                Sql::Text(format!("{}/{}", run.number, index + 1)),
                Sql::Text(packed.case.to_string()),
                Sql::Int(packed.since),
                Sql::Text(packed.notice.to_string()),
                Sql::Text(if run.has_freed(*fate) { "freed" } else { fate.code() }.to_owned()),
            ];
            rows.push((&PRINT_ENVELOPE, values));
        }
    }
    rows
}

/// The projection of `print-run/…` streams.
#[derive(Clone, Copy, Debug, Default)]
pub struct PrintRunProjection;

static TABLES: [&Table; 2] = [&PRINT_RUN, &PRINT_ENVELOPE];

impl Projection for PrintRunProjection {
    // 2: what is taken back is `printed` from the moment that begins, and what a posted run could not note is never freed.
    fn revision(&self) -> i64 {
        2
    }

    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn streams(&self) -> &'static str {
        "print-run/"
    }

    fn rows(
        &self,
        authority: AuthorityId,
        stream: &str,
        entries: &[Entry],
    ) -> Result<Vec<ProjectedRow>, ProjectionError> {
        let Some(first) = entries.first() else {
            return Ok(Vec::new());
        };
        let number = stream.strip_prefix("print-run/").and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| ProjectionError::of(first, "a print run without a number"))?;
        let run = Run::fold(number, entries).map_err(|error| ProjectionError::of(first, error.to_string()))?;
        Ok(run.map(|run| rows(authority.as_str(), &run)).unwrap_or_default())
    }
}
