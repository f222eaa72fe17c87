//! What holds for every address: tokens, headers, limits, languages, errors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod world;

use axum::http::{Request, StatusCode, header};
use wegfrei_web::rate::{Rule, Rules};
use wegfrei_web::texts::Lang;
use world::{ERIKA, world, world_with};

const ID: &str = "0190b3c0-0000-7000-8000-00000000abcd";

fn gets() -> Vec<String> {
    let mut paths: Vec<String> = [
        "/",
        "/?suche=hund",
        "/ort?suche=halle",
        "/ort?suche=",
        "/leistungen",
        "/leistungen/hundesteuer",
        "/leistungen/gibt-es-nicht",
        "/leistungen/hundesteuer/antrag",
        "/anmelden",
        "/mein-bereich",
        "/mein-bereich/zugriffe",
        "/mein-bereich/zugriffe?behoerde=x&zweck=y&von=z&bis=9999-99-99&verweigert=ja&aktenzeichen=%3Cb%3E&seite=99999",
        "/mein-bereich/helfen",
        "/mein-bereich/helfen?meldung=%3Cb%3E",
        "/mein-bereich/hilfe/x/y",
        "/mein-bereich/zugriffe/15003000/0",
        "/mein-bereich/zugriffe/x/y/beweis.json",
        "/amt",
        "/amt?ansicht=mine&aktenzeichen=%3Cscript%3E&von=x&nach=y",
        "/amt/zuweisen",
        "/amt/abwesenheit",
        "/amt/protokoll",
        "/amt/protokoll?kennung=x",
        "/amt/betrieb",
        "/amt/postausgang",
        "/amt/postausgang/x.pdf",
        "/amt/zahlungen",
        "/amt/zahlungen?nach=x",
        "/amt/zahlungen/lauf/2026-04",
        "/amt/zahlungen/lauf/x",
        "/amt/zahlungen/datei/x.xml",
        "/amt/umstellungen",
        "/amt/umstellungen/1",
        "/amt/umstellungen/x",
        "/amt/umstellungen/hundesteuer/0.9.0",
        "/amt/umstellungen/hundesteuer/%3Cb%3E?zu.x=%3Cb%3E&zu.=y",
        "/pruefen",
        "/pruefen?code=AB-12",
        "/pruefen?code=%3Cscript%3E",
        "/barrierefreiheit",
        "/datenschutz",
        "/impressum",
        "/healthz",
        "/gibt-es-nicht",
        "/assets/nichts.css",
        "/antrag/x/y",
        "/bescheid/15003000/x.pdf",
    ]
    .map(str::to_owned)
    .to_vec();
    for end in ["", "/G1", "/pruefen", "/eingang", "/verwerfen", "/senden"] {
        paths.push(format!("/antrag/15003000/{ID}{end}"));
    }
    for end in [
        "",
        "/nachreichen",
        "/kontakt",
        "/zuruecknehmen",
        "/folgeantrag",
        &format!("/widerspruch/{ID}"),
    ] {
        paths.push(format!("/mein-bereich/vorgang/15003000/{ID}{end}"));
    }
    paths.push(format!("/mein-bereich/hilfe/15003000/{ID}"));
    for end in [
        "",
        &format!("?unterlage={ID}"),
        "/zweck",
        "/notiz",
        "/neu-entscheiden",
        "/zuruecknehmen",
        "/zahlungen",
        "/akte",
        "/aufgabe",
        "/aufgabe/entwurf",
        "/entschieden",
        &format!("/unterlage/{ID}"),
        &format!("/unterlage/{ID}/ansicht"),
        &format!("/brief/{ID}"),
        &format!("/brief/{ID}/ansicht"),
    ] {
        paths.push(format!("/amt/vorgang/15003000/{ID}{end}"));
    }
    paths
}

