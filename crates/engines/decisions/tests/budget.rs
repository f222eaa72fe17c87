//! What a decision may cost is paid for wherever it arises: none of these may pass unpaid, and what is honest must pass.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value as Json, json};
use wegfrei_decisions::Decisions;

const HEAD: &str = "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"m\" namespace=\"m\">";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn literal(text: &str) -> String {
    format!("<literalExpression><text>{}</text></literalExpression>", escape(text))
}

/// A model of the decision `d` over these inputs, which have no types.
fn model(inputs: &[&str], logic: &str) -> Decisions {
    let declared = inputs
        .iter()
        .map(|name| format!("<inputData id=\"{name}\" name=\"{name}\"><variable name=\"{name}\"/></inputData>"));
    let required = inputs
        .iter()
        .map(|name| format!("<informationRequirement><requiredInput href=\"#{name}\"/></informationRequirement>"));
    let (declared, required): (String, String) = (declared.collect(), required.collect());
    let xml = format!(
        "{HEAD}{declared}<decision id=\"d\" name=\"d\"><variable name=\"d\"/>{required}{logic}</decision></definitions>"
    );
    Decisions::parse(&xml).unwrap_or_else(|findings| panic!("{findings:?}"))
}

/// What the expression comes to, as JSON or in words.
fn decide(text: &str, input: &Json) -> Result<Json, String> {
    let inputs: Vec<&str> = input.as_object().unwrap().keys().map(String::as_str).collect();
    asked(&model(&inputs, &literal(text)), input)
}

fn asked(model: &Decisions, input: &Json) -> Result<Json, String> {
    let outcome = model.decide("d", input).map_err(|error| error.to_string())?;
    Ok(outcome.value.into())
}

#[track_caller]
fn refused(outcome: Result<Json, String>, told: &str) {
    let error = outcome.map(|value| value.to_string().chars().take(80).collect::<String>());
    let error = error.expect_err("it is paid for");
    assert!(error.contains(told), "{error}");
}

/// A table over nothing, each rule of which matches and gives `output`.
fn table(policy: &str, rules: usize, output: &str, annotations: &str) -> String {
    let rule = format!(
        "<rule><outputEntry><text>{output}</text></outputEntry><annotationEntry><text>{annotations}</text></annotationEntry></rule>"
    );
    format!(
        "<decisionTable {policy}><output/><annotation name=\"Begründung\"/>{}</decisionTable>",
        rule.repeat(rules)
    )
}

fn numbers(count: usize) -> Json {
    (0..count).map(|number| number % 1_000).collect()
}

#[test]
fn long_texts_are_not_compared_for_nothing() {
    let (one, other) = ("x".repeat(1 << 20), format!("{}y", "x".repeat((1 << 20) - 1)));
    let input = json!({ "a": one, "b": other });
    assert_eq!(decide("a = b or a < b", &input), Ok(json!(true)));
    refused(decide("count(for i in 1..1000 return a != b)", &input), "too much work");
    refused(decide("count(for i in 1..1000 return a < b)", &input), "too much work");
}

#[test]
fn a_cell_costs_what_it_compares_with() {
    let cell: Vec<String> = (0..950).map(|number| (number % 10).to_string()).collect();
    let rule = format!(
        "<rule><inputEntry><text>{}</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>",
        cell.join(", ")
    );
    let model = |calls: usize| {
        let xml = format!(
            "{HEAD}<businessKnowledgeModel id=\"f\" name=\"f\"><variable name=\"f\"/><encapsulatedLogic><formalParameter name=\"x\"/>\
             <decisionTable hitPolicy=\"COLLECT\"><input><inputExpression><text>x</text></inputExpression></input><output/>{}</decisionTable>\
             </encapsulatedLogic></businessKnowledgeModel><decision id=\"d\" name=\"d\"><variable name=\"d\"/><knowledgeRequirement>\
             <requiredKnowledge href=\"#f\"/></knowledgeRequirement>{}</decision></definitions>",
            rule.repeat(20),
            literal(&format!("count(for i in 1..{calls} return f(11))"))
        );
        Decisions::parse(&xml).unwrap()
    };
    assert_eq!(asked(&model(10), &json!({})), Ok(json!(10)));
    refused(asked(&model(700), &json!({})), "too much work");
}

