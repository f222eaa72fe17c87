//! Deciding on an objection: nobody grants one by not looking, and what was granted is said at the first case, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{ERIKA, World, at, magdeburg, person, worlds};
use serde_json::{Map, json};
use wegfrei_cases::{CaseError, Status, Suit, Verdict};
use wegfrei_model::{CaseId, NoticeId, Timestamp};

fn choose(result: &str, reason: &str) -> Verdict {
    Verdict::Correct {
        reason: reason.to_owned(),
        corrections: Map::from_iter([("ergebnis".to_owned(), json!(result))]),
        answers: Map::new(),
    }
}

/// What was granted was carried out in another way than by deciding anew.
fn by_hand() -> Verdict {
    Verdict::Confirm {
        reason: "Von Hand geändert.".to_owned(),
    }
}

fn confirm() -> Verdict {
    Verdict::Confirm { reason: String::new() }
}

/// A dangerous dog that `md` decided about, and the objection to it.
async fn objected(world: &World) -> (CaseId, CaseId) {
    let case = world.sent("05-gefaehrlicher").await;
    world.verdict("md", case, confirm()).await.unwrap();
    world.post().await;
    let mailbox = world.cases.mailbox(person(ERIKA)).await.unwrap();
    let notice: NoticeId = mailbox
        .iter()
        .find(|known| known.case == case && known.template == "bescheid")
        .unwrap()
        .notice;
    let filed = world
        .cases
        .object(person(ERIKA), magdeburg(), case, notice, "Er ist nicht gefährlich.")
        .await
        .unwrap();
    (case, filed.case)
}

async fn status(world: &World, case: CaseId) -> Status {
    world
        .cases
        .my_case(person(ERIKA), magdeburg(), case)
        .await
        .unwrap()
        .status
}

async fn granted(world: &World, case: CaseId) -> Option<bool> {
    let actions = world.cases.my_actions(person(ERIKA), magdeburg(), case).await;
    actions.unwrap().granted
}

#[tokio::test]
async fn nobody_decides_on_an_objection_without_choosing() {
    for world in worlds().await {
        let (_, objection) = objected(&world).await;
        let view = world.desk("md-2", objection).await;
        assert!(view.decision.is_none(), "nothing is proposed");
        match world.verdict("md-2", objection, confirm()).await {
            Err(CaseError::Verdict(text)) => assert!(text.contains("Entscheidung über den Widerspruch"), "{text}"),
            other => panic!("{other:?}"),
        }
        for wrong in [json!("ja"), json!(null), json!(true)] {
            let mut verdict = choose("", "Weil.");
            if let Verdict::Correct { corrections, .. } = &mut verdict {
                corrections.insert("ergebnis".to_owned(), wrong);
            }
            let refused = world.verdict("md-2", objection, verdict).await;
            assert!(matches!(refused, Err(CaseError::Verdict(_))), "{refused:?}");
        }
        let silent = world.verdict("md-2", objection, choose("abhilfe", " ")).await;
        assert!(matches!(silent, Err(CaseError::Verdict(text)) if text.contains("begründen")));
        // The reason stands in the letter: another reason makes another letter.
        let step = at("md-2", objection, view.task.unwrap().task);
        let mut letters = Vec::new();
        for reason in [
            "Das Register bestätigt den Bescheid.",
            "Der Wesenstest fehlt weiterhin.",
        ] {
            let verdict = choose("zurueckweisung", reason);
            letters.push(world.cases.preview_letter(&step, verdict).await.unwrap().bytes);
        }
        assert_ne!(letters[0], letters[1]);
        assert_eq!(status(&world, objection).await, Status::InReview);
    }
}

#[tokio::test]
async fn who_decided_first_is_shown_and_warned() {
    for world in worlds().await {
        let (case, objection) = objected(&world).await;
        let own = world.desk("md", objection).await.contested.unwrap();
        assert!(own.by_reader && own.others && own.case == case, "{own:?}");
        let other = world.desk("md-2", objection).await.contested.unwrap();
        assert!(!other.by_reader && other.by.as_deref() == Some("M"), "{other:?}");
        assert!(world.desk("md", case).await.contested.is_none());
    }
}

