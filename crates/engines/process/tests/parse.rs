//! What is refused, with line and reason; real models; mutated models.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::PathBuf;

use common::{file, model};
use proptest::prelude::*;
use serde_json::json;
use wegfrei_process::{Effect, Input, Kind, Process, TimerSpec};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// Each finding as `line: message`; `expected` holds parts of them, in order.
fn check(xml: &str, expected: &[(u32, &str)]) {
    let findings = match Process::parse(xml) {
        Ok(_) => Vec::new(),
        Err(findings) => findings,
    };
    let got: Vec<String> = findings.iter().map(|f| format!("{}: {}", f.line, f.message)).collect();
    assert_eq!(got.len(), expected.len(), "{got:#?}\n{xml}");
    for ((line, part), (finding, got)) in expected.iter().zip(findings.iter().zip(&got)) {
        assert!(
            finding.line == *line && got.contains(part),
            "{got}, expected {line}: …{part}…\n{xml}"
        );
        assert!(!finding.help.is_empty() && finding.column > 0, "{got}");
    }
}

#[test]
fn every_mistake_is_named_with_its_line() {
    let whole = "<startEvent id='s'/>\n<endEvent id='e'/>\n<sequenceFlow id='f' sourceRef='s' targetRef='e'/>";
    check(&file(whole), &[]);
    check("", &[(1, "Kein lesbares XML")]);
    check("<a>\n<b></a>", &[(2, "Kein lesbares XML")]);
    check("<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", &[(1, "Kein lesbares XML")]);
    check("<definitions/>", &[(1, "Keine BPMN-2.0-Datei")]);
    check(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'/>",
        &[(1, "keinen Prozess")],
    );
    let two = file(whole).replace("</definitions>", "<process id='q'/></definitions>");
    check(&two, &[(1, "2 Prozesse")]);
    check(
        &file(&format!("{whole}<dataObject id='e'/>")),
        &[(5, "gibt es zweimal")],
    );
    check(&file(&whole.replace("'f'", "''")), &[(5, "keine Id")]);
    check(
        &file(&whole.replace(
            "<endEvent id='e'/>",
            "<endEvent id='e'><incoming>g</incoming></endEvent>",
        )),
        &[(4, "unbekannten Fluss `g`")],
    );
    check(
        &file(&whole.replace(
            "<startEvent id='s'/>",
            "<startEvent id='s'><timerEventDefinition/></startEvent>",
        )),
        &[(3, "sagt nicht, wann")],
    );
    let lanes = |inside: &str| file(&format!("{whole}<laneSet>{inside}</laneSet>"));
    check(
        &lanes("<lane id='l'><flowNodeRef>x</flowNodeRef></lane>"),
        &[(5, "unbekannte Element `x`")],
    );
    check(&lanes("<lane><flowNodeRef>s</flowNodeRef></lane>"), &[(5, "keine Id")]);
    let drawn = file(whole).replace(
        "</definitions>",
        "<BPMNDiagram><BPMNShape bpmnElement='gone'/></BPMNDiagram></definitions>",
    );
    check(&drawn, &[(6, "Die Zeichnung nennt")]);
    let language = file(whole).replace(
        "<definitions ",
        "<definitions expressionLanguage='http://www.w3.org/1999/XPath' ",
    );
    check(&language, &[(1, "XPath")]);

    let bad = |text: &str, expected: &[(u32, &str)]| check(&model(text), expected);
    // Only FEEL is reckoned: what is written in another language would mean something else.
    let script = model("s: start\nd: data\nt: script d = 1 + 1\ne: end\ns -> t\nt -> e");
    for (format, reason) in [
        ("javascript", "Berechnung von `t` ist in `javascript` geschrieben"),
        ("text/x-groovy", "Berechnung von `t` ist in `text/x-groovy` geschrieben"),
    ] {
        check(&script.replace("'feel'", &format!("'{format}'")), &[(5, reason)]);
    }
    for format in [
        "'FEEL'",
        "'text/x-feel'",
        "'https://www.omg.org/spec/DMN/20191111/FEEL/'",
    ] {
        check(&script.replace("'feel'", format), &[]);
    }
    bad("e: end", &[(2, "kein Startereignis")]);
    let work = |first: &str, second: &str| {
        format!("s: start\nu: user {first}\nv: user {second}\ne: end\ns -> u\nu -> v\nv -> e")
    };
    bad(&work("pruefung", "freigabe"), &[]);
    bad(&work("pruefung", "nachreichung"), &[]);
    bad(&work("freigabe", "pruefung"), &[(4, "kein Weg von einer Prüfung")]);
    bad(&work("nachreichung", ""), &[(4, "kein Weg von einer Prüfung")]);
    bad(&work("putzen", ""), &[(4, "`putzen` gibt es nicht")]);
    check(
        &file(&whole.replace("<endEvent id='e'/>", "<endEvent id='e' w:work='freigabe'/>")),
        &[(4, "keine Aufgabe für Menschen")],
    );
    bad("s: start", &[(2, "kein Endereignis"), (3, "Sackgasse")]);
    bad(
        "s: start\nt: start\ne: end\ns -> e\nt -> e",
        &[(4, "zweites Startereignis")],
    );
    bad("s: start\nu: user\ne: end\ns -> e\nu -> e", &[(4, "nicht erreichbar")]);
    bad(
        "s: start\nu: user\ne: end\nf: and\ns -> f\nf -> u\nf -> e",
        &[(4, "Sackgasse")],
    );
    bad(
        "s: start\ne: end\nf: and\nu: user\ns -> f\nf -> e\nf -> u\nu -> u",
        &[(6, "führt kein Weg zu einem Ende")],
    );
    bad(
        "s: start\ne: end\ns -> e\ne -> s",
        &[(3, "führt ein Fluss"), (4, "Aus dem Ende")],
    );
    bad(
        "s: start\ne: end\ns -> nowhere",
        &[
            (3, "Sackgasse"),
            (4, "nicht erreichbar"),
            (5, "targetRef das unbekannte Element `nowhere`"),
        ],
    );
    let choice = "s: start\nx: xor\na: end\nb: end\ns -> x\n";
    bad(
        &format!("{choice}x -> a [a = 1]\nx -> b"),
        &[(4, "fehlt der Standardweg"), (9, "fehlt die Bedingung")],
    );
    bad(&format!("{choice}x -> a\nx -> b *"), &[(8, "fehlt die Bedingung")]);
    bad(
        &format!("{choice}x -> a [a = 1]\nx -> b [b = 1]"),
        &[(4, "fehlt der Standardweg")],
    );
    bad(&format!("{choice}x -> a [a =]\nx -> b *"), &[(8, "kein gültiger FEEL")]);
    let xml = model(&format!("{choice}x -> a [a]\nx -> b *")).replace("default='f3'", "default='f1'");
    check(
        &xml,
        &[
            (4, "fehlt der Standardweg"),
            (4, "Standardweg `f1` geht nicht"),
            (9, "fehlt die Bedingung"),
        ],
    );
    bad(
        "s: start\nu: user\ne: end\ns -> u\nu -> e [a]",
        &[(4, "fehlt der Standardweg")],
    );
    bad(
        "s: start\ne: end\nf: and\ns -> f\nf -> e [a]",
        &[(7, "würde nie geprüft")],
    );
    bad(
        "s: start\nu: call \nd: decide \ne: end\ns -> u\nu -> d\nd -> e",
        &[(4, "die Operation fehlt"), (5, "die Entscheidung fehlt")],
    );
    let xml = model("s: start\nu: user\ne: end\ns -> u\nu -> e");
    check(
        &xml.replace("<resourceRef>clerks<", "<resourceRef>q<"),
        &[(4, "die Rolle fehlt"), (4, "Ressource `q`")],
    );
    check(
        &xml.replace(
            "<potentialOwner>",
            "<multiInstanceLoopCharacteristics/><potentialOwner>",
        ),
        &[(4, "sagt aber nicht, wie oft")],
    );
    bad("s: start\nt: timer P1X\ne: end\ns -> t\nt -> e", &[(4, "keine Dauer")]);
    bad(
        "s: start\nt: timer 2026-02-30\ne: end\ns -> t\nt -> e",
        &[(4, "kein Datum")],
    );
    bad(
        "s: start\nt: timer \ne: end\ns -> t\nt -> e",
        &[(4, "sagt nicht, wann")],
    );
    bad(
        "s: start\nu: call x\nl: limit u P1D\ne: end\ns -> u\nu -> e\nl -> e",
        &[],
    );
    bad(
        "s: start\nu: xor\nl: limit u P1D\ne: end\ns -> u\nu -> e\nl -> e",
        &[(5, "hängt an `u`"), (5, "nicht erreichbar")],
    );
    for tag in [
        "task",
        "adHocSubProcess",
        "complexGateway",
        "choreographyTask",
        "callChoreography",
        "subChoreography",
    ] {
        let why = format!("`u`: `{tag}`");
        bad(
            &format!("s: start\nu: {tag}\ne: end\ns -> u\nu -> e"),
            &[(4, why.as_str())],
        );
    }
}

