//! The payment run of a month: every planned payment up to it, opened under a record, into one sealed file for the bank.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{
    Access, AccessRequest, Actor, Commit, CommitError, Entry, Expect, KeyId, NewBlob, NewEntry, ProjectedRow,
    Projection, ProjectionError, RowWrite,
};
use wegfrei_model::deadline::{is_working_day, working_day_from};
use wegfrei_model::{AuthorityId, CaseId, Date, Iban, Month, PaymentRunId, Timestamp};
use wegfrei_store::{Row, Table, Value as Sql};

use super::outbox::cursor;
use super::pain::{self, Transfer};
use super::payments::PaymentPlan;
use super::table::PAYMENT_RUN;
use super::{PaymentState, retention_of_runs};
use crate::Cases;
use crate::context;
use crate::error::CaseError;
use crate::event::Event;
use crate::file::{Act, Loaded, Plan, commit};
use crate::mine::time_of;
use crate::view::Page;

/// So many cases go into one run, one commit; the rest waits for the next run of the month.
const MOST_CASES: usize = 3_000;
/// Accesses recorded in one commit.
const AT_ONCE: usize = 500;
/// How often a run is tried again when cases change under it.
const TRIES: u32 = 3;

/// What a payment run gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentFile {
    /// The run; the file can be fetched again under it.
    pub run: PaymentRunId,
    /// Number of payments in it.
    pub payments: u64,
    /// ISO 20022 `pain.001.001.09`.
    pub xml: Vec<u8>,
}

/// A payment run that was made. No names, no amounts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PaymentRun {
    /// The run.
    pub run: PaymentRunId,
    /// Up to which month it pays.
    pub month: Month,
    /// When.
    pub made_at: Timestamp,
    /// Number of payments in it.
    pub payments: u64,
}

/// The stream, the data key and the file of a run share one name.
fn name(run: PaymentRunId) -> String {
    format!("payment-run/{run}")
}

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("payments", error)
}

/// A case with the months a run pays.
struct Due {
    loaded: Loaded,
    months: Vec<Month>,
}

impl Cases {
    /// Pays a month: everything planned up to it and not yet exported, back payments too, goes into one file; each case's account and
    /// amounts are opened under a record (purpose `payment`) and the case says that it was exported. A month can be run again: the next run
    /// takes what came later.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for anybody but a team lead of the authority; [`CaseError::Input`] when nothing is to be paid, or the month
    /// lies more than one month ahead; [`CaseError::Stale`] when cases kept changing meanwhile: nothing was exported.
    pub async fn payment_run(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        month: Month,
    ) -> Result<PaymentFile, CaseError> {
        let own = self.office_for(actor, Action::Pay, "Ihre Rolle macht keine Zahlläufe.")?;
        if own != authority {
            return Err(CaseError::Refused(
                "Dieser Zahllauf gehört zu einer anderen Behörde.".to_owned(),
            ));
        }
        let this = Month::of(self.now().date());
        if Some(month) > this.next() {
            return Err(CaseError::Input(
                "Ein Zahllauf ist höchstens für den kommenden Monat möglich.".to_owned(),
            ));
        }
        for _ in 0..TRIES {
            match self.run_once(actor, authority, month).await {
                Err(CaseError::Stale) => {}
                other => return other,
            }
        }
        Err(CaseError::Stale)
    }

