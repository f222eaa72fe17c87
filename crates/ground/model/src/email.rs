//! E-mail addresses, as narrow as real ones are: what could smuggle a header or a command does not exist as a value.

use crate::serde_as_text;
use std::fmt;

/// Longest address (RFC 5321 § 4.5.3.1.3: a path of 256 with its two angle brackets).
const MOST: usize = 254;

/// Why a text is no address we send to. The texts are German: people read them beside the form field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Not `name@domain`.
    #[error("Das ist keine E-Mail-Adresse. Bitte schreiben Sie sie in der Form name@beispiel.de.")]
    Form,
    /// Longer than any address may be.
    #[error("Die E-Mail-Adresse ist zu lang. Bitte geben Sie eine andere an.")]
    Long,
    /// Umlauts or other letters outside ASCII: many mail servers do not take them (RFC 6531).
    #[error(
        "E-Mail-Adressen mit Umlauten oder anderen besonderen Buchstaben können wir nicht verwenden. Bitte geben Sie eine andere an."
    )]
    Letters,
}

/// An address `local@domain`: local part a dot-atom (RFC 5322 § 3.2.3), domain of at least two labels of letters, digits and
/// hyphens (RFC 5321 § 2.3.5). No quoted local parts, no address literals, ASCII only; a domain in its `xn--` form is fine.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address; blanks around it are forgiven, the domain becomes lower case.
    ///
    /// # Errors
    /// [`EmailError`], in words for the person who typed it.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim_matches(' ');
        if text.len() > MOST {
            return Err(EmailError::Long);
        }
        // Control characters are a mistake of another kind than umlauts.
        if text.chars().any(char::is_control) {
            return Err(EmailError::Form);
        }
        if !text.is_ascii() {
            return Err(EmailError::Letters);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::Form)?;
        let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b);
        let local_fine = local.len() <= 64 && local.split('.').all(|part| !part.is_empty() && part.bytes().all(atom));
        let labels: Vec<&str> = domain.split('.').collect();
        let label = |label: &&str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let top_fine = labels
            .last()
            .is_some_and(|top| top.len() > 1 && top.bytes().any(|b| b.is_ascii_alphabetic()));
        if local_fine && labels.len() > 1 && labels.iter().all(label) && top_fine {
            Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
        } else {
            Err(EmailError::Form)
        }
    }

    /// The whole address, for sending.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Masked: an address must not reach a log.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}
serde_as_text!(EmailAddress);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses() {
        fn check(text: &str, expected: Result<&str, EmailError>) {
            let got = EmailAddress::parse(text).map(|address| address.0);
            assert_eq!(got, expected.map(str::to_owned), "{text:?}");
        }
        check("erika@beispiel.de", Ok("erika@beispiel.de"));
        check("  Erika.M+amt@Post.Beispiel.DE ", Ok("Erika.M+amt@post.beispiel.de"));
        check("o'neill@a-b.example", Ok("o'neill@a-b.example"));
        check("a@xn--mller-kva.de", Ok("a@xn--mller-kva.de"));
        for hostile in [
            "",
            "@",
            "erika",
            "erika@",
            "@beispiel.de",
            "erika@beispiel",
            "a@b@c.de\n",
            "erika@beispiel.de\r\nBcc: alle@beispiel.de",
            "erika@beispiel.de\nRCPT TO:<x@y.de>",
            "erika@beispiel.de, b@c.de",
            "Erika <erika@beispiel.de>",
            "\"er ika\"@beispiel.de",
            "erika@[127.0.0.1]",
            "erika@127.0.0.1",
            "erika@beispiel..de",
            ".erika@beispiel.de",
            "erika.@beispiel.de",
            "er..ika@beispiel.de",
            "er ika@beispiel.de",
            "erika@-beispiel.de",
            "erika@beispiel-.de",
            "erika@beispiel.d",
            "a@b@beispiel.de",
            "erika\u{0}@beispiel.de",
        ] {
            check(hostile, Err(EmailError::Form));
        }
        check("erika@müller.de", Err(EmailError::Letters));
        check("jörg@beispiel.de", Err(EmailError::Letters));
        check("erika@beispiel。de", Err(EmailError::Letters));
        check(
            &format!("{}@beispiel.de", "a".repeat(64)),
            Ok(&format!("{}@beispiel.de", "a".repeat(64))),
        );
        check(&format!("{}@beispiel.de", "a".repeat(65)), Err(EmailError::Form));
        check(&format!("a@{}.de", "b".repeat(300)), Err(EmailError::Long));
        check(&format!("a@{}.de", "b".repeat(64)), Err(EmailError::Form));
    }

    #[test]
    fn an_address_reaches_no_log() {
        let address = EmailAddress::parse("erika@beispiel.de").unwrap();
        assert!(!format!("{address:?}").contains("erika"));
    }

    proptest! {
        #[test]
        fn nothing_that_passes_can_break_a_line(text in "\\PC{0,40}|[a-z]{1,4}@[a-z\r\n<>,; ]{1,10}\\.de") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert!(address.0.bytes().all(|b| b.is_ascii_graphic() && !b"<>,;:\\\"()[]".contains(&b)));
                prop_assert_eq!(address.0.matches('@').count(), 1);
            }
        }
    }
}
