//! Native evaluation gives what the FEEL library gives, or leaves the expression to it.
//!
//! Under test every native result of a decision is compared as well, see [`Expr::evaluate`].

use crate::env::Env;
use crate::feel::{Expr, Names};
use crate::json::from_json;
use crate::types::Type;
use crate::value::Value;
use crate::{DecisionError, Decisions, Outcome, watch};
use dsntk_feel::Name;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::sync::OnceLock;

/// Names an expression may use here; what they stand for comes from a value of that shape or null.
const NAMES: [&str; 9] = ["n", "m", "s", "b", "l", "r", "rs", "none", "a"];

fn names() -> Names {
    let mut names = Names::new(NAMES.len());
    for (slot, name) in NAMES.iter().enumerate() {
        names.element(Name::from(*name), Type::any(), slot);
    }
    names
}

fn env(values: &Json) -> Env {
    let mut env = Env::new(NAMES.len());
    for (slot, name) in NAMES.iter().enumerate() {
        env.set(slot, from_json(&values[*name], &Type::any(), name).unwrap());
    }
    env
}

fn number() -> impl Strategy<Value = Json> {
    prop_oneof![
        3 => (-3i64..14).prop_map(Json::from),
        1 => (-40i64..40).prop_map(|tenths| json!(tenths as f64 / 10.0)),
        1 => Just(Json::Null),
    ]
}

fn record() -> impl Strategy<Value = Json> {
    (number(), "[a-c]{0,2}", prop::option::of(number())).prop_map(|(a, t, more)| match more {
        Some(more) => json!({ "a": a, "t": t, "item": more }),
        None => json!({ "t": t, "a": a, "u": [a, t] }),
    })
}

fn values() -> impl Strategy<Value = Json> {
    let list = prop::collection::vec(number(), 0..4);
    let records = prop::collection::vec(record(), 0..4);
    let boolean = prop_oneof![Just(json!(true)), Just(json!(false)), Just(Json::Null)];
    (number(), number(), "[a-c]{0,3}", boolean, list, record(), records, number()).prop_map(
        |(n, m, s, b, l, r, rs, a)| json!({ "n": n, "m": m, "s": s, "b": b, "l": l, "r": r, "rs": rs, "none": null, "a": a }),
    )
}

/// FEEL text of any type, also where the types do not fit.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned),
        prop::sample::select(vec![
            "0",
            "1",
            "2.50",
            "-1",
            "12",
            "true",
            "false",
            "null",
            "\"ab\"",
            "\"\"",
            "r.a",
            "r.t",
            "r.u",
            "rs.a",
            "rs.t",
            "rs.u",
            "rs.b",
            "@\"2026-03-31\"",
            "date(\"2024-02-29\")",
            "date(2026, n, 1)",
            "@\"P1M\"",
            "duration(\"P1Y\")",
            "duration(\"P\" + string(n) + \"M\")",
            "duration(\"PT\" + string(m) + \"H\")",
            "@\"P3D\"",
            "[]",
            "[1, 2, 3]",
            "[n, m]",
            "[s, \"a\"]",
            "item",
            "x",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let pair = || (inner.clone(), inner.clone());
        let infix = vec!["+", "-", "*", "/", "<", "<=", ">", ">=", "=", "!=", "and", "or"];
        let unary = vec![
            "sum",
            "count",
            "max",
            "min",
            "floor",
            "abs",
            "all",
            "not",
            "string",
            "flatten",
            "distinct values",
            "lower case",
            "date",
            "concatenate",
        ];
        let binary = vec![
            "max",
            "min",
            "append",
            "concatenate",
            "list contains",
            "get value",
            "modulo",
            "contains",
            "sum",
        ];
        prop_oneof![
            6 => (pair(), prop::sample::select(infix)).prop_map(|((a, b), op)| format!("({a} {op} {b})")),
            2 => (inner.clone(), prop::sample::select(unary)).prop_map(|(a, f)| format!("{f}({a})")),
            2 => (pair(), prop::sample::select(binary)).prop_map(|((a, b), f)| format!("{f}({a}, {b})")),
            1 => (inner.clone(), 0..4, 0..4).prop_map(|(a, i, n)| format!("substring({a}, {i}, {n})")),
            2 => (pair(), inner.clone()).prop_map(|((a, b), c)| format!("(if {a} then {b} else {c})")),
            1 => pair().prop_map(|(a, b)| format!("[{a}, {b}]")),
            1 => pair().prop_map(|(a, b)| format!("{{x: {a}, c: {b}, a: x}}")),
            2 => (pair(), prop::sample::select(vec!["a", "t", "x", "c", "year", "month"])).prop_map(|((a, b), member)| {
                format!("[{a}, {b}].{member}")
            }),
            1 => inner.clone().prop_map(|a| format!("-({a})")),
            2 => pair().prop_map(|(a, b)| format!("({a})[{b}]")),
            2 => prop::sample::select(vec!["a > 1", "t = s", "item > 1", "item.a = a", "a", "x", "n", "1", "-1", "b"])
                .prop_flat_map(|condition| prop::sample::select(vec!["rs", "l", "rs.a", "r", "none"])
                    .prop_map(move |list| format!("{list}[{condition}]"))),
            2 => pair().prop_map(|(a, b)| format!("(for x in {a} return {b})")),
            1 => inner.clone().prop_map(|a| format!("(for x in n..m return {a})")),
            1 => pair().prop_map(|(a, b)| format!("(some x in {a} satisfies {b})")),
            1 => pair().prop_map(|(a, b)| format!("(every x in {a} satisfies {b})")),
            // What only the library knows, so that the whole is left to it.
            1 => (pair(), inner.clone()).prop_map(|((a, b), c)| format!("({a} between {b} and {c})")),
            1 => (pair(), inner.clone()).prop_map(|((a, b), c)| format!("({a} in ({b}, < {c}))")),
            1 => inner.clone().prop_map(|a| format!("sqrt({a})")),
            1 => pair().prop_map(|(a, b)| format!("(function(x) {a})({b})")),
            1 => pair().prop_map(|(a, b)| format!("sort({a}, function(x, y) {b})")),
        ]
        .boxed()
    })
}

