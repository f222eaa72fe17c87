//! What an element is, or why it cannot be executed.

use std::collections::HashMap;

use roxmltree::Node;

use crate::BPMN;
use crate::model::{Kind, Lane, TimerSpec, Work};
use crate::read::{Findings, children, local, own, text_of};

/// The kind of an element; an element that cannot be executed is a finding.
pub(crate) fn kind(
    node: Node,
    id: &str,
    lane: Option<&Lane>,
    resources: &HashMap<&str, &str>,
    findings: &mut Findings,
) -> Option<Kind> {
    let tag = node.tag_name().name();
    let events: Vec<Node> = node
        .children()
        .filter(|c| c.tag_name().namespace() == Some(BPMN) && c.tag_name().name().ends_with("ventDefinition"))
        .chain(children(node, "eventDefinitionRef"))
        .collect();
    let event = events.first().map(|e| e.tag_name().name());
    let refuse = |findings: &mut Findings| {
        let what = event.map_or(format!("`{tag}`"), |event| format!("`{tag}` mit `{event}`"));
        let help = "Ausführbar sind Start- und Endereignis ohne Auslöser, Terminierung, userTask, serviceTask, \
                    businessRuleTask, exclusiveGateway, parallelGateway, Zeitereignis und Zeitgrenze an einem userTask.";
        findings.add(node, format!("`{id}`: {what} wird nicht ausgeführt."), help);
        None
    };
    if events.len() > 1 {
        return refuse(findings);
    }
    let missing = |findings: &mut Findings, what: &str, help: &str| {
        findings.add(node, format!("`{id}`: {what} fehlt."), help);
        String::new()
    };
    if tag != "userTask" && own(node, "work").is_some() {
        let help = "Das Attribut wegfrei:work löschen; es gehört an einen userTask.";
        findings.add(
            node,
            format!("`{id}` ist keine Aufgabe für Menschen, nennt aber eine Art von Arbeit."),
            help,
        );
    }
    Some(match (tag, event) {
        ("startEvent", None) => Kind::Start,
        ("endEvent", None) => Kind::End,
        ("endEvent", Some("terminateEventDefinition")) => Kind::Terminate,
        ("exclusiveGateway", None) => Kind::Exclusive,
        ("parallelGateway", None) => Kind::Parallel,
        ("userTask", None) => {
            let help = "wegfrei:role an der Bahn setzen oder potentialOwner mit resourceRef angeben.";
            let role = owner(node, resources, findings).or_else(|| lane.and_then(|lane| lane.role.clone()));
            Kind::UserTask {
                role: role.unwrap_or_else(|| missing(findings, "die Rolle", help)),
                work: work(node, id, findings),
            }
        }
        ("serviceTask", None) => {
            let help = "Das Attribut wegfrei:operation mit dem Namen der Operation setzen, z. B. notice.";
            let operation = own(node, "operation");
            Kind::ServiceTask {
                operation: operation.unwrap_or_else(|| missing(findings, "die Operation", help)),
            }
        }
        ("businessRuleTask", None) => {
            let help = "Das Attribut wegfrei:decision mit dem Namen der DMN-Entscheidung setzen.";
            let decision = own(node, "decision");
            Kind::DecisionTask {
                decision: decision.unwrap_or_else(|| missing(findings, "die Entscheidung", help)),
            }
        }
        ("intermediateCatchEvent", Some("timerEventDefinition")) => Kind::Timer {
            spec: timer(&events, id, findings),
        },
        ("boundaryEvent", Some("timerEventDefinition")) => Kind::BoundaryTimer {
            task: String::new(),
            spec: timer(&events, id, findings),
            interrupting: node.attribute("cancelActivity") != Some("false"),
        },
        _ => return refuse(findings),
    })
}

/// Whether a case may go back to this element: only to a review.
pub(crate) fn reentry(node: Node, id: &str, kind: &Kind, findings: &mut Findings) -> bool {
    let Some(code) = own(node, "reentry") else {
        return false;
    };
    let review = matches!(kind, Kind::UserTask { work: Work::Review, .. });
    if code == "abhilfe" && review {
        return true;
    }
    let help = "wegfrei:reentry=\"abhilfe\" gehört an einen userTask mit der Arbeit pruefung.";
    findings.add(
        node,
        format!("`{id}`: Die Angabe wegfrei:reentry=\"{code}\" geht hier nicht."),
        help,
    );
    false
}

/// What kind of work a user task is; without the attribute a review.
fn work(node: Node, id: &str, findings: &mut Findings) -> Work {
    let Some(code) = own(node, "work") else {
        return Work::default();
    };
    Work::from_code(&code).unwrap_or_else(|| {
        let known = Work::ALL.map(Work::code).join(", ");
        let help = format!("Eine dieser Arten angeben: {known}.");
        findings.add(
            node,
            format!("`{id}`: Die Art von Arbeit `{code}` gibt es nicht."),
            help,
        );
        Work::default()
    })
}

/// The role named by the task itself, the standard's way.
fn owner(node: Node, resources: &HashMap<&str, &str>, findings: &mut Findings) -> Option<String> {
    let owner = children(node, "potentialOwner")
        .chain(children(node, "humanPerformer"))
        .next()?;
    let reference = children(owner, "resourceRef").next()?;
    let id = text_of(reference);
    match resources.get(local(&id)) {
        Some(name) if !name.is_empty() => Some((*name).to_owned()),
        Some(_) => Some(local(&id).to_owned()),
        None => {
            let help = "Ein `resource`-Element mit dieser Id anlegen.";
            findings.add(
                reference,
                format!("resourceRef nennt die unbekannte Ressource `{id}`."),
                help,
            );
            None
        }
    }
}

fn timer(events: &[Node], id: &str, findings: &mut Findings) -> TimerSpec {
    let none = TimerSpec::Deadline(String::new());
    let Some(event) = events.first() else {
        return none;
    };
    if let Some(deadline) = own(*event, "deadline") {
        return TimerSpec::Deadline(deadline);
    }
    if let Some(duration) = children(*event, "timeDuration").next() {
        let text = text_of(duration);
        if !text.starts_with('P') || text.parse::<jiff::Span>().is_err() {
            let help = "Eine Dauer nach ISO 8601 angeben, z. B. P14D oder P1M.";
            findings.add(duration, format!("`{id}`: `{text}` ist keine Dauer."), help);
        }
        return TimerSpec::Duration(text);
    }
    if let Some(date) = children(*event, "timeDate").next() {
        let text = text_of(date);
        let shape = text.as_bytes().first().is_some_and(u8::is_ascii_digit);
        if !shape || (text.parse::<jiff::civil::DateTime>().is_err() && text.parse::<jiff::Timestamp>().is_err()) {
            let help = "Ein Datum nach ISO 8601 angeben, z. B. 2026-03-31.";
            findings.add(date, format!("`{id}`: `{text}` ist kein Datum."), help);
        }
        return TimerSpec::Date(text);
    }
    let help = "timeDuration, timeDate oder wegfrei:deadline (Name einer gesetzlichen Frist) angeben.";
    findings.add(*event, format!("`{id}`: Das Zeitereignis sagt nicht, wann."), help);
    none
}
