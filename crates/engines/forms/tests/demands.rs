//! Demands on several elements, and conditions over empty answers and days.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{TODAY, check, element, form, of_type, of_way, rule};
use serde_json::json;
use wegfrei_forms::{Code, Form};

const TEXT: &str = "<x:feldart><code>input</code></x:feldart><x:datentyp><code>text</code></x:datentyp>";

fn texts(ids: &[&str]) -> String {
    ids.iter().map(|id| element(id, "0:1", TEXT)).collect()
}

fn refused(form: &Form, data: &serde_json::Value) -> bool {
    form.validate_json(data, TODAY)
        .iter()
        .any(|problem| problem.code == Code::Rule)
}

#[test]
fn a_demand_on_several_is_made_where_the_first_is_hidden() {
    let rules =
        rule("Es muss mindestens eines der Felder F1, F2 befüllt sein.") + &rule("Wenn F3 = Ja, dann zeige F1.");
    let form = form(&(rules + &texts(&["F1", "F2"]) + &element("F3", "0:1", &of_type("bool"))));
    check(&form, &json!({}), &[("F2", Code::Rule)]);
    check(&form, &json!({ "F3": true }), &[("F1", Code::Rule)]);
    check(&form, &json!({ "F2": "x" }), &[]);
    check(&form, &json!({ "F3": true, "F1": "x" }), &[]);
    assert!(refused(&form, &json!({})));
    // Only what is on the form is named.
    let message = |data| form.evaluate(&data, TODAY).problems[0].message.clone();
    assert!(message(json!({})).ends_with("Angaben aus: „Name F2“."));
    assert!(message(json!({ "F3": true })).ends_with("Angaben aus: „Name F1“, „Name F2“."));
}

#[test]
fn nothing_is_demanded_of_what_is_hidden_altogether() {
    let rules = rule("Es muss mindestens eines der Felder F1, F2 befüllt sein.")
        + &rule("Wenn F3 = Ja, dann zeige F1 an. Wenn F3 = Ja, dann zeige F2 an.");
    let form = form(&(rules + &texts(&["F1", "F2"]) + &element("F3", "0:1", &of_type("bool"))));
    check(&form, &json!({}), &[]);
    check(&form, &json!({ "F3": true }), &[("F1", Code::Rule)]);
}

#[test]
fn a_demand_on_several_optional_groups_is_made_when_they_are_empty() {
    let groups = element("G1", "0:1", &texts(&["F1"])) + &element("G4", "0:1", &texts(&["F4"]));
    let form = form(&(rule("Es muss mindestens eine der Gruppen G1, G4 befüllt sein.") + &groups));
    check(&form, &json!({}), &[("G1", Code::Rule)]);
    check(&form, &json!({ "G4": { "F4": "x" } }), &[]);
    assert!(refused(&form, &json!({})));
}

#[test]
fn a_demand_on_several_reaches_into_a_group_nobody_began() {
    let group = element("G1", "0:1", &texts(&["F11"]));
    let first = form(&(rule("Es muss mindestens eines der Felder F11, F2 befüllt sein.") + &group + &texts(&["F2"])));
    check(&first, &json!({}), &[("G1.F11", Code::Rule)]);
    check(&first, &json!({ "F2": "x" }), &[]);
    // Inside of one optional group it holds only when the group is begun.
    let inside = rule("Es muss mindestens eines der Felder F11, F12 befüllt sein.") + &texts(&["F11", "F12", "F13"]);
    let form = form(&element("G0", "1:1", &element("G1", "0:1", &inside)));
    check(&form, &json!({}), &[]);
    check(
        &form,
        &json!({ "G0": { "G1": { "F13": "x" } } }),
        &[("G0.G1.F11", Code::Rule)],
    );
}

#[test]
fn a_choice_asks_also_when_its_first_element_is_an_empty_group() {
    let choice = |occurs: &str| {
        let inside = "<x:art><code>X</code></x:art>".to_owned()
            + &element("G11", "0:1", &texts(&["F11"]))
            + &texts(&["F12", "F13"]);
        form(&element("G0", "1:1", &element("G10", occurs, &inside)))
    };
    let form = choice("1:1");
    let with = |inside: serde_json::Value| json!({ "G0": { "G10": inside } });
    check(&form, &json!({}), &[("G0.G10.G11", Code::Rule)]);
    check(
        &form,
        &with(json!({ "F12": "x", "F13": "y" })),
        &[("G0.G10.G11", Code::Rule)],
    );
    check(&form, &with(json!({ "F13": "y" })), &[]);
    check(&form, &with(json!({ "G11": { "F11": "z" } })), &[]);
    assert!(refused(&form, &json!({})));
    // An optional choice may stay empty.
    check(&choice("0:1"), &json!({}), &[]);
}

#[test]
fn a_mistake_is_told_where_it_can_be_mended() {
    // The first field of the condition is hidden.
    let message = "Wenn F1 leer und F2 leer, dann zeige die Fehlermeldung \"Bitte eines von beiden.\" an.";
    let rules = rule(message) + &rule("Wenn F3 = Ja, dann zeige F1.");
    let hidden = form(&(rules + &texts(&["F1", "F2"]) + &element("F3", "0:1", &of_type("bool"))));
    check(&hidden, &json!({}), &[("F2", Code::Rule)]);
    // The first day is fixed.
    let fixed = of_way("hidden", "date") + "<x:inhalt>2026-05-01</x:inhalt>";
    let days = element("F1", "0:1", &fixed) + &element("F2", "0:1", &of_type("date"));
    let form = form(&(rule("F1 muss vor F2 liegen.") + &days));
    check(&form, &json!({ "F2": "2026-04-01" }), &[("F2", Code::Rule)]);
    check(&form, &json!({ "F2": "2026-05-02" }), &[]);
    // Nobody can change the day: it is told of the group around.
    let past = rule("F1 darf nicht in der Vergangenheit liegen.") + &element("F1", "0:1", &fixed);
    let closed = common::form(&element("G0", "1:1", &(past + &texts(&["F2"]))));
    check(&closed, &json!({ "G0": { "F2": "x" } }), &[("G0", Code::Rule)]);
}

