//! Hit policies, errors, findings and functions, each as one line of data.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use serde_json::{Value, json};
use wegfrei_decisions::{Decisions, Kind};

const INPUT: &str = r##"<inputData id="x" name="x"><variable name="x" typeRef="number"/></inputData>"##;
const NEEDS_X: &str = r##"<informationRequirement><requiredInput href="#x"/></informationRequirement>"##;

fn definitions(body: &str) -> String {
    format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="m">{body}</definitions>"#
    )
}

/// Decision `d` over the number `x`.
fn decision(logic: &str) -> String {
    definitions(&format!(
        r#"{INPUT}<decision id="d" name="d"><variable name="d"/>{NEEDS_X}{logic}</decision>"#
    ))
}

/// Table over `x` with rules `(condition, output)`; `values` are the output values, highest priority first.
fn table(policy: &str, values: &str, default: &str, rules: &[(&str, &str)]) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let mut xml =
        format!("<decisionTable {policy}><input><inputExpression><text>x</text></inputExpression></input><output>");
    for (element, text) in [("outputValues", values), ("defaultOutputEntry", default)] {
        if !text.is_empty() {
            xml += &format!("<{element}><text>{}</text></{element}>", escape(text));
        }
    }
    xml += "</output>";
    for (index, (condition, output)) in rules.iter().enumerate() {
        xml += &format!(
            r#"<rule id="r{}"><inputEntry><text>{}</text></inputEntry><outputEntry><text>{}</text></outputEntry></rule>"#,
            index + 1,
            escape(condition),
            escape(output)
        );
    }
    decision(&(xml + "</decisionTable>"))
}

fn literal(text: &str) -> String {
    decision(&format!(
        "<literalExpression><text>{}</text></literalExpression>",
        text.replace('&', "&amp;").replace('<', "&lt;")
    ))
}

/// Decides `d` for `x`; a JSON value, or an error containing the text.
fn check(xml: &str, x: Value, expected: Result<Value, &str>) {
    let model = Decisions::parse(xml).unwrap_or_else(|findings| panic!("{findings:?}\n{xml}"));
    match (model.decide("d", &json!({ "x": x })), expected) {
        (Ok(outcome), Ok(expected)) => assert_eq!(outcome.value, expected, "{xml}"),
        (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}\nexpected {expected}"),
        (found, expected) => panic!("{xml}\nexpected {expected:?}, found {found:?}"),
    }
}

/// The model is refused; the first finding contains the text and stands on the line.
fn refused(xml: &str, line: u32, expected: &str) {
    let findings = Decisions::parse(xml).expect_err(xml);
    assert!(
        findings[0].to_string().contains(expected),
        "{findings:?}\nexpected {expected}"
    );
    assert_eq!(findings[0].line, line, "{findings:?}");
    assert!(!findings[0].help.is_empty());
}

