//! Planning and stopping payments. Account and amounts are sealed; the journal says only which months.
//!
//! A follow-up case that grants anew pays instead of the case it is about, and one that ends the grant ends its payments: a job says so to
//! the earlier case, whose stream is its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Actor, SealingKey};
use wegfrei_model::{AuthorityId, CaseId, Iban, Month, Timestamp};
use wegfrei_store::jobs::{Claim, NewJob};

use crate::error::CaseError;
use crate::event::{Event, StopReason};
use crate::file::{Act, Plan, commit};
use crate::jobs::ATTEMPTS;
use crate::outgoing::Outgoing;
use crate::outgoing::paid::PaidMonth;
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

/// What `payments.planned` seals; read back as [`super::paid::Stored`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PaymentPlan {
    pub holder: String,
    pub iban: Iban,
    pub payments: Vec<Amount>,
    /// What is paid later for months that a replaced decision has paid too little.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<Back>,
    /// What a replaced decision has paid too much: said in the notice, not claimed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub over: Vec<Amount>,
}

/// Back payments; they are part of the amount of one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Back {
    /// The month whose payment carries them.
    pub with: Month,
    /// The months they are for.
    pub months: Vec<Amount>,
}

/// What is paid already when a decision takes the place of another one.
pub(crate) struct PaidBefore<'a> {
    /// The months this case has in files for the bank, and what was paid for them.
    pub months: &'a BTreeMap<Month, PaidMonth>,
    /// The first month that was stopped: another case pays from there, or nobody.
    pub stopped: Option<Month>,
    /// This month.
    pub now: Month,
}

/// What a decision gives for months that are paid already: too little was paid, or too much.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    pub back: Vec<Amount>,
    pub over: Vec<Amount>,
}

/// What was paid compared with what a decision gives for the same months. A month that was stopped is not paid, so nothing is owed for it.
pub(crate) fn difference(before: &PaidBefore<'_>, decision: &Value) -> Result<Difference, CaseError> {
    let due: BTreeMap<Month, i64> = listed(decision)?
        .into_iter()
        .map(|amount| (amount.monat, amount.cent))
        .collect();
    let mut differs = Difference::default();
    for (monat, paid) in before.months {
        let due = due.get(monat).copied().unwrap_or_default();
        let amount = |cent| Amount { monat: *monat, cent };
        let missing = due.saturating_sub(paid.cent);
        if missing > 0 && before.stopped.is_none_or(|stopped| *monat < stopped) {
            differs.back.push(amount(missing));
        }
        let over = paid.cent.saturating_sub(due.max(paid.elsewhere));
        if over > 0 {
            differs.over.push(amount(over));
        }
    }
    Ok(differs)
}

/// The first month of a case that was stopped.
pub(crate) fn first_stopped(outgoing: &Outgoing) -> Option<Month> {
    outgoing.stopped
}

/// The month from which on a decision's payments stay stopped, if it pays any of them.
pub(crate) fn stays_stopped(outgoing: &Outgoing, decision: &Value) -> Option<Month> {
    let last = listed(decision).ok()?.last()?.monat;
    outgoing.stopped.filter(|stopped| *stopped <= last)
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
    (holder, iban): (&str, &str),
    decision: &Value,
    replaced: Option<PaidBefore<'_>>,
    plan: &mut Plan,
) -> Result<(), CaseError> {
    let mut planned = read(holder, iban, decision)?;
    let alone = match replaced {
        Some(before) => settle(&mut planned, &before, difference(&before, decision)?),
        None => false,
    };
    let granted = planned.payments.len().saturating_sub(usize::from(alone));
    let mut months = planned.payments.iter().map(|amount| amount.monat);
    let (Some(first), Some(last)) = (months.clone().next(), months.nth(granted.saturating_sub(1))) else {
        // A refusal pays nothing; there is nothing to record.
        return Ok(());
    };
    let event = Event::PaymentsPlanned {
        count: u32::try_from(granted).unwrap_or(u32::MAX),
        first,
        last,
        back: planned.back.as_ref().map(|back| back.with),
    };
    let sealed = sealing
        .seal(context(case, "payments"), &planned)
        .map_err(|error| CaseError::damaged("payments", error))?;
    plan.push_sealed(event, sealed.into_bytes());
    Ok(())
}

