//! Messages by e-mail through a real SMTP conversation, letters by post, and the period that runs from them; on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::smtp::{MailServer, Mood};
use common::{ALI, ERIKA, World, magdeburg, person, staff, worlds};
use serde_json::Value;
use wegfrei_cases::{CaseError, Contact, Posting, Status};
use wegfrei_journal::Actor;
use wegfrei_model::{CaseId, Date, EmailAddress};
use wegfrei_post::{Smtp, SmtpOptions};

const ADDRESS: &str = "q17@post.example";

fn email() -> Contact {
    Contact::Email {
        address: EmailAddress::parse(ADDRESS).unwrap(),
    }
}

async fn with_mail(world: &World) -> MailServer {
    let server = MailServer::start().await;
    let smtp = Smtp::new(SmtpOptions {
        server: server.url.clone(),
        credentials: None,
        from: EmailAddress::parse("postfach@weg.example").unwrap(),
    });
    world.cases.set_mailer(Arc::new(smtp.unwrap()));
    server
}

async fn sent_with_email(world: &World) -> CaseId {
    let case = world.sent("01-erster").await;
    world
        .cases
        .set_contact(person(ERIKA), magdeburg(), case, email())
        .await
        .unwrap();
    case
}

async fn due(world: &World, case: CaseId) -> String {
    let summary = world.cases.my_case(person(ERIKA), magdeburg(), case).await.unwrap();
    summary.due.expect("a period runs").to_string()
}

async fn status(world: &World, case: CaseId) -> Status {
    world
        .cases
        .my_case(person(ERIKA), magdeburg(), case)
        .await
        .unwrap()
        .status
}

async fn kinds(world: &World, case: CaseId) -> Vec<String> {
    let entries = world
        .cases
        .journal()
        .stream(&magdeburg(), &format!("case/{case}"))
        .await
        .unwrap();
    entries.into_iter().map(|entry| entry.kind).collect()
}

/// Every text in the form data that is long enough to mean something.
fn values(data: &Value, found: &mut Vec<String>) {
    match data {
        Value::Object(fields) => fields.values().for_each(|field| values(field, found)),
        Value::Array(items) => items.iter().for_each(|item| values(item, found)),
        Value::String(text) if text.chars().count() > 2 => found.push(text.clone()),
        _ => {}
    }
}