fn posts() -> Vec<String> {
    let mut paths: Vec<String> = [
        "/leistungen/hundesteuer/antrag",
        "/anmelden",
        "/abmelden",
        "/pruefen",
        "/amt/zuweisen",
        "/amt/abwesenheit",
        "/amt/betrieb",
        "/amt/postausgang",
        "/amt/zahlungen",
        "/amt/umstellungen/1",
        "/amt/umstellungen/hundesteuer/0.9.0",
        "/mein-bereich/zugriffe",
    ]
    .map(str::to_owned)
    .to_vec();
    for end in ["/G1", "/senden", "/verwerfen"] {
        paths.push(format!("/antrag/15003000/{ID}{end}"));
    }
    for end in [
        "/nachreichen",
        "/kontakt",
        "/zuruecknehmen",
        "/folgeantrag",
        &format!("/widerspruch/{ID}"),
    ] {
        paths.push(format!("/mein-bereich/vorgang/15003000/{ID}{end}"));
    }
    paths.push("/mein-bereich/helfen".to_owned());
    paths.push(format!("/mein-bereich/hilfe/15003000/{ID}"));
    for end in [
        "",
        "/aufgabe",
        "/aufgabe/entwurf",
        "/notiz",
        "/neu-entscheiden",
        "/zuruecknehmen",
        "/zahlungen",
    ] {
        paths.push(format!("/amt/vorgang/15003000/{ID}{end}"));
    }
    paths
}

#[tokio::test]
async fn every_answer_has_the_headers_and_no_page_breaks() {
    let world = world_with(|options| options.https = true).await;
    let mut guest = world.browser();
    for path in gets() {
        let answer = guest.get(&path).await;
        assert!(!answer.status.is_server_error(), "{path} {}", answer.words());
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {part}");
        }
        assert!(!policy.contains("unsafe"), "{path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.headers[name], value, "{path}: {name}");
        }
        assert!(
            answer.headers.contains_key("strict-transport-security")
                && answer.headers.contains_key("permissions-policy")
        );
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let safe = cookie.starts_with("__Host-")
                && cookie.contains("HttpOnly")
                && cookie.contains("Secure")
                && cookie.contains("SameSite=Lax");
            assert!(safe, "{path}: {cookie}");
        }
    }
}

