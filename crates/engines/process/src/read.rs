//! From XML to a process: reads, collects every finding, then has the graph checked.

use std::collections::{HashMap, HashSet};

use roxmltree::{Document, Node, ParsingOptions};

use crate::condition::Condition;
use crate::diagram::diagram;
use crate::kinds::{kind, reentry};
use crate::model::{Element, Flow, Kind, Lane, Process};
use crate::{BPMN, Finding, LEGAL_BASIS, NAMESPACE};

/// Largest file, in bytes.
const SIZE_LIMIT: usize = 4 * 1024 * 1024;
/// Most XML nodes of a file.
const NODE_LIMIT: u32 = 200_000;

/// Parts of a process that say something to people or tools, but move no token.
const SILENT: [&str; 18] = [
    "documentation",
    "extensionElements",
    "laneSet",
    "sequenceFlow",
    "dataObject",
    "dataObjectReference",
    "dataStoreReference",
    "textAnnotation",
    "association",
    "group",
    "ioSpecification",
    "property",
    "auditing",
    "monitoring",
    "correlationSubscription",
    "performer",
    "potentialOwner",
    "humanPerformer",
];

/// Collects findings with their place in the file.
pub(crate) struct Findings<'a, 'i> {
    document: &'a Document<'i>,
    pub(crate) list: Vec<Finding>,
}

impl Findings<'_, '_> {
    pub(crate) fn at(&mut self, offset: usize, message: impl Into<String>, help: impl Into<String>) {
        let place = self.document.text_pos_at(offset);
        let finding = Finding {
            line: place.row,
            column: place.col,
            message: message.into(),
            help: help.into(),
        };
        self.list.push(finding);
    }

    pub(crate) fn add(&mut self, node: Node, message: impl Into<String>, help: impl Into<String>) {
        self.at(node.range().start, message, help);
    }
}

/// An element as read, before its references are known to hold.
struct Raw {
    element: Element,
    offset: usize,
    default: Option<String>,
    attached: Option<String>,
}

pub(crate) fn read(xml: &str) -> Result<Process, Vec<Finding>> {
    let single = |line, column, message: String, help: &str| {
        Err(vec![Finding {
            line,
            column,
            message,
            help: help.to_owned(),
        }])
    };
    if xml.len() > SIZE_LIMIT {
        return single(
            1,
            1,
            format!("Die Datei ist größer als {SIZE_LIMIT} Byte."),
            "Prozess aufteilen.",
        );
    }
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: NODE_LIMIT,
        ..ParsingOptions::default()
    };
    let document = match Document::parse_with_options(xml, options) {
        Ok(document) => document,
        Err(error) => {
            let place = match error {
                roxmltree::Error::DtdDetected => doctype(xml),
                _ => error.pos(),
            };
            let help = "Die Datei muss wohlgeformtes XML ohne DTD sein, zum Beispiel aus einem BPMN-Modellierer.";
            return single(place.row, place.col, format!("Kein lesbares XML: {error}"), help);
        }
    };
    let mut findings = Findings {
        document: &document,
        list: Vec::new(),
    };
    let process = definitions(&document, &mut findings);
    let mut list = findings.list;
    match process {
        Some(process) if list.is_empty() => Ok(process),
        _ => {
            list.sort();
            list.dedup();
            Err(list)
        }
    }
}

pub(crate) fn children<'a, 'i: 'a>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.has_tag_name((BPMN, name)))
}

pub(crate) fn text_of(node: Node) -> String {
    let text: String = node
        .descendants()
        .filter(|n| n.is_text())
        .filter_map(|n| n.text())
        .collect();
    text.split('\n')
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .to_owned()
}

/// A QName or id without its prefix.
pub(crate) fn local(reference: &str) -> &str {
    let reference = reference.trim();
    reference.rsplit_once(':').map_or(reference, |(_, local)| local)
}

pub(crate) fn attribute(node: Node, name: &str) -> Option<String> {
    node.attribute(name)
        .map(str::trim)
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
}

pub(crate) fn own(node: Node, name: &str) -> Option<String> {
    node.attribute((NAMESPACE, name))
        .map(str::trim)
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
}

