//! Bad input of applicants and caseworkers, by programs, on both engines: what is refused says where and why, what is taken ends in
//! letters that can be printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use common::{Answer, Caller, ERIKA, MAGDEBURG, World, packages, worlds};
use serde_json::{Value, json};
use wegfrei_model::name::Latin;

async fn apply(caller: &Caller<'_>, service: &str, data: &Value) -> Answer {
    let path = format!("/api/services/{service}/authorities/{MAGDEBURG}/applications");
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", caller.world.cases.new_case_id().to_string());
    caller.send(request.body(Body::from(data.to_string())).unwrap()).await
}

fn rent(world: &World) -> Value {
    let package = world.cases.catalogue().package("wohngeld").unwrap();
    let mut examples = package.examples().iter();
    examples
        .find(|example| example.file.contains("01-rentnerin"))
        .unwrap()
        .application
        .clone()
}

/// So many people beside the applicant.
fn household(data: &mut Value, members: usize, born: &str, relation: &str) {
    let member = json!({
        "F15000100070": "Mia", "F15000100071": "Lehmann", "F15000100072": born, "F15000100073": relation, "F15000100074": true,
        "F15000100075": "keine", "F15000100076": false, "F15000100077": false, "F15000100081": false,
    });
    data["G15000100006"]["F15000100060"] = json!(true);
    data["G15000100007"] = vec![member; members].into();
}

/// Every letter that waits can be made, and nothing is left over.
async fn letters_are_made(world: &World, erika: &Caller<'_>, count: usize) {
    world.work().await;
    let mailbox = erika.get("/api/mailbox").await.ok();
    let ready = mailbox["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|notice| notice["pdf"].is_string());
    assert_eq!(ready.count(), count, "{mailbox:#}");
    let queues = wegfrei_store::jobs::queues(&world.store, world.cases.now().as_micros())
        .await
        .unwrap();
    assert!(queues.iter().all(|queue| queue.kind != "notice.render"), "{queues:?}");
}

#[tokio::test]
async fn households_that_cannot_be() {
    for world in worlds().await {
        let erika = world.resident(ERIKA).await;
        type Change = fn(&mut Value);
        let wrong: [(&str, &str, Change); 14] = [
            ("negative rent", "G15000100002.F15000100012", |d| {
                d["G15000100002"]["F15000100012"] = json!(-5)
            }),
            ("rent of a fraction of a cent", "G15000100002.F15000100012", |d| {
                d["G15000100002"]["F15000100012"] = json!(330.5)
            }),
            ("rent beyond every number", "G15000100002.F15000100012", |d| {
                d["G15000100002"]["F15000100012"] = json!(1e300)
            }),
            ("rent as text", "G15000100002.F15000100012", |d| {
                d["G15000100002"]["F15000100012"] = json!("33000")
            }),
            ("rent of all money there is", "G15000100002.F15000100012", |d| {
                d["G15000100002"]["F15000100012"] = json!(i64::MAX)
            }),
            (
                "least income there is",
                "G15000100004.G15000100041.0.F15000100041",
                |d| {
                    d["G15000100004"]["G15000100041"][0]["F15000100041"] = json!(i64::MIN);
                },
            ),
            ("huge wealth", "G15000100009.F15000100110", |d| {
                d["G15000100009"]["F15000100110"] = json!(u64::MAX)
            }),
            ("born tomorrow", "G15000100001.F15000100003", |d| {
                d["G15000100001"]["F15000100003"] = json!("2026-03-19")
            }),
            ("born on no day", "G15000100001.F15000100003", |d| {
                d["G15000100001"]["F15000100003"] = json!("1948-02-30")
            }),
            ("born in the year 0", "G15000100001.F15000100003", |d| {
                d["G15000100001"]["F15000100003"] = json!("0000-01-01")
            }),
            ("a child of next year", "G15000100007.0.F15000100072", |d| {
                household(d, 1, "2027-01-01", "kind")
            }),
            ("a partner of eleven", "G15000100007.0.F15000100072", |d| {
                household(d, 1, "2015-01-01", "partner")
            }),
            ("sixty people", "G15000100007", |d| {
                household(d, 60, "2015-01-01", "kind")
            }),
            ("lives alone, with a child", "G15000100007", |d| {
                household(d, 1, "2015-01-01", "kind");
                d["G15000100006"]["F15000100060"] = json!(false);
            }),
        ];
        for (name, path, change) in wrong {
            let mut data = rent(&world);
            change(&mut data);
            let answer = apply(&erika, "wohngeld", &data).await;
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{name}: {}",
                answer.text()
            );
            let errors = answer.json()["errors"].clone();
            let named = errors.as_array().unwrap().iter().any(|error| error["path"] == path);
            assert!(named, "{name}: {errors:#}");
        }
        assert_eq!(
            erika.get("/api/cases").await.ok()["items"],
            json!([]),
            "nothing was sent"
        );
        // As many people as the form takes are decided, and their letter is made.
        let mut data = rent(&world);
        household(&mut data, 19, "2015-01-01", "kind");
        let sent = apply(&erika, "wohngeld", &data).await;
        assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text());
        let case = sent.json()["case"].as_str().unwrap().to_owned();
        let petra = world.staff("sb-magdeburg-1", MAGDEBURG).await;
        let lead = world.staff("tl-magdeburg-1", MAGDEBURG).await;
        for (caller, verdict) in [(&petra, "confirm"), (&lead, "release")] {
            let desk = format!("/api/desk/cases/{MAGDEBURG}/{case}");
            let view = caller.get(&format!("{desk}?purpose=case-work")).await.ok();
            let Some(task) = view["task"]["task"].as_str() else {
                continue;
            };
            let body = json!({ "verdict": verdict, "version": view["version"] });
            let done = caller.post(&format!("{desk}/tasks/{task}"), &body).await;
            assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text());
        }
        letters_are_made(&world, &erika, 2).await;
    }
}

