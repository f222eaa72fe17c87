//! What goes into the file: which accounts, how much, on which day; and what keeps a case from being paid.

use std::collections::{BTreeMap, BTreeSet};

use wegfrei_journal::Access;
use wegfrei_model::deadline::{is_working_day, working_day_from};
use wegfrei_model::{CaseId, Date, Iban, Month};

use super::super::paid::{Stored, add};
use super::super::pain::Transfer;
use super::super::payments::Amount;
use super::super::{Payment, PaymentState};
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

/// A plan with months of its that are due.
pub(super) struct Open {
    plan: Stored,
    months: Vec<Month>,
    /// The months they pay for: themselves, and earlier ones that were paid too little.
    pub pays: BTreeSet<Month>,
}

/// What a case is paid by a run.
pub(super) struct Payout {
    pub transfers: Vec<Transfer>,
    /// The same money by the months it is for.
    pub sent: Vec<Amount>,
}

/// The plans of a case that are due. One damaged case must not keep everybody else's rent back: whoever asks lists it, and the log is loud.
pub(super) fn plans(due: &Due, access: &Access) -> Result<Vec<Open>, CaseError> {
    let mut by_plan: BTreeMap<u64, Vec<Month>> = BTreeMap::new();
    for month in &due.months {
        if let Some(payment) = due.loaded.state.outgoing.payments.get(month) {
            by_plan.entry(payment.plan).or_default().push(*month);
        }
    }
    let open = |(entry, months): (u64, Vec<Month>)| -> Result<Open, CaseError> {
        let plan = Stored::read(&due.loaded, entry, access)
            .inspect_err(|error| tracing::error!(%error, "a payment plan cannot be read"))?;
        let back = months.iter().flat_map(|month| plan.back_with(*month));
        let pays = due.own(&months).into_iter().chain(back.map(|amount| amount.monat));
        Ok(Open {
            pays: pays.collect(),
            months,
            plan,
        })
    };
    by_plan.into_iter().map(open).collect()
}

/// One transfer for each plan of a case (they may name different accounts), over all months it pays for, each less what has `gone` out for
/// it; or why there is none.
pub(super) fn payout(due: &Due, plans: Vec<Open>, mut gone: BTreeMap<Month, i64>) -> Result<Payout, Hindrance> {
    let state = &due.loaded.state;
    let (mut transfers, mut sent) = (Vec::new(), Vec::new());
    for Open { plan, months, pays } in plans {
        let mut cent = 0u64;
        for monat in pays {
            let before = gone.get(&monat).copied().unwrap_or_default();
            let open = plan.grants(monat).saturating_sub(before).max(0);
            if open > 0 {
                let amount = Amount { monat, cent: open };
                add(&mut gone, &amount);
                cent = cent.saturating_add(open.unsigned_abs());
                sent.push(amount);
            }
        }
        if cent == 0 {
            continue;
        }
        let iban = Iban::parse(&plan.iban).map_err(|_| Hindrance::Iban)?;
        if plan.holder.trim().is_empty() {
            return Err(Hindrance::Holder);
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
    Ok(Payout { transfers, sent })
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
