//! Moves of running cases on the desk's pages: what there is to do, the preview with steps matched by hand, the move, and taking it back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod world;

use axum::http::StatusCode;
use wegfrei_model::{AuthorityId, CaseId, PersonId};
use wegfrei_packages::Files;
use world::{ERIKA, World, full, world_full};

const MOVES: &str = "/amt/umstellungen";
const PREVIEW: &str = "/amt/umstellungen/voll/1.0.0";

/// `voll` in two versions: the review has another id and name.
fn two_versions() -> Files {
    let mut files = full();
    for (path, bytes) in files.under("services/voll").iter() {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        files
            .insert(&format!("services/voll@1.0.0/{path}"), bytes.to_vec())
            .unwrap();
        let text = match path {
            "package.toml" => text.replace("version = \"1.0.0\"", "version = \"1.1.0\""),
            "process.bpmn" => text
                .replace("\"Pruefen\"", "\"Ansehen\"")
                .replace(">Pruefen<", ">Ansehen<")
                .replace("\"Antrag prüfen\"", "\"Antrag ansehen\""),
            "examples/01.toml" => text.replace("Antrag prüfen", "Antrag ansehen"),
            _ => text,
        };
        files
            .insert(&format!("services/voll/{path}"), text.into_bytes())
            .unwrap();
    }
    files
}

async fn sent(world: &World) -> CaseId {
    let package = world.cases.catalogue().package("voll").unwrap();
    let example = package.examples().first().unwrap();
    let case = world.cases.new_case_id();
    let (erika, magdeburg) = (PersonId::parse(ERIKA).unwrap(), AuthorityId::parse("15003000").unwrap());
    let sent = world
        .cases
        .submit_direct(erika, magdeburg, "voll", case, &example.application)
        .await;
    sent.unwrap();
    case
}

async fn work(world: &World) {
    while world.cases.work_once().await.unwrap() > 0 {}
}

#[tokio::test]
async fn a_lead_looks_matches_moves_and_takes_back() {
    let old = world_full().await;
    let mut lead = old.staff("15003000", "s-leitung").await;
    let empty = lead.get(MOVES).await;
    assert!(
        empty
            .words()
            .contains("Alle laufenden Vorgänge arbeiten mit der neuesten Fassung.")
            && empty.words().contains("Es gab noch keine Umstellung."),
        "{}",
        empty.words()
    );
    let case = sent(&old).await;
    sent(&old).await;

    let world = old.restarted(&two_versions());
    let mut lead = world.staff("15003000", "s-leitung").await;
    let list = lead.get(MOVES).await;
    assert!(list.text().contains(PREVIEW), "{}", list.text());
    let shown = lead.get(PREVIEW).await;
    assert!(
        shown.words().contains("Kein Vorgang kann umgestellt werden."),
        "{}",
        shown.words()
    );
    assert!(shown.words().contains("2 Vorgänge") && shown.words().contains("Von Hand angeben"));
    assert!(!shown.text().contains("data-test=\"umstellen\""));
    assert!(shown.text().contains("name=\"zu.Pruefen\"") && shown.text().contains("Antrag ansehen (Ansehen)"));
    assert!(shown.text().contains(&format!("/amt/vorgang/15003000/{case}")));

    let matched = lead.get(&format!("{PREVIEW}?zu.Pruefen=Ansehen")).await;
    assert!(
        matched.words().contains("Alles kann umgestellt werden: 2 Vorgänge."),
        "{}",
        matched.words()
    );
    assert!(
        matched
            .words()
            .contains("Die Aufgabe „Antrag ansehen“ wird neu gestellt. (2 Vorgänge)"),
        "{}",
        matched.words()
    );
    assert!(matched.words().contains("Jetzt umstellen: 2 Vorgänge"));
    let csrf = matched.hidden("csrf");
    let fields = [("csrf", csrf.as_str()), ("zu.Pruefen", "Ansehen")];
    // What cannot begin says why and keeps what was named.
    let wrong = lead
        .post(PREVIEW, &[("csrf", csrf.as_str()), ("zu.Pruefen", "Nirgends")])
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.words().contains("nennt `Nirgends`"), "{}", wrong.words());
    let begun = lead.post(PREVIEW, &fields).await;
    assert_eq!(begun.to(), "/amt/umstellungen/1", "{}", begun.words());
    let going = lead.get("/amt/umstellungen/1").await;
    assert!(
        going.words().contains("0 von 2 Vorgängen sind bearbeitet"),
        "{}",
        going.words()
    );
    assert!(going.text().contains("data-working"));
    let second = lead.post(PREVIEW, &fields).await;
    assert_eq!(second.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        second.words().contains("Es läuft gerade eine andere Umstellung."),
        "{}",
        second.words()
    );
    work(&world).await;
    let done = lead.get("/amt/umstellungen/1").await;
    assert!(
        done.words().contains("Abgeschlossen") && !done.text().contains("data-working"),
        "{}",
        done.words()
    );
    let list = lead.get(MOVES).await;
    assert!(
        list.words().contains("Umstellung 1") && list.words().contains("2 von 2"),
        "{}",
        list.words()
    );

    // The case says so, in words.
    let path = format!("/amt/vorgang/15003000/{case}");
    let mut desk = world.staff("15003000", "s-muster").await;
    let csrf = desk.get(&format!("{path}/zweck")).await.hidden("csrf");
    desk.post(&path, &[("csrf", &csrf), ("zweck", "case-work")]).await;
    let opened = desk.get(&path).await;
    assert!(
        opened.words().contains("Auf Fassung 1.1.0 umgestellt (Umstellung 1)"),
        "{}",
        opened.words()
    );

    let csrf = done.hidden("csrf");
    let back = lead.post("/amt/umstellungen/1", &[("csrf", csrf.as_str())]).await;
    assert_eq!(back.to(), "/amt/umstellungen/1");
    let twice = lead.post("/amt/umstellungen/1", &[("csrf", csrf.as_str())]).await;
    assert_eq!(twice.to(), "/amt/umstellungen/1?meldung=anders");
    work(&world).await;
    let over = lead.get("/amt/umstellungen/1?meldung=anders").await;
    assert!(over.words().contains("Zurückgenommen") && over.words().contains("Inzwischen hat sich etwas geändert"));
    assert!(!over.text().contains("data-test=\"zuruecknehmen\""));
    let opened = desk.get(&path).await;
    assert!(
        opened
            .words()
            .contains("Wieder auf Fassung 1.0.0 zurückgestellt (Umstellung 1)")
    );
}

#[tokio::test]
async fn why_nothing_can_move_is_said() {
    let old = world_full().await;
    sent(&old).await;
    let mut files = two_versions();
    for file in ["form.xdf3.xml", "examples/grunddaten.toml"] {
        let path = format!("services/voll/{file}");
        let text = String::from_utf8(files.get(&path).unwrap().to_vec()).unwrap();
        let text = text.replace("F15000000013", "F15000000093");
        files.insert(&path, text.into_bytes()).unwrap();
    }
    let world = old.restarted(&files);
    let mut lead = world.staff("15003000", "s-leitung").await;
    let shown = lead.get(PREVIEW).await;
    assert!(
        shown.words().contains("So kann kein Vorgang umgestellt werden"),
        "{}",
        shown.words()
    );
    assert!(shown.words().contains("F15000000013"), "{}", shown.words());
    assert!(!shown.text().contains("data-test=\"umstellen\""));
}
