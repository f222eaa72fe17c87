//! Print runs when something goes wrong: steps that are tried again, cases that cannot be read, runs that are taken back or get stuck.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{ALI, ERIKA, World, magdeburg, person, staff, worlds};
use wegfrei_cases::{
    CaseError, LeftOver, MOST_SHEETS, OutboxItem, Posting, PrintRunView, PrintStanding, RecordsFilter, Verdict,
};
use wegfrei_journal::KeyId;
use wegfrei_model::{CaseId, NoticeId};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn outbox(world: &World) -> Vec<OutboxItem> {
    world.cases.outbox(&staff("md"), None, 200).await.unwrap().items
}

async fn unprinted(world: &World) -> u64 {
    world.cases.unprinted_documents(&staff("md")).await.unwrap()
}

async fn seen(world: &World, number: u64) -> PrintRunView {
    world.cases.print_run(&staff("md"), number).await.unwrap()
}

fn why(view: &PrintRunView) -> Vec<LeftOver> {
    view.left.iter().map(|left| left.why).collect()
}

/// So many decided cases, each an envelope of two documents.
async fn decided(world: &World, count: usize) -> Vec<CaseId> {
    let mut cases = Vec::new();
    for _ in 0..count {
        cases.push(world.sent("01-erster").await);
    }
    world.work().await;
    cases
}

/// A run over what waits, made.
async fn made(world: &World) -> u64 {
    let number = world.cases.start_print_run(&staff("md"), MOST_SHEETS).await.unwrap();
    world.work().await;
    assert_eq!(seen(world, number).await.line.standing, PrintStanding::Made);
    number
}

async fn post(world: &World, number: u64) {
    let today = world.cases.now().date();
    world.cases.post_print_run(&staff("md"), number, today).await.unwrap();
}

async fn posted(world: &World) -> u64 {
    let number = made(world).await;
    post(world, number).await;
    world.work().await;
    assert_eq!(seen(world, number).await.line.standing, PrintStanding::Posted);
    number
}

async fn recalled(world: &World, number: u64) {
    world.cases.recall_print_run(&staff("md"), number).await.unwrap();
    world.work().await;
    assert_eq!(seen(world, number).await.line.standing, PrintStanding::Made);
}

/// From here on a step does its work and cannot say that it has done it.
async fn break_steps(world: &World) {
    let sql = "ALTER TABLE print_envelope RENAME TO print_envelope_away";
    world.store.execute(sql, &[]).await.unwrap();
}

async fn mend_steps(world: &World) {
    let sql = "ALTER TABLE print_envelope_away RENAME TO print_envelope";
    world.store.execute(sql, &[]).await.unwrap();
}

/// Works on a step that cannot end, until nobody tries it again.
async fn die(world: &World) {
    break_steps(world).await;
    for _ in 0..25 {
        world.work().await;
        world.clock.advance(Duration::from_secs(3600));
    }
    mend_steps(world).await;
}

async fn damage(world: &World, case: CaseId) {
    let sql = "UPDATE journal_entry SET kind = 'case.nonsense' WHERE stream = $1 AND version = 2";
    let changed = world
        .store
        .execute(sql, &[format!("case/{case}").into()])
        .await
        .unwrap();
    assert_eq!(changed, 1);
}

async fn periods(world: &World, cases: &[CaseId]) -> usize {
    let mut running = 0;
    for case in cases {
        let summary = world.cases.my_case(person(ERIKA), magdeburg(), *case).await.unwrap();
        running += usize::from(summary.due.is_some());
    }
    running
}

