//! Mail as files, for the demonstration and for trying out: one `.eml` file each, which any mail program opens.

use std::path::{Path, PathBuf};

use wegfrei_model::EmailAddress;

use crate::{Mail, MailError, Mailer, Sending, compose};

/// Writes mail into a folder instead of sending it.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    from: EmailAddress,
}

impl Folder {
    /// Uses a folder; it is made with the first mail.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, from: EmailAddress) -> Self {
        Self {
            path: path.into(),
            from,
        }
    }

    /// Where the mails lie.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Mailer for Folder {
    fn send(&self, mail: Mail) -> Sending<'_> {
        Box::pin(async move {
            let bytes = compose(&mail, &self.from)?.formatted();
            let id: String = mail
                .id
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect();
            let later = |error: std::io::Error| MailError::Later(format!("the folder of mails: {}", error.kind()));
            tokio::fs::create_dir_all(&self.path).await.map_err(later)?;
            tokio::fs::write(self.path.join(format!("{}-{id}.eml", mail.at.as_micros())), bytes)
                .await
                .map_err(later)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_mail_becomes_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = Folder::new(
            folder.path().join("mails"),
            EmailAddress::parse("post@amt.example").unwrap(),
        );
        let mut mail = crate::specimen();
        mail.id = "../../x".to_owned();
        mailer.send(mail).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(mailer.path()).unwrap().collect();
        assert_eq!(files.len(), 1, "inside the folder, whatever the id says");
        std::fs::write(folder.path().join("file"), "").unwrap();
        let blocked = Folder::new(
            folder.path().join("file"),
            EmailAddress::parse("post@amt.example").unwrap(),
        );
        assert!(matches!(
            blocked.send(crate::specimen()).await,
            Err(MailError::Later(_))
        ));
    }
}
