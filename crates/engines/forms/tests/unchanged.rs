//! Values that nobody may change, and papers in what repeats.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{TODAY, element, findings, form, of_type, of_way, rule};
use serde_json::{Value, json};
use wegfrei_forms::{Code, Form};

fn with_value(way: &str, kind: &str, value: &str) -> String {
    of_way(way, kind) + &format!("<x:inhalt>{value}</x:inhalt>")
}

fn problems(form: &Form, data: &Value) -> Vec<(String, Code)> {
    let problems = form.validate_json(data, TODAY);
    problems
        .into_iter()
        .map(|problem| (problem.path, problem.code))
        .collect()
}

#[test]
fn another_value_for_a_locked_field_is_refused() {
    let form = form(
        &(element("F1", "0:1", &with_value("locked", "text", "Magdeburg"))
            + &element("F2", "0:1", &with_value("locked", "num_int", "3"))),
    );
    assert_eq!(problems(&form, &json!({ "F1": "Magdeburg", "F2": 3 })), []);
    assert_eq!(problems(&form, &json!({ "F2": 3.0 })), []);
    assert_eq!(
        problems(&form, &json!({ "F1": "Halle", "F2": 4 })),
        [("F1".to_owned(), Code::Rule), ("F2".to_owned(), Code::Rule)]
    );
}

#[test]
fn a_rule_may_give_a_locked_field_another_value() {
    let rules = rule("Wenn F2 = Ja, dann ist F1 mit \"Halle\" vorzubefüllen.");
    let fields =
        element("F1", "0:1", &with_value("locked", "text", "Magdeburg")) + &element("F2", "0:1", &of_type("bool"));
    let form = form(&(rules + &fields));
    assert_eq!(problems(&form, &json!({ "F1": "Halle", "F2": true })), []);
    assert_eq!(
        problems(&form, &json!({ "F1": "Halle", "F2": false })),
        [("F1".to_owned(), Code::Rule)]
    );
}

#[test]
fn what_is_posted_for_a_locked_field_that_repeats_does_not_count() {
    let form = form(&element("F1", "0:*", &with_value("locked", "text", "Magdeburg")));
    let posted = |name: &str| vec![(name.to_owned(), "Halle".to_owned())];
    for name in ["F1", "F1.0", "F1.1"] {
        let (page, _) = form.read_page("F1", &posted(name));
        assert_eq!(page, json!({ "F1": ["Magdeburg"] }), "{name}");
        assert_eq!(problems(&form, &page), [], "{name}");
    }
    assert_eq!(
        problems(&form, &json!({ "F1": ["Magdeburg", "Halle"] })),
        [("F1.1".to_owned(), Code::Rule)]
    );
}

#[test]
fn a_text_posted_for_papers_does_not_replace_them() {
    let form = form(&element("F1", "0:3", &of_type("file")));
    let mut data = json!({ "F1": [{ "paper": "p1" }] });
    let (page, _) = form.read_page("F1", &[("F1".to_owned(), "x".to_owned())]);
    form.merge(&mut data, "F1", page);
    assert_eq!(data, json!({ "F1": [{ "paper": "p1" }] }));
}

#[test]
fn a_hidden_value_that_repeats_stays_what_it_is() {
    let fields = element("F1", "0:*", &with_value("hidden", "text", "A")) + &element("F2", "0:1", &of_type("text"));
    let form = form(&fields);
    for (sent, taken) in [
        (json!(["B"]), false),
        (json!(["A", "B"]), false),
        (json!(["A", "A"]), false),
        (json!("B"), false),
        (json!(["A"]), true),
        (json!("A"), true),
    ] {
        let data = json!({ "F1": sent, "F2": "x" });
        assert_eq!(problems(&form, &data).is_empty(), taken, "{data}");
        let pruned = form.prune(&data);
        assert_eq!(pruned, json!({ "F1": ["A"], "F2": "x" }), "{data}");
        assert_eq!(form.prune(&pruned), pruned);
        assert_eq!(problems(&form, &pruned), []);
    }
}

#[test]
fn papers_in_what_repeats_are_a_finding() {
    let file = element("F2", "0:1", &of_type("file"));
    for content in [
        element("G1", "0:*", &file),
        element("G1", "0:3", &element("G2", "0:1", &file)),
        element("G0", "0:1", &element("G1", "0:*", &file)),
    ] {
        let findings = findings(&content);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].message.contains("papers"), "{findings:?}");
    }
    // Several papers of one field are kept.
    form(&element("G1", "0:1", &element("F2", "0:3", &of_type("file"))));
}
