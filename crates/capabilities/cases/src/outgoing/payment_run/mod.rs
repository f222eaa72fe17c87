//! The payment run of a month: every planned payment up to it, opened under a record, into one sealed file for the bank.

mod bank;
mod due;
mod made;
mod relatives;
mod table;

use std::collections::BTreeMap;

use serde_json::json;
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Actor, Commit, CommitError, Expect, KeyId, NewBlob, NewEntry, RowWrite};
use wegfrei_model::{AuthorityId, CaseId, Date, Iban, Month, PaymentRunId};

use super::pain::{self, Transfer};
use super::payments::Amount;
use super::retention_of_runs;
use super::table::PAYMENT_RUN;
use crate::error::CaseError;
use crate::event::Event;
use crate::file::{Act, Plan, commit};
use crate::papers::sha256;
use crate::state::CaseState;
use crate::{Cases, context};

use bank::{Due, execution_day};

pub use bank::{Hindrance, Unpayable};
pub use due::{DueMonth, PaymentOf, PaymentPreview, ServiceSum};
pub use made::PaymentRun;
pub use table::PaymentRunProjection;

/// How often a run is tried again when cases change under it.
const TRIES: u32 = 3;

/// What somebody has confirmed: the run pays this or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// The run's id, from the preview: confirmed twice, it is made once.
    pub run: PaymentRunId,
    /// What the preview named: who gets how much.
    pub digest: String,
}

/// The stream, the data key and the file of a run share one name.
fn name(run: PaymentRunId) -> String {
    format!("payment-run/{run}")
}

fn damaged(error: impl std::fmt::Display) -> CaseError {
    CaseError::damaged("payments", error)
}

/// What a run would pay.
struct Worked {
    /// Cases that are paid, or whose months are worth nothing; and what goes out for which months.
    due: Vec<(Due, Vec<Amount>)>,
    /// Transfers by service.
    groups: BTreeMap<String, Vec<Transfer>>,
    unpayable: Vec<Unpayable>,
    /// More is due than one run takes.
    more: bool,
}

impl Worked {
    fn payments(&self) -> u64 {
        self.groups.values().map(Vec::len).sum::<usize>() as u64
    }

    /// SHA-256 over the run and every transfer with account and amount: another payee of the same amount is another run.
    fn digest(&self, run: PaymentRunId) -> String {
        let mut text = run.to_string();
        for (service, transfers) in &self.groups {
            for one in transfers {
                // No part holds a line end.
                let parts = [
                    service,
                    &one.end_to_end,
                    &one.holder,
                    one.iban.as_str(),
                    &one.cent.to_string(),
                ];
                text.extend(parts.into_iter().flat_map(|part| ["\n", part]));
            }
        }
        sha256(text.as_bytes())
    }

    /// What goes out in which case, the highest amount first: an error of the desk is looked for there.
    fn cases(&self) -> Vec<PaymentOf> {
        let of = |(due, sent): &(Due, Vec<Amount>)| {
            let first = sent.iter().map(|amount| amount.monat).min()?;
            let last = sent.iter().map(|amount| amount.monat).max()?;
            let state = &due.loaded.state;
            Some(PaymentOf {
                case: state.id,
                reference: state.reference.clone().unwrap_or_default(),
                service: state.service.clone(),
                months: (first, last),
                cents: sent.iter().map(|amount| amount.cent.unsigned_abs()).sum(),
            })
        };
        let mut cases: Vec<PaymentOf> = self.due.iter().filter_map(of).collect();
        cases.sort_by(|a, b| b.cents.cmp(&a.cents).then_with(|| a.reference.cmp(&b.reference)));
        cases
    }

    fn cents(&self) -> u64 {
        self.groups.values().flatten().map(|transfer| transfer.cent).sum()
    }
}

