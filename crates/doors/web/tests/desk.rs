//! The desk: who may enter which page, and a day of caseworkers at one case with every kind of work.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod html;
mod world;

use axum::http::StatusCode;
use wegfrei_model::{AuthorityId, CaseId};
use world::{Answer, Browser, ERIKA, World, full, world_full};

/// A dangerous dog, sent by Erika to Magdeburg, in the service whose process knows every kind of work.
async fn sent(world: &World) -> (String, CaseId) {
    let package = world.cases.catalogue().package("hundesteuer").unwrap();
    let example = package
        .examples()
        .iter()
        .find(|example| example.file.contains("gefaehrlich"))
        .unwrap();
    let case = world.cases.new_case_id();
    let magdeburg = AuthorityId::parse("15003000").unwrap();
    let erika = wegfrei_model::PersonId::parse(ERIKA).unwrap();
    world
        .cases
        .submit_direct(erika, magdeburg, "voll", case, &example.application)
        .await
        .unwrap();
    (format!("/amt/vorgang/15003000/{case}"), case)
}

async fn open(browser: &mut Browser, case: &str, purpose: &str) -> Answer {
    let asked = browser.get(&format!("{case}/zweck")).await;
    let csrf = asked.hidden("csrf");
    let to = browser.post(case, &[("csrf", &csrf), ("zweck", purpose)]).await;
    assert_eq!(to.to(), case, "{}", to.words());
    browser.get(case).await
}

/// Answers the open task from a page loaded just now.
/// Confirmed, and said that it was checked.
const CONFIRM: [(&str, &str); 2] = [("antwort", "bestaetigen"), ("geprueft", "ja")];

async fn answer(browser: &mut Browser, case: &str, fields: &[(&str, &str)]) -> Answer {
    let path = format!("{case}/aufgabe");
    let page = browser.get(&path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.words());
    let (csrf, version) = (page.hidden("csrf"), page.hidden("version"));
    let mut all = vec![("csrf", csrf.as_str()), ("version", version.as_str())];
    all.extend(fields);
    browser.post(&path, &all).await
}

/// Answers with the form of corrections as it stands, and a reason.
async fn unchanged(browser: &mut Browser, case: &str, step: &str, reason: &str) -> Answer {
    let path = format!("{case}/aufgabe");
    let mut all = html::fields(&browser.get(&path).await.text(), "korrigieren-titel");
    all.retain(|(name, _)| !["grund", "antwort"].contains(&name.as_str()));
    let mut all: Vec<(&str, &str)> = all
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    all.extend([("antwort", step), ("grund", reason)]);
    browser.post(&path, &all).await
}

