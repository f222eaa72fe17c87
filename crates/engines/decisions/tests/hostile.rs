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

/// The parser of the FEEL library looks for the names of nested members at every word, twice as many with each level.
#[test]
fn types_that_nest_deeply_are_refused_before_an_expression_is_read() {
    let nested = |levels: usize| {
        let (open, close) = (
            "<itemComponent name=\"a\">".repeat(levels),
            "</itemComponent>".repeat(levels),
        );
        let xml = format!(
            "{HEAD}<itemDefinition name=\"t\">{open}<typeRef>number</typeRef>{close}</itemDefinition>\
             <inputData id=\"i\" name=\"a\"><variable name=\"a\" typeRef=\"t\"/></inputData>\
             <decision id=\"d\" name=\"d\"><variable name=\"d\"/><informationRequirement><requiredInput href=\"#i\"/></informationRequirement>\
             {}</decision></definitions>",
            literal("a.a.a = a.a.a")
        );
        Decisions::parse(&xml).map(|_| ())
    };
    assert_eq!(nested(8), Ok(()));
    let findings = nested(30).unwrap_err();
    assert!(
        findings
            .iter()
            .any(|finding| finding.message.contains("looking for more than 10000 names")),
        "{findings:?}"
    );
}

/// Three levels of twelve members each.
#[test]
fn types_as_large_as_real_ones_are_read() {
    let inside = |inside: &str| -> String {
        let members = (0..12).map(|k| format!("<itemComponent name=\"m{k}\">{inside}</itemComponent>"));
        members.collect()
    };
    let members = inside(&inside(&inside("<typeRef>number</typeRef>")));
    let xml = format!(
        "{HEAD}<itemDefinition name=\"t\">{members}</itemDefinition><inputData id=\"i\" name=\"a\"><variable name=\"a\" typeRef=\"t\"/>\
         </inputData><decision id=\"d\" name=\"d\"><variable name=\"d\"/><informationRequirement><requiredInput href=\"#i\"/>\
         </informationRequirement>{}</decision></definitions>",
        literal("a.m1.m2.m3 + a.m11.m11.m11")
    );
    let model = Decisions::parse(&xml).unwrap_or_else(|findings| panic!("{findings:?}"));
    let input = json!({ "a": { "m1": { "m2": { "m3": 1 } }, "m11": { "m11": { "m11": 2 } } } });
    assert_eq!(model.decide("d", &input).unwrap().value, json!(3));
}

#[test]
fn elements_without_a_name_are_refused() {
    for element in ["inputData", "decision", "businessKnowledgeModel", "decisionService"] {
        for name in ["", "name=\" \"", "nAme=\"d\""] {
            let xml = format!(
                "{HEAD}<{element} id=\"x\" {name}><variable name=\"x\"/></{element}><decision id=\"d\" name=\"d\"><variable name=\"d\"/>\
                 <literalExpression><text>1</text></literalExpression></decision></definitions>"
            );
            let findings = Decisions::parse(&xml).map(|_| ()).unwrap_err();
            assert!(
                findings.iter().any(|finding| finding.message.contains("has no name")),
                "{findings:?}"
            );
        }
    }
}

#[test]
fn names_given_twice_are_refused() {
    for (one, two) in [
        ("name=\"x\"", "name=\"x\""),
        ("name=\"y\"", "name=\"x\""),
        ("name=\"x\"", "name=\"y\""),
    ] {
        let xml = format!(
            "{HEAD}<inputData id=\"x\" name=\"x\"><variable name=\"x\"/></inputData><inputData id=\"y\" {one}><variable {two}/></inputData>\
             <decision id=\"d\" name=\"d\"><variable name=\"d\"/><literalExpression><text>1</text></literalExpression></decision></definitions>"
        );
        let findings = Decisions::parse(&xml).map(|_| ()).unwrap_err();
        assert!(
            findings
                .iter()
                .any(|finding| finding.message == "the name `x` is given twice"),
            "{findings:?}"
        );
    }
}

const HEAD: &str = "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"m\" namespace=\"m\">";

/// A model of one decision `d`.
fn single(logic: &str) -> Decisions {
    let xml = format!("{HEAD}<decision id=\"d\" name=\"d\"><variable name=\"d\"/>{logic}</decision></definitions>");
    Decisions::parse(&xml).unwrap_or_else(|findings| panic!("{findings:?}"))
}

fn literal(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("<literalExpression><text>{text}</text></literalExpression>")
}

fn nested(inside: &str) -> String {
    format!("{}{inside}{}", "[".repeat(90), "]".repeat(90))
}

