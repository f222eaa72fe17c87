//! What fails inside an expression is an error with its place, also where the FEEL around it would swallow the null.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use serde_json::{Value, json};
use wegfrei_decisions::Decisions;

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Decision `d` over the inputs `n` and `m` (numbers), `t` (a text), `b` (a boolean), `day` (a date), `l` (a list of `{a, t}`),
/// `p` (anything), all of which may be null.
fn model(logic: &str) -> String {
    let types = "<itemDefinition name='tL' isCollection='true'><itemComponent name='a'><typeRef>number</typeRef></itemComponent>\
        <itemComponent name='t'><typeRef>string</typeRef></itemComponent></itemDefinition>";
    let inputs = [
        ("n", "number"),
        ("m", "number"),
        ("t", "string"),
        ("b", "boolean"),
        ("day", "date"),
        ("l", "tL"),
        ("p", "Any"),
    ];
    let declared: String = inputs
        .iter()
        .map(|(name, ty)| {
            format!("<inputData id='{name}' name='{name}'><variable name='{name}' typeRef='{ty}'/></inputData>")
        })
        .collect();
    let needs: String = inputs
        .iter()
        .map(|(name, _)| format!("<informationRequirement><requiredInput href='#{name}'/></informationRequirement>"))
        .collect();
    let function = "<businessKnowledgeModel id='f' name='f'><variable name='f'/><encapsulatedLogic><formalParameter name='a'/>\
        <literalExpression><text>if a > 1 then 1 else 0</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>";
    format!(
        "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' name='m' namespace='m'>{types}{declared}{function}\
         <decision id='d' name='d'><variable name='d'/>{needs}\
         <knowledgeRequirement><requiredKnowledge href='#f'/></knowledgeRequirement>{logic}</decision></definitions>"
    )
}

fn literal(text: &str) -> String {
    format!("<literalExpression><text>{}</text></literalExpression>", escape(text))
}

/// A table with one input column; what matches gives its number, and what comes last 0.
fn table(input: &str, cells: &[&str]) -> String {
    let rules: String = cells
        .iter()
        .chain([&"-"])
        .enumerate()
        .map(|(index, cell)| {
            let output = (index + 1) % (cells.len() + 1);
            format!(
                "<rule><inputEntry><text>{}</text></inputEntry><outputEntry><text>{output}</text></outputEntry></rule>",
                escape(cell)
            )
        })
        .collect();
    format!(
        "<decisionTable hitPolicy='FIRST'><input><inputExpression><text>{}</text></inputExpression></input><output/>{rules}</decisionTable>",
        escape(input)
    )
}