/// What the two make of `text`: whether native evaluation knew the answer. The comparison itself is in [`Expr::evaluate`].
fn evaluate(text: &str, values: &Json) -> Option<bool> {
    let expression = names().expression(text).ok()?;
    let mut env = env(values);
    let native = match &expression {
        Expr::Native(node, _) => node.settled(&mut env).is_ok(),
        Expr::Constant(_) | Expr::Path(_) => true,
        Expr::Feel(_) => false,
    };
    assert_eq!(env.len(), NAMES.len(), "slots left open by {text}");
    let strict = expression.evaluate(&mut env);
    assert_eq!(env.len(), NAMES.len(), "slots left open by {text}");
    watch::start(true);
    let lenient = expression.evaluate(&mut env);
    watch::start(false);
    if let Ok(value) = strict {
        let same = lenient.is_ok_and(|lenient| lenient.identical(&value));
        assert!(same, "{text}: where nothing fails, nothing is passed over");
    }
    Some(native)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6_000))]
    #[test]
    fn native_evaluation_agrees_with_the_feel_library(text in expression(), values in values()) {
        evaluate(&text, &values);
    }
}

#[test]
fn what_packages_are_made_of_is_native() {
    let values = json!({ "n": 3, "m": 7, "s": "abc", "b": true, "l": [1, 2, 3], "r": { "a": 1, "t": "x" },
        "rs": [{ "a": 1, "t": "x" }, { "a": 2, "t": "y" }], "none": null, "a": 2 });
    let check = |text: &str, native: bool| assert_eq!(evaluate(text, &values), Some(native), "{text}");
    for text in [
        "n + m * 2 - 1 / 3",
        "-(n)",
        "if none = null then 0 else none",
        "get value(r, \"missing\") = null",
        "none = 3 or none != \"x\"",
        "none != null and none > 1",
        "rs[t = \"x\"].a",
        "rs[a > 1][1]",
        "l[n]",
        "l[item > 1]",
        "sum(rs.a)",
        "count(rs[t = s])",
        "for x in rs return {d: x.a, e: d + 1}",
        "for i in n..m return l[1] + i",
        "some x in rs satisfies x.a = 2",
        "every x in rs satisfies x.t != \"z\"",
        "max(0, min(n, m))",
        "floor(n / 2 + 0.5)",
        "date(2026, n, 1) + duration(\"P1M\") - duration(\"P1D\")",
        "date(2026, n, 1).year",
        "date(2026, 1, 1) + duration(\"P\" + string(n) + \"M\")",
        "string(n) + s",
        "substring(s, 1, 2)",
        "list contains(rs.t, \"y\")",
        "distinct values(append(l, 1))",
        "concatenate([r], rs)",
        "modulo(m, n)",
        "get value(r, \"a\")",
        "all(for x in l return x > 0)",
        "string(0 / 6.6e5) + string(6.6e5 - 6.6e5) + string(0 * 6.6e5)",
        "string(0 / floor(6.6e5)) + string(0 / abs(-6.6e5)) + string(0 / modulo(6.6e5, 7e6)) + string(0 / max(6.6e5, 1))",
        "string(6.6e5 * 0.5) + string(6.6e5 + 1) + string(-6.6e5 / 3)",
        "flatten([l, l])",
        "contains(lower case(s), \"b\")",
    ] {
        check(text, true);
    }
    // What fails, and what only the library knows, is left to it.
    for text in [
        "n + s",
        "l[9]",
        "sum([])",
        "n / 0",
        "r.missing = null",
        "n > 1 and none > 1",
        "if none > 1 then 1 else 0",
        "rs[missing = 1]",
        "sqrt(n)",
        "n between 1 and 3",
        "for x in l return partial",
    ] {
        check(text, false);
    }
}