#[tokio::test]
async fn what_was_granted_is_said_at_the_first_case_until_it_is_carried_out() {
    for world in worlds().await {
        let (case, objection) = objected(&world).await;
        assert_eq!(granted(&world, case).await, None);
        let verdict = choose("abhilfe", "Der Wesenstest lag vor.");
        world.verdict("md-2", objection, verdict).await.unwrap();
        world.post().await;
        assert_eq!(granted(&world, case).await, Some(false));
        let first = world.desk("md-2", case).await;
        assert!(first.timeline.iter().any(|item| item.kind == "objection.granted"));
        assert_eq!(first.objections[0].granted, Some(false));
        let task = world.desk("md-2", objection).await.task.unwrap();
        assert_eq!(task.name, "Abhilfe umsetzen: den ersten Bescheid ändern");
        // It was decided wrongly and is decided again: the first case is told, and the task is there again.
        let verdict = choose("teilabhilfe", "Nur für das laufende Jahr.");
        world.verdict("md-2", objection, verdict).await.unwrap();
        world.post().await;
        assert_eq!(granted(&world, case).await, Some(true));
        // Until somebody has changed it, the first notice does not become final.
        world.clock.advance(std::time::Duration::from_secs(60 * 24 * 3600));
        world.work().await;
        assert_ne!(status(&world, case).await, Status::Final);
        let at_once = world.verdict("md-2", objection, confirm()).await;
        assert!(
            matches!(&at_once, Err(CaseError::Verdict(text)) if text.contains("Neu entscheiden")),
            "{at_once:?}"
        );
        world.verdict("md-2", objection, by_hand()).await.unwrap();
        world.work().await;
        assert_eq!(status(&world, case).await, Status::Final);
        let kinds: Vec<String> = world
            .desk("md-2", case)
            .await
            .timeline
            .into_iter()
            .map(|item| item.kind)
            .collect();
        assert_eq!(
            kinds.iter().filter(|kind| *kind == "objection.granted").count(),
            2,
            "{kinds:?}"
        );
        assert!(kinds.iter().any(|kind| kind == "objection.closed"));
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// § 74 Abs. 1 VwGO: who objected in vain can still sue, for a month from service; until then nothing is final.
#[tokio::test]
async fn a_refusal_waits_for_the_period_for_suing() {
    for result in ["zurueckweisung", "teilabhilfe"] {
        for world in worlds().await {
            let (cases, erika) = (&world.cases, person(ERIKA));
            let (case, objection) = objected(&world).await;
            let sue = async || cases.my_actions(erika, magdeburg(), objection).await.unwrap().sue;
            assert_eq!(sue().await, None);
            world
                .verdict("md-2", objection, choose(result, "Nach Aktenlage."))
                .await
                .unwrap();
            world.work().await;
            assert_eq!(sue().await, Some(Suit { until: None }), "not served yet");
            // Served on Tuesday, 7 April 2026: until Thursday, 7 May, when the first notice's own period is long over.
            world.clock.advance(std::time::Duration::from_secs(20 * 24 * 3600));
            world.post().await;
            let end = Timestamp::parse("2026-05-07T22:00:00Z").unwrap();
            assert_eq!(sue().await, Some(Suit { until: Some(end) }));
            // No objection to the decision on an objection.
            let mailbox = cases.mailbox(erika).await.unwrap();
            let notice = mailbox.iter().find(|known| known.case == objection).unwrap().notice;
            let again = cases.object(erika, magdeburg(), objection, notice, "").await;
            assert!(matches!(again, Err(CaseError::Verdict(_))), "{again:?}");
            assert_eq!(
                cases.my_actions(erika, magdeburg(), objection).await.unwrap().object,
                []
            );
            // A certificate that was noted by mistake is taken back, and the period with it.
            let md = common::staff("md");
            cases.recall_posted(&md, magdeburg(), notice).await.unwrap();
            assert_eq!(sue().await, Some(Suit { until: None }));
            world.post().await;
            if result == "teilabhilfe" {
                world.clock.advance(std::time::Duration::from_secs(24 * 3600));
                world.verdict("md-2", objection, by_hand()).await.unwrap();
                assert_eq!(
                    sue().await,
                    Some(Suit { until: Some(end) }),
                    "from service, not from the change"
                );
            }
            world.until(Timestamp::parse("2026-05-07T21:59:59Z").unwrap()).await;
            assert!(sue().await.is_some());
            for open in [objection, case] {
                assert_eq!(status(&world, open).await, Status::Decided, "{result}");
            }
            world.until(end).await;
            assert_eq!(sue().await, None);
            for over in [objection, case] {
                assert_eq!(status(&world, over).await, Status::Final, "{result}");
            }
            assert_eq!(world.findings().await, Vec::<String>::new());
        }
    }
}

/// After a full Abhilfe there is nothing to sue against.
#[tokio::test]
async fn what_was_granted_waits_for_no_suit() {
    for world in worlds().await {
        let (_, objection) = objected(&world).await;
        let verdict = choose("abhilfe", "Der Wesenstest lag vor.");
        world.verdict("md-2", objection, verdict).await.unwrap();
        world.post().await;
        let actions = world.cases.my_actions(person(ERIKA), magdeburg(), objection).await;
        assert_eq!(actions.unwrap().sue, None);
        world.verdict("md-2", objection, by_hand()).await.unwrap();
        assert_eq!(status(&world, objection).await, Status::Final);
    }
}

#[tokio::test]
async fn an_objection_is_begun_from_its_notice_only() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let draft = cases.start_draft(erika, magdeburg(), "widerspruch", None).await;
        assert!(matches!(draft, Err(CaseError::NotAdopted)), "{draft:?}");
        let id = cases.new_case_id();
        let sent = cases
            .submit_direct(erika, magdeburg(), "widerspruch", id, &json!({}))
            .await;
        assert!(matches!(sent, Err(CaseError::NotAdopted)), "{sent:?}");
    }
}
