//! A caseworker corrects the members of a household in the browser, without JavaScript.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod html;
mod world;

use axum::http::StatusCode;
use serde_json::{Value, json};
use wegfrei_model::{AuthorityId, CaseId};
use world::{Answer, Browser, ERIKA, World, wohngeld, world as portal};

const JAN: &str = "G15000100007.0";

async fn sent(world: &World, data: &Value) -> String {
    let case = world.cases.new_case_id();
    let magdeburg = AuthorityId::parse("15003000").unwrap();
    let erika = wegfrei_model::PersonId::parse(ERIKA).unwrap();
    world
        .cases
        .submit_direct(erika, magdeburg, "wohngeld", case, data)
        .await
        .unwrap();
    format!("/amt/vorgang/15003000/{case}")
}

async fn opened(world: &World, who: &str, case: &str) -> Browser {
    let mut browser = world.staff("15003000", who).await;
    let csrf = browser.get(&format!("{case}/zweck")).await.hidden("csrf");
    let chosen = browser.post(case, &[("csrf", &csrf), ("zweck", "case-work")]).await;
    assert_eq!(chosen.to(), case);
    browser
}

/// The fields of the form of corrections, as a browser would send them.
fn fields(page: &Answer) -> Vec<(String, String)> {
    html::fields(&page.text(), "name=\"zeilen\"")
}

fn put(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    fields.retain(|(known, _)| known != name);
    fields.push((name.to_owned(), value.to_owned()));
}

async fn post(browser: &mut Browser, path: &str, fields: &[(String, String)], more: &[(&str, &str)]) -> Answer {
    let mut all: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    all.extend(more);
    browser.post(path, &all).await
}

#[tokio::test]
async fn a_members_income_is_raised_and_decided_with_a_reason() {
    let world = portal().await;
    let case = sent(&world, &wohngeld(&world, 60_000)).await;
    let mut desk = opened(&world, "s-muster", &case).await;
    let task = format!("{case}/aufgabe");
    let page = desk.get(&task).await;
    let words = page.words();
    assert!(words.contains("1. Mitglied des Haushalts: Jan Lehmann"), "{words}");
    assert!(page.text().contains("value=\"600,00\""), "filled with what was sent");

    let amount = format!("{JAN}.G15000100071.0.F15000100083");
    let mut form = fields(&page);
    put(&mut form, &amount, "viel");
    let wrong = post(&mut desk, &task, &form, &[("antwort", "ansehen")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let (text, words) = (wrong.text(), wrong.words());
    assert!(text.contains("value=\"viel\""), "nothing typed is lost");
    assert!(words.contains("Begründen Sie die Korrektur"), "{words}");
    assert!(
        words.contains("1. Mitglied des Haushalts: Jan Lehmann – 1. Einnahme: "),
        "{words}"
    );
    let id = amount.replace('.', "-");
    assert!(
        text.contains(&format!("href=\"#{id}\"")) && text.contains(&format!("id=\"{id}-fehler\"")),
        "{text}"
    );

    let mut form = fields(&page);
    put(&mut form, &amount, "900,00");
    put(&mut form, "grund", "Lohnabrechnung vom Februar.");
    let preview = post(&mut desk, &task, &form, &[("antwort", "ansehen")]).await;
    let words = preview.words();
    assert_eq!(preview.status, StatusCode::OK, "{words}");
    assert!(
        words.contains("600,00 €") && words.contains("900,00 €") && words.contains("Wohngeld im Monat"),
        "{words}"
    );
    // Back to the form with everything typed, and the letter as it would be.
    let mut carried: Vec<(String, String)> = form.clone();
    put(&mut carried, "version", &preview.hidden("version"));
    let again = post(&mut desk, &task, &carried, &[("antwort", "bearbeiten")]).await;
    assert!(again.text().contains("value=\"900,00\"") && again.words().contains("Lohnabrechnung"));
    let letter = post(
        &mut desk,
        &format!("{task}/entwurf"),
        &carried,
        &[("antwort", "korrigieren")],
    )
    .await;
    assert!(letter.bytes.starts_with(b"%PDF-"), "{}", letter.words());

    let decided = post(&mut desk, &task, &carried, &[("antwort", "korrigieren")]).await;
    assert_eq!(
        decided.to(),
        format!("{case}/entschieden?ergebnis=korrigiert"),
        "{}",
        decided.words()
    );
    for page in [case.clone(), format!("{case}/akte")] {
        let words = desk.get(&page).await.words();
        assert!(
            words.contains("1. Mitglied des Haushalts: Jan Lehmann – 1. Einnahme: ")
                && words.contains("Betrag (brutto) 600,00 € 900,00 €"),
            "{page}: {words}"
        );
    }
    // Who comes late is told, and gets back what was typed.
    let mut late = opened(&world, "s-zwei", &case).await;
    let csrf = late.get(&format!("{case}/zweck")).await.hidden("csrf");
    put(&mut form, "csrf", &csrf);
    put(&mut form, &amount, "700,00");
    let told = post(&mut late, &task, &form, &[("antwort", "korrigieren")]).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(told.words().contains("700,00"), "{}", told.words());
}

#[tokio::test]
async fn a_member_is_added_and_taken_out_without_losing_what_was_typed() {
    let world = portal().await;
    let mut alone = wohngeld(&world, 0);
    alone.as_object_mut().unwrap().remove("G15000100007");
    alone["G15000100006"]["F15000100060"] = json!(false);
    let case = sent(&world, &alone).await;
    let mut desk = opened(&world, "s-muster", &case).await;
    let task = format!("{case}/aufgabe");
    let mut form = fields(&desk.get(&task).await);
    put(&mut form, "grund", "Der Enkel ist eingezogen.");
    let more = post(&mut desk, &task, &form, &[("zeile", "+G15000100007")]).await;
    assert_eq!(more.status, StatusCode::OK, "{}", more.words());
    assert!(more.words().contains("Der Enkel ist eingezogen."));
    assert!(
        more.text().contains(&format!("name=\"{JAN}.F15000100070\"")),
        "a row to fill in"
    );

    let mut form = fields(&more);
    for (field, value) in [
        ("F15000100070", "Paul"),
        ("F15000100071", "Mustermann"),
        ("F15000100072.tag", "3"),
        ("F15000100072.monat", "4"),
        ("F15000100072.jahr", "2015"),
        ("F15000100073", "kind"),
        ("F15000100075", "keine"),
        ("F15000100076", "false"),
        ("F15000100077", "false"),
        ("F15000100081", "false"),
    ] {
        put(&mut form, &format!("{JAN}.{field}"), value);
    }
    // The form asks for child benefit once the person is a child.
    let asked = post(&mut desk, &task, &form, &[("antwort", "ansehen")]).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        asked.words().contains("1. Mitglied des Haushalts: Paul Mustermann – "),
        "{}",
        asked.words()
    );
    let mut form = fields(&asked);
    put(&mut form, &format!("{JAN}.F15000100074"), "true");
    let preview = post(&mut desk, &task, &form, &[("antwort", "ansehen")]).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.words());
    assert!(
        preview
            .words()
            .contains("1. Mitglied des Haushalts: Paul Mustermann nicht angegeben"),
        "{}",
        preview.words()
    );

    // Taking the row out again leaves the rest.
    let out = post(&mut desk, &task, &form, &[("zeile", "-G15000100007.0")]).await;
    assert!(!out.words().contains("Paul Mustermann") && out.words().contains("Der Enkel"));

    let decided = post(&mut desk, &task, &form, &[("antwort", "korrigieren")]).await;
    assert!(decided.to().ends_with("korrigiert"), "{}", decided.words());
}

