//! What an applicant does after sending: answer a request, withdraw, go on, object; through the pages, over real capabilities.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod world;

use axum::http::StatusCode;
use serde_json::Value;
use wegfrei_cases::{AtTask, Status, Verdict};
use wegfrei_identity::Purpose;
use wegfrei_journal::Actor;
use wegfrei_model::{AuthorityId, CaseId, PersonId, Timestamp};
use wegfrei_packages::{Catalogue, Files};
use world::{ALI, Browser, ERIKA, World, packages, world, world_of};

const LETTER: &str = r##"#import "/wegfrei.typ": *
#import "/data.typ": data
#show: letter.with(sender: data.behoerde, recipient: data.empfaenger, reference: (("Aktenzeichen", data.aktenzeichen),),
  subject: "Schreiben", demonstration: data.demonstration)
#data.nachforderung.text
"##;

/// The dog tax with a process that knows every kind of work: `voll`.
fn full() -> Catalogue {
    let real = Files::from_folder(packages()).unwrap();
    let mut files = Files::from_folder(packages()).unwrap();
    for (path, bytes) in real.under("services/hundesteuer").iter() {
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
    let process = include_str!("../../../capabilities/cases/tests/common/full.bpmn");
    let example = "name = \"Voll\"\nauthority = \"15003000\"\ndate = 2026-03-18\n[expect]\ntasks = [\"Antrag prüfen\"]\n[expect.value]\njahressteuer_cent = 9600\n";
    for (path, text) in [
        ("process.bpmn", process),
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
    AuthorityId::parse("15003000").unwrap()
}

fn erika() -> PersonId {
    PersonId::parse(ERIKA).unwrap()
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

async fn sent(world: &World, service: &str) -> CaseId {
    let package = world.cases.catalogue().package("hundesteuer").unwrap();
    let example = package
        .examples()
        .iter()
        .find(|example| example.file.contains("01-erster"));
    let data: Value = example.unwrap().application.clone();
    let case = world.cases.new_case_id();
    world
        .cases
        .submit_direct(erika(), magdeburg(), service, case, &data)
        .await
        .unwrap();
    work(world).await;
    case
}

async fn work(world: &World) {
    while world.cases.work_once().await.unwrap() > 0 {}
}

/// The letters are posted: from now on the period for objection runs.
async fn posted(world: &World) {
    let desk = Actor::staff("s-muster", magdeburg());
    let today = world.cases.now().date();
    while let Some(letter) = world.cases.outbox(&desk, None, 10).await.unwrap().items.first() {
        world
            .cases
            .mark_posted(&desk, magdeburg(), letter.notice, today)
            .await
            .unwrap();
    }
}

async fn decide(world: &World, case: CaseId, verdict: Verdict) {
    let desk = Actor::staff("s-muster", magdeburg());
    let view = world
        .cases
        .open_case(&desk, Purpose::CaseWork, magdeburg(), case)
        .await
        .unwrap();
    let task = view.task.unwrap().task;
    let at = AtTask {
        actor: desk,
        purpose: Purpose::CaseWork,
        authority: magdeburg(),
        case,
        task,
    };
    world.cases.complete_task(&at, view.version, verdict).await.unwrap();
    work(world).await;
}

async fn asked(world: &World) -> (CaseId, String) {
    let case = sent(world, "voll").await;
    let request = Verdict::RequestPapers {
        text: "Bitte senden Sie uns den <b>Nachweis</b>.".to_owned(),
        papers: vec!["Nachweis über die Rasse".to_owned()],
        due: "2026-04-15".parse().unwrap(),
    };
    decide(world, case, request).await;
    posted(world).await;
    (case, format!("/mein-bereich/vorgang/15003000/{case}"))
}

fn pdf() -> Vec<u8> {
    b"%PDF-1.7 Nachweis".to_vec()
}

async fn status(world: &World, case: CaseId) -> Status {
    world.cases.my_case(erika(), magdeburg(), case).await.unwrap().status
}

/// The page says all of these.
async fn says(browser: &mut Browser, path: &str, parts: &[&str]) -> String {
    let page = browser.follow(path).await;
    let words = page.words();
    assert_eq!(page.status, StatusCode::OK, "{path} {words}");
    for part in parts {
        assert!(words.contains(part), "{path}: „{part}“ in {words}");
    }
    page.text()
}

#[tokio::test]
async fn a_request_is_answered_with_files_and_words() {
    let world = world_of(full(), |_| {}).await;
    let (case, base) = asked(&world).await;
    let mut browser = world.citizen(ERIKA).await;
    let text = says(
        &mut browser,
        &base,
        &[
            "Jetzt sind Sie dran: bis 20. April 2026.",
            "Unterlagen nachreichen und antworten",
            "Schreiben der Behörde",
        ],
    )
    .await;
    assert!(text.contains("aria-current=\"step\""), "{text}");
    let path = format!("{base}/nachreichen");
    let page = browser.get(&path).await;
    assert!(page.text().contains("den &#60;b&#62;Nachweis"), "{}", page.text());
    assert!(page.words().contains("Bitte antworten Sie bis 20. April 2026."));
    let csrf = page.hidden("csrf");

    // Nothing chosen, a file that cannot be opened, and nothing to send.
    let empty = browser
        .post(&path, &[("csrf", &csrf), ("schritt", "hochladen"), ("text", "Hallo")])
        .await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.words().contains("Wählen Sie zuerst eine Datei aus.") && empty.text().contains(">Hallo</textarea>"));
    let form = [("csrf", csrf.as_str()), ("schritt", "hochladen"), ("text", "")];
    let bad = browser.upload(&path, &form, ("datei", "bild.gif", b"GIF89a")).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        bad.words()
            .contains("bild.gif: Diese Art von Datei können wir nicht öffnen."),
        "{}",
        bad.words()
    );
    let nothing = browser
        .post(&path, &[("csrf", &csrf), ("schritt", "senden"), ("text", " ")])
        .await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.words().contains("Bitte laden Sie eine Unterlage hoch"));

    // Two files, one taken away; what was typed stays.
    let first = browser.upload(&path, &form, ("datei", "eins.pdf", &pdf())).await;
    assert_eq!(first.to(), format!("{path}?meldung=hochgeladen"));
    let typed = [
        ("csrf", csrf.as_str()),
        ("schritt", "hochladen"),
        ("text", "Der Rest folgt."),
    ];
    let second = browser.upload(&path, &typed, ("datei", "zwei.pdf", &pdf())).await;
    assert_eq!(second.status, StatusCode::OK);
    let words = second.words();
    assert!(
        words.contains("eins.pdf")
            && words.contains("zwei.pdf")
            && second.text().contains(">Der Rest folgt.</textarea>")
    );
    let text = second.text();
    let (_, from) = text.split_once("eins.pdf").unwrap();
    let id = from
        .split("name=\"entfernen\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let removed = browser
        .post(&path, &[("csrf", &csrf), ("entfernen", &id), ("text", "")])
        .await;
    assert_eq!(removed.to(), format!("{path}?meldung=entfernt"));
    let left = says(&mut browser, removed.to(), &["Die Datei ist entfernt.", "zwei.pdf"]).await;
    assert!(!left.contains("eins.pdf"), "{left}");

    // A third goes with the answer itself.
    let send = [
        ("csrf", csrf.as_str()),
        ("schritt", "senden"),
        ("text", "Hier ist alles."),
    ];
    let done = browser.upload(&path, &send, ("datei", "drei.pdf", &pdf())).await;
    assert_eq!(done.to(), format!("{base}?meldung=nachgereicht"), "{}", done.words());
    says(
        &mut browser,
        done.to(),
        &["Ihre Antwort ist angekommen.", "Jetzt ist die Behörde dran"],
    )
    .await;
    assert_eq!(status(&world, case).await, Status::InReview);
    let desk = Actor::staff("s-muster", magdeburg());
    let view = world
        .cases
        .open_case(&desk, Purpose::CaseWork, magdeburg(), case)
        .await
        .unwrap();
    assert_eq!(view.papers.len(), 2);
    assert_eq!(view.done.last().unwrap().reason, "Hier ist alles.");

    // What was sent stays, whatever an old page offers.
    let known = view.papers[0].paper.to_string();
    let late = browser
        .post(&path, &[("csrf", &csrf), ("entfernen", &known), ("text", "")])
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_late_answer_is_taken_and_says_so() {
    let world = world_of(full(), |_| {}).await;
    let (case, base) = asked(&world).await;
    world.clock.set(moment("2026-04-20T21:59:59Z"));
    let mut browser = world.citizen(ERIKA).await;
    says(&mut browser, &base, &["Jetzt sind Sie dran"]).await;
    // Over, though no job has come to it yet.
    world.clock.set(moment("2026-04-20T22:00:00Z"));
    says(
        &mut browser,
        &base,
        &["Jetzt ist die Behörde dran", "Noch etwas nachreichen"],
    )
    .await;
    work(&world).await;
    let path = format!("{base}/nachreichen");
    let text = says(
        &mut browser,
        &path,
        &["Die Frist ist seit dem 20. April 2026 vorbei. Sie können trotzdem noch antworten"],
    )
    .await;
    assert!(!text.contains("name=\"entfernen\""));
    let csrf = browser.get(&path).await.hidden("csrf");
    let send = [
        ("csrf", csrf.as_str()),
        ("schritt", "senden"),
        ("text", "Ich war krank."),
    ];
    let done = browser.post(&path, &send).await;
    assert_eq!(done.to(), format!("{base}?meldung=spaet"), "{}", done.words());
    says(&mut browser, done.to(), &["Ihre Antwort kam nach der Frist."]).await;
    assert_eq!(status(&world, case).await, Status::InReview);
    // When the case has ended, a page says what to do, and gives back what was written.
    decide(&world, case, Verdict::Confirm { reason: String::new() }).await;
    posted(&world).await;
    world.clock.set(moment("2026-08-01T08:00:00Z"));
    work(&world).await;
    let mut browser = world.citizen(ERIKA).await;
    let csrf = browser.get("/mein-bereich").await.hidden("csrf");
    let over = browser
        .post(&path, &[("csrf", &csrf), ("schritt", "senden"), ("text", "Doch noch.")])
        .await;
    assert_eq!(over.status, StatusCode::CONFLICT);
    // Also who only chose a file is told that nothing was taken.
    let silent = browser
        .post(&path, &[("csrf", &csrf), ("schritt", "senden"), ("text", "")])
        .await;
    assert!(silent.status == StatusCode::CONFLICT && silent.words().contains("ist nicht gesendet"));
    assert!(
        over.words().contains("ist nicht gesendet") && over.words().contains("Doch noch."),
        "{}",
        over.words()
    );
}

/// The desk had ended the waiting: who wrote within the time of the letter was told that they had answered already, and then that it was
/// late; in the file the desk's own words stood as their answer.
#[tokio::test]
async fn who_writes_within_the_time_is_not_told_that_it_was_late() {
    let world = world_of(full(), |_| {}).await;
    let (case, base) = asked(&world).await;
    let text = "Brauchen wir nicht mehr.".to_owned();
    decide(&world, case, Verdict::Supply { text }).await;
    let mut browser = world.citizen(ERIKA).await;
    let path = format!("{base}/nachreichen");
    let said = says(
        &mut browser,
        &path,
        &["Die Behörde prüft seit dem 18. März 2026 weiter und wartet nicht mehr auf Ihre Antwort."],
    )
    .await;
    assert!(!said.contains("schon geantwortet"), "{said}");
    let csrf = browser.get(&path).await.hidden("csrf");
    let send = [("csrf", csrf.as_str()), ("schritt", "senden"), ("text", "Hier ist er.")];
    let done = browser.post(&path, &send).await;
    assert_eq!(done.to(), format!("{base}?meldung=noch"), "{}", done.words());
    let said = says(&mut browser, done.to(), &["Ihre Nachricht ist angekommen."]).await;
    assert!(!said.contains("nach der Frist"), "{said}");
}

#[tokio::test]
async fn an_application_is_withdrawn_once_and_for_all() {
    let world = world_of(full(), |_| {}).await;
    let (case, base) = asked(&world).await;
    let mut browser = world.citizen(ERIKA).await;
    says(&mut browser, &base, &["Antrag zurücknehmen"]).await;
    let path = format!("{base}/zuruecknehmen");
    let page = browser.get(&path).await;
    assert!(
        page.words().contains("Sie bekommen keinen Bescheid."),
        "{}",
        page.words()
    );
    let csrf = page.hidden("csrf");
    for _ in 0..2 {
        let done = browser.post(&path, &[("csrf", &csrf)]).await;
        assert_eq!(done.to(), format!("{base}?meldung=zurueckgenommen"));
    }
    assert_eq!(status(&world, case).await, Status::Withdrawn);
    let text = says(
        &mut browser,
        &base,
        &["Zurückgenommen", "Der Vorgang ist abgeschlossen."],
    )
    .await;
    for gone in ["/nachreichen", "/zuruecknehmen", "/folgeantrag"] {
        assert!(!text.contains(&format!("{base}{gone}")), "{gone}");
        assert_eq!(browser.get(&format!("{base}{gone}")).await.to(), base, "{gone}");
    }
}

#[tokio::test]
async fn a_follow_up_begins_filled_in() {
    let world = world().await;
    let case = sent(&world, "hundesteuer").await;
    let base = format!("/mein-bereich/vorgang/15003000/{case}");
    let mut browser = world.citizen(ERIKA).await;
    let path = format!("{base}/folgeantrag");
    says(
        &mut browser,
        &path,
        &["Es hat sich etwas geändert", "Nichts wird gesendet"],
    )
    .await;
    let page = browser.get(&path).await;
    assert!(!page.words().contains("Weiterleistung"), "a tax does not go on");
    let csrf = page.hidden("csrf");
    let wrong = browser.post(&path, &[("csrf", &csrf), ("art", "x")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let begun = browser.post(&path, &[("csrf", &csrf), ("art", "aenderung")]).await;
    let draft = begun
        .to()
        .strip_suffix("/G15000000001")
        .expect("the first page")
        .to_owned();
    let page = browser.get(&format!("{draft}/G15000000002")).await;
    assert!(page.text().contains("value=\"Bello\""), "{}", page.text());
    let summary = browser.get(&format!("{draft}/pruefen")).await;
    let (csrf, version) = (summary.hidden("csrf"), summary.hidden("version"));
    let sent = browser
        .post(&format!("{draft}/senden"), &[("csrf", &csrf), ("version", &version)])
        .await;
    assert_eq!(sent.to(), format!("{draft}/eingang"), "{}", sent.words());
    says(&mut browser, &base, &["Dazu gehören auch", "Änderung: Hund anmelden"]).await;
}

#[tokio::test]
async fn an_objection_has_a_deadline_a_last_look_and_a_receipt() {
    let world = world().await;
    let case = sent(&world, "hundesteuer").await;
    posted(&world).await;
    let base = format!("/mein-bereich/vorgang/15003000/{case}");
    let mut browser = world.citizen(ERIKA).await;
    // The notice and the same in Leichte Sprache are one item.
    let text = says(
        &mut browser,
        &base,
        &["Möglich bis 23. April 2026", "In Leichter Sprache (PDF)"],
    )
    .await;
    assert_eq!(text.matches("data-test=\"bescheid\"").count(), 1);
    assert_eq!(text.matches("data-test=\"anlage\"").count(), 1);
    assert!(text.contains("data-test=\"bild\""), "where it stands, as a picture");
    let path = text
        .split("href=\"")
        .find(|part| part.contains("/widerspruch/"))
        .and_then(|part| part.split('"').next())
        .unwrap()
        .to_owned();
    let page = browser.get(&path).await;
    assert!(page.words().contains("bis 23. April 2026, 24 Uhr"), "{}", page.words());
    let csrf = page.hidden("csrf");
    let reason = "Bello ist <b>kein</b> Zweithund.";
    let look = browser
        .post(&path, &[("csrf", &csrf), ("schritt", "pruefen"), ("text", reason)])
        .await;
    assert_eq!(look.status, StatusCode::OK);
    assert!(look.text().contains("Bello ist &#60;b&#62;kein"), "{}", look.text());
    let back = browser
        .post(&path, &[("csrf", &csrf), ("schritt", "aendern"), ("text", reason)])
        .await;
    assert!(
        back.text()
            .contains("&#60;b&#62;kein&#60;/b&#62; Zweithund.</textarea>"),
        "{}",
        back.text()
    );
    let long = "ü".repeat(4001);
    let long = browser
        .post(&path, &[("csrf", &csrf), ("schritt", "senden"), ("text", &long)])
        .await;
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(long.words().contains("4000"), "{}", long.words());
    let mut receipts = Vec::new();
    for _ in 0..2 {
        let sent = browser
            .post(&path, &[("csrf", &csrf), ("schritt", "senden"), ("text", reason)])
            .await;
        assert!(sent.to().ends_with("/eingang"), "{}", sent.words());
        receipts.push(sent.to().to_owned());
    }
    assert_eq!(receipts[0], receipts[1]);
    says(
        &mut browser,
        &receipts[0],
        &["Ihr Widerspruch ist angekommen", "Aktenzeichen:"],
    )
    .await;
    let after = says(
        &mut browser,
        &base,
        &[
            "Widerspruch läuft",
            "Sie haben am 18. März 2026 Widerspruch erhoben. Darüber wird entschieden.",
            "Jetzt ist die Behörde dran",
            "Über Ihren Widerspruch wird entschieden",
        ],
    )
    .await;
    assert!(!after.contains(&path), "an objection was filed already");
    assert!(
        !after.contains("data-test=\"bild\""),
        "what it waits for has no place in its drawing"
    );
    assert!(
        !after.contains("Frist für den Widerspruch") && !after.contains("23. April"),
        "{after}"
    );
    assert_eq!(browser.get(&path).await.to(), base);
    says(&mut browser, "/mein-bereich", &["Widerspruch läuft"]).await;
    // The objection speaks of itself, and of no application.
    let objection = receipts[0]
        .trim_end_matches("/eingang")
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    let own = format!("/mein-bereich/vorgang/15003000/{objection}");
    assert!(after.contains(&own), "linked");
    for page in [own.clone(), format!("{own}/zuruecknehmen")] {
        let words = browser.get(&page).await.words();
        assert!(
            words.contains("Widerspruch") && !words.contains("Antrag"),
            "{page}: {words}"
        );
    }
}

/// What a refusal means for who objected: at the first case too.
#[tokio::test]
async fn a_refused_objection_is_said_at_the_first_case() {
    let world = world().await;
    let case = sent(&world, "hundesteuer").await;
    posted(&world).await;
    let mailbox = world.cases.mailbox(erika()).await.unwrap();
    let notice = mailbox
        .iter()
        .find(|known| known.template == "bescheid")
        .unwrap()
        .notice;
    let filed = world
        .cases
        .object(erika(), magdeburg(), case, notice, "")
        .await
        .unwrap();
    let refused = Verdict::Correct {
        reason: "Nach Aktenlage.".to_owned(),
        corrections: serde_json::Map::from_iter([("ergebnis".to_owned(), "zurueckweisung".into())]),
        answers: serde_json::Map::new(),
    };
    decide(&world, filed.case, refused).await;
    let base = format!("/mein-bereich/vorgang/15003000/{case}");
    let mut browser = world.citizen(ERIKA).await;
    let said = "Ihr Widerspruch vom 18. März 2026 wurde am 18. März 2026 zurückgewiesen.";
    says(
        &mut browser,
        &base,
        &[
            said,
            "Die Frist beginnt, wenn Ihnen die Entscheidung",
            "Verwaltungsgericht",
        ],
    )
    .await;
    posted(&world).await;
    let until = "Sie können dagegen klagen: bis 20. April 2026, 24 Uhr, beim Verwaltungsgericht";
    let text = says(&mut browser, &base, &[said, until]).await;
    assert!(!text.contains("Frist für den Widerspruch"), "{text}");
    world.clock.advance(std::time::Duration::from_secs(40 * 24 * 3600));
    work(&world).await;
    // The session is over by then.
    let mut browser = world.citizen(ERIKA).await;
    says(&mut browser, &base, &[said, "Die Frist für eine Klage ist vorbei."]).await;
}

/// After a success in part two periods run: for suing about the objection, and for objecting to the new notice. One hid the other.
#[tokio::test]
async fn after_a_success_in_part_both_periods_are_said() {
    let world = world().await;
    let case = sent(&world, "hundesteuer").await;
    posted(&world).await;
    let mailbox = world.cases.mailbox(erika()).await.unwrap();
    let notice = mailbox.iter().find(|known| known.kind.is_main()).unwrap().notice;
    let filed = world.cases.object(erika(), magdeburg(), case, notice, "").await;
    let part = Verdict::Correct {
        reason: "Nach Aktenlage.".to_owned(),
        corrections: serde_json::Map::from_iter([("ergebnis".to_owned(), "teilabhilfe".into())]),
        answers: serde_json::Map::new(),
    };
    decide(&world, filed.unwrap().case, part).await;
    posted(&world).await;
    let base = format!("/mein-bereich/vorgang/15003000/{case}");
    world.clock.advance(std::time::Duration::from_secs(24 * 3600));
    let staff = Actor::staff("s-muster", magdeburg());
    let begun = world
        .cases
        .redecide(&staff, Purpose::LegalRemedy, magdeburg(), case)
        .await;
    begun.unwrap();
    let anew = Verdict::Correct {
        reason: "Der Satz war falsch.".to_owned(),
        corrections: serde_json::Map::new(),
        answers: serde_json::Map::new(),
    };
    decide(&world, case, anew).await;
    posted(&world).await;
    let mut browser = world.citizen(ERIKA).await;
    let words = says(
        &mut browser,
        &base,
        &["bis 20. April 2026, 24 Uhr", "Widerspruch einlegen"],
    )
    .await;
    let due = world.cases.my_case(erika(), magdeburg(), case).await.unwrap().due;
    let last = due.unwrap().saturating_sub(std::time::Duration::from_secs(1)).date();
    let last = wegfrei_model::time::date_words(last, wegfrei_model::Language::De);
    assert!(words.matches(&last).count() >= 2, "{last}: {words}");
    // Each by its name, among the deadlines and in the steps.
    for period in [
        "Frist für den Widerspruch",
        "Frist für die Klage beim Verwaltungsgericht",
    ] {
        assert!(words.matches(period).count() >= 2, "{period}: {words}");
    }
    assert!(!words.contains("Widerspruchsverfahren"), "{words}");
}

/// An Abhilfe that was taken back promises nothing any more.
#[tokio::test]
async fn a_grant_that_was_taken_back_is_not_called_a_success() {
    let world = world().await;
    let case = sent(&world, "hundesteuer").await;
    posted(&world).await;
    let mailbox = world.cases.mailbox(erika()).await.unwrap();
    let notice = mailbox
        .iter()
        .find(|known| known.template == "bescheid")
        .unwrap()
        .notice;
    let filed = world.cases.object(erika(), magdeburg(), case, notice, "").await;
    let objection = filed.unwrap().case;
    let granted = Verdict::Correct {
        reason: "Nach Aktenlage.".to_owned(),
        corrections: serde_json::Map::from_iter([("ergebnis".to_owned(), "abhilfe".into())]),
        answers: serde_json::Map::new(),
    };
    decide(&world, objection, granted).await;
    let own = format!("/mein-bereich/vorgang/15003000/{objection}");
    let mut browser = world.citizen(ERIKA).await;
    says(&mut browser, &own, &["Ihr Widerspruch hatte Erfolg."]).await;
    let staff = Actor::staff("s-muster", magdeburg());
    let back = world
        .cases
        .take_back(&staff, Purpose::LegalRemedy, magdeburg(), objection, "Verklickt.");
    back.await.unwrap();
    let words = says(
        &mut browser,
        &own,
        &["kümmert sich um Ihren Widerspruch", "Widerspruch zurücknehmen"],
    )
    .await;
    assert!(!words.contains("hatte Erfolg"), "{words}");
}

#[tokio::test]
async fn after_the_deadline_a_page_says_what_is_left() {
    let world = world().await;
    let case = sent(&world, "hundesteuer").await;
    posted(&world).await;
    let base = format!("/mein-bereich/vorgang/15003000/{case}");
    let mut browser = world.citizen(ERIKA).await;
    let text = browser.get(&base).await.text();
    let path = text
        .split("href=\"")
        .find(|part| part.contains("/widerspruch/"))
        .unwrap();
    let path = path.split('"').next().unwrap().to_owned();
    // One second before midnight in Magdeburg it is still taken, at midnight not, job or no job.
    world.clock.set(moment("2026-04-23T21:59:59Z"));
    let mut browser = world.citizen(ERIKA).await;
    let page = browser.get(&path).await;
    assert!(page.words().contains("Widerspruch einlegen"), "{}", page.words());
    let csrf = page.hidden("csrf");
    world.clock.set(moment("2026-04-23T22:00:00Z"));
    for step in ["pruefen", "senden"] {
        let late = browser
            .post(&path, &[("csrf", &csrf), ("schritt", step), ("text", "Zu hoch.")])
            .await;
        assert_eq!(late.status, StatusCode::CONFLICT, "{step}");
        let words = late.words();
        assert!(
            words.contains("endete am 23. April 2026") && words.contains("§ 60"),
            "{step} {words}"
        );
    }
    // The job comes ten minutes after the end.
    world.clock.set(moment("2026-04-23T22:10:00Z"));
    work(&world).await;
    assert_eq!(status(&world, case).await, Status::Final);
    says(&mut browser, &base, &["Frist verpasst? Was noch möglich ist"]).await;
    says(
        &mut browser,
        &path,
        &["innerhalb von zwei Wochen", "Landeshauptstadt Magdeburg"],
    )
    .await;
}

#[tokio::test]
async fn nobody_acts_in_somebody_elses_case() {
    let world = world_of(full(), |_| {}).await;
    let (case, base) = asked(&world).await;
    let mut ali = world.citizen(ALI).await;
    let csrf = ali.get("/mein-bereich").await.hidden("csrf");
    let notice = format!("/widerspruch/{case}");
    for end in ["", "/nachreichen", "/zuruecknehmen", "/folgeantrag", &notice] {
        let path = format!("{base}{end}");
        assert_eq!(ali.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        if end.is_empty() {
            continue;
        }
        let fields = [
            ("csrf", csrf.as_str()),
            ("schritt", "senden"),
            ("text", "x"),
            ("art", "aenderung"),
        ];
        assert_eq!(ali.post(&path, &fields).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let mut desk = world.official("15003000/s-muster").await;
    assert_eq!(desk.get(&base).await.status, StatusCode::FORBIDDEN);
    assert_eq!(status(&world, case).await, Status::PapersWanted);
}

#[tokio::test]
async fn too_much_is_said_in_words() {
    let world = world().await;
    let case = sent(&world, "hundesteuer").await;
    for _ in 0..50 {
        world
            .cases
            .start_draft(erika(), magdeburg(), "hundesteuer", None)
            .await
            .unwrap();
    }
    let mut browser = world.citizen(ERIKA).await;
    let path = format!("/mein-bereich/vorgang/15003000/{case}/folgeantrag");
    let csrf = browser.get(&path).await.hidden("csrf");
    let many = browser.post(&path, &[("csrf", &csrf), ("art", "aenderung")]).await;
    assert_eq!(many.status, StatusCode::FORBIDDEN);
    assert!(
        many.words().contains("Es ist schon zu viel da") && many.words().contains("50"),
        "{}",
        many.words()
    );
    assert!(many.text().contains("<p class=\"kern-body\" lang=\"de\""));
}

#[tokio::test]
async fn records_are_searched_by_code_day_and_reference() {
    let world = world_of(full(), |_| {}).await;
    let (case, base) = asked(&world).await;
    let desk = Actor::staff("s-halle", AuthorityId::parse("15002000").unwrap());
    let refused = world.cases.open_case(&desk, Purpose::CaseWork, magdeburg(), case).await;
    assert!(refused.is_err());
    let mut browser = world.citizen(ERIKA).await;
    browser.get(&format!("{base}?angaben=ja")).await;
    let all = says(
        &mut browser,
        "/mein-bereich/zugriffe?eigene=ja",
        &["Sie selbst", "Bearbeitung des Antrags", "Verweigert"],
    )
    .await;
    let csrf = browser.get("/mein-bereich/zugriffe").await.hidden("csrf");
    let rows = |text: &str| text.matches("<time ").count();
    let reference = world
        .cases
        .my_case(erika(), magdeburg(), case)
        .await
        .unwrap()
        .reference
        .unwrap();
    let (part, _) = reference.split_once('-').unwrap();
    let lower = part.to_lowercase();
    for (fields, expected, count) in [
        (
            vec![("behoerde", "15003000"), ("eigene", "ja")],
            "?behoerde=15003000&eigene=ja",
            rows(&all),
        ),
        (vec![("behoerde", "15003000")], "?behoerde=15003000", rows(&all) - 1),
        (vec![("verweigert", "ja")], "?verweigert=ja", 1),
        (vec![("von", "2026-03-19")], "?von=2026-03-19", 0),
        (
            vec![("bis", "2026-03-18"), ("zweck", "own-data")],
            "?zweck=own-data&bis=2026-03-18",
            1,
        ),
        (
            vec![("aktenzeichen", lower.as_str())],
            &format!("?aktenzeichen={part}"),
            rows(&all) - 1,
        ),
        (vec![("aktenzeichen", "ZZZZZ")], "?aktenzeichen=ZZZZZ", 0),
        (vec![("behoerde", ""), ("von", ""), ("zweck", "x")], "", rows(&all) - 1),
    ] {
        let mut posted = vec![("csrf", csrf.as_str())];
        posted.extend(fields);
        let answer = browser.post("/mein-bereich/zugriffe", &posted).await;
        assert_eq!(
            answer.to(),
            format!("/mein-bereich/zugriffe{expected}"),
            "{}",
            answer.words()
        );
        let page = browser.get(answer.to()).await;
        assert_eq!(rows(&page.text()), count, "{expected} {}", page.words());
    }
    // A name typed into the search never gets into an address.
    let name = [("csrf", csrf.as_str()), ("aktenzeichen", "Erika Lehmann")];
    let answer = browser.post("/mein-bereich/zugriffe", &name).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.words().contains("Ein Aktenzeichen besteht nur aus Buchstaben"),
        "{}",
        answer.words()
    );
}

#[tokio::test]
async fn each_line_of_the_record_can_be_proven() {
    let world = world_of(full(), |_| {}).await;
    let (_, base) = asked(&world).await;
    let mut browser = world.citizen(ERIKA).await;
    browser.get(&format!("{base}?angaben=ja")).await;
    let list = browser.get("/mein-bereich/zugriffe").await.text();
    let path = list
        .split("href=\"")
        .find(|part| part.starts_with("/mein-bereich/zugriffe/"))
        .unwrap();
    let path = path.split('"').next().unwrap().to_owned();
    let page = browser.get(&path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.words());
    let text = page.text();
    assert!(
        text.contains("type=\"module\"") && text.contains("data-proof=\"/assets/proof-"),
        "{text}"
    );
    assert!(text.contains("wegfrei proof check beweis-15003000-"), "{text}");
    let file = browser.get(&format!("{path}/beweis.json")).await;
    assert_eq!(file.headers["content-type"], "application/json");
    let entry = wegfrei_journal::EntryProof::check(&file.text(), None).unwrap();
    assert!(path.ends_with(&format!("/{}", entry.seq)) && entry.kind == "access.granted");
    // Nobody else gets it, nor an entry that is no record of hers.
    let mut ali = world.citizen(ALI).await;
    for end in ["", "/beweis.json"] {
        assert_eq!(ali.get(&format!("{path}{end}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(
            browser
                .get(&format!("/mein-bereich/zugriffe/15003000/0{end}"))
                .await
                .status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn without_a_mail_server_it_is_a_letter() {
    let world = world().await;
    let case = sent(&world, "hundesteuer").await;
    let path = format!("/mein-bereich/vorgang/15003000/{case}/kontakt");
    let mut browser = world.citizen(ERIKA).await;
    let text = says(&mut browser, &path, &["bekommen Sie per Brief"]).await;
    assert!(!text.contains("name=\"kontakt\""), "{text}");
    let csrf = browser.get("/mein-bereich").await.hidden("csrf");
    for (address, part) in [
        ("x", "Das ist keine E-Mail-Adresse"),
        ("erika@mail.example", "noch nicht eingerichtet"),
    ] {
        let answer = browser
            .post(&path, &[("csrf", &csrf), ("kontakt", "email"), ("email", address)])
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.words().contains(part), "{}", answer.words());
    }
    let letter = browser.post(&path, &[("csrf", &csrf), ("kontakt", "brief")]).await;
    assert!(letter.to().ends_with("?meldung=kontakt"), "{}", letter.words());
}