    async fn run_once(&self, actor: &Actor, authority: AuthorityId, month: Month) -> Result<PaymentFile, CaseError> {
        let due = self.due(authority, month).await?;
        let accesses = self.open_payments(actor, authority, &due).await?;
        let run = self.inner.ambient.new_id::<PaymentRunId>();
        let now = self.now();
        let mut groups: BTreeMap<&str, Vec<Transfer>> = BTreeMap::new();
        for (due, access) in due.iter().zip(&accesses) {
            let transfers = transfers(due, access)?;
            groups.entry(&due.loaded.state.service).or_default().extend(transfers);
        }
        groups.retain(|_, transfers| !transfers.is_empty());
        let payments = groups.values().map(Vec::len).sum::<usize>() as u64;
        if payments == 0 {
            return Err(CaseError::Input("Für diesen Monat ist nichts auszuzahlen.".to_owned()));
        }
        let execute_on = execution_day(now.date(), month);
        let groups = groups
            .into_iter()
            .enumerate()
            .map(|(index, (service, transfers))| self.group(authority, run, index, service, execute_on, transfers))
            .collect::<Result<Vec<_>, _>>()?;
        let office = self.inner.catalogue.authority(authority).map(|known| known.full_name());
        let xml = pain::write(&pain::File {
            id: run.to_string().replace('-', ""),
            made_at: now,
            initiator: office.unwrap_or_else(|| authority.to_string()),
            groups,
        })
        .into_bytes();
        let commit = self.run_commit(actor, authority, month, run, payments, &xml, &due)?;
        match self.inner.journal.commit(commit).await {
            Ok(_) => Ok(PaymentFile { run, payments, xml }),
            Err(CommitError::Conflict { .. }) => Err(CaseError::Stale),
            Err(other) => Err(other.into()),
        }
    }

    /// Cases with payments that are due, in the order of their ids.
    async fn due(&self, authority: AuthorityId, month: Month) -> Result<Vec<Due>, CaseError> {
        let sql = "SELECT DISTINCT case_id FROM payment WHERE authority = $1 AND state = 'planned' AND month <= $2 \
                   ORDER BY case_id LIMIT $3";
        let values = [
            Sql::Text(authority.to_string()),
            Sql::Text(month.to_string()),
            Sql::Int(i64::try_from(MOST_CASES).unwrap_or(i64::MAX)),
        ];
        let mut due = Vec::new();
        for row in self.inner.store.fetch(sql, &values).await? {
            let case = CaseId::parse(row.text("case_id")?).map_err(damaged)?;
            let loaded = self.load(authority, case).await?;
            // The row is only a way to find the case; what counts is its stream.
            let planned = loaded.state.outgoing.payments.range(..=month);
            let months: Vec<Month> = planned
                .filter(|(_, payment)| payment.state == PaymentState::Planned)
                .map(|(month, _)| *month)
                .collect();
            if !months.is_empty() {
                due.push(Due { loaded, months });
            }
        }
        Ok(due)
    }

    async fn open_payments(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        due: &[Due],
    ) -> Result<Vec<Access>, CaseError> {
        let mut accesses = Vec::with_capacity(due.len());
        for some in due.chunks(AT_ONCE) {
            let requests = some
                .iter()
                .map(|due| AccessRequest {
                    authority,
                    actor: actor.clone(),
                    purpose: Purpose::Payment.german().to_owned(),
                    subject: Some(due.loaded.state.person),
                    key: due.loaded.state.key.clone(),
                    parts: vec!["payments".to_owned()],
                    circumstances: self.circumstances(
                        actor,
                        Action::Pay,
                        Purpose::Payment,
                        true,
                        &due.loaded.state.service,
                    ),
                })
                .collect();
            for access in self.inner.journal.access_many(requests).await? {
                accesses.push(access?);
            }
        }
        Ok(accesses)
    }

    /// The payments of one service: they leave the account that its adoption names.
    fn group(
        &self,
        authority: AuthorityId,
        run: PaymentRunId,
        index: usize,
        service: &str,
        execute_on: Date,
        transfers: Vec<Transfer>,
    ) -> Result<pain::Group, CaseError> {
        let adoption = self.inner.catalogue.adoption(service, authority);
        let account = adoption.and_then(|adoption| adoption.parameters().get("kasse"));
        let field = |name: &str| account.and_then(|account| account.get(name)?.as_str());
        let iban = field("iban").and_then(|iban| Iban::parse(iban).ok());
        let iban = iban
            .ok_or_else(|| CaseError::Package(format!("the adoption of {service} names no usable account `kasse`")))?;
        let tail: String = run.to_string().chars().filter(|c| *c != '-').take(28).collect();
        Ok(pain::Group {
            id: format!("{tail}-{index}"),
            debtor: field("name").unwrap_or_default().to_owned(),
            debtor_iban: iban,
            execute_on,
            transfers,
        })
    }

