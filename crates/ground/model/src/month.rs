//! A calendar month, written `2026-01`: what benefits are paid for.

use crate::{Date, serde_as_text};
use std::fmt;

/// A month of the years 1 to 9999. Sorts by time; so does its text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

/// The text is no month.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no month: expected YYYY-MM, for example 2026-01")]
pub struct MonthError;

impl Month {
    /// Reads `YYYY-MM`.
    ///
    /// # Errors
    /// [`MonthError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, MonthError> {
        let (year, month) = text.split_once('-').ok_or(MonthError)?;
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if year.len() != 4 || month.len() != 2 || !digits(year) || !digits(month) {
            return Err(MonthError);
        }
        let (year, month) = (
            year.parse().map_err(|_| MonthError)?,
            month.parse().map_err(|_| MonthError)?,
        );
        if year == 0 || Date::new(year, month, 1).is_err() {
            return Err(MonthError);
        }
        Ok(Self { year, month })
    }

    /// The month a day lies in.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self {
            year: day.year().max(1),
            month: day.month(),
        }
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Date {
        // INVARIANT: year 1 to 9999 and month 1 to 12, so the fallback is never taken.
        Date::new(self.year, self.month, 1).unwrap_or(Date::MAX)
    }

    /// The month after it; `None` after December 9999.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        match (self.year, self.month) {
            (9999, 12) => None,
            (year, 12) => Some(Self {
                year: year + 1,
                month: 1,
            }),
            (year, month) => Some(Self { year, month: month + 1 }),
        }
    }

    /// For people: `01/2026`.
    #[must_use]
    pub fn german(self) -> String {
        format!("{:02}/{:04}", self.month, self.year)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}
impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Month({self})")
    }
}
serde_as_text!(Month);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_read_strictly() {
        fn check(text: &str, expected: Option<&str>) {
            let got = Month::parse(text)
                .ok()
                .and_then(Month::next)
                .map(|month| month.to_string());
            assert_eq!(got.as_deref(), expected, "{text:?}");
        }
        check("2026-01", Some("2026-02"));
        check("2026-12", Some("2027-01"));
        check("0001-01", Some("0001-02"));
        check("9999-12", None);
        check("2026-13", None);
        check("2026-00", None);
        check("0000-01", None);
        check("2026-1", None);
        check("+026-01", None);
        check("2026-01-01", None);
        check("", None);
    }

    #[test]
    fn a_month_has_a_first_day_and_words() {
        let month = Month::parse("2026-02").unwrap();
        assert_eq!(month.first_day().to_string(), "2026-02-01");
        assert_eq!(Month::of(month.first_day()), month);
        assert_eq!(month.german(), "02/2026");
    }
}
