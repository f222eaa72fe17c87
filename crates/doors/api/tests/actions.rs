//! What a resident does after sending, by programs: every ability, and its refusals, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use common::{Caller, ERIKA, HALLE, JOERG, MAGDEBURG, World, packages, worlds, worlds_of};
use serde_json::{Value, json};
use wegfrei_cases::{AtTask, Verdict};
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, PersonId, Timestamp};
use wegfrei_packages::{Catalogue, Files};

const LETTER: &str = r##"#import "/wegfrei.typ": *
#import "/data.typ": data
#show: letter.with(sender: data.behoerde, recipient: data.empfaenger, reference: (("Aktenzeichen", data.aktenzeichen),),
  subject: "Schreiben", demonstration: data.demonstration)
#data.nachforderung.text
"##;

/// The dog tax with a process that knows every kind of work: `voll`.
fn full() -> Catalogue {
    let mut files = Files::from_folder(packages()).unwrap();
    for (path, bytes) in Files::from_folder(packages())
        .unwrap()
        .under("services/hundesteuer")
        .iter()
    {
        if path.starts_with("examples/") && path != "examples/grunddaten.toml" {
            continue;
        }
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let text = match path {
            "package.toml" => text.replace("id = \"hundesteuer\"", "id = \"voll\""),
            _ if path.starts_with("adoptions/") => text.replace("service = \"hundesteuer\"", "service = \"voll\""),
            _ => text,
        };
        files
            .insert(&format!("services/voll/{path}"), text.into_bytes())
            .unwrap();
    }
    let example = "name = \"Voll\"\nauthority = \"15003000\"\ndate = 2026-03-18\n[expect]\ntasks = [\"Antrag prüfen\"]\n[expect.value]\njahressteuer_cent = 9600\n";
    for (path, text) in [
        (
            "process.bpmn",
            include_str!("../../../capabilities/cases/tests/common/full.bpmn"),
        ),
        ("notices/nachforderung.typ", LETTER),
        ("notices/erinnerung.typ", LETTER),
        ("examples/01.toml", example),
    ] {
        files
            .insert(&format!("services/voll/{path}"), text.as_bytes().to_vec())
            .unwrap();
    }
    Catalogue::load(&files).unwrap()
}

fn magdeburg() -> AuthorityId {
    AuthorityId::parse(MAGDEBURG).unwrap()
}

/// A case of Erika's in which she was asked for something.
async fn asked(world: &World) -> (CaseId, String) {
    let case = world.cases.new_case_id();
    let data = world.example("01-erster-hund-magdeburg");
    let erika = PersonId::parse(ERIKA).unwrap();
    world
        .cases
        .submit_direct(erika, magdeburg(), "voll", case, &data)
        .await
        .unwrap();
    let desk = Actor::staff("sb-magdeburg-1", magdeburg());
    let view = world
        .cases
        .open_case(&desk, Purpose::CaseWork, magdeburg(), case)
        .await
        .unwrap();
    let request = Verdict::RequestPapers {
        text: "Bitte senden Sie uns den Nachweis.".to_owned(),
        papers: vec!["Nachweis über die Rasse".to_owned()],
        due: "2026-04-15".parse().unwrap(),
    };
    let task = view.task.unwrap().task;
    let at = AtTask {
        actor: desk,
        purpose: Purpose::CaseWork,
        authority: magdeburg(),
        case,
        task,
    };
    world.cases.complete_task(&at, view.version, request).await.unwrap();
    world.work().await;
    (case, format!("/api/cases/{MAGDEBURG}/{case}"))
}

async fn upload(caller: &Caller<'_>, path: &str, kind: &str, name: &str, bytes: &'static [u8]) -> common::Answer {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, kind)
        .header("file-name", name);
    caller.send(request.body(Body::from(bytes)).unwrap()).await
}

