//! Payment runs for machines: prepared, confirmed, fetched; and everybody it is not for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use axum::http::{StatusCode, header};
use common::{ERIKA, HALLE, MAGDEBURG, World, worlds};
use serde_json::{Value, json};
use wegfrei_cases::{AtTask, Verdict};
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, PersonId};

/// Wohngeld for twelve months from March 2026 on.
async fn granted(world: &World) -> CaseId {
    let (cases, magdeburg) = (&world.cases, AuthorityId::parse(MAGDEBURG).unwrap());
    let package = cases.catalogue().package("wohngeld").unwrap();
    let mut examples = package.examples().iter();
    let data = &examples
        .find(|example| example.file.contains("01-rentnerin"))
        .unwrap()
        .application;
    let (case, erika) = (cases.new_case_id(), PersonId::parse(ERIKA).unwrap());
    cases
        .submit_direct(erika, magdeburg, "wohngeld", case, data)
        .await
        .unwrap();
    let desk = Actor::staff("sb-magdeburg-1", magdeburg);
    let view = cases
        .open_case(&desk, Purpose::CaseWork, magdeburg, case)
        .await
        .unwrap();
    let (task, confirm) = (view.task.unwrap().task, Verdict::Confirm { reason: String::new() });
    let at = AtTask {
        actor: desk,
        purpose: Purpose::CaseWork,
        authority: magdeburg,
        case,
        task,
    };
    cases.complete_task(&at, view.version, confirm).await.unwrap();
    case
}

#[tokio::test]
async fn a_run_is_previewed_confirmed_and_fetched() {
    for world in worlds().await {
        let case = granted(&world).await;
        let lead = world.staff("tl-magdeburg-1", MAGDEBURG).await;
        let due = lead.get("/api/desk/payments").await.ok();
        assert_eq!(
            due["items"],
            json!([{ "month": "2026-03", "payments": 1 }, { "month": "2026-04", "payments": 1 }])
        );
        let shown = lead.get("/api/desk/payments/2026-03").await.ok();
        assert_eq!((&shown["payments"], &shown["cents"]), (&json!(1), &json!(22600)));
        assert_eq!(shown["unpayable"], json!([]));
        let body = |digest: &Value| json!({ "run": shown["run"], "month": "2026-03", "digest": digest });
        lead.post("/api/desk/payment-runs", &body(&json!("0")))
            .await
            .is(400, "parameter");
        let first = lead.post("/api/desk/payment-runs", &body(&shown["digest"])).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
        let second = lead.post("/api/desk/payment-runs", &body(&shown["digest"])).await;
        assert_eq!(first.bytes, second.bytes, "twice is once");
        let runs = lead.get("/api/desk/payment-runs?limit=1").await.ok();
        assert_eq!(runs["items"], json!([first.json()]));
        assert_eq!(first.json()["made_by"], "tl-magdeburg-1");
        let file = lead.get(first.json()["file"].as_str().unwrap()).await;
        assert_eq!(file.header(header::CONTENT_TYPE), "application/xml");
        assert!(file.text().contains("<CtrlSum>226.00</CtrlSum>"), "{}", file.text());
        let log = world.resident(ERIKA).await.get("/api/access-log").await.ok();
        assert!(
            log["items"]
                .as_array()
                .unwrap()
                .iter()
                .any(|line| line["purpose"] == "payment")
        );

        let stop = format!("/api/desk/cases/{MAGDEBURG}/{case}/payments/stop");
        let body = |reason: &str| json!({ "from": "2026-04", "reason": reason });
        let desk = world.staff("sb-magdeburg-1", MAGDEBURG).await;
        desk.post(&stop, &body(" ")).await.is(422, "verdict");
        lead.post(&stop, &body("Umzug")).await.is(403, "refused");
        assert_eq!(desk.post(&stop, &body("Umzug")).await.status, StatusCode::NO_CONTENT);
        desk.post(&stop, &body("Umzug")).await.is(409, "stale");
        assert_eq!(lead.get("/api/desk/payments").await.ok()["items"], json!([]));
    }
}

#[tokio::test]
async fn nobody_else_runs_payments() {
    for world in worlds().await {
        let case = granted(&world).await;
        let lead = world.staff("tl-magdeburg-1", MAGDEBURG).await;
        let shown = lead.get("/api/desk/payments/2026-03").await.ok();
        let body = json!({ "run": shown["run"], "month": "2026-03", "digest": shown["digest"] });
        let made: Value = lead.post("/api/desk/payment-runs", &body).await.json();
        let file = made["file"].as_str().unwrap();
        let stop = format!("/api/desk/cases/{MAGDEBURG}/{case}/payments/stop");
        let reason = json!({ "from": "2026-04", "reason": "Umzug" });
        let reads = [
            "/api/desk/payments",
            "/api/desk/payments/2026-03",
            "/api/desk/payment-runs",
        ];
        for (id, authority) in [
            ("sb-magdeburg-1", MAGDEBURG),
            ("dsb-magdeburg-1", MAGDEBURG),
            ("revision-magdeburg-1", MAGDEBURG),
            ("betrieb-magdeburg-1", MAGDEBURG),
            ("sb-halle-1", HALLE),
        ] {
            let member = world.staff(id, authority).await;
            for path in reads {
                member.get(path).await.is(403, "refused");
            }
            member.post("/api/desk/payment-runs", &body).await.is(403, "refused");
            let fetched = member.get(file).await;
            if authority == MAGDEBURG {
                fetched.is(403, "refused");
            } else {
                fetched.is(404, "not-found");
            }
            if id != "sb-magdeburg-1" {
                member.post(&stop, &reason).await.is(403, "refused");
            }
        }
        let erika = world.resident(ERIKA).await;
        for path in reads.into_iter().chain([file]) {
            erika.get(path).await.is(403, "role");
        }
        erika.post("/api/desk/payment-runs", &body).await.is(403, "role");
        erika.post(&stop, &reason).await.is(403, "role");
        let nobody = world.nobody();
        for path in reads {
            nobody.get(path).await.is(401, "token");
        }
        for path in [
            "/api/desk/payments/2026-13",
            "/api/desk/payments/x",
            "/api/desk/payment-runs/x.xml",
        ] {
            lead.get(path).await.is(404, "not-found");
        }
        lead.get("/api/desk/payments/2026-05").await.is(400, "parameter");
        lead.get("/api/desk/payment-runs?after=x").await.is(400, "parameter");
    }
}
