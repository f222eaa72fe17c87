//! What goes into the file: which accounts, how much, on which day; and what keeps a case from being paid.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wegfrei_journal::Access;
use wegfrei_model::deadline::{is_working_day, working_day_from};
use wegfrei_model::{CaseId, Date, Iban, Month};

use super::super::PaymentState;
use super::super::pain::Transfer;
use super::super::payments::Amount;
use crate::context;
use crate::error::CaseError;
use crate::file::Loaded;

/// A case with the months a run pays.
pub(super) struct Due {
    pub loaded: Loaded,
    pub months: Vec<Month>,
}

impl Due {
    /// What of a case is planned up to a month. The row is only a way to find the case; what counts is its stream.
    pub fn of(loaded: Loaded, month: Month) -> Option<Due> {
        let planned = loaded.state.outgoing.payments.range(..=month);
        let planned = planned.filter(|(_, payment)| payment.state == PaymentState::Planned);
        let months: Vec<Month> = planned.map(|(month, _)| *month).collect();
        (!months.is_empty()).then_some(Due { loaded, months })
    }
}

/// Why a case cannot be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hindrance {
    /// The account's number is wrong.
    Iban,
    /// Nobody is named as the account's holder.
    Holder,
    /// The authority has not said from which account the service is paid (parameter `kasse`).
    Parameter,
    /// The plan cannot be read; `wegfrei verify` says more.
    Unreadable,
}

/// A case that a run leaves out.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Unpayable {
    /// The case.
    pub case: CaseId,
    /// What letters quote.
    pub reference: String,
    /// Service id.
    pub service: String,
    /// Why.
    pub why: Hindrance,
}

/// A plan as it lies sealed; whether its account can be paid is judged here.
#[derive(Serialize, Deserialize)]
struct Stored {
    holder: String,
    iban: String,
    payments: Vec<Amount>,
}

/// One transfer for each plan of a case (they may name different accounts), over all its months that are due; or why there is none.
pub(super) fn transfers(due: &Due, access: &Access) -> Result<Result<Vec<Transfer>, Hindrance>, CaseError> {
    let state = &due.loaded.state;
    let mut by_plan: BTreeMap<u64, Vec<Month>> = BTreeMap::new();
    for month in &due.months {
        if let Some(payment) = state.outgoing.payments.get(month) {
            by_plan.entry(payment.plan).or_default().push(*month);
        }
    }
    let mut transfers = Vec::new();
    for (entry, months) in by_plan {
        let sealed = due.loaded.sealed(entry)?.typed::<Stored>(context(state.id, "payments"));
        let plan = match sealed.open(access) {
            Ok(plan) => plan,
            Err(error) => {
                // One damaged case must not keep everybody else's rent back; it is listed, and the log is loud.
                tracing::error!(%error, "a payment plan cannot be read");
                return Ok(Err(Hindrance::Unreadable));
            }
        };
        let wanted = plan.payments.iter().filter(|amount| months.contains(&amount.monat));
        let cent = wanted.map(|amount| u64::try_from(amount.cent).unwrap_or(0)).sum();
        if cent == 0 {
            continue;
        }
        let Ok(iban) = Iban::parse(&plan.iban) else {
            return Ok(Err(Hindrance::Iban));
        };
        if plan.holder.trim().is_empty() {
            return Ok(Err(Hindrance::Holder));
        }
        let reference = state.reference.clone().unwrap_or_default();
        let period = match (months.first(), months.last()) {
            (Some(first), Some(last)) if first != last => format!("{}-{}", first.german(), last.german()),
            (Some(only), _) => only.german(),
            _ => String::new(),
        };
        transfers.push(Transfer {
            // The statement names no service: other people read statements too.
            text: format!("Az. {reference} {period}"),
            end_to_end: reference,
            holder: plan.holder,
            iban,
            cent,
        });
    }
    Ok(Ok(transfers))
}

/// Benefits are paid in advance (§ 26 Abs. 2 WoGG): on the last working day before the month, or as soon as can be.
pub(super) fn execution_day(today: Date, month: Month) -> Date {
    let mut before = month.first_day();
    for _ in 0..15 {
        before = before.yesterday().unwrap_or(before);
        if is_working_day(before) {
            break;
        }
    }
    let soon = today.tomorrow().ok().and_then(working_day_from).unwrap_or(today);
    before.max(soon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_comes_before_the_month_or_as_soon_as_can_be() {
        fn check(today: &str, month: &str, expected: &str) {
            let day = execution_day(today.parse().unwrap(), Month::parse(month).unwrap());
            assert_eq!(day.to_string(), expected, "{today} {month}");
        }
        check("2025-12-18", "2026-01", "2025-12-31");
        check("2026-03-18", "2026-04", "2026-03-31");
        // 1 February 2026 is a Sunday: Friday before.
        check("2026-01-10", "2026-02", "2026-01-30");
        // Late: the next working day, over Easter.
        check("2026-04-02", "2026-04", "2026-04-07");
        check("2026-03-18", "2026-01", "2026-03-19");
    }
}
