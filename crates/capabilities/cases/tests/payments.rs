//! Payment files, on both engines: everything planned is paid once, under a record, and nothing about it stands in the clear.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{ERIKA, World, magdeburg, person, staff, worlds};
use wegfrei_cases::CaseError;
use wegfrei_journal::Actor;
use wegfrei_model::{CaseId, Month};

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

/// What the process's operation `payments` writes.
async fn planned(world: &World, payments: &[(&str, i64)]) -> CaseId {
    let case = world.sent("06-merkzeichen").await;
    world.plan_payments(case, payments).await;
    case
}

#[tokio::test]
async fn a_month_is_paid_once_and_what_comes_later_in_the_next_run() {
    for world in worlds().await {
        let (cases, lead) = (&world.cases, staff("lead"));
        let nothing = cases.payment_run(&lead, magdeburg(), month("2026-04")).await;
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
            let refused = cases.payment_run(&nobody, magdeburg(), month("2026-04")).await;
            assert!(matches!(refused, Err(CaseError::Refused(_))), "{error}");
        }
        let early = cases.payment_run(&lead, magdeburg(), month("2026-05")).await;
        assert!(matches!(early, Err(CaseError::Input(_))));

        let file = cases.payment_run(&lead, magdeburg(), month("2026-04")).await.unwrap();
        let xml = String::from_utf8(file.xml.clone()).unwrap();
        assert_eq!(file.payments, 1);
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
        let twice = cases.payment_run(&lead, magdeburg(), month("2026-04")).await;
        assert!(matches!(twice, Err(CaseError::Input(_))), "{twice:?}");

        world.clock.advance(Duration::from_secs(3600));
        planned(&world, &[("2026-04", 5)]).await;
        let later = cases.payment_run(&lead, magdeburg(), month("2026-04")).await.unwrap();
        assert!(
            String::from_utf8(later.xml)
                .unwrap()
                .contains("<CtrlSum>0.05</CtrlSum>")
        );

        let runs = cases.payment_runs(&lead, None, 1).await.unwrap();
        assert_eq!(runs.items[0].run, later.run);
        let older = cases.payment_runs(&lead, runs.next.as_deref(), 1).await.unwrap();
        assert_eq!((older.items[0].run, older.next), (file.run, None));
        assert_eq!(
            cases.payment_file(&lead, magdeburg(), file.run).await.unwrap(),
            file.xml
        );
        let refused = cases.payment_file(&staff("md"), magdeburg(), file.run).await;
        assert!(matches!(refused, Err(CaseError::Refused(_))));

        let log = cases.access_log(person(ERIKA), 100).await.unwrap();
        let paid: Vec<_> = log.iter().filter(|record| record.purpose == "payment").collect();
        assert!(
            paid.iter()
                .all(|record| record.parts == ["payments"] && record.who.starts_with("Teamleitung"))
        );
        assert!(paid.len() >= 2, "{log:#?}");
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
        cases.payment_run(&lead, magdeburg(), month("2026-03")).await.unwrap();
        let refused = cases.stop_payments(&lead, magdeburg(), case, month("2026-04")).await;
        assert!(
            matches!(refused, Err(CaseError::Refused(_))),
            "who pays does not decide"
        );
        cases
            .stop_payments(&staff("md"), magdeburg(), case, month("2026-04"))
            .await
            .unwrap();
        let stopped = cases.payment_run(&lead, magdeburg(), month("2026-04")).await;
        assert!(matches!(stopped, Err(CaseError::Input(_))));
        let again = cases
            .stop_payments(&staff("md"), magdeburg(), case, month("2026-04"))
            .await;
        assert!(matches!(again, Err(CaseError::Stale)));
        // A new decision from March on: March is paid already, April is new.
        world.plan_payments(case, &[("2026-03", 70), ("2026-04", 70)]).await;
        let file = cases.payment_run(&lead, magdeburg(), month("2026-04")).await.unwrap();
        assert!(String::from_utf8(file.xml).unwrap().contains("<CtrlSum>0.70</CtrlSum>"));
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}
