//! Telling a person that something lies in the mailbox. The mail says that, and where to log in, and nothing else: whoever reads it over
//! a shoulder, on a server or by mistake learns not even what it is about.

use serde::{Deserialize, Serialize};
use wegfrei_identity::{Action, Purpose};
use wegfrei_journal::{Actor, CommitError};
use wegfrei_model::{AuthorityId, CaseId, EmailAddress, NoticeId, Timestamp};
use wegfrei_post::{Mail, MailError};
use wegfrei_store::jobs::{Claim, NewJob};

use super::{Contact, Dispatched, period};
use crate::error::CaseError;
use crate::event::{Channel, Event, Failure, What};
use crate::file::{Act, Loaded, Plan, commit};
use crate::jobs::ATTEMPTS;
use crate::state::{CaseState, Notice, Phase};
use crate::{Cases, context};

/// Job: tell a person that something is there.
pub(crate) const MESSAGE: &str = "message";

/// How often what happened is written when others change the case meanwhile.
const TRIES: u32 = 5;

#[derive(Serialize, Deserialize)]
pub(crate) struct MessagePayload {
    pub case: CaseId,
    pub what: What,
    /// No letter comes with it: the message tells of the task itself.
    #[serde(default)]
    pub alone: bool,
}

/// The job of one message. `about` makes it one: a notice, a task.
pub(crate) fn job(authority: AuthorityId, case: CaseId, what: What, about: &str, now: Timestamp) -> NewJob {
    NewJob {
        authority: authority.to_string(),
        id: format!("{MESSAGE}/{case}/{about}"),
        kind: MESSAGE.to_owned(),
        payload: serde_json::json!({ "case": case, "what": what }).to_string(),
        run_after: now.as_micros(),
        max_attempts: ATTEMPTS,
    }
}

/// The job that tells of a request, its reminder or its end, where the process writes no letter about it. A letter brings its own message
/// once it is rendered, or goes to the outbox; without one, only who chose e-mail can be told.
pub(crate) fn alone(authority: AuthorityId, state: &CaseState, what: What, now: Timestamp) -> Option<NewJob> {
    matches!(state.outgoing.contact, Some((Channel::Email, ..))).then(|| NewJob {
        payload: serde_json::json!({ "case": state.id, "what": what, "alone": true }).to_string(),
        ..job(
            authority,
            state.id,
            what,
            &format!("alone-{}", state.stream_version),
            now,
        )
    })
}

/// What the message about a notice tells of: a letter that was written while the applicant's answer is waited for is the request (made
/// in the same moment) or its reminder.
fn about(state: &CaseState, notice: &Notice) -> What {
    match state.requests.last() {
        Some(request) if notice.letter && request.at == notice.issued_at => What::Request,
        Some(_) if notice.letter && state.open_supply().is_some() => What::Reminder,
        _ => What::Notice,
    }
}

/// The whole mail. The same words for everything: even "papers are missing" would say too much.
fn mail(to: EmailAddress, portal: &str, at: Timestamp, id: String) -> Mail {
    let text = format!(
        "Guten Tag,\n\n\
         in Ihrem Postfach liegt etwas Neues für Sie. Bitte melden Sie sich an und sehen Sie bald nach.\n\
         Es kann eine Frist laufen.\n\n\
         {portal}/mein-bereich\n\n\
         Diese E-Mail sagt aus Gründen des Datenschutzes nichts weiter. Wir fragen Sie in E-Mails nie\n\
         nach einem Passwort. Wenn Sie unsicher sind, tippen Sie die Adresse selbst ein.\n\n\
         In Leichter Sprache:\n\
         Für Sie ist eine neue Nachricht da.\n\
         Bitte melden Sie sich an.\n\
         Dann können Sie die Nachricht lesen.\n\n\
         Ein Computer hat diese E-Mail verschickt. Bitte antworten Sie nicht darauf.\n"
    );
    Mail {
        to,
        subject: "Neues in Ihrem Postfach".to_owned(),
        text,
        at,
        id,
    }
}

impl Cases {
    /// Works on one message. Sending and noting it are two steps: if the machine dies between them, the person is told twice, never not at
    /// all.
    pub(crate) async fn tell(
        &self,
        authority: AuthorityId,
        payload: &MessagePayload,
        done: Claim,
    ) -> Result<(), CaseError> {
        let loaded = self.load(authority, payload.case).await?;
        let state = &loaded.state;
        let notices = if payload.alone { Vec::new() } else { state.to_tell() };
        let by_mail = matches!(state.outgoing.contact, Some((Channel::Email, ..)));
        // Told of already, with another letter; or the answer came before the message went out.
        let nothing = match payload.what {
            What::CalledOff => false,
            _ if payload.alone => state.open_supply().is_none(),
            _ => notices.is_empty(),
        };
        if !by_mail || nothing || !matches!(state.phase, Phase::Running | Phase::Closed) {
            return self.drop_job(done).await;
        }
        let id = format!("{}-{}", payload.case, state.stream_version);
        let at = self.now();
        let outcome = match self.send(authority, &loaded, at, id).await? {
            Ok(()) => Event::MessageSent {
                what: payload.what,
                channel: Channel::Email,
                notices,
            },
            Err(MailError::Refused(code)) => {
                tracing::warn!(code, "a message was refused for good; it goes by letter");
                failed(payload.what, notices, Failure::Refused)
            }
            Err(MailError::Later(reason)) if done.attempt < i64::from(ATTEMPTS) => {
                return Err(CaseError::Unavailable(reason));
            }
            Err(MailError::Later(_)) => {
                tracing::warn!("a message found no way out through all attempts; it goes by letter");
                failed(payload.what, notices, Failure::Unreachable)
            }
        };
        // The period begins with the day the message was taken, not with the day it was begun.
        self.note(authority, payload.case, &outcome, self.now(), &done).await
    }

