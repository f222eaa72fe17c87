//! Small BPMN files written as lines, and effects as one line of text.
#![allow(dead_code)]

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use wegfrei_process::{Effect, Input, Process, State};

/// Wraps the inside of a process into a file whose process starts at line 2.
pub fn file(inside: &str) -> String {
    format!(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:w='urn:wegfrei:bpmn:1'>\n\
         <process id='main'>\n{inside}\n</process></definitions>"
    )
}

/// What a file needs beside its processes.
#[derive(Default)]
struct Around {
    flows: usize,
    roots: BTreeSet<String>,
    processes: Vec<String>,
}

/// A file from `a -> b` lines (`a -> b [condition]`, `a -> b *` for the default), `boundary ~ handler` associations, and element
/// lines `id: kind …`. `id: sub …` (or `transaction`, `event-sub`) and `process id` open a block that `close` ends. After ` | `
/// stands how it repeats (`multi 3`, `seq 3`, `each list item`, `seq-each list item`, `while cond`, `until-done cond`; `stop cond`)
/// or `undo` for a compensating activity.
pub fn model(text: &str) -> String {
    let mut around = Around::default();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let inside = block(&mut lines, &mut around);
    let roots: String = around.roots.into_iter().collect();
    let file = file(&inside).replace(
        "<process",
        &format!("<resource id='clerks' name='clerk'/>{roots}<process"),
    );
    file.replace(
        "</definitions>",
        &format!("{}</definitions>", around.processes.concat()),
    )
}

