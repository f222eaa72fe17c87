//! The Hundesteuer form, as a person fills it in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiff::civil::{Date, date};
use serde_json::{Value, json};
use wegfrei_forms::{Code, Form, Item, Kind};

const XML: &str = include_str!("../../../../packages/services/hundesteuer/form.xdf3.xml");
const TODAY: Date = date(2026, 8, 12);

const G1: &str = "G15000000001";
const G2: &str = "G15000000002";
const G3: &str = "G15000000003";
const G4: &str = "G15000000004";
const G5: &str = "G15000000005";

fn form() -> Form {
    Form::parse(XML).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

/// A path from the last digits of group and field.
fn path(group: u8, field: u8) -> String {
    format!("G15000000{group:03}.F15000000{field:03}")
}

fn posted(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A complete application without reduction.
fn complete() -> Value {
    json!({
        G1: {
            "F15000000001": "Öztürk-Müller", "F15000000002": "Ayşe", "F15000000003": "1985-03-27",
            "F15000000004": "Breiter Weg", "F15000000005": "12a", "F15000000006": "39104", "F15000000007": "Magdeburg"
        },
        G2: {
            "F15000000010": "Bello", "F15000000011": "Labrador", "F15000000012": "2025-11-03",
            "F15000000013": "maennlich", "F15000000014": "276098101234567", "F15000000015": "2026-02-01",
            "F15000000016": false
        },
        G3: { "F15000000017": 0 },
        G4: { "F15000000018": "keine" },
        G5: { "F15000000021": true }
    })
}

#[test]
fn the_form_works_in_full() {
    let form = form();
    assert_eq!(form.findings(), []);
    assert_eq!(form.id(), "S15000000001");
    assert_eq!(form.title(), "Hund anmelden (Hundesteuer)");
    let pages: Vec<(&str, &str)> = form
        .pages()
        .iter()
        .map(|page| (page.id.as_str(), page.title.as_str()))
        .collect();
    insta::assert_json_snapshot!(pages);
}

#[test]
fn fields_as_people_see_them() {
    let form = form();
    let rows: Vec<Value> = form
        .pages()
        .iter()
        .flat_map(|page| &page.items)
        .filter_map(|item| match item {
            Item::Field(field) => Some(json!([
                field.path,
                field.label_in,
                field.required,
                field.autocomplete,
                format!("{:?}", field.kind).chars().take(40).collect::<String>()
            ])),
            Item::Group(_) => None,
        })
        .collect();
    insta::assert_json_snapshot!(rows);
}

#[test]
fn a_complete_application_has_no_problems() {
    let form = form();
    let evaluation = form.evaluate(&complete(), TODAY);
    assert_eq!(evaluation.problems, []);
    assert_eq!(form.validate_json(&complete(), TODAY), []);
    assert_eq!(form.prune(&complete()), complete());
    insta::assert_json_snapshot!(form.summary(&complete()));
}

/// One answer changed: the code and a part of the message expected at the path; no problem when `None`.
fn check(group: u8, field: u8, value: Value, expected: Option<(Code, &str)>) {
    let form = form();
    let mut data = complete();
    let path = path(group, field);
    assert!(form.set(&mut data, &path, value.clone()));
    let problems = form.evaluate(&data, TODAY).problems;
    let found = problems.iter().find(|problem| problem.path == path);
    match expected {
        None => assert!(found.is_none(), "{path} = {value}: {found:?}"),
        Some((code, part)) => {
            let found = found.unwrap_or_else(|| panic!("{path} = {value}: no problem; others: {problems:?}"));
            assert_eq!(found.code, code, "{path} = {value}: {found:?}");
            assert!(found.message.contains(part), "{path} = {value}: {found:?}");
        }
    }
}

#[test]
fn answers_are_checked() {
    let long = "a".repeat(121);
    let cases = [
        (
            1,
            1,
            json!(null),
            Some((Code::Required, "Bitte füllen Sie das Feld „Familienname“ aus.")),
        ),
        (1, 1, json!("   "), Some((Code::Required, "Familienname"))),
        (1, 1, json!(long), Some((Code::Length, "Höchstens 120 Zeichen"))),
        (1, 1, json!("Mei\u{0}er"), Some((Code::Character, "Steuerzeichen"))),
        (1, 1, json!("Mei\u{202E}er"), Some((Code::Character, "Steuerzeichen"))),
        (1, 1, json!(7), Some((Code::Type, "nicht lesbar"))),
        (1, 3, json!("2026-08-13"), Some((Code::Rule, "Zukunft"))),
        (1, 3, json!("1899-12-31"), Some((Code::Range, "1. Januar 1900"))),
        (
            1,
            3,
            json!("31.02.1985"),
            Some((Code::Type, "Der Februar 1985 hat 28 Tage")),
        ),
        (
            1,
            3,
            json!("31..1985"),
            Some((Code::Type, "Monat als Zahl von 1 bis 12")),
        ),
        (1, 3, json!("3.4.85"), Some((Code::Type, "vier Ziffern"))),
        (1, 6, json!("3910"), Some((Code::Length, "mindestens 5 Zeichen"))),
        (1, 6, json!("3910a"), Some((Code::Pattern, "genau 5 Ziffern"))),
        (2, 12, json!(null), None),
        (2, 12, json!("2026-08-13"), Some((Code::Rule, "Zukunft"))),
        (2, 12, json!("1996-08-11"), Some((Code::Rule, "mehr als 30 Jahre"))),
        (2, 13, json!("divers"), Some((Code::Option, "angebotenen"))),
        (2, 14, json!(null), None),
        (
            2,
            14,
            json!("27609810123456x"),
            Some((Code::Pattern, "genau 15 Ziffern")),
        ),
        (2, 15, json!("2021-08-12"), Some((Code::Rule, "vor der Geburt"))),
        (2, 15, json!("2021-08-11"), Some((Code::Rule, "mehr als 5 Jahre"))),
        (2, 15, json!("2026-11-12"), None),
        (2, 15, json!("2026-11-13"), Some((Code::Rule, "mehr als 3 Monate"))),
        (2, 16, json!(null), Some((Code::Required, "Ja oder Nein"))),
        (2, 16, json!("vielleicht"), Some((Code::Type, "Ja oder Nein"))),
        (3, 17, json!(20), None),
        (3, 17, json!(21), Some((Code::Range, "von 0 bis 20"))),
        (3, 17, json!(-1), Some((Code::Range, "von 0 bis 20"))),
        (3, 17, json!("zwei"), Some((Code::Type, "ganze Zahl"))),
        (3, 17, json!(1.5), Some((Code::Type, "nicht lesbar"))),
        (5, 21, json!(false), Some((Code::Rule, "richtig und vollständig"))),
    ];
    for (group, field, value, expected) in cases {
        check(group, field, value, expected);
    }
}

/// A pattern with an @ is an address for e-mail, whatever it says in detail.
#[test]
fn an_address_for_email_is_shown_by_example() {
    let phone = "<xdf3:praezisierung minLength=\"3\" maxLength=\"23\" />";
    let email = "<xdf3:praezisierung maxLength=\"254\" pattern=\"[a-z.]+@[a-z.]+\" />";
    assert!(XML.contains(phone));
    let form = Form::parse(&XML.replace(phone, email)).unwrap();
    for (typed, fine) in [("bello@", false), ("bello", false), ("bello@beispiel.de", true)] {
        let mut data = complete();
        assert!(form.set(&mut data, &path(1, 9), json!(typed)));
        let problems = form.evaluate(&data, TODAY).problems;
        assert_eq!(problems.is_empty(), fine, "{typed}: {problems:?}");
        assert!(
            problems.iter().all(|one| one.message.contains("name@beispiel.de")),
            "{problems:?}"
        );
    }
}

#[test]
fn a_reduction_opens_its_questions() {
    let form = form();
    // (Ermäßigung, what is hidden, what is required, of Merkzeichen 19 and Nachweis 20)
    let cases = [
        ("keine", vec![19, 20], vec![]),
        ("assistenzhund", vec![19], vec![20]),
        ("merkzeichen", vec![], vec![19, 20]),
    ];
    for (choice, hidden, required) in cases {
        let mut data = complete();
        assert!(form.set(&mut data, &path(4, 18), json!(choice)));
        let evaluation = form.evaluate(&data, TODAY);
        let hidden: Vec<String> = hidden.into_iter().map(|field| path(4, field)).collect();
        assert_eq!(
            evaluation.hidden.iter().cloned().collect::<Vec<_>>(),
            hidden,
            "{choice}"
        );
        let missing: Vec<String> = required.into_iter().map(|field| path(4, field)).collect();
        assert_eq!(
            evaluation.problems.iter().map(|p| p.path.clone()).collect::<Vec<_>>(),
            missing,
            "{choice}"
        );
        assert!(
            missing.iter().all(|path| evaluation.required.contains(path)),
            "{choice}"
        );
    }
}

#[test]
fn hidden_answers_do_not_count() {
    let form = form();
    let mut data = complete();
    let paper = json!([{ "paper": "p1", "name": "ausweis.pdf", "media_type": "application/pdf", "bytes": 12000 }]);
    form.set(&mut data, &path(4, 18), json!("merkzeichen"));
    form.set(&mut data, &path(4, 19), json!("Bl"));
    form.set(&mut data, &path(4, 20), paper.clone());
    assert_eq!(form.evaluate(&data, TODAY).problems, []);
    assert_eq!(form.get(&data, "F15000000019"), Some(&json!("Bl")));
    assert_eq!(form.get(&data, "F15000000020"), Some(&paper));
    form.set(&mut data, &path(4, 18), json!("keine"));
    assert_eq!(form.evaluate(&data, TODAY).problems, []);
    assert_eq!(form.prune(&data), complete());
    let refused = form.validate_json(&data, TODAY);
    assert!(
        refused.iter().all(|problem| problem.code == Code::Hidden),
        "{refused:?}"
    );
    assert_eq!(refused.len(), 2);
}

#[test]
fn papers_are_checked() {
    let paper = |media: &str, bytes: u64| json!([{ "paper": "p1", "media_type": media, "bytes": bytes }]);
    let cases = [
        (paper("image/jpeg", 10_000_000), None),
        (paper("image/jpeg", 10_000_001), Some("höchstens 10 MB")),
        (paper("text/html", 10), Some("PDF, Foto (JPEG), Bild (PNG)")),
        (json!([{ "name": "x" }]), Some("noch einmal hoch")),
        (json!("x"), Some("noch einmal hoch")),
        (json!([]), Some("Bitte laden Sie bei „Nachweis“ eine Datei hoch.")),
    ];
    let form = form();
    for (value, expected) in cases {
        let mut data = complete();
        form.set(&mut data, &path(4, 18), json!("assistenzhund"));
        form.set(&mut data, &path(4, 20), value.clone());
        let problems = form.evaluate(&data, TODAY).problems;
        match expected {
            None => assert_eq!(problems, [], "{value}"),
            Some(part) => assert!(
                problems.len() == 1 && problems[0].message.contains(part),
                "{value}: {problems:?}"
            ),
        }
    }
}

#[test]
fn a_page_is_read_as_people_type() {
    let form = form();
    let (born, since, chip, danger) = (path(2, 12), path(2, 15), path(2, 14), path(2, 16));
    let (page, problems) = form.read_page(
        G2,
        &posted(&[
            ("csrf", "x"),
            (&path(2, 10), "  Be\u{301}llo "),
            (&path(2, 11), "Pudel\r\n"),
            (&format!("{born}.tag"), "3"),
            (&format!("{born}.monat"), "11"),
            (&format!("{born}.jahr"), "2025"),
            (&since, "1. Februar 2026"),
            (&path(2, 13), "weiblich"),
            (&chip, "276 0981 0123 4567"),
            (&danger, "nein"),
        ]),
    );
    assert_eq!(problems, []);
    assert_eq!(
        page,
        json!({ G2: {
            "F15000000010": "Béllo", "F15000000011": "Pudel", "F15000000012": "2025-11-03", "F15000000013": "weiblich",
            "F15000000014": "276098101234567", "F15000000015": "2026-02-01", "F15000000016": false
        }})
    );
    let mut data = complete();
    form.merge(&mut data, G2, page);
    assert_eq!(form.evaluate(&data, TODAY).problems, []);
}

#[test]
fn what_was_typed_is_kept() {
    let form = form();
    let born = path(2, 12);
    let (page, problems) = form.read_page(
        G2,
        &posted(&[
            (&format!("{born}.tag"), "31"),
            (&format!("{born}.monat"), "2"),
            (&format!("{born}.jahr"), "2026"),
        ]),
    );
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].message,
        "Den 31. Februar 2026 gibt es nicht: Der Februar 2026 hat 28 Tage. Bitte prüfen Sie das Datum."
    );
    let field = form.field(&born).unwrap();
    let kept = &page[G2]["F15000000012"];
    assert_eq!(field.shown_date(kept), ["31", "2", "2026"]);
    let mut data = complete();
    form.merge(&mut data, G2, page.clone());
    let again = form.evaluate_page(G2, &data, TODAY).problems;
    assert!(again.contains(&problems[0]), "{again:?}");
    // Merged in the place of what was there: the other fields of the page are now empty.
    assert!(
        again
            .iter()
            .any(|problem| problem.path == path(2, 10) && problem.code == Code::Required)
    );
    // Problems of other pages are not this page's.
    assert!(form.evaluate_page(G1, &data, TODAY).problems.is_empty());
}

