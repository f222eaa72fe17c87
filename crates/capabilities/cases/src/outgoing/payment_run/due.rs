//! What is due: counted from the rows for the list, worked out under a record before somebody confirms a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Access, AccessRequest, Actor};
use wegfrei_model::{AuthorityId, CaseId, Date, Month, PaymentRunId};
use wegfrei_store::Value as Sql;

use super::bank::{Due, Unpayable, execution_day};
use super::{NO_RUNS, damaged};
use crate::error::CaseError;
use crate::state::CaseState;
use crate::{AccessKey, Cases};

/// So many cases go into one run, one commit; the rest waits for the next run of the month.
const MOST_CASES: usize = 3_000;
/// Accesses recorded in one commit.
const AT_ONCE: usize = 500;

/// A month with payments that wait. Names nobody and no amount: nothing is opened to count.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct DueMonth {
    /// The month.
    pub month: Month,
    /// Cases with a payment planned for it.
    pub payments: u64,
}

/// What a run pays of one service.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ServiceSum {
    /// Service id.
    pub service: String,
    /// Number of payments.
    pub payments: u64,
    /// Their sum in cents.
    pub cents: u64,
}

/// What a run pays in one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentOf {
    /// The case.
    pub case: CaseId,
    /// What letters quote.
    pub reference: String,
    /// Service id.
    pub service: String,
    /// The first and the last month it is for.
    pub months: (Month, Month),
    /// How much in cents.
    pub cents: u64,
}

/// What a run of a month would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentPreview {
    /// The id the run will have when this is confirmed.
    pub run: PaymentRunId,
    /// Up to which month it pays.
    pub month: Month,
    /// The day the bank is told to pay.
    pub execute_on: Date,
    /// By service.
    pub services: Vec<ServiceSum>,
    /// Number of payments.
    pub payments: u64,
    /// Their sum in cents.
    pub cents: u64,
    /// What goes out in which case, the highest amount first. Names nobody and no account.
    pub cases: Vec<PaymentOf>,
    /// Names exactly these payments; to be given back with the confirmation.
    pub digest: String,
    /// Cases it leaves out.
    pub unpayable: Vec<Unpayable>,
    /// More is due than one run takes: another one is needed afterwards.
    pub more: bool,
}

impl Cases {
    /// The services an actor may pay; `None` for all.
    pub(super) fn paying_scope(&self, actor: &Actor) -> Result<Option<Vec<String>>, CaseError> {
        let services = self.official(actor)?.services.clone();
        Ok((!services.is_empty()).then_some(services))
    }

    /// Months up to the next one with payments that wait, oldest first: of the asking person's authority, and of the services they may
    /// pay.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for roles that pay nothing.
    pub async fn payments_due(&self, actor: &Actor) -> Result<Vec<DueMonth>, CaseError> {
        let authority = self.office_for(actor, Action::Pay, NO_RUNS)?;
        let scope = self.paying_scope(actor)?;
        let this = Month::of(self.now().date());
        let sql = "SELECT month, service, COUNT(*) AS n FROM payment WHERE authority = $1 AND state = 'planned' AND month <= $2 \
                   GROUP BY month, service ORDER BY month";
        let values = [
            Sql::Text(authority.to_string()),
            Sql::Text(this.next().unwrap_or(this).to_string()),
        ];
        let mut months: BTreeMap<Month, u64> = BTreeMap::new();
        for row in self.inner.store.fetch(sql, &values).await? {
            let service = row.text("service")?;
            if scope
                .as_ref()
                .is_none_or(|scope| scope.iter().any(|own| own == service))
            {
                let month = Month::parse(row.text("month")?).map_err(damaged)?;
                *months.entry(month).or_default() += u64::try_from(row.int("n")?).map_err(damaged)?;
            }
        }
        let months = months.into_iter();
        Ok(months.map(|(month, payments)| DueMonth { month, payments }).collect())
    }

