//! From XML to a process: reads, collects every finding, then has the graph checked.

use std::collections::{HashMap, HashSet};

use roxmltree::{Document, Node, ParsingOptions, TextPos};
use wegfrei_model::lines::Lines;

use crate::diagram::diagram;
use crate::expression::Use;
use crate::kinds::expression;
use crate::model::{Element, Flow, Kind, Process};
use crate::nodes::{Raw, Reader, documentation};
use crate::reach::Reach;
use crate::{BPMN, Finding, NAMESPACE, resolve};

/// Largest file, in bytes.
const SIZE_LIMIT: usize = 4 * 1024 * 1024;
/// Most XML nodes of a file.
const NODE_LIMIT: u32 = 200_000;

/// Most findings of a file: a hostile one must not make the report larger than itself.
const MOST_FINDINGS: usize = 200;

/// Collects findings with their place in the file.
pub(crate) struct Findings<'x> {
    pub(crate) lines: Lines<'x>,
    pub(crate) list: Vec<Finding>,
    /// The file is too large, which is said; what else could be found in a part of it means nothing.
    closed: bool,
}

impl Findings<'_> {
    pub(crate) fn at(&mut self, offset: usize, message: impl Into<String>, help: impl Into<String>) {
        if self.closed || self.list.len() >= MOST_FINDINGS {
            return;
        }
        let (line, column) = self.lines.place(offset);
        let finding = Finding {
            line,
            column,
            message: message.into(),
            help: help.into(),
        };
        self.list.push(finding);
    }

    /// The file has more than may be read: nothing else is said about it.
    pub(crate) fn too_large(&mut self, node: Node, message: String) {
        if !self.closed {
            self.list.clear();
            self.add(node, message, "Den Prozess aufteilen.");
            self.closed = true;
        }
    }

    pub(crate) fn add(&mut self, node: Node, message: impl Into<String>, help: impl Into<String>) {
        self.at(node.range().start, message, help);
    }
}

/// The XML tree of a file, within its bounds and without a document type.
pub(crate) fn tree(xml: &str) -> Result<Document<'_>, Finding> {
    let single = |line, column, message: String, help: &str| Finding {
        line,
        column,
        message,
        help: help.to_owned(),
    };
    if xml.len() > SIZE_LIMIT {
        let message = format!("Die Datei ist größer als {SIZE_LIMIT} Byte.");
        return Err(single(1, 1, message, "Prozess aufteilen."));
    }
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: NODE_LIMIT,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(xml, options).map_err(|error| {
        let place = match error {
            roxmltree::Error::DtdDetected => doctype(xml),
            _ => error.pos(),
        };
        let help = "Die Datei muss wohlgeformtes XML ohne DTD sein, zum Beispiel aus einem BPMN-Modellierer.";
        single(place.row, place.col, format!("Kein lesbares XML: {error}"), help)
    })
}

