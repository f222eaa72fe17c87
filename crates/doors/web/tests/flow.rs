//! Whole journeys through the pages, over the real capabilities on SQLite.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod world;

use axum::http::StatusCode;
use world::{ALI, Answer, Browser, ERIKA, World, world};

/// Chooses a place and starts the application; gives back the draft's path.
async fn begin(browser: &mut Browser, place: &str) -> String {
    let chosen = browser
        .get(&format!("/ort?suche={place}&zurueck=/leistungen/hundesteuer"))
        .await;
    assert_eq!(chosen.to(), "/leistungen/hundesteuer", "{}", chosen.words());
    let page = browser.get("/leistungen/hundesteuer").await;
    let started = browser
        .post("/leistungen/hundesteuer/antrag", &[("csrf", &page.hidden("csrf"))])
        .await;
    assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.words());
    let (draft, page) = started.to().rsplit_once('/').unwrap();
    assert_eq!(page, "G15000000001");
    draft.to_owned()
}

/// Answers one page of the form.
async fn fill(browser: &mut Browser, draft: &str, page: &str, answers: &[(&str, &str)]) -> Answer {
    let path = format!("{draft}/{page}");
    let shown = browser.get(&path).await;
    assert_eq!(shown.status, StatusCode::OK, "{path} {}", shown.words());
    let (csrf, version) = (shown.hidden("csrf"), shown.hidden("version"));
    let mut fields: Vec<(&str, &str)> = vec![("csrf", &csrf), ("version", &version), ("weiter", "weiter")];
    let named: Vec<(String, &str)> = answers
        .iter()
        .map(|(name, value)| (format!("{page}.{name}"), *value))
        .collect();
    fields.extend(named.iter().map(|(name, value)| (name.as_str(), *value)));
    browser.post(&path, &fields).await
}

const PERSON: &[(&str, &str)] = &[
    ("F15000000001", "Lehmann"),
    ("F15000000002", "Erika"),
    ("F15000000003.tag", "17"),
    ("F15000000003.monat", "5"),
    ("F15000000003.jahr", "1948"),
    ("F15000000004", "Lindenweg"),
    ("F15000000005", "7"),
    ("F15000000006", "39104"),
    ("F15000000007", "Magdeburg"),
];

const DOG: &[(&str, &str)] = &[
    ("F15000000010", "Bello"),
    ("F15000000011", "Dackel"),
    ("F15000000013", "maennlich"),
    ("F15000000015.tag", "20"),
    ("F15000000015.monat", "2"),
    ("F15000000015.jahr", "2026"),
    ("F15000000016", "false"),
];

/// Fills in everything up to the summary; `reduction` are the answers of the page about reductions.
async fn complete(browser: &mut Browser, draft: &str, reduction: &[(&str, &str)]) {
    for (page, answers) in [
        ("G15000000001", PERSON),
        ("G15000000002", DOG),
        ("G15000000003", &[("F15000000017", "0")] as &[_]),
        ("G15000000004", reduction),
        ("G15000000005", &[("F15000000021", "true")]),
    ] {
        let answer = fill(browser, draft, page, answers).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{page}: {}", answer.words());
    }
}

async fn send(browser: &mut Browser, draft: &str) -> Answer {
    let summary = browser.get(&format!("{draft}/pruefen")).await;
    assert_eq!(summary.status, StatusCode::OK, "{}", summary.words());
    let (csrf, version) = (summary.hidden("csrf"), summary.hidden("version"));
    browser
        .post(&format!("{draft}/senden"), &[("csrf", &csrf), ("version", &version)])
        .await
}

async fn ordinary(world: &World) -> (Browser, String) {
    let mut browser = world.citizen(ERIKA).await;
    let draft = begin(&mut browser, "Magdeburg").await;
    complete(&mut browser, &draft, &[("F15000000018", "keine")]).await;
    let sent = send(&mut browser, &draft).await;
    assert_eq!(sent.to(), format!("{draft}/eingang"), "{}", sent.words());
    (browser, draft)
}