#[test]
fn how_often_something_occurs_is_known_also_when_it_does_not() {
    let rows = element("G3", "0:*", &texts(&["F34"]));
    let form = form(&(rule("Die Anzahl der G3 muss mindestens 2 sein.") + &rows));
    let row = json!({ "F34": "x" });
    check(&form, &json!({}), &[("G3.0", Code::Rule)]);
    check(&form, &json!({ "G3": [row] }), &[("G3.0", Code::Rule)]);
    check(&form, &json!({ "G3": [row, row] }), &[]);
}

#[test]
fn a_box_is_ticked_only_in_entries_that_are_there() {
    let rows = element(
        "G3",
        "0:*",
        &(element("F33", "0:1", &of_type("bool")) + &texts(&["F34"])),
    );
    let rules = rule("Wenn F1 = Ja, dann muss F33 angekreuzt sein.");
    let form = form(&(rules + &element("F1", "0:1", &of_type("bool")) + &rows));
    check(&form, &json!({ "F1": true }), &[]);
    check(
        &form,
        &json!({ "F1": true, "G3": [{ "F34": "x" }] }),
        &[("G3.0.F33", Code::Rule)],
    );
    check(
        &form,
        &json!({ "F1": true, "G3": [{}, { "F34": "x" }] }),
        &[("G3.1.F33", Code::Rule)],
    );
}

#[test]
fn an_empty_answer_has_no_form() {
    let fields = texts(&["F8", "F2"]);
    let begins = form(&(rule("Wenn F8 mit \"DE\" beginnt, dann muss F2 befüllt sein.") + &fields));
    check(&begins, &json!({}), &[]);
    check(&begins, &json!({ "F8": "DE1" }), &[("F2", Code::Required)]);
    check(&begins, &json!({ "F8": "FR1" }), &[]);
    let genuine = form(&(rule("Wenn F8 eine gültige IBAN ist, dann muss F2 befüllt sein.") + &fields));
    check(&genuine, &json!({}), &[]);
    check(
        &genuine,
        &json!({ "F8": "DE02120300000000202051" }),
        &[("F2", Code::Required)],
    );
    // As a demand it is still made only of answers that are there.
    check(
        &form(&(rule("F8 muss mit \"DE\" beginnen.") + &fields)),
        &json!({}),
        &[],
    );
}

#[test]
fn a_point_in_time_is_compared_with_a_day_by_its_day() {
    let fields = element("F1", "0:1", &of_type("datetime"))
        + &element("F2", "0:1", &of_type("date"))
        + &element("F3", "0:1", &of_type("datetime"))
        + &texts(&["F4"]);
    let day = form(&(rule("F1 darf nicht nach F2 liegen.") + &fields));
    let at = |moment: &str| json!({ "F1": moment, "F2": "2026-01-01" });
    check(&day, &at("2026-01-01T10:00"), &[]);
    check(&day, &at("2025-12-31T10:00"), &[]);
    check(&day, &at("2026-01-02T00:00"), &[("F1", Code::Rule)]);
    let moment = form(&(rule("F1 darf nicht nach F3 liegen.") + &fields));
    let at = |hour: &str| json!({ "F1": format!("2026-01-01T{hour}"), "F3": "2026-01-01T10:00" });
    check(&moment, &at("10:00"), &[]);
    check(&moment, &at("10:01"), &[("F1", Code::Rule)]);
    // What is no day is not after any.
    let shown = form(&(rule("Wenn F1 nach F2 liegt, dann zeige F4.") + &fields));
    for (moment, hidden) in [
        ("morgen", true),
        ("2026-01-01T23:59", true),
        ("2026-01-02T00:00", false),
    ] {
        let data = json!({ "F1": moment, "F2": "2026-01-01" });
        assert_eq!(shown.evaluate(&data, TODAY).hidden.contains("F4"), hidden, "{moment}");
    }
}

#[test]
fn a_sum_is_known_when_one_of_its_parts_is() {
    let fields = element("F5", "0:1", &of_type("num_int"))
        + &element("F6", "0:1", &of_type("num_int"))
        + &element("F10", "0:1", &of_type("num_int"));
    let most = form(&(rule("Die Summe der Felder F5 und F6 darf nicht größer als 10 sein.") + &fields));
    check(&most, &json!({}), &[]);
    check(&most, &json!({ "F5": 11 }), &[("F5", Code::Rule)]);
    check(&most, &json!({ "F6": 11 }), &[("F5", Code::Rule)]);
    check(&most, &json!({ "F5": 5, "F6": 5 }), &[]);
    // What it is compared with must be there.
    let same = form(&(rule("Die Summe der Felder F5 und F6 muss F10 entsprechen.") + &fields));
    check(&same, &json!({ "F5": 11 }), &[]);
    check(&same, &json!({ "F5": 11, "F10": 11 }), &[]);
    check(&same, &json!({ "F5": 11, "F10": 12 }), &[("F5", Code::Rule)]);
}
