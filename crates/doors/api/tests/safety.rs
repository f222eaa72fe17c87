//! Bad input, wrong people, and what never gets out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use common::{ERIKA, HALLE, JOERG, MAGDEBURG, World, world, worlds};
use serde_json::json;
use tower::ServiceExt as _;

const APPLY: &str = "/api/services/hundesteuer/authorities/15003000/applications";

#[tokio::test]
async fn queries() {
    for world in worlds().await {
        let erika = world.resident(ERIKA).await;
        let desk = world.staff("sb-halle-1", HALLE).await;
        let case = world.cases.new_case_id();
        let opening = format!("/api/desk/cases/{HALLE}/{case}");
        for (caller, path, part) in [
            (&erika, "/api/services?x=1", "„x“"),
            (&erika, "/api/services?Geheim%20%3Cb%3E=1", "„Geheimb“"),
            (&erika, "/api/cases?limit=1", "„limit“"),
            (&erika, "/api/authorities?place=1&place=2", "„place“"),
            (&erika, "/api/authorities?plaice=1", "„plaice“"),
            (&erika, "/api/services/hundesteuer?lang=fr", "„lang“"),
            (&erika, "/api/services/hundesteuer/competent", "„place“"),
            (&erika, "/api/services/hundesteuer/competent?place=1500300", "„place“"),
            (&erika, "/api/services/hundesteuer/competent?place=15081000", "„place“"),
            (&erika, "/api/check", "„code“"),
            (&erika, "/api/check?code=%20", "„code“"),
            (&erika, "/api/access-log?limit=0", "„limit“"),
            (&erika, "/api/access-log?limit=501", "„limit“"),
            (&erika, "/api/access-log?limit=-1", "„limit“"),
            (&erika, "/api/access-log?limit=99999999999999999999", "„limit“"),
            (&desk, "/api/desk/worklist?filter=closed", "„filter“"),
            (&desk, "/api/desk/worklist?limit=201", "„limit“"),
            (&desk, "/api/desk/worklist?after=x", "„after“"),
            (&desk, "/api/desk/worklist?after=x.y", "„after“"),
            (&desk, opening.as_str(), "„purpose“"),
            (&desk, &format!("{opening}?purpose=own-data"), "„purpose“"),
            (&desk, &format!("{opening}?purpose=notice-rendering"), "„purpose“"),
            (&erika, "/api/journal/15003000/proof/0?format=xml", "„format“"),
        ] {
            let answer = caller.get(path).await;
            answer.is(400, "parameter");
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(part), "{path}: {detail}");
            assert!(detail.is_ascii() || !detail.contains('<'), "{path}: {detail}");
        }
    }
}

