//! Who helps a resident (Bevollmächtigte, § 14 VwVfG, § 13 SGB X): the part of a case's state that knows it, and the code that is handed
//! over. The journal holds only what a code is recognised by.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use wegfrei_model::ambient::Ambient;
use wegfrei_model::{PersonId, Timestamp};
use wegfrei_store::Migration;

use crate::error::CaseError;
use crate::event::Event;
use crate::papers::hex;
use crate::state::Step;

/// So many may help with one case at once.
pub(crate) const MOST_HELPERS: usize = 3;
/// Digits of a code: three at a time are easily said on the telephone and typed by unsteady hands.
const DIGITS: usize = 12;
/// Rounds of PBKDF2. A code is short, so trying all of them against a stolen table has to cost more than its seven days.
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(199_999);

/// Failed and successful tries of codes: a counter, no part of the record.
pub(crate) const MIGRATION: Migration = Migration {
    id: "cases-help-0001",
    sql: "CREATE TABLE case_helper (
        authority TEXT NOT NULL, case_id TEXT NOT NULL, helper TEXT NOT NULL, since BIGINT NOT NULL,
        PRIMARY KEY (authority, case_id, helper));
        CREATE INDEX case_helper_helper ON case_helper (helper);
        CREATE TABLE help_code (
        authority TEXT NOT NULL, case_id TEXT NOT NULL, hash TEXT NOT NULL, until BIGINT NOT NULL,
        PRIMARY KEY (authority, case_id));
        CREATE INDEX help_code_hash ON help_code (hash);
        CREATE TABLE help_try (id TEXT NOT NULL, person TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (id));
        CREATE INDEX help_try_person ON help_try (person, at)",
};

/// A code that waits to be entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What it is recognised by.
    pub hash: String,
    /// First moment it is no longer good.
    pub until: Timestamp,
}

/// Somebody who helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Help {
    /// Since when.
    pub since: Timestamp,
    /// Stream version of the entry with the sealed name.
    pub entry: u64,
}

/// Who helps with a case.
#[derive(Clone, Debug, Default)]
pub struct Helping {
    /// The code for the next one.
    pub offer: Option<Offer>,
    /// Who helps now.
    pub helpers: BTreeMap<PersonId, Help>,
    /// Who ever helped, and the newest entry with their name: records of access still say it.
    pub known: BTreeMap<PersonId, u64>,
}

impl Helping {
    pub(crate) fn take(&mut self, step: &Step<'_>) -> Result<(), CaseError> {
        match step.event {
            Event::HelpOffered { hash, until } => {
                self.offer = Some(Offer {
                    hash: hash.clone(),
                    until: *until,
                });
            }
            Event::HelpTakenBack {} => self.offer = None,
            Event::HelpAccepted { helper } => {
                self.offer
                    .take()
                    .ok_or_else(|| CaseError::story("somebody helps without having been asked"))?;
                let help = Help {
                    since: step.at,
                    entry: step.version,
                };
                self.helpers.insert(*helper, help);
                self.known.insert(*helper, step.version);
            }
            Event::HelpEnded { helper } => {
                self.helpers
                    .remove(helper)
                    .ok_or_else(|| CaseError::story("help ended that never was"))?;
            }
            _ => return Err(CaseError::story("not an event of help")),
        }
        Ok(())
    }

    /// Whether somebody helps now.
    #[must_use]
    pub fn helps(&self, person: PersonId) -> bool {
        self.helpers.contains_key(&person)
    }
}

/// A new code, as it is said: `123 456 789 012`.
pub(crate) fn new_code(ambient: &Ambient) -> String {
    // 64 random bits over 10^12 codes: no digit is preferred by more than one part in ten million.
    let number = u64::from_be_bytes(ambient.bytes::<8>()) % 1_000_000_000_000;
    spoken(&format!("{number:012}"))
}

/// Digits in groups of three.
fn spoken(digits: &str) -> String {
    let mut text = String::with_capacity(DIGITS + 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// The digits somebody typed, with or without blanks, hyphens and full stops; `None` when they can be no code.
pub(crate) fn typed_code(typed: &str) -> Option<String> {
    let mut digits = String::with_capacity(DIGITS);
    for c in typed.chars().filter(|c| !c.is_whitespace() && !"-–./".contains(*c)) {
        if digits.len() == DIGITS || !c.is_ascii_digit() {
            return None;
        }
        digits.push(c);
    }
    (digits.len() == DIGITS).then_some(digits)
}

/// What a code is recognised by. The same for every case, or nobody could find the case by the code alone.
pub(crate) fn code_hash(digits: &str) -> String {
    let mut out = [0; 32];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        ROUNDS,
        b"wegfrei/help-code",
        digits.as_bytes(),
        &mut out,
    );
    hex(&out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wegfrei_model::ambient::fixed;

    #[test]
    fn codes_are_twelve_digits_in_threes_and_read_back() {
        let ambient = fixed(Timestamp::EPOCH);
        for _ in 0..100 {
            let code = new_code(&ambient);
            assert_eq!(code.len(), 15, "{code}");
            assert!(code.split(' ').all(|part| part.len() == 3), "{code}");
            assert_eq!(typed_code(&code).map(|digits| spoken(&digits)), Some(code));
        }
    }

    #[test]
    fn what_is_typed() {
        fn check(typed: &str, expected: Option<&str>) {
            assert_eq!(typed_code(typed).as_deref(), expected, "{typed}");
        }
        check("123456789012", Some("123456789012"));
        check(" 123-456 789.012 ", Some("123456789012"));
        for wrong in [
            "",
            "12345678901",
            "1234567890123",
            "12345678901x",
            "١٢٣456789012",
            "123 456",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn a_hash_says_nothing_of_the_code() {
        let hash = code_hash("123456789012");
        assert_eq!(hash.len(), 64);
        assert_ne!(hash, code_hash("123456789013"));
        assert!(!hash.contains("123456"));
    }
}
