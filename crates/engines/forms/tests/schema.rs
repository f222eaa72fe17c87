//! A form and the JSON Schema derived from it agree on generated data.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use wegfrei_forms::{Code, Form};

const DOGS: &str = include_str!("../../../../packages/services/hundesteuer/form.xdf3.xml");
const HOUSING: &str = include_str!("../../../../packages/services/wohngeld/form.xdf3.xml");

/// Checks data against a schema.
struct Checker(boon::Schemas, boon::SchemaIndex);

impl Checker {
    fn new(schema: Value) -> Checker {
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.enable_format_assertions();
        compiler.add_resource("urn:test:schema", schema).unwrap();
        // The compiler also checks the schema itself against 2020-12.
        let index = compiler.compile("urn:test:schema", &mut schemas).unwrap();
        Checker(schemas, index)
    }

    fn error(&self, data: &Value) -> Option<String> {
        self.0.validate(data, self.1).err().map(|error| error.to_string())
    }
}

/// A form with every kind of field and no rules.
fn every_kind() -> Form {
    let field = |id: &str, way: &str, kind: &str, more: &str| {
        format!(
            "<x:datenfeld><x:identifikation><x:id>{id}</x:id></x:identifikation><x:name>{id}</x:name><x:feldart><code>{way}</code></x:feldart>\
             <x:datentyp><code>{kind}</code></x:datentyp>{more}</x:datenfeld>"
        )
    };
    let place = |anzahl: &str, inside: &str| {
        format!("<x:struktur><x:anzahl>{anzahl}</x:anzahl><x:enthaelt>{inside}</x:enthaelt></x:struktur>")
    };
    let of_one = |id: &str, inside: &str| {
        format!(
            "<x:datenfeldgruppe><x:identifikation><x:id>{id}</x:id></x:identifikation><x:name>G</x:name>{inside}</x:datenfeldgruppe>"
        )
    };
    let limits = |limits: &str| format!("<x:praezisierung {limits}/>");
    let options = "<x:werte><x:wert><x:code>a</x:code><x:name>A</x:name></x:wert><x:wert><x:code>b</x:code><x:name>B</x:name></x:wert></x:werte>";
    let inside = [
        place(
            "0:1",
            &field("F1", "input", "text", &limits("minLength=\"2\" maxLength=\"4\"")),
        ),
        place(
            "0:1",
            &field("F2", "input", "text", &limits("pattern=\"[A-Z]{2}[0-9]?\"")),
        ),
        place(
            "0:1",
            &field("F3", "input", "num_int", &limits("minValue=\"-3\" maxValue=\"3\"")),
        ),
        place("0:1", &field("F4", "input", "num", &limits("minValue=\"0.5\""))),
        place("0:1", &field("F5", "input", "num_currency", &limits("maxValue=\"10\""))),
        place("0:1", &field("F6", "input", "date", "")),
        place("0:1", &field("F7", "input", "time", "")),
        place("0:1", &field("F8", "input", "datetime", "")),
        place("0:1", &field("F9", "input", "bool", "")),
        place("0:1", &field("F10", "select", "text", options)),
        place("0:1", &field("F11", "select", "text", "")),
        place("0:1", &field("F12", "input", "file", "")),
        place("0:1", &field("F13", "label", "text", "<x:inhalt>Hinweis</x:inhalt>")),
        place("0:3", &field("F14", "input", "num_int", "")),
        place("0:1", &field("F15", "input", "text", "")),
        place("0:3", &field("F16", "input", "file", "")),
        place(
            "0:1",
            &field(
                "F17",
                "input",
                "date",
                &limits("minValue=\"2026-02-15\" maxValue=\"2026-11-28\""),
            ),
        ),
        place("1:1", &field("F18", "input", "text", "")),
        place("1:3", &field("F19", "input", "num_int", "")),
        place("0:1", &field("F20", "locked", "text", "<x:inhalt>AB</x:inhalt>")),
        place("1:1", &field("F21", "label", "text", "<x:inhalt>Hinweis</x:inhalt>")),
        place("1:1", &of_one("G3", &place("1:1", &field("F22", "input", "bool", "")))),
        place("1:1", &of_one("G4", &place("0:1", &field("F23", "input", "bool", "")))),
        place(
            "0:1",
            &of_one(
                "G5",
                &place(
                    "1:1",
                    &field("F24", "input", "date", &limits("minValue=\"2026-02-28\"")),
                ),
            ),
        ),
    ];
    let group = of_one("G1", &inside.concat());
    let xml = format!(
        "<x:xdatenfelder.stammdatenschema.0102 xmlns:x=\"urn:xoev-de:fim:standard:xdatenfelder_3.0.0\"><x:stammdatenschema><x:identifikation>\
         <x:id>S1</x:id><x:version>1.0.0</x:version></x:identifikation><x:name>S</x:name>{}{}</x:stammdatenschema>\
         </x:xdatenfelder.stammdatenschema.0102>",
        place("0:1", &group),
        place("0:2", &group.replace("G1", "G2")) + &place("1:1", &field("F25", "input", "bool", ""))
    );
    Form::parse(&xml).unwrap()
}