    #[expect(clippy::too_many_arguments, reason = "one private function, each argument once")]
    fn run_commit(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        month: Month,
        run: PaymentRunId,
        payments: u64,
        xml: &[u8],
        due: &[Due],
    ) -> Result<Commit, CaseError> {
        let at = self.now();
        let purpose = Purpose::Payment.german();
        let (key, sealing) = self
            .inner
            .journal
            .new_key(authority, KeyId::parse(&name(run)).map_err(damaged)?)?;
        let stored = sealing
            .seal_raw(format!("{}#file", name(run)), xml)
            .map_err(damaged)?
            .into_bytes();
        let head = NewEntry {
            stream: name(run),
            expect: Expect::Version(0),
            kind: "payments.run",
            actor: actor.clone(),
            purpose: purpose.to_owned(),
            facts: json!({ "month": month, "payments": payments, "at": at.as_micros() }),
            sealed: None,
        };
        let mut whole = Commit::one(authority, head);
        whole.keys.push(key);
        whole.blobs.push(NewBlob {
            id: name(run),
            bytes: stored,
        });
        whole.jobs.push(retention_of_runs(authority, run, at));
        whole.rows.push(RowWrite::Put {
            table: &PAYMENT_RUN,
            values: run_row(
                authority.as_str(),
                &run.to_string(),
                month,
                at.as_micros(),
                actor,
                payments,
            ),
        });
        let act = Act { actor, purpose, at };
        for Due { loaded, months } in due {
            let mut plan = Plan::default();
            plan.push(Event::PaymentsExported {
                run,
                months: months.clone(),
            });
            let (one, _) = commit(authority, loaded.state.id, Some(&loaded.state), &act, plan)?;
            whole.entries.extend(one.entries);
            whole.rows.extend(one.rows);
        }
        Ok(whole)
    }

