//! Money: whole cents, never floating point.

use std::{fmt, ops::Neg, str::FromStr};

/// How a fraction of a cent becomes whole cents. There is no default: the law of each amount says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Kaufmännisch (DIN 1333): half a cent away from zero.
    HalfUp,
    /// Half a cent to the even cent.
    HalfEven,
    /// Towards zero: "abgerundet", mostly in favour of who pays.
    Down,
    /// Away from zero: "aufgerundet".
    Up,
}

/// Why an amount could not be computed or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is no amount.
    #[error("not an amount in euros (write it like 1.234,56): `{0}`")]
    Syntax(String),
    /// The amount does not fit (about ±92 quadrillion euros).
    #[error("the amount is too large")]
    Overflow,
    /// A share of zero parts was asked for.
    #[error("an amount cannot be divided by zero")]
    ZeroDivisor,
}

/// An amount in euro cents. `Display` is German: `1.234,56 €`, negative amounts with a hyphen. Serde is the number of cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Cents(i64);

impl Cents {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// An amount in cents.
    #[must_use]
    pub const fn new(cents: i64) -> Self {
        Self(cents)
    }
    /// An amount in whole euros.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn from_euros(euros: i64) -> Result<Self, MoneyError> {
        euros.checked_mul(100).map(Self).ok_or(MoneyError::Overflow)
    }
    /// The amount in cents.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
    /// Sum, or `None` when it does not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
    /// Difference, or `None` when it does not fit.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
    /// `times` the amount, or `None` when it does not fit.
    #[must_use]
    pub fn checked_mul(self, times: i64) -> Option<Self> {
        self.0.checked_mul(times).map(Self)
    }
    /// The sum of many amounts.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts
            .into_iter()
            .try_fold(Self::ZERO, Self::checked_add)
            .ok_or(MoneyError::Overflow)
    }
    /// `numerator / denominator` of the amount, rounded once: `share(5, 12, …)` is five twelfths of a year's tax.
    ///
    /// # Errors
    /// [`MoneyError::ZeroDivisor`], [`MoneyError::Overflow`].
    pub fn share(self, numerator: i64, denominator: i64, rounding: Rounding) -> Result<Self, MoneyError> {
        if denominator == 0 {
            return Err(MoneyError::ZeroDivisor);
        }
        let exact = i128::from(self.0) * i128::from(numerator);
        let divisor = i128::from(denominator);
        let negative = (exact < 0) != (divisor < 0);
        let (exact, divisor) = (exact.unsigned_abs(), divisor.unsigned_abs());
        let (whole, twice_rest) = (exact / divisor, exact % divisor * 2);
        let away = match rounding {
            Rounding::Down => false,
            Rounding::Up => twice_rest > 0,
            Rounding::HalfUp => twice_rest >= divisor,
            Rounding::HalfEven => twice_rest > divisor || (twice_rest == divisor && whole % 2 == 1),
        };
        let rounded = i128::try_from(whole + u128::from(away)).map_err(|_| MoneyError::Overflow)?;
        i64::try_from(if negative { -rounded } else { rounded })
            .map(Self)
            .map_err(|_| MoneyError::Overflow)
    }
    /// A percentage in hundredths of a percent: `percent(1_250, …)` is 12,5 %.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn percent(self, hundredths: i64, rounding: Rounding) -> Result<Self, MoneyError> {
        self.share(hundredths, 10_000, rounding)
    }
    /// Reads an amount in euros as Germans write it: `1.234,56 €`, `1234,56`, `12,5`, `12`, `-5,00 EUR`. A point only groups
    /// thousands, so `1.23` and `1,234.56` are errors instead of a guess.
    ///
    /// # Errors
    /// [`MoneyError::Syntax`], [`MoneyError::Overflow`].
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let wrong = || MoneyError::Syntax(text.chars().take(40).collect());
        let number = text.trim();
        let number = number
            .strip_suffix('€')
            .or_else(|| number.strip_suffix("EUR"))
            .unwrap_or(number)
            .trim_end();
        let (negative, number) = match number.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, number),
        };
        let (euros, decimals) = number.split_once(',').unwrap_or((number, "0"));
        let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        let mut groups = euros.split('.');
        let first = groups.next().unwrap_or_default();
        let grouped = euros.contains('.');
        if !all_digits(first) || (grouped && first.len() > 3) || !groups.all(|g| g.len() == 3 && all_digits(g)) {
            return Err(wrong());
        }
        if !all_digits(decimals) || decimals.len() > 2 {
            return Err(wrong());
        }
        let digits = euros
            .bytes()
            .filter(u8::is_ascii_digit)
            .chain(decimals.bytes().chain([b'0']).take(2));
        let mut cents: i64 = 0;
        for digit in digits {
            let digit = i64::from(digit - b'0');
            // Counting downwards for negative amounts, so that the smallest one can be read as well.
            let step = if negative { -digit } else { digit };
            cents = cents
                .checked_mul(10)
                .and_then(|c| c.checked_add(step))
                .ok_or(MoneyError::Overflow)?;
        }
        Ok(Self(cents))
    }
    /// Without the euro sign: `1.234,56`.
    #[must_use]
    pub fn plain(self) -> String {
        let (sign, cents) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let euros = (cents / 100).to_string();
        let mut grouped = String::with_capacity(euros.len() + 10);
        for (at, digit) in euros.chars().enumerate() {
            if at > 0 && (euros.len() - at) % 3 == 0 {
                grouped.push('.');
            }
            grouped.push(digit);
        }
        format!("{sign}{grouped},{:02}", cents % 100)
    }
}

