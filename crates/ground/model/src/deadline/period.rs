//! Periods of time: §§ 187 to 192 BGB, to which § 31 Abs. 1 VwVfG and § 108 Abs. 1 AO refer.

use super::{DeadlineError, working_day_from};
use crate::Date;
use jiff::ToSpan;

/// What makes a period begin (§ 187 BGB).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// An event or a moment in the course of this day, as a notification: the day does not count (Abs. 1).
    Event(Date),
    /// The beginning of this day; the day counts. Also the day of birth for an age (Abs. 2).
    Day(Date),
}

/// How long a period is. Half a year is six months, a quarter three months, half a month 15 days (§ 189 Abs. 1 BGB).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Days.
    Days(u32),
    /// Weeks.
    Weeks(u32),
    /// Calendar months, not 30 days.
    Months(u32),
    /// Calendar years.
    Years(u32),
    /// Months and then days (§ 189 Abs. 2 BGB: "ein oder mehrere ganze Monate und ein halber Monat": the 15 days come last).
    MonthsAndHalf(u32),
}

/// What happens when the last day is no working day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weekend {
    /// The period ends with the next working day: § 31 Abs. 3 Satz 1 VwVfG, § 108 Abs. 3 AO, § 193 BGB, § 222 Abs. 2 ZPO.
    NextWorkingDay,
    /// The day stands: a fixed day announced with reference to the rule (§ 31 Abs. 3 Satz 2 VwVfG), a benefit for a period
    /// (§ 31 Abs. 4), an appointment of the authority (§ 31 Abs. 5), an age.
    Stands,
}

/// The last day of a period.
///
/// # Errors
/// [`DeadlineError`] when the day lies beyond the calendar (year 9999).
pub fn last_day(start: Start, length: Length, weekend: Weekend) -> Result<Date, DeadlineError> {
    let day = match length {
        Length::Days(n) => days(start, i64::from(n))?,
        Length::Weeks(n) => days(start, 7 * i64::from(n))?,
        Length::Months(n) => months(start, i64::from(n))?,
        Length::Years(n) => months(start, 12 * i64::from(n))?,
        Length::MonthsAndHalf(n) => months(start, i64::from(n))?
            .checked_add(15.days())
            .map_err(|_| DeadlineError::Calendar)?,
    };
    match weekend {
        Weekend::Stands => Ok(day),
        Weekend::NextWorkingDay => working_day_from(day).ok_or(DeadlineError::Calendar),
    }
}

/// § 190 BGB: an extended period runs from the end of the former one, so its first day is the day after. `last` is the former
/// last day, as shifted to a working day or not, whichever was in force.
///
/// # Errors
/// As [`last_day`].
pub fn extended(last: Date, length: Length, weekend: Weekend) -> Result<Date, DeadlineError> {
    last_day(Start::Event(last), length, weekend)
}

/// § 188 Abs. 1: the n-th day.
fn days(start: Start, n: i64) -> Result<Date, DeadlineError> {
    let (from, n) = match start {
        Start::Event(day) => (day, n),
        Start::Day(day) => (day, n - 1),
    };
    from.checked_add(jiff::Span::new().try_days(n).map_err(|_| DeadlineError::Calendar)?)
        .map_err(|_| DeadlineError::Calendar)
}

