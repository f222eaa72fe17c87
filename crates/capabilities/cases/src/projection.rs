//! How `wegfrei verify` computes this crate's tables again.

use wegfrei_journal::{Entry, ProjectedRow, Projection, ProjectionError};
use wegfrei_model::{AuthorityId, CaseId};
use wegfrei_store::Table;

use crate::file::step;
use crate::tables;

static TABLES: [&Table; 8] = [
    &tables::CASE_FILE,
    &tables::CASE_TASK,
    &tables::NOTICE,
    &tables::DEADLINE,
    &tables::CASE_HELPER,
    &tables::HELP_CODE,
    &crate::outgoing::table::DISPATCH,
    &crate::outgoing::table::PAYMENT,
];

/// The projection of `case/…` streams.
#[derive(Clone, Copy, Debug, Default)]
pub struct CaseProjection;

impl Projection for CaseProjection {
    // 2: letters of one envelope, and periods that wait for dispatch. 3: who checked what is to be released. 4: objections, notices that
    // were replaced, and what the list of all cases shows. 5: objections that were withdrawn, and decisions on them that were taken back.
    // 6: the period of a notice that took the place of a contested one.
    fn revision(&self) -> i64 {
        6
    }

    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn streams(&self) -> &'static str {
        "case/"
    }

    fn rows(
        &self,
        authority: AuthorityId,
        stream: &str,
        entries: &[Entry],
    ) -> Result<Vec<ProjectedRow>, ProjectionError> {
        let Some(last) = entries.last() else {
            return Ok(Vec::new());
        };
        let id = stream.strip_prefix("case/").unwrap_or_default();
        let id = CaseId::parse(id).map_err(|error| ProjectionError::of(last, error.to_string()))?;
        let mut state = None;
        for entry in entries {
            state = Some(step(id, state, entry).map_err(|error| ProjectionError::of(entry, error.to_string()))?);
        }
        Ok(state.map(|state| tables::rows(authority, &state)).unwrap_or_default())
    }
}
