//! What an element is, or why it cannot be executed.

use roxmltree::Node;

use crate::definitions::Definitions;
use crate::expression::{Expression, Use};
use crate::model::{Event, Kind, Lane, Looping, Work};
use crate::nodes::Variables;
use crate::read::{Findings, attribute, boolean, children, local, own, text_of};

const EXECUTED: &str = "Ausführbar sind Ereignisse (ohne Auslöser, Nachricht, Zeit, Signal, Fehler, Eskalation, \
                        Kompensation, Abbruch, Terminierung, Verknüpfung), userTask, serviceTask, businessRuleTask, \
                        scriptTask, sendTask, receiveTask, manualTask, exclusiveGateway, parallelGateway, \
                        inclusiveGateway, eventBasedGateway, subProcess, transaction und callActivity.";

fn missing(node: Node, id: &str, what: &str, help: &str, findings: &mut Findings) -> String {
    findings.add(node, format!("`{id}`: {what} fehlt."), help);
    String::new()
}

/// The kind of an element. One that cannot be executed is a finding, and stands for something that passes, so that what is around
/// it can still be checked.
pub(crate) fn kind<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    id: &str,
    lane: Option<&Lane>,
    definitions: &Definitions<'a, 'i>,
    variables: &Variables,
    findings: &mut Findings,
) -> Kind {
    let tag = node.tag_name().name();
    if tag != "userTask" && own(node, "work").is_some() {
        let help = "Das Attribut wegfrei:work löschen; es gehört an einen userTask.";
        let message = format!("`{id}` ist keine Aufgabe für Menschen, nennt aber eine Art von Arbeit.");
        findings.add(node, message, help);
    }
    match tag {
        "startEvent" | "endEvent" | "intermediateCatchEvent" | "intermediateThrowEvent" | "boundaryEvent" => {
            return event(node, id, definitions, findings);
        }
        _ => {}
    }
    let begins = matches!(tag, "eventBasedGateway" | "receiveTask") && boolean(node, "instantiate", false, findings);
    match tag {
        "exclusiveGateway" => Kind::Exclusive,
        "parallelGateway" => Kind::Parallel,
        "inclusiveGateway" => Kind::Inclusive,
        "eventBasedGateway" if !begins => Kind::EventBased,
        "manualTask" => Kind::ManualTask,
        "userTask" => {
            let help = "wegfrei:role an der Bahn setzen oder potentialOwner mit resourceRef angeben.";
            let role = owner(node, definitions, findings).or_else(|| lane.and_then(|lane| lane.role.clone()));
            Kind::UserTask {
                role: role.unwrap_or_else(|| missing(node, id, "die Rolle", help, findings)),
                work: work(node, id, findings),
            }
        }
        "serviceTask" => {
            let help = "Das Attribut wegfrei:operation mit dem Namen der Operation setzen, z. B. notice.";
            let operation = own(node, "operation");
            Kind::ServiceTask {
                operation: operation.unwrap_or_else(|| missing(node, id, "die Operation", help, findings)),
            }
        }
        "businessRuleTask" => {
            let help = "Das Attribut wegfrei:decision mit dem Namen der DMN-Entscheidung setzen.";
            let decision = own(node, "decision");
            Kind::DecisionTask {
                decision: decision.unwrap_or_else(|| missing(node, id, "die Entscheidung", help, findings)),
            }
        }
        "scriptTask" => Kind::ScriptTask {
            result: result(node, id, variables, findings),
        },
        // A sending task may say what the platform does, as a service task does.
        "sendTask" => match own(node, "operation") {
            Some(operation) => Kind::ServiceTask { operation },
            None => Kind::SendTask {
                message: definitions.message(node, id, findings),
            },
        },
        "receiveTask" if !begins => Kind::ReceiveTask {
            message: definitions.message(node, id, findings),
        },
        "subProcess" => Kind::SubProcess {
            transaction: false,
            event: boolean(node, "triggeredByEvent", false, findings),
        },
        "transaction" => Kind::SubProcess {
            transaction: true,
            event: false,
        },
        "callActivity" => {
            let help = "calledElement auf die Id eines anderen `process` dieser Datei setzen.";
            let called = attribute(node, "calledElement").map(|id| local(&id).to_owned());
            Kind::CallActivity {
                process: called.unwrap_or_else(|| missing(node, id, "der gerufene Prozess", help, findings)),
            }
        }
        _ => {
            let what = match tag {
                "task" => "`task` (eine Aufgabe ohne Art)".to_owned(),
                "adHocSubProcess" => "`adHocSubProcess` (ein Teilprozess ohne Reihenfolge)".to_owned(),
                "receiveTask" | "eventBasedGateway" => format!("`{tag}`, das den Prozess beginnt,"),
                other if other.to_ascii_lowercase().contains("choreography") => {
                    format!("`{other}` (eine Choreographie beschreibt Absprachen, keinen Ablauf)")
                }
                other => format!("`{other}`"),
            };
            findings.add(node, format!("`{id}`: {what} wird nicht ausgeführt."), EXECUTED);
            Kind::ManualTask
        }
    }
}