/// Where the document type begins; the XML reader does not say.
fn doctype(xml: &str) -> roxmltree::TextPos {
    let before = xml.split("<!DOCTYPE").next().unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    roxmltree::TextPos::new(number(before.matches('\n').count() + 1), number(column))
}

fn definitions(document: &Document, findings: &mut Findings) -> Option<Process> {
    let root = document.root_element();
    if !root.has_tag_name((BPMN, "definitions")) {
        findings.add(
            root,
            "Keine BPMN-2.0-Datei.",
            format!("Das Wurzelelement muss `definitions` aus {BPMN} sein."),
        );
        return None;
    }
    let feel = |language: &str| language.to_ascii_lowercase().contains("feel");
    if let Some(language) = attribute(root, "expressionLanguage").filter(|language| !feel(language)) {
        let message = format!("Bedingungen in der Sprache `{language}` werden nicht ausgeführt.");
        findings.add(
            root,
            message,
            "expressionLanguage auf https://www.omg.org/spec/DMN/20191111/FEEL/ setzen.",
        );
    }
    let mut ids = HashSet::new();
    for node in root.descendants().filter(Node::is_element) {
        if let Some(id) = node.attribute("id")
            && !ids.insert(id)
        {
            findings.add(
                node,
                format!("Die Id `{id}` gibt es zweimal."),
                "Jede Id nur einmal vergeben.",
            );
        }
    }
    let processes: Vec<Node> = children(root, "process").collect();
    let executable: Vec<Node> = processes
        .iter()
        .copied()
        .filter(|p| p.attribute("isExecutable") == Some("true"))
        .collect();
    let node = match (processes.as_slice(), executable.as_slice()) {
        ([only], _) | (_, [only]) => *only,
        ([], _) => {
            findings.add(
                root,
                "Die Datei enthält keinen Prozess.",
                "Ein `process`-Element anlegen.",
            );
            return None;
        }
        _ => {
            let message = format!("Die Datei enthält {} Prozesse; unklar, welcher läuft.", processes.len());
            findings.add(
                root,
                message,
                "Genau einen Prozess mit isExecutable=\"true\" kennzeichnen.",
            );
            return None;
        }
    };
    Some(process(root, node, &ids, findings))
}

fn process(root: Node, node: Node, ids: &HashSet<&str>, findings: &mut Findings) -> Process {
    let resources: HashMap<&str, &str> = children(root, "resource")
        .filter_map(|r| Some((r.attribute("id")?, r.attribute("name").unwrap_or_default())))
        .collect();
    let (lanes, lane_of) = lanes(node, findings);
    let mut raws: Vec<Raw> = Vec::new();
    let mut flow_nodes = Vec::new();
    for child in node.children().filter(|child| child.is_element()) {
        let tag = child.tag_name();
        if tag.namespace() != Some(BPMN) {
            continue;
        }
        if tag.name() == "sequenceFlow" {
            flow_nodes.push(child);
        } else if !SILENT.contains(&tag.name())
            && let Some(raw) = element(child, &lanes, &lane_of, &resources, findings)
        {
            raws.push(raw);
        }
    }
    let index: HashMap<String, usize> = raws
        .iter()
        .enumerate()
        .map(|(at, raw)| (raw.element.id.clone(), at))
        .collect();
    for (id, (_, offset)) in &lane_of {
        if !index.contains_key(id) && !ids.contains(id.as_str()) {
            let help = "flowNodeRef muss die Id eines Elements dieses Prozesses nennen.";
            findings.at(*offset, format!("Die Bahn nennt das unbekannte Element `{id}`."), help);
        }
    }
    let (flows, flow_offsets) = flows(&flow_nodes, &index, &mut raws, findings);
    resolve(node, &flows, &index, &mut raws, findings);
    let diagram = diagram(root, ids, findings);
    let offsets: Vec<usize> = raws.iter().map(|raw| raw.offset).collect();
    let elements: Vec<Element> = raws.into_iter().map(|raw| raw.element).collect();
    let id = attribute(node, "id").unwrap_or_else(|| "process".to_owned());
    let name = attribute(node, "name").unwrap_or_else(|| id.clone());
    let (documentation, _) = documentation(node);
    let mut process = Process {
        id,
        name,
        documentation,
        elements,
        flows,
        lanes,
        diagram,
        start: 0,
        index,
    };
    process.start = crate::check::check(&process, node.range().start, &offsets, &flow_offsets, findings);
    process
}

