//! What was really paid for each month: by a case, and by those about the same grant. A month is paid once, whichever of them paid it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Access, Actor};
use wegfrei_model::{AuthorityId, CaseId, Month};
use wegfrei_store::Value as Sql;

use super::payments::{Amount, Back};
use super::{Payment, PaymentState};
use crate::error::CaseError;
use crate::event::{Event, Relation};
use crate::file::Loaded;
use crate::state::CaseState;
use crate::{Cases, context};

/// Most cases of one grant that are looked at.
const MOST_RELATIVES: usize = 50;

/// What was paid for a month whose decision is made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PaidMonth {
    /// What went out for it, from this case and from those about the same grant, in cents.
    pub cent: i64,
    /// The most that another of them has granted for it: so much is not too much, whatever this one decides.
    pub elsewhere: i64,
}

/// A plan as it lies sealed; whether its account can be paid is judged by who pays it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Stored {
    pub holder: String,
    pub iban: String,
    payments: Vec<Amount>,
    #[serde(default)]
    back: Option<Back>,
}

impl Stored {
    /// The plan in an entry of a case.
    pub fn read(loaded: &Loaded, entry: u64, access: &Access) -> Result<Self, CaseError> {
        let sealed = loaded.sealed(entry)?;
        let sealed = sealed.typed::<Stored>(context(loaded.state.id, "payments"));
        sealed
            .open(access)
            .map_err(|error| CaseError::damaged("payments", error))
    }

    /// What it grants for a month, in cents: without what is paid back with it.
    pub fn grants(&self, month: Month) -> i64 {
        let listed = self.payments.iter().find(|amount| amount.monat == month);
        let other = self
            .back_with(month)
            .fold(0i64, |sum, amount| sum.saturating_add(amount.cent));
        let cent = listed.map(|amount| amount.cent).unwrap_or_default();
        cent.saturating_sub(other).max(0)
    }

    /// What is paid back with a month, under the months it is for.
    pub fn back_with(&self, month: Month) -> impl Iterator<Item = &Amount> {
        let back = self.back.iter().filter(move |back| back.with == month);
        back.flat_map(|back| &back.months)
    }
}

/// The months of a case whose payment is like this.
pub(crate) fn months_of(state: &CaseState, like: impl Fn(&Payment) -> bool) -> BTreeSet<Month> {
    let payments = state.outgoing.payments.iter();
    let payments = payments.filter(|(_, payment)| like(payment));
    payments.map(|(month, _)| *month).collect()
}

pub(crate) fn is_exported(payment: &Payment) -> bool {
    matches!(payment.state, PaymentState::Exported(_))
}

/// It is in a file for the bank, or will be.
fn is_paid(payment: &Payment) -> bool {
    payment.state != PaymentState::Stopped
}

/// What went out for each month from all of these cases together, in cents. An export says so itself. One of an earlier version does not:
/// it paid its plan less what the others had paid, so they are read in the order in which they were made.
pub(crate) fn went_out(cases: &[(&Loaded, &Access)]) -> Result<BTreeMap<Month, i64>, CaseError> {
    let mut exports = Vec::new();
    for (loaded, access) in cases {
        let made = loaded.entries.iter().filter(|entry| entry.kind == "payments.exported");
        exports.extend(made.map(|entry| (entry.seq, entry, *loaded, *access)));
    }
    exports.sort_by_key(|(seq, ..)| *seq);
    let mut gone: BTreeMap<Month, i64> = BTreeMap::new();
    for (_, entry, loaded, access) in exports {
        if entry.sealed.is_some() {
            let sealed = loaded.sealed(entry.version)?;
            let sealed = sealed.typed::<Vec<Amount>>(context(loaded.state.id, "payments"));
            let sent = sealed
                .open(access)
                .map_err(|error| CaseError::damaged("payments", error))?;
            sent.iter().for_each(|amount| add(&mut gone, amount));
            continue;
        }
        let (_, Event::PaymentsExported { months, .. }) = Event::read(entry)? else {
            return Err(CaseError::story("an export of payments that is none"));
        };
        for month in months {
            let payment = loaded.state.outgoing.payments.get(&month);
            let payment = payment.ok_or_else(|| CaseError::story("a payment was exported that was not planned"))?;
            let plan = Stored::read(loaded, payment.plan, access)?;
            if payment.is_own() {
                let known = gone.entry(month).or_default();
                *known = (*known).max(plan.grants(month));
            }
            plan.back_with(month).for_each(|amount| add(&mut gone, amount));
        }
    }
    Ok(gone)
}

/// Adds what is paid for a month.
pub(crate) fn add(paid: &mut BTreeMap<Month, i64>, amount: &Amount) {
    let known = paid.entry(amount.monat).or_default();
    *known = known.saturating_add(amount.cent);
}

/// The most that one of these cases has granted for a month it pays, whether or not that still counts: nobody is told of money they got
/// too much that another notice has promised them.
fn granted(cases: &[(&Loaded, &Access)]) -> Result<BTreeMap<Month, i64>, CaseError> {
    let mut most: BTreeMap<Month, i64> = BTreeMap::new();
    for (loaded, access) in cases {
        let months = months_of(&loaded.state, is_paid);
        for entry in loaded.entries.iter().filter(|entry| entry.kind == "payments.planned") {
            let plan = Stored::read(loaded, entry.version, access)?;
            for month in &months {
                let known = most.entry(*month).or_default();
                *known = (*known).max(plan.grants(*month));
            }
        }
    }
    Ok(most)
}

fn earlier(state: &CaseState) -> Option<CaseId> {
    let about = state.about.filter(|about| about.relation != Relation::Objection);
    about.map(|about| about.case)
}

impl Cases {
    /// While a decision is made anew: what was paid for each month that this case has in a file for the bank, by all cases about the same
    /// grant. Opened under records of their own, because no other step works with payments; of other cases only where one has a payment
    /// of such a month too.
    pub(crate) async fn paid(
        &self,
        authority: AuthorityId,
        loaded: &Loaded,
        (actor, action, purpose): (&Actor, Action, Purpose),
    ) -> Result<BTreeMap<Month, PaidMonth>, CaseError> {
        let own = months_of(&loaded.state, is_exported);
        if loaded.state.reopened.is_none() || own.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut others = self.relatives(authority, &loaded.state).await?;
        others.retain(|other| !months_of(&other.state, is_paid).is_disjoint(&own));
        let mut accesses = Vec::with_capacity(others.len() + 1);
        for case in others.iter().chain([loaded]) {
            let part = Some("payments".to_owned());
            let access = self.access_to(actor, authority, &case.state, action, purpose, part);
            accesses.push(access.await?);
        }
        let accesses = accesses.iter().map(|access| &**access);
        let all: Vec<(&Loaded, &Access)> = others.iter().chain([loaded]).zip(accesses).collect();
        let gone = went_out(&all)?;
        let elsewhere = granted(all.get(..others.len()).unwrap_or_default())?;
        let of = |known: &BTreeMap<Month, i64>, month| known.get(&month).copied().unwrap_or_default();
        let months = own.into_iter().map(|month| {
            let paid = PaidMonth {
                cent: of(&gone, month),
                elsewhere: of(&elsewhere, month),
            };
            (month, paid)
        });
        Ok(months.collect())
    }

    /// The cases a case is about, and those about it, and about these; without objections, which pay nothing.
    pub(crate) async fn relatives(&self, authority: AuthorityId, of: &CaseState) -> Result<Vec<Loaded>, CaseError> {
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
                .map(|row| CaseId::parse(row.text("case_id")?).map_err(|error| CaseError::damaged("payments", error)));
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
}
