//! Correcting the members of a household: by the form's own rules, row by row, kept and shown, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{ERIKA, World, at, magdeburg, person, worlds};
use serde_json::{Map, Value, json};
use wegfrei_cases::{AtTask, CaseError, Verdict};
use wegfrei_identity::Purpose;
use wegfrei_model::CaseId;

/// The family of the package's example, in Magdeburg.
fn family(world: &World) -> Value {
    let package = world.cases.catalogue().package("wohngeld").unwrap();
    let mut examples = package.examples().iter();
    let mut data = examples
        .find(|example| example.file.contains("05-familie"))
        .unwrap()
        .application
        .clone();
    data["G15000100002"]["F15000100010"] = json!("15003000");
    data
}

async fn sent(world: &World) -> (CaseId, Value) {
    let (data, case) = (family(world), world.cases.new_case_id());
    let erika = person(ERIKA);
    world
        .cases
        .submit_direct(erika, magdeburg(), "wohngeld", case, &data)
        .await
        .unwrap();
    (case, data)
}

/// Jan earns so much a month.
fn earning(members: &Value, cents: i64) -> Value {
    let mut members = members.clone();
    let jan = &mut members[0];
    jan["F15000100081"] = json!(true);
    for field in ["F15000100086", "F15000100087", "F15000100088"] {
        jan[field] = json!(true);
    }
    jan["G15000100071"] = json!([{ "F15000100082": "arbeit", "F15000100083": cents, "F15000100084": "monat" }]);
    members
}

fn correct(answers: Value) -> Verdict {
    Verdict::Correct {
        reason: "Die Lohnabrechnung sagt es anders.".to_owned(),
        corrections: Map::new(),
        answers: answers.as_object().unwrap().clone(),
    }
}

