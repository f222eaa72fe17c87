//! References between elements: called processes, default flows, edges, links, and what undoes what.

use std::collections::{HashMap, HashSet};

use roxmltree::Node;

use crate::model::{Event, Flow, Kind};
use crate::nodes::Reader;
use crate::read::{Findings, children, local, takes_edge, text_of};

/// Most processes that are called; it bounds how deep calls can be nested.
const CALL_LIMIT: usize = 20;

/// Reads the processes that are called, each once, and refuses circles of calls.
pub(crate) fn calls<'a, 'i: 'a>(root: Node<'a, 'i>, main: Node<'a, 'i>, reader: &mut Reader<'a, 'i, '_, '_>) {
    let id = |node: &Node<'a, 'i>| node.attribute("id");
    let mut containers: HashMap<String, usize> = HashMap::new();
    containers.extend(id(&main).map(|id| (id.to_owned(), 0)));
    // For each container of a process, the processes it calls.
    let mut calls: HashMap<usize, Vec<(usize, usize)>> = HashMap::new();
    let mut at = 0;
    while at < reader.raws.len() {
        let call = reader.raws.get(at).and_then(|raw| match &raw.element.kind {
            Kind::CallActivity { process } if !process.is_empty() => Some((
                process.clone(),
                raw.element.id.clone(),
                raw.offset,
                raw.element.container,
            )),
            _ => None,
        });
        at += 1;
        let Some((process, name, offset, container)) = call else {
            continue;
        };
        let called = match containers.get(&process) {
            Some(known) => *known,
            None => {
                let Some(node) = children(root, "process").find(|node| id(node) == Some(process.as_str())) else {
                    let message = format!("`{name}` ruft den Prozess `{process}`, den es in dieser Datei nicht gibt.");
                    let help = "calledElement auf die Id eines anderen `process` dieser Datei setzen.";
                    reader.findings.at(offset, message, help);
                    continue;
                };
                if containers.len() > CALL_LIMIT {
                    let message = format!("Die Datei ruft mehr als {CALL_LIMIT} Prozesse.");
                    reader.findings.at(offset, message, "Gerufene Prozesse zusammenfassen.");
                    continue;
                }
                let number = reader.container(node, None, 0);
                containers.insert(process, number);
                number
            }
        };
        let mut top = container;
        while let Some(owner) = reader.containers.get(top).and_then(|c| c.owner) {
            let Some(owner) = reader.raws.get(owner) else { break };
            top = owner.element.container;
        }
        calls.entry(top).or_default().push((called, offset));
        if let Some(raw) = reader.raws.get_mut(at - 1) {
            raw.element.inner = Some(called);
        }
    }
    for (from, found) in &calls {
        for (called, offset) in found {
            let mut seen = HashSet::new();
            let mut open = vec![*called];
            while let Some(at) = open.pop() {
                if seen.insert(at) {
                    open.extend(calls.get(&at).into_iter().flatten().map(|(called, _)| *called));
                }
            }
            if seen.contains(from) {
                let help = "Wiederholung mit Gateways oder als Mehrfachausführung ausdrücken.";
                reader
                    .findings
                    .at(*offset, "Ein Prozess ruft sich hier selbst auf.", help);
            }
        }
    }
}

/// Default flows leave the element that names them.
pub(crate) fn defaults(flows: &[Flow], reader: &mut Reader) {
    let flow_at: HashMap<&str, usize> = flows.iter().enumerate().map(|(at, f)| (f.id.as_str(), at)).collect();
    for raw in &mut reader.raws {
        let Some(default) = raw.default.take() else { continue };
        let found = flow_at.get(default.as_str()).copied();
        raw.element.default = found.filter(|f| raw.element.outgoing.contains(f));
        if raw.element.default.is_none() {
            let id = &raw.element.id;
            let message = format!("`{id}`: Der Standardweg `{default}` geht nicht von diesem Element aus.");
            reader
                .findings
                .at(raw.offset, message, "default auf einen ausgehenden Fluss setzen.");
        }
    }
}

