//! The key of a service in the German catalogue of administrative services (LeiKa, FIM-Baustein Leistungen).

use crate::serde_as_text;
use std::{fmt, str::FromStr};

/// Why a text is not a LeiKa key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a LeiKa key: expected 14 digits without spaces, for example `99102013104000`")]
pub struct LeikaError;

/// Fourteen digits: Instanz 2 (99 = federal catalogue), Leistungsgruppe 3, Leistung 3, Verrichtung 3, Detail 3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeikaKey([u8; 14]);

impl LeikaKey {
    /// Reads fourteen digits.
    ///
    /// # Errors
    /// [`LeikaError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, LeikaError> {
        let bytes: [u8; 14] = text.as_bytes().try_into().map_err(|_| LeikaError)?;
        if bytes.iter().all(u8::is_ascii_digit) {
            Ok(Self(bytes))
        } else {
            Err(LeikaError)
        }
    }
    /// The fourteen digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
    /// The three digits of the service group (`102` = taxes and levies of municipalities, for example).
    #[must_use]
    pub fn group(&self) -> &str {
        &self.as_str()[2..5]
    }
}

impl fmt::Display for LeikaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl fmt::Debug for LeikaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LeikaKey({self})")
    }
}
impl FromStr for LeikaKey {
    type Err = LeikaError;
    fn from_str(text: &str) -> Result<Self, LeikaError> {
        Self::parse(text)
    }
}
serde_as_text!(LeikaKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fourteen_digits_and_nothing_else() {
        fn check(text: &str, group: Option<&str>) {
            let key = LeikaKey::parse(text);
            assert_eq!(key.as_ref().ok().map(LeikaKey::group), group, "{text:?}");
            if let Ok(key) = key {
                assert_eq!(key.to_string(), text);
            }
        }
        check("99102013104000", Some("102"));
        check("9910201310400", None);
        check("991020131040000", None);
        check("99 102013104000", None);
        check("9910201310400x", None);
        check("", None);
    }
}
