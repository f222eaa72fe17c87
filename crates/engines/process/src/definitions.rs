//! What a file names once and events refer to: messages, signals, errors, escalations, and event definitions of its own.

use std::collections::HashMap;

use roxmltree::Node;

use crate::model::Event;
use crate::read::{Findings, attribute, boolean, children, is_bpmn, local, own, text_of};
use crate::timer::{Cycle, TimerSpec, duration, is_date};

/// The names by their ids.
pub(crate) struct Definitions<'a, 'i> {
    messages: HashMap<&'a str, String>,
    signals: HashMap<&'a str, String>,
    errors: HashMap<&'a str, String>,
    escalations: HashMap<&'a str, String>,
    events: HashMap<&'a str, Node<'a, 'i>>,
    pub(crate) resources: HashMap<&'a str, &'a str>,
}

impl<'a, 'i: 'a> Definitions<'a, 'i> {
    pub(crate) fn read(root: Node<'a, 'i>) -> Definitions<'a, 'i> {
        let named = |tag: &'static str, code: &'static str| {
            let name = |node: Node<'a, 'i>| {
                let id = node.attribute("id")?;
                let name = attribute(node, code).or_else(|| attribute(node, "name"));
                Some((id, name.unwrap_or_else(|| id.to_owned())))
            };
            children(root, tag).filter_map(name).collect::<HashMap<_, _>>()
        };
        Definitions {
            messages: named("message", "name"),
            signals: named("signal", "name"),
            errors: named("error", "errorCode"),
            escalations: named("escalation", "escalationCode"),
            events: root
                .children()
                .filter(|node| is_bpmn(*node) && node.tag_name().name().ends_with("EventDefinition"))
                .filter_map(|node| Some((node.attribute("id")?, node)))
                .collect(),
            resources: children(root, "resource")
                .filter_map(|r| Some((r.attribute("id")?, r.attribute("name").unwrap_or_default())))
                .collect(),
        }
    }

    /// The event definitions of an event, its own and those it refers to.
    pub(crate) fn of(&self, node: Node<'a, 'i>, findings: &mut Findings) -> Vec<Node<'a, 'i>> {
        let mut found: Vec<Node> = node
            .children()
            .filter(|c| is_bpmn(*c) && c.tag_name().name().ends_with("EventDefinition"))
            .collect();
        for reference in children(node, "eventDefinitionRef") {
            let id = text_of(reference);
            match self.events.get(local(&id)) {
                Some(event) => found.push(*event),
                None => {
                    let help = "Eine Ereignisdefinition mit dieser Id in `definitions` anlegen.";
                    let message = format!("eventDefinitionRef nennt die unbekannte Ereignisdefinition `{id}`.");
                    findings.add(reference, message, help);
                }
            }
        }
        found
    }

    /// The message a task sends or receives.
    pub(crate) fn message(&self, node: Node, id: &str, findings: &mut Findings) -> String {
        let what = ("messageRef", "die Nachricht", "message");
        self.named(node, id, what, &self.messages, findings).unwrap_or_default()
    }

    fn named(
        &self,
        node: Node,
        id: &str,
        (reference, what, tag): (&str, &str, &str),
        known: &HashMap<&str, String>,
        findings: &mut Findings,
    ) -> Option<String> {
        let help = format!("{reference} auf die Id eines `{tag}`-Elements in `definitions` setzen.");
        let Some(wanted) = attribute(node, reference) else {
            findings.add(node, format!("`{id}`: {what} fehlt."), help);
            return None;
        };
        let found = known.get(local(&wanted)).cloned();
        if found.is_none() {
            findings.add(
                node,
                format!("`{id}`: {reference} nennt `{wanted}`, das es nicht gibt."),
                help,
            );
        }
        found
    }

    /// What an event definition says; `None` where it is of a kind that is not executed, which the caller says.
    pub(crate) fn event(&self, node: Node, id: &str, catches: bool, findings: &mut Findings) -> Option<Event> {
        let coded = |reference: &'static str, what, tag, known, findings: &mut Findings| {
            if catches && attribute(node, reference).is_none() {
                return None;
            }
            // Without a known code it would catch everything; the finding keeps it from ever doing so.
            self.named(node, id, (reference, what, tag), known, findings)
        };
        Some(match node.tag_name().name() {
            "messageEventDefinition" => Event::Message {
                name: self.message(node, id, findings),
            },
            "signalEventDefinition" => {
                let what = ("signalRef", "das Signal", "signal");
                let name = self.named(node, id, what, &self.signals, findings);
                Event::Signal {
                    name: name.unwrap_or_default(),
                }
            }
            "timerEventDefinition" => Event::Timer {
                spec: timer(node, id, findings),
            },
            "errorEventDefinition" => Event::Error {
                code: coded("errorRef", "der Fehler", "error", &self.errors, findings),
            },
            "escalationEventDefinition" => Event::Escalation {
                code: coded(
                    "escalationRef",
                    "die Eskalation",
                    "escalation",
                    &self.escalations,
                    findings,
                ),
            },
            "compensateEventDefinition" => {
                if !boolean(node, "waitForCompletion", true, findings) {
                    let message = format!("`{id}`: waitForCompletion=\"false\" wird nicht ausgeführt.");
                    let help = "Das Attribut löschen: Der Weg geht weiter, wenn alles rückgängig gemacht ist.";
                    findings.add(node, message, help);
                }
                Event::Compensation {
                    activity: attribute(node, "activityRef").map(|id| local(&id).to_owned()),
                }
            }
            "linkEventDefinition" => {
                let name = attribute(node, "name");
                if name.is_none() {
                    let help = "Das Attribut name an linkEventDefinition setzen; beide Enden tragen denselben Namen.";
                    findings.add(node, format!("`{id}`: Die Verknüpfung hat keinen Namen."), help);
                }
                Event::Link {
                    name: name.unwrap_or_default(),
                }
            }
            "cancelEventDefinition" => Event::Cancel,
            "terminateEventDefinition" => Event::Terminate,
            _ => return None,
        })
    }
}

fn timer(event: Node, id: &str, findings: &mut Findings) -> TimerSpec {
    if let Some(deadline) = own(event, "deadline") {
        return TimerSpec::Deadline(deadline);
    }
    if let Some(node) = children(event, "timeDuration").next() {
        let text = text_of(node);
        if duration(&text).is_none() {
            let help = "Eine Dauer nach ISO 8601 angeben, z. B. P14D oder P1M.";
            findings.add(node, format!("`{id}`: `{text}` ist keine Dauer."), help);
        }
        return TimerSpec::Duration(text);
    }
    if let Some(node) = children(event, "timeDate").next() {
        let text = text_of(node);
        if !is_date(&text) {
            let help = "Ein Datum nach ISO 8601 angeben, z. B. 2026-03-31.";
            findings.add(node, format!("`{id}`: `{text}` ist kein Datum."), help);
        }
        return TimerSpec::Date(text);
    }
    if let Some(node) = children(event, "timeCycle").next() {
        let text = text_of(node);
        if Cycle::parse(&text).is_none() {
            let help = "Eine Wiederholung nach ISO 8601 angeben, z. B. R3/P7D oder R/P1M.";
            findings.add(node, format!("`{id}`: `{text}` ist keine Wiederholung."), help);
        }
        return TimerSpec::Cycle(text);
    }
    let help = "timeDuration, timeDate, timeCycle oder wegfrei:deadline (Name einer gesetzlichen Frist) angeben.";
    findings.add(event, format!("`{id}`: Das Zeitereignis sagt nicht, wann."), help);
    TimerSpec::Deadline(String::new())
}