#[test]
fn a_hostile_file_is_a_finding() {
    let deep = format!("{}{}", "<a>".repeat(20_000), "</a>".repeat(20_000));
    assert!(Process::parse(&file(&deep)).is_err());
    assert!(Process::parse(&"<a/>".repeat(300_000)).is_err());
    assert!(Process::parse(&" ".repeat(5_000_000)).is_err());
}

#[test]
fn truth_is_written_in_two_ways() {
    let xml = model(
        "s: start\nu: user\nl: reminder u P1D\nv: call x | undo\nk: edge u compensation\nk ~ v\nx: event-sub\nxs: start-aside message m\nxe: end\nxs -> xe\nclose\n\
         w: user | seq 2\nt: user | while n = 1\ne: end\ns -> u\nl -> e\nu -> w\nw -> t\nt -> e",
    );
    let words = [
        "cancelActivity",
        "isInterrupting",
        "triggeredByEvent",
        "isForCompensation",
        "isSequential",
        "testBefore",
    ];
    assert!(words.iter().all(|word| xml.contains(word)));
    let numbers = xml.replace("='true'", "='1'").replace("='false'", "='0'");
    let shape = |xml: &str| {
        let process = Process::parse(xml).expect("a process");
        let kinds = process
            .elements()
            .iter()
            .map(|e| (e.id.clone(), e.kind.clone(), e.compensates));
        kinds.collect::<Vec<_>>()
    };
    assert_eq!(shape(&xml), shape(&numbers));
    let repeats = |xml: &str, vars| {
        let process = Process::parse(xml).expect("a process");
        let (state, _) = process.start(&vars).expect("starts");
        let token = state.tokens().find(|token| token.element == "u").expect("waits").id;
        let (state, effects) = process
            .step(
                &state,
                &Input::Complete {
                    element: "u".into(),
                    token,
                },
                &vars,
            )
            .expect("steps");
        let tasks = effects
            .iter()
            .filter(|effect| matches!(effect, Effect::Task { .. }))
            .count();
        (tasks, state)
    };
    for xml in [&xml, &numbers] {
        assert_eq!(repeats(xml, json!({"n": 2})).0, 1, "one after the other");
    }
    for word in words {
        for (one, other) in [("true", "yes"), ("false", "no")] {
            let (written, wrong) = (format!("{word}='{one}'"), format!("{word}='{other}'"));
            if xml.contains(&written) {
                let findings = Process::parse(&xml.replacen(&written, &wrong, 1)).expect_err(&wrong);
                let said = format!("`{word}` ist `{other}`");
                assert!(findings.iter().any(|f| f.message.contains(&said)), "{findings:#?}");
            }
        }
    }
}

