//! Who sends the mail: the configured server, or in the demonstration a folder.

use std::path::Path;
use std::sync::Arc;

use wegfrei_model::EmailAddress;
use wegfrei_post::{Folder, Mailer, Smtp, SmtpOptions};

use crate::config::Config;
use crate::platform::Error;

/// The demonstration's sender: nobody's (RFC 2606).
const DEMONSTRATION: &str = "postfach@wegfrei.example";

/// The mailer of the configuration; none when no server is set.
pub fn mailer(config: &Config) -> Result<Option<Arc<dyn Mailer>>, Error> {
    if config.demonstration && config.mail_server.is_none() {
        let data = config.keys.parent().unwrap_or(Path::new("."));
        let from = EmailAddress::parse(DEMONSTRATION)?;
        return Ok(Some(Arc::new(Folder::new(data.join("mails"), from))));
    }
    let Some(server) = &config.mail_server else {
        return Ok(None);
    };
    let from = config
        .mail_from
        .as_deref()
        .ok_or("`mail_server` is set, so `mail_from` must be set too: the sender of every mail")?;
    let from = EmailAddress::parse(from).map_err(|_| format!("`mail_from` = \"{from}\" is no e-mail address"))?;
    let credentials = match (&config.mail_user, &config.mail_password) {
        (Some(user), Some(password)) => Some((user.clone(), password.clone())),
        (None, None) => None,
        _ => return Err("set both `mail_user` and `mail_password`, or neither".into()),
    };
    let smtp = Smtp::new(SmtpOptions {
        server: server.clone(),
        credentials,
        from,
    })?;
    Ok(Some(Arc::new(smtp)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn mail_settings_are_checked_at_the_start() {
        fn check(toml: &str, expected: Result<bool, &str>) {
            let config: Config = toml::from_str(toml).unwrap();
            match (mailer(&config), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.is_some(), expected, "{toml}"),
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
                (found, expected) => panic!("{} instead of {expected:?}", found.is_ok()),
            }
        }
        check("", Ok(false));
        check("demonstration = true", Ok(true));
        let server = "mail_server = \"smtp://127.0.0.1:2525\"\n";
        check(server, Err("mail_from"));
        check(&format!("{server}mail_from = \"post@amt.example\""), Ok(true));
        check(&format!("{server}mail_from = \"post\""), Err("no e-mail address"));
        check(
            &format!("{server}mail_from = \"post@amt.example\"\nmail_user = \"x\""),
            Err("both"),
        );
        check(
            "mail_server = \"mail\"\nmail_from = \"post@amt.example\"",
            Err("smtps://"),
        );
    }
}