#[test]
fn lists_are_not_aggregated() {
    let input = json!({ "l": numbers(100) });
    for how in ["SUM", "MIN", "MAX"] {
        let policy = format!("hitPolicy=\"COLLECT\" aggregation=\"{how}\"");
        refused(
            asked(&model(&["l"], &table(&policy, 3, "l", "")), &input),
            "cannot be aggregated",
        );
        let sum = asked(&model(&["l"], &table(&policy, 3, "l[2] + 0.5", "")), &input);
        assert_eq!(sum, Ok(if how == "SUM" { json!(4.5) } else { json!(1.5) }));
    }
    let most = |how: &str, output: &str| {
        let policy = format!("hitPolicy=\"COLLECT\" aggregation=\"{how}\"");
        asked(&model(&["l"], &table(&policy, 2, output, "")), &input)
    };
    assert_eq!(most("MAX", "\"b\""), Ok(json!("b")));
    refused(most("SUM", "\"b\""), "cannot be aggregated");
    refused(most("MIN", "null"), "cannot be aggregated");
    refused(most("MAX", "true"), "cannot be aggregated");
}

#[test]
fn outputs_that_must_be_the_same_are_compared_for_their_price() {
    let any = |count: usize| {
        let input = json!({ "l": numbers(count) });
        asked(&model(&["l"], &table("hitPolicy=\"ANY\"", 150, "l", "")), &input)
    };
    assert_eq!(any(10), Ok(numbers(10)));
    refused(any(100_000), "too much work");
}

#[test]
fn an_explanation_is_bounded_as_a_whole() {
    let chain = |count: usize| {
        let mut xml = format!("{HEAD}<inputData id=\"l\" name=\"l\"><variable name=\"l\"/></inputData>");
        for step in 0..60 {
            let (kind, before) = match step {
                0 => ("Input", "l".to_owned()),
                _ => ("Decision", format!("d{}", step - 1)),
            };
            let name = if step == 59 { "d".to_owned() } else { format!("d{step}") };
            xml += &format!(
                "<decision id=\"{name}\" name=\"{name}\"><variable name=\"{name}\"/><informationRequirement><required{kind} href=\"#{before}\"/>\
                 </informationRequirement>{}</decision>",
                literal(&before)
            );
        }
        asked(
            &Decisions::parse(&(xml + "</definitions>")).unwrap(),
            &json!({ "l": numbers(count) }),
        )
    };
    assert_eq!(chain(1_000), Ok(numbers(1_000)));
    refused(chain(100_000), "explanation");
}

#[test]
fn the_words_of_a_rule_are_a_text_like_others() {
    let words = |count: usize, times: usize| {
        let table = table("", 1, "1", &format!("Es sind {}.", "{l} ".repeat(times)));
        asked(&model(&["l"], &table), &json!({ "l": numbers(count) }))
    };
    assert_eq!(words(1_000, 1), Ok(json!(1)));
    refused(words(300_000, 1), "a text of more than");
    refused(words(50_000, 10), "a text of more than");
}

#[test]
fn quantifiers_over_several_variables_end_where_they_are_decided() {
    let input = json!({ "l": numbers(1_000) });
    // Also where the FEEL library evaluates them.
    for (text, value) in [
        ("some i in l, j in l, k in l satisfies true", json!(true)),
        ("every i in l, j in l, k in l satisfies false", json!(false)),
        ("some i in l, j in [1], k in [] satisfies true", json!(false)),
        ("every i in l, j in [1], k in [] satisfies odd(k)", json!(true)),
        ("some i in [1, 2], j in [3, 4] satisfies i * j = 8", json!(true)),
        ("every i in [1, 2], j in [3, 4] satisfies odd(i * j)", json!(false)),
        ("some x in [[1], [2]], y in x satisfies y = 2", json!(true)),
    ] {
        assert_eq!(decide(text, &input), Ok(value), "{text}");
    }
}

#[test]
fn loops_over_several_variables_pay_before_they_begin() {
    let input = json!({ "l": numbers(4_000) });
    refused(
        decide("count(for i in l, j in l, k in [] return 1)", &input),
        "too much work",
    );
    refused(
        decide("count(for i in l, j in l, k in [] return count(partial))", &input),
        "too much work",
    );
    for (text, value) in [
        ("for i in 1..2, j in [3, 4] return i * j", json!([3, 4, 6, 8])),
        ("for i in [1, 2], j in [] return i", json!([])),
        ("for x in [[1, 2], [], [3]], y in x return y", json!([1, 2, 3])),
        (
            "for i in [1, 2], j in [10, 20] return count(partial)",
            json!([0, 1, 2, 3]),
        ),
    ] {
        assert_eq!(decide(text, &input), Ok(value), "{text}");
    }
}