impl Neg for Cents {
    type Output = Option<Self>;
    /// The opposite amount, or `None` when it does not fit.
    fn neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }
}

impl Cents {
    /// For people in their language: `1.234,56 €`, or `€1,234.56`.
    #[must_use]
    pub fn words(self, language: crate::text::Language) -> String {
        match language {
            crate::text::Language::De | crate::text::Language::DeLeicht => self.to_string(),
            crate::text::Language::En => {
                let swapped = |c| match c {
                    '.' => ',',
                    ',' => '.',
                    other => other,
                };
                let english: String = self.plain().chars().map(swapped).collect();
                match english.strip_prefix('-') {
                    Some(amount) => format!("-€{amount}"),
                    None => format!("€{english}"),
                }
            }
        }
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} €", self.plain()))
    }
}

impl FromStr for Cents {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_written_in_german() {
        fn check(cents: i64, expected: &str) {
            assert_eq!(Cents::new(cents).to_string(), expected);
        }
        check(0, "0,00 €");
        check(5, "0,05 €");
        check(-5, "-0,05 €");
        check(99_999, "999,99 €");
        check(100_000, "1.000,00 €");
        check(123_456, "1.234,56 €");
        check(123_456_789, "1.234.567,89 €");
        check(i64::MIN, "-92.233.720.368.547.758,08 €");
    }

    #[test]
    fn amounts_are_read_as_germans_write_them() {
        fn check(text: &str, expected: Option<i64>) {
            assert_eq!(Cents::parse(text).ok().map(Cents::get), expected, "{text:?}");
        }
        check("1.234,56 €", Some(123_456));
        check("1234,56", Some(123_456));
        check("1234,56€", Some(123_456));
        check("1234,56 EUR", Some(123_456));
        check("1234,56\u{a0}€", Some(123_456));
        check("12,5", Some(1_250));
        check("12", Some(1_200));
        check("1.234", Some(123_400));
        check("0,00", Some(0));
        check("-5,00", Some(-500));
        check("\u{2212}5", Some(-500));
        check("-92.233.720.368.547.758,08", Some(i64::MIN));
        check("92.233.720.368.547.758,08", None);
        check("1.23", None);
        check("1,234.56", None);
        check("1.2345", None);
        check("1234.567", None);
        check("1..234", None);
        check(",50", None);
        check("12,", None);
        check("12,345", None);
        check("12,3 4", None);
        check("--5", None);
        check("- 5", None);
        check("€", None);
        check("", None);
        check("zwölf", None);
        check("１２", None);
    }

    #[test]
    fn fractions_are_rounded_as_told() {
        fn check(cents: i64, (n, d): (i64, i64), expected: [i64; 4]) {
            let got = [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down, Rounding::Up]
                .map(|r| Cents::new(cents).share(n, d, r).unwrap().get());
            assert_eq!(got, expected, "{cents} * {n}/{d}");
        }
        check(9_600, (5, 12), [4_000, 4_000, 4_000, 4_000]);
        check(100, (1, 3), [33, 33, 33, 34]);
        check(200, (1, 3), [67, 67, 66, 67]);
        check(1, (1, 2), [1, 0, 0, 1]);
        check(3, (1, 2), [2, 2, 1, 2]);
        check(-1, (1, 2), [-1, 0, 0, -1]);
        check(-3, (1, 2), [-2, -2, -1, -2]);
        check(3, (-1, 2), [-2, -2, -1, -2]);
        check(3, (-1, -2), [2, 2, 1, 2]);
        check(i64::MAX, (1, 1), [i64::MAX; 4]);
        check(i64::MIN, (1, 1), [i64::MIN; 4]);
        assert_eq!(
            Cents::new(10_000).percent(1_250, Rounding::HalfUp),
            Ok(Cents::new(1_250))
        );
        assert_eq!(Cents::new(1).share(1, 0, Rounding::Down), Err(MoneyError::ZeroDivisor));
        assert_eq!(
            Cents::new(i64::MAX).share(2, 1, Rounding::Down),
            Err(MoneyError::Overflow)
        );
        assert_eq!(
            Cents::new(i64::MIN).share(i64::MIN, 1, Rounding::Up),
            Err(MoneyError::Overflow)
        );
    }

    #[test]
    fn sums_that_do_not_fit_are_errors() {
        assert_eq!(Cents::sum([Cents::new(1), Cents::new(2)]), Ok(Cents::new(3)));
        assert_eq!(
            Cents::sum([Cents::new(i64::MAX), Cents::new(1)]),
            Err(MoneyError::Overflow)
        );
        assert_eq!(-Cents::new(i64::MIN), None);
        assert_eq!(-Cents::new(5), Some(Cents::new(-5)));
        assert_eq!(Cents::from_euros(i64::MAX), Err(MoneyError::Overflow));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(cents: i64) {
            prop_assert_eq!(Cents::parse(&Cents::new(cents).to_string()), Ok(Cents::new(cents)));
        }
        #[test]
        fn rounding_stays_within_one_cent_of_the_exact_share(cents: i32, n in 0i64..10_000, d in 1i64..10_000) {
            let exact = i128::from(cents) * i128::from(n);
            for rounding in [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down, Rounding::Up] {
                let got = i128::from(Cents::new(i64::from(cents)).share(n, d, rounding).unwrap().get()) * i128::from(d);
                prop_assert!((got - exact).abs() < i128::from(d));
            }
        }
        #[test]
        fn any_text_is_survived(text in "\\PC{0,30}") {
            let _ = Cents::parse(&text);
        }
    }
}
