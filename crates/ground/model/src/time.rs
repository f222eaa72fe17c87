//! Moments and days. A [`Timestamp`] is a moment everywhere; a [`Date`] is a day on the wall calendar in Europe/Berlin
//! unless said otherwise. No function here reads the clock.

use crate::serde_as_text;
use crate::text::Language;
pub use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::{fmt, str::FromStr, time::Duration};

/// The legal time of Germany (§ 4 EinhZeitG), compiled in: the same on every machine.
static BERLIN: TimeZone = jiff::tz::get!("Europe/Berlin");

/// Why something is not a moment the platform can write down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Outside 0000-01-01 to 9999-12-30 UTC.
    #[error("{0} microseconds since 1970 is outside the years 0 to 9999")]
    Range(i64),
    /// Not RFC 3339 with an offset.
    #[error("not a moment in RFC 3339 with an offset, for example `2026-05-03T12:00:00Z`: `{0}`")]
    Syntax(String),
    /// Not a date.
    #[error("not a date (write day.month.year, for example 3.5.2026): `{0}`")]
    Date(String),
}

/// Microseconds since 1970-01-01T00:00:00Z, within the years 0 to 9999.
///
/// `Display` is RFC 3339 in UTC with exactly six digits after the second, so texts sort like moments; serde is the same text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 0000-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_167_219_200_000_000);
    /// 9999-12-30T22:00:00Z: the last moment that has a local time in every time zone.
    pub const MAX: Self = Self(253_402_207_200_000_000);
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// From microseconds since 1970 UTC.
    ///
    /// # Errors
    /// [`TimeError::Range`] outside the years 0 to 9999.
    pub const fn from_micros(micros: i64) -> Result<Self, TimeError> {
        if micros < Self::MIN.0 || micros > Self::MAX.0 {
            Err(TimeError::Range(micros))
        } else {
            Ok(Self(micros))
        }
    }
    /// Microseconds since 1970 UTC.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }
    /// Whole milliseconds since 1970 UTC, zero before 1970: what a UUIDv7 carries.
    #[must_use]
    pub fn as_unix_millis(self) -> u64 {
        u64::try_from(self.0 / 1000).unwrap_or(0)
    }
    /// Reads RFC 3339 with any offset; digits beyond the microsecond are cut.
    ///
    /// # Errors
    /// [`TimeError::Syntax`] or [`TimeError::Range`].
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let moment: jiff::Timestamp = text
            .parse()
            .map_err(|_| TimeError::Syntax(text.chars().take(40).collect()))?;
        Self::from_micros(moment.as_nanosecond().div_euclid(1000).try_into().unwrap_or(i64::MAX))
    }
    /// Later by a duration; stops at [`Timestamp::MAX`].
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros).min(Self::MAX.0))
    }
    /// Earlier by a duration; stops at [`Timestamp::MIN`].
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(micros).max(Self::MIN.0))
    }
    /// Time passed since `earlier`; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
    /// The calendar day in Europe/Berlin.
    #[must_use]
    pub fn date(self) -> Date {
        self.local().date()
    }
    /// For people: `3. Mai 2026, 14:05 Uhr`, local time in Europe/Berlin.
    #[must_use]
    pub fn german(self) -> String {
        let local = self.local();
        format!(
            "{}, {:02}:{:02} Uhr",
            german_date(local.date()),
            local.hour(),
            local.minute()
        )
    }
    /// For people in their language: [`Timestamp::german`], or `3 May 2026, 14:05`.
    #[must_use]
    pub fn words(self, language: Language) -> String {
        match language {
            Language::De | Language::DeLeicht => self.german(),
            Language::En => {
                let local = self.local();
                let date = date_words(local.date(), language);
                format!("{date}, {:02}:{:02}", local.hour(), local.minute())
            }
        }
    }
    /// The first moment of a day in Europe/Berlin. A day the range cannot hold yields [`Timestamp::MIN`] or
    /// [`Timestamp::MAX`].
    #[must_use]
    pub fn start_of_day(date: Date) -> Self {
        match date.to_zoned(BERLIN.clone()) {
            Ok(start) => Self(start.timestamp().as_microsecond().clamp(Self::MIN.0, Self::MAX.0)),
            Err(_) if date.year() < 5000 => Self::MIN,
            Err(_) => Self::MAX,
        }
    }
    /// The first moment after a day in Europe/Berlin: what "until the end of the day" means, right across the change of clocks.
    #[must_use]
    pub fn end_of_day(date: Date) -> Self {
        date.tomorrow().map_or(Self::MAX, Self::start_of_day)
    }

    fn jiff(self) -> jiff::Timestamp {
        // INVARIANT: MIN..=MAX lies inside jiff's range, so the fallback is never taken.
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
    fn local(self) -> jiff::Zoned {
        self.jiff().to_zoned(BERLIN.clone())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.jiff())
    }
}
impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}
impl FromStr for Timestamp {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text)
    }
}
serde_as_text!(Timestamp);

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// For people: `3. Mai 2026`.
#[must_use]
pub fn german_date(date: Date) -> String {
    let month = MONTHS[usize::from(date.month().unsigned_abs()) - 1];
    format!("{}. {month} {}", date.day(), date.year())
}

