//! Numbers: whole ones that fit are kept and reckoned as such, all others are the decimals of the FEEL library. Both ways give
//! the same numbers and the same digits, down to the sign of a zero.

use dsntk_feel::FeelNumber;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::Arc;

/// A FEEL number. Decimals are rare and large; behind a pointer they leave all values small.
#[derive(Clone)]
pub(crate) enum Number {
    Whole(i64),
    Decimal(Arc<FeelNumber>),
}

impl Number {
    /// The decimal as it is, even where it is whole.
    pub fn decimal(number: FeelNumber) -> Number {
        Number::Decimal(Arc::new(number))
    }

    /// For the library.
    pub fn feel(&self) -> FeelNumber {
        match self {
            Number::Whole(number) => FeelNumber::from(*number),
            Number::Decimal(number) => **number,
        }
    }

    pub fn is_zero(&self) -> bool {
        match self {
            Number::Whole(number) => *number == 0,
            Number::Decimal(number) => number.is_zero(),
        }
    }

    /// The number, when it is whole and fits.
    pub fn whole(&self) -> Option<i64> {
        match self {
            Number::Whole(number) => Some(*number),
            Number::Decimal(number) if number.is_integer() => i64::try_from(number.as_ref()).ok(),
            Number::Decimal(_) => None,
        }
    }

    /// The number without what stands after the point, when that fits.
    pub fn truncated(&self) -> Option<i64> {
        match self {
            Number::Whole(number) => Some(*number),
            Number::Decimal(number) => i64::try_from(number.as_ref()).ok(),
        }
    }

    /// Whether the number is so close to zero that all its digits stand far behind the point.
    pub fn is_tiny(&self) -> bool {
        match self {
            Number::Whole(_) => false,
            Number::Decimal(number) => number.abs() < FeelNumber::new(1, 6_000),
        }
    }

    pub fn abs(&self) -> Number {
        match self {
            Number::Whole(number) if *number != i64::MIN => Number::Whole(number.abs()),
            other => Number::decimal(other.feel().abs()),
        }
    }

    /// Whole quotient and remainder of two positive whole numbers, as long as the library's decimals are exact for both.
    pub fn divided(&self, divisor: &Number) -> Option<(Number, Number)> {
        const MOST: i64 = 1_000_000_000_000_000;
        match (self, divisor) {
            (&Number::Whole(left @ 0..MOST), &Number::Whole(right @ 1..MOST)) => {
                Some((Number::Whole(left / right), Number::Whole(left % right)))
            }
            _ => None,
        }
    }

    /// The greatest whole number not above; none when it cannot be told.
    pub fn floor(&self) -> Option<Number> {
        match self {
            Number::Whole(number) => Some(Number::Whole(*number)),
            Number::Decimal(number) => {
                let floor = number.floor(0).ok()?;
                Some(match i64::try_from(&floor) {
                    // A zero may be a negative one, and zeros at the end an exponent.
                    Ok(0) if number.is_zero() => Number::decimal(floor),
                    Ok(whole) if whole % 10 == 0 && whole != 0 => Number::decimal(floor),
                    Ok(whole) => Number::Whole(whole),
                    Err(_) => Number::decimal(floor),
                })
            }
        }
    }
}

