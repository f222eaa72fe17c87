//! The runs that were made, as rows: when, by whom, how many payments. No names of residents, no amounts.

use serde_json::Value as Json;
use wegfrei_journal::{Actor, Entry, ProjectedRow, Projection, ProjectionError};
use wegfrei_model::{AuthorityId, Month};
use wegfrei_store::{Table, Value as Sql};

use super::super::table::PAYMENT_RUN;

/// What the head of a `payment-run/…` stream says.
pub(super) struct Head<'h> {
    pub month: Month,
    pub at: i64,
    pub made_by: &'h Actor,
    pub payments: u64,
    /// Ids of the services it pays.
    pub services: Vec<String>,
}

pub(super) fn row(authority: &str, run: &str, head: &Head<'_>) -> Vec<Sql> {
    vec![
        Sql::Text(authority.to_owned()),
        Sql::Text(run.to_owned()),
        Sql::Text(head.month.to_string()),
        Sql::Int(head.at),
        Sql::Text(head.made_by.to_string()),
        Sql::Int(i64::try_from(head.payments).unwrap_or(i64::MAX)),
        Sql::Text(head.services.join(" ")),
    ]
}

/// The projection of `payment-run/…` streams.
#[derive(Clone, Copy, Debug, Default)]
pub struct PaymentRunProjection;

static TABLES: [&Table; 1] = [&PAYMENT_RUN];

impl Projection for PaymentRunProjection {
    // 2: the services a run pays.
    fn revision(&self) -> i64 {
        2
    }

    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn streams(&self) -> &'static str {
        "payment-run/"
    }

    fn rows(
        &self,
        authority: AuthorityId,
        stream: &str,
        entries: &[Entry],
    ) -> Result<Vec<ProjectedRow>, ProjectionError> {
        let Some(head) = entries.first() else {
            return Ok(Vec::new());
        };
        if entries.iter().any(|entry| entry.kind == "payments.erased") {
            return Ok(Vec::new());
        }
        let facts = head.facts();
        let number = |name: &str| facts.get(name).and_then(Json::as_i64);
        let month = facts
            .get("month")
            .and_then(Json::as_str)
            .and_then(|month| Month::parse(month).ok());
        let (Some(month), Some(at), Some(payments)) = (month, number("at"), number("payments")) else {
            return Err(ProjectionError::of(head, "a payment run without its facts"));
        };
        let run = stream.strip_prefix("payment-run/").unwrap_or_default();
        // Runs of earlier versions did not say it.
        let services = facts.get("services").and_then(Json::as_array).into_iter().flatten();
        let services = services.filter_map(|service| service.as_str().map(str::to_owned));
        let of_run = Head {
            month,
            at,
            made_by: &head.actor,
            payments: u64::try_from(payments).unwrap_or(0),
            services: services.collect(),
        };
        let row = row(authority.as_str(), run, &of_run);
        Ok(vec![(&PAYMENT_RUN, row)])
    }
}