/// Lays what is paid already under a new plan: months that were stopped stay so, and what is owed for months that are paid comes with
/// the first payment that is not in a file for the bank; where there is none, alone with a later month. Says whether it is alone.
fn settle(planned: &mut PaymentPlan, before: &PaidBefore<'_>, differs: Difference) -> bool {
    if let Some(stopped) = before.stopped {
        planned.payments.retain(|amount| amount.monat < stopped);
    }
    planned.over = differs.over;
    let owed = differs
        .back
        .iter()
        .fold(0i64, |sum, amount| sum.saturating_add(amount.cent));
    if owed == 0 {
        return false;
    }
    let mut open = planned.payments.iter_mut();
    let open = open.find(|amount| !before.months.contains_key(&amount.monat));
    let alone = open.is_none();
    let with = if let Some(amount) = open {
        amount.cent = amount.cent.saturating_add(owed);
        amount.monat
    } else {
        let last = planned.payments.last().map(|amount| amount.monat);
        let last = last.max(before.months.keys().next_back().copied());
        let monat = last
            .and_then(Month::next)
            .map_or(before.now, |next| next.max(before.now));
        planned.payments.push(Amount { monat, cent: owed });
        monat
    };
    planned.back = Some(Back {
        with,
        months: differs.back,
    });
    alone
}

fn wrong(what: impl std::fmt::Display) -> CaseError {
    CaseError::Package(format!("zahlungen: {what}"))
}

/// The decision's `zahlungen` as listed.
fn listed(decision: &Value) -> Result<Vec<Amount>, CaseError> {
    match decision.get("zahlungen").cloned().unwrap_or(Value::Null) {
        Value::Null => Ok(Vec::new()),
        listed => serde_json::from_value(listed).map_err(wrong),
    }
}

fn read(holder: &str, iban: &str, decision: &Value) -> Result<PaymentPlan, CaseError> {
    let payments = listed(decision)?;
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
        let unused = Iban::parse("DE02120300000000202051").map_err(wrong)?;
        return Ok(PaymentPlan {
            holder: String::new(),
            iban: unused,
            payments,
            back: None,
            over: Vec::new(),
        });
    }
    let holder = holder.trim();
    if holder.is_empty() {
        return Err(wrong("the account has no holder"));
    }
    Ok(PaymentPlan {
        holder: holder.to_owned(),
        // The form has checked it; a correction at the desk may not have.
        iban: Iban::parse(iban).map_err(wrong)?,
        payments,
        back: None,
        over: Vec::new(),
    })
}

/// Stops what is planned from a month on, if anything is: for withdrawal, revocation, a change.
pub(crate) fn plan_stop(outgoing: &Outgoing, from: Month, plan: &mut Plan) {
    stop(outgoing, from, StopReason::Asked, plan);
}

/// Stops everything that is planned and in no file yet.
pub(crate) fn plan_stop_all(outgoing: &Outgoing, plan: &mut Plan) {
    if let Some((first, _)) = outgoing.payments.first_key_value() {
        plan_stop(outgoing, *first, plan);
    }
}

/// Nothing is left of what a replaced decision has planned and no file holds yet.
pub(crate) fn plan_replaced(outgoing: &Outgoing, plan: &mut Plan) {
    if let Some((first, _)) = outgoing.payments.first_key_value() {
        stop(outgoing, *first, StopReason::Replaced, plan);
    }
}