type LaneOf = HashMap<String, (usize, usize)>;

/// The lanes and, for each element id, its lane and where the file says so. Inner lanes win over outer ones.
fn lanes(process: Node, findings: &mut Findings) -> (Vec<Lane>, LaneOf) {
    let mut lanes = Vec::new();
    let mut lane_of = LaneOf::new();
    for set in children(process, "laneSet") {
        for lane in set.descendants().filter(|n| n.has_tag_name((BPMN, "lane"))) {
            let id = attribute(lane, "id").unwrap_or_default();
            let name = attribute(lane, "name").unwrap_or_else(|| id.clone());
            for reference in children(lane, "flowNodeRef") {
                lane_of.insert(
                    local(&text_of(reference)).to_owned(),
                    (lanes.len(), reference.range().start),
                );
            }
            if id.is_empty() {
                findings.add(lane, "Eine Bahn hat keine Id.", "Das Attribut id setzen.");
            }
            lanes.push(Lane {
                id,
                name,
                role: own(lane, "role"),
            });
        }
    }
    (lanes, lane_of)
}

fn documentation(node: Node) -> (Option<String>, Option<String>) {
    let join = |legal: bool| {
        let texts: Vec<String> = children(node, "documentation")
            .filter(|d| (d.attribute("textFormat") == Some(LEGAL_BASIS)) == legal)
            .map(text_of)
            .filter(|text| !text.is_empty())
            .collect();
        (!texts.is_empty()).then(|| texts.join("\n"))
    };
    (join(false), join(true))
}

fn element(
    node: Node,
    lanes: &[Lane],
    lane_of: &LaneOf,
    resources: &HashMap<&str, &str>,
    findings: &mut Findings,
) -> Option<Raw> {
    let tag = node.tag_name().name();
    let Some(id) = attribute(node, "id") else {
        findings.add(node, format!("Ein `{tag}` hat keine Id."), "Das Attribut id setzen.");
        return None;
    };
    for child in node.children().filter(|c| {
        c.has_tag_name((BPMN, "multiInstanceLoopCharacteristics"))
            || c.has_tag_name((BPMN, "standardLoopCharacteristics"))
    }) {
        let message = format!(
            "`{id}` wird mehrfach ausgeführt ({}); das geht hier nicht.",
            child.tag_name().name()
        );
        findings.add(child, message, "Wiederholung mit Gateways ausdrücken.");
    }
    let lane = lane_of.get(&id).and_then(|(lane, _)| lanes.get(*lane));
    let kind = kind(node, &id, lane, resources, findings)?;
    let (documentation, legal_basis) = documentation(node);
    let reentry = reentry(node, &id, &kind, findings);
    let place = findings.document.text_pos_at(node.range().start);
    let element = Element {
        reentry,
        name: attribute(node, "name")
            .unwrap_or_else(|| id.clone())
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
        id,
        kind,
        documentation,
        legal_basis,
        lane: lane.map(|lane| lane.name.clone()),
        line: place.row,
        incoming: Vec::new(),
        outgoing: Vec::new(),
        boundary: Vec::new(),
        default: None,
    };
    let attached = attribute(node, "attachedToRef").map(|reference| local(&reference).to_owned());
    let default = attribute(node, "default").map(|reference| local(&reference).to_owned());
    Some(Raw {
        element,
        offset: node.range().start,
        default,
        attached,
    })
}

