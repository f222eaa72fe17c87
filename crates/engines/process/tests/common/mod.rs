//! Small BPMN files written as lines, and effects as one line of text.

use wegfrei_process::{Effect, Process, TimerSpec};

/// Wraps the inside of a process into a file whose process starts at line 2.
pub fn file(inside: &str) -> String {
    format!(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:w='urn:wegfrei:bpmn:1'>\n\
         <process id='p'>\n{inside}\n</process></definitions>"
    )
}

/// A file from `a -> b` lines (`a -> b [condition]`, `a -> b *` for the default) and element lines `id: kind …`.
pub fn model(text: &str) -> String {
    let mut elements = Vec::new();
    let mut flows = Vec::new();
    let mut defaults = std::collections::HashMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some((from, rest)) = line.split_once(" -> ") {
            let (to, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            let id = format!("f{}", flows.len() + 1);
            if rest == "*" {
                defaults.insert(from.to_owned(), id.clone());
            }
            let condition = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            let condition = condition.map(|c| c.replace('<', "&lt;"));
            let condition = condition
                .map(|c| format!("<conditionExpression>{c}</conditionExpression>"))
                .unwrap_or_default();
            flows.push(format!(
                "<sequenceFlow id='{id}' sourceRef='{from}' targetRef='{to}'>{condition}</sequenceFlow>"
            ));
        } else {
            elements.push(line.split_once(": ").expect("id: kind"));
        }
    }
    let mut lines = Vec::new();
    for (id, kind) in elements {
        let (kind, rest) = kind.split_once(' ').unwrap_or((kind, ""));
        let default = defaults.get(id).map(|d| format!(" default='{d}'")).unwrap_or_default();
        let timer = |rest: &str| match rest {
            date if date.starts_with('2') => {
                format!("<timerEventDefinition><timeDate>{date}</timeDate></timerEventDefinition>")
            }
            duration if duration.starts_with('P') => {
                format!("<timerEventDefinition><timeDuration>{duration}</timeDuration></timerEventDefinition>")
            }
            name => format!("<timerEventDefinition w:deadline='{name}'/>"),
        };
        lines.push(match kind {
            "start" => format!("<startEvent id='{id}'/>"),
            "end" => format!("<endEvent id='{id}'/>"),
            "terminate" => format!("<endEvent id='{id}'><terminateEventDefinition/></endEvent>"),
            "user" => format!(
                "<userTask id='{id}' name='Do {id}'{}><potentialOwner><resourceRef>clerks</resourceRef></potentialOwner></userTask>",
                if rest.is_empty() { String::new() } else { format!(" w:work='{rest}'") }
            ),
            "call" => format!("<serviceTask id='{id}' w:operation='{rest}'/>"),
            "decide" => format!("<businessRuleTask id='{id}' w:decision='{rest}'/>"),
            "xor" => format!("<exclusiveGateway id='{id}'{default}/>"),
            "and" => format!("<parallelGateway id='{id}'/>"),
            "timer" => format!("<intermediateCatchEvent id='{id}'>{}</intermediateCatchEvent>", timer(rest)),
            "limit" | "reminder" => {
                let (task, when) = rest.split_once(' ').expect("task when");
                let cancel = kind == "limit";
                format!(
                    "<boundaryEvent id='{id}' attachedToRef='{task}' cancelActivity='{cancel}'>{}</boundaryEvent>",
                    timer(when)
                )
            }
            other => format!("<{other} id='{id}'{default}/>"),
        });
    }
    lines.extend(flows);
    file(&lines.join("\n")).replace("<process", "<resource id='clerks' name='clerk'/><process")
}

/// A model that must be accepted.
#[allow(dead_code)]
pub fn process(text: &str) -> Process {
    match Process::parse(&model(text)) {
        Ok(process) => process,
        Err(findings) => panic!("{findings:?}"),
    }
}

/// Effects as text: `enter:a call:b#2=notice`.
#[allow(dead_code)]
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
        Effect::Timer { element, token, spec } => {
            let (TimerSpec::Duration(when) | TimerSpec::Date(when) | TimerSpec::Deadline(when)) = spec;
            format!("timer:{element}#{token}={when}")
        }
        Effect::CancelTimer { element, token } => format!("cancel-timer:{element}#{token}"),
        Effect::Ended { element } => format!("end:{element}"),
    });
    words.collect::<Vec<_>>().join(" ")
}
