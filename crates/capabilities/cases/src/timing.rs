//! When a timer of a process fires: whole days and the periods of the law.

use jiff::ToSpan;
use wegfrei_model::{Date, Timestamp};
use wegfrei_packages::Package;
use wegfrei_process::{Cycle, TimerSpec};

use crate::error::CaseError;
use crate::event::Channel;
use crate::outgoing::{Dispatched, period};
use crate::state::{COOPERATION, OBJECTION, REMINDER, SUIT};

fn package(error: impl std::fmt::Display) -> CaseError {
    CaseError::Package(error.to_string())
}

/// What periods are reckoned from.
pub(crate) struct Times<'a> {
    pub package: &'a Package,
    /// Day of the newest request, and the last day for its answer.
    pub request: Option<(Date, Date)>,
    /// How the newest decision has left the house; empty while it, or one of its letters, has not.
    pub dispatched: &'a [Dispatched],
    pub now: Timestamp,
}

/// What tells the job of a repeating timer from its other times: what repeats has a job for each.
pub(crate) fn repeated(spec: &TimerSpec, due: Timestamp) -> String {
    match spec {
        TimerSpec::Cycle(_) => format!("/{}", due.as_micros()),
        _ => String::new(),
    }
}

impl Times<'_> {
    /// The name of a timer's deadline, and the first instant after it.
    pub fn due(&self, spec: &TimerSpec) -> Result<(String, Timestamp), CaseError> {
        Ok(match spec {
            TimerSpec::Deadline(name) => (name.clone(), self.legal(name)?),
            TimerSpec::Date(text) => {
                let date = text.parse::<Date>().map_err(package)?;
                (text.clone(), Timestamp::start_of_day(date))
            }
            TimerSpec::Duration(text) => (text.clone(), after(self.now.date(), text)?),
            TimerSpec::Cycle(text) => {
                let cycle = Cycle::parse(text).ok_or_else(|| package(format!("`{text}` is no repeating interval")))?;
                let due = match &cycle.first {
                    Some(first) => Timestamp::start_of_day(first.parse::<Date>().map_err(package)?),
                    None => after(self.now.date(), &cycle.every)?,
                };
                (text.clone(), due)
            }
        })
    }

    /// As [`Times::due`], of what was due before: a repetition is reckoned from when it was `last` due, however late that was noticed. Rounds
    /// that went by meanwhile are not made up for.
    pub fn due_again(&self, spec: &TimerSpec, last: Timestamp) -> Result<(String, Timestamp), CaseError> {
        let TimerSpec::Cycle(text) = spec else {
            return self.due(spec);
        };
        let cycle = Cycle::parse(text).ok_or_else(|| package(format!("`{text}` is no repeating interval")))?;
        let every = days(&cycle.every)?;
        let mut round = 1;
        loop {
            let day = last.date().checked_add(every.checked_mul(round).map_err(package)?);
            let due = Timestamp::start_of_day(day.map_err(package)?);
            if due > self.now {
                return Ok((text.clone(), due));
            }
            round += 1;
        }
    }

    /// The moment a legal deadline ends: the first instant after it.
    fn legal(&self, name: &str) -> Result<Timestamp, CaseError> {
        let asked = || {
            self.request
                .ok_or_else(|| CaseError::Package(format!("`{name}` runs, but the applicant was asked for nothing")))
        };
        match name {
            OBJECTION | SUIT => {
                let law = self.package.manifest().procedure;
                // As if it left the house today; set anew when it does (docs/decisions/0006).
                let today = [Dispatched {
                    channel: Channel::Letter,
                    served: self.package.manifest().serves,
                    day: self.now.date(),
                    at: self.now,
                }];
                let gone = if self.dispatched.is_empty() {
                    &today
                } else {
                    self.dispatched
                };
                let mut end = None;
                for dispatched in gone {
                    end = end.max(period::objection_end(law, *dispatched)?);
                }
                end.ok_or_else(|| CaseError::Package("the notice does not count as notified".to_owned()))
            }
            COOPERATION => Ok(Timestamp::end_of_day(asked()?.1)),
            REMINDER => reminder(asked()?),
            other => Err(CaseError::Package(format!("the legal deadline `{other}` is not known"))),
        }
    }
}

/// The beginning of the day a reminder goes out: seven days before the last day for the answer, at least one day after the request.
pub(crate) fn reminder((asked, due): (Date, Date)) -> Result<Timestamp, CaseError> {
    let early = due.checked_sub(7.days()).map_err(package)?;
    let first = asked.tomorrow().map_err(package)?;
    Ok(Timestamp::start_of_day(early.max(first)))
}

/// The end of the local day that lies an ISO 8601 duration of whole days, weeks, months or years after today.
fn after(today: Date, iso: &str) -> Result<Timestamp, CaseError> {
    let day = today.checked_add(days(iso)?).map_err(package)?;
    Ok(Timestamp::end_of_day(day))
}

/// An ISO 8601 duration of whole days, weeks, months or years.
fn days(iso: &str) -> Result<jiff::Span, CaseError> {
    let span: jiff::Span = iso.parse().map_err(package)?;
    if span.get_hours() != 0 || span.get_minutes() != 0 || span.get_seconds() != 0 {
        return Err(CaseError::Package(format!(
            "the duration `{iso}` must be in days, weeks, months or years"
        )));
    }
    Ok(span)
}
