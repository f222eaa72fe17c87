//! The tools against the engine itself: every verdict is compared with asking the table over a grid of inputs.

use crate::{DecisionError, Decisions, GapKind, HitPolicy, Verdict, diff};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::fmt::Write;

const HEAD: &str = r##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="m">
<inputData id="n" name="n"><variable name="n" typeRef="number"/></inputData>
<inputData id="s" name="s"><variable name="s" typeRef="string"/></inputData>
<inputData id="b" name="b"><variable name="b" typeRef="boolean"/></inputData>
<inputData id="d" name="d"><variable name="d" typeRef="date"/></inputData>
<decision id="t" name="t"><variable name="t"/>
<informationRequirement><requiredInput href="#n"/></informationRequirement>
<informationRequirement><requiredInput href="#s"/></informationRequirement>
<informationRequirement><requiredInput href="#b"/></informationRequirement>
<informationRequirement><requiredInput href="#d"/></informationRequirement>"##;

const COLUMNS: [&str; 4] = ["n", "s", "b", "d"];

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn table(policy: &str, rules: &[([String; 4], String)]) -> String {
    let mut xml = HEAD.to_owned();
    write!(xml, r#"<decisionTable {policy}>"#).unwrap();
    for column in COLUMNS {
        write!(
            xml,
            "<input><inputExpression><text>{column}</text></inputExpression></input>"
        )
        .unwrap();
    }
    xml += r#"<output name="t"><outputValues><text>1, 2, 3</text></outputValues></output>"#;
    for (cells, output) in rules {
        xml += "<rule>";
        for cell in cells {
            write!(xml, "<inputEntry><text>{}</text></inputEntry>", escape(cell)).unwrap();
        }
        write!(xml, "<outputEntry><text>{output}</text></outputEntry></rule>").unwrap();
    }
    xml + "</decisionTable></decision></definitions>"
}

fn one_of(choices: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(choices).prop_map(str::to_owned)
}

fn numbers() -> impl Strategy<Value = String> {
    let test = || {
        prop_oneof![
            one_of(&["<", "<=", ">", ">=", ""]).prop_flat_map(|sign| (0..5).prop_map(move |n| format!("{sign} {n}"))),
            (0..4, 0..3, one_of(&["[", "(", "]"]), one_of(&["]", ")", "["]))
                .prop_map(|(from, more, open, close)| format!("{open}{from}..{}{close}", from + more)),
            one_of(&["2.5", "null"]),
        ]
    };
    prop_oneof![
        2 => Just("-".to_owned()),
        3 => test(),
        1 => (test(), test()).prop_map(|(one, other)| format!("{one}, {other}")),
        1 => test().prop_map(|one| format!("not({one})")),
    ]
}

fn texts() -> impl Strategy<Value = String> {
    one_of(&[
        "-",
        "-",
        r#""a""#,
        r#""a", "b""#,
        r#"not("a")"#,
        r#"not("a", "c")"#,
        "null",
        r#"not(null)"#,
    ])
}

fn dates() -> impl Strategy<Value = String> {
    one_of(&[
        "-",
        "-",
        r#"< date("2026-01-01")"#,
        r#">= date("2026-01-01")"#,
        r#"date("2026-01-02")"#,
        r#"(date("2026-01-01")..date("2026-01-03"))"#,
        r#"> date("2026-01-01")"#,
    ])
}

fn rules() -> impl Strategy<Value = Vec<([String; 4], String)>> {
    let cells = (
        numbers(),
        texts(),
        one_of(&["-", "-", "true", "false", "not(true)"]),
        dates(),
    );
    let rule = (cells, one_of(&["1", "2", "3"])).prop_map(|((n, s, b, d), output)| ([n, s, b, d], output));
    prop::collection::vec(rule, 1..7)
}

/// Every value that cells can tell apart, and then some.
fn grid() -> Vec<[Json; 4]> {
    let numbers = [
        json!(null),
        json!(-1),
        json!(0),
        json!(0.5),
        json!(1),
        json!(1.5),
        json!(2),
        json!(2.2),
        json!(2.5),
        json!(2.7),
        json!(3),
        json!(3.5),
        json!(4),
        json!(4.5),
        json!(5),
        json!(5.5),
        json!(6),
        json!(7),
    ];
    let texts = [json!(null), json!("a"), json!("b"), json!("c"), json!("other")];
    let dates = [
        json!(null),
        json!("2025-12-31"),
        json!("2026-01-01"),
        json!("2026-01-02"),
        json!("2026-01-03"),
        json!("2026-01-04"),
    ];
    let mut all = Vec::new();
    for n in &numbers {
        for s in &texts {
            for b in [json!(null), json!(true), json!(false)] {
                for d in &dates {
                    all.push([n.clone(), s.clone(), b.clone(), d.clone()]);
                }
            }
        }
    }
    all
}

fn input(values: &[Json; 4]) -> Json {
    json!({ "n": values[0], "s": values[1], "b": values[2], "d": values[3] })
}

/// The example of a region as an input; what may be anything is null.
fn example(inputs: &[crate::Condition]) -> Json {
    let mut object = serde_json::Map::new();
    for (name, condition) in COLUMNS.iter().zip(inputs) {
        object.insert((*name).to_owned(), condition.json.clone());
    }
    Json::Object(object)
}

/// Rows of the rules that match, with a policy that lists them all.
fn matching(all: &Decisions, input: &Json) -> Vec<usize> {
    let outcome = all.decide("t", input).unwrap();
    let step = outcome.explanation.decisions.last().unwrap();
    step.rules.iter().map(|rule| rule.index).collect()
}

fn parse(policy: &str, rules: &[([String; 4], String)]) -> Decisions {
    Decisions::parse(&table(policy, rules)).unwrap()
}

proptest! {
    // Each asks a table some thousand times.
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 40 } else { 150 }))]
    #[test]
    fn gaps_and_overlaps_are_those_a_grid_finds(rules in rules()) {
        let all = parse(r#"hitPolicy="COLLECT""#, &rules);
        let unique = parse(r#"hitPolicy="UNIQUE""#, &rules).check().tables.remove(0);
        prop_assert!(unique.not_analysed.is_empty() && !unique.gave_up);
        for gap in &unique.gaps {
            let example = example(&gap.inputs);
            prop_assert!(matching(&all, &example).is_empty(), "{} is no gap", example);
        }
        for overlap in &unique.overlaps {
            let found = matching(&all, &example(&overlap.inputs));
            prop_assert!(found.contains(&overlap.first) && found.contains(&overlap.second), "{:?}", overlap);
        }
        let mut uncovered = false;
        let mut together = std::collections::BTreeSet::new();
        let mut matched = std::collections::BTreeSet::new();
        for values in grid() {
            let found = matching(&all, &input(&values));
            uncovered |= found.is_empty();
            matched.extend(found.iter().copied());
            for (index, first) in found.iter().enumerate() {
                together.extend(found[index + 1..].iter().map(|second| (*first, *second)));
            }
        }
        prop_assert_eq!(uncovered, !unique.gaps.is_empty());
        let told: std::collections::BTreeSet<_> = unique.overlaps.iter().map(|pair| (pair.first, pair.second)).collect();
        prop_assert_eq!(together, told);
        let never: Vec<usize> = (1..=rules.len()).filter(|rule| !matched.contains(rule)).collect();
        let unreachable: Vec<usize> = unique.unreachable.iter().map(|rule| rule.rule).collect();
        prop_assert_eq!(never, unreachable);
    }

    #[test]
    fn unreachable_rules_are_those_that_never_give_the_result(rules in rules(), priority in any::<bool>()) {
        let policy = if priority { r#"hitPolicy="PRIORITY""# } else { r#"hitPolicy="FIRST""# };
        let model = parse(policy, &rules);
        let check = model.check().tables.remove(0);
        let mut applied = std::collections::BTreeSet::new();
        for values in grid() {
            match model.decide("t", &input(&values)) {
                Ok(outcome) => {
                    let step = outcome.explanation.decisions.last().unwrap();
                    applied.extend(step.rules.iter().filter(|rule| rule.applied).map(|rule| rule.index));
                }
                Err(error) => {
                    let no_rule = matches!(error, DecisionError::NoRule { .. });
                    prop_assert!(no_rule);
                }
            }
        }
        let never: Vec<usize> = (1..=rules.len()).filter(|rule| !applied.contains(rule)).collect();
        let unreachable: Vec<usize> = check.unreachable.iter().map(|rule| rule.rule).collect();
        prop_assert_eq!(never, unreachable);
    }

    #[test]
    fn differences_are_those_a_grid_finds(old in rules(), new in rules(), policy in 0..5_usize) {
        let policy = [
            r#"hitPolicy="FIRST""#,
            r#"hitPolicy="UNIQUE""#,
            r#"hitPolicy="COLLECT" aggregation="SUM""#,
            r#"hitPolicy="ANY""#,
            r#"hitPolicy="OUTPUT ORDER""#,
        ][policy];
        let (old, new) = (parse(policy, &old), parse(policy, &new));
        let ask = |model: &Decisions, input: &Json| model.decide("t", input).ok().map(|outcome| Json::from(outcome.value));
        let mut differ = false;
        for values in grid() {
            let input = input(&values);
            differ |= ask(&old, &input) != ask(&new, &input);
        }
        let changes = diff(&old, &new);
        let differences = match changes.first().map(|change| &change.verdict) {
            None => vec![],
            Some(Verdict::Table { differences, .. }) => differences.clone(),
            Some(other) => panic!("{other:?}"),
        };
        prop_assert_eq!(differ, !differences.is_empty());
        for difference in &differences {
            let input = example(&difference.inputs);
            prop_assert_ne!(ask(&old, &input), ask(&new, &input), "{}", input);
        }
    }
}

fn rule(cells: [&str; 4], output: &str) -> ([String; 4], String) {
    (cells.map(str::to_owned), output.to_owned())
}

#[test]
fn a_gap_is_told_with_its_values_and_an_example() {
    let model = parse(
        "",
        &[
            rule(["< 18", "-", "-", "-"], "1"),
            rule(["(18..65)", "-", "-", "-"], "2"),
            rule([">= 65", r#"not("x")"#, "-", "-"], "3"),
        ],
    );
    let check = model.check();
    let table = &check.tables[0];
    assert_eq!(table.hit_policy, HitPolicy::Unique);
    let told: Vec<[&str; 2]> = table
        .gaps
        .iter()
        .map(|gap| [&*gap.inputs[0].values, &*gap.inputs[1].values])
        .collect();
    assert_eq!(told, [["18", "-"], [">= 65", r#""x""#], ["null", "-"]]);
    assert_eq!(table.gaps[1].inputs[0].json, json!(65));
    let kinds: Vec<GapKind> = table.gaps.iter().map(|gap| gap.kind).collect();
    assert_eq!(kinds, [GapKind::Values, GapKind::Values, GapKind::Missing]);
    assert!(table.gaps[0].is_reached() && !table.is_sound());
    assert_eq!(table.unused_columns, ["b", "d"]);
    assert!(table.overlaps.is_empty());
}

#[test]
fn numbers_between_whole_ones_are_a_gap_of_their_own() {
    let model = parse(
        "",
        &[rule(["<= 1", "-", "-", "-"], "1"), rule([">= 2", "-", "-", "-"], "2")],
    );
    let table = model.check().tables.remove(0);
    let told: Vec<(&str, GapKind)> = table
        .gaps
        .iter()
        .map(|gap| (&*gap.inputs[0].values, gap.kind))
        .collect();
    assert_eq!(told, [("(1..2)", GapKind::Fractions), ("null", GapKind::Missing)]);
    assert!(table.is_sound());
}

#[test]
fn what_cannot_be_analysed_is_named_and_not_guessed_about() {
    let model = parse(
        "",
        &[
            rule(["> 5", "-", "-", "-"], "1"),
            rule(["? < 3 or b", "-", "-", "-"], "2"),
            rule(["[3..5]", "-", "-", "-"], "3"),
        ],
    );
    let table = model.check().tables.remove(0);
    let cells: Vec<(usize, &str)> = table
        .not_analysed
        .iter()
        .map(|cell| (cell.rule, &*cell.column))
        .collect();
    assert_eq!(cells, [(2, "n")]);
    assert_eq!((table.gaps.len(), table.overlaps.len()), (0, 0));
}

#[test]
fn allowed_values_close_a_column() {
    let xml = table(
        "",
        &[
            rule(["[0..10]", r#""a""#, "-", "-"], "1"),
            rule(["[0..10]", r#""b""#, "-", "-"], "2"),
        ],
    );
    let closed = xml
        .replace(
            "<text>n</text></inputExpression>",
            "<text>n</text></inputExpression><inputValues><text>[0..10]</text></inputValues>",
        )
        .replace(
            "<text>s</text></inputExpression>",
            "<text>s</text></inputExpression><inputValues><text>\"a\", \"b\"</text></inputValues>",
        );
    assert!(!Decisions::parse(&xml).unwrap().check().tables[0].gaps.is_empty());
    assert!(Decisions::parse(&closed).unwrap().check().tables[0].gaps.is_empty());
}

#[test]
fn what_nobody_names_is_told() {
    let xml = table("", &[rule(["-", "-", "-", "-"], "1")]).replace(
        "<decision ",
        r#"<inputData id="z" name="z"><variable name="z"/></inputData><decision "#,
    );
    let unused = serde_json::to_value(Decisions::parse(&xml).unwrap().check().unused).unwrap();
    assert_eq!(unused, json!([{ "kind": "input", "name": "z" }]));
}

#[test]
fn a_table_with_columns_of_its_own_is_compared_too() {
    let old = parse(
        "",
        &[
            rule(["-", "-", "true", "-"], "1"),
            rule(["-", "-", "not(true)", "-"], "2"),
        ],
    );
    let new = parse(
        "",
        &[
            rule(["-", "-", "true", "-"], "1"),
            rule(["-", "-", "not(true)", "-"], "3"),
        ],
    );
    let changes = diff(&old, &new);
    let Some(Verdict::Table { differences, .. }) = changes.first().map(|change| &change.verdict) else {
        panic!("{changes:?}");
    };
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].inputs[2].values, "false, null");
    assert!(diff(&old, &old).is_empty());
}

#[test]
fn invented_inputs_find_a_changed_expression() {
    let model = |expression: &str| {
        let xml = format!(
            r##"{HEAD}<literalExpression><text>{}</text></literalExpression></decision></definitions>"##,
            escape(expression)
        );
        Decisions::parse(&xml).unwrap()
    };
    let (old, new) = (model("if n > 18 then 1 else 2"), model("if n >= 18 then 1 else 2"));
    let tried = crate::try_inputs(&old, &new, "t", 500);
    assert!(tried.differ > 0 && tried.decided > 400, "{tried:?}");
    assert!(tried.examples.iter().all(|example| example.input["n"] == 18));
    assert_eq!(crate::try_inputs(&old, &old, "t", 100).differ, 0);
}

/// A table of one column of this type.
fn column(ty: &str, cells: &[&str]) -> Decisions {
    let mut xml = format!(
        r##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="m">
<inputData id="x" name="x"><variable name="x" typeRef="{ty}"/></inputData><decision id="t" name="t"><variable name="t"/>
<informationRequirement><requiredInput href="#x"/></informationRequirement><decisionTable>
<input><inputExpression><text>x</text></inputExpression></input><output name="t"/>"##
    );
    for (index, cell) in cells.iter().enumerate() {
        let cell = escape(cell);
        write!(
            xml,
            "<rule><inputEntry><text>{cell}</text></inputEntry><outputEntry><text>{index}</text></outputEntry></rule>"
        )
        .unwrap();
    }
    Decisions::parse(&(xml + "</decisionTable></decision></definitions>")).unwrap()
}

#[test]
fn neighbours_are_those_of_the_type() {
    for (ty, below, above, gap) in [
        // Days and months are counted, so that nothing lies between neighbours.
        ("date", r#"<= date("2026-02-28")"#, r#">= date("2026-03-01")"#, None),
        (
            "date",
            r#"<= date("2026-02-28")"#,
            r#">= date("2026-03-02")"#,
            Some("2026-03-01"),
        ),
        (
            "yearMonthDuration",
            r#"<= duration("P11M")"#,
            r#">= duration("P1Y")"#,
            None,
        ),
        (
            "yearMonthDuration",
            r#"<= duration("P11M")"#,
            r#"> duration("P1Y")"#,
            Some("P1Y"),
        ),
        // Time is divided into nanoseconds.
        (
            "time",
            r#"<= time("12:00:00")"#,
            r#"> time("12:00:00.000000001")"#,
            Some("12:00:00.000000001"),
        ),
        (
            "time",
            r#"<= time("12:00:00")"#,
            r#">= time("12:00:00.000000001")"#,
            None,
        ),
        ("time", r#"<= time("23:59:59")"#, r#"> time("23:59:59")"#, None),
        (
            "dateTime",
            r#"< date and time("2026-01-01T00:00:00")"#,
            r#"> date and time("2026-01-01T00:00:00")"#,
            Some("2026-01-01T00:00:00"),
        ),
        (
            "dayTimeDuration",
            r#"<= duration("P1D")"#,
            r#">= duration("P2D")"#,
            Some("P1DT1S"),
        ),
        ("number", "<= 1.5", ">= 1.50000001", Some("1.500000005")),
        ("string", r#"< "m""#, r#"> "m""#, Some("m")),
        ("string", r#"<= "m""#, r#"> "m""#, None),
    ] {
        let model = column(ty, &[below, above]);
        let table = model.check().tables.remove(0);
        assert!(table.not_analysed.is_empty(), "{ty}: {table:?}");
        let found: Vec<&Json> = table
            .gaps
            .iter()
            .filter(|gap| gap.kind != GapKind::Missing)
            .map(|gap| &gap.inputs[0].json)
            .collect();
        let expected: Vec<Json> = gap
            .into_iter()
            .map(|gap| if ty == "number" { json!(1.500000005) } else { json!(gap) })
            .collect();
        assert_eq!(found, expected.iter().collect::<Vec<_>>(), "{ty} {below} {above}");
        for example in found {
            let asked = model.decide("t", &json!({ "x": example }));
            assert!(
                matches!(asked, Err(DecisionError::NoRule { .. })),
                "{ty} {example}: {asked:?}"
            );
        }
    }
}

const TYPED: &str = r##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="m">
<itemDefinition name="tArt"><typeRef>string</typeRef><allowedValues><text>"a", "b"</text></allowedValues></itemDefinition>
<itemDefinition name="tAntrag"><itemComponent name="art"><typeRef>tArt</typeRef></itemComponent>
<itemComponent name="zahl"><typeRef>number</typeRef></itemComponent></itemDefinition>
<inputData id="x" name="x"><variable name="x" typeRef="tAntrag"/></inputData>
<decision id="d" name="d"><variable name="d" typeRef="tArt"/><informationRequirement><requiredInput href="#x"/></informationRequirement>
<literalExpression><text>x.art</text></literalExpression></decision>
<decision id="e" name="e"><variable name="e"/><literalExpression><text>1</text></literalExpression></decision></definitions>"##;

#[test]
fn a_type_that_is_declared_otherwise_is_a_difference() {
    let told = |from: &str, to: &str| -> Vec<String> {
        assert!(TYPED.contains(from));
        let (old, new) = (
            Decisions::parse(TYPED).unwrap(),
            Decisions::parse(&TYPED.replace(from, to)).unwrap(),
        );
        let changes = diff(&old, &new);
        assert!(changes.iter().all(|change| !change.verdict.is_alike()), "{changes:?}");
        changes
            .iter()
            .map(|change| match &change.verdict {
                Verdict::Types { names } => format!("{}: {}", change.name, names.join(",")),
                Verdict::RestsOnChanged { on } => format!("{} on {}", change.name, on.join(",")),
                other => format!("{} {other:?}", change.name),
            })
            .collect()
    };
    // Of the input, and of the result of `d`.
    assert_eq!(told(r#""a", "b""#, r#""a", "b", "c""#), ["x: x", "d: tArt", "d on x"]);
    assert_eq!(
        told(
            r#"<itemComponent name="zahl"><typeRef>number"#,
            r#"<itemComponent name="zahl"><typeRef>string"#
        ),
        ["x: x", "d on x"]
    );
    assert_eq!(told(r#"typeRef="tAntrag""#, r#"typeRef="Any""#), ["x: x", "d on x"]);
    // Layout, the order of members and a name nobody uses mean nothing.
    assert!(told(r#""a", "b""#, "\"a\",\n \"b\"").is_empty());
    let unused = r#"<itemDefinition name="tOhne"><typeRef>string</typeRef></itemDefinition><inputData"#;
    assert!(told("<inputData", unused).is_empty());
}

#[test]
fn invented_inputs_are_what_either_version_takes() {
    let wider = TYPED.replace(r#""a", "b""#, r#""a", "b", "c""#);
    for (old, new) in [(TYPED, wider.as_str()), (wider.as_str(), TYPED)] {
        let tried = crate::try_inputs(
            &Decisions::parse(old).unwrap(),
            &Decisions::parse(new).unwrap(),
            "d",
            200,
        );
        assert!(tried.differ > 0, "{tried:?}");
    }
}

fn compared(old: &str, new: &str) -> Vec<crate::Difference> {
    let (old, new) = (Decisions::parse(old).unwrap(), Decisions::parse(new).unwrap());
    match diff(&old, &new).into_iter().next().map(|change| change.verdict) {
        Some(Verdict::Table {
            differences,
            more: false,
            gave_up: false,
            ..
        }) => differences,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_only_one_version_of_a_column_takes_is_compared() {
    let model = |values: &str, rules: &[([String; 4], String)]| {
        table("", rules).replace(
            "<text>s</text></inputExpression>",
            &format!("<text>s</text></inputExpression><inputValues><text>{values}</text></inputValues>"),
        )
    };
    let both = [
        rule(["-", r#""a""#, "-", "-"], "1"),
        rule(["-", r#""b""#, "-", "-"], "2"),
    ];
    let three = [&both[..], &[rule(["-", r#""c""#, "-", "-"], "3")]].concat();
    let (narrow, wide) = (r#""a", "b""#, r#""a", "b", "c""#);
    for (old, new) in [
        (model(narrow, &both), model(wide, &three)),
        (model(wide, &three), model(narrow, &both)),
    ] {
        let differences = compared(&old, &new);
        assert_eq!(differences.len(), 1, "{differences:?}");
        assert_eq!(differences[0].inputs[1].values, r#""c""#);
    }
    // The old version takes no `c`, whatever its rules say.
    let any = [rule(["-", "-", "-", "-"], "1")];
    let differences = compared(&model(narrow, &any), &model(wide, &any));
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert!(matches!(&differences[0].old, crate::Side::Error { message, .. } if message == "a value is not allowed"));
    // Without allowed values every text is taken.
    let differences = compared(&table("", &any), &model(narrow, &any));
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert_eq!(differences[0].inputs[1].values, r#"not("a", "b"), null"#);
}

#[test]
fn a_default_of_the_same_value_decides_alike() {
    let first = r#"hitPolicy="FIRST""#;
    let with_rule = table(
        first,
        &[rule(["> 1", "-", "-", "-"], "1"), rule(["-", "-", "-", "-"], "2")],
    );
    let with_default = |value: &str| {
        table(first, &[rule(["> 1", "-", "-", "-"], "1")]).replace(
            "</outputValues>",
            &format!("</outputValues><defaultOutputEntry><text>{value}</text></defaultOutputEntry>"),
        )
    };
    assert!(compared(&with_rule, &with_default("2")).is_empty());
    assert_eq!(compared(&with_rule, &with_default("3")).len(), 1);
    assert_eq!(compared(&with_rule, &with_default("1 + 1")).len(), 1);
    // It is no output value.
    let differences = compared(&with_rule, &with_default("4"));
    assert!(
        matches!(differences[0].new, crate::Side::Error { .. }),
        "{differences:?}"
    );
}

#[test]
fn another_output_of_a_service_is_a_difference() {
    let model = |output: &str| {
        let service = format!(
            r##"<decisionService id="s" name="s"><variable name="s"/><outputDecision href="#{output}"/></decisionService></definitions>"##
        );
        Decisions::parse(&TYPED.replace("</definitions>", &service)).unwrap()
    };
    assert!(diff(&model("e"), &model("e")).is_empty());
    let changes = diff(&model("e"), &model("d"));
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0].name, "s");
}

#[test]
fn names_of_several_words_are_found() {
    let model = |expression: &str| {
        let xml = TYPED
            .replace(r#"name="zahl""#, r#"name="Zahl der Hunde""#)
            .replace("x.art", expression);
        let unused = Decisions::parse(&xml).unwrap().check().unused;
        serde_json::to_value(unused).unwrap()
    };
    assert_eq!(model("x.art + string(x.Zahl der Hunde)"), json!([]));
    assert_eq!(model("x.art"), json!([{"kind": "member", "path": "x.Zahl der Hunde"}]));
    assert_eq!(
        model("\"Hunde der Zahl\" + x.art"),
        json!([{"kind": "member", "path": "x.Zahl der Hunde"}])
    );
}
