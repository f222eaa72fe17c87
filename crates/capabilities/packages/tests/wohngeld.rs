//! The package Wohngeld: lists, desk facts, tables of places, results and payment, and what the check says about mistakes in them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;

use serde_json::{Map, Value, json};
use wegfrei_model::{AuthorityId, Date};
use wegfrei_packages::{Files, Package};

fn files() -> Files {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../packages/services/wohngeld");
    Files::from_folder(folder).expect("the package's folder")
}

fn package() -> Package {
    match Package::load(&files()) {
        Ok(package) => package,
        Err(findings) => panic!("{}", findings.iter().map(|f| format!("{f}\n")).collect::<String>()),
    }
}

fn example<'p>(package: &'p Package, part: &str) -> &'p wegfrei_packages::Example {
    package
        .examples()
        .iter()
        .find(|example| example.file.contains(part))
        .expect("an example")
}

const DAY: Date = Date::constant(2026, 3, 18);

#[test]
fn examples_come_out_as_written() {
    let package = package();
    let trials = package.try_examples();
    assert!(trials.len() >= 20, "{}", trials.len());
    for trial in trials {
        assert!(trial.failures.is_empty(), "{}: {:#?}", trial.file, trial.failures);
    }
}

#[test]
fn lists_and_objects_reach_the_decision_without_names() {
    let package = package();
    let mut application = example(&package, "kind-in-ausbildung").application.clone();
    // An occurrence left blank does not count as a person.
    application["G15000100007"].as_array_mut().unwrap().push(json!({}));
    let facts = package.facts(&application, DAY);
    let members = facts["mitglieder"].as_array().unwrap();
    assert_eq!(members.len(), 2, "{facts:#}");
    assert_eq!(
        members[1]["einkommen"],
        json!([{ "art": "arbeit", "betrag_cent": 95_000, "zeitraum": "monat", "werbungskosten_cent": 60_000 }])
    );
    assert_eq!(members[0]["einkommen"], json!([]));
    assert_eq!(facts["antragsteller"]["geburtsdatum"], json!("1948-05-17"));
    assert_eq!(facts["antragsteller"]["einkommen"][0]["betrag_cent"], json!(230_000));
    assert_eq!(facts["eingang"], json!("2026-03-18"));
    assert_eq!(facts["mitwirkung_fehlt"], json!(false));
    assert_eq!(facts["unterhalt"], json!([]));
    let text = facts.to_string();
    for private in ["Lehmann", "Mia", "Lindenweg", "DE02"] {
        assert!(!text.contains(private), "{private}");
    }
    // Hidden answers are no facts: without "weitere Menschen" there is nobody else.
    application["G15000100006"]["F15000100060"] = json!(false);
    assert_eq!(package.facts(&application, DAY)["mitglieder"], json!([]));
}

#[test]
fn corrections_are_checked_before_the_decision_relies_on_them() {
    let package = package();
    let facts = package.facts(&example(&package, "kind-in-ausbildung").application, DAY);
    let good = facts["mitglieder"].clone();
    let with = |pointer: &str, to: Value| {
        let mut members = good.clone();
        *members.pointer_mut(pointer).expect("a place") = to;
        members
    };
    for (name, value, part) in [
        ("mitglieder", good.clone(), None),
        ("mitglieder", json!([]), None),
        ("mitglieder", json!({}), Some("Liste")),
        ("mitglieder", json!([1]), Some("nicht lesbar")),
        (
            "mitglieder",
            with("/1/einkommen/0/betrag_cent", json!("viel")),
            Some("betrag_cent"),
        ),
        ("mitglieder", with("/1/einkommen/0/art", json!("lotto")), Some("art")),
        (
            "mitglieder",
            with("/1", json!({ "hut": 1 })),
            Some("keine Angabe „hut“"),
        ),
        ("mitglieder", json!(vec![good[0].clone(); 101]), Some("höchstens 100")),
        ("antragsteller", facts["antragsteller"].clone(), None),
        ("antragsteller", json!([]), Some("mehreren Angaben")),
        ("kaltmiete_cent", json!(45_000), None),
        ("kaltmiete_cent", json!(4.5), Some("nicht die Form")),
        ("kaltmiete_cent", Value::Null, Some("nicht die Form")),
        ("mitwirkung_fehlt", json!(true), None),
        ("mitwirkung_fehlt", json!("ja"), Some("Ja und Nein")),
        ("erheblich_vermoegend", json!("ja"), None),
        (
            "erheblich_vermoegend",
            json!("vielleicht"),
            Some("nach_betrag, ja, nein"),
        ),
        ("bewilligung_bis", json!("2026-06-30"), None),
        ("bewilligung_bis", json!("Juni"), Some("Datum")),
        ("fehlende_unterlagen", json!("x".repeat(2_001)), Some("2000")),
        ("betrag_cent", json!(1), Some("kann hier nicht geändert werden")),
    ] {
        let checked = package.check_correction(name, &value);
        match part {
            None => assert_eq!(checked, Ok(()), "{name} {value}"),
            Some(part) => assert!(
                checked.as_ref().is_err_and(|text| text.contains(part)),
                "{name} {value}: {checked:?}"
            ),
        }
    }
}