#[test]
fn quantities_and_compensation_without_waiting_are_refused() {
    let xml = model("s: start\nu: user\ne: end\ns -> u\nu -> e");
    for name in ["startQuantity", "completionQuantity"] {
        let with = |value: &str| xml.replace("<userTask ", &format!("<userTask {name}='{value}' "));
        check(&with("1"), &[]);
        check(&with(" 1 "), &[]);
        check(&with("2"), &[(4, &format!("{name}=\"2\" wird nicht ausgeführt"))]);
        check(&with("x"), &[(4, &format!("{name}=\"x\" wird nicht ausgeführt"))]);
    }
    let xml = model(
        "s: start\na: call x\nk: edge a compensation\nu: call y | undo\nk ~ u\nt: throw compensation\ne: end\ns -> a\na -> t\nt -> e",
    );
    let with = |value: &str| {
        xml.replace(
            "<intermediateThrowEvent id='t'><compensateEventDefinition",
            &format!("<intermediateThrowEvent id='t'><compensateEventDefinition waitForCompletion='{value}'"),
        )
    };
    check(&with("true"), &[]);
    check(&with("1"), &[]);
    check(
        &with("false"),
        &[(7, "waitForCompletion=\"false\" wird nicht ausgeführt")],
    );
    check(&with("0"), &[(7, "waitForCompletion=\"false\" wird nicht ausgeführt")]);
}