/// For people in their language: [`german_date`], or `3 May 2026`.
#[must_use]
pub fn date_words(date: Date, language: Language) -> String {
    const ENGLISH: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    match language {
        Language::De | Language::DeLeicht => german_date(date),
        Language::En => {
            let month = ENGLISH[usize::from(date.month().unsigned_abs()) - 1];
            format!("{} {month} {}", date.day(), date.year())
        }
    }
}

/// The short German form of tables and forms: `03.05.2026`.
#[must_use]
pub fn short_date(date: Date) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}

/// Reads a date as people and machines write it: `3.5.2026`, `03.05.2026`, `2026-05-03`. Years have four digits and lie
/// between 1 and 9999: nobody guesses a century.
///
/// # Errors
/// [`TimeError::Date`] for another form and for days that do not exist (30.2., 29.2. outside leap years).
pub fn parse_date(text: &str) -> Result<Date, TimeError> {
    let wrong = || TimeError::Date(text.chars().take(40).collect());
    let text_trimmed = text.trim();
    let (separator, german) = if text_trimmed.contains('.') {
        ('.', true)
    } else {
        ('-', false)
    };
    let parts: Vec<&str> = text_trimmed.split(separator).map(str::trim).collect();
    let [first, month, last] = parts[..] else {
        return Err(wrong());
    };
    let (day, year) = if german {
        (last_two(first), last)
    } else {
        (last_two(last), first)
    };
    let (Some(day), Some(month)) = (day, last_two(month)) else {
        return Err(wrong());
    };
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let year: i16 = year.parse().map_err(|_| wrong())?;
    if year == 0 {
        return Err(wrong());
    }
    Date::new(year, month, day).map_err(|_| wrong())
}