impl Cases {
    /// Pays a month: everything planned up to it and not yet exported, back payments too, goes into one file; each case's account and
    /// amounts are opened under a record (purpose `payment`) and the case says that it was exported. A month can be run again: the next run
    /// takes what came later. Who has a service scope pays these services only. Confirmed twice is made once.
    ///
    /// # Errors
    /// [`CaseError::Refused`] for anybody but a team lead of the authority; [`CaseError::Input`] when nothing is to be paid, the month
    /// lies more than one month ahead, or something else is due than was confirmed; [`CaseError::Stale`] when cases kept changing
    /// meanwhile: nothing was exported.
    pub async fn payment_run(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        month: Month,
        confirmed: Confirmed,
    ) -> Result<PaymentRun, CaseError> {
        self.may_pay(actor, authority, month)?;
        for _ in 0..TRIES {
            if let Some(made) = self.run_made(actor, authority, confirmed.run).await? {
                return Ok(made);
            }
            match self.run_once(actor, authority, month, &confirmed).await {
                Err(CaseError::Stale) => {}
                // The other click of a double click may have paid in between: then nothing is left, and the run is made.
                Err(error @ CaseError::Input(_)) => {
                    let made = self.run_made(actor, authority, confirmed.run).await?;
                    return made.ok_or(error);
                }
                other => return other,
            }
        }
        Err(CaseError::Stale)
    }

    /// Asked before anything about payments is said.
    fn may_pay(&self, actor: &Actor, authority: AuthorityId, month: Month) -> Result<(), CaseError> {
        let own = self.office_for(actor, Action::Pay, NO_RUNS)?;
        if own != authority {
            return Err(CaseError::Refused(
                "Dieser Zahllauf gehört zu einer anderen Behörde.".to_owned(),
            ));
        }
        if Some(month) > Month::of(self.now().date()).next() {
            return Err(CaseError::Input(
                "Ein Zahllauf ist höchstens für den kommenden Monat möglich.".to_owned(),
            ));
        }
        Ok(())
    }

    async fn run_once(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        month: Month,
        confirmed: &Confirmed,
    ) -> Result<PaymentRun, CaseError> {
        let worked = self.work_out(actor, authority, month).await?;
        let (run, payments) = (confirmed.run, worked.payments());
        if payments == 0 {
            return Err(CaseError::Input("Für diesen Monat ist nichts auszuzahlen.".to_owned()));
        }
        if worked.digest(run) != confirmed.digest {
            return Err(CaseError::Input(
                "Inzwischen ist etwas anderes auszuzahlen als auf der Seite stand. Es wurde nichts ausgezahlt. Bitte prüfen Sie die \
                 neuen Zahlen und bestätigen Sie noch einmal."
                    .to_owned(),
            ));
        }
        let now = self.now();
        let execute_on = execution_day(now.date(), month);
        let services: Vec<String> = worked.groups.keys().cloned().collect();
        let mut groups = Vec::with_capacity(services.len());
        for (index, (service, transfers)) in worked.groups.into_iter().enumerate() {
            groups.push(self.group(authority, run, index, &service, execute_on, transfers)?);
        }
        let office = self.inner.catalogue.authority(authority).map(|known| known.full_name());
        let xml = pain::write(&pain::File {
            id: run.to_string().replace('-', ""),
            made_at: now,
            initiator: office.unwrap_or_else(|| authority.to_string()),
            groups,
        })
        .into_bytes();
        let head = table::Head {
            month,
            at: now.as_micros(),
            made_by: actor,
            payments,
            services,
        };
        let commit = self.run_commit(authority, run, &head, &xml, &worked.due).await?;
        match self.inner.journal.commit(commit).await {
            Ok(_) => {}
            Err(CommitError::Conflict { .. }) => return Err(CaseError::Stale),
            Err(other) => return Err(other.into()),
        }
        self.run_made(actor, authority, run)
            .await?
            .ok_or_else(|| damaged("a run without a row"))
    }

    /// The account a service is paid from, as its adoption names it.
    fn treasury(&self, authority: AuthorityId, service: &str) -> Option<(String, Iban)> {
        let adoption = self.inner.catalogue.adoption(service, authority);
        let account = adoption.and_then(|adoption| adoption.parameters().get("kasse"))?;
        let field = |name: &str| account.get(name).and_then(serde_json::Value::as_str);
        let iban = field("iban").and_then(|iban| Iban::parse(iban).ok())?;
        Some((field("name").unwrap_or_default().to_owned(), iban))
    }