fn block<'a>(lines: &mut impl Iterator<Item = &'a str>, around: &mut Around) -> String {
    let mut elements: Vec<(&str, &str, String)> = Vec::new();
    let mut flows = Vec::new();
    let mut defaults = HashMap::new();
    while let Some(line) = lines.next() {
        if line == "close" {
            break;
        }
        if let Some(id) = line.strip_prefix("process ") {
            let inside = block(lines, around);
            around.processes.push(format!("<process id='{id}'>{inside}</process>"));
        } else if let Some((from, to)) = line.split_once(" ~ ") {
            flows.push(format!(
                "<association id='{from}~{to}' sourceRef='{from}' targetRef='{to}'/>"
            ));
        } else if let Some((from, rest)) = line.split_once(" -> ") {
            let (to, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            around.flows += 1;
            let id = format!("f{}", around.flows);
            if rest == "*" {
                defaults.insert(from.to_owned(), id.clone());
            }
            let condition = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            let condition = condition.map(|c| format!("<conditionExpression>{}</conditionExpression>", escape(c)));
            flows.push(format!(
                "<sequenceFlow id='{id}' sourceRef='{from}' targetRef='{to}'>{}</sequenceFlow>",
                condition.unwrap_or_default()
            ));
        } else {
            let (id, kind) = line.split_once(": ").unwrap_or_else(|| panic!("id: kind, not {line}"));
            let opens = ["sub", "transaction", "event-sub"]
                .iter()
                .any(|word| kind.split(' ').next() == Some(*word));
            let inside = if opens { block(lines, around) } else { String::new() };
            elements.push((id, kind, inside));
        }
    }
    let mut written: Vec<String> = Vec::new();
    for (id, kind, inside) in elements {
        let default = defaults.get(id).map(|d| format!(" default='{d}'")).unwrap_or_default();
        written.push(element(id, kind, &default, &inside, around));
    }
    written.extend(flows);
    written.join("\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn timer(when: &str) -> String {
    let inside = match when {
        date if date.starts_with('2') => format!("<timeDate>{date}</timeDate>"),
        duration if duration.starts_with('P') => format!("<timeDuration>{duration}</timeDuration>"),
        cycle if cycle.starts_with('R') => format!("<timeCycle>{cycle}</timeCycle>"),
        name => return format!("<timerEventDefinition w:deadline='{name}'/>"),
    };
    format!("<timerEventDefinition>{inside}</timerEventDefinition>")
}

/// An event definition from words such as `message m`.
fn event(words: &str, around: &mut Around) -> String {
    let (kind, name) = words.split_once(' ').unwrap_or((words, ""));
    let code = match kind {
        "error" => " errorCode=",
        "escalation" => " escalationCode=",
        _ => " name=",
    };
    if ["message", "signal", "error", "escalation"].contains(&kind) && !name.is_empty() {
        around.roots.insert(format!("<{kind} id='{name}'{code}'{name}'/>"));
    }
    let reference = |attribute: &str| match name {
        "" => String::new(),
        name => format!(" {attribute}='{name}'"),
    };
    match kind {
        "message" => format!("<messageEventDefinition{}/>", reference("messageRef")),
        "signal" => format!("<signalEventDefinition{}/>", reference("signalRef")),
        "error" => format!("<errorEventDefinition{}/>", reference("errorRef")),
        "escalation" => format!("<escalationEventDefinition{}/>", reference("escalationRef")),
        "compensation" => format!("<compensateEventDefinition{}/>", reference("activityRef")),
        "link" => format!("<linkEventDefinition{}/>", reference("name")),
        "cancel" => "<cancelEventDefinition/>".to_owned(),
        "terminate" => "<terminateEventDefinition/>".to_owned(),
        "timer" => timer(name),
        _ => String::new(),
    }
}

fn looping(words: &str) -> String {
    let (words, stop) = words.split_once("; stop ").unwrap_or((words, ""));
    let stop = match stop {
        "" => String::new(),
        stop => format!("<completionCondition>{}</completionCondition>", escape(stop)),
    };
    let (kind, rest) = words.split_once(' ').unwrap_or((words, ""));
    let sequential = if kind.starts_with("seq") {
        " isSequential='true'"
    } else {
        ""
    };
    match kind {
        "multi" | "seq" => format!(
            "<multiInstanceLoopCharacteristics{sequential}><loopCardinality>{rest}</loopCardinality>{stop}</multiInstanceLoopCharacteristics>"
        ),
        "each" | "seq-each" => {
            let (list, item) = rest.split_once(' ').unwrap_or((rest, "item"));
            format!(
                "<multiInstanceLoopCharacteristics{sequential} w:collection='{list}' w:item='{item}'>{stop}</multiInstanceLoopCharacteristics>"
            )
        }
        "while" | "until-done" => {
            let before = kind == "while";
            format!(
                "<standardLoopCharacteristics testBefore='{before}'><loopCondition>{}</loopCondition></standardLoopCharacteristics>",
                escape(rest)
            )
        }
        _ => String::new(),
    }
}

fn element(id: &str, kind: &str, default: &str, inside: &str, around: &mut Around) -> String {
    let (kind, repeats) = kind.split_once(" | ").unwrap_or((kind, ""));
    let (kind, rest) = kind.split_once(' ').unwrap_or((kind, ""));
    let undo = if repeats == "undo" {
        " isForCompensation='true'"
    } else {
        ""
    };
    let more = looping(repeats);
    let more = more.as_str();
    match kind {
        "start" => format!("<startEvent id='{id}'>{}</startEvent>", event(rest, around)),
        "start-aside" => format!(
            "<startEvent id='{id}' isInterrupting='false'>{}</startEvent>",
            event(rest, around)
        ),
        "end" => format!("<endEvent id='{id}'>{}</endEvent>", event(rest, around)),
        "terminate" => format!("<endEvent id='{id}'><terminateEventDefinition/></endEvent>"),
        "user" => {
            let work = if rest.is_empty() {
                String::new()
            } else {
                format!(" w:work='{rest}'")
            };
            format!(
                "<userTask id='{id}' name='Do {id}'{work}{default}{undo}><potentialOwner><resourceRef>clerks</resourceRef></potentialOwner>{more}</userTask>"
            )
        }
        "call" => format!("<serviceTask id='{id}' w:operation='{rest}'{default}{undo}>{more}</serviceTask>"),
        "decide" => format!("<businessRuleTask id='{id}' w:decision='{rest}'>{more}</businessRuleTask>"),
        "script" => {
            let (result, text) = rest.split_once(" = ").expect("result = expression");
            around.roots.insert(String::new());
            format!(
                "<scriptTask id='{id}' scriptFormat='feel' w:result='{result}'{undo}><script>{}</script>{more}</scriptTask>",
                escape(text)
            )
        }
        "data" => format!("<dataObject id='{id}' name='{id}'/>"),
        "send" => {
            around.roots.insert(format!("<message id='{rest}' name='{rest}'/>"));
            format!("<sendTask id='{id}' messageRef='{rest}'>{more}</sendTask>")
        }
        "receive" => {
            around.roots.insert(format!("<message id='{rest}' name='{rest}'/>"));
            format!("<receiveTask id='{id}' messageRef='{rest}'>{more}</receiveTask>")
        }
        "manual" => format!("<manualTask id='{id}'{undo}>{more}</manualTask>"),
        "xor" => format!("<exclusiveGateway id='{id}'{default}/>"),
        "and" => format!("<parallelGateway id='{id}'/>"),
        "or" => format!("<inclusiveGateway id='{id}'{default}/>"),
        "events" => format!("<eventBasedGateway id='{id}'/>"),
        "sub" => format!("<subProcess id='{id}'{default}{undo}>\n{inside}\n{more}</subProcess>"),
        "transaction" => format!("<transaction id='{id}'>\n{inside}\n{more}</transaction>"),
        "event-sub" => format!("<subProcess id='{id}' triggeredByEvent='true'>\n{inside}\n</subProcess>"),
        "run" => format!("<callActivity id='{id}' calledElement='{rest}'>{more}</callActivity>"),
        "timer" => format!(
            "<intermediateCatchEvent id='{id}'>{}</intermediateCatchEvent>",
            timer(rest)
        ),
        "catch" => format!(
            "<intermediateCatchEvent id='{id}'>{}</intermediateCatchEvent>",
            event(rest, around)
        ),
        "throw" => format!(
            "<intermediateThrowEvent id='{id}'>{}</intermediateThrowEvent>",
            event(rest, around)
        ),
        "limit" | "reminder" | "edge" | "edge-aside" => {
            let (task, when) = rest.split_once(' ').expect("activity event");
            let cancel = matches!(kind, "limit" | "edge");
            let inside = match kind {
                "limit" | "reminder" => timer(when),
                _ => event(when, around),
            };
            format!(
                "<boundaryEvent id='{id}' attachedToRef='{task}' cancelActivity='{cancel}'>{inside}</boundaryEvent>"
            )
        }
        other => format!("<{other} id='{id}'{default}/>"),
    }
}

/// A model that must be accepted.
pub fn process(text: &str) -> Process {
    match Process::parse(&model(text)) {
        Ok(process) => process,
        Err(findings) => panic!("{findings:#?}\n{}", model(text)),
    }
}

/// Effects as text: `enter:a call:b#2=notice`.
pub fn show(effects: &[Effect]) -> String {
    let words = effects.iter().map(|effect| match effect {
        Effect::Entered { element } => format!("enter:{element}"),
        Effect::Decide {
            element,
            token,
            decision,
        } => format!("decide:{element}#{token}={decision}"),
        Effect::Call {
            element,
            token,
            operation,
        } => format!("call:{element}#{token}={operation}"),
        Effect::Task {
            element,
            token,
            name,
            role,
            ..
        } => format!("task:{element}#{token}={name}/{role}"),
        Effect::CancelTask { element, token } => format!("cancel-task:{element}#{token}"),
        Effect::Timer { element, token, spec } => format!("timer:{element}#{token}={}", spec.text()),
        Effect::CancelTimer { element, token } => format!("cancel-timer:{element}#{token}"),
        Effect::Send { element, message } => format!("send:{element}={message}"),
        Effect::Signalled { element, signal } => format!("signal:{element}={signal}"),
        Effect::Set {
            element,
            variable,
            value,
        } => format!("set:{element}:{variable}={value}"),
        Effect::Ended { element } => format!("end:{element}"),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// `script` is lines `input => effects`; inputs: `start`, `element#token` (complete), `!element#token` (timer),
/// `?element#token code` (fail), `"message"`, `~signal`, `stop`.
pub fn run(process: &Process, script: &str) -> State {
    let vars = json!({"yes": true, "n": 3, "word": "a", "list": ["a", "b", "c"], "none": []});
    let mut state = State::default();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (input, expected) = line.split_once(" => ").unwrap_or((line.trim_end_matches(" =>"), ""));
        let split = |text: &str| {
            let (element, token) = text.split_once('#').expect("element#token");
            (element.to_owned(), token.parse::<u64>().expect("a number"))
        };
        let result = match input {
            "start" => process.start(&vars),
            "stop" => process.step(&state, &Input::Stop, &vars),
            "reenter" => process.step(&state, &Input::Reenter, &vars),
            input => {
                let input = if let Some(rest) = input.strip_prefix('!') {
                    let (element, token) = split(rest);
                    Input::TimerFired { element, token }
                } else if let Some(rest) = input.strip_prefix('?') {
                    let (at, code) = rest.split_once(' ').expect("element#token code");
                    let (element, token) = split(at);
                    Input::Fail {
                        element,
                        token,
                        code: code.to_owned(),
                    }
                } else if let Some(name) = input.strip_prefix('"') {
                    Input::Message {
                        name: name.trim_end_matches('"').to_owned(),
                        token: None,
                    }
                } else if let Some(name) = input.strip_prefix('~') {
                    Input::Signal { name: name.to_owned() }
                } else {
                    let (element, token) = split(input);
                    Input::Complete { element, token }
                };
                let result = process.step(&state, &input, &vars);
                assert_eq!(result, process.step(&state, &input, &vars), "same input, same output");
                result
            }
        };
        match result {
            Ok((next, effects)) => {
                assert_eq!(show(&effects), expected, "after {input}");
                let text = serde_json::to_string(&next).expect("serialises");
                assert_eq!(serde_json::from_str::<State>(&text).expect("deserialises"), next);
                state = next;
            }
            Err(error) => assert_eq!(format!("error {error:?}"), expected, "after {input}"),
        }
    }
    state
}

pub fn check(model: &str, script: &str) -> State {
    run(&process(model), script)
}