#[tokio::test]
async fn each_role_enters_its_own_rooms_and_sees_no_other_door() {
    let world = world_full().await;
    let rooms = [
        "/amt",
        "/amt/abwesenheit",
        "/amt/postausgang",
        "/amt/zahlungen",
        "/amt/umstellungen",
        "/amt/protokoll",
        "/amt/betrieb",
    ];
    // Rows: who; columns: the rooms.
    let matrix = [
        ("s-muster", [true, true, true, false, false, false, false]),
        ("s-leitung", [true, true, true, true, true, false, false]),
        ("s-schutz", [false, false, false, false, false, true, false]),
        ("s-revision", [false, false, false, false, false, true, false]),
        ("s-betrieb", [false, false, false, false, false, false, true]),
    ];
    for (who, may) in matrix {
        let mut browser = world.staff("15003000", who).await;
        for (room, enters) in rooms.into_iter().zip(may) {
            let page = browser.get(room).await;
            let expected = if enters { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(page.status, expected, "{who} at {room}: {}", page.words());
            if !enters {
                assert!(
                    page.words().contains("gehört nicht zu Ihren Aufgaben"),
                    "{who} at {room}"
                );
            }
            for (door, opens) in rooms.into_iter().zip(may) {
                let shown = page.text().contains(&format!("href=\"{door}\""));
                assert_eq!(shown, opens, "{who} at {room}: door to {door}");
            }
        }
        // What changes something is refused alike.
        let csrf = browser.get("/pruefen").await.hidden("csrf");
        for (path, room) in [("/amt/abwesenheit", 1), ("/amt/betrieb", 6)] {
            let fields = [
                ("csrf", csrf.as_str()),
                ("auftrag", "15003000/x"),
                ("beenden", "s-muster/9"),
            ];
            let status = browser.post(path, &fields).await.status;
            let expected = if may[room] {
                StatusCode::SEE_OTHER
            } else {
                StatusCode::FORBIDDEN
            };
            assert_eq!(status, expected, "{who} posts to {path}");
        }
        let run = "0190b3c0-0000-7000-8000-00000000abcd";
        let fields = [
            ("csrf", csrf.as_str()),
            ("monat", "2026-04"),
            ("lauf", run),
            ("summe", "0"),
        ];
        let started = browser.post("/amt/zahlungen", &fields).await;
        let prepared = browser.get("/amt/zahlungen/lauf/2026-04").await;
        let file = browser.get(&format!("/amt/zahlungen/datei/{run}.xml")).await;
        let expected = if may[3] {
            [StatusCode::UNPROCESSABLE_ENTITY, StatusCode::OK, StatusCode::NOT_FOUND]
        } else {
            [StatusCode::FORBIDDEN, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND]
        };
        assert_eq!([started.status, prepared.status, file.status], expected, "{who} pays");
        // Moves: who may not, is refused before anything else is said.
        let csrf = [("csrf", csrf.as_str())];
        let expected = if may[4] {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::FORBIDDEN
        };
        for path in ["/amt/umstellungen/7", "/amt/umstellungen/voll/0.9.0"] {
            assert_eq!(browser.get(path).await.status, expected, "{who} at {path}");
            assert_eq!(
                browser.post(path, &csrf).await.status,
                expected,
                "{who} posts to {path}"
            );
        }
    }
    let mut erika = world.citizen(ERIKA).await;
    for room in rooms {
        assert_eq!(erika.get(room).await.status, StatusCode::FORBIDDEN, "{room}");
    }
}

#[tokio::test]
async fn only_who_works_on_cases_opens_one_and_a_refusal_is_recorded() {
    let world = world_full().await;
    let (case, _) = sent(&world).await;
    for (who, purpose, page, expected) in [
        ("s-muster", "case-work", "", StatusCode::OK),
        ("s-leitung", "supervision", "", StatusCode::OK),
        ("s-schutz", "case-work", "", StatusCode::FORBIDDEN),
        ("s-revision", "supervision", "/akte", StatusCode::FORBIDDEN),
        ("s-betrieb", "case-work", "/aufgabe", StatusCode::FORBIDDEN),
    ] {
        let mut browser = world.staff("15003000", who).await;
        open(&mut browser, &case, purpose).await;
        let shown = browser.get(&format!("{case}{page}")).await;
        assert_eq!(shown.status, expected, "{who} {page}: {}", shown.words());
        assert_eq!(shown.text().contains("Lehmann"), expected == StatusCode::OK, "{who}");
    }
    // Who is refused anyway is not asked what for; who is asked is offered only what they may choose.
    for (authority, who, purposes) in [
        ("15003000", "s-muster", Some(3)),
        ("15003000", "s-leitung", Some(4)),
        ("15003000", "s-schutz", None),
        ("15002000", "s-halle", None),
    ] {
        let mut browser = world.staff(authority, who).await;
        for path in [case.clone(), format!("{case}/zweck"), format!("{case}/akte")] {
            let page = browser.get(&path).await;
            let asked = page.words().contains("Wozu öffnen Sie die Akte?");
            assert_eq!(asked, purposes.is_some(), "{who} {path}: {}", page.words());
            assert_eq!(
                page.text().matches("<option value=").count(),
                purposes.unwrap_or(0),
                "{who}"
            );
            assert_eq!(page.status == StatusCode::FORBIDDEN, !asked, "{who} {path}");
        }
    }
    let mut officer = world.staff("15003000", "s-schutz").await;
    let records = officer.get("/amt/protokoll").await;
    let words = records.words();
    assert!(
        words.contains("verweigert")
            && words.contains("Jürgen Muster")
            && words.contains("Sachbearbeitung, Halle (Saale)"),
        "{words}"
    );
    assert!(
        !words.contains("Lehmann") && !words.contains("Lindenweg"),
        "no contents: {words}"
    );
    let none = officer.get("/amt/protokoll?von=2026-03-19").await.words();
    assert!(none.contains("Keine Zugriffe"), "{none}");
    let bad = officer.get("/amt/protokoll?kennung=Lehmann").await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_purpose_is_of_one_session_and_one_case() {
    let world = world_full().await;
    let (case, _) = sent(&world).await;
    let (other, _) = sent(&world).await;
    let mut jürgen = world.staff("15003000", "s-muster").await;
    assert!(
        open(&mut jürgen, &case, "citizen-question")
            .await
            .words()
            .contains("Lehmann")
    );
    assert!(
        jürgen.get(&other).await.words().contains("Wozu öffnen Sie die Akte?"),
        "another case"
    );
    // Who only answers a question does not decide.
    assert!(
        jürgen
            .get(&format!("{case}/aufgabe"))
            .await
            .words()
            .contains("Wozu öffnen Sie die Akte?")
    );
    let cookie = jürgen.cookies["zweck"].clone();
    let mut second = world.staff("15003000", "s-zwei").await;
    for value in [
        cookie.clone(),
        cookie.replace("citizen-question", "case-work"),
        "x~y".to_owned(),
    ] {
        second.cookies.insert("zweck".to_owned(), value);
        assert!(
            second.get(&case).await.words().contains("Wozu öffnen Sie die Akte?"),
            "another session's"
        );
    }
    jürgen
        .cookies
        .insert("zweck".to_owned(), cookie.replace("citizen-question", "case-work"));
    assert!(
        jürgen.get(&case).await.words().contains("Wozu öffnen Sie die Akte?"),
        "forged"
    );
    jürgen.cookies.insert("zweck".to_owned(), cookie);
    assert!(jürgen.get(&case).await.words().contains("Lehmann"));
    world.clock.advance(std::time::Duration::from_secs(4 * 3600));
    let later = jürgen.get(&case).await;
    assert!(!later.text().contains("Lehmann"), "{}", later.words());
}

#[tokio::test]
async fn papers_are_asked_for_a_colleague_releases_and_the_letter_is_seen_before() {
    let world = world_full().await;
    let (case, id) = sent(&world).await;
    let mut jürgen = world.staff("15003000", "s-muster").await;
    let opened = open(&mut jürgen, &case, "case-work").await;
    assert!(opened.text().contains("aria-current=\"step\"") && opened.words().contains("hier steht der Vorgang"));

    // A note stays in the file; an empty one is refused in words.
    let csrf = opened.hidden("csrf");
    let empty = jürgen
        .post(&format!("{case}/notiz"), &[("csrf", &csrf), ("notiz", " ")])
        .await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let noted = jürgen
        .post(
            &format!("{case}/notiz"),
            &[("csrf", &csrf), ("notiz", "Anruf: Nachweis kommt <b>")],
        )
        .await;
    assert!(noted.to().starts_with(&format!("{case}?meldung=notiz")));
    assert!(
        jürgen
            .get(&case)
            .await
            .text()
            .contains("Anruf: Nachweis kommt &#60;b&#62;")
    );

    // What is missing is named; the draft shows it; then it goes out.
    let wrong = answer(&mut jürgen, &case, &[("antwort", "nachfordern"), ("frist.tag", "99")]).await;
    let words = wrong.words();
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        words.contains("Schreiben Sie, was Sie brauchen") && words.contains("letzten Tag als Datum"),
        "{words}"
    );
    let request = [
        ("antwort", "nachfordern"),
        ("anliegen", "Bitte senden Sie den Sachkundenachweis."),
        ("unterlagen", "Sachkundenachweis\r\nHaftpflicht"),
        ("frist.tag", "15"),
        ("frist.monat", "4"),
        ("frist.jahr", "2026"),
    ];
    let csrf = jürgen.get(&format!("{case}/aufgabe")).await;
    let (csrf, version) = (csrf.hidden("csrf"), csrf.hidden("version"));
    let mut draft = vec![("csrf", csrf.as_str()), ("version", version.as_str())];
    draft.extend(request);
    let pdf = jürgen.post(&format!("{case}/aufgabe/entwurf"), &draft).await;
    assert_eq!(&pdf.bytes[..5], b"%PDF-", "{}", pdf.words());
    let policy = pdf.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'self'") && policy.contains("default-src 'none'"));
    assert_eq!(pdf.headers["x-frame-options"], "SAMEORIGIN");
    let asked = answer(&mut jürgen, &case, &request).await;
    assert_eq!(
        asked.to(),
        format!("{case}/entschieden?ergebnis=nachgefordert"),
        "{}",
        asked.words()
    );
    let told = jürgen.get(asked.to()).await.words();
    assert!(told.contains("Im Brief steht: nicht vor dem 15. April 2026"), "{told}");
    let opened = jürgen.get(&case).await.words();
    assert!(
        opened.contains("Sachkundenachweis") && opened.contains("am Zug") && opened.contains("noch nicht abgeschickt"),
        "{opened}"
    );
    let waiting = jürgen.get("/amt?ansicht=waiting").await;
    assert!(waiting.text().contains(&case) && !waiting.text().contains("name=\"nehmen\""));

    // The applicant answers; the same caseworker confirms, and may not release it too.
    let (erika, magdeburg) = (
        wegfrei_model::PersonId::parse(ERIKA).unwrap(),
        AuthorityId::parse("15003000").unwrap(),
    );
    world.cases.supply(erika, magdeburg, id, "Liegt bei.").await.unwrap();
    // What they wrote stands with what they were asked, by its name; nothing has been decided yet.
    let answered = jürgen.get(&case).await.words();
    for (said, there) in [
        ("Beantwortet.", true),
        ("Antwort vom 18. März 2026", true),
        ("Antwort Liegt bei.", true),
        ("Begründung Liegt bei.", false),
        ("Vorschlag berechnet", true),
        ("Nach den Regeln entschieden", false),
        ("Die Frist endete", false),
        ("Vorschlag nach den Regeln", true),
    ] {
        assert_eq!(answered.contains(said), there, "{said}: {answered}");
    }
    let confirmed = answer(&mut jürgen, &case, &CONFIRM).await;
    let done = jürgen.get(confirmed.to()).await.words();
    assert!(done.contains("zweite Person muss noch freigeben"), "{done}");
    // Not offered to who checked, neither in the list nor on the case, and refused to who tries all the same.
    let list = jürgen.get("/amt?ansicht=team").await;
    assert!(list.text().contains("data-test=\"vier-augen\"") && !list.text().contains("name=\"nehmen\""));
    let own = jürgen.get(&case).await;
    assert!(
        own.words()
            .contains("Vier Augen: Sie haben diesen Vorgang selbst geprüft")
    );
    assert!(!own.text().contains("data-test=\"aufgabe\""));
    assert_eq!(jürgen.get(&format!("{case}/aufgabe")).await.to(), case);
    let desk = wegfrei_journal::Actor::staff("s-muster", magdeburg);
    let purpose = wegfrei_identity::Purpose::CaseWork;
    let version = world
        .cases
        .open_case(&desk, purpose, magdeburg, id)
        .await
        .unwrap()
        .version
        .to_string();
    let fields = [
        ("csrf", &*own.hidden("csrf")),
        ("version", &version),
        ("antwort", "freigeben"),
    ];
    let own = jürgen.post(&format!("{case}/aufgabe"), &fields).await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(own.words().contains("Vier Augen"), "{}", own.words());

    let mut second = world.staff("15003000", "s-zwei").await;
    let list = second.get("/amt?ansicht=team").await;
    assert!(!list.text().contains("data-test=\"vier-augen\"") && list.text().contains("name=\"nehmen\""));
    open(&mut second, &case, "case-work").await;
    // What comes after the check is said to the second person: who checked did not know it.
    let task = format!("{case}/aufgabe");
    assert!(
        !second
            .get(&task)
            .await
            .text()
            .contains("data-test=\"seit-der-pruefung\"")
    );
    world.clock.advance(std::time::Duration::from_secs(60));
    world.cases.supply(erika, magdeburg, id, "Noch etwas.").await.unwrap();
    let since = second.get(&task).await;
    assert!(
        since.text().contains("data-test=\"seit-der-pruefung\"")
            && since.words().contains("Nachricht vom 18. März 2026"),
        "{}",
        since.words()
    );
    let silent = answer(&mut second, &case, &[("antwort", "zurueckgeben")]).await;
    assert!(
        silent.words().contains("warum Sie den Vorgang zurückgeben"),
        "{}",
        silent.words()
    );
    let released = answer(&mut second, &case, &[("antwort", "freigeben")]).await;
    assert_eq!(
        released.to(),
        format!("{case}/entschieden?ergebnis=freigegeben"),
        "{}",
        released.words()
    );
    while world.cases.work_once().await.unwrap() > 0 {}
    let opened = second.get(&case).await;
    let text = opened.text();
    let letter = text.split("href=\"").find(|part| part.contains("?brief=")).unwrap();
    let shown = second
        .get(letter.split('"').next().unwrap().split('#').next().unwrap())
        .await;
    assert!(
        shown.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("frame-src 'self'")
    );
    let src = shown.text();
    let src = src
        .split("<iframe src=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let pdf = second.get(&src).await;
    assert_eq!(&pdf.bytes[..5], b"%PDF-");
    assert!(
        pdf.headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("inline")
    );
    // Another case's purpose does not open it.
    let (other, _) = sent(&world).await;
    open(&mut second, &other, "case-work").await;
    let foreign = src.replace(&case, &other);
    assert_eq!(second.get(&foreign).await.status, StatusCode::NOT_FOUND);
    let file = second.get(&format!("{case}/akte")).await.words();
    for said in [
        "Lehmann",
        "Anruf: Nachweis kommt",
        "Freigegeben",
        "Sachkundenachweis",
        "Antrag eingegangen",
    ] {
        assert!(file.contains(said), "the printed file says {said}");
    }
}

#[tokio::test]
async fn tasks_are_taken_given_back_and_handed_over_and_what_fails_is_named() {
    let world = world_full().await;
    let mut cases = Vec::new();
    for _ in 0..3 {
        cases.push(sent(&world).await.0);
    }
    let mut jürgen = world.staff("15003000", "s-muster").await;
    let mut second = world.staff("15003000", "s-zwei").await;
    let list = "/amt?ansicht=team";
    let picks = |page: &Answer| -> Vec<String> {
        let text = page.text();
        let boxes = text.split("name=\"aufgabe\" value=\"").skip(1);
        boxes.map(|part| part.split('"').next().unwrap().to_owned()).collect()
    };
    let before = jürgen.get(list).await;
    let free = picks(&before);
    assert_eq!(free.len(), 3, "{}", before.words());
    let csrf = before.hidden("csrf");
    let take = [("csrf", csrf.as_str()), ("liste", list), ("nehmen", free[0].as_str())];
    let taken = jürgen.post("/amt/zuweisen", &take).await;
    assert_eq!(taken.to(), "/amt?ansicht=team&meldung=uebernommen");
    assert!(
        jürgen
            .get(taken.to())
            .await
            .words()
            .contains("Sie haben die Aufgabe übernommen")
    );
    assert!(jürgen.get("/amt?ansicht=mine").await.text().contains(&cases[0]));

    // The colleague's page is old: two go, one is somebody's already, and it is named.
    let csrf = second.get(list).await.hidden("csrf");
    let mut all = vec![
        ("csrf", csrf.as_str()),
        ("liste", list),
        ("tun", "uebergeben"),
        ("an", "s-zwei"),
    ];
    all.extend(free.iter().map(|pick| ("aufgabe", pick.as_str())));
    let handed = second.post("/amt/zuweisen", &all).await;
    let words = handed.words();
    assert_eq!(handed.status, StatusCode::OK, "{words}");
    assert!(words.contains("2 Aufgaben sind übergeben an: Zita Zwei"), "{words}");
    let reference = free[0].rsplit('/').next().unwrap();
    assert!(
        words.contains(reference) && words.contains("Eine Aufgabe wurde nicht übergeben"),
        "{words}"
    );

    let mine = picks(&second.get("/amt?ansicht=mine").await);
    assert_eq!(mine.len(), 2);
    let back = [
        ("csrf", csrf.as_str()),
        ("liste", "//boese.example"),
        ("zurueck", mine[0].as_str()),
    ];
    assert_eq!(second.post("/amt/zuweisen", &back).await.to(), "/amt?meldung=zurueck");
    // What nobody holds a caseworker takes first; only the team lead gives it to somebody at once.
    let again = picks(&second.get(list).await);
    let free_now = again.iter().find(|pick| pick.contains("/-/")).unwrap();
    let away = [
        ("csrf", csrf.as_str()),
        ("liste", list),
        ("tun", "uebergeben"),
        ("an", "s-muster"),
        ("aufgabe", free_now.as_str()),
    ];
    let told = second.post("/amt/zuweisen", &away).await.words();
    assert!(told.contains("noch frei. Übernehmen Sie sie zuerst"), "{told}");
    let nothing = [("csrf", csrf.as_str()), ("tun", "uebergeben")];
    assert_eq!(second.post("/amt/zuweisen", &nothing).await.to(), "/amt?meldung=nichts");

    for (query, found) in [
        ("ansicht=team&bei=*", 1),
        ("ansicht=team&bei=s-muster", 1),
        ("ansicht=all", 3),
        ("ansicht=team&leistung=hundesteuer", 0),
        ("ansicht=team&von=2026-03-18&bis=2026-03-18", 3),
        ("ansicht=team&bis=2026-03-17", 0),
    ] {
        let page = jürgen.get(&format!("/amt?{query}")).await;
        assert_eq!(
            page.text().matches("data-row>").count(),
            found,
            "{query}: {}",
            page.words()
        );
    }
    let one = jürgen.get(&format!("/amt?ansicht=team&aktenzeichen={reference}")).await;
    assert_eq!(one.text().matches("data-row>").count(), 1, "{}", one.words());
    for query in ["aktenzeichen=x", "von=gestern", "von=2026-04-01&bis=2026-03-01"] {
        let page = jürgen.get(&format!("/amt?ansicht=team&{query}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
}

/// § 72 VwGO: after Abhilfe the first case is decided anew at the desk, and the objection's task is done with it.
#[tokio::test]
async fn after_abhilfe_it_is_decided_anew_at_the_desk() {
    let world = world_full().await;
    let (case, id) = sent(&world).await;
    let erika = wegfrei_model::PersonId::parse(ERIKA).unwrap();
    let magdeburg = AuthorityId::parse("15003000").unwrap();
    let mut jürgen = world.staff("15003000", "s-muster").await;
    open(&mut jürgen, &case, "case-work").await;
    answer(&mut jürgen, &case, &CONFIRM).await;
    let mut second = world.staff("15003000", "s-zwei").await;
    open(&mut second, &case, "case-work").await;
    answer(&mut second, &case, &[("antwort", "freigeben")]).await;
    while world.cases.work_once().await.unwrap() > 0 {}
    let mailbox = world.cases.mailbox(erika).await.unwrap();
    let mut known = mailbox
        .iter()
        .filter(|known| known.case == id && known.template == "bescheid");
    let notice = known.next().unwrap().notice;
    let filed = world.cases.object(erika, magdeburg, id, notice, "Nein.").await.unwrap();
    let objection = format!("/amt/vorgang/15003000/{}", filed.case);
    open(&mut second, &objection, "legal-remedy").await;
    let unchosen = [("antwort", "ansehen"), ("grund", "Der Wesenstest lag vor.")];
    let unchosen = answer(&mut second, &objection, &unchosen).await.words();
    assert!(
        unchosen.contains("Bitte wählen Sie, wie entschieden wird.") && !unchosen.contains("Vorschlag"),
        "{unchosen}"
    );
    let chosen = [
        ("antwort", "korrigieren"),
        ("amt.ergebnis", "abhilfe"),
        ("grund", "Der Wesenstest lag vor."),
    ];
    answer(&mut second, &objection, &chosen).await;
    while world.cases.work_once().await.unwrap() > 0 {}
    world.clock.advance(std::time::Duration::from_secs(60));
    let page = second.get(&case).await;
    let csrf = page.hidden("csrf");
    assert!(page.words().contains("Neu entscheiden"), "{}", page.words());
    let path = format!("{case}/neu-entscheiden");
    for _ in 0..2 {
        let begun = second.post(&path, &[("csrf", &csrf)]).await;
        assert_eq!(begun.to(), format!("{case}/aufgabe"), "{}", begun.words());
    }
    let mut lead = world.staff("15003000", "s-leitung").await;
    let csrf = open(&mut lead, &case, "case-work").await.hidden("csrf");
    assert_eq!(lead.post(&path, &[("csrf", &csrf)]).await.status, StatusCode::FORBIDDEN);
    let page = second.get(&format!("{case}/aufgabe")).await;
    assert!(!page.text().contains("value=\"bestaetigen\""), "nothing to confirm");
    // Which notice it replaces, and where that can be read.
    let old = world.cases.mailbox(erika).await.unwrap();
    let old = old.iter().find(|known| known.notice == notice).unwrap();
    let replaces = format!("ersetzt den Bescheid vom 18. März 2026 mit dem Prüfcode {}", old.code);
    for page in [&page, &second.get(&case).await] {
        assert!(page.words().contains(&replaces), "{}", page.words());
        assert!(page.text().contains(&format!("?brief={notice}#unterlage")));
    }
    // Taken back with a reason, and begun again.
    let back = format!("{case}/zuruecknehmen");
    let csrf = second.get(&case).await.hidden("csrf");
    let silent = second.post(&back, &[("csrf", &csrf), ("grund", " ")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        silent.words().contains("warum Sie das zurücknehmen"),
        "{}",
        silent.words()
    );
    let taken = second
        .post(&back, &[("csrf", &csrf), ("grund", "Die Akte fehlt <b>.")])
        .await;
    let words = second.follow(taken.to()).await.words();
    for part in [
        "Alles ist wie vorher.",
        "„Neu entscheiden“ zurückgenommen: Die Akte fehlt &#60;b&#62;.",
        "abgeholfen am 18. März 2026, der neue Bescheid fehlt noch",
    ] {
        assert!(words.contains(part), "„{part}“ in {words}");
    }
    assert_eq!(
        second
            .post(&back, &[("csrf", &csrf), ("grund", "Noch einmal")])
            .await
            .to(),
        case
    );
    world.clock.advance(std::time::Duration::from_secs(60));
    second.post(&path, &[("csrf", &csrf)]).await;
    let actor = wegfrei_journal::Actor::staff("s-zwei", magdeburg);
    let purpose = wegfrei_identity::Purpose::LegalRemedy;
    let view = world.cases.open_case(&actor, purpose, magdeburg, id).await.unwrap();
    let at = wegfrei_cases::AtTask {
        actor,
        purpose,
        authority: magdeburg,
        case: id,
        task: view.task.unwrap().task,
    };
    let gentle = wegfrei_cases::Verdict::Correct {
        reason: "Der Wesenstest lag vor.".to_owned(),
        corrections: serde_json::Map::from_iter([("gefaehrlich".to_owned(), false.into())]),
        answers: serde_json::Map::new(),
    };
    world.cases.complete_task(&at, view.version, gentle).await.unwrap();
    while world.cases.work_once().await.unwrap() > 0 {}
    // The old notice says so to its owner, and to anybody who checks it: nothing more.
    let mut owner = world.citizen(ERIKA).await;
    let said = "Dieser Bescheid gilt nicht mehr: Er ist durch den Bescheid vom 18. März 2026 ersetzt.";
    for page in [
        "/mein-bereich".to_owned(),
        format!("/mein-bereich/vorgang/15003000/{id}"),
    ] {
        let words = owner.get(&page).await.words();
        assert_eq!(words.matches(said).count(), 1, "{words}");
    }
    let words = owner.get(&format!("/mein-bereich/vorgang/15003000/{id}")).await.words();
    assert!(words.contains("Es gilt der Bescheid vom 18. März 2026."), "{words}");
    let mut anybody = world.browser();
    let checked = anybody.get(&format!("/pruefen?code={}", old.code)).await.words();
    assert!(
        checked.contains("durch einen späteren Bescheid vom 18. März 2026 ersetzt"),
        "{checked}"
    );
    let new = world.cases.mailbox(erika).await.unwrap();
    let mut new = new
        .iter()
        .filter(|known| known.case == id && known.replaced_at.is_none());
    let new = new.find(|known| known.template == "bescheid").unwrap();
    assert!(!checked.contains(&new.code) && !checked.contains(&new.reference));
    let checked = anybody.get(&format!("/pruefen?code={}", new.code)).await.words();
    assert!(checked.contains("Echt") && !checked.contains("ersetzt"), "{checked}");
    // In the outbox the letters of this case are told apart.
    let outbox = second.get("/amt/postausgang").await.words();
    assert!(outbox.contains(&format!("Prüfcode {}", new.code)), "{outbox}");
}

/// An objection can succeed because a rate or the reading of the law was wrong: at the desk nothing could be done then but falsify a fact.
#[tokio::test]
async fn a_success_is_carried_out_at_the_desk_by_a_reason_alone() {
    let world = world_full().await;
    let (case, id) = sent(&world).await;
    let erika = wegfrei_model::PersonId::parse(ERIKA).unwrap();
    let magdeburg = AuthorityId::parse("15003000").unwrap();
    let mut jürgen = world.staff("15003000", "s-muster").await;
    open(&mut jürgen, &case, "case-work").await;
    answer(&mut jürgen, &case, &CONFIRM).await;
    let mut second = world.staff("15003000", "s-zwei").await;
    open(&mut second, &case, "case-work").await;
    answer(&mut second, &case, &[("antwort", "freigeben")]).await;
    while world.cases.work_once().await.unwrap() > 0 {}
    let mailbox = world.cases.mailbox(erika).await.unwrap();
    let notice = mailbox.iter().find(|known| known.case == id && known.kind.is_main());
    let filed = world
        .cases
        .object(erika, magdeburg, id, notice.unwrap().notice, "Der Satz ist falsch.")
        .await
        .unwrap();
    let objection = format!("/amt/vorgang/15003000/{}", filed.case);
    open(&mut second, &objection, "legal-remedy").await;
    let granted = [
        ("antwort", "korrigieren"),
        ("amt.ergebnis", "abhilfe"),
        ("grund", "Der Satz war falsch."),
    ];
    answer(&mut second, &objection, &granted).await;
    while world.cases.work_once().await.unwrap() > 0 {}
    world.clock.advance(std::time::Duration::from_secs(60));
    let mut files = full();
    let path = "services/voll/adoptions/15003000.toml";
    let adoption = String::from_utf8(files.get(path).unwrap().to_vec()).unwrap();
    let (wrong, right) = (
        "satz_gefaehrlicher_hund = { value = 50000",
        "satz_gefaehrlicher_hund = { value = 40000",
    );
    assert!(adoption.contains(wrong));
    files.insert(path, adoption.replace(wrong, right).into_bytes()).unwrap();
    let world = world.restarted(&files);
    let mut second = world.staff("15003000", "s-zwei").await;
    let csrf = open(&mut second, &case, "legal-remedy").await.hidden("csrf");
    second
        .post(&format!("{case}/neu-entscheiden"), &[("csrf", &csrf)])
        .await;
    let page = second.get(&format!("{case}/aufgabe")).await;
    for part in ["Neu berechnen", "War keine Angabe falsch"] {
        assert!(page.words().contains(part), "{part}: {}", page.words());
    }
    // The form as it stands, with nothing changed: a reason is wanted, and it is enough.
    let silent = unchanged(&mut second, &case, "ansehen", " ").await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    let reason = "Der Satz war falsch.";
    let look = unchanged(&mut second, &case, "ansehen", reason).await;
    assert_eq!(look.status, StatusCode::OK, "{}", look.words());
    for part in [
        "Die Angaben bleiben, wie sie sind.",
        "500,00 €",
        "400,00 €",
        "So entscheiden",
    ] {
        assert!(look.words().contains(part), "{part}: {}", look.words());
    }
    assert!(!look.words().contains("gäbe dasselbe"), "the result is another");
    let decided = unchanged(&mut second, &case, "korrigieren", reason).await;
    assert!(decided.to().ends_with("entschieden"), "{}", decided.words());
    let said = second.follow(decided.to()).await.words();
    assert!(
        said.contains("Die Entscheidung ist gespeichert.") && said.contains("Eine zweite Person muss noch freigeben."),
        "{said}"
    );
    let mut jürgen = world.staff("15003000", "s-muster").await;
    open(&mut jürgen, &case, "legal-remedy").await;
    answer(&mut jürgen, &case, &[("antwort", "freigeben")]).await;
    while world.cases.work_once().await.unwrap() > 0 {}
    let words = jürgen.get(&case).await.words();
    assert!(
        words.contains("hatte Erfolg, neuer Bescheid vom") && words.contains(reason),
        "{words}"
    );
    // Where nothing is decided anew, a reason alone is still nothing.
    let (other, _) = sent(&world).await;
    open(&mut jürgen, &other, "case-work").await;
    let nothing = unchanged(&mut jürgen, &other, "ansehen", reason).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        nothing.words().contains("Sie haben nichts geändert"),
        "{}",
        nothing.words()
    );
}

#[tokio::test]
async fn what_a_colleague_took_is_said_and_nothing_typed_is_lost() {
    let world = world_full().await;
    let (case, id) = sent(&world).await;
    let mut second = world.staff("15003000", "s-zwei").await;
    open(&mut second, &case, "case-work").await;
    let path = format!("{case}/aufgabe");
    let page = second.get(&path).await;
    let (csrf, version) = (page.hidden("csrf"), page.hidden("version"));
    // Jürgen takes it while Zita writes.
    let magdeburg = AuthorityId::parse("15003000").unwrap();
    let jürgen = wegfrei_journal::Actor::staff("s-muster", magdeburg);
    let purpose = wegfrei_identity::Purpose::CaseWork;
    let task = world
        .cases
        .open_case(&jürgen, purpose, magdeburg, id)
        .await
        .unwrap()
        .task
        .unwrap()
        .task;
    world
        .cases
        .assign(&jürgen, id, task, None, Some("s-muster"))
        .await
        .unwrap();
    let sent = [
        ("csrf", csrf.as_str()),
        ("version", version.as_str()),
        ("antwort", "nachfordern"),
        ("anliegen", "Bitte senden Sie den Sachkundenachweis."),
        ("frist.tag", "15"),
        ("frist.monat", "4"),
        ("frist.jahr", "2026"),
    ];
    let told = second.post(&path, &sent).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    let words = told.words();
    assert!(
        words.contains("liegt bei Jürgen Muster") && words.contains("Sachkundenachweis"),
        "{words}"
    );
    let draft = second.post(&format!("{path}/entwurf"), &sent).await;
    assert_eq!(draft.status, StatusCode::CONFLICT);
    assert!(draft.words().contains("liegt bei Jürgen Muster"), "{}", draft.words());
    // The pages say it and offer nothing.
    for page in [second.get(&case).await, second.get(&path).await] {
        assert!(page.words().contains("liegt bei Jürgen Muster"), "{}", page.words());
        assert!(!page.text().contains("name=\"antwort\"") && !page.text().contains("data-test=\"aufgabe\""));
    }
    let mut schutz = world.staff("15003000", "s-schutz").await;
    assert!(schutz.get("/amt/protokoll").await.words().contains("verweigert"));
    // His own page is as ever.
    let mut jürgen = world.staff("15003000", "s-muster").await;
    open(&mut jürgen, &case, "case-work").await;
    assert!(jürgen.get(&path).await.text().contains("value=\"bestaetigen\""));
}

#[tokio::test]
async fn who_is_absent_is_represented() {
    let world = world_full().await;
    let (case, _) = sent(&world).await;
    let mut jürgen = world.staff("15003000", "s-muster").await;
    let page = jürgen.get("/amt").await;
    let text = page.text();
    let pick = text
        .split("name=\"nehmen\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let csrf = page.hidden("csrf");
    jürgen.post("/amt/zuweisen", &[("csrf", &csrf), ("nehmen", pick)]).await;
    let days = [
        ("csrf", csrf.as_str()),
        ("von.tag", "18"),
        ("von.monat", "3"),
        ("von.jahr", "2026"),
        ("bis.tag", "20"),
        ("bis.monat", "3"),
        ("bis.jahr", "2026"),
    ];
    let missing = jürgen.post("/amt/abwesenheit", &days).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(missing.words().contains("Wählen Sie eine Vertretung") && missing.text().contains("value=\"18\""));
    let mut right = days.to_vec();
    right.push(("vertretung", "s-zwei"));
    let set = jürgen.post("/amt/abwesenheit", &right).await;
    assert_eq!(set.to(), "/amt/abwesenheit?meldung=eingetragen", "{}", set.words());

    let mut second = world.staff("15003000", "s-zwei").await;
    let mine = second.get("/amt?ansicht=mine").await;
    assert!(
        mine.text().contains(&case) && mine.words().contains("in Vertretung für Jürgen Muster"),
        "{}",
        mine.words()
    );
    // A colleague ends only their own; the team lead any, and sees the load.
    assert!(!second.get("/amt/abwesenheit").await.text().contains("name=\"beenden\""));
    let mut lead = world.staff("15003000", "s-leitung").await;
    let page = lead.get("/amt/abwesenheit").await;
    let words = page.words();
    assert!(
        words.contains("Auslastung des Teams") && words.contains("abwesend, Vertretung: Zita Zwei"),
        "{words}"
    );
    let text = page.text();
    let named = text
        .split("name=\"beenden\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let end = [("csrf", &*page.hidden("csrf")), ("beenden", named)];
    assert_eq!(
        lead.post("/amt/abwesenheit", &end).await.to(),
        "/amt/abwesenheit?meldung=beendet"
    );
    assert!(
        second
            .get("/amt?ansicht=mine")
            .await
            .words()
            .contains("Sie haben gerade keine Aufgabe")
    );
}

/// From posting on the period for objection runs; until then the letter waits, for this authority only.
#[tokio::test]
async fn a_letter_is_printed_posted_and_gone() {
    let world = world_full().await;
    let magdeburg = AuthorityId::parse("15003000").unwrap();
    let erika = wegfrei_model::PersonId::parse(ERIKA).unwrap();
    let package = world.cases.catalogue().package("hundesteuer").unwrap();
    let ordinary = package
        .examples()
        .iter()
        .find(|example| example.file.contains("01-erster"))
        .unwrap();
    let case = world.cases.new_case_id();
    let sent = world
        .cases
        .submit_direct(erika, magdeburg, "hundesteuer", case, &ordinary.application)
        .await;
    sent.unwrap();
    while world.cases.work_once().await.unwrap() > 0 {}

    let mut other = world.staff("15002000", "s-halle").await;
    assert!(
        other
            .get("/amt/postausgang")
            .await
            .words()
            .contains("Es wartet kein Brief")
    );
    let mut muster = world.staff("15003000", "s-muster").await;
    let page = muster.get("/amt/postausgang").await;
    let text = page.text();
    let pdf = text
        .split("href=\"")
        .find(|part| part.starts_with("/amt/postausgang/"))
        .and_then(|part| part.split('"').next())
        .unwrap();
    assert_eq!(
        other.get(pdf).await.status,
        StatusCode::NOT_FOUND,
        "of another authority"
    );
    assert!(muster.get(pdf).await.bytes.starts_with(b"%PDF-"));
    let id = pdf.trim_start_matches("/amt/postausgang/").trim_end_matches(".pdf");
    let csrf = page.hidden("csrf");
    let all = muster.get("/amt?ansicht=all").await.words();
    assert!(
        all.contains("Rechtsbehelfsfrist beginnt erst, wenn der Brief auf dem Weg ist") && !all.contains("abgelaufen"),
        "{all}"
    );
    // One envelope: one row with both PDFs, named, and one date box.
    assert_eq!(text.matches("name=\"brief\"").count(), 1);
    assert_eq!(text.matches(".pdf\"").count(), 2);
    for words in [
        "Bescheid (PDF)",
        "Beilage in Leichter Sprache (PDF)",
        "Mit einfachem Brief",
    ] {
        assert!(text.contains(words), "{words}");
    }
    let today = world.cases.now().date();
    let (day, tomorrow) = (today.to_string(), today.tomorrow().unwrap().to_string());
    for (tag, wrong) in [
        ("", "als Datum"),
        ("morgen", "als Datum"),
        (tomorrow.as_str(), "Zukunft"),
    ] {
        let refused = muster
            .post("/amt/postausgang", &[("csrf", &csrf), ("brief", id), ("tag", tag)])
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{tag}");
        assert!(refused.words().contains(wrong), "{tag}: {}", refused.words());
    }
    // A second click is told from the first.
    for message in ["abgeschickt", "schon"] {
        let posted = muster
            .post("/amt/postausgang", &[("csrf", &csrf), ("brief", id), ("tag", &day)])
            .await;
        assert_eq!(
            posted.to(),
            format!("/amt/postausgang?meldung={message}"),
            "{}",
            posted.words()
        );
    }
    let page = muster.get("/amt/postausgang?meldung=schon").await;
    assert!(page.words().contains("Es gilt der frühere Tag"), "{}", page.words());
    // A mistake: it waits again, and is posted again.
    assert!(page.text().contains("name=\"irrtum\""));
    let recalled = muster
        .post("/amt/postausgang", &[("csrf", &csrf), ("irrtum", id)])
        .await;
    assert_eq!(recalled.to(), "/amt/postausgang?meldung=irrtum", "{}", recalled.words());
    let page = muster.get("/amt/postausgang?meldung=irrtum").await;
    assert!(page.text().contains("data-test=\"postausgang\"") && !page.text().contains("name=\"irrtum\""));
    muster
        .post("/amt/postausgang", &[("csrf", &csrf), ("brief", id), ("tag", &day)])
        .await;
    let page = muster.get("/amt/postausgang?meldung=abgeschickt").await;
    assert!(page.words().contains("als abgeschickt vermerkt"), "{}", page.words());
    assert!(page.text().contains("data-test=\"leer\""), "{}", page.words());
    // Four days after posting it counts as notified (§ 122 Abs. 2 Nr. 1 AO), and a month runs from then.
    let all = muster.get("/amt?ansicht=all").await.words();
    assert!(
        all.contains("Wartet: Rechtsbehelfsfrist läuft bis 23. April 2026") && !all.contains("abgelaufen"),
        "{all}"
    );
}

/// Who looks for one reference does not mean the view that happens to be open.
#[tokio::test]
async fn a_search_without_a_hit_says_where_the_case_is() {
    let world = world_full().await;
    let (case, id) = granted(&world).await;
    let mut muster = world.staff("15003000", "s-muster").await;
    let all = muster.get("/amt?ansicht=all").await.text();
    let reference = all.split("wf-reference\"").nth(1).unwrap();
    let reference = reference.split(['>', '<']).nth(1).unwrap().to_owned();
    let start: String = reference.chars().take(12).collect();
    let check = async |browser: &mut Browser, query: String, expected: Option<&str>| {
        let page = browser.get(&format!("/amt?{query}")).await;
        let text = page.text();
        let link = text.split("data-test=\"in-alle\"").count() == 2;
        assert_eq!(link, expected.is_some(), "{query}: {}", page.words());
        if let Some(words) = expected {
            assert!(page.words().contains(words), "{query}: {}", page.words());
            let href = format!("/amt?ansicht=all&amp;aktenzeichen={start}");
            let found = text.contains(&href) || text.contains(&href.replace("&amp;", "&#38;"));
            assert!(found, "{text}");
        }
    };
    let one = Some("1 Treffer in „Alle“");
    check(&mut muster, format!("ansicht=team&aktenzeichen={start}"), one).await;
    check(&mut muster, format!("aktenzeichen={start}&leistung=voll"), one).await;
    check(
        &mut muster,
        format!("ansicht=all&aktenzeichen={start}&leistung=voll"),
        one,
    )
    .await;
    // Found where one looks, nowhere, or not one's own to see.
    check(&mut muster, format!("ansicht=all&aktenzeichen={start}"), None).await;
    check(&mut muster, "ansicht=team&aktenzeichen=ZZZZZZ".to_owned(), None).await;
    let mut halle = world.staff("15002000", "s-halle").await;
    check(&mut halle, format!("ansicht=team&aktenzeichen={start}"), None).await;
    let shown = muster.get(&format!("/amt?ansicht=all&aktenzeichen={start}")).await;
    assert!(shown.text().contains(&case), "{id}");
}

/// Wohngeld of Erika's, confirmed by s-muster: twelve months are planned.
async fn granted(world: &World) -> (String, CaseId) {
    let package = world.cases.catalogue().package("wohngeld").unwrap();
    let example = package
        .examples()
        .iter()
        .find(|example| example.file.contains("01-rentnerin"))
        .unwrap();
    let case = world.cases.new_case_id();
    let magdeburg = AuthorityId::parse("15003000").unwrap();
    let erika = wegfrei_model::PersonId::parse(ERIKA).unwrap();
    let sent = world
        .cases
        .submit_direct(erika, magdeburg, "wohngeld", case, &example.application)
        .await;
    sent.unwrap();
    let desk = wegfrei_journal::Actor::staff("s-muster", magdeburg);
    let view = world
        .cases
        .open_case(&desk, wegfrei_identity::Purpose::CaseWork, magdeburg, case)
        .await
        .unwrap();
    let confirm = wegfrei_cases::Verdict::Confirm { reason: String::new() };
    let task = view.task.unwrap().task;
    let at = wegfrei_cases::AtTask {
        actor: desk,
        purpose: wegfrei_identity::Purpose::CaseWork,
        authority: magdeburg,
        case,
        task,
    };
    world.cases.complete_task(&at, view.version, confirm).await.unwrap();
    (format!("/amt/vorgang/15003000/{case}"), case)
}

#[tokio::test]
async fn a_month_is_looked_at_paid_once_and_its_file_fetched() {
    let world = world_full().await;
    granted(&world).await;
    let mut lead = world.staff("15003000", "s-leitung").await;
    let list = lead.get("/amt/zahlungen").await;
    assert!(
        list.words().contains("03/2026") && list.text().contains("data-test=\"keine-laeufe\""),
        "{}",
        list.words()
    );
    let shown = lead.get("/amt/zahlungen/lauf/2026-03").await;
    let words = shown.words();
    assert!(words.contains("226,00 €") && words.contains("19. März 2026"), "{words}");
    assert!(!words.contains("Lehmann") && !words.contains("DE02"), "{words}");
    let hidden = |name: &str| shown.hidden(name);
    let (csrf, run, digest) = (hidden("csrf"), hidden("lauf"), hidden("summe"));
    let form = |digest| {
        [
            ("csrf", csrf.as_str()),
            ("monat", "2026-03"),
            ("lauf", run.as_str()),
            ("summe", digest),
        ]
    };
    let other = lead.post("/amt/zahlungen", &form("1")).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        other.words().contains("nichts ausgezahlt") && other.words().contains("226,00 €"),
        "{}",
        other.words()
    );
    for _ in 0..2 {
        assert_eq!(
            lead.post("/amt/zahlungen", &form(digest.as_str())).await.to(),
            "/amt/zahlungen?meldung=fertig"
        );
    }
    let list = lead.get("/amt/zahlungen?meldung=fertig").await;
    assert_eq!(
        list.text().matches("data-test=\"datei\"").count(),
        1,
        "{}",
        list.words()
    );
    assert!(
        list.words().contains("Lena Leitung") && list.words().contains("Der Zahllauf ist fertig"),
        "{}",
        list.words()
    );
    let path = format!("/amt/zahlungen/datei/{run}.xml");
    assert!(list.text().contains(&path));
    let file = lead.get(&path).await;
    assert!(file.text().contains("<Nm>Erika Lehmann</Nm>"), "{}", file.text());
    let named = file.headers["content-disposition"].to_str().unwrap();
    assert_eq!(named, format!("attachment; filename*=UTF-8''Zahllauf-{run}.xml"));
    assert_eq!(
        world.staff("15003000", "s-muster").await.get(&path).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        world.staff("15002000", "s-halle").await.get(&path).await.status,
        StatusCode::NOT_FOUND
    );
    let mut erika = world.citizen(ERIKA).await;
    assert!(erika.get("/mein-bereich/zugriffe").await.words().contains("Auszahlung"));
}

#[tokio::test]
async fn planned_payments_are_stopped_with_a_reason_by_who_decides() {
    let world = world_full().await;
    let (case, _) = granted(&world).await;
    let mut lead = world.staff("15003000", "s-leitung").await;
    let seen = open(&mut lead, &case, "supervision").await;
    assert!(seen.words().contains("vorgemerkt") && !seen.text().contains("data-test=\"anhalten\""));
    let csrf = seen.hidden("csrf");
    let form = |csrf: &str, reason: &str| {
        [
            ("csrf".to_owned(), csrf.to_owned()),
            ("ab".to_owned(), "2026-05".to_owned()),
            ("grund".to_owned(), reason.to_owned()),
        ]
    };
    fn fields(form: &[(String, String)]) -> Vec<(&str, &str)> {
        form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect()
    }
    let path = format!("{case}/zahlungen");
    let refused = lead.post(&path, &fields(&form(&csrf, "Umzug"))).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let mut muster = world.staff("15003000", "s-muster").await;
    let csrf = open(&mut muster, &case, "case-work").await.hidden("csrf");
    let silent = muster.post(&path, &fields(&form(&csrf, " "))).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        silent.words().contains("warum Sie die Zahlungen anhalten"),
        "{}",
        silent.words()
    );
    let stopped = muster.post(&path, &fields(&form(&csrf, "Umzug nach Halle"))).await;
    assert_eq!(stopped.to(), format!("{case}?meldung=angehalten#zahlungen-titel"));
    let page = muster.get(&format!("{case}?meldung=angehalten")).await.words();
    assert!(
        page.contains("Die Zahlungen sind angehalten.") && page.contains("Umzug nach Halle"),
        "{page}"
    );
    let again = muster.post(&path, &fields(&form(&csrf, "Noch einmal"))).await;
    assert!(again.words().contains("nichts vorgemerkt"), "{}", again.words());
}

/// A caseworker who presses the wrong button grants nothing; who decided first is told so.
#[tokio::test]
async fn an_objection_is_decided_by_choosing() {
    let world = world_full().await;
    let (case, id) = sent(&world).await;
    let erika = wegfrei_model::PersonId::parse(ERIKA).unwrap();
    let magdeburg = AuthorityId::parse("15003000").unwrap();
    let mut jürgen = world.staff("15003000", "s-muster").await;
    open(&mut jürgen, &case, "case-work").await;
    answer(&mut jürgen, &case, &CONFIRM).await;
    let mut second = world.staff("15003000", "s-zwei").await;
    open(&mut second, &case, "case-work").await;
    answer(&mut second, &case, &[("antwort", "freigeben")]).await;
    while world.cases.work_once().await.unwrap() > 0 {}
    let mailbox = world.cases.mailbox(erika).await.unwrap();
    let notice = mailbox
        .iter()
        .find(|known| known.case == id && known.template == "bescheid")
        .unwrap()
        .notice;
    let filed = world.cases.object(erika, magdeburg, id, notice, "Nein.").await.unwrap();
    let objection = format!("/amt/vorgang/15003000/{}", filed.case);
    let opened = open(&mut jürgen, &objection, "legal-remedy").await;
    assert!(
        opened
            .words()
            .contains("Sie haben den angefochtenen Bescheid selbst entschieden"),
        "{}",
        opened.words()
    );
    let opened = open(&mut second, &objection, "legal-remedy").await;
    assert!(
        opened
            .words()
            .contains("Den angefochtenen Bescheid hat Jürgen Muster entschieden"),
        "{}",
        opened.words()
    );
    let page = second.get(&format!("{objection}/aufgabe")).await;
    assert!(!page.text().contains("value=\"bestaetigen\""), "nothing to confirm");
    // It is a decision, and no correction of anything.
    let look = [
        ("antwort", "ansehen"),
        ("amt.ergebnis", "abhilfe"),
        ("grund", "Der Wesenstest lag vor."),
    ];
    let preview = answer(&mut second, &objection, &look).await;
    for page in [&page, &preview] {
        assert!(
            !page.words().contains("Korr") && !page.words().contains("korr"),
            "{}",
            page.words()
        );
    }
    assert!(preview.words().contains("So entscheiden"), "{}", preview.words());
    let nothing = answer(&mut second, &objection, &CONFIRM).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.words().contains("Bitte wählen Sie bei"), "{}", nothing.words());
    let chosen = [
        ("antwort", "korrigieren"),
        ("amt.ergebnis", "abhilfe"),
        ("grund", "Der Wesenstest lag vor."),
    ];
    let decided = answer(&mut second, &objection, &chosen).await;
    assert!(decided.to().ends_with("entschieden"), "{}", decided.words());
    let said = second.follow(decided.to()).await.words();
    assert!(said.contains("Die Entscheidung ist gespeichert."), "{said}");
    // It is served whatever the person chose: it waits in the outbox, and the page leads there.
    assert!(
        said.contains("Der Brief muss zugestellt werden") && !said.contains("keine E-Mail gewählt"),
        "{said}"
    );
    while world.cases.work_once().await.unwrap() > 0 {}
    let first = second.get(&case).await.words();
    assert!(
        first.contains("abgeholfen am 18. März 2026, der neue Bescheid fehlt noch")
            && first.contains("Der Bescheid ist zu ändern"),
        "{first}"
    );
    let next = second.get(&objection).await.words();
    assert!(next.contains("Abhilfe umsetzen"), "{next}");
    // In words, as decided, and no court where there is nothing to sue against.
    assert!(
        next.contains("Abhilfe: Der Widerspruch hat Erfolg") && next.contains("Ergebnis Entschieden"),
        "{next}"
    );
    assert!(!next.contains("Gericht") && !next.contains("Korrigiert"), "{next}");
    assert!(second.get(&case).await.text().contains("data-test=\"neu-entscheiden\""));
    let mut erika = world.citizen(ERIKA).await;
    let own = erika.get(&format!("/mein-bereich/vorgang/15003000/{id}")).await.words();
    assert!(
        own.contains("Ihrem Widerspruch vom 18. März 2026 wurde abgeholfen"),
        "{own}"
    );
    assert!(
        !own.contains("Frist für den Widerspruch") && !own.contains("Widerspruch einlegen"),
        "{own}"
    );
    // Less is not given in the same breath, neither in part nor nothing: the page says what to do first.
    world.clock.advance(std::time::Duration::from_secs(60));
    for less in ["teilabhilfe", "zurueckweisung"] {
        let less = [
            ("antwort", "korrigieren"),
            ("amt.ergebnis", less),
            ("grund", "Doch nicht."),
        ];
        let refused = answer(&mut second, &objection, &less).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.words().contains("nehmen Sie zuerst die Abhilfe zurück")
                && refused.words().contains("§§ 48 bis 50 VwVfG, § 45 SGB X")
                && refused.text().contains("data-test=\"nicht-weniger\""),
            "{}",
            refused.words()
        );
    }
    let csrf = second.get(&objection).await.hidden("csrf");
    let why = [("csrf", csrf.as_str()), ("grund", "Nur für das laufende Jahr.")];
    let back = second.post(&format!("{objection}/zuruecknehmen"), &why).await;
    assert!(back.to().ends_with("zurueckgenommen"), "{}", back.words());
    // Decided anew, only in part: the period for suing is shown once the letter is served.
    let part = [
        ("antwort", "korrigieren"),
        ("amt.ergebnis", "teilabhilfe"),
        ("grund", "Nur für das laufende Jahr."),
    ];
    let decided = answer(&mut second, &objection, &part).await;
    assert!(decided.to().ends_with("entschieden"), "{}", decided.words());
    while world.cases.work_once().await.unwrap() > 0 {}
    assert!(second.get(&objection).await.words().contains("Zuständiges Gericht"));
    let path = format!("/mein-bereich/vorgang/15003000/{}", filed.case);
    assert!(erika.get(&path).await.words().contains("Frist hat noch nicht begonnen"));
    let desk = wegfrei_journal::Actor::staff("s-muster", magdeburg);
    let today = world.cases.now().date();
    while let Some(letter) = world.cases.outbox(&desk, None, 10).await.unwrap().items.first() {
        world
            .cases
            .mark_posted(&desk, magdeburg, letter.notice, today)
            .await
            .unwrap();
    }
    let words = erika.get(&path).await.words();
    assert!(
        words.contains("Frist für die Klage beim Verwaltungsgericht") && words.contains("20. April 2026"),
        "{words}"
    );
    assert!(second.get(&objection).await.words().contains("Klagefrist"));
    let alone = answer(&mut second, &objection, &CONFIRM).await;
    assert_eq!(alone.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(alone.words().contains("noch nicht geändert") && alone.text().contains("data-test=\"erster-vorgang\""));
    // No letter comes of it, and none is promised.
    let by_hand = [("antwort", "bestaetigen"), ("grund", "Von Hand geändert.")];
    let done = answer(&mut second, &objection, &by_hand).await;
    let said = second.follow(done.to()).await.words();
    assert!(
        said.contains("Der erste Bescheid ist auf anderem Weg geändert.") && said.contains("geht kein Brief hinaus"),
        "{said}"
    );
    assert!(
        !said.contains("Der Brief muss") && !said.contains("wird erstellt"),
        "{said}"
    );
    let words = erika.get(&path).await.words();
    assert!(
        words.contains("Sie können dagegen klagen: bis 20. April 2026, 24 Uhr, beim Verwaltungsgericht"),
        "{words}"
    );
    assert!(!second.get(&case).await.text().contains("data-test=\"neu-entscheiden\""));
    let service = erika.get("/leistungen/widerspruch").await;
    assert!(service.text().contains("data-test=\"am-bescheid\"") && !service.text().contains("data-test=\"antrag\""));
}

/// While an answer is awaited: what is missing is named and nothing typed is lost; more time is said; what came otherwise goes on.
#[tokio::test]
async fn what_is_awaited_has_more_time_or_came_otherwise() {
    let world = world_full().await;
    let (case, _) = sent(&world).await;
    let mut jürgen = world.staff("15003000", "s-muster").await;
    open(&mut jürgen, &case, "case-work").await;
    // Confirming without saying that it was checked is asked back.
    let unchecked = answer(&mut jürgen, &case, &[("antwort", "bestaetigen")]).await;
    assert_eq!(unchecked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unchecked.text().contains("id=\"geprueft-fehler\""),
        "{}",
        unchecked.words()
    );
    let request = [
        ("antwort", "nachfordern"),
        ("anliegen", "Bitte senden Sie den Nachweis."),
        ("frist.tag", "15"),
        ("frist.monat", "4"),
        ("frist.jahr", "2026"),
    ];
    answer(&mut jürgen, &case, &request).await;
    while world.cases.work_once().await.unwrap() > 0 {}
    let page = jürgen.get(&format!("{case}/aufgabe")).await.words();
    assert!(page.contains("Die Frist hat noch nicht begonnen"), "{page}");
    let magdeburg = AuthorityId::parse("15003000").unwrap();
    let desk = wegfrei_journal::Actor::staff("s-muster", magdeburg);
    let today = world.cases.now().date();
    while let Some(letter) = world.cases.outbox(&desk, None, 10).await.unwrap().items.first() {
        let posted = world.cases.mark_posted(&desk, magdeburg, letter.notice, today).await;
        posted.unwrap();
    }
    let nothing = answer(&mut jürgen, &case, &[("antwort", "eingegangen"), ("eingang", " ")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.text().contains("id=\"eingang-fehler\""), "{}", nothing.words());
    let mut more = [
        ("antwort", "verlaengern"),
        ("neue-frist.tag", "99"),
        ("neue-frist.monat", "5"),
        ("neue-frist.jahr", "2026"),
        ("warum", "Der Vermieter ist krank."),
    ];
    let wrong = answer(&mut jürgen, &case, &more).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text().contains("Der Vermieter ist krank."),
        "nothing typed is lost"
    );
    more[1].1 = "4";
    let done = answer(&mut jürgen, &case, &more).await;
    assert_eq!(
        done.to(),
        format!("{case}/entschieden?ergebnis=verlaengert"),
        "{}",
        done.words()
    );
    assert!(jürgen.get(done.to()).await.words().contains("Die Frist ist verlängert"));
    let seen = jürgen.get(&case).await.words();
    assert!(
        seen.contains("bis 4. Mai 2026 verlängert: Der Vermieter ist krank."),
        "{seen}"
    );
    let came = [("antwort", "eingegangen"), ("eingang", "Kam mit der Post.")];
    let done = answer(&mut jürgen, &case, &came).await;
    assert_eq!(
        done.to(),
        format!("{case}/entschieden?ergebnis=eingegangen"),
        "{}",
        done.words()
    );
    // The desk's own words are not said to be the applicant's.
    let seen = jürgen.get(&case).await.words();
    for (said, there) in [
        ("Vermerk der Behörde vom 18. März 2026", true),
        ("Seit dem 18. März 2026 wartet die Behörde nicht mehr darauf.", true),
        ("Nicht länger gewartet", true),
        ("Vermerk Kam mit der Post.", true),
        ("Antwort vom 18. März 2026", false),
        ("Beantwortet", false),
    ] {
        assert_eq!(seen.contains(said), there, "{said}: {seen}");
    }
}
