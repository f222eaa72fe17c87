//! How long one decision with explanation takes: a 20-rule table, the whole Hundesteuer, the whole Wohngeld.
//!
//! `cargo run --release -p wegfrei-decisions --example speed`
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)]

use serde_json::json;
use std::fmt::Write;
use std::time::Instant;
use wegfrei_decisions::Decisions;

fn table(rules: usize) -> String {
    let mut xml = String::from(
        r##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="m">
<inputData id="a" name="alter"><variable name="alter" typeRef="number"/></inputData>
<inputData id="b" name="art"><variable name="art" typeRef="string"/></inputData>
<inputData id="c" name="tag"><variable name="tag" typeRef="date"/></inputData>
<decision id="d" name="satz"><variable name="satz" typeRef="number"/>
<informationRequirement><requiredInput href="#a"/></informationRequirement>
<informationRequirement><requiredInput href="#b"/></informationRequirement>
<informationRequirement><requiredInput href="#c"/></informationRequirement>
<decisionTable hitPolicy="UNIQUE">
<input><inputExpression><text>alter</text></inputExpression></input>
<input><inputExpression><text>art</text></inputExpression></input>
<input><inputExpression><text>tag</text></inputExpression></input>
<output name="satz"/>
<annotation name="Rechtsgrundlage"/><annotation name="Begründung"/>"##,
    );
    for rule in 0..rules {
        write!(
            xml,
            "<rule><inputEntry><text>[{}..{})</text></inputEntry><inputEntry><text>\"x\", \"y\"</text></inputEntry>\
             <inputEntry><text>&gt;= date(\"2020-01-01\")</text></inputEntry><outputEntry><text>{rule}</text></outputEntry>\
             <annotationEntry><text>§ {rule} Satzung</text></annotationEntry>\
             <annotationEntry><text>Das Alter ist {{alter}}, der Satz {{satz}}.</text></annotationEntry></rule>",
            rule * 10,
            rule * 10 + 10
        )
        .unwrap();
    }
    xml + "</decisionTable></decision></definitions>"
}

fn measure(name: &str, model: &Decisions, decision: &str, input: &serde_json::Value) {
    let runs = 20_000;
    for _ in 0..runs / 10 {
        std::hint::black_box(model.decide(decision, input).unwrap());
    }
    let start = Instant::now();
    for _ in 0..runs {
        std::hint::black_box(model.decide(decision, input).unwrap());
    }
    println!(
        "{name}: {:.2} µs",
        start.elapsed().as_secs_f64() * 1e6 / f64::from(runs)
    );
}

fn main() {
    let model = Decisions::parse(&table(20)).unwrap();
    measure(
        "table of 20 rules, last one matches",
        &model,
        "satz",
        &json!({"alter": 195, "art": "y", "tag": "2026-03-01"}),
    );
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../packages/services/hundesteuer/decision.dmn"
    );
    let xml = std::fs::read_to_string(path).unwrap();
    let start = Instant::now();
    let model = Decisions::parse(&xml).unwrap();
    println!("Hundesteuer, loading: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    let input = json!({
        "antrag": { "rasse": "Labrador", "aufnahme_datum": "2026-03-10", "wurfdatum": "2024-01-05", "gefaehrlich": false,
            "weitere_hunde": 0, "ermaessigung": "keine" },
        "parameter": { "satzung": "Satzung", "satz_erster_hund": 9600, "satz_zweiter_hund": 14400, "satz_weiterer_hund": 19200,
            "satz_gefaehrlicher_hund": 50000, "ermaessigung_assistenzhund_prozent": 100, "ermaessigung_merkzeichen_prozent": 50,
            "merkzeichen": ["H"], "beginn": "monat", "mindestalter_monate": 3,
            "faelligkeit": [{ "tag": 15, "monat": 5 }, { "tag": 15, "monat": 11 }] },
        "datum": "2026-03-20"
    });
    measure("Hundesteuer, whole decision", &model, "entscheidung", &input);

    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../packages/services/wohngeld/decision.dmn"
    );
    let model = Decisions::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    let person = json!({ "geburtsdatum": "1980-05-17", "leistung": "keine", "ausbildung": false, "steuern": true, "krankenversicherung": true,
        "rentenversicherung": true, "grundrente": false, "einkommen": [{ "art": "arbeit", "betrag_cent": 140_000, "zeitraum": "monat" }] });
    let mut child = person.clone();
    child["verhaeltnis"] = "kind".into();
    child["einkommen"] = json!([]);
    for (name, members) in [("one person", vec![]), ("four people", vec![child; 3])] {
        let input = json!({
            "antrag": { "gemeinde": "15003000", "einzug": "2009-04-01", "kaltmiete_cent": 55_000, "nebenkosten_cent": 5_000,
                "mieteinnahme_cent": 0, "mitbewohner": 0, "mitbewohner_entgelt_cent": 0, "zuschuss_cent": 0, "antragsteller": person,
                "mitglieder": members, "unterhalt": [], "vermoegen_cent": 0, "eingang": "2026-03-18", "mitwirkung_fehlt": false,
                "erheblich_vermoegend": "nach_betrag" },
            "parameter": { "mietenstufen": { "15003000": 5 }, "vier_augen_ab_cent": 50_000 },
            "datum": "2026-03-18"
        });
        measure(
            &format!("Wohngeld, whole decision, {name}"),
            &model,
            "entscheidung",
            &input,
        );
    }
}
