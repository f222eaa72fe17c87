//! Mail that leaves the house: what a mail is, who can send one, and the two that can: an SMTP server and a folder.
//!
//! Knows no case and no person beyond the address it is given; logs neither addresses nor what a server answered in words.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod folder;
mod smtp;

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox};
use wegfrei_model::{EmailAddress, Timestamp};

pub use folder::Folder;
pub use smtp::{Smtp, SmtpError, SmtpOptions};

/// A mail to one person. Plain text; there is nothing to click but an address.
#[derive(Clone, Debug)]
pub struct Mail {
    /// To whom.
    pub to: EmailAddress,
    /// One line.
    pub subject: String,
    /// The text, lines ended by a line feed.
    pub text: String,
    /// When it was written: its `Date`.
    pub at: Timestamp,
    /// Unique, `A-Z a-z 0-9 -`: the left part of its `Message-ID`.
    pub id: String,
}

/// Why a mail was not sent. Names no address and quotes no server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The server will never take it (RFC 5321 § 4.2.1: 5yz, about the recipient or the mail). Do not try again.
    #[error("the mail server refused the recipient or the mail for good (code {0})")]
    Refused(u16),
    /// Not now: no connection, a temporary refusal, or something an operator has to mend. Try again later.
    #[error("the mail was not sent: {0}")]
    Later(String),
}

/// What [`Mailer::send`] returns.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), MailError>> + Send + 'a>>;

/// Sends mail.
pub trait Mailer: Send + Sync {
    /// Sends one mail; done when the next server has taken responsibility for it (RFC 5321 § 6.1).
    ///
    /// # Errors
    /// [`MailError`].
    fn send(&self, mail: Mail) -> Sending<'_>;
}

/// `Auto-Submitted: auto-generated` (RFC 3834 § 5): no out-of-office answers, please.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The message as it travels (RFC 5322, MIME): UTF-8 as quoted-printable, so that every server takes it.
fn compose(mail: &Mail, from: &EmailAddress) -> Result<Message, MailError> {
    let broken = |error: &dyn std::fmt::Display| MailError::Later(format!("it cannot be composed: {error}"));
    let mailbox = |address: &EmailAddress| -> Result<Mailbox, MailError> {
        let address = address
            .as_str()
            .parse()
            .map_err(|_| MailError::Later("an address cannot be composed".to_owned()))?;
        Ok(Mailbox::new(None, address))
    };
    let since = Duration::from_micros(u64::try_from(mail.at.as_micros()).unwrap_or(0));
    let domain = from.as_str().rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let text = mail.text.replace('\n', "\r\n");
    let body = Body::new_with_encoding(text, ContentTransferEncoding::QuotedPrintable)
        .map_err(|_| MailError::Later("its text cannot be encoded".to_owned()))?;
    Message::builder()
        .from(mailbox(from)?)
        .to(mailbox(&mail.to)?)
        .date(SystemTime::UNIX_EPOCH + since)
        .message_id(Some(format!("<{}@{domain}>", mail.id)))
        .subject(mail.subject.clone())
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN)
        .body(body)
        .map_err(|error| broken(&error))
}

#[cfg(test)]
pub(crate) fn specimen() -> Mail {
    Mail {
        to: EmailAddress::parse("erika@beispiel.de").unwrap(),
        subject: "Größe".to_owned(),
        text: "Guten Tag,\n.\nÄhren\n".to_owned(),
        at: Timestamp::parse("2026-03-18T09:15:00Z").unwrap(),
        id: "0190".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_seven_bits_wide_and_dated_by_its_caller() {
        let from = EmailAddress::parse("post@amt.example").unwrap();
        let text = String::from_utf8(compose(&specimen(), &from).unwrap().formatted()).unwrap();
        for part in [
            "From: post@amt.example\r\n",
            "To: erika@beispiel.de\r\n",
            "Date: Wed, 18 Mar 2026 09:15:00 +0000\r\n",
            "Message-ID: <0190@amt.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Transfer-Encoding: quoted-printable\r\n",
            "=C3=84hren",
        ] {
            assert!(text.contains(part), "{part:?} is missing in\n{text}");
        }
        assert!(text.is_ascii());
    }
}
