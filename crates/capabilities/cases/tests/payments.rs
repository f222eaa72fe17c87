//! Payment files, on both engines: everything planned is paid once, under a record, and nothing about it stands in the clear.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{ALI, ERIKA, World, magdeburg, person, staff, worlds};
use serde_json::{Value, json};
use wegfrei_cases::{
    AccessRecord, CaseError, CaseProjection, Confirmed, FollowUp, Hindrance, PaymentRun, PaymentStanding,
    RecordsFilter, Verdict,
};
use wegfrei_identity::{Action, Purpose, circumstances};
use wegfrei_journal::{AccessRequest, Actor, Commit, Expect, KeyId, NewEntry, rebuild};
use wegfrei_model::{CaseId, Month, PaymentRunId};

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

/// A run of what is shown, confirmed at once.
async fn run(world: &World, who: &Actor, until: &str) -> Result<PaymentRun, CaseError> {
    let shown = world.cases.payment_preview(who, magdeburg(), month(until)).await?;
    let confirmed = Confirmed {
        run: shown.run,
        digest: shown.digest,
    };
    world.cases.payment_run(who, magdeburg(), month(until), confirmed).await
}

async fn xml(world: &World, who: &Actor, run: &PaymentRun) -> String {
    let file = world.cases.payment_file(who, magdeburg(), run.run).await.unwrap();
    String::from_utf8(file).unwrap()
}

/// What the process's operation `payments` writes.
async fn planned(world: &World, payments: &[(&str, i64)]) -> CaseId {
    let case = world.sent("06-merkzeichen").await;
    plan(world, case, payments).await;
    case
}

async fn plan(world: &World, case: CaseId, payments: &[(&str, i64)]) {
    plan_to(world, case, payments, "DE02120300000000202051").await;
}

async fn plan_to(world: &World, case: CaseId, payments: &[(&str, i64)], iban: &str) {
    world.plan_payments(case, payments, iban).await;
}