#[tokio::test]
async fn an_ordinary_dog_is_decided_at_once() {
    let world = world().await;
    let (mut browser, draft) = ordinary(&world).await;
    let receipt = browser.get(&format!("{draft}/eingang")).await;
    assert!(receipt.words().contains("Aktenzeichen:"), "{}", receipt.words());
    while world.cases.work_once().await.unwrap() > 0 {}
    let mine = browser.get("/mein-bereich").await;
    assert!(
        mine.words().contains("Entschieden") && mine.words().contains("Bescheid öffnen"),
        "{}",
        mine.words()
    );
    let text = mine.text();
    let pdf_path = text
        .split("href=\"")
        .find(|part| part.starts_with("/bescheid/"))
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let pdf = browser.get(pdf_path).await;
    assert_eq!(pdf.status, StatusCode::OK);
    assert!(pdf.bytes.starts_with(b"%PDF-"));
    assert_eq!(pdf.headers["cache-control"], "no-store");

    // Anybody may check it: by code and by the file itself.
    let mut stranger = world.browser();
    let check_path = text
        .split("href=\"")
        .find(|part| part.starts_with("/pruefen?code="))
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let by_code = stranger.get(check_path).await;
    assert!(by_code.words().contains("Echt: Zu diesem Code"), "{}", by_code.words());
    assert!(!by_code.text().contains("Lehmann"));
    let page = stranger.get("/pruefen").await;
    let csrf = page.hidden("csrf");
    let by_file = stranger
        .upload("/pruefen", &[("csrf", &csrf)], ("datei", "b.pdf", &pdf.bytes))
        .await;
    assert!(
        by_file.words().contains("Echt: Genau diese Datei"),
        "{}",
        by_file.words()
    );
    let mut changed = pdf.bytes.clone();
    changed.push(b' ');
    let by_changed = stranger
        .upload("/pruefen", &[("csrf", &csrf)], ("datei", "b.pdf", &changed))
        .await;
    assert!(by_changed.words().contains("Nicht bestätigt"), "{}", by_changed.words());

    // One's own looks fill no list, but are one click away.
    let log = browser.get("/mein-bereich/zugriffe").await;
    assert!(!log.words().contains("Sie selbst"), "{}", log.words());
    assert!(log.text().contains("href=\"/mein-bereich/zugriffe?eigene=ja\""));
    let log = browser.get("/mein-bereich/zugriffe?eigene=ja").await;
    assert!(
        log.words().contains("Sie selbst") && !log.text().contains("data-test=\"eigene\""),
        "{}",
        log.words()
    );
    let case = browser.get(&draft.replace("/antrag/", "/mein-bereich/vorgang/")).await;
    assert!(case.words().contains("Entschieden"), "{}", case.words());
}

#[tokio::test]
async fn sending_twice_is_one_case() {
    let world = world().await;
    let mut browser = world.citizen(ERIKA).await;
    let draft = begin(&mut browser, "Magdeburg").await;
    complete(&mut browser, &draft, &[("F15000000018", "keine")]).await;
    let summary = browser.get(&format!("{draft}/pruefen")).await;
    let (csrf, version) = (summary.hidden("csrf"), summary.hidden("version"));
    let fields = [("csrf", csrf.as_str()), ("version", version.as_str())];
    for _ in 0..3 {
        let sent = browser.post(&format!("{draft}/senden"), &fields).await;
        assert_eq!(sent.to(), format!("{draft}/eingang"), "{}", sent.words());
    }
    let mine = browser.get("/mein-bereich").await.text();
    assert_eq!(mine.matches("data-test=\"vorgang\"").count(), 1);
    assert_eq!(mine.matches("data-test=\"entwurf\"").count(), 0);
    // The form of a case that was sent leads to the receipt.
    assert_eq!(
        browser.get(&format!("{draft}/G15000000001")).await.to(),
        format!("{draft}/eingang")
    );
}

/// A click that asked the table just before the other click sent the draft was told that it was stale.
#[tokio::test]
async fn a_click_overtaken_by_another_ends_at_the_receipt_too() {
    let world = world().await;
    let mut browser = world.citizen(ERIKA).await;
    let draft = begin(&mut browser, "Magdeburg").await;
    complete(&mut browser, &draft, &[("F15000000018", "keine")]).await;
    let summary = browser.get(&format!("{draft}/pruefen")).await;
    let (csrf, version) = (summary.hidden("csrf"), summary.hidden("version"));
    let fields = [("csrf", csrf.as_str()), ("version", version.as_str())];
    let sent = browser.post(&format!("{draft}/senden"), &fields).await;
    assert_eq!(sent.to(), format!("{draft}/eingang"), "{}", sent.words());
    // What the overtaken click has read.
    let sql = "UPDATE case_file SET status = 'draft'";
    assert_eq!(world.store.execute(sql, &[]).await.unwrap(), 1);
    let sent = browser.post(&format!("{draft}/senden"), &fields).await;
    assert_eq!(sent.to(), format!("{draft}/eingang"), "{}", sent.words());
}

