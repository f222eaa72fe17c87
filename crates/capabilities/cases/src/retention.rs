//! When keeping ends: the case's key is destroyed, and with it everything sealed under it. What is sealed in entries stays as ciphertext, for
//! the tree covers it; papers and PDFs, of which the tree knows the SHA-256, are deleted. The journal still verifies.

use serde::Deserialize;
use serde_json::json;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, Date, PaymentRunId, Timestamp};
use wegfrei_packages::RetentionStart;
use wegfrei_store::jobs::{Claim, NewJob, complete, enqueue};

use crate::Cases;
use crate::error::CaseError;
use crate::event::Event;
use crate::file::{Act, Plan, commit};
use crate::jobs::ATTEMPTS;
use crate::outgoing::PaymentState;
use crate::state::{CaseState, Phase};

/// Job: keeping ends.
pub(crate) const RETENTION: &str = "retention";

/// What the record says it was done for.
pub(crate) const PURPOSE: &str = "Löschung nach Ablauf der Aufbewahrungsfrist";

/// Payment files are vouchers of the municipality's books: ten years.
const RUN_YEARS: u32 = 10;

#[derive(Deserialize)]
pub(crate) struct RetentionPayload {
    case: Option<CaseId>,
    run: Option<PaymentRunId>,
    print: Option<u64>,
}

/// The first moment after the calendar year of `from` and `years` more.
pub(crate) fn end(from: Date, years: u32) -> Timestamp {
    let year = u32::from(from.year().unsigned_abs())
        .saturating_add(years)
        .saturating_add(1);
    let day = i16::try_from(year).ok().and_then(|year| Date::new(year, 1, 1).ok());
    day.map_or(Timestamp::MAX, Timestamp::start_of_day)
}

/// The job that ends the keeping of a case at `end`, or finds that it must be kept longer.
pub(crate) fn job(authority: AuthorityId, case: CaseId, end: Timestamp) -> NewJob {
    let id = format!("{case}/{}", end.date().year());
    new(authority, &id, json!({ "case": case }), end)
}

/// A day of the year in which ends what the case is kept for: its end, or what is paid after it. `None` while that is open.
fn last_day(state: &CaseState, begins: RetentionStart) -> Option<Date> {
    let closed = state.closed_at?.date();
    match begins {
        RetentionStart::Closed => Some(closed),
        RetentionStart::LastPayment => {
            let mut paid = state.outgoing.payments.iter().rev();
            let paid = paid.find(|(_, payment)| payment.state != PaymentState::Stopped);
            let paid = paid.map(|(month, _)| month.first_day());
            Some(paid.map_or(closed, |day| day.max(closed)))
        }
        RetentionStart::Open => None,
    }
}

/// The job that ends the keeping of a payment file.
pub(crate) fn run_job(authority: AuthorityId, run: PaymentRunId, made: Timestamp) -> NewJob {
    let end = end(made.date(), RUN_YEARS);
    new(authority, &run.to_string(), json!({ "run": run }), end)
}

/// The job that ends the keeping of a print run's files at `end`, or finds that they are kept longer.
pub(crate) fn print_job(authority: AuthorityId, run: u64, end: Timestamp) -> NewJob {
    let id = format!("print/{run}/{}", end.as_micros());
    new(authority, &id, json!({ "print": run }), end)
}

fn new(authority: AuthorityId, id: &str, payload: serde_json::Value, due: Timestamp) -> NewJob {
    NewJob {
        authority: authority.to_string(),
        id: format!("{RETENTION}/{id}"),
        kind: RETENTION.to_owned(),
        payload: payload.to_string(),
        run_after: due.as_micros(),
        max_attempts: ATTEMPTS,
    }
}

impl Cases {
    pub(crate) async fn end_keeping(
        &self,
        authority: AuthorityId,
        payload: &RetentionPayload,
        done: Claim,
    ) -> Result<(), CaseError> {
        match (payload.case, payload.run, payload.print) {
            (Some(case), ..) => self.erase(authority, case, done).await,
            (None, Some(run), _) => self.erase_run(authority, run, done).await,
            (None, None, Some(print)) => self.end_print_run(authority, print, done).await,
            (None, None, None) => Err(CaseError::story("a retention job for nothing")),
        }
    }

    async fn erase(&self, authority: AuthorityId, case: CaseId, done: Claim) -> Result<(), CaseError> {
        let loaded = self.load(authority, case).await?;
        let state = &loaded.state;
        if state.phase != Phase::Closed {
            return self.drop_job(done).await;
        }
        let keeping = &self.sent_with(&state.service, &state.version)?.manifest().retention;
        let Some(last) = last_day(state, keeping.begins) else {
            return self.drop_job(done).await;
        };
        let end = end(last, keeping.years);
        if end > self.now() {
            let mut tx = self.inner.store.begin().await?;
            enqueue(&mut tx, &[job(authority, case, end)]).await?;
            complete(&mut tx, &[done]).await?;
            tx.commit().await?;
            return Ok(());
        }
        let mut plan = Plan {
            destroy: vec![state.key.clone()],
            done_jobs: vec![done],
            ..Plan::default()
        };
        plan.push(Event::Erased {});
        let act = Act {
            actor: &Actor::system("retention"),
            purpose: PURPOSE,
            at: self.now(),
        };
        let (commit, _) = commit(authority, case, Some(state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        self.with_open(|open| open.retain(|slot, _| slot.key != state.key));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_count_from_the_end_of_the_calendar_year() {
        fn check(closed: &str, years: u32, expected: &str) {
            let day = Timestamp::parse(closed).unwrap().date();
            assert_eq!(end(day, years).to_string(), expected);
        }
        check("2026-04-23T22:00:00Z", 10, "2036-12-31T23:00:00.000000Z");
        // The last second of the year in Magdeburg, and the first of the next.
        check("2026-12-31T22:59:59Z", 1, "2027-12-31T23:00:00.000000Z");
        check("2026-12-31T23:00:00Z", 1, "2028-12-31T23:00:00.000000Z");
        check("2026-01-01T00:00:00Z", u32::MAX, &Timestamp::MAX.to_string());
    }
}
