//! Moves of running cases for machines: looked at, matched by hand, started, watched, taken back; and everybody they are not for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use axum::http::StatusCode;
use common::{ERIKA, HALLE, MAGDEBURG, World, packages, worlds};
use serde_json::{Value, json};
use wegfrei_packages::{Catalogue, Files};

/// The packages with the dog tax in two versions: the review has another id.
fn two_versions() -> Catalogue {
    let mut files = Files::from_folder(packages()).unwrap();
    for (path, bytes) in files.under("services/hundesteuer").iter() {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        files
            .insert(&format!("services/hundesteuer@1.0.0/{path}"), bytes.to_vec())
            .unwrap();
        let text = match path {
            "package.toml" => text.replace("version = \"1.0.0\"", "version = \"1.1.0\""),
            "process.bpmn" => text.replace("Task_Pruefen", "Task_Nachsehen"),
            _ => text,
        };
        files
            .insert(&format!("services/hundesteuer/{path}"), text.into_bytes())
            .unwrap();
    }
    Catalogue::load(&files).unwrap()
}

/// One case that waits for its review and one that is decided; then the new version beside the old one.
async fn published(world: &World) -> (String, World) {
    let erika = world.resident(ERIKA).await;
    let waits = erika.sent(MAGDEBURG, "05-gefaehrlicher").await;
    erika.sent(MAGDEBURG, "01-erster-hund-magdeburg").await;
    world.work().await;
    (waits.to_string(), world.restarted(two_versions()))
}

fn body(by_hand: Value) -> Value {
    json!({ "service": "hundesteuer", "from": "1.0.0", "by_hand": by_hand })
}

#[tokio::test]
async fn a_move_is_previewed_started_and_taken_back() {
    for world in worlds().await {
        let lead = world.staff("tl-magdeburg-1", MAGDEBURG).await;
        assert_eq!(lead.get("/api/desk/old-versions").await.ok()["items"], json!([]));
        let (waits, world) = published(&world).await;
        let lead = world.staff("tl-magdeburg-1", MAGDEBURG).await;
        let due = lead.get("/api/desk/old-versions").await.ok();
        assert_eq!(
            due["items"],
            json!([{ "service": "hundesteuer", "from": "1.0.0", "to": "1.1.0", "cases": 2 }])
        );
        let shown = lead.post("/api/desk/move-previews", &body(json!({}))).await.ok();
        assert_eq!((&shown["can"], &shown["cannot"]), (&json!(1), &json!(1)), "{shown}");
        assert_eq!(shown["obstacles"][0]["element"]["id"], "Task_Pruefen");
        assert_eq!(shown["obstacles"][0]["cases"][0]["case"], json!(waits));
        assert_eq!(shown["choices"][0]["fitting"][0]["id"], "Task_Nachsehen");
        let hand = json!({ "Task_Pruefen": "Task_Nachsehen" });
        let shown = lead.post("/api/desk/move-previews", &body(hand.clone())).await.ok();
        assert_eq!((&shown["can"], &shown["cannot"]), (&json!(2), &json!(0)), "{shown}");
        lead.post("/api/desk/moves", &body(json!({ "x": "y" })))
            .await
            .is(400, "parameter");
        let started = lead.post("/api/desk/moves", &body(hand.clone())).await;
        assert_eq!(started.status, StatusCode::CREATED, "{}", started.text());
        assert_eq!(started.json()["standing"], "moving");
        lead.post("/api/desk/moves", &body(hand.clone()))
            .await
            .is(400, "parameter");
        world.work().await;
        let done = lead.get("/api/desk/moves/1").await.ok();
        assert_eq!(
            (&done["standing"], &done["moved"]),
            (&json!("moved"), &json!(2)),
            "{done}"
        );
        assert_eq!(
            (&done["by_hand"], &done["started_by"]),
            (&hand, &json!("tl-magdeburg-1"))
        );
        let list = lead.get("/api/desk/moves").await.ok();
        assert_eq!(list["items"][0]["number"], 1);
        let desk = world.staff("sb-magdeburg-1", MAGDEBURG).await;
        let case = format!("/api/desk/cases/{MAGDEBURG}/{waits}?purpose=case-work");
        let moved = |case: Value| {
            let lines = case["timeline"].as_array().unwrap().clone();
            lines
                .into_iter()
                .filter(|line| !line["moved"].is_null())
                .collect::<Vec<_>>()
        };
        let lines = moved(desk.get(&case).await.ok());
        assert_eq!(lines[0]["moved"], json!({ "number": 1, "version": "1.1.0" }));
        let back = lead.post("/api/desk/moves/1/take-back", &json!({})).await;
        assert_eq!(back.status, StatusCode::NO_CONTENT, "{}", back.text());
        lead.post("/api/desk/moves/1/take-back", &json!({}))
            .await
            .is(409, "stale");
        world.work().await;
        let done = lead.get("/api/desk/moves/1").await.ok();
        assert_eq!(
            (&done["standing"], &done["taken_back"]),
            (&json!("taken-back"), &json!(2)),
            "{done}"
        );
        assert_eq!(moved(desk.get(&case).await.ok())[1]["moved"]["version"], "1.0.0");
        assert_eq!(world.findings().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn nobody_else_moves_cases() {
    for world in worlds().await {
        let (_, world) = published(&world).await;
        let hand = body(json!({}));
        let reads = ["/api/desk/old-versions", "/api/desk/moves", "/api/desk/moves/1"];
        let writes = ["/api/desk/move-previews", "/api/desk/moves"];
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
            for path in writes {
                member.post(path, &hand).await.is(403, "refused");
            }
            member
                .post("/api/desk/moves/1/take-back", &json!({}))
                .await
                .is(403, "refused");
        }
        let erika = world.resident(ERIKA).await;
        let nobody = world.nobody();
        for path in reads {
            erika.get(path).await.is(403, "role");
            nobody.get(path).await.is(401, "token");
        }
        for path in writes {
            erika.post(path, &hand).await.is(403, "role");
            nobody.post(path, &hand).await.is(401, "token");
        }
        let lead = world.staff("tl-magdeburg-1", MAGDEBURG).await;
        lead.get("/api/desk/moves/1").await.is(404, "not-found");
        lead.get("/api/desk/moves/x").await.is(404, "not-found");
        lead.post("/api/desk/moves/1/take-back", &json!({}))
            .await
            .is(404, "not-found");
        let unknown = json!({ "service": "keine", "from": "1.0.0" });
        lead.post("/api/desk/move-previews", &unknown)
            .await
            .is(404, "not-found");
        lead.post("/api/desk/moves", &json!({ "service": "hundesteuer" }))
            .await
            .is(400, "json");
    }
}