/// Each way to put brackets around what was there before, again and again: an error, not the end of the stack.
#[test]
fn values_nested_without_end_are_an_error() {
    let too_deep = |model: &Decisions, name: &str| {
        let error = model.decide(name, &json!({})).unwrap_err().to_string();
        let told = ["levels deep", "functions call each other too often"];
        assert!(told.iter().any(|told| error.contains(told)), "{error}");
    };
    // From decision to decision.
    let mut xml = HEAD.to_owned();
    for k in 0..60 {
        let (inside, requires) = match k {
            0 => (nested("1"), String::new()),
            _ => (
                nested(&format!("d{}", k - 1)),
                format!(
                    "<informationRequirement><requiredDecision href=\"#d{}\"/></informationRequirement>",
                    k - 1
                ),
            ),
        };
        xml += &format!(
            "<decision id=\"d{k}\" name=\"d{k}\"><variable name=\"d{k}\"/>{requires}{}</decision>",
            literal(&inside)
        );
    }
    let model = Decisions::parse(&(xml + "</definitions>")).unwrap();
    assert!(model.decide("d0", &json!({})).is_ok());
    too_deep(&model, "d1");
    too_deep(&model, "d59");
    // From entry to entry of one context.
    let entry = |k: usize| match k {
        0 => nested("1"),
        _ => nested(&format!("e{}", k - 1)),
    };
    let entries: String = (0..60)
        .map(|k| {
            format!(
                "<contextEntry><variable name=\"e{k}\"/>{}</contextEntry>",
                literal(&entry(k))
            )
        })
        .collect();
    too_deep(&single(&format!("<context>{entries}</context>")), "d");
    // From turn to turn of a loop, and from call to call of a function.
    for text in [
        format!("for i in 1..1000 return {}", nested("partial[-1]")),
        format!("count(for i in 1..1000 return {})", nested("partial[-1]")),
        format!(
            "{{f: function(f, v, n) if n = 0 then v else f(f, {}, n - 1), r: count(f(f, 1, 90))}}.r",
            nested("v")
        ),
        format!(
            "{{f: function(f, n) if n = 0 then 1 else {}, r: count(f(f, 90))}}.r",
            nested("f(f, n - 1)")
        ),
    ] {
        too_deep(&single(&literal(&text)), "d");
    }
    let boxed = format!(
        "<context><contextEntry><variable name=\"f\"/><functionDefinition><formalParameter name=\"f\"/><formalParameter name=\"v\"/>\
         <formalParameter name=\"n\"/>{}</functionDefinition></contextEntry><contextEntry>{}</contextEntry></context>",
        literal(&format!("if n = 0 then v else f(f, {}, n - 1)", nested("v"))),
        literal("count(f(f, 1, 90))")
    );
    too_deep(&single(&boxed), "d");
    // What is not nested goes on.
    let fine = single(&literal("for i in 0..5 return if i = 0 then 1 else i * partial[-1]"));
    assert_eq!(
        fine.decide("d", &json!({})).unwrap().value,
        json!([1, 1, 2, 6, 24, 120])
    );
}