#[tokio::test]
async fn bodies() {
    for world in worlds().await {
        let erika = world.resident(ERIKA).await;
        let apply = |kind: &'static str, body: String| {
            let request = Request::post(APPLY)
                .header(header::CONTENT_TYPE, kind)
                .header("idempotency-key", world.cases.new_case_id().to_string());
            erika.send(request.body(Body::from(body)).unwrap())
        };
        let json = "application/json";
        for (body, place) in [
            ("", "Zeile 1, Spalte 0"),
            ("{", "Zeile 1, Spalte 1"),
            ("{\n \"G1\": Geheim}", "Zeile 2, Spalte 8"),
            ("{} {}", "Zeile 1, Spalte 4"),
            ("\u{feff}{}", "Zeile 1, Spalte 1"),
        ] {
            let answer = apply(json, body.to_owned()).await;
            answer.is(400, "json");
            assert!(answer.text().contains(place), "{body:?}: {}", answer.text());
            assert!(!answer.text().contains("Geheim"), "{}", answer.text());
        }
        apply(json, "[".repeat(60_000)).await.is(400, "json");
        apply(json, format!("\"{}\"", "x".repeat(64 * 1024)))
            .await
            .is(413, "too-large");
        apply(json, "[]".to_owned()).await.is(422, "application");
        apply(json, "null".to_owned()).await.is(422, "application");
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonp",
            "multipart/form-data",
            "",
        ] {
            apply(kind, "{}".to_owned()).await.is(415, "media-type");
        }
        let no_type = Request::post(APPLY).header("idempotency-key", world.cases.new_case_id().to_string());
        erika
            .send(no_type.body(Body::from("{}")).unwrap())
            .await
            .is(415, "media-type");

        let nobody = world.nobody();
        nobody
            .post_as("/api/check", "application/octet-stream", "%PDF-")
            .await
            .is(415, "media-type");
        let large = vec![b'x'; 20 * 1024 * 1024 + 1];
        nobody
            .post_as("/api/check", "application/pdf", large.clone())
            .await
            .is(413, "too-large");
        let largest = nobody
            .post_as("/api/check", "application/pdf", large[1..].to_vec())
            .await;
        assert_eq!(largest.ok()["result"], "unknown");
        assert_eq!(
            nobody.post_as("/api/check", "application/pdf", "").await.ok()["result"],
            "unknown"
        );

        for body in [
            json!({}),
            json!({"person": "x"}),
            json!({"person": ERIKA, "staff": "sb-halle-1"}),
            json!([]),
        ] {
            nobody.post("/api/sessions", &body).await.is(400, "json");
        }
        let stranger = json!({"person": "01930000-0000-7000-8000-0000000000ff"});
        nobody.post("/api/sessions", &stranger).await.is(422, "login");
        let elsewhere = json!({"staff": "sb-halle-1", "authority": MAGDEBURG});
        nobody.post("/api/sessions", &elsewhere).await.is(422, "login");
        assert!(
            erika.get("/api/cases").await.ok()["items"]
                .as_array()
                .unwrap()
                .is_empty()
        );
    }
}

#[tokio::test]
async fn idempotency_keys() {
    for world in worlds().await {
        let (erika, joerg) = (world.resident(ERIKA).await, world.resident(JOERG).await);
        let data = world.example("01-erster-hund-magdeburg");
        let with = |keys: &[&str]| {
            let mut request = Request::post(APPLY).header(header::CONTENT_TYPE, "application/json");
            for key in keys {
                request = request.header("idempotency-key", *key);
            }
            erika.send(request.body(Body::from(data.to_string())).unwrap())
        };
        let case = world.cases.new_case_id().to_string();
        for keys in [
            &[][..],
            &[""],
            &["1"],
            &["01890a5d-ac96-474b-bcce-b302099a8057"], // version 4
            &["01890A5D-AC96-774B-BCCE-B302099A8057"],
            &[case.as_str(), case.as_str()],
        ] {
            with(keys).await.is(400, "idempotency-key");
        }
        // Two at once are one case.
        let id = world.cases.new_case_id();
        let (one, two) = tokio::join!(erika.apply(MAGDEBURG, id, &data), erika.apply(MAGDEBURG, id, &data));
        assert!(
            one.status.is_success() && two.status.is_success(),
            "{} {}",
            one.text(),
            two.text()
        );
        assert_eq!(one.bytes, two.bytes);
        assert_eq!(erika.get("/api/cases").await.ok()["items"].as_array().unwrap().len(), 1);
        // A quoted key is the same key.
        let quoted = with(&[&format!("\"{id}\"")]).await;
        assert_eq!((quoted.status, quoted.bytes), (StatusCode::OK, one.bytes));
        // A key is nobody else's, and no draft's.
        joerg.apply(MAGDEBURG, id, &data).await.is(409, "stale");
        assert!(
            joerg.get("/api/cases").await.ok()["items"]
                .as_array()
                .unwrap()
                .is_empty()
        );
        let person = wegfrei_model::PersonId::parse(ERIKA).unwrap();
        let magdeburg = wegfrei_model::AuthorityId::parse(MAGDEBURG).unwrap();
        let draft = world
            .cases
            .start_draft(person, magdeburg, "hundesteuer", None)
            .await
            .unwrap();
        erika.apply(MAGDEBURG, draft, &data).await.is(409, "stale");
    }
}

