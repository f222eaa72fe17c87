//! From a draft to a notice in the mailbox, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{ALI, ERIKA, at, halle, magdeburg, person, staff, worlds};
use serde_json::{Map, json};
use wegfrei_cases::event::VerdictKind;
use wegfrei_cases::{Authenticity, CaseError, Status, Verdict, WorklistView};
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;

#[tokio::test]
async fn the_ordinary_case_is_decided_without_a_human() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let profile = world.directory.person(&erika);
        let case = cases
            .start_draft(erika, magdeburg(), "hundesteuer", profile)
            .await
            .unwrap();
        let draft = cases.draft(erika, magdeburg(), case).await.unwrap();
        assert_eq!(
            draft.data["G15000000001"]["F15000000001"], "Lehmann",
            "what the login knows is not asked"
        );
        assert!(matches!(
            cases.submit(erika, magdeburg(), case).await,
            Err(CaseError::Invalid(_))
        ));

        let data = world.example("01-erster-hund-magdeburg");
        let version = cases
            .save_draft(erika, magdeburg(), case, &data, draft.version)
            .await
            .unwrap();
        assert!(version > draft.version);
        let stale = cases.save_draft(erika, magdeburg(), case, &data, draft.version).await;
        assert!(
            matches!(stale, Err(CaseError::Stale)),
            "an older tab does not overwrite"
        );

        // A double click: two sends at once are one case with one reference.
        let (first, second) = tokio::join!(
            cases.submit(erika, magdeburg(), case),
            cases.submit(erika, magdeburg(), case)
        );
        let receipt = first.unwrap();
        assert_eq!(second.unwrap(), receipt);
        assert_eq!(cases.submit(erika, magdeburg(), case).await.unwrap(), receipt);
        assert_eq!(receipt.status, Status::Decided);
        assert_eq!(cases.my_cases(erika).await.unwrap().len(), 1);

        let mailbox = cases.mailbox(erika).await.unwrap();
        let letter = mailbox
            .iter()
            .find(|notice| notice.template == "bescheid")
            .expect("in the mailbox at once");
        assert!(!letter.ready, "the PDF is a job");
        assert!(matches!(
            cases.check_code(&letter.code).await.unwrap(),
            Authenticity::NotYet
        ));
        world.work().await;
        let own = Actor::Person(erika);
        let pdf = cases
            .notice_pdf(&own, Purpose::OwnData, magdeburg(), letter.notice)
            .await
            .unwrap();
        assert!(pdf.starts_with(b"%PDF-"));

        let Authenticity::Genuine(by_code) = cases.check_code(&letter.code.to_lowercase()).await.unwrap() else {
            panic!("the code is genuine");
        };
        assert_eq!(by_code.authority, magdeburg());
        assert!(matches!(cases.check_pdf(&pdf).await.unwrap(), Authenticity::Genuine(_)));
        let mut forged = pdf.clone();
        *forged.last_mut().unwrap() ^= 1;
        assert!(matches!(cases.check_pdf(&forged).await.unwrap(), Authenticity::Unknown));
        assert!(matches!(
            cases.check_code("0000-0000-0000-0000").await.unwrap(),
            Authenticity::Unknown
        ));

        let log = cases.access_log(erika, 100).await.unwrap();
        assert!(
            log.iter()
                .any(|record| record.who == "Automatischer Schritt" && record.parts == ["letter"]),
            "{log:?}"
        );
        assert!(
            log.iter()
                .any(|record| record.who == "Sie selbst" && record.parts == ["pdf"]),
            "{log:?}"
        );
        assert!(cases.access_log(person(ALI), 100).await.unwrap().is_empty());
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn somebody_elses_is_refused_and_the_owner_sees_it() {
    for world in worlds().await {
        let (cases, erika, ali) = (&world.cases, person(ERIKA), person(ALI));
        let case = cases
            .start_draft(erika, magdeburg(), "hundesteuer", None)
            .await
            .unwrap();
        assert!(matches!(
            cases.draft(ali, magdeburg(), case).await,
            Err(CaseError::Refused(_))
        ));
        let empty = json!({});
        assert!(matches!(
            cases.save_draft(ali, magdeburg(), case, &empty, 1).await,
            Err(CaseError::Refused(_))
        ));
        assert!(matches!(
            cases.discard_draft(ali, magdeburg(), case).await,
            Err(CaseError::Refused(_))
        ));
        let desk = cases
            .open_case(&staff("md"), Purpose::CaseWork, magdeburg(), case)
            .await;
        assert!(
            matches!(desk, Err(CaseError::Refused(_))),
            "a draft is nobody's but the resident's"
        );

        let sent = world.sent("06-merkzeichen").await;
        let foreign = cases
            .open_case(&staff("hal"), Purpose::CaseWork, magdeburg(), sent)
            .await;
        assert!(matches!(foreign, Err(CaseError::Refused(_))));
        let supervision = cases
            .open_case(&staff("md"), Purpose::Supervision, magdeburg(), sent)
            .await;
        assert!(matches!(supervision, Err(CaseError::Refused(_))));
        cases
            .open_case(&staff("lead"), Purpose::Supervision, magdeburg(), sent)
            .await
            .unwrap();
        let data = world.example("01-erster");
        let taken = cases.submit_direct(ali, magdeburg(), "hundesteuer", sent, &data).await;
        assert!(
            matches!(taken, Err(CaseError::Stale)),
            "another person's case id is no receipt"
        );

        let log = cases.access_log(erika, 100).await.unwrap();
        let refused = log.iter().filter(|record| !record.granted).count();
        assert_eq!(refused, 6, "{log:#?}");
        assert!(
            log.iter()
                .any(|record| !record.granted && record.who.contains("Sachbearbeitung, Halle"))
        );
        assert!(
            log.iter()
                .any(|record| record.granted && record.purpose == "supervision")
        );
        assert!(matches!(
            cases.worklist(&staff("dsb"), WorklistView::Team, None, 10).await,
            Err(CaseError::Refused(_))
        ));
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_caseworker_confirms_or_corrects_and_the_second_is_told() {
    for world in worlds().await {
        let cases = &world.cases;
        for correct in [false, true] {
            let case = world.sent("06-merkzeichen").await;
            let list = cases
                .worklist(&staff("md"), WorklistView::Team, None, 10)
                .await
                .unwrap();
            assert_eq!(list.items.len(), 1);
            assert!(
                cases
                    .worklist(&staff("hal"), WorklistView::Team, None, 10)
                    .await
                    .unwrap()
                    .items
                    .is_empty()
            );
            let task = list.items[0].task.unwrap();
            let view = cases
                .open_case(&staff("md"), Purpose::CaseWork, magdeburg(), case)
                .await
                .unwrap();
            assert_eq!(view.status, Status::InReview);
            let proposal = view.decision.as_ref().unwrap();
            assert!(!proposal.automatic && !proposal.explanation.legal_bases().is_empty());
            let before = proposal.value["jahressteuer_cent"].as_i64().unwrap();
            let verdict = if correct {
                let corrections = Map::from_iter([("ermaessigung".to_owned(), json!("keine"))]);
                Verdict::Correct {
                    reason: "Der Ausweis ist abgelaufen.".to_owned(),
                    corrections,
                    answers: Map::new(),
                }
            } else {
                Verdict::Confirm { reason: String::new() }
            };
            let version = view.version;
            let foreign = cases
                .complete_task(&at("hal", case, task), version, verdict.clone())
                .await;
            assert!(matches!(foreign, Err(CaseError::Refused(_))));
            let (one, two) = (at("md", case, task), at("md-2", case, task));
            let (first, second) = tokio::join!(
                cases.complete_task(&one, version, verdict.clone()),
                cases.complete_task(&two, version, verdict.clone()),
            );
            let results = [first, second];
            assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
            assert!(results.iter().any(|result| matches!(result, Err(CaseError::Stale))));

            let view = cases
                .open_case(&staff("md"), Purpose::CaseWork, magdeburg(), case)
                .await
                .unwrap();
            assert_eq!(view.status, Status::Decided);
            assert!(view.task.is_none());
            let done = &view.done[0];
            assert_eq!(
                done.verdict,
                if correct {
                    VerdictKind::Corrected
                } else {
                    VerdictKind::Confirmed
                }
            );
            let after = view.decision.unwrap().value["jahressteuer_cent"].as_i64().unwrap();
            assert_eq!(
                after > before,
                correct,
                "without the reduction the tax is higher: {before} {after}"
            );
            world.work().await;
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// § 90 Abs. 1, § 93 AO: who asks for a reduction is asked for what proves it, reminded, and without it the tax is set in full.
#[tokio::test]
async fn who_asks_for_a_reduction_is_asked_for_the_proof() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent("06-merkzeichen").await;
        assert!(world.desk("md", case).await.task.unwrap().can_request);
        let ask = Verdict::RequestPapers {
            text: "Das Merkzeichen ist nicht zu lesen.".to_owned(),
            papers: vec!["Schwerbehindertenausweis, Rückseite".to_owned()],
            due: "2026-04-15".parse().unwrap(),
        };
        world.verdict("md", case, ask).await.unwrap();
        world.post().await;
        let asked = cases.my_request(erika, magdeburg(), case).await.unwrap().unwrap();
        assert!(asked.open && asked.begun);
        world.past(asked.until).await;
        world.post().await;
        let view = world.desk("md", case).await;
        assert_eq!(view.status, Status::InReview);
        assert_eq!(view.task.unwrap().name, "Angaben und Nachweise prüfen");
        let corrections = Map::from_iter([("ermaessigung".to_owned(), json!("keine"))]);
        let without = Verdict::Correct {
            reason: "Der Nachweis fehlt trotz Frist.".to_owned(),
            corrections,
            answers: Map::new(),
        };
        world.verdict("md", case, without).await.unwrap();
        world.post().await;
        let view = world.desk("md", case).await;
        assert_eq!(view.decision.unwrap().value["jahressteuer_cent"], 9600);
        let mut letters: Vec<_> = view
            .notices
            .iter()
            .map(|notice| (notice.template.as_str(), notice.ready))
            .collect();
        letters.sort_unstable();
        let expected = ["bescheid", "bescheid-leicht", "erinnerung", "nachforderung"].map(|letter| (letter, true));
        assert_eq!(letters, expected, "all are made");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn papers_are_told_by_their_bytes_and_can_be_taken_back() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = cases
            .start_draft(erika, magdeburg(), "hundesteuer", None)
            .await
            .unwrap();
        for (bytes, part) in [
            (vec![], "leer"),
            (b"MZ\x90".to_vec(), "PDF, JPEG"),
            (vec![b'%'; 10 * 1024 * 1024 + 1], "10 MB"),
        ] {
            let refused = cases
                .add_paper(erika, magdeburg(), case, "x.pdf", bytes)
                .await
                .unwrap_err();
            assert!(refused.to_string().contains(part), "{refused}");
        }
        let bytes = b"%PDF-1.7 Ausweis".to_vec();
        let name = "C:\\Ausweis Żółć.pdf";
        let paper = cases
            .add_paper(erika, magdeburg(), case, name, bytes.clone())
            .await
            .unwrap();
        let other = cases
            .add_paper(erika, magdeburg(), case, "b.png", b"\x89PNG\r\n\x1a\n".to_vec())
            .await
            .unwrap();
        let own = Actor::Person(erika);
        let (view, read) = cases
            .paper(&own, Purpose::OwnData, magdeburg(), case, paper)
            .await
            .unwrap();
        assert_eq!((view.file_name.as_str(), read), ("Ausweis Żółć.pdf", bytes));
        cases.remove_paper(erika, magdeburg(), case, other).await.unwrap();
        let draft = cases.draft(erika, magdeburg(), case).await.unwrap();
        assert_eq!(draft.papers.len(), 1);
        assert_eq!(world.stored_papers().await, 1, "what was taken back is deleted");

        let foreign = cases
            .paper(&staff("md"), Purpose::CaseWork, magdeburg(), case, paper)
            .await;
        assert!(matches!(foreign, Err(CaseError::Refused(_))));

        // Only papers that are there count: one that was taken back, or never came, does not.
        let mut data = world.example("06-merkzeichen");
        let file = |paper: &str| json!([{ "paper": paper }]);
        let gone = other.to_string();
        let mut version = draft.version;
        for (named, sent) in [
            (gone.as_str(), false),
            ("erfunden", false),
            (paper.to_string().as_str(), true),
        ] {
            data["G15000000004"]["F15000000020"] = file(named);
            version = cases
                .save_draft(erika, magdeburg(), case, &data, version)
                .await
                .unwrap();
            assert_eq!(cases.submit(erika, magdeburg(), case).await.is_ok(), sent, "{named}");
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_discarded_draft_is_unreadable_for_ever_and_the_journal_still_verifies() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = cases.start_draft(erika, halle(), "hundesteuer", None).await.unwrap();
        let paper = b"%PDF-1.7 Ausweis".to_vec();
        cases.add_paper(erika, halle(), case, "a.pdf", paper).await.unwrap();
        cases.discard_draft(erika, halle(), case).await.unwrap();
        assert_eq!(world.stored_papers().await, 0);
        assert!(matches!(
            cases.draft(erika, halle(), case).await,
            Err(CaseError::Discarded)
        ));
        assert!(cases.my_cases(erika).await.unwrap().is_empty());
        let rows = world.store.fetch("SELECT wrapped FROM journal_key", &[]).await.unwrap();
        assert!(
            rows.iter().all(|row| row.opt_blob("wrapped").unwrap().is_none()),
            "the key is gone"
        );
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_period_for_objection_ends_at_midnight_in_magdeburg() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = world.sent("01-erster").await;
        world.work().await;
        let letter = cases.mailbox(erika).await.unwrap()[0].notice;
        let today = cases.now().date();
        cases
            .mark_posted(&staff("md"), magdeburg(), letter, today)
            .await
            .unwrap();
        // Made available on 18 March 2026 (Wednesday): notified on the 22nd, a Sunday, so on Monday the 23rd; one month later is
        // 23 April, a Thursday. Midnight there is 22:00 UTC, in summer time.
        let due = cases.my_case(erika, magdeburg(), case).await.unwrap().due.unwrap();
        assert_eq!(due.to_string(), "2026-04-23T22:00:00.000000Z");
        let now = cases.now();
        world.clock.advance(due.since(now) - Duration::from_secs(1));
        world.work().await;
        assert_eq!(
            cases.my_case(erika, magdeburg(), case).await.unwrap().status,
            Status::Decided
        );
        world.past(due).await;
        assert_eq!(
            cases.my_case(erika, magdeburg(), case).await.unwrap().status,
            Status::Final
        );
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_changed_table_row_is_found() {
    for world in worlds().await {
        world.sent("06-merkzeichen").await;
        assert_eq!(world.findings().await, Vec::<String>::new());
        for sql in [
            "UPDATE case_file SET person = '0190b3c0-0000-7000-8000-000000000002'",
            "UPDATE case_task SET open = 0",
        ] {
            let mut tx = world.store.begin().await.unwrap();
            tx.execute(sql, &[]).await.unwrap();
            tx.commit().await.unwrap();
            assert!(!world.findings().await.is_empty(), "{sql}");
        }
    }
}

#[tokio::test]
async fn the_worklist_pages_and_nothing_is_missed_or_twice() {
    for world in worlds().await {
        let mut sent = Vec::new();
        for _ in 0..7 {
            sent.push(world.sent("06-merkzeichen").await);
            world.clock.advance(Duration::from_secs(60));
        }
        for filter in [WorklistView::Team, WorklistView::All] {
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let page = world
                    .cases
                    .worklist(&staff("md"), filter, after.as_deref(), 3)
                    .await
                    .unwrap();
                assert!(page.items.len() <= 3);
                seen.extend(page.items.iter().map(|item| item.case));
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            if filter == WorklistView::All {
                seen.reverse();
            }
            assert_eq!(seen, sent, "{filter:?}");
        }
        for hostile in ["x", ".", "1", "999999999999999999999.x", "1.' OR 1=1"] {
            let page = world
                .cases
                .worklist(&staff("md"), WorklistView::Team, Some(hostile), 3)
                .await;
            assert!(page.is_ok() || matches!(page, Err(CaseError::NotFound)), "{hostile}");
        }
    }
}
