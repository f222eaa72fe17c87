//! Somebody helps a resident, by programs: the code, the rights, the refusals.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use common::{ERIKA, HALLE, JOERG, MAGDEBURG, worlds};
use serde_json::json;

#[tokio::test]
async fn a_draft_is_helped_with_and_never_sent_by_who_helps() {
    for world in worlds().await {
        let (erika, joerg) = (world.resident(ERIKA).await, world.resident(JOERG).await);
        let begun = erika
            .post_as(
                &format!("/api/services/hundesteuer/authorities/{MAGDEBURG}/drafts"),
                "application/json",
                "",
            )
            .await;
        let case = begun.json()["case"].as_str().unwrap().to_owned();
        let (base, draft) = (
            format!("/api/cases/{MAGDEBURG}/{case}"),
            format!("/api/drafts/{MAGDEBURG}/{case}"),
        );
        let help = format!("{base}/help");
        joerg.get(&draft).await.is(403, "refused");
        joerg.post_as(&help, "application/json", "").await.is(403, "refused");
        let offered = erika.post_as(&help, "application/json", "").await;
        assert_eq!(offered.status, StatusCode::CREATED, "{}", offered.text());
        let code = json!({ "code": offered.json()["code"] });
        erika.post("/api/helping", &code).await.is(400, "parameter");
        joerg
            .post("/api/helping", &json!({ "code": "1" }))
            .await
            .is(400, "parameter");
        let entered = joerg.post("/api/helping", &code).await;
        assert_eq!(entered.status, StatusCode::CREATED, "{}", entered.text());
        assert_eq!(entered.json()["case"], case);
        joerg.post("/api/helping", &code).await.is(400, "parameter");
        assert_eq!(joerg.get("/api/helping").await.ok()["items"][0]["case"], case);
        assert_eq!(
            joerg.get("/api/cases").await.ok()["items"],
            json!([]),
            "it is not theirs"
        );
        assert_eq!(joerg.get(&base).await.ok()["status"], "draft");
        assert_eq!(joerg.get(&format!("{base}/notices")).await.ok()["items"], json!([]));

        let version = joerg.get(&draft).await.ok()["version"].clone();
        let body = json!({ "data": world.example("01-erster-hund-magdeburg"), "version": version });
        let saving = Request::put(&draft).header(header::CONTENT_TYPE, "application/json");
        let saved = joerg.send(saving.body(Body::from(body.to_string())).unwrap()).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
        let submission = |version: &serde_json::Value| format!("{draft}/submission?version={version}");
        let seen = submission(&saved.json()["version"]);
        joerg.post_as(&seen, "application/json", "").await.is(403, "refused");
        joerg.get(&help).await.is(403, "refused");
        joerg.delete(&help).await.is(403, "refused");
        joerg.delete(&format!("{help}/{ERIKA}")).await.is(403, "refused");
        let helpers = erika.get(&help).await.ok();
        assert_eq!(helpers["helpers"][0]["name"], "Jörg Ödön Szymański-Größe");
        let log = erika.get("/api/access-log").await.ok();
        let looked = log["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|line| line["purpose"] == "assistance" && line["granted"] == true);
        assert_eq!(looked.unwrap()["who"], "Hilfe: Jörg Ödön Szymański-Größe");

        // Sent by the resident; a case has the same rights.
        let unseen = erika.post_as(&submission(&version), "application/json", "").await;
        unseen.is(409, "stale");
        let sent = erika.post_as(&seen, "application/json", "").await;
        assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text());
        world.work().await;
        let pdf = joerg.get(&format!("{base}/notices")).await.ok()["items"][0]["pdf"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(joerg.get(&pdf).await.bytes.starts_with(b"%PDF-"));
        joerg
            .post_as(&format!("{base}/withdrawal"), "application/json", "")
            .await;
        let status = erika.get(&base).await.ok()["status"].clone();
        assert_eq!(status, "decided");
        erika.delete(&help).await;
        for _ in 0..2 {
            assert_eq!(
                erika.delete(&format!("{help}/{JOERG}")).await.status,
                StatusCode::NO_CONTENT
            );
        }
        joerg.get(&pdf).await.is(403, "refused");
        joerg.get(&base).await.is(404, "not-found");
        joerg.get(&format!("{base}/actions")).await.is(403, "refused");

        let again = json!({ "code": erika.post_as(&help, "application/json", "").await.json()["code"] });
        assert_eq!(joerg.post("/api/helping", &again).await.status, StatusCode::CREATED);
        let stop = format!("/api/helping/{MAGDEBURG}/{case}");
        assert_eq!(joerg.delete(&stop).await.status, StatusCode::NO_CONTENT);
        assert_eq!(joerg.get("/api/helping").await.ok()["items"], json!([]));
        assert_eq!(
            erika.delete(&help).await.status,
            StatusCode::NO_CONTENT,
            "nothing to take back"
        );
    }
}

#[tokio::test]
async fn codes_are_tried_a_few_times_and_by_residents_only() {
    for world in worlds().await {
        let joerg = world.resident(JOERG).await;
        for number in 0..5 {
            let code = json!({ "code": format!("00000000000{number}") });
            joerg.post("/api/helping", &code).await.is(400, "parameter");
        }
        joerg
            .post("/api/helping", &json!({ "code": "000000000009" }))
            .await
            .is(403, "limit");
        let id = world.cases.new_case_id();
        let help = format!("/api/cases/{MAGDEBURG}/{id}/help");
        joerg.post_as(&help, "application/json", "").await.is(404, "not-found");
        for (staff, authority) in [("sb-magdeburg-1", MAGDEBURG), ("sb-halle-1", HALLE)] {
            let desk = world.staff(staff, authority).await;
            desk.get("/api/helping").await.is(403, "role");
            desk.post("/api/helping", &json!({ "code": "000000000009" }))
                .await
                .is(403, "role");
            desk.get(&help).await.is(403, "role");
            desk.post_as(&help, "application/json", "").await.is(403, "role");
            desk.delete(&help).await.is(403, "role");
            desk.delete(&format!("{help}/{JOERG}")).await.is(403, "role");
            desk.delete(&format!("/api/helping/{MAGDEBURG}/{id}"))
                .await
                .is(403, "role");
        }
        let nobody = world.nobody();
        nobody.get("/api/helping").await.is(401, "token");
        nobody.get(&help).await.is(401, "token");
    }
}
