//! Whether the graph can be executed: one start, no element without a way to it or from it, every choice decided.

use crate::model::{Kind, Process, Work};
use crate::read::Findings;

/// Adds a finding for everything that would get stuck; returns the index of the start event.
pub(crate) fn check(
    process: &Process,
    process_offset: usize,
    offsets: &[usize],
    flow_offsets: &[usize],
    findings: &mut Findings,
) -> usize {
    let starts: Vec<usize> = indices(process, |kind| *kind == Kind::Start);
    let ends = indices(process, |kind| matches!(kind, Kind::End | Kind::Terminate));
    if starts.is_empty() {
        let help = "Genau ein Startereignis ohne Auslöser anlegen.";
        findings.at(process_offset, "Der Prozess hat kein Startereignis.", help);
    }
    for extra in starts.iter().skip(1) {
        let help = "Die Startereignisse zusammenführen: ein Vorgang beginnt an einer Stelle.";
        findings.at(
            offset(offsets, *extra),
            "Der Prozess hat ein zweites Startereignis.",
            help,
        );
    }
    if ends.is_empty() {
        findings.at(
            process_offset,
            "Der Prozess hat kein Endereignis.",
            "Ein Endereignis anlegen.",
        );
    }
    let reentries = process
        .elements
        .iter()
        .enumerate()
        .filter(|(_, element)| element.reentry);
    for (extra, element) in reentries.skip(1) {
        let help = "wegfrei:reentry nur an einer Prüfung angeben.";
        findings.at(
            offset(offsets, extra),
            format!(
                "`{}`: Nach einer Abhilfe geht es schon an einer anderen Stelle weiter.",
                element.id
            ),
            help,
        );
    }
    works(process, offsets, findings);
    let forward = reach(process, &starts, |at| {
        let element = process.elements.get(at);
        let out = element.map(|e| e.outgoing.as_slice()).unwrap_or_default();
        let next = out.iter().filter_map(|f| process.flows.get(*f)).map(|f| f.to);
        next.chain(element.map(|e| e.boundary.clone()).unwrap_or_default())
            .collect()
    });
    let backward = reach(process, &ends, |at| {
        let incoming = process
            .elements
            .get(at)
            .map(|e| e.incoming.as_slice())
            .unwrap_or_default();
        let sources = incoming.iter().filter_map(|f| process.flows.get(*f));
        sources.filter_map(|f| process.index.get(&f.source).copied()).collect()
    });
    for (at, element) in process.elements.iter().enumerate() {
        let (id, here) = (&element.id, offset(offsets, at));
        let into = !element.incoming.is_empty();
        let out = !element.outgoing.is_empty();
        match element.kind {
            Kind::Start | Kind::BoundaryTimer { .. } if into => {
                findings.at(
                    here,
                    format!("In `{id}` führt ein Fluss."),
                    "Den eingehenden Fluss löschen.",
                );
            }
            Kind::End | Kind::Terminate if out => {
                findings.at(
                    here,
                    format!("Aus dem Ende `{id}` führt ein Fluss."),
                    "Den ausgehenden Fluss löschen.",
                );
            }
            Kind::End | Kind::Terminate => {}
            _ if !out => {
                let help = "Einen ausgehenden Fluss zu einem weiteren Schritt oder zu einem Endereignis ziehen.";
                findings.at(here, format!("`{id}` ist eine Sackgasse: kein Weg führt weiter."), help);
            }
            _ if !starts.is_empty() && !ends.is_empty() && !marked(&backward, at) => {
                let help = "Einen Weg zu einem Endereignis anlegen.";
                findings.at(here, format!("Von `{id}` führt kein Weg zu einem Ende."), help);
            }
            _ => {}
        }
        if !starts.is_empty() && !marked(&forward, at) && element.kind != Kind::Start {
            let help = "Mit einem Fluss an den Prozess anschließen oder löschen.";
            findings.at(here, format!("`{id}` ist vom Start aus nicht erreichbar."), help);
        }
        choices(process, at, here, flow_offsets, findings);
    }
    starts.first().copied().unwrap_or(0)
}