#[tokio::test]
async fn paths_and_methods() {
    for world in worlds().await {
        let erika = world.resident(ERIKA).await;
        let case = erika.sent(MAGDEBURG, "01-erster-hund-magdeburg").await;
        let upper = case.to_string().to_uppercase();
        for path in [
            "/api",
            "/api/",
            "/api/nothing",
            "/api/services/",
            "/api/services/hundesteuer/",
            "/api/services/x",
            "/api/services/x/authorities",
            "/api/services/x/competent?place=15003000",
            "/api/services/hundesteuer/competent?place=15999999",
            "/api/authorities/1",
            "/api/authorities/15999999",
            "/api/authorities/%FF",
            "/api/cases/15003000/x",
            &format!("/api/cases/15003000/{upper}"),
            &format!("/api/cases/15002000/{case}"),
            &format!("/api/notices/15003000/{case}"),
            &format!("/api/notices/15003000/{case}.pdf"),
            "/api/notices/15003000/.pdf",
            "/api/notices/15003000/..%2F..%2Fx.pdf",
            "/api/journal/15003000",
            "/api/journal/15999999/checkpoint",
            "/api/journal/15081000/checkpoint",
            "/api/journal/15081000/key",
            "/api/journal/15003000/proof/-1",
            "/api/journal/15003000/proof/18446744073709551616",
            "/api/journal/15003000/proof/18446744073709551615",
            "/api/journal/15003000/tile/0/999999999999999999999999.p/1",
            "/api/journal/15003000/tile/0/x999/x999/x999/x999/x999/x999/999.p/1",
            "/api/journal/15003000/tile/0/..%2f000",
        ] {
            erika.get(path).await.is(404, "not-found");
        }
        let nowhere = erika.apply("15083040", world.cases.new_case_id(), &json!({})).await;
        nowhere.is(404, "not-offered");
        for (method, path, allow) in [
            ("POST", "/api/services", "GET"),
            ("PUT", APPLY, "POST"),
            ("DELETE", "/api/check", "POST"),
            ("OPTIONS", "/api/sessions", "DELETE"),
        ] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let answer = erika.send(request).await;
            answer.is(405, "method");
            assert!(
                answer.header(header::ALLOW).contains(allow),
                "{method} {path}: {}",
                answer.header(header::ALLOW)
            );
        }
        let head = Request::builder()
            .method(Method::HEAD)
            .uri("/api/services")
            .body(Body::empty())
            .unwrap();
        let head = erika.send(head).await;
        assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0));
    }
}

