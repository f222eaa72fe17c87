//! The decision of the service Hundesteuer, case by case.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use serde_json::{Value, json};
use wegfrei_decisions::{DecisionError, Decisions, Outcome};

fn model() -> Decisions {
    let path = format!(
        "{}/../../../packages/services/hundesteuer/decision.dmn",
        env!("CARGO_MANIFEST_DIR")
    );
    Decisions::parse(&std::fs::read_to_string(path).unwrap()).unwrap_or_else(|findings| {
        panic!(
            "{}",
            findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        )
    })
}

/// The ordinary case, with `changes` to single values by JSON pointer.
fn decide(changes: &[(&str, Value)]) -> Result<Outcome, DecisionError> {
    let mut input = json!({
        "antrag": { "rasse": "Labrador Retriever", "aufnahme_datum": "2026-03-10", "wurfdatum": "2024-01-05",
            "gefaehrlich": false, "weitere_hunde": 0, "ermaessigung": "keine", "merkzeichen": null },
        "parameter": { "satzung": "Hundesteuersatzung der Stadt Beispiel", "satz_erster_hund": 9600, "satz_zweiter_hund": 14400,
            "satz_weiterer_hund": 19200, "satz_gefaehrlicher_hund": 50000, "ermaessigung_assistenzhund_prozent": 100,
            "ermaessigung_merkzeichen_prozent": 50, "merkzeichen": ["H", "Bl", "aG"], "beginn": "monat",
            "mindestalter_monate": 3,
            "faelligkeit": [{ "tag": 15, "monat": 5 }, { "tag": 15, "monat": 11 }] },
        "datum": "2026-03-20"
    });
    for (pointer, value) in changes {
        *input.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value.clone();
    }
    model().decide("entscheidung", &input)
}

/// Checks single values of the result by JSON pointer.
fn check(changes: &[(&str, Value)], expected: &[(&str, Value)]) -> Outcome {
    let outcome = decide(changes).unwrap_or_else(|error| panic!("{changes:?}: {error}"));
    for (pointer, expected) in expected {
        let found = outcome.value.pointer(pointer).unwrap_or(&Value::Null);
        assert_eq!(
            found,
            expected,
            "{pointer} of {}",
            serde_json::to_string_pretty(&outcome.value).unwrap()
        );
    }
    let sum = |list: &str| -> i64 {
        outcome.value[list]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| part["betrag_cent"].as_i64().unwrap())
            .sum()
    };
    assert_eq!(
        sum("raten"),
        outcome.value["gesamt_cent"].as_i64().unwrap(),
        "raten add up to gesamt_cent"
    );
    assert_eq!(
        sum("folgejahre_raten"),
        outcome.value["jahressteuer_cent"].as_i64().unwrap(),
        "folgejahre add up"
    );
    outcome
}

#[test]
fn ordinary_case_is_decided_without_a_human() {
    let outcome = check(
        &[],
        &[
            ("/ergebnis", json!("festsetzung")),
            ("/automatisch", json!(true)),
            ("/gruende", json!([])),
            ("/satz_name", json!("erster Hund")),
            ("/jahressteuer_cent", json!(9600)),
            ("/beginn", json!("2026-03-01")),
            ("/steuer_jahr", json!(2026)),
            ("/monate", json!(10)),
            ("/steuer_jahr_cent", json!(8000)),
            ("/vorjahre", json!([])),
            (
                "/raten",
                json!([{"betrag_cent": 4000, "faellig": "2026-05-15", "jahr": 2026},
                       {"betrag_cent": 4000, "faellig": "2026-11-15", "jahr": 2026}]),
            ),
            (
                "/folgejahre_raten",
                json!([{"betrag_cent": 4800, "monat": 5, "tag": 15}, {"betrag_cent": 4800, "monat": 11, "tag": 15}]),
            ),
        ],
    );
    assert_eq!(
        outcome.explanation.reasons(),
        [
            "Es ist der erste Hund im Haushalt. Die Steuer beträgt 96,00\u{a0}€ im Jahr.",
            "Eine Ermäßigung ist nicht beantragt.",
            "Der Hund lebt seit dem 10.03.2026 im Haushalt.",
            "Die Steuerpflicht beginnt mit dem ersten Tag des Monats, in den der Stichtag 10.03.2026 fällt: am 01.03.2026.",
        ]
    );
    assert_eq!(
        outcome.explanation.legal_bases(),
        ["Hundesteuersatzung der Stadt Beispiel"]
    );
    let step = outcome.explanation.step("steuersatz").unwrap();
    assert_eq!(
        step.rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(),
        ["satz_erster"]
    );
    assert_eq!(step.unmatched, 3);
    assert_eq!(step.uses, ["antrag", "parameter"]);
}