/// One or two digits.
fn last_two(text: &str) -> Option<i8> {
    (matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn moments_are_written_in_utc_and_read_with_any_offset() {
        fn check(text: &str, expected: &str) {
            let got = Timestamp::parse(text).map_or_else(|e| e.to_string(), |t| t.to_string());
            assert_eq!(got, expected, "{text:?}");
        }
        check("2026-05-03T12:00:00Z", "2026-05-03T12:00:00.000000Z");
        check("2026-05-03T14:00:00+02:00", "2026-05-03T12:00:00.000000Z");
        check("2026-05-03T12:00:00.1234567Z", "2026-05-03T12:00:00.123456Z");
        check("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z");
        check("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000Z");
        let syntax = "not a moment in RFC 3339 with an offset, for example `2026-05-03T12:00:00Z`: ";
        check("2026-05-03T12:00:00", &format!("{syntax}`2026-05-03T12:00:00`"));
        check("2026-02-30T12:00:00Z", &format!("{syntax}`2026-02-30T12:00:00Z`"));
        check("", &format!("{syntax}``"));
    }

    #[test]
    fn the_range_ends_where_it_says() {
        assert_eq!(Timestamp::MIN.to_string(), "0000-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-30T22:00:00.000000Z");
        assert!(Timestamp::from_micros(Timestamp::MIN.as_micros() - 1).is_err());
        assert!(Timestamp::from_micros(Timestamp::MAX.as_micros() + 1).is_err());
        assert!(Timestamp::from_micros(i64::MIN).is_err() && Timestamp::from_micros(i64::MAX).is_err());
        assert_eq!(Timestamp::MAX.saturating_add(Duration::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.saturating_sub(Duration::MAX), Timestamp::MIN);
        assert_eq!(Timestamp::MIN.since(Timestamp::MAX), Duration::ZERO);
    }

    #[test]
    fn people_read_local_time() {
        fn check(text: &str, german: &str) {
            assert_eq!(Timestamp::parse(text).unwrap().german(), german);
        }
        check("2026-05-03T12:05:00Z", "3. Mai 2026, 14:05 Uhr");
        check("2026-01-31T23:30:00Z", "1. Februar 2026, 00:30 Uhr");
        check("2026-03-29T00:59:59Z", "29. März 2026, 01:59 Uhr"); // the last second of winter time
        check("2026-03-29T01:00:00Z", "29. März 2026, 03:00 Uhr");
        check("2026-10-25T00:30:00Z", "25. Oktober 2026, 02:30 Uhr");
        check("2026-10-25T01:30:00Z", "25. Oktober 2026, 02:30 Uhr"); // the doubled hour
    }

    #[test]
    fn days_of_the_change_of_clocks_have_23_and_25_hours() {
        fn check(day: Date, start: &str, hours: u64) {
            assert_eq!(Timestamp::start_of_day(day).to_string(), start);
            let length = Timestamp::end_of_day(day).since(Timestamp::start_of_day(day));
            assert_eq!(length, Duration::from_secs(hours * 3600), "{day}");
        }
        check(date(2026, 3, 29), "2026-03-28T23:00:00.000000Z", 23);
        check(date(2026, 10, 25), "2026-10-24T22:00:00.000000Z", 25);
        check(date(2026, 7, 1), "2026-06-30T22:00:00.000000Z", 24);
        check(date(2026, 12, 31), "2026-12-30T23:00:00.000000Z", 24);
    }

    #[test]
    fn days_beyond_the_range_stop_at_its_ends() {
        assert_eq!(Timestamp::end_of_day(Date::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::start_of_day(Date::MIN), Timestamp::MIN);
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        fn check(text: &str, expected: Option<Date>) {
            assert_eq!(parse_date(text).ok(), expected, "{text:?}");
        }
        check("3.5.2026", Some(date(2026, 5, 3)));
        check("03.05.2026", Some(date(2026, 5, 3)));
        check(" 3. 5. 2026 ", Some(date(2026, 5, 3)));
        check("2026-05-03", Some(date(2026, 5, 3)));
        check("29.2.2024", Some(date(2024, 2, 29)));
        check("29.2.2026", None);
        check("29.2.2100", None);
        check("31.4.2026", None);
        check("0.5.2026", None);
        check("3.13.2026", None);
        check("3.5.26", None);
        check("3.5.0000", None);
        check("3.5", None);
        check("3.5.2026.", None);
        check("-3.5.2026", None);
        check("+3.5.2026", None);
        check("5/3/2026", None);
        check("", None);
        check("３.5.2026", None);
    }

    #[test]
    fn dates_are_written_as_people_read_them() {
        assert_eq!(german_date(date(2026, 3, 1)), "1. März 2026");
        assert_eq!(short_date(date(2026, 3, 1)), "01.03.2026");
    }

    proptest! {
        #[test]
        fn moments_roundtrip_and_sort_as_text(a in Timestamp::MIN.0..=Timestamp::MAX.0, b in Timestamp::MIN.0..=Timestamp::MAX.0) {
            let (a, b) = (Timestamp::from_micros(a).unwrap(), Timestamp::from_micros(b).unwrap());
            prop_assert_eq!(Timestamp::parse(&a.to_string()).unwrap(), a);
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
            let day = a.date();
            prop_assert!(Timestamp::start_of_day(day) <= a && a < Timestamp::end_of_day(day) || a == Timestamp::MAX);
        }
        #[test]
        fn any_text_is_survived(text in "\\PC{0,30}") {
            let _ = (parse_date(&text), Timestamp::parse(&text));
        }
    }
}