    /// What a run of a month would do. Accounts and amounts are opened for it, under a record of each case (purpose `payment`); the run
    /// that follows within minutes needs no second one.
    ///
    /// # Errors
    /// As [`Cases::payment_run`], but for what was confirmed; nothing due is an empty preview.
    pub async fn payment_preview(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        month: Month,
    ) -> Result<PaymentPreview, CaseError> {
        self.may_pay(actor, authority, month)?;
        let worked = self.work_out(actor, authority, month).await?;
        let services = worked.groups.iter().map(|(service, transfers)| ServiceSum {
            service: service.clone(),
            payments: transfers.len() as u64,
            cents: transfers.iter().map(|transfer| transfer.cent).sum(),
        });
        let run = self.inner.ambient.new_id::<PaymentRunId>();
        Ok(PaymentPreview {
            run,
            digest: worked.digest(run),
            month,
            execute_on: execution_day(self.now().date(), month),
            services: services.collect(),
            payments: worked.payments(),
            cents: worked.cents(),
            cases: worked.cases(),
            unpayable: worked.unpayable,
            more: worked.more,
        })
    }

    /// The services with payments that are due, of those the asking person may pay.
    pub(super) async fn services_due(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        month: Month,
    ) -> Result<Vec<String>, CaseError> {
        let sql = "SELECT DISTINCT service FROM payment WHERE authority = $1 AND state = 'planned' AND month <= $2 ORDER BY service";
        let scope = self.paying_scope(actor)?;
        let mut services = Vec::new();
        let values = [Sql::Text(authority.to_string()), Sql::Text(month.to_string())];
        for row in self.inner.store.fetch(sql, &values).await? {
            let service = row.text("service")?.to_owned();
            if scope.as_ref().is_none_or(|scope| scope.contains(&service)) {
                services.push(service);
            }
        }
        Ok(services)
    }

    /// Cases with payments of these services that are due, in the order of their ids within each; and whether there are more.
    pub(super) async fn due(
        &self,
        authority: AuthorityId,
        month: Month,
        services: &[String],
    ) -> Result<(Vec<Due>, bool), CaseError> {
        let sql = "SELECT DISTINCT case_id FROM payment WHERE authority = $1 AND state = 'planned' AND month <= $2 \
                   AND service = $4 ORDER BY case_id LIMIT $3";
        let mut ids = Vec::new();
        for service in services {
            let values = [
                Sql::Text(authority.to_string()),
                Sql::Text(month.to_string()),
                Sql::Int(i64::try_from(MOST_CASES + 1).unwrap_or(i64::MAX)),
                Sql::Text(service.clone()),
            ];
            for row in self.inner.store.fetch(sql, &values).await? {
                ids.push(CaseId::parse(row.text("case_id")?).map_err(damaged)?);
            }
        }
        let more = ids.len() > MOST_CASES;
        ids.truncate(MOST_CASES);
        let mut due = Vec::with_capacity(ids.len());
        for case in ids {
            due.extend(Due::of(self.load(authority, case).await?, month));
        }
        Ok((due, more))
    }

    /// One access for each case, many in one commit; those that are still open are taken as they are.
    pub(super) async fn open_payments(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        cases: &[&CaseState],
    ) -> Result<Vec<Arc<Access>>, CaseError> {
        let slot = |case: &CaseState| AccessKey {
            document: None,
            actor: actor.clone(),
            key: case.key.clone(),
            authority,
            action: Action::Pay,
            purpose: Purpose::Payment,
        };
        let now = self.now();
        let open = |case: &&CaseState| {
            let found = self.with_open(|open| open.get(&slot(case)).cloned());
            found.filter(|access| access.valid_until() > now)
        };
        let mut accesses: Vec<Option<Arc<Access>>> = cases.iter().map(open).collect();
        let missing: Vec<usize> = (0..cases.len())
            .filter(|at| accesses.get(*at).is_some_and(Option::is_none))
            .collect();
        for some in missing.chunks(AT_ONCE) {
            let wanted: Vec<&CaseState> = some.iter().filter_map(|at| cases.get(*at).copied()).collect();
            let requests = wanted.iter().map(|case| AccessRequest {
                authority,
                actor: actor.clone(),
                purpose: Purpose::Payment.german().to_owned(),
                subject: Some(case.person),
                key: case.key.clone(),
                parts: vec!["payments".to_owned()],
                circumstances: self.circumstances(actor, Action::Pay, Purpose::Payment, true, &case.service),
            });
            let granted = self.inner.journal.access_many(requests.collect()).await?;
            for ((at, case), access) in some.iter().zip(wanted).zip(granted) {
                let access = Arc::new(access?);
                self.with_open(|open| open.insert(slot(case), Arc::clone(&access)));
                if let Some(place) = accesses.get_mut(*at) {
                    *place = Some(access);
                }
            }
        }
        accesses
            .into_iter()
            .map(|access| access.ok_or_else(|| damaged("a case without an access")))
            .collect()
    }
}