#[test]
fn rates_and_beginnings() {
    check(
        &[("/antrag/weitere_hunde", json!(1))],
        &[
            ("/satz_name", json!("zweiter Hund")),
            ("/jahressteuer_cent", json!(14400)),
        ],
    );
    check(
        &[("/antrag/weitere_hunde", json!(5))],
        &[
            ("/satz_name", json!("weiterer Hund")),
            ("/jahressteuer_cent", json!(19200)),
        ],
    );
    check(
        &[("/parameter/beginn", json!("folgemonat"))],
        &[("/beginn", json!("2026-04-01")), ("/monate", json!(9))],
    );
    // Born on 30 November: three months old on the last day of February.
    check(
        &[
            ("/antrag/wurfdatum", json!("2025-11-30")),
            ("/antrag/aufnahme_datum", json!("2026-01-25")),
        ],
        &[("/beginn", json!("2026-02-01")), ("/monate", json!(11))],
    );
    check(
        &[("/antrag/wurfdatum", json!(null))],
        &[("/beginn", json!("2026-03-01")), ("/automatisch", json!(true))],
    );
    // 10001 cents: both roundings go down, the last instalment takes the rest.
    check(
        &[("/parameter/satz_erster_hund", json!(10001))],
        &[
            ("/steuer_jahr_cent", json!(8334)),
            ("/raten/0/betrag_cent", json!(4167)),
            ("/folgejahre_raten/1/betrag_cent", json!(5001)),
        ],
    );
}

#[test]
fn due_dates_too_near_become_one_month_after_the_notice() {
    check(
        &[("/datum", json!("2026-10-31"))],
        &[(
            "/raten",
            json!([{"betrag_cent": 8000, "faellig": "2026-11-30", "jahr": 2026}]),
        )],
    );
    check(
        &[("/datum", json!("2026-06-01"))],
        &[(
            "/raten",
            json!([{"betrag_cent": 8000, "faellig": "2026-11-15", "jahr": 2026}]),
        )],
    );
    // Liability begins next year only.
    check(
        &[
            ("/antrag/aufnahme_datum", json!("2026-12-20")),
            ("/datum", json!("2026-12-20")),
            ("/parameter/beginn", json!("folgemonat")),
        ],
        &[
            ("/steuer_jahr", json!(2027)),
            ("/monate", json!(12)),
            ("/raten/0/faellig", json!("2027-05-15")),
            ("/automatisch", json!(true)),
        ],
    );
}

#[test]
fn earlier_calendar_years_are_taxed_year_by_year() {
    check(
        &[("/antrag/aufnahme_datum", json!("2025-11-03"))],
        &[
            ("/automatisch", json!(true)),
            ("/vorjahre", json!([{"betrag_cent": 1600, "jahr": 2025, "monate": 2}])),
            ("/steuer_jahr_cent", json!(9600)),
            ("/nachzahlung_cent", json!(1600)),
            ("/gesamt_cent", json!(11200)),
            (
                "/raten/0",
                json!({"betrag_cent": 1600, "faellig": "2026-04-20", "jahr": 2025}),
            ),
        ],
    );
    let old = check(
        &[
            ("/antrag/aufnahme_datum", json!("1999-11-03")),
            ("/antrag/wurfdatum", json!(null)),
        ],
        &[("/automatisch", json!(false))],
    );
    assert_eq!(old.value["vorjahre"].as_array().unwrap().len(), 4);
}