    async fn send(
        &self,
        authority: AuthorityId,
        loaded: &Loaded,
        at: Timestamp,
        id: String,
    ) -> Result<Result<(), MailError>, CaseError> {
        let Some(mailer) = self.inner.mailer.get() else {
            return Ok(Err(MailError::Later("no mail server is set up".to_owned())));
        };
        let state = &loaded.state;
        let Some((_, entry, _)) = state.outgoing.contact else {
            return Err(CaseError::story("a message to nowhere"));
        };
        let access = self
            .access(
                &Actor::system("post"),
                authority,
                state,
                Action::Notify,
                Purpose::Notification,
            )
            .await?;
        let sealed = loaded.sealed(entry)?.typed::<Contact>(context(state.id, "contact"));
        let contact = sealed
            .open(&access)
            .map_err(|error| CaseError::damaged("contact", error))?;
        let Contact::Email { address } = contact else {
            return Err(CaseError::story(
                "the sealed contact is of another kind than the entry says",
            ));
        };
        Ok(mailer.send(mail(address, &self.inner.check_url, at, id)).await)
    }

    /// Writes what became of a message, and the periods that run from it. The mail is out: a case that changed meanwhile is loaded again,
    /// nothing is sent twice for it.
    async fn note(
        &self,
        authority: AuthorityId,
        case: CaseId,
        outcome: &Event,
        at: Timestamp,
        done: &Claim,
    ) -> Result<(), CaseError> {
        for _ in 0..TRIES {
            let loaded = self.load(authority, case).await?;
            let mut plan = Plan {
                done_jobs: vec![done.clone()],
                ..Plan::default()
            };
            plan.push(outcome.clone());
            if let Event::MessageSent { notices, channel, .. } = outcome {
                let now = Dispatched {
                    channel: *channel,
                    served: false,
                    day: at.date(),
                    at,
                };
                let (package, _) = self.package_of(authority, &loaded.state)?;
                period::reckon(&loaded.state, package, authority, case, notices, now, &mut plan)?;
            }
            let act = Act {
                actor: &Actor::system("post"),
                purpose: Purpose::Notification.german(),
                at,
            };
            let (commit, _) = commit(authority, case, Some(&loaded.state), &act, plan)?;
            match self.inner.journal.commit(commit).await {
                Err(CommitError::Conflict { .. }) => {}
                other => return other.map(drop).map_err(CaseError::from),
            }
        }
        Err(CaseError::Stale)
    }

    /// The job that tells of a notice rendered now, if it goes by mail and is the last of its issue: letter and enclosures are one message.
    pub(crate) fn message_for(&self, authority: AuthorityId, state: &CaseState, notice: &Notice) -> Option<NewJob> {
        let last = state
            .notices
            .iter()
            .all(|other| other.id == notice.id || other.issued_at != notice.issued_at || other.pdf.is_some());
        (last && state.outgoing.channel(notice) == Channel::Email).then(|| {
            let what = about(state, notice);
            job(authority, state.id, what, &notice.id.to_string(), self.now())
        })
    }
}

fn failed(what: What, notices: Vec<NoticeId>, reason: Failure) -> Event {
    Event::MessageFailed {
        what,
        channel: Channel::Email,
        notices,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_says_that_something_is_there_and_nothing_else() {
        let to = EmailAddress::parse("erika@beispiel.de").unwrap();
        let mail = mail(to, "https://weg.example", Timestamp::EPOCH, "1".to_owned());
        assert!(mail.text.contains("https://weg.example/mein-bereich"));
        assert!(mail.text.contains("In Leichter Sprache"));
        let whole = format!("{} {}", mail.subject, mail.text).to_lowercase();
        for telling in [
            "erika",
            "bescheid",
            "antrag",
            "steuer",
            "wohngeld",
            "stadt",
            "amt ",
            "unterlagen",
            "aktenzeichen",
        ] {
            assert!(!whole.contains(telling), "{telling}");
        }
        assert!(mail.text.lines().all(|line| line.chars().count() <= 100));
    }
}
