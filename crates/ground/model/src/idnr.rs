//! The tax identification number (§ 139b AO), also the key of registers under the IDNrG.

use std::fmt;

/// Why a text is not an IdNr. Never contains the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdNrError {
    /// Not eleven digits (blanks between groups are allowed).
    #[error("the tax identification number has eleven digits")]
    Digits,
    /// First digit 0: such numbers are given out for tests only.
    #[error("a tax identification number does not begin with 0")]
    LeadingZero,
    /// The first ten digits break the repetition rule.
    #[error(
        "this is not a tax identification number: its digits repeat in a way that is never given out; please compare with your letter"
    )]
    Repetition,
    /// The check digit does not fit.
    #[error(
        "this is not a tax identification number: a digit is wrong or two are swapped; please compare with your letter"
    )]
    CheckDigit,
}

/// Eleven digits: ten without meaning and a check digit (§ 1 StIdV; ISO/IEC 7064 MOD 11,10).
///
/// The rules are those for numbers given out since 2016, which contain the older ones: among the first ten digits
/// exactly one digit occurs more than once, twice or three times; three times never directly one after the other. Numbers
/// beginning with 0 (tests of the tax administration) are refused.
///
/// `Debug` masks the number and there is no `Display`: it leaves the type only on purpose, by [`IdNr::as_str`] or serde.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdNr([u8; 11]);

impl IdNr {
    /// Reads eleven digits; blanks (`12 345 678 901`) are skipped.
    ///
    /// # Errors
    /// [`IdNrError`] says which rule is broken.
    pub fn parse(text: &str) -> Result<Self, IdNrError> {
        let mut bytes = [0u8; 11];
        let mut len = 0;
        for c in text.chars() {
            if c == ' ' || c == '\u{a0}' {
                continue;
            }
            let digit = u8::try_from(c)
                .ok()
                .filter(u8::is_ascii_digit)
                .ok_or(IdNrError::Digits)?;
            *bytes.get_mut(len).ok_or(IdNrError::Digits)? = digit;
            len += 1;
        }
        if len != 11 {
            return Err(IdNrError::Digits);
        }
        if bytes[0] == b'0' {
            return Err(IdNrError::LeadingZero);
        }
        if !repetition_holds(&bytes[..10]) {
            return Err(IdNrError::Repetition);
        }
        if check_digit(&bytes[..10]) != bytes[10] - b'0' {
            return Err(IdNrError::CheckDigit);
        }
        Ok(Self(bytes))
    }
    /// The eleven digits, in clear.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
    /// Grouped as on letters of the tax office: `12 345 678 901`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let text = self.as_str();
        format!("{} {} {} {}", &text[..2], &text[2..5], &text[5..8], &text[8..])
    }
}

fn repetition_holds(ten: &[u8]) -> bool {
    let mut count = [0u8; 10];
    for digit in ten {
        count[usize::from(digit - b'0')] += 1;
    }
    let repeated: Vec<u8> = count.iter().copied().filter(|n| *n > 1).collect();
    matches!(repeated[..], [2 | 3]) && !ten.windows(3).any(|w| w[0] == w[1] && w[1] == w[2])
}

/// ISO/IEC 7064, hybrid system MOD 11,10.
fn check_digit(ten: &[u8]) -> u8 {
    let mut product = 10;
    for digit in ten {
        let sum = match (digit - b'0' + product) % 10 {
            0 => 10,
            sum => sum,
        };
        product = sum * 2 % 11;
    }
    match 11 - product {
        10 => 0,
        digit => digit,
    }
}

impl fmt::Debug for IdNr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdNr(***********)")
    }
}
impl serde::Serialize for IdNr {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl<'de> serde::Deserialize<'de> for IdNr {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rules_of_the_number() {
        fn check(text: &str, expected: Result<&str, IdNrError>) {
            let got = IdNr::parse(text).map(|idnr| idnr.grouped());
            assert_eq!(got.as_deref().map_err(|e| *e), expected, "{text:?}");
        }
        // Published examples of the tax administration and of validators in the wild.
        check("86095742719", Ok("86 095 742 719"));
        check("47036892816", Ok("47 036 892 816"));
        check("65929970489", Ok("65 929 970 489"));
        check("57549285017", Ok("57 549 285 017"));
        check("25768131411", Ok("25 768 131 411"));
        check("86 095 742 719", Ok("86 095 742 719"));
        check(" 86095742719 ", Ok("86 095 742 719"));
        check("86095742718", Err(IdNrError::CheckDigit));
        check("68095742719", Err(IdNrError::CheckDigit)); // swapped
        check("02476291358", Err(IdNrError::LeadingZero));
        check("8609574271", Err(IdNrError::Digits));
        check("860957427190", Err(IdNrError::Digits));
        check("8609574271a", Err(IdNrError::Digits));
        check("８６０９５７４２７１９", Err(IdNrError::Digits));
        check("", Err(IdNrError::Digits));
        check("12345678903", Err(IdNrError::Repetition)); // all ten different
        check("11122345678", Err(IdNrError::Repetition)); // two digits repeat, one of them in a row
        check("11134567890", Err(IdNrError::Repetition)); // three in a row
        check("11213456789", Err(IdNrError::CheckDigit)); // three times, not in a row: the rule holds
        check("11213145678", Err(IdNrError::Repetition)); // four times
    }

    #[test]
    fn it_never_shows_itself() {
        let idnr = IdNr::parse("86095742719").unwrap();
        assert_eq!(format!("{idnr:?}"), "IdNr(***********)");
    }

    proptest! {
        #[test]
        fn one_wrong_digit_or_one_swap_of_neighbours_is_found(seed in 0usize..5, at in 0usize..10, digit in 0u8..10) {
            let good = ["86095742719", "47036892816", "65929970489", "57549285017", "25768131411"][seed];
            let mut wrong = good.as_bytes().to_vec();
            wrong[at] = b'0' + digit;
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert_eq!(IdNr::parse(&wrong).is_ok(), wrong == good);
        }
        #[test]
        fn any_text_is_survived(text in "\\PC*") {
            let _ = IdNr::parse(&text);
        }
    }
}