#[tokio::test]
async fn letters_of_a_posting_step_that_was_tried_again_can_be_taken_back() {
    for world in worlds().await {
        let sent = decided(&world, 3).await;
        let number = made(&world).await;
        post(&world, number).await;
        break_steps(&world).await;
        world.work().await;
        mend_steps(&world).await;
        assert_eq!((outbox(&world).await.len(), periods(&world, &sent).await), (0, 3));
        assert_eq!(seen(&world, number).await.line.standing, PrintStanding::Posting);
        // The next day it is tried again.
        world.clock.advance(DAY);
        world.work().await;
        let view = seen(&world, number).await;
        assert_eq!((view.line.standing, why(&view)), (PrintStanding::Posted, vec![]));
        recalled(&world, number).await;
        assert_eq!(why(&seen(&world, number).await), vec![]);
        assert_eq!((outbox(&world).await.len(), periods(&world, &sent).await), (3, 0));
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Somebody took one letter back and posted it again alone: that is no part of what the run has noted.
#[tokio::test]
async fn a_letter_that_was_posted_again_alone_is_not_taken_back_with_its_run() {
    for world in worlds().await {
        let (cases, md) = (&world.cases, staff("md"));
        let sent = decided(&world, 2).await;
        let alone = outbox(&world).await[0].clone();
        let number = posted(&world).await;
        cases.recall_posted(&md, magdeburg(), alone.notice).await.unwrap();
        let today = cases.now().date();
        cases.mark_posted(&md, magdeburg(), alone.notice, today).await.unwrap();
        recalled(&world, number).await;
        let view = seen(&world, number).await;
        assert_eq!(
            (view.left[0].notice, why(&view)),
            (alone.notice, vec![LeftOver::Before])
        );
        assert_eq!(periods(&world, &sent).await, 1);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn letters_that_are_being_taken_back_go_into_no_other_run() {
    for world in worlds().await {
        let sent = decided(&world, 3).await;
        let number = posted(&world).await;
        world.cases.recall_print_run(&staff("md"), number).await.unwrap();
        break_steps(&world).await;
        world.work().await;
        mend_steps(&world).await;
        assert_eq!((outbox(&world).await.len(), periods(&world, &sent).await), (3, 0));
        assert_eq!(unprinted(&world).await, 0, "the run has them still");
        let second = world.cases.start_print_run(&staff("md"), MOST_SHEETS).await;
        assert!(matches!(second, Err(CaseError::Input(_))), "{second:?}");
        world.clock.advance(DAY);
        world.work().await;
        let view = seen(&world, number).await;
        assert_eq!((view.line.standing, why(&view)), (PrintStanding::Made, vec![]));
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn one_case_that_cannot_be_read_keeps_no_other_letter_back() {
    for world in worlds().await {
        let sent = decided(&world, 3).await;
        damage(&world, sent[0]).await;
        let number = made(&world).await;
        assert_eq!((seen(&world, number).await.envelopes, unprinted(&world).await), (2, 2));
        damage(&world, sent[1]).await;
        post(&world, number).await;
        world.work().await;
        let view = seen(&world, number).await;
        assert_eq!(
            (view.line.standing, why(&view)),
            (PrintStanding::Posted, vec![LeftOver::Failed])
        );
        assert_eq!(outbox(&world).await.len(), 2, "a person has to look at them");
        // What was said to be posted is printed by no other run, whatever becomes of the files.
        world.until(world.cases.now().saturating_add(15 * DAY)).await;
        assert_eq!(seen(&world, number).await.line.standing, PrintStanding::Erased);
        assert_eq!(unprinted(&world).await, 2);
        let runs: Vec<_> = outbox(&world).await.iter().map(|item| item.run).collect();
        assert!(runs.contains(&None) && runs.contains(&Some(number)), "{runs:?}");
    }
}

#[tokio::test]
async fn a_run_whose_job_is_dead_goes_on_when_somebody_says_so() {
    for world in worlds().await {
        let (cases, md) = (&world.cases, staff("md"));
        let sent = decided(&world, 2).await;
        let number = made(&world).await;
        assert!(matches!(
            cases.retry_print_run(&md, number).await,
            Err(CaseError::Stale)
        ));
        post(&world, number).await;
        assert!(!seen(&world, number).await.stuck);
        die(&world).await;
        world.work().await;
        let view = seen(&world, number).await;
        assert_eq!((view.line.standing, view.stuck), (PrintStanding::Posting, true));
        let foreign = cases.retry_print_run(&staff("md-3"), number).await;
        assert!(matches!(foreign, Err(CaseError::Refused(_))), "{foreign:?}");
        cases.retry_print_run(&md, number).await.unwrap();
        assert!(
            matches!(cases.retry_print_run(&md, number).await, Err(CaseError::Stale)),
            "once"
        );
        world.work().await;
        let view = seen(&world, number).await;
        assert_eq!(
            (view.line.standing, view.stuck, why(&view)),
            (PrintStanding::Posted, false, vec![])
        );
        recalled(&world, number).await;
        assert_eq!(periods(&world, &sent).await, 0);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Its keys are not kept for a job that nobody looks at.
#[tokio::test]
async fn a_run_that_is_stuck_in_the_middle_ends_after_two_weeks() {
    for world in worlds().await {
        let (cases, md) = (&world.cases, staff("md"));
        decided(&world, 2).await;
        // Two files of one envelope: the first is noted, the second is not.
        let number = cases.start_print_run(&md, 1).await.unwrap();
        world.work().await;
        post(&world, number).await;
        assert_eq!(cases.work_once().await.unwrap(), 1);
        let waits = outbox(&world).await;
        assert_eq!((waits.len(), waits[0].run), (1, Some(number)));
        damage(&world, waits[0].case).await;
        let sql = "UPDATE jobs SET due = NULL WHERE kind = 'print'";
        world.store.execute(sql, &[]).await.unwrap();
        world.until(cases.now().saturating_add(15 * DAY)).await;
        let view = seen(&world, number).await;
        assert_eq!(
            (view.line.standing, why(&view)),
            (PrintStanding::Erased, vec![LeftOver::Failed])
        );
        let gone = cases.print_file(&md, number, 1).await;
        assert!(matches!(gone, Err(CaseError::Erased)), "{gone:?}");
        // Somebody said that it was posted: a person notes it, and no run prints it again.
        assert_eq!((outbox(&world).await.len(), unprinted(&world).await), (1, 0));
    }
}

/// A decision on an objection, which must be served with a certificate of delivery.
async fn to_be_served(world: &World) -> NoticeId {
    let case = world.sent("01-erster").await;
    world.post().await;
    let mailbox = world.cases.mailbox(person(ERIKA)).await.unwrap();
    let notice = mailbox
        .iter()
        .find(|known| known.case == case && known.template == "bescheid")
        .unwrap()
        .notice;
    let objection = world
        .cases
        .object(person(ERIKA), magdeburg(), case, notice, "")
        .await
        .unwrap();
    let verdict = Verdict::Correct {
        reason: "Die Steuer stimmt.".to_owned(),
        corrections: [("ergebnis".to_owned(), "zurueckweisung".into())].into_iter().collect(),
        answers: serde_json::Map::new(),
    };
    world.verdict("md-2", objection.case, verdict).await.unwrap();
    world.work().await;
    outbox(world).await.last().unwrap().notice
}

#[tokio::test]
async fn letters_with_certificate_reach_a_run_again_when_theirs_is_taken_back() {
    for world in worlds().await {
        let (cases, md) = (&world.cases, staff("md"));
        let served = to_be_served(&world).await;
        let number = posted(&world).await;
        assert_eq!(
            (why(&seen(&world, number).await), unprinted(&world).await),
            (vec![LeftOver::Certificate], 0)
        );
        recalled(&world, number).await;
        assert_eq!((why(&seen(&world, number).await), unprinted(&world).await), (vec![], 0));
        cases.discard_print_run(&md, number).await.unwrap();
        assert_eq!(
            unprinted(&world).await,
            2,
            "letter and leaflet: it never left the house, and its file is gone"
        );

        // With the certificate back, it has left the house whatever is taken back.
        let number = posted(&world).await;
        let today = cases.now().date();
        cases.mark_posted(&md, magdeburg(), served, today).await.unwrap();
        recalled(&world, number).await;
        assert_eq!(why(&seen(&world, number).await), [LeftOver::Before]);
        assert_eq!(outbox(&world).await.len(), 0);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_colleague_with_a_scope_does_not_discard_a_run_over_everything_while_it_is_made() {
    for world in worlds().await {
        let (cases, md) = (&world.cases, staff("md"));
        let rent = cases.new_case_id();
        let data = world.example_of("wohngeld", "01-rentnerin");
        let sent = cases
            .submit_direct(person(ERIKA), magdeburg(), "wohngeld", rent, &data)
            .await;
        sent.unwrap();
        world
            .verdict("md", rent, Verdict::Confirm { reason: String::new() })
            .await
            .unwrap();
        world.clock.advance(Duration::from_secs(60));
        decided(&world, 1).await;
        let number = cases.start_print_run(&md, 1).await.unwrap();
        assert_eq!(cases.work_once().await.unwrap(), 1);
        assert_eq!(seen(&world, number).await.files.len(), 1, "so far only what is theirs");
        let early = cases.discard_print_run(&staff("md-3"), number).await;
        assert!(matches!(early, Err(CaseError::Refused(_))), "{early:?}");
        world.work().await;
        let view = seen(&world, number).await;
        assert_eq!((view.line.standing, view.files.len()), (PrintStanding::Made, 2));
        // A run of theirs alone is theirs from its beginning.
        cases.discard_print_run(&md, number).await.unwrap();
        let own = cases.start_print_run(&staff("md-3"), 1).await.unwrap();
        cases.discard_print_run(&staff("md-3"), own).await.unwrap();
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn who_opened_a_print_file_is_found_by_person_and_by_reference() {
    for world in worlds().await {
        let (cases, dsb) = (&world.cases, staff("dsb"));
        decided(&world, 2).await;
        let references: Vec<_> = outbox(&world).await.into_iter().map(|item| item.reference).collect();
        let number = made(&world).await;
        cases.print_file(&staff("md"), number, 1).await.unwrap();
        cases.print_file(&staff("md-3"), number, 1).await.unwrap_err();
        let opened = async |filter: &RecordsFilter| {
            let (mut seen, mut at) = (Vec::new(), None);
            loop {
                // Page by page, it is the same.
                let page = cases.records(&dsb, filter, at.as_deref(), 1).await.unwrap();
                seen.extend(page.items);
                at = page.next;
                if at.is_none() {
                    break;
                }
            }
            let whole = cases.records(&dsb, filter, None, 200).await.unwrap().items;
            let places = |items: &[wegfrei_cases::RecordLine]| items.iter().map(|one| one.seq).collect::<Vec<_>>();
            assert_eq!(places(&seen), places(&whole), "{filter:?}");
            seen.retain(|record| record.parts == ["print-file"]);
            seen.iter().map(|record| record.granted).collect::<Vec<_>>()
        };
        let person_of = |id: &str| RecordsFilter {
            person: Some(person(id)),
            ..RecordsFilter::default()
        };
        assert_eq!(
            opened(&person_of(ERIKA)).await,
            [false, true],
            "newest first, each once"
        );
        assert!(opened(&person_of(ALI)).await.is_empty());
        for reference in references {
            let of = RecordsFilter {
                reference: Some(reference),
                ..RecordsFilter::default()
            };
            assert_eq!(opened(&of).await, [false, true]);
            let by = RecordsFilter {
                staff: Some("md".to_owned()),
                ..of
            };
            assert_eq!(opened(&by).await, [true]);
        }
        let later = RecordsFilter {
            from: Some(cases.now().date().tomorrow().unwrap()),
            ..person_of(ERIKA)
        };
        assert!(opened(&later).await.is_empty());
    }
}

/// Makes a letter's PDF as large as a scan: behind its pages lies a comment.
async fn enlarge(world: &World, item: &OutboxItem, by: usize) {
    let pdf = world
        .cases
        .outbox_pdf(&staff("md"), magdeburg(), item.notice)
        .await
        .unwrap();
    let end = pdf.windows(9).rposition(|window| window == b"startxref").unwrap();
    let comment = [b"%".as_slice(), &vec![b'a'; by], b"\n"].concat();
    let large = [&pdf[..end], &comment, &pdf[end..]].concat();
    let sealing = world
        .cases
        .journal()
        .sealing_key(magdeburg(), &KeyId::case(item.case))
        .await
        .unwrap();
    let part = format!("pdf/{}", item.notice);
    let sealed = sealing.seal_raw(format!("case/{}#{part}", item.case), &large).unwrap();
    let bytes = wegfrei_store::Value::Blob(sealed.into_bytes().into_bytes());
    let sql = "UPDATE journal_blob SET bytes = $1 WHERE id = $2";
    assert_eq!(world.store.execute(sql, &[bytes, part.into()]).await.unwrap(), 1);
}

/// Letters that no longer fit into a file were opened for it, dropped, and opened again for the next: "who saw what" showed two openings
/// where there was one.
#[tokio::test]
async fn a_letter_that_is_left_for_the_next_file_is_opened_once() {
    for world in worlds().await {
        let (cases, md) = (&world.cases, staff("md"));
        decided(&world, 2).await;
        let items = outbox(&world).await;
        for item in &items {
            enlarge(&world, item, 21 << 20).await;
        }
        let opened = async || {
            let log = cases.access_log(person(ERIKA), 1000).await.unwrap();
            let printed = |case: CaseId| {
                let of_case = log.iter().filter(move |record| record.case == case);
                of_case.filter(|record| record.purpose == "dispatch").count()
            };
            items.iter().map(|item| printed(item.case)).collect::<Vec<usize>>()
        };
        let before = opened().await;
        let number = cases.start_print_run(&md, MOST_SHEETS).await.unwrap();
        world.work().await;
        let made = seen(&world, number).await;
        let envelopes: Vec<usize> = made.files.iter().map(|file| file.envelopes).collect();
        assert_eq!((made.line.standing, envelopes), (PrintStanding::Made, vec![1, 1]));
        let once: Vec<usize> = before.iter().map(|count| count + 1).collect();
        assert_eq!(opened().await, once);
    }
}

/// Who chose e-mail and was told of it after the file was made was listed as "already noted as posted": it was never posted.
#[tokio::test]
async fn who_was_told_by_message_in_between_is_not_called_posted_before() {
    for world in worlds().await {
        let (cases, md) = (&world.cases, staff("md"));
        let server = common::smtp::MailServer::start().await;
        let smtp = wegfrei_post::Smtp::new(wegfrei_post::SmtpOptions {
            server: server.url.clone(),
            credentials: None,
            from: wegfrei_model::EmailAddress::parse("postfach@weg.example").unwrap(),
        });
        cases.set_mailer(std::sync::Arc::new(smtp.unwrap()));
        let sent = decided(&world, 2).await;
        let told = outbox(&world)
            .await
            .iter()
            .find(|item| item.case == sent[0])
            .unwrap()
            .notice;
        let number = made(&world).await;
        let email = wegfrei_cases::Contact::Email {
            address: wegfrei_model::EmailAddress::parse("q17@post.example").unwrap(),
        };
        cases
            .set_contact(person(ERIKA), magdeburg(), sent[0], email)
            .await
            .unwrap();
        world.work().await;
        assert_eq!(server.mails().len(), 1);
        let listed = async || -> Vec<(NoticeId, LeftOver)> {
            let left = seen(&world, number).await.left;
            left.iter().map(|one| (one.notice, one.why)).collect()
        };
        assert_eq!(listed().await, [(told, LeftOver::Moot)], "to be taken out of the pile");
        post(&world, number).await;
        world.work().await;
        assert_eq!(listed().await, [(told, LeftOver::Moot)]);
        let alone = cases.mark_posted(&md, magdeburg(), told, cases.now().date()).await;
        assert_eq!(alone.unwrap(), Posting::Told);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}