/// An event by its place and its definition.
fn event<'a, 'i: 'a>(node: Node<'a, 'i>, id: &str, definitions: &Definitions<'a, 'i>, findings: &mut Findings) -> Kind {
    let tag = node.tag_name().name();
    let found = definitions.of(node, findings);
    let catches = !matches!(tag, "endEvent" | "intermediateThrowEvent");
    let read = match found.as_slice() {
        [] => Some(Event::None),
        [only] => definitions.event(*only, id, catches, findings),
        _ => None,
    };
    let allowed = |event: &Event| match tag {
        "startEvent" => matches!(
            event,
            Event::None
                | Event::Message { .. }
                | Event::Timer { .. }
                | Event::Signal { .. }
                | Event::Error { .. }
                | Event::Escalation { .. }
                | Event::Compensation { .. }
        ),
        "endEvent" => !matches!(event, Event::Timer { .. } | Event::Link { .. }),
        "intermediateCatchEvent" => matches!(
            event,
            Event::Message { .. } | Event::Timer { .. } | Event::Signal { .. } | Event::Link { .. }
        ),
        "intermediateThrowEvent" => matches!(
            event,
            Event::None
                | Event::Message { .. }
                | Event::Signal { .. }
                | Event::Escalation { .. }
                | Event::Compensation { .. }
                | Event::Link { .. }
        ),
        _ => !matches!(event, Event::None | Event::Link { .. } | Event::Terminate),
    };
    let event = read.filter(allowed).unwrap_or_else(|| {
        let with = match found.as_slice() {
            [] => " ohne Auslöser".to_owned(),
            [only] => format!(" mit `{}`", only.tag_name().name()),
            _ => " mit mehreren Auslösern".to_owned(),
        };
        findings.add(node, format!("`{id}`: `{tag}`{with} wird nicht ausgeführt."), EXECUTED);
        Event::None
    });
    let always = matches!(event, Event::Error { .. } | Event::Cancel);
    match tag {
        "startEvent" => Kind::Start {
            interrupting: boolean(node, "isInterrupting", true, findings) || always,
            event,
        },
        "endEvent" => Kind::End { event },
        "intermediateCatchEvent" => Kind::Catch { event },
        "intermediateThrowEvent" => Kind::Throw { event },
        _ => Kind::Boundary {
            activity: String::new(),
            interrupting: boolean(node, "cancelActivity", true, findings) || always,
            event,
        },
    }
}

/// Reads an expression; one that cannot be read is a finding.
pub(crate) fn expression(node: Node, what: &str, purpose: Use, findings: &mut Findings) -> Option<Expression> {
    let language = attribute(node, "language").or_else(|| attribute(node, "scriptFormat"));
    if let Some(language) = language.filter(|l| !l.to_lowercase().contains("feel")) {
        let message = format!("{what} ist in `{language}` geschrieben.");
        findings.add(node, message, "Ausdrücke in FEEL schreiben.");
        return None;
    }
    let text = match purpose {
        Use::Script => children(node, "script").next().map(text_of).unwrap_or_default(),
        Use::Condition => text_of(node),
    };
    parsed(node, &text, what, purpose, findings)
}

fn parsed(node: Node, text: &str, what: &str, purpose: Use, findings: &mut Findings) -> Option<Expression> {
    match Expression::parse(text, purpose) {
        Ok(expression) => Some(expression),
        Err(why) => {
            let help = match purpose {
                Use::Condition => {
                    "Einen FEEL-Ausdruck schreiben, z. B. entscheidung.automatisch = true für eine Bedingung."
                }
                Use::Script => "Einen FEEL-Ausdruck in `script` schreiben, z. B. antrag.miete * 12.",
            };
            findings.add(node, format!("{what}: {why}."), help);
            None
        }
    }
}