#[tokio::test]
async fn hostile_rows_change_nothing() {
    let world = portal().await;
    let case = sent(&world, &wohngeld(&world, 60_000)).await;
    let mut desk = opened(&world, "s-muster", &case).await;
    let task = format!("{case}/aufgabe");
    let form = fields(&desk.get(&task).await);
    let rows = |page: &Answer| page.text().matches("data-test=\"zeile\"").count();
    let before = rows(&desk.get(&task).await);
    for wish in [
        "",
        "+",
        "-",
        "+G1",
        "-G15000100007.99",
        "-G15000100007.-1",
        "-G15000100007.99999999999999999999999",
        "-G15000100007",
        "+G15000100007.7.G15000100071",
        "+G15000100007.0.F15000100070",
        "+G15000100010",
        "+../../etc",
        "+G15000100007.0.G15000100071.0.G15000100071",
    ] {
        let page = post(&mut desk, &task, &form, &[("zeile", wish)]).await;
        assert_eq!((page.status, rows(&page)), (StatusCode::OK, before), "{wish}");
    }
    // Indices out of any order close up; names the form does not know are passed over; other fields cannot be smuggled in.
    let mut hostile = form.clone();
    for (name, value) in [
        ("G15000100007.98.F15000100070", "Uwe"),
        ("G15000100007.100000.F15000100070", "Zu viel"),
        ("G15000100010.F15000100121", "DE00"),
        ("G15000100007.0.F99", "x"),
        ("grund", "Weil."),
    ] {
        put(&mut hostile, name, value);
    }
    let page = post(&mut desk, &task, &hostile, &[("antwort", "ansehen")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.words().contains("4. Mitglied des Haushalts: Uwe") && !page.words().contains("Zu viel"),
        "{}",
        page.words()
    );
    assert!(!page.text().contains("DE00"));
}

/// Thirty-one people: the page folds, the form still fits through the door.
#[tokio::test]
async fn a_household_of_thirty_one_can_be_corrected() {
    let world = portal().await;
    let mut data = wohngeld(&world, 60_000);
    let child = data["G15000100007"][1].clone();
    let list = data["G15000100007"].as_array_mut().unwrap();
    while list.len() < 30 {
        let mut next = child.clone();
        next["F15000100070"] = json!(format!("Kind {}", list.len()));
        list.push(next);
    }
    let case = sent(&world, &data).await;
    let mut desk = opened(&world, "s-muster", &case).await;
    let task = format!("{case}/aufgabe");
    let page = desk.get(&task).await;
    let text = page.text();
    let folded = text
        .split("<details")
        .filter(|part| part.contains("data-test=\"zeile\"") && !part.split('>').next().unwrap().contains(" open"))
        .count();
    assert!(folded >= 30, "{folded}");
    let mut form = fields(&page);
    put(&mut form, "G15000100007.29.F15000100072.jahr", "2050");
    put(&mut form, "grund", "Geburtsurkunde.");
    let wrong = post(&mut desk, &task, &form, &[("antwort", "ansehen")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.words());
    let text = wrong.text();
    let row = text
        .split("<details")
        .find(|part| part.contains("id=\"G15000100007-29\""))
        .unwrap();
    assert!(
        row.split('>').next().unwrap().contains(" open"),
        "the row with the error is open"
    );
    put(&mut form, "G15000100007.29.F15000100072.jahr", "2014");
    let decided = post(&mut desk, &task, &form, &[("antwort", "korrigieren")]).await;
    assert!(decided.to().ends_with("korrigiert"), "{}", decided.words());
    let id = CaseId::parse(case.rsplit('/').next().unwrap()).unwrap();
    let words = desk.get(&format!("/amt/vorgang/15003000/{id}")).await.words();
    assert!(
        words.contains("30. Mitglied des Haushalts: Kind 29 Lehmann – Geburtsdatum"),
        "{words}"
    );
}