/// What costs more than its size where everything is looked at with everything.
#[test]
fn large_files_are_refused_soon() {
    let flows = |count: usize| -> String {
        (0..count)
            .map(|k| format!("<sequenceFlow id='f{k}' sourceRef='x' targetRef='j'/>"))
            .collect()
    };
    let wide = |count: usize| {
        file(&format!(
            "<startEvent id='s'/><endEvent id='e'/><parallelGateway id='x'/><inclusiveGateway id='j'/>\
             <sequenceFlow id='a' sourceRef='s' targetRef='x'/><sequenceFlow id='b' sourceRef='j' targetRef='e'/>{}",
            flows(count)
        ))
    };
    let data = |count: usize| -> String {
        let objects: String = (0..count).map(|k| format!("<dataObject id='d{k}'/>")).collect();
        file(&format!(
            "<startEvent id='s'/><endEvent id='e'/><sequenceFlow id='a' sourceRef='s' targetRef='e'/>{objects}"
        ))
    };
    let double = format!(
        "<startEvent id='{}'/><extensionElements>{}</extensionElements>",
        "ä".repeat(1_900_000),
        "<a id='x'/>".repeat(20_000)
    );
    check(&wide(60_000), &[(3, "mehr als 10000 Flüsse")]);
    check(&data(100_000), &[(3, "mehr als 1000 Datenobjekte")]);
    check(&data(1_000), &[]);
    let findings = Process::parse(&file(&double)).expect_err("refused");
    assert_eq!(findings.len(), 200);
    let handlers: String = (0..2_000)
        .map(|k| {
            format!(
                "<manualTask id='t{k}'/><boundaryEvent id='b{k}' attachedToRef='t{k}'><compensateEventDefinition/></boundaryEvent>"
            )
        })
        .collect();
    let associations: String = (0..80_000)
        .map(|k| format!("<association sourceRef='q{k}' targetRef='r{k}'/>"))
        .collect();
    assert!(Process::parse(&file(&format!("{handlers}{associations}"))).is_err());
}

/// 21 models of the BPMN Model Interchange Working Group, drawn with other people's tools: each is executed or refused
/// with reasons; none may panic or be refused without saying why.
#[test]
fn models_of_other_tools() {
    let corpus = root().join("../shared/corpus/bpmn-miwg");
    let Ok(folder) = std::fs::read_dir(&corpus) else {
        eprintln!("skipped: corpus absent");
        return;
    };
    let mut seen = 0;
    for entry in folder
        .filter_map(Result::ok)
        .filter(|e| e.path().extension().is_some_and(|x| x == "bpmn"))
    {
        let xml = std::fs::read_to_string(entry.path()).expect("utf-8");
        seen += 1;
        match Process::parse(&xml) {
            Ok(process) => drop(process.start(&json!({}))),
            Err(findings) => {
                assert!(!findings.is_empty(), "{:?}", entry.path());
                let lines = xml.lines().count() as u32;
                assert!(
                    findings
                        .iter()
                        .all(|f| f.line >= 1 && f.line <= lines && !f.help.is_empty())
                );
                let text = findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
                assert!(
                    !text.contains("lesbares XML") && !text.contains("Keine BPMN"),
                    "{:?}\n{text}",
                    entry.path()
                );
            }
        }
    }
    assert_eq!(seen, 21);
}