pub(crate) fn read(xml: &str) -> Result<Process, Vec<Finding>> {
    let document = tree(xml).map_err(|finding| vec![finding])?;
    let mut findings = Findings {
        lines: Lines::of(xml),
        list: Vec::new(),
        closed: false,
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

pub(crate) fn is_bpmn(node: Node) -> bool {
    node.is_element() && node.tag_name().namespace() == Some(BPMN)
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

/// An `xs:boolean`, and what it is where it is not written. Other words are findings.
pub(crate) fn boolean(node: Node, name: &str, default: bool, findings: &mut Findings) -> bool {
    match attribute(node, name).as_deref() {
        None => default,
        Some("true" | "1") => true,
        Some("false" | "0") => false,
        Some(other) => {
            let message = format!("`{name}` ist `{other}`, also weder wahr noch falsch.");
            findings.add(node, message, "true oder false schreiben.");
            default
        }
    }
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
fn doctype(xml: &str) -> TextPos {
    let before = xml.split("<!DOCTYPE").next().unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    TextPos::new(number(before.matches('\n').count() + 1), number(column))
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
    let node = main_process(root, findings)?;
    Some(process(root, node, &ids, findings))
}

/// The process that runs: the only one, the only executable one, or the only one that no other calls.
fn main_process<'a, 'i>(root: Node<'a, 'i>, findings: &mut Findings) -> Option<Node<'a, 'i>> {
    let processes: Vec<Node> = children(root, "process").collect();
    let called: HashSet<String> = processes
        .iter()
        .flat_map(Node::descendants)
        .filter(|node| node.has_tag_name((BPMN, "callActivity")))
        .filter_map(|node| attribute(node, "calledElement"))
        .map(|id| local(&id).to_owned())
        .collect();
    let top = |node: &Node| !node.attribute("id").is_some_and(|id| called.contains(id));
    let executable: Vec<Node> = processes
        .iter()
        .copied()
        .filter(|node| boolean(*node, "isExecutable", false, findings))
        .collect();
    let executable_and_top = executable.iter().copied().filter(top).collect();
    let candidates = [
        processes.clone(),
        executable,
        processes.iter().copied().filter(top).collect(),
        executable_and_top,
    ];
    if let Some([only]) = candidates.iter().find(|found| found.len() == 1).map(Vec::as_slice) {
        return Some(*only);
    }
    if !processes.is_empty() {
        let message = format!("Die Datei enthält {} Prozesse; unklar, welcher läuft.", processes.len());
        let help = "Genau einen Prozess mit isExecutable=\"true\" kennzeichnen, den kein anderer ruft.";
        findings.add(root, message, help);
        return None;
    }
    let other = [
        "choreography",
        "globalChoreographyTask",
        "collaboration",
        "globalConversation",
    ];
    let what = root
        .children()
        .filter(|node| is_bpmn(*node))
        .find(|node| other.contains(&node.tag_name().name()));
    let message = match what.map(|node| node.tag_name().name()) {
        Some("choreography" | "globalChoreographyTask") => {
            "Die Datei enthält keinen Prozess, nur eine Choreographie; Choreographien werden nicht ausgeführt."
        }
        Some(_) => "Die Datei enthält keinen Prozess, nur eine Zusammenarbeit; sie wird nicht ausgeführt.",
        None => "Die Datei enthält keinen Prozess.",
    };
    findings.add(root, message, "Ein `process`-Element anlegen.");
    None
}

fn process<'a, 'i: 'a>(
    root: Node<'a, 'i>,
    node: Node<'a, 'i>,
    ids: &HashSet<&str>,
    findings: &mut Findings,
) -> Process {
    let mut reader = Reader::new(root, findings);
    reader.container(node, None, 0);
    resolve::calls(root, node, &mut reader);
    let data = reader.data();
    let index: HashMap<String, usize> = reader
        .raws
        .iter()
        .enumerate()
        .map(|(at, raw)| (raw.element.id.clone(), at))
        .collect();
    reader.check_lanes(&index, ids);
    let flows = std::mem::take(&mut reader.flows);
    let (flows, flow_offsets) = read_flows(&flows, &index, &mut reader);
    resolve::defaults(&flows, &mut reader);
    resolve::edges(&index, &mut reader);
    resolve::links(&mut reader);
    resolve::compensation(&index, &mut reader);
    resolve::notes(root, &index, &flows, reader.findings);
    resolve::starts(&mut reader);
    let Reader {
        raws,
        containers,
        places,
        lanes,
        findings,
        ..
    } = reader;
    let diagram = diagram(root, ids, findings);
    let offsets: Vec<usize> = raws.iter().map(|raw| raw.offset).collect();
    let elements: Vec<Element> = raws.into_iter().map(|raw| raw.element).collect();
    let id = attribute(node, "id").unwrap_or_else(|| "process".to_owned());
    let name = attribute(node, "name").unwrap_or_else(|| id.clone());
    let mut process = Process {
        id,
        name,
        documentation: documentation(node).0,
        reach: Reach::of(&elements, &flows),
        elements,
        flows,
        lanes,
        data,
        diagram,
        containers,
        index,
        soundness: crate::explore::Soundness::default(),
        markings: crate::marking::Markings::default(),
    };
    crate::check::check(&process, &places, &offsets, &flow_offsets, findings);
    if findings.list.is_empty() {
        (process.soundness, process.markings) = crate::explore::explore(&process);
        for (element, message, help) in process.soundness.reasons(&process) {
            let place = process.at(&element).and_then(|at| offsets.get(at)).copied();
            findings.at(place.unwrap_or(node.range().start), message, help);
        }
    }
    process
}

/// Reads the flows and hangs them onto their elements.
fn read_flows(nodes: &[(Node, usize)], index: &HashMap<String, usize>, reader: &mut Reader) -> (Vec<Flow>, Vec<usize>) {
    let mut flows = Vec::new();
    let mut offsets = Vec::new();
    for (node, container) in nodes {
        let Reader { raws, findings, .. } = reader;
        let id = attribute(*node, "id").unwrap_or_default();
        if id.is_empty() {
            findings.add(*node, "Ein `sequenceFlow` hat keine Id.", "Das Attribut id setzen.");
        }
        let mut end = |name: &str| {
            let reference = attribute(*node, name).unwrap_or_default();
            let found = index.get(local(&reference)).copied();
            let lies = |at: usize| raws.get(at).is_some_and(|raw| raw.element.container == *container);
            match found {
                None => {
                    let message = format!("Der Fluss `{id}` nennt als {name} das unbekannte Element `{reference}`.");
                    findings.add(*node, message, "Die Id eines Elements dieses Prozesses angeben.");
                    None
                }
                Some(at) if !lies(at) => {
                    let message = format!(
                        "Der Fluss `{id}` nennt als {name} `{reference}`, das in einem anderen Teilprozess liegt."
                    );
                    let help = "Ein Fluss verbindet Elemente desselben Teilprozesses; hinaus führen Endereignisse und angeheftete Ereignisse.";
                    findings.add(*node, message, help);
                    None
                }
                Some(at) => Some((local(&reference).to_owned(), at)),
            }
        };
        let (source, target) = (end("sourceRef"), end("targetRef"));
        let text = children(*node, "conditionExpression").next();
        let what = format!("Bedingung von `{id}`");
        let condition = text.and_then(|text| expression(text, &what, Use::Condition, findings));
        let broken = text.is_some() && condition.is_none();
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
            from,
            to,
            condition,
            broken,
        });
        offsets.push(node.range().start);
    }
    (flows, offsets)
}

/// Whether an element is an activity an event can stand at the edge of.
pub(crate) fn takes_edge(raw: &Raw) -> bool {
    raw.element.kind.is_activity() && !matches!(raw.element.kind, Kind::SubProcess { event: true, .. })
}