#[tokio::test]
async fn everybody_keeps_to_what_is_theirs() {
    for world in worlds().await {
        let (erika, joerg) = (world.resident(ERIKA).await, world.resident(JOERG).await);
        let case = erika.sent(MAGDEBURG, "01-erster-hund-magdeburg").await;
        world.work().await;
        let mailbox = erika.get("/api/mailbox").await.ok();
        let pdf = mailbox["items"][0]["pdf"].as_str().unwrap().to_owned();

        joerg
            .get(&format!("/api/cases/{MAGDEBURG}/{case}"))
            .await
            .is(404, "not-found");
        assert_eq!(joerg.get("/api/cases").await.ok()["items"], json!([]));
        assert_eq!(joerg.get("/api/mailbox").await.ok()["items"], json!([]));
        assert_eq!(joerg.get("/api/access-log").await.ok()["items"], json!([]));
        joerg.get(&pdf).await.is(403, "refused");
        joerg
            .get(&format!("{pdf}?purpose=case-work"))
            .await
            .is(400, "parameter");
        let log = erika.get("/api/access-log").await.ok();
        let tries: Vec<_> = log["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|record| record["granted"] == false)
            .collect();
        assert_eq!(tries.len(), 2, "the case and the letter: {log:#}");
        assert!(tries.iter().all(|record| record["who"] == "Eine andere Person"));

        let opening = format!("/api/desk/cases/{MAGDEBURG}/{case}?purpose=case-work");
        for path in ["/api/desk/worklist", opening.as_str()] {
            erika.get(path).await.is(403, "role");
        }
        for (id, authority, worklist, opens) in [
            ("sb-magdeburg-1", MAGDEBURG, true, true),
            ("tl-magdeburg-1", MAGDEBURG, true, true),
            ("sb-halle-1", HALLE, true, false),
            ("dsb-magdeburg-1", MAGDEBURG, false, false),
            ("revision-magdeburg-1", MAGDEBURG, false, false),
            ("betrieb-1", "15000000", false, false),
        ] {
            let member = world.staff(id, authority).await;
            let expect = |allowed: bool| if allowed { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(member.get("/api/desk/worklist").await.status, expect(worklist), "{id}");
            assert_eq!(member.get(&opening).await.status, expect(opens), "{id}");
            for path in ["/api/cases", "/api/mailbox", "/api/access-log"] {
                member.get(path).await.is(403, "role");
            }
            member
                .apply(MAGDEBURG, world.cases.new_case_id(), &json!({}))
                .await
                .is(403, "role");
        }
    }
}

#[tokio::test]
async fn tokens() {
    for world in worlds().await {
        let erika = world.resident(ERIKA).await;
        let token = erika.token.clone().unwrap();
        let nobody = world.nobody();
        let with = |values: &[String]| {
            let mut request = Request::get("/api/cases");
            for value in values {
                request = request.header(header::AUTHORIZATION, value);
            }
            nobody.send(request.body(Body::empty()).unwrap())
        };
        let bearer = format!("Bearer {token}");
        assert_eq!(with(&[format!("bearer {token}")]).await.status, StatusCode::OK);
        for values in [
            vec![token.clone()],
            vec![format!("Basic {token}")],
            vec![format!("Bearer {}", &token[..token.len() - 1])],
            vec![format!("Bearer 15003000.{}", token.split_once('.').unwrap().1)],
            vec![bearer.clone(), bearer.clone()],
            vec![format!("Bearer {}", "x".repeat(100_000))],
        ] {
            with(&values).await.is(401, "token");
        }
        // A cookie is no token here: no site can make a browser act in somebody's name.
        let cookie =
            Request::get("/api/cases").header(header::COOKIE, format!("__Host-sitzung={token}; session={token}"));
        nobody.send(cookie.body(Body::empty()).unwrap()).await.is(401, "token");
        // Unused for long enough it is over.
        world.clock.advance(std::time::Duration::from_secs(2 * 3600 + 1));
        erika.get("/api/cases").await.is(401, "token");
    }
}

#[tokio::test]
async fn logins_only_in_the_demonstration() {
    for store in wegfrei_store::testing::stores().await {
        let world: World = world(store, false).await;
        let nobody = world.nobody();
        for body in [json!({ "person": ERIKA }), json!({ "person": JOERG }), json!({})] {
            nobody.post("/api/sessions", &body).await.is(404, "not-found");
        }
        nobody
            .post_as("/api/sessions", "text/plain", "x")
            .await
            .is(404, "not-found");
    }
}

#[tokio::test]
async fn without_a_database_it_says_so() {
    for world in worlds().await {
        let erika = world.resident(ERIKA).await;
        world.store.close().await;
        for path in [
            "/api/cases",
            "/api/check?code=7K4M9QXD2R8THW3P",
            "/api/journal/15003000/checkpoint",
        ] {
            let answer = erika.get(path).await;
            answer.is(503, "unavailable");
        }
        assert_eq!(
            erika.get("/api/services").await.status,
            StatusCode::OK,
            "what needs no database goes on"
        );
    }
}

#[tokio::test]
async fn beside_another_door() {
    for world in worlds().await {
        let web = Router::new()
            .route("/", axum::routing::get(|| async { "portal" }))
            .fallback(|| async { (StatusCode::NOT_FOUND, "page") });
        let house = web.merge(world.app.clone());
        for (path, status, kind) in [
            ("/", 200, "text/plain; charset=utf-8"),
            ("/nothing", 404, "text/plain; charset=utf-8"),
            ("/api/nothing", 404, "application/problem+json"),
            ("/api/services", 200, "application/json"),
        ] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let answer = house.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{path}");
            assert_eq!(answer.headers()[header::CONTENT_TYPE], kind, "{path}");
        }
    }
}