    /// One page of the payment runs of the asking person's authority, newest first.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for roles that pay nothing.
    pub async fn payment_runs(
        &self,
        actor: &Actor,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Page<PaymentRun>, CaseError> {
        let authority = self.office_for(actor, Action::Pay, "Ihre Rolle macht keine Zahlläufe.")?;
        let limit = limit.clamp(1, 200);
        let (time, id) = cursor(after, i64::MAX)?;
        let sql = "SELECT run_id, month, made_at, payments FROM payment_run WHERE authority = $1 \
                   AND (made_at < $2 OR (made_at = $2 AND run_id > $3)) ORDER BY made_at DESC, run_id LIMIT $4";
        let values = [
            Sql::Text(authority.to_string()),
            Sql::Int(time),
            Sql::Text(id),
            Sql::Int(i64::try_from(limit).unwrap_or(200) + 1),
        ];
        let rows = self.inner.store.fetch(sql, &values).await?;
        let most = usize::try_from(limit).unwrap_or(200);
        let next = match rows.get(most.saturating_sub(1)) {
            Some(last) if rows.len() > most => Some(format!("{}.{}", last.int("made_at")?, last.text("run_id")?)),
            _ => None,
        };
        let items = rows.iter().take(most).map(run_of).collect::<Result<_, _>>()?;
        Ok(Page {
            items,
            next,
            previous: None,
        })
    }

    /// The file of a run that was made, opened under a record.
    ///
    /// # Errors
    /// [`CaseError::NotFound`], [`CaseError::Erased`] after its own retention, [`CaseError::Refused`] (recorded).
    pub async fn payment_file(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        run: PaymentRunId,
    ) -> Result<Vec<u8>, CaseError> {
        let request = AccessRequest {
            authority,
            actor: actor.clone(),
            purpose: Purpose::Payment.german().to_owned(),
            subject: None,
            key: KeyId::parse(&name(run)).map_err(damaged)?,
            parts: vec!["file".to_owned()],
            circumstances: self.circumstances(actor, Action::Pay, Purpose::Payment, true, ""),
        };
        let access = self.inner.journal.access(request).await.map_err(|error| match error {
            wegfrei_journal::AccessError::Destroyed(_) => CaseError::Erased,
            other => other.into(),
        })?;
        let stored = self.inner.journal.blob(authority, &name(run)).await?;
        let sealed = stored.ok_or(CaseError::NotFound)?.raw(format!("{}#file", name(run)));
        sealed.open(&access).map_err(damaged)
    }

    /// Destroys the key of a payment file when its own retention is over.
    pub(crate) async fn erase_run(
        &self,
        authority: AuthorityId,
        run: PaymentRunId,
        done: wegfrei_store::jobs::Claim,
    ) -> Result<(), CaseError> {
        let entry = NewEntry {
            stream: name(run),
            expect: Expect::Version(1),
            kind: "payments.erased",
            actor: Actor::system("retention"),
            purpose: crate::retention::PURPOSE.to_owned(),
            facts: json!({ "at": self.now().as_micros() }),
            sealed: None,
        };
        let mut commit = Commit::one(authority, entry);
        commit.destroy.push(KeyId::parse(&name(run)).map_err(damaged)?);
        commit.done_jobs.push(done);
        commit.rows.push(RowWrite::Delete {
            table: &PAYMENT_RUN,
            key: vec![Sql::Text(authority.to_string()), Sql::Text(run.to_string())],
        });
        self.inner.journal.commit(commit).await?;
        Ok(())
    }
}

/// One transfer for each plan of a case (they may name different accounts), over all its months that are due.
fn transfers(due: &Due, access: &Access) -> Result<Vec<Transfer>, CaseError> {
    let state = &due.loaded.state;
    let mut by_plan: BTreeMap<u64, Vec<Month>> = BTreeMap::new();
    for month in &due.months {
        if let Some(payment) = state.outgoing.payments.get(month) {
            by_plan.entry(payment.plan).or_default().push(*month);
        }
    }
    let mut transfers = Vec::new();
    for (entry, months) in by_plan {
        let sealed = due
            .loaded
            .sealed(entry)?
            .typed::<PaymentPlan>(context(state.id, "payments"));
        let plan = sealed.open(access).map_err(damaged)?;
        let wanted = plan.payments.iter().filter(|amount| months.contains(&amount.monat));
        let cent = wanted.map(|amount| u64::try_from(amount.cent).unwrap_or(0)).sum();
        if cent == 0 {
            continue;
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
            iban: plan.iban,
            cent,
        });
    }
    Ok(transfers)
}

/// Benefits are paid in advance (§ 26 Abs. 2 WoGG): on the last working day before the month, or as soon as can be.
fn execution_day(today: Date, month: Month) -> Date {
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

fn run_of(row: &Row) -> Result<PaymentRun, CaseError> {
    Ok(PaymentRun {
        run: PaymentRunId::parse(row.text("run_id")?).map_err(damaged)?,
        month: Month::parse(row.text("month")?).map_err(damaged)?,
        made_at: time_of(row, "made_at")?,
        payments: u64::try_from(row.int("payments")?).map_err(damaged)?,
    })
}

fn run_row(authority: &str, run: &str, month: Month, at: i64, actor: &Actor, payments: u64) -> Vec<Sql> {
    vec![
        Sql::Text(authority.to_owned()),
        Sql::Text(run.to_owned()),
        Sql::Text(month.to_string()),
        Sql::Int(at),
        Sql::Text(actor.to_string()),
        Sql::Int(i64::try_from(payments).unwrap_or(i64::MAX)),
    ]
}

/// The projection of `payment-run/…` streams.
#[derive(Clone, Copy, Debug, Default)]
pub struct PaymentRunProjection;

static TABLES: [&Table; 1] = [&PAYMENT_RUN];

impl Projection for PaymentRunProjection {
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
        let payments = u64::try_from(payments).unwrap_or(0);
        let row = run_row(authority.as_str(), run, month, at, &head.actor, payments);
        Ok(vec![(&PAYMENT_RUN, row)])
    }
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
