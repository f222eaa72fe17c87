//! A mail server spoken to by SMTP (RFC 5321), in clear, with STARTTLS (RFC 3207) or TLS from the start (RFC 8314).

use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use wegfrei_model::EmailAddress;

use crate::{Mail, MailError, Mailer, Sending, compose};

/// A server that does not answer for so long has not taken the mail.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where to send, as who.
#[derive(Clone)]
pub struct SmtpOptions {
    /// `smtp://host:25` (in clear: only inside one's own network), `smtp+starttls://host:587`, `smtps://host:465`; the port may be left out.
    pub server: String,
    /// Name and password, when the server wants them.
    pub credentials: Option<(String, String)>,
    /// The sender of every mail.
    pub from: EmailAddress,
}

/// What is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmtpError {
    /// The server's address.
    #[error("`{0}` is no mail server; write smtp://host:25, smtp+starttls://host:587 or smtps://host:465")]
    Server(String),
    /// A password in clear.
    #[error("a password needs an encrypted connection: use smtp+starttls:// or smtps://")]
    Clear,
    /// TLS cannot be set up, for example because the machine has no root certificates.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// Sends over SMTP; a connection for each mail.
#[derive(Clone)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: EmailAddress,
}

impl Smtp {
    /// Reads the settings; connects only when there is something to send.
    ///
    /// # Errors
    /// [`SmtpError`].
    pub fn new(options: SmtpOptions) -> Result<Self, SmtpError> {
        let (scheme, host, port) = place(&options.server)?;
        let parameters = || TlsParameters::new(host.clone()).map_err(|error| SmtpError::Tls(error.to_string()));
        let tls = match scheme {
            Scheme::Clear => Tls::None,
            Scheme::StartTls => Tls::Required(parameters()?),
            Scheme::Tls => Tls::Wrapper(parameters()?),
        };
        if matches!(scheme, Scheme::Clear) && options.credentials.is_some() {
            return Err(SmtpError::Clear);
        }
        let own = options
            .from
            .as_str()
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.clone())
            .port(port)
            .tls(tls)
            .timeout(Some(PATIENCE))
            .hello_name(ClientId::Domain(own.to_owned()));
        if let Some((name, password)) = options.credentials {
            builder = builder.credentials(Credentials::new(name, password));
        }
        Ok(Self {
            transport: builder.build(),
            from: options.from,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Clear,
    StartTls,
    Tls,
}

fn place(server: &str) -> Result<(Scheme, String, u16), SmtpError> {
    let wrong = || SmtpError::Server(server.to_owned());
    let (scheme, rest) = server.split_once("://").ok_or_else(wrong)?;
    let (scheme, usual) = match scheme {
        "smtp" => (Scheme::Clear, 25),
        "smtp+starttls" => (Scheme::StartTls, 587),
        "smtps" => (Scheme::Tls, 465),
        _ => return Err(wrong()),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| wrong())?),
        None => (rest, usual),
    };
    let fine = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    if fine && port != 0 {
        Ok((scheme, host.to_owned(), port))
    } else {
        Err(wrong())
    }
}

/// 5yz about the recipient or the mail. Others (530, 535: log in first; 500 to 504: we speak wrongly) are an operator's to mend.
fn is_about_the_mail(code: u16) -> bool {
    matches!(code, 550..=554 | 556)
}

impl Mailer for Smtp {
    fn send(&self, mail: Mail) -> Sending<'_> {
        Box::pin(async move {
            let message = compose(&mail, &self.from)?;
            // lettre's own limit is per read; this one is for the whole conversation.
            match tokio::time::timeout(PATIENCE * 2, self.transport.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => {
                    let code = error.status().map(u16::from);
                    match code {
                        Some(code) if error.is_permanent() && is_about_the_mail(code) => Err(MailError::Refused(code)),
                        Some(code) => Err(MailError::Later(format!("the mail server answered {code}"))),
                        None if error.is_timeout() => {
                            Err(MailError::Later("the mail server does not answer".to_owned()))
                        }
                        None => Err(MailError::Later("no conversation with the mail server".to_owned())),
                    }
                }
                Err(_) => Err(MailError::Later("the mail server takes too long".to_owned())),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers() {
        fn check(server: &str, expected: Option<(Scheme, &str, u16)>) {
            let got = place(server).ok();
            assert_eq!(got, expected.map(|(s, h, p)| (s, h.to_owned(), p)), "{server}");
        }
        check("smtp://mail.example", Some((Scheme::Clear, "mail.example", 25)));
        check("smtp://127.0.0.1:2525", Some((Scheme::Clear, "127.0.0.1", 2525)));
        check(
            "smtp+starttls://mail.example/",
            Some((Scheme::StartTls, "mail.example", 587)),
        );
        check("smtps://mail.example", Some((Scheme::Tls, "mail.example", 465)));
        check("mail.example", None);
        check("http://mail.example", None);
        check("smtp://", None);
        check("smtp://user:pass@mail.example", None);
        check("smtp://mail.example:0", None);
        check("smtp://mail.example:70000", None);
    }

    #[test]
    fn a_password_never_travels_in_clear() {
        let options = |server: &str| SmtpOptions {
            server: server.to_owned(),
            credentials: Some(("name".to_owned(), "password".to_owned())),
            from: EmailAddress::parse("post@amt.example").unwrap(),
        };
        assert_eq!(Smtp::new(options("smtp://mail.example")).err(), Some(SmtpError::Clear));
    }
}