/// Loops in loops, filters in filters, and what doubles from one name to the next, evaluated natively and by the FEEL library.
#[test]
fn work_without_end_is_an_error() {
    let list = "{l: for i in 1..1000 return i, r: count(R)}.r";
    let chain = |first: &str, next: &str| {
        let entries = (1..60).map(|k| format!("a{k}: {}", next.replace("A", &format!("a{}", k - 1))));
        format!("{{a0: {first}, {}}}.a59", entries.collect::<Vec<_>>().join(", "))
    };
    let nested = |around: &str| (0..30).fold("\"a\"".to_owned(), |inside, _| around.replace('X', &inside));
    let ninety = "a".repeat(90);
    let mut other = Vec::new();
    for (text, told) in [
        (
            "count(for i in 1..1000 return count(for j in 1..1000 return count(for k in 1..1000 return k)))".to_owned(),
            "work",
        ),
        (
            "count(for i in 1..1000, j in 1..1000, k in 1..1000 return i)".to_owned(),
            "work",
        ),
        ("count(for i in 1..1000, j in 1..1000 return [i, j])".to_owned(), "work"),
        (
            "{l: for i in 1..1000 return i, r: some i in l satisfies (some j in l satisfies (some k in l satisfies i + j + k = 0))}.r"
                .to_owned(),
            "work",
        ),
        (
            "{l: for i in 1..1000 return i, r: some i in l, j in l, k in l satisfies i + j + k = 0}.r".to_owned(),
            "work",
        ),
        (
            list.replace('R', "l[count(l[count(l[count(l[item = 0]) = 0]) = 0]) = 0]"),
            "work",
        ),
        (list.replace('R', "l[odd(count(l[odd(count(l[even(item)]))]))]"), "work"),
        (
            "for i in 1..1000 return if i = 1 then \"ab\" else partial[-1] + partial[-1]".to_owned(),
            "a text of",
        ),
        (
            "for i in 1..1000 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])".to_owned(),
            "values",
        ),
        (chain("\"abcd\"", "A + A"), "a text of"),
        (chain("\"abcd\"", "upper case(A + A)"), "a text of"),
        (chain("[1]", "[A, A]"), "values"),
        (chain("[1]", "{x: A, y: A}"), "values"),
        (chain("[1]", "concatenate(A, A)"), "values"),
        (chain("[1]", "reverse(concatenate(A, A))"), "values"),
        (chain("[1]", "if is(1, 1) then [A, A] else 1"), "values"),
        (nested(&format!("replace(X, \"a\", \"{ninety}\")")), "repeats a text"),
        (
            format!("{{t: replace(\"{ninety}\", \"a\", \"{ninety}\"), r: replace(t, \"[a]\", t)}}.r"),
            "repeats a text",
        ),
        (
            format!("{{t: replace(\"{ninety}\", \"a\", \"{ninety}\"), r: string join(for i in 1..150 return t, t)}}.r"),
            "a text of",
        ),
        (
            "(function(f, n) count(for i in 1..1000 return if n = 0 then 1 else f(f, n - 1)))".to_owned()
                + "((function(f, n) count(for i in 1..1000 return if n = 0 then 1 else f(f, n - 1))), 2)",
            "work",
        ),
    ] {
        let error = single(&literal(&text)).decide("d", &json!({}));
        let error = error.map_or_else(|error| error.to_string(), |_| "no error".to_owned());
        if !error.contains(told) {
            other.push(format!("{text}: {error}"));
        }
    }
    assert!(other.is_empty(), "{other:#?}");
    for (text, value) in [
        (
            "count(for i in 1..1000 return count(for j in 1..1000 return j))",
            json!(1000),
        ),
        ("count(for i in 1..30, j in 1..30 return i * j)", json!(900)),
        (
            "sort(for i in 1..1000 return 1000 - i, function(x, y) x < y)[1]",
            json!(0),
        ),
        ("replace(\"Straße\", \"ß\", \"ss\")", json!("Strasse")),
        ("string join(delimiter: \", \", list: [\"a\", \"b\"])", json!("a, b")),
    ] {
        assert_eq!(
            single(&literal(text)).decide("d", &json!({})).unwrap().value,
            value,
            "{text}"
        );
    }
}

/// Where the sides do not go together the FEEL library evaluates both again for its words; the list at the beginning is paid for each time.
/// Flags let a pattern fit where it does not stand as written, and `$0` is what was found: gigabytes were made unpaid.
#[test]
fn what_replace_makes_is_bounded_whatever_its_flags_and_groups() {
    let long = "for i in 1..14 return if i = 1 then \"aa\" else partial[-1] + partial[-1]";
    for call in [
        "replace(s, \"A\", s, \"i\")",
        "replace(s, s, string join(for i in 1..1000 return \"$0\", \"\"))",
    ] {
        let text = format!("{{s: ({long})[14], r: string length({call})}}.r");
        let error = single(&literal(&text)).decide("d", &json!({})).unwrap_err().to_string();
        assert!(error.contains("bytes") || error.contains("work"), "{call}: {error}");
    }
}

/// What is put into expressions to count and to watch is called by names that begin with `?`: neither a model nor an input may have them.
#[test]
fn nobody_takes_the_place_of_what_counts_and_watches() {
    let shadowing = "{\"? turn\": count, r: for a in 1..1000, b in 1..1000, c in 1..1000 return 1, count: 1}";
    let xml = format!(
        "{HEAD}<decision id=\"d\" name=\"d\"><variable name=\"d\"/>{}</decision></definitions>",
        literal(shadowing)
    );
    assert!(Decisions::parse(&xml).is_err());
    let xml = format!(
        "{HEAD}<inputData id=\"x\" name=\"x\"><variable name=\"x\"/></inputData><decision id=\"d\" name=\"d\"><variable name=\"d\"/>\
         <informationRequirement><requiredInput href=\"#x\"/></informationRequirement>{}</decision></definitions>",
        literal("count(x[art = \"a\"])")
    );
    let model = Decisions::parse(&xml).unwrap();
    let items = |key: &str| json!({ "x": [{ "art": "a", key: 1 }, { "art": "a", key: 2 }] });
    assert_eq!(model.decide("d", &items("betrag")).unwrap().value, json!(2));
    let refused = model.decide("d", &items("? test")).unwrap_err().to_string();
    assert!(refused.contains("is no name"), "{refused}");
}

