//! What the Hundesteuer form does not use: groups and fields that repeat, optional groups, every kind of field, rules inside
//! groups that repeat.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{TODAY, check, element, form, of_type, rule};
use serde_json::{Value, json};
use wegfrei_forms::{Code, Form, Item};

#[test]
fn a_group_that_repeats() {
    let inside = element("F10", "1:1", &of_type("text")) + &element("F11", "0:1", &of_type("num_int"));
    let form = form(&element("G10", "1:3", &inside));
    check(&form, &json!({}), &[("G10.0.F10", Code::Required)]);
    check(&form, &json!({ "G10": [{ "F10": "a" }] }), &[]);
    check(
        &form,
        &json!({ "G10": [{ "F10": "a" }, { "F11": "x" }] }),
        &[("G10.1.F10", Code::Required), ("G10.1.F11", Code::Type)],
    );
    check(&form, &json!({ "G10": [{}, {}, {}, {}] }), &[("G10", Code::Repeat)]);
    check(&form, &json!({ "G10": { "F10": "a" } }), &[("G10", Code::Type)]);
    let posted: Vec<(String, String)> = [
        ("G10.0.F10", "a"),
        ("G10.1.F10", " "),
        ("G10.7.F10", "b"),
        ("G10.7.F11", "1.000"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    let (page, problems) = form.read_page("G10", &posted);
    assert_eq!(problems, []);
    assert_eq!(page, json!({ "G10": [{ "F10": "a" }, { "F10": "b", "F11": 1000 }] }));
    let labels: Vec<String> = form.summary(&page)[0]
        .rows
        .iter()
        .map(|row| format!("{}: {}", row.label, row.value))
        .collect();
    assert_eq!(
        labels,
        [
            "Name F10 (1): a",
            "Name F11 (1): keine Angabe",
            "Name F10 (2): b",
            "Name F11 (2): 1000"
        ]
    );
}

#[test]
fn an_optional_group_is_all_or_nothing() {
    let inside = element("F10", "1:1", &of_type("text")) + &element("F11", "0:1", &of_type("text"));
    let form = form(&element("G10", "1:1", &element("G11", "0:1", &inside)));
    check(&form, &json!({}), &[]);
    check(
        &form,
        &json!({ "G10": { "G11": { "F11": "x" } } }),
        &[("G10.G11.F10", Code::Required)],
    );
    check(&form, &json!({ "G10": { "G11": { "F10": "x" } } }), &[]);
}

#[test]
fn a_rule_inside_a_group_that_repeats_speaks_of_each_occurrence() {
    let inside = rule("WENN F10 = JA, DANN aktiviere F11 UND mache es zu einer Pflichtangabe.")
        + &element("F10", "1:1", &of_type("bool"))
        + &element("F11", "0:1", &of_type("text"));
    let form = form(&element("G10", "1:*", &inside));
    let data = json!({ "G10": [{ "F10": true }, { "F10": false, "F11": "hidden" }, { "F10": true, "F11": "x" }] });
    check(&form, &data, &[("G10.0.F11", Code::Required)]);
    let pruned = json!({ "G10": [{ "F10": true }, { "F10": false }, { "F10": true, "F11": "x" }] });
    assert_eq!(form.prune(&data), pruned);
}

#[test]
fn hidden_answers_go_also_from_a_list_that_is_too_long() {
    let inside = rule("WENN F10 = JA, DANN aktiviere F11.")
        + &element("F10", "1:1", &of_type("bool"))
        + &element("F11", "0:1", &of_type("text"));
    let form = form(&element("G10", "1:2", &inside));
    let occurrence = json!({ "F10": false, "F11": "hidden" });
    let data = json!({ "G10": [occurrence, occurrence, { "F10": true, "F11": "x" }] });
    check(&form, &data, &[("G10", Code::Repeat)]);
    let pruned = json!({ "G10": [{ "F10": false }, { "F10": false }, { "F10": true, "F11": "x" }] });
    assert_eq!(form.prune(&data), pruned);
    assert_eq!(form.answers(&data).all(form.element("G10").unwrap(), None).count(), 3);
}

#[test]
fn answers_are_found_from_the_occurrence_around_or_from_the_top() {
    let inside =
        element("F10", "0:1", &of_type("text")) + &element("G11", "0:*", &element("F11", "0:1", &of_type("text")));
    let form =
        form(&(element("G10", "0:*", &inside) + &element("G20", "0:1", &element("F20", "0:*", &of_type("text")))));
    let data = json!({
        "G10": [{ "F10": " " }, { "F10": "a" }, { "G11": [{ "F11": "b" }, {}, { "F11": "c" }] }],
        "G20": { "F20": ["d", "", "e"] },
    });
    let answers = form.answers(&data);
    let element = |path: &str| form.element(path).unwrap();
    let groups: Vec<_> = answers.all(element("G10"), None).collect();
    assert_eq!(groups.len(), 2, "blank occurrences do not count");
    let all = answers.all(element("G10.G11"), groups.last().copied());
    let inner: Vec<_> = all
        .map(|group| answers.value(element("G10.G11.F11"), Some(group)))
        .collect();
    assert_eq!(inner, [Some(json!("b")), Some(json!("c"))]);
    for (path, around, expected) in [
        ("G10.F10", None, Some(json!("a"))),
        ("G10.F10", Some(groups[1]), None),
        ("G10.G11.F11", None, None),
        ("G20.F20", Some(groups[1]), Some(json!(["d", "e"]))),
    ] {
        assert_eq!(answers.value(element(path), around), expected, "{path}");
    }
    assert!(form.element("G10.F11").is_none());
}

#[test]
fn a_hidden_page_is_skipped_and_a_chain_of_questions_closes() {
    let yes_no = of_type("bool");
    let pages = rule(
        "WENN F10 = JA, DANN aktiviere G20. WENN F10 = NEIN, DANN deaktiviere G20. \
         WENN F20 = wahr, DANN muss G30 befüllt werden, SONST zeige G30 nicht an.",
    ) + &element("G10", "1:1", &element("F10", "1:1", &yes_no))
        + &element("G20", "1:1", &element("F20", "1:1", &yes_no))
        + &element("G30", "0:1", &element("F30", "0:1", &of_type("text")));
    // `SONST zeige … nicht an` is how FIM writes the opposite of `muss … befüllt werden`.
    let form = form(&pages);
    let all = json!({ "G10": { "F10": true }, "G20": { "F20": true }, "G30": { "F30": "x" } });
    check(&form, &all, &[]);
    assert_eq!(form.next_page("G10", &all, TODAY).unwrap().id, "G20");
    // Closing the first question closes the page behind it, and with its answer gone, the one behind that.
    let closed = json!({ "G10": { "F10": false }, "G20": { "F20": true }, "G30": { "F30": "x" } });
    assert!(form.next_page("G10", &closed, TODAY).is_none());
    assert_eq!(form.prune(&closed), json!({ "G10": { "F10": false } }));
    let asked = json!({ "G10": { "F10": true }, "G20": { "F20": true } });
    check(&form, &asked, &[("G30", Code::Required)]);
}

#[test]
fn sentences_that_published_schemas_use() {
    let text = of_type("text");
    let fields: String = ["F10", "F11", "F12"]
        .iter()
        .map(|id| element(id, "0:1", &text))
        .collect();
    let day = element("F20", "0:1", &of_type("date")) + &element("F21", "0:1", &of_type("date"));
    // (rule, data inside the group, problems)
    let cases = [
        (
            "Es muss mindestens eines der Felder F10 \"a\", F11 \"b\" oder F12 \"c\" befüllt sein.",
            json!({ "F20": "2026-01-01" }),
            vec!["G10.F10"],
        ),
        (
            "Es muss mindestens eines der Felder F10, F11 oder F12 befüllt sein.",
            json!({ "F12": "x" }),
            vec![],
        ),
        (
            "Es muss entweder Feld F10 oder Feld F11 befüllt werden.",
            json!({ "F10": "x", "F11": "y" }),
            vec!["G10.F10"],
        ),
        (
            "Es muss entweder Feld F10 oder Feld F11 befüllt werden.",
            json!({ "F11": "y" }),
            vec![],
        ),
        (
            "Wenn F10 nicht leer, dann darf F11 nicht leer sein.",
            json!({ "F10": "x" }),
            vec!["G10.F11"],
        ),
        (
            "Wenn F10 nicht leer, dann darf F11 nicht leer sein.",
            json!({ "F12": "x" }),
            vec![],
        ),
        (
            "Das Datum im Feld F20 \"von\" muss zeitlich vor dem Datum in Feld F21 \"bis\" liegen.",
            json!({ "F20": "2026-01-02", "F21": "2026-01-02" }),
            vec!["G10.F20"],
        ),
        (
            "Das Datum im Feld F20 \"von\" muss zeitlich vor dem Datum in Feld F21 \"bis\" liegen.",
            json!({ "F20": "2026-01-01", "F21": "2026-01-02" }),
            vec![],
        ),
        (
            "WENN F10 = (\"a\" ODER \"b\"), DANN ist F11 zu befüllen.",
            json!({ "F10": "b" }),
            vec!["G10.F11"],
        ),
        (
            "WENN F10 = \"a\" ODER = \"b\" UND F12 befüllt, DANN ist F11 ein Pflichtfeld.",
            json!({ "F10": "b" }),
            vec![],
        ),
        (
            "WENN (F10 = \"a\" ODER = \"b\") UND F12 leer, DANN ist F11 ein Pflichtfeld.",
            json!({ "F10": "b" }),
            vec!["G10.F11"],
        ),
        (
            "WENN F10 <> \"a\", DANN zeige als Pflicht F11 an, SONST zeige F11 nicht an.",
            json!({ "F12": "x" }),
            vec!["G10.F11"],
        ),
        (
            "WENN F10 <> \"a\", DANN zeige als Pflicht F11 an, SONST zeige F11 nicht an.",
            json!({ "F10": "a" }),
            vec![],
        ),
    ];
    for (text, data, expected) in cases {
        let form = form(&element("G10", "0:1", &(rule(text) + &fields + &day)));
        let problems = form.evaluate(&json!({ "G10": data }), TODAY).problems;
        let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, expected, "{text} with {data}: {problems:#?}");
    }
}

#[test]
fn what_is_shown_may_depend_on_the_day() {
    let xml_rule = rule("WENN F10 > HEUTE, DANN aktiviere F11.");
    let content = xml_rule + &element("F10", "0:1", &of_type("date")) + &element("F11", "0:1", &of_type("text"));
    let xml = format!(
        "<x:xdatenfelder.stammdatenschema.0102 xmlns:x=\"urn:xoev-de:fim:standard:xdatenfelder_3.0.0\"><x:stammdatenschema>\
         <x:identifikation><x:id>S1</x:id></x:identifikation>{content}</x:stammdatenschema></x:xdatenfelder.stammdatenschema.0102>"
    );
    let form = Form::parse(&xml).unwrap();
    assert_eq!(form.findings(), []);
    for (day, hidden) in [(TODAY, true), (TODAY.tomorrow().unwrap(), false)] {
        let data = json!({ "F10": day.to_string() });
        assert_eq!(form.evaluate(&data, TODAY).hidden.contains("F11"), hidden, "{day}");
        assert_eq!(form.first_page(&data, TODAY).unwrap().id, "F10");
    }
}

/// What people type (first), what is stored (or a part of the message), and how it is shown for reading.
#[test]
fn typed_as_people_type() {
    let cases: [(&str, &str, Result<Value, &str>, &str); 50] = [
        ("date", "3.4.2026", Ok(json!("2026-04-03")), "3. April 2026"),
        ("date", " 03.04.2026 ", Ok(json!("2026-04-03")), "3. April 2026"),
        ("date", "3. April 2026", Ok(json!("2026-04-03")), "3. April 2026"),
        ("date", "3 Apr 2026", Ok(json!("2026-04-03")), "3. April 2026"),
        ("date", "3/4/2026", Ok(json!("2026-04-03")), "3. April 2026"),
        ("date", "2026-04-03", Ok(json!("2026-04-03")), "3. April 2026"),
        ("date", "29.2.2024", Ok(json!("2024-02-29")), "29. Februar 2024"),
        ("date", "29.2.2026", Err("Der Februar 2026 hat 28 Tage"), ""),
        ("date", "31.4.2026", Err("Der April 2026 hat 30 Tage"), ""),
        ("date", "0.4.2026", Err("Tag als Zahl von 1 bis 31"), ""),
        ("date", "32.4.2026", Err("Tag als Zahl von 1 bis 31"), ""),
        ("date", "x.4.2026", Err("Tag als Zahl von 1 bis 31"), ""),
        ("date", "3.13.2026", Err("Monat als Zahl von 1 bis 12"), ""),
        ("date", "3.4.26", Err("Jahr mit vier Ziffern"), ""),
        ("date", "3.4.", Err("Jahr mit vier Ziffern"), ""),
        ("date", "gestern", Err("Tag, Monat und Jahr"), ""),
        ("num_int", "3", Ok(json!(3)), "3"),
        ("num_int", "1.234", Ok(json!(1234)), "1234"),
        ("num_int", "12 345", Ok(json!(12345)), "12.345"),
        ("num_int", "3,0", Ok(json!(3)), "3"),
        ("num_int", "-5", Ok(json!(-5)), "-5"),
        ("num_int", "3,5", Err("ganze Zahl"), ""),
        ("num_int", "drei", Err("ganze Zahl"), ""),
        ("num_int", "99999999999999999999", Err("ganze Zahl"), ""),
        ("num", "1.234,56", Ok(json!(1234.56)), "1234,56"),
        ("num", "12.5", Ok(json!(12.5)), "12,5"),
        ("num", "1.2.3", Err("eine Zahl"), ""),
        ("num", "1e9", Err("eine Zahl"), ""),
        ("num_currency", "1.234,56 €", Ok(json!(123_456)), "1.234,56 €"),
        ("num_currency", "12.345,6", Ok(json!(1_234_560)), "12.345,60 €"),
        ("num_currency", "120", Ok(json!(12_000)), "120,00 €"),
        ("num_currency", "0,05 Euro", Ok(json!(5)), "0,05 €"),
        ("num_currency", "50,-", Ok(json!(5000)), "50,00 €"),
        ("num_currency", "1.050,– €", Ok(json!(105_000)), "1.050,00 €"),
        ("num_currency", ",-", Err("Betrag in Euro"), ""),
        ("num_currency", "-0,05", Ok(json!(-5)), "-0,05 €"),
        ("num_currency", "1,234", Err("Betrag in Euro"), ""),
        ("num_currency", "viel", Err("Betrag in Euro"), ""),
        ("time", "14:30", Ok(json!("14:30")), "14:30 Uhr"),
        ("time", "8.05 Uhr", Ok(json!("08:05")), "08:05 Uhr"),
        ("time", "14 Uhr", Ok(json!("14:00")), "14:00 Uhr"),
        ("time", "24:00", Err("Uhrzeit"), ""),
        ("time", "+1:30", Err("Uhrzeit"), ""),
        ("bool", "ja", Ok(json!(true)), "Ja"),
        ("bool", "Nein", Ok(json!(false)), "Nein"),
        ("bool", "true", Ok(json!(true)), "Ja"),
        ("bool", "weiß nicht", Err("Ja oder Nein"), ""),
        ("text", " a\tb\r\nc ", Ok(json!("a b c")), "a b c"),
        ("text", "u\u{308}", Ok(json!("ü")), "ü"),
        ("text", "a\u{7}b", Err("Steuerzeichen"), ""),
    ];
    for (kind, typed, expected, shown) in cases {
        let form = form(&element("F10", "1:1", &of_type(kind)));
        let (page, problems) = form.read_page("F10", &[("F10".to_owned(), typed.to_owned())]);
        let Item::Field(field) = &form.pages()[0].items[0] else {
            panic!()
        };
        match expected {
            Ok(value) => {
                assert_eq!(problems, [], "{kind} {typed}");
                assert_eq!(page["F10"], value, "{kind} {typed}");
                assert_eq!(field.display(&value), shown, "{kind} {typed}");
                check(&form, &page, &[]);
                // What the input shows again is read as the same value.
                let (again, _) = form.read_page("F10", &[("F10".to_owned(), field.shown(&value))]);
                assert_eq!(again, page, "{kind} {typed}");
            }
            Err(part) => {
                assert!(
                    problems.len() == 1 && problems[0].message.contains(part),
                    "{kind} {typed}: {problems:?}"
                );
                assert!(page["F10"].is_string(), "{kind} {typed} is kept");
                assert_eq!(
                    form.evaluate(&page, TODAY).problems,
                    problems,
                    "{kind} {typed}: found again"
                );
            }
        }
    }
}

#[test]
fn an_iban_is_read_stored_shown_and_checked() {
    let iban = "<x:stichwort uri=\"pruefung\">iban</x:stichwort>".to_owned() + &of_type("text");
    let form = form(&element("F10", "1:1", &iban));
    let Item::Field(field) = &form.pages()[0].items[0] else {
        panic!()
    };
    for (typed, stored, part) in [
        ("de02 1203 0000 0000 2020 51", "DE02120300000000202051", None),
        ("DE02120300000000202015", "DE02120300000000202015", Some("Prüfziffer")),
        ("DE021203000000002020", "DE021203000000002020", Some("20 Zeichen")),
        ("Sparkasse", "Sparkasse", Some("beginnt mit zwei Buchstaben")),
    ] {
        let (page, problems) = form.read_page("F10", &[("F10".to_owned(), typed.to_owned())]);
        assert_eq!(page["F10"], stored, "{typed}");
        match part {
            None => {
                assert_eq!(problems, [], "{typed}");
                assert_eq!(field.display(&page["F10"]), "DE02 1203 0000 0000 2020 51");
            }
            Some(part) => {
                let message = &form.evaluate(&page, TODAY).problems[0].message;
                assert!(
                    message.contains(part) && message.starts_with("„Name F10“"),
                    "{typed}: {message}"
                );
            }
        }
    }
    // From a machine: stored is the dense form only.
    let problems = form
        .evaluate(&json!({ "F10": "DE02 1203 0000 0000 2020 51" }), TODAY)
        .problems;
    assert!(problems[0].message.contains("ohne Leerzeichen"), "{problems:?}");
    let unknown = element("F10", "1:1", &iban.replace("iban", "steuernummer"));
    let xml = format!(
        "<x:xdatenfelder.stammdatenschema.0102 xmlns:x=\"urn:xoev-de:fim:standard:xdatenfelder_3.0.0\"><x:stammdatenschema>\
         <x:identifikation><x:id>S1</x:id></x:identifikation>{unknown}</x:stammdatenschema></x:xdatenfelder.stammdatenschema.0102>"
    );
    assert!(
        Form::parse(&xml).unwrap_err()[0]
            .message
            .contains("`steuernummer` is not known")
    );
}
