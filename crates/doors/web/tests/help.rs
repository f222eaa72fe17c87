//! A granddaughter helps her grandmother: code, draft, papers, request, notice; what she may not; and the end of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod world;

use axum::http::StatusCode;
use wegfrei_cases::Verdict;
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, PersonId};
use world::{ALI, Answer, Browser, ERIKA, World, world_full};

fn magdeburg() -> AuthorityId {
    AuthorityId::parse("15003000").unwrap()
}

fn erika() -> PersonId {
    PersonId::parse(ERIKA).unwrap()
}

/// A draft of Erika's, not filled in.
async fn draft(world: &World) -> CaseId {
    world
        .cases
        .start_draft(erika(), magdeburg(), "voll", None)
        .await
        .unwrap()
}

/// Erika makes a code on the page.
async fn code(grandmother: &mut Browser, case: CaseId) -> String {
    let path = format!("/mein-bereich/hilfe/15003000/{case}");
    let csrf = grandmother.get(&path).await.hidden("csrf");
    let shown = grandmother.post(&path, &[("csrf", &csrf), ("schritt", "code")]).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.words());
    let text = shown.text();
    let part = text
        .split("data-test=\"code\">")
        .nth(1)
        .unwrap()
        .split("</p>")
        .next()
        .unwrap();
    let code: String = part.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(code.len(), 12, "{part}");
    let again = grandmother.get(&path).await;
    assert!(!again.text().contains("data-test=\"code\""), "shown once");
    assert!(again.words().contains("Ein Code wartet"), "{}", again.words());
    code
}

async fn enter(helper: &mut Browser, code: &str) -> Answer {
    let csrf = helper.get("/mein-bereich/helfen").await.hidden("csrf");
    helper
        .post(
            "/mein-bereich/helfen",
            &[("csrf", &csrf), ("schritt", "code"), ("code", code)],
        )
        .await
}

/// Ali helps Erika with a draft of hers.
async fn helping(world: &World) -> (CaseId, Browser, Browser) {
    let case = draft(world).await;
    let (mut grandmother, mut helper) = (world.citizen(ERIKA).await, world.citizen(ALI).await);
    let code = code(&mut grandmother, case).await;
    assert_eq!(
        enter(&mut helper, &code).await.to(),
        "/mein-bereich/helfen?meldung=hilft"
    );
    (case, grandmother, helper)
}

#[tokio::test]
async fn a_helper_fills_in_and_the_grandmother_sees_it_all() {
    let world = world_full().await;
    let (case, mut grandmother, mut helper) = helping(&world).await;
    let mine = helper.get("/mein-bereich").await;
    assert!(
        mine.text().contains(&format!("href=\"/antrag/15003000/{case}\"")),
        "{}",
        mine.words()
    );
    let form = helper.follow(&format!("/antrag/15003000/{case}")).await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.words());
    assert!(
        form.words().contains("Sie helfen hier einer anderen Person"),
        "{}",
        form.words()
    );
    assert!(!form.text().contains("data-test=\"hilfe\""), "who helps invites nobody");
    let text = form.text();
    let action = text
        .split("<form method=\"post\" action=\"/antrag/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let action = format!("/antrag/{action}");
    let fields = [
        ("csrf", &*form.hidden("csrf")),
        ("version", &*form.hidden("version")),
        ("weiter", "spaeter"),
        ("G15000000001.F15000000001", "Lehmann"),
    ];
    let saved = helper.post(&action, &fields).await;
    assert_eq!(saved.to(), "/mein-bereich?meldung=gespeichert", "{}", saved.words());
    let seen = grandmother.follow(&action).await;
    assert!(seen.text().contains("value=\"Lehmann\""), "{}", seen.words());
    assert!(!seen.words().contains("Sie helfen hier"));
    let summary = helper.get(&format!("/antrag/15003000/{case}/pruefen")).await;
    assert!(
        summary.words().contains("Senden kann den Antrag nur die Person")
            && !summary.text().contains("data-test=\"senden\"")
    );
    assert!(
        !summary.text().contains("name=\"kontakt\""),
        "the way of contact is not the helper's"
    );

    let page = grandmother.get(&format!("/mein-bereich/hilfe/15003000/{case}")).await;
    assert!(page.words().contains("Ali Öztürk"), "{}", page.words());
    let cockpit = grandmother.get("/mein-bereich/zugriffe").await.words();
    assert!(cockpit.contains("Hilfe: Ali Öztürk"), "{cockpit}");
    let narrowed = grandmother.get("/mein-bereich/zugriffe?zweck=assistance").await.words();
    assert!(
        narrowed.contains("Hilfe: Ali Öztürk") && !narrowed.contains("Sie selbst"),
        "{narrowed}"
    );
}

