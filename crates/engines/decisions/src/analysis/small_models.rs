//! Small models, each for one thing that a check must not assert, or that a comparison must not pass over.

use crate::{Change, Decisions, Gap, GapKind, Overlap, Side, TableCheck, Verdict, diff};
use serde_json::json;
use std::fmt::Write;

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn definitions(body: &str) -> String {
    format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="m">{body}</definitions>"#
    )
}

fn parse(body: &str) -> Decisions {
    Decisions::parse(&definitions(body)).unwrap()
}

fn input(name: &str) -> String {
    format!(r#"<inputData id="{name}" name="{name}"><variable name="{name}" typeRef="number"/></inputData>"#)
}

/// A decision over these; inputs have names of one letter.
fn decision(name: &str, over: &[&str], logic: &str) -> String {
    let mut xml = format!(r#"<decision id="{name}" name="{name}"><variable name="{name}"/>"#);
    for required in over {
        let kind = if required.len() == 1 { "Input" } else { "Decision" };
        write!(
            xml,
            r##"<informationRequirement><required{kind} href="#{required}"/></informationRequirement>"##
        )
        .unwrap();
    }
    xml + logic + "</decision>"
}

fn literal(text: &str) -> String {
    format!("<literalExpression><text>{}</text></literalExpression>", escape(text))
}

/// Rules are cells for all columns, and then for all outputs.
fn table(attributes: &str, columns: &[&str], outputs: &[&str], rules: &[&[&str]]) -> String {
    let mut xml = format!("<decisionTable {attributes}>");
    for column in columns {
        let column = escape(column);
        write!(
            xml,
            "<input><inputExpression><text>{column}</text></inputExpression></input>"
        )
        .unwrap();
    }
    for output in outputs {
        write!(xml, "<output {output}/>").unwrap();
    }
    for cells in rules {
        xml += "<rule>";
        for (index, cell) in cells.iter().enumerate() {
            let kind = if index < columns.len() { "input" } else { "output" };
            write!(xml, "<{kind}Entry><text>{}</text></{kind}Entry>", escape(cell)).unwrap();
        }
        xml += "</rule>";
    }
    xml + "</decisionTable>"
}

/// What is told of two versions: name and verdict in a word.
fn told(old: &str, new: &str) -> Vec<String> {
    let changes = diff(&parse(old), &parse(new));
    let back = diff(&parse(new), &parse(old));
    assert_eq!(changes.len(), back.len(), "{changes:?} {back:?}");
    let word = |change: &Change| match &change.verdict {
        Verdict::Table { .. } if change.verdict.is_alike() => "alike".to_owned(),
        Verdict::Table { differences, .. } => format!("{} differences", differences.len()),
        Verdict::Written { .. } => "written".to_owned(),
        Verdict::RestsOnChanged { on } => format!("on {}", on.join(",")),
        Verdict::Types { names } => format!("types {}", names.join(",")),
        other => format!("{other:?}"),
    };
    let words = changes
        .iter()
        .map(|change| format!("{}: {}", change.name, word(change)));
    words.collect()
}

fn checked(body: &str) -> TableCheck {
    parse(body).check().tables.remove(0)
}

/// What is told of the versions of an expression over `n`.
fn written(old: &str, new: &str) -> Vec<String> {
    let model = |text: &str| {
        let logic = format!("<literalExpression><text>{text}</text></literalExpression>");
        [input("n"), decision("eins", &["n"], &logic)].concat()
    };
    told(&model(old), &model(new))
}

#[test]
fn a_comment_hides_nothing_behind_it() {
    let nothing: [String; 0] = [];
    assert_eq!(written("n <!-- x --> * 2", "n <!-- x --> * 3"), ["eins: written"]);
    assert_eq!(written("<!-- x -->n", "<!-- x -->n + 1"), ["eins: written"]);
    assert_eq!(written("n", "n <!-- + 1 -->"), nothing);
    assert_eq!(written("n &lt; 1", "<![CDATA[n < 1]]>"), nothing);
}

#[test]
fn layout_is_what_stands_outside_of_texts() {
    let nothing: [String; 0] = [];
    assert_eq!(written("n\n  +\t1", "n + 1"), nothing);
    assert_eq!(
        written(r#"if n = 1 then "a  b" else "c""#, r#"if n = 1 then "a b" else "c""#),
        ["eins: written"]
    );
    assert_eq!(
        written(
            r#"if n = 1 then "a\"  b" else "c""#,
            r#"if n = 1 then "a\" b" else "c""#
        ),
        ["eins: written"]
    );
    assert_eq!(written(r#""a" +  "b""#, r#""a" + "b""#), nothing);
    // A line break ends a comment, and a quote in one begins no text.
    assert_eq!(written("n // x\n + 1", "n // x + 1"), ["eins: written"]);
    assert_eq!(
        written(
            "n /* \" */ + string length(\"a  b\")",
            "n /* \" */ + string length(\"a b\")"
        ),
        ["eins: written"]
    );
    assert_eq!(
        written(
            "n // \"\n + string length(\"a  b\")",
            "n // \"\n + string length(\"a b\")"
        ),
        ["eins: written"]
    );
    assert_eq!(written("n /* x */\n + 1", "n /* x */ + 1"), nothing);
    // The values of types as well.
    let typed = |values: &str| {
        let types = format!(
            r#"<itemDefinition name="tArt"><typeRef>string</typeRef><allowedValues><text>{values}</text></allowedValues></itemDefinition>
<inputData id="n" name="n"><variable name="n" typeRef="tArt"/></inputData>"#
        );
        [types, decision("eins", &["n"], &literal("n"))].concat()
    };
    assert_eq!(
        told(&typed(r#""a  b", "c""#), &typed(r#""a b", "c""#)),
        ["n: types n", "eins: on n"]
    );
    assert_eq!(told(&typed(r#""a  b", "c""#), &typed("\"a  b\",\n  \"c\"")), nothing);
}

#[test]
fn what_stands_inside_something_is_told_from_what_follows_it() {
    let list = |items: &[String]| format!("<list>{}</list>", items.concat());
    let (one, two) = (literal("n"), literal("2"));
    let model = |logic: &str| [input("n"), decision("eins", &["n"], logic)].concat();
    assert_eq!(
        told(
            &model(&list(&[list(std::slice::from_ref(&one)), two.clone()])),
            &model(&list(&[list(&[one, two])]))
        ),
        ["eins: written"]
    );
    // Nor is a name taken for a type.
    let entry = |variable: &str| {
        let entry = format!("<contextEntry><variable {variable}/>{}</contextEntry>", literal("n"));
        model(&format!("<context>{entry}</context>"))
    };
    assert_eq!(
        told(&entry(r#"name="a" typeRef="number""#), &entry(r#"name="a number""#)),
        ["eins: written"]
    );
}

#[test]
fn computed_outputs_are_compared_with_what_the_table_makes_of_them() {
    let nothing: [String; 0] = [];
    let of = |logic: &str| [input("n"), decision("eins", &["n"], logic)].concat();
    let one = |policy: &str, output: &str| of(&table(policy, &["n"], &[output], &[&["-", "n + 1"]]));
    let two = |policy: &str| {
        of(&table(
            policy,
            &["n"],
            &[r#"name="eins""#],
            &[&["-", "n + 1"], &["-", "n + 2"]],
        ))
    };
    let policy = |policy: &str| format!(r#"hitPolicy="{policy}""#);
    let collect = |how: &str| format!(r#"hitPolicy="COLLECT" aggregation="{how}""#);
    let name = r#"name="eins""#;
    let differs = ["eins: 1 differences"];
    // A value and a list of one.
    assert_eq!(
        told(&one(&policy("UNIQUE"), name), &one(&policy("COLLECT"), name)),
        differs
    );
    assert_eq!(told(&two(&collect("SUM")), &two(&collect("MAX"))), differs);
    assert_eq!(told(&two(&collect("SUM")), &two(&policy("COLLECT"))), differs);
    assert_eq!(told(&two(&policy("FIRST")), &two(&policy("COLLECT"))), differs);
    assert_eq!(told(&two(&policy("FIRST")), &two(&policy("UNIQUE"))), differs);
    assert_eq!(told(&two(&policy("FIRST")), &two(&policy("ANY"))), differs);
    // These make the same of it.
    assert_eq!(
        told(&one(&policy("UNIQUE"), name), &one(&policy("FIRST"), name)),
        ["eins: alike"]
    );
    assert_eq!(
        told(&two(&policy("RULE ORDER")), &two(&policy("COLLECT"))),
        ["eins: alike"]
    );
    assert_eq!(
        told(&one(&policy("UNIQUE"), name), &one(&policy("UNIQUE"), "")),
        ["eins: alike"]
    );
    // Another type or other output values may make an error of it.
    let typed = r#"name="eins" typeRef="string""#;
    assert_eq!(told(&one("", name), &one("", typed)), ["eins: written"]);
    let valued = one("", name).replace(
        r#"<output name="eins"/>"#,
        r#"<output name="eins"><outputValues><text>1, 2</text></outputValues></output>"#,
    );
    assert_eq!(told(&one("", name), &valued), ["eins: written"]);
    // Which output a value belongs to.
    let named = |outputs: [&str; 2], cells: [&str; 2]| {
        let outputs = outputs.map(|name| format!(r#"name="{name}""#));
        let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
        of(&table("", &["n"], &outputs, &[&["-", cells[0], cells[1]]]))
    };
    let first = named(["a", "b"], ["n + 1", "n + 2"]);
    assert_eq!(told(&first, &named(["b", "a"], ["n + 1", "n + 2"])), differs);
    assert_eq!(told(&first, &named(["b", "a"], ["n + 2", "n + 1"])), ["eins: alike"]);
    // The order of values and computed ones.
    let mixed = |rules: &[&[&str]]| of(&table(&policy("COLLECT"), &["n"], &[name], rules));
    assert_eq!(
        told(
            &mixed(&[&["-", "7"], &["-", "n + 1"]]),
            &mixed(&[&["-", "n + 1"], &["-", "7"]])
        ),
        differs
    );
    // Layout is none of it.
    let spaced = one("", name).replace("n + 1", "n\n  + 1");
    assert_eq!(told(&one("", name), &spaced), nothing);
    assert_eq!(told(&first, &first), nothing);
}

#[test]
fn computed_outputs_show_what_the_table_makes_of_them() {
    let model = |policy: &str| {
        let outputs = [r#"name="eins""#];
        let rules: [&[&str]; 2] = [&["-", "n + 1"], &["-", "2"]];
        let table = table(policy, &["n"], &outputs, &rules);
        parse(&[input("n"), decision("eins", &["n"], &table)].concat())
    };
    let changes = diff(
        &model(r#"hitPolicy="COLLECT" aggregation="SUM""#),
        &model(r#"hitPolicy="ANY""#),
    );
    let Some(Verdict::Table { differences, .. }) = changes.first().map(|change| &change.verdict) else {
        panic!("{changes:?}");
    };
    let sides = [&differences[0].old, &differences[0].new].map(|side| match side {
        Side::Computed { expression, .. } => expression.as_str(),
        other => panic!("{other:?}"),
    });
    assert_eq!(sides, ["SUM [n + 1, 2]", "ANY [n + 1, 2]"]);
}

#[test]
fn a_text_is_not_the_date_it_looks_like() {
    let model = |output: &str| {
        let table = table("", &["n"], &[r#"name="eins""#], &[&["-", output]]);
        [input("n"), decision("eins", &["n"], &table)].concat()
    };
    assert_eq!(
        told(&model(r#""2026-01-01""#), &model(r#"date("2026-01-01")"#)),
        ["eins: 1 differences"]
    );
}

#[test]
fn the_type_of_a_result_and_the_parameters_of_a_function_are_compared() {
    let table = table("", &["n"], &[r#"name="eins""#], &[&["-", "1"]]);
    let model = |ty: &str| {
        let decided = decision("eins", &["n"], &table);
        let typed = format!(r#"<variable name="eins" typeRef="{ty}"/>"#);
        let decided = decided.replace(r#"<variable name="eins"/>"#, &typed);
        [input("n"), decided, decision("zwei", &["eins"], &literal("eins"))].concat()
    };
    assert_eq!(
        told(&model("number"), &model("string")),
        ["eins: types eins", "zwei: on eins"]
    );
    let function = |parameters: [&str; 2]| {
        let [one, other] = parameters.map(|name| format!(r#"<formalParameter name="{name}" typeRef="number"/>"#));
        let table = table.replace("<text>n</text>", "<text>a</text>");
        let function = format!(
            r#"<businessKnowledgeModel id="f" name="f"><variable name="f"/><encapsulatedLogic>{one}{other}{table}</encapsulatedLogic></businessKnowledgeModel>"#
        );
        let call = decision("zwei", &["n"], &literal("f(n, 2)")).replace(
            "<literal",
            r##"<knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement><literal"##,
        );
        [input("n"), function, call].concat()
    };
    assert_eq!(
        told(&function(["a", "b"]), &function(["b", "a"])),
        ["f: types f", "zwei: on f"]
    );
}

#[test]
fn what_rests_on_a_table_that_rests_on_something_changed_is_named() {
    let model = |basis: &str, cell: &str| {
        let rules: [&[&str]; 2] = [&[cell, r#""klein""#], &[">= 100", r#""gross""#]];
        let elements = [
            input("n"),
            decision("basis", &["n"], &literal(basis)),
            decision("stufe", &["basis"], &table("", &["basis"], &[""], &rules)),
            decision("ende", &["stufe"], &literal("stufe")),
        ];
        elements.concat()
    };
    assert_eq!(
        told(&model("n * 2", "< 100"), &model("n * 3", "<100")),
        ["basis: written", "stufe: on basis", "ende: on stufe"]
    );
    assert_eq!(
        told(&model("n * 2", "< 100"), &model("n * 2", "<100")),
        ["stufe: alike"]
    );
    // Null is not below 100, but neither 100 nor above.
    assert_eq!(
        told(&model("n * 2", "< 100"), &model("n * 3", "not(>= 100)")),
        ["basis: written", "stufe: 1 differences", "ende: on stufe"]
    );
}

#[test]
fn columns_that_depend_on_each_other_are_not_said_to_contradict() {
    let two = |columns: &[&str; 2], rules: &[&[&str]]| {
        let table = table("", columns, &[""], rules);
        let elements = [
            input("n"),
            input("m"),
            decision("kind", &["n"], &literal("n < 18")),
            decision("erwachsen", &["n"], &literal("n >= 18")),
            decision("eins", &["n", "m", "kind", "erwachsen"], &table),
        ];
        let checked = checked(&elements.concat());
        let told = checked.overlaps.iter();
        let told = told.map(|overlap| (overlap.first, overlap.second, overlap.direct));
        (told.collect::<Vec<_>>(), checked.is_sound())
    };
    let told = |columns: &[&str; 2], rules: &[&[&str]]| two(columns, rules).0;
    let either: [&[&str]; 2] = [&["true", "-", "1"], &["-", "true", "2"]];
    assert_eq!(two(&["kind", "erwachsen"], &either), (vec![(1, 2, false)], true));
    assert_eq!(
        told(&["n", "n >= 18"], &[&["< 18", "-", "1"], &["-", "true", "2"]]),
        [(1, 2, false)]
    );
    // The same input twice is one column, however it is written.
    assert!(told(&["n", "n"], &[&["< 18", "-", "1"], &["-", ">= 18", "2"]]).is_empty());
    assert!(
        told(&["n", "(n)"], &[&["< 18", "-", "1"], &["-", ">= 18", "2"]])
            .iter()
            .all(|(_, _, direct)| !direct)
    );
    // Inputs hold what they will, and a column no rule of the two looks at does not matter.
    assert_eq!(
        told(&["n", "m"], &[&["< 18", "-", "1"], &["-", ">= 18", "2"]]),
        [(1, 2, true)]
    );
    assert_eq!(
        told(&["n", "kind"], &[&["< 18", "-", "1"], &["[17..20]", "-", "2"]]),
        [(1, 2, true)]
    );
    assert_eq!(
        told(&["n", "kind"], &[&["< 18", "true", "1"], &["[17..20]", "-", "2"]]),
        [(1, 2, false)]
    );
}

#[test]
fn an_overlap_names_only_what_matters() {
    let rules: [&[&str]; 2] = [&["< 18", "-", "1"], &["[10..20]", "-", "2"]];
    let table = table("", &["n", "m"], &[""], &rules);
    let checked = checked(&[input("n"), input("m"), decision("eins", &["n", "m"], &table)].concat());
    let Overlap { inputs, .. } = &checked.overlaps[0];
    assert_eq!(
        (inputs[0].values.as_str(), inputs[1].values.as_str()),
        ("[10..18)", "-")
    );
    assert_eq!(inputs[0].json, json!(10));
}

#[test]
fn a_gap_every_application_can_reach_is_a_mistake_in_any_order_of_columns() {
    let model = |columns: &[&str], rules: &[&[&str]]| {
        let elements = [
            input("n"),
            input("m"),
            decision("stufe", &["m"], &literal("m * 2")),
            decision("eins", &["n", "m", "stufe"], &table("", columns, &[""], rules)),
        ];
        checked(&elements.concat())
    };
    let values = |gap: &Gap| -> Vec<String> { gap.inputs.iter().map(|input| input.values.clone()).collect() };
    let reached = |check: &TableCheck| -> Vec<Vec<String>> {
        let reached = check.gaps.iter().filter(|gap| gap.is_reached());
        reached.map(values).collect()
    };
    let first = model(
        &["stufe", "n"],
        &[&["-", "< 18", "1"], &["> 5", "> 18", "2"], &["<= 5", "> 18", "3"]],
    );
    assert_eq!(reached(&first), [["-", "18"]]);
    let last = model(
        &["n", "stufe"],
        &[&["< 18", "-", "1"], &["> 18", "> 5", "2"], &["> 18", "<= 5", "3"]],
    );
    assert_eq!(reached(&last), [["18", "-"]]);
    assert!(!first.is_sound() && !last.is_sound());
    // Inputs that do not matter there are not told either, in whatever order.
    let other = model(
        &["m", "n"],
        &[&["-", "< 18", "1"], &["> 5", "> 18", "2"], &["<= 5", "> 18", "3"]],
    );
    assert_eq!(reached(&other), [["-", "18"]]);
    // What only some values of a decision leave open stays a hint.
    let some = model(&["stufe", "n"], &[&["> 5", "-", "1"], &["<= 5", "< 18", "2"]]);
    assert!(some.is_sound() && !some.gaps.is_empty());
    // So many hints that they fill the list do not hide it.
    let mut rules: Vec<[String; 4]> = (0..130)
        .map(|k| [(3 * k).to_string(), k.to_string(), "> 18".to_owned(), "1".to_owned()])
        .collect();
    rules.push(["-", "-", "< 18", "2"].map(str::to_owned));
    let cells: Vec<Vec<&str>> = rules
        .iter()
        .map(|rule| rule.iter().map(String::as_str).collect())
        .collect();
    let cells: Vec<&[&str]> = cells.iter().map(Vec::as_slice).collect();
    let many = model(&["stufe", "m + 1", "n"], &cells);
    assert!(many.more_gaps);
    assert_eq!(reached(&many), [["-", "-", "18"]]);
}

#[test]
fn a_contradiction_is_not_hidden_behind_many_possible_ones() {
    let mut rules: Vec<[String; 3]> = (0..60)
        .map(|k| [format!("> {k}"), "-".to_owned(), "1".to_owned()])
        .collect();
    rules.push(["-", "1", "2"].map(str::to_owned));
    rules.push(["-", "[1..2]", "3"].map(str::to_owned));
    let cells: Vec<Vec<&str>> = rules
        .iter()
        .map(|rule| rule.iter().map(String::as_str).collect())
        .collect();
    let cells: Vec<&[&str]> = cells.iter().map(Vec::as_slice).collect();
    let elements = [
        input("n"),
        input("m"),
        decision("stufe", &["m"], &literal("m * 2")),
        decision("eins", &["n", "stufe"], &table("", &["stufe", "n"], &[""], &cells)),
    ];
    let found = checked(&elements.concat());
    let direct = found.overlaps.iter().filter(|overlap| overlap.direct);
    let direct: Vec<(usize, usize)> = direct.map(|overlap| (overlap.first, overlap.second)).collect();
    assert_eq!(direct, [(61, 62)]);
    assert!(found.more_overlaps && !found.is_sound());
}

/// An input of this id and name, which expressions call by the name of its variable.
fn called(id: &str, name: &str, variable: &str) -> String {
    format!(r#"<inputData id="{id}" name="{name}"><variable name="{variable}" typeRef="number"/></inputData>"#)
}

#[test]
fn what_the_variable_of_an_input_is_called_is_compared() {
    let model = |one: [&str; 2], other: [&str; 2]| {
        let inputs = [called("a", one[0], one[1]), called("b", other[0], other[1])];
        [inputs.concat(), decision("eins", &["a", "b"], &literal("x - y"))].concat()
    };
    let old = model(["A", "x"], ["B", "y"]);
    assert_eq!(
        told(&old, &model(["A", "y"], ["B", "x"])),
        ["A: written", "B: written", "eins: on A,B"]
    );
    // Applications name it otherwise.
    assert_eq!(
        told(&old, &model(["C", "x"], ["B", "y"])),
        ["C: Added", "eins: on C", "A: Removed"]
    );
    let nothing: [String; 0] = [];
    assert_eq!(told(&old, &old), nothing);
}

#[test]
fn types_of_one_name_in_two_files_are_told_apart() {
    let ty = |values: &str| {
        format!(
            r#"<itemDefinition name="tArt"><typeRef>string</typeRef><allowedValues><text>{values}</text></allowedValues></itemDefinition>"#
        )
    };
    let logic = r#"<context><contextEntry><variable name="a" typeRef="tArt"/><literalExpression><text>"a"</text></literalExpression></contextEntry></context>"#;
    let imported = definitions(&[ty(r#""a", "b""#), decision("zwei", &[], logic)].concat())
        .replace(r#"namespace="m""#, r#"namespace="n""#);
    let model = |values: &str| {
        let import =
            r#"<import name="andere" namespace="n" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>"#;
        let body = [import, &ty(values), &decision("eins", &[], logic)].concat();
        let (model, findings) = Decisions::parse_importing(&definitions(&body), &[&imported]).unwrap();
        assert!(findings.is_empty(), "{findings:?}");
        model
    };
    let changes = diff(&model(r#""a", "b""#), &model(r#""a""#));
    let names: Vec<&str> = changes.iter().map(|change| change.name.as_str()).collect();
    assert_eq!(names, ["eins"], "{changes:?}");
}

/// A table over the list `x`, which cannot be cut into regions, and what it takes there.
fn of_a_list(values: &str) -> String {
    let table = table("", &["x"], &[""], &[&["-", "1"]]).replace(
        "</inputExpression>",
        &format!("</inputExpression><inputValues><text>{values}</text></inputValues>"),
    );
    let list = r#"<itemDefinition name="tListe" isCollection="true"><typeRef>string</typeRef></itemDefinition>"#;
    let input = r#"<inputData id="x" name="x"><variable name="x" typeRef="tListe"/></inputData>"#;
    [list, input, &decision("eins", &["x"], &table)].concat()
}

#[test]
fn what_a_column_takes_that_cannot_be_analysed_is_not_said_to_be_alike() {
    let old = of_a_list(r#""a", "b""#);
    assert_eq!(told(&old, &of_a_list(r#""a""#)), ["eins: 0 differences"]);
    let without = old.replace("<inputValues>", "<!--").replace("</inputValues>", "-->");
    assert_eq!(told(&old, &without), ["eins: 0 differences"]);
    assert_eq!(told(&old, &old.replace(r#""a", "b""#, r#""a",  "b""#)), [""; 0]);
    assert_eq!(
        told(&old, &old.replace("<text>-</text>", "<text></text>")),
        ["eins: alike"]
    );
}

#[test]
fn a_column_that_may_fail_is_missed_when_it_is_gone() {
    let types = r#"<itemDefinition name="tAntrag"><itemComponent name="a"><typeRef>number</typeRef></itemComponent>
<itemComponent name="b"><typeRef>number</typeRef></itemComponent></itemDefinition>
<inputData id="x" name="x"><variable name="x" typeRef="tAntrag"/></inputData>"#;
    let model = |columns: &[&str]| {
        let rule: Vec<&str> = columns.iter().map(|_| "-").chain(["1"]).collect();
        let table = table("", columns, &[""], &[&rule]);
        [types, &input("n"), &decision("eins", &["n", "x"], &table)].concat()
    };
    let differs = ["eins: 0 differences"];
    assert_eq!(told(&model(&["n", "10 / n"]), &model(&["n"])), differs);
    assert_eq!(told(&model(&["n", "x.a"]), &model(&["n"])), differs);
    // What is left fails where it failed.
    assert_eq!(told(&model(&["x.b", "x.a"]), &model(&["x.b"])), ["eins: alike"]);
    assert_eq!(told(&model(&["x.a", "n"]), &model(&["x.a"])), ["eins: alike"]);
}

/// A table over `n`, which has no type.
fn untyped(column: &str, rules: &[&[&str]]) -> String {
    let table = table("", &["n"], &[""], rules).replace("<inputExpression>", column);
    let input = r#"<inputData id="n" name="n"><variable name="n"/></inputData>"#;
    [input, &decision("eins", &["n"], &table)].concat()
}

#[test]
fn a_column_without_a_type_may_hold_values_of_another_kind() {
    // What the column is said to hold is not looked at when it is evaluated.
    for column in ["<inputExpression>", r#"<inputExpression typeRef="number">"#] {
        let asked = |rules: &[&[&str]], text: &str| {
            let asked = parse(&untyped(column, rules)).decide("eins", &json!({ "n": text }));
            asked.ok().map(|outcome| serde_json::Value::from(outcome.value))
        };
        // They cannot be compared: that is an error, also where nothing else differs.
        let compared: &[&[&str]] = &[&["5, null", "1"], &["not(5, null)", "1"]];
        assert_eq!(
            (asked(compared, "abc"), asked(&[&["-", "1"]], "abc")),
            (None, Some(json!(1)))
        );
        assert_eq!(
            told(&untyped(column, compared), &untyped(column, &[&["-", "1"]])),
            ["eins: 1 differences"],
            "{column}"
        );
        assert_eq!(
            told(
                &untyped(column, &[&["not(5)", "1"], &["5", "2"]]),
                &untyped(column, &[&["< 5, > 5, null", "1"], &["5", "2"]]),
            ),
            ["eins: alike"],
            "{column}"
        );
        let rules: &[&[&str]] = &[&["< 5", "1"], &[">= 5", "2"], &["null", "3"]];
        let table = checked(&untyped(column, rules));
        let [gap] = table.gaps.as_slice() else {
            panic!("{table:?}");
        };
        assert_eq!((gap.kind, gap.direct), (GapKind::OtherKind, true));
        assert_eq!(gap.inputs[0].values, "not(null, ? instance of number)");
        assert_eq!(asked(rules, gap.inputs[0].json.as_str().unwrap()), None);
        // A type would close it; without one it is a hint.
        assert!(table.is_sound());
    }
    // Nor is null all that a column compared with null may hold.
    let nulls = |other: &str| untyped("<inputExpression>", &[&["null", "1"], &["not(null)", other]]);
    assert_eq!(told(&nulls("2"), &nulls("3")), ["eins: 1 differences"]);
}