#[test]
fn payee_labels_and_other_parameters() {
    let package = package();
    let application = &example(&package, "rentnerin").application;
    let payee = package.payee(application).expect("a payee");
    assert_eq!(
        (payee.iban.as_str(), payee.holder.as_str()),
        ("DE02120300000000202051", "Erika Lehmann")
    );
    assert!(!format!("{payee:?}").contains("DE02"));
    assert_eq!(package.result_label("betrag_cent"), Some("Wohngeld im Monat"));
    assert_eq!(package.result_label("zahlungen.monat"), Some("Monat"));
    assert_eq!(package.result_label("nichts"), None);
    let own = AuthorityId::parse("15003000").unwrap();
    let adoption = package
        .adoptions()
        .iter()
        .find(|adoption| adoption.authority() == own)
        .unwrap();
    let other = |name: &str, value: Value| adoption.with(&package, &Map::from_iter([(name.to_owned(), value)]));
    assert!(other("mietenstufen", json!({"15003000": 9})).is_err_and(|text| text.contains("1 bis 7")));
    assert!(other("stufen", json!(1)).is_err_and(|text| text.contains("gibt es nicht")));
    assert_eq!(
        other("vier_augen_ab_cent", json!(5_000)).unwrap().parameters()["vier_augen_ab_cent"],
        json!(5_000)
    );
}

/// One mistake in `package.toml`, or in the other file named; the finding's message and help contain these parts.
#[test]
fn mistakes_are_named_with_line_and_mend() {
    let toml = "package.toml";
    for (file, from, to, line, message, help) in [
        (
            toml,
            "group = \"G15000100007\"",
            "group = \"G15000100070\"",
            "[inputs.mitglieder]",
            "nennt die Gruppe `G15000100070`",
            "Meinten Sie",
        ),
        (
            toml,
            "art = \"F15000100101\"",
            "art = \"F15000109101\"",
            "F15000109101",
            "das Feld `F15000109101`, das das Formular nicht hat",
            "Meinten",
        ),
        (
            toml,
            "field = \"F15000100010\"",
            "field = \"F15000100011\"",
            "[place]",
            "das nicht nach einer Gemeinde fragt",
            "Gemeindeschlüssel",
        ),
        (
            toml,
            "gemeinde = \"F15000100010\"",
            "gemeinde = \"F15000100072\"",
            "gemeinde = \"F",
            "liegt in der Gruppe `G15000100007`, die sich wiederholt",
            "group = \"G15000100007\"",
        ),
        (
            toml,
            "verhaeltnis = \"F15000100073\"\n",
            "",
            "[inputs.mitglieder]",
            "Die Entscheidung braucht `antrag.mitglieder.verhaeltnis`",
            "",
        ),
        (
            toml,
            "verhaeltnis = \"F15000100073\"",
            "verhaeltnis = \"F15000100073\"\nhut = \"F15000100070\"",
            "hut = ",
            "nennt `mitglieder.hut`, das die Entscheidung nicht braucht",
            "Löschen",
        ),
        (
            toml,
            "desk = \"bool\"",
            "desk = \"boll\"",
            "boll",
            "Die Art `boll` gibt es nicht",
            "Meinten Sie `bool`?",
        ),
        (
            toml,
            "default = \"nach_betrag\"",
            "default = \"reich\"",
            "reich",
            "Der Vorgabewert passt nicht",
            "nach_betrag, ja, nein",
        ),
        (
            toml,
            "desk = \"text\", label",
            "desk = \"text\", lable",
            "lable",
            "Unbekannter Eintrag `lable`",
            "label",
        ),
        (
            toml,
            "monate = \"Zahl der Monate\"",
            "monat = \"Zahl der Monate\"",
            "monat = ",
            "nennt `monat`, das die Entscheidung nicht ausgibt",
            "Meinten Sie",
        ),
        (
            toml,
            "monate = \"Zahl der Monate\"\n",
            "",
            "[results]",
            "keine Bezeichnung für `monate`",
            "eintragen",
        ),
        (
            toml,
            "iban = \"F15000100121\"\nholder",
            "iban = \"F15000100120\"\nholder",
            "[payment]",
            "nicht als IBAN geprüft",
            "stichwort",
        ),
        (
            "adoptions/15085000.toml",
            "\"15085000\" = 1",
            "\"15003000\" = 1",
            "mietenstufen",
            "`mietenstufen` ist nicht erlaubt",
            "\"15085000\" fehlt",
        ),
    ] {
        let mut files = files();
        let text = String::from_utf8(files.get(file).expect("the file").to_vec()).unwrap();
        assert!(text.contains(from), "{from}");
        let changed = text.replacen(from, to, 1);
        files.insert(file, changed.clone().into_bytes()).unwrap();
        let findings = Package::load(&files).expect_err(to);
        let wanted = 1 + changed.lines().position(|l| l.contains(line)).expect("the line");
        assert!(
            findings.iter().any(|f| f.file == file
                && usize::try_from(f.line).is_ok_and(|l| l.abs_diff(wanted) <= 1)
                && f.message.contains(message)
                && f.help.contains(help)),
            "{to} (line {wanted}): {}",
            findings.iter().map(|f| format!("{f}\n")).collect::<String>()
        );
    }
}

/// As German dictionaries do (DIN 5007-1): Ä like A, and no blank, hyphen or bracket counts.
#[test]
fn the_municipalities_stand_in_german_order() {
    let package = package();
    let field = package.form().field("G15000100002.F15000100010").expect("the question");
    let wegfrei_forms::Kind::Select { options, .. } = &field.kind else {
        panic!("{:?}", field.kind);
    };
    let place = |name: &str| -> String {
        let plain = name
            .to_lowercase()
            .replace('ä', "a")
            .replace('ö', "o")
            .replace('ü', "u")
            .replace('ß', "ss");
        plain.chars().filter(|letter| letter.is_alphanumeric()).collect()
    };
    let names: Vec<&str> = options.iter().map(|option| option.label.as_str()).collect();
    let mut sorted = names.clone();
    sorted.sort_by_key(|name| place(name));
    assert_eq!(names, sorted);
    assert_eq!(names.len(), 218);
}
