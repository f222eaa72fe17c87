//! Legal deadlines: periods (§§ 187–193 BGB, § 31 VwVfG, § 108 AO), when a notice counts as notified (§ 41 VwVfG, §§ 122, 122a
//! AO, § 37 SGB X) and until when a person may object (§ 70 VwGO, § 355 AO).
//!
//! Everything is a pure function of dates in Europe/Berlin; holidays are those of Sachsen-Anhalt. The tests carry the cases.

mod holidays;
mod notification;
mod period;

pub use holidays::{Holiday, easter, is_working_day, working_day_from};
pub use notification::{Dispatch, Objection, Procedure, Remedy, notified_on};
pub use period::{Length, Start, Weekend, extended, last_day};

/// Why a deadline could not be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeadlineError {
    /// It lies beyond the year 9999.
    #[error("the deadline lies beyond the end of the calendar (year 9999); check the date it runs from")]
    Calendar,
    /// This procedure knows no such way of notifying.
    #[error(
        "this law knows no such way of notifying: post abroad has a date by law only in tax matters (§ 122 Abs. 2 Nr. 2 AO)"
    )]
    Dispatch,
}