/// Inputs that are all null, but for what is given.
fn inputs(given: &Value) -> Value {
    let mut all = json!({ "n": null, "m": null, "t": null, "b": null, "day": null, "l": null, "p": null });
    for (name, value) in given.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

fn decide(logic: &str, given: &Value) -> Result<Value, String> {
    let xml = model(logic);
    let model = Decisions::parse(&xml).unwrap_or_else(|findings| panic!("{findings:?}\n{xml}"));
    let outcome = model.decide("d", &inputs(given));
    outcome
        .map(|outcome| outcome.value.into())
        .map_err(|error| error.to_string())
}

/// Deciding `logic` is an error that names the decision, `place` and why.
fn fails(logic: &str, given: &Value, place: &str, reason: &str) {
    match decide(logic, given) {
        Err(error) => assert!(
            error.contains(place) && error.contains(reason),
            "{logic}\n{error}\nexpected {place}: {reason}"
        ),
        Ok(value) => panic!("{logic} gives {value}, not an error"),
    }
}

/// Every text, as a literal expression, is an error at its place.
fn all_fail(given: &Value, texts: &[&str]) {
    for text in texts {
        let place = format!("decision `d`, expression `{text}`");
        fails(&literal(text), given, &place, "");
    }
}

/// Every text gives this value.
fn all_give(given: &Value, texts: &[(&str, Value)]) {
    for (text, expected) in texts {
        assert_eq!(decide(&literal(text), given), Ok(expected.clone()), "{text}");
    }
}

#[test]
fn a_condition_that_fails_takes_no_branch() {
    fails(
        &literal("if day > @\"2026-01-01\" then 1 else 0"),
        &json!({}),
        "decision `d`, expression `if day > @\"2026-01-01\" then 1 else 0`",
        "null > 2026-01-01",
    );
    all_fail(
        &json!({ "n": 3, "t": "a" }),
        &[
            "if m > 3 then 1 else 0",
            "if t > 3 then 1 else 0",
            "if n = t then 1 else 0",
            "if n != t then 1 else 0",
            "if n / 0 > 1 then 1 else 0",
            "if not(m) then 1 else 0",
            "if sqrt(m) > 1 then 1 else 0",
            "if number(t) > 1 then 1 else 0",
            "(if m > 3 then 1 else 0) + 1",
            "string(if m > 3 then 1 else 0)",
            "if (if m > 3 then true else false) then 1 else 0",
            "if n between m and 7 then 1 else 0",
            "if m between 1 and 7 then 1 else 0",
            "if m in [1..5] then 1 else 0",
            "if m in (< 5, > 10) then 1 else 0",
            "if n in (\"a\", \"b\") then 1 else 0",
            "if n in (m + 1) then 1 else 0",
        ],
    );
    // Null itself is no failure: it is not true.
    all_give(
        &json!({ "n": 3 }),
        &[
            ("if b then 1 else 0", json!(0)),
            ("if m = 3 then 1 else 0", json!(0)),
            ("if m != 3 then 1 else 0", json!(1)),
            ("if b = true then 1 else 0", json!(0)),
            ("if m = null then 0 else m + 1", json!(0)),
            ("if n = null then 0 else n + 1", json!(4)),
            ("if n > 2 then 1 else m + 1", json!(1)),
            ("if m in (1, 2) then 1 else 0", json!(0)),
            ("if m in (null, < 5) then 1 else 0", json!(1)),
            ("if t in (\"a\", \"b\") then 1 else 0", json!(0)),
            ("m", json!(null)),
            ("[m, n]", json!([null, 3])),
            ("{a: m}", json!({ "a": null })),
        ],
    );
}

#[test]
fn a_filter_drops_nothing_that_fails() {
    let given =
        json!({ "n": 3, "l": [{ "a": 1, "t": "x" }, { "a": null, "t": "y" }], "p": [{ "c": 1 }, { "d": 2 }, 5] });
    all_fail(
        &given,
        &[
            "l[a > 0]",
            "count(l[a > 0])",
            "count(l[a + 1 = 2])",
            "l[missing = 1]",
            "count(l[item.a > 0])",
            "count(l[if a > 0 then true else false])",
            "count(p[c = 1])",
            "count(l[t])",
            "count(l[n = 3 and a > 0])",
            "count(l[sqrt(a) = 1])",
            "l[9].a = null",
            "l[t = \"x\"][2].a = null",
        ],
    );
    fails(
        &literal("count(l[f(a) = 1])"),
        &given,
        "decision `f`, expression `if a > 1 then 1 else 0`",
        "null > 1",
    );
    all_give(
        &given,
        &[
            ("count(l[a = 1])", json!(1)),
            ("count(l[a != 1])", json!(1)),
            ("count(l[a = null])", json!(1)),
            ("count(l[a != null and a > 0])", json!(1)),
            ("count(l[f(if a = null then 0 else a + 1) = 1])", json!(1)),
            ("l[1].a", json!(1)),
            ("l[n - 2].a", json!(1)),
            ("l[-1].t", json!("y")),
            ("l[t = \"z\"][1]", json!(null)),
            ("count(l[t = \"x\"][a = 1])", json!(1)),
            ("count(l[count(l[t = \"x\"]) = 1])", json!(2)),
            ("count(l[sqrt(if a = null then 0 else a) = 1])", json!(1)),
            ("[true, false][item]", json!([true])),
            ("[true, false][not(item)]", json!([false])),
            ("[4, 5][sqrt(4)]", json!(5)),
        ],
    );
}

#[test]
fn some_and_every_need_an_answer_for_each_item() {
    let given = json!({ "n": 3, "l": [{ "a": null, "t": "x" }, { "a": 1, "t": "y" }] });
    all_fail(
        &given,
        &[
            "some x in l satisfies x.a > 0",
            "every x in l satisfies x.a > 0",
            "if (some x in l satisfies x.a > 0) then 1 else 0",
            "some x in l satisfies x.t",
            "every x in [1, 2] satisfies x",
            "some x in [1], y in [2] satisfies x > t",
            "some x in p satisfies x = 1",
            "every x in p satisfies x = 1",
            "count(for x in p return 1)",
            "count(for x in l return x.a + 1)",
            "count(for x in l return if x.a > 0 then 1 else 0)",
            "count(for x in [1, 2], y in l return if y.a > x then 1 else 0)",
        ],
    );
    all_give(
        &given,
        &[
            ("some x in l satisfies x.a = 1", json!(true)),
            ("every x in l satisfies x.a != null and x.a > 0", json!(false)),
            ("some x in l satisfies x.t = \"x\" or x.a > 0", json!(true)),
            // What comes after the answer is not looked at.
            ("some x in [2, null] satisfies x > 1", json!(true)),
            ("every x in [0, null] satisfies x > 1", json!(false)),
            ("some x in [b] satisfies x", json!(null)),
        ],
    );
}

#[test]
fn and_and_or_go_from_left_to_right() {
    let given = json!({ "n": 3, "b": false, "t": "a" });
    all_fail(
        &given,
        &[
            "m > 3 and n = 3",
            "n = 3 and m > 3",
            "m > 3 or n = 3",
            "n = 4 or m > 3",
            // The right side would decide, but the left one has failed before.
            "m > 3 and b",
            "m > 3 or n = 3",
            "m > 3 or m = null",
            "sqrt(m) > 3 or m = null",
            "not(m > 3 and b)",
            "n and true",
            "true and t",
            "sqrt(n) > 1 and t",
        ],
    );
    all_give(
        &given,
        &[
            ("m = null or m > 3", json!(true)),
            ("m != null and m > 3", json!(false)),
            ("m = null or sqrt(m) > 3", json!(true)),
            ("m != null and sqrt(m) > 3", json!(false)),
            ("sqrt(9) = n or m > 3", json!(true)),
            ("sqrt(9) = n and (m = null or m > 3)", json!(true)),
            ("b and m > 3", json!(false)),
            ("sqrt(9) != n or (m != null and m > 3) or b", json!(false)),
            ("null and true", json!(null)),
            ("null or true", json!(true)),
            ("null and b", json!(false)),
            ("sqrt(9) = n and null", json!(null)),
        ],
    );
}

#[test]
fn operations_and_functions_have_no_null_to_offer() {
    let given = json!({ "n": 3, "t": "a", "l": [{ "a": 1, "t": "x" }, { "a": null, "t": "y" }], "p": { "c": 1 } });
    all_fail(
        &given,
        &[
            "m + 1",
            "1 + m",
            "m * 2",
            "2 * m",
            "m - 1",
            "-m",
            "m ** 2",
            "n + t",
            "count([n + t])",
            "count([m + 1])",
            "string(n + t)",
            "string(m + 1)",
            "string(m)",
            "sum(l.a)",
            "sum([1, n + t])",
            "max(1, m)",
            "max(l.a)",
            "min(1, m)",
            "count(m)",
            "count(append(l, n / 0))",
            "list contains([1], n + t)",
            "concatenate([n + t], [1])[2]",
            "lower case(m)",
            "upper case(t + n) = null",
            "contains(lower case(m), \"x\")",
            "if contains(lower case(m), \"x\") then 1 else 0",
            "all([1, true])",
            "any([1, true])",
            "log(0)",
            "date(\"2026-02-\" + string(n + 50))",
            "count([date(t)])",
            "number(t)",
            "number(t) = null",
            "p.missing",
            "p.missing = null",
            "count([p.missing])",
            "count([{a: 1}, {b: 1}].a)",
            "day.year",
            "day.year = null",
            "{a: n + t, b: 1}.b",
            "{a: if m > 1 then 1 else 0, b: 1}.b",
            "get value({a: n + t, b: 1}, \"b\")",
            "{f: function(x) if x > 1 then 1 else 0, y: f(m)}.y",
            "(function(x) if x > 1 then 1 else 0)(m)",
            "count(sort(l, function(x, y) x.a < y.a))",
            "count(sort([2, 1], function(x, y) x))",
            "f(n + t)",
            "[1, n + t][1]",
            "is(n + t, null)",
            "(n + t) instance of number",
            "for i in 1..m return i",
            "some i in [10**34..10**34] satisfies i = 1",
        ],
    );
    // In a function, the function is the place.
    fails(
        &literal("f(m)"),
        &given,
        "decision `f`, expression `if a > 1 then 1 else 0`",
        "null > 1",
    );
    all_give(
        &given,
        &[
            ("get value(p, \"missing\") = null", json!(true)),
            ("get value(p, \"missing\")", json!(null)),
            ("f(n)", json!(1)),
            ("sum([])", json!(null)),
            ("all([null, true])", json!(null)),
            ("count(l.a)", json!(2)),
            ("list contains(l.a, null)", json!(true)),
            ("{a: 1, b: a + 1}.b", json!(2)),
            ("m instance of number", json!(false)),
            ("n instance of number", json!(true)),
            ("{a: null} = {a: 3}", json!(false)),
            ("null = n", json!(false)),
            ("null != n", json!(true)),
            ("n = null", json!(false)),
            ("null = null", json!(true)),
            ("count(for i in @\"2026-01-01\"..@\"2026-01-31\" return i)", json!(31)),
            ("count(sort([2, 1], function(x, y) x < y))", json!(2)),
        ],
    );
}

#[test]
fn boxed_expressions_say_what_failed_in_them() {
    let boxed = format!(
        "<context><contextEntry><variable name='a'/>{}</contextEntry><contextEntry><variable name='c'/>{}</contextEntry>\
         <contextEntry>{}</contextEntry></context>",
        literal("if m > 3 then 1 else 0"),
        literal("1"),
        literal("c"),
    );
    fails(
        &boxed,
        &json!({}),
        "decision `d`, expression `if m > 3 then 1 else 0`",
        "null > 3",
    );
    let each = |kind: &str, part: &str, text: &str| {
        format!(
            "<{kind} iteratorVariable='x'><in>{}</in><{part}>{}</{part}></{kind}>",
            literal("p"),
            literal(text)
        )
    };
    for (kind, part, text) in [
        ("for", "return", "if x > 3 then 1 else 0"),
        ("some", "satisfies", "if x > 3 then true else false"),
        ("every", "satisfies", "m > 3 or x = 1"),
        ("filter", "match", "if item > \"a\" then true else false"),
    ] {
        let place = format!("decision `d`, expression `{text}`");
        fails(&each(kind, part, text), &json!({ "p": [null, 1] }), &place, "");
        fails(&each(kind, part, "true"), &json!({}), "decision `d`", "null");
    }
    let lambda = "<context><contextEntry><variable name='g'/><functionDefinition><formalParameter name='x'/>\
        <literalExpression><text>if x > 3 then 1 else 0</text></literalExpression></functionDefinition></contextEntry>\
        <contextEntry><literalExpression><text>if g(m) = 0 then 1 else 2</text></literalExpression></contextEntry></context>";
    fails(lambda, &json!({}), "expression `if x > 3 then 1 else 0`", "null > 3");
}

#[test]
fn a_cell_that_cannot_be_compared_is_no_rule_that_does_not_match() {
    let text = json!({ "t": "abc", "p": "abc", "n": 3, "m": 5 });
    for cell in [
        "< 5",
        "<= 5",
        "> 5",
        ">= 5",
        "[1..5]",
        "5",
        "1, 2",
        "not(5)",
        "not(< 5)",
        "!= 5",
        "true",
        "@\"2026-01-01\"",
        "? > 5",
        "? = 5",
        "if ? > 5 then true else false",
        "? + \"x\"",
        "n",
        "> n",
        "> n + t",
        "[n..m]",
        "\"x\", < n",
        "not(n)",
        "n * 2",
        "count([n + t])",
    ] {
        let place = format!("decision `d`, expression `{cell}`");
        fails(&table("p", &[cell]), &text, &place, "");
    }
    let number = json!({ "p": 7, "n": 3 });
    for cell in ["> m", "<= m", "[n..m]", "[m..9]", "> n + t", "(1..m), 9", "? > m"] {
        let place = format!("decision `d`, expression `{cell}`");
        fails(&table("p", &[cell]), &number, &place, "");
    }
    // What has matched before is not compared again, nor what stands in a row that cannot match.
    assert_eq!(decide(&table("p", &["7, \"x\""]), &number), Ok(json!(1)));
    assert_eq!(decide(&table("p", &["7", "\"x\""]), &number), Ok(json!(1)));
    assert_eq!(decide(&table("p", &["n + 4, > m"]), &number), Ok(json!(1)));
    // Null matches null and what is negated, and fails with nothing.
    for (cells, expected) in [
        (vec!["< 5", "null"], 2),
        (vec!["5", "\"a\""], 0),
        (vec!["[1..5]", "> n", "[n..9]", "? > 5", "n + 1"], 0),
        (vec!["not(< 5)"], 1),
        (vec!["not(null)"], 0),
        (vec!["? = null"], 1),
        (vec!["? != null and ? > 5"], 0),
    ] {
        assert_eq!(
            decide(&table("p", &cells), &json!({ "n": 3 })),
            Ok(json!(expected)),
            "{cells:?}"
        );
    }
    // The column itself and the outputs are expressions like others.
    fails(
        &table("if m > 3 then 1 else 0", &["0"]),
        &json!({}),
        "expression `if m > 3 then 1 else 0`",
        "null > 3",
    );
}

#[test]
fn what_fails_deep_inside_is_an_error_too() {
    let given = json!({ "n": 3, "t": "a", "l": [{ "a": 1, "t": "x" }] });
    for wrap in [
        "(if @ then 1 else 0) > 0",
        "(@ and true)",
        "(true and (@))",
        "not(@)",
        "[@][1]",
        "{a: @}.a",
        "l[@][1].a = 1",
        "(count([@]) = 1)",
        "(function(x) @)(1)",
        "(@) in (true, false)",
        "((if @ then 1 else 0) + 1 - 1 + 1 - 1 > 0)",
    ] {
        // As deep as an expression may be.
        let mut text = "sqrt(m) > 3".to_owned();
        let mut deepest = text.clone();
        while Decisions::parse(&model(&literal(&text))).is_ok() {
            deepest = text;
            text = wrap.replace('@', &deepest);
        }
        assert!(deepest.len() > 100, "{wrap}");
        fails(&literal(&deepest), &given, "decision `d`", "sqrt");
    }
}

#[test]
fn the_standard_is_lenient_on_demand() {
    for (text, expected) in [
        ("if m > 3 then 1 else 0", json!(0)),
        ("count(l[a > 0])", json!(1)),
        ("if (some x in l satisfies x.a > 0) then 1 else 0", json!(1)),
        ("m > 3 or n = 3", json!(true)),
        ("m + 1", json!(null)),
        ("count([n + t])", json!(1)),
        ("p.missing = null", json!(true)),
    ] {
        let xml = model(&literal(text));
        let (model, _) = Decisions::parse_partly(&xml).unwrap();
        let model = model.lenient();
        let given = json!({ "n": 3, "t": "a", "l": [{ "a": 1, "t": "x" }, { "a": null, "t": "y" }], "p": {} });
        assert_eq!(model.decide("d", &inputs(&given)).unwrap().value, expected, "{text}");
    }
}