/// Reads the flows and hangs them onto their elements.
fn flows(
    nodes: &[Node],
    index: &HashMap<String, usize>,
    raws: &mut [Raw],
    findings: &mut Findings,
) -> (Vec<Flow>, Vec<usize>) {
    let mut flows = Vec::new();
    let mut offsets = Vec::new();
    for node in nodes {
        let id = attribute(*node, "id").unwrap_or_default();
        if id.is_empty() {
            findings.add(*node, "Ein `sequenceFlow` hat keine Id.", "Das Attribut id setzen.");
        }
        let mut end = |name: &str| {
            let reference = attribute(*node, name).unwrap_or_default();
            let found = index.get(local(&reference)).copied();
            if found.is_none() {
                let message = format!("Der Fluss `{id}` nennt als {name} das unbekannte Element `{reference}`.");
                findings.add(*node, message, "Die Id eines Elements dieses Prozesses angeben.");
            }
            found.map(|at| (local(&reference).to_owned(), at))
        };
        let (source, target) = (end("sourceRef"), end("targetRef"));
        let mut broken = false;
        let condition = children(*node, "conditionExpression").next().and_then(|expression| {
            broken = true;
            if let Some(language) = attribute(expression, "language").filter(|l| !l.to_lowercase().contains("feel")) {
                let message = format!("Die Bedingung von `{id}` ist in `{language}` geschrieben.");
                findings.add(expression, message, "Bedingungen in FEEL schreiben.");
                return None;
            }
            match Condition::parse(&text_of(expression)) {
                Ok(condition) => {
                    broken = false;
                    Some(condition)
                }
                Err(why) => {
                    let help = "Einen FEEL-Ausdruck schreiben, der wahr oder falsch ergibt, \
                                z. B. entscheidung.automatisch = true.";
                    findings.add(expression, format!("Bedingung von `{id}`: {why}."), help);
                    None
                }
            }
        });
        let (Some((source, from)), Some((target, to))) = (source, target) else {
            continue;
        };
        let at = flows.len();
        if let Some(raw) = raws.get_mut(from) {
            raw.element.outgoing.push(at);
        }
        if let Some(raw) = raws.get_mut(to) {
            raw.element.incoming.push(at);
        }
        flows.push(Flow {
            id,
            name: attribute(*node, "name"),
            source,
            target,
            to,
            condition,
            broken,
        });
        offsets.push(node.range().start);
    }
    (flows, offsets)
}

/// Default flows, boundary events, and the `incoming`/`outgoing` notes modellers write beside the flows.
fn resolve(process: Node, flows: &[Flow], index: &HashMap<String, usize>, raws: &mut [Raw], findings: &mut Findings) {
    let flow_at: HashMap<&str, usize> = flows.iter().enumerate().map(|(at, f)| (f.id.as_str(), at)).collect();
    for at in 0..raws.len() {
        let Some(raw) = raws.get_mut(at) else {
            continue;
        };
        let id = raw.element.id.clone();
        if let Some(default) = raw.default.take() {
            raw.element.default = flow_at
                .get(default.as_str())
                .copied()
                .filter(|f| raw.element.outgoing.contains(f));
            if raw.element.default.is_none() {
                let message = format!("`{id}`: Der Standardweg `{default}` geht nicht von diesem Element aus.");
                findings.at(raw.offset, message, "default auf einen ausgehenden Fluss setzen.");
            }
        }
        if !matches!(raw.element.kind, Kind::BoundaryTimer { .. }) {
            continue;
        }
        let (offset, attached) = (raw.offset, raw.attached.take().unwrap_or_default());
        let target = index.get(&attached).copied();
        let on_task = target
            .and_then(|target| raws.get(target))
            .is_some_and(|target| matches!(target.element.kind, Kind::UserTask { .. }));
        match target {
            Some(target) if on_task => {
                if let Some(target) = raws.get_mut(target) {
                    target.element.boundary.push(at);
                }
                if let Some(Kind::BoundaryTimer { task, .. }) = raws.get_mut(at).map(|raw| &mut raw.element.kind) {
                    *task = attached;
                }
            }
            _ => {
                let message = format!("`{id}`: Die Zeitgrenze hängt an `{attached}`, das kein userTask ist.");
                findings.at(
                    offset,
                    message,
                    "attachedToRef auf einen userTask dieses Prozesses setzen.",
                );
            }
        }
    }
    for node in process
        .children()
        .filter(|n| n.attribute("id").is_some_and(|id| index.contains_key(id)))
    {
        for note in children(node, "incoming").chain(children(node, "outgoing")) {
            let reference = text_of(note);
            if !flow_at.contains_key(local(&reference)) {
                let message = format!(
                    "`{}` nennt den unbekannten Fluss `{reference}`.",
                    note.tag_name().name()
                );
                findings.add(
                    note,
                    message,
                    "Die Id eines sequenceFlow dieses Prozesses angeben oder die Zeile löschen.",
                );
            }
        }
    }
}