#[test]
fn filters_in_loops_do_not_pay_for_what_the_loop_gave() {
    let input = json!({ "l": numbers(30) });
    let text = "count(for i in 1..1000 return count(l[odd(item)]))";
    assert_eq!(decide(text, &input), Ok(json!(1_000)));
    let text = "count(for i in 1..1000 return some x in l satisfies odd(x + 1) and x = 20)";
    assert_eq!(decide(text, &input), Ok(json!(1_000)));
}

#[test]
fn regular_expressions_are_compiled_for_their_price() {
    let times = |count: usize, text: &str| {
        decide(
            &format!("count(for i in 1..{count} return {text})"),
            &json!({ "t": "ab ".repeat(10_000) }),
        )
    };
    refused(times(60, r#"matches("a", "\\w{60}")"#), "too much work");
    refused(
        times(60, r#"replace(input: "a", pattern: "\\w{60}", replacement: "b")"#),
        "too much work",
    );
    refused(times(60, r#"split("a", "\\w{60}")"#), "too much work");
    // A search may look through the rest of the text again for each place it finds.
    refused(times(1, r#"split(t, "a.*c|a")"#), "too much work");
    assert_eq!(times(500, r#"split("a,b;c", "[,;]")"#), Ok(json!(500)));
    assert_eq!(times(500, r#"matches("12345", "^\\d{5}$")"#), Ok(json!(500)));
    assert_eq!(times(5, r#"split(t, " ")"#), Ok(json!(5)));
}

#[test]
fn lists_that_are_compared_item_by_item_are_paid_for() {
    let input = json!({ "l": (0..5_000).collect::<Vec<_>>(), "s": [1, 2, 2] });
    refused(decide("count(union(l, l))", &input), "too much work");
    refused(decide("count(distinct values(list: l))", &input), "too much work");
    refused(decide("l in [l]", &input), "too much work");
    for (text, value) in [
        ("union(s, [3])", json!([1, 2, 3])),
        ("distinct values(list: s)", json!([1, 2])),
        ("[2, 1] in [s]", json!(true)),
        ("4999 in l", json!(true)),
        ("string join(s[item > 5], \"x\")", json!("")),
        ("string join(list: [\"a\", \"b\"], delimiter: \"-\")", json!("a-b")),
    ] {
        assert_eq!(decide(text, &input), Ok(value), "{text}");
    }
    // Nor may they be called under another name.
    let called = "(function(f, a) f(a, a))(union, [1])";
    let xml = format!(
        "{HEAD}<decision id=\"d\" name=\"d\"><variable name=\"d\"/>{}</decision></definitions>",
        literal(called)
    );
    assert!(Decisions::parse(&xml).is_err());
}

#[test]
fn a_sentence_is_put_where_a_word_stands() {
    let (letter, reason) = ("Grund: GRUND. ".repeat(300), "Es fehlt etwas. ".repeat(20));
    let input = json!({ "v": letter, "b": reason, "w": "x".repeat(20_000) });
    let filled = json!(letter.replace("GRUND", &reason));
    for text in [
        "replace(v, \"GRUND\", b)",
        "replace(input: v, replacement: b, pattern: \"GRUND\")",
        "replace(v, \"[G]RUND\", b)",
    ] {
        assert!(decide(text, &input).as_ref() == Ok(&filled), "{text}");
    }
    refused(decide("replace(w, \"[x]\", v)", &input), "repeats a text");
    refused(decide("replace(w, \"x\", v)", &input), "repeats a text");
    refused(decide("replace(w, \"x\", b)", &input), "a text of more than");
    refused(
        decide("string join(for i in 1..1000 return b, v)", &input),
        "a text of more than",
    );
}

#[test]
fn what_a_cell_is_tested_against_is_copied_for_its_price() {
    let table = |rules: usize| {
        format!(
            "<decisionTable hitPolicy=\"COLLECT\"><input><inputExpression><text>l</text></inputExpression></input><output/>{}</decisionTable>",
            "<rule><inputEntry><text>[m, 2]</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>"
                .repeat(rules)
        )
    };
    let input = |count: usize| json!({ "l": numbers(count), "m": 1 });
    assert_eq!(asked(&model(&["l", "m"], &table(150)), &input(10)), Ok(json!([])));
    refused(
        asked(&model(&["l", "m"], &table(150)), &input(100_000)),
        "too much work",
    );
}
