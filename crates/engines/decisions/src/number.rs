//! Numbers: whole ones that fit are kept and reckoned as such, all others are the decimals of the FEEL library. Both ways give
//! the same numbers and the same digits, down to the sign of a zero.

use dsntk_feel::FeelNumber;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A FEEL number.
#[derive(Clone, Copy)]
pub(crate) enum Number {
    Whole(i64),
    Decimal(FeelNumber),
}

impl Number {
    /// For the library.
    pub fn feel(self) -> FeelNumber {
        match self {
            Number::Whole(number) => FeelNumber::from(number),
            Number::Decimal(number) => number,
        }
    }

    pub fn is_zero(self) -> bool {
        match self {
            Number::Whole(number) => number == 0,
            Number::Decimal(number) => number.is_zero(),
        }
    }

    /// The number, when it is whole and fits.
    pub fn whole(self) -> Option<i64> {
        match self {
            Number::Whole(number) => Some(number),
            Number::Decimal(number) if number.is_integer() => i64::try_from(&number).ok(),
            Number::Decimal(_) => None,
        }
    }

    /// The number without what stands after the point, when that fits.
    pub fn truncated(self) -> Option<i64> {
        match self {
            Number::Whole(number) => Some(number),
            Number::Decimal(number) => i64::try_from(&number).ok(),
        }
    }

    pub fn abs(self) -> Number {
        match self {
            Number::Whole(number) if number != i64::MIN => Number::Whole(number.abs()),
            other => Number::Decimal(other.feel().abs()),
        }
    }

    /// The greatest whole number not above; none when it cannot be told.
    pub fn floor(self) -> Option<Number> {
        match self {
            Number::Whole(_) => Some(self),
            Number::Decimal(number) => {
                let floor = number.floor(0).ok()?;
                Some(match i64::try_from(&floor) {
                    // A zero may be a negative one.
                    Ok(0) if number.is_zero() => Number::Decimal(floor),
                    Ok(whole) => Number::Whole(whole),
                    Err(_) => Number::Decimal(floor),
                })
            }
        }
    }
}

impl From<FeelNumber> for Number {
    fn from(number: FeelNumber) -> Number {
        match Number::Decimal(number).whole() {
            // `2.0` and `-0` are not written like the whole number.
            Some(whole) if number.to_string() == whole.to_string() => Number::Whole(whole),
            _ => Number::Decimal(number),
        }
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Number {
        Number::Whole(number)
    }
}

impl From<usize> for Number {
    fn from(number: usize) -> Number {
        i64::try_from(number).map_or_else(|_| Number::Decimal(number.into()), Number::Whole)
    }
}

/// The whole result, or else that of the library.
fn or_decimal(
    whole: Option<i64>,
    left: Number,
    right: Number,
    decimal: fn(FeelNumber, FeelNumber) -> FeelNumber,
) -> Number {
    whole.map_or_else(|| Number::Decimal(decimal(left.feel(), right.feel())), Number::Whole)
}

impl Add for Number {
    type Output = Number;

    fn add(self, other: Number) -> Number {
        let whole = match (self, other) {
            (Number::Whole(left), Number::Whole(right)) => left.checked_add(right),
            _ => None,
        };
        or_decimal(whole, self, other, FeelNumber::add)
    }
}

impl Sub for Number {
    type Output = Number;

    fn sub(self, other: Number) -> Number {
        let whole = match (self, other) {
            (Number::Whole(left), Number::Whole(right)) => left.checked_sub(right),
            _ => None,
        };
        or_decimal(whole, self, other, FeelNumber::sub)
    }
}

impl Mul for Number {
    type Output = Number;

    fn mul(self, other: Number) -> Number {
        let whole = match (self, other) {
            // Zero times something negative is a negative zero.
            (Number::Whole(0), Number::Whole(..0)) | (Number::Whole(..0), Number::Whole(0)) => None,
            (Number::Whole(left), Number::Whole(right)) => left.checked_mul(right),
            _ => None,
        };
        or_decimal(whole, self, other, FeelNumber::mul)
    }
}

impl Div for Number {
    type Output = Number;

    fn div(self, other: Number) -> Number {
        let whole = match (self, other) {
            (Number::Whole(0), Number::Whole(..0)) => None,
            (Number::Whole(left), Number::Whole(right)) if left.checked_rem(right) == Some(0) => {
                left.checked_div(right)
            }
            _ => None,
        };
        or_decimal(whole, self, other, FeelNumber::div)
    }
}

impl Neg for Number {
    type Output = Number;

    fn neg(self) -> Number {
        match self {
            Number::Whole(number) if number != 0 && number != i64::MIN => Number::Whole(-number),
            other => Number::Decimal(-other.feel()),
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
                let (own, other) = (own + Number::Decimal(FeelNumber::new(25, 2)), other + FeelNumber::new(25, 2));
                prop_assert_eq!(own.to_string(), other.to_string(), "{} {} {}", left, what, right);
                Ok(())
            };
            shows(own.0 + own.1, others.0 + others.1, "+")?;
            shows(own.0 - own.1, others.0 - others.1, "-")?;
            shows(own.0 * own.1, others.0 * others.1, "*")?;
            if right != 0 {
                shows(own.0 / own.1, others.0 / others.1, "/")?;
            }
            shows(-own.0, -others.0, "negative")?;
            shows(own.0.abs(), others.0.abs(), "absolute")?;
            shows(own.0.floor().unwrap(), others.0.floor(0).unwrap(), "floor")?;
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
