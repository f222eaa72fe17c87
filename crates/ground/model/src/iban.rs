//! International bank account numbers (ISO 13616), as far as SEPA reaches.
//!
//! What is checked: characters, a country of SEPA, that country's length, and the two check digits (ISO 7064 MOD 97-10). Whether
//! the account exists only the bank knows.

use std::fmt;

/// Countries and territories of SEPA (EPC409-09) with the length of their IBAN (SWIFT IBAN Registry), in order.
const LENGTHS: [(&str, usize); 42] = [
    ("AD", 24),
    ("AL", 28),
    ("AT", 20),
    ("BE", 16),
    ("BG", 22),
    ("CH", 21),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("EE", 20),
    ("ES", 24),
    ("FI", 18),
    ("FR", 27),
    ("GB", 22),
    ("GI", 23),
    ("GR", 27),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IS", 26),
    ("IT", 27),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MT", 31),
    ("NL", 18),
    ("NO", 15),
    ("PL", 28),
    ("PT", 25),
    ("RO", 24),
    ("RS", 22),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("VA", 22),
];

/// Why a text is no IBAN. The texts are German: people read them beside the form field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IbanError {
    /// Other characters than letters, digits and blanks, or a beginning that is not two letters and two digits.
    #[error(
        "Das ist keine IBAN. Eine IBAN beginnt mit zwei Buchstaben und zwei Ziffern, zum Beispiel DE02 1203 0000 0000 2020 51."
    )]
    Form,
    /// Outside SEPA, or no country at all.
    #[error("Auf ein Konto in diesem Land können wir nicht überweisen. Bitte geben Sie ein Konto im SEPA-Raum an.")]
    Country,
    /// Digits are missing or too many.
    #[error("Die IBAN hat {got} Zeichen. Für dieses Land müssen es {want} Zeichen sein.")]
    Length {
        /// What the country's IBANs have.
        want: usize,
        /// What was given.
        got: usize,
    },
    /// The check digits do not fit: something was mistyped.
    #[error("Die IBAN enthält einen Tippfehler: Die Prüfziffer stimmt nicht. Bitte prüfen Sie jede Ziffer.")]
    CheckDigits,
}

/// A valid IBAN in its electronic form: upper case, no blanks. `Display` masks it; [`Iban::as_str`] is the whole number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iban(String);

impl Iban {
    /// Reads an IBAN as people type it: blanks and small letters are forgiven.
    ///
    /// # Errors
    /// [`IbanError`], in words for the person who typed it.
    pub fn parse(text: &str) -> Result<Self, IbanError> {
        let mut plain = String::with_capacity(34);
        for c in text.chars().filter(|c| !c.is_whitespace()) {
            if !c.is_ascii_alphanumeric() || plain.len() >= 64 {
                return Err(IbanError::Form);
            }
            plain.push(c.to_ascii_uppercase());
        }
        let bytes = plain.as_bytes();
        let begins_well = bytes.iter().take(2).all(u8::is_ascii_uppercase)
            && bytes.iter().skip(2).take(2).all(u8::is_ascii_digit)
            && bytes.len() > 4;
        if !begins_well {
            return Err(IbanError::Form);
        }
        let country = plain.get(..2).unwrap_or_default();
        let want = LENGTHS
            .iter()
            .find(|(code, _)| *code == country)
            .map(|(_, length)| *length)
            .ok_or(IbanError::Country)?;
        if plain.len() != want {
            return Err(IbanError::Length { want, got: plain.len() });
        }
        // Germany's account part has digits only (the registry's `18!n`).
        if country == "DE" && !bytes.iter().skip(4).all(u8::is_ascii_digit) {
            return Err(IbanError::Form);
        }
        // 00, 01 and 99 can never be check digits (ISO 7064: 98 minus a remainder from 0 to 96), though 00, 01 and 99 would pass MOD 97.
        if remainder(&plain) == 1 && !matches!(plain.get(2..4), Some("00" | "01" | "99")) {
            Ok(Self(plain))
        } else {
            Err(IbanError::CheckDigits)
        }
    }

    /// The whole number without blanks, for payment files.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Country code.
    #[must_use]
    pub fn country(&self) -> &str {
        self.0.get(..2).unwrap_or_default()
    }

    /// In groups of four, as on paper: `DE02 1203 0000 0000 2020 51`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let mut text = String::with_capacity(42);
        for (index, c) in self.0.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                text.push(' ');
            }
            text.push(c);
        }
        text
    }
}