/// § 188 Abs. 2 and 3: the day with the number of the event, or the one before the number of the first day; where the month
/// has no such day, its last one.
fn months(start: Start, n: i64) -> Result<Date, DeadlineError> {
    let (from, number) = match start {
        Start::Event(day) => (day, day.day()),
        Start::Day(day) => (day, day.day() - 1),
    };
    let month = from
        .first_of_month()
        .checked_add(jiff::Span::new().try_months(n).map_err(|_| DeadlineError::Calendar)?)
        .map_err(|_| DeadlineError::Calendar)?;
    if number == 0 {
        // From the first of a month: the last day of the month before.
        return month.yesterday().map_err(|_| DeadlineError::Calendar);
    }
    Date::new(month.year(), month.month(), number.min(month.days_in_month())).map_err(|_| DeadlineError::Calendar)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn d(text: &str) -> Date {
        crate::time::parse_date(text).unwrap()
    }

    #[test]
    fn periods_end_where_the_civil_code_says() {
        use {Length::*, Start::*};
        fn check(start: Start, length: Length, expected: &str) {
            assert_eq!(
                last_day(start, length, Weekend::Stands),
                Ok(d(expected)),
                "{start:?} {length:?}"
            );
        }
        // The event's day does not count (§ 187 Abs. 1, § 188).
        check(Event(d("2.3.2026")), Days(1), "3.3.2026");
        check(Event(d("2.3.2026")), Days(14), "16.3.2026");
        check(Event(d("26.2.2028")), Days(4), "1.3.2028"); // over 29 February
        check(Event(d("2.3.2026")), Weeks(2), "16.3.2026");
        check(Event(d("2.3.2026")), Months(1), "2.4.2026");
        check(Event(d("31.1.2026")), Months(1), "28.2.2026"); // no 31 February (§ 188 Abs. 3)
        check(Event(d("31.1.2028")), Months(1), "29.2.2028");
        check(Event(d("30.1.2028")), Months(1), "29.2.2028");
        check(Event(d("29.1.2026")), Months(1), "28.2.2026");
        check(Event(d("28.2.2026")), Months(1), "28.3.2026"); // not the last of March
        check(Event(d("31.8.2026")), Months(1), "30.9.2026");
        check(Event(d("31.10.2026")), Months(4), "28.2.2027"); // counted in one step, not month by month
        check(Event(d("30.11.2026")), Months(3), "28.2.2027");
        check(Event(d("31.12.2026")), Months(1), "31.1.2027");
        check(Event(d("29.2.2028")), Years(1), "28.2.2029");
        check(Event(d("29.2.2028")), Years(4), "29.2.2032");
        check(Event(d("29.2.2096")), Years(4), "28.2.2100"); // 2100 is no leap year
        check(Event(d("15.6.2026")), Years(1), "15.6.2027");
        check(Event(d("31.1.2026")), MonthsAndHalf(1), "15.3.2026");
        // The first day counts (§ 187 Abs. 2).
        check(Day(d("1.3.2026")), Days(1), "1.3.2026");
        check(Day(d("1.3.2026")), Days(14), "14.3.2026");
        check(Day(d("2.3.2026")), Weeks(1), "8.3.2026");
        check(Day(d("1.1.2026")), Months(1), "31.1.2026");
        check(Day(d("1.2.2028")), Months(1), "29.2.2028");
        check(Day(d("1.3.2026")), Months(12), "28.2.2027");
        check(Day(d("15.1.2026")), Months(1), "14.2.2026");
        check(Day(d("31.1.2026")), Months(1), "28.2.2026"); // the day before 31 is 30, which February lacks
        check(Day(d("30.1.2028")), Months(1), "29.2.2028");
        check(Day(d("31.3.2026")), Months(1), "30.4.2026");
        check(Day(d("1.1.2026")), Years(1), "31.12.2026");
        check(Day(d("29.2.2008")), Years(18), "28.2.2026"); // of age on 1 March in a common year
    }

    #[test]
    fn a_last_day_without_work_moves_on() {
        fn check(event: &str, length: Length, expected: &str) {
            assert_eq!(
                last_day(Start::Event(d(event)), length, Weekend::NextWorkingDay),
                Ok(d(expected)),
                "{event}"
            );
        }
        check("3.3.2026", Length::Months(1), "7.4.2026"); // Good Friday, Easter
        check("25.11.2026", Length::Months(1), "28.12.2026"); // Christmas on a Friday
        check("1.12.2026", Length::Months(1), "4.1.2027"); // New Year on a Friday
        check("6.12.2026", Length::Months(1), "7.1.2027"); // Epiphany
        check("3.9.2026", Length::Months(1), "5.10.2026"); // 3 October on a Saturday
        check("31.8.2026", Length::Months(2), "2.11.2026"); // 31 October on a Saturday
        check("14.4.2026", Length::Months(1), "15.5.2026"); // Ascension
        check("25.4.2026", Length::Months(1), "26.5.2026"); // Whit Monday
        check("24.11.2026", Length::Months(1), "24.12.2026"); // Christmas Eve is a working day
    }

    #[test]
    fn an_extension_runs_on_from_the_old_end() {
        // Former end Friday 24 April, two more weeks: Friday 8 May.
        assert_eq!(
            extended(d("24.4.2026"), Length::Weeks(2), Weekend::NextWorkingDay),
            Ok(d("8.5.2026"))
        );
    }

    #[test]
    fn the_calendar_ends() {
        for length in [
            Length::Days(1),
            Length::Days(u32::MAX),
            Length::Weeks(u32::MAX),
            Length::Months(u32::MAX),
        ] {
            let got = last_day(Start::Event(Date::MAX), length, Weekend::Stands);
            assert_eq!(got, Err(DeadlineError::Calendar), "{length:?}");
        }
        assert_eq!(
            last_day(Start::Event(Date::MAX), Length::Years(u32::MAX), Weekend::Stands),
            Err(DeadlineError::Calendar)
        );
        assert_eq!(
            last_day(Start::Day(Date::MIN), Length::Months(0), Weekend::Stands),
            Err(DeadlineError::Calendar)
        );
    }

    proptest! {
        #[test]
        fn a_counted_first_day_ends_a_day_earlier_or_on_the_same(days in 0i32..30_000, n in 1u32..60) {
            let day = date(1990, 1, 1).checked_add(days.days()).unwrap();
            let event = last_day(Start::Event(day), Length::Months(n), Weekend::Stands).unwrap();
            let counted = last_day(Start::Day(day), Length::Months(n), Weekend::Stands).unwrap();
            prop_assert!(counted == event || counted.tomorrow().unwrap() == event);
            // One day and an event the day before are the same thing for days and weeks.
            let yesterday = day.yesterday().unwrap();
            prop_assert_eq!(
                last_day(Start::Day(day), Length::Weeks(n), Weekend::Stands),
                last_day(Start::Event(yesterday), Length::Days(7 * n), Weekend::Stands)
            );
        }
        #[test]
        fn longer_is_never_earlier_and_ends_are_working_days(days in 0i32..30_000, n in 1u32..60) {
            let start = Start::Event(date(1990, 1, 1).checked_add(days.days()).unwrap());
            let short = last_day(start, Length::Months(n), Weekend::NextWorkingDay).unwrap();
            prop_assert!(short <= last_day(start, Length::Months(n + 1), Weekend::NextWorkingDay).unwrap());
            prop_assert!(super::super::is_working_day(short));
            prop_assert!(short >= last_day(start, Length::Months(n), Weekend::Stands).unwrap());
        }
    }
}
