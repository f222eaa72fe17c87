//! Runs that were made: the list, each file under a record, and the end of keeping them.

use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{AccessError, AccessRequest, Actor, Commit, Expect, KeyId, NewEntry, RowWrite};
use wegfrei_model::{AuthorityId, Month, PaymentRunId, Timestamp};
use wegfrei_store::{Row, Value as Sql};

use super::super::outbox::cursor;
use super::super::table::PAYMENT_RUN;
use super::{NO_RUNS, damaged, name};
use crate::Cases;
use crate::error::CaseError;
use crate::mine::time_of;
use crate::view::Page;
use crate::worklist::Colleague;

/// A payment run that was made. No names of residents, no amounts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PaymentRun {
    /// The run; its file can be fetched under it.
    pub run: PaymentRunId,
    /// Up to which month it pays.
    pub month: Month,
    /// When.
    pub made_at: Timestamp,
    /// Who.
    pub made_by: Colleague,
    /// Number of payments in it.
    pub payments: u64,
    /// Ids of the services it pays; empty for runs of earlier versions.
    pub services: Vec<String>,
    /// Whether the asking person may fetch its file: all of its services are theirs.
    pub yours: bool,
}

const COLUMNS: &str = "SELECT run_id, month, made_at, made_by, payments, services FROM payment_run WHERE authority = $1 \
    AND (made_at < $2 OR (made_at = $2 AND run_id > $3)) ORDER BY made_at DESC, run_id LIMIT $4";

impl Cases {
    /// One page of the payment runs of the asking person's authority, newest first.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for roles that pay nothing; [`CaseError::NotFound`] for a cursor nobody was given.
    pub async fn payment_runs(
        &self,
        actor: &Actor,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Page<PaymentRun>, CaseError> {
        let authority = self.office_for(actor, Action::Pay, NO_RUNS)?;
        let scope = self.paying_scope(actor)?;
        let limit = limit.clamp(1, 200);
        let (time, id) = cursor(after, i64::MAX)?;
        let values = [
            Sql::Text(authority.to_string()),
            Sql::Int(time),
            Sql::Text(id),
            Sql::Int(i64::try_from(limit).unwrap_or(200) + 1),
        ];
        let rows = self.inner.store.fetch(COLUMNS, &values).await?;
        let most = usize::try_from(limit).unwrap_or(200);
        let next = match rows.get(most.saturating_sub(1)) {
            Some(last) if rows.len() > most => Some(format!("{}.{}", last.int("made_at")?, last.text("run_id")?)),
            _ => None,
        };
        let items = rows.iter().take(most);
        let items = items.map(|row| self.run_of(authority, scope.as_deref(), row));
        Ok(Page {
            items: items.collect::<Result<_, _>>()?,
            next,
            previous: None,
        })
    }

    /// A run that was made under this id, if one was.
    pub(super) async fn run_made(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        run: PaymentRunId,
    ) -> Result<Option<PaymentRun>, CaseError> {
        let scope = self.paying_scope(actor)?;
        let sql = "SELECT run_id, month, made_at, made_by, payments, services FROM payment_run \
                   WHERE authority = $1 AND run_id = $2";
        let values = [Sql::Text(authority.to_string()), Sql::Text(run.to_string())];
        let rows = self.inner.store.fetch(sql, &values).await?;
        rows.first()
            .map(|row| self.run_of(authority, scope.as_deref(), row))
            .transpose()
    }

    fn run_of(&self, authority: AuthorityId, scope: Option<&[String]>, row: &Row) -> Result<PaymentRun, CaseError> {
        let services: Vec<String> = row.text("services")?.split_whitespace().map(str::to_owned).collect();
        let yours = scope.is_none_or(|scope| {
            // What a run of an earlier version paid is not known: no scope covers it.
            !services.is_empty() && services.iter().all(|service| scope.contains(service))
        });
        let made_by = match Actor::parse(row.text("made_by")?).map_err(damaged)? {
            Actor::Staff { id, .. } => self.colleague(authority, &id),
            other => Colleague {
                id: String::new(),
                name: self.who(&other, None),
            },
        };
        Ok(PaymentRun {
            run: PaymentRunId::parse(row.text("run_id")?).map_err(damaged)?,
            month: Month::parse(row.text("month")?).map_err(damaged)?,
            made_at: time_of(row, "made_at")?,
            made_by,
            payments: u64::try_from(row.int("payments")?).map_err(damaged)?,
            services,
            yours,
        })
    }

    /// The file of a run that was made, opened under a record. It holds accounts of everybody the run pays: who has a service scope
    /// opens it only when all of its services are theirs.
    ///
    /// # Errors
    /// [`CaseError::NotFound`], [`CaseError::Erased`] after its own retention, [`CaseError::Refused`] (recorded).
    pub async fn payment_file(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        run: PaymentRunId,
    ) -> Result<Vec<u8>, CaseError> {
        let sql = "SELECT services FROM payment_run WHERE authority = $1 AND run_id = $2";
        let values = [Sql::Text(authority.to_string()), Sql::Text(run.to_string())];
        let rows = self.inner.store.fetch(sql, &values).await?;
        let services = rows.first().map_or(Ok(""), |row| row.text("services"))?;
        let services: Vec<&str> = services.split_whitespace().collect();
        let mut circumstances = self.circumstances(actor, Action::Pay, Purpose::Payment, true, "");
        if let Some(object) = circumstances.as_object_mut() {
            object.insert("services".to_owned(), services.into());
        }
        let request = AccessRequest {
            authority,
            actor: actor.clone(),
            purpose: Purpose::Payment.german().to_owned(),
            subject: None,
            key: KeyId::parse(&name(run)).map_err(damaged)?,
            parts: vec!["file".to_owned()],
            circumstances,
        };
        let access = self.inner.journal.access(request).await.map_err(|error| match error {
            AccessError::Destroyed(_) => CaseError::Erased,
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
            facts: serde_json::json!({ "at": self.now().as_micros() }),
            sealed: None,
        };
        let mut commit = Commit::one(authority, entry);
        commit.destroy.push(KeyId::parse(&name(run)).map_err(damaged)?);
        commit.dropped.push(name(run));
        commit.done_jobs.push(done);
        commit.rows.push(RowWrite::Delete {
            table: &PAYMENT_RUN,
            key: vec![Sql::Text(authority.to_string()), Sql::Text(run.to_string())],
        });
        self.inner.journal.commit(commit).await?;
        Ok(())
    }
}