/// Hangs boundary events onto their activities.
pub(crate) fn edges(index: &HashMap<String, usize>, reader: &mut Reader) {
    for at in 0..reader.raws.len() {
        let Some(raw) = reader.raws.get_mut(at) else { continue };
        let Kind::Boundary { event, .. } = &raw.element.kind else {
            continue;
        };
        let event = event.clone();
        let (id, offset, container) = (raw.element.id.clone(), raw.offset, raw.element.container);
        let attached = raw.attached.take().unwrap_or_default();
        let target = index.get(&attached).copied();
        let found = target
            .and_then(|target| reader.raws.get_mut(target))
            .filter(|target| takes_edge(target) && target.element.container == container);
        let Some(found) = found else {
            let message = format!("`{id}` hängt an `{attached}`, an das kein Ereignis gehört.");
            let help = "attachedToRef auf eine Aufgabe oder einen Teilprozess desselben Prozesses setzen.";
            reader.findings.at(offset, message, help);
            continue;
        };
        found.element.boundary.push(at);
        let (kind, repeats) = (&found.element.kind, found.element.looping.is_some());
        let never = !kind.waits() && !matches!(kind, Kind::SubProcess { .. } | Kind::CallActivity { .. }) && !repeats;
        let problem = match event {
            Event::Compensation { .. } => None,
            Event::Cancel if !matches!(kind, Kind::SubProcess { transaction: true, .. }) => Some((
                format!("`{id}`: Nur eine Transaktion kann abgebrochen werden; `{attached}` ist keine."),
                "Das Ereignis an eine `transaction` heften oder ein anderes wählen.",
            )),
            _ if never => Some((
                format!("`{id}` kann nie eintreten: `{attached}` wartet auf nichts."),
                "Das Ereignis an eine Aufgabe heften, die wartet, oder löschen.",
            )),
            _ => None,
        };
        if let Some((message, help)) = problem {
            reader.findings.at(offset, message, help);
        }
        if let Some(Kind::Boundary { activity, .. }) = reader.raws.get_mut(at).map(|raw| &mut raw.element.kind) {
            *activity = attached;
        }
    }
}

/// Joins the two ends of links.
pub(crate) fn links(reader: &mut Reader) {
    let mut catching: HashMap<(usize, String), Vec<usize>> = HashMap::new();
    let mut thrown = HashSet::new();
    for (at, raw) in reader.raws.iter().enumerate() {
        match &raw.element.kind {
            Kind::Catch {
                event: Event::Link { name },
            } => catching
                .entry((raw.element.container, name.clone()))
                .or_default()
                .push(at),
            Kind::Throw {
                event: Event::Link { name },
            } => drop(thrown.insert((raw.element.container, name.clone()))),
            _ => {}
        }
    }
    for ((container, name), ends) in &catching {
        let offset = |at: &usize| reader.raws.get(*at).map_or(0, |raw| raw.offset);
        if let Some(second) = ends.get(1) {
            let message = format!("Die Verknüpfung `{name}` hat zwei Ziele.");
            reader
                .findings
                .at(offset(second), message, "Jedes Ziel einer Verknüpfung anders nennen.");
        }
        if let (Some(end), false) = (ends.first(), thrown.contains(&(*container, name.clone()))) {
            let message = format!("Zur Verknüpfung `{name}` führt kein Weg.");
            let help = "Ein auslösendes Zwischenereignis mit demselben Namen anlegen.";
            reader.findings.at(offset(end), message, help);
        }
    }
    for raw in &mut reader.raws {
        let Kind::Throw {
            event: Event::Link { name },
        } = &raw.element.kind
        else {
            continue;
        };
        match catching.get(&(raw.element.container, name.clone())) {
            Some(ends) => raw.element.links.extend(ends.first()),
            None => {
                let message = format!("`{}`: Die Verknüpfung `{name}` hat kein Ziel.", raw.element.id);
                let help = "Ein abwartendes Zwischenereignis mit demselben Namen im selben Teilprozess anlegen.";
                reader.findings.at(raw.offset, message, help);
            }
        }
    }
}

