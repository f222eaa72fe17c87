//! Hostile files and inputs: an error or an answer, never a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Value, json};
use wegfrei_forms::Form;

const XML: &str = include_str!("../../../../packages/services/hundesteuer/form.xdf3.xml");

/// The file is refused; the message says why.
fn check(xml: &str, part: &str) {
    let findings = Form::parse(xml).unwrap_err();
    assert!(
        findings.iter().any(|finding| finding.message.contains(part)),
        "{part}: {findings:#?}"
    );
    assert!(
        findings
            .iter()
            .all(|finding| finding.line > 0 && !finding.help.is_empty()),
        "{findings:#?}"
    );
}

#[test]
fn unusable_files_are_refused() {
    let with = |from: &str, to: &str| {
        assert!(XML.contains(from), "{from}");
        XML.replacen(from, to, 1)
    };
    check("", "cannot be read");
    check("<a/>", "not XDatenfelder 3.0");
    check("<!DOCTYPE a [<!ENTITY b \"b\">]><a>&b;</a>", "DTD");
    check(
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>",
        "DTD",
    );
    check(&with("Wie im Ausweis.", "&lol;"), "cannot be read");
    check(&with("<xdf3:anzahl>1:1", "<xdf3:anzahl>1:0"), "number of occurrences");
    check(
        &with("<code>date</code>", "<code>dat</code>"),
        "`dat` is not a data type",
    );
    check(
        &with("<code>input</code>", "<code>inptu</code>"),
        "`inptu` is not a kind of field",
    );
    check(
        &with("maxLength=\"120\"", "maxLength=\"viel\""),
        "`viel` is not a limit",
    );
    check(&with("<xdf3:id>F15000000002", "<xdf3:id>F15000000001"), "stands twice");
    check(&with("<xdf3:id>F15000000001</xdf3:id>", ""), "no id");
    check(&with("<xdf3:id>F15000000001", "<xdf3:id>F1.0"), "is not an id");
}

#[test]
fn mistakes_the_form_survives_are_told_with_their_place() {
    // (from, to, part of the message)
    let cases = [
        (
            "= merkzeichen, DANN",
            "= merkzeichn, DANN",
            "`merkzeichn` is not a value",
        ),
        ("DANN aktiviere F", "DANN aktivire F", "expected an action"),
        ("WENN F15000000018", "WENN F15000000099", "there is no `F15000000099`"),
        ("&gt; HEUTE, DANN", "&gt; MORGEN, DANN", "`MORGEN` is not a value"),
        ("[0-9]{15}", "[0-9{15}", "pattern"),
    ];
    for (from, to, part) in cases {
        assert!(XML.contains(from), "{from}");
        let xml = XML.replacen(from, to, 1);
        let form = Form::parse(&xml).unwrap();
        let finding = form.findings().first().unwrap_or_else(|| panic!("{to}: no finding"));
        assert!(finding.message.contains(part), "{finding:#?}");
        let line = xml.lines().nth(finding.line as usize - 1).unwrap();
        let place: String = line.chars().skip(finding.column as usize - 1).collect();
        assert!(
            line.contains(to) || place.starts_with("<xdf3:datenfeld>"),
            "{finding:#?} at {place}"
        );
    }
}

#[test]
fn deep_nesting_is_refused() {
    let ns = "urn:xoev-de:fim:standard:xdatenfelder_3.0.0";
    for depth in [40, 5_000, 100_000] {
        let mut xml = format!("<a:xdatenfelder.stammdatenschema.0102 xmlns:a=\"{ns}\"><a:stammdatenschema>");
        let mut close = String::new();
        for at in 0..depth {
            xml.push_str(&format!(
                "<a:struktur><a:enthaelt><a:datenfeldgruppe><a:identifikation><a:id>G{at}</a:id></a:identifikation>"
            ));
            close.push_str("</a:datenfeldgruppe></a:enthaelt></a:struktur>");
        }
        xml.push_str(&close);
        xml.push_str("</a:stammdatenschema></a:xdatenfelder.stammdatenschema.0102>");
        assert!(Form::parse(&xml).is_err(), "{depth}");
    }
}

