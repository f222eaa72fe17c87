//! Planning and stopping payments. Account and amounts are sealed; the journal says only which months.
//!
//! A follow-up case that grants anew pays instead of the case it is about, and one that ends the grant ends its payments: a job says so to
//! the earlier case, whose stream is its own.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Actor, SealingKey};
use wegfrei_model::{AuthorityId, CaseId, Iban, Month, Timestamp};
use wegfrei_store::jobs::{Claim, NewJob};

use crate::error::CaseError;
use crate::event::Event;
use crate::file::{Act, Plan, commit};
use crate::jobs::ATTEMPTS;
use crate::outgoing::{Outgoing, PaymentState};
use crate::state::Phase;
use crate::task::short_enough;
use crate::{Cases, context};

/// Job: a follow-up case has taken the place of an earlier one's payments, or ended them.
pub(crate) const SUPERSEDED: &str = "payments.superseded";

/// Where the payment of a month stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaymentStanding {
    /// Waits for a payment run.
    Planned,
    /// In a file for the bank.
    Exported,
    /// Not to be paid.
    Stopped,
}

/// The payment of one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentLine {
    /// The month.
    pub month: Month,
    /// Where it stands.
    pub standing: PaymentStanding,
}

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

/// Stops what is planned from a month on, if anything is: for withdrawal, revocation, a change.
pub(crate) fn plan_stop(outgoing: &Outgoing, from: Month, plan: &mut Plan) {
    let mut later = outgoing.payments.range(from..);
    if later.any(|(_, payment)| payment.state == PaymentState::Planned) {
        plan.push(Event::PaymentsStopped { from });
    }
}

/// Stops everything that is planned and in no file yet.
pub(crate) fn plan_stop_all(outgoing: &Outgoing, plan: &mut Plan) {
    if let Some((first, _)) = outgoing.payments.first_key_value() {
        plan_stop(outgoing, *first, plan);
    }
}

/// The first month a decision pays.
pub(crate) fn first_paid(decision: &Value) -> Option<Month> {
    let first = decision.get("zahlungen")?.as_array()?.first()?;
    serde_json::from_value::<Amount>(first.clone())
        .ok()
        .map(|amount| amount.monat)
}

#[derive(Serialize, Deserialize)]
pub(crate) struct SupersededPayload {
    /// The earlier case.
    pub case: CaseId,
    /// The first month it pays no more.
    pub from: Month,
}

/// The job that stops an earlier case's payments because of this one.
pub(crate) fn superseded(authority: AuthorityId, earlier: CaseId, by: CaseId, from: Month, now: Timestamp) -> NewJob {
    NewJob {
        authority: authority.to_string(),
        // A case that is decided anew says it anew.
        id: format!("{SUPERSEDED}/{by}/{}", now.as_micros()),
        kind: SUPERSEDED.to_owned(),
        payload: json!({ "case": earlier, "from": from }).to_string(),
        run_after: now.as_micros(),
        max_attempts: ATTEMPTS,
    }
}

impl Cases {
    /// Stops a case's payments from a month on; what is in a file for the bank stays there. The reason becomes a note of the file.
    ///
    /// # Errors
    /// [`CaseError::Refused`] (recorded) for anybody but a caseworker of the authority; [`CaseError::Verdict`] without a reason, or with
    /// one that is too long; [`CaseError::Stale`] when nothing is planned from that month on.
    pub async fn stop_payments(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        case: CaseId,
        from: Month,
        reason: &str,
    ) -> Result<(), CaseError> {
        let loaded = self.load(authority, case).await?;
        let state = &loaded.state;
        self.access(actor, authority, state, Action::Decide, Purpose::CaseWork)
            .await?;
        short_enough(reason, "Der Grund")?;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(CaseError::Verdict(
                "Bitte schreiben Sie, warum Sie die Zahlungen anhalten.".to_owned(),
            ));
        }
        let mut plan = Plan::default();
        plan_stop(&state.outgoing, from, &mut plan);
        if plan.events.is_empty() {
            return Err(CaseError::Stale);
        }
        let note = format!("Zahlungen ab {} angehalten: {reason}", from.german());
        let sealing = self.inner.journal.sealing_key(authority, &state.key).await?;
        let sealed = sealing
            .seal(context(case, "note"), &note)
            .map_err(|error| CaseError::damaged("note", error))?;
        plan.push_sealed(Event::NoteAdded {}, sealed.into_bytes());
        let act = Act {
            actor,
            purpose: Purpose::CaseWork.german(),
            at: self.now(),
        };
        let (commit, _) = commit(authority, case, Some(state), &act, plan)?;
        self.inner.journal.commit(commit).await?;
        Ok(())
    }

    /// Another case pays from a month on, or has ended the grant: this one pays no more.
    pub(crate) async fn supersede(
        &self,
        authority: AuthorityId,
        payload: &SupersededPayload,
        done: Claim,
    ) -> Result<(), CaseError> {
        let loaded = self.load(authority, payload.case).await?;
        let mut plan = Plan {
            done_jobs: vec![done.clone()],
            ..Plan::default()
        };
        plan_stop(&loaded.state.outgoing, payload.from, &mut plan);
        if plan.events.is_empty() || matches!(loaded.state.phase, Phase::Discarded | Phase::Erased) {
            return self.drop_job(done).await;
        }
        let act = Act {
            actor: &Actor::system("payments"),
            purpose: Purpose::ProcessStep.german(),
            at: self.now(),
        };
        let (commit, _) = commit(authority, payload.case, Some(&loaded.state), &act, plan)?;
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
