//! Print runs: everything that waits in a few files, posted at once, taken back, and gone after two weeks; on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{ALI, ERIKA, World, magdeburg, person, staff, worlds};
use wegfrei_cases::{CaseError, LeftOver, MOST_SHEETS, OutboxItem, Posting, PrintRunView, PrintStanding, Verdict};
use wegfrei_journal::Actor;
use wegfrei_model::{CaseId, Timestamp};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn outbox(world: &World, who: &str) -> Vec<OutboxItem> {
    world.cases.outbox(&staff(who), None, 200).await.unwrap().items
}

async fn seen(world: &World, number: u64) -> PrintRunView {
    world.cases.print_run(&staff("md"), number).await.unwrap()
}

async fn file(world: &World, number: u64, file: usize) -> Vec<u8> {
    world.cases.print_file(&staff("md"), number, file).await.unwrap()
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

fn text(pdf: &[u8]) -> String {
    let mut child = Command::new("pdftotext")
        .args(["-enc", "UTF-8", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("install it: apt-get install poppler-utils");
    let (mut stdin, bytes) = (child.stdin.take().unwrap(), pdf.to_vec());
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

async fn due(world: &World, case: CaseId) -> Option<Timestamp> {
    let summary = world.cases.my_case(person(ERIKA), magdeburg(), case).await.unwrap();
    summary.due
}

#[tokio::test]
async fn everything_that_waits_is_printed_and_posted_at_once() {
    for world in worlds().await {
        let (cases, md) = (&world.cases, staff("md"));
        let sent = decided(&world, 3).await;
        assert_eq!(cases.unprinted_documents(&md).await.unwrap(), 6);
        let number = cases.start_print_run(&md, MOST_SHEETS).await.unwrap();
        assert_eq!(number, 1);
        let begun = seen(&world, number).await;
        assert_eq!(
            (begun.line.standing, begun.line.printed, begun.line.documents),
            (PrintStanding::Making, 0, 6)
        );
        world.work().await;
        let made = seen(&world, number).await;
        assert_eq!((made.line.standing, made.line.printed), (PrintStanding::Made, 6));
        let [one] = made.files[..] else { panic!("{made:#?}") };
        assert_eq!((one.envelopes, one.documents, made.envelopes), (3, 6, 3));
        let pdf = file(&world, number, 1).await;
        let pages: Vec<String> = text(&pdf).split('\u{c}').map(str::to_owned).collect();
        assert_eq!(pages.len() as u64, one.pages + 1, "each ends with a form feed");
        assert!(pages[0].contains("Drucklauf 1, Datei 1"), "{}", pages[0]);
        for item in outbox(&world, "md").await {
            let named = pages.iter().filter(|page| page.contains(&item.reference)).count();
            assert!(
                pages[0].contains(&item.reference) && named > 2,
                "{} {named}",
                item.reference
            );
        }

        // The letters wait until somebody says that they are gone; another run does not take them again.
        assert_eq!(
            (
                outbox(&world, "md").await.len(),
                cases.unprinted_documents(&md).await.unwrap()
            ),
            (3, 0)
        );
        let nothing = cases.start_print_run(&md, MOST_SHEETS).await;
        assert!(matches!(nothing, Err(CaseError::Input(_))), "{nothing:?}");
        assert_eq!(due(&world, sent[0]).await, None);
        let today = cases.now().date();
        for wrong in [today.tomorrow().unwrap(), today.yesterday().unwrap()] {
            let refused = cases.post_print_run(&md, number, wrong).await;
            assert!(matches!(refused, Err(CaseError::Input(_))), "{refused:?}");
        }
        cases.post_print_run(&md, number, today).await.unwrap();
        let twice = cases.post_print_run(&md, number, today).await;
        assert!(matches!(twice, Err(CaseError::Stale)), "{twice:?}");
        world.work().await;
        let posted = seen(&world, number).await;
        assert_eq!(
            (posted.line.standing, posted.noted, posted.posted, posted.left.len()),
            (PrintStanding::Posted, 3, Some(today), 0)
        );
        assert!(outbox(&world, "md").await.is_empty());
        for case in &sent {
            assert!(due(&world, *case).await.is_some(), "the period runs");
        }
        // Who opened the file is seen by her, once, with a proof; by nobody who has no letter in it.
        let file_of = |log: Vec<wegfrei_cases::AccessRecord>| -> Vec<wegfrei_cases::AccessRecord> {
            log.into_iter()
                .filter(|record| record.parts == ["print-file"])
                .collect()
        };
        let opened = file_of(cases.access_log(person(ERIKA), 1000).await.unwrap());
        assert_eq!(opened.len(), 1, "{opened:#?}");
        assert!(opened[0].granted && opened[0].purpose == "dispatch" && opened[0].who.starts_with("Sachbearbeitung"));
        assert!(sent.contains(&opened[0].case) && opened[0].reference.is_some());
        cases
            .access_proof(person(ERIKA), magdeburg(), opened[0].seq)
            .await
            .unwrap();
        let foreign = cases.access_proof(person(ALI), magdeburg(), opened[0].seq).await;
        assert!(matches!(foreign, Err(CaseError::NotFound)), "{foreign:?}");
        assert!(file_of(cases.access_log(person(ALI), 1000).await.unwrap()).is_empty());
        // Each letter was opened under a record of its own, by who started the run.
        let log = cases.access_log(person(ERIKA), 1000).await.unwrap();
        for case in &sent {
            let opened: Vec<_> = log
                .iter()
                .filter(|record| record.case == *case && record.purpose == "dispatch" && record.parts == ["pdf"])
                .collect();
            assert_eq!(opened.len(), 1, "{opened:#?}");
            assert!(opened[0].who.starts_with("Sachbearbeitung"), "{}", opened[0].who);
        }
        for entry in cases.journal().entries(magdeburg(), 0, 10_000).await.unwrap() {
            assert!(!entry.facts.contains("Lehmann"), "{}", entry.facts);
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// A worker that dies in the middle leaves what it made, and another goes on behind it: nothing twice, nothing missing.
#[tokio::test]
async fn a_run_goes_on_where_it_was() {
    for world in worlds().await {
        let (cases, md) = (&world.cases, staff("md"));
        decided(&world, 5).await;
        // Two envelopes fill a file.
        let sheets: u64 = 9;
        let number = cases.start_print_run(&md, sheets).await.unwrap();
        assert_eq!(cases.work_once().await.unwrap(), 1);
        let first = seen(&world, number).await;
        assert_eq!((first.files.len(), first.line.standing), (1, PrintStanding::Making));
        assert_eq!(first.files[0].envelopes, 2, "{:?}", first.files);
        // It takes the next step and is never heard of again.
        let now = cases.now().as_micros();
        let lost = wegfrei_store::jobs::claim(&world.store, now, Duration::from_secs(60), 16)
            .await
            .unwrap();
        assert_eq!(lost.len(), 1);
        assert_eq!(cases.work_once().await.unwrap(), 0);
        world.clock.advance(Duration::from_secs(61));
        // What comes now waits for the next run.
        decided(&world, 1).await;
        world.work().await;
        let made = seen(&world, number).await;
        assert_eq!((made.line.standing, made.line.printed), (PrintStanding::Made, 10));
        let envelopes: Vec<usize> = made.files.iter().map(|file| file.envelopes).collect();
        assert_eq!(envelopes, [2, 2, 1]);
        assert!(made.files.iter().all(|file| file.sheets <= sheets), "{:?}", made.files);
        let mut references = Vec::new();
        for at in 1..=3 {
            let pdf = text(&file(&world, number, at).await);
            let index = pdf.split('\u{c}').next().unwrap().to_owned();
            references.extend(
                index
                    .split_whitespace()
                    .filter(|word| word.len() == 11 && word.as_bytes()[5] == b'-')
                    .map(str::to_owned),
            );
        }
        let mut waiting: Vec<String> = outbox(&world, "md")
            .await
            .into_iter()
            .map(|item| item.reference)
            .collect();
        assert_eq!(waiting.len(), 6);
        waiting.pop();
        references.sort();
        waiting.sort();
        assert_eq!(references, waiting, "each envelope once");
        assert_eq!(cases.unprinted_documents(&md).await.unwrap(), 2);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_left_the_house_or_became_moot_in_between_is_listed() {
    for world in worlds().await {
        let (cases, md, erika) = (&world.cases, staff("md"), person(ERIKA));
        let (before, posted) = (world.sent("01-erster").await, world.sent("01-erster").await);
        let moot = world.sent_full("01-erster").await;
        let request = Verdict::RequestPapers {
            text: "Bitte senden Sie uns den Nachweis.".to_owned(),
            papers: vec!["Nachweis".to_owned()],
            due: "2026-04-15".parse().unwrap(),
        };
        world.verdict("md", moot, request).await.unwrap();
        world.work().await;
        let items = outbox(&world, "md").await;
        let of = |case: CaseId| items.iter().find(|item| item.case == case).unwrap();
        let number = cases.start_print_run(&md, MOST_SHEETS).await.unwrap();
        world.work().await;
        let first_day = cases.now().date();
        world.clock.advance(3 * DAY);
        let alone = cases
            .mark_posted(&md, magdeburg(), of(before).notice, first_day)
            .await
            .unwrap();
        assert_eq!(alone, Posting::Noted);
        cases.supply(erika, magdeburg(), moot, "Hier.").await.unwrap();
        let first = due(&world, before).await;
        let out: Vec<_> = seen(&world, number)
            .await
            .left
            .iter()
            .map(|left| (left.notice, left.why))
            .collect();
        assert!(
            out.contains(&(of(moot).notice, LeftOver::Moot)),
            "said before it is posted: {out:?}"
        );
        assert!(
            out.contains(&(of(before).notice, LeftOver::Before)) && out.len() == 2,
            "{out:?}"
        );

        cases.post_print_run(&md, number, cases.now().date()).await.unwrap();
        world.work().await;
        let view = seen(&world, number).await;
        assert_eq!(view.line.standing, PrintStanding::Posted);
        let mut left: Vec<_> = view
            .left
            .iter()
            .map(|left| (left.reference.clone().unwrap(), left.why))
            .collect();
        left.sort_by_key(|(reference, _)| *reference != of(before).reference);
        assert_eq!(
            left,
            [
                (of(before).reference.clone(), LeftOver::Before),
                (of(moot).reference.clone(), LeftOver::Moot)
            ]
        );
        assert_eq!(due(&world, before).await, first, "the earlier day counts");
        assert!(due(&world, posted).await > first);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// § 73 Abs. 3 VwGO: the day of posting is not the day of service.
#[tokio::test]
async fn what_is_served_waits_for_its_certificate() {
    for world in worlds().await {
        let (cases, md, erika) = (&world.cases, staff("md"), person(ERIKA));
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
        let verdict = Verdict::Correct {
            reason: "Die Steuer stimmt.".to_owned(),
            corrections: [("ergebnis".to_owned(), "zurueckweisung".into())].into_iter().collect(),
            answers: serde_json::Map::new(),
        };
        world.verdict("md-2", objection.case, verdict).await.unwrap();
        world.work().await;
        let number = cases.start_print_run(&md, MOST_SHEETS).await.unwrap();
        world.work().await;
        assert!(text(&file(&world, number, 1).await).contains("Zustellung mit Urkunde: 1"));
        cases.post_print_run(&md, number, cases.now().date()).await.unwrap();
        world.work().await;
        let view = seen(&world, number).await;
        assert_eq!(view.line.standing, PrintStanding::Posted);
        assert!(view.left.iter().all(|left| left.why == LeftOver::Certificate) && view.left.len() == 1);
        assert_eq!(
            outbox(&world, "md").await.len(),
            1,
            "its day is noted when the certificate is back"
        );
        assert_eq!(
            cases.unprinted_documents(&md).await.unwrap(),
            0,
            "and it is not printed again"
        );
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_day_of_posting_of_a_run_is_taken_back() {
    for world in worlds().await {
        let (cases, md) = (&world.cases, staff("md"));
        let sent = decided(&world, 2).await;
        let number = cases.start_print_run(&md, MOST_SHEETS).await.unwrap();
        world.work().await;
        let early = cases.recall_print_run(&md, number).await;
        assert!(matches!(early, Err(CaseError::Stale)), "{early:?}");
        cases.post_print_run(&md, number, cases.now().date()).await.unwrap();
        world.work().await;
        let (late, objected) = (sent[0], due(&world, sent[0]).await);
        let notice = cases.mailbox(person(ERIKA)).await.unwrap();
        let notice = notice
            .iter()
            .find(|known| known.case == late && known.template == "bescheid")
            .unwrap();
        cases
            .object(person(ERIKA), magdeburg(), late, notice.notice, "Nein.")
            .await
            .unwrap();
        assert!(objected.is_some());

        cases.recall_print_run(&staff("lead"), number).await.unwrap();
        world.work().await;
        let view = seen(&world, number).await;
        assert_eq!((view.line.standing, view.posted), (PrintStanding::Made, None));
        let left: Vec<_> = view.left.iter().map(|left| left.why).collect();
        assert_eq!(left, [LeftOver::Late], "who objected has it");
        assert_eq!(due(&world, sent[1]).await, None, "no period runs");
        assert_eq!(
            outbox(&world, "md")
                .await
                .iter()
                .filter(|item| item.case == sent[1])
                .count(),
            1
        );

        // Posted again with the right day.
        cases.post_print_run(&md, number, cases.now().date()).await.unwrap();
        world.work().await;
        assert!(due(&world, sent[1]).await.is_some());
        let left: Vec<_> = seen(&world, number).await.left.iter().map(|left| left.why).collect();
        assert_eq!(left, [LeftOver::Before]);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn who_may_print_and_what() {
    for world in worlds().await {
        let (cases, md) = (&world.cases, staff("md"));
        decided(&world, 1).await;
        for who in ["dsb", "betrieb"] {
            let refused = cases.start_print_run(&staff(who), MOST_SHEETS).await;
            assert!(matches!(refused, Err(CaseError::Refused(_))), "{who}");
            assert!(
                matches!(cases.print_runs(&staff(who)).await, Err(CaseError::Refused(_))),
                "{who}"
            );
        }
        let refused = cases.start_print_run(&Actor::Person(person(ERIKA)), MOST_SHEETS).await;
        assert!(matches!(refused, Err(CaseError::Refused(_))));
        // `md-3` works on Wohngeld alone, of which nothing waits.
        let nothing = cases.start_print_run(&staff("md-3"), MOST_SHEETS).await;
        assert!(matches!(nothing, Err(CaseError::Input(_))), "{nothing:?}");

        // Two who start in one moment get one run.
        let (first, lead) = (staff("md-2"), staff("lead"));
        let (one, two) = tokio::join!(
            cases.start_print_run(&first, MOST_SHEETS),
            cases.start_print_run(&lead, MOST_SHEETS)
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        let busy = cases.start_print_run(&md, MOST_SHEETS).await;
        assert!(
            matches!(&busy, Err(CaseError::Input(text)) if text.contains("anderer Drucklauf")),
            "{busy:?}"
        );
        world.work().await;
        let listed = cases.print_runs(&md).await.unwrap();
        assert_eq!((listed.len(), listed[0].printed), (1, 2));

        let other = staff("md-3");
        let today = cases.now().date();
        assert!(matches!(cases.print_run(&other, 1).await, Err(CaseError::Refused(_))));
        assert!(matches!(
            cases.post_print_run(&other, 1, today).await,
            Err(CaseError::Refused(_))
        ));
        assert!(matches!(
            cases.discard_print_run(&other, 1).await,
            Err(CaseError::Refused(_))
        ));
        let refused = cases.print_file(&other, 1, 1).await;
        assert!(matches!(refused, Err(CaseError::Refused(_))), "{refused:?}");
        let stream = cases
            .journal()
            .stream(&magdeburg(), "access/print-run/1/1")
            .await
            .unwrap();
        assert_eq!(stream.last().unwrap().kind, "access.refused", "and it is recorded");
        for (run, at) in [(2, 1), (1, 2), (1, 0)] {
            assert!(
                matches!(cases.print_file(&md, run, at).await, Err(CaseError::NotFound)),
                "{run}/{at}"
            );
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn files_are_gone_after_two_weeks_and_what_was_not_posted_waits_again() {
    for world in worlds().await {
        let (cases, md) = (&world.cases, staff("md"));
        decided(&world, 2).await;
        cases.start_print_run(&md, 4).await.unwrap();
        world.work().await;
        world.clock.advance(13 * DAY);
        world.work().await;
        file(&world, 1, 2).await;
        // Posted on the thirteenth day: two weeks from then.
        cases.post_print_run(&md, 1, cases.now().date()).await.unwrap();
        world.work().await;
        world.clock.advance(13 * DAY);
        world.work().await;
        file(&world, 1, 2).await;
        world.clock.advance(DAY + DAY);
        world.work().await;
        assert_eq!(seen(&world, 1).await.line.standing, PrintStanding::Erased);
        for at in [1, 2] {
            assert!(
                matches!(cases.print_file(&md, 1, at).await, Err(CaseError::Erased)),
                "file {at}"
            );
        }
        assert_eq!(cases.unprinted_documents(&md).await.unwrap(), 0, "it was posted");

        // Never posted, and one given up at once.
        decided(&world, 1).await;
        cases.start_print_run(&md, MOST_SHEETS).await.unwrap();
        world.work().await;
        assert_eq!(cases.unprinted_documents(&md).await.unwrap(), 0);
        world.until(cases.now().saturating_add(15 * DAY)).await;
        assert_eq!(cases.unprinted_documents(&md).await.unwrap(), 2, "it waits again");
        let number = cases.start_print_run(&md, MOST_SHEETS).await.unwrap();
        assert_eq!(number, 3);
        cases.discard_print_run(&md, number).await.unwrap();
        world.work().await;
        assert_eq!(cases.unprinted_documents(&md).await.unwrap(), 2);
        assert!(matches!(
            cases.discard_print_run(&md, number).await,
            Err(CaseError::Stale)
        ));
        let number = cases.start_print_run(&md, MOST_SHEETS).await.unwrap();
        world.work().await;
        file(&world, number, 1).await;
        cases.discard_print_run(&md, number).await.unwrap();
        assert!(matches!(cases.print_file(&md, number, 1).await, Err(CaseError::Erased)));
        assert_eq!(world.findings().await, Vec::<String>::new());
        let listed = cases.print_runs(&md).await.unwrap();
        assert!(
            listed.iter().all(|run| run.standing == PrintStanding::Erased),
            "{listed:?}"
        );
    }
}

/// One damaged PDF must not keep everybody's letters back.
#[tokio::test]
async fn a_letter_that_cannot_be_read_is_left_out() {
    for world in worlds().await {
        let (cases, md) = (&world.cases, staff("md"));
        decided(&world, 3).await;
        for (item, bytes) in outbox(&world, "md")
            .await
            .iter()
            .take(2)
            .zip([vec![0; 9], vec![7; 900]])
        {
            let mut tx = world.store.begin().await.unwrap();
            let id = format!("pdf/{}", item.notice);
            let sql = "UPDATE journal_blob SET bytes = $1 WHERE id = $2";
            let changed = tx
                .execute(sql, &[wegfrei_store::Value::Blob(bytes), id.into()])
                .await
                .unwrap();
            assert_eq!(changed, 1);
            tx.commit().await.unwrap();
        }
        // Each looked at in a step of its own.
        let number = cases.start_print_run(&md, 1).await.unwrap();
        world.work().await;
        let made = seen(&world, number).await;
        assert_eq!(
            (made.line.standing, made.line.printed, made.envelopes),
            (PrintStanding::Made, 2, 1)
        );
        assert_eq!(
            outbox(&world, "md").await.len(),
            3,
            "they wait where somebody will see them"
        );
        assert_eq!(cases.unprinted_documents(&md).await.unwrap(), 4);
    }
}
