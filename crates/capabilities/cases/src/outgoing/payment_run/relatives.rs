//! Cases that pay the same months: a follow-up and what it is about. What one of them pays, the others do not, in the same run either.

use std::collections::{BTreeMap, BTreeSet};

use wegfrei_journal::{Access, Actor};
use wegfrei_model::{AuthorityId, CaseId, Month};

use super::super::PaymentState;
use super::super::paid::{add, is_exported, months_of, went_out};
use super::super::payments::Amount;
use super::bank::{self, Due, Hindrance, Payout};
use crate::Cases;
use crate::error::CaseError;
use crate::file::Loaded;
use crate::state::{CaseState, Phase};

impl Cases {
    /// The other cases of the grant that have payments; `None` when one of them has a month of this one planned too.
    pub(super) async fn others(&self, authority: AuthorityId, due: &Due) -> Result<Option<Vec<Loaded>>, CaseError> {
        // What is owed for earlier months is set off, whatever month it is paid with.
        let own: BTreeSet<Month> = due.own(&due.months).into_iter().collect();
        let mut others = self.relatives(authority, &due.loaded.state).await?;
        others.retain(|other| !other.state.outgoing.payments.is_empty());
        let twice = |other: &Loaded| {
            let planned = months_of(&other.state, |payment| {
                payment.is_own() && payment.state == PaymentState::Planned
            });
            !planned.is_disjoint(&own)
        };
        Ok((!others.iter().any(twice)).then_some(others))
    }

    /// What a case is paid now: what it grants for each month, less what has gone out for it, from this case or another, and what others
    /// get in this run. The others' amounts are opened under records of their own, and only where they have a payment of such a month in a
    /// file: what it was for, only opening tells.
    pub(super) async fn pay(
        &self,
        actor: &Actor,
        authority: AuthorityId,
        (due, access): (&Due, &Access),
        others: &[Loaded],
        in_this_run: &BTreeMap<CaseId, Vec<Amount>>,
    ) -> Result<Result<Payout, Hindrance>, CaseError> {
        let Ok(plans) = bank::plans(due, access) else {
            return Ok(Err(Hindrance::Unreadable));
        };
        let pays: BTreeSet<Month> = plans.iter().flat_map(|open| open.pays.iter().copied()).collect();
        let shares = |other: &&Loaded| !months_of(&other.state, is_exported).is_disjoint(&pays);
        let before: Vec<&Loaded> = others.iter().filter(shares).collect();
        if before.iter().any(|other| other.state.phase == Phase::Erased) {
            return Ok(Err(Hindrance::Unreadable));
        }
        let states: Vec<&CaseState> = before.iter().map(|other| &other.state).collect();
        let opened = self.open_payments(actor, authority, &states).await?;
        let opened = before.into_iter().zip(opened.iter().map(|access| &**access));
        let all: Vec<(&Loaded, &Access)> = opened.chain([(&due.loaded, access)]).collect();
        let mut gone = match went_out(&all) {
            Ok(gone) => gone,
            Err(error) => {
                tracing::error!(%error, "what was paid before cannot be read");
                return Ok(Err(Hindrance::Unreadable));
            }
        };
        let now = others.iter().filter_map(|other| in_this_run.get(&other.state.id));
        now.flatten().for_each(|amount| add(&mut gone, amount));
        Ok(bank::payout(due, plans, gone))
    }
}