#[test]
fn a_chain_of_subtractions_that_fails_evaluates_each_side_once() {
    let chain = format!("[{}1]{}", "1, ".repeat(199), " - 1".repeat(17));
    let error = single(&literal(&chain))
        .decide("d", &json!({}))
        .unwrap_err()
        .to_string();
    assert!(error.contains("[subtraction] incompatible types"), "{error}");
    let sum = format!("100{}", " - 1".repeat(60));
    let chain = format!("upper case(string({sum}))");
    assert_eq!(
        single(&literal(&chain)).decide("d", &json!({})).unwrap().value,
        json!("40")
    );
}

/// 4 MB before the first rule, all on one line. That they are not counted from its beginning each time shows in `wegfrei_model::lines`.
#[test]
fn places_in_a_long_line_are_right() {
    let comment = format!("<!--{}-->", "ä".repeat(1_500_000));
    let rules: String = (0..4_000)
        .map(|k| {
            format!("<rule><inputEntry><text>{k}</text></inputEntry><outputEntry><text>(</text></outputEntry></rule>")
        })
        .collect();
    let xml = format!(
        "{HEAD}{comment}<inputData id=\"x\" name=\"x\"><variable name=\"x\"/></inputData><decision id=\"d\" name=\"d\"><variable name=\"d\"/>\
         <informationRequirement><requiredInput href=\"#x\"/></informationRequirement><decisionTable><input><inputExpression><text>x</text>\
         </inputExpression></input><output/>{rules}</decisionTable></decision></definitions>"
    );
    let findings = Decisions::parse(&xml).unwrap_err();
    assert_eq!(findings.len(), 200);
    let first = xml.find("<text>(").unwrap() + "<text>".len();
    assert_eq!(
        (findings[0].line, findings[0].column as usize),
        (1, xml[..first].chars().count() + 1)
    );
}

#[test]
fn what_nobody_uses_is_found_in_large_models_too() {
    let members: String = (0..2_000)
        .map(|k| format!("<itemComponent name=\"merkmal {k}\"><typeRef>string</typeRef></itemComponent>"))
        .collect();
    let inputs: String = (0..20)
        .map(|k| format!("<inputData id=\"x{k}\" name=\"x{k}\"><variable name=\"x{k}\" typeRef=\"t\"/></inputData>"))
        .collect();
    let required: String = (0..20)
        .map(|k| format!("<informationRequirement><requiredInput href=\"#x{k}\"/></informationRequirement>"))
        .collect();
    // All words of every name, but no name.
    let entries: String = (0..100)
        .map(|k| {
            let numbers: Vec<String> = (k * 20..k * 20 + 20).map(|number| number.to_string()).collect();
            let text = format!("\"{} {} merkmal\"", numbers.join(" "), "merkmal ".repeat(400));
            format!(
                "<contextEntry><variable name=\"e{k}\"/>{}</contextEntry>",
                literal(&text)
            )
        })
        .collect();
    let xml = format!(
        "{HEAD}<itemDefinition name=\"t\">{members}</itemDefinition>{inputs}<decision id=\"d\" name=\"d\"><variable name=\"d\"/>{required}\
         <context>{entries}</context></decision></definitions>"
    );
    let model = Decisions::parse(&xml).unwrap();
    let check = model.check();
    assert!(check.more_unused && check.unused.len() == 1_000);
}

#[test]
fn tables_of_every_policy_too_large_to_be_checked_end() {
    let rules: String = (0..3_000)
        .map(|k| {
            format!(
                "<rule><inputEntry><text>{k}</text></inputEntry><outputEntry><text>\"{k}\"</text></outputEntry></rule>"
            )
        })
        .collect();
    let values: Vec<String> = (0..400).map(|k| format!("\"{k}\"")).collect();
    for policy in ["UNIQUE", "ANY", "PRIORITY", "FIRST", "COLLECT"] {
        let xml = format!(
            "{HEAD}<inputData id=\"x\" name=\"x\"><variable name=\"x\"/></inputData><decision id=\"d\" name=\"d\"><variable name=\"d\"/>\
             <informationRequirement><requiredInput href=\"#x\"/></informationRequirement><decisionTable hitPolicy=\"{policy}\"><input>\
             <inputExpression><text>x</text></inputExpression></input><output><outputValues><text>{}</text></outputValues></output>\
             {rules}</decisionTable></decision></definitions>",
            values.join(", ")
        );
        let model = Decisions::parse(&xml).unwrap();
        let table = model.check().tables.remove(0);
        assert!(table.overlaps.is_empty() && table.unreachable.is_empty(), "{policy}");
    }
}