#[tokio::test]
async fn a_members_income_is_corrected_and_shown_row_by_row() {
    for world in worlds().await {
        let (case, data) = sent(&world).await;
        let members = &data["G15000100007"];
        let view = world.desk("md", case).await;
        let before = view.decision.as_ref().unwrap().value["betrag_cent"].as_i64().unwrap();
        let task = view.task.as_ref().unwrap().task;
        let answers = json!({ "G15000100007": earning(members, 120_000) });
        let step = at("md", case, task);
        let would = world
            .cases
            .preview(&step, &Map::new(), answers.as_object().unwrap())
            .await
            .unwrap();
        let less = would.value["betrag_cent"].as_i64().unwrap();
        assert!(less < before, "{less} instead of less than {before}");
        assert_eq!(
            world.desk("md", case).await.version,
            view.version,
            "a preview writes nothing"
        );
        world.verdict("md", case, correct(answers)).await.unwrap();

        let view = world.desk("md", case).await;
        assert_eq!(view.decision.as_ref().unwrap().value["betrag_cent"], less);
        assert!(view.changes.is_empty(), "said once only: {:?}", view.changes);
        let shown: Vec<(String, Option<String>, Option<String>)> = view
            .answer_changes
            .iter()
            .map(|one| {
                (
                    format!("{} / {}", one.rows.join(" / "), one.label),
                    one.submitted.clone(),
                    one.corrected.clone(),
                )
            })
            .collect();
        let row = "1. Mitglied des Haushalts: Jan Lehmann / ";
        let own = shown
            .iter()
            .find(|(name, ..)| *name == format!("{row}Eigenes Einkommen"));
        assert_eq!(own.unwrap().2.as_deref(), Some("Ja"), "{shown:?}");
        assert!(shown.iter().all(|(name, ..)| name.starts_with(row)), "{shown:?}");
        let income = shown.iter().find(|(name, ..)| name.contains("1. Einnahme")).unwrap();
        assert!(
            income.1.is_none() && income.2.as_ref().unwrap().contains("1.200,00"),
            "{income:?}"
        );
        assert_eq!(view.done[0].answers, view.answer_changes);
        assert_eq!(view.application, data, "what was sent stays as it was sent");
        world.work().await;
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn rows_come_and_go_and_later_corrections_build_on_earlier_ones() {
    for world in worlds().await {
        let (case, data) = sent(&world).await;
        let mut members = data["G15000100007"].as_array().unwrap().clone();
        members.remove(1); // Mia
        let mut baby = members[1].clone();
        baby["F15000100070"] = json!("Ida");
        // Born after the application came: right today, though not on the day of receipt.
        baby["F15000100072"] = json!("2026-03-20");
        members.push(baby);
        world.clock.advance(std::time::Duration::from_secs(4 * 24 * 3600));
        world
            .verdict("md", case, correct(json!({ "G15000100007": members })))
            .await
            .unwrap();
        let view = world.desk("md", case).await;
        let came: Vec<_> = view
            .answer_changes
            .iter()
            .filter(|one| one.submitted.is_none())
            .collect();
        let went: Vec<_> = view
            .answer_changes
            .iter()
            .filter(|one| one.corrected.is_none())
            .collect();
        assert_eq!(
            (came.len(), went.len(), view.answer_changes.len()),
            (1, 1, 2),
            "{:?}",
            view.answer_changes
        );
        assert_eq!(came[0].label, "3. Mitglied des Haushalts: Ida Lehmann");
        assert_eq!(went[0].label, "2. Mitglied des Haushalts: Mia Lehmann");
        assert_eq!(view.amended["G15000100007"].as_array().unwrap().len(), 3);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_forms_rules_hold_and_nothing_else_is_touched() {
    for world in worlds().await {
        let (case, data) = sent(&world).await;
        let members = &data["G15000100007"];
        let with = |field: &str, value: Value| {
            let mut members = members.clone();
            members[0][field] = value;
            json!({ "G15000100007": members })
        };
        let many = vec![members[0].clone(); 40];
        for (answers, path) in [
            (with("F15000100072", json!("2030-01-01")), "G15000100007.0.F15000100072"),
            (with("F15000100072", json!(7)), "G15000100007.0.F15000100072"),
            (with("F15000100070", Value::Null), "G15000100007.0.F15000100070"),
            (with("F15000100081", json!(true)), "G15000100007.0.G15000100071"),
            (with("F15000100099", json!(true)), "G15000100007.0.F15000100099"),
            (json!({ "G15000100007": "niemand" }), "G15000100007"),
            (json!({ "G15000100007": many }), "G15000100007"),
            (json!({ "G15000100007": null }), "G15000100007"),
        ] {
            match world.verdict("md", case, correct(answers)).await {
                Err(CaseError::Invalid(problems)) => assert!(
                    problems.iter().any(|problem| problem.path.starts_with(path)),
                    "{path}: {problems:?}"
                ),
                other => panic!("{path}: {other:?}"),
            }
        }
        for (answers, words) in [
            (
                json!({ "G15000100010": { "F15000100121": "DE02120300000000202051" } }),
                "G15000100010.F15000100121",
            ),
            (json!({ "G15000100001": { "F15000100001": "Meier" } }), "F15000100001"),
            (json!({ "G15000100001": null }), "G15000100001"),
            (json!({ "X": [1] }), "X"),
            (json!({ "G15000100007": members }), "nichts geändert"),
            (json!({}), "nichts geändert"),
        ] {
            match world.verdict("md", case, correct(answers)).await {
                Err(CaseError::Verdict(text)) => assert!(text.contains(words), "{text}"),
                other => panic!("{words}: {other:?}"),
            }
        }
        let past_the_form = Verdict::Correct {
            reason: "So.".to_owned(),
            corrections: Map::from_iter([("mitglieder".to_owned(), json!([]))]),
            answers: Map::new(),
        };
        let refused = world.verdict("md", case, past_the_form).await;
        assert!(matches!(refused, Err(CaseError::Verdict(text)) if text.contains("mehreren Antworten")));
    }
}

#[tokio::test]
async fn two_caseworkers_correct_one_household_and_one_is_told() {
    for world in worlds().await {
        let (case, data) = sent(&world).await;
        let view = world.desk("md", case).await;
        let task = view.task.unwrap().task;
        let verdict = |cents| correct(json!({ "G15000100007": earning(&data["G15000100007"], cents) }));
        let (one, two) = (at("md", case, task), at("md-2", case, task));
        let (first, second) = tokio::join!(
            world.cases.complete_task(&one, view.version, verdict(100_000)),
            world.cases.complete_task(&two, view.version, verdict(200_000)),
        );
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        assert!(matches!(first.and(second), Err(CaseError::Stale)));
        assert_eq!(world.desk("md", case).await.done.len(), 1);
    }
}

/// The purpose a caseworker chose is the one that is recorded, for decisions and notes.
#[tokio::test]
async fn what_for_is_recorded_as_it_was_chosen() {
    for world in worlds().await {
        let (case, _) = sent(&world).await;
        let view = world.desk("md", case).await;
        let chosen = Purpose::LegalRemedy;
        let step = AtTask {
            purpose: chosen,
            ..at("md", case, view.task.unwrap().task)
        };
        let md = common::staff("md");
        world
            .cases
            .add_note(&md, chosen, magdeburg(), case, "Anruf.")
            .await
            .unwrap();
        let version = world.desk("md", case).await.version;
        let verdict = Verdict::Confirm { reason: String::new() };
        world.cases.complete_task(&step, version, verdict).await.unwrap();
        let entries = world
            .cases
            .journal()
            .stream(&magdeburg(), &format!("case/{case}"))
            .await
            .unwrap();
        for kind in ["note.added", "task.completed"] {
            let entry = entries.iter().find(|entry| entry.kind == kind).unwrap();
            assert_eq!(entry.purpose, chosen.german(), "{kind}");
        }
    }
}