impl From<FeelNumber> for Number {
    fn from(number: FeelNumber) -> Number {
        if number.is_integer()
            && let Ok(whole) = i64::try_from(&number)
            // `2.0` and `-0` are not written like the whole number.
            && number.to_string() == whole.to_string()
        {
            return Number::Whole(whole);
        }
        Number::decimal(number)
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Number {
        Number::Whole(number)
    }
}

impl From<usize> for Number {
    fn from(number: usize) -> Number {
        i64::try_from(number).map_or_else(|_| Number::decimal(number.into()), Number::Whole)
    }
}

/// An operator: the whole result, or else that of the library.
macro_rules! operator {
    ($operator:ident, $method:ident, $whole:expr) => {
        impl $operator for &Number {
            type Output = Number;

            fn $method(self, other: &Number) -> Number {
                let whole: fn(i64, i64) -> Option<i64> = $whole;
                let whole = match (self, other) {
                    (Number::Whole(left), Number::Whole(right)) => whole(*left, *right),
                    _ => None,
                };
                match whole {
                    Some(whole) => Number::Whole(whole),
                    None => Number::decimal($operator::$method(self.feel(), other.feel())),
                }
            }
        }
    };
}

operator!(Add, add, i64::checked_add);
operator!(Sub, sub, i64::checked_sub);
operator!(Mul, mul, |left, right| match (left, right) {
    // Zero times something negative is a negative zero.
    (0, ..0) | (..0, 0) => None,
    _ => left.checked_mul(right),
});
operator!(Div, div, |left, right| match (left, right) {
    (0, ..0) => None,
    _ if left.checked_rem(right) == Some(0) => left.checked_div(right),
    _ => None,
});

impl Neg for &Number {
    type Output = Number;

    fn neg(self) -> Number {
        match self {
            Number::Whole(number) if *number != 0 && *number != i64::MIN => Number::Whole(-number),
            other => Number::decimal(-other.feel()),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        match (self, other) {
            (Number::Whole(left), Number::Whole(right)) => left == right,
            (left, right) => left.feel() == right.feel(),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Whole(left), Number::Whole(right)) => Some(left.cmp(right)),
            (left, right) => left.feel().partial_cmp(&right.feel()),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Whole(number) => number.fmt(f),
            Number::Decimal(number) => number.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number() -> impl Strategy<Value = i64> {
        prop_oneof![4 => -12i64..13, 1 => any::<i64>(), 1 => prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(1_000_000)]]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]
        #[test]
        fn whole_numbers_reckon_like_decimals(left in number(), right in number()) {
            let (own, others) = ((Number::from(left), Number::from(right)), (FeelNumber::from(left), FeelNumber::from(right)));
            let shows = |own: Number, other: FeelNumber, what: &str| {
                prop_assert_eq!(own.to_string(), other.to_string(), "{} {} {}", left, what, right);
                // Also as the start of further reckoning.
                let (own, other) = (&own + &Number::decimal(FeelNumber::new(25, 2)), other + FeelNumber::new(25, 2));
                prop_assert_eq!(own.to_string(), other.to_string(), "{} {} {}", left, what, right);
                Ok(())
            };
            shows(&own.0 + &own.1, others.0 + others.1, "+")?;
            shows(&own.0 - &own.1, others.0 - others.1, "-")?;
            shows(&own.0 * &own.1, others.0 * others.1, "*")?;
            if right != 0 {
                shows(&own.0 / &own.1, others.0 / others.1, "/")?;
            }
            shows(-&own.0, -others.0, "negative")?;
            shows(own.0.abs(), others.0.abs(), "absolute")?;
            shows(own.0.floor().unwrap(), others.0.floor(0).unwrap(), "floor")?;
            if let Some((quotient, remainder)) = own.0.divided(&own.1) {
                let floor = (others.0 / others.1).floor(0).unwrap();
                shows(quotient, floor, "floor of /")?;
                shows(remainder, others.0 - others.1 * floor, "modulo")?;
            }
            prop_assert_eq!(own.0 == own.1, others.0 == others.1);
            prop_assert_eq!(own.0.partial_cmp(&own.1), others.0.partial_cmp(&others.1));
            prop_assert_eq!(own.0.whole(), Some(left));
        }
    }

    #[test]
    fn what_is_written_otherwise_stays_a_decimal() {
        for (text, whole) in [
            ("12", true),
            ("-3", true),
            ("2.0", false),
            ("0.5", false),
            ("-0", false),
            ("1e30", false),
        ] {
            let number = Number::from(text.parse::<FeelNumber>().unwrap());
            assert_eq!(matches!(number, Number::Whole(_)), whole, "{text}");
        }
    }
}