#[tokio::test]
async fn a_login_on_the_way_goes_on_with_the_application_and_a_second_draft_is_asked_for() {
    let world = world().await;
    let mut browser = world.browser();
    browser
        .get("/ort?suche=Magdeburg&zurueck=/leistungen/hundesteuer")
        .await;
    let page = browser.get("/leistungen/hundesteuer").await;
    let path = "/leistungen/hundesteuer/antrag";
    let asked = browser.post(path, &[("csrf", &page.hidden("csrf"))]).await;
    assert_eq!(asked.to(), "/anmelden?ziel=/leistungen/hundesteuer/antrag");
    let login = browser.get(asked.to()).await;
    let fields = [
        ("csrf", login.hidden("csrf")),
        ("ziel", path.to_owned()),
        ("person", ERIKA.to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let begun = browser.post("/anmelden", &fields).await;
    assert!(
        begun.to().ends_with("/G15000000001"),
        "{} {}",
        begun.to(),
        begun.words()
    );
    let first = begun.to().rsplit_once('/').unwrap().0.to_owned();

    let page = browser.get("/leistungen/hundesteuer").await;
    let csrf = page.hidden("csrf");
    let asked = browser.post(path, &[("csrf", &csrf)]).await;
    assert_eq!(asked.to(), path);
    let asked = browser.get(path).await;
    assert!(
        asked.words().contains("Sie haben schon angefangen"),
        "{}",
        asked.words()
    );
    assert!(asked.text().contains(&format!("href=\"{first}\"")), "{}", asked.text());
    let another = browser
        .post(path, &[("csrf", &asked.hidden("csrf")), ("neu", "1")])
        .await;
    assert_eq!(another.status, StatusCode::SEE_OTHER, "{}", another.words());
    assert_ne!(another.to().rsplit_once('/').unwrap().0, first);
    // Looking starts nothing, and a login on the way comes to the same question.
    let mut later = world.browser();
    later.get("/ort?suche=Magdeburg&zurueck=/leistungen/hundesteuer").await;
    assert_eq!(later.get(path).await.to(), "/leistungen/hundesteuer");
    let csrf = later.get(&format!("/anmelden?ziel={path}")).await.hidden("csrf");
    let fields = [("csrf", csrf.as_str()), ("ziel", path), ("person", ERIKA)];
    assert_eq!(later.post("/anmelden", &fields).await.to(), path);
    let mine = browser.get("/mein-bereich").await.text();
    assert_eq!(mine.matches("data-test=\"entwurf\"").count(), 2);
}

#[tokio::test]
async fn mistakes_are_named_and_nothing_typed_is_lost() {
    let world = world().await;
    let mut browser = world.citizen(ERIKA).await;
    let draft = begin(&mut browser, "Halle").await;
    // The login's data is there already, to be seen before it is used.
    let first = browser.get(&format!("{draft}/G15000000001")).await;
    assert!(first.text().contains("value=\"Lehmann\""), "{}", first.words());
    assert_eq!(browser.get(&draft).await.to(), format!("{draft}/G15000000002"));
    let mut wrong = DOG.to_vec();
    wrong[0].1 = "";
    wrong[3].1 = "31";
    let answer = fill(&mut browser, &draft, "G15000000002", &wrong).await;
    assert!(
        answer.to().ends_with("/G15000000002?fehler=1"),
        "a page one can go back to: {answer:?}"
    );
    let answer = browser.get(answer.to()).await;
    let text = answer.text();
    assert!(text.contains("<title>Fehler:"), "{text}");
    assert!(text.contains("href=\"#G15000000002-F15000000015\""), "{text}");
    assert!(
        text.contains("value=\"31\"") && text.contains("value=\"Dackel\""),
        "{text}"
    );
    // What was typed is saved and is there in a new browser, too.
    let mut other = world.citizen(ERIKA).await;
    let again = other.get(&format!("{draft}/G15000000002")).await;
    assert!(again.text().contains("value=\"Dackel\"") && again.text().contains("value=\"31\""));
    // The summary refuses and links to the place.
    let summary = other.get(&format!("{draft}/pruefen")).await;
    assert!(
        summary
            .text()
            .contains("/G15000000002?ziel=pruefen&#38;fehler=1#G15000000002-F15000000015"),
        "{}",
        summary.text()
    );
    assert!(!summary.text().contains("data-test=\"senden\""));
    let sent = send(&mut other, &draft).await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_question_that_opens_is_asked_before_it_is_missed() {
    let world = world().await;
    let mut browser = world.citizen(ERIKA).await;
    let draft = begin(&mut browser, "Magdeburg").await;
    let answer = fill(&mut browser, &draft, "G15000000004", &[("F15000000018", "merkzeichen")]).await;
    let to = "/G15000000004?meldung=fragen&neu=G15000000004.F15000000019#G15000000004-F15000000019";
    assert!(
        answer.to().starts_with(&draft) && answer.to().contains("meldung=fragen"),
        "{answer:?}"
    );
    assert!(answer.to().contains("G15000000004.F15000000019"), "{to} {answer:?}");
    let answer = browser.get(answer.to()).await;
    assert!(
        answer.text().contains("name=\"G15000000004.F15000000019\""),
        "{}",
        answer.text()
    );
    assert!(!answer.text().contains("role=\"alert\""));
    let again = fill(
        &mut browser,
        &draft,
        "G15000000004",
        &[("F15000000018", "merkzeichen"), ("F15000000019", "")],
    )
    .await;
    assert!(again.to().ends_with("/G15000000004?fehler=1"), "{again:?}");
}

#[tokio::test]
async fn a_page_answers_while_it_is_filled_in_and_saves_nothing() {
    let world = world().await;
    let mut browser = world.citizen(ERIKA).await;
    let draft = begin(&mut browser, "Magdeburg").await;
    let at = format!("{draft}/G15000000004");
    let page = browser.get(&at).await;
    let (csrf, version) = (page.hidden("csrf"), page.hidden("version"));
    let with = |answers: &[(&'static str, &'static str)]| {
        let mut fields = vec![("csrf", csrf.clone()), ("version", version.clone())];
        fields.extend(answers.iter().map(|(name, value)| (*name, (*value).to_owned())));
        fields
    };
    let look = async |browser: &mut Browser, answers: &[(&'static str, &'static str)]| {
        let fields = with(answers);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post(&at, &fields).await
    };
    let chosen = ("G15000000004.F15000000018", "merkzeichen");
    let opened = look(&mut browser, &[chosen, ("weiter", "ansehen")]).await;
    assert_eq!(opened.status, StatusCode::OK, "{opened:?}");
    assert!(
        opened.text().contains("name=\"G15000000004.F15000000019\""),
        "{}",
        opened.text()
    );
    // A question that has just come is not held against anybody, also on a page that was sent before.
    assert!(!opened.text().contains("kern-error"), "{}", opened.text());
    let told = look(&mut browser, &[chosen, ("weiter", "ansehen"), ("fehler", "1")]).await;
    assert!(!told.text().contains("kern-error"), "{}", told.text());
    // Nothing was saved by it, and the page that was open can still be sent.
    assert_eq!(browser.get(&at).await.hidden("version"), version);
    // It knows which questions it showed: an answer that is missing is an error, not a new question.
    let asked = ("gefragt", "G15000000004.F15000000019,G15000000004.F15000000020");
    let sent = look(&mut browser, &[chosen, asked, ("weiter", "weiter")]).await;
    assert!(sent.to().ends_with("/G15000000004?fehler=1"), "{sent:?}");
}

#[tokio::test]
async fn an_answer_a_rule_objects_to_says_so_before_the_page_is_sent() {
    let world = world().await;
    let mut browser = world.citizen(ERIKA).await;
    let draft = begin(&mut browser, "Magdeburg").await;
    let at = format!("{draft}/G15000000002");
    let page = browser.get(&at).await;
    let born = "G15000000002.F15000000012";
    let parts = ["tag", "monat", "jahr"].map(|part| format!("{born}.{part}"));
    let mut fields = vec![
        ("csrf", page.hidden("csrf")),
        ("version", page.hidden("version")),
        ("weiter", "ansehen".to_owned()),
    ];
    fields.extend(
        parts
            .iter()
            .map(String::as_str)
            .zip(["1", "1", "2999"].map(str::to_owned)),
    );
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let said = browser.post(&at, &fields).await;
    assert_eq!(said.status, StatusCode::OK, "{said:?}");
    assert!(
        said.text().contains("id=\"G15000000002-F15000000012-fehler\""),
        "{}",
        said.text()
    );
    let missing = "id=\"G15000000002-F15000000010-fehler\"";
    assert!(
        !said.text().contains(missing),
        "the name may still come: {}",
        said.text()
    );
    let mut again = fields.clone();
    again.push(("fehler", "1"));
    let said = browser.post(&at, &again).await;
    assert!(
        said.text().contains(missing),
        "the page was sent without it: {}",
        said.text()
    );
    // Another window has saved since: nothing is guessed.
    fill(&mut browser, &draft, "G15000000002", DOG).await;
    assert_eq!(browser.post(&at, &fields).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_household_of_three_has_room_and_an_empty_entry_asks_only_what_it_must() {
    let world = world().await;
    let mut browser = world.citizen(ERIKA).await;
    browser.get("/ort?suche=Magdeburg&zurueck=/leistungen/wohngeld").await;
    let page = browser.get("/leistungen/wohngeld").await;
    assert!(!page.words().contains("zweite Person"), "{}", page.words());
    let started = browser
        .post("/leistungen/wohngeld/antrag", &[("csrf", &page.hidden("csrf"))])
        .await;
    let draft = started.to().rsplit_once('/').unwrap().0.to_owned();
    fill(&mut browser, &draft, "G15000100006", &[("F15000100060", "true")]).await;
    let path = format!("{draft}/G15000100007");
    let empty = browser.get(&path).await;
    assert!(!empty.words().contains("freiwillig"), "{}", empty.words());
    let (csrf, version) = (empty.hidden("csrf"), empty.hidden("version"));
    let member = [
        ("csrf", csrf.as_str()),
        ("version", version.as_str()),
        ("weiter", "noch"),
        ("G15000100007.0.F15000100070", "Rolf"),
        ("G15000100007.0.F15000100071", "Lehmann"),
        ("G15000100007.0.F15000100072.tag", "2"),
        ("G15000100007.0.F15000100072.monat", "3"),
        ("G15000100007.0.F15000100072.jahr", "1940"),
        ("G15000100007.0.F15000100073", "kind"),
        ("G15000100007.0.F15000100075", "keine"),
        ("G15000100007.0.F15000100076", "false"),
        ("G15000100007.0.F15000100077", "false"),
        ("G15000100007.0.F15000100081", "false"),
    ];
    let added = browser.post(&path, &member).await;
    // A question that the new entry opens is asked before it is missed, and the room asked for is still there.
    assert!(
        added
            .to()
            .starts_with(&format!("{path}?meldung=eintrag&mehr=1&neu=G15000100007.0.F1500010007")),
        "{}",
        added.to()
    );
    let mut again = member.to_vec();
    again.push(("G15000100007.0.F15000100074", "false"));
    again.push(("G15000100007.0.F15000100080", "false"));
    let version = browser.get(&path).await.hidden("version");
    again[1].1 = &version;
    again[2].1 = "weiter";
    let onward = browser.post(&path, &again).await;
    assert!(
        onward.to().ends_with("/G15000100008"),
        "{} {}",
        onward.to(),
        onward.words()
    );
    let calm = browser.get(&path).await;
    assert!(
        !calm.text().contains("G15000100007.1."),
        "nothing empty without being asked"
    );
    let shown = browser.get(&format!("{path}?meldung=eintrag&mehr=1")).await;
    let text = shown.text();
    assert!(
        shown.words().contains("Platz für einen weiteren Eintrag"),
        "{}",
        shown.words()
    );
    // Whether there is Kindergeld, and whether somebody was persecuted, depends on answers the new entry has not got yet.
    for (name, asked) in [
        ("0.F15000100070", true),
        ("0.F15000100074", true),
        ("0.F15000100080", true),
        ("1.F15000100070", true),
        ("1.F15000100074", false),
        ("1.F15000100078", false),
        ("1.F15000100080", false),
        ("2.F15000100070", false),
    ] {
        let there = text.contains(&format!("name=\"G15000100007.{name}\""));
        assert_eq!(there, asked, "{name}");
    }
}

/// § 24 Abs. 1 WoGG: the authority of the flat decides. The form knows the place, and another authority's is refused at the question.
#[tokio::test]
async fn a_flat_elsewhere_is_refused_at_the_question_with_a_way_to_who_is_competent() {
    let world = world().await;
    let mut ali = world.citizen(ALI).await;
    let check = |page: &Answer, municipality: &str| {
        let text = page.text();
        let chosen = format!("<option value=\"{municipality}\" selected");
        assert!(text.contains(&chosen), "{municipality}: {}", page.words());
    };
    // A village of the Harz, chosen; then nothing known but the authority: a city is itself the place.
    for (place, municipality) in [("15085370", "15085370"), ("15001000", "15001000")] {
        ali.get(&format!("/ort/merken?ars={place}&zurueck=/leistungen/wohngeld"))
            .await;
        let page = ali.get("/leistungen/wohngeld").await;
        let begun = ali
            .post("/leistungen/wohngeld/antrag", &[("csrf", &page.hidden("csrf"))])
            .await;
        let (draft, _) = begun.to().rsplit_once('/').unwrap();
        let shown = ali.get(&format!("{draft}/G15000100002")).await;
        check(&shown, municipality);
        let elsewhere = [("F15000100010", "15003000")];
        let wrong = fill(&mut ali, draft, "G15000100002", &elsewhere).await;
        assert_eq!(wrong.to(), format!("{draft}/G15000100002?fehler=1"));
        let said = ali.get(wrong.to()).await;
        check(&said, "15003000");
        assert!(
            said.words()
                .contains("Für Magdeburg ist eine andere Behörde zuständig: Landeshauptstadt Magdeburg."),
            "{}",
            said.words()
        );
        let text = said.text();
        let link = text
            .split("href=\"/ort/merken?")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let link = format!("/ort/merken?{}", link.replace("&#38;", "&").replace("&amp;", "&"));
        assert!(text.contains("Zur Leistung bei: Landeshauptstadt Magdeburg"));
        let summary = ali.get(&format!("{draft}/pruefen")).await;
        assert!(
            summary
                .words()
                .contains("Für Magdeburg ist eine andere Behörde zuständig")
        );
        assert!(!summary.text().contains("data-test=\"senden\""));
        assert_eq!(ali.get(&link).await.to(), "/leistungen/wohngeld");
        assert!(
            ali.get("/leistungen/wohngeld")
                .await
                .words()
                .contains("Landeshauptstadt Magdeburg")
        );
    }
    // A machine is told the same; nothing is sent.
    let data = world::wohngeld(&world, 0);
    let halle = wegfrei_model::AuthorityId::parse("15002000").unwrap();
    let person = wegfrei_model::PersonId::parse(ALI).unwrap();
    let case = world.cases.new_case_id();
    let refused = world.cases.submit_direct(person, halle, "wohngeld", case, &data).await;
    match refused {
        Err(wegfrei_cases::CaseError::Invalid(problems)) => {
            assert_eq!(problems[0].path, "G15000100002.F15000100010");
            assert!(problems[0].message.contains("Landeshauptstadt Magdeburg"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_stale_tab_overwrites_nothing_and_a_double_click_is_no_stale_tab() {
    let world = world().await;
    let mut browser = world.citizen(ERIKA).await;
    let draft = begin(&mut browser, "Magdeburg").await;
    let path = format!("{draft}/G15000000003");
    let shown = browser.get(&path).await;
    let (csrf, version) = (shown.hidden("csrf"), shown.hidden("version"));
    let fields = |dogs: &'static str| {
        [
            ("csrf", csrf.clone()),
            ("version", version.clone()),
            ("G15000000003.F15000000017", dogs.to_owned()),
        ]
    };
    for (dogs, expected) in [
        ("1", StatusCode::SEE_OTHER),
        ("1", StatusCode::SEE_OTHER),
        ("2", StatusCode::CONFLICT),
    ] {
        let fields = fields(dogs);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = browser.post(&path, &fields).await;
        assert_eq!(answer.status, expected, "{}", answer.words());
        if expected == StatusCode::CONFLICT {
            // The page itself, as it is saved now, ready to be sent again; and what was typed.
            let words = answer.words();
            assert!(
                words.contains("nicht gespeichert: Weitere Hunde: 2") || words.contains("nicht gespeichert:"),
                "{words}"
            );
            assert!(
                answer.text().contains("value=\"1\"") && answer.hidden("version") != version,
                "{words}"
            );
            assert!(answer.text().contains("data-test=\"veraltet\""), "{words}");
        }
    }
    assert!(browser.get(&path).await.text().contains("value=\"1\""));
}

#[tokio::test]
async fn going_back_keeps_what_was_typed_and_asks_for_nothing() {
    let world = world().await;
    let mut browser = world.citizen(ERIKA).await;
    let draft = begin(&mut browser, "Magdeburg").await;
    let path = format!("{draft}/G15000000002");
    let shown = browser.get(&path).await;
    let (csrf, version) = (shown.hidden("csrf"), shown.hidden("version"));
    let fields = [
        ("csrf", csrf.as_str()),
        ("version", version.as_str()),
        ("weiter", "zurueck"),
        ("G15000000002.F15000000010", "Bello"),
    ];
    let back = browser.post(&path, &fields).await;
    assert_eq!(back.to(), format!("{draft}/G15000000001"), "{}", back.words());
    let again = browser.get(&path).await;
    assert!(again.text().contains("value=\"Bello\""), "{}", again.text());
}

#[tokio::test]
async fn entries_are_called_by_their_title_and_can_be_taken_out() {
    let world = world().await;
    let mut browser = world.citizen(ERIKA).await;
    browser.get("/ort?suche=Magdeburg&zurueck=/leistungen/wohngeld").await;
    let csrf = browser.get("/leistungen/wohngeld").await.hidden("csrf");
    let started = browser.post("/leistungen/wohngeld/antrag", &[("csrf", &csrf)]).await;
    let draft = started.to().rsplit_once('/').unwrap().0.to_owned();
    fill(&mut browser, &draft, "G15000100006", &[("F15000100060", "true")]).await;
    let path = format!("{draft}/G15000100007");
    let shown = browser.get(&path).await;
    assert!(
        !shown.text().contains("data-test=\"eintrag-entfernen\""),
        "one entry is not taken out"
    );
    let version = shown.hidden("version");
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("version", version.as_str()),
        ("weiter", "spaeter"),
        ("G15000100007.0.F15000100070", "Rolf"),
        ("G15000100007.1.F15000100070", "Uta"),
    ];
    browser.post(&path, &fields).await;
    let shown = browser.get(&path).await;
    assert!(
        shown.words().contains("2. Mitglied des Haushalts: Uta"),
        "{}",
        shown.words()
    );
    assert!(
        shown.text().contains("name=\"zeile\" value=\"G15000100007.0\""),
        "{}",
        shown.text()
    );
    let version = shown.hidden("version");
    fields[1].1 = &version;
    fields[2] = ("zeile", "G15000100007.0");
    let less = browser.post(&path, &fields).await;
    assert_eq!(less.to(), format!("{path}?meldung=weniger"), "{}", less.words());
    let words = browser.get(less.to()).await.words();
    assert!(
        words.contains("Der Eintrag ist entfernt") && words.contains("1. Mitglied des Haushalts: Uta"),
        "{words}"
    );
    assert!(!words.contains("Rolf"), "{words}");
}

async fn reduction(world: &World) -> (Browser, String) {
    let mut browser = world.citizen(ERIKA).await;
    let draft = begin(&mut browser, "Magdeburg").await;
    let page = "G15000000004";
    fill(&mut browser, &draft, page, &[("F15000000018", "merkzeichen")]).await;
    let path = format!("{draft}/{page}");
    let shown = browser.get(&path).await;
    let answers = [
        ("G15000000004.F15000000018", "merkzeichen"),
        ("G15000000004.F15000000019", "Bl"),
    ];
    let wrong = {
        let (csrf, version) = (shown.hidden("csrf"), shown.hidden("version"));
        let mut fields = vec![
            ("csrf", csrf.as_str()),
            ("version", version.as_str()),
            ("weiter", "hochladen"),
        ];
        fields.extend(answers);
        browser
            .upload(&path, &fields, ("G15000000004.F15000000020", "virus.exe", b"MZ\x90"))
            .await
    };
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.words().contains("PDF, JPEG oder PNG"), "{}", wrong.words());
    let right = {
        let (csrf, version) = (wrong.hidden("csrf"), wrong.hidden("version"));
        let mut fields = vec![
            ("csrf", csrf.as_str()),
            ("version", version.as_str()),
            ("weiter", "hochladen"),
        ];
        fields.extend(answers);
        browser
            .upload(
                &path,
                &fields,
                ("G15000000004.F15000000020", "C:\\Ausweis Ö.pdf", b"%PDF-1.7 x"),
            )
            .await
    };
    assert_eq!(right.to(), format!("{path}?meldung=hochgeladen"), "{}", right.words());
    let listed = browser.get(right.to()).await;
    assert!(listed.words().contains("Ausweis Ö.pdf"), "{}", listed.words());
    complete(
        &mut browser,
        &draft,
        &[("F15000000018", "merkzeichen"), ("F15000000019", "Bl")],
    )
    .await;
    let sent = send(&mut browser, &draft).await;
    assert_eq!(sent.to(), format!("{draft}/eingang"), "{}", sent.words());
    (browser, draft)
}

/// Says "Bearbeitung des Antrags" and opens the case.
async fn open(browser: &mut Browser, case: &str) -> world::Answer {
    let asked = browser.get(&format!("{case}/zweck")).await;
    let chosen = [("csrf", &*asked.hidden("csrf")), ("zweck", "case-work")];
    let to = browser.post(case, &chosen).await.to().to_owned();
    assert_eq!(to, case, "no purpose in the address");
    browser.get(&to).await
}

#[tokio::test]
async fn a_reduction_goes_to_the_desk_and_the_person_sees_who_looked() {
    let world = world().await;
    let (mut erika, draft) = reduction(&world).await;
    assert!(erika.get("/mein-bereich").await.words().contains("In Prüfung"));
    let case = draft.replace("/antrag/", "/amt/vorgang/");

    // Another authority's caseworker is refused, and that is recorded.
    let mut halle = world.official("15002000/s-halle").await;
    let refused = open(&mut halle, &case).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(
        refused.words().contains("Der Versuch ist protokolliert"),
        "{}",
        refused.words()
    );

    let mut jürgen = world.official("15003000/s-muster").await;
    let list = jürgen.get("/amt").await;
    assert!(list.text().contains(&case), "{}", list.words());
    let asked = jürgen.get(&case).await;
    assert!(asked.words().contains("Wozu öffnen Sie die Akte?") && !asked.text().contains("Lehmann"));
    let missing = jürgen
        .post(&case, &[("csrf", &asked.hidden("csrf")), ("zweck", "neugier")])
        .await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    // An address chooses nothing for the reader.
    let preset = jürgen.get(&format!("{case}?zweck=supervision")).await;
    assert!(preset.words().contains("Wozu öffnen Sie die Akte?"));
    let opened = open(&mut jürgen, &case).await;
    let words = opened.words();
    assert!(
        words.contains("Lehmann") && words.contains("Vorschlag nach den Regeln") && words.contains("Ausweis Ö.pdf"),
        "{words}"
    );
    let text = opened.text();
    let paper = text
        .split("href=\"")
        .find(|part| part.starts_with("/amt") && part.contains("/unterlage/"))
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let paper = jürgen.get(paper).await;
    assert_eq!(paper.bytes, b"%PDF-1.7 x");
    assert!(
        paper.headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );

    let task_path = format!("{case}/aufgabe");
    let task = jürgen.get(&task_path).await;
    assert_eq!(task.status, StatusCode::OK, "{}", task.words());
    let (csrf, version) = (task.hidden("csrf"), task.hidden("version"));
    let with = |more: &[(&'static str, &'static str)]| {
        let mut fields = vec![
            ("csrf", csrf.clone()),
            ("version", version.clone()),
            ("antwort", "ansehen".to_owned()),
        ];
        let known = [
            ("G15000000002.F15000000011", "Dackel"),
            ("G15000000002.F15000000012.tag", ""),
            ("G15000000002.F15000000015.tag", "20"),
            ("G15000000002.F15000000015.monat", "2"),
            ("G15000000002.F15000000015.jahr", "2026"),
            ("G15000000002.F15000000016", "false"),
            ("G15000000003.F15000000017", "0"),
            ("G15000000004.F15000000018", "merkzeichen"),
            ("G15000000004.F15000000019", "Bl"),
        ];
        fields.extend(known.iter().map(|(name, value)| (*name, (*value).to_owned())));
        for (name, value) in more {
            match fields.iter_mut().find(|(known, _)| known == name) {
                Some(field) => field.1 = (*value).to_owned(),
                None => fields.push((*name, (*value).to_owned())),
            }
        }
        fields
    };
    for (more, complaint) in [
        (vec![("grund", "Passt.")], "Sie haben nichts geändert"),
        (vec![("G15000000003.F15000000017", "1")], "Begründen Sie die Korrektur"),
    ] {
        let fields = with(&more);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = jürgen.post(&task_path, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.words().contains(complaint), "{}", answer.words());
    }
    let fields = with(&[
        ("G15000000003.F15000000017", "1"),
        ("grund", "Es lebt schon ein Hund im Haushalt."),
    ]);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let looked = jürgen.post(&task_path, &fields).await;
    assert_eq!(looked.status, StatusCode::OK, "{}", looked.words());
    let preview = looked.words();
    assert!(
        preview.contains("Noch ist nichts gespeichert") && preview.contains("Vorher Jetzt"),
        "{preview}"
    );
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| {
            if *name == "antwort" {
                ("antwort", "korrigieren")
            } else {
                (*name, *value)
            }
        })
        .collect();
    let done = jürgen.post(&task_path, &fields).await;
    assert!(
        done.to()
            .starts_with(&format!("{case}/entschieden?ergebnis=korrigiert")),
        "{}",
        done.words()
    );
    assert!(
        jürgen
            .get(done.to())
            .await
            .words()
            .contains("Die Korrektur ist gespeichert")
    );
    // The second click finds the task done, and says by whom; what was typed is not lost.
    let late = jürgen.post(&task_path, &fields).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let late = late.words();
    assert!(
        late.contains("Sie selbst haben das schon") && late.contains("Es lebt schon ein Hund im Haushalt."),
        "{late}"
    );
    assert!(jürgen.get("/amt?ansicht=done-by-me").await.text().contains(&case));

    while world.cases.work_once().await.unwrap() > 0 {}
    assert!(erika.get("/mein-bereich").await.words().contains("Bescheid öffnen"));
    let log = erika.get("/mein-bereich/zugriffe").await.words();
    assert!(
        log.contains("Sachbearbeitung") && log.contains("Bearbeitung des Antrags") && log.contains("Verweigert"),
        "{log}"
    );
}

#[tokio::test]
async fn somebody_elses_draft_is_refused() {
    let world = world().await;
    let mut erika = world.citizen(ERIKA).await;
    let draft = begin(&mut erika, "Magdeburg").await;
    let mut ali = world.citizen(ALI).await;
    for path in [
        draft.clone(),
        format!("{draft}/G15000000001"),
        format!("{draft}/pruefen"),
    ] {
        let answer = ali.get(&path).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {}", answer.words());
        assert!(!answer.text().contains("Lehmann"));
    }
    for path in [
        format!("{draft}/eingang"),
        draft.replace("/antrag/", "/mein-bereich/vorgang/"),
    ] {
        assert_eq!(ali.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_draft_can_be_kept_and_thrown_away() {
    let world = world().await;
    let mut browser = world.citizen(ERIKA).await;
    let draft = begin(&mut browser, "Magdeburg").await;
    let shown = browser.get(&format!("{draft}/G15000000003")).await;
    let (csrf, version) = (shown.hidden("csrf"), shown.hidden("version"));
    let later = browser
        .post(
            &format!("{draft}/G15000000003"),
            &[
                ("csrf", &csrf),
                ("version", &version),
                ("weiter", "spaeter"),
                ("G15000000003.F15000000017", "3"),
            ],
        )
        .await;
    assert!(
        browser
            .get(later.to())
            .await
            .words()
            .contains("Ihr Antrag ist gespeichert")
    );
    assert!(
        browser
            .get(&format!("{draft}/G15000000003"))
            .await
            .text()
            .contains("value=\"3\"")
    );
    let asked = browser.get(&format!("{draft}/verwerfen")).await;
    assert!(asked.words().contains("endgültig gelöscht"));
    let gone = browser
        .post(&format!("{draft}/verwerfen"), &[("csrf", &asked.hidden("csrf"))])
        .await;
    assert!(browser.get(gone.to()).await.words().contains("ist gelöscht"));
    let answer = browser.get(&draft).await;
    assert_eq!(answer.status, StatusCode::GONE, "{}", answer.words());
}