#[tokio::test]
async fn pages_for_somebody_ask_for_a_login_first_and_lead_back() {
    let world = world().await;
    for path in [
        "/mein-bereich",
        "/mein-bereich/zugriffe",
        "/amt",
        "/amt/abwesenheit",
        "/amt/protokoll",
        "/amt/betrieb",
        "/amt/postausgang",
        "/amt/zahlungen",
        "/amt/zahlungen/lauf/2026-04",
        "/amt/zahlungen/datei/x.xml",
        "/amt/umstellungen",
        "/amt/umstellungen/1",
        "/amt/umstellungen/hundesteuer/0.9.0",
        "/mein-bereich/helfen",
        &format!("/mein-bereich/hilfe/15003000/{ID}"),
        "/mein-bereich/zugriffe/15003000/0",
        "/mein-bereich/zugriffe/15003000/0/beweis.json",
        &format!("/mein-bereich/vorgang/15003000/{ID}/kontakt"),
        &format!("/mein-bereich/vorgang/15003000/{ID}"),
        &format!("/mein-bereich/vorgang/15003000/{ID}/nachreichen"),
        &format!("/mein-bereich/vorgang/15003000/{ID}/zuruecknehmen"),
        &format!("/mein-bereich/vorgang/15003000/{ID}/folgeantrag"),
        &format!("/mein-bereich/vorgang/15003000/{ID}/widerspruch/{ID}"),
        &format!("/antrag/15003000/{ID}"),
        &format!("/amt/vorgang/15003000/{ID}"),
        &format!("/amt/vorgang/15003000/{ID}/aufgabe"),
        &format!("/amt/vorgang/15003000/{ID}/akte"),
        &format!("/amt/vorgang/15003000/{ID}/brief/{ID}/ansicht"),
    ] {
        let mut guest = world.browser();
        let answer = guest.get(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(answer.to(), format!("/anmelden?ziel={path}"));
    }
    let mut erika = world.citizen(ERIKA).await;
    assert_eq!(erika.get("/amt").await.status, StatusCode::FORBIDDEN);
    let mut desk = world.official("15003000/s-muster").await;
    assert_eq!(desk.get("/mein-bereich/zugriffe").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn no_form_is_taken_without_its_token() {
    let world = world().await;
    for path in posts() {
        // Where papers are sent, guests get the login page before anything is read.
        let papers = path.starts_with("/antrag/") && path.matches('/').count() == 4 || path.ends_with("/nachreichen");
        let guest = (!papers).then(|| world.browser());
        let open = ["/anmelden", "/abmelden", "/pruefen"].contains(&path.as_str());
        for (mut browser, signed_in) in guest.into_iter().map(|browser| (browser, false)).chain(
            [world.citizen(ERIKA).await, world.official("15003000/s-muster").await].map(|browser| (browser, true)),
        ) {
            browser.get("/anmelden").await;
            // Who was signed out meanwhile is told that, and not that the form was old.
            let expected = if signed_in || open {
                "Das Formular ist abgelaufen"
            } else {
                "Sie sind nicht angemeldet"
            };
            for token in ["", "0123456789abcdef"] {
                let answer = browser
                    .post(
                        &path,
                        &[
                            ("csrf", token),
                            ("person", ERIKA),
                            ("zweck", "case-work"),
                            ("version", "1"),
                        ],
                    )
                    .await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
                assert!(answer.words().contains(expected), "{path} {}", answer.words());
                let login = format!("href=\"/anmelden?ziel={path}\"");
                assert_eq!(answer.text().contains(&login), !signed_in && !open, "{path}");
            }
        }
    }
    // A guest's token is worth nothing in a session, and one session's nothing in another.
    let mut erika = world.citizen(ERIKA).await;
    let guests = world.browser().get("/anmelden").await.hidden("csrf");
    let others = world.official("15003000/s-muster").await.get("/").await.hidden("csrf");
    for token in [guests, others] {
        assert_eq!(
            erika.post("/abmelden", &[("csrf", &token)]).await.status,
            StatusCode::FORBIDDEN
        );
    }
}

#[tokio::test]
async fn a_login_starts_a_new_session_and_a_logout_ends_it() {
    let world = world().await;
    let mut browser = world.citizen(ERIKA).await;
    let old = browser.cookies.clone();
    let page = browser.get("/anmelden?ziel=/mein-bereich/zugriffe").await;
    let again = browser
        .post(
            "/anmelden",
            &[
                ("csrf", &page.hidden("csrf")),
                ("person", ERIKA),
                ("ziel", "//boese.example"),
            ],
        )
        .await;
    assert_eq!(again.to(), "/mein-bereich");
    assert_ne!(old["sitzung"], browser.cookies["sitzung"]);
    let mut thief = world.browser();
    thief.cookies = old;
    assert_eq!(thief.get("/mein-bereich").await.status, StatusCode::SEE_OTHER);
    let out = browser.get("/mein-bereich").await.hidden("csrf");
    assert_eq!(browser.post("/abmelden", &[("csrf", &out)]).await.to(), "/");
    assert!(!browser.cookies.contains_key("sitzung"));
}

#[tokio::test]
async fn without_demonstration_nobody_logs_in_by_a_list() {
    let world = world_with(|options| options.demo = false).await;
    let mut browser = world.browser();
    let page = browser.get("/anmelden").await;
    assert!(!page.text().contains("Erika") && !page.text().contains("wf-demo"));
    let service = browser.get("/pruefen").await;
    let answer = browser
        .post("/anmelden", &[("csrf", &service.hidden("csrf")), ("person", ERIKA)])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!browser.cookies.contains_key("sitzung"));
}

#[tokio::test]
async fn every_language_is_kept_in_a_cookie() {
    let world = world().await;
    let mut browser = world.browser();
    for lang in [Lang::En, Lang::DeLeicht, Lang::De] {
        let answer = browser
            .get(&format!("/leistungen/hundesteuer?a=1&sprache={}", lang.code()))
            .await;
        assert_eq!(answer.to(), "/leistungen/hundesteuer?a=1");
        let page = browser.get("/leistungen/hundesteuer").await;
        assert!(page.text().contains(&format!("<html lang=\"{}\"", lang.html_lang())));
    }
    assert_eq!(browser.get("/?sprache=fr").await.status, StatusCode::OK);
}

#[tokio::test]
async fn places_are_found_offered_or_helped_with() {
    let world = world().await;
    for (query, expected) in [
        ("Magdeburg", None),
        ("39104", None),
        ("xyzzy", Some("Ort nicht gefunden")),
    ] {
        let mut browser = world.browser();
        let answer = browser.get(&format!("/ort?suche={query}")).await;
        match expected {
            None => {
                assert_eq!(answer.to(), "/", "{query} {}", answer.words());
                assert!(browser.get("/").await.words().contains("Gewählter Ort: Magdeburg"));
            }
            Some(words) => assert!(answer.words().contains(words), "{query} {}", answer.words()),
        }
    }
    let mut browser = world.browser();
    browser.get("/ort/merken?ars=15003000").await;
    let service = browser.get("/leistungen/hundesteuer").await.words();
    assert!(
        service.contains("96,00 €") && service.contains("Magdeburg"),
        "{service}"
    );
    for bad in ["15000000", "99999999", "x", ""] {
        assert_eq!(
            world.browser().get(&format!("/ort/merken?ars={bad}")).await.status,
            StatusCode::NOT_FOUND,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn files_of_visitors_who_are_not_signed_in_are_not_read() {
    let world = world().await;
    let mut browser = world.browser();
    browser.get("/").await;
    for path in [
        "/antrag/15003000/01930000-0000-7000-8000-00000000c0de/G15000000001",
        "/mein-bereich/vorgang/15003000/01930000-0000-7000-8000-00000000c0de/nachreichen",
    ] {
        // Longer than any form may be: who reads it, refuses it as too large.
        let large = vec![b'a'; 13 * 1024 * 1024];
        let answer = browser.upload(path, &[], ("datei", "a.pdf", &large)).await;
        // They are told, and led back to this page, not elsewhere.
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(
            answer.text().contains(&format!("href=\"/anmelden?ziel={path}\"")),
            "{path}"
        );
    }
    let mut browser = world.citizen(ERIKA).await;
    let long = "x".repeat(70_000);
    let answer = browser
        .post(
            "/antrag/15003000/01930000-0000-7000-8000-00000000c0de/G15000000001",
            &[("a", &long)],
        )
        .await;
    assert_eq!(
        answer.status,
        StatusCode::PAYLOAD_TOO_LARGE,
        "room for files is for files"
    );
}

#[tokio::test]
async fn a_correction_of_a_whole_household_has_room() {
    let world = world().await;
    let mut desk = world.official("15003000/s-muster").await;
    let case = "/amt/vorgang/15003000/01930000-0000-7000-8000-00000000c0de";
    let post = async |browser: &mut world::Browser, end: &str, size: usize| {
        let long = "x".repeat(size);
        browser.post(&format!("{case}{end}"), &[("a", &long)]).await.status
    };
    // Read to the end, and refused for want of a token.
    assert_eq!(post(&mut desk, "/aufgabe", 400_000).await, StatusCode::FORBIDDEN);
    assert_eq!(
        post(&mut desk, "/aufgabe/entwurf", 400_000).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        post(&mut desk, "/aufgabe", 600_000).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(post(&mut desk, "/notiz", 70_000).await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn links_of_a_page_stay_on_this_host() {
    let world = world().await;
    let mut browser = world.browser();
    for path in ["//boese.example/x", "//boese.example/x?a=1"] {
        let page = browser.get(path).await;
        assert!(!page.text().contains("href=\"//"), "{path}");
    }
}

#[tokio::test]
async fn bodies_that_are_too_large_or_broken_are_refused_with_a_page() {
    let world = world().await;
    let mut browser = world.browser();
    let csrf = browser.get("/pruefen").await.hidden("csrf");
    let large = vec![b'a'; 13 * 1024 * 1024];
    let answer = browser
        .upload("/pruefen", &[("csrf", &csrf)], ("datei", "a.pdf", &large))
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.words().contains("Die Datei ist zu groß"));
    let form = "x".repeat(70_000);
    let answer = browser.post("/anmelden", &[("csrf", &csrf), ("person", &form)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    for (kind, body) in [
        ("multipart/form-data; boundary=xyz", &b"--xyz\r\nnonsense"[..]),
        ("multipart/form-data", b""),
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", b"\xff\xfe=%zz"),
    ] {
        let answer = browser
            .send(
                Request::post("/pruefen").header(header::CONTENT_TYPE, kind),
                body.to_vec(),
            )
            .await;
        assert!(answer.status.is_client_error(), "{kind}: {}", answer.status);
        assert!(answer.text().contains("<h1"), "{kind}");
    }
    let answer = browser
        .upload("/pruefen", &[("csrf", &csrf)], ("datei", "a.pdf", b"no pdf"))
        .await;
    assert!(
        answer.words().contains("Das können wir nicht prüfen"),
        "{}",
        answer.words()
    );
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let world = world_with(|options| options.body_time = std::time::Duration::from_millis(1)).await;
    let mut browser = world.browser();
    browser.get("/pruefen").await;
    let stuck = axum::body::Body::from_stream(Never);
    let request = Request::post("/pruefen").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = browser.send(request, stuck).await;
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
    assert!(answer.words().contains("Das hat zu lange gedauert"));
}

struct Never;

impl futures_core::Stream for Never {
    type Item = Result<Vec<u8>, std::io::Error>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Pending
    }
}

#[tokio::test]
async fn whoever_asks_too_often_waits() {
    let world = world_with(|options| {
        options.per_address = Rules {
            check: Rule {
                burst: 2,
                per_minute: 60,
            },
            ..Rules::unlimited()
        };
    })
    .await;
    let mut browser = world.browser();
    for expected in [StatusCode::OK, StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
        assert_eq!(browser.get("/pruefen?code=AB12").await.status, expected);
    }
    let answer = browser.get("/pruefen?code=AB12").await;
    assert_eq!(answer.headers["retry-after"], "60");
    assert!(answer.words().contains("Zu viele Anfragen"));
    assert_eq!(browser.get("/pruefen").await.status, StatusCode::OK);
    world.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(browser.get("/pruefen?code=AB12").await.status, StatusCode::OK);
}

#[tokio::test]
async fn assets_never_change_and_come_packed() {
    let world = world().await;
    let mut browser = world.browser();
    let page = browser.get("/").await.text();
    let style = page
        .split("rel=\"stylesheet\" href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let plain = browser.get(&style).await;
    assert!(plain.headers["cache-control"].to_str().unwrap().contains("immutable"));
    assert_eq!(plain.headers["content-type"], "text/css; charset=utf-8");
    let packed = browser
        .send(Request::get(&style).header(header::ACCEPT_ENCODING, "br, gzip"), "")
        .await;
    assert_eq!(packed.headers["content-encoding"], "gzip");
    assert!(
        packed.bytes.len() * 5 < plain.bytes.len(),
        "{} of {}",
        packed.bytes.len(),
        plain.bytes.len()
    );
    // Every font the style sheet names is there.
    for part in plain.text().split("url(/assets/").skip(1) {
        let font = part.split(')').next().unwrap();
        assert_eq!(
            browser.get(&format!("/assets/{font}")).await.status,
            StatusCode::OK,
            "{font}"
        );
    }
}