fn hundesteuer() -> String {
    std::fs::read_to_string(root().join("packages/services/hundesteuer/process.bpmn")).expect("the package")
}

#[test]
fn hundesteuer_runs_both_ways() {
    let process = Process::parse(&hundesteuer()).expect("the package's process");
    assert!(
        process
            .elements()
            .iter()
            .all(|e| e.documentation.is_some() && e.legal_basis.is_some() && e.lane.is_some())
    );
    assert_eq!(process.diagram().edges.len(), process.flows().len());
    assert!(
        process
            .elements()
            .iter()
            .all(|e| process.diagram().shapes.iter().any(|s| s.element == e.id))
    );
    for automatic in [true, false] {
        // What is asked of the applicant on the way is tested with the letters, in `wegfrei-cases`.
        let vars = json!({"entscheidung": {"automatisch": automatic}, "aufgabe": {"ergebnis": "bestaetigt"}});
        let (mut state, mut effects) = process.start(&json!({})).expect("starts");
        let mut seen = Vec::new();
        while let Some(wanted) = effects
            .iter()
            .rev()
            .find(|e| !matches!(e, Effect::Entered { .. } | Effect::Ended { .. }))
        {
            let input = match wanted.clone() {
                Effect::Decide {
                    element,
                    token,
                    decision,
                } => {
                    assert_eq!(decision, "entscheidung");
                    Input::Complete { element, token }
                }
                Effect::Call {
                    element,
                    token,
                    operation,
                } => {
                    assert_eq!(operation, "notice");
                    Input::Complete { element, token }
                }
                Effect::Task {
                    element, token, role, ..
                } => {
                    assert_eq!(role, "sachbearbeitung");
                    Input::Complete { element, token }
                }
                Effect::Timer { element, token, spec } => {
                    assert_eq!(spec, TimerSpec::Deadline("rechtsbehelfsfrist".into()));
                    Input::TimerFired { element, token }
                }
                other => panic!("{other:?}"),
            };
            seen.push(process.place(&state).first().expect("a place").name.clone());
            (state, effects) = process.step(&state, &input, &vars).expect("steps");
        }
        assert!(state.finished);
        let human = ["Angaben und Nachweise prüfen", "Hundesteuer nach Prüfung festsetzen"];
        let all = [
            "Hundesteuer festsetzen",
            human[0],
            human[1],
            "Bescheid erstellen und zustellen",
            "Rechtsbehelfsfrist abgelaufen",
        ];
        let expected: Vec<&str> = all
            .into_iter()
            .filter(|name| !automatic || !human.contains(name))
            .collect();
        assert_eq!(seen, expected);
    }
    assert!(process.elements().iter().any(|e| matches!(e.kind, Kind::Exclusive)));
}

proptest! {
    /// Cut, doubled, swapped and overwritten pieces of a real file never panic, and what is accepted can be started.
    #[test]
    fn mutated_files_do_not_panic(edits in prop::collection::vec((0usize..9_000, 0usize..40, 0u8..4, any::<char>()), 1..6)) {
        let mut text: Vec<char> = hundesteuer().chars().collect();
        for (at, length, how, c) in edits {
            let at = at % text.len().max(1);
            let end = (at + length).min(text.len());
            match how {
                0 => drop(text.drain(at..end)),
                1 => { let piece = text[at..end].to_vec(); text.splice(at..at, piece); }
                2 => if let Some(place) = text.get_mut(at) { *place = c },
                _ => { let other = (at + 997) % text.len().max(1); text.swap(at, other); }
            }
        }
        let text: String = text.into_iter().collect();
        match Process::parse(&text) {
            Ok(process) => drop(process.start(&json!({"entscheidung": {"automatisch": true}}))),
            Err(findings) => prop_assert!(!findings.is_empty()),
        }
    }
}