fn wohngeld() -> Decisions {
    Decisions::parse(include_str!("../../../../packages/services/wohngeld/decision.dmn")).unwrap()
}

fn one_of(choices: &'static [&'static str]) -> impl Strategy<Value = Json> {
    prop::sample::select(choices).prop_map(|text| serde_json::from_str(text).unwrap())
}

fn person() -> impl Strategy<Value = Json> {
    let income = (
        one_of(&["\"arbeit\"", "\"rente\"", "\"betriebsrente\"", "\"kapital\"", "\"selbstaendig\""]),
        0..300_000i64,
        one_of(&["\"monat\"", "\"jahr\""]),
        one_of(&["null", "0", "250000"]),
    )
        .prop_map(|(art, betrag, zeitraum, kosten)| json!({ "art": art, "betrag_cent": betrag, "zeitraum": zeitraum, "werbungskosten_cent": kosten }));
    (
        prop::collection::vec(income, 0..4),
        one_of(&["\"1950-02-01\"", "\"1985-12-31\"", "\"2009-07-04\"", "null"]),
        one_of(&["\"keine\"", "\"keine\"", "\"buergergeld\""]),
        prop::collection::vec(one_of(&["true", "false", "false", "null"]), 8),
        one_of(&["null", "50", "100"]),
        one_of(&["\"kind\"", "\"partner\"", "\"elternteil\"", "\"geschwister\""]),
    )
        .prop_map(|(einkommen, born, leistung, b, gdb, verhaeltnis)| {
            json!({ "einkommen": einkommen, "geburtsdatum": born, "leistung": leistung, "grad_der_behinderung": gdb,
                "verhaeltnis": verhaeltnis, "ausbildung": b[0] == true, "pflege": b[1], "ns_verfolgt": b[2],
                "steuern": b[3], "krankenversicherung": b[4], "rentenversicherung": b[5], "grundrente": b[6],
                "kindergeld": b[7] })
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn wohngeld_agrees_with_the_feel_library(
        persons in prop::collection::vec(person(), 1..6),
        rent in 0..150_000i64,
        area in one_of(&["null", "0", "62.5"]),
        whole in one_of(&["null", "70"]),
        until in one_of(&["null", "\"2026-09-30\"", "\"2020-01-01\""]),
        place in one_of(&["\"15003000\"", "\"15088065\"", "\"1\""]),
    ) {
        static MODEL: OnceLock<Decisions> = OnceLock::new();
        static LENIENT: OnceLock<Decisions> = OnceLock::new();
        let value = |outcome: &Result<Outcome, DecisionError>| outcome.as_ref().ok().map(|outcome| outcome.value.to_string());
        let input = json!({
            "antrag": { "gemeinde": place, "einzug": null, "kaltmiete_cent": rent, "nebenkosten_cent": 900,
                "wohnflaeche": whole, "flaeche_ueberlassen": area, "mieteinnahme_cent": 100, "flaeche_gewerblich": area,
                "mitbewohner": 1, "mitbewohner_entgelt_cent": 5000, "zuschuss_cent": 0, "antragsteller": persons[0],
                "mitglieder": persons[1..], "unterhalt": [], "vermoegen_cent": 700, "eingang": "2026-03-18",
                "mitwirkung_fehlt": false, "erheblich_vermoegend": "nach_betrag", "bewilligung_bis": until },
            "parameter": { "mietenstufen": { "15003000": 5, "15088000": 2 }, "vier_augen_ab_cent": 50_000 },
            "datum": "2026-03-18"
        });
        let outcome = MODEL.get_or_init(wohngeld).decide("entscheidung", &input);
        // Only a date of birth may not be missing. All other answers may, and what is decided does not rest on a null passed over.
        if persons.iter().all(|person| !person["geburtsdatum"].is_null()) {
            let lenient = LENIENT.get_or_init(|| wohngeld().lenient()).decide("entscheidung", &input);
            prop_assert_eq!(value(&outcome), value(&lenient), "{}", input);
        }
        // A disagreement panics inside, which would come out as this error.
        let broken = matches!(outcome, Err(DecisionError::Engine { .. }));
        prop_assert!(!broken, "{}", input);
    }
}

#[test]
fn shown_values_are_written_as_they_are_read() {
    let value = json!({ "n": 12, "m": 0.1, "s": "ä\"", "b": null, "l": [1, [true]], "d": { "z": -0.0, "a": 1e20 } });
    let value = from_json(&value, &Type::any(), "x").unwrap();
    let shown = crate::Shown::new(&value).unwrap();
    assert_eq!(
        serde_json::to_string(&shown).unwrap(),
        serde_json::to_string(&*shown).unwrap()
    );
    assert!(crate::Shown::new(&Value::list([Value::Failed(None)])).is_err());
}
