//! Deciding on an objection: nobody grants one by not looking, and what was granted is said at the first case, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{ERIKA, World, at, magdeburg, person, worlds};
use serde_json::{Map, json};
use wegfrei_cases::{CaseError, Status, Verdict};
use wegfrei_model::{CaseId, NoticeId};

fn choose(result: &str, reason: &str) -> Verdict {
    Verdict::Correct {
        reason: reason.to_owned(),
        corrections: Map::from_iter([("ergebnis".to_owned(), json!(result))]),
        answers: Map::new(),
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
        world.verdict("md-2", objection, confirm()).await.unwrap();
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
