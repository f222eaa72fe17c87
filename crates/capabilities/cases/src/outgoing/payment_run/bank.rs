//! What goes into the file: which accounts, how much, on which day; and what keeps a case from being paid.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wegfrei_journal::Access;
use wegfrei_model::deadline::{is_working_day, working_day_from};
use wegfrei_model::{CaseId, Date, Iban, Month};

use super::super::pain::Transfer;
use super::super::payments::{Amount, Back};
use super::super::{Payment, PaymentState};
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

    /// Those of its months that it pays for themselves, and not only for what is owed for earlier ones.
    pub fn own(&self, months: &[Month]) -> Vec<Month> {
        let payments = &self.loaded.state.outgoing.payments;
        let own = |month: &&Month| payments.get(month).is_some_and(Payment::is_own);
        months.iter().filter(own).copied().collect()
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
    /// The plan cannot be read, or that of a case that paid one of its months before: damaged (`wegfrei verify` says more), or erased.
    Unreadable,
    /// Another application of the person has one of the months planned too: a person has to say which of them pays.
    Twice,
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
pub(super) struct Stored {
    holder: String,
    iban: String,
    payments: Vec<Amount>,
    #[serde(default)]
    back: Option<Back>,
}

impl Stored {
    /// The amounts of these months in cents, each without what is paid back with it.
    pub fn of(&self, months: &[Month]) -> impl Iterator<Item = (Month, u64)> {
        let wanted = self.payments.iter().filter(|amount| months.contains(&amount.monat));
        wanted.map(|amount| {
            let other: u64 = self.back(&[amount.monat]).map(|(_, cent)| cent).sum();
            (amount.monat, cents(amount).saturating_sub(other))
        })
    }

    /// What is paid back with these months, under the months it is for.
    pub fn back(&self, months: &[Month]) -> impl Iterator<Item = (Month, u64)> {
        let back = self.back.as_ref().filter(|back| months.contains(&back.with));
        back.into_iter()
            .flat_map(|back| &back.months)
            .map(|amount| (amount.monat, cents(amount)))
    }
}

fn cents(amount: &Amount) -> u64 {
    u64::try_from(amount.cent).unwrap_or(0)
}

/// The months of a case by the entry their plan lies in.
pub(super) fn by_plan(due: &Due) -> BTreeMap<u64, Vec<Month>> {
    let mut by_plan: BTreeMap<u64, Vec<Month>> = BTreeMap::new();
    for month in &due.months {
        if let Some(payment) = due.loaded.state.outgoing.payments.get(month) {
            by_plan.entry(payment.plan).or_default().push(*month);
        }
    }
    by_plan
}

/// A plan, unless it cannot be read. One damaged case must not keep everybody else's rent back; it is listed, and the log is loud.
pub(super) fn plan(due: &Due, entry: u64, access: &Access) -> Result<Option<Stored>, CaseError> {
    let sealed = due.loaded.sealed(entry)?;
    let sealed = sealed.typed::<Stored>(context(due.loaded.state.id, "payments"));
    let plan = sealed.open(access);
    if let Err(error) = &plan {
        tracing::error!(%error, "a payment plan cannot be read");
    }
    Ok(plan.ok())
}

/// One transfer for each plan of a case (they may name different accounts), over all its months that are due, less what other cases have
/// paid for them `before`; or why there is none.
pub(super) fn transfers(
    due: &Due,
    before: &BTreeMap<Month, u64>,
    access: &Access,
) -> Result<Result<Vec<Transfer>, Hindrance>, CaseError> {
    let state = &due.loaded.state;
    let mut transfers = Vec::new();
    for (entry, months) in by_plan(due) {
        let Some(plan) = plan(due, entry, access)? else {
            return Ok(Err(Hindrance::Unreadable));
        };
        let open = |(month, cent): (Month, u64)| cent.saturating_sub(before.get(&month).copied().unwrap_or_default());
        // What is paid back is a difference already.
        let back: u64 = plan.back(&months).map(|(_, cent)| cent).sum();
        let cent = plan.of(&due.own(&months)).map(open).sum::<u64>().saturating_add(back);
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