/// How often an activity runs.
pub(crate) fn looping(node: Node, id: &str, variables: &Variables, findings: &mut Findings) -> Option<Looping> {
    if let Some(found) = children(node, "standardLoopCharacteristics").next() {
        let Some(condition) = children(found, "loopCondition").next() else {
            let help = "loopCondition in FEEL angeben: Solange sie wahr ist, wird wiederholt.";
            findings.add(found, format!("`{id}`: Die Bedingung der Wiederholung fehlt."), help);
            return None;
        };
        let maximum = attribute(found, "loopMaximum");
        let number = maximum.as_ref().and_then(|text| text.parse::<u32>().ok());
        if maximum.is_some() && number.is_none() {
            let message = format!("`{id}`: loopMaximum ist keine ganze Zahl.");
            findings.add(found, message, "Eine ganze Zahl angeben oder das Attribut löschen.");
        }
        let what = format!("Bedingung der Wiederholung von `{id}`");
        return Some(Looping::While {
            condition: expression(condition, &what, Use::Condition, findings)?,
            before: boolean(found, "testBefore", false, findings),
            maximum: number,
        });
    }
    let found = children(node, "multiInstanceLoopCharacteristics").next()?;
    if let Some(behavior) = attribute(found, "behavior").filter(|behavior| behavior != "All") {
        let message = format!("`{id}`: Die Mehrfachausführung mit behavior=\"{behavior}\" wird nicht ausgeführt.");
        findings.add(found, message, "behavior auf All setzen oder das Attribut löschen.");
    }
    let completion = children(found, "completionCondition").next();
    let completion = match completion {
        Some(text) => {
            let what = format!("Abbruchbedingung der Mehrfachausführung von `{id}`");
            Some(expression(text, &what, Use::Condition, findings)?)
        }
        None => None,
    };
    let item = own(found, "item").or_else(|| {
        let input = children(found, "inputDataItem").next()?;
        attribute(input, "name").or_else(|| attribute(input, "id"))
    });
    let cardinality = children(found, "loopCardinality").next();
    let of = own(found, "collection").or_else(|| {
        let reference = text_of(children(found, "loopDataInputRef").next()?);
        Some(variables.fed(node, &reference).unwrap_or(reference))
    });
    let (count, list) = match (of, cardinality) {
        (Some(of), None) => {
            let what = format!("Liste der Mehrfachausführung von `{id}`");
            (parsed(found, &of, &what, Use::Condition, findings)?, true)
        }
        (None, Some(text)) => {
            let what = format!("Anzahl der Mehrfachausführung von `{id}`");
            (expression(text, &what, Use::Condition, findings)?, false)
        }
        (both, _) => {
            let message = match both {
                None => format!("`{id}` wird mehrfach ausgeführt, sagt aber nicht, wie oft."),
                Some(_) => format!("`{id}` nennt für die Mehrfachausführung eine Anzahl und eine Liste."),
            };
            let help = "Entweder loopCardinality (eine Zahl in FEEL) oder loopDataInputRef oder wegfrei:collection (eine Liste) angeben.";
            findings.add(found, message, help);
            return None;
        }
    };
    Some(Looping::Multi {
        sequential: boolean(found, "isSequential", false, findings),
        count,
        item: item.filter(|_| list),
        list,
        completion,
    })
}

/// The data object a script's value goes to.
fn result(node: Node, id: &str, variables: &Variables, findings: &mut Findings) -> String {
    let help = "wegfrei:result auf den Namen eines Datenobjekts setzen oder eine dataOutputAssociation dorthin ziehen.";
    let output = || {
        let association = children(node, "dataOutputAssociation").next()?;
        Some(text_of(children(association, "targetRef").next()?))
    };
    let Some(wanted) = own(node, "result").or_else(output) else {
        return missing(node, id, "das Datenobjekt für das Ergebnis", help, findings);
    };
    variables.known(&wanted).unwrap_or_else(|| {
        findings.add(
            node,
            format!("`{id}` schreibt in das unbekannte Datenobjekt `{wanted}`."),
            help,
        );
        String::new()
    })
}

/// Whether a case may go back to this element: only to a review of the process itself.
pub(crate) fn reentry(node: Node, id: &str, kind: &Kind, inner: bool, findings: &mut Findings) -> bool {
    let Some(code) = own(node, "reentry") else {
        return false;
    };
    let review = matches!(kind, Kind::UserTask { work: Work::Review, .. });
    if code == "abhilfe" && review && !inner {
        return true;
    }
    let help = "wegfrei:reentry=\"abhilfe\" gehört an einen userTask mit der Arbeit pruefung, der in keinem Teilprozess liegt.";
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
fn owner(node: Node, definitions: &Definitions, findings: &mut Findings) -> Option<String> {
    let owner = children(node, "potentialOwner")
        .chain(children(node, "humanPerformer"))
        .next()?;
    let reference = children(owner, "resourceRef").next()?;
    let id = text_of(reference);
    match definitions.resources.get(local(&id)) {
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