/// Finds what undoes each activity, and which activities have anything to undo.
pub(crate) fn compensation(index: &HashMap<String, usize>, reader: &mut Reader) {
    let mut handlers = Vec::new();
    let mut handling = HashSet::new();
    let mut joined: HashMap<&str, Vec<&str>> = HashMap::new();
    for (one, other) in &reader.associations {
        joined.entry(one).or_default().push(other);
        joined.entry(other).or_default().push(one);
    }
    for raw in &reader.raws {
        let element = &raw.element;
        let Kind::Boundary {
            activity,
            event: Event::Compensation { .. },
            ..
        } = &element.kind
        else {
            continue;
        };
        let mut ends = joined.get(element.id.as_str()).into_iter().flatten();
        let handler = ends.find_map(|id| index.get(*id).copied());
        let fits = handler.and_then(|at| reader.raws.get(at)).is_some_and(|raw| {
            raw.element.compensates && raw.element.kind.is_activity() && raw.element.container == element.container
        });
        match (handler, index.get(activity)) {
            (Some(handler), Some(activity)) if fits => {
                handlers.push((*activity, handler));
                handling.insert(handler);
            }
            (_, None) => {}
            _ => {
                let message = format!("`{}`: Die Aktivität fehlt, die rückgängig macht.", element.id);
                let help = "Mit einer `association` eine Aktivität mit isForCompensation=\"true\" anbinden.";
                reader.findings.at(raw.offset, message, help);
            }
        }
    }
    for (at, raw) in reader.raws.iter().enumerate() {
        if raw.element.compensates && !handling.contains(&at) {
            let message = format!(
                "`{}` soll rückgängig machen, hängt aber an keinem Kompensationsereignis.",
                raw.element.id
            );
            let help = "Ein angeheftetes Kompensationsereignis mit einer `association` hierher ziehen.";
            reader.findings.at(raw.offset, message, help);
        }
    }
    for (activity, handler) in handlers {
        if let Some(raw) = reader.raws.get_mut(activity) {
            raw.element.handler.get_or_insert(handler);
        }
    }
    // An event subprocess that begins by a compensation undoes what it lies in.
    let own: Vec<(usize, usize)> = reader
        .raws
        .iter()
        .filter(|raw| {
            matches!(
                &raw.element.kind,
                Kind::Start {
                    event: Event::Compensation { .. },
                    ..
                }
            )
        })
        .filter_map(|raw| {
            let sub = reader.containers.get(raw.element.container)?.owner?;
            let around = reader.raws.get(sub)?.element.container;
            Some((reader.containers.get(around)?.owner?, sub))
        })
        .collect();
    for (activity, handler) in own {
        if let Some(raw) = reader.raws.get_mut(activity) {
            raw.element.handler.get_or_insert(handler);
        }
    }
    // From the inside out: inner elements stand behind what they lie in.
    for at in (0..reader.raws.len()).rev() {
        let within = |raw: &crate::nodes::Raw| raw.element.handler.is_some() || raw.element.compensable;
        let Some(raw) = reader.raws.get(at) else { continue };
        let inner = match raw.element.kind {
            Kind::SubProcess { .. } => raw.element.inner,
            _ => None,
        };
        let inside = inner.is_some_and(|inner| {
            let lies = |raw: &&crate::nodes::Raw| raw.element.container == inner;
            reader.raws.iter().skip(at).filter(lies).any(within)
        });
        let compensable = raw.element.handler.is_some() || inside;
        if let Some(raw) = reader.raws.get_mut(at) {
            raw.element.compensable = compensable;
        }
    }
    let activities: Vec<(usize, String, String)> = reader
        .raws
        .iter()
        .filter_map(|raw| match raw.element.kind.event() {
            Some(Event::Compensation { activity: Some(id) }) => Some((raw.offset, raw.element.id.clone(), id.clone())),
            _ => None,
        })
        .collect();
    for (offset, id, wanted) in activities {
        let known = index.get(&wanted).and_then(|at| reader.raws.get(*at));
        if !known.is_some_and(|raw| raw.element.compensable) {
            let message = format!("`{id}`: An `{wanted}` gibt es nichts rückgängig zu machen.");
            let help = "activityRef auf eine Aktivität mit angeheftetem Kompensationsereignis setzen oder weglassen.";
            reader.findings.at(offset, message, help);
        }
    }
}

/// The `incoming` and `outgoing` notes modellers write beside the flows.
pub(crate) fn notes(root: Node, index: &HashMap<String, usize>, flows: &[Flow], findings: &mut Findings) {
    let known: HashSet<&str> = flows.iter().map(|flow| flow.id.as_str()).collect();
    let listed = |node: &Node| node.attribute("id").is_some_and(|id| index.contains_key(id));
    for node in root.descendants().filter(listed) {
        for note in children(node, "incoming").chain(children(node, "outgoing")) {
            let reference = text_of(note);
            if !known.contains(local(&reference)) {
                let tag = note.tag_name().name();
                let help = "Die Id eines sequenceFlow dieses Prozesses angeben oder die Zeile löschen.";
                findings.add(
                    note,
                    format!("`{tag}` nennt den unbekannten Fluss `{reference}`."),
                    help,
                );
            }
        }
    }
}

/// Where each container begins.
pub(crate) fn starts(reader: &mut Reader) {
    for at in 0..reader.raws.len() {
        let Some(raw) = reader.raws.get(at) else { continue };
        let Kind::Start { event, .. } = &raw.element.kind else {
            continue;
        };
        let undoes = matches!(event, Event::Compensation { .. });
        let container = raw.element.container;
        let owner = reader.containers.get(container).and_then(|c| c.owner);
        let around = owner
            .and_then(|owner| reader.raws.get(owner))
            .filter(|owner| matches!(owner.element.kind, Kind::SubProcess { event: true, .. }));
        let around = around.map(|owner| owner.element.container);
        if let Some(found) = reader.containers.get_mut(container) {
            found.starts.push(at);
        }
        if let (Some(around), false) = (around, undoes)
            && let Some(found) = reader.containers.get_mut(around)
        {
            found.event_starts.push(at);
        }
    }
}
