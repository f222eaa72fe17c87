//! Moving running cases to the newest version of their package, and back: on both engines, with the full process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{ERIKA, World, files, magdeburg, person, staff, with_newer, worlds};
use serde_json::Map;
use wegfrei_cases::{
    CaseError, LetterKind, MovePreview, MoveStanding, MoveView, OldVersion, Status, Supplied, Verdict, WorklistView,
};
use wegfrei_identity::Purpose;
use wegfrei_model::{CaseId, Timestamp};
use wegfrei_packages::Files;

const FROM: &str = "1.0.0";

type Change = (&'static str, &'static str, &'static str);

const PROCESS: &str = "process.bpmn";

/// Releasing is the team lead's, answering has another id, and a review has a time to look at it again.
const CHANGED: [Change; 9] = [
    (
        PROCESS,
        "<flowNodeRef>Pruefen</flowNodeRef><flowNodeRef>Freigeben</flowNodeRef></lane>",
        "<flowNodeRef>Pruefen</flowNodeRef></lane><lane id=\"L_lead\" name=\"lead\" wegfrei:role=\"teamleitung\"><flowNodeRef>Freigeben</flowNodeRef></lane>",
    ),
    (PROCESS, "id=\"Nachreichen\"", "id=\"Nachliefern\""),
    (
        PROCESS,
        "attachedToRef=\"Nachreichen\"",
        "attachedToRef=\"Nachliefern\"",
    ),
    (PROCESS, "targetRef=\"Nachreichen\"", "targetRef=\"Nachliefern\""),
    (PROCESS, "sourceRef=\"Nachreichen\"", "sourceRef=\"Nachliefern\""),
    (
        PROCESS,
        "<flowNodeRef>Nachreichen</flowNodeRef>",
        "<flowNodeRef>Nachliefern</flowNodeRef>",
    ),
    (
        PROCESS,
        "<flowNodeRef>Start</flowNodeRef>",
        "<flowNodeRef>Start</flowNodeRef><flowNodeRef>Wiedervorlage</flowNodeRef><flowNodeRef>Vorgelegt</flowNodeRef>",
    ),
    (
        PROCESS,
        "<exclusiveGateway id=\"Weiter\"",
        "<boundaryEvent id=\"Wiedervorlage\" name=\"Wiedervorlage\" attachedToRef=\"Pruefen\" cancelActivity=\"false\"><documentation>W</documentation><documentation textFormat=\"text/x-rechtsgrundlage\">§ 88 AO</documentation><timerEventDefinition><timeDuration>P14D</timeDuration></timerEventDefinition></boundaryEvent><endEvent id=\"Vorgelegt\" name=\"Vorgelegt\"><documentation>V</documentation><documentation textFormat=\"text/x-rechtsgrundlage\">§ 88 AO</documentation></endEvent><exclusiveGateway id=\"Weiter\"",
    ),
    (
        PROCESS,
        "<sequenceFlow id=\"F1\"",
        "<sequenceFlow id=\"F19\" sourceRef=\"Wiedervorlage\" targetRef=\"Vorgelegt\"></sequenceFlow><sequenceFlow id=\"F1\"",
    ),
];

/// The period for objections has another id.
const RENAMED: [Change; 4] = [
    (PROCESS, "id=\"Frist\"", "id=\"Rechtsbehelf\""),
    (PROCESS, "targetRef=\"Frist\"", "targetRef=\"Rechtsbehelf\""),
    (PROCESS, "sourceRef=\"Frist\"", "sourceRef=\"Rechtsbehelf\""),
    (
        PROCESS,
        "<flowNodeRef>Frist</flowNodeRef>",
        "<flowNodeRef>Rechtsbehelf</flowNodeRef>",
    ),
];

fn by_hand(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(from, to): &(&str, &str)| ((*from).to_owned(), (*to).to_owned());
    pairs.iter().map(owned).collect()
}

fn confirm() -> Verdict {
    Verdict::Confirm { reason: String::new() }
}

fn release() -> Verdict {
    Verdict::Release { reason: String::new() }
}

fn request() -> Verdict {
    Verdict::RequestPapers {
        text: "Bitte senden Sie uns den Nachweis.".to_owned(),
        papers: Vec::new(),
        due: "2026-04-15".parse().unwrap(),
    }
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

async fn preview(world: &World, hand: &[(&str, &str)]) -> MovePreview {
    let found = world
        .cases
        .move_preview(&staff("lead"), "voll", FROM, &by_hand(hand))
        .await;
    found.unwrap()
}

async fn start(world: &World, hand: &[(&str, &str)]) -> u64 {
    let started = world
        .cases
        .start_move(&staff("lead"), "voll", FROM, by_hand(hand))
        .await;
    started.unwrap()
}

async fn seen(world: &World, number: u64) -> MoveView {
    world.cases.case_move(&staff("lead"), number).await.unwrap()
}

/// Moves everything and waits for the end.
async fn moved(world: &World, hand: &[(&str, &str)]) -> MoveView {
    let number = start(world, hand).await;
    world.work().await;
    seen(world, number).await
}

async fn taken_back(world: &World, number: u64) -> MoveView {
    world.cases.take_back_move(&staff("lead"), number).await.unwrap();
    world.work().await;
    seen(world, number).await
}

async fn version(world: &World, case: CaseId) -> String {
    world.desk("md", case).await.package_version
}

async fn deadlines(world: &World, case: CaseId) -> Vec<(String, Timestamp)> {
    let sql = "SELECT element, due FROM deadline WHERE case_id = $1 ORDER BY element";
    let rows = world.store.fetch(sql, &[case.to_string().into()]).await.unwrap();
    let line = |row: &wegfrei_store::Row| {
        let due = Timestamp::from_micros(row.int("due").unwrap()).unwrap();
        (row.text("element").unwrap().to_owned(), due)
    };
    rows.iter().map(line).collect()
}

/// Names of the elements with running deadlines.
async fn waits(world: &World, case: CaseId) -> Vec<String> {
    deadlines(world, case)
        .await
        .into_iter()
        .map(|(element, _)| element)
        .collect()
}

async fn status(world: &World, case: CaseId) -> Status {
    let summary = world.cases.my_case(person(ERIKA), magdeburg(), case).await;
    summary.unwrap().status
}

async fn supply(world: &World, case: CaseId) -> Supplied {
    world
        .cases
        .supply(person(ERIKA), magdeburg(), case, "Hier ist er.")
        .await
        .unwrap()
}

/// A case in each place: at review (held by `md`), waiting for an answer that was asked for by a posted letter, waiting for its release,
/// and decided with its letter posted.
struct Places {
    review: CaseId,
    answer: CaseId,
    release: CaseId,
    decided: CaseId,
}

async fn places(world: &World) -> Places {
    let review = world.sent_full("01-erster").await;
    let task = world.desk("md", review).await.task.unwrap().task;
    let taken = world.cases.assign(&staff("md"), review, task, None, Some("md")).await;
    taken.unwrap();
    let answer = world.sent_full("01-erster").await;
    world.verdict("md", answer, request()).await.unwrap();
    let release = world.sent_full("05-gefaehrlicher").await;
    world.verdict("md", release, confirm()).await.unwrap();
    let decided = world.sent_full("01-erster").await;
    world.verdict("md", decided, confirm()).await.unwrap();
    world.post().await;
    Places {
        review,
        answer,
        release,
        decided,
    }
}

#[tokio::test]
async fn cases_move_and_go_on_to_their_notice() {
    for old in worlds().await {
        let cases = places(&old).await;
        let withdrawn = old.sent_full("01-erster").await;
        old.cases.withdraw(person(ERIKA), magdeburg(), withdrawn).await.unwrap();
        let draft = old
            .cases
            .start_draft(person(ERIKA), magdeburg(), "voll", None)
            .await
            .unwrap();
        let ran = deadlines(&old, cases.answer).await;
        let objection = deadlines(&old, cases.decided).await;
        assert_eq!(old.cases.moves_due(&staff("lead")).await.unwrap(), []);

        let world = old.restarted(&with_newer("voll", &CHANGED));
        let due = OldVersion {
            service: "voll".to_owned(),
            from: FROM.to_owned(),
            to: "1.1.0".to_owned(),
            cases: 4,
        };
        assert_eq!(world.cases.moves_due(&staff("lead")).await.unwrap(), [due]);

        // Without a word about the answer, that case stays, and it is said what could be named.
        let found = preview(&world, &[]).await;
        assert_eq!((found.can, found.cannot, found.reasons.len()), (3, 1, 0), "{found:#?}");
        let [stays] = &found.obstacles[..] else {
            panic!("{found:#?}")
        };
        assert_eq!(stays.element.as_ref().unwrap().0, "Nachreichen");
        assert_eq!((stays.count, stays.cases[0].0), (1, cases.answer));
        assert!(stays.reason.contains("gibt es im neuen Modell nicht"), "{stays:?}");
        let [choice] = &found.choices[..] else {
            panic!("{found:#?}")
        };
        assert_eq!((choice.element.as_str(), &choice.chosen), ("Nachreichen", &None));
        let fitting: Vec<&str> = choice.fitting.iter().map(|new| new.element.as_str()).collect();
        assert_eq!(fitting, ["Nachliefern"], "only what is of the same kind");
        let notes: Vec<(&str, u64)> = found
            .notes
            .iter()
            .map(|(note, count)| (note.as_str(), *count))
            .collect();
        assert!(
            notes.contains(&("Die Frist „Wiedervorlage“ beginnt jetzt.", 1)),
            "{notes:?}"
        );
        assert!(
            notes.contains(&(
                "Die Aufgabe „Freigeben“ wird neu gestellt, jetzt bei der Rolle `teamleitung`.",
                1
            )),
            "{notes:?}"
        );
        let found = preview(&world, &[("Nachreichen", "Nachliefern")]).await;
        assert_eq!(
            (found.can, found.cannot, found.obstacles.len()),
            (4, 0, 0),
            "{found:#?}"
        );
        assert_eq!(found.choices[0].chosen.as_deref(), Some("Nachliefern"));
        assert_eq!(version(&world, cases.answer).await, FROM, "nothing was written");

        let run = moved(&world, &[("Nachreichen", "Nachliefern")]).await;
        assert_eq!((run.line.number, run.line.standing), (1, MoveStanding::Moved));
        assert_eq!((run.line.cases, run.line.moved, run.line.stayed), (4, 4, 0), "{run:#?}");
        assert_eq!(
            world.cases.moves(&staff("lead")).await.unwrap(),
            std::slice::from_ref(&run.line)
        );
        assert_eq!(world.cases.moves_due(&staff("lead")).await.unwrap(), []);
        for case in [cases.review, cases.answer, cases.release, cases.decided] {
            let view = world.desk("md", case).await;
            assert_eq!(view.package_version, "1.1.0");
            let item = view.timeline.iter().find(|item| item.kind == "process.moved").unwrap();
            let to = item.moved.as_ref().unwrap();
            assert_eq!((to.number, to.version.as_str()), (1, "1.1.0"));
            assert!(
                item.who.contains("Sachbearbeitung") || item.who.contains("Teamleitung"),
                "{}",
                item.who
            );
        }
        let sql = "SELECT case_id FROM case_file WHERE version = '1.0.0' AND service = 'voll' ORDER BY case_id";
        let rest: Vec<String> = world
            .store
            .fetch(sql, &[])
            .await
            .unwrap()
            .iter()
            .map(|row| row.text("case_id").unwrap().to_owned())
            .collect();
        let mut expected = [withdrawn.to_string(), draft.to_string()];
        expected.sort();
        assert_eq!(rest, expected, "what has ended, and what was never sent");
        // What runs keeps its end; what is new begins.
        assert_eq!(deadlines(&world, cases.answer).await, ran);
        assert_eq!(deadlines(&world, cases.decided).await, objection);
        assert_eq!(waits(&world, cases.review).await, ["Wiedervorlage"]);
        let review = world.desk("md", cases.review).await.task.unwrap();
        assert_eq!(
            review.holder.unwrap().id,
            "md",
            "the task that is the same task keeps its holder"
        );
        assert_eq!(world.findings().await, Vec::<String>::new());

        // Each goes on: released by the lead now, and by nobody else.
        let refused = world.verdict("md-2", cases.release, release()).await;
        assert!(matches!(refused, Err(CaseError::Refused(_))), "{refused:?}");
        world.verdict("lead", cases.release, release()).await.unwrap();
        assert!(matches!(supply(&world, cases.answer).await, Supplied::InTime));
        world.verdict("md", cases.answer, confirm()).await.unwrap();
        // The new time passes and ends nothing.
        world.past(moment("2026-04-01T22:00:00Z")).await;
        assert_eq!(waits(&world, cases.review).await, Vec::<String>::new());
        world.verdict("md", cases.review, confirm()).await.unwrap();
        world.work().await;
        for case in [cases.release, cases.answer, cases.review] {
            assert_eq!(status(&world, case).await, Status::Decided);
        }
        let (_, end) = deadlines(&world, cases.decided).await.remove(0);
        world.past(end).await;
        assert_eq!(status(&world, cases.decided).await, Status::Final);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_move_is_taken_back_where_nothing_has_happened_since() {
    for old in worlds().await {
        let cases = places(&old).await;
        let mut before = Vec::new();
        for case in [cases.review, cases.answer, cases.release, cases.decided] {
            let view = old.desk("md", case).await;
            before.push((case, view.task, deadlines(&old, case).await));
        }
        let world = old.restarted(&with_newer("voll", &CHANGED));
        let run = moved(&world, &[("Nachreichen", "Nachliefern")]).await;
        assert_eq!(run.line.moved, 4);
        let anew = world.desk("md", cases.release).await.task.unwrap();
        assert_ne!(Some(anew.task), before[2].1.as_ref().map(|task| task.task), "put anew");

        // One goes on, the others have not.
        world.verdict("lead", cases.release, release()).await.unwrap();
        let run = taken_back(&world, run.line.number).await;
        assert_eq!(run.line.standing, MoveStanding::TakenBack);
        assert_eq!((run.line.taken_back, run.looked_back), (3, 4));
        let [kept] = &run.kept[..] else { panic!("{run:#?}") };
        assert_eq!(kept.reason, "Seit der Umstellung ist im Vorgang etwas geschehen.");
        assert_eq!(kept.cases[0].0, cases.release);
        assert_eq!(version(&world, cases.release).await, "1.1.0");
        for (case, task, deadlines_before) in &before {
            if *case == cases.release {
                continue;
            }
            let view = world.desk("md", *case).await;
            assert_eq!(view.package_version, FROM);
            assert_eq!(
                format!("{:?}", view.task),
                format!("{task:?}"),
                "as before, with the same holder"
            );
            assert_eq!(&deadlines(&world, *case).await, deadlines_before);
            assert!(view.timeline.iter().any(|item| item.kind == "process.moved-back"));
        }
        let twice = world.cases.take_back_move(&staff("lead"), run.line.number).await;
        assert!(matches!(twice, Err(CaseError::Stale)), "{twice:?}");
        assert_eq!(world.findings().await, Vec::<String>::new());

        // They work as if nothing had been: the reminder and the end of the period come, once each.
        let (_, due) = deadlines(&world, cases.answer).await.pop().unwrap();
        world.past(due).await;
        let view = world.desk("md", cases.answer).await;
        assert_eq!(view.task.as_ref().unwrap().name, "Antrag prüfen");
        let passed = view
            .timeline
            .iter()
            .filter(|item| item.kind == "deadline.passed")
            .count();
        assert_eq!(passed, 2, "{:#?}", view.timeline);
        world.verdict("md", cases.review, confirm()).await.unwrap();
        world.work().await;
        assert_eq!(status(&world, cases.review).await, Status::Decided);

        // And they can move again.
        let again = moved(&world, &[("Nachreichen", "Nachliefern")]).await;
        assert_eq!((again.line.number, again.line.moved), (2, 3));
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_period_of_the_law_goes_on_under_another_name() {
    for old in worlds().await {
        let (told, untold) = (old.sent_full("01-erster").await, old.sent_full("01-erster").await);
        old.verdict("md", told, confirm()).await.unwrap();
        old.post().await;
        old.verdict("md", untold, confirm()).await.unwrap();
        old.work().await;
        let (ran, waited) = (deadlines(&old, told).await, deadlines(&old, untold).await);
        assert_eq!(ran[0].0, "Frist");
        let world = old.restarted(&with_newer("voll", &RENAMED));
        let hand = [("Frist", "Rechtsbehelf")];
        assert_eq!(preview(&world, &[]).await.can, 0);
        let run = moved(&world, &hand).await;
        assert_eq!(run.line.moved, 2, "{run:#?}");
        assert_eq!(deadlines(&world, told).await, [("Rechtsbehelf".to_owned(), ran[0].1)]);
        let actions = world.cases.my_actions(person(ERIKA), magdeburg(), told).await.unwrap();
        assert_eq!(actions.object[0].1, Some(ran[0].1), "it can be objected to as before");
        // A letter that leaves the house now sets the period anew, under its new name.
        world.clock.advance(std::time::Duration::from_secs(5 * 24 * 3600));
        world.post().await;
        let set = deadlines(&world, untold).await;
        assert!(
            set[0].0 == "Rechtsbehelf" && set[0].1 > waited[0].1,
            "{set:?} {waited:?}"
        );
        assert_eq!(world.findings().await, Vec::<String>::new());

        // Back it goes on under its old name, with the end it has now.
        let run = taken_back(&world, run.line.number).await;
        assert_eq!(run.line.taken_back, 2, "{run:#?}");
        assert_eq!(deadlines(&world, told).await, ran);
        assert_eq!(deadlines(&world, untold).await, [("Frist".to_owned(), set[0].1)]);
        assert_eq!(world.findings().await, Vec::<String>::new());
        world.past(ran[0].1).await;
        assert_eq!(status(&world, told).await, Status::Final);
        assert_eq!(status(&world, untold).await, Status::Decided);
        world.past(set[0].1).await;
        assert_eq!(status(&world, untold).await, Status::Final);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// The release is gone: everything over the amount goes out at once.
const REMOVED: [Change; 6] = [
    (PROCESS, "<flowNodeRef>Freigeben</flowNodeRef>", ""),
    (
        PROCESS,
        "<flowNodeRef>VierAugen</flowNodeRef><flowNodeRef>Zurueck</flowNodeRef>",
        "",
    ),
    (
        PROCESS,
        "<sequenceFlow id=\"F13\" sourceRef=\"Neu\" targetRef=\"VierAugen\"></sequenceFlow>",
        "<sequenceFlow id=\"F13\" sourceRef=\"Neu\" targetRef=\"Bescheid\"></sequenceFlow>",
    ),
    (
        PROCESS,
        "<sequenceFlow id=\"F2\" sourceRef=\"VierAugen\" targetRef=\"Bescheid\"></sequenceFlow>",
        "",
    ),
    (
        PROCESS,
        "<sequenceFlow id=\"F3\" sourceRef=\"Zurueck\" targetRef=\"Pruefen\"></sequenceFlow>",
        "",
    ),
    (
        PROCESS,
        "<sequenceFlow id=\"F15\" sourceRef=\"Freigeben\" targetRef=\"Zurueck\"></sequenceFlow>",
        "",
    ),
];

/// The process without the elements of the release.
fn without_release() -> Files {
    let mut files = with_newer("voll", &REMOVED);
    let path = "services/voll/process.bpmn";
    let text = String::from_utf8(files.get(path).unwrap().to_vec()).unwrap();
    let gone = [
        "id=\"VierAugen\"",
        "id=\"Freigeben\"",
        "id=\"Zurueck\"",
        "id=\"F14\"",
        "id=\"F16\"",
    ];
    let kept = text.lines().filter(|line| !gone.iter().any(|part| line.contains(part)));
    let text: Vec<&str> = kept.collect();
    files.insert(path, text.join("\n").into_bytes()).unwrap();
    files
}

#[tokio::test]
async fn what_has_no_place_stays_and_nothing_moves_where_the_packages_do_not_fit() {
    for old in worlds().await {
        let cases = places(&old).await;
        let world = old.restarted(&without_release());
        let run = moved(&world, &[]).await;
        assert_eq!((run.line.moved, run.line.stayed), (3, 1), "{run:#?}");
        let [stays] = &run.reasons[..] else { panic!("{run:#?}") };
        assert_eq!(stays.element.as_ref().unwrap().0, "Freigeben");
        assert_eq!(stays.cases[0].0, cases.release);
        assert_eq!(version(&world, cases.release).await, FROM);
        // It goes on with its own version, which lies beside the new one.
        world.verdict("md-2", cases.release, release()).await.unwrap();
        world.work().await;
        assert_eq!(status(&world, cases.release).await, Status::Decided);
        assert_eq!(world.findings().await, Vec::<String>::new());

        // A package that would lose answers takes over nothing.
        let lossy: [Change; 2] =
            ["form.xdf3.xml", "examples/grunddaten.toml"].map(|file| (file, "F15000000013", "F15000000093"));
        let mut files = with_newer("voll", &lossy);
        let world = old.restarted(&files);
        let found = world
            .cases
            .move_preview(&staff("lead"), "voll", FROM, &BTreeMap::new())
            .await;
        let found = found.unwrap();
        assert!(found.reasons[0].contains("F15000000013"), "{found:#?}");
        assert_eq!((found.can, found.cannot), (0, 1));
        let started = world
            .cases
            .start_move(&staff("lead"), "voll", FROM, BTreeMap::new())
            .await;
        assert!(matches!(started, Err(CaseError::Input(_))), "{started:?}");
        // Nor does one whose old version is gone.
        let old_paths: Vec<String> = files
            .under("services/voll@1.0.0")
            .iter()
            .map(|(path, _)| path.to_owned())
            .collect();
        for path in old_paths {
            files.remove(&format!("services/voll@1.0.0/{path}"));
        }
        let world = old.restarted(&files);
        let found = world
            .cases
            .move_preview(&staff("lead"), "voll", FROM, &BTreeMap::new())
            .await;
        assert!(found.unwrap().reasons[0].contains("voll@1.0.0"));
        for (service, from) in [("voll", "1.1.0"), ("voll", "0.9.0"), ("keine", FROM)] {
            let found = world
                .cases
                .move_preview(&staff("lead"), service, from, &BTreeMap::new())
                .await;
            assert!(matches!(found, Err(CaseError::NotFound)), "{service} {from}: {found:?}");
        }
    }
}

#[tokio::test]
async fn a_decision_that_is_made_anew_is_not_moved_in_the_middle() {
    for old in worlds().await {
        let case = old.sent_full("01-erster").await;
        old.verdict("md", case, confirm()).await.unwrap();
        old.post().await;
        let notices = old.desk("md", case).await.notices;
        let notice = notices
            .iter()
            .find(|notice| notice.template == "bescheid")
            .unwrap()
            .notice;
        let filed = old
            .cases
            .object(person(ERIKA), magdeburg(), case, notice, "Das stimmt nicht.")
            .await;
        let granted = Verdict::Correct {
            reason: "Nach Aktenlage.".to_owned(),
            corrections: Map::from_iter([("ergebnis".to_owned(), "abhilfe".into())]),
            answers: Map::new(),
        };
        old.verdict("md-2", filed.unwrap().case, granted).await.unwrap();
        old.post().await;
        let (md, purpose) = (staff("md-2"), Purpose::LegalRemedy);
        old.cases.redecide(&md, purpose, magdeburg(), case).await.unwrap();

        let world = old.restarted(&with_newer("voll", &CHANGED));
        let run = moved(&world, &[]).await;
        assert_eq!((run.line.moved, run.line.stayed), (0, 1), "{run:#?}");
        assert!(run.reasons[0].reason.contains("neu entschieden"), "{run:#?}");
        // Called off, it can move; and the objection goes on.
        let back = world
            .cases
            .take_back(&md, purpose, magdeburg(), case, "Noch nicht.")
            .await;
        back.unwrap();
        let run = moved(&world, &[]).await;
        assert_eq!((run.line.number, run.line.moved), (2, 1), "{run:#?}");
        world.cases.redecide(&md, purpose, magdeburg(), case).await.unwrap();
        let kept = taken_back(&world, 2).await;
        assert_eq!((kept.line.taken_back, kept.kept.len()), (0, 1), "{kept:#?}");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn one_move_at_a_time_and_only_by_who_may() {
    for old in worlds().await {
        places(&old).await;
        let world = old.restarted(&with_newer("voll", &CHANGED));
        let nothing = BTreeMap::new();
        for who in ["md", "dsb", "betrieb", "hal", "lead-wohngeld"] {
            let (cases, who) = (&world.cases, staff(who));
            let refused = |result: Result<(), CaseError>| {
                assert!(matches!(result, Err(CaseError::Refused(_))), "{who} {result:?}")
            };
            refused(cases.move_preview(&who, "voll", FROM, &nothing).await.map(drop));
            refused(cases.start_move(&who, "voll", FROM, nothing.clone()).await.map(drop));
        }
        for who in ["md", "dsb", "betrieb", "hal"] {
            let who = staff(who);
            assert!(matches!(world.cases.moves_due(&who).await, Err(CaseError::Refused(_))));
            assert!(matches!(world.cases.moves(&who).await, Err(CaseError::Refused(_))));
        }
        let number = start(&world, &[]).await;
        let second = world
            .cases
            .start_move(&staff("lead"), "voll", FROM, nothing.clone())
            .await;
        assert!(
            matches!(&second, Err(CaseError::Input(text)) if text.contains("andere Umstellung")),
            "{second:?}"
        );
        for who in ["md", "hal", "lead-wohngeld"] {
            let who = staff(who);
            let seen = world.cases.case_move(&who, number).await;
            assert!(matches!(seen, Err(CaseError::Refused(_))), "{who} {seen:?}");
            let back = world.cases.take_back_move(&who, number).await;
            assert!(matches!(back, Err(CaseError::Refused(_))), "{who} {back:?}");
        }
        // Whose services are others sees none of it.
        let scoped = staff("lead-wohngeld");
        assert_eq!(world.cases.moves_due(&scoped).await.unwrap(), []);
        assert_eq!(world.cases.moves(&scoped).await.unwrap(), []);
        let missing = world.cases.case_move(&staff("lead"), 7).await;
        assert!(matches!(missing, Err(CaseError::NotFound)), "{missing:?}");

        // Taken back before it has begun: nothing was moved, and the next one may begin.
        let run = taken_back(&world, number).await;
        assert_eq!((run.line.standing, run.line.moved), (MoveStanding::TakenBack, 0));
        let unknown = world
            .cases
            .start_move(&staff("lead"), "voll", FROM, by_hand(&[("Nachreichen", "Nirgends")]))
            .await;
        assert!(
            matches!(&unknown, Err(CaseError::Input(text)) if text.contains("Nirgends")),
            "{unknown:?}"
        );
        let run = moved(&world, &[]).await;
        assert_eq!((run.line.number, run.line.moved, run.line.stayed), (2, 3, 1));
        let nothing_left = old
            .restarted(&files())
            .cases
            .start_move(&staff("lead"), "voll", FROM, nothing)
            .await;
        assert!(matches!(nothing_left, Err(CaseError::Input(_))), "{nothing_left:?}");
        assert_eq!(world.findings().await, Vec::<String>::new());
        // Nobody opened anything for it.
        let log = world.cases.access_log(person(ERIKA), 1000).await.unwrap();
        assert!(
            log.iter().all(|record| !record.who.starts_with("Teamleitung")),
            "{log:#?}"
        );
    }
}

/// Only the newest move was asked whether it works: an older one that was being taken back let the next begin, which moved again what had
/// just been put back.
#[tokio::test]
async fn a_move_that_is_being_taken_back_lets_no_other_begin() {
    for old in worlds().await {
        let cases = places(&old).await;
        let world = old.restarted(&with_newer("voll", &CHANGED));
        let lead = staff("lead");
        let busy = |result: Result<(), CaseError>| {
            assert!(
                matches!(&result, Err(CaseError::Input(text)) if text.contains("andere Umstellung")),
                "{result:?}"
            );
        };
        assert_eq!(moved(&world, &[]).await.line.stayed, 1);
        let second = moved(&world, &[("Nachreichen", "Nachliefern")]).await;
        assert_eq!((second.line.number, second.line.moved), (2, 1));
        world.cases.take_back_move(&lead, 1).await.unwrap();
        // One step: everything is put back, and nobody has said that this is all.
        world.cases.work_once().await.unwrap();
        assert_eq!(seen(&world, 1).await.line.standing, MoveStanding::TakingBack);
        assert_eq!(version(&world, cases.review).await, FROM);
        busy(
            world
                .cases
                .start_move(&lead, "voll", FROM, BTreeMap::new())
                .await
                .map(drop),
        );
        busy(world.cases.take_back_move(&lead, 2).await);
        world.work().await;
        assert_eq!(seen(&world, 1).await.line.standing, MoveStanding::TakenBack);
        assert_eq!(moved(&world, &[]).await.line.moved, 3);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn of_two_moves_that_begin_at_once_one_waits() {
    for old in worlds().await {
        places(&old).await;
        let world = old.restarted(&with_newer("voll", &CHANGED));
        let lead = staff("lead");
        assert_eq!(moved(&world, &[]).await.line.stayed, 1);
        let (back, next) = tokio::join!(
            world.cases.take_back_move(&lead, 1),
            world
                .cases
                .start_move(&lead, "voll", FROM, by_hand(&[("Nachreichen", "Nachliefern")])),
        );
        let done = [back, next.map(drop)];
        assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
        let busy = |one: &Result<(), CaseError>| matches!(one, Err(CaseError::Input(_)));
        assert!(done.iter().any(busy), "{done:?}");
        world.work().await;
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// The list was cut before it was narrowed: a lead with a scope read that there was no move yet.
#[tokio::test]
async fn a_lead_with_a_scope_finds_their_move_behind_those_of_others() {
    for world in worlds().await {
        for run in 1..=25_i64 {
            let service = if run == 1 { "wohngeld" } else { "voll" };
            let sql = "INSERT INTO case_move (authority, run, state, service, from_version, to_version, started_at, started_by, cases, \
                       moved, stayed, taken_back) VALUES ('15003000', $1, 'moved', $2, '1.0.0', '1.1.0', 0, $3, 1, 1, 0, 0)";
            let by = staff("lead").to_string();
            world
                .store
                .execute(sql, &[run.into(), service.into(), by.into()])
                .await
                .unwrap();
        }
        let numbers = async |who: &str| {
            let lines = world.cases.moves(&staff(who)).await.unwrap();
            lines.iter().map(|line| line.number).collect::<Vec<u64>>()
        };
        assert_eq!(numbers("lead-wohngeld").await, [1]);
        assert_eq!(numbers("lead").await, (6..=25).rev().collect::<Vec<u64>>());
    }
}

/// `voll` in two versions, of which the newer calls its letter otherwise.
fn with_another_letter() -> Files {
    let main: Change = ("package.toml", "main = \"bescheid\"", "main = \"steuerbescheid\"");
    let mut files = with_newer("voll", &[main]);
    let letter = files.get("services/voll/notices/bescheid.typ").unwrap().to_vec();
    files
        .insert("services/voll/notices/steuerbescheid.typ", letter)
        .unwrap();
    files.remove("services/voll/notices/bescheid.typ");
    files
}

/// Whether one can object to a letter was asked of the package the case works with now: after a move to one that calls its letter
/// otherwise, nobody could, and the month passed.
#[tokio::test]
async fn a_package_that_calls_its_letter_otherwise_takes_nobody_the_right_to_object() {
    for old in worlds().await {
        let case = old.sent_full("01-erster").await;
        old.verdict("md", case, confirm()).await.unwrap();
        old.post().await;
        let world = old.restarted(&with_another_letter());
        let (cases, erika) = (&world.cases, person(ERIKA));
        let kinds = async || -> Vec<(String, LetterKind)> {
            let mailbox = cases.mailbox(erika).await.unwrap();
            let mut found: Vec<_> = mailbox.into_iter().map(|known| (known.template, known.kind)).collect();
            found.sort_by_key(|(template, _)| template.len());
            found
        };
        let letters = [
            ("bescheid".to_owned(), LetterKind::Decision),
            ("bescheid-leicht".to_owned(), LetterKind::Enclosure),
        ];
        assert_eq!(kinds().await, letters, "before it is moved too");
        assert_eq!(moved(&world, &[]).await.line.moved, 1);
        assert_eq!(kinds().await, letters);
        let actions = cases.my_actions(erika, magdeburg(), case).await.unwrap();
        let [(notice, Some(_))] = actions.object[..] else {
            panic!("{actions:#?}")
        };
        let filed = cases.object(erika, magdeburg(), case, notice, "Zu hoch.").await;
        filed.unwrap();
        // What goes with it is still no notice of its own.
        let enclosure = world.desk("md", case).await.notices;
        let enclosure = enclosure
            .iter()
            .find(|known| known.kind == LetterKind::Enclosure)
            .unwrap();
        let none = cases.object(erika, magdeburg(), case, enclosure.notice, "").await;
        assert!(matches!(none, Err(CaseError::Verdict(_))), "{none:?}");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// More than one batch, with a restart between two, while colleagues write notes into the same cases.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_goes_on_and_work_beside_it_loses_nothing() {
    for old in worlds().await {
        let mut sent = Vec::new();
        for _ in 0..210 {
            sent.push(old.sent_full("01-erster").await);
        }
        let files = with_newer("voll", &CHANGED);
        let world = old.restarted(&files);
        let number = start(&world, &[]).await;
        let done = Arc::new(AtomicBool::new(false));
        let writing = {
            let (cases, sent, done) = (world.cases.clone(), sent.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let mut written = 0_usize;
                while !done.load(Ordering::Relaxed) {
                    for case in sent.iter().step_by(7) {
                        let md = staff("md");
                        let note = cases
                            .add_note(&md, Purpose::CaseWork, magdeburg(), *case, "Gesehen.")
                            .await;
                        // A note that meets the move is written again, as the desk would.
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                        match note {
                            Ok(()) => written += 1,
                            Err(CaseError::Stale) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
                written
            })
        };
        // One batch; then another process goes on.
        while seen(&world, number).await.line.moved == 0 {
            world.cases.work_once().await.unwrap();
        }
        let half = seen(&world, number).await;
        assert!(
            half.line.moved <= 200 && half.line.standing == MoveStanding::Moving,
            "{half:#?}"
        );
        let world = world.restarted(&files);
        world.work().await;
        done.store(true, Ordering::Relaxed);
        let written = writing.await.unwrap();
        let run = seen(&world, number).await;
        assert_eq!(run.line.standing, MoveStanding::Moved);
        assert_eq!(run.line.moved + run.line.stayed, 210, "{run:#?}");
        assert!(
            run.line.stayed <= 3,
            "a case that keeps changing stays, the others do not wait: {run:#?}"
        );
        let sql = "SELECT COUNT(*) AS notes FROM journal_entry WHERE kind = 'note.added'";
        let notes = world.store.fetch(sql, &[]).await.unwrap()[0].int("notes").unwrap();
        assert_eq!(usize::try_from(notes).unwrap(), written);
        let sql = "SELECT COUNT(*) AS moved FROM case_file WHERE version = '1.1.0' AND phase = 'running'";
        let now = world.store.fetch(sql, &[]).await.unwrap()[0].int("moved").unwrap();
        assert_eq!(u64::try_from(now).unwrap(), run.line.moved);
        let listed = world
            .cases
            .worklist(&staff("md"), WorklistView::Team, None, 200)
            .await
            .unwrap();
        assert_eq!(listed.items.len(), 200);
        let back = taken_back(&world, number).await;
        assert_eq!(back.line.taken_back, run.line.moved, "{:#?}", back.kept);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}
