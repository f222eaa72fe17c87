//! Public holidays of Sachsen-Anhalt (§ 2 FeiertG LSA) and Easter.

use crate::Date;
use jiff::{ToSpan, civil::Weekday};

/// A statutory public holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holiday {
    /// Neujahrstag, 1 January.
    NewYear,
    /// Heilige Drei Könige, 6 January.
    Epiphany,
    /// Karfreitag.
    GoodFriday,
    /// Ostermontag.
    EasterMonday,
    /// 1. Mai.
    LabourDay,
    /// Christi Himmelfahrt.
    Ascension,
    /// Pfingstmontag.
    WhitMonday,
    /// Tag der Deutschen Einheit, 3 October.
    Unity,
    /// Reformationstag, 31 October.
    Reformation,
    /// 1. Weihnachtstag, 25 December.
    Christmas,
    /// 2. Weihnachtstag, 26 December.
    BoxingDay,
}

impl Holiday {
    /// The German name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewYear => "Neujahr",
            Self::Epiphany => "Heilige Drei Könige",
            Self::GoodFriday => "Karfreitag",
            Self::EasterMonday => "Ostermontag",
            Self::LabourDay => "Tag der Arbeit",
            Self::Ascension => "Christi Himmelfahrt",
            Self::WhitMonday => "Pfingstmontag",
            Self::Unity => "Tag der Deutschen Einheit",
            Self::Reformation => "Reformationstag",
            Self::Christmas => "1. Weihnachtstag",
            Self::BoxingDay => "2. Weihnachtstag",
        }
    }

    /// The holiday a day is in Sachsen-Anhalt, by the law as it stands today. For days before 1992 (the first
    /// FeiertG LSA) the answer is today's list, not history.
    #[must_use]
    pub fn of(day: Date) -> Option<Self> {
        Some(match (day.month(), day.day()) {
            (1, 1) => Self::NewYear,
            (1, 6) => Self::Epiphany,
            (5, 1) => Self::LabourDay,
            (10, 3) => Self::Unity,
            (10, 31) => Self::Reformation,
            (12, 25) => Self::Christmas,
            (12, 26) => Self::BoxingDay,
            // The movable ones lie between Good Friday (20 March at the earliest) and Whit Monday (14 June at the latest).
            (3..=6, _) => {
                let easter = easter(day.year())?;
                match (day - easter).get_days() {
                    -2 => Self::GoodFriday,
                    1 => Self::EasterMonday,
                    39 => Self::Ascension,
                    50 => Self::WhitMonday,
                    _ => return None,
                }
            }
            _ => return None,
        })
    }
}

/// Easter Sunday of the Gregorian calendar (Meeus/Jones/Butcher); `None` outside the years 1 to 9999.
#[must_use]
pub fn easter(year: i16) -> Option<Date> {
    if year < 1 {
        return None;
    }
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Whether authorities work on this day: no Saturday, Sunday or public holiday (§ 31 Abs. 3 VwVfG, § 108 Abs. 3 AO, § 193 BGB).
#[must_use]
pub fn is_working_day(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && Holiday::of(day).is_none()
}

/// This day, or the next one that is a working day. `None` only at the end of the calendar.
#[must_use]
pub fn working_day_from(day: Date) -> Option<Date> {
    let mut day = day;
    while !is_working_day(day) {
        day = day.checked_add(1.day()).ok()?;
    }
    Some(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn easter_as_published() {
        // Tables of the Physikalisch-Technische Bundesanstalt and the extremes of the computus.
        for (year, month, day) in [
            (1818, 3, 22),
            (1886, 4, 25),
            (1943, 4, 25),
            (1954, 4, 18),
            (1981, 4, 19),
            (2000, 4, 23),
            (2008, 3, 23),
            (2011, 4, 24),
            (2015, 4, 5),
            (2016, 3, 27),
            (2017, 4, 16),
            (2018, 4, 1),
            (2019, 4, 21),
            (2020, 4, 12),
            (2021, 4, 4),
            (2022, 4, 17),
            (2023, 4, 9),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2027, 3, 28),
            (2028, 4, 16),
            (2029, 4, 1),
            (2030, 4, 21),
            (2031, 4, 13),
            (2032, 3, 28),
            (2033, 4, 17),
            (2034, 4, 9),
            (2035, 3, 25),
            (2038, 4, 25),
            (2049, 4, 18),
            (2076, 4, 19),
            (2285, 3, 22),
        ] {
            assert_eq!(easter(year), Some(date(year, month, day)));
        }
        assert_eq!(easter(0), None);
        for year in 1..=9999 {
            let day = easter(year).unwrap();
            assert_eq!(day.weekday(), Weekday::Sunday, "{day}");
            assert!(day >= date(year, 3, 22) && day <= date(year, 4, 25), "{day}");
        }
    }

    #[test]
    fn a_year_of_holidays() {
        fn check(year: i16, expected: &[(i8, i8, &str)]) {
            let mut day = date(year, 1, 1);
            let mut got = Vec::new();
            while day.year() == year {
                got.extend(Holiday::of(day).map(|h| (day.month(), day.day(), h.name())));
                day = day.tomorrow().unwrap();
            }
            assert_eq!(got, expected, "{year}");
        }
        check(
            2026,
            &[
                (1, 1, "Neujahr"),
                (1, 6, "Heilige Drei Könige"),
                (4, 3, "Karfreitag"),
                (4, 6, "Ostermontag"),
                (5, 1, "Tag der Arbeit"),
                (5, 14, "Christi Himmelfahrt"),
                (5, 25, "Pfingstmontag"),
                (10, 3, "Tag der Deutschen Einheit"),
                (10, 31, "Reformationstag"),
                (12, 25, "1. Weihnachtstag"),
                (12, 26, "2. Weihnachtstag"),
            ],
        );
        // 2008: Ascension fell on 1 May, so the year has a day less.
        check(
            2008,
            &[
                (1, 1, "Neujahr"),
                (1, 6, "Heilige Drei Könige"),
                (3, 21, "Karfreitag"),
                (3, 24, "Ostermontag"),
                (5, 1, "Tag der Arbeit"),
                (5, 12, "Pfingstmontag"),
                (10, 3, "Tag der Deutschen Einheit"),
                (10, 31, "Reformationstag"),
                (12, 25, "1. Weihnachtstag"),
                (12, 26, "2. Weihnachtstag"),
            ],
        );
    }

    #[test]
    fn working_days() {
        fn check(day: Date, expected: Date) {
            assert_eq!(working_day_from(day), Some(expected), "{day}");
        }
        check(date(2026, 5, 13), date(2026, 5, 13));
        check(date(2026, 5, 14), date(2026, 5, 15)); // Ascension
        check(date(2026, 4, 3), date(2026, 4, 7)); // Good Friday to Easter Monday
        check(date(2026, 12, 24), date(2026, 12, 24)); // Christmas Eve is none by law
        check(date(2026, 12, 25), date(2026, 12, 28));
        check(date(2026, 10, 31), date(2026, 11, 2)); // Reformation Day, a Saturday
        check(date(2027, 1, 6), date(2027, 1, 7)); // Epiphany, not everywhere in Germany but here
        check(date(2026, 11, 1), date(2026, 11, 2)); // All Saints is none here, but a Sunday
        check(date(2027, 11, 1), date(2027, 11, 1));
        assert_eq!(working_day_from(date(9999, 12, 31)), Some(date(9999, 12, 31)));
    }
}
