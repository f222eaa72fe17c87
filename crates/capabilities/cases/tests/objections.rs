//! Deciding on an objection: nobody grants one by not looking, and what was granted is said at the first case, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{ALI, ERIKA, World, at, magdeburg, person, staff, worlds};
use serde_json::{Map, json};
use wegfrei_cases::{CaseError, ObjectionStand, ObjectionView, Status, Suit, TakeBack, Verdict};
use wegfrei_identity::Purpose;
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

/// The only objection to a case, as its owner sees it there.
async fn seen(world: &World, case: CaseId) -> Option<ObjectionView> {
    let actions = world.cases.my_actions(person(ERIKA), magdeburg(), case).await;
    actions.unwrap().objections.pop()
}

async fn stand(world: &World, case: CaseId) -> ObjectionStand {
    seen(world, case).await.unwrap().stand
}

const GRANTED: ObjectionStand = ObjectionStand::Granted { in_part: false };
const PARTLY: ObjectionStand = ObjectionStand::Granted { in_part: true };

async fn kinds(world: &World, case: CaseId) -> Vec<String> {
    let timeline = world.desk("md-2", case).await.timeline;
    timeline.into_iter().map(|item| item.kind).collect()
}

/// What a verdict was refused with.
fn refusal(result: Result<(), CaseError>) -> String {
    match result {
        Err(CaseError::Verdict(text)) => text,
        other => panic!("{other:?}"),
    }
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
        assert_eq!(stand(&world, case).await, ObjectionStand::Open);
        let verdict = choose("teilabhilfe", "Nur für das laufende Jahr.");
        world.verdict("md-2", objection, verdict).await.unwrap();
        world.post().await;
        assert_eq!(stand(&world, case).await, PARTLY);
        let first = world.desk("md-2", case).await;
        assert!(first.timeline.iter().any(|item| item.kind == "objection.granted"));
        assert_eq!(first.objections[0].stand, PARTLY);
        let task = async || world.desk("md-2", objection).await.task.unwrap().name;
        assert_eq!(task().await, "Teilabhilfe umsetzen: den ersten Bescheid ändern");
        // It was decided wrongly and is decided again: the first case is told, and the task is there again.
        let verdict = choose("abhilfe", "Der Wesenstest lag vor.");
        world.verdict("md-2", objection, verdict).await.unwrap();
        world.post().await;
        assert_eq!(stand(&world, case).await, GRANTED);
        assert_eq!(task().await, "Abhilfe umsetzen: den ersten Bescheid ändern");
        // It is decided: nobody is told any more that what comes counts before the decision.
        let actions = world
            .cases
            .my_actions(person(ERIKA), magdeburg(), objection)
            .await
            .unwrap();
        assert!(!actions.supply_further);
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
        let kinds = kinds(&world, case).await;
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
            let md = staff("md");
            cases.recall_posted(&md, magdeburg(), notice).await.unwrap();
            assert_eq!(sue().await, Some(Suit { until: None }));
            world.post().await;
            if result == "teilabhilfe" {
                world.clock.advance(std::time::Duration::from_secs(24 * 3600));
                world.verdict("md-2", objection, by_hand()).await.unwrap();
                let changed = ObjectionStand::CarriedOut {
                    in_part: true,
                    by: None,
                };
                assert_eq!(stand(&world, case).await, changed);
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

/// Between objecting and the end of it the first case speaks of the objection, and of no period for objecting.
#[tokio::test]
async fn the_first_case_says_what_came_of_its_objection() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let (case, objection) = objected(&world).await;
        let open = seen(&world, case).await.unwrap();
        assert_eq!(
            (open.case, open.stand, open.filed_at),
            (objection, ObjectionStand::Open, cases.now())
        );
        assert!(
            open.decided_at.is_none() && open.sue.is_none() && open.court.is_none(),
            "{open:?}"
        );
        let summary = cases.my_case(erika, magdeburg(), case).await.unwrap();
        assert_eq!(
            (summary.status, summary.due, summary.waiting),
            (Status::Contested, None, vec!["Widerspruchsverfahren".to_owned()])
        );
        let actions = cases.my_actions(erika, magdeburg(), case).await.unwrap();
        assert!(actions.object.is_empty() && actions.missed.is_empty(), "{actions:?}");
        let desk = world.desk("md-2", case).await;
        assert_eq!((desk.objections, desk.deadlines), (vec![open], vec![]));
        // Nobody else learns of it, and who asks is recorded.
        let others = cases.my_actions(person(ALI), magdeburg(), case).await;
        assert!(matches!(others, Err(CaseError::Refused(_))), "{others:?}");
        let log = cases.access_log(erika, 50).await.unwrap();
        assert!(log.iter().any(|record| !record.granted && record.case == case));

        world.clock.advance(std::time::Duration::from_secs(24 * 3600));
        let decided = cases.now();
        let refused = choose("zurueckweisung", "Nach Aktenlage.");
        world.verdict("md-2", objection, refused).await.unwrap();
        world.work().await;
        let refused = seen(&world, case).await.unwrap();
        assert_eq!(
            (refused.stand, refused.decided_at),
            (ObjectionStand::Refused, Some(decided))
        );
        assert_eq!(refused.sue, Some(Suit { until: None }), "not served yet");
        assert!(refused.court.unwrap().contains("Verwaltungsgericht"));
        world.post().await;
        let end = seen(&world, case).await.unwrap().sue.unwrap().until.unwrap();
        let summary = cases.my_case(erika, magdeburg(), case).await.unwrap();
        assert_eq!((summary.status, summary.due), (Status::Decided, None));
        assert!(kinds(&world, case).await.contains(&"objection.refused".to_owned()));
        world.until(end).await;
        // Its own period for objecting may end some days later; that is nobody's any more.
        let summary = cases.my_case(erika, magdeburg(), case).await.unwrap();
        assert_eq!((summary.status, summary.due), (Status::Decided, None));
        world.clock.advance(std::time::Duration::from_secs(10 * 24 * 3600));
        world.work().await;
        let over = seen(&world, case).await.unwrap();
        assert_eq!((over.stand, over.sue), (ObjectionStand::Refused, None));
        assert_eq!(status(&world, case).await, Status::Final);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_objection_that_was_withdrawn_is_no_refusal() {
    for world in worlds().await {
        let (case, objection) = objected(&world).await;
        world
            .cases
            .withdraw(person(ERIKA), magdeburg(), objection)
            .await
            .unwrap();
        world.work().await;
        assert_eq!(stand(&world, case).await, ObjectionStand::Withdrawn);
        assert_eq!(status(&world, case).await, Status::Decided);
    }
}

/// Withdrawing an objection is no waiver: while the period runs, one may object again (§ 70 VwGO).
#[tokio::test]
async fn who_has_withdrawn_an_objection_can_object_again_in_time() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let (case, first) = objected(&world).await;
        let notice = seen(&world, case).await.unwrap().notice;
        let again = async |text: &str| cases.object(erika, magdeburg(), case, notice, text).await;
        assert_eq!(again("Zweimal geklickt.").await.unwrap().case, first, "one objection");
        cases.withdraw(erika, magdeburg(), first).await.unwrap();
        world.work().await;
        let actions = cases.my_actions(erika, magdeburg(), case).await.unwrap();
        let [(offered, Some(until))] = actions.object.as_slice() else {
            panic!("{:?}", actions.object);
        };
        assert_eq!(*offered, notice);
        let due = cases.my_case(erika, magdeburg(), case).await.unwrap().due;
        assert_eq!(due, Some(*until), "the period is said again");
        let second = again("Doch: Er ist nicht gefährlich.").await.unwrap().case;
        assert_ne!(second, first);
        assert_eq!(stand(&world, case).await, ObjectionStand::Open);
        assert_eq!(status(&world, case).await, Status::Contested);
        // And once it is withdrawn too, the notice becomes final in its time, as if there had been none.
        cases.withdraw(erika, magdeburg(), second).await.unwrap();
        world.past(*until).await;
        assert_eq!(status(&world, case).await, Status::Final);
        assert!(matches!(again("Zu spät.").await, Err(CaseError::TooLate(_))));
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Each objection is a case, a key and a task, and every view of the first case reads them all.
#[tokio::test]
async fn objecting_and_withdrawing_again_and_again_has_an_end() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let (case, mut objection) = objected(&world).await;
        let notice = seen(&world, case).await.unwrap().notice;
        let again = async || cases.object(erika, magdeburg(), case, notice, "Doch.").await;
        for _ in 1..5 {
            cases.withdraw(erika, magdeburg(), objection).await.unwrap();
            world.work().await;
            objection = again().await.unwrap().case;
        }
        assert_eq!(
            again().await.unwrap().case,
            objection,
            "a second click is answered as ever"
        );
        cases.withdraw(erika, magdeburg(), objection).await.unwrap();
        world.work().await;
        let sixth = again().await;
        assert!(
            matches!(&sixth, Err(CaseError::Limit(text)) if text.contains("schreiben Sie der Behörde")),
            "{sixth:?}"
        );
        let actions = cases.my_actions(erika, magdeburg(), case).await.unwrap();
        assert_eq!(actions.objections.len(), 5);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// A job that an earlier version left behind still says at the first case that its objection has succeeded.
#[tokio::test]
async fn a_grant_that_waits_as_a_job_of_an_earlier_version_is_told() {
    for world in worlds().await {
        for (result, in_part, expected) in [("abhilfe", false, GRANTED), ("teilabhilfe", true, PARTLY)] {
            let (case, objection) = objected(&world).await;
            let verdict = choose(result, "Der Wesenstest lag vor.");
            world.verdict("md-2", objection, verdict).await.unwrap();
            let payload = json!({ "case": case, "objection": objection, "in_part": in_part });
            let sql = "UPDATE jobs SET kind = 'objection.granted', payload = $1 WHERE kind = 'objection.decided'";
            let changed = world.store.execute(sql, &[payload.to_string().as_str().into()]).await;
            assert_eq!(changed.unwrap(), 1);
            world.post().await;
            assert_eq!(stand(&world, case).await, expected);
            assert!(world.desk("md-2", case).await.redecide);
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// An Abhilfe that was taken back before it was posted is printed, posted and told by nobody; the objection can be withdrawn again.
#[tokio::test]
async fn a_grant_that_was_taken_back_in_the_house_stays_there() {
    for world in worlds().await {
        let (cases, erika, md) = (&world.cases, person(ERIKA), staff("md-2"));
        let (case, objection) = objected(&world).await;
        let verdict = choose("abhilfe", "Der Wesenstest lag vor.");
        world.verdict("md-2", objection, verdict).await.unwrap();
        while cases.work_once().await.unwrap() > 0 {}
        let waiting = async || cases.outbox(&md, None, 10).await.unwrap().items;
        let letter = waiting().await[0].notice;
        assert_eq!(waiting().await.len(), 1);
        let late = cases.withdraw(erika, magdeburg(), objection).await;
        assert!(
            matches!(&late, Err(CaseError::TooLate(text)) if text.starts_with("Über den Widerspruch")),
            "{late:?}"
        );
        world.clock.advance(std::time::Duration::from_secs(60));
        let purpose = Purpose::LegalRemedy;
        let back = cases.take_back(&md, purpose, magdeburg(), objection, "Verklickt.");
        back.await.unwrap();
        world.work().await;
        assert_eq!(waiting().await.len(), 0, "nothing to post");
        let today = cases.now().date();
        let posted = cases.mark_posted(&md, magdeburg(), letter, today).await;
        assert!(matches!(posted, Err(CaseError::Verdict(_))), "{posted:?}");
        let actions = cases.my_actions(erika, magdeburg(), objection).await.unwrap();
        assert!(actions.decided_anew && actions.withdraw);
        // The task is as old as the taking back, not as the application.
        let due = world.desk("md-2", objection).await.task.map(|task| task.opened_at);
        assert_eq!(due, Some(cases.now()));
        cases.withdraw(erika, magdeburg(), objection).await.unwrap();
        world.work().await;
        assert_eq!(stand(&world, case).await, ObjectionStand::Withdrawn);
        assert_eq!(waiting().await.len(), 0);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// What came of an objection is told by jobs; one that comes late says nothing about a decision that was replaced meanwhile.
#[tokio::test]
async fn a_late_job_tells_of_no_decision_that_was_taken_back() {
    for world in worlds().await {
        let (case, objection) = objected(&world).await;
        let verdict = choose("abhilfe", "Der Wesenstest lag vor.");
        world.verdict("md-2", objection, verdict).await.unwrap();
        world.clock.advance(std::time::Duration::from_secs(60));
        let (md, purpose) = (staff("md-2"), Purpose::LegalRemedy);
        let back = world
            .cases
            .take_back(&md, purpose, magdeburg(), objection, "Verklickt.");
        back.await.unwrap();
        let verdict = choose("zurueckweisung", "Der Wesenstest fehlt.");
        world.verdict("md-2", objection, verdict).await.unwrap();
        world.post().await;
        assert_eq!(stand(&world, case).await, ObjectionStand::Refused);
        let said = kinds(&world, case).await;
        let said: Vec<_> = said.iter().filter(|kind| kind.starts_with("objection.")).collect();
        assert_eq!(said, ["objection.filed", "objection.reopened", "objection.refused"]);
    }
}

/// An objection is the resident's own: who helps with the first case sees the notice, and no objection.
#[tokio::test]
async fn who_helps_is_not_told_of_an_objection() {
    for world in worlds().await {
        let (cases, ali) = (&world.cases, person(ALI));
        let (case, objection) = objected(&world).await;
        let code = cases.offer_help(person(ERIKA), magdeburg(), case).await.unwrap().code;
        cases.accept_help(ali, "Ali Größe", &code).await.unwrap();
        let (known, helping) = cases.seen_case(ali, magdeburg(), case).await.unwrap();
        assert_eq!((known.status, known.waiting, helping), (Status::Decided, vec![], true));
        assert_eq!(cases.helped_cases(ali).await.unwrap()[0].status, Status::Decided);
        assert_eq!(cases.my_actions(ali, magdeburg(), case).await.unwrap().objections, []);
        // Nor when it was decided on, and the period for suing runs.
        let verdict = choose("zurueckweisung", "Der Wesenstest fehlt.");
        world.verdict("md-2", objection, verdict).await.unwrap();
        world.post().await;
        assert_eq!(
            cases.my_case(person(ERIKA), magdeburg(), case).await.unwrap().waiting,
            ["Widerspruchsverfahren"]
        );
        let (known, _) = cases.seen_case(ali, magdeburg(), case).await.unwrap();
        assert_eq!((known.status, known.waiting), (Status::Decided, vec![]));
        assert_eq!(cases.helped_cases(ali).await.unwrap()[0].waiting, [""; 0]);
    }
}

/// What was granted is not refused by a correction: it is taken back first, with a reason, and decided on again.
#[tokio::test]
async fn a_granted_objection_is_refused_only_after_the_grant_was_taken_back() {
    for world in worlds().await {
        let cases = &world.cases;
        let (case, objection) = objected(&world).await;
        for granted in ["teilabhilfe", "abhilfe"] {
            let verdict = choose(granted, "Der Wesenstest lag vor.");
            world.verdict("md-2", objection, verdict).await.unwrap();
            world.post().await;
            world.clock.advance(std::time::Duration::from_secs(60));
        }
        let view = world.desk("md-2", objection).await;
        assert_eq!(view.take_back, Some(TakeBack::Grant));
        let refused = choose("zurueckweisung", "Er lag doch nicht vor.");
        let text = refusal(world.verdict("md-2", objection, refused.clone()).await);
        assert!(text.contains("nehmen Sie zuerst die Abhilfe zurück"), "{text}");
        let step = at("md-2", objection, view.task.unwrap().task);
        let wish = Map::from_iter([("ergebnis".to_owned(), json!("zurueckweisung"))]);
        let looked = cases.preview(&step, &wish, &Map::new()).await;
        assert!(matches!(looked, Err(CaseError::Verdict(_))), "{looked:?}");
        assert_eq!(stand(&world, case).await, GRANTED);

        let back = async |who: &str, reason: &str| {
            let purpose = Purpose::LegalRemedy;
            cases
                .take_back(&staff(who), purpose, magdeburg(), objection, reason)
                .await
        };
        assert!(refusal(back("md-2", "  ").await).contains("warum"));
        for nobody in ["lead", "dsb", "hal"] {
            let refused = back(nobody, "Weil.").await;
            assert!(matches!(refused, Err(CaseError::Refused(_))), "{nobody}: {refused:?}");
        }
        back("md-2", "Das Register widerspricht.").await.unwrap();
        assert!(matches!(back("md-2", "Noch einmal.").await, Err(CaseError::Stale)));
        let view = world.desk("md-2", objection).await;
        let task = view.task.unwrap();
        assert_eq!((task.name.as_str(), task.can_confirm), ("Widerspruch prüfen", false));
        assert!(view.notes[0].text.contains("Das Register widerspricht."));
        assert_eq!(stand(&world, case).await, ObjectionStand::Open);
        assert_eq!(status(&world, case).await, Status::Contested);
        assert!(!world.desk("md-2", case).await.redecide);
        refusal(world.verdict("md-2", objection, confirm()).await);
        world.verdict("md-2", objection, refused).await.unwrap();
        world.post().await;
        assert_eq!(stand(&world, case).await, ObjectionStand::Refused);
        // A refusal has no task by which it could be granted again.
        assert!(world.desk("md-2", objection).await.task.is_none());
        // Each decision took the place of the one before.
        let mailbox = cases.mailbox(person(ERIKA)).await.unwrap();
        let letters = || mailbox.iter().filter(|known| known.case == objection);
        for known in letters() {
            let later = letters().map(|other| other.issued_at);
            let next = later.filter(|issued| *issued > known.issued_at).min();
            assert_eq!(known.replaced_at, next, "{}", known.issued_at);
        }
        // Three decisions, each with its enclosure in Leichte Sprache.
        assert_eq!(letters().count(), 6);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// A full success was cut to one in part by a correction, without the reason and the warning that taking it back wants.
#[tokio::test]
async fn a_success_is_made_less_only_by_taking_it_back() {
    for world in worlds().await {
        let (cases, md) = (&world.cases, staff("md-2"));
        let (case, objection) = objected(&world).await;
        let decide = async |result: &str| {
            let verdict = choose(result, "Nur für das laufende Jahr.");
            world.verdict("md-2", objection, verdict).await
        };
        decide("abhilfe").await.unwrap();
        world.post().await;
        world.clock.advance(std::time::Duration::from_secs(60));
        let text = refusal(decide("teilabhilfe").await);
        assert!(
            text.contains("nehmen Sie zuerst die Abhilfe zurück") && text.contains("§§ 48 bis 50 VwVfG, § 45 SGB X"),
            "{text}"
        );
        let task = world.desk("md-2", objection).await.task.unwrap().task;
        let wish = Map::from_iter([("ergebnis".to_owned(), json!("teilabhilfe"))]);
        let looked = cases.preview(&at("md-2", objection, task), &wish, &Map::new()).await;
        assert!(matches!(looked, Err(CaseError::Verdict(_))), "{looked:?}");
        assert_eq!(stand(&world, case).await, GRANTED);

        let (purpose, why) = (Purpose::LegalRemedy, "Der Wesenstest gilt erst ab 2026.");
        let back = cases.take_back(&md, purpose, magdeburg(), objection, why);
        back.await.unwrap();
        decide("teilabhilfe").await.unwrap();
        world.post().await;
        assert_eq!(stand(&world, case).await, PARTLY);
        let notes = world.desk("md-2", objection).await.notes;
        assert!(notes[0].text.starts_with("Abhilfe zurückgenommen") && notes[0].text.contains(why));
        // How much one in part gives, nobody can tell: another one may be less. A full one is not.
        world.clock.advance(std::time::Duration::from_secs(60));
        refusal(decide("teilabhilfe").await);
        decide("abhilfe").await.unwrap();
        world.post().await;
        assert_eq!(stand(&world, case).await, GRANTED);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}