#[tokio::test]
async fn what_a_helper_may_not_is_refused_on_every_page() {
    let world = world_full().await;
    let (case, _, mut helper) = helping(&world).await;
    let csrf = helper.get("/mein-bereich").await.hidden("csrf");
    let refuse = |answer: Answer, what: &str| {
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}: {}", answer.words());
        assert!(
            answer.words().contains("Das kann nur die Person selbst"),
            "{what}: {}",
            answer.words()
        );
    };
    let base = format!("/antrag/15003000/{case}");
    let hilfe = format!("/mein-bereich/hilfe/15003000/{case}");
    let version = helper.follow(&base).await.hidden("version");
    refuse(helper.get(&hilfe).await, "who helps");
    refuse(helper.get(&format!("{base}/verwerfen")).await, "discard asked");
    for (path, fields) in [
        (format!("{base}/senden"), vec![("version", version.as_str())]),
        (format!("{base}/verwerfen"), vec![]),
        (hilfe.clone(), vec![("schritt", "code")]),
        (hilfe.clone(), vec![("schritt", "zurueck")]),
        (hilfe, vec![("beenden", ALI)]),
    ] {
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields);
        refuse(helper.post(&path, &all).await, &path);
    }
    // A sent case with a request.
    let case = sent(&world, true).await;
    let vorgang = format!("/mein-bereich/vorgang/15003000/{case}");
    let hilfe = format!("/mein-bereich/hilfe/15003000/{case}");
    let id = case.to_string();
    for end in [
        "/kontakt",
        "/zuruecknehmen",
        "/folgeantrag",
        &format!("/widerspruch/{id}"),
    ] {
        refuse(helper.get(&format!("{vorgang}{end}")).await, end);
        let fields = [
            ("csrf", csrf.as_str()),
            ("kontakt", "brief"),
            ("art", "aenderung"),
            ("schritt", "senden"),
        ];
        refuse(helper.post(&format!("{vorgang}{end}"), &fields).await, end);
    }
    refuse(helper.get(&hilfe).await, "who helps with a case");
    let page = helper.get(&vorgang).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.words());
    for absent in ["kontakt", "zuruecknehmen", "folgeantrag", "widerspruch", "hilfe"] {
        assert!(!page.text().contains(&format!("data-test=\"{absent}\"")), "{absent}");
    }
    // Nothing of it happened.
    let cases = &world.cases;
    let draft = cases.my_cases(erika()).await.unwrap();
    assert!(draft.iter().any(|known| known.status == wegfrei_cases::Status::Draft));
    assert_eq!(
        cases.my_case(erika(), magdeburg(), case).await.unwrap().status,
        wegfrei_cases::Status::PapersWanted
    );
}

/// A case of Erika's in which Ali helps and, perhaps, papers are asked for.
async fn sent(world: &World, ask: bool) -> CaseId {
    let cases = &world.cases;
    let package = cases.catalogue().package("hundesteuer").unwrap();
    let example = package
        .examples()
        .iter()
        .find(|example| example.file.contains("01-erster"))
        .unwrap();
    let case = cases.new_case_id();
    cases
        .submit_direct(erika(), magdeburg(), "voll", case, &example.application)
        .await
        .unwrap();
    let code = cases.offer_help(erika(), magdeburg(), case).await.unwrap().code;
    cases
        .accept_help(PersonId::parse(ALI).unwrap(), "Ali Öztürk", &code)
        .await
        .unwrap();
    let desk = Actor::staff("s-muster", magdeburg());
    let view = cases
        .open_case(&desk, Purpose::CaseWork, magdeburg(), case)
        .await
        .unwrap();
    let verdict = if ask {
        Verdict::RequestPapers {
            text: "Bitte senden Sie den Nachweis.".to_owned(),
            papers: vec![],
            due: "2026-04-15".parse().unwrap(),
        }
    } else {
        Verdict::Confirm { reason: String::new() }
    };
    let task = view.task.unwrap().task;
    let at = wegfrei_cases::AtTask {
        actor: desk,
        purpose: Purpose::CaseWork,
        authority: magdeburg(),
        case,
        task,
    };
    cases.complete_task(&at, view.version, verdict).await.unwrap();
    while cases.work_once().await.unwrap() > 0 {}
    case
}

