//! Who an authority is: the official keys of municipalities, districts and the Land.
//!
//! An authority is named by its **AGS** (Amtlicher Gemeindeschlüssel, 8 digits), padded with zeros above the
//! municipality: `15003000` Magdeburg, `15081000` the Altmarkkreis Salzwedel, `15000000` the Land Sachsen-Anhalt. The longer
//! **ARS** (12 digits) puts the Gemeindeverband between district and municipality; the AGS follows from it ([`Ars::to_ags`]),
//! but it does not follow from the AGS. So the AGS is the key of identity and the ARS a key read from elsewhere.
//!
//! A kreisfreie Stadt is one authority on two levels; its key (`15003000`) looks like a padded district key. The level is
//! therefore a fact of the directory of authorities (package content), never guessed from the key.

use crate::serde_as_text;
use std::{fmt, str::FromStr};

/// The level on which a task is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Municipality.
    Gemeinde,
    /// District or kreisfreie Stadt.
    Kreis,
    /// The Land.
    Land,
}

impl Level {
    /// `gemeinde`, `kreis` or `land`, as in package files.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Gemeinde => "gemeinde",
            Self::Kreis => "kreis",
            Self::Land => "land",
        }
    }
    /// Reads [`Self::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Gemeinde, Self::Kreis, Self::Land]
            .into_iter()
            .find(|level| level.code() == code)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why a text is not a key of an authority.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Wrong number of digits, or something else than digits.
    #[error("not {kind}: expected exactly {digits} digits, got `{got}`")]
    Digits {
        /// What was asked for.
        kind: &'static str,
        /// How many digits it has.
        digits: usize,
        /// The beginning of what came instead.
        got: String,
    },
    /// The first two digits are not one of the sixteen Länder.
    #[error("not {kind}: `{got}` begins with no Land; Länder are 01 to 16 (Sachsen-Anhalt: 15)")]
    Land {
        /// What was asked for.
        kind: &'static str,
        /// The two digits.
        got: String,
    },
    /// Land 00–99 with a municipality but no district, or similar.
    #[error("not {kind}: `{got}` names a municipality without a district")]
    NoDistrict {
        /// What was asked for.
        kind: &'static str,
        /// The key.
        got: String,
    },
}

fn digits<const N: usize>(kind: &'static str, text: &str) -> Result<[u8; N], KeyError> {
    let wrong = || KeyError::Digits {
        kind,
        digits: N,
        got: text.chars().take(2 * N).collect(),
    };
    let bytes: [u8; N] = text.as_bytes().try_into().map_err(|_| wrong())?;
    if !bytes.iter().all(u8::is_ascii_digit) {
        return Err(wrong());
    }
    let land = (bytes[0] - b'0') * 10 + (bytes[1] - b'0');
    if !(1..=16).contains(&land) {
        return Err(KeyError::Land {
            kind,
            got: text[..2].to_owned(),
        });
    }
    Ok(bytes)
}

/// ASCII digits are checked at the border, so this never yields the empty text.
fn as_text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// Amtlicher Gemeindeschlüssel: Land 2, Regierungsbezirk 1, Kreis 2, Gemeinde 3 digits; zeros where it names something larger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ags([u8; 8]);

impl Ags {
    /// Reads eight digits.
    ///
    /// # Errors
    /// [`KeyError`] when it is not eight digits, not in one of the sixteen Länder, or a municipality without a district.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let kind = "an AGS";
        let bytes: [u8; 8] = digits(kind, text)?;
        // Berlin and Hamburg are 11000000 and 02000000: Land, district and municipality in one.
        if &bytes[3..5] == b"00" && &bytes[5..] != b"000" {
            return Err(KeyError::NoDistrict {
                kind,
                got: text.to_owned(),
            });
        }
        Ok(Self(bytes))
    }
    /// The eight digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        as_text(&self.0)
    }
    /// The padded key of the Land: `15000000` of `15083040`.
    #[must_use]
    pub fn land(&self) -> Self {
        let mut key = *b"00000000";
        key[..2].copy_from_slice(&self.0[..2]);
        Self(key)
    }
    /// The padded key of the district: `15083000` of `15083040`; of a kreisfreie Stadt and of a Land itself.
    #[must_use]
    pub fn district(&self) -> Self {
        let mut key = self.0;
        key[5..].copy_from_slice(b"000");
        Self(key)
    }
}

/// Amtlicher Regionalschlüssel: Land 2, Regierungsbezirk 1, Kreis 2, Gemeindeverband 4, Gemeinde 3 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ars([u8; 12]);

