//! What leaves the house: messages, letters, payments. The part of a case's state that knows about it, folded like the rest.

mod contact;
mod letters;
pub(crate) mod message;
mod outbox;
pub(crate) mod paid;
pub(crate) mod pain;
mod payment_run;
pub(crate) mod payments;
pub(crate) mod period;
pub(crate) mod print_run;
pub(crate) mod table;

use std::collections::{BTreeMap, BTreeSet};

use wegfrei_model::{Date, Month, NoticeId, PaymentRunId, Timestamp};

pub use contact::{Contact, ContactView};
pub use letters::LetterKind;
pub use outbox::{OutboxDocument, OutboxItem, Posting};
pub use payment_run::{
    Confirmed, DueMonth, Hindrance, PaymentOf, PaymentPreview, PaymentRun, PaymentRunProjection, ServiceSum, Unpayable,
};
pub use payments::{PaymentLine, PaymentStanding};
pub use period::answer_day;
pub use print_run::{
    LeftOver, MOST_PRINTED, MOST_SHEETS, PrintFileView, PrintRunLine, PrintRunProjection, PrintRunView, PrintStanding,
    PrintedLeftOver,
};

pub(crate) use crate::retention::run_job as retention_of_runs;
pub(crate) use message::{MESSAGE, MessagePayload};

use crate::error::CaseError;
use crate::event::{Channel, Event, PrintNote, StopReason};
use crate::state::{Notice, Step};

/// How a notice left the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispatched {
    /// By which way.
    pub channel: Channel,
    /// Served with a certificate of delivery.
    pub served: bool,
    /// The day that counts: of the message, of posting, of delivery by the certificate.
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
    /// What it is for.
    pub pays: Pays,
}

/// What a payment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pays {
    /// Its month.
    Month,
    /// Its month, and what is owed for earlier ones.
    Both,
    /// Only what is owed for earlier months.
    Owed,
}

impl Payment {
    /// It pays its own month.
    pub(crate) fn is_own(&self) -> bool {
        self.pays != Pays::Owed
    }

    fn is_stopped(&self, why: StopReason) -> bool {
        self.state == PaymentState::Planned && (self.is_own() || why != StopReason::FollowUp)
    }
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
    /// Notices whose posting a print run has noted.
    pub printed: BTreeMap<NoticeId, PrintNote>,
    /// Payments by month.
    pub payments: BTreeMap<Month, Payment>,
    /// The first month that a person or a follow-up has stopped: a decision that replaces another does not pay from there on.
    pub stopped: Option<Month>,
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
                self.dispatch(
                    notices,
                    Dispatched {
                        channel: *channel,
                        served: false,
                        day: step.at.date(),
                        at: step.at,
                    },
                );
            }
            Event::MessageFailed { notices, .. } => {
                self.undelivered.extend(notices);
                self.failed_at = Some(step.at);
            }
            Event::LetterPosted { notices, on, print } => {
                if let Some(print) = print {
                    let first = notices.iter().filter(|notice| !self.dispatched.contains_key(notice));
                    self.printed.extend(first.map(|notice| (*notice, *print)));
                }
                self.post(notices, *on, false, step.at);
            }
            Event::LetterServed { notices, on } => self.post(notices, *on, true, step.at),
            Event::LetterRecalled { notices } => {
                for notice in notices {
                    let known = self.dispatched.get(notice);
                    if known.is_none_or(|known| known.channel != Channel::Letter) {
                        return Err(CaseError::story("a letter was recalled that was not posted"));
                    }
                    self.dispatched.remove(notice);
                    self.printed.remove(notice);
                }
            }
            Event::PaymentsPlanned {
                first,
                last,
                count,
                back,
            } => self.plan(step.version, (*first, *last, *count), *back)?,
            Event::PaymentsStopped { from, why } => self.stop(*from, *why),
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

    fn post(&mut self, notices: &[NoticeId], day: Date, served: bool, at: Timestamp) {
        let dispatched = Dispatched {
            channel: Channel::Letter,
            served,
            day,
            at,
        };
        self.dispatch(notices, dispatched);
    }

    fn dispatch(&mut self, notices: &[NoticeId], dispatched: Dispatched) {
        for notice in notices {
            // The first way out counts for the person (§ 122 AO); a letter after a message changes nothing.
            self.dispatched.entry(*notice).or_insert(dispatched);
        }
    }

    fn stop(&mut self, from: Month, why: StopReason) {
        if why == StopReason::Replaced {
            self.payments
                .retain(|month, payment| *month < from || payment.state != PaymentState::Planned);
            return;
        }
        for (month, payment) in self.payments.range_mut(from..) {
            if !payment.is_stopped(why) {
                continue;
            }
            if payment.is_own() {
                self.stopped = Some(self.stopped.map_or(*month, |known| known.min(*month)));
            }
            match (why, payment.pays) {
                (StopReason::FollowUp, Pays::Both) => payment.pays = Pays::Owed,
                _ => payment.state = PaymentState::Stopped,
            }
        }
    }

    /// A new plan takes the place of what is not exported yet; a month that is in a file for the bank stays as it is. A plan that pays a
    /// month that was stopped ends the stop.
    fn plan(
        &mut self,
        version: u64,
        (first, last, count): (Month, Month, u32),
        back: Option<Month>,
    ) -> Result<(), CaseError> {
        let last_granted = (count > 0).then_some(last);
        self.stopped = self.stopped.filter(|stopped| Some(*stopped) > last_granted);
        self.payments
            .retain(|_, payment| matches!(payment.state, PaymentState::Exported(_)));
        let planned = |pays| Payment {
            plan: version,
            state: PaymentState::Planned,
            pays,
        };
        if let Some(back) = back {
            let pays = if Some(back) > last_granted {
                Pays::Owed
            } else {
                Pays::Both
            };
            self.payments.entry(back).or_insert(planned(pays));
        }
        let mut month = Some(first);
        for _ in 0..count {
            let this = month.ok_or_else(|| CaseError::story("payments beyond the calendar"))?;
            self.payments.entry(this).or_insert(planned(Pays::Month));
            if this == last {
                return Ok(());
            }
            month = this.next();
        }
        if last_granted.is_none() {
            return Ok(());
        }
        Err(CaseError::story("a payment plan whose months do not count up"))
    }

    /// By which way a notice goes out: on paper unless the person chose e-mail and it can be delivered. What must be served is always
    /// on paper; the mailbox holds a copy.
    #[must_use]
    pub fn channel(&self, notice: &Notice) -> Channel {
        match self.contact {
            Some((Channel::Email, ..)) if !notice.serve && !self.undelivered.contains(&notice.id) => Channel::Email,
            _ => Channel::Letter,
        }
    }
}
