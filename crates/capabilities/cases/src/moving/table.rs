//! Moves as rows: one a move, for the list and the next one's number.

use wegfrei_journal::{Entry, ProjectedRow, Projection, ProjectionError};
use wegfrei_model::AuthorityId;
use wegfrei_store::{Migration, Table, Value as Sql};

use super::state::Run;

/// One row a move.
pub static CASE_MOVE: Table = Table {
    name: "case_move",
    key: &["authority", "run"],
    columns: &[
        "authority",
        "run",
        "state",
        "service",
        "from_version",
        "to_version",
        "started_at",
        "started_by",
        "cases",
        "moved",
        "stayed",
        "taken_back",
    ],
};

pub(crate) const MIGRATION: Migration = Migration {
    id: "cases-move-0001",
    // Running cases of a version, by id: what a move goes through.
    sql: "CREATE TABLE case_move (
        authority TEXT NOT NULL, run BIGINT NOT NULL, state TEXT NOT NULL, service TEXT NOT NULL, from_version TEXT NOT NULL,
        to_version TEXT NOT NULL, started_at BIGINT NOT NULL, started_by TEXT NOT NULL, cases BIGINT NOT NULL,
        moved BIGINT NOT NULL, stayed BIGINT NOT NULL, taken_back BIGINT NOT NULL, PRIMARY KEY (authority, run));
        CREATE INDEX case_file_version ON case_file (authority, service, version, case_id) WHERE phase = 'running'",
};

/// The row of a move.
pub(super) fn rows(authority: &str, run: &Run) -> Vec<ProjectedRow> {
    let int = |number: u64| Sql::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let text = |text: &str| Sql::Text(text.to_owned());
    let values = vec![
        text(authority),
        int(run.number),
        text(run.phase.code()),
        text(&run.service),
        text(&run.from),
        text(&run.to),
        Sql::Int(run.started_at.as_micros()),
        text(&run.started_by.to_string()),
        int(run.cases),
        int(run.moved.len() as u64),
        int(run.stayed()),
        int(run.taken_back()),
    ];
    vec![(&CASE_MOVE, values)]
}

/// The projection of `move/…` streams.
#[derive(Clone, Copy, Debug, Default)]
pub struct MoveProjection;

static TABLES: [&Table; 1] = [&CASE_MOVE];

impl Projection for MoveProjection {
    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn streams(&self) -> &'static str {
        "move/"
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
        let number = stream.strip_prefix("move/").and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| ProjectionError::of(first, "a move without a number"))?;
        let run = Run::fold(number, entries).map_err(|error| ProjectionError::of(first, error.to_string()))?;
        Ok(run.map(|run| rows(authority.as_str(), &run)).unwrap_or_default())
    }
}
