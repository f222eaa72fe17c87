//! The desk by programs: verdicts of every kind, who holds a task, notes, absences, letters; and who may do none of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use common::{Answer, Caller, ERIKA, HALLE, MAGDEBURG, World, worlds};
use serde_json::{Value, json};
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, PersonId};

const DONE: StatusCode = StatusCode::NO_CONTENT;

async fn put(caller: &Caller<'_>, path: &str, body: &Value) -> Answer {
    let request = Request::put(path).header(header::CONTENT_TYPE, "application/json");
    caller.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// A case of Erika's that waits at the desk of Magdeburg: a family whose Wohngeld a second person has to release.
async fn rent(world: &World) -> CaseId {
    let package = world.cases.catalogue().package("wohngeld").unwrap();
    let example = package
        .examples()
        .iter()
        .find(|example| example.file.contains("05-familie"))
        .unwrap();
    let mut data = example.application.clone();
    data["G15000100002"]["F15000100010"] = json!(MAGDEBURG);
    let (case, magdeburg) = (world.cases.new_case_id(), AuthorityId::parse(MAGDEBURG).unwrap());
    let erika = PersonId::parse(ERIKA).unwrap();
    let sent = world.cases.submit_direct(erika, magdeburg, "wohngeld", case, &data);
    sent.await.unwrap();
    case
}

fn base(case: CaseId) -> String {
    format!("/api/desk/cases/{MAGDEBURG}/{case}")
}

async fn opened(caller: &Caller<'_>, case: CaseId) -> (Value, String) {
    let view = caller.get(&format!("{}?purpose=case-work", base(case))).await.ok();
    let task = view["task"]["task"].as_str().unwrap_or_default().to_owned();
    (view, task)
}

async fn decide(caller: &Caller<'_>, case: CaseId, mut verdict: Value) -> Answer {
    let (view, task) = opened(caller, case).await;
    verdict["version"] = view["version"].clone();
    caller.post(&format!("{}/tasks/{task}", base(case)), &verdict).await
}

#[tokio::test]
async fn asked_for_answered_returned_released() {
    for world in worlds().await {
        let (petra, lead) = (
            world.staff("sb-magdeburg-1", MAGDEBURG).await,
            world.staff("tl-magdeburg-1", MAGDEBURG).await,
        );
        let erika = world.resident(ERIKA).await;
        let case = rent(&world).await;
        let (view, _) = opened(&petra, case).await;
        assert_eq!(view["redecide"], false);
        petra
            .post(&format!("{}/redecision", base(case)), &Value::Null)
            .await
            .is(422, "verdict");
        assert_eq!(
            (&view["task"]["work"], &view["task"]["can_request"]),
            (&json!("pruefung"), &json!(true))
        );

        let ask = |due: &str| json!({ "verdict": "request-papers", "text": "Mietvertrag?", "papers": ["Mietvertrag"], "due": due });
        decide(&petra, case, ask("2026-03-20")).await.is(422, "verdict");
        decide(&petra, case, ask("morgen")).await.is(400, "json");
        decide(&petra, case, json!({ "verdict": "release" }))
            .await
            .is(422, "verdict");
        assert_eq!(decide(&petra, case, ask("2026-04-15")).await.status, DONE);
        let waiting = petra.get("/api/desk/worklist?filter=waiting").await.ok();
        assert_eq!(waiting["items"][0]["work"], "nachreichung");
        let (view, _) = opened(&petra, case).await;
        let asked = &view["file"]["requests"][0];
        assert_eq!((&asked["text"], &asked["open"]), (&json!("Mietvertrag?"), &json!(true)));
        let answer = json!({ "text": "Kommt per Post." });
        erika
            .post(&format!("/api/cases/{MAGDEBURG}/{case}/answer"), &answer)
            .await
            .ok();

        assert_eq!(decide(&petra, case, json!({ "verdict": "confirm" })).await.status, DONE);
        let released = decide(&petra, case, json!({ "verdict": "release" })).await;
        released.is(422, "verdict");
        assert!(released.text().contains("Vier Augen"), "{}", released.text());
        decide(&lead, case, json!({ "verdict": "return" }))
            .await
            .is(400, "json");
        decide(&lead, case, json!({ "verdict": "return", "reason": " " }))
            .await
            .is(422, "verdict");
        assert_eq!(
            decide(&lead, case, json!({ "verdict": "return", "reason": "Miete?" }))
                .await
                .status,
            DONE
        );
        assert_eq!(decide(&petra, case, json!({ "verdict": "confirm" })).await.status, DONE);
        assert_eq!(
            decide(&lead, case, json!({ "verdict": "release", "reason": "Gut." }))
                .await
                .status,
            DONE
        );
        let (view, _) = opened(&lead, case).await;
        let verdicts: Vec<_> = view["done"]
            .as_array()
            .unwrap()
            .iter()
            .map(|done| done["verdict"].clone())
            .collect();
        assert_eq!(
            verdicts,
            [
                "requested",
                "supplied",
                "confirmed",
                "returned",
                "confirmed",
                "released"
            ]
        );
        assert_eq!(view["status"], "decided");
    }
}

#[tokio::test]
async fn tasks_are_taken_given_back_and_handed_over() {
    for world in worlds().await {
        let petra = world.staff("sb-magdeburg-1", MAGDEBURG).await;
        let anton = world.staff("sb-magdeburg-3", MAGDEBURG).await;
        let halle = world.staff("sb-halle-1", HALLE).await;
        let case = rent(&world).await;
        let (_, task) = opened(&petra, case).await;
        let holder = format!("{}/tasks/{task}/holder", base(case));
        let of = |held_by: Option<&str>, to: Option<&str>| json!({ "held_by": held_by, "to": to });

        let free = "/api/desk/worklist?holder=nobody&service=wohngeld";
        assert_eq!(petra.get(free).await.ok()["items"][0]["holder"], Value::Null);
        put(&halle, &holder, &of(None, Some("sb-halle-1")))
            .await
            .is(403, "refused");
        put(&petra, &holder, &of(None, Some("sb-halle-1")))
            .await
            .is(422, "verdict");
        put(&petra, &holder, &json!({ "to": 1 })).await.is(400, "json");
        assert_eq!(
            put(&petra, &holder, &of(None, Some("sb-magdeburg-1"))).await.status,
            DONE
        );
        // Who still sees it free is told; who sees whose it is may not take it away.
        put(&anton, &holder, &of(None, Some("sb-magdeburg-3")))
            .await
            .is(409, "stale");
        put(&anton, &holder, &of(Some("sb-magdeburg-1"), Some("sb-magdeburg-3")))
            .await
            .is(403, "refused");
        assert_eq!(petra.get(free).await.ok()["items"], json!([]));
        let mine = petra.get("/api/desk/worklist?filter=mine").await.ok();
        assert_eq!(mine["items"][0]["holder"], "sb-magdeburg-1");
        petra
            .get("/api/desk/worklist?filter=mine&holder=nobody")
            .await
            .is(400, "parameter");

        let tasks = json!([{ "case": case, "task": task }, { "case": world.cases.new_case_id(), "task": task }]);
        let over = petra
            .post(
                "/api/desk/hand-overs",
                &json!({ "tasks": tasks, "to": "sb-magdeburg-3" }),
            )
            .await
            .ok();
        let outcomes: Vec<_> = over["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["outcome"].clone())
            .collect();
        assert_eq!(outcomes, ["done", "not-found"]);
        let (view, _) = opened(&anton, case).await;
        assert_eq!(view["task"]["holder"], "sb-magdeburg-3");
        // What a colleague holds nobody else ends.
        let held = decide(&petra, case, json!({ "verdict": "confirm" })).await;
        held.is(409, "held");
        assert!(held.text().contains("übergeben"), "{}", held.text());
        assert!(opened(&petra, case).await.0["done"].as_array().unwrap().is_empty());
        let many: Vec<Value> = (0..501).map(|_| json!({ "case": case, "task": task })).collect();
        petra
            .post("/api/desk/hand-overs", &json!({ "tasks": many, "to": null }))
            .await
            .is(422, "verdict");
        assert_eq!(
            put(&anton, &holder, &of(Some("sb-magdeburg-3"), None)).await.status,
            DONE
        );
    }
}

#[tokio::test]
async fn absences_name_a_deputy_who_sees_the_work() {
    for world in worlds().await {
        let (petra, anton) = (
            world.staff("sb-magdeburg-1", MAGDEBURG).await,
            world.staff("sb-magdeburg-3", MAGDEBURG).await,
        );
        let case = rent(&world).await;
        let (_, task) = opened(&anton, case).await;
        let holder = format!("{}/tasks/{task}/holder", base(case));
        let take = json!({ "held_by": null, "to": "sb-magdeburg-3" });
        assert_eq!(put(&anton, &holder, &take).await.status, DONE);
        let path = "/api/desk/absences";
        let absence = |staff: &str, from: &str, deputy: &str| json!({ "staff": staff, "from": from, "to": "2026-03-20", "deputy": deputy });
        for (body, status, code) in [
            (
                absence("sb-magdeburg-3", "2026-03-21", "sb-magdeburg-1"),
                422,
                "verdict",
            ),
            (
                absence("sb-magdeburg-3", "2026-03-18", "sb-magdeburg-3"),
                422,
                "verdict",
            ),
            (
                absence("sb-magdeburg-1", "2026-03-18", "sb-magdeburg-3"),
                403,
                "refused",
            ),
            (absence("sb-magdeburg-3", "gestern", "sb-magdeburg-1"), 400, "json"),
        ] {
            anton.post(path, &body).await.is(status, code);
        }
        let set = anton
            .post(path, &absence("sb-magdeburg-3", "2026-03-18", "sb-magdeburg-1"))
            .await;
        assert_eq!(set.status, DONE, "{}", set.text());
        let mine = petra.get("/api/desk/worklist?filter=mine").await.ok();
        assert_eq!(mine["items"][0]["task"], task.as_str());
        let listed = petra.get(path).await.ok();
        assert_eq!(
            (&listed["items"][0]["deputy"], &listed["items"][0]["now"]),
            (&json!("sb-magdeburg-1"), &json!(true))
        );
        let one = format!("{path}/sb-magdeburg-3/{}", listed["items"][0]["absence"]);
        petra.delete(&one).await.is(403, "refused");
        assert_eq!(anton.delete(&one).await.status, DONE);
        anton.delete(&one).await.is(404, "not-found");
        assert_eq!(
            petra.get("/api/desk/worklist?filter=mine").await.ok()["items"],
            json!([])
        );
    }
}

#[tokio::test]
async fn notes_and_letters() {
    for world in worlds().await {
        let petra = world.staff("sb-magdeburg-1", MAGDEBURG).await;
        let halle = world.staff("sb-halle-1", HALLE).await;
        let case = world
            .resident(ERIKA)
            .await
            .sent(MAGDEBURG, "01-erster-hund-magdeburg")
            .await;
        let notes = format!("{}/notes", base(case));
        petra.post(&notes, &json!({ "text": " " })).await.is(422, "verdict");
        halle.post(&notes, &json!({ "text": "x" })).await.is(403, "refused");
        assert_eq!(petra.post(&notes, &json!({ "text": "Telefonat." })).await.status, DONE);

        world.work().await;
        let letters = petra.get("/api/desk/letters?limit=1").await.ok();
        let letter = &letters["items"][0];
        petra.get("/api/desk/letters?after=x").await.is(400, "parameter");
        let pdf = letter["documents"][0]["pdf"].as_str().unwrap();
        let print = petra.get(pdf).await;
        assert!(print.bytes.starts_with(b"%PDF-"), "{}", print.text());
        halle.get(pdf).await.is(403, "refused");
        petra
            .get(&format!("/api/desk/letters/{MAGDEBURG}/x"))
            .await
            .is(404, "not-found");
        let posting = format!(
            "/api/desk/letters/{MAGDEBURG}/{}/posting",
            letter["notice"].as_str().unwrap()
        );
        let on = |day: &str| json!({ "on": day });
        halle.post(&posting, &on("2026-03-18")).await.is(403, "refused");
        petra.post(&posting, &on("2026-03-19")).await.is(400, "parameter");
        assert_eq!(petra.post(&posting, &on("2026-03-18")).await.status, DONE);
        petra.post(&posting, &on("2026-03-18")).await.is(409, "stale");
        assert_eq!(petra.get("/api/desk/letters").await.ok()["items"], json!([]));
    }
}

/// § 72 VwGO: Abhilfe opens the first decision again.
#[tokio::test]
async fn after_an_objection_has_succeeded_it_is_decided_anew() {
    for world in worlds().await {
        let petra = world.staff("sb-magdeburg-1", MAGDEBURG).await;
        let erika = world.resident(ERIKA).await;
        let case = erika.sent(MAGDEBURG, "01-erster-hund-magdeburg").await;
        world.work().await;
        let own = format!("/api/cases/{MAGDEBURG}/{case}");
        let actions = erika.get(&format!("{own}/actions")).await.ok();
        assert_eq!(actions["sue_until"], Value::Null);
        let filed = json!({ "notice": actions["object"][0]["notice"], "text": "" });
        let filed = erika.post(&format!("{own}/objections"), &filed).await.json();
        let objection = filed["case_url"].as_str().unwrap().to_owned();
        let id = CaseId::parse(objection.rsplit('/').next().unwrap()).unwrap();
        let granted = json!({ "verdict": "correct", "reason": "Ja.", "corrections": { "ergebnis": "abhilfe" } });
        assert_eq!(decide(&petra, id, granted).await.status, DONE);
        world.work().await;
        world.clock.advance(std::time::Duration::from_secs(60));
        assert_eq!(opened(&petra, case).await.0["redecide"], true);
        let anew = format!("{}/redecision", base(case));
        assert_eq!(petra.post(&anew, &Value::Null).await.status, DONE);
        petra.post(&anew, &Value::Null).await.is(409, "stale");
        let (view, _) = opened(&petra, case).await;
        assert_eq!(
            (&view["redecide"], &view["task"]["holder"]),
            (&json!(false), &json!("sb-magdeburg-1"))
        );
        // Taken back with a reason, and begun again.
        assert_eq!(
            (&view["take_back"], view["replaces"].is_string()),
            (&json!("redecision"), true)
        );
        let back = format!("{}/taking-back", base(case));
        petra.post(&back, &json!({ "reason": " " })).await.is(422, "verdict");
        let why = json!({ "reason": "Die Akte fehlt." });
        assert_eq!(petra.post(&back, &why).await.status, DONE);
        petra.post(&back, &why).await.is(409, "stale");
        assert_eq!(opened(&petra, case).await.0["status"], "contested");
        let seen = erika.get(&format!("{own}/actions")).await.ok()["objections"][0].clone();
        assert_eq!((&seen["stand"], &seen["in_part"]), (&json!("granted"), &json!(false)));
        world.clock.advance(std::time::Duration::from_secs(60));
        assert_eq!(petra.post(&anew, &Value::Null).await.status, DONE);
        let dogs = json!({ "verdict": "correct", "reason": "Zwei.", "corrections": { "weitere_hunde": 1 } });
        assert_eq!(decide(&petra, case, dogs).await.status, DONE);
        world.work().await;
        assert_eq!(erika.get(&objection).await.ok()["status"], "final");
        assert_eq!(opened(&petra, case).await.0["status"], "decided");
        let seen = erika.get(&format!("{own}/actions")).await.ok()["objections"][0].clone();
        assert_eq!(seen["stand"], "carried-out");
        // The notice that was replaced says so, to its owner and to everybody.
        let notices = erika.get(&format!("{own}/notices")).await.ok()["items"].clone();
        let old: Vec<&Value> = notices
            .as_array()
            .unwrap()
            .iter()
            .filter(|notice| notice["template"] == "bescheid" && notice["replaced_at"].is_string())
            .collect();
        assert_eq!(old.len(), 1, "{notices}");
        let code = old[0]["code"].as_str().unwrap();
        let checked = erika.get(&format!("/api/check?code={code}")).await.ok();
        assert_eq!(checked["notice"]["replaced_at"], old[0]["replaced_at"]);
        assert!(
            checked["text"]
                .as_str()
                .unwrap()
                .contains("durch einen späteren Bescheid vom")
        );
    }
}

/// Residents, and roles that have nothing to do with cases, are refused at every address of the desk.
#[tokio::test]
async fn nobody_else_works_here() {
    for world in worlds().await {
        let petra = world.staff("sb-magdeburg-1", MAGDEBURG).await;
        let case = rent(&world).await;
        let (before, task) = opened(&petra, case).await;
        let base = base(case);
        let id = "01930000-0000-7000-8000-0000000000ff";
        let task = format!("{base}/tasks/{task}");
        let calls = [
            ("GET", "/api/desk/worklist".to_owned(), Value::Null),
            ("GET", format!("{base}?purpose=case-work"), Value::Null),
            ("POST", task.clone(), json!({ "verdict": "confirm", "version": 1 })),
            ("POST", format!("{base}/redecision"), Value::Null),
            ("POST", format!("{base}/taking-back"), json!({ "reason": "x" })),
            (
                "PUT",
                format!("{task}/holder"),
                json!({ "held_by": null, "to": "sb-magdeburg-1" }),
            ),
            (
                "POST",
                "/api/desk/hand-overs".to_owned(),
                json!({ "tasks": [], "to": null }),
            ),
            ("POST", format!("{base}/notes"), json!({ "text": "x" })),
            ("GET", "/api/desk/absences".to_owned(), Value::Null),
            (
                "POST",
                "/api/desk/absences".to_owned(),
                json!({ "staff": "sb-magdeburg-1", "from": "2026-03-18", "to": "2026-03-18", "deputy": "sb-magdeburg-3" }),
            ),
            ("DELETE", "/api/desk/absences/sb-magdeburg-1/1".to_owned(), Value::Null),
            ("GET", "/api/desk/letters".to_owned(), Value::Null),
            (
                "POST",
                format!("/api/desk/letters/{MAGDEBURG}/{id}/posting"),
                json!({ "on": "2026-03-18" }),
            ),
        ];
        let others = [
            (world.resident(ERIKA).await, "role"),
            (world.staff("dsb-magdeburg-1", MAGDEBURG).await, "refused"),
            (world.staff("revision-magdeburg-1", MAGDEBURG).await, "refused"),
            (world.staff("betrieb-magdeburg-1", MAGDEBURG).await, "refused"),
        ];
        for (caller, code) in &others {
            for (method, path, body) in &calls {
                let request = Request::builder()
                    .method(*method)
                    .uri(path)
                    .header(header::CONTENT_TYPE, "application/json");
                let answer = caller.send(request.body(Body::from(body.to_string())).unwrap()).await;
                assert_eq!(
                    answer.status,
                    StatusCode::FORBIDDEN,
                    "{code} {method} {path}: {}",
                    answer.text()
                );
                answer.is(403, code);
            }
        }
        assert_eq!(
            opened(&petra, case).await.0["version"],
            before["version"],
            "nothing happened"
        );
    }
}

/// While an answer is awaited the desk gives more time, and notes what came by another way.
#[tokio::test]
async fn what_is_awaited_has_more_time_or_came_otherwise() {
    for world in worlds().await {
        let (petra, lead) = (
            world.staff("sb-magdeburg-1", MAGDEBURG).await,
            world.staff("tl-magdeburg-1", MAGDEBURG).await,
        );
        let case = rent(&world).await;
        let ask = json!({ "verdict": "request-papers", "text": "Mietvertrag?", "papers": [], "due": "2026-04-15" });
        assert_eq!(decide(&petra, case, ask).await.status, DONE);
        while world.cases.work_once().await.unwrap() > 0 {}
        let more = async |caller: &Caller<'_>, until: &str, reason: &str| {
            let (view, task) = opened(&petra, case).await;
            let body = json!({ "version": view["version"], "until": until, "reason": reason });
            caller
                .post(&format!("{}/tasks/{task}/extension", base(case)), &body)
                .await
        };
        // Before the letter has left the house there is nothing to extend.
        more(&petra, "2026-05-04", "Krank.").await.is(422, "verdict");
        let magdeburg = AuthorityId::parse(MAGDEBURG).unwrap();
        let desk = Actor::staff("sb-magdeburg-1", magdeburg);
        for letter in world.cases.outbox(&desk, None, 10).await.unwrap().items {
            let today = world.cases.now().date();
            let posted = world.cases.mark_posted(&desk, magdeburg, letter.notice, today).await;
            posted.unwrap();
        }
        more(&petra, "2026-05-04", " ").await.is(422, "verdict");
        more(&petra, "morgen", "Krank.").await.is(400, "json");
        more(&lead, "2026-05-04", "Krank.").await.is(403, "refused");
        assert_eq!(more(&petra, "2026-05-04", "Krank.").await.status, DONE);
        let erika = world.resident(ERIKA).await;
        let request = erika.get(&format!("/api/cases/{MAGDEBURG}/{case}/request")).await.ok();
        assert_eq!(request["due"], "2026-05-04");
        decide(&petra, case, json!({ "verdict": "supply", "text": " " }))
            .await
            .is(422, "verdict");
        let came = json!({ "verdict": "supply", "text": "Der Vertrag kam mit der Post." });
        assert_eq!(decide(&petra, case, came).await.status, DONE);
        let (view, _) = opened(&petra, case).await;
        assert_eq!(view["task"]["work"], "pruefung");
        more(&petra, "2026-06-01", "Zu spät.").await.is(409, "stale");
    }
}