static BOTH: std::sync::LazyLock<(Form, Checker)> = std::sync::LazyLock::new(|| {
    let form = every_kind();
    let schema = Checker::new(form.json_schema());
    (form, schema)
});

/// A value of some kind, mostly near what fields take.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-zA-Z0-9ß ]{1,6}".prop_map(Value::from),
        prop::sample::select(vec![
            "AB",
            "AB1",
            "a",
            "b",
            "2026-02-28",
            "2026-02-29",
            "2026-2-1",
            "2026-02-14",
            "2026-02-15",
            "2026-11-28",
            "2026-11-29",
            "2025-12-31",
            "2027-01-01",
            "9999-12-31",
            "0001-01-01",
            "23:59",
            "24:00",
            "29:00",
            "+1:30",
            " 1:30",
            "01:+5",
            "01:60",
            "2026-02-28T09:30",
            "2026-02-28T+9:30",
            "2026-02-28T24:00",
            "x\u{202e}y",
            "a\nb",
        ])
        .prop_map(Value::from),
        (-5_i64..2_000).prop_map(Value::from),
        (-50_i32..50).prop_map(|tenths| json!(f64::from(tenths) / 10.0)),
        any::<bool>().prop_map(Value::from),
        Just(json!([{"paper": "p1", "name": "a.pdf"}])),
        Just(json!([{"name": "a.pdf"}])),
        Just(json!({"paper": "p1"})),
        (1_usize..6).prop_map(|count| vec![json!({"paper": "p1"}); count].into()),
        prop::collection::vec((-5_i64..5).prop_map(Value::from), 1..5).prop_map(Value::from),
        Just(json!({})),
    ]
}

fn group() -> impl Strategy<Value = Value> {
    let field = (1_usize..=21).prop_map(|number| format!("F{number}"));
    let inner = (22_usize..=24).prop_flat_map(|number| {
        let one = value().prop_map(move |value| (format!("G{}", number - 19), json!({ format!("F{number}"): value })));
        prop_oneof![one, Just((format!("G{}", number - 19), json!({})))]
    });
    // What must be there, mostly.
    let needed = prop_oneof![
        4 => Just(json!({ "F18": "x", "F19": [1], "G3": { "F22": true } })),
        1 => Just(json!({})),
    ];
    let fields = prop::collection::btree_map(field, value(), 0..3);
    (needed, fields, prop::collection::vec(inner, 0..2)).prop_map(|(needed, fields, inner)| {
        let mut all = needed.as_object().cloned().unwrap_or_default();
        all.extend(fields);
        all.extend(inner);
        Value::Object(all)
    })
}

fn data() -> impl Strategy<Value = Value> {
    let second = prop_oneof![group(), prop::collection::vec(group(), 1..4).prop_map(Value::from)];
    let always = prop_oneof![3 => Just(json!({ "F25": true })), 1 => Just(json!({}))];
    (always, prop::option::of(group()), prop::option::of(second)).prop_map(|(always, one, two)| {
        let mut map: Map<String, Value> = always.as_object().cloned().unwrap_or_default();
        map.extend(one.map(|one| ("G1".to_owned(), one)));
        map.extend(two.map(|two| ("G2".to_owned(), two)));
        Value::Object(map)
    })
}

/// What a schema of one document cannot say of a form without rules: characters that may not stand in a text.
fn beyond(code: Code) -> bool {
    code == Code::Character
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    /// What the form takes the schema takes; what the schema refuses the form refuses.
    #[test]
    fn the_form_takes_no_more_than_the_schema(data in data()) {
        let (form, schema) = &*BOTH;
        let pruned = form.prune(&data);
        let problems = form.validate_json(&pruned, date(2026, 3, 1));
        let error = schema.error(&pruned);
        if problems.is_empty() {
            prop_assert_eq!(&error, &None, "the form takes {}, the schema does not", pruned);
        }
        if error.is_none() {
            let refused: Vec<_> = problems.iter().filter(|problem| !beyond(problem.code)).collect();
            prop_assert!(refused.is_empty(), "the schema takes {pruned}, the form does not: {refused:?}");
        }
    }
}

#[test]
fn schemas_are_schemas() {
    for form in [Form::parse(DOGS).unwrap(), Form::parse(HOUSING).unwrap(), every_kind()] {
        let schema = Checker::new(form.json_schema());
        assert!(schema.error(&json!({ "G0": 1 })).is_some(), "{}", form.id());
        // What the form asks of everybody the schema asks too.
        assert!(schema.error(&json!({})).is_some(), "{}", form.id());
    }
}