#[tokio::test]
async fn a_month_is_paid_once_and_what_comes_later_in_the_next_run() {
    for world in worlds().await {
        let (cases, lead) = (&world.cases, staff("lead"));
        let nothing = run(&world, &lead, "2026-04").await;
        assert!(matches!(nothing, Err(CaseError::Input(text)) if text.contains("nichts")));
        let case = planned(
            &world,
            &[
                ("2026-02", 10_000),
                ("2026-03", 10_050),
                ("2026-04", 0),
                ("2026-05", 99_999),
            ],
        )
        .await;
        for (nobody, error) in [
            (staff("md"), "role"),
            (staff("dsb"), "role"),
            (Actor::Person(person(ERIKA)), "person"),
        ] {
            let refused = run(&world, &nobody, "2026-04").await;
            assert!(matches!(refused, Err(CaseError::Refused(_))), "{error}");
        }
        let early = run(&world, &lead, "2026-05").await;
        assert!(matches!(early, Err(CaseError::Input(_))));

        let file = run(&world, &lead, "2026-04").await.unwrap();
        let xml = xml(&world, &lead, &file).await;
        assert_eq!((file.payments, file.made_by.name.as_str()), (1, "L"));
        assert_eq!(
            (file.services.as_slice(), file.yours),
            (&["hundesteuer".to_owned()][..], true)
        );
        for part in [
            "<NbOfTxs>1</NbOfTxs><CtrlSum>200.50</CtrlSum>",
            "<InstdAmt Ccy=\"EUR\">200.50</InstdAmt>",
            "<Nm>Erika Groesse</Nm>",
            "<IBAN>DE02120300000000202051</IBAN>",
            "02/2026-04/2026</Ustrd>",
        ] {
            assert!(xml.contains(part), "{part} is missing in {xml}");
        }
        let reference = cases
            .my_case(person(ERIKA), magdeburg(), case)
            .await
            .unwrap()
            .reference
            .unwrap();
        assert!(xml.contains(&format!("<EndToEndId>{reference}</EndToEndId>")));
        let twice = run(&world, &lead, "2026-04").await;
        assert!(matches!(twice, Err(CaseError::Input(_))), "{twice:?}");

        world.clock.advance(Duration::from_secs(3600));
        planned(&world, &[("2026-04", 5)]).await;
        let later = run(&world, &lead, "2026-04").await.unwrap();
        let cents = cases.payment_file(&lead, magdeburg(), later.run).await.unwrap();
        assert!(String::from_utf8(cents).unwrap().contains("<CtrlSum>0.05</CtrlSum>"));

        let runs = cases.payment_runs(&lead, None, 1).await.unwrap();
        assert_eq!(runs.items[0].run, later.run);
        let older = cases.payment_runs(&lead, runs.next.as_deref(), 1).await.unwrap();
        assert_eq!((older.items[0].run, older.next), (file.run, None));
        let refused = cases.payment_file(&staff("md"), magdeburg(), file.run).await;
        assert!(matches!(refused, Err(CaseError::Refused(_))));

        let log = cases.access_log(person(ERIKA), 100).await.unwrap();
        let paid: Vec<_> = log.iter().filter(|record| record.purpose == "payment").collect();
        let lead_only = |record: &AccessRecord| record.who.starts_with("Teamleitung");
        let planned: Vec<_> = paid.iter().filter(|record| record.parts == ["payments"]).collect();
        assert!(
            planned.len() >= 2 && planned.iter().all(|record| lead_only(record)),
            "{log:#?}"
        );
        // Who opened a file with her account, and who tried to; each once, with a proof; of nobody who is not in it.
        let files: Vec<_> = paid.iter().filter(|record| record.parts == ["file"]).collect();
        let granted = files.iter().filter(|record| record.granted);
        assert_eq!(
            (files.len(), granted.filter(|record| lead_only(record)).count()),
            (3, 2),
            "{log:#?}"
        );
        assert!(files.iter().all(|record| record.reference.is_some()));
        for record in &files {
            cases
                .access_proof(person(ERIKA), magdeburg(), record.seq)
                .await
                .unwrap();
            let foreign = cases.access_proof(person(ALI), magdeburg(), record.seq).await;
            assert!(matches!(foreign, Err(CaseError::NotFound)));
        }
        let others = cases.access_log(person(ALI), 100).await.unwrap();
        assert!(others.iter().all(|record| record.purpose != "payment"), "{others:#?}");
        for entry in cases.journal().entries(magdeburg(), 0, 10_000).await.unwrap() {
            for secret in ["DE02", "10050", "200.5", "Größe"] {
                assert!(!entry.facts.contains(secret), "{secret} in {}", entry.facts);
            }
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_is_stopped_or_planned_anew_is_not_paid_twice() {
    for world in worlds().await {
        let (cases, lead) = (&world.cases, staff("lead"));
        let case = planned(&world, &[("2026-03", 100), ("2026-04", 100), ("2026-05", 100)]).await;
        run(&world, &lead, "2026-03").await.unwrap();
        let refused = cases
            .stop_payments(&lead, magdeburg(), case, month("2026-04"), "Umzug")
            .await;
        assert!(
            matches!(refused, Err(CaseError::Refused(_))),
            "who pays does not decide"
        );
        let silent = cases
            .stop_payments(&staff("md"), magdeburg(), case, month("2026-04"), " ")
            .await;
        assert!(matches!(silent, Err(CaseError::Verdict(_))), "{silent:?}");
        cases
            .stop_payments(&staff("md"), magdeburg(), case, month("2026-04"), "Umzug")
            .await
            .unwrap();
        let view = world.desk("md", case).await;
        let standing: Vec<_> = view.payments.iter().map(|line| line.standing).collect();
        use PaymentStanding::{Exported, Stopped};
        assert_eq!(standing, [Exported, Stopped, Stopped]);
        assert!(
            view.notes[0].text.contains("ab 04/2026 angehalten: Umzug"),
            "{:?}",
            view.notes
        );
        let stopped = run(&world, &lead, "2026-04").await;
        assert!(matches!(stopped, Err(CaseError::Input(_))));
        let again = cases
            .stop_payments(&staff("md"), magdeburg(), case, month("2026-04"), "Umzug")
            .await;
        assert!(matches!(again, Err(CaseError::Stale)));
        // A new decision from March on: March is paid already, April is new.
        plan(&world, case, &[("2026-03", 70), ("2026-04", 70)]).await;
        let file = run(&world, &lead, "2026-04").await.unwrap();
        assert!(xml(&world, &lead, &file).await.contains("<CtrlSum>0.70</CtrlSum>"));
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_is_due_is_counted_shown_and_paid_as_it_was_shown() {
    for world in worlds().await {
        let (cases, lead) = (&world.cases, staff("lead"));
        assert_eq!(cases.payments_due(&lead).await.unwrap(), []);
        for who in ["md", "dsb", "betrieb"] {
            let refused = cases.payments_due(&staff(who)).await;
            assert!(matches!(refused, Err(CaseError::Refused(_))), "{who}");
        }
        planned(&world, &[("2026-03", 100), ("2026-04", 100), ("2026-05", 100)]).await;
        planned(&world, &[("2026-04", 250)]).await;
        let due = cases.payments_due(&lead).await.unwrap();
        let counted: Vec<_> = due.iter().map(|due| (due.month.to_string(), due.payments)).collect();
        assert_eq!(counted, [("2026-03".to_owned(), 1), ("2026-04".to_owned(), 2)]);
        let shown = cases
            .payment_preview(&lead, magdeburg(), month("2026-04"))
            .await
            .unwrap();
        assert_eq!(
            (shown.payments, shown.cents, shown.execute_on.to_string()),
            (2, 450, "2026-03-31".to_owned())
        );
        let each: Vec<_> = shown.cases.iter().map(|one| (one.cents, one.months)).collect();
        let april = month("2026-04");
        assert_eq!(
            each,
            [(250, (april, april)), (200, (month("2026-03"), april))],
            "the highest first"
        );
        let confirmed = Confirmed {
            run: shown.run,
            digest: shown.digest,
        };
        // A third case came meanwhile: nothing is paid that was not shown.
        planned(&world, &[("2026-04", 50)]).await;
        let changed = cases
            .payment_run(&lead, magdeburg(), month("2026-04"), confirmed.clone())
            .await;
        assert!(
            matches!(&changed, Err(CaseError::Input(text)) if text.contains("nichts ausgezahlt")),
            "{changed:?}"
        );
        assert!(cases.payment_runs(&lead, None, 10).await.unwrap().items.is_empty());
        let shown = cases
            .payment_preview(&lead, magdeburg(), month("2026-04"))
            .await
            .unwrap();
        assert_eq!((shown.payments, shown.cents), (3, 500));
        let confirmed = Confirmed {
            run: shown.run,
            digest: shown.digest,
        };
        let (first, second) = tokio::join!(
            cases.payment_run(&lead, magdeburg(), month("2026-04"), confirmed.clone()),
            cases.payment_run(&lead, magdeburg(), month("2026-04"), confirmed),
        );
        assert_eq!(first.unwrap(), second.unwrap(), "a double click is one run");
        assert_eq!(cases.payment_runs(&lead, None, 10).await.unwrap().items.len(), 1);
        // Looking and paying within minutes is one record.
        let log = cases.access_log(person(ERIKA), 100).await.unwrap();
        assert_eq!(log.iter().filter(|record| record.purpose == "payment").count(), 3);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_case_that_cannot_be_paid_is_named_and_keeps_nobody_from_their_money() {
    for world in worlds().await {
        let (cases, lead) = (&world.cases, staff("lead"));
        let good = world.sent("01-erster").await;
        plan(&world, good, &[("2026-03", 700)]).await;
        world.post().await;
        let notice = cases
            .mailbox(person(ERIKA))
            .await
            .unwrap()
            .into_iter()
            .find(|notice| notice.case == good && notice.template == "bescheid");
        let wrong = world.sent("06-merkzeichen").await;
        plan_to(&world, wrong, &[("2026-03", 900)], "DE02120300000000202052").await;
        // The package of objections names no account to pay from.
        let objection = cases
            .object(person(ERIKA), magdeburg(), good, notice.unwrap().notice, "")
            .await
            .unwrap()
            .case;
        plan(&world, objection, &[("2026-03", 1)]).await;
        let shown = cases
            .payment_preview(&lead, magdeburg(), month("2026-03"))
            .await
            .unwrap();
        assert_eq!((shown.payments, shown.cents), (1, 700));
        let mut left: Vec<_> = shown.unpayable.iter().map(|one| (one.case, one.why)).collect();
        left.sort();
        let mut expected = [(wrong, Hindrance::Iban), (objection, Hindrance::Parameter)];
        expected.sort();
        assert_eq!(left, expected);
        let made = run(&world, &lead, "2026-03").await.unwrap();
        assert_eq!(made.payments, 1);
        let due = cases.payments_due(&lead).await.unwrap();
        assert_eq!(due[0].payments, 2, "they wait until they are mended");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_team_lead_of_another_service_neither_pays_nor_fetches_the_file() {
    for world in worlds().await {
        let (cases, lead, other) = (&world.cases, staff("lead"), staff("lead-wohngeld"));
        planned(&world, &[("2026-03", 700)]).await;
        assert_eq!(cases.payments_due(&other).await.unwrap(), []);
        let shown = cases
            .payment_preview(&other, magdeburg(), month("2026-03"))
            .await
            .unwrap();
        assert_eq!((shown.payments, shown.unpayable.len()), (0, 0));
        let nothing = run(&world, &other, "2026-03").await;
        assert!(matches!(nothing, Err(CaseError::Input(_))), "{nothing:?}");
        let made = run(&world, &lead, "2026-03").await.unwrap();
        let seen = cases.payment_runs(&other, None, 10).await.unwrap().items;
        assert_eq!((seen[0].run, seen[0].yours), (made.run, false));
        let refused = cases.payment_file(&other, magdeburg(), made.run).await;
        assert!(matches!(refused, Err(CaseError::Refused(_))), "{refused:?}");
        cases.payment_file(&lead, magdeburg(), made.run).await.unwrap();
    }
}

/// Wohngeld as it is: applied for, confirmed, planned.
async fn granted(world: &World) -> CaseId {
    let case = world.cases.new_case_id();
    let data = world.example_of("wohngeld", "01-rentnerin");
    let sent = world
        .cases
        .submit_direct(person(ERIKA), magdeburg(), "wohngeld", case, &data)
        .await;
    sent.unwrap();
    confirm(world, case).await;
    case
}

async fn confirm(world: &World, case: CaseId) {
    let confirmed = Verdict::Confirm { reason: String::new() };
    world.verdict("md", case, confirmed).await.unwrap();
    world.work().await;
}

async fn standings(world: &World, case: CaseId) -> Vec<String> {
    let view = world.desk("md", case).await;
    let lines = view.payments.iter();
    lines
        .map(|line| format!("{} {:?}", line.month, line.standing))
        .collect()
}

#[tokio::test]
async fn a_change_takes_the_place_of_the_earlier_payments_or_ends_them() {
    for world in worlds().await {
        for (example, from, own) in [("13-einkommen", "2026-04", 0), ("01-rentnerin", "2026-03", 12)] {
            let (cases, erika) = (&world.cases, person(ERIKA));
            let first = granted(&world).await;
            assert_eq!(standings(&world, first).await[0], "2026-03 Planned");
            let change = cases
                .start_follow_up(erika, magdeburg(), first, FollowUp::Change)
                .await
                .unwrap();
            let data = world.example_of("wohngeld", example);
            cases.save_draft(erika, magdeburg(), change, &data, 1).await.unwrap();
            cases.submit(erika, magdeburg(), change).await.unwrap();
            assert!(
                standings(&world, first)
                    .await
                    .iter()
                    .all(|line| line.ends_with("Planned")),
                "an application alone ends nothing"
            );
            confirm(&world, change).await;
            for line in standings(&world, first).await {
                let expected = if &line[..7] < from { "Planned" } else { "Stopped" };
                assert!(line.ends_with(expected), "{example}: {line}");
            }
            assert_eq!(standings(&world, change).await.len(), own, "{example}");
            assert_eq!(world.findings().await, Vec::<String>::new());
        }
    }
}

/// A change of the dog tax, sent.
async fn follow_up(world: &World, about: CaseId) -> CaseId {
    let (cases, erika) = (&world.cases, person(ERIKA));
    let change = cases.start_follow_up(erika, magdeburg(), about, FollowUp::Change).await;
    let (change, data) = (change.unwrap(), world.example("01-erster"));
    cases.save_draft(erika, magdeburg(), change, &data, 1).await.unwrap();
    cases.submit(erika, magdeburg(), change).await.unwrap();
    change
}

#[tokio::test]
async fn a_month_of_two_cases_is_paid_once_and_then_the_difference() {
    for world in worlds().await {
        let (cases, lead) = (&world.cases, staff("lead"));
        let first = planned(&world, &[("2026-03", 10_000), ("2026-04", 10_000)]).await;
        run(&world, &lead, "2026-03").await.unwrap();
        let change = follow_up(&world, first).await;
        plan(&world, change, &[("2026-03", 12_000), ("2026-04", 12_000)]).await;
        let shown = cases
            .payment_preview(&lead, magdeburg(), month("2026-04"))
            .await
            .unwrap();
        let left: Vec<_> = shown.unpayable.iter().map(|left| left.why).collect();
        assert_eq!((shown.payments, left), (0, vec![Hindrance::Twice, Hindrance::Twice]));
        cases
            .stop_payments(&staff("md"), magdeburg(), first, month("2026-04"), "Änderung")
            .await
            .unwrap();
        let shown = cases
            .payment_preview(&lead, magdeburg(), month("2026-04"))
            .await
            .unwrap();
        assert_eq!((shown.payments, shown.cents), (1, 2_000 + 12_000));
        run(&world, &lead, "2026-04").await.unwrap();
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_withdrawn_application_pays_nothing() {
    for world in worlds().await {
        let case = world.sent_full("01-erster").await;
        plan(&world, case, &[("2026-03", 100), ("2026-04", 100)]).await;
        world.cases.withdraw(person(ERIKA), magdeburg(), case).await.unwrap();
        assert_eq!(standings(&world, case).await, ["2026-03 Stopped", "2026-04 Stopped"]);
        let nothing = run(&world, &staff("lead"), "2026-04").await;
        assert!(matches!(nothing, Err(CaseError::Input(_))), "{nothing:?}");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Deciding an objection moves no money: what follows from it is decided in the case it is about.
#[tokio::test]
async fn an_objection_leaves_the_payments_alone() {
    for world in worlds().await {
        for outcome in ["abhilfe", "zurueckweisung"] {
            let (cases, erika) = (&world.cases, person(ERIKA));
            let case = granted(&world).await;
            world.post().await;
            let notices = cases.seen_notices(erika, magdeburg(), case).await.unwrap();
            let notice = notices.iter().find(|notice| notice.template == "bescheid").unwrap();
            let objection = cases
                .object(erika, magdeburg(), case, notice.notice, "")
                .await
                .unwrap()
                .case;
            let verdict = Verdict::Correct {
                reason: "Nach Prüfung.".to_owned(),
                corrections: [("ergebnis".to_owned(), json!(outcome))].into_iter().collect(),
                answers: serde_json::Map::new(),
            };
            world.verdict("md", objection, verdict).await.unwrap();
            world.work().await;
            assert!(
                standings(&world, case)
                    .await
                    .iter()
                    .all(|line| line.ends_with("Planned")),
                "{outcome}"
            );
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// The objection to the newest notice of a case.
async fn object(world: &World, case: CaseId) -> CaseId {
    world.post().await;
    let notices = world
        .cases
        .seen_notices(person(ERIKA), magdeburg(), case)
        .await
        .unwrap();
    let bescheid = notices.iter().filter(|notice| notice.template == "bescheid");
    let newest = bescheid.max_by_key(|notice| notice.issued_at).unwrap().notice;
    let filed = world.cases.object(person(ERIKA), magdeburg(), case, newest, "").await;
    filed.unwrap().case
}

fn correct(name: &str, value: serde_json::Value) -> Verdict {
    Verdict::Correct {
        reason: "Nach Prüfung.".to_owned(),
        corrections: [(name.to_owned(), value)].into_iter().collect(),
        answers: serde_json::Map::new(),
    }
}

/// An objection succeeds, and its first case is being decided anew by `md-2`.
async fn begin(world: &World, case: CaseId, objection: CaseId) {
    let granted = correct("ergebnis", json!("abhilfe"));
    world.verdict("md-2", objection, granted).await.unwrap();
    world.post().await;
    world.clock.advance(Duration::from_secs(60));
    let (cases, who) = (&world.cases, staff("md-2"));
    cases
        .redecide(&who, Purpose::LegalRemedy, magdeburg(), case)
        .await
        .unwrap();
}

/// The newest decision of a case is contested with success and replaced.
async fn redecided(world: &World, case: CaseId, name: &str, value: serde_json::Value) {
    let objection = object(world, case).await;
    begin(world, case, objection).await;
    world.verdict("md-2", case, correct(name, value)).await.unwrap();
    world.post().await;
}

/// Wohngeld of Erika's, granted with too low a rent; and the rent she asked it for.
async fn granted_less(world: &World) -> (CaseId, i64) {
    let case = world.cases.new_case_id();
    let data = world.example_of("wohngeld", "01-rentnerin");
    let sent = world
        .cases
        .submit_direct(person(ERIKA), magdeburg(), "wohngeld", case, &data)
        .await;
    sent.unwrap();
    let correctable = world.desk("md", case).await.task.unwrap().correctable;
    let asked = correctable.iter().find(|(name, _)| name == "kaltmiete_cent");
    let asked = asked.unwrap().1.as_i64().unwrap();
    let less = correct("kaltmiete_cent", json!(asked - 15_000));
    world.verdict("md", case, less).await.unwrap();
    (case, asked)
}

async fn monthly(world: &World, case: CaseId) -> i64 {
    let decision = world.desk("md", case).await.decision.unwrap();
    decision.value["betrag_cent"].as_i64().unwrap()
}

/// What a run of a month would pay now, and the run.
async fn paid(world: &World, until: &str) -> i64 {
    let lead = staff("lead");
    let shown = world
        .cases
        .payment_preview(&lead, magdeburg(), month(until))
        .await
        .unwrap();
    assert_eq!(shown.unpayable, []);
    run(world, &lead, until).await.unwrap();
    i64::try_from(shown.cents).unwrap()
}

#[tokio::test]
async fn a_second_new_decision_after_a_refusal_pays_every_month_it_grants() {
    for world in worlds().await {
        let case = granted(&world).await;
        let amount = monthly(&world, case).await;
        assert_eq!(paid(&world, "2026-03").await, amount);
        redecided(&world, case, "erheblich_vermoegend", json!("ja")).await;
        assert_eq!(
            standings(&world, case).await.len(),
            1,
            "what was not paid yet is not paid"
        );
        let nothing = run(&world, &staff("lead"), "2026-04").await;
        assert!(matches!(nothing, Err(CaseError::Input(_))), "{nothing:?}");
        redecided(&world, case, "erheblich_vermoegend", json!("nein")).await;
        let lines = standings(&world, case).await;
        assert_eq!(lines.len(), 12, "{lines:?}");
        assert!(lines[1..].iter().all(|line| line.ends_with("Planned")), "{lines:?}");
        assert_eq!(world.desk("md", case).await.decision.unwrap().stopped, None);
        assert_eq!(paid(&world, "2026-04").await, amount);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// No command resumes what a person has stopped: the desk is told before it decides, and after.
#[tokio::test]
async fn what_a_person_stopped_stays_stopped_through_new_decisions_and_the_desk_is_told() {
    for world in worlds().await {
        let (cases, june) = (&world.cases, month("2026-06"));
        let case = granted(&world).await;
        assert_eq!(world.desk("md", case).await.decision.unwrap().stopped, None);
        cases
            .stop_payments(&staff("md"), magdeburg(), case, june, "Umzug")
            .await
            .unwrap();
        for yes in [false, true, false, false] {
            let objection = object(&world, case).await;
            begin(&world, case, objection).await;
            let answer = json!(if yes { "ja" } else { "nein" });
            let task = world.desk("md-2", case).await.task.unwrap().task;
            let corrections = [("erheblich_vermoegend".to_owned(), answer.clone())]
                .into_iter()
                .collect();
            let (step, none) = (common::at("md-2", case, task), serde_json::Map::new());
            let would = cases.preview(&step, &corrections, &none).await.unwrap();
            let told = (!yes).then_some(june);
            assert_eq!(would.stopped, told);
            let verdict = correct("erheblich_vermoegend", answer);
            world.verdict("md-2", case, verdict).await.unwrap();
            world.post().await;
            assert_eq!(world.desk("md", case).await.decision.unwrap().stopped, told);
            let planned = standings(&world, case).await;
            let planned = planned.iter().filter(|line| line.ends_with("Planned")).count();
            assert_eq!(planned, if yes { 0 } else { 3 }, "March, April, May");
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// A change of Wohngeld that is applied for after another case, and not decided.
async fn changed(world: &World, about: CaseId) -> CaseId {
    let (cases, erika) = (&world.cases, person(ERIKA));
    let change = cases.start_follow_up(erika, magdeburg(), about, FollowUp::Change).await;
    let (change, data) = (change.unwrap(), world.example_of("wohngeld", "01-rentnerin"));
    cases.save_draft(erika, magdeburg(), change, &data, 1).await.unwrap();
    cases.submit(erika, magdeburg(), change).await.unwrap();
    change
}

/// What the newest notice of a case says of months that are paid already: too little, and too much.
async fn said(world: &World, case: CaseId) -> (Value, Value) {
    let journal = world.cases.journal();
    let entries = journal.stream(&magdeburg(), &format!("case/{case}")).await.unwrap();
    let fact = |entry: &wegfrei_journal::Entry, name: &str| entry.facts()[name].as_str().unwrap().to_owned();
    let mut issued = entries.into_iter().filter(|entry| entry.kind == "notice.issued");
    let entry = issued.rfind(|entry| fact(entry, "template") == "bescheid").unwrap();
    let part = format!("letter/{}", fact(&entry, "notice"));
    let request = AccessRequest {
        authority: magdeburg(),
        actor: Actor::system("notices"),
        purpose: Purpose::NoticeRendering.german().to_owned(),
        subject: Some(person(ERIKA)),
        key: KeyId::case(case),
        parts: vec!["letter".to_owned()],
        circumstances: circumstances(Action::RenderNotice, Purpose::NoticeRendering, true, "wohngeld"),
    };
    let access = journal.access(request).await.unwrap();
    let sealed = entry.sealed.unwrap().typed::<Value>(format!("case/{case}#{part}"));
    let replaced = sealed.open(&access).unwrap()["ersetzt"].clone();
    (replaced["nachzahlung"].clone(), replaced["zuviel"].clone())
}

fn amounts(list: &[(&str, i64)]) -> Value {
    list.iter()
        .map(|(monat, cent)| json!({ "monat": monat, "cent": cent }))
        .collect()
}

/// The rent of March was too low, and is put right twice: by a change, and after the objection to the first notice. Whichever of the two
/// pays what is missing, in the same run or in an earlier one, it is paid once; and the new notice promises only what comes.
#[tokio::test]
async fn what_a_change_pays_for_a_month_is_not_paid_back_as_well() {
    for world in worlds().await {
        for before in [false, true] {
            let (first, asked) = granted_less(&world).await;
            let objection = object(&world, first).await;
            let less = monthly(&world, first).await;
            assert_eq!(paid(&world, "2026-03").await, less);
            let change = changed(&world, first).await;
            confirm(&world, change).await;
            let full = monthly(&world, change).await;
            let missing = full - less;
            assert!(missing > 0, "{full} {less}");
            if before {
                assert_eq!(paid(&world, "2026-03").await, missing, "the change pays the difference");
            }
            begin(&world, first, objection).await;
            let right = correct("kaltmiete_cent", json!(asked));
            world.verdict("md-2", first, right).await.unwrap();
            world.post().await;
            assert_eq!(monthly(&world, first).await, full);
            let (promised, to_come) = if before {
                (amounts(&[]), 0)
            } else {
                (amounts(&[("2026-03", missing)]), missing)
            };
            assert_eq!(said(&world, first).await, (promised, amounts(&[])));
            assert_eq!(
                paid(&world, "2026-04").await,
                to_come + full,
                "March is worth {full} in all"
            );
        }
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// A change that grants less pays nothing for a month the first case has paid. When it is decided anew, that month counts with what really
/// went out for it, and not with what was planned.
#[tokio::test]
async fn a_month_that_another_case_has_paid_in_full_is_owed_by_nobody() {
    for world in worlds().await {
        let first = granted(&world).await;
        let full = monthly(&world, first).await;
        assert_eq!(paid(&world, "2026-03").await, full);
        let change = changed(&world, first).await;
        let correctable = world.desk("md", change).await.task.unwrap().correctable;
        let asked = correctable.iter().find(|(name, _)| name == "kaltmiete_cent");
        let asked = asked.unwrap().1.as_i64().unwrap();
        let low = correct("kaltmiete_cent", json!(asked - 15_000));
        world.verdict("md", change, low).await.unwrap();
        world.work().await;
        let low = monthly(&world, change).await;
        assert_eq!(paid(&world, "2026-04").await, low, "nothing for March");
        redecided(&world, change, "kaltmiete_cent", json!(asked - 5_000)).await;
        let right = monthly(&world, change).await;
        assert!(low < right && right < full, "{low} {right} {full}");
        assert_eq!(
            said(&world, change).await,
            (amounts(&[("2026-04", right - low)]), amounts(&[]))
        );
        world.clock.advance(Duration::from_secs(30 * 24 * 3600));
        assert_eq!(paid(&world, "2026-05").await, right + (right - low), "April 17th");
        // Decided anew once more: what was paid back counts for the month it was for.
        redecided(&world, change, "kaltmiete_cent", json!(asked - 15_000)).await;
        let over = amounts(&[("2026-04", right - low), ("2026-05", right - low)]);
        assert_eq!(said(&world, change).await, (amounts(&[]), over));
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Exports of earlier versions do not say what went out; what the case and its relatives had planned tells it.
#[tokio::test]
async fn what_was_exported_before_amounts_were_kept_still_counts() {
    for world in worlds().await {
        let lead = staff("lead");
        let first = planned(&world, &[("2026-03", 10_000)]).await;
        let change = follow_up(&world, first).await;
        let export = async |case: CaseId, run: &str| {
            let entry = NewEntry {
                stream: format!("case/{case}"),
                expect: Expect::Any,
                kind: "payments.exported",
                actor: lead.clone(),
                purpose: Purpose::Payment.german().to_owned(),
                facts: json!({
                    "at": world.cases.now().as_micros(), "run": PaymentRunId::parse(run).unwrap(), "months": ["2026-03"],
                }),
                sealed: None,
            };
            let journal = world.cases.journal();
            journal.commit(Commit::one(magdeburg(), entry)).await.unwrap();
            rebuild(&world.store, &CaseProjection).await.unwrap();
        };
        export(first, "0190b3c0-0000-7000-8000-0000000000a1").await;
        plan(&world, change, &[("2026-03", 12_000)]).await;
        export(change, "0190b3c0-0000-7000-8000-0000000000a2").await;
        // A third one: the first two have paid 100 and the 20 that were missing.
        let last = follow_up(&world, change).await;
        plan(&world, last, &[("2026-03", 15_000), ("2026-04", 15_000)]).await;
        assert_eq!(paid(&world, "2026-04").await, 3_000 + 15_000);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

/// Everything of a grant is paid when it turns out to have been too little: what is owed is paid beside the renewal's first month.
#[tokio::test]
async fn a_back_payment_and_the_renewals_first_month_do_not_block_each_other() {
    for world in worlds().await {
        for renewed_first in [true, false] {
            let (cases, erika) = (&world.cases, person(ERIKA));
            let (first, asked) = granted_less(&world).await;
            let data = world.example_of("wohngeld", "01-rentnerin");
            let objection = object(&world, first).await;
            let old = monthly(&world, first).await;
            world.clock.advance(Duration::from_secs(360 * 24 * 3600));
            world.work().await;
            let now = wegfrei_model::Month::of(cases.now().date());
            let last = world.desk("md", first).await.payments.last().unwrap().month;
            assert_eq!(last.next(), Some(now));
            assert_eq!(paid(&world, &last.to_string()).await, 12 * old);

            let renewal = cases
                .start_follow_up(erika, magdeburg(), first, FollowUp::Renewal)
                .await
                .unwrap();
            cases.save_draft(erika, magdeburg(), renewal, &data, 1).await.unwrap();
            cases.submit(erika, magdeburg(), renewal).await.unwrap();
            if renewed_first {
                confirm(&world, renewal).await;
            }
            begin(&world, first, objection).await;
            let right = correct("kaltmiete_cent", json!(asked));
            world.verdict("md-2", first, right).await.unwrap();
            world.post().await;
            if !renewed_first {
                confirm(&world, renewal).await;
            }
            world.post().await;
            let (owed, next) = (
                12 * (monthly(&world, first).await - old),
                monthly(&world, renewal).await,
            );
            assert!(owed > 0 && next > 0, "{owed} {next}");
            assert_eq!(standings(&world, renewal).await[0], format!("{now} Planned"));
            assert_eq!(paid(&world, &now.to_string()).await, owed + next, "{renewed_first}");
            // The rest of the renewal is not what this test is about.
            let later = now.next().unwrap();
            let md = staff("md");
            let stopped = cases.stop_payments(&md, magdeburg(), renewal, later, "Ende").await;
            stopped.unwrap();
            assert_eq!(world.findings().await, Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn who_opened_a_payment_file_is_found_by_person_and_by_reference() {
    for world in worlds().await {
        let (cases, lead) = (&world.cases, staff("lead"));
        let case = planned(&world, &[("2026-03", 100), ("2026-04", 100)]).await;
        let made = run(&world, &lead, "2026-04").await.unwrap();
        xml(&world, &lead, &made).await;
        let summary = cases.my_case(person(ERIKA), magdeburg(), case).await.unwrap();
        let by = |person, reference| RecordsFilter {
            person,
            reference,
            ..RecordsFilter::default()
        };
        for (filter, found) in [
            (by(Some(person(ERIKA)), None), 1),
            (by(None, summary.reference.clone()), 1),
            (by(Some(person(ERIKA)), summary.reference.clone()), 1),
            (by(Some(person(ALI)), None), 0),
            (by(Some(person(ALI)), summary.reference.clone()), 0),
        ] {
            let records = cases.records(&staff("dsb"), &filter, None, 200).await.unwrap().items;
            let opened = records.iter().filter(|record| record.parts == ["file"]).count();
            assert_eq!(opened, found, "{filter:?}");
        }
    }
}

/// What is owed for a month that is paid comes with the next; a change that pays from there on leaves it.
#[tokio::test]
async fn a_change_does_not_stop_what_is_owed_for_earlier_months() {
    for world in worlds().await {
        let (cases, erika) = (&world.cases, person(ERIKA));
        let (first, asked) = granted_less(&world).await;
        let less = monthly(&world, first).await;
        assert_eq!(paid(&world, "2026-03").await, less);
        redecided(&world, first, "kaltmiete_cent", json!(asked)).await;
        let full = monthly(&world, first).await;
        let change = cases
            .start_follow_up(erika, magdeburg(), first, FollowUp::Change)
            .await
            .unwrap();
        let data = world.example_of("wohngeld", "13-einkommen");
        cases.save_draft(erika, magdeburg(), change, &data, 1).await.unwrap();
        cases.submit(erika, magdeburg(), change).await.unwrap();
        confirm(&world, change).await;
        let lines = standings(&world, first).await;
        assert_eq!(lines[1], "2026-04 Planned");
        assert!(lines[2..].iter().all(|line| line.ends_with("Stopped")), "{lines:?}");
        assert_eq!(paid(&world, "2026-04").await, full - less);
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}
