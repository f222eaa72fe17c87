//! The outbox: envelopes, who may post them, what need not be posted any more, and mistakes; on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{ALI, ERIKA, World, at, magdeburg, person, staff, worlds};
use wegfrei_cases::{CaseError, LetterKind, OutboxItem, Posting, Status, Verdict};
use wegfrei_model::{CaseId, Date, NoticeId, Timestamp};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn outbox(world: &World, who: &str) -> Vec<OutboxItem> {
    world.cases.outbox(&staff(who), None, 200).await.unwrap().items
}

async fn kinds(world: &World, who: &str) -> Vec<LetterKind> {
    outbox(world, who).await.into_iter().map(|item| item.kind).collect()
}

async fn post(world: &World, notice: NoticeId, on: Date) -> Result<Posting, CaseError> {
    world.cases.mark_posted(&staff("md"), magdeburg(), notice, on).await
}

async fn due(world: &World, case: CaseId) -> Option<Timestamp> {
    let summary = world.cases.my_case(person(ERIKA), magdeburg(), case).await.unwrap();
    summary.due
}

async fn status(world: &World, case: CaseId) -> Status {
    let summary = world.cases.my_case(person(ERIKA), magdeburg(), case).await.unwrap();
    summary.status
}

async fn events(world: &World, case: CaseId) -> Vec<String> {
    let stream = format!("case/{case}");
    let entries = world.cases.journal().stream(&magdeburg(), &stream).await.unwrap();
    entries.into_iter().map(|entry| entry.kind).collect()
}