#[test]
fn hit_policies() {
    let rules = [("< 10", "1"), ("< 20", "2"), ("[5..30]", "3")];
    for (policy, values, expected) in [
        (r#"hitPolicy="FIRST""#, "", Ok(json!(1))),
        (r#"hitPolicy="PRIORITY""#, "3, 2, 1", Ok(json!(3))),
        (r#"hitPolicy="OUTPUT ORDER""#, "2, 3, 1", Ok(json!([2, 3, 1]))),
        (r#"hitPolicy="RULE ORDER""#, "", Ok(json!([1, 2, 3]))),
        (r#"hitPolicy="COLLECT""#, "", Ok(json!([1, 2, 3]))),
        (r#"hitPolicy="COLLECT" aggregation="SUM""#, "", Ok(json!(6))),
        (r#"hitPolicy="COLLECT" aggregation="MIN""#, "", Ok(json!(1))),
        (r#"hitPolicy="COLLECT" aggregation="MAX""#, "", Ok(json!(3))),
        (r#"hitPolicy="COLLECT" aggregation="COUNT""#, "", Ok(json!(3))),
        ("", "", Err("rules 1 (r1) and 2 (r2) both match, hit policy UNIQUE")),
        (
            r#"hitPolicy="ANY""#,
            "",
            Err("rules 1 (r1) and 2 (r2) both match, hit policy ANY"),
        ),
    ] {
        check(&table(policy, values, "", &rules), json!(7), expected);
    }
    check(
        &table(r#"hitPolicy="ANY""#, "", "", &[("< 10", "1"), ("< 20", "1")]),
        json!(7),
        Ok(json!(1)),
    );
}

#[test]
fn no_match() {
    let rules = [("> 100", "1")];
    check(
        &table("", "", "", &rules),
        json!(7),
        Err("decision `d`: no rule matches x = 7"),
    );
    check(&table("", "", "0", &rules), json!(7), Ok(json!(0)));
    check(&table("", "", "null", &rules), json!(7), Ok(json!(null)));
    check(
        &table(r#"hitPolicy="COLLECT" aggregation="SUM""#, "", "", &rules),
        json!(7),
        Err("no rule matches"),
    );
    check(
        &table(r#"hitPolicy="COLLECT""#, "", "", &rules),
        json!(7),
        Ok(json!([])),
    );
    check(
        &table(r#"hitPolicy="COLLECT" aggregation="COUNT""#, "", "", &rules),
        json!(7),
        Ok(json!(0)),
    );
}

#[test]
fn conditions() {
    for (condition, x, matches) in [
        ("-", json!(null), true),
        ("", json!(1), true),
        ("1, 2, 3", json!(2), true),
        ("not(1, 2)", json!(2), false),
        ("not(1, 2)", json!(3), true),
        ("!= 2", json!(2), false),
        ("null", json!(null), true),
        ("< 5", json!(null), false),
        ("? > 5", json!(null), false),
        ("? > 5 and ? < 8", json!(7), true),
        ("x + 1", json!(7), false),
        ("x * 1", json!(7), true),
        ("(1..2], [7..9)", json!(7), true),
        ("(7..9]", json!(7), false),
        ("0.1 + 0.2", json!(0.3), true),
    ] {
        let expected = if matches {
            Ok(json!("yes"))
        } else {
            Err("no rule matches")
        };
        check(&table("", "", "", &[(condition, "\"yes\"")]), x, expected);
    }
}

#[test]
fn comments_are_no_logic() {
    let raw = |text: &str| literal("TEXT").replace("TEXT", text);
    check(&raw("x <!-- + 1 -->"), json!(0), Ok(json!(0)));
    check(&raw("<!-- 1 + -->x<!-- x --> + <?not this?>2"), json!(1), Ok(json!(3)));
    check(
        &raw("<![CDATA[if x < 1 then]]> 2 else <!-- 4 -->3"),
        json!(0),
        Ok(json!(2)),
    );
    let cell = table("", "", "", &[("CELL", "1"), (">= 18", "2")]).replace("CELL", "&lt; 18 <!-- , > 65 -->");
    check(&cell, json!(7), Ok(json!(1)));
    check(&cell, json!(70), Ok(json!(2)));
    // Nor do they make a type Any.
    for written in ["<!-- a -->number", "num<!-- a -->ber", "number"] {
        let xml = definitions(&format!(
            r#"<itemDefinition name="tZahl"><typeRef>{written}</typeRef></itemDefinition>
<inputData id="x" name="x"><variable name="x" typeRef="tZahl"/></inputData><decision id="d" name="d"><variable name="d"/>{NEEDS_X}
<literalExpression><text>x</text></literalExpression></decision>"#
        ));
        check(&xml, json!("one"), Err("input `x`: expected a number"));
    }
    refused(&raw("x\n <!-- a -->+"), 1, "not FEEL");
}

#[test]
fn errors_stay_errors() {
    check(&literal("x / 0"), json!(1), Err("decision `d`, expression `x / 0`"));
    check(&literal("\"a\" + x"), json!(1), Err("decision `d`, expression"));
    check(
        &literal("{a: {b: date(\"nonsense \" + string(x))}}"),
        json!(1),
        Err(
            "decision `d`, expression `{a: {b: date(\"nonsense \" + string(x))}}`: [core::date] invalid date string 'nonsense 1'",
        ),
    );
    check(
        &literal("x"),
        json!("one"),
        Err("input `x`: expected a number, found a string"),
    );
    check(&literal("x"), json!(null), Ok(json!(null)));
    check(
        &literal("for i in 1..x return i"),
        json!(1_000_000),
        Err("decision `d`"),
    );
    check(&literal("sum(for i in 1..x return i)"), json!(1000), Ok(json!(500_500)));
    let model = Decisions::parse(&literal("x")).unwrap();
    assert!(
        model
            .decide("d", &json!({}))
            .unwrap_err()
            .to_string()
            .contains("input `x`: is missing")
    );
    assert!(
        model
            .decide("e", &json!({}))
            .unwrap_err()
            .to_string()
            .contains("it has: d")
    );
}

#[test]
fn functions_are_values_and_their_calls_end() {
    check(&literal("{f: function(a) a + x, g: f(2)}.g"), json!(1), Ok(json!(3)));
    check(
        &literal("(function(f) f(f))(function(f) f(f))"),
        json!(1),
        Err("functions call each other too often, or without end"),
    );
    // Twice as many calls at each step.
    check(
        &literal("(function(f, n) f(f, n))(function(f, n) if n = 0 then 1 else f(f, n - 1) + f(f, n - 1), x)"),
        json!(30),
        Err("functions call each other too often, or without end"),
    );
    check(
        &literal("(function(f, n) f(f, n))(function(f, n) if n = 0 then 1 else n * f(f, n - 1), x)"),
        json!(5),
        Ok(json!(120)),
    );
    check(&literal("function(a, b) a"), json!(1), Ok(json!("function(a, b)")));
    let boxed = "<context><contextEntry><variable name='f'/><functionDefinition><formalParameter name='a' typeRef='number'/>\
        <literalExpression><text>a * x</text></literalExpression></functionDefinition></contextEntry>\
        <contextEntry><literalExpression><text>f(7)</text></literalExpression></contextEntry></context>";
    check(&decision(boxed), json!(6), Ok(json!(42)));
    let recursive = boxed.replace("a * x", "f(a)");
    refused(&decision(&recursive), 1, "unknown function `f`");
}

#[test]
fn models_are_imported_once_and_not_in_a_circle() {
    let model = |namespace: &str, imports: &str, body: &str| {
        format!(
            "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"{namespace}\" namespace=\"{namespace}\">{imports}{body}</definitions>"
        )
    };
    let decision = |name: &str, requires: &str, text: &str| {
        format!(
            "<decision id='d' name='{name}'><variable name='{name}'/><informationRequirement>{requires}</informationRequirement>\
             <literalExpression><text>{text}</text></literalExpression></decision>"
        )
    };
    let import = |name: &str, of: &str| format!("<import name='{name}' namespace='{of}' importType='dmn'/>");
    let input = "<inputData id='x' name='x'><variable name='x' typeRef='number'/></inputData>";
    let base = model(
        "base",
        "",
        &format!("{input}{}", decision("twice", "<requiredInput href='#x'/>", "2 * x")),
    );
    let main = model(
        "main",
        &import("my base", "base"),
        &decision("d", "<requiredDecision href='base#d'/>", "my base.twice + 1"),
    );
    let (decisions, findings) = Decisions::parse_importing(&main, &[&base]).unwrap();
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(decisions.decide("d", &json!({ "x": 4 })).unwrap().value, json!(9));
    assert_eq!(decisions.decision_names(), ["my base.twice", "d"]);
    let wrong = base.replace("2 * x", "2 * y");
    let (decisions, findings) = Decisions::parse_importing(&main, &[&wrong]).unwrap();
    assert!(
        findings[0]
            .message
            .contains("in the imported model `base`: unknown name `y`"),
        "{findings:?}"
    );
    let error = decisions.decide("d", &json!({ "x": 4 })).unwrap_err();
    assert!(error.to_string().contains("`my base.twice` was refused"), "{error}");
    let circle = model("base", &import("main", "main"), "");
    let findings = Decisions::parse_importing(&main, &[&circle, &main]).unwrap_err();
    assert!(
        findings.iter().any(|finding| finding.message.contains("in a circle")),
        "{findings:?}"
    );
    refused(&main, 1, "imports of other models are not followed");
}

#[test]
fn boxed_iterations() {
    let list = "<in><literalExpression><text>[1, x, 3]</text></literalExpression></in>";
    let body =
        |part: &str, text: &str| format!("<{part}><literalExpression><text>{text}</text></literalExpression></{part}>");
    let each = |kind: &str, part: &str, text: &str| {
        decision(&format!(
            "<{kind} iteratorVariable='i'>{list}{}</{kind}>",
            body(part, text)
        ))
    };
    check(&each("for", "return", "i * 2"), json!(5), Ok(json!([2, 10, 6])));
    check(&each("some", "satisfies", "i > 4"), json!(5), Ok(json!(true)));
    check(&each("every", "satisfies", "i > 4"), json!(5), Ok(json!(false)));
    check(&each("filter", "match", "item >= 3"), json!(5), Ok(json!([5, 3])));
    check(
        &each("some", "satisfies", "i"),
        json!(5),
        Err("`satisfies` is 1, not a boolean"),
    );
}

#[test]
fn what_conforms_to_one_type_need_not_to_another() {
    let model = |second: &str| {
        let types = "<itemDefinition name='tA'><itemComponent name='a'><typeRef>number</typeRef></itemComponent></itemDefinition>\
            <itemDefinition name='tB'><itemComponent name='a'><typeRef>string</typeRef></itemComponent></itemDefinition>";
        let decision = |id: &str, ty: &str, requires: &str, text: &str| {
            format!(
                "<decision id='{id}' name='{id}'><variable name='{id}' typeRef='{ty}'/><informationRequirement>{requires}\
                 </informationRequirement><literalExpression><text>{text}</text></literalExpression></decision>"
            )
        };
        let first = decision("e", "tA", "<requiredInput href='#x'/>", "{a: x}");
        let last = decision("d", second, "<requiredDecision href='#e'/>", "e");
        definitions(&format!(
            "{types}<inputData id='x' name='x'><variable name='x' typeRef='number'/></inputData>{first}{last}"
        ))
    };
    check(&model("tA"), json!(1), Ok(json!({ "a": 1 })));
    check(&model("tB"), json!(1), Err("expected an object with a"));
}

#[test]
fn numbers_are_decimal_and_exact() {
    check(&literal("x + 0.2"), json!(0.1), Ok(json!(0.3)));
    check(
        &literal("x + 1"),
        json!(9_007_199_254_740_993_i64),
        Ok(json!(9_007_199_254_740_994_i64)),
    );
    check(&literal("x * 100"), json!(1.15), Ok(json!(115)));
}

#[test]
fn mistakes_are_found_at_load() {
    for (expression, expected) in [
        ("x +", "this is not FEEL"),
        ("y > 1", "unknown name `y`"),
        ("now()", "reads the clock"),
        ("foo(x)", "unknown function `foo`"),
        ("sum", "unknown name `sum`"),
        (
            "function(a) external {java: {class: \"c\", method signature: \"m()\"}}",
            "external functions are not called",
        ),
        (
            "for a in 1..9, b in 1..9, c in 1..9, d in 1..9 return a",
            "nested loop variables",
        ),
        ("@\"2026-02-30\"", "invalid value"),
        ("date(\"2026-02-30\")", "invalid value"),
    ] {
        refused(&literal(expression), 1, expected);
    }
    for depth in [101, 1_999] {
        refused(
            &literal(&format!("{}x{}", "[".repeat(depth), "]".repeat(depth))),
            1,
            "nests deeper",
        );
    }
    refused(&literal(&format!("{}x", "x>".repeat(1_990))), 1, "");
    refused(&literal(&format!("{}x", "not(".repeat(990))), 1, "not FEEL");
    refused(&literal(&"x".repeat(4_001)), 1, "longer than");
    refused(&literal(&format!("x{}", " + 1".repeat(900))), 1, "nests deeper");
    refused(&literal(&"-".repeat(3999)), 1, "not FEEL");
    refused(
        &table("", "", "", &[("x > 5", "1")]).replace("<inputExpression>", "<inputExpression typeRef=\"number\">"),
        1,
        "write ? for the value",
    );
    refused(
        &table(r#"hitPolicy="PRIORITY""#, "", "", &[("-", "1")]),
        1,
        "no output column lists them",
    );
    refused(
        &table(r#"hitPolicy="GUESS""#, "", "", &[("-", "1")]),
        1,
        "unknown hit policy",
    );
    refused("<a", 1, "not readable as XML");
    refused("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", 1, "remove the <!DOCTYPE");
    refused("<a/>", 1, "not a DMN 1.2 to 1.5 model");
    refused(&definitions("\n<import name='i'/>"), 2, "imports of other models");
    refused(&decision("<for><in/></for>"), 1, "this `for` has no `in`");
    refused(
        &decision("\n<literalExpression expressionLanguage='groovy'><text>1</text></literalExpression>"),
        2,
        "groovy",
    );
    refused(
        &decision("").replace(
            NEEDS_X,
            "\n<informationRequirement><requiredInput href='#z'/></informationRequirement>",
        ),
        1,
        "has no logic",
    );
    refused(
        &literal("1").replace(
            NEEDS_X,
            "\n<informationRequirement><requiredInput href='#z'/></informationRequirement>",
        ),
        2,
        "there is no element `#z`",
    );
    let circle = |name: &str, other: &str| {
        format!(
            "<decision id='{name}' name='{name}'><informationRequirement><requiredDecision href='#{other}'/></informationRequirement><literalExpression><text>1</text></literalExpression></decision>"
        )
    };
    refused(
        &definitions(&format!("{}{}", circle("a", "b"), circle("b", "a"))),
        1,
        "in a circle",
    );
    refused(
        &definitions(
            "<itemDefinition name='t'><itemComponent name='a'><typeRef>t</typeRef></itemComponent></itemDefinition>",
        ),
        1,
        "contains itself",
    );
}

#[test]
fn annotations_are_checked_and_filled() {
    let annotated = |text: &str| {
        table("", "", "", &[("-", "x * 2")])
            .replace("<output>", "<output name=\"cent\">")
            .replace("<rule", "<annotation name=\"Begründung\"/><annotation name=\"Rechtsgrundlage\"/><rule")
            .replace("</rule>", &format!("<annotationEntry><text>{text}</text></annotationEntry><annotationEntry><text>§ 1</text></annotationEntry></rule>"))
    };
    let outcome = Decisions::parse(&annotated("Aus {x} wird {cent}: {cent:euro}."))
        .unwrap()
        .decide("d", &json!({"x": 61728}))
        .unwrap();
    assert_eq!(
        outcome.explanation.reasons(),
        ["Aus 61728 wird 123456: 1.234,56\u{a0}€."]
    );
    assert_eq!(outcome.explanation.legal_bases(), ["§ 1"]);
    refused(&annotated("{y}"), 1, "names nothing");
    refused(&annotated("{x"), 1, "not closed");
    refused(&annotated("{x:dollar}"), 1, "unknown format");
}

#[test]
fn functions_are_explained_and_fail_loudly() {
    let function = r##"<businessKnowledgeModel id="f" name="f"><variable name="f"/><encapsulatedLogic><formalParameter name="a" typeRef="number"/>
        <decisionTable><input><inputExpression><text>a</text></inputExpression></input><output/>
        <rule id="small"><inputEntry><text>&lt; 10</text></inputEntry><outputEntry><text>"small"</text></outputEntry></rule></decisionTable>
        </encapsulatedLogic></businessKnowledgeModel>"##;
    let needs = r##"<knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement>"##;
    let called = definitions(&format!(
        r#"{INPUT}{function}<decision id="d" name="d"><variable name="d"/>{NEEDS_X}{needs}<literalExpression><text>if f(x) = null then "none" else f(x)</text></literalExpression></decision>"#
    ));
    let invoked = definitions(&format!(
        r#"{INPUT}{function}<decision id="d" name="d"><variable name="d"/>{NEEDS_X}{needs}<invocation><literalExpression><text>f</text></literalExpression><binding><parameter name="a"/><literalExpression><text>x</text></literalExpression></binding></invocation></decision>"#
    ));
    for xml in [&called, &invoked] {
        check(xml, json!(3), Ok(json!("small")));
        check(xml, json!(30), Err("decision `f`: no rule matches a = 30"));
        let outcome = Decisions::parse(xml).unwrap().decide("d", &json!({"x": 3})).unwrap();
        let step = &outcome.explanation.decisions[0];
        assert_eq!(
            (step.name.as_str(), step.kind, step.rules[0].id.as_str()),
            ("f", Kind::Table, "small")
        );
    }
    refused(
        &called.replace("<encapsulatedLogic>", "<encapsulatedLogic kind=\"Java\">"),
        1,
        "external functions",
    );
}

#[test]
fn default_outputs_are_outputs() {
    let rules = [("> 100", "1")];
    // Of the wrong type, or no output value: an error, as with a rule.
    let typed = table("", "", "\"x\"", &rules).replace("<output>", "<output typeRef=\"number\">");
    check(&typed, json!(7), Err("expected a number"));
    check(
        &table("", "1, 2", "3", &rules),
        json!(7),
        Err("3 is not an output value"),
    );
    check(&table("", "1, 2", "1 + 1", &rules), json!(7), Ok(json!(2)));
    check(
        &table("", "1, 2", "x", &rules),
        json!(7),
        Err("7 is not an output value"),
    );
    // A list of one is the value where no list is declared.
    let typed = table("", "", "[5]", &rules).replace("<output>", "<output typeRef=\"number\">");
    check(&typed, json!(7), Ok(json!(5)));
    // All outputs have one, or none.
    let default = "<defaultOutputEntry><text>1</text></defaultOutputEntry>";
    let two = |a: &str, b: &str| {
        decision(&format!(
            "<decisionTable><input><inputExpression><text>x</text></inputExpression></input><output name=\"a\">{a}</output>\
             <output name=\"b\">{b}</output><rule><inputEntry><text>1</text></inputEntry><outputEntry><text>1</text></outputEntry>\
             <outputEntry><text>1</text></outputEntry></rule></decisionTable>"
        ))
    };
    check(&two(default, default), json!(7), Ok(json!({"a": 1, "b": 1})));
    refused(&two(default, ""), 1, "some outputs have a default and others have none");
    refused(&two("", default), 1, "some outputs have a default and others have none");
}

#[test]
fn the_clock_is_read_under_no_name() {
    for text in [
        "today()",
        "now()",
        "today",
        "[today][1]",
        "is(today, today)",
        "string(now)",
        "[1, 2][today]",
        "{today: 1, a: today}",
        "[{now: 1}, (function(f) f())(now)]",
        "[1][[today][1]() = item]",
        "for f in [today] return f()",
        "sort([2, 1], now)",
    ] {
        refused(&literal(text), 1, "reads the clock");
    }
    // An input may be called so, and a member.
    let xml = literal("x > 1")
        .replace("name=\"x\"", "name=\"today\"")
        .replace("<text>x", "<text>today");
    let model = Decisions::parse(&xml).unwrap();
    assert_eq!(model.decide("d", &json!({"today": 7})).unwrap().value, json!(true));
    check(&literal("{a: {today: 1}, b: a.today}.b"), json!(7), Ok(json!(1)));
    let bkm = r##"<businessKnowledgeModel id="ruf" name="ruf"><variable name="ruf"/><encapsulatedLogic><formalParameter name="f"/>
<literalExpression><text>f()</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
<decision id="d" name="d"><variable name="d"/><knowledgeRequirement><requiredKnowledge href="#ruf"/></knowledgeRequirement>
<literalExpression><text>ruf(today)</text></literalExpression></decision>"##;
    refused(&definitions(bkm), 4, "reads the clock");
    refused(
        &definitions(&bkm.replace("ruf(today)", "ruf(f: now)")),
        4,
        "reads the clock",
    );
}

#[test]
fn loops_over_large_numbers_end() {
    for bounds in [
        "x * 10**35..x * 10**35 + 5",
        "10**34..10**34",
        "-10**34..-10**34",
        "10**34 - 1..10**34 + 5",
        "-10**34 + 1..-10**34 - 5",
    ] {
        check(
            &literal(&format!("for i in {bounds} return i")),
            json!(1),
            Err("decision `d`"),
        );
        for text in [
            format!("some i in [{bounds}] satisfies i = 1"),
            format!("every i in [{bounds}] satisfies i > 1"),
        ] {
            check(&literal(&text), json!(1), Err("at most 1000 numbers or days"));
        }
    }
    check(
        &literal("count(for i in 10**32..10**32 + 1000 return i)"),
        json!(1),
        Ok(json!(1001)),
    );
    check(
        &literal("count(for i in 0.5..1000.5 return i)"),
        json!(1),
        Ok(json!(1001)),
    );
    check(&literal("for i in 3..1 return i"), json!(1), Ok(json!([3, 2, 1])));
    check(
        &literal(r#"count(for i in date("2026-01-01")..date("2026-01-31") return i)"#),
        json!(1),
        Ok(json!(31)),
    );
}

#[test]
fn a_collection_is_one_in_both_spellings() {
    for word in ["true", "1"] {
        let xml = definitions(&format!(
            r##"<itemDefinition name="tListe" isCollection="{word}"><typeRef>number</typeRef></itemDefinition>
<inputData id="x" name="x"><variable name="x" typeRef="tListe"/></inputData><decision id="d" name="d"><variable name="d"/>{NEEDS_X}
<literalExpression><text>sum(x)</text></literalExpression></decision>"##
        ));
        check(&xml, json!([1, 2]), Ok(json!(3)));
    }
}