#[test]
fn what_is_required_of_everybody_is_required_by_the_schema() {
    let (form, schema) = &*BOTH;
    let of_group = |id: &str| form.json_schema()["properties"][id]["required"].clone();
    assert_eq!(form.json_schema()["required"], json!(["F25"]));
    // A mandatory group of which nothing must be filled in may be missing.
    assert_eq!(of_group("G1"), json!(["F18", "F19", "G3"]));
    assert_eq!(schema.error(&json!({ "F25": false })), None);
    // What a rule shows, hides or leaves optional is not sure; what it requires is not said.
    let dogs = |rules: &str| {
        let field = |id: &str| {
            format!(
                "<x:struktur><x:anzahl>1:1</x:anzahl><x:enthaelt><x:datenfeld><x:identifikation><x:id>{id}</x:id></x:identifikation>\
                 <x:name>{id}</x:name><x:feldart><code>input</code></x:feldart><x:datentyp><code>bool</code></x:datentyp></x:datenfeld>\
                 </x:enthaelt></x:struktur>"
            )
        };
        let rule = format!(
            "<x:regel><x:identifikation><x:id>R1</x:id></x:identifikation><x:freitextRegel>{rules}</x:freitextRegel></x:regel>"
        );
        let xml = format!(
            "<x:xdatenfelder.stammdatenschema.0102 xmlns:x=\"urn:xoev-de:fim:standard:xdatenfelder_3.0.0\"><x:stammdatenschema>\
             <x:identifikation><x:id>S1</x:id></x:identifikation><x:name>S</x:name>{rule}{}{}</x:stammdatenschema>\
             </x:xdatenfelder.stammdatenschema.0102>",
            field("F1"),
            field("F2")
        );
        let form = Form::parse(&xml).unwrap();
        assert_eq!(form.executable_rules(), 1, "{:?}", form.findings());
        form
    };
    for rules in [
        "WENN F1 = Ja, DANN zeige F2.",
        "WENN F1 = Ja, DANN blende F2 aus.",
        "WENN F1 = Ja, DANN muss F2 nicht befüllt sein.",
    ] {
        assert_eq!(dogs(rules).json_schema()["required"], json!(["F1"]), "{rules}");
    }
    let governed = dogs("WENN F1 = Ja, DANN muss F2 befüllt sein.");
    assert_eq!(governed.json_schema()["required"], json!(["F1", "F2"]));
    // A rule of other Länder says nothing.
    let elsewhere = dogs("In Bayern darf F2 nicht angezeigt werden.");
    assert_eq!(elsewhere.json_schema()["required"], json!(["F1", "F2"]));
    let there = elsewhere.in_land(wegfrei_forms::Land::By);
    assert_eq!(there.json_schema()["required"], json!(["F1"]));
}

#[test]
fn the_days_a_field_takes_are_those_its_schema_takes() {
    let (form, schema) = &*BOTH;
    for (day, taken) in [
        ("2026-02-14", false),
        ("2026-02-15", true),
        ("2026-02-20", true),
        ("2026-10-01", true),
        ("2026-11-28", true),
        ("2026-11-29", false),
        ("2026-12-01", false),
        ("2025-12-31", false),
        ("2027-01-01", false),
        ("1026-06-01", false),
        ("3026-06-01", false),
    ] {
        let data = json!({ "F25": true, "G1": { "F17": day, "F18": "x", "F19": [1], "G3": { "F22": true } } });
        assert_eq!(schema.error(&data).is_none(), taken, "{day}");
        assert_eq!(form.validate_json(&data, date(2026, 3, 1)).is_empty(), taken, "{day}");
    }
}

#[test]
fn papers_and_times_are_taken_by_both_or_none() {
    let (form, schema) = &*BOTH;
    let paper = json!({ "paper": "p1" });
    let papers = |count: usize| Value::from(vec![paper.clone(); count]);
    for (field, value, taken) in [
        ("F7", json!("01:30"), true),
        ("F7", json!("+1:30"), false),
        ("F7", json!(" 1:30"), false),
        ("F7", json!("01:+5"), false),
        ("F7", json!("24:00"), false),
        ("F12", papers(1), true),
        ("F12", paper.clone(), false),
        ("F16", papers(3), true),
        ("F16", papers(4), false),
        ("F16", paper.clone(), false),
    ] {
        let data = json!({ "F25": true, "G1": { field: value, "F18": "x", "F19": [1], "G3": { "F22": true } } });
        assert_eq!(schema.error(&data).is_none(), taken, "{data}");
        assert_eq!(form.validate_json(&data, date(2026, 3, 1)).is_empty(), taken, "{data}");
    }
}

#[test]
fn a_note_takes_no_answer() {
    let form = every_kind();
    let data = json!({ "F25": true, "G1": { "F13": "x", "F15": "y", "F18": "x", "F19": [1], "G3": { "F22": true } } });
    let problems = form.validate_json(&data, date(2026, 3, 1));
    assert_eq!(
        problems.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(),
        ["G1.F13"]
    );
    assert_eq!(form.prune(&data)["G1"].get("F13"), None);
    assert_eq!(form.prune(&data)["G1"]["F15"], "y");
}