#[test]
fn a_caseworker_looks_at_what_needs_judgement() {
    for (changes, reason) in [
        (vec![("/antrag/gefaehrlich", json!(true))], "als gefährlich angegeben"),
        (
            vec![("/antrag/rasse", json!("American Staffordshire-Terrier"))],
            "Gefährlichkeit vermutet",
        ),
        (
            vec![("/antrag/rasse", json!("Mischling aus Pitbull und Boxer"))],
            "Gefährlichkeit vermutet",
        ),
        (vec![("/antrag/rasse", json!(null))], "Rasse fehlt"),
        (vec![("/antrag/ermaessigung", json!("assistenzhund"))], "Assistenzhund"),
        (
            vec![
                ("/antrag/ermaessigung", json!("merkzeichen")),
                ("/antrag/merkzeichen", json!("Bl")),
            ],
            "Merkzeichens",
        ),
        (
            vec![("/antrag/aufnahme_datum", json!("2025-01-31"))],
            "mehr als einem Jahr",
        ),
        (
            vec![("/antrag/aufnahme_datum", json!("2026-04-21"))],
            "mehr als einem Monat",
        ),
        (vec![("/antrag/wurfdatum", json!("2026-03-11"))], "widersprechen"),
    ] {
        let outcome = check(&changes, &[("/automatisch", json!(false))]);
        let reasons = outcome.value["gruende"].as_array().unwrap();
        assert!(
            reasons.len() == 1 && reasons[0].as_str().unwrap().contains(reason),
            "{changes:?}: {reasons:?}"
        );
    }
}

#[test]
fn reductions() {
    check(
        &[
            ("/antrag/ermaessigung", json!("merkzeichen")),
            ("/antrag/merkzeichen", json!("Bl")),
        ],
        &[
            ("/ermaessigung_prozent", json!(50)),
            ("/jahressteuer_cent", json!(4800)),
        ],
    );
    let refused = check(
        &[
            ("/antrag/ermaessigung", json!("merkzeichen")),
            ("/antrag/merkzeichen", json!("G")),
        ],
        &[("/ermaessigung_prozent", json!(0)), ("/jahressteuer_cent", json!(9600))],
    );
    assert!(
        refused
            .explanation
            .reasons()
            .iter()
            .any(|reason| reason.contains("H, Bl, aG"))
    );
    check(
        &[("/antrag/ermaessigung", json!("assistenzhund"))],
        &[
            ("/ergebnis", json!("steuerfrei")),
            ("/raten", json!([])),
            ("/folgejahre_raten", json!([])),
            ("/gesamt_cent", json!(0)),
        ],
    );
}

#[test]
fn wrong_input_is_named() {
    for (pointer, value, expected) in [
        ("/antrag/aufnahme_datum", json!("2026-02-30"), "antrag.aufnahme_datum"),
        ("/antrag/ermaessigung", json!("rabatt"), "antrag.ermaessigung"),
        ("/antrag/weitere_hunde", json!("zwei"), "antrag.weitere_hunde"),
        ("/antrag/weitere_hunde", json!(0.5), "steuersatz"),
        ("/antrag/gefaehrlich", json!(null), "antrag.gefaehrlich"),
        ("/parameter/beginn", json!("sofort"), "parameter.beginn"),
        (
            "/parameter/faelligkeit/0/tag",
            json!(31),
            "parameter.faelligkeit[1].tag",
        ),
        ("/parameter/satz_erster_hund", json!(-1), "parameter.satz_erster_hund"),
    ] {
        let error = decide(&[(pointer, value)]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn same_input_same_bytes() {
    let bytes = || serde_json::to_vec(&decide(&[]).unwrap()).unwrap();
    assert_eq!(bytes(), bytes());
}
