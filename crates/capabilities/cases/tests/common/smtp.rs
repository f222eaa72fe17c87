//! A small real mail server for tests (RFC 5321): takes mail, refuses it, or dies in the middle of it.
#![allow(clippy::unwrap_used, dead_code, missing_docs)]

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Kind,
    /// Answers RCPT with this code.
    Refuse(u16),
    /// Closes the connection in the middle of the mail's text.
    DieInData,
    /// Wants a login first (530), which is the operator's business.
    WantsLogin,
}

pub struct MailServer {
    pub url: String,
    mood: Arc<Mutex<Mood>>,
    mails: Arc<Mutex<Vec<Received>>>,
}

#[derive(Clone, Debug)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    pub text: String,
}

impl Received {
    /// The text with quoted-printable undone (RFC 2045 § 6.7).
    pub fn readable(&self) -> String {
        let joined = self.text.replace("=\r\n", "");
        let bytes = joined.as_bytes();
        let (mut out, mut at) = (Vec::new(), 0);
        while at < bytes.len() {
            let code = joined
                .get(at + 1..at + 3)
                .and_then(|hex| u8::from_str_radix(hex, 16).ok());
            match code {
                Some(byte) if bytes[at] == b'=' => {
                    out.push(byte);
                    at += 3;
                }
                _ => {
                    out.push(bytes[at]);
                    at += 1;
                }
            }
        }
        String::from_utf8(out).unwrap()
    }
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (mood, mails) = (Arc::new(Mutex::new(Mood::Kind)), Arc::default());
        let (moods, received) = (Arc::clone(&mood), Arc::clone(&mails));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mood = *moods.lock().unwrap();
                let received = Arc::clone(&received);
                tokio::spawn(async move { converse(stream, mood, &received).await });
            }
        });
        Self { url, mood, mails }
    }

    pub fn be(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub fn mails(&self) -> Vec<Received> {
        self.mails.lock().unwrap().clone()
    }
}

async fn converse(stream: TcpStream, mood: Mood, received: &Mutex<Vec<Received>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    let mut mail = Received {
        from: String::new(),
        to: Vec::new(),
        text: String::new(),
    };
    write.write_all(b"220 mail.example ready\r\n").await.ok()?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let command = line.trim_end().to_ascii_uppercase();
        let answer = if command.starts_with("EHLO") {
            "250-mail.example\r\n250 8BITMIME\r\n".to_owned()
        } else if command.starts_with("MAIL FROM:") {
            mail.from = line.trim_end()["MAIL FROM:".len()..].to_owned();
            if mood == Mood::WantsLogin {
                "530 log in first\r\n".to_owned()
            } else {
                "250 ok\r\n".to_owned()
            }
        } else if command.starts_with("RCPT TO:") {
            mail.to.push(line.trim_end()["RCPT TO:".len()..].to_owned());
            match mood {
                Mood::Refuse(code) => format!("{code} not for erika\r\n"),
                _ => "250 ok\r\n".to_owned(),
            }
        } else if command == "DATA" {
            write.write_all(b"354 go on\r\n").await.ok()?;
            loop {
                let mut line = String::new();
                lines.read_line(&mut line).await.ok()?;
                if mood == Mood::DieInData {
                    return None;
                }
                if line == ".\r\n" {
                    break;
                }
                mail.text.push_str(line.strip_prefix('.').unwrap_or(&line));
            }
            received.lock().unwrap().push(mail.clone());
            "250 taken\r\n".to_owned()
        } else if command == "QUIT" {
            write.write_all(b"221 bye\r\n").await.ok()?;
            return None;
        } else {
            "250 ok\r\n".to_owned()
        };
        write.write_all(answer.as_bytes()).await.ok()?;
    }
}
