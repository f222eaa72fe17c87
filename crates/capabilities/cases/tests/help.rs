//! Who helps a resident, on both engines: codes, rights, records, the end of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{ALI, ERIKA, World, magdeburg, person, staff, worlds};
use wegfrei_cases::{CaseError, Contact, FollowUp, Verdict};
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;
use wegfrei_model::{CaseId, PersonId};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn other(number: u8) -> PersonId {
    person(&format!("0190b3c0-0000-7000-8000-0000000000{number:02}"))
}

async fn draft(world: &World) -> CaseId {
    let cases = &world.cases;
    cases
        .start_draft(person(ERIKA), magdeburg(), "voll", None)
        .await
        .unwrap()
}

async fn code(world: &World, case: CaseId) -> String {
    let offered = world.cases.offer_help(person(ERIKA), magdeburg(), case).await;
    offered.unwrap().code
}

async fn helps(world: &World, case: CaseId) {
    let code = code(world, case).await;
    world.cases.accept_help(person(ALI), "Ali Größe", &code).await.unwrap();
}

#[tokio::test]
async fn a_helper_works_on_a_draft_and_every_look_is_recorded() {
    for world in worlds().await {
        let (cases, erika, ali) = (&world.cases, person(ERIKA), person(ALI));
        let case = draft(&world).await;
        let refused = cases.draft(ali, magdeburg(), case).await;
        assert!(matches!(refused, Err(CaseError::Refused(_))), "{refused:?}");
        let code = code(&world, case).await;
        let shown = cases
            .accept_help(ali, "Ali Größe", &code.replace(' ', "-"))
            .await
            .unwrap();
        assert_eq!(shown.case, case);
        assert_eq!(cases.helped_cases(ali).await.unwrap().len(), 1);
        let opened = cases.draft(ali, magdeburg(), case).await.unwrap();
        let data = world.example("01-erster");
        cases
            .save_draft(ali, magdeburg(), case, &data, opened.version)
            .await
            .unwrap();
        let paper = cases
            .add_paper(ali, magdeburg(), case, "a.pdf", b"%PDF-1.7 x".to_vec())
            .await
            .unwrap();
        let actor = Actor::Person(ali);
        let read = cases
            .paper(&actor, Purpose::OwnData, magdeburg(), case, paper)
            .await
            .unwrap();
        assert_eq!(read.0.file_name, "a.pdf");
        let mine = cases.draft(erika, magdeburg(), case).await.unwrap();
        assert_eq!((mine.data, mine.papers.len()), (data, 1));
        let help = cases.my_help(erika, magdeburg(), case).await.unwrap();
        assert_eq!((help.helpers[0].name.as_str(), help.code_until), ("Ali Größe", None));

        let log = cases.access_log(erika, 100).await.unwrap();
        let help: Vec<_> = log.iter().filter(|record| record.purpose == "assistance").collect();
        assert!(help.len() >= 2, "{log:#?}");
        assert!(
            help.iter()
                .all(|record| record.who == "Hilfe: Ali Größe" && record.granted),
            "{help:#?}"
        );
        assert!(
            log.iter()
                .any(|record| !record.granted && record.who == "Eine andere Person")
        );
        for entry in cases.journal().entries(magdeburg(), 0, 10_000).await.unwrap() {
            for secret in ["Größe", &code, &code.replace(' ', "")] {
                assert!(!entry.facts.contains(secret), "{secret} in {}", entry.facts);
            }
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn help_taken_while_the_resident_types_costs_no_answer() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let case = draft(&world).await;
        let opened = cases.draft(erika, magdeburg(), case).await.unwrap();
        helps(&world, case).await;
        let data = world.example("01-erster");
        cases
            .save_draft(erika, magdeburg(), case, &data, opened.version)
            .await
            .unwrap();
        let again = cases.save_draft(erika, magdeburg(), case, &opened.data, opened.version);
        assert!(matches!(again.await, Err(CaseError::Stale)));
        let now = cases.draft(person(ALI), magdeburg(), case).await.unwrap();
        assert_eq!(now.data, data);
    }
}

#[tokio::test]
async fn what_stays_the_resident_s_is_refused_and_recorded() {
    for world in worlds().await {
        let (cases, ali, at) = (&world.cases, person(ALI), magdeburg());
        let case = draft(&world).await;
        helps(&world, case).await;
        let refusals = |error: Option<CaseError>, what: &str| {
            assert!(matches!(error, Some(CaseError::Refused(_))), "{what}: {error:?}");
        };
        refusals(cases.submit(ali, at, case).await.err(), "send");
        refusals(cases.discard_draft(ali, at, case).await.err(), "discard");
        refusals(cases.set_contact(ali, at, case, Contact::Letter).await.err(), "contact");
        refusals(cases.offer_help(ali, at, case).await.err(), "invite");
        refusals(cases.take_help_back(ali, at, case).await.err(), "take back");
        refusals(cases.my_help(ali, at, case).await.err(), "who helps");
        refusals(
            cases.end_help(ali, at, case, person(ERIKA)).await.err(),
            "end another's",
        );
        // As a case.
        let case = world.sent_full("01-erster").await;
        helps(&world, case).await;
        let view = world.desk("md", case).await;
        assert_eq!(view.helpers[0].name, "Ali Größe");
        refusals(cases.withdraw(ali, at, case).await.err(), "withdraw");
        refusals(cases.related(ali, at, case).await.err(), "other cases");
        refusals(
            cases.start_follow_up(ali, at, case, FollowUp::Change).await.err(),
            "follow up",
        );
        refusals(cases.set_contact(ali, at, case, Contact::Letter).await.err(), "contact");
        world
            .verdict("md", case, Verdict::Confirm { reason: String::new() })
            .await
            .unwrap();
        world.post().await;
        let notice = cases.seen_notices(ali, at, case).await.unwrap()[0].notice;
        refusals(cases.object(ali, at, case, notice, "").await.err(), "object");
        let actions = cases.my_actions(ali, at, case).await.unwrap();
        // Where the case stands is seen by who helps; there is nothing to do.
        let nothing = wegfrei_cases::MyActions {
            passed: actions.passed.clone(),
            ..wegfrei_cases::MyActions::default()
        };
        assert_eq!(actions, nothing);
        // What a helper may: see what was sent and read the notice, which does not count as the resident's reading.
        cases.my_application(ali, at, case).await.unwrap();
        let pdf = cases
            .notice_pdf(&Actor::Person(ali), Purpose::OwnData, at, notice)
            .await
            .unwrap();
        assert!(pdf.starts_with(b"%PDF-"));
        assert!(
            cases
                .seen_notices(ali, at, case)
                .await
                .unwrap()
                .iter()
                .all(|notice| notice.read_at.is_none())
        );
        let log = cases.access_log(person(ERIKA), 200).await.unwrap();
        let refused = log.iter().filter(|record| !record.granted).count();
        assert!(refused >= 10, "{refused} of {log:#?}");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_helper_answers_a_request() {
    for world in worlds().await {
        let (cases, ali) = (&world.cases, person(ALI));
        let case = world.sent_full("01-erster").await;
        helps(&world, case).await;
        let asked = Verdict::RequestPapers {
            text: "Bitte senden Sie uns den Nachweis.".to_owned(),
            papers: vec![],
            due: "2026-04-15".parse().unwrap(),
        };
        world.verdict("md", case, asked).await.unwrap();
        let request = cases.my_request(ali, magdeburg(), case).await.unwrap().unwrap();
        assert!(request.open && cases.my_actions(ali, magdeburg(), case).await.unwrap().supply.is_some());
        let paper = cases
            .add_paper(ali, magdeburg(), case, "a.pdf", b"%PDF-1.7 x".to_vec())
            .await
            .unwrap();
        cases.remove_paper(ali, magdeburg(), case, paper).await.unwrap();
        cases.supply(ali, magdeburg(), case, "Liegt bei.").await.unwrap();
        let view = world.desk("md", case).await;
        assert_eq!(view.done.last().unwrap().by, "Bevollmächtigte Person");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn ended_help_ends_at_once() {
    for world in worlds().await {
        let (cases, erika, ali) = (&world.cases, person(ERIKA), person(ALI));
        for by in [erika, ali] {
            let case = draft(&world).await;
            helps(&world, case).await;
            let opened = cases.draft(ali, magdeburg(), case).await.unwrap();
            cases.end_help(by, magdeburg(), case, ali).await.unwrap();
            cases.end_help(by, magdeburg(), case, ali).await.unwrap();
            let refused = cases.draft(ali, magdeburg(), case).await;
            assert!(matches!(refused, Err(CaseError::Refused(_))), "{refused:?}");
            let save = cases
                .save_draft(ali, magdeburg(), case, &opened.data, opened.version + 1)
                .await;
            assert!(matches!(save, Err(CaseError::Refused(_))), "{save:?}");
            let upload = cases
                .add_paper(ali, magdeburg(), case, "a.pdf", b"%PDF-1.7 x".to_vec())
                .await;
            assert!(matches!(upload, Err(CaseError::Refused(_))), "{upload:?}");
            assert!(cases.helped_cases(ali).await.unwrap().is_empty());
            let log = cases.access_log(erika, 100).await.unwrap();
            assert!(
                log.iter().any(|record| record.who == "Hilfe: Ali Größe"),
                "still called by name"
            );
        }
        // A discarded draft is nobody's.
        let case = draft(&world).await;
        helps(&world, case).await;
        cases.discard_draft(erika, magdeburg(), case).await.unwrap();
        assert!(matches!(
            cases.draft(ali, magdeburg(), case).await,
            Err(CaseError::Discarded)
        ));
        assert!(cases.helped_cases(ali).await.unwrap().is_empty());
        cases.access_log(erika, 100).await.unwrap();
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn codes_are_good_once_for_seven_days_and_for_somebody_else() {
    for world in worlds().await {
        let (cases, erika, ali) = (&world.cases, person(ERIKA), person(ALI));
        let refuse = |result: Result<_, CaseError>, part: &str| match result {
            Err(CaseError::Input(text)) => assert!(text.contains(part), "{text}"),
            other => panic!("{part}: {:?}", other.map(|_: wegfrei_cases::CaseSummary| ())),
        };
        let case = draft(&world).await;
        let old = code(&world, case).await;
        let new = code(&world, case).await;
        refuse(cases.accept_help(ali, "A", &old).await, "gilt nicht mehr");
        refuse(cases.accept_help(erika, "E", &new).await, "Ihr eigener");
        cases.take_help_back(erika, magdeburg(), case).await.unwrap();
        refuse(cases.accept_help(ali, "A", &new).await, "gilt nicht mehr");
        let late = code(&world, case).await;
        world.clock.advance(7 * DAY);
        refuse(cases.accept_help(ali, "A", &late).await, "gilt nicht mehr");
        let once = code(&world, case).await;
        world.clock.advance(7 * DAY - Duration::from_secs(1));
        // Two enter the same code in the same moment: one helps.
        let (first, second) = tokio::join!(
            cases.accept_help(ali, "A", &once),
            cases.accept_help(other(11), "B", &once),
        );
        assert!(
            first.is_ok() != second.is_ok(),
            "{:?} {:?}",
            first.is_ok(),
            second.is_ok()
        );
        assert_eq!(cases.my_help(erika, magdeburg(), case).await.unwrap().helpers.len(), 1);
        for number in [12, 13] {
            let code = code(&world, case).await;
            cases.accept_help(other(number), "C", &code).await.unwrap();
        }
        let full = cases.offer_help(erika, magdeburg(), case).await;
        assert!(matches!(full, Err(CaseError::Limit(_))), "three are enough");
        let help = cases.my_help(erika, magdeburg(), case).await.unwrap();
        assert_eq!((help.helpers.len(), help.room), (3, false));
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn nobody_guesses_a_code() {
    for world in worlds().await {
        let (cases, ali) = (&world.cases, person(ALI));
        let case = draft(&world).await;
        let right = code(&world, case).await;
        let tries = (0..8).map(|number| {
            let wrong = format!("00000000000{number}");
            async move { cases.accept_help(ali, "A", &wrong).await.err().unwrap() }
        });
        let mut limited = 0;
        for tried in tries {
            limited += usize::from(matches!(tried.await, CaseError::Limit(_)));
        }
        assert_eq!(limited, 3, "five tries in an hour");
        let right_now = cases.accept_help(ali, "A", &right).await;
        assert!(
            matches!(right_now, Err(CaseError::Limit(_))),
            "even the right one waits"
        );
        // Somebody else is not kept waiting by it.
        for _ in 0..2 {
            world.clock.advance(Duration::from_secs(3601));
            for number in 0..5 {
                let wrong = cases.accept_help(ali, "A", &format!("10000000000{number}")).await;
                assert!(matches!(wrong, Err(CaseError::Input(_) | CaseError::Limit(_))));
            }
        }
        world.clock.advance(Duration::from_secs(3601));
        let right_later = cases.accept_help(ali, "A", &right).await;
        assert!(matches!(right_later, Err(CaseError::Limit(_))), "fifteen in a day");
        cases.accept_help(other(11), "B", &right).await.unwrap();
        let _ = staff("md");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}
