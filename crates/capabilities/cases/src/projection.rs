//! How `wegfrei verify` computes this crate's tables again.

use wegfrei_journal::{Entry, Projection, ProjectionError};
use wegfrei_model::{AuthorityId, CaseId};
use wegfrei_store::{Table, Value};

use crate::file::fold;
use crate::tables;

/// The projection of `case/…` streams.
#[derive(Clone, Copy, Debug, Default)]
pub struct CaseProjection;

impl Projection for CaseProjection {
    fn tables(&self) -> &[&'static Table] {
        &[&tables::CASE_FILE, &tables::CASE_TASK, &tables::NOTICE, &tables::DEADLINE]
    }

    fn streams(&self) -> &str {
        "case/"
    }

    fn rows(
        &self,
        authority: AuthorityId,
        stream: &str,
        entries: &[Entry],
    ) -> Result<Vec<(&'static Table, Vec<Value>)>, ProjectionError> {
        let id = stream.strip_prefix("case/").unwrap_or_default();
        let id = CaseId::parse(id).map_err(|error| ProjectionError::new(error.to_string()))?;
        let state = fold(id, entries).map_err(|error| ProjectionError::new(error.to_string()))?;
        Ok(state.map(|state| tables::rows(authority, &state)).unwrap_or_default())
    }
}