async fn put(caller: &Caller<'_>, path: &str, body: &Value) -> common::Answer {
    let request = Request::put(path).header(header::CONTENT_TYPE, "application/json");
    caller.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// More uploads at once than are held in memory: the others wait their turn, none is sent away.
#[tokio::test]
async fn uploads_at_once_wait_their_turn() {
    for world in worlds_of(full).await {
        let erika = world.resident(ERIKA).await;
        let (_, base) = asked(&world).await;
        let papers = format!("{base}/papers");
        let one = || async {
            upload(&erika, &papers, "application/pdf", "a.pdf", b"%PDF-1.7")
                .await
                .status
        };
        let four = || async { <[_; 4]>::from(tokio::join!(one(), one(), one(), one())) };
        let (a, b, c, d, e) = tokio::join!(four(), four(), four(), four(), four());
        let away = [a, b, c, d, e]
            .concat()
            .into_iter()
            .filter(|status| *status == StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(away.count(), 0);
    }
}

#[tokio::test]
async fn a_request_is_answered() {
    for world in worlds_of(full).await {
        let erika = world.resident(ERIKA).await;
        let (case, base) = asked(&world).await;
        let actions = erika.get(&format!("{base}/actions")).await.ok();
        assert_eq!((&actions["supply"], &actions["withdraw"]), (&json!(true), &json!(true)));
        let request = erika.get(&format!("{base}/request")).await.ok();
        assert_eq!(
            (&request["due"], &request["open"]),
            (&json!("2026-04-15"), &json!(true))
        );
        assert_eq!(request["papers"], json!(["Nachweis über die Rasse"]));

        let (papers, answer) = (format!("{base}/papers"), format!("{base}/answer"));
        erika.post(&answer, &json!({ "text": " " })).await.is(422, "verdict");
        erika
            .post(&answer, &json!({ "text": "ü".repeat(4001) }))
            .await
            .is(422, "verdict");
        upload(&erika, &papers, "application/pdf", "a.pdf", b"GIF89a")
            .await
            .is(422, "paper");
        upload(&erika, &papers, "application/pdf", "a.pdf", b"")
            .await
            .is(422, "paper");
        upload(&erika, &papers, "text/plain", "a.pdf", b"%PDF-")
            .await
            .is(415, "media-type");
        let mut ids = Vec::new();
        for name in ["B%C3%A4r.pdf", "zwei.pdf"] {
            let taken = upload(&erika, &papers, "application/pdf", name, b"%PDF-1.7").await;
            assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.text());
            ids.push(taken.json()["paper"].as_str().unwrap().to_owned());
        }
        let second = format!("{papers}/{}", ids[1]);
        assert_eq!(erika.delete(&second).await.status, StatusCode::NO_CONTENT);
        erika.delete(&second).await.is(404, "not-found");
        let taken = erika.post(&answer, &json!({ "text": "Hier." })).await.ok();
        assert_eq!(taken["taken"], "in-time");
        erika.delete(&format!("{papers}/{}", ids[0])).await.is(409, "stale");
        let desk = Actor::staff("sb-magdeburg-1", magdeburg());
        let view = world
            .cases
            .open_case(&desk, Purpose::CaseWork, magdeburg(), case)
            .await
            .unwrap();
        assert_eq!(
            view.papers
                .iter()
                .map(|paper| paper.file_name.as_str())
                .collect::<Vec<_>>(),
            ["Bär.pdf"]
        );
        // One more is taken, but moves nothing.
        assert_eq!(
            erika.post(&answer, &json!({ "text": "Und noch etwas." })).await.ok()["taken"],
            "further"
        );
    }
}

#[tokio::test]
async fn withdrawing_objecting_and_going_on() {
    for world in worlds().await {
        let erika = world.resident(ERIKA).await;
        let case = erika.sent(MAGDEBURG, "01-erster-hund-magdeburg").await;
        world.work().await;
        let base = format!("/api/cases/{MAGDEBURG}/{case}");
        let nothing = Body::empty;
        let withdraw = |path: String| erika.send(Request::post(path).body(nothing()).unwrap());
        withdraw(format!("{base}/withdrawal")).await.is(409, "too-late");
        erika.get(&format!("{base}/request")).await.is(404, "not-found");

        let actions = erika.get(&format!("{base}/actions")).await.ok();
        let notice = actions["object"][0]["notice"].as_str().unwrap().to_owned();
        // The letter has not left the house: its period has not begun, and objecting is possible all the same.
        assert_eq!(actions["object"][0]["until"], Value::Null);
        let objections = format!("{base}/objections");
        erika.post(&objections, &json!({ "notice": "x" })).await.is(400, "json");
        let stranger = json!({ "notice": "01930000-0000-7000-8000-0000000000ff" });
        erika.post(&objections, &stranger).await.is(404, "not-found");
        let body = json!({ "notice": notice, "text": "Zu hoch." });
        let first = erika.post(&objections, &body).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
        assert_eq!(erika.post(&objections, &body).await.json(), first.json());
        let objection = first.json()["case_url"].as_str().unwrap().to_owned();
        let seen = erika.get(&objection).await.ok();
        assert_eq!(
            (&seen["service"], &seen["status_text"]),
            (&json!("widerspruch"), &json!("Die Behörde prüft Ihren Widerspruch."))
        );
        assert_eq!(
            withdraw(format!("{objection}/withdrawal")).await.status,
            StatusCode::NO_CONTENT
        );
        let seen = erika.get(&objection).await.ok();
        assert_eq!(
            (&seen["status"], &seen["status_text"]),
            (&json!("withdrawn"), &json!("Sie haben den Widerspruch zurückgenommen."))
        );

        // The follow-up is filled in, saved with a change, and sent.
        let begun = erika
            .post(&format!("{base}/follow-ups"), &json!({ "kind": "change" }))
            .await;
        assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text());
        erika
            .post(&format!("{base}/follow-ups"), &json!({ "kind": "x" }))
            .await
            .is(400, "json");
        let draft = begun.json()["draft_url"].as_str().unwrap().to_owned();
        let read = erika.get(&draft).await.ok();
        let mut data = read["data"].clone();
        assert_eq!(data["G15000000002"]["F15000000010"], "Bello");
        data["G15000000002"]["F15000000010"] = json!("Rex");
        let save = json!({ "data": data, "version": read["version"] });
        let saved = put(&erika, &draft, &save).await.ok();
        put(&erika, &draft, &save).await.is(409, "stale");
        let send = |version: &serde_json::Value| {
            let path = format!("{draft}/submission?version={version}");
            erika.send(Request::post(path).body(nothing()).unwrap())
        };
        // What was saved since is not sent unseen.
        send(&read["version"]).await.is(409, "stale");
        let blind = Request::post(format!("{draft}/submission")).body(nothing()).unwrap();
        erika.send(blind).await.is(400, "parameter");
        let send = || send(&saved["version"]);
        let sent = send().await;
        assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text());
        assert_eq!(send().await.json(), sent.json());
        erika.get(&draft).await.is(409, "stale");
    }
}

