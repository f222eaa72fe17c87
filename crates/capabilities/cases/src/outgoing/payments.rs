//! Planning and stopping payments. Account and amounts are sealed; the journal says only which months.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Actor, SealingKey};
use wegfrei_model::{AuthorityId, CaseId, Iban, Month};

use crate::error::CaseError;
use crate::event::Event;
use crate::file::{Act, Plan, commit};
use crate::state::CaseState;
use crate::{Cases, context};

/// The largest single payment planned: a million euros is a mistake.
const MOST_CENT: i64 = 100_000_000;
/// The longest plan, in months.
const MOST_MONTHS: usize = 120;

/// What `payments.planned` seals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PaymentPlan {
    pub holder: String,
    pub iban: Iban,
    pub payments: Vec<Amount>,
}

/// One month's payment, as the decision lists it in `zahlungen`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Amount {
    pub monat: Month,
    pub cent: i64,
}

/// The service operation `payments`: plans what the decision's `zahlungen` lists, to the account of the application. The process calls
/// it; a case that was changed calls it again, and the new plan takes the place of what is not exported yet.
pub(crate) fn plan_payments(
    sealing: &SealingKey,
    case: CaseId,
    holder: &str,
    iban: &str,
    decision: &Value,
    plan: &mut Plan,
) -> Result<(), CaseError> {
    let planned = read(holder, iban, decision)?;
    let (Some(first), Some(last)) = (planned.payments.first(), planned.payments.last()) else {
        // A refusal pays nothing; there is nothing to record.
        return Ok(());
    };
    let event = Event::PaymentsPlanned {
        count: u32::try_from(planned.payments.len()).unwrap_or(u32::MAX),
        first: first.monat,
        last: last.monat,
    };
    let sealed = sealing
        .seal(context(case, "payments"), &planned)
        .map_err(|error| CaseError::damaged("payments", error))?;
    plan.push_sealed(event, sealed.into_bytes());
    Ok(())
}

fn read(holder: &str, iban: &str, decision: &Value) -> Result<PaymentPlan, CaseError> {
    let wrong = |what: String| CaseError::Package(format!("zahlungen: {what}"));
    let listed = decision.get("zahlungen").cloned().unwrap_or(Value::Null);
    let payments: Vec<Amount> = match listed {
        Value::Null => Vec::new(),
        listed => serde_json::from_value(listed).map_err(|error| wrong(error.to_string()))?,
    };
    if payments.len() > MOST_MONTHS {
        return Err(wrong(format!("more than {MOST_MONTHS} months")));
    }
    if let Some(amount) = payments.iter().find(|amount| !(0..=MOST_CENT).contains(&amount.cent)) {
        return Err(wrong(format!(
            "{} has an amount below 0 or above 1,000,000 euros",
            amount.monat
        )));
    }
    let gap = payments
        .windows(2)
        .find(|pair| matches!(pair, [a, b] if a.monat.next() != Some(b.monat)));
    if let Some([before, _]) = gap {
        return Err(wrong(format!(
            "the month after {} does not follow it; list each month once, in order, with 0 where nothing is paid",
            before.monat
        )));
    }
    if payments.is_empty() {
        let unused = Iban::parse("DE02120300000000202051").map_err(|error| wrong(error.to_string()))?;
        return Ok(PaymentPlan {
            holder: String::new(),
            iban: unused,
            payments,
        });
    }
    let holder = holder.trim();
    if holder.is_empty() {
        return Err(wrong("the account has no holder".to_owned()));
    }
    Ok(PaymentPlan {
        holder: holder.to_owned(),
        // The form has checked it; a correction at the desk may not have.
        iban: Iban::parse(iban).map_err(|error| wrong(error.to_string()))?,
        payments,
    })
}

/// Stops what is planned from a month on: for withdrawal, revocation, a change.
pub(crate) fn plan_stop(state: &CaseState, from: Month, plan: &mut Plan) {
    if state.outgoing.pays() {
        plan.push(Event::PaymentsStopped { from });
    }
}

impl Cases {
    /// Stops a case's payments from a month on; what is in a file for the bank stays there.
    ///
    /// # Errors
    /// [`CaseError::Refused`] (recorded) for anybody but a caseworker of the authority; [`CaseError::Stale`] when nothing is planned.
    pub async fn stop_payments(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        case: CaseId,
        from: Month,
    ) -> Result<(), CaseError> {
        let loaded = self.load(authority, case).await?;
        self.access(actor, authority, &loaded.state, Action::Decide, Purpose::CaseWork)
            .await?;
        let mut plan = Plan::default();
        plan_stop(&loaded.state, from, &mut plan);
        if plan.events.is_empty() {
            return Err(CaseError::Stale);
        }
        let act = Act {
            actor,
            purpose: Purpose::CaseWork.german(),
            at: self.now(),
        };
        let (commit, _) = commit(authority, case, Some(&loaded.state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plans_are_read_strictly() {
        fn check(iban: &str, listed: Value, expected: Result<usize, &str>) {
            let decision = json!({ "zahlungen": listed });
            match (read("Erika Lehmann", iban, &decision), expected) {
                (Ok(plan), Ok(count)) => assert_eq!(plan.payments.len(), count),
                (Err(CaseError::Package(text)), Err(part)) => assert!(text.contains(part), "{text}"),
                (result, expected) => panic!("{result:?} instead of {expected:?}"),
            }
        }
        let good = "DE02120300000000202051";
        let pay = |months: &[(&str, i64)]| -> Value {
            months
                .iter()
                .map(|(monat, cent)| json!({ "monat": monat, "cent": cent }))
                .collect()
        };
        check(good, pay(&[("2026-12", 36800), ("2027-01", 0)]), Ok(2));
        check(good, json!(null), Ok(0));
        check("", json!([]), Ok(0));
        check(good, pay(&[("2026-01", 1), ("2026-03", 1)]), Err("2026-01"));
        check(good, pay(&[("2026-01", 1), ("2026-01", 1)]), Err("2026-01"));
        check(good, pay(&[("2026-01", -1)]), Err("below 0"));
        check(good, pay(&[("2026-01", 100_000_001)]), Err("above"));
        check(good, pay(&[("2026-13", 1)]), Err("no month"));
        check(good, json!([{ "monat": "2026-01", "cent": 1.5 }]), Err("zahlungen"));
        check("DE02120300000000202052", pay(&[("2026-01", 1)]), Err("Prüfziffer"));
    }
}
