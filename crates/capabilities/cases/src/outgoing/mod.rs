//! What leaves the house: messages, letters, payments. The part of a case's state that knows about it, folded like the rest.

mod contact;
pub(crate) mod message;
mod outbox;
pub(crate) mod pain;
mod payment_run;
pub(crate) mod payments;
pub(crate) mod period;
pub(crate) mod table;

use std::collections::{BTreeMap, BTreeSet};

use wegfrei_model::{Date, Month, NoticeId, PaymentRunId, Timestamp};

pub use contact::{Contact, ContactView};
pub use outbox::OutboxItem;
pub use payment_run::{
    Confirmed, DueMonth, Hindrance, PaymentPreview, PaymentRun, PaymentRunProjection, ServiceSum, Unpayable,
};
pub use payments::{PaymentLine, PaymentStanding};

pub(crate) use crate::retention::run_job as retention_of_runs;
pub(crate) use message::{MESSAGE, MessagePayload};

use crate::error::CaseError;
use crate::event::{Channel, Event};
use crate::state::{CaseState, Notice, Step};

/// How a notice left the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispatched {
    /// By which way.
    pub channel: Channel,
    /// The day that counts: of the message, or of posting.
    pub day: Date,
    /// When it was noted.
    pub at: Timestamp,
}

/// One planned payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Stream version of the entry whose sealed part holds amount and account.
    pub plan: u64,
    /// Where it stands.
    pub state: PaymentState,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentState {
    /// Waits for a payment run.
    Planned,
    /// In a file for the bank.
    Exported(PaymentRunId),
    /// Not to be paid.
    Stopped,
}

/// What of a case left the house or will.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// How the resident wants to be told, the entry that holds the address, and since when.
    pub contact: Option<(Channel, u64, Timestamp)>,
    /// Notices that went out.
    pub dispatched: BTreeMap<NoticeId, Dispatched>,
    /// Notices whose message could not be delivered: they go by letter.
    pub undelivered: BTreeSet<NoticeId>,
    /// When a message failed last.
    pub failed_at: Option<Timestamp>,
    /// Payments by month.
    pub payments: BTreeMap<Month, Payment>,
}

impl Outgoing {
    pub(crate) fn take(&mut self, step: &Step<'_>) -> Result<(), CaseError> {
        match step.event {
            Event::ContactSet { channel } => {
                self.contact = Some((*channel, step.version, step.at));
                // A new address deserves a new try; the old failure is history.
                self.undelivered.clear();
                self.failed_at = None;
            }
            Event::MessageSent { channel, notices, .. } => {
                self.dispatch(notices, *channel, step.at.date(), step.at);
            }
            Event::MessageFailed { notices, .. } => {
                self.undelivered.extend(notices);
                self.failed_at = Some(step.at);
            }
            Event::LetterPosted { notices, on } => self.dispatch(notices, Channel::Letter, *on, step.at),
            Event::PaymentsPlanned { first, last, count } => self.plan(step.version, *first, *last, *count)?,
            Event::PaymentsStopped { from } => {
                for (_, payment) in self.payments.range_mut(*from..) {
                    if payment.state == PaymentState::Planned {
                        payment.state = PaymentState::Stopped;
                    }
                }
            }
            Event::PaymentsExported { run, months } => {
                for month in months {
                    let payment = self.payments.get_mut(month);
                    let planned = payment.filter(|payment| payment.state == PaymentState::Planned);
                    planned
                        .ok_or_else(|| CaseError::story("a payment was exported that was not planned"))?
                        .state = PaymentState::Exported(*run);
                }
            }
            _ => return Err(CaseError::story("not an event of what leaves the house")),
        }
        Ok(())
    }

    fn dispatch(&mut self, notices: &[NoticeId], channel: Channel, day: Date, at: Timestamp) {
        for notice in notices {
            // The first way out counts for the person (§ 122 AO); a letter after a message changes nothing.
            self.dispatched
                .entry(*notice)
                .or_insert(Dispatched { channel, day, at });
        }
    }

    /// A new plan takes the place of what is not exported yet; a month that is in a file for the bank stays as it is.
    fn plan(&mut self, version: u64, first: Month, last: Month, count: u32) -> Result<(), CaseError> {
        self.payments
            .retain(|_, payment| matches!(payment.state, PaymentState::Exported(_)));
        let mut month = Some(first);
        for _ in 0..count {
            let this = month.ok_or_else(|| CaseError::story("payments beyond the calendar"))?;
            self.payments.entry(this).or_insert(Payment {
                plan: version,
                state: PaymentState::Planned,
            });
            if this == last {
                return Ok(());
            }
            month = this.next();
        }
        Err(CaseError::story("a payment plan whose months do not count up"))
    }

    /// By which way a notice goes out: on paper unless the person chose e-mail and it can be delivered.
    #[must_use]
    pub fn channel(&self, notice: &NoticeId) -> Channel {
        match self.contact {
            Some((Channel::Email, ..)) if !self.undelivered.contains(notice) => Channel::Email,
            _ => Channel::Letter,
        }
    }
}

impl CaseState {
    /// Notices whose message is due: all of their issue are rendered, none went out, and they go by e-mail.
    pub(crate) fn to_tell(&self) -> Vec<NoticeId> {
        let waiting = |notice: &&Notice| {
            !self.outgoing.dispatched.contains_key(&notice.id) && self.outgoing.channel(&notice.id) == Channel::Email
        };
        let unfinished: BTreeSet<Timestamp> = self
            .notices
            .iter()
            .filter(|notice| notice.pdf.is_none())
            .map(|notice| notice.issued_at)
            .collect();
        self.notices
            .iter()
            .filter(waiting)
            .filter(|notice| !unfinished.contains(&notice.issued_at))
            .map(|notice| notice.id)
            .collect()
    }
}