#[tokio::test]
async fn a_mail_tells_that_something_is_there_and_the_period_runs_from_it() {
    for world in worlds().await {
        let server = with_mail(&world).await;
        let case = sent_with_email(&world).await;
        world.work().await;
        let mails = server.mails();
        assert_eq!(mails.len(), 1, "letter and enclosure are told of together");
        let mail = &mails[0];
        assert_eq!(mail.to, [format!("<{ADDRESS}>")]);
        let text = mail.readable();
        assert!(text.contains("https://weg.example/mein-bereich"), "{text}");
        let mut personal = vec![
            "Hund".to_owned(),
            "Steuer".to_owned(),
            "Bescheid".to_owned(),
            "Magdeburg".to_owned(),
            "15003000".to_owned(),
            case.to_string(),
        ];
        values(&world.example("01-erster"), &mut personal);
        let summary = world.cases.my_case(person(ERIKA), magdeburg(), case).await.unwrap();
        personal.extend(summary.reference);
        assert!(personal.len() > 12, "{personal:?}");
        let id = format!("Message-ID: <{case}");
        for value in personal {
            let shown = text
                .lines()
                .filter(|line| !line.starts_with(&id))
                .any(|line| line.contains(&value));
            assert!(!shown, "the mail says {value:?}:\n{text}");
        }
        assert_eq!(due(&world, case).await, "2026-04-23T22:00:00.000000Z");
        let log = world.cases.access_log(person(ERIKA), 100).await.unwrap();
        let told = log.iter().find(|record| record.purpose == "notification").unwrap();
        assert_eq!(
            (told.parts.as_slice(), told.who.as_str()),
            (&["contact".to_owned()][..], "Automatischer Schritt")
        );
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_message_that_goes_out_later_moves_the_end_of_the_period() {
    for world in worlds().await {
        let server = with_mail(&world).await;
        for mood in [Mood::Refuse(450), Mood::DieInData, Mood::WantsLogin] {
            let before = server.mails().len();
            let case = sent_with_email(&world).await;
            server.be(mood);
            world.work().await;
            assert_eq!(server.mails().len(), before, "{mood:?}");
            assert!(
                !kinds(&world, case).await.contains(&"message.failed".to_owned()),
                "{mood:?}"
            );
            let summary = world.cases.my_case(person(ERIKA), magdeburg(), case).await.unwrap();
            assert_eq!(summary.due, None, "{mood:?}: no period has begun");
            world.clock.advance(Duration::from_secs(2 * 24 * 3600));
            server.be(Mood::Kind);
            world.work().await;
            assert_eq!(server.mails().len(), before + 1, "{mood:?}");
            let sent = world.cases.now().date();
            let real = due(&world, case).await;
            assert!(real > sent.to_string(), "{mood:?}: {real} after {sent}");
            assert_eq!(
                kinds(&world, case)
                    .await
                    .iter()
                    .filter(|kind| *kind == "message.sent")
                    .count(),
                1
            );
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_old_end_of_a_period_passes_quietly_and_the_new_one_ends_it() {
    for world in worlds().await {
        let server = with_mail(&world).await;
        server.be(Mood::Refuse(450));
        let case = sent_with_email(&world).await;
        world.work().await;
        world.clock.advance(Duration::from_secs(2 * 24 * 3600));
        server.be(Mood::Kind);
        world.work().await;
        assert_eq!(due(&world, case).await, "2026-04-24T22:00:00.000000Z");
        let until = |moment: &str| {
            let moment = wegfrei_model::Timestamp::parse(moment).unwrap();
            world.clock.advance(moment.since(world.cases.now()));
        };
        until("2026-04-23T22:00:00Z");
        world.work().await;
        assert_eq!(status(&world, case).await, Status::Decided);
        until("2026-04-24T21:59:59Z");
        world.work().await;
        assert_eq!(status(&world, case).await, Status::Decided);
        until("2026-04-24T22:10:00Z");
        world.work().await;
        assert_eq!(status(&world, case).await, Status::Final);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_no_mail_server_takes_goes_to_the_post() {
    for world in worlds().await {
        let server = with_mail(&world).await;
        // Refused for good at once; unreachable after all attempts.
        for (mood, rounds) in [(Mood::Refuse(550), 1), (Mood::Refuse(451), 25)] {
            server.be(mood);
            let case = sent_with_email(&world).await;
            for _ in 0..rounds {
                world.work().await;
                world.clock.advance(Duration::from_secs(3601));
            }
            assert!(server.mails().is_empty());
            assert_eq!(
                kinds(&world, case)
                    .await
                    .iter()
                    .filter(|kind| *kind == "message.failed")
                    .count(),
                1
            );
            let view = world
                .cases
                .my_contact(person(ERIKA), magdeburg(), case)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(view.contact, email());
            assert!(view.failed_at.is_some());
            let waiting = world.cases.outbox(&staff("md"), None, 10).await.unwrap().items;
            assert_eq!(waiting.len(), 1, "letter and enclosure are one envelope");
            assert_eq!((waiting[0].case, waiting[0].documents.len()), (case, 2));
            world
                .cases
                .mark_posted(&staff("md"), magdeburg(), waiting[0].notice, world.cases.now().date())
                .await
                .unwrap();
            assert!(
                world
                    .cases
                    .outbox(&staff("md"), None, 10)
                    .await
                    .unwrap()
                    .items
                    .is_empty()
            );
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_letter_is_printed_under_a_record_and_the_period_runs_from_its_posting() {
    for world in worlds().await {
        let cases = &world.cases;
        let case = world.sent("01-erster").await;
        assert!(
            cases.outbox(&staff("md"), None, 10).await.unwrap().items.is_empty(),
            "no PDF yet"
        );
        world.work().await;
        // Without dispatch no period ends.
        world.clock.advance(Duration::from_secs(60 * 24 * 3600));
        world.work().await;
        assert_eq!(status(&world, case).await, Status::Decided);

        let other = world.sent("01-erster").await;
        world.work().await;
        let first = cases.outbox(&staff("lead"), None, 1).await.unwrap();
        let second = cases.outbox(&staff("lead"), first.next.as_deref(), 1).await.unwrap();
        assert_eq!((first.items.len(), second.items.len(), second.next), (1, 1, None));
        assert_eq!((first.items[0].case, second.items[0].case), (case, other));
        let letter = &first.items[0];
        for nobody in ["dsb", "hal"] {
            let actor = staff(nobody);
            let refused = cases.outbox_pdf(&actor, magdeburg(), letter.notice).await;
            assert!(matches!(refused, Err(CaseError::Refused(_))), "{nobody}");
            let today = cases.now().date();
            let refused = cases.mark_posted(&actor, magdeburg(), letter.notice, today).await;
            assert!(matches!(refused, Err(CaseError::Refused(_))), "{nobody}");
        }
        assert!(matches!(
            cases.outbox(&staff("dsb"), None, 10).await,
            Err(CaseError::Refused(_))
        ));
        assert!(cases.outbox(&staff("hal"), None, 10).await.unwrap().items.is_empty());
        assert!(matches!(
            cases.outbox(&Actor::Person(person(ERIKA)), None, 1).await,
            Err(CaseError::Refused(_))
        ));
        let pdf = cases
            .outbox_pdf(&staff("md"), magdeburg(), letter.notice)
            .await
            .unwrap();
        assert!(pdf.starts_with(b"%PDF-"));
        let log = cases.access_log(person(ERIKA), 10).await.unwrap();
        assert!(
            log.iter().any(|record| record.granted && record.purpose == "dispatch"),
            "{log:#?}"
        );
        let mailbox = cases.mailbox(person(ERIKA)).await.unwrap();
        assert!(
            mailbox.iter().all(|notice| notice.read_at.is_none()),
            "printing is not reading"
        );

        let on = |day: &str| day.parse::<Date>().unwrap();
        for (day, part) in [("2026-03-17", "entstanden"), ("2026-05-18", "Zukunft")] {
            let refused = cases
                .mark_posted(&staff("md"), magdeburg(), letter.notice, on(day))
                .await;
            assert!(refused.unwrap_err().to_string().contains(part), "{day}");
        }
        let posted = cases
            .mark_posted(&staff("md"), magdeburg(), letter.notice, on("2026-05-15"))
            .await;
        posted.unwrap();
        let twice = cases
            .mark_posted(&staff("md"), magdeburg(), letter.notice, on("2026-05-15"))
            .await;
        assert_eq!(twice.unwrap(), Posting::Before);
        // Friday 15 May, four days: Tuesday the 19th; one month: Friday 19 June.
        assert_eq!(due(&world, case).await, "2026-06-19T22:00:00.000000Z");
        world.clock.advance(Duration::from_secs(40 * 24 * 3600));
        world.work().await;
        assert_eq!(status(&world, case).await, Status::Final);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_contact_is_ones_own_and_needs_a_mail_server() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = cases
            .start_draft(erika, magdeburg(), "hundesteuer", None)
            .await
            .unwrap();
        assert_eq!(cases.my_contact(erika, magdeburg(), case).await.unwrap(), None);
        let refused = cases.set_contact(erika, magdeburg(), case, email()).await;
        assert!(matches!(refused, Err(CaseError::Input(text)) if text.contains("Brief")));
        let _server = with_mail(&world).await;
        cases.set_contact(erika, magdeburg(), case, email()).await.unwrap();
        let view = cases.my_contact(erika, magdeburg(), case).await.unwrap().unwrap();
        assert_eq!(view.contact, email());
        for attempt in [
            cases.set_contact(person(ALI), magdeburg(), case, Contact::Letter).await,
            cases.my_contact(person(ALI), magdeburg(), case).await.map(drop),
        ] {
            assert!(matches!(attempt, Err(CaseError::Refused(_))), "{attempt:?}");
        }
        cases
            .set_contact(erika, magdeburg(), case, Contact::Letter)
            .await
            .unwrap();
        let view = cases.my_contact(erika, magdeburg(), case).await.unwrap().unwrap();
        assert_eq!(view.contact, Contact::Letter);
        let entries = cases.journal().entries(magdeburg(), 0, 1000).await.unwrap();
        assert!(
            entries.iter().all(|entry| !entry.facts.contains("q17")),
            "the address is in no fact"
        );
        let log = cases.access_log(erika, 100).await.unwrap();
        assert_eq!(log.iter().filter(|record| !record.granted).count(), 2);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Whoever chose paper and then e-mail is told by e-mail of what still waits.
#[tokio::test]
async fn a_new_choice_reaches_what_waits() {
    for world in worlds().await {
        let case = world.sent("01-erster").await;
        world.work().await;
        assert_eq!(world.cases.outbox(&staff("md"), None, 10).await.unwrap().items.len(), 1);
        let server = with_mail(&world).await;
        world
            .cases
            .set_contact(person(ERIKA), magdeburg(), case, email())
            .await
            .unwrap();
        assert!(
            world
                .cases
                .outbox(&staff("md"), None, 10)
                .await
                .unwrap()
                .items
                .is_empty()
        );
        world.work().await;
        assert_eq!(server.mails().len(), 1);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// A request for papers and its reminder go out like a notice: by e-mail, or as letters in the outbox.
#[tokio::test]
async fn a_request_and_its_reminder_are_told_of() {
    for world in worlds().await {
        let server = with_mail(&world).await;
        for by_mail in [true, false] {
            let before = server.mails().len();
            let case = world.sent_full("01-erster").await;
            if by_mail {
                let set = world.cases.set_contact(person(ERIKA), magdeburg(), case, email()).await;
                set.unwrap();
            }
            let asked = wegfrei_cases::Verdict::RequestPapers {
                text: "Bitte senden Sie uns den Nachweis.".to_owned(),
                papers: vec![],
                due: world
                    .cases
                    .now()
                    .date()
                    .checked_add(jiff::Span::new().days(60))
                    .unwrap(),
            };
            world.verdict("md", case, asked).await.unwrap();
            world.work().await;
            let told = if by_mail { 1 } else { 0 };
            assert_eq!(server.mails().len() - before, told);
            let outbox = world.cases.outbox(&staff("md"), None, 10).await.unwrap().items;
            assert_eq!(outbox.iter().filter(|item| item.case == case).count(), 1 - told);
            if !by_mail {
                continue;
            }
            world
                .until(wegfrei_model::Timestamp::parse("2026-05-19T08:00:00Z").unwrap())
                .await;
            assert_eq!(server.mails().len() - before, 2, "the reminder too");
            let entries = world
                .cases
                .journal()
                .stream(&magdeburg(), &format!("case/{case}"))
                .await
                .unwrap();
            let sent: Vec<String> = entries
                .iter()
                .filter(|entry| entry.kind == "message.sent")
                .map(|entry| entry.facts()["what"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(sent, ["request", "reminder"]);
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// The choice is written with the sending: no moment lies between in which a crash could lose it.
#[tokio::test]
async fn what_was_chosen_at_sending_is_one_commit_with_it() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let begin = || async {
            let case = cases
                .start_draft(erika, magdeburg(), "hundesteuer", None)
                .await
                .unwrap();
            let data = world.example("01-erster");
            cases.save_draft(erika, magdeburg(), case, &data, 1).await.unwrap();
            case
        };
        let case = begin().await;
        let early = cases.submit_with(erika, magdeburg(), case, Some(&email()), None).await;
        assert!(
            matches!(early, Err(CaseError::Input(_))),
            "no mail server: nothing is sent"
        );
        assert_eq!(status(&world, case).await, Status::Draft);
        let server = with_mail(&world).await;
        let first = cases
            .submit_with(erika, magdeburg(), case, Some(&email()), None)
            .await
            .unwrap();
        let written = kinds(&world, case).await;
        let sent = written.iter().position(|kind| kind == "case.submitted").unwrap();
        assert_eq!(
            written[sent - 1],
            "contact.set",
            "before everything that follows from sending: {written:?}"
        );
        let again = cases
            .submit_with(erika, magdeburg(), case, Some(&email()), None)
            .await
            .unwrap();
        assert_eq!(first.reference, again.reference);
        world.work().await;
        assert_eq!(server.mails().len(), 1);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}