/// Everything that can be done with a form and some data.
fn use_form(form: &Form, data: &Value) {
    let today = date(2026, 8, 12);
    let evaluation = form.evaluate(data, today);
    let pruned = form.prune(data);
    assert_eq!(form.prune(&pruned), pruned, "pruning twice is pruning once");
    let _ = form.summary(data);
    let _ = form.validate_json(data, today);
    for page in form.pages() {
        let _ = (
            form.next_page(&page.id, data, today),
            form.previous_page(&page.id, data, today),
        );
    }
    for problem in &evaluation.problems {
        assert!(!evaluation.hidden.contains(&problem.path));
        assert!(problem.message.ends_with(['.', '!']), "{}", problem.message);
    }
}

fn json_like() -> impl Strategy<Value = Value> {
    let ids = prop::sample::select(vec![
        "G15000000001",
        "G15000000002",
        "G15000000004",
        "F15000000001",
        "F15000000003",
        "F15000000012",
        "F15000000015",
        "F15000000016",
        "F15000000017",
        "F15000000018",
        "F15000000019",
        "F15000000020",
        "paper",
        "x",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        ".{0,20}".prop_map(Value::from),
        "[0-9]{1,4}[.-][0-9]{1,2}[.-][0-9]{1,4}".prop_map(Value::from),
        prop::sample::select(vec![
            "merkzeichen",
            "assistenzhund",
            "keine",
            "2026-02-01",
            "-9999-01-01"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((ids.clone(), inner), 0..6).prop_map(|pairs| {
                Value::Object(pairs.into_iter().map(|(id, value)| (id.to_owned(), value)).collect())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Pieces cut out, doubled or replaced: parsed or refused.
    #[test]
    fn mutated_files(cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..60, ".{0,12}"), 1..6)) {
        let mut xml = XML.to_owned();
        for (at, length, put) in cuts {
            let chars: Vec<(usize, char)> = xml.char_indices().collect();
            let start = at.index(chars.len());
            let from = chars[start].0;
            let to = chars.get(start + length).map_or(xml.len(), |(at, _)| *at);
            xml.replace_range(from..to, &put);
        }
        if let Ok(form) = Form::parse(&xml) {
            use_form(&form, &json!({}));
        }
    }

    /// Rule sentences made of their own parts in any order: read or told.
    #[test]
    fn shuffled_rules(words in prop::collection::vec(prop::sample::select(vec![
        "WENN", "DANN", "SONST", "UND", "ODER", "nicht", "leer", "befüllt", "sein", "F15000000018", "F15000000019", "F15000000020",
        "=", "<>", "(", ")", "merkzeichen", "\"", "„", "'", "keine", "aktiviere", "zeige", "an", "muss", "HEUTE", "-", "5", "JAHRE",
        ",", ".", "mache es zu einer Pflichtangabe", "Es muss mindestens eines der Felder", "Fehlermeldung", "ß",
    ]), 0..25)) {
        let start = XML.find("WENN F15000000018").unwrap();
        let end = start + XML[start..].find('<').unwrap();
        let mut xml = XML.to_owned();
        xml.replace_range(start..end, &words.join(" ").replace('<', "&lt;"));
        let form = Form::parse(&xml).unwrap();
        for choice in ["keine", "merkzeichen"] {
            use_form(&form, &json!({ "G15000000004": { "F15000000018": choice, "F15000000019": "B" } }));
        }
    }

    /// Any JSON as data.
    #[test]
    fn any_data(data in json_like()) {
        use_form(&Form::parse(XML).unwrap(), &data);
    }

    /// Anything posted: stored in a form that evaluates, and shown again.
    #[test]
    fn anything_posted(field in 1u8..22, group in 1u8..6, suffix in prop::sample::select(vec!["", ".tag", ".monat", ".jahr", ".0", ".99999999999"]), typed in "\\PC{0,40}|[0-9.,+ -]{0,30}") {
        let form = Form::parse(XML).unwrap();
        let page = format!("G15000000{group:03}");
        let name = format!("{page}.F15000000{field:03}{suffix}");
        let (read, _) = form.read_page(&page, &[(name.clone(), typed)]);
        let mut data = json!({});
        form.merge(&mut data, &page, read);
        use_form(&form, &data);
        let path = name.trim_end_matches(suffix);
        if let (Some(field), Some(value)) = (form.field(path), form.get(&data, &format!("F15000000{field:03}"))) {
            let _ = (field.shown(value), field.shown_date(value), field.display(value));
        }
    }
}
