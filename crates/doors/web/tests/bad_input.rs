//! Bad input in the browser: papers nobody can show, and names that would be more than names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod world;

use axum::http::header;
use serde_json::json;
use wegfrei_model::{AuthorityId, CaseId, PersonId};
use world::{Answer, Browser, ERIKA, World, world};

fn magdeburg() -> AuthorityId {
    AuthorityId::parse("15003000").unwrap()
}

fn erika() -> PersonId {
    PersonId::parse(ERIKA).unwrap()
}

/// A PNG's head: so many pixels, and nothing behind it.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(b"\x08\x06\0\0\0\0\0\0\0");
    bytes
}

/// A dog with a reduction, sent by Erika with this paper.
async fn with_paper(world: &World, name: &str, bytes: Vec<u8>) -> (String, String) {
    let cases = &world.cases;
    let package = cases.catalogue().package("hundesteuer").unwrap();
    let mut examples = package.examples().iter();
    let mut data = examples
        .find(|example| example.file.contains("14-assistenz"))
        .unwrap()
        .application
        .clone();
    let case = cases
        .start_draft(erika(), magdeburg(), "hundesteuer", None)
        .await
        .unwrap();
    let paper = cases.add_paper(erika(), magdeburg(), case, name, bytes).await.unwrap();
    data["G15000000004"]["F15000000020"] = json!([{ "paper": paper }]);
    cases.save_draft(erika(), magdeburg(), case, &data, 1).await.unwrap();
    cases.submit(erika(), magdeburg(), case).await.unwrap();
    (format!("/amt/vorgang/15003000/{case}"), paper.to_string())
}

async fn open(browser: &mut Browser, case: &str) -> Answer {
    let asked = browser.get(&format!("{case}/zweck")).await;
    let chosen = [("csrf", &*asked.hidden("csrf")), ("zweck", "case-work")];
    browser.post(case, &chosen).await;
    browser.get(case).await
}

#[tokio::test]
async fn a_paper_that_cannot_be_shown_says_so_and_is_offered_for_saving() {
    let world = world().await;
    let mut desk = world.official("15003000/s-muster").await;
    for (name, bytes, words) in [
        ("gut.pdf", b"%PDF-1.7\nstartxref\n9\n%%EOF\n".to_vec(), ""),
        ("gut.png", png(800, 600), ""),
        (
            "kaputt.pdf",
            b"%PDF-1.7\n1 0 obj << /Length 900 >> stream".to_vec(),
            "beschädigt oder unvollständig",
        ),
        (
            "geheim.pdf",
            b"%PDF-1.7\ntrailer << /Encrypt 5 0 R >>\nstartxref\n9\n%%EOF\n".to_vec(),
            "mit einem Passwort geschützt",
        ),
        ("bombe.png", png(50_000, 50_000), "zu groß, um es hier anzuzeigen"),
        (
            "kaputt.png",
            b"\x89PNG\r\n\x1a\n".to_vec(),
            "beschädigt oder unvollständig",
        ),
        (
            "kaputt.jpg",
            b"\xff\xd8\xff\xe0".to_vec(),
            "beschädigt oder unvollständig",
        ),
    ] {
        let (case, paper) = with_paper(&world, name, bytes.clone()).await;
        open(&mut desk, &case).await;
        let page = desk.get(&format!("{case}?unterlage={paper}")).await;
        let save = format!("{case}/unterlage/{paper}");
        assert!(
            page.text().contains(&format!("href=\"{save}\"")),
            "{name}: offered for saving"
        );
        let shown = page.text().contains(&format!("src=\"{save}/ansicht"));
        assert_eq!(shown, words.is_empty(), "{name}");
        assert!(page.words().contains(words), "{name}: {}", page.words());
        let view = desk.get(&format!("{save}/ansicht")).await;
        let way = view.headers[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
        assert_eq!(way.starts_with("attachment"), !words.is_empty(), "{name}: {way}");
        assert_eq!(desk.get(&save).await.bytes, bytes, "{name}: as it came");
    }
}

#[tokio::test]
async fn names_are_text_on_every_page_and_in_the_letter() {
    const NAME: &str = "<script>alert(1)</script>\"'&amp;";
    let world = world().await;
    let package = world.cases.catalogue().package("hundesteuer").unwrap();
    let mut examples = package.examples().iter();
    let mut data = examples
        .find(|example| example.file.contains("05-gef"))
        .unwrap()
        .application
        .clone();
    data["G15000000001"]["F15000000001"] = json!(NAME);
    data["G15000000002"]["F15000000010"] = json!("<img src=x onerror=alert(1)>");
    let case: CaseId = world.cases.new_case_id();
    let sent = world
        .cases
        .submit_direct(erika(), magdeburg(), "hundesteuer", case, &data)
        .await;
    sent.unwrap();
    let mut desk = world.official("15003000/s-muster").await;
    let path = format!("/amt/vorgang/15003000/{case}");
    open(&mut desk, &path).await;
    for page in [path.clone(), format!("{path}/aufgabe"), format!("{path}/akte")] {
        let text = desk.get(&page).await.text();
        assert!(
            !text.contains("<script>alert") && !text.contains("<img src=x"),
            "{page}"
        );
        let escaped = text.contains("&#60;script&#62;alert(1)&#60;/script&#62;") || page.ends_with("/aufgabe");
        assert!(escaped, "{page}: the name is there, as text");
    }
    let mut citizen = world.citizen(ERIKA).await;
    for page in [
        "/mein-bereich".to_owned(),
        format!("/mein-bereich/vorgang/15003000/{case}"),
    ] {
        let text = citizen.get(&page).await.text();
        assert!(
            !text.contains("<script>alert") && !text.contains("<img src=x"),
            "{page}"
        );
    }
}