#[tokio::test]
async fn a_draft_from_nothing_with_a_paper() {
    for world in worlds().await {
        let erika = world.resident(ERIKA).await;
        let begin = |service: &str, authority: &str| {
            let path = format!("/api/services/{service}/authorities/{authority}/drafts");
            erika.send(Request::post(path).body(Body::empty()).unwrap())
        };
        begin("hundesteuer", "15083040").await.is(404, "not-offered");
        let begun = begin("hundesteuer", MAGDEBURG).await;
        assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text());
        let draft = begun.json()["draft_url"].as_str().unwrap().to_owned();
        let case = begun.json()["case"].as_str().unwrap().to_owned();
        let papers = format!("/api/cases/{MAGDEBURG}/{case}/papers");
        let taken = upload(&erika, &papers, "image/png", "a.png", b"\x89PNG\r\n\x1a\n").await;
        assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.text());
        let read = erika.get(&draft).await.ok();
        assert_eq!(read["papers"][0]["media_type"], "image/png");
        let send = Request::post(format!("{draft}/submission?version={}", read["version"]))
            .body(Body::empty())
            .unwrap();
        erika.send(send).await.is(422, "application");
        for _ in 1..50 {
            assert_eq!(begin("hundesteuer", MAGDEBURG).await.status, StatusCode::CREATED);
        }
        begin("hundesteuer", MAGDEBURG).await.is(403, "limit");
    }
}

#[tokio::test]
async fn the_last_minute_counts() {
    for world in worlds().await {
        let case = world
            .resident(ERIKA)
            .await
            .sent(MAGDEBURG, "01-erster-hund-magdeburg")
            .await;
        world.work().await;
        // The period runs from the day the letter is posted.
        let desk = Actor::staff("sb-magdeburg-1", AuthorityId::parse(MAGDEBURG).unwrap());
        let letter = world.cases.outbox(&desk, None, 1).await.unwrap().items.pop().unwrap();
        let today = world.cases.now().date();
        let posted = world
            .cases
            .mark_posted(&desk, AuthorityId::parse(MAGDEBURG).unwrap(), letter.notice, today)
            .await;
        posted.unwrap();
        world.clock.set(Timestamp::parse("2026-04-23T21:59:00Z").unwrap());
        let erika = world.resident(ERIKA).await;
        let base = format!("/api/cases/{MAGDEBURG}/{case}");
        let actions = erika.get(&format!("{base}/actions")).await.ok();
        let notice = actions["object"][0]["notice"].clone();
        world.clock.set(Timestamp::parse("2026-04-23T22:00:00Z").unwrap());
        let late = erika
            .post(&format!("{base}/objections"), &json!({ "notice": notice }))
            .await;
        late.is(409, "too-late");
        assert!(late.json()["detail"].as_str().unwrap().contains("§ 60 VwGO"));
        let actions = erika.get(&format!("{base}/actions")).await.ok();
        assert_eq!(
            (&actions["object"], &actions["missed"][0]["notice"]),
            (&json!([]), &notice)
        );
    }
}