/// A sign that no font has would have kept the letter from ever being made, after the decision.
#[tokio::test]
async fn signs_that_cannot_be_printed_are_told_when_they_are_typed() {
    for world in worlds().await {
        let erika = world.resident(ERIKA).await;
        for (field, name) in [
            ("G15000000001.F15000000001", "山田"),
            ("G15000000001.F15000000001", "Иванова"),
            ("G15000000001.F15000000002", "مريم"),
            ("G15000000001.F15000000001", "Lehmann\u{202E}nnamheL"),
            ("G15000000001.F15000000001", "Leh\u{200B}mann"),
            ("G15000000001.F15000000004", "Lindenweg \u{1F333}"),
            ("G15000000002.F15000000010", "Bello \u{1F436}"),
            ("G15000000002.F15000000010", "\u{E000}"),
            ("G15000000002.F15000000010", "Rex\u{0}"),
        ] {
            let mut data = world.example("01-erster-hund-magdeburg");
            let (group, id) = field.split_once('.').unwrap();
            data[group][id] = json!(name);
            let answer = apply(&erika, "hundesteuer", &data).await;
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{name:?}: {}",
                answer.text()
            );
            let error = answer.json()["errors"][0].clone();
            assert_eq!(
                (&error["path"], &error["code"]),
                (&json!(field), &json!("character")),
                "{name:?}"
            );
        }
        assert_eq!(
            erika.get("/api/cases").await.ok()["items"],
            json!([]),
            "nothing was sent"
        );
    }
}