/// Every way out of an exclusive gateway has a condition or is the default; no other element has conditions.
fn choices(process: &Process, at: usize, here: usize, flow_offsets: &[usize], findings: &mut Findings) {
    let Some(element) = process.elements.get(at) else {
        return;
    };
    let id = &element.id;
    let splits = element.kind == Kind::Exclusive && element.outgoing.len() > 1;
    for flow in &element.outgoing {
        let Some(found) = process.flows.get(*flow) else {
            continue;
        };
        let place = offset(flow_offsets, *flow);
        let default = element.default == Some(*flow);
        if splits && !default && found.condition.is_none() && !found.broken {
            let help = "conditionExpression in FEEL angeben oder den Fluss zum Standardweg (default) machen.";
            findings.at(
                place,
                format!("Dem Fluss `{}` aus `{id}` fehlt die Bedingung.", found.id),
                help,
            );
        }
        if found.condition.is_some() && (!splits || default) {
            let message = format!("Die Bedingung am Fluss `{}` würde nie geprüft.", found.id);
            let help =
                "Bedingungen gehören an die Wege eines verzweigenden exclusiveGateway, nicht an den Standardweg.";
            findings.at(place, message, help);
        }
    }
    if splits && element.default.is_none() {
        let help = "Einen Weg zum Standardweg machen (Attribut default), damit immer einer offen ist.";
        findings.at(here, format!("Dem Gateway `{id}` fehlt der Standardweg."), help);
    }
    if element.kind != Kind::Exclusive && element.default.is_some() {
        findings.at(
            here,
            format!("`{id}` hat einen Standardweg, verzweigt aber nicht."),
            "Das Attribut default löschen.",
        );
    }
}

/// A release and an answer of the applicant both follow a review: without one, nobody could ever come to them sensibly.
fn works(process: &Process, offsets: &[usize], findings: &mut Findings) {
    let reviews = indices(process, |kind| {
        matches!(kind, Kind::UserTask { work: Work::Review, .. })
    });
    let reached = reach(process, &reviews, |at| {
        let element = process.elements.get(at);
        let out = element.map(|e| e.outgoing.as_slice()).unwrap_or_default();
        let next = out.iter().filter_map(|f| process.flows.get(*f)).map(|f| f.to);
        next.chain(element.map(|e| e.boundary.clone()).unwrap_or_default())
            .collect()
    });
    for (at, element) in process.elements.iter().enumerate() {
        let Kind::UserTask { work, .. } = &element.kind else {
            continue;
        };
        if *work != Work::Review && !marked(&reached, at) {
            let message = format!(
                "Zur Aufgabe `{}` ({}) führt kein Weg von einer Prüfung.",
                element.id,
                work.code()
            );
            let help = match work {
                Work::Supply => "Eine Prüfung davor legen: nachgereicht wird, was sie nachfordert.",
                _ => "Eine Prüfung davor legen: freigegeben wird, was eine andere Person geprüft hat.",
            };
            findings.at(offset(offsets, at), message, help);
        }
    }
}

fn indices(process: &Process, wanted: impl Fn(&Kind) -> bool) -> Vec<usize> {
    let all = process.elements.iter().enumerate();
    all.filter(|(_, element)| wanted(&element.kind))
        .map(|(at, _)| at)
        .collect()
}

fn offset(offsets: &[usize], at: usize) -> usize {
    offsets.get(at).copied().unwrap_or(0)
}

fn marked(marks: &[bool], at: usize) -> bool {
    marks.get(at).copied().unwrap_or(false)
}

fn reach(process: &Process, from: &[usize], next: impl Fn(usize) -> Vec<usize>) -> Vec<bool> {
    let mut seen = vec![false; process.elements.len()];
    let mut open: Vec<usize> = from.to_vec();
    while let Some(at) = open.pop() {
        match seen.get_mut(at) {
            Some(mark) if !*mark => *mark = true,
            _ => continue,
        }
        open.extend(next(at));
    }
    seen
}