#[tokio::test]
async fn nobody_acts_for_somebody_else() {
    for world in worlds_of(full).await {
        let (_, base) = asked(&world).await;
        let erika = world.resident(ERIKA).await;
        let joerg = world.resident(JOERG).await;
        let desk = world.staff("sb-magdeburg-1", MAGDEBURG).await;
        let halle = world.staff("sb-halle-1", HALLE).await;
        let id = "01930000-0000-7000-8000-0000000000ff";
        let draft = base.replace("/api/cases/", "/api/drafts/");
        let json = |method: &'static str, path: String, body: Value| {
            move || {
                Request::builder()
                    .method(method)
                    .uri(&path)
                    .header(header::CONTENT_TYPE, "application/json")
                    .body(Body::from(body.to_string()))
                    .unwrap()
            }
        };
        let pdf = {
            let path = format!("{base}/papers");
            move || {
                Request::post(&path)
                    .header(header::CONTENT_TYPE, "application/pdf")
                    .body(Body::from("%PDF-1.7"))
                    .unwrap()
            }
        };
        let calls: Vec<Box<dyn Fn() -> Request<Body>>> = vec![
            Box::new(json("GET", format!("{base}/actions"), json!(null))),
            Box::new(json("GET", format!("{base}/request"), json!(null))),
            Box::new(pdf),
            Box::new(json("DELETE", format!("{base}/papers/{id}"), json!(null))),
            Box::new(json("POST", format!("{base}/answer"), json!({ "text": "x" }))),
            Box::new(json("POST", format!("{base}/withdrawal"), json!(null))),
            Box::new(json("POST", format!("{base}/objections"), json!({ "notice": id }))),
            Box::new(json("POST", format!("{base}/follow-ups"), json!({ "kind": "change" }))),
            Box::new(json("GET", draft.clone(), json!(null))),
            Box::new(json("PUT", draft.clone(), json!({ "data": {}, "version": 1 }))),
            Box::new(json("POST", format!("{draft}/submission?version=1"), json!(null))),
        ];
        for call in &calls {
            let name = format!("{} {}", call().method(), call().uri());
            for official in [&desk, &halle] {
                official.send(call()).await.is(403, "role");
            }
            let refused = joerg.send(call()).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name} {}", refused.text());
        }
        // Every try is in her record.
        let log = erika.get("/api/access-log").await.ok();
        let tries = log["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|record| record["granted"] == false);
        assert!(tries.count() >= calls.len(), "{log:#}");
        assert_eq!(erika.get(&base).await.ok()["status"], "papers-wanted");
    }
}

/// The members of a household are corrected in the form's terms, and the form's rules answer field by field.
#[tokio::test]
async fn answers_are_corrected_by_programs_under_the_forms_rules() {
    for world in worlds().await {
        let package = world.cases.catalogue().package("wohngeld").unwrap();
        let mut examples = package.examples().iter();
        let example = examples.find(|example| example.file.contains("05-familie")).unwrap();
        let mut data = example.application.clone();
        data["G15000100002"]["F15000100010"] = json!(MAGDEBURG);
        let case = world.cases.new_case_id();
        let erika = PersonId::parse(ERIKA).unwrap();
        let sent = world.cases.submit_direct(erika, magdeburg(), "wohngeld", case, &data);
        sent.await.unwrap();
        let desk = world.staff("sb-magdeburg-1", MAGDEBURG).await;
        let url = format!("/api/desk/cases/{MAGDEBURG}/{case}");
        let opened = desk.get(&format!("{url}?purpose=case-work")).await.ok();
        let mut members = opened["amended"]["G15000100007"].clone();
        let task = format!("{url}/tasks/{}", opened["task"]["task"].as_str().unwrap());
        let correct = |members: &Value| {
            json!({ "verdict": "correct", "version": opened["version"], "reason": "Laut Urkunde.",
                "answers": { "G15000100007": members } })
        };
        members[1]["F15000100072"] = json!("2031-05-05");
        let wrong = desk.post(&task, &correct(&members)).await;
        let problem: Value = serde_json::from_slice(&wrong.bytes).unwrap();
        assert_eq!(problem["errors"][0]["path"], "G15000100007.1.F15000100072", "{problem}");
        wrong.is(422, "application");
        let past = json!({ "verdict": "correct", "version": opened["version"], "reason": "So.", "corrections": { "mitglieder": [] } });
        desk.post(&task, &past).await.is(422, "verdict");
        members[1]["F15000100072"] = json!("2014-05-05");
        let done = desk
            .post(&format!("{task}?purpose=legal-remedy"), &correct(&members))
            .await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text());
        let after = desk.get(&format!("{url}?purpose=case-work")).await.ok();
        let change = &after["answer_changes"][0];
        assert_eq!(
            change["rows"],
            json!(["2. Mitglied des Haushalts: Mia Lehmann"]),
            "{change}"
        );
        assert_eq!(change["path"], "G15000100007.1.F15000100072");
        assert_eq!(after["done"][0]["answers"], after["answer_changes"]);
    }
}