/// ISO 7064 MOD 97-10 over the number with its first four characters moved to the end, letters as 10 to 35.
fn remainder(plain: &str) -> u32 {
    let (head, tail) = plain.split_at(4);
    tail.chars()
        .chain(head.chars())
        .fold(0, |rest, c| match c.to_digit(36) {
            Some(value) if value >= 10 => (rest * 100 + value) % 97,
            Some(value) => (rest * 10 + value) % 97,
            None => rest,
        })
}

/// Masked: `DE02 **** 2051`, enough to recognise one's own account.
impl fmt::Display for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self.0.get(..4).unwrap_or_default();
        let tail = self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default();
        write!(f, "{head} **** {tail}")
    }
}

/// Masked too: an IBAN must not reach a log.
impl fmt::Debug for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Iban({self})")
    }
}

impl std::str::FromStr for Iban {
    type Err = IbanError;
    fn from_str(text: &str) -> Result<Self, IbanError> {
        Self::parse(text)
    }
}

impl serde::Serialize for Iban {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Iban {
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
    fn ibans_as_people_type_them() {
        fn check(text: &str, expected: Result<&str, IbanError>) {
            assert_eq!(
                Iban::parse(text).map(|iban| iban.0),
                expected.map(str::to_owned),
                "{text:?}"
            );
        }
        check("DE02120300000000202051", Ok("DE02120300000000202051"));
        check(" de02 1203 0000 0000 2020 51 ", Ok("DE02120300000000202051"));
        check("DE02\u{a0}1203 0000 0000 2020 51", Ok("DE02120300000000202051"));
        // Examples of the SWIFT registry.
        check("GB29 NWBK 6016 1331 9268 19", Ok("GB29NWBK60161331926819"));
        check("FR1420041010050500013M02606", Ok("FR1420041010050500013M02606"));
        check("MT84MALT011000012345MTLCAST001S", Ok("MT84MALT011000012345MTLCAST001S"));
        check("NO9386011117947", Ok("NO9386011117947"));
        check("CH9300762011623852957", Ok("CH9300762011623852957"));
        check("DE02120300000000202052", Err(IbanError::CheckDigits));
        check("DE20120300000000202051", Err(IbanError::CheckDigits));
        check("DE0212030000000020205", Err(IbanError::Length { want: 22, got: 21 }));
        check("DE021203000000002020511", Err(IbanError::Length { want: 22, got: 23 }));
        check("DE0212030000000020205O", Err(IbanError::Form));
        check("US02120300000000202051", Err(IbanError::Country));
        check("BR1800360305000010009795493C1", Err(IbanError::Country));
        check("", Err(IbanError::Form));
        check("DE02", Err(IbanError::Form));
        check("120300000000202051", Err(IbanError::Form));
        check("DE02-1203-0000-0000-2020-51", Err(IbanError::Form));
        check("DE02120300000000２02051", Err(IbanError::Form));
        check(&"DE".repeat(1000), Err(IbanError::Form));
    }

    #[test]
    fn an_iban_is_shown_masked() {
        let iban = Iban::parse("DE02120300000000202051").unwrap();
        assert_eq!(iban.to_string(), "DE02 **** 2051");
        assert_eq!(format!("{iban:?}"), "Iban(DE02 **** 2051)");
        assert_eq!(iban.grouped(), "DE02 1203 0000 0000 2020 51");
        assert_eq!(iban.country(), "DE");
    }

    proptest! {
        /// MOD 97-10 finds every single wrong digit and every swap of neighbours.
        #[test]
        fn a_slip_is_found(account in "[0-9]{18}", at in 0usize..18, digit in 0u32..10) {
            let check = 98 - remainder(&format!("DE00{account}"));
            let good = format!("DE{check:02}{account}");
            prop_assert!(Iban::parse(&good).is_ok(), "{}", good);
            let mut slip: Vec<char> = good.chars().collect();
            slip[4 + at] = char::from_digit(digit, 10).unwrap();
            let slip: String = slip.into_iter().collect();
            prop_assert!(slip == good || Iban::parse(&slip).is_err());
            let mut swap: Vec<char> = good.chars().collect();
            swap.swap(3 + at, 4 + at);
            let swap: String = swap.into_iter().collect();
            prop_assert!(swap == good || Iban::parse(&swap).is_err());
        }
        #[test]
        fn any_text_is_survived(text in "\\PC{0,40}") {
            let _ = Iban::parse(&text);
        }
    }
}