    /// The payments of one service.
    fn group(
        &self,
        authority: AuthorityId,
        run: PaymentRunId,
        index: usize,
        service: &str,
        execute_on: Date,
        transfers: Vec<Transfer>,
    ) -> Result<pain::Group, CaseError> {
        let (debtor, debtor_iban) = self
            .treasury(authority, service)
            .ok_or_else(|| CaseError::Package(format!("the adoption of {service} names no usable account `kasse`")))?;
        let tail: String = run.to_string().chars().filter(|c| *c != '-').take(28).collect();
        Ok(pain::Group {
            id: format!("{tail}-{index}"),
            debtor,
            debtor_iban,
            execute_on,
            transfers,
        })
    }

    async fn run_commit(
        &self,
        authority: AuthorityId,
        run: PaymentRunId,
        of_run: &table::Head<'_>,
        xml: &[u8],
        due: &[(Due, Vec<Amount>)],
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
            actor: of_run.made_by.clone(),
            purpose: purpose.to_owned(),
            facts: json!({
                "month": of_run.month, "payments": of_run.payments, "at": of_run.at, "services": of_run.services,
            }),
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
            values: table::row(authority.as_str(), &run.to_string(), of_run),
        });
        let act = Act {
            actor: of_run.made_by,
            purpose,
            at,
        };
        for (Due { loaded, months }, sent) in due {
            let sealing = self.inner.journal.sealing_key(authority, &loaded.state.key).await?;
            let sealed = sealing
                .seal(context(loaded.state.id, "payments"), sent)
                .map_err(damaged)?;
            let event = Event::PaymentsExported {
                run,
                months: months.clone(),
            };
            let mut plan = Plan::default();
            plan.push_sealed(event, sealed.into_bytes());
            let (one, _) = commit(authority, loaded.state.id, Some(&loaded.state), &act, plan)?;
            whole.entries.extend(one.entries);
            whole.rows.extend(one.rows);
        }
        Ok(whole)
    }

    /// Opens everything due up to a month under a record, and sorts it into what is paid and what cannot be.
    async fn work_out(&self, actor: &Actor, authority: AuthorityId, month: Month) -> Result<Worked, CaseError> {
        // A service without an account pays nobody: nobody's account is opened for it, and it takes no other's place in the run.
        let services = self.services_due(actor, authority, month).await?;
        let paying = |service: &String| self.treasury(authority, service).is_some();
        let (paying, poor): (Vec<String>, Vec<String>) = services.into_iter().partition(paying);
        let mut unpayable = Vec::new();
        let leave = |due: &Due, why: Hindrance| Unpayable {
            case: due.loaded.state.id,
            reference: due.loaded.state.reference.clone().unwrap_or_default(),
            service: due.loaded.state.service.clone(),
            why,
        };
        let (poor, _) = self.due(authority, month, &poor).await?;
        unpayable.extend(poor.iter().map(|due| leave(due, Hindrance::Parameter)));
        drop(poor);
        let (rest, more) = self.due(authority, month, &paying).await?;
        let mut once = Vec::with_capacity(rest.len());
        for due in rest {
            match self.others(authority, &due).await? {
                Some(others) => once.push((due, others)),
                None => unpayable.push(leave(&due, Hindrance::Twice)),
            }
        }
        let states: Vec<&CaseState> = once.iter().map(|(due, _)| &due.loaded.state).collect();
        let accesses = self.open_payments(actor, authority, &states).await?;
        let mut groups: BTreeMap<String, Vec<Transfer>> = BTreeMap::new();
        let mut sent: BTreeMap<CaseId, Vec<Amount>> = BTreeMap::new();
        let mut paid = Vec::with_capacity(once.len());
        for ((due, others), access) in once.into_iter().zip(&accesses) {
            match self.pay(actor, authority, (&due, &**access), &others, &sent).await? {
                Ok(payout) => {
                    let state = &due.loaded.state;
                    groups
                        .entry(state.service.clone())
                        .or_default()
                        .extend(payout.transfers);
                    sent.insert(state.id, payout.sent.clone());
                    paid.push((due, payout.sent));
                }
                Err(why) => unpayable.push(leave(&due, why)),
            }
        }
        groups.retain(|_, transfers| !transfers.is_empty());
        unpayable.sort_by(|a, b| a.reference.cmp(&b.reference));
        Ok(Worked {
            due: paid,
            groups,
            unpayable,
            more,
        })
    }
}

/// What other roles are told.
pub(super) const NO_RUNS: &str = "Ihre Rolle macht keine Zahlläufe.";