/// Every text field, every character of the standard, both services: decided, and the letters are made.
#[tokio::test]
async fn every_character_of_din_91379_in_every_field_reaches_the_letter() {
    let path = packages().join("../../shared/corpus/din91379/latinchars.xml");
    let Ok(xml) = std::fs::read_to_string(path) else {
        eprintln!("skipped: corpus absent");
        return;
    };
    let letters: Vec<String> = xml
        .split("<cp>")
        .skip(1)
        .filter_map(|rest| rest.split_once("</cp>"))
        .map(|(points, _)| {
            let points = points.split_whitespace();
            points
                .map(|point| char::from_u32(u32::from_str_radix(point, 16).unwrap()).unwrap())
                .collect()
        })
        // The corpus has the standard's extended characters too, which are not for names.
        .filter(|letter: &String| {
            !letter.trim().is_empty() && Latin::parse(letter).is_ok() && !letter.contains(char::is_control)
        })
        .collect();
    assert!(letters.len() > 700, "{}", letters.len());
    for world in worlds().await {
        let erika = world.resident(ERIKA).await;
        let fields = [
            ("G15000000001", "F15000000001"),
            ("G15000000001", "F15000000002"),
            ("G15000000001", "F15000000004"),
            ("G15000000001", "F15000000007"),
            ("G15000000002", "F15000000010"),
            ("G15000000002", "F15000000011"),
        ];
        let mut sent = 0;
        // As many as a field takes at once; in the second round each part stands in another field.
        let parts: Vec<String> = letters.chunks(15).map(<[String]>::concat).collect();
        for shift in [0, 3] {
            for some in parts.chunks(fields.len()) {
                let mut data = world.example("01-erster-hund-magdeburg");
                for (at, (group, id)) in fields.iter().enumerate() {
                    data[*group][*id] = json!(some[(at + shift) % some.len()]);
                }
                let answer = apply(&erika, "hundesteuer", &data).await;
                assert_eq!(answer.status, StatusCode::CREATED, "{some:?}: {}", answer.text());
                sent += 1;
            }
        }
        letters_are_made(&world, &erika, 2 * sent).await;
    }
}

/// What caseworkers and objectors write is printed too.
#[tokio::test]
async fn what_is_written_for_a_letter_must_be_printable() {
    for world in worlds().await {
        let erika = world.resident(ERIKA).await;
        let petra = world.staff("sb-magdeburg-1", MAGDEBURG).await;
        let sent = apply(&erika, "wohngeld", &rent(&world)).await.json();
        let desk = format!("/api/desk/cases/{MAGDEBURG}/{}", sent["case"].as_str().unwrap());
        let view = petra.get(&format!("{desk}?purpose=case-work")).await.ok();
        let task = format!("{desk}/tasks/{}", view["task"]["task"].as_str().unwrap());
        let version = &view["version"];
        let ask = |text: &str, paper: &str| json!({ "verdict": "request-papers", "version": version, "text": text, "papers": [paper], "due": "2026-04-15" });
        let missing = |text: &str| json!({ "mitwirkung_fehlt": true, "fehlende_unterlagen": text });
        for wrong in [
            ask("Mietvertrag \u{1F4C4}", "Mietvertrag"),
            ask("Mietvertrag", "租約"),
            json!({ "verdict": "correct", "version": version, "reason": "x", "corrections": missing("\u{1F4C4}") }),
        ] {
            let answer = petra.post(&task, &wrong).await;
            answer.is(422, "verdict");
            assert!(answer.text().contains("nicht drucken"), "{}", answer.text());
        }
        let right = ask("Mietvertrag „neu“ – bitte ≥ 2 Seiten, 5 €", "Mietvertrag ½");
        assert_eq!(petra.post(&task, &right).await.status, StatusCode::NO_CONTENT);
        letters_are_made(&world, &erika, 1).await;

        let case = erika.sent(MAGDEBURG, "01-erster-hund-magdeburg").await;
        world.work().await;
        let base = format!("/api/cases/{MAGDEBURG}/{case}");
        let notice = erika.get(&format!("{base}/actions")).await.ok()["object"][0]["notice"].clone();
        let object = |text: &str| json!({ "notice": notice, "text": text });
        let told = erika
            .post(&format!("{base}/objections"), &object("Zu hoch! \u{1F621}"))
            .await;
        told.is(422, "verdict");
        let taken = erika.post(&format!("{base}/objections"), &object("Zu hoch!")).await;
        assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.text());
    }
}