fn stop(outgoing: &Outgoing, from: Month, why: StopReason, plan: &mut Plan) {
    let mut later = outgoing.payments.range(from..);
    if later.any(|(_, payment)| payment.is_stopped(why)) {
        plan.push(Event::PaymentsStopped { from, why });
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
        stop(&loaded.state.outgoing, payload.from, StopReason::FollowUp, &mut plan);
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

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    fn pairs(amounts: &[Amount]) -> Vec<(String, i64)> {
        amounts
            .iter()
            .map(|amount| (amount.monat.to_string(), amount.cent))
            .collect()
    }

    #[test]
    fn a_new_plan_pays_back_and_never_twice() {
        type List = &'static [(&'static str, i64)];
        fn check(new: List, paid: List, stopped: Option<&str>, expected: List, over: List) {
            let listed =
                |list: List| -> Vec<(String, i64)> { list.iter().map(|(m, c)| ((*m).to_owned(), *c)).collect() };
            let zahlungen: Value = new
                .iter()
                .map(|(monat, cent)| json!({ "monat": monat, "cent": cent }))
                .collect();
            let decision = json!({ "zahlungen": zahlungen });
            let paid_of = |cent| PaidMonth { cent, elsewhere: 0 };
            let months = paid.iter().map(|(m, cent)| (month(m), paid_of(*cent))).collect();
            let before = PaidBefore {
                months: &months,
                stopped: stopped.map(month),
                now: month("2026-06"),
            };
            let mut plan = read("Erika Lehmann", "DE02120300000000202051", &decision).unwrap();
            settle(&mut plan, &before, difference(&before, &decision).unwrap());
            let fresh: Vec<Amount> = plan
                .payments
                .iter()
                .filter(|a| !months.contains_key(&a.monat))
                .cloned()
                .collect();
            assert_eq!(pairs(&fresh), listed(expected), "{new:?} {paid:?} {stopped:?}");
            assert_eq!(pairs(&plan.over), listed(over), "{new:?} {paid:?}");
        }
        let new: List = &[("2026-01", 300), ("2026-02", 300), ("2026-03", 300)];
        check(new, &[], None, new, &[]);
        // What was paid too little comes with the next payment; what was paid too much is only said.
        check(
            new,
            &[("2026-01", 250)],
            None,
            &[("2026-02", 350), ("2026-03", 300)],
            &[],
        );
        check(
            new,
            &[("2026-01", 320)],
            None,
            &[("2026-02", 300), ("2026-03", 300)],
            &[("2026-01", 20)],
        );
        check(
            new,
            &[("2026-01", 250), ("2026-02", 320)],
            None,
            &[("2026-03", 350)],
            &[("2026-02", 20)],
        );
        // Everything is paid: one more month, not in the past.
        let all: List = &[("2026-01", 300), ("2026-02", 300), ("2026-03", 200)];
        check(new, all, None, &[("2026-06", 100)], &[]);
        // Another case pays from March on: this one does not begin again.
        check(new, &[("2026-01", 250)], Some("2026-03"), &[("2026-02", 350)], &[]);
        check(
            new,
            &[("2026-01", 250), ("2026-02", 300)],
            Some("2026-03"),
            &[("2026-06", 50)],
            &[],
        );
        // A month that was stopped is not owed, although something else went out with it.
        check(new, &[("2026-01", 300), ("2026-03", 0)], Some("2026-02"), &[], &[]);
        check(&[], &[("2026-01", 250)], None, &[], &[("2026-01", 250)]);
    }

    #[test]
    fn what_another_case_grants_for_a_month_is_not_too_much() {
        fn check(new: i64, cent: i64, elsewhere: i64, back: i64, over: i64) {
            let decision = json!({ "zahlungen": [{ "monat": "2026-01", "cent": new }] });
            let months = BTreeMap::from([(month("2026-01"), PaidMonth { cent, elsewhere })]);
            let before = PaidBefore {
                months: &months,
                stopped: None,
                now: month("2026-06"),
            };
            let differs = difference(&before, &decision).unwrap();
            let sum = |list: &[Amount]| list.iter().map(|amount| amount.cent).sum::<i64>();
            assert_eq!(
                (sum(&differs.back), sum(&differs.over)),
                (back, over),
                "{new} {cent} {elsewhere}"
            );
        }
        check(300, 250, 0, 50, 0);
        check(250, 300, 0, 0, 50);
        // The other has paid up to what it grants.
        check(300, 400, 400, 0, 0);
        check(300, 400, 350, 0, 50);
        check(450, 400, 400, 50, 0);
    }

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