#[test]
fn papers_outlive_the_page_around_them() {
    let form = form();
    let mut data = complete();
    let paper = json!([{ "paper": "p1" }]);
    form.set(&mut data, &path(4, 20), paper.clone());
    let (page, _) = form.read_page(G4, &posted(&[(&path(4, 18), "assistenzhund")]));
    form.merge(&mut data, G4, page);
    assert_eq!(form.get(&data, "F15000000020"), Some(&paper));
}

#[test]
fn from_page_to_page() {
    let form = form();
    let data = json!({});
    let mut way = vec![form.first_page(&data, TODAY).unwrap().id.as_str()];
    while let Some(page) = form.next_page(way.last().unwrap(), &data, TODAY) {
        way.push(&page.id);
    }
    assert_eq!(way, [G1, G2, G3, G4, G5]);
    assert_eq!(form.previous_page(G4, &data, TODAY).unwrap().id, G3);
    assert!(form.previous_page(G1, &data, TODAY).is_none());
    assert!(form.next_page("no such page", &data, TODAY).is_none());
}

#[test]
fn machines_are_told_what_the_form_does_not_know() {
    let form = form();
    let mut data = complete();
    data["G9"] = json!(1);
    data[G1]["F9"] = json!(1);
    let problems = form.validate_json(&data, TODAY);
    let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["G15000000001.F9", "G9"]);
    assert_eq!(form.prune(&data), complete());
    for wrong in [json!(null), json!([]), json!("x")] {
        assert_eq!(form.validate_json(&wrong, TODAY)[0].code, Code::Type, "{wrong}");
    }
    let group = form.validate_json(&json!({ G1: "x" }), TODAY);
    assert!(
        group
            .iter()
            .any(|problem| problem.path == G1 && problem.code == Code::Type),
        "{group:?}"
    );
}

#[test]
fn only_labels_and_legal_bases_that_exist() {
    for page in form().pages() {
        assert!(!page.legal.is_empty(), "{}", page.title);
        for item in &page.items {
            let Item::Field(field) = item else { continue };
            assert!(!field.legal.is_empty(), "{}", field.label_in);
            if let Kind::Select { options, .. } = &field.kind {
                assert!(!options.is_empty(), "{}", field.label_in);
            }
        }
    }
}
