//! Cases that pay the same months: a follow-up and what it is about. A month is paid once, whichever of them paid it first.

use std::collections::{BTreeMap, BTreeSet};

use wegfrei_journal::{Access, Actor};
use wegfrei_model::{AuthorityId, CaseId, Month};
use wegfrei_store::Value as Sql;

use super::super::PaymentState;
use super::bank::{self, Due, Hindrance};
use super::damaged;
use crate::Cases;
use crate::error::CaseError;
use crate::event::Relation;
use crate::file::Loaded;
use crate::state::{CaseState, Phase};

/// Most cases of one grant that are looked at.
const MOST_RELATIVES: usize = 50;

/// What the relatives of a case that is due have to do with its months.
pub(super) enum Shared {
    /// None of the months is anybody else's.
    Nothing,
    /// Another case has one of the months planned too.
    Twice,
    /// Others have some of the months in a file for the bank.
    Before(Vec<Due>),
}

impl Cases {
    /// Looks at the cases a due case is about, and at those about it, and about these.
    pub(super) async fn shared(&self, authority: AuthorityId, due: &Due) -> Result<Shared, CaseError> {
        let mut before = Vec::new();
        // What is owed for earlier months is nobody else's, whatever month it is paid with.
        let own = due.own(&due.months);
        for relative in self.relatives(authority, &due.loaded.state).await? {
            let payments = relative.state.outgoing.payments.iter();
            let shared = payments.filter(|(month, payment)| payment.is_own() && own.contains(month));
            let shared: Vec<PaymentState> = shared.map(|(_, payment)| payment.state).collect();
            if shared.contains(&PaymentState::Planned) {
                return Ok(Shared::Twice);
            }
            if !shared.iter().any(|state| matches!(state, PaymentState::Exported(_))) {
                continue;
            }
            // All of them, when one is shared (nobody's account is opened otherwise): a back payment may have gone out with another.
            let exported = relative.state.outgoing.payments.iter();
            let exported = exported.filter(|(_, payment)| matches!(payment.state, PaymentState::Exported(_)));
            let months = exported.map(|(month, _)| *month).collect();
            before.push(Due {
                loaded: relative,
                months,
            });
        }
        Ok(match before.is_empty() {
            true => Shared::Nothing,
            false => Shared::Before(before),
        })
    }

    async fn relatives(&self, authority: AuthorityId, of: &CaseState) -> Result<Vec<Loaded>, CaseError> {
        let mut known = BTreeSet::from([of.id]);
        let mut asked = vec![(of.id, earlier(of))];
        let mut relatives = Vec::new();
        while let Some((case, about)) = asked.pop() {
            let sql = "SELECT case_id FROM case_file WHERE authority = $1 AND about = $2 AND person = $3 AND phase <> 'draft'";
            let values = [
                Sql::Text(authority.to_string()),
                Sql::Text(case.to_string()),
                Sql::Text(of.person.to_string()),
            ];
            let later = self.inner.store.fetch(sql, &values).await?;
            let later = later
                .iter()
                .map(|row| CaseId::parse(row.text("case_id")?).map_err(damaged));
            let later = later.collect::<Result<Vec<CaseId>, CaseError>>()?;
            for id in about.into_iter().chain(later) {
                if !known.insert(id) || known.len() > MOST_RELATIVES {
                    continue;
                }
                let loaded = self.load(authority, id).await?;
                let objects = loaded
                    .state
                    .about
                    .is_some_and(|about| about.relation == Relation::Objection);
                if !objects {
                    asked.push((id, earlier(&loaded.state)));
                    relatives.push(loaded);
                }
            }
        }
        Ok(relatives)
    }

    /// What was already paid for each month, opened under a record of the case that paid it.
    pub(super) async fn paid_before(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        before: &[Due],
    ) -> Result<Result<BTreeMap<Month, u64>, Hindrance>, CaseError> {
        if before.iter().any(|due| due.loaded.state.phase == Phase::Erased) {
            return Ok(Err(Hindrance::Unreadable));
        }
        let accesses = self.open_payments(actor, authority, before).await?;
        let mut paid = BTreeMap::new();
        for (due, access) in before.iter().zip(&accesses) {
            let amounts = match amounts(due, access)? {
                Ok(amounts) => amounts,
                Err(why) => return Ok(Err(why)),
            };
            for (month, cent) in amounts {
                // Who paid later paid the difference up to their own amount.
                let known: &mut u64 = paid.entry(month).or_default();
                *known = (*known).max(cent);
            }
        }
        Ok(Ok(paid))
    }
}

fn earlier(state: &CaseState) -> Option<CaseId> {
    let about = state.about.filter(|about| about.relation != Relation::Objection);
    about.map(|about| about.case)
}

/// The amounts of a case's months.
fn amounts(due: &Due, access: &Access) -> Result<Result<BTreeMap<Month, u64>, Hindrance>, CaseError> {
    let mut amounts = BTreeMap::new();
    for (entry, months) in bank::by_plan(due) {
        let Some(plan) = bank::plan(due, entry, access)? else {
            return Ok(Err(Hindrance::Unreadable));
        };
        for (month, cent) in plan.of(&due.own(&months)).chain(plan.back(&months)) {
            let known: &mut u64 = amounts.entry(month).or_default();
            *known = known.saturating_add(cent);
        }
    }
    Ok(Ok(amounts))
}
