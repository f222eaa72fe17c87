//! Mutated models and inputs: findings and errors, never a panic that gets out, never a hang.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use proptest::prelude::*;
use serde_json::{Value, json};
use wegfrei_decisions::Decisions;

fn model() -> String {
    let path = format!(
        "{}/../../../packages/services/hundesteuer/decision.dmn",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::read_to_string(path).unwrap()
}

/// Any JSON a few levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("2026-03-01")),
        Just(json!("-999999999-01-01")),
        Just(json!("9999-12-31")),
        Just(json!("0001-01-01")),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

fn input() -> Value {
    json!({
        "antrag": { "rasse": "Labrador", "aufnahme_datum": "2026-03-10", "wurfdatum": "2024-01-05", "gefaehrlich": false,
            "weitere_hunde": 0, "ermaessigung": "keine", "merkzeichen": null },
        "parameter": { "satzung": "Satzung", "satz_erster_hund": 9600, "satz_zweiter_hund": 14400, "satz_weiterer_hund": 19200,
            "satz_gefaehrlicher_hund": 50000, "ermaessigung_assistenzhund_prozent": 100, "ermaessigung_merkzeichen_prozent": 50,
            "merkzeichen": ["H"], "beginn": "monat", "mindestalter_monate": 3,
            "faelligkeit": [{ "tag": 15, "monat": 5 }] },
        "datum": "2026-03-20"
    })
}

const PIECES: [&str; 24] = [
    "(",
    ")",
    "[",
    "]",
    "\"",
    "-",
    "1e9",
    "..",
    "for i in 1..9999999 return ",
    "if ",
    "function(x) x(x)",
    "@\"",
    "null",
    "?",
    "<",
    "&lt;",
    "&#x10FFFF;",
    "</text>",
    "<text>",
    "<context>",
    "hitPolicy=\"ANY\"",
    "10 ** 9999",
    "date(1,1,1)",
    "{a: ",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn mutated_models(cuts in prop::collection::vec((0.0..1.0, 0usize..30, 0usize..PIECES.len()), 1..4)) {
        let mut chars: Vec<char> = model().chars().collect();
        for (place, remove, piece) in cuts {
            let start = (place * chars.len() as f64) as usize;
            let end = (start + remove).min(chars.len());
            chars.splice(start..end, PIECES[piece].chars());
        }
        if let Ok((model, _)) = Decisions::parse_partly(&chars.into_iter().collect::<String>()) {
            for name in model.decision_names() {
                let _ = model.decide(name, &input());
            }
            let _ = model.check();
        }
    }

    #[test]
    fn mutated_expressions(pieces in prop::collection::vec(0usize..PIECES.len() + 4, 1..12)) {
        let text: String = pieces.iter().map(|&piece| PIECES.get(piece).copied().unwrap_or("datum ")).collect::<Vec<_>>().join(" ");
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let xml = model().replacen("max(datum.year, beginn.year)", &text, 1);
        if let Ok(model) = Decisions::parse(&xml) {
            let _ = model.decide("entscheidung", &input());
        }
    }

    #[test]
    fn mutated_inputs(section in 0usize..3, member in 0usize..12, value in any_json()) {
        let mut input = input();
        let section = ["antrag", "parameter", "datum"][section];
        match input[section].as_object_mut() {
            Some(object) => {
                let key = object.keys().nth(member % object.len()).unwrap().clone();
                object.insert(key, value);
            }
            None => input[section] = value,
        }
        static MODEL: std::sync::LazyLock<Decisions> = std::sync::LazyLock::new(|| Decisions::parse(&model()).unwrap());
        if let Err(error) = MODEL.decide("entscheidung", &input) {
            // A panic inside the FEEL library would show as Engine.
            prop_assert!(!matches!(error, wegfrei_decisions::DecisionError::Engine { .. }), "{error}: {input}");
        }
    }
}

#[test]
fn deep_and_wide_models_end() {
    let nested = format!(
        "{}{}",
        "<context><contextEntry>".repeat(20_000),
        "</contextEntry></context>".repeat(20_000)
    );
    let head = "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"m\" namespace=\"m\">";
    for body in [
        format!("<decision id=\"d\" name=\"d\">{nested}</decision>"),
        // Types that double with every level.
        (0..60)
            .map(|i| format!("<itemDefinition name=\"t{i}\"><itemComponent name=\"a\"><typeRef>t{0}</typeRef></itemComponent><itemComponent name=\"b\"><typeRef>t{0}</typeRef></itemComponent></itemDefinition>", i + 1))
            .collect::<String>(),
        "<decision name=\"d\"/>".repeat(3_000),
    ] {
        assert!(Decisions::parse(&format!("{head}{body}</definitions>")).is_err());
    }
}

#[test]
fn any_bytes_are_read_or_refused() {
    let refused = Decisions::from_bytes(b"<a>\n\xff").unwrap_err();
    assert_eq!(
        (refused[0].line, refused[0].message.as_str()),
        (2, "the file is not UTF-8")
    );
    assert!(Decisions::from_bytes(b"").is_err());
}

#[test]
fn tables_too_large_to_be_checked_end() {
    let rule = |index: usize| {
        let cells = [7, 11, 13, 17, 19, 23].map(|prime| {
            let from = index * prime % 97;
            format!("<inputEntry><text>[{from}..{}]</text></inputEntry>", from + prime)
        });
        format!(
            "<rule>{}<outputEntry><text>{index}</text></outputEntry></rule>",
            cells.concat()
        )
    };
    let columns =
        (0..6).map(|column| format!("<input><inputExpression><text>a.m{column}</text></inputExpression></input>"));
    let xml = format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"m\" namespace=\"m\">\
         <inputData id=\"a\" name=\"a\"><variable name=\"a\"/></inputData><decision id=\"d\" name=\"d\"><variable name=\"d\"/>\
         <informationRequirement><requiredInput href=\"#a\"/></informationRequirement><decisionTable hitPolicy=\"FIRST\">{}\
         <output/>{}</decisionTable></decision></definitions>",
        columns.collect::<String>(),
        (0..2_000).map(rule).collect::<String>()
    );
    let check = Decisions::parse(&xml).unwrap().check();
    assert!(check.tables[0].gave_up);
}

#[test]
fn results_that_double_from_decision_to_decision_end() {
    for step in ["[d, d]", "{a: d, b: d}"] {
        doubling(step);
    }
}

fn doubling(step: &str) {
    let mut model = String::from(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"m\" namespace=\"m\">\
         <decision id=\"d0\" name=\"d0\"><variable name=\"d0\"/><literalExpression><text>[1]</text></literalExpression></decision>",
    );
    for i in 1..60 {
        let before = i - 1;
        let step = step.replace('d', &format!("d{before}"));
        model += &format!(
            "<decision id=\"d{i}\" name=\"d{i}\"><variable name=\"d{i}\"/><informationRequirement><requiredDecision href=\"#d{before}\"/>\
             </informationRequirement><literalExpression><text>{step}</text></literalExpression></decision>"
        );
    }
    let model = Decisions::parse(&(model + "</definitions>")).unwrap();
    assert!(model.decide("d10", &json!({})).is_ok());
    let error = model.decide("d59", &json!({})).unwrap_err().to_string();
    assert!(error.contains("more than 1000000 values"), "{error}");
}