#[tokio::test]
async fn a_helper_answers_a_request_and_reads_the_letter() {
    let world = world_full().await;
    let case = sent(&world, true).await;
    let mut helper = world.citizen(ALI).await;
    let vorgang = format!("/mein-bereich/vorgang/15003000/{case}");
    let page = helper.get(&vorgang).await;
    assert!(page.text().contains("data-test=\"nachreichen\""), "{}", page.words());
    let text = page.text();
    let pdf = text
        .split("href=\"")
        .find(|part| part.starts_with("/bescheid/"))
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert!(helper.get(pdf).await.bytes.starts_with(b"%PDF-"));
    let unread = world.cases.mailbox(erika()).await.unwrap();
    assert!(
        unread.iter().all(|notice| notice.read_at.is_none()),
        "the resident has not read it"
    );
    let supply = format!("{vorgang}/nachreichen");
    let csrf = helper.get(&supply).await.hidden("csrf");
    let uploaded = helper
        .upload(
            &supply,
            &[("csrf", &csrf), ("schritt", "hochladen")],
            ("datei", "a.pdf", b"%PDF-1.7 x"),
        )
        .await;
    assert!(uploaded.to().ends_with("meldung=hochgeladen"), "{}", uploaded.words());
    let sent = helper.post(&supply, &[("csrf", &csrf), ("text", "Liegt bei.")]).await;
    assert_eq!(sent.to(), format!("{vorgang}?meldung=nachgereicht"), "{}", sent.words());
    let mut desk = world.staff("15003000", "s-muster").await;
    let base = format!("/amt/vorgang/15003000/{case}");
    let csrf = desk.get(&format!("{base}/zweck")).await.hidden("csrf");
    desk.post(&base, &[("csrf", &csrf), ("zweck", "case-work")]).await;
    let words = desk.get(&base).await.words();
    assert!(
        words.contains("Jemand hilft der antragstellenden Person") && words.contains("Ali Öztürk, seit"),
        "{words}"
    );
    assert!(
        words.contains("Bevollmächtigte Person") && words.contains("Liegt bei."),
        "{words}"
    );
}

#[tokio::test]
async fn ended_help_is_ended_on_pages_that_are_still_open() {
    let world = world_full().await;
    let (case, mut grandmother, mut helper) = helping(&world).await;
    let form = helper.follow(&format!("/antrag/15003000/{case}")).await;
    let text = form.text();
    let action = text
        .split("<form method=\"post\" action=\"/antrag/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let action = format!("/antrag/{action}");
    let hilfe = format!("/mein-bereich/hilfe/15003000/{case}");
    let csrf = grandmother.get(&hilfe).await.hidden("csrf");
    for _ in 0..2 {
        let ended = grandmother.post(&hilfe, &[("csrf", &csrf), ("beenden", ALI)]).await;
        assert_eq!(ended.to(), format!("{hilfe}?meldung=beendet"), "{}", ended.words());
    }
    let fields = [
        ("csrf", &*form.hidden("csrf")),
        ("version", &*form.hidden("version")),
        ("weiter", "spaeter"),
        ("G15000000001.F15000000001", "Fremd"),
    ];
    assert_eq!(helper.post(&action, &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(helper.get(&action).await.status, StatusCode::FORBIDDEN);
    assert!(
        helper
            .get("/mein-bereich/helfen")
            .await
            .text()
            .contains("data-test=\"keine\"")
    );
    assert!(!grandmother.follow(&action).await.text().contains("Fremd"));
    let cockpit = grandmother.get("/mein-bereich/zugriffe?zweck=assistance").await.words();
    assert!(
        cockpit.contains("Hilfe: Ali Öztürk"),
        "what was seen before is still called by name: {cockpit}"
    );
}

#[tokio::test]
async fn wrong_codes_are_few_and_one_s_own_is_none() {
    let world = world_full().await;
    let case = draft(&world).await;
    let (mut grandmother, mut helper) = (world.citizen(ERIKA).await, world.citizen(ALI).await);
    let right = code(&mut grandmother, case).await;
    let own = enter(&mut grandmother, &right).await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(own.words().contains("Ihr eigener Antrag"), "{}", own.words());
    for wrong in ["", "12", "123 456 789 0x2", "000 000 000 000", "999999999999"] {
        let answer = enter(&mut helper, wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(
            !wrong.is_empty() || answer.words().contains("zwölf Ziffern"),
            "{}",
            answer.words()
        );
        assert!(
            !answer.text().contains("000 000 000 000"),
            "typed codes are not shown again"
        );
    }
    let locked = enter(&mut helper, &right).await;
    assert!(locked.words().contains("zu oft"), "{}", locked.words());
    world.clock.advance(std::time::Duration::from_secs(3601));
    assert_eq!(
        enter(&mut helper, &right).await.to(),
        "/mein-bereich/helfen?meldung=hilft"
    );
    let csrf = helper.get("/mein-bereich/helfen").await.hidden("csrf");
    let id = format!("15003000/{case}");
    let stopped = helper
        .post("/mein-bereich/helfen", &[("csrf", &csrf), ("beenden", &id)])
        .await;
    assert_eq!(
        stopped.to(),
        "/mein-bereich/helfen?meldung=beendet",
        "{}",
        stopped.words()
    );
    assert_eq!(
        helper.get(&format!("/antrag/15003000/{case}")).await.status,
        StatusCode::FORBIDDEN
    );
}
