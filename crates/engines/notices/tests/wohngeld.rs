//! The letters of Wohngeld: every outcome renders as PDF/UA with what people must read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;

use serde_json::{Value, json};
use wegfrei_model::{Date, Language};
use wegfrei_notices::{Meta, Typesetter};

fn file(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../packages/services/wohngeld/notices");
    std::fs::read_to_string(folder.join(name)).expect("a file of the package")
}

fn sample(changes: &[(&str, Value)]) -> Value {
    let mut data: Value = serde_json::from_str(&file("bescheid.sample.json")).unwrap();
    for (pointer, value) in changes {
        *data.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value.clone();
    }
    data
}

#[test]
fn every_outcome_renders() {
    let typesetter = Typesetter::new();
    let meta = Meta {
        title: "Wohngeld".into(),
        author: "Landeshauptstadt Magdeburg".into(),
        language: Language::De,
        date: Date::constant(2026, 4, 14),
    };
    let outcome = |anspruch: &str, grund: &str, norm: &str| {
        vec![
            ("/entscheidung/anspruch", json!(anspruch)),
            ("/entscheidung/betrag_cent", json!(0)),
            ("/entscheidung/zahlungen", json!([])),
            ("/entscheidung/ablehnungsgrund", json!(grund)),
            ("/entscheidung/ablehnungsnorm", json!(norm)),
        ]
    };
    let partial = [
        ("/entscheidung/teilbewilligung", json!(true)),
        ("/entscheidung/personen_gesamt", json!(3)),
        ("/entscheidung/personen_beruecksichtigt", json!(2)),
    ];
    let cases: [(&str, Value); 6] = [
        ("bewilligt", sample(&[])),
        ("teil", sample(&partial)),
        (
            "versagt",
            sample(&outcome(
                "versagt",
                "Ohne die fehlenden Unterlagen können wir nicht rechnen.",
                "§§ 60 und 66 SGB I",
            )),
        ),
        (
            "vermoegen",
            sample(&outcome(
                "abgelehnt",
                "Ihr Haushalt hat erhebliches Vermögen.",
                "§ 21 Nr. 3 WoGG",
            )),
        ),
        (
            "zu-hoch",
            sample(&outcome(
                "abgelehnt",
                "Das Gesamteinkommen ist zu hoch.",
                "§ 19 Abs. 1 und § 21 Nr. 1 WoGG",
            )),
        ),
        ("ohne-konto", {
            let mut data = sample(&[]);
            data.as_object_mut().unwrap().remove("konto");
            data
        }),
    ];
    for (name, data) in &cases {
        for template in ["bescheid", "bescheid-leicht", "nachforderung", "erinnerung"] {
            if template.len() > 8 && template != "bescheid-leicht" && *name != "bewilligt" {
                continue;
            }
            let pdf = typesetter
                .render(&file(&format!("{template}.typ")), data, &meta)
                .unwrap_or_else(|error| panic!("{template} {name}: {error}"));
            assert!((1..=5).contains(&pdf.pages), "{template} {name}: {} pages", pdf.pages);
            // Set to look at the letters: a folder for the PDFs.
            if let Ok(folder) = std::env::var("WEGFREI_TEST_LETTERS") {
                std::fs::write(PathBuf::from(folder).join(format!("{template}-{name}.pdf")), &pdf.bytes).unwrap();
            }
        }
    }
}