impl Ars {
    /// Reads twelve digits.
    ///
    /// # Errors
    /// [`KeyError`] when it is not twelve digits or not in one of the sixteen Länder.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let kind = "an ARS";
        let bytes: [u8; 12] = digits(kind, text)?;
        if &bytes[3..5] == b"00" && bytes[5..].iter().any(|b| *b != b'0') {
            return Err(KeyError::NoDistrict {
                kind,
                got: text.to_owned(),
            });
        }
        Ok(Self(bytes))
    }
    /// The twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        as_text(&self.0)
    }
    /// The four digits of the Gemeindeverband (`0000` for a kreisfreie Stadt; `5…` for an association of municipalities).
    #[must_use]
    pub fn association(&self) -> &str {
        as_text(&self.0[5..9])
    }
    /// The AGS: the ARS without the digits of the Gemeindeverband. An ARS that names a Gemeindeverband itself
    /// (municipality `000`) yields the key of its district.
    #[must_use]
    pub fn to_ags(&self) -> Ags {
        let mut key = [0; 8];
        key[..5].copy_from_slice(&self.0[..5]);
        key[5..].copy_from_slice(&self.0[9..]);
        Ags(key)
    }
}

/// The name of an authority everywhere in the platform: in URLs, in journals, as the first column of every key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuthorityId(Ags);

impl AuthorityId {
    /// Reads the eight digits of the AGS.
    ///
    /// # Errors
    /// As [`Ags::parse`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        Ags::parse(text).map(Self)
    }
    /// The eight digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
    /// The key as AGS.
    #[must_use]
    pub const fn ags(&self) -> Ags {
        self.0
    }
}

impl From<Ags> for AuthorityId {
    fn from(ags: Ags) -> Self {
        Self(ags)
    }
}

macro_rules! key_text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.as_str())
            }
        }
        impl FromStr for $name {
            type Err = KeyError;
            fn from_str(text: &str) -> Result<Self, KeyError> {
                Self::parse(text)
            }
        }
        serde_as_text!($name);
    };
}
key_text!(Ags);
key_text!(Ars);
key_text!(AuthorityId);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ags_is_eight_digits_in_a_land() {
        fn check(text: &str, expected: &str) {
            let got = match Ags::parse(text) {
                Ok(ags) => format!("{} {}", ags.district(), ags.land()),
                Err(error) => error.to_string(),
            };
            assert_eq!(got, expected, "{text:?}");
        }
        check("15083040", "15083000 15000000");
        check("15003000", "15003000 15000000");
        check("15000000", "15000000 15000000");
        check("11000000", "11000000 11000000");
        check("1508304", "not an AGS: expected exactly 8 digits, got `1508304`");
        check("150830400", "not an AGS: expected exactly 8 digits, got `150830400`");
        check("1508304x", "not an AGS: expected exactly 8 digits, got `1508304x`");
        check(
            "１５０８３０４０",
            "not an AGS: expected exactly 8 digits, got `１５０８３０４０`",
        );
        check(
            "17083040",
            "not an AGS: `17` begins with no Land; Länder are 01 to 16 (Sachsen-Anhalt: 15)",
        );
        check(
            "00083040",
            "not an AGS: `00` begins with no Land; Länder are 01 to 16 (Sachsen-Anhalt: 15)",
        );
        check(
            "15000040",
            "not an AGS: `15000040` names a municipality without a district",
        );
        check("", "not an AGS: expected exactly 8 digits, got ``");
    }

    #[test]
    fn ars_loses_its_association_on_the_way_to_the_ags() {
        fn check(ars: &str, association: &str, ags: &str) {
            let ars = Ars::parse(ars).unwrap();
            assert_eq!((ars.association(), ars.to_ags().as_str()), (association, ags));
        }
        check("150030000000", "0000", "15003000");
        check("150835052040", "5052", "15083040");
        check("150835052000", "5052", "15083000");
        check("150000000000", "0000", "15000000");
        assert!(Ars::parse("15003000").is_err());
        assert!(Ars::parse("150005052040").is_err());
    }

    #[test]
    fn levels_read_their_own_codes_and_are_ordered_upwards() {
        for level in [Level::Gemeinde, Level::Kreis, Level::Land] {
            assert_eq!(Level::from_code(level.code()), Some(level));
        }
        assert_eq!(Level::from_code("bund"), None);
        assert!(Level::Gemeinde < Level::Kreis && Level::Kreis < Level::Land);
    }

    proptest! {
        #[test]
        fn keys_roundtrip_and_never_panic(text in "\\PC{0,14}", key in "(0[1-9]|1[0-6])[0-9][1-9][0-9]{4}") {
            let _ = (Ags::parse(&text), Ars::parse(&text));
            let id = AuthorityId::parse(&key).unwrap();
            prop_assert_eq!(id.to_string(), key);
            prop_assert_eq!(id.ags().district().land(), id.ags().land());
        }
    }
}