fn request() -> Verdict {
    Verdict::RequestPapers {
        text: "Bitte senden Sie uns den Nachweis.".to_owned(),
        papers: vec!["Nachweis".to_owned()],
        due: "2026-04-15".parse().unwrap(),
    }
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Posting the leaflet in Leichte Sprache marked the notice as posted: they lay there as two rows that looked alike.
#[tokio::test]
async fn a_notice_and_its_leaflet_are_one_envelope() {
    for world in worlds().await {
        let case = world.sent("01-erster").await;
        // Only one of the two PDFs is there.
        assert_eq!(world.cases.work_once().await.unwrap(), 2);
        let mailbox = world.cases.mailbox(person(ERIKA)).await.unwrap();
        assert_eq!(mailbox.len(), 2);
        let items = outbox(&world, "md").await;
        assert_eq!(items.len(), 1);
        let item = &items[0];
        let names: Vec<&str> = item.documents.iter().map(|one| one.template.as_str()).collect();
        assert_eq!(names, ["bescheid", "bescheid-leicht"]);
        assert_eq!((item.case, item.kind, item.serve), (case, LetterKind::Decision, false));
        assert_eq!(item.notice, item.documents[0].notice);
        for one in &item.documents {
            let pdf = world.cases.outbox_pdf(&staff("md"), magdeburg(), one.notice).await;
            assert!(pdf.unwrap().starts_with(b"%PDF-"));
        }
        assert_eq!(
            post(&world, item.notice, world.cases.now().date()).await.unwrap(),
            Posting::Noted
        );
        assert!(outbox(&world, "md").await.is_empty());
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// An envelope that is not complete goes nowhere.
#[tokio::test]
async fn nothing_is_posted_while_a_pdf_of_its_issue_is_missing() {
    for world in worlds().await {
        world.sent("01-erster").await;
        let mailbox = world.cases.mailbox(person(ERIKA)).await.unwrap();
        let (first, second) = (&mailbox[0], &mailbox[1]);
        // One of the two jobs stays away: its PDF is not made.
        let mut tx = world.store.begin().await.unwrap();
        let id = format!("notice.render/{}", first.notice);
        tx.execute("DELETE FROM jobs WHERE id = $1", &[id.into()])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        world.work().await;
        assert!(outbox(&world, "md").await.is_empty());
        let today = world.cases.now().date();
        for notice in [first.notice, second.notice] {
            let refused = post(&world, notice, today).await;
            assert!(
                matches!(&refused, Err(CaseError::Input(text)) if text.contains("fehlt noch ein PDF")),
                "{refused:?}"
            );
        }
    }
}

/// The period for papers ran and ended while the request lay in the house (§ 66 Abs. 3 SGB I).
#[tokio::test]
async fn the_period_for_papers_waits_for_the_letter() {
    for world in worlds().await {
        let case = world.sent_full("01-erster").await;
        world.verdict("md", case, request()).await.unwrap();
        assert_eq!(due(&world, case).await, None);
        world.until(moment("2026-05-04T08:00:00Z")).await;
        assert_eq!(status(&world, case).await, Status::PapersWanted, "nobody was asked yet");
        assert_eq!(
            kinds(&world, "md").await,
            [LetterKind::Request],
            "and nobody is reminded"
        );
        let actions = world.cases.my_actions(person(ERIKA), magdeburg(), case).await.unwrap();
        assert!(actions.supply.is_some() && !actions.supply_begun);

        // 28 days were given. Posted on Monday 4 May: notified on Friday the 8th, so until Friday 5 June.
        world.post().await;
        assert_eq!(due(&world, case).await, Some(moment("2026-06-05T22:00:00Z")));
        let actions = world.cases.my_actions(person(ERIKA), magdeburg(), case).await.unwrap();
        assert!(actions.supply.is_some() && actions.supply_begun);
        world.until(moment("2026-05-28T22:00:00Z")).await;
        assert_eq!(kinds(&world, "md").await, [LetterKind::Reminder], "seven days before");
        world.until(moment("2026-06-05T21:59:59Z")).await;
        assert_eq!(status(&world, case).await, Status::PapersWanted);
        world.past(moment("2026-06-05T22:00:00Z")).await;
        assert_eq!(status(&world, case).await, Status::InReview);
        assert!(
            outbox(&world, "md").await.is_empty(),
            "the reminder came too late to be posted"
        );
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// The list and the act are within one's services.
#[tokio::test]
async fn the_outbox_knows_ones_services() {
    for world in worlds().await {
        world.sent("01-erster").await;
        world.work().await;
        let item = outbox(&world, "md").await.remove(0);
        let today = world.cases.now().date();
        // `md-3` works on Wohngeld alone.
        assert!(outbox(&world, "md-3").await.is_empty());
        let (cases, other) = (&world.cases, staff("md-3"));
        let refused = cases.mark_posted(&other, magdeburg(), item.notice, today).await;
        assert!(matches!(refused, Err(CaseError::Refused(_))), "{refused:?}");
        let refused = cases.outbox_pdf(&other, magdeburg(), item.notice).await;
        assert!(matches!(refused, Err(CaseError::Refused(_))), "{refused:?}");
        post(&world, item.notice, today).await.unwrap();
        assert!(cases.posted_lately(&other).await.unwrap().is_empty());
        let refused = cases.recall_posted(&other, magdeburg(), item.notice).await;
        assert!(matches!(refused, Err(CaseError::Refused(_))), "{refused:?}");
        assert_eq!(cases.posted_lately(&staff("md")).await.unwrap().len(), 1);
    }
}

/// A race that was lost is tried again; only what left the house before is said to have.
#[tokio::test]
async fn a_lost_race_is_not_reported_as_posted() {
    for world in worlds().await {
        let mut sent = Vec::new();
        for _ in 0..4 {
            sent.push(world.sent("01-erster").await);
        }
        world.work().await;
        let today = world.cases.now().date();
        let erika = person(ERIKA);
        for item in outbox(&world, "md").await {
            let (cases, case) = (&world.cases, item.case);
            // Contact, a first reading and two clicks in one moment: all change the case.
            let (first, second, contact) = tokio::join!(
                post(&world, item.notice, today),
                post(&world, item.notice, today),
                cases.set_contact(erika, magdeburg(), case, wegfrei_cases::Contact::Letter),
            );
            let mut outcomes = [first.unwrap(), second.unwrap()];
            outcomes.sort_by_key(|outcome| *outcome == Posting::Before);
            assert_eq!(outcomes, [Posting::Noted, Posting::Before]);
            assert!(contact.is_ok() || matches!(contact, Err(CaseError::Stale)));
            let posted = events(&world, case).await;
            assert_eq!(posted.iter().filter(|kind| *kind == "letter.posted").count(), 1);
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Only what waits is printed under "dispatch"; what was posted by mistake for one more day.
#[tokio::test]
async fn what_has_left_the_house_is_not_printed_again() {
    for world in worlds().await {
        world.sent("01-erster").await;
        world.work().await;
        let item = outbox(&world, "md").await.remove(0);
        post(&world, item.notice, world.cases.now().date()).await.unwrap();
        let again = world.cases.outbox_pdf(&staff("md"), magdeburg(), item.notice).await;
        assert!(again.is_ok(), "a reprint on the same day");
        world.clock.advance(DAY + Duration::from_secs(60));
        let later = world.cases.outbox_pdf(&staff("md"), magdeburg(), item.notice).await;
        assert!(matches!(later, Err(CaseError::NotFound)), "{later:?}");
    }
}

/// A wrong click can be taken back while the period it set going runs.
#[tokio::test]
async fn a_posting_noted_by_mistake_is_taken_back() {
    for world in worlds().await {
        let cases = &world.cases;
        let case = world.sent("01-erster").await;
        world.work().await;
        let item = outbox(&world, "md").await.remove(0);
        let lead = staff("lead");
        let recall = || cases.recall_posted(&lead, magdeburg(), item.notice);
        assert!(
            matches!(recall().await, Err(CaseError::Verdict(_))),
            "nothing was noted"
        );
        post(&world, item.notice, "2026-03-18".parse().unwrap()).await.unwrap();
        let first = due(&world, case).await.unwrap();
        world.clock.advance(2 * DAY);
        let lately = cases.posted_lately(&staff("md")).await.unwrap();
        assert_eq!(lately[0].posted, Some("2026-03-18".parse().unwrap()));
        recall().await.unwrap();
        assert!(cases.posted_lately(&staff("md")).await.unwrap().is_empty());
        assert_eq!(due(&world, case).await, None, "no period runs");
        assert_eq!(outbox(&world, "md").await.len(), 1, "both PDFs wait again");
        world.past(first).await;
        assert_eq!(
            status(&world, case).await,
            Status::Decided,
            "the old end passes quietly"
        );

        // Posted again with an earlier day: the same end as before, and it counts.
        post(&world, item.notice, "2026-03-18".parse().unwrap()).await.unwrap();
        assert!(
            matches!(recall().await, Err(CaseError::TooLate(_))),
            "the period is over"
        );
        world.work().await;
        assert_eq!(status(&world, case).await, Status::Final);
        assert!(matches!(recall().await, Err(CaseError::TooLate(_))));
        let kinds = events(&world, case).await;
        let count = |kind: &str| kinds.iter().filter(|known| *known == kind).count();
        assert_eq!((count("letter.posted"), count("letter.recalled")), (2, 1));
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Noted as posted once more, the letter set the period anew from its own days: what the desk had given was gone, and nobody was told.
#[tokio::test]
async fn more_time_is_not_lost_when_the_letter_is_posted_again() {
    for world in worlds().await {
        let cases = &world.cases;
        let case = world.sent_full("01-erster").await;
        world.verdict("md", case, request()).await.unwrap();
        world.work().await;
        let letter = outbox(&world, "md").await.remove(0).notice;
        post(&world, letter, "2026-03-18".parse().unwrap()).await.unwrap();
        let first = due(&world, case).await.unwrap();
        assert_eq!(first, moment("2026-04-20T22:00:00Z"));
        world.clock.advance(2 * DAY);
        let view = world.desk("md", case).await;
        let step = at("md", case, view.task.unwrap().task);
        let until = "2026-05-04".parse().unwrap();
        cases
            .extend_request(&step, view.version, until, "Der Vermieter ist krank.")
            .await
            .unwrap();
        let given = moment("2026-05-04T22:00:00Z");
        assert_eq!(due(&world, case).await, Some(given));
        cases.recall_posted(&staff("md"), magdeburg(), letter).await.unwrap();
        post(&world, letter, "2026-03-19".parse().unwrap()).await.unwrap();
        assert_eq!(due(&world, case).await, Some(given));
        // Neither the reminder nor the end comes for the earlier day.
        world.past(first).await;
        assert_eq!(status(&world, case).await, Status::PapersWanted);
        assert_eq!(kinds(&world, "md").await, []);
        world.until(moment("2026-04-26T22:00:00Z")).await;
        assert_eq!(kinds(&world, "md").await, [LetterKind::Reminder]);
        world.past(given).await;
        assert_eq!(status(&world, case).await, Status::InReview);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// What was answered, withdrawn or asked anew is not asked for by post any more.
#[tokio::test]
async fn moot_letters_leave_the_outbox() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let (answered, withdrawn) = (world.sent_full("01-erster").await, world.sent_full("01-erster").await);
        for case in [answered, withdrawn] {
            world.verdict("md", case, request()).await.unwrap();
        }
        world.work().await;
        let items = outbox(&world, "md").await;
        assert_eq!(items.len(), 2);
        assert!(items.iter().all(|item| item.kind == LetterKind::Request));
        cases.supply(erika, magdeburg(), answered, "Hier.").await.unwrap();
        cases.withdraw(erika, magdeburg(), withdrawn).await.unwrap();
        assert!(outbox(&world, "md").await.is_empty());
        for item in items {
            let refused = post(&world, item.notice, cases.now().date()).await;
            assert!(matches!(refused, Err(CaseError::Verdict(_))), "{refused:?}");
            let refused = cases.outbox_pdf(&staff("md"), magdeburg(), item.notice).await;
            assert!(matches!(refused, Err(CaseError::NotFound)), "{refused:?}");
        }
        // A new request is a new letter; the old one does not come back.
        world.verdict("md", answered, request()).await.unwrap();
        world.work().await;
        assert_eq!(outbox(&world, "md").await.len(), 1);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// § 73 Abs. 3 VwGO: the decision on an objection is served, whatever the person chose; the day on the certificate counts.
#[tokio::test]
async fn a_decision_on_an_objection_is_served() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent("01-erster").await;
        world.post().await;
        let mailbox = cases.mailbox(erika).await.unwrap();
        let notice = mailbox
            .iter()
            .find(|known| known.template == "bescheid")
            .unwrap()
            .notice;
        let objection = cases
            .object(erika, magdeburg(), case, notice, "Zu hoch.")
            .await
            .unwrap();
        let server = common::smtp::MailServer::start().await;
        let smtp = wegfrei_post::Smtp::new(wegfrei_post::SmtpOptions {
            server: server.url.clone(),
            credentials: None,
            from: wegfrei_model::EmailAddress::parse("postfach@weg.example").unwrap(),
        });
        cases.set_mailer(std::sync::Arc::new(smtp.unwrap()));
        let email = wegfrei_cases::Contact::Email {
            address: wegfrei_model::EmailAddress::parse("q17@post.example").unwrap(),
        };
        cases
            .set_contact(erika, magdeburg(), objection.case, email)
            .await
            .unwrap();
        let verdict = Verdict::Correct {
            reason: "Die Steuer stimmt.".to_owned(),
            corrections: [("ergebnis".to_owned(), "zurueckweisung".into())].into_iter().collect(),
            answers: serde_json::Map::new(),
        };
        world.verdict("md-2", objection.case, verdict).await.unwrap();
        world.work().await;
        assert!(server.mails().is_empty(), "e-mail alone does not serve");
        let item = outbox(&world, "md").await.remove(0);
        assert!(item.serve);
        assert_eq!((item.case, item.kind), (objection.case, LetterKind::ObjectionDecision));
        let copy = cases.mailbox(erika).await.unwrap();
        assert!(
            copy.iter().any(|known| known.case == objection.case),
            "a copy lies in the mailbox"
        );
        world.clock.advance(3 * DAY);
        post(&world, item.notice, world.cases.now().date()).await.unwrap();
        let kinds = events(&world, objection.case).await;
        assert!(kinds.contains(&"letter.served".to_owned()) && !kinds.contains(&"letter.posted".to_owned()));
        cases
            .recall_posted(&staff("md"), magdeburg(), item.notice)
            .await
            .unwrap();
        assert_eq!(outbox(&world, "md").await.len(), 1);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Whoever tries somebody else's sent case is refused on record, and told no more than "not found".
#[tokio::test]
async fn probing_a_sent_case_of_somebody_else_is_recorded() {
    for world in worlds().await {
        let case = world.sent("01-erster").await;
        let probed = world.cases.my_case(person(ALI), magdeburg(), case).await;
        assert!(
            matches!(probed, Err(CaseError::Refused(_) | CaseError::NotFound)),
            "{probed:?}"
        );
        let log = world.cases.access_log(person(ERIKA), 100).await.unwrap();
        assert!(log.iter().any(|record| !record.granted), "{log:#?}");
        let none = world
            .cases
            .my_case(person(ALI), magdeburg(), world.cases.new_case_id())
            .await;
        assert!(matches!(none, Err(CaseError::NotFound)));
    }
}

/// The timeline says of each letter what it is, and a period that was set anew when its letter left the house begins once.
#[tokio::test]
async fn the_timeline_names_letters_and_begins_a_period_once() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent_full("05-gefaehrlicher").await;
        world.verdict("md", case, request()).await.unwrap();
        let periods = async || {
            let timeline = world.desk("md", case).await.timeline;
            let begun = timeline.iter().filter(|item| item.kind == "deadline.set");
            let named = begun.map(|item| item.deadline.clone().unwrap());
            named.map(|deadline| (deadline.name, deadline.due)).collect::<Vec<_>>()
        };
        world.work().await;
        assert_eq!(periods().await, [], "the letter is still in the house");
        world.clock.advance(3 * DAY);
        world.post().await;
        let names: Vec<String> = periods().await.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["erinnerung", "mitwirkungsfrist"]);
        cases.supply(erika, magdeburg(), case, "Hier.").await.unwrap();
        let confirm = Verdict::Confirm { reason: String::new() };
        world.verdict("md", case, confirm).await.unwrap();
        let release = Verdict::Release { reason: String::new() };
        world.verdict("md-2", case, release).await.unwrap();
        world.work().await;
        assert_eq!(periods().await.len(), 2);
        world.clock.advance(DAY);
        world.post().await;
        let due = cases.my_case(erika, magdeburg(), case).await.unwrap().due.unwrap();
        let periods = periods().await;
        assert_eq!(periods.len(), 3, "{periods:?}");
        assert_eq!(periods.last().unwrap(), &("rechtsbehelfsfrist".to_owned(), due));
        let timeline = world.desk("md", case).await.timeline;
        let of = |kind: &str| -> Vec<Vec<LetterKind>> {
            let items = timeline.iter().filter(|item| item.kind == kind);
            items
                .map(|item| item.letters.iter().map(|letter| letter.kind).collect())
                .collect()
        };
        use LetterKind::{Decision, Enclosure, Request};
        assert_eq!(of("notice.issued"), [vec![Request], vec![Decision], vec![Enclosure]]);
        assert_eq!(of("letter.posted"), [vec![Request], vec![Decision, Enclosure]]);
        assert_eq!(of("deadline.set"), [vec![], vec![], vec![]]);
    }
}
